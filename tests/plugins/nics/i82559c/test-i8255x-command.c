/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All commands but transmit: what each changes, and what those do whose memory is not there. */
#include "hvn-i8255x-guest.h"

static void
test_every_opcode(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    for (guint opcode = 0; opcode < 8; opcode++) {
        if (opcode == I8255X_OPCODE_TRANSMIT)
            continue;
        hvn_store_le32(guest_put(&guest, opcode, opcode | EL) + I8255X_CB_DATA, GUEST_STATS);
        guest_start(&guest, opcode);
        g_assert_cmphex(guest_status(&guest, opcode), ==, DONE);
    }
    guest_teardown(&guest);
}

/* 6.4.2.3: as many bytes as the first one says, at most 32; the others stay */
static void
test_configure(void)
{
    guint8 *cb;
    Guest guest;

    guest_setup(&guest, NULL);
    cb = guest_put(&guest, 0, I8255X_OPCODE_CONFIGURE | EL);
    memset(cb + I8255X_CB_DATA, 0x55, 64);
    cb[I8255X_CB_DATA] = 8;
    guest_start(&guest, 0);
    g_assert_cmphex(guest.i8255x->config[7], ==, 0x55);
    g_assert_cmphex(guest.i8255x->config[8], ==, 0x01);
    cb[I8255X_CB_DATA] = 0x3f;
    guest_start(&guest, 0);
    g_assert_cmphex(guest.i8255x->config[31], ==, 0x55);
    g_assert_cmphex(guest_status(&guest, 0), ==, DONE);
    /* the last bytes of memory are too few */
    hvn_store_le16(guest.machine.ram + GUEST_RAM - 16 + I8255X_CB_COMMAND, I8255X_OPCODE_CONFIGURE | EL);
    memset(guest.machine.ram + GUEST_RAM - 8, 0xaa, 8);
    guest_order(&guest, GUEST_RAM - 16, I8255X_CUC_START);
    g_assert_cmphex(hvn_load_le16(guest.machine.ram + GUEST_RAM - 16), ==, I8255X_CB_C);
    g_assert_cmphex(guest.i8255x->config[1], ==, 0x55);
    guest_teardown(&guest);
}

/* CVE-2015-8345, its second half: a count of everything is bounded by what 14 bits can say, and by memory */
static void
test_multicast_cve_2015_8345(void)
{
    guint8 *cb;
    Guest guest;

    guest_setup(&guest, NULL);
    cb = guest_put(&guest, 0, I8255X_OPCODE_MULTICAST_SETUP | EL);
    hvn_store_le16(cb + I8255X_CB_DATA, 12);
    memcpy(cb + I8255X_CB_DATA + 2, "\1\0\x5e\0\0\1\1\0\x5e\0\0\2", 12);
    guest_start(&guest, 0);
    g_assert_true(memcmp(guest.i8255x->hash, "\0\0\0\0\0\0\0\0", 8) != 0);
    hvn_store_le16(cb + I8255X_CB_DATA, 0); /* none any more */
    guest_start(&guest, 0);
    g_assert_cmpmem(guest.i8255x->hash, 8, "\0\0\0\0\0\0\0\0", 8);
    hvn_store_le16(cb + I8255X_CB_DATA, 0xffff);
    guest_start(&guest, 0);
    g_assert_cmphex(guest_status(&guest, 0), ==, DONE);
    memcpy(guest.machine.ram + GUEST_RAM - 16, cb, 16); /* the list runs out of memory */
    guest_order(&guest, GUEST_RAM - 16, I8255X_CUC_START);
    g_assert_cmphex(hvn_load_le16(guest.machine.ram + GUEST_RAM - 16), ==, I8255X_CB_C);
    guest_teardown(&guest);
}

/* IA setup changes what is received, and not what the EEPROM says */
static void
test_address(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_listen(&guest, 8, EL);
    guest_offer_to(&guest, "52:54:00:12:34:56"); /* the EEPROM's, at first */
    memcpy(guest_put(&guest, 0, EL | I8255X_OPCODE_IA_SETUP) + I8255X_CB_DATA, "\x02\1\2\3\4\5", 6);
    guest_start(&guest, 0);
    guest_offer_to(&guest, "52:54:00:12:34:56");
    guest_offer_to(&guest, "02:01:02:03:04:05");
    g_assert_cmphex(hvn_load_le16(guest_rfd(&guest, 0)) & DONE, ==, DONE);
    g_assert_cmphex(hvn_load_le16(guest_rfd(&guest, 1)) & DONE, ==, DONE);
    g_assert_cmphex(hvn_load_le16(guest_rfd(&guest, 2)), ==, 0);
    g_assert_cmphex(guest_rfd(&guest, 1)[16], ==, 0x02);
    g_assert_cmphex(guest.i8255x->eeprom.words[0], ==, 0x5452);
    guest_teardown(&guest);
}

static void
test_dump(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    hvn_store_le32(guest_put(&guest, 0, EL | I8255X_OPCODE_DUMP) + I8255X_CB_DATA, GUEST_DATA);
    memset(guest.machine.ram + GUEST_DATA, 0xee, 600);
    guest_start(&guest, 0);
    g_assert_cmpmem(guest.machine.ram + GUEST_DATA, 32, guest.i8255x->config, 32);
    g_assert_cmpmem(guest.machine.ram + GUEST_DATA + 0x20, 6, "\x52\x54\0\x12\x34\x56", 6);
    g_assert_cmphex(guest.machine.ram[GUEST_DATA + 595], ==, 0);
    g_assert_cmphex(guest.machine.ram[GUEST_DATA + 596], ==, 0xee);
    hvn_store_le32(guest_put(&guest, 0, EL | I8255X_OPCODE_DUMP) + I8255X_CB_DATA, HVN_FAKE_BUS_BAR0);
    guest_start(&guest, 0);
    g_assert_cmphex(guest_status(&guest, 0), ==, I8255X_CB_C);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/i8255x/command/every-opcode", test_every_opcode);
    g_test_add_func("/i8255x/command/configure", test_configure);
    g_test_add_func("/i8255x/command/multicast-cve-2015-8345", test_multicast_cve_2015_8345);
    g_test_add_func("/i8255x/command/address", test_address);
    g_test_add_func("/i8255x/command/dump", test_dump);
    return g_test_run();
}
