/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A virtio network device for tests of the probe's driver: capabilities, registers and two split queues, and faults on demand. */
#include "hvn-fake-virtio.h"

#include "hvn-bytes.h"
#include "hvn-probe-virtio-net.h"

#define BAR        2
#define BAR_SIZE   0x1000
#define AT_DEVICE  0x080
#define AT_COMMON  0x100
#define AT_ISR     0x1c0
#define AT_NOTIFY  0x800
#define MULTIPLIER 64
#define QUEUE_SIZE 512 /* larger than the driver wants */

typedef struct {
    guint16 size;
    guint16 enabled;
    guint32 addresses[6];
    guint16 avail; /* next to take */
    guint16 used;  /* next to give back */
    guint kicks;
} FakeQueue;

struct _FakeVirtio {
    HvnNic parent_instance;
    FakeVirtioFault fault;
    guint64 offered;
    guint64 features;
    guint32 device_select;
    guint32 driver_select;
    guint8 status;
    guint8 generation;
    guint8 isr;
    guint16 selected;
    FakeQueue queues[2];
    guint8 config[HVN_VIRTIO_NET_CONFIG_LEN];
    gboolean paused;
    GPtrArray *sent;
};

G_DEFINE_FINAL_TYPE(FakeVirtio, fake_virtio, HVN_TYPE_NIC)

/* ---- queues ---- */

static guint64
fake_virtio_area(const FakeQueue *queue, guint area)
{
    return queue->addresses[2 * area] | (guint64)queue->addresses[2 * area + 1] << 32;
}

static guint16
fake_virtio_load16(FakeVirtio *self, guint64 addr)
{
    guint8 bytes[2];

    g_assert_true(hvn_nic_dma_read(&self->parent_instance, addr, bytes, sizeof bytes));
    return hvn_load_le16(bytes);
}

static void
fake_virtio_store16(FakeVirtio *self, guint64 addr, guint16 value)
{
    guint8 bytes[2];

    hvn_store_le16(bytes, value);
    g_assert_true(hvn_nic_dma_write(&self->parent_instance, addr, bytes, sizeof bytes));
}

/* the next buffer that is offered */
static gboolean
fake_virtio_next(FakeVirtio *self, FakeQueue *queue, guint16 *id, guint8 *desc)
{
    guint64 avail = fake_virtio_area(queue, 1);

    if (queue->enabled == 0 || fake_virtio_load16(self, avail + VIRTIO_AVAIL_INDEX) == queue->avail)
        return FALSE;
    *id = fake_virtio_load16(self, avail + VIRTIO_AVAIL_RING + 2 * (queue->avail % queue->size));
    g_assert_cmpuint(*id, <, queue->size);
    g_assert_true(
        hvn_nic_dma_read(&self->parent_instance, fake_virtio_area(queue, 0) + *id * VIRTIO_DESC_SIZE, desc, VIRTIO_DESC_SIZE));
    queue->avail++;
    return TRUE;
}

static void
fake_virtio_give_back(FakeVirtio *self, FakeQueue *queue, guint32 id, guint32 len, guint16 move)
{
    guint64 used = fake_virtio_area(queue, 2);
    guint8 element[VIRTIO_USED_ELEMENT_SIZE];

    hvn_store_le32(element, id);
    hvn_store_le32(element + 4, len);
    g_assert_true(hvn_nic_dma_write(&self->parent_instance,
                                    used + VIRTIO_USED_RING + VIRTIO_USED_ELEMENT_SIZE * (queue->used % queue->size), element,
                                    sizeof element));
    queue->used = (guint16)(queue->used + move);
    fake_virtio_store16(self, used + VIRTIO_USED_INDEX, queue->used);
}

static void
fake_virtio_transmit(FakeVirtio *self)
{
    FakeQueue *queue = &self->queues[1];
    guint8 desc[VIRTIO_DESC_SIZE];
    guint16 id;

    while (!self->paused && fake_virtio_next(self, queue, &id, desc)) {
        guint32 len = hvn_load_le32(desc + VIRTIO_DESC_LEN);
        guint8 *bytes = g_malloc(len);

        g_assert_cmphex(hvn_load_le16(desc + VIRTIO_DESC_FLAGS), ==, 0);
        g_assert_true(hvn_nic_dma_read(&self->parent_instance, hvn_load_le64(desc), bytes, len));
        g_ptr_array_add(self->sent, g_bytes_new_take(bytes, len));
        fake_virtio_give_back(self, queue, id, 0, 1);
    }
}

