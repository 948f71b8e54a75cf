/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the link costs: nanoseconds for each frame of hvn_port_send() to a port that takes everything and looks at nothing, and what the
 * link's own work adds: padding, finishing checksums, segmentation. Beside each stands a memcpy of as many bytes in the same run. */
#include <string.h>

#include "hvn-bench.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-test-frames.h"

#define BATCH HVN_BATCH_MAX

typedef struct {
    HvnFakePort *sender;
    HvnFrame     frames[BATCH];
    struct iovec iovs[BATCH];
    guint8      *copy; /* target of the memcpy */
} LinkBench;

typedef struct {
    const char *work;
    gsize       payload; /* bytes of TCP payload */
    guint       features; /* of the receiver */
    guint8      gso_type;
    gboolean    raw; /* no offload at all; payload is the length of the frame */
} LinkCase;

#define ALL_FEATURES (HVN_PORT_CSUM | HVN_PORT_TSO4 | HVN_PORT_TSO6 | HVN_PORT_USO | HVN_PORT_SHORT_FRAMES)

static const LinkCase link_cases[] = {
    {"none", 60, ALL_FEATURES, HVN_GSO_NONE, TRUE},
    {"none", 1514, ALL_FEATURES, HVN_GSO_NONE, TRUE},
    {"none", 65514, ALL_FEATURES, HVN_GSO_NONE, TRUE},
    {"padding", 42, 0, HVN_GSO_NONE, TRUE},
    {"checksum", 1460, 0, HVN_GSO_NONE, FALSE},
    {"segmentation", 64240, HVN_PORT_CSUM, HVN_GSO_TCPV4, FALSE},
    {"both", 64240, 0, HVN_GSO_TCPV4, FALSE},
};

static void
link_run(gpointer data, guint n_rounds)
{
    LinkBench *self = data;

    for (guint i = 0; i < n_rounds; i++) {
        guint taken = hvn_port_send(HVN_PORT(self->sender), self->frames, BATCH);

        g_assert(taken == BATCH);
    }
}

static void
link_run_memcpy(gpointer data, guint n_rounds)
{
    LinkBench *self = data;

    for (guint i = 0; i < n_rounds; i++) {
        for (guint j = 0; j < BATCH; j++) {
            memcpy(self->copy, self->frames[j].iov[0].iov_base, self->frames[j].len);
            __asm__ volatile("" : : "r"(self->copy) : "memory");
        }
    }
}

static void
link_one(HvnBench *bench, const LinkCase *link_case)
{
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_autoptr(HvnFakePort) sender = hvn_fake_port_new(dispatcher, "sender");
    g_autoptr(HvnFakePort) receiver = hvn_fake_port_new(dispatcher, "receiver");
    g_autoptr(HvnLink) link G_GNUC_UNUSED = hvn_link_new(HVN_PORT(sender), HVN_PORT(receiver));
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .tcp_flags = 0x10, .payload_len = link_case->payload, .partial_csum = TRUE};
    g_autoptr(GByteArray) bytes = NULL;
    g_autofree guint8 *copy = g_malloc(HVN_FRAME_LEN_MAX);
    LinkBench self = {.sender = sender, .copy = copy};
    HvnBenchTime send, copying;

    if (link_case->raw) {
        spec.ip_version = 0;
        spec.ether_type = 0x88b5;
        spec.payload_len = link_case->payload - HVN_ETHER_HEADER_LEN;
    }
    bytes = hvn_test_frame_build(&spec);
    hvn_fake_port_set_recording(receiver, FALSE);
    hvn_port_set_features(HVN_PORT(receiver), link_case->features);
    for (guint i = 0; i < BATCH; i++) {
        self.iovs[i] = (struct iovec){bytes->data, bytes->len};
        hvn_frame_init(&self.frames[i], &self.iovs[i], 1);
        if (!link_case->raw) {
            self.frames[i].offload = (HvnOffload){.flags = HVN_OFFLOAD_NEEDS_CSUM, .csum_start = 34, .csum_offset = 16, .hdr_len = 54};
            self.frames[i].offload.gso_type = link_case->gso_type;
            self.frames[i].offload.gso_size = link_case->gso_type != HVN_GSO_NONE ? 1460 : 0;
        }
    }
    send = hvn_bench_measure(bench, link_run, &self, BATCH);
    copying = hvn_bench_measure(bench, link_run_memcpy, &self, BATCH);

    hvn_bench_string(bench, "work", link_case->work);
    hvn_bench_uint(bench, "frame_size", bytes->len);
    hvn_bench_uint(bench, "batch", BATCH);
    hvn_bench_double(bench, "ns_per_frame", send.least);
    hvn_bench_double(bench, "ns_per_frame_median", send.median);
    hvn_bench_double(bench, "ns_memcpy", copying.least);
    hvn_bench_double(bench, "ratio_to_memcpy", copying.least > 0 ? send.least / copying.least : 0);
    hvn_bench_end_row(bench);
}

int
main(int argc, char **argv)
{
    HvnBench bench;

    hvn_bench_init(&bench, "link", NULL, argc, argv);
    for (guint i = 0; i < G_N_ELEMENTS(link_cases); i++)
        link_one(&bench, &link_cases[i]);
    hvn_bench_finish(&bench);
    return 0;
}
