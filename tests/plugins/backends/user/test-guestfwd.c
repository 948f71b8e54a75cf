/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guest finds at an address of its network: commands, unix and TCP servers, smbd; several at once, and nothing left
 * behind. Runs hvn-user-service.c and hvn-user-bridge.c as well, which have no other way in. */
#include <dirent.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hvn-bytes.h"
#include "hvn-error.h"
#include "hvn-user-guest.h"

static const guint8 server[4] = {10, 0, 2, 100}, smb_server[4] = {10, 0, 2, 4};

static Guest *
guest_with_rule(const char *rule)
{
    const char *const rules[] = {rule, NULL};
    Guest *guest = guest_new_started("guestfwd", rules, NULL);

    guest_announce(guest);
    return guest;
}

/* no child is left, neither running nor to be reaped */
static void
check_no_children(void)
{
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
    g_assert_cmpint(errno, ==, ECHILD);
}

static void
test_command(void)
{
    guint before = count_fds();
    Guest *guest = guest_with_rule("tcp:10.0.2.100:80-cmd:sed -u 's/^/got /'");

    {
        g_autoptr(Tcp) first = tcp_connect(guest, server, 80, 1460), second = tcp_connect(guest, server, 80, 1460);

        g_assert_nonnull(first);
        g_assert_nonnull(second);
        tcp_send(first, "one\n", 4);
        g_assert_true(tcp_receive(first, 8));
        g_assert_cmpmem(first->in->data, 8, "got one\n", 8);
        tcp_send(second, "two\n", 4);
        g_assert_true(tcp_receive(second, 8));
        g_assert_cmpmem(second->in->data, 8, "got two\n", 8);
        /* the end of the guest's stream is the end of the command's input */
        tcp_finish(first);
        g_assert_false(tcp_receive(first, 9));
        g_assert_true(first->ended);
    }
    guest_free(guest);
    check_no_children();
    g_assert_cmpuint(count_fds(), ==, before);
}

/* a command that does not end by itself ends with the backend, and so does what it started */
static void
test_command_stays(void)
{
    Guest *guest = guest_with_rule("tcp:10.0.2.100:80-cmd:sh -c 'trap \"\" TERM; echo up; sleep 600 & wait; sleep 600'");
    g_autoptr(Tcp) tcp = tcp_connect(guest, server, 80, 1460);

    g_assert_true(tcp_receive(tcp, 3));
    guest_free(guest);
    check_no_children();
}

static void
test_missing_command(void)
{
    g_autoptr(Guest) guest = guest_with_rule("tcp:10.0.2.100:80-cmd:/nonexistent/command");
    g_autoptr(Tcp) tcp = NULL;

    g_test_expect_message("hvn-user", G_LOG_LEVEL_WARNING, "*/nonexistent/command*");
    tcp = tcp_connect(guest, server, 80, 1460);
    if (tcp != NULL)
        g_assert_false(tcp_receive(tcp, 1));
    g_test_assert_expected_messages();
}

static void
check_server(const char *rule, int listener)
{
    g_autoptr(Guest) guest = guest_with_rule(rule);
    g_autoptr(Tcp) tcp = tcp_connect(guest, server, 80, 1460);
    g_autofree guint8 *data = g_malloc(200000), *back = g_malloc(200000);
    gsize put = 0, got = 0;
    int fd;

    g_assert_nonnull(tcp);
    guest_run(guest, 20, NULL, NULL);
    fd = accept(listener, NULL, NULL);
    tcp_send(tcp, "ping", 4);
    guest_run(guest, 50, NULL, NULL);
    g_assert_cmpint(recv(fd, back, 16, MSG_DONTWAIT), ==, 4);
    for (guint i = 0; i < 200000; i++)
        data[i] = (guint8)(i * 13 + i / 255);
    for (guint i = 0; i < 400 && got < 200000; i++) {
        gssize n = send(fd, data + put, 200000 - put, MSG_DONTWAIT);

        put += n > 0 ? (gsize)n : 0;
        guest_run(guest, 2, NULL, NULL);
        tcp_receive(tcp, MIN(put, got + 1));
        got = tcp->in->len;
    }
    g_assert_cmpmem(tcp->in->data, tcp->in->len, data, 200000);
    close(fd);
    g_assert_false(tcp_receive(tcp, 200001));
    g_assert_true(tcp->ended);
}

static void
test_tcp_server(void)
{
    guint16 port;
    int listener = host_listen(&port);
    g_autofree char *rule = g_strdup_printf("tcp:10.0.2.100:80-tcp:127.0.0.1:%u", port);

    check_server(rule, listener);
    close(listener);
}

