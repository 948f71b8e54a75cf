/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Register offsets and bits of the DECchip 21143, in the order and spelling of the "21143 PCI/CardBus 10/100 Mb/s Ethernet LAN Controller
 * Hardware Reference Manual", chapter 3. The rows that tie each register to its handlers are in hvn-tulip-regs.c. */
#pragma once

#include "hvn-regs.h"

G_BEGIN_DECLS

#ifndef BIT
#define BIT(n) (1u << (n))
#endif

#define TULIP_BAR_IO     0 /* CBIO */
#define TULIP_BAR_MEMORY 1 /* CBMA */
#define TULIP_BAR_SIZE   128

/* configuration space, 3.1: driver area and power (CFDD), and where the capability (CCID) stands */
#define TULIP_CFDD        0x40
#define TULIP_CFDD_DRIVER 0x0000ff00u
#define TULIP_CFDD_SNOOZE BIT(30)
#define TULIP_CFDD_SLEEP  BIT(31)
#define TULIP_CCID        0xdc

/* CSR0, bus mode */
#define TULIP_CSR0           0x00
#define TULIP_CSR0_SWR       BIT(0)
#define TULIP_CSR0_DSL_SHIFT 2 /* longwords between descriptors */
#define TULIP_CSR0_DSL       0x1fu
#define TULIP_CSR0_BLE       BIT(7) /* buffers are big-endian */
#define TULIP_CSR0_TAP_SHIFT 17
#define TULIP_CSR0_TAP       7u
#define TULIP_CSR0_DBO       BIT(20) /* descriptors are big-endian */

#define TULIP_CSR1 0x08 /* transmit poll demand */
#define TULIP_CSR2 0x10 /* receive poll demand */
#define TULIP_CSR3 0x18 /* receive list base address */
#define TULIP_CSR4 0x20 /* transmit list base address */

/* CSR5, status */
#define TULIP_CSR5          0x28
#define TULIP_CSR5_TI       BIT(0)  /* transmit interrupt */
#define TULIP_CSR5_TPS      BIT(1)  /* transmit process stopped */
#define TULIP_CSR5_TU       BIT(2)  /* transmit buffer unavailable */
#define TULIP_CSR5_TJT      BIT(3)  /* transmit jabber timeout */
#define TULIP_CSR5_LNP      BIT(4)  /* link pass */
#define TULIP_CSR5_UNF      BIT(5)  /* transmit underflow */
#define TULIP_CSR5_RI       BIT(6)  /* receive interrupt */
#define TULIP_CSR5_RU       BIT(7)  /* receive buffer unavailable */
#define TULIP_CSR5_RPS      BIT(8)  /* receive process stopped */
#define TULIP_CSR5_RWT      BIT(9)  /* receive watchdog timeout */
#define TULIP_CSR5_ETI      BIT(10) /* early transmit interrupt */
#define TULIP_CSR5_GTE      BIT(11) /* general-purpose timer expired */
#define TULIP_CSR5_LNF      BIT(12) /* link fail */
#define TULIP_CSR5_FBE      BIT(13) /* fatal bus error */
#define TULIP_CSR5_ERI      BIT(14) /* early receive interrupt */
#define TULIP_CSR5_AIS      BIT(15) /* abnormal interrupt summary */
#define TULIP_CSR5_NIS      BIT(16) /* normal interrupt summary */
#define TULIP_CSR5_RS_SHIFT 17
#define TULIP_CSR5_RS       0x000e0000u
#define TULIP_CSR5_TS_SHIFT 20
#define TULIP_CSR5_TS       0x00700000u
#define TULIP_CSR5_EB_ABORT BIT(23) /* error bits 001: master abort */
#define TULIP_CSR5_GPI      BIT(26) /* general-purpose port interrupt */
#define TULIP_CSR5_LC       BIT(27) /* link changed */
#define TULIP_CSR5_ONES     0xf0000000u
#define TULIP_CSR5_NORMAL   (TULIP_CSR5_TI | TULIP_CSR5_TU | TULIP_CSR5_RI | TULIP_CSR5_GTE | TULIP_CSR5_ERI)
#define TULIP_CSR5_ABNORMAL 0x0c0037bau
#define TULIP_CSR5_CAUSES   (TULIP_CSR5_NORMAL | TULIP_CSR5_ABNORMAL)

