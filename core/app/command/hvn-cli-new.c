/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `hvnet plugin new NAME [DIR]`: writes a NIC plugin to begin with. Its text is doc/examples/third-party-nic, which our tests build and check as
 * anybody would; it is in this program as a resource, and only the name is put in. The files are written beside their place and moved there
 * when all are: nothing half-written is left. */
#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "hvn-cli-new.h"
#include "hvn-error.h"
#include "hvn-text.h"

#define NEW_TEMPLATE "/hvnet/template/"
#define NEW_NAME_MAX 32 /* bytes of a name */

/* the name of the template in each of its spellings, and what stands there instead */
typedef struct {
    const char *from;
    char       *to; /* owned */
} HvnCliNewWord;

enum {
    NEW_DASHES,
    NEW_UNDERSCORES,
    NEW_CAPITALS,
    NEW_CAMEL,
    NEW_N_WORDS,
};

/* ---- names ---- */

static char *
hvn_cli_new_camel(const char *name)
{
    GString *text = g_string_new(NULL);
    gboolean first = TRUE;

    for (; *name != '\0'; name++) {
        if (*name != '-')
            g_string_append_c(text, first ? g_ascii_toupper(*name) : *name);
        first = *name == '-';
    }
    return g_string_free(text, FALSE);
}

static void
hvn_cli_new_spell(HvnCliNewWord *words, const char *name)
{
    char *underscores = g_strdelimit(g_strdup(name), "-", '_');

    words[NEW_DASHES] = (HvnCliNewWord){"example-nic", g_strdup(name)};
    words[NEW_UNDERSCORES] = (HvnCliNewWord){"example_nic", underscores};
    words[NEW_CAPITALS] = (HvnCliNewWord){"EXAMPLE_NIC", g_ascii_strup(underscores, -1)};
    words[NEW_CAMEL] = (HvnCliNewWord){"ExampleNic", hvn_cli_new_camel(name)};
}

static char *
hvn_cli_new_substitute(const HvnCliNewWord *words, const char *text)
{
    g_autoptr(GString) result = g_string_new(text);

    for (guint i = 0; i < NEW_N_WORDS; i++)
        g_string_replace(result, words[i].from, words[i].to, 0);
    return g_string_free(g_steal_pointer(&result), FALSE);
}

/* the name becomes names of files and functions, so it is narrower than what a descriptor takes */
static gboolean
hvn_cli_new_is_name(const char *name)
{
    gsize len = strlen(name);

    if (len == 0 || len > NEW_NAME_MAX || !g_ascii_islower(name[0]) || name[len - 1] == '-' || strstr(name, "--") != NULL)
        return FALSE;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static gboolean
hvn_cli_new_check_name(HvnCli *cli, const char *name, GError **error)
{
    static const char *const words[] = {"new", "check", "schema", "help", NULL};
    g_autofree char *printable = hvn_text_printable(name);
    HvnDescriptor *taken;

    if (!hvn_cli_new_is_name(name)) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
                    "'%s' cannot be the name of a new plugin: expected lower-case letters, digits and single dashes, a letter first, at most %d, "
                    "such as 'my-nic'",
                    printable, NEW_NAME_MAX);
        return FALSE;
    }
    if (g_strv_contains(words, name) || g_str_has_prefix(name, "g-") || g_str_has_prefix(name, "hvn")) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
                    "'%s' cannot be the name of a new plugin: names in 'hvn' and 'g-' are those of hvnet and GLib, and new, check, schema and "
                    "help are words of the command; expected another one, such as 'my-%s'",
                    name, name);
        return FALSE;
    }
    taken = hvn_registry_find(hvn_cli_get_registry(cli), NULL, name, NULL);
    if (taken == NULL)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "the name '%s' is taken by the %s of %s: expected one that 'hvnet plugins' does not list",
                name, taken->kind, taken->path);
    return FALSE;
}

/* ---- files ---- */

static gboolean
hvn_cli_new_write_file(const HvnCliNewWord *words, const char *directory, const char *file, GError **error)
{
    g_autofree char *resource = g_strconcat(NEW_TEMPLATE, file, NULL);
    g_autoptr(GBytes) bytes = g_resources_lookup_data(resource, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
    g_autofree char *name = hvn_cli_new_substitute(words, file);
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autofree char *raw = NULL;
    g_autofree char *text = NULL;

    if (bytes == NULL)
        return FALSE;
    raw = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    text = hvn_cli_new_substitute(words, raw);
    return g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0666, error);
}

