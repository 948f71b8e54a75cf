/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/net/hvn-link-path.c: what the link does to frames, and that none is lost, doubled or overtaken whatever the
 * receiver takes. */
#include "hvn-checksum.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-test-frames.h"

#include <string.h>

typedef struct {
    HvnDispatcher *dispatcher;
    HvnFakePort   *sender;
    HvnFakePort   *receiver;
    HvnLink       *link;
} Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();

    self->dispatcher = hvn_dispatcher_new(NULL, clock);
    self->sender = hvn_fake_port_new(self->dispatcher, "sender");
    self->receiver = hvn_fake_port_new(self->dispatcher, "receiver");
    self->link = hvn_link_new(HVN_PORT(self->sender), HVN_PORT(self->receiver));
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    g_object_unref(self->link);
    g_object_unref(self->sender);
    g_object_unref(self->receiver);
    g_object_unref(self->dispatcher);
}

static HvnLinkCounters
counters(Fixture *self)
{
    HvnLinkCounters result;

    hvn_link_get_counters(self->link, HVN_PORT(self->receiver), &result);
    return result;
}

/* a frame of random pieces that asks for @gso_size and a checksum */
typedef struct {
    GByteArray  *bytes; /* owned */
    struct iovec iov[4];
    HvnFrame     frame;
} Lent;

static void
lend(Lent *self, const HvnTestFrame *spec, guint gso_size)
{
    HvnTestFrame partial = *spec;
    gsize at = 0;

    partial.partial_csum = TRUE;
    self->bytes = hvn_test_frame_build(&partial);
    for (guint i = 0; i < G_N_ELEMENTS(self->iov); i++) {
        gsize len = i == 3 ? self->bytes->len - at : (gsize)g_test_rand_int_range(0, self->bytes->len - at + 1);

        self->iov[i] = (struct iovec){self->bytes->data + at, len};
        at += len;
    }
    hvn_frame_init(&self->frame, self->iov, G_N_ELEMENTS(self->iov));
    self->frame.offload = (HvnOffload){
        .flags = HVN_OFFLOAD_NEEDS_CSUM,
        .gso_type = gso_size == 0 ? HVN_GSO_NONE
            : spec->protocol == 17 ? HVN_GSO_UDP_L4
            : spec->ip_version == 4 ? HVN_GSO_TCPV4
            : HVN_GSO_TCPV6,
        .gso_size = gso_size,
        .csum_start = 14 + (spec->vlan != 0 ? 4 : 0) + (spec->ip_version == 4 ? 20 + spec->ip_options : 40),
        .csum_offset = spec->protocol == 6 ? 16 : 6,
    };
}

static void
assert_checksum_right(GBytes *bytes)
{
    gsize len;
    const guint8 *data = g_bytes_get_data(bytes, &len);
    struct iovec iov = {(gpointer)data, len};
    HvnLayers layers;
    HvnFrame frame;
    gboolean ip_ok, l4_ok;

    hvn_frame_init(&frame, &iov, 1);
    g_assert_true(hvn_layers_parse(data, len, len, &layers));
    g_assert_true(hvn_checksum_verify(&frame, &layers, &ip_ok, &l4_ok));
    g_assert_true(ip_ok && l4_ok);
}

static void
test_pads_short_frames(Fixture *self, gconstpointer data)
{
    guint8 bytes[60];
    const guint8 *got;
    gsize len;

    memset(bytes, 0xaa, sizeof bytes);
    hvn_port_set_features(HVN_PORT(self->receiver), 0);
    for (guint n = 14; n <= 60; n++) {
        hvn_fake_port_clear(self->receiver);
        g_assert_true(hvn_fake_port_send_bytes(self->sender, bytes, n));
        got = g_bytes_get_data(hvn_fake_port_get_frame(self->receiver, 0), &len);
        g_assert_cmpuint(len, ==, 60);
        g_assert_cmpmem(got, n, bytes, n);
        for (guint i = n; i < 60; i++)
            g_assert_cmpuint(got[i], ==, 0);
    }
    g_assert_cmpuint(counters(self).padded, ==, 46);
    g_assert_cmpuint(counters(self).bytes, ==, (14 + 60) * 47 / 2);

    hvn_port_set_features(HVN_PORT(self->receiver), HVN_PORT_SHORT_FRAMES);
    hvn_fake_port_clear(self->receiver);
    g_assert_true(hvn_fake_port_send_bytes(self->sender, bytes, 14));
    g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(self->receiver, 0)), ==, 14);
}

