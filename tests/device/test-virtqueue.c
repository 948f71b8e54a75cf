/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hvn-virtqueue.c, hvn-virtqueue-split.c and hvn-virtqueue-packed.c against a driver's side of our own: random chains over many
 * turns of the ring, no lost wake-up, state over stop and start, the dirty log, and a transport that must write back. What a
 * hostile driver does is in test-virtqueue-hostile.c. */
#include "hvn-virtqueue.h"

#include "hvn-error.h"
#include "hvn-iov.h"
#include "hvn-guest-memory.h"
#include "hvn-test-virtqueue.h"

#include <string.h>

#define RAM     (4 * 1024 * 1024)
#define BUFFERS (1024 * 1024)

typedef struct {
    guint8            *ram;
    HvnGuestMemory    *memory;
    HvnVirtqueueOps    ops;
    HvnVirtqueue       queue;
    HvnVirtqueueBatch  batch;
    HvnTestVirtqueue   driver;
    guint              n_notified;
    gboolean           interrupted;
    guint              n_released;
    GArray            *dirty; /* guint64: guest addresses, a length behind each */
} Fixture;

static guint
map(gpointer data, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    return hvn_guest_memory_map(((Fixture *)data)->memory, addr, len, write, iov, n_iov);
}

static void
notify(gpointer data, guint index)
{
    Fixture *f = data;

    g_assert_cmpuint(index, ==, 7);
    f->n_notified++;
    f->interrupted = TRUE;
}

static void
dirty(gpointer data, gconstpointer host, gsize len)
{
    Fixture *f = data;
    guint64 entry[2] = {(const guint8 *)host - f->ram, len};

    g_array_append_vals(f->dirty, entry, 2);
}

static void
release(gpointer data)
{
    ((Fixture *)data)->n_released++;
}

static HvnVirtqueueLayout
layout_of(const HvnTestVirtqueue *driver)
{
    return (HvnVirtqueueLayout){
        .size = driver->size,
        .features = driver->features,
        .areas = {{.addr = driver->desc}, {.addr = driver->driver}, {.addr = driver->device}},
    };
}

static Fixture *
fixture_new(guint size, guint64 features)
{
    Fixture *f = g_new0(Fixture, 1);
    HvnVirtqueueLayout layout;
    g_autoptr(GError) error = NULL;

    f->ram = g_malloc0(RAM);
    f->memory = hvn_guest_memory_new();
    f->dirty = g_array_new(FALSE, FALSE, sizeof(guint64));
    f->ops = (HvnVirtqueueOps){.map = map, .notify = notify};
    hvn_guest_memory_add(f->memory, 0, RAM, f->ram, TRUE, &error);
    g_assert_no_error(error);
    hvn_test_virtqueue_init(&f->driver, f->ram, 4096, size, features);
    g_assert_cmpuint(f->driver.end, <=, BUFFERS);
    hvn_virtqueue_init(&f->queue, 7, &f->ops, f);
    layout = layout_of(&f->driver);
    hvn_virtqueue_start(&f->queue, &layout, hvn_virtqueue_initial_state(features), &error);
    g_assert_no_error(error);
    return f;
}

static void
fixture_free(Fixture *f)
{
    hvn_virtqueue_clear(&f->queue);
    hvn_guest_memory_free(f->memory);
    g_array_unref(f->dirty);
    g_free(f->ram);
    g_free(f);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_free)

/* every combination of the ring features, and a size that is no power of two where that is allowed */
static void
for_all(void (*func)(guint size, guint64 features))
{
    static const guint64 bits[] = {0, HVN_VIRTIO_F_EVENT_IDX, HVN_VIRTIO_F_INDIRECT_DESC,
                                   HVN_VIRTIO_F_EVENT_IDX | HVN_VIRTIO_F_INDIRECT_DESC};

    for (guint i = 0; i < G_N_ELEMENTS(bits); i++) {
        func(16, bits[i] | HVN_VIRTIO_F_VERSION_1);
        func(16, bits[i] | HVN_VIRTIO_F_VERSION_1 | HVN_VIRTIO_F_RING_PACKED);
        func(11, bits[i] | HVN_VIRTIO_F_VERSION_1 | HVN_VIRTIO_F_RING_PACKED);
    }
}

