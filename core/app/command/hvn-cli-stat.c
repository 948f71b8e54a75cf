/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `hvnet stat`: the interfaces of a running session, and what went through them. */
#include "hvn-cli.h"

#include <string.h>

#include "hvn-cli-session.h"
#include "hvn-cli-table.h"
#include "hvn-error.h"

#define DROPPED "dropped-"

static const struct {
    const char *member;
    const char *heading;
} hvn_cli_stat_directions[] = {{"from-guest", "from guest"}, {"to-guest", "to guest"}};

static const char *
hvn_cli_stat_text(JsonObject *object, const char *name)
{
    return json_object_get_string_member_with_default(object, name, "-");
}

/* "3 (link-down 2, runt 1)", from whatever reasons there are */
static char *
hvn_cli_stat_dropped(JsonObject *counters)
{
    g_autoptr(GString) reasons = g_string_new(NULL);
    guint64 total = 0;
    JsonObjectIter iter;
    const char *name;
    JsonNode *value;

    json_object_iter_init_ordered(&iter, counters);
    while (json_object_iter_next_ordered(&iter, &name, &value)) {
        if (!g_str_has_prefix(name, DROPPED) || json_node_get_int(value) == 0)
            continue;
        total += json_node_get_int(value);
        g_string_append_printf(reasons, "%s%s %" G_GINT64_FORMAT, reasons->len > 0 ? ", " : "", name + strlen(DROPPED), json_node_get_int(value));
    }
    return total == 0 ? g_strdup("0") : g_strdup_printf("%" G_GUINT64_FORMAT " (%s)", total, reasons->str);
}

/* "up", "down", or what the interface lacks */
static const char *
hvn_cli_stat_link(JsonObject *interface)
{
    if (!json_object_has_member(interface, "up"))
        return "-";
    return json_object_get_boolean_member(interface, "up") ? "up" : "down";
}

static char *
hvn_cli_stat_attached(JsonObject *interface)
{
    if (!json_object_has_member(interface, "protocol"))
        return g_strdup("-");
    return g_strdup_printf("%s%s", hvn_cli_stat_text(interface, "protocol"),
                           json_object_get_boolean_member_with_default(interface, "attached", FALSE) ? "" : " (no client)");
}

static void
hvn_cli_stat_add(HvnCliTable *table, JsonObject *interface)
{
    for (guint i = 0; i < G_N_ELEMENTS(hvn_cli_stat_directions); i++) {
        JsonNode *node = json_object_get_member(interface, hvn_cli_stat_directions[i].member);
        JsonObject *counters = node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
        gboolean first = i == 0;

        if (counters == NULL && !first)
            continue;
        hvn_cli_table_add(table, g_strdup(first ? hvn_cli_stat_text(interface, "name") : ""),
                          g_strdup(first ? hvn_cli_stat_text(interface, json_object_has_member(interface, "port") ? "port" : "model") : ""),
                          g_strdup(first ? hvn_cli_stat_text(interface, "backend") : ""),
                          g_strdup(first ? hvn_cli_stat_link(interface) : ""), first ? hvn_cli_stat_attached(interface) : g_strdup(""),
                          g_strdup(counters != NULL ? hvn_cli_stat_directions[i].heading : "-"),
                          counters != NULL ? g_strdup_printf("%" G_GINT64_FORMAT, json_object_get_int_member_with_default(counters, "frames", 0))
                                           : g_strdup("-"),
                          counters != NULL ? g_strdup_printf("%" G_GINT64_FORMAT, json_object_get_int_member_with_default(counters, "bytes", 0))
                                           : g_strdup("-"),
                          counters != NULL ? hvn_cli_stat_dropped(counters) : g_strdup("-"));
    }
}

static void
hvn_cli_stat_print_table(JsonArray *interfaces)
{
    static const char *const headings[] = {"INTERFACE", "MODEL", "BACKEND", "LINK", "ATTACHED", "DIRECTION", ">FRAMES", ">BYTES", "DROPPED", NULL};
    g_autoptr(HvnCliTable) table = hvn_cli_table_new(headings);

    for (guint i = 0; i < json_array_get_length(interfaces); i++) {
        JsonNode *element = json_array_get_element(interfaces, i);

        if (JSON_NODE_HOLDS_OBJECT(element))
            hvn_cli_stat_add(table, json_node_get_object(element));
    }
    hvn_cli_table_print(table);
}

static void
hvn_cli_stat_print_json(HvnCliSession *session, JsonNode *interfaces)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "session");
    json_builder_add_string_value(builder, hvn_cli_session_get_name(session));
    json_builder_set_member_name(builder, "interfaces");
    json_builder_add_value(builder, json_node_copy(interfaces));
    json_builder_end_object(builder);
    hvn_cli_print_json(builder);
}

int
hvn_cli_stat(HvnCli *self, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HvnCliSession) session = NULL;
    g_autoptr(JsonNode) interfaces = NULL;

    if (argc > 1)
        return hvn_cli_usage("unexpected argument '%s': 'stat' takes [SESSION]", argv[1]);
    session = hvn_cli_session_open(argv[0], &error);
    if (session != NULL)
        interfaces = hvn_cli_session_execute(session, "query-interfaces", NULL, &error);
    if (interfaces != NULL && !JSON_NODE_HOLDS_ARRAY(interfaces))
        g_set_error(&error, HVN_ERROR, HVN_ERROR_PROTOCOL, "session '%s' does not answer with a list", hvn_cli_session_get_name(session));
    if (error != NULL) {
        hvn_cli_print_error(error);
        return HVN_EXIT_FAILED;
    }
    if (self->json)
        hvn_cli_stat_print_json(session, interfaces);
    else
        hvn_cli_stat_print_table(json_node_get_array(interfaces));
    return HVN_EXIT_DONE;
}
