/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Networks of a domain file. libvirt's words for a place on one (<source network=''/>, <vlan>, <port isolated=''/>) mean the switch backend; the
 * file itself defines a network in our namespace where it has a way out, or where one interface is to be alone on it:
 *
 *   <hvnet:network>
 *     <hvnet:switch name='lan'>
 *       <hvnet:uplink backend='user' net='10.0.3.0/24'/>                                 a way out that carries every VLAN
 *       <hvnet:port vlan='10'> <hvnet:uplink backend='tap' ifname='tap0'/> </hvnet:port>   one of a VLAN
 *     </hvnet:switch>
 */
#include <string.h>

#include "hvn-config-xml-private.h"
#include "hvn-error.h"

#define HVN_NETWORK_BACKEND "switch"
#define HVN_NETWORK_OPTION  "network"

/* ---- <vlan> ---- */

/* one <tag>; what libvirt calls native is the VLAN of frames without a tag */
static gboolean
hvn_xml_vlan_parse_tag(const HvnXmlReader *reader, xmlNode *node, gboolean access, HvnOptions *options, GError **error)
{
    g_autofree char *id = hvn_xml_attribute(node, "id");
    g_autofree char *mode = hvn_xml_attribute(node, "nativeMode");
    g_autofree char *origin = hvn_xml_origin(reader, node);
    guint64          number;

    if (id == NULL || !g_ascii_string_to_unsigned(id, 10, 1, 4094, &number, NULL)) {
        hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG, "invalid id '%s' of <tag>: expected a number from 1 to 4094", id != NULL ? id : "");
        return FALSE;
    }
    if (mode != NULL && strcmp(mode, "untagged") != 0) {
        hvn_xml_set_error(reader, node, error, HVN_ERROR_NOT_SUPPORTED,
                          "nativeMode='%s' of <tag> is not served: expected untagged, or none for frames that have the tag", mode);
        return FALSE;
    }
    if ((access || mode != NULL) && hvn_options_find(options, "vlan") != NULL) {
        hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG, "second VLAN for frames without a tag: expected %s",
                          access ? "trunk='yes' for several" : "one nativeMode");
        return FALSE;
    }
    hvn_options_add(options, access || mode != NULL ? "vlan" : "trunk", id, origin);
    return TRUE;
}

