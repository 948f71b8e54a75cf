/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's options as a configuration (with hvn-config-qemu-join.c, and hvn-config-group.c): defaults, pairs, ids, MAC addresses, and a message for every mistake. */
#include <string.h>

#include "hvn-config-test.h"
#include "hvn-error.h"

/* a line for each interface: NAME NIC MAC BACKEND ID, "-" for what is not there, and the port that has the NIC's place */
static char *
describe(const HvnConfig *config)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < config->interfaces->len; i++) {
        HvnInterfaceConfig *interface = hvn_config_interface(config, i);
        const HvnOptionValue *mac = hvn_options_find(interface->nic_options, "mac");

        g_string_append_printf(text, "%s%s %s %s %s %s%s%s", i > 0 ? "; " : "", interface->name,
                               interface->nic != NULL ? interface->nic : "-", mac != NULL ? mac->text + strlen("52:54:00:") : "-",
                               interface->backend != NULL ? interface->backend : "-", interface->backend_id,
                               interface->port != NULL ? " at " : "", interface->port != NULL ? interface->port : "");
    }
    return g_string_free(text, FALSE);
}

static HvnConfig *
load(const char *line, GError **error)
{
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    g_auto(GStrv) argv = NULL;

    if (*line == '\0')
        argv = g_new0(char *, 1);
    else
        g_assert_true(g_shell_parse_argv(line, NULL, &argv, NULL));
    return hvn_config_load_qemu((const char *const *)argv, registry, error);
}

#define NO_BACKEND "*this NIC has no backend*"
#define NO_NIC     "*this backend has no NIC*"

static const struct {
    const char *line;
    const char *warning; /* NULL for none */
    const char *expected;
} vectors[] = {
    {"", NULL, "net0 e1000 12:34:56 user hostnet0"},
    {"-nodefaults", NULL, ""},
    {"-net none", NULL, ""},
    {"-nic none", NULL, ""},
    {"-net none -nic user", NULL, "net0 e1000 12:34:56 user #net0"},
    {"-nic none -nic user", NULL, "net0 e1000 12:34:56 user #net0"},
    {"-nodefaults -netdev user,id=n0 -device e1000,netdev=n0", NULL, "net0 e1000 12:34:56 user n0"},
    {"-device e1000,netdev=n0 -netdev user,id=n0", NULL, "net0 e1000 12:34:56 user n0"},
    {"--netdev user,id=n0 --device e1000,netdev=n0", NULL, "net0 e1000 12:34:56 user n0"},
    {"-netdev type=user,id=n0 -device driver=e1000,netdev=n0,id=nic7", NULL, "nic7 e1000 12:34:56 user n0"},
    {"-netdev user,id=n0 -device e1000-82545em,netdev=n0,mac=52:54:00:12:34:57", NULL, "net0 e1000-82545em 12:34:57 user n0"},
    {"-netdev user,id=n0 -device e1000-82540em,netdev=n0", NULL, "net0 e1000 12:34:56 user n0"},
    {"-netdev user,id=n0 -device e1000,netdev=n0,bus=pci.0,addr=0x3,bootindex=1,romfile=,multifunction=on", NULL,
     "net0 e1000 12:34:56 user n0"},
    {"-device e1000", NO_BACKEND, "net0 e1000 12:34:56 user hostnet0; net1 e1000 12:34:57 - hostnet1"},
    {"-nodefaults -device e1000", NO_BACKEND, "net0 e1000 12:34:56 - hostnet0"},
    {"-netdev user,id=n0", NO_NIC, "net0 - - user n0"},
    {"-nic user", NULL, "net0 e1000 12:34:56 user #net0"},
    {"-nic model=e1000-82544gc", NULL, "net0 e1000-82544gc 12:34:56 user #net0"},
    {"-nic user,model=e1000,mac=52:54:00:00:00:09,id=a -nic user", NULL,
     "a e1000 00:00:09 user #net0; net1 e1000 12:34:56 user #net1"},
    {"-net nic -net user", NULL, "net0 e1000 12:34:56 user #net0"},
    {"-net user,id=u -net nic,model=e1000,macaddr=52:54:00:00:00:08", NULL, "net0 e1000 00:00:08 user u"},
    {"-net nic -net nic -net user", NULL,
     "net0 e1000 12:34:56 hubport hub0port0; net1 e1000 12:34:57 hubport hub0port1; hub0port2 - - user #net0 at hubport"},
    {"-net nic -net user -net null", NULL,
     "net0 e1000 12:34:56 hubport hub0port0; hub0port1 - - user #net0 at hubport; hub0port2 - - null #net1 at hubport"},
    {"-net nic -netdev hubport,id=p0,hubid=0 -device e1000,netdev=p0", NULL,
     "net0 e1000 12:34:56 hubport hub0port0; net1 e1000 12:34:57 hubport p0"},
    {"-netdev hubport,id=p1,hubid=0 -device e1000,netdev=p1 -netdev hubport,id=p0,hubid=0,netdev=u0 -netdev user,id=u0", NULL,
     "net0 e1000 12:34:56 hubport p1; p0 - - user u0 at hubport"},
    {"-netdev switch,id=p1,network=lan -device e1000,netdev=p1,id=p0 -netdev switch,id=p0,network=lan,netdev=u0 -netdev user,id=u0", NULL,
     "p0 e1000 12:34:56 switch p1; net1 - - user u0 at switch"},
    {"-netdev hubport,id=p1,hubid=0", NO_NIC, "net0 - - hubport p1"},
    {"-netdev user,id=n0 -net nic,netdev=n0", NULL, "net0 e1000 12:34:56 user n0"},
    {"-net nic", NO_BACKEND, "net0 e1000 12:34:56 - hostnet0"},
    {"-net user", NO_NIC, "net0 - - user #net0"},
    /* -nic and -net come before -device; addresses in use are passed over */
    {"-device e1000,netdev=n0 -netdev user,id=n0 -nic user", NULL, "net0 e1000 12:34:56 user #net1; net1 e1000 12:34:57 user n0"},
    {"-nic user -nic user,mac=52:54:00:12:34:56 -nic user", NULL,
     "net0 e1000 12:34:57 user #net0; net1 e1000 12:34:56 user #net1; net2 e1000 12:34:58 user #net2"},
    {"-netdev '{\"type\":\"user\",\"id\":\"n0\",\"restrict\":true}' -device '{\"driver\":\"e1000\",\"netdev\":\"n0\",\"bus\":\"pci.0\",\"addr\":\"0x3\"}'",
     NULL, "net0 e1000 12:34:56 user n0"},
};

