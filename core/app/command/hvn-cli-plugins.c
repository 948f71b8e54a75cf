/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `hvnet plugins` and `hvnet plugin NAME`: what there is and what it takes, from the descriptors alone. What else `hvnet plugin` does has
 * files of its own. */
#include "hvn-cli.h"

#include <stdio.h>
#include <string.h>

#include "hvn-cli-check.h"
#include "hvn-cli-new.h"
#include "hvn-config-schema.h"
#include "hvn-error.h"

/* ---- for people ---- */

/* the words for what an option accepts; the units stand behind the numbers */
static char *
hvn_cli_describe_option(const HvnOption *option)
{
    g_autofree char *values = hvn_option_describe_values(option);
    GString *text = g_string_new(values);

    if (option->unit != NULL)
        g_string_append_printf(text, " (%s)", option->unit);
    if (option->default_text != NULL)
        g_string_append_printf(text, ", default %s", *option->default_text != '\0' ? option->default_text : "''");
    if (option->required)
        g_string_append(text, ", required");
    if (option->list)
        g_string_append(text, ", may be given several times");
    return g_string_free(text, FALSE);
}

/* where an option stands in a domain file: libvirt's own place where it has one, else ours; what is given several times is an element */
static char *
hvn_cli_describe_xml(const HvnDescriptor *descriptor, const HvnOption *option)
{
    gboolean nic = strcmp(descriptor->kind, "nic") == 0;

    if (option->xml != NULL)
        return g_strdup(option->xml);
    return g_strdup_printf("hvnet:options/%s%s%s", nic ? "hvnet:nic/" : "", option->list ? "hvnet:" : "@", option->name);
}

static void
hvn_cli_print_option(const HvnDescriptor *descriptor, const HvnOption *option)
{
    g_autofree char *accepted = hvn_cli_describe_option(option);
    g_autofree char *xml = hvn_cli_describe_xml(descriptor, option);

    printf("\n  %s\n", option->name);
    printf("      %s\n", option->summary);
    printf("      %s: %s\n", hvn_option_type_to_string(option->type), accepted);
    printf("      XML: %s\n", xml);
}

static void
hvn_cli_print_plugin(const HvnDescriptor *descriptor)
{
    g_autofree char *aliases = g_strjoinv(", ", descriptor->aliases);

    printf("%s %s: %s\n", descriptor->kind, descriptor->name, descriptor->summary);
    if (*aliases != '\0')
        printf("aliases: %s\n", aliases);
    for (guint i = 0; i < descriptor->variants->len; i++) {
        const HvnVariant *variant = descriptor->variants->pdata[i];

        printf("variant %s: %s\n", variant->name, variant->summary);
    }
    if (descriptor->options->len == 0) {
        puts("no options");
        return;
    }
    puts("options:");
    for (guint i = 0; i < descriptor->options->len; i++)
        hvn_cli_print_option(descriptor, descriptor->options->pdata[i]);
}

/* the columns that are as wide as what stands in them */
typedef struct {
    int name;
    int aliases;
} HvnCliWidths;

static void
hvn_cli_print_row(const HvnCliWidths *widths, const char *kind, const char *name, const char *aliases, const char *summary)
{
    printf("%-8s  %-*s  %-*s  %s\n", kind, widths->name, name, widths->aliases, aliases, summary);
}

static HvnCliWidths
hvn_cli_measure_list(GPtrArray *list)
{
    HvnCliWidths widths = {strlen("NAME"), strlen("ALIASES")};

    for (guint i = 0; i < list->len; i++) {
        const HvnDescriptor *descriptor = list->pdata[i];
        g_autofree char *aliases = g_strjoinv(", ", descriptor->aliases);

        widths.name = MAX(widths.name, (int)strlen(descriptor->name));
        widths.aliases = MAX(widths.aliases, (int)strlen(aliases));
        for (guint j = 0; j < descriptor->variants->len; j++)
            widths.name = MAX(widths.name, (int)strlen(((const HvnVariant *)descriptor->variants->pdata[j])->name));
    }
    return widths;
}

