/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Register offsets and bits of the RTL8139C+ and RTL8139C, in the order and spelling of Realtek's data sheet "RTL8139C(L)+", rev. 1.6,
 * chapter 6. The rows that tie each register to its handlers are in hvn-rtl8139-regs.c. */
#pragma once

#include "hvn-regs.h"

G_BEGIN_DECLS

#ifndef BIT
#define BIT(n) (1u << (n))
#endif

#define RTL8139_BAR_IO     0
#define RTL8139_BAR_MEMORY 1
#define RTL8139_BAR_SIZE   256

/* ID registers, and multicast registers */
#define RTL8139_IDR 0x00
#define RTL8139_MAR 0x08

/* 6.2 transmit status of descriptors 0 to 3 */
#define RTL8139_TSD        0x10
#define RTL8139_N_TX       4
#define RTL8139_TSD_SIZE   0x00001fffu
#define RTL8139_TSD_OWN    BIT(13)
#define RTL8139_TSD_TUN    BIT(14)
#define RTL8139_TSD_TOK    BIT(15)
#define RTL8139_TSD_ERTXTH 0x003f0000u
#define RTL8139_TSD_TABT   BIT(30)
#define RTL8139_TSD_CRS    BIT(31)

/* the same place in C+ mode: dump tally counter command */
#define RTL8139_DTCCR      0x10
#define RTL8139_DTCCR_CMD  BIT(3)
#define RTL8139_DTCCR_ADDR 0xffffffc0u

/* transmit start address of descriptors 0 to 3; in C+ mode the start addresses of the normal and high priority rings */
#define RTL8139_TSAD  0x20
#define RTL8139_TNPDS 0x20
#define RTL8139_THPDS 0x28

#define RTL8139_RBSTART 0x30
#define RTL8139_ERBCR   0x34
#define RTL8139_ERSR    0x36 /* 6.3 */

/* 6.4 command */
#define RTL8139_CR      0x37
#define RTL8139_CR_BUFE BIT(0)
#define RTL8139_CR_TE   BIT(2)
#define RTL8139_CR_RE   BIT(3)
#define RTL8139_CR_RST  BIT(4)

#define RTL8139_CAPR       0x38
#define RTL8139_CAPR_RESET 0xfff0u
#define RTL8139_CAPR_BIAS  16 /* CAPR is where the driver has read to, less this */
#define RTL8139_CBR        0x3a

/* 6.5 interrupt mask, 6.6 interrupt status */
#define RTL8139_IMR         0x3c
#define RTL8139_ISR         0x3e
#define RTL8139_ISR_ROK     BIT(0)
#define RTL8139_ISR_RER     BIT(1)
#define RTL8139_ISR_TOK     BIT(2)
#define RTL8139_ISR_TER     BIT(3)
#define RTL8139_ISR_RXOVW   BIT(4) /* in C+ mode RDU: no receive descriptor is available */
#define RTL8139_ISR_PUN     BIT(5) /* packet underrun, or the link changed */
#define RTL8139_ISR_FOVW    BIT(6)
#define RTL8139_ISR_TDU     BIT(7)
#define RTL8139_ISR_SWINT   BIT(8)
#define RTL8139_ISR_LENCHG  BIT(13)
#define RTL8139_ISR_TIMEOUT BIT(14)
#define RTL8139_ISR_SERR    BIT(15)
#define RTL8139_ISR_ALL     0xe1ffu

/* 6.7 transmit configuration */
#define RTL8139_TCR             0x40
#define RTL8139_TCR_CLRABT      BIT(0)
#define RTL8139_TCR_CRC         BIT(16) /* no FCS is appended */
#define RTL8139_TCR_LBK         0x00060000u
#define RTL8139_TCR_IFG         0x03000000u
#define RTL8139_TCR_HWVER       0x7cc00000u
#define RTL8139_TCR_HWVER_C     0x74000000u
#define RTL8139_TCR_HWVER_CPLUS 0x74800000u

/* 6.8 receive configuration */
#define RTL8139_RCR             0x44
#define RTL8139_RCR_AAP         BIT(0)
#define RTL8139_RCR_APM         BIT(1)
#define RTL8139_RCR_AM          BIT(2)
#define RTL8139_RCR_AB          BIT(3)
#define RTL8139_RCR_AR          BIT(4)
#define RTL8139_RCR_AER         BIT(5)
#define RTL8139_RCR_WRAP        BIT(7)
#define RTL8139_RCR_RBLEN_SHIFT 11
#define RTL8139_RCR_RBLEN_64K   3u