static void
test_drops_what_is_no_frame(Fixture *self, gconstpointer data)
{
    g_autofree guint8 *bytes = g_malloc0(HVN_FRAME_LEN_MAX + 1);
    struct iovec pieces[HVN_FRAME_IOV_MAX + 1];
    HvnFrame frames[6];

    for (guint i = 0; i < G_N_ELEMENTS(pieces); i++)
        pieces[i] = (struct iovec){bytes, 1};
    hvn_frame_init(&frames[0], &(struct iovec){bytes, 13}, 1);
    hvn_frame_init(&frames[1], &(struct iovec){bytes, HVN_FRAME_LEN_MAX + 1}, 1);
    hvn_frame_init(&frames[2], pieces, HVN_FRAME_IOV_MAX + 1);
    hvn_frame_init(&frames[3], NULL, 0);
    hvn_frame_init(&frames[4], &(struct iovec){bytes, HVN_FRAME_LEN_MAX}, 1);
    hvn_frame_init(&frames[5], pieces, HVN_FRAME_IOV_MAX);
    g_assert_cmpuint(hvn_port_send(HVN_PORT(self->sender), frames, 6), ==, 6);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->receiver), ==, 2);
    g_assert_cmpuint(counters(self).dropped_runt, ==, 2);
    g_assert_cmpuint(counters(self).dropped_oversize, ==, 2);
    g_assert_cmpuint(counters(self).frames, ==, 2);
}

static void
test_drops_offload_that_does_not_fit(Fixture *self, gconstpointer data)
{
    static const HvnOffload bad[] = {
        {.flags = HVN_OFFLOAD_NEEDS_CSUM, .csum_start = 99},
        {.flags = HVN_OFFLOAD_NEEDS_CSUM, .csum_start = 65535, .csum_offset = 65535},
        {.flags = HVN_OFFLOAD_NEEDS_CSUM, .gso_type = HVN_GSO_TCPV4, .gso_size = 0},
        {.gso_type = HVN_GSO_TCPV4, .gso_size = 100},
        {.flags = HVN_OFFLOAD_NEEDS_CSUM, .gso_type = 2, .gso_size = 100},
        {.flags = HVN_OFFLOAD_NEEDS_CSUM, .gso_type = 255, .gso_size = 100},
    };
    guint8 bytes[100] = {0};
    struct iovec piece = {bytes, sizeof bytes};
    guint features = hvn_port_get_features(HVN_PORT(self->receiver));

    /* whether the receiver could do the work or not: it is never shown offsets beyond the frame */
    for (guint i = 0; i < G_N_ELEMENTS(bad) * 2; i++) {
        HvnFrame frame;

        hvn_port_set_features(HVN_PORT(self->receiver), i % 2 == 0 ? features : 0);
        hvn_frame_init(&frame, &piece, 1);
        frame.offload = bad[i / 2];
        g_assert_cmpuint(hvn_port_send(HVN_PORT(self->sender), &frame, 1), ==, 1);
        g_assert_cmpuint(counters(self).dropped_offload, ==, i + 1);
    }
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->receiver), ==, 0);
}

