/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our own namespace in a domain file. It may say the same things in two places:
 *
 *   inline     <interface type='user'> <hvnet:options net='192.168.76.0/24'> <hvnet:hostfwd>...</hvnet:hostfwd> ...
 *   portable   <metadata> <hvnet:network> <hvnet:interface alias='ua-lan0' net='192.168.76.0/24'> ...
 *
 * In both, an attribute or a child is an option of the backend, and the child <hvnet:nic> holds the options of the NIC the same
 * way; an option that may be given several times is a child each time. Which options there are the descriptor of the plugin
 * says: this file knows none. `backend` names the backend, `model` of <hvnet:nic> the NIC; `alias`, `mac` and `index` of a
 * portable interface are its key, so an option of such a name is written as a child. The namespace is matched by its URI;
 * children may stand in it or in none, since tools that rewrite metadata do either. */
#include <string.h>

#include "hvn-config-xml-private.h"
#include "hvn-error.h"
#include "hvn-mac.h"

gboolean
hvn_extension_is_ours(const xmlNs *ns)
{
    return ns != NULL && strcmp((const char *)ns->href, HVN_DOMAIN_NAMESPACE) == 0;
}

gboolean
hvn_extension_is_unknown_version(const xmlNs *ns)
{
    return ns != NULL && g_str_has_prefix((const char *)ns->href, "urn:hvnet:") && !hvn_extension_is_ours(ns);
}

void
hvn_extension_free(HvnExtension *self)
{
    if (self == NULL)
        return;
    g_free(self->origin);
    g_free(self->backend);
    g_free(self->model);
    g_free(self->alias);
    g_free(self->mac);
    g_free(self->index);
    hvn_options_free(self->backend_options);
    hvn_options_free(self->nic_options);
    g_free(self);
}

/* a child in our namespace or in none; another namespace is somebody else's, unless it is a version of ours */
static gboolean
hvn_extension_check_child(const HvnXmlReader *reader, xmlNode *node, gboolean *ours, GError **error)
{
    *ours = FALSE;
    if (hvn_xml_is_stray_text(node)) {
        hvn_xml_set_error(reader, node->parent, error, HVN_ERROR_INVALID_CONFIG,
                          "text between the children of <%s>: expected options, as attributes or as elements",
                          (const char *)node->parent->name);
        return FALSE;
    }
    if (node->type != XML_ELEMENT_NODE)
        return TRUE;
    if (hvn_extension_is_unknown_version(node->ns)) {
        hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG,
                          "unknown namespace '%s' of <%s>: expected " HVN_DOMAIN_NAMESPACE, (const char *)node->ns->href,
                          (const char *)node->name);
        return FALSE;
    }
    *ours = node->ns == NULL || hvn_extension_is_ours(node->ns);
    return TRUE;
}

/* the text of <hvnet:NAME>TEXT</hvnet:NAME>, NULL with the error set when there is more than text */
static char *
hvn_extension_child_text(const HvnXmlReader *reader, xmlNode *node, GError **error)
{
    xmlChar *content;
    char *text;

    if (node->properties != NULL || hvn_xml_next_element(node->children) != NULL) {
        hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG,
                          "<%s> is an option: expected its value as text, without attributes or elements",
                          (const char *)node->name);
        return NULL;
    }
    content = xmlNodeGetContent(node);
    text = g_strstrip(g_strdup(content != NULL ? (const char *)content : ""));
    xmlFree(content);
    return text;
}

/* reads the attributes of @node: those that @keys names go into @slots, the rest are options */
static void
hvn_extension_parse_attributes(const xmlNode *node, const char *const *keys, char ***slots, HvnOptions *options,
                               const char *origin)
{
    for (const xmlAttr *attribute = node->properties; attribute != NULL; attribute = attribute->next) {
        const char *name = (const char *)attribute->name;
        g_autofree char *value = hvn_xml_attribute_value(attribute);
        char **slot = NULL;

        if (attribute->ns != NULL && !hvn_extension_is_ours(attribute->ns))
            continue;
        for (guint i = 0; keys[i] != NULL; i++) {
            if (strcmp(keys[i], name) == 0)
                slot = slots[i];
        }
        if (slot != NULL && *slot == NULL)
            *slot = g_steal_pointer(&value);
        else
            hvn_options_add(options, name, value, origin);
    }
}

gboolean
hvn_extension_parse_option(const HvnXmlReader *reader, xmlNode *node, HvnOptions *options, GError **error)
{
    g_autofree char *text = hvn_extension_child_text(reader, node, error);
    g_autofree char *origin = hvn_xml_origin(reader, node);

    if (text == NULL)
        return FALSE;
    hvn_options_add(options, (const char *)node->name, text, origin);
    return TRUE;
}

