/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What driver and device share in memory: command blocks, receive frame and buffer descriptors, the configuration, the counters
 * (chapter 6.4 of the manual). All little-endian. */
#pragma once

#include "hvn-bytes.h"

G_BEGIN_DECLS

/* 6.4.2 a command block (CB): status, command, link, and what the command wants */
#define I8255X_CB_STATUS  0
#define I8255X_CB_COMMAND 2
#define I8255X_CB_LINK    4
#define I8255X_CB_DATA    8
#define I8255X_CB_LEN     32 /* as much of one as is read at once: an extended transmit command block */

#define I8255X_CB_EL     0x8000u /* the last one of the list */
#define I8255X_CB_S      0x4000u /* suspend behind it */
#define I8255X_CB_I      0x2000u /* interrupt behind it */
#define I8255X_CB_NC     0x0010u /* transmit: FCS and source address come from memory */
#define I8255X_CB_SF     0x0008u /* transmit: flexible mode */
#define I8255X_CB_OPCODE 0x0007u

#define I8255X_CB_C  0x8000u /* complete */
#define I8255X_CB_OK 0x2000u
#define I8255X_CB_U  0x1000u /* transmit: underrun */

typedef enum {
    I8255X_OPCODE_NOP,
    I8255X_OPCODE_IA_SETUP,
    I8255X_OPCODE_CONFIGURE,
    I8255X_OPCODE_MULTICAST_SETUP,
    I8255X_OPCODE_TRANSMIT,
    I8255X_OPCODE_LOAD_MICROCODE,
    I8255X_OPCODE_DUMP,
    I8255X_OPCODE_DIAGNOSE,
} HvnI8255xOpcode;

/* 6.4.2.5 a transmit command block (TCB) */
#define I8255X_TCB_ARRAY    8
#define I8255X_TCB_COUNT    12      /* bytes behind the TCB, and EOF */
#define I8255X_TCB_NUMBER   15      /* TBDs, the two of an extended TCB included */
#define I8255X_TCB_DATA     16
#define I8255X_TCB_NO_ARRAY 0xffffffffu
#define I8255X_COUNT_MASK   0x3fffu
#define I8255X_TBD_LEN      8       /* address, size and EL */
#define I8255X_TBD_EL       0x10000u
#define I8255X_TBD_IN_TCB   2       /* of an extended TCB */

/* 6.4.3 a receive frame descriptor (RFD) */
#define I8255X_RFD_STATUS 0
#define I8255X_RFD_RBD    8  /* flexible mode */
#define I8255X_RFD_COUNT  12
#define I8255X_RFD_SIZE   14
#define I8255X_RFD_LEN    16

#define I8255X_RFD_SF        0x0008u
#define I8255X_RFD_C         0x8000u
#define I8255X_RFD_OK        0x2000u
#define I8255X_RFD_NO_ROOM   0x0200u /* the frame is larger than its memory */
#define I8255X_RFD_SHORT     0x0080u
#define I8255X_RFD_TYPE      0x0020u /* a type, not a length */
#define I8255X_RFD_NO_MATCH  0x0004u /* taken for promiscuous mode only */
#define I8255X_RFD_NOT_IA    0x0002u
#define I8255X_RFD_COUNT_EOF 0x8000u
#define I8255X_RFD_COUNT_F   0x4000u

/* a receive buffer descriptor (RBD): count, link, address, size */
#define I8255X_RBD_COUNT   0
#define I8255X_RBD_LINK    4
#define I8255X_RBD_ADDRESS 8
#define I8255X_RBD_SIZE    12
#define I8255X_RBD_LEN     16
#define I8255X_RBD_EL      0x8000u
#define I8255X_RBD_NONE    0xffffffffu

/* 6.4.2.3 the configuration, by byte */
#define I8255X_CONFIG_LEN              32
#define I8255X_CONFIG_COUNT            0x3fu
#define I8255X_CONFIG_6_TCO            0x04u /* statistics of 80 bytes */
#define I8255X_CONFIG_6_CI             0x08u /* no interrupt for a command unit that is suspended */
#define I8255X_CONFIG_6_STANDARD_TCB   0x10u
#define I8255X_CONFIG_6_STANDARD_STATS 0x20u
#define I8255X_CONFIG_6_SAVE_BAD       0x80u
#define I8255X_CONFIG_7_DISCARD_SHORT  0x01u
#define I8255X_CONFIG_10_NSAI          0x08u /* no source address insertion */
#define I8255X_CONFIG_10_LOOPBACK      0xc0u
#define I8255X_CONFIG_15_PROMISCUOUS   0x01u
#define I8255X_CONFIG_15_NO_BROADCAST  0x02u
#define I8255X_CONFIG_18_STRIPPING     0x01u
#define I8255X_CONFIG_18_PADDING       0x02u
#define I8255X_CONFIG_18_CRC           0x04u
#define I8255X_CONFIG_18_LONG          0x08u
#define I8255X_CONFIG_20_MULTIPLE_IA   0x40u
#define I8255X_CONFIG_21_MULTICAST_ALL 0x08u

/* the statistical counters, in their order in memory */
typedef enum {
    I8255X_TX_GOOD,
    I8255X_TX_MAX_COLLISIONS,
    I8255X_TX_LATE_COLLISIONS,
    I8255X_TX_UNDERRUNS,
    I8255X_TX_LOST_CRS,
    I8255X_TX_DEFERRED,
    I8255X_TX_SINGLE_COLLISIONS,
    I8255X_TX_MULTIPLE_COLLISIONS,
    I8255X_TX_TOTAL_COLLISIONS,
    I8255X_RX_GOOD,
    I8255X_RX_CRC_ERRORS,
    I8255X_RX_ALIGNMENT_ERRORS,
    I8255X_RX_RESOURCE_ERRORS,
    I8255X_RX_OVERRUN_ERRORS,
    I8255X_RX_COLLISIONS,
    I8255X_RX_SHORT_FRAMES,
    I8255X_N_COUNTERS,
} HvnI8255xCounter;

#define I8255X_STATS_STANDARD 64 /* bytes: the counters above */
#define I8255X_STATS_EXTENDED 76 /* and three of flow control */
#define I8255X_STATS_TCO      80 /* and two of 16 bits of management frames */
#define I8255X_DUMPED         0xa005u
#define I8255X_DUMPED_RESET   0xa007u

/* the DUMP command and the PORT function of the same name */
#define I8255X_DUMP_LEN 596

G_END_DECLS
