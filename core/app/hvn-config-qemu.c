/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads QEMU's network options: -netdev, -device, -nic, -net and -nodefaults. Each option is read into a backend, a NIC, or
 * both; then backends and NICs find each other (hvn-config-qemu-join.c); then each pair becomes an interface. Which backends, models and options there are the descriptors say. NICs stand in QEMU's order, on
 * which MAC addresses depend: those of -nic and -net first, then those of -device. */
#include <string.h>

#include "hvn-config-hypervisor.h"
#include "hvn-config-qemu-private.h"
#include "hvn-error.h"

/* properties of a device that say nothing to a hypervisor which has a device of ours */
static const char *const hvn_qemu_dropped_keys[] = {"romsize", "failover_pair_id", "busnr", "sriov-pf", "vectors", NULL};

static void
hvn_qemu_backend_free(HvnQemuBackend *self)
{
    g_free(self->origin);
    g_free(self->id);
    g_free(self->type);
    g_clear_pointer(&self->opts, g_ptr_array_unref);
    g_free(self);
}

static void
hvn_qemu_nic_free(HvnQemuNic *self)
{
    g_free(self->origin);
    g_free(self->id);
    g_free(self->model);
    g_clear_pointer(&self->opts, g_ptr_array_unref);
    hvn_options_free(self->hypervisor);
    g_free(self->netdev);
    g_free(self);
}

static gboolean
hvn_qemu_check_id(const char *id, const char *origin, GError **error)
{
    if (hvn_config_is_identifier(id))
        return TRUE;
    hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, origin, "invalid id '%s': expected " HVN_CONFIG_IDENTIFIER, id);
    return FALSE;
}

/* ---- backends ---- */

HvnQemuBackend *
hvn_qemu_find_backend(HvnQemuReader *self, const char *id)
{
    for (guint i = 0; i < self->backends->len; i++) {
        HvnQemuBackend *backend = g_ptr_array_index(self->backends, i);

        if (g_strcmp0(backend->id, id) == 0)
            return backend;
    }
    return NULL;
}

/* an id that QEMU would make up, "#net0" and on: no id of a user begins with "#" */
static char *
hvn_qemu_make_id(HvnQemuReader *self)
{
    return g_strdup_printf("#net%u", self->backends->len);
}

HvnQemuBackend *
hvn_qemu_add_backend(HvnQemuReader *self, const char *type, const char *id, GPtrArray *opts, const char *origin, GError **error)
{
    HvnDescriptor *descriptor = hvn_config_find_plugin(self->registry, "backend", type, origin, error);
    HvnQemuBackend *backend;

    if (descriptor == NULL || (id != NULL && !hvn_qemu_check_id(id, origin, error)))
        return NULL;
    if (id != NULL && hvn_qemu_find_backend(self, id) != NULL) {
        hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, origin, "id '%s' is in use by %s: expected an id of its own", id,
                             hvn_qemu_find_backend(self, id)->origin);
        return NULL;
    }
    backend = g_new0(HvnQemuBackend, 1);
    backend->origin = g_strdup(origin);
    backend->id = id != NULL ? g_strdup(id) : hvn_qemu_make_id(self);
    backend->type = g_strdup(type);
    backend->descriptor = descriptor;
    backend->opts = g_ptr_array_ref(opts);
    g_ptr_array_add(self->backends, backend);
    return backend;
}

static gboolean
hvn_qemu_read_netdev(HvnQemuReader *self, const char *value, const char *origin, GError **error)
{
    g_autoptr(GPtrArray) opts = hvn_qemu_opts_parse(value, "type", origin, error);
    g_autofree char *type = NULL;
    g_autofree char *id = NULL;

    if (opts == NULL)
        return FALSE;
    type = hvn_qemu_opts_take(opts, "type");
    id = hvn_qemu_opts_take(opts, "id");
    if (type == NULL || id == NULL) {
        /* an unknown backend is the more telling mistake of two */
        if (type != NULL && hvn_config_find_plugin(self->registry, "backend", type, origin, error) == NULL)
            return FALSE;
        hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, origin, "%s is missing: expected -netdev TYPE,id=ID",
                             type == NULL ? "the type" : "'id'");
        return FALSE;
    }
    self->no_default = TRUE;
    return hvn_qemu_add_backend(self, type, id, opts, origin, error) != NULL;
}

