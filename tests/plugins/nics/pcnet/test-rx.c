/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receiver in every software style: frames, chains, FCS, auto strip; frames that wait; every error of RMD1 that can come; Magic
 * Packets. */
#include "hvn-pcnet-guest.h"

static guint32
rx_status(Guest *guest, guint n)
{
    return guest_status(guest, GUEST_RX_RING, n);
}

static guint32
rx_len(Guest *guest, guint n)
{
    return guest_rest(guest, GUEST_RX_RING, n, FALSE);
}

/* round the ring several times */
static void
test_frames(gconstpointer data)
{
    HvnFcs fcs;
    Guest guest;

    hvn_fcs_init(&fcs);
    guest_setup(&guest, GPOINTER_TO_UINT(data));
    guest_up(&guest, 0);
    for (guint i = 0; i < 50; i++) {
        guint8 *buffer = guest.machine.ram + GUEST_RX_DATA + i % GUEST_N_DESCS * GUEST_RX_SIZE;
        gsize len = 60 + i * 29;

        g_assert_true(guest_offer(&guest, len));
        g_assert_cmphex(rx_status(&guest, i) & 0xff000000, ==, PCNET_DESC_STP | PCNET_DESC_ENP);
        if (guest.style != PCNET_STYLE_LANCE)
            g_assert_cmphex(rx_status(&guest, i) & 0x00ffffff, ==, PCNET_RMD1_BAM | PCNET_DESC_ONES | (4096 - GUEST_RX_SIZE));
        g_assert_cmpuint(rx_len(&guest, i), ==, len + 4);
        g_assert_cmpuint(buffer[20], ==, (guint8)(20 * 5 + len));
        g_assert_cmphex(hvn_load_le32(buffer + len), ==, hvn_fcs_add(&fcs, 0, buffer, len));
        guest_give(&guest, i);
    }
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0), ==, RUNNING | PCNET_CSR0_RINT | PCNET_CSR0_INTR);
    g_assert_cmpuint(guest_csr(&guest, PCNET_CSR112), ==, 0);
    guest_teardown(&guest);
}

/* one frame over buffers of many sizes */
static void
test_chains(gconstpointer data)
{
    static const guint sizes[] = {1, 63, 500, 4096, 64};
    guint8 expected[1518];
    Guest guest;
    gsize offset = 0;

    guest_setup(&guest, GPOINTER_TO_UINT(data));
    guest_up(&guest, 0);
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
        guest_put_desc(&guest, GUEST_RX_RING, i, GUEST_RX_DATA + 0x2000 * i, PCNET_DESC_OWN, 0, sizes[i]);
    g_assert_true(guest_offer(&guest, 1514));
    for (gsize i = 0; i < 1514; i++)
        expected[i] = i < 6 ? 0xff : i == 12 ? 0x88 : i == 13 ? 0xb5 : i * 5 + 1514;
    for (guint i = 0; i < 4; i++) {
        gsize part = MIN(sizes[i], 1514 - offset);

        g_assert_cmpmem(guest.machine.ram + GUEST_RX_DATA + 0x2000 * i, part, expected + offset, part);
        g_assert_cmphex(rx_status(&guest, i) & 0xff000000, ==, (i == 0 ? PCNET_DESC_STP : 0) | (i == 3 ? PCNET_DESC_ENP : 0));
        g_assert_cmpuint(rx_len(&guest, i), ==, i == 3 ? 1518 : 0);
        offset += part;
    }
    g_assert_cmphex(rx_status(&guest, 4) & PCNET_DESC_OWN, !=, 0);
    guest_teardown(&guest);
}

/* a full ring holds the sender; the ring is looked at again without a doorbell, and at once when the driver writes CSR0 */
static void
test_held(void)
{
    Guest guest;
    guint n = 0;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_up(&guest, 0);
    while (guest_offer(&guest, 60 + n))
        n++;
    g_assert_cmpuint(n, ==, GUEST_N_DESCS);
    g_assert_true(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_RINT);
    hvn_dispatcher_advance(guest.machine.dispatcher, 5 * HVN_NS_PER_MS);
    g_assert_true(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0) & PCNET_CSR0_RINT, !=, 0); /* told again, as by a next frame */
    guest_give(&guest, 0);
    hvn_dispatcher_advance(guest.machine.dispatcher, 10 * HVN_NS_PER_MS);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    g_assert_true(guest_offer(&guest, 99));
    g_assert_cmpuint(rx_len(&guest, 0), ==, 103);
    g_assert_false(guest_offer(&guest, 99));
    guest_give(&guest, 1);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_RINT | PCNET_CSR0_IENA);
    guest_run(&guest);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    g_assert_cmpuint(guest.pcnet->rx.dropped, ==, 0);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0) & PCNET_CSR0_MISS, ==, 0);
    guest_teardown(&guest);
}

