/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a plugin's descriptor. The file is parsed and read element by element, with checks that a grammar cannot make (names that are
 * unique, defaults that are values, ranges that hold something), and then held against plugin.rng for everything else. Our own checks come
 * first because they can say what is accepted. Whatever is refused is named with file and line. */
#include "hvn-descriptor.h"

#include <string.h>

#include "hvn-error.h"
#include "hvn-option-value.h"
#include "hvn-schema.h"
#include "hvn-text.h"

static const char *const hvn_descriptor_kinds[] = {"backend", "nic", "filter", NULL};

/* properties that every port has and that the session sets */
static const char *const hvn_descriptor_reserved[] = {"dispatcher", "name", "variant", NULL};

static void
hvn_option_free(HvnOption *self)
{
    g_free(self->name);
    g_free(self->property);
    g_free(self->unit);
    g_free(self->default_text);
    g_strfreev(self->choices);
    g_free(self->xml);
    g_free(self->summary);
    g_free(self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnOption, hvn_option_free)

static void
hvn_variant_free(HvnVariant *self)
{
    g_free(self->name);
    g_free(self->summary);
    g_free(self);
}

static HvnDescriptor *
hvn_descriptor_new(const char *path)
{
    HvnDescriptor *self = g_new0(HvnDescriptor, 1);

    g_atomic_ref_count_init(&self->refs);
    self->path = g_strdup(path);
    self->aliases = g_new0(char *, 1);
    self->variants = g_ptr_array_new_with_free_func((GDestroyNotify)hvn_variant_free);
    self->options = g_ptr_array_new_with_free_func((GDestroyNotify)hvn_option_free);
    return self;
}

G_DEFINE_BOXED_TYPE(HvnDescriptor, hvn_descriptor, hvn_descriptor_ref, hvn_descriptor_unref)

HvnDescriptor *
hvn_descriptor_ref(HvnDescriptor *self)
{
    g_return_val_if_fail(self != NULL, NULL);

    g_atomic_ref_count_inc(&self->refs);
    return self;
}

void
hvn_descriptor_unref(HvnDescriptor *self)
{
    g_return_if_fail(self != NULL);

    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    g_free(self->path);
    g_free(self->kind);
    g_free(self->name);
    g_free(self->module);
    g_free(self->summary);
    g_strfreev(self->aliases);
    g_ptr_array_unref(self->variants);
    g_ptr_array_unref(self->options);
    g_free(self);
}

const HvnOption *
hvn_descriptor_find_option(const HvnDescriptor *self, const char *name)
{
    g_return_val_if_fail(self != NULL && name != NULL, NULL);

    for (guint i = 0; i < self->options->len; i++) {
        const HvnOption *option = self->options->pdata[i];

        if (strcmp(option->name, name) == 0)
            return option;
    }
    return NULL;
}

gboolean
hvn_descriptor_has_name(const HvnDescriptor *self, const char *name)
{
    g_return_val_if_fail(self != NULL && name != NULL, FALSE);

    if (g_strcmp0(self->name, name) == 0 || g_strv_contains((const char *const *)self->aliases, name))
        return TRUE;
    for (guint i = 0; i < self->variants->len; i++) {
        const HvnVariant *variant = self->variants->pdata[i];

        if (strcmp(variant->name, name) == 0)
            return TRUE;
    }
    return FALSE;
}

/* ---- elements and attributes ---- */

G_GNUC_PRINTF(4, 5)
static gboolean
hvn_descriptor_fail(const HvnDescriptor *self, long line, GError **error, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "%s:%ld: %s", self->path, line, text);
    return FALSE;
}

static gboolean
hvn_descriptor_is_element(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && node->ns != NULL &&
           g_strcmp0((const char *)node->ns->href, HVN_DESCRIPTOR_NAMESPACE) == 0 &&
           g_strcmp0((const char *)node->name, name) == 0;
}

