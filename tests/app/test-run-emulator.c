/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words that `hvnet run` gives an emulator: shared memory of the right size, a device for each interface, the user's own words kept. */
#include "hvn-run-emulator.h"

#include <string.h>

#include "hvn-error.h"

static const HvnRunSocket sockets[] = {{"net0", "/run/x/net0.sock"}, {"ua-lan \"1\"", "/run/a b\\\"c/ua.sock"}};

/* the words for a command line, joined by '|'; or the error's message */
static char *
build(const char *line, guint n_sockets)
{
    g_auto(GStrv) argv = NULL, words = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(g_shell_parse_argv(line, NULL, &argv, NULL));
    words = hvn_run_emulator_arguments((const char *const *)argv, sockets, n_sockets, NULL, &error);
    if (words == NULL) {
        g_assert_true(error->domain == HVN_ERROR);
        g_assert_null(strchr(error->message, '\n'));
        return g_strdup(error->message);
    }
    g_assert_no_error(error);
    return g_strjoinv("|", words);
}

#define MEMORY(size) "|-object|memory-backend-memfd,id=hvnet-ram,size=" size ",share=on|-machine|memory-backend=hvnet-ram"
#define NO_NIC       "|-nic|none"
#define NET0         "|-device|{\"driver\":\"vfio-user-pci\",\"id\":\"hvnet-net0\",\"socket\":{\"type\":\"unix\",\"path\":\"/run/x/net0.sock\"}}"

static void
assert_built(const char *line, guint n_sockets, const char *expected)
{
    g_autofree char *built = build(line, n_sockets);

    g_assert_cmpstr(built, ==, expected);
}

static void
test_default(void)
{
    assert_built("qemu-system-x86_64", 1, "qemu-system-x86_64" MEMORY("128M") NO_NIC NET0);
    assert_built("qemu", 0, "qemu" MEMORY("128M") NO_NIC);
}

static void
test_memory_size(void)
{
    assert_built("q -m 512", 0, "q|-m|512" MEMORY("512M") NO_NIC);
    assert_built("q -m 2G", 0, "q|-m|2G" MEMORY("2G") NO_NIC);
    assert_built("q -m 1.5", 0, "q|-m|1.5" MEMORY("1.5M") NO_NIC);
    assert_built("q --m 3g", 0, "q|--m|3g" MEMORY("3g") NO_NIC);
    assert_built("q -m size=1G,slots=2,maxmem=4G", 0, "q|-m|size=1G,slots=2,maxmem=4G" MEMORY("1G") NO_NIC);
    assert_built("q -m slots=2,maxmem=4G,size=256", 0, "q|-m|slots=2,maxmem=4G,size=256" MEMORY("256M") NO_NIC);
    /* the last one counts, as in QEMU, and one without a size changes nothing */
    assert_built("q -m 1G -m 2G -m slots=1", 0, "q|-m|1G|-m|2G|-m|slots=1" MEMORY("2G") NO_NIC);
}

static void
test_keeps_words(void)
{
    assert_built("q -append '-m 5G quiet' -drive 'file=a b.img,if=virtio' -machine q35,accel=tcg -nic user -m", 1,
                 "q|-append|-m 5G quiet|-drive|file=a b.img,if=virtio|-machine|q35,accel=tcg|-nic|user|-m" MEMORY("128M") NO_NIC NET0);
}

static void
test_keeps_shared_backend(void)
{
    static const char *const lines[] = {
        "q -m 1G -object memory-backend-memfd,id=ram,size=1G -machine q35,memory-backend=ram",
        "q -m 1G -object memory-backend-memfd,id=ram,size=1G,share=on -M memory-backend=ram",
        "q -m 1G -object memory-backend-ram,id=ram,size=1G,share=yes -machine memory-backend=ram",
        "q -m 1G -object memory-backend-shm,id=ram,size=1G -machine memory-backend=ram",
        "q -m 1G -object memory-backend-file,mem-path=/dev/hugepages,share=true,id=ram,size=1G --machine memory-backend=ram",
        "q -m 1G -object '{\"qom-type\":\"memory-backend-ram\",\"id\":\"ram\",\"size\":1073741824,\"share\":true}' -machine memory-backend=ram",
        "q -m 1G -object memory-backend-memfd,id=a,size=1G -numa node,memdev=a -numa cpu,node-id=0,socket-id=0",
        /* whether a backend that nobody defines is shared is not ours to say */
        "q -m 1G -machine memory-backend=ram",
    };

    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *built = build(lines[i], 1);

        g_assert_true(g_str_has_suffix(built, NO_NIC NET0));
        g_assert_null(strstr(built, "hvnet-ram"));
    }
}

