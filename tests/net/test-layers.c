/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/net/hvn-layers.c, good frames and hostile ones. */
#include "hvn-checksum.h"
#include "hvn-test-frames.h"

#include <string.h>

static void
test_finds_the_layers(void)
{
    for (guint round = 0; round < 1000; round++) {
        HvnTestFrame spec = {
            .ip_version = g_test_rand_bit() ? 4 : 6,
            .protocol = g_test_rand_bit() ? 6 : 17,
            .vlan = g_test_rand_bit() ? 100 : 0,
            .ip_options = g_test_rand_int_range(0, 11) * 4,
            .payload_len = g_test_rand_int_range(1, 100),
        };
        g_autoptr(GByteArray) bytes = hvn_test_frame_build(&spec);
        gsize ip = spec.vlan != 0 ? 18 : 14;
        gsize l4 = ip + (spec.ip_version == 4 ? 20 + spec.ip_options : 40);
        gsize l4_header = spec.protocol == 6 ? 20 : 8;
        HvnLayers layers;

        g_assert_true(hvn_layers_parse(bytes->data, bytes->len, bytes->len, &layers));
        g_assert_cmpuint(layers.n_vlan, ==, spec.vlan != 0);
        g_assert_cmpuint(layers.ip_version, ==, spec.ip_version);
        g_assert_cmpuint(layers.protocol, ==, spec.protocol);
        g_assert_cmpuint(layers.ip_offset, ==, ip);
        g_assert_cmpuint(layers.l4_offset, ==, l4);
        g_assert_cmpuint(layers.l4_len, ==, l4_header + spec.payload_len);
        g_assert_cmpuint(layers.payload_offset, ==, l4 + l4_header);
        g_assert_false(layers.fragment);
        /* one byte less than the packet says */
        g_assert_false(hvn_layers_parse(bytes->data, bytes->len - 1, bytes->len - 1, &layers));
        g_assert_cmpuint(layers.ip_offset, ==, 0);
    }
}

static void
test_two_tags_and_no_more(void)
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 17, .payload_len = 1};
    g_autoptr(GByteArray) bytes = hvn_test_frame_build(&spec);
    g_autoptr(GByteArray) tagged = g_byte_array_new();
    HvnLayers layers;

    for (guint n = 1; n <= 3; n++) {
        g_byte_array_set_size(tagged, 0);
        g_byte_array_append(tagged, bytes->data, 12);
        for (guint i = 0; i < n; i++)
            g_byte_array_append(tagged, (const guint8 *)(i == 0 ? "\x88\xa8\0\1" : "\x81\0\0\2"), 4);
        g_byte_array_append(tagged, bytes->data + 12, bytes->len - 12);
        g_assert_cmpint(hvn_layers_parse(tagged->data, tagged->len, tagged->len, &layers), ==, n <= 2);
        g_assert_cmpuint(layers.n_vlan, ==, MIN(n, 2));
    }
    /* a frame that ends within its tag */
    g_assert_false(hvn_layers_parse(tagged->data, 16, 16, &layers));
    g_assert_false(hvn_layers_parse(tagged->data, 14, 14, &layers));
}

/* puts extension headers of 8 bytes between the IPv6 header and UDP */
static GByteArray *
with_extensions(const guint8 *kinds, guint n)
{
    HvnTestFrame spec = {.ip_version = 6, .protocol = 17, .payload_len = 4};
    g_autoptr(GByteArray) plain = hvn_test_frame_build(&spec);
    GByteArray *bytes = g_byte_array_new();

    g_byte_array_append(bytes, plain->data, 54);
    bytes->data[14 + 5] = 12 + 8 * n;
    bytes->data[14 + 6] = n > 0 ? kinds[0] : 17;
    for (guint i = 0; i < n; i++) {
        guint8 header[8] = {i + 1 < n ? kinds[i + 1] : 17};

        g_byte_array_append(bytes, header, 8);
    }
    g_byte_array_append(bytes, plain->data + 54, plain->len - 54);
    return bytes;
}

static void
test_ipv6_extension_headers(void)
{
    static const guint8 kinds[] = {0, 43, 44, 51, 60, 135, 60, 60, 60};

    for (guint n = 0; n <= G_N_ELEMENTS(kinds); n++) {
        g_autoptr(GByteArray) bytes = with_extensions(kinds, n);
        HvnLayers layers;

        g_assert_true(hvn_layers_parse(bytes->data, bytes->len, bytes->len, &layers));
        g_assert_false(layers.fragment);
        if (n <= 8) {
            g_assert_cmpuint(layers.protocol, ==, 17);
            g_assert_cmpuint(layers.l4_offset, ==, 54 + 8 * n);
            g_assert_cmpuint(layers.l4_len, ==, 12);
        } else {
            g_assert_cmpuint(layers.protocol, ==, 0);
            g_assert_cmpuint(layers.l4_offset, ==, 0);
        }
    }
}

