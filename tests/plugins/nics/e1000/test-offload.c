/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guest leaves to the transmitter: segmentation, checksums of every form, the VLAN tag, and contexts that do
 * not fit. */
#include "hvn-e1000-guest.h"

#define TSE  (E1000_TXD_CMD_TSE)
#define BOTH ((E1000_TXD_POPTS_IXSM | E1000_TXD_POPTS_TXSM) << 8)

static const guint8 *
frame_bytes(Guest *guest, guint n, gsize *len)
{
    return g_bytes_get_data(hvn_fake_port_get_frame(guest->machine.port, n), len);
}

static HvnE1000TxContext
tcp_context(guint version, gsize payload, guint mss)
{
    guint l4 = version == 4 ? 34 : 54;

    return (HvnE1000TxContext){
        .ipcss = 14,
        .ipcso = 24,
        .ipcse = l4 - 1,
        .tucss = l4,
        .tucso = l4 + 16,
        .paylen = payload,
        .tucmd = E1000_TXD_TUCMD_TCP | (version == 4 ? E1000_TXD_TUCMD_IP : 0) | TSE,
        .hdrlen = l4 + 20,
        .mss = mss,
    };
}

/* queues a TCP frame as a driver does that leaves segmentation to the card: headers and payload apart */
static GByteArray *
queue_tso(Guest *guest, const HvnE1000TxContext *context, guint version, gsize payload, guint cmd)
{
    GByteArray *frame = hvn_test_frame_build(&(HvnTestFrame){.ip_version = version, .protocol = 6, .payload_len = payload});
    guint8 headers[256];

    memcpy(headers, frame->data, context->hdrlen);
    hvn_store_be16(headers + 14 + (version == 4 ? 2 : 4), 0); /* the driver leaves lengths and checksums out */
    if (version == 4)
        hvn_store_be16(headers + 24, 0);
    hvn_store_be16(headers + context->tucss + 16, 0x1234);
    guest_queue_context(guest, context);
    guest_queue(guest, guest_put(guest, headers, context->hdrlen),
                DATA(E1000_TXD_CMD_IFCS | TSE | (cmd & E1000_TXD_CMD_VLE)) | context->hdrlen, BOTH | 0x0123u << 16);
    guest_queue(guest, guest_put(guest, frame->data + context->hdrlen, frame->len - context->hdrlen),
                DATA(SEND | TSE) | (frame->len - context->hdrlen), BOTH);
    return frame;
}

static void
check_tso(guint version)
{
    const gsize payload = 20000;
    HvnE1000TxContext context = tcp_context(version, payload, 1448);
    g_autoptr(GByteArray) frame = NULL;
    const guint8 *bytes;
    HvnOffload offload;
    Guest guest;
    gsize len;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    frame = queue_tso(&guest, &context, version, payload, 0);
    guest_ring(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1); /* one frame of the whole length */
    bytes = frame_bytes(&guest, 0, &len);
    g_assert_cmpuint(len, ==, frame->len);
    offload = hvn_fake_port_get_offload(guest.machine.port, 0);
    g_assert_cmphex(offload.flags, ==, HVN_OFFLOAD_NEEDS_CSUM);
    g_assert_cmpuint(offload.gso_type, ==, version == 4 ? HVN_GSO_TCPV4 : HVN_GSO_TCPV6);
    g_assert_cmpuint(offload.gso_size, ==, 1448);
    g_assert_cmpuint(offload.hdr_len, ==, context.hdrlen);
    g_assert_cmpuint(offload.csum_start, ==, context.tucss);
    g_assert_cmpuint(offload.csum_offset, ==, 16);
    /* all but the TCP checksum is as in the frame that was built whole; that one is the pseudo header's sum */
    g_assert_cmpmem(bytes, context.tucss + 16, frame->data, context.tucss + 16);
    g_assert_cmpmem(bytes + context.tucss + 18, len - context.tucss - 18, frame->data + context.tucss + 18,
                    len - context.tucss - 18);
    g_assert_cmphex(hvn_test_checksum(bytes + context.tucss, len - context.tucss, 0), ==,
                    hvn_load_be16(frame->data + context.tucss + 16));
    g_assert_cmpuint(guest_read(&guest, E1000_TSCTC), ==, 1);
    g_assert_cmpuint(guest_read(&guest, E1000_TPT), ==, (payload + 1447) / 1448);
    guest_teardown(&guest);
}

