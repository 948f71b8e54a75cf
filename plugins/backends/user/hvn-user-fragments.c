/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A datagram's data lies where it will be in the end: behind room for the longest header, so that the header, which comes with the
 * first fragment, is put right before it. What has arrived is a bit for each eight bytes, the unit of a fragment's offset. */
#include "hvn-user-fragments.h"

#include <string.h>

#include "hvn-bytes.h"

#define IP_HEADER_MIN  20
#define IP_HEADER_MAX  60
#define DATA_AT        (HVN_ETHER_HEADER_LEN + IP_HEADER_MAX)
#define DATA_MAX       65535
#define MORE_FRAGMENTS 0x2000
#define OFFSET_MASK    0x1fff
#define UNIT           8 /* bytes */
#define N_UNITS        ((DATA_MAX + UNIT) / UNIT)

typedef struct {
    guint8  key[11]; /* source, destination, identification, protocol */
    gint64  started; /* 0 when this place is free */
    gsize   header_len; /* of Ethernet and IP, 0 before the first fragment has come */
    gsize   total;   /* bytes of data, 0 before the last fragment has come */
    gsize   n_units; /* that have arrived */
    gsize   end;     /* of the data that has arrived */
    guint8 *bytes;   /* DATA_AT + DATA_MAX */
    guint8  arrived[(N_UNITS + 7) / 8];
} HvnUserDatagram;

struct _HvnUserFragments {
    HvnUserDatagram datagrams[HVN_USER_DATAGRAMS_MAX];
    guint64         dropped;
};

/* a fragment, checked */
typedef struct {
    const guint8 *frame;
    const guint8 *ip;
    gsize header_len; /* of IP */
    gsize offset;     /* of its data in the datagram */
    gsize len;
    gboolean more;
} HvnUserFragment;

HvnUserFragments *
hvn_user_fragments_new(void)
{
    return g_new0(HvnUserFragments, 1);
}

void
hvn_user_fragments_free(HvnUserFragments *self)
{
    for (guint i = 0; i < HVN_USER_DATAGRAMS_MAX; i++)
        g_free(self->datagrams[i].bytes);
    g_free(self);
}

guint64
hvn_user_fragments_get_dropped(const HvnUserFragments *self)
{
    return self->dropped;
}

gboolean
hvn_user_fragments_is_one(const HvnLayers *layers)
{
    return layers->ip_version == 4 && layers->fragment && layers->n_vlan == 0;
}

/* every length once more, for this function does not know who changed the bytes since the layers were found */
static gboolean
hvn_user_fragment_parse(HvnUserFragment *self, const guint8 *frame, gsize frame_len)
{
    const guint8 *ip = frame + HVN_ETHER_HEADER_LEN;
    guint16 flags = hvn_load_be16(ip + 6);
    gsize total_len = hvn_load_be16(ip + 2);

    self->frame = frame;
    self->ip = ip;
    self->header_len = (ip[0] & 15) * 4u;
    if (self->header_len < IP_HEADER_MIN || total_len <= self->header_len || total_len > frame_len - HVN_ETHER_HEADER_LEN)
        return FALSE;
    self->offset = (gsize)(flags & OFFSET_MASK) * UNIT;
    self->len = total_len - self->header_len;
    self->more = (flags & MORE_FRAGMENTS) != 0;
    return (!self->more || self->len % UNIT == 0) && self->offset + self->len + self->header_len <= DATA_MAX &&
           hvn_checksum_fold(hvn_checksum_add(0, ip, self->header_len)) == 0xffff;
}

static void
hvn_user_datagram_end(HvnUserDatagram *self)
{
    self->started = 0;
}

