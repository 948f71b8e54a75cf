/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/net/hvn-link.c: joining, parting, up and down, counters, captures. */
#include "hvn-error.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"

#include <glib/gstdio.h>
#include <string.h>

/* a port that notes what its link does, and sends when it is resumed */
#define TEST_TYPE_PORT (test_port_get_type())
G_DECLARE_FINAL_TYPE(TestPort, test_port, TEST, PORT, HvnPort)

struct _TestPort {
    HvnPort  parent_instance;
    GString *log; /* U up, D down, R resumed, L resumed without a link */
    guint    room;
    HvnLink *drop;    /* owned; given up in the next push() */
    HvnLink *go_down; /* not owned; set down in the next push() */
};

G_DEFINE_FINAL_TYPE(TestPort, test_port, HVN_TYPE_PORT)

static guint
test_port_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    TestPort *self = TEST_PORT(port);
    guint n = MIN(n_frames, self->room);

    g_assert_true(hvn_port_get_in_push(port));
    self->room -= n;
    if (self->go_down != NULL)
        hvn_link_set_up(g_steal_pointer(&self->go_down), FALSE);
    if (self->drop != NULL) {
        hvn_link_disconnect(self->drop);
        g_clear_object(&self->drop);
    }
    g_assert_true(hvn_port_get_in_push(port));
    return n;
}

static void
test_port_resume(HvnPort *port)
{
    guint8 bytes[60] = {0};
    struct iovec piece = {bytes, sizeof bytes};
    HvnFrame frame;

    g_string_append_c(TEST_PORT(port)->log, hvn_port_get_link(port) != NULL ? 'R' : 'L');
    hvn_frame_init(&frame, &piece, 1);
    hvn_port_send(port, &frame, 1);
}

static void
test_port_link_changed(HvnPort *port, gboolean up)
{
    g_assert_cmpint(hvn_port_get_link_up(port), ==, up);
    g_string_append_c(TEST_PORT(port)->log, up ? 'U' : 'D');
}

static void
test_port_finalize(GObject *object)
{
    g_string_free(TEST_PORT(object)->log, TRUE);
    G_OBJECT_CLASS(test_port_parent_class)->finalize(object);
}

static void
test_port_class_init(TestPortClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = test_port_finalize;
    HVN_PORT_CLASS(klass)->push = test_port_push;
    HVN_PORT_CLASS(klass)->resume = test_port_resume;
    HVN_PORT_CLASS(klass)->link_changed = test_port_link_changed;
}

static void
test_port_init(TestPort *self)
{
    self->log = g_string_new(NULL);
}

typedef struct {
    TestPort *nic;
    TestPort *backend;
    HvnLink  *link;
} Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    self->nic = g_object_new(TEST_TYPE_PORT, "name", "net0", NULL);
    self->backend = g_object_new(TEST_TYPE_PORT, "name", "user0", NULL);
    self->link = hvn_link_new(HVN_PORT(self->nic), HVN_PORT(self->backend));
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    g_clear_object(&self->link);
    g_assert_finalize_object(self->nic);
    g_assert_finalize_object(self->backend);
}

static guint
send(TestPort *port, guint n)
{
    guint8 bytes[60] = {0};
    struct iovec piece = {bytes, sizeof bytes};
    HvnFrame frames[HVN_BATCH_MAX];

    for (guint i = 0; i < n; i++)
        hvn_frame_init(&frames[i], &piece, 1);
    return hvn_port_send(HVN_PORT(port), frames, n);
}

static HvnLinkCounters
counters(Fixture *self, TestPort *towards)
{
    HvnLinkCounters result;

    hvn_link_get_counters(self->link, HVN_PORT(towards), &result);
    return result;
}

static void
test_joins_and_parts(Fixture *self, gconstpointer data)
{
    g_assert_true(hvn_link_get_nic(self->link) == HVN_PORT(self->nic));
    g_assert_true(hvn_link_get_backend(self->link) == HVN_PORT(self->backend));
    g_assert_true(hvn_port_get_link(HVN_PORT(self->nic)) == self->link);
    g_assert_true(hvn_port_get_link(HVN_PORT(self->backend)) == self->link);
    g_assert_true(hvn_link_get_up(self->link));
    g_assert_cmpstr(self->nic->log->str, ==, "U");

    hvn_link_disconnect(self->link);
    hvn_link_disconnect(self->link);
    g_assert_null(hvn_link_get_nic(self->link));
    g_assert_null(hvn_port_get_link(HVN_PORT(self->nic)));
    g_assert_false(hvn_link_get_up(self->link));
    hvn_link_set_up(self->link, TRUE);
    g_assert_false(hvn_link_get_up(self->link));
    g_assert_cmpstr(self->nic->log->str, ==, "UD");
    g_assert_cmpstr(self->backend->log->str, ==, "UD");
    g_assert_cmpuint(send(self->nic, 3), ==, 3);

    g_object_unref(self->link);
    self->link = hvn_link_new(HVN_PORT(self->backend), HVN_PORT(self->nic));
    g_assert_nonnull(self->link);
}