gboolean
fake_virtio_fill(FakeVirtio *self, gconstpointer bytes, gsize len, guint32 claimed)
{
    FakeQueue *queue = &self->queues[0];
    guint8 desc[VIRTIO_DESC_SIZE];
    guint16 id;

    if (!fake_virtio_next(self, queue, &id, desc))
        return FALSE;
    g_assert_cmpuint(len, <=, hvn_load_le32(desc + VIRTIO_DESC_LEN));
    g_assert_cmphex(hvn_load_le16(desc + VIRTIO_DESC_FLAGS), ==, VIRTIO_DESC_F_WRITE);
    g_assert_true(hvn_nic_dma_write(&self->parent_instance, hvn_load_le64(desc), bytes, len));
    fake_virtio_give_back(self, queue, id, claimed, 1);
    return TRUE;
}

void
fake_virtio_use(FakeVirtio *self, guint queue, guint32 id, guint32 len, guint16 move)
{
    fake_virtio_give_back(self, &self->queues[queue], id, len, move);
}

guint
fake_virtio_get_available(FakeVirtio *self)
{
    const FakeQueue *queue = &self->queues[0];

    return (guint16)(fake_virtio_load16(self, fake_virtio_area(queue, 1) + VIRTIO_AVAIL_INDEX) - queue->avail);
}

/* ---- registers ---- */

static guint32
fake_virtio_read_common(FakeVirtio *self, guint offset)
{
    FakeQueue *queue = &self->queues[self->selected % 2];

    switch (offset) {
    case VIRTIO_PCI_DEVICE_FEATURE:
        return (guint32)(self->offered >> (32 * (self->device_select & 1)));
    case VIRTIO_PCI_NUM_QUEUES:
        return self->fault == FAKE_VIRTIO_FAULT_ONE_QUEUE ? 1 : 2;
    case VIRTIO_PCI_STATUS:
        return self->status;
    case VIRTIO_PCI_CONFIG_GENERATION:
        return self->fault == FAKE_VIRTIO_FAULT_GENERATION ? self->generation++ : self->generation;
    case VIRTIO_PCI_QUEUE_SIZE:
        return self->fault == FAKE_VIRTIO_FAULT_SIZE ? 100 : queue->size;
    case VIRTIO_PCI_QUEUE_ENABLE:
        return queue->enabled;
    case VIRTIO_PCI_QUEUE_NOTIFY_OFF:
        return self->fault == FAKE_VIRTIO_FAULT_DOORBELL ? 0xffff : 1 + self->selected;
    default:
        return 0;
    }
}

static guint64
fake_virtio_read(HvnNic *nic, guint bar, guint64 offset, guint size)
{
    FakeVirtio *self = FAKE_VIRTIO(nic);
    guint8 isr = self->isr;
    guint64 value = 0;

    g_assert_cmpuint(bar, ==, BAR);
    if (self->fault == FAKE_VIRTIO_FAULT_DEAD)
        return G_MAXUINT32 >> (32 - 8 * size);
    if (offset >= AT_COMMON && offset < AT_COMMON + VIRTIO_PCI_COMMON_LEN)
        return fake_virtio_read_common(self, (guint)offset - AT_COMMON);
    if (offset == AT_ISR) {
        g_assert_cmpuint(size, ==, 1);
        self->isr = 0;
        hvn_nic_set_irq(nic, self->fault == FAKE_VIRTIO_FAULT_STUCK_LINE);
        return isr;
    }
    g_assert_cmpuint(offset, >=, AT_DEVICE);
    g_assert_cmpuint(offset + size, <=, AT_DEVICE + sizeof self->config);
    memcpy(&value, self->config + (offset - AT_DEVICE), size);
    return GUINT64_FROM_LE(value);
}

static void
fake_virtio_clear(FakeVirtio *self)
{
    self->status = self->isr = 0;
    self->features = 0;
    for (guint i = 0; i < G_N_ELEMENTS(self->queues); i++)
        self->queues[i] = (FakeQueue){.size = QUEUE_SIZE};
    hvn_nic_set_irq(&self->parent_instance, FALSE);
}

static void
fake_virtio_write_status(FakeVirtio *self, guint8 status)
{
    guint8 refused = 0;

    if (status == 0) {
        fake_virtio_clear(self);
        return;
    }
    g_assert_cmphex(self->status & ~status, ==, 0); /* 2.1.1 */
    if (self->fault == FAKE_VIRTIO_FAULT_FEATURES || (self->features & ~self->offered) != 0)
        refused |= VIRTIO_STATUS_FEATURES_OK;
    if (self->fault == FAKE_VIRTIO_FAULT_NOT_OK)
        refused |= VIRTIO_STATUS_DRIVER_OK;
    self->status = status & ~refused;
    if (self->fault == FAKE_VIRTIO_FAULT_STUCK_LINE && (self->status & VIRTIO_STATUS_DRIVER_OK) != 0)
        hvn_nic_set_irq(&self->parent_instance, TRUE);
}

