/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One ring of a vhost-user client. */

#include "hvn-vhost-user-ring.h"

#include "hvn-error.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define POLL_INTERVAL_NS HVN_NS_PER_MS

#define LAYOUT_FEATURES (HVN_VIRTIO_F_RING_PACKED | HVN_VIRTIO_F_EVENT_IDX | HVN_VIRTIO_F_INDIRECT_DESC)

/* ---- descriptors that signal ---- */

/* Makes a client's descriptor safe to read and write: an eventfd has no file type; a file could block us or never end. */
static int
hvn_vhost_user_check_signal(int fd, gboolean *eventfd)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return errno;
    *eventfd = (st.st_mode & S_IFMT) == 0;
    if (!*eventfd && !S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode))
        return EINVAL;
    return g_unix_set_fd_nonblocking(fd, TRUE, NULL) ? 0 : EINVAL;
}

int
hvn_vhost_user_signal_set(HvnVhostUserSignal *self, int fd)
{
    gboolean eventfd = FALSE;
    int      result = fd >= 0 ? hvn_vhost_user_check_signal(fd, &eventfd) : 0;

    if (result != 0) {
        close(fd);
        return result;
    }
    if (self->fd >= 0)
        close(self->fd);
    *self = (HvnVhostUserSignal){.fd = fd, .eventfd = eventfd};
    return 0;
}

/* User-mode Linux takes its interrupts from pipes: the write to one whose reader is gone would end the process. */
static void
hvn_vhost_user_signal_pipe(int fd, const guint64 *one)
{
    const struct timespec none = {0};
    sigset_t              sigpipe, before, pending;

    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
    if (write(fd, one, sizeof *one) < 0 && errno == EPIPE && !sigismember(&pending, SIGPIPE))
        sigtimedwait(&sigpipe, NULL, &none);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void
hvn_vhost_user_signal_send(const HvnVhostUserSignal *self)
{
    const guint64 one = 1;

    if (self->fd < 0)
        return;
    if (!self->eventfd)
        hvn_vhost_user_signal_pipe(self->fd, &one);
    else if (write(self->fd, &one, sizeof one) < 0 && errno != EAGAIN)
        g_debug("cannot signal: %s", g_strerror(errno));
}

/* ---- kicks ---- */

static void
hvn_vhost_user_ring_close_kick(HvnVhostUserRing *self)
{
    g_clear_pointer(&self->kick_watch, hvn_watch_free);
    if (self->kick >= 0)
        close(self->kick);
    self->kick = -1;
    hvn_timer_cancel(&self->poll);
}

static void
hvn_vhost_user_ring_kicked(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnVhostUserRing *self = data;
    guint64           count;
    gssize            n = read(self->kick, &count, sizeof count);

    if (n > 0)
        hvn_virtio_device_kick(self->device, self->index);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        hvn_vhost_user_ring_close_kick(self);
}

static void
hvn_vhost_user_ring_poll(gpointer data)
{
    HvnVhostUserRing *self = data;

    hvn_virtio_device_kick(self->device, self->index);
    hvn_timer_arm_after(&self->poll, POLL_INTERVAL_NS);
}

int
hvn_vhost_user_ring_set_kick(HvnVhostUserRing *self, int fd, gboolean poll)
{
    gboolean eventfd;
    int      result = fd >= 0 ? hvn_vhost_user_check_signal(fd, &eventfd) : 0;

    if (result != 0) {
        close(fd);
        return result;
    }
    hvn_vhost_user_ring_close_kick(self);
    self->kick = fd;
    self->started = TRUE;
    if (fd >= 0) {
        self->kick_watch = hvn_watch_new(self->dispatcher, fd, hvn_vhost_user_ring_kicked, self);
        hvn_watch_want(self->kick_watch, G_IO_IN, TRUE);
    } else if (poll) {
        hvn_timer_arm_after(&self->poll, POLL_INTERVAL_NS);
    }
    return 0;
}

/* ---- the virtqueue ---- */

static gboolean
hvn_vhost_user_ring_place(const HvnVhostUserRing *self, const HvnVhostUserMemory *memory, HvnVirtqueueLayout *layout, GError **error)
{
    const guint64 addrs[HVN_VIRTQUEUE_N_AREAS] = {
        [HVN_VIRTQUEUE_DESC] = self->addr.descriptors,
        [HVN_VIRTQUEUE_DRIVER] = self->addr.available,
        [HVN_VIRTQUEUE_DEVICE] = self->addr.used,
    };

    for (guint i = 0; i < HVN_VIRTQUEUE_N_AREAS; i++) {
        gsize len = hvn_virtqueue_area_len(layout->features, layout->size, i);

        layout->areas[i].host = hvn_vhost_user_memory_translate(memory, addrs[i], len);
        if (layout->areas[i].host != NULL)
            continue;
        g_set_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL, "ring %u at 0x%" G_GINT64_MODIFIER "x is not in shared memory", self->index,
                    addrs[i]);
        return FALSE;
    }
    return TRUE;
}

/* Where to go on. A client without the used half of a packed ring's state sends zeros there; nothing is in flight while a ring is
 * stopped, so both halves are the same then. */
