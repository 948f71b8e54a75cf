/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's driver for virtio-net over PCI or MMIO: finds the registers and negotiates as a kernel does at boot, then
 * moves frames through one receive and one transmit queue of up to 256 buffers. Every wait is bounded; a device that breaks the
 * rules makes start() fail with the reason, or is given up later.
 *
 *   start: registers, reset,    features, configuration, queues, DRIVER_OK                   (3.1.1)
 *   transmit: header and bytes into a free buffer .. flush: one doorbell for all of them      (5.1.6.2)
 *   interrupt: ISR -> used receive buffers -> stack -> offered again, one doorbell -> flush   (5.1.6.4) */
#include "hvn-probe-virtio-net.h"

#include "hvn-bytes.h"
#include "hvn-checksum.h"
#include "hvn-error.h"

#define BUFFER_SIZE       2048
#define MERGE_BUFFER_SIZE 1024 /* so that large frames take two, and merging is tried */
#define FRAME_MAX         2048
#define RECEIVE_BATCH     64
#define SPURIOUS_MAX      1000 /* interrupts in a row without a cause */

#define QUEUE_RX 0
#define QUEUE_TX 1
#define N_QUEUES 2

#define IPV4_PROTOCOL_TCP 6
#define IPV4_PROTOCOL_UDP 17

static const HvnProbeDriverId hvn_probe_virtio_net_ids[] = {
    {0x1af4, 0x1000, "virtio-net"}, /* transitional, 4.1.2.1 */
    {0x1af4, 0x1041, "virtio-net"},
    {0},
};

/* 5.1.4.2: without the feature the link counts as up */
static void
hvn_probe_virtio_net_link_refresh(HvnProbeDriver *driver)
{
    HvnProbeVirtioNet *self = (HvnProbeVirtioNet *)driver;

    driver->facts.link_up =
        (driver->facts.features & HVN_VIRTIO_NET_F_STATUS) == 0 ||
        (self->registers->read_config(self, HVN_VIRTIO_NET_CONFIG_STATUS, 2) & HVN_VIRTIO_NET_S_LINK_UP) != 0;
}

void
hvn_probe_virtio_net_give_up(HvnProbeVirtioNet *self)
{
    guint status = self->registers->get_status(self);

    self->up = FALSE;
    self->registers->set_status(self, status | VIRTIO_STATUS_FAILED);
    hvn_probe_guest_set_interrupt(self->parent.guest, NULL, NULL);
}

/* ---- start and stop ---- */

static gboolean
hvn_probe_virtio_net_start_queues(HvnProbeVirtioNet *self, GError **error)
{
    gboolean merge = (self->parent.facts.features & HVN_VIRTIO_NET_F_MRG_RXBUF) != 0;
    guint n = self->registers->get_n_queues != NULL ? self->registers->get_n_queues(self) : N_QUEUES;

    if (n < N_QUEUES) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "the device has %u queues, expected %u or more", n, N_QUEUES);
        return FALSE;
    }
    if (!hvn_probe_virtio_queue_start(self, &self->rx, QUEUE_RX, merge ? MERGE_BUFFER_SIZE : BUFFER_SIZE, error) ||
        !hvn_probe_virtio_queue_start(self, &self->tx, QUEUE_TX, BUFFER_SIZE, error))
        return FALSE;
    if (merge && self->frame == NULL)
        self->frame = g_malloc(FRAME_MAX);
    /* sent buffers are collected when more are needed */
    hvn_store_le16(self->tx.avail + VIRTIO_AVAIL_FLAGS, VIRTIO_AVAIL_F_NO_INTERRUPT);
    while (self->rx.n_free > 0)
        hvn_probe_virtio_queue_offer(&self->rx, self->rx.buffer_size, VIRTIO_DESC_F_WRITE);
    return TRUE;
}

static gboolean
hvn_probe_virtio_net_start(HvnProbeDriver *driver, GError **error)
{
    HvnProbeVirtioNet *self = (HvnProbeVirtioNet *)driver;
    guint status;

    self->registers = hvn_probe_guest_get_pci(driver->guest)->absent ? &hvn_probe_virtio_mmio : &hvn_probe_virtio_pci;
    if (!self->registers->find(self, error))
        return FALSE;
    self->found = TRUE;
    if (!hvn_probe_virtio_net_negotiate(self, error) || !hvn_probe_virtio_net_read_config(self, error) ||
        !hvn_probe_virtio_net_start_queues(self, error)) {
        hvn_probe_virtio_net_give_up(self);
        return FALSE;
    }
    status = VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_DRIVER_OK;
    self->registers->set_status(self, status);
    if (self->registers->get_status(self) != status) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "the device status reads 0x%02x, expected 0x%02x",
                    self->registers->get_status(self), status);
        hvn_probe_virtio_net_give_up(self);
        return FALSE;
    }
    self->up = TRUE;
    hvn_probe_virtio_queue_kick(self, &self->rx);
    hvn_probe_virtio_net_link_refresh(driver);
    return TRUE;
}