static void
fake_virtio_write_common(FakeVirtio *self, guint offset, guint32 value)
{
    FakeQueue *queue = &self->queues[self->selected % 2];
    guint shift = 32 * (self->driver_select & 1);

    if (offset == VIRTIO_PCI_DEVICE_FEATURE_SELECT)
        self->device_select = value;
    else if (offset == VIRTIO_PCI_DRIVER_FEATURE_SELECT)
        self->driver_select = value;
    else if (offset == VIRTIO_PCI_DRIVER_FEATURE)
        self->features = (self->features & ~((guint64)G_MAXUINT32 << shift)) | (guint64)value << shift;
    else if (offset == VIRTIO_PCI_STATUS)
        fake_virtio_write_status(self, (guint8)value);
    else if (offset == VIRTIO_PCI_QUEUE_SELECT)
        self->selected = (guint16)value;
    else if (offset == VIRTIO_PCI_QUEUE_SIZE)
        queue->size = (guint16)value;
    else if (offset == VIRTIO_PCI_QUEUE_ENABLE)
        queue->enabled = self->fault == FAKE_VIRTIO_FAULT_NOT_ENABLED ? 0 : (guint16)value;
    else if (offset >= VIRTIO_PCI_QUEUE_DESC)
        queue->addresses[(offset - VIRTIO_PCI_QUEUE_DESC) / 4] = value;
}

static void
fake_virtio_write(HvnNic *nic, guint bar, guint64 offset, guint64 value, guint size)
{
    FakeVirtio *self = FAKE_VIRTIO(nic);

    g_assert_cmpuint(bar, ==, BAR);
    if (offset < AT_NOTIFY) {
        g_assert_cmpuint(offset, >=, AT_COMMON);
        fake_virtio_write_common(self, (guint)offset - AT_COMMON, (guint32)value);
        return;
    }
    g_assert_cmpuint(size, ==, 2);
    g_assert_cmpuint(value, <, 2);
    g_assert_cmphex(offset, ==, AT_NOTIFY + (1 + value) * MULTIPLIER);
    if (value == 0) {
        self->queues[0].kicks++;
        return;
    }
    self->queues[1].kicks++;
    fake_virtio_transmit(self);
}

/* ---- what tests ask ---- */

GPtrArray *
fake_virtio_get_sent(FakeVirtio *self)
{
    return self->sent;
}

guint64
fake_virtio_get_features(FakeVirtio *self)
{
    return self->features;
}

guint8
fake_virtio_get_status(FakeVirtio *self)
{
    return self->status;
}

guint
fake_virtio_get_kicks(FakeVirtio *self, guint queue)
{
    return self->queues[queue].kicks;
}

void
fake_virtio_interrupt(FakeVirtio *self, guint8 isr)
{
    self->isr |= isr;
    hvn_nic_set_irq(&self->parent_instance, TRUE);
}

void
fake_virtio_set_link(FakeVirtio *self, gboolean up)
{
    self->config[HVN_VIRTIO_NET_CONFIG_STATUS] = up ? HVN_VIRTIO_NET_S_LINK_UP : 0;
    self->generation++;
}

void
fake_virtio_set_needs_reset(FakeVirtio *self)
{
    self->status |= VIRTIO_STATUS_NEEDS_RESET;
}

void
fake_virtio_set_notify(FakeVirtio *self, gboolean wanted)
{
    for (guint i = 0; i < G_N_ELEMENTS(self->queues); i++)
        fake_virtio_store16(self, fake_virtio_area(&self->queues[i], 2), wanted ? 0 : VIRTIO_USED_F_NO_NOTIFY);
}

void
fake_virtio_set_paused(FakeVirtio *self, gboolean paused)
{
    self->paused = paused;
    if (!paused)
        fake_virtio_transmit(self);
}

/* ---- the object ---- */

static guint
fake_virtio_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    return n_frames;
}

static void
fake_virtio_resume(HvnPort *port)
{
}

static void
fake_virtio_reset(HvnNic *nic, HvnNicResetKind kind)
{
}

static void
fake_virtio_finalize(GObject *object)
{
    g_ptr_array_unref(FAKE_VIRTIO(object)->sent);
    G_OBJECT_CLASS(fake_virtio_parent_class)->finalize(object);
}

