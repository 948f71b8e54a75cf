/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest of hvn-hostile-guest.h for a million steps, and what other models of the 8390 got wrong, by number: rings and addresses out of packet memory,
 * counts that never end, frames of any size. After each the card is set up anew and works. */
#include "hvn-hostile-guest.h"
#include "hvn-ne2k-guest.h"
#include "hvn-ne2k-pci.h"

/* ---- a million steps ---- */

static const HvnHostileRegister steering[] = {
    {NE2K_CR, 1},    {NE2K_CR, 1},    {NE2K_CR, 1},    {NE2K_CR, 1},    {NE2K_CR, 1},   {NE2K_PSTART, 1}, {NE2K_PSTOP, 1}, {NE2K_BNRY, 1},
    {NE2K_TPSR, 1},  {NE2K_TBCR0, 2}, {NE2K_ISR, 1},   {NE2K_RSAR0, 2}, {NE2K_RBCR0, 2}, {NE2K_RCR, 1},   {NE2K_TCR, 1},   {NE2K_DCR, 1},
    {NE2K_IMR, 1},   {NE2K_DATA, 4},  {NE2K_DATA, 2},  {NE2K_DATA, 1},
};

static guint32
steered(GRand *rand, guint32 offset)
{
    guint32 value = g_rand_int(rand);

    if (g_rand_int_range(rand, 0, 8) == 0)
        return value;
    switch (offset) {
    case NE2K_CR: /* page 0 most of the time, started, sending */
        return (value & (NE2K_CR_TXP | NE2K_CR_RD)) | NE2K_CR_STA | (g_rand_int_range(rand, 0, 8) == 0 ? value & 0xc0 : 0);
    case NE2K_PSTART:
        return NE2K_RAM_FIRST + value % 16;
    case NE2K_PSTOP:
        return NE2K_RAM_END - value % 16;
    case NE2K_BNRY: /* and in page 1 PAR */
    case NE2K_TPSR:
        return NE2K_RAM_FIRST + value % 64;
    case NE2K_ISR: /* and in page 1 CURR */
        return g_rand_boolean(rand) ? value : NE2K_RAM_FIRST + value % 64;
    case NE2K_TBCR0:
    case NE2K_RBCR0:
        return value % 2048;
    case NE2K_RCR:
        return value | NE2K_RCR_AB | NE2K_RCR_PRO;
    case NE2K_TCR:
        return g_rand_int_range(rand, 0, 4) == 0 ? value : 0;
    default:
        return value;
    }
}

/* headers of noise all over the ring, and sometimes a ring that works */
static void
scribble(HvnHostileGuest *hostile)
{
    Guest *guest = hostile->data;

    for (guint i = 0; i < NE2K_RAM_SIZE; i += 64)
        hvn_store_le32(guest->ne2k->memory.ram + i, g_rand_int(hostile->rand));
    if (g_rand_boolean(hostile->rand))
        guest_up(guest, 0);
}

static void
check(HvnHostileGuest *hostile)
{
    const HvnNe2kNic *nic = ((Guest *)hostile->data)->ne2k;

    g_assert_cmpuint(nic->tallies[2], <=, 192);
    g_assert_cmphex(nic->irq.cause & ~NE2K_IMR_ALL, ==, 0);
}

static const HvnHostileModel model = {
    .bar = NE2K_REGION,
    .other_bar = NE2K_REGION,
    .crowded = 0x1f,
    .steering = steering,
    .n_steering = G_N_ELEMENTS(steering),
    .steer = steered,
    .scribble = scribble,
    .check = check,
};

static void
test_random(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    hvn_hostile_guest_check(&model, &guest.machine, &guest, 0x8390);
    guest_teardown(&guest);
}

/* ---- by number ---- */

