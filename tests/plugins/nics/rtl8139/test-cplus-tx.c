/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transmitter in C+ mode: both rings, frames over several descriptors, write-back, a full peer, and rings that make no sense. */
#include "hvn-rtl8139-guest.h"

static guint8 pattern[4096];

static void
queue(Guest *guest, guint32 command, gsize len)
{
    guest_queue(guest, guest_put(guest, pattern, len), command | len, 0);
}

static guint32
status(Guest *guest, guint n)
{
    return hvn_load_le32(guest_tx_desc(guest, n));
}

static void
test_simple(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    queue(&guest, SEND, 60);
    queue(&guest, SEND, 1514);
    guest_write(&guest, RTL8139_TPPOLL, RTL8139_TPPOLL_NPQ, 1);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0); /* a register access does no packet work */
    g_assert_cmphex(guest_read(&guest, RTL8139_TPPOLL, 1), ==, RTL8139_TPPOLL_NPQ);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 2);
    hvn_test_machine_assert_frame(&guest.machine, 0, pattern, 60);
    hvn_test_machine_assert_frame(&guest.machine, 1, pattern, 1514);
    g_assert_cmphex(status(&guest, 0), ==, RTL8139_DESC_FS | RTL8139_DESC_LS | 60);
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, RTL8139_ISR_TOK | RTL8139_ISR_TDU);
    g_assert_cmphex(guest_read(&guest, RTL8139_TPPOLL, 1), ==, 0); /* the poll clears itself */
    guest_poll(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 2);
    guest_teardown(&guest);
}

/* the payload is lent from guest memory, a piece for each buffer; each descriptor comes back */
static void
test_pieces(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    queue(&guest, FIRST, 14);
    guest_queue(&guest, 0xffffffff00000000, RTL8139_DESC_OWN, 0); /* no bytes, so no access */
    queue(&guest, RTL8139_DESC_OWN, 1000);
    queue(&guest, LAST, 500);
    guest_poll(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    g_assert_cmpuint(hvn_fake_port_get_n_iov(guest.machine.port, 0), ==, 3);
    g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(guest.machine.port, 0)), ==, 1514);
    for (guint i = 0; i < 4; i++)
        g_assert_cmphex(status(&guest, i) & RTL8139_DESC_OWN, ==, 0);
    g_assert_cmpuint(hvn_nic_get_dma_errors(guest.machine.nic), ==, 0);
    guest_teardown(&guest);
}

/* 8139cp hands over the first descriptor of a frame last: until then it waits */
static void
test_first_comes_last(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    queue(&guest, RTL8139_DESC_FS, 100);
    queue(&guest, LAST, 100);
    guest_poll(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    hvn_store_le32(guest_tx_desc(&guest, 0), FIRST | 100);
    guest_poll(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    queue(&guest, FIRST, 100); /* and one whose end comes later */
    guest_poll(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    queue(&guest, LAST, 100);
    guest_poll(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 2);
    g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(guest.machine.port, 1)), ==, 200);
    guest_teardown(&guest);
}

static void
test_peer_full(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    hvn_fake_port_set_capacity(guest.machine.port, 3);
    for (guint i = 0; i < 10; i++)
        queue(&guest, SEND, 60 + i);
    guest_poll(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 3);
    g_assert_cmphex(status(&guest, 2) & RTL8139_DESC_OWN, ==, 0);
    g_assert_cmphex(status(&guest, 3) & RTL8139_DESC_OWN, !=, 0);
    guest_poll(&guest); /* a poll does not press a full peer */
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 3);
    hvn_fake_port_set_capacity(guest.machine.port, G_MAXUINT);
    hvn_port_ready(HVN_PORT(guest.machine.port));
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 10);
    for (guint i = 0; i < 10; i++)
        hvn_test_machine_assert_frame(&guest.machine, i, pattern, 60 + i);
    g_assert_cmpuint(guest.rtl8139->tx.dropped, ==, 0);
    guest_teardown(&guest);
}

/* round EOR many times, frames across it too, with memory in pieces that cut descriptors */
static void
test_wrap(void)
{
    guint n = 0;
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    for (guint split = 0; split <= 40; split += 40) {
        hvn_fake_bus_set_split(guest.machine.bus, split);
        for (guint i = 0; i < 60; i++, n++) {
            guest.tx_data = GUEST_TX_DATA;
            queue(&guest, FIRST, 60);
            queue(&guest, RTL8139_DESC_OWN, 61);
            queue(&guest, LAST, n);
            guest_poll(&guest);
            g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, n + 1);
            g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(guest.machine.port, n)), ==, 121 + n);
        }
    }
    g_assert_cmphex(status(&guest, GUEST_N_DESCS - 1) & RTL8139_DESC_EOR, !=, 0);
    guest_teardown(&guest);
}

