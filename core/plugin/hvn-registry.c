/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds plugins. The search path is read once, when the registry is made: each descriptor that is found becomes an entry, and the first
 * of a kind and name wins. Modules are opened on demand, by hvn_registry_load() alone. The built-in directories are found from the place of
 * the library itself, so that a build tree and an install under any prefix work without being told. */
#include "hvn-registry.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "hvn-error.h"
#include "hvn-module.h"
#include "hvn-schema.h"
#include "hvn-text.h"

#define HVN_REGISTRY_LEVELS 2 /* of subdirectories below a directory of the search path */

/* a plugin that was found */
typedef struct {
    HvnDescriptor *descriptor; /* owned reference */
    char *root;                /* owned; the directory of the search path that it was found in */
    GType type;                /* G_TYPE_INVALID until its module is loaded */
} HvnRegistryEntry;

struct _HvnRegistry {
    GObject parent_instance;

    GPtrArray *entries;  /* (element-type HvnRegistryEntry): by kind, then by name */
    GPtrArray *problems; /* (element-type utf8): NULL at the end */
    char *schema_dir;    /* owned */
    char *schema;        /* owned; plugin.rng */
};

G_DEFINE_FINAL_TYPE(HvnRegistry, hvn_registry, G_TYPE_OBJECT)

static void
hvn_registry_entry_free(HvnRegistryEntry *self)
{
    hvn_descriptor_unref(self->descriptor);
    g_free(self->root);
    g_free(self);
}

/* ---- where things are ---- */

/* (nullable): the directory of the file that this code was loaded from */
static char *
hvn_registry_get_library_dir(void)
{
    Dl_info info = {0};
    g_autofree char *path = NULL;
    char *resolved;

    if (dladdr((void *)hvn_registry_new, &info) == 0 || info.dli_fname == NULL)
        return NULL;
    resolved = realpath(info.dli_fname, NULL);
    if (resolved == NULL)
        return NULL;
    path = g_path_get_dirname(resolved);
    free(resolved);
    return g_steal_pointer(&path);
}

/* The directory that an install under another prefix or DESTDIR has instead of the configured one: both lie at the same place relative
 * to the prefix, and the library's directory says where that is. NULL when there is no such directory. */
static char *
hvn_registry_relocate(const char *library_dir, const char *relative)
{
    g_autofree char *suffix = g_strconcat("/", HVN_LIBDIR_RELATIVE, NULL);
    g_autofree char *prefix = NULL;
    g_autofree char *path = NULL;

    if (g_path_is_absolute(relative) || g_path_is_absolute(HVN_LIBDIR_RELATIVE) || !g_str_has_suffix(library_dir, suffix))
        return NULL;
    prefix = g_strndup(library_dir, strlen(library_dir) - strlen(suffix));
    path = g_build_filename(prefix, relative, NULL);
    return g_file_test(path, G_FILE_TEST_IS_DIR) ? g_steal_pointer(&path) : NULL;
}

static char *
hvn_registry_find_dir(const char *uninstalled, const char *relative, const char *configured)
{
    g_autofree char *library_dir = hvn_registry_get_library_dir();
    g_autofree char *marker = NULL;
    g_autofree char *above = NULL;
    char *relocated;

    if (library_dir == NULL)
        return g_strdup(configured);
    marker = g_build_filename(library_dir, "hvnet-uninstalled", NULL);
    if (g_file_test(marker, G_FILE_TEST_EXISTS)) {
        above = g_path_get_dirname(library_dir);
        return g_build_filename(above, uninstalled, NULL);
    }
    relocated = hvn_registry_relocate(library_dir, relative);
    return relocated != NULL ? relocated : g_strdup(configured);
}

/* ---- reading descriptors ---- */

static HvnRegistryEntry *
hvn_registry_find_exact(HvnRegistry *self, const char *kind, const char *name)
{
    for (guint i = 0; i < self->entries->len; i++) {
        HvnRegistryEntry *entry = self->entries->pdata[i];

        if (strcmp(entry->descriptor->kind, kind) == 0 && strcmp(entry->descriptor->name, name) == 0)
            return entry;
    }
    return NULL;
}

/* XML files of others are no concern of ours; a file that is no XML is, when it says our namespace */
static gboolean
hvn_registry_is_ours(const char *path)
{
    g_autoptr(xmlDoc) doc = hvn_schema_parse_file(path, NULL);
    g_autofree char *text = NULL;
    const xmlNode *root;

    if (doc == NULL)
        return g_file_get_contents(path, &text, NULL, NULL) && strstr(text, HVN_DESCRIPTOR_NAMESPACE) != NULL;
    root = xmlDocGetRootElement(doc);
    return root->ns != NULL && g_strcmp0((const char *)root->ns->href, HVN_DESCRIPTOR_NAMESPACE) == 0;
}

