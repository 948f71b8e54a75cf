/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which station is behind which port of a switch, as IEEE 802.1Q clause 8.8 has it: learned from source addresses, moved when a station
 * moves, forgotten with age. Each port has room of its own: one that makes up addresses forgets its own and nobody else's. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _HvnSwitchTable HvnSwitchTable;

/**
 * HvnSwitchSide:
 *
 * What the table knows of a port: its stations. Zeroed at first, embedded by value in the port, which calls hvn_switch_table_forget() before
 * it goes away. The fields belong to the table.
 */
typedef struct {
    GQueue stations; /* seen last at the tail */
} HvnSwitchSide;

/**
 * hvn_switch_table_new: (skip)
 * @max_stations: most stations of one port, 1 or more
 * @max_age_ns: nanoseconds after which a station that says nothing is forgotten
 *
 * Returns: (transfer full): an empty table
 */
HvnSwitchTable *
hvn_switch_table_new(guint max_stations, gint64 max_age_ns);

/**
 * hvn_switch_table_free: (skip)
 * @self: (transfer full) (nullable): a table whose ports have been forgotten
 */
void
hvn_switch_table_free(HvnSwitchTable *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnSwitchTable, hvn_switch_table_free)

/**
 * hvn_switch_table_key: (skip)
 * @address: six bytes of a MAC address
 * @vlan: the VLAN in which it was seen, 0 to 4095: a station may be elsewhere in another one
 *
 * Returns: what a station is known by
 */
static inline guint64
hvn_switch_table_key(const guint8 *address, guint vlan)
{
    return (guint64)vlan << 48 | (guint64)address[0] << 40 | (guint64)address[1] << 32 | (guint64)address[2] << 24 |
           (guint64)address[3] << 16 | (guint64)address[4] << 8 | address[5];
}

/**
 * hvn_switch_table_learn: (skip)
 * @self: a table
 * @side: the port behind which the station is
 * @key: the station
 * @now_ns: the time
 *
 * Remembers where a station was seen. A port that has as many as it may forgets the one that was quiet the longest.
 */
void
hvn_switch_table_learn(HvnSwitchTable *self, HvnSwitchSide *side, guint64 key, gint64 now_ns);

/**
 * hvn_switch_table_find: (skip)
 * @self: a table
 * @key: a station
 * @now_ns: the time
 *
 * Returns: (transfer none) (nullable): the port behind which it is, %NULL for one that is unknown or was quiet for too long
 */
HvnSwitchSide *
hvn_switch_table_find(HvnSwitchTable *self, guint64 key, gint64 now_ns);

/**
 * hvn_switch_table_forget: (skip)
 * @self: a table
 * @side: a port
 *
 * Forgets all stations of a port.
 */
void
hvn_switch_table_forget(HvnSwitchTable *self, HvnSwitchSide *side);

/**
 * hvn_switch_table_get_size: (skip)
 * @self: a table
 *
 * Returns: how many stations are remembered, those that are too old and were not asked for among them
 */
guint
hvn_switch_table_get_size(const HvnSwitchTable *self);

G_END_DECLS
