/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Setup frames in their four modes, what CSR6 opens beyond them, and setup frames that are none. */
#include "hvn-tulip-guest.h"

#define STATION   "52:54:00:12:34:56"
#define OTHER     "52:54:00:99:99:99"
#define GROUP     "01:00:5e:00:00:01"
#define STRANGER  "33:33:00:00:00:07"
#define BROADCAST "ff:ff:ff:ff:ff:ff"

typedef struct {
    const char *address;
    gboolean taken;
} Case;

static void
check(Guest *guest, guint *n, const Case *cases)
{
    for (guint i = 0; cases[i].address != NULL; i++)
        g_assert_cmpint(guest_receives(guest, cases[i].address, n), ==, cases[i].taken);
}

static void
test_modes(void)
{
    static const char *const listed[] = {STATION, GROUP, BROADCAST, NULL};
    static const struct {
        HvnTulipFilterMode mode;
        guint32 csr6;
        Case cases[6];
    } modes[] = {
        {TULIP_FILTER_PERFECT, 0, {{STATION, TRUE}, {OTHER, FALSE}, {GROUP, TRUE}, {STRANGER, FALSE}, {BROADCAST, TRUE}}},
        {TULIP_FILTER_HASH, TULIP_CSR6_HP, {{STATION, TRUE}, {OTHER, FALSE}, {GROUP, TRUE}, {STRANGER, FALSE}, {BROADCAST, TRUE}}},
        {TULIP_FILTER_INVERSE, TULIP_CSR6_IF, {{STATION, FALSE}, {OTHER, TRUE}, {GROUP, FALSE}, {STRANGER, TRUE}, {BROADCAST, FALSE}}},
        /* the station's address stands beside the hash, where nobody looks */
        {TULIP_FILTER_HASH_ONLY, TULIP_CSR6_HP | TULIP_CSR6_HO, {{STATION, FALSE}, {OTHER, FALSE}, {GROUP, TRUE}, {STRANGER, FALSE}, {BROADCAST, TRUE}}},
    };

    for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
        guint n = 0;
        Guest guest;

        guest_setup(&guest);
        guest_up(&guest, 0);
        guest_filter(&guest, modes[i].mode, listed);
        g_assert_cmphex(guest_read(&guest, TULIP_CSR6) & TULIP_CSR6_FILTER, ==, modes[i].csr6);
        check(&guest, &n, modes[i].cases);
        guest_teardown(&guest);
    }
}

static void
test_hash_only_single(void)
{
    static const char *const listed[] = {STATION, OTHER, NULL};
    guint n = 0;
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, 0);
    guest_filter(&guest, TULIP_FILTER_HASH_ONLY, listed);
    check(&guest, &n, (Case[]){{OTHER, TRUE}, {STATION, FALSE}, {NULL, FALSE}});
    guest_teardown(&guest);
}

/* PR and PM, in every mode; they go into effect with the write */
static void
test_promiscuous(void)
{
    static const char *const listed[] = {STATION, NULL};
    const guint32 on = TULIP_CSR6_PS | TULIP_CSR6_ST | TULIP_CSR6_SR;

    for (guint mode = TULIP_FILTER_PERFECT; mode <= TULIP_FILTER_HASH_ONLY; mode++) {
        gboolean inverse = mode == TULIP_FILTER_INVERSE;
        guint n = 0;
        Guest guest;

        guest_setup(&guest);
        guest_up(&guest, 0);
        guest_filter(&guest, mode, listed);
        guest_write(&guest, TULIP_CSR6, on | TULIP_CSR6_PM);
        check(&guest, &n, (Case[]){{OTHER, inverse}, {STRANGER, TRUE}, {BROADCAST, TRUE}, {NULL, FALSE}});
        guest_write(&guest, TULIP_CSR6, on | TULIP_CSR6_PR);
        check(&guest, &n, (Case[]){{OTHER, TRUE}, {STATION, TRUE}, {STRANGER, TRUE}, {BROADCAST, TRUE}, {NULL, FALSE}});
        guest_write(&guest, TULIP_CSR6, on);
        check(&guest, &n, (Case[]){{OTHER, inverse}, {STRANGER, inverse}, {NULL, FALSE}});
        guest_teardown(&guest);
    }
}

/* RA takes everything, and RDES0 says what the filter would have done */
static void
test_receive_all(void)
{
    static const char *const listed[] = {STATION, NULL};
    guint8 bytes[60] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, TULIP_CSR6_RA);
    guest_filter(&guest, TULIP_FILTER_PERFECT, listed);
    g_assert_true(hvn_fake_port_send_bytes(guest.machine.port, bytes, sizeof bytes));
    g_assert_cmphex(guest_status(&guest, guest_rx(0)) & TULIP_RDES0_FF, ==, 0);
    bytes[5] = 0x57;
    g_assert_true(hvn_fake_port_send_bytes(guest.machine.port, bytes, sizeof bytes));
    g_assert_cmphex(guest_status(&guest, guest_rx(1)) & (OWN | TULIP_RDES0_FF), ==, TULIP_RDES0_FF);
    guest_teardown(&guest);
}

/* the status of a setup frame is all ones but OWN; it interrupts when it is asked to */
static void
test_status(void)
{
    static const char *const listed[] = {STATION, NULL};
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, 0);
    guest_filter(&guest, TULIP_FILTER_PERFECT, listed);
    g_assert_cmphex(guest_status(&guest, GUEST_TX_RING), ==, TULIP_TDES0_SETUP);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR5) & (TULIP_CSR5_TI | TULIP_CSR5_TU), ==, TULIP_CSR5_TU);
    guest_queue(&guest, TULIP_TDES1_SET | TULIP_TDES1_IC | TULIP_SETUP_LEN, GUEST_SETUP, 0);
    guest_demand(&guest);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR5) & TULIP_CSR5_TI, ==, TULIP_CSR5_TI);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    guest_teardown(&guest);
}

/* any length but 192 leaves the filter as it was; so does one that lies nowhere, which ends in a bus error */
static void
test_bad(void)
{
    static const char *const listed[] = {STATION, NULL};
    static const guint lengths[] = {0, 1, 128, 191, 193, 2047};
    guint n = 0;
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, 0);
    guest_filter(&guest, TULIP_FILTER_PERFECT, listed);
    memset(guest.machine.ram + GUEST_SETUP, 0xff, 4096);
    for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
        guest_queue(&guest, TULIP_TDES1_SET | TULIP_TDES1_FT1 | lengths[i], GUEST_SETUP, 0);
        guest_demand(&guest);
    }
    check(&guest, &n, (Case[]){{STATION, TRUE}, {OTHER, FALSE}, {BROADCAST, FALSE}, {NULL, FALSE}});
    guest_queue(&guest, TULIP_TDES1_SET | TULIP_SETUP_LEN, GUEST_RAM - 1, 0);
    guest_demand(&guest);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR5) & TULIP_CSR5_FBE, ==, TULIP_CSR5_FBE);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tulip/filter/modes", test_modes);
    g_test_add_func("/tulip/filter/hash-only-single", test_hash_only_single);
    g_test_add_func("/tulip/filter/promiscuous", test_promiscuous);
    g_test_add_func("/tulip/filter/receive-all", test_receive_all);
    g_test_add_func("/tulip/filter/status", test_status);
    g_test_add_func("/tulip/filter/bad", test_bad);
    return g_test_run();
}
