/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of connections is a hash of 256 sets of 4, the longest unused entry of a set gives way: bounded whatever the guest
 * opens. A connection that was forgotten is cut by the interface's MTU. */
#include "hvn-user-large.h"

#include <string.h>

#include "hvn-bytes.h"

#define N_SETS 256
#define N_WAYS 4

#define TCP_HEADER_LEN 20
#define TCP_FLAG_SYN   0x02
#define TCP_FLAG_ACK   0x10
#define TCP_OPTION_END 0
#define TCP_OPTION_NOP 1
G_STATIC_ASSERT(2 * HVN_USER_LARGE_MTU < G_MAXUINT16);

#define TCP_OPTION_MSS 2
#define MSS_WITHOUT_V4 536 /* RFC 9293, 3.7.1 */
#define MSS_WITHOUT_V6 1220
#define MSS_WORTH_IT   256 /* a guest that offers less keeps libslirp's own small segments */

/* a connection: the guest's address, the other's, both ports */
typedef struct {
    guint8 bytes[36];
} Key;

typedef struct {
    Key key;
    guint16 mss;  /* what the guest offered; 0 while the entry is free */
    guint32 used; /* tick of the last use */
} Entry;

struct _HvnUserLarge {
    guint mtu;
    gboolean fixed;
    guint32 tick;
    guint32 seed;
    Entry entries[N_SETS][N_WAYS];
};

HvnUserLarge *
hvn_user_large_new(guint mtu, gboolean fixed)
{
    HvnUserLarge *self = g_new0(HvnUserLarge, 1);

    self->mtu = mtu;
    self->fixed = fixed;
    self->seed = g_random_int();
    return self;
}

void
hvn_user_large_free(HvnUserLarge *self)
{
    g_free(self);
}

static guint
hvn_user_large_headers(const HvnLayers *layers)
{
    return layers->ip_version == 6 ? 60 : 40;
}

static void
hvn_user_large_key(Key *key, const guint8 *frame, const HvnLayers *layers, gboolean from_guest)
{
    guint len = layers->ip_version == 6 ? 16 : 4;
    const guint8 *source = frame + layers->ip_offset + (layers->ip_version == 6 ? 8 : 12);
    const guint8 *ports = frame + layers->l4_offset;

    memset(key, 0, sizeof *key);
    memcpy(key->bytes, from_guest ? source : source + len, len);
    memcpy(key->bytes + 16, from_guest ? source + len : source, len);
    memcpy(key->bytes + 32, from_guest ? ports : ports + 2, 2);
    memcpy(key->bytes + 34, from_guest ? ports + 2 : ports, 2);
}

static Entry *
hvn_user_large_set(HvnUserLarge *self, const Key *key)
{
    guint32 hash = self->seed;

    for (guint i = 0; i < sizeof key->bytes; i += 4) {
        hash = (hash ^ hvn_load_le32(key->bytes + i)) * 0x9e3779b1u;
        hash ^= hash >> 15;
    }
    return self->entries[hash % N_SETS];
}

static Entry *
hvn_user_large_find(HvnUserLarge *self, const Key *key)
{
    Entry *set = hvn_user_large_set(self, key);

    for (guint i = 0; i < N_WAYS; i++) {
        if (set[i].mss != 0 && memcmp(&set[i].key, key, sizeof *key) == 0) {
            set[i].used = ++self->tick;
            return &set[i];
        }
    }
    return NULL;
}

static void
hvn_user_large_remember(HvnUserLarge *self, const Key *key, guint16 mss)
{
    Entry *entry = hvn_user_large_find(self, key);

    if (entry == NULL) {
        Entry *set = hvn_user_large_set(self, key);

        entry = &set[0];
        for (guint i = 0; i < N_WAYS && entry->mss != 0; i++) {
            /* the difference keeps its meaning when the tick wraps */
            if (set[i].mss == 0 || self->tick - set[i].used > self->tick - entry->used)
                entry = &set[i];
        }
        entry->key = *key;
    }
    entry->mss = mss;
    entry->used = ++self->tick;
}

gboolean
hvn_user_tcp_is_syn(const guint8 *frame, const HvnLayers *layers)
{
    return layers->protocol == 6 && !layers->fragment && layers->payload_offset >= layers->l4_offset + TCP_HEADER_LEN &&
           layers->l4_offset != 0 && (frame[layers->l4_offset + 13] & TCP_FLAG_SYN) != 0;
}

