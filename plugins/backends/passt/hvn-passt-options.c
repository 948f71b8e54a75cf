/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's options of -netdev passt. One table has what each is and which argument of passt it becomes; what passt itself makes of a value it says,
 * so that it need not be known here. */
#include "hvn-passt-options.h"

#include <string.h>

#include "hvn-error.h"

#define MTU_DEFAULT 65520 /* passt's own */

typedef enum {
    HVN_PASST_TEXT,    /* the argument and the value */
    HVN_PASST_NUMBER,  /* the same for a number that is not the default */
    HVN_PASST_LIST,    /* the same for each value */
    HVN_PASST_FLAG,    /* the argument when it is on, which it is not by itself */
    HVN_PASST_FLAG_ON, /* the argument when it is on, which it is by itself */
    HVN_PASST_UNLESS,  /* the argument when it is off, which it is not by itself */
} HvnPasstKind;

static const struct {
    const char  *name;
    HvnPasstKind kind;
    const char  *argument; /* NULL for what is none */
} hvn_passt_options[] = {
    {"path", HVN_PASST_TEXT, NULL},
    {"quiet", HVN_PASST_FLAG_ON, "--quiet"},
    {"vhost-user", HVN_PASST_FLAG, NULL},
    {"mtu", HVN_PASST_NUMBER, "--mtu"},
    {"address", HVN_PASST_TEXT, "--address"},
    {"netmask", HVN_PASST_TEXT, "--netmask"},
    {"mac", HVN_PASST_TEXT, "--mac-addr"},
    {"gateway", HVN_PASST_TEXT, "--gateway"},
    {"interface", HVN_PASST_TEXT, "--interface"},
    {"outbound", HVN_PASST_TEXT, "--outbound"},
    {"outbound-if4", HVN_PASST_TEXT, "--outbound-if4"},
    {"outbound-if6", HVN_PASST_TEXT, "--outbound-if6"},
    {"dns", HVN_PASST_TEXT, "--dns"},
    {"search", HVN_PASST_LIST, "--search"},
    {"fqdn", HVN_PASST_TEXT, "--fqdn"},
    {"dhcp-dns", HVN_PASST_UNLESS, "--no-dhcp-dns"},
    {"dhcp-search", HVN_PASST_UNLESS, "--no-dhcp-search"},
    {"map-host-loopback", HVN_PASST_TEXT, "--map-host-loopback"},
    {"map-guest-addr", HVN_PASST_TEXT, "--map-guest-addr"},
    {"dns-forward", HVN_PASST_TEXT, "--dns-forward"},
    {"dns-host", HVN_PASST_TEXT, "--dns-host"},
    {"tcp", HVN_PASST_UNLESS, "--no-tcp"},
    {"udp", HVN_PASST_UNLESS, "--no-udp"},
    {"icmp", HVN_PASST_UNLESS, "--no-icmp"},
    {"dhcp", HVN_PASST_UNLESS, "--no-dhcp"},
    {"ndp", HVN_PASST_UNLESS, "--no-ndp"},
    {"dhcpv6", HVN_PASST_UNLESS, "--no-dhcpv6"},
    {"ra", HVN_PASST_UNLESS, "--no-ra"},
    {"freebind", HVN_PASST_FLAG, "--freebind"},
    {"ipv4", HVN_PASST_UNLESS, "--ipv6-only"},
    {"ipv6", HVN_PASST_UNLESS, "--ipv4-only"},
    {"tcp-ports", HVN_PASST_LIST, "--tcp-ports"},
    {"udp-ports", HVN_PASST_LIST, "--udp-ports"},
    {"param", HVN_PASST_LIST, NULL},
};

G_STATIC_ASSERT(G_N_ELEMENTS(hvn_passt_options) == HVN_PASST_N_OPTIONS);

static GParamSpec *
hvn_passt_options_spec(const char *name, HvnPasstKind kind)
{
    const GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

    switch (kind) {
    case HVN_PASST_NUMBER:
        return g_param_spec_uint(name, NULL, NULL, 0, 65535, MTU_DEFAULT, flags);
    case HVN_PASST_LIST:
        return g_param_spec_boxed(name, NULL, NULL, G_TYPE_STRV, flags);
    case HVN_PASST_FLAG:
        return g_param_spec_boolean(name, NULL, NULL, FALSE, flags);
    case HVN_PASST_FLAG_ON:
    case HVN_PASST_UNLESS:
        return g_param_spec_boolean(name, NULL, NULL, TRUE, flags);
    case HVN_PASST_TEXT:
    default:
        return g_param_spec_string(name, NULL, NULL, NULL, flags);
    }
}

