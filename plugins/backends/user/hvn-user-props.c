/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One row per option, in the order of user.xml; values are kept as GValues, so that no property needs code of its own. */
#include "hvn-user-props.h"

/* what kind of property a row makes */
typedef enum {
    TEXT,
    LIST,
    SWITCH,
    NUMBER,
} Kind;

static const struct {
    HvnUserProp prop;
    const char *name;
    Kind kind;
    const char *text; /* default of TEXT */
    guint maximum;    /* of NUMBER */
    guint number;     /* default of NUMBER and SWITCH */
} hvn_user_props_rows[] = {
    {HVN_USER_PROP_IPV4, "ipv4", TEXT, "auto", 0, 0},
    {HVN_USER_PROP_IPV6, "ipv6", TEXT, "auto", 0, 0},
    {HVN_USER_PROP_NET, "net", TEXT, "10.0.2.0/24", 0, 0},
    {HVN_USER_PROP_HOST, "host", TEXT, NULL, 0, 0},
    {HVN_USER_PROP_RESTRICT, "restrict", SWITCH, NULL, 0, FALSE},
    {HVN_USER_PROP_HOSTNAME, "hostname", TEXT, NULL, 0, 0},
    {HVN_USER_PROP_DHCPSTART, "dhcpstart", TEXT, NULL, 0, 0},
    {HVN_USER_PROP_DNS, "dns", TEXT, NULL, 0, 0},
    {HVN_USER_PROP_DNSSEARCH, "dnssearch", LIST, NULL, 0, 0},
    {HVN_USER_PROP_DOMAINNAME, "domainname", TEXT, NULL, 0, 0},
    {HVN_USER_PROP_TFTP, "tftp", TEXT, NULL, 0, 0},
    {HVN_USER_PROP_BOOTFILE, "bootfile", TEXT, NULL, 0, 0},
    {HVN_USER_PROP_TFTP_SERVER_NAME, "tftp-server-name", TEXT, NULL, 0, 0},
    {HVN_USER_PROP_SMB, "smb", TEXT, NULL, 0, 0},
    {HVN_USER_PROP_SMBSERVER, "smbserver", TEXT, NULL, 0, 0},
    {HVN_USER_PROP_IPV6_NET, "ipv6-net", TEXT, NULL, 0, 0},
    {HVN_USER_PROP_IPV6_PREFIX, "ipv6-prefix", TEXT, "fec0::", 0, 0},
    {HVN_USER_PROP_IPV6_PREFIXLEN, "ipv6-prefixlen", NUMBER, NULL, 126, 64},
    {HVN_USER_PROP_IPV6_HOST, "ipv6-host", TEXT, NULL, 0, 0},
    {HVN_USER_PROP_IPV6_DNS, "ipv6-dns", TEXT, NULL, 0, 0},
    {HVN_USER_PROP_MTU, "mtu", NUMBER, NULL, 65521, 0},
    {HVN_USER_PROP_HOSTFWD, "hostfwd", LIST, NULL, 0, 0},
    {HVN_USER_PROP_GUESTFWD, "guestfwd", LIST, NULL, 0, 0},
    {HVN_USER_PROP_LARGE_FRAMES, "large-frames", SWITCH, NULL, 0, TRUE},
};

