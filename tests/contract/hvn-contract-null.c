/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the contract tests know of the null backend: whatever it is asked, it says nothing. */
#include "hvn-contract-model.h"

const HvnContractModel hvn_contract_null = {
    .kind = "backend",
    .name = "null",
    .silent = TRUE,
};