/* the place of the fragment's datagram: its own, a free one, or that of the oldest */
static HvnUserDatagram *
hvn_user_fragments_find(HvnUserFragments *self, const HvnUserFragment *fragment, gint64 now)
{
    HvnUserDatagram *place = &self->datagrams[0];
    guint8 key[sizeof place->key];

    memcpy(key, fragment->ip + 12, 8);
    memcpy(key + 8, fragment->ip + 4, 2);
    key[10] = fragment->ip[9];
    for (guint i = 0; i < HVN_USER_DATAGRAMS_MAX; i++) {
        HvnUserDatagram *datagram = &self->datagrams[i];

        if (datagram->started != 0 && now - datagram->started > HVN_USER_DATAGRAM_AGE_MAX) {
            hvn_user_datagram_end(datagram);
            self->dropped++;
        }
        if (datagram->started != 0 && memcmp(datagram->key, key, sizeof key) == 0)
            return datagram;
        if (datagram->started < place->started)
            place = datagram;
    }
    if (place->started != 0)
        self->dropped++;
    if (place->bytes == NULL)
        place->bytes = g_malloc(DATA_AT + DATA_MAX);
    place->started = MAX(now, 1);
    place->header_len = place->total = place->n_units = place->end = 0;
    memcpy(place->key, key, sizeof key);
    memset(place->arrived, 0, sizeof place->arrived);
    return place;
}

/* marks the fragment's units: how many of them had arrived already */
static gsize
hvn_user_datagram_mark(HvnUserDatagram *self, gsize first, gsize n_units)
{
    gsize n_known = 0;

    for (gsize i = first; i < first + n_units; i++) {
        guint8 bit = (guint8)(1u << i % 8);

        n_known += (self->arrived[i / 8] & bit) != 0;
        self->arrived[i / 8] |= bit;
    }
    return n_known;
}

/* FALSE when it does not fit what is there */
static gboolean
hvn_user_datagram_take(HvnUserDatagram *self, const HvnUserFragment *fragment)
{
    gsize n_units = (fragment->len + UNIT - 1) / UNIT, end = fragment->offset + fragment->len, n_known;

    if (self->total != 0 && (end > self->total || (!fragment->more && end != self->total)))
        return FALSE;
    if (!fragment->more && end < self->end)
        return FALSE;
    n_known = hvn_user_datagram_mark(self, fragment->offset / UNIT, n_units);
    if (n_known != 0)
        return n_known == n_units; /* it came twice: the first one holds */
    self->n_units += n_units;
    self->end = MAX(self->end, end);
    if (!fragment->more)
        self->total = end;
    if (fragment->offset == 0) {
        self->header_len = HVN_ETHER_HEADER_LEN + fragment->header_len;
        memcpy(self->bytes + DATA_AT - self->header_len, fragment->frame, self->header_len);
    }
    memcpy(self->bytes + DATA_AT + fragment->offset, fragment->ip + fragment->header_len, fragment->len);
    return self->header_len - MIN(self->header_len, HVN_ETHER_HEADER_LEN) + self->end <= DATA_MAX;
}

/* makes the first fragment's header that of the whole */
static const guint8 *
hvn_user_datagram_finish(HvnUserDatagram *self, gsize *len)
{
    guint8 *frame = self->bytes + DATA_AT - self->header_len, *ip = frame + HVN_ETHER_HEADER_LEN;
    gsize header_len = self->header_len - HVN_ETHER_HEADER_LEN;

    hvn_store_be16(ip + 2, (guint16)(header_len + self->total));
    hvn_store_be16(ip + 6, 0);
    hvn_store_be16(ip + 10, 0);
    hvn_store_be16(ip + 10, (guint16)~hvn_checksum_fold(hvn_checksum_add(0, ip, header_len)));
    *len = self->header_len + self->total;
    hvn_user_datagram_end(self);
    return frame;
}

const guint8 *
hvn_user_fragments_add(HvnUserFragments *self, const guint8 *frame, gsize frame_len, gint64 now, gsize *len)
{
    HvnUserFragment fragment;
    HvnUserDatagram *datagram;

    if (frame_len < HVN_ETHER_HEADER_LEN + IP_HEADER_MIN || !hvn_user_fragment_parse(&fragment, frame, frame_len)) {
        self->dropped++;
        return NULL;
    }
    datagram = hvn_user_fragments_find(self, &fragment, now);
    if (!hvn_user_datagram_take(datagram, &fragment)) {
        hvn_user_datagram_end(datagram);
        self->dropped++;
        return NULL;
    }
    if (datagram->header_len == 0 || datagram->total == 0 || datagram->n_units != (datagram->total + UNIT - 1) / UNIT)
        return NULL;
    return hvn_user_datagram_finish(datagram, len);
}
