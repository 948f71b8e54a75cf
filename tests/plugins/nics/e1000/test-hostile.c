/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest that does anything: every register with every width at every offset at random for a million steps, rings that
 * point everywhere, descriptors made of noise, frames from the other side, and time that passes. What is checked is that
 * nothing crashes, hangs, leaks or logs without bound, and that the receiver's promise to its sender is kept. */
#include "hvn-e1000-guest.h"

#define STEPS 1000000

static guint n_messages;

static void
count_message(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
    n_messages++;
}

/* registers that steer the data path, so that it is not off for most of the time */
static const guint32 steering[] = {
    E1000_CTRL,  E1000_RCTL, E1000_TCTL, E1000_TDBAL,  E1000_TDBAH, E1000_TDLEN, E1000_TDH, E1000_TDT,  E1000_RDBAL, E1000_RDBAH,
    E1000_RDLEN, E1000_RDH,  E1000_RDT,  E1000_RXCSUM, E1000_MDIC,  E1000_IMS,   E1000_ITR, E1000_RDTR, E1000_TIDV,  E1000_TXDCTL,
};

static guint32
steered(GRand *rand, guint32 offset)
{
    guint32 value = g_rand_int(rand);

    switch (offset) {
    case E1000_CTRL:
        return (g_rand_int_range(rand, 0, 50) == 0 ? value : value & (E1000_CTRL_VME | E1000_CTRL_RFCE)) | E1000_CTRL_SLU;
    case E1000_RCTL:
        return (value | E1000_RCTL_EN) & ~(g_rand_boolean(rand) ? E1000_RCTL_LBM_MAC : 0u);
    case E1000_TCTL:
        return value | E1000_TCTL_EN;
    case E1000_TDBAH:
    case E1000_RDBAH:
        return g_rand_int_range(rand, 0, 20) == 0 ? value : 0;
    case E1000_TDBAL:
    case E1000_RDBAL:
        return g_rand_int_range(rand, 0, 8) == 0 ? HVN_FAKE_BUS_BAR0 + (value & 0x1ffff) : value & (GUEST_RAM - 1);
    case E1000_TDLEN:
    case E1000_RDLEN:
        return g_rand_int_range(rand, 0, 8) == 0 ? value : 1u << g_rand_int_range(rand, 0, 14);
    case E1000_MDIC:
        return (value & 0x2fffffff & ~(0x1fu << E1000_MDIC_PHYADD_SHIFT) & ~0x0c00u) | 1u << E1000_MDIC_PHYADD_SHIFT;
    default:
        return g_rand_boolean(rand) ? value : value & 0xff;
    }
}

/* descriptors of noise with a grain of sense: addresses in memory, small lengths, EOP now and then */
static void
scribble(Guest *guest, GRand *rand)
{
    guint32 base = hvn_e1000_get(guest->e1000, g_rand_boolean(rand) ? E1000_TDBAL : E1000_RDBAL);

    for (guint i = 0; i < 32; i++) {
        guint32 at = (base + 16 * i) & (GUEST_RAM - 16);
        guint32 cmd = g_rand_int(rand) & (g_rand_boolean(rand) ? 0xff000000 : 0x0b000000);

        hvn_store_le64(guest->ram + at, g_rand_int_range(rand, 0, 8) == 0 ? ((guint64)g_rand_int(rand) << 32 | g_rand_int(rand))
                                                                          : g_rand_int(rand) & (GUEST_RAM - 1));
        if (g_rand_int_range(rand, 0, 4) == 0)
            hvn_store_le64(guest->ram + at, HVN_FAKE_BUS_BAR0 + (g_rand_int(rand) & 0x1ffff));
        hvn_store_le32(guest->ram + at + 8,
                       cmd | (g_rand_boolean(rand) ? g_rand_int(rand) & 0x1fffff : (guint32)g_rand_int_range(rand, 0, 300)));
        hvn_store_le32(guest->ram + at + 12, g_rand_int(rand));
    }
}

static void
peer_sends(Guest *guest, GRand *rand)
{
    guint8 bytes[2000];
    gsize len = g_rand_int_range(rand, 14, g_rand_boolean(rand) ? 100 : sizeof bytes);

    for (gsize i = 0; i < MIN(len, 64); i++)
        bytes[i] = g_rand_int(rand);
    memset(bytes + MIN(len, 64), 0x5a, len - MIN(len, 64));
    if (g_rand_boolean(rand))
        memset(bytes, 0xff, 6);
    if (len > 40 && g_rand_boolean(rand))
        hvn_store_be32(bytes + 12, g_rand_boolean(rand) ? 0x08004500 : 0x81000001);
    if (!hvn_fake_port_send_bytes(guest->port, bytes, len))
        g_assert_true(hvn_port_owes_ready(HVN_PORT(guest->nic)));
}

