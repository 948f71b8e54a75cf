/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hvn-nic.c and hvn-nic-irq.c, the base class of NICs: gates of register access and DMA, interrupts by pin, MSI and MSI-X, attach, reset. */
#include "hvn-test-nic.h"

#define MSI_CONTROL  0x4a
#define MSIX_CONTROL 0x5a

typedef struct {
    HvnDispatcher *dispatcher;
    HvnFakeBus    *bus;
    HvnTestNic    *test_nic;
    HvnNic        *nic;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
    fixture->dispatcher = hvn_test_nic_dispatcher();
    fixture->bus = hvn_fake_bus_new(64 * 1024);
    fixture->test_nic = hvn_test_nic_new(fixture->dispatcher, fixture->bus);
    fixture->nic = HVN_NIC(fixture->test_nic);
    g_assert_cmphex(hvn_nic_get_pci(fixture->nic)->msi_cap + 2, ==, MSI_CONTROL);
    g_assert_cmphex(hvn_nic_get_pci(fixture->nic)->msix_cap + 2, ==, MSIX_CONTROL);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
    hvn_test_nic_free(fixture->test_nic);
    g_assert_false(hvn_fake_bus_get_irq(fixture->bus));
    g_assert_finalize_object(fixture->bus);
    g_assert_finalize_object(fixture->dispatcher);
}

static void
test_regions(Fixture *fixture, gconstpointer data)
{
    HvnNic *nic = fixture->nic;

    g_assert_cmphex(hvn_nic_region_read(nic, 0, 0, 4), ==, 0x11223344);
    g_assert_cmphex(hvn_nic_region_read(nic, 0, 0xffd, 4), ==, 0xffffffff);
    g_assert_cmphex(hvn_nic_region_read(nic, 0, G_MAXUINT64, 8), ==, G_MAXUINT64);
    g_assert_cmphex(hvn_nic_region_read(nic, 0, 0, 3), ==, 0xffffff);
    g_assert_cmphex(hvn_nic_region_read(nic, 3, 0, 1), ==, 0xff);
    g_assert_cmphex(hvn_nic_region_read(nic, 99, 0, 2), ==, 0xffff);
    hvn_nic_region_write(nic, 1, 32, 0, 1);
    hvn_nic_region_write(nic, 1, 31, 0, 1);
    g_assert_cmpuint(fixture->test_nic->n_io, ==, 1);
    hvn_nic_config_write(nic, 4, HVN_PCI_COMMAND_MEMORY, 2); /* no I/O */
    hvn_nic_region_write(nic, 1, 0, 0, 1);
    g_assert_cmpuint(fixture->test_nic->n_io, ==, 1);
    hvn_nic_config_write(nic, 4, HVN_PCI_COMMAND_IO, 2); /* no memory */
    hvn_nic_region_write(nic, 0, 0, 0, 4);
    g_assert_cmphex(hvn_nic_region_read(nic, 0, 0, 4), ==, 0xffffffff);
    hvn_nic_config_write(nic, 4, 3, 2);
    g_assert_cmphex(hvn_nic_region_read(nic, 0, 0, 4), ==, 0x11223344);
    hvn_nic_config_write(nic, 0x44, 3, 2); /* D3 */
    g_assert_cmphex(hvn_nic_region_read(nic, 0, 0, 4), ==, 0xffffffff);
}

/* what an owner decodes: where the guest has put a BAR, and whether it is on */
static void
test_region(Fixture *fixture, gconstpointer data)
{
    HvnNic *nic = fixture->nic;
    HvnNicRegion region;

    g_assert_true(hvn_nic_get_region(nic, 0, &region));
    g_assert_cmphex(region.address, ==, HVN_FAKE_BUS_BAR0);
    g_assert_cmphex(region.size, ==, 0x1000);
    g_assert_false(region.io);
    hvn_nic_config_write(nic, 0x10, 0xd0000000, 4);
    g_assert_true(hvn_nic_get_region(nic, 0, &region));
    g_assert_cmphex(region.address, ==, 0xd0000000);
    hvn_nic_config_write(nic, 4, HVN_PCI_COMMAND_IO, 2);
    g_assert_false(hvn_nic_get_region(nic, 0, &region));
    g_assert_cmphex(region.address, ==, G_MAXUINT64);
    g_assert_cmphex(region.size, ==, 0x1000);
    g_assert_true(hvn_nic_get_region(nic, 1, &region));
    g_assert_true(region.io);
    hvn_nic_config_write(nic, 0x44, 3, 2); /* D3 */
    g_assert_false(hvn_nic_get_region(nic, 1, &region));
    g_assert_false(hvn_nic_get_region(nic, HVN_PCI_N_BARS, &region));
    g_assert_cmphex(region.size, ==, 0);
}

