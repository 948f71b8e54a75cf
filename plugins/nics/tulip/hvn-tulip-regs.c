/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The registers, which both BARs show, a row each, offsets ascending: offset, width, count, flags, value after reset, bits that a write
 * changes, name, the section of the reference manual, handlers. Reserved bits read as 1, as on the chip. Nothing else. */
#include "hvn-tulip-regs.h"

#include "hvn-tulip-nic.h"

#define ALL 0xffffffffu

/* clang-format off */
static const HvnReg tulip_rows[] = {
    /* offset, width, count, flags, reset, write mask, name, section, on read, on write, stride */
    {TULIP_CSR0,  4, 1, 0,              0xfe000000, 0x01bffffe | TULIP_CSR0_SWR, "CSR0", "3.2.2.1", NULL, hvn_tulip_csr0_write, 0},
    {TULIP_CSR1,  4, 1, 0,              ALL,        0,          "CSR1",  "3.2.2.2",  NULL, hvn_tulip_csr1_write, 0},
    {TULIP_CSR2,  4, 1, 0,              ALL,        0,          "CSR2",  "3.2.2.3",  NULL, hvn_tulip_csr2_write, 0},
    {TULIP_CSR3,  4, 1, 0,              0,          0xfffffffc, "CSR3",  "3.2.2.4",  NULL, hvn_tulip_csr3_write, 0},
    {TULIP_CSR4,  4, 1, 0,              0,          0xfffffffc, "CSR4",  "3.2.2.4",  NULL, hvn_tulip_csr4_write, 0},
    {TULIP_CSR5,  4, 1, HVN_REG_NO_MERGE, 0,        ALL,        "CSR5",  "3.2.2.5",  hvn_tulip_csr5_read, hvn_tulip_csr5_write, 0},
    {TULIP_CSR6,  4, 1, 0,              0x32000040, 0xffffffea, "CSR6",  "3.2.2.6",  NULL, hvn_tulip_csr6_write, 0},
    {TULIP_CSR7,  4, 1, 0,              0xf3fe0000, TULIP_CSR5_CAUSES | TULIP_CSR7_AIM | TULIP_CSR7_NIM, "CSR7", "3.2.2.7", NULL, hvn_tulip_csr7_write, 0},
    {TULIP_CSR8,  4, 1, HVN_REG_RO | HVN_REG_RC, 0, 0,          "CSR8",  "3.2.2.8",  hvn_tulip_csr8_read, NULL, 0},
    {TULIP_CSR9,  4, 1, 0,              0xfff483ff, 0x00077cff, "CSR9",  "3.2.2.9",  hvn_tulip_csr9_read, hvn_tulip_csr9_write, 0},
    {TULIP_CSR10, 4, 1, HVN_REG_STORED, 0,          0x0003ffff, "CSR10", "3.2.2.10", NULL, NULL, 0},
    {TULIP_CSR11, 4, 1, 0,              0,          ALL,        "CSR11", "3.2.2.11", hvn_tulip_csr11_read, hvn_tulip_csr11_write, 0},
    {TULIP_CSR12, 4, 1, HVN_REG_RO | HVN_REG_STORED, 0x000000c6, 0, "CSR12", "3.2.2.12", NULL, NULL, 0},
    {TULIP_CSR13, 4, 1, HVN_REG_STORED, 0xffff0000, 0x0000ffff, "CSR13", "3.2.2.13", NULL, NULL, 0},
    {TULIP_CSR14, 4, 1, HVN_REG_STORED, 0xffffffff, 0x0007ffff, "CSR14", "3.2.2.14", NULL, NULL, 0},
    {TULIP_CSR15, 4, 1, 0,              0x8ff00000, 0x7fffffff, "CSR15", "3.2.2.15", NULL, NULL, 0},
};
/* clang-format on */

const HvnReg *
hvn_tulip_reg_rows(guint *n_rows)
{
    *n_rows = G_N_ELEMENTS(tulip_rows);
    return tulip_rows;
}
