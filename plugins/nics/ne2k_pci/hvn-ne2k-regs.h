/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Register offsets and bits of the 8390 on an NE2000, in the order and spelling of National's data sheet DP8390D, chapter 10, and of Realtek's
 * RTL8029AS for what that chip adds (marked 8029). The rows that tie each register to its handlers are in hvn-ne2k-regs.c. */
#pragma once

#include "hvn-regs.h"

G_BEGIN_DECLS

#ifndef BIT
#define BIT(n) (1u << (n))
#endif

#define NE2K_REGION   0
#define NE2K_PCI_SIZE 256 /* bytes of the BAR */
#define NE2K_ISA_SIZE 32

/* The chip shows sixteen registers, from one of four pages. In the table page 0 is where the guest sees it, the others are 0x100 apart. Where
 * page 0 has one register to read and another to write, the row is named after both, the one to read first. */
#define NE2K_N_SHOWN               0x10u
#define NE2K_PAGE(page, offset)    ((page) * 0x100u + (offset))
#define NE2K_TABLE_SIZE            0x400

/* 10.3 command, in every page */
#define NE2K_CR          0x00
#define NE2K_CR_STP      BIT(0)
#define NE2K_CR_STA      BIT(1)
#define NE2K_CR_TXP      BIT(2)
#define NE2K_CR_RD       0x38u
#define NE2K_CR_RD_READ  0x08u
#define NE2K_CR_RD_WRITE 0x10u
#define NE2K_CR_RD_SEND  0x18u
#define NE2K_CR_RD_ABORT BIT(5)
#define NE2K_CR_PS_SHIFT 6

/* 10.4 to 10.7: the ring, what is sent, and remote DMA */
#define NE2K_PSTART 0x01 /* to read: CLDA0 */
#define NE2K_PSTOP  0x02 /* to read: CLDA1 */
#define NE2K_BNRY   0x03
#define NE2K_TPSR   0x04 /* to read: TSR */
#define NE2K_TBCR0  0x05 /* to read: NCR */
#define NE2K_TBCR1  0x06 /* to read: FIFO */
#define NE2K_RSAR0  0x08 /* to read: CRDA0 */
#define NE2K_RSAR1  0x09
#define NE2K_RBCR0  0x0a /* to read: 8029ID0 */
#define NE2K_RBCR1  0x0b /* to read: 8029ID1 */

/* 10.3 transmit status */
#define NE2K_TSR     0x04
#define NE2K_TSR_PTX BIT(0)
#define NE2K_TSR_ONE BIT(1)
#define NE2K_TSR_CRS BIT(4)
#define NE2K_TSR_CDH BIT(6)

/* 10.3 interrupt status; mask: the same bits without RST */
#define NE2K_ISR     0x07
#define NE2K_ISR_PRX BIT(0)
#define NE2K_ISR_PTX BIT(1)
#define NE2K_ISR_RXE BIT(2)
#define NE2K_ISR_TXE BIT(3)
#define NE2K_ISR_OVW BIT(4)
#define NE2K_ISR_CNT BIT(5)
#define NE2K_ISR_RDC BIT(6)
#define NE2K_ISR_RST BIT(7)
#define NE2K_IMR     0x0f
#define NE2K_IMR_ALL 0x7fu

/* 10.3 receive configuration, and receive status */
#define NE2K_RCR     0x0c
#define NE2K_RCR_SEP BIT(0)
#define NE2K_RCR_AR  BIT(1)
#define NE2K_RCR_AB  BIT(2)
#define NE2K_RCR_AM  BIT(3)
#define NE2K_RCR_PRO BIT(4)
#define NE2K_RCR_MON BIT(5)
#define NE2K_RCR_ALL 0x3fu
#define NE2K_RSR     0x0c
#define NE2K_RSR_PRX BIT(0)
#define NE2K_RSR_CRC BIT(1)
#define NE2K_RSR_MPA BIT(4)
#define NE2K_RSR_PHY BIT(5)
#define NE2K_RSR_DIS BIT(6)

/* 10.3 transmit configuration, 10.10 tally counters */
#define NE2K_TCR          0x0d
#define NE2K_TCR_CRC      BIT(0)
#define NE2K_TCR_LB       0x06u
#define NE2K_TCR_LB_SHIFT 1
#define NE2K_TCR_ALL      0x1fu
#define NE2K_CNTR         0x0d /* to read; three of them */

/* 10.3 data configuration */
#define NE2K_DCR     0x0e
#define NE2K_DCR_WTS BIT(0)
#define NE2K_DCR_ALL 0x7fu

/* of the NE2000 */
#define NE2K_DATA      0x10
#define NE2K_RESET     0x18
#define NE2K_PROM_SIZE 32
#define NE2K_PAGE_SIZE 256
#define NE2K_RAM_FIRST 0x40u /* page */
#define NE2K_RAM_END   0x80u
#define NE2K_RAM_SIZE  ((NE2K_RAM_END - NE2K_RAM_FIRST) * NE2K_PAGE_SIZE)

/* page 1: 10.6, 10.8, 10.9 */
#define NE2K_PAR  NE2K_PAGE(1, 0x01)
#define NE2K_CURR NE2K_PAGE(1, 0x07)
#define NE2K_MAR  NE2K_PAGE(1, 0x08)

/* page 2, 10.2: what was written to page 0, and for diagnosis the counters of local DMA */
#define NE2K_SHOWN_PSTART NE2K_PAGE(2, NE2K_PSTART)
#define NE2K_RNPP         NE2K_PAGE(2, 0x03)
#define NE2K_SHOWN_TPSR   NE2K_PAGE(2, NE2K_TPSR)
#define NE2K_LNPP         NE2K_PAGE(2, 0x05)
#define NE2K_AC           NE2K_PAGE(2, 0x06)
#define NE2K_SHOWN_RCR    NE2K_PAGE(2, NE2K_RCR) /* and three more */

/* page 3, 8029 */
#define NE2K_9346CR            NE2K_PAGE(3, 0x01)
#define NE2K_9346CR_EEDO       BIT(0)
#define NE2K_9346CR_EEDI       BIT(1)
#define NE2K_9346CR_EESK       BIT(2)
#define NE2K_9346CR_EECS       BIT(3)
#define NE2K_9346CR_EEM        0xc0u
#define NE2K_9346CR_EEM_LOAD   0x40u
#define NE2K_9346CR_EEM_PINS   0x80u
#define NE2K_9346CR_EEM_CONFIG 0xc0u
#define NE2K_CONFIG0           NE2K_PAGE(3, 0x03)
#define NE2K_CONFIG0_BNC       BIT(2) /* the thin cable is used, not the twisted pair */
#define NE2K_CONFIG2           NE2K_PAGE(3, 0x05)
#define NE2K_CONFIG2_PL        0xc0u
#define NE2K_CONFIG2_PL_AUTO   0x00u
#define NE2K_CONFIG2_PL_BNC    0xc0u
#define NE2K_CONFIG2_ALL       0xe0u
#define NE2K_CONFIG3           NE2K_PAGE(3, 0x06)
#define NE2K_CONFIG3_FUDUP     BIT(6)
#define NE2K_CONFIG3_ALL       0x76u
#define NE2K_HLTCLK            NE2K_PAGE(3, 0x09)
#define NE2K_8029ASID          NE2K_PAGE(3, 0x0e)

/* the rows of the table, offsets ascending; those of page 3 only for a chip that has them */
const HvnReg *
hvn_ne2k_reg_rows(gboolean is_8029, guint *n_rows);

G_END_DECLS