gsize
hvn_user_tcp_find_mss(const guint8 *frame, const HvnLayers *layers)
{
    gsize at = layers->l4_offset + TCP_HEADER_LEN;

    while (at < layers->payload_offset && frame[at] != TCP_OPTION_END) {
        if (frame[at] == TCP_OPTION_NOP) {
            at++;
            continue;
        }
        if (at + 2 > layers->payload_offset || frame[at + 1] < 2 || at + frame[at + 1] > layers->payload_offset)
            return 0;
        if (frame[at] == TCP_OPTION_MSS)
            return frame[at + 1] == 4 ? at + 2 : 0;
        at += frame[at + 1];
    }
    return 0;
}

/* RFC 1624: HC' = ~(~HC + ~m + m'); a word at an odd offset counts with its bytes swapped */
void
hvn_user_tcp_set_mss(guint8 *frame, const HvnLayers *layers, gsize at, guint16 mss, gboolean adjust)
{
    guint16 old = hvn_load_be16(frame + at), new = mss;
    guint8 *field = frame + layers->l4_offset + 16;
    guint32 sum;

    hvn_store_be16(frame + at, mss);
    if (!adjust)
        return;
    if (((at - layers->l4_offset) & 1) != 0) {
        old = GUINT16_SWAP_LE_BE(old);
        new = GUINT16_SWAP_LE_BE(new);
    }
    sum = (guint16)~hvn_load_be16(field) + (guint32)(guint16)~old + new;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    hvn_store_be16(field, (guint16)~sum);
}

void
hvn_user_large_from_guest(HvnUserLarge *self, guint8 *frame, const HvnLayers *layers, gboolean adjust)
{
    gsize at = hvn_user_tcp_find_mss(frame, layers);
    guint16 mss = at != 0 ? hvn_load_be16(frame + at) : 0;
    Key key;

    hvn_user_large_key(&key, frame, layers, TRUE);
    if (at != 0 && mss >= MSS_WORTH_IT)
        hvn_user_tcp_set_mss(frame, layers, at, (guint16)(HVN_USER_LARGE_MTU - hvn_user_large_headers(layers)), adjust);
    if (mss == 0)
        mss = layers->ip_version == 6 ? MSS_WITHOUT_V6 : MSS_WITHOUT_V4;
    hvn_user_large_remember(self, &key, mss);
}

void
hvn_user_large_syn_to_guest(HvnUserLarge *self, guint8 *frame, const HvnLayers *layers)
{
    gsize at = hvn_user_tcp_find_mss(frame, layers);
    guint limit = self->mtu - MIN(self->mtu, hvn_user_large_headers(layers));
    const Entry *entry;
    Key key;

    if (at == 0)
        return;
    hvn_user_large_key(&key, frame, layers, FALSE);
    entry = hvn_user_large_find(self, &key);
    if (!self->fixed && (frame[layers->l4_offset + 13] & TCP_FLAG_ACK) != 0 && entry != NULL)
        limit = MAX(limit, entry->mss);
    if (hvn_load_be16(frame + at) > limit)
        hvn_user_tcp_set_mss(frame, layers, at, (guint16)limit, TRUE);
}

guint
hvn_user_large_get_mss(HvnUserLarge *self, const guint8 *frame, const HvnLayers *layers)
{
    const Entry *entry;
    Key key;

    hvn_user_large_key(&key, frame, layers, FALSE);
    entry = hvn_user_large_find(self, &key);
    if (entry != NULL)
        return entry->mss;
    return MAX(self->mtu, hvn_user_large_headers(layers) + 1) - hvn_user_large_headers(layers);
}

void
hvn_user_large_make_gso(guint8 *frame, const HvnLayers *layers, guint mss, HvnOffload *offload)
{
    guint64 sum = hvn_checksum_pseudo(frame + layers->ip_offset, layers->ip_version, 6, (guint32)layers->l4_len);

    hvn_store_be16(frame + layers->l4_offset + 16, hvn_checksum_fold(sum));
    offload->flags = HVN_OFFLOAD_NEEDS_CSUM;
    offload->gso_type = layers->ip_version == 6 ? HVN_GSO_TCPV6 : HVN_GSO_TCPV4;
    offload->gso_size = (guint16)mss;
    offload->hdr_len = (guint16)layers->payload_offset;
    offload->csum_start = (guint16)layers->l4_offset;
    offload->csum_offset = 16;
}
