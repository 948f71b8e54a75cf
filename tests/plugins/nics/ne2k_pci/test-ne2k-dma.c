/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Remote DMA by bytes, words and double words, its count and its end, round the ring, out of memory; the send packet command; and what is where in the
 * card's memory (hvn-ne2k-memory.c). */
#include "hvn-ne2k-guest.h"
#include "hvn-ne2k-pci.h"

static void
begin(Guest *guest, guint16 address, guint16 len, guint8 command)
{
    guest_out(guest, NE2K_RSAR0, address, 2); /* a word over both halves */
    guest_out(guest, NE2K_RBCR0, len, 2);
    guest_out(guest, NE2K_CR, NE2K_CR_STA | command, 1);
}

/* what was written in one width is there in every other */
static void
test_widths(void)
{
    for (guint write = 0; write < 3; write++) {
        for (guint read = 0; read < 3; read++) {
            Guest guest;

            guest_setup(&guest, HVN_TYPE_NE2K_PCI);
            guest_out(&guest, NE2K_DCR, write == 0 ? 0x48 : 0x49, 1);
            begin(&guest, 0x4100, 64, NE2K_CR_RD_WRITE);
            for (guint i = 0; i < 64; i += 1 << write) {
                g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1) & NE2K_ISR_RDC, ==, 0);
                guest_out(&guest, NE2K_DATA, 0x03020100 + 0x01010101 * i, 1 << write);
            }
            g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1) & NE2K_ISR_RDC, !=, 0);
            guest_out(&guest, NE2K_ISR, NE2K_ISR_RDC, 1);
            guest_out(&guest, NE2K_DCR, read == 0 ? 0x48 : 0x49, 1);
            begin(&guest, 0x4100, 64, NE2K_CR_RD_READ);
            for (guint i = 0; i < 64; i += 1 << read) {
                guint32 value = guest_in(&guest, NE2K_DATA, 1 << read);

                for (guint j = 0; j < 1u << read; j++)
                    g_assert_cmphex(value >> 8 * j & 0xff, ==, i + j);
            }
            g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1) & NE2K_ISR_RDC, !=, 0);
            g_assert_cmphex(guest_in(&guest, NE2K_RSAR0, 2), ==, 0x4140); /* CRDA */
            guest_teardown(&guest);
        }
    }
}

/* Linux's ne2k-pci reads the PROM by bytes with WTS set: each takes a word, so that the doubled bytes come once */
static void
test_prom_by_bytes(void)
{
    static const guint8 mac[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    guint8 prom[32];
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_out(&guest, NE2K_DCR, 0x49, 1);
    begin(&guest, 0, 32, NE2K_CR_RD_READ);
    for (guint i = 0; i < 16; i++)
        prom[i] = guest_in(&guest, NE2K_DATA, 1);
    g_assert_cmpmem(prom, 6, mac, 6);
    g_assert_cmphex(prom[14], ==, 'W');
    g_assert_cmphex(prom[15], ==, 'W');
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1) & NE2K_ISR_RDC, !=, 0);
    /* and in byte mode all 32: that tells a bus of 16 bits, too */
    guest_out(&guest, NE2K_DCR, 0x48, 1);
    begin(&guest, 0, 32, NE2K_CR_RD_READ);
    for (guint i = 0; i < 32; i++)
        prom[i] = guest_in(&guest, NE2K_DATA, 1);
    for (guint i = 0; i < 32; i += 2)
        g_assert_cmphex(prom[i], ==, prom[i + 1]);
    g_assert_cmphex(prom[10], ==, 0x56);
    guest_teardown(&guest);
}

/* behind the end there is nothing, however wide the access */
static void
test_count(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_out(&guest, NE2K_DCR, 0x49, 1);
    begin(&guest, 0x4000, 3, NE2K_CR_RD_WRITE);
    guest_out(&guest, NE2K_DATA, 0x44332211, 4);
    guest_out(&guest, NE2K_DATA, 0x88776655, 4);
    g_assert_cmphex(guest_in(&guest, NE2K_RSAR0, 2), ==, 0x4003);
    begin(&guest, 0x4000, 5, NE2K_CR_RD_READ);
    g_assert_cmphex(guest_in(&guest, NE2K_DATA, 4), ==, 0x00332211);
    g_assert_cmphex(guest_in(&guest, NE2K_DATA, 4), ==, 0xffffff00);
    g_assert_cmphex(guest_in(&guest, NE2K_DATA, 4), ==, 0xffffffff);
    /* nothing to do is done */
    guest_out(&guest, NE2K_ISR, 0xff, 1);
    begin(&guest, 0x4000, 0, NE2K_CR_RD_READ);
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1) & NE2K_ISR_RDC, !=, 0);
    guest_teardown(&guest);
}

