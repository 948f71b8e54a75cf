/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Statistics (13.7): counters that a read clears and that stick at their maximum. The data path adds up a batch in an
 * HvnE1000Totals and brings it here once. Lengths count the FCS, which is not in our frames, and the padding of a short
 * frame. */
#include "hvn-e1000-nic.h"

/* 13.7.21 to 13.7.26: 64; 65 to 127; 128 to 255; 256 to 511; 512 to 1023; 1024 and more */
static guint
hvn_e1000_stats_size_class(gsize octets)
{
    if (octets <= 64)
        return 0;
    if (octets >= 1024)
        return 5;
    return g_bit_storage(octets) - 6;
}

/* @n frames of @len bytes each, without FCS */
void
hvn_e1000_totals_add(HvnE1000Totals *self, gsize len, guint32 n)
{
    gsize octets = MAX(len, HVN_FRAME_MIN) + HVN_FCS_LEN;

    self->sizes[hvn_e1000_stats_size_class(octets)] += n;
    self->packets += n;
    self->octets += (guint64)octets * n;
}

void
hvn_e1000_stats_add(HvnE1000Nic *self, guint32 offset, guint32 n)
{
    guint32 value = hvn_e1000_get(self, offset);

    hvn_e1000_set(self, offset, n > G_MAXUINT32 - value ? G_MAXUINT32 : value + n);
}

/* a pair of registers, low half first */
static void
hvn_e1000_stats_add64(HvnE1000Nic *self, guint32 offset, guint64 n)
{
    guint64 value = hvn_e1000_get(self, offset) | (guint64)hvn_e1000_get(self, offset + 4) << 32;

    value = n > G_MAXUINT64 - value ? G_MAXUINT64 : value + n;
    hvn_e1000_set(self, offset, (guint32)value);
    hvn_e1000_set(self, offset + 4, value >> 32);
}

static void
hvn_e1000_stats_add_sizes(HvnE1000Nic *self, guint32 offset, const guint32 *sizes)
{
    for (guint i = 0; i < E1000_N_SIZES; i++) {
        if (sizes[i] != 0)
            hvn_e1000_stats_add(self, offset + 4 * i, sizes[i]);
    }
}

/* frames that passed the filter */
void
hvn_e1000_stats_received(HvnE1000Nic *self, const HvnE1000Totals *totals)
{
    hvn_e1000_stats_add_sizes(self, E1000_PRC64, totals->sizes);
    hvn_e1000_stats_add(self, E1000_GPRC, totals->packets);
    hvn_e1000_stats_add(self, E1000_BPRC, totals->broadcast);
    hvn_e1000_stats_add(self, E1000_MPRC, totals->multicast);
    hvn_e1000_stats_add64(self, E1000_GORCL, totals->octets);
}

void
hvn_e1000_stats_transmitted(HvnE1000Nic *self, const HvnE1000Totals *totals)
{
    hvn_e1000_stats_add_sizes(self, E1000_PTC64, totals->sizes);
    hvn_e1000_stats_add(self, E1000_GPTC, totals->packets);
    hvn_e1000_stats_add(self, E1000_TPT, totals->packets);
    hvn_e1000_stats_add(self, E1000_BPTC, totals->broadcast);
    hvn_e1000_stats_add(self, E1000_MPTC, totals->multicast);
    hvn_e1000_stats_add64(self, E1000_GOTCL, totals->octets);
    hvn_e1000_stats_add64(self, E1000_TOTL, totals->octets);
}

/* frames that arrived, whether the filter passed them or not (13.7.41, 13.7.43) */
void
hvn_e1000_stats_arrived(HvnE1000Nic *self, const HvnE1000Totals *totals)
{
    hvn_e1000_stats_add(self, E1000_TPR, totals->packets);
    hvn_e1000_stats_add64(self, E1000_TORL, totals->octets);
}

/* a pair is cleared when its high half is read; the engine clears the high half itself */
guint32
hvn_e1000_stats_high_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    hvn_e1000_set(owner, reg->offset - 4, 0);
    return value;
}
