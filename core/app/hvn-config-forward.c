/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's <portForward> as rules of the option hostfwd. A <range> takes ports of the host to the same number of ports of the
 * guest; one with exclude='yes' cuts a hole into the others, so a range becomes one rule for each run of ports between the
 * holes:
 *
 *   <portForward proto='tcp' address='127.0.0.1'>
 *     <range start='8000' end='8010' to='80'/><range start='8005' exclude='yes'/>
 *   </portForward>
 *   tcp:127.0.0.1:8000-8004-:80-84   tcp:127.0.0.1:8006-8010-:86-90
 */
#include <gio/gio.h>
#include <string.h>

#include "hvn-config-xml-private.h"
#include "hvn-error.h"

#define HVN_FORWARD_N_PORTS 65536
#define HVN_FORWARD_N_RULES 1024 /* of one <portForward>; each becomes a listening socket for each of its ports */

/* one <portForward> on its way into rules */
typedef struct {
    const HvnXmlReader *reader;
    HvnOptions *options;
    const char *proto;                    /* "tcp" or "udp" */
    char *address;                        /* as rules spell it: "", "127.0.0.1" or "[::1]" */
    guint8 excluded[HVN_FORWARD_N_PORTS]; /* 1 for a port of the host that is not forwarded */
    guint n_rules;
} HvnForward;

/* one <range>: host ports start to end, guest ports from to on */
typedef struct {
    guint start;
    guint end;
    guint to;
    gboolean exclude;
} HvnForwardRange;

/* a port from an attribute, or @fallback without it; 0 stands for an error */
static guint
hvn_forward_port(const HvnXmlReader *reader, xmlNode *node, const char *name, guint fallback, GError **error)
{
    g_autofree char *text = hvn_xml_attribute(node, name);
    guint64 port = fallback;

    if (text != NULL && !g_ascii_string_to_unsigned(text, 10, 1, HVN_FORWARD_N_PORTS - 1, &port, NULL))
        port = 0;
    if (port == 0)
        hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG,
                          "invalid %s '%s' of <range>: expected a port from 1 to 65535", name, text != NULL ? text : "");
    return port;
}

static gboolean
hvn_forward_check_range_attributes(const HvnXmlReader *reader, xmlNode *node, gboolean exclude, GError **error)
{
    static const char *const accepted[] = {"start", "end", "to", "exclude", NULL};

    for (const xmlAttr *attribute = node->properties; attribute != NULL; attribute = attribute->next) {
        const char *name = (const char *)attribute->name;

        if (attribute->ns != NULL && !hvn_extension_is_ours(attribute->ns))
            continue;
        if (!g_strv_contains(accepted, name) || (exclude && strcmp(name, "to") == 0)) {
            hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG,
                              "attribute '%s' of <range>%s is not known (accepted: start, end%s, exclude)", name,
                              exclude ? " with exclude='yes'" : "", exclude ? "" : ", to");
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
hvn_forward_parse_range(const HvnXmlReader *reader, xmlNode *node, HvnForwardRange *range, GError **error)
{
    g_autofree char *exclude = hvn_xml_attribute(node, "exclude");

    if (exclude != NULL && strcmp(exclude, "yes") != 0 && strcmp(exclude, "no") != 0) {
        hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG, "invalid exclude '%s' of <range>: expected yes or no",
                          exclude);
        return FALSE;
    }
    range->exclude = exclude != NULL && strcmp(exclude, "yes") == 0;
    if (!hvn_forward_check_range_attributes(reader, node, range->exclude, error))
        return FALSE;
    range->start = hvn_forward_port(reader, node, "start", 0, error);
    if (range->start == 0)
        return FALSE;
    range->end = hvn_forward_port(reader, node, "end", range->start, error);
    range->to = range->end == 0 ? 0 : hvn_forward_port(reader, node, "to", range->start, error);
    if (range->to == 0)
        return FALSE;
    if (range->end < range->start) {
        hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG,
                          "invalid end '%u' of <range>: expected a port from start '%u' on", range->end, range->start);
        return FALSE;
    }
    if (range->to + (range->end - range->start) >= HVN_FORWARD_N_PORTS) {
        hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG,
                          "invalid to '%u' of <range>: %u ports from there on end beyond 65535", range->to,
                          range->end - range->start + 1);
        return FALSE;
    }
    return TRUE;
}

