/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UDP sockets and echo requests over lwIP's raw API. Datagrams are handed out as one piece of at most DATAGRAM_MAX bytes. */
#include "hvn-probe-udp.h"

#include <lwip/icmp.h>
#include <lwip/inet_chksum.h>
#include <lwip/prot/icmp6.h>
#include <lwip/raw.h>
#include <lwip/udp.h>

#include "hvn-bytes.h"

#define DATAGRAM_MAX    2048
#define ECHO_HEADER_LEN 8
#define ECHO_SIZE_MAX   (DATAGRAM_MAX - ECHO_HEADER_LEN)
#define ECHO_IDENTIFIER 0x4856

struct _HvnProbeUdp {
    HvnProbeStack  *stack; /* not owned */
    struct udp_pcb *pcb;
    HvnProbeUdpFunc func;
    gpointer        data;
};

static void
hvn_probe_udp_received(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from, u16_t port)
{
    HvnProbeUdp *self = arg;
    guint8 bytes[DATAGRAM_MAX];
    gsize len = pbuf_copy_partial(p, bytes, sizeof bytes, 0);
    ip_addr_t sender = *from;

    pbuf_free(p);
    self->func(self, &sender, port, bytes, len, self->data);
}

HvnProbeUdp *
hvn_probe_udp_new(HvnProbeStack *stack, guint16 port, HvnProbeUdpFunc func, gpointer data)
{
    g_autoptr(HvnProbeUdp) self = g_new0(HvnProbeUdp, 1);

    self->stack = stack;
    self->func = func;
    self->data = data;
    self->pcb = udp_new_ip_type(IPADDR_TYPE_ANY);
    if (self->pcb == NULL || udp_bind(self->pcb, IP_ANY_TYPE, port) != ERR_OK)
        return NULL;
    ip_set_option(self->pcb, SOF_BROADCAST);
    udp_recv(self->pcb, hvn_probe_udp_received, self);
    return g_steal_pointer(&self);
}

void
hvn_probe_udp_free(HvnProbeUdp *self)
{
    if (self == NULL)
        return;
    if (self->pcb != NULL)
        udp_remove(self->pcb);
    g_free(self);
}

gboolean
hvn_probe_udp_send(HvnProbeUdp *self, const ip_addr_t *to, guint16 port, gconstpointer bytes, gsize len)
{
    struct netif *netif = hvn_probe_stack_get_netif(self->stack);
    struct pbuf *p = pbuf_alloc(PBUF_TRANSPORT, (u16_t)len, PBUF_RAM);
    err_t result;

    if (p == NULL)
        return FALSE;
    pbuf_take(p, bytes, (u16_t)len);
    if (IP_IS_V4(to) && ip4_addr_isany(netif_ip4_addr(netif)))
        result = udp_sendto_if_src(self->pcb, p, to, port, netif, IP4_ADDR_ANY);
    else
        result = udp_sendto(self->pcb, p, to, port);
    pbuf_free(p);
    return result == ERR_OK;
}

/* ---- echo ---- */

typedef struct {
    guint16  sequence;
    gboolean v6;
    gsize    size;
    gboolean answered;
    guint8   bytes[DATAGRAM_MAX]; /* the request, header first */
} HvnProbeEcho;

static u8_t
hvn_probe_ping_received(void *arg, struct raw_pcb *pcb, struct pbuf *p, const ip_addr_t *from)
{
    HvnProbeEcho *echo = arg;
    guint8 bytes[DATAGRAM_MAX];
    /* lwIP hands out ICMP with the IPv4 header in front, and ICMPv6 without the IPv6 header taken off as well */
    gsize header = echo->v6 ? 40 : (gsize)(pbuf_get_at(p, 0) & 0xf) * 4;
    gsize len = pbuf_copy_partial(p, bytes, sizeof bytes, (u16_t)header);

    if (len != ECHO_HEADER_LEN + echo->size || bytes[0] != (echo->v6 ? ICMP6_TYPE_EREP : ICMP_ER) ||
        hvn_load_be16(bytes + 4) != ECHO_IDENTIFIER || hvn_load_be16(bytes + 6) != echo->sequence)
        return 0;
    if (memcmp(bytes + ECHO_HEADER_LEN, echo->bytes + ECHO_HEADER_LEN, echo->size) != 0)
        return 0;
    echo->answered = TRUE;
    pbuf_free(p);
    return 1;
}

static gboolean
hvn_probe_ping_answered(gpointer data)
{
    return ((HvnProbeEcho *)data)->answered;
}

static struct raw_pcb *
hvn_probe_ping_open(HvnProbeEcho *echo)
{
    struct raw_pcb *pcb = raw_new_ip_type(echo->v6 ? IPADDR_TYPE_V6 : IPADDR_TYPE_V4, echo->v6 ? IP6_NEXTH_ICMP6 : IP_PROTO_ICMP);

    if (pcb == NULL)
        return NULL;
    if (echo->v6) {
        pcb->chksum_reqd = 1;
        pcb->chksum_offset = 2;
    }
    raw_recv(pcb, hvn_probe_ping_received, echo);
    raw_bind(pcb, echo->v6 ? IP6_ADDR_ANY : IP4_ADDR_ANY);
    return pcb;
}

static void
hvn_probe_ping_fill(HvnProbeEcho *echo)
{
    echo->bytes[0] = echo->v6 ? ICMP6_TYPE_EREQ : ICMP_ECHO;
    hvn_store_be16(echo->bytes + 4, ECHO_IDENTIFIER);
    hvn_store_be16(echo->bytes + 6, echo->sequence);
    for (gsize i = 0; i < echo->size; i++)
        echo->bytes[ECHO_HEADER_LEN + i] = (guint8)(i + echo->sequence);
    if (!echo->v6) {
        u16_t sum = inet_chksum(echo->bytes, (u16_t)(ECHO_HEADER_LEN + echo->size));

        memcpy(echo->bytes + 2, &sum, sizeof sum);
    }
}

gboolean
hvn_probe_ping(HvnProbeStack *stack, const ip_addr_t *to, gsize size, guint timeout_ms, double *rtt_us)
{
    HvnProbeEcho echo = {.sequence = (guint16)g_random_int(), .v6 = IP_IS_V6(to), .size = MIN(size, ECHO_SIZE_MAX)};
    struct raw_pcb *pcb = hvn_probe_ping_open(&echo);
    struct pbuf *p = pbuf_alloc(PBUF_IP, (u16_t)(ECHO_HEADER_LEN + echo.size), PBUF_RAM);
    gint64 start = g_get_monotonic_time();
    gboolean ok = FALSE;

    if (pcb != NULL && p != NULL) {
        hvn_probe_ping_fill(&echo);
        pbuf_take(p, echo.bytes, p->tot_len);
        start = g_get_monotonic_time();
        ok = raw_sendto(pcb, p, to) == ERR_OK && hvn_probe_stack_wait(stack, hvn_probe_ping_answered, &echo, timeout_ms);
    }
    if (rtt_us != NULL)
        *rtt_us = (double)(g_get_monotonic_time() - start);
    if (p != NULL)
        pbuf_free(p);
    if (pcb != NULL)
        raw_remove(pcb);
    return ok;
}