static void
hvn_registry_read_file(HvnRegistry *self, const char *path, const char *root)
{
    g_autoptr(HvnDescriptor) descriptor = NULL;
    g_autoptr(GError) error = NULL;
    HvnRegistryEntry *entry;

    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR) || !hvn_registry_is_ours(path))
        return;
    descriptor = hvn_descriptor_load(path, self->schema, &error);
    if (descriptor == NULL) {
        g_ptr_array_add(self->problems, g_strdup(error->message));
        return;
    }
    entry = hvn_registry_find_exact(self, descriptor->kind, descriptor->name);
    if (entry != NULL) {
        g_debug("%s: passed over, %s '%s' is %s", path, descriptor->kind, descriptor->name, entry->descriptor->path);
        return;
    }
    entry = g_new0(HvnRegistryEntry, 1);
    entry->descriptor = g_steal_pointer(&descriptor);
    entry->root = g_strdup(root);
    g_ptr_array_add(self->entries, entry);
}

static int
hvn_registry_compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* names in a directory, sorted, so that the outcome does not depend on the file system */
static GPtrArray *
hvn_registry_list_dir(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, hvn_registry_compare_names);
    return names;
}

static void
hvn_registry_read_dir(HvnRegistry *self, const char *path, const char *root, guint levels)
{
    g_autoptr(GPtrArray) names = hvn_registry_list_dir(path);

    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        g_autofree char *full = g_build_filename(path, name, NULL);

        if (g_str_has_suffix(name, ".xml"))
            hvn_registry_read_file(self, full, root);
        else if (levels > 0 && *name != '.' && g_file_test(full, G_FILE_TEST_IS_DIR))
            hvn_registry_read_dir(self, full, root, levels - 1);
    }
}

static void
hvn_registry_read_path(HvnRegistry *self, const char *search_path)
{
    g_auto(GStrv) dirs = g_strsplit(search_path != NULL ? search_path : "", G_SEARCHPATH_SEPARATOR_S, -1);

    for (guint i = 0; dirs[i] != NULL; i++) {
        if (*dirs[i] == '\0')
            continue;
        if (g_file_test(dirs[i], G_FILE_TEST_IS_DIR))
            hvn_registry_read_dir(self, dirs[i], dirs[i], HVN_REGISTRY_LEVELS);
        else
            g_ptr_array_add(self->problems, g_strdup_printf("%s: no such directory", dirs[i]));
    }
}

/* backend, filter, nic happen to be in the order of the alphabet, which is as good as any */
static int
hvn_registry_compare_entries(gconstpointer a, gconstpointer b)
{
    const HvnDescriptor *first = (*(const HvnRegistryEntry *const *)a)->descriptor;
    const HvnDescriptor *second = (*(const HvnRegistryEntry *const *)b)->descriptor;
    int by_kind = strcmp(first->kind, second->kind);

    return by_kind != 0 ? by_kind : strcmp(first->name, second->name);
}

/* ---- the object ---- */

static void
hvn_registry_finalize(GObject *object)
{
    HvnRegistry *self = HVN_REGISTRY(object);

    g_ptr_array_unref(self->entries);
    g_ptr_array_unref(self->problems);
    g_free(self->schema_dir);
    g_free(self->schema);
    G_OBJECT_CLASS(hvn_registry_parent_class)->finalize(object);
}

static void
hvn_registry_class_init(HvnRegistryClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = hvn_registry_finalize;
}

static void
hvn_registry_init(HvnRegistry *self)
{
    const char *schema_dir = g_getenv("HVNET_SCHEMA_DIR");

    self->entries = g_ptr_array_new_with_free_func((GDestroyNotify)hvn_registry_entry_free);
    self->problems = g_ptr_array_new_with_free_func(g_free);
    self->schema_dir = schema_dir != NULL && *schema_dir != '\0'
                           ? g_strdup(schema_dir)
                           : hvn_registry_find_dir("schemas", HVN_SCHEMA_RELATIVE, HVN_SCHEMA_DIR);
    self->schema = g_build_filename(self->schema_dir, "plugin.rng", NULL);
}

HvnRegistry *
hvn_registry_new(const char *plugin_path)
{
    g_autoptr(HvnRegistry) self = g_object_new(HVN_TYPE_REGISTRY, NULL);
    g_autofree char *built_in = hvn_registry_find_dir("plugins", HVN_PLUGIN_RELATIVE, HVN_PLUGIN_DIR);

    hvn_registry_read_path(self, plugin_path);
    hvn_registry_read_path(self, g_getenv("HVNET_PLUGIN_PATH"));
    hvn_registry_read_dir(self, built_in, built_in, HVN_REGISTRY_LEVELS);
    g_ptr_array_sort(self->entries, hvn_registry_compare_entries);
    g_ptr_array_add(self->problems, NULL);
    return g_steal_pointer(&self);
}