static void
fake_virtio_class_init(FakeVirtioClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = fake_virtio_finalize;
    HVN_PORT_CLASS(klass)->push = fake_virtio_push;
    HVN_PORT_CLASS(klass)->resume = fake_virtio_resume;
    HVN_NIC_CLASS(klass)->reset = fake_virtio_reset;
    HVN_NIC_CLASS(klass)->region_read = fake_virtio_read;
    HVN_NIC_CLASS(klass)->region_write = fake_virtio_write;
}

static void
fake_virtio_init(FakeVirtio *self)
{
    self->sent = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
}

static guint8
fake_virtio_add_cap(HvnPciConfig *pci, guint8 type, guint8 bar, guint32 offset, guint32 len)
{
    guint8 size = type == VIRTIO_PART_NOTIFY ? 20 : 16;
    guint8 at = hvn_pci_config_add_capability(pci, 0x09, size);

    pci->bytes[at + 2] = size;
    pci->bytes[at + 3] = type;
    pci->bytes[at + 4] = bar;
    hvn_store_le32(pci->bytes + at + 8, offset);
    hvn_store_le32(pci->bytes + at + 12, len);
    if (type == VIRTIO_PART_NOTIFY)
        hvn_store_le32(pci->bytes + at + 16, MULTIPLIER);
    return at;
}

/* some that are to be passed over stand among those that count */
static void
fake_virtio_add_caps(FakeVirtio *self, HvnPciConfig *pci)
{
    guint8 first = fake_virtio_add_cap(pci, VIRTIO_PART_COMMON, 6, AT_COMMON, VIRTIO_PCI_COMMON_LEN);

    fake_virtio_add_cap(pci, VIRTIO_PART_DEVICE, BAR, AT_DEVICE, sizeof self->config);
    fake_virtio_add_cap(pci, VIRTIO_PART_NOTIFY, BAR, AT_NOTIFY, 3 * MULTIPLIER);
    fake_virtio_add_cap(pci, 9, BAR, 0, 16);
    fake_virtio_add_cap(pci, VIRTIO_PART_COMMON, BAR, self->fault == FAKE_VIRTIO_FAULT_BEYOND ? BAR_SIZE - 8 : AT_COMMON,
                        VIRTIO_PCI_COMMON_LEN);
    if (self->fault == FAKE_VIRTIO_FAULT_LOOP)
        pci->bytes[first + 1] = first;
    else
        fake_virtio_add_cap(pci, VIRTIO_PART_ISR, BAR, AT_ISR, 1);
    memcpy(pci->reset_value + 0x40, pci->bytes + 0x40, HVN_PCI_CONFIG_SIZE - 0x40);
}

FakeVirtio *
fake_virtio_new(HvnDispatcher *dispatcher, FakeVirtioFault fault, guint64 offered)
{
    const HvnPciIdentity identity = {
        .vendor = 0x1af4, .device = 0x1041, .class_code = 0x020000, .revision = 1, .interrupt_pin = 1};
    FakeVirtio *self = g_object_new(FAKE_TYPE_VIRTIO, "dispatcher", dispatcher, "name", "net0", NULL);
    HvnPciConfig *pci = hvn_nic_get_pci(&self->parent_instance);
    HvnMac mac;

    self->fault = fault;
    self->offered = fault == FAKE_VIRTIO_FAULT_NO_VERSION_1 ? offered & ~VIRTIO_F_VERSION_1 : offered;
    hvn_pci_config_init(pci, &identity, NULL, NULL);
    hvn_pci_config_add_bar(pci, BAR, BAR_SIZE, HVN_PCI_BAR_MEMORY);
    if (fault != FAKE_VIRTIO_FAULT_LEGACY)
        fake_virtio_add_caps(self, pci);
    hvn_nic_get_mac(&self->parent_instance, &mac);
    memcpy(self->config, mac.addr, HVN_MAC_LEN);
    if (fault == FAKE_VIRTIO_FAULT_GROUP)
        self->config[0] |= 1;
    self->config[HVN_VIRTIO_NET_CONFIG_STATUS] = HVN_VIRTIO_NET_S_LINK_UP;
    hvn_store_le16(self->config + HVN_VIRTIO_NET_CONFIG_MTU, fault == FAKE_VIRTIO_FAULT_MTU ? 67 : 1400);
    hvn_store_le32(self->config + HVN_VIRTIO_NET_CONFIG_SPEED, 10000);
    self->config[HVN_VIRTIO_NET_CONFIG_DUPLEX] = 1;
    fake_virtio_clear(self);
    self->status = VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER; /* firmware left it like this */
    return self;
}
