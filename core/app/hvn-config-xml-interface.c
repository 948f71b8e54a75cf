/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's <interface>: what its elements mean for a NIC and a backend. A table names every element and what becomes of it: it
 * is read here, it is the hypervisor's (a PCI address, a boot order), or it asks for something of the network. Of the last, an
 * attribute is taken by the plugin whose descriptor claims it (<option xml="mtu/@size">); one that nobody claims is refused by
 * name, never ignored. */
#include <gio/gio.h>
#include <string.h>

#include "hvn-config-type.h"
#include "hvn-config-xml-private.h"
#include "hvn-error.h"
#include "hvn-text.h"

typedef struct _HvnXmlInterface HvnXmlInterface;

/* reads one element; @origin is its place */
typedef gboolean (*HvnXmlElementFunc)(HvnXmlInterface *self, xmlNode *node, const char *origin, GError **error);

typedef struct {
    const char *name;
    gboolean once;           /* a second one is an error */
    gboolean hypervisors;    /* nothing to us: left alone with all that is in it, but what @parse hands on */
    gboolean own_children;   /* parse() reads what is in it; else the descriptors claim it */
    const char *attributes;  /* (nullable): what parse() understands, between spaces; others are looked up in the descriptors */
    HvnXmlElementFunc parse; /* (nullable) */
} HvnXmlElement;

/* one <interface> on its way into the configuration */
struct _HvnXmlInterface {
    const HvnXmlReader *reader;
    HvnInterfaceConfig *config;
    HvnDescriptor *nic;     /* not owned */
    HvnDescriptor *backend; /* not owned */
    const char *type_backend; /* what the type of the interface stands for; our namespace may name another */
    const char *source; /* (nullable): the option that an address and a port of <source> are */
    gboolean has_ipv4;
    gboolean has_ipv6;
};

/* libvirt's spelling of an option that a descriptor may have without claiming the path */
static const struct {
    const char *path;
    const char *option;
} hvn_xml_known_paths[] = {
    {"mtu/@size", "mtu"},
    {"backend/@hostname", "hostname"},
};

static gboolean
hvn_xml_interface_error(HvnXmlInterface *self, const xmlNode *node, GError **error, int code, const char *format, ...)
    G_GNUC_PRINTF(5, 6);

static gboolean
hvn_xml_interface_error(HvnXmlInterface *self, const xmlNode *node, GError **error, int code, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    hvn_xml_set_error(self->reader, node, error, code, "%s", text);
    return FALSE;
}

/* ---- attributes that a descriptor claims ---- */

/* the option for a path from <interface>; by the descriptor's own word first, by the well-known name else */
static const HvnOption *
hvn_xml_find_claim(const HvnDescriptor *descriptor, const char *path)
{
    for (guint i = 0; i < descriptor->options->len; i++) {
        const HvnOption *option = g_ptr_array_index(descriptor->options, i);

        if (option->xml != NULL && strcmp(option->xml, path) == 0)
            return option;
    }
    for (guint i = 0; i < G_N_ELEMENTS(hvn_xml_known_paths); i++) {
        if (strcmp(hvn_xml_known_paths[i].path, path) == 0)
            return hvn_descriptor_find_option(descriptor, hvn_xml_known_paths[i].option);
    }
    return NULL;
}

static gboolean
hvn_xml_claim(HvnXmlInterface *self, const char *path, const char *value, const char *origin)
{
    const HvnOption *option = hvn_xml_find_claim(self->nic, path);
    gboolean is_nic = option != NULL;

    if (!is_nic)
        option = hvn_xml_find_claim(self->backend, path);
    if (option == NULL)
        return FALSE;
    hvn_config_add_option(is_nic ? self->config->nic_options : self->config->backend_options, is_nic ? self->nic : self->backend,
                          self->reader->directory, option->name, value, origin);
    return TRUE;
}

static gboolean
hvn_xml_is_listed(const char *list, const char *name)
{
    g_auto(GStrv) names = g_strsplit(list, " ", -1);

    return g_strv_contains((const char *const *)names, name);
}

