/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses the rules of hostfwd and guestfwd from left to right. Stricter than QEMU: no octal or hexadecimal ports, nothing behind
 * the last port, and each message says which part is wrong. */
#include "hvn-user-forward.h"

#include <arpa/inet.h>
#include <string.h>

#include "hvn-error.h"

/* what a message needs to know, and where the parser stands */
typedef struct {
    const char *option;
    const char *text;
    const char *at;
    GError **error;
} Cursor;

static gboolean
hvn_user_forward_bad(const Cursor *cursor, const char *what)
{
    g_set_error(cursor->error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "invalid value '%s' for option '%s': %s; expected %s",
                cursor->text, cursor->option, what,
                g_str_equal(cursor->option, "guestfwd")
                    ? "[tcp]:[SERVER]:PORT-TARGET with a target tcp:HOST:PORT, unix:/PATH or cmd:COMMAND"
                    : "[tcp|udp]:[HOST]:PORT-[GUEST]:PORT or unix:/PATH-[GUEST]:PORT");
    return FALSE;
}

static gboolean
hvn_user_forward_expect(Cursor *cursor, char c, const char *what)
{
    if (*cursor->at != c)
        return hvn_user_forward_bad(cursor, what);
    cursor->at++;
    return TRUE;
}

/* decimal digits; a leading zero is refused, because other tools would read an octal number there */
static gboolean
hvn_user_forward_port(Cursor *cursor, guint least, const char *what, guint *port)
{
    const char *start = cursor->at;
    guint value = 0;

    while (g_ascii_isdigit(*cursor->at) && cursor->at - start < 6)
        value = value * 10 + (guint)(*cursor->at++ - '0');
    if (cursor->at == start || g_ascii_isdigit(*cursor->at) || value > 65535 || value < least)
        return hvn_user_forward_bad(cursor, what);
    if (start[0] == '0' && cursor->at - start > 1)
        return hvn_user_forward_bad(cursor, "a port with a leading zero is not decimal");
    *port = value;
    return TRUE;
}

/* an address up to the next colon; an empty one is all zero of family @fallback */
static gboolean
hvn_user_forward_address(Cursor *cursor, int fallback, const char *what, HvnUserAddress *address)
{
    gboolean bracket = *cursor->at == '[';
    const char *start = cursor->at + (bracket ? 1 : 0);
    const char *end = strchr(start, bracket ? ']' : ':');
    g_autofree char *literal = NULL;

    memset(address, 0, sizeof *address);
    address->family = fallback;
    if (end == NULL)
        return hvn_user_forward_bad(cursor, bracket ? "a bracket is not closed" : "a colon is missing");
    cursor->at = bracket ? end + 1 : end;
    if (end == start && !bracket)
        return TRUE;
    literal = g_strndup(start, (gsize)(end - start));
    address->family = bracket ? AF_INET6 : AF_INET;
    if (inet_pton(address->family, literal, &address->v4) != 1)
        return hvn_user_forward_bad(cursor, what);
    return TRUE;
}

static gboolean
hvn_user_forward_protocol(Cursor *cursor, HvnUserProtocol *protocol)
{
    static const struct {
        const char *prefix;
        HvnUserProtocol protocol;
    } names[] = {{":", HVN_USER_TCP}, {"tcp:", HVN_USER_TCP}, {"udp:", HVN_USER_UDP}, {"unix:", HVN_USER_UNIX}};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_has_prefix(cursor->at, names[i].prefix)) {
            cursor->at += strlen(names[i].prefix);
            *protocol = names[i].protocol;
            return TRUE;
        }
    }
    return hvn_user_forward_bad(cursor,
                                strchr(cursor->at, ':') == NULL ? "a colon is missing" : "the protocol is not tcp, udp or unix");
}

static gboolean
hvn_user_forward_path(Cursor *cursor, gsize len, char **path)
{
    if (len == 0)
        return hvn_user_forward_bad(cursor, "the path is empty");
    if (cursor->at[0] != '/')
        return hvn_user_forward_bad(cursor, "the path is not absolute");
    if (len > HVN_USER_UNIX_PATH_MAX)
        return hvn_user_forward_bad(cursor, "the path is longer than 107 bytes");
    *path = g_strndup(cursor->at, len);
    cursor->at += len;
    return TRUE;
}

