/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The DHCP client. lwIP accepts no datagram while the interface has no address, so replies are claimed as frames before lwIP
 * sees them, whether they are broadcast or not.
 *
 *   DISCOVER -> OFFER -> REQUEST -> ACK (or NAK); each repeated every RETRY_MS */
#include "hvn-probe-dhcp.h"

#include "hvn-bytes.h"
#include "hvn-checksum.h"
#include "hvn-error.h"
#include "hvn-probe-dns.h"
#include "hvn-probe-udp.h"

#define CLIENT_PORT 68
#define SERVER_PORT 67
#define RETRY_MS    500

/* RFC 2131, 2 */
#define FIELDS_LEN  236
#define FILE_OFFSET 108
#define FILE_LEN    128
#define COOKIE      0x63825363u
#define MESSAGE_MIN 300
#define UDP_LEN     8

/* RFC 2132, and RFC 3397 for 119 */
#define OPTION_PAD       0
#define OPTION_MASK      1
#define OPTION_ROUTER    3
#define OPTION_DNS       6
#define OPTION_HOSTNAME  12
#define OPTION_DOMAIN    15
#define OPTION_MTU       26
#define OPTION_REQUESTED 50
#define OPTION_LEASE     51
#define OPTION_TYPE      53
#define OPTION_SERVER    54
#define OPTION_LIST      55
#define OPTION_MESSAGE   56
#define OPTION_MAX_SIZE  57
#define OPTION_TFTP_NAME 66
#define OPTION_BOOTFILE  67
#define OPTION_SEARCH    119
#define OPTION_END       255

#define DISCOVER 1
#define OFFER    2
#define REQUEST  3
#define ACK      5
#define NAK      6

typedef struct {
    HvnProbeStack *stack;
    HvnMac         mac;
    guint32        xid;
    guint8         want; /* message type that is waited for */
    gboolean       arrived;
    HvnProbeLease  lease;
} HvnProbeDhcp;

gsize
hvn_probe_dhcp_build(const HvnMac *mac, guint32 xid, const HvnProbeLease *offer, guint8 *bytes, gsize room)
{
    static const guint8 wanted[] = {OPTION_MASK, OPTION_ROUTER, OPTION_DNS,       OPTION_HOSTNAME, OPTION_DOMAIN,
                                    OPTION_MTU,  OPTION_LEASE,  OPTION_TFTP_NAME, OPTION_BOOTFILE, OPTION_SEARCH};
    guint8 *option = bytes + FIELDS_LEN + 4;

    if (room < MESSAGE_MIN)
        return 0;
    memset(bytes, 0, MESSAGE_MIN);
    bytes[0] = 1; /* BOOTREQUEST */
    bytes[1] = 1; /* Ethernet */
    bytes[2] = HVN_MAC_LEN;
    hvn_store_be32(bytes + 4, xid);
    memcpy(bytes + 28, mac->addr, HVN_MAC_LEN);
    hvn_store_be32(bytes + FIELDS_LEN, COOKIE);
    *option++ = OPTION_TYPE;
    *option++ = 1;
    *option++ = offer != NULL ? REQUEST : DISCOVER;
    if (offer != NULL) {
        *option++ = OPTION_REQUESTED;
        *option++ = 4;
        hvn_store_be32(option, offer->address);
        option += 4;
        *option++ = OPTION_SERVER;
        *option++ = 4;
        hvn_store_be32(option, offer->server);
        option += 4;
    }
    *option++ = OPTION_MAX_SIZE;
    *option++ = 2;
    hvn_store_be16(option, 1500);
    option += 2;
    *option++ = OPTION_LIST;
    *option++ = sizeof wanted;
    memcpy(option, wanted, sizeof wanted);
    option[sizeof wanted] = OPTION_END;
    return MESSAGE_MIN;
}

/* text of the wire, made fit for a table: bounded, ended, printable */
static void
hvn_probe_dhcp_text(char *to, const guint8 *bytes, gsize len)
{
    gsize n = 0;

    for (; n < len && n < HVN_PROBE_DHCP_TEXT - 1 && bytes[n] != 0; n++)
        to[n] = g_ascii_isprint(bytes[n]) ? (char)bytes[n] : '?';
    to[n] = '\0';
}

static void
hvn_probe_dhcp_search(char *to, const guint8 *bytes, gsize len)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char name[HVN_PROBE_DNS_NAME_MAX];
    gsize at = 0;

    while (at < len && hvn_probe_dns_read_name(bytes, len, &at, name))
        g_string_append_printf(text, "%s%s", text->len > 0 ? "," : "", name);
    g_strlcpy(to, text->str, HVN_PROBE_DHCP_TEXT);
}

static void
hvn_probe_dhcp_option(HvnProbeLease *lease, guint8 code, const guint8 *bytes, gsize len)
{
    guint32 value = len >= 4 ? hvn_load_be32(bytes) : 0;

    if (code == OPTION_TYPE && len == 1)
        lease->type = bytes[0];
    else if (code == OPTION_MASK)
        lease->mask = value;
    else if (code == OPTION_ROUTER)
        lease->router = value;
    else if (code == OPTION_DNS)
        lease->dns = value;
    else if (code == OPTION_LEASE)
        lease->lease_s = value;
    else if (code == OPTION_SERVER)
        lease->server = value;
    else if (code == OPTION_MTU && len == 2)
        lease->mtu = hvn_load_be16(bytes);
    else if (code == OPTION_HOSTNAME)
        hvn_probe_dhcp_text(lease->hostname, bytes, len);
    else if (code == OPTION_DOMAIN)
        hvn_probe_dhcp_text(lease->domain, bytes, len);
    else if (code == OPTION_TFTP_NAME)
        hvn_probe_dhcp_text(lease->tftp_name, bytes, len);
    else if (code == OPTION_BOOTFILE)
        hvn_probe_dhcp_text(lease->bootfile, bytes, len);
    else if (code == OPTION_MESSAGE)
        hvn_probe_dhcp_text(lease->message, bytes, len);
    else if (code == OPTION_SEARCH)
        hvn_probe_dhcp_search(lease->search, bytes, len);
}

