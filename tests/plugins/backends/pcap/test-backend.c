/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pcap backend (hvn-pcap-backend.c, hvn-pcap-replay.c) between files and a NIC: pace, passes, a guest that is full, the output, and
 * what it refuses. Time is moved by hand. */
#include "hvn-capture-file.h"

#include "hvn-error.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-pcap-backend.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct {
    CaptureFile    file;
    char          *output; /* path */
    HvnClock      *clock;
    HvnDispatcher *dispatcher;
    HvnFakePort   *nic;
    HvnBackend    *backend;
    HvnLink       *link;
} Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    capture_init(&self->file);
    self->output = g_build_filename(self->file.directory, "out.pcap", NULL);
    self->clock = hvn_clock_new_manual();
    self->dispatcher = hvn_dispatcher_new(NULL, self->clock);
    self->nic = hvn_fake_port_new(self->dispatcher, "nic");
    self->backend = g_object_new(HVN_TYPE_PCAP_BACKEND, "dispatcher", self->dispatcher, "name", "net0", NULL);
    self->link = hvn_link_new(HVN_PORT(self->nic), HVN_PORT(self->backend));
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_link_disconnect(self->link);
    g_object_unref(self->link);
    g_assert_finalize_object(self->backend);
    g_object_unref(self->nic);
    g_object_unref(self->dispatcher);
    hvn_clock_unref(self->clock);
    g_unlink(self->output);
    g_free(self->output);
    capture_clear(&self->file);
}

static void
start(Fixture *self)
{
    g_autoptr(GError) error = NULL;

    g_object_set(self->backend, "file", capture_save(&self->file), NULL);
    hvn_backend_start(self->backend, &error);
    g_assert_no_error(error);
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_UP);
}

static guint64
counter(Fixture *self, const char *name)
{
    guint64 value;

    g_object_get(self->backend, name, &value, NULL);
    return value;
}

/* how many frames have come when so much time has passed from now */
static guint
frames_after(Fixture *self, gint64 ns)
{
    hvn_dispatcher_advance(self->dispatcher, ns);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, counter(self, "sent"));
    return hvn_fake_port_get_n_frames(self->nic);
}

static void
assert_frame(Fixture *self, guint n, guint number, gsize len)
{
    gsize got;
    const guint8 *bytes = g_bytes_get_data(hvn_fake_port_get_frame(self->nic, n), &got);

    g_assert_cmpuint(got, ==, len);
    for (gsize i = 0; i < len; i++)
        g_assert_cmpuint(bytes[i], ==, (number + i) & 0xff);
}

static void
test_original_pace(Fixture *self, gconstpointer data)
{
    capture_record(&self->file, 10, 0, 1, 60);
    capture_record(&self->file, 10, 500, 2, 1514);
    capture_record(&self->file, 10, 500, 3, 100);
    capture_record(&self->file, 13, 0, 4, 60);
    start(self);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 0); /* the dispatcher sends, not start() */
    g_assert_cmpuint(frames_after(self, 0), ==, 1);
    g_assert_cmpuint(frames_after(self, 499 * HVN_NS_PER_US), ==, 1);
    g_assert_cmpuint(frames_after(self, HVN_NS_PER_US), ==, 3);
    g_assert_cmpuint(frames_after(self, 3 * HVN_NS_PER_S - 501 * HVN_NS_PER_US), ==, 3);
    g_assert_cmpuint(frames_after(self, HVN_NS_PER_US), ==, 4);
    g_assert_cmpuint(frames_after(self, 3600 * HVN_NS_PER_S), ==, 4);
    assert_frame(self, 0, 1, 60);
    assert_frame(self, 1, 2, 1514);
    assert_frame(self, 2, 3, 100);
    assert_frame(self, 3, 4, 60);
    /* at its end it is a network on which nothing happens */
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_UP);
}