static gboolean
hvn_user_forward_host_part(HvnUserHostForward *self, Cursor *cursor, gboolean alone)
{
    guint last;

    if (!hvn_user_forward_protocol(cursor, &self->protocol))
        return FALSE;
    if (self->protocol == HVN_USER_UNIX) {
        /* a path may hold dashes; the guest's part cannot */
        const char *dash = strrchr(cursor->at, '-');

        if (!alone && dash == NULL)
            return hvn_user_forward_bad(cursor, "a dash is missing");
        self->host.family = AF_UNIX;
        return hvn_user_forward_path(cursor, alone ? strlen(cursor->at) : (gsize)(dash - cursor->at), &self->path);
    }
    if (!hvn_user_forward_address(cursor, AF_INET, "the host address is no IPv4 address and no IPv6 address in brackets",
                                  &self->host) ||
        !hvn_user_forward_expect(cursor, ':', "a colon is missing after the host address") ||
        !hvn_user_forward_port(cursor, 0, "the host port is not a number from 0 to 65535", &self->host_port))
        return FALSE;
    /* "8000-8010-" is a range, "8000-10.0.2.15:" and "8000-:" are not: only a range's end is followed by another dash */
    if (cursor->at[0] != '-' || !g_ascii_isdigit(cursor->at[1]) ||
        cursor->at[1 + strspn(cursor->at + 1, "0123456789")] != (alone ? '\0' : '-'))
        return TRUE;
    cursor->at++;
    if (!hvn_user_forward_port(cursor, 1, "the end of the host ports is not a number from 1 to 65535", &last))
        return FALSE;
    if (self->host_port == 0 || last < self->host_port)
        return hvn_user_forward_bad(cursor, "the range of host ports does not rise from 1 or more");
    self->n_ports = last - self->host_port + 1;
    return TRUE;
}

static gboolean
hvn_user_forward_guest_part(HvnUserHostForward *self, Cursor *cursor)
{
    int family = self->host.family == AF_INET6 ? AF_INET6 : AF_INET;
    guint last;

    if (!hvn_user_forward_expect(cursor, '-', "a dash is missing after the host's part") ||
        !hvn_user_forward_address(cursor, family, "the guest address is no IPv4 address and no IPv6 address in brackets",
                                  &self->guest) ||
        !hvn_user_forward_expect(cursor, ':', "a colon is missing after the guest address") ||
        !hvn_user_forward_port(cursor, 1, "the guest port is not a number from 1 to 65535", &self->guest_port))
        return FALSE;
    if (self->host.family != AF_UNIX && self->guest.family != self->host.family)
        return hvn_user_forward_bad(cursor, "host and guest address are not of one family");
    last = self->guest_port + self->n_ports - 1;
    if (*cursor->at == '-') {
        guint given;

        cursor->at++;
        if (!hvn_user_forward_port(cursor, 1, "the end of the guest ports is not a number from 1 to 65535", &given))
            return FALSE;
        if (given != last)
            return hvn_user_forward_bad(cursor, "the ranges of host and guest ports are not of one length");
    }
    if (last > 65535)
        return hvn_user_forward_bad(cursor, "the range of guest ports ends above 65535");
    return *cursor->at == '\0' || hvn_user_forward_bad(cursor, "there is more behind the guest port");
}

gboolean
hvn_user_host_forward_parse(HvnUserHostForward *self, const char *text, GError **error)
{
    Cursor cursor = {"hostfwd", text, text, error};

    memset(self, 0, sizeof *self);
    self->n_ports = 1;
    if (hvn_user_forward_host_part(self, &cursor, FALSE) && hvn_user_forward_guest_part(self, &cursor))
        return TRUE;
    hvn_user_host_forward_clear(self);
    return FALSE;
}

gboolean
hvn_user_host_forward_parse_host(HvnUserHostForward *self, const char *text, GError **error)
{
    Cursor cursor = {"hostfwd", text, text, error};

    memset(self, 0, sizeof *self);
    self->n_ports = 1;
    if (hvn_user_forward_host_part(self, &cursor, TRUE) &&
        (*cursor.at == '\0' || hvn_user_forward_bad(&cursor, "there is more behind the host port")))
        return TRUE;
    hvn_user_host_forward_clear(self);
    return FALSE;
}

void
hvn_user_host_forward_clear(HvnUserHostForward *self)
{
    g_clear_pointer(&self->path, g_free);
}

