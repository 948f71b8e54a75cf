/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transmitter in every software style: frames, chains, who makes the FCS, polling, what happens when the peer is full, and every error of
 * TMD2 that can come; loopback. */
#include "hvn-pcnet-guest.h"

static guint8 pattern[8192];

#define FIRST (PCNET_DESC_OWN | PCNET_DESC_STP)
#define LAST  (PCNET_DESC_OWN | PCNET_DESC_ENP)

static guint
sent(Guest *guest)
{
    return hvn_fake_port_get_n_frames(guest->machine.port);
}

static guint32
tx_status(Guest *guest, guint n)
{
    return guest_status(guest, GUEST_TX_RING, n) & 0xff000000;
}

static guint32
tx_rest(Guest *guest, guint n)
{
    return guest_rest(guest, GUEST_TX_RING, n, TRUE);
}

/* round the ring several times, in batches, with buffers lent */
static void
test_frames(gconstpointer data)
{
    Guest guest;

    guest_setup(&guest, GPOINTER_TO_UINT(data));
    guest_up(&guest, 0);
    for (guint i = 0; i < 100; i++) {
        guest_queue(&guest, pattern + i, 60 + 14 * i, SEND);
        if (i % 7 == 6)
            guest_demand(&guest);
    }
    guest_demand(&guest);
    g_assert_cmpuint(sent(&guest), ==, 100);
    for (guint i = 0; i < 100; i++) {
        hvn_test_machine_assert_frame(&guest.machine, i, pattern + i, 60 + 14 * i);
        g_assert_cmpuint(hvn_fake_port_get_n_iov(guest.machine.port, i), ==, 1);
    }
    for (guint i = 0; i < GUEST_N_DESCS; i++) {
        g_assert_cmphex(tx_status(&guest, i), ==, PCNET_DESC_STP | PCNET_DESC_ENP);
        g_assert_cmphex(tx_rest(&guest, i), ==, 0);
    }
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0), ==, RUNNING | PCNET_CSR0_IENA | PCNET_CSR0_INTR | PCNET_CSR0_TINT);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR4) & PCNET_CSR4_TXSTRT, !=, 0);
    guest_teardown(&guest);
}

/* a frame over several buffers, across the end of the ring; what stands in front of STP is passed over */
static void
test_chains(gconstpointer data)
{
    Guest guest;

    guest_setup(&guest, GPOINTER_TO_UINT(data));
    guest_up(&guest, 0);
    for (guint round = 0; round < 12; round++) {
        guest_queue(&guest, pattern, 14, FIRST);
        guest_queue(&guest, pattern + 14, 1, PCNET_DESC_OWN);
        guest_queue(&guest, pattern + 15, 85, LAST);
        guest_demand(&guest);
        g_assert_cmpuint(sent(&guest), ==, round + 1);
        hvn_test_machine_assert_frame(&guest.machine, round, pattern, 100);
    }
    guest_queue(&guest, pattern, 60, PCNET_DESC_OWN);
    guest_queue(&guest, pattern, 60, LAST);
    guest_queue(&guest, pattern, 77, SEND);
    guest_demand(&guest);
    g_assert_cmpuint(sent(&guest), ==, 13);
    hvn_test_machine_assert_frame(&guest.machine, 12, pattern, 77);
    g_assert_cmpuint(guest.pcnet->tx.dropped, ==, 1);
    for (guint i = 0; i < GUEST_N_DESCS; i++)
        g_assert_cmphex(tx_status(&guest, i) & PCNET_DESC_OWN, ==, 0);
    guest_teardown(&guest);
}

