/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames as datagrams: what is received and sent in batches, who is listened to, and a peer on a unix socket that comes and goes.
 *
 * A socket is connected wherever it can be: the kernel then keeps strangers out, looks no route or path up for each frame, and tells
 * when a unix peer has room again. A datagram that came before the connection did is held against the peer's address. */
#include "hvn-datagram.h"

#include "hvn-datagram-private.h"
#include "hvn-error.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define BATCHES_MAX 4 /* received in one dispatch */
#define CHECK_NS    HVN_NS_PER_S
/* not a multiple of a page, so that the first bytes of the frames do not compete for the same lines of a cache */
#define FRAME_ROOM  (65536 + 26 * 64)

/* a header may be as long as one of ours and an IP header with options */
G_STATIC_ASSERT(FRAME_ROOM > HVN_FRAME_LEN_MAX + HVN_DATAGRAM_HEADER_MAX + 60);

/* ---- from the socket ---- */

static HvnDatagramBatch *
hvn_datagram_batch_new(void)
{
    HvnDatagramBatch *self = g_new0(HvnDatagramBatch, 1);

    self->memory = g_malloc_n(HVN_BATCH_MAX, FRAME_ROOM);
    for (guint i = 0; i < HVN_BATCH_MAX; i++) {
        self->pieces[i].iov_base = self->memory + (gsize)i * FRAME_ROOM;
        self->headers[i].msg_hdr = (struct msghdr){.msg_iov = &self->pieces[i], .msg_iovlen = 1, .msg_name = &self->from[i].storage};
    }
    return self;
}

static void
hvn_datagram_batch_free(HvnDatagramBatch *self)
{
    g_free(self->memory);
    g_free(self);
}

/* whether a datagram is not for the guest, and why it is counted; our own in a multicast group are passed over silently */
static gboolean
hvn_datagram_is_unwanted(HvnDatagram *self, guint n, gsize *frame_at)
{
    const struct mmsghdr *header = &self->batch->headers[n];
    HvnSocketAddress *from = &self->batch->from[n];
    HvnBackendDrop reason = HVN_BACKEND_DROP_MALFORMED;

    from->len = header->msg_hdr.msg_namelen;
    if (self->own.len > 0 && hvn_socket_address_equal(from, &self->own))
        return TRUE;
    if (self->peer.len > 0 && !self->trusted && !hvn_socket_address_equal(from, &self->peer)) {
        hvn_backend_count_drops(self->backend, HVN_BACKEND_DROP_STRANGER, 1);
        return TRUE;
    }
    if (header->msg_len == 0) {
        hvn_backend_count_drops(self->backend, HVN_BACKEND_DROP_EMPTY, 1);
        return TRUE;
    }
    *frame_at = 0;
    if (self->headers != NULL &&
        !self->headers->header.read(self->headers->header.data, self->batch->pieces[n].iov_base, header->msg_len, frame_at, &reason)) {
        hvn_backend_count_drops(self->backend, reason, 1);
        return TRUE;
    }
    if ((header->msg_hdr.msg_flags & MSG_TRUNC) != 0 || header->msg_len - *frame_at > HVN_FRAME_LEN_MAX) {
        hvn_backend_count_drops(self->backend, HVN_BACKEND_DROP_TOO_LONG, 1);
        return TRUE;
    }
    return FALSE;
}

/* fills an empty batch; returns how many datagrams came, wanted or not, and -1 when there are none now */
static int
hvn_datagram_receive(HvnDatagram *self)
{
    HvnDatagramBatch *batch = self->batch;
    int n;

    for (guint i = 0; i < HVN_BATCH_MAX; i++) {
        batch->pieces[i] = (struct iovec){batch->memory + (gsize)i * FRAME_ROOM, FRAME_ROOM};
        batch->headers[i].msg_hdr.msg_namelen = sizeof batch->from[i].storage;
    }
    n = recvmmsg(self->fd, batch->headers, HVN_BATCH_MAX, MSG_DONTWAIT, NULL);
    batch->first = batch->n_frames = 0;
    for (int i = 0; i < n; i++) {
        gsize frame_at, len;

        if (hvn_datagram_is_unwanted(self, i, &frame_at))
            continue;
        len = batch->headers[i].msg_len - frame_at;
        batch->pieces[i] = (struct iovec){(guint8 *)batch->pieces[i].iov_base + frame_at, len};
        batch->frames[batch->n_frames++] = (HvnFrame){.iov = &batch->pieces[i], .n_iov = 1, .len = len};
    }
    /* the queue was empty once since the socket was connected: from now on the kernel knows better than we who is at the other end */
    if (self->connected && n < HVN_BATCH_MAX)
        self->trusted = TRUE;
    return n;
}

