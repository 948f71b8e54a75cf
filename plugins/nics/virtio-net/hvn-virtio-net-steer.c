/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which pair of queues a received frame belongs to.
 *
 * Automatic steering (VIRTIO 1.2, 5.1.6.5.5): a flow comes in where it was last sent out, and before that where its hash says;
 * the hash is the same both ways. Receive-side scaling (5.1.6.5.7): the driver's key and table decide. */
#include "hvn-virtio-net-nic.h"

#include "hvn-bytes.h"
#include "hvn-checksum.h"

#define STEER_HEAD 128 /* bytes that are looked at */

typedef struct {
    guint8 bytes[STEER_HEAD];
    gsize  len;
    HvnLayers layers;
} SteerHead;

void
hvn_virtio_net_update_active(HvnVirtioNetNic *self)
{
    guint control = hvn_virtio_net_get_control_index(self);
    /* 5.1.6.5.7.1: with RSS the table says which, and the number of pairs is that of the send queues */
    guint limit = control != G_MAXUINT && !self->rss.steer ? self->n_pairs : self->max_pairs;

    self->n_active = 0;
    for (guint pair = 0; pair < limit; pair++) {
        const HvnVirtioNetQueue *rx = hvn_virtio_net_rx_queue(self, pair);

        if (rx->queue != NULL && rx->enabled && rx->index != control)
            self->active[self->n_active++] = pair;
    }
    /* a receiver that is closed owes nothing */
    if (self->n_active == 0 && hvn_port_owes_ready(HVN_PORT(self)))
        hvn_work_schedule(&self->queues[0].work);
}

static gboolean
hvn_virtio_net_steer_parse(const HvnFrame *frame, SteerHead *head)
{
    head->len = hvn_frame_copy(frame, 0, head->bytes, sizeof head->bytes);
    return hvn_layers_parse(head->bytes, head->len, frame->len, &head->layers);
}

static gboolean
hvn_virtio_net_steer_has_ports(const SteerHead *head)
{
    const HvnLayers *layers = &head->layers;

    return !layers->fragment && layers->l4_offset != 0 && layers->l4_offset + 4 <= head->len &&
           (layers->protocol == 6 || layers->protocol == 17);
}

/* where source and destination address stand, and the bytes of one */
static const guint8 *
hvn_virtio_net_steer_addresses(const SteerHead *head, guint *len)
{
    gboolean v6 = head->layers.ip_version == 6;
    gsize at = head->layers.ip_offset + (v6 ? 8 : 12);

    *len = v6 ? 16 : 4;
    return at + 2 * *len <= head->len ? head->bytes + at : NULL;
}

/* the same for both directions of a flow: addresses and ports are added, not mixed in order */
static guint
hvn_virtio_net_steer_hash(const HvnFrame *frame)
{
    const guint8 *addresses;
    guint32 hash = 0;
    SteerHead head;
    guint len;

    if (!hvn_virtio_net_steer_parse(frame, &head))
        return 0;
    addresses = hvn_virtio_net_steer_addresses(&head, &len);
    for (guint i = 0; addresses != NULL && i < 2 * len; i += 4)
        hash += hvn_load_be32(addresses + i) * 0x9e3779b1u;
    if (hvn_virtio_net_steer_has_ports(&head)) {
        const guint8 *ports = head.bytes + head.layers.l4_offset;

        hash += ((guint32)hvn_load_be16(ports) + hvn_load_be16(ports + 2)) * 0x85ebca6bu;
    }
    hash ^= hash >> 15;
    hash *= 0x2c1b3c6du;
    return hash >> 24; /* HVN_VIRTIO_NET_FLOWS */
}

void
hvn_virtio_net_steer_learn(HvnVirtioNetNic *self, const HvnFrame *frame, guint pair)
{
    self->flow_pairs[hvn_virtio_net_steer_hash(frame)] = pair + 1;
}

/* the table names receive queues; one that is not there falls to the first that is */
static guint
hvn_virtio_net_steer_rss(HvnVirtioNetNic *self, const HvnVirtioNetHash *hash)
{
    guint pair = self->rss.unclassified;

    if (hash->report != HVN_VIRTIO_NET_HASH_REPORT_NONE)
        pair = self->rss.indirection[hash->value & self->rss.indirection_mask];
    for (guint i = 0; i < self->n_active; i++) {
        if (self->active[i] == pair)
            return pair;
    }
    return self->active[0];
}

guint
hvn_virtio_net_steer(HvnVirtioNetNic *self, const HvnFrame *frame, const HvnVirtioNetHash *rss_hash)
{
    guint hash, pair;

    if (G_LIKELY(self->n_active == 1))
        return self->active[0];
    if (self->rss.steer)
        return hvn_virtio_net_steer_rss(self, rss_hash);
    hash = hvn_virtio_net_steer_hash(frame);
    pair = self->flow_pairs[hash];
    for (guint i = 0; pair != 0 && i < self->n_active; i++) {
        if (self->active[i] == pair - 1)
            return pair - 1;
    }
    return self->active[hash % self->n_active];
}