static void
test_peer_full(void)
{
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_up(&guest, 0);
    hvn_fake_port_set_capacity(guest.machine.port, 1);
    for (guint i = 0; i < 4; i++)
        guest_queue(&guest, pattern, 60 + i, SEND);
    guest_demand(&guest);
    g_assert_cmpuint(sent(&guest), ==, 1);
    g_assert_cmphex(tx_status(&guest, 0) & PCNET_DESC_OWN, ==, 0);
    g_assert_cmphex(tx_status(&guest, 1) & PCNET_DESC_OWN, !=, 0);
    guest_demand(&guest); /* does not press a full peer */
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S);
    g_assert_cmpuint(sent(&guest), ==, 1);
    hvn_fake_port_set_capacity(guest.machine.port, G_MAXUINT);
    hvn_port_ready(HVN_PORT(guest.machine.port));
    guest_run(&guest);
    g_assert_cmpuint(sent(&guest), ==, 4);
    for (guint i = 0; i < 4; i++)
        hvn_test_machine_assert_frame(&guest.machine, i, pattern, 60 + i);
    g_assert_cmpuint(guest.pcnet->tx.dropped, ==, 0);
    guest_teardown(&guest);
}

/* without TDMD the ring is looked at after POLLINT, unless TXDPOLL is set; an idle ring is looked at less and less often */
static void
test_polling(void)
{
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_up(&guest, 0);
    guest_queue(&guest, pattern, 60, SEND);
    guest_run(&guest);
    g_assert_cmpuint(sent(&guest), ==, 0);
    hvn_dispatcher_advance(guest.machine.dispatcher, 1900 * HVN_NS_PER_US);
    g_assert_cmpuint(sent(&guest), ==, 0);
    hvn_dispatcher_advance(guest.machine.dispatcher, 100 * HVN_NS_PER_US); /* 65536 clocks of 30 ns */
    g_assert_cmpuint(sent(&guest), ==, 1);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S);
    guest_queue(&guest, pattern, 60, SEND);
    hvn_dispatcher_advance(guest.machine.dispatcher, 33 * HVN_NS_PER_MS);
    g_assert_cmpuint(sent(&guest), ==, 2);
    guest_set_csr(&guest, PCNET_CSR4, PCNET_CSR4_RESET | PCNET_CSR4_TXDPOLL);
    guest_run(&guest);
    guest_queue(&guest, pattern, 60, SEND);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S);
    g_assert_cmpuint(sent(&guest), ==, 2);
    guest_demand(&guest);
    g_assert_cmpuint(sent(&guest), ==, 3);
    guest_teardown(&guest);
}

/* a frame without an end: the rest may come while the first part would be on the wire; then it is BUFF and UFLO, and TXON goes */
static void
test_underflow(void)
{
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_up(&guest, 0);
    guest_queue(&guest, pattern, 100, FIRST);
    guest_demand(&guest);
    hvn_dispatcher_advance(guest.machine.dispatcher, 50 * HVN_NS_PER_US);
    guest_queue(&guest, pattern + 100, 50, LAST);
    guest_demand(&guest);
    g_assert_cmpuint(sent(&guest), ==, 1);
    hvn_test_machine_assert_frame(&guest.machine, 0, pattern, 150);

    guest_queue(&guest, pattern, 100, FIRST);
    guest_queue(&guest, pattern, 100, PCNET_DESC_OWN);
    guest_demand(&guest);
    hvn_dispatcher_advance(guest.machine.dispatcher, 100 * HVN_NS_PER_US);
    g_assert_cmphex(tx_status(&guest, 3) & PCNET_DESC_OWN, !=, 0);
    hvn_dispatcher_advance(guest.machine.dispatcher, 100 * HVN_NS_PER_US);
    g_assert_cmphex(tx_status(&guest, 2), ==, PCNET_DESC_STP);
    g_assert_cmphex(tx_status(&guest, 3), ==, PCNET_DESC_ERR);
    g_assert_cmphex(tx_rest(&guest, 3), ==, PCNET_TMD2_BUFF | PCNET_TMD2_UFLO);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0) & (PCNET_CSR0_TXON | PCNET_CSR0_TINT), ==, PCNET_CSR0_TINT);

    /* DXSUFLO: only the frame is lost */
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_STOP);
    guest_set_csr(&guest, PCNET_CSR3, PCNET_CSR3_DXSUFLO);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_STRT);
    guest.tx = 0;
    guest_queue(&guest, pattern, 100, FIRST);
    guest_demand(&guest);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_MS);
    g_assert_cmphex(tx_rest(&guest, 0), ==, PCNET_TMD2_BUFF | PCNET_TMD2_UFLO);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0) & PCNET_CSR0_TXON, !=, 0);
    guest_queue(&guest, pattern, 60, LAST); /* comes too late, and is passed over */
    guest_queue(&guest, pattern, 70, SEND);
    guest_demand(&guest);
    g_assert_cmpuint(sent(&guest), ==, 2);
    hvn_test_machine_assert_frame(&guest.machine, 1, pattern, 70);
    guest_teardown(&guest);
}

