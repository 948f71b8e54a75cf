/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MSI-X as the guest switches it on, and the messages that the machine gets: a device with it, one without, one whose capabilities run
 * in a circle. */
#include "hvn-fake-device.h"
#include "hvn-probe-msix.h"

typedef struct {
    HvnDispatcher *dispatcher;
    FakeDevice    *device;
    HvnProbeGuest *guest;
} Fixture;

static void
set_up(Fixture *f, guint n_vectors)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(GError) error = NULL;
    HvnPciConfig *pci;

    f->dispatcher = hvn_dispatcher_new(NULL, clock);
    f->device = fake_device_new(f->dispatcher, FAKE_FAULT_NONE, 0x100e);
    pci = hvn_nic_get_pci(HVN_NIC(f->device));
    hvn_pci_config_add_bar(pci, 1, 4096, HVN_PCI_BAR_MEMORY);
    if (n_vectors > 0)
        hvn_pci_config_add_msix(pci, n_vectors, 1, 0, 1, 2048);
    f->guest = hvn_probe_guest_new(HVN_NIC(f->device), f->dispatcher, &error);
    g_assert_no_error(error);
    g_assert_true(hvn_probe_guest_enumerate(f->guest, &error));
}

static void
tear_down(Fixture *f)
{
    g_clear_object(&f->guest);
    g_clear_object(&f->device);
    g_clear_object(&f->dispatcher);
}

static gboolean
count(gpointer data)
{
    (*(guint *)data)++;
    return FALSE;
}

static void
test_messages(void)
{
    Fixture f;
    guint served = 0;

    set_up(&f, 3);
    hvn_nic_notify(HVN_NIC(f.device), 1); /* is off: goes nowhere */
    g_assert_false(hvn_probe_msix_enable(f.guest, 4));
    g_assert_true(hvn_probe_msix_enable(f.guest, 2));
    g_assert_true(hvn_pci_config_get_msix_enabled(hvn_nic_get_pci(HVN_NIC(f.device))));
    hvn_nic_notify(HVN_NIC(f.device), 0);
    hvn_nic_notify(HVN_NIC(f.device), 1);
    hvn_nic_notify(HVN_NIC(f.device), 2); /* is masked */
    hvn_probe_guest_set_interrupt(f.guest, count, &served); /* serves what came before it too */
    hvn_probe_guest_wait(f.guest, NULL, NULL, 2);
    g_assert_cmpuint(served, ==, 1);
    g_assert_cmphex(hvn_probe_guest_take_messages(f.guest), ==, 3);
    g_assert_cmphex(hvn_probe_guest_take_messages(f.guest), ==, 0);
    hvn_nic_notify(HVN_NIC(f.device), 1);
    hvn_probe_guest_wait(f.guest, NULL, NULL, 2);
    g_assert_cmpuint(served, ==, 2);
    g_assert_cmpuint(hvn_probe_guest_get_interrupts(f.guest), ==, 3);
    tear_down(&f);
}

static void
test_none(void)
{
    Fixture f;

    set_up(&f, 0);
    g_assert_cmpuint(hvn_probe_msix_find(f.guest), ==, 0);
    g_assert_false(hvn_probe_msix_enable(f.guest, 1));
    tear_down(&f);
}

static void
test_circle(void)
{
    HvnPciConfig *pci;
    Fixture f;
    guint8 at;

    set_up(&f, 0);
    pci = hvn_nic_get_pci(HVN_NIC(f.device));
    at = hvn_pci_config_add_capability(pci, 0x09, 4);
    pci->bytes[at + 1] = at;
    g_assert_cmpuint(hvn_probe_guest_find_capability(f.guest, 0x09, 0), ==, at);
    g_assert_cmpuint(hvn_probe_guest_find_capability(f.guest, 0x09, at), ==, at);
    g_assert_cmpuint(hvn_probe_msix_find(f.guest), ==, 0);
    tear_down(&f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/probe/msix/messages", test_messages);
    g_test_add_func("/app/probe/msix/none", test_none);
    g_test_add_func("/app/probe/msix/circle", test_circle);
    return g_test_run();
}
