/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin as its XML descriptor says: kind, names, module, and every option. The one description that parsing, validation,
 * help, man pages and completion come from. Reading it opens no module. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define HVN_DESCRIPTOR_NAMESPACE "urn:hvnet:plugin:1"

/**
 * HvnOptionType:
 * @HVN_OPTION_BOOLEAN: on, off, yes, no, true, false, y, n; a gboolean property
 * @HVN_OPTION_UINT: decimal digits, 32 bits; a guint property
 * @HVN_OPTION_INT: a sign and decimal digits, 32 bits; a gint property
 * @HVN_OPTION_SIZE: decimal digits and a suffix b, k, K, M, G or T (1024); a guint64 property
 * @HVN_OPTION_STRING: text; a string property
 * @HVN_OPTION_CHOICE: one of the choices; a string property
 * @HVN_OPTION_MAC: a unicast Ethernet address; a string property
 * @HVN_OPTION_IPV4: an IPv4 address; a string property
 * @HVN_OPTION_IPV4_NET: an IPv4 address, and perhaps /length or /netmask; a string property
 * @HVN_OPTION_IPV6: an IPv6 address; a string property
 * @HVN_OPTION_IPV6_NET: an IPv6 address, and perhaps /length; a string property
 * @HVN_OPTION_PATH: a file or directory; a string property
 */
typedef enum {
    HVN_OPTION_BOOLEAN,
    HVN_OPTION_UINT,
    HVN_OPTION_INT,
    HVN_OPTION_SIZE,
    HVN_OPTION_STRING,
    HVN_OPTION_CHOICE,
    HVN_OPTION_MAC,
    HVN_OPTION_IPV4,
    HVN_OPTION_IPV4_NET,
    HVN_OPTION_IPV6,
    HVN_OPTION_IPV6_NET,
    HVN_OPTION_PATH,
} HvnOptionType;

/**
 * HvnOption:
 * @name: the name, which is QEMU's spelling and the name in our XML namespace; dotted as "local.host" for a member of a member
 * @property: the GObject property: @name with dashes where QEMU has dots and underscores
 * @type: the type
 * @list: may be given several times; the property is a %G_TYPE_STRV then
 * @required: must be given
 * @joins: backends of one plugin and one value of this option share something within a session, and so a process
 * @hex: an unsigned number that is also taken in hexadecimal, after 0x, as addresses are written
 * @unit: (nullable): of numbers, such as "bytes" or "ms"
 * @default_text: (nullable): the default as text; %NULL when there is none
 * @minimum: least value of numbers
 * @maximum: greatest value of numbers
 * @max_length: most bytes of text, 0 for no limit
 * @choices: (nullable): what a choice may be
 * @xml: (nullable): libvirt's own spelling as a path from <interface>, such as "mac/@address"; %NULL where libvirt has none
 * @summary: the meaning, a phrase
 * @line: line in the descriptor
 *
 * One option of a plugin.
 */
typedef struct {
    char         *name;
    char         *property;
    HvnOptionType type;
    gboolean      list;
    gboolean      required;
    gboolean      joins;
    gboolean      hex;
    char         *unit;
    char         *default_text;
    gint64        minimum;
    gint64        maximum;
    guint         max_length;
    GStrv         choices;
    char         *xml;
    char         *summary;
    int           line;
} HvnOption;

/**
 * HvnVariant:
 * @name: another name that the plugin serves, told to it by its property "variant"
 * @summary: what it is, a phrase
 */
typedef struct {
    char *name;
    char *summary;
} HvnVariant;

/**
 * HvnDescriptor:
 * @path: the descriptor's file
 * @kind: "backend", "nic" or "filter"
 * @name: the name
 * @abi: %HVN_PLUGIN_ABI that it says
 * @module: the module's file name, relative to the descriptor's directory or to the module directory
 * @summary: what it is, a phrase
 * @aliases: other names for the same
 * @variants: (element-type HvnVariant): other models that it serves
 * @options: (element-type HvnOption): every option, in the order of the file
 *
 * What a descriptor says. Immutable once loaded.
 */
typedef struct {
    char      *path;
    char      *kind;
    char      *name;
    guint      abi;
    char      *module;
    char      *summary;
    GStrv      aliases;
    GPtrArray *variants;
    GPtrArray *options;
    gatomicrefcount refs;
} HvnDescriptor;

/**
 * hvn_descriptor_load:
 * @path: (type filename): the file
 * @schema: (type filename) (nullable): plugin.rng, or %NULL to leave the grammar unchecked
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the descriptor, or %NULL with %HVN_ERROR_INVALID_CONFIG set: "file:line: ..."
 */
HvnDescriptor *
hvn_descriptor_load(const char *path, const char *schema, GError **error);

#define HVN_TYPE_DESCRIPTOR (hvn_descriptor_get_type())
GType
hvn_descriptor_get_type(void);

/**
 * hvn_descriptor_ref:
 * @self: a descriptor
 *
 * Returns: (transfer full): @self with one more reference
 */
HvnDescriptor *
hvn_descriptor_ref(HvnDescriptor *self);

/**
 * hvn_descriptor_unref:
 * @self: (transfer full): a descriptor
 */
void
hvn_descriptor_unref(HvnDescriptor *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnDescriptor, hvn_descriptor_unref)

/**
 * hvn_descriptor_find_option:
 * @self: a descriptor
 * @name: an option's name
 *
 * Returns: (transfer none) (nullable): the option
 */
const HvnOption *
hvn_descriptor_find_option(const HvnDescriptor *self, const char *name);

/**
 * hvn_descriptor_has_name:
 * @self: a descriptor
 * @name: a name
 *
 * Returns: whether @name is the plugin's name, an alias or a variant
 */
gboolean
hvn_descriptor_has_name(const HvnDescriptor *self, const char *name);

/**
 * hvn_option_type_to_string:
 * @type: a type
 *
 * Returns: (transfer none): as descriptors spell it: "boolean", "uint", "int", "size", "string", "choice", "mac", "ipv4", "ipv4-net",
 *   "ipv6", "ipv6-net", "path"
 */
const char *
hvn_option_type_to_string(HvnOptionType type);

/**
 * hvn_option_describe_values:
 * @self: an option
 *
 * Returns: (transfer full): what is accepted, for error messages and help, such as "a number from 1 to 65535" or "one of off, on, auto"
 */
char *
hvn_option_describe_values(const HvnOption *self);

/**
 * hvn_option_parse:
 * @self: an option
 * @text: a value as text
 * @value: (out caller-allocates): initialised and set to the value; for a list option a string, one item
 * @error: return location
 *
 * Checks and converts one value. The error's message says the value and what is accepted, without the option's name or the place.
 *
 * Returns: %FALSE with %HVN_ERROR_INVALID_CONFIG set
 */
gboolean
hvn_option_parse(const HvnOption *self, const char *text, GValue *value, GError **error);

G_END_DECLS
