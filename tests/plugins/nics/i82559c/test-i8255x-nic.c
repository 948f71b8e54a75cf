/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Identity of all variants, configuration space, and what each reset leaves. */
#include "hvn-i8255x-guest.h"

static void
test_identity(void)
{
    static const struct {
        const char *name;
        guint16 device;
        guint8 revision;
        guint32 subsystem;
        gboolean pm;
    } chips[] = {
        {"i82550", 0x1209, 0x0e, 0x11001af4, TRUE},  {"i82551", 0x1209, 0x0f, 0x11001af4, TRUE},  {"i82557a", 0x1229, 0x01, 0x11001af4, FALSE},
        {"i82557b", 0x1229, 0x02, 0x11001af4, FALSE}, {"i82557c", 0x1229, 0x03, 0x11001af4, FALSE}, {"i82558a", 0x1229, 0x04, 0x11001af4, TRUE},
        {"i82558b", 0x1229, 0x05, 0x11001af4, TRUE}, {"i82559a", 0x1229, 0x06, 0x11001af4, TRUE}, {"i82559b", 0x1229, 0x07, 0x11001af4, TRUE},
        {"i82559c", 0x1229, 0x0c, 0x00408086, TRUE}, {"i82559er", 0x1209, 0x09, 0x11001af4, TRUE}, {"i82562", 0x1209, 0x0e, 0x11001af4, TRUE},
        {"i82801", 0x2449, 0x03, 0x11001af4, TRUE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(chips); i++) {
        HvnNic *nic;
        Guest guest;

        guest_setup(&guest, chips[i].name);
        nic = guest.machine.nic;
        g_assert_cmphex(hvn_nic_config_read(nic, 0x00, 4), ==, (guint32)chips[i].device << 16 | 0x8086);
        g_assert_cmphex(hvn_nic_config_read(nic, 0x08, 4), ==, 0x02000000 | chips[i].revision);
        g_assert_cmphex(hvn_nic_config_read(nic, 0x2c, 4), ==, chips[i].subsystem);
        g_assert_cmphex(hvn_nic_config_read(nic, 0x0d, 1), ==, 0x20);
        g_assert_cmphex(hvn_nic_config_read(nic, 0x3c, 4) & 0xffffff00, ==, 0x18080100);
        g_assert_cmphex(hvn_nic_config_read(nic, 0x06, 2), ==, chips[i].pm ? 0x90 : 0x80);
        if (chips[i].pm) {
            g_assert_cmphex(hvn_nic_config_read(nic, 0x34, 1), ==, 0xdc);
            g_assert_cmphex(hvn_nic_config_read(nic, 0xdc, 4), ==, 0x7e210001);
        }
        guest_teardown(&guest);
    }
}

static void
test_bars(void)
{
    HvnNicRegion region;
    Guest guest;

    guest_setup(&guest, NULL);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x10, 1) & 0xf, ==, 0x8); /* prefetchable */
    g_assert_true(hvn_nic_get_region(guest.machine.nic, I8255X_BAR_MEMORY, &region) && region.size == 4096);
    g_assert_true(hvn_nic_get_region(guest.machine.nic, I8255X_BAR_IO, &region) && region.size == 64 && region.io);
    g_assert_true(hvn_nic_get_region(guest.machine.nic, I8255X_BAR_FLASH, &region) && region.size == 128 * 1024);
    hvn_nic_region_write(guest.machine.nic, I8255X_BAR_FLASH, 0, 0x10, 1); /* no registers here */
    g_assert_cmphex(hvn_nic_region_read(guest.machine.nic, I8255X_BAR_FLASH, 0, 4), ==, 0xffffffff);
    g_assert_cmphex(hvn_nic_region_read(guest.machine.nic, I8255X_BAR_IO, I8255X_MDI, 4), ==, I8255X_MDI_READY);
    g_assert_cmphex(guest_read(&guest, 0x800, 4), ==, 0);
    hvn_nic_config_write(guest.machine.nic, 0xe0, 3, 2); /* D3: no registers */
    g_assert_cmphex(guest_read(&guest, I8255X_MDI, 4), ==, 0xffffffff);
    guest_teardown(&guest);
}

/* 6.3.3: a selective reset stops both units; a software reset is as power-on, but for the address of IA setup, which is the EEPROM's again */
static void
test_resets(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    memcpy(guest_put(&guest, 0, EL | I8255X_OPCODE_IA_SETUP) + I8255X_CB_DATA, "\x02\1\2\3\4\5", 6);
    guest_start(&guest, 0);
    guest_configure(&guest, 15, 0xc9);
    guest_order(&guest, 0x1000, I8255X_CUC_BASE);
    guest_order(&guest, 0x2000, I8255X_RUC_BASE);
    guest_order(&guest, GUEST_RFDS, I8255X_RUC_START);
    guest_write(&guest, I8255X_PORT, I8255X_PORT_SELECTIVE_RESET, 4);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STATUS, 1), ==, 0);
    g_assert_cmphex(guest.i8255x->config[15], ==, 0xc9);
    g_assert_cmphex(guest.i8255x->address.addr[0], ==, 0x02);
    g_assert_true(guest.i8255x->cu.base == 0x1000 && guest.i8255x->rx.base == 0x2000);
    guest_write(&guest, I8255X_SCB_MASK, I8255X_MASK_M, 1);
    guest_write(&guest, I8255X_PORT, I8255X_PORT_SOFTWARE_RESET, 4);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_MASK, 1), ==, 0);
    g_assert_cmphex(guest.i8255x->config[15], ==, 0xc8);
    g_assert_cmphex(guest.i8255x->address.addr[0], ==, 0x52);
    g_assert_true(guest.i8255x->cu.base == 0 && guest.i8255x->rx.base == 0);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x04, 2), ==, 7); /* configuration space is not touched */
    guest_teardown(&guest);
}

/* a reset pays the debt of ready */
static void
test_reset_pays(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_listen(&guest, 1, EL);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_false(guest_offer(&guest, 60));
    g_assert_true(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    guest_write(&guest, I8255X_PORT, I8255X_PORT_SELECTIVE_RESET, 4);
    guest_run(&guest);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/i8255x/nic/identity", test_identity);
    g_test_add_func("/i8255x/nic/bars", test_bars);
    g_test_add_func("/i8255x/nic/resets", test_resets);
    g_test_add_func("/i8255x/nic/reset-pays", test_reset_pays);
    return g_test_run();
}
