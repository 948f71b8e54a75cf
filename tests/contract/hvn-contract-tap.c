/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the contract tests know of the tap backend: it works on a descriptor of a kernel tap in a namespace of its own, on which the kernel
 * says nothing by itself. */
#include "hvn-contract-model.h"
#include "hvn-test-namespace.h"

static void
tap_configure(HvnOptions *options)
{
    static int fd = -1; /* one for all tests: it ends with the process */
    g_autofree char *text = NULL;

    if (fd < 0)
        fd = hvn_test_namespace_new_tap();
    /* without one the backend does not start, and is exercised closed */
    text = g_strdup_printf("%d", fd >= 0 ? fd : G_MAXINT);
    hvn_options_add(options, "fd", text, "contract");
}

const HvnContractModel hvn_contract_tap = {
    .kind = "backend",
    .name = "tap",
    .configure = tap_configure,
    .silent = TRUE,
};
