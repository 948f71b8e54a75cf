/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame check sequence: table[k][b] is the CRC of byte b followed by k zero bytes, so sixteen
 * look-ups that do not wait for each other advance sixteen bytes. */
#include "hvn-fcs.h"

#include "hvn-bytes.h"
#include "hvn-fcs-fold.h"

#define CRC_POLYNOMIAL 0xedb88320u /* 3.2.9, bits reflected */

void
hvn_fcs_init(HvnFcs *self)
{
    for (guint i = 0; i < 256; i++) {
        guint32 crc = i;

        for (guint bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? CRC_POLYNOMIAL : 0);
        self->table[0][i] = crc;
    }
    self->fold = hvn_fcs_fold_available();
    for (guint k = 1; k < 16; k++) {
        for (guint i = 0; i < 256; i++) {
            guint32 crc = self->table[k - 1][i];

            self->table[k][i] = crc >> 8 ^ self->table[0][crc & 0xff];
        }
    }
}

/* what four bytes do that @k bytes follow */
static inline guint32
hvn_fcs_word(const HvnFcs *self, guint k, guint32 word)
{
    return self->table[k + 3][word & 0xff] ^ self->table[k + 2][word >> 8 & 0xff] ^ self->table[k + 1][word >> 16 & 0xff] ^
           self->table[k][word >> 24];
}

/* the register behind @len bytes more */
static guint32
hvn_fcs_look_up(const HvnFcs *self, guint32 crc, const guint8 *data, gsize len)
{
    for (; len >= 16; data += 16, len -= 16) {
        crc = hvn_fcs_word(self, 12, hvn_load_le32(data) ^ crc) ^ hvn_fcs_word(self, 8, hvn_load_le32(data + 4)) ^
              hvn_fcs_word(self, 4, hvn_load_le32(data + 8)) ^ hvn_fcs_word(self, 0, hvn_load_le32(data + 12));
    }
    for (; len > 0; data++, len--)
        crc = crc >> 8 ^ self->table[0][(crc ^ *data) & 0xff];
    return crc;
}

guint32
hvn_fcs_add(const HvnFcs *self, guint32 crc, const guint8 *data, gsize len)
{
    guint8 rest[HVN_FCS_FOLD_REST];
    gsize done = 0;

    crc = ~crc;
    if (self->fold && len >= HVN_FCS_FOLD_MIN) {
        done = hvn_fcs_fold(crc, data, len, rest);
        crc = hvn_fcs_look_up(self, 0, rest, sizeof rest);
    }
    return ~hvn_fcs_look_up(self, crc, data + done, len - done);
}

guint32
hvn_fcs_of_iov(const HvnFcs *self, const struct iovec *iov, guint n_iov, gsize len)
{
    guint32 crc = 0;

    for (guint i = 0; i < n_iov && len > 0; i++) {
        gsize part = MIN(len, iov[i].iov_len);

        crc = hvn_fcs_add(self, crc, iov[i].iov_base, part);
        len -= part;
    }
    return crc;
}
