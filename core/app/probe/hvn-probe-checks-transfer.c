/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the guest to real servers on the host: TCP and UDP with every byte compared, latency, throughput. Where the guest is
 * restricted, the same attempts have to come to nothing. */
#include <stdlib.h>

#include "hvn-probe-checks.h"
#include "hvn-probe-tcp.h"
#include "hvn-probe-udp.h"

#define TCP_BYTES     (1u << 20)
#define TCP_MS        10000 /* without a byte */
#define TCP_TURNS     6
#define CONNECT_MS    2000
#define RESTRICTED_MS 400
#define UDP_BYTES     512
#define UDP_TRIES     3
#define UDP_TRY_MS    300
#define LATENCY_N     20
#define LATENCY_BYTES 56
#define LATENCY_MS    500
#define SPEED_BYTES   (32u << 20)
#define SPEED_MS      1000
#define STALL_MS      200 /* a pause that is worth a word */

/* ---- TCP ---- */

static gboolean
hvn_probe_check_tcp_settled(gpointer data)
{
    HvnProbeTcp *tcp = data;

    return tcp->error != ERR_OK || tcp->connected;
}

static gboolean
hvn_probe_check_tcp_echoed(gpointer data)
{
    HvnProbeTcp *tcp = data;

    return tcp->error != ERR_OK || tcp->peer_closed || tcp->received >= tcp->to_send;
}

/* a card whose data goes through a port is slow over a socket, and that is no fault: it has more time while it goes on */
static gboolean
hvn_probe_check_tcp_wait_echo(HvnProbe *self, HvnProbeTcp *tcp)
{
    for (guint turn = 0; turn < TCP_TURNS; turn++) {
        guint64 before = tcp->received;

        if (hvn_probe_stack_wait(self->stack, hvn_probe_check_tcp_echoed, tcp, TCP_MS))
            return TRUE;
        if (tcp->received == before)
            return FALSE;
    }
    return FALSE;
}

/* restrict: a connection that comes about, or that the server sees, is the failure */
static gboolean
hvn_probe_check_tcp_refused(HvnProbe *self)
{
    guint64 before = hvn_probe_host_get_counters(self->host, HVN_PROBE_ECHO)->accepted;
    g_autoptr(HvnProbeTcp) tcp =
        hvn_probe_tcp_connect(&self->gateway, hvn_probe_host_get_port(self->host, HVN_PROBE_ECHO), 0, FALSE);

    if (tcp != NULL)
        hvn_probe_stack_wait(self->stack, hvn_probe_check_tcp_settled, tcp, RESTRICTED_MS);
    return tcp != NULL && !tcp->connected && hvn_probe_host_get_counters(self->host, HVN_PROBE_ECHO)->accepted == before;
}

static void
hvn_probe_check_tcp_restricted(HvnProbe *self)
{
    if (hvn_probe_check_tcp_refused(self))
        hvn_probe_report_add_row(self->section, "tcp", HVN_PROBE_PASSED, "no way to a host server at %s, as restrict=on says",
                                 ipaddr_ntoa(&self->gateway));
    else
        hvn_probe_report_add_row(self->section, "tcp", HVN_PROBE_FAILED, "a host server at %s is reached in spite of restrict=on",
                                 ipaddr_ntoa(&self->gateway));
}

void
hvn_probe_check_tcp(HvnProbe *self)
{
    guint16 port = hvn_probe_host_get_port(self->host, HVN_PROBE_ECHO);
    gint64 start = g_get_monotonic_time();
    g_autoptr(HvnProbeTcp) tcp = NULL;
    const char *problem = NULL;
    HvnProbeRow *row;
    double ms;

    if (self->restricted) {
        hvn_probe_check_tcp_restricted(self);
        return;
    }
    tcp = hvn_probe_tcp_connect(&self->gateway, port, TCP_BYTES, TRUE);
    if (tcp == NULL || !hvn_probe_stack_wait(self->stack, hvn_probe_check_tcp_settled, tcp, CONNECT_MS) || !tcp->connected)
        problem = "the host server cannot be connected to";
    else if (!hvn_probe_check_tcp_wait_echo(self, tcp) || tcp->received != TCP_BYTES)
        problem = "the echo is not complete";
    else if (g_strcmp0(g_checksum_get_string(tcp->sent_sum), g_checksum_get_string(tcp->received_sum)) != 0)
        problem = "the echo differs from what was sent";
    ms = (double)(g_get_monotonic_time() - start) / 1000;
    if (problem != NULL) {
        g_autofree char *why = hvn_probe_why(self);

        hvn_probe_report_add_row(self->section, "tcp", HVN_PROBE_FAILED,
                                 "%s:%u: %s, %" G_GUINT64_FORMAT " of %u bytes came back%s", ipaddr_ntoa(&self->gateway), port,
                                 problem, tcp != NULL ? tcp->received : 0, TCP_BYTES, why);
        return;
    }
    row = hvn_probe_report_add_row(self->section, "tcp", HVN_PROBE_PASSED,
                                   "%s:%u: %u bytes to a host server and back in %.1f ms, sha256 agrees",
                                   ipaddr_ntoa(&self->gateway), port, TCP_BYTES, ms);
    hvn_probe_row_set_number(row, "bytes", TCP_BYTES);
    hvn_probe_row_set_number(row, "ms", ms);
    hvn_probe_row_set_text(row, "sha256", g_checksum_get_string(tcp->received_sum));
}

