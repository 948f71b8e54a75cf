/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A vfio-user-pci that reaches the whole NIC, or a virtio device of QEMU's own on a vhost-user backend. The second has to be told what the
 * configuration says of the NIC: each option goes to it by the name that the plugin's descriptor has, which is QEMU's, where this QEMU
 * knows it. */
#include "hvn-run-device.h"

#include <string.h>

#include "hvn-config-hypervisor.h"

/* what is said elsewhere, or not by a property of the same name */
static gboolean
hvn_run_device_is_own(const char *name)
{
    return strcmp(name, "mac") == 0 || strcmp(name, "queues") == 0;
}

/* an id of QEMU's begins with a letter and has letters, digits, '-', '.' and '_' */
char *
hvn_run_device_get_id(const char *name)
{
    char *id = g_strconcat("hvnet-", name, NULL);

    return g_strcanon(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._", '_');
}

/* where only a root port takes devices while the machine runs */
static char *
hvn_run_device_port_id(const HvnRunSocket *socket)
{
    g_autofree char *id = hvn_run_device_get_id(socket->name);

    return g_strconcat(id, "-port", NULL);
}

/* ---- over vhost-user ---- */

static guint
hvn_run_device_count_queues(const HvnRunSocket *socket)
{
    const HvnOptionValue *value = socket->options != NULL ? hvn_options_find(socket->options, "queues") : NULL;

    return value != NULL ? g_ascii_strtoull(value->text, NULL, 10) : 1;
}

/* libvirt's names of the variants are not QEMU's */
static const char *
hvn_run_device_driver(const HvnRunSocket *socket)
{
    const char *model = socket->model != NULL ? socket->model : "";

    if (g_str_has_suffix(model, "-device"))
        return "virtio-net-device";
    if (g_str_has_suffix(model, "non-transitional"))
        return "virtio-net-pci-non-transitional";
    return g_str_has_suffix(model, "transitional") ? "virtio-net-pci-transitional" : "virtio-net-pci";
}

/* A choice of numbers is a number to QEMU. */
static void
hvn_run_device_set_option(JsonObject *device, const HvnOption *option, const char *text)
{
    g_auto(GValue) value = G_VALUE_INIT;
    gint64         number;

    if (!hvn_option_parse(option, text, &value, NULL))
        return;
    if (option->type == HVN_OPTION_BOOLEAN)
        json_object_set_boolean_member(device, option->name, g_value_get_boolean(&value));
    else if (option->type != HVN_OPTION_STRING && g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &number, NULL))
        json_object_set_int_member(device, option->name, number);
    else
        json_object_set_string_member(device, option->name, text);
}

static void
hvn_run_device_set_options(JsonObject *device, const HvnRunSocket *socket)
{
    for (guint i = 0; socket->options != NULL && i < hvn_options_get_length(socket->options); i++) {
        const HvnOptionValue *value = hvn_options_get_nth(socket->options, i);
        const HvnOption      *option = hvn_descriptor_find_option(socket->descriptor, value->name);

        if (option == NULL || hvn_run_device_is_own(value->name))
            continue;
        if (socket->known == NULL || g_hash_table_contains(socket->known, value->name))
            hvn_run_device_set_option(device, option, value->text);
        else
            g_message("%s: this emulator's %s has no '%s', which is left out", value->origin, hvn_run_device_driver(socket), value->name);
    }
}

static void
hvn_run_device_set_hypervisor(JsonObject *device, const HvnRunSocket *socket)
{
    for (guint i = 0; socket->hypervisor != NULL && i < hvn_options_get_length(socket->hypervisor); i++) {
        const HvnOptionValue *value = hvn_options_get_nth(socket->hypervisor, i);

        hvn_run_device_set_option(device, hvn_config_hypervisor_find(value->name), value->text);
    }
}

