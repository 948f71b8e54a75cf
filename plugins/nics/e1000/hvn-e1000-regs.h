/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Register offsets and bits of the 8254x, in the order and spelling of Intel's Software Developer's Manual for the
 * PCI/PCI-X family (317453), chapter 13. The rows that tie each register to its handlers are in hvn-e1000-regs.c. */
#pragma once

#include "hvn-regs.h"

G_BEGIN_DECLS

#ifndef BIT
#define BIT(n) (1u << (n))
#endif

#define E1000_BAR_MEMORY      0
#define E1000_BAR_IO          1
#define E1000_BAR_MEMORY_SIZE 0x20000
#define E1000_BAR_IO_SIZE     64

/* 13.2.2 the window of the I/O BAR */
#define E1000_IOADDR      0x00
#define E1000_IODATA      0x04
#define E1000_IOADDR_MASK 0x000fffff

/* 13.4.1 device control */
#define E1000_CTRL            0x00000
#define E1000_CTRL_DUP        0x00004 /* the same register once more */
#define E1000_CTRL_FD         BIT(0)
#define E1000_CTRL_LRST       BIT(3)
#define E1000_CTRL_ASDE       BIT(5)
#define E1000_CTRL_SLU        BIT(6)
#define E1000_CTRL_ILOS       BIT(7)
#define E1000_CTRL_SPEED      0x00000300u
#define E1000_CTRL_SPEED_100  0x00000100u
#define E1000_CTRL_SPEED_1000 0x00000200u
#define E1000_CTRL_FRCSPD     BIT(11)
#define E1000_CTRL_FRCDPLX    BIT(12)
#define E1000_CTRL_RST        BIT(26)
#define E1000_CTRL_RFCE       BIT(27)
#define E1000_CTRL_TFCE       BIT(28)
#define E1000_CTRL_VME        BIT(30)
#define E1000_CTRL_PHY_RST    BIT(31)

/* 13.4.2 device status */
#define E1000_STATUS            0x00008
#define E1000_STATUS_FD         BIT(0)
#define E1000_STATUS_LU         BIT(1)
#define E1000_STATUS_TXOFF      BIT(4)
#define E1000_STATUS_SPEED_100  BIT(6)
#define E1000_STATUS_SPEED_1000 BIT(7)
#define E1000_STATUS_ASDV_SHIFT 2 /* from the speed bits up to the auto speed detection value */

/* 13.4.3 EEPROM/Flash control and data */
#define E1000_EECD      0x00010
#define E1000_EECD_SK   BIT(0)
#define E1000_EECD_CS   BIT(1)
#define E1000_EECD_DI   BIT(2)
#define E1000_EECD_DO   BIT(3)
#define E1000_EECD_REQ  BIT(6)
#define E1000_EECD_GNT  BIT(7)
#define E1000_EECD_PRES BIT(8)
#define E1000_EECD_SIZE BIT(9) /* 0: 64 words */

/* 13.4.4 EEPROM read */
#define E1000_EERD            0x00014
#define E1000_EERD_START      BIT(0)
#define E1000_EERD_DONE       BIT(4)
#define E1000_EERD_ADDR_SHIFT 8
#define E1000_EERD_DATA_SHIFT 16

/* 13.4.6 extended device control */
#define E1000_CTRL_EXT        0x00018
#define E1000_CTRL_EXT_EE_RST BIT(13)

#define E1000_FLA 0x0001c

/* 13.4.7 MDI control */
#define E1000_MDIC              0x00020
#define E1000_MDIC_DATA         0x0000ffffu
#define E1000_MDIC_REGADD_SHIFT 16
#define E1000_MDIC_PHYADD_SHIFT 21
#define E1000_MDIC_OP_WRITE     BIT(26)
#define E1000_MDIC_OP_READ      BIT(27)
#define E1000_MDIC_R            BIT(28)
#define E1000_MDIC_I            BIT(29)
#define E1000_MDIC_E            BIT(30)
#define E1000_MDIC_PHY          1 /* the only address that answers */

