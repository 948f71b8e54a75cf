/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The abstract NIC: between the owner, which forwards the guest's accesses, and the model, which implements regions and reset.
 *
 *   owner -> region access -> gate (command register, power state, bounds) -> MSI-X table, or the model
 *   owner -> configuration access -> HvnPciConfig -> hvn_nic_update(): gates, DMA permission, interrupt
 *   model -> DMA -> gate (bus mastering, wrap, own BARs) -> HvnBus
 *   model -> set_irq, notify -> INTx, MSI or MSI-X -> HvnBus; without PCI, the line
 *
 * What the gates need is worked out when configuration space changes, so that an access costs a few comparisons. */
#include "hvn-nic-private.h"


#define HVN_NIC_DEFAULT_MAC "52:54:00:12:34:56"

enum {
    PROP_0,
    PROP_MAC,
    PROP_VARIANT,
};

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE(HvnNic, hvn_nic, HVN_TYPE_PORT)

HvnNicPrivate *
hvn_nic_get_private(HvnNic *self)
{
    return hvn_nic_get_instance_private(self);
}

/* ---- what follows from configuration space, or from there being none ---- */

static gboolean
hvn_nic_load_region(const HvnNicPrivate *priv, guint bar, HvnNicRegion *region)
{
    const HvnPciBar *row = &priv->pci.bars[bar];

    if (priv->no_pci)
        *region = priv->regions[bar];
    else
        *region = (HvnNicRegion){
            .size = row->size,
            .address = hvn_pci_config_get_bar_address(&priv->pci, bar),
            .io = (row->flags & HVN_PCI_BAR_IO) != 0,
        };
    return region->size != 0;
}

static void
hvn_nic_update_gates(HvnNicPrivate *priv)
{
    gboolean awake = hvn_pci_config_get_power_state(&priv->pci) == 0;
    guint16 command = priv->no_pci ? G_MAXUINT16 : hvn_pci_config_get_command(&priv->pci);

    priv->can_master = priv->bus != NULL && awake && (command & HVN_PCI_COMMAND_MASTER) != 0;
    priv->n_own = 0;
    for (guint bar = 0; bar < HVN_PCI_N_BARS; bar++) {
        HvnNicRegion region;

        hvn_nic_load_region(priv, bar, &region);
        priv->open[bar] = awake && (command & (region.io ? HVN_PCI_COMMAND_IO : HVN_PCI_COMMAND_MEMORY)) != 0 ? region.size : 0;
        /* address 0 is a BAR that nobody has placed yet */
        if (priv->open[bar] == 0 || region.io || region.address == 0)
            continue;
        priv->own[priv->n_own++] = (HvnNicRange){region.address, region.address + (region.size - 1)};
    }
}

static void
hvn_nic_update(HvnNicPrivate *priv)
{
    hvn_nic_update_gates(priv);
    hvn_nic_update_irq(priv);
    hvn_nic_update_pending(priv);
}

/* ---- for the owner ---- */

void
hvn_nic_attach(HvnNic *self, HvnBus *bus)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    g_return_if_fail(HVN_IS_NIC(self));
    g_return_if_fail(HVN_IS_BUS(bus));
    g_return_if_fail(priv->bus == NULL);

    priv->bus = g_object_ref(bus);
    priv->bus_iface = HVN_BUS_GET_IFACE(bus);
    hvn_nic_reset(self, HVN_NIC_RESET_HARDWARE);
}

static void
hvn_nic_drop_bus(HvnNicPrivate *priv)
{
    if (priv->bus_iface->release != NULL)
        priv->bus_iface->release(priv->bus);
    priv->bus_iface = NULL;
    g_clear_object(&priv->bus);
    hvn_nic_update(priv);
}

void
hvn_nic_detach(HvnNic *self)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    g_return_if_fail(HVN_IS_NIC(self));

    if (priv->bus == NULL)
        return;
    hvn_nic_reset(self, HVN_NIC_RESET_HARDWARE);
    hvn_nic_drop_bus(priv);
}

void
hvn_nic_reset(HvnNic *self, HvnNicResetKind kind)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);
    HvnNicClass *klass;

    g_return_if_fail(HVN_IS_NIC(self));

    klass = HVN_NIC_GET_CLASS(self);
    hvn_nic_dma_forget(self);
    if (kind == HVN_NIC_RESET_HARDWARE)
        hvn_pci_config_reset(&priv->pci);
    if (klass->reset != NULL)
        klass->reset(self, kind);
    priv->irq = FALSE;
    hvn_nic_update(priv);
    hvn_port_ready(HVN_PORT(self));
}

