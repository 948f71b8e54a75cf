/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command unit: start, suspend, resume, the end of a list, lists that are long, endless, or nowhere; and the faults of other models. */
#include "hvn-i8255x-guest.h"

static guint
state(Guest *guest)
{
    return guest_read(guest, I8255X_SCB_STATUS, 1) >> I8255X_SCB_CUS_SHIFT;
}

/* the fault of a model that stops behind 16 commands of a kick */
static void
test_long_list(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    for (guint i = 0; i < GUEST_N; i++)
        guest_put(&guest, i, I8255X_OPCODE_NOP | (i == GUEST_N - 1 ? EL : 0) | (i == 40 ? I : 0));
    guest_start(&guest, 0);
    for (guint i = 0; i < GUEST_N; i++)
        g_assert_cmphex(guest_status(&guest, i), ==, DONE);
    g_assert_cmpuint(state(&guest), ==, I8255X_SCB_CUS_IDLE);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, I8255X_ACK_CX | I8255X_ACK_CNA);
    guest_teardown(&guest);
}

/* CVE-2015-8345: a block that is its own successor: each run is bounded, time is left for others, and the guest can stop it */
static void
test_endless_list_cve_2015_8345(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    hvn_store_le32(guest_put(&guest, 0, I8255X_OPCODE_NOP) + I8255X_CB_LINK, guest_cb_address(0));
    guest_start(&guest, 0); /* ends */
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_MS);
    g_assert_cmpuint(state(&guest), ==, I8255X_SCB_CUS_ACTIVE);
    guest_put(&guest, 0, I8255X_OPCODE_NOP | EL);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_MS);
    g_assert_cmpuint(state(&guest), ==, I8255X_SCB_CUS_IDLE);
    /* frames in a circle are sent for ever, and a reset ends it */
    guest_put_frame(&guest, 0, 0, "\xff\xff\xff\xff\xff\xff\x52\x54\0\1\2\3\x88\xb5" "0123456789012345678901234567890123456789012345", 60);
    hvn_store_le32(guest_cb(&guest, 0) + I8255X_CB_LINK, guest_cb_address(0));
    hvn_fake_port_set_recording(guest.machine.port, FALSE);
    guest_start(&guest, 0);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 256);
    hvn_dispatcher_advance(guest.machine.dispatcher, 20 * HVN_NS_PER_US);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 512);
    guest_write(&guest, I8255X_PORT, I8255X_PORT_SOFTWARE_RESET, 4);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_MS);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 512);
    guest_teardown(&guest);
}

/* 6.5.3.2: resume goes on where S stopped the list, without reading the link again, but not while S is still set */
static void
test_suspend_and_resume(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_put(&guest, 0, I8255X_OPCODE_NOP | S);
    guest_put(&guest, 1, I8255X_OPCODE_NOP | S);
    guest_start(&guest, 0);
    g_assert_cmpuint(state(&guest), ==, I8255X_SCB_CUS_SUSPENDED);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, I8255X_ACK_CNA);
    guest_write(&guest, I8255X_SCB_STAT_ACK, 0xff, 1);
    guest_order(&guest, 0, I8255X_CUC_RESUME); /* S is still set */
    g_assert_cmpuint(state(&guest), ==, I8255X_SCB_CUS_SUSPENDED);
    g_assert_cmphex(guest_status(&guest, 1), ==, 0);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, 0);
    hvn_store_le16(guest_cb(&guest, 0) + I8255X_CB_COMMAND, I8255X_OPCODE_NOP);
    hvn_store_le32(guest_cb(&guest, 0) + I8255X_CB_LINK, 0xfffffff0);
    guest_order(&guest, 0, I8255X_CUC_RESUME);
    g_assert_cmphex(guest_status(&guest, 1), ==, DONE);
    g_assert_cmpuint(state(&guest), ==, I8255X_SCB_CUS_SUSPENDED);
    /* static resume asks for no S */
    guest_put(&guest, 2, I8255X_OPCODE_NOP | EL | S);
    guest_order(&guest, 0, I8255X_CUC_STATIC_RESUME);
    g_assert_cmphex(guest_status(&guest, 2), ==, DONE);
    g_assert_cmpuint(state(&guest), ==, I8255X_SCB_CUS_IDLE);
    /* and an idle unit does nothing */
    guest_put(&guest, 3, I8255X_OPCODE_NOP | EL);
    guest_order(&guest, 0, I8255X_CUC_RESUME);
    guest_order(&guest, 0, I8255X_CUC_STATIC_RESUME);
    g_assert_cmphex(guest_status(&guest, 3), ==, 0);
    guest_teardown(&guest);
}

