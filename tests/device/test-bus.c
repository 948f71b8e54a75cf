/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HvnBus as an interface, and the fake bus that the other tests stand on. */
#include "hvn-fake-bus.h"

static void
test_type(void)
{
    g_autoptr(HvnFakeBus) bus = hvn_fake_bus_new(4096);

    g_assert_true(G_TYPE_IS_INTERFACE(HVN_TYPE_BUS));
    g_assert_true(HVN_IS_BUS(bus));
    g_assert_nonnull(HVN_BUS_GET_IFACE(bus)->read);
}

static void
test_split(void)
{
    g_autoptr(HvnFakeBus) bus = hvn_fake_bus_new(4096);
    HvnBusInterface *iface = HVN_BUS_GET_IFACE(bus);
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    struct iovec iov[4];
    guint8 buf[64];

    for (guint i = 0; i < 4096; i++)
        ram[i] = i;
    g_assert_cmpuint(iface->map(HVN_BUS(bus), 10, 40, TRUE, iov, 4), ==, 1);
    hvn_fake_bus_set_split(bus, 16);
    g_assert_cmpuint(iface->map(HVN_BUS(bus), 10, 40, TRUE, iov, 4), ==, 4);
    g_assert_true(iov[0].iov_base == ram + 10 && iov[0].iov_len == 6);
    g_assert_true(iov[3].iov_base == ram + 48 && iov[3].iov_len == 2);
    g_assert_cmpuint(iface->map(HVN_BUS(bus), 10, 40, TRUE, iov, 3), ==, 0);
    g_assert_true(iface->read(HVN_BUS(bus), 10, buf, 40));
    g_assert_cmpmem(buf, 40, ram + 10, 40);
    g_assert_false(iface->read(HVN_BUS(bus), 4090, buf, 7));
    g_assert_true(iface->write(HVN_BUS(bus), 4092, "abcd", 4));
    g_assert_cmpmem(ram + 4092, 4, "abcd", 4);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/device/bus/type", test_type);
    g_test_add_func("/device/bus/split", test_split);
    return g_test_run();
}