static gboolean
hvn_nic_is_open(const HvnNicPrivate *priv, guint bar, guint64 offset, guint size)
{
    if (bar >= HVN_PCI_N_BARS || (size != 4 && size != 1 && size != 2 && size != 8))
        return FALSE;
    return offset < priv->open[bar] && size <= priv->open[bar] - offset;
}

guint64
hvn_nic_region_read(HvnNic *self, guint bar, guint64 offset, guint size)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    if (!hvn_nic_is_open(priv, bar, offset, size))
        return size < 8 ? (G_GUINT64_CONSTANT(1) << size * 8) - 1 : G_MAXUINT64;
    if (G_UNLIKELY(priv->pci.msix_cap != 0) && hvn_pci_config_has_msix_at(&priv->pci, bar, offset))
        return hvn_pci_config_read_msix(&priv->pci, bar, offset, size);
    return HVN_NIC_GET_CLASS(self)->region_read(self, bar, offset, size);
}

void
hvn_nic_region_write(HvnNic *self, guint bar, guint64 offset, guint64 value, guint size)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    if (!hvn_nic_is_open(priv, bar, offset, size))
        return;
    if (G_UNLIKELY(priv->pci.msix_cap != 0) && hvn_pci_config_has_msix_at(&priv->pci, bar, offset)) {
        hvn_pci_config_write_msix(&priv->pci, bar, offset, value, size);
        hvn_nic_update_pending(priv);
        return;
    }
    HVN_NIC_GET_CLASS(self)->region_write(self, bar, offset, value, size);
}

guint32
hvn_nic_config_read(HvnNic *self, guint offset, guint size)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    g_return_val_if_fail(HVN_IS_NIC(self), G_MAXUINT32);

    if (priv->no_pci)
        return size < 4 ? (1u << size * 8) - 1 : G_MAXUINT32;
    return hvn_pci_config_read(&priv->pci, offset, size);
}

void
hvn_nic_config_write(HvnNic *self, guint offset, guint32 value, guint size)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    g_return_if_fail(HVN_IS_NIC(self));

    if (priv->no_pci)
        return;
    hvn_pci_config_write(&priv->pci, offset, value, size);
    hvn_nic_update(priv);
    if (!priv->can_master)
        hvn_nic_dma_forget(self);
}

gboolean
hvn_nic_get_region(HvnNic *self, guint bar, HvnNicRegion *region)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    *region = (HvnNicRegion){.address = G_MAXUINT64};
    g_return_val_if_fail(HVN_IS_NIC(self), FALSE);

    if (bar < HVN_PCI_N_BARS && hvn_nic_load_region(priv, bar, region) && priv->open[bar] != 0)
        return TRUE;
    region->address = G_MAXUINT64;
    return FALSE;
}

HvnBus *
hvn_nic_get_bus(HvnNic *self)
{
    return ((HvnNicPrivate *)hvn_nic_get_instance_private(self))->bus;
}

HvnPciConfig *
hvn_nic_get_pci(HvnNic *self)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    g_return_val_if_fail(HVN_IS_NIC(self), NULL);

    return &priv->pci;
}

gboolean
hvn_nic_is_pci(HvnNic *self)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    g_return_val_if_fail(HVN_IS_NIC(self), FALSE);

    return !priv->no_pci;
}

void
hvn_nic_place_region(HvnNic *self, guint bar, guint64 address)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    g_return_if_fail(HVN_IS_NIC(self));
    g_return_if_fail(priv->no_pci && bar < HVN_PCI_N_BARS && priv->regions[bar].size != 0);

    priv->regions[bar].address = address;
    hvn_nic_update(priv);
}

HvnRegs *
hvn_nic_get_regs(HvnNic *self, guint bar)
{
    HvnNicClass *klass;

    g_return_val_if_fail(HVN_IS_NIC(self), NULL);

    klass = HVN_NIC_GET_CLASS(self);
    return klass->get_regs != NULL && bar < HVN_PCI_N_BARS ? klass->get_regs(self, bar) : NULL;
}

