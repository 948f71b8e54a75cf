/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DMA by messages: the bytes that were read (chunks), the requests that have no answer yet, what is lent to be written, and when the NIC is
 * to try again. Chunks never overlap: only what is in none of them is asked for. */

#include "hvn-vfio-user-dma.h"

#include <string.h>

#define MAX_CHUNKS        1024
#define MAX_CHUNK_BYTES   (4 * 1024 * 1024)
#define MAX_UNSEEN_BYTES  (1024 * 1024) /* below what the server lets a client leave unread */
#define MAX_UNSEEN_WRITES 1024
#define UNUSED_NS         (100 * HVN_NS_PER_MS)
#define PATIENCE_NS       (10 * HVN_NS_PER_S)
#define OFFSET_DATA       16 /* in the payload: address, count, data */
#define OFFSET_DATA_OLD   12 /* QEMU 10.1 and 10.2: a count of 32 bits, see hvn_vfio_user_dma_learn_layout() */

typedef enum {
    CHUNK_ASKED,
    CHUNK_HERE,
    CHUNK_REFUSED,
} ChunkState;

typedef struct {
    guint64    addr;
    guint32    len;
    ChunkState state;
    gboolean   used;  /* by this transaction */
    gboolean   stale; /* we have written there since it was asked for: the answer is of no use */
    guint8    *bytes; /* owned; NULL unless it is here */
} Chunk;

typedef struct {
    guint16  id;
    guint16  command;
    guint64  addr;
    guint32  len;
    Chunk   *chunk; /* of a read; NULL when nobody wants it any more */
    gboolean done;  /* a write that the client has carried out, behind one that it has not */
} Request;

typedef struct {
    guint64 addr;
    gsize   len;
    guint8 *bytes; /* owned */
} Loan;

struct _HvnVfioUserDma {
    const HvnVfioUserDmaOps *ops;
    gpointer                 data;
    guint32                  max_transfer;
    guint16                  next_id;
    guint                    data_offset; /* of the client's layout; 0 while nothing has told it */
    GPtrArray               *chunks;      /* Chunk, owned, by address */
    gsize                    n_chunk_bytes;
    guint                    n_wanted;    /* chunks that are asked for */
    GHashTable              *requests;    /* id -> Request, owned; the writes among them are in writes too */
    GQueue                   writes;      /* Request, oldest first */
    guint64                  n_writes;
    gsize                    unseen_bytes;
    GArray                  *loans;       /* Loan */
    gsize                    n_loan_bytes;
    gboolean                 missed;      /* in this transaction */
    gboolean                 wrote;
    gboolean                 refused_room; /* a miss that was not even asked for */
    gboolean                 waiting;     /* a transaction wants to be tried again */
    gboolean                 wake_when_seen;
    HvnWork                  arrived;
    HvnTimer                 unused;   /* since the last arrival */
    HvnTimer                 patience; /* with a client that does not answer */
};

static gboolean
hvn_vfio_user_dma_run_arrived(gpointer data)
{
    HvnVfioUserDma *self = data;

    hvn_vfio_user_dma_release(self); /* of a work that has not */
    hvn_timer_arm_after(&self->unused, UNUSED_NS);
    self->ops->arrived(self->data);
    return FALSE;
}

/* nobody came for it: what it says may not be true any more */
static void
hvn_vfio_user_dma_unused(gpointer data)
{
    HvnVfioUserDma *self = data;

    if (self->n_wanted == 0)
        hvn_vfio_user_dma_forget(self, 0, 0);
}

static void
hvn_vfio_user_dma_lost_patience(gpointer data)
{
    HvnVfioUserDma *self = data;

    if (g_hash_table_size(self->requests) > 0)
        self->ops->trouble(self->data, "the client has not answered a request for its memory for 10 seconds; the device waits for it");
}

static void
hvn_vfio_user_dma_free_chunk(gpointer data)
{
    Chunk *chunk = data;

    g_free(chunk->bytes);
    g_free(chunk);
}

static void
hvn_vfio_user_dma_clear_loan(gpointer data)
{
    g_free(((Loan *)data)->bytes);
}

