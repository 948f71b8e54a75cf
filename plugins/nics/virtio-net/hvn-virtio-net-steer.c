/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which pair of queues a received frame belongs to.
 *
 * Automatic steering (VIRTIO 1.2, 5.1.6.5.5): a flow comes in where it was last sent out, and before that where its hash says;
 * the hash is the same both ways. Receive-side scaling (5.1.6.5.7): the driver's key and table decide. */
#include "hvn-virtio-net-nic.h"

#include "hvn-bytes.h"
#include "hvn-checksum.h"

#define STEER_HEAD 128 /* bytes that are looked at */

/* 5.1.6.4.3.1 */
#define HASH_IPV4  (1u << 0)
#define HASH_TCPV4 (1u << 1)
#define HASH_UDPV4 (1u << 2)
#define HASH_IPV6  (1u << 3)
#define HASH_TCPV6 (1u << 4)
#define HASH_UDPV6 (1u << 5)

typedef struct {
    guint8 bytes[STEER_HEAD];
    gsize  len;
    HvnLayers layers;
} SteerHead;

void
hvn_virtio_net_update_active(HvnVirtioNetNic *self)
{
    guint control = hvn_virtio_net_get_control_index(self);
    guint limit = control != G_MAXUINT ? self->n_pairs : self->max_pairs;

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

guint32
hvn_virtio_net_toeplitz(const guint8 *key, const guint8 *input, guint len)
{
    guint32 window = hvn_load_be32(key), result = 0;

    for (guint i = 0; i < len; i++) {
        for (guint bit = 0; bit < 8; bit++) {
            if (input[i] & 0x80 >> bit)
                result ^= window;
            window = window << 1 | (key[i + 4] >> (7 - bit) & 1);
        }
    }
    return result;
}

/* 5.1.6.4.3.2, 5.1.6.4.3.3: FALSE when no hash of those that are wanted can be made of the frame */
static gboolean
hvn_virtio_net_rss_hash(const HvnVirtioNetRss *rss, const HvnFrame *frame, guint32 *hash)
{
    const guint8 *addresses;
    guint8 input[36];
    SteerHead head;
    guint len, ports;
    gboolean v6;

    if (!hvn_virtio_net_steer_parse(frame, &head))
        return FALSE;
    v6 = head.layers.ip_version == 6;
    addresses = hvn_virtio_net_steer_addresses(&head, &len);
    if (addresses == NULL)
        return FALSE;
    memcpy(input, addresses, 2 * len);
    ports = head.layers.protocol == 6 ? (v6 ? HASH_TCPV6 : HASH_TCPV4) : (v6 ? HASH_UDPV6 : HASH_UDPV4);
    if (hvn_virtio_net_steer_has_ports(&head) && (rss->hash_types & ports)) {
        memcpy(input + 2 * len, head.bytes + head.layers.l4_offset, 4);
        *hash = hvn_virtio_net_toeplitz(rss->key, input, 2 * len + 4);
        return TRUE;
    }
    if (!(rss->hash_types & (v6 ? HASH_IPV6 : HASH_IPV4)))
        return FALSE;
    *hash = hvn_virtio_net_toeplitz(rss->key, input, 2 * len);
    return TRUE;
}

/* the table names receive queues; one that is not there falls to the first that is */
static guint
hvn_virtio_net_steer_rss(HvnVirtioNetNic *self, const HvnFrame *frame)
{
    guint32 hash;
    guint pair = self->rss.unclassified;

    if (hvn_virtio_net_rss_hash(&self->rss, frame, &hash))
        pair = self->rss.indirection[hash & self->rss.indirection_mask];
    for (guint i = 0; i < self->n_active; i++) {
        if (self->active[i] == pair)
            return pair;
    }
    return self->active[0];
}

guint
hvn_virtio_net_steer(HvnVirtioNetNic *self, const HvnFrame *frame)
{
    guint hash, pair;

    if (G_LIKELY(self->n_active == 1))
        return self->active[0];
    if (self->rss.hash_types != 0)
        return hvn_virtio_net_steer_rss(self, frame);
    hash = hvn_virtio_net_steer_hash(frame);
    pair = self->flow_pairs[hash];
    for (guint i = 0; pair != 0 && i < self->n_active; i++) {
        if (self->active[i] == pair - 1)
            return pair - 1;
    }
    return self->active[hash % self->n_active];
}
