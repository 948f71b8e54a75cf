/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine of the probe: enumeration, memory, time. */
#include "hvn-fake-device.h"
#include "hvn-probe-guest.h"

typedef struct {
    HvnDispatcher *dispatcher;
    FakeDevice    *device;
    HvnProbeGuest *guest;
} Fixture;

static void
set_up(Fixture *fixture)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(GError) error = NULL;

    fixture->dispatcher = hvn_dispatcher_new(NULL, clock);
    fixture->device = fake_device_new(fixture->dispatcher, FAKE_FAULT_NONE, 0x100e);
    hvn_pci_config_add_bar(hvn_nic_get_pci(HVN_NIC(fixture->device)), 1, 64, HVN_PCI_BAR_IO);
    hvn_pci_config_add_bar(hvn_nic_get_pci(HVN_NIC(fixture->device)), 2, 1 << 20, HVN_PCI_BAR_MEMORY64);
    fixture->guest = hvn_probe_guest_new(HVN_NIC(fixture->device), fixture->dispatcher, &error);
    g_assert_no_error(error);
}

static void
tear_down(Fixture *fixture)
{
    g_clear_object(&fixture->guest);
    g_clear_object(&fixture->device);
    g_clear_object(&fixture->dispatcher);
}

static void
test_enumerate(void)
{
    g_autoptr(GError) error = NULL;
    const HvnProbePci *pci;
    Fixture fixture;

    set_up(&fixture);
    g_assert_true(hvn_probe_guest_enumerate(fixture.guest, &error));
    g_assert_no_error(error);
    pci = hvn_probe_guest_get_pci(fixture.guest);
    g_assert_cmphex(pci->vendor, ==, 0x8086);
    g_assert_cmphex(pci->device, ==, 0x100e);
    g_assert_cmphex(pci->class_code, ==, 0x020000);
    g_assert_cmpuint(pci->bars[0].size, ==, 0x20000);
    g_assert_cmpuint(pci->bars[1].size, ==, 64);
    g_assert_true(pci->bars[1].io);
    g_assert_cmpuint(pci->bars[2].size, ==, 1 << 20);
    g_assert_cmpuint(pci->bars[3].size, ==, 0);
    for (guint i = 0; i < 3; i++) {
        g_assert_cmpuint(pci->bars[i].address % pci->bars[i].size, ==, 0);
        g_assert_cmphex(hvn_pci_config_get_bar_address(hvn_nic_get_pci(HVN_NIC(fixture.device)), i), ==, pci->bars[i].address);
    }
    g_assert_cmpuint(pci->bars[2].address, >=, pci->bars[0].address + pci->bars[0].size);
    tear_down(&fixture);
}

static void
test_alloc(void)
{
    Fixture fixture;
    guint64 first = 0, second = 0, third = 0;
    guint8 *bytes;

    set_up(&fixture);
    bytes = hvn_probe_guest_alloc(fixture.guest, 3, 1, &first);
    g_assert_nonnull(bytes);
    g_assert_cmphex(first, ==, HVN_PROBE_GUEST_RAM_BASE);
    g_assert_nonnull(hvn_probe_guest_alloc(fixture.guest, 16, 4096, &second));
    g_assert_cmphex(second, ==, HVN_PROBE_GUEST_RAM_BASE + 4096);
    g_assert_null(hvn_probe_guest_alloc(fixture.guest, HVN_PROBE_GUEST_RAM_SIZE, 1, &third));
    g_assert_null(hvn_probe_guest_alloc(fixture.guest, G_MAXSIZE, 1, &third));
    g_assert_nonnull(hvn_probe_guest_alloc(fixture.guest, HVN_PROBE_GUEST_RAM_SIZE - 4096 - 16, 1, &third));
    g_assert_null(hvn_probe_guest_alloc(fixture.guest, 1, 1, &third));
    tear_down(&fixture);
}

static guint
tick(gpointer data)
{
    (*(guint *)data)++;
    return 5;
}

static gboolean
third_tick(gpointer data)
{
    return *(guint *)data >= 3;
}

static void
test_wait(void)
{
    Fixture fixture;
    guint ticks = 0;
    gint64 start;

    set_up(&fixture);
    start = hvn_dispatcher_now_ns(fixture.dispatcher);
    g_assert_false(hvn_probe_guest_wait(fixture.guest, NULL, NULL, 20));
    g_assert_cmpint(hvn_dispatcher_now_ns(fixture.dispatcher) - start, ==, 20 * HVN_NS_PER_MS);
    hvn_probe_guest_set_tick(fixture.guest, tick, &ticks);
    g_assert_true(hvn_probe_guest_wait(fixture.guest, third_tick, &ticks, 1000));
    g_assert_cmpuint(ticks, ==, 3);
    g_assert_cmpint(hvn_dispatcher_now_ns(fixture.dispatcher) - start, <, 30 * HVN_NS_PER_MS);
    tear_down(&fixture);
}

/* a machine that is off reads ones and may be asked anything */
static void
test_power_off(void)
{
    Fixture fixture;

    set_up(&fixture);
    g_assert_true(hvn_probe_guest_enumerate(fixture.guest, NULL));
    g_assert_cmphex(hvn_probe_guest_read(fixture.guest, 0, 8), !=, G_MAXUINT32);
    hvn_probe_guest_power_off(fixture.guest);
    hvn_probe_guest_power_off(fixture.guest);
    g_assert_cmphex(hvn_probe_guest_read(fixture.guest, 0, 8), ==, G_MAXUINT32);
    hvn_probe_guest_write(fixture.guest, 0, 8, 0);
    tear_down(&fixture);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/probe/guest/enumerate", test_enumerate);
    g_test_add_func("/app/probe/guest/alloc", test_alloc);
    g_test_add_func("/app/probe/guest/wait", test_wait);
    g_test_add_func("/app/probe/guest/power-off", test_power_off);
    return g_test_run();
}