static void
test_drops_segmentation_of_what_is_no_tcp(Fixture *self, gconstpointer data)
{
    guint8 bytes[100] = {0};
    struct iovec piece = {bytes, sizeof bytes};
    HvnFrame frame;

    hvn_port_set_features(HVN_PORT(self->receiver), 0);
    hvn_frame_init(&frame, &piece, 1);
    frame.offload = (HvnOffload){.flags = HVN_OFFLOAD_NEEDS_CSUM, .gso_type = HVN_GSO_TCPV4, .gso_size = 10, .csum_start = 34};
    g_assert_cmpuint(hvn_port_send(HVN_PORT(self->sender), &frame, 1), ==, 1);
    g_assert_cmpuint(counters(self).dropped_offload, ==, 1);
    g_assert_cmpuint(counters(self).frames, ==, 0);
}

static void
test_finishes_checksums(Fixture *self, gconstpointer data)
{
    hvn_port_set_features(HVN_PORT(self->receiver), 0);
    for (guint round = 0; round < 500; round++) {
        HvnTestFrame spec = {
            .ip_version = g_test_rand_bit() ? 4 : 6,
            .protocol = g_test_rand_bit() ? 6 : 17,
            .vlan = g_test_rand_bit() ? 3 : 0,
            .payload_len = g_test_rand_int_range(0, 200),
        };
        g_autoptr(GByteArray) before = NULL;
        Lent lent;

        hvn_fake_port_clear(self->receiver);
        lend(&lent, &spec, 0);
        before = g_byte_array_append(g_byte_array_new(), lent.bytes->data, lent.bytes->len);
        g_assert_cmpuint(hvn_port_send(HVN_PORT(self->sender), &lent.frame, 1), ==, 1);
        assert_checksum_right(hvn_fake_port_get_frame(self->receiver, 0));
        g_assert_cmpuint(hvn_fake_port_get_offload(self->receiver, 0).flags, ==, HVN_OFFLOAD_DATA_VALID);
        g_assert_cmpmem(before->data, before->len, lent.bytes->data, lent.bytes->len);
        g_byte_array_unref(lent.bytes);
    }
    g_assert_cmpuint(counters(self).checksummed, ==, 500);
}

static void
test_leaves_checksums_to_who_can(Fixture *self, gconstpointer data)
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .payload_len = 100};
    Lent lent;

    hvn_port_set_features(HVN_PORT(self->receiver), HVN_PORT_CSUM);
    lend(&lent, &spec, 0);
    g_assert_cmpuint(hvn_port_send(HVN_PORT(self->sender), &lent.frame, 1), ==, 1);
    g_assert_cmpuint(hvn_fake_port_get_offload(self->receiver, 0).flags, ==, HVN_OFFLOAD_NEEDS_CSUM);
    g_assert_cmpuint(hvn_fake_port_get_n_iov(self->receiver, 0), ==, 4);
    g_assert_cmpuint(counters(self).checksummed, ==, 0);
    g_byte_array_unref(lent.bytes);
}

/* pieces beyond what scratch memory has room for, and a checksum far behind the header: both are copied whole */
static void
test_finishes_checksums_of_odd_frames(Fixture *self, gconstpointer data)
{
    guint8 bytes[2000];
    struct iovec pieces[250];
    HvnFrame frames[2];

    for (guint i = 0; i < sizeof bytes; i++)
        bytes[i] = i * 7;
    for (guint i = 0; i < G_N_ELEMENTS(pieces); i++)
        pieces[i] = (struct iovec){bytes + i * 8, 8};
    hvn_port_set_features(HVN_PORT(self->receiver), 0);
    hvn_frame_init(&frames[0], pieces, 250);
    frames[0].offload = (HvnOffload){.flags = HVN_OFFLOAD_NEEDS_CSUM, .csum_start = 34, .csum_offset = 16};
    frames[1] = frames[0];
    frames[1].offload.csum_offset = 1964;
    g_assert_cmpuint(hvn_port_send(HVN_PORT(self->sender), frames, 2), ==, 2);
    for (guint i = 0; i < 2; i++) {
        const guint8 *got = g_bytes_get_data(hvn_fake_port_get_frame(self->receiver, i), NULL);
        gsize at = 34 + frames[i].offload.csum_offset;
        guint16 value = hvn_test_checksum(bytes + 34, sizeof bytes - 34, 0);

        g_assert_cmpuint(got[at] << 8 | got[at + 1], ==, value);
        g_assert_cmpmem(got, at, bytes, at);
        g_assert_cmpmem(got + at + 2, sizeof bytes - at - 2, bytes + at + 2, sizeof bytes - at - 2);
    }
}