gboolean
hvn_probe_dhcp_parse(const guint8 *bytes, gsize len, const HvnMac *mac, guint32 xid, HvnProbeLease *lease)
{
    gsize at = FIELDS_LEN + 4;

    memset(lease, 0, sizeof *lease);
    if (len < at || bytes[0] != 2 || hvn_load_be32(bytes + 4) != xid || memcmp(bytes + 28, mac->addr, HVN_MAC_LEN) != 0 ||
        hvn_load_be32(bytes + FIELDS_LEN) != COOKIE)
        return FALSE;
    lease->address = hvn_load_be32(bytes + 16);
    lease->next_server = hvn_load_be32(bytes + 20);
    hvn_probe_dhcp_text(lease->bootfile, bytes + FILE_OFFSET, FILE_LEN);
    while (at < len && bytes[at] != OPTION_END) {
        if (bytes[at] == OPTION_PAD) {
            at++;
            continue;
        }
        if (at + 2 > len || at + 2 + bytes[at + 1] > len)
            return FALSE;
        hvn_probe_dhcp_option(lease, bytes[at], bytes + at + 2, bytes[at + 1]);
        at += 2u + bytes[at + 1];
    }
    return lease->type != 0;
}

/* every frame to UDP port 68 is ours; a wrong checksum makes it nothing */
static gboolean
hvn_probe_dhcp_claim(const guint8 *frame, gsize len, gpointer data)
{
    HvnProbeDhcp *self = data;
    struct iovec iov = {(gpointer)frame, len};
    HvnProbeLease lease;
    HvnLayers layers;
    HvnFrame whole;
    gboolean ip_ok = FALSE, udp_ok = FALSE;

    if (!hvn_layers_parse(frame, MIN(len, 256), len, &layers) || layers.ip_version != 4 || layers.protocol != 17 ||
        layers.payload_offset == 0 || hvn_load_be16(frame + layers.l4_offset + 2) != CLIENT_PORT)
        return FALSE;
    hvn_frame_init(&whole, &iov, 1);
    if (!hvn_checksum_verify(&whole, &layers, &ip_ok, &udp_ok) || !ip_ok || !udp_ok || layers.l4_len < UDP_LEN)
        return TRUE;
    if (hvn_probe_dhcp_parse(frame + layers.payload_offset, layers.l4_len - UDP_LEN, &self->mac, self->xid, &lease) &&
        (lease.type == self->want || lease.type == NAK)) {
        self->lease = lease;
        self->arrived = TRUE;
    }
    return TRUE;
}

static gboolean
hvn_probe_dhcp_arrived(gpointer data)
{
    return ((HvnProbeDhcp *)data)->arrived;
}

/* nothing arrives through lwIP */
static void
hvn_probe_dhcp_ignore(HvnProbeUdp *udp, const ip_addr_t *from, guint16 port, const guint8 *bytes, gsize len, gpointer data)
{
}

static gboolean
hvn_probe_dhcp_exchange(HvnProbeDhcp *self, HvnProbeUdp *udp, const HvnProbeLease *offer, guint timeout_ms, GError **error)
{
    guint8 message[MESSAGE_MIN];
    gsize len = hvn_probe_dhcp_build(&self->mac, self->xid, offer, message, sizeof message);

    self->want = offer != NULL ? ACK : OFFER;
    self->arrived = FALSE;
    for (guint waited = 0; waited < timeout_ms; waited += RETRY_MS) {
        hvn_probe_udp_send(udp, IP_ADDR_BROADCAST, SERVER_PORT, message, len);
        if (!hvn_probe_stack_wait(self->stack, hvn_probe_dhcp_arrived, self, MIN(RETRY_MS, timeout_ms - waited)))
            continue;
        if (self->lease.type != NAK)
            return TRUE;
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "the server refused: %s",
                    self->lease.message[0] != '\0' ? self->lease.message : "no reason given");
        return FALSE;
    }
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "no answer to %s in %u ms", offer != NULL ? "REQUEST" : "DISCOVER",
                timeout_ms);
    return FALSE;
}

gboolean
hvn_probe_dhcp_run(HvnProbeStack *stack, const HvnMac *mac, guint timeout_ms, HvnProbeLease *lease, GError **error)
{
    HvnProbeDhcp self = {.stack = stack, .mac = *mac, .xid = g_random_int()};
    g_autoptr(HvnProbeUdp) udp = hvn_probe_udp_new(stack, CLIENT_PORT, hvn_probe_dhcp_ignore, NULL);
    HvnProbeLease offer;
    gboolean ok;

    if (udp == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_IN_USE, "port %u of the guest is taken", CLIENT_PORT);
        return FALSE;
    }
    hvn_probe_stack_set_claim(stack, hvn_probe_dhcp_claim, &self);
    ok = hvn_probe_dhcp_exchange(&self, udp, NULL, timeout_ms, error);
    if (ok) {
        offer = self.lease;
        ok = hvn_probe_dhcp_exchange(&self, udp, &offer, timeout_ms, error);
    }
    hvn_probe_stack_set_claim(stack, NULL, NULL);
    *lease = self.lease;
    return ok;
}
