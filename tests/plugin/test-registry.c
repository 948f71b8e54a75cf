/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding plugins: order of the search path, files of others, broken descriptors, names; and that no module is opened before it is asked
 * for. Each test lays out a directory of its own. */
#include "hvn-registry.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "hvn-backend.h"
#include "hvn-error.h"

#define NAMESPACE "xmlns='" HVN_DESCRIPTOR_NAMESPACE "'"

typedef struct {
    char *dir;
} Fixture;

static void
fixture_set_up(Fixture *self, gconstpointer data)
{
    self->dir = g_dir_make_tmp("hvn-test-XXXXXX", NULL);
    g_assert_nonnull(self->dir);
    g_unsetenv("HVN_TEST_ODD_LOADED");
    g_unsetenv("HVNET_PLUGIN_PATH");
    g_unsetenv("HVNET_SCHEMA_DIR");
}

static void
remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        remove_tree(child);
    }
    g_remove(path);
}

static void
fixture_tear_down(Fixture *self, gconstpointer data)
{
    remove_tree(self->dir);
    g_free(self->dir);
}

static void
write_file(Fixture *self, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(self->dir, name, NULL);
    g_autofree char *dir = g_path_get_dirname(path);

    g_assert_cmpint(g_mkdir_with_parents(dir, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void
write_plugin(Fixture *self, const char *file, const char *kind, const char *name, const char *summary, const char *more)
{
    g_autofree char *text = g_strdup_printf("<plugin " NAMESPACE " kind='%s' name='%s' abi='1'>\n<module>m.so</module>"
                                            "<summary>%s</summary>%s</plugin>\n",
                                            kind, name, summary, more);

    write_file(self, file, text);
}

static void
copy_file(const char *from, const char *to)
{
    g_autoptr(GFile) source = g_file_new_for_path(from);
    g_autoptr(GFile) target = g_file_new_for_path(to);
    g_autoptr(GError) error = NULL;

    g_file_copy(source, target, G_FILE_COPY_NONE, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
}

/* the odd plugin's descriptor in a subdirectory, and a module where it is said */
static void
lay_out_odd(Fixture *self, const char *module, const char *where)
{
    g_autofree char *descriptor = g_test_build_filename(G_TEST_DIST, "..", "data", "plugins", "odd", "odd.xml", NULL);
    g_autofree char *built = g_test_build_filename(G_TEST_BUILT, module, NULL);
    g_autofree char *dir = g_build_filename(self->dir, "backends", "odd", NULL);
    g_autofree char *descriptor_copy = g_build_filename(dir, "odd.xml", NULL);
    g_autofree char *module_copy = g_build_filename(self->dir, where, "hvn-backend-odd.so", NULL);

    g_assert_cmpint(g_mkdir_with_parents(dir, 0700), ==, 0);
    copy_file(descriptor, descriptor_copy);
    if (module != NULL)
        copy_file(built, module_copy);
}

static HvnRegistry *
make_registry(Fixture *self)
{
    return hvn_registry_new(self->dir);
}

static HvnDescriptor *
find(HvnRegistry *registry, const char *kind, const char *name)
{
    g_autoptr(GError) error = NULL;
    HvnDescriptor *descriptor = hvn_registry_find(registry, kind, name, &error);

    g_assert_no_error(error);
    return descriptor;
}

/* ---- what is found ---- */

static void
test_levels(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnRegistry) registry = NULL;
    g_autoptr(GError) error = NULL;

    write_plugin(self, "zero.xml", "filter", "level-0", "x", "");
    write_plugin(self, "a/one.xml", "filter", "level-1", "x", "");
    write_plugin(self, "a/b/two.xml", "filter", "level-2", "x", "");
    write_plugin(self, "a/b/c/three.xml", "filter", "level-3", "x", "");
    registry = make_registry(self);
    find(registry, "filter", "level-0");
    find(registry, "filter", "level-1");
    find(registry, "filter", "level-2");
    g_assert_null(hvn_registry_find(registry, "filter", "level-3", &error));
}

static void
test_list(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnRegistry) registry = NULL;
    g_autoptr(GPtrArray) filters = NULL;
    g_autoptr(GPtrArray) all = NULL;

    write_plugin(self, "1.xml", "filter", "b", "x", "");
    write_plugin(self, "2.xml", "nic", "a", "x", "");
    write_plugin(self, "3.xml", "filter", "a", "x", "");
    registry = make_registry(self);
    filters = hvn_registry_list(registry, "filter");
    all = hvn_registry_list(registry, NULL);
    g_assert_cmpuint(filters->len, ==, 2);
    g_assert_cmpstr(((HvnDescriptor *)filters->pdata[0])->name, ==, "a");
    g_assert_cmpstr(((HvnDescriptor *)filters->pdata[1])->name, ==, "b");
    g_assert_cmpuint(all->len, >=, 3);
    for (guint i = 1; i < all->len; i++)
        g_assert_cmpstr(((HvnDescriptor *)all->pdata[i - 1])->kind, <=, ((HvnDescriptor *)all->pdata[i])->kind);
}

static void
test_others_are_ignored(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnRegistry) registry = NULL;
    g_autoptr(GPtrArray) filters = NULL;

    write_file(self, "domain.xml", "<domain type='kvm'/>\n");
    write_file(self, "notes.xml", "no XML at all\n");
    write_file(self, "plugin.xml", "<plugin kind='nic' name='x'/>\n");
    write_file(self, "README.md", "<plugin " NAMESPACE "/>\n");
    registry = make_registry(self);
    filters = hvn_registry_list(registry, "filter");
    g_assert_null(hvn_registry_get_problems(registry)[0]);
    g_assert_cmpuint(filters->len, ==, 0);
}

static void
test_problems(Fixture *self, gconstpointer data)
{
    g_autofree char *broken = g_build_filename(self->dir, "broken.xml", NULL);
    g_autofree char *wrong = g_build_filename(self->dir, "wrong.xml", NULL);
    g_autofree char *expected = g_strdup_printf("%s:1: unknown kind 'nix' (accepted: backend, nic, filter)", wrong);
    g_autoptr(HvnRegistry) registry = NULL;
    g_autoptr(GError) error = NULL;
    const char *const *problems;

    write_file(self, "broken.xml", "<plugin " NAMESPACE " kind='nic'\n");
    write_file(self, "wrong.xml",
               "<plugin " NAMESPACE " kind='nix' name='wrong' abi='1'>\n<module>m.so</module><summary>x</summary></plugin>\n");
    write_plugin(self, "good.xml", "filter", "good", "x", "");
    registry = make_registry(self);
    problems = hvn_registry_get_problems(registry);
    g_assert_cmpuint(g_strv_length((char **)problems), ==, 2);
    g_assert_true(g_str_has_prefix(problems[0], broken));
    g_assert_cmpstr(problems[1], ==, expected);
    find(registry, "filter", "good");
    /* asking for the broken one tells why it is not there */
    g_assert_null(hvn_registry_find(registry, "nic", "wrong", &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND);
    g_assert_nonnull(strstr(error->message, expected));
}

static void
test_search_order(Fixture *self, gconstpointer data)
{
    g_autofree char *first = g_build_filename(self->dir, "first", NULL);
    g_autofree char *second = g_build_filename(self->dir, "second", NULL);
    g_autofree char *third = g_build_filename(self->dir, "third", NULL);
    g_autofree char *path = g_strjoin(":", first, second, NULL);
    g_autoptr(HvnRegistry) registry = NULL;

    write_plugin(self, "first/a.xml", "filter", "a", "of first", "");
    write_plugin(self, "second/a.xml", "filter", "a", "of second", "");
    write_plugin(self, "second/b.xml", "filter", "b", "of second", "");
    write_plugin(self, "third/b.xml", "filter", "b", "of third", "");
    write_plugin(self, "third/c.xml", "filter", "c", "of third", "");
    g_setenv("HVNET_PLUGIN_PATH", third, TRUE);
    registry = hvn_registry_new(path);
    g_assert_cmpstr(find(registry, "filter", "a")->summary, ==, "of first");
    g_assert_cmpstr(find(registry, "filter", "b")->summary, ==, "of second");
    g_assert_cmpstr(find(registry, "filter", "c")->summary, ==, "of third");
    g_assert_null(hvn_registry_get_problems(registry)[0]);
}

static void
test_missing_directory(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnRegistry) registry = hvn_registry_new("/nonexistent/plugins");

    g_assert_cmpstr(hvn_registry_get_problems(registry)[0], ==, "/nonexistent/plugins: no such directory");
}

static void
test_names(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnRegistry) registry = NULL;
    g_autoptr(GError) error = NULL;

    write_plugin(self, "a.xml", "filter", "dump", "x",
                 "<alias>record</alias><alias>mirror</alias><variant name='dump-2'>y</variant>");
    write_plugin(self, "b.xml", "filter", "mirror", "x", "");
    registry = make_registry(self);
    g_assert_cmpstr(find(registry, "filter", "record")->name, ==, "dump");
    g_assert_cmpstr(find(registry, NULL, "dump-2")->name, ==, "dump");
    /* a plugin's own name comes before another's alias */
    g_assert_cmpstr(find(registry, "filter", "mirror")->name, ==, "mirror");
    g_assert_null(hvn_registry_find(registry, "filter", "drump", &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND);
    g_assert_cmpstr(error->message, ==,
                    "unknown filter 'drump' (accepted: dump, record, mirror, dump-2, mirror; did you mean 'dump'?)");
}

static void
test_schema_dir(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnRegistry) registry = make_registry(self);
    g_autofree char *schema = g_build_filename(hvn_registry_get_schema_dir(registry), "plugin.rng", NULL);
    g_autoptr(HvnRegistry) other = NULL;

    g_assert_true(g_file_test(schema, G_FILE_TEST_IS_REGULAR));
    g_setenv("HVNET_SCHEMA_DIR", "/elsewhere", TRUE);
    other = make_registry(self);
    g_assert_cmpstr(hvn_registry_get_schema_dir(other), ==, "/elsewhere");
}