#define RTL8139_TCTR 0x48
#define RTL8139_MPC  0x4c

/* 6.9 93C46 command */
#define RTL8139_9346CR            0x50
#define RTL8139_9346CR_EEDO       BIT(0)
#define RTL8139_9346CR_EEDI       BIT(1)
#define RTL8139_9346CR_EESK       BIT(2)
#define RTL8139_9346CR_EECS       BIT(3)
#define RTL8139_9346CR_EEM        0xc0u
#define RTL8139_9346CR_EEM_LOAD   0x40u
#define RTL8139_9346CR_EEM_PINS   0x80u
#define RTL8139_9346CR_EEM_CONFIG 0xc0u

#define RTL8139_CONFIG0        0x51   /* 6.10 */
#define RTL8139_CONFIG1        0x52   /* 6.11 */
#define RTL8139_CONFIG1_PMEN   BIT(0) /* there is a power management capability */
#define RTL8139_CONFIG1_IOMAP  BIT(2)
#define RTL8139_CONFIG1_MEMMAP BIT(3)

#define RTL8139_TIMERINT 0x54
#define RTL8139_TICK_NS  30 /* 33 MHz, the clock of the PCI bus */

/* 6.12 media status */
#define RTL8139_MSR          0x58
#define RTL8139_MSR_LINKB    BIT(2) /* no link */
#define RTL8139_MSR_SPEED_10 BIT(3)
#define RTL8139_MSR_FCE      0xc0u

#define RTL8139_CONFIG3 0x59 /* 6.13 */
#define RTL8139_CONFIG4 0x5a /* 6.14 */
#define RTL8139_HLTCLK  0x5b
#define RTL8139_MULINT  0x5c /* 6.15 */
#define RTL8139_RERID   0x5e /* 6.16 */

/* 6.17 transmit status of all descriptors: four bits each of OWN, TABT, TUN, TOK */
#define RTL8139_TSALL 0x60

/* 6.18 to 6.22: the MII registers 0, 1, 4, 5 and 6 */
#define RTL8139_BMCR        0x62
#define RTL8139_BMCR_LOCKED 0x3100u /* speed, auto-negotiation and duplex are configuration */
#define RTL8139_BMSR        0x64
#define RTL8139_ANAR        0x66
#define RTL8139_ANLPAR      0x68
#define RTL8139_ANER        0x6a

#define RTL8139_DIS    0x6c /* 6.23 */
#define RTL8139_FCSC   0x6e /* 6.24 */
#define RTL8139_NWAYTR 0x70 /* 6.25 */
#define RTL8139_REC    0x72 /* 6.26 */

/* 6.27 CS configuration */
#define RTL8139_CSCR            0x74
#define RTL8139_CSCR_CON_STATUS BIT(3)
#define RTL8139_CSCR_LINK_OK    BIT(10) /* these two are in no data sheet; Linux's 8139too relies on them */
#define RTL8139_CSCR_LINK_CHG   BIT(11)

#define RTL8139_PHY1_PARM 0x78
#define RTL8139_TW_PARM   0x7c
#define RTL8139_PHY2_PARM 0x80
#define RTL8139_CRC       0x84
#define RTL8139_WAKEUP    0x8c
#define RTL8139_LSBCRC    0xcc
#define RTL8139_FLASH     0xd4
#define RTL8139_CONFIG5   0xd8

/* transmit priority polling, C+ mode */
#define RTL8139_TPPOLL        0xd9
#define RTL8139_TPPOLL_FSWINT BIT(0)
#define RTL8139_TPPOLL_NPQ    BIT(6)
#define RTL8139_TPPOLL_HPQ    BIT(7)

/* 6.33 C+ command */
#define RTL8139_CPCR        0xe0
#define RTL8139_CPCR_TX     BIT(0)
#define RTL8139_CPCR_RX     BIT(1)
#define RTL8139_CPCR_MULRW  BIT(3)
#define RTL8139_CPCR_DAC    BIT(4)
#define RTL8139_CPCR_CHKSUM BIT(5)
#define RTL8139_CPCR_VLAN   BIT(6)
#define RTL8139_CPCR_STORED 0x7bu

#define RTL8139_RDSAR 0xe4
#define RTL8139_ETTHR 0xec
#define RTL8139_FER   0xf0

/* the rows of the table, offsets ascending */
const HvnReg *
hvn_rtl8139_reg_rows(guint *n_rows);

G_END_DECLS