/* ---- NICs ---- */

static gboolean
hvn_qemu_check_nic_id(HvnQemuReader *self, const char *id, const char *origin, GError **error)
{
    GPtrArray *lists[] = {self->nics, self->devices};

    if (!hvn_qemu_check_id(id, origin, error))
        return FALSE;
    for (guint list = 0; list < G_N_ELEMENTS(lists); list++) {
        for (guint i = 0; i < lists[list]->len; i++) {
            const HvnQemuNic *nic = g_ptr_array_index(lists[list], i);

            if (g_strcmp0(nic->id, id) == 0) {
                hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, origin,
                                     "id '%s' is in use by %s: expected an id of its own", id, nic->origin);
                return FALSE;
            }
        }
    }
    return TRUE;
}

/* a plugin that has an option of the name means its own */
static void
hvn_qemu_take_hypervisor_opts(HvnQemuNic *nic, GPtrArray *opts)
{
    const HvnOption *option;

    for (guint n = 0; (option = hvn_config_hypervisor_get_nth(n)) != NULL; n++) {
        g_autofree char *value =
            hvn_descriptor_find_option(nic->descriptor, option->name) == NULL ? hvn_qemu_opts_take(opts, option->name) : NULL;

        if (value != NULL)
            hvn_options_add(nic->hypervisor, option->name, value, nic->origin);
    }
    for (guint i = 0; hvn_qemu_dropped_keys[i] != NULL; i++) {
        if (hvn_descriptor_find_option(nic->descriptor, hvn_qemu_dropped_keys[i]) == NULL)
            g_free(hvn_qemu_opts_take(opts, hvn_qemu_dropped_keys[i]));
    }
}

/* takes id, netdev and what is the hypervisor's out of @opts; what is left are options of the NIC */
static HvnQemuNic *
hvn_qemu_add_nic(HvnQemuReader *self, GPtrArray *list, const char *model, GPtrArray *opts, const char *origin, GError **error)
{
    HvnDescriptor *descriptor = hvn_config_find_plugin(self->registry, "nic", model, origin, error);
    g_autofree char *id = NULL;
    HvnQemuNic *nic;

    if (descriptor == NULL)
        return NULL;
    id = hvn_qemu_opts_take(opts, "id");
    if (id != NULL && !hvn_qemu_check_nic_id(self, id, origin, error))
        return NULL;
    nic = g_new0(HvnQemuNic, 1);
    nic->origin = g_strdup(origin);
    nic->id = g_steal_pointer(&id);
    nic->model = g_strdup(model);
    nic->descriptor = descriptor;
    nic->netdev = hvn_qemu_opts_take(opts, "netdev");
    nic->hypervisor = hvn_options_new();
    hvn_qemu_take_hypervisor_opts(nic, opts);
    nic->opts = g_ptr_array_ref(opts);
    g_ptr_array_add(list, nic);
    return nic;
}

static gboolean
hvn_qemu_read_device(HvnQemuReader *self, const char *value, const char *origin, GError **error)
{
    g_autoptr(GPtrArray) opts = hvn_qemu_opts_parse(value, "driver", origin, error);
    g_autofree char *driver = NULL;

    if (opts == NULL)
        return FALSE;
    driver = hvn_qemu_opts_take(opts, "driver");
    if (driver == NULL) {
        hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, origin, "the model is missing: expected -device MODEL,netdev=ID");
        return FALSE;
    }
    return hvn_qemu_add_nic(self, self->devices, driver, opts, origin, error) != NULL;
}

