/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Port forwards of a running backend: connections come in, ports that the host chose are told, rules come and go, and a port that
 * is taken is named. */
#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "hvn-bytes.h"
#include "hvn-error.h"
#include "hvn-user-guest.h"

/* port of the n-th rule that is in force */
static guint16
forward_port(Guest *guest, guint n)
{
    g_auto(GStrv) forwards = NULL;
    g_auto(GStrv) sides = NULL;

    g_object_get(guest->backend, "forwards", &forwards, NULL);
    g_assert_cmpuint(g_strv_length(forwards), >, n);
    sides = g_strsplit(forwards[n], "-", 2);
    return (guint16)g_ascii_strtoull(strrchr(sides[0], ':') + 1, NULL, 10);
}

static void
check_greeting(Guest *guest, int fd)
{
    g_autoptr(Tcp) tcp = NULL;
    char back[8];

    tcp = tcp_accept(guest, 22, 1460);
    g_assert_nonnull(tcp);
    g_assert_cmpuint(tcp->peer_mss, ==, 1460);
    g_assert_cmpint(send(fd, "hello", 5, 0), ==, 5);
    g_assert_true(tcp_receive(tcp, 5));
    g_assert_cmpmem(tcp->in->data, 5, "hello", 5);
    tcp_send(tcp, "you", 3);
    guest_run(guest, 50, NULL, NULL);
    g_assert_cmpint(recv(fd, back, sizeof back, MSG_DONTWAIT), ==, 3);
    close(fd);
    g_assert_false(tcp_receive(tcp, 6));
    g_assert_true(tcp->ended);
}

static void
test_tcp(void)
{
    const char *const rules[] = {"tcp:127.0.0.1:0-:22", NULL};
    g_autoptr(Guest) guest = guest_new_started("hostfwd", rules, NULL);
    guint16 port = forward_port(guest, 0);

    g_assert_cmpuint(port, >, 0);
    guest_announce(guest);
    check_greeting(guest, host_connect(port));
}