/* a ring of one, and one without any end: its own first descriptor is what comes next */
static void
test_endless(void)
{
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_up(&guest, 0);
    for (guint i = 0; i < GUEST_N_DESCS; i++)
        guest_queue(&guest, pattern, 4096, FIRST);
    guest_demand(&guest);
    g_assert_cmphex(tx_rest(&guest, GUEST_N_DESCS - 1), ==, PCNET_TMD2_BUFF | PCNET_TMD2_UFLO);
    g_assert_cmphex(tx_status(&guest, 0), ==, PCNET_DESC_STP);
    g_assert_cmpuint(sent(&guest), ==, 0);
    guest_teardown(&guest);
}

/* without a cable: LCAR in the descriptor and CERR; with DLNKTST nobody looks */
static void
test_no_cable(void)
{
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_LANCE);
    guest_up(&guest, 0);
    hvn_link_set_up(guest.machine.link, FALSE);
    guest_queue(&guest, pattern, 60, SEND);
    guest_demand(&guest);
    g_assert_cmphex(tx_status(&guest, 0), ==, PCNET_DESC_ERR | PCNET_DESC_STP | PCNET_DESC_ENP);
    g_assert_cmphex(tx_rest(&guest, 0), ==, PCNET_TMD2_LCAR);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0) & 0xff00, ==, PCNET_CSR0_ERR | PCNET_CSR0_CERR | PCNET_CSR0_TINT);
    hvn_link_set_up(guest.machine.link, TRUE);
    guest_queue(&guest, pattern, 60, SEND);
    guest_demand(&guest);
    g_assert_cmphex(tx_rest(&guest, 1), ==, 0);
    g_assert_cmpuint(sent(&guest), ==, 1);
    guest_teardown(&guest);
}

/* DXMTFCS, ADD_FCS and NO_FCS: the driver's own FCS does not go on the link, and a wrong one costs the frame */
static void
test_fcs(gconstpointer data)
{
    guint style = GPOINTER_TO_UINT(data);
    guint8 bytes[104];
    HvnFcs fcs;
    Guest guest;

    hvn_fcs_init(&fcs);
    memcpy(bytes, pattern, 100);
    hvn_store_le32(bytes + 100, hvn_fcs_add(&fcs, 0, bytes, 100));
    guest_setup(&guest, style);
    guest_up(&guest, style == PCNET_STYLE_ILACC ? 0 : PCNET_CSR15_DXMTFCS);
    if (style == PCNET_STYLE_ILACC) {
        guest_queue(&guest, bytes, 104, SEND | PCNET_TMD1_ADD_FCS);
        guest_queue(&guest, bytes, 100, SEND);
    } else {
        guest_queue(&guest, bytes, 104, SEND);
        guest_queue(&guest, bytes, 100, SEND | PCNET_TMD1_ADD_FCS);
    }
    bytes[50] ^= 1;
    guest_queue(&guest, bytes, 104, SEND | (style == PCNET_STYLE_ILACC ? PCNET_TMD1_ADD_FCS : 0));
    guest_queue(&guest, bytes, 17, SEND | (style == PCNET_STYLE_ILACC ? PCNET_TMD1_ADD_FCS : 0));
    guest_demand(&guest);
    g_assert_cmpuint(sent(&guest), ==, 2);
    bytes[50] ^= 1;
    for (guint i = 0; i < 2; i++)
        hvn_test_machine_assert_frame(&guest.machine, i, bytes, 100);
    g_assert_cmpuint(guest.pcnet->tx.dropped, ==, 2);
    guest_teardown(&guest);
}

