/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the configuration share: a registry over the project's own plugins, and configurations from text. */
#pragma once

#include "hvn-config-private.h"

/* the plugins that HVNET_PLUGIN_PATH names; their descriptors are read, no module is opened */
static inline HvnRegistry *
hvn_config_test_registry(void)
{
    HvnRegistry *registry = hvn_registry_new(NULL);
    const char *const *problems = hvn_registry_get_problems(registry);

    g_assert_null(problems[0]);
    return registry;
}

/* a domain with these devices, which must be right; "domain.xml:1" is its first line */
static inline HvnConfig *
hvn_config_test_load(const char *devices)
{
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    g_autofree char *text = g_strdup_printf("<domain xmlns:hvnet='urn:hvnet:domain:1'><devices>%s</devices></domain>", devices);
    g_autoptr(GError) error = NULL;
    HvnConfig *config = hvn_config_load_xml_memory(text, strlen(text), "domain.xml", registry, &error);

    g_assert_no_error(error);
    g_assert_nonnull(config);
    return config;
}

/* every value of an option, joined by spaces */
static inline char *
hvn_config_test_values(const HvnOptions *options, const char *name)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < hvn_options_get_length(options); i++) {
        const HvnOptionValue *value = hvn_options_get_nth(options, i);

        if (strcmp(value->name, name) == 0)
            g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", value->text);
    }
    return g_string_free(text, FALSE);
}

#define hvn_config_assert_option(options, name, expected) \
    G_STMT_START \
    { \
        g_autofree char *values_ = hvn_config_test_values((options), (name)); \
        g_assert_cmpstr(values_, ==, (expected)); \
    } \
    G_STMT_END

#define hvn_config_interface(config, n) ((HvnInterfaceConfig *)g_ptr_array_index((config)->interfaces, (n)))
