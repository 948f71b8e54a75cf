/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A vfio-user client for tests: speaks over a socket pair what QEMU sends, and waits for answers by running the server's dispatcher. */
#pragma once

#include "hvn-vfio-user-proto.h"
#include "hvn-vfio-user.h"

G_BEGIN_DECLS

typedef struct {
    int            fd;
    HvnDispatcher *dispatcher; /* not owned */
    guint16        next_id;
    guint32        error;     /* of the last answer, 0 for success */
    GByteArray    *answer;    /* payload of the last answer */
    gboolean       closed;    /* the server hung up */
} HvnVfioClient;

void
hvn_vfio_client_init(HvnVfioClient *self, int fd, HvnDispatcher *dispatcher);
void
hvn_vfio_client_clear(HvnVfioClient *self);

/* sends bytes as they are */
void
hvn_vfio_client_send_raw(HvnVfioClient *self, gconstpointer data, gsize len, const int *fds, guint n_fds);

/* sends a command and does not wait; flags are of the header */
void
hvn_vfio_client_post(HvnVfioClient *self, guint16 command, guint32 flags, gconstpointer payload, gsize len, const int *fds, guint n_fds);

/* waits for one answer; FALSE when there is none or the server hung up */
gboolean
hvn_vfio_client_wait(HvnVfioClient *self);

/* sends a command and waits: the error of the answer */
guint32
hvn_vfio_client_call(HvnVfioClient *self, guint16 command, gconstpointer payload, gsize len, const int *fds, guint n_fds);

/* the commands that tests need often */
void
hvn_vfio_client_hello(HvnVfioClient *self);
guint32
hvn_vfio_client_map(HvnVfioClient *self, guint64 addr, guint64 size, int fd, guint64 offset);
guint64
hvn_vfio_client_read(HvnVfioClient *self, guint32 region, guint64 offset, guint32 count);
void
hvn_vfio_client_write(HvnVfioClient *self, guint32 region, guint64 offset, guint64 value, guint32 count, gboolean posted);
guint32
hvn_vfio_client_set_irqs(HvnVfioClient *self, guint32 flags, guint32 index, guint32 start, guint32 count, const int *fds, guint n_fds);

G_END_DECLS
