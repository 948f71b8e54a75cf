/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The e1000 NIC as an object: identity of its variants, BARs, reset, and the control and status registers that concern
 * the whole device.
 *
 *   region write -> register row -> handler: stores, and marks a work
 *   dispatcher   -> tx work -> peer          (-tx)
 *   peer         -> push -> rings in guest memory (-rx)
 *   either       -> causes -> interrupt line (-irq)
 */
#include "hvn-e1000-nic.h"

#include "hvn-plugin-abi.h"

G_DEFINE_FINAL_TYPE(HvnE1000Nic, hvn_e1000_nic, HVN_TYPE_NIC)

/* 82540EM is what the plain name means */
static const HvnE1000Variant e1000_variants[] = {
    {"e1000", 0x100e, &hvn_e1000_phy_m88e1011, TRUE},
    {"e1000-82540em", 0x100e, &hvn_e1000_phy_m88e1011, TRUE},
    {"e1000-82544gc", 0x100c, &hvn_e1000_phy_m88e1000, FALSE},
    {"e1000-82545em", 0x100f, &hvn_e1000_phy_m88e1011, TRUE},
};

static const HvnE1000Variant *
hvn_e1000_nic_find_variant(const char *name)
{
    for (guint i = 0; name != NULL && i < G_N_ELEMENTS(e1000_variants); i++) {
        if (g_str_equal(e1000_variants[i].name, name))
            return &e1000_variants[i];
    }
    return &e1000_variants[0];
}

/* in the PHY: BMCR; in the MAC: 13.4.22, LBM */
gboolean
hvn_e1000_in_loopback(const HvnE1000Nic *self)
{
    return (self->phy.regs[HVN_MII_BMCR] & HVN_MII_BMCR_LOOPBACK) || (hvn_e1000_get(self, E1000_RCTL) & E1000_RCTL_LBM_MAC);
}

/* 13.4.2, LU: the PHY's link, once the driver has said SLU */
void
hvn_e1000_link_update(HvnE1000Nic *self)
{
    gboolean up = self->phy.link && (hvn_e1000_get(self, E1000_CTRL) & E1000_CTRL_SLU);

    if (up != self->link_up) {
        self->link_up = up;
        hvn_irq_cause_raise(&self->irq.cause, E1000_ICR_LSC);
    }
    if (up || hvn_e1000_in_loopback(self))
        hvn_work_schedule(&self->tx.work);
    hvn_e1000_rx_update(self); /* a closed receiver owes nothing */
}

guint32
hvn_e1000_status_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnE1000Nic *self = owner;
    guint32 ctrl = hvn_e1000_get(self, E1000_CTRL);
    gboolean full_duplex;
    guint phy_speed = hvn_mii_phy_get_speed(&self->phy, &full_duplex);
    guint speed = phy_speed;

    if (ctrl & E1000_CTRL_FRCSPD)
        speed = ctrl & E1000_CTRL_SPEED_1000 ? 1000 : ctrl & E1000_CTRL_SPEED_100 ? 100 : 10;
    if (ctrl & E1000_CTRL_FRCDPLX)
        full_duplex = (ctrl & E1000_CTRL_FD) != 0;
    value = full_duplex ? E1000_STATUS_FD : 0;
    value |= self->link_up ? E1000_STATUS_LU : 0;
    if (speed != 10)
        value |= speed == 1000 ? E1000_STATUS_SPEED_1000 : E1000_STATUS_SPEED_100;
    if (phy_speed != 10)
        value |= (phy_speed == 1000 ? E1000_STATUS_SPEED_1000 : E1000_STATUS_SPEED_100) << E1000_STATUS_ASDV_SHIFT;
    return value;
}

guint32
hvn_e1000_ctrl_dup_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return hvn_e1000_get(owner, E1000_CTRL);
}

void
hvn_e1000_ctrl_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnE1000Nic *self = owner;

    hvn_e1000_set(self, E1000_CTRL, value & ~(E1000_CTRL_RST | E1000_CTRL_PHY_RST)); /* both clear themselves */
    if (value & E1000_CTRL_PHY_RST)
        hvn_mii_phy_reset(&self->phy, FALSE);
    if (value & E1000_CTRL_RST) {
        hvn_nic_reset(&self->parent, HVN_NIC_RESET_SOFTWARE);
        return;
    }
    hvn_e1000_link_update(self);
}

