/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receive unit in simplified mode: what is stored, in which order, at the end of the list, suspended, and out of memory. */
#include "hvn-i8255x-guest.h"

static guint
state(Guest *guest)
{
    return guest_read(guest, I8255X_SCB_STATUS, 1) >> I8255X_SCB_RUS_SHIFT & 0xf;
}

static void
assert_received(Guest *guest, guint n, guint16 status, gsize len)
{
    g_autofree guint8 *bytes = g_malloc(len);

    guest_fill(bytes, len);
    g_assert_cmphex(hvn_load_le16(guest_rfd(guest, n)), ==, status);
    g_assert_cmphex(hvn_load_le16(guest_rfd(guest, n) + I8255X_RFD_COUNT), ==, 0xc000 | len);
    g_assert_cmpmem(guest_rfd(guest, n) + I8255X_RFD_LEN, len, bytes, len);
}

static void
test_sizes(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_listen(&guest, 64, 0);
    for (guint i = 0; i < 40; i++) {
        gsize len = 60 + i * 37 % 1455;

        g_assert_true(guest_offer(&guest, len));
        assert_received(&guest, i, 0xa022, len);
        g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, I8255X_ACK_FR);
        guest_write(&guest, I8255X_SCB_STAT_ACK, I8255X_ACK_FR, 1);
    }
    g_assert_cmpuint(guest.i8255x->stats.counters[I8255X_RX_GOOD], ==, 40);
    guest_offer_to(&guest, "52:54:00:12:34:56");
    g_assert_cmphex(hvn_load_le16(guest_rfd(&guest, 40)), ==, 0xa020);
    guest_teardown(&guest);
}

/* the last descriptor is filled; then frames wait, nothing is lost, and RU start lets them in */
static void
test_end_of_list(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_listen(&guest, 3, EL);
    for (guint i = 0; i < 3; i++)
        g_assert_true(guest_offer(&guest, 100));
    assert_received(&guest, 2, 0xa022, 100);
    g_assert_cmpuint(state(&guest), ==, I8255X_SCB_RUS_NO_RFDS);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, I8255X_ACK_FR | I8255X_ACK_RNR);
    g_assert_false(guest_offer(&guest, 100));
    guest_order(&guest, 0, I8255X_RUC_RESUME); /* not from here */
    g_assert_cmpuint(state(&guest), ==, I8255X_SCB_RUS_NO_RFDS);
    guest_listen(&guest, 3, EL);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(guest.machine.port), ==, 1);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_cmpuint(guest.i8255x->rx.dropped, ==, 0);
    guest_teardown(&guest);
}

/* iPXE starts the unit twice at one descriptor without a look in between: what the first start brought stays, and the list goes on behind it */
static void
test_started_again(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_listen(&guest, 3, EL);
    guest_order(&guest, GUEST_RFDS, I8255X_RUC_START); /* nothing has come yet */
    g_assert_true(guest_offer(&guest, 100));
    guest_order(&guest, GUEST_RFDS, I8255X_RUC_START);
    g_assert_true(guest_offer(&guest, 200));
    assert_received(&guest, 0, 0xa022, 100);
    assert_received(&guest, 1, 0xa022, 200);
    g_assert_true(guest_offer(&guest, 300));
    guest_order(&guest, GUEST_RFDS, I8255X_RUC_START);
    g_assert_false(guest_offer(&guest, 400));
    assert_received(&guest, 0, 0xa022, 100);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, I8255X_ACK_FR | I8255X_ACK_RNR);
    guest_order(&guest, GUEST_RFDS, I8255X_RUC_START); /* who has looked means it */
    g_assert_true(guest_offer(&guest, 400));
    assert_received(&guest, 0, 0xa022, 400);
    guest_listen(&guest, 1, EL); /* so does who has taken the descriptor back, and aborted */
    g_assert_true(guest_offer(&guest, 500));
    assert_received(&guest, 0, 0xa022, 500);
    guest_order(&guest, 0, I8255X_RUC_ABORT);
    guest_order(&guest, GUEST_RFDS, I8255X_RUC_START);
    g_assert_true(guest_offer(&guest, 600));
    assert_received(&guest, 0, 0xa022, 600);
    guest_teardown(&guest);
}