static void
any_access(Guest *guest, GRand *rand)
{
    static const guint sizes[] = {1, 2, 4, 8};
    guint bar = g_rand_int_range(rand, 0, 16) == 0 ? E1000_BAR_IO : E1000_BAR_MEMORY;
    guint32 room = bar == E1000_BAR_IO ? E1000_BAR_IO_SIZE : E1000_BAR_MEMORY_SIZE;
    guint64 offset = g_rand_int_range(rand, 0, room);
    guint size = sizes[g_rand_int_range(rand, 0, 4)];

    if (g_rand_boolean(rand))
        offset &= 0x5fff & (room - 1);
    if (g_rand_int_range(rand, 0, 3) == 0)
        hvn_nic_region_read(guest->nic, bar, offset, size);
    else
        hvn_nic_region_write(guest->nic, bar, offset, (guint64)g_rand_int(rand) << 32 | g_rand_int(rand), size);
}

static void
step(Guest *guest, GRand *rand)
{
    guint32 what = g_rand_int_range(rand, 0, 64);
    guint32 offset;

    if (what < 32) {
        any_access(guest, rand);
    } else if (what < 58) {
        offset = steering[g_rand_int_range(rand, 0, G_N_ELEMENTS(steering))];
        guest_write(guest, offset, steered(rand, offset));
    } else if (what < 60) {
        peer_sends(guest, rand);
    } else if (what == 60) {
        scribble(guest, rand);
    } else if (what == 61) {
        hvn_dispatcher_run_work(guest->dispatcher);
    } else if (what == 62) {
        hvn_dispatcher_advance(guest->dispatcher, g_rand_int_range(rand, 0, 100000));
    } else if (g_rand_int_range(rand, 0, 40) == 0) {
        hvn_link_set_up(guest->link, g_rand_int_range(rand, 0, 4) != 0);
    } else if (g_rand_int_range(rand, 0, 100) == 0) {
        hvn_nic_config_write(guest->nic, 4, g_rand_int(rand), 2);
    } else if (g_rand_int_range(rand, 0, 20) == 0) {
        hvn_fake_bus_enable_nic(guest->bus, guest->nic);
        hvn_link_set_up(guest->link, TRUE);
    } else if (g_rand_int_range(rand, 0, 4) == 0) {
        hvn_fake_port_set_capacity(guest->port, g_rand_boolean(rand) ? G_MAXUINT : (guint)g_rand_int_range(rand, 0, 10));
        hvn_port_ready(HVN_PORT(guest->port));
    }
}

static void
test_random(void)
{
    GRand *rand = g_rand_new_with_seed(0x8254);
    guint64 sent = 0;
    Guest guest;

    guest_setup(&guest, NULL);
    hvn_fake_port_set_recording(guest.port, FALSE);
    g_log_set_default_handler(count_message, NULL);
    for (guint i = 0; i < STEPS; i++) {
        step(&guest, rand);
        if (i % 1024 == 0) {
            sent += hvn_fake_port_get_n_frames(guest.port);
            hvn_fake_port_clear(guest.port);
        }
        g_assert_cmpuint(guest.e1000->loop.frames.length, <=, 256);
    }
    g_log_set_default_handler(g_log_default_handler, NULL);
    g_test_message("%" G_GUINT64_FORMAT " frames sent, %" G_GUINT64_FORMAT " dropped, %u messages", sent, guest.e1000->tx.dropped,
                   n_messages);
    g_assert_cmpuint(sent, >, 1000); /* the data path did run */
    /* at most ten messages in ten seconds, and one more for a new window */
    g_assert_cmpint(n_messages, <=, 22 + 11 * (hvn_clock_now_ns(guest.clock) / HVN_GUEST_ERRORS_WINDOW_NS));
    hvn_nic_reset(guest.nic, HVN_NIC_RESET_HARDWARE);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.nic)));
    g_assert_false(hvn_fake_bus_get_irq(guest.bus));
    g_rand_free(rand);
    guest_teardown(&guest);
}

/* descriptors that point at each other and at the ring itself */
static void
test_self_reference(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, E1000_RCTL_LBM_MAC | E1000_RCTL_UPE | E1000_RCTL_MPE);
    guest_write(&guest, E1000_RDBAL, GUEST_TX_RING); /* one ring for both */
    for (guint i = 0; i < GUEST_N_DESCS - 1; i++)
        guest_queue(&guest, GUEST_TX_RING + 16 * ((i + 1) % GUEST_N_DESCS), LEGACY(SEND) | 128, 0);
    guest_ring(&guest);
    for (guint i = 0; i < 50; i++) {
        guest_write(&guest, E1000_TDT, (guest_read(&guest, E1000_TDH) + 40) % GUEST_N_DESCS);
        guest_write(&guest, E1000_RDT, (guest_read(&guest, E1000_RDH) + 40) % GUEST_N_DESCS);
        guest_run(&guest);
    }
    g_assert_cmpuint(guest_read(&guest, E1000_TDH), <, GUEST_N_DESCS);
    g_assert_cmpuint(guest_read(&guest, E1000_RDH), <, GUEST_N_DESCS);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/e1000/hostile/random", test_random);
    g_test_add_func("/e1000/hostile/self-reference", test_self_reference);
    return g_test_run();
}
