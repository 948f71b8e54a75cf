/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/net/hvn-frame.c. */
#include "hvn-frame.h"

static void
test_init_and_copy(void)
{
    guint8 first[] = {1, 2, 3}, second[] = {4, 5};
    struct iovec pieces[] = {{first, 3}, {NULL, 0}, {second, 2}};
    HvnFrame frame = {.offload.gso_size = 9};
    guint8 out[8] = {0};

    hvn_frame_init(&frame, pieces, 3);
    g_assert_cmpuint(frame.len, ==, 5);
    g_assert_cmpuint(frame.n_iov, ==, 3);
    g_assert_cmpuint(frame.offload.gso_size, ==, 0);
    g_assert_cmpuint(hvn_frame_copy(&frame, 1, out, 3), ==, 3);
    g_assert_cmpmem(out, 4, "\2\3\4\0", 4);
    g_assert_cmpuint(hvn_frame_copy(&frame, 4, out, 8), ==, 1);
    g_assert_cmpuint(hvn_frame_copy(&frame, 5, out, 8), ==, 0);
}

static void
test_needs(void)
{
    static const struct {
        guint8 flags;
        guint8 gso_type;
        guint  needs;
    } rows[] = {
        {0, HVN_GSO_NONE, 0},
        {HVN_OFFLOAD_DATA_VALID, HVN_GSO_NONE, 0},
        {HVN_OFFLOAD_NEEDS_CSUM, HVN_GSO_NONE, HVN_PORT_CSUM},
        {HVN_OFFLOAD_NEEDS_CSUM, HVN_GSO_TCPV4, HVN_PORT_CSUM | HVN_PORT_TSO4},
        {HVN_OFFLOAD_NEEDS_CSUM, HVN_GSO_TCPV6, HVN_PORT_CSUM | HVN_PORT_TSO6},
        {HVN_OFFLOAD_NEEDS_CSUM, HVN_GSO_UDP_L4, HVN_PORT_CSUM | HVN_PORT_USO},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        HvnOffload offload = {.flags = rows[i].flags, .gso_type = rows[i].gso_type};

        g_assert_cmphex(hvn_offload_needs(&offload), ==, rows[i].needs);
    }
    /* what nobody knows needs more than any port has */
    g_assert_cmphex(hvn_offload_needs(&(HvnOffload){.gso_type = 3}), ==, G_MAXUINT);
}

/* offsets move along; what is not in use stays 0 */
static void
test_shift(void)
{
    HvnOffload offload = {0};

    hvn_offload_shift(&offload, 4);
    g_assert_cmpuint(offload.csum_start, ==, 0);
    g_assert_cmpuint(offload.hdr_len, ==, 0);
    offload = (HvnOffload){.flags = HVN_OFFLOAD_NEEDS_CSUM, .gso_type = HVN_GSO_TCPV4, .csum_start = 34, .hdr_len = 54, .csum_offset = 16};
    hvn_offload_shift(&offload, 4);
    g_assert_cmpuint(offload.csum_start, ==, 38);
    g_assert_cmpuint(offload.csum_offset, ==, 16);
    g_assert_cmpuint(offload.hdr_len, ==, 58);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/net/frame/init-and-copy", test_init_and_copy);
    g_test_add_func("/net/frame/needs", test_needs);
    g_test_add_func("/net/frame/shift", test_shift);
    return g_test_run();
}