static void
test_cuts_for_who_cannot(Fixture *self, gconstpointer data)
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .payload_len = 60000};
    Lent lent;

    hvn_port_set_features(HVN_PORT(self->receiver), HVN_PORT_CSUM | HVN_PORT_TSO6);
    lend(&lent, &spec, 1460);
    g_assert_cmpuint(hvn_port_send(HVN_PORT(self->sender), &lent.frame, 1), ==, 1);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->receiver), ==, 42);
    g_assert_cmpuint(counters(self).frames, ==, 1);
    g_assert_cmpuint(counters(self).segmented, ==, 1);
    g_assert_cmpuint(counters(self).segments, ==, 42);
    g_assert_cmpuint(hvn_fake_port_get_offload(self->receiver, 0).flags, ==, HVN_OFFLOAD_NEEDS_CSUM);

    hvn_fake_port_clear(self->receiver);
    hvn_port_set_features(HVN_PORT(self->receiver), HVN_PORT_CSUM | HVN_PORT_TSO4);
    g_assert_cmpuint(hvn_port_send(HVN_PORT(self->sender), &lent.frame, 1), ==, 1);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->receiver), ==, 1);
    g_byte_array_unref(lent.bytes);
}

static void
test_short_segments_are_padded(Fixture *self, gconstpointer data)
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .payload_len = 101};
    Lent lent;

    hvn_port_set_features(HVN_PORT(self->receiver), 0);
    lend(&lent, &spec, 100);
    g_assert_cmpuint(hvn_port_send(HVN_PORT(self->sender), &lent.frame, 1), ==, 1);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->receiver), ==, 2);
    g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(self->receiver, 1)), ==, 60);
    assert_checksum_right(hvn_fake_port_get_frame(self->receiver, 1));
    g_byte_array_unref(lent.bytes);
}

static void
test_keeps_the_tail_of_a_frame(Fixture *self, gconstpointer data)
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .payload_len = 10000};
    guint8 plain[60] = {0};
    Lent lent;

    hvn_port_set_features(HVN_PORT(self->receiver), 0);
    hvn_fake_port_set_capacity(self->receiver, 0);
    lend(&lent, &spec, 1000);
    g_assert_cmpuint(hvn_port_send(HVN_PORT(self->sender), &lent.frame, 1), ==, 0); /* none of it was taken: not taken */

    hvn_fake_port_set_capacity(self->receiver, 3);
    g_assert_cmpuint(hvn_port_send(HVN_PORT(self->sender), &lent.frame, 1), ==, 1);
    memset(lent.bytes->data, 0xff, lent.bytes->len); /* the sender reuses its memory */
    g_assert_true(hvn_port_owes_ready(HVN_PORT(self->receiver)));
    hvn_fake_port_set_capacity(self->receiver, 100);
    g_assert_false(hvn_fake_port_send_bytes(self->sender, plain, 60)); /* the tail goes first */
    hvn_fake_port_set_capacity(self->receiver, 4);
    hvn_port_ready(HVN_PORT(self->receiver));
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->sender), ==, 0);
    hvn_fake_port_set_capacity(self->receiver, 100);
    hvn_port_ready(HVN_PORT(self->receiver));
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->sender), ==, 1);
    g_assert_true(hvn_fake_port_send_bytes(self->sender, plain, 60));

    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->receiver), ==, 11);
    for (guint i = 0; i < 10; i++)
        assert_checksum_right(hvn_fake_port_get_frame(self->receiver, i));
    g_assert_cmpuint(counters(self).frames, ==, 2);
    g_assert_cmpuint(counters(self).segments, ==, 10);
    g_byte_array_unref(lent.bytes);
}

