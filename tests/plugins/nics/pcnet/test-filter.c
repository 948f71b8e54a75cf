/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which addresses are taken, by PADR, LADRF and the mode register, and what RMD1 says of it. */
#include "hvn-pcnet-guest.h"

static const guint8 ours[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
static const guint8 other[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x57};
static const guint8 group[] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01};
static const guint8 group_2[] = {0x33, 0x33, 0x00, 0x00, 0x00, 0x01};
static const guint8 broadcast[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* as Linux does: ether_crc_le() of the address, its upper six bits */
static guint
linux_bit(const guint8 *address)
{
    guint32 crc = 0xffffffff;

    for (guint i = 0; i < 48; i++) {
        gboolean carry = (crc ^ (address[i / 8] >> i % 8)) & 1;

        crc = crc >> 1 ^ (carry ? 0xedb88320 : 0);
    }
    return crc >> 26;
}

static void
expect(Guest *guest, const guint8 *address, gboolean accepted, guint32 why)
{
    gboolean accept;
    guint32 got = hvn_pcnet_filter_match(guest->pcnet, address, &accept);

    g_assert_cmpint(accept, ==, accepted);
    g_assert_cmphex(got, ==, why);
}

static void
set_hash(Guest *guest, const guint8 *address)
{
    guint bit = linux_bit(address);

    for (guint i = 0; i < 4; i++)
        guest_set_csr(guest, PCNET_CSR8 + i, bit / 16 == i ? BIT(bit % 16) : 0);
}

static void
test_addresses(void)
{
    Guest guest;

    guest_setup(&guest, 0);
    expect(&guest, ours, TRUE, PCNET_RMD1_PAM);
    expect(&guest, other, FALSE, 0);
    expect(&guest, broadcast, TRUE, PCNET_RMD1_BAM);
    expect(&guest, group, FALSE, 0);
    set_hash(&guest, group);
    expect(&guest, group, TRUE, PCNET_RMD1_LAFM);
    g_assert_cmpuint(linux_bit(group), !=, linux_bit(group_2));
    expect(&guest, group_2, FALSE, 0);
    guest_set_csr(&guest, PCNET_CSR12 + 2, 0x5734);
    expect(&guest, other, TRUE, PCNET_RMD1_PAM);
    expect(&guest, ours, FALSE, 0);
    guest_teardown(&guest);
}

static void
test_modes(void)
{
    Guest guest;

    guest_setup(&guest, 0);
    guest_set_csr(&guest, PCNET_CSR15, PCNET_CSR15_DRCVPA);
    expect(&guest, ours, FALSE, 0);
    guest_set_csr(&guest, PCNET_CSR15, PCNET_CSR15_DRCVBC);
    expect(&guest, broadcast, FALSE, 0);
    set_hash(&guest, broadcast); /* as a group address it may still come */
    expect(&guest, broadcast, TRUE, PCNET_RMD1_LAFM);
    guest_set_csr(&guest, PCNET_CSR15, 0);
    expect(&guest, broadcast, TRUE, PCNET_RMD1_BAM);
    guest_set_csr(&guest, PCNET_CSR15, PCNET_CSR15_PROM);
    expect(&guest, other, TRUE, 0);
    expect(&guest, group, TRUE, 0);
    expect(&guest, ours, TRUE, PCNET_RMD1_PAM);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pcnet/filter/addresses", test_addresses);
    g_test_add_func("/pcnet/filter/modes", test_modes);
    return g_test_run();
}
