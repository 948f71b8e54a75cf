/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer target for virtio-net, over PCI and over MMIO of both versions: the input is a face, features, and a program of register
 * accesses, writes to guest memory, chains, commands on the control queue, and frames from the other side.
 *
 *   face (1 byte), features (4 bytes), then op (1 byte), operands -> 0 write, 1 read, 2 memory, 3 frame, 4 command, 5 send, 6 buffers,
 *   7 run, 8 reset and other features, 9 link, 10 peer's capacity, 11 PCI configuration space
 *
 * Rings are split here; those of both layouts are fuzz-virtqueue's. */
#include "hvn-bytes.h"
#include "hvn-fake-bus.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-virtio-net-nic.h"

#define RAM      (1u << 20)
#define N_QUEUES 5 /* two pairs and the control queue */
#define SIZE     64 /* with which a legacy queue has its parts at the same places */
#define SLOTS    8  /* chains of ours at a time */
#define QUEUE(i) (0x10000u * ((i) + 1))
#define DRIVER   0x400u
#define DEVICE   0x1000u
#define DATA     0x2000u
#define BUFFER   0x800u

#define STATUS_OK 0xf

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

typedef struct {
    const guint8  *data;
    gsize          len;
    HvnDispatcher *dispatcher;
    HvnFakeBus    *bus;
    guint8        *ram;
    HvnNic        *nic;
    HvnFakePort   *port;
    HvnLink       *link;
    guint16        offered[N_QUEUES];
} Fuzz;

static guint32
take(Fuzz *f, guint n)
{
    guint32 value = 0;

    for (guint i = 0; i < n && f->len > 0; i++, f->data++, f->len--)
        value |= (guint32)*f->data << 8 * i;
    return value;
}

/* copies as many bytes as the next one says, as far as the input goes and @room */
static gsize
take_bytes(Fuzz *f, guint8 *to, gsize room)
{
    gsize len = take(f, 1);

    len = MIN(MIN(len, f->len), room);
    memcpy(to, f->data, len);
    f->data += len;
    f->len -= len;
    return len;
}

/* ---- a driver ---- */

static void
pci_set(Fuzz *f, guint offset, guint64 value, guint size)
{
    hvn_nic_region_write(f->nic, HVN_VIRTIO_PCI_BAR_MODERN, HVN_VIRTIO_PCI_COMMON + offset, value, size);
}

static void
mmio_set(Fuzz *f, guint offset, guint32 value)
{
    hvn_nic_region_write(f->nic, HVN_VIRTIO_MMIO_REGION, offset, value, 4);
}

static void
set_status(Fuzz *f, guint status)
{
    if (hvn_nic_is_pci(f->nic))
        pci_set(f, 0x14, status, 1);
    else
        mmio_set(f, HVN_VIRTIO_MMIO_STATUS, status);
}

static void
set_features(Fuzz *f, guint select, guint32 features)
{
    if (hvn_nic_is_pci(f->nic)) {
        pci_set(f, 0x08, select, 4);
        pci_set(f, 0x0c, features, 4);
    } else {
        mmio_set(f, HVN_VIRTIO_MMIO_DRIVER_FEATURES_SEL, select);
        mmio_set(f, HVN_VIRTIO_MMIO_DRIVER_FEATURES, features);
    }
}

static void
enable_queue(Fuzz *f, guint index)
{
    guint64 at = QUEUE(index);

    memset(f->ram + at, 0, DATA);
    f->offered[index] = 0;
    if (hvn_nic_is_pci(f->nic)) {
        pci_set(f, 0x16, index, 2);
        pci_set(f, 0x18, SIZE, 2);
        pci_set(f, 0x20, at, 8);
        pci_set(f, 0x28, at + DRIVER, 8);
        pci_set(f, 0x30, at + DEVICE, 8);
        pci_set(f, 0x1c, 1, 2);
        return;
    }
    mmio_set(f, HVN_VIRTIO_MMIO_QUEUE_SEL, index);
    mmio_set(f, HVN_VIRTIO_MMIO_QUEUE_NUM, SIZE);
    mmio_set(f, HVN_VIRTIO_MMIO_QUEUE_PFN, at / 4096); /* version 1 */
    mmio_set(f, HVN_VIRTIO_MMIO_QUEUE_DESC_LOW, at);
    mmio_set(f, HVN_VIRTIO_MMIO_QUEUE_DRIVER_LOW, at + DRIVER);
    mmio_set(f, HVN_VIRTIO_MMIO_QUEUE_DEVICE_LOW, at + DEVICE);
    mmio_set(f, HVN_VIRTIO_MMIO_QUEUE_READY, 1);
}

/* all that is offered, but for what the input leaves out */
static void
bring_up(Fuzz *f)
{
    guint64 features = hvn_virtio_device_get_features(HVN_VIRTIO_DEVICE(f->nic)) & ~HVN_VIRTIO_F_RING_PACKED;
    guint32 without = take(f, 4);

    features &= ~((guint64)(without & 0xffff) | (guint64)(without >> 16) << 48) | HVN_VIRTIO_F_VERSION_1;
    set_status(f, 0);
    set_status(f, 3);
    for (guint i = 0; i < 2; i++)
        set_features(f, i, features >> i * 32 & G_MAXUINT32);
    set_status(f, 0xb);
    for (guint i = 0; i < N_QUEUES; i++)
        enable_queue(f, i);
    set_status(f, STATUS_OK);
    hvn_dispatcher_run_work(f->dispatcher);
}

