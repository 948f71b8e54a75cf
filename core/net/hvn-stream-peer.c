/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One connection. Reading: a buffer at a time, then up to 64 frames at a time out of it; while the owner is full, nothing is read and
 * the peer's own kernel holds it back. Writing: lengths and pieces in one iovec; only the rest of a frame that was cut is kept here. */
#include "hvn-stream-peer.h"

#include "hvn-bytes.h"
#include "hvn-iov.h"
#include "hvn-stream-decoder.h"
#include "hvn-watch.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCHES_MAX 16 /* given to the owner in one dispatch */

struct _HvnStreamPeer {
    HvnBackend               *backend; /* not owned */
    int                       fd;      /* owned */
    HvnWatch                 *watch;   /* owned */
    const HvnStreamPeerFuncs *funcs;
    gpointer                  data;
    int                       error; /* of a write; told from the dispatcher */
    gboolean                  owes_room;
    HvnStreamDecoder          decoder;
    HvnFrame                  frames[HVN_BATCH_MAX]; /* in the decoder's buffer */
    struct iovec              pieces[HVN_BATCH_MAX];
    guint                     first;    /* frames before this one were taken */
    guint                     n_frames; /* frames in all */
    guint8                   *tail;     /* owned; the rest of a frame that was cut; NULL when there is none */
    gsize                     tail_len;
    gsize                     tail_sent;
};

/* ---- writing ---- */

/* keeps what the kernel did not take of a frame */
static void
hvn_stream_peer_keep_tail(HvnStreamPeer *self, const HvnFrame *frame, gsize sent)
{
    guint8 header[HVN_STREAM_HEADER_LEN];
    gsize of_header = MIN(sent, sizeof header), of_frame = sent - of_header;

    hvn_store_be32(header, frame->len);
    self->tail_len = sizeof header - of_header + frame->len - of_frame;
    self->tail_sent = 0;
    self->tail = g_malloc(self->tail_len);
    memcpy(self->tail, header + of_header, sizeof header - of_header);
    hvn_frame_copy(frame, of_frame, self->tail + sizeof header - of_header, frame->len - of_frame);
}

/* a write that failed: its end is told from the dispatcher */
static void
hvn_stream_peer_break(HvnStreamPeer *self, int error)
{
    self->error = error;
    hvn_watch_kick(self->watch);
}

/* as many frames as fit in one call; returns how many, and their pieces with a length before each */
static guint
hvn_stream_peer_collect(const HvnFrame *frames, guint n_frames, guint8 (*headers)[HVN_STREAM_HEADER_LEN], struct iovec *iov, guint *n_iov)
{
    guint n = 0;

    for (*n_iov = 0; n < n_frames && *n_iov + 1 + frames[n].n_iov <= IOV_MAX; n++) {
        hvn_store_be32(headers[n], frames[n].len);
        iov[(*n_iov)++] = (struct iovec){headers[n], HVN_STREAM_HEADER_LEN};
        memcpy(iov + *n_iov, frames[n].iov, frames[n].n_iov * sizeof iov[0]);
        *n_iov += frames[n].n_iov;
    }
    return n;
}

/* frames that are in the kernel now, of which the last one may be cut */
static guint
hvn_stream_peer_account(HvnStreamPeer *self, const HvnFrame *frames, guint n_frames, gsize sent)
{
    guint n = 0;

    while (n < n_frames && sent >= HVN_STREAM_HEADER_LEN + frames[n].len)
        sent -= HVN_STREAM_HEADER_LEN + frames[n++].len;
    if (n < n_frames && sent > 0)
        hvn_stream_peer_keep_tail(self, &frames[n++], sent);
    return n;
}

guint
hvn_stream_peer_send(HvnStreamPeer *self, const HvnFrame *frames, guint n_frames)
{
    guint8 headers[HVN_BATCH_MAX][HVN_STREAM_HEADER_LEN];
    struct iovec iov[IOV_MAX];
    guint done = 0;

    while (done < n_frames && self->tail == NULL && self->error == 0) {
        struct msghdr message = {.msg_iov = iov};
        guint n_iov, n = hvn_stream_peer_collect(frames + done, n_frames - done, headers, iov, &n_iov), whole;
        gssize sent;

        message.msg_iovlen = n_iov;
        sent = sendmsg(self->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno != EAGAIN)
            hvn_stream_peer_break(self, errno);
        if (sent <= 0)
            break;
        whole = hvn_stream_peer_account(self, frames + done, n, sent);
        done += whole;
        if (whole < n)
            break; /* the kernel is full, between two frames */
    }
    if (done < n_frames) {
        self->owes_room = TRUE;
        hvn_watch_want(self->watch, G_IO_OUT, TRUE);
    } else if (self->tail != NULL) {
        hvn_watch_want(self->watch, G_IO_OUT, TRUE);
    }
    return done;
}

