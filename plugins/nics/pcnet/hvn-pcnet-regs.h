/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Register numbers and bits of the Am79C970A (PCnet-PCI II), in the order and spelling of AMD's data sheet 19436, rev. E. The rows that tie
 * each register to its handlers are in hvn-pcnet-regs.c. */
#pragma once

#include "hvn-regs.h"

G_BEGIN_DECLS

#ifndef BIT
#define BIT(n) (1u << (n))
#endif

#define PCNET_BAR_IO     0
#define PCNET_BAR_MEMORY 1
#define PCNET_BAR_SIZE   32

/* what hvnet shows behind the BARs: the registers that RAP selects */
#define PCNET_TABLE_CSR  2
#define PCNET_TABLE_BCR  3
#define PCNET_TABLE_DWIO 4

/* the I/O map, in word mode and in double word mode */
#define PCNET_APROM      0x00
#define PCNET_APROM_SIZE 16
#define PCNET_RDP        0x10
#define PCNET_WIO_RAP    0x12
#define PCNET_WIO_RESET  0x14
#define PCNET_WIO_BDP    0x16
#define PCNET_DWIO_RAP   0x14
#define PCNET_DWIO_RESET 0x18
#define PCNET_DWIO_BDP   0x1c

#define PCNET_N_CSRS 128
#define PCNET_N_BCRS 32
#define PCNET_AT(n)  (2 * (n)) /* where register n is in the tables */

/* CSR0: controller status; the bits of the cause are W1C */
#define PCNET_CSR0        0
#define PCNET_CSR0_INIT   BIT(0)
#define PCNET_CSR0_STRT   BIT(1)
#define PCNET_CSR0_STOP   BIT(2)
#define PCNET_CSR0_TDMD   BIT(3)
#define PCNET_CSR0_TXON   BIT(4)
#define PCNET_CSR0_RXON   BIT(5)
#define PCNET_CSR0_IENA   BIT(6)
#define PCNET_CSR0_INTR   BIT(7)
#define PCNET_CSR0_IDON   BIT(8)
#define PCNET_CSR0_TINT   BIT(9)
#define PCNET_CSR0_RINT   BIT(10)
#define PCNET_CSR0_MERR   BIT(11)
#define PCNET_CSR0_MISS   BIT(12)
#define PCNET_CSR0_CERR   BIT(13)
#define PCNET_CSR0_BABL   BIT(14)
#define PCNET_CSR0_ERR    BIT(15)
#define PCNET_CSR0_EVENTS 0x7f00u
#define PCNET_CSR0_ERRORS (PCNET_CSR0_BABL | PCNET_CSR0_CERR | PCNET_CSR0_MISS | PCNET_CSR0_MERR)

#define PCNET_CSR1 1 /* IADR, low and high half */
#define PCNET_CSR2 2

/* CSR3: interrupt masks, at the places of CSR0's events, and deferral control */
#define PCNET_CSR3         3
#define PCNET_CSR3_MASKS   0x5f00u /* CERR requests no interrupt */
#define PCNET_CSR3_DXSUFLO BIT(6)

/* CSR4: test and features control; each mask is below its event */
#define PCNET_CSR4          4
#define PCNET_CSR4_JAB      BIT(1)
#define PCNET_CSR4_TXSTRT   BIT(3)
#define PCNET_CSR4_RCVCCO   BIT(5)
#define PCNET_CSR4_UINT     BIT(6)
#define PCNET_CSR4_UINTCMD  BIT(7)
#define PCNET_CSR4_MFCO     BIT(9)
#define PCNET_CSR4_ASTRP    BIT(10)
#define PCNET_CSR4_APAD     BIT(11)
#define PCNET_CSR4_TXDPOLL  BIT(12)
#define PCNET_CSR4_EN124    BIT(15)
#define PCNET_CSR4_RESET    0x0115u
#define PCNET_CSR4_EVENTS   0x026au
#define PCNET_CSR4_MASKED   (PCNET_CSR4_JAB | PCNET_CSR4_TXSTRT | PCNET_CSR4_RCVCCO | PCNET_CSR4_MFCO)
#define PCNET_CSR4_NO_ILACC 0x0333u /* without function in the ILACC's software style */

/* CSR5: extended control and interrupt; each enable is below its event */
#define PCNET_CSR5         5
#define PCNET_CSR5_SPND    BIT(0)
#define PCNET_CSR5_MPMODE  BIT(1)
#define PCNET_CSR5_MPEN    BIT(2)
#define PCNET_CSR5_MPINT   BIT(4)
#define PCNET_CSR5_MPPLBA  BIT(5)
#define PCNET_CSR5_EXDINT  BIT(7)
#define PCNET_CSR5_SLPINT  BIT(9)
#define PCNET_CSR5_SINT    BIT(11)
#define PCNET_CSR5_LTINTEN BIT(14)
#define PCNET_CSR5_TOKINTD BIT(15)
#define PCNET_CSR5_EVENTS  (PCNET_CSR5_MPINT | PCNET_CSR5_EXDINT | PCNET_CSR5_SINT)