static void
test_full_pace(Fixture *self, gconstpointer data)
{
    for (guint i = 0; i < 5000; i++)
        capture_record(&self->file, i * 1000, 0, i, 60);
    g_object_set(self->backend, "pace", "full", "loop", 2, NULL);
    start(self);
    hvn_dispatcher_run_work(self->dispatcher);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), <=, 256); /* rule 6: a dispatch is bounded */
    g_assert_cmpuint(frames_after(self, 0), ==, 10000);
    for (guint i = 0; i < 10000; i++)
        assert_frame(self, i, i % 5000, 60);
}

/* a pass begins a mean gap after the last frame of the one before */
static void
test_loops_at_original_pace(Fixture *self, gconstpointer data)
{
    for (guint i = 0; i < 3; i++)
        capture_record(&self->file, i, 0, i, 60);
    g_object_set(self->backend, "loop", 3, NULL);
    start(self);
    g_assert_cmpuint(frames_after(self, 0), ==, 1);
    for (guint i = 2; i <= 9; i++) {
        g_assert_cmpuint(frames_after(self, HVN_NS_PER_S - 1), ==, i - 1);
        g_assert_cmpuint(frames_after(self, 1), ==, i);
    }
    g_assert_cmpuint(frames_after(self, 3600 * HVN_NS_PER_S), ==, 9);
}

static void
test_loops_for_ever(Fixture *self, gconstpointer data)
{
    capture_record(&self->file, 0, 0, 0, 60);
    g_object_set(self->backend, "loop", 0, NULL);
    hvn_fake_port_set_recording(self->nic, FALSE);
    start(self);
    g_assert_cmpuint(frames_after(self, HVN_NS_PER_S), ==, 1001); /* one of no length has a gap of 1 ms */
    hvn_backend_stop(self->backend);
    g_assert_cmpuint(frames_after(self, HVN_NS_PER_S), ==, 1001);
}

/* the guest has no room for 10 s: nothing is lost, and what is left keeps its pace from where it stood */
static void
test_full_guest_holds_the_replay(Fixture *self, gconstpointer data)
{
    for (guint i = 0; i < 10; i++)
        capture_record(&self->file, i, 0, i, 60);
    start(self);
    hvn_fake_port_set_capacity(self->nic, 2);
    g_assert_cmpuint(frames_after(self, 10 * HVN_NS_PER_S), ==, 2);
    g_assert_true(hvn_port_owes_ready(HVN_PORT(self->nic)));
    hvn_fake_port_set_capacity(self->nic, G_MAXUINT);
    hvn_port_ready(HVN_PORT(self->nic));
    g_assert_cmpuint(frames_after(self, 0), ==, 3);
    g_assert_cmpuint(frames_after(self, HVN_NS_PER_S), ==, 4);
    g_assert_cmpuint(frames_after(self, 10 * HVN_NS_PER_S), ==, 10);
    for (guint i = 0; i < 10; i++)
        assert_frame(self, i, i, 60);
}

/* 16 at a time through a guest that is always nearly full */
static void
test_full_guest_at_full_pace(Fixture *self, gconstpointer data)
{
    for (guint i = 0; i < 1000; i++)
        capture_record(&self->file, 0, 0, i, 60);
    g_object_set(self->backend, "pace", "full", NULL);
    start(self);
    for (guint i = 0; i < 63; i++) {
        hvn_fake_port_set_capacity(self->nic, 16);
        hvn_port_ready(HVN_PORT(self->nic));
        frames_after(self, 0);
    }
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 1000);
    for (guint i = 0; i < 1000; i++)
        assert_frame(self, i, i, 60);
}

static void
guest_sends(Fixture *self, gsize len, guint8 fill)
{
    guint8 bytes[2000];

    memset(bytes, fill, sizeof bytes);
    g_assert_true(hvn_fake_port_send_bytes(self->nic, bytes, len));
}

static void
test_wait(Fixture *self, gconstpointer data)
{
    capture_record(&self->file, 0, 0, 1, 60);
    capture_record(&self->file, 1, 0, 2, 60);
    g_object_set(self->backend, "wait", TRUE, NULL);
    start(self);
    g_assert_cmpuint(frames_after(self, 100 * HVN_NS_PER_S), ==, 0);
    guest_sends(self, 60, 0);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 0); /* rule 5 */
    g_assert_cmpuint(frames_after(self, 0), ==, 1);
    guest_sends(self, 60, 0);
    g_assert_cmpuint(frames_after(self, HVN_NS_PER_S), ==, 2);
    g_assert_cmpuint(counter(self, "received"), ==, 2);
}

