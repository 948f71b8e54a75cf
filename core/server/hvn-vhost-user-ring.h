/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One ring of a vhost-user client: what the client said about it, its eventfds, and the virtqueue that runs while all of that is there.
 * Embedded by value in the client's state.
 *
 *   SET_VRING_NUM, _ADDR, _BASE -> SET_VRING_KICK: started -> resume: the virtqueue runs, the device is looked at once
 *   a new memory table -> suspend, resume       GET_VRING_BASE -> stop: where to go on
 *
 * Started and enabled are independent: the device drops what a started and disabled ring carries. */
#pragma once

#include "hvn-vhost-user-memory.h"
#include "hvn-virtio-device.h"
#include "hvn-watch.h"

G_BEGIN_DECLS

typedef struct {
    int      fd;       /* owned, non-blocking; -1 for none */
    gboolean eventfd;  /* FALSE for a pipe, which can raise SIGPIPE */
} HvnVhostUserSignal;

typedef struct {
    guint                 index;
    HvnVirtioDevice      *device;     /* not owned */
    HvnDispatcher        *dispatcher; /* not owned */
    HvnVirtqueue          queue;
    guint                 num;        /* descriptors, 0 while unknown */
    HvnVhostUserVringAddr addr;
    gboolean              has_addr;
    guint32               base;       /* where to go on */
    gboolean              has_base;
    guint32               client_base; /* what the client said before it started the ring */
    gboolean              ran;         /* since it was started: where to go on is known here */
    HvnVhostUserRecord   *record;      /* not owned; what is known of a packed ring from a server before this one */
    gboolean              started;
    gboolean              enabled;
    int                   kick;       /* owned, -1 for none */
    HvnWatch             *kick_watch;
    HvnTimer              poll;       /* for a client that does not kick */
    HvnVhostUserSignal    call;
    HvnVhostUserSignal    err;
} HvnVhostUserRing;

/**
 * hvn_vhost_user_ring_init:
 * @self: (out caller-allocates): a ring, disabled and not started
 * @index: its number
 * @device: (transfer none): the device
 * @dispatcher: (transfer none): watches the kicks
 * @record: (transfer none): where its position is kept while it is packed
 * @ops: (transfer none): for the virtqueue
 * @data: for @ops
 */
void
hvn_vhost_user_ring_init(HvnVhostUserRing *self, guint index, HvnVirtioDevice *device, HvnDispatcher *dispatcher,
                         HvnVhostUserRecord *record, const HvnVirtqueueOps *ops, gpointer data);

/**
 * hvn_vhost_user_ring_clear:
 * @self: a ring; stopped, its descriptors closed
 */
void
hvn_vhost_user_ring_clear(HvnVhostUserRing *self);

/**
 * hvn_vhost_user_ring_set_kick:
 * @self: a ring
 * @fd: (transfer full): what the client signals, -1 for none
 * @poll: whether the ring is looked at in turns instead
 *
 * Marks the ring as started. Nothing else changes for one that was.
 *
 * Returns: 0, or EINVAL for a descriptor that is no eventfd, pipe or socket
 */
int
hvn_vhost_user_ring_set_kick(HvnVhostUserRing *self, int fd, gboolean poll);

/**
 * hvn_vhost_user_ring_resume:
 * @self: a ring
 * @memory: the client's memory
 * @features: what was negotiated
 * @from_used: whether a split ring goes on behind what was used last, not where the client says
 * @error: return location
 *
 * Runs the virtqueue of a ring that is started and does not run.
 *
 * Returns: %FALSE when it is started and cannot run
 */
gboolean
hvn_vhost_user_ring_resume(HvnVhostUserRing *self, const HvnVhostUserMemory *memory, guint64 features, gboolean from_used,
                           GError **error);

/**
 * hvn_vhost_user_ring_suspend:
 * @self: a ring
 *
 * Takes the virtqueue from the device and remembers where to go on. The ring stays started.
 */
void
hvn_vhost_user_ring_suspend(HvnVhostUserRing *self);

/**
 * hvn_vhost_user_ring_stop:
 * @self: a ring
 *
 * Suspends the ring and closes its kick; it is not started any more.
 *
 * Returns: where to go on, for VRING_BASE
 */
guint32
hvn_vhost_user_ring_stop(HvnVhostUserRing *self);

/**
 * hvn_vhost_user_ring_forget:
 * @self: a ring that is stopped
 *
 * The client knows where it goes on, or it begins anew: what was kept for a server after this one is void.
 */
void
hvn_vhost_user_ring_forget(HvnVhostUserRing *self);

/**
 * hvn_vhost_user_signal_set:
 * @self: a signal
 * @fd: (transfer full): a new descriptor, -1 for none; the one before is closed
 *
 * Returns: 0, or EINVAL for a descriptor that is no eventfd, pipe or socket
 */
int
hvn_vhost_user_signal_set(HvnVhostUserSignal *self, int fd);

/**
 * hvn_vhost_user_signal_send:
 * @self: a signal; nothing happens without a descriptor
 *
 * Never waits: a client that does not read has the signal already.
 */
void
hvn_vhost_user_signal_send(const HvnVhostUserSignal *self);

G_END_DECLS
