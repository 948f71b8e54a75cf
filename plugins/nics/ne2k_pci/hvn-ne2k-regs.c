/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The registers, a row each, offsets ascending: offset, width, count, flags, value after reset, bits that a write changes, name, the section of
 * the data sheet (8029: Realtek's), handlers. Nothing else. The digit of the hundreds is the page. */
#include "hvn-ne2k-regs.h"

#include "hvn-ne2k-core.h"

#define RO      HVN_REG_RO
#define KEEP    HVN_REG_KEEP /* 10.3, CR: a reset touches CR, ISR, IMR, DCR and TCR only */
#define STORED  (HVN_REG_STORED | HVN_REG_KEEP)
#define IGNORED HVN_REG_IGNORED
#define BYTE    0xffu

#define N_PAGE_3 6

/* clang-format off */
static const HvnReg ne2k_rows[] = {
    /* offset, width, count, flags, reset, write mask, name, section, on read, on write, stride */
    {NE2K_CR,        1, 1, 0,    NE2K_CR_STP | NE2K_CR_RD_ABORT, BYTE, "CR", "10.3", NULL, hvn_ne2k_cr_write, 0},
    {NE2K_PSTART,    1, 1, KEEP, 0, BYTE,       "CLDA0/PSTART", "10.6", hvn_ne2k_clda_read, hvn_ne2k_ring_write, 0},
    {NE2K_PSTOP,     1, 1, KEEP, 0, BYTE,       "CLDA1/PSTOP", "10.6", hvn_ne2k_clda_read, hvn_ne2k_ring_write, 0},
    {NE2K_BNRY,      1, 1, KEEP, 0, BYTE,       "BNRY",    "10.6", NULL, hvn_ne2k_bnry_write, 0},
    {NE2K_TPSR,      1, 1, KEEP, 0, BYTE,       "TSR/TPSR", "10.5", hvn_ne2k_tsr_read, NULL, 0},
    {NE2K_TBCR0,     1, 1, KEEP, 0, BYTE,       "NCR/TBCR0", "10.5", hvn_ne2k_ncr_read, NULL, 0},
    {NE2K_TBCR1,     1, 1, KEEP, 0, BYTE,       "FIFO/TBCR1", "10.5", hvn_ne2k_fifo_read, NULL, 0},
    {NE2K_ISR,       1, 1, 0,    0, NE2K_IMR_ALL, "ISR",   "10.3", hvn_ne2k_isr_read, hvn_ne2k_isr_write, 0},
    {NE2K_RSAR0,     1, 2, KEEP, 0, BYTE,       "CRDA/RSAR", "10.7", hvn_ne2k_crda_read, hvn_ne2k_rsar_write, 0},
    {NE2K_RBCR0,     1, 2, KEEP, 0, BYTE,       "8029ID/RBCR", "10.7", hvn_ne2k_8029id_read, hvn_ne2k_rbcr_write, 0},
    {NE2K_RCR,       1, 1, KEEP, 0, NE2K_RCR_ALL, "RSR/RCR", "10.3", hvn_ne2k_rsr_read, hvn_ne2k_filter_write, 0},
    {NE2K_TCR,       1, 1, 0,    0, NE2K_TCR_ALL, "CNTR0/TCR", "10.3", hvn_ne2k_cntr_read, hvn_ne2k_tcr_write, 0},
    {NE2K_DCR,       1, 1, 0,    0, NE2K_DCR_ALL, "CNTR1/DCR", "10.3", hvn_ne2k_cntr_read, NULL, 0},
    {NE2K_IMR,       1, 1, 0,    0, NE2K_IMR_ALL, "CNTR2/IMR", "10.3", hvn_ne2k_cntr_read, hvn_ne2k_imr_write, 0},
    {NE2K_DATA,      1, 8, 0,    0, 0,          "DATA",    "10.7", NULL, NULL, 0}, /* hvn_ne2k_region_read() and _write() */
    {NE2K_RESET,     1, 8, 0,    0, 0,          "RESET",   "10.3", hvn_ne2k_reset_read, NULL, 0},
    {NE2K_PAR,       1, 6, KEEP, 0, BYTE,       "PAR",     "10.8", NULL, hvn_ne2k_filter_write, 0},
    {NE2K_CURR,      1, 1, KEEP, 0, BYTE,       "CURR",    "10.6", NULL, hvn_ne2k_bnry_write, 0},
    {NE2K_MAR,       1, 8, KEEP, 0, BYTE,       "MAR",     "10.9", NULL, hvn_ne2k_filter_write, 0},
    {NE2K_SHOWN_PSTART, 1, 2, IGNORED, 0, 0, "PSTART", "10.2", hvn_ne2k_written_read, NULL, 0},
    {NE2K_RNPP,      1, 1, STORED, 0, BYTE, "RNPP",    "10.2", NULL, NULL, 0},
    {NE2K_SHOWN_TPSR, 1, 1, RO, 0, 0,   "TPSR",    "10.2", hvn_ne2k_written_read, NULL, 0},
    {NE2K_LNPP,      1, 1, STORED, 0, BYTE, "LNPP",    "10.2", NULL, NULL, 0},
    {NE2K_AC,        1, 2, STORED, 0, BYTE, "AC",      "10.2", NULL, NULL, 0},
    {NE2K_SHOWN_RCR, 1, 4, RO, 0, 0,    "RCR",     "10.2", hvn_ne2k_written_read, NULL, 0},
    {NE2K_9346CR,    1, 1, 0,    0, 0xce,       "9346CR",  "8029", hvn_ne2k_9346cr_read, hvn_ne2k_9346cr_write, 0},
    {NE2K_CONFIG0,   1, 1, RO,   0, 0,          "CONFIG0", "8029", hvn_ne2k_config0_read, NULL, 0},
    {NE2K_CONFIG2,   1, 1, KEEP, 0, NE2K_CONFIG2_ALL, "CONFIG2", "8029", NULL, hvn_ne2k_locked_write, 0},
    {NE2K_CONFIG3,   1, 1, STORED, 0, NE2K_CONFIG3_ALL, "CONFIG3", "8029", NULL, hvn_ne2k_locked_write, 0},
    {NE2K_HLTCLK,    1, 1, IGNORED, 0, 0,       "HLTCLK",  "8029", NULL, NULL, 0},
    {NE2K_8029ASID,  1, 2, RO,   0, 0,          "8029ASID", "8029", hvn_ne2k_8029asid_read, NULL, 0},
};
/* clang-format on */

const HvnReg *
hvn_ne2k_reg_rows(gboolean is_8029, guint *n_rows)
{
    *n_rows = G_N_ELEMENTS(ne2k_rows) - (is_8029 ? 0 : N_PAGE_3);
    return ne2k_rows;
}