HvnVfioUserDma *
hvn_vfio_user_dma_new(HvnDispatcher *dispatcher, const HvnVfioUserDmaOps *ops, gpointer data, guint32 max_transfer)
{
    HvnVfioUserDma *self = g_new0(HvnVfioUserDma, 1);

    self->ops = ops;
    self->data = data;
    self->max_transfer = MIN(max_transfer, HVN_VFIO_USER_MAX_DATA);
    self->chunks = g_ptr_array_new_with_free_func(hvn_vfio_user_dma_free_chunk);
    self->requests = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    self->loans = g_array_new(FALSE, FALSE, sizeof(Loan));
    g_array_set_clear_func(self->loans, hvn_vfio_user_dma_clear_loan);
    hvn_work_init(&self->arrived, dispatcher, hvn_vfio_user_dma_run_arrived, self);
    hvn_timer_init(&self->unused, dispatcher, hvn_vfio_user_dma_unused, self);
    hvn_timer_init(&self->patience, dispatcher, hvn_vfio_user_dma_lost_patience, self);
    return self;
}

void
hvn_vfio_user_dma_free(HvnVfioUserDma *self)
{
    if (self == NULL)
        return;
    hvn_work_cancel(&self->arrived);
    hvn_timer_cancel(&self->unused);
    hvn_timer_cancel(&self->patience);
    g_queue_clear(&self->writes);
    g_hash_table_unref(self->requests);
    g_ptr_array_unref(self->chunks);
    g_array_unref(self->loans);
    g_free(self);
}

/* ---- requests ---- */

static gboolean
hvn_vfio_user_dma_is_congested(const HvnVfioUserDma *self)
{
    return self->unseen_bytes + self->n_loan_bytes > MAX_UNSEEN_BYTES || self->writes.length > MAX_UNSEEN_WRITES;
}

/* who waits tries again when nothing is on its way that could still help */
static void
hvn_vfio_user_dma_wake(HvnVfioUserDma *self)
{
    if (!self->waiting || self->n_wanted > 0 || hvn_vfio_user_dma_is_congested(self) ||
        g_hash_table_size(self->requests) >= HVN_VFIO_USER_DMA_MAX_REQUESTS)
        return;
    self->waiting = FALSE;
    hvn_work_schedule(&self->arrived);
}

static Request *
hvn_vfio_user_dma_ask(HvnVfioUserDma *self, guint16 command, guint64 addr, guint32 len, gconstpointer bytes)
{
    struct {
        HvnVfioUserHeader header;
        guint64           addr;
        guint64           count;
    } message = {{.command = command}, addr, len};
    const guint32 nothing = 0;
    gboolean      old = self->data_offset == OFFSET_DATA_OLD;
    Request      *request = g_new0(Request, 1);

    while (g_hash_table_contains(self->requests, GUINT_TO_POINTER(self->next_id)))
        self->next_id++;
    *request = (Request){.id = self->next_id++, .command = command, .addr = addr, .len = len};
    g_hash_table_insert(self->requests, GUINT_TO_POINTER(request->id), request);
    message.header.id = request->id;
    message.header.size = sizeof message + (bytes != NULL ? len : 0);
    self->ops->send(self->data, &message, bytes != NULL && old ? sizeof message - sizeof nothing : sizeof message);
    if (bytes != NULL) {
        self->ops->send(self->data, bytes, len);
        if (old)
            self->ops->send(self->data, &nothing, sizeof nothing);
    }
    if (!hvn_timer_is_armed(&self->patience))
        hvn_timer_arm_after(&self->patience, PATIENCE_NS);
    return request;
}

/* ---- chunks ---- */