static void
test_dma(Fixture *fixture, gconstpointer data)
{
    HvnNic *nic = fixture->nic;
    guint8 *ram = hvn_fake_bus_get_ram(fixture->bus);
    struct iovec iov[2];
    guint8 buf[16] = "abcdefgh";

    g_assert_true(hvn_nic_dma_write(nic, 0x100, buf, 8));
    g_assert_cmpmem(ram + 0x100, 8, "abcdefgh", 8);
    g_assert_true(hvn_nic_dma_read(nic, 0x102, buf, 2));
    g_assert_cmpmem(buf, 2, "cd", 2);
    g_assert_cmpuint(hvn_nic_dma_map(nic, 0x100, 8, FALSE, iov, 2), ==, 1);
    g_assert_true(iov[0].iov_base == ram + 0x100);
    hvn_nic_dma_release(nic);
    g_assert_cmpuint(hvn_nic_get_dma_errors(nic), ==, 0);

    hvn_fake_bus_set_split(fixture->bus, 4);
    g_assert_cmpuint(hvn_nic_dma_map(nic, 0x100, 8, FALSE, iov, 1), ==, 0);
    g_assert_cmpuint(hvn_nic_dma_map(nic, 0x100, 8, FALSE, iov, 2), ==, 2);
    g_assert_cmpuint(hvn_nic_get_dma_errors(nic), ==, 1);
    hvn_fake_bus_set_split(fixture->bus, 0);
}

static void
test_dma_refused(Fixture *fixture, gconstpointer data)
{
    HvnNic *nic = fixture->nic;
    struct iovec iov;
    guint8 buf[16] = {0};
    const struct {
        guint64 addr;
        gsize   len;
    } bad[] = {
        {0, 0}, {0x100, 0}, {64 * 1024, 1}, {64 * 1024 - 1, 2}, {G_MAXUINT64, 2}, {G_MAXUINT64 - 3, 16}, {0x100, G_MAXSIZE},
        {HVN_FAKE_BUS_BAR0, 4}, {HVN_FAKE_BUS_BAR0 + 0xfff, 1}, {HVN_FAKE_BUS_BAR0 - 1, 2}, {HVN_FAKE_BUS_BAR0 + 0x200800, 4},
    };

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_assert_false(hvn_nic_dma_read(nic, bad[i].addr, buf, bad[i].len));
        g_assert_false(hvn_nic_dma_write(nic, bad[i].addr, buf, bad[i].len));
        g_assert_cmpuint(hvn_nic_dma_map(nic, bad[i].addr, bad[i].len, TRUE, &iov, 1), ==, 0);
    }
    g_assert_cmpuint(hvn_nic_get_dma_errors(nic), ==, 3 * G_N_ELEMENTS(bad));
    g_assert_cmpuint(hvn_nic_get_guest_errors(nic)->total, ==, 3 * G_N_ELEMENTS(bad));

    /* a BAR over memory hides the memory from the device itself */
    g_assert_true(hvn_nic_dma_read(nic, 0x4ff0, buf, 16));
    hvn_nic_config_write(nic, 0x10, 0x5000, 4);
    g_assert_false(hvn_nic_dma_read(nic, 0x5000, buf, 16));
    g_assert_false(hvn_nic_dma_read(nic, 0x4ff1, buf, 16));
    g_assert_true(hvn_nic_dma_read(nic, 0x4ff0, buf, 16));
    g_assert_true(hvn_nic_dma_read(nic, 0x6000, buf, 16));
    hvn_nic_config_write(nic, 4, HVN_PCI_COMMAND_MASTER, 2); /* no memory decoding */
    g_assert_true(hvn_nic_dma_read(nic, 0x5000, buf, 16));

    hvn_nic_config_write(nic, 4, HVN_PCI_COMMAND_MEMORY, 2);
    g_assert_false(hvn_nic_dma_read(nic, 0x100, buf, 1));
    hvn_nic_config_write(nic, 4, HVN_PCI_COMMAND_MASTER, 2);
    hvn_nic_config_write(nic, 0x44, 3, 2);
    g_assert_false(hvn_nic_dma_read(nic, 0x100, buf, 1));
    hvn_nic_config_write(nic, 0x44, 0, 2);
    g_assert_true(hvn_nic_dma_read(nic, 0x100, buf, 1));
}

