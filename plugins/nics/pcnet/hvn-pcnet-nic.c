/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pcnet NIC as an object: identity, BARs, reset, and the I/O map: APROM, RDP, RAP, RESET and BDP in word mode and in double word mode.
 *
 *   region access -> I/O map of the mode -> RDP: CSR, BDP: BCR that RAP names -> handler: stores, and marks a work
 *   dispatcher    -> init work (-init), tx work (-tx) -> peer
 *   peer          -> push (-rx) -> buffers of the receive ring
 *   either        -> events & masks -> interrupt line (-csr)
 */
#include "hvn-pcnet-nic.h"

#include "hvn-plugin-abi.h"

G_DEFINE_FINAL_TYPE(HvnPcnetNic, hvn_pcnet_nic, HVN_TYPE_NIC)

#define APROM_HARDWARE_ID 9 /* offsets in the address PROM */
#define APROM_CHECKSUM    12
#define APROM_SIGNATURE   14

/* ---- the I/O map ---- */

static gboolean
hvn_pcnet_nic_is_dwio(const HvnPcnetNic *self)
{
    return (hvn_pcnet_bcr(self, PCNET_BCR18) & PCNET_BCR18_DWIO) != 0;
}

guint32
hvn_pcnet_aprom_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return ((HvnPcnetNic *)owner)->aprom[index];
}

/* APROMWE opens it */
void
hvn_pcnet_aprom_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnPcnetNic *self = owner;

    if (hvn_pcnet_bcr(self, PCNET_BCR2) & PCNET_BCR2_APROMWE)
        self->aprom[index] = value;
}

guint32
hvn_pcnet_rdp_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnPcnetNic *self = owner;

    return self->rap < PCNET_N_CSRS ? hvn_regs_read(&self->csrs, PCNET_AT(self->rap), 2) : 0;
}

void
hvn_pcnet_rdp_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnPcnetNic *self = owner;
    gboolean always = self->rap == PCNET_CSR0 || (self->rap >= PCNET_CSR3 && self->rap <= PCNET_CSR5);

    if (self->rap < PCNET_N_CSRS && (always || hvn_pcnet_is_idle(self)))
        hvn_regs_write(&self->csrs, PCNET_AT(self->rap), value, 2);
}

guint32
hvn_pcnet_rap_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return ((HvnPcnetNic *)owner)->rap;
}

/* seven bits are enough for every register; the others read as 0 */
void
hvn_pcnet_rap_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    ((HvnPcnetNic *)owner)->rap = value & 0x7f;
}

guint32
hvn_pcnet_bdp_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnPcnetNic *self = owner;

    return self->rap < PCNET_N_BCRS ? hvn_regs_read(&self->bcrs, PCNET_AT(self->rap), 2) : 0;
}

void
hvn_pcnet_bdp_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnPcnetNic *self = owner;

    if (self->rap < PCNET_N_BCRS && (self->rap != PCNET_BCR20 || hvn_pcnet_is_idle(self)))
        hvn_regs_write(&self->bcrs, PCNET_AT(self->rap), value, 2);
}

/* reading it is S_RESET */
guint32
hvn_pcnet_reset_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    hvn_nic_reset(owner, HVN_NIC_RESET_SOFTWARE);
    return 0;
}

static guint64
hvn_pcnet_nic_region_read(HvnNic *nic, guint bar, guint64 offset, guint size)
{
    HvnPcnetNic *self = (HvnPcnetNic *)nic;

    return hvn_regs_read(hvn_pcnet_nic_is_dwio(self) ? &self->dwio : &self->wio, offset, size);
}

/* a write of 32 bits to RDP switches to double word mode, for good, and is carried out there */
static void
hvn_pcnet_nic_region_write(HvnNic *nic, guint bar, guint64 offset, guint64 value, guint size)
{
    HvnPcnetNic *self = (HvnPcnetNic *)nic;

    if (offset == PCNET_RDP && size == 4)
        hvn_regs_set(&self->bcrs, PCNET_AT(PCNET_BCR18), hvn_pcnet_bcr(self, PCNET_BCR18) | PCNET_BCR18_DWIO);
    hvn_regs_write(hvn_pcnet_nic_is_dwio(self) ? &self->dwio : &self->wio, offset, value, size);
}

