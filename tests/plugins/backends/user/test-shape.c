/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fragments that join to what they were cut from, and the MTU in router advertisements. (DHCP replies: test-backend.c.) */
#include "hvn-user-shape.h"

#include <string.h>

#include "hvn-bytes.h"
#include "hvn-frame.h"
#include "hvn-test-frames.h"

typedef struct {
    guint8 payload[65536];
    gsize len;
    guint n, largest;
    gboolean last;
} Joined;

static void
join4(const guint8 *frame, gsize len, gpointer data)
{
    Joined *joined = data;
    guint16 flags = hvn_load_be16(frame + 20);

    g_assert_cmpuint(hvn_test_checksum(frame + 14, 20, 0), ==, 0);
    g_assert_cmpuint(hvn_load_be16(frame + 16), ==, len - 14);
    g_assert_cmpuint((flags & 0x1fff) * 8u, ==, joined->len);
    memcpy(joined->payload + joined->len, frame + 34, len - 34);
    joined->len += len - 34;
    joined->largest = MAX(joined->largest, (guint)len - 14);
    joined->last = (flags & 0x2000) == 0;
    joined->n++;
}

static void
join6(const guint8 *frame, gsize len, gpointer data)
{
    Joined *joined = data;
    guint16 offset = hvn_load_be16(frame + 56);

    g_assert_cmpuint(frame[20], ==, 44);
    g_assert_cmpuint(frame[54], ==, 17);
    g_assert_cmpuint(hvn_load_be16(frame + 18), ==, len - 54);
    g_assert_cmpuint(offset & ~7u, ==, joined->len);
    g_assert_cmpuint(hvn_load_be32(frame + 58), ==, 77);
    memcpy(joined->payload + joined->len, frame + 62, len - 62);
    joined->len += len - 62;
    joined->largest = MAX(joined->largest, (guint)len - 14);
    joined->last = (offset & 1) == 0;
    joined->n++;
}

static void
test_fragment(void)
{
    static const guint mtus[] = {1280, 1400, 1500, 9000};
    g_autofree Joined *joined = g_new(Joined, 1);
    g_autofree guint8 *scratch = g_malloc(HVN_FRAME_LEN_MAX);

    for (guint version = 4; version <= 6; version += 2) {
        for (guint i = 0; i < G_N_ELEMENTS(mtus); i++) {
            for (gsize payload = 1400; payload < 65000; payload = payload * 3 / 2 + 1) {
                HvnTestFrame spec = {.ip_version = version, .protocol = 17, .payload_len = payload};
                g_autoptr(GByteArray) frame = hvn_test_frame_build(&spec);
                gsize header = version == 4 ? 34 : 54;
                HvnLayers layers;

                memset(joined, 0, sizeof *joined);
                g_assert_true(hvn_layers_parse(frame->data, frame->len, frame->len, &layers));
                hvn_store_be16(frame->data + 20, version == 4 ? 0 : hvn_load_be16(frame->data + 20));
                g_assert_true(
                    hvn_user_shape_fragment(frame->data, &layers, mtus[i], 77, scratch, version == 4 ? join4 : join6, joined));
                g_assert_true(joined->last);
                g_assert_cmpuint(joined->largest, <=, mtus[i]);
                g_assert_cmpmem(joined->payload, joined->len, frame->data + header, frame->len - header);
            }
        }
    }
}

static void
test_must_not(void)
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 17, .payload_len = 3000};
    g_autoptr(GByteArray) frame = hvn_test_frame_build(&spec);
    g_autofree Joined *joined = g_new0(Joined, 1);
    g_autofree guint8 *scratch = g_malloc(HVN_FRAME_LEN_MAX);
    HvnLayers layers;

    hvn_layers_parse(frame->data, frame->len, frame->len, &layers);
    hvn_store_be16(frame->data + 20, 0x4000);
    g_assert_false(hvn_user_shape_fragment(frame->data, &layers, 1500, 1, scratch, join4, joined));
    g_assert_cmpuint(joined->n, ==, 0);
}

static gboolean
ra_checksum_is_right(const guint8 *frame, gsize len)
{
    return hvn_checksum_fold(
               hvn_checksum_add(hvn_checksum_pseudo(frame + 14, 6, 58, (guint32)(len - 54)), frame + 54, len - 54)) == 0xffff;
}

static void
test_router_advertisement(void)
{
    guint8 frame[54 + 24 + HVN_USER_SHAPE_GROWTH] = {0x33, 0x33, 0, 0, 0, 1, 0x52, 0x56, 0, 0, 0, 2, 0x86, 0xdd, 0x60};
    HvnLayers layers;
    gsize len = 54 + 24;

    hvn_store_be16(frame + 18, 24);
    frame[20] = 58;
    frame[54] = 134;
    frame[70] = 1;
    frame[71] = 1;
    g_assert_true(hvn_layers_parse(frame, len, len, &layers));
    g_assert_true(hvn_user_shape_advertises_mtu(frame, len, &layers));
    g_assert_cmpuint(hvn_user_shape_advertise_mtu(frame, len, &layers, 1400, FALSE), ==, len);
    len = hvn_user_shape_advertise_mtu(frame, len, &layers, 1400, TRUE);
    g_assert_cmpuint(len, ==, 54 + 32);
    g_assert_cmpuint(hvn_load_be16(frame + 18), ==, 32);
    g_assert_cmpmem(frame + 78, 8, ((const guint8[]){5, 1, 0, 0, 0, 0, 0x05, 0x78}), 8);
    g_assert_true(ra_checksum_is_right(frame, len));
    /* one that is there is lowered, and no second one is added */
    g_assert_cmpuint(hvn_user_shape_advertise_mtu(frame, len, &layers, 1300, FALSE), ==, len);
    g_assert_cmpuint(hvn_load_be32(frame + 82), ==, 1300);
    g_assert_true(ra_checksum_is_right(frame, len));
    /* an option of length 0 ends the search */
    frame[71] = 0;
    g_assert_cmpuint(hvn_user_shape_advertise_mtu(frame, len, &layers, 1280, TRUE), ==, len);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/user/shape/fragment", test_fragment);
    g_test_add_func("/user/shape/must-not", test_must_not);
    g_test_add_func("/user/shape/router-advertisement", test_router_advertisement);
    return g_test_run();
}
