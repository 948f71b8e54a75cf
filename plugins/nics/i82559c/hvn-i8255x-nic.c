/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The i8255x NIC as an object: identity of its variants, BARs, and its resets.
 *
 *   region write -> register row -> SCB command -> marks a work
 *   dispatcher   -> CU work (-cu): the list of commands; transmit (-tx) -> peer
 *   peer         -> push (-rx) -> receive frame descriptors in guest memory
 *   either       -> STAT/ACK & mask (-scb) -> interrupt line
 */
#include "hvn-i8255x-nic.h"

#include "hvn-plugin-abi.h"

G_DEFINE_FINAL_TYPE(HvnI8255xNic, hvn_i8255x_nic, HVN_TYPE_NIC)

#define PM_CAPABILITY  0xdc
#define PMC            0x7e21 /* version 1.1, device specific initialization, D1, D2, PME from D0 to D3hot */
#define PCI_LATENCY    0x0d
#define PCI_STATUS     0x06
#define PCI_FAST_BACK  0x80
#define LATENCY        0x20

enum {
    PROP_0,
    PROP_EEPROM,
};

/* 82559C is what people mean; Windows' driver wants its revision as other emulators have it */
static const HvnI8255xVariant i8255x_variants[] = {
    {"i82559c", 0x1229, 0x0c, 0x8086, 0x0040, I8255X_STATS_TCO, FALSE},
    {"i82550", 0x1209, 0x0e, 0x1af4, 0x1100, I8255X_STATS_TCO, FALSE},
    {"i82551", 0x1209, 0x0f, 0x1af4, 0x1100, I8255X_STATS_TCO, FALSE},
    {"i82557a", 0x1229, 0x01, 0x1af4, 0x1100, I8255X_STATS_STANDARD, TRUE},
    {"i82557b", 0x1229, 0x02, 0x1af4, 0x1100, I8255X_STATS_STANDARD, TRUE},
    {"i82557c", 0x1229, 0x03, 0x1af4, 0x1100, I8255X_STATS_STANDARD, TRUE},
    {"i82558a", 0x1229, 0x04, 0x1af4, 0x1100, I8255X_STATS_EXTENDED, FALSE},
    {"i82558b", 0x1229, 0x05, 0x1af4, 0x1100, I8255X_STATS_EXTENDED, FALSE},
    {"i82559a", 0x1229, 0x06, 0x1af4, 0x1100, I8255X_STATS_TCO, FALSE},
    {"i82559b", 0x1229, 0x07, 0x1af4, 0x1100, I8255X_STATS_TCO, FALSE},
    {"i82559er", 0x1209, 0x09, 0x1af4, 0x1100, I8255X_STATS_TCO, FALSE},
    {"i82562", 0x1209, 0x0e, 0x1af4, 0x1100, I8255X_STATS_TCO, FALSE},
    {"i82801", 0x2449, 0x03, 0x1af4, 0x1100, I8255X_STATS_TCO, FALSE},
};

static const HvnI8255xVariant *
hvn_i8255x_nic_find_variant(const char *name)
{
    for (guint i = 0; name != NULL && i < G_N_ELEMENTS(i8255x_variants); i++) {
        if (g_str_equal(i8255x_variants[i].name, name))
            return &i8255x_variants[i];
    }
    return &i8255x_variants[0];
}

/* ---- HvnNic ---- */

/* 6.3.3: both units stop; addresses, configuration and bases stay */
void
hvn_i8255x_nic_selective_reset(HvnI8255xNic *self)
{
    hvn_i8255x_cu_reset(self);
    hvn_i8255x_rx_reset(self);
    hvn_i8255x_stats_reset(self);
    hvn_loopback_clear(&self->loop);
    hvn_i8255x_rx_update(self);
}

