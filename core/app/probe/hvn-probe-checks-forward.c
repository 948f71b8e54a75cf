/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Port forwards: the host connects in through each hostfwd and finds the guest's echo there; the guest connects to each
 * guestfwd. */
#include <errno.h>

#include "hvn-probe-checks.h"
#include "hvn-probe-forward.h"
#include "hvn-probe-tcp.h"
#include "hvn-probe-udp.h"

#define ECHO_BYTES   4096
#define DGRAM_BYTES  512
#define FORWARD_MS   3000
#define UDP_TRIES    3
#define UDP_TRY_MS   400
#define OPEN_MS      2000
#define LISTEN_MS    500
#define RULES_MAX    64
#define ENDS_OF_RULE 2 /* the first port of a range, and the last */

/* ---- in ---- */

static void
hvn_probe_check_echo_datagram(HvnProbeUdp *udp, const ip_addr_t *from, guint16 port, const guint8 *bytes, gsize len,
                              gpointer data)
{
    hvn_probe_udp_send(udp, from, port, bytes, len);
}

typedef struct {
    HvnProbeClient *client;
    gsize           want;
} HvnProbeForwardRun;

static gboolean
hvn_probe_check_forward_over(gpointer data)
{
    HvnProbeForwardRun *run = data;

    return run->client->problem != 0 || run->client->closed || run->client->received->len >= run->want;
}

/* one port of a rule; NULL when the bytes came back as they went, otherwise what was wrong */
static char *
hvn_probe_check_forward_port(HvnProbe *self, const HvnProbeForward *rule, guint index)
{
    guint16 host_port = (guint16)(rule->host_port + index), guest_port = (guint16)(rule->guest_port + index);
    gsize want = rule->udp ? DGRAM_BYTES : ECHO_BYTES;
    g_autofree guint8 *bytes = g_malloc(want);
    g_autoptr(HvnProbeTcpServer) server = rule->udp ? NULL : hvn_probe_tcp_server_new(guest_port);
    g_autoptr(HvnProbeUdp) echo =
        rule->udp ? hvn_probe_udp_new(self->stack, guest_port, hvn_probe_check_echo_datagram, NULL) : NULL;
    g_autoptr(HvnProbeClient) client = NULL;
    g_autoptr(GError) error = NULL;
    HvnProbeForwardRun run = {.want = want};

    if (server == NULL && echo == NULL)
        return g_strdup_printf("the guest cannot listen on port %u", guest_port);
    for (gsize i = 0; i < want; i++)
        bytes[i] = (guint8)g_random_int();
    client = hvn_probe_client_new(self->dispatcher, rule->udp, rule->host, host_port, bytes, want, &error);
    if (client == NULL)
        return g_strdup(error->message);
    run.client = client;
    for (guint i = 0; i < (rule->udp ? UDP_TRIES : 1); i++) {
        if (i > 0)
            hvn_probe_client_send_again(client);
        if (hvn_probe_stack_wait(self->stack, hvn_probe_check_forward_over, &run, rule->udp ? UDP_TRY_MS : FORWARD_MS))
            break;
    }
    if (client->problem != 0)
        return g_strdup(g_strerror(client->problem));
    if (client->received->len != want)
        return g_strdup_printf("%u of %" G_GSIZE_FORMAT " bytes came back%s", client->received->len, want,
                               client->connected ? "" : ", the connection was not made");
    return memcmp(client->received->data, bytes, want) == 0 ? NULL : g_strdup("what came back differs from what was sent");
}

/* why the rule cannot be tried here, NULL when it can */
static char *
hvn_probe_check_forward_reason(HvnProbe *self, const HvnProbeForward *rule)
{
    g_autofree char *leased = self->has_lease ? hvn_probe_ip4_to_text(self->lease.address) : NULL;
    const ip6_addr_t *ipv6 = hvn_probe_stack_get_ipv6(self->stack);
    gboolean wants_ipv6 = rule->guest != NULL ? strchr(rule->guest, ':') != NULL : strchr(rule->host, ':') != NULL;
    ip_addr_t guest;

    if (rule->host_port == 0 && rule->host[0] != '/')
        return g_strdup("the host chooses the port");
    if (wants_ipv6) {
        if (ipv6 == NULL)
            return g_strdup("the guest has no IPv6 address");
        if (rule->guest != NULL && ipaddr_aton(rule->guest, &guest) && !ip6_addr_cmp_zoneless(ip_2_ip6(&guest), ipv6))
            return g_strdup_printf("it goes to %s, the guest has %s", rule->guest, ip6addr_ntoa(ipv6));
        return NULL;
    }
    if (leased == NULL)
        return g_strdup("the guest has no IPv4 address");
    if (rule->guest != NULL && g_strcmp0(rule->guest, "0.0.0.0") != 0 && g_strcmp0(rule->guest, leased) != 0)
        return g_strdup_printf("it goes to %s, the guest has %s", rule->guest, leased);
    return NULL;
}

