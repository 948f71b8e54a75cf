/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transmitter: rings, chains, two buffers, interrupts, polling, lengths, loopback, and what the peer does not take. */
#include "hvn-tulip-guest.h"

static guint8 pattern[4096];

static guint32
causes(Guest *guest)
{
    return guest_read(guest, TULIP_CSR5) & TULIP_CSR5_CAUSES;
}

static void
test_ring(void)
{
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, 0);
    for (guint i = 0; i < 100; i++) { /* three times round */
        guint32 desc = guest_send(&guest, pattern, 60 + 14 * i, 0);

        g_assert_cmphex(guest_status(&guest, desc), ==, 0);
        hvn_test_machine_assert_frame(&guest.machine, i, pattern, 60 + 14 * i);
    }
    guest_teardown(&guest);
}

/* TI only when a frame asks for it, TU when the transmitter comes to the end */
static void
test_interrupts(void)
{
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, 0);
    guest_send(&guest, pattern, 60, 0);
    g_assert_cmphex(causes(&guest), ==, TULIP_CSR5_TU);
    guest_write(&guest, TULIP_CSR5, TULIP_CSR5_CAUSES);
    guest_send(&guest, pattern, 60, TULIP_TDES1_IC);
    g_assert_cmphex(causes(&guest), ==, TULIP_CSR5_TU | TULIP_CSR5_TI);
    guest_teardown(&guest);
}

/* both buffers of two descriptors, in a batch with others */
static void
test_two_buffers(void)
{
    guint32 data;
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, 0);
    data = guest_put(&guest, pattern, 2000);
    guest_queue(&guest, WHOLE | 100, data, 0);
    guest_queue(&guest, TULIP_TDES1_FS | 300u << TULIP_DES1_SIZE_SHIFT | 100, data, data + 100);
    guest_queue(&guest, 500u << TULIP_DES1_SIZE_SHIFT, 0, data + 400); /* the first one has no size */
    guest_queue(&guest, TULIP_TDES1_LS | 1u << TULIP_DES1_SIZE_SHIFT | 2, data + 900, data + 902);
    guest_queue(&guest, WHOLE | 200, data, 0);
    guest_demand(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 3);
    hvn_test_machine_assert_frame(&guest.machine, 0, pattern, 100);
    hvn_test_machine_assert_frame(&guest.machine, 1, pattern, 903);
    hvn_test_machine_assert_frame(&guest.machine, 2, pattern, 200);
    for (guint i = 0; i < 5; i++)
        g_assert_cmphex(guest_status(&guest, GUEST_TX_RING + 16 * i), ==, 0);
    guest_teardown(&guest);
}

static void
test_chained(void)
{
    static const guint32 places[] = {0x40000, 0x41010, 0x40100};
    guint32 data;
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, 0);
    data = guest_put(&guest, pattern, 2000);
    guest_write(&guest, TULIP_CSR4, places[0]);
    for (guint round = 0; round < 5; round++) {
        for (guint i = 0; i < 3; i++)
            guest_store(&guest, places[i], OWN, WHOLE | TULIP_DES1_CHAINED | (100 + i), data, places[(i + 1) % 3]);
        guest_demand(&guest);
        g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 3 * (round + 1));
        for (guint i = 0; i < 3; i++)
            hvn_test_machine_assert_frame(&guest.machine, 3 * round + i, pattern, 100 + i);
    }
    guest_teardown(&guest);
}