static void
test_link_down_drops_the_tail(Fixture *self, gconstpointer data)
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .payload_len = 10000};
    Lent lent;

    hvn_port_set_features(HVN_PORT(self->receiver), 0);
    hvn_fake_port_set_capacity(self->receiver, 3);
    lend(&lent, &spec, 1000);
    g_assert_cmpuint(hvn_port_send(HVN_PORT(self->sender), &lent.frame, 1), ==, 1);
    hvn_link_set_up(self->link, FALSE);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->sender), ==, 1);
    g_assert_cmpuint(counters(self).dropped_link_down, ==, 1);
    hvn_link_set_up(self->link, TRUE);
    hvn_fake_port_set_capacity(self->receiver, 100);
    hvn_port_ready(HVN_PORT(self->receiver));
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->receiver), ==, 3);
    g_byte_array_unref(lent.bytes);
}

static guint
send_back(HvnFakePort *port, const HvnFrame *frames, guint n_frames, gpointer data)
{
    g_test_expect_message("hvn-net", G_LOG_LEVEL_CRITICAL, "*sent from within push*");
    g_assert_cmpuint(hvn_port_send(HVN_PORT(port), frames, n_frames), ==, n_frames);
    g_test_assert_expected_messages();
    g_test_expect_message("hvn-net", G_LOG_LEVEL_CRITICAL, "*ready was said from within push*");
    hvn_port_ready(HVN_PORT(port));
    g_test_assert_expected_messages();
    return n_frames;
}

static void
test_push_never_sends(Fixture *self, gconstpointer data)
{
    guint8 bytes[60] = {0};
    HvnLinkCounters back;

    hvn_fake_port_set_push_func(self->receiver, send_back, NULL);
    g_assert_true(hvn_fake_port_send_bytes(self->sender, bytes, sizeof bytes));
    hvn_link_get_counters(self->link, HVN_PORT(self->sender), &back);
    g_assert_cmpuint(back.dropped_misuse, ==, 1);
    g_assert_cmpuint(back.frames, ==, 0);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->sender), ==, 0);
}

static void
test_too_many_at_once(Fixture *self, gconstpointer data)
{
    HvnFrame frames[HVN_BATCH_MAX + 1];
    guint8 bytes[60] = {0};
    struct iovec piece = {bytes, sizeof bytes};

    for (guint i = 0; i <= HVN_BATCH_MAX; i++)
        hvn_frame_init(&frames[i], &piece, 1);
    g_test_expect_message("hvn-net", G_LOG_LEVEL_CRITICAL, "*sent 65 frames at once*");
    g_assert_cmpuint(hvn_port_send(HVN_PORT(self->sender), frames, HVN_BATCH_MAX + 1), ==, HVN_BATCH_MAX + 1);
    g_test_assert_expected_messages();
    g_assert_cmpuint(hvn_port_send(HVN_PORT(self->sender), frames, HVN_BATCH_MAX), ==, HVN_BATCH_MAX);
    g_assert_cmpuint(hvn_port_send(HVN_PORT(self->sender), frames, 0), ==, 0);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(self->receiver)));
}

static guint
take_too_many(HvnFakePort *port, const HvnFrame *frames, guint n_frames, gpointer data)
{
    return n_frames + 1;
}

static void
test_receiver_that_takes_more_than_offered(Fixture *self, gconstpointer data)
{
    guint8 bytes[60] = {0};

    hvn_fake_port_set_push_func(self->receiver, take_too_many, NULL);
    g_test_expect_message("hvn-net", G_LOG_LEVEL_CRITICAL, "*took 2 frames of 1*");
    g_assert_true(hvn_fake_port_send_bytes(self->sender, bytes, sizeof bytes));
    g_test_assert_expected_messages();
    g_assert_cmpuint(counters(self).frames, ==, 1);
}

/* The model of rules 1 to 5. A frame carries its number in the source port; the model adds up what arrives for each number. */
#define MODEL_FRAMES 300