static char *
hvn_descriptor_get_attribute(const xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetNoNsProp((xmlNode *)node, (const xmlChar *)name);
    char *copy = g_strdup((const char *)value);

    xmlFree(value);
    return copy;
}

/* text of an element as a phrase: white space at the ends goes, and a line break within is a space */
static char *
hvn_descriptor_get_phrase(const xmlNode *node)
{
    xmlChar *content = xmlNodeGetContent(node);
    g_auto(GStrv) words = g_strsplit_set(content != NULL ? (const char *)content : "", " \t\r\n", -1);
    GString *phrase = g_string_new(NULL);

    for (guint i = 0; words[i] != NULL; i++) {
        if (*words[i] != '\0')
            g_string_append_printf(phrase, "%s%s", phrase->len > 0 ? " " : "", words[i]);
    }
    xmlFree(content);
    return g_string_free(phrase, FALSE);
}

static char *
hvn_descriptor_get_child_phrase(const xmlNode *node, const char *name)
{
    for (const xmlNode *child = node->children; child != NULL; child = child->next) {
        if (hvn_descriptor_is_element(child, name))
            return hvn_descriptor_get_phrase(child);
    }
    return NULL;
}

static gboolean
hvn_descriptor_require(const HvnDescriptor *self, const xmlNode *node, const char *what, const char *value, GError **error)
{
    if (value != NULL && *value != '\0')
        return TRUE;
    return hvn_descriptor_fail(self, xmlGetLineNo(node), error, "element <%s> lacks %s", (const char *)node->name, what);
}

/* ---- options ---- */

static gboolean
hvn_descriptor_read_yes_no(const HvnDescriptor *self, const xmlNode *node, const char *name, gboolean *yes, GError **error)
{
    g_autofree char *text = hvn_descriptor_get_attribute(node, name);
    g_autofree char *printable = NULL;

    *yes = g_strcmp0(text, "yes") == 0;
    if (text == NULL || *yes || strcmp(text, "no") == 0)
        return TRUE;
    printable = hvn_text_printable(text);
    return hvn_descriptor_fail(self, xmlGetLineNo(node), error, "invalid value '%s' of attribute '%s': expected yes or no",
                               printable, name);
}

static gboolean
hvn_descriptor_read_number(const HvnDescriptor *self, const xmlNode *node, const char *name, gint64 least, gint64 greatest,
                           gint64 *number, GError **error)
{
    g_autofree char *text = hvn_descriptor_get_attribute(node, name);
    g_autofree char *printable = NULL;

    if (text == NULL || g_ascii_string_to_signed(text, 10, least, greatest, number, NULL))
        return TRUE;
    printable = hvn_text_printable(text);
    return hvn_descriptor_fail(self, xmlGetLineNo(node), error,
                               "invalid value '%s' of attribute '%s': expected a number from %" G_GINT64_FORMAT
                               " to %" G_GINT64_FORMAT,
                               printable, name, least, greatest);
}

static gboolean
hvn_descriptor_read_option_type(const HvnDescriptor *self, const xmlNode *node, HvnOption *option, GError **error)
{
    g_autofree char *text = hvn_descriptor_get_attribute(node, "type");
    g_autofree char *printable = NULL;

    if (!hvn_descriptor_require(self, node, "attribute 'type'", text, error))
        return FALSE;
    if (hvn_option_type_from_string(text, &option->type))
        return TRUE;
    printable = hvn_text_printable(text);
    return hvn_descriptor_fail(
        self, option->line, error,
        "unknown type '%s' of option '%s' (accepted: boolean, uint, int, size, string, choice, mac, ipv4, ipv4-net, "
        "ipv6, ipv6-net, path)",
        printable, option->name);
}