/* 6.3.3: as after power-on, but for configuration space, PHY and EEPROM */
static void
hvn_i8255x_nic_reset(HvnNic *nic, HvnNicResetKind kind)
{
    HvnI8255xNic *self = (HvnI8255xNic *)nic;
    gboolean hardware = kind == HVN_NIC_RESET_HARDWARE;

    hvn_work_cancel(&self->port.work);
    hvn_regs_reset(&self->regs, hardware);
    hvn_eeprom93xx_set_lines(&self->eeprom, FALSE, FALSE, FALSE);
    hvn_i8255x_scb_reset(self);
    hvn_i8255x_command_reset(self);
    memset(self->stats.counters, 0, sizeof self->stats.counters);
    self->cu.base = self->rx.base = self->stats.address = 0;
    if (hardware) {
        self->ready = FALSE; /* the guest is not told of what the PHY did before it came */
        hvn_mii_phy_power_on(&self->phy, hvn_port_get_link_up((HvnPort *)self));
        self->ready = TRUE;
    }
    hvn_i8255x_nic_selective_reset(self);
}

/* the flash behind BAR 2 is empty */
static guint64
hvn_i8255x_nic_region_read(HvnNic *nic, guint bar, guint64 offset, guint size)
{
    if (bar == I8255X_BAR_FLASH)
        return G_MAXUINT64 >> (64 - 8 * size);
    return hvn_regs_read(&((HvnI8255xNic *)nic)->regs, offset, size);
}

static void
hvn_i8255x_nic_region_write(HvnNic *nic, guint bar, guint64 offset, guint64 value, guint size)
{
    if (bar != I8255X_BAR_FLASH)
        hvn_regs_write(&((HvnI8255xNic *)nic)->regs, offset, value, size);
}

static HvnRegs *
hvn_i8255x_nic_get_regs(HvnNic *nic, guint bar)
{
    return bar <= I8255X_BAR_IO ? &((HvnI8255xNic *)nic)->regs : NULL;
}

/* ---- HvnPort ---- */

static void
hvn_i8255x_nic_resume(HvnPort *port)
{
    hvn_i8255x_cu_resume_sending(port);
}

static void
hvn_i8255x_nic_link_changed(HvnPort *port, gboolean up)
{
    HvnI8255xNic *self = (HvnI8255xNic *)port;

    if (!self->ready)
        return;
    hvn_mii_phy_plug(&self->phy, up);
    hvn_i8255x_cu_resume_sending(self);
    hvn_i8255x_rx_update(self);
}

/* ---- GObject ---- */

static void
hvn_i8255x_nic_init_pci(HvnI8255xNic *self, HvnPciConfig *pci)
{
    const HvnPciIdentity identity = {
        .vendor = 0x8086,
        .device = self->variant->device,
        .subsystem_vendor = self->variant->subsystem_vendor,
        .subsystem = self->variant->subsystem,
        .class_code = 0x020000,
        .revision = self->variant->revision,
        .interrupt_pin = 1,
        .min_gnt = 0x08,
        .max_lat = 0x18,
    };

    hvn_pci_config_init(pci, &identity, NULL, NULL);
    hvn_pci_config_add_bar(pci, I8255X_BAR_MEMORY, I8255X_BAR_MEMORY_SIZE, HVN_PCI_BAR_MEMORY | HVN_PCI_BAR_PREFETCH);
    hvn_pci_config_add_bar(pci, I8255X_BAR_IO, I8255X_CSR_SIZE, HVN_PCI_BAR_IO);
    hvn_pci_config_add_bar(pci, I8255X_BAR_FLASH, I8255X_BAR_FLASH_SIZE, HVN_PCI_BAR_MEMORY);
    if (!self->variant->is_82557) {
        pci->next_cap = PM_CAPABILITY;
        hvn_pci_config_add_pm(pci, PMC);
    }
    pci->bytes[PCI_LATENCY] = pci->reset_value[PCI_LATENCY] = LATENCY;
    pci->bytes[PCI_STATUS] |= PCI_FAST_BACK;
    pci->reset_value[PCI_STATUS] |= PCI_FAST_BACK;
}

