/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The link as an object: who is joined, whether frames pass, what is counted and captured, and that nobody waits for ever. The
 * way of a frame is in hvn-link-path.c. */
#include "hvn-link.h"

#include "hvn-port-private.h"

enum {
    TOWARDS_BACKEND, /* sender is the NIC */
    TOWARDS_NIC,     /* sender is the backend */
    N_DIRECTIONS,
};

struct _HvnLink {
    GObject          parent_instance;
    HvnPort         *nic;     /* owned reference; NULL once disconnected */
    HvnPort         *backend; /* owned reference; NULL once disconnected */
    HvnLinkDirection directions[N_DIRECTIONS];
    gboolean         set_down;        /* by hvn_link_set_up() */
    HvnPcap         *pcap;            /* owned; NULL while nothing is captured */
    gboolean         disconnect_late; /* disconnected from within a push(); holds a reference on the link until that returns */
};

G_DEFINE_FINAL_TYPE(HvnLink, hvn_link, G_TYPE_OBJECT)

static void
hvn_link_join(HvnLink *self, HvnLinkDirection *direction, HvnPort *sender, HvnPort *receiver)
{
    direction->link = self;
    direction->sender = sender;
    direction->receiver = receiver;
    direction->sender_private = hvn_port_get_private(sender);
    direction->receiver_private = hvn_port_get_private(receiver);
    direction->push = HVN_PORT_GET_CLASS(receiver)->push;
    direction->up = TRUE;
    direction->sender_private->out = direction;
    direction->receiver_private->in = direction;
}

static void
hvn_link_tell(HvnPort *port, gboolean up)
{
    HvnPortClass *klass = HVN_PORT_GET_CLASS(port);

    if (klass->link_changed != NULL)
        klass->link_changed(port, up);
}

static gboolean
hvn_link_in_push(HvnLink *self)
{
    return self->nic != NULL && (hvn_port_get_in_push(self->nic) || hvn_port_get_in_push(self->backend));
}

/* stops frames and forgets what was kept of them; true when the link was up */
static gboolean
hvn_link_go_down(HvnLink *self)
{
    gboolean was_up = self->directions[TOWARDS_BACKEND].up;

    for (guint i = 0; i < N_DIRECTIONS; i++) {
        self->directions[i].up = FALSE;
        hvn_link_limit_cancel(&self->directions[i]);
        if (!self->directions[i].receiver_private->in_push)
            hvn_link_path_drop_tail(&self->directions[i]);
    }
    return was_up;
}

static gboolean
hvn_link_has_carrier(HvnLink *self)
{
    return !hvn_port_get_private(self->nic)->no_carrier && !hvn_port_get_private(self->backend)->no_carrier;
}

HvnLink *
hvn_link_new(HvnPort *nic, HvnPort *backend)
{
    HvnLink *self;

    g_return_val_if_fail(HVN_IS_PORT(nic), NULL);
    g_return_val_if_fail(HVN_IS_PORT(backend), NULL);
    g_return_val_if_fail(nic != backend, NULL);
    g_return_val_if_fail(hvn_port_get_link(nic) == NULL, NULL);
    g_return_val_if_fail(hvn_port_get_link(backend) == NULL, NULL);
    g_return_val_if_fail(HVN_PORT_GET_CLASS(nic)->push != NULL && HVN_PORT_GET_CLASS(nic)->resume != NULL, NULL);
    g_return_val_if_fail(HVN_PORT_GET_CLASS(backend)->push != NULL && HVN_PORT_GET_CLASS(backend)->resume != NULL, NULL);

    self = g_object_new(HVN_TYPE_LINK, NULL);
    self->nic = g_object_ref(nic);
    self->backend = g_object_ref(backend);
    hvn_link_join(self, &self->directions[TOWARDS_BACKEND], nic, backend);
    hvn_link_join(self, &self->directions[TOWARDS_NIC], backend, nic);
    if (!hvn_link_has_carrier(self))
        hvn_link_go_down(self);
    hvn_link_tell(nic, self->directions[TOWARDS_BACKEND].up);
    hvn_link_tell(backend, self->directions[TOWARDS_BACKEND].up);
    return self;
}

