/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tulip NIC as an object: identity, BARs, reset, and the registers that concern the whole device.
 *
 *   region write -> register row -> handler: stores, and marks a work
 *   dispatcher   -> tx work: descriptors (-list), setup frames (-filter), frames -> peer
 *   peer         -> push (-rx) -> filter -> descriptors in guest memory
 *   either       -> CSR5 & CSR7 -> interrupt line (-irq)
 */
#include "hvn-tulip-nic.h"

#include "hvn-plugin-abi.h"

G_DEFINE_FINAL_TYPE(HvnTulipNic, hvn_tulip_nic, HVN_TYPE_NIC)

#define TULIP_PMC 0x0601 /* version 1.0, D1, D2; nothing wakes it */

/* a DP83840A, the PHY of many boards with this chip */
static const HvnMiiPhyIdentity tulip_phy = {
    .id1 = 0x2000,
    .id2 = 0x5c01,
    .bmcr = HVN_MII_BMCR_SPEED100 | HVN_MII_BMCR_ANENABLE | HVN_MII_BMCR_FULLDUPLEX,
    .bmsr = 0x7809,   /* 10 and 100 Mbit/s in half and full duplex, auto-negotiation, extended registers */
    .anar = 0x01e1,   /* all of these */
    .anlpar = 0x45e1, /* the same and PAUSE from the other side, acknowledged */
};

/* ---- registers ---- */

/* CFDD.SLEEP, or a power state that is not D0: both directions are off */
gboolean
hvn_tulip_is_asleep(HvnTulipNic *self)
{
    HvnPciConfig *pci = hvn_nic_get_pci(&self->parent);

    return (pci->bytes[TULIP_CFDD + 3] & TULIP_CFDD_SLEEP >> 24) != 0 || hvn_pci_config_get_power_state(pci) != 0;
}

/* 3.2.2.5, FBE: the chip leaves the bus alone until it is reset */
void
hvn_tulip_bus_error(HvnTulipNic *self, const char *what, guint32 address)
{
    hvn_guest_error(hvn_nic_get_guest_errors(&self->parent), "fatal bus error: cannot reach %s at 0x%x", what, address);
    self->failed = TRUE;
    hvn_irq_cause_raise(&self->irq.cause, TULIP_CSR5_FBE);
}

void
hvn_tulip_csr0_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnTulipNic *self = owner;

    if (value & TULIP_CSR0_SWR)
        hvn_nic_reset(&self->parent, HVN_NIC_RESET_SOFTWARE);
    else if ((value ^ old) & TULIP_CSR0_TAP << TULIP_CSR0_TAP_SHIFT)
        hvn_tulip_tx_arm(self);
}

/* both processes are started and stopped here; a stopped one keeps its place */
void
hvn_tulip_csr6_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnTulipNic *self = owner;
    guint32 stopped = old & ~value;

    self->rx.filter_stale = TRUE;
    if (value & ~old & TULIP_CSR6_ST)
        self->tx.stopped = FALSE;
    if (value & ~old & TULIP_CSR6_SR)
        self->rx.suspended = FALSE;
    if (stopped & TULIP_CSR6_ST)
        hvn_irq_cause_raise(&self->irq.cause, TULIP_CSR5_TPS);
    if (stopped & TULIP_CSR6_SR)
        hvn_irq_cause_raise(&self->irq.cause, TULIP_CSR5_RPS);
    if ((value ^ old) & TULIP_CSR6_OM)
        hvn_tulip_tx_resume(self); /* whoever held it is not the one who takes now */
    if ((value ^ old) & TULIP_CSR6_ST)
        hvn_tulip_tx_demand(self);
    hvn_tulip_rx_update(self);
}

/* ---- HvnNic ---- */

/* 3.2.2.1, SWR: everything but configuration space, serial ROM and PHY */
static void
hvn_tulip_nic_reset(HvnNic *nic, HvnNicResetKind kind)
{
    HvnTulipNic *self = (HvnTulipNic *)nic;

    hvn_loopback_clear(&self->loop);
    hvn_tulip_irq_reset(self);
    hvn_regs_reset(&self->regs, TRUE);
    hvn_eeprom93xx_set_lines(&self->rom, FALSE, FALSE, FALSE);
    hvn_tulip_mdio_reset(&self->mdio);
    self->failed = FALSE;
    hvn_tulip_tx_reset(self);
    hvn_tulip_rx_reset(self);
    if (kind == HVN_NIC_RESET_HARDWARE) {
        self->ready = FALSE; /* the guest is not told of what the PHY did before it came */
        hvn_mii_phy_power_on(&self->phy, hvn_port_get_link_up((HvnPort *)self));
        self->ready = TRUE;
    }
    hvn_tulip_rx_update(self);
}

static guint64
hvn_tulip_nic_region_read(HvnNic *nic, guint bar, guint64 offset, guint size)
{
    return hvn_regs_read(&((HvnTulipNic *)nic)->regs, offset, size);
}

static void
hvn_tulip_nic_region_write(HvnNic *nic, guint bar, guint64 offset, guint64 value, guint size)
{
    hvn_regs_write(&((HvnTulipNic *)nic)->regs, offset, value, size);
}

static HvnRegs *
hvn_tulip_nic_get_regs(HvnNic *nic, guint bar)
{
    return bar <= TULIP_BAR_MEMORY ? &((HvnTulipNic *)nic)->regs : NULL;
}

/* ---- HvnPort ---- */

static void
hvn_tulip_nic_resume(HvnPort *port)
{
    hvn_tulip_tx_resume(port);
}

