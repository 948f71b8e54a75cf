/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files that read a domain file share: hvn-config-xml.c walks the document, hvn-config-extension.c reads our own
 * namespace, hvn-config-xml-interface.c libvirt's <interface>, and hvn-config-forward.c its <portForward>. Not installed. */
#pragma once

#include <libxml/tree.h>

#include "hvn-config-private.h"

G_BEGIN_DECLS

/**
 * HvnXmlReader:
 * @name: what messages call the file
 * @directory: (nullable): where relative paths in the file start; %NULL leaves them as they are
 * @registry: the plugins
 */
typedef struct {
    const char *name;
    char *directory;
    HvnRegistry *registry;
} HvnXmlReader;

/**
 * HvnExtension:
 * @node: the element
 * @origin: "file:line"
 * @backend: (nullable): the backend that it names
 * @model: (nullable): the NIC model that it names
 * @alias: (nullable): key of a portable one
 * @mac: (nullable): key of a portable one
 * @index: (nullable): key of a portable one, digits
 * @backend_options: options of the backend
 * @nic_options: options of the NIC
 *
 * What our own namespace says about one interface, inline or portable.
 */
typedef struct {
    xmlNode *node;
    char *origin;
    char *backend;
    char *model;
    char *alias;
    char *mac;
    char *index;
    HvnOptions *backend_options;
    HvnOptions *nic_options;
} HvnExtension;

/* ---- hvn-config-xml.c ---- */

/* "file:line" of an element */
char *
hvn_xml_origin(const HvnXmlReader *self, const xmlNode *node);

/* sets @error to "file:line: TEXT" */
void
hvn_xml_set_error(const HvnXmlReader *self, const xmlNode *node, GError **error, int code, const char *format, ...)
    G_GNUC_PRINTF(5, 6);

/* whether the node is an element of that name in no namespace, as libvirt's are */
gboolean
hvn_xml_is(const xmlNode *node, const char *name);

/* the next element at or after @node among its siblings */
xmlNode *
hvn_xml_next_element(xmlNode *node);

/* the value of an attribute without a namespace, or NULL */
char *
hvn_xml_attribute(const xmlNode *node, const char *name);

/* the value of an attribute */
char *
hvn_xml_attribute_value(const xmlAttr *attribute);

/* whether a text node holds more than white space; FALSE for other nodes */
gboolean
hvn_xml_is_stray_text(const xmlNode *node);

/* ---- hvn-config-extension.c ---- */

/* whether the element belongs to our namespace */
gboolean
hvn_extension_is_ours(const xmlNs *ns);

/* whether a namespace looks like ours and is none that this build knows, such as one of a later version */
gboolean
hvn_extension_is_unknown_version(const xmlNs *ns);

void
hvn_extension_free(HvnExtension *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnExtension, hvn_extension_free)

/* reads <hvnet:options>, or <hvnet:interface> with its keys when @portable */
HvnExtension *
hvn_extension_parse(const HvnXmlReader *reader, xmlNode *node, gboolean portable, GError **error);

/* reads the one <hvnet:network> among the children of <metadata>, each child of it an HvnExtension; none when there is none */
GPtrArray *
hvn_extension_parse_metadata(const HvnXmlReader *reader, xmlNode *domain, GError **error);

/* that <hvnet:network>, NULL when there is none; @unique is FALSE with the error set when there are two */
xmlNode *
hvn_extension_find_network(const HvnXmlReader *reader, xmlNode *domain, gboolean *unique, GError **error);

/* reads <hvnet:NAME>TEXT</hvnet:NAME> */
gboolean
hvn_extension_parse_option(const HvnXmlReader *reader, xmlNode *node, HvnOptions *options, GError **error);

/* for each of the @interfaces (xmlNode) the portable extension that is keyed to it, or NULL; a key that fits none is an error */
GPtrArray *
hvn_extension_match(const HvnXmlReader *reader, GPtrArray *extensions, GPtrArray *interfaces, GError **error);

/* whether both say the same thing, which is an error even when they agree; either may be NULL */
gboolean
hvn_extension_check_conflict(const HvnExtension *inline_one, const HvnExtension *portable, GError **error);

/* ---- hvn-config-xml-interface.c ---- */

/* reads <interface> into a new interface at the end of @config */
gboolean
hvn_xml_interface_parse(const HvnXmlReader *reader, xmlNode *node, const HvnExtension *inline_one, const HvnExtension *portable,
                        HvnConfig *config, GError **error);

/* ---- hvn-config-network.c ---- */

/* reads <vlan> into the options of a port of a switch */
gboolean
hvn_xml_vlan_parse(const HvnXmlReader *reader, xmlNode *node, HvnOptions *options, GError **error);

/* reads each <switch> of <hvnet:network>, which may be NULL: interfaces for the ways out, behind those that are there; then checks that nobody
 * is alone on a network that is not defined */
gboolean
hvn_xml_networks_parse(const HvnXmlReader *reader, xmlNode *root, HvnConfig *config, GError **error);

/* ---- hvn-config-bandwidth.c ---- */

/* reads <bandwidth> into the limits of an interface */
gboolean
hvn_xml_bandwidth_parse(const HvnXmlReader *reader, xmlNode *node, HvnInterfaceConfig *config, GError **error);

/* ---- hvn-config-forward.c ---- */

/* reads <portForward> into hostfwd rules */
gboolean
hvn_xml_forward_parse(const HvnXmlReader *reader, xmlNode *node, HvnOptions *options, GError **error);

G_END_DECLS
