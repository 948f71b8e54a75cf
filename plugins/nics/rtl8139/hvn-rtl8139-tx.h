/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One frame of a C+ ring on its way out, between the gathering of its descriptors (-cplus-tx) and the work that the guest left to the
 * device (-offload). */
#pragma once

#include "hvn-rtl8139-nic.h"

G_BEGIN_DECLS

#define RTL8139_TX_PULL_MAX   (18 + 60 + 60) /* one tag, and the longest headers of IPv4 and TCP */
#define RTL8139_TX_HEADER_MAX (RTL8139_TX_PULL_MAX + 4)

typedef struct {
    HvnRtl8139Desc first;
    struct iovec  *pieces; /* the frame but for @header; the entry before it is free */
    guint          n_pieces;
    gsize          len;        /* bytes in header and pieces */
    guint8        *header;     /* room for RTL8139_TX_HEADER_MAX */
    gsize          header_len; /* 0 while nothing was copied */
    HvnOffload     offload;
    guint          n_segments; /* frames on the wire */
    gboolean       bad;        /* to be dropped */
} HvnRtl8139TxFrame;

/* whether anything is to be done beyond sending the bytes */
static inline gboolean
hvn_rtl8139_tx_frame_is_plain(const HvnRtl8139TxFrame *self)
{
    return !(self->first.command & (RTL8139_TXD_LGSEN | RTL8139_TXD_IPCS | RTL8139_TXD_UDPCS | RTL8139_TXD_TCPCS)) &&
           !(self->first.vlan & RTL8139_TXD_TAGC);
}

/* all that the first descriptor of a frame asks for; FALSE when it cannot be sent so */
gboolean
hvn_rtl8139_tx_offload(HvnRtl8139TxFrame *frame);

G_END_DECLS
