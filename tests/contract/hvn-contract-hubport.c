/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the contract tests know of the hubport backend: alone on its hub it says nothing. Several ports together are tests/net/test-switch.c. */
#include "hvn-contract-model.h"

static void
hubport_configure(HvnOptions *options)
{
    hvn_options_add(options, "hubid", "0", "contract");
}

const HvnContractModel hvn_contract_hubport = {
    .kind = "backend",
    .name = "hubport",
    .configure = hubport_configure,
    .silent = TRUE,
};
