/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DMA by messages, to memory that a vfio-user client does not share: DMA_READ and DMA_WRITE requests of ours, which the client answers when
 * it can. Nothing here ever waits for an answer. QEMU answers from its main loop under its global lock, which a processor that waits for
 * one of our register answers holds; a server that waited would never be answered.
 *
 *   read -> here? copied : missed, and asked for -> the NIC's work ends without having consumed anything -> answers -> arrived(): the work
 *           runs again and finds the bytes -> it releases without a new miss: they are dropped, so that no later run uses old ones
 *   write, or release of what was lent to be written -> DMA_WRITE at once, in order -> seen(): interrupts behind it may go
 *
 * A transaction lasts from one release to the next. What it read stays for its next try when it missed something and wrote nothing, and
 * goes otherwise. What was asked for and is not fetched is dropped after a while. All is bounded: requests, their bytes, and writes that
 * the client has not seen; over the bound, reads and what is lent wait. */
#pragma once

#include "hvn-dispatcher.h"
#include "hvn-vfio-user-proto.h"

#include <sys/uio.h>

G_BEGIN_DECLS

#define HVN_VFIO_USER_DMA_MAX_LEN     (1024 * 1024) /* bytes of one access */
#define HVN_VFIO_USER_DMA_MAX_REQUESTS 2048          /* without an answer */

typedef struct _HvnVfioUserDma HvnVfioUserDma;

/**
 * HvnVfioUserDmaOps:
 * @send: bytes of messages for the client, to leave soon, in order
 * @arrived: what a transaction missed is here, or there is room again: the NIC's works are to run
 * @seen: the client has carried out writes; called within hvn_vfio_user_dma_answer()
 * @trouble: a mistake of the client, one line
 */
typedef struct {
    void (*send)(gpointer data, gconstpointer bytes, gsize len);
    void (*arrived)(gpointer data);
    void (*seen)(gpointer data);
    void (*trouble)(gpointer data, const char *text);
} HvnVfioUserDmaOps;

/**
 * HvnVfioUserDmaResult:
 * @HVN_VFIO_USER_DMA_DONE: it was done
 * @HVN_VFIO_USER_DMA_PENDING: not yet: the transaction is to end here, and to be tried again when @arrived is called
 * @HVN_VFIO_USER_DMA_FAILED: the client refused it, or it is too long
 */
typedef enum {
    HVN_VFIO_USER_DMA_DONE,
    HVN_VFIO_USER_DMA_PENDING,
    HVN_VFIO_USER_DMA_FAILED,
} HvnVfioUserDmaResult;

/**
 * hvn_vfio_user_dma_new:
 * @dispatcher: (transfer none): of the NIC
 * @ops: (transfer none): static storage
 * @data: for @ops
 * @max_transfer: bytes of one message, as the client's VERSION says
 *
 * Returns: (transfer full): an engine
 */
HvnVfioUserDma *
hvn_vfio_user_dma_new(HvnDispatcher *dispatcher, const HvnVfioUserDmaOps *ops, gpointer data, guint32 max_transfer);

/**
 * hvn_vfio_user_dma_free:
 * @self: (transfer full) (nullable): an engine
 */
void
hvn_vfio_user_dma_free(HvnVfioUserDma *self);

/**
 * hvn_vfio_user_dma_map:
 * @self: an engine
 * @addr: guest address
 * @len: bytes, 1 or more
 * @iov: (out caller-allocates): pieces, lent until hvn_vfio_user_dma_release()
 * @n_iov: room
 * @used: (out): pieces used
 *
 * Lends bytes to be read.
 *
 * Returns: what came of it; too little room is a failure
 */
HvnVfioUserDmaResult
hvn_vfio_user_dma_map(HvnVfioUserDma *self, guint64 addr, gsize len, struct iovec *iov, guint n_iov, guint *used);

/**
 * hvn_vfio_user_dma_lend:
 * @self: an engine
 * @addr: guest address
 * @len: bytes, 1 or more
 * @bytes: (out): memory to be filled, all of it, before the next write and before hvn_vfio_user_dma_release()
 *
 * Lends memory whose bytes are sent to @addr later, before anything that is written after this.
 *
 * Returns: what came of it; pending when the client has too much to do already
 */
HvnVfioUserDmaResult
hvn_vfio_user_dma_lend(HvnVfioUserDma *self, guint64 addr, gsize len, guint8 **bytes);

/**
 * hvn_vfio_user_dma_write:
 * @self: an engine
 * @addr: guest address
 * @bytes: bytes
 * @len: how many
 *
 * Sends what was lent, then these. Never waits: a run of a NIC's work writes only so much.
 */
void
hvn_vfio_user_dma_write(HvnVfioUserDma *self, guint64 addr, gconstpointer bytes, gsize len);

/**
 * hvn_vfio_user_dma_release:
 * @self: an engine
 *
 * Ends a transaction.
 */
void
hvn_vfio_user_dma_release(HvnVfioUserDma *self);

/**
 * hvn_vfio_user_dma_is_pending:
 * @self: an engine
 *
 * Returns: whether this transaction missed something
 */
gboolean
hvn_vfio_user_dma_is_pending(const HvnVfioUserDma *self);

/**
 * hvn_vfio_user_dma_forget:
 * @self: an engine
 * @addr: guest address
 * @len: bytes; 0 for everything from @addr on
 *
 * Drops what was read there and what is on its way: the device was reset, or the memory is gone. Whoever waits for it tries again.
 */
void
hvn_vfio_user_dma_forget(HvnVfioUserDma *self, guint64 addr, guint64 len);

/**
 * hvn_vfio_user_dma_answer:
 * @self: an engine
 * @header: of an answer
 * @payload: (array length=len): what follows it
 * @len: bytes
 *
 * Takes an answer of the client; one to nothing that was asked is passed over.
 */
void
hvn_vfio_user_dma_answer(HvnVfioUserDma *self, const HvnVfioUserHeader *header, const guint8 *payload, gsize len);

/**
 * hvn_vfio_user_dma_get_writes:
 * @self: an engine
 * @seen: whether only those count that the client has carried out, with all before them
 *
 * Returns: write messages since the start
 */
guint64
hvn_vfio_user_dma_get_writes(const HvnVfioUserDma *self, gboolean seen);

/**
 * hvn_vfio_user_dma_is_behind:
 * @self: an engine
 *
 * Returns: whether there are writes that the client has not carried out, or bytes lent for some
 */
gboolean
hvn_vfio_user_dma_is_behind(const HvnVfioUserDma *self);

/**
 * hvn_vfio_user_dma_wake_when_seen:
 * @self: an engine
 *
 * Asks for @arrived when the client has carried out more writes.
 */
void
hvn_vfio_user_dma_wake_when_seen(HvnVfioUserDma *self);

G_END_DECLS