void
hvn_user_props_install(GObjectClass *klass)
{
    const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

    for (guint i = 0; i < G_N_ELEMENTS(hvn_user_props_rows); i++) {
        const char *name = hvn_user_props_rows[i].name;
        GParamSpec *spec = NULL;

        switch (hvn_user_props_rows[i].kind) {
        case TEXT:
            spec = g_param_spec_string(name, NULL, NULL, hvn_user_props_rows[i].text, flags);
            break;
        case LIST:
            spec = g_param_spec_boxed(name, NULL, NULL, G_TYPE_STRV, flags);
            break;
        case SWITCH:
            spec = g_param_spec_boolean(name, NULL, NULL, hvn_user_props_rows[i].number != 0, flags);
            break;
        case NUMBER:
            spec = g_param_spec_uint(name, NULL, NULL, 0, hvn_user_props_rows[i].maximum, hvn_user_props_rows[i].number, flags);
            break;
        }
        g_object_class_install_property(klass, hvn_user_props_rows[i].prop, spec);
    }
    /**
     * HvnUserBackend:forwards:
     *
     * A rule of hostfwd for each port that is listened on, with the port that the host chose.
     */
    g_object_class_install_property(
        klass, HVN_USER_PROP_FORWARDS,
        g_param_spec_boxed("forwards", NULL, NULL, G_TYPE_STRV, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

void
hvn_user_props_init(HvnUserProps *self, GObjectClass *klass)
{
    for (guint i = 0; i < G_N_ELEMENTS(hvn_user_props_rows); i++) {
        GParamSpec *spec = g_object_class_find_property(klass, hvn_user_props_rows[i].name);
        GValue *value = &self->values[hvn_user_props_rows[i].prop];

        g_value_init(value, G_PARAM_SPEC_VALUE_TYPE(spec));
        g_param_value_set_default(spec, value);
    }
}

void
hvn_user_props_clear(HvnUserProps *self)
{
    for (guint i = 1; i < HVN_USER_PROP_N_STORED; i++)
        g_value_unset(&self->values[i]);
}

const char *
hvn_user_props_string(const HvnUserProps *self, HvnUserProp prop)
{
    return g_value_get_string(&self->values[prop]);
}

const char *const *
hvn_user_props_strv(const HvnUserProps *self, HvnUserProp prop)
{
    return g_value_get_boxed(&self->values[prop]);
}

gboolean
hvn_user_props_boolean(const HvnUserProps *self, HvnUserProp prop)
{
    return g_value_get_boolean(&self->values[prop]);
}

void
hvn_user_props_net_options(const HvnUserProps *self, HvnUserNetOptions *options)
{
    options->ipv4 = hvn_user_props_string(self, HVN_USER_PROP_IPV4);
    options->ipv6 = hvn_user_props_string(self, HVN_USER_PROP_IPV6);
    options->net = hvn_user_props_string(self, HVN_USER_PROP_NET);
    options->host = hvn_user_props_string(self, HVN_USER_PROP_HOST);
    options->dhcpstart = hvn_user_props_string(self, HVN_USER_PROP_DHCPSTART);
    options->dns = hvn_user_props_string(self, HVN_USER_PROP_DNS);
    options->smbserver = hvn_user_props_string(self, HVN_USER_PROP_SMBSERVER);
    options->ipv6_net = hvn_user_props_string(self, HVN_USER_PROP_IPV6_NET);
    options->ipv6_prefix = hvn_user_props_string(self, HVN_USER_PROP_IPV6_PREFIX);
    options->ipv6_prefixlen = g_value_get_uint(&self->values[HVN_USER_PROP_IPV6_PREFIXLEN]);
    options->ipv6_host = hvn_user_props_string(self, HVN_USER_PROP_IPV6_HOST);
    options->ipv6_dns = hvn_user_props_string(self, HVN_USER_PROP_IPV6_DNS);
    options->hostname = hvn_user_props_string(self, HVN_USER_PROP_HOSTNAME);
    options->domainname = hvn_user_props_string(self, HVN_USER_PROP_DOMAINNAME);
    options->bootfile = hvn_user_props_string(self, HVN_USER_PROP_BOOTFILE);
    options->tftp_server_name = hvn_user_props_string(self, HVN_USER_PROP_TFTP_SERVER_NAME);
    options->dnssearch = hvn_user_props_strv(self, HVN_USER_PROP_DNSSEARCH);
    options->mtu = g_value_get_uint(&self->values[HVN_USER_PROP_MTU]);
    options->restricted = hvn_user_props_boolean(self, HVN_USER_PROP_RESTRICT);
}
