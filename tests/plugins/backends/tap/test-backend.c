/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tap backend (hvn-tap-backend.c, hvn-tap-flow.c) on a real interface in a namespace of the test's own; a packet socket stands for the
 * host's network. */
#include "hvn-tap-backend.h"

#include <errno.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "hvn-bytes.h"
#include "hvn-error.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-test-namespace.h"

#define CYCLES 1000

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_SANITIZER
#endif
#endif

typedef struct {
    HvnDispatcher *dispatcher;
    HvnFakePort   *nic;
    HvnBackend    *backend;
    HvnLink       *link;
    int            host; /* packet socket with headers */
} Fixture;

static HvnBackend *
make(Fixture *self, const char *script, const char *downscript)
{
    return g_object_new(HVN_TYPE_TAP_BACKEND, "dispatcher", self->dispatcher, "name", "net0", "ifname", "tap0", "script", script, "downscript",
                        downscript, NULL);
}

static void
set_up_stopped(Fixture *self, gconstpointer data)
{
    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    self->nic = hvn_fake_port_new(self->dispatcher, "nic");
    self->backend = make(self, data != NULL ? data : "no", "no");
    self->link = hvn_link_new(HVN_PORT(self->nic), HVN_PORT(self->backend));
    self->host = -1;
}

static void
start(Fixture *self)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(hvn_backend_start(self->backend, &error));
    g_assert_no_error(error);
}

static void
set_up(Fixture *self, gconstpointer data)
{
    set_up_stopped(self, NULL);
    start(self);
    hvn_test_namespace_silence("tap0");
    hvn_test_namespace_set_up("tap0", TRUE);
    self->host = hvn_test_namespace_open_packet("tap0", TRUE);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    if (self->host >= 0)
        close(self->host);
    hvn_link_disconnect(self->link);
    g_object_unref(self->link);
    g_assert_finalize_object(self->backend);
    g_assert_finalize_object(self->nic);
    g_object_unref(self->dispatcher);
    g_assert_cmpuint(if_nametoindex("tap0"), ==, 0);
}

static void
settle(Fixture *self)
{
    for (guint i = 0; i < 1000 && hvn_dispatcher_iterate(self->dispatcher, FALSE); i++)
        ;
}

/* a TCP segment of IPv4 from one made-up host to another: sums of the headers and of the pseudo header are there */
static void
make_tcp(guint8 *bytes, gsize len)
{
    memset(bytes, 0, len);
    memcpy(bytes, "\x52\x54\x00\x00\x00\x01\x52\x54\x00\x00\x00\x02\x08\x00\x45\x00", 16);
    hvn_store_be16(bytes + 16, (guint16)(len - 14));
    memcpy(bytes + 22, "\x40\x06", 2);
    memcpy(bytes + 26, "\xc0\x00\x02\x01\xc0\x00\x02\x02", 8);
    hvn_store_be16(bytes + 34, 1000);
    hvn_store_be16(bytes + 36, 2000);
    bytes[46] = 5 << 4;
    bytes[47] = 0x10;
}

static gssize
receive(Fixture *self, struct virtio_net_hdr *header, guint8 *bytes, gsize size)
{
    struct iovec pieces[] = {{header, sizeof *header}, {bytes, size}};
    gssize n = readv(self->host, pieces, 2);

    return n < 0 ? -errno : n - (gssize)sizeof *header;
}

static HvnOffload
large(void)
{
    return (HvnOffload){.flags = HVN_OFFLOAD_NEEDS_CSUM, .gso_type = HVN_GSO_TCPV4, .gso_size = 1000, .hdr_len = 54, .csum_start = 34, .csum_offset = 16};
}

/* from the guest: a plain frame, one without its sum, a large one whole */
static void
test_from_guest(Fixture *self, gconstpointer data)
{
    static guint8 bytes[20000], got[70000];
    struct iovec piece = {bytes, sizeof bytes};
    struct virtio_net_hdr header;
    HvnLinkCounters counters;
    HvnFrame frame;
    guint64 sent;

    make_tcp(bytes, sizeof bytes);
    g_assert_true(hvn_fake_port_send_bytes(self->nic, bytes, 14));
    g_assert_cmpint(receive(self, &header, got, sizeof got), ==, 14);
    hvn_frame_init(&frame, &piece, 1);
    frame.offload = large();
    g_assert_cmpuint(hvn_port_send(HVN_PORT(self->nic), &frame, 1), ==, 1);
    g_assert_cmpint(receive(self, &header, got, sizeof got), ==, sizeof bytes);
    g_assert_cmpmem(got, sizeof bytes, bytes, sizeof bytes);
    g_assert_cmpuint(header.gso_type, ==, VIRTIO_NET_HDR_GSO_TCPV4);
    g_assert_cmpuint(header.gso_size, ==, 1000);
    g_assert_cmpuint(header.csum_start, ==, 34);
    hvn_link_get_counters(self->link, HVN_PORT(self->backend), &counters);
    g_assert_cmpuint(counters.segmented + counters.checksummed + counters.padded, ==, 0);
    g_object_get(self->backend, "sent", &sent, NULL);
    g_assert_cmpuint(sent, ==, 2);
}