/* offers a random chain; its cookie says what it is */
static gboolean
offer(Fixture *f, guint cookie)
{
    guint n_out = cookie % 4, n_in = cookie / 4 % 3;
    gboolean indirect = (f->driver.features & HVN_VIRTIO_F_INDIRECT_DESC) && cookie % 5 < 3;
    HvnTestPiece pieces[8];

    if (n_out + n_in == 0)
        n_out = 1;
    for (guint i = 0; i < n_out + n_in; i++)
        pieces[i] = (HvnTestPiece){BUFFERS + (cookie % 128) * 4096 + i * 512, 1 + (cookie + i * 37) % 512};
    if (!hvn_test_virtqueue_add(&f->driver, pieces, n_out, n_in, indirect, cookie))
        return FALSE;
    memcpy(f->ram + BUFFERS + (cookie % 128) * 4096, &cookie, 1);
    return TRUE;
}

static void
check_chain(Fixture *f, const HvnVirtqueueChain *chain, guint cookie)
{
    guint n_out = cookie % 4, n_in = cookie / 4 % 3;
    gsize out_len = 0, in_len = 0;

    if (n_out + n_in == 0)
        n_out = 1;
    for (guint i = 0; i < n_out + n_in; i++)
        *(i < n_out ? &out_len : &in_len) += 1 + (cookie + i * 37) % 512;
    g_assert_cmpuint(chain->n_out, ==, n_out);
    g_assert_cmpuint(chain->n_in, ==, n_in);
    g_assert_cmpuint(chain->out_len, ==, out_len);
    g_assert_cmpuint(chain->in_len, ==, in_len);
    g_assert_cmpuint(hvn_iov_size(chain->out, n_out), ==, out_len);
    g_assert_cmpuint(hvn_iov_size(chain->in, n_in), ==, in_len);
    g_assert_true((guint8 *)(n_out > 0 ? chain->out : chain->in)[0].iov_base == f->ram + BUFFERS + (cookie % 128) * 4096);
}

/* ---- random chains, with rewinds, over many turns ---- */

/* takes some, gives some back, uses the rest; *next is the cookie of the first chain that the device has not used */
static void
device_turn(Fixture *f, GRand *rand, guint *next)
{
    guint n, keep;

    g_assert_true(hvn_virtqueue_begin(&f->queue));
    n = hvn_virtqueue_pop(&f->queue, &f->batch, g_rand_int_range(rand, 1, HVN_VIRTQUEUE_BATCH_MAX + 1));
    keep = n > 0 ? g_rand_int_range(rand, 0, n + 1) : 0;
    for (guint i = 0; i < n; i++)
        check_chain(f, &f->batch.chains[i], *next + i);
    for (guint i = 0; i < keep; i++)
        hvn_virtqueue_push(&f->queue, &f->batch.chains[i], f->batch.chains[i].in_len);
    if (keep > 0 && g_rand_int_range(rand, 0, 4) == 0) {
        keep = g_rand_int_range(rand, 0, keep); /* also what was pushed can be taken back before the flush */
        hvn_virtqueue_rewind(&f->queue, &f->batch.chains[keep]);
    } else if (keep < n && g_rand_boolean(rand)) {
        hvn_virtqueue_rewind(&f->queue, &f->batch.chains[keep]);
    }
    if (g_rand_boolean(rand))
        hvn_virtqueue_flush(&f->queue);
    hvn_virtqueue_end(&f->queue); /* flushes and rewinds what is left */
    g_assert_null(hvn_virtqueue_get_broken(&f->queue));
    *next += keep;
}

