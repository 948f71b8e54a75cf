/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `hvnet list`: the sessions of this user that run. */
#include "hvn-cli.h"

#include "hvn-cli-session.h"
#include "hvn-cli-table.h"
#include "hvn-control-dir.h"

/* the names of a session's interfaces; none, with the error said, when it does not tell */
static JsonArray *
hvn_cli_list_ask(const HvnControlDirEntry *entry, int *pid)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HvnCliSession) session = hvn_cli_session_open(entry->name, &error);
    g_autoptr(JsonNode) answer = session != NULL ? hvn_cli_session_execute(session, "query-interfaces", NULL, &error) : NULL;
    JsonArray *names = json_array_new();

    *pid = session != NULL ? hvn_cli_session_get_pid(session) : 0;
    if (error != NULL)
        hvn_cli_print_error(error);
    for (guint i = 0; answer != NULL && JSON_NODE_HOLDS_ARRAY(answer) && i < json_array_get_length(json_node_get_array(answer)); i++) {
        JsonNode *element = json_array_get_element(json_node_get_array(answer), i);

        if (JSON_NODE_HOLDS_OBJECT(element))
            json_array_add_string_element(names, json_object_get_string_member_with_default(json_node_get_object(element), "name", ""));
    }
    return names;
}

static char *
hvn_cli_list_join(JsonArray *names)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < json_array_get_length(names); i++)
        g_string_append_printf(text, "%s%s", i > 0 ? "," : "", json_array_get_string_element(names, i));
    return g_string_free(text, FALSE);
}

static char *
hvn_cli_list_target(const HvnControlDirEntry *entry)
{
    char *target = g_file_read_link(entry->path, NULL);

    return target != NULL ? target : g_strdup(entry->path);
}

static void
hvn_cli_list_add_json(JsonBuilder *builder, const HvnControlDirEntry *entry, int pid, JsonArray *names)
{
    g_autofree char *target = hvn_cli_list_target(entry);

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "name");
    json_builder_add_string_value(builder, entry->name);
    json_builder_set_member_name(builder, "pid");
    json_builder_add_int_value(builder, pid);
    json_builder_set_member_name(builder, "socket");
    json_builder_add_string_value(builder, target);
    json_builder_set_member_name(builder, "interfaces");
    json_builder_add_value(builder, json_node_init_array(json_node_alloc(), names));
    json_builder_end_object(builder);
}

int
hvn_cli_list(HvnCli *self, int argc, char **argv)
{
    static const char *const headings[] = {"NAME", ">PID", "INTERFACES", "SOCKET", NULL};
    g_autoptr(GPtrArray) running = NULL;
    g_autoptr(HvnCliTable) table = hvn_cli_table_new(headings);
    g_autoptr(JsonBuilder) builder = json_builder_new();

    if (argc > 0)
        return hvn_cli_usage("unexpected argument '%s': 'list' takes none", argv[0]);
    running = hvn_control_dir_list();
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "sessions");
    json_builder_begin_array(builder);
    for (guint i = 0; i < running->len; i++) {
        const HvnControlDirEntry *entry = g_ptr_array_index(running, i);
        int pid = 0;
        g_autoptr(JsonArray) names = hvn_cli_list_ask(entry, &pid);

        hvn_cli_table_add(table, g_strdup(entry->name), g_strdup_printf("%d", pid), hvn_cli_list_join(names), hvn_cli_list_target(entry));
        hvn_cli_list_add_json(builder, entry, pid, names);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    if (self->json)
        hvn_cli_print_json(builder);
    else
        hvn_cli_table_print(table);
    return HVN_EXIT_DONE;
}