static gboolean
hvn_extension_parse_nic(HvnExtension *self, const HvnXmlReader *reader, xmlNode *node, GError **error)
{
    static const char *const keys[] = {"model", NULL};
    char **slots[] = {&self->model};
    g_autofree char *origin = hvn_xml_origin(reader, node);

    hvn_extension_parse_attributes(node, keys, slots, self->nic_options, origin);
    for (xmlNode *child = node->children; child != NULL; child = child->next) {
        gboolean ours;

        if (!hvn_extension_check_child(reader, child, &ours, error) ||
            (ours && !hvn_extension_parse_option(reader, child, self->nic_options, error)))
            return FALSE;
    }
    return TRUE;
}

static gboolean
hvn_extension_parse_children(HvnExtension *self, const HvnXmlReader *reader, GError **error)
{
    const xmlNode *nic = NULL;

    for (xmlNode *child = self->node->children; child != NULL; child = child->next) {
        gboolean ours;

        if (!hvn_extension_check_child(reader, child, &ours, error))
            return FALSE;
        if (!ours)
            continue;
        if (strcmp((const char *)child->name, "nic") != 0) {
            if (!hvn_extension_parse_option(reader, child, self->backend_options, error))
                return FALSE;
            continue;
        }
        if (nic != NULL) {
            hvn_xml_set_error(reader, child, error, HVN_ERROR_INVALID_CONFIG,
                              "second <nic> for one interface: the first is in line %ld", xmlGetLineNo((xmlNode *)nic));
            return FALSE;
        }
        nic = child;
        if (!hvn_extension_parse_nic(self, reader, child, error))
            return FALSE;
    }
    return TRUE;
}

HvnExtension *
hvn_extension_parse(const HvnXmlReader *reader, xmlNode *node, gboolean portable, GError **error)
{
    static const char *const inline_keys[] = {"backend", NULL};
    static const char *const portable_keys[] = {"backend", "alias", "mac", "index", NULL};
    g_autoptr(HvnExtension) self = g_new0(HvnExtension, 1);
    char **slots[] = {&self->backend, &self->alias, &self->mac, &self->index};

    self->node = node;
    self->origin = hvn_xml_origin(reader, node);
    self->backend_options = hvn_options_new();
    self->nic_options = hvn_options_new();
    hvn_extension_parse_attributes(node, portable ? portable_keys : inline_keys, slots, self->backend_options, self->origin);
    if (!hvn_extension_parse_children(self, reader, error))
        return NULL;
    if (portable && self->alias == NULL && self->mac == NULL && self->index == NULL) {
        hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG,
                          "<interface> of <network> names no interface: expected alias='ua-...', mac='...' or index='0'");
        return NULL;
    }
    return g_steal_pointer(&self);
}

/* ---- the portable place ---- */

xmlNode *
hvn_extension_find_network(const HvnXmlReader *reader, xmlNode *domain, gboolean *unique, GError **error)
{
    xmlNode *network = NULL;

    *unique = TRUE;
    for (xmlNode *metadata = domain->children; metadata != NULL; metadata = metadata->next) {
        if (!hvn_xml_is(metadata, "metadata"))
            continue;
        for (xmlNode *node = metadata->children; node != NULL; node = node->next) {
            if (node->type != XML_ELEMENT_NODE || !hvn_extension_is_ours(node->ns))
                continue;
            if (network != NULL) {
                hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG,
                                  "second <network> in <metadata>, of which libvirt keeps only one: the first is in line %ld",
                                  xmlGetLineNo(network));
                *unique = FALSE;
                return NULL;
            }
            network = node;
        }
    }
    return network;
}

GPtrArray *
hvn_extension_parse_metadata(const HvnXmlReader *reader, xmlNode *domain, GError **error)
{
    g_autoptr(GPtrArray) extensions = g_ptr_array_new_with_free_func((GDestroyNotify)hvn_extension_free);
    gboolean unique;
    xmlNode *network = hvn_extension_find_network(reader, domain, &unique, error);

    if (!unique)
        return NULL;
    for (xmlNode *node = network != NULL ? network->children : NULL; node != NULL; node = node->next) {
        HvnExtension *extension;
        gboolean ours;

        if (!hvn_extension_check_child(reader, node, &ours, error))
            return NULL;
        if (!ours)
            continue;
        if (strcmp((const char *)node->name, "switch") == 0)
            continue; /* hvn-config-network.c reads it */
        if (strcmp((const char *)node->name, "interface") != 0) {
            hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG,
                              "unknown element <%s> in <network>: expected <interface> or <switch>", (const char *)node->name);
            return NULL;
        }
        extension = hvn_extension_parse(reader, node, TRUE, error);
        if (extension == NULL)
            return NULL;
        g_ptr_array_add(extensions, extension);
    }
    return g_steal_pointer(&extensions);
}

/* an attribute of a child of <interface>, such as the name of its <alias> */
static char *
hvn_extension_interface_key(const xmlNode *interface, const char *element, const char *attribute)
{
    for (xmlNode *node = interface->children; node != NULL; node = node->next) {
        if (hvn_xml_is(node, element))
            return hvn_xml_attribute(node, attribute);
    }
    return NULL;
}

