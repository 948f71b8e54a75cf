/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The registers, a row each, offsets ascending: offset, width, count, flags, value after reset, bits that a write changes, name, heading in
 * the data sheet behind its number, handlers. Four tables: the I/O map in word mode and in double word mode, the CSRs and the BCRs that RAP selects. */
#include "hvn-pcnet-regs.h"

#include "hvn-pcnet-nic.h"

#define RO     HVN_REG_RO
#define LANES  HVN_REG_NO_MERGE
#define KEEP   HVN_REG_KEEP /* S_RESET, a read of RESET, leaves these alone */
#define STORED (HVN_REG_STORED | HVN_REG_KEEP)

/* clang-format off */
static const HvnReg wio_rows[] = {
    /* offset, width, count, flags, reset, write mask, name, heading, on read, on write, stride */
    {PCNET_APROM,      1, 16, LANES, 0, 0xff,   "APROM", "16-bit I/O", hvn_pcnet_aprom_read, hvn_pcnet_aprom_write, 0},
    {PCNET_RDP,        2, 1,  LANES, 0, 0xffff, "RDP",   "16-bit I/O", hvn_pcnet_rdp_read,   hvn_pcnet_rdp_write, 0},
    {PCNET_WIO_RAP,    2, 1,  LANES, 0, 0xffff, "RAP",   "16-bit I/O", hvn_pcnet_rap_read,   hvn_pcnet_rap_write, 0},
    {PCNET_WIO_RESET,  2, 1,  RO,    0, 0,      "RESET", "16-bit I/O", hvn_pcnet_reset_read, NULL, 0},
    {PCNET_WIO_BDP,    2, 1,  LANES, 0, 0xffff, "BDP",   "16-bit I/O", hvn_pcnet_bdp_read,   hvn_pcnet_bdp_write, 0},
};

static const HvnReg dwio_rows[] = {
    {PCNET_APROM,      1, 16, LANES, 0, 0xff,   "APROM", "32-bit I/O", hvn_pcnet_aprom_read, hvn_pcnet_aprom_write, 0},
    {PCNET_RDP,        4, 1,  LANES, 0, 0xffff, "RDP",   "32-bit I/O", hvn_pcnet_rdp_read,   hvn_pcnet_rdp_write, 0},
    {PCNET_DWIO_RAP,   4, 1,  LANES, 0, 0xffff, "RAP",   "32-bit I/O", hvn_pcnet_rap_read,   hvn_pcnet_rap_write, 0},
    {PCNET_DWIO_RESET, 4, 1,  RO,    0, 0,      "RESET", "32-bit I/O", hvn_pcnet_reset_read, NULL, 0},
    {PCNET_DWIO_BDP,   4, 1,  LANES, 0, 0xffff, "BDP",   "32-bit I/O", hvn_pcnet_bdp_read,   hvn_pcnet_bdp_write, 0},
};

#define CSR(n) PCNET_AT(PCNET_CSR##n)