#define E1000_FCAL 0x00028
#define E1000_FCAH 0x0002c
#define E1000_FCT  0x00030
#define E1000_VET  0x00038

/* 13.4.17 to 13.4.21 interrupts */
#define E1000_ICR         0x000c0
#define E1000_ITR         0x000c4
#define E1000_ICS         0x000c8
#define E1000_IMS         0x000d0
#define E1000_IMC         0x000d8
#define E1000_ICR_TXDW    BIT(0)
#define E1000_ICR_TXQE    BIT(1)
#define E1000_ICR_LSC     BIT(2)
#define E1000_ICR_RXSEQ   BIT(3)
#define E1000_ICR_RXDMT0  BIT(4)
#define E1000_ICR_RXO     BIT(6)
#define E1000_ICR_RXT0    BIT(7)
#define E1000_ICR_MDAC    BIT(9)
#define E1000_ICR_TXD_LOW BIT(15)
#define E1000_ICR_SRPD    BIT(16)
#define E1000_ICR_ALL     0x0001ffffu /* reserved bits latch too: drivers test bits 0 to 9 */
#define E1000_ITR_NS      256         /* unit of ITR */
#define E1000_DELAY_NS    1024        /* unit of RDTR, RADV, TIDV and TADV */

/* 13.4.22 receive control */
#define E1000_RCTL             0x00100
#define E1000_RCTL_EN          BIT(1)
#define E1000_RCTL_SBP         BIT(2)
#define E1000_RCTL_UPE         BIT(3)
#define E1000_RCTL_MPE         BIT(4)
#define E1000_RCTL_LPE         BIT(5)
#define E1000_RCTL_LBM_MAC     BIT(6)
#define E1000_RCTL_RDMTS_SHIFT 8
#define E1000_RCTL_MO_SHIFT    12
#define E1000_RCTL_BAM         BIT(15)
#define E1000_RCTL_BSIZE_SHIFT 16
#define E1000_RCTL_VFE         BIT(18)
#define E1000_RCTL_CFIEN       BIT(19)
#define E1000_RCTL_CFI         BIT(20)
#define E1000_RCTL_DPF         BIT(22)
#define E1000_RCTL_PMCF        BIT(23)
#define E1000_RCTL_BSEX        BIT(25)
#define E1000_RCTL_SECRC       BIT(26)

#define E1000_FCTTV 0x00170
#define E1000_TXCW  0x00178
#define E1000_RXCW  0x00180

/* 13.4.33 transmit control */
#define E1000_TCTL        0x00400
#define E1000_TCTL_EN     BIT(1)
#define E1000_TCTL_PSP    BIT(3)
#define E1000_TCTL_SWXOFF BIT(22)

#define E1000_TIPG   0x00410
#define E1000_AIT    0x00458
#define E1000_LEDCTL 0x00e00
#define E1000_PBA    0x01000
#define E1000_FCRTL  0x02160
#define E1000_FCRTH  0x02168
#define E1000_RDFH   0x02410
#define E1000_RDFT   0x02418
#define E1000_RDFHS  0x02420
#define E1000_RDFTS  0x02428
#define E1000_RDFPC  0x02430

/* 13.4.25 to 13.4.32 receive ring */
#define E1000_RDBAL      0x02800
#define E1000_RDBAH      0x02804
#define E1000_RDLEN      0x02808
#define E1000_RDH        0x02810
#define E1000_RDT        0x02818
#define E1000_RDTR       0x02820
#define E1000_RDTR_FPD   BIT(31)
#define E1000_RXDCTL     0x02828
#define E1000_RADV       0x0282c
#define E1000_RSRPD      0x02c00
#define E1000_RSRPD_SIZE 0x00000fffu

#define E1000_TXDMAC 0x03000
#define E1000_TDFH   0x03410
#define E1000_TDFT   0x03418
#define E1000_TDFHS  0x03420
#define E1000_TDFTS  0x03428
#define E1000_TDFPC  0x03430

