/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tool of the build: reads descriptors and writes the RELAX NG of their options, KIND-NAME.rng for each and plugins.rng over
 * all. */
#include <string.h>

#include "hvn-config-schema.h"

static gboolean
write_grammar(const char *directory, const char *file, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(directory, file, NULL);

    return g_file_set_contents(path, text, -1, error);
}

static gboolean
make_schemas(const char *directory, char **paths, GError **error)
{
    g_autoptr(GPtrArray) descriptors = g_ptr_array_new_with_free_func((GDestroyNotify)hvn_descriptor_unref);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_auto(GStrv) files = NULL;
    g_autofree char *index = NULL;

    for (guint i = 0; paths[i] != NULL; i++) {
        HvnDescriptor *descriptor = hvn_descriptor_load(paths[i], NULL, error);
        g_autofree char *file = NULL;
        g_autofree char *text = NULL;

        if (descriptor == NULL)
            return FALSE;
        g_ptr_array_add(descriptors, descriptor);
        file = g_strdup_printf("%s-%s.rng", descriptor->kind, descriptor->name);
        text = hvn_config_schema_options(descriptor);
        g_strv_builder_add(builder, file);
        if (!write_grammar(directory, file, text, error))
            return FALSE;
    }
    files = g_strv_builder_end(builder);
    index = hvn_config_schema_index(descriptors, (const char *const *)files);
    return write_grammar(directory, "plugins.rng", index, error);
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;

    if (argc < 3) {
        g_printerr("usage: %s DIRECTORY DESCRIPTOR...\n", argv[0]);
        return 2;
    }
    if (!make_schemas(argv[1], argv + 2, &error)) {
        g_printerr("%s: %s\n", argv[0], error->message);
        return 1;
    }
    return 0;
}
