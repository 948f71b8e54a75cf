/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* VLANs (IEEE 802.1Q): sets of their identifiers, and tags that are put on or taken off frames that are lent. */
#pragma once

#include "hvn-frame.h"

G_BEGIN_DECLS

#define HVN_VLAN_ID_MAX   4094   /* 0 is no VLAN, 4095 is reserved (IEEE 802.1Q, table 9-2) */
#define HVN_VLAN_ID_MASK  0x0fff /* of the tag control information */
#define HVN_VLAN_TYPE     0x8100
#define HVN_VLAN_TAG_LEN  4
#define HVN_VLAN_HEAD_LEN (HVN_ETHER_HEADER_LEN + HVN_VLAN_TAG_LEN)

/**
 * HvnVlanSet:
 *
 * A set of VLANs. Zeroed it is empty.
 */
typedef struct {
    guint64 bits[(HVN_VLAN_ID_MASK + 1) / 64];
} HvnVlanSet;

/**
 * hvn_vlan_set_add: (skip)
 * @self: a set
 * @text: "42", or a range such as "100-199", of numbers from 1 to %HVN_VLAN_ID_MAX
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR_INVALID_CONFIG set
 */
gboolean
hvn_vlan_set_add(HvnVlanSet *self, const char *text, GError **error);

/**
 * hvn_vlan_set_has: (skip)
 * @self: a set
 * @id: a VLAN, 0 to 4095
 *
 * Returns: whether it is in the set
 */
static inline gboolean
hvn_vlan_set_has(const HvnVlanSet *self, guint id)
{
    return (self->bits[id / 64] >> (id % 64) & 1) != 0;
}

/**
 * HvnVlanEditor:
 *
 * Room for a batch of frames whose tags were changed.
 */
typedef struct _HvnVlanEditor HvnVlanEditor;

/**
 * hvn_vlan_editor_new: (skip)
 *
 * Returns: (transfer full): an editor
 */
HvnVlanEditor *
hvn_vlan_editor_new(void);

/**
 * hvn_vlan_editor_free: (skip)
 * @self: (transfer full) (nullable): an editor
 */
void
hvn_vlan_editor_free(HvnVlanEditor *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnVlanEditor, hvn_vlan_editor_free)

/**
 * hvn_vlan_editor_begin: (skip)
 * @self: an editor
 *
 * Forgets the frames that it has.
 */
void
hvn_vlan_editor_begin(HvnVlanEditor *self);

/**
 * hvn_vlan_editor_add: (skip)
 * @self: an editor
 * @frame: a frame, which is not written to
 * @head: (array fixed-size=18): its first bytes as they were judged, which count from now on: the frame may be a guest's to change
 * @tagged: whether these have a tag
 * @vlan: the VLAN that the tag shall name, 0 for no tag. The priority of a tag that was there stays
 *
 * Adds the frame behind a head of its own; the rest of it is lent on.
 *
 * Returns: %FALSE when there is no room: send what is there, and begin again
 */
gboolean
hvn_vlan_editor_add(HvnVlanEditor *self, const HvnFrame *frame, const guint8 *head, gboolean tagged, guint vlan);

/**
 * hvn_vlan_editor_get_frames: (skip)
 * @self: an editor
 * @n_frames: (out): how many
 *
 * Returns: (transfer none) (array length=n_frames): the frames since hvn_vlan_editor_begin()
 */
const HvnFrame *
hvn_vlan_editor_get_frames(const HvnVlanEditor *self, guint *n_frames);

G_END_DECLS
