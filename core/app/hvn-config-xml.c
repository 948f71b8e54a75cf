/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a libvirt domain file: finds every <interface> in <devices> and our own <hvnet:network> in <metadata>, and leaves all
 * else alone. Nothing that belongs to us or to networking is passed over in silence: what is not served is an error with file
 * and line.
 *
 *   document --> portable extensions (metadata) --matched by alias, MAC or index--+
 *            --> interfaces (devices) --> inline extension ------------------------+--> hvn_xml_interface_parse() --> HvnConfig
 */
#include <string.h>

#include "hvn-config-xml-private.h"
#include "hvn-error.h"
#include "hvn-schema.h"

char *
hvn_xml_origin(const HvnXmlReader *self, const xmlNode *node)
{
    return hvn_config_one_line(g_strdup_printf("%s:%ld", self->name, xmlGetLineNo((xmlNode *)node)));
}

void
hvn_xml_set_error(const HvnXmlReader *self, const xmlNode *node, GError **error, int code, const char *format, ...)
{
    g_autofree char *origin = hvn_xml_origin(self, node);
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    hvn_config_set_error(error, code, origin, "%s", text);
}

gboolean
hvn_xml_is(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && node->ns == NULL && strcmp((const char *)node->name, name) == 0;
}

xmlNode *
hvn_xml_next_element(xmlNode *node)
{
    while (node != NULL && node->type != XML_ELEMENT_NODE)
        node = node->next;
    return node;
}

char *
hvn_xml_attribute_value(const xmlAttr *attribute)
{
    xmlChar *value = xmlNodeListGetString(attribute->doc, attribute->children, 1);
    char *copy = g_strdup(value != NULL ? (const char *)value : "");

    xmlFree(value);
    return copy;
}

char *
hvn_xml_attribute(const xmlNode *node, const char *name)
{
    for (const xmlAttr *attribute = node->properties; attribute != NULL; attribute = attribute->next) {
        if (attribute->ns == NULL && strcmp((const char *)attribute->name, name) == 0)
            return hvn_xml_attribute_value(attribute);
    }
    return NULL;
}

gboolean
hvn_xml_is_stray_text(const xmlNode *node)
{
    if (node->type != XML_TEXT_NODE && node->type != XML_CDATA_SECTION_NODE && node->type != XML_ENTITY_REF_NODE)
        return FALSE;
    return !xmlIsBlankNode(node);
}

/* the child's parent, when that is where the domain file has it: "domain/devices" and so on */
static gboolean
hvn_xml_stands_in(const xmlNode *node, const char *parent, const xmlNode *grandparent)
{
    return node->parent != NULL && hvn_xml_is(node->parent, parent) && node->parent->parent == grandparent;
}

/* our elements stand in two places; one that stands elsewhere was meant to do something and would do nothing */
static gboolean
hvn_xml_check_place(const HvnXmlReader *self, const xmlNode *node, const xmlNode *domain, GError **error)
{
    const char *name = (const char *)node->name;

    if (hvn_extension_is_unknown_version(node->ns)) {
        hvn_xml_set_error(self, node, error, HVN_ERROR_INVALID_CONFIG,
                          "unknown namespace '%s' of <%s>: expected " HVN_DOMAIN_NAMESPACE, (const char *)node->ns->href, name);
        return FALSE;
    }
    if (strcmp(name, "network") == 0 && hvn_xml_stands_in(node, "metadata", domain))
        return TRUE;
    if (strcmp(name, "options") == 0 && hvn_xml_stands_in(node, "interface", node->parent->parent) &&
        hvn_xml_stands_in(node->parent, "devices", domain))
        return TRUE;
    hvn_xml_set_error(self, node, error, HVN_ERROR_INVALID_CONFIG,
                      "<%s> of namespace " HVN_DOMAIN_NAMESPACE
                      " does not stand in <%s>: expected <options> in <interface>, or <network> in <metadata>",
                      name, node->parent->type == XML_ELEMENT_NODE ? (const char *)node->parent->name : "the document");
    return FALSE;
}

/* walks the document without recursion: its depth is the file's, and a stack is not; what is inside our elements their readers
 * check */
static gboolean
hvn_xml_check_places(const HvnXmlReader *self, xmlNode *domain, GError **error)
{
    xmlNode *node = domain->children;

    while (node != NULL && node != domain) {
        gboolean ours =
            node->type == XML_ELEMENT_NODE && (hvn_extension_is_ours(node->ns) || hvn_extension_is_unknown_version(node->ns));

        if (ours && !hvn_xml_check_place(self, node, domain, error))
            return FALSE;
        if (!ours && node->type == XML_ELEMENT_NODE && node->children != NULL) {
            node = node->children;
            continue;
        }
        while (node != domain && node->next == NULL)
            node = node->parent;
        if (node != domain)
            node = node->next;
    }
    return TRUE;
}

