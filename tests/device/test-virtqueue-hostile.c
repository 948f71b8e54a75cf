/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a hostile driver writes into a virtqueue: each case makes the queue broken, with its reason, and nothing else happens. */
#include "hvn-virtqueue.h"

#include "hvn-bytes.h"
#include "hvn-guest-memory.h"
#include "hvn-test-virtqueue.h"

#define RAM     (1024 * 1024)
#define BUFFERS (512 * 1024)
#define SIZE    16

#define NEXT     1
#define WRITE    2
#define INDIRECT 4
#define AVAIL    0x80 /* of a packed descriptor on the first turn */

typedef struct {
    guint8           *ram;
    HvnGuestMemory   *memory;
    HvnVirtqueue      queue;
    HvnVirtqueueBatch batch;
    HvnTestVirtqueue  driver;
    guint             n_broken;
} Fixture;

static guint
map(gpointer data, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    return hvn_guest_memory_map(((Fixture *)data)->memory, addr, len, write, iov, n_iov);
}

static void
notify(gpointer data, guint index)
{
}

static void
broken(gpointer data, guint index, const char *reason)
{
    ((Fixture *)data)->n_broken++;
}

static const HvnVirtqueueOps ops = {.map = map, .notify = notify, .broken = broken};

static void
fixture_init(Fixture *f, guint64 features)
{
    HvnVirtqueueLayout layout = {.size = SIZE, .features = features};
    g_autoptr(GError) error = NULL;

    memset(f, 0, sizeof *f);
    f->ram = g_malloc0(RAM);
    f->memory = hvn_guest_memory_new();
    hvn_guest_memory_add(f->memory, 0, RAM, f->ram, TRUE, &error);
    hvn_test_virtqueue_init(&f->driver, f->ram, 4096, SIZE, features);
    hvn_virtqueue_init(&f->queue, 0, &ops, f);
    layout.areas[HVN_VIRTQUEUE_DESC].addr = f->driver.desc;
    layout.areas[HVN_VIRTQUEUE_DRIVER].addr = f->driver.driver;
    layout.areas[HVN_VIRTQUEUE_DEVICE].addr = f->driver.device;
    hvn_virtqueue_start(&f->queue, &layout, hvn_virtqueue_initial_state(features), &error);
    g_assert_no_error(error);
}

static void
fixture_clear(Fixture *f)
{
    hvn_virtqueue_clear(&f->queue);
    hvn_guest_memory_free(f->memory);
    g_free(f->ram);
}

typedef struct {
    guint64     addr;
    guint32     len;
    guint16     flags;
    guint16     next; /* split */
} Desc;

static void
write_desc(Fixture *f, guint64 table, guint i, const Desc *desc)
{
    gboolean packed = (f->driver.features & HVN_VIRTIO_F_RING_PACKED) != 0;
    guint8 *at = f->ram + table + i * 16;

    hvn_store_le64(at, desc->addr);
    hvn_store_le32(at + 8, desc->len);
    hvn_store_le16(at + (packed ? 14 : 12), desc->flags);
    hvn_store_le16(at + (packed ? 12 : 14), desc->next);
}

/* offers what stands at descriptor @head */
static void
offer_split(Fixture *f, guint16 head, guint16 index)
{
    hvn_store_le16(f->ram + f->driver.driver + 4, head);
    hvn_store_le16(f->ram + f->driver.driver + 2, index);
}

static void
expect_broken(Fixture *f, const char *part)
{
    g_assert_true(hvn_virtqueue_begin(&f->queue));
    g_assert_cmpuint(hvn_virtqueue_pop(&f->queue, &f->batch, 64), ==, 0);
    hvn_virtqueue_end(&f->queue);
    g_assert_nonnull(hvn_virtqueue_get_broken(&f->queue));
    if (strstr(hvn_virtqueue_get_broken(&f->queue), part) == NULL)
        g_error("\"%s\" does not say \"%s\"", hvn_virtqueue_get_broken(&f->queue), part);
    g_assert_cmpuint(f->n_broken, ==, 1);
    g_assert_false(hvn_virtqueue_begin(&f->queue));
    g_assert_cmpuint(f->n_broken, ==, 1);
}

