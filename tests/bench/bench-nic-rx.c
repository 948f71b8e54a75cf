/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a NIC model costs a frame on receive: filtering, checksum verification, the copy to guest memory, writing descriptors back, the
 * interrupt and its acknowledgement, and the descriptors that the driver gives back. Beside it stands a memcpy of as many bytes in the
 * same run. Mode "valid" is a frame whose sender vouches for the checksum, "verify" one that the model sums up, "tso" one of 64 KiB that the
 * link cuts where the model cannot take it whole.
 *
 *   nic-rx [--json] [--quick] [NIC]
 */
#include <string.h>

#include "hvn-bench-nic.h"
#include "hvn-test-frames.h"

#define HEADER 54
#define MSS    1460

static const HvnBenchCase rx_cases[] = {
    {"valid", 60, 1, 256},
    {"valid", 1514, 1, 256},
    {"verify", 1514, 1, 256},
    {"tso", HEADER + 44 * MSS, 44, 64},
};

static void
rx_run(gpointer data, guint n_rounds)
{
    HvnBenchNic *self = data;

    for (guint i = 0; i < n_rounds; i++) {
        for (guint done = 0; done < self->test_case->batch; done += HVN_BATCH_MAX)
            hvn_port_send(HVN_PORT(self->peer), self->frames, MIN(self->test_case->batch - done, HVN_BATCH_MAX));
        self->model->give_rx(self);
        hvn_bench_nic_run(self);
    }
}

static void
rx_run_memcpy(gpointer data, guint n_rounds)
{
    HvnBenchNic *self = data;
    guint8 *ram = hvn_fake_bus_get_ram(self->bus) + 0x3000000;

    for (guint i = 0; i < n_rounds; i++) {
        for (guint j = 0; j < self->test_case->batch; j++) {
            memcpy(ram + (j % 512) * 4096, self->bytes, self->test_case->frame_size);
            __asm__ volatile("" : : "r"(ram) : "memory");
        }
    }
}

static void
rx_build_frames(HvnBenchNic *self)
{
    gboolean tso = g_str_equal(self->test_case->mode, "tso");
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .tcp_flags = 0x10, .partial_csum = tso};
    GByteArray *frame;

    spec.payload_len = self->test_case->frame_size - HEADER;
    frame = hvn_test_frame_build(&spec);
    g_assert(frame->len == self->test_case->frame_size);
    self->bytes = g_byte_array_free(frame, FALSE);
    for (guint i = 0; i < HVN_BATCH_MAX; i++) {
        self->iovs[i] = (struct iovec){self->bytes, self->test_case->frame_size};
        hvn_frame_init(&self->frames[i], &self->iovs[i], 1);
        if (tso) {
            self->frames[i].offload = (HvnOffload){.flags = HVN_OFFLOAD_NEEDS_CSUM, .gso_type = HVN_GSO_TCPV4, .gso_size = MSS};
            self->frames[i].offload.csum_start = 34;
            self->frames[i].offload.csum_offset = 16;
            self->frames[i].offload.hdr_len = HEADER;
        } else if (g_str_equal(self->test_case->mode, "valid")) {
            self->frames[i].offload.flags = HVN_OFFLOAD_DATA_VALID;
        }
    }
}

static void
rx_one(HvnBench *bench, const HvnBenchModel *model, const HvnBenchCase *test_case)
{
    HvnBenchNic self;
    HvnBenchTime receive, copying;
    HvnLinkCounters counters;

    hvn_bench_nic_init(&self, model, test_case);
    rx_build_frames(&self);
    model->open_rx(&self);
    rx_run(&self, 1);
    hvn_link_get_counters(self.link, HVN_PORT(self.nic), &counters);
    if (counters.frames != test_case->batch || counters.stalls > 0)
        g_error("%" G_GUINT64_FORMAT " of %u frames were taken", counters.frames, test_case->batch);
    receive = hvn_bench_measure(bench, rx_run, &self, test_case->batch);
    copying = hvn_bench_measure(bench, rx_run_memcpy, &self, test_case->batch);
    hvn_bench_nic_clear(&self);

    hvn_bench_string(bench, "nic", model->name);
    hvn_bench_string(bench, "mode", test_case->mode);
    hvn_bench_uint(bench, "frame_size", test_case->frame_size);
    hvn_bench_uint(bench, "batch", test_case->batch);
    hvn_bench_double(bench, "ns_per_frame", receive.least);
    hvn_bench_double(bench, "ns_per_frame_median", receive.median);
    hvn_bench_double(bench, "ns_memcpy", copying.least);
    hvn_bench_double(bench, "ratio_to_memcpy", copying.least > 0 ? receive.least / copying.least : 0);
    hvn_bench_end_row(bench);
}

int
main(int argc, char **argv)
{
    HvnBench bench;
    const HvnBenchModel *model;

    hvn_bench_init(&bench, "nic-rx", "[NIC]", argc, argv);
    model = hvn_bench_find_model(&bench);
    for (guint i = 0; i < G_N_ELEMENTS(rx_cases); i++) {
        HvnBenchCase test_case = rx_cases[i];

        if (model->max_rx != 0)
            test_case.batch = MIN(test_case.batch, model->max_rx / test_case.descriptors);
        if (test_case.batch > 0)
            rx_one(&bench, model, &test_case);
    }
    hvn_bench_finish(&bench);
    return 0;
}
