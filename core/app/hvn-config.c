/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration as a model: interfaces in order, and what is done to all of them whichever language they were written in:
 * names, MAC addresses, and a check of every option against the descriptor of its plugin. The readers are hvn-config-xml.c and
 * hvn-config-qemu.c; hvn-session.c makes objects of the result. */
#include <string.h>

#include "hvn-config-hypervisor.h"
#include "hvn-config-private.h"
#include "hvn-error.h"
#include "hvn-mac.h"

/* the first address that QEMU gives to a NIC without one; the last three octets count up */
#define HVN_CONFIG_MAC_PREFIX 0x525400000000u
#define HVN_CONFIG_MAC_FIRST  0x123456u
#define HVN_CONFIG_MAC_MASK   0xffffffu

static void
hvn_interface_config_free(HvnInterfaceConfig *self)
{
    g_free(self->name);
    g_free(self->origin);
    g_free(self->nic);
    g_free(self->backend);
    g_free(self->backend_id);
    g_free(self->backend_origin);
    g_free(self->port);
    g_free(self->port_id);
    g_free(self->port_origin);
    hvn_options_free(self->nic_options);
    hvn_options_free(self->backend_options);
    hvn_options_free(self->port_options);
    hvn_options_free(self->hypervisor_options);
    g_free(self);
}

HvnConfig *
hvn_config_new(void)
{
    HvnConfig *self = g_new0(HvnConfig, 1);

    self->interfaces = g_ptr_array_new_with_free_func((GDestroyNotify)hvn_interface_config_free);
    return self;
}

HvnConfig *
hvn_config_new_default(void)
{
    HvnConfig *self = hvn_config_new();
    HvnInterfaceConfig *interface = hvn_config_add_interface(self, "default network");

    interface->nic = g_strdup(HVN_CONFIG_DEFAULT_NIC);
    interface->backend = g_strdup(HVN_CONFIG_DEFAULT_BACKEND);
    return self;
}

void
hvn_config_free(HvnConfig *self)
{
    if (self == NULL)
        return;
    g_free(self->name);
    g_ptr_array_unref(self->interfaces);
    g_free(self);
}

HvnInterfaceConfig *
hvn_config_add_interface(HvnConfig *self, const char *origin)
{
    HvnInterfaceConfig *interface = g_new0(HvnInterfaceConfig, 1);

    interface->origin = g_strdup(origin);
    interface->nic_options = hvn_options_new();
    interface->backend_options = hvn_options_new();
    interface->port_options = hvn_options_new();
    interface->hypervisor_options = hvn_options_new();
    interface->link_up = TRUE;
    g_ptr_array_add(self->interfaces, interface);
    return interface;
}

static void
hvn_config_copy_interface(HvnConfig *self, const HvnInterfaceConfig *from)
{
    HvnInterfaceConfig *interface = g_new0(HvnInterfaceConfig, 1);

    *interface = (HvnInterfaceConfig){
        .name = g_strdup(from->name),
        .origin = g_strdup(from->origin),
        .nic = g_strdup(from->nic),
        .backend = g_strdup(from->backend),
        .backend_id = g_strdup(from->backend_id),
        .backend_origin = g_strdup(from->backend_origin),
        .port = g_strdup(from->port),
        .port_id = g_strdup(from->port_id),
        .port_origin = g_strdup(from->port_origin),
        .nic_options = hvn_options_copy(from->nic_options),
        .backend_options = hvn_options_copy(from->backend_options),
        .port_options = hvn_options_copy(from->port_options),
        .link_up = from->link_up,
        .inbound = from->inbound,
        .outbound = from->outbound,
        .hypervisor_options = hvn_options_copy(from->hypervisor_options),
    };
    g_ptr_array_add(self->interfaces, interface);
}

HvnConfig *
hvn_config_copy(const HvnConfig *self)
{
    HvnConfig *copy = hvn_config_new();

    copy->name = g_strdup(self->name);
    for (guint i = 0; i < self->interfaces->len; i++)
        hvn_config_copy_interface(copy, self->interfaces->pdata[i]);
    return copy;
}