/* what the peer does not take stays, with OWN, and goes on later in order; a setup frame between is not done twice over */
static void
test_held(void)
{
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, 0);
    hvn_fake_port_set_capacity(guest.machine.port, 3);
    for (guint i = 0; i < 8; i++) {
        if (i == 5)
            guest_queue(&guest, TULIP_TDES1_SET | TULIP_SETUP_LEN, GUEST_SETUP, 0);
        guest_queue(&guest, WHOLE | (60 + i), guest_put(&guest, pattern, 100), 0);
    }
    guest_demand(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 3);
    g_assert_cmphex(guest_status(&guest, GUEST_TX_RING + 16 * 2), ==, 0);
    g_assert_cmphex(guest_status(&guest, GUEST_TX_RING + 16 * 3), ==, OWN);
    g_assert_cmphex(guest_status(&guest, GUEST_TX_RING + 16 * 5), ==, OWN);
    g_assert_cmphex(causes(&guest), ==, 0);
    guest_demand(&guest); /* does not help */
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 3);
    hvn_fake_port_set_capacity(guest.machine.port, G_MAXUINT);
    hvn_port_ready(HVN_PORT(guest.machine.port));
    guest_run(&guest);
    for (guint i = 0; i < 8; i++)
        hvn_test_machine_assert_frame(&guest.machine, i, pattern, 60 + i);
    g_assert_cmphex(guest_status(&guest, GUEST_TX_RING + 16 * 5), ==, TULIP_TDES0_SETUP);
    g_assert_cmphex(causes(&guest), ==, TULIP_CSR5_TU);
    guest_teardown(&guest);
}

/* Linux puts an empty descriptor before a setup frame; a frame of no bytes is none; both are given back */
static void
test_empty(void)
{
    guint32 desc;
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, 0);
    desc = guest_queue(&guest, 0, 0, 0);
    guest_demand(&guest);
    g_assert_cmphex(guest_status(&guest, desc), ==, 0);
    desc = guest_queue(&guest, WHOLE | TULIP_TDES1_IC, 0, 0);
    guest_demand(&guest);
    g_assert_cmphex(guest_status(&guest, desc), ==, 0);
    g_assert_cmphex(causes(&guest), ==, TULIP_CSR5_TU | TULIP_CSR5_TI);
    guest_send(&guest, pattern, 60, 0);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    guest_teardown(&guest);
}

/* a frame of 10 bytes is padded, unless that is switched off, and then it is none; 2045 bytes are a frame like others */
static void
test_lengths(void)
{
    guint8 padded[60] = {0};
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, 0);
    memcpy(padded, pattern, 10);
    guest_send(&guest, pattern, 10, 0);
    hvn_test_machine_assert_frame(&guest.machine, 0, padded, 60);
    guest_send(&guest, pattern, 10, TULIP_TDES1_DPD);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    g_assert_cmpuint(guest.tulip->tx.dropped, ==, 1);
    guest_send(&guest, pattern, 2045, 0);
    hvn_test_machine_assert_frame(&guest.machine, 1, pattern, 2045);
    guest_send(&guest, pattern, 1518, TULIP_TDES1_AC); /* with an FCS of the driver's own */
    hvn_test_machine_assert_frame(&guest.machine, 2, pattern, 1514);
    guest_teardown(&guest);
}

/* 3.2.2.15: the jabber timer stops the transmitter, which starts anew when ST is set again */
static void
test_jabber(void)
{
    Guest guest;
    guint32 data;

    guest_setup(&guest);
    guest_up(&guest, 0);
    guest_write(&guest, TULIP_CSR15, TULIP_CSR15_JCK);
    data = guest_put(&guest, pattern, 4000);
    guest_queue(&guest, TULIP_TDES1_FS | 2000, data, 0);
    guest_queue(&guest, TULIP_TDES1_LS | 557, data + 2000, 0);
    guest_queue(&guest, WHOLE | 60, data, 0);
    guest_demand(&guest);
    g_assert_cmphex(causes(&guest), ==, TULIP_CSR5_TJT | TULIP_CSR5_TPS);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR5) & TULIP_CSR5_TS, ==, 0);
    g_assert_cmphex(guest_status(&guest, GUEST_TX_RING + 16), ==, TULIP_TDES0_ES | TULIP_TDES0_TO);
    g_assert_cmphex(guest_status(&guest, GUEST_TX_RING + 32), ==, OWN);
    guest_demand(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    guest_write(&guest, TULIP_CSR6, TULIP_CSR6_PS);
    guest_write(&guest, TULIP_CSR15, TULIP_CSR15_JBD);
    guest_write(&guest, TULIP_CSR6, TULIP_CSR6_PS | TULIP_CSR6_ST);
    guest_run(&guest);
    hvn_test_machine_assert_frame(&guest.machine, 0, pattern, 60);
    guest_queue(&guest, TULIP_TDES1_FS | 2000, data, 0);
    guest_queue(&guest, TULIP_TDES1_LS | 2000, data + 2000, 0);
    guest_demand(&guest);
    hvn_test_machine_assert_frame(&guest.machine, 1, pattern, 4000);
    guest_teardown(&guest);
}

