/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A backend that is nothing but a port of a network, and what tests of networks do with several of them. */
#include "hvn-switch-fixture.h"

#include <string.h>

#include "hvn-bytes.h"

#define COUNT_AT  40
#define FRAME_LEN 60

#define SWITCH_TYPE_BACKEND (switch_backend_get_type())
G_DECLARE_FINAL_TYPE(SwitchBackend, switch_backend, SWITCH, BACKEND, HvnBackend)

struct _SwitchBackend {
    HvnBackend     parent_instance;
    HvnSwitchPort *port; /* owned */
};

G_DEFINE_FINAL_TYPE(SwitchBackend, switch_backend, HVN_TYPE_BACKEND)

static guint
switch_backend_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    SwitchBackend *self = SWITCH_BACKEND(port);

    return self->port != NULL ? hvn_switch_port_push(self->port, frames, n_frames) : n_frames;
}

static void
switch_backend_resume(HvnPort *port)
{
    SwitchBackend *self = SWITCH_BACKEND(port);

    if (self->port != NULL)
        hvn_switch_port_resume(self->port);
}

static void
switch_backend_class_init(SwitchBackendClass *klass)
{
    HVN_PORT_CLASS(klass)->push = switch_backend_push;
    HVN_PORT_CLASS(klass)->resume = switch_backend_resume;
}

static void
switch_backend_init(SwitchBackend *self)
{
    hvn_port_set_features(HVN_PORT(self), HVN_PORT_CSUM | HVN_PORT_TSO4 | HVN_PORT_TSO6 | HVN_PORT_USO | HVN_PORT_SHORT_FRAMES);
}

void
switch_set_up(SwitchFixture *self, gconstpointer data)
{
    self->clock = hvn_clock_new_manual();
    self->dispatcher = hvn_dispatcher_new(NULL, self->clock);
}

void
switch_tear_down(SwitchFixture *self, gconstpointer data)
{
    for (guint i = 0; i < self->n_stations; i++) {
        switch_leave(self, i);
        hvn_link_disconnect(self->stations[i].link);
        g_object_unref(self->stations[i].link);
        g_object_unref(self->stations[i].nic);
        g_object_unref(self->stations[i].backend);
    }
    g_assert_cmpuint(G_OBJECT(self->dispatcher)->ref_count, ==, 1);
    g_object_unref(self->dispatcher);
    hvn_clock_unref(self->clock);
}

guint
switch_add(SwitchFixture *self, const HvnSwitchPortSetup *setup)
{
    SwitchStation *station = &self->stations[self->n_stations];
    SwitchBackend *backend;

    g_assert_cmpuint(self->n_stations, <, SWITCH_PORTS_MAX);
    backend = g_object_new(SWITCH_TYPE_BACKEND, "dispatcher", self->dispatcher, "name", "port", NULL);
    backend->port = hvn_switch_port_new(HVN_BACKEND(backend), setup);
    station->backend = HVN_BACKEND(backend);
    station->nic = hvn_fake_port_new(self->dispatcher, "nic");
    station->link = hvn_link_new(HVN_PORT(station->nic), HVN_PORT(backend));
    return self->n_stations++;
}

void
switch_add_plain(SwitchFixture *self, guint n, gboolean hub)
{
    const HvnSwitchPortSetup setup = {.network = "lan", .hub = hub};

    for (guint i = 0; i < n; i++)
        switch_add(self, &setup);
}

void
switch_leave(SwitchFixture *self, guint number)
{
    g_clear_pointer(&SWITCH_BACKEND(self->stations[number].backend)->port, hvn_switch_port_free);
    hvn_port_ready(HVN_PORT(self->stations[number].backend));
}

HvnSwitchPort *
switch_port(SwitchFixture *self, guint number)
{
    return SWITCH_BACKEND(self->stations[number].backend)->port;
}

static void
switch_build(guint8 *bytes, guint from, guint to, guint vlan, guint count)
{
    const guint8 address[6] = {0x52, 0x54, 0, 0, 0, 0};

    memset(bytes, 0, FRAME_LEN);
    memset(bytes, 0xff, 6);
    if (to != G_MAXUINT) {
        memcpy(bytes, address, 6);
        bytes[5] = to;
    }
    memcpy(bytes + 6, address, 6);
    bytes[11] = from;
    hvn_store_be16(bytes + 12, vlan != 0 ? HVN_VLAN_TYPE : 0x88b5);
    if (vlan != 0) {
        hvn_store_be16(bytes + 14, 0xa000 | vlan);
        hvn_store_be16(bytes + 16, 0x88b5);
    }
    bytes[COUNT_AT] = count;
}

guint
switch_send(SwitchFixture *self, guint from, guint to, guint vlan, guint n_frames, guint first)
{
    guint8       bytes[HVN_BATCH_MAX][FRAME_LEN];
    struct iovec pieces[HVN_BATCH_MAX];
    HvnFrame     frames[HVN_BATCH_MAX];

    g_assert_cmpuint(n_frames, <=, HVN_BATCH_MAX);
    for (guint i = 0; i < n_frames; i++) {
        switch_build(bytes[i], from, to, vlan, first + i);
        pieces[i] = (struct iovec){bytes[i], FRAME_LEN};
        hvn_frame_init(&frames[i], &pieces[i], 1);
    }
    return hvn_port_send(HVN_PORT(self->stations[from].nic), frames, n_frames);
}

void
switch_introduce(SwitchFixture *self)
{
    for (guint i = 0; i < self->n_stations; i++)
        switch_send(self, i, G_MAXUINT, 0, 1, 0);
    for (guint i = 0; i < self->n_stations; i++)
        hvn_fake_port_clear(self->stations[i].nic);
}

guint
switch_got(SwitchFixture *self, guint number, guint first)
{
    HvnFakePort *nic = self->stations[number].nic;
    guint        n = hvn_fake_port_get_n_frames(nic);

    for (guint i = 0; i < n && first != G_MAXUINT; i++) {
        const guint8 *bytes = g_bytes_get_data(hvn_fake_port_get_frame(nic, i), NULL);

        g_assert_cmpuint(bytes[COUNT_AT], ==, (guint8)(first + i));
    }
    hvn_fake_port_clear(nic);
    return n;
}

guint64
switch_drops(SwitchFixture *self, guint number, HvnBackendDrop reason)
{
    return hvn_backend_get_drops(self->stations[number].backend, reason);
}
