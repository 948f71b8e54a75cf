/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A session's commands and events on a control server. Each command is a row and a function. */
#include "hvn-control-session.h"

#include <string.h>

#include "hvn-error.h"
#include "hvn-text.h"
#include "hvn-vfio-user.h"
#include "hvn-vhost-user.h"

/* how an interface is attached */
typedef struct {
    char    *path;   /* (nullable) */
    GObject *server; /* owned reference */
} HvnControlServer;

struct _HvnControlSession {
    HvnControl *control; /* owned reference */
    HvnSession *session; /* owned reference */
    GHashTable *servers; /* name of an interface: HvnControlServer */
};

static void
hvn_control_server_free(HvnControlServer *self)
{
    g_free(self->path);
    g_object_unref(self->server);
    g_free(self);
}

/* ---- finding an interface ---- */

static gboolean
hvn_control_session_has_mac(const HvnInterface *interface, const HvnMac *mac)
{
    HvnMac own;

    if (interface->nic == NULL)
        return FALSE;
    hvn_nic_get_mac(interface->nic, &own);
    return memcmp(&own, mac, sizeof own) == 0;
}

/* As QEMU and libvirt name one: by its name, by the id of its backend, or by its address; the first that fits. */
static HvnInterface *
hvn_control_session_find(HvnControlSession *self, const char *name, GError **error)
{
    GPtrArray *interfaces = hvn_session_get_interfaces(self->session);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autofree char *printable = NULL;
    g_autofree char *accepted = NULL;
    HvnMac mac;
    gboolean is_mac = hvn_mac_parse(name, &mac, NULL);

    for (guint i = 0; i < interfaces->len; i++) {
        HvnInterface *interface = g_ptr_array_index(interfaces, i);

        if (strcmp(interface->name, name) == 0)
            return interface;
        g_ptr_array_add(names, interface->name);
    }
    for (guint i = 0; i < interfaces->len; i++) {
        HvnInterface *interface = g_ptr_array_index(interfaces, i);

        if (g_strcmp0(interface->backend_id, name) == 0 || (is_mac && hvn_control_session_has_mac(interface, &mac)))
            return interface;
    }
    printable = hvn_text_printable(name);
    accepted = hvn_text_accepted(name, names);
    g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND, "there is no interface '%s'%s", printable, accepted);
    return NULL;
}

/* ---- set_link ---- */

static JsonNode *
hvn_control_session_set_link(gpointer target, JsonObject *arguments, GError **error)
{
    HvnControlSession *self = target;
    gboolean up = json_object_get_boolean_member(arguments, "up");
    HvnInterface *interface = hvn_control_session_find(self, json_object_get_string_member(arguments, "name"), error);
    JsonObject *data;
    gboolean was_up;

    if (interface == NULL)
        return NULL;
    if (interface->link == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED, "interface '%s' has no link: it has no %s", interface->name,
                    interface->nic == NULL ? "NIC" : "backend");
        return NULL;
    }
    was_up = hvn_link_get_up(interface->link);
    hvn_link_set_up(interface->link, up);
    /* a backend without a carrier keeps the link down; what was asked for counts when it has one */
    if (hvn_link_get_up(interface->link) == was_up)
        return NULL;
    data = json_object_new();
    json_object_set_string_member(data, "name", interface->name);
    json_object_set_boolean_member(data, "up", up);
    hvn_control_emit(self->control, "LINK_CHANGED", data);
    return NULL;
}

/* ---- query-interfaces ---- */

static const struct {
    const char *name;
    gsize       offset; /* of a guint64 in HvnLinkCounters */
} hvn_control_counters[] = {
    {"frames", G_STRUCT_OFFSET(HvnLinkCounters, frames)},
    {"bytes", G_STRUCT_OFFSET(HvnLinkCounters, bytes)},
    {"dropped-link-down", G_STRUCT_OFFSET(HvnLinkCounters, dropped_link_down)},
    {"dropped-runt", G_STRUCT_OFFSET(HvnLinkCounters, dropped_runt)},
    {"dropped-oversize", G_STRUCT_OFFSET(HvnLinkCounters, dropped_oversize)},
    {"dropped-offload", G_STRUCT_OFFSET(HvnLinkCounters, dropped_offload)},
    {"dropped-misuse", G_STRUCT_OFFSET(HvnLinkCounters, dropped_misuse)},
    {"padded", G_STRUCT_OFFSET(HvnLinkCounters, padded)},
    {"checksummed", G_STRUCT_OFFSET(HvnLinkCounters, checksummed)},
    {"segmented", G_STRUCT_OFFSET(HvnLinkCounters, segmented)},
    {"segments", G_STRUCT_OFFSET(HvnLinkCounters, segments)},
    {"stalls", G_STRUCT_OFFSET(HvnLinkCounters, stalls)},
    {"limited", G_STRUCT_OFFSET(HvnLinkCounters, limited)},
};