typedef struct {
    const char *part; /* of the reason */
    Desc        descs[4];
    Desc        table[4]; /* at TABLE */
    guint64     features;
} Case;

#define TABLE (256 * 1024)

static const Case split_cases[] = {
    {"loop of descriptors", {{BUFFERS, 8, NEXT, 1}, {BUFFERS, 8, NEXT, 0}}},
    {"loop of descriptors", {{BUFFERS, 8, NEXT, 0}}},
    {"next descriptor beyond", {{BUFFERS, 8, NEXT, SIZE}}},
    {"next descriptor beyond", {{BUFFERS, 8, NEXT, 0xffff}}},
    {"0 bytes", {{BUFFERS, 0, 0, 0}}},
    {"read behind", {{BUFFERS, 8, NEXT | WRITE, 1}, {BUFFERS, 8, 0, 0}}},
    {"not guest memory", {{RAM, 8, 0, 0}}},
    {"not guest memory", {{RAM - 4, 8, 0, 0}}},
    {"not guest memory", {{G_MAXUINT64 - 3, 8, 0, 0}}},
    {"not guest memory", {{0, G_MAXUINT32, 0, 0}}},
    {"without the feature", {{TABLE, 16, INDIRECT, 0}}, {{BUFFERS, 8, 0, 0}}, 0},
    {"next one", {{TABLE, 16, INDIRECT | NEXT, 1}}, {{BUFFERS, 8, 0, 0}}, HVN_VIRTIO_F_INDIRECT_DESC},
    {"length", {{TABLE, 17, INDIRECT, 0}}, {{BUFFERS, 8, 0, 0}}, HVN_VIRTIO_F_INDIRECT_DESC},
    {"length", {{TABLE, 0, INDIRECT, 0}}, {{BUFFERS, 8, 0, 0}}, HVN_VIRTIO_F_INDIRECT_DESC},
    {"length", {{TABLE, 0xfffffff0, INDIRECT, 0}}, {{BUFFERS, 8, 0, 0}}, HVN_VIRTIO_F_INDIRECT_DESC},
    {"not in guest memory", {{RAM, 16, INDIRECT, 0}}, {{BUFFERS, 8, 0, 0}}, HVN_VIRTIO_F_INDIRECT_DESC},
    {"within another", {{TABLE, 16, INDIRECT, 0}}, {{TABLE, 16, INDIRECT, 0}}, HVN_VIRTIO_F_INDIRECT_DESC},
    {"loop of descriptors in", {{TABLE, 32, INDIRECT, 0}}, {{BUFFERS, 8, NEXT, 1}, {BUFFERS, 8, NEXT, 0}},
     HVN_VIRTIO_F_INDIRECT_DESC},
    {"beyond its table", {{TABLE, 32, INDIRECT, 0}}, {{BUFFERS, 8, NEXT, 2}}, HVN_VIRTIO_F_INDIRECT_DESC},
    {"read behind", {{BUFFERS, 8, NEXT | WRITE, 1}, {TABLE, 16, INDIRECT, 0}}, {{BUFFERS, 8, 0, 0}}, HVN_VIRTIO_F_INDIRECT_DESC},
};

static void
test_split(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(split_cases); i++) {
        const Case *c = &split_cases[i];
        Fixture f;

        fixture_init(&f, HVN_VIRTIO_F_VERSION_1 | c->features);
        for (guint k = 0; k < 4; k++) {
            write_desc(&f, f.driver.desc, k, &c->descs[k]);
            write_desc(&f, TABLE, k, &c->table[k]);
        }
        offer_split(&f, 0, 1);
        expect_broken(&f, c->part);
        fixture_clear(&f);
    }
}

