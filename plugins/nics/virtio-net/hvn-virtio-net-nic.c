/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The virtio network device as an object (VIRTIO 1.2, 5.1): options, features, configuration space, and the queues that a
 * transport gives it.
 *
 *   transport: set_features, set_queue, kick -> work of the queue -> -tx, -rx, -control
 *   link:      push -> -rx; resume -> works of the send queues; link up or down -> configuration changed
 */
#include "hvn-virtio-net-nic.h"

#include "hvn-bytes.h"
#include "hvn-plugin-abi.h"

#define CONTROL_QUEUE_SIZE 64
#define MTU_MIN            68 /* 5.1.4.1 */
#define DRAIN_RUNS         8 /* of a queue that is disabled: each takes up to 256 chains, and a ring has 1024 */
#define DATA_QUEUES_SHORT  2 /* the control queue's number when there is one pair (5.1.2) */

/* queues whose features decide on the number of the control queue */
#define MULTIQUEUE (HVN_VIRTIO_NET_F_MQ | HVN_VIRTIO_NET_F_RSS)

enum {
    PROP_0,
    PROP_HOST_MTU,
    PROP_QUEUES,
    PROP_VECTORS,
    PROP_RX_QUEUE_SIZE,
    PROP_TX_QUEUE_SIZE,
    PROP_FORCE_LEGACY,
    PROP_FEATURE, /* the first of virtio_net_options */
};

/* options that are feature bits; their spelling has underscores, a property has dashes */
static const struct {
    const char *name;
    guint64     feature;
    gboolean    on; /* by default */
} virtio_net_options[] = {
    {"csum", HVN_VIRTIO_NET_F_CSUM, TRUE},
    {"guest-csum", HVN_VIRTIO_NET_F_GUEST_CSUM, TRUE},
    {"host-tso4", HVN_VIRTIO_NET_F_HOST_TSO4, TRUE},
    {"host-tso6", HVN_VIRTIO_NET_F_HOST_TSO6, TRUE},
    {"host-uso", HVN_VIRTIO_NET_F_HOST_USO, TRUE},
    {"guest-tso4", HVN_VIRTIO_NET_F_GUEST_TSO4, TRUE},
    {"guest-tso6", HVN_VIRTIO_NET_F_GUEST_TSO6, TRUE},
    {"guest-uso4", HVN_VIRTIO_NET_F_GUEST_USO4, TRUE},
    {"guest-uso6", HVN_VIRTIO_NET_F_GUEST_USO6, TRUE},
    {"mrg-rxbuf", HVN_VIRTIO_NET_F_MRG_RXBUF, TRUE},
    {"status", HVN_VIRTIO_NET_F_STATUS, TRUE},
    {"ctrl-vq", HVN_VIRTIO_NET_F_CTRL_VQ, TRUE},
    {"ctrl-rx", HVN_VIRTIO_NET_F_CTRL_RX, TRUE},
    {"ctrl-rx-extra", HVN_VIRTIO_NET_F_CTRL_RX_EXTRA, TRUE},
    {"ctrl-vlan", HVN_VIRTIO_NET_F_CTRL_VLAN, TRUE},
    {"ctrl-mac-addr", HVN_VIRTIO_NET_F_CTRL_MAC_ADDR, TRUE},
    {"ctrl-guest-offloads", HVN_VIRTIO_NET_F_CTRL_GUEST_OFFLOADS, TRUE},
    {"guest-announce", HVN_VIRTIO_NET_F_GUEST_ANNOUNCE, TRUE},
    {"mq", HVN_VIRTIO_NET_F_MQ, TRUE},
    {"rss", HVN_VIRTIO_NET_F_RSS, FALSE},
    {"hash", HVN_VIRTIO_NET_F_HASH_REPORT, FALSE},
    {"indirect-desc", HVN_VIRTIO_F_INDIRECT_DESC, TRUE},
    {"event-idx", HVN_VIRTIO_F_EVENT_IDX, TRUE},
    {"packed", HVN_VIRTIO_F_RING_PACKED, FALSE},
    {"queue-reset", HVN_VIRTIO_F_RING_RESET, TRUE},
};

