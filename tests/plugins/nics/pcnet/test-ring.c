/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading descriptors: round the end, up to the driver's, never one twice; lengths that make no sense; and giving back in each layout. */
#include "hvn-pcnet-guest.h"

static void
open_ring(Guest *guest, HvnPcnetRing *ring, guint length, guint start)
{
    *ring = (HvnPcnetRing){.base = GUEST_TX_RING, .length = length, .style = guest->style, .transmit = TRUE};
    hvn_pcnet_ring_open(ring, guest->machine.nic, start);
}

static void
test_load(gconstpointer data)
{
    HvnPcnetRing ring;
    Guest guest;

    guest_setup(&guest, GPOINTER_TO_UINT(data));
    for (guint i = 0; i < GUEST_N_DESCS; i++)
        guest_put_desc(&guest, GUEST_TX_RING, i, 0x1000 * i, i == 5 ? 0 : SEND, 0, 100 + i);
    open_ring(&guest, &ring, GUEST_N_DESCS, 12);
    g_assert_cmpuint(hvn_pcnet_ring_load(&ring, 2), ==, 2);
    g_assert_cmpuint(hvn_pcnet_ring_load(&ring, PCNET_RING_BATCH), ==, 9);
    g_assert_true(ring.stopped && !ring.whole && !ring.failed);
    for (guint i = 0; i < ring.n; i++) {
        guint place = hvn_pcnet_ring_position(&ring, i);

        g_assert_cmpuint(place, ==, (12 + i) % GUEST_N_DESCS);
        g_assert_cmphex(ring.descs[i].address, ==, 0x1000 * place);
        g_assert_cmpuint(hvn_pcnet_desc_len(&ring.descs[i]), ==, 100 + place);
        g_assert_cmphex(ring.descs[i].status & 0xff000000, ==, SEND);
    }
    open_ring(&guest, &ring, GUEST_N_DESCS, 5);
    g_assert_false(hvn_pcnet_ring_peek(&ring));
    guest_put_desc(&guest, GUEST_TX_RING, 5, 0, SEND, 0, 4096);
    g_assert_true(hvn_pcnet_ring_peek(&ring));
    g_assert_cmpuint(hvn_pcnet_ring_load(&ring, PCNET_RING_BATCH), ==, GUEST_N_DESCS);
    g_assert_true(ring.whole);
    g_assert_cmpuint(hvn_pcnet_desc_len(&ring.descs[0]), ==, 4096);
    guest_teardown(&guest);
}

/* CVE-2016-7909: a length of 0 is 65536, and every batch is bounded; memory that is none ends it */
static void
test_cve_2016_7909(void)
{
    HvnPcnetRing ring;
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_set_csr(&guest, PCNET_CSR76, 0);
    guest_set_csr(&guest, PCNET_CSR78, 0);
    hvn_pcnet_init_ring(guest.pcnet, &ring, TRUE);
    g_assert_cmpuint(ring.length, ==, 65536);
    memset(guest.machine.ram + GUEST_TX_RING, 0xff, 65536 * 16 + 16);
    open_ring(&guest, &ring, 65536, 0);
    g_assert_cmpuint(hvn_pcnet_ring_load(&ring, G_MAXUINT), ==, PCNET_RING_BATCH);
    g_assert_false(ring.stopped || ring.whole);
    open_ring(&guest, &ring, 1, 0);
    g_assert_cmpuint(hvn_pcnet_ring_load(&ring, PCNET_RING_BATCH), ==, 1);
    g_assert_true(ring.whole);
    open_ring(&guest, &ring, 4, 0);
    ring.base = GUEST_RAM - 16;
    g_assert_cmpuint(hvn_pcnet_ring_load(&ring, PCNET_RING_BATCH), ==, 0);
    g_assert_true(ring.failed && ring.stopped);
    ring.base = GUEST_RAM;
    g_assert_true(hvn_pcnet_ring_peek(&ring)); /* for the data path to find */
    /* and the device with such rings, all of it */
    guest_set_csr(&guest, PCNET_CSR24 + 1, GUEST_TX_RING >> 16);
    guest_set_csr(&guest, PCNET_CSR30 + 1, GUEST_TX_RING >> 16);
    guest_set_csr(&guest, PCNET_CSR15, PCNET_CSR15_LOOP | PCNET_CSR15_PROM);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_STRT | PCNET_CSR0_TDMD);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_MS);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0) & PCNET_CSR0_STOP, ==, PCNET_CSR0_STOP); /* their buffers are nowhere */
    guest_teardown(&guest);
}

/* what the device writes, and that it writes nothing else */
static void
test_publish(gconstpointer data)
{
    guint style = GPOINTER_TO_UINT(data);
    HvnRingView view;
    HvnPcnetRing ring;
    Guest guest;

    guest_setup(&guest, style);
    for (guint i = 0; i < 4; i++)
        guest_put_desc(&guest, GUEST_TX_RING, i, 0x00abcdef, SEND, 0, 77);
    open_ring(&guest, &ring, 4, 3);
    g_assert_cmpuint(hvn_pcnet_ring_load(&ring, 4), ==, 4);
    hvn_pcnet_ring_open_view(&ring, 0, 2, &view);
    for (guint i = 0; i < 2; i++)
        hvn_pcnet_ring_publish(&ring, &view, 0, i, ring.descs[i].status & ~PCNET_DESC_OWN, PCNET_TMD2_UFLO);
    for (guint i = 0; i < 4; i++) {
        gboolean given = i == 3 || i == 0;

        g_assert_cmphex(guest_status(&guest, GUEST_TX_RING, i) & 0xff000000, ==, given ? SEND & ~PCNET_DESC_OWN : SEND);
        g_assert_cmphex(guest_rest(&guest, GUEST_TX_RING, i, TRUE), ==, given ? PCNET_TMD2_UFLO : 0);
    }
    if (style == PCNET_STYLE_LANCE)
        g_assert_cmphex(hvn_load_le32(guest.machine.ram + GUEST_TX_RING) & 0xffffff, ==, 0xabcdef);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint style = 0; style < 4; style++) {
        g_autofree char *load = g_strdup_printf("/pcnet/ring/load/style-%u", style);
        g_autofree char *publish = g_strdup_printf("/pcnet/ring/publish/style-%u", style);

        g_test_add_data_func(load, GUINT_TO_POINTER(style), test_load);
        g_test_add_data_func(publish, GUINT_TO_POINTER(style), test_publish);
    }
    g_test_add_func("/pcnet/ring/length-0-cve-2016-7909", test_cve_2016_7909);
    return g_test_run();
}
