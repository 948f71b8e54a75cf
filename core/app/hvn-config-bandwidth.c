/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's <bandwidth> of an interface: limits on what comes in and goes out, in its units, which are those of tc: thousands of bytes a second, and
 * for a burst units of 1024 bytes. */
#include <string.h>

#include "hvn-config-xml-private.h"
#include "hvn-error.h"

#define RATE_UNIT  1000 /* bytes a second */
#define BURST_UNIT 1024 /* bytes */
#define NUMBER_MAX (G_MAXUINT64 / 2048) /* in any of the units */

static gboolean
hvn_xml_bandwidth_parse_number(const HvnXmlReader *reader, const xmlNode *node, const xmlAttr *attribute, guint64 unit, guint64 *bytes, GError **error)
{
    g_autofree char *value = hvn_xml_attribute_value(attribute);
    guint64          number;

    if (!g_ascii_string_to_unsigned(value, 10, 1, NUMBER_MAX, &number, NULL)) {
        hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG, "invalid %s '%s' of <%s>: expected a number of %s", (const char *)attribute->name,
                          value, (const char *)node->name, unit == RATE_UNIT ? "kilobytes a second" : "kibibytes");
        return FALSE;
    }
    *bytes = number * unit;
    return TRUE;
}

/* <inbound> or <outbound> */
static gboolean
hvn_xml_bandwidth_parse_limit(const HvnXmlReader *reader, xmlNode *node, HvnRateLimit *limit, GError **error)
{
    const struct {
        const char *name;
        guint64     unit;
        guint64    *bytes;
    } numbers[] = {{"average", RATE_UNIT, &limit->average}, {"peak", RATE_UNIT, &limit->peak}, {"burst", BURST_UNIT, &limit->burst}};

    for (const xmlAttr *attribute = node->properties; attribute != NULL; attribute = attribute->next) {
        guint at = 0;

        while (at < G_N_ELEMENTS(numbers) && strcmp(numbers[at].name, (const char *)attribute->name) != 0)
            at++;
        if (at == G_N_ELEMENTS(numbers)) {
            hvn_xml_set_error(reader, node, error, HVN_ERROR_NOT_SUPPORTED, "attribute %s of <%s> is not served; accepted: average peak burst",
                              (const char *)attribute->name, (const char *)node->name);
            return FALSE;
        }
        if (!hvn_xml_bandwidth_parse_number(reader, node, attribute, numbers[at].unit, numbers[at].bytes, error))
            return FALSE;
    }
    if (limit->average > 0 && (limit->peak == 0 || limit->peak >= limit->average))
        return TRUE;
    hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG, "<%s> %s: expected such as average='1000'%s", (const char *)node->name,
                      limit->average == 0 ? "has no average" : "has a peak below its average", limit->average == 0 ? "" : " peak='2000'");
    return FALSE;
}

gboolean
hvn_xml_bandwidth_parse(const HvnXmlReader *reader, xmlNode *node, HvnInterfaceConfig *config, GError **error)
{
    for (xmlNode *child = hvn_xml_next_element(node->children); child != NULL; child = hvn_xml_next_element(child->next)) {
        HvnRateLimit *limit = hvn_xml_is(child, "inbound") ? &config->inbound : hvn_xml_is(child, "outbound") ? &config->outbound : NULL;

        if (limit == NULL || limit->average > 0) {
            hvn_xml_set_error(reader, child, error, HVN_ERROR_INVALID_CONFIG, "%s <%s> in <bandwidth>: expected one <inbound> and one <outbound>",
                              limit == NULL ? "unknown element" : "second", (const char *)child->name);
            return FALSE;
        }
        if (!hvn_xml_bandwidth_parse_limit(reader, child, limit, error))
            return FALSE;
    }
    return TRUE;
}
