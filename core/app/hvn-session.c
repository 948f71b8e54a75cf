/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A configuration made into objects: for each interface the NIC, the backend and the link between them, on one dispatcher. The
 * session owns them; whoever attaches the NICs to a guest finds them in the list of interfaces. Starting is all or nothing. */
#include "hvn-session.h"

#include "hvn-config-private.h"
#include "hvn-error.h"

/* an interface, and what only the session needs of it */
typedef struct {
    HvnInterface interface; /* first: the public list holds pointers to it */
    char *origin;           /* where the backend stands, for messages */
    char *port_origin;      /* where the port stands */
} HvnSessionInterface;

struct _HvnSession {
    GObject parent_instance;

    HvnDispatcher *dispatcher; /* owned reference */
    GPtrArray *interfaces;     /* owned; HvnSessionInterface */
};

G_DEFINE_FINAL_TYPE(HvnSession, hvn_session, G_TYPE_OBJECT)

static void
hvn_session_interface_free(HvnSessionInterface *self)
{
    if (self->interface.link != NULL)
        hvn_link_disconnect(self->interface.link);
    g_clear_object(&self->interface.link);
    g_clear_object(&self->interface.nic);
    g_clear_object(&self->interface.backend);
    g_clear_object(&self->interface.port);
    g_free(self->interface.port_name);
    g_free(self->interface.name);
    g_free(self->interface.nic_name);
    g_free(self->interface.backend_name);
    g_free(self->interface.backend_id);
    g_free(self->origin);
    g_free(self->port_origin);
    g_free(self);
}

static void
hvn_session_dispose(GObject *object)
{
    HvnSession *self = HVN_SESSION(object);

    hvn_session_stop(self);
    g_ptr_array_set_size(self->interfaces, 0);
    g_clear_object(&self->dispatcher);
    G_OBJECT_CLASS(hvn_session_parent_class)->dispose(object);
}

static void
hvn_session_finalize(GObject *object)
{
    HvnSession *self = HVN_SESSION(object);

    g_ptr_array_unref(self->interfaces);
    G_OBJECT_CLASS(hvn_session_parent_class)->finalize(object);
}

static void
hvn_session_class_init(HvnSessionClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = hvn_session_dispose;
    G_OBJECT_CLASS(klass)->finalize = hvn_session_finalize;
}

static void
hvn_session_init(HvnSession *self)
{
    self->interfaces = g_ptr_array_new_with_free_func((GDestroyNotify)hvn_session_interface_free);
}

/* a message of an object that knows nothing of files begins with the place of its interface; one that already has a place keeps
 * it */
static void
hvn_session_prefix_error(GError **error, const char *origin)
{
    if (error == NULL || *error == NULL || g_str_has_prefix((*error)->message, origin))
        return;
    g_prefix_error(error, "%s: ", origin);
}

/* opens the module of a plugin and makes its object; extra properties are those that every port has */
static GObject *
hvn_session_create_object(HvnSession *self, HvnRegistry *registry, const char *name, const char *kind, const char *plugin,
                          const HvnOptions *options, const char *origin, GError **error)
{
    HvnDescriptor *descriptor = hvn_config_find_plugin(registry, kind, plugin, origin, error);
    GType type;

    if (descriptor == NULL)
        return NULL;
    type = hvn_registry_load(registry, descriptor, error);
    if (type == G_TYPE_INVALID) {
        hvn_session_prefix_error(error, origin);
        return NULL;
    }
    if (descriptor->variants->len > 0)
        return hvn_options_create_object(options, descriptor, type, error, "dispatcher", self->dispatcher, "name", name, "variant", plugin,
                                         NULL);
    return hvn_options_create_object(options, descriptor, type, error, "dispatcher", self->dispatcher, "name", name, NULL);
}

static void
hvn_session_join(HvnInterface *interface, const HvnInterfaceConfig *config)
{
    HvnPort *first = interface->nic != NULL ? HVN_PORT(interface->nic) : (HvnPort *)interface->port;

    if (first == NULL || interface->backend == NULL)
        return;
    interface->link = hvn_link_new(first, HVN_PORT(interface->backend));
    hvn_link_set_rate(interface->link, first, &config->inbound);
    hvn_link_set_rate(interface->link, HVN_PORT(interface->backend), &config->outbound);
    hvn_link_set_up(interface->link, config->link_up);
}

