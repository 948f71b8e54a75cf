/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A vfio-user client for tests: speaks over a socket pair what QEMU sends, or what cloud-hypervisor's stricter client does, and waits for
 * answers by running the server's dispatcher. Keeps the server's own requests apart: those for DMA, which a test answers when it likes. */
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
    gboolean       strict;    /* as cloud-hypervisor: nothing is posted, every size is the exact one, UNMASK behind each access */
    gboolean       intx;      /* strict: INTx is in use */
    GByteArray    *in;        /* what was read and is not a whole message yet */
    GQueue         answers;   /* GByteArray, whole messages */
    GQueue         requests;  /* GByteArray, whole messages: the server's, not answered */
    guint8        *ram;       /* (nullable) not owned: requests are answered from it at once while waiting */
    gsize          ram_size;
    guint          n_served;  /* requests answered so */
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

/* reads what there is; FALSE when the server hung up */
gboolean
hvn_vfio_client_pump(HvnVfioClient *self);

/* runs the server and answers its requests from ram, until neither has anything to do */
void
hvn_vfio_client_settle(HvnVfioClient *self);

/* waits for one answer; FALSE when there is none or the server hung up */
gboolean
hvn_vfio_client_wait(HvnVfioClient *self);

/* sends a command and waits: the error of the answer */
guint32
hvn_vfio_client_call(HvnVfioClient *self, guint16 command, gconstpointer payload, gsize len, const int *fds, guint n_fds);

/* the same for a client that waits for exactly @size bytes, header included, whatever comes of it */
guint32
hvn_vfio_client_call_exact(HvnVfioClient *self, guint16 command, gconstpointer payload, gsize len, const int *fds, guint n_fds, gsize size);

/* the commands that tests need often */
void
hvn_vfio_client_hello(HvnVfioClient *self);
guint32
hvn_vfio_client_map(HvnVfioClient *self, guint64 addr, guint64 size, int fd, guint64 offset);
guint32
hvn_vfio_client_unmap(HvnVfioClient *self, guint64 addr, guint64 size);
guint64
hvn_vfio_client_read(HvnVfioClient *self, guint32 region, guint64 offset, guint32 count);
void
hvn_vfio_client_write(HvnVfioClient *self, guint32 region, guint64 offset, guint64 value, guint32 count, gboolean posted);
guint32
hvn_vfio_client_set_irqs(HvnVfioClient *self, guint32 flags, guint32 index, guint32 start, guint32 count, const int *fds, guint n_fds);

/* the next of the server's requests, running it meanwhile; NULL when there is none */
GByteArray *
hvn_vfio_client_take_request(HvnVfioClient *self);

/* answers a request from @ram as QEMU 11 does */
void
hvn_vfio_client_serve(HvnVfioClient *self, const GByteArray *request, guint8 *ram, gsize ram_size);

/* answers a request with an error, or with bytes of one's own */
void
hvn_vfio_client_refuse(HvnVfioClient *self, const GByteArray *request, guint32 error);
void
hvn_vfio_client_answer(HvnVfioClient *self, const GByteArray *request, gconstpointer payload, gsize len);

G_END_DECLS
