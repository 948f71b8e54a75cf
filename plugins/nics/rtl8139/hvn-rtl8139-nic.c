/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rtl8139 NIC as an object: identity of both revisions, BARs, reset, and the registers that concern the whole device.
 *
 *   region write -> register row -> handler: stores, and marks a work
 *   dispatcher   -> tx work -> C mode (-tx) or C+ rings (-cplus-tx) -> peer
 *   peer         -> push (-rx) -> C mode's byte ring or C+ ring (-cplus-rx) in guest memory
 *   either       -> ISR & IMR -> interrupt line (-irq)
 */
#include "hvn-rtl8139-nic.h"

#include "hvn-plugin-abi.h"

G_DEFINE_FINAL_TYPE(HvnRtl8139Nic, hvn_rtl8139_nic, HVN_TYPE_NIC)

#define RTL8139_REVISION_CPLUS 0x20
#define RTL8139_REVISION_C     0x10
#define RTL8139_PM_CAPABILITY  0x50
#define RTL8139_PMC            0xf7c2 /* version 1.1, D1, D2, 375 mA from Vaux, PME from all states but D0 */

enum {
    PROP_0,
    PROP_REVISION,
};

/* ---- registers ---- */

guint32
hvn_rtl8139_cr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return value | (hvn_rtl8139_rx_is_empty(owner) ? RTL8139_CR_BUFE : 0);
}

/* 6.4: a unit that is switched on begins at its first descriptor */
void
hvn_rtl8139_cr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnRtl8139Nic *self = owner;

    if (value & RTL8139_CR_RST) {
        hvn_nic_reset(&self->parent, HVN_NIC_RESET_SOFTWARE);
        return;
    }
    if (value & ~old & RTL8139_CR_TE) {
        self->tx.next = 0;
        memset(self->tx.index, 0, sizeof self->tx.index);
        memset(self->tx.skipping, 0, sizeof self->tx.skipping);
    }
    if (value & ~old & RTL8139_CR_RE)
        hvn_rtl8139_rx_restart(self);
    hvn_rtl8139_rx_update(self);
    hvn_work_schedule(&self->tx.work);
}

/* 6.33; the 8139C has nothing here, and drivers tell it apart by that */
void
hvn_rtl8139_cpcr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnRtl8139Nic *self = owner;

    if (!self->is_cplus) {
        hvn_rtl8139_set(self, RTL8139_CPCR, 0);
        return;
    }
    if ((value ^ old) & RTL8139_CPCR_TX) {
        memset(self->tx.index, 0, sizeof self->tx.index);
        for (guint slot = 0; slot < RTL8139_N_TX; slot++) /* TSD in one mode, DTCCR in the other */
            hvn_rtl8139_set(self, RTL8139_TSD + 4 * slot, value & RTL8139_CPCR_TX ? 0 : RTL8139_TSD_OWN);
    }
    if ((value ^ old) & RTL8139_CPCR_RX)
        hvn_rtl8139_rx_restart(self);
    hvn_rtl8139_rx_update(self);
    hvn_work_schedule(&self->tx.work);
}

guint32
hvn_rtl8139_rerid_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return ((HvnRtl8139Nic *)owner)->is_cplus ? RTL8139_REVISION_CPLUS : RTL8139_REVISION_C;
}

/* ---- HvnNic ---- */

