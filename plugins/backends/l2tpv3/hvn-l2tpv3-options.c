/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's options of -netdev l2tpv3, with its rules of which of them go together; see hvn-l2tpv3-options.h. */
#include "hvn-l2tpv3-options.h"

#include <string.h>

#include "hvn-error.h"

enum {
    PROP_0,
    PROP_SRC,
    PROP_DST,
    PROP_SRCPORT,
    PROP_DSTPORT,
    PROP_UDP,
    PROP_IPV6,
    PROP_TXSESSION,
    PROP_RXSESSION,
    PROP_COOKIE64,
    PROP_TXCOOKIE,
    PROP_RXCOOKIE,
    PROP_COUNTER,
    PROP_PINCOUNTER,
    PROP_OFFSET,
};

#define OFFSET_MAX 256

static const struct {
    guint       prop;
    const char *name;
    gsize       at;
    gboolean    is_text;
} hvn_l2tpv3_options[] = {
    {PROP_SRC, "src", G_STRUCT_OFFSET(HvnL2tpv3Options, src), TRUE},
    {PROP_DST, "dst", G_STRUCT_OFFSET(HvnL2tpv3Options, dst), TRUE},
    {PROP_SRCPORT, "srcport", G_STRUCT_OFFSET(HvnL2tpv3Options, srcport), TRUE},
    {PROP_DSTPORT, "dstport", G_STRUCT_OFFSET(HvnL2tpv3Options, dstport), TRUE},
    {PROP_UDP, "udp", G_STRUCT_OFFSET(HvnL2tpv3Options, udp), FALSE},
    {PROP_IPV6, "ipv6", G_STRUCT_OFFSET(HvnL2tpv3Options, ipv6), FALSE},
    {PROP_TXSESSION, "txsession", G_STRUCT_OFFSET(HvnL2tpv3Options, txsession), TRUE},
    {PROP_RXSESSION, "rxsession", G_STRUCT_OFFSET(HvnL2tpv3Options, rxsession), TRUE},
    {PROP_COOKIE64, "cookie64", G_STRUCT_OFFSET(HvnL2tpv3Options, cookie64), FALSE},
    {PROP_TXCOOKIE, "txcookie", G_STRUCT_OFFSET(HvnL2tpv3Options, txcookie), TRUE},
    {PROP_RXCOOKIE, "rxcookie", G_STRUCT_OFFSET(HvnL2tpv3Options, rxcookie), TRUE},
    {PROP_COUNTER, "counter", G_STRUCT_OFFSET(HvnL2tpv3Options, counter), FALSE},
    {PROP_PINCOUNTER, "pincounter", G_STRUCT_OFFSET(HvnL2tpv3Options, pincounter), FALSE},
};

void
hvn_l2tpv3_options_install(GObjectClass *klass)
{
    const GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

    for (guint i = 0; i < G_N_ELEMENTS(hvn_l2tpv3_options); i++) {
        const char *name = hvn_l2tpv3_options[i].name;

        g_object_class_install_property(klass, hvn_l2tpv3_options[i].prop,
                                        hvn_l2tpv3_options[i].is_text ? g_param_spec_string(name, NULL, NULL, NULL, flags)
                                                                      : g_param_spec_boolean(name, NULL, NULL, FALSE, flags));
    }
    g_object_class_install_property(klass, PROP_OFFSET, g_param_spec_uint("offset", NULL, NULL, 0, OFFSET_MAX, 0, flags));
}

gboolean
hvn_l2tpv3_options_set(HvnL2tpv3Options *self, guint prop, const GValue *value)
{
    if (prop == PROP_OFFSET) {
        self->offset = g_value_get_uint(value);
        return TRUE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(hvn_l2tpv3_options); i++) {
        gpointer field = G_STRUCT_MEMBER_P(self, hvn_l2tpv3_options[i].at);

        if (hvn_l2tpv3_options[i].prop != prop)
            continue;
        if (hvn_l2tpv3_options[i].is_text) {
            g_free(*(char **)field);
            *(char **)field = g_value_dup_string(value);
        } else {
            *(gboolean *)field = g_value_get_boolean(value);
        }
        return TRUE;
    }
    return FALSE;
}

void
hvn_l2tpv3_options_clear(HvnL2tpv3Options *self)
{
    for (guint i = 0; i < G_N_ELEMENTS(hvn_l2tpv3_options); i++) {
        if (hvn_l2tpv3_options[i].is_text)
            g_clear_pointer(&G_STRUCT_MEMBER(char *, self, hvn_l2tpv3_options[i].at), g_free);
    }
}

/* ---- the header ---- */

static gboolean
hvn_l2tpv3_options_refuse(GError **error, const char *text)
{
    g_set_error_literal(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, text);
    return FALSE;
}

