/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ports of a network with a fake NIC at each, and time by hand. */
#pragma once

#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-switch.h"

G_BEGIN_DECLS

#define SWITCH_PORTS_MAX 8

typedef struct {
    HvnBackend    *backend;
    HvnFakePort   *nic;
    HvnLink       *link;
} SwitchStation;

typedef struct {
    HvnClock      *clock; /* manual */
    HvnDispatcher *dispatcher;
    SwitchStation  stations[SWITCH_PORTS_MAX]; /* the NIC of number N has the address 52:54:00:00:00:N */
    guint          n_stations;
} SwitchFixture;

void
switch_set_up(SwitchFixture *self, gconstpointer data);

void
switch_tear_down(SwitchFixture *self, gconstpointer data);

/* a port with a NIC; returns its number */
guint
switch_add(SwitchFixture *self, const HvnSwitchPortSetup *setup);

/* n ports of a hub, or of a switch, called "lan" */
void
switch_add_plain(SwitchFixture *self, guint n, gboolean hub);

/* takes the port of a station away */
void
switch_leave(SwitchFixture *self, guint number);

HvnSwitchPort *
switch_port(SwitchFixture *self, guint number);

/* the NIC of one station sends to another, to everybody for "to" G_MAXUINT; returns how many of the frames were taken. The tag of a VLAN
 * is put on where it is not 0; byte 40 of each frame counts from first on */
guint
switch_send(SwitchFixture *self, guint from, guint to, guint vlan, guint n_frames, guint first);

/* each station makes itself known */
void
switch_introduce(SwitchFixture *self);

/* frames that a NIC got since the last time; their counting bytes must follow one another from first on, unless first is G_MAXUINT */
guint
switch_got(SwitchFixture *self, guint number, guint first);

guint64
switch_drops(SwitchFixture *self, guint number, HvnBackendDrop reason);

G_END_DECLS
