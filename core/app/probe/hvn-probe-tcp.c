/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TCP over lwIP's raw API. A connection fills lwIP's send buffer from a pattern whenever bytes were acknowledged; a server
 * hands each piece that it receives straight back, and lets lwIP hold what does not fit. */
#include "hvn-probe-tcp.h"

#define CHUNK       8192
#define CONNECTIONS 8 /* that a server serves at a time */

/* a byte stream without a short period, so that lost, doubled or swapped pieces change its sum */
static void
hvn_probe_tcp_pattern(guint64 offset, guint8 *bytes, gsize len)
{
    for (gsize i = 0; i < len; i++) {
        guint64 at = offset + i;

        bytes[i] = (guint8)(at ^ at >> 8 ^ at >> 13 ^ at >> 19);
    }
}

static void
hvn_probe_tcp_pump(HvnProbeTcp *self)
{
    static const guint8 zeros[CHUNK];
    guint8 pattern[CHUNK];

    while (self->pcb != NULL && self->queued < self->to_send) {
        gsize len = MIN(MIN(self->to_send - self->queued, CHUNK), tcp_sndbuf(self->pcb));
        const guint8 *bytes = zeros;

        if (len == 0)
            break;
        if (self->sent_sum != NULL) {
            hvn_probe_tcp_pattern(self->queued, pattern, len);
            bytes = pattern;
        }
        if (tcp_write(self->pcb, bytes, (u16_t)len, TCP_WRITE_FLAG_COPY) != ERR_OK)
            break;
        if (self->sent_sum != NULL)
            g_checksum_update(self->sent_sum, bytes, (gssize)len);
        self->queued += len;
    }
    if (self->pcb != NULL)
        tcp_output(self->pcb);
}

static err_t
hvn_probe_tcp_connected(void *arg, struct tcp_pcb *pcb, err_t error)
{
    HvnProbeTcp *self = arg;

    self->connected = TRUE;
    hvn_probe_tcp_pump(self);
    return ERR_OK;
}

static err_t
hvn_probe_tcp_sent(void *arg, struct tcp_pcb *pcb, u16_t len)
{
    HvnProbeTcp *self = arg;

    self->acked += len;
    hvn_probe_tcp_pump(self);
    return ERR_OK;
}

static err_t
hvn_probe_tcp_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t error)
{
    HvnProbeTcp *self = arg;

    if (p == NULL) {
        self->peer_closed = TRUE;
        return ERR_OK;
    }
    if (self->received < HVN_PROBE_TCP_HEAD)
        pbuf_copy_partial(p, self->head + self->received, (u16_t)(HVN_PROBE_TCP_HEAD - self->received), 0);
    for (struct pbuf *piece = p; piece != NULL && self->received_sum != NULL; piece = piece->next)
        g_checksum_update(self->received_sum, piece->payload, piece->len);
    self->received += p->tot_len;
    tcp_recved(pcb, p->tot_len);
    pbuf_free(p);
    return ERR_OK;
}

/* the connection is freed by lwIP already */
static void
hvn_probe_tcp_failed(void *arg, err_t error)
{
    HvnProbeTcp *self = arg;

    self->pcb = NULL;
    self->error = error;
}

HvnProbeTcp *
hvn_probe_tcp_connect(const ip_addr_t *to, guint16 port, guint64 to_send, gboolean sums)
{
    g_autoptr(HvnProbeTcp) self = g_new0(HvnProbeTcp, 1);

    self->to_send = to_send;
    if (sums) {
        self->sent_sum = g_checksum_new(G_CHECKSUM_SHA256);
        self->received_sum = g_checksum_new(G_CHECKSUM_SHA256);
    }
    self->pcb = tcp_new_ip_type(IP_GET_TYPE(to));
    if (self->pcb == NULL)
        return NULL;
    tcp_arg(self->pcb, self);
    tcp_err(self->pcb, hvn_probe_tcp_failed);
    tcp_recv(self->pcb, hvn_probe_tcp_received);
    tcp_sent(self->pcb, hvn_probe_tcp_sent);
    tcp_nagle_disable(self->pcb);
    if (tcp_connect(self->pcb, to, port, hvn_probe_tcp_connected) != ERR_OK)
        return NULL;
    return g_steal_pointer(&self);
}