static gboolean
hvn_extension_same_mac(const char *a, const char *b)
{
    HvnMac first, second;

    return hvn_mac_parse(a, &first, NULL) && hvn_mac_parse(b, &second, NULL) && memcmp(&first, &second, sizeof(first)) == 0;
}

/* the positions of the interfaces that have this key: how many, and the first */
static guint
hvn_extension_find_key(GPtrArray *interfaces, const char *key, gboolean is_mac, guint *position)
{
    guint n_found = 0;

    for (guint i = 0; i < interfaces->len; i++) {
        const xmlNode *interface = g_ptr_array_index(interfaces, i);
        g_autofree char *value = hvn_extension_interface_key(interface, is_mac ? "mac" : "alias", is_mac ? "address" : "name");

        if (value == NULL || !(is_mac ? hvn_extension_same_mac(value, key) : strcmp(value, key) == 0))
            continue;
        if (n_found++ == 0)
            *position = i;
    }
    return n_found;
}

static char *
hvn_extension_describe_keys(const HvnExtension *self)
{
    GString *text = g_string_new(NULL);

    if (self->alias != NULL)
        g_string_append_printf(text, " alias='%s'", self->alias);
    if (self->mac != NULL)
        g_string_append_printf(text, " mac='%s'", self->mac);
    if (self->index != NULL)
        g_string_append_printf(text, " index='%s'", self->index);
    return g_string_free(text, FALSE);
}

/* an alias is kept by libvirt as it was written, a MAC address may change when a domain is cloned: so the alias decides where
 * it fits */
static gboolean
hvn_extension_find_interface(const HvnExtension *self, const HvnXmlReader *reader, GPtrArray *interfaces, guint *position,
                             GError **error)
{
    g_autofree char *keys = NULL;
    guint64 index;
    guint n_found = 0;

    if (self->alias != NULL)
        n_found = hvn_extension_find_key(interfaces, self->alias, FALSE, position);
    if (n_found == 0 && self->mac != NULL)
        n_found = hvn_extension_find_key(interfaces, self->mac, TRUE, position);
    if (n_found == 0 && self->index != NULL && g_ascii_string_to_unsigned(self->index, 10, 0, G_MAXUINT, &index, NULL) &&
        index < interfaces->len) {
        *position = index;
        n_found = 1;
    }
    if (n_found == 1)
        return TRUE;
    keys = hvn_extension_describe_keys(self);
    hvn_xml_set_error(reader, self->node, error, HVN_ERROR_INVALID_CONFIG,
                      "<interface%s> of <network> fits %s: expected exactly one", keys,
                      n_found == 0 ? "no interface of this domain" : "several interfaces of this domain");
    return FALSE;
}

GPtrArray *
hvn_extension_match(const HvnXmlReader *reader, GPtrArray *extensions, GPtrArray *interfaces, GError **error)
{
    g_autoptr(GPtrArray) matches = g_ptr_array_new();

    g_ptr_array_set_size(matches, interfaces->len);
    for (guint i = 0; i < extensions->len; i++) {
        HvnExtension *extension = g_ptr_array_index(extensions, i);
        const HvnExtension *other;
        guint position = 0;

        if (!hvn_extension_find_interface(extension, reader, interfaces, &position, error))
            return NULL;
        other = g_ptr_array_index(matches, position);
        if (other != NULL) {
            hvn_xml_set_error(
                reader, extension->node, error, HVN_ERROR_INVALID_CONFIG,
                "<interface> of <network> fits the interface in line %ld, as the one in line %ld does: expected one each",
                xmlGetLineNo(g_ptr_array_index(interfaces, position)), xmlGetLineNo(other->node));
            return NULL;
        }
        matches->pdata[position] = extension;
    }
    return g_steal_pointer(&matches);
}

/* ---- both places ---- */

static gboolean
hvn_extension_check_options(const HvnOptions *inline_options, const HvnOptions *portable_options, GError **error)
{
    for (guint i = 0; i < hvn_options_get_length(portable_options); i++) {
        const HvnOptionValue *value = hvn_options_get_nth(portable_options, i);
        const HvnOptionValue *other = hvn_options_find(inline_options, value->name);

        if (other == NULL)
            continue;
        hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, value->origin,
                             "option '%s' of <network> is given in <options> at %s too: expected in one place", value->name,
                             other->origin);
        return FALSE;
    }
    return TRUE;
}

gboolean
hvn_extension_check_conflict(const HvnExtension *inline_one, const HvnExtension *portable, GError **error)
{
    const char *both = NULL;

    if (inline_one == NULL || portable == NULL)
        return TRUE;
    if (inline_one->backend != NULL && portable->backend != NULL)
        both = "backend";
    else if (inline_one->model != NULL && portable->model != NULL)
        both = "model";
    if (both != NULL) {
        hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, portable->origin,
                             "'%s' of <network> is given in <options> at %s too: expected in one place", both,
                             inline_one->origin);
        return FALSE;
    }
    return hvn_extension_check_options(inline_one->backend_options, portable->backend_options, error) &&
           hvn_extension_check_options(inline_one->nic_options, portable->nic_options, error);
}