/* lends what is held; FALSE when the guest is full */
static gboolean
hvn_datagram_flush(HvnDatagram *self)
{
    HvnDatagramBatch *batch = self->batch;

    if (batch->first < batch->n_frames)
        batch->first += hvn_port_send(HVN_PORT(self->backend), batch->frames + batch->first, batch->n_frames - batch->first);
    return batch->first == batch->n_frames;
}

/* an error that is no answer to a datagram of ours: the socket will not work again, and an fd that is always ready is not watched */
static void
hvn_datagram_fail(HvnDatagram *self, int saved_errno)
{
    g_autofree char *reason = g_strdup_printf("cannot receive: %s", g_strerror(saved_errno));

    hvn_watch_want(self->watch, G_IO_IN | G_IO_OUT, FALSE);
    self->failed = TRUE;
    g_warning("%s: %s", hvn_port_get_name(HVN_PORT(self->backend)), reason);
    hvn_backend_set_state(self->backend, HVN_BACKEND_DOWN, reason);
}

/* what a send was answered with, or EAGAIN; reading it takes it off the socket */
static gboolean
hvn_datagram_is_passing(int error)
{
    return error == EAGAIN || error == EINTR || error == ECONNREFUSED || error == ECONNRESET || error == EHOSTUNREACH ||
           error == ENETUNREACH || error == ENETDOWN || error == EMSGSIZE || error == ENOPROTOOPT || error == ENOMEM || error == ENOBUFS || error == EPROTO ||
           error == EACCES || error == EPERM;
}

static void
hvn_datagram_run(HvnDatagram *self)
{
    HvnDatagramBatch *batch = self->batch;

    for (guint i = 0; i < BATCHES_MAX; i++) {
        int n = 0;

        if (batch->first == batch->n_frames) {
            n = hvn_datagram_receive(self);
            if (n < 0 && !hvn_datagram_is_passing(errno))
                hvn_datagram_fail(self, errno);
            if (n <= 0)
                return;
        }
        if (!hvn_datagram_flush(self)) {
            hvn_watch_want(self->watch, G_IO_IN, FALSE);
            return;
        }
        /* fewer than there was room for: the socket is empty, and the next look at it may wait until it says so */
        if (n > 0 && n < HVN_BATCH_MAX)
            return;
    }
}

static void
hvn_datagram_dispatch(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnDatagram *self = data;
    int error;
    socklen_t len = sizeof error;

    if (self->failed)
        return;
    /* the answer to an earlier send; left on the socket, it would wake us for as long as the guest is full */
    if ((condition & G_IO_ERR) != 0)
        getsockopt(self->fd, SOL_SOCKET, SO_ERROR, &error, &len);
    if ((condition & (G_IO_OUT | G_IO_ERR)) != 0) {
        hvn_watch_want(watch, G_IO_OUT, FALSE);
        hvn_port_ready(HVN_PORT(self->backend));
    }
    if ((condition & ~G_IO_OUT) != 0 || condition == 0) {
        hvn_watch_want(watch, G_IO_IN, TRUE);
        hvn_datagram_run(self);
    }
}

/* ---- to the socket ---- */