static const char *const hvn_control_backend_states[] = {
    [HVN_BACKEND_STOPPED] = "stopped",
    [HVN_BACKEND_LISTENING] = "listening",
    [HVN_BACKEND_CONNECTING] = "connecting",
    [HVN_BACKEND_UP] = "up",
    [HVN_BACKEND_DOWN] = "down",
};

/* what an end of the link dropped of the frames that went that way; the names of the link's counters are others */
static void
hvn_control_session_add_drops(JsonObject *object, HvnPort *end, gboolean from_guest)
{
    HvnBackend *backend = HVN_IS_BACKEND(end) ? HVN_BACKEND(end) : NULL;

    for (guint i = 0; backend != NULL && i < HVN_BACKEND_N_DROPS; i++) {
        g_autofree char *name = g_strconcat("dropped-", hvn_backend_drop_to_string(i), NULL);

        if (hvn_backend_drop_is_from_guest(i) == from_guest)
            json_object_set_int_member(object, name, (gint64)hvn_backend_get_drops(backend, i));
    }
}

static JsonObject *
hvn_control_session_counters(HvnLink *link, HvnPort *towards)
{
    JsonObject *object = json_object_new();
    HvnLinkCounters counters;

    hvn_link_get_counters(link, towards, &counters);
    for (guint i = 0; i < G_N_ELEMENTS(hvn_control_counters); i++)
        json_object_set_int_member(object, hvn_control_counters[i].name,
                                   (gint64)G_STRUCT_MEMBER(guint64, &counters, hvn_control_counters[i].offset));
    hvn_control_session_add_drops(object, hvn_link_get_backend(link), towards == hvn_link_get_backend(link));
    hvn_control_session_add_drops(object, hvn_link_get_nic(link), towards == hvn_link_get_nic(link));
    return object;
}

static void
hvn_control_session_add_backend(JsonObject *object, HvnInterface *interface)
{
    g_autofree char *describe = hvn_backend_describe(interface->backend);

    json_object_set_string_member(object, "backend", interface->backend_name);
    json_object_set_string_member(object, "backend-state", hvn_control_backend_states[hvn_backend_get_state(interface->backend)]);
    if (hvn_backend_get_reason(interface->backend) != NULL)
        json_object_set_string_member(object, "backend-reason", hvn_backend_get_reason(interface->backend));
    json_object_set_string_member(object, "backend-info", describe);
}

/* what stands where the guest's NIC would */
static void
hvn_control_session_add_port(JsonObject *object, HvnInterface *interface)
{
    g_autofree char *describe = hvn_backend_describe(interface->port);

    json_object_set_string_member(object, "port", interface->port_name);
    json_object_set_string_member(object, "port-info", describe);
}

static void
hvn_control_session_add_server(JsonObject *object, const HvnControlServer *server)
{
    gboolean vfio_user = HVN_IS_VFIO_USER(server->server);

    json_object_set_string_member(object, "protocol", vfio_user ? "vfio-user" : "vhost-user");
    if (server->path != NULL)
        json_object_set_string_member(object, "socket", server->path);
    json_object_set_boolean_member(object, "attached",
                                   vfio_user ? hvn_vfio_user_get_attached(HVN_VFIO_USER(server->server))
                                             : hvn_vhost_user_get_attached(HVN_VHOST_USER(server->server)));
}

static JsonObject *
hvn_control_session_describe(HvnControlSession *self, HvnInterface *interface)
{
    const HvnControlServer *server = g_hash_table_lookup(self->servers, interface->name);
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "name", interface->name);
    if (interface->nic != NULL) {
        char text[HVN_MAC_TEXT_LEN];
        HvnMac mac;

        hvn_nic_get_mac(interface->nic, &mac);
        hvn_mac_print(&mac, text);
        json_object_set_string_member(object, "model", interface->nic_name);
        json_object_set_string_member(object, "mac", text);
    }
    if (interface->port != NULL)
        hvn_control_session_add_port(object, interface);
    if (interface->backend != NULL)
        hvn_control_session_add_backend(object, interface);
    if (server != NULL)
        hvn_control_session_add_server(object, server);
    if (interface->link != NULL) {
        json_object_set_boolean_member(object, "up", hvn_link_get_up(interface->link));
        json_object_set_object_member(object, "to-guest", hvn_control_session_counters(interface->link, hvn_link_get_nic(interface->link)));
        json_object_set_object_member(object, "from-guest", hvn_control_session_counters(interface->link, HVN_PORT(interface->backend)));
    }
    return object;
}