typedef struct {
    Fixture *fixture;
    Lent     lent[MODEL_FRAMES];
    gsize    payload[MODEL_FRAMES]; /* that must arrive; G_MAXSIZE for a frame to be dropped */
    gsize    arrived[MODEL_FRAMES];
    guint    next;   /* the first that was not taken */
    guint    last;   /* number that arrived last */
    guint    waited; /* resumes before the sender began to wait; G_MAXUINT while it does not */
} Model;

static void
model_fill(Model *self)
{
    for (guint i = 0; i < MODEL_FRAMES; i++) {
        HvnTestFrame spec = {
            .ip_version = g_test_rand_bit() ? 4 : 6,
            .protocol = g_test_rand_bit() ? 6 : 17,
            .vlan = g_test_rand_bit() ? 9 : 0,
            .src_port = 1000 + i,
            .tcp_flags = 0x18,
            .payload_len = g_test_rand_int_range(0, 100),
        };
        guint kind = g_test_rand_int_range(0, 8);

        self->payload[i] = spec.payload_len;
        if (kind == 0) { /* a large one */
            self->payload[i] = spec.payload_len = g_test_rand_int_range(1, 20000);
            lend(&self->lent[i], &spec, g_test_rand_int_range(100, 1500));
        } else {
            lend(&self->lent[i], &spec, 0);
        }
        if (kind == 1) { /* a runt */
            self->lent[i].iov[0] = (struct iovec){self->lent[i].bytes->data, 10};
            self->lent[i].frame.n_iov = 1;
            self->lent[i].frame.len = 10;
            self->payload[i] = G_MAXSIZE;
        } else if (kind == 2) { /* a checksum that is somewhere else */
            self->lent[i].frame.offload.csum_start = 65000;
            self->payload[i] = G_MAXSIZE;
        }
    }
}

static guint
model_push(HvnFakePort *port, const HvnFrame *frames, guint n_frames, gpointer data)
{
    Model *self = data;
    guint features = hvn_port_get_features(HVN_PORT(port));
    guint n = g_test_rand_int_range(0, 3) == 0 ? (guint)g_test_rand_int_range(0, n_frames + 1) : n_frames;

    for (guint i = 0; i < n; i++) {
        guint8 head[128];
        gsize head_len = hvn_frame_copy(&frames[i], 0, head, sizeof head);
        gboolean ip_ok, l4_ok;
        HvnLayers layers;
        guint number;

        g_assert_true(features & HVN_PORT_SHORT_FRAMES || frames[i].len >= 60);
        g_assert_cmphex(hvn_offload_needs(&frames[i].offload) & ~features, ==, 0);
        g_assert_true(hvn_layers_parse(head, head_len, frames[i].len, &layers));
        number = (head[layers.l4_offset] << 8 | head[layers.l4_offset + 1]) - 1000;
        g_assert_cmpuint(number, >=, self->last);
        g_assert_cmpuint(number, <, MODEL_FRAMES);
        self->last = number;
        self->arrived[number] += layers.l4_offset + layers.l4_len - layers.payload_offset;
        if (frames[i].offload.flags & HVN_OFFLOAD_NEEDS_CSUM)
            continue;
        g_assert_true(hvn_checksum_verify(&frames[i], &layers, &ip_ok, &l4_ok));
        g_assert_true(ip_ok && l4_ok);
    }
    return n;
}

static void
model_send(Model *self)
{
    HvnFrame frames[HVN_BATCH_MAX];
    guint n = g_test_rand_int_range(1, HVN_BATCH_MAX + 1);
    guint taken;

    n = MIN(n, MODEL_FRAMES - self->next);
    for (guint i = 0; i < n; i++)
        frames[i] = self->lent[self->next + i].frame;
    taken = hvn_port_send(HVN_PORT(self->fixture->sender), frames, n);
    g_assert_cmpuint(taken, <=, n);
    for (guint i = 0; i < taken; i++) /* what was taken is not lent any more */
        memset(self->lent[self->next + i].bytes->data, 0xee, self->lent[self->next + i].bytes->len);
    self->next += taken;
    if (taken < n) {
        g_assert_true(hvn_port_owes_ready(HVN_PORT(self->fixture->receiver)));
        self->waited = hvn_fake_port_get_n_resumed(self->fixture->sender);
    }
}