/* a send failed: how many of the frames are dropped for it; 0 to try again */
static guint
hvn_datagram_send_failed(HvnDatagram *self, int error, guint n_left, gboolean *tried)
{
    switch (error) {
    case EINTR:
        return 0;
    case EMSGSIZE:
        hvn_backend_count_drops(self->backend, HVN_BACKEND_DROP_UNSENDABLE, 1);
        return 1;
    case ECONNREFUSED:
    case ECONNRESET:
    case ENOTCONN:
    case EDESTADDRREQ:
    case ENOENT:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
    case ENOPROTOOPT:
        /* over UDP this is the answer to an earlier datagram: the next one may go */
        if (!*tried && !self->is_unix) {
            *tried = TRUE;
            return 0;
        }
        if (self->is_unix && self->peer.len > 0)
            hvn_work_schedule(&self->work);
        hvn_backend_count_drops(self->backend, HVN_BACKEND_DROP_NO_PEER, n_left);
        return n_left;
    default:
        hvn_backend_count_drops(self->backend, HVN_BACKEND_DROP_REFUSED, 1);
        return 1;
    }
}

/* each frame behind its header: the pieces of all of them stand one after the other */
static void
hvn_datagram_put_headers(HvnDatagramHeaders *self, const HvnFrame *frames, guint n_frames, struct mmsghdr *messages)
{
    struct iovec *next;
    gsize n_pieces = n_frames;

    for (guint i = 0; i < n_frames; i++)
        n_pieces += frames[i].n_iov;
    if (n_pieces > self->n_pieces) {
        self->pieces = g_renew(struct iovec, self->pieces, n_pieces);
        self->n_pieces = n_pieces;
    }
    next = self->pieces;
    for (guint i = 0; i < n_frames; i++) {
        self->header.write(self->header.data, self->bytes[i], i);
        messages[i].msg_hdr.msg_iov = next;
        messages[i].msg_hdr.msg_iovlen = frames[i].n_iov + 1;
        *next++ = (struct iovec){self->bytes[i], self->header.len};
        memcpy(next, frames[i].iov, frames[i].n_iov * sizeof *next);
        next += frames[i].n_iov;
    }
}

guint
hvn_datagram_push(HvnDatagram *self, const HvnFrame *frames, guint n_frames)
{
    struct mmsghdr headers[HVN_BATCH_MAX];
    gboolean tried = FALSE;
    guint done = 0;

    if (self->failed || (self->is_unix && self->peer.len > 0 && !self->connected)) {
        hvn_backend_count_drops(self->backend, HVN_BACKEND_DROP_NO_PEER, n_frames);
        return n_frames;
    }
    memset(headers, 0, n_frames * sizeof headers[0]);
    for (guint i = 0; i < n_frames; i++) {
        headers[i].msg_hdr.msg_iov = (struct iovec *)frames[i].iov;
        headers[i].msg_hdr.msg_iovlen = frames[i].n_iov;
    }
    if (self->headers != NULL)
        hvn_datagram_put_headers(self->headers, frames, n_frames, headers);
    while (done < n_frames) {
        int sent = sendmmsg(self->send_fd, headers + done, n_frames - done, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent > 0) {
            done += sent;
        } else if (errno == EAGAIN) {
            hvn_watch_want(self->out_watch, G_IO_OUT, TRUE);
            break;
        } else {
            done += hvn_datagram_send_failed(self, errno, n_frames - done, &tried);
        }
    }
    if (self->headers != NULL && self->headers->header.sent != NULL)
        self->headers->header.sent(self->headers->header.data, done);
    return done;
}

void
hvn_datagram_resume(HvnDatagram *self)
{
    if (!self->failed)
        hvn_watch_kick(self->watch);
}

/* ---- a unix peer that comes and goes ---- */