static void
hvn_probe_check_forward_rule(HvnProbe *self, const char *text)
{
    g_auto(HvnProbeForward) rule = {0};
    g_autofree char *reason = NULL, *problem = NULL;
    const char *added = self->forward_added ? " (forward added by the probe)" : "";
    guint ends, at = 0;

    if (!hvn_probe_forward_parse(&rule, text)) {
        hvn_probe_report_add_row(self->section, "forward-in", HVN_PROBE_SKIPPED, "%s: not understood by the probe", text);
        return;
    }
    reason = hvn_probe_check_forward_reason(self, &rule);
    if (reason != NULL) {
        hvn_probe_report_add_row(self->section, "forward-in", HVN_PROBE_SKIPPED, "%s: %s", text, reason);
        return;
    }
    ends = MIN(rule.n_ports, ENDS_OF_RULE);
    for (guint i = 0; i < ends && problem == NULL; i++) {
        at = i == 0 ? 0 : rule.n_ports - 1;
        problem = hvn_probe_check_forward_port(self, &rule, at);
    }
    if (problem != NULL)
        hvn_probe_report_add_row(self->section, "forward-in", HVN_PROBE_FAILED, "%s: port %u: %s%s", text, rule.host_port + at,
                                 problem, added);
    else
        hvn_probe_report_add_row(self->section, "forward-in", HVN_PROBE_PASSED, "%s: %u bytes from the host and back%s%s", text,
                                 rule.udp ? DGRAM_BYTES : ECHO_BYTES, rule.n_ports > 1 ? ", at both ends of the range" : "",
                                 added);
}

void
hvn_probe_check_forward_in(HvnProbe *self)
{
    guint found = 0;

    for (guint i = 0; i < hvn_options_get_length(self->options) && found < RULES_MAX; i++) {
        const HvnOptionValue *value = hvn_options_get_nth(self->options, i);

        if (strcmp(value->name, "hostfwd") != 0)
            continue;
        found++;
        hvn_probe_check_forward_rule(self, value->text);
    }
    if (found == 0)
        hvn_probe_report_add_row(self->section, "forward-in", HVN_PROBE_NOT_CONFIGURED, "no port forward");
}

/* ---- out ---- */

static gboolean
hvn_probe_check_forward_connected(gpointer data)
{
    HvnProbeTcp *tcp = data;

    return tcp->error != ERR_OK || tcp->connected;
}

static gboolean
hvn_probe_check_forward_spoke(gpointer data)
{
    HvnProbeTcp *tcp = data;

    return tcp->error != ERR_OK || tcp->peer_closed || tcp->received > 0;
}

/* a forward to something that is not there is closed without a byte */
static void
hvn_probe_check_forward_target(HvnProbe *self, const char *text)
{
    g_autofree char *address = NULL;
    g_autoptr(HvnProbeTcp) tcp = NULL;
    guint16 port = 0;
    ip_addr_t server;

    if (!hvn_probe_forward_parse_guest(text, &address, &port)) {
        hvn_probe_report_add_row(self->section, "forward-out", HVN_PROBE_SKIPPED, "%s: not understood by the probe", text);
        return;
    }
    if (address[0] == '\0') {
        g_free(address);
        address = hvn_probe_ip4_to_text((self->lease.address & self->lease.mask) | 4);
    }
    if (ipaddr_aton(address, &server))
        tcp = hvn_probe_tcp_connect(&server, port, 0, FALSE);
    if (tcp == NULL || !hvn_probe_stack_wait(self->stack, hvn_probe_check_forward_connected, tcp, OPEN_MS) || !tcp->connected) {
        hvn_probe_report_add_row(self->section, "forward-out", HVN_PROBE_FAILED, "%s: %s:%u does not accept a connection", text,
                                 address, port);
        return;
    }
    hvn_probe_stack_wait(self->stack, hvn_probe_check_forward_spoke, tcp, LISTEN_MS);
    if (tcp->received > 0)
        hvn_probe_report_add_row(self->section, "forward-out", HVN_PROBE_PASSED, "%s: %s:%u speaks, %" G_GUINT64_FORMAT " bytes",
                                 text, address, port, tcp->received);
    else if (tcp->peer_closed || tcp->error != ERR_OK)
        hvn_probe_report_add_row(self->section, "forward-out", HVN_PROBE_FAILED, "%s: %s:%u closes without a byte", text, address,
                                 port);
    else
        hvn_probe_report_add_row(self->section, "forward-out", HVN_PROBE_PASSED, "%s: %s:%u is connected and listens", text,
                                 address, port);
}

void
hvn_probe_check_forward_out(HvnProbe *self)
{
    guint found = 0;

    for (guint i = 0; i < hvn_options_get_length(self->options) && found < RULES_MAX; i++) {
        const HvnOptionValue *value = hvn_options_get_nth(self->options, i);

        if (strcmp(value->name, "guestfwd") != 0)
            continue;
        found++;
        hvn_probe_check_forward_target(self, value->text);
    }
    if (found == 0)
        hvn_probe_report_add_row(self->section, "forward-out", HVN_PROBE_NOT_CONFIGURED, "no guest forward");
}
