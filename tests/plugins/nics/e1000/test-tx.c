/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transmitter: descriptors to frames without a copy, write-back, what happens when the peer is full, and rings that
 * make no sense. */
#include "hvn-e1000-guest.h"

static guint8 pattern[4096];

static void
queue(Guest *guest, guint cmd, gsize len)
{
    guest_queue(guest, guest_put(guest, pattern, len), LEGACY(cmd) | len, 0);
}

static void
test_legacy(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    queue(&guest, SEND, 60);
    queue(&guest, E1000_TXD_CMD_EOP | E1000_TXD_CMD_IFCS, 1514);
    guest_write(&guest, E1000_TDT, 2);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0); /* a register access does no packet work */
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 2);
    hvn_test_machine_assert_frame(&guest.machine, 0, pattern, 60);
    hvn_test_machine_assert_frame(&guest.machine, 1, pattern, 1514);
    g_assert_cmpuint(guest_read(&guest, E1000_TDH), ==, 2);
    g_assert_cmphex(guest_tx_desc(&guest, 0)[12], ==, 1);
    g_assert_cmphex(guest_tx_desc(&guest, 1)[12], ==, 0); /* without RS the descriptor stays as it was */
    g_assert_cmphex(guest_read(&guest, E1000_ICR), ==, E1000_ICR_TXDW | E1000_ICR_TXQE | E1000_ICR_TXD_LOW);
    guest_teardown(&guest);
}

/* the payload is lent from guest memory, a piece for each buffer */
static guint
check_lent(HvnFakePort *port, const HvnFrame *frames, guint n_frames, gpointer data)
{
    Guest *guest = data;

    g_assert_cmpuint(n_frames, ==, 1);
    g_assert_cmpuint(frames[0].n_iov, ==, 3);
    g_assert_cmpuint(frames[0].len, ==, 14 + 1000 + 500);
    for (guint i = 0; i < 3; i++)
        g_assert_true((guint8 *)frames[0].iov[i].iov_base >= guest->machine.ram + GUEST_TX_DATA &&
                      (guint8 *)frames[0].iov[i].iov_base < guest->machine.ram + GUEST_RX_DATA);
    guest->tdt |= 0x80000000;
    return 1;
}

static void
test_pieces(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    hvn_fake_port_set_push_func(guest.machine.port, check_lent, &guest);
    queue(&guest, E1000_TXD_CMD_IFCS, 14);
    guest_queue(&guest, 0xffffffff00000000, LEGACY(E1000_TXD_CMD_IFCS), 0); /* no bytes, so no access */
    guest_queue(&guest, guest_put(&guest, pattern, 1000), DATA(E1000_TXD_CMD_IFCS) | 1000, 0);
    queue(&guest, SEND, 500);
    guest_ring(&guest);
    g_assert_cmphex(guest.tdt, ==, 0x80000004);
    g_assert_cmpuint(hvn_nic_get_dma_errors(guest.machine.nic), ==, 0);
    guest_teardown(&guest);
}

/* a frame whose end has not been queued yet waits, and the head with it */
static void
test_end_comes_later(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    queue(&guest, E1000_TXD_CMD_IFCS, 100);
    guest_ring(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    queue(&guest, SEND, 100);
    guest_ring(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(guest.machine.port, 0)), ==, 200);
    guest_teardown(&guest);
}

static void
test_peer_full(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    hvn_fake_port_set_capacity(guest.machine.port, 3);
    for (guint i = 0; i < 10; i++)
        queue(&guest, SEND, 60 + i);
    guest_ring(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 3);
    g_assert_cmpuint(guest_read(&guest, E1000_TDH), ==, 3);
    g_assert_cmphex(guest_tx_desc(&guest, 2)[12], ==, 1);
    g_assert_cmphex(guest_tx_desc(&guest, 3)[12], ==, 0);
    guest_ring(&guest); /* a doorbell does not press a full peer */
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 3);
    hvn_fake_port_set_capacity(guest.machine.port, G_MAXUINT);
    hvn_port_ready(HVN_PORT(guest.machine.port));
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 10);
    for (guint i = 0; i < 10; i++)
        g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(guest.machine.port, i)), ==, 60 + i);
    g_assert_cmpuint(guest_read(&guest, E1000_TDH), ==, 10);
    guest_teardown(&guest);
}

/* a context that stands behind the frame that was not taken does not reach back to it */
static void
test_peer_full_keeps_contexts(void)
{
    HvnE1000TxContext first = {.tucss = 14, .tucso = 20}, second = {.tucss = 34, .tucso = 50};
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    hvn_fake_port_set_capacity(guest.machine.port, 1);
    guest_queue_context(&guest, &first);
    for (guint i = 0; i < 2; i++)
        guest_queue(&guest, guest_put(&guest, pattern, 60), DATA(SEND) | 60, E1000_TXD_POPTS_TXSM << 8);
    guest_queue_context(&guest, &second);
    guest_queue(&guest, guest_put(&guest, pattern, 60), DATA(SEND) | 60, E1000_TXD_POPTS_TXSM << 8);
    guest_ring(&guest);
    g_assert_cmpuint(guest_read(&guest, E1000_TDH), ==, 2);
    hvn_fake_port_set_capacity(guest.machine.port, G_MAXUINT);
    hvn_port_ready(HVN_PORT(guest.machine.port));
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 3);
    g_assert_cmpuint(hvn_fake_port_get_offload(guest.machine.port, 1).csum_start, ==, 14);
    g_assert_cmpuint(hvn_fake_port_get_offload(guest.machine.port, 2).csum_start, ==, 34);
    guest_teardown(&guest);
}