/* BABL above 1518 bytes, JAB for what no wire takes, nothing for fragments; all are given back */
static void
test_sizes(void)
{
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_up(&guest, 0);
    guest_queue(&guest, pattern, 1514, SEND);
    guest_demand(&guest);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0) & PCNET_CSR0_BABL, ==, 0);
    guest_queue(&guest, pattern, 1515, SEND);
    guest_demand(&guest);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0) & (PCNET_CSR0_BABL | PCNET_CSR0_ERR), ==, PCNET_CSR0_BABL | PCNET_CSR0_ERR);
    guest_queue(&guest, pattern, 4096, SEND);
    guest_queue(&guest, pattern, 13, SEND);
    guest_demand(&guest);
    g_assert_cmpuint(sent(&guest), ==, 3);
    hvn_test_machine_assert_frame(&guest.machine, 2, pattern, 4096);
    g_assert_cmphex(tx_status(&guest, 3), ==, PCNET_DESC_STP | PCNET_DESC_ENP);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR4) & PCNET_CSR4_JAB, ==, 0);
    guest_teardown(&guest);
}

/* TOKINTD, LTINTEN: which frames ask for an interrupt; errors always do */
static void
test_interrupts(void)
{
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_up(&guest, 0);
    guest_set_csr(&guest, PCNET_CSR5, PCNET_CSR5_LTINTEN);
    guest_queue(&guest, pattern, 60, SEND);
    guest_demand(&guest);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0) & PCNET_CSR0_TINT, ==, 0);
    guest_queue(&guest, pattern, 60, SEND | PCNET_TMD1_LTINT);
    guest_demand(&guest);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0) & PCNET_CSR0_TINT, !=, 0);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_TINT);
    guest_set_csr(&guest, PCNET_CSR5, PCNET_CSR5_TOKINTD);
    guest_queue(&guest, pattern, 60, SEND | PCNET_TMD1_LTINT);
    guest_demand(&guest);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0) & PCNET_CSR0_TINT, ==, 0);
    hvn_link_set_up(guest.machine.link, FALSE);
    guest_queue(&guest, pattern, 60, SEND);
    guest_demand(&guest);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0) & PCNET_CSR0_TINT, !=, 0);
    guest_teardown(&guest);
}

/* buffers where no memory is, and in the device's own registers: a system error, which stops it; frames before it go out */
static void
test_bus_error(void)
{
    static const guint32 places[] = {GUEST_RAM - 30, 0xffffffe0, HVN_FAKE_BUS_BAR0 + 0x100000};
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        guest.tx = 0;
        guest_up(&guest, 0);
        guest_queue(&guest, pattern, 60, SEND);
        guest_put_desc(&guest, GUEST_TX_RING, 1, places[i], SEND, 0, 60);
        guest_demand(&guest);
        g_assert_cmpuint(sent(&guest), ==, i + 1);
        g_assert_cmphex(guest_csr(&guest, PCNET_CSR0), ==, PCNET_CSR0_STOP);
        g_assert_cmphex(guest_csr(&guest, PCNET_CSR5), ==, PCNET_CSR5_SINT);
    }
    guest_teardown(&guest);
}