static void
test_unix(void)
{
    g_autofree char *dir = g_dir_make_tmp("hvnet-test-XXXXXX", NULL), *path = g_build_filename(dir, "s-1", NULL);
    g_autofree char *rule = g_strdup_printf("unix:%s-:22", path);
    const char *const rules[] = {rule, NULL};
    g_autoptr(Guest) guest = guest_new_started("hostfwd", rules, NULL);
    g_autoptr(Guest) second = guest_new("hostfwd", rules, NULL);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_autoptr(GError) error = NULL;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    guest_announce(guest);
    g_assert_cmpint(connect(fd, (const struct sockaddr *)&address, sizeof address), ==, 0);
    check_greeting(guest, fd);
    /* a socket that is served is not taken away */
    g_assert_false(hvn_backend_start(HVN_BACKEND(second->backend), &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_IN_USE);
    g_assert_nonnull(strstr(error->message, path));
    hvn_backend_stop(HVN_BACKEND(guest->backend));
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    g_assert_cmpint(g_rmdir(dir), ==, 0);
}

static void
test_unix_leftover(void)
{
    g_autofree char *dir = g_dir_make_tmp("hvnet-test-XXXXXX", NULL), *path = g_build_filename(dir, "s", NULL);
    g_autofree char *rule = g_strdup_printf("unix:%s-:22", path);
    const char *const rules[] = {rule, NULL};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_autoptr(Guest) guest = guest_new("hostfwd", rules, NULL);
    g_autoptr(GError) error = NULL;

    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    g_assert_cmpint(bind(fd, (const struct sockaddr *)&address, sizeof address), ==, 0);
    close(fd);
    g_assert_true(hvn_backend_start(HVN_BACKEND(guest->backend), &error));
    hvn_backend_stop(HVN_BACKEND(guest->backend));
    g_assert_true(g_file_set_contents(path, "mine", -1, NULL));
    g_assert_false(hvn_backend_start(HVN_BACKEND(guest->backend), &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_IN_USE);
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    g_unlink(path);
    g_rmdir(dir);
}

static void
test_udp(void)
{
    const char *const rules[] = {"udp:127.0.0.1:0-:53", NULL};
    g_autoptr(Guest) guest = guest_new_started("hostfwd", rules, NULL);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(forward_port(guest, 0))};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    g_autoptr(GBytes) got = NULL;

    guest_announce(guest);
    g_assert_cmpint(sendto(fd, "query", 5, 0, (const struct sockaddr *)&address, sizeof address), ==, 5);
    got = guest_receive_udp(guest, 53);
    g_assert_nonnull(got);
    g_assert_cmpmem(g_bytes_get_data(got, NULL), g_bytes_get_size(got), "query", 5);
    close(fd);
}

static void
test_in_use(void)
{
    guint16 port;
    int listener = host_listen(&port);
    g_autofree char *range = g_strdup_printf("tcp:127.0.0.1:%u-%u-:22", port - 1u, port);
    const char *const rules[] = {range, NULL};
    g_autoptr(Guest) guest = guest_new("hostfwd", rules, NULL);
    guint before = count_fds();
    g_autoptr(GError) error = NULL;

    g_assert_false(hvn_backend_start(HVN_BACKEND(guest->backend), &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_IN_USE);
    g_assert_true(g_str_has_prefix(error->message, "cannot listen on tcp 127.0.0.1:"));
    g_assert_cmpuint(count_fds(), ==, before);
    close(listener);
}

static void
test_ipv6(void)
{
    const char *const rules[] = {"tcp:[::1]:0-[fec0::15]:80", "udp:[::1]:0-:53", NULL}, *const v4[] = {"tcp::0-:22", NULL};
    g_autoptr(Guest) guest = guest_new("hostfwd", rules, NULL);
    g_autoptr(Guest) only6 = guest_new("ipv4", "off", "hostfwd", v4, NULL);
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) forwards = NULL;

    g_assert_false(hvn_backend_start(HVN_BACKEND(only6->backend), &error));
    g_assert_nonnull(strstr(error->message, "IPv4 is off"));
    g_clear_error(&error);
    if (!hvn_backend_start(HVN_BACKEND(guest->backend), &error)) {
        g_assert_error(error, HVN_ERROR, HVN_ERROR_IO);
        g_test_skip("no IPv6 on this host");
        return;
    }
    g_object_get(guest->backend, "forwards", &forwards, NULL);
    g_assert_true(g_str_has_prefix(forwards[0], "tcp:[::1]:"));
    g_assert_true(g_str_has_suffix(forwards[0], "-[fec0::15]:80"));
    g_assert_false(g_str_has_prefix(forwards[0], "tcp:[::1]:0-"));
    g_assert_true(g_str_has_suffix(forwards[1], "-:53"));
}

static void
test_change(void)
{
    const char *const first[] = {"tcp:127.0.0.1:0-:22", NULL}, *const both[] = {"tcp:127.0.0.1:0-:22", "tcp:127.0.0.1:0-:80",
                                                                                NULL};
    g_autoptr(Guest) guest = guest_new_started("hostfwd", first, NULL);
    guint16 port = forward_port(guest, 0), second;
    g_autofree char *side = NULL;
    g_autoptr(GError) error = NULL;
    guint before = count_fds();

    g_object_set(guest->backend, "hostfwd", both, NULL);
    g_assert_cmpuint(forward_port(guest, 0), ==, port);
    second = forward_port(guest, 1);
    side = g_strdup_printf("tcp:127.0.0.1:%u", second);
    g_assert_true(hvn_user_backend_remove_hostfwd(guest->backend, side, &error));
    g_assert_cmpint(host_connect(second), ==, -1);
    g_assert_false(hvn_user_backend_remove_hostfwd(guest->backend, side, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND);
    g_clear_error(&error);
    g_assert_true(hvn_user_backend_add_hostfwd(guest->backend, "tcp:127.0.0.1:0-:81", &error));
    g_assert_true(hvn_user_backend_remove_hostfwd(guest->backend, "tcp:127.0.0.1:0-:81", &error));
    g_assert_false(hvn_user_backend_add_hostfwd(guest->backend, "nonsense", &error));
    g_assert_cmpuint(count_fds(), ==, before);
    g_test_expect_message("hvn-user", G_LOG_LEVEL_WARNING, "*cannot*");
    g_object_set(guest->backend, "hostfwd", (const char *const[]){"tcp:127.0.0.1:0-:22", "tcp:192.0.2.1:1-:1", NULL}, NULL);
    g_test_assert_expected_messages();
}

static void
test_range(void)
{
    g_autoptr(Guest) guest = guest_new_started(NULL, NULL);
    g_auto(GStrv) forwards = NULL;
    gboolean added = FALSE;

    for (guint base = 42000; base < 42300 && !added; base += 10) {
        g_autofree char *rule = g_strdup_printf("tcp:127.0.0.1:%u-%u-:9000", base, base + 2);

        added = hvn_user_backend_add_hostfwd(guest->backend, rule, NULL);
    }
    g_assert_true(added);
    g_object_get(guest->backend, "forwards", &forwards, NULL);
    g_assert_cmpuint(g_strv_length(forwards), ==, 3);
    g_assert_true(g_str_has_suffix(forwards[2], "-10.0.2.15:9002"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/user/hostfwd/tcp", test_tcp);
    g_test_add_func("/user/hostfwd/unix", test_unix);
    g_test_add_func("/user/hostfwd/unix-leftover", test_unix_leftover);
    g_test_add_func("/user/hostfwd/udp", test_udp);
    g_test_add_func("/user/hostfwd/in-use", test_in_use);
    g_test_add_func("/user/hostfwd/ipv6", test_ipv6);
    g_test_add_func("/user/hostfwd/change", test_change);
    g_test_add_func("/user/hostfwd/range", test_range);
    return g_test_run();
}