static void
test_tso4(void)
{
    check_tso(4);
}

static void
test_tso6(void)
{
    check_tso(6);
}

/* a payload of one segment needs no cutting */
static void
test_tso_single(void)
{
    HvnE1000TxContext context = tcp_context(4, 1000, 1448);
    g_autoptr(GByteArray) frame = NULL;
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    frame = queue_tso(&guest, &context, 4, 1000, 0);
    guest_ring(&guest);
    g_assert_cmpuint(hvn_fake_port_get_offload(guest.machine.port, 0).gso_type, ==, HVN_GSO_NONE);
    g_assert_cmphex(hvn_fake_port_get_offload(guest.machine.port, 0).flags, ==, HVN_OFFLOAD_NEEDS_CSUM);
    guest_teardown(&guest);
}

/* a peer without features gets finished segments from the link */
static void
test_tso_plain_peer(void)
{
    HvnE1000TxContext context = tcp_context(4, 5000, 1448);
    g_autoptr(GByteArray) frame = NULL;
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    hvn_port_set_features(HVN_PORT(guest.machine.port), 0);
    frame = queue_tso(&guest, &context, 4, 5000, 0);
    guest_ring(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 4);
    for (guint i = 0; i < 4; i++) {
        gsize len;
        const guint8 *bytes = frame_bytes(&guest, i, &len);

        g_assert_cmpuint(len, ==, 54 + (i < 3 ? 1448 : 5000 - 3 * 1448));
        g_assert_cmpuint(hvn_test_checksum(bytes + 14, 20, 0), ==, 0);
    }
    guest_teardown(&guest);
}

static void
test_tso_vlan(void)
{
    HvnE1000TxContext context = tcp_context(4, 5000, 1000);
    g_autoptr(GByteArray) frame = NULL;
    const guint8 *bytes;
    Guest guest;
    gsize len;

    guest_setup(&guest, NULL);
    guest_write(&guest, E1000_CTRL, E1000_CTRL_SLU | E1000_CTRL_VME);
    guest_up(&guest, 0);
    frame = queue_tso(&guest, &context, 4, 5000, E1000_TXD_CMD_VLE);
    guest_ring(&guest);
    bytes = frame_bytes(&guest, 0, &len);
    g_assert_cmpuint(len, ==, frame->len + 4);
    g_assert_cmphex(hvn_load_be32(bytes + 12), ==, 0x81000123);
    g_assert_cmphex(hvn_load_be16(bytes + 16), ==, 0x0800);
    g_assert_cmpuint(hvn_fake_port_get_offload(guest.machine.port, 0).csum_start, ==, 38);
    g_assert_cmpuint(hvn_fake_port_get_offload(guest.machine.port, 0).hdr_len, ==, 58);
    guest_teardown(&guest);
}

/* MSS 0, header lengths beyond the frame and inside each other, the wrong IP version, a TCP header longer than HDRLEN:
 * dropped, counted */