static void
test_refuses_private_backend(void)
{
    static const char *const lines[] = {
        "q -object memory-backend-ram,id=ram,size=1G -machine memory-backend=ram",
        "q -machine memory-backend=ram -object memory-backend-file,mem-path=/dev/shm/x,id=ram,size=1G",
        "q -object memory-backend-memfd,id=ram,size=1G,share=off -machine memory-backend=ram",
        "q -object '{\"qom-type\":\"memory-backend-ram\",\"id\":\"ram\",\"size\":1,\"share\":false}' -machine memory-backend=ram",
        "q -object memory-backend-memfd,id=a,size=1G -object memory-backend-ram,id=ram,size=1G -numa node,memdev=a -numa node,memdev=ram",
    };

    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *message = build(lines[i], 1);

        g_assert_nonnull(strstr(message, "id=ram"));
        g_assert_nonnull(strstr(message, "expected share=on"));
    }
}

static void
test_private_backend_elsewhere(void)
{
    /* one that is not the guest's memory is no affair of ours */
    g_autofree char *built = build("q -object memory-backend-ram,id=other,size=1G -device pc-dimm,memdev=other", 1);

    g_assert_true(g_str_has_suffix(built, MEMORY("128M") NO_NIC NET0));
}

static void
test_refuses_options(void)
{
    g_autofree char *path = build("q -m 1G -mem-path /dev/hugepages", 1);
    g_autofree char *daemonize = build("q --daemonize", 1);

    g_assert_nonnull(strstr(path, "-mem-path"));
    g_assert_nonnull(strstr(path, "memory-backend-file"));
    g_assert_nonnull(strstr(daemonize, "-daemonize"));
}

static void
test_what_cannot_be_parsed(void)
{
    g_autofree char *built = build("q -object '{\"qom-type\":' -machine '' -m ,,,=", 1);

    g_assert_true(g_str_has_suffix(built, NO_NIC NET0));
}

static void
test_odd_names(void)
{
    g_autofree char *built = build("q", 2);

    g_assert_true(g_str_has_suffix(built, NET0 "|-device|{\"driver\":\"vfio-user-pci\",\"id\":\"hvnet-ua-lan__1_\",\"socket\":{\"type\":\"unix\","
                                               "\"path\":\"/run/a b\\\\\\\"c/ua.sock\"}}"));
}

static void
test_version(void)
{
    static const struct {
        const char *text;
        gboolean good;
    } versions[] = {
        {"QEMU emulator version 11.1.3 (Debian 1:11.1.3+ds-1~bpo13+1)\nCopyright (c) 2003-2026\n", TRUE},
        {"QEMU emulator version 10.1.0\n", TRUE},
        {"QEMU emulator version 10.1\n", TRUE},
        {"QEMU emulator version 100.0\n", TRUE},
        {"a warning\nQEMU emulator version 11.0.0\n", TRUE},
        {"QEMU emulator version 10.0.8\n", FALSE},
        {"QEMU emulator version 10", FALSE},
        {"QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u16)\n", FALSE},
        {"QEMU emulator version ", FALSE},
        {"cloud-hypervisor v53.0\n", FALSE},
        {"", FALSE},
        {NULL, FALSE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(versions); i++) {
        g_autoptr(GError) error = NULL;

        HvnRunEmulatorVersion version;

        g_assert_true(hvn_run_emulator_check_version("emulator", versions[i].text, FALSE, &version, &error) == versions[i].good);
        if (versions[i].good) {
            g_assert_no_error(error);
            continue;
        }
        g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED);
        g_assert_nonnull(strstr(error->message, "10.1 or newer"));
        g_assert_nonnull(strstr(error->message, "'emulator"));
    }
}

