/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The control queue (VIRTIO 1.2, 5.1.6.5): class and command, the command's data, and one byte of answer. */
#include "hvn-virtio-net-nic.h"

#include "hvn-bytes.h"
#include "hvn-iov.h"

#define CONTROL_BATCH    16   /* commands of one run */
#define CONTROL_DATA_MAX 65536 /* a table of ten thousand addresses, which is more than any driver sends */

/* 5.1.6.5.6.1: hash types, mask, unclassified, table, transmit queues, key length, key */
#define RSS_FIXED 8

/* 5.1.6.5.6.4: hash types, four reserved fields of 16 bits; key length and key follow */
#define HASH_FIXED 12

/* ---- receive modes and addresses ---- */

void
hvn_virtio_net_rx_mode_apply(HvnVirtioNetNic *self)
{
    const HvnVirtioNetRxMode *mode = &self->rx_mode;
    HvnMacFilter *filter = &self->filter;

    filter->n_perfect = 0;
    filter->unicast_promiscuous = !mode->nouni && (mode->alluni || mode->unicast_overflow);
    filter->multicast_promiscuous = !mode->nomulti && (mode->allmulti || mode->multicast_overflow);
    filter->broadcast = !mode->nobcast;
    filter->vlan_enabled = (self->features & HVN_VIRTIO_NET_F_CTRL_VLAN) != 0;
    if (!mode->nouni)
        filter->perfect[filter->n_perfect++] = self->mac;
    for (guint i = 0; i < mode->n_table; i++) {
        gboolean off = i < mode->n_unicast ? mode->nouni : mode->nomulti;

        if (!off && filter->n_perfect < HVN_MAC_FILTER_MAX_PERFECT)
            filter->perfect[filter->n_perfect++] = mode->table[i];
    }
}

void
hvn_virtio_net_rx_mode_reset(HvnVirtioNetNic *self)
{
    memset(&self->rx_mode, 0, sizeof self->rx_mode);
    memset(&self->filter, 0, sizeof self->filter);
    self->rx_mode.promisc = TRUE;
    hvn_virtio_net_rx_mode_apply(self);
}

static gboolean
hvn_virtio_net_control_rx(HvnVirtioNetNic *self, guint8 command, const guint8 *data, gsize len)
{
    HvnVirtioNetRxMode *mode = &self->rx_mode;
    gboolean *const modes[] = {&mode->promisc, &mode->allmulti, &mode->alluni, &mode->nomulti, &mode->nouni, &mode->nobcast};
    guint64 needs = command <= HVN_VIRTIO_NET_CTRL_RX_ALLMULTI ? HVN_VIRTIO_NET_F_CTRL_RX : HVN_VIRTIO_NET_F_CTRL_RX_EXTRA;

    if (command >= G_N_ELEMENTS(modes) || len != 1 || !(self->features & needs))
        return FALSE;
    *modes[command] = data[0] != 0;
    hvn_virtio_net_rx_mode_apply(self);
    return TRUE;
}

/* one list: a count and its addresses; FALSE when the data ends first. *overflow when they do not fit the table */
static gboolean
hvn_virtio_net_control_list(HvnVirtioNetRxMode *mode, const guint8 **data, gsize *len, gboolean *overflow)
{
    guint32 n;

    if (*len < 4)
        return FALSE;
    n = hvn_load_le32(*data);
    *data += 4;
    *len -= 4;
    if (n > *len / HVN_MAC_LEN)
        return FALSE;
    /* a place is kept for the device's own address */
    *overflow = n > HVN_MAC_FILTER_MAX_PERFECT - 1 - mode->n_table;
    for (guint i = 0; i < n && !*overflow; i++)
        memcpy(&mode->table[mode->n_table++], *data + (gsize)i * HVN_MAC_LEN, HVN_MAC_LEN);
    *data += (gsize)n * HVN_MAC_LEN;
    *len -= (gsize)n * HVN_MAC_LEN;
    return TRUE;
}

/* 5.1.6.5.2 */
static gboolean
hvn_virtio_net_control_mac(HvnVirtioNetNic *self, guint8 command, const guint8 *data, gsize len)
{
    HvnVirtioNetRxMode mode = self->rx_mode;

    if (command == HVN_VIRTIO_NET_CTRL_MAC_ADDR_SET) {
        if (len != HVN_MAC_LEN || !(self->features & HVN_VIRTIO_NET_F_CTRL_MAC_ADDR))
            return FALSE;
        memcpy(&self->mac, data, HVN_MAC_LEN);
        hvn_virtio_net_rx_mode_apply(self);
        return TRUE;
    }
    if (command != HVN_VIRTIO_NET_CTRL_MAC_TABLE_SET || !(self->features & HVN_VIRTIO_NET_F_CTRL_RX))
        return FALSE;
    mode.n_table = 0;
    if (!hvn_virtio_net_control_list(&mode, &data, &len, &mode.unicast_overflow))
        return FALSE;
    mode.n_unicast = mode.n_table;
    if (!hvn_virtio_net_control_list(&mode, &data, &len, &mode.multicast_overflow) || len != 0)
        return FALSE;
    self->rx_mode = mode;
    hvn_virtio_net_rx_mode_apply(self);
    return TRUE;
}