/* 5.1.3.1: what makes no sense without another */
static const struct {
    guint64 features;
    guint64 needs;
} virtio_net_needs[] = {
    {HVN_VIRTIO_NET_F_HOST_TSO4 | HVN_VIRTIO_NET_F_HOST_TSO6 | HVN_VIRTIO_NET_F_HOST_USO, HVN_VIRTIO_NET_F_CSUM},
    {HVN_VIRTIO_NET_GUEST_OFFLOADS & ~HVN_VIRTIO_NET_F_GUEST_CSUM, HVN_VIRTIO_NET_F_GUEST_CSUM},
    {HVN_VIRTIO_NET_CTRL_FEATURES | HVN_VIRTIO_NET_F_MQ | HVN_VIRTIO_NET_F_GUEST_ANNOUNCE, HVN_VIRTIO_NET_F_CTRL_VQ},
    {HVN_VIRTIO_NET_F_GUEST_ANNOUNCE, HVN_VIRTIO_NET_F_STATUS},
    {HVN_VIRTIO_NET_F_CTRL_RX_EXTRA, HVN_VIRTIO_NET_F_CTRL_RX},
};

static void
hvn_virtio_net_nic_iface_init(HvnVirtioDeviceInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(HvnVirtioNetNic, hvn_virtio_net_nic, HVN_TYPE_NIC,
                              G_IMPLEMENT_INTERFACE(HVN_TYPE_VIRTIO_DEVICE, hvn_virtio_net_nic_iface_init))

/* ---- what follows from features and queues ---- */

guint
hvn_virtio_net_get_control_index(const HvnVirtioNetNic *self)
{
    if (!(self->features & HVN_VIRTIO_NET_F_CTRL_VQ))
        return G_MAXUINT;
    return self->features & MULTIQUEUE ? 2 * self->max_pairs : DATA_QUEUES_SHORT;
}

void
hvn_virtio_net_update_features(HvnVirtioNetNic *self)
{
    guint64 on = self->guest_offloads;
    guint features = HVN_PORT_SHORT_FRAMES;

    if (on & HVN_VIRTIO_NET_F_GUEST_CSUM) {
        features |= HVN_PORT_CSUM;
        features |= on & HVN_VIRTIO_NET_F_GUEST_TSO4 ? HVN_PORT_TSO4 : 0;
        features |= on & HVN_VIRTIO_NET_F_GUEST_TSO6 ? HVN_PORT_TSO6 : 0;
        if ((on & HVN_VIRTIO_NET_F_GUEST_USO4) && (on & HVN_VIRTIO_NET_F_GUEST_USO6))
            features |= HVN_PORT_USO;
    }
    hvn_port_set_features(HVN_PORT(self), features);
}

static gboolean
hvn_virtio_net_queue_run(gpointer data)
{
    HvnVirtioNetQueue *queue = data;

    if (queue->index == hvn_virtio_net_get_control_index(queue->nic))
        return hvn_virtio_net_control_run(queue);
    return queue->index % 2 == 0 ? hvn_virtio_net_rx_run(queue) : hvn_virtio_net_tx_run(queue);
}

static void
hvn_virtio_net_schedule_senders(HvnVirtioNetNic *self)
{
    for (guint i = 1; i < self->n_queues; i += 2) {
        if (self->queues[i].queue != NULL && self->queues[i].enabled)
            hvn_work_schedule(&self->queues[i].work);
    }
}

static void
hvn_virtio_net_config_changed(HvnVirtioNetNic *self)
{
    if (self->transport != NULL)
        self->transport->config_changed(self->transport_data);
    else if (self->pci != NULL)
        hvn_virtio_pci_config_changed(self->pci);
    else if (self->mmio != NULL)
        hvn_virtio_mmio_config_changed(self->mmio);
}

/* ---- HvnVirtioDevice ---- */

static guint32
hvn_virtio_net_get_device_id(HvnVirtioDevice *device)
{
    return HVN_VIRTIO_ID_NET;
}

static void
hvn_virtio_net_set_transport(HvnVirtioDevice *device, const HvnVirtioTransport *transport, gpointer data)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)device;

    if (self->pci != NULL)
        hvn_virtio_pci_set_on(self->pci, transport == NULL);
    else
        hvn_virtio_mmio_set_on(self->mmio, transport == NULL);
    self->transport = transport;
    self->transport_data = data;
}

