/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens a plugin's module and holds it against its descriptor, because validation, help and both configuration languages believe the
 * descriptor alone. What differs is named. A module stays resident once its type may be registered, since a GType cannot be taken back. */
#include "hvn-module.h"

#include <gmodule.h>

#include "hvn-backend.h"
#include "hvn-error.h"
#include "hvn-nic.h"
#include "hvn-option-value.h"
#include "hvn-plugin-abi.h"
#include "hvn-text.h"

/* g_module_close() tells whether it worked, which the clean-up has no use for */
static void
hvn_module_close(GModule *module)
{
    g_module_close(module);
}

typedef GModule HvnModuleHandle;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnModuleHandle, hvn_module_close)

G_GNUC_PRINTF(3, 4)
static gboolean
hvn_module_fail(const char *path, GError **error, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, HVN_ERROR, HVN_ERROR_ABI, "module '%s': %s", path, text);
    return FALSE;
}

/* ---- the exported constant ---- */

static gboolean
hvn_module_check_info(const HvnDescriptor *descriptor, const char *path, const HvnPluginInfo *info, GError **error)
{
    g_autofree char *kind = NULL;
    g_autofree char *name = NULL;

    /* with another ABI the rest of the constant may be laid out differently, so it is not looked at */
    if (info->abi != HVN_PLUGIN_ABI)
        return hvn_module_fail(path, error, "is built for plugin abi %u, this library has %d", info->abi, HVN_PLUGIN_ABI);
    if (info->abi != descriptor->abi)
        return hvn_module_fail(path, error, "has abi %u, descriptor says %u", info->abi, descriptor->abi);
    kind = hvn_text_printable(info->kind != NULL ? info->kind : "");
    name = hvn_text_printable(info->name != NULL ? info->name : "");
    if (g_strcmp0(info->kind, descriptor->kind) != 0)
        return hvn_module_fail(path, error, "is a plugin of kind '%s', descriptor says '%s'", kind, descriptor->kind);
    if (g_strcmp0(info->name, descriptor->name) != 0)
        return hvn_module_fail(path, error, "is plugin '%s', descriptor says '%s'", name, descriptor->name);
    if (info->get_type == NULL)
        return hvn_module_fail(path, error, "gives no type");
    return TRUE;
}

static GType
hvn_module_base_type(const HvnDescriptor *descriptor)
{
    if (g_str_equal(descriptor->kind, "backend"))
        return HVN_TYPE_BACKEND;
    if (g_str_equal(descriptor->kind, "nic"))
        return HVN_TYPE_NIC;
    return HVN_TYPE_PORT;
}

static gboolean
hvn_module_check_type(const HvnDescriptor *descriptor, const char *path, GType type, GError **error)
{
    GType base = hvn_module_base_type(descriptor);

    if (type == G_TYPE_INVALID || !g_type_is_a(type, base))
        return hvn_module_fail(path, error, "its type %s is no %s, as a plugin of kind '%s' is",
                               type != G_TYPE_INVALID ? g_type_name(type) : "(none)", g_type_name(base), descriptor->kind);
    if (G_TYPE_IS_ABSTRACT(type))
        return hvn_module_fail(path, error, "its type %s is abstract", g_type_name(type));
    return TRUE;
}

/* ---- properties ---- */

static void
hvn_module_get_range(const GParamSpec *pspec, gint64 *minimum, gint64 *maximum)
{
    if (G_IS_PARAM_SPEC_UINT(pspec)) {
        *minimum = G_PARAM_SPEC_UINT(pspec)->minimum;
        *maximum = G_PARAM_SPEC_UINT(pspec)->maximum;
    } else if (G_IS_PARAM_SPEC_INT(pspec)) {
        *minimum = G_PARAM_SPEC_INT(pspec)->minimum;
        *maximum = G_PARAM_SPEC_INT(pspec)->maximum;
    } else if (G_IS_PARAM_SPEC_UINT64(pspec)) {
        /* descriptors count sizes in 63 bits */
        *minimum = (gint64)MIN(G_PARAM_SPEC_UINT64(pspec)->minimum, (guint64)G_MAXINT64);
        *maximum = (gint64)MIN(G_PARAM_SPEC_UINT64(pspec)->maximum, (guint64)G_MAXINT64);
    }
}