static gboolean
hvn_session_add_interface(HvnSession *self, HvnRegistry *registry, const HvnInterfaceConfig *config, GError **error)
{
    HvnSessionInterface *added = g_new0(HvnSessionInterface, 1);
    HvnInterface *interface = &added->interface;

    g_ptr_array_add(self->interfaces, added);
    added->origin = g_strdup(config->backend_origin != NULL ? config->backend_origin : config->origin);
    added->port_origin = g_strdup(config->port_origin != NULL ? config->port_origin : config->origin);
    interface->name = g_strdup(config->name);
    interface->nic_name = g_strdup(config->nic);
    interface->backend_name = g_strdup(config->backend);
    interface->backend_id = g_strdup(config->backend_id);
    interface->port_name = g_strdup(config->port);
    if (config->backend != NULL) {
        interface->backend = (HvnBackend *)hvn_session_create_object(self, registry, config->name, "backend", config->backend,
                                                                     config->backend_options, added->origin, error);
        if (interface->backend == NULL)
            return FALSE;
    }
    if (config->nic != NULL) {
        interface->nic = (HvnNic *)hvn_session_create_object(self, registry, config->name, "nic", config->nic, config->nic_options,
                                                             config->origin, error);
        if (interface->nic == NULL)
            return FALSE;
    } else if (config->port != NULL) {
        interface->port = (HvnBackend *)hvn_session_create_object(self, registry, config->name, "backend", config->port,
                                                                  config->port_options, added->port_origin, error);
        if (interface->port == NULL)
            return FALSE;
    }
    hvn_session_join(interface, config);
    return TRUE;
}

HvnSession *
hvn_session_new(const HvnConfig *config, HvnRegistry *registry, HvnDispatcher *dispatcher, GError **error)
{
    g_autoptr(HvnSession) self = g_object_new(HVN_TYPE_SESSION, NULL);

    self->dispatcher = g_object_ref(dispatcher);
    for (guint i = 0; i < config->interfaces->len; i++) {
        if (!hvn_session_add_interface(self, registry, g_ptr_array_index(config->interfaces, i), error))
            return NULL;
    }
    return g_steal_pointer(&self);
}

/* nothing where there is no backend */
static gboolean
hvn_session_start_backend(HvnBackend *backend, const char *origin, GError **error)
{
    g_autoptr(GError) local = NULL;

    if (backend == NULL || hvn_backend_start(backend, &local))
        return TRUE;
    hvn_session_prefix_error(&local, origin);
    g_propagate_error(error, g_steal_pointer(&local));
    return FALSE;
}

gboolean
hvn_session_start(HvnSession *self, GError **error)
{
    g_return_val_if_fail(HVN_IS_SESSION(self), FALSE);

    for (guint i = 0; i < self->interfaces->len; i++) {
        const HvnSessionInterface *started = g_ptr_array_index(self->interfaces, i);

        if (hvn_session_start_backend(started->interface.backend, started->origin, error) &&
            hvn_session_start_backend(started->interface.port, started->port_origin, error))
            continue;
        hvn_session_stop(self);
        return FALSE;
    }
    return TRUE;
}

void
hvn_session_stop(HvnSession *self)
{
    g_return_if_fail(HVN_IS_SESSION(self));

    for (guint i = self->interfaces->len; i > 0; i--) {
        HvnInterface *interface = g_ptr_array_index(self->interfaces, i - 1);

        if (interface->port != NULL)
            hvn_backend_stop(interface->port);
        if (interface->backend != NULL)
            hvn_backend_stop(interface->backend);
    }
}

GPtrArray *
hvn_session_get_interfaces(HvnSession *self)
{
    g_return_val_if_fail(HVN_IS_SESSION(self), NULL);
    return self->interfaces;
}

const HvnInterface *
hvn_session_find_interface(HvnSession *self, const char *name)
{
    g_return_val_if_fail(HVN_IS_SESSION(self) && name != NULL, NULL);

    for (guint i = 0; i < self->interfaces->len; i++) {
        const HvnInterface *interface = g_ptr_array_index(self->interfaces, i);

        if (strcmp(interface->name, name) == 0)
            return interface;
    }
    return NULL;
}

HvnDispatcher *
hvn_session_get_dispatcher(HvnSession *self)
{
    g_return_val_if_fail(HVN_IS_SESSION(self), NULL);
    return self->dispatcher;
}
