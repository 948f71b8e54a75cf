/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the bus configuration registers do: the software style, and the link, which drivers read from the LED registers: Linux takes
 * BCR4 of 0x00c0 for a link that is down. And what the chip says it is. */
#include "hvn-pcnet-nic.h"

/* LEDOUT is what the LED would show of the signals that are chosen; activity is none to look at */
guint32
hvn_pcnet_led_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnPcnetNic *self = owner;
    gboolean full_duplex = (hvn_pcnet_bcr(self, PCNET_BCR9) & PCNET_BCR9_FDEN) != 0;

    if (!hvn_pcnet_has_cable(self))
        return value;
    if ((value & PCNET_BCR4_LNKSE) || ((value & PCNET_BCR4_FDLSE) && full_duplex))
        value |= PCNET_BCR4_LEDOUT;
    return value;
}

/* SSIZE32 and CSRPCNET follow from the style */
void
hvn_pcnet_bcr20_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnPcnetNic *self = owner;
    guint style = hvn_pcnet_style(self);

    value &= ~(PCNET_BCR20_SSIZE32 | PCNET_BCR20_CSRPCNET);
    value |= style != PCNET_STYLE_LANCE ? PCNET_BCR20_SSIZE32 : 0;
    value |= style != PCNET_STYLE_ILACC ? PCNET_BCR20_CSRPCNET : 0;
    hvn_regs_set(&self->bcrs, PCNET_AT(PCNET_BCR20), value);
}

guint32
hvn_pcnet_csr58_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return hvn_pcnet_bcr(owner, PCNET_BCR20);
}

void
hvn_pcnet_csr58_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnPcnetNic *self = owner;

    hvn_pcnet_set_csr(self, PCNET_CSR58, 0);
    hvn_regs_write(&self->bcrs, PCNET_AT(PCNET_BCR20), value, 2);
}

guint32
hvn_pcnet_csr88_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return index == 0 ? PCNET_CHIP_ID_LOW : PCNET_CHIP_ID_HIGH;
}