/* ---- UDP ---- */

typedef struct {
    guint8   bytes[UDP_BYTES];
    gsize    len;
    gboolean echoed;
} HvnProbeUdpEcho;

static void
hvn_probe_check_udp_received(HvnProbeUdp *udp, const ip_addr_t *from, guint16 port, const guint8 *bytes, gsize len, gpointer data)
{
    HvnProbeUdpEcho *echo = data;

    if (len == echo->len && memcmp(bytes, echo->bytes, len) == 0)
        echo->echoed = TRUE;
}

static gboolean
hvn_probe_check_udp_echoed(gpointer data)
{
    return ((HvnProbeUdpEcho *)data)->echoed;
}

static gboolean
hvn_probe_check_udp_exchange(HvnProbe *self, gsize len, guint tries, guint try_ms, double *rtt_us)
{
    HvnProbeUdpEcho echo = {.len = MIN(len, UDP_BYTES)};
    g_autoptr(HvnProbeUdp) udp = hvn_probe_udp_new(self->stack, 0, hvn_probe_check_udp_received, &echo);

    for (gsize i = 0; i < echo.len; i++)
        echo.bytes[i] = (guint8)g_random_int();
    for (guint i = 0; udp != NULL && i < tries; i++) {
        gint64 start = g_get_monotonic_time();

        hvn_probe_udp_send(udp, &self->gateway, hvn_probe_host_get_port(self->host, HVN_PROBE_UDP_ECHO), echo.bytes, echo.len);
        if (hvn_probe_stack_wait(self->stack, hvn_probe_check_udp_echoed, &echo, try_ms)) {
            *rtt_us = (double)(g_get_monotonic_time() - start);
            return TRUE;
        }
    }
    return FALSE;
}

void
hvn_probe_check_udp(HvnProbe *self)
{
    guint16 port = hvn_probe_host_get_port(self->host, HVN_PROBE_UDP_ECHO);
    gboolean echoed;
    HvnProbeRow *row;
    double rtt = 0;

    echoed = hvn_probe_check_udp_exchange(self, UDP_BYTES, self->restricted ? 1 : UDP_TRIES, UDP_TRY_MS, &rtt);
    if (self->restricted) {
        gboolean seen = echoed || hvn_probe_host_get_counters(self->host, HVN_PROBE_UDP_ECHO)->accepted > 0;

        hvn_probe_report_add_row(self->section, "udp", seen ? HVN_PROBE_FAILED : HVN_PROBE_PASSED,
                                 seen ? "a host server at %s is reached in spite of restrict=on"
                                      : "no way to a host server at %s, as restrict=on says", ipaddr_ntoa(&self->gateway));
        return;
    }
    if (!echoed) {
        hvn_probe_report_add_row(self->section, "udp", HVN_PROBE_FAILED, "%s:%u: the host server's echo does not come back",
                                 ipaddr_ntoa(&self->gateway), port);
        return;
    }
    row = hvn_probe_report_add_row(self->section, "udp", HVN_PROBE_PASSED, "%s:%u: %u bytes to a host server and back in %.0f us",
                                   ipaddr_ntoa(&self->gateway), port, UDP_BYTES, rtt);
    hvn_probe_row_set_number(row, "rtt_us", rtt);
}

void
hvn_probe_check_restrict(HvnProbe *self)
{
    if (!self->restricted) {
        hvn_probe_report_add_row(self->section, "restrict", HVN_PROBE_NOT_CONFIGURED, "the guest may reach the host and beyond");
        return;
    }
    if (hvn_probe_host_get_counters(self->host, HVN_PROBE_ECHO)->accepted == 0 &&
        hvn_probe_host_get_counters(self->host, HVN_PROBE_UDP_ECHO)->accepted == 0)
        hvn_probe_report_add_row(self->section, "restrict", HVN_PROBE_PASSED, "restricted: host is not reachable");
    else
        hvn_probe_report_add_row(self->section, "restrict", HVN_PROBE_FAILED, "the guest reaches servers of the host");
}

/* ---- latency ---- */

static int
hvn_probe_check_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

