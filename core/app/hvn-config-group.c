/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which interfaces of a configuration belong together because they are on one network, and that no network is joined to itself. What a
 * network is the descriptors say: an option that joins. */
#include "hvn-config-private.h"
#include "hvn-error.h"

/* a network by its plugin and its name as that reads it, NULL for a backend that is on none */
static char *
hvn_config_network(HvnRegistry *registry, const char *backend, const HvnOptions *options)
{
    HvnDescriptor *descriptor = backend != NULL ? hvn_registry_find(registry, "backend", backend, NULL) : NULL;

    for (guint i = 0; descriptor != NULL && i < descriptor->options->len; i++) {
        const HvnOption      *option = g_ptr_array_index(descriptor->options, i);
        const HvnOptionValue *given = option->joins ? hvn_options_find(options, option->name) : NULL;
        const char           *text = given != NULL ? given->text : option->default_text;
        g_auto(GValue)        value = G_VALUE_INIT;
        g_autofree char      *contents = NULL;

        if (!option->joins || text == NULL || !hvn_option_parse(option, text, &value, NULL))
            continue;
        contents = g_strdup_value_contents(&value);
        return g_strdup_printf("%s %s %s", descriptor->name, option->name, contents);
    }
    return NULL;
}

/* the networks of an interface: its backend's and its port's */
static void
hvn_config_networks(const HvnInterfaceConfig *interface, HvnRegistry *registry, char *networks[2])
{
    networks[0] = hvn_config_network(registry, interface->backend, interface->backend_options);
    networks[1] = hvn_config_network(registry, interface->port, interface->port_options);
}

/* the same for both: whoever was in the second group is in the first now */
static void
hvn_config_merge(GArray *groups, guint first, guint second)
{
    guint into = MIN(g_array_index(groups, guint, first), g_array_index(groups, guint, second));
    guint from = MAX(g_array_index(groups, guint, first), g_array_index(groups, guint, second));

    for (guint i = 0; i < groups->len; i++) {
        if (g_array_index(groups, guint, i) == from)
            g_array_index(groups, guint, i) = into;
    }
}

GArray *
hvn_config_group(const HvnConfig *self, HvnRegistry *registry)
{
    g_autoptr(GHashTable) members = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL); /* network: interface plus 1 */
    GArray               *groups = g_array_new(FALSE, FALSE, sizeof(guint));

    for (guint i = 0; i < self->interfaces->len; i++) {
        char *networks[2];

        g_array_append_val(groups, i);
        hvn_config_networks(g_ptr_array_index(self->interfaces, i), registry, networks);
        for (guint at = 0; at < G_N_ELEMENTS(networks); at++) {
            gpointer member = networks[at] != NULL ? g_hash_table_lookup(members, networks[at]) : NULL;

            if (member != NULL)
                hvn_config_merge(groups, GPOINTER_TO_UINT(member) - 1, i);
            if (member != NULL || networks[at] == NULL)
                g_free(networks[at]);
            else
                g_hash_table_insert(members, networks[at], GUINT_TO_POINTER(i + 1));
        }
    }
    return groups;
}

/* the network that stands for all that are joined with it */
static const char *
hvn_config_find_root(GHashTable *parents, const char *network)
{
    const char *parent;

    while ((parent = g_hash_table_lookup(parents, network)) != NULL)
        network = parent;
    return network;
}

gboolean
hvn_config_check_networks(const HvnConfig *self, HvnRegistry *registry, GError **error)
{
    g_autoptr(GHashTable) parents = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    for (guint i = 0; i < self->interfaces->len; i++) {
        const HvnInterfaceConfig *interface = g_ptr_array_index(self->interfaces, i);
        g_autofree char          *first = NULL, *second = NULL;
        char                     *networks[2];
        const char               *roots[2];

        hvn_config_networks(interface, registry, networks);
        first = networks[0];
        second = networks[1];
        if (first == NULL || second == NULL)
            continue;
        roots[0] = hvn_config_find_root(parents, first);
        roots[1] = hvn_config_find_root(parents, second);
        if (strcmp(roots[0], roots[1]) == 0) {
            hvn_config_set_error(error, HVN_ERROR_INVALID_CONFIG, interface->port_origin,
                                 "this joins a network to itself, and frames would go round for ever: expected two networks that are not joined yet");
            return FALSE;
        }
        g_hash_table_insert(parents, g_strdup(roots[0]), g_strdup(roots[1]));
    }
    return TRUE;
}