static void
host_send(Fixture *self, const struct virtio_net_hdr *header, const guint8 *bytes, gsize len)
{
    struct iovec pieces[] = {{(gpointer)header, sizeof *header}, {(gpointer)bytes, len}};

    g_assert_cmpint(writev(self->host, pieces, 2), ==, len + sizeof *header);
}

/* to the guest: large frames whole, and finished by the kernel for a NIC that cannot take them */
static void
test_to_guest(Fixture *self, gconstpointer data)
{
    static guint8 bytes[5054];
    struct virtio_net_hdr header = {.flags = 1, .gso_type = 1, .hdr_len = 54, .gso_size = 1000, .csum_start = 34, .csum_offset = 16};

    make_tcp(bytes, sizeof bytes);
    settle(self); /* the kernel learns what the NIC takes */
    host_send(self, &header, bytes, sizeof bytes);
    settle(self);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 1);
    g_assert_cmpuint(hvn_fake_port_get_offload(self->nic, 0).gso_type, ==, HVN_GSO_TCPV4);
    g_assert_cmpuint(hvn_fake_port_get_offload(self->nic, 0).gso_size, ==, 1000);
    g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(self->nic, 0)), ==, sizeof bytes);

    hvn_port_set_features(HVN_PORT(self->nic), HVN_PORT_SHORT_FRAMES);
    hvn_fake_port_clear(self->nic);
    for (guint i = 0; i < 2; i++) {
        host_send(self, &header, bytes, sizeof bytes);
        settle(self);
    }
    /* the first one was on its way when the kernel was told: the link cut it */
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 10);
    for (guint i = 0; i < 10; i++) {
        g_assert_cmpuint(hvn_fake_port_get_offload(self->nic, i).flags & HVN_OFFLOAD_NEEDS_CSUM, ==, 0);
        g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(self->nic, i)), ==, 1054);
    }
}

/* the guest is full: frames wait in the kernel, in order, and come when there is room */
static void
test_guest_full(Fixture *self, gconstpointer data)
{
    struct virtio_net_hdr header = {0};
    guint8 bytes[60] = {0x52};

    hvn_fake_port_set_capacity(self->nic, 0);
    for (guint i = 0; i < 200; i++) {
        bytes[20] = (guint8)i;
        host_send(self, &header, bytes, sizeof bytes);
    }
    settle(self);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 0);
    g_assert_false(hvn_dispatcher_iterate(self->dispatcher, FALSE)); /* and nothing spins */
    for (guint i = 0; i < 200; i += 10) {
        hvn_fake_port_set_capacity(self->nic, 10);
        hvn_port_ready(HVN_PORT(self->nic));
        settle(self);
        g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, i + 10);
    }
    for (guint i = 0; i < 200; i++)
        g_assert_cmpuint(((const guint8 *)g_bytes_get_data(hvn_fake_port_get_frame(self->nic, i), NULL))[20], ==, i);
}

static void
test_carrier(Fixture *self, gconstpointer data)
{
    g_assert_true(hvn_test_namespace_has_carrier("tap0"));
    hvn_link_set_up(self->link, FALSE);
    g_assert_false(hvn_test_namespace_has_carrier("tap0"));
    hvn_link_set_up(self->link, TRUE);
    g_assert_true(hvn_test_namespace_has_carrier("tap0"));
}

/* an interface that is down takes nothing, which is counted; up again it goes on */
static void
test_interface_down(Fixture *self, gconstpointer data)
{
    guint8 bytes[60] = {0x52};
    guint64 sent;

    hvn_test_namespace_set_up("tap0", FALSE);
    g_assert_true(hvn_fake_port_send_bytes(self->nic, bytes, sizeof bytes));
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_UP);
    hvn_test_namespace_set_up("tap0", TRUE);
    g_assert_true(hvn_fake_port_send_bytes(self->nic, bytes, sizeof bytes));
    g_object_get(self->backend, "sent", &sent, NULL);
    g_assert_cmpuint(sent, ==, 1);
    g_assert_cmpuint(hvn_backend_get_drops(self->backend, HVN_BACKEND_DROP_NO_PEER), ==, 1);
}

