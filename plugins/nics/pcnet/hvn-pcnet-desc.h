/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptors and initialization block, in the order of the data sheet's "Initialization Block" and "Transmit and Receive Descriptors". There
 * are three layouts of a descriptor; in our own memory all are as software style 2 has them: RMD0 or TMD0 is the address, RMD1 or TMD1
 * the status with the byte count, RMD2 or TMD2 the rest. */
#pragma once

#include "hvn-bytes.h"
#include "hvn-pcnet-regs.h"

G_BEGIN_DECLS

/* software styles, BCR20; any other number is as style 0 */
#define PCNET_STYLE_LANCE   0 /* C-LANCE, PCnet-ISA: 16 bits */
#define PCNET_STYLE_ILACC   1
#define PCNET_STYLE_PCI     2
#define PCNET_STYLE_REORDER 3 /* PCnet-PCI II: the address is the third word, for bursts */

#define PCNET_DESC_SIZE     16
#define PCNET_DESC_SIZE_16  8

/* RMD1 and TMD1 */
#define PCNET_DESC_OWN  BIT(31)
#define PCNET_DESC_ERR  BIT(30)
#define PCNET_DESC_STP  BIT(25)
#define PCNET_DESC_ENP  BIT(24)
#define PCNET_DESC_BCNT 0x00000fffu
#define PCNET_DESC_ONES 0x0000f000u

#define PCNET_RMD1_OFLO  BIT(28)
#define PCNET_RMD1_CRC   BIT(27)
#define PCNET_RMD1_BUFF  BIT(26)
#define PCNET_RMD1_PAM   BIT(22) /* these three with 32 bits only */
#define PCNET_RMD1_LAFM  BIT(21)
#define PCNET_RMD1_BAM   BIT(20)
#define PCNET_RMD2_MCNT  0x00000fffu

#define PCNET_TMD1_ADD_FCS BIT(29) /* NO_FCS in the ILACC's style */
#define PCNET_TMD1_LTINT   BIT(28) /* read; MORE when it is written */
#define PCNET_TMD1_KEPT    0x2300ffffu /* what the device writes back as it was */
#define PCNET_TMD2_BUFF    BIT(31)
#define PCNET_TMD2_UFLO    BIT(30)
#define PCNET_TMD2_LCAR    BIT(27)
#define PCNET_TMD2_RTRY    BIT(26)

typedef struct {
    guint32 address;
    guint32 status;
    guint32 rest;
} HvnPcnetDesc;

/* bytes of the buffer: BCNT is in two's complement, so that 0 is 4096 */
static inline gsize
hvn_pcnet_desc_len(const HvnPcnetDesc *self)
{
    return 4096 - (self->status & PCNET_DESC_BCNT);
}

/* @high: bits 31 to 24 of every address of 24 bits. TMD3 of 16 bits is the upper half of TMD2, RMD3 the lower half of RMD2 */
static inline void
hvn_pcnet_desc_load(HvnPcnetDesc *self, const guint8 *bytes, guint style, guint32 high, gboolean transmit)
{
    guint32 words[2] = {hvn_load_le32(bytes), hvn_load_le32(bytes + 4)};

    if (style == PCNET_STYLE_LANCE) {
        self->address = (words[0] & 0x00ffffff) | high;
        self->status = (words[0] & 0xff000000) | (words[1] & 0xffff);
        self->rest = transmit ? words[1] & 0xffff0000 : words[1] >> 16;
        return;
    }
    self->status = words[1];
    self->address = style == PCNET_STYLE_REORDER ? hvn_load_le32(bytes + 8) : words[0];
    self->rest = style == PCNET_STYLE_REORDER ? words[0] : hvn_load_le32(bytes + 8);
}

/* RLEN and TLEN: the power of two, up to 128 in 16 bits and 512 in 32 */
static inline guint
hvn_pcnet_ring_length(guint code, gboolean wide)
{
    return 1u << (wide ? MIN(code & 15, 9) : code & 7);
}

#define PCNET_INIT_SIZE    28
#define PCNET_INIT_SIZE_16 24

G_END_DECLS
