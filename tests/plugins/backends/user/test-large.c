/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MSS rewriting with right checksums at every alignment, the table of connections, and frames with a GSO type. */
#include "hvn-user-large.h"

#include <string.h>

#include "hvn-bytes.h"
#include "hvn-test-frames.h"

/* a SYN with these option bytes */
static GByteArray *
build_syn(guint version, guint8 flags, const guint8 *options, guint n_options, HvnLayers *layers)
{
    HvnTestFrame spec = {.ip_version = version, .protocol = 6, .tcp_flags = flags, .payload_len = n_options};
    GByteArray *frame = hvn_test_frame_build(&spec);

    g_assert_true(hvn_layers_parse(frame->data, frame->len, frame->len, layers));
    frame->data[layers->l4_offset + 12] = (guint8)((20 + n_options) / 4 << 4);
    memcpy(frame->data + layers->l4_offset + 20, options, n_options);
    g_assert_true(hvn_layers_parse(frame->data, frame->len, frame->len, layers));
    hvn_store_be16(frame->data + layers->l4_offset + 16, 0);
    hvn_store_be16(frame->data + layers->l4_offset + 16,
                   (guint16)~hvn_checksum_fold(
                       hvn_checksum_add(hvn_checksum_pseudo(frame->data + layers->ip_offset, version, 6, (guint32)layers->l4_len),
                                        frame->data + layers->l4_offset, layers->l4_len)));
    return frame;
}

static gboolean
checksum_is_right(const GByteArray *frame, const HvnLayers *layers)
{
    return hvn_checksum_fold(hvn_checksum_add(
               hvn_checksum_pseudo(frame->data + layers->ip_offset, layers->ip_version, 6, (guint32)layers->l4_len),
               frame->data + layers->l4_offset, layers->l4_len)) == 0xffff;
}

static void
turn_round(GByteArray *frame, const HvnLayers *layers)
{
    guint len = layers->ip_version == 6 ? 16 : 4;
    guint8 *addresses = frame->data + layers->ip_offset + (layers->ip_version == 6 ? 8 : 12),
           *ports = frame->data + layers->l4_offset;
    guint8 keep[16];

    memcpy(keep, addresses, len);
    memcpy(addresses, addresses + len, len);
    memcpy(addresses + len, keep, len);
    memcpy(keep, ports, 2);
    memcpy(ports, ports + 2, 2);
    memcpy(ports + 2, keep, 2);
}

static void
test_raise(void)
{
    static const struct {
        guint8 options[12];
        guint n, at; /* at: offset of the value behind the TCP header's 20 bytes, 0 for none */
    } cases[] = {
        {{2, 4, 0x05, 0xb4}, 4, 2},
        {{1, 2, 4, 0x05, 0xb4, 1, 1, 0}, 8, 3},
        {{1, 1, 2, 4, 0x05, 0xb4, 4, 2}, 8, 4},
        {{3, 3, 7, 2, 4, 0x05, 0xb4, 1}, 8, 5},
        {{1, 1, 1, 1}, 4, 0},
        {{0, 2, 4, 5}, 4, 0},
        {{2, 3, 5, 1}, 4, 0},
        {{2, 0, 5, 1}, 4, 0},
        {{2, 200, 5, 1}, 4, 0},
        {{1, 1, 1, 2}, 4, 0},
    };

    for (guint version = 4; version <= 6; version += 2) {
        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
            g_autoptr(HvnUserLarge) large = hvn_user_large_new(1500, FALSE);
            HvnLayers layers;
            g_autoptr(GByteArray) frame = build_syn(version, 2, cases[i].options, cases[i].n, &layers);
            gsize at = layers.l4_offset + 20 + cases[i].at;

            g_assert_true(hvn_user_tcp_is_syn(frame->data, &layers));
            g_assert_cmpuint(hvn_user_tcp_find_mss(frame->data, &layers), ==, cases[i].at != 0 ? at : 0);
            hvn_user_large_from_guest(large, frame->data, &layers, TRUE);
            g_assert_true(checksum_is_right(frame, &layers));
            if (cases[i].at != 0)
                g_assert_cmpuint(hvn_load_be16(frame->data + at), ==, HVN_USER_LARGE_MTU - (version == 4 ? 40 : 60));
            turn_round(frame, &layers);
            g_assert_cmpuint(hvn_user_large_get_mss(large, frame->data, &layers), ==,
                             cases[i].at != 0 ? 1460
                             : version == 4   ? 536
                                              : 1220);
        }
    }
}

