/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What hvn-switch.c, who owns networks and ports, and hvn-switch-path.c, which moves frames between them, know of each other. */
#pragma once

#include "hvn-switch-table.h"
#include "hvn-switch.h"

G_BEGIN_DECLS

typedef struct _HvnSwitch HvnSwitch;

/* what is to become of a frame; the head stands last, so that the rest can be taken over from the frame before */
typedef struct {
    enum {
        HVN_SWITCH_TO_ONE,
        HVN_SWITCH_FLOOD,
        HVN_SWITCH_FILTERED,
        HVN_SWITCH_NOT_IN_VLAN,
    } way;
    HvnSwitchPort *to;     /* of HVN_SWITCH_TO_ONE */
    guint16        vlan;   /* 0 for none */
    gboolean       tagged; /* the head has a tag */
    gboolean       whole;  /* the head is one: the frame is not shorter */
    guint8         head[HVN_VLAN_HEAD_LEN]; /* loaded once: the frame may be the guest's to change */
} HvnSwitchFate;

struct _HvnSwitchPort {
    HvnSwitch         *network; /* a reference */
    HvnBackend        *backend; /* not owned */
    HvnSwitchSide      side;    /* first seen here: its stations */
    HvnSwitchPortSetup setup;   /* its network is the network's own name */
    gboolean           plain;   /* carries every VLAN: neither setup.vlan nor setup.trunk */
    gboolean           full;    /* took fewer than offered and was not resumed since */
    gboolean           hangs;   /* has been full for longer than anybody waits */
    HvnTimer           patience;
    GList              held; /* in network->held while its sender waits for a port that is full */
    gboolean           is_held;
    guint64            last_key; /* learned at last_ns, so that a run of frames asks once */
    gint64             last_ns;
    guint64            storm_tokens; /* in billionths of a frame */
    gint64             storm_ns;     /* when they were counted */
};

struct _HvnSwitch {
    char            *key;        /* owned: "hub:0" */
    HvnDispatcher   *dispatcher; /* a reference: it has the list of networks */
    GPtrArray       *ports;      /* HvnSwitchPort, not owned */
    HvnSwitchTable  *table;      /* owned; NULL for a hub */
    GQueue           held;       /* of HvnSwitchPort, who waited longest at the head */
    HvnWork          release;    /* of those, where it could not be done at once */
    HvnSwitchPort   *tight;      /* (nullable) of a hub: who took fewer last, and is asked first */
    HvnVlanEditor   *editor;     /* owned; NULL until a tag is changed */
    gboolean         busy;       /* frames are on their way */
    HvnSwitchFate    fates[HVN_BATCH_MAX];
};

/* hvn-switch.c: the port took fewer than offered */
G_GNUC_INTERNAL void
hvn_switch_port_set_full(HvnSwitchPort *self);

/* hvn-switch.c: the port's sender waits until hvn_port_ready() */
G_GNUC_INTERNAL void
hvn_switch_port_hold(HvnSwitchPort *self);

/* hvn-switch-path.c */
G_GNUC_INTERNAL guint
hvn_switch_path_repeat(HvnSwitchPort *from, const HvnFrame *frames, guint n_frames);

G_GNUC_INTERNAL guint
hvn_switch_path_forward(HvnSwitchPort *from, const HvnFrame *frames, guint n_frames);

G_END_DECLS