static void
test_wrap(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    guest_write(&guest, E1000_TDH, 60);
    guest_write(&guest, E1000_TDT, 60);
    guest.tdt = 60;
    hvn_fake_bus_set_split(guest.machine.bus, 48); /* and memory in pieces that cut descriptors */
    for (guint i = 0; i < 20; i++)
        queue(&guest, SEND, 100 + i);
    guest_ring(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 20);
    for (guint i = 0; i < 20; i++) {
        hvn_test_machine_assert_frame(&guest.machine, i, pattern, 100 + i);
        g_assert_cmphex(guest_tx_desc(&guest, 60 + i)[12], ==, 1);
    }
    g_assert_cmpuint(guest_read(&guest, E1000_TDH), ==, 16);
    guest_teardown(&guest);
}

/* rings of every nonsense: nothing is sent, nothing hangs */
static void
test_bad_rings(void)
{
    static const struct {
        guint32 low, high, len, head, tail;
    } rings[] = {
        {GUEST_TX_RING, 0, 0, 0, 5},
        {GUEST_TX_RING, 0, 128, 0, 8},
        {GUEST_TX_RING, 0, 128, 9, 3},
        {GUEST_TX_RING, 0, 128, 0xffff, 0xffff},
        {GUEST_RAM - 16, 0, 0x80, 0, 5},
        {0xfffffff0, 0xffffffff, 0x1000, 0, 5},
        {0, 0xffffffff, 0x1000, 0, 5},
        {HVN_FAKE_BUS_BAR0, 0, 0x1000, 0, 5},
        {HVN_FAKE_BUS_BAR0 + 0x3800, 0, 0x80, 0, 5},
    };
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    for (guint i = 0; i < G_N_ELEMENTS(rings); i++) {
        guest_write(&guest, E1000_TDBAL, rings[i].low);
        guest_write(&guest, E1000_TDBAH, rings[i].high);
        guest_write(&guest, E1000_TDLEN, rings[i].len);
        guest_write(&guest, E1000_TDH, rings[i].head);
        guest_write(&guest, E1000_TDT, rings[i].tail);
        guest_run(&guest);
        g_assert_cmpuint(guest_read(&guest, E1000_TDH), ==, rings[i].head);
    }
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    guest_teardown(&guest);
}

/* buffers that cannot be read cost their frame and no other; the driver gets its descriptors back */
static void
test_bad_buffers(void)
{
    static const guint64 addresses[] = {0xffffffffffffff00, GUEST_RAM - 30, HVN_FAKE_BUS_BAR0 + E1000_TDT, 0x123456789abc};
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    for (guint i = 0; i < G_N_ELEMENTS(addresses); i++)
        guest_queue(&guest, addresses[i], LEGACY(SEND) | 60, 0);
    queue(&guest, SEND, 13); /* not even addresses and type */
    queue(&guest, SEND, 0);
    queue(&guest, SEND, 77);
    guest_ring(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    hvn_test_machine_assert_frame(&guest.machine, 0, pattern, 77);
    for (guint i = 0; i < 7; i++)
        g_assert_cmphex(guest_tx_desc(&guest, i)[12], ==, 1);
    g_assert_cmpuint(guest.e1000->tx.dropped, ==, 6);
    g_assert_cmpuint(hvn_nic_get_dma_errors(guest.machine.nic), ==, G_N_ELEMENTS(addresses));
    guest_teardown(&guest);
}

/* CVE-2015-6815, CVE-2020-16092 and their like: a chain that never ends, and one with more pieces or bytes than any frame */
static void
test_endless_chain(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    for (guint i = 0; i < GUEST_N_DESCS - 1; i++)
        queue(&guest, E1000_TXD_CMD_IFCS, 16);
    guest_ring(&guest); /* the ring is full: no end can come */
    g_assert_cmpuint(guest_read(&guest, E1000_TDH), ==, GUEST_N_DESCS - 1);
    queue(&guest, SEND, 16); /* the end of what was dropped */
    queue(&guest, SEND, 66);
    guest_ring(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    hvn_test_machine_assert_frame(&guest.machine, 0, pattern, 66);
    for (guint i = 0; i < 5; i++)
        guest_queue(&guest, GUEST_TX_DATA, DATA(i == 4 ? SEND : E1000_TXD_CMD_IFCS) | 0x7fff, 0);
    queue(&guest, SEND, 67);
    guest_ring(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 2);
    hvn_test_machine_assert_frame(&guest.machine, 1, pattern, 67);
    guest_teardown(&guest);
}

static void
test_long_ring(void)
{
    const guint n = 4096, base = 0x200000;
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    for (guint i = 0; i < n; i++) {
        hvn_store_le64(guest.machine.ram + base + 16 * i, GUEST_TX_DATA);
        hvn_store_le32(guest.machine.ram + base + 16 * i + 8, LEGACY(i == 1000 || i == 1001 ? SEND : E1000_TXD_CMD_IFCS) | 60);
    }
    guest_write(&guest, E1000_TDBAL, base);
    guest_write(&guest, E1000_TDLEN, n * 16);
    guest_write(&guest, E1000_TDT, n - 1);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1); /* the one that 1001 is */
    g_assert_cmpuint(guest_read(&guest, E1000_TDH), ==, n - 1);
    guest_teardown(&guest);
}

/* one run of the work is bounded */
static void
test_bounded(void)
{
    const guint n = 4096, base = 0x200000;
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    for (guint i = 0; i < n; i++) {
        hvn_store_le64(guest.machine.ram + base + 16 * i, GUEST_TX_DATA);
        hvn_store_le32(guest.machine.ram + base + 16 * i + 8, LEGACY(SEND) | 60);
    }
    guest_write(&guest, E1000_TDBAL, base);
    guest_write(&guest, E1000_TDLEN, n * 16);
    guest_write(&guest, E1000_TDT, 1000);
    g_assert_true(hvn_dispatcher_run_work(guest.machine.dispatcher));
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 256);
    while (hvn_dispatcher_run_work(guest.machine.dispatcher))
        ;
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1000);
    guest_teardown(&guest);
}