/* the first chunk that ends behind @addr */
static guint
hvn_vfio_user_dma_search(const HvnVfioUserDma *self, guint64 addr)
{
    guint low = 0, high = self->chunks->len;

    while (low < high) {
        guint        middle = low + (high - low) / 2;
        const Chunk *chunk = g_ptr_array_index(self->chunks, middle);

        if (chunk->addr + (chunk->len - 1) < addr)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static Request *
hvn_vfio_user_dma_find_request(HvnVfioUserDma *self, const Chunk *chunk)
{
    GHashTableIter iter;
    gpointer       value;

    g_hash_table_iter_init(&iter, self->requests);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (((Request *)value)->chunk == chunk)
            return value;
    }
    return NULL;
}

static void
hvn_vfio_user_dma_drop(HvnVfioUserDma *self, guint index)
{
    Chunk *chunk = g_ptr_array_index(self->chunks, index);

    if (chunk->state == CHUNK_ASKED) {
        hvn_vfio_user_dma_find_request(self, chunk)->chunk = NULL; /* its answer is for nobody */
        self->n_wanted--;
    }
    self->n_chunk_bytes -= chunk->len;
    g_ptr_array_remove_index(self->chunks, index);
}

void
hvn_vfio_user_dma_forget(HvnVfioUserDma *self, guint64 addr, guint64 len)
{
    guint64 last = len == 0 ? G_MAXUINT64 : addr + (len - 1);

    for (guint i = self->chunks->len; i-- > 0;) {
        const Chunk *chunk = g_ptr_array_index(self->chunks, i);

        if (chunk->addr <= last && chunk->addr + (chunk->len - 1) >= addr)
            hvn_vfio_user_dma_drop(self, i);
    }
    hvn_vfio_user_dma_wake(self);
}

/* asks for @len bytes that no chunk has, the first of which would be chunk @index */
static void
hvn_vfio_user_dma_fetch(HvnVfioUserDma *self, guint index, guint64 addr, gsize len)
{
    while (len > 0) {
        guint32 piece = MIN(len, self->max_transfer);
        Chunk  *chunk;

        if (hvn_vfio_user_dma_is_congested(self) || self->chunks->len >= MAX_CHUNKS || self->n_chunk_bytes + piece > MAX_CHUNK_BYTES ||
            g_hash_table_size(self->requests) >= HVN_VFIO_USER_DMA_MAX_REQUESTS) {
            self->refused_room = TRUE;
            return;
        }
        chunk = g_new0(Chunk, 1);
        *chunk = (Chunk){.addr = addr, .len = piece};
        hvn_vfio_user_dma_ask(self, HVN_VFIO_USER_DMA_READ, addr, piece, NULL)->chunk = chunk;
        g_ptr_array_insert(self->chunks, index++, chunk);
        self->n_chunk_bytes += piece;
        self->n_wanted++;
        addr += piece;
        len -= piece;
    }
}

static void
hvn_vfio_user_dma_send_loans(HvnVfioUserDma *self);

HvnVfioUserDmaResult
hvn_vfio_user_dma_map(HvnVfioUserDma *self, guint64 addr, gsize len, struct iovec *iov, guint n_iov, guint *used)
{
    HvnVfioUserDmaResult result = HVN_VFIO_USER_DMA_DONE;

    *used = 0;
    if (len > HVN_VFIO_USER_DMA_MAX_LEN)
        return HVN_VFIO_USER_DMA_FAILED;
    if (self->loans->len > 0)
        hvn_vfio_user_dma_send_loans(self); /* what was written before is read back */
    while (len > 0) {
        guint  index = hvn_vfio_user_dma_search(self, addr);
        Chunk *chunk = index < self->chunks->len ? g_ptr_array_index(self->chunks, index) : NULL;
        gsize  piece = len;

        if (chunk != NULL && chunk->addr <= addr) {
            piece = MIN(len, chunk->len - (addr - chunk->addr));
            if (chunk->state == CHUNK_REFUSED || (chunk->state == CHUNK_HERE && *used == n_iov))
                return HVN_VFIO_USER_DMA_FAILED;
            if (chunk->state == CHUNK_HERE)
                iov[(*used)++] = (struct iovec){chunk->bytes + (addr - chunk->addr), piece};
            else
                result = HVN_VFIO_USER_DMA_PENDING;
            chunk->used |= chunk->state == CHUNK_HERE;
        } else {
            piece = chunk != NULL ? MIN(len, chunk->addr - addr) : len;
            hvn_vfio_user_dma_fetch(self, index, addr, piece);
            result = HVN_VFIO_USER_DMA_PENDING;
        }
        addr += piece;
        len -= piece;
    }
    self->missed |= result == HVN_VFIO_USER_DMA_PENDING;
    return result;
}

/* ---- writes ---- */

/* what was read before shows it from now on; what is on its way does not, and is of no use */
static void
hvn_vfio_user_dma_patch(HvnVfioUserDma *self, guint64 addr, const guint8 *bytes, gsize len)
{
    for (guint i = hvn_vfio_user_dma_search(self, addr); i < self->chunks->len; i++) {
        Chunk  *chunk = g_ptr_array_index(self->chunks, i);
        guint64 from = MAX(addr, chunk->addr), to = MIN(addr + len, chunk->addr + chunk->len);

        if (chunk->addr >= addr + len)
            return;
        if (chunk->state == CHUNK_HERE)
            memcpy(chunk->bytes + (from - chunk->addr), bytes + (from - addr), to - from);
        else
            chunk->stale = TRUE;
    }
}

static void
hvn_vfio_user_dma_send_write(HvnVfioUserDma *self, guint64 addr, const guint8 *bytes, gsize len)
{
    hvn_vfio_user_dma_patch(self, addr, bytes, len);
    self->wrote = TRUE;
    while (len > 0) {
        guint32 piece = MIN(len, self->max_transfer);

        g_queue_push_tail(&self->writes, hvn_vfio_user_dma_ask(self, HVN_VFIO_USER_DMA_WRITE, addr, piece, bytes));
        self->n_writes++;
        self->unseen_bytes += piece;
        addr += piece;
        bytes += piece;
        len -= piece;
    }
}

static void
hvn_vfio_user_dma_send_loans(HvnVfioUserDma *self)
{
    for (guint i = 0; i < self->loans->len; i++) {
        const Loan *loan = &g_array_index(self->loans, Loan, i);

        hvn_vfio_user_dma_send_write(self, loan->addr, loan->bytes, loan->len);
    }
    g_array_set_size(self->loans, 0);
    self->n_loan_bytes = 0;
}

HvnVfioUserDmaResult
hvn_vfio_user_dma_lend(HvnVfioUserDma *self, guint64 addr, gsize len, guint8 **bytes)
{
    Loan loan = {.addr = addr, .len = len};

    if (len > HVN_VFIO_USER_DMA_MAX_LEN)
        return HVN_VFIO_USER_DMA_FAILED;
    if (hvn_vfio_user_dma_is_congested(self)) {
        self->missed = self->refused_room = TRUE;
        return HVN_VFIO_USER_DMA_PENDING;
    }
    *bytes = loan.bytes = g_malloc0(len);
    g_array_append_val(self->loans, loan);
    self->n_loan_bytes += len;
    return HVN_VFIO_USER_DMA_DONE;
}

void
hvn_vfio_user_dma_write(HvnVfioUserDma *self, guint64 addr, gconstpointer bytes, gsize len)
{
    hvn_vfio_user_dma_send_loans(self);
    hvn_vfio_user_dma_send_write(self, addr, bytes, len);
}

guint64
hvn_vfio_user_dma_get_writes(const HvnVfioUserDma *self, gboolean seen)
{
    return seen ? self->n_writes - self->writes.length : self->n_writes;
}

gboolean
hvn_vfio_user_dma_is_behind(const HvnVfioUserDma *self)
{
    return self->writes.length > 0 || self->loans->len > 0;
}

void
hvn_vfio_user_dma_wake_when_seen(HvnVfioUserDma *self)
{
    self->wake_when_seen = TRUE;
}

/* ---- transactions ---- */

gboolean
hvn_vfio_user_dma_is_pending(const HvnVfioUserDma *self)
{
    return self->missed;
}

void
hvn_vfio_user_dma_release(HvnVfioUserDma *self)
{
    gboolean again = self->missed;

    hvn_vfio_user_dma_send_loans(self);
    for (guint i = self->chunks->len; i-- > 0;) {
        Chunk *chunk = g_ptr_array_index(self->chunks, i);

        if (chunk->used && (!self->missed || self->wrote))
            hvn_vfio_user_dma_drop(self, i);
        else
            chunk->used = FALSE;
    }
    /* full of what others read: with nothing on its way nobody could go on */
    if (self->refused_room && self->n_wanted == 0)
        hvn_vfio_user_dma_forget(self, 0, 0);
    self->missed = self->wrote = self->refused_room = FALSE;
    self->waiting |= again;
    hvn_vfio_user_dma_wake(self);
}

/* ---- answers ---- */

/* QEMU 10.1 and 10.2 count in 32 bits, and put the data right behind, where QEMU 11 and the specification have the upper half of a 64-bit
 * count. A length of 12 bytes and the data would tell; but theirs is that of the padded structure, 16 bytes and the data, the same as the
 * right one. Then the bytes do: an upper half that is not 0 is data, and data whose last four bytes are not 0 stands where it should, as
 * theirs ends four bytes early. Until one of these is seen the layout is the right one: a NIC reads a ring before it writes anything, and
 * its first descriptor begins with an address. */
static guint
hvn_vfio_user_dma_learn_layout(HvnVfioUserDma *self, const Request *request, const guint8 *payload, gsize len)
{
    const guint8 zeros[4] = {0};

    if (len == OFFSET_DATA_OLD + (gsize)request->len)
        return self->data_offset = OFFSET_DATA_OLD;
    if (len != OFFSET_DATA + (gsize)request->len)
        return 0;
    if (self->data_offset == 0 && memcmp(payload + OFFSET_DATA_OLD, zeros, sizeof zeros) != 0)
        self->data_offset = OFFSET_DATA_OLD;
    else if (self->data_offset == 0 && request->len >= 4 && memcmp(payload + len - 4, zeros, sizeof zeros) != 0)
        self->data_offset = OFFSET_DATA;
    return self->data_offset != 0 ? self->data_offset : OFFSET_DATA;
}

static const guint8 *
hvn_vfio_user_dma_get_data(HvnVfioUserDma *self, const Request *request, const HvnVfioUserHeader *header, const guint8 *payload, gsize len)
{
    guint   offset;
    guint64 addr;
    guint32 count;

    if (header->command != request->command || (header->flags & HVN_VFIO_USER_FLAG_ERROR) != 0 || len < OFFSET_DATA_OLD)
        return NULL;
    memcpy(&addr, payload, sizeof addr);
    memcpy(&count, payload + sizeof addr, sizeof count);
    if (addr != request->addr || count != request->len)
        return NULL;
    offset = hvn_vfio_user_dma_learn_layout(self, request, payload, len);
    return offset != 0 ? payload + offset : NULL;
}

static void
hvn_vfio_user_dma_trouble(HvnVfioUserDma *self, const Request *request, const HvnVfioUserHeader *header)
{
    g_autofree char *text =
        g_strdup_printf("the client did not %s %u bytes at 0x%" G_GINT64_MODIFIER "x as it was asked to: %s",
                        request->command == HVN_VFIO_USER_DMA_READ ? "read" : "write", request->len, request->addr,
                        (header->flags & HVN_VFIO_USER_FLAG_ERROR) != 0 ? g_strerror(header->error) : "an answer of another form");

    self->ops->trouble(self->data, text);
}

static void
hvn_vfio_user_dma_answer_read(HvnVfioUserDma *self, Request *request, const HvnVfioUserHeader *header, const guint8 *payload, gsize len)
{
    const guint8 *bytes = hvn_vfio_user_dma_get_data(self, request, header, payload, len);
    Chunk        *chunk = request->chunk;

    if (bytes == NULL)
        hvn_vfio_user_dma_trouble(self, request, header);
    if (chunk == NULL)
        return;
    if (chunk->stale && bytes != NULL) {
        hvn_vfio_user_dma_drop(self, hvn_vfio_user_dma_search(self, chunk->addr));
        return;
    }
    self->n_wanted--;
    request->chunk = NULL;
    chunk->state = bytes != NULL ? CHUNK_HERE : CHUNK_REFUSED;
    if (bytes != NULL)
        chunk->bytes = g_memdup2(bytes, chunk->len);
}

/* answers may come in any order; what is seen is all up to the first write without one */
static void
hvn_vfio_user_dma_answer_write(HvnVfioUserDma *self, Request *request, const HvnVfioUserHeader *header)
{
    Request *oldest;

    if (header->command != request->command || (header->flags & HVN_VFIO_USER_FLAG_ERROR) != 0)
        hvn_vfio_user_dma_trouble(self, request, header);
    request->done = TRUE;
    while ((oldest = g_queue_peek_head(&self->writes)) != NULL && oldest->done) {
        g_queue_pop_head(&self->writes);
        self->unseen_bytes -= oldest->len;
        g_hash_table_remove(self->requests, GUINT_TO_POINTER(oldest->id));
    }
    self->ops->seen(self->data);
    if (self->wake_when_seen) {
        self->wake_when_seen = FALSE;
        hvn_work_schedule(&self->arrived);
    }
}

void
hvn_vfio_user_dma_answer(HvnVfioUserDma *self, const HvnVfioUserHeader *header, const guint8 *payload, gsize len)
{
    Request *request = g_hash_table_lookup(self->requests, GUINT_TO_POINTER(header->id));

    if (request == NULL || request->done)
        return;
    if (request->command == HVN_VFIO_USER_DMA_WRITE) {
        hvn_vfio_user_dma_answer_write(self, request, header);
    } else {
        hvn_vfio_user_dma_answer_read(self, request, header, payload, len);
        g_hash_table_remove(self->requests, GUINT_TO_POINTER(header->id));
    }
    hvn_timer_cancel(&self->patience);
    if (g_hash_table_size(self->requests) > 0)
        hvn_timer_arm_after(&self->patience, PATIENCE_NS);
    hvn_vfio_user_dma_wake(self);
}