static void
test_unix_server(void)
{
    g_autofree char *dir = g_dir_make_tmp("hvnet-test-XXXXXX", NULL), *path = g_build_filename(dir, "s", NULL);
    g_autofree char *rule = g_strdup_printf("tcp:10.0.2.100:80-unix:%s", path);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    g_assert_cmpint(bind(listener, (const struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint(listen(listener, 4), ==, 0);
    check_server(rule, listener);
    close(listener);
    g_unlink(path);
    g_rmdir(dir);
}

static void
test_no_server(void)
{
    guint16 port;
    int listener = host_listen(&port);
    g_autofree char *rule = g_strdup_printf("tcp:10.0.2.100:80-tcp:127.0.0.1:%u", port);
    g_autoptr(Guest) guest = guest_with_rule(rule);
    g_autoptr(Tcp) tcp = NULL;

    close(listener);
    tcp = tcp_connect(guest, server, 80, 1460);
    g_assert_nonnull(tcp);
    g_assert_false(tcp_receive(tcp, 1));
    g_assert_true(tcp->ended || tcp->reset);
}

static void
test_bad_places(void)
{
    static const char *const rules[][3] = {
        {"tcp:10.0.2.2:80-cmd:cat", NULL},
        {"tcp:10.0.2.3:80-cmd:cat", NULL},
        {"tcp:192.0.2.1:80-cmd:cat", NULL},
        {"tcp:10.0.2.9:80-cmd:cat", "tcp:10.0.2.9:80-cmd:cat", NULL},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
        g_autoptr(Guest) guest = guest_new("guestfwd", rules[i], NULL);
        guint before = count_fds();
        g_autoptr(GError) error = NULL;

        g_assert_false(hvn_backend_start(HVN_BACKEND(guest->backend), &error));
        g_assert_nonnull(strstr(error->message, "for option 'guestfwd'"));
        g_assert_cmpint(error->code, ==, i == 3 ? HVN_ERROR_IN_USE : HVN_ERROR_INVALID_CONFIG);
        g_assert_cmpuint(count_fds(), ==, before);
    }
}

/* more connections than the backend serves at once, and than libslirp could wait for */
static void
test_many(void)
{
    g_autoptr(Guest) guest = guest_with_rule("tcp:10.0.2.100:80-cmd:cat");
    guint8 syn[20] = {0};

    for (guint i = 0; i < 300; i++) {
        HvnOffload offload = {.flags = HVN_OFFLOAD_NEEDS_CSUM, .csum_start = 34, .csum_offset = 16};

        memset(syn, 0, sizeof syn);
        hvn_store_be16(syn, (guint16)(10000 + i));
        hvn_store_be16(syn + 2, 80);
        syn[12] = 0x50;
        syn[13] = 2;
        syn[14] = 0xff;
        /* the pseudo header's sum */
        hvn_store_be16(syn + 16, (guint16)(0x0a00 + 0x020f + 0x0a00 + 0x0264 + 6 + 20));
        guest_send_ip(guest, server, 6, syn, sizeof syn, &offload);
    }
    guest_run(guest, 200, NULL, NULL);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest->port), >=, 300);
}

static gboolean
dir_is_there(const char *parent)
{
    g_autoptr(GDir) dir = g_dir_open(parent, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        if (g_str_has_prefix(name, "hvnet-user-"))
            return TRUE;
    }
    return FALSE;
}

static void
test_smb(void)
{
    /* SMB1 negotiate that offers SMB 2: the first message of any client, answered with a SMB 2 header */
    static const guint8 negotiate[] = {0, 0, 0, 0x2e, 0xff, 'S', 'M', 'B', 0x72, 0,   0,   0,   0,   0x18, 0x53, 0xc8, 0,
                                       0, 0, 0, 0,    0,    0,   0,   0,   0,    0,   0,   0,   0,   0xff, 0xfe, 0,    0,
                                       0, 0, 0, 11,   0,    2,   'S', 'M', 'B',  ' ', '2', '.', '0', '0',  '2',  0};
    g_autofree char *share = g_dir_make_tmp("hvnet-share-XXXXXX", NULL);
    g_autoptr(GError) error = NULL;
    Guest *guest = guest_new("smb", share, NULL);

    if (!hvn_backend_start(HVN_BACKEND(guest->backend), &error)) {
        g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND);
        g_assert_nonnull(strstr(error->message, "install the package samba"));
        g_test_skip("smbd is not installed");
    } else {
        g_autoptr(Tcp) tcp = NULL;

        guest_announce(guest);
        tcp = tcp_connect(guest, smb_server, 445, 1460);
        g_assert_nonnull(tcp);
        tcp_send(tcp, negotiate, sizeof negotiate);
        for (guint i = 0; i < 5 && !tcp_receive(tcp, 8) && !tcp->ended && !tcp->reset; i++)
            ;
        g_assert_cmpuint(tcp->in->len, >=, 8);
        g_assert_cmpmem(tcp->in->data + 4, 4, "\376SMB", 4);
    }
    guest_free(guest);
    check_no_children();
    g_assert_false(dir_is_there(g_get_user_runtime_dir()));
    g_rmdir(share);
}

int
main(int argc, char **argv)
{
    g_autofree char *runtime = NULL;
    int status;

    /* a place of its own, so that what is left behind is seen */
    runtime = g_dir_make_tmp("hvnet-rt-XXXXXX", NULL);
    g_setenv("XDG_RUNTIME_DIR", runtime, TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/user/guestfwd/command", test_command);
    g_test_add_func("/user/guestfwd/command-stays", test_command_stays);
    g_test_add_func("/user/guestfwd/missing-command", test_missing_command);
    g_test_add_func("/user/guestfwd/tcp-server", test_tcp_server);
    g_test_add_func("/user/guestfwd/unix-server", test_unix_server);
    g_test_add_func("/user/guestfwd/no-server", test_no_server);
    g_test_add_func("/user/guestfwd/bad-places", test_bad_places);
    g_test_add_func("/user/guestfwd/many", test_many);
    g_test_add_func("/user/guestfwd/smb", test_smb);
    status = g_test_run();
    /* empty, or something was left */
    g_assert_cmpint(g_rmdir(runtime), ==, 0);
    return status;
}