static guint64
hvn_virtio_net_get_features(HvnVirtioDevice *device)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)device;
    guint64 features = self->options | HVN_VIRTIO_NET_F_MAC | HVN_VIRTIO_F_VERSION_1;

    if (self->mtu != 0)
        features |= HVN_VIRTIO_NET_F_MTU;
    if (self->max_pairs == 1)
        features &= ~MULTIQUEUE;
    for (guint i = 0; i < G_N_ELEMENTS(virtio_net_needs); i++) {
        if (!(features & virtio_net_needs[i].needs))
            features &= ~virtio_net_needs[i].features;
    }
    return features;
}

static void
hvn_virtio_net_set_features(HvnVirtioDevice *device, guint64 features)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)device;

    self->features = features;
    self->guest_offloads = features & HVN_VIRTIO_NET_GUEST_OFFLOADS;
    self->mergeable = (features & HVN_VIRTIO_NET_F_MRG_RXBUF) != 0;
    self->header_len = features & (HVN_VIRTIO_NET_F_MRG_RXBUF | HVN_VIRTIO_F_VERSION_1) ? HVN_VIRTIO_NET_HDR_LEN
                                                                                        : HVN_VIRTIO_NET_HDR_LEN_LEGACY;
    if (features & HVN_VIRTIO_NET_F_HASH_REPORT) /* never a legacy driver: the bit is beyond its 32 */
        self->header_len = HVN_VIRTIO_NET_HDR_LEN_HASH;
    hvn_virtio_net_rx_mode_apply(self);
    hvn_virtio_net_update_features(self);
    hvn_virtio_net_update_active(self);
}

static guint
hvn_virtio_net_get_n_queues(HvnVirtioDevice *device)
{
    return ((HvnVirtioNetNic *)device)->n_queues;
}

static guint
hvn_virtio_net_get_queue_size_max(HvnVirtioDevice *device, guint index)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)device;

    if (index >= self->n_queues)
        return 0;
    if (index == self->n_queues - 1)
        return CONTROL_QUEUE_SIZE;
    return index % 2 == 0 ? self->rx_queue_size : self->tx_queue_size;
}

static guint
hvn_virtio_net_get_config_len(HvnVirtioDevice *device)
{
    return HVN_VIRTIO_NET_CONFIG_LEN;
}

/* 5.1.4 */
static void
hvn_virtio_net_read_config(HvnVirtioDevice *device, guint offset, gpointer buf, guint len)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)device;
    guint8 bytes[HVN_VIRTIO_NET_CONFIG_LEN] = {0};
    gboolean up = hvn_port_get_link_up(HVN_PORT(self));

    memcpy(bytes + HVN_VIRTIO_NET_CONFIG_MAC, &self->mac, HVN_MAC_LEN);
    hvn_store_le16(bytes + HVN_VIRTIO_NET_CONFIG_STATUS, (up ? HVN_VIRTIO_NET_S_LINK_UP : 0) | self->announce);
    hvn_store_le16(bytes + HVN_VIRTIO_NET_CONFIG_MAX_PAIRS, self->max_pairs);
    hvn_store_le16(bytes + HVN_VIRTIO_NET_CONFIG_MTU, self->mtu);
    hvn_store_le32(bytes + HVN_VIRTIO_NET_CONFIG_SPEED, G_MAXUINT32); /* unknown */
    bytes[HVN_VIRTIO_NET_CONFIG_DUPLEX] = 0xff;
    bytes[HVN_VIRTIO_NET_CONFIG_RSS_KEY] = HVN_VIRTIO_NET_RSS_KEY_LEN;
    hvn_store_le16(bytes + HVN_VIRTIO_NET_CONFIG_RSS_TABLE, HVN_VIRTIO_NET_RSS_ENTRIES);
    hvn_store_le32(bytes + HVN_VIRTIO_NET_CONFIG_RSS_HASHES, HVN_VIRTIO_NET_RSS_TYPES);
    memset(buf, 0, len);
    if (offset < sizeof bytes)
        memcpy(buf, bytes + offset, MIN(len, sizeof bytes - offset));
}