/* CSR6, operation mode */
#define TULIP_CSR6        0x30
#define TULIP_CSR6_HP     BIT(0) /* hash and perfect filter; HP, HO and IF only tell what the setup frame said */
#define TULIP_CSR6_SR     BIT(1)
#define TULIP_CSR6_HO     BIT(2)
#define TULIP_CSR6_PB     BIT(3) /* pass bad frames */
#define TULIP_CSR6_IF     BIT(4) /* inverse filter */
#define TULIP_CSR6_PR     BIT(6)
#define TULIP_CSR6_PM     BIT(7)
#define TULIP_CSR6_FD     BIT(9)
#define TULIP_CSR6_OM     0x00000c00u /* loopback: internal, external */
#define TULIP_CSR6_OM_INT 0x00000400u
#define TULIP_CSR6_OM_EXT 0x00000800u
#define TULIP_CSR6_ST     BIT(13)
#define TULIP_CSR6_PS     BIT(18) /* the MII or SYM port, not the SIA */
#define TULIP_CSR6_TTM    BIT(22) /* the MII port at 10 Mb/s */
#define TULIP_CSR6_RA     BIT(30) /* receive all, with the filter's answer in RDES0 */
#define TULIP_CSR6_FILTER (TULIP_CSR6_HP | TULIP_CSR6_HO | TULIP_CSR6_IF)

/* CSR7, interrupt mask: the causes of CSR5, and the two summaries */
#define TULIP_CSR7     0x38
#define TULIP_CSR7_AIM TULIP_CSR5_AIS
#define TULIP_CSR7_NIM TULIP_CSR5_NIS

/* CSR8, missed frames and overflow counter */
#define TULIP_CSR8     0x40
#define TULIP_CSR8_MFC 0x0000ffffu
#define TULIP_CSR8_MFO BIT(16)

/* CSR9, boot ROM, serial ROM and MII management */
#define TULIP_CSR9      0x48
#define TULIP_CSR9_CS   BIT(0)
#define TULIP_CSR9_SK   BIT(1)
#define TULIP_CSR9_DI   BIT(2)
#define TULIP_CSR9_DO   BIT(3)
#define TULIP_CSR9_SR   BIT(11)
#define TULIP_CSR9_WR   BIT(13)
#define TULIP_CSR9_RD   BIT(14)
#define TULIP_CSR9_MDC  BIT(16)
#define TULIP_CSR9_MDO  BIT(17)
#define TULIP_CSR9_MII  BIT(18) /* MDIO is an input */
#define TULIP_CSR9_MDI  BIT(19)

#define TULIP_CSR10 0x50 /* boot ROM programming address */

/* CSR11, general-purpose timer and interrupt mitigation */
#define TULIP_CSR11           0x58
#define TULIP_CSR11_TIM       0x0000ffffu
#define TULIP_CSR11_CON       BIT(16) /* continuous */
#define TULIP_CSR11_NRX_SHIFT 17      /* 3 bits: receive packets to an interrupt */
#define TULIP_CSR11_RXT_SHIFT 20      /* 4 bits: cycles to it at the latest */
#define TULIP_CSR11_NTX_SHIFT 24      /* 3 bits */
#define TULIP_CSR11_TXT_SHIFT 27      /* 4 bits, of 16 cycles */
#define TULIP_CSR11_CS        BIT(31) /* the short cycle */

#define TULIP_CSR12 0x60 /* SIA status */
#define TULIP_CSR13 0x68 /* SIA connectivity */
#define TULIP_CSR14 0x70 /* SIA transmit and receive */

/* CSR15, SIA and general-purpose port */
#define TULIP_CSR15     0x78
#define TULIP_CSR15_JBD BIT(0) /* no jabber timer */
#define TULIP_CSR15_JCK BIT(2) /* jabber clock: the short limit */
#define TULIP_CSR15_RWD BIT(4) /* no receive watchdog */

/* the rows of the table, offsets ascending */
const HvnReg *
hvn_tulip_reg_rows(guint *n_rows);

G_END_DECLS