/* what a cable would carry: padded; whole at most a second later, and again after a start the new frames only */
static void
test_output(Fixture *self, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *content = NULL;
    gsize len;

    g_object_set(self->backend, "output", self->output, NULL);
    g_assert_true(hvn_backend_start(self->backend, &error));
    guest_sends(self, 42, 1);
    guest_sends(self, 1514, 2);
    hvn_dispatcher_advance(self->dispatcher, HVN_NS_PER_S);
    g_assert_true(g_file_get_contents(self->output, &content, &len, NULL));
    g_assert_cmpuint(len, ==, 24 + 16 + 60 + 16 + 1514);
    g_assert_cmpint(content[40], ==, 1);
    g_assert_cmpint(content[40 + 42], ==, 0);
    g_assert_cmpint(content[40 + 60 + 16], ==, 2);
    guest_sends(self, 60, 3);
    hvn_backend_stop(self->backend);
    g_clear_pointer(&content, g_free);
    g_assert_true(g_file_get_contents(self->output, &content, &len, NULL));
    g_assert_cmpuint(len, ==, 24 + 16 + 60 + 16 + 1514 + 16 + 60);
    guest_sends(self, 60, 4);
    g_assert_cmpuint(counter(self, "received"), ==, 3);
    g_assert_true(hvn_backend_start(self->backend, &error));
    hvn_backend_stop(self->backend);
    g_clear_pointer(&content, g_free);
    g_assert_true(g_file_get_contents(self->output, &content, &len, NULL));
    g_assert_cmpuint(len, ==, 24);
}

/* what was written can be replayed */
static void
test_output_is_a_capture(Fixture *self, gconstpointer data)
{
    g_object_set(self->backend, "output", self->output, NULL);
    g_assert_true(hvn_backend_start(self->backend, NULL));
    for (guint i = 0; i < 300; i++)
        guest_sends(self, 60 + i, i & 0xff);
    hvn_backend_stop(self->backend);
    g_object_set(self->backend, "file", self->output, "output", NULL, "pace", "full", NULL);
    g_assert_true(hvn_backend_start(self->backend, NULL));
    g_assert_cmpuint(frames_after(self, 0), ==, 300);
    for (guint i = 0; i < 300; i++) {
        gsize len;
        const guint8 *bytes = g_bytes_get_data(hvn_fake_port_get_frame(self->nic, i), &len);

        g_assert_cmpuint(len, ==, 60 + i);
        g_assert_cmpuint(bytes[59 + i], ==, i & 0xff);
    }
}

/* a limit on the size of files stands in for a full disk */
static void
test_full_disk(Fixture *self, gconstpointer data)
{
    struct rlimit before, limit;

    capture_record(&self->file, 0, 0, 1, 60);
    capture_save(&self->file);
    g_object_set(self->backend, "output", self->output, "file", self->file.path, NULL);
    g_assert_true(hvn_backend_start(self->backend, NULL));
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &before), ==, 0);
    limit = before;
    limit.rlim_cur = 100000;
    signal(SIGXFSZ, SIG_IGN);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    g_test_expect_message("hvn-net", G_LOG_LEVEL_WARNING, "*cannot write capture file*");
    for (guint i = 0; i < 300; i++)
        guest_sends(self, 1514, 0);
    g_test_assert_expected_messages();
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &before), ==, 0);
    /* the guest and the replay go on */
    g_assert_cmpuint(counter(self, "received"), ==, 300);
    g_assert_cmpuint(frames_after(self, 0), ==, 1);
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_UP);
    g_test_expect_message("hvn-net", G_LOG_LEVEL_WARNING, "*lacks * frames*");
    hvn_backend_stop(self->backend);
    g_test_assert_expected_messages();
}