/* byte 6 of the configuration: an interrupt for an idle unit only */
static void
test_ci(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_configure(&guest, 6, 0x32 | I8255X_CONFIG_6_CI);
    guest_put(&guest, 0, I8255X_OPCODE_NOP | S);
    guest_start(&guest, 0);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, 0);
    guest_put(&guest, 1, I8255X_OPCODE_NOP | EL);
    guest_order(&guest, 0, I8255X_CUC_STATIC_RESUME);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, I8255X_ACK_CNA);
    guest_teardown(&guest);
}

/* offsets are added to the base, which wraps */
static void
test_base(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_order(&guest, 0xfffff000, I8255X_CUC_BASE);
    hvn_store_le32(guest_put(&guest, 0, I8255X_OPCODE_NOP) + I8255X_CB_LINK, guest_cb_address(5) + 0x1000);
    guest_put(&guest, 5, I8255X_OPCODE_NOP | EL);
    guest_order(&guest, guest_cb_address(0) + 0x1000, I8255X_CUC_START);
    g_assert_cmphex(guest_status(&guest, 0), ==, DONE);
    g_assert_cmphex(guest_status(&guest, 5), ==, DONE);
    guest_teardown(&guest);
}

/* CVE-2021-20255: a list in the device's own registers is none; a list nowhere ends the unit, and it can be started again */
static void
test_nowhere_cve_2021_20255(void)
{
    static const guint32 places[] = {0xfffffff0, GUEST_RAM, HVN_FAKE_BUS_BAR0, HVN_FAKE_BUS_BAR0 - 8, GUEST_RAM - 4};
    Guest guest;

    guest_setup(&guest, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        guest_order(&guest, places[i], I8255X_CUC_START);
        g_assert_cmpuint(state(&guest), ==, I8255X_SCB_CUS_IDLE);
        hvn_store_le32(guest_put(&guest, 0, I8255X_OPCODE_NOP) + I8255X_CB_LINK, places[i]);
        guest_start(&guest, 0);
        g_assert_cmphex(guest_status(&guest, 0), ==, DONE);
        g_assert_cmpuint(state(&guest), ==, I8255X_SCB_CUS_IDLE);
        g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, I8255X_ACK_CNA);
        guest_write(&guest, I8255X_SCB_STAT_ACK, 0xff, 1);
    }
    guest_put(&guest, 0, I8255X_OPCODE_NOP | EL); /* a short block at the very end of memory */
    memcpy(guest.machine.ram + GUEST_RAM - 16, guest_cb(&guest, 0), 16);
    guest_order(&guest, GUEST_RAM - 16, I8255X_CUC_START);
    g_assert_cmphex(hvn_load_le16(guest.machine.ram + GUEST_RAM - 16), ==, DONE);
    guest_order(&guest, 0, 0xf0); /* no command */
    g_assert_cmpuint(state(&guest), ==, I8255X_SCB_CUS_IDLE);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/i8255x/cu/long-list", test_long_list);
    g_test_add_func("/i8255x/cu/endless-list-cve-2015-8345", test_endless_list_cve_2015_8345);
    g_test_add_func("/i8255x/cu/suspend-and-resume", test_suspend_and_resume);
    g_test_add_func("/i8255x/cu/ci", test_ci);
    g_test_add_func("/i8255x/cu/base", test_base);
    g_test_add_func("/i8255x/cu/nowhere-cve-2021-20255", test_nowhere_cve_2021_20255);
    return g_test_run();
}
