/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Layouts in guest memory, little-endian: the header before each frame of the C mode's receive ring (6.1), the C+ mode's transmit and
 * receive descriptors, and the block of tally counters. A descriptor is loaded once from bytes that were copied out of the ring. */
#pragma once

#include "hvn-bytes.h"
#include "hvn-rtl8139-regs.h"

G_BEGIN_DECLS

/* 6.1 receive status in the packet header: 16 bits of status, 16 of length, FCS included */
#define RTL8139_RSR_LEN  4
#define RTL8139_RSR_ROK  BIT(0)
#define RTL8139_RSR_RUNT BIT(4)
#define RTL8139_RSR_BAR  BIT(13)
#define RTL8139_RSR_PAM  BIT(14)
#define RTL8139_RSR_MAR  BIT(15)

#define RTL8139_DESC_SIZE 16
#define RTL8139_RING_MAX  64 /* descriptors of a ring */

/* both kinds of descriptor, first word */
#define RTL8139_DESC_LS  BIT(28)
#define RTL8139_DESC_FS  BIT(29)
#define RTL8139_DESC_EOR BIT(30)
#define RTL8139_DESC_OWN BIT(31)

/* transmit command, first word */
#define RTL8139_TXD_LEN       0x0000ffffu
#define RTL8139_TXD_TCPCS     BIT(16)
#define RTL8139_TXD_UDPCS     BIT(17)
#define RTL8139_TXD_IPCS      BIT(18)
#define RTL8139_TXD_MSS_SHIFT 16 /* with LGSEN, in place of the three above */
#define RTL8139_TXD_MSS       0x7ffu
#define RTL8139_TXD_LGSEN     BIT(27)
/* transmit status, first word */
#define RTL8139_TXD_LNKF   BIT(21)
#define RTL8139_TXD_TES    BIT(23)
#define RTL8139_TXD_KEPT   (RTL8139_DESC_EOR | RTL8139_DESC_FS | RTL8139_DESC_LS | RTL8139_TXD_LEN)
/* transmit command, second word; the tag's bytes stand in the order of the wire */
#define RTL8139_TXD_TAGC BIT(17)

/* receive command, first word */
#define RTL8139_RXD_SIZE 0x1fffu
/* receive status, first word; the low bits are the length, FCS included */
#define RTL8139_RXD_TCPF     BIT(13)
#define RTL8139_RXD_UDPF     BIT(14)
#define RTL8139_RXD_IPF      BIT(15)
#define RTL8139_RXD_PID_TCP  BIT(16)
#define RTL8139_RXD_PID_UDP  BIT(17)
#define RTL8139_RXD_PID_IP   (BIT(16) | BIT(17))
#define RTL8139_RXD_RUNT     BIT(19)
#define RTL8139_RXD_RES      BIT(20)
#define RTL8139_RXD_BAR      BIT(24)
#define RTL8139_RXD_PAM      BIT(25)
#define RTL8139_RXD_MAR      BIT(26)
/* receive status, second word */
#define RTL8139_RXD_TAVA BIT(16)

/**
 * HvnRtl8139Desc:
 * @command: OWN, EOR, FS, LS and what depends on the kind
 * @vlan: tag and whether there is one
 * @address: bus address of the buffer
 */
typedef struct {
    guint32 command;
    guint32 vlan;
    guint64 address;
} HvnRtl8139Desc;

static inline void
hvn_rtl8139_desc_load(HvnRtl8139Desc *self, const guint8 *bytes)
{
    self->command = hvn_load_le32(bytes);
    self->vlan = hvn_load_le32(bytes + 4);
    self->address = hvn_load_le64(bytes + 8);
}

/* the block that DTCCR dumps */
#define RTL8139_TALLY_LEN 64

/**
 * HvnRtl8139Tally:
 * @tx_ok: TxOk, frames sent
 * @rx_ok: RxOk, frames stored
 * @tx_er: TxER, frames that were not sent
 * @rx_er: RxEr, frames with errors
 * @miss_pkt: MissPkt, frames that no buffer could hold
 * @rx_ok_phy: RxOkPhy, of @rx_ok those to the address of the NIC
 * @rx_ok_brd: RxOkBrd, broadcast
 * @rx_ok_mul: RxOkMul, multicast
 *
 * Those that count what never happens here (FAE, Tx1Col, TxMCol, TxAbt, TxUndrn) are dumped as 0.
 */
typedef struct {
    guint64 tx_ok;
    guint64 rx_ok;
    guint64 tx_er;
    guint32 rx_er;
    guint16 miss_pkt;
    guint64 rx_ok_phy;
    guint64 rx_ok_brd;
    guint32 rx_ok_mul;
} HvnRtl8139Tally;

static inline void
hvn_rtl8139_tally_store(const HvnRtl8139Tally *self, guint8 *bytes)
{
    memset(bytes, 0, RTL8139_TALLY_LEN);
    hvn_store_le64(bytes, self->tx_ok);
    hvn_store_le64(bytes + 8, self->rx_ok);
    hvn_store_le64(bytes + 16, self->tx_er);
    hvn_store_le32(bytes + 24, self->rx_er);
    hvn_store_le16(bytes + 28, self->miss_pkt);
    hvn_store_le64(bytes + 40, self->rx_ok_phy);
    hvn_store_le64(bytes + 48, self->rx_ok_brd);
    hvn_store_le32(bytes + 56, self->rx_ok_mul);
}

G_END_DECLS
