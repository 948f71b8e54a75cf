/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets of VLANs, and tags put on and taken off (hvn-vlan.c). */
#include "hvn-vlan.h"

#include <string.h>

#include "hvn-bytes.h"
#include "hvn-error.h"

static void
test_set(void)
{
    static const char *const bad[] = {"", "0", "4095", "a", "1-", "-1", "5-4", "1-4095", "1-2-3", " 1", "+1", "01x"};
    HvnVlanSet set = {0};

    g_assert_true(hvn_vlan_set_add(&set, "1", NULL));
    g_assert_true(hvn_vlan_set_add(&set, "100-199", NULL));
    g_assert_true(hvn_vlan_set_add(&set, "4094", NULL));
    for (guint id = 0; id <= HVN_VLAN_ID_MASK; id++)
        g_assert_cmpint(hvn_vlan_set_has(&set, id), ==, id == 1 || (id >= 100 && id <= 199) || id == 4094);
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_false(hvn_vlan_set_add(&set, bad[i], &error));
        g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
        g_assert_nonnull(strstr(error->message, "expected a number from 1 to 4094"));
    }
}

/* a frame of counting bytes, in pieces of so many bytes */
static void
build(guint8 *bytes, gsize len, gboolean tagged, gsize piece, struct iovec *iov, HvnFrame *frame)
{
    guint n = 0;

    for (gsize i = 0; i < len; i++)
        bytes[i] = i;
    if (tagged) {
        hvn_store_be16(bytes + 12, HVN_VLAN_TYPE);
        hvn_store_be16(bytes + 14, 0xb00a);
    }
    for (gsize at = 0; at < len; at += piece)
        iov[n++] = (struct iovec){bytes + at, MIN(piece, len - at)};
    hvn_frame_init(frame, iov, n);
    frame->offload = (HvnOffload){.flags = HVN_OFFLOAD_NEEDS_CSUM, .csum_start = tagged ? 38 : 34, .csum_offset = 16};
}

static void
check(gsize len, gboolean tagged, guint vlan, gsize piece)
{
    g_autoptr(HvnVlanEditor) editor = hvn_vlan_editor_new();
    g_autofree guint8 *bytes = g_malloc(len), *got = g_malloc0(len + 4);
    g_autofree struct iovec *iov = g_new(struct iovec, len);
    guint8 head[HVN_VLAN_HEAD_LEN];
    const HvnFrame *edited;
    HvnFrame frame;
    gsize old_len = tagged ? 16 : 12, new_len = vlan != 0 ? 16 : 12;
    guint n_frames;

    build(bytes, len, tagged, piece, iov, &frame);
    hvn_frame_copy(&frame, 0, head, sizeof head);
    /* the guest thinks better of it: what counts is what was judged */
    memset(bytes + 12, 0xee, old_len + 2 - 12);
    hvn_vlan_editor_begin(editor);
    g_assert_true(hvn_vlan_editor_add(editor, &frame, head, tagged, vlan));
    edited = hvn_vlan_editor_get_frames(editor, &n_frames);
    g_assert_cmpuint(n_frames, ==, 1);
    g_assert_cmpuint(edited->len, ==, len - old_len + new_len);
    g_assert_cmpuint(hvn_frame_copy(edited, 0, got, len + 4), ==, edited->len);
    g_assert_cmpmem(got, 12, head, 12);
    if (vlan != 0) {
        g_assert_cmphex(hvn_load_be16(got + 12), ==, HVN_VLAN_TYPE);
        g_assert_cmphex(hvn_load_be16(got + 14), ==, (tagged ? 0xb000 : 0) | vlan);
    }
    g_assert_cmpmem(got + new_len, 2, head + old_len, 2);
    g_assert_cmpmem(got + new_len + 2, edited->len - new_len - 2, bytes + old_len + 2, len - old_len - 2);
    g_assert_cmpuint(edited->offload.csum_start, ==, new_len - 12 + 34);
}

static void
test_tags(void)
{
    static const gsize lengths[] = {18, 60, 1514};
    static const gsize pieces[] = {1, 7, 13, 16, 5000};

    for (guint len = 0; len < G_N_ELEMENTS(lengths); len++) {
        for (guint piece = 0; piece < G_N_ELEMENTS(pieces); piece++) {
            if (lengths[len] / pieces[piece] > HVN_FRAME_IOV_MAX)
                continue;
            for (guint way = 0; way < 4; way++)
                check(lengths[len], way & 1, way & 2 ? 20 : 0, pieces[piece]);
        }
    }
    check(14, FALSE, 20, 14);
    check(14, FALSE, 0, 1);
    check(HVN_FRAME_IOV_MAX, FALSE, 20, 1); /* in as many pieces as there may be */
}

/* an editor takes a batch, or as much as it has room for */
static void
test_room(void)
{
    g_autoptr(HvnVlanEditor) editor = hvn_vlan_editor_new();
    guint8 bytes[HVN_FRAME_IOV_MAX];
    struct iovec iov[HVN_FRAME_IOV_MAX];
    HvnFrame frame;
    guint n = 0, n_frames;

    build(bytes, 60, FALSE, 60, iov, &frame);
    hvn_vlan_editor_begin(editor);
    while (hvn_vlan_editor_add(editor, &frame, bytes, FALSE, 5))
        n++;
    g_assert_cmpuint(n, ==, HVN_BATCH_MAX);
    build(bytes, 200, FALSE, 1, iov, &frame);
    hvn_vlan_editor_begin(editor);
    for (n = 0; hvn_vlan_editor_add(editor, &frame, bytes, FALSE, 5);)
        n++;
    g_assert_cmpuint(n, >=, 4);
    hvn_vlan_editor_get_frames(editor, &n_frames);
    g_assert_cmpuint(n_frames, ==, n);
    /* of frames that have to be copied whole, one at a time */
    build(bytes, HVN_FRAME_IOV_MAX, FALSE, 1, iov, &frame);
    hvn_vlan_editor_begin(editor);
    g_assert_true(hvn_vlan_editor_add(editor, &frame, bytes, FALSE, 5));
    g_assert_false(hvn_vlan_editor_add(editor, &frame, bytes, FALSE, 5));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vlan/set", test_set);
    g_test_add_func("/vlan/tags", test_tags);
    g_test_add_func("/vlan/room", test_room);
    return g_test_run();
}
