/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A vhost-user client for tests: speaks over a socket pair what QEMU, DPDK and User-mode Linux send, owns guest memory, and drives split
 * rings in it. Waits for answers by running the server's dispatcher. */
#pragma once

#include "hvn-vhost-user-proto.h"
#include "hvn-vhost-user.h"

G_BEGIN_DECLS

#define HVN_VHOST_CLIENT_RAM       (1024 * 1024)
#define HVN_VHOST_CLIENT_USER_BASE G_GUINT64_CONSTANT(0x7f0000000000) /* where the client has its memory */
#define HVN_VHOST_CLIENT_GPA_BASE  G_GUINT64_CONSTANT(0x40000000)     /* where the guest has it */
#define HVN_VHOST_CLIENT_RINGS     4
#define HVN_VHOST_CLIENT_NUM       16 /* descriptors of a ring */
#define HVN_VHOST_CLIENT_BUFFER    2048

typedef struct {
    int            fd;
    HvnDispatcher *dispatcher; /* not owned */
    GByteArray    *answer;     /* payload of the last answer */
    int            answer_fd;  /* that came with it, owned, -1 for none */
    gboolean       need_reply; /* hvn_vhost_client_set() waits for an answer */
    gboolean       closed;     /* the server hung up */
    int            memory;     /* memfd of HVN_VHOST_CLIENT_RAM bytes */
    guint8        *ram;        /* the same, mapped */
    int            kick[HVN_VHOST_CLIENT_RINGS];
    int            call[HVN_VHOST_CLIENT_RINGS];
    guint16        avail[HVN_VHOST_CLIENT_RINGS]; /* chains offered */
    guint16        used[HVN_VHOST_CLIENT_RINGS];  /* chains taken back */
} HvnVhostClient;

void
hvn_vhost_client_init(HvnVhostClient *self, int fd, HvnDispatcher *dispatcher);
void
hvn_vhost_client_clear(HvnVhostClient *self);

/* sends bytes as they are */
void
hvn_vhost_client_send_raw(HvnVhostClient *self, gconstpointer data, gsize len, const int *fds, guint n_fds);

/* sends a request and does not wait; flags besides the version */
void
hvn_vhost_client_post(HvnVhostClient *self, guint32 request, guint32 flags, gconstpointer payload, gsize len, const int *fds,
                      guint n_fds);

/* waits for one answer to this request; FALSE when there is none or the server hung up */
gboolean
hvn_vhost_client_wait(HvnVhostClient *self, guint32 request);

/* a request with an answer of its own: its payload is in answer */
void
hvn_vhost_client_get(HvnVhostClient *self, guint32 request, gconstpointer payload, gsize len);
guint64
hvn_vhost_client_get_u64(HvnVhostClient *self, guint32 request);

/* a request without: 0 or 1 with need_reply, 0 without */
guint64
hvn_vhost_client_set(HvnVhostClient *self, guint32 request, gconstpointer payload, gsize len, const int *fds, guint n_fds);
guint64
hvn_vhost_client_set_u64(HvnVhostClient *self, guint32 request, guint64 value);
guint64
hvn_vhost_client_set_state(HvnVhostClient *self, guint32 request, guint32 index, guint32 num);
guint64
hvn_vhost_client_set_fd(HvnVhostClient *self, guint32 request, guint64 value, int fd);

/* the whole memory as one region, by SET_MEM_TABLE or ADD_MEM_REG */
HvnVhostUserRegion
hvn_vhost_client_region(void);
guint64
hvn_vhost_client_share_memory(HvnVhostClient *self);
guint64
hvn_vhost_client_change_slot(HvnVhostClient *self, guint32 request, const HvnVhostUserRegion *region, gboolean with_fd);

/* NUM, BASE, ADDR, KICK, CALL: the first that is refused, 0 when all are accepted */
HvnVhostUserVringAddr
hvn_vhost_client_ring_addr(guint ring);
guint64
hvn_vhost_client_start_ring(HvnVhostClient *self, guint ring, guint32 base);
guint32
hvn_vhost_client_stop_ring(HvnVhostClient *self, guint ring);

/* the driver: offers one buffer of its own, filled with text for a ring to send; kicks; takes back what was used: its length, -1 for none */
void
hvn_vhost_client_offer(HvnVhostClient *self, guint ring, const char *text);
void
hvn_vhost_client_kick(HvnVhostClient *self, guint ring);
gint
hvn_vhost_client_take(HvnVhostClient *self, guint ring);

/* where the buffer of a ring's n-th chain is */
guint8 *
hvn_vhost_client_buffer(HvnVhostClient *self, guint ring, guint16 n);

/* whether the server has signalled since the last time */
gboolean
hvn_vhost_client_called(HvnVhostClient *self, guint ring);

/* lets the server run until it is idle */
void
hvn_vhost_client_settle(HvnVhostClient *self);

G_END_DECLS
