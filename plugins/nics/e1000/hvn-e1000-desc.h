/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptor layouts of the 8254x (SDM 317453, chapter 3): receive (3.2.3), legacy transmit (3.3.3), TCP/IP context
 * (3.3.6) and TCP/IP data (3.3.7). Each is 16 bytes, little-endian; it is loaded once from bytes that were copied out of
 * the ring. */
#pragma once

#include "hvn-bytes.h"
#include "hvn-e1000-regs.h"

G_BEGIN_DECLS

#define E1000_DESC_SIZE   16
#define E1000_DESC_STATUS 12 /* byte that holds DD, in receive and transmit descriptors alike */
#define E1000_DESC_DD     BIT(0)

/* 3.2.3.1 receive status, 3.2.3.2 receive errors */
#define E1000_RXD_STAT_EOP   BIT(1)
#define E1000_RXD_STAT_IXSM  BIT(2)
#define E1000_RXD_STAT_VP    BIT(3)
#define E1000_RXD_STAT_TCPCS BIT(5)
#define E1000_RXD_STAT_IPCS  BIT(6)
#define E1000_RXD_STAT_PIF   BIT(7)
#define E1000_RXD_ERR_TCPE   BIT(5)
#define E1000_RXD_ERR_IPE    BIT(6)
#define E1000_RXD_ERR_RXE    BIT(7)

/**
 * HvnE1000RxDesc:
 * @length: bytes in this buffer
 * @checksum: packet checksum
 * @status: DD, EOP, ...
 * @errors: IPE, TCPE, ...
 * @special: tag control information of a stripped VLAN tag
 *
 * What the device writes, the second half of the descriptor; the first half is the buffer's address.
 */
typedef struct {
    guint16 length;
    guint16 checksum;
    guint8 status;
    guint8 errors;
    guint16 special;
} HvnE1000RxDesc;

static inline guint64
hvn_e1000_rx_desc_pack(const HvnE1000RxDesc *self)
{
    return (guint64)self->length | (guint64)self->checksum << 16 | (guint64)self->status << 32 | (guint64)self->errors << 40 |
           (guint64)self->special << 48;
}

/* 3.3.3.1 command byte; IC belongs to the legacy descriptor, TSE to the others, DEXT tells them apart */
#define E1000_TXD_CMD_EOP  BIT(0)
#define E1000_TXD_CMD_IFCS BIT(1)
#define E1000_TXD_CMD_IC   BIT(2)
#define E1000_TXD_CMD_TSE  BIT(2)
#define E1000_TXD_CMD_RS   BIT(3)
#define E1000_TXD_CMD_RPS  BIT(4)
#define E1000_TXD_CMD_DEXT BIT(5)
#define E1000_TXD_CMD_VLE  BIT(6)
#define E1000_TXD_CMD_IDE  BIT(7)

/* 3.3.6.1 command byte of a context: the two low bits mean something else there */
#define E1000_TXD_TUCMD_TCP BIT(0)
#define E1000_TXD_TUCMD_IP  BIT(1)

/* 3.3.7 options of a data descriptor */
#define E1000_TXD_POPTS_IXSM BIT(0)
#define E1000_TXD_POPTS_TXSM BIT(1)

/**
 * HvnE1000TxDesc:
 * @address: bus address of the buffer
 * @length: bytes in the buffer
 * @cmd: command byte
 * @dtyp: type, when DEXT is set: 0 context, 1 data
 * @cso: where the checksum goes (legacy)
 * @css: where the checksum starts (legacy)
 * @popts: options (data)
 * @special: tag control information to insert
 */
typedef struct {
    guint64 address;
    guint32 length;
    guint8 cmd;
    guint8 dtyp;
    guint8 cso;
    guint8 css;
    guint8 popts;
    guint16 special;
} HvnE1000TxDesc;

static inline void
hvn_e1000_tx_desc_load(HvnE1000TxDesc *self, const guint8 *bytes)
{
    guint32 lower = hvn_load_le32(bytes + 8);
    guint32 upper = hvn_load_le32(bytes + 12);
    gboolean extended;

    self->address = hvn_load_le64(bytes);
    self->cmd = lower >> 24;
    extended = (self->cmd & E1000_TXD_CMD_DEXT) != 0;
    self->length = lower & (extended ? 0xfffff : 0xffff);
    self->dtyp = extended ? lower >> 20 & 0xf : 0;
    self->cso = lower >> 16 & 0xff;
    self->css = self->popts = upper >> 8 & 0xff;
    self->special = upper >> 16;
}

/**
 * HvnE1000TxContext:
 * @ipcss: first byte of the IP checksum
 * @ipcso: where it goes
 * @ipcse: its last byte, 0 for the end of the packet
 * @tucss: first byte of the TCP or UDP checksum
 * @tucso: where it goes
 * @tucse: its last byte, 0 for the end of the packet
 * @paylen: payload bytes of the whole
 * @tucmd: TCP, IP, TSE
 * @hdrlen: bytes of all headers
 * @mss: payload bytes of a segment
 */
typedef struct {
    guint8 ipcss;
    guint8 ipcso;
    guint16 ipcse;
    guint8 tucss;
    guint8 tucso;
    guint16 tucse;
    guint32 paylen;
    guint8 tucmd;
    guint8 hdrlen;
    guint16 mss;
} HvnE1000TxContext;

static inline void
hvn_e1000_tx_context_load(HvnE1000TxContext *self, const guint8 *bytes)
{
    guint32 lower = hvn_load_le32(bytes + 8);

    self->ipcss = bytes[0];
    self->ipcso = bytes[1];
    self->ipcse = hvn_load_le16(bytes + 2);
    self->tucss = bytes[4];
    self->tucso = bytes[5];
    self->tucse = hvn_load_le16(bytes + 6);
    self->paylen = lower & 0xfffff;
    self->tucmd = lower >> 24;
    self->hdrlen = bytes[13];
    self->mss = hvn_load_le16(bytes + 14);
}

static inline gboolean
hvn_e1000_tx_desc_is_context(const guint8 *bytes)
{
    guint32 lower = hvn_load_le32(bytes + 8);

    return (lower >> 24 & E1000_TXD_CMD_DEXT) != 0 && (lower >> 20 & 0xf) == 0;
}

G_END_DECLS