/* the ring of high priority goes first */
static void
test_priority(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    queue(&guest, SEND, 60);
    hvn_store_le64(guest.machine.ram + GUEST_TX_HIGH + 8, GUEST_TX_DATA);
    hvn_store_le32(guest.machine.ram + GUEST_TX_HIGH, SEND | RTL8139_DESC_EOR | 99);
    guest_write(&guest, RTL8139_TPPOLL, RTL8139_TPPOLL_NPQ | RTL8139_TPPOLL_HPQ, 1);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 2);
    g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(guest.machine.port, 0)), ==, 99);
    g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(guest.machine.port, 1)), ==, 60);
    guest_teardown(&guest);
}

/* CVE-2016-8910: no EOR anywhere, and every descriptor the device's; 64 is the most that a ring has, each is sent once */
static void
test_no_eor(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    for (guint i = 0; i < 1024; i++) {
        hvn_store_le64(guest.machine.ram + GUEST_TX_RING + 16 * i + 8, GUEST_TX_DATA);
        hvn_store_le32(guest.machine.ram + GUEST_TX_RING + 16 * i, SEND | 60);
    }
    guest_poll(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 64);
    g_assert_cmphex(hvn_load_le32(guest.machine.ram + GUEST_TX_RING + 16 * 64) & RTL8139_DESC_OWN, !=, 0);
    guest_teardown(&guest);
}

/* one descriptor that is its own ring, and one that a guest takes up again while it is sent: a run is bounded */
static guint
give_again(HvnFakePort *port, const HvnFrame *frames, guint n_frames, gpointer data)
{
    Guest *guest = data;

    hvn_store_le32(guest_tx_desc(guest, 0), SEND | RTL8139_DESC_EOR | 60);
    guest->tx += n_frames;
    return n_frames;
}

static void
test_one_descriptor(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    queue(&guest, SEND | RTL8139_DESC_EOR, 60);
    hvn_fake_port_set_push_func(guest.machine.port, give_again, &guest);
    guest.tx = 0;
    guest_write(&guest, RTL8139_TPPOLL, RTL8139_TPPOLL_NPQ, 1);
    hvn_dispatcher_run_work(guest.machine.dispatcher);
    g_assert_cmpuint(guest.tx, ==, 1);
    guest_teardown(&guest);
}