static void
hvn_i8255x_nic_constructed(GObject *object)
{
    HvnI8255xNic *self = (HvnI8255xNic *)object;
    HvnDispatcher *dispatcher;

    G_OBJECT_CLASS(hvn_i8255x_nic_parent_class)->constructed(object);
    dispatcher = hvn_port_get_dispatcher((HvnPort *)self);
    self->variant = hvn_i8255x_nic_find_variant(hvn_nic_get_variant(&self->parent));
    hvn_i8255x_nic_init_pci(self, hvn_nic_get_pci(&self->parent));
    hvn_regs_init(&self->regs, ((HvnI8255xNicClass *)G_OBJECT_GET_CLASS(self))->table, self);
    hvn_fcs_init(&self->fcs);
    hvn_i8255x_eeprom_init(self);
    hvn_i8255x_phy_init(self);
    hvn_irq_cause_init(&self->irq, &self->parent);
    hvn_i8255x_cu_init(self);
    hvn_work_init(&self->rx.ready, dispatcher, hvn_i8255x_rx_tell_ready, self);
    hvn_work_init(&self->stats.work, dispatcher, hvn_i8255x_stats_dump, self);
    hvn_work_init(&self->port.work, dispatcher, hvn_i8255x_port_run, self);
    hvn_loopback_init(&self->loop, dispatcher, hvn_i8255x_rx_deliver, hvn_i8255x_cu_resume_sending, self);
    hvn_i8255x_nic_reset(&self->parent, HVN_NIC_RESET_HARDWARE);
}

static void
hvn_i8255x_nic_dispose(GObject *object)
{
    HvnI8255xNic *self = (HvnI8255xNic *)object;

    hvn_nic_detach(&self->parent);
    if (self->ready) {
        self->ready = FALSE;
        hvn_i8255x_cu_reset(self);
        hvn_work_cancel(&self->rx.ready);
        hvn_work_cancel(&self->stats.work);
        hvn_work_cancel(&self->port.work);
        hvn_loopback_clear(&self->loop);
        hvn_irq_cause_reset(&self->irq);
        hvn_mii_phy_clear(&self->phy);
    }
    G_OBJECT_CLASS(hvn_i8255x_nic_parent_class)->dispose(object);
}

static void
hvn_i8255x_nic_finalize(GObject *object)
{
    HvnI8255xNic *self = (HvnI8255xNic *)object;

    hvn_regs_clear(&self->regs);
    g_free(self->eeprom_name);
    G_OBJECT_CLASS(hvn_i8255x_nic_parent_class)->finalize(object);
}

static void
hvn_i8255x_nic_set_property(GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
    HvnI8255xNic *self = (HvnI8255xNic *)object;

    if (prop_id == PROP_EEPROM) {
        g_free(self->eeprom_name);
        self->eeprom_name = g_value_dup_string(value);
    } else {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop_id, pspec);
    }
}

static void
hvn_i8255x_nic_get_property(GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
    if (prop_id == PROP_EEPROM)
        g_value_set_string(value, ((HvnI8255xNic *)object)->eeprom_name);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop_id, pspec);
}

static void
hvn_i8255x_nic_class_init(HvnI8255xNicClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);
    HvnNicClass *nic_class = HVN_NIC_CLASS(klass);
    const HvnReg *rows;
    guint n_rows;

    rows = hvn_i8255x_reg_rows(&n_rows);
    klass->table = hvn_reg_table_new(rows, n_rows, I8255X_CSR_SIZE);
    object_class->set_property = hvn_i8255x_nic_set_property;
    object_class->get_property = hvn_i8255x_nic_get_property;
    object_class->constructed = hvn_i8255x_nic_constructed;
    object_class->dispose = hvn_i8255x_nic_dispose;
    object_class->finalize = hvn_i8255x_nic_finalize;
    port_class->push = hvn_i8255x_rx_push;
    port_class->resume = hvn_i8255x_nic_resume;
    port_class->link_changed = hvn_i8255x_nic_link_changed;
    nic_class->reset = hvn_i8255x_nic_reset;
    nic_class->region_read = hvn_i8255x_nic_region_read;
    nic_class->region_write = hvn_i8255x_nic_region_write;
    nic_class->get_regs = hvn_i8255x_nic_get_regs;

    g_object_class_install_property(object_class, PROP_EEPROM,
        g_param_spec_string("eeprom", NULL, NULL, "93c46", G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));
}

static void
hvn_i8255x_nic_init(HvnI8255xNic *self)
{
}

HVN_PLUGIN_DEFINE("nic", "i82559c", hvn_i8255x_nic_get_type);