gboolean
hvn_xml_vlan_parse(const HvnXmlReader *reader, xmlNode *node, HvnOptions *options, GError **error)
{
    g_autofree char *trunk = hvn_xml_attribute(node, "trunk");
    gboolean         access = trunk == NULL || strcmp(trunk, "no") == 0;
    gboolean         native = FALSE;

    if (!access && strcmp(trunk, "yes") != 0) {
        hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG, "invalid trunk='%s' of <vlan>: expected yes or no", trunk);
        return FALSE;
    }
    /* as in libvirt, a native VLAN makes a trunk of it */
    for (xmlNode *tag = hvn_xml_next_element(node->children); tag != NULL; tag = hvn_xml_next_element(tag->next))
        native = native || xmlHasProp(tag, BAD_CAST "nativeMode") != NULL;
    for (xmlNode *tag = hvn_xml_next_element(node->children); tag != NULL; tag = hvn_xml_next_element(tag->next)) {
        if (!hvn_xml_is(tag, "tag")) {
            hvn_xml_set_error(reader, tag, error, HVN_ERROR_INVALID_CONFIG, "unknown element <%s> in <vlan>: expected <tag id='42'/>",
                              (const char *)tag->name);
            return FALSE;
        }
        if (!hvn_xml_vlan_parse_tag(reader, tag, access && !native, options, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- networks that the file defines ---- */

static gboolean
hvn_xml_network_refuse(const HvnXmlReader *reader, const xmlNode *node, const char *parent, const char *expected, GError **error)
{
    hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG, "unknown element <%s> in <%s>: expected %s", (const char *)node->name, parent,
                      expected);
    return FALSE;
}

static gboolean
hvn_xml_network_is_named(const HvnConfig *config, const char *name)
{
    for (guint i = 0; i < config->interfaces->len; i++) {
        const HvnInterfaceConfig *interface = g_ptr_array_index(config->interfaces, i);

        if (g_strcmp0(interface->name, name) == 0)
            return TRUE;
    }
    return FALSE;
}

/* an interface that is a backend at a port, and the port's options so far */
static gboolean
hvn_xml_network_add_uplink(const HvnXmlReader *reader, xmlNode *node, const char *network, const HvnOptions *port_options, HvnConfig *config,
                           GError **error)
{
    g_autoptr(HvnExtension) uplink = hvn_extension_parse(reader, node, FALSE, error);
    const char             *backend;
    HvnDescriptor          *descriptor;
    HvnInterfaceConfig     *interface;

    if (uplink == NULL)
        return FALSE;
    backend = uplink->backend != NULL ? uplink->backend : HVN_CONFIG_DEFAULT_BACKEND;
    if (uplink->model != NULL || hvn_options_get_length(uplink->nic_options) > 0)
        return hvn_xml_network_refuse(reader, hvn_xml_next_element(node->children), "uplink", "options of its backend, since it has no NIC", error);
    descriptor = hvn_config_find_plugin(reader->registry, "backend", backend, uplink->origin, error);
    if (descriptor == NULL)
        return FALSE;
    interface = hvn_config_add_interface(config, uplink->origin);
    /* it is called as its network, where nobody else is */
    interface->name = hvn_xml_network_is_named(config, network) ? NULL : g_strdup(network);
    interface->backend = g_strdup(backend);
    for (guint i = 0; i < hvn_options_get_length(uplink->backend_options); i++) {
        const HvnOptionValue *value = hvn_options_get_nth(uplink->backend_options, i);

        hvn_config_add_option(interface->backend_options, descriptor, reader->directory, value->name, value->text, value->origin);
    }
    interface->port = g_strdup(HVN_NETWORK_BACKEND);
    interface->port_origin = g_strdup(uplink->origin);
    hvn_options_free(interface->port_options);
    interface->port_options = port_options != NULL ? hvn_options_copy(port_options) : hvn_options_new();
    hvn_options_add(interface->port_options, HVN_NETWORK_OPTION, network, uplink->origin);
    return TRUE;
}

/* <port>: its options, and the one way out that is there */
static gboolean
hvn_xml_network_add_port(const HvnXmlReader *reader, xmlNode *node, const char *network, HvnConfig *config, GError **error)
{
    g_autoptr(HvnOptions) options = hvn_options_new();
    g_autofree char      *origin = hvn_xml_origin(reader, node);
    xmlNode              *uplink = NULL;

    for (const xmlAttr *attribute = node->properties; attribute != NULL; attribute = attribute->next) {
        g_autofree char *value = hvn_xml_attribute_value(attribute);

        if (attribute->ns == NULL || hvn_extension_is_ours(attribute->ns))
            hvn_options_add(options, (const char *)attribute->name, value, origin);
    }
    for (xmlNode *child = hvn_xml_next_element(node->children); child != NULL; child = hvn_xml_next_element(child->next)) {
        gboolean is_uplink = strcmp((const char *)child->name, "uplink") == 0;

        if (is_uplink && uplink != NULL)
            return hvn_xml_network_refuse(reader, child, "port", "one <uplink>", error);
        if (is_uplink)
            uplink = child;
        else if (!hvn_extension_parse_option(reader, child, options, error))
            return FALSE;
    }
    if (uplink == NULL) {
        hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG, "<port> has nothing at it: expected an <uplink>");
        return FALSE;
    }
    return hvn_xml_network_add_uplink(reader, uplink, network, options, config, error);
}

static gboolean
hvn_xml_network_parse(const HvnXmlReader *reader, xmlNode *node, GHashTable *defined, HvnConfig *config, GError **error)
{
    g_autofree char *name = hvn_xml_attribute(node, "name");

    if (name == NULL || *name == '\0' || g_hash_table_contains(defined, name)) {
        hvn_xml_set_error(reader, node, error, HVN_ERROR_INVALID_CONFIG, "<switch> %s: expected such as name='lan', each once",
                          name == NULL || *name == '\0' ? "has no name" : "is defined twice");
        return FALSE;
    }
    for (xmlNode *child = hvn_xml_next_element(node->children); child != NULL; child = hvn_xml_next_element(child->next)) {
        if (child->ns != NULL && !hvn_extension_is_ours(child->ns))
            continue;
        if (strcmp((const char *)child->name, "uplink") == 0) {
            if (!hvn_xml_network_add_uplink(reader, child, name, NULL, config, error))
                return FALSE;
        } else if (strcmp((const char *)child->name, "port") == 0) {
            if (!hvn_xml_network_add_port(reader, child, name, config, error))
                return FALSE;
        } else {
            return hvn_xml_network_refuse(reader, child, "switch", "<uplink>, or <port> with an <uplink> in it", error);
        }
    }
    g_hash_table_add(defined, g_steal_pointer(&name));
    return TRUE;
}

/* An interface that names a network on which nobody else is has made a mistake, or means one of libvirt's, of which we know nothing. */
static gboolean
hvn_xml_network_check(const HvnConfig *config, GHashTable *defined, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal); /* name: HvnOptionValue, NULL for several */
    GHashTableIter        iter;
    gpointer              name, value;

    for (guint i = 0; i < config->interfaces->len; i++) {
        const HvnInterfaceConfig *interface = g_ptr_array_index(config->interfaces, i);
        const HvnOptionValue     *network = hvn_options_find(interface->backend_options, HVN_NETWORK_OPTION);

        if (network != NULL && strcmp(interface->backend, HVN_NETWORK_BACKEND) == 0 && !g_hash_table_contains(defined, network->text))
            g_hash_table_insert(seen, network->text, g_hash_table_contains(seen, network->text) ? NULL : (gpointer)network);
    }
    g_hash_table_iter_init(&iter, seen);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        const HvnOptionValue *network = value;

        if (network == NULL)
            continue;
        hvn_config_set_error(error, HVN_ERROR_NOT_FOUND, network->origin,
                             "nobody else is on network '%s': expected a second interface on it, or <switch name='%s'> with an <uplink> in <network> of "
                             HVN_DOMAIN_NAMESPACE,
                             network->text, network->text);
        return FALSE;
    }
    return TRUE;
}

gboolean
hvn_xml_networks_parse(const HvnXmlReader *reader, xmlNode *root, HvnConfig *config, GError **error)
{
    g_autoptr(GHashTable) defined = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (xmlNode *node = root != NULL ? hvn_xml_next_element(root->children) : NULL; node != NULL; node = hvn_xml_next_element(node->next)) {
        if ((node->ns == NULL || hvn_extension_is_ours(node->ns)) && strcmp((const char *)node->name, "switch") == 0 &&
            !hvn_xml_network_parse(reader, node, defined, config, error))
            return FALSE;
    }
    return hvn_xml_network_check(config, defined, error);
}