const char *
hvn_registry_get_schema_dir(HvnRegistry *self)
{
    g_return_val_if_fail(HVN_IS_REGISTRY(self), NULL);

    return self->schema_dir;
}

GPtrArray *
hvn_registry_list(HvnRegistry *self, const char *kind)
{
    GPtrArray *list = g_ptr_array_new();

    g_return_val_if_fail(HVN_IS_REGISTRY(self), list);

    for (guint i = 0; i < self->entries->len; i++) {
        HvnRegistryEntry *entry = self->entries->pdata[i];

        if (kind == NULL || strcmp(entry->descriptor->kind, kind) == 0)
            g_ptr_array_add(list, entry->descriptor);
    }
    return list;
}

const char *const *
hvn_registry_get_problems(HvnRegistry *self)
{
    g_return_val_if_fail(HVN_IS_REGISTRY(self), NULL);

    return (const char *const *)self->problems->pdata;
}

/* (nullable): the problem with a file "name.xml" */
static const char *
hvn_registry_find_problem(HvnRegistry *self, const char *name)
{
    g_autofree char *part = g_strconcat("/", name, ".xml:", NULL);

    for (guint i = 0; i + 1 < self->problems->len; i++) {
        if (strstr(self->problems->pdata[i], part) != NULL)
            return self->problems->pdata[i];
    }
    return NULL;
}

static void
hvn_registry_set_not_found(HvnRegistry *self, const char *kind, const char *name, GError **error)
{
    g_autoptr(GPtrArray) list = hvn_registry_list(self, kind);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const char *problem = hvn_registry_find_problem(self, name);
    g_autofree char *printable = hvn_text_printable(name);
    g_autofree char *accepted = NULL;

    for (guint i = 0; i < list->len; i++) {
        const HvnDescriptor *descriptor = list->pdata[i];

        g_ptr_array_add(names, descriptor->name);
        for (guint j = 0; descriptor->aliases[j] != NULL; j++)
            g_ptr_array_add(names, descriptor->aliases[j]);
        for (guint j = 0; j < descriptor->variants->len; j++)
            g_ptr_array_add(names, ((const HvnVariant *)descriptor->variants->pdata[j])->name);
    }
    accepted = hvn_text_accepted(name, names);
    g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND, "unknown %s '%s'%s%s%s", kind != NULL ? kind : "plugin", printable,
                accepted, problem != NULL ? "; its descriptor is broken: " : "", problem != NULL ? problem : "");
}

HvnDescriptor *
hvn_registry_find(HvnRegistry *self, const char *kind, const char *name, GError **error)
{
    g_autoptr(GPtrArray) list = NULL;

    g_return_val_if_fail(HVN_IS_REGISTRY(self) && name != NULL, NULL);

    list = hvn_registry_list(self, kind);
    /* a plugin's own name comes before another's alias */
    for (guint i = 0; i < list->len; i++) {
        HvnDescriptor *descriptor = list->pdata[i];

        if (strcmp(descriptor->name, name) == 0)
            return descriptor;
    }
    for (guint i = 0; i < list->len; i++) {
        HvnDescriptor *descriptor = list->pdata[i];

        if (hvn_descriptor_has_name(descriptor, name))
            return descriptor;
    }
    hvn_registry_set_not_found(self, kind, name, error);
    return NULL;
}

/* the module's file: beside the descriptor, or in the directory of the search path that the descriptor was found under */
static char *
hvn_registry_find_module(const HvnRegistryEntry *entry)
{
    g_autofree char *dir = g_path_get_dirname(entry->descriptor->path);
    g_autofree char *beside = g_build_filename(dir, entry->descriptor->module, NULL);
    g_autofree char *above = g_build_filename(entry->root, entry->descriptor->module, NULL);

    if (!g_file_test(beside, G_FILE_TEST_EXISTS) && g_file_test(above, G_FILE_TEST_EXISTS))
        return g_steal_pointer(&above);
    return g_steal_pointer(&beside);
}

GType
hvn_registry_load(HvnRegistry *self, HvnDescriptor *descriptor, GError **error)
{
    HvnRegistryEntry *entry = NULL;
    g_autofree char *path = NULL;

    g_return_val_if_fail(HVN_IS_REGISTRY(self) && descriptor != NULL, G_TYPE_INVALID);

    entry = hvn_registry_find_exact(self, descriptor->kind, descriptor->name);
    g_return_val_if_fail(entry != NULL && entry->descriptor == descriptor, G_TYPE_INVALID);

    if (entry->type == G_TYPE_INVALID) {
        path = hvn_registry_find_module(entry);
        entry->type = hvn_module_load(descriptor, path, error);
    }
    return entry->type;
}