/* Connecting to the peer that is connected to already changes nothing; to one that has come back, it lets its datagrams in. */
static void
hvn_datagram_connect_unix(HvnDatagram *self)
{
    gboolean connected = connect(self->fd, (const struct sockaddr *)&self->peer.storage, self->peer.len) == 0;

    if (connected && !self->connected) {
        self->connected = TRUE;
        self->trusted = FALSE;
        hvn_watch_kick(self->watch);
        hvn_backend_set_state(self->backend, HVN_BACKEND_UP, NULL);
    } else if (!connected) {
        g_autofree char *peer = hvn_socket_address_print(&self->peer);
        g_autofree char *reason = g_strdup_printf("peer '%s': %s", peer, g_strerror(errno));
        const struct sockaddr none = {.sa_family = AF_UNSPEC};

        /* off the one that has gone, so that the next one is let in */
        if (self->connected)
            connect(self->fd, &none, sizeof none);
        self->connected = self->trusted = FALSE;
        hvn_backend_set_state(self->backend, HVN_BACKEND_CONNECTING, reason);
        /* a guest that waits for room waits for nobody now */
        hvn_port_ready(HVN_PORT(self->backend));
    }
    hvn_timer_arm_after(&self->check, CHECK_NS);
}

static gboolean
hvn_datagram_lost(gpointer data)
{
    hvn_datagram_connect_unix(data);
    return FALSE;
}

static void
hvn_datagram_check(gpointer data)
{
    hvn_datagram_connect_unix(data);
}

/* ---- life ---- */

static void
hvn_datagram_out(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnDatagram *self = data;

    hvn_watch_want(watch, G_IO_OUT, FALSE);
    hvn_port_ready(HVN_PORT(self->backend));
}

HvnDatagram *
hvn_datagram_start(HvnBackend *backend, int fd, int send_fd, const HvnSocketAddress *peer, char *file)
{
    HvnDispatcher *dispatcher = hvn_port_get_dispatcher(HVN_PORT(backend));
    HvnDatagram *self = g_new0(HvnDatagram, 1);
    socklen_t len = sizeof self->family;

    self->backend = backend;
    self->fd = fd;
    self->send_fd = send_fd >= 0 ? send_fd : fd;
    self->file = file;
    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &self->family, &len);
    self->is_unix = self->family == AF_UNIX;
    if (peer != NULL)
        self->peer = *peer;
    self->connected = !self->is_unix || peer == NULL;
    self->batch = hvn_datagram_batch_new();
    self->watch = hvn_watch_new(dispatcher, fd, hvn_datagram_dispatch, self);
    self->out_watch = self->watch;
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
    hvn_work_init(&self->work, dispatcher, hvn_datagram_lost, self);
    hvn_timer_init(&self->check, dispatcher, hvn_datagram_check, self);
    if (send_fd >= 0) {
        self->out_watch = hvn_watch_new(dispatcher, send_fd, hvn_datagram_out, self);
        self->own.len = sizeof self->own.storage;
        if (getsockname(send_fd, (struct sockaddr *)&self->own.storage, &self->own.len) != 0)
            self->own.len = 0;
    }
    if (self->is_unix && peer != NULL)
        hvn_datagram_connect_unix(self);
    else
        hvn_backend_set_state(backend, HVN_BACKEND_UP, NULL);
    return self;
}

HvnDatagram *
hvn_datagram_new_for_fd(HvnBackend *backend, int fd)
{
    g_return_val_if_fail(HVN_IS_BACKEND(backend), NULL);

    return hvn_datagram_start(backend, fd, -1, NULL, NULL);
}

void
hvn_datagram_set_header(HvnDatagram *self, const HvnDatagramHeader *header)
{
    g_return_if_fail(header->len <= HVN_DATAGRAM_HEADER_MAX);
    g_return_if_fail(self->headers == NULL);

    self->headers = g_new0(HvnDatagramHeaders, 1);
    self->headers->header = *header;
}

void
hvn_datagram_free(HvnDatagram *self)
{
    if (self == NULL)
        return;
    hvn_work_cancel(&self->work);
    hvn_timer_cancel(&self->check);
    if (self->out_watch != self->watch)
        hvn_watch_free(self->out_watch);
    hvn_watch_free(self->watch);
    close(self->fd);
    if (self->send_fd != self->fd)
        close(self->send_fd);
    hvn_socket_remove_file(self->file);
    hvn_datagram_batch_free(self->batch);
    if (self->headers != NULL)
        g_free(self->headers->pieces);
    g_free(self->headers);
    g_free(self);
}