/* Linux ends its list with an empty descriptor, which is not completed: the list goes on there once it has memory */
static void
test_empty_descriptor(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_listen(&guest, 2, EL);
    guest_put_rfd(&guest, 1, EL, 0);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_cmpuint(state(&guest), ==, I8255X_SCB_RUS_READY);
    g_assert_false(guest_offer(&guest, 100));
    g_assert_cmpuint(state(&guest), ==, I8255X_SCB_RUS_NO_RFDS);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, I8255X_ACK_FR | I8255X_ACK_RNR);
    g_assert_cmphex(hvn_load_le32(guest_rfd(&guest, 1)), ==, (guint32)EL << 16);
    guest_put_rfd(&guest, 1, 0, GUEST_RX_SIZE);
    guest_order(&guest, GUEST_RFDS + GUEST_SLOT, I8255X_RUC_START);
    g_assert_true(guest_offer(&guest, 100));
    assert_received(&guest, 1, 0xa022, 100);
    guest_teardown(&guest);
}

static void
test_suspend_resume_abort(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    g_assert_cmpuint(state(&guest), ==, I8255X_SCB_RUS_IDLE);
    g_assert_true(guest_offer(&guest, 100)); /* closed: taken and counted */
    g_assert_cmpuint(guest.i8255x->rx.closed, ==, 1);
    guest_listen(&guest, 1, S);
    guest_put_rfd(&guest, 1, 0, GUEST_RX_SIZE);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_cmpuint(state(&guest), ==, I8255X_SCB_RUS_SUSPENDED);
    g_assert_false(guest_offer(&guest, 100));
    guest_order(&guest, 0, I8255X_RUC_RESUME);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(guest.machine.port), ==, 1);
    g_assert_true(guest_offer(&guest, 100));
    assert_received(&guest, 1, 0xa022, 100);
    guest_read(&guest, I8255X_SCB_STAT_ACK, 1);
    guest_write(&guest, I8255X_SCB_STAT_ACK, 0xff, 1);
    guest_order(&guest, 0, I8255X_RUC_ABORT);
    g_assert_cmpuint(state(&guest), ==, I8255X_SCB_RUS_IDLE);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, I8255X_ACK_RNR);
    g_assert_true(guest_offer(&guest, 100));
    for (guint command = 3; command < 8; command += 2) /* the ones without an effect here */
        guest_order(&guest, 0, command);
    g_assert_cmpuint(state(&guest), ==, I8255X_SCB_RUS_IDLE);
    guest_teardown(&guest);
}

/* descriptors are relative to the base; a frame larger than its descriptor is cut, and the status says so */
static void
test_base_and_truncation(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_order(&guest, GUEST_RFDS, I8255X_RUC_BASE);
    guest_put_rfd(&guest, 0, 0, 80);
    hvn_store_le32(guest_rfd(&guest, 0) + 4, GUEST_SLOT);
    guest_put_rfd(&guest, 1, 0, GUEST_RX_SIZE);
    memset(guest_rfd(&guest, 0) + 16, 0, 200);
    guest_order(&guest, 0, I8255X_RUC_START);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_cmphex(hvn_load_le16(guest_rfd(&guest, 0)), ==, 0x8222);
    g_assert_cmphex(hvn_load_le16(guest_rfd(&guest, 0) + 12), ==, 0xc000 | 80);
    g_assert_cmphex(guest_rfd(&guest, 0)[16 + 80], ==, 0);
    g_assert_cmpuint(guest.i8255x->stats.counters[I8255X_RX_RESOURCE_ERRORS], ==, 1);
    g_assert_true(guest_offer(&guest, 100));
    assert_received(&guest, 1, 0xa022, 100);
    guest_teardown(&guest);
}