/* vhost-user is older than vfio-user, and QEMU 7 without KVM needs INTx for it */
static void
test_vhost_version(void)
{
    static const char *const plain[] = {"q", "-m", "1G", NULL}, *const kvm[] = {"q", "-accel", "kvm", NULL},
                      *const machine[] = {"q", "-machine", "pc,accel=kvm", NULL}, *const enable[] = {"q", "-enable-kvm", NULL};
    HvnRunEmulatorVersion version;
    g_autoptr(GError) error = NULL;

    g_assert_true(hvn_run_emulator_check_version("q", "QEMU emulator version 11.1.3", TRUE, &version, NULL));
    g_assert_false(hvn_run_emulator_needs_intx(&version, plain));
    g_assert_true(hvn_run_emulator_check_version("q", "QEMU emulator version 7.2.22", TRUE, &version, NULL));
    g_assert_cmpuint(version.major, ==, 7);
    g_assert_true(hvn_run_emulator_needs_intx(&version, plain));
    g_assert_false(hvn_run_emulator_needs_intx(&version, kvm));
    g_assert_false(hvn_run_emulator_needs_intx(&version, machine));
    g_assert_false(hvn_run_emulator_needs_intx(&version, enable));
    g_assert_false(hvn_run_emulator_check_version("q", "QEMU emulator version 6.1.0", TRUE, &version, &error));
    g_assert_nonnull(strstr(error->message, "6.2 or newer"));
    g_clear_error(&error);
    g_assert_false(hvn_run_emulator_check_version("q", "QEMU emulator version 7.2.22", FALSE, &version, &error));
    g_assert_nonnull(strstr(error->message, "model virtio-net-pci"));
}

static void
test_vhost_user(void)
{
    const HvnRunSocket vhost[] = {{"net0", "/run/a,b/net0.sock", "52:54:00:12:34:56", FALSE}, {"net1", "/run/1", "52:54:00:12:34:57", TRUE}};
    const char *const argv[] = {"q", NULL};
    g_auto(GStrv) words = hvn_run_emulator_arguments(argv, vhost, 2, NULL, NULL);
    g_autofree char *built = g_strjoinv("|", words);
    g_autofree char *lines = hvn_run_emulator_attach_lines(vhost, 2);

    g_assert_cmpstr(built, ==,
                    "q" MEMORY("128M") NO_NIC
                    "|-chardev|socket,id=hvnet-net0-socket,path=/run/a,,b/net0.sock"
                    "|-netdev|vhost-user,id=hvnet-net0-net,chardev=hvnet-net0-socket"
                    "|-device|{\"driver\":\"virtio-net-pci\",\"id\":\"hvnet-net0\",\"netdev\":\"hvnet-net0-net\",\"mac\":\"52:54:00:12:34:56\"}"
                    "|-chardev|socket,id=hvnet-net1-socket,path=/run/1"
                    "|-netdev|vhost-user,id=hvnet-net1-net,chardev=hvnet-net1-socket"
                    "|-device|{\"driver\":\"virtio-net-pci\",\"id\":\"hvnet-net1\",\"netdev\":\"hvnet-net1-net\",\"mac\":\"52:54:00:12:34:57\","
                    "\"vectors\":0}");
    g_assert_nonnull(strstr(lines, "QEMU 6.2 or newer"));
    g_assert_nonnull(strstr(lines, "crosvm:\n  --vhost-user type=net,socket=/run/a,b/net0.sock --vhost-user type=net,socket=/run/1\n"));
    g_assert_nonnull(strstr(lines, "User-mode Linux:\n  virtio_uml.device=/run/a,b/net0.sock:1 virtio_uml.device=/run/1:1\n"));
    g_assert_nonnull(strstr(lines, "--net mac=52:54:00:12:34:56,vhost_user=true,socket=/run/a,b/net0.sock"));
}

/* where a root port is needed, and what a device of QEMU's can be told */
static void
test_machines(void)
{
    static const struct {
        const char *line;
        gboolean    pcie, resets;
    } lines[] = {
        {"q", FALSE, TRUE},
        {"q -M pc", FALSE, TRUE},
        {"q -M q35", TRUE, TRUE},
        {"q -machine accel=tcg,type=pc-q35-10.1 -no-reboot", TRUE, FALSE},
        {"q --machine virt -action reboot=shutdown", TRUE, FALSE},
        {"q -append '-M q35' -no-shutdown", FALSE, FALSE},
    };
    g_autoptr(GHashTable) known = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_auto(GStrv) argv = NULL;

        g_assert_true(g_shell_parse_argv(lines[i].line, NULL, &argv, NULL));
        g_assert_cmpint(hvn_run_emulator_is_pcie((const char *const *)argv), ==, lines[i].pcie);
        g_assert_cmpint(hvn_run_emulator_resets((const char *const *)argv), ==, lines[i].resets);
    }
    known = hvn_run_emulator_read_properties("virtio-net-pci options:\n  acpi-index=<uint32>    -  (default: 0)\n  csum=<bool>  - on/off\nx\n");
    g_assert_cmpuint(g_hash_table_size(known), ==, 2);
    g_assert_true(g_hash_table_contains(known, "csum"));
    g_assert_null(hvn_run_emulator_read_properties("help\n"));
    g_assert_null(hvn_run_emulator_read_properties(NULL));
}