/* a frame for which there are too few descriptors changes none of them; one that the whole ring cannot hold is BUFF */
static void
test_buff(gconstpointer data)
{
    Guest guest;

    guest_setup(&guest, GPOINTER_TO_UINT(data));
    guest_up(&guest, 0);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_STOP);
    guest_set_csr(&guest, PCNET_CSR76, 0x10000 - 2);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_STRT);
    guest_put_desc(&guest, GUEST_RX_RING, 0, GUEST_RX_DATA, PCNET_DESC_OWN, 0, 100);
    guest_put_desc(&guest, GUEST_RX_RING, 1, GUEST_RX_DATA + 0x2000, 0, 0, 100);
    g_assert_false(guest_offer(&guest, 1000));
    g_assert_cmphex(rx_status(&guest, 0) & 0xff000000, ==, PCNET_DESC_OWN);
    guest_put_desc(&guest, GUEST_RX_RING, 1, GUEST_RX_DATA + 0x2000, PCNET_DESC_OWN, 0, 100);
    g_assert_true(guest_offer(&guest, 1000));
    g_assert_cmphex(rx_status(&guest, 0) & 0xff000000, ==, PCNET_DESC_STP);
    g_assert_cmphex(rx_status(&guest, 1) & 0xff000000, ==, PCNET_DESC_ERR | PCNET_RMD1_BUFF);
    g_assert_cmpuint(guest.pcnet->rx.dropped, ==, 1);
    guest_teardown(&guest);
}

/* ASTRP_RCV takes padding and FCS off where a length field says how much */
static void
test_strip(void)
{
    guint8 bytes[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1};
    static const struct {
        guint16 type;
        guint stored;
    } cases[] = {{0, 14}, {45, 59}, {46, 64}, {0x0800, 64}};
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_up(&guest, 0);
    guest_set_csr(&guest, PCNET_CSR4, PCNET_CSR4_RESET | PCNET_CSR4_ASTRP);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        hvn_store_be16(bytes + 12, cases[i].type);
        g_assert_true(hvn_fake_port_send_bytes(guest.machine.port, bytes, sizeof bytes));
        g_assert_cmpuint(rx_len(&guest, i), ==, cases[i].stored);
    }
    guest_teardown(&guest);
}

/* RCVALGN puts two bytes before the frame, which MCNT does not count */
static void
test_align(void)
{
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_set_csr(&guest, PCNET_CSR122, PCNET_CSR122_RCVALGN);
    guest_up(&guest, 0);
    g_assert_true(guest_offer(&guest, 1514));
    g_assert_cmpuint(rx_len(&guest, 0), ==, 1518);
    g_assert_cmphex(hvn_load_le32(guest.machine.ram + GUEST_RX_DATA), ==, 0xffff0000);
    g_assert_cmphex(hvn_load_be16(guest.machine.ram + GUEST_RX_DATA + 14), ==, 0x88b5);
    g_assert_cmpuint(guest.machine.ram[GUEST_RX_DATA + 2 + 1513], ==, (guint8)(1513 * 5 + 1514));
    guest_teardown(&guest);
}

/* runts come by loopback only, and are taken with RPA or in full duplex */
static void
test_runts(void)
{
    guint8 bytes[30] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    Guest guest;
    guint n = 0;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_set_csr(&guest, PCNET_CSR4, PCNET_CSR4_RESET | PCNET_CSR4_EN124);
    for (guint how = 0; how < 4; how++) {
        guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_STOP);
        guest_set_csr(&guest, PCNET_CSR124, how == 1 ? PCNET_CSR124_RPA : 0);
        guest_set_bcr(&guest, PCNET_BCR9, how == 2 ? PCNET_BCR9_FDEN : how == 3 ? PCNET_BCR9_FDEN | PCNET_BCR9_FDRPAD : 0);
        guest.tx = 0;
        guest_up(&guest, PCNET_CSR15_LOOP);
        guest_queue(&guest, bytes, sizeof bytes, SEND);
        guest_demand(&guest);
        n += rx_status(&guest, 0) & PCNET_DESC_OWN ? 0 : 1 << how;
    }
    g_assert_cmphex(n, ==, 6);
    guest_teardown(&guest);
}

/* off, or in loopback: taken and counted; STOP lets go of whoever waits */
static void
test_closed(void)
{
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    g_assert_true(guest_offer(&guest, 60));
    guest_up(&guest, PCNET_CSR15_DRX);
    g_assert_true(guest_offer(&guest, 60));
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_STOP);
    guest_up(&guest, PCNET_CSR15_LOOP);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_cmpuint(guest.pcnet->rx.closed, ==, 3);
    g_assert_cmphex(rx_status(&guest, 0) & PCNET_DESC_OWN, !=, 0);
    guest_teardown(&guest);
}

