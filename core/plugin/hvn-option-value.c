/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The types of options: a table of names and GTypes, a check and a conversion for each, and the words for what is accepted. Text comes
 * from users and files, so everything that is not exactly of the type is refused: no octal, no trailing text, no silent wrap. */
#include "hvn-option-value.h"

#include <arpa/inet.h>
#include <string.h>

#include "hvn-error.h"
#include "hvn-mac.h"
#include "hvn-text.h"

/* in the order of HvnOptionType */
static const char *const hvn_option_type_names[] = {
    "boolean", "uint", "int", "size", "string", "choice", "mac", "ipv4", "ipv4-net", "ipv6", "ipv6-net", "path",
};

const char *
hvn_option_type_to_string(HvnOptionType type)
{
    g_return_val_if_fail((guint)type < G_N_ELEMENTS(hvn_option_type_names), NULL);

    return hvn_option_type_names[type];
}

gboolean
hvn_option_type_from_string(const char *text, HvnOptionType *type)
{
    for (guint i = 0; i < G_N_ELEMENTS(hvn_option_type_names); i++) {
        if (g_strcmp0(hvn_option_type_names[i], text) == 0) {
            *type = (HvnOptionType)i;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean
hvn_option_type_is_number(HvnOptionType type, gint64 *minimum, gint64 *maximum)
{
    gint64 least = 0, greatest = 0;

    switch (type) {
    case HVN_OPTION_UINT:
        greatest = G_MAXUINT32;
        break;
    case HVN_OPTION_INT:
        least = G_MININT32;
        greatest = G_MAXINT32;
        break;
    case HVN_OPTION_SIZE:
        greatest = G_MAXINT64;
        break;
    default:
        return FALSE;
    }
    if (minimum != NULL)
        *minimum = least;
    if (maximum != NULL)
        *maximum = greatest;
    return TRUE;
}

GType
hvn_option_get_value_type(const HvnOption *self)
{
    if (self->list)
        return G_TYPE_STRV;
    switch (self->type) {
    case HVN_OPTION_BOOLEAN:
        return G_TYPE_BOOLEAN;
    case HVN_OPTION_UINT:
        return G_TYPE_UINT;
    case HVN_OPTION_INT:
        return G_TYPE_INT;
    case HVN_OPTION_SIZE:
        return G_TYPE_UINT64;
    default:
        return G_TYPE_STRING;
    }
}

/* ---- what is accepted, in words ---- */

/* 65536 as "64k", for sizes */
static char *
hvn_option_print_size(gint64 size)
{
    static const char suffixes[] = {'T', 'G', 'M', 'k'};

    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        guint shift = 10 * (G_N_ELEMENTS(suffixes) - i);

        if (size != 0 && (size & ((G_GINT64_CONSTANT(1) << shift) - 1)) == 0)
            return g_strdup_printf("%" G_GINT64_FORMAT "%c", size >> shift, suffixes[i]);
    }
    return g_strdup_printf("%" G_GINT64_FORMAT, size);
}

static char *
hvn_option_describe_size(const HvnOption *self)
{
    g_autofree char *minimum = hvn_option_print_size(self->minimum);
    g_autofree char *maximum = hvn_option_print_size(self->maximum);

    if (self->maximum == G_MAXINT64)
        return g_strdup_printf("a size of %s or more, such as 1500, 64k or 1M", minimum);
    return g_strdup_printf("a size from %s to %s", minimum, maximum);
}

char *
hvn_option_describe_values(const HvnOption *self)
{
    g_autofree char *choices = NULL;

    g_return_val_if_fail(self != NULL, NULL);

    switch (self->type) {
    case HVN_OPTION_BOOLEAN:
        return g_strdup("on or off");
    case HVN_OPTION_UINT:
    case HVN_OPTION_INT:
        if (self->hex)
            return g_strdup_printf("a number from 0x%" G_GINT64_MODIFIER "x to 0x%" G_GINT64_MODIFIER "x", self->minimum,
                                   self->maximum);
        return g_strdup_printf("a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, self->minimum, self->maximum);
    case HVN_OPTION_SIZE:
        return hvn_option_describe_size(self);
    case HVN_OPTION_CHOICE:
        choices = g_strjoinv(", ", self->choices);
        return g_strdup_printf("one of %s", choices);
    case HVN_OPTION_MAC:
        return g_strdup("the MAC address of one station, such as 52:54:00:12:34:56");
    case HVN_OPTION_IPV4:
        return g_strdup("an IPv4 address, such as 10.0.2.2");
    case HVN_OPTION_IPV4_NET:
        return g_strdup("an IPv4 network, such as 10.0.2.0/24 or 10.0.2.0/255.255.255.0");
    case HVN_OPTION_IPV6:
        return g_strdup("an IPv6 address, such as fec0::2");
    case HVN_OPTION_IPV6_NET:
        return g_strdup("an IPv6 network, such as fec0::/64");
    case HVN_OPTION_PATH:
        return self->max_length > 0 ? g_strdup_printf("the name of a file or directory of at most %u bytes", self->max_length)
                                    : g_strdup("the name of a file or directory");
    case HVN_OPTION_STRING:
    default:
        return self->max_length > 0 ? g_strdup_printf("text of at most %u bytes", self->max_length) : g_strdup("text");
    }
}

/* ---- checks: NULL, or what is wrong beyond "expected ..." as "" or ", ..." ---- */

/* decimal digits alone; the whole text */
static const char *
hvn_option_digits(const char *text, gsize len, guint64 *number)
{
    guint64 sum = 0;

    if (len == 0)
        return "";
    for (gsize i = 0; i < len; i++) {
        if (!g_ascii_isdigit(text[i]))
            return "";
        if (!g_uint64_checked_mul(&sum, sum, 10) || !g_uint64_checked_add(&sum, sum, (guint64)g_ascii_digit_value(text[i])))
            return "";
    }
    if (len > 1 && text[0] == '0')
        return " in decimal, without leading zeros, which elsewhere mean octal";
    *number = sum;
    return NULL;
}

/* after 0x; the whole text */
static const char *
hvn_option_hex_digits(const char *text, guint64 *number)
{
    gsize len = strlen(text);

    if (len == 0 || len > 8)
        return "";
    *number = 0;
    for (gsize i = 0; i < len; i++) {
        if (!g_ascii_isxdigit(text[i]))
            return "";
        *number = *number << 4 | (guint64)g_ascii_xdigit_value(text[i]);
    }
    return NULL;
}

static const char *
hvn_option_convert_boolean(const char *text, GValue *value)
{
    static const char *const on[] = {"on", "yes", "true", "y", NULL};
    static const char *const off[] = {"off", "no", "false", "n", NULL};

    if (!g_strv_contains(on, text) && !g_strv_contains(off, text))
        return "";
    g_value_init(value, G_TYPE_BOOLEAN);
    g_value_set_boolean(value, g_strv_contains(on, text));
    return NULL;
}

static const char *
hvn_option_convert_uint(const HvnOption *self, const char *text, GValue *value)
{
    gboolean hex = self->hex && g_str_has_prefix(text, "0x");
    guint64 number = 0;
    const char *wrong = hex ? hvn_option_hex_digits(text + 2, &number) : hvn_option_digits(text, strlen(text), &number);

    if (wrong != NULL)
        return wrong;
    if (number > G_MAXUINT32 || (gint64)number < self->minimum || (gint64)number > self->maximum)
        return "";
    g_value_init(value, G_TYPE_UINT);
    g_value_set_uint(value, (guint)number);
    return NULL;
}

static const char *
hvn_option_convert_int(const HvnOption *self, const char *text, GValue *value)
{
    gboolean negative = text[0] == '-';
    const char *digits = text + (text[0] == '-' || text[0] == '+' ? 1 : 0);
    guint64 magnitude = 0;
    const char *wrong = hvn_option_digits(digits, strlen(digits), &magnitude);
    gint64 number;

    if (wrong != NULL)
        return wrong;
    if (magnitude > (guint64)G_MAXINT32 + 1)
        return "";
    number = negative ? -(gint64)magnitude : (gint64)magnitude;
    if (number < self->minimum || number > self->maximum || number > G_MAXINT32)
        return "";
    g_value_init(value, G_TYPE_INT);
    g_value_set_int(value, (gint)number);
    return NULL;
}

static const char *
hvn_option_convert_size(const HvnOption *self, const char *text, GValue *value)
{
    static const char suffixes[] = "bkKMGT";
    static const guint8 shifts[] = {0, 10, 10, 20, 30, 40};
    gsize len = strlen(text);
    const char *suffix = len > 0 ? strchr(suffixes, text[len - 1]) : NULL;
    guint shift = suffix != NULL ? shifts[suffix - suffixes] : 0;
    guint64 number = 0;
    const char *wrong = hvn_option_digits(text, suffix != NULL ? len - 1 : len, &number);

    if (wrong != NULL)
        return wrong;
    if (!g_uint64_checked_mul(&number, number, G_GUINT64_CONSTANT(1) << shift) || number > G_MAXINT64)
        return "";
    if ((gint64)number < self->minimum || (gint64)number > self->maximum)
        return "";
    g_value_init(value, G_TYPE_UINT64);
    g_value_set_uint64(value, number);
    return NULL;
}

static const char *
hvn_option_check_text(const HvnOption *self, const char *text)
{
    if (self->max_length > 0 && strlen(text) > self->max_length)
        return "";
    if (self->type == HVN_OPTION_PATH)
        return *text != '\0' ? NULL : ", not nothing";
    return g_utf8_validate(text, -1, NULL) ? NULL : " in UTF-8";
}

/* address, and perhaps /length up to bits or, for IPv4, /netmask */
static const char *
hvn_option_check_address(int family, gboolean net, const char *text)
{
    const char *slash = net ? strchr(text, '/') : NULL;
    g_autofree char *address = slash != NULL ? g_strndup(text, (gsize)(slash - text)) : g_strdup(text);
    guint8 bytes[sizeof(struct in6_addr)];
    struct in_addr netmask;
    guint64 length = 0;
    const char *wrong;
    guint32 host_bits;

    if (inet_pton(family, address, bytes) != 1)
        return "";
    if (slash == NULL)
        return NULL;
    if (family == AF_INET && strchr(slash, '.') != NULL) {
        if (inet_pton(AF_INET, slash + 1, &netmask) != 1)
            return "";
        host_bits = ~g_ntohl(netmask.s_addr);
        return (host_bits & (host_bits + 1)) == 0 ? NULL : ", whose netmask is ones and then zeros";
    }
    wrong = hvn_option_digits(slash + 1, strlen(slash + 1), &length);
    if (wrong != NULL)
        return *wrong != '\0' ? ", whose length is without leading zeros" : "";
    if (length > (family == AF_INET ? 32 : 128))
        return family == AF_INET ? ", whose length is 0 to 32" : ", whose length is 0 to 128";
    return NULL;
}

static const char *
hvn_option_check_string(const HvnOption *self, const char *text)
{
    HvnMac mac;

    switch (self->type) {
    case HVN_OPTION_CHOICE:
        return g_strv_contains((const char *const *)self->choices, text) ? NULL : "";
    case HVN_OPTION_MAC:
        return hvn_mac_parse_unicast(text, &mac, NULL) ? NULL : "";
    case HVN_OPTION_IPV4:
    case HVN_OPTION_IPV4_NET:
        return hvn_option_check_address(AF_INET, self->type == HVN_OPTION_IPV4_NET, text);
    case HVN_OPTION_IPV6:
    case HVN_OPTION_IPV6_NET:
        return hvn_option_check_address(AF_INET6, self->type == HVN_OPTION_IPV6_NET, text);
    default:
        return hvn_option_check_text(self, text);
    }
}

/* one value of the option's own type, whether the option is a list or not */
static const char *
hvn_option_convert_item(const HvnOption *self, const char *text, GValue *value)
{
    const char *wrong;

    switch (self->type) {
    case HVN_OPTION_BOOLEAN:
        return hvn_option_convert_boolean(text, value);
    case HVN_OPTION_UINT:
        return hvn_option_convert_uint(self, text, value);
    case HVN_OPTION_INT:
        return hvn_option_convert_int(self, text, value);
    case HVN_OPTION_SIZE:
        return hvn_option_convert_size(self, text, value);
    default:
        wrong = hvn_option_check_string(self, text);
        if (wrong == NULL) {
            g_value_init(value, G_TYPE_STRING);
            g_value_set_string(value, text);
        }
        return wrong;
    }
}

char *
hvn_option_convert(const HvnOption *self, const char *text, GValue *value)
{
    const char *wrong = hvn_option_convert_item(self, text, value);
    g_autofree char *accepted = NULL;

    if (wrong != NULL) {
        accepted = hvn_option_describe_values(self);
        return g_strdup_printf("expected %s%s", accepted, wrong);
    }
    if (self->list && !G_VALUE_HOLDS_STRING(value)) {
        g_value_unset(value);
        g_value_init(value, G_TYPE_STRING);
        g_value_set_string(value, text);
    }
    return NULL;
}

gboolean
hvn_option_parse(const HvnOption *self, const char *text, GValue *value, GError **error)
{
    g_autofree char *expected = NULL;
    g_autofree char *printable = NULL;

    g_return_val_if_fail(self != NULL && text != NULL && value != NULL, FALSE);

    expected = hvn_option_convert(self, text, value);
    if (expected == NULL)
        return TRUE;
    printable = hvn_text_printable(text);
    g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "invalid value '%s': %s", printable, expected);
    return FALSE;
}