static guint32
hvn_vhost_user_ring_get_base(const HvnVhostUserRing *self, const HvnVirtqueueLayout *layout, gboolean from_used)
{
    guint16 used;

    if ((layout->features & HVN_VIRTIO_F_RING_PACKED) != 0) {
        if (!self->has_base)
            return hvn_virtqueue_initial_state(layout->features);
        return self->base >> 16 == 0 ? self->base | self->base << 16 : self->base;
    }
    if (!from_used)
        return self->base & 0xffff;
    memcpy(&used, (const guint8 *)layout->areas[HVN_VIRTQUEUE_DEVICE].host + 2, sizeof used);
    return GUINT16_FROM_LE(used);
}

/* which ring this is, and which start of it, for whoever serves it next */
static void
hvn_vhost_user_ring_identify(const HvnVhostUserRing *self, const HvnVhostUserMemory *memory, const HvnVirtqueueLayout *layout,
                             HvnVhostUserIdentity *identity)
{
    memset(identity, 0, sizeof *identity);
    identity->size = layout->size;
    identity->features = layout->features & LAYOUT_FEATURES;
    identity->base = self->client_base;
    hvn_vhost_user_memory_locate(memory, self->addr.descriptors, &identity->places[HVN_VIRTQUEUE_DESC]);
    hvn_vhost_user_memory_locate(memory, self->addr.available, &identity->places[HVN_VIRTQUEUE_DRIVER]);
    hvn_vhost_user_memory_locate(memory, self->addr.used, &identity->places[HVN_VIRTQUEUE_DEVICE]);
}

/* A packed ring goes on where a server before us was killed, if the client says what it said to that one; else where the client says. */
static gboolean
hvn_vhost_user_ring_start_packed(HvnVhostUserRing *self, const HvnVhostUserMemory *memory, const HvnVirtqueueLayout *layout, guint32 base,
                                 GError **error)
{
    HvnVhostUserIdentity identity;

    hvn_vhost_user_ring_identify(self, memory, layout, &identity);
    if (!self->ran && hvn_vhost_user_record_matches(self->record, &identity) &&
        hvn_virtqueue_resume(&self->queue, layout, &self->record->journal, NULL))
        return TRUE;
    if (!self->ran)
        hvn_vhost_user_record_clear(self->record); /* the journal that begins is not yet what the record says */
    if (!hvn_virtqueue_start_journaled(&self->queue, layout, base, &self->record->journal, error))
        return FALSE;
    hvn_vhost_user_record_set(self->record, &identity);
    return TRUE;
}

gboolean
hvn_vhost_user_ring_resume(HvnVhostUserRing *self, const HvnVhostUserMemory *memory, guint64 features, gboolean from_used, GError **error)
{
    HvnVirtqueueLayout layout = {.size = self->num, .features = features};
    guint32            base;

    if (!self->started || hvn_virtqueue_is_running(&self->queue))
        return TRUE;
    if (self->num == 0 || !self->has_addr) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL, "ring %u started without size and addresses", self->index);
        return FALSE;
    }
    if (!hvn_vhost_user_ring_place(self, memory, &layout, error))
        return FALSE;
    base = hvn_vhost_user_ring_get_base(self, &layout, from_used);
    if ((features & HVN_VIRTIO_F_RING_PACKED) != 0 ? !hvn_vhost_user_ring_start_packed(self, memory, &layout, base, error)
                                                   : !hvn_virtqueue_start(&self->queue, &layout, base, error))
        return FALSE;
    self->ran = TRUE;
    hvn_virtio_device_set_queue(self->device, self->index, &self->queue);
    /* a server before us may have used chains and died before it said so */
    hvn_vhost_user_signal_send(&self->call);
    return TRUE;
}

void
hvn_vhost_user_ring_suspend(HvnVhostUserRing *self)
{
    if (!hvn_virtqueue_is_running(&self->queue))
        return;
    hvn_virtio_device_set_queue(self->device, self->index, NULL);
    self->base = hvn_virtqueue_stop(&self->queue);
    self->has_base = TRUE;
}

guint32
hvn_vhost_user_ring_stop(HvnVhostUserRing *self)
{
    hvn_vhost_user_ring_suspend(self);
    hvn_vhost_user_ring_close_kick(self);
    self->started = self->ran = FALSE;
    return self->base;
}

void
hvn_vhost_user_ring_forget(HvnVhostUserRing *self)
{
    hvn_vhost_user_record_clear(self->record);
}

void
hvn_vhost_user_ring_init(HvnVhostUserRing *self, guint index, HvnVirtioDevice *device, HvnDispatcher *dispatcher,
                         HvnVhostUserRecord *record, const HvnVirtqueueOps *ops, gpointer data)
{
    *self = (HvnVhostUserRing){
        .index = index, .device = device, .dispatcher = dispatcher, .record = record, .kick = -1, .call.fd = -1, .err.fd = -1};
    hvn_virtqueue_init(&self->queue, index, ops, data);
    hvn_timer_init(&self->poll, dispatcher, hvn_vhost_user_ring_poll, self);
}

void
hvn_vhost_user_ring_clear(HvnVhostUserRing *self)
{
    hvn_vhost_user_ring_stop(self);
    hvn_vhost_user_signal_set(&self->call, -1);
    hvn_vhost_user_signal_set(&self->err, -1);
    hvn_virtqueue_clear(&self->queue);
}