/* 5.1.4.2.1: a legacy driver writes its address here; others have a command for it */
static void
hvn_virtio_net_write_config(HvnVirtioDevice *device, guint offset, gconstpointer buf, guint len)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)device;
    guint8 *mac = (guint8 *)&self->mac;

    if ((self->features & (HVN_VIRTIO_F_VERSION_1 | HVN_VIRTIO_NET_F_CTRL_MAC_ADDR)) || offset >= HVN_MAC_LEN)
        return;
    memcpy(mac + offset, buf, MIN(len, HVN_MAC_LEN - offset));
    hvn_virtio_net_rx_mode_apply(self);
}

static void
hvn_virtio_net_set_queue(HvnVirtioDevice *device, guint index, HvnVirtqueue *queue)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)device;

    g_return_if_fail(index < self->n_queues);

    self->queues[index].queue = queue;
    if (queue == NULL)
        hvn_work_cancel(&self->queues[index].work);
    else
        hvn_work_schedule(&self->queues[index].work);
    if (queue != NULL)
        hvn_virtqueue_set_out_only(queue, index % 2 == 1); /* the send queues have the odd numbers (5.1.2) */
    hvn_virtio_net_update_active(self);
}

/* What the ring holds is dropped at once: a driver may free its memory when it has disabled it, so that it is not looked at again
 * without a kick. One that goes on adding is still there. */
static void
hvn_virtio_net_drain(HvnVirtioNetQueue *queue)
{
    hvn_work_cancel(&queue->work);
    if (queue->index % 2 == 0 || queue->queue == NULL)
        return;
    for (guint i = 0; i < DRAIN_RUNS; i++) {
        if (!hvn_virtio_net_tx_run(queue))
            return;
    }
    hvn_work_schedule(&queue->work);
}

static void
hvn_virtio_net_set_queue_enabled(HvnVirtioDevice *device, guint index, gboolean enabled)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)device;

    g_return_if_fail(index < self->n_queues);

    self->queues[index].enabled = enabled;
    if (enabled)
        hvn_work_schedule(&self->queues[index].work);
    else
        hvn_virtio_net_drain(&self->queues[index]);
    hvn_virtio_net_update_active(self);
}

static void
hvn_virtio_net_kick(HvnVirtioDevice *device, guint index)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)device;

    if (index < self->n_queues && self->queues[index].queue != NULL)
        hvn_work_schedule(&self->queues[index].work);
}

static void
hvn_virtio_net_reset(HvnVirtioDevice *device)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)device;

    for (guint i = 0; i < self->n_queues; i++) {
        hvn_work_cancel(&self->queues[i].work);
        self->queues[i].queue = NULL;
        self->queues[i].enabled = TRUE;
    }
    hvn_nic_get_mac(&self->parent_instance, &self->mac);
    self->announce = 0;
    self->n_pairs = 1;
    self->held = FALSE;
    memset(&self->rss, 0, sizeof self->rss);
    memset(self->flow_pairs, 0, sizeof self->flow_pairs);
    self->features = 0;
    hvn_virtio_net_rx_mode_reset(self);
    hvn_virtio_net_set_features(device, 0);
}

static void
hvn_virtio_net_announce(HvnVirtioDevice *device)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)device;

    if (!(self->features & HVN_VIRTIO_NET_F_GUEST_ANNOUNCE) || !(self->features & HVN_VIRTIO_NET_F_CTRL_VQ))
        return;
    self->announce = HVN_VIRTIO_NET_S_ANNOUNCE;
    hvn_virtio_net_config_changed(self);
}

static void
hvn_virtio_net_nic_iface_init(HvnVirtioDeviceInterface *iface)
{
    iface->get_device_id = hvn_virtio_net_get_device_id;
    iface->set_transport = hvn_virtio_net_set_transport;
    iface->get_features = hvn_virtio_net_get_features;
    iface->set_features = hvn_virtio_net_set_features;
    iface->get_n_queues = hvn_virtio_net_get_n_queues;
    iface->get_queue_size_max = hvn_virtio_net_get_queue_size_max;
    iface->get_config_len = hvn_virtio_net_get_config_len;
    iface->read_config = hvn_virtio_net_read_config;
    iface->write_config = hvn_virtio_net_write_config;
    iface->set_queue = hvn_virtio_net_set_queue;
    iface->set_queue_enabled = hvn_virtio_net_set_queue_enabled;
    iface->kick = hvn_virtio_net_kick;
    iface->reset = hvn_virtio_net_reset;
    iface->announce = hvn_virtio_net_announce;
}