static void
test_ipv6_extensions_that_lead_nowhere(void)
{
    static const guint8 routing[] = {43}, fragment[] = {44}, options[] = {60};
    g_autoptr(GByteArray) routed = with_extensions(routing, 1);
    g_autoptr(GByteArray) fragmented = with_extensions(fragment, 1);
    g_autoptr(GByteArray) too_long = with_extensions(options, 1);
    HvnLayers layers;

    routed->data[54 + 3] = 1; /* segments left */
    g_assert_true(hvn_layers_parse(routed->data, routed->len, routed->len, &layers));
    g_assert_cmpuint(layers.l4_offset, ==, 0);

    fragmented->data[54 + 3] = 1; /* the first of several */
    g_assert_true(hvn_layers_parse(fragmented->data, fragmented->len, fragmented->len, &layers));
    g_assert_true(layers.fragment);
    g_assert_cmpuint(layers.l4_offset, ==, 62);
    fragmented->data[54 + 3] = 8; /* a later one */
    g_assert_true(hvn_layers_parse(fragmented->data, fragmented->len, fragmented->len, &layers));
    g_assert_true(layers.fragment);
    g_assert_cmpuint(layers.l4_offset, ==, 0);

    too_long->data[54 + 1] = 255; /* 2048 bytes of options in a packet of 60 */
    g_assert_true(hvn_layers_parse(too_long->data, too_long->len, too_long->len, &layers));
    g_assert_cmpuint(layers.protocol, ==, 0);
    g_assert_cmpuint(layers.l4_offset, ==, 0);
}

static void
test_ipv4_fragments(void)
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .payload_len = 30};
    g_autoptr(GByteArray) bytes = hvn_test_frame_build(&spec);
    HvnLayers layers;

    bytes->data[14 + 6] = 0x20;
    g_assert_true(hvn_layers_parse(bytes->data, bytes->len, bytes->len, &layers));
    g_assert_true(layers.fragment);
    g_assert_cmpuint(layers.l4_offset, ==, 34);
    bytes->data[14 + 6] = 0;
    bytes->data[14 + 7] = 3;
    g_assert_true(hvn_layers_parse(bytes->data, bytes->len, bytes->len, &layers));
    g_assert_true(layers.fragment);
    g_assert_cmpuint(layers.l4_offset, ==, 0);
}

static void
test_not_ip(void)
{
    HvnTestFrame spec = {.ether_type = 0x0806, .payload_len = 46};
    g_autoptr(GByteArray) arp = hvn_test_frame_build(&spec);
    HvnLayers layers;

    g_assert_false(hvn_layers_parse(arp->data, arp->len, arp->len, &layers));
    g_assert_cmpuint(layers.ip_version, ==, 0);
    g_assert_false(hvn_layers_parse(arp->data, 13, 13, &layers));
    g_assert_false(hvn_layers_parse(arp->data, 0, 0, &layers));
}

static void
test_tcp_header_that_is_not_whole(void)
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .payload_len = 4};
    g_autoptr(GByteArray) bytes = hvn_test_frame_build(&spec);
    HvnLayers layers;

    for (guint words = 0; words < 16; words++) {
        bytes->data[34 + 12] = words << 4;
        g_assert_true(hvn_layers_parse(bytes->data, bytes->len, bytes->len, &layers));
        g_assert_cmpuint(layers.l4_offset, ==, 34);
        g_assert_cmpuint(layers.payload_offset, ==, words == 5 || words == 6 ? 34 + words * 4 : 0);
    }
}

/* bytes at random behind a plausible start: whatever is found must lie within the bytes that were given */
static void
test_hostile_bytes(void)
{
    for (guint round = 0; round < 200000; round++) {
        gsize head_len = g_test_rand_int_range(0, 160);
        gsize frame_len = head_len + (g_test_rand_bit() ? g_test_rand_int_range(0, 2000) : 0);
        g_autofree guint8 *head = g_malloc(head_len + 1); /* its own block, so that ASan sees a read behind it */
        HvnTestFrame spec = {.ip_version = g_test_rand_bit() ? 4 : 6, .protocol = 6, .payload_len = 100};
        HvnLayers layers;

        if (round % 8 == 0) {
            g_autoptr(GByteArray) bytes = hvn_test_frame_build(&spec);

            memcpy(head, bytes->data, MIN(head_len, bytes->len));
        } else {
            memset(head, g_test_rand_bit() ? 0 : 60, head_len);
            if (head_len > 14)
                memcpy(head + 12, g_test_rand_bit() ? "\x08\0\x45" : "\x86\xdd\x60", 3);
        }
        for (guint i = 0; i < 4 && head_len > 14; i++)
            head[g_test_rand_int_range(14, head_len)] = g_test_rand_int();

        if (!hvn_layers_parse(head, head_len, frame_len, &layers))
            continue;
        g_assert_cmpuint(layers.ip_offset + 20, <=, head_len);
        g_assert_true(layers.l4_offset == 0 || layers.l4_offset < head_len);
        g_assert_cmpuint(layers.l4_offset + layers.l4_len, <=, frame_len);
        g_assert_cmpuint(layers.payload_offset, <=, head_len);
        if (layers.payload_offset > 0)
            g_assert_cmpuint(layers.payload_offset, <=, layers.l4_offset + layers.l4_len);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/net/layers/finds-the-layers", test_finds_the_layers);
    g_test_add_func("/net/layers/two-tags-and-no-more", test_two_tags_and_no_more);
    g_test_add_func("/net/layers/ipv6-extension-headers", test_ipv6_extension_headers);
    g_test_add_func("/net/layers/ipv6-extensions-that-lead-nowhere", test_ipv6_extensions_that_lead_nowhere);
    g_test_add_func("/net/layers/ipv4-fragments", test_ipv4_fragments);
    g_test_add_func("/net/layers/not-ip", test_not_ip);
    g_test_add_func("/net/layers/tcp-header-that-is-not-whole", test_tcp_header_that_is_not_whole);
    g_test_add_func("/net/layers/hostile-bytes", test_hostile_bytes);
    return g_test_run();
}
