/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's "help" values: -device help, -device e1000,help, -netdev help, -netdev user,help, -nic help and -nic model=help, each
 * with "?" for "help". The text is what QEMU prints, line for line, made from the descriptors. */
#include <string.h>

#include "hvn-config-private.h"
#include "hvn-error.h"
#include "hvn-qemu-opts.h"

static gboolean
hvn_qemu_is_help(const char *text)
{
    return g_strcmp0(text, "help") == 0 || g_strcmp0(text, "?") == 0;
}

static gint
hvn_qemu_compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* every name that -device takes, aliases aside, in order */
static void
hvn_qemu_help_models(GString *text, HvnRegistry *registry)
{
    g_autoptr(GPtrArray) list = hvn_registry_list(registry, "nic");
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (guint i = 0; i < list->len; i++) {
        const HvnDescriptor *descriptor = g_ptr_array_index(list, i);

        g_ptr_array_add(names, descriptor->name);
        for (guint j = 0; j < descriptor->variants->len; j++)
            g_ptr_array_add(names, ((const HvnVariant *)g_ptr_array_index(descriptor->variants, j))->name);
    }
    g_ptr_array_sort(names, hvn_qemu_compare_names);
    g_string_append(text, "Available NIC models for this configuration:\n");
    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(text, "%s\n", (const char *)g_ptr_array_index(names, i));
}

static void
hvn_qemu_help_backends(GString *text, HvnRegistry *registry)
{
    g_autoptr(GPtrArray) list = hvn_registry_list(registry, "backend");

    g_string_append(text, "Available netdev backend types:\n");
    for (guint i = 0; i < list->len; i++)
        g_string_append_printf(text, "%s\n", ((const HvnDescriptor *)g_ptr_array_index(list, i))->name);
}

static void
hvn_qemu_help_devices(GString *text, HvnRegistry *registry)
{
    g_autoptr(GPtrArray) list = hvn_registry_list(registry, "nic");

    g_string_append(text, "Network devices:\n");
    for (guint i = 0; i < list->len; i++) {
        const HvnDescriptor *descriptor = g_ptr_array_index(list, i);

        g_string_append_printf(text, "name \"%s\", bus PCI", descriptor->name);
        for (guint j = 0; descriptor->aliases != NULL && descriptor->aliases[j] != NULL; j++)
            g_string_append_printf(text, ", alias \"%s\"", descriptor->aliases[j]);
        g_string_append_printf(text, ", desc \"%s\"\n", descriptor->summary);
        for (guint j = 0; j < descriptor->variants->len; j++) {
            const HvnVariant *variant = g_ptr_array_index(descriptor->variants, j);

            g_string_append_printf(text, "name \"%s\", bus PCI, desc \"%s\"\n", variant->name, variant->summary);
        }
    }
}

static const char *
hvn_qemu_help_type(HvnOptionType type)
{
    switch (type) {
    case HVN_OPTION_BOOLEAN:
        return "bool";
    case HVN_OPTION_UINT:
        return "uint32";
    case HVN_OPTION_INT:
        return "int32";
    case HVN_OPTION_SIZE:
        return "size";
    default:
        return "str";
    }
}

static char *
hvn_qemu_help_options(HvnRegistry *registry, const char *kind, const char *name, const char *origin, GError **error)
{
    HvnDescriptor *descriptor = hvn_config_find_plugin(registry, kind, name, origin, error);
    GString *text;

    if (descriptor == NULL)
        return NULL;
    text = g_string_new(NULL);
    g_string_append_printf(text, "%s options:\n", name);
    for (guint i = 0; i < descriptor->options->len; i++) {
        const HvnOption *option = g_ptr_array_index(descriptor->options, i);
        g_autofree char *left = g_strdup_printf("  %s=<%s>", option->name, hvn_qemu_help_type(option->type));

        g_string_append_printf(text, "%-24s - %s", left, option->summary);
        if (option->default_text != NULL)
            g_string_append_printf(text, " (default: %s)", option->default_text);
        g_string_append(text, option->list ? ", may be given several times\n" : "\n");
    }
    return g_string_free(text, FALSE);
}

/* the text for one option, NULL without an error when its value asks for no help */
static char *
hvn_qemu_help_option(const char *name, const char *value, HvnRegistry *registry, GError **error)
{
    gboolean device = strcmp(name, "device") == 0;
    gboolean netdev = strcmp(name, "netdev") == 0;
    g_autofree char *origin = hvn_config_one_line(g_strdup_printf("-%s %s", name, value));
    g_autoptr(GPtrArray) opts = hvn_qemu_opts_parse(value, device ? "driver" : "type", origin, NULL);
    g_autofree char *first = opts != NULL ? hvn_qemu_opts_take(opts, device ? "driver" : "type") : NULL;
    g_autofree char *model = opts != NULL ? hvn_qemu_opts_take(opts, "model") : NULL;
    gboolean wanted = opts != NULL && (hvn_qemu_opts_has(opts, "help") || hvn_qemu_opts_has(opts, "?"));
    /* -net nic is no backend: what it takes is a model */
    gboolean model_help = !device && !netdev && (hvn_qemu_is_help(model) || (wanted && g_strcmp0(first, "nic") == 0));
    GString *text;

    if (opts == NULL || (!device && !netdev && strcmp(name, "nic") != 0 && strcmp(name, "net") != 0))
        return NULL;
    if (!hvn_qemu_is_help(first) && !model_help) {
        if (first != NULL && wanted)
            return hvn_qemu_help_options(registry, device ? "nic" : "backend", first, origin, error);
        return NULL;
    }
    text = g_string_new(NULL);
    if (device) {
        hvn_qemu_help_devices(text, registry);
        return g_string_free(text, FALSE);
    }
    if (!model_help)
        hvn_qemu_help_backends(text, registry);
    if (!netdev)
        hvn_qemu_help_models(text, registry);
    return g_string_free(text, FALSE);
}

gboolean
hvn_config_qemu_help(const char *const *argv, HvnRegistry *registry, char **text, GError **error)
{
    *text = NULL;
    /* what follows "--" is an emulator with options of its own */
    for (guint i = 0; argv[i] != NULL && strcmp(argv[i], "--") != 0; i++) {
        g_autoptr(GError) local = NULL;
        const char *name = argv[i] + strspn(argv[i], "-");

        if (*argv[i] != '-' || argv[i + 1] == NULL || strcmp(name, "nodefaults") == 0)
            continue;
        *text = hvn_qemu_help_option(name, argv[++i], registry, &local);
        if (local != NULL) {
            g_propagate_error(error, g_steal_pointer(&local));
            return FALSE;
        }
        if (*text != NULL)
            return TRUE;
    }
    return TRUE;
}
