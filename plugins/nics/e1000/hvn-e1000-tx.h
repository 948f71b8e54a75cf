/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One frame on its way out, between the gathering of its descriptors (-tx) and the work that the guest left to the
 * device (-offload). */
#pragma once

#include "hvn-e1000-nic.h"

G_BEGIN_DECLS

#define E1000_TX_PULL_MAX   256 /* bytes of a frame that may be copied to be edited: HDRLEN and IPCSE of any use fit */
#define E1000_TX_HEADER_MAX (E1000_TX_PULL_MAX + 4) /* and a VLAN tag */

typedef struct {
    HvnE1000TxDesc first;
    HvnE1000TxDesc last;       /* the one with EOP */
    HvnE1000TxContext context; /* the one in force when the frame began; data descriptors only */
    struct iovec *pieces;      /* the frame but for @header; the entry before it is free */
    guint n_pieces;
    gsize len;        /* bytes in header and pieces */
    guint8 *header;   /* room for E1000_TX_HEADER_MAX */
    gsize header_len; /* 0 while nothing was copied */
    guint8 *bounce;   /* (nullable) owned by the sender: all of the frame, when an odd checksum needs it */
    HvnOffload offload;
    guint n_segments;  /* frames on the wire */
    gsize segment_len; /* bytes of each but the last */
    gboolean bad;      /* to be dropped */
    gboolean waiting;  /* some of it is in memory that is not shared, and on its way */
} HvnE1000TxFrame;

/* whether anything is to be done beyond sending the bytes */
static inline gboolean
hvn_e1000_tx_frame_is_plain(const HvnE1000TxFrame *self, gboolean vlan_mode)
{
    if (!(self->last.cmd & E1000_TXD_CMD_IFCS) || (vlan_mode && ((self->first.cmd | self->last.cmd) & E1000_TXD_CMD_VLE)))
        return FALSE;
    if (self->first.cmd & E1000_TXD_CMD_DEXT)
        return self->first.popts == 0 && !(self->first.cmd & E1000_TXD_CMD_TSE);
    return !(self->last.cmd & E1000_TXD_CMD_IC);
}

gboolean
hvn_e1000_tx_offload(HvnE1000Nic *self, HvnE1000TxFrame *frame);

G_END_DECLS
