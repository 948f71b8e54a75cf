/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the network offers as a service: name resolution through the forwarder, a boot file by TFTP, a share by SMB. Where the
 * host itself cannot serve, the row says why and does not count as failed. */
#include <sys/stat.h>

#include "hvn-bytes.h"
#include "hvn-probe-checks.h"
#include "hvn-probe-dns.h"
#include "hvn-probe-tcp.h"
#include "hvn-probe-tftp.h"
#include "hvn-probe-udp.h"

#define DNS_NAME   "localhost"
#define DNS_TRIES  3
#define DNS_TRY_MS 350
#define TFTP_MS    5000
#define SMB_MS     8000
#define SMB_PORT   445
#define FILE_MAX   (16u << 20) /* larger boot files are not compared byte by byte */

/* ---- DNS ---- */

typedef struct {
    guint16           id;
    gboolean          answered;
    HvnProbeDnsAnswer answer;
} HvnProbeDnsRun;

static void
hvn_probe_check_dns_received(HvnProbeUdp *udp, const ip_addr_t *from, guint16 port, const guint8 *bytes, gsize len, gpointer data)
{
    HvnProbeDnsRun *run = data;

    if (port == HVN_PROBE_DNS_PORT && hvn_probe_dns_parse(bytes, len, run->id, &run->answer))
        run->answered = TRUE;
}

static gboolean
hvn_probe_check_dns_answered(gpointer data)
{
    return ((HvnProbeDnsRun *)data)->answered;
}

/* the first server in the host's resolv.conf, NULL when there is none */
static char *
hvn_probe_check_host_resolver(void)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents("/etc/resolv.conf", &text, NULL, NULL))
        return NULL;
    lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) words = g_strsplit_set(g_strstrip(lines[i]), " \t", 3);

        if (words[0] != NULL && words[1] != NULL && strcmp(words[0], "nameserver") == 0)
            return g_strdup(words[1]);
    }
    return NULL;
}

/* the same question from the host itself, so that a host that cannot resolve is not blamed on its guest */
static gboolean
hvn_probe_check_dns_ask(HvnProbe *self, HvnProbeDnsRun *run, const char *resolver, gboolean *host_answered)
{
    g_autoptr(HvnProbeUdp) udp = hvn_probe_udp_new(self->stack, 0, hvn_probe_check_dns_received, run);
    g_autoptr(HvnProbeClient) client = NULL;
    HvnProbeDnsAnswer answer;
    guint8 query[300];
    gsize len;
    ip_addr_t server;

    run->id = (guint16)g_random_int();
    len = hvn_probe_dns_build_query(run->id, DNS_NAME, query, sizeof query);
    ip_addr_set_ip4_u32_val(server, g_htonl(self->lease.dns));
    client = hvn_probe_client_new(self->dispatcher, TRUE, resolver, HVN_PROBE_DNS_PORT, query, len, NULL);
    for (guint i = 0; udp != NULL && i < DNS_TRIES; i++) {
        hvn_probe_udp_send(udp, &server, HVN_PROBE_DNS_PORT, query, len);
        if (client != NULL && i > 0)
            hvn_probe_client_send_again(client);
        if (hvn_probe_stack_wait(self->stack, hvn_probe_check_dns_answered, run, DNS_TRY_MS))
            return TRUE;
    }
    *host_answered = client != NULL && hvn_probe_dns_parse(client->received->data, client->received->len, run->id, &answer);
    return FALSE;
}