/* all or, with an error, perhaps some of the files, in a directory that is there */
static gboolean
hvn_cli_new_write_files(const HvnCliNewWord *words, const char *directory, char **files, GError **error)
{
    for (guint i = 0; files[i] != NULL; i++) {
        if (!hvn_cli_new_write_file(words, directory, files[i], error))
            return FALSE;
    }
    return TRUE;
}

static void
hvn_cli_new_remove(const HvnCliNewWord *words, const char *directory, char **files)
{
    for (guint i = 0; files[i] != NULL; i++) {
        g_autofree char *name = hvn_cli_new_substitute(words, files[i]);
        g_autofree char *path = g_build_filename(directory, name, NULL);

        g_unlink(path);
    }
    g_rmdir(directory);
}

/* writes the files into a directory beside the one that is wanted, and gives it that name */
static gboolean
hvn_cli_new_write(const HvnCliNewWord *words, const char *directory, char **files, GError **error)
{
    g_autofree char *scratch = g_strconcat(directory, ".XXXXXX", NULL);
    g_autofree char *inner = NULL;
    gboolean written;

    if (g_file_test(directory, G_FILE_TEST_EXISTS)) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
                    "'%s' exists: expected a directory that is still to be made, which may be named behind the plugin", directory);
        return FALSE;
    }
    if (g_mkdtemp(scratch) == NULL) {
        hvn_set_error_errno(error, errno, "cannot make the directory '%s'", directory);
        return FALSE;
    }
    inner = g_build_filename(scratch, "plugin", NULL); /* with the permissions that the caller's directories have */
    g_mkdir(inner, 0777);
    written = hvn_cli_new_write_files(words, inner, files, error);
    if (written && g_rename(inner, directory) != 0) {
        hvn_set_error_errno(error, errno, "cannot make the directory '%s'", directory);
        written = FALSE;
    }
    if (!written)
        hvn_cli_new_remove(words, inner, files);
    g_rmdir(scratch);
    return written;
}

/* ---- what it says ---- */

static void
hvn_cli_new_print(const char *directory, char **files)
{
    printf("%s: a NIC plugin of %u files, for you to change; README.md says what it is. Build and test it with\n"
           "\n"
           "  meson setup %s/build %s\n"
           "  meson test -C %s/build\n",
           directory, g_strv_length(files), directory, directory, directory);
}

static void
hvn_cli_new_print_json(const HvnCliNewWord *words, const char *directory, char **files)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "name");
    json_builder_add_string_value(builder, words[NEW_DASHES].to);
    json_builder_set_member_name(builder, "directory");
    json_builder_add_string_value(builder, directory);
    json_builder_set_member_name(builder, "files");
    json_builder_begin_array(builder);
    for (guint i = 0; files[i] != NULL; i++) {
        g_autofree char *file = hvn_cli_new_substitute(words, files[i]);

        json_builder_add_string_value(builder, file);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    hvn_cli_print_json(builder);
}

int
hvn_cli_new(HvnCli *self, int argc, char **argv)
{
    const char *directory = argc == 2 ? argv[1] : argc == 1 ? argv[0] : NULL;
    HvnCliNewWord words[NEW_N_WORDS] = {0};
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) files = NULL;
    gboolean done;

    if (argc < 1 || argc > 2 || argv[0][0] == '-')
        return hvn_cli_usage("'plugin new' takes a name, and perhaps the directory to make, such as 'hvnet plugin new my-nic'");
    files = g_resources_enumerate_children(NEW_TEMPLATE, G_RESOURCE_LOOKUP_FLAGS_NONE, &error);
    hvn_cli_new_spell(words, argv[0]);
    done = files != NULL && hvn_cli_new_check_name(self, argv[0], &error) && hvn_cli_new_write(words, directory, files, &error);
    if (!done)
        hvn_cli_print_error(error);
    else if (self->json)
        hvn_cli_new_print_json(words, directory, files);
    else
        hvn_cli_new_print(directory, files);
    for (guint i = 0; i < NEW_N_WORDS; i++)
        g_free(words[i].to);
    return done ? HVN_EXIT_DONE : HVN_EXIT_FAILED;
}