static void
test_vectors(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(vectors); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(HvnConfig) config = NULL;
        g_autofree char *text = NULL;

        g_test_message("%s", vectors[i].line);
        if (vectors[i].warning != NULL)
            g_test_expect_message("hvn-app", G_LOG_LEVEL_WARNING, vectors[i].warning);
        config = load(vectors[i].line, &error);
        g_assert_no_error(error);
        g_test_assert_expected_messages();
        text = describe(config);
        g_assert_cmpstr(text, ==, vectors[i].expected);
    }
}

/* interfaces that share a network, also by way of others, belong together; the first of them stands for all */
static void
test_groups(void)
{
    static const struct {
        const char *line;
        guint expected[5];
    } groups[] = {
        {"-nic user -nic user -nic null", {0, 1, 2}},
        {"-nic hubport,hubid=1 -nic hubport,hubid=2 -nic hubport,hubid=1 -nic hubport,hubid=2 -nic null", {0, 1, 0, 1, 4}},
        {"-nic switch,network=1 -nic hubport,hubid=1 -nic switch,network=2 -nic switch,network=1", {0, 1, 2, 0}},
        {"-nic hubport,hubid=1 -nic hubport,hubid=2 -nic user -netdev hubport,hubid=1,id=a -netdev hubport,id=b,hubid=2,netdev=a", {0, 0, 2, 0}},
    };

    for (guint i = 0; i < G_N_ELEMENTS(groups); i++) {
        g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
        g_autoptr(HvnConfig) config = load(groups[i].line, NULL);
        g_autoptr(GArray) firsts = NULL;

        g_assert_nonnull(config);
        firsts = hvn_config_group(config, registry);
        g_assert_cmpuint(firsts->len, ==, config->interfaces->len);
        for (guint at = 0; at < firsts->len; at++)
            g_assert_cmpuint(g_array_index(firsts, guint, at), ==, groups[i].expected[at]);
    }
}