/* descriptors and buffers where no memory is, and in the device's own registers: the frame is missed, the device stops */
static void
test_bus_error(void)
{
    static const guint32 places[] = {GUEST_RAM - 30, 0xffffffe0, HVN_FAKE_BUS_BAR0 + 0x100000};
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        guest_up(&guest, 0);
        guest_put_desc(&guest, GUEST_RX_RING, 0, places[i], PCNET_DESC_OWN, 0, 1536);
        g_assert_true(guest_offer(&guest, 60));
        g_assert_cmphex(guest_csr(&guest, PCNET_CSR0), ==, PCNET_CSR0_STOP);
        g_assert_cmphex(guest_csr(&guest, PCNET_CSR5), ==, PCNET_CSR5_SINT);
    }
    guest_up(&guest, 0);
    guest_set_csr(&guest, PCNET_CSR5, PCNET_CSR5_SPND);
    guest_set_csr(&guest, PCNET_CSR24 + 1, 0xfff0);
    guest_set_csr(&guest, PCNET_CSR5, PCNET_CSR5_SINT);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR5), ==, PCNET_CSR5_SINT);
    g_assert_cmpuint(guest.pcnet->rx.dropped, ==, 4);
    guest_teardown(&guest);
}

/* CVE-2015-7512 and CVE-2018-17962: frames of more than MCNT can say, from the other side; they are missed, and counted */
static void
test_cve_2015_7512(void)
{
    static const guint8 canary[16] = {0};
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_up(&guest, 0);
    g_assert_true(guest_offer(&guest, 4091)); /* the most that there is */
    g_assert_cmpuint(rx_len(&guest, 2), ==, 4095);
    for (gsize len = 4092; len < 4100; len++)
        g_assert_true(guest_offer(&guest, len));
    g_assert_true(guest_offer(&guest, 65535));
    g_assert_cmphex(rx_status(&guest, 3) & PCNET_DESC_OWN, !=, 0);
    g_assert_cmpuint(guest_csr(&guest, PCNET_CSR112), ==, 9);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0) & (PCNET_CSR0_MISS | PCNET_CSR0_ERR), ==, PCNET_CSR0_MISS | PCNET_CSR0_ERR);
    /* a buffer that is shorter than the frame keeps its neighbours as they were */
    guest_put_desc(&guest, GUEST_RX_RING, 3, GUEST_RX_DATA + 0x100000, PCNET_DESC_OWN, 0, 64);
    g_assert_true(guest_offer(&guest, 1514));
    g_assert_cmpmem(guest.machine.ram + GUEST_RX_DATA + 0x100000 + 64, sizeof canary, canary, sizeof canary);
    guest_teardown(&guest);
}

/* nothing is stored; our address 16 times behind ones is MPINT, which asks for no IENA */
static void
test_magic(void)
{
    static const guint8 ours[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    guint8 bytes[200] = {0};
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_up(&guest, 0);
    guest_set_csr(&guest, PCNET_CSR5, PCNET_CSR5_MPEN | PCNET_CSR5_MPMODE | PCNET_CSR5_MPINT >> 1);
    memset(bytes, 0xff, 6);
    memset(bytes + 50, 0xff, 6);
    for (guint i = 0; i < 16; i++)
        memcpy(bytes + 56 + 6 * i, ours, 6);
    g_assert_true(hvn_fake_port_send_bytes(guest.machine.port, bytes, sizeof bytes));
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus)); /* a broadcast only counts with MPPLBA */
    memcpy(bytes, ours, 6);
    bytes[60]++;
    g_assert_true(hvn_fake_port_send_bytes(guest.machine.port, bytes, sizeof bytes));
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    bytes[60]--;
    g_assert_true(hvn_fake_port_send_bytes(guest.machine.port, bytes, sizeof bytes));
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    g_assert_cmphex(rx_status(&guest, 0) & PCNET_DESC_OWN, !=, 0);
    guest_set_csr(&guest, PCNET_CSR5, PCNET_CSR5_MPINT);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    g_assert_true(guest_offer(&guest, 60));
    g_assert_cmphex(rx_status(&guest, 0) & PCNET_DESC_OWN, ==, 0);
    guest_teardown(&guest);
}

static const struct {
    const char *name;
    GTestDataFunc func;
} styled[] = {{"frames", test_frames}, {"chains", test_chains}, {"buff", test_buff}};

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < 4 * G_N_ELEMENTS(styled); i++) {
        g_autofree char *path = g_strdup_printf("/pcnet/rx/%s/style-%u", styled[i / 4].name, i % 4);

        g_test_add_data_func(path, GUINT_TO_POINTER(i % 4), styled[i / 4].func);
    }
    g_test_add_func("/pcnet/rx/held", test_held);
    g_test_add_func("/pcnet/rx/strip", test_strip);
    g_test_add_func("/pcnet/rx/align", test_align);
    g_test_add_func("/pcnet/rx/runts", test_runts);
    g_test_add_func("/pcnet/rx/closed", test_closed);
    g_test_add_func("/pcnet/rx/bus-error", test_bus_error);
    g_test_add_func("/pcnet/rx/long-frames-cve-2015-7512-cve-2018-17962", test_cve_2015_7512);
    g_test_add_func("/pcnet/rx/magic", test_magic);
    return g_test_run();
}
