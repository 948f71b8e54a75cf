/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hvn-virtio-net-nic.c on its PCI face: identity, capabilities, negotiation, MSI-X, the window in configuration space, the
 * legacy header, and a claim. */
#include "hvn-virtio-guest.h"

/* the vendor capability of a type, 0 when it is not there */
static guint
find_cap(HvnNic *nic, guint8 type)
{
    guint at = hvn_nic_config_read(nic, 0x34, 1);

    for (guint i = 0; at != 0 && i < 48; i++) {
        if (hvn_nic_config_read(nic, at, 1) == 0x09 && hvn_nic_config_read(nic, at + 3, 1) == type)
            return at;
        at = hvn_nic_config_read(nic, at + 1, 1);
    }
    return 0;
}

static void
test_identity(void)
{
    static const guint32 offsets[] = {0, 0x0000, 0x3000, 0x1000, 0x2000};
    Guest guest;

    guest_setup(&guest, NULL, 1);
    g_assert_cmphex(hvn_nic_config_read(guest.nic, 0, 4), ==, 0x10001af4);
    g_assert_cmphex(hvn_nic_config_read(guest.nic, 0x2c, 4), ==, 0x00011af4);
    g_assert_cmpuint(hvn_nic_config_read(guest.nic, 8, 1), ==, 0);
    g_assert_cmpuint(hvn_nic_get_pci(guest.nic)->msix_n_vectors, ==, 4);
    for (guint8 type = 1; type <= 5; type++) {
        guint at = find_cap(guest.nic, type);

        g_assert_cmpuint(at, !=, 0);
        if (type == 5)
            continue;
        g_assert_cmpuint(hvn_nic_config_read(guest.nic, at + 4, 1), ==, HVN_VIRTIO_PCI_BAR_MODERN);
        g_assert_cmphex(hvn_nic_config_read(guest.nic, at + 8, 4), ==, offsets[type]);
    }
    g_assert_cmpuint(hvn_nic_config_read(guest.nic, find_cap(guest.nic, 2) + 16, 4), ==, 4);
    guest_teardown(&guest);

    guest_setup(&guest, "virtio-net-pci-non-transitional", 2);
    g_assert_cmphex(hvn_nic_config_read(guest.nic, 0, 4), ==, 0x10411af4);
    g_assert_cmphex(hvn_nic_config_read(guest.nic, 0x2c, 4), ==, 0x11001af4);
    g_assert_cmpuint(hvn_nic_config_read(guest.nic, 8, 1), ==, 1);
    g_assert_cmpuint(hvn_nic_get_pci(guest.nic)->bars[0].size, ==, 0);
    g_assert_cmpuint(hvn_nic_get_pci(guest.nic)->msix_n_vectors, ==, 6);
    guest_teardown(&guest);
}

static void
test_negotiation(void)
{
    guint64 offered;
    Guest guest;

    guest_setup(&guest, NULL, 1);
    offered = guest_get_offered(&guest);
    g_assert_cmphex(offered & HVN_VIRTIO_F_VERSION_1, !=, 0);
    g_assert_cmphex(offered & (HVN_VIRTIO_NET_F_MQ | HVN_VIRTIO_NET_F_RSS), ==, 0); /* one pair */
    g_assert_cmphex(offered & HVN_VIRTIO_NET_F_MTU, !=, 0);
    g_assert_true(guest_negotiate(&guest, offered));
    g_assert_false(guest_negotiate(&guest, offered & ~HVN_VIRTIO_F_VERSION_1));
    for (guint bit = 0; bit < 64; bit++) {
        guint64 feature = G_GUINT64_CONSTANT(1) << bit;

        g_assert_true(guest_negotiate(&guest, GUEST_BASIC | feature) == ((offered & feature) != 0));
    }
    /* DRIVER_OK without FEATURES_OK means nothing */
    g_assert_false(guest_negotiate(&guest, 0));
    guest_write(&guest, 0x14, GUEST_NEGOTIATED | HVN_VIRTIO_STATUS_DRIVER_OK, 1);
    g_assert_cmpuint(guest_read(&guest, 0x14, 1) & HVN_VIRTIO_STATUS_DRIVER_OK, ==, 0);
    guest_teardown(&guest);
}