static JsonObject *
hvn_run_device_make_virtio(const HvnRunSocket *socket, const char *id)
{
    g_autofree char *netdev = g_strconcat(id, "-net", NULL);
    JsonObject      *device = json_object_new();
    guint            queues = hvn_run_device_count_queues(socket);

    json_object_set_string_member(device, "driver", hvn_run_device_driver(socket));
    json_object_set_string_member(device, "id", id);
    json_object_set_string_member(device, "netdev", netdev);
    json_object_set_string_member(device, "mac", socket->mac);
    if (queues > 1)
        json_object_set_boolean_member(device, "mq", TRUE);
    hvn_run_device_set_options(device, socket);
    /* QEMU's default is enough for a pair of queues */
    if (socket->no_msix)
        json_object_set_int_member(device, "vectors", 0);
    else if (json_object_get_int_member_with_default(device, "vectors", -1) < 0)
        json_object_remove_member(device, "vectors");
    if (queues > 1 && !json_object_has_member(device, "vectors"))
        json_object_set_int_member(device, "vectors", 2 * queues + 2);
    hvn_run_device_set_hypervisor(device, socket);
    return device;
}

/* a comma would end the value */
static char *
hvn_run_device_escape_commas(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);

    return g_strjoinv(",,", parts);
}

static void
hvn_run_device_add(GPtrArray *words, const char *option, char *value)
{
    g_ptr_array_add(words, g_strdup(option));
    g_ptr_array_add(words, value);
}

static void
hvn_run_device_add_backend(GPtrArray *words, const HvnRunSocket *socket, const char *id)
{
    g_autofree char *path = hvn_run_device_escape_commas(socket->path);
    g_autofree char *queues = hvn_run_device_count_queues(socket) > 1 ? g_strdup_printf(",queues=%u", hvn_run_device_count_queues(socket)) : NULL;

    hvn_run_device_add(words, "-chardev", g_strdup_printf("socket,id=%s-socket,path=%s%s%s", id, path, socket->reconnect != NULL ? "," : "",
                                                          socket->reconnect != NULL ? socket->reconnect : ""));
    hvn_run_device_add(words, "-netdev", g_strdup_printf("vhost-user,id=%s-net,chardev=%s-socket%s", id, id, queues != NULL ? queues : ""));
}

/* ---- both ---- */

JsonObject *
hvn_run_device_make(const HvnRunSocket *socket)
{
    g_autofree char *id = hvn_run_device_get_id(socket->name);
    g_autofree char *port = hvn_run_device_port_id(socket);
    JsonObject      *device, *address;

    if (socket->mac != NULL)
        return hvn_run_device_make_virtio(socket, id);
    device = json_object_new();
    address = json_object_new();
    json_object_set_string_member(device, "driver", "vfio-user-pci");
    json_object_set_string_member(device, "id", id);
    json_object_set_string_member(address, "type", "unix");
    json_object_set_string_member(address, "path", socket->path);
    json_object_set_object_member(device, "socket", address);
    if (socket->port > 0)
        json_object_set_string_member(device, "bus", port);
    hvn_run_device_set_hypervisor(device, socket);
    return device;
}

/* JSON, because only it can say a nested value such as the socket, and because a path needs no escapes of its own then */
void
hvn_run_device_add_words(GPtrArray *words, const HvnRunSocket *socket)
{
    g_autofree char     *id = hvn_run_device_get_id(socket->name);
    g_autofree char     *port = hvn_run_device_port_id(socket);
    g_autoptr(JsonNode)  node = json_node_alloc();
    g_autoptr(JsonObject) device = hvn_run_device_make(socket);

    if (socket->mac != NULL)
        hvn_run_device_add_backend(words, socket, id);
    else if (socket->port > 0)
        hvn_run_device_add(words, "-device", g_strdup_printf("{\"driver\":\"pcie-root-port\",\"id\":\"%s\",\"chassis\":%u}", port, socket->port));
    json_node_init_object(node, device);
    hvn_run_device_add(words, "-device", json_to_string(node, FALSE));
}