#define PCNET_CSR6  6
#define PCNET_CSR8  8  /* LADRF, 4 registers */
#define PCNET_CSR12 12 /* PADR, 3 registers */

/* CSR15: mode */
#define PCNET_CSR15          15
#define PCNET_CSR15_DRX      BIT(0)
#define PCNET_CSR15_DTX      BIT(1)
#define PCNET_CSR15_LOOP     BIT(2)
#define PCNET_CSR15_DXMTFCS  BIT(3)
#define PCNET_CSR15_FCOLL    BIT(4)
#define PCNET_CSR15_DRTY     BIT(5)
#define PCNET_CSR15_INTL     BIT(6)
#define PCNET_CSR15_DLNKTST  BIT(12)
#define PCNET_CSR15_DRCVPA   BIT(13)
#define PCNET_CSR15_DRCVBC   BIT(14)
#define PCNET_CSR15_PROM     BIT(15)

#define PCNET_CSR16  16 /* IADR again */
#define PCNET_CSR18  18 /* CRBA, CXBA, NRBA */
#define PCNET_CSR24  24 /* BADR */
#define PCNET_CSR26  26 /* NRDA, then CRDA */
#define PCNET_CSR30  30 /* BADX */
#define PCNET_CSR32  32 /* NXDA, then CXDA */
#define PCNET_CSR36  36 /* NNRD to NRST */
#define PCNET_CSR46  46 /* POLL */
#define PCNET_CSR47  47 /* POLLINT */
#define PCNET_CSR58  58 /* software style: BCR20 */
#define PCNET_CSR60  60 /* PXDA to NXST */
#define PCNET_CSR72  72 /* RCVRC */
#define PCNET_CSR74  74 /* XMTRC */
#define PCNET_CSR76  76 /* RCVRL */
#define PCNET_CSR78  78 /* XMTRL */
#define PCNET_CSR80  80
#define PCNET_CSR82  82
#define PCNET_CSR84  84
#define PCNET_CSR86  86
#define PCNET_CSR88  88 /* chip ID */
#define PCNET_CSR92  92 /* RCON */
#define PCNET_CSR94  94
#define PCNET_CSR100 100
#define PCNET_CSR112 112 /* MFC */
#define PCNET_CSR114 114 /* RCC */
#define PCNET_CSR122 122
#define PCNET_CSR122_RCVALGN BIT(0)
#define PCNET_CSR124 124
#define PCNET_CSR124_RPA BIT(3)

#define PCNET_CHIP_ID_LOW  0x1003u /* version 2, part 0x2621, AMD */
#define PCNET_CHIP_ID_HIGH 0x0262u
#define PCNET_CLOCK_NS     30 /* 33 MHz, the clock of the PCI bus */

/* bus configuration registers */
#define PCNET_BCR0         0
#define PCNET_BCR2         2
#define PCNET_BCR2_APROMWE BIT(8)
#define PCNET_BCR4         4 /* LNKST and LED1 to LED3 */
#define PCNET_BCR4_LNKSE   BIT(6)
#define PCNET_BCR4_FDLSE   BIT(8)
#define PCNET_BCR4_LEDOUT  BIT(15)
#define PCNET_BCR5         5
#define PCNET_BCR6         6
#define PCNET_BCR7         7
#define PCNET_BCR9         9
#define PCNET_BCR9_FDEN    BIT(0)
#define PCNET_BCR9_FDRPAD  BIT(2)
#define PCNET_BCR16        16
#define PCNET_BCR18        18
#define PCNET_BCR18_DWIO   BIT(7)
#define PCNET_BCR19        19
#define PCNET_BCR20        20
#define PCNET_BCR20_STYLE    0x00ffu
#define PCNET_BCR20_SSIZE32  BIT(8)
#define PCNET_BCR20_CSRPCNET BIT(9)
#define PCNET_BCR21        21
#define PCNET_BCR22        22

/* the rows of the tables, offsets ascending */
typedef enum {
    PCNET_ROWS_WIO,
    PCNET_ROWS_DWIO,
    PCNET_ROWS_CSR,
    PCNET_ROWS_BCR,
    PCNET_N_ROWS,
} HvnPcnetRows;

/* @size: bytes of the region that the rows are in */
const HvnReg *
hvn_pcnet_reg_rows(HvnPcnetRows which, guint *n_rows, guint32 *size);

G_END_DECLS