static void
test_config_space(void)
{
    Guest guest;
    guint8 generation;

    guest_setup(&guest, NULL, 1);
    g_assert_cmphex(guest_read(&guest, HVN_VIRTIO_PCI_DEVICE, 4), ==, 0x12005452);
    g_assert_cmphex(guest_read(&guest, HVN_VIRTIO_PCI_DEVICE + 4, 2), ==, 0x5634);
    g_assert_cmpuint(guest_read(&guest, HVN_VIRTIO_PCI_DEVICE + 6, 2), ==, 1);
    g_assert_cmpuint(guest_read(&guest, HVN_VIRTIO_PCI_DEVICE + 8, 2), ==, 1);
    g_assert_cmpuint(guest_read(&guest, HVN_VIRTIO_PCI_DEVICE + 10, 2), ==, 1400);
    g_assert_cmpuint(guest_read(&guest, HVN_VIRTIO_PCI_DEVICE + 0x800, 8), ==, 0);
    guest_up(&guest, GUEST_BASIC | HVN_VIRTIO_NET_F_STATUS, 2);
    generation = guest_read(&guest, 0x15, 1);
    hvn_link_set_up(guest.link, FALSE);
    g_assert_cmpuint(guest_read(&guest, HVN_VIRTIO_PCI_ISR, 1), ==, 2);
    g_assert_cmpuint(guest_read(&guest, HVN_VIRTIO_PCI_DEVICE + 6, 2), ==, 0);
    g_assert_cmpuint(guest_read(&guest, 0x15, 1), !=, generation);
    hvn_link_set_up(guest.link, TRUE);
    g_assert_cmpuint(guest_read(&guest, HVN_VIRTIO_PCI_DEVICE + 6, 2), ==, 1);
    guest_teardown(&guest);
}

/* each queue its vector; without a vector no message; a vector that there is not reads back as none */
static void
test_msix(void)
{
    guint8 data[60] = {0};
    Guest guest;

    guest_setup(&guest, NULL, 1);
    hvn_nic_config_write(guest.nic, hvn_nic_get_pci(guest.nic)->msix_cap + 2, 0x8000, 2);
    for (guint i = 0; i < 4; i++)
        hvn_nic_region_write(guest.nic, HVN_VIRTIO_PCI_BAR_MSIX, i * 16 + 12, 0, 4);
    g_assert_true(guest_negotiate(&guest, GUEST_BASIC | HVN_VIRTIO_NET_F_STATUS));
    guest_write(&guest, 0x10, 0, 2);
    for (guint i = 0; i < 2; i++) {
        guest_enable_queue(&guest, i);
        guest_write(&guest, 0x1a, 4, 2);
        g_assert_cmphex(guest_read(&guest, 0x1a, 2), ==, HVN_VIRTIO_PCI_NO_VECTOR);
    }
    guest_write(&guest, 0x1a, 2, 2);
    guest_write(&guest, 0x14, GUEST_NEGOTIATED | HVN_VIRTIO_STATUS_DRIVER_OK, 1);
    guest_give(&guest, 0, 1, 100, 0);
    hvn_fake_port_send_bytes(guest.port, data, sizeof data);
    for (guint i = 0; i < 4; i++)
        g_assert_cmpuint(hvn_fake_bus_get_msi_count(guest.bus, i), ==, 0);
    guest_send(&guest, 1, NULL, data, sizeof data, 1);
    guest_kick(&guest, 1);
    g_assert_cmpuint(hvn_fake_bus_get_msi_count(guest.bus, 2), ==, 1);
    hvn_link_set_up(guest.link, FALSE);
    g_assert_cmpuint(hvn_fake_bus_get_msi_count(guest.bus, 0), ==, 1);
    g_assert_false(hvn_fake_bus_get_irq(guest.bus));
    guest_teardown(&guest);
}

