/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Datagrams out of fragments: in every order, twice, overlapping, too many, too old, and with headers that lie. */
#include "hvn-user-fragments.h"

#include <string.h>

#include "hvn-bytes.h"
#include "hvn-test-frames.h"

#define PAYLOAD 4000 /* bytes of UDP payload */
#define MORE    0x2000

/* bytes FROM to TO of the datagram's data, as a frame of its own */
static GByteArray *
cut(const GByteArray *whole, gsize from, gsize to, gboolean more)
{
    gsize header_len = (whole->data[14] & 15) * 4u;
    GByteArray *frame = g_byte_array_new();
    guint8 *ip;

    g_byte_array_append(frame, whole->data, (guint)(14 + header_len));
    g_byte_array_append(frame, whole->data + 14 + header_len + from, (guint)(to - from));
    ip = frame->data + 14;
    hvn_store_be16(ip + 2, (guint16)(header_len + to - from));
    hvn_store_be16(ip + 6, (guint16)(from / 8 | (more ? MORE : 0)));
    hvn_store_be16(ip + 10, 0);
    hvn_store_be16(ip + 10, hvn_test_checksum(ip, header_len, 0));
    return frame;
}

static const guint8 *
add(HvnUserFragments *fragments, const GByteArray *frame, gint64 now, gsize *len)
{
    HvnLayers layers;

    g_assert_true(hvn_layers_parse(frame->data, frame->len, frame->len, &layers));
    g_assert_true(hvn_user_fragments_is_one(&layers));
    return hvn_user_fragments_add(fragments, frame->data, frame->len, now, len);
}

static const guint8 *
add_cut(HvnUserFragments *fragments, const GByteArray *whole, gsize from, gsize to, gboolean more, gint64 now, gsize *len)
{
    g_autoptr(GByteArray) frame = cut(whole, from, to, more);

    return add(fragments, frame, now, len);
}

static GByteArray *
build(guint ip_options, gsize payload_len, guint16 identification)
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 17, .ip_options = ip_options, .payload_len = payload_len};
    GByteArray *frame = hvn_test_frame_build(&spec);
    guint8 *ip = frame->data + 14;

    hvn_store_be16(ip + 4, identification);
    hvn_store_be16(ip + 6, 0);
    hvn_store_be16(ip + 10, 0);
    hvn_store_be16(ip + 10, hvn_test_checksum(ip, (ip[0] & 15) * 4u, 0));
    return frame;
}

static void
assert_whole(const guint8 *frame, const gsize *len, const GByteArray *whole)
{
    g_assert_nonnull(frame);
    g_assert_cmpmem(frame, *len, whole->data, whole->len);
}

static void
test_orders(void)
{
    static const guint orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}, {3, 0, 1, 2}, {1, 2, 3, 0}};
    static const gsize edges[] = {0, 1480, 1488, 2960, PAYLOAD + 8};

    for (guint options = 0; options <= 40; options += 20) {
        g_autoptr(GByteArray) whole = build(options, PAYLOAD, 1);

        for (guint i = 0; i < G_N_ELEMENTS(orders); i++) {
            g_autoptr(HvnUserFragments) fragments = hvn_user_fragments_new();
            const guint8 *frame = NULL;
            gsize len;

            for (guint j = 0; j < 4; j++) {
                guint n = orders[i][j];

                g_assert_null(frame);
                frame = add_cut(fragments, whole, edges[n], edges[n + 1], n < 3, 1000, &len);
            }
            assert_whole(frame, &len, whole);
            g_assert_cmpuint(hvn_user_fragments_get_dropped(fragments), ==, 0);
        }
    }
}

static void
test_only_fragments(void)
{
    g_autoptr(GByteArray) whole = build(0, 100, 1);
    g_autoptr(GByteArray) first = cut(whole, 0, 64, TRUE);
    HvnTestFrame spec = {.ip_version = 4, .protocol = 17, .vlan = 7, .payload_len = 64};
    g_autoptr(GByteArray) tagged = hvn_test_frame_build(&spec);
    HvnLayers layers;

    g_assert_true(hvn_layers_parse(whole->data, whole->len, whole->len, &layers));
    g_assert_false(hvn_user_fragments_is_one(&layers));
    g_assert_true(hvn_layers_parse(first->data, first->len, first->len, &layers));
    g_assert_true(hvn_user_fragments_is_one(&layers));
    hvn_store_be16(tagged->data + 18 + 6, MORE);
    g_assert_true(hvn_layers_parse(tagged->data, tagged->len, tagged->len, &layers));
    g_assert_false(hvn_user_fragments_is_one(&layers));
}

