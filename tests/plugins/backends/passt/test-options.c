/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the passt backend (hvn-passt-options.c): what passt is told, and what is refused. */
#include "hvn-passt-options.h"

#include "hvn-passt-backend.h"

typedef struct {
    GObjectClass   *klass;
    HvnPasstOptions options;
} Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    g_autofree GParamSpec **specs = NULL;
    guint n_specs, n_set = 0;

    self->klass = g_type_class_ref(HVN_TYPE_PASST_BACKEND);
    specs = g_object_class_list_properties(self->klass, &n_specs);
    for (guint i = 0; i < n_specs; i++) {
        if (specs[i]->owner_type == HVN_TYPE_PASST_BACKEND)
            n_set += hvn_passt_options_set(&self->options, specs[i]->param_id, g_param_spec_get_default_value(specs[i]));
    }
    g_assert_cmpuint(n_set, ==, HVN_PASST_N_OPTIONS);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_passt_options_clear(&self->options);
    g_type_class_unref(self->klass);
}

static void
set(Fixture *self, const char *name, const char *text)
{
    GParamSpec *spec = g_object_class_find_property(self->klass, name);
    g_auto(GValue) value = G_VALUE_INIT;

    g_assert_nonnull(spec);
    g_value_init(&value, spec->value_type);
    if (spec->value_type == G_TYPE_STRING)
        g_value_set_string(&value, text);
    else if (spec->value_type == G_TYPE_BOOLEAN)
        g_value_set_boolean(&value, g_str_equal(text, "on"));
    else if (spec->value_type == G_TYPE_UINT)
        g_value_set_uint(&value, g_ascii_strtoull(text, NULL, 10));
    else
        g_value_take_boxed(&value, g_strsplit(text, " ", -1));
    g_assert_true(hvn_passt_options_set(&self->options, spec->param_id, &value));
}

static void
assert_line(Fixture *self, const char *expected)
{
    g_auto(GStrv) argv = hvn_passt_options_get_argv(&self->options, 7);
    g_autofree char *line = g_strjoinv(" ", argv);

    g_assert_cmpstr(line, ==, expected);
}

static void
test_defaults(Fixture *self, gconstpointer data)
{
    assert_line(self, "passt --foreground --fd 7 --quiet");
    set(self, "quiet", "off");
    set(self, "path", "/opt/passt");
    assert_line(self, "/opt/passt --foreground --fd 7");
    g_assert_false(hvn_passt_options_set(&self->options, 0, NULL));
    g_assert_false(hvn_passt_options_set(&self->options, HVN_PASST_N_OPTIONS + 1, NULL));
}

/* each option alone, with what comes of it */
static void
test_each(Fixture *self, gconstpointer data)
{
    static const struct {
        const char *name;
        const char *text;
        const char *back;
        const char *expected;
    } rows[] = {
        {"mtu", "0", "65520", "--mtu 0"},
        {"mtu", "1400", "65520", "--mtu 1400"},
        {"address", "a", NULL, "--address a"},
        {"netmask", "a", NULL, "--netmask a"},
        {"mac", "a", NULL, "--mac-addr a"},
        {"gateway", "a", NULL, "--gateway a"},
        {"interface", "a", NULL, "--interface a"},
        {"outbound", "a", NULL, "--outbound a"},
        {"outbound-if4", "a", NULL, "--outbound-if4 a"},
        {"outbound-if6", "a", NULL, "--outbound-if6 a"},
        {"dns", "a", NULL, "--dns a"},
        {"search", "a b", "", "--search a --search b"},
        {"fqdn", "a", NULL, "--fqdn a"},
        {"dhcp-dns", "off", "on", "--no-dhcp-dns"},
        {"dhcp-search", "off", "on", "--no-dhcp-search"},
        {"map-host-loopback", "a", NULL, "--map-host-loopback a"},
        {"map-guest-addr", "a", NULL, "--map-guest-addr a"},
        {"dns-forward", "a", NULL, "--dns-forward a"},
        {"dns-host", "a", NULL, "--dns-host a"},
        {"tcp", "off", "on", "--no-tcp"},
        {"udp", "off", "on", "--no-udp"},
        {"icmp", "off", "on", "--no-icmp"},
        {"dhcp", "off", "on", "--no-dhcp"},
        {"ndp", "off", "on", "--no-ndp"},
        {"dhcpv6", "off", "on", "--no-dhcpv6"},
        {"ra", "off", "on", "--no-ra"},
        {"freebind", "on", "off", "--freebind"},
        {"ipv4", "off", "on", "--ipv6-only"},
        {"ipv6", "off", "on", "--ipv4-only"},
        {"tcp-ports", "127.0.0.1/2022:22 8000-8010", "", "--tcp-ports 127.0.0.1/2022:22 --tcp-ports 8000-8010"},
        {"udp-ports", "5353", "", "--udp-ports 5353"},
        {"param", "--one --two", "", "--one --two"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *expected = g_strconcat("passt --foreground --fd 7 --quiet ", rows[i].expected, NULL);

        g_test_message("%s", rows[i].name);
        set(self, rows[i].name, rows[i].text);
        assert_line(self, expected);
        set(self, rows[i].name, rows[i].back);
        assert_line(self, "passt --foreground --fd 7 --quiet");
    }
}

static void
test_refused(Fixture *self, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(hvn_passt_options_check(&self->options, NULL));
    set(self, "vhost-user", "on");
    g_assert_false(hvn_passt_options_check(&self->options, &error));
    g_assert_true(g_str_has_prefix(error->message, "vhost-user=on is not served"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/passt/options/defaults", Fixture, NULL, set_up, test_defaults, tear_down);
    g_test_add("/passt/options/each", Fixture, NULL, set_up, test_each, tear_down);
    g_test_add("/passt/options/refused", Fixture, NULL, set_up, test_refused, tear_down);
    return g_test_run();
}