/* 13.4.6, EE_RST: the device reads its EEPROM again */
void
hvn_e1000_ctrl_ext_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnE1000Nic *self = owner;

    hvn_e1000_set(self, E1000_CTRL_EXT, value & ~E1000_CTRL_EXT_EE_RST);
    if (value & E1000_CTRL_EXT_EE_RST)
        hvn_e1000_eeprom_load(self);
}

/* 13.4.16: what the receiver does not get of the 64 KiB is the transmitter's */
void
hvn_e1000_pba_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    guint32 receive = value & 0x7f;

    hvn_e1000_set(owner, E1000_PBA, receive | (receive < 64 ? 64 - receive : 0) << 16);
}

/* ---- HvnNic ---- */

/* 13.4.1, RST: everything but configuration space, PHY, EEPROM contents, statistics and the wakeup packet */
static void
hvn_e1000_nic_reset(HvnNic *nic, HvnNicResetKind kind)
{
    HvnE1000Nic *self = (HvnE1000Nic *)nic;

    hvn_work_cancel(&self->tx.work);
    hvn_loopback_clear(&self->loop);
    hvn_e1000_irq_reset(self);
    self->tx.held = self->tx.skipping = FALSE;
    memset(self->tx.contexts, 0, sizeof self->tx.contexts);
    hvn_regs_reset(&self->regs, kind == HVN_NIC_RESET_HARDWARE);
    hvn_eeprom93xx_set_lines(&self->eeprom, FALSE, FALSE, FALSE);
    hvn_e1000_eeprom_load(self);
    if (kind == HVN_NIC_RESET_HARDWARE) {
        self->ready = FALSE; /* the guest is not told of what the PHY did before it came */
        self->ioaddr = 0;
        hvn_mii_phy_power_on(&self->phy, hvn_port_get_link_up((HvnPort *)self));
        self->ready = TRUE;
    }
    self->link_up = self->phy.link && (hvn_e1000_get(self, E1000_CTRL) & E1000_CTRL_SLU);
    hvn_e1000_rx_update(self);
}

/* 13.2.2: IOADDR selects, IODATA is the register; IOADDR takes whole writes only */
static guint64
hvn_e1000_nic_region_read(HvnNic *nic, guint bar, guint64 offset, guint size)
{
    HvnE1000Nic *self = (HvnE1000Nic *)nic;

    if (bar == E1000_BAR_MEMORY)
        return hvn_regs_read(&self->regs, offset, size);
    if (offset < E1000_IODATA)
        return self->ioaddr >> (8 * offset);
    if (offset < E1000_IODATA + 4)
        return hvn_regs_read(&self->regs, (guint64)(self->ioaddr & ~3u) + (offset - E1000_IODATA), MIN(size, 4));
    return 0;
}

static void
hvn_e1000_nic_region_write(HvnNic *nic, guint bar, guint64 offset, guint64 value, guint size)
{
    HvnE1000Nic *self = (HvnE1000Nic *)nic;

    if (bar == E1000_BAR_MEMORY)
        hvn_regs_write(&self->regs, offset, value, size);
    else if (offset == E1000_IOADDR && size == 4)
        self->ioaddr = value & E1000_IOADDR_MASK;
    else if (offset >= E1000_IODATA && offset < E1000_IODATA + 4)
        hvn_regs_write(&self->regs, (guint64)(self->ioaddr & ~3u) + (offset - E1000_IODATA), value, MIN(size, 4));
}

static HvnRegs *
hvn_e1000_nic_get_regs(HvnNic *nic, guint bar)
{
    return bar == E1000_BAR_MEMORY ? &((HvnE1000Nic *)nic)->regs : NULL;
}

/* the units look again: the transmitter at its ring, the receiver by asking the link, and the causes at what waited for data */
static void
hvn_e1000_nic_dma_arrived(HvnNic *nic)
{
    HvnE1000Nic *self = (HvnE1000Nic *)nic;

    hvn_irq_cause_data_seen(&self->irq.cause);
    hvn_work_schedule(&self->tx.work);
    hvn_e1000_rx_update(self);
}

/* ---- HvnPort ---- */

static void
hvn_e1000_nic_resume(HvnPort *port)
{
    HvnE1000Nic *self = (HvnE1000Nic *)port;

    self->tx.held = FALSE;
    hvn_work_schedule(&self->tx.work);
}

static void
hvn_e1000_nic_link_changed(HvnPort *port, gboolean up)
{
    HvnE1000Nic *self = (HvnE1000Nic *)port;

    if (!self->ready)
        return;
    self->tx.held = FALSE;
    hvn_mii_phy_plug(&self->phy, up);
    hvn_e1000_link_update(self);
}