/* ---- both in one option ---- */

/* moves a key of -nic or -net nic to the NIC's options, by the name that -device has for it */
static void
hvn_qemu_move_opt(GPtrArray *from, GPtrArray *to, const char *key, const char *name)
{
    g_autofree char *value = hvn_qemu_opts_take(from, key);

    if (value != NULL)
        hvn_qemu_opts_add(to, name, value);
}

/* what -nic and -net nic say about the NIC */
static GPtrArray *
hvn_qemu_take_nic_opts(GPtrArray *opts, char **model)
{
    GPtrArray *nic_opts = hvn_qemu_opts_new();

    *model = hvn_qemu_opts_take(opts, "model");
    if (*model == NULL)
        *model = g_strdup(HVN_CONFIG_DEFAULT_NIC);
    hvn_qemu_move_opt(opts, nic_opts, "mac", "mac");
    hvn_qemu_move_opt(opts, nic_opts, "macaddr", "mac");
    hvn_qemu_move_opt(opts, nic_opts, "addr", "addr");
    hvn_qemu_move_opt(opts, nic_opts, "vectors", "vectors");
    return nic_opts;
}

static gboolean
hvn_qemu_read_nic(HvnQemuReader *self, const char *value, const char *origin, GError **error)
{
    g_autoptr(GPtrArray) opts = hvn_qemu_opts_parse(value, "type", origin, error);
    g_autoptr(GPtrArray) nic_opts = NULL;
    g_autofree char *type = NULL;
    g_autofree char *model = NULL;
    HvnQemuBackend *backend;
    HvnQemuNic *nic;

    if (opts == NULL)
        return FALSE;
    self->no_default = TRUE;
    type = hvn_qemu_opts_take(opts, "type");
    if (g_strcmp0(type, "none") == 0)
        return TRUE;
    nic_opts = hvn_qemu_take_nic_opts(opts, &model);
    hvn_qemu_move_opt(opts, nic_opts, "id", "id");
    for (guint n = 0; hvn_config_hypervisor_get_nth(n) != NULL; n++)
        hvn_qemu_move_opt(opts, nic_opts, hvn_config_hypervisor_get_nth(n)->name, hvn_config_hypervisor_get_nth(n)->name);
    nic = hvn_qemu_add_nic(self, self->nics, model, nic_opts, origin, error);
    if (nic == NULL)
        return FALSE;
    backend = hvn_qemu_add_backend(self, type != NULL ? type : HVN_CONFIG_DEFAULT_BACKEND, NULL, opts, origin, error);
    if (backend == NULL)
        return FALSE;
    nic->backend = backend;
    backend->taken = nic->origin;
    return TRUE;
}

static gboolean
hvn_qemu_read_net_nic(HvnQemuReader *self, GPtrArray *opts, const char *origin, GError **error)
{
    g_autofree char *model = NULL;
    g_autoptr(GPtrArray) nic_opts = hvn_qemu_take_nic_opts(opts, &model);
    HvnQemuNic *nic;

    hvn_qemu_move_opt(opts, nic_opts, "id", "id");
    hvn_qemu_move_opt(opts, nic_opts, "netdev", "netdev");
    if (opts->len > 0) {
        const HvnQemuOpt *opt = g_ptr_array_index(opts, 0);

        hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, origin,
                             "unknown option '%s' of -net nic (accepted: model, macaddr, mac, id, netdev, addr, vectors)",
                             opt->key);
        return FALSE;
    }
    nic = hvn_qemu_add_nic(self, self->nics, model, nic_opts, origin, error);
    if (nic == NULL)
        return FALSE;
    if (nic->netdev != NULL)
        return TRUE;
    g_ptr_array_add(self->hub_nics, nic);
    return TRUE;
}