/* 13.4.36 to 13.4.45 transmit ring */
#define E1000_TDBAL                 0x03800
#define E1000_TDBAH                 0x03804
#define E1000_TDLEN                 0x03808
#define E1000_TDH                   0x03810
#define E1000_TDT                   0x03818
#define E1000_TIDV                  0x03820
#define E1000_TXDCTL                0x03828
#define E1000_TXDCTL_LWTHRESH_SHIFT 25 /* units of 8 descriptors */
#define E1000_TADV                  0x0382c
#define E1000_TSPMT                 0x03830

/* 13.7 statistics */
#define E1000_CRCERRS  0x04000
#define E1000_ALGNERRC 0x04004
#define E1000_SYMERRS  0x04008
#define E1000_RXERRC   0x0400c
#define E1000_MPC      0x04010
#define E1000_SCC      0x04014
#define E1000_ECOL     0x04018
#define E1000_MCC      0x0401c
#define E1000_LATECOL  0x04020
#define E1000_COLC     0x04028
#define E1000_DC       0x04030
#define E1000_TNCRS    0x04034
#define E1000_SEC      0x04038
#define E1000_CEXTERR  0x0403c
#define E1000_RLEC     0x04040
#define E1000_XONRXC   0x04048
#define E1000_XONTXC   0x0404c
#define E1000_XOFFRXC  0x04050
#define E1000_XOFFTXC  0x04054
#define E1000_FCRUC    0x04058
#define E1000_PRC64    0x0405c /* and 127, 255, 511, 1023, 1522 after it */
#define E1000_GPRC     0x04074
#define E1000_BPRC     0x04078
#define E1000_MPRC     0x0407c
#define E1000_GPTC     0x04080
#define E1000_GORCL    0x04088
#define E1000_GORCH    0x0408c
#define E1000_GOTCL    0x04090
#define E1000_GOTCH    0x04094
#define E1000_RNBC     0x040a0
#define E1000_RUC      0x040a4
#define E1000_RFC      0x040a8
#define E1000_ROC      0x040ac
#define E1000_RJC      0x040b0
#define E1000_MGTPRC   0x040b4
#define E1000_MGTPDC   0x040b8
#define E1000_MGTPTC   0x040bc
#define E1000_TORL     0x040c0
#define E1000_TORH     0x040c4
#define E1000_TOTL     0x040c8
#define E1000_TOTH     0x040cc
#define E1000_TPR      0x040d0
#define E1000_TPT      0x040d4
#define E1000_PTC64    0x040d8 /* and 127, 255, 511, 1023, 1522 after it */
#define E1000_MPTC     0x040f0
#define E1000_BPTC     0x040f4
#define E1000_TSCTC    0x040f8
#define E1000_TSCTFC   0x040fc
#define E1000_N_SIZES  6 /* size classes of PRC64 to PRC1522 and PTC64 to PTC1522 */

/* 13.4.47 receive checksum control */
#define E1000_RXCSUM       0x05000
#define E1000_RXCSUM_PCSS  0x000000ffu
#define E1000_RXCSUM_IPOFL BIT(8)
#define E1000_RXCSUM_TUOFL BIT(9)

/* 13.5 filters */
#define E1000_MTA        0x05200
#define E1000_MTA_WORDS  128
#define E1000_RA         0x05400 /* RAL0, RAH0, RAL1, ... */
#define E1000_RA_ENTRIES 16
#define E1000_RAH_MASK   0x8003ffffu
#define E1000_RAH_AV     BIT(31)
#define E1000_VFTA       0x05600
#define E1000_VFTA_WORDS 128

/* 13.6 wakeup */
#define E1000_WUC   0x05800
#define E1000_WUFC  0x05808
#define E1000_WUS   0x05810
#define E1000_MANC  0x05820
#define E1000_IPAV  0x05838
#define E1000_IP4AT 0x05840
#define E1000_IP6AT 0x05880
#define E1000_WUPL  0x05900
#define E1000_WUPM  0x05a00
#define E1000_FFLT  0x05f00
#define E1000_FFMT  0x09000
#define E1000_FFVT  0x09800

#define E1000_PBM 0x10000

/* (transfer none): the rows of BAR 0 */
const HvnReg *
hvn_e1000_reg_rows(guint *n_rows);

G_END_DECLS
