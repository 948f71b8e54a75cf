/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What makes the user backend answer: an echo request (RFC 792) to its gateway, which answers by itself. Before the first, the gateway
 * must know the guest's address, which it learns from the ARP request that question 0 is. */
#include "hvn-contract-model.h"

#include <string.h>

#include "hvn-bytes.h"
#include "hvn-checksum.h"

#define GUEST   0x0a00020fu /* 10.0.2.15 */
#define GATEWAY 0x0a000202u /* 10.0.2.2 */

static const guint8 guest_mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

static void
user_append_ethernet(GByteArray *frame, guint16 type)
{
    static const guint8 gateway_mac[6] = {0x52, 0x55, 0x0a, 0x00, 0x02, 0x02};
    guint8 type_bytes[2];

    hvn_store_be16(type_bytes, type);
    g_byte_array_append(frame, gateway_mac, 6);
    g_byte_array_append(frame, guest_mac, 6);
    g_byte_array_append(frame, type_bytes, 2);
}

static GByteArray *
user_arp_request(void)
{
    GByteArray *frame = g_byte_array_new();
    guint8 arp[28] = {0, 1, 8, 0, 6, 4, 0, 1}; /* Ethernet, IPv4, request (RFC 826) */

    memcpy(arp + 8, guest_mac, 6);
    hvn_store_be32(arp + 14, GUEST);
    hvn_store_be32(arp + 24, GATEWAY);
    user_append_ethernet(frame, 0x0806);
    memset(frame->data, 0xff, 6);
    g_byte_array_append(frame, arp, sizeof arp);
    return frame;
}

static GByteArray *
user_question(guint16 number)
{
    GByteArray *frame;
    guint8 packet[20 + 8 + 24] = {0x45, 0, 0, sizeof packet, 0, 0, 0, 0, 64, 1}; /* IPv4, ICMP */

    if (number == 0)
        return user_arp_request();
    hvn_store_be16(packet + 4, number);
    hvn_store_be32(packet + 12, GUEST);
    hvn_store_be32(packet + 16, GATEWAY);
    hvn_store_be16(packet + 10, (guint16)~hvn_checksum_fold(hvn_checksum_add(0, packet, 20)));
    packet[20] = 8; /* echo */
    hvn_store_be16(packet + 26, number);
    hvn_store_be16(packet + 22, (guint16)~hvn_checksum_fold(hvn_checksum_add(0, packet + 20, sizeof packet - 20)));

    frame = g_byte_array_new();
    user_append_ethernet(frame, 0x0800);
    g_byte_array_append(frame, packet, sizeof packet);
    return frame;
}

static gboolean
user_answer(const guint8 *data, gsize len, guint16 *number)
{
    if (len >= 42 && hvn_load_be16(data + 12) == 0x0806 && hvn_load_be16(data + 20) == 2) {
        *number = 0;
        return TRUE;
    }
    if (len >= 42 && hvn_load_be16(data + 12) == 0x0800 && data[23] == 1 && data[34] == 0) {
        *number = hvn_load_be16(data + 40);
        return TRUE;
    }
    return FALSE;
}

const HvnContractModel hvn_contract_user = {
    .kind = "backend",
    .name = "user",
    .question = user_question,
    .answer = user_answer,
};