static GPtrArray *
hvn_xml_collect_interfaces(xmlNode *domain)
{
    GPtrArray *interfaces = g_ptr_array_new();

    for (xmlNode *devices = domain->children; devices != NULL; devices = devices->next) {
        if (!hvn_xml_is(devices, "devices"))
            continue;
        for (xmlNode *node = devices->children; node != NULL; node = node->next) {
            if (hvn_xml_is(node, "interface"))
                g_ptr_array_add(interfaces, node);
        }
    }
    return interfaces;
}

/* the <hvnet:options> of an interface, NULL when it has none; FALSE for two */
static gboolean
hvn_xml_parse_inline(const HvnXmlReader *self, xmlNode *interface, HvnExtension **extension, GError **error)
{
    *extension = NULL;
    for (xmlNode *node = interface->children; node != NULL; node = node->next) {
        if (node->type != XML_ELEMENT_NODE || !hvn_extension_is_ours(node->ns))
            continue;
        if (*extension != NULL) {
            hvn_xml_set_error(self, node, error, HVN_ERROR_INVALID_CONFIG,
                              "second <options> in one <interface>: the first is in line %ld", xmlGetLineNo((*extension)->node));
            g_clear_pointer(extension, hvn_extension_free);
            return FALSE;
        }
        *extension = hvn_extension_parse(self, node, FALSE, error);
        if (*extension == NULL)
            return FALSE;
    }
    return TRUE;
}

static gboolean
hvn_xml_parse_domain(const HvnXmlReader *self, xmlNode *domain, HvnConfig *config, GError **error)
{
    g_autoptr(GPtrArray) interfaces = hvn_xml_collect_interfaces(domain);
    g_autoptr(GPtrArray) extensions = NULL;
    g_autoptr(GPtrArray) matches = NULL;
    gboolean unique;

    extensions = hvn_extension_parse_metadata(self, domain, error);
    if (extensions == NULL)
        return FALSE;
    matches = hvn_extension_match(self, extensions, interfaces, error);
    if (matches == NULL)
        return FALSE;
    for (guint i = 0; i < interfaces->len; i++) {
        xmlNode *node = g_ptr_array_index(interfaces, i);
        const HvnExtension *portable = g_ptr_array_index(matches, i);
        g_autoptr(HvnExtension) inline_one = NULL;

        if (!hvn_xml_parse_inline(self, node, &inline_one, error) || !hvn_extension_check_conflict(inline_one, portable, error) ||
            !hvn_xml_interface_parse(self, node, inline_one, portable, config, error))
            return FALSE;
    }
    return hvn_xml_networks_parse(self, hvn_extension_find_network(self, domain, &unique, NULL), config, error);
}

static void
hvn_xml_parse_name(xmlNode *domain, HvnConfig *config)
{
    for (xmlNode *node = domain->children; node != NULL && config->name == NULL; node = node->next) {
        if (hvn_xml_is(node, "name")) {
            xmlChar *text = xmlNodeGetContent(node);

            config->name = g_strstrip(g_strdup((const char *)text));
            xmlFree(text);
        }
    }
}

static HvnConfig *
hvn_xml_parse_document(const HvnXmlReader *self, xmlDoc *doc, GError **error)
{
    g_autoptr(HvnConfig) config = hvn_config_new();
    xmlNode *root = xmlDocGetRootElement(doc);

    if (root == NULL) {
        hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, self->name,
                             "no root element: expected <domain>, a libvirt domain file");
        return NULL;
    }
    if (!hvn_xml_is(root, "domain")) {
        hvn_xml_set_error(self, root, error, HVN_ERROR_INVALID_CONFIG,
                          "the root element is <%s>%s: expected <domain> without a namespace, a libvirt domain file",
                          (const char *)root->name, root->ns != NULL ? " in a namespace" : "");
        return NULL;
    }
    if (!hvn_xml_check_places(self, root, error) || !hvn_xml_parse_domain(self, root, config, error))
        return NULL;
    hvn_xml_parse_name(root, config);
    if (!hvn_config_finish(config, self->registry, error))
        return NULL;
    return g_steal_pointer(&config);
}

HvnConfig *
hvn_config_load_xml(const char *path, HvnRegistry *registry, GError **error)
{
    g_autoptr(xmlDoc) doc = hvn_schema_parse_file(path, error);
    g_autofree char *directory = g_path_get_dirname(path);
    HvnXmlReader reader = {.name = path, .directory = directory, .registry = registry};

    if (doc == NULL)
        return NULL;
    return hvn_xml_parse_document(&reader, doc, error);
}

HvnConfig *
hvn_config_load_xml_memory(const char *text, gsize len, const char *name, HvnRegistry *registry, GError **error)
{
    g_autoptr(xmlDoc) doc = hvn_schema_parse_memory(text, len, name, error);
    g_autofree char *directory = strchr(name, '/') != NULL ? g_path_get_dirname(name) : NULL;
    HvnXmlReader reader = {.name = name, .directory = directory, .registry = registry};

    if (doc == NULL)
        return NULL;
    return hvn_xml_parse_document(&reader, doc, error);
}
