/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The grammar of QEMU's options, in its two spellings: keys and values joined by commas, and JSON. hvn-config-qemu.c gives the
 * keys their meaning. */
#include "hvn-qemu-opts.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "hvn-config-private.h"
#include "hvn-error.h"

#define HVN_QEMU_JSON_BYTES_MAX 65536
#define HVN_QEMU_JSON_DEPTH_MAX 8

static void
hvn_qemu_opt_free(HvnQemuOpt *self)
{
    g_free(self->key);
    g_free(self->value);
    g_free(self);
}

GPtrArray *
hvn_qemu_opts_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)hvn_qemu_opt_free);
}

void
hvn_qemu_opts_add(GPtrArray *opts, const char *key, const char *value)
{
    HvnQemuOpt *opt = g_new0(HvnQemuOpt, 1);

    opt->key = g_strdup(key);
    opt->value = g_strdup(value);
    g_ptr_array_add(opts, opt);
}

/* the text up to a single comma, with double ones made single; @rest is what follows, NULL at the end */
static char *
hvn_qemu_opts_split(const char *text, const char **rest)
{
    GString *item = g_string_new(NULL);

    *rest = NULL;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == ',' && c[1] != ',') {
            *rest = c + 1;
            break;
        }
        if (*c == ',')
            c++;
        g_string_append_c(item, *c);
    }
    return g_string_free(item, FALSE);
}

static gboolean
hvn_qemu_opts_parse_item(GPtrArray *opts, char *item, const char *first_key, const char *origin, GError **error)
{
    char *equals = strchr(item, '=');

    if (equals != NULL)
        *equals = '\0';
    if (*item == '\0') {
        hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, origin,
                             "a key is missing: expected key=value, joined by commas (',' in a value is ',,')");
        return FALSE;
    }
    if (equals == NULL && first_key != NULL)
        hvn_qemu_opts_add(opts, first_key, item);
    else
        hvn_qemu_opts_add(opts, item, equals != NULL ? equals + 1 : "on");
    return TRUE;
}

static gboolean
hvn_qemu_opts_parse_list(GPtrArray *opts, const char *text, const char *first_key, const char *origin, GError **error)
{
    const char *rest = text;

    while (rest != NULL && *rest != '\0') {
        g_autofree char *item = hvn_qemu_opts_split(rest, &rest);

        if (!hvn_qemu_opts_parse_item(opts, item, first_key, origin, error))
            return FALSE;
        first_key = NULL;
    }
    return TRUE;
}

/* ---- JSON ---- */

static char *
hvn_qemu_json_scalar(JsonNode *node)
{
    switch (json_node_get_value_type(node)) {
    case G_TYPE_BOOLEAN:
        return g_strdup(json_node_get_boolean(node) ? "on" : "off");
    case G_TYPE_INT64:
        return g_strdup_printf("%" G_GINT64_FORMAT, json_node_get_int(node));
    case G_TYPE_STRING:
        return g_strdup(json_node_get_string(node));
    default:
        return NULL;
    }
}

static gboolean
hvn_qemu_json_add(GPtrArray *opts, const char *key, JsonNode *node, guint depth, const char *origin, GError **error);