static const HvnReg csr_rows[] = {
    {CSR(0),   2, 1,  0,    PCNET_CSR0_STOP, 0xffff, "CSR0",  "0 Controller Status",    hvn_pcnet_csr0_read, hvn_pcnet_csr0_write, 0},
    {CSR(1),   2, 1,  KEEP, 0,     0xffff, "CSR1",   "1 IADR[15:0]",                    NULL, NULL, 0},
    {CSR(2),   2, 1,  KEEP, 0,     0xffff, "CSR2",   "2 IADR[31:16]",                   NULL, NULL, 0},
    {CSR(3),   2, 1,  0,    0,     0x5f7c, "CSR3",   "3 Interrupt Masks",               NULL, hvn_pcnet_csr3_write, 0},
    {CSR(4),   2, 1,  0,    PCNET_CSR4_RESET, 0xffff, "CSR4", "4 Test and Features",    hvn_pcnet_csr4_read, hvn_pcnet_csr4_write, 0},
    {CSR(5),   2, 1,  0,    0,     0xcfff, "CSR5",   "5 Extended Control",              hvn_pcnet_csr5_read, hvn_pcnet_csr5_write, 0},
    {CSR(6),   2, 1,  RO | KEEP, 0, 0,     "CSR6",   "6 RX/TX Descriptor Table Length", NULL, NULL, 0},
    {CSR(8),   2, 4,  KEEP, 0,     0xffff, "CSR8",   "8 LADRF",                         NULL, hvn_pcnet_filter_write, 0},
    {CSR(12),  2, 3,  KEEP, 0,     0xffff, "CSR12",  "12 PADR",                          NULL, hvn_pcnet_filter_write, 0},
    {CSR(15),  2, 1,  0,    0,     0xffff, "CSR15",  "15 Mode",                          NULL, hvn_pcnet_csr15_write, 0},
    {CSR(16),  2, 2,  0,    0,     0xffff, "CSR16",  "16 IADR",                          hvn_pcnet_csr16_read, hvn_pcnet_csr16_write, 0},
    {CSR(18),  2, 6,  STORED, 0,   0xffff, "CSR18",  "18 CRBA, CXBA, NRBA",              NULL, NULL, 0},
    {CSR(24),  2, 2,  KEEP, 0,     0xffff, "CSR24",  "24 BADR",                          NULL, NULL, 0},
    {CSR(26),  2, 4,  RO,   0,     0,      "CSR26",  "26 NRDA, CRDA",                    hvn_pcnet_csr26_read, NULL, 0},
    {CSR(30),  2, 2,  KEEP, 0,     0xffff, "CSR30",  "30 BADX",                          NULL, NULL, 0},
    {CSR(32),  2, 4,  RO,   0,     0,      "CSR32",  "32 NXDA, CXDA",                    hvn_pcnet_csr32_read, NULL, 0},
    {CSR(36),  2, 10, STORED, 0,   0xffff, "CSR36",  "36 NNRD to NRST",                  NULL, NULL, 0},
    {CSR(46),  2, 1,  STORED, 0,   0xffff, "CSR46",  "46 POLL",                          NULL, NULL, 0},
    {CSR(47),  2, 1,  KEEP, 0,     0xffff, "CSR47",  "47 POLLINT",                       NULL, NULL, 0},
    {CSR(58),  2, 1,  0,    0,     0xffff, "CSR58",  "58 Software Style",                hvn_pcnet_csr58_read, hvn_pcnet_csr58_write, 0},
    {CSR(60),  2, 8,  STORED, 0,   0xffff, "CSR60",  "60 PXDA to NXST",                  NULL, NULL, 0},
    {CSR(72),  2, 1,  RO,   0,     0,      "CSR72",  "72 RCVRC",                         hvn_pcnet_csr72_read, NULL, 0},
    {CSR(74),  2, 1,  RO,   0,     0,      "CSR74",  "74 XMTRC",                         hvn_pcnet_csr74_read, NULL, 0},
    {CSR(76),  2, 1,  KEEP, 0,     0xffff, "CSR76",  "76 RCVRL",                         NULL, NULL, 0},
    {CSR(78),  2, 1,  KEEP, 0,     0xffff, "CSR78",  "78 XMTRL",                         NULL, NULL, 0},
    {CSR(80),  2, 1,  HVN_REG_STORED, 0x1410, 0x3fff, "CSR80", "80 DMA Transfer Counter", NULL, NULL, 0},
    {CSR(82),  2, 1,  HVN_REG_STORED, 0, 0xffff, "CSR82", "82 DMABAT",                   NULL, NULL, 0},
    {CSR(84),  2, 2,  STORED, 0,   0xffff, "CSR84",  "84 DMABA",                         NULL, NULL, 0},
    {CSR(86),  2, 1,  STORED, 0,   0x0fff, "CSR86",  "86 DMABC",                         NULL, NULL, 0},
    {CSR(88),  2, 2,  RO,   0,     0,      "CSR88",  "88 Chip ID",                       hvn_pcnet_csr88_read, NULL, 0},
    {CSR(92),  2, 1,  KEEP, 0,     0xffff, "CSR92",  "92 RCON",                          hvn_pcnet_csr92_read, NULL, 0},
    {CSR(94),  2, 1,  RO,   0,     0,      "CSR94",  "94 XMTTDR",                        NULL, NULL, 0},
    {CSR(100), 2, 1,  HVN_REG_STORED, 0x0200, 0xffff, "CSR100", "100 MERRTO",             NULL, NULL, 0},
    {CSR(112), 2, 1,  0,    0,     0xffff, "CSR112", "112 MFC",                           NULL, NULL, 0},
    {CSR(114), 2, 1,  0,    0,     0xffff, "CSR114", "114 RCC",                           NULL, NULL, 0},
    {CSR(122), 2, 1,  0,    0,     PCNET_CSR122_RCVALGN, "CSR122", "122 RCVALGN",                 NULL, NULL, 0},
    {CSR(124), 2, 1,  0,    0,     PCNET_CSR124_RPA, "CSR124", "124 BMU Test",            NULL, hvn_pcnet_csr124_write, 0},
};