/* Linux's self test: frames come back with the FCS that they were sent with, padded, and through both rings */
static void
test_loopback(gconstpointer data)
{
    HvnFcs fcs;
    guint8 ours[100] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    Guest guest;

    hvn_fcs_init(&fcs);
    guest_setup(&guest, GPOINTER_TO_UINT(data));
    guest_up(&guest, PCNET_CSR15_LOOP | PCNET_CSR15_INTL);
    guest_set_csr(&guest, PCNET_CSR4, PCNET_CSR4_RESET | PCNET_CSR4_APAD);
    hvn_link_set_up(guest.machine.link, FALSE); /* no cable is needed */
    for (guint i = 20; i < sizeof ours; i++)
        ours[i] = i;
    guest_queue(&guest, ours, 75, SEND);
    guest_queue(&guest, ours, 20, SEND);
    guest_demand(&guest);
    g_assert_cmpuint(sent(&guest), ==, 0);
    g_assert_cmphex(guest_status(&guest, GUEST_RX_RING, 0) & 0xff000000, ==, PCNET_DESC_STP | PCNET_DESC_ENP);
    g_assert_cmpuint(guest_rest(&guest, GUEST_RX_RING, 0, FALSE), ==, 79);
    g_assert_cmpmem(guest.machine.ram + GUEST_RX_DATA, 75, ours, 75);
    g_assert_cmphex(hvn_load_le32(guest.machine.ram + GUEST_RX_DATA + 75), ==, hvn_fcs_add(&fcs, 0, ours, 75));
    g_assert_cmpuint(guest_rest(&guest, GUEST_RX_RING, 1, FALSE), ==, 64);
    g_assert_cmphex(hvn_load_le32(guest.machine.ram + GUEST_RX_DATA + GUEST_RX_SIZE + 20), ==, 0);

    /* the driver's FCS is checked: one that is wrong is CRC */
    guest_set_csr(&guest, PCNET_CSR5, PCNET_CSR5_SPND);
    guest_set_csr(&guest, PCNET_CSR15, PCNET_CSR15_LOOP | PCNET_CSR15_INTL | PCNET_CSR15_DXMTFCS);
    guest_set_csr(&guest, PCNET_CSR5, 0);
    guest_queue(&guest, ours, 100, SEND);
    hvn_store_le32(ours + 96, hvn_fcs_add(&fcs, 0, ours, 96));
    guest_queue(&guest, ours, 100, SEND);
    guest_demand(&guest);
    g_assert_cmphex(guest_status(&guest, GUEST_RX_RING, 2) & 0xff000000, ==,
                    PCNET_DESC_ERR | PCNET_RMD1_CRC | PCNET_DESC_STP | PCNET_DESC_ENP);
    g_assert_cmphex(guest_status(&guest, GUEST_RX_RING, 3) & 0xff000000, ==, PCNET_DESC_STP | PCNET_DESC_ENP);
    g_assert_cmpuint(guest_rest(&guest, GUEST_RX_RING, 3, FALSE), ==, 100);

    /* FCOLL: sixteen collisions, or one with DRTY */
    guest_set_csr(&guest, PCNET_CSR5, PCNET_CSR5_SPND);
    guest_set_csr(&guest, PCNET_CSR15, PCNET_CSR15_LOOP | PCNET_CSR15_INTL | PCNET_CSR15_FCOLL);
    guest_set_csr(&guest, PCNET_CSR5, 0);
    guest_queue(&guest, ours, 100, SEND);
    guest_demand(&guest);
    g_assert_cmphex(tx_rest(&guest, 4) & 0xfff00000, ==, PCNET_TMD2_RTRY);
    g_assert_cmphex(tx_status(&guest, 4) & PCNET_DESC_ERR, !=, 0);
    g_assert_cmpuint(guest_csr(&guest, PCNET_CSR114), ==, 16);
    guest_teardown(&guest);
}

/* CVE-2015-3209: a frame over many descriptors of 4096 bytes each, more than any buffer of ours would hold; it is lent, not copied, and one
 * that no wire takes is JAB */