/* 4.1.4.9: registers through configuration space, as firmware without memory mapping does it */
static void
test_window(void)
{
    guint cap;
    Guest guest;

    guest_setup(&guest, NULL, 1);
    cap = find_cap(guest.nic, 5);
    hvn_nic_config_write(guest.nic, cap + 4, HVN_VIRTIO_PCI_BAR_MODERN, 1);
    hvn_nic_config_write(guest.nic, cap + 8, HVN_VIRTIO_PCI_DEVICE, 4);
    hvn_nic_config_write(guest.nic, cap + 12, 4, 4);
    g_assert_cmphex(hvn_nic_config_read(guest.nic, cap + 16, 4), ==, 0x12005452);
    hvn_nic_config_write(guest.nic, cap + 8, 0x14, 4);
    hvn_nic_config_write(guest.nic, cap + 12, 1, 4);
    hvn_nic_config_write(guest.nic, cap + 16, HVN_VIRTIO_STATUS_ACKNOWLEDGE, 1);
    g_assert_cmphex(guest_read(&guest, 0x14, 1), ==, HVN_VIRTIO_STATUS_ACKNOWLEDGE);
    /* wrong places and lengths do nothing */
    for (guint len = 0; len < 20; len++) {
        hvn_nic_config_write(guest.nic, cap + 12, len, 4);
        hvn_nic_config_write(guest.nic, cap + 8, 0xffffffff - len, 4);
        for (guint bar = 0; bar < 8; bar++) {
            hvn_nic_config_write(guest.nic, cap + 4, bar, 1);
            hvn_nic_config_read(guest.nic, cap + 16, 4);
            hvn_nic_config_write(guest.nic, cap + 16, 0xffffffff, 4);
        }
    }
    g_assert_cmphex(guest_read(&guest, 0x14, 1), ==, HVN_VIRTIO_STATUS_ACKNOWLEDGE);
    guest_teardown(&guest);
}

static guint64
legacy_read(Guest *guest, guint offset, guint size)
{
    return hvn_nic_region_read(guest->nic, HVN_VIRTIO_PCI_BAR_LEGACY, offset, size);
}

static void
legacy_write(Guest *guest, guint offset, guint64 value, guint size)
{
    hvn_nic_region_write(guest->nic, HVN_VIRTIO_PCI_BAR_LEGACY, offset, value, size);
}

/* a legacy queue of 256 at @index, seen by the driver's side of the tests */
static void
legacy_queue(Guest *guest, guint index)
{
    HvnTestVirtqueue *queue = &guest->queues[index];
    guint64 base = GUEST_QUEUES * (index + 1);

    hvn_test_virtqueue_init(queue, guest->ram, base, 256, 0);
    queue->driver = base + 256 * 16;
    queue->device = (queue->driver + 6 + 512 + 4095) & ~G_GUINT64_CONSTANT(4095);
    memset(guest->ram + base, 0, 0x10000);
    legacy_write(guest, 0x0e, index, 2);
    g_assert_cmpuint(legacy_read(guest, 0x0c, 2), ==, 256);
    g_assert_cmpuint(legacy_read(guest, 0x08, 4), ==, 0);
    legacy_write(guest, 0x08, base >> 12, 4);
}

static void
test_legacy(void)
{
    guint8 data[60] = {1, 2, 3};
    guint cookie;
    guint32 len;
    Guest guest;

    guest_setup(&guest, NULL, 1);
    guest.header_len = 10;
    legacy_write(&guest, 0x12, 0, 1);
    legacy_write(&guest, 0x12, HVN_VIRTIO_STATUS_ACKNOWLEDGE | HVN_VIRTIO_STATUS_DRIVER, 1);
    g_assert_cmphex(legacy_read(&guest, 0, 4) & HVN_VIRTIO_NET_F_MAC, !=, 0);
    legacy_write(&guest, 4, HVN_VIRTIO_NET_F_MAC | HVN_VIRTIO_NET_F_STATUS | HVN_VIRTIO_NET_F_GUEST_UFO, 4);
    g_assert_cmphex(legacy_read(&guest, 4, 4), ==, HVN_VIRTIO_NET_F_MAC | HVN_VIRTIO_NET_F_STATUS);
    g_assert_cmphex(legacy_read(&guest, 0x14, 4), ==, 0x12005452); /* no MSI-X: the device's configuration follows at once */
    legacy_queue(&guest, 0);
    legacy_queue(&guest, 1);
    legacy_write(&guest, 0x12, 7, 1);
    guest_run(&guest);

    guest_give(&guest, 0, 2, 100, 0);
    g_assert_true(hvn_fake_port_send_bytes(guest.port, data, sizeof data));
    g_assert_true(hvn_test_virtqueue_get(&guest.queues[0], &cookie, &len));
    g_assert_cmpuint(len, ==, 70); /* ten bytes of header */
    g_assert_cmpmem(guest_buffer(&guest, cookie) + 10, 60, data, 60);
    g_assert_cmpuint(legacy_read(&guest, 0x13, 1), ==, 1);

    guest_send(&guest, 1, NULL, data, sizeof data, 5);
    legacy_write(&guest, 0x10, 1, 2);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.port), ==, 1);
    g_assert_true(hvn_test_virtqueue_get(&guest.queues[1], &cookie, &len));

    legacy_write(&guest, 0x14, 0x02, 1); /* the address is the driver's to write */
    g_assert_cmphex(legacy_read(&guest, 0x14, 1), ==, 0x02);

    /* a queue taken away and put back begins anew */
    legacy_write(&guest, 0x0e, 1, 2);
    legacy_write(&guest, 0x08, 0, 4);
    legacy_queue(&guest, 1);
    guest_send(&guest, 1, NULL, data, sizeof data, 5);
    legacy_write(&guest, 0x10, 1, 2);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.port), ==, 2);
    legacy_write(&guest, 0x12, 0, 1);
    g_assert_cmpuint(legacy_read(&guest, 0x08, 4), ==, 0);
    guest_teardown(&guest);
}

