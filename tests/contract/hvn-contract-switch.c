/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the contract tests know of the switch backend: alone on its network it says nothing. Several ports together are
 * tests/net/test-switch.c. */
#include "hvn-contract-model.h"

static void
switch_configure(HvnOptions *options)
{
    hvn_options_add(options, "network", "lan", "contract");
}

const HvnContractModel hvn_contract_switch = {
    .kind = "backend",
    .name = "switch",
    .configure = switch_configure,
    .silent = TRUE,
};
