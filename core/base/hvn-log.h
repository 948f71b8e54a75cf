/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mistakes of a guest or of a peer: counted always, logged only as often as the rate allows, so that no
 * guest can fill the host's log. */
#pragma once

#include "hvn-clock.h"

G_BEGIN_DECLS

#define HVN_GUEST_ERRORS_PER_WINDOW 10
#define HVN_GUEST_ERRORS_WINDOW_NS  (10 * HVN_NS_PER_S)

/**
 * HvnGuestErrors:
 *
 * Counts the mistakes of one guest device or peer. Embedded by value in its owner.
 */
typedef struct {
    const char *domain;     /* log domain of the owner, static */
    char       *name;       /* owned; what the message starts with, e.g. "net0" */
    HvnClock   *clock;      /* owned reference */
    gint64      window_ns;  /* start of the window that is running */
    guint       in_window;  /* messages logged in that window */
    guint64     total;      /* mistakes since the start */
    guint64     suppressed; /* of these, not logged and not yet reported as suppressed */
} HvnGuestErrors;

/**
 * hvn_guest_errors_init:
 * @self: the counter
 * @domain: log domain, static storage
 * @name: what messages start with
 * @clock: time base of the rate
 */
void
hvn_guest_errors_init(HvnGuestErrors *self, const char *domain, const char *name, HvnClock *clock);

/**
 * hvn_guest_errors_clear:
 * @self: the counter
 */
void
hvn_guest_errors_clear(HvnGuestErrors *self);

/**
 * hvn_guest_error:
 * @self: the counter of the device or peer that made the mistake
 * @format: printf format, lower case, one line, with the values
 *
 * Counts a mistake and logs at most %HVN_GUEST_ERRORS_PER_WINDOW messages in each window of
 * %HVN_GUEST_ERRORS_WINDOW_NS nanoseconds, at message level; the first message of a new window says how many were
 * left out before it. Formatting is not done for a message that is left out.
 */
void
hvn_guest_error(HvnGuestErrors *self, const char *format, ...) G_GNUC_PRINTF(2, 3);

G_END_DECLS
