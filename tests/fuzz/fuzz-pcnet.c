/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer target for the pcnet: a program for hvn-fuzz-nic.h. The first byte of the input chooses the software style and the I/O mode that
 * are set up. */
#include "hvn-bytes.h"
#include "hvn-fuzz-nic.h"
#include "hvn-pcnet-nic.h"

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

#define TX_RING 0x1000
#define RX_RING 0x2000
#define BLOCK   0x3000
#define N_DESCS 16

static void
lay_out(guint8 *ram, guint style)
{
    guint size = hvn_pcnet_ring_desc_size(style);

    for (guint i = 0; i < N_DESCS; i++) {
        guint32 tx = PCNET_DESC_OWN | PCNET_DESC_STP | PCNET_DESC_ENP, rx = PCNET_DESC_OWN;
        guint8 *tx_desc = ram + TX_RING + i * size, *rx_desc = ram + RX_RING + i * size;
        guint address = style == PCNET_STYLE_REORDER ? 8 : 0;

        if (style == PCNET_STYLE_LANCE) {
            hvn_store_le32(tx_desc, tx | (0x30000 + 64 * i));
            hvn_store_le32(rx_desc, rx | (0x10000 + 2048 * i));
            hvn_store_le16(tx_desc + 4, -60);
            hvn_store_le16(rx_desc + 4, -2048);
        } else {
            hvn_store_le32(tx_desc + address, 0x30000 + 64 * i);
            hvn_store_le32(rx_desc + address, 0x10000 + 2048 * i);
            hvn_store_le32(tx_desc + 4, tx | 0xf000 | (4096 - 60));
            hvn_store_le32(rx_desc + 4, rx | 0xf000 | (4096 - 2048));
        }
    }
    hvn_store_le16(ram + BLOCK, PCNET_CSR15_PROM);
    if (style == PCNET_STYLE_LANCE) {
        hvn_store_le32(ram + BLOCK + 16, RX_RING | 4u << 29);
        hvn_store_le32(ram + BLOCK + 20, TX_RING | 4u << 29);
    } else {
        ram[BLOCK + 2] = ram[BLOCK + 3] = 4 << 4;
        hvn_store_le32(ram + BLOCK + 20, RX_RING);
        hvn_store_le32(ram + BLOCK + 24, TX_RING);
    }
}

static void
lay_out_lance(guint8 *ram)
{
    lay_out(ram, PCNET_STYLE_LANCE);
}

static void
lay_out_pci(guint8 *ram)
{
    lay_out(ram, PCNET_STYLE_PCI);
}

static void
lay_out_reordered(guint8 *ram)
{
    lay_out(ram, PCNET_STYLE_REORDER);
}

static const HvnFuzzWrite wio_writes[] = {
    {PCNET_WIO_RAP, PCNET_CSR1, 2}, {PCNET_RDP, BLOCK, 2}, {PCNET_WIO_RAP, PCNET_CSR0, 2}, {PCNET_RDP, PCNET_CSR0_INIT | PCNET_CSR0_STRT, 2},
};

static const HvnFuzzWrite dwio_writes[] = {
    {PCNET_RDP, 0, 4},
    {PCNET_DWIO_RAP, PCNET_BCR20, 4},
    {PCNET_DWIO_BDP, PCNET_STYLE_PCI, 4},
    {PCNET_DWIO_RAP, PCNET_CSR1, 4},
    {PCNET_RDP, BLOCK, 4},
    {PCNET_DWIO_RAP, PCNET_CSR0, 4},
    {PCNET_RDP, PCNET_CSR0_INIT | PCNET_CSR0_STRT | PCNET_CSR0_IENA, 4},
};

static const HvnFuzzWrite reordered_writes[] = {
    {PCNET_WIO_RAP, PCNET_BCR20, 2}, {PCNET_WIO_BDP, PCNET_STYLE_REORDER, 2},
    {PCNET_WIO_RAP, PCNET_CSR1, 2},  {PCNET_RDP, BLOCK, 2},
    {PCNET_WIO_RAP, PCNET_CSR0, 2},  {PCNET_RDP, PCNET_CSR0_INIT | PCNET_CSR0_STRT, 2},
};

static const HvnFuzzNicModel models[] = {
    {PCNET_BAR_IO, PCNET_BAR_MEMORY, lay_out_lance, wio_writes, G_N_ELEMENTS(wio_writes)},
    {PCNET_BAR_MEMORY, PCNET_BAR_IO, lay_out_pci, dwio_writes, G_N_ELEMENTS(dwio_writes)},
    {PCNET_BAR_MEMORY, PCNET_BAR_IO, lay_out_reordered, reordered_writes, G_N_ELEMENTS(reordered_writes)},
};

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, clock);
    g_autoptr(HvnNic) nic = g_object_new(HVN_TYPE_PCNET_NIC, "dispatcher", dispatcher, NULL);
    guint8 how = size > 0 ? data[0] : 0;

    hvn_fuzz_nic_run(&models[how % G_N_ELEMENTS(models)], dispatcher, nic, data + MIN(size, 1), size - MIN(size, 1));
    return 0;
}
