/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A GSource on one fd: want IN, want OUT, kick. It takes the fd out of the source while neither is wanted, because GLib
 * spins on HUP with an empty mask. */
#pragma once

#include "hvn-dispatcher.h"

G_BEGIN_DECLS

typedef struct _HvnWatch HvnWatch;

/**
 * HvnWatchFunc:
 * @self: the watch
 * @condition: what happened: %G_IO_IN, %G_IO_OUT, %G_IO_HUP, %G_IO_ERR, or 0 after hvn_watch_kick()
 * @data: what was given to hvn_watch_new()
 *
 * Moves a bounded batch. May call any hvn_watch function, hvn_watch_free() included.
 */
typedef void (*HvnWatchFunc)(HvnWatch *self, GIOCondition condition, gpointer data);

/**
 * hvn_watch_new:
 * @dispatcher: (transfer none): runs it; must outlive it
 * @fd: (transfer none): the file descriptor, non-blocking; the owner closes it after hvn_watch_free()
 * @func: called when what is wanted happens
 * @data: (nullable): for @func
 *
 * Returns: (transfer full): a watch that wants nothing yet
 */
HvnWatch *
hvn_watch_new(HvnDispatcher *dispatcher, int fd, HvnWatchFunc func, gpointer data);

/**
 * hvn_watch_want:
 * @self: the watch
 * @condition: %G_IO_IN, %G_IO_OUT or both
 * @want: whether these are wanted from now on
 */
void
hvn_watch_want(HvnWatch *self, GIOCondition condition, gboolean want);

/**
 * hvn_watch_kick:
 * @self: the watch
 *
 * Calls the function once, in the next iteration, with condition 0 if nothing else happened. Never from here.
 */
void
hvn_watch_kick(HvnWatch *self);

/**
 * hvn_watch_free:
 * @self: (transfer full) (nullable): the watch
 */
void
hvn_watch_free(HvnWatch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnWatch, hvn_watch_free)

G_END_DECLS
