/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The registers, which both BARs show, a row each, offsets ascending: offset, width, count, flags, value after reset, bits that a write
 * changes, name, the section of the data sheet (6 alone is its register map), handlers. Nothing else. */
#include "hvn-rtl8139-regs.h"

#include "hvn-rtl8139-nic.h"

#define RO      HVN_REG_RO
#define KEEP    HVN_REG_KEEP /* 6.4: a software reset leaves IDs, multicast, configuration, PHY and wakeup alone */
#define COUNTER (HVN_REG_RO | HVN_REG_RC | HVN_REG_KEEP)
#define STORED  (HVN_REG_STORED | HVN_REG_KEEP)
#define IGNORED HVN_REG_IGNORED
#define LANES   HVN_REG_NO_MERGE
#define ALL     0xffffffffu

/* clang-format off */
static const HvnReg rtl8139_rows[] = {
    /* offset, width, count, flags, reset, write mask, name, section, on read, on write, stride */
    {RTL8139_IDR,     1, 6, KEEP,   0,      0xff,       "IDR",     "6",    NULL, hvn_rtl8139_locked_write, 0},
    {RTL8139_MAR,     1, 8, KEEP,   0,      0xff,       "MAR",     "6",    NULL, hvn_rtl8139_filter_write, 0},
    {RTL8139_TSD,     4, 4, 0,      RTL8139_TSD_OWN, ALL, "TSD",   "6.2",  hvn_rtl8139_tsd_read, hvn_rtl8139_tsd_write, 0},
    {RTL8139_TSAD,    4, 4, 0,      0,      ALL,        "TSAD",    "6",    NULL, hvn_rtl8139_tsad_write, 0},
    {RTL8139_RBSTART, 4, 1, 0,      0,      ALL,        "RBSTART", "6",    NULL, hvn_rtl8139_rbstart_write, 0},
    {RTL8139_ERBCR,   2, 1, RO | HVN_REG_STORED, 0, 0,  "ERBCR",   "6",    NULL, NULL, 0},
    {RTL8139_ERSR,    1, 1, RO | HVN_REG_STORED, 0, 0,  "ERSR",    "6.3",  NULL, NULL, 0},
    {RTL8139_CR,      1, 1, 0,      0,      0x1c,       "CR",      "6.4",  hvn_rtl8139_cr_read, hvn_rtl8139_cr_write, 0},
    {RTL8139_CAPR,    2, 1, 0,      RTL8139_CAPR_RESET, 0xffff, "CAPR", "6", NULL, hvn_rtl8139_capr_write, 0},
    {RTL8139_CBR,     2, 1, RO,     0,      0,          "CBR",     "6",    NULL, NULL, 0},
    {RTL8139_IMR,     2, 1, 0,      0,      RTL8139_ISR_ALL, "IMR", "6.5", NULL, hvn_rtl8139_imr_write, 0},
    {RTL8139_ISR,     2, 1, LANES,  0,      RTL8139_ISR_ALL, "ISR", "6.6", hvn_rtl8139_isr_read, hvn_rtl8139_isr_write, 0},
    {RTL8139_TCR,     4, 1, 0,      RTL8139_TCR_IFG, 0x030707f1, "TCR", "6.7", hvn_rtl8139_tcr_read, hvn_rtl8139_tcr_write, 0},
    {RTL8139_RCR,     4, 1, 0,      0,      0x0f03ffbf, "RCR",     "6.8",  NULL, hvn_rtl8139_rcr_write, 0},
    {RTL8139_TCTR,    4, 1, 0,      0,      0,          "TCTR",    "6",    hvn_rtl8139_tctr_read, hvn_rtl8139_tctr_write, 0},
    {RTL8139_MPC,     4, 1, 0,      0,      0,          "MPC",     "6",    NULL, hvn_rtl8139_mpc_write, 0},
    {RTL8139_9346CR,  1, 1, 0,      0,      0xce,       "9346CR",  "6.9",  hvn_rtl8139_9346cr_read, hvn_rtl8139_9346cr_write, 0},
    {RTL8139_CONFIG0, 1, 1, RO | KEEP, 0,   0,          "CONFIG0", "6.10", NULL, NULL, 0},
    {RTL8139_CONFIG1, 1, 1, KEEP,   0,      0xf3,       "CONFIG1", "6.11", NULL, hvn_rtl8139_locked_write, 0},
    {RTL8139_TIMERINT, 4, 1, 0,     0,      ALL,        "TimerInt", "6",   NULL, hvn_rtl8139_timerint_write, 0},
    {RTL8139_MSR,     1, 1, 0,      0,      RTL8139_MSR_FCE, "MSR", "6.12", hvn_rtl8139_msr_read, NULL, 0},
    {RTL8139_CONFIG3, 1, 1, STORED, 0,      0x70,       "CONFIG3", "6.13", NULL, hvn_rtl8139_locked_write, 0},
    {RTL8139_CONFIG4, 1, 1, STORED, 0,      0xfd,       "CONFIG4", "6.14", NULL, hvn_rtl8139_locked_write, 0},
    {RTL8139_HLTCLK,  1, 1, IGNORED, 0,     0,          "HLTCLK",  "6",    NULL, NULL, 0},
    {RTL8139_MULINT,  2, 1, HVN_REG_STORED, 0, 0x0fff,  "MULINT",  "6.15", NULL, NULL, 0},
    {RTL8139_RERID,   1, 1, RO,     0,      0,          "RERID",   "6.16", hvn_rtl8139_rerid_read, NULL, 0},
    {RTL8139_TSALL,   2, 1, RO,     0,      0,          "TSALL",   "6.17", hvn_rtl8139_tsall_read, NULL, 0},
    {RTL8139_BMCR,    2, 1, KEEP,   0,      0xffff,     "BMCR",    "6.18", hvn_rtl8139_mii_read, hvn_rtl8139_mii_write, 0},
    {RTL8139_BMSR,    2, 1, RO,     0,      0,          "BMSR",    "6.19", hvn_rtl8139_mii_read, NULL, 0},
    {RTL8139_ANAR,    2, 1, KEEP,   0,      0xffff,     "ANAR",    "6.20", hvn_rtl8139_mii_read, hvn_rtl8139_mii_write, 0},
    {RTL8139_ANLPAR,  2, 1, RO,     0,      0,          "ANLPAR",  "6.21", hvn_rtl8139_mii_read, NULL, 0},
    {RTL8139_ANER,    2, 1, RO,     0,      0,          "ANER",    "6.22", hvn_rtl8139_mii_read, NULL, 0},
    {RTL8139_DIS,     2, 1, COUNTER, 0,     0,          "DIS",     "6.23", NULL, NULL, 0},
    {RTL8139_FCSC,    2, 1, COUNTER, 0,     0,          "FCSC",    "6.24", NULL, NULL, 0},
    {RTL8139_NWAYTR,  2, 1, STORED, 0,      0x00ff,     "NWAYTR",  "6.25", NULL, NULL, 0},
    {RTL8139_REC,     2, 1, COUNTER, 0,     0,          "REC",     "6.26", NULL, NULL, 0},
    {RTL8139_CSCR,    2, 1, KEEP,   0x03c0, 0x83e5,     "CSCR",    "6.27", hvn_rtl8139_cscr_read, NULL, 0},
    {RTL8139_PHY1_PARM, 4, 1, STORED, 0,    ALL,        "PHY1_PARM", "6",  NULL, NULL, 0},
    {RTL8139_TW_PARM, 4, 1, STORED, 0,      ALL,        "TW_PARM", "6",    NULL, NULL, 0},
    {RTL8139_PHY2_PARM, 1, 1, STORED, 0,    0xff,       "PHY2_PARM", "6",  NULL, NULL, 0},
    {RTL8139_CRC,     1, 8, STORED, 0,      0xff,       "CRC",     "6",    NULL, NULL, 0},
    {RTL8139_WAKEUP,  1, 64, STORED, 0,     0xff,       "WAKEUP",  "6",    NULL, NULL, 0},
    {RTL8139_LSBCRC,  1, 8, STORED, 0,      0xff,       "LSBCRC",  "6",    NULL, NULL, 0},
    {RTL8139_FLASH,   4, 1, IGNORED, 0,     0,          "FLASH",   "6",    NULL, NULL, 0},
    {RTL8139_CONFIG5, 1, 1, STORED, 0,      0x7f,       "CONFIG5", "6",    NULL, NULL, 0},
    {RTL8139_TPPOLL,  1, 1, LANES,  0,      0xc1,       "TPPoll",  "6",    hvn_rtl8139_tppoll_read, hvn_rtl8139_tppoll_write, 0},
    {RTL8139_CPCR,    2, 1, 0,      0,      RTL8139_CPCR_STORED, "CPCR", "6.33", NULL, hvn_rtl8139_cpcr_write, 0},
    {RTL8139_RDSAR,   4, 2, 0,      0,      ALL,        "RDSAR",   "6",    NULL, hvn_rtl8139_rdsar_write, 0},
    {RTL8139_ETTHR,   1, 1, HVN_REG_STORED, 0, 0x3f,    "ETThR",   "6",    NULL, NULL, 0},
    {RTL8139_FER,     4, 1, STORED, 0,      0,          "FER",     "6",    NULL, NULL, 0},
    {RTL8139_FER + 4, 4, 1, STORED, 0,      0x8000c010, "FEMR",    "6",    NULL, NULL, 0},
    {RTL8139_FER + 8, 4, 1, RO | STORED, 0, 0,          "FPSR",    "6",    NULL, NULL, 0},
    {RTL8139_FER + 12, 4, 1, STORED, 0,     0x80000010, "FFER",    "6",    NULL, NULL, 0},
};
/* clang-format on */

const HvnReg *
hvn_rtl8139_reg_rows(guint *n_rows)
{
    *n_rows = G_N_ELEMENTS(rtl8139_rows);
    return rtl8139_rows;
}