void
hvn_probe_check_latency(HvnProbe *self)
{
    double ping[LATENCY_N], udp[LATENCY_N];
    guint n_ping = 0, n_udp = 0;
    HvnProbeRow *row;

    for (guint i = 0; i < LATENCY_N && n_ping == i; i++)
        n_ping += hvn_probe_ping(self->stack, &self->gateway, LATENCY_BYTES, LATENCY_MS, &ping[i]);
    for (guint i = 0; i < LATENCY_N && n_udp == i && !self->restricted; i++)
        n_udp += hvn_probe_check_udp_exchange(self, LATENCY_BYTES, 1, LATENCY_MS, &udp[i]);
    if (n_ping < LATENCY_N || (n_udp < LATENCY_N && !self->restricted)) {
        hvn_probe_report_add_row(self->section, "latency", HVN_PROBE_FAILED, "%u of %u pings and %u of %u datagrams came back",
                                 n_ping, LATENCY_N, n_udp, self->restricted ? 0 : LATENCY_N);
        return;
    }
    qsort(ping, n_ping, sizeof *ping, hvn_probe_check_compare);
    qsort(udp, n_udp, sizeof *udp, hvn_probe_check_compare);
    if (n_udp == 0)
        row = hvn_probe_report_add_row(self->section, "latency", HVN_PROBE_PASSED, "ping %.0f us (median %.0f)", ping[0],
                                       ping[n_ping / 2]);
    else
        row = hvn_probe_report_add_row(self->section, "latency", HVN_PROBE_PASSED,
                                       "ping %.0f us (median %.0f), UDP echo of a host server %.0f us (median %.0f)", ping[0],
                                       ping[n_ping / 2], udp[0], udp[n_udp / 2]);
    hvn_probe_row_set_number(row, "ping_min_us", ping[0]);
    hvn_probe_row_set_number(row, "ping_median_us", ping[n_ping / 2]);
    if (n_udp == 0)
        return;
    hvn_probe_row_set_number(row, "udp_min_us", udp[0]);
    hvn_probe_row_set_number(row, "udp_median_us", udp[n_udp / 2]);
}

/* ---- throughput ---- */

typedef struct {
    HvnProbeTcp *tcp;
    gboolean     up;
    guint64      bytes; /* that have arrived */
    gint64       since; /* when the last of these did */
    gint64       pause; /* the longest time without any */
} HvnProbeSpeed;

static gboolean
hvn_probe_check_speed_over(gpointer data)
{
    HvnProbeSpeed *speed = data;
    guint64 bytes = speed->up ? speed->tcp->acked : speed->tcp->received;
    gint64 now = g_get_monotonic_time();

    speed->pause = MAX(speed->pause, now - speed->since);
    if (bytes != speed->bytes)
        speed->since = now;
    speed->bytes = bytes;
    return speed->tcp->error != ERR_OK || speed->tcp->peer_closed || bytes >= SPEED_BYTES;
}

static void
hvn_probe_check_speed_row(HvnProbe *self, const char *check, const HvnProbeSpeed *speed, gint64 took)
{
    g_autofree char *stall = NULL;
    HvnProbeRow *row;
    double mbits;

    if (speed->bytes == 0 || speed->tcp->error != ERR_OK) {
        hvn_probe_report_add_row(self->section, check, HVN_PROBE_FAILED, "stopped after %" G_GUINT64_FORMAT " bytes",
                                 speed->bytes);
        return;
    }
    mbits = (double)speed->bytes * 8 / (double)took;
    if (speed->pause > STALL_MS * 1000)
        stall = g_strdup_printf(", of these %.0f ms without a byte", (double)speed->pause / 1000);
    row = hvn_probe_report_add_row(self->section, check, HVN_PROBE_PASSED, "%.0f Mbit/s (%.1f MiB in %.0f ms%s)", mbits,
                                   (double)speed->bytes / (1 << 20), (double)took / 1000, stall != NULL ? stall : "");
    hvn_probe_row_set_number(row, "mbit_per_s", mbits);
    hvn_probe_row_set_number(row, "bytes", (double)speed->bytes);
    hvn_probe_row_set_number(row, "longest_pause_ms", (double)speed->pause / 1000);
}

static void
hvn_probe_check_speed(HvnProbe *self, const char *check, HvnProbeService service)
{
    gboolean up = service == HVN_PROBE_SINK;
    g_autoptr(HvnProbeTcp) tcp =
        hvn_probe_tcp_connect(&self->gateway, hvn_probe_host_get_port(self->host, service), up ? SPEED_BYTES : 0, FALSE);
    HvnProbeSpeed speed = {.tcp = tcp, .up = up};
    gint64 start;

    if (tcp == NULL || !hvn_probe_stack_wait(self->stack, hvn_probe_check_tcp_settled, tcp, CONNECT_MS) || !tcp->connected) {
        hvn_probe_report_add_row(self->section, check, HVN_PROBE_FAILED, "the host server cannot be connected to");
        return;
    }
    start = speed.since = g_get_monotonic_time();
    hvn_probe_stack_wait(self->stack, hvn_probe_check_speed_over, &speed, SPEED_MS);
    hvn_probe_check_speed_row(self, check, &speed, MAX(g_get_monotonic_time() - start, 1));
}

void
hvn_probe_check_throughput(HvnProbe *self)
{
    if (self->restricted) {
        hvn_probe_report_add_row(self->section, "throughput", HVN_PROBE_SKIPPED,
                                 "restrict=on keeps the guest from the host's servers");
        return;
    }
    hvn_probe_check_speed(self, "throughput-up", HVN_PROBE_SINK);
    hvn_probe_check_speed(self, "throughput-down", HVN_PROBE_SOURCE);
}