/* a chain of one piece to read and one to write, either of which may be empty */
static void
offer(Fuzz *f, guint index, guint32 out_len, guint32 in_len)
{
    guint8 *queue = f->ram + QUEUE(index);
    guint slot = f->offered[index] % SLOTS, n = 0;
    guint64 data = QUEUE(index) + DATA + slot * BUFFER;

    for (guint i = 0; i < 2; i++) {
        guint8 *desc = queue + (2 * slot + n) * 16;
        guint32 len = i == 0 ? out_len : in_len;

        if (len == 0)
            continue;
        hvn_store_le64(desc, i == 0 ? data : data + BUFFER / 2);
        hvn_store_le32(desc + 8, len);
        hvn_store_le16(desc + 12, (i == 0 ? 0 : 2) | (i == 0 && in_len > 0 ? 1 : 0));
        hvn_store_le16(desc + 14, 2 * slot + 1);
        n++;
    }
    hvn_store_le16(queue + DRIVER + 4 + f->offered[index] % SIZE * 2, 2 * slot);
    hvn_store_le16(queue + DRIVER + 2, ++f->offered[index]);
    if (hvn_nic_is_pci(f->nic))
        hvn_nic_region_write(f->nic, HVN_VIRTIO_PCI_BAR_MODERN, HVN_VIRTIO_PCI_NOTIFY + index * 4, index, 2);
    else
        mmio_set(f, HVN_VIRTIO_MMIO_QUEUE_NOTIFY, index);
}

static guint8 *
next_data(Fuzz *f, guint index)
{
    return f->ram + QUEUE(index) + DATA + f->offered[index] % SLOTS * BUFFER;
}

/* ---- the program ---- */

static void
access_register(Fuzz *f, gboolean write)
{
    guint8 how = take(f, 1);
    guint bar = how >> 2 & 7, size = 1u << (how & 3);
    guint32 offset = take(f, 2) & 0x3fff;

    if (write)
        hvn_nic_region_write(f->nic, bar, offset, take(f, MIN(size, 4)), size);
    else
        hvn_nic_region_read(f->nic, bar, offset, size);
}

static void
send_frame(Fuzz *f)
{
    guint8 bytes[512] = {0};
    gsize len = take_bytes(f, bytes, sizeof bytes);

    hvn_fake_port_send_bytes(f->port, bytes, MAX(len, 60));
}

static void
run_op(Fuzz *f, guint op)
{
    gsize len;

    switch (op) {
    case 2:
        len = take(f, 3) % (RAM - 256);
        take_bytes(f, f->ram + len, 256);
        break;
    case 3:
        send_frame(f);
        break;
    case 4:
        len = take_bytes(f, next_data(f, N_QUEUES - 1), BUFFER / 2);
        offer(f, N_QUEUES - 1, len, 1);
        break;
    case 5:
        len = take_bytes(f, next_data(f, 1), BUFFER / 2);
        offer(f, 1, len, 0);
        break;
    case 6:
        offer(f, take(f, 1) & 2, 0, take(f, 2) & 0x3ff);
        break;
    case 8:
        bring_up(f);
        break;
    case 9:
        hvn_link_set_up(f->link, take(f, 1) & 1);
        break;
    case 10:
        len = take(f, 1);
        hvn_fake_port_set_capacity(f->port, len < 128 ? len : G_MAXUINT);
        hvn_port_ready(HVN_PORT(f->port));
        break;
    case 11:
        hvn_nic_config_write(f->nic, take(f, 1) & 0xfc, take(f, 4), 4);
        break;
    default:
        hvn_dispatcher_run_work(f->dispatcher);
    }
}

static void
ignore_message(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
}

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
    static const char *const variants[] = {"virtio-net-pci", "virtio-net-device", "virtio-net-pci-non-transitional", "virtio-net-device"};
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, clock);
    g_autoptr(HvnFakeBus) bus = hvn_fake_bus_new(RAM);
    g_autoptr(HvnFakePort) port = hvn_fake_port_new(dispatcher, "peer");
    Fuzz f = {.data = data, .len = size, .dispatcher = dispatcher, .bus = bus, .ram = hvn_fake_bus_get_ram(bus), .port = port};
    guint face = take(&f, 1) & 3;

    g_log_set_default_handler(ignore_message, NULL);
    f.nic = g_object_new(HVN_TYPE_VIRTIO_NET_NIC, "dispatcher", dispatcher, "name", "net0", "variant", variants[face], "queues", 2, "rss",
                         TRUE, "hash", TRUE, "force-legacy", face == 3, NULL);
    f.link = hvn_link_new(HVN_PORT(f.nic), HVN_PORT(port));
    hvn_nic_attach(f.nic, HVN_BUS(bus));
    hvn_fake_bus_enable_nic(bus, f.nic);
    hvn_fake_port_set_recording(port, FALSE);
    bring_up(&f);
    while (f.len > 0) {
        guint op = take(&f, 1) % 12;

        if (op < 2)
            access_register(&f, op == 0);
        else
            run_op(&f, op);
    }
    hvn_dispatcher_advance(dispatcher, HVN_NS_PER_S);
    hvn_link_disconnect(f.link);
    hvn_nic_detach(f.nic);
    g_object_unref(f.link);
    g_object_unref(f.nic);
    return 0;
}