static JsonNode *
hvn_control_session_query_interfaces(gpointer target, JsonObject *arguments, GError **error)
{
    HvnControlSession *self = target;
    GPtrArray *interfaces = hvn_session_get_interfaces(self->session);
    JsonArray *array = json_array_new();

    for (guint i = 0; i < interfaces->len; i++)
        json_array_add_object_element(array, hvn_control_session_describe(self, g_ptr_array_index(interfaces, i)));
    return json_node_init_array(json_node_alloc(), array);
}

/* ---- the rows ---- */

static const HvnControlArgument hvn_control_set_link_arguments[] = {
    {"name", HVN_CONTROL_STRING, FALSE, "the interface, by its name, its MAC address or the id of its backend"},
    {"up", HVN_CONTROL_BOOLEAN, FALSE, "whether frames pass"},
    {0},
};

static const HvnControlCommand hvn_control_session_commands[] = {
    {"set_link", HVN_CONTROL_ONE, "plugs the cable of an interface in or out", hvn_control_set_link_arguments, hvn_control_session_set_link},
    {"query-interfaces", HVN_CONTROL_EVERY, "the interfaces: what they are, how attached, and what went through them", NULL,
     hvn_control_session_query_interfaces},
};

void
hvn_control_session_add_rows(HvnControl *control)
{
    g_return_if_fail(HVN_IS_CONTROL(control));

    hvn_control_add_commands(control, hvn_control_session_commands, G_N_ELEMENTS(hvn_control_session_commands), NULL);
}

/* ---- the tie ---- */

static void
hvn_control_session_backend_changed(HvnBackend *backend, gpointer data)
{
    HvnControlSession *self = data;
    GPtrArray *interfaces = hvn_session_get_interfaces(self->session);
    JsonObject *event = json_object_new();

    for (guint i = 0; i < interfaces->len; i++) {
        HvnInterface *interface = g_ptr_array_index(interfaces, i);

        if (interface->backend == backend)
            json_object_set_string_member(event, "name", interface->name);
    }
    json_object_set_string_member(event, "state", hvn_control_backend_states[hvn_backend_get_state(backend)]);
    if (hvn_backend_get_reason(backend) != NULL)
        json_object_set_string_member(event, "reason", hvn_backend_get_reason(backend));
    hvn_control_emit(self->control, "BACKEND_CHANGED", event);
}

HvnControlSession *
hvn_control_session_new(HvnControl *control, HvnSession *session)
{
    HvnControlSession *self;
    GPtrArray *interfaces;

    g_return_val_if_fail(HVN_IS_CONTROL(control), NULL);
    g_return_val_if_fail(HVN_IS_SESSION(session), NULL);

    self = g_new0(HvnControlSession, 1);
    self->control = g_object_ref(control);
    self->session = g_object_ref(session);
    self->servers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)hvn_control_server_free);
    interfaces = hvn_session_get_interfaces(session);
    for (guint i = 0; i < interfaces->len; i++) {
        HvnInterface *interface = g_ptr_array_index(interfaces, i);

        if (interface->backend != NULL)
            g_signal_connect(interface->backend, "state-changed", G_CALLBACK(hvn_control_session_backend_changed), self);
    }
    hvn_control_add_commands(control, hvn_control_session_commands, G_N_ELEMENTS(hvn_control_session_commands), self);
    return self;
}

void
hvn_control_session_free(HvnControlSession *self)
{
    GPtrArray *interfaces;

    if (self == NULL)
        return;
    hvn_control_remove_commands(self->control, self);
    interfaces = hvn_session_get_interfaces(self->session);
    for (guint i = 0; i < interfaces->len; i++) {
        HvnInterface *interface = g_ptr_array_index(interfaces, i);

        if (interface->backend != NULL)
            g_signal_handlers_disconnect_by_data(interface->backend, self);
    }
    g_hash_table_unref(self->servers);
    g_object_unref(self->session);
    g_object_unref(self->control);
    g_free(self);
}

void
hvn_control_session_set_server(HvnControlSession *self, const char *interface, const char *path, GObject *server)
{
    HvnControlServer *added;

    g_return_if_fail(self != NULL);
    g_return_if_fail(HVN_IS_VFIO_USER(server) || HVN_IS_VHOST_USER(server));

    added = g_new0(HvnControlServer, 1);
    added->path = g_strdup(path);
    added->server = g_object_ref(server);
    g_hash_table_replace(self->servers, g_strdup(interface), added);
}