static void
test_twice_and_overlapping(void)
{
    g_autoptr(HvnUserFragments) fragments = hvn_user_fragments_new();
    g_autoptr(GByteArray) whole = build(0, PAYLOAD, 1);
    gsize len;

    g_assert_null(add_cut(fragments, whole, 0, 1480, TRUE, 1, &len));
    g_assert_null(add_cut(fragments, whole, 0, 1480, TRUE, 1, &len));
    assert_whole(add_cut(fragments, whole, 1480, PAYLOAD + 8, FALSE, 1, &len), &len, whole);
    g_assert_cmpuint(hvn_user_fragments_get_dropped(fragments), ==, 0);

    /* by one unit: all of it is forgotten, and what follows is the beginning of another one */
    g_assert_null(add_cut(fragments, whole, 0, 1480, TRUE, 1, &len));
    g_assert_null(add_cut(fragments, whole, 1472, PAYLOAD + 8, FALSE, 1, &len));
    g_assert_cmpuint(hvn_user_fragments_get_dropped(fragments), ==, 1);
    g_assert_null(add_cut(fragments, whole, 1480, PAYLOAD + 8, FALSE, 1, &len));
    assert_whole(add_cut(fragments, whole, 0, 1480, TRUE, 1, &len), &len, whole);

    /* behind the end, and two ends */
    g_assert_null(add_cut(fragments, whole, 800, 1600, FALSE, 1, &len));
    g_assert_null(add_cut(fragments, whole, 1600, 2400, TRUE, 1, &len));
    g_assert_cmpuint(hvn_user_fragments_get_dropped(fragments), ==, 2);
    g_assert_null(add_cut(fragments, whole, 800, 1600, FALSE, 1, &len));
    g_assert_null(add_cut(fragments, whole, 400, 800, FALSE, 1, &len));
    g_assert_cmpuint(hvn_user_fragments_get_dropped(fragments), ==, 3);
    g_assert_null(add_cut(fragments, whole, 800, 1600, TRUE, 1, &len));
    g_assert_null(add_cut(fragments, whole, 400, 800, FALSE, 1, &len));
    g_assert_cmpuint(hvn_user_fragments_get_dropped(fragments), ==, 4);
}

static void
test_many_and_old(void)
{
    g_autoptr(HvnUserFragments) fragments = hvn_user_fragments_new();
    g_autoptr(GByteArray) oldest = build(0, PAYLOAD, 0), second = build(0, PAYLOAD, 1);
    gsize len;

    for (guint i = 0; i <= HVN_USER_DATAGRAMS_MAX; i++) {
        g_autoptr(GByteArray) whole = build(0, PAYLOAD, (guint16)i);

        g_assert_null(add_cut(fragments, whole, 0, 1480, TRUE, 1000 + i, &len));
    }
    g_assert_cmpuint(hvn_user_fragments_get_dropped(fragments), ==, 1);
    /* the second is still there, the oldest is not, and takes the place of the third */
    assert_whole(add_cut(fragments, second, 1480, PAYLOAD + 8, FALSE, 2000, &len), &len, second);
    g_assert_null(add_cut(fragments, oldest, 1480, PAYLOAD + 8, FALSE, 2000, &len));
    g_assert_cmpuint(hvn_user_fragments_get_dropped(fragments), ==, 1);

    /* all that is left is too old now */
    g_assert_null(add_cut(fragments, second, 0, 1480, TRUE, 2001 + HVN_USER_DATAGRAM_AGE_MAX, &len));
    g_assert_cmpuint(hvn_user_fragments_get_dropped(fragments), ==, 1 + HVN_USER_DATAGRAMS_MAX);
    assert_whole(add_cut(fragments, second, 1480, PAYLOAD + 8, FALSE, 2002 + HVN_USER_DATAGRAM_AGE_MAX, &len), &len, second);
}

