/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the contract tests know of the passt backend: there is no such program, so that it does not start and is exercised closed. A program that drains a
 * socket in its own time is nothing that these tests wait for; frames that go through are those of HvnStream, which the row of stream covers. */
#include "hvn-contract-model.h"

static void
passt_configure(HvnOptions *options)
{
    hvn_options_add(options, "path", "/dev/null/passt", "contract");
}

const HvnContractModel hvn_contract_passt = {
    .kind = "backend",
    .name = "passt",
    .configure = passt_configure,
    .silent = TRUE,
};