static gboolean
hvn_qemu_json_add_object(GPtrArray *opts, const char *key, JsonObject *object, guint depth, const char *origin, GError **error)
{
    JsonObjectIter iter;
    const char *name;
    JsonNode *node;

    json_object_iter_init_ordered(&iter, object);
    while (json_object_iter_next_ordered(&iter, &name, &node)) {
        g_autofree char *dotted = key != NULL ? g_strdup_printf("%s.%s", key, name) : g_strdup(name);

        if (!hvn_qemu_json_add(opts, dotted, node, depth + 1, origin, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
hvn_qemu_json_add_item(GPtrArray *opts, const char *key, JsonNode *node, guint depth, const char *origin, GError **error)
{
    if (JSON_NODE_HOLDS_OBJECT(node)) {
        JsonObject *object = json_node_get_object(node);

        if (json_object_get_size(object) == 1 && json_object_has_member(object, "str"))
            node = json_object_get_member(object, "str");
    }
    return hvn_qemu_json_add(opts, key, node, depth + 1, origin, error);
}

static gboolean
hvn_qemu_json_add(GPtrArray *opts, const char *key, JsonNode *node, guint depth, const char *origin, GError **error)
{
    g_autofree char *text = NULL;

    if (depth < HVN_QEMU_JSON_DEPTH_MAX && JSON_NODE_HOLDS_OBJECT(node))
        return hvn_qemu_json_add_object(opts, key, json_node_get_object(node), depth, origin, error);
    if (depth < HVN_QEMU_JSON_DEPTH_MAX && JSON_NODE_HOLDS_ARRAY(node)) {
        JsonArray *array = json_node_get_array(node);

        for (guint i = 0; i < json_array_get_length(array); i++) {
            if (!hvn_qemu_json_add_item(opts, key, json_array_get_element(array, i), depth, origin, error))
                return FALSE;
        }
        return TRUE;
    }
    if (JSON_NODE_HOLDS_VALUE(node))
        text = hvn_qemu_json_scalar(node);
    if (text == NULL) {
        hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, origin,
                             "the value of '%s' is no text, whole number, true or false, or list of these",
                             key != NULL ? key : "");
        return FALSE;
    }
    hvn_qemu_opts_add(opts, key, text);
    return TRUE;
}

/* json-glib descends as deep as the text nests, so nesting is bounded before it sees the text */
static gboolean
hvn_qemu_json_check_depth(const char *text, const char *origin, GError **error)
{
    guint depth = 0;

    for (const char *c = text; *c != '\0'; c++) {
        if ((*c == '{' || *c == '[') && ++depth > 8 * HVN_QEMU_JSON_DEPTH_MAX) {
            hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, origin, "more than %d brackets open in JSON",
                                 8 * HVN_QEMU_JSON_DEPTH_MAX);
            return FALSE;
        }
        if (depth > 0 && (*c == '}' || *c == ']'))
            depth--;
    }
    if (strlen(text) > HVN_QEMU_JSON_BYTES_MAX) {
        hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, origin, "JSON of more than %d bytes", HVN_QEMU_JSON_BYTES_MAX);
        return FALSE;
    }
    return TRUE;
}

static gboolean
hvn_qemu_opts_parse_json(GPtrArray *opts, const char *text, const char *origin, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autoptr(GError) local = NULL;
    JsonNode *root;

    if (!hvn_qemu_json_check_depth(text, origin, error))
        return FALSE;
    if (!json_parser_load_from_data(parser, text, -1, &local)) {
        hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, origin, "this is no JSON: %s", local->message);
        return FALSE;
    }
    root = json_parser_get_root(parser);
    if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root)) {
        hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, origin, "this is no JSON object: expected {\"key\": value, ...}");
        return FALSE;
    }
    return hvn_qemu_json_add_object(opts, NULL, json_node_get_object(root), 0, origin, error);
}

/* ---- the list ---- */

GPtrArray *
hvn_qemu_opts_parse(const char *text, const char *first_key, const char *origin, GError **error)
{
    g_autoptr(GPtrArray) opts = hvn_qemu_opts_new();
    gboolean parsed;

    if (*text == '{')
        parsed = hvn_qemu_opts_parse_json(opts, text, origin, error);
    else
        parsed = hvn_qemu_opts_parse_list(opts, text, first_key, origin, error);
    return parsed ? g_steal_pointer(&opts) : NULL;
}

char *
hvn_qemu_opts_take(GPtrArray *opts, const char *key)
{
    char *value = NULL;

    for (guint i = 0; i < opts->len;) {
        HvnQemuOpt *opt = g_ptr_array_index(opts, i);

        if (strcmp(opt->key, key) != 0) {
            i++;
            continue;
        }
        g_free(value);
        value = g_steal_pointer(&opt->value);
        g_ptr_array_remove_index(opts, i);
    }
    return value;
}

gboolean
hvn_qemu_opts_has(GPtrArray *opts, const char *key)
{
    for (guint i = 0; i < opts->len; i++) {
        const HvnQemuOpt *opt = g_ptr_array_index(opts, i);

        if (strcmp(opt->key, key) == 0)
            return TRUE;
    }
    return FALSE;
}