static void
hvn_probe_virtio_net_stop(HvnProbeDriver *driver)
{
    HvnProbeVirtioNet *self = (HvnProbeVirtioNet *)driver;

    self->up = FALSE;
    if (self->found)
        hvn_probe_virtio_net_reset(self, NULL);
}

/* ---- transmit ---- */

static void
hvn_probe_virtio_net_reclaim(HvnProbeVirtioNet *self)
{
    guint32 len;
    guint id;

    for (guint i = 0; i < VIRTIO_NET_N_DESCS && hvn_probe_virtio_queue_take(self, &self->tx, &id, &len); i++)
        ;
}

static guint8 *
hvn_probe_virtio_net_transmit_buffer(HvnProbeDriver *driver, gsize *room)
{
    HvnProbeVirtioNet *self = (HvnProbeVirtioNet *)driver;
    HvnProbeVirtioQueue *queue = &self->tx;

    if (self->up && queue->n_free < queue->size / 2 + 1)
        hvn_probe_virtio_net_reclaim(self);
    if (!self->up || queue->n_free == 0)
        return NULL;
    *room = BUFFER_SIZE - HVN_VIRTIO_NET_HDR_LEN;
    return hvn_probe_virtio_queue_get_buffer(queue, queue->free[queue->n_free - 1]) + HVN_VIRTIO_NET_HDR_LEN;
}

/* 5.1.6.2: leaves TCP and UDP checksums of IPv4 to the device: the pseudo header's sum goes into the field, csum_start and
 * csum_offset say the rest */
static void
hvn_probe_virtio_net_offload(HvnProbeVirtioNet *self, guint8 *header, guint8 *frame, gsize len)
{
    HvnLayers layers;
    gsize field;

    if ((self->parent.facts.features & HVN_VIRTIO_NET_F_CSUM) == 0 || !hvn_layers_parse(frame, MIN(len, 256), len, &layers) ||
        layers.ip_version != 4 || layers.fragment || layers.payload_offset == 0)
        return;
    if (layers.protocol == IPV4_PROTOCOL_TCP)
        field = 16;
    else if (layers.protocol == IPV4_PROTOCOL_UDP)
        field = 6;
    else
        return;
    /* the device sums to the end of the frame, so nothing may follow the datagram */
    if (layers.l4_offset + layers.l4_len != len || layers.l4_offset + field + 2 > len)
        return;
    hvn_store_be16(frame + layers.l4_offset + field,
                   hvn_checksum_fold(hvn_checksum_pseudo(frame + layers.ip_offset, 4, layers.protocol, (guint32)layers.l4_len)));
    header[HVN_VIRTIO_NET_HDR_FLAGS] = HVN_VIRTIO_NET_HDR_F_NEEDS_CSUM;
    hvn_store_le16(header + HVN_VIRTIO_NET_HDR_CSUM_START, (guint16)layers.l4_offset);
    hvn_store_le16(header + HVN_VIRTIO_NET_HDR_CSUM_OFFSET, (guint16)field);
}

static void
hvn_probe_virtio_net_transmit(HvnProbeDriver *driver, gsize len)
{
    HvnProbeVirtioNet *self = (HvnProbeVirtioNet *)driver;
    HvnProbeVirtioQueue *queue = &self->tx;
    guint8 *header = hvn_probe_virtio_queue_get_buffer(queue, queue->free[queue->n_free - 1]);

    memset(header, 0, HVN_VIRTIO_NET_HDR_LEN);
    hvn_probe_virtio_net_offload(self, header, header + HVN_VIRTIO_NET_HDR_LEN, len);
    hvn_probe_virtio_queue_offer(queue, (guint32)(HVN_VIRTIO_NET_HDR_LEN + len), 0);
    driver->transmitted++;
}

static void
hvn_probe_virtio_net_flush(HvnProbeDriver *driver)
{
    HvnProbeVirtioNet *self = (HvnProbeVirtioNet *)driver;

    if (self->up)
        hvn_probe_virtio_queue_kick(self, &self->tx);
}

/* ---- receive ---- */

static void
hvn_probe_virtio_net_deliver(HvnProbeVirtioNet *self, const guint8 *frame, gsize len)
{
    if (len < HVN_ETHER_HEADER_LEN) {
        hvn_probe_driver_report(&self->parent, "a received frame has %" G_GSIZE_FORMAT " bytes", len);
        return;
    }
    self->parent.received++;
    self->parent.receive(frame, len, self->parent.receive_data);
}