static void
run_random(guint size, guint64 features)
{
    g_autoptr(Fixture) f = fixture_new(size, features);
    g_autoptr(GRand) rand = g_rand_new_with_seed(size + (guint32)(features >> 28));
    guint offered = 0, used = 0, got = 0, cookie;
    guint32 len;

    while (got < 100000) {
        for (guint i = g_rand_int_range(rand, 0, size); i > 0 && offer(f, offered); i--)
            offered++;
        device_turn(f, rand, &used);
        while (hvn_test_virtqueue_get(&f->driver, &cookie, &len)) {
            guint n_out = cookie % 4, n_in = cookie / 4 % 3, in_len = 0;

            for (guint i = n_out; i < n_out + n_in; i++)
                in_len += 1 + (cookie + i * 37) % 512;
            g_assert_cmpuint(cookie, ==, got);
            g_assert_cmpuint(len, ==, in_len);
            got++;
        }
        g_assert_cmpuint(got, ==, used);
    }
}

static void
test_random(void)
{
    for_all(run_random);
}

/* ---- neither side sleeps while the other waits for it ---- */

typedef struct {
    gboolean awake; /* has to run: was kicked or interrupted */
    guint    done;
} Side;

static void
run_driver(Fixture *f, GRand *rand, Side *side, Side *device)
{
    guint cookie, limit = g_rand_int_range(rand, 1, 40);
    guint32 len;

    hvn_test_virtqueue_want_interrupt(&f->driver, FALSE);
    while (hvn_test_virtqueue_get(&f->driver, &cookie, &len))
        ;
    while (limit-- > 0 && offer(f, side->done))
        side->done++;
    if (hvn_test_virtqueue_needs_kick(&f->driver))
        device->awake = TRUE;
    side->awake = limit == G_MAXUINT; /* it has more to offer than fits or than it wanted to */
    side->awake = side->awake || hvn_test_virtqueue_want_interrupt(&f->driver, TRUE);
}

static void
run_device(Fixture *f, GRand *rand, Side *side)
{
    guint n, limit = g_rand_int_range(rand, 1, 30);

    if (!hvn_virtqueue_begin(&f->queue))
        g_assert_not_reached();
    hvn_virtqueue_mute_kicks(&f->queue);
    n = hvn_virtqueue_pop(&f->queue, &f->batch, limit);
    for (guint i = 0; i < n; i++)
        hvn_virtqueue_push(&f->queue, &f->batch.chains[i], 0);
    side->done += n;
    hvn_virtqueue_flush(&f->queue);
    side->awake = n == limit || hvn_virtqueue_want_kick(&f->queue);
    hvn_virtqueue_end(&f->queue);
}

static void
run_wakeups(guint size, guint64 features)
{
    g_autoptr(Fixture) f = fixture_new(size, features);
    g_autoptr(GRand) rand = g_rand_new_with_seed(4711);
    Side driver = {TRUE, 0}, device = {FALSE, 0};
    guint turns = 0;

    while (device.done < 70000) {
        gboolean stuck = !driver.awake && !device.awake && !f->interrupted;

        /* both asleep: all that was offered is used, and the driver may offer more of its own accord */
        if (stuck) {
            g_assert_cmpuint(device.done, ==, driver.done);
            driver.awake = TRUE;
        }
        if (f->interrupted) {
            f->interrupted = FALSE;
            driver.awake = TRUE;
        }
        if (device.awake && g_rand_boolean(rand))
            run_device(f, rand, &device);
        else if (driver.awake && g_rand_boolean(rand))
            run_driver(f, rand, &driver, &device);
        g_assert_cmpuint(turns++, <, 10000000);
    }
    /* suppression has an effect: far fewer interrupts than chains */
    g_assert_cmpuint(f->n_notified, <, device.done);
}

static void
test_wakeups(void)
{
    for_all(run_wakeups);
}

/* ---- notifications one by one ---- */