static void
assert_gone(Fixture *self)
{
    guint8 bytes[60] = {0x52};

    settle(self);
    g_test_assert_expected_messages();
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_DOWN);
    g_assert_cmpstr(hvn_backend_get_reason(self->backend), ==, "interface 'tap0' was deleted");
    g_assert_false(hvn_dispatcher_iterate(self->dispatcher, FALSE));
    g_assert_false(hvn_port_get_link_up(HVN_PORT(self->nic)));
    for (guint i = 0; i < 100; i++)
        g_assert_true(hvn_fake_port_send_bytes(self->nic, bytes, sizeof bytes));
    hvn_backend_stop(self->backend);
    start(self);
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_UP);
}

/* deleted under us: noticed by the loop, or by a frame of the guest, or while the guest is full */
static void
test_deleted(Fixture *self, gconstpointer data)
{
    guint8 bytes[60] = {0x52};
    struct virtio_net_hdr header = {0};

    g_test_expect_message("hvn-tap", G_LOG_LEVEL_WARNING, "net0: interface 'tap0' was deleted");
    if (GPOINTER_TO_INT(data) == 2) {
        hvn_fake_port_set_capacity(self->nic, 0);
        host_send(self, &header, bytes, sizeof bytes);
        settle(self);
    }
    hvn_test_namespace_delete("tap0");
    if (GPOINTER_TO_INT(data) > 0)
        g_assert_true(hvn_fake_port_send_bytes(self->nic, bytes, sizeof bytes));
    assert_gone(self);
}

/* ---- scripts ---- */

static void
wait_for(Fixture *self, HvnBackendState state)
{
    while (hvn_backend_get_state(self->backend) == HVN_BACKEND_CONNECTING)
        hvn_dispatcher_iterate(self->dispatcher, TRUE);
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, state);
}

static char *
write_script(const char *directory, const char *name, const char *body)
{
    char *path = g_build_filename(directory, name, NULL);
    g_autofree char *text = g_strdup_printf("#!/bin/sh\ncd '%s' || exit 9\n%s\n", directory, body);

    g_assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
    return path;
}

static void
remove_directory(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *file = g_build_filename(path, name, NULL);

        g_assert_cmpint(unlink(file), ==, 0);
    }
    g_assert_cmpint(rmdir(path), ==, 0);
}

/* called with the name of the interface, which is there while they run; the loop goes on meanwhile */
static void
test_scripts(Fixture *self, gconstpointer data)
{
    g_autofree char *directory = g_dir_make_tmp("hvnet-tap-XXXXXX", NULL);
    g_autofree char *up = write_script(directory, "up", "grep -q \"$1:\" /proc/net/dev && echo \"$1\" >up.txt");
    g_autofree char *down = write_script(directory, "down", "grep -q \"$1:\" /proc/net/dev && echo \"$1\" >down.txt");
    g_autofree char *up_file = g_build_filename(directory, "up.txt", NULL), *down_file = g_build_filename(directory, "down.txt", NULL);
    g_autofree char *said_up = NULL, *said_down = NULL;

    g_object_set(self->backend, "script", up, "downscript", down, NULL);
    start(self);
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_CONNECTING);
    wait_for(self, HVN_BACKEND_UP);
    g_assert_true(g_file_get_contents(up_file, &said_up, NULL, NULL));
    g_assert_cmpstr(said_up, ==, "tap0\n");
    g_assert_false(g_file_test(down_file, G_FILE_TEST_EXISTS));
    hvn_backend_stop(self->backend);
    g_assert_true(g_file_get_contents(down_file, &said_down, NULL, NULL));
    g_assert_cmpstr(said_down, ==, "tap0\n");
    remove_directory(directory);
}

static void
test_script_fails(Fixture *self, gconstpointer data)
{
    g_autofree char *directory = g_dir_make_tmp("hvnet-tap-XXXXXX", NULL);
    g_autofree char *up = write_script(directory, "up", "echo no bridge here; exit 4");
    g_autofree char *reason = g_strdup_printf("script '%s' ended with status 4: no bridge here", up);
    guint8 bytes[60] = {0x52};

    g_object_set(self->backend, "script", up, NULL);
    start(self);
    g_test_expect_message("hvn-net", G_LOG_LEVEL_MESSAGE, "*: no bridge here");
    g_test_expect_message("hvn-tap", G_LOG_LEVEL_WARNING, "*ended with status 4: no bridge here");
    wait_for(self, HVN_BACKEND_DOWN);
    g_test_assert_expected_messages();
    g_assert_cmpstr(hvn_backend_get_reason(self->backend), ==, reason);
    g_assert_true(hvn_fake_port_send_bytes(self->nic, bytes, sizeof bytes));
    g_assert_cmpuint(if_nametoindex("tap0"), ==, 0);
    remove_directory(directory);
}

