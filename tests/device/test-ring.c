/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptor rings: what registers of a careless or hostile guest make of them, and the way round the end. */
#include "hvn-ring.h"
#include "hvn-test-nic.h"

#include <string.h>

static void
test_unusable(void)
{
    HvnRing ring = {0};

    g_assert_cmpuint(hvn_ring_available(&ring), ==, 0);
    g_assert_false(hvn_ring_set(&ring, 0, 0, 0, 0, 16));
    g_assert_false(hvn_ring_set(&ring, 0, 8, 8, 0, 16));
    g_assert_false(hvn_ring_set(&ring, 0, 8, 0, 8, 16));
    g_assert_false(hvn_ring_set(&ring, 0, 8, G_MAXUINT32, 0, 16));
    g_assert_false(hvn_ring_set(&ring, G_MAXUINT64 - 126, 8, 0, 1, 16));
    g_assert_cmpuint(ring.n_descriptors, ==, 0);
    g_assert_cmpuint(hvn_ring_available(&ring), ==, 0);
    g_assert_cmphex(hvn_ring_address(&ring, 5), ==, G_MAXUINT64 - 126);
    hvn_ring_advance(&ring, 0);
    g_assert_true(hvn_ring_set(&ring, G_MAXUINT64 - 127, 8, 0, 1, 16)); /* up to the very end */
    g_assert_true(hvn_ring_set(&ring, 0x1000, G_MAXUINT32, G_MAXUINT32 - 1, G_MAXUINT32 - 2, 64));
    g_assert_cmpuint(hvn_ring_available(&ring), ==, G_MAXUINT32 - 1);
    hvn_ring_advance(&ring, G_MAXUINT32 - 1);
    g_assert_cmpuint(ring.head, ==, ring.tail);
}

static void
test_wrap(void)
{
    g_autoptr(HvnDispatcher) dispatcher = hvn_test_nic_dispatcher();
    g_autoptr(HvnFakeBus) bus = hvn_fake_bus_new(64 * 1024);
    HvnTestNic *test_nic = hvn_test_nic_new(dispatcher, bus);
    HvnNic *nic = HVN_NIC(test_nic);
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint8 buf[8 * 16];
    HvnRing ring;

    for (guint i = 0; i < 8; i++)
        memset(ram + 0x1000 + i * 16, '0' + i, 16);
    g_assert_true(hvn_ring_set(&ring, 0x1000, 8, 6, 2, 16));
    g_assert_cmpuint(hvn_ring_available(&ring), ==, 4);
    g_assert_cmpuint(hvn_ring_fetch(&ring, nic, 0, buf, 8), ==, 4);
    g_assert_true(buf[0] == '6' && buf[16] == '7' && buf[32] == '0' && buf[63] == '1');
    g_assert_cmpuint(hvn_ring_fetch(&ring, nic, 1, buf, 2), ==, 2);
    g_assert_true(buf[0] == '7' && buf[16] == '0');
    g_assert_cmpuint(hvn_ring_fetch(&ring, nic, 3, buf, 8), ==, 1);
    g_assert_cmpint(buf[0], ==, '1');
    g_assert_cmpuint(hvn_ring_fetch(&ring, nic, 4, buf, 8), ==, 0);
    g_assert_cmpuint(hvn_ring_fetch(&ring, nic, G_MAXUINT32, buf, 8), ==, 0);
    g_assert_cmpuint(hvn_ring_fetch(&ring, nic, 0, buf, 0), ==, 0);
    g_assert_cmphex(hvn_ring_address(&ring, 1), ==, 0x1070);
    g_assert_cmphex(hvn_ring_address(&ring, 2), ==, 0x1000);

    memset(buf, 'x', sizeof buf);
    g_assert_true(hvn_ring_write_back(&ring, nic, 1, buf, 2));
    g_assert_true(ram[0x1060] == '6' && ram[0x1070] == 'x' && ram[0x100f] == 'x' && ram[0x1010] == '1');
    g_assert_true(hvn_ring_write_back(&ring, nic, 0, buf, 0));
    g_assert_false(hvn_ring_write_back(&ring, nic, 0, buf, 9));
    g_assert_false(hvn_ring_write_back(&ring, nic, 8, buf, 1));
    hvn_ring_advance(&ring, 3);
    g_assert_cmpuint(ring.head, ==, 1);
    hvn_ring_advance(&ring, 1);
    g_assert_cmpuint(hvn_ring_available(&ring), ==, 0);
    g_assert_cmpuint(hvn_ring_fetch(&ring, nic, 0, buf, 1), ==, 0);

    /* a ring that leaves memory halfway, and one in the device's own registers */
    g_assert_true(hvn_ring_set(&ring, 64 * 1024 - 32, 8, 0, 7, 16));
    g_assert_cmpuint(hvn_ring_fetch(&ring, nic, 0, buf, 2), ==, 2);
    g_assert_cmpuint(hvn_ring_fetch(&ring, nic, 0, buf, 3), ==, 0);
    g_assert_true(hvn_ring_set(&ring, HVN_FAKE_BUS_BAR0, 8, 0, 7, 16));
    g_assert_cmpuint(hvn_ring_fetch(&ring, nic, 0, buf, 1), ==, 0);
    g_assert_false(hvn_ring_write_back(&ring, nic, 0, buf, 1));
    hvn_test_nic_free(test_nic);
}