gboolean
hvn_probe_tcp_write(HvnProbeTcp *self, gconstpointer bytes, guint16 len)
{
    return self->pcb != NULL && tcp_write(self->pcb, bytes, len, TCP_WRITE_FLAG_COPY) == ERR_OK &&
           tcp_output(self->pcb) == ERR_OK;
}

static void
hvn_probe_tcp_drop(struct tcp_pcb *pcb, gboolean abort)
{
    tcp_arg(pcb, NULL);
    tcp_err(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_sent(pcb, NULL);
    if (abort || tcp_close(pcb) != ERR_OK)
        tcp_abort(pcb);
}

void
hvn_probe_tcp_free(HvnProbeTcp *self)
{
    if (self == NULL)
        return;
    if (self->pcb != NULL)
        hvn_probe_tcp_drop(self->pcb, !self->connected || self->acked < self->queued);
    g_clear_pointer(&self->sent_sum, g_checksum_free);
    g_clear_pointer(&self->received_sum, g_checksum_free);
    g_free(self);
}

/* ---- the server ---- */

typedef struct {
    struct tcp_pcb *pcb; /* NULL while the slot is free */
} HvnProbeTcpSlot;

struct _HvnProbeTcpServer {
    struct tcp_pcb *listener;
    HvnProbeTcpSlot slots[CONNECTIONS];
};

static err_t
hvn_probe_tcp_server_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t error)
{
    HvnProbeTcpSlot *slot = arg;

    if (p == NULL) {
        slot->pcb = NULL;
        hvn_probe_tcp_drop(pcb, FALSE);
        return ERR_OK;
    }
    /* lwIP keeps what is refused and offers it again once there may be room */
    if (tcp_sndbuf(pcb) < p->tot_len || tcp_sndqueuelen(pcb) + 2 * pbuf_clen(p) > TCP_SND_QUEUELEN)
        return ERR_MEM;
    for (struct pbuf *piece = p; piece != NULL; piece = piece->next)
        tcp_write(pcb, piece->payload, piece->len, TCP_WRITE_FLAG_COPY);
    tcp_recved(pcb, p->tot_len);
    pbuf_free(p);
    tcp_output(pcb);
    return ERR_OK;
}

/* the connection is freed by lwIP already */
static void
hvn_probe_tcp_server_failed(void *arg, err_t error)
{
    ((HvnProbeTcpSlot *)arg)->pcb = NULL;
}

static err_t
hvn_probe_tcp_server_accepted(void *arg, struct tcp_pcb *pcb, err_t error)
{
    HvnProbeTcpServer *self = arg;

    if (error != ERR_OK || pcb == NULL)
        return ERR_VAL;
    for (guint i = 0; i < CONNECTIONS; i++) {
        HvnProbeTcpSlot *slot = &self->slots[i];

        if (slot->pcb != NULL)
            continue;
        slot->pcb = pcb;
        tcp_arg(pcb, slot);
        tcp_err(pcb, hvn_probe_tcp_server_failed);
        tcp_recv(pcb, hvn_probe_tcp_server_received);
        tcp_nagle_disable(pcb);
        return ERR_OK;
    }
    tcp_abort(pcb);
    return ERR_ABRT;
}

HvnProbeTcpServer *
hvn_probe_tcp_server_new(guint16 port)
{
    g_autoptr(HvnProbeTcpServer) self = g_new0(HvnProbeTcpServer, 1);
    struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);

    if (pcb == NULL)
        return NULL;
    ip_set_option(pcb, SOF_REUSEADDR);
    if (tcp_bind(pcb, IP_ANY_TYPE, port) == ERR_OK)
        self->listener = tcp_listen(pcb);
    if (self->listener == NULL) {
        tcp_close(pcb);
        return NULL;
    }
    tcp_arg(self->listener, self);
    tcp_accept(self->listener, hvn_probe_tcp_server_accepted);
    return g_steal_pointer(&self);
}

void
hvn_probe_tcp_server_free(HvnProbeTcpServer *self)
{
    if (self == NULL)
        return;
    for (guint i = 0; i < CONNECTIONS; i++) {
        if (self->slots[i].pcb != NULL)
            hvn_probe_tcp_drop(self->slots[i].pcb, TRUE);
    }
    if (self->listener != NULL)
        tcp_close(self->listener);
    g_free(self);
}
