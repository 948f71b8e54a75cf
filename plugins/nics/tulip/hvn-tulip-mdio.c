/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames of the MII management interface, bit by bit:
 *
 *   IDLE (ones) -> 0 -> START -> 1 -> COMMAND: 2 bits of operation, 5 of PHY, 5 of register
 *        -> READ:  turnaround, 16 bits out, highest first
 *        -> WRITE: turnaround, 16 bits in
 */
#include "hvn-tulip-mdio.h"

enum {
    PHASE_IDLE,
    PHASE_START,
    PHASE_COMMAND,
    PHASE_READ,
    PHASE_WRITE,
};

#define COMMAND_BITS    12
#define TURNAROUND_BITS 2
#define DATA_BITS       16
#define PREAMBLE_BITS   32
#define OPERATION_WRITE 1
#define OPERATION_READ  2

void
hvn_tulip_mdio_init(HvnTulipMdio *self, HvnMiiPhy *phy)
{
    *self = (HvnTulipMdio){.phy = phy};
    hvn_tulip_mdio_reset(self);
}

void
hvn_tulip_mdio_reset(HvnTulipMdio *self)
{
    self->phase = PHASE_IDLE;
    self->out = TRUE;
    self->n_bits = self->n_ones = 0;
}

static void
hvn_tulip_mdio_start_command(HvnTulipMdio *self)
{
    guint operation = self->shift >> 10 & 3;

    self->reg = self->shift & 0x1f;
    self->ours = (self->shift >> 5 & 0x1f) == HVN_TULIP_PHY_ADDRESS;
    self->n_bits = 0;
    self->phase = operation == OPERATION_READ ? PHASE_READ : operation == OPERATION_WRITE ? PHASE_WRITE : PHASE_IDLE;
    if (self->phase == PHASE_READ)
        self->data = self->ours ? hvn_mii_phy_read(self->phy, self->reg) : 0xffff;
}

/* one bit more on its way out; the second bit of the turnaround is a 0 */
static void
hvn_tulip_mdio_shift_out(HvnTulipMdio *self)
{
    self->n_bits++;
    if (self->n_bits < TURNAROUND_BITS) {
        self->out = !self->ours;
    } else if (self->n_bits < TURNAROUND_BITS + DATA_BITS) {
        self->out = self->data >> (TURNAROUND_BITS + DATA_BITS - 1 - self->n_bits) & 1;
    } else {
        self->out = TRUE;
        self->phase = PHASE_IDLE;
    }
}

static void
hvn_tulip_mdio_clock_rise(HvnTulipMdio *self, gboolean data, gboolean driven)
{
    self->n_ones = driven && data ? self->n_ones + 1 : 0;
    if (self->n_ones >= PREAMBLE_BITS) {
        hvn_tulip_mdio_reset(self); /* whatever was in the middle, the station begins anew */
        return;
    }
    switch (self->phase) {
    case PHASE_IDLE:
        self->phase = data ? PHASE_IDLE : PHASE_START;
        break;
    case PHASE_START:
        self->phase = data ? PHASE_COMMAND : PHASE_START;
        self->n_bits = 0;
        break;
    case PHASE_COMMAND:
        self->shift = self->shift << 1 | (data ? 1 : 0);
        if (++self->n_bits == COMMAND_BITS)
            hvn_tulip_mdio_start_command(self);
        break;
    case PHASE_READ:
        hvn_tulip_mdio_shift_out(self);
        break;
    default:
        self->shift = self->shift << 1 | (data ? 1 : 0);
        if (++self->n_bits < TURNAROUND_BITS + DATA_BITS)
            break;
        self->phase = PHASE_IDLE;
        if (self->ours)
            hvn_mii_phy_write(self->phy, self->reg, self->shift & 0xffff);
    }
}

void
hvn_tulip_mdio_set_lines(HvnTulipMdio *self, gboolean clock, gboolean data, gboolean driven)
{
    gboolean rise = clock && !self->clock;

    self->clock = clock;
    if (rise)
        hvn_tulip_mdio_clock_rise(self, data, driven);
}

gboolean
hvn_tulip_mdio_get(const HvnTulipMdio *self)
{
    return self->out;
}
