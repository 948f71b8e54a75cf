/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame check sequence over pieces: CRC-32 of IEEE 802.3, 3.2.9, sixteen bytes a step, or by folding (hvn-fcs-fold.h). NICs
 * that store it behind every frame have it in their receive path. */
#pragma once

#include <glib.h>
#include <sys/uio.h>

G_BEGIN_DECLS

#define HVN_FCS_LEN 4

/**
 * HvnFcs:
 *
 * The tables. Embedded by value in each NIC; made once, then const.
 */
typedef struct {
    guint32  table[16][256];
    gboolean fold; /* the processor multiplies without carries */
} HvnFcs;

/**
 * hvn_fcs_init:
 * @self: (out caller-allocates): the tables
 *
 * Makes the tables.
 */
void
hvn_fcs_init(HvnFcs *self);

/**
 * hvn_fcs_add:
 * @self: the tables
 * @crc: what this returned for the bytes before, 0 to begin
 * @data: bytes
 * @len: how many
 *
 * Returns: the CRC of what came before and of @data; stored little-endian behind a frame it is the frame check sequence
 */
guint32
hvn_fcs_add(const HvnFcs *self, guint32 crc, const guint8 *data, gsize len);

/**
 * hvn_fcs_of_iov: (skip)
 * @self: the tables
 * @iov: (array length=n_iov): pieces of a frame
 * @n_iov: how many
 * @len: bytes from the start of the frame, or %G_MAXSIZE for all that there are
 *
 * Returns: the frame check sequence of these bytes, as hvn_fcs_add() gives it
 */
guint32
hvn_fcs_of_iov(const HvnFcs *self, const struct iovec *iov, guint n_iov, gsize len);

G_END_DECLS