static gboolean
hvn_qemu_read_net(HvnQemuReader *self, const char *value, const char *origin, GError **error)
{
    g_autoptr(GPtrArray) opts = hvn_qemu_opts_parse(value, "type", origin, error);
    g_autofree char *type = NULL;
    g_autofree char *id = NULL;
    HvnQemuBackend *backend;

    if (opts == NULL)
        return FALSE;
    self->no_default = TRUE;
    type = hvn_qemu_opts_take(opts, "type");
    if (g_strcmp0(type, "none") == 0)
        return TRUE;
    if (g_strcmp0(type, "nic") == 0)
        return hvn_qemu_read_net_nic(self, opts, origin, error);
    if (type == NULL) {
        hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, origin,
                             "the type is missing: expected -net nic, -net TYPE or -net none");
        return FALSE;
    }
    id = hvn_qemu_opts_take(opts, "id");
    backend = hvn_qemu_add_backend(self, type, id, opts, origin, error);
    if (backend == NULL)
        return FALSE;
    g_ptr_array_add(self->hub_backends, backend);
    return TRUE;
}

/* ---- options in order ---- */

static const struct {
    const char *name;
    gboolean (*read)(HvnQemuReader *self, const char *value, const char *origin, GError **error);
} hvn_qemu_options[] = {
    {"netdev", hvn_qemu_read_netdev},
    {"device", hvn_qemu_read_device},
    {"nic", hvn_qemu_read_nic},
    {"net", hvn_qemu_read_net},
};

static gboolean
hvn_qemu_read_option(HvnQemuReader *self, const char *option, const char *value, GError **error)
{
    const char *name = option + strspn(option, "-");
    g_autofree char *origin = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(hvn_qemu_options); i++) {
        if (strcmp(hvn_qemu_options[i].name, name) != 0)
            continue;
        if (value == NULL) {
            hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, option, "a value is missing: expected such as -%s %s", name,
                                 strcmp(name, "device") == 0 ? HVN_CONFIG_DEFAULT_NIC : HVN_CONFIG_DEFAULT_BACKEND);
            return FALSE;
        }
        origin = hvn_config_one_line(g_strdup_printf("-%s %s", name, value));
        return hvn_qemu_options[i].read(self, value, origin, error);
    }
    hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, option,
                         "unknown option (accepted: -netdev, -device, -nic, -net, -nodefaults)");
    return FALSE;
}

static gboolean
hvn_qemu_read_options(HvnQemuReader *self, const char *const *argv, GError **error)
{
    for (guint i = 0; argv[i] != NULL; i++) {
        if (strcmp(argv[i], "-nodefaults") == 0 || strcmp(argv[i], "--nodefaults") == 0) {
            self->no_default = TRUE;
            continue;
        }
        if (!hvn_qemu_read_option(self, argv[i], *argv[i] == '-' ? argv[i + 1] : NULL, error))
            return FALSE;
        i++;
    }
    return TRUE;
}

/* ---- interfaces ---- */

static void
hvn_qemu_add_options(HvnOptions *options, const HvnDescriptor *descriptor, GPtrArray *opts, const char *origin)
{
    for (guint i = 0; i < opts->len; i++) {
        const HvnQemuOpt *opt = g_ptr_array_index(opts, i);

        hvn_config_add_option(options, descriptor, NULL, opt->key, opt->value, origin);
    }
}

static void
hvn_qemu_fill_backend(HvnInterfaceConfig *interface, const HvnQemuBackend *backend)
{
    interface->backend = g_strdup(backend->type);
    interface->backend_id = g_strdup(backend->id);
    interface->backend_origin = g_strdup(backend->origin);
    hvn_qemu_add_options(interface->backend_options, backend->descriptor, backend->opts, backend->origin);
}