static void
assert_refused(Fixture *self, const char *file, const char *output, const char *pattern)
{
    g_autoptr(GError) error = NULL;

    g_object_set(self->backend, "file", file, "output", output, NULL);
    g_assert_false(hvn_backend_start(self->backend, &error));
    g_assert_nonnull(error);
    g_test_message("%s", error->message);
    if (!g_pattern_match_simple(pattern, error->message))
        g_assert_cmpstr(error->message, ==, pattern);
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_STOPPED);
}

static void
test_refused(Fixture *self, gconstpointer data)
{
    g_autofree char *nowhere = g_build_filename(self->file.directory, "no", "where", NULL);
    g_autofree char *content = NULL;
    gsize len;

    capture_record(&self->file, 0, 0, 1, 60);
    capture_save(&self->file);
    assert_refused(self, NULL, NULL, "pcap has neither file nor output: *");
    assert_refused(self, nowhere, NULL, "cannot open capture file '*/no/where': No such file or directory");
    assert_refused(self, self->file.path, nowhere, "cannot open capture file '*/no/where': No such file or directory");
    /* a capture is not overwritten with what it makes the guest say, whatever its name */
    assert_refused(self, self->file.path, self->file.path, "output '*' is the capture that is replayed: expected another file");
    g_assert_cmpint(link(self->file.path, self->output), ==, 0);
    assert_refused(self, self->file.path, self->output, "output '*' is the capture that is replayed: expected another file");
    g_assert_true(g_file_get_contents(self->file.path, &content, &len, NULL));
    g_assert_cmpuint(len, ==, 24 + 16 + 60);
}

static void
test_skipped_records_are_told(Fixture *self, gconstpointer data)
{
    capture_record_cut(&self->file, 0, 0, 1, 60, 1514);
    capture_record(&self->file, 0, 0, 2, 60);
    g_test_expect_message("hvn-pcap", G_LOG_LEVEL_WARNING, "net0: '*' has records that are no frames to send: 1 cut short, 0 too short, 0 too long*");
    start(self);
    g_test_assert_expected_messages();
    g_assert_cmpuint(frames_after(self, HVN_NS_PER_S), ==, 1);
    g_assert_cmpuint(counter(self, "skipped"), ==, 1); /* also when the replay has ended */
}

/* the file is cut while it is replayed: the backend says that it is down and why, and can be started again */
static void
test_broken_meanwhile(Fixture *self, gconstpointer data)
{
    for (guint i = 0; i < 9000; i++)
        capture_record(&self->file, 0, 0, 0, 14);
    g_object_set(self->backend, "pace", "full", NULL);
    hvn_port_set_features(HVN_PORT(self->nic), HVN_PORT_SHORT_FRAMES);
    start(self);
    g_assert_cmpint(truncate(self->file.path, 24 + 8500 * 30 + 5), ==, 0);
    g_test_expect_message("hvn-pcap", G_LOG_LEVEL_WARNING, "net0: cannot replay '*': behind 8500 frames: *");
    g_assert_cmpuint(frames_after(self, 0), >, 4000);
    g_test_assert_expected_messages();
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_DOWN);
    g_assert_nonnull(strstr(hvn_backend_get_reason(self->backend), "behind 8500 frames"));
    guest_sends(self, 60, 0);
    hvn_backend_stop(self->backend);
    start(self);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) g_test_add("/pcap/backend/" name, Fixture, NULL, set_up, func, tear_down)
    ADD("original-pace", test_original_pace);
    ADD("full-pace", test_full_pace);
    ADD("loops-at-original-pace", test_loops_at_original_pace);
    ADD("loops-for-ever", test_loops_for_ever);
    ADD("full-guest-holds-the-replay", test_full_guest_holds_the_replay);
    ADD("full-guest-at-full-pace", test_full_guest_at_full_pace);
    ADD("wait", test_wait);
    ADD("output", test_output);
    ADD("output-is-a-capture", test_output_is_a_capture);
    ADD("full-disk", test_full_disk);
    ADD("refused", test_refused);
    ADD("skipped-records-are-told", test_skipped_records_are_told);
    ADD("broken-meanwhile", test_broken_meanwhile);
#undef ADD
    return g_test_run();
}