static void
test_disabled(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    guest_write(&guest, E1000_TCTL, 0);
    queue(&guest, SEND, 60);
    guest_ring(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    hvn_link_set_up(guest.machine.link, FALSE);
    guest_write(&guest, E1000_TCTL, E1000_TCTL_EN);
    guest_run(&guest);
    g_assert_cmpuint(guest_read(&guest, E1000_TDH), ==, 0); /* without a link the ring waits */
    hvn_link_set_up(guest.machine.link, TRUE);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    guest_teardown(&guest);
}

/* TXD_LOW as the ring passes 8 times LWTHRESH, and not from below */
static void
test_low_threshold(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    guest_write(&guest, E1000_TXDCTL, 1u << E1000_TXDCTL_LWTHRESH_SHIFT);
    for (guint i = 0; i < 8; i++)
        queue(&guest, SEND, 60);
    guest_ring(&guest);
    g_assert_cmphex(guest_read(&guest, E1000_ICR), ==, E1000_ICR_TXDW | E1000_ICR_TXQE);
    for (guint i = 0; i < 9; i++)
        queue(&guest, SEND, 60);
    guest_ring(&guest);
    g_assert_cmphex(guest_read(&guest, E1000_ICR), ==, E1000_ICR_TXDW | E1000_ICR_TXQE | E1000_ICR_TXD_LOW);
    guest_teardown(&guest);
    guest_setup(&guest, "e1000-82544gc");
    guest_up(&guest, 0);
    queue(&guest, SEND, 60);
    guest_ring(&guest);
    g_assert_cmphex(guest_read(&guest, E1000_ICR), ==, E1000_ICR_TXDW | E1000_ICR_TXQE);
    guest_teardown(&guest);
}

/* frames of so many pieces that one of them ends exactly where the room for pieces does: the next one is not the first behind it */
static void
test_many_pieces(void)
{
    static const gsize first[] = {1500, 1500, 1500, 62};
    Guest guest;
    guint32 address;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    address = guest_put(&guest, pattern, 1500);
    hvn_fake_bus_set_split(guest.machine.bus, 6); /* 1500 bytes there are 251 pieces */
    for (guint i = 0; i < 50; i++) {
        gsize len = i < G_N_ELEMENTS(first) ? first[i] : 1500;

        guest_queue(&guest, address, LEGACY(SEND) | len, 0);
    }
    guest_ring(&guest);
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
    g_test_add_func("/e1000/tx/legacy", test_legacy);
    g_test_add_func("/e1000/tx/pieces", test_pieces);
    g_test_add_func("/e1000/tx/many-pieces", test_many_pieces);
    g_test_add_func("/e1000/tx/end-comes-later", test_end_comes_later);
    g_test_add_func("/e1000/tx/peer-full", test_peer_full);
    g_test_add_func("/e1000/tx/peer-full-keeps-contexts", test_peer_full_keeps_contexts);
    g_test_add_func("/e1000/tx/wrap", test_wrap);
    g_test_add_func("/e1000/tx/bad-rings", test_bad_rings);
    g_test_add_func("/e1000/tx/bad-buffers", test_bad_buffers);
    g_test_add_func("/e1000/tx/endless-chain", test_endless_chain);
    g_test_add_func("/e1000/tx/long-ring", test_long_ring);
    g_test_add_func("/e1000/tx/bounded", test_bounded);
    g_test_add_func("/e1000/tx/disabled", test_disabled);
    g_test_add_func("/e1000/tx/low-threshold", test_low_threshold);
    return g_test_run();
}