/* every attribute of @node that its own reader does not understand must be claimed */
static gboolean
hvn_xml_claim_attributes(HvnXmlInterface *self, xmlNode *node, const char *path, const char *understood, const char *origin,
                         GError **error)
{
    for (const xmlAttr *attribute = node->properties; attribute != NULL; attribute = attribute->next) {
        const char *name = (const char *)attribute->name;
        g_autofree char *attribute_path = g_strdup_printf("%s/@%s", path, name);
        g_autofree char *value = hvn_xml_attribute_value(attribute);

        if ((attribute->ns != NULL && !hvn_extension_is_ours(attribute->ns)) ||
            (understood != NULL && hvn_xml_is_listed(understood, name)))
            continue;
        if (!hvn_xml_claim(self, attribute_path, value, origin))
            return hvn_xml_interface_error(self, node, error, HVN_ERROR_NOT_SUPPORTED,
                                           "attribute %s='%s' of <%s> is not served by backend '%s' or NIC '%s'%s%s", name, value,
                                           path, self->backend->name, self->nic->name, understood != NULL ? "; accepted: " : "",
                                           understood != NULL ? understood : "");
    }
    return TRUE;
}

/* the same for the elements below @node, as in <driver><host tso4='off'/></driver>; the parser bounds their depth */
static gboolean
hvn_xml_claim_children(HvnXmlInterface *self, xmlNode *node, const char *path, GError **error)
{
    for (xmlNode *child = hvn_xml_next_element(node->children); child != NULL; child = hvn_xml_next_element(child->next)) {
        g_autofree char *child_path = g_strdup_printf("%s/%s", path, (const char *)child->name);
        g_autofree char *origin = hvn_xml_origin(self->reader, child);

        if (child->ns != NULL)
            continue;
        /* one that says it by standing there, or by its text, is not a thing that a descriptor can claim */
        if (child->properties == NULL && hvn_xml_next_element(child->children) == NULL)
            return hvn_xml_interface_error(self, child, error, HVN_ERROR_NOT_SUPPORTED,
                                           "<%s> is not served by backend '%s' or NIC '%s'", child_path, self->backend->name,
                                           self->nic->name);
        if (!hvn_xml_claim_attributes(self, child, child_path, NULL, origin, error) ||
            !hvn_xml_claim_children(self, child, child_path, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- the elements ---- */

static gboolean
hvn_xml_parse_mac(HvnXmlInterface *self, xmlNode *node, const char *origin, GError **error)
{
    g_autofree char *address = hvn_xml_attribute(node, "address");

    if (address == NULL)
        return hvn_xml_interface_error(self, node, error, HVN_ERROR_INVALID_CONFIG,
                                       "<mac> has no address: expected address='52:54:00:12:34:56'");
    hvn_options_add(self->config->nic_options, "mac", address, origin);
    return TRUE;
}

static gboolean
hvn_xml_parse_link(HvnXmlInterface *self, xmlNode *node, const char *origin, GError **error)
{
    g_autofree char *state = hvn_xml_attribute(node, "state");

    if (state == NULL || (strcmp(state, "up") != 0 && strcmp(state, "down") != 0))
        return hvn_xml_interface_error(self, node, error, HVN_ERROR_INVALID_CONFIG,
                                       "invalid state '%s' of <link>: expected up or down", state != NULL ? state : "");
    self->config->link_up = strcmp(state, "up") == 0;
    return TRUE;
}

static gboolean
hvn_xml_parse_alias(HvnXmlInterface *self, xmlNode *node, const char *origin, GError **error)
{
    g_autofree char *name = hvn_xml_attribute(node, "name");

    if (name == NULL || !hvn_config_is_identifier(name))
        return hvn_xml_interface_error(self, node, error, HVN_ERROR_INVALID_CONFIG,
                                       "invalid name '%s' of <alias>: expected " HVN_CONFIG_IDENTIFIER, name != NULL ? name : "");
    self->config->name = g_steal_pointer(&name);
    return TRUE;
}

/* the number after the slash, "" for none; libvirt takes 4 to 27 for IPv4, and 64 for IPv6 */
static gboolean
hvn_xml_parse_prefix(HvnXmlInterface *self, xmlNode *node, gboolean ipv6, char **suffix, GError **error)
{
    g_autofree char *prefix = hvn_xml_attribute(node, "prefix");
    guint64 number = 0;

    *suffix = NULL;
    if (prefix != NULL && !g_ascii_string_to_unsigned(prefix, 10, 0, 128, &number, NULL))
        number = G_MAXUINT64;
    if (number != 0 && (ipv6 ? number != 64 : number < 4 || number > 27))
        return hvn_xml_interface_error(self, node, error, HVN_ERROR_INVALID_CONFIG, "invalid prefix '%s' of <ip>: expected %s",
                                       prefix, ipv6 ? "64" : "a number from 4 to 27");
    *suffix = number != 0 ? g_strdup_printf("/%" G_GUINT64_FORMAT, number) : g_strdup("");
    return TRUE;
}

/* which network the guest gets, not which address: libvirt documents that only the network part counts */
static gboolean
hvn_xml_parse_ip(HvnXmlInterface *self, xmlNode *node, const char *origin, GError **error)
{
    g_autofree char *address = hvn_xml_attribute(node, "address");
    g_autofree char *family = hvn_xml_attribute(node, "family");
    gboolean ipv6 = family != NULL && strcmp(family, "ipv6") == 0;
    gboolean *has = ipv6 ? &self->has_ipv6 : &self->has_ipv4;
    g_autoptr(GInetAddress) parsed = address != NULL ? g_inet_address_new_from_string(address) : NULL;
    g_autofree char *suffix = NULL;
    g_autofree char *text = NULL;
    const char *option = ipv6 ? "ipv6-net" : "net";

    if (family != NULL && !ipv6 && strcmp(family, "ipv4") != 0)
        return hvn_xml_interface_error(self, node, error, HVN_ERROR_INVALID_CONFIG,
                                       "invalid family '%s' of <ip>: expected ipv4 or ipv6", family);
    if (parsed == NULL || (g_inet_address_get_family(parsed) == G_SOCKET_FAMILY_IPV6) != ipv6)
        return hvn_xml_interface_error(self, node, error, HVN_ERROR_INVALID_CONFIG,
                                       "invalid address '%s' of <ip>: expected an %s address%s", address != NULL ? address : "",
                                       ipv6 ? "IPv6" : "IPv4", ipv6 ? "" : ", or family='ipv6' for an IPv6 address");
    if (*has)
        return hvn_xml_interface_error(
            self, node, error, HVN_ERROR_INVALID_CONFIG,
            "second <ip> of family %s: expected one of each family, since the backend serves one network",
            ipv6 ? "ipv6" : "ipv4");
    *has = TRUE;
    if (!hvn_xml_parse_prefix(self, node, ipv6, &suffix, error))
        return FALSE;
    if (hvn_descriptor_find_option(self->backend, option) == NULL)
        return hvn_xml_interface_error(self, node, error, HVN_ERROR_NOT_SUPPORTED, "<ip> is not served by backend '%s'",
                                       self->backend->name);
    text = g_strconcat(address, suffix, NULL);
    hvn_options_add(self->config->backend_options, option, text, origin);
    return TRUE;
}

static gboolean
hvn_xml_parse_forward(HvnXmlInterface *self, xmlNode *node, const char *origin, GError **error)
{
    if (hvn_descriptor_find_option(self->backend, "hostfwd") == NULL)
        return hvn_xml_interface_error(self, node, error, HVN_ERROR_NOT_SUPPORTED, "<portForward> is not served by backend '%s'",
                                       self->backend->name);
    return hvn_xml_forward_parse(self->reader, node, self->config->backend_options, error);
}

/* passt is asked for where libvirt needs it for port forwards; the user backend serves these itself */
static gboolean
hvn_xml_parse_backend(HvnXmlInterface *self, xmlNode *node, const char *origin, GError **error)
{
    g_autofree char *type = hvn_xml_attribute(node, "type");

    if (type != NULL && strcmp(type, "passt") != 0 && strcmp(type, "default") != 0)
        return hvn_xml_interface_error(self, node, error, HVN_ERROR_INVALID_CONFIG,
                                       "invalid type '%s' of <backend>: expected passt or default", type);
    return TRUE;
}

/* "address:port" of <source> or of its <local>, as the socket backend takes it; an option of the backend */
static gboolean
hvn_xml_parse_socket(HvnXmlInterface *self, xmlNode *node, const char *option, const char *origin, GError **error)
{
    g_autofree char *address = hvn_xml_attribute(node, "address");
    g_autofree char *port = hvn_xml_attribute(node, "port");
    g_autofree char *text = NULL;
    guint64 number;

    if (port == NULL || !g_ascii_string_to_unsigned(port, 10, 1, 65535, &number, NULL))
        return hvn_xml_interface_error(self, node, error, HVN_ERROR_INVALID_CONFIG, "invalid port '%s' of <%s>: expected a number from 1 to 65535",
                                       port != NULL ? port : "", (const char *)node->name);
    if (address == NULL && strcmp(option, "listen") != 0)
        return hvn_xml_interface_error(self, node, error, HVN_ERROR_INVALID_CONFIG, "<%s> has no address: expected such as address='192.0.2.1'",
                                       (const char *)node->name);
    if (hvn_descriptor_find_option(self->backend, option) == NULL)
        return hvn_xml_interface_error(self, node, error, HVN_ERROR_NOT_SUPPORTED, "<%s address='' port=''> is not served by backend '%s'",
                                       (const char *)node->name, self->backend->name);
    text = g_strdup_printf(address != NULL && strchr(address, ':') != NULL ? "[%s]:%s" : "%s:%s", address != NULL ? address : "", port);
    hvn_options_add(self->config->backend_options, option, text, origin);
    return TRUE;
}

/* of server, client, mcast and udp: where the frames go; of others what a descriptor claims */
static gboolean
hvn_xml_parse_source(HvnXmlInterface *self, xmlNode *node, const char *origin, GError **error)
{
    gboolean udp = g_strcmp0(self->source, "udp") == 0;

    if (self->source == NULL) {
        if (xmlHasProp(node, (const xmlChar *)"address") == NULL && xmlHasProp(node, (const xmlChar *)"port") == NULL)
            return hvn_xml_claim_children(self, node, "source", error);
        return hvn_xml_interface_error(self, node, error, HVN_ERROR_NOT_SUPPORTED,
                                       "<source address='' port=''> says nothing here: expected an interface of type server, client, mcast or udp");
    }
    for (xmlNode *child = hvn_xml_next_element(node->children); child != NULL; child = hvn_xml_next_element(child->next)) {
        g_autofree char *child_origin = hvn_xml_origin(self->reader, child);

        if (!udp || !hvn_xml_is(child, "local"))
            return hvn_xml_interface_error(self, child, error, HVN_ERROR_NOT_SUPPORTED, "unknown element <%s> in <source>%s",
                                           (const char *)child->name, udp ? ": expected <local address='' port=''/>" : ": expected none");
        if (!hvn_xml_parse_socket(self, child, "localaddr", child_origin, error))
            return FALSE;
    }
    return hvn_xml_parse_socket(self, node, self->source, origin, error);
}

/* the name of the host's interface, for a backend that has one. libvirt does not keep names that it makes itself, but writes them */
static gboolean
hvn_xml_parse_target(HvnXmlInterface *self, xmlNode *node, const char *origin, GError **error)
{
    static const char *const made[] = {"vnet", "macvtap", "macvlan"};
    g_autofree char *dev = hvn_xml_attribute(node, "dev");

    for (guint i = 0; dev != NULL && i < G_N_ELEMENTS(made); i++) {
        if (g_str_has_prefix(dev, made[i]) && g_ascii_isdigit(dev[strlen(made[i])]))
            return TRUE;
    }
    if (dev != NULL)
        hvn_xml_claim(self, "target/@dev", dev, origin);
    return TRUE;
}

static gboolean
hvn_xml_parse_boot(HvnXmlInterface *self, xmlNode *node, const char *origin, GError **error)
{
    g_autofree char *order = hvn_xml_attribute(node, "order");

    if (order != NULL)
        hvn_options_add(self->config->hypervisor_options, "bootindex", order, origin);
    return TRUE;
}

static gboolean
hvn_xml_parse_rom(HvnXmlInterface *self, xmlNode *node, const char *origin, GError **error)
{
    g_autofree char *file = hvn_xml_attribute(node, "file");
    g_autofree char *enabled = hvn_xml_attribute(node, "enabled");
    g_autofree char *bar = hvn_xml_attribute(node, "bar");

    if (g_strcmp0(enabled, "no") == 0)
        hvn_options_add(self->config->hypervisor_options, "romfile", "", origin);
    else if (file != NULL)
        hvn_options_add(self->config->hypervisor_options, "romfile", file, origin);
    if (g_strcmp0(bar, "on") == 0 || g_strcmp0(bar, "off") == 0)
        hvn_options_add(self->config->hypervisor_options, "rombar", strcmp(bar, "on") == 0 ? "1" : "0", origin);
    return TRUE;
}

/* of a port that knows VLANs; empty it says nothing */
static gboolean
hvn_xml_parse_vlan(HvnXmlInterface *self, xmlNode *node, const char *origin, GError **error)
{
    if (hvn_xml_next_element(node->children) == NULL && node->properties == NULL)
        return TRUE;
    if (hvn_descriptor_find_option(self->backend, "vlan") == NULL || hvn_descriptor_find_option(self->backend, "trunk") == NULL)
        return hvn_xml_interface_error(self, node, error, HVN_ERROR_NOT_SUPPORTED, "<vlan> is not served by backend '%s'", self->backend->name);
    return hvn_xml_vlan_parse(self->reader, node, self->config->backend_options, error);
}

static gboolean
hvn_xml_parse_bandwidth(HvnXmlInterface *self, xmlNode *node, const char *origin, GError **error)
{
    return hvn_xml_bandwidth_parse(self->reader, node, self->config, error);
}

static const HvnXmlElement hvn_xml_elements[] = {
    {.name = "mac", .once = TRUE, .attributes = "address type check currentAddress", .parse = hvn_xml_parse_mac},
    {.name = "model", .once = TRUE, .attributes = "type"},
    {.name = "link", .once = TRUE, .attributes = "state", .parse = hvn_xml_parse_link},
    {.name = "mtu", .once = TRUE},
    {.name = "ip", .attributes = "address family prefix", .parse = hvn_xml_parse_ip},
    {.name = "portForward", .own_children = TRUE, .attributes = "proto address dev", .parse = hvn_xml_parse_forward},
    {.name = "alias", .once = TRUE, .attributes = "name", .parse = hvn_xml_parse_alias},
    {.name = "backend", .once = TRUE, .attributes = "type", .parse = hvn_xml_parse_backend},
    {.name = "acpi", .hypervisors = TRUE},
    {.name = "address", .hypervisors = TRUE},
    {.name = "boot", .hypervisors = TRUE, .parse = hvn_xml_parse_boot},
    {.name = "rom", .hypervisors = TRUE, .parse = hvn_xml_parse_rom},
    {.name = "target", .once = TRUE, .attributes = "dev managed", .parse = hvn_xml_parse_target},
    {.name = "actual"},
    {.name = "backenddomain"},
    {.name = "bandwidth", .once = TRUE, .own_children = TRUE, .parse = hvn_xml_parse_bandwidth},
    {.name = "coalesce"},
    {.name = "downscript", .once = TRUE},
    {.name = "driver"},
    {.name = "filterref"},
    {.name = "guest"},
    {.name = "port"},
    {.name = "route"},
    {.name = "script", .once = TRUE},
    {.name = "source", .once = TRUE, .own_children = TRUE, .attributes = "address port", .parse = hvn_xml_parse_source},
    {.name = "teaming"},
    {.name = "tune"},
    {.name = "virtualport"},
    {.name = "vlan", .once = TRUE, .own_children = TRUE, .attributes = "trunk", .parse = hvn_xml_parse_vlan},
};

static const HvnXmlElement *
hvn_xml_find_element(HvnXmlInterface *self, const xmlNode *node, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autofree char *accepted = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(hvn_xml_elements); i++) {
        if (strcmp((const char *)node->name, hvn_xml_elements[i].name) == 0)
            return &hvn_xml_elements[i];
        if (hvn_xml_elements[i].parse != NULL || hvn_xml_elements[i].hypervisors || hvn_xml_elements[i].once)
            g_ptr_array_add(names, (gpointer)hvn_xml_elements[i].name);
    }
    accepted = hvn_text_accepted((const char *)node->name, names);
    hvn_xml_interface_error(self, node, error, HVN_ERROR_INVALID_CONFIG, "unknown element <%s> in <interface>%s",
                            (const char *)node->name, accepted);
    return NULL;
}

static gboolean
hvn_xml_parse_element(HvnXmlInterface *self, xmlNode *node, gboolean *seen, GError **error)
{
    const HvnXmlElement *element = hvn_xml_find_element(self, node, error);
    g_autofree char *origin = hvn_xml_origin(self->reader, node);

    if (element == NULL)
        return FALSE;
    if (element->hypervisors)
        return element->parse == NULL || element->parse(self, node, origin, error);
    if (element->once && seen[element - hvn_xml_elements])
        return hvn_xml_interface_error(self, node, error, HVN_ERROR_INVALID_CONFIG,
                                       "second <%s> in one <interface>: expected one", element->name);
    seen[element - hvn_xml_elements] = TRUE;
    if (!hvn_xml_claim_attributes(self, node, element->name, element->attributes, origin, error))
        return FALSE;
    if (!element->own_children && !hvn_xml_claim_children(self, node, element->name, error))
        return FALSE;
    return element->parse == NULL || element->parse(self, node, origin, error);
}

static gboolean
hvn_xml_parse_elements(HvnXmlInterface *self, xmlNode *interface, GError **error)
{
    gboolean seen[G_N_ELEMENTS(hvn_xml_elements)] = {FALSE};

    for (xmlNode *node = interface->children; node != NULL; node = node->next) {
        if (hvn_xml_is_stray_text(node))
            return hvn_xml_interface_error(self, interface, error, HVN_ERROR_INVALID_CONFIG,
                                           "text between the children of <interface>: expected elements");
        if (node->type == XML_ELEMENT_NODE && node->ns == NULL && !hvn_xml_parse_element(self, node, seen, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- the interface ---- */

static gboolean
hvn_xml_check_type(HvnXmlInterface *self, xmlNode *interface, GError **error)
{
    g_autofree char *type = hvn_xml_attribute(interface, "type");

    self->type_backend = hvn_config_type_to_backend(type != NULL ? type : HVN_CONFIG_DEFAULT_TYPE);
    self->source = hvn_config_type_to_source(type != NULL ? type : HVN_CONFIG_DEFAULT_TYPE);
    if (self->type_backend == NULL) {
        g_autofree char *served = hvn_config_type_list();

        return hvn_xml_interface_error(self, interface, error, HVN_ERROR_NOT_SUPPORTED,
                                       "<interface type='%s'> is not served by this build (served: %s)", type, served);
    }
    for (const xmlAttr *attribute = interface->properties; attribute != NULL; attribute = attribute->next) {
        const char *name = (const char *)attribute->name;
        g_autofree char *value = hvn_xml_attribute_value(attribute);

        if ((attribute->ns != NULL && !hvn_extension_is_ours(attribute->ns)) || strcmp(name, "type") == 0)
            continue;
        if (strcmp(name, "trustGuestRxFilters") == 0 && strcmp(value, "no") == 0)
            continue;
        return hvn_xml_interface_error(
            self, interface, error, HVN_ERROR_INVALID_CONFIG,
            "attribute %s='%s' of <interface> is not served (accepted: type; options of ours stand in <hvnet:options>)", name,
            value);
    }
    return TRUE;
}

/* as libvirt chooses where <model> says nothing: rtl8139 if there is one, or else e1000 */
static const char *
hvn_xml_get_default_nic(const HvnXmlInterface *self)
{
    gboolean there = hvn_registry_find(self->reader->registry, "nic", HVN_CONFIG_DOMAIN_NIC, NULL) != NULL;

    return there ? HVN_CONFIG_DOMAIN_NIC : HVN_CONFIG_DEFAULT_NIC;
}

/* the NIC: <model type='...'/> as libvirt says it, or the model that our namespace names where there is no <model> */
static gboolean
hvn_xml_find_nic(HvnXmlInterface *self, xmlNode *interface, const HvnExtension *extension, GError **error)
{
    g_autofree char *origin = g_strdup(self->config->origin);
    g_autofree char *type = NULL;
    const char *ours = extension != NULL ? extension->model : NULL;

    for (xmlNode *node = interface->children; node != NULL && type == NULL; node = node->next) {
        if (!hvn_xml_is(node, "model"))
            continue;
        g_free(origin);
        origin = hvn_xml_origin(self->reader, node);
        type = hvn_xml_attribute(node, "type");
        if (type == NULL)
            return hvn_xml_interface_error(self, node, error, HVN_ERROR_INVALID_CONFIG,
                                           "<model> has no type: expected such as type='e1000'");
        if (ours != NULL && g_ascii_strcasecmp(ours, type) != 0)
            return hvn_xml_interface_error(self, node, error, HVN_ERROR_INVALID_CONFIG,
                                           "<model type='%s'> and model='%s' of <nic> at %s differ: expected the same", type,
                                           ours, extension->origin);
    }
    if (type == NULL)
        type = g_strdup(ours != NULL ? ours : hvn_xml_get_default_nic(self));
    self->nic = hvn_config_find_plugin(self->reader->registry, "nic", type, origin, error);
    self->config->nic = g_steal_pointer(&type);
    return self->nic != NULL;
}

static gboolean
hvn_xml_find_backend(HvnXmlInterface *self, const HvnExtension *extension, GError **error)
{
    const char *origin = extension != NULL ? extension->origin : self->config->origin;

    self->config->backend = g_strdup(extension != NULL ? extension->backend : self->type_backend);
    self->backend = hvn_config_find_plugin(self->reader->registry, "backend", self->config->backend, origin, error);
    return self->backend != NULL;
}

static void
hvn_xml_add_extension_options(HvnXmlInterface *self, const HvnExtension *extension)
{
    for (guint i = 0; i < hvn_options_get_length(extension->backend_options); i++) {
        const HvnOptionValue *value = hvn_options_get_nth(extension->backend_options, i);

        hvn_config_add_option(self->config->backend_options, self->backend, self->reader->directory, value->name, value->text,
                              value->origin);
    }
    for (guint i = 0; i < hvn_options_get_length(extension->nic_options); i++) {
        const HvnOptionValue *value = hvn_options_get_nth(extension->nic_options, i);

        hvn_config_add_option(self->config->nic_options, self->nic, self->reader->directory, value->name, value->text,
                              value->origin);
    }
}

/* with libvirt a script runs only where one is named; QEMU's own is for QEMU's options */
static void
hvn_xml_name_scripts(HvnXmlInterface *self)
{
    static const char *const names[] = {"script", "downscript"};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (hvn_descriptor_find_option(self->backend, names[i]) != NULL && hvn_options_find(self->config->backend_options, "fd") == NULL &&
            hvn_options_find(self->config->backend_options, "fds") == NULL && hvn_options_find(self->config->backend_options, "helper") == NULL &&
            hvn_options_find(self->config->backend_options, names[i]) == NULL)
            hvn_options_add(self->config->backend_options, names[i], "no", self->config->origin);
    }
}

gboolean
hvn_xml_interface_parse(const HvnXmlReader *reader, xmlNode *node, const HvnExtension *inline_one, const HvnExtension *portable,
                        HvnConfig *config, GError **error)
{
    const HvnExtension *extensions[] = {inline_one, portable};
    const HvnExtension *with_backend = NULL;
    const HvnExtension *with_model = NULL;
    g_autofree char *origin = hvn_xml_origin(reader, node);
    HvnXmlInterface self = {.reader = reader, .config = hvn_config_add_interface(config, origin)};

    for (guint i = 0; i < G_N_ELEMENTS(extensions); i++) {
        if (extensions[i] != NULL && extensions[i]->backend != NULL)
            with_backend = extensions[i];
        if (extensions[i] != NULL && extensions[i]->model != NULL)
            with_model = extensions[i];
    }
    if (!hvn_xml_check_type(&self, node, error) || !hvn_xml_find_nic(&self, node, with_model, error) ||
        !hvn_xml_find_backend(&self, with_backend, error) || !hvn_xml_parse_elements(&self, node, error))
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(extensions); i++) {
        if (extensions[i] != NULL)
            hvn_xml_add_extension_options(&self, extensions[i]);
    }
    hvn_xml_name_scripts(&self);
    return TRUE;
}