/* the owner of the registers of a NIC is the NIC */
static void
hvn_nic_trace(gpointer owner, gboolean write, const HvnReg *reg, guint32 offset, guint32 value)
{
    const char *name = hvn_port_get_name(HVN_PORT(owner));
    const char *verb = write ? "write" : "read";

    if (reg == NULL)
        g_info("%s: %s 0x%05x: 0x%08x, no register", name, verb, offset, value);
    else if (reg->count == 1)
        g_info("%s: %s %s: 0x%08x", name, verb, reg->name, value);
    else
        g_info("%s: %s %s+0x%x: 0x%08x", name, verb, reg->name, offset - reg->offset, value);
}

void
hvn_nic_set_trace(HvnNic *self, gboolean on)
{
    g_return_if_fail(HVN_IS_NIC(self));

    for (guint bar = 0; bar < HVN_PCI_N_BARS; bar++) {
        HvnRegs *regs = hvn_nic_get_regs(self, bar);

        if (regs != NULL)
            regs->trace = on ? hvn_nic_trace : NULL;
    }
}

/* ---- for plugins ---- */

void
hvn_nic_add_region(HvnNic *self, guint bar, guint64 size, gboolean io, guint64 address)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    g_return_if_fail(HVN_IS_NIC(self));
    g_return_if_fail(bar < HVN_PCI_N_BARS && size != 0 && priv->bus == NULL);

    priv->no_pci = TRUE;
    priv->regions[bar] = (HvnNicRegion){size, address, io};
    hvn_nic_update(priv);
}

void
hvn_nic_get_mac(HvnNic *self, HvnMac *mac)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    g_return_if_fail(HVN_IS_NIC(self));

    *mac = priv->mac;
}

const char *
hvn_nic_get_variant(HvnNic *self)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    g_return_val_if_fail(HVN_IS_NIC(self), NULL);

    return priv->variant;
}

static inline gboolean
hvn_nic_may_access(const HvnNicPrivate *priv, guint64 addr, gsize len)
{
    guint64 last = addr + (len - 1);

    if (G_UNLIKELY(!priv->can_master || last < addr || len == 0))
        return FALSE;
    for (guint i = 0; i < priv->n_own; i++) {
        if (G_UNLIKELY(addr <= priv->own[i].last && last >= priv->own[i].first))
            return FALSE;
    }
    return TRUE;
}

static void G_GNUC_NO_INLINE
hvn_nic_dma_failed(HvnNicPrivate *priv, const char *what, guint64 addr, gsize len)
{
    const char *reason = "not memory that allows it";

    if (priv->bus != NULL && priv->can_master && priv->bus_iface->is_pending != NULL && priv->bus_iface->is_pending(priv->bus))
        return; /* no failure yet */
    priv->dma_errors++;
    if (priv->bus == NULL)
        return;
    if (!priv->can_master)
        reason = "bus mastering is off";
    else if (!hvn_nic_may_access(priv, addr, len))
        reason = "no valid range, or the device's own registers";
    hvn_guest_error(&priv->guest_errors, "cannot %s 0x%" G_GSIZE_MODIFIER "x bytes at 0x%" G_GINT64_MODIFIER "x: %s",
        what, len, addr, reason);
}

gboolean
hvn_nic_dma_read(HvnNic *self, guint64 addr, gpointer buf, gsize len)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    if (G_LIKELY(hvn_nic_may_access(priv, addr, len) && priv->bus_iface->read(priv->bus, addr, buf, len)))
        return TRUE;
    hvn_nic_dma_failed(priv, "read", addr, len);
    return FALSE;
}

gboolean
hvn_nic_dma_write(HvnNic *self, guint64 addr, gconstpointer buf, gsize len)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    if (G_LIKELY(hvn_nic_may_access(priv, addr, len) && priv->bus_iface->write(priv->bus, addr, buf, len)))
        return TRUE;
    hvn_nic_dma_failed(priv, "write", addr, len);
    return FALSE;
}

guint
hvn_nic_dma_map(HvnNic *self, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);
    guint n = 0;

    if (G_LIKELY(hvn_nic_may_access(priv, addr, len)))
        n = priv->bus_iface->map(priv->bus, addr, len, write, iov, n_iov);
    if (G_UNLIKELY(n == 0))
        hvn_nic_dma_failed(priv, "map", addr, len);
    return n;
}

void
hvn_nic_dma_release(HvnNic *self)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    if (priv->bus != NULL && priv->bus_iface->release != NULL)
        priv->bus_iface->release(priv->bus);
}