/* queue sizes and places that are no good break the device, not us */
static void
test_bad_queues(void)
{
    static const struct {
        guint size;
        guint64 desc;
    } cases[] = {{3, 0x100000}, {64, 0x100008}, {64, GUEST_RAM - 64}, {64, G_MAXUINT64 - 15}, {0, 0x100000}};
    Guest guest;

    guest_setup(&guest, NULL, 1);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_true(guest_negotiate(&guest, GUEST_BASIC));
        guest_write(&guest, 0x16, 0, 2);
        guest_write(&guest, 0x18, cases[i].size, 2);
        guest_write(&guest, 0x20, cases[i].desc, 8);
        guest_write(&guest, 0x28, 0x200000, 8);
        guest_write(&guest, 0x30, 0x300000, 8);
        guest_write(&guest, 0x1c, 1, 2);
        guest_write(&guest, 0x14, GUEST_NEGOTIATED | HVN_VIRTIO_STATUS_DRIVER_OK, 1);
        g_assert_cmphex(guest_read(&guest, 0x14, 1) & HVN_VIRTIO_STATUS_NEEDS_RESET, !=, 0);
    }
    /* queues that there are not */
    guest_write(&guest, 0x16, 200, 2);
    g_assert_cmpuint(guest_read(&guest, 0x18, 2), ==, 0);
    guest_write(&guest, 0x18, 64, 2);
    guest_write(&guest, 0x1c, 1, 2);
    guest_kick(&guest, 200);
    guest_teardown(&guest);
}

static void
count_change(gpointer data)
{
    ++*(guint *)data;
}

/* one driver at a time: a claim takes the PCI face away, and it comes back clean */
static void
test_claim(void)
{
    static const HvnVirtioTransport transport = {.config_changed = count_change};
    HvnVirtioDevice *device;
    guint n_changes = 0;
    Guest guest;

    guest_setup(&guest, NULL, 1);
    device = HVN_VIRTIO_DEVICE(guest.nic);
    guest_up(&guest, GUEST_BASIC, 2);
    g_assert_true(hvn_virtio_device_claim(device, &transport, &n_changes));
    g_assert_false(hvn_virtio_device_claim(device, &transport, &n_changes));
    g_assert_cmphex(guest_read(&guest, 0x14, 1), ==, 0xff);
    guest_write(&guest, 0x14, GUEST_NEGOTIATED, 1);
    hvn_virtio_device_set_features(device, GUEST_BASIC | HVN_VIRTIO_NET_F_STATUS);
    hvn_link_set_up(guest.link, FALSE);
    g_assert_cmpuint(n_changes, ==, 1);
    hvn_nic_reset(guest.nic, HVN_NIC_RESET_HARDWARE); /* the face that is off has nothing to reset */
    g_assert_cmphex(guest.net->features, !=, 0);
    hvn_virtio_device_unclaim(device);
    g_assert_cmphex(guest.net->features, ==, 0);
    hvn_fake_bus_enable_nic(guest.bus, guest.nic);
    g_assert_cmphex(guest_read(&guest, 0x14, 1), ==, 0);
    guest_up(&guest, GUEST_BASIC, 2);
    guest_teardown(&guest);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/virtio-net/pci/identity", test_identity);
    g_test_add_func("/virtio-net/pci/negotiation", test_negotiation);
    g_test_add_func("/virtio-net/pci/config-space", test_config_space);
    g_test_add_func("/virtio-net/pci/msix", test_msix);
    g_test_add_func("/virtio-net/pci/window", test_window);
    g_test_add_func("/virtio-net/pci/legacy", test_legacy);
    g_test_add_func("/virtio-net/pci/bad-queues", test_bad_queues);
    g_test_add_func("/virtio-net/pci/claim", test_claim);
    return g_test_run();
}