/* resumes each sender that waits; one whose frames are being pushed at this moment gets its answer from that push */
static void
hvn_link_pay_all(HvnLink *self)
{
    for (guint i = 0; i < N_DIRECTIONS; i++) {
        if (self->directions[i].receiver_private == NULL)
            continue;
        if (self->directions[i].receiver_private->in_push)
            self->directions[i].receiver_private->owes_ready = FALSE;
        else
            hvn_port_pay(&self->directions[i]);
    }
}

static void
hvn_link_part(HvnLink *self)
{
    HvnPort *nic = g_steal_pointer(&self->nic);
    HvnPort *backend = g_steal_pointer(&self->backend);
    gboolean was_up = hvn_link_go_down(self);

    for (guint i = 0; i < N_DIRECTIONS; i++) {
        self->directions[i].sender_private->out = NULL;
        self->directions[i].receiver_private->in = NULL;
        hvn_link_path_clear(&self->directions[i]);
    }
    if (was_up) {
        hvn_link_tell(nic, FALSE);
        hvn_link_tell(backend, FALSE);
    }
    hvn_link_pay_all(self);
    for (guint i = 0; i < N_DIRECTIONS; i++) {
        self->directions[i].sender_private = NULL;
        self->directions[i].receiver_private = NULL;
    }
    hvn_link_stop_capture(self);
    g_object_unref(nic);
    g_object_unref(backend);
}

void
hvn_link_disconnect(HvnLink *self)
{
    g_return_if_fail(HVN_IS_LINK(self));

    if (self->nic == NULL)
        return;
    if (hvn_link_in_push(self)) {
        /* the ports stand on the stack: nothing passes from now on, and hvn_link_leave_push() does the rest */
        self->directions[TOWARDS_BACKEND].up = FALSE;
        self->directions[TOWARDS_NIC].up = FALSE;
        if (!self->disconnect_late)
            g_object_ref(self);
        self->disconnect_late = TRUE;
        return;
    }
    hvn_link_part(self);
}

void
hvn_link_leave_push(HvnLink *self)
{
    if (!self->disconnect_late || hvn_link_in_push(self))
        return;
    self->disconnect_late = FALSE;
    hvn_link_part(self);
    g_object_unref(self);
}

HvnPort *
hvn_link_get_nic(HvnLink *self)
{
    g_return_val_if_fail(HVN_IS_LINK(self), NULL);

    return self->nic;
}

HvnPort *
hvn_link_get_backend(HvnLink *self)
{
    g_return_val_if_fail(HVN_IS_LINK(self), NULL);

    return self->backend;
}

void
hvn_link_update(HvnLink *self)
{
    gboolean up;

    if (self->nic == NULL || self->disconnect_late)
        return;
    up = !self->set_down && hvn_link_has_carrier(self);
    if (self->directions[TOWARDS_BACKEND].up == up)
        return;
    /* a port that is told may disconnect the link or drop its last reference */
    g_object_ref(self);
    if (up) {
        for (guint i = 0; i < N_DIRECTIONS; i++)
            self->directions[i].up = TRUE;
    } else {
        hvn_link_go_down(self);
    }
    hvn_link_tell(self->nic, up);
    if (self->backend != NULL)
        hvn_link_tell(self->backend, up);
    if (!up)
        hvn_link_pay_all(self);
    g_object_unref(self);
}

void
hvn_link_set_up(HvnLink *self, gboolean up)
{
    g_return_if_fail(HVN_IS_LINK(self));

    self->set_down = !up;
    hvn_link_update(self);
}