static void
test_pin(Fixture *fixture, gconstpointer data)
{
    HvnNic *nic = fixture->nic;

    hvn_nic_set_irq(nic, TRUE);
    hvn_nic_set_irq(nic, 2);
    g_assert_true(hvn_fake_bus_get_irq(fixture->bus));
    g_assert_cmpuint(hvn_fake_bus_get_irq_rises(fixture->bus), ==, 1);
    g_assert_cmphex(hvn_nic_config_read(nic, 6, 2) & 8, ==, 8);
    hvn_nic_config_write(nic, 4, 7 | HVN_PCI_COMMAND_INTX_DISABLE, 2);
    g_assert_false(hvn_fake_bus_get_irq(fixture->bus));
    g_assert_cmphex(hvn_nic_config_read(nic, 6, 2) & 8, ==, 8);
    hvn_nic_config_write(nic, 4, 7, 2);
    g_assert_true(hvn_fake_bus_get_irq(fixture->bus));
    hvn_nic_set_irq(nic, FALSE);
    g_assert_false(hvn_fake_bus_get_irq(fixture->bus));
    g_assert_cmphex(hvn_nic_config_read(nic, 6, 2) & 8, ==, 0);
    hvn_nic_set_irq(nic, TRUE);
    hvn_nic_reset(nic, HVN_NIC_RESET_SOFTWARE);
    g_assert_false(hvn_fake_bus_get_irq(fixture->bus));
}

static void
test_msi(Fixture *fixture, gconstpointer data)
{
    HvnNic *nic = fixture->nic;

    hvn_nic_notify(nic, 0); /* nothing is enabled */
    hvn_nic_set_irq(nic, TRUE);
    hvn_nic_config_write(nic, MSI_CONTROL, 1, 2); /* the request moves from the pin to a message */
    g_assert_false(hvn_fake_bus_get_irq(fixture->bus));
    g_assert_cmpuint(hvn_fake_bus_get_msi_count(fixture->bus, 0), ==, 1);
    hvn_nic_set_irq(nic, TRUE);
    g_assert_cmpuint(hvn_fake_bus_get_msi_count(fixture->bus, 0), ==, 1);
    hvn_nic_set_irq(nic, FALSE);
    hvn_nic_set_irq(nic, TRUE);
    g_assert_cmpuint(hvn_fake_bus_get_msi_count(fixture->bus, 0), ==, 2);
    hvn_nic_notify(nic, 3); /* one vector allowed */
    g_assert_cmpuint(hvn_fake_bus_get_msi_count(fixture->bus, 0), ==, 3);
    hvn_nic_config_write(nic, MSI_CONTROL, 0x71, 2); /* more than there are */
    hvn_nic_notify(nic, 3);
    hvn_nic_notify(nic, 7);
    g_assert_cmpuint(hvn_fake_bus_get_msi_count(fixture->bus, 3), ==, 2);
    hvn_nic_config_write(nic, 4, HVN_PCI_COMMAND_MEMORY, 2); /* a message is a write of a master */
    hvn_nic_notify(nic, 3);
    g_assert_cmpuint(hvn_fake_bus_get_msi_count(fixture->bus, 3), ==, 2);
}

