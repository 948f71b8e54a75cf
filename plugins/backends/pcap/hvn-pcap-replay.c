/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pace of a replay.
 *
 *   work:  frames of the chunk that are due --lent from the chunk itself--> hvn_port_send()
 *            all taken, more is due     again
 *            all taken, none is due     timer -> work
 *            fewer taken                held: resume() -> work
 *            chunk is sent              the next one of the file, the first one of the next pass, or the end
 */
#include "hvn-pcap-replay.h"

#define BATCHES_MAX 4 /* of one run of the work */

/* sends the frames that are due; TRUE when all of them were taken, @n_due of them */
static gboolean
hvn_pcap_replay_send(HvnPcapReplay *self, gint64 now_ns, guint *n_due)
{
    HvnFrame frames[HVN_BATCH_MAX];
    struct iovec pieces[HVN_BATCH_MAX];
    guint n_records, n_frames = 0, taken;
    const HvnPcapRecord *records = hvn_pcap_capture_get_records(self->capture, &n_records);

    for (guint i = self->next; i < n_records && n_frames < HVN_BATCH_MAX; i++, n_frames++) {
        if (!self->full && self->base_ns + records[i].time_ns > now_ns)
            break;
        pieces[n_frames] = (struct iovec){(gpointer)records[i].data, records[i].len};
        frames[n_frames] = (HvnFrame){.iov = &pieces[n_frames], .n_iov = 1, .len = records[i].len};
    }
    *n_due = n_frames;
    taken = n_frames > 0 ? hvn_port_send(self->port, frames, n_frames) : 0;
    self->next += taken;
    self->n_sent += taken;
    return taken == n_frames;
}

static void
hvn_pcap_replay_end(HvnPcapReplay *self, const GError *error)
{
    HvnPort *port = self->port;
    HvnPcapReplayFunc ended = self->ended;

    hvn_pcap_replay_close(self);
    ended(port, error);
}

/* the chunk is sent: the next one, in this pass or in another; FALSE when the replay is at its end */
static gboolean
hvn_pcap_replay_next_chunk(HvnPcapReplay *self)
{
    g_autoptr(GError) error = NULL;
    guint n_records = 0;

    self->next = 0;
    if (!hvn_pcap_capture_next(self->capture, &error)) {
        hvn_pcap_replay_end(self, error);
        return FALSE;
    }
    hvn_pcap_capture_get_records(self->capture, &n_records);
    if (n_records > 0)
        return TRUE;
    self->n_loops++;
    if (self->loops > 0 && self->n_loops >= self->loops) {
        hvn_pcap_replay_end(self, NULL);
        return FALSE;
    }
    self->base_ns += hvn_pcap_capture_get_period_ns(self->capture);
    if (!hvn_pcap_capture_rewind(self->capture, &error)) {
        hvn_pcap_replay_end(self, error);
        return FALSE;
    }
    return TRUE;
}

/* what to do when nothing is due now; TRUE to look again */
static gboolean
hvn_pcap_replay_wait(HvnPcapReplay *self)
{
    guint n_records;
    const HvnPcapRecord *records = hvn_pcap_capture_get_records(self->capture, &n_records);

    if (self->next >= n_records)
        return hvn_pcap_replay_next_chunk(self);
    hvn_timer_arm(&self->timer, self->base_ns + records[self->next].time_ns);
    return FALSE;
}

static gboolean
hvn_pcap_replay_run(gpointer data)
{
    HvnPcapReplay *self = data;
    HvnDispatcher *dispatcher = hvn_port_get_dispatcher(self->port);

    for (guint i = 0; i < BATCHES_MAX; i++) {
        gint64 now_ns = self->full ? 0 : hvn_dispatcher_now_ns(dispatcher);
        guint n_due;

        if (!hvn_pcap_replay_send(self, now_ns, &n_due)) {
            self->held = TRUE;
            self->held_ns = hvn_dispatcher_now_ns(dispatcher);
            return FALSE;
        }
        if (n_due == 0 && !hvn_pcap_replay_wait(self))
            return FALSE;
    }
    return TRUE;
}

static void
hvn_pcap_replay_due(gpointer data)
{
    hvn_work_schedule(&((HvnPcapReplay *)data)->work);
}

void
hvn_pcap_replay_init(HvnPcapReplay *self, HvnPort *port, HvnPcapReplayFunc ended)
{
    *self = (HvnPcapReplay){.port = port, .ended = ended};
    hvn_work_init(&self->work, hvn_port_get_dispatcher(port), hvn_pcap_replay_run, self);
    hvn_timer_init(&self->timer, hvn_port_get_dispatcher(port), hvn_pcap_replay_due, self);
}

gboolean
hvn_pcap_replay_open(HvnPcapReplay *self, const char *path, gboolean full, guint loops, GError **error)
{
    g_return_val_if_fail(self->capture == NULL, FALSE);

    self->capture = hvn_pcap_capture_open(path, error);
    self->full = full;
    self->loops = loops;
    self->n_loops = 0;
    self->next = 0;
    self->held = FALSE;
    self->n_sent = 0;
    self->skipped = (HvnPcapSkipped){0};
    return self->capture != NULL;
}

void
hvn_pcap_replay_begin(HvnPcapReplay *self)
{
    g_return_if_fail(self->capture != NULL);

    self->base_ns = hvn_dispatcher_now_ns(hvn_port_get_dispatcher(self->port));
    hvn_work_schedule(&self->work);
}

void
hvn_pcap_replay_resume(HvnPcapReplay *self)
{
    if (!self->held)
        return;
    self->held = FALSE;
    self->base_ns += hvn_dispatcher_now_ns(hvn_port_get_dispatcher(self->port)) - self->held_ns;
    hvn_work_schedule(&self->work);
}

HvnPcapSkipped
hvn_pcap_replay_get_skipped(const HvnPcapReplay *self)
{
    return self->capture != NULL ? *hvn_pcap_capture_get_skipped(self->capture) : self->skipped;
}

void
hvn_pcap_replay_close(HvnPcapReplay *self)
{
    self->skipped = hvn_pcap_replay_get_skipped(self);
    hvn_work_cancel(&self->work);
    hvn_timer_cancel(&self->timer);
    g_clear_pointer(&self->capture, hvn_pcap_capture_free);
    self->held = FALSE;
}