/* abort and go on */
static void
test_abort(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_out(&guest, NE2K_DCR, 0x49, 1);
    begin(&guest, 0x4000, 8, NE2K_CR_RD_WRITE);
    guest_out(&guest, NE2K_DATA, 0x44332211, 4);
    guest_out(&guest, NE2K_CR, START, 1);
    guest_out(&guest, NE2K_DATA, 0xffffffff, 4);
    g_assert_cmphex(guest_in(&guest, NE2K_DATA, 2), ==, 0xffff);
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, 0);
    guest_out(&guest, NE2K_CR, NE2K_CR_STA | NE2K_CR_RD_WRITE, 1);
    guest_out(&guest, NE2K_DATA, 0x88776655, 4);
    begin(&guest, 0x4000, 8, NE2K_CR_RD_READ);
    g_assert_cmphex(guest_in(&guest, NE2K_DATA, 4), ==, 0x44332211);
    g_assert_cmphex(guest_in(&guest, NE2K_DATA, 4), ==, 0x88776655);
    guest_teardown(&guest);
}

/* the address goes round the ring */
static void
test_wrap(void)
{
    guint8 bytes[512];
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    for (guint i = 0; i < sizeof bytes; i++)
        bytes[i] = i * 3;
    guest_write(&guest, (NE2K_RAM_END - 1) << 8, bytes, 256);
    guest_write(&guest, GUEST_FIRST << 8, bytes + 256, 256);
    guest_read(&guest, (NE2K_RAM_END - 1) << 8, bytes, 512);
    for (guint i = 0; i < sizeof bytes; i++)
        g_assert_cmphex(bytes[i], ==, (guint8)(i * 3));
    g_assert_cmphex(guest_in(&guest, NE2K_RSAR0, 2), ==, (GUEST_FIRST + 1) << 8);
    guest_teardown(&guest);
}

/* PROM is read only, and between it and packet memory, and behind that, there is nothing */
static void
test_holes(void)
{
    static const guint16 holes[] = {0x0020, 0x3ffe, 0x8000, 0xfffe};
    const guint8 nothing[] = {0xff, 0xff};
    guint8 bytes[2] = {0x12, 0x34};
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_out(&guest, NE2K_DCR, 0x49, 1);
    for (guint i = 0; i < G_N_ELEMENTS(holes); i++) {
        guest_write(&guest, holes[i], bytes, 2);
        guest_read(&guest, holes[i], bytes, 2);
        g_assert_cmpmem(bytes, 2, nothing, 2);
        memcpy(bytes, "\x12\x34", 2);
    }
    guest_write(&guest, 0, bytes, 2);
    guest_read(&guest, 0, bytes, 2);
    g_assert_cmphex(bytes[0], ==, 0x52);
    guest_teardown(&guest);
}

/* RD 011: the packet at the boundary, as long as its header says, and the boundary goes on */
static void
test_send_packet(void)
{
    guint8 bytes[64];
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    guest_out(&guest, NE2K_BNRY, GUEST_FIRST, 1);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_true(guest_offer(&guest, 300));
    guest_out(&guest, NE2K_RBCR1, 0x0f, 1); /* as the data sheet wants it first */
    guest_out(&guest, NE2K_CR, NE2K_CR_STA | NE2K_CR_RD_SEND, 1);
    for (guint i = 0; i < 64; i += 2)
        hvn_store_le16(bytes + i, guest_in(&guest, NE2K_DATA, 2));
    g_assert_cmphex(bytes[1], ==, GUEST_FIRST + 1);
    g_assert_cmphex(bytes[4], ==, 0xff);
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1) & NE2K_ISR_RDC, !=, 0);
    g_assert_cmphex(guest_in(&guest, NE2K_BNRY, 1), ==, GUEST_FIRST + 1);
    guest_out(&guest, NE2K_CR, NE2K_CR_STA | NE2K_CR_RD_SEND, 1);
    for (guint i = 0; i < 304; i += 4)
        guest_in(&guest, NE2K_DATA, 4);
    g_assert_cmphex(guest_in(&guest, NE2K_BNRY, 1), ==, GUEST_FIRST + 3);
    g_assert_cmphex(guest_get(&guest, NE2K_CURR), ==, GUEST_FIRST + 3);
    guest_teardown(&guest);
}

static void
test_ranges(void)
{
    HvnNe2kMemory memory;

    g_assert_nonnull(hvn_ne2k_memory_range(&memory, 0x4000, 0x4000));
    g_assert_nonnull(hvn_ne2k_memory_range(&memory, 0x7fff, 1));
    g_assert_null(hvn_ne2k_memory_range(&memory, 0x7fff, 2));
    g_assert_null(hvn_ne2k_memory_range(&memory, 0x4000, 0x4001));
    g_assert_null(hvn_ne2k_memory_range(&memory, 0x3fff, 1));
    g_assert_null(hvn_ne2k_memory_range(&memory, 0xff00, 0xffff));
    g_assert_null(hvn_ne2k_memory_range(&memory, 0, 1));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ne2k/dma/widths", test_widths);
    g_test_add_func("/ne2k/dma/prom-by-bytes", test_prom_by_bytes);
    g_test_add_func("/ne2k/dma/count", test_count);
    g_test_add_func("/ne2k/dma/abort", test_abort);
    g_test_add_func("/ne2k/dma/wrap", test_wrap);
    g_test_add_func("/ne2k/dma/holes", test_holes);
    g_test_add_func("/ne2k/dma/send-packet", test_send_packet);
    g_test_add_func("/ne2k/dma/ranges", test_ranges);
    return g_test_run();
}
