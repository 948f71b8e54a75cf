/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A backend between a NIC and sockets of a test: the objects, a place for socket files, time by hand, and what every such test does. */
#pragma once

#include "hvn-backend.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"

G_BEGIN_DECLS

typedef struct {
    char          *directory; /* for the files below and no others: it is empty at the end */
    char          *path;      /* of a socket of the backend */
    char          *peer_path; /* of a socket of its peer; removed at the end */
    HvnClock      *clock;     /* manual */
    HvnDispatcher *dispatcher;
    HvnFakePort   *nic;
    HvnBackend    *backend;
    HvnLink       *link;
} HvnTestBackend;

/* makes a backend of a type, named "net0", with a NIC at the other end of its link */
void
hvn_test_backend_init(HvnTestBackend *self, GType type);

/* takes all down, and asserts that nothing is left */
void
hvn_test_backend_clear(HvnTestBackend *self);

/* runs what is pending */
void
hvn_test_backend_settle(HvnTestBackend *self);

/* starts the backend, which must succeed */
void
hvn_test_backend_start(HvnTestBackend *self);

/* starts the backend, which must fail with a message that fits the pattern */
void
hvn_test_backend_assert_refused(HvnTestBackend *self, const char *pattern);

/* sets a property to printed text */
void
hvn_test_backend_set_text(HvnTestBackend *self, const char *property, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* the guest sends a frame of so many bytes of one value; whether it was taken */
gboolean
hvn_test_backend_send(HvnTestBackend *self, gsize len, guint8 fill);

/* the guest got such a frame, 0 is the first */
void
hvn_test_backend_assert_got(HvnTestBackend *self, guint n, gsize len, guint8 fill);

/* what the backend has dropped for a reason */
guint64
hvn_test_backend_drops(HvnTestBackend *self, HvnBackendDrop reason);

/* descriptors that this process has open */
guint
hvn_test_count_fds(void);

G_END_DECLS
