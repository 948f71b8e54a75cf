/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/net/hvn-socket-address.c: what is accepted, how it is printed, and what is left of a socket's file. */
#include "hvn-socket-address.h"

#include "hvn-error.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

static HvnSocketAddress *
resolve(const HvnSocketSpec *spec)
{
    g_autoptr(GError) error = NULL;
    guint n = 0;
    HvnSocketAddress *addresses = hvn_socket_spec_resolve(spec, "local", FALSE, &n, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(n, >=, 1);
    return addresses;
}

static void
assert_printed(HvnSocketSpec spec, const char *text)
{
    g_autofree HvnSocketAddress *address = resolve(&spec);
    g_autofree char *printed = hvn_socket_address_print(address);

    g_assert_cmpstr(printed, ==, text);
}

#define INET(h, p)  (HvnSocketSpec){.type = (char *)"inet", .host = (char *)(h), .port = (char *)(p)}
#define UNIX(p, ab) (HvnSocketSpec){.type = (char *)"unix", .path = (char *)(p), .abstract = (ab), .tight = TRUE}

static void
test_print(void)
{
    assert_printed(INET("127.0.0.1", "5555"), "127.0.0.1:5555");
    assert_printed(INET("::1", "0"), "[::1]:0");
    assert_printed(UNIX("/run/net.sock", FALSE), "/run/net.sock");
    assert_printed(UNIX("name", TRUE), "@name");
}

static void
assert_refused(HvnSocketSpec spec, const char *pattern)
{
    g_autoptr(GError) error = NULL;
    guint n;

    g_assert_null(hvn_socket_spec_resolve(&spec, "local", FALSE, &n, &error));
    g_assert_nonnull(error);
    if (!g_pattern_match_simple(pattern, error->message))
        g_assert_cmpstr(error->message, ==, pattern);
}

static void
test_refused(void)
{
    g_autofree char *longest = g_strnfill(107, 'x');
    g_autofree char *longer = g_strnfill(108, 'x');
    HvnSocketSpec spec = INET("127.0.0.1", "1");

    assert_refused(INET(NULL, "1"), "parameter 'local.host' is missing*");
    assert_refused(INET("127.0.0.1", NULL), "parameter 'local.port' is missing*");
    assert_refused(INET("127.0.0.1", "99999999"), "port number '99999999' is invalid: expected a number from 0 to 65535*");
    assert_refused(INET("127.0.0.1", "12x"), "port number '12x' is invalid*");
    assert_refused(UNIX(NULL, FALSE), "parameter 'local.path' is missing*");
    assert_refused(UNIX("", FALSE), "parameter 'local.path' is missing*");
    assert_printed(UNIX(longest, FALSE), longest);
    assert_refused(UNIX(longer, FALSE), "UNIX socket path 'x*' is too long: expected at most 107 bytes in local.path");
    spec.ipv4 = spec.ipv6 = (char *)"off";
    assert_refused(spec, "local.ipv4 and local.ipv6 are both off*");
    spec = INET("no-such-host", "1");
    spec.numeric = TRUE;
    assert_refused(spec, "can't resolve host address 'no-such-host:1' of local*");
}

static void
test_families(void)
{
    static const struct {
        const char *ipv4, *ipv6;
        int family;
    } rows[] = {{"on", "auto", AF_INET}, {"auto", "off", AF_INET}, {"auto", "on", AF_INET6}, {"no", "yes", AF_INET6}};

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        HvnSocketSpec spec = INET("", "7");
        g_autofree HvnSocketAddress *address = NULL;

        spec.ipv4 = (char *)rows[i].ipv4;
        spec.ipv6 = (char *)rows[i].ipv6;
        address = resolve(&spec);
        g_assert_cmpint(address->storage.ss_family, ==, rows[i].family);
    }
}

