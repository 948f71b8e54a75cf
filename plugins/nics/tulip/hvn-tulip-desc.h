/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptors and the setup frame in guest memory (chapter 4): four longwords each, little-endian unless CSR0.DBO is set. A descriptor is
 * loaded once from bytes that were copied out of guest memory. */
#pragma once

#include "hvn-bytes.h"
#include "hvn-tulip-regs.h"

G_BEGIN_DECLS

#define TULIP_DESC_SIZE 16

/* 4.2.1 and 4.2.2: what both kinds share */
#define TULIP_DES0_OWN        BIT(31)
#define TULIP_DES1_SIZE       0x7ffu /* of buffer 1; that of buffer 2 lies above it */
#define TULIP_DES1_SIZE_SHIFT 11
#define TULIP_DES1_CHAINED    BIT(24) /* the second address is that of the next descriptor */
#define TULIP_DES1_END        BIT(25) /* the next descriptor is the first of the list; takes precedence */

/* 4.2.1.1, receive status */
#define TULIP_RDES0_CE       BIT(1)
#define TULIP_RDES0_RW       BIT(4) /* the watchdog cut the frame off */
#define TULIP_RDES0_FT       BIT(5) /* a type, not a length */
#define TULIP_RDES0_TL       BIT(7) /* longer than 1518 bytes */
#define TULIP_RDES0_LS       BIT(8)
#define TULIP_RDES0_FS       BIT(9)
#define TULIP_RDES0_MF       BIT(10)
#define TULIP_RDES0_RF       BIT(11) /* runt */
#define TULIP_RDES0_DT_SHIFT 12      /* where it came from: the wire, internal loopback, external loopback */
#define TULIP_RDES0_DE       BIT(14) /* cut off: no more descriptors */
#define TULIP_RDES0_ES       BIT(15)
#define TULIP_RDES0_FL_SHIFT 16
#define TULIP_RDES0_FF       BIT(30) /* the filter would not have taken it */

/* 4.2.2.1, transmit status */
#define TULIP_TDES0_UF    BIT(1)  /* underflow: the frame could not be had whole */
#define TULIP_TDES0_NC    BIT(10) /* no carrier */
#define TULIP_TDES0_LO    BIT(11) /* loss of carrier */
#define TULIP_TDES0_TO    BIT(14) /* jabber timeout */
#define TULIP_TDES0_ES    BIT(15)
#define TULIP_TDES0_SETUP 0x7fffffffu /* of a setup frame that was read */

/* 4.2.2.2, transmit control */
#define TULIP_TDES1_FT0 BIT(22)
#define TULIP_TDES1_DPD BIT(23) /* no padding */
#define TULIP_TDES1_AC  BIT(26) /* no FCS is added */
#define TULIP_TDES1_SET BIT(27)
#define TULIP_TDES1_FT1 BIT(28)
#define TULIP_TDES1_FS  BIT(29)
#define TULIP_TDES1_LS  BIT(30)
#define TULIP_TDES1_IC  BIT(31)

/* 4.2.3: 16 bits in each longword */
#define TULIP_SETUP_LEN       192
#define TULIP_SETUP_ADDRESSES 16
#define TULIP_SETUP_HASH_BITS 512
#define TULIP_SETUP_PHYSICAL  156 /* byte of the one perfect address beside the hash */

/**
 * HvnTulipDesc:
 * @address: of the descriptor itself
 * @control: DES1: flags and sizes
 * @buffers: DES2 and DES3: addresses of the buffers
 */
typedef struct {
    guint32 address;
    guint32 control;
    guint32 buffers[2];
} HvnTulipDesc;

/* bytes of buffer 0 or 1; a chained descriptor has no second one */
static inline guint32
hvn_tulip_desc_size(const HvnTulipDesc *self, guint buffer)
{
    if (buffer == 1 && (self->control & (TULIP_DES1_CHAINED | TULIP_DES1_END)) == TULIP_DES1_CHAINED)
        return 0;
    return self->control >> (buffer * TULIP_DES1_SIZE_SHIFT) & TULIP_DES1_SIZE;
}

G_END_DECLS
