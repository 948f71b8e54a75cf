/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plug on the dispatcher's side. The two threads share nothing: the address is copied for the other one, and everything after that is a
 * message over a socketpair, whose end tells the other thread to end. Descriptors that a message names stay open until then. */
#include "hvn-vde-plug.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hvn-vde-pump.h"
#include "hvn-watch.h"

#define END_MS 2000 /* how long the end of the thread is waited for */

struct _HvnVdePlug {
    int            fd;    /* owned: our end of the socketpair */
    HvnWatch      *watch; /* owned */
    HvnVdePlugFunc func;
    gpointer       data;
};

static void
hvn_vde_plug_dispatch(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnVdePlug *self = data;
    HvnVdeMessage message = {0};
    gssize len = recv(self->fd, &message, sizeof message, MSG_DONTWAIT);

    if (len < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (len == sizeof message)
        self->func(message.event, message.value, message.text, self->data);
    else
        hvn_watch_want(watch, G_IO_IN | G_IO_OUT, FALSE);
}

HvnVdePlug *
hvn_vde_plug_new(HvnDispatcher *dispatcher, const HvnVdeAddress *address, const char *name, HvnVdePlugFunc func, gpointer data)
{
    HvnVdePlug *self = g_new0(HvnVdePlug, 1);
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        g_error("cannot make a socketpair: %s", g_strerror(errno));
    self->fd = pair[0];
    self->func = func;
    self->data = data;
    self->watch = hvn_watch_new(dispatcher, self->fd, hvn_vde_plug_dispatch, self);
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
    hvn_vde_pump_start(address, name, pair[1]);
    return self;
}

/* what it still has to tell comes before the end */
static void
hvn_vde_plug_wait(HvnVdePlug *self)
{
    const gint64 deadline = g_get_monotonic_time() + END_MS * G_TIME_SPAN_MILLISECOND;
    struct pollfd end = {.fd = self->fd, .events = POLLIN};
    HvnVdeMessage message;
    gint64 left_us;

    while ((left_us = deadline - g_get_monotonic_time()) > 0) {
        if (poll(&end, 1, left_us / G_TIME_SPAN_MILLISECOND + 1) > 0 && recv(self->fd, &message, sizeof message, MSG_DONTWAIT) == 0)
            return;
    }
}

void
hvn_vde_plug_free(HvnVdePlug *self, gboolean wait)
{
    if (self == NULL)
        return;
    hvn_watch_free(self->watch);
    shutdown(self->fd, SHUT_WR);
    if (wait)
        hvn_vde_plug_wait(self);
    close(self->fd);
    g_free(self);
}