/* 5.1.6.5.3 */
static gboolean
hvn_virtio_net_control_vlan(HvnVirtioNetNic *self, guint8 command, const guint8 *data, gsize len)
{
    guint16 vid;

    if (len != 2 || command > HVN_VIRTIO_NET_CTRL_VLAN_DEL || !(self->features & HVN_VIRTIO_NET_F_CTRL_VLAN))
        return FALSE;
    vid = hvn_load_le16(data);
    if (vid >= 4096)
        return FALSE;
    if (command == HVN_VIRTIO_NET_CTRL_VLAN_ADD)
        self->filter.vlan_table[vid / 32] |= 1u << vid % 32;
    else
        self->filter.vlan_table[vid / 32] &= ~(1u << vid % 32);
    return TRUE;
}

/* ---- queues ---- */

/* key length and key, which end the data; hash types need a key */
static gboolean
hvn_virtio_net_control_rss_key(HvnVirtioNetRss *rss, const guint8 *data, gsize len)
{
    if (len < 1 || data[0] > HVN_VIRTIO_NET_RSS_KEY_LEN || len != (gsize)data[0] + 1)
        return FALSE;
    memset(rss->key, 0, sizeof rss->key);
    memcpy(rss->key, data + 1, data[0]);
    return (rss->hash_types & ~HVN_VIRTIO_NET_RSS_TYPES) == 0 && (rss->hash_types == 0 || data[0] != 0);
}

/* 5.1.6.5.6.1: everything is checked before anything changes (CVE-2024-6505) */
static gboolean
hvn_virtio_net_control_rss(HvnVirtioNetNic *self, const guint8 *data, gsize len)
{
    HvnVirtioNetRss rss = {0};
    guint16 n_pairs;
    guint n_entries;

    if (!(self->features & HVN_VIRTIO_NET_F_RSS) || len < RSS_FIXED)
        return FALSE;
    rss.hash_types = hvn_load_le32(data);
    rss.indirection_mask = hvn_load_le16(data + 4);
    rss.unclassified = hvn_load_le16(data + 6);
    n_entries = (guint)rss.indirection_mask + 1;
    if (n_entries > HVN_VIRTIO_NET_RSS_ENTRIES || (n_entries & (n_entries - 1)) != 0 || rss.unclassified >= self->max_pairs ||
        len < RSS_FIXED + n_entries * 2 + 2)
        return FALSE;
    for (guint i = 0; i < n_entries; i++) {
        rss.indirection[i] = hvn_load_le16(data + RSS_FIXED + i * 2);
        if (rss.indirection[i] >= self->max_pairs)
            return FALSE;
    }
    data += RSS_FIXED + n_entries * 2;
    len -= RSS_FIXED + n_entries * 2;
    n_pairs = hvn_load_le16(data);
    if (n_pairs < 1 || n_pairs > self->max_pairs || !hvn_virtio_net_control_rss_key(&rss, data + 2, len - 2))
        return FALSE;
    rss.steer = TRUE;
    self->rss = rss;
    self->n_pairs = n_pairs;
    hvn_virtio_net_update_active(self);
    return TRUE;
}

/* 5.1.6.5.6.4: for a driver that wants to be told the hash and steers with it itself */
static gboolean
hvn_virtio_net_control_hash(HvnVirtioNetNic *self, const guint8 *data, gsize len)
{
    HvnVirtioNetRss rss = {0};

    if (!(self->features & HVN_VIRTIO_NET_F_HASH_REPORT) || len < HASH_FIXED)
        return FALSE;
    rss.hash_types = hvn_load_le32(data);
    if (!hvn_virtio_net_control_rss_key(&rss, data + HASH_FIXED, len - HASH_FIXED))
        return FALSE;
    self->rss = rss; /* automatic steering, as with pairs */
    hvn_virtio_net_update_active(self);
    return TRUE;
}

