/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads forward rules with two regular expressions. An address that listens everywhere is reached through loopback. */
#include "hvn-probe-forward.h"

#include <string.h>

/* protocol, host, port, last port, guest, guest port */
#define HOST_RULE "^(tcp|udp|):(\\[[^]]*\\]|[0-9.]*):([0-9]+)(?:-([0-9]+)(?=-))?-(\\[[^]]*\\]|[0-9.]*):([0-9]+)(?:-[0-9]+)?$"
/* path, guest, guest port */
#define UNIX_RULE "^unix:(/.+)-(\\[[^]]*\\]|[0-9.]*):([0-9]+)$"
/* server, port */
#define GUEST_RULE "^(?:tcp)?:([0-9.]*):([0-9]+)-.+$"

static gboolean
hvn_probe_forward_match(const char *pattern, const char *text, GMatchInfo **match)
{
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);

    return g_regex_match(regex, text, 0, match);
}

static guint16
hvn_probe_forward_port(GMatchInfo *match, int group)
{
    g_autofree char *text = g_match_info_fetch(match, group);
    guint64 port = 0;

    return g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT16, &port, NULL) ? (guint16)port : 0;
}

/* an address without its brackets, NULL for none */
static char *
hvn_probe_forward_address(GMatchInfo *match, int group)
{
    char *text = g_match_info_fetch(match, group);

    if (text[0] == '[') {
        memmove(text, text + 1, strlen(text));
        text[strlen(text) - 1] = '\0';
    }
    if (text[0] == '\0')
        g_clear_pointer(&text, g_free);
    return text;
}

static char *
hvn_probe_forward_reachable(char *address)
{
    const char *loopback = address == NULL || strcmp(address, "0.0.0.0") == 0 ? "127.0.0.1"
                           : strcmp(address, "::") == 0                       ? "::1"
                                                                              : NULL;

    if (loopback == NULL)
        return address;
    g_free(address);
    return g_strdup(loopback);
}

gboolean
hvn_probe_forward_parse(HvnProbeForward *self, const char *text)
{
    g_autoptr(GMatchInfo) host = NULL;
    g_autoptr(GMatchInfo) local = NULL;
    g_autofree char *protocol = NULL;
    guint16 last;

    memset(self, 0, sizeof *self);
    self->n_ports = 1;
    if (hvn_probe_forward_match(UNIX_RULE, text, &local)) {
        self->host = g_match_info_fetch(local, 1);
        self->guest = hvn_probe_forward_address(local, 2);
        self->guest_port = hvn_probe_forward_port(local, 3);
        return TRUE;
    }
    if (!hvn_probe_forward_match(HOST_RULE, text, &host))
        return FALSE;
    protocol = g_match_info_fetch(host, 1);
    self->udp = strcmp(protocol, "udp") == 0;
    self->host = hvn_probe_forward_reachable(hvn_probe_forward_address(host, 2));
    self->host_port = hvn_probe_forward_port(host, 3);
    last = hvn_probe_forward_port(host, 4);
    self->n_ports = last > self->host_port ? last - self->host_port + 1u : 1;
    self->guest = hvn_probe_forward_address(host, 5);
    self->guest_port = hvn_probe_forward_port(host, 6);
    return TRUE;
}

void
hvn_probe_forward_clear(HvnProbeForward *self)
{
    g_clear_pointer(&self->host, g_free);
    g_clear_pointer(&self->guest, g_free);
}

gboolean
hvn_probe_forward_parse_guest(const char *text, char **server, guint16 *port)
{
    g_autoptr(GMatchInfo) match = NULL;

    if (!hvn_probe_forward_match(GUEST_RULE, text, &match))
        return FALSE;
    *server = g_match_info_fetch(match, 1);
    *port = hvn_probe_forward_port(match, 2);
    return TRUE;
}