/* what lies around packet memory is as it was, and a driver that sets the card up finds it working */
static void
assert_well(Guest *guest)
{
    static const guint8 prom[] = {0x52, 0x52, 0x54, 0x54, 0x00, 0x00, 0x12, 0x12, 0x34, 0x34, 0x56, 0x56};
    HvnFcs *fcs = g_new(HvnFcs, 1);
    guint8 bytes[60] = {2};
    guint n;

    hvn_fcs_init(fcs);
    g_assert_cmpmem(guest->ne2k->memory.prom, sizeof prom, prom, sizeof prom);
    g_assert_cmpmem(guest->ne2k->fcs.table, sizeof fcs->table, fcs->table, sizeof fcs->table);
    g_free(fcs);
    guest_in(guest, 0x1f, 1);
    guest_up(guest, 0);
    g_assert_true(guest_offer(guest, 1514));
    guest_take(guest, 1514);
    n = hvn_fake_port_get_n_frames(guest->machine.port);
    guest_send(guest, bytes, sizeof bytes);
    guest_run(guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest->machine.port), ==, n + 1);
}

/* rings from anywhere to anywhere, CURR and BNRY anywhere: a frame is stored within the ring, waits, or is lost and counted */
static void
receive_everywhere(const guint8 *pages, guint n_pages)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    for (guint i = 0; i < n_pages * n_pages * n_pages * n_pages; i++) {
        guint8 first = pages[i % n_pages], end = pages[i / n_pages % n_pages];
        guint8 current = pages[i / n_pages / n_pages % n_pages], boundary = pages[i / n_pages / n_pages / n_pages];

        guest_up(&guest, 0);
        memset(guest.ne2k->memory.ram, 0xaa, NE2K_RAM_SIZE);
        guest_out(&guest, NE2K_PSTART, first, 1);
        guest_out(&guest, NE2K_PSTOP, end, 1);
        guest_out(&guest, NE2K_BNRY, boundary, 1);
        guest_set(&guest, NE2K_CURR, current);
        guest_offer(&guest, 1514);
        for (guint page = NE2K_RAM_FIRST; page < NE2K_RAM_END; page++) {
            if (page < first || page >= end)
                g_assert_cmphex(guest.ne2k->memory.ram[(page - NE2K_RAM_FIRST) * NE2K_PAGE_SIZE], ==, 0xaa);
        }
    }
    assert_well(&guest);
    guest_teardown(&guest);
}

/* heap overflow by CURR (CVE-2007-1321) and by registers that were written anyhow (CVE-2007-5729) */
static void
test_cve_2007_1321_5729(void)
{
    static const guint8 pages[] = {0x00, 0x3f, 0x40, 0x46, 0x7f, 0x80, 0xff};

    receive_everywhere(pages, G_N_ELEMENTS(pages));
}

/* a ring that ends before it begins, or has no page, and never comes to its end (CVE-2015-5278); a boundary below CURR (CVE-2015-5279) */
static void
test_cve_2015_5278_5279(void)
{
    static const guint8 pages[] = {0x41, 0x42, 0x49, 0x60, 0x7e};

    receive_everywhere(pages, G_N_ELEMENTS(pages));
}

/* the data port in every width at the edges of what is there (CVE-2015-8743) */
static void
test_cve_2015_8743(void)
{
    static const guint16 edges[] = {0x0000, 0x001e, 0x001f, 0x0020, 0x3ffd, 0x3fff, 0x7ffd, 0x7ffe, 0x7fff, 0x8000, 0xbfff, 0xc000, 0xfffd, 0xffff};
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    for (guint i = 0; i < G_N_ELEMENTS(edges) * 16; i++) {
        guint16 edge = edges[i / 16];

        guest_out(&guest, NE2K_DCR, 0x48 | (i & 1), 1);
        guest_out(&guest, NE2K_RSAR0, edge, 2);
        guest_out(&guest, NE2K_RBCR0, 16, 2);
        guest_out(&guest, NE2K_CR, NE2K_CR_STA | (i & 8 ? NE2K_CR_RD_READ : NE2K_CR_RD_WRITE), 1);
        for (guint n = 0; n < 8; n++) {
            if (i & 8)
                guest_in(&guest, NE2K_DATA, 1u << (i >> 1 & 3));
            else
                guest_out(&guest, NE2K_DATA, 0xffffffff, 1u << (i >> 1 & 3));
        }
    }
    assert_well(&guest);
    guest_teardown(&guest);
}

