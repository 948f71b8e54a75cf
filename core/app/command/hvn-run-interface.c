/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An interface of the supervisor: how it is attached, and its end. */
#include "hvn-run-interface.h"

#include <unistd.h>

#include "hvn-error.h"
#include "hvn-run-server.h"
#include "hvn-socket-listener.h"
#include "hvn-virtio-device.h"

HvnRunInterface *
hvn_run_interface_new(const HvnInterfaceConfig *config)
{
    HvnRunInterface *self = g_new0(HvnRunInterface, 1);

    self->config = config;
    self->listen_fd = -1;
    self->link_up = config->link_up;
    return self;
}

gboolean
hvn_run_interface_begin_capture(HvnRunInterface *self, const char *pcap, gboolean alone, GError **error)
{
    if (pcap == NULL || self->config->nic == NULL || self->config->backend == NULL)
        return TRUE;
    self->capture_path = alone ? g_strdup(pcap) : hvn_pcap_make_path(pcap, self->config->name);
    self->capture = hvn_pcap_new(self->capture_path, HVN_RUN_SNAP_LEN, error);
    return self->capture != NULL;
}

void
hvn_run_interface_free(HvnRunInterface *self)
{
    if (self->listen_fd >= 0)
        close(self->listen_fd);
    if (self->listen_fd >= 0 && self->own_path)
        unlink(self->path);
    hvn_pcap_free(self->capture);
    g_free(self->capture_path);
    g_free(self->path);
    g_free(self);
}

gboolean
hvn_run_interface_choose_protocol(HvnRunInterface *self, HvnRegistry *registry, HvnRunAttach attach, GError **error)
{
    HvnDescriptor *descriptor = hvn_registry_find(registry, "nic", self->config->nic, error);
    GType          type = descriptor != NULL ? hvn_registry_load(registry, descriptor, error) : G_TYPE_INVALID;
    gboolean       virtio;

    if (type == G_TYPE_INVALID)
        return FALSE;
    self->descriptor = descriptor;
    virtio = g_type_is_a(type, HVN_TYPE_VIRTIO_DEVICE);
    self->vhost_user = attach == HVN_RUN_ATTACH_DEFAULT ? virtio : attach == HVN_RUN_ATTACH_VHOST_USER;
    if (self->vhost_user && !virtio) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED, "interface '%s' is a %s, which has no vhost-user: expected model virtio-net-pci",
                    self->config->name, self->config->nic);
        return FALSE;
    }
    return TRUE;
}

gboolean
hvn_run_interface_listen(HvnRunInterface *self, const HvnRunOptions *options, GError **error)
{
    g_autofree char *file = g_strconcat(self->config->name, ".sock", NULL);

    if (options->fd >= 0) {
        self->path = g_strdup_printf("fd:%d", options->fd);
        self->listen_fd = options->fd;
        return TRUE;
    }
    self->path = options->socket_path != NULL ? g_strdup(options->socket_path) : g_build_filename(options->socket_dir, file, NULL);
    self->listen_fd = hvn_socket_listener_open(self->path, error);
    self->own_path = self->listen_fd >= 0;
    return self->own_path;
}

HvnRunInterface *
hvn_run_interface_find(GPtrArray *interfaces, HvnRunGroup *group, const char *name)
{
    for (guint i = 0; i < interfaces->len; i++) {
        HvnRunInterface *interface = g_ptr_array_index(interfaces, i);

        if (interface->group == group && g_strcmp0(interface->config->name, name) == 0)
            return interface;
    }
    return NULL;
}
