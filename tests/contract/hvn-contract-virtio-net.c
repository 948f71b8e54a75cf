/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A driver for virtio-net, as small as it can be (VIRTIO 1.2, 3.1, 4.1, 4.2 and 5.1): modern registers, over PCI or in memory, split rings,
 * mergeable buffers, polling. Its queues are kept in guest memory, so that there is no state outside the bus. */
#include "hvn-contract-model.h"

#include <string.h>

#include "hvn-bytes.h"
#include "hvn-test-virtqueue.h"
#include "hvn-virtio-mmio.h"
#include "hvn-virtio-net.h"
#include "hvn-virtio-pci.h"

#define BAR        HVN_VIRTIO_PCI_BAR_MODERN
#define FEATURES   (HVN_VIRTIO_F_VERSION_1 | HVN_VIRTIO_NET_F_MRG_RXBUF)
#define STATE      0x10000 /* struct state */
#define RX_QUEUE   0x20000
#define TX_QUEUE   0x60000
#define RX_BUFFERS 0x100000
#define TX_BUFFERS 0x200000
#define BUFFER     2048

typedef struct {
    HvnTestVirtqueue rx;
    HvnTestVirtqueue tx;
    guint            n_free; /* receive buffers that the driver has: the lowest bits of free[] */
    guint8           free[HVN_CONTRACT_RING];
    guint            n_tx_free;
    guint8           tx_free[HVN_CONTRACT_RING];
    guint            n_completed;
} State;

G_STATIC_ASSERT(sizeof(State) < RX_QUEUE - STATE);

static State *
state_of(HvnFakeBus *bus)
{
    return (State *)(gpointer)(hvn_fake_bus_get_ram(bus) + STATE);
}

static void
pci_set(HvnNic *nic, guint offset, guint64 value, guint size)
{
    hvn_nic_region_write(nic, BAR, HVN_VIRTIO_PCI_COMMON + offset, value, size);
}

static void
mmio_set(HvnNic *nic, guint offset, guint32 value)
{
    hvn_nic_region_write(nic, HVN_VIRTIO_MMIO_REGION, offset, value, 4);
}

static void
set_status(HvnNic *nic, guint status)
{
    if (hvn_nic_is_pci(nic))
        pci_set(nic, 0x14, status, 1);
    else
        mmio_set(nic, HVN_VIRTIO_MMIO_STATUS, status);
}

static void
set_features(HvnNic *nic, guint select, guint32 features)
{
    if (hvn_nic_is_pci(nic)) {
        pci_set(nic, 0x08, select, 4);
        pci_set(nic, 0x0c, features, 4);
    } else {
        mmio_set(nic, HVN_VIRTIO_MMIO_DRIVER_FEATURES_SEL, select);
        mmio_set(nic, HVN_VIRTIO_MMIO_DRIVER_FEATURES, features);
    }
}

static void
enable_queue(HvnNic *nic, guint index, const HvnTestVirtqueue *queue)
{
    if (hvn_nic_is_pci(nic)) {
        pci_set(nic, 0x16, index, 2);
        pci_set(nic, 0x18, queue->size, 2);
        pci_set(nic, 0x20, queue->desc, 8);
        pci_set(nic, 0x28, queue->driver, 8);
        pci_set(nic, 0x30, queue->device, 8);
        pci_set(nic, 0x1c, 1, 2);
        return;
    }
    mmio_set(nic, HVN_VIRTIO_MMIO_QUEUE_SEL, index);
    mmio_set(nic, HVN_VIRTIO_MMIO_QUEUE_NUM, queue->size);
    mmio_set(nic, HVN_VIRTIO_MMIO_QUEUE_DESC_LOW, queue->desc);
    mmio_set(nic, HVN_VIRTIO_MMIO_QUEUE_DRIVER_LOW, queue->driver);
    mmio_set(nic, HVN_VIRTIO_MMIO_QUEUE_DEVICE_LOW, queue->device);
    mmio_set(nic, HVN_VIRTIO_MMIO_QUEUE_READY, 1);
}

