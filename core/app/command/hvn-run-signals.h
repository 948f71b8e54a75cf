/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The signals that ask `hvnet run` to end: SIGINT, SIGTERM and SIGHUP. */
#pragma once

#include "hvn-dispatcher.h"

G_BEGIN_DECLS

typedef struct _HvnRunSignals HvnRunSignals;

/**
 * HvnRunSignalFunc:
 * @number: of the signal
 * @data: what was given
 *
 * Called in the dispatcher for each.
 */
typedef void (*HvnRunSignalFunc)(int number, gpointer data);

/**
 * hvn_run_signals_new:
 * @dispatcher: (transfer none): where they arrive
 * @func: gets them from now on
 * @data: passed to @func
 *
 * Returns: (transfer full): what catches them
 */
HvnRunSignals *
hvn_run_signals_new(HvnDispatcher *dispatcher, HvnRunSignalFunc func, gpointer data);

/**
 * hvn_run_signals_free:
 * @self: (transfer full): what catches them; they mean what they meant before
 */
void
hvn_run_signals_free(HvnRunSignals *self);

G_END_DECLS