/* the socket has room; FALSE when the connection has ended */
static gboolean
hvn_stream_peer_writable(HvnStreamPeer *self)
{
    if (self->tail != NULL) {
        gssize sent = send(self->fd, self->tail + self->tail_sent, self->tail_len - self->tail_sent, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            self->error = errno;
            return FALSE;
        }
        self->tail_sent += MAX(sent, 0);
        if (self->tail_sent < self->tail_len)
            return TRUE;
        g_clear_pointer(&self->tail, g_free);
    }
    hvn_watch_want(self->watch, G_IO_OUT, FALSE);
    if (self->owes_room) {
        self->owes_room = FALSE;
        self->funcs->room(self, self->data);
    }
    return TRUE;
}

/* ---- reading ---- */

/* up to 64 frames out of what was read; FALSE when a length cannot be, which is told once those before it are taken */
static gboolean
hvn_stream_peer_decode(HvnStreamPeer *self, gsize *bad)
{
    HvnStreamResult result = HVN_STREAM_FRAME;

    self->first = self->n_frames = 0;
    while (self->n_frames < HVN_BATCH_MAX) {
        const guint8 *bytes;
        gsize len;

        result = hvn_stream_decoder_next(&self->decoder, &bytes, &len);
        *bad = len;
        if (result != HVN_STREAM_FRAME)
            break;
        if (len == 0) {
            hvn_backend_count_drops(self->backend, HVN_BACKEND_DROP_EMPTY, 1);
            continue;
        }
        self->pieces[self->n_frames] = (struct iovec){(gpointer)bytes, len};
        self->frames[self->n_frames] = (HvnFrame){.iov = &self->pieces[self->n_frames], .n_iov = 1, .len = len};
        self->n_frames++;
    }
    return result != HVN_STREAM_BROKEN || self->n_frames > 0;
}

/* reads once; FALSE when the connection has ended, with the reason */
static gboolean
hvn_stream_peer_read(HvnStreamPeer *self, gboolean *more, const char **reason)
{
    gsize room;
    guint8 *to = hvn_stream_decoder_get_room(&self->decoder, &room);
    gssize len = recv(self->fd, to, room, MSG_DONTWAIT);

    *more = len > 0;
    if (len > 0) {
        hvn_stream_decoder_add(&self->decoder, len);
        return TRUE;
    }
    if (len < 0 && (errno == EAGAIN || errno == EINTR))
        return TRUE;
    if (len < 0)
        *reason = g_strerror(errno);
    else
        *reason = hvn_stream_decoder_is_between(&self->decoder) ? "the peer has closed the connection"
                                                                : "the peer has closed the connection within a frame";
    return FALSE;
}

/* gives on what was read, then reads; the owner may free the peer in gone(), so that is the last thing here */
static void
hvn_stream_peer_run(HvnStreamPeer *self)
{
    gboolean has_read = FALSE, more;
    const char *reason;
    gsize bad;

    for (guint i = 0; i < BATCHES_MAX; i++) {
        if (self->first < self->n_frames) {
            self->first += self->funcs->frames(self, self->frames + self->first, self->n_frames - self->first, self->data);
            if (self->first < self->n_frames) {
                hvn_watch_want(self->watch, G_IO_IN, FALSE);
                return;
            }
        }
        if (!hvn_stream_peer_decode(self, &bad)) {
            g_autofree char *text = g_strdup_printf("the peer sent a length of %zu bytes: expected at most %d", bad, HVN_STREAM_FRAME_MAX);

            self->funcs->gone(self, text, self->data);
            return;
        }
        if (self->n_frames > 0)
            continue;
        if (has_read)
            return;
        if (!hvn_stream_peer_read(self, &more, &reason)) {
            self->funcs->gone(self, reason, self->data);
            return;
        }
        if (!more)
            return;
        has_read = TRUE;
    }
    hvn_watch_kick(self->watch);
}

static void
hvn_stream_peer_dispatch(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnStreamPeer *self = data;

    if ((condition & (G_IO_OUT | G_IO_ERR | G_IO_HUP)) != 0 && self->error == 0)
        hvn_stream_peer_writable(self);
    if (self->error != 0) {
        self->funcs->gone(self, g_strerror(self->error), self->data);
        return;
    }
    if ((condition & ~G_IO_OUT) != 0 || condition == 0) {
        hvn_watch_want(watch, G_IO_IN, TRUE);
        hvn_stream_peer_run(self);
    }
}

void
hvn_stream_peer_resume(HvnStreamPeer *self)
{
    hvn_watch_kick(self->watch);
}

/* ---- life ---- */

HvnStreamPeer *
hvn_stream_peer_new(HvnBackend *backend, int fd, const HvnStreamPeerFuncs *funcs, gpointer data)
{
    HvnStreamPeer *self = g_new0(HvnStreamPeer, 1);

    self->backend = backend;
    self->fd = fd;
    self->funcs = funcs;
    self->data = data;
    hvn_stream_decoder_init(&self->decoder);
    self->watch = hvn_watch_new(hvn_port_get_dispatcher(HVN_PORT(backend)), fd, hvn_stream_peer_dispatch, self);
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
    return self;
}

void
hvn_stream_peer_free(HvnStreamPeer *self)
{
    if (self == NULL)
        return;
    hvn_watch_free(self->watch);
    shutdown(self->fd, SHUT_RDWR);
    close(self->fd);
    hvn_stream_decoder_clear(&self->decoder);
    g_free(self->tail);
    g_free(self);
}
