/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tests of a plugin from outside: `hvnet plugin check`, and the process that one test runs in. */
#pragma once

#include "hvn-cli.h"

G_BEGIN_DECLS

#define HVN_CLI_CHECK_COMMAND "check-plugin" /* PATH KIND NAME SEED; not for people */

/* `hvnet plugin check [--seed N] DIR` */
int
hvn_cli_check(HvnCli *self, int argc, char **argv);

/* one test, in this process */
int
hvn_cli_check_plugin(HvnCli *self, int argc, char **argv);

G_END_DECLS