void
hvn_probe_check_dns(HvnProbe *self)
{
    g_autofree char *server = hvn_probe_ip4_to_text(self->lease.dns), *resolver = NULL;
    HvnProbeDnsRun run = {0};
    gboolean host_answered = FALSE;

    if (self->lease.dns == 0) {
        hvn_probe_report_add_row(self->section, "dns", HVN_PROBE_SKIPPED, "%s",
                                 self->restricted ? "restrict=on keeps name servers from the guest"
                                                  : "the lease names no server");
        return;
    }
    resolver = hvn_probe_check_host_resolver();
    if (resolver == NULL) {
        hvn_probe_report_add_row(self->section, "dns", HVN_PROBE_SKIPPED,
                                 "the host has no resolver: /etc/resolv.conf names none");
        return;
    }
    if (hvn_probe_check_dns_ask(self, &run, resolver, &host_answered)) {
        g_autofree char *address = run.answer.address != 0 ? hvn_probe_ip4_to_text(run.answer.address) : NULL;

        hvn_probe_report_add_row(self->section, "dns", HVN_PROBE_PASSED, "%s resolves %s: %s", server, DNS_NAME,
                                 address != NULL ? address : hvn_probe_dns_rcode_to_string(run.answer.rcode));
        return;
    }
    if (host_answered)
        hvn_probe_report_add_row(self->section, "dns", HVN_PROBE_FAILED, "%s does not answer, though the host's resolver %s does",
                                 server, resolver);
    else
        hvn_probe_report_add_row(self->section, "dns", HVN_PROBE_SKIPPED,
                                 "the host's resolver %s does not answer the host either", resolver);
}

/* ---- TFTP ---- */

/* whether the bytes that arrived are those of the host's file; NULL when that cannot be said */
static const char *
hvn_probe_check_tftp_compare(HvnProbe *self, const char *file, const HvnProbeTftpResult *result)
{
    g_autofree char *path = g_build_filename(hvn_probe_get_text(self, "tftp"), file, NULL);
    g_autofree char *bytes = NULL, *sum = NULL;
    gsize len = 0;
    struct stat info;

    if (stat(path, &info) < 0 || !S_ISREG(info.st_mode) || info.st_size > FILE_MAX ||
        !g_file_get_contents(path, &bytes, &len, NULL))
        return NULL;
    sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes, len);
    return g_strcmp0(sum, result->sha256) == 0 ? "equal to the host's file" : "not equal to the host's file";
}

static void
hvn_probe_check_tftp_result(HvnProbe *self, const char *file, const HvnProbeTftpResult *result, double ms)
{
    const char *compared;
    HvnProbeRow *row;

    if (result->error_code >= 0) {
        hvn_probe_report_add_row(self->section, "tftp", HVN_PROBE_FAILED, "%s: error %d, %s", file, result->error_code,
                                 result->error_text);
        return;
    }
    compared = hvn_probe_check_tftp_compare(self, file, result);
    row = hvn_probe_report_add_row(self->section, "tftp",
                                   compared != NULL && g_str_has_prefix(compared, "not") ? HVN_PROBE_FAILED : HVN_PROBE_PASSED,
                                   "%s: %" G_GUINT64_FORMAT " bytes in %.1f ms%s%s", file, result->size, ms,
                                   compared != NULL ? ", " : "", compared != NULL ? compared : "");
    hvn_probe_row_set_number(row, "bytes", (double)result->size);
    hvn_probe_row_set_number(row, "ms", ms);
    hvn_probe_row_set_text(row, "sha256", result->sha256);
}

void
hvn_probe_check_tftp(HvnProbe *self)
{
    guint32 server = self->lease.next_server != 0 ? self->lease.next_server : self->lease.server;
    gboolean has_file = self->lease.bootfile[0] != '\0';
    const char *file = has_file ? self->lease.bootfile : "hvnet-probe-asks-for-a-file-that-is-not-there";
    g_autoptr(GError) error = NULL;
    HvnProbeTftpResult result = {0};
    gint64 start = g_get_monotonic_time();

    if (hvn_probe_get_text(self, "tftp") == NULL) {
        hvn_probe_report_add_row(self->section, "tftp", HVN_PROBE_NOT_CONFIGURED, "no tftp directory");
        return;
    }
    if (!hvn_probe_tftp_run(self->stack, server, file, TFTP_MS, &result, &error))
        hvn_probe_report_add_row(self->section, "tftp", HVN_PROBE_FAILED, "%s", error->message);
    else if (has_file)
        hvn_probe_check_tftp_result(self, file, &result, (double)(g_get_monotonic_time() - start) / 1000);
    else
        hvn_probe_report_add_row(self->section, "tftp", HVN_PROBE_PASSED, "the server answers; no bootfile to fetch");
    g_free(result.sha256);
}

