/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of libvirt's types of <interface> that are served here. domain.rng lists the same types, and a test holds one against the other. */
#include "hvn-config-type.h"

#include <string.h>

static const struct {
    const char *type;
    const char *backend;
    const char *source; /* (nullable): the option that <source address='' port=''/> is */
} hvn_config_types[] = {
    {"bridge", "bridge", NULL},      {"ethernet", "tap", NULL},
    {"client", "socket", "connect"}, {"mcast", "socket", "mcast"}, {"null", "null", NULL},
    {"network", "switch", NULL},
    {"server", "socket", "listen"},  {"udp", "socket", "udp"},     {"user", "user", NULL},
};

const char *
hvn_config_type_to_backend(const char *type)
{
    for (guint i = 0; i < G_N_ELEMENTS(hvn_config_types); i++) {
        if (strcmp(hvn_config_types[i].type, type) == 0)
            return hvn_config_types[i].backend;
    }
    return NULL;
}

const char *
hvn_config_type_to_source(const char *type)
{
    for (guint i = 0; i < G_N_ELEMENTS(hvn_config_types); i++) {
        if (strcmp(hvn_config_types[i].type, type) == 0)
            return hvn_config_types[i].source;
    }
    return NULL;
}

gboolean
hvn_config_type_names_backend(const char *backend)
{
    for (guint i = 0; i < G_N_ELEMENTS(hvn_config_types); i++) {
        if (strcmp(hvn_config_types[i].backend, backend) == 0)
            return TRUE;
    }
    return FALSE;
}

char *
hvn_config_type_list(void)
{
    GString *list = g_string_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(hvn_config_types); i++)
        g_string_append_printf(list, "%s%s", i > 0 ? ", " : "", hvn_config_types[i].type);
    return g_string_free(list, FALSE);
}
