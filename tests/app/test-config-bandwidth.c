/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <bandwidth> (hvn-config-bandwidth.c): units, and what is left out. Mistakes are in tests/data/xml/bad. */
#include "hvn-config-test.h"

static void
assert_limit(const HvnRateLimit *limit, guint64 average, guint64 peak, guint64 burst)
{
    g_assert_cmpuint(limit->average, ==, average);
    g_assert_cmpuint(limit->peak, ==, peak);
    g_assert_cmpuint(limit->burst, ==, burst);
}

static void
test_units(void)
{
    g_autoptr(HvnConfig) config = hvn_config_test_load("<interface type='user'><bandwidth><inbound average='1000' peak='2000' burst='512'/>"
                                                       "<outbound average='1'/></bandwidth></interface><interface type='user'><bandwidth/></interface>");
    g_autoptr(HvnConfig) copy = hvn_config_copy(config);

    for (guint i = 0; i < 2; i++) {
        const HvnConfig *which = i == 0 ? config : copy;

        assert_limit(&hvn_config_interface(which, 0)->inbound, 1000000, 2000000, 524288);
        assert_limit(&hvn_config_interface(which, 0)->outbound, 1000, 0, 0);
        assert_limit(&hvn_config_interface(which, 1)->inbound, 0, 0, 0);
        assert_limit(&hvn_config_interface(which, 1)->outbound, 0, 0, 0);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/config-bandwidth/units", test_units);
    return g_test_run();
}