static const Case packed_cases[] = {
    {"0 bytes", {{BUFFERS, 0, AVAIL, 0}}},
    {"read behind", {{BUFFERS, 8, AVAIL | NEXT | WRITE, 0}, {BUFFERS, 8, AVAIL, 0}}},
    {"not guest memory", {{RAM - 4, 8, AVAIL, 0}}},
    {"without the feature", {{TABLE, 16, AVAIL | INDIRECT, 0}}, {{BUFFERS, 8, 0, 0}}, 0},
    {"next one", {{TABLE, 16, AVAIL | INDIRECT | NEXT, 0}}, {{BUFFERS, 8, 0, 0}}, HVN_VIRTIO_F_INDIRECT_DESC},
    {"length", {{TABLE, 8, AVAIL | INDIRECT, 0}}, {{BUFFERS, 8, 0, 0}}, HVN_VIRTIO_F_INDIRECT_DESC},
    {"length", {{TABLE, 1025 * 16, AVAIL | INDIRECT, 0}}, {{BUFFERS, 8, 0, 0}}, HVN_VIRTIO_F_INDIRECT_DESC},
    {"within another", {{TABLE, 16, AVAIL | INDIRECT, 0}}, {{TABLE, 16, INDIRECT, 0}}, HVN_VIRTIO_F_INDIRECT_DESC},
    {"not guest memory", {{TABLE, 32, AVAIL | INDIRECT, 0}}, {{BUFFERS, 8, 0, 0}, {RAM, 1, 0, 0}}, HVN_VIRTIO_F_INDIRECT_DESC},
};

static void
test_packed(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(packed_cases); i++) {
        const Case *c = &packed_cases[i];
        Fixture f;

        fixture_init(&f, HVN_VIRTIO_F_VERSION_1 | HVN_VIRTIO_F_RING_PACKED | c->features);
        for (guint k = 0; k < 4; k++) {
            write_desc(&f, f.driver.desc, k, &c->descs[k]);
            write_desc(&f, TABLE, k, &c->table[k]);
        }
        expect_broken(&f, c->part);
        fixture_clear(&f);
    }
}

/* a chain that goes round the ring, and one that uses descriptors which the device still has */
static void
test_packed_endless(void)
{
    Fixture f;
    Desc more = {BUFFERS, 8, AVAIL | NEXT, 0}, end = {BUFFERS, 8, AVAIL, 0};

    fixture_init(&f, HVN_VIRTIO_F_VERSION_1 | HVN_VIRTIO_F_RING_PACKED);
    for (guint i = 0; i < SIZE; i++)
        write_desc(&f, f.driver.desc, i, &more);
    expect_broken(&f, "longer than the ring");
    fixture_clear(&f);

    fixture_init(&f, HVN_VIRTIO_F_VERSION_1 | HVN_VIRTIO_F_RING_PACKED);
    for (guint i = 0; i < SIZE; i++)
        write_desc(&f, f.driver.desc, i, &end);
    g_assert_true(hvn_virtqueue_begin(&f.queue));
    g_assert_cmpuint(hvn_virtqueue_pop(&f.queue, &f.batch, SIZE), ==, SIZE);
    end.flags = 0x8000; /* the next turn's mark, before the device gave anything back */
    for (guint i = 0; i < SIZE; i++)
        write_desc(&f, f.driver.desc, i, &end);
    g_assert_cmpuint(hvn_virtqueue_pop(&f.queue, &f.batch, SIZE), ==, 0);
    hvn_virtqueue_end(&f.queue);
    fixture_clear(&f);
}

static void
test_indexes(void)
{
    static const struct {
        guint16 head;
        guint16 index;
        const char *part;
    } cases[] = {
        {SIZE, 1, "head beyond"}, {0xffff, 1, "head beyond"}, {0, SIZE + 1, "ran away"},
        {0, 0xffff, "ran away"},  {0, 0x8000, "ran away"},
    };
    Desc good = {BUFFERS, 8, 0, 0};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture f;

        fixture_init(&f, HVN_VIRTIO_F_VERSION_1);
        write_desc(&f, f.driver.desc, 0, &good);
        offer_split(&f, cases[i].head, cases[i].index);
        expect_broken(&f, cases[i].part);
        fixture_clear(&f);
    }
}

