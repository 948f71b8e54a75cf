/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contract of hvn-port.h, over every plugin that the registry lists; the tests themselves are in core/app/check/hvn-contract-port.c. */
#include "hvn-contract-fixture.h"
#include "hvn-contract-model.h"

int
main(int argc, char **argv)
{
    g_autoptr(HvnRegistry) registry = NULL;

    g_test_init(&argc, &argv, NULL);
    registry = hvn_registry_new(NULL);
    hvn_contract_add_tests(registry, hvn_contract_port_tests, hvn_contract_model_find);
    return g_test_run();
}