static void
test_wrong(void)
{
    g_autoptr(HvnUserFragments) fragments = hvn_user_fragments_new();
    g_autoptr(GByteArray) whole = build(0, PAYLOAD, 1), odd = cut(whole, 0, 1484, TRUE), empty = cut(whole, 1480, 1480, FALSE),
                          sum = cut(whole, 0, 1480, TRUE), far = cut(whole, 1480, 2960, FALSE);
    guint8 *ip = far->data + 14;
    gsize len;

    sum->data[14 + 8] ^= 1;
    hvn_store_be16(ip + 6, 0x1fff); /* 65528 and 1480 bytes more */
    hvn_store_be16(ip + 10, 0);
    hvn_store_be16(ip + 10, hvn_test_checksum(ip, 20, 0));
    g_assert_null(add(fragments, odd, 1, &len));
    g_assert_null(add(fragments, empty, 1, &len));
    g_assert_null(add(fragments, sum, 1, &len));
    g_assert_null(add(fragments, far, 1, &len));
    g_assert_cmpuint(hvn_user_fragments_get_dropped(fragments), ==, 4);
}

static void
set_lengths(GByteArray *frame, guint header_words, guint16 total_len)
{
    guint8 *ip = frame->data + 14;

    ip[0] = (guint8)(0x40 | header_words);
    hvn_store_be16(ip + 2, total_len);
    hvn_store_be16(ip + 10, 0);
    hvn_store_be16(ip + 10, hvn_test_checksum(ip, MAX(header_words, 5) * 4, 0));
}

/* what a guest writes between the look at the layers and the look at the fragment: lengths below the header and beyond the frame */
static void
test_changed(void)
{
    static const struct {
        guint header_words;
        guint16 total_len;
    } lies[] = {{5, 0}, {5, 19}, {5, 20}, {5, 1501}, {5, 60000}, {5, 65535}, {0, 1500}, {4, 1500}, {15, 59}, {15, 60}};
    g_autoptr(HvnUserFragments) fragments = hvn_user_fragments_new();
    g_autoptr(GByteArray) whole = build(0, PAYLOAD, 1);
    gsize len;

    for (guint more = 0; more < 2; more++) {
        for (guint i = 0; i < G_N_ELEMENTS(lies); i++) {
            g_autoptr(GByteArray) frame = cut(whole, 1480, 2960, more);

            set_lengths(frame, lies[i].header_words, lies[i].total_len);
            g_assert_null(hvn_user_fragments_add(fragments, frame->data, frame->len, 1, &len));
            g_assert_cmpuint(hvn_user_fragments_get_dropped(fragments), ==, more * G_N_ELEMENTS(lies) + i + 1);
        }
    }
    g_assert_null(hvn_user_fragments_add(fragments, whole->data, 33, 1, &len));
    g_assert_cmpuint(hvn_user_fragments_get_dropped(fragments), ==, 2 * G_N_ELEMENTS(lies) + 1);
}

/* the longest that there is, and one that only its longer header makes too long */
static void
test_largest(void)
{
    g_autoptr(HvnUserFragments) fragments = hvn_user_fragments_new();
    g_autoptr(GByteArray) whole = build(0, 65535 - 28, 1), longer = build(40, 65535 - 68, 2);
    g_autoptr(GByteArray) last = NULL;
    gsize len, half = 32768;

    g_assert_null(add_cut(fragments, whole, half, 65535 - 20, FALSE, 1, &len));
    assert_whole(add_cut(fragments, whole, 0, half, TRUE, 1, &len), &len, whole);

    last = cut(whole, half, 65535 - 20, FALSE);
    hvn_store_be16(last->data + 14 + 4, 2);
    hvn_store_be16(last->data + 14 + 10, 0);
    hvn_store_be16(last->data + 14 + 10, hvn_test_checksum(last->data + 14, 20, 0));
    g_assert_null(add(fragments, last, 1, &len));
    g_assert_null(add_cut(fragments, longer, 0, half, TRUE, 1, &len));
    g_assert_cmpuint(hvn_user_fragments_get_dropped(fragments), ==, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/user/fragments/orders", test_orders);
    g_test_add_func("/user/fragments/only-fragments", test_only_fragments);
    g_test_add_func("/user/fragments/twice-and-overlapping", test_twice_and_overlapping);
    g_test_add_func("/user/fragments/many-and-old", test_many_and_old);
    g_test_add_func("/user/fragments/wrong", test_wrong);
    g_test_add_func("/user/fragments/changed", test_changed);
    g_test_add_func("/user/fragments/largest", test_largest);
    return g_test_run();
}
