/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transmit commands: both modes, both kinds of TCB, what the device adds and leaves out, a peer that is full, and frames that are none. */
#include "hvn-i8255x-guest.h"

/* byte @i of the frame, and its number of buffers as TBDs at @tbd of the given lengths, scattered in memory */
static void
put_buffers(Guest *guest, guint8 *tbds, const guint8 *frame, const guint *lens, guint n)
{
    gsize done = 0;

    for (guint i = 0; i < n; i++) {
        guint32 address = GUEST_DATA + 0x1000 * i + 3 * i;

        memcpy(guest->machine.ram + address, frame + done, lens[i]);
        hvn_store_le32(tbds + 8 * i, address);
        hvn_store_le32(tbds + 8 * i + 4, lens[i]);
        done += lens[i];
    }
}

static void
test_simplified(void)
{
    static const gsize lens[] = {60, 61, 1000, 1514, 1518};
    guint8 frame[1518];
    Guest guest;

    guest_setup(&guest, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(lens); i++) {
        guest_fill(frame, lens[i]);
        guest_put_frame(&guest, i, i == G_N_ELEMENTS(lens) - 1 ? EL : 0, frame, lens[i]);
    }
    guest_start(&guest, 0);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, G_N_ELEMENTS(lens));
    for (guint i = 0; i < G_N_ELEMENTS(lens); i++) {
        guest_fill(frame, lens[i]);
        hvn_test_machine_assert_frame(&guest.machine, i, frame, lens[i]);
        g_assert_cmphex(guest_status(&guest, i), ==, DONE);
    }
    g_assert_cmpuint(guest.i8255x->stats.counters[I8255X_TX_GOOD], ==, G_N_ELEMENTS(lens));
    guest_teardown(&guest);
}

/* the array anywhere; bytes behind the TCB first; EL before the number is reached */
static void
test_flexible(void)
{
    static const guint lens[] = {14, 100, 0, 7};
    enum { LEN = 121 };
    guint8 frame[2 * LEN], *cb;
    Guest guest;

    guest_setup(&guest, NULL);
    guest_fill(frame, LEN);
    cb = guest_put(&guest, 0, I8255X_OPCODE_TRANSMIT | SF | EL);
    put_buffers(&guest, guest.machine.ram + GUEST_STATS, frame, lens, 4);
    hvn_store_le32(cb + I8255X_TCB_ARRAY, GUEST_STATS);
    cb[I8255X_TCB_NUMBER] = 4;
    guest_start(&guest, 0);
    hvn_test_machine_assert_frame(&guest.machine, 0, frame, LEN);
    /* the first 20 bytes behind the TCB */
    put_buffers(&guest, guest.machine.ram + GUEST_STATS, frame + 20, (guint[]){101, 99}, 2);
    hvn_store_le32(guest.machine.ram + GUEST_STATS + 4, 101 | I8255X_TBD_EL);
    memcpy(cb + I8255X_TCB_DATA, frame, 20);
    hvn_store_le16(cb + I8255X_TCB_COUNT, 20);
    guest_start(&guest, 0);
    hvn_test_machine_assert_frame(&guest.machine, 1, frame, LEN);
    /* Linux puts the array behind the TCB itself */
    put_buffers(&guest, cb + I8255X_TCB_DATA, frame, (guint[]){61, 30, 30}, 3);
    hvn_store_le32(cb + I8255X_TCB_ARRAY, guest_cb_address(0) + I8255X_TCB_DATA);
    hvn_store_le16(cb + I8255X_TCB_COUNT, 0);
    cb[I8255X_TCB_NUMBER] = 3;
    guest_start(&guest, 0);
    hvn_test_machine_assert_frame(&guest.machine, 2, frame, LEN);
    guest_teardown(&guest);
}

/* two buffers within the TCB, the array has the third one on; the number counts all of them. An 82557 knows nothing of it */
static void
test_extended(void)
{
    static const char *const names[] = {"i82559c", "i82558b", "i82557c"};
    guint8 frame[140];

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        guint8 *cb;
        Guest guest;

        guest_setup(&guest, names[i]);
        guest_configure(&guest, 6, 0x22);
        guest_fill(frame, sizeof frame);
        cb = guest_put(&guest, 0, I8255X_OPCODE_TRANSMIT | SF | EL);
        put_buffers(&guest, guest.machine.ram + GUEST_STATS, frame, (guint[]){40, 20, 70, 10}, 4);
        if (i < 2) {
            memcpy(cb + I8255X_TCB_DATA, guest.machine.ram + GUEST_STATS, 16);
            hvn_store_le32(cb + I8255X_TCB_ARRAY, GUEST_STATS + 16);
        } else {
            hvn_store_le32(cb + I8255X_TCB_ARRAY, GUEST_STATS);
        }
        cb[I8255X_TCB_NUMBER] = 4;
        guest_start(&guest, 0);
        hvn_test_machine_assert_frame(&guest.machine, 0, frame, sizeof frame);
        guest_teardown(&guest);
    }
}