static void
model_run(Fixture *fixture, guint features)
{
    g_autofree Model *self = g_new0(Model, 1);
    HvnPort *receiver = HVN_PORT(fixture->receiver);
    guint steps = 0;

    self->fixture = fixture;
    self->waited = G_MAXUINT;
    model_fill(self);
    hvn_port_set_features(receiver, features);
    hvn_fake_port_set_push_func(fixture->receiver, model_push, self);
    while (self->next < MODEL_FRAMES || hvn_port_owes_ready(receiver)) {
        g_assert_cmpuint(steps++, <, 100000);
        if (g_test_rand_bit() || self->next == MODEL_FRAMES)
            hvn_port_ready(receiver);
        if (self->waited != G_MAXUINT && hvn_fake_port_get_n_resumed(fixture->sender) > self->waited)
            self->waited = G_MAXUINT;
        /* a sender waits to be resumed; now and then one tries without */
        if (self->next < MODEL_FRAMES && (self->waited == G_MAXUINT || g_test_rand_int_range(0, 8) == 0))
            model_send(self);
    }
    for (guint i = 0; i < MODEL_FRAMES; i++) {
        g_assert_cmpuint(self->arrived[i], ==, self->payload[i] == G_MAXSIZE ? 0 : self->payload[i]);
        g_byte_array_unref(self->lent[i].bytes);
    }
    hvn_fake_port_set_push_func(fixture->receiver, NULL, NULL);
}

static void
test_random_model(Fixture *self, gconstpointer data)
{
    static const guint features[] = {
        0,
        HVN_PORT_CSUM,
        HVN_PORT_SHORT_FRAMES,
        HVN_PORT_CSUM | HVN_PORT_TSO4,
        HVN_PORT_TSO4 | HVN_PORT_TSO6 | HVN_PORT_USO, /* cuts without making checksums: the link cuts for it */
        HVN_PORT_CSUM | HVN_PORT_TSO6 | HVN_PORT_SHORT_FRAMES,
        HVN_PORT_CSUM | HVN_PORT_TSO4 | HVN_PORT_TSO6 | HVN_PORT_USO | HVN_PORT_SHORT_FRAMES,
    };
    guint runs = g_test_slow() ? 2000 : 70;

    for (guint i = 0; i < runs; i++)
        model_run(self, features[i % G_N_ELEMENTS(features)]);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(Fixture *, gconstpointer);
    } rows[] = {
        {"pads-short-frames", test_pads_short_frames},
        {"drops-what-is-no-frame", test_drops_what_is_no_frame},
        {"drops-offload-that-does-not-fit", test_drops_offload_that_does_not_fit},
        {"drops-segmentation-of-what-is-no-tcp", test_drops_segmentation_of_what_is_no_tcp},
        {"finishes-checksums", test_finishes_checksums},
        {"leaves-checksums-to-who-can", test_leaves_checksums_to_who_can},
        {"finishes-checksums-of-odd-frames", test_finishes_checksums_of_odd_frames},
        {"cuts-for-who-cannot", test_cuts_for_who_cannot},
        {"short-segments-are-padded", test_short_segments_are_padded},
        {"keeps-the-tail-of-a-frame", test_keeps_the_tail_of_a_frame},
        {"link-down-drops-the-tail", test_link_down_drops_the_tail},
        {"push-never-sends", test_push_never_sends},
        {"too-many-at-once", test_too_many_at_once},
        {"receiver-that-takes-more-than-offered", test_receiver_that_takes_more_than_offered},
        {"random-model", test_random_model},
    };

    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/net/link-path/%s", rows[i].name);

        g_test_add(path, Fixture, NULL, set_up, rows[i].test, tear_down);
    }
    return g_test_run();
}