/* ---- modules ---- */

static void
test_lazy(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnRegistry) registry = NULL;
    g_autoptr(GPtrArray) list = NULL;
    g_autoptr(GError) error = NULL;
    HvnDescriptor *descriptor;
    GType type;

    lay_out_odd(self, "odd-good.so", "backends/odd");
    registry = make_registry(self);
    list = hvn_registry_list(registry, NULL);
    descriptor = find(registry, "backend", "strange");
    g_assert_null(g_getenv("HVN_TEST_ODD_LOADED"));
    type = hvn_registry_load(registry, descriptor, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(g_getenv("HVN_TEST_ODD_LOADED"), ==, "1");
    g_assert_true(g_type_is_a(type, HVN_TYPE_BACKEND));
    /* once: without its file it is still there */
    fixture_tear_down(self, data);
    self->dir = g_dir_make_tmp("hvn-test-XXXXXX", NULL);
    g_assert_cmpuint(hvn_registry_load(registry, descriptor, &error), ==, type);
}

static void
test_module_above(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnRegistry) registry = NULL;
    g_autofree char *path = g_build_filename(self->dir, "hvn-backend-odd.so", NULL);
    g_autofree char *expected = g_strdup_printf("module '%s': is built for plugin abi 99, this library has 1", path);
    g_autoptr(GError) error = NULL;

    lay_out_odd(self, "odd-abi.so", ".");
    registry = make_registry(self);
    g_assert_cmpuint(hvn_registry_load(registry, find(registry, "backend", "odd"), &error), ==, G_TYPE_INVALID);
    g_assert_error(error, HVN_ERROR, HVN_ERROR_ABI);
    g_assert_cmpstr(error->message, ==, expected);
}

static void
test_module_missing(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnRegistry) registry = NULL;
    g_autofree char *path = g_build_filename(self->dir, "backends", "odd", "hvn-backend-odd.so", NULL);
    g_autofree char *expected = g_strdup_printf("module '%s' does not exist", path);
    g_autoptr(GError) error = NULL;

    lay_out_odd(self, NULL, ".");
    registry = make_registry(self);
    g_assert_cmpuint(hvn_registry_load(registry, find(registry, "backend", "odd"), &error), ==, G_TYPE_INVALID);
    g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND);
    g_assert_cmpstr(error->message, ==, expected);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add("/plugin/registry/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
    ADD("levels", test_levels);
    ADD("list", test_list);
    ADD("others-are-ignored", test_others_are_ignored);
    ADD("problems", test_problems);
    ADD("search-order", test_search_order);
    ADD("missing-directory", test_missing_directory);
    ADD("names", test_names);
    ADD("schema-dir", test_schema_dir);
    ADD("lazy", test_lazy);
    ADD("module-above", test_module_above);
    ADD("module-missing", test_module_missing);
    return g_test_run();
}