static void
hvn_cli_print_list(GPtrArray *list)
{
    const HvnCliWidths widths = hvn_cli_measure_list(list);

    if (list->len == 0) {
        puts("no plugins");
        return;
    }
    hvn_cli_print_row(&widths, "KIND", "NAME", "ALIASES", "SUMMARY");
    for (guint i = 0; i < list->len; i++) {
        const HvnDescriptor *descriptor = list->pdata[i];
        g_autofree char *aliases = g_strjoinv(", ", descriptor->aliases);

        hvn_cli_print_row(&widths, descriptor->kind, descriptor->name, aliases, descriptor->summary);
        for (guint j = 0; j < descriptor->variants->len; j++) {
            const HvnVariant *variant = descriptor->variants->pdata[j];

            hvn_cli_print_row(&widths, "", variant->name, "", variant->summary);
        }
    }
}

/* ---- for programs ---- */

static void
hvn_cli_add_string(JsonBuilder *builder, const char *name, const char *value)
{
    json_builder_set_member_name(builder, name);
    if (value != NULL)
        json_builder_add_string_value(builder, value);
    else
        json_builder_add_null_value(builder);
}

static void
hvn_cli_add_strings(JsonBuilder *builder, const char *name, const char *const *values)
{
    json_builder_set_member_name(builder, name);
    json_builder_begin_array(builder);
    for (guint i = 0; values != NULL && values[i] != NULL; i++)
        json_builder_add_string_value(builder, values[i]);
    json_builder_end_array(builder);
}

static void
hvn_cli_add_variants(JsonBuilder *builder, const HvnDescriptor *descriptor)
{
    json_builder_set_member_name(builder, "variants");
    json_builder_begin_array(builder);
    for (guint i = 0; i < descriptor->variants->len; i++) {
        const HvnVariant *variant = descriptor->variants->pdata[i];

        json_builder_begin_object(builder);
        hvn_cli_add_string(builder, "name", variant->name);
        hvn_cli_add_string(builder, "summary", variant->summary);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void
hvn_cli_add_option(JsonBuilder *builder, const HvnDescriptor *descriptor, const HvnOption *option)
{
    g_autofree char *xml = hvn_cli_describe_xml(descriptor, option);
    g_autofree char *accepted = hvn_option_describe_values(option);
    gboolean is_number = option->type == HVN_OPTION_UINT || option->type == HVN_OPTION_INT || option->type == HVN_OPTION_SIZE;

    json_builder_begin_object(builder);
    hvn_cli_add_string(builder, "name", option->name);
    hvn_cli_add_string(builder, "type", hvn_option_type_to_string(option->type));
    hvn_cli_add_string(builder, "summary", option->summary);
    hvn_cli_add_string(builder, "accepts", accepted);
    hvn_cli_add_string(builder, "default", option->default_text);
    hvn_cli_add_string(builder, "unit", option->unit);
    hvn_cli_add_string(builder, "xml", xml);
    json_builder_set_member_name(builder, "list");
    json_builder_add_boolean_value(builder, option->list);
    json_builder_set_member_name(builder, "required");
    json_builder_add_boolean_value(builder, option->required);
    json_builder_set_member_name(builder, "hex");
    json_builder_add_boolean_value(builder, option->hex);
    json_builder_set_member_name(builder, "joins");
    json_builder_add_boolean_value(builder, option->joins);
    if (is_number) {
        json_builder_set_member_name(builder, "minimum");
        json_builder_add_int_value(builder, option->minimum);
        json_builder_set_member_name(builder, "maximum");
        json_builder_add_int_value(builder, option->maximum);
    }
    if (option->max_length > 0) {
        json_builder_set_member_name(builder, "max-length");
        json_builder_add_int_value(builder, option->max_length);
    }
    if (option->choices != NULL)
        hvn_cli_add_strings(builder, "choices", (const char *const *)option->choices);
    json_builder_end_object(builder);
}

static void
hvn_cli_add_plugin(JsonBuilder *builder, const HvnDescriptor *descriptor, gboolean with_options)
{
    json_builder_begin_object(builder);
    hvn_cli_add_string(builder, "kind", descriptor->kind);
    hvn_cli_add_string(builder, "name", descriptor->name);
    hvn_cli_add_strings(builder, "aliases", (const char *const *)descriptor->aliases);
    hvn_cli_add_variants(builder, descriptor);
    hvn_cli_add_string(builder, "summary", descriptor->summary);
    hvn_cli_add_string(builder, "module", descriptor->module);
    hvn_cli_add_string(builder, "descriptor", descriptor->path);
    json_builder_set_member_name(builder, "abi");
    json_builder_add_int_value(builder, descriptor->abi);
    if (with_options) {
        json_builder_set_member_name(builder, "options");
        json_builder_begin_array(builder);
        for (guint i = 0; i < descriptor->options->len; i++)
            hvn_cli_add_option(builder, descriptor, descriptor->options->pdata[i]);
        json_builder_end_array(builder);
    }
    json_builder_end_object(builder);
}

static void
hvn_cli_print_list_json(GPtrArray *list, const char *const *problems, gboolean with_options)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "plugins");
    json_builder_begin_array(builder);
    for (guint i = 0; i < list->len; i++)
        hvn_cli_add_plugin(builder, list->pdata[i], with_options);
    json_builder_end_array(builder);
    hvn_cli_add_strings(builder, "problems", problems);
    json_builder_end_object(builder);
    hvn_cli_print_json(builder);
}

