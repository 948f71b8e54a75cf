/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serves virtio-net over vhost-user with a backend of choice, for real clients: DPDK's virtio_user, QEMU, User-mode Linux.
 *
 *   vhost-server SOCKET null|source|BACKEND [OPTION=VALUE ...]
 *
 * "null" takes every frame, "source" sends 60-byte frames as fast as they are taken; any other name is a backend plugin. Options are the
 * NIC's. Each second with traffic it prints frames a second on stdout; SIGTERM and SIGINT end it. */

#include "hvn-backend.h"
#include "hvn-error.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-options.h"
#include "hvn-registry.h"
#include "hvn-vhost-user.h"
#include "hvn-virtio-net-nic.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>

#define FRAME_LEN 60

typedef struct {
    HvnPort     *nic;
    HvnPort     *port;
    HvnFakePort *fake; /* port, or NULL for a plugin */
    HvnWork      source;
    guint64      n_sent; /* by the source */
    guint64      seen;
    gboolean     stop;
} Server;

/* one batch at a time, for ever; what is not taken is sent again from the start, as all frames are the same */
static gboolean
server_source(gpointer data)
{
    static const guint8 bytes[FRAME_LEN] = {0x52, 0x54, 0, 0, 0, 1, 0x52, 0x54, 0, 0, 0, 2, 0x88, 0xb5};
    Server             *self = data;
    struct iovec        iov = {(void *)bytes, sizeof bytes};
    HvnFrame            frames[HVN_BATCH_MAX];
    guint               taken;

    for (guint i = 0; i < HVN_BATCH_MAX; i++)
        frames[i] = (HvnFrame){.iov = &iov, .n_iov = 1, .len = sizeof bytes};
    taken = hvn_port_send(self->port, frames, HVN_BATCH_MAX);
    self->n_sent += taken;
    return TRUE;
}

static gboolean
server_report(gpointer data)
{
    Server *self = data;
    guint64 n = self->n_sent;

    if (self->fake != NULL)
        n += hvn_fake_port_get_n_frames(self->fake);
    if (n != self->seen)
        g_print("%" G_GUINT64_FORMAT " frames/s\n", n - self->seen);
    self->seen = n;
    return G_SOURCE_CONTINUE;
}

static gboolean
server_stop(gpointer data)
{
    ((Server *)data)->stop = TRUE;
    return G_SOURCE_CONTINUE;
}

/* options as QEMU spells them: a number, on or off, or text */
static HvnPort *
server_create_nic(HvnDispatcher *dispatcher, guint n_options, char **options, GError **error)
{
    g_autoptr(GTypeClass) type = g_type_class_ref(HVN_TYPE_VIRTIO_NET_NIC);
    g_autoptr(GPtrArray)  names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray)     values = g_array_new(FALSE, TRUE, sizeof(GValue));

    g_array_set_clear_func(values, (GDestroyNotify)g_value_unset);
    g_array_set_size(values, n_options + 2);
    g_ptr_array_add(names, g_strdup("dispatcher"));
    g_value_set_object(g_value_init(&g_array_index(values, GValue, 0), HVN_TYPE_DISPATCHER), dispatcher);
    g_ptr_array_add(names, g_strdup("name"));
    g_value_set_string(g_value_init(&g_array_index(values, GValue, 1), G_TYPE_STRING), "net0");
    for (guint i = 0; i < n_options; i++) {
        GValue     *value = &g_array_index(values, GValue, i + 2);
        const char *equals = strchr(options[i], '=');
        char       *name = equals != NULL ? g_strndup(options[i], equals - options[i]) : g_strdup(options[i]);
        GParamSpec *spec = g_object_class_find_property((GObjectClass *)type, name);

        g_ptr_array_add(names, name);
        g_value_init(value, spec != NULL ? spec->value_type : G_TYPE_STRING);
        if (spec == NULL || equals == NULL) {
            g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "unknown option '%s'", options[i]);
            return NULL;
        }
        if (G_VALUE_HOLDS_BOOLEAN(value))
            g_value_set_boolean(value, g_str_equal(equals + 1, "on"));
        else if (G_VALUE_HOLDS_UINT(value))
            g_value_set_uint(value, g_ascii_strtoull(equals + 1, NULL, 0));
        else
            g_value_set_string(value, equals + 1);
    }
    return HVN_PORT(g_object_new_with_properties(HVN_TYPE_VIRTIO_NET_NIC, names->len, (const char **)names->pdata, (GValue *)values->data));
}