/* a frame without an end waits for it; one that the next frame cuts off is lost */
static void
test_incomplete(void)
{
    guint32 data;
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, 0);
    data = guest_put(&guest, pattern, 1000);
    guest_queue(&guest, TULIP_TDES1_FS | 100, data, 0);
    guest_demand(&guest);
    g_assert_cmphex(guest_status(&guest, GUEST_TX_RING), ==, OWN);
    g_assert_cmphex(causes(&guest), ==, TULIP_CSR5_TU);
    guest_queue(&guest, TULIP_TDES1_LS | 100, data + 100, 0);
    guest_demand(&guest);
    hvn_test_machine_assert_frame(&guest.machine, 0, pattern, 200);
    guest_queue(&guest, TULIP_TDES1_FS | 100, data, 0);
    guest_queue(&guest, WHOLE | 70, data, 0);
    guest_demand(&guest);
    hvn_test_machine_assert_frame(&guest.machine, 1, pattern, 70);
    g_assert_cmphex(guest_status(&guest, GUEST_TX_RING + 32), ==, TULIP_TDES0_ES | TULIP_TDES0_UF);
    guest_teardown(&guest);
}

/* CSR0.TAP: the transmitter looks by itself, and says nothing when there is nothing */
static void
test_polling(void)
{
    Guest guest;

    guest_setup(&guest);
    guest_write(&guest, TULIP_CSR0, 1u << TULIP_CSR0_TAP_SHIFT);
    guest_up(&guest, 0);
    hvn_dispatcher_advance(guest.machine.dispatcher, 10 * HVN_NS_PER_MS);
    g_assert_cmphex(causes(&guest), ==, 0);
    guest_queue(&guest, WHOLE | 60, guest_put(&guest, pattern, 60), 0);
    hvn_dispatcher_advance(guest.machine.dispatcher, 200 * HVN_NS_PER_US);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    g_assert_cmphex(causes(&guest), ==, TULIP_CSR5_TU);
    guest_write(&guest, TULIP_CSR0, 0);
    guest_queue(&guest, WHOLE | 60, guest_put(&guest, pattern, 60), 0);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    guest_write(&guest, TULIP_CSR0, 7u << TULIP_CSR0_TAP_SHIFT); /* switched on while it is suspended */
    hvn_dispatcher_advance(guest.machine.dispatcher, 200 * HVN_NS_PER_US);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 2);
    guest_teardown(&guest);
}

