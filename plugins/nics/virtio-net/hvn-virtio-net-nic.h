/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The virtio network device (VIRTIO 1.2, 5.1) as a NIC. One object, its units:
 *
 *   -nic      identity, options, features, configuration space, queues as transports give them
 *   -tx       send queues: chains of guest memory as frames
 *   -rx       receive queues: frames into chains, mergeable or not
 *   -steer    which pair of queues a received frame belongs to
 *   -hash     the hash of a received frame, for -steer and for the driver
 *   -control  the control queue
 *   -header   struct virtio_net_hdr and HvnOffload
 */
#pragma once

#include "hvn-mac-filter.h"
#include "hvn-nic.h"
#include "hvn-virtio-mmio.h"
#include "hvn-virtio-net.h"
#include "hvn-virtio-pci.h"

G_BEGIN_DECLS

#define HVN_VIRTIO_NET_MAX_PAIRS    16
#define HVN_VIRTIO_NET_FLOWS        256 /* flows that are told apart by their hash */
#define HVN_VIRTIO_NET_RSS_KEY_LEN  40
#define HVN_VIRTIO_NET_RSS_ENTRIES  128
#define HVN_VIRTIO_NET_RSS_TYPES    0x1ffu /* IPv4, IPv6, IPv6 with extension headers, each plain, with TCP and UDP (5.1.6.4.3.1) */

/* 5.1.6.5.8: what the driver may switch on and off on the control queue */
#define HVN_VIRTIO_NET_GUEST_OFFLOADS \
    (HVN_VIRTIO_NET_F_GUEST_CSUM | HVN_VIRTIO_NET_F_GUEST_TSO4 | HVN_VIRTIO_NET_F_GUEST_TSO6 | HVN_VIRTIO_NET_F_GUEST_USO4 | \
     HVN_VIRTIO_NET_F_GUEST_USO6)

#define HVN_TYPE_VIRTIO_NET_NIC (hvn_virtio_net_nic_get_type())
G_DECLARE_FINAL_TYPE(HvnVirtioNetNic, hvn_virtio_net_nic, HVN, VIRTIO_NET_NIC, HvnNic)

typedef struct {
    HvnVirtioNetNic *nic;
    guint            index;   /* its number in the device */
    HvnVirtqueue    *queue;   /* NULL while stopped; the transport's */
    gboolean         enabled; /* as vhost-user says; always so for others */
    HvnWork          work;
} HvnVirtioNetQueue;

/* what the driver said on the control queue about reception (5.1.6.5.1) */
typedef struct {
    gboolean promisc;
    gboolean allmulti;
    gboolean alluni;
    gboolean nomulti;
    gboolean nouni;
    gboolean nobcast;
    gboolean unicast_overflow; /* more addresses than the table holds: take all */
    gboolean multicast_overflow;
    guint    n_unicast;
    guint    n_table; /* unicast addresses first */
    HvnMac   table[HVN_MAC_FILTER_MAX_PERFECT];
} HvnVirtioNetRxMode;

typedef struct {
    gboolean steer;     /* the table says which pair, not automatic steering */
    guint32 hash_types; /* 0: no frame has a hash */
    guint16 indirection_mask;
    guint16 unclassified;
    guint16 indirection[HVN_VIRTIO_NET_RSS_ENTRIES];
    guint8  key[HVN_VIRTIO_NET_RSS_KEY_LEN];
} HvnVirtioNetRss;

typedef struct {
    guint32 value;
    guint16 report; /* HVN_VIRTIO_NET_HASH_REPORT_NONE, or the number of the type's bit and one */
} HvnVirtioNetHash;

struct _HvnVirtioNetNic {
    HvnNic                    parent_instance;
    HvnVirtioPci             *pci;  /* owned; NULL for a device with registers in memory */
    HvnVirtioMmio            *mmio; /* owned; NULL for a PCI function */
    const HvnVirtioTransport *transport; /* who has claimed the device; NULL for its own face */
    gpointer                  transport_data;
    gboolean                  ready; /* constructed */

    /* options */
    guint64 options; /* features that are switched on */
    guint   max_pairs;
    gint    n_vectors;
    gboolean force_legacy; /* version 1 of virtio-mmio */
    guint   rx_queue_size;
    guint   tx_queue_size;
    guint   mtu; /* 0 when it is not said */