/* what the driver polls, in mapped memory and, where memory is in pieces, a write for each; round the end of the ring */
static void
test_view(void)
{
    for (guint split = 0; split <= 24; split += 24) {
        g_autoptr(HvnDispatcher) dispatcher = hvn_test_nic_dispatcher();
        g_autoptr(HvnFakeBus) bus = hvn_fake_bus_new(64 * 1024);
        HvnTestNic *test_nic = hvn_test_nic_new(dispatcher, bus);
        HvnNic *nic = HVN_NIC(test_nic);
        guint8 *ram = hvn_fake_bus_get_ram(bus);
        HvnRingView view;
        HvnRing ring;

        hvn_fake_bus_set_split(bus, split);
        g_assert_true(hvn_ring_set(&ring, 0x1000, 8, 6, 2, 16));
        hvn_ring_open_view(&ring, nic, 4, &view);
        hvn_ring_view_store8(&view, 0, 12, 0x11);
        hvn_ring_view_store32(&view, 1, 4, 0x22334455);
        hvn_ring_view_store64(&view, 2, 8, G_GUINT64_CONSTANT(0x8877665544332211), 1);
        hvn_ring_view_store64(&view, 3, 0, G_GUINT64_CONSTANT(0x1122334455667788), 0);
        hvn_nic_dma_release(nic);
        g_assert_cmphex(ram[0x106c], ==, 0x11);
        g_assert_cmphex(hvn_load_le32(ram + 0x1074), ==, 0x22334455);
        g_assert_cmphex(hvn_load_le64(ram + 0x1008), ==, G_GUINT64_CONSTANT(0x8877665544332211));
        g_assert_cmphex(hvn_load_le64(ram + 0x1010), ==, G_GUINT64_CONSTANT(0x1122334455667788));
        g_assert_cmphex(hvn_load_le64(ram + 0x1018), ==, 0);
        g_assert_cmpuint(hvn_nic_get_dma_errors(nic), ==, 0);
        hvn_test_nic_free(test_nic);
    }
}

/* a store into memory that cannot be written is remembered until the view is opened anew */
static void
test_view_read_only(void)
{
    g_autoptr(HvnDispatcher) dispatcher = hvn_test_nic_dispatcher();
    g_autoptr(HvnFakeBus) bus = hvn_fake_bus_new(64 * 1024);
    HvnTestNic *test_nic = hvn_test_nic_new(dispatcher, bus);
    HvnNic *nic = HVN_NIC(test_nic);
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    HvnRingView view;

    hvn_fake_bus_set_read_only(bus, 0x1010, 0x1020);
    hvn_ring_view_open(&view, nic, 0x1000, 3, 0, 0, 16);
    hvn_ring_view_store32(&view, 0, 0, 1);
    hvn_ring_view_store32(&view, 2, 0, 3);
    g_assert_false(hvn_ring_view_failed(&view));
    hvn_ring_view_store32(&view, 1, 0, 2);
    hvn_ring_view_store8(&view, 0, 4, 4);
    g_assert_true(hvn_ring_view_failed(&view));
    g_assert_cmphex(hvn_load_le64(ram + 0x1000), ==, G_GUINT64_CONSTANT(0x400000001));
    g_assert_cmphex(hvn_load_le32(ram + 0x1010), ==, 0);
    g_assert_cmphex(hvn_load_le32(ram + 0x1020), ==, 3);
    hvn_ring_view_open(&view, nic, 0x1000, 3, 0, 0, 16);
    g_assert_false(hvn_ring_view_failed(&view));
    hvn_ring_view_store8(&view, 1, 15, 1);
    g_assert_true(hvn_ring_view_failed(&view));
    hvn_fake_bus_set_read_only(bus, 0, 0);
    hvn_ring_view_open(&view, nic, 0x1000, 3, 0, 0, 16);
    hvn_ring_view_store64(&view, 1, 0, 5, 0);
    g_assert_false(hvn_ring_view_failed(&view));
    g_assert_cmphex(hvn_load_le64(ram + 0x1010), ==, 5);
    hvn_nic_dma_release(nic);
    hvn_test_nic_free(test_nic);
}

/* pieces of ours into pieces of guest memory, from the middle on */
static void
test_write_iov(void)
{
    g_autoptr(HvnDispatcher) dispatcher = hvn_test_nic_dispatcher();
    g_autoptr(HvnFakeBus) bus = hvn_fake_bus_new(64 * 1024);
    HvnTestNic *test_nic = hvn_test_nic_new(dispatcher, bus);
    char bytes[] = "abcdefghij";
    struct iovec iov[] = {{bytes, 3}, {bytes + 3, 4}, {bytes + 7, 3}};

    hvn_fake_bus_set_split(bus, 4);
    g_assert_true(hvn_nic_dma_write_iov(HVN_NIC(test_nic), 0x1002, iov, 3, 2, 7));
    g_assert_cmpmem(hvn_fake_bus_get_ram(bus) + 0x1002, 8, "cdefghi", 8); /* and the byte behind is as it was */
    g_assert_false(hvn_nic_dma_write_iov(HVN_NIC(test_nic), 64 * 1024 - 3, iov, 3, 0, 10));
    g_assert_cmpuint(hvn_nic_get_dma_errors(HVN_NIC(test_nic)), ==, 1);
    hvn_test_nic_free(test_nic);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/device/ring/unusable", test_unusable);
    g_test_add_func("/device/ring/wrap", test_wrap);
    g_test_add_func("/device/ring/view", test_view);
    g_test_add_func("/device/ring/view-read-only", test_view_read_only);
    g_test_add_func("/device/ring/write-iov", test_write_iov);
    return g_test_run();
}