static gboolean
hvn_descriptor_read_range(const HvnDescriptor *self, const xmlNode *node, HvnOption *option, GError **error)
{
    gint64 least, greatest, max_length = 0;
    gboolean is_number = hvn_option_type_is_number(option->type, &least, &greatest);
    gboolean is_text = option->type == HVN_OPTION_STRING || option->type == HVN_OPTION_PATH;

    if (!is_number && (xmlHasProp((xmlNode *)node, BAD_CAST "minimum") || xmlHasProp((xmlNode *)node, BAD_CAST "maximum")))
        return hvn_descriptor_fail(self, option->line, error, "option '%s' has a range, but type %s has none", option->name,
                                   hvn_option_type_to_string(option->type));
    if (!is_number && option->unit != NULL)
        return hvn_descriptor_fail(self, option->line, error, "option '%s' has a unit, but is no number", option->name);
    if (option->hex && option->type != HVN_OPTION_UINT)
        return hvn_descriptor_fail(self, option->line, error, "option '%s' has hex, but is no uint", option->name);
    if (!is_text && xmlHasProp((xmlNode *)node, BAD_CAST "max-length"))
        return hvn_descriptor_fail(self, option->line, error, "option '%s' has a max-length, but is no string or path",
                                   option->name);
    if (!hvn_descriptor_read_number(self, node, "max-length", 1, G_MAXINT32, &max_length, error))
        return FALSE;
    option->max_length = (guint)max_length;
    if (!is_number)
        return TRUE;
    option->minimum = least;
    option->maximum = greatest;
    if (!hvn_descriptor_read_number(self, node, "minimum", least, greatest, &option->minimum, error) ||
        !hvn_descriptor_read_number(self, node, "maximum", least, greatest, &option->maximum, error))
        return FALSE;
    if (option->minimum > option->maximum)
        return hvn_descriptor_fail(self, option->line, error,
                                   "option '%s' has minimum %" G_GINT64_FORMAT " above its maximum %" G_GINT64_FORMAT,
                                   option->name, option->minimum, option->maximum);
    return TRUE;
}

static gboolean
hvn_descriptor_read_choices(const HvnDescriptor *self, const xmlNode *node, HvnOption *option, GError **error)
{
    g_autoptr(GPtrArray) choices = g_ptr_array_new_with_free_func(g_free);

    for (const xmlNode *child = node->children; child != NULL; child = child->next) {
        g_autofree char *choice = NULL;

        if (!hvn_descriptor_is_element(child, "choice"))
            continue;
        choice = hvn_descriptor_get_phrase(child);
        if (option->type != HVN_OPTION_CHOICE)
            return hvn_descriptor_fail(self, xmlGetLineNo(child), error, "option '%s' has a choice, but its type is %s",
                                       option->name, hvn_option_type_to_string(option->type));
        if (*choice == '\0' || g_ptr_array_find_with_equal_func(choices, choice, g_str_equal, NULL))
            return hvn_descriptor_fail(self, xmlGetLineNo(child), error, "choice '%s' of option '%s' is %s", choice, option->name,
                                       *choice == '\0' ? "empty" : "given twice");
        g_ptr_array_add(choices, g_steal_pointer(&choice));
    }
    if (option->type != HVN_OPTION_CHOICE)
        return TRUE;
    if (choices->len == 0)
        return hvn_descriptor_fail(self, option->line, error, "option '%s' is a choice without a <choice>", option->name);
    g_ptr_array_add(choices, NULL);
    option->choices = (GStrv)g_ptr_array_steal(choices, NULL);
    return TRUE;
}

static gboolean
hvn_descriptor_read_default(const HvnDescriptor *self, const xmlNode *node, HvnOption *option, GError **error)
{
    g_auto(GValue) value = G_VALUE_INIT;
    g_autoptr(GError) local = NULL;

    option->default_text = hvn_descriptor_get_attribute(node, "default");
    if (option->default_text == NULL)
        return TRUE;
    if (option->required)
        return hvn_descriptor_fail(self, option->line, error, "option '%s' is required and has a default: one of the two",
                                   option->name);
    if (option->list)
        return hvn_descriptor_fail(self, option->line, error, "option '%s' is a list, which has no default", option->name);
    if (!hvn_option_parse(option, option->default_text, &value, &local))
        return hvn_descriptor_fail(self, option->line, error, "default of option '%s': %s", option->name, local->message);
    return TRUE;
}