/* decimal without leading zeros, or hexadecimal: 010 is 8 to some and 10 to others */
static gboolean
hvn_l2tpv3_options_parse(const char *name, const char *text, guint64 maximum, guint64 *number, GError **error)
{
    gboolean hexadecimal = g_str_has_prefix(text, "0x") || g_str_has_prefix(text, "0X");
    const char *digits = hexadecimal ? text + 2 : text;

    if ((hexadecimal || digits[0] != '0' || digits[1] == '\0') && g_ascii_string_to_unsigned(digits, hexadecimal ? 16 : 10, 0, maximum, number, NULL))
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
                "invalid value '%s' for %s: expected a number from 0 to %" G_GUINT64_FORMAT
                " in decimal, without leading zeros, or in hexadecimal behind 0x",
                text, name, maximum);
    return FALSE;
}

static gboolean
hvn_l2tpv3_options_get_sessions(const HvnL2tpv3Options *self, HvnL2tpv3Wire *wire, GError **error)
{
    guint64 number;

    if (self->txsession == NULL)
        return hvn_l2tpv3_options_refuse(error, "parameter 'txsession' is missing: expected the number of the session at the other end");
    if (!hvn_l2tpv3_options_parse("txsession", self->txsession, G_MAXUINT32, &number, error))
        return FALSE;
    wire->tx_session = wire->rx_session = number;
    if (self->rxsession == NULL)
        return TRUE;
    if (!hvn_l2tpv3_options_parse("rxsession", self->rxsession, G_MAXUINT32, &number, error))
        return FALSE;
    wire->rx_session = number;
    return TRUE;
}

static gboolean
hvn_l2tpv3_options_get_cookies(const HvnL2tpv3Options *self, HvnL2tpv3Wire *wire, GError **error)
{
    const guint64 maximum = self->cookie64 ? G_MAXUINT64 : G_MAXUINT32;

    if ((self->txcookie != NULL) != (self->rxcookie != NULL))
        return hvn_l2tpv3_options_refuse(error, "require both 'rxcookie' and 'txcookie' or neither");
    if (self->txcookie == NULL)
        return TRUE;
    wire->cookie_len = self->cookie64 ? 8 : 4;
    return hvn_l2tpv3_options_parse("txcookie", self->txcookie, maximum, &wire->tx_cookie, error) &&
           hvn_l2tpv3_options_parse("rxcookie", self->rxcookie, maximum, &wire->rx_cookie, error);
}

gboolean
hvn_l2tpv3_options_get_wire(const HvnL2tpv3Options *self, HvnL2tpv3Wire *wire, GError **error)
{
    *wire = (HvnL2tpv3Wire){
        .udp = self->udp,
        .ipv6 = self->ipv6,
        .has_counter = self->counter || self->pincounter,
        .pin_counter = self->pincounter,
        .offset = self->offset,
    };
    return hvn_l2tpv3_options_get_sessions(self, wire, error) && hvn_l2tpv3_options_get_cookies(self, wire, error);
}

/* ---- the addresses ---- */

static gboolean
hvn_l2tpv3_options_resolve(const HvnL2tpv3Options *self, const char *name, char *host, char *port, HvnSocketAddress *address, GError **error)
{
    HvnSocketSpec spec = {
        .type = (char *)"inet",
        .host = host,
        .port = self->udp ? port : (char *)"0",
        .ipv4 = (char *)(self->ipv6 ? "off" : "on"),
        .ipv6 = (char *)(self->ipv6 ? "on" : "off"),
    };
    g_autofree HvnSocketAddress *addresses = NULL;
    guint n_addresses;

    addresses = hvn_socket_spec_resolve(&spec, name, strcmp(name, "src") == 0, &n_addresses, error);
    if (addresses == NULL)
        return FALSE;
    *address = addresses[0];
    return TRUE;
}

gboolean
hvn_l2tpv3_options_get_addresses(const HvnL2tpv3Options *self, HvnSocketAddress *local, HvnSocketAddress *remote, GError **error)
{
    if (self->src == NULL || self->dst == NULL)
        return hvn_l2tpv3_options_refuse(error, "l2tpv3 requires src and dst: expected the addresses of both ends of the tunnel");
    if (self->udp && (self->srcport == NULL || self->dstport == NULL))
        return hvn_l2tpv3_options_refuse(error, "need both src and dst port for udp");
    if (!hvn_l2tpv3_options_resolve(self, "src", self->src, self->srcport, local, error) ||
        !hvn_l2tpv3_options_resolve(self, "dst", self->dst, self->dstport, remote, error))
        return FALSE;
    if (hvn_socket_address_is_multicast(remote))
        return hvn_l2tpv3_options_refuse(error, "dst is a multicast group: expected the address of one host");
    if (self->udp && hvn_socket_address_equal(local, remote))
        return hvn_l2tpv3_options_refuse(error, "dst and dstport are the same address as src and srcport: expected that of the peer");
    return TRUE;
}
