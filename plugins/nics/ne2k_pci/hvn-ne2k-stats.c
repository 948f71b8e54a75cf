/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tally counters (10.10), eight bits each: they stop at 192, tell by CNT when the highest bit is set, and a read clears them. Frames with errors do
 * not occur, so the first two stay 0. */
#include "hvn-ne2k-core.h"

#define TALLY_MISSED 2
#define TALLY_MAX    192
#define TALLY_HIGH   0x80

/* a frame that was for us is not in memory */
void
hvn_ne2k_stats_missed(HvnNe2kNic *self)
{
    guint8 *tally = &self->tallies[TALLY_MISSED];

    if (*tally < TALLY_MAX)
        (*tally)++;
    if (*tally & TALLY_HIGH)
        hvn_irq_cause_raise(&self->irq, NE2K_ISR_CNT);
}

guint32
hvn_ne2k_cntr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnNe2kNic *self = owner;
    guint8 *tally = &self->tallies[reg->offset - NE2K_CNTR];
    guint8 count = *tally;

    *tally = 0;
    return count;
}