/* ---- HvnNic and HvnPort ---- */

static void
hvn_virtio_net_nic_reset(HvnNic *nic, HvnNicResetKind kind)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)nic;

    if (self->pci != NULL)
        hvn_virtio_pci_reset(self->pci);
    else
        hvn_virtio_mmio_reset(self->mmio);
}

static guint64
hvn_virtio_net_nic_region_read(HvnNic *nic, guint bar, guint64 offset, guint size)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)nic;

    return self->pci != NULL ? hvn_virtio_pci_region_read(self->pci, bar, offset, size)
                             : hvn_virtio_mmio_region_read(self->mmio, offset, size);
}

static void
hvn_virtio_net_nic_region_write(HvnNic *nic, guint bar, guint64 offset, guint64 value, guint size)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)nic;

    if (self->pci != NULL)
        hvn_virtio_pci_region_write(self->pci, bar, offset, value, size);
    else
        hvn_virtio_mmio_region_write(self->mmio, offset, value, size);
}

/* memory that is not shared: what waits for it is looked at again */
static void
hvn_virtio_net_nic_dma_arrived(HvnNic *nic)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)nic;

    for (guint i = 0; i < self->n_queues; i++) {
        if (self->queues[i].queue != NULL && hvn_virtqueue_is_waiting(self->queues[i].queue))
            hvn_work_schedule(&self->queues[i].work);
    }
    if (self->pci != NULL)
        hvn_virtio_pci_dma_arrived(self->pci);
}

static void
hvn_virtio_net_nic_resume(HvnPort *port)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)port;

    self->held = FALSE;
    hvn_virtio_net_schedule_senders(self);
}

static void
hvn_virtio_net_nic_link_changed(HvnPort *port, gboolean up)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)port;

    if (!self->ready)
        return;
    hvn_virtio_net_nic_resume(port);
    hvn_virtio_net_config_changed(self);
}

/* ---- GObject ---- */

static void
hvn_virtio_net_nic_set_property(GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)object;

    switch (prop_id) {
    case PROP_HOST_MTU:
        self->mtu = g_value_get_uint(value);
        if (self->mtu != 0)
            self->mtu = MAX(self->mtu, MTU_MIN);
        break;
    case PROP_QUEUES:
        self->max_pairs = g_value_get_uint(value);
        break;
    case PROP_VECTORS:
        self->n_vectors = g_value_get_int(value);
        break;
    case PROP_RX_QUEUE_SIZE:
        self->rx_queue_size = g_ascii_strtoull(g_value_get_string(value), NULL, 10); /* one of the choices */
        break;
    case PROP_TX_QUEUE_SIZE:
        self->tx_queue_size = g_ascii_strtoull(g_value_get_string(value), NULL, 10);
        break;
    case PROP_FORCE_LEGACY:
        self->force_legacy = g_value_get_boolean(value);
        break;
    default:
        if (g_value_get_boolean(value))
            self->options |= virtio_net_options[prop_id - PROP_FEATURE].feature;
    }
}

/* the variant says how the driver gets at the device */
static void
hvn_virtio_net_make_face(HvnVirtioNetNic *self)
{
    HvnNic *nic = &self->parent_instance;
    const char *variant = hvn_nic_get_variant(nic);
    guint n_vectors = self->n_vectors < 0 ? self->n_queues + 1 : (guint)self->n_vectors;

    if (g_strcmp0(variant, "virtio-net-device") == 0)
        self->mmio = hvn_virtio_mmio_new(nic, self->force_legacy);
    else
        self->pci = hvn_virtio_pci_new(nic, variant == NULL || !g_str_has_suffix(variant, "non-transitional"), n_vectors);
}

