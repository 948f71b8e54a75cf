/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The networks inside a session: hubs, which repeat, and switches, which learn. Backends join one by its name as ports; what the NIC at one
 * port sends comes out at others, by reference, within the same call.
 *
 *   NIC a -> link -> push of port a -> hvn_switch_port_push() -> hvn_port_send() of port b -> link -> push of NIC b
 *
 * A network belongs to the dispatcher of its ports: it is there with the first of them and goes with the last.
 *
 * Where a port has no room:
 *  - The sender of a frame for that port alone, and any sender to a hub, is held until there is room, at most %HVN_SWITCH_PATIENCE_NS.
 *  - After that, and of a frame for several ports of a switch at once, what it has no room for is dropped and counted at that port, so
 *    that one that hangs stalls nobody. */
#pragma once

#include "hvn-backend.h"
#include "hvn-vlan.h"

G_BEGIN_DECLS

#define HVN_SWITCH_PATIENCE_NS   (20 * HVN_NS_PER_MS)
#define HVN_SWITCH_MAX_AGE_NS    (300 * HVN_NS_PER_S) /* IEEE 802.1Q, table 8-7: recommended ageing time */
#define HVN_SWITCH_MAX_STATIONS  1024                 /* behind one port */

typedef struct _HvnSwitchPort HvnSwitchPort;

/**
 * HvnSwitchPortSetup:
 * @network: name of the network
 * @hub: the network is a hub, which repeats each frame to all other ports; what follows is a switch's alone
 * @isolated: exchanges no frames with other isolated ports
 * @vlan: VLAN of untagged frames, both ways; 0 for none
 * @trunk: whether @trunks says something. Neither @vlan nor @trunk: the port carries every VLAN, and untagged frames as none
 * @trunks: VLANs of tagged frames
 * @storm_rate: most frames a second that the port may send to several others at once, or to nobody known; 0 for any number
 *
 * What a port is.
 */
typedef struct {
    const char *network;
    gboolean    hub;
    gboolean    isolated;
    guint       vlan;
    gboolean    trunk;
    HvnVlanSet  trunks;
    guint       storm_rate;
} HvnSwitchPortSetup;

/**
 * hvn_switch_port_new: (skip)
 * @backend: (transfer none): whose frames come and go here; outlives the port
 * @setup: what the port is
 *
 * Joins a network. The backend should have every #HvnPortFeatures: what a receiver lacks its own link makes up for.
 *
 * Returns: (transfer full): a port
 */
HvnSwitchPort *
hvn_switch_port_new(HvnBackend *backend, const HvnSwitchPortSetup *setup);

/**
 * hvn_switch_port_free: (skip)
 * @self: (transfer full) (nullable): a port
 *
 * Leaves the network; who waited for the port is resumed. The backend says ready for itself.
 */
void
hvn_switch_port_free(HvnSwitchPort *self);

/**
 * hvn_switch_port_push: (skip)
 * @self: a port
 * @frames: (array length=n_frames): what its backend's push() got
 * @n_frames: how many, 1 to %HVN_BATCH_MAX
 *
 * Returns: how many were taken, the first ones
 */
guint
hvn_switch_port_push(HvnSwitchPort *self, const HvnFrame *frames, guint n_frames);

/**
 * hvn_switch_port_resume: (skip)
 * @self: a port
 *
 * For resume() of its backend: there is room again.
 */
void
hvn_switch_port_resume(HvnSwitchPort *self);

/**
 * hvn_switch_port_forget: (skip)
 * @self: a port
 *
 * Forgets the stations behind it, as when its cable was pulled.
 */
void
hvn_switch_port_forget(HvnSwitchPort *self);

/**
 * hvn_switch_port_get_n_ports: (skip)
 * @self: a port
 *
 * Returns: how many ports its network has
 */
guint
hvn_switch_port_get_n_ports(const HvnSwitchPort *self);

/**
 * hvn_switch_port_get_n_stations: (skip)
 * @self: a port
 *
 * Returns: how many stations are known behind it
 */
guint
hvn_switch_port_get_n_stations(const HvnSwitchPort *self);

G_END_DECLS