/* 5.1.6.5.5 */
static gboolean
hvn_virtio_net_control_mq(HvnVirtioNetNic *self, guint8 command, const guint8 *data, gsize len)
{
    guint16 n_pairs;

    if (command == HVN_VIRTIO_NET_CTRL_MQ_RSS_CONFIG)
        return hvn_virtio_net_control_rss(self, data, len);
    if (command == HVN_VIRTIO_NET_CTRL_MQ_HASH_CONFIG)
        return hvn_virtio_net_control_hash(self, data, len);
    if (command != HVN_VIRTIO_NET_CTRL_MQ_PAIRS_SET || len != 2 || !(self->features & HVN_VIRTIO_NET_F_MQ))
        return FALSE;
    n_pairs = hvn_load_le16(data);
    if (n_pairs < 1 || n_pairs > self->max_pairs)
        return FALSE;
    self->n_pairs = n_pairs;
    self->rss.steer = FALSE; /* automatic steering again */
    hvn_virtio_net_update_active(self);
    return TRUE;
}

/* ---- the rest ---- */

/* 5.1.6.5.4 */
static gboolean
hvn_virtio_net_control_announce(HvnVirtioNetNic *self, guint8 command, gsize len)
{
    if (command != HVN_VIRTIO_NET_CTRL_ANNOUNCE_ACK || len != 0 || self->announce == 0)
        return FALSE;
    self->announce = 0;
    return TRUE;
}

/* 5.1.6.5.8: any of those that were negotiated */
static gboolean
hvn_virtio_net_control_offloads(HvnVirtioNetNic *self, guint8 command, const guint8 *data, gsize len)
{
    guint64 offloads;

    if (command != HVN_VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET || len != 8 || !(self->features & HVN_VIRTIO_NET_F_CTRL_GUEST_OFFLOADS))
        return FALSE;
    offloads = hvn_load_le64(data);
    if (offloads & ~(self->features & HVN_VIRTIO_NET_GUEST_OFFLOADS))
        return FALSE;
    self->guest_offloads = offloads;
    hvn_virtio_net_update_features(self);
    return TRUE;
}

static gboolean
hvn_virtio_net_control_command(HvnVirtioNetNic *self, const guint8 *data, gsize len)
{
    guint8 command = data[1];

    switch (data[0]) {
    case HVN_VIRTIO_NET_CTRL_RX:
        return hvn_virtio_net_control_rx(self, command, data + 2, len - 2);
    case HVN_VIRTIO_NET_CTRL_MAC:
        return hvn_virtio_net_control_mac(self, command, data + 2, len - 2);
    case HVN_VIRTIO_NET_CTRL_VLAN:
        return hvn_virtio_net_control_vlan(self, command, data + 2, len - 2);
    case HVN_VIRTIO_NET_CTRL_ANNOUNCE:
        return hvn_virtio_net_control_announce(self, command, len - 2);
    case HVN_VIRTIO_NET_CTRL_MQ:
        return hvn_virtio_net_control_mq(self, command, data + 2, len - 2);
    case HVN_VIRTIO_NET_CTRL_GUEST_OFFLOADS:
        return hvn_virtio_net_control_offloads(self, command, data + 2, len - 2);
    default:
        return FALSE;
    }
}

/* what the driver wrote is copied once, and then looked at */
static void
hvn_virtio_net_control_chain(HvnVirtioNetNic *self, HvnVirtqueue *queue, const HvnVirtqueueChain *chain)
{
    g_autofree guint8 *data = NULL;
    guint8 answer = HVN_VIRTIO_NET_ERR;

    if (chain->out_len < 2 || chain->in_len < 1) {
        hvn_virtqueue_set_broken(queue, "a control command without room for header or answer");
        return;
    }
    if (chain->out_len <= CONTROL_DATA_MAX) {
        data = g_malloc(chain->out_len);
        hvn_iov_to_buf(chain->out, chain->n_out, 0, data, chain->out_len);
        if (hvn_virtio_net_control_command(self, data, chain->out_len))
            answer = HVN_VIRTIO_NET_OK;
    }
    hvn_iov_from_buf(chain->in, chain->n_in, 0, &answer, 1);
    hvn_virtqueue_push(queue, chain, 1);
}

/* the work of the control queue. The transport may be told of an interrupt in between, never of more */
gboolean
hvn_virtio_net_control_run(gpointer data)
{
    HvnVirtioNetQueue *queue = data;
    HvnVirtqueueBatch batch;
    gboolean more;

    if (queue->queue == NULL || !hvn_virtqueue_begin(queue->queue))
        return FALSE;
    hvn_virtqueue_pop(queue->queue, &batch, CONTROL_BATCH);
    for (guint i = 0; i < batch.n_chains && hvn_virtqueue_get_broken(queue->queue) == NULL; i++)
        hvn_virtio_net_control_chain(queue->nic, queue->queue, &batch.chains[i]);
    more = batch.n_chains == CONTROL_BATCH || hvn_virtqueue_want_kick(queue->queue);
    hvn_virtqueue_end(queue->queue);
    return more;
}