/* 6.4, RST: everything but IDs, multicast registers, configuration, PHY, wakeup, and the tally counters */
static void
hvn_rtl8139_nic_reset(HvnNic *nic, HvnNicResetKind kind)
{
    HvnRtl8139Nic *self = (HvnRtl8139Nic *)nic;
    gboolean hardware = kind == HVN_NIC_RESET_HARDWARE;

    hvn_work_cancel(&self->tx.work);
    hvn_work_cancel(&self->dump);
    hvn_loopback_clear(&self->loop);
    hvn_rtl8139_irq_reset(self);
    hvn_regs_reset(&self->regs, hardware);
    hvn_eeprom93xx_set_lines(&self->eeprom, FALSE, FALSE, FALSE);
    self->tx.next = 0;
    self->tx.held = FALSE;
    memset(self->tx.index, 0, sizeof self->tx.index);
    memset(self->tx.polled, 0, sizeof self->tx.polled);
    memset(self->tx.skipping, 0, sizeof self->tx.skipping);
    if (hardware) {
        self->ready = FALSE; /* the guest is not told of what the PHY did before it came */
        memset(&self->tally, 0, sizeof self->tally);
        hvn_rtl8139_eeprom_load(self);
        hvn_mii_phy_power_on(&self->phy, hvn_port_get_link_up((HvnPort *)self));
        self->ready = TRUE;
    }
    hvn_rtl8139_rx_restart(self);
    hvn_rtl8139_rx_update(self);
}

static guint64
hvn_rtl8139_nic_region_read(HvnNic *nic, guint bar, guint64 offset, guint size)
{
    return hvn_regs_read(&((HvnRtl8139Nic *)nic)->regs, offset, size);
}

static void
hvn_rtl8139_nic_region_write(HvnNic *nic, guint bar, guint64 offset, guint64 value, guint size)
{
    hvn_regs_write(&((HvnRtl8139Nic *)nic)->regs, offset, value, size);
}

static HvnRegs *
hvn_rtl8139_nic_get_regs(HvnNic *nic, guint bar)
{
    return bar <= RTL8139_BAR_MEMORY ? &((HvnRtl8139Nic *)nic)->regs : NULL;
}

/* ---- HvnPort ---- */

static void
hvn_rtl8139_nic_resume(HvnPort *port)
{
    hvn_rtl8139_tx_resume(port);
}

static void
hvn_rtl8139_nic_link_changed(HvnPort *port, gboolean up)
{
    HvnRtl8139Nic *self = (HvnRtl8139Nic *)port;

    if (!self->ready)
        return;
    hvn_mii_phy_plug(&self->phy, up);
    hvn_rtl8139_tx_resume(self);
    hvn_rtl8139_rx_update(self);
}

/* ---- GObject ---- */

static void
hvn_rtl8139_nic_init_pci(HvnRtl8139Nic *self, HvnPciConfig *pci)
{
    const HvnPciIdentity identity = {
        .vendor = 0x10ec,
        .device = 0x8139,
        .subsystem_vendor = 0x1af4,
        .subsystem = 0x1100,
        .class_code = 0x020000,
        .revision = self->is_cplus ? RTL8139_REVISION_CPLUS : RTL8139_REVISION_C,
        .interrupt_pin = 1,
        .min_gnt = 0x20,
        .max_lat = 0x40,
    };

    hvn_pci_config_init(pci, &identity, NULL, NULL);
    hvn_pci_config_add_bar(pci, RTL8139_BAR_IO, RTL8139_BAR_SIZE, HVN_PCI_BAR_IO);
    hvn_pci_config_add_bar(pci, RTL8139_BAR_MEMORY, RTL8139_BAR_SIZE, HVN_PCI_BAR_MEMORY);
    pci->next_cap = RTL8139_PM_CAPABILITY;
    hvn_pci_config_add_pm(pci, RTL8139_PMC);
}

