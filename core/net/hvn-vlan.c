/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets of VLANs, and frames with another tag: a head of our own, and the rest of the frame as it was lent. */
#include "hvn-vlan.h"

#include <string.h>

#include "hvn-bytes.h"
#include "hvn-error.h"
#include "hvn-iov.h"

#define ADDRESSES_LEN 12 /* of the two stations, before the tag */
#define POOL          1024 /* pieces of a batch; of a frame with more than fit, a copy is made */

struct _HvnVlanEditor {
    HvnFrame     frames[HVN_BATCH_MAX];
    guint8       heads[HVN_BATCH_MAX][HVN_VLAN_HEAD_LEN];
    struct iovec pool[POOL];
    guint        n_frames;
    guint        n_pool;
    guint8      *flat; /* owned; room for one whole frame, NULL until needed */
    gboolean     has_flat;
};

/* ---- sets ---- */

gboolean
hvn_vlan_set_add(HvnVlanSet *self, const char *text, GError **error)
{
    g_auto(GStrv) ends = g_strsplit(text, "-", 2);
    guint64 first = 0, last = 0;
    gboolean valid = ends[0] != NULL && g_ascii_string_to_unsigned(ends[0], 10, 1, HVN_VLAN_ID_MAX, &first, NULL);

    if (valid && ends[1] != NULL)
        valid = g_ascii_string_to_unsigned(ends[1], 10, first, HVN_VLAN_ID_MAX, &last, NULL);
    else
        last = first;
    if (!valid) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "invalid VLAN '%s': expected a number from 1 to %d, or a range such as 100-199", text,
                    HVN_VLAN_ID_MAX);
        return FALSE;
    }
    for (guint id = first; id <= last; id++)
        self->bits[id / 64] |= G_GUINT64_CONSTANT(1) << (id % 64);
    return TRUE;
}

/* ---- tags ---- */

HvnVlanEditor *
hvn_vlan_editor_new(void)
{
    return g_new0(HvnVlanEditor, 1);
}

void
hvn_vlan_editor_free(HvnVlanEditor *self)
{
    if (self == NULL)
        return;
    g_free(self->flat);
    g_free(self);
}

void
hvn_vlan_editor_begin(HvnVlanEditor *self)
{
    self->n_frames = 0;
    self->n_pool = 0;
    self->has_flat = FALSE;
}

/* the pieces behind the head; 0 when they have no place */
static guint
hvn_vlan_editor_add_rest(HvnVlanEditor *self, const HvnFrame *frame, gsize offset)
{
    struct iovec *pieces = &self->pool[self->n_pool + 1];
    gsize         len = frame->len - offset;

    if (frame->n_iov < HVN_FRAME_IOV_MAX)
        return frame->n_iov <= POOL - self->n_pool - 1 ? hvn_iov_slice(frame->iov, frame->n_iov, offset, len, pieces, frame->n_iov) : 0;
    if (self->has_flat || self->n_pool + 2 > POOL || len > HVN_FRAME_LEN_MAX)
        return 0;
    if (self->flat == NULL)
        self->flat = g_malloc(HVN_FRAME_LEN_MAX);
    hvn_frame_copy(frame, offset, self->flat, len);
    *pieces = (struct iovec){self->flat, len};
    self->has_flat = TRUE;
    return 1;
}

gboolean
hvn_vlan_editor_add(HvnVlanEditor *self, const HvnFrame *frame, const guint8 *head, gboolean tagged, guint vlan)
{
    HvnFrame *edited = &self->frames[self->n_frames];
    guint8   *copy = self->heads[self->n_frames];
    guint     old_len = ADDRESSES_LEN + (tagged ? HVN_VLAN_TAG_LEN : 0);
    guint     new_len = ADDRESSES_LEN + (vlan != 0 ? HVN_VLAN_TAG_LEN : 0);
    guint     n_pieces;

    if (self->n_frames == HVN_BATCH_MAX || self->n_pool + 1 >= POOL)
        return FALSE;
    /* the type is part of the head too, so that it stays what it was judged to be */
    n_pieces = frame->len > old_len + 2 ? hvn_vlan_editor_add_rest(self, frame, old_len + 2) : 0;
    if (n_pieces == 0 && frame->len > old_len + 2)
        return FALSE;
    memcpy(copy, head, ADDRESSES_LEN);
    if (vlan != 0) {
        hvn_store_be16(copy + ADDRESSES_LEN, HVN_VLAN_TYPE);
        hvn_store_be16(copy + ADDRESSES_LEN + 2, (tagged ? hvn_load_be16(head + ADDRESSES_LEN + 2) & ~HVN_VLAN_ID_MASK : 0) | vlan);
    }
    memcpy(copy + new_len, head + old_len, 2);
    *edited = *frame;
    edited->iov = &self->pool[self->n_pool];
    edited->n_iov = n_pieces + 1;
    edited->len = frame->len - old_len + new_len;
    self->pool[self->n_pool] = (struct iovec){copy, new_len + 2};
    self->n_pool += n_pieces + 1;
    self->n_frames++;
    /* modulo 2^16, so that a tag that goes is a shift backwards; offsets that were wrong stay wrong, and the link sees that */
    hvn_offload_shift(&edited->offload, new_len - old_len);
    return TRUE;
}

const HvnFrame *
hvn_vlan_editor_get_frames(const HvnVlanEditor *self, guint *n_frames)
{
    *n_frames = self->n_frames;
    return self->frames;
}