/* what is the hypervisor's is kept for it, and a value that no hypervisor would take is refused */
static void
test_hypervisor(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HvnConfig) config =
        load("-nic user,model=e1000,bootindex=1,romfile=a.rom -netdev user,id=n0 -device e1000,netdev=n0,bus=pci.0,addr=0x3,romsize=1", &error);
    const HvnInterfaceConfig *interface;

    g_assert_no_error(error);
    interface = g_ptr_array_index(config->interfaces, 0);
    g_assert_cmpuint(hvn_options_get_length(interface->hypervisor_options), ==, 2);
    g_assert_cmpstr(hvn_options_find(interface->hypervisor_options, "bootindex")->text, ==, "1");
    g_assert_cmpstr(hvn_options_find(interface->hypervisor_options, "romfile")->text, ==, "a.rom");
    interface = g_ptr_array_index(config->interfaces, 1);
    g_assert_cmpuint(hvn_options_get_length(interface->hypervisor_options), ==, 2);
    g_assert_cmpstr(hvn_options_find(interface->hypervisor_options, "addr")->text, ==, "0x3");
    g_assert_null(load("-nic user,model=e1000,bootindex=first", &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_nonnull(strstr(error->message, "-nic user,model=e1000,bootindex=first: option 'bootindex': invalid value 'first'"));
}

/* the seeds' example, and every kind of value */
static void
test_options(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HvnConfig) config =
        load("-netdev user,id=n0,net=192.168.76.0/24,dhcpstart=192.168.76.9,restrict,hostfwd=tcp::5555-:22,"
             "hostfwd=udp::53-:53,guestfwd=tcp:192.168.76.100:7-cmd:echo\\ a,,b -device e1000,netdev=n0",
             &error);
    const HvnOptions *options;

    g_assert_no_error(error);
    options = hvn_config_interface(config, 0)->backend_options;
    hvn_config_assert_option(options, "net", "192.168.76.0/24");
    hvn_config_assert_option(options, "dhcpstart", "192.168.76.9");
    hvn_config_assert_option(options, "restrict", "on");
    hvn_config_assert_option(options, "hostfwd", "tcp::5555-:22 udp::53-:53");
    hvn_config_assert_option(options, "guestfwd", "tcp:192.168.76.100:7-cmd:echo a,b");
}