static void
hvn_rtl8139_nic_constructed(GObject *object)
{
    HvnRtl8139Nic *self = (HvnRtl8139Nic *)object;
    HvnDispatcher *dispatcher;

    G_OBJECT_CLASS(hvn_rtl8139_nic_parent_class)->constructed(object);
    dispatcher = hvn_port_get_dispatcher((HvnPort *)self);
    self->is_cplus = g_strcmp0(self->revision_name, "0x10") != 0;
    hvn_rtl8139_nic_init_pci(self, hvn_nic_get_pci(&self->parent));
    hvn_regs_init(&self->regs, ((HvnRtl8139NicClass *)G_OBJECT_GET_CLASS(self))->table, self);
    hvn_fcs_init(&self->fcs);
    hvn_rtl8139_eeprom_init(self);
    hvn_rtl8139_phy_init(self);
    hvn_rtl8139_irq_init(self);
    hvn_work_init(&self->tx.work, dispatcher, hvn_rtl8139_tx_run, self);
    hvn_rx_wait_init(&self->rx.wait, (HvnPort *)self, hvn_rtl8139_rx_has_room, hvn_rtl8139_rx_look, hvn_rtl8139_rx_full, self);
    hvn_work_init(&self->dump, dispatcher, hvn_rtl8139_stats_dump, self);
    hvn_loopback_init(&self->loop, dispatcher, hvn_rtl8139_rx_deliver, hvn_rtl8139_tx_resume, self);
    hvn_rtl8139_nic_reset(&self->parent, HVN_NIC_RESET_HARDWARE);
}

static void
hvn_rtl8139_nic_dispose(GObject *object)
{
    HvnRtl8139Nic *self = (HvnRtl8139Nic *)object;

    hvn_nic_detach(&self->parent);
    if (self->ready) {
        self->ready = FALSE;
        hvn_work_cancel(&self->tx.work);
        hvn_rx_wait_reset(&self->rx.wait);
        hvn_work_cancel(&self->dump);
        hvn_loopback_clear(&self->loop);
        hvn_rtl8139_irq_reset(self);
        hvn_mii_phy_clear(&self->phy);
    }
    G_OBJECT_CLASS(hvn_rtl8139_nic_parent_class)->dispose(object);
}

static void
hvn_rtl8139_nic_finalize(GObject *object)
{
    HvnRtl8139Nic *self = (HvnRtl8139Nic *)object;

    hvn_regs_clear(&self->regs);
    g_free(self->revision_name);
    G_OBJECT_CLASS(hvn_rtl8139_nic_parent_class)->finalize(object);
}

static void
hvn_rtl8139_nic_set_property(GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
    HvnRtl8139Nic *self = (HvnRtl8139Nic *)object;

    if (prop_id == PROP_REVISION) {
        g_free(self->revision_name);
        self->revision_name = g_value_dup_string(value);
    } else {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop_id, pspec);
    }
}

static void
hvn_rtl8139_nic_get_property(GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
    if (prop_id == PROP_REVISION)
        g_value_set_string(value, ((HvnRtl8139Nic *)object)->revision_name);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop_id, pspec);
}

static void
hvn_rtl8139_nic_class_init(HvnRtl8139NicClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);
    HvnNicClass *nic_class = HVN_NIC_CLASS(klass);
    const HvnReg *rows;
    guint n_rows;

    rows = hvn_rtl8139_reg_rows(&n_rows);
    klass->table = hvn_reg_table_new(rows, n_rows, RTL8139_BAR_SIZE);
    object_class->set_property = hvn_rtl8139_nic_set_property;
    object_class->get_property = hvn_rtl8139_nic_get_property;
    object_class->constructed = hvn_rtl8139_nic_constructed;
    object_class->dispose = hvn_rtl8139_nic_dispose;
    object_class->finalize = hvn_rtl8139_nic_finalize;
    port_class->push = hvn_rtl8139_rx_push;
    port_class->resume = hvn_rtl8139_nic_resume;
    port_class->link_changed = hvn_rtl8139_nic_link_changed;
    nic_class->reset = hvn_rtl8139_nic_reset;
    nic_class->region_read = hvn_rtl8139_nic_region_read;
    nic_class->region_write = hvn_rtl8139_nic_region_write;
    nic_class->get_regs = hvn_rtl8139_nic_get_regs;

    g_object_class_install_property(object_class, PROP_REVISION,
        g_param_spec_string("revision", NULL, NULL, "0x20", G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));
}

static void
hvn_rtl8139_nic_init(HvnRtl8139Nic *self)
{
}

HVN_PLUGIN_DEFINE("nic", "rtl8139", hvn_rtl8139_nic_get_type);