static gboolean
hvn_descriptor_check_option_name(const HvnDescriptor *self, const HvnOption *option, GError **error)
{
    g_autofree char *printable = hvn_text_printable(option->name);

    if (!g_param_spec_is_valid_name(option->property))
        return hvn_descriptor_fail(self, option->line, error,
                                   "option name '%s' is no property name: expected a letter, then letters, digits, dashes, dots and underscores",
                                   printable);
    if (g_strv_contains(hvn_descriptor_reserved, option->property))
        return hvn_descriptor_fail(self, option->line, error, "option name '%s' is taken by a property of every port",
                                   option->name);
    for (guint i = 0; i < self->options->len; i++) {
        const HvnOption *other = self->options->pdata[i];

        if (strcmp(other->property, option->property) == 0)
            return hvn_descriptor_fail(self, option->line, error, "option '%s' is described twice, first on line %d", option->name,
                                       other->line);
    }
    return TRUE;
}

static gboolean
hvn_descriptor_read_option(HvnDescriptor *self, const xmlNode *node, GError **error)
{
    g_autoptr(HvnOption) option = g_new0(HvnOption, 1);

    option->line = (int)xmlGetLineNo(node);
    option->name = hvn_descriptor_get_attribute(node, "name");
    option->property = option->name != NULL ? g_strdelimit(g_strdup(option->name), "._", '-') : NULL;
    option->unit = hvn_descriptor_get_attribute(node, "unit");
    option->xml = hvn_descriptor_get_attribute(node, "xml");
    option->summary = hvn_descriptor_get_child_phrase(node, "summary");
    if (!hvn_descriptor_require(self, node, "attribute 'name'", option->name, error) ||
        !hvn_descriptor_require(self, node, "element <summary>", option->summary, error) ||
        !hvn_descriptor_check_option_name(self, option, error) || !hvn_descriptor_read_option_type(self, node, option, error) ||
        !hvn_descriptor_read_yes_no(self, node, "list", &option->list, error) ||
        !hvn_descriptor_read_yes_no(self, node, "required", &option->required, error) ||
        !hvn_descriptor_read_yes_no(self, node, "joins", &option->joins, error) ||
        !hvn_descriptor_read_yes_no(self, node, "hex", &option->hex, error) ||
        !hvn_descriptor_read_range(self, node, option, error) || !hvn_descriptor_read_choices(self, node, option, error) ||
        !hvn_descriptor_read_default(self, node, option, error))
        return FALSE;
    g_ptr_array_add(self->options, g_steal_pointer(&option));
    return TRUE;
}

/* ---- the plugin ---- */

static gboolean
hvn_descriptor_read_alias(HvnDescriptor *self, const xmlNode *node, GError **error)
{
    g_autofree char *name = hvn_descriptor_get_phrase(node);
    guint n_aliases = g_strv_length(self->aliases);

    if (*name == '\0' || hvn_descriptor_has_name(self, name))
        return hvn_descriptor_fail(self, xmlGetLineNo(node), error, "alias '%s' %s", name,
                                   *name == '\0' ? "is empty" : "is a name of this plugin already");
    self->aliases = g_renew(char *, self->aliases, n_aliases + 2);
    self->aliases[n_aliases] = g_steal_pointer(&name);
    self->aliases[n_aliases + 1] = NULL;
    return TRUE;
}