static const struct {
    const char *line;
    const char *message; /* how it begins */
} bad[] = {
    {"-netdev foo,id=n0", "-netdev foo,id=n0: unknown backend 'foo'"},
    {"-netdev foo", "-netdev foo: unknown backend 'foo'"},
    {"-net foo", "-net foo: unknown backend 'foo'"},
    {"-nic foo", "-nic foo: unknown backend 'foo'"},
    {"-netdev user", "-netdev user: 'id' is missing: expected -netdev TYPE,id=ID"},
    {"-netdev id=n0", "-netdev id=n0: the type is missing: expected -netdev TYPE,id=ID"},
    {"-netdev ''", "-netdev : the type is missing: expected -netdev TYPE,id=ID"},
    {"-netdev user,id=", "-netdev user,id=: invalid id '': expected letters, digits, '-', '.' and '_', starting with a letter"},
    {"-netdev user,id=1bad", "-netdev user,id=1bad: invalid id '1bad': expected letters"},
    {"-netdev 'user,id=a b'", "-netdev user,id=a b: invalid id 'a b': expected letters"},
    {"-netdev user,id=n0 -netdev user,id=n0",
     "-netdev user,id=n0: id 'n0' is in use by -netdev user,id=n0: expected an id of its own"},
    {"-netdev user,id=n0 -device e1000,netdev=n0,id=x -device e1000,id=x",
     "-device e1000,id=x: id 'x' is in use by -device e1000,netdev=n0,id=x"},
    {"-netdev user,id=n0,bogus=1", "-netdev user,id=n0,bogus=1: unknown option 'bogus' of backend 'user'"},
    {"-netdev user,id=n0,restrict=maybe",
     "-netdev user,id=n0,restrict=maybe: invalid value 'maybe' for option 'restrict' of backend 'user': "},
    {"-netdev user,id=n0,net=a,net=b", "-netdev user,id=n0,net=a,net=b: "},
    {"-device e1000,netdev=nope", "-device e1000,netdev=nope: netdev 'nope' not found: expected the id of a -netdev"},
    {"-net nic,netdev=nope", "-net nic,netdev=nope: netdev 'nope' not found: expected the id of a -netdev"},
    {"-netdev user,id=n0 -device e1000,netdev=n0 -device e1000-82544gc,netdev=n0",
     "-device e1000-82544gc,netdev=n0: netdev 'n0' is in use by -device e1000,netdev=n0: expected a -netdev for each"},
    {"-device foo9000", "-device foo9000: unknown nic 'foo9000'"},
    {"-device netdev=n0", "-device netdev=n0: the model is missing: expected -device MODEL,netdev=ID"},
    {"-device e1000,frob=1", "-device e1000,frob=1: unknown option 'frob' of nic 'e1000'"},
    {"-device e1000,mac=xx", "-device e1000,mac=xx: invalid value 'xx' for option 'mac' of nic 'e1000': "},
    {"-device e1000,mac=01:00:5e:00:00:01",
     "-device e1000,mac=01:00:5e:00:00:01: invalid value '01:00:5e:00:00:01' for option 'mac' of nic 'e1000': "},
    {"-nic user,model=foo", "-nic user,model=foo: unknown nic 'foo'"},
    {"-nic user,bogus=1", "-nic user,bogus=1: unknown option 'bogus' of backend 'user'"},
    {"-net nic,bogus=1",
     "-net nic,bogus=1: unknown option 'bogus' of -net nic (accepted: model, macaddr, mac, id, netdev, addr, vectors)"},
    {"-net nic,macaddr=zz -net user", "-net nic,macaddr=zz: invalid value 'zz' for option 'mac' of nic 'e1000': "},
    {"-netdev hubport,id=p0", "-netdev hubport,id=p0: backend 'hubport' lacks its option 'hubid': expected "},
    {"-netdev hubport,id=p0,hubid=x", "-netdev hubport,id=p0,hubid=x: invalid value 'x' for option 'hubid' of backend 'hubport': "},
    {"-netdev hubport,id=p0,hubid=0,netdev=u0", "-netdev hubport,id=p0,hubid=0,netdev=u0: netdev 'u0' not found: expected the id of a -netdev"},
    {"-netdev hubport,id=p0,hubid=0,netdev=p0",
     "-netdev hubport,id=p0,hubid=0,netdev=p0: netdev 'p0' is this port itself: expected"},
    {"-netdev user,id=u0 -netdev hubport,id=p0,hubid=0,netdev=u0 -netdev hubport,id=p1,hubid=0,netdev=u0",
     "-netdev hubport,id=p1,hubid=0,netdev=u0: netdev 'u0' is in use by -netdev hubport,id=p0,hubid=0,netdev=u0: expected"},
    {"-netdev user,id=u0 -netdev hubport,id=p0,hubid=0,netdev=u0 -device e1000,netdev=p0",
     "-device e1000,netdev=p0: netdev 'p0' is in use by -netdev hubport,id=p0,hubid=0,netdev=u0: expected"},
    {"-netdev user,id=u0 -netdev hubport,id=p0,hubid=0,netdev=u0 -device e1000,netdev=u0",
     "-device e1000,netdev=u0: netdev 'u0' is in use by -netdev hubport,id=p0,hubid=0,netdev=u0: expected"},
    /* QEMU aborts, or goes round for ever */
    {"-netdev hubport,id=p0,hubid=0 -netdev hubport,id=p1,hubid=0,netdev=p0",
     "-netdev hubport,id=p1,hubid=0,netdev=p0: this joins a network to itself"},
    {"-netdev hubport,id=a,hubid=0 -netdev hubport,id=b,hubid=1,netdev=a -netdev switch,id=c,network=lan -netdev hubport,id=d,hubid=1,netdev=c "
     "-netdev hubport,id=e,hubid=0 -netdev switch,id=f,network=lan,netdev=e",
     "-netdev switch,id=f,network=lan,netdev=e: this joins a network to itself"},
    {"-netdev switch,id=p0,network=lan,vlan=4095", "-netdev switch,id=p0,network=lan,vlan=4095: invalid value '4095' for option 'vlan'"},
    {"-net ''", "-net : the type is missing: expected -net nic, -net TYPE or -net none"},
    {"-netdev", "-netdev: a value is missing: expected such as -netdev user"},
    {"-frobnicate 1", "-frobnicate: unknown option (accepted: -netdev, -device, -nic, -net, -nodefaults)"},
    {"domain.xml", "domain.xml: unknown option (accepted: -netdev, -device, -nic, -net, -nodefaults)"},
    {"-netdev '{\"type\":\"user\"'", "-netdev {\"type\":\"user\": this is no JSON: "},
    {"-netdev 'user,id=n0,net=a\nb'", "-netdev user,id=n0,net=a b: invalid value 'a"},
    {"-netdev 'user,id=n\xff\n0'", "-netdev user,id=n\xef\xbf\xbd 0: invalid id 'n"},
    {"-netdev 'user,id=n\n0'", "-netdev user,id=n 0: invalid id 'n 0': expected letters"},
};

/* backends and NICs that are left over when the mistake comes later give their warnings first; they are not what is looked at
 * here */
static void
test_bad(void)
{
    GLogLevelFlags fatal = g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(HvnConfig) config = load(bad[i].line, &error);

        g_test_message("%s", bad[i].line);
        g_assert_null(config);
        g_assert_nonnull(error);
        g_assert_true(error->domain == HVN_ERROR);
        if (!g_str_has_prefix(error->message, bad[i].message))
            g_assert_cmpstr(error->message, ==, bad[i].message);
        g_assert_null(strchr(error->message, '\n'));
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
    }
    g_log_set_always_fatal(fatal);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/config-qemu/vectors", test_vectors);
    g_test_add_func("/app/config-qemu/hypervisor", test_hypervisor);
    g_test_add_func("/app/config-qemu/groups", test_groups);
    g_test_add_func("/app/config-qemu/options", test_options);
    g_test_add_func("/app/config-qemu/bad", test_bad);
    return g_test_run();
}