static void
test_msix(Fixture *fixture, gconstpointer data)
{
    HvnNic *nic = fixture->nic;

    hvn_nic_config_write(nic, MSIX_CONTROL, 0x8000, 2);
    g_assert_cmphex(hvn_nic_region_read(nic, 2, 0x80c, 4), ==, 1);
    hvn_nic_notify(nic, 1);
    hvn_nic_notify(nic, 77);
    g_assert_cmphex(hvn_nic_region_read(nic, 2, 0xc00, 8), ==, 2);
    hvn_nic_region_write(nic, 2, 0xc00, 0, 4); /* pending bits are read only */
    g_assert_cmphex(hvn_nic_region_read(nic, 2, 0xc00, 4), ==, 2);
    hvn_nic_region_write(nic, 2, 0x81c, 0, 4); /* unmask vector 1 */
    g_assert_cmpuint(hvn_fake_bus_get_msi_count(fixture->bus, 1), ==, 1);
    g_assert_cmphex(hvn_nic_region_read(nic, 2, 0xc00, 4), ==, 0);
    hvn_nic_config_write(nic, MSIX_CONTROL, 0xc000, 2); /* function mask */
    hvn_nic_notify(nic, 1);
    g_assert_cmpuint(hvn_fake_bus_get_msi_count(fixture->bus, 1), ==, 1);
    hvn_nic_config_write(nic, MSIX_CONTROL, 0x8000, 2);
    g_assert_cmpuint(hvn_fake_bus_get_msi_count(fixture->bus, 1), ==, 2);
    hvn_nic_config_write(nic, 4, HVN_PCI_COMMAND_MEMORY, 2);
    hvn_nic_notify(nic, 1);
    g_assert_cmpuint(hvn_fake_bus_get_msi_count(fixture->bus, 1), ==, 2);
    hvn_nic_config_write(nic, 4, 7, 2);
    g_assert_cmpuint(hvn_fake_bus_get_msi_count(fixture->bus, 1), ==, 3);
    g_assert_cmpuint(fixture->test_nic->n_bar2, ==, 0);
    hvn_nic_region_read(nic, 2, 0x830, 4); /* behind the table */
    g_assert_cmpuint(fixture->test_nic->n_bar2, ==, 1);
    /* an access that leaves the table halfway, and one of every size at every offset */
    for (guint size = 1; size <= 8; size *= 2) {
        for (guint offset = 0x7f8; offset < 0xc10; offset++) {
            hvn_nic_region_write(nic, 2, offset, G_MAXUINT64, size);
            hvn_nic_region_read(nic, 2, offset, size);
        }
    }
    g_assert_cmphex(hvn_nic_region_read(nic, 2, 0x800, 8), ==, G_GUINT64_CONSTANT(0xfffffffffffffffc));
    g_assert_cmphex(hvn_nic_region_read(nic, 2, 0x808, 8), ==, G_GUINT64_CONSTANT(0x00000001ffffffff));
}

static void
test_attach(Fixture *fixture, gconstpointer data)
{
    HvnNic *nic = fixture->nic;
    guint8 byte;

    g_assert_cmpuint(fixture->test_nic->n_resets, ==, 1);
    hvn_nic_reset(nic, HVN_NIC_RESET_SOFTWARE);
    g_assert_cmpint(fixture->test_nic->last_reset, ==, HVN_NIC_RESET_SOFTWARE);
    g_assert_cmphex(hvn_nic_config_read(nic, 4, 2), ==, 7);
    hvn_nic_set_irq(nic, TRUE);
    hvn_nic_detach(nic);
    hvn_nic_detach(nic);
    g_assert_false(hvn_fake_bus_get_irq(fixture->bus));
    g_assert_cmpint(fixture->test_nic->last_reset, ==, HVN_NIC_RESET_HARDWARE);
    g_assert_cmphex(hvn_nic_config_read(nic, 4, 2), ==, 0);
    g_assert_false(hvn_nic_dma_read(nic, 0, &byte, 1));
    hvn_nic_dma_release(nic);
    hvn_nic_set_irq(nic, TRUE);
    hvn_nic_notify(nic, 0);
    hvn_nic_attach(nic, HVN_BUS(fixture->bus));
    g_assert_false(hvn_fake_bus_get_irq(fixture->bus));
}

static void
test_properties(Fixture *fixture, gconstpointer data)
{
    g_autoptr(HvnTestNic) nic =
        g_object_new(HVN_TYPE_TEST_NIC, "dispatcher", fixture->dispatcher, "mac", "52:54:00:ab:cd:ef", "variant", "test-2", NULL);
    g_autofree char *text = NULL;
    HvnMac mac;

    hvn_nic_get_mac(HVN_NIC(nic), &mac);
    g_assert_cmpmem(mac.addr, 6, "\x52\x54\x00\xab\xcd\xef", 6);
    g_assert_cmpstr(hvn_nic_get_variant(HVN_NIC(nic)), ==, "test-2");
    g_object_get(fixture->nic, "mac", &text, NULL);
    g_assert_cmpstr(text, ==, "52:54:00:12:34:56");
    g_assert_null(hvn_nic_get_variant(fixture->nic));
    g_assert_true(hvn_nic_get_regs(fixture->nic, 0) == &fixture->test_nic->regs);
    g_assert_null(hvn_nic_get_regs(fixture->nic, 1));
    /* dropped without being detached */
    hvn_nic_attach(HVN_NIC(nic), HVN_BUS(fixture->bus));
    hvn_nic_set_irq(HVN_NIC(nic), TRUE);
    g_assert_true(hvn_fake_bus_get_irq(fixture->bus));
}

