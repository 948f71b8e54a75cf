/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `hvnet plugin new NAME [DIR]`: the sources of a new NIC plugin. */
#pragma once

#include "hvn-cli.h"

G_BEGIN_DECLS

int
hvn_cli_new(HvnCli *self, int argc, char **argv);

G_END_DECLS