static void
virtio_net_open(HvnNic *nic, HvnFakeBus *bus)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    State *state = state_of(bus);

    memset(state, 0, sizeof *state);
    for (guint i = 0; i < HVN_CONTRACT_RING; i++)
        state->free[i] = state->tx_free[i] = HVN_CONTRACT_RING - 1 - i;
    state->n_free = state->n_tx_free = HVN_CONTRACT_RING;
    hvn_test_virtqueue_init(&state->rx, ram, RX_QUEUE, HVN_CONTRACT_RING, FEATURES);
    hvn_test_virtqueue_init(&state->tx, ram, TX_QUEUE, HVN_CONTRACT_RING, FEATURES);
    hvn_test_virtqueue_want_interrupt(&state->rx, FALSE);
    hvn_test_virtqueue_want_interrupt(&state->tx, FALSE);
    set_status(nic, 0);
    set_status(nic, HVN_VIRTIO_STATUS_ACKNOWLEDGE | HVN_VIRTIO_STATUS_DRIVER);
    for (guint i = 0; i < 2; i++)
        set_features(nic, i, FEATURES >> i * 32 & G_MAXUINT32);
    set_status(nic, HVN_VIRTIO_STATUS_ACKNOWLEDGE | HVN_VIRTIO_STATUS_DRIVER | HVN_VIRTIO_STATUS_FEATURES_OK);
    enable_queue(nic, 0, &state->rx);
    enable_queue(nic, 1, &state->tx);
    set_status(nic, HVN_VIRTIO_STATUS_ACKNOWLEDGE | HVN_VIRTIO_STATUS_DRIVER | HVN_VIRTIO_STATUS_FEATURES_OK |
                        HVN_VIRTIO_STATUS_DRIVER_OK);
}

static void
kick(HvnNic *nic, guint index)
{
    if (hvn_nic_is_pci(nic))
        hvn_nic_region_write(nic, BAR, HVN_VIRTIO_PCI_NOTIFY + index * HVN_VIRTIO_PCI_NOTIFY_MULTIPLIER, index, 2);
    else
        mmio_set(nic, HVN_VIRTIO_MMIO_QUEUE_NOTIFY, index);
}

static guint
virtio_net_give(HvnNic *nic, HvnFakeBus *bus, guint n_descriptors)
{
    State *state = state_of(bus);
    guint n = 0;

    while (n < n_descriptors && state->n_free > 0) {
        guint slot = state->free[--state->n_free];
        HvnTestPiece piece = {RX_BUFFERS + slot * BUFFER, BUFFER};

        g_assert_true(hvn_test_virtqueue_add(&state->rx, &piece, 0, 1, FALSE, slot));
        n++;
    }
    kick(nic, 0);
    return n;
}

static guint
virtio_net_collect(HvnNic *nic, HvnFakeBus *bus, HvnContractFrameFunc func, gpointer user_data)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    State *state = state_of(bus);
    guint n_frames = 0, slot;
    guint32 len;

    while (hvn_test_virtqueue_get(&state->rx, &slot, &len)) {
        g_assert_cmpuint(len, >, HVN_VIRTIO_NET_HDR_LEN);
        g_assert_cmpuint(hvn_load_le16(ram + RX_BUFFERS + slot * BUFFER + HVN_VIRTIO_NET_HDR_NUM_BUFFERS), ==, 1);
        func(ram + RX_BUFFERS + slot * BUFFER + HVN_VIRTIO_NET_HDR_LEN, len - HVN_VIRTIO_NET_HDR_LEN, user_data);
        state->free[state->n_free++] = slot;
        n_frames++;
    }
    return n_frames;
}

static guint
virtio_net_completed(HvnNic *nic, HvnFakeBus *bus)
{
    State *state = state_of(bus);
    guint slot;
    guint32 len;

    while (hvn_test_virtqueue_get(&state->tx, &slot, &len)) {
        state->tx_free[state->n_tx_free++] = slot;
        state->n_completed++;
    }
    return state->n_completed;
}

static guint
virtio_net_queue(HvnNic *nic, HvnFakeBus *bus, guint n_frames, guint first)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    State *state = state_of(bus);
    guint n = 0;

    virtio_net_completed(nic, bus);
    for (; n < n_frames && state->n_tx_free > 0; n++) {
        guint slot = state->tx_free[--state->n_tx_free];
        HvnTestPiece piece = {TX_BUFFERS + slot * BUFFER, HVN_VIRTIO_NET_HDR_LEN + 60 + (first + n) % 1000};
        guint8 *data = ram + piece.addr + HVN_VIRTIO_NET_HDR_LEN;

        memset(ram + piece.addr, 0, HVN_VIRTIO_NET_HDR_LEN);
        memset(data, 0xff, 6);
        memcpy(data + 6, "\x52\x54\x00\x12\x34\x56\x88\xb5", 8);
        hvn_store_be32(data + 14, first + n);
        g_assert_true(hvn_test_virtqueue_add(&state->tx, &piece, 1, 0, FALSE, slot));
    }
    kick(nic, 1);
    return n;
}

const HvnContractModel hvn_contract_virtio_net = {
    .kind = "nic",
    .name = "virtio-net",
    .open = virtio_net_open,
    .give = virtio_net_give,
    .collect = virtio_net_collect,
    .queue = virtio_net_queue,
    .completed = virtio_net_completed,
};