static void
test_tso_bad_contexts(void)
{
    HvnE1000TxContext contexts[14];
    Guest guest;

    for (guint i = 0; i < G_N_ELEMENTS(contexts); i++)
        contexts[i] = tcp_context(4, 1000, 500);
    contexts[0].mss = 0;
    contexts[1].hdrlen = 0;
    contexts[2].hdrlen = 13;
    contexts[3].ipcss = 255;
    contexts[4].tucss = 255;
    contexts[5].tucss = 0;
    contexts[6].ipcss = 0;
    contexts[7].tucss = 15;
    contexts[8].tucmd &= ~E1000_TXD_TUCMD_IP;
    contexts[9].hdrlen = 53;
    contexts[10].hdrlen = 56;
    contexts[11].tucss = 38;
    contexts[12].tucmd &= ~E1000_TXD_TUCMD_TCP;
    contexts[13].hdrlen = 255; /* beyond the frame */
    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    for (guint i = 0; i < G_N_ELEMENTS(contexts); i++) {
        g_autoptr(GByteArray) frame = hvn_test_frame_build(&(HvnTestFrame){.ip_version = 4, .protocol = 6, .payload_len = 1000});

        guest_queue_context(&guest, &contexts[i]);
        guest_queue(&guest, guest_put(&guest, frame->data, frame->len), DATA(SEND | TSE) | (i == 13 ? 200 : frame->len), BOTH);
    }
    guest_ring(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    g_assert_cmpuint(guest.e1000->tx.dropped, ==, G_N_ELEMENTS(contexts));
    g_assert_cmpuint(guest_read(&guest, E1000_TSCTFC), ==, G_N_ELEMENTS(contexts));
    g_assert_cmpuint(guest_read(&guest, E1000_TDH), ==, 2 * G_N_ELEMENTS(contexts));
    guest_teardown(&guest);
}

static void
send_with_context(Guest *guest, const GByteArray *frame, const HvnE1000TxContext *context, guint popts)
{
    guest_queue_context(guest, context);
    guest_queue(guest, guest_put(guest, frame->data, frame->len), DATA(SEND) | frame->len, popts << 8);
    guest_ring(guest);
}

/* the usual forms: the IP checksum is made here, the TCP checksum is left to the link */
static void
test_checksums(void)
{
    g_autoptr(GByteArray) frame =
        hvn_test_frame_build(&(HvnTestFrame){.ip_version = 4, .protocol = 6, .payload_len = 777, .partial_csum = TRUE});
    HvnE1000TxContext context = tcp_context(4, 0, 0);
    guint16 ip_csum = hvn_load_be16(frame->data + 24);
    const guint8 *bytes;
    Guest guest;
    gsize len;

    context.tucmd &= ~TSE;
    hvn_store_be16(frame->data + 24, 0);
    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    send_with_context(&guest, frame, &context, E1000_TXD_POPTS_IXSM | E1000_TXD_POPTS_TXSM);
    bytes = frame_bytes(&guest, 0, &len);
    g_assert_cmphex(hvn_load_be16(bytes + 24), ==, ip_csum);
    g_assert_cmpuint(hvn_fake_port_get_offload(guest.machine.port, 0).csum_start, ==, 34);
    g_assert_cmpuint(hvn_fake_port_get_offload(guest.machine.port, 0).csum_offset, ==, 16);
    g_assert_cmphex(hvn_load_be16(guest.machine.ram + GUEST_TX_DATA + 24), ==, 0); /* guest memory is not written */
    /* legacy: CSS from the first descriptor, CSO and IC with EOP */
    guest_queue(&guest, guest_put(&guest, frame->data, frame->len), LEGACY(SEND | E1000_TXD_CMD_IC) | 50u << 16 | frame->len,
                34u << 8);
    guest_ring(&guest);
    g_assert_cmphex(hvn_fake_port_get_offload(guest.machine.port, 1).flags, ==, HVN_OFFLOAD_NEEDS_CSUM);
    g_assert_cmpuint(hvn_fake_port_get_offload(guest.machine.port, 1).csum_offset, ==, 16);
    guest_teardown(&guest);
}

/* the two contexts do not disturb each other (3.3.5) */
static void
test_two_contexts(void)
{
    g_autoptr(GByteArray) frame = hvn_test_frame_build(&(HvnTestFrame){.ip_version = 4, .protocol = 6, .payload_len = 100});
    HvnE1000TxContext normal = {.tucss = 34, .tucso = 50}, segment = tcp_context(4, 5000, 1000);
    g_autoptr(GByteArray) tso = NULL;
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    guest_queue_context(&guest, &normal);
    tso = queue_tso(&guest, &segment, 4, 5000, 0);
    guest_queue(&guest, guest_put(&guest, frame->data, frame->len), DATA(SEND) | frame->len, E1000_TXD_POPTS_TXSM << 8);
    guest_ring(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 2);
    g_assert_cmpuint(hvn_fake_port_get_offload(guest.machine.port, 0).gso_size, ==, 1000);
    g_assert_cmpuint(hvn_fake_port_get_offload(guest.machine.port, 1).gso_size, ==, 0);
    g_assert_cmpuint(hvn_fake_port_get_offload(guest.machine.port, 1).csum_start, ==, 34);
    guest_teardown(&guest);
}

/* forms that no HvnOffload says: an end before the frame's, a place before the start; and ones that are out of range */
static void
test_odd_checksums(void)
{
    g_autoptr(GByteArray) frame = hvn_test_frame_build(&(HvnTestFrame){.ip_version = 4, .protocol = 17, .payload_len = 900});
    const HvnE1000TxContext contexts[] = {
        {.tucss = 34, .tucso = 40, .tucse = 99},  /* in the header copy */
        {.tucss = 34, .tucso = 40, .tucse = 799}, /* too long for it */
        {.tucss = 100, .tucso = 40},
        {.ipcss = 14, .ipcso = 24, .ipcse = 0},
    };
    const gsize ends[] = {100, 800, frame->len, frame->len};
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    for (guint i = 0; i < G_N_ELEMENTS(contexts); i++) {
        const HvnE1000TxContext *c = &contexts[i];
        gboolean ip = i == 3;
        guint start = ip ? c->ipcss : c->tucss, where = ip ? c->ipcso : c->tucso;
        g_autofree guint8 *expected = g_memdup2(frame->data, frame->len);
        gsize len;

        send_with_context(&guest, frame, c, ip ? E1000_TXD_POPTS_IXSM : E1000_TXD_POPTS_TXSM);
        hvn_store_be16(expected + where, hvn_test_checksum(frame->data + start, ends[i] - start, 0));
        g_assert_cmpmem(frame_bytes(&guest, i, &len), frame->len, expected, frame->len);
        g_assert_cmphex(hvn_fake_port_get_offload(guest.machine.port, i).flags, ==, 0);
    }
    guest_teardown(&guest);
}

static void
test_checksums_out_of_range(void)
{
    const HvnE1000TxContext contexts[] = {
        {.ipcss = 255, .ipcso = 24, .tucss = 255, .tucso = 40},
        {.ipcss = 14, .ipcso = 255, .tucss = 34, .tucso = 255},
        {.ipcss = 40, .ipcso = 24, .ipcse = 20, .tucss = 50, .tucso = 52, .tucse = 10},
        {.ipcso = 59, .tucso = 59},
    };
    guint8 bytes[60] = {0x52};
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    for (guint i = 0; i < G_N_ELEMENTS(contexts); i++) {
        gsize len;

        guest_queue_context(&guest, &contexts[i]);
        guest_queue(&guest, guest_put(&guest, bytes, 60), DATA(SEND) | 60, BOTH);
        guest_ring(&guest);
        g_assert_cmpmem(frame_bytes(&guest, i, &len), 60, bytes, 60); /* not inserted */
        g_assert_cmphex(hvn_fake_port_get_offload(guest.machine.port, i).flags, ==, 0);
    }
    guest_teardown(&guest);
}

static void
test_vlan(void)
{
    guint8 bytes[60] = {0x52, 0x55, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0x08, 0x06, 0xaa};
    const guint8 *got;
    Guest guest;
    gsize len;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    guest_queue(&guest, guest_put(&guest, bytes, 60), LEGACY(SEND | E1000_TXD_CMD_VLE) | 60, 0x6123u << 16);
    guest_ring(&guest);
    frame_bytes(&guest, 0, &len);
    g_assert_cmpuint(len, ==, 60); /* VLE counts with VME only */
    guest_write(&guest, E1000_CTRL, E1000_CTRL_SLU | E1000_CTRL_VME);
    guest_queue(&guest, guest_put(&guest, bytes, 60), LEGACY(SEND | E1000_TXD_CMD_VLE) | 60, 0x6123u << 16);
    guest_ring(&guest);
    got = frame_bytes(&guest, 1, &len);
    g_assert_cmpuint(len, ==, 64);
    g_assert_cmpmem(got, 12, bytes, 12);
    g_assert_cmphex(hvn_load_be32(got + 12), ==, 0x81006123);
    g_assert_cmpmem(got + 16, 48, bytes + 12, 48);
    /* on a frame of 4 bytes, and on one of 14 in 14 pieces */
    guest_queue(&guest, guest_put(&guest, bytes, 4), LEGACY(SEND | E1000_TXD_CMD_VLE) | 4, 0x6123u << 16);
    for (guint i = 0; i < 14; i++)
        guest_queue(&guest, GUEST_TX_DATA + i, LEGACY(i == 13 ? SEND | E1000_TXD_CMD_VLE : E1000_TXD_CMD_IFCS) | 1,
                    0x0001u << 16);
    guest_ring(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 3);
    got = frame_bytes(&guest, 2, &len);
    g_assert_cmpuint(len, ==, 18);
    g_assert_cmphex(hvn_load_be32(got + 14), ==, 0x00010806);
    guest_teardown(&guest);
}

/* without IFCS the driver's own FCS stays off the link */
static void
test_own_fcs(void)
{
    guint8 bytes[104];
    Guest guest;
    gsize len;

    for (guint i = 0; i < sizeof bytes; i++)
        bytes[i] = i;
    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    guest_queue(&guest, guest_put(&guest, bytes, 104), LEGACY(E1000_TXD_CMD_EOP) | 104, 0);
    hvn_store_le32(bytes + 100, hvn_ether_crc32(bytes, 100));
    guest_queue(&guest, guest_put(&guest, bytes, 102), LEGACY(0) | 102, 0);
    guest_queue(&guest, guest_put(&guest, bytes + 102, 2), LEGACY(E1000_TXD_CMD_EOP) | 2, 0);
    guest_ring(&guest);
    frame_bytes(&guest, 0, &len);
    g_assert_cmpuint(len, ==, 104); /* these were not its FCS */
    g_assert_cmpmem(frame_bytes(&guest, 1, &len), 100, bytes, 100);
    g_assert_cmpuint(len, ==, 100);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/e1000/offload/tso4", test_tso4);
    g_test_add_func("/e1000/offload/tso6", test_tso6);
    g_test_add_func("/e1000/offload/tso-single", test_tso_single);
    g_test_add_func("/e1000/offload/tso-plain-peer", test_tso_plain_peer);
    g_test_add_func("/e1000/offload/tso-vlan", test_tso_vlan);
    g_test_add_func("/e1000/offload/tso-bad-contexts", test_tso_bad_contexts);
    g_test_add_func("/e1000/offload/checksums", test_checksums);
    g_test_add_func("/e1000/offload/two-contexts", test_two_contexts);
    g_test_add_func("/e1000/offload/odd-checksums", test_odd_checksums);
    g_test_add_func("/e1000/offload/checksums-out-of-range", test_checksums_out_of_range);
    g_test_add_func("/e1000/offload/vlan", test_vlan);
    g_test_add_func("/e1000/offload/own-fcs", test_own_fcs);
    return g_test_run();
}