static void
use_n(Fixture *f, guint n)
{
    g_assert_true(hvn_virtqueue_begin(&f->queue));
    g_assert_cmpuint(hvn_virtqueue_pop(&f->queue, &f->batch, n), ==, n);
    for (guint i = 0; i < n; i++)
        hvn_virtqueue_push(&f->queue, &f->batch.chains[i], 0);
    hvn_virtqueue_end(&f->queue);
}

static void
run_notify(guint size, guint64 features)
{
    g_autoptr(Fixture) f = fixture_new(size, features);
    guint cookie;
    guint32 len;

    for (guint i = 0; i < 3; i++)
        offer(f, 1);
    hvn_test_virtqueue_want_interrupt(&f->driver, TRUE);
    use_n(f, 2);
    g_assert_cmpuint(f->n_notified, ==, 1); /* once for a batch */
    if (features & HVN_VIRTIO_F_EVENT_IDX) {
        use_n(f, 1); /* the event was passed already */
        g_assert_cmpuint(f->n_notified, ==, 1);
    }
    while (hvn_test_virtqueue_get(&f->driver, &cookie, &len))
        ;
    hvn_test_virtqueue_want_interrupt(&f->driver, FALSE);
    if (features & HVN_VIRTIO_F_EVENT_IDX) {
        offer(f, 1);
        use_n(f, 1);
        g_assert_cmpuint(f->n_notified, ==, 1);
    } else {
        use_n(f, 1);
        g_assert_cmpuint(f->n_notified, ==, 1);
    }
    /* nothing pushed, nothing to tell */
    g_assert_true(hvn_virtqueue_begin(&f->queue));
    hvn_virtqueue_flush(&f->queue);
    hvn_virtqueue_end(&f->queue);
    g_assert_cmpuint(f->n_notified, ==, 1);
}

static void
test_notify(void)
{
    for_all(run_notify);
}

/* ---- stop and start ---- */

static void
run_state(guint size, guint64 features)
{
    g_autoptr(Fixture) f = fixture_new(size, features);
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    guint offered = 0, used = 0, got = 0, cookie;
    guint32 len, state;

    for (guint i = 0; i < 3000; i++) {
        HvnVirtqueueLayout layout = layout_of(&f->driver);
        g_autoptr(GError) error = NULL;

        while (g_rand_int_range(rand, 0, 3) > 0 && offer(f, offered))
            offered++;
        device_turn(f, rand, &used);
        while (hvn_test_virtqueue_get(&f->driver, &cookie, &len))
            g_assert_cmpuint(cookie, ==, got++);
        state = hvn_virtqueue_stop(&f->queue);
        g_assert_false(hvn_virtqueue_is_running(&f->queue));
        g_assert_false(hvn_virtqueue_begin(&f->queue));
        g_assert_cmpuint(hvn_virtqueue_get_size(&f->queue), ==, 0);
        g_assert_cmpuint(hvn_virtqueue_get_state(&f->queue), ==, state);
        hvn_virtqueue_init(&f->queue, 7, &f->ops, f);
        hvn_virtqueue_start(&f->queue, &layout, state, &error);
        g_assert_no_error(error);
    }
    g_assert_cmpuint(got, ==, used);
    g_assert_cmpuint(got, >, 1000);
}

static void
test_state(void)
{
    for_all(run_state);
}

/* ---- the dirty log ---- */

static gboolean
is_dirty(Fixture *f, guint64 addr, gsize len)
{
    for (guint i = 0; i < f->dirty->len; i += 2) {
        guint64 start = g_array_index(f->dirty, guint64, i), n = g_array_index(f->dirty, guint64, i + 1);

        if (start <= addr && addr + len <= start + n)
            return TRUE;
    }
    return FALSE;
}

