/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The only place that calls libvdeplug.
 *
 *   opening -> (refused: told) -> waits for the end
 *           -> a vde_switch: told its socket, waits for the end or for the switch to go
 *           -> all the rest: told one end of a socketpair, pumps between the other one and the library
 *
 * The pump holds one frame each way when the other side is full, and does not read more from this side until it has gone. For a frame on its way out the
 * library has no descriptor to wait for that is right for every module, so that it is tried again and again, with a pause. */
#include "hvn-vde-pump.h"

#include <errno.h>
#include <fcntl.h>
#include <libvdeplug.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hvn-frame.h"

#define FRAME_ROOM   (HVN_FRAME_LEN_MAX + 1) /* one byte more shows that a frame is too long */
#define RETRY_MS     1 /* first pause before a frame is tried again, which doubles */
#define RETRY_MAX_MS 64
#define N_FDS        4

typedef struct {
    gssize len; /* bytes of the frame; -1 when none is held */
    guint8 bytes[FRAME_ROOM];
} HvnVdeHeld;

typedef struct {
    char    *url;        /* owned */
    char    *name;       /* owned */
    char    *group;      /* owned; NULL for none */
    guint    port;
    guint    mode;
    int      control;    /* owned: to the dispatcher */
    int      data;       /* owned: our end of the socketpair for frames; -1 without a pump */
    int      other;      /* owned: the backend's end, which duplicates it; -1 without a pump */
    VDECONN *connection; /* owned; NULL when it was not opened */
    guint    n_no_peer;  /* dropped and not told yet */
    guint    n_dropped;
    int      retry_ms;   /* the next pause */
    HvnVdeHeld to_guest;
    HvnVdeHeld from_guest;
} HvnVdePump;

G_GNUC_PRINTF(4, 5)
static gboolean
hvn_vde_pump_tell(HvnVdePump *self, HvnVdePlugEvent event, int value, const char *format, ...)
{
    HvnVdeMessage message = {.event = event, .value = value};
    va_list args;

    va_start(args, format);
    g_vsnprintf(message.text, sizeof message.text, format, args);
    va_end(args);
    return send(self->control, &message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof message;
}

/* a dispatcher that is busy is told the next time */
static void
hvn_vde_pump_tell_drops(HvnVdePump *self)
{
    if (self->n_no_peer > 0 && hvn_vde_pump_tell(self, HVN_VDE_PLUG_NO_PEER, self->n_no_peer, "%s", ""))
        self->n_no_peer = 0;
    if (self->n_dropped > 0 && hvn_vde_pump_tell(self, HVN_VDE_PLUG_DROPPED, self->n_dropped, "%s", ""))
        self->n_dropped = 0;
}

/* ---- from the guest ---- */

static gboolean
hvn_vde_pump_is_nobody(int error)
{
    return error == ENOTCONN || error == EDESTADDRREQ || error == ECONNREFUSED || error == ECONNRESET || error == ENOENT || error == EPIPE ||
           error == EHOSTUNREACH || error == ENETUNREACH || error == ENETDOWN || error == EIO;
}

static void
hvn_vde_pump_send(HvnVdePump *self)
{
    gssize sent = vde_send(self->connection, self->from_guest.bytes, self->from_guest.len, 0);

    if (sent < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS))
        return;
    /* 0: cmd:// has no way to say such a length */
    if (sent < 0 && hvn_vde_pump_is_nobody(errno))
        self->n_no_peer++;
    else if (sent <= 0)
        self->n_dropped++;
    self->from_guest.len = -1;
    self->retry_ms = RETRY_MS;
}

static void
hvn_vde_pump_take(HvnVdePump *self)
{
    gssize len = recv(self->data, self->from_guest.bytes, FRAME_ROOM, MSG_DONTWAIT);

    if (len < 0)
        return;
    self->from_guest.len = len;
    hvn_vde_pump_send(self);
}

/* ---- to the guest ---- */