/* byte 18 of the configuration: FCS, long frames, padding of frames with a length */
static void
test_configuration(void)
{
    guint8 frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0, 10};
    Guest guest;

    guest_setup(&guest, NULL);
    guest_configure(&guest, 18, 0xf2 | I8255X_CONFIG_18_CRC | I8255X_CONFIG_18_STRIPPING);
    guest_listen(&guest, 8, 0);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_cmphex(hvn_load_le16(guest_rfd(&guest, 0) + 12), ==, 0xc000 | 104);
    g_assert_cmphex(hvn_load_le32(guest_rfd(&guest, 0) + 116), ==, hvn_ether_crc32(guest_rfd(&guest, 0) + 16, 100));
    g_assert_true(guest_offer(&guest, 1518)); /* too long */
    g_assert_cmphex(hvn_load_le16(guest_rfd(&guest, 1)), ==, 0);
    guest_configure(&guest, 18, 0xf2 | I8255X_CONFIG_18_LONG | I8255X_CONFIG_18_STRIPPING);
    g_assert_true(guest_offer(&guest, 1518));
    assert_received(&guest, 1, 0xa022, 1518);
    g_assert_true(hvn_fake_port_send_bytes(guest.machine.port, frame, sizeof frame));
    g_assert_cmphex(hvn_load_le32(guest_rfd(&guest, 2) + 12) & 0xffff, ==, 0xc000 | 24);
    g_assert_cmphex(hvn_load_le16(guest_rfd(&guest, 2)), ==, 0xa002); /* a length, no type */
    guest_teardown(&guest);
    guest_setup(&guest, "i82557a"); /* which has no such bit */
    guest_listen(&guest, 8, 0);
    g_assert_true(guest_offer(&guest, 1518));
    assert_received(&guest, 0, 0xa022, 1518);
    guest_teardown(&guest);
}

/* descriptors where nothing can be written cost the frames that come meanwhile */
static void
test_nowhere(void)
{
    static const guint32 places[] = {0xfffffff0, GUEST_RAM - 8, GUEST_RAM - 40, HVN_FAKE_BUS_BAR0};
    Guest guest;

    guest_setup(&guest, NULL);
    memset(guest.machine.ram + GUEST_RAM - 40, 0, 40);
    hvn_store_le16(guest.machine.ram + GUEST_RAM - 40 + I8255X_RFD_SIZE, 1000);
    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        guest_order(&guest, places[i], I8255X_RUC_START);
        g_assert_true(guest_offer(&guest, 100));
        g_assert_cmpuint(guest.i8255x->rx.dropped, ==, i + 1);
        g_assert_cmpuint(state(&guest), ==, I8255X_SCB_RUS_READY);
    }
    guest_teardown(&guest);
}

/* no length is too odd: what is no frame of Ethernet's does not harm the next one */
static void
test_lengths(void)
{
    static const gsize lens[] = {14, 59, 60, 1514, 1518, 1792, 4092, 8000, 60000};
    Guest guest;

    guest_setup(&guest, NULL);
    guest_configure(&guest, 18, 0xf2 | I8255X_CONFIG_18_LONG);
    guest_listen(&guest, 64, 0);
    for (guint i = 0; i < G_N_ELEMENTS(lens); i++) {
        g_assert_true(guest_offer(&guest, lens[i]));
        g_assert_cmpuint(hvn_load_le16(guest_rfd(&guest, 2 * i) + 12) & 0x3fff, ==, CLAMP(lens[i], 60, GUEST_RX_SIZE)); /* the link pads */
        g_assert_true(guest_offer(&guest, 64));
        assert_received(&guest, 2 * i + 1, 0xa022, 64);
    }
    guest_teardown(&guest);
}

/* a receiver that waits for descriptors and loses its cable owes nothing any more */
static void
test_closed_by_link(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_listen(&guest, 1, EL);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_false(guest_offer(&guest, 60));
    guest_write(&guest, I8255X_MDI, I8255X_MDI_WRITE | 1u << I8255X_MDI_PHY_SHIFT | HVN_MII_BMCR_POWERDOWN, 4);
    guest_run(&guest);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    g_assert_true(guest_offer(&guest, 60));
    g_assert_cmpuint(guest.i8255x->rx.closed, ==, 1);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/i8255x/rx/sizes", test_sizes);
    g_test_add_func("/i8255x/rx/end-of-list", test_end_of_list);
    g_test_add_func("/i8255x/rx/started-again", test_started_again);
    g_test_add_func("/i8255x/rx/empty-descriptor", test_empty_descriptor);
    g_test_add_func("/i8255x/rx/suspend-resume-abort", test_suspend_resume_abort);
    g_test_add_func("/i8255x/rx/base-and-truncation", test_base_and_truncation);
    g_test_add_func("/i8255x/rx/configuration", test_configuration);
    g_test_add_func("/i8255x/rx/nowhere", test_nowhere);
    g_test_add_func("/i8255x/rx/lengths", test_lengths);
    g_test_add_func("/i8255x/rx/closed-by-link", test_closed_by_link);
    return g_test_run();
}