/* NC: the driver made the FCS; without NSAI the device puts its own address in */
static void
test_fcs_and_source(void)
{
    guint8 frame[100];
    Guest guest;

    guest_setup(&guest, NULL);
    guest_fill(frame, sizeof frame);
    guest_put_frame(&guest, 0, EL | I8255X_CB_NC, frame, sizeof frame);
    guest_start(&guest, 0);
    hvn_test_machine_assert_frame(&guest.machine, 0, frame, sizeof frame - 4);
    guest_configure(&guest, 10, 0x26);
    guest_put_frame(&guest, 0, EL, frame, sizeof frame);
    guest_start(&guest, 0);
    memcpy(frame + 6, "\x52\x54\0\x12\x34\x56", 6);
    hvn_test_machine_assert_frame(&guest.machine, 1, frame, sizeof frame);
    guest_teardown(&guest);
}

/* what the peer does not take stays in the list, in order, and its status is not written before */
static void
test_held(void)
{
    guint8 frame[64];
    Guest guest;

    guest_setup(&guest, NULL);
    for (guint i = 0; i < 20; i++) {
        guest_fill(frame, sizeof frame);
        frame[20] = i;
        guest_put_frame(&guest, i, (i == 19 ? EL : 0) | I, frame, sizeof frame);
    }
    hvn_fake_port_set_capacity(guest.machine.port, 7);
    guest_start(&guest, 0);
    g_assert_cmphex(guest_status(&guest, 6), ==, DONE);
    g_assert_cmphex(guest_status(&guest, 7), ==, 0);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, I8255X_ACK_CX);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STATUS, 1), ==, I8255X_SCB_CUS_ACTIVE << 6);
    hvn_fake_port_set_capacity(guest.machine.port, G_MAXUINT);
    hvn_port_ready(HVN_PORT(guest.machine.port));
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 20);
    for (guint i = 0; i < 20; i++)
        g_assert_cmpuint(((const guint8 *)g_bytes_get_data(hvn_fake_port_get_frame(guest.machine.port, i), NULL))[20], ==, i);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, I8255X_ACK_CX | I8255X_ACK_CNA);
    guest_teardown(&guest);
}

/* CVE-2009 of the same chip elsewhere (24e6f3551f): buffers that add up to more than any frame; and frames that are too short, or nowhere.
 * Each costs itself only */
static void
test_bad_frames(void)
{
    guint8 frame[60], *cb;
    Guest guest;

    guest_setup(&guest, NULL);
    guest_fill(frame, sizeof frame);
    guest_put_frame(&guest, 0, 0, frame, 13);
    guest_put_frame(&guest, 1, I8255X_CB_NC, frame, 17);
    cb = guest_put(&guest, 2, I8255X_OPCODE_TRANSMIT | SF); /* an array nowhere */
    hvn_store_le32(cb + I8255X_TCB_ARRAY, 0xfffffff0);
    cb[I8255X_TCB_NUMBER] = 200;
    cb = guest_put(&guest, 3, I8255X_OPCODE_TRANSMIT | SF); /* 255 buffers of 16383 bytes */
    for (guint i = 0; i < 255; i++)
        hvn_store_le64(guest.machine.ram + GUEST_STATS + 8 * i, GUEST_DATA | (guint64)0xffff << 32);
    hvn_store_le32(cb + I8255X_TCB_ARRAY, GUEST_STATS);
    cb[I8255X_TCB_NUMBER] = 255;
    cb = guest_put(&guest, 4, I8255X_OPCODE_TRANSMIT | SF); /* a buffer in the device's own registers */
    hvn_store_le64(cb + I8255X_TCB_DATA, HVN_FAKE_BUS_BAR0 | (guint64)60 << 32);
    hvn_store_le32(cb + I8255X_TCB_ARRAY, guest_cb_address(4) + I8255X_TCB_DATA);
    cb[I8255X_TCB_NUMBER] = 1;
    guest_put(&guest, 5, I8255X_OPCODE_TRANSMIT | SF); /* nothing at all */
    guest_put_frame(&guest, 6, EL, frame, sizeof frame);
    guest_start(&guest, 0);
    for (guint i = 0; i < 6; i++)
        g_assert_cmphex(guest_status(&guest, i), ==, I8255X_CB_C | I8255X_CB_U);
    g_assert_cmphex(guest_status(&guest, 6), ==, DONE);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    hvn_test_machine_assert_frame(&guest.machine, 0, frame, sizeof frame);
    g_assert_cmpuint(guest.i8255x->cu.dropped, ==, 6);
    g_assert_cmpuint(guest.i8255x->stats.counters[I8255X_TX_UNDERRUNS], ==, 6);
    guest_teardown(&guest);
}