static void
test_equal(void)
{
    HvnSocketSpec specs[] = {INET("127.0.0.1", "1"), INET("127.0.0.1", "2"), INET("127.0.0.2", "1"), INET("::1", "1"), INET("::2", "1"),
                             UNIX("/a", FALSE), UNIX("/b", FALSE), UNIX("/a", TRUE), INET("230.0.0.1", "1"), INET("ff02::1", "1")};

    for (guint i = 0; i < G_N_ELEMENTS(specs); i++) {
        g_autofree HvnSocketAddress *a = resolve(&specs[i]);

        g_assert_cmpint(hvn_socket_address_is_multicast(a), ==, i >= 8);
        for (guint j = 0; j < G_N_ELEMENTS(specs); j++) {
            g_autofree HvnSocketAddress *b = resolve(&specs[j]);

            g_assert_cmpint(hvn_socket_address_equal(a, b), ==, i == j);
        }
    }
}

/* a file whose process was killed is replaced, one that is in use or no socket is not; what is made is removed */
static void
test_files(void)
{
    g_autofree char *directory = g_dir_make_tmp("hvn-socket-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "s", NULL);
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM};

    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        HvnSocketSpec spec = UNIX(path, FALSE);
        g_autofree HvnSocketAddress *address = resolve(&spec);
        g_autoptr(GError) error = NULL;
        char *file, *other;
        int fd = hvn_socket_bind(address, types[i], &file, &error);

        g_assert_no_error(error);
        g_assert_cmpstr(file, ==, path);
        if (types[i] == SOCK_STREAM)
            g_assert_cmpint(listen(fd, 1), ==, 0);
        g_assert_cmpint(hvn_socket_bind(address, types[i], &other, &error), ==, -1);
        g_assert_error(error, HVN_ERROR, HVN_ERROR_IN_USE);
        close(fd); /* as if it was killed */
        g_free(file);
        g_clear_error(&error);
        fd = hvn_socket_bind(address, types[i], &file, &error);
        g_assert_no_error(error);
        close(fd);
        hvn_socket_remove_file(file);
        g_assert_cmpint(g_access(path, F_OK), !=, 0);
        g_assert_true(g_file_set_contents(path, "x", 1, NULL));
        g_assert_cmpint(hvn_socket_bind(address, types[i], &other, &error), ==, -1);
        hvn_socket_remove_file(g_strdup(path));
        g_assert_cmpint(g_unlink(path), ==, 0); /* no socket: not ours */
    }
    g_rmdir(directory);
}

static void
test_fd(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    HvnSocketSpec spec = {.str = (char *)"x1"};
    int pair[2], type, fd;

    g_assert_cmpint(hvn_socket_spec_take_fd(&spec, "addr", &type, &error), ==, -1);
    g_assert_cmpstr(error->message, ==, "invalid file descriptor number 'x1': expected the number of an open socket in addr.str");
    g_clear_error(&error);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), ==, 0);
    spec.str = text = g_strdup_printf("%d", pair[0]);
    fd = hvn_socket_spec_take_fd(&spec, "addr", &type, &error);
    g_assert_no_error(error);
    g_assert_cmpint(type, ==, SOCK_DGRAM);
    g_assert_cmpint(fd, !=, pair[0]);
    g_assert_cmpint(fcntl(fd, F_GETFL) & O_NONBLOCK, !=, 0);
    close(fd);
    close(pair[0]);
    close(pair[1]);
    g_assert_cmpint(hvn_socket_spec_take_fd(&spec, "addr", &type, &error), ==, -1);
    g_assert_error(error, HVN_ERROR, HVN_ERROR_IO);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/net/socket-address/print", test_print);
    g_test_add_func("/net/socket-address/refused", test_refused);
    g_test_add_func("/net/socket-address/families", test_families);
    g_test_add_func("/net/socket-address/equal", test_equal);
    g_test_add_func("/net/socket-address/files", test_files);
    g_test_add_func("/net/socket-address/fd", test_fd);
    return g_test_run();
}