/* ---- the subcommands ---- */

int
hvn_cli_plugins(HvnCli *self, int argc, char **argv)
{
    static const char *const kinds[] = {"backend", "nic", "filter", NULL};
    HvnRegistry *registry;
    g_autoptr(GPtrArray) list = NULL;
    const char *const *problems;

    if (argc > 1)
        return hvn_cli_usage("unexpected argument '%s' of 'plugins': expected at most one kind", argv[1]);
    if (argc == 1 && !g_strv_contains(kinds, argv[0]))
        return hvn_cli_usage("unknown kind of plugin '%s' (accepted: backend, nic, filter)", argv[0]);
    registry = hvn_cli_get_registry(self);
    list = hvn_registry_list(registry, argc == 1 ? argv[0] : NULL);
    problems = hvn_registry_get_problems(registry);
    if (self->json)
        hvn_cli_print_list_json(list, problems, FALSE);
    else
        hvn_cli_print_list(list);
    /* --verbose has told of them already */
    for (guint i = 0; !self->verbose && problems[i] != NULL; i++) {
        g_autoptr(GError) error = g_error_new_literal(HVN_ERROR, HVN_ERROR_INVALID_CONFIG, problems[i]);

        hvn_cli_print_error(error);
    }
    return HVN_EXIT_DONE;
}

/* `hvnet plugin schema FILE`: the grammar of a plugin's options, from its descriptor, as the build makes it for our own */
static int
hvn_cli_plugin_schema(HvnCli *self, int argc, char **argv)
{
    g_autoptr(HvnDescriptor) descriptor = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *rules = NULL;
    g_autofree char *text = NULL;

    if (argc != 1)
        return hvn_cli_usage("'plugin schema' takes the file of a descriptor, such as 'hvnet plugin schema my-nic.xml'");
    rules = g_build_filename(hvn_registry_get_schema_dir(hvn_cli_get_registry(self)), "plugin.rng", NULL);
    descriptor = hvn_descriptor_load(argv[0], rules, &error);
    if (descriptor == NULL) {
        hvn_cli_print_error(error);
        return HVN_EXIT_FAILED;
    }
    text = hvn_config_schema_options(descriptor);
    fputs(text, stdout);
    return HVN_EXIT_DONE;
}

int
hvn_cli_plugin(HvnCli *self, int argc, char **argv)
{
    HvnRegistry *registry;
    g_autoptr(GPtrArray) all = NULL;
    g_autoptr(GPtrArray) named = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    const char *const none[] = {NULL};

    if (argc > 0 && strcmp(argv[0], "new") == 0)
        return hvn_cli_new(self, argc - 1, argv + 1);
    if (argc > 0 && strcmp(argv[0], "check") == 0)
        return hvn_cli_check(self, argc - 1, argv + 1);
    if (argc > 0 && strcmp(argv[0], "schema") == 0)
        return hvn_cli_plugin_schema(self, argc - 1, argv + 1);
    if (argc != 1)
        return hvn_cli_usage("'plugin' takes one name, such as 'hvnet plugin user'");
    registry = hvn_cli_get_registry(self);
    all = hvn_registry_list(registry, NULL);
    for (guint i = 0; i < all->len; i++) {
        if (hvn_descriptor_has_name(all->pdata[i], argv[0]))
            g_ptr_array_add(named, all->pdata[i]);
    }
    if (named->len == 0) {
        hvn_registry_find(registry, NULL, argv[0], &error);
        hvn_cli_print_error(error);
        return HVN_EXIT_FAILED;
    }
    if (self->json) {
        hvn_cli_print_list_json(named, none, TRUE);
        return HVN_EXIT_DONE;
    }
    for (guint i = 0; i < named->len; i++) {
        if (i > 0)
            puts("");
        hvn_cli_print_plugin(named->pdata[i]);
    }
    return HVN_EXIT_DONE;
}