/* many buffers each: a batch that has no room for the pieces of one more is sent first */
static void
test_many_pieces(void)
{
    guint8 frame[250];
    Guest guest;

    guest_setup(&guest, NULL);
    guest_fill(frame, sizeof frame);
    for (guint i = 0; i < 250; i++) {
        guest.machine.ram[GUEST_DATA + 2 * i] = frame[i];
        hvn_store_le64(guest.machine.ram + GUEST_STATS + 8 * i, (GUEST_DATA + 2 * i) | (guint64)1 << 32);
    }
    for (guint i = 0; i < 10; i++) {
        guint8 *cb = guest_put(&guest, i, I8255X_OPCODE_TRANSMIT | SF | (i == 9 ? EL : 0));

        hvn_store_le32(cb + I8255X_TCB_ARRAY, GUEST_STATS);
        cb[I8255X_TCB_NUMBER] = 250;
    }
    guest_start(&guest, 0);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 10);
    for (guint i = 0; i < 10; i++)
        hvn_test_machine_assert_frame(&guest.machine, i, frame, sizeof frame);
    guest_teardown(&guest);
}

/* into a cable that is not there: sent and lost, as silicon has it */
static void
test_no_link(void)
{
    guint8 frame[60];
    Guest guest;

    guest_setup(&guest, NULL);
    guest_fill(frame, sizeof frame);
    hvn_link_set_up(guest.machine.link, FALSE);
    guest_put_frame(&guest, 0, EL, frame, sizeof frame);
    guest_start(&guest, 0);
    g_assert_cmphex(guest_status(&guest, 0), ==, DONE);
    g_assert_cmpuint(guest.i8255x->stats.counters[I8255X_TX_LOST_CRS], ==, 1);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    guest_teardown(&guest);
}

/* CVE-2021-3416: what is looped back comes to the receiver later, never from within; Linux's ethtool -t does both kinds */
static void
test_loopback(void)
{
    guint8 frame[1500];

    for (guint kind = 0; kind < 3; kind++) {
        Guest guest;

        guest_setup(&guest, NULL);
        if (kind < 2)
            guest_configure(&guest, 10, 0x2e | (kind == 0 ? 0x40 : 0xc0));
        else
            guest_write(&guest, I8255X_MDI, I8255X_MDI_WRITE | 1u << I8255X_MDI_PHY_SHIFT | HVN_MII_BMCR_LOOPBACK, 4);
        guest_listen(&guest, 4, EL);
        guest_fill(frame, sizeof frame);
        guest_put_frame(&guest, 0, EL, frame, sizeof frame);
        guest_start(&guest, 0);
        g_assert_cmphex(hvn_load_le16(guest_rfd(&guest, 0)) & 0xa000, ==, 0xa000);
        g_assert_cmpmem(guest_rfd(&guest, 0) + 16, sizeof frame, frame, sizeof frame);
        g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
        g_assert_true(guest_offer(&guest, 60)); /* nothing comes in meanwhile */
        g_assert_cmpuint(guest.i8255x->rx.closed, ==, 1);
        guest_teardown(&guest);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/i8255x/tx/simplified", test_simplified);
    g_test_add_func("/i8255x/tx/flexible", test_flexible);
    g_test_add_func("/i8255x/tx/extended", test_extended);
    g_test_add_func("/i8255x/tx/fcs-and-source", test_fcs_and_source);
    g_test_add_func("/i8255x/tx/held", test_held);
    g_test_add_func("/i8255x/tx/bad-frames", test_bad_frames);
    g_test_add_func("/i8255x/tx/many-pieces", test_many_pieces);
    g_test_add_func("/i8255x/tx/no-link", test_no_link);
    g_test_add_func("/i8255x/tx/loopback-cve-2021-3416", test_loopback);
    return g_test_run();
}
