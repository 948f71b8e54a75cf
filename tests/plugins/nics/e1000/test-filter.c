/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which frames the receiver takes: perfect addresses, the multicast table at each MO, promiscuous modes, broadcast, VLANs. */
#include "hvn-e1000-guest.h"

/* whether a frame to @dst reaches the ring; @vlan 0 for none */
static gboolean
passes(Guest *guest, const char *dst, guint16 vlan)
{
    HvnTestFrame spec = {.vlan = vlan, .ip_version = 4, .protocol = 17, .payload_len = 30};
    g_autoptr(GByteArray) frame = NULL;
    guint32 before = guest_read(guest, E1000_RDH);
    HvnMac mac;

    g_assert_true(hvn_mac_parse(dst, &mac, NULL));
    memcpy(spec.dst, mac.addr, 6);
    frame = hvn_test_frame_build(&spec);
    g_assert_true(hvn_fake_port_send_bytes(guest->machine.port, frame->data, frame->len));
    guest_write(guest, E1000_RDT, (guest_read(guest, E1000_RDH) + GUEST_N_DESCS - 1) % GUEST_N_DESCS);
    return guest_read(guest, E1000_RDH) != before;
}

static void
rctl(Guest *guest, guint32 bits)
{
    guest_write(guest, E1000_RCTL, E1000_RCTL_EN | bits);
}

static void
test_perfect(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    rctl(&guest, 0);
    g_assert_true(passes(&guest, "52:54:00:12:34:56", 0));
    g_assert_false(passes(&guest, "52:54:00:12:34:57", 0));
    g_assert_false(passes(&guest, "ff:ff:ff:ff:ff:ff", 0));
    g_assert_false(passes(&guest, "01:00:5e:00:00:01", 0));
    guest_write(&guest, E1000_RA + 15 * 8, 0x12005452);
    guest_write(&guest, E1000_RA + 15 * 8 + 4, 0x5734);
    g_assert_false(passes(&guest, "52:54:00:12:34:57", 0)); /* not valid yet */
    guest_write(&guest, E1000_RA + 15 * 8 + 4, 0x5734 | E1000_RAH_AV);
    g_assert_true(passes(&guest, "52:54:00:12:34:57", 0));
    guest_write(&guest, E1000_RA + 8, 0x005e0001);
    guest_write(&guest, E1000_RA + 12, 0x0100 | E1000_RAH_AV);
    g_assert_true(passes(&guest, "01:00:5e:00:00:01", 0));
    guest_teardown(&guest);
}

static void
test_promiscuous(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    rctl(&guest, E1000_RCTL_BAM);
    g_assert_true(passes(&guest, "ff:ff:ff:ff:ff:ff", 0));
    g_assert_false(passes(&guest, "01:00:5e:00:00:01", 0));
    rctl(&guest, E1000_RCTL_UPE);
    g_assert_true(passes(&guest, "02:00:00:00:00:01", 0));
    g_assert_false(passes(&guest, "01:00:5e:00:00:01", 0));
    rctl(&guest, E1000_RCTL_MPE);
    g_assert_false(passes(&guest, "02:00:00:00:00:01", 0));
    g_assert_true(passes(&guest, "01:00:5e:00:00:01", 0));
    guest_teardown(&guest);
}

/* the bit of 01:00:5e:7f:3a:c5 worked out by hand: the two last octets are 0xc53a as one number */
static void
test_hash(void)
{
    static const guint bits[] = {0xc53, 0x8a7, 0x14e, 0x53a};
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    for (guint mo = 0; mo < 4; mo++) {
        rctl(&guest, mo << E1000_RCTL_MO_SHIFT);
        g_assert_false(passes(&guest, "01:00:5e:7f:3a:c5", 0));
        guest_write(&guest, E1000_MTA + 4 * (bits[mo] >> 5), 1u << (bits[mo] & 31));
        g_assert_true(passes(&guest, "01:00:5e:7f:3a:c5", 0));
        g_assert_false(passes(&guest, "00:00:5e:7f:3a:c5", 0)); /* the table is not for unicast */
        guest_write(&guest, E1000_MTA + 4 * (bits[mo] >> 5), 0);
    }
    guest_teardown(&guest);
}

static void
test_vlan(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    rctl(&guest, E1000_RCTL_VFE);
    g_assert_true(passes(&guest, "52:54:00:12:34:56", 0)); /* untagged frames are not filtered */
    g_assert_false(passes(&guest, "52:54:00:12:34:56", 100));
    guest_write(&guest, E1000_VFTA + 4 * (100 >> 5), 1u << (100 & 31));
    g_assert_true(passes(&guest, "52:54:00:12:34:56", 100));
    g_assert_true(passes(&guest, "52:54:00:12:34:56", 0xe000 | 100));
    g_assert_false(passes(&guest, "52:54:00:12:34:57", 100));
    rctl(&guest, E1000_RCTL_VFE | E1000_RCTL_CFIEN);
    g_assert_false(passes(&guest, "52:54:00:12:34:56", 0x1000 | 100));
    g_assert_true(passes(&guest, "52:54:00:12:34:56", 100));
    rctl(&guest, E1000_RCTL_VFE | E1000_RCTL_CFIEN | E1000_RCTL_CFI);
    g_assert_true(passes(&guest, "52:54:00:12:34:56", 0x1000 | 100));
    guest_write(&guest, E1000_VET, 0x88a8); /* another type, and these are no tags any more */
    g_assert_true(passes(&guest, "52:54:00:12:34:56", 200));
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/e1000/filter/perfect", test_perfect);
    g_test_add_func("/e1000/filter/promiscuous", test_promiscuous);
    g_test_add_func("/e1000/filter/hash", test_hash);
    g_test_add_func("/e1000/filter/vlan", test_vlan);
    return g_test_run();
}