static void
run_dirty(guint size, guint64 features)
{
    g_autoptr(Fixture) f = fixture_new(size, features);
    HvnTestPiece pieces[] = {{BUFFERS, 100}, {BUFFERS + 4096, 50}, {BUFFERS + 8192, 50}, {BUFFERS + 12288, 50}};
    g_autofree guint8 *before = NULL;

    g_assert_true(hvn_test_virtqueue_add(&f->driver, pieces, 1, 3, FALSE, 0));
    use_n(f, 1);
    g_assert_cmpuint(f->dirty->len, ==, 0);

    g_assert_true(hvn_test_virtqueue_add(&f->driver, pieces, 1, 3, FALSE, 0));
    before = g_memdup2(f->ram, BUFFERS);
    f->ops.dirty = dirty;
    g_assert_true(hvn_virtqueue_begin(&f->queue));
    hvn_virtqueue_pop(&f->queue, &f->batch, 1);
    hvn_virtqueue_push(&f->queue, &f->batch.chains[0], 60);
    hvn_virtqueue_flush(&f->queue);
    hvn_virtqueue_want_kick(&f->queue);
    hvn_virtqueue_end(&f->queue);
    g_assert_true(is_dirty(f, BUFFERS + 4096, 50));
    g_assert_true(is_dirty(f, BUFFERS + 8192, 10));
    g_assert_false(is_dirty(f, BUFFERS + 8192, 11));
    g_assert_false(is_dirty(f, BUFFERS + 12288, 1));
    g_assert_false(is_dirty(f, BUFFERS, 1));
    /* every byte of the rings that changed was told */
    for (guint i = 0; i < BUFFERS; i++)
        g_assert_true(before[i] == f->ram[i] || is_dirty(f, i, 1));
}

static void
test_dirty(void)
{
    for_all(run_dirty);
}

/* ---- a transport that lends copies ---- */

typedef struct {
    Fixture *f;
    GArray  *log; /* char: m for a ring part, d for data, r for release, n for notify */
} Bounce;

static guint
bounce_map(gpointer data, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    Bounce *b = data;
    char c = addr < BUFFERS ? 'm' : 'd';

    g_array_append_val(b->log, c);
    return map(b->f, addr, len, write, iov, n_iov);
}

static void
bounce_release(gpointer data)
{
    Bounce *b = data;
    char c = 'r';

    release(b->f);
    g_array_append_val(b->log, c);
}

static void
bounce_notify(gpointer data, guint index)
{
    char c = 'n';

    g_array_append_val(((Bounce *)data)->log, c);
}

/* data is written back before the ring says so, and all of it before the interrupt */
static void
test_bounce(void)
{
    g_autoptr(Fixture) f = fixture_new(16, HVN_VIRTIO_F_VERSION_1);
    HvnVirtqueueOps ops = {.map = bounce_map, .release = bounce_release, .notify = bounce_notify};
    Bounce b = {f, g_array_new(TRUE, FALSE, 1)};
    HvnVirtqueueLayout layout = layout_of(&f->driver);
    HvnTestPiece piece = {BUFFERS, 100};
    HvnVirtqueue queue;
    g_autoptr(GError) error = NULL;

    hvn_virtqueue_init(&queue, 7, &ops, &b);
    hvn_virtqueue_start(&queue, &layout, 0, &error);
    g_assert_no_error(error);
    g_array_set_size(b.log, 0);
    hvn_test_virtqueue_add(&f->driver, &piece, 0, 1, FALSE, 0);
    g_assert_true(hvn_virtqueue_begin(&queue));
    g_assert_cmpuint(hvn_virtqueue_pop(&queue, &f->batch, 1), ==, 1);
    hvn_virtqueue_push(&queue, &f->batch.chains[0], 100);
    hvn_virtqueue_flush(&queue);
    hvn_virtqueue_end(&queue);
    g_assert_cmpstr(b.log->data, ==, "mmmdrmmmrn");
    hvn_virtqueue_clear(&queue);
    g_array_unref(b.log);
}

/* ---- places ---- */