static void
hvn_qemu_fill_nics(HvnConfig *config, GPtrArray *nics)
{
    for (guint i = 0; i < nics->len; i++) {
        HvnQemuNic *nic = g_ptr_array_index(nics, i);
        HvnInterfaceConfig *interface = hvn_config_add_interface(config, nic->origin);

        interface->name = g_strdup(nic->id);
        interface->nic = g_strdup(nic->model);
        hvn_options_free(interface->hypervisor_options);
        interface->hypervisor_options = g_steal_pointer(&nic->hypervisor);
        hvn_qemu_add_options(interface->nic_options, nic->descriptor, nic->opts, nic->origin);
        if (nic->backend != NULL)
            hvn_qemu_fill_backend(interface, nic->backend);
        else
            g_warning("%s: this NIC has no backend", nic->origin);
    }
}

static gboolean
hvn_qemu_is_nic_id(HvnQemuReader *self, const char *id)
{
    GPtrArray *lists[] = {self->nics, self->devices};

    for (guint list = 0; list < G_N_ELEMENTS(lists); list++) {
        for (guint i = 0; i < lists[list]->len; i++) {
            if (g_strcmp0(((HvnQemuNic *)g_ptr_array_index(lists[list], i))->id, id) == 0)
                return TRUE;
        }
    }
    return FALSE;
}

/* a port of a network, and the backend at it; it is called as the port where no NIC is */
static void
hvn_qemu_fill_port(HvnQemuReader *self, HvnConfig *config, const HvnQemuBackend *port)
{
    HvnInterfaceConfig *interface = hvn_config_add_interface(config, port->origin);

    hvn_qemu_fill_backend(interface, port->behind);
    interface->name = hvn_qemu_is_nic_id(self, port->id) ? NULL : g_strdup(port->id);
    interface->port = g_strdup(port->type);
    interface->port_id = g_strdup(port->id);
    interface->port_origin = g_strdup(port->origin);
    hvn_qemu_add_options(interface->port_options, port->descriptor, port->opts, port->origin);
}

static void
hvn_qemu_fill(HvnQemuReader *self, HvnConfig *config)
{
    hvn_qemu_fill_nics(config, self->nics);
    if (!self->no_default) {
        HvnInterfaceConfig *interface = hvn_config_add_interface(config, "default network");

        interface->nic = g_strdup(HVN_CONFIG_DEFAULT_NIC);
        interface->backend = g_strdup(HVN_CONFIG_DEFAULT_BACKEND);
    }
    hvn_qemu_fill_nics(config, self->devices);
    for (guint i = 0; i < self->backends->len; i++) {
        const HvnQemuBackend *backend = g_ptr_array_index(self->backends, i);

        if (backend->behind != NULL)
            hvn_qemu_fill_port(self, config, backend);
        if (backend->taken != NULL)
            continue;
        g_warning("%s: this backend has no NIC", backend->origin);
        hvn_qemu_fill_backend(hvn_config_add_interface(config, backend->origin), backend);
    }
}

HvnConfig *
hvn_config_load_qemu(const char *const *argv, HvnRegistry *registry, GError **error)
{
    g_autoptr(HvnConfig) config = hvn_config_new();
    g_autoptr(GPtrArray) backends = g_ptr_array_new_with_free_func((GDestroyNotify)hvn_qemu_backend_free);
    g_autoptr(GPtrArray) nics = g_ptr_array_new_with_free_func((GDestroyNotify)hvn_qemu_nic_free);
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func((GDestroyNotify)hvn_qemu_nic_free);
    g_autoptr(GPtrArray) hub_backends = g_ptr_array_new();
    g_autoptr(GPtrArray) hub_nics = g_ptr_array_new();
    HvnQemuReader reader = {
        .registry = registry,
        .backends = backends,
        .nics = nics,
        .devices = devices,
        .hub_backends = hub_backends,
        .hub_nics = hub_nics,
    };

    if (!hvn_qemu_read_options(&reader, argv, error) || !hvn_qemu_join_all(&reader, error))
        return NULL;
    hvn_qemu_fill(&reader, config);
    if (!hvn_config_finish(config, registry, error))
        return NULL;
    return g_steal_pointer(&config);
}