gboolean
hvn_link_get_up(HvnLink *self)
{
    g_return_val_if_fail(HVN_IS_LINK(self), FALSE);

    return self->nic != NULL && self->directions[TOWARDS_BACKEND].up;
}

void
hvn_link_set_rate(HvnLink *self, HvnPort *towards, const HvnRateLimit *limit)
{
    g_return_if_fail(HVN_IS_LINK(self));
    g_return_if_fail(self->nic != NULL && !hvn_link_in_push(self));

    for (guint i = 0; i < N_DIRECTIONS; i++) {
        if (self->directions[i].receiver != towards)
            continue;
        hvn_link_limit_set(&self->directions[i], limit);
        /* who was held by the old limit sees what the new one says */
        hvn_port_ready(towards);
        return;
    }
}

void
hvn_link_get_counters(HvnLink *self, HvnPort *towards, HvnLinkCounters *counters)
{
    g_return_if_fail(HVN_IS_LINK(self));
    g_return_if_fail(counters != NULL);

    *counters = (HvnLinkCounters){0};
    for (guint i = 0; i < N_DIRECTIONS; i++) {
        if (self->directions[i].receiver == towards)
            *counters = self->directions[i].counters;
    }
}

static void
hvn_link_set_pcap(HvnLink *self, HvnPcap *pcap)
{
    self->pcap = pcap;
    for (guint i = 0; i < N_DIRECTIONS; i++)
        self->directions[i].pcap = pcap;
}

/* takes the writer */
static gboolean
hvn_link_capture_to(HvnLink *self, HvnPcap *pcap)
{
    if (pcap == NULL)
        return FALSE;
    hvn_link_stop_capture(self);
    hvn_link_set_pcap(self, pcap);
    return TRUE;
}

gboolean
hvn_link_start_capture(HvnLink *self, const char *path, guint snap_len, GError **error)
{
    g_return_val_if_fail(HVN_IS_LINK(self), FALSE);
    g_return_val_if_fail(path != NULL, FALSE);
    g_return_val_if_fail(snap_len > 0, FALSE);

    return hvn_link_capture_to(self, hvn_pcap_new(path, snap_len, error));
}

gboolean
hvn_link_continue_capture(HvnLink *self, const char *path, guint snap_len, GError **error)
{
    g_return_val_if_fail(HVN_IS_LINK(self), FALSE);
    g_return_val_if_fail(path != NULL, FALSE);
    g_return_val_if_fail(snap_len > 0, FALSE);

    return hvn_link_capture_to(self, hvn_pcap_continue(path, snap_len, error));
}

void
hvn_link_flush_capture(HvnLink *self)
{
    g_return_if_fail(HVN_IS_LINK(self));

    if (self->pcap != NULL)
        hvn_pcap_flush(self->pcap);
}

void
hvn_link_stop_capture(HvnLink *self)
{
    HvnPcap *pcap;

    g_return_if_fail(HVN_IS_LINK(self));

    pcap = self->pcap;
    hvn_link_set_pcap(self, NULL);
    hvn_pcap_free(pcap);
}

static void
hvn_link_dispose(GObject *object)
{
    HvnLink *self = HVN_LINK(object);

    /* within a push() this takes a reference, which keeps the link until the push returns */
    hvn_link_disconnect(self);
    if (self->nic == NULL)
        hvn_link_stop_capture(self);

    G_OBJECT_CLASS(hvn_link_parent_class)->dispose(object);
}

static void
hvn_link_finalize(GObject *object)
{
    for (guint i = 0; i < N_DIRECTIONS; i++)
        g_free(HVN_LINK(object)->directions[i].limit);

    G_OBJECT_CLASS(hvn_link_parent_class)->finalize(object);
}

static void
hvn_link_class_init(HvnLinkClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = hvn_link_finalize;
    G_OBJECT_CLASS(klass)->dispose = hvn_link_dispose;
}

static void
hvn_link_init(HvnLink *self)
{
}