/* the same head again and again: the device never has more chains than the ring has places (CVE-2016-5403) */
static void
test_same_head(void)
{
    Desc good = {BUFFERS, 8, 0, 0};
    guint total = 0;
    Fixture f;

    fixture_init(&f, HVN_VIRTIO_F_VERSION_1);
    write_desc(&f, f.driver.desc, 0, &good);
    memset(f.ram + f.driver.driver + 4, 0, 2 * SIZE);
    hvn_store_le16(f.ram + f.driver.driver + 2, SIZE);
    g_assert_true(hvn_virtqueue_begin(&f.queue));
    total += hvn_virtqueue_pop(&f.queue, &f.batch, 64);
    g_assert_cmpuint(total, ==, SIZE);
    hvn_store_le16(f.ram + f.driver.driver + 2, SIZE + 4); /* without having got one back */
    g_assert_cmpuint(hvn_virtqueue_pop(&f.queue, &f.batch, 64), ==, 0);
    g_assert_nonnull(hvn_virtqueue_get_broken(&f.queue));
    hvn_virtqueue_end(&f.queue);
    fixture_clear(&f);
}

/* chains before the bad one are given, and can be given back */
static void
test_good_before_bad(void)
{
    HvnTestPiece good = {BUFFERS, 64}, bad = {RAM, 64};
    guint cookie;
    guint32 len;
    Fixture f;

    fixture_init(&f, HVN_VIRTIO_F_VERSION_1);
    hvn_test_virtqueue_add(&f.driver, &good, 0, 1, FALSE, 1);
    hvn_test_virtqueue_add(&f.driver, &bad, 0, 1, FALSE, 2);
    g_assert_true(hvn_virtqueue_begin(&f.queue));
    g_assert_cmpuint(hvn_virtqueue_pop(&f.queue, &f.batch, 64), ==, 1);
    g_assert_nonnull(hvn_virtqueue_get_broken(&f.queue));
    hvn_virtqueue_push(&f.queue, &f.batch.chains[0], 64);
    hvn_virtqueue_flush(&f.queue);
    g_assert_false(hvn_virtqueue_want_kick(&f.queue));
    hvn_virtqueue_end(&f.queue);
    g_assert_true(hvn_test_virtqueue_get(&f.driver, &cookie, &len));
    g_assert_cmpuint(cookie, ==, 1);
    g_assert_false(hvn_test_virtqueue_get(&f.driver, &cookie, &len));
    fixture_clear(&f);
}

/* the longest chain there can be: its table of 1024 entries fits a batch that is empty, and waits when it is not */
static void
test_longest_chain(void)
{
    Desc small = {BUFFERS, 8, 0, 0}, indirect = {TABLE, 1024 * 16, INDIRECT, 0};
    Fixture f;

    fixture_init(&f, HVN_VIRTIO_F_VERSION_1 | HVN_VIRTIO_F_INDIRECT_DESC);
    for (guint i = 0; i < 1024; i++) {
        Desc entry = {BUFFERS + i, 1, i < 1023 ? NEXT : 0, i + 1};

        write_desc(&f, TABLE, i, &entry);
    }
    write_desc(&f, f.driver.desc, 0, &small);
    write_desc(&f, f.driver.desc, 1, &indirect);
    for (guint i = 0; i < 4; i++)
        hvn_store_le16(f.ram + f.driver.driver + 4 + 2 * i, i > 0 ? 1 : 0);
    hvn_store_le16(f.ram + f.driver.driver + 2, 4);
    g_assert_true(hvn_virtqueue_begin(&f.queue));
    g_assert_cmpuint(hvn_virtqueue_pop(&f.queue, &f.batch, 64), ==, 2);
    g_assert_cmpuint(f.batch.chains[1].n_out, ==, 1024);
    g_assert_cmpuint(hvn_virtqueue_pop(&f.queue, &f.batch, 64), ==, 2);
    g_assert_cmpuint(f.batch.chains[1].n_out, ==, 1024);
    hvn_virtqueue_end(&f.queue);
    g_assert_null(hvn_virtqueue_get_broken(&f.queue));
    fixture_clear(&f);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/device/virtqueue/hostile/split", test_split);
    g_test_add_func("/device/virtqueue/hostile/packed", test_packed);
    g_test_add_func("/device/virtqueue/hostile/packed-endless", test_packed_endless);
    g_test_add_func("/device/virtqueue/hostile/indexes", test_indexes);
    g_test_add_func("/device/virtqueue/hostile/same-head", test_same_head);
    g_test_add_func("/device/virtqueue/hostile/good-before-bad", test_good_before_bad);
    g_test_add_func("/device/virtqueue/hostile/longest-chain", test_longest_chain);
    return g_test_run();
}