static void
test_cve_2015_3209(void)
{
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_up(&guest, 0);
    for (guint i = 0; i < 15; i++)
        guest_queue(&guest, pattern, 4096, i == 0 ? FIRST : i == 14 ? LAST : PCNET_DESC_OWN);
    guest_demand(&guest);
    g_assert_cmpuint(sent(&guest), ==, 1);
    g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(guest.machine.port, 0)), ==, 15 * 4096);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_STOP);
    guest_set_csr(&guest, PCNET_CSR78, 0x10000 - 32); /* two rounds of 16, as far as memory is concerned */
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_STRT);
    for (guint i = 0; i < 20; i++) {
        hvn_store_le32(guest.machine.ram + GUEST_TX_RING + 16 * i, GUEST_TX_DATA);
        hvn_store_le32(guest.machine.ram + GUEST_TX_RING + 16 * i + 4,
                       (i == 0 ? FIRST : i == 19 ? LAST : PCNET_DESC_OWN) | PCNET_DESC_ONES);
    }
    guest_demand(&guest);
    g_assert_cmpuint(sent(&guest), ==, 1);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR4) & PCNET_CSR4_JAB, !=, 0);
    g_assert_cmphex(hvn_load_le32(guest.machine.ram + GUEST_TX_RING + 16 * 19 + 4) & PCNET_DESC_OWN, ==, 0);
    guest_teardown(&guest);
}

/* CVE-2015-7504: in loopback a frame of 4096 bytes, behind which an FCS goes; and CVE-2021-3416: it comes back in a work of its own, also
 * when the receive buffers are the transmit ring */
static void
test_cve_2015_7504(void)
{
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_up(&guest, PCNET_CSR15_LOOP | PCNET_CSR15_PROM);
    for (guint len = 4088; len <= 4096; len++) {
        guest_queue(&guest, pattern, len, SEND);
        guest_demand(&guest);
    }
    for (guint i = 0; i < 3; i++) /* up to 4091 and an FCS, which MCNT can just say */
        g_assert_cmphex(guest_status(&guest, GUEST_RX_RING, 3 * i) & 0xff000000, ==, PCNET_DESC_STP);
    g_assert_cmpuint(guest_csr(&guest, PCNET_CSR112), ==, 5);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0) & PCNET_CSR0_MISS, !=, 0);
    for (guint i = 0; i < GUEST_N_DESCS; i++)
        guest_put_desc(&guest, GUEST_RX_RING, i, GUEST_TX_RING, PCNET_DESC_OWN, 0, 256);
    for (guint i = 0; i < 200; i++) {
        guest_queue(&guest, pattern, 256, SEND);
        guest_demand(&guest);
        guest.tx_data = GUEST_TX_DATA;
        guest_give(&guest, i);
    }
    g_assert_cmpuint(guest.pcnet->loop.frames.length, <=, 256);
    guest_teardown(&guest);
}

static const struct {
    const char *name;
    GTestDataFunc func;
} styled[] = {{"frames", test_frames}, {"chains", test_chains}, {"fcs", test_fcs}, {"loopback", test_loopback}};

int
main(int argc, char **argv)
{
    for (guint i = 0; i < sizeof pattern; i++)
        pattern[i] = i * 7 + 2;
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < 4 * G_N_ELEMENTS(styled); i++) {
        g_autofree char *path = g_strdup_printf("/pcnet/tx/%s/style-%u", styled[i / 4].name, i % 4);

        g_test_add_data_func(path, GUINT_TO_POINTER(i % 4), styled[i / 4].func);
    }
    g_test_add_func("/pcnet/tx/peer-full", test_peer_full);
    g_test_add_func("/pcnet/tx/polling", test_polling);
    g_test_add_func("/pcnet/tx/underflow", test_underflow);
    g_test_add_func("/pcnet/tx/endless", test_endless);
    g_test_add_func("/pcnet/tx/no-cable", test_no_cable);
    g_test_add_func("/pcnet/tx/sizes", test_sizes);
    g_test_add_func("/pcnet/tx/interrupts", test_interrupts);
    g_test_add_func("/pcnet/tx/bus-error", test_bus_error);
    g_test_add_func("/pcnet/tx/many-descriptors-cve-2015-3209", test_cve_2015_3209);
    g_test_add_func("/pcnet/tx/loopback-4096-cve-2015-7504-cve-2021-3416", test_cve_2015_7504);
    return g_test_run();
}