/* both BARs show the same; what RAP selects, and the mode that they are not in, stand behind them */
static HvnRegs *
hvn_pcnet_nic_get_regs(HvnNic *nic, guint bar)
{
    HvnPcnetNic *self = (HvnPcnetNic *)nic;

    switch (bar) {
    case PCNET_BAR_IO:
    case PCNET_BAR_MEMORY:
        return &self->wio;
    case PCNET_TABLE_CSR:
        return &self->csrs;
    case PCNET_TABLE_BCR:
        return &self->bcrs;
    case PCNET_TABLE_DWIO:
        return &self->dwio;
    default:
        return NULL;
    }
}

/* ---- reset ---- */

/* the address PROM: the address, the hardware ID that drivers look for, "WW", and a sum of it all */
static void
hvn_pcnet_nic_fill_aprom(HvnPcnetNic *self)
{
    guint sum = 0;
    HvnMac mac;

    hvn_nic_get_mac(&self->parent, &mac);
    memset(self->aprom, 0, sizeof self->aprom);
    memcpy(self->aprom, mac.addr, HVN_MAC_LEN);
    self->aprom[APROM_HARDWARE_ID] = 0x11;
    self->aprom[APROM_SIGNATURE] = self->aprom[APROM_SIGNATURE + 1] = 'W';
    for (guint i = 0; i < sizeof self->aprom; i++)
        sum += self->aprom[i];
    hvn_store_le16(self->aprom + APROM_CHECKSUM, sum);
}

/* H_RESET, and S_RESET, which leaves the BCRs, addresses and ring registers alone */
static void
hvn_pcnet_nic_reset(HvnNic *nic, HvnNicResetKind kind)
{
    HvnPcnetNic *self = (HvnPcnetNic *)nic;
    gboolean hardware = kind == HVN_NIC_RESET_HARDWARE;

    hvn_work_cancel(&self->tx.work);
    hvn_irq_cause_reset(&self->cause);
    hvn_regs_reset(&self->wio, hardware);
    hvn_regs_reset(&self->dwio, hardware);
    hvn_regs_reset(&self->csrs, hardware);
    hvn_regs_reset(&self->bcrs, hardware);
    self->rap = 0;
    if (hardware) {
        hvn_pcnet_nic_fill_aprom(self);
        for (guint i = 0; i < 3; i++)
            hvn_pcnet_set_csr(self, PCNET_CSR12 + i, hvn_load_le16(self->aprom + 2 * i));
    }
    hvn_pcnet_csr_stop(self);
}

/* ---- HvnPort ---- */

static void
hvn_pcnet_nic_resume(HvnPort *port)
{
    hvn_pcnet_tx_resume(port);
}

static void
hvn_pcnet_nic_link_changed(HvnPort *port, gboolean up)
{
    HvnPcnetNic *self = (HvnPcnetNic *)port;

    if (!self->ready)
        return;
    hvn_pcnet_tx_resume(self);
    hvn_pcnet_rx_update(self);
}

/* ---- GObject ---- */

static void
hvn_pcnet_nic_init_pci(HvnPciConfig *pci)
{
    const HvnPciIdentity identity = {
        .vendor = 0x1022,
        .device = 0x2000,
        .class_code = 0x020000,
        .revision = 0x10,
        .interrupt_pin = 1,
        .min_gnt = 0x06,
        .max_lat = 0xff,
    };

    hvn_pci_config_init(pci, &identity, NULL, NULL);
    hvn_pci_config_add_bar(pci, PCNET_BAR_IO, PCNET_BAR_SIZE, HVN_PCI_BAR_IO);
    hvn_pci_config_add_bar(pci, PCNET_BAR_MEMORY, PCNET_BAR_SIZE, HVN_PCI_BAR_MEMORY);
}