/* HOST:PORT, HOST a name, an IPv4 address or an IPv6 address in brackets */
static gboolean
hvn_user_forward_target_tcp(HvnUserGuestForward *self, Cursor *cursor)
{
    gboolean bracket = *cursor->at == '[';
    const char *start = cursor->at + (bracket ? 1 : 0);
    const char *end = strchr(start, bracket ? ']' : ':');

    if (end == NULL || end == start)
        return hvn_user_forward_bad(cursor, "the target has no host");
    self->target_host = g_strndup(start, (gsize)(end - start));
    cursor->at = bracket ? end + 1 : end;
    if (!hvn_user_forward_expect(cursor, ':', "a colon is missing after the target's host") ||
        !hvn_user_forward_port(cursor, 1, "the target's port is not a number from 1 to 65535", &self->target_port))
        return FALSE;
    return *cursor->at == '\0' || hvn_user_forward_bad(cursor, "there is more behind the target's port");
}

static gboolean
hvn_user_forward_target(HvnUserGuestForward *self, Cursor *cursor)
{
    if (g_str_has_prefix(cursor->at, "cmd:")) {
        g_autoptr(GError) problem = NULL;
        g_autofree char *what = NULL;

        self->target = HVN_USER_COMMAND;
        self->target_text = g_strdup(cursor->at + 4);
        if (g_shell_parse_argv(self->target_text, NULL, NULL, &problem))
            return TRUE;
        what = g_ascii_strdown(problem->message, -1);
        g_strdelimit(what, ".\n", ' ');
        return hvn_user_forward_bad(cursor, g_strstrip(what));
    }
    if (g_str_has_prefix(cursor->at, "unix:")) {
        self->target = HVN_USER_UNIX;
        cursor->at += 5;
        return hvn_user_forward_path(cursor, strlen(cursor->at), &self->target_text);
    }
    if (g_str_has_prefix(cursor->at, "tcp:")) {
        self->target = HVN_USER_TCP;
        cursor->at += 4;
        return hvn_user_forward_target_tcp(self, cursor);
    }
    return hvn_user_forward_bad(cursor, "the target is none of tcp:, unix: and cmd:");
}

static gboolean
hvn_user_forward_server_part(HvnUserGuestForward *self, Cursor *cursor)
{
    HvnUserAddress server;
    HvnUserProtocol protocol;

    if (!hvn_user_forward_protocol(cursor, &protocol))
        return FALSE;
    if (protocol != HVN_USER_TCP)
        return hvn_user_forward_bad(cursor, "the protocol is not tcp");
    if (!hvn_user_forward_address(cursor, AF_INET, "the server is no IPv4 address", &server))
        return FALSE;
    if (server.family != AF_INET)
        return hvn_user_forward_bad(cursor, "a server at an IPv6 address cannot be served");
    self->server = server.v4;
    return hvn_user_forward_expect(cursor, ':', "a colon is missing after the server") &&
           hvn_user_forward_port(cursor, 1, "the port is not a number from 1 to 65535", &self->port) &&
           hvn_user_forward_expect(cursor, '-', "a dash is missing after the port");
}

gboolean
hvn_user_guest_forward_parse(HvnUserGuestForward *self, const char *text, GError **error)
{
    Cursor cursor = {"guestfwd", text, text, error};

    memset(self, 0, sizeof *self);
    if (hvn_user_forward_server_part(self, &cursor) && hvn_user_forward_target(self, &cursor))
        return TRUE;
    hvn_user_guest_forward_clear(self);
    return FALSE;
}

void
hvn_user_guest_forward_clear(HvnUserGuestForward *self)
{
    g_clear_pointer(&self->target_host, g_free);
    g_clear_pointer(&self->target_text, g_free);
}

char *
hvn_user_address_print(const HvnUserAddress *self)
{
    char text[INET6_ADDRSTRLEN];

    inet_ntop(self->family, &self->v4, text, sizeof text);
    return self->family == AF_INET6 ? g_strdup_printf("[%s]", text) : g_strdup(text);
}

gboolean
hvn_user_address_is_any(const HvnUserAddress *self)
{
    static const struct in6_addr zero;

    return memcmp(&self->v6, &zero, self->family == AF_INET6 ? sizeof self->v6 : sizeof self->v4) == 0;
}