static void
test_host_pointers(void)
{
    g_autoptr(Fixture) f = fixture_new(16, HVN_VIRTIO_F_VERSION_1);
    HvnVirtqueueLayout layout = layout_of(&f->driver);
    guint64 lengths[] = {16 * 16, 4 + 16 * 2, 4 + 16 * 8};
    g_autofree guint8 *elsewhere = g_malloc0(RAM);
    g_autoptr(GError) error = NULL;
    guint cookie;
    guint32 len;

    for (guint i = 0; i < HVN_VIRTQUEUE_N_AREAS; i++) {
        g_assert_cmpuint(hvn_virtqueue_area_len(layout.features, 16, i), ==, lengths[i]);
        layout.areas[i].host = f->ram + layout.areas[i].addr;
        layout.areas[i].addr = G_MAXUINT64; /* is not looked at */
    }
    hvn_virtqueue_stop(&f->queue);
    hvn_virtqueue_start(&f->queue, &layout, 0, &error);
    g_assert_no_error(error);
    offer(f, 1);
    use_n(f, 1);
    g_assert_true(hvn_test_virtqueue_get(&f->driver, &cookie, &len));

    /* the same memory moves within our own address space */
    memcpy(elsewhere, f->ram, RAM);
    for (guint i = 0; i < HVN_VIRTQUEUE_N_AREAS; i++)
        layout.areas[i].host = elsewhere + ((guint8 *)layout.areas[i].host - f->ram);
    g_assert_true(hvn_virtqueue_set_areas(&f->queue, layout.areas, &error));
    f->driver.ram = elsewhere;
    offer(f, 2);
    use_n(f, 1);
    g_assert_true(hvn_test_virtqueue_get(&f->driver, &cookie, &len));
    g_assert_cmpuint(cookie, ==, 2);
}

static void
expect_refused(Fixture *f, const HvnVirtqueueLayout *layout, guint32 state)
{
    g_autoptr(GError) error = NULL;
    HvnVirtqueue queue;

    hvn_virtqueue_init(&queue, 7, &f->ops, f);
    g_assert_false(hvn_virtqueue_start(&queue, layout, state, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL);
    g_assert_false(hvn_virtqueue_is_running(&queue));
    hvn_virtqueue_clear(&queue);
}

static void
test_bad_layouts(void)
{
    g_autoptr(Fixture) f = fixture_new(16, HVN_VIRTIO_F_VERSION_1);
    static const guint sizes[] = {0, 3, 12, 2048, 65535, 65536};
    static const guint bad_shift[] = {8, 1, 2};
    HvnVirtqueueLayout good = layout_of(&f->driver), bad;

    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        bad = good;
        bad.size = sizes[i];
        expect_refused(f, &bad, 0);
    }
    for (guint i = 0; i < HVN_VIRTQUEUE_N_AREAS; i++) {
        bad = good;
        bad.areas[i].addr += bad_shift[i];
        expect_refused(f, &bad, 0);
        bad.areas[i].addr = RAM - 16;
        expect_refused(f, &bad, 0);
        bad.areas[i].addr = G_MAXUINT64 - 15;
        expect_refused(f, &bad, 0);
    }
    expect_refused(f, &good, 17);     /* more in flight than the ring holds */
    expect_refused(f, &good, 0xffff); /* behind the used index */
    bad = good;
    bad.features |= HVN_VIRTIO_F_RING_PACKED;
    expect_refused(f, &bad, 0x80008010);
    expect_refused(f, &bad, 0x80108000);
    expect_refused(f, &bad, 0x80018000); /* gives back what it has not taken */
    expect_refused(f, &bad, 0x00008001);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/device/virtqueue/random-chains", test_random);
    g_test_add_func("/device/virtqueue/no-lost-wakeup", test_wakeups);
    g_test_add_func("/device/virtqueue/notify", test_notify);
    g_test_add_func("/device/virtqueue/state-over-stop", test_state);
    g_test_add_func("/device/virtqueue/dirty-log", test_dirty);
    g_test_add_func("/device/virtqueue/written-back-in-order", test_bounce);
    g_test_add_func("/device/virtqueue/host-pointers", test_host_pointers);
    g_test_add_func("/device/virtqueue/bad-layouts", test_bad_layouts);
    return g_test_run();
}
