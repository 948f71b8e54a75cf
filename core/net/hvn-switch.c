/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Networks and their ports: who is there, who waits for whom, and that nobody waits for ever. The way of a frame is in hvn-switch-path.c. */
#include "hvn-switch-private.h"

#define NETWORKS "hvn-switch-networks" /* of a dispatcher: GHashTable of key and HvnSwitch */

/* ---- networks ---- */

static void
hvn_switch_clear(gpointer data)
{
    HvnSwitch *self = data;

    hvn_switch_table_free(self->table);
    hvn_vlan_editor_free(self->editor);
    g_ptr_array_unref(self->ports);
    g_object_unref(self->dispatcher);
    g_free(self->key);
}

static void
hvn_switch_unref(HvnSwitch *self)
{
    g_rc_box_release_full(self, hvn_switch_clear);
}

/* resumes those that waited when it began; who has to wait again stands behind them */
static gboolean
hvn_switch_release(gpointer data)
{
    HvnSwitch *self = g_rc_box_acquire(data);

    for (guint n = self->held.length; n > 0 && self->held.length > 0; n--) {
        HvnSwitchPort *port = g_queue_peek_head(&self->held);

        if (hvn_port_get_in_push(HVN_PORT(port->backend))) {
            hvn_work_schedule(&self->release);
            break;
        }
        g_queue_unlink(&self->held, &port->held);
        port->is_held = FALSE;
        hvn_port_ready(HVN_PORT(port->backend));
    }
    hvn_switch_unref(self);
    return FALSE;
}

static HvnSwitch *
hvn_switch_new(HvnDispatcher *dispatcher, const char *key, gboolean hub)
{
    HvnSwitch *self = g_rc_box_new0(HvnSwitch);

    self->key = g_strdup(key);
    self->dispatcher = g_object_ref(dispatcher);
    self->ports = g_ptr_array_new();
    self->table = hub ? NULL : hvn_switch_table_new(HVN_SWITCH_MAX_STATIONS, HVN_SWITCH_MAX_AGE_NS);
    hvn_work_init(&self->release, dispatcher, hvn_switch_release, self);
    return self;
}

/* the network of that name on the dispatcher, a new one if need be; with a reference */
static HvnSwitch *
hvn_switch_find(HvnDispatcher *dispatcher, const HvnSwitchPortSetup *setup)
{
    GHashTable      *networks = g_object_get_data(G_OBJECT(dispatcher), NETWORKS);
    g_autofree char *key = g_strconcat(setup->hub ? "hub:" : "switch:", setup->network, NULL);
    HvnSwitch       *self;

    if (networks == NULL) {
        networks = g_hash_table_new(g_str_hash, g_str_equal);
        g_object_set_data_full(G_OBJECT(dispatcher), NETWORKS, networks, (GDestroyNotify)g_hash_table_unref);
    }
    self = g_hash_table_lookup(networks, key);
    if (self != NULL)
        return g_rc_box_acquire(self);
    self = hvn_switch_new(dispatcher, key, setup->hub);
    g_hash_table_insert(networks, self->key, self);
    return self;
}

/* the last port has gone: a port that comes makes a new network */
static void
hvn_switch_close(HvnSwitch *self)
{
    GHashTable *networks = g_object_get_data(G_OBJECT(self->dispatcher), NETWORKS);

    g_hash_table_remove(networks, self->key);
    hvn_work_cancel(&self->release);
    if (g_hash_table_size(networks) == 0)
        g_object_set_data(G_OBJECT(self->dispatcher), NETWORKS, NULL);
}

/* ---- ports that are full, and who waits for them ---- */

static void
hvn_switch_port_lose_patience(gpointer data)
{
    HvnSwitchPort *self = data;

    self->hangs = TRUE;
    hvn_switch_release(self->network);
}

void
hvn_switch_port_set_full(HvnSwitchPort *self)
{
    self->full = TRUE;
    self->hangs = FALSE;
    hvn_timer_arm_after(&self->patience, HVN_SWITCH_PATIENCE_NS);
}

void
hvn_switch_port_hold(HvnSwitchPort *self)
{
    if (!self->is_held)
        g_queue_push_tail_link(&self->network->held, &self->held);
    self->is_held = TRUE;
}

void
hvn_switch_port_resume(HvnSwitchPort *self)
{
    self->full = FALSE;
    self->hangs = FALSE;
    hvn_timer_cancel(&self->patience);
    hvn_switch_release(self->network);
}

/* ---- ports ---- */

HvnSwitchPort *
hvn_switch_port_new(HvnBackend *backend, const HvnSwitchPortSetup *setup)
{
    HvnDispatcher *dispatcher = hvn_port_get_dispatcher(HVN_PORT(backend));
    HvnSwitchPort *self = g_new0(HvnSwitchPort, 1);

    self->network = hvn_switch_find(dispatcher, setup);
    self->backend = backend;
    self->setup = *setup;
    self->setup.network = NULL;
    self->plain = setup->vlan == 0 && !setup->trunk;
    self->held.data = self;
    self->last_key = G_MAXUINT64;
    self->storm_tokens = G_MAXUINT64 / 2; /* as many as there may be */
    self->storm_ns = hvn_dispatcher_now_ns(dispatcher);
    hvn_timer_init(&self->patience, dispatcher, hvn_switch_port_lose_patience, self);
    g_ptr_array_add(self->network->ports, self);
    return self;
}

void
hvn_switch_port_free(HvnSwitchPort *self)
{
    HvnSwitch *network;

    if (self == NULL)
        return;
    network = self->network;
    hvn_timer_cancel(&self->patience);
    hvn_switch_port_forget(self);
    if (self->is_held)
        g_queue_unlink(&network->held, &self->held);
    if (network->tight == self)
        network->tight = NULL;
    g_ptr_array_remove(network->ports, self);
    if (self->full)
        hvn_switch_release(network);
    if (network->ports->len == 0)
        hvn_switch_close(network);
    hvn_switch_unref(network);
    g_free(self);
}

guint
hvn_switch_port_push(HvnSwitchPort *self, const HvnFrame *frames, guint n_frames)
{
    HvnSwitch *network = self->network;
    guint      taken;

    if (network->ports->len == 1) {
        hvn_backend_count_drops(self->backend, HVN_BACKEND_DROP_NO_PEER, n_frames);
        return n_frames;
    }
    if (G_UNLIKELY(network->busy)) {
        /* what a port sent has come back to its network while it was being sent: somebody joined a network to itself */
        hvn_backend_count_drops(self->backend, HVN_BACKEND_DROP_STORM, n_frames);
        return n_frames;
    }
    network->busy = TRUE;
    taken = network->table != NULL ? hvn_switch_path_forward(self, frames, n_frames) : hvn_switch_path_repeat(self, frames, n_frames);
    network->busy = FALSE;
    return taken;
}

void
hvn_switch_port_forget(HvnSwitchPort *self)
{
    self->last_key = G_MAXUINT64;
    if (self->network->table != NULL)
        hvn_switch_table_forget(self->network->table, &self->side);
}

guint
hvn_switch_port_get_n_ports(const HvnSwitchPort *self)
{
    return self->network->ports->len;
}

guint
hvn_switch_port_get_n_stations(const HvnSwitchPort *self)
{
    return self->side.stations.length;
}