static void
test_refuses_ports_that_are_not_free(Fixture *self, gconstpointer data)
{
    g_autoptr(TestPort) other = g_object_new(TEST_TYPE_PORT, NULL);

    g_test_expect_message("hvn-net", G_LOG_LEVEL_CRITICAL, "*hvn_port_get_link(nic) == NULL*");
    g_assert_null(hvn_link_new(HVN_PORT(self->nic), HVN_PORT(other)));
    g_test_expect_message("hvn-net", G_LOG_LEVEL_CRITICAL, "*hvn_port_get_link(backend) == NULL*");
    g_assert_null(hvn_link_new(HVN_PORT(other), HVN_PORT(self->backend)));
    g_test_expect_message("hvn-net", G_LOG_LEVEL_CRITICAL, "*nic != backend*");
    g_assert_null(hvn_link_new(HVN_PORT(other), HVN_PORT(other)));
    g_test_assert_expected_messages();
}

static void
test_counts_each_way(Fixture *self, gconstpointer data)
{
    self->backend->room = 5;
    self->nic->room = 100;
    g_assert_cmpuint(send(self->nic, 3), ==, 3);
    g_assert_cmpuint(send(self->nic, 3), ==, 2);
    g_assert_cmpuint(send(self->backend, 7), ==, 7);
    g_assert_cmpuint(counters(self, self->backend).frames, ==, 5);
    g_assert_cmpuint(counters(self, self->backend).bytes, ==, 300);
    g_assert_cmpuint(counters(self, self->backend).stalls, ==, 1);
    g_assert_cmpuint(counters(self, self->nic).frames, ==, 7);
    g_assert_cmpuint(counters(self, self->nic).stalls, ==, 0);
}

static void
test_debt_is_paid_once(Fixture *self, gconstpointer data)
{
    g_string_truncate(self->nic->log, 0);
    hvn_port_ready(HVN_PORT(self->backend)); /* nothing is owed */
    g_assert_cmpstr(self->nic->log->str, ==, "");
    g_assert_cmpuint(send(self->nic, 1), ==, 0);
    g_assert_true(hvn_port_owes_ready(HVN_PORT(self->backend)));
    g_assert_false(hvn_port_owes_ready(HVN_PORT(self->nic)));
    self->backend->room = 1;
    hvn_port_ready(HVN_PORT(self->backend));
    hvn_port_ready(HVN_PORT(self->backend));
    g_assert_cmpstr(self->nic->log->str, ==, "R");
    g_assert_false(hvn_port_owes_ready(HVN_PORT(self->backend)));
}

static void
test_down_takes_and_counts(Fixture *self, gconstpointer data)
{
    self->backend->room = 100;
    hvn_link_set_up(self->link, FALSE);
    hvn_link_set_up(self->link, FALSE);
    g_assert_cmpuint(send(self->nic, 9), ==, 9);
    g_assert_cmpuint(self->backend->room, ==, 100);
    g_assert_cmpuint(counters(self, self->backend).dropped_link_down, ==, 9);
    g_assert_cmpuint(counters(self, self->backend).frames, ==, 0);
    hvn_link_set_up(self->link, TRUE);
    g_assert_cmpuint(send(self->nic, 9), ==, 9);
    g_assert_cmpuint(self->backend->room, ==, 91);
    g_assert_cmpstr(self->nic->log->str, ==, "UDU");
    g_assert_cmpstr(self->backend->log->str, ==, "UDU");
}

static void
test_down_pays_debts(Fixture *self, gconstpointer data)
{
    g_assert_cmpuint(send(self->nic, 1), ==, 0);
    g_assert_cmpuint(send(self->backend, 1), ==, 0);
    hvn_link_set_up(self->link, FALSE);
    g_assert_cmpstr(self->nic->log->str, ==, "UDR");
    g_assert_cmpstr(self->backend->log->str, ==, "UDR");
    g_assert_false(hvn_port_owes_ready(HVN_PORT(self->backend)));
    g_assert_cmpuint(counters(self, self->backend).dropped_link_down, ==, 1);
}

static void
test_parting_pays_debts(Fixture *self, gconstpointer data)
{
    g_assert_cmpuint(send(self->nic, 1), ==, 0);
    g_clear_object(&self->link);
    g_assert_cmpstr(self->nic->log->str, ==, "UDL");
    g_assert_cmpstr(self->backend->log->str, ==, "UD");
    g_assert_false(hvn_port_owes_ready(HVN_PORT(self->backend)));
}

static void
test_link_given_up_within_push(Fixture *self, gconstpointer data)
{
    self->backend->room = 1;
    self->backend->drop = g_steal_pointer(&self->link);
    g_assert_cmpuint(send(self->nic, 4), ==, 4);
    g_assert_null(hvn_port_get_link(HVN_PORT(self->nic)));
    g_assert_null(hvn_port_get_link(HVN_PORT(self->backend)));
    g_assert_false(hvn_port_owes_ready(HVN_PORT(self->backend)));
}

