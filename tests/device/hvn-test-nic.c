/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The NIC of the tests of this folder: no packets, only what the base class needs from a model. */
#include "hvn-test-nic.h"

static const HvnReg rows[] = {
    {0x00, 4, 1, 0, 0x11223344, 0xffffffff, "CTRL", "1", NULL, NULL},
    {0x08, 4, 2, 0, 0, 0xffffffff, "TABLE", "2", NULL, NULL},
};

G_DEFINE_FINAL_TYPE(HvnTestNic, hvn_test_nic, HVN_TYPE_NIC)

static guint
hvn_test_nic_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    return n_frames;
}

static void
hvn_test_nic_resume(HvnPort *port)
{
}

static void
hvn_test_nic_reset(HvnNic *nic, HvnNicResetKind kind)
{
    HvnTestNic *self = HVN_TEST_NIC(nic);

    self->n_resets++;
    self->last_reset = kind;
    hvn_regs_reset(&self->regs, kind == HVN_NIC_RESET_HARDWARE);
}

static guint64
hvn_test_nic_region_read(HvnNic *nic, guint bar, guint64 offset, guint size)
{
    HvnTestNic *self = HVN_TEST_NIC(nic);

    if (bar == 0)
        return hvn_regs_read(&self->regs, offset, size);
    *(bar == 1 ? &self->n_io : &self->n_bar2) += 1;
    return 0x5a;
}

static void
hvn_test_nic_region_write(HvnNic *nic, guint bar, guint64 offset, guint64 value, guint size)
{
    HvnTestNic *self = HVN_TEST_NIC(nic);

    if (bar == 0)
        hvn_regs_write(&self->regs, offset, value, size);
    else
        *(bar == 1 ? &self->n_io : &self->n_bar2) += 1;
}

static HvnRegs *
hvn_test_nic_get_regs(HvnNic *nic, guint bar)
{
    return bar == 0 ? &HVN_TEST_NIC(nic)->regs : NULL;
}

static void
hvn_test_nic_constructed(GObject *object)
{
    static const HvnPciIdentity identity = {
        .vendor = 0x1234, .device = 0x5678, .subsystem_vendor = 0x1af4, .subsystem = 0x1100,
        .class_code = 0x020000, .revision = 3, .interrupt_pin = 1,
    };
    HvnPciConfig *pci = hvn_nic_get_pci(HVN_NIC(object));

    G_OBJECT_CLASS(hvn_test_nic_parent_class)->constructed(object);
    hvn_pci_config_init(pci, &identity, NULL, NULL);
    hvn_pci_config_add_bar(pci, 0, 0x1000, HVN_PCI_BAR_MEMORY);
    hvn_pci_config_add_bar(pci, 1, 32, HVN_PCI_BAR_IO);
    hvn_pci_config_add_bar(pci, 2, 0x1000, HVN_PCI_BAR_MEMORY64);
    hvn_pci_config_add_pm(pci, 0x0002);
    hvn_pci_config_add_msi(pci, 4);
    hvn_pci_config_add_msix(pci, 3, 2, 0x800, 2, 0xc00);
}

static void
hvn_test_nic_finalize(GObject *object)
{
    hvn_regs_clear(&HVN_TEST_NIC(object)->regs);

    G_OBJECT_CLASS(hvn_test_nic_parent_class)->finalize(object);
}

static void
hvn_test_nic_class_init(HvnTestNicClass *klass)
{
    HvnNicClass *nic_class = HVN_NIC_CLASS(klass);

    G_OBJECT_CLASS(klass)->constructed = hvn_test_nic_constructed;
    G_OBJECT_CLASS(klass)->finalize = hvn_test_nic_finalize;
    HVN_PORT_CLASS(klass)->push = hvn_test_nic_push;
    HVN_PORT_CLASS(klass)->resume = hvn_test_nic_resume;
    nic_class->reset = hvn_test_nic_reset;
    nic_class->region_read = hvn_test_nic_region_read;
    nic_class->region_write = hvn_test_nic_region_write;
    nic_class->get_regs = hvn_test_nic_get_regs;
}

static void
hvn_test_nic_init(HvnTestNic *self)
{
    static gsize once;
    static HvnRegTable *table;

    if (g_once_init_enter(&once)) {
        table = hvn_reg_table_new(rows, G_N_ELEMENTS(rows), 0x1000);
        g_once_init_leave(&once, 1);
    }
    hvn_regs_init(&self->regs, table, self);
}

HvnDispatcher *
hvn_test_nic_dispatcher(void)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();

    return hvn_dispatcher_new(NULL, clock);
}

HvnTestNic *
hvn_test_nic_new(HvnDispatcher *dispatcher, HvnFakeBus *bus)
{
    HvnTestNic *self = g_object_new(HVN_TYPE_TEST_NIC, "dispatcher", dispatcher, "name", "net0", NULL);

    hvn_nic_attach(HVN_NIC(self), HVN_BUS(bus));
    hvn_fake_bus_enable_nic(bus, HVN_NIC(self));
    return self;
}

void
hvn_test_nic_free(HvnTestNic *self)
{
    hvn_nic_detach(HVN_NIC(self));
    g_assert_finalize_object(self);
}
