/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who belongs to whom among QEMU's options: a NIC names its backend by id, or -net nic and -net TYPE share QEMU's hub 0. One NIC and one
 * backend on that hub are joined directly; of more, each gets a port of it. A backend may stand at a port of a network in the place of a NIC
 * (`netdev=` of hubport and switch). Each backend is taken once. */
#include <string.h>

#include "hvn-config-qemu-private.h"
#include "hvn-error.h"

#define HVN_QEMU_HUBPORT "hubport" /* the backend of -net's hub */
#define HVN_QEMU_NETDEV  "netdev"  /* the option of a backend that has another one in the place of a NIC */

/* finds the backend that somebody asks for by its id, and takes it */
static HvnQemuBackend *
hvn_qemu_take(HvnQemuReader *self, const char *netdev, const char *origin, GError **error)
{
    HvnQemuBackend *backend = hvn_qemu_find_backend(self, netdev);

    if (backend == NULL)
        hvn_config_set_error(error, HVN_ERROR_NOT_FOUND, origin, "netdev '%s' not found: expected the id of a -netdev", netdev);
    else if (backend->taken != NULL)
        hvn_config_set_error(error, HVN_ERROR_IN_USE, origin, "netdev '%s' is in use by %s: expected a -netdev for each", netdev, backend->taken);
    if (backend == NULL || backend->taken != NULL)
        return NULL;
    backend->taken = origin;
    return backend;
}

static gboolean
hvn_qemu_join(HvnQemuReader *self, GPtrArray *nics, GError **error)
{
    for (guint i = 0; i < nics->len; i++) {
        HvnQemuNic *nic = g_ptr_array_index(nics, i);

        if (nic->netdev == NULL)
            continue;
        nic->backend = hvn_qemu_take(self, nic->netdev, nic->origin, error);
        if (nic->backend == NULL)
            return FALSE;
    }
    return TRUE;
}

/* backends that others name with `netdev=`; what a plugin without such an option makes of the word is its affair */
static gboolean
hvn_qemu_join_ports(HvnQemuReader *self, GError **error)
{
    for (guint i = 0; i < self->backends->len; i++) {
        HvnQemuBackend  *port = g_ptr_array_index(self->backends, i);
        g_autofree char *netdev = NULL;

        if (hvn_descriptor_find_option(port->descriptor, HVN_QEMU_NETDEV) != NULL)
            netdev = hvn_qemu_opts_take(port->opts, HVN_QEMU_NETDEV);
        if (netdev == NULL)
            continue;
        if (port->taken != NULL) {
            hvn_config_set_error(error, HVN_ERROR_IN_USE, port->origin, "this port is in use by %s, and has netdev '%s' too: expected one of the two",
                                 port->taken, netdev);
            return FALSE;
        }
        if (strcmp(netdev, port->id) == 0) {
            hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, port->origin, "netdev '%s' is this port itself: expected the id of another -netdev",
                                 netdev);
            return FALSE;
        }
        port->taken = port->origin;
        port->behind = hvn_qemu_take(self, netdev, port->origin, error);
        if (port->behind == NULL)
            return FALSE;
        hvn_qemu_opts_add(port->opts, HVN_QEMU_NETDEV, netdev);
    }
    return TRUE;
}

/* ---- QEMU's hub 0 ---- */

/* whether one of the ports that were asked for by name is on it too */
static gboolean
hvn_qemu_names_hub(HvnQemuReader *self)
{
    for (guint i = 0; i < self->backends->len; i++) {
        const HvnQemuBackend *backend = g_ptr_array_index(self->backends, i);

        for (guint at = 0; strcmp(backend->descriptor->name, HVN_QEMU_HUBPORT) == 0 && at < backend->opts->len; at++) {
            const HvnQemuOpt *opt = g_ptr_array_index(backend->opts, at);

            if (strcmp(opt->key, "hubid") == 0 && strcmp(opt->value, "0") == 0)
                return TRUE;
        }
    }
    return FALSE;
}

static HvnQemuBackend *
hvn_qemu_add_hub_port(HvnQemuReader *self, guint number, const char *origin, GError **error)
{
    g_autoptr(GPtrArray) opts = hvn_qemu_opts_new();
    g_autofree char     *id = g_strdup_printf("hub0port%u", number);
    HvnQemuBackend      *port;

    hvn_qemu_opts_add(opts, "hubid", "0");
    port = hvn_qemu_add_backend(self, HVN_QEMU_HUBPORT, id, opts, origin, error);
    if (port != NULL)
        port->taken = port->origin;
    return port;
}

/* one NIC and one backend need no hub between them */
static gboolean
hvn_qemu_join_hub(HvnQemuReader *self, GError **error)
{
    guint n_nics = self->hub_nics->len, n_backends = self->hub_backends->len;

    if (n_nics <= 1 && n_backends <= 1 && !hvn_qemu_names_hub(self)) {
        HvnQemuNic *nic = n_nics > 0 && n_backends > 0 ? g_ptr_array_index(self->hub_nics, 0) : NULL;

        if (nic != NULL)
            nic->backend = g_ptr_array_index(self->hub_backends, 0);
        if (nic != NULL)
            nic->backend->taken = nic->origin;
        return TRUE;
    }
    for (guint i = 0; i < n_nics + n_backends; i++) {
        HvnQemuNic     *nic = i < n_nics ? g_ptr_array_index(self->hub_nics, i) : NULL;
        HvnQemuBackend *backend = nic == NULL ? g_ptr_array_index(self->hub_backends, i - n_nics) : NULL;
        HvnQemuBackend *port = hvn_qemu_add_hub_port(self, i, nic != NULL ? nic->origin : backend->origin, error);

        if (port == NULL)
            return FALSE;
        if (nic != NULL) {
            nic->backend = port;
        } else {
            port->behind = backend;
            backend->taken = backend->origin;
        }
    }
    return TRUE;
}

gboolean
hvn_qemu_join_all(HvnQemuReader *self, GError **error)
{
    return hvn_qemu_join_ports(self, error) && hvn_qemu_join(self, self->nics, error) && hvn_qemu_join(self, self->devices, error) &&
           hvn_qemu_join_hub(self, error);
}