/* the backend counts what is empty or too long; one that is not ours to read any more is gone with the end, which poll() tells */
static void
hvn_vde_pump_give(HvnVdePump *self)
{
    if (send(self->data, self->to_guest.bytes, self->to_guest.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
        (errno == EAGAIN || errno == ENOBUFS || errno == EINTR))
        return;
    self->to_guest.len = -1;
}

/* called only when there is something to read, because several modules wait otherwise; FALSE at the end of the connection */
static gboolean
hvn_vde_pump_read(HvnVdePump *self, short events)
{
    gssize len;

    /* the command of cmd:// has ended; vde_recv() would leave descriptors open then */
    if ((events & (POLLIN | POLLHUP)) == POLLHUP)
        return FALSE;
    len = vde_recv(self->connection, self->to_guest.bytes, FRAME_ROOM, 0);
    if (vde_datafd(self->connection) < 0)
        return FALSE;
    /* the answer to something that was sent */
    if (len < 0 && (errno == EAGAIN || errno == EINTR || hvn_vde_pump_is_nobody(errno)))
        return (events & POLLHUP) == 0;
    if (len < 0 || (len == 0 && (events & (POLLHUP | POLLERR)) != 0))
        return FALSE;
    /* 1: there was something, but no frame for us (vde_recv(3)) */
    if (len == 1)
        return TRUE;
    self->to_guest.len = len;
    hvn_vde_pump_give(self);
    return TRUE;
}

/* ---- until the end ---- */

/* the descriptors of one round: the dispatcher, the switch, the guest, the network; negative ones are passed over by poll() */
static void
hvn_vde_pump_prepare(HvnVdePump *self, struct pollfd fds[N_FDS])
{
    gboolean pumps = self->data >= 0;

    fds[0] = (struct pollfd){.fd = self->control, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = vde_ctlfd(self->connection), .events = POLLIN};
    fds[2] = (struct pollfd){.fd = self->data};
    if (self->from_guest.len < 0)
        fds[2].events |= POLLIN;
    if (self->to_guest.len >= 0)
        fds[2].events |= POLLOUT;
    fds[3] = (struct pollfd){.fd = pumps && self->to_guest.len < 0 ? vde_datafd(self->connection) : -1, .events = POLLIN};
}

/* returns whether the connection ended, and not the dispatcher's wish for it */
static gboolean
hvn_vde_pump_run(HvnVdePump *self)
{
    struct pollfd fds[N_FDS];

    for (;;) {
        gboolean waits = self->from_guest.len >= 0 || self->n_no_peer > 0 || self->n_dropped > 0;

        hvn_vde_pump_prepare(self, fds);
        if (poll(fds, N_FDS, waits ? self->retry_ms : -1) == 0)
            self->retry_ms = MIN(2 * self->retry_ms, RETRY_MAX_MS);
        if (fds[0].revents != 0)
            return FALSE;
        if (fds[1].revents != 0)
            return TRUE;
        if (self->to_guest.len >= 0 && (fds[2].revents & POLLOUT) != 0)
            hvn_vde_pump_give(self);
        if (self->from_guest.len >= 0)
            hvn_vde_pump_send(self);
        else if ((fds[2].revents & POLLIN) != 0)
            hvn_vde_pump_take(self);
        if (fds[3].revents != 0 && !hvn_vde_pump_read(self, fds[3].revents))
            return TRUE;
        hvn_vde_pump_tell_drops(self);
    }
}

/* ---- opening ---- */

/* Whether the frames are whole datagrams on a socket that is connected to a vde_switch, so that the library need not be asked for each.
 * A file may name any other URL, and modules that stand in front of another one change the frames. */
static gboolean
hvn_vde_pump_is_switch(HvnVdePump *self)
{
    int type = 0, fd = vde_datafd(self->connection);
    socklen_t len = sizeof type;
    struct stat about;

    if (!g_str_has_prefix(self->url, "vde://") && (strstr(self->url, "://") != NULL || (stat(self->url, &about) == 0 && S_ISREG(about.st_mode))))
        return FALSE;
    return vde_ctlfd(self->connection) >= 0 && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_DGRAM;
}

static gboolean
hvn_vde_pump_open(HvnVdePump *self)
{
    struct vde_open_args args = {.port = self->port, .group = self->group, .mode = self->mode};
    g_autofree char *url = g_strdup(self->url); /* modules write into it */
    int pair[2], fd;

    self->connection = vde_open(url, self->name, &args);
    if (self->connection == NULL) {
        gboolean never = errno == EPROTONOSUPPORT || errno == EINVAL;

        hvn_vde_pump_tell(self, never ? HVN_VDE_PLUG_FAILED : HVN_VDE_PLUG_REFUSED, 0, "cannot open '%.150s': %s", self->url,
                          errno == EPROTONOSUPPORT ? "libvdeplug has no such module" : g_strerror(errno));
        return FALSE;
    }
    fd = vde_datafd(self->connection);
    fcntl(fd, F_SETFL, O_NONBLOCK | fcntl(fd, F_GETFL));
    if (!hvn_vde_pump_is_switch(self)) {
        if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
            hvn_vde_pump_tell(self, HVN_VDE_PLUG_REFUSED, 0, "cannot make a socketpair: %s", g_strerror(errno));
            return FALSE;
        }
        self->data = pair[0];
        self->other = fd = pair[1];
    }
    return hvn_vde_pump_tell(self, HVN_VDE_PLUG_OPENED, fd, "%s", "");
}

static gpointer
hvn_vde_pump_thread(gpointer data)
{
    HvnVdePump *self = data;
    gboolean opened = hvn_vde_pump_open(self);
    struct pollfd end = {.fd = self->control, .events = POLLIN};
    sigset_t all;

    /* From here on, so that the command of cmd:// has not inherited it. A command that has ended answers a write with SIGPIPE. */
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    if (opened && hvn_vde_pump_run(self)) {
        hvn_vde_pump_tell_drops(self);
        hvn_vde_pump_tell(self, HVN_VDE_PLUG_ENDED, 0, "the other end of '%.150s' has closed the connection", self->url);
    }
    /* the descriptor that was told stays what it is until the dispatcher has let go of it */
    while (poll(&end, 1, -1) < 0 && errno == EINTR)
        ;
    if (self->connection != NULL)
        vde_close(self->connection);
    if (self->data >= 0) {
        close(self->data);
        close(self->other);
    }
    close(self->control);
    g_free(self->url);
    g_free(self->name);
    g_free(self->group);
    g_free(self);
    return NULL;
}

void
hvn_vde_pump_start(const HvnVdeAddress *address, const char *name, int fd)
{
    HvnVdePump *self = g_new0(HvnVdePump, 1);

    self->url = g_strdup(address->url);
    self->name = g_strdup_printf("hvnet %s", name);
    self->group = g_strdup(address->group);
    self->port = address->port;
    self->mode = address->mode;
    self->control = fd;
    self->data = self->other = -1;
    self->retry_ms = RETRY_MS;
    self->to_guest.len = self->from_guest.len = -1;
    g_thread_unref(g_thread_new("vde", hvn_vde_pump_thread, self));
}