static void
test_root_port(void)
{
    g_autoptr(HvnOptions) said = hvn_options_new();
    const HvnRunSocket q35 = {.name = "net0", .path = "/x", .port = 128, .hypervisor = said};
    const char *const argv[] = {"q", NULL};
    g_auto(GStrv) words = NULL;
    g_autofree char *built = NULL;

    hvn_options_add(said, "bootindex", "1", "x");
    hvn_options_add(said, "addr", "3", "x");
    hvn_options_add(said, "romfile", "", "x");
    hvn_options_add(said, "multifunction", "on", "x");
    words = hvn_run_emulator_arguments(argv, &q35, 1, "/dev/fd/9", NULL);
    built = g_strjoinv("|", words);

    g_assert_cmpstr(built, ==,
                    "q" MEMORY("128M") "|-readconfig|/dev/fd/9" NO_NIC
                    "|-device|{\"driver\":\"pcie-root-port\",\"id\":\"hvnet-net0-port\",\"chassis\":128}"
                    "|-device|{\"driver\":\"vfio-user-pci\",\"id\":\"hvnet-net0\",\"socket\":{\"type\":\"unix\",\"path\":\"/x\"},"
                    "\"bus\":\"hvnet-net0-port\",\"bootindex\":1,\"addr\":\"3\",\"romfile\":\"\",\"multifunction\":true}");
}

/* each line, given to a shell as it is, gives back the path */
static void
test_attach_lines(void)
{
    g_autofree char *text = hvn_run_emulator_attach_lines(sockets, G_N_ELEMENTS(sockets));
    g_auto(GStrv) paragraphs = g_strsplit(text, "to attach with ", -1);
    g_autofree char *qemu = g_strdup(strchr(paragraphs[1], '\n'));
    g_auto(GStrv) words = NULL, hypervisor = NULL;
    guint n_words;

    g_strdelimit(qemu, "\n", ' ');
    for (char *at = strstr(qemu, " \\ "); at != NULL; at = strstr(qemu, " \\ "))
        at[1] = ' '; /* a line that goes on */
    g_assert_true(g_shell_parse_argv(qemu, NULL, &words, NULL));
    n_words = g_strv_length(words);
    g_assert_nonnull(strstr(words[n_words - 1], "/run/a b\\\\\\\"c/ua.sock"));
    g_assert_nonnull(strstr(words[n_words - 3], "/run/x/net0.sock"));
    g_assert_true(g_strv_contains((const char *const *)words, "memory-backend=hvnet-ram"));

    g_assert_true(g_shell_parse_argv(strchr(paragraphs[2], '\n'), NULL, &hypervisor, NULL));
    g_assert_cmpstr(hypervisor[0], ==, "--memory");
    g_assert_cmpstr(hypervisor[1], ==, "size=1G,shared=on");
    g_assert_cmpstr(hypervisor[3], ==, "socket=/run/x/net0.sock");
    g_assert_cmpstr(hypervisor[4], ==, "socket=/run/a b\\\"c/ua.sock");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/run-emulator/default", test_default);
    g_test_add_func("/app/run-emulator/memory-size", test_memory_size);
    g_test_add_func("/app/run-emulator/keeps-words", test_keeps_words);
    g_test_add_func("/app/run-emulator/keeps-shared-backend", test_keeps_shared_backend);
    g_test_add_func("/app/run-emulator/refuses-private-backend", test_refuses_private_backend);
    g_test_add_func("/app/run-emulator/private-backend-elsewhere", test_private_backend_elsewhere);
    g_test_add_func("/app/run-emulator/refuses-options", test_refuses_options);
    g_test_add_func("/app/run-emulator/what-cannot-be-parsed", test_what_cannot_be_parsed);
    g_test_add_func("/app/run-emulator/odd-names", test_odd_names);
    g_test_add_func("/app/run-emulator/version", test_version);
    g_test_add_func("/app/run-emulator/vhost-version", test_vhost_version);
    g_test_add_func("/app/run-emulator/vhost-user", test_vhost_user);
    g_test_add_func("/app/run-emulator/machines", test_machines);
    g_test_add_func("/app/run-emulator/root-port", test_root_port);
    g_test_add_func("/app/run-emulator/attach-lines", test_attach_lines);
    return g_test_run();
}
