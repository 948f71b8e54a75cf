/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver's side of a virtqueue, split or packed, for tests: plain code after VIRTIO 1.2, 2.7 and 2.8, that lives in guest
 * memory which the test owns. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define HVN_TEST_VIRTQUEUE_MAX 1024

typedef struct {
    guint64 addr;
    guint32 len;
} HvnTestPiece;

typedef struct {
    guint8  *ram; /* guest memory from address 0 */
    guint64  features;
    guint    size;
    guint64  desc; /* guest addresses of the three parts */
    guint64  driver;
    guint64  device;
    guint64  end;    /* first address behind the queue and its indirect tables */
    guint64  tables; /* of indirect descriptors, 64 entries for each slot */
    guint    n_free; /* descriptors */
    guint16  free_ids[HVN_TEST_VIRTQUEUE_MAX];
    guint    n_free_ids;
    guint    n_descs[HVN_TEST_VIRTQUEUE_MAX]; /* of a buffer in flight, by its id */
    guint    cookies[HVN_TEST_VIRTQUEUE_MAX];
    guint16  next[HVN_TEST_VIRTQUEUE_MAX]; /* split: chain of free descriptors */
    guint16  avail;                        /* split: free running; packed: index with the wrap counter in bit 15 */
    guint16  used;
    guint16  kicked; /* avail when hvn_test_virtqueue_needs_kick() was asked last */
} HvnTestVirtqueue;

/* lays out a queue of @size at @base; @ram is zeroed where it lies */
void
hvn_test_virtqueue_init(HvnTestVirtqueue *self, guint8 *ram, guint64 base, guint size, guint64 features);

/* offers a chain; FALSE when there is no room for it */
gboolean
hvn_test_virtqueue_add(HvnTestVirtqueue *self, const HvnTestPiece *pieces, guint n_out, guint n_in, gboolean indirect,
                       guint cookie);

/* the next chain that the device has used; FALSE when there is none */
gboolean
hvn_test_virtqueue_get(HvnTestVirtqueue *self, guint *cookie, guint32 *len);

/* whether the device wants a kick for what was added since this was asked last */
gboolean
hvn_test_virtqueue_needs_kick(HvnTestVirtqueue *self);

/* asks for an interrupt with the next used chain, or for none; TRUE when there are used chains already */
gboolean
hvn_test_virtqueue_want_interrupt(HvnTestVirtqueue *self, gboolean on);

G_END_DECLS
