/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The poll set in the main loop: it sleeps when there is nothing to do, also while the guest takes nothing and the host has data, and
 * SIGPIPE stays what the process made it. */
#include "hvn-user-source.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hvn-user-guest.h"

/* iterations of the loop in this time: one that spins has tens of thousands */
static guint
count_iterations(Guest *guest, guint ms)
{
    gint64 end = g_get_monotonic_time() + (gint64)ms * 1000;
    guint n = 0;

    /* the source's own timeout, a second at most, ends each wait */
    while (g_get_monotonic_time() < end) {
        hvn_dispatcher_iterate(guest->dispatcher, TRUE);
        n++;
    }
    return n;
}

static void
test_idle(void)
{
    const char *const rules[] = {"tcp:127.0.0.1:0-:22", "udp:127.0.0.1:0-:53", NULL};
    g_autoptr(Guest) guest = guest_new_started("hostfwd", rules, NULL);

    guest_announce(guest);
    g_assert_cmpuint(count_iterations(guest, 300), <, 20);
}

static void
test_stalled(void)
{
    g_autoptr(Guest) guest = guest_new_started(NULL, NULL);
    g_autofree guint8 *data = g_malloc0(4 << 20);
    int fds[24], listener;
    Tcp *tcp[24];
    guint16 port;

    listener = host_listen(&port);
    guest_announce(guest);
    for (guint i = 0; i < G_N_ELEMENTS(fds); i++) {
        tcp[i] = tcp_connect(guest, guest->host, port, 1460);
        g_assert_nonnull(tcp[i]);
        fds[i] = accept(listener, NULL, NULL);
    }
    hvn_fake_port_set_capacity(guest->port, 0);
    for (guint i = 0; i < G_N_ELEMENTS(fds); i++)
        g_assert_cmpint(send(fds[i], data, 4 << 20, MSG_DONTWAIT), >, 0);
    g_assert_cmpuint(count_iterations(guest, 400), <, 2000);
    hvn_fake_port_set_capacity(guest->port, G_MAXUINT);
    hvn_port_ready(HVN_PORT(guest->port));
    guest_run(guest, 50, NULL, NULL);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest->port), >, G_N_ELEMENTS(fds) / 2);
    for (guint i = 0; i < G_N_ELEMENTS(fds); i++) {
        close(fds[i]);
        tcp_free(tcp[i]);
    }
    close(listener);
}

static void
test_sigpipe(void)
{
    struct sigaction before, after;
    HvnUserSigpipe guard;
    sigset_t pending;
    int pair[2];

    signal(SIGPIPE, SIG_DFL);
    g_assert_true(hvn_user_sigpipe_needed());
    sigaction(SIGPIPE, NULL, &before);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
    close(pair[1]);
    hvn_user_sigpipe_enter(&guard, TRUE);
    g_assert_cmpint(send(pair[0], "x", 1, 0), ==, -1);
    hvn_user_sigpipe_leave(&guard);
    sigpending(&pending);
    g_assert_cmpint(sigismember(&pending, SIGPIPE), ==, 0);
    pthread_sigmask(SIG_SETMASK, NULL, &pending);
    g_assert_cmpint(sigismember(&pending, SIGPIPE), ==, 0);
    sigaction(SIGPIPE, NULL, &after);
    g_assert_true(before.sa_handler == after.sa_handler);
    signal(SIGPIPE, SIG_IGN);
    g_assert_false(hvn_user_sigpipe_needed());
    signal(SIGPIPE, SIG_DFL);
    close(pair[0]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/user/source/idle", test_idle);
    g_test_add_func("/user/source/stalled", test_stalled);
    g_test_add_func("/user/source/sigpipe", test_sigpipe);
    return g_test_run();
}
