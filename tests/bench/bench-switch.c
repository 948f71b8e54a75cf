/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a network inside a session costs: frames of 64 bytes from port to port, in nanoseconds for each frame and millions a second, beside a bare
 * link in the same run. Ports that are idle must cost nothing: a switch with 200 of them stands beside one without. */
#include <string.h>

#include "hvn-backend.h"
#include "hvn-bench.h"
#include "hvn-bytes.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-registry.h"

#define BATCH     HVN_BATCH_MAX
#define FRAME_LEN 64

typedef struct {
    HvnFakePort *nic;
    HvnBackend  *backend;
    HvnLink     *link;
} SwitchStation;

typedef struct {
    const char *network;
    gboolean    hub;
    guint       n_ports;
    guint       n_idle;
    gboolean    vlan;  /* every port is an access port: heads are copied */
    gboolean    mixed; /* each frame of a batch to another station than the one before */
} SwitchCase;

typedef struct {
    HvnRegistry   *registry; /* not owned */
    HvnDispatcher *dispatcher;
    SwitchStation *stations;
    guint          n_stations;
    HvnFrame       frames[BATCH];
    struct iovec   pieces[BATCH];
    guint8         bytes[BATCH][FRAME_LEN];
} SwitchBench;

static const SwitchCase switch_cases[] = {
    {"switch", FALSE, 2, 0, FALSE, FALSE},  {"switch", FALSE, 2, 200, FALSE, FALSE}, {"switch, VLAN", FALSE, 2, 0, TRUE, FALSE},
    {"switch, mixed", FALSE, 9, 0, FALSE, TRUE}, {"hub", TRUE, 2, 0, FALSE, FALSE},  {"hub", TRUE, 9, 0, FALSE, FALSE},
};

/* the type of a backend's plugin */
static GType
switch_get_type(HvnRegistry *registry, const char *name)
{
    g_autoptr(GError) error = NULL;
    HvnDescriptor *descriptor = hvn_registry_find(registry, "backend", name, &error);
    GType type = descriptor != NULL ? hvn_registry_load(registry, descriptor, &error) : G_TYPE_INVALID;

    g_assert_no_error(error);
    return type;
}

static void
switch_add(SwitchBench *self, const SwitchCase *switch_case, guint number)
{
    SwitchStation *station = &self->stations[number];

    if (switch_case->hub)
        station->backend = g_object_new(switch_get_type(self->registry, "hubport"), "dispatcher", self->dispatcher, "hubid", 0, NULL);
    else
        station->backend = g_object_new(switch_get_type(self->registry, "switch"), "dispatcher", self->dispatcher, "network", "lan", "vlan",
                                        switch_case->vlan ? 10 : 0, NULL);
    station->nic = hvn_fake_port_new(self->dispatcher, "nic");
    hvn_fake_port_set_recording(station->nic, FALSE);
    station->link = hvn_link_new(HVN_PORT(station->nic), HVN_PORT(station->backend));
    g_assert(hvn_backend_start(station->backend, NULL));
}

/* a frame from one station to another */
static void
switch_build(guint8 *bytes, guint from, guint to)
{
    memset(bytes, 0, FRAME_LEN);
    hvn_store_be16(bytes, 0x5254);
    hvn_store_be32(bytes + 2, to);
    hvn_store_be16(bytes + 6, 0x5254);
    hvn_store_be32(bytes + 8, from);
    hvn_store_be16(bytes + 12, 0x88b5);
}

static void
switch_set_up(SwitchBench *self, const SwitchCase *switch_case)
{
    guint n_receivers = switch_case->n_ports - 1;

    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    self->n_stations = switch_case->n_ports + switch_case->n_idle;
    self->stations = g_new0(SwitchStation, self->n_stations);
    for (guint i = 0; i < self->n_stations; i++)
        switch_add(self, switch_case, i);
    for (guint i = 0; i < self->n_stations; i++) {
        switch_build(self->bytes[0], i, 0);
        g_assert(hvn_fake_port_send_bytes(self->stations[i].nic, self->bytes[0], FRAME_LEN));
    }
    for (guint i = 0; i < BATCH; i++) {
        switch_build(self->bytes[i], 0, switch_case->mixed ? 1 + i % n_receivers : 1);
        self->pieces[i] = (struct iovec){self->bytes[i], FRAME_LEN};
        hvn_frame_init(&self->frames[i], &self->pieces[i], 1);
    }
}

static void
switch_clear(SwitchBench *self)
{
    for (guint i = 0; i < self->n_stations; i++) {
        hvn_link_disconnect(self->stations[i].link);
        g_object_unref(self->stations[i].link);
        g_object_unref(self->stations[i].nic);
        g_object_unref(self->stations[i].backend);
    }
    g_free(self->stations);
    g_object_unref(self->dispatcher);
}

static void
switch_run(gpointer data, guint n_rounds)
{
    SwitchBench *self = data;

    for (guint i = 0; i < n_rounds; i++) {
        guint taken = hvn_port_send(HVN_PORT(self->stations[0].nic), self->frames, BATCH);

        g_assert(taken == BATCH);
    }
}

static void
switch_row(HvnBench *bench, const SwitchCase *switch_case, const HvnBenchTime *time, const HvnBenchTime *link)
{
    hvn_bench_string(bench, "network", switch_case->network);
    hvn_bench_uint(bench, "ports", switch_case->n_ports + switch_case->n_idle);
    hvn_bench_uint(bench, "idle", switch_case->n_idle);
    hvn_bench_uint(bench, "frame_size", FRAME_LEN);
    hvn_bench_double(bench, "ns_per_frame", time->least);
    hvn_bench_double(bench, "ns_per_frame_median", time->median);
    hvn_bench_double(bench, "mframes_per_s", time->least > 0 ? 1000 / time->least : 0);
    hvn_bench_double(bench, "ratio_to_link", link->least > 0 ? time->least / link->least : 0);
    hvn_bench_end_row(bench);
}

/* the sender's NIC and a receiver that takes everything, without a network between them */
static HvnBenchTime
switch_measure_link(HvnBench *bench, HvnRegistry *registry)
{
    static const SwitchCase two = {"link", FALSE, 2, 0, FALSE, FALSE};
    SwitchBench self = {.registry = registry};
    HvnBenchTime time;

    switch_set_up(&self, &two);
    hvn_link_disconnect(self.stations[0].link);
    hvn_link_disconnect(self.stations[1].link);
    g_object_unref(self.stations[0].link);
    self.stations[0].link = hvn_link_new(HVN_PORT(self.stations[0].nic), HVN_PORT(self.stations[1].nic));
    time = hvn_bench_measure(bench, switch_run, &self, BATCH);
    switch_row(bench, &two, &time, &time);
    switch_clear(&self);
    return time;
}

int
main(int argc, char **argv)
{
    HvnBench     bench;
    HvnBenchTime link;
    g_autoptr(HvnRegistry) registry = hvn_registry_new(NULL);

    hvn_bench_init(&bench, "switch", NULL, argc, argv);
    link = switch_measure_link(&bench, registry);
    for (guint i = 0; i < G_N_ELEMENTS(switch_cases); i++) {
        SwitchBench  self = {.registry = registry};
        HvnBenchTime time;

        switch_set_up(&self, &switch_cases[i]);
        time = hvn_bench_measure(&bench, switch_run, &self, BATCH);
        switch_row(&bench, &switch_cases[i], &time, &link);
        switch_clear(&self);
    }
    hvn_bench_finish(&bench);
    return 0;
}