void
hvn_passt_options_install(GObjectClass *klass)
{
    for (guint i = 0; i < HVN_PASST_N_OPTIONS; i++)
        g_object_class_install_property(klass, i + 1, hvn_passt_options_spec(hvn_passt_options[i].name, hvn_passt_options[i].kind));
}

gboolean
hvn_passt_options_set(HvnPasstOptions *self, guint prop, const GValue *value)
{
    if (prop == 0 || prop > HVN_PASST_N_OPTIONS)
        return FALSE;
    if (!G_IS_VALUE(&self->values[prop - 1]))
        g_value_init(&self->values[prop - 1], G_VALUE_TYPE(value));
    g_value_copy(value, &self->values[prop - 1]);
    return TRUE;
}

void
hvn_passt_options_clear(HvnPasstOptions *self)
{
    for (guint i = 0; i < HVN_PASST_N_OPTIONS; i++) {
        if (G_IS_VALUE(&self->values[i]))
            g_value_unset(&self->values[i]);
    }
}

static const GValue *
hvn_passt_options_find(const HvnPasstOptions *self, const char *name)
{
    for (guint i = 0; i < HVN_PASST_N_OPTIONS; i++) {
        if (strcmp(hvn_passt_options[i].name, name) == 0)
            return &self->values[i];
    }
    return NULL;
}

gboolean
hvn_passt_options_check(const HvnPasstOptions *self, GError **error)
{
    if (!g_value_get_boolean(hvn_passt_options_find(self, "vhost-user")))
        return TRUE;
    g_set_error_literal(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED,
                        "vhost-user=on is not served: expected off, which carries the same frames over a socket");
    return FALSE;
}

const char *
hvn_passt_options_get_path(const HvnPasstOptions *self)
{
    const char *path = g_value_get_string(hvn_passt_options_find(self, "path"));

    return path != NULL ? path : "passt";
}

static void
hvn_passt_options_add(GStrvBuilder *argv, const char *argument, const char *value)
{
    g_strv_builder_add(argv, argument);
    g_strv_builder_add(argv, value);
}

static void
hvn_passt_options_add_list(GStrvBuilder *argv, const char *argument, const char *const *list)
{
    for (guint i = 0; list != NULL && list[i] != NULL; i++)
        hvn_passt_options_add(argv, argument, list[i]);
}

GStrv
hvn_passt_options_get_argv(const HvnPasstOptions *self, int fd)
{
    g_autoptr(GStrvBuilder) argv = g_strv_builder_new();
    g_autofree char *number = g_strdup_printf("%d", fd);
    const char *const *param = g_value_get_boxed(hvn_passt_options_find(self, "param"));

    g_strv_builder_add_many(argv, hvn_passt_options_get_path(self), "--foreground", NULL);
    hvn_passt_options_add(argv, "--fd", number);
    for (guint i = 0; i < HVN_PASST_N_OPTIONS; i++) {
        const char *argument = hvn_passt_options[i].argument;
        const GValue *value = &self->values[i];
        HvnPasstKind kind = hvn_passt_options[i].kind;

        if (argument == NULL)
            continue;
        if (kind == HVN_PASST_TEXT && g_value_get_string(value) != NULL) {
            hvn_passt_options_add(argv, argument, g_value_get_string(value));
        } else if (kind == HVN_PASST_NUMBER && g_value_get_uint(value) != MTU_DEFAULT) {
            g_autofree char *text = g_strdup_printf("%u", g_value_get_uint(value));

            hvn_passt_options_add(argv, argument, text);
        } else if (kind == HVN_PASST_LIST) {
            hvn_passt_options_add_list(argv, argument, g_value_get_boxed(value));
        } else if (kind >= HVN_PASST_FLAG && g_value_get_boolean(value) != (kind == HVN_PASST_UNLESS)) {
            g_strv_builder_add(argv, argument);
        }
    }
    if (param != NULL)
        g_strv_builder_addv(argv, (const char **)param);
    return g_strv_builder_end(argv);
}
