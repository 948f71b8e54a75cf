/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libslirp's poll set as a GSource on the dispatcher's context, and the guard against SIGPIPE.
 *
 *   prepare  asks libslirp which fds it wants, only when it was called since or its time is up; changes only what differs
 *   check    an fd is ready, or libslirp's time is up
 *   dispatch libslirp reads and writes; then the owner flushes what came of it
 */
#pragma once

#include <signal.h>
#include <libslirp.h>

#include "hvn-dispatcher.h"

G_BEGIN_DECLS

typedef struct _HvnUserSource HvnUserSource;

/**
 * HvnUserSourceFuncs:
 * @congested: whether libslirp is to read nothing more from the host for now
 * @dispatched: libslirp was called; the caller may send
 *
 * What the source asks of its owner.
 */
typedef struct {
    gboolean (*congested)(gpointer data);
    void (*dispatched)(gpointer data);
} HvnUserSourceFuncs;

/**
 * hvn_user_source_new:
 * @dispatcher: (transfer none): runs it
 * @slirp: (transfer none): outlives it
 * @funcs: (transfer none): static
 * @data: for @funcs
 *
 * Returns: (transfer full): a source that is attached
 */
HvnUserSource *
hvn_user_source_new(HvnDispatcher *dispatcher, Slirp *slirp, const HvnUserSourceFuncs *funcs, gpointer data);

/**
 * hvn_user_source_free:
 * @self: (transfer full) (nullable): a source
 */
void
hvn_user_source_free(HvnUserSource *self);

/**
 * hvn_user_source_changed:
 * @self: a source
 *
 * libslirp was called: its poll set may differ.
 */
void
hvn_user_source_changed(HvnUserSource *self);

/**
 * hvn_user_source_hurry:
 * @self: a source
 *
 * libslirp learned where the guest is: what waited for that leaves in the next iteration, and not when a timer is due.
 */
void
hvn_user_source_hurry(HvnUserSource *self);

/**
 * hvn_user_source_guard_unix:
 * @self: a source
 * @fd: a listening unix socket of libslirp
 *
 * libslirp ends the process when it accepts from a unix socket and has no descriptor to spare. The source holds such a
 * connection back until there are some.
 */
void
hvn_user_source_guard_unix(HvnUserSource *self, int fd);

/**
 * hvn_user_source_unguard_unix:
 * @self: a source
 * @fd: the socket
 */
void
hvn_user_source_unguard_unix(HvnUserSource *self, int fd);

/**
 * hvn_user_list_fds:
 * @slirp: libslirp
 *
 * Returns: (transfer full) (element-type int): the fds that libslirp polls now
 */
GArray *
hvn_user_list_fds(Slirp *slirp);

/**
 * HvnUserSigpipe:
 *
 * libslirp's send() raises SIGPIPE when a host's socket was closed. A library must not change what the process does with signals,
 * so
 * the signal is blocked in this thread around calls and taken away if one came.
 */
typedef struct {
    sigset_t old;
    gboolean active;
} HvnUserSigpipe;

/**
 * hvn_user_sigpipe_needed:
 *
 * Returns: whether SIGPIPE would do anything now: not when the process ignores it
 */
gboolean
hvn_user_sigpipe_needed(void);

/**
 * hvn_user_sigpipe_enter:
 * @self: (out caller-allocates): the guard
 * @needed: what hvn_user_sigpipe_needed() said
 */
void
hvn_user_sigpipe_enter(HvnUserSigpipe *self, gboolean needed);

/**
 * hvn_user_sigpipe_leave:
 * @self: the guard
 */
void
hvn_user_sigpipe_leave(HvnUserSigpipe *self);

G_END_DECLS