/* ---- GObject ---- */

static void
hvn_e1000_nic_init_pci(HvnE1000Nic *self, HvnPciConfig *pci)
{
    const HvnPciIdentity identity = {
        .vendor = 0x8086,
        .device = self->variant->device,
        .subsystem_vendor = 0x1af4,
        .subsystem = 0x1100,
        .class_code = 0x020000,
        .revision = 0x03,
        .interrupt_pin = 1,
    };

    hvn_pci_config_init(pci, &identity, NULL, NULL);
    hvn_pci_config_add_bar(pci, E1000_BAR_MEMORY, E1000_BAR_MEMORY_SIZE, HVN_PCI_BAR_MEMORY);
    hvn_pci_config_add_bar(pci, E1000_BAR_IO, E1000_BAR_IO_SIZE, HVN_PCI_BAR_IO);
}

static void
hvn_e1000_nic_constructed(GObject *object)
{
    HvnE1000Nic *self = (HvnE1000Nic *)object;
    HvnPciConfig *pci = hvn_nic_get_pci(&self->parent);
    HvnDispatcher *dispatcher;

    G_OBJECT_CLASS(hvn_e1000_nic_parent_class)->constructed(object);
    dispatcher = hvn_port_get_dispatcher((HvnPort *)self);
    self->variant = hvn_e1000_nic_find_variant(hvn_nic_get_variant(&self->parent));
    hvn_e1000_nic_init_pci(self, pci);
    hvn_regs_init(&self->regs, ((HvnE1000NicClass *)G_OBJECT_GET_CLASS(self))->table, self);
    hvn_fcs_init(&self->crc);
    hvn_e1000_eeprom_init(self);
    hvn_e1000_phy_init(self);
    hvn_e1000_irq_init(self);
    hvn_work_init(&self->tx.work, dispatcher, hvn_e1000_tx_run, self);
    hvn_work_init(&self->rx.ready, dispatcher, hvn_e1000_rx_tell_ready, self);
    hvn_loopback_init(&self->loop, dispatcher, hvn_e1000_rx_deliver, hvn_e1000_tx_looped, self);
    hvn_e1000_nic_reset(&self->parent, HVN_NIC_RESET_HARDWARE);
}

static void
hvn_e1000_nic_dispose(GObject *object)
{
    HvnE1000Nic *self = (HvnE1000Nic *)object;

    hvn_nic_detach(&self->parent);
    if (self->ready) {
        hvn_work_cancel(&self->tx.work);
        hvn_work_cancel(&self->rx.ready);
        hvn_loopback_clear(&self->loop);
        hvn_e1000_irq_reset(self);
        self->ready = FALSE;
        hvn_mii_phy_clear(&self->phy);
    }
    G_OBJECT_CLASS(hvn_e1000_nic_parent_class)->dispose(object);
}

static void
hvn_e1000_nic_finalize(GObject *object)
{
    hvn_regs_clear(&((HvnE1000Nic *)object)->regs);
    G_OBJECT_CLASS(hvn_e1000_nic_parent_class)->finalize(object);
}

static void
hvn_e1000_nic_class_init(HvnE1000NicClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);
    HvnNicClass *nic_class = HVN_NIC_CLASS(klass);
    const HvnReg *rows;
    guint n_rows;

    rows = hvn_e1000_reg_rows(&n_rows);
    klass->table = hvn_reg_table_new(rows, n_rows, E1000_BAR_MEMORY_SIZE);
    object_class->constructed = hvn_e1000_nic_constructed;
    object_class->dispose = hvn_e1000_nic_dispose;
    object_class->finalize = hvn_e1000_nic_finalize;
    port_class->push = hvn_e1000_rx_push;
    port_class->resume = hvn_e1000_nic_resume;
    port_class->link_changed = hvn_e1000_nic_link_changed;
    nic_class->reset = hvn_e1000_nic_reset;
    nic_class->region_read = hvn_e1000_nic_region_read;
    nic_class->region_write = hvn_e1000_nic_region_write;
    nic_class->get_regs = hvn_e1000_nic_get_regs;
    nic_class->dma_arrived = hvn_e1000_nic_dma_arrived;
}

static void
hvn_e1000_nic_init(HvnE1000Nic *self)
{
}

HVN_PLUGIN_DEFINE("nic", "e1000", hvn_e1000_nic_get_type);
