/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer target for virtqueues: the input is a layout and a program of writes to guest memory and of what a device does.
 *
 *   features, size (2 bytes), then op (1 byte), operands -> 0, 1 memory, 2 pop and push, 3 pop and rewind, 4 want kick, 5 mute,
 *   6 stop and start (1 byte: with a journal, from it as after a kill, or from one that the input has changed), 7 a good chain */
#include "hvn-bytes.h"
#include "hvn-guest-memory.h"
#include "hvn-iov.h"
#include "hvn-virtqueue.h"

#define RAM    (1u << 16)
#define DESC   0x0000u
#define DRIVER 0x4000u
#define DEVICE 0x5000u
#define DATA   0x8000u

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

typedef struct {
    const guint8      *data;
    gsize              len;
    guint8            *ram;
    HvnGuestMemory    *memory;
    HvnVirtqueueOps    ops;
    HvnVirtqueue       queue;
    HvnVirtqueueLayout layout;
    HvnVirtqueueBatch  batch;
    HvnVirtqueueJournal journal;
    guint16            offered;
} Fuzz;

static guint32
take(Fuzz *f, guint n)
{
    guint32 value = 0;

    for (guint i = 0; i < n && f->len > 0; i++, f->data++, f->len--)
        value |= (guint32)*f->data << 8 * i;
    return value;
}

static guint
map(gpointer data, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    return hvn_guest_memory_map(((Fuzz *)data)->memory, addr, len, write, iov, n_iov);
}

/* every byte that is told dirty must be ours */
static void
dirty(gpointer data, gconstpointer host, gsize len)
{
    Fuzz *f = data;

    g_assert((const guint8 *)host >= f->ram && len <= RAM && (const guint8 *)host + len <= f->ram + RAM);
}

static void
notify(gpointer data, guint index)
{
}

static void
write_memory(Fuzz *f)
{
    guint32 at = take(f, 2);
    gsize len = take(f, 1) & 31;

    len = MIN(MIN(len, f->len), RAM - at);
    memcpy(f->ram + at, f->data, len);
    f->data += len;
    f->len -= len;
}

/* reads all that may be read, writes all that may be written */
static void
use_chain(Fuzz *f, const HvnVirtqueueChain *chain, guint8 value)
{
    guint8 sum = value;

    g_assert(hvn_iov_size(chain->out, chain->n_out) == chain->out_len && hvn_iov_size(chain->in, chain->n_in) == chain->in_len);
    for (guint i = 0; i < chain->n_out; i++) {
        for (gsize k = 0; k < chain->out[i].iov_len; k += 97)
            sum += ((const guint8 *)chain->out[i].iov_base)[k];
    }
    for (guint i = 0; i < chain->n_in; i++)
        memset(chain->in[i].iov_base, sum, chain->in[i].iov_len);
}

static void
run_device(Fuzz *f, guint8 op)
{
    guint max = 1 + take(f, 1) % HVN_VIRTQUEUE_BATCH_MAX, n;

    if (!hvn_virtqueue_begin(&f->queue))
        return;
    n = hvn_virtqueue_pop(&f->queue, &f->batch, max);
    for (guint i = 0; i < n; i++) {
        use_chain(f, &f->batch.chains[i], op);
        hvn_virtqueue_push(&f->queue, &f->batch.chains[i], f->batch.chains[i].in_len);
    }
    if (op == 3 && n > 0)
        hvn_virtqueue_rewind(&f->queue, &f->batch.chains[max % n]);
    if (op == 4)
        hvn_virtqueue_want_kick(&f->queue);
    if (op == 5)
        hvn_virtqueue_mute_kicks(&f->queue);
    hvn_virtqueue_end(&f->queue);
}

static void
restart(Fuzz *f)
{
    guint32 state = hvn_virtqueue_stop(&f->queue);
    guint how = take(f, 1) & 3;
    gboolean started;

    if (how == 3)
        for (guint i = 0; i < 16; i++)
            ((guint8 *)&f->journal)[i] = take(f, 1);
    if (how == 1)
        started = hvn_virtqueue_start_journaled(&f->queue, &f->layout, state, &f->journal, NULL);
    else if (how >= 2)
        started = hvn_virtqueue_resume(&f->queue, &f->layout, &f->journal, NULL);
    else
        started = hvn_virtqueue_start(&f->queue, &f->layout, state, NULL);
    if (!started)
        hvn_virtqueue_start(&f->queue, &f->layout, hvn_virtqueue_initial_state(f->layout.features), NULL);
}

/* so that the input need not find one */
static void
offer(Fuzz *f)
{
    guint slot = f->offered % f->layout.size;
    guint8 *desc = f->ram + DESC + slot * 16;

    hvn_store_le64(desc, DATA + slot * 64);
    hvn_store_le32(desc + 8, 1 + take(f, 1));
    if (f->layout.features & HVN_VIRTIO_F_RING_PACKED) {
        hvn_store_le16(desc + 12, slot);
        hvn_store_le16(desc + 14, f->offered / f->layout.size % 2 == 0 ? 0x80 : 0x8000);
    } else {
        hvn_store_le16(desc + 12, slot % 2 == 0 ? 2 : 0);
        hvn_store_le16(f->ram + DRIVER + 4 + slot * 2, slot);
        hvn_store_le16(f->ram + DRIVER + 2, f->offered + 1);
    }
    f->offered++;
}

static void
run(Fuzz *f)
{
    while (f->len > 0 && f->queue.kind != NULL) {
        guint8 op = take(f, 1) & 7;

        if (op < 2)
            write_memory(f);
        else if (op == 6)
            restart(f);
        else if (op == 7)
            offer(f);
        else
            run_device(f, op);
    }
}

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
    static const guint64 bits[] = {HVN_VIRTIO_F_INDIRECT_DESC, HVN_VIRTIO_F_EVENT_IDX, HVN_VIRTIO_F_RING_PACKED};
    g_autofree Fuzz *f = g_new0(Fuzz, 1);
    guint8 features;

    f->data = data;
    f->len = size;
    f->ram = g_malloc0(RAM);
    f->memory = hvn_guest_memory_new();
    hvn_guest_memory_add(f->memory, 0, RAM, f->ram, TRUE, NULL);
    f->ops = (HvnVirtqueueOps){.map = map, .dirty = dirty, .notify = notify};
    features = take(f, 1);
    for (guint i = 0; i < G_N_ELEMENTS(bits); i++)
        f->layout.features |= features & 1u << i ? bits[i] : 0;
    f->layout.size = 1 + take(f, 2) % HVN_VIRTQUEUE_SIZE_MAX;
    f->layout.areas[HVN_VIRTQUEUE_DESC].addr = DESC;
    f->layout.areas[HVN_VIRTQUEUE_DRIVER].addr = DRIVER;
    f->layout.areas[HVN_VIRTQUEUE_DEVICE].addr = DEVICE;
    hvn_virtqueue_init(&f->queue, 0, &f->ops, f);
    if (hvn_virtqueue_start(&f->queue, &f->layout, hvn_virtqueue_initial_state(f->layout.features), NULL))
        run(f);
    hvn_virtqueue_clear(&f->queue);
    hvn_guest_memory_free(f->memory);
    g_free(f->ram);
    return 0;
}