G_DEFINE_BOXED_TYPE(HvnConfig, hvn_config, hvn_config_copy, hvn_config_free)

char *
hvn_config_one_line(char *text)
{
    char *line = g_utf8_make_valid(text, -1);

    g_free(text);
    for (char *c = line; *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    }
    return line;
}

void
hvn_config_set_error(GError **error, int code, const char *origin, const char *format, ...)
{
    g_autofree char *text = NULL;
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    message = hvn_config_one_line(g_strdup_printf("%s: %s", origin, text));
    g_set_error_literal(error, HVN_ERROR, code, message);
}

gboolean
hvn_config_is_identifier(const char *text)
{
    if (!g_ascii_isalpha(*text))
        return FALSE;
    for (const char *c = text; *c != '\0'; c++) {
        if (!g_ascii_isalnum(*c) && strchr("-._", *c) == NULL)
            return FALSE;
    }
    return TRUE;
}

HvnDescriptor *
hvn_config_find_plugin(HvnRegistry *registry, const char *kind, const char *name, const char *origin, GError **error)
{
    g_autofree char *lower = g_ascii_strdown(name, -1);
    g_autoptr(GError) local = NULL;
    HvnDescriptor *descriptor = hvn_registry_find(registry, kind, name, &local);

    if (descriptor == NULL)
        descriptor = hvn_registry_find(registry, kind, lower, NULL);
    if (descriptor == NULL)
        hvn_config_set_error(error, local->code, origin, "%s", local->message);
    return descriptor;
}

void
hvn_config_add_option(HvnOptions *options, const HvnDescriptor *descriptor, const char *directory, const char *name,
                      const char *text, const char *origin)
{
    const HvnOption *option = hvn_descriptor_find_option(descriptor, name);
    g_autofree char *path = NULL;

    if (directory != NULL && option != NULL && option->type == HVN_OPTION_PATH && *text != '\0' && !g_path_is_absolute(text))
        path = g_build_filename(directory, text, NULL);
    hvn_options_add(options, name, path != NULL ? path : text, origin);
}

/* gives "net0", "net1" ... by position to interfaces without a name; a name that stands in the file already is passed over */
static gboolean
hvn_config_finish_names(HvnConfig *self, GError **error)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < self->interfaces->len; i++) {
        HvnInterfaceConfig *interface = g_ptr_array_index(self->interfaces, i);

        if (interface->name != NULL && !g_hash_table_add(names, interface->name)) {
            hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, interface->origin,
                                 "interface name '%s' is in use; each interface needs its own", interface->name);
            return FALSE;
        }
    }
    for (guint i = 0; i < self->interfaces->len; i++) {
        HvnInterfaceConfig *interface = g_ptr_array_index(self->interfaces, i);
        guint number = i;

        while (interface->name == NULL) {
            g_autofree char *name = g_strdup_printf("net%u", number++);

            if (!g_hash_table_contains(names, name)) {
                interface->name = g_steal_pointer(&name);
                g_hash_table_add(names, interface->name);
            }
        }
    }
    return TRUE;
}

static guint64
hvn_config_mac_to_number(const HvnMac *mac)
{
    guint64 number = 0;

    for (guint i = 0; i < HVN_MAC_LEN; i++)
        number = number << 8 | mac->addr[i];
    return number;
}

/* the addresses that the configuration names; a second use is allowed, as in QEMU, and worth a warning */
static GHashTable *
hvn_config_collect_macs(HvnConfig *self)
{
    GHashTable *macs = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

    for (guint i = 0; i < self->interfaces->len; i++) {
        HvnInterfaceConfig *interface = g_ptr_array_index(self->interfaces, i);
        const HvnOptionValue *value = hvn_options_find(interface->nic_options, "mac");
        g_autofree guint64 *number = g_new(guint64, 1);
        HvnMac mac;

        if (value == NULL || !hvn_mac_parse(value->text, &mac, NULL))
            continue;
        *number = hvn_config_mac_to_number(&mac);
        if (g_hash_table_contains(macs, number))
            g_warning("%s: MAC address %s is in use by another interface", value->origin, value->text);
        else
            g_hash_table_add(macs, g_steal_pointer(&number));
    }
    return macs;
}

