/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The null backend (hvn-null-backend.c): takes and counts every frame as it is, owes nothing, and never sends. */
#include <string.h>

#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-null-backend.h"

typedef struct {
    HvnDispatcher *dispatcher;
    HvnFakePort   *nic;
    HvnBackend    *backend;
    HvnLink       *link;
} Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    self->nic = hvn_fake_port_new(self->dispatcher, "nic");
    self->backend = g_object_new(HVN_TYPE_NULL_BACKEND, "dispatcher", self->dispatcher, "name", "net0", NULL);
    self->link = hvn_link_new(HVN_PORT(self->nic), HVN_PORT(self->backend));
    g_assert_true(hvn_backend_start(self->backend, NULL));
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_link_disconnect(self->link);
    g_object_unref(self->link);
    g_object_unref(self->backend);
    g_object_unref(self->nic);
    g_object_unref(self->dispatcher);
}

static void
assert_counted(Fixture *self, guint64 frames, guint64 bytes)
{
    guint64 counted_frames, counted_bytes;

    g_object_get(self->backend, "frames", &counted_frames, "bytes", &counted_bytes, NULL);
    g_assert_cmpuint(counted_frames, ==, frames);
    g_assert_cmpuint(counted_bytes, ==, bytes);
}

static void
send_frame(Fixture *self, gsize len)
{
    g_autofree guint8 *bytes = g_malloc0(len);

    g_assert_true(hvn_fake_port_send_bytes(self->nic, bytes, len));
}

static void
test_counts(Fixture *self, gconstpointer data)
{
    g_autofree char *text = NULL;

    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_UP);
    assert_counted(self, 0, 0);
    send_frame(self, 14);
    send_frame(self, 1514);
    send_frame(self, HVN_FRAME_LEN_MAX);
    assert_counted(self, 3, 14 + 1514 + HVN_FRAME_LEN_MAX);
    text = hvn_backend_describe(self->backend);
    g_assert_cmpstr(text, ==, "frames=3,bytes=67081");
}

/* a large frame comes whole and its checksum stays as it is: the link has no work with it */
static void
test_takes_all_offloads(Fixture *self, gconstpointer data)
{
    guint8 bytes[3000] = {0};
    struct iovec piece = {bytes, sizeof bytes};
    const guint8 types[] = {HVN_GSO_NONE, HVN_GSO_TCPV4, HVN_GSO_TCPV6, HVN_GSO_UDP_L4};
    HvnFrame frames[G_N_ELEMENTS(types)];
    HvnLinkCounters counters;

    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        hvn_frame_init(&frames[i], &piece, 1);
        frames[i].offload = (HvnOffload){.flags = HVN_OFFLOAD_NEEDS_CSUM, .csum_start = 34, .csum_offset = 16, .gso_type = types[i]};
        frames[i].offload.gso_size = types[i] != HVN_GSO_NONE ? 1000 : 0;
    }
    g_assert_cmpuint(hvn_port_send(HVN_PORT(self->nic), frames, G_N_ELEMENTS(frames)), ==, G_N_ELEMENTS(frames));
    assert_counted(self, 4, 4 * sizeof bytes);
    hvn_link_get_counters(self->link, HVN_PORT(self->backend), &counters);
    g_assert_cmpuint(counters.segmented + counters.checksummed + counters.padded, ==, 0);
}

/* a thousand batches later it has taken all, owes nothing, and has sent nothing */
static void
test_never_full_never_sends(Fixture *self, gconstpointer data)
{
    guint8 bytes[60] = {0};
    struct iovec piece = {bytes, sizeof bytes};
    HvnFrame frames[HVN_BATCH_MAX];

    for (guint i = 0; i < HVN_BATCH_MAX; i++)
        hvn_frame_init(&frames[i], &piece, 1);
    for (guint i = 0; i < 1000; i++)
        g_assert_cmpuint(hvn_port_send(HVN_PORT(self->nic), frames, HVN_BATCH_MAX), ==, HVN_BATCH_MAX);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(self->backend)));
    g_assert_false(hvn_dispatcher_run_work(self->dispatcher));
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 0);
    assert_counted(self, 64000, 64000 * 60);
}

static void
test_stopped_counts_nothing(Fixture *self, gconstpointer data)
{
    send_frame(self, 60);
    hvn_backend_stop(self->backend);
    send_frame(self, 60);
    assert_counted(self, 1, 60);
    g_assert_true(hvn_backend_start(self->backend, NULL));
    assert_counted(self, 0, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/null/counts", Fixture, NULL, set_up, test_counts, tear_down);
    g_test_add("/null/takes-all-offloads", Fixture, NULL, set_up, test_takes_all_offloads, tear_down);
    g_test_add("/null/never-full-never-sends", Fixture, NULL, set_up, test_never_full_never_sends, tear_down);
    g_test_add("/null/stopped-counts-nothing", Fixture, NULL, set_up, test_stopped_counts_nothing, tear_down);
    return g_test_run();
}