/* The MII has no line that tells of the link: drivers read the PHY */
static void
hvn_tulip_nic_link_changed(HvnPort *port, gboolean up)
{
    HvnTulipNic *self = (HvnTulipNic *)port;

    if (!self->ready)
        return;
    hvn_mii_phy_plug(&self->phy, up);
    hvn_tulip_tx_resume(self);
    hvn_tulip_rx_update(self);
}

/* ---- GObject ---- */

static void
hvn_tulip_nic_phy_changed(HvnMiiPhy *phy, gboolean link, gpointer data)
{
    HvnTulipNic *self = data;

    if (!self->ready)
        return;
    hvn_work_schedule(&self->tx.work);
    hvn_tulip_rx_update(self); /* a closed receiver owes nothing */
}

static void
hvn_tulip_nic_init_pci(HvnPciConfig *pci)
{
    static const HvnPciIdentity identity = {
        .vendor = 0x1011,
        .device = 0x0019,
        .subsystem_vendor = 0x103c,
        .subsystem = 0x104f,
        .class_code = 0x020000,
        .interrupt_pin = 1,
        .min_gnt = 0x14,
        .max_lat = 0x28,
    };

    hvn_pci_config_init(pci, &identity, NULL, NULL);
    hvn_pci_config_add_bar(pci, TULIP_BAR_IO, TULIP_BAR_SIZE, HVN_PCI_BAR_IO);
    hvn_pci_config_add_bar(pci, TULIP_BAR_MEMORY, TULIP_BAR_SIZE, HVN_PCI_BAR_MEMORY);
    hvn_store_le32(pci->write_mask + TULIP_CFDD, TULIP_CFDD_DRIVER | TULIP_CFDD_SNOOZE | TULIP_CFDD_SLEEP);
    pci->next_cap = TULIP_CCID;
    hvn_pci_config_add_pm(pci, TULIP_PMC);
}

static void
hvn_tulip_nic_constructed(GObject *object)
{
    HvnTulipNic *self = (HvnTulipNic *)object;
    HvnDispatcher *dispatcher;

    G_OBJECT_CLASS(hvn_tulip_nic_parent_class)->constructed(object);
    dispatcher = hvn_port_get_dispatcher((HvnPort *)self);
    hvn_tulip_nic_init_pci(hvn_nic_get_pci(&self->parent));
    hvn_regs_init(&self->regs, ((HvnTulipNicClass *)G_OBJECT_GET_CLASS(self))->table, self);
    hvn_fcs_init(&self->fcs);
    hvn_tulip_rom_init(self);
    hvn_mii_phy_init(&self->phy, dispatcher, &tulip_phy, hvn_tulip_nic_phy_changed, self);
    hvn_tulip_mdio_init(&self->mdio, &self->phy);
    hvn_tulip_irq_init(self);
    hvn_work_init(&self->tx.work, dispatcher, hvn_tulip_tx_run, self);
    hvn_timer_init(&self->tx.poll, dispatcher, hvn_tulip_tx_poll, self);
    hvn_rx_wait_init(&self->rx.wait, (HvnPort *)self, hvn_tulip_rx_has_room, hvn_tulip_rx_update, hvn_tulip_rx_full, self);
    hvn_loopback_init(&self->loop, dispatcher, hvn_tulip_rx_deliver, hvn_tulip_tx_resume, self);
    self->loop.min_len = 0; /* what is looped back is as long as the transmitter made it */
    hvn_nic_reset(&self->parent, HVN_NIC_RESET_HARDWARE);
}

static void
hvn_tulip_nic_dispose(GObject *object)
{
    HvnTulipNic *self = (HvnTulipNic *)object;

    hvn_nic_detach(&self->parent);
    if (self->ready) {
        self->ready = FALSE;
        hvn_tulip_tx_reset(self);
        hvn_rx_wait_reset(&self->rx.wait);
        hvn_loopback_clear(&self->loop);
        hvn_tulip_irq_reset(self);
        hvn_mii_phy_clear(&self->phy);
    }
    G_OBJECT_CLASS(hvn_tulip_nic_parent_class)->dispose(object);
}

static void
hvn_tulip_nic_finalize(GObject *object)
{
    HvnTulipNic *self = (HvnTulipNic *)object;

    hvn_regs_clear(&self->regs);
    G_OBJECT_CLASS(hvn_tulip_nic_parent_class)->finalize(object);
}

static void
hvn_tulip_nic_class_init(HvnTulipNicClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);
    HvnNicClass *nic_class = HVN_NIC_CLASS(klass);
    const HvnReg *rows;
    guint n_rows;

    rows = hvn_tulip_reg_rows(&n_rows);
    klass->table = hvn_reg_table_new(rows, n_rows, TULIP_BAR_SIZE);
    object_class->constructed = hvn_tulip_nic_constructed;
    object_class->dispose = hvn_tulip_nic_dispose;
    object_class->finalize = hvn_tulip_nic_finalize;
    port_class->push = hvn_tulip_rx_push;
    port_class->resume = hvn_tulip_nic_resume;
    port_class->link_changed = hvn_tulip_nic_link_changed;
    nic_class->reset = hvn_tulip_nic_reset;
    nic_class->region_read = hvn_tulip_nic_region_read;
    nic_class->region_write = hvn_tulip_nic_region_write;
    nic_class->get_regs = hvn_tulip_nic_get_regs;
}

static void
hvn_tulip_nic_init(HvnTulipNic *self)
{
}

HVN_PLUGIN_DEFINE("nic", "tulip", hvn_tulip_nic_get_type);
