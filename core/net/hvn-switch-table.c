/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of stations: a hash table of chains whose hash no guest can guess, and for each port its stations by age. */
#include "hvn-switch-table.h"

#define BUCKET_BITS 12
#define REFRESH_NS  G_GINT64_CONSTANT(1000000000) /* a station that was seen since is not moved in its list again */

typedef struct _HvnSwitchStation HvnSwitchStation;

struct _HvnSwitchStation {
    GList             node; /* in side->stations */
    HvnSwitchStation *next; /* in its bucket */
    HvnSwitchSide    *side; /* not owned */
    guint64           key;
    gint64            seen_ns;
};

struct _HvnSwitchTable {
    guint             max_stations;
    gint64            max_age_ns;
    guint64           factor; /* odd and random: of the hash */
    guint             size;
    HvnSwitchStation *buckets[1 << BUCKET_BITS]; /* owned chains */
};

/* multiply-shift: without the factor nobody can choose addresses that collide */
static HvnSwitchStation **
hvn_switch_table_bucket(HvnSwitchTable *self, guint64 key)
{
    return &self->buckets[(key * self->factor) >> (64 - BUCKET_BITS)];
}

static HvnSwitchStation *
hvn_switch_table_get(HvnSwitchTable *self, guint64 key)
{
    HvnSwitchStation *station = *hvn_switch_table_bucket(self, key);

    while (station != NULL && station->key != key)
        station = station->next;
    return station;
}

static void
hvn_switch_table_remove(HvnSwitchTable *self, HvnSwitchStation *station)
{
    HvnSwitchStation **at = hvn_switch_table_bucket(self, station->key);

    while (*at != station)
        at = &(*at)->next;
    *at = station->next;
    g_queue_unlink(&station->side->stations, &station->node);
    self->size--;
    g_free(station);
}

static gboolean
hvn_switch_table_is_old(const HvnSwitchTable *self, const HvnSwitchStation *station, gint64 now_ns)
{
    return now_ns - station->seen_ns >= self->max_age_ns;
}

/* room for one more behind a port: what is too old goes, and if need be what was quiet the longest */
static void
hvn_switch_table_make_room(HvnSwitchTable *self, HvnSwitchSide *side, gint64 now_ns)
{
    GList *oldest;

    while ((oldest = g_queue_peek_head_link(&side->stations)) != NULL &&
           (side->stations.length >= self->max_stations || hvn_switch_table_is_old(self, oldest->data, now_ns)))
        hvn_switch_table_remove(self, oldest->data);
}

void
hvn_switch_table_learn(HvnSwitchTable *self, HvnSwitchSide *side, guint64 key, gint64 now_ns)
{
    HvnSwitchStation  *station = hvn_switch_table_get(self, key);
    HvnSwitchStation **bucket;

    if (station != NULL && station->side == side) {
        if (now_ns - station->seen_ns < REFRESH_NS)
            return;
        g_queue_unlink(&side->stations, &station->node);
    } else if (station != NULL) {
        g_queue_unlink(&station->side->stations, &station->node);
        hvn_switch_table_make_room(self, side, now_ns);
    } else {
        hvn_switch_table_make_room(self, side, now_ns);
        station = g_new0(HvnSwitchStation, 1);
        station->node.data = station;
        station->key = key;
        bucket = hvn_switch_table_bucket(self, key);
        station->next = *bucket;
        *bucket = station;
        self->size++;
    }
    station->side = side;
    station->seen_ns = now_ns;
    g_queue_push_tail_link(&side->stations, &station->node);
}

HvnSwitchSide *
hvn_switch_table_find(HvnSwitchTable *self, guint64 key, gint64 now_ns)
{
    HvnSwitchStation *station = hvn_switch_table_get(self, key);

    if (station == NULL)
        return NULL;
    if (!hvn_switch_table_is_old(self, station, now_ns))
        return station->side;
    hvn_switch_table_remove(self, station);
    return NULL;
}

void
hvn_switch_table_forget(HvnSwitchTable *self, HvnSwitchSide *side)
{
    GList *oldest;

    while ((oldest = g_queue_peek_head_link(&side->stations)) != NULL)
        hvn_switch_table_remove(self, oldest->data);
}

guint
hvn_switch_table_get_size(const HvnSwitchTable *self)
{
    return self->size;
}

HvnSwitchTable *
hvn_switch_table_new(guint max_stations, gint64 max_age_ns)
{
    HvnSwitchTable *self = g_new0(HvnSwitchTable, 1);

    self->max_stations = max_stations;
    self->max_age_ns = max_age_ns;
    self->factor = (guint64)g_random_int() << 32 | g_random_int() | 1;
    return self;
}

void
hvn_switch_table_free(HvnSwitchTable *self)
{
    if (self == NULL)
        return;
    g_warn_if_fail(self->size == 0);
    g_free(self);
}