static gboolean
hvn_module_check_range(const HvnOption *option, const char *path, const GParamSpec *pspec, GError **error)
{
    gint64 minimum = 0, maximum = 0;

    if (option->list || !hvn_option_type_is_number(option->type, NULL, NULL))
        return TRUE;
    hvn_module_get_range(pspec, &minimum, &maximum);
    if (minimum != option->minimum)
        return hvn_module_fail(path, error, "property '%s' has minimum %" G_GINT64_FORMAT ", descriptor says %" G_GINT64_FORMAT,
                               option->name, minimum, option->minimum);
    if (maximum != option->maximum)
        return hvn_module_fail(path, error, "property '%s' has maximum %" G_GINT64_FORMAT ", descriptor says %" G_GINT64_FORMAT,
                               option->name, maximum, option->maximum);
    return TRUE;
}

/* a property's default as descriptors spell it */
static char *
hvn_module_print_default(const GValue *value)
{
    if (G_VALUE_HOLDS_BOOLEAN(value))
        return g_strdup(g_value_get_boolean(value) ? "on" : "off");
    if (G_VALUE_HOLDS_UINT(value))
        return g_strdup_printf("%u", g_value_get_uint(value));
    if (G_VALUE_HOLDS_INT(value))
        return g_strdup_printf("%d", g_value_get_int(value));
    if (G_VALUE_HOLDS_UINT64(value))
        return g_strdup_printf("%" G_GUINT64_FORMAT, g_value_get_uint64(value));
    if (G_VALUE_HOLDS_STRING(value) && g_value_get_string(value) != NULL)
        return g_strdup_printf("'%s'", g_value_get_string(value));
    return g_strdup("none");
}

/* A string has no default where the descriptor states none. A number or boolean always has one in GObject, which is free then: the
 * descriptor says that it means nothing to the user. */
static gboolean
hvn_module_check_default(const HvnOption *option, const char *path, GParamSpec *pspec, GError **error)
{
    const GValue *actual = g_param_spec_get_default_value(pspec);
    g_auto(GValue) expected = G_VALUE_INIT;
    g_autofree char *problem = NULL;
    g_autofree char *printed = NULL;

    if (option->list)
        return TRUE;
    if (option->default_text == NULL) {
        if (!G_VALUE_HOLDS_STRING(actual) || g_value_get_string(actual) == NULL)
            return TRUE;
    } else {
        problem = hvn_option_convert(option, option->default_text, &expected);
        if (problem == NULL && g_param_values_cmp(pspec, actual, &expected) == 0)
            return TRUE;
    }
    printed = hvn_module_print_default(actual);
    return hvn_module_fail(path, error, "property '%s' has default %s, descriptor says %s", option->name, printed,
                           option->default_text != NULL ? option->default_text : "none");
}

static gboolean
hvn_module_check_option(const HvnOption *option, const char *path, GObjectClass *object_class, GError **error)
{
    GParamSpec *pspec = g_object_class_find_property(object_class, option->property);
    GType expected = hvn_option_get_value_type(option);

    if (pspec == NULL)
        return hvn_module_fail(path, error, "has no property '%s', which the descriptor describes", option->property);
    if (pspec->value_type != expected)
        return hvn_module_fail(path, error, "property '%s' is a %s, descriptor says type %s, which is a %s", option->name,
                               g_type_name(pspec->value_type), option->list ? "list" : hvn_option_type_to_string(option->type),
                               g_type_name(expected));
    if ((pspec->flags & G_PARAM_WRITABLE) == 0)
        return hvn_module_fail(path, error, "property '%s' cannot be written, but the descriptor describes it as an option",
                               option->name);
    return hvn_module_check_range(option, path, pspec, error) && hvn_module_check_default(option, path, pspec, error);
}