/* a remote DMA whose address never meets PSTOP, or sits on it, with the largest count: it ends when the count does (CVE-2016-2841) */
static void
test_cve_2016_2841(void)
{
    static const guint8 stops[] = {0x00, 0x01, 0x40, 0x46, 0x80, 0xff};
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    for (guint i = 0; i < G_N_ELEMENTS(stops); i++) {
        guint n = 0;

        guest_up(&guest, 0);
        guest_out(&guest, NE2K_PSTART, 0x80, 1);
        guest_out(&guest, NE2K_PSTOP, stops[i], 1);
        guest_out(&guest, NE2K_RSAR0, 0xfffe, 2);
        guest_out(&guest, NE2K_RBCR0, 0xffff, 2);
        guest_out(&guest, NE2K_CR, NE2K_CR_STA | NE2K_CR_RD_WRITE, 1);
        for (; !(guest_in(&guest, NE2K_ISR, 1) & NE2K_ISR_RDC); n++)
            guest_out(&guest, NE2K_DATA, 0, 4);
        g_assert_cmpuint(n, ==, 0x10000 / 4);
        guest_out(&guest, NE2K_ISR, NE2K_ISR_RDC, 1);
    }
    assert_well(&guest);
    guest_teardown(&guest);
}

/* the longest frame that a link carries, whose length with the FCS no longer fits the header (CVE-2018-10839) */
static void
test_cve_2018_10839(void)
{
    static const gsize sizes[] = {HVN_FRAME_LEN_MAX, 65536, 65535, 65532, 16384, 14000};
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        guint64 dropped;

        guest_up(&guest, 0);
        dropped = guest.ne2k->rx.dropped;
        g_assert_true(guest_offer(&guest, sizes[i]));
        g_assert_cmpuint(guest.ne2k->rx.dropped - dropped, ==, sizes[i] > 14000 ? 1 : 0);
    }
    assert_well(&guest);
    guest_teardown(&guest);
}

/* loopback while the receiver could hear it: what is sent comes nowhere near it, however often (CVE-2021-3416) */
static void
test_cve_2021_3416(void)
{
    guint8 bytes[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, NE2K_RCR_PRO);
    guest_out(&guest, NE2K_TCR, 0x06, 1);
    for (guint i = 0; i < 100; i++) {
        guest_send(&guest, bytes, sizeof bytes);
        guest_out(&guest, NE2K_CR, START | NE2K_CR_TXP, 1);
        hvn_dispatcher_run_work(guest.machine.dispatcher);
    }
    g_assert_false(guest_has_packet(&guest));
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    assert_well(&guest);
    guest_teardown(&guest);
}

/* the send packet command on headers of noise: the boundary goes where they say, and the receiver lives with that */
static void
test_send_packet_noise(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    for (guint i = 0; i < 256; i++) {
        guest_up(&guest, 0);
        memset(guest.ne2k->memory.ram, (int)i, NE2K_RAM_SIZE);
        guest_out(&guest, NE2K_BNRY, i, 1);
        guest_out(&guest, NE2K_CR, NE2K_CR_STA | NE2K_CR_RD_SEND, 1);
        for (guint n = 0; n < 0x10000 && !(guest_in(&guest, NE2K_ISR, 1) & NE2K_ISR_RDC); n += 4)
            guest_in(&guest, NE2K_DATA, 4);
        g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1) & NE2K_ISR_RDC, !=, 0);
        guest_offer(&guest, 1514);
    }
    assert_well(&guest);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ne2k/hostile/random", test_random);
    g_test_add_func("/ne2k/hostile/cve-2007-1321-and-5729", test_cve_2007_1321_5729);
    g_test_add_func("/ne2k/hostile/cve-2015-5278-and-5279", test_cve_2015_5278_5279);
    g_test_add_func("/ne2k/hostile/cve-2015-8743", test_cve_2015_8743);
    g_test_add_func("/ne2k/hostile/cve-2016-2841", test_cve_2016_2841);
    g_test_add_func("/ne2k/hostile/cve-2018-10839", test_cve_2018_10839);
    g_test_add_func("/ne2k/hostile/cve-2021-3416", test_cve_2021_3416);
    g_test_add_func("/ne2k/hostile/send-packet-noise", test_send_packet_noise);
    return g_test_run();
}