static void
hvn_pcnet_nic_constructed(GObject *object)
{
    HvnPcnetNic *self = (HvnPcnetNic *)object;
    HvnRegs *const regs[PCNET_N_ROWS] = {&self->wio, &self->dwio, &self->csrs, &self->bcrs};
    HvnDispatcher *dispatcher;

    G_OBJECT_CLASS(hvn_pcnet_nic_parent_class)->constructed(object);
    dispatcher = hvn_port_get_dispatcher((HvnPort *)self);
    hvn_pcnet_nic_init_pci(hvn_nic_get_pci(&self->parent));
    for (guint i = 0; i < PCNET_N_ROWS; i++)
        hvn_regs_init(regs[i], ((HvnPcnetNicClass *)G_OBJECT_GET_CLASS(self))->tables[i], self);
    hvn_fcs_init(&self->fcs);
    hvn_irq_cause_init(&self->cause, &self->parent);
    hvn_work_init(&self->init, dispatcher, hvn_pcnet_init_run, self);
    hvn_work_init(&self->tx.work, dispatcher, hvn_pcnet_tx_run, self);
    hvn_timer_init(&self->tx.poll, dispatcher, hvn_pcnet_tx_polled, self);
    hvn_rx_wait_init(&self->rx.wait, (HvnPort *)self, hvn_pcnet_rx_has_room, hvn_pcnet_rx_look, hvn_pcnet_rx_full, self);
    hvn_loopback_init(&self->loop, dispatcher, hvn_pcnet_rx_deliver_looped, hvn_pcnet_tx_resume, self);
    self->loop.min_len = 0; /* frames go round with their FCS, padded before that */
    hvn_pcnet_nic_reset(&self->parent, HVN_NIC_RESET_HARDWARE);
    self->ready = TRUE;
}

static void
hvn_pcnet_nic_dispose(GObject *object)
{
    HvnPcnetNic *self = (HvnPcnetNic *)object;

    hvn_nic_detach(&self->parent);
    if (self->ready) {
        self->ready = FALSE;
        hvn_pcnet_csr_stop(self);
        hvn_work_cancel(&self->tx.work);
        hvn_rx_wait_reset(&self->rx.wait);
        hvn_irq_cause_reset(&self->cause);
    }
    G_OBJECT_CLASS(hvn_pcnet_nic_parent_class)->dispose(object);
}

static void
hvn_pcnet_nic_finalize(GObject *object)
{
    HvnPcnetNic *self = (HvnPcnetNic *)object;

    hvn_regs_clear(&self->wio);
    hvn_regs_clear(&self->dwio);
    hvn_regs_clear(&self->csrs);
    hvn_regs_clear(&self->bcrs);
    G_OBJECT_CLASS(hvn_pcnet_nic_parent_class)->finalize(object);
}

static void
hvn_pcnet_nic_class_init(HvnPcnetNicClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);
    HvnNicClass *nic_class = HVN_NIC_CLASS(klass);

    for (guint i = 0; i < PCNET_N_ROWS; i++) {
        guint n_rows;
        guint32 size;
        const HvnReg *rows = hvn_pcnet_reg_rows(i, &n_rows, &size);

        klass->tables[i] = hvn_reg_table_new(rows, n_rows, size);
    }
    object_class->constructed = hvn_pcnet_nic_constructed;
    object_class->dispose = hvn_pcnet_nic_dispose;
    object_class->finalize = hvn_pcnet_nic_finalize;
    port_class->push = hvn_pcnet_rx_push;
    port_class->resume = hvn_pcnet_nic_resume;
    port_class->link_changed = hvn_pcnet_nic_link_changed;
    nic_class->reset = hvn_pcnet_nic_reset;
    nic_class->region_read = hvn_pcnet_nic_region_read;
    nic_class->region_write = hvn_pcnet_nic_region_write;
    nic_class->get_regs = hvn_pcnet_nic_get_regs;
}

static void
hvn_pcnet_nic_init(HvnPcnetNic *self)
{
}

HVN_PLUGIN_DEFINE("nic", "pcnet", hvn_pcnet_nic_get_type);