static void
test_trace(Fixture *fixture, gconstpointer data)
{
    hvn_nic_set_trace(fixture->nic, TRUE);
    g_test_expect_message("hvn-device", G_LOG_LEVEL_INFO, "net0: read CTRL: 0x11223344");
    hvn_nic_region_read(fixture->nic, 0, 0, 4);
    g_test_expect_message("hvn-device", G_LOG_LEVEL_INFO, "net0: write TABLE+0x4: 0x00000007");
    hvn_nic_region_write(fixture->nic, 0, 0xc, 7, 4);
    g_test_expect_message("hvn-device", G_LOG_LEVEL_INFO, "net0: read 0x00100: 0x00000000, no register");
    hvn_nic_region_read(fixture->nic, 0, 0x100, 4);
    g_test_assert_expected_messages();
    hvn_nic_set_trace(fixture->nic, FALSE);
    g_assert_null(fixture->test_nic->regs.trace);
}

/* a NIC that is no PCI function: its regions are open as they are, DMA needs a bus only, and its line is the bus's */
static void
test_no_pci(Fixture *fixture, gconstpointer data)
{
    HvnNic *nic = fixture->nic;
    HvnNicRegion region;
    guint8 byte = 1;

    g_assert_true(hvn_nic_is_pci(nic));
    g_assert_true(hvn_nic_get_region(nic, 1, &region));
    g_assert_cmpuint(region.size, ==, 32);
    g_assert_true(region.io);
    hvn_nic_detach(nic);
    hvn_nic_add_region(nic, 0, 0x1000, FALSE, 0);
    hvn_nic_add_region(nic, 3, 32, TRUE, 0x300);
    g_assert_false(hvn_nic_is_pci(nic));
    g_assert_false(hvn_nic_dma_write(nic, 0, &byte, 1)); /* no bus */
    hvn_nic_attach(nic, HVN_BUS(fixture->bus));
    g_assert_false(hvn_nic_get_region(nic, 1, &region));
    g_assert_false(hvn_nic_get_region(nic, 6, &region));
    g_assert_true(hvn_nic_get_region(nic, 3, &region));
    g_assert_cmphex(region.address, ==, 0x300);

    g_assert_cmphex(hvn_nic_config_read(nic, 0, 4), ==, G_MAXUINT32);
    g_assert_cmphex(hvn_nic_config_read(nic, 4, 2), ==, 0xffff);
    hvn_nic_config_write(nic, 4, 0, 2);
    g_assert_cmphex(hvn_nic_region_read(nic, 0, 0, 4), ==, 0x11223344);
    g_assert_cmphex(hvn_nic_region_read(nic, 0, 0x1000, 4), ==, G_MAXUINT32);
    g_assert_cmphex(hvn_nic_region_read(nic, 1, 0, 4), ==, G_MAXUINT32);

    g_assert_true(hvn_nic_dma_write(nic, 0x8000, &byte, 1));
    hvn_nic_place_region(nic, 0, 0x8000);
    g_assert_false(hvn_nic_dma_write(nic, 0x8fff, &byte, 1)); /* into its own registers */
    g_assert_true(hvn_nic_dma_write(nic, 0x300, &byte, 1)); /* I/O ports are not memory */

    hvn_nic_set_irq(nic, TRUE);
    g_assert_true(hvn_fake_bus_get_irq(fixture->bus));
    hvn_nic_reset(nic, HVN_NIC_RESET_HARDWARE);
    g_assert_false(hvn_fake_bus_get_irq(fixture->bus));
    hvn_nic_notify(nic, 0); /* nowhere to go */
    g_assert_cmpuint(hvn_fake_bus_get_msi_count(fixture->bus, 0), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/device/nic/regions", Fixture, NULL, set_up, test_regions, tear_down);
    g_test_add("/device/nic/region", Fixture, NULL, set_up, test_region, tear_down);
    g_test_add("/device/nic/dma", Fixture, NULL, set_up, test_dma, tear_down);
    g_test_add("/device/nic/dma-refused", Fixture, NULL, set_up, test_dma_refused, tear_down);
    g_test_add("/device/nic/pin", Fixture, NULL, set_up, test_pin, tear_down);
    g_test_add("/device/nic/msi", Fixture, NULL, set_up, test_msi, tear_down);
    g_test_add("/device/nic/msix", Fixture, NULL, set_up, test_msix, tear_down);
    g_test_add("/device/nic/attach", Fixture, NULL, set_up, test_attach, tear_down);
    g_test_add("/device/nic/properties", Fixture, NULL, set_up, test_properties, tear_down);
    g_test_add("/device/nic/no-pci", Fixture, NULL, set_up, test_no_pci, tear_down);
    g_test_add("/device/nic/trace", Fixture, NULL, set_up, test_trace, tear_down);
    return g_test_run();
}