    /* negotiated */
    guint64  features;
    guint64  guest_offloads; /* of these, what the driver has switched on for now */
    guint    header_len;
    gboolean mergeable;

    /* what the driver may change */
    HvnMac             mac;
    guint16            announce; /* HVN_VIRTIO_NET_S_ANNOUNCE while it was not acknowledged */
    guint              n_pairs;  /* that the driver uses, by the control queue */
    HvnVirtioNetRxMode rx_mode;
    HvnMacFilter       filter;
    HvnVirtioNetRss    rss;
    guint8             flow_pairs[HVN_VIRTIO_NET_FLOWS]; /* pair that a flow was sent on */

    HvnVirtioNetQueue *queues; /* owned; receive and send queue of each pair, then the control queue */
    guint              n_queues;
    gboolean           held;     /* the peer is full: resume() goes on */
    guint              n_active; /* receive queues that frames go to */
    guint8             active[HVN_VIRTIO_NET_MAX_PAIRS];

    guint64 rx_dropped; /* frames that fit no buffer, or came while nobody listened */
    guint64 rx_filtered;
    guint64 tx_dropped;
};

/* ---- -nic ---- */

/* takes over what the options, the driver and the link say about what push() takes */
void
hvn_virtio_net_update_features(HvnVirtioNetNic *self);

/* the control queue's number, UINT_MAX when the driver has none; 5.1.2: it depends on what was negotiated */
guint
hvn_virtio_net_get_control_index(const HvnVirtioNetNic *self);

static inline HvnVirtioNetQueue *
hvn_virtio_net_rx_queue(HvnVirtioNetNic *self, guint pair)
{
    return &self->queues[2 * pair];
}

/* ---- -tx, -rx, -control: the works of the queues ---- */

gboolean
hvn_virtio_net_tx_run(gpointer data);

gboolean
hvn_virtio_net_rx_run(gpointer data);

gboolean
hvn_virtio_net_control_run(gpointer data);

/* HvnPortClass.push */
guint
hvn_virtio_net_rx_push(HvnPort *port, const HvnFrame *frames, guint n_frames);

/* ---- -control ---- */

/* the modes and the table after reset; takes every frame until the driver says otherwise */
void
hvn_virtio_net_rx_mode_reset(HvnVirtioNetNic *self);

/* fills the filter from modes, table and address */
void
hvn_virtio_net_rx_mode_apply(HvnVirtioNetNic *self);

/* ---- -steer ---- */

/* which receive queues frames go to: those that are there, enabled, and in use by what the driver said */
void
hvn_virtio_net_update_active(HvnVirtioNetNic *self);

/* remembers that the frame was sent on @pair */
void
hvn_virtio_net_steer_learn(HvnVirtioNetNic *self, const HvnFrame *frame, guint pair);

/* the pair whose receive queue gets the frame: one of active[]; @hash is that of the frame while RSS is on */
guint
hvn_virtio_net_steer(HvnVirtioNetNic *self, const HvnFrame *frame, const HvnVirtioNetHash *hash);

/* ---- -hash ---- */

/* whether received frames have a hash: somebody has a use for it, and the driver enabled types */
static inline gboolean
hvn_virtio_net_wants_hash(const HvnVirtioNetNic *self)
{
    return self->rss.hash_types != 0 && (self->rss.steer || self->header_len == HVN_VIRTIO_NET_HDR_LEN_HASH);
}

void
hvn_virtio_net_hash(const HvnVirtioNetRss *rss, const HvnFrame *frame, HvnVirtioNetHash *hash);

/* Toeplitz hash of @len bytes; @key has @len + 4 bytes or more */
guint32
hvn_virtio_net_toeplitz(const guint8 *key, const guint8 *input, guint len);

/* ---- -header ---- */

/* FALSE when the header asks for what is not allowed (5.1.6.2) */
gboolean
hvn_virtio_net_header_load(const guint8 *header, gsize frame_len, guint64 features, HvnOffload *offload);

/* the part of 12 bytes */
void
hvn_virtio_net_header_store(guint8 *header, const HvnFrame *frame, guint64 guest_offloads);

/* what follows it in a header with a hash (5.1.6.4.4) */
void
hvn_virtio_net_header_store_hash(guint8 *header, const HvnVirtioNetHash *hash);

G_END_DECLS