/* both kinds: what is sent comes back with its kind in RDES0, and the other side neither sees nor reaches anything */
static void
test_loopback(void)
{
    for (guint kind = 1; kind <= 2; kind++) {
        Guest guest;

        guest_setup(&guest);
        guest_up(&guest, TULIP_CSR6_PR | kind * TULIP_CSR6_OM_INT);
        guest_send(&guest, pattern, 100, 0);
        guest_run(&guest);
        g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
        g_assert_cmphex(guest_status(&guest, guest_rx(0)) & 0x80003000, ==, kind << TULIP_RDES0_DT_SHIFT);
        g_assert_cmpmem(guest.machine.ram + GUEST_RX_DATA, 100, pattern, 100);
        g_assert_true(guest_offer(&guest, 60));
        g_assert_cmphex(guest_status(&guest, guest_rx(1)), ==, OWN);
        guest_send(&guest, pattern, 20, 0); /* a runt: only for those who pass bad frames */
        guest_run(&guest);
        g_assert_cmphex(guest_status(&guest, guest_rx(1)), ==, OWN);
        guest_write(&guest, TULIP_CSR6, guest_read(&guest, TULIP_CSR6) | TULIP_CSR6_PB);
        guest_send(&guest, pattern, 20, 0);
        guest_run(&guest);
        g_assert_cmphex(guest_status(&guest, guest_rx(1)) & (OWN | TULIP_RDES0_RF | TULIP_RDES0_ES), ==, TULIP_RDES0_RF | TULIP_RDES0_ES);
        guest_teardown(&guest);
    }
}

/* a ring or a buffer that is nowhere ends in a fatal bus error; what came before it is sent */
static void
test_bus_error(void)
{
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, 0);
    guest_queue(&guest, WHOLE | 60, guest_put(&guest, pattern, 60), 0);
    guest_queue(&guest, WHOLE | 60, 0xfffffff0, 0);
    guest_demand(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    g_assert_cmphex(guest_status(&guest, GUEST_TX_RING), ==, 0);
    g_assert_cmphex(guest_status(&guest, GUEST_TX_RING + 16), ==, OWN);
    g_assert_cmphex(causes(&guest) & TULIP_CSR5_FBE, ==, TULIP_CSR5_FBE);
    guest_write(&guest, TULIP_CSR0, TULIP_CSR0_SWR);
    guest_up(&guest, 0);
    guest_write(&guest, TULIP_CSR4, 0xfffffff0);
    guest_demand(&guest);
    g_assert_cmphex(causes(&guest) & TULIP_CSR5_FBE, ==, TULIP_CSR5_FBE);
    guest_teardown(&guest);
}

/* frames of so many pieces that one of them ends exactly where the room for pieces does: the next one is not the first behind it */
static void
test_many_pieces(void)
{
    static const gsize first[] = {1500, 1500, 32, 13};
    Guest guest;
    guint32 address;

    guest_setup(&guest);
    guest_up(&guest, 0);
    address = guest_put(&guest, pattern, 1500);
    hvn_fake_bus_set_split(guest.machine.bus, 6); /* 1500 bytes there are 251 pieces */
    for (guint i = 0; i < 30; i++) {
        gsize len = i < G_N_ELEMENTS(first) ? first[i] : 1500;

        guest_queue(&guest, WHOLE | (guint32)len, address, 0);
    }
    guest_demand(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 30);
    for (guint i = 0; i < 30; i++) {
        if (i != 3) /* that one is padded */
            hvn_test_machine_assert_frame(&guest.machine, i, pattern, i < G_N_ELEMENTS(first) ? first[i] : 1500);
    }
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    for (guint i = 0; i < sizeof pattern; i++)
        pattern[i] = i * 7 + (i >> 8);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tulip/tx/ring", test_ring);
    g_test_add_func("/tulip/tx/interrupts", test_interrupts);
    g_test_add_func("/tulip/tx/many-pieces", test_many_pieces);
    g_test_add_func("/tulip/tx/two-buffers", test_two_buffers);
    g_test_add_func("/tulip/tx/chained", test_chained);
    g_test_add_func("/tulip/tx/held", test_held);
    g_test_add_func("/tulip/tx/empty", test_empty);
    g_test_add_func("/tulip/tx/lengths", test_lengths);
    g_test_add_func("/tulip/tx/jabber", test_jabber);
    g_test_add_func("/tulip/tx/incomplete", test_incomplete);
    g_test_add_func("/tulip/tx/polling", test_polling);
    g_test_add_func("/tulip/tx/loopback", test_loopback);
    g_test_add_func("/tulip/tx/bus-error", test_bus_error);
    return g_test_run();
}