static void
hvn_virtio_net_nic_constructed(GObject *object)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)object;
    HvnDispatcher *dispatcher = hvn_port_get_dispatcher(HVN_PORT(self));

    G_OBJECT_CLASS(hvn_virtio_net_nic_parent_class)->constructed(object);

    self->n_queues = 2 * self->max_pairs + 1;
    self->queues = g_new0(HvnVirtioNetQueue, self->n_queues);
    for (guint i = 0; i < self->n_queues; i++) {
        self->queues[i].nic = self;
        self->queues[i].index = i;
        hvn_work_init(&self->queues[i].work, dispatcher, hvn_virtio_net_queue_run, &self->queues[i]);
    }
    hvn_virtio_net_make_face(self);
    hvn_nic_reset(&self->parent_instance, HVN_NIC_RESET_HARDWARE);
    self->ready = TRUE;
}

static void
hvn_virtio_net_nic_dispose(GObject *object)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)object;

    hvn_nic_detach(&self->parent_instance);
    self->ready = FALSE;
    self->transport = NULL;
    if (self->pci != NULL || self->mmio != NULL)
        hvn_virtio_net_reset(HVN_VIRTIO_DEVICE(self));
    g_clear_pointer(&self->pci, hvn_virtio_pci_free);
    g_clear_pointer(&self->mmio, hvn_virtio_mmio_free);
    for (guint i = 0; i < self->n_queues; i++)
        hvn_work_cancel(&self->queues[i].work);

    G_OBJECT_CLASS(hvn_virtio_net_nic_parent_class)->dispose(object);
}

static void
hvn_virtio_net_nic_finalize(GObject *object)
{
    g_free(((HvnVirtioNetNic *)object)->queues);

    G_OBJECT_CLASS(hvn_virtio_net_nic_parent_class)->finalize(object);
}

static void
hvn_virtio_net_nic_install_properties(GObjectClass *object_class)
{
    const GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

    g_object_class_install_property(object_class, PROP_HOST_MTU,
                                    g_param_spec_uint("host-mtu", NULL, NULL, 0, G_MAXUINT16, 0, flags));
    g_object_class_install_property(object_class, PROP_QUEUES,
                                    g_param_spec_uint("queues", NULL, NULL, 1, HVN_VIRTIO_NET_MAX_PAIRS, 1, flags));
    g_object_class_install_property(object_class, PROP_VECTORS, g_param_spec_int("vectors", NULL, NULL, -1, 128, -1, flags));
    g_object_class_install_property(object_class, PROP_RX_QUEUE_SIZE,
                                    g_param_spec_string("rx-queue-size", NULL, NULL, "256", flags));
    g_object_class_install_property(object_class, PROP_TX_QUEUE_SIZE,
                                    g_param_spec_string("tx-queue-size", NULL, NULL, "256", flags));
    g_object_class_install_property(object_class, PROP_FORCE_LEGACY,
                                    g_param_spec_boolean("force-legacy", NULL, NULL, FALSE, flags));
    for (guint i = 0; i < G_N_ELEMENTS(virtio_net_options); i++)
        g_object_class_install_property(
            object_class, PROP_FEATURE + i,
            g_param_spec_boolean(virtio_net_options[i].name, NULL, NULL, virtio_net_options[i].on, flags));
}

static void
hvn_virtio_net_nic_class_init(HvnVirtioNetNicClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);
    HvnNicClass *nic_class = HVN_NIC_CLASS(klass);

    object_class->set_property = hvn_virtio_net_nic_set_property;
    object_class->constructed = hvn_virtio_net_nic_constructed;
    object_class->dispose = hvn_virtio_net_nic_dispose;
    object_class->finalize = hvn_virtio_net_nic_finalize;
    port_class->push = hvn_virtio_net_rx_push;
    port_class->resume = hvn_virtio_net_nic_resume;
    port_class->link_changed = hvn_virtio_net_nic_link_changed;
    nic_class->reset = hvn_virtio_net_nic_reset;
    nic_class->region_read = hvn_virtio_net_nic_region_read;
    nic_class->region_write = hvn_virtio_net_nic_region_write;
    nic_class->dma_arrived = hvn_virtio_net_nic_dma_arrived;
    hvn_virtio_net_nic_install_properties(object_class);
}

static void
hvn_virtio_net_nic_init(HvnVirtioNetNic *self)
{
}

HVN_PLUGIN_DEFINE("nic", "virtio-net", hvn_virtio_net_nic_get_type);