/* 5.1.6.4: the header of a frame; FALSE when nothing is to be made of it */
static gboolean
hvn_probe_virtio_net_receive_header(HvnProbeVirtioNet *self, const guint8 *header, guint32 len)
{
    guint buffers = 1;

    if (len < HVN_VIRTIO_NET_HDR_LEN) {
        hvn_probe_driver_report(&self->parent, "a received buffer has %u bytes, expected a header of %u", len,
                                HVN_VIRTIO_NET_HDR_LEN);
        return FALSE;
    }
    if (self->frame != NULL)
        buffers = hvn_load_le16(header + HVN_VIRTIO_NET_HDR_NUM_BUFFERS);
    if (buffers == 0 || buffers > self->rx.size) {
        hvn_probe_driver_report(&self->parent, "a received frame has %u buffers", buffers);
        return FALSE;
    }
    self->frame_left = buffers;
    self->frame_len = 0;
    /* neither was negotiated */
    self->skip = (header[HVN_VIRTIO_NET_HDR_FLAGS] & HVN_VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0 ||
                 header[HVN_VIRTIO_NET_HDR_GSO_TYPE] != HVN_VIRTIO_NET_HDR_GSO_NONE;
    if (self->skip)
        hvn_probe_driver_report(&self->parent, "a received frame has flags 0x%02x and segmentation 0x%02x",
                                header[HVN_VIRTIO_NET_HDR_FLAGS], header[HVN_VIRTIO_NET_HDR_GSO_TYPE]);
    return TRUE;
}

/* a buffer of a frame; what is too long for us is passed over */
static void
hvn_probe_virtio_net_receive_one(HvnProbeVirtioNet *self, const guint8 *bytes, guint32 len)
{
    gboolean first = self->frame_left == 0;

    if (len > self->rx.buffer_size) {
        hvn_probe_driver_report(&self->parent, "%u bytes were written to a buffer of %u", len, self->rx.buffer_size);
        len = 0;
        self->skip = TRUE;
    }
    if (first) {
        if (!hvn_probe_virtio_net_receive_header(self, bytes, len))
            return;
        bytes += HVN_VIRTIO_NET_HDR_LEN;
        len -= HVN_VIRTIO_NET_HDR_LEN;
    }
    self->frame_left--;
    if (first && self->frame_left == 0) {
        if (!self->skip)
            hvn_probe_virtio_net_deliver(self, bytes, len);
        return;
    }
    self->skip = self->skip || len > FRAME_MAX - self->frame_len;
    if (self->skip)
        return;
    memcpy(self->frame + self->frame_len, bytes, len);
    self->frame_len += len;
    if (self->frame_left == 0)
        hvn_probe_virtio_net_deliver(self, self->frame, self->frame_len);
}

/* a batch; all of its buffers go back with one doorbell. Returns how many there were */
static guint
hvn_probe_virtio_net_receive(HvnProbeVirtioNet *self)
{
    HvnProbeVirtioQueue *queue = &self->rx;
    guint32 len;
    guint n, id;

    for (n = 0; n < RECEIVE_BATCH && self->up && hvn_probe_virtio_queue_take(self, queue, &id, &len); n++) {
        hvn_probe_virtio_net_receive_one(self, hvn_probe_virtio_queue_get_buffer(queue, id), len);
        hvn_probe_virtio_queue_offer(queue, queue->buffer_size, VIRTIO_DESC_F_WRITE);
    }
    if (self->up)
        hvn_probe_virtio_queue_kick(self, queue);
    return n;
}

static gboolean
hvn_probe_virtio_net_interrupt(HvnProbeDriver *driver)
{
    HvnProbeVirtioNet *self = (HvnProbeVirtioNet *)driver;
    guint cause, n;

    if (!self->up)
        return FALSE;
    cause = self->registers->take_cause(self);
    if ((cause & VIRTIO_ISR_CONFIG) != 0) {
        if ((self->registers->get_status(self) & VIRTIO_STATUS_NEEDS_RESET) != 0) {
            hvn_probe_driver_report(driver, "the device asks for a reset");
            hvn_probe_virtio_net_give_up(self);
            return FALSE;
        }
        hvn_probe_virtio_net_link_refresh(driver);
    }
    n = hvn_probe_virtio_net_receive(self);
    hvn_probe_virtio_net_flush(driver);
    self->spurious = cause == 0 && n == 0 ? self->spurious + 1 : 0;
    if (self->spurious > SPURIOUS_MAX) {
        hvn_probe_driver_report(driver, "the interrupt line stays high while ISR reads 0");
        hvn_probe_virtio_net_give_up(self);
    }
    return self->up && n == RECEIVE_BATCH;
}

/* 5.1.6.5.1: without a control queue the device lets every frame in */
static void
hvn_probe_virtio_net_accept_group(HvnProbeDriver *driver, const guint8 *mac)
{
}

static void
hvn_probe_virtio_net_clear(HvnProbeDriver *driver)
{
    g_free(((HvnProbeVirtioNet *)driver)->frame);
}

const HvnProbeDriverModel hvn_probe_virtio_net_model = {
    .name = "virtio-net",
    .ids = hvn_probe_virtio_net_ids,
    .detect = hvn_probe_virtio_mmio_detect,
    .size = sizeof(HvnProbeVirtioNet),
    .start = hvn_probe_virtio_net_start,
    .stop = hvn_probe_virtio_net_stop,
    .clear = hvn_probe_virtio_net_clear,
    .link_refresh = hvn_probe_virtio_net_link_refresh,
    .transmit_buffer = hvn_probe_virtio_net_transmit_buffer,
    .transmit = hvn_probe_virtio_net_transmit,
    .flush = hvn_probe_virtio_net_flush,
    .interrupt = hvn_probe_virtio_net_interrupt,
    .accept_group = hvn_probe_virtio_net_accept_group,
};
