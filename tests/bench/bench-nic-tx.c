/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a NIC model costs a frame on transmit, over a port that takes everything: the doorbell, the dispatcher's work, fetching descriptors, lending
 * the frame through the link, writing the status back, the interrupt and its acknowledgement. Beside it stands the link alone with
 * the same frames in the same run. The cost follows the number of descriptors and not the payload: the rows show both.
 *
 *   nic-tx [--json] [--quick] [NIC]
 */
#include "hvn-bench-nic.h"

static void
tx_run(gpointer data, guint n_rounds)
{
    HvnBenchNic *self = data;

    for (guint i = 0; i < n_rounds; i++) {
        self->model->ring_tx(self);
        hvn_bench_nic_run(self);
        self->model->done_tx(self);
    }
}

/* the same frames from a port straight to a port */
static void
tx_run_link(gpointer data, guint n_rounds)
{
    HvnPort *sender = data;
    static const guint8 bytes[64];
    struct iovec iov = {(gpointer)bytes, sizeof bytes};
    HvnFrame frames[HVN_BATCH_MAX];

    for (guint i = 0; i < HVN_BATCH_MAX; i++)
        hvn_frame_init(&frames[i], &iov, 1);
    for (guint i = 0; i < n_rounds; i++)
        hvn_port_send(sender, frames, HVN_BATCH_MAX);
}

static double
tx_measure_link(HvnBench *bench)
{
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_autoptr(HvnFakePort) sender = hvn_fake_port_new(dispatcher, "sender");
    g_autoptr(HvnFakePort) receiver = hvn_fake_port_new(dispatcher, "receiver");
    g_autoptr(HvnLink) link G_GNUC_UNUSED = hvn_link_new(HVN_PORT(sender), HVN_PORT(receiver));

    hvn_fake_port_set_recording(receiver, FALSE);
    return hvn_bench_measure(bench, tx_run_link, sender, HVN_BATCH_MAX).least;
}

static void
tx_one(HvnBench *bench, const HvnBenchModel *model, const HvnBenchCase *test_case, gboolean whole_loop, double link_ns)
{
    HvnBenchNic self;
    HvnBenchTime time;

    hvn_bench_nic_init(&self, model, test_case);
    self.whole_loop = whole_loop;
    model->open_tx(&self);
    tx_run(&self, 1);
    if (hvn_fake_port_get_n_frames(self.peer) != test_case->batch)
        g_error("%u of %u frames arrived", hvn_fake_port_get_n_frames(self.peer), test_case->batch);
    time = hvn_bench_measure(bench, tx_run, &self, test_case->batch);
    hvn_bench_nic_clear(&self);

    hvn_bench_string(bench, "nic", model->name);
    hvn_bench_string(bench, "mode", test_case->mode);
    hvn_bench_string(bench, "loop", whole_loop ? "main" : "work");
    hvn_bench_uint(bench, "frame_size", test_case->frame_size);
    hvn_bench_uint(bench, "batch", test_case->batch);
    hvn_bench_uint(bench, "descriptors", test_case->descriptors);
    hvn_bench_double(bench, "ns_per_frame", time.least);
    hvn_bench_double(bench, "ns_per_frame_median", time.median);
    hvn_bench_double(bench, "ns_per_descriptor", time.least / test_case->descriptors);
    hvn_bench_double(bench, "ratio_to_link", link_ns > 0 ? time.least / link_ns : 0);
    hvn_bench_end_row(bench);
}

int
main(int argc, char **argv)
{
    HvnBench bench;
    const HvnBenchModel *model;
    double link_ns;

    hvn_bench_init(&bench, "nic-tx", "[NIC]", argc, argv);
    model = hvn_bench_find_model(&bench);
    link_ns = tx_measure_link(&bench);
    for (guint i = 0; i < model->n_tx_cases; i++)
        tx_one(&bench, model, &model->tx_cases[i], FALSE, link_ns);
    for (guint i = 0; i < model->n_tx_cases; i++)
        tx_one(&bench, model, &model->tx_cases[i], TRUE, link_ns);
    hvn_bench_finish(&bench);
    return 0;
}
