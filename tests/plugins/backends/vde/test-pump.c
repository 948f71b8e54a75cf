/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thread behind a plug (hvn-vde-pump.c), with this test in the place of the dispatcher: what it tells, what its socket carries, how much it
 * holds, and that it ends when it is let go of. */
#include "hvn-vde-pump.h"

#include "hvn-test-backend.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct {
    char *directory;
    char *path;    /* of the pump's end of a ptp:// wire */
    char *other;   /* of the other end */
    int   control; /* what the dispatcher would have */
    int   peer;    /* the other end of the wire */
} Fixture;

static void
start(Fixture *self, const char *url)
{
    HvnVdeAddress address = {.url = url, .mode = 0700};
    int pair[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
    self->control = pair[0];
    hvn_vde_pump_start(&address, "net0", pair[1]);
}

static HvnVdeMessage
told(Fixture *self, HvnVdePlugEvent event)
{
    HvnVdeMessage message;

    g_assert_cmpint(recv(self->control, &message, sizeof message, 0), ==, sizeof message);
    g_assert_cmpint(message.event, ==, event);
    return message;
}

/* lets go of it, and waits until it has ended */
static void
end(Fixture *self)
{
    HvnVdeMessage message;

    shutdown(self->control, SHUT_WR);
    while (recv(self->control, &message, sizeof message, 0) > 0)
        ;
    close(self->control);
}

static void
set_up(Fixture *self, gconstpointer data)
{
    self->directory = g_dir_make_tmp("hvn-test-XXXXXX", NULL);
    self->path = g_build_filename(self->directory, "wire", NULL);
    self->other = g_strconcat(self->path, "+", NULL);
    self->peer = -1;
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    if (self->peer >= 0)
        close(self->peer);
    g_unlink(self->other);
    g_assert_cmpint(g_rmdir(self->directory), ==, 0);
    g_free(self->directory);
    g_free(self->path);
    g_free(self->other);
}

/* a ptp:// wire with this test at its other end; returns the socket that the backend would have */
static int
start_wire(Fixture *self)
{
    g_autofree char *url = g_strconcat("ptp://", self->path, NULL);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd;

    start(self, url);
    fd = told(self, HVN_VDE_PLUG_OPENED).value;
    self->peer = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    g_strlcpy(address.sun_path, self->other, sizeof address.sun_path);
    g_assert_cmpint(bind(self->peer, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_strlcpy(address.sun_path, self->path, sizeof address.sun_path);
    g_assert_cmpint(connect(self->peer, (struct sockaddr *)&address, sizeof address), ==, 0);
    return fd;
}

static void
test_carries(Fixture *self, gconstpointer data)
{
    guint8 sent[3000], got[3000];
    int fd = start_wire(self);

    memset(sent, 7, sizeof sent);
    for (gsize len = 14; len < sizeof sent; len += 97) {
        g_assert_cmpint(send(fd, sent, len, 0), ==, len);
        g_assert_cmpint(recv(self->peer, got, sizeof got, 0), ==, len);
        g_assert_cmpint(send(self->peer, sent, len, 0), ==, len);
        /* the socket itself does not wait */
        while (recv(fd, got, sizeof got, 0) < 0)
            g_assert_cmpint(errno, ==, EAGAIN);
    }
    end(self);
}

/* whatever is held is bounded, and comes in order once there is room: the peer does not read, and then the guest does not */
static void
test_holds(Fixture *self, gconstpointer data)
{
    guint8 byte[20] = {0}, got[20];
    int fd = start_wire(self);
    guint n = 0, stuck;

    /* the pump may take one more while this looks, so that full is full only when it stays so */
    for (stuck = 0; stuck < 200; stuck++) {
        byte[0] = n;
        if (send(fd, byte, sizeof byte, 0) > 0) {
            n++;
            stuck = 0;
        } else {
            g_assert_cmpint(errno, ==, EAGAIN);
            g_thread_yield();
        }
        g_assert_cmpuint(n, <, 10000);
    }
    for (guint i = 0; i < n; i++) {
        g_assert_cmpint(recv(self->peer, got, sizeof got, 0), ==, sizeof got);
        g_assert_cmpuint(got[0], ==, i & 0xff);
    }
    byte[0] = 0;
    for (n = 0; send(self->peer, byte, sizeof byte, MSG_DONTWAIT) > 0; n++)
        byte[0]++;
    for (guint i = 0; i < n;) {
        if (recv(fd, got, sizeof got, 0) > 0)
            g_assert_cmpuint(got[0], ==, i++ & 0xff);
    }
    end(self);
}

/* nobody at the other end: dropped and told */
static void
test_nobody(Fixture *self, gconstpointer data)
{
    guint8 bytes[60] = {0};
    int fd = start_wire(self);
    guint n = 0;

    close(self->peer);
    self->peer = -1;
    g_unlink(self->other);
    for (guint i = 0; i < 3; i++)
        g_assert_cmpint(send(fd, bytes, sizeof bytes, 0), ==, sizeof bytes);
    while (n < 3)
        n += told(self, HVN_VDE_PLUG_NO_PEER).value;
    g_assert_cmpuint(n, ==, 3);
    end(self);
}

static void
test_refused(Fixture *self, gconstpointer data)
{
    HvnVdeMessage message;

    start(self, self->path);
    message = told(self, HVN_VDE_PLUG_REFUSED);
    g_assert_true(g_pattern_match_simple("cannot open '*/wire': No such file or directory", message.text));
    end(self);
    start(self, "nonsense://here");
    message = told(self, HVN_VDE_PLUG_FAILED);
    g_assert_cmpstr(message.text, ==, "cannot open 'nonsense://here': libvdeplug has no such module");
    end(self);
}

/* a command that ends ends the connection; what it says before comes through, what it is told then kills nobody, and nothing stays open */
static void
test_command(Fixture *self, gconstpointer data)
{
    guint8 bytes[60] = {0}, got[60];
    guint fds = hvn_test_count_fds();
    HvnVdeMessage message;

    for (guint i = 0; i < 5; i++) {
        int fd;

        start(self, "cmd://cat");
        fd = told(self, HVN_VDE_PLUG_OPENED).value;
        g_assert_cmpint(send(fd, bytes, sizeof bytes, 0), ==, sizeof bytes);
        while (recv(fd, got, sizeof got, 0) < 0)
            g_assert_cmpint(errno, ==, EAGAIN);
        end(self);
        start(self, "cmd://true");
        fd = told(self, HVN_VDE_PLUG_OPENED).value;
        send(fd, bytes, sizeof bytes, 0);
        /* how much of that the command saw is chance */
        do
            g_assert_cmpint(recv(self->control, &message, sizeof message, 0), ==, sizeof message);
        while (message.event != HVN_VDE_PLUG_ENDED);
        g_assert_cmpstr(message.text, ==, "the other end of 'cmd://true' has closed the connection");
        end(self);
    }
    g_assert_cmpuint(hvn_test_count_fds(), ==, fds);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) g_test_add("/vde/pump/" name, Fixture, NULL, set_up, func, tear_down)
    ADD("carries", test_carries);
    ADD("holds", test_holds);
    ADD("nobody", test_nobody);
    ADD("refused", test_refused);
    ADD("command", test_command);
#undef ADD
    return g_test_run();
}