/* a frame that never ends, over the whole ring; frames without a beginning, without an end, longer than any */
static void
test_endless_chain(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    queue(&guest, FIRST, 16);
    for (guint i = 1; i < GUEST_N_DESCS; i++)
        queue(&guest, RTL8139_DESC_OWN, 16);
    guest_poll(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    for (guint i = 0; i < GUEST_N_DESCS; i++)
        g_assert_cmphex(status(&guest, i) & RTL8139_DESC_OWN, ==, 0);
    queue(&guest, RTL8139_DESC_OWN, 16); /* still of that frame */
    queue(&guest, LAST, 16);             /* its end */
    queue(&guest, SEND, 66);
    queue(&guest, FIRST, 67);
    queue(&guest, SEND, 68); /* the one before had no end */
    guest_poll(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 2);
    hvn_test_machine_assert_frame(&guest.machine, 0, pattern, 66);
    hvn_test_machine_assert_frame(&guest.machine, 1, pattern, 68);
    guest_queue(&guest, GUEST_TX_DATA, FIRST | 0xffff, 0);
    guest_queue(&guest, GUEST_TX_DATA, RTL8139_DESC_OWN | 0xffff, 0);
    guest_queue(&guest, GUEST_TX_DATA, LAST | 0xffff, 0);
    queue(&guest, SEND, 69);
    guest_poll(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 3);
    hvn_test_machine_assert_frame(&guest.machine, 2, pattern, 69);
    guest_teardown(&guest);
}

/* rings and buffers of every nonsense: nothing is sent, nothing hangs, and the next frame goes */
static void
test_bad_addresses(void)
{
    static const guint64 rings[] = {0xffffffffffffff00, GUEST_RAM, HVN_FAKE_BUS_BAR0 + 0x100000, 0x123456789a00};
    static const guint64 buffers[] = {0xffffffffffffff00, GUEST_RAM - 30, HVN_FAKE_BUS_BAR0 + 0x100000 + RTL8139_TPPOLL, 0x123456789abc};
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    for (guint i = 0; i < G_N_ELEMENTS(rings); i++) {
        guest_write(&guest, RTL8139_TNPDS, (guint32)rings[i], 4);
        guest_write(&guest, RTL8139_TNPDS + 4, rings[i] >> 32, 4);
        guest_poll(&guest);
        g_assert_cmphex(guest_read(&guest, RTL8139_TPPOLL, 1), ==, 0);
    }
    guest_write(&guest, RTL8139_TNPDS, GUEST_TX_RING, 4);
    guest_write(&guest, RTL8139_TNPDS + 4, 0, 4);
    for (guint i = 0; i < G_N_ELEMENTS(buffers); i++)
        guest_queue(&guest, buffers[i], SEND | 60, 0);
    queue(&guest, SEND, 13); /* not even addresses and type */
    queue(&guest, SEND, 0);
    queue(&guest, SEND, 77);
    guest_poll(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    hvn_test_machine_assert_frame(&guest.machine, 0, pattern, 77);
    g_assert_cmphex(status(&guest, 0), ==, RTL8139_TXD_TES | RTL8139_DESC_FS | RTL8139_DESC_LS | 60);
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, RTL8139_ISR_TOK | RTL8139_ISR_TER | RTL8139_ISR_TDU);
    guest_teardown(&guest);
}

/* a short ring at the very end of memory: what would follow it is not there */
static void
test_end_of_memory(void)
{
    const guint32 base = GUEST_RAM - 256;
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    guest_write(&guest, RTL8139_TNPDS, base, 4);
    for (guint i = 0; i < 16; i++) {
        hvn_store_le64(guest.machine.ram + base + 16 * i + 8, GUEST_TX_DATA);
        hvn_store_le32(guest.machine.ram + base + 16 * i, SEND | (i == 15 ? RTL8139_DESC_EOR : 0) | 60);
    }
    guest_poll(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 16);
    g_assert_cmpuint(hvn_nic_get_dma_errors(guest.machine.nic), ==, 0);
    guest_teardown(&guest);
}

static void
test_no_cable(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    hvn_link_set_up(guest.machine.link, FALSE);
    queue(&guest, SEND, 60);
    guest_poll(&guest);
    g_assert_cmphex(status(&guest, 0), ==, RTL8139_TXD_TES | RTL8139_TXD_LNKF | RTL8139_DESC_FS | RTL8139_DESC_LS | 60);
    guest_teardown(&guest);
}

/* CVE-2021-3416 and its like: loopback, with the receive buffers on the transmit ring */
static void
test_loopback(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    guest_write(&guest, RTL8139_TCR, RTL8139_TCR_LBK, 4);
    guest_write(&guest, RTL8139_RCR, RTL8139_RCR_AAP, 4);
    queue(&guest, SEND, 42);
    guest_poll(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    g_assert_cmphex(hvn_load_le32(guest_rx_desc(&guest, 0)), ==, RTL8139_DESC_FS | RTL8139_DESC_LS | 64);
    for (guint i = 1; i < GUEST_N_DESCS; i++)
        hvn_store_le64(guest_rx_desc(&guest, i) + 8, GUEST_TX_RING);
    for (guint i = 0; i < 300; i++) {
        queue(&guest, SEND, 1024);
        guest.tx_data = GUEST_TX_DATA;
        guest_poll(&guest);
    }
    g_assert_cmpuint(guest.rtl8139->loop.frames.length, <=, 256);
    guest_teardown(&guest);
}

/* frames of so many pieces that one of them ends exactly where the room for pieces does: the next one is not the first behind it */
static void
test_many_pieces(void)
{
    static const gsize first[] = {1500, 1500, 38};
    Guest guest;
    guint32 address;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    address = guest_put(&guest, pattern, 1500);
    hvn_fake_bus_set_split(guest.machine.bus, 6); /* 1500 bytes there are 251 pieces */
    for (guint i = 0; i < 50; i++) {
        gsize len = i < G_N_ELEMENTS(first) ? first[i] : 1500;

        guest_queue(&guest, address, SEND | len, 0);
    }
    guest_poll(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 50);
    for (guint i = 0; i < 50; i++)
        hvn_test_machine_assert_frame(&guest.machine, i, pattern, i < G_N_ELEMENTS(first) ? first[i] : 1500);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    for (guint i = 0; i < sizeof pattern; i++)
        pattern[i] = i * 7 + 2;
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtl8139/cplus-tx/simple", test_simple);
    g_test_add_func("/rtl8139/cplus-tx/pieces", test_pieces);
    g_test_add_func("/rtl8139/cplus-tx/many-pieces", test_many_pieces);
    g_test_add_func("/rtl8139/cplus-tx/first-comes-last", test_first_comes_last);
    g_test_add_func("/rtl8139/cplus-tx/peer-full", test_peer_full);
    g_test_add_func("/rtl8139/cplus-tx/wrap", test_wrap);
    g_test_add_func("/rtl8139/cplus-tx/priority", test_priority);
    g_test_add_func("/rtl8139/cplus-tx/no-eor-cve-2016-8910", test_no_eor);
    g_test_add_func("/rtl8139/cplus-tx/one-descriptor", test_one_descriptor);
    g_test_add_func("/rtl8139/cplus-tx/endless-chain", test_endless_chain);
    g_test_add_func("/rtl8139/cplus-tx/bad-addresses", test_bad_addresses);
    g_test_add_func("/rtl8139/cplus-tx/end-of-memory", test_end_of_memory);
    g_test_add_func("/rtl8139/cplus-tx/no-cable", test_no_cable);
    g_test_add_func("/rtl8139/cplus-tx/loopback-cve-2021-3416", test_loopback);
    return g_test_run();
}