static void
test_script_not_there(Fixture *self, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    g_object_set(self->backend, "script", "/nonexistent/up", NULL);
    g_assert_false(hvn_backend_start(self->backend, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND);
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_STOPPED);
}

/* stopped while its script runs: the script is ended, and nothing is left */
static void
test_script_interrupted(Fixture *self, gconstpointer data)
{
    g_autofree char *directory = g_dir_make_tmp("hvnet-tap-XXXXXX", NULL);
    g_autofree char *up = write_script(directory, "up", "exec sleep 100");
    guint fds = hvn_test_namespace_count_fds();

    g_object_set(self->backend, "script", up, NULL);
    start(self);
    hvn_backend_stop(self->backend);
    g_assert_cmpuint(hvn_test_namespace_count_fds(), ==, fds);
    remove_directory(directory);
}

static void
test_describe(Fixture *self, gconstpointer data)
{
    g_autofree char *text = hvn_backend_describe(self->backend);
    g_autofree char *name = NULL;

    g_assert_cmpstr(text, ==, "ifname=tap0,script=no,downscript=no");
    g_object_get(self->backend, "interface", &name, NULL);
    g_assert_cmpstr(name, ==, "tap0");
}

static gsize
resident_pages(void)
{
    g_autofree char *text = NULL;
    char *rest;

    g_assert_true(g_file_get_contents("/proc/self/statm", &text, NULL, NULL));
    g_ascii_strtoull(text, &rest, 10);
    return g_ascii_strtoull(rest, NULL, 10);
}

static void
test_cycles(Fixture *self, gconstpointer data)
{
    guint fds = 0;
    gsize pages = 0;

    for (guint i = 0; i < CYCLES; i++) {
        guint8 bytes[60] = {0x52};

        start(self);
        hvn_test_namespace_silence("tap0");
        hvn_test_namespace_set_up("tap0", TRUE);
        g_assert_true(hvn_fake_port_send_bytes(self->nic, bytes, sizeof bytes));
        hvn_dispatcher_iterate(self->dispatcher, FALSE);
        hvn_backend_stop(self->backend);
        if (i == CYCLES / 10) {
            fds = hvn_test_namespace_count_fds();
            pages = resident_pages();
        }
    }
    g_assert_cmpuint(hvn_test_namespace_count_fds(), ==, fds);
    g_assert_cmpuint(if_nametoindex("tap0"), ==, 0);
    g_test_message("%" G_GSIZE_FORMAT " pages after a tenth, %" G_GSIZE_FORMAT " at the end", pages, resident_pages());
#ifndef UNDER_SANITIZER /* which keeps what was freed */
    g_assert_cmpuint(resident_pages(), <, pages + 64);
#endif
}

int
main(int argc, char **argv)
{
    gboolean entered = hvn_test_namespace_enter();

    g_test_init(&argc, &argv, NULL);
    if (!entered)
        g_error("this kernel does not let users make namespaces (user.max_user_namespaces, kernel.unprivileged_userns_clone)");
    g_test_add("/tap/from-guest", Fixture, NULL, set_up, test_from_guest, tear_down);
    g_test_add("/tap/to-guest", Fixture, NULL, set_up, test_to_guest, tear_down);
    g_test_add("/tap/guest-full", Fixture, NULL, set_up, test_guest_full, tear_down);
    g_test_add("/tap/carrier", Fixture, NULL, set_up, test_carrier, tear_down);
    g_test_add("/tap/interface-down", Fixture, NULL, set_up, test_interface_down, tear_down);
    g_test_add("/tap/deleted", Fixture, GINT_TO_POINTER(0), set_up, test_deleted, tear_down);
    g_test_add("/tap/deleted-under-send", Fixture, GINT_TO_POINTER(1), set_up, test_deleted, tear_down);
    g_test_add("/tap/deleted-while-full", Fixture, GINT_TO_POINTER(2), set_up, test_deleted, tear_down);
    g_test_add("/tap/describe", Fixture, NULL, set_up, test_describe, tear_down);
    g_test_add("/tap/scripts", Fixture, NULL, set_up_stopped, test_scripts, tear_down);
    g_test_add("/tap/script-fails", Fixture, NULL, set_up_stopped, test_script_fails, tear_down);
    g_test_add("/tap/script-not-there", Fixture, NULL, set_up_stopped, test_script_not_there, tear_down);
    g_test_add("/tap/script-interrupted", Fixture, NULL, set_up_stopped, test_script_interrupted, tear_down);
    g_test_add("/tap/cycles", Fixture, NULL, set_up_stopped, test_cycles, tear_down);
    return g_test_run();
}
