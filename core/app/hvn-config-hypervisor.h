/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of a NIC that are the hypervisor's: where the device is plugged in, and what boots from it. Every model may have them; no
 * plugin knows them. */
#pragma once

#include "hvn-descriptor.h"

G_BEGIN_DECLS

/**
 * hvn_config_hypervisor_find:
 * @name: of an option, in QEMU's spelling
 *
 * Returns: (transfer none) (nullable): what it means, %NULL when it is no option of a hypervisor's that is handed on to it
 */
const HvnOption *
hvn_config_hypervisor_find(const char *name);

/**
 * hvn_config_hypervisor_get_nth:
 * @n: from 0 on
 *
 * Returns: (transfer none) (nullable): one of these options, %NULL behind the last
 */
const HvnOption *
hvn_config_hypervisor_get_nth(guint n);

G_END_DECLS
