/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the contract tests know of the vde backend: there is no switch, and it takes what it is given as long as it looks for one. Frames that go
 * through are the thread's business, which the contract tests do not wait for; the backend's own tests do, with a switch that is full and one that dies. */
#include "hvn-contract-model.h"

static void
vde_configure(HvnOptions *options)
{
    hvn_options_add(options, "sock", "/dev/null/switch", "contract");
}

const HvnContractModel hvn_contract_vde = {
    .kind = "backend",
    .name = "vde",
    .configure = vde_configure,
    .silent = TRUE,
};