/* ---- SMB ---- */

/* MS-SMB2 2.2.3: NEGOTIATE for the dialects 2.0.2 and 2.1, behind the length of a direct TCP transport (2.1) */
static gsize
hvn_probe_check_smb_negotiate(guint8 *bytes)
{
    guint8 *header = bytes + 4, *body = header + 64;
    gsize len = 64 + 36 + 4;

    memset(bytes, 0, 4 + len);
    hvn_store_be32(bytes, (guint32)len);
    hvn_store_be32(header, 0xfe534d42); /* 0xfe 'S' 'M' 'B' */
    hvn_store_le16(header + 4, 64);
    hvn_store_le16(header + 14, 1); /* credits */
    hvn_store_le16(body, 36);
    hvn_store_le16(body + 2, 2); /* dialects */
    hvn_store_le16(body + 4, 1); /* signing enabled */
    hvn_store_le16(body + 36, 0x0202);
    hvn_store_le16(body + 38, 0x0210);
    return 4 + len;
}

static gboolean
hvn_probe_check_smb_over(gpointer data)
{
    HvnProbeTcp *tcp = data;

    return tcp->error != ERR_OK || tcp->peer_closed || tcp->received >= 4 + 64 + 6;
}

static gboolean
hvn_probe_check_tcp_settled(gpointer data)
{
    HvnProbeTcp *tcp = data;

    return tcp->error != ERR_OK || tcp->connected;
}

void
hvn_probe_check_smb(HvnProbe *self)
{
    const char *given = hvn_probe_get_text(self, "smbserver");
    g_autofree char *address = g_strdup(given);
    g_autoptr(HvnProbeTcp) tcp = NULL;
    ip_addr_t server;
    guint8 request[128];

    if (self->smb_dropped) {
        hvn_probe_report_add_row(self->section, "smb", HVN_PROBE_SKIPPED, "the host has no smbd (Debian: apt install samba)");
        return;
    }
    if (hvn_probe_get_text(self, "smb") == NULL) {
        hvn_probe_report_add_row(self->section, "smb", HVN_PROBE_NOT_CONFIGURED, "no shared directory");
        return;
    }
    if (address == NULL)
        address = hvn_probe_ip4_to_text((self->lease.address & self->lease.mask) | 4);
    if (!ipaddr_aton(address, &server) || (tcp = hvn_probe_tcp_connect(&server, SMB_PORT, 0, FALSE)) == NULL) {
        hvn_probe_report_add_row(self->section, "smb", HVN_PROBE_FAILED, "cannot connect to %s:%u", address, SMB_PORT);
        return;
    }
    hvn_probe_stack_wait(self->stack, hvn_probe_check_tcp_settled, tcp, SMB_MS);
    if (tcp->connected)
        hvn_probe_tcp_write(tcp, request, (guint16)hvn_probe_check_smb_negotiate(request));
    hvn_probe_stack_wait(self->stack, hvn_probe_check_smb_over, tcp, SMB_MS);
    if (tcp->received >= 4 + 64 + 6 && hvn_load_be32(tcp->head + 4) == 0xfe534d42)
        hvn_probe_report_add_row(self->section, "smb", HVN_PROBE_PASSED, "%s:%u speaks SMB dialect 0x%04x", address, SMB_PORT,
                                 hvn_load_le16(tcp->head + 4 + 64 + 4));
    else
        hvn_probe_report_add_row(self->section, "smb", HVN_PROBE_FAILED, "%s:%u %s", address, SMB_PORT,
                                 tcp->connected ? "does not answer a negotiate request" : "does not accept a connection");
}