static gboolean
hvn_descriptor_read_variant(HvnDescriptor *self, const xmlNode *node, GError **error)
{
    g_autofree char *name = hvn_descriptor_get_attribute(node, "name");
    HvnVariant *variant;

    if (!hvn_descriptor_require(self, node, "attribute 'name'", name, error))
        return FALSE;
    if (hvn_descriptor_has_name(self, name))
        return hvn_descriptor_fail(self, xmlGetLineNo(node), error, "variant '%s' is a name of this plugin already", name);
    variant = g_new0(HvnVariant, 1);
    variant->name = g_steal_pointer(&name);
    variant->summary = hvn_descriptor_get_phrase(node);
    g_ptr_array_add(self->variants, variant);
    return TRUE;
}

static gboolean
hvn_descriptor_read_identity(HvnDescriptor *self, const xmlNode *root, GError **error)
{
    gint64 abi = 0;

    self->kind = hvn_descriptor_get_attribute(root, "kind");
    self->name = hvn_descriptor_get_attribute(root, "name");
    self->module = hvn_descriptor_get_child_phrase(root, "module");
    self->summary = hvn_descriptor_get_child_phrase(root, "summary");
    if (!hvn_descriptor_require(self, root, "attribute 'kind'", self->kind, error) ||
        !hvn_descriptor_require(self, root, "attribute 'name'", self->name, error) ||
        !hvn_descriptor_require(self, root, "element <module>", self->module, error) ||
        !hvn_descriptor_require(self, root, "element <summary>", self->summary, error) ||
        !hvn_descriptor_read_number(self, root, "abi", 1, G_MAXINT32, &abi, error))
        return FALSE;
    if (abi == 0)
        return hvn_descriptor_require(self, root, "attribute 'abi'", NULL, error);
    self->abi = (guint)abi;
    if (!g_strv_contains(hvn_descriptor_kinds, self->kind)) {
        g_autofree char *printable = hvn_text_printable(self->kind);

        return hvn_descriptor_fail(self, xmlGetLineNo(root), error, "unknown kind '%s' (accepted: backend, nic, filter)",
                                   printable);
    }
    if (strchr(self->module, '/') != NULL) {
        g_autofree char *printable = hvn_text_printable(self->module);

        return hvn_descriptor_fail(self, xmlGetLineNo(root), error, "module '%s' is a path: expected a file name", printable);
    }
    return TRUE;
}

static gboolean
hvn_descriptor_read(HvnDescriptor *self, const xmlNode *root, GError **error)
{
    if (!hvn_descriptor_is_element(root, "plugin"))
        return hvn_descriptor_fail(self, xmlGetLineNo(root), error, "root element is <%s>: expected <plugin> in namespace '%s'",
                                   (const char *)root->name, HVN_DESCRIPTOR_NAMESPACE);
    if (!hvn_descriptor_read_identity(self, root, error))
        return FALSE;
    for (const xmlNode *child = root->children; child != NULL; child = child->next) {
        gboolean good = TRUE;

        if (hvn_descriptor_is_element(child, "alias"))
            good = hvn_descriptor_read_alias(self, child, error);
        else if (hvn_descriptor_is_element(child, "variant"))
            good = hvn_descriptor_read_variant(self, child, error);
        else if (hvn_descriptor_is_element(child, "option"))
            good = hvn_descriptor_read_option(self, child, error);
        if (!good)
            return FALSE;
    }
    return TRUE;
}

HvnDescriptor *
hvn_descriptor_load(const char *path, const char *schema, GError **error)
{
    g_autoptr(HvnDescriptor) self = NULL;
    g_autoptr(xmlDoc) doc = NULL;

    g_return_val_if_fail(path != NULL, NULL);

    doc = hvn_schema_parse_file(path, error);
    if (doc == NULL)
        return NULL;
    self = hvn_descriptor_new(path);
    if (!hvn_descriptor_read(self, xmlDocGetRootElement(doc), error))
        return NULL;
    if (schema != NULL && !hvn_schema_validate(doc, path, schema, error))
        return NULL;
    return g_steal_pointer(&self);
}
