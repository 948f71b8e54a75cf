/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the contract tests know of the bridge backend: without a helper that has privileges it does not start, and is exercised closed. Its
 * traffic is the tap backend's. */
#include "hvn-contract-model.h"

static void
bridge_configure(HvnOptions *options)
{
    hvn_options_add(options, "helper", "false ", "contract");
}

const HvnContractModel hvn_contract_bridge = {
    .kind = "backend",
    .name = "bridge",
    .configure = bridge_configure,
    .silent = TRUE,
};