gboolean
hvn_nic_dma_needs_release(HvnNic *self)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    return priv->bus != NULL && priv->bus_iface->release != NULL &&
           (priv->bus_iface->lends_copies == NULL || priv->bus_iface->lends_copies(priv->bus));
}

guint64
hvn_nic_dma_get_fence(HvnNic *self)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    return priv->bus != NULL && priv->bus_iface->get_writes != NULL ? priv->bus_iface->get_writes(priv->bus, FALSE) : 0;
}

guint64
hvn_nic_get_dma_errors(HvnNic *self)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    g_return_val_if_fail(HVN_IS_NIC(self), 0);

    return priv->dma_errors;   /* accesses that failed */
}

HvnGuestErrors *
hvn_nic_get_guest_errors(HvnNic *self)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    g_return_val_if_fail(HVN_IS_NIC(self), NULL);

    return &priv->guest_errors;
}

/* ---- the object ---- */

static void
hvn_nic_set_mac(HvnNicPrivate *priv, const char *text)
{
    g_autoptr(GError) error = NULL;

    /* configuration is checked before it comes here: a bad address is a mistake of ours */
    if (!hvn_mac_parse_unicast(text != NULL ? text : HVN_NIC_DEFAULT_MAC, &priv->mac, &error))
        g_critical("mac: %s", error->message);
}

static void
hvn_nic_set_property(GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(HVN_NIC(object));

    switch (prop_id) {
    case PROP_MAC:
        hvn_nic_set_mac(priv, g_value_get_string(value));
        break;
    case PROP_VARIANT:
        priv->variant = g_value_dup_string(value);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop_id, pspec);
    }
}

static void
hvn_nic_get_property(GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(HVN_NIC(object));
    char text[HVN_MAC_TEXT_LEN];

    switch (prop_id) {
    case PROP_MAC:
        g_value_set_string(value, hvn_mac_print(&priv->mac, text));
        break;
    case PROP_VARIANT:
        g_value_set_string(value, priv->variant);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop_id, pspec);
    }
}

static void
hvn_nic_constructed(GObject *object)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(HVN_NIC(object));
    HvnDispatcher *dispatcher;

    G_OBJECT_CLASS(hvn_nic_parent_class)->constructed(object);

    dispatcher = hvn_port_get_dispatcher(HVN_PORT(object));
    g_return_if_fail(dispatcher != NULL);
    hvn_guest_errors_init(&priv->guest_errors, G_LOG_DOMAIN, hvn_port_get_name(HVN_PORT(object)), hvn_dispatcher_get_clock(dispatcher));
}

static void
hvn_nic_dispose(GObject *object)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(HVN_NIC(object));

    /* the model is half gone, so it is not reset any more */
    if (priv->bus != NULL) {
        priv->irq = FALSE;
        hvn_nic_update_irq(priv);
        hvn_nic_drop_bus(priv);
    }

    G_OBJECT_CLASS(hvn_nic_parent_class)->dispose(object);
}

static void
hvn_nic_finalize(GObject *object)
{
    HvnNicPrivate *priv = hvn_nic_get_instance_private(HVN_NIC(object));

    hvn_pci_config_clear(&priv->pci);
    hvn_guest_errors_clear(&priv->guest_errors);
    g_free(priv->variant);

    G_OBJECT_CLASS(hvn_nic_parent_class)->finalize(object);
}

static void
hvn_nic_class_init(HvnNicClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);

    object_class->set_property = hvn_nic_set_property;
    object_class->get_property = hvn_nic_get_property;
    object_class->constructed = hvn_nic_constructed;
    object_class->dispose = hvn_nic_dispose;
    object_class->finalize = hvn_nic_finalize;

    g_object_class_install_property(object_class, PROP_MAC,
        g_param_spec_string("mac", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS));
    g_object_class_install_property(object_class, PROP_VARIANT,
        g_param_spec_string("variant", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));
}

static void
hvn_nic_init(HvnNic *self)
{
    /* a NIC that is no PCI device never changes this: all ones is what an empty slot answers */
    static const HvnPciIdentity nothing = {.vendor = 0xffff, .device = 0xffff};
    HvnNicPrivate *priv = hvn_nic_get_instance_private(self);

    hvn_pci_config_init(&priv->pci, &nothing, NULL, NULL);
}