#define BCR(n) PCNET_AT(PCNET_BCR##n)

static const HvnReg bcr_rows[] = {
    {BCR(0),  2, 2, STORED, 0x0005, 0xffff, "BCR0",  "0 MSRDA, MSWRA",          NULL, NULL, 0},
    {BCR(2),  2, 1, KEEP,   0x0002, 0x518f, "BCR2",  "2 Misc Configuration",    NULL, NULL, 0},
    {BCR(4),  2, 1, KEEP,   0x00c0, 0x73ff, "BCR4",  "4 LNKST",                 hvn_pcnet_led_read, NULL, 0},
    {BCR(5),  2, 1, KEEP,   0x0084, 0x73ff, "BCR5",  "5 LED1",                  hvn_pcnet_led_read, NULL, 0},
    {BCR(6),  2, 1, KEEP,   0x0088, 0x73ff, "BCR6",  "6 LED2",                  hvn_pcnet_led_read, NULL, 0},
    {BCR(7),  2, 1, KEEP,   0x0090, 0x73ff, "BCR7",  "7 LED3",                  hvn_pcnet_led_read, NULL, 0},
    {BCR(9),  2, 1, KEEP,   0,      0x0007, "BCR9",  "9 Full-Duplex Control",   NULL, NULL, 0},
    {BCR(16), 2, 2, STORED, 0,      0xffff, "BCR16", "16 IOBASEL, IOBASEU",      NULL, NULL, 0},
    {BCR(18), 2, 1, KEEP,   0x9001, 0xfa7f, "BCR18", "18 Burst and Bus Control", NULL, NULL, 0},
    {BCR(19), 2, 1, STORED, 0x0002, 0x001f, "BCR19", "19 EEPROM Control",        NULL, NULL, 0},
    {BCR(20), 2, 1, KEEP,   PCNET_BCR20_CSRPCNET, 0x04ff, "BCR20", "20 Software Style", NULL, hvn_pcnet_bcr20_write, 0},
    {BCR(21), 2, 1, STORED, 0,      0xffff, "BCR21", "21 INTCON",                NULL, NULL, 0},
    {BCR(22), 2, 1, STORED, 0xff06, 0xffff, "BCR22", "22 PCI Latency",           NULL, NULL, 0},
};
/* clang-format on */

const HvnReg *
hvn_pcnet_reg_rows(HvnPcnetRows which, guint *n_rows, guint32 *size)
{
    static const struct {
        const HvnReg *rows;
        guint n_rows;
        guint32 size;
    } tables[PCNET_N_ROWS] = {
        [PCNET_ROWS_WIO] = {wio_rows, G_N_ELEMENTS(wio_rows), PCNET_BAR_SIZE},
        [PCNET_ROWS_DWIO] = {dwio_rows, G_N_ELEMENTS(dwio_rows), PCNET_BAR_SIZE},
        [PCNET_ROWS_CSR] = {csr_rows, G_N_ELEMENTS(csr_rows), PCNET_AT(PCNET_N_CSRS)},
        [PCNET_ROWS_BCR] = {bcr_rows, G_N_ELEMENTS(bcr_rows), PCNET_AT(PCNET_N_BCRS)},
    };

    *n_rows = tables[which].n_rows;
    *size = tables[which].size;
    return tables[which].rows;
}