static void
test_every_mss(void)
{
    g_autoptr(HvnUserLarge) large = hvn_user_large_new(1500, FALSE);

    for (guint mss = 0; mss < 65536; mss += 7) {
        const guint8 options[8] = {1, 2, 4, (guint8)(mss >> 8), (guint8)mss, 1, 1, 1};
        HvnLayers layers;
        g_autoptr(GByteArray) frame = build_syn(4, 2, options, 8, &layers);

        hvn_user_large_from_guest(large, frame->data, &layers, TRUE);
        g_assert_true(checksum_is_right(frame, &layers));
        g_assert_cmpuint(hvn_load_be16(frame->data + layers.l4_offset + 23), ==, mss < 256 ? mss : HVN_USER_LARGE_MTU - 40);
    }
}

static void
test_to_guest(void)
{
    static const guint8 large_mss[4] = {2, 4, 0xff, 0xc9}, jumbo[4] = {2, 4, 0x23, 0x00};
    g_autoptr(HvnUserLarge) large = hvn_user_large_new(1500, FALSE), fixed = hvn_user_large_new(1500, TRUE);
    HvnLayers layers;
    g_autoptr(GByteArray) syn = build_syn(4, 2, large_mss, 4, &layers), from_guest = build_syn(4, 2, jumbo, 4, &layers);
    g_autoptr(GByteArray) answer = NULL;

    hvn_user_large_syn_to_guest(large, syn->data, &layers);
    g_assert_cmpuint(hvn_load_be16(syn->data + 56), ==, 1460);
    g_assert_true(checksum_is_right(syn, &layers));
    /* a guest with jumbo frames is offered as much as it offers, unless the MTU was set */
    hvn_user_large_from_guest(large, from_guest->data, &layers, TRUE);
    answer = build_syn(4, 0x12, large_mss, 4, &layers);
    turn_round(answer, &layers);
    hvn_user_large_syn_to_guest(fixed, answer->data, &layers);
    g_assert_cmpuint(hvn_load_be16(answer->data + 56), ==, 1460);
    hvn_user_tcp_set_mss(answer->data, &layers, 56, 65481, TRUE);
    hvn_user_large_syn_to_guest(large, answer->data, &layers);
    g_assert_cmpuint(hvn_load_be16(answer->data + 56), ==, 0x2300);
}

/* far more connections than the table holds: bounded, and what was forgotten is cut by the MTU */
static void
test_many(void)
{
    static const guint8 options[4] = {2, 4, 0x04, 0x00};
    g_autoptr(HvnUserLarge) large = hvn_user_large_new(1500, FALSE);
    HvnLayers layers;
    g_autoptr(GByteArray) frame = build_syn(4, 2, options, 4, &layers);
    guint kept = 0;

    for (guint port = 1; port < 20000; port++) {
        hvn_store_be16(frame->data + layers.l4_offset, (guint16)port);
        hvn_store_be16(frame->data + 56, 1024);
        hvn_user_large_from_guest(large, frame->data, &layers, TRUE);
    }
    turn_round(frame, &layers);
    for (guint port = 1; port < 20000; port++) {
        guint mss;

        hvn_store_be16(frame->data + layers.l4_offset + 2, (guint16)port);
        mss = hvn_user_large_get_mss(large, frame->data, &layers);
        g_assert_true(mss == 1024 || mss == 1460);
        kept += mss == 1024;
        if (port == 19999)
            g_assert_cmpuint(mss, ==, 1024);
    }
    g_assert_cmpuint(kept, <=, 1024);
    g_assert_cmpuint(kept, >, 800);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/user/large/raise", test_raise);
    g_test_add_func("/user/large/every-mss", test_every_mss);
    g_test_add_func("/user/large/to-guest", test_to_guest);
    g_test_add_func("/user/large/many", test_many);
    return g_test_run();
}