static void
test_link_down_within_push(Fixture *self, gconstpointer data)
{
    self->backend->room = 1;
    self->backend->go_down = self->link;
    g_assert_cmpuint(send(self->nic, 4), ==, 4);
    g_assert_cmpuint(counters(self, self->backend).frames, ==, 1);
    g_assert_cmpuint(counters(self, self->backend).dropped_link_down, ==, 3);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(self->backend)));
    g_assert_cmpstr(self->nic->log->str, ==, "UD");
}

static void
test_capture_holds_both_directions_in_order(void)
{
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "hvn-test-link-XXXXXX", NULL);
    int fd = g_mkstemp(path);
    g_autoptr(HvnFakePort) nic = hvn_fake_port_new(NULL, "net0");
    g_autoptr(HvnFakePort) backend = hvn_fake_port_new(NULL, "user0");
    g_autoptr(HvnLink) link = hvn_link_new(HVN_PORT(nic), HVN_PORT(backend));
    g_autoptr(GError) error = NULL;
    g_autofree char *content = NULL;
    gsize len;
    guint8 bytes[3][20];

    g_assert_cmpint(fd, >=, 0);
    g_assert_true(g_close(fd, NULL));
    for (guint i = 0; i < 3; i++)
        memset(bytes[i], 'a' + i, sizeof bytes[i]);
    hvn_port_set_features(HVN_PORT(backend), 0); /* pads; the capture shows the frame before that */
    g_assert_true(hvn_link_start_capture(link, path, 65536, &error));
    g_assert_no_error(error);
    g_assert_true(hvn_fake_port_send_bytes(nic, bytes[0], 20));
    hvn_fake_port_set_capacity(backend, 0);
    g_assert_false(hvn_fake_port_send_bytes(nic, bytes[2], 20)); /* not taken: not captured */
    g_assert_true(hvn_fake_port_send_bytes(backend, bytes[1], 20));
    g_assert_true(hvn_fake_port_send_bytes(nic, bytes[2], 13)); /* dropped: not captured */
    hvn_fake_port_set_capacity(backend, 1);
    g_assert_true(hvn_fake_port_send_bytes(nic, bytes[2], 20));
    hvn_link_stop_capture(link);
    hvn_link_stop_capture(link);
    g_assert_true(hvn_fake_port_send_bytes(backend, bytes[0], 20));

    g_assert_true(g_file_get_contents(path, &content, &len, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(len, ==, 24 + 3 * (16 + 20));
    for (guint i = 0; i < 3; i++)
        g_assert_cmpmem(content + 24 + i * 36 + 16, 20, bytes[i], 20);

    /* one that goes on keeps them, and is written out when that is asked for */
    g_clear_pointer(&content, g_free);
    g_assert_true(hvn_link_continue_capture(link, path, 65536, &error));
    hvn_fake_port_set_capacity(backend, 2);
    g_assert_true(hvn_fake_port_send_bytes(nic, bytes[1], 20));
    hvn_link_flush_capture(link);
    g_assert_true(g_file_get_contents(path, &content, &len, &error));
    g_assert_cmpuint(len, ==, 24 + 4 * (16 + 20));
    g_assert_cmpmem(content + 24 + 2 * 36 + 16, 20, bytes[2], 20);
    g_assert_cmpmem(content + 24 + 3 * 36 + 16, 20, bytes[1], 20);
    hvn_link_stop_capture(link);
    hvn_link_flush_capture(link);
    g_assert_cmpint(g_unlink(path), ==, 0);
}

static void
test_capture_that_cannot_be_opened(void)
{
    g_autoptr(HvnFakePort) nic = hvn_fake_port_new(NULL, "net0");
    g_autoptr(HvnFakePort) backend = hvn_fake_port_new(NULL, "user0");
    g_autoptr(HvnLink) link = hvn_link_new(HVN_PORT(nic), HVN_PORT(backend));
    g_autoptr(GError) error = NULL;

    g_assert_false(hvn_link_start_capture(link, "/nonexistent/hvn.pcap", 100, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND);
    g_clear_error(&error);
    g_assert_false(hvn_link_continue_capture(link, "/nonexistent/hvn.pcap", 100, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND);
    g_assert_true(hvn_fake_port_send_bytes(nic, "0123456789abcdef", 16));
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(Fixture *, gconstpointer);
    } rows[] = {
        {"joins-and-parts", test_joins_and_parts},
        {"refuses-ports-that-are-not-free", test_refuses_ports_that_are_not_free},
        {"counts-each-way", test_counts_each_way},
        {"debt-is-paid-once", test_debt_is_paid_once},
        {"down-takes-and-counts", test_down_takes_and_counts},
        {"down-pays-debts", test_down_pays_debts},
        {"parting-pays-debts", test_parting_pays_debts},
        {"link-given-up-within-push", test_link_given_up_within_push},
        {"link-down-within-push", test_link_down_within_push},
    };

    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/net/link/%s", rows[i].name);

        g_test_add(path, Fixture, NULL, set_up, rows[i].test, tear_down);
    }
    g_test_add_func("/net/link/capture-holds-both-directions-in-order", test_capture_holds_both_directions_in_order);
    g_test_add_func("/net/link/capture-that-cannot-be-opened", test_capture_that_cannot_be_opened);
    return g_test_run();
}