static void
hvn_config_finish_macs(HvnConfig *self)
{
    g_autoptr(GHashTable) used = hvn_config_collect_macs(self);
    guint low = HVN_CONFIG_MAC_FIRST;

    for (guint i = 0; i < self->interfaces->len; i++) {
        HvnInterfaceConfig *interface = g_ptr_array_index(self->interfaces, i);
        char text[HVN_MAC_TEXT_LEN];
        guint64 number;
        HvnMac mac;

        if (interface->nic == NULL || hvn_options_find(interface->nic_options, "mac") != NULL)
            continue;
        do {
            number = HVN_CONFIG_MAC_PREFIX | low;
            low = (low + 1) & HVN_CONFIG_MAC_MASK;
        } while (g_hash_table_contains(used, &number));
        for (guint octet = 0; octet < HVN_MAC_LEN; octet++)
            mac.addr[octet] = number >> (8 * (HVN_MAC_LEN - 1 - octet));
        hvn_options_add(interface->nic_options, "mac", hvn_mac_print(&mac, text), interface->origin);
    }
}

/* an alias becomes the plugin's own name; a variant stays, since the NIC is told which one it is */
static void
hvn_config_canonical_name(char **name, const HvnDescriptor *descriptor)
{
    for (guint i = 0; i < descriptor->variants->len; i++) {
        const HvnVariant *variant = g_ptr_array_index(descriptor->variants, i);

        if (g_ascii_strcasecmp(variant->name, *name) == 0) {
            g_free(*name);
            *name = g_strdup(variant->name);
            return;
        }
    }
    g_free(*name);
    *name = g_strdup(descriptor->name);
}

static gboolean
hvn_config_finish_plugin(HvnRegistry *registry, const char *kind, char **name, const HvnOptions *options, const char *origin,
                         GError **error)
{
    HvnDescriptor *descriptor;

    if (*name == NULL)
        return TRUE;
    descriptor = hvn_config_find_plugin(registry, kind, *name, origin, error);
    if (descriptor == NULL)
        return FALSE;
    hvn_config_canonical_name(name, descriptor);
    if (hvn_options_validate(options, descriptor, error))
        return TRUE;
    /* the message begins with the place of an option, and without options there is none */
    if (hvn_options_get_length(options) == 0)
        g_prefix_error(error, "%s: ", origin);
    return FALSE;
}

static gboolean
hvn_config_check_hypervisor(const HvnOptions *options, GError **error)
{
    for (guint i = 0; i < hvn_options_get_length(options); i++) {
        const HvnOptionValue *option = hvn_options_get_nth(options, i);
        g_auto(GValue)        value = G_VALUE_INIT;

        if (hvn_option_parse(hvn_config_hypervisor_find(option->name), option->text, &value, error))
            continue;
        g_prefix_error(error, "%s: option '%s': ", option->origin, option->name);
        return FALSE;
    }
    return TRUE;
}

gboolean
hvn_config_finish(HvnConfig *self, HvnRegistry *registry, GError **error)
{
    if (!hvn_config_finish_names(self, error))
        return FALSE;
    hvn_config_finish_macs(self);
    for (guint i = 0; i < self->interfaces->len; i++) {
        HvnInterfaceConfig *interface = g_ptr_array_index(self->interfaces, i);

        if (interface->backend_id == NULL)
            interface->backend_id = g_strdup_printf("host%s", interface->name);
        if (!hvn_config_check_hypervisor(interface->hypervisor_options, error) ||
            !hvn_config_finish_plugin(registry, "nic", &interface->nic, interface->nic_options, interface->origin, error) ||
            !hvn_config_finish_plugin(registry, "backend", &interface->backend, interface->backend_options, interface->origin,
                                      error) ||
            !hvn_config_finish_plugin(registry, "backend", &interface->port, interface->port_options, interface->origin, error))
            return FALSE;
    }
    return hvn_config_check_networks(self, registry, error);
}
