/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Registers and descriptors of the Intel 8254x as its driver in the probe uses them, in the order of the Software Developer's
 * Manual (317453), chapters 3 and 13. The guest's view: it shares nothing with the model of the device. */
#pragma once

#include "hvn-probe-driver.h"

#define E1000_CTRL   0x00000 /* 13.4.1 */
#define E1000_STATUS 0x00008 /* 13.4.2 */
#define E1000_EECD   0x00010 /* 13.4.3 */
#define E1000_EERD   0x00014 /* 13.4.4 */
#define E1000_MDIC   0x00020 /* 13.4.7 */
#define E1000_ICR    0x000c0 /* 13.4.17 */
#define E1000_ITR    0x000c4 /* 13.4.18 */
#define E1000_IMS    0x000d0 /* 13.4.20 */
#define E1000_IMC    0x000d8 /* 13.4.21 */
#define E1000_RCTL   0x00100 /* 13.4.22 */
#define E1000_TCTL   0x00400 /* 13.4.33 */
#define E1000_TIPG   0x00410 /* 13.4.34 */
#define E1000_RDBAL  0x02800 /* 13.4.25 */
#define E1000_RDBAH  0x02804
#define E1000_RDLEN  0x02808
#define E1000_RDH    0x02810
#define E1000_RDT    0x02818
#define E1000_RDTR   0x02820
#define E1000_RADV   0x0282c
#define E1000_TDBAL  0x03800 /* 13.4.35 */
#define E1000_TDBAH  0x03804
#define E1000_TDLEN  0x03808
#define E1000_TDH    0x03810
#define E1000_TDT    0x03818
#define E1000_TIDV   0x03820
#define E1000_RXCSUM 0x05000 /* 13.4.43 */
#define E1000_MTA    0x05200 /* 13.5.1, 128 of them */
#define E1000_RAL0   0x05400 /* 13.5.2 */
#define E1000_RAH0   0x05404 /* 13.5.3 */

#define E1000_CTRL_ASDE (1u << 5)
#define E1000_CTRL_SLU  (1u << 6)
#define E1000_CTRL_RST  (1u << 26)
#define E1000_CTRL_VME  (1u << 30)

#define E1000_STATUS_FD          (1u << 0)
#define E1000_STATUS_LU          (1u << 1)
#define E1000_STATUS_SPEED_SHIFT 6 /* 0 is 10, 1 is 100, 2 and 3 are 1000 Mbit/s */
#define E1000_STATUS_SPEED_MASK  3u

#define E1000_EECD_SK  (1u << 0)
#define E1000_EECD_CS  (1u << 1)
#define E1000_EECD_DI  (1u << 2)
#define E1000_EECD_DO  (1u << 3)
#define E1000_EECD_REQ (1u << 6)
#define E1000_EECD_GNT (1u << 7)

#define E1000_EERD_START      (1u << 0)
#define E1000_EERD_DONE       (1u << 4)
#define E1000_EERD_ADDR_SHIFT 8
#define E1000_EERD_DATA_SHIFT 16

#define E1000_MDIC_REG_SHIFT 16
#define E1000_MDIC_PHY_SHIFT 21
#define E1000_MDIC_OP_READ   (2u << 26)
#define E1000_MDIC_READY     (1u << 28)
#define E1000_MDIC_ERROR     (1u << 30)

#define E1000_ICR_TXDW   (1u << 0)
#define E1000_ICR_LSC    (1u << 2)
#define E1000_ICR_RXSEQ  (1u << 3)
#define E1000_ICR_RXDMT0 (1u << 4)
#define E1000_ICR_RXO    (1u << 6)
#define E1000_ICR_RXT0   (1u << 7)

#define E1000_RCTL_EN    (1u << 1)
#define E1000_RCTL_BAM   (1u << 15)
#define E1000_RCTL_SECRC (1u << 26) /* BSIZE 0 is 2048 bytes */

#define E1000_TCTL_EN         (1u << 1)
#define E1000_TCTL_PSP        (1u << 3)
#define E1000_TCTL_CT_SHIFT   4
#define E1000_TCTL_COLD_SHIFT 12

/* 13.4.34, copper: IPGT 8, IPGR1 8, IPGR2 6 */
#define E1000_TIPG_COPPER (8u | 8u << 10 | 6u << 20)

#define E1000_RXCSUM_IPOFL (1u << 8)
#define E1000_RXCSUM_TUOFL (1u << 9)

#define E1000_RAH_AV (1u << 31)

/* 3.2.3 receive descriptor: address 0..7, length 8, checksum 10, status 12, errors 13, special 14 */
#define E1000_DESC_SIZE 16
#define E1000_RXD_LENGTH 8
#define E1000_RXD_STATUS 12
#define E1000_RXD_ERRORS 13

#define E1000_RXD_STAT_DD  (1u << 0)
#define E1000_RXD_STAT_EOP (1u << 1)
/* CE, SE, SEQ, CXE and RXE spoil the frame; TCPE and IPE are for the stack to find */
#define E1000_RXD_ERR_FRAME 0x97u

/* 3.3.3 legacy transmit descriptor: address 0..7, length 8, CSO 10, CMD 11, STA 12, CSS 13, special 14 */
#define E1000_TXD_LENGTH 8
#define E1000_TXD_CSO    10
#define E1000_TXD_CMD    11
#define E1000_TXD_STATUS 12
#define E1000_TXD_CSS    13

#define E1000_TXD_CMD_EOP  (1u << 0)
#define E1000_TXD_CMD_IFCS (1u << 1)
#define E1000_TXD_CMD_IC   (1u << 2)
#define E1000_TXD_CMD_RS   (1u << 3)
#define E1000_TXD_STAT_DD  (1u << 0)

/* 5.2, 5.6: the EEPROM's 64 words add up to this */
#define E1000_EEPROM_WORDS 64
#define E1000_EEPROM_SUM   0xbaba

#define HVN_PROBE_E1000_BAR 0

/**
 * HvnProbeE1000Ring:
 * @descs: descriptors, in guest memory
 * @addr: guest physical address of these
 * @buffers: a buffer for each descriptor
 * @buffers_addr: guest physical address of these
 * @next: receive: next to look at; transmit: next to fill
 * @clean: transmit: oldest that the device still has
 * @tail: what the tail register holds
 */
typedef struct {
    guint8 *descs;
    guint64 addr;
    guint8 *buffers;
    guint64 buffers_addr;
    guint   next;
    guint   clean;
    guint   tail;
} HvnProbeE1000Ring;

/**
 * HvnProbeE1000:
 * @parent: what all drivers share
 * @tx: transmit ring
 * @rx: receive ring
 * @skip: the rest of a frame that is larger than a buffer is passed over
 * @spurious: interrupts in a row without a cause
 * @up: between start and stop
 */
typedef struct {
    HvnProbeDriver    parent;
    HvnProbeE1000Ring tx;
    HvnProbeE1000Ring rx;
    gboolean          skip;
    guint             spurious;
    gboolean          up;
} HvnProbeE1000;

guint32
hvn_probe_e1000_read(HvnProbeE1000 *self, guint offset);
void
hvn_probe_e1000_write(HvnProbeE1000 *self, guint offset, guint32 value);

/* reads until the bits have the value that is wanted */
gboolean
hvn_probe_e1000_poll(HvnProbeE1000 *self, guint offset, guint32 bits, guint32 want, guint32 *value, GError **error);

/* EEPROM, receive address and PHY into the facts; FALSE with what does not fit together */
gboolean
hvn_probe_e1000_identify(HvnProbeE1000 *self, GError **error);
