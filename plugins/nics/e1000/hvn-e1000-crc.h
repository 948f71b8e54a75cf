/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame check sequence over pieces: CRC-32 of IEEE 802.3, 3.2.9, sixteen bytes a step, or by folding (hvn-e1000-crc-fold.h). Drivers that leave RCTL.SECRC
 * clear get it behind every frame, so it stands in the receive path. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define HVN_E1000_FCS_LEN 4

/**
 * HvnE1000Crc:
 *
 * The tables. Embedded by value in each NIC; made once, then const.
 */
typedef struct {
    guint32  table[16][256];
    gboolean fold; /* the processor multiplies without carries */
} HvnE1000Crc;

void
hvn_e1000_crc_init(HvnE1000Crc *self);

/* (crc is 0 to begin) the CRC of what came before and @len bytes more */
guint32
hvn_e1000_crc_add(const HvnE1000Crc *self, guint32 crc, const guint8 *data, gsize len);

G_END_DECLS