static void
hvn_forward_add_rule(HvnForward *self, guint start, guint end, guint to, const char *origin)
{
    g_autofree char *rule = NULL;

    if (++self->n_rules > HVN_FORWARD_N_RULES)
        return;
    if (start == end)
        rule = g_strdup_printf("%s:%s:%u-:%u", self->proto, self->address, start, to);
    else
        rule = g_strdup_printf("%s:%s:%u-%u-:%u-%u", self->proto, self->address, start, end, to, to + (end - start));
    hvn_options_add(self->options, "hostfwd", rule, origin);
}

/* a rule for each run of ports that no other range excludes */
static void
hvn_forward_add_range(HvnForward *self, const HvnForwardRange *range, const char *origin)
{
    guint start = range->start;

    while (start <= range->end) {
        guint end = start;

        if (self->excluded[start]) {
            start++;
            continue;
        }
        while (end < range->end && !self->excluded[end + 1])
            end++;
        hvn_forward_add_rule(self, start, end, range->to + (start - range->start), origin);
        start = end + 1;
    }
}

/* the ranges are read twice: an exclusion holds for those before it as well */
static gboolean
hvn_forward_parse_ranges(HvnForward *self, xmlNode *forward, GError **error)
{
    guint n_ranges = 0;

    for (guint pass = 0; pass < 2; pass++) {
        for (xmlNode *node = hvn_xml_next_element(forward->children); node != NULL; node = hvn_xml_next_element(node->next)) {
            g_autofree char *origin = hvn_xml_origin(self->reader, node);
            HvnForwardRange range;

            if (node->ns != NULL)
                continue;
            if (!hvn_xml_is(node, "range")) {
                hvn_xml_set_error(self->reader, node, error, HVN_ERROR_INVALID_CONFIG,
                                  "unknown element <%s> in <portForward>: expected <range>", (const char *)node->name);
                return FALSE;
            }
            if (!hvn_forward_parse_range(self->reader, node, &range, error))
                return FALSE;
            if (pass == 0 && range.exclude)
                memset(&self->excluded[range.start], 1, range.end - range.start + 1);
            else if (pass == 1 && !range.exclude)
                hvn_forward_add_range(self, &range, origin);
            n_ranges += !range.exclude;
        }
    }
    if (self->n_rules > HVN_FORWARD_N_RULES) {
        hvn_xml_set_error(self->reader, forward, error, HVN_ERROR_INVALID_CONFIG,
                          "<portForward> makes more than %u rules: expected fewer ranges, or fewer holes in them",
                          HVN_FORWARD_N_RULES);
        return FALSE;
    }
    if (n_ranges == 0)
        hvn_xml_set_error(
            self->reader, forward, error, HVN_ERROR_NOT_SUPPORTED,
            "<portForward> without a <range> of ports to forward means all ports, which the user backend cannot listen on: expected "
            "<range start='2222' to='22'/>");
    return n_ranges > 0;
}

/* an address of the host as rules spell it */
static char *
hvn_forward_parse_address(const HvnXmlReader *reader, xmlNode *node, GError **error)
{
    g_autofree char *address = hvn_xml_attribute(node, "address");
    g_autofree char *device = hvn_xml_attribute(node, "dev");
    g_autoptr(GInetAddress) parsed = NULL;

    if (device != NULL) {
        hvn_xml_set_error(
            reader, node, error, HVN_ERROR_NOT_SUPPORTED,
            "dev='%s' of <portForward> is not served: the user backend listens on addresses, expected address='127.0.0.1' or such",
            device);
        return NULL;
    }
    if (address == NULL)
        return g_strdup("");
    parsed = g_inet_address_new_from_string(address);
    if (parsed == NULL) {
        hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG,
                          "invalid address '%s' of <portForward>: expected an IPv4 or IPv6 address", address);
        return NULL;
    }
    if (g_inet_address_get_family(parsed) == G_SOCKET_FAMILY_IPV6)
        return g_strdup_printf("[%s]", address);
    return g_steal_pointer(&address);
}

gboolean
hvn_xml_forward_parse(const HvnXmlReader *reader, xmlNode *node, HvnOptions *options, GError **error)
{
    g_autofree HvnForward *self = g_new0(HvnForward, 1);
    g_autofree char *proto = hvn_xml_attribute(node, "proto");
    g_autofree char *address = NULL;

    if (proto == NULL || (strcmp(proto, "tcp") != 0 && strcmp(proto, "udp") != 0)) {
        hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG,
                          "invalid proto '%s' of <portForward>: expected tcp or udp", proto != NULL ? proto : "");
        return FALSE;
    }
    address = hvn_forward_parse_address(reader, node, error);
    if (address == NULL)
        return FALSE;
    self->reader = reader;
    self->options = options;
    self->proto = proto;
    self->address = address;
    return hvn_forward_parse_ranges(self, node, error);
}