static gboolean
hvn_module_is_described(const HvnDescriptor *descriptor, const char *property)
{
    for (guint i = 0; i < descriptor->options->len; i++) {
        if (g_str_equal(((const HvnOption *)descriptor->options->pdata[i])->property, property))
            return TRUE;
    }
    return FALSE;
}

/* what the plugin adds to its base class and lets others write is an option, and an option is described */
static gboolean
hvn_module_check_undescribed(const HvnDescriptor *descriptor, const char *path, GObjectClass *object_class, GError **error)
{
    g_autoptr(GTypeClass) base_class = g_type_class_ref(hvn_module_base_type(descriptor));
    guint n_pspecs = 0;
    g_autofree GParamSpec **pspecs = g_object_class_list_properties(object_class, &n_pspecs);

    for (guint i = 0; i < n_pspecs; i++) {
        const char *name = g_param_spec_get_name(pspecs[i]);

        if ((pspecs[i]->flags & G_PARAM_WRITABLE) == 0 || g_object_class_find_property(G_OBJECT_CLASS(base_class), name) != NULL)
            continue;
        if (descriptor->variants->len > 0 && g_str_equal(name, "variant"))
            continue;
        if (!hvn_module_is_described(descriptor, name))
            return hvn_module_fail(path, error, "has a property '%s', which the descriptor does not describe", name);
    }
    return TRUE;
}

static gboolean
hvn_module_check_properties(const HvnDescriptor *descriptor, const char *path, GType type, GError **error)
{
    g_autoptr(GTypeClass) type_class = g_type_class_ref(type);
    GObjectClass *object_class = G_OBJECT_CLASS(type_class);
    GParamSpec *variant = g_object_class_find_property(object_class, "variant");

    for (guint i = 0; i < descriptor->options->len; i++) {
        if (!hvn_module_check_option(descriptor->options->pdata[i], path, object_class, error))
            return FALSE;
    }
    if (descriptor->variants->len > 0 &&
        (variant == NULL || variant->value_type != G_TYPE_STRING || (variant->flags & G_PARAM_WRITABLE) == 0))
        return hvn_module_fail(path, error, "has no writable string property 'variant', but the descriptor lists variants");
    return hvn_module_check_undescribed(descriptor, path, object_class, error);
}

GType
hvn_module_load(const HvnDescriptor *descriptor, const char *path, GError **error)
{
    g_autoptr(HvnModuleHandle) module = NULL;
    gpointer symbol = NULL;
    const HvnPluginInfo *info;
    GType type;

    g_return_val_if_fail(descriptor != NULL && path != NULL, G_TYPE_INVALID);

    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND, "module '%s' does not exist", path);
        return G_TYPE_INVALID;
    }
    /* symbols are bound at once, so that one that is missing is found now and not when the guest first needs it */
    module = g_module_open(path, G_MODULE_BIND_LOCAL);
    if (module == NULL) {
        g_autofree char *problem = hvn_text_printable(g_module_error());

        hvn_module_fail(path, error, "cannot be opened: %s", problem);
        return G_TYPE_INVALID;
    }
    if (!g_module_symbol(module, HVN_PLUGIN_SYMBOL, &symbol) || symbol == NULL) {
        hvn_module_fail(path, error, "is no plugin of hvnet: it has no symbol '%s'", HVN_PLUGIN_SYMBOL);
        return G_TYPE_INVALID;
    }
    info = symbol;
    if (!hvn_module_check_info(descriptor, path, info, error))
        return G_TYPE_INVALID;
    g_module_make_resident(module);
    type = info->get_type();
    if (!hvn_module_check_type(descriptor, path, type, error) || !hvn_module_check_properties(descriptor, path, type, error))
        return G_TYPE_INVALID;
    return type;
}