static HvnPort *
server_create_backend(HvnDispatcher *dispatcher, const char *name, GError **error)
{
    g_autoptr(HvnRegistry) registry = hvn_registry_new(NULL);
    g_autoptr(HvnOptions)  options = hvn_options_new();
    HvnDescriptor         *descriptor = hvn_registry_find(registry, "backend", name, error);
    GType                  type = descriptor != NULL ? hvn_registry_load(registry, descriptor, error) : G_TYPE_INVALID;

    if (type == G_TYPE_INVALID)
        return NULL;
    return (HvnPort *)hvn_options_create_object(options, descriptor, type, error, "dispatcher", dispatcher, "name", name, NULL);
}

static guint
server_count(HvnFakePort *port, const HvnFrame *frames, guint n_frames, gpointer data)
{
    ((Server *)data)->n_sent += n_frames;
    return n_frames;
}

static gboolean
server_make_ports(Server *self, HvnDispatcher *dispatcher, int argc, char **argv, GError **error)
{
    self->nic = server_create_nic(dispatcher, argc - 3, argv + 3, error);
    if (self->nic == NULL)
        return FALSE;
    if (g_str_equal(argv[2], "null") || g_str_equal(argv[2], "source")) {
        self->fake = hvn_fake_port_new(dispatcher, "fake");
        self->port = HVN_PORT(self->fake);
        hvn_fake_port_set_recording(self->fake, FALSE);
        hvn_fake_port_set_push_func(self->fake, server_count, self);
        if (g_str_equal(argv[2], "source"))
            hvn_work_init(&self->source, dispatcher, server_source, self);
        return TRUE;
    }
    self->port = server_create_backend(dispatcher, argv[2], error);
    return self->port != NULL;
}

static gboolean
server_run(Server *self, HvnDispatcher *dispatcher, const char *path, GError **error)
{
    g_autoptr(HvnLink)      link = hvn_link_new(self->nic, self->port);
    g_autoptr(HvnVhostUser) server = hvn_vhost_user_new(HVN_VIRTIO_DEVICE(self->nic), dispatcher, "net0");
    const char             *state = g_getenv("VHOST_SERVER_STATE"); /* a file for hvn_vhost_user_set_state_fd() */

    if (state != NULL && !hvn_vhost_user_set_state_fd(server, open(state, O_RDWR | O_CREAT | O_CLOEXEC, 0600), error))
        return FALSE;
    if (!hvn_vhost_user_listen(server, path, error))
        return FALSE;
    if (HVN_IS_BACKEND(self->port) && !hvn_backend_start(HVN_BACKEND(self->port), error))
        return FALSE;
    g_print("listening on %s\n", path);
    if (self->source.func != NULL)
        hvn_work_schedule(&self->source);
    g_timeout_add_seconds(1, server_report, self);
    g_unix_signal_add(SIGTERM, server_stop, self);
    g_unix_signal_add(SIGINT, server_stop, self);
    while (!self->stop)
        hvn_dispatcher_iterate(dispatcher, TRUE);
    hvn_vhost_user_stop(server);
    if (HVN_IS_BACKEND(self->port))
        hvn_backend_stop(HVN_BACKEND(self->port));
    hvn_link_disconnect(link);
    return TRUE;
}

int
main(int argc, char **argv)
{
    g_autoptr(HvnClock)      clock = hvn_clock_new_real();
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(g_main_context_default(), clock);
    g_autoptr(GError)        error = NULL;
    Server                   self = {0};

    if (argc < 3) {
        g_printerr("usage: %s SOCKET null|source|BACKEND [OPTION=VALUE ...]\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!server_make_ports(&self, dispatcher, argc, argv, &error) || !server_run(&self, dispatcher, argv[1], &error)) {
        g_printerr("%s: %s\n", argv[0], error->message);
        return 1;
    }
    hvn_work_cancel(&self.source);
    g_clear_object(&self.port);
    g_clear_object(&self.nic);
    return 0;
}
