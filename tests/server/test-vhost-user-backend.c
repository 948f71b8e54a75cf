/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals to a client that has no eventfds: messages on the back channel, and pipes. */

#include "hvn-vhost-fixture.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
read_backend_message(int fd, guint32 request, guint32 index)
{
    struct {
        HvnVhostUserHeader     header;
        HvnVhostUserVringState state;
    } message;

    g_assert_cmpint(recv(fd, &message, sizeof message, MSG_DONTWAIT), ==, sizeof message);
    g_assert_cmpuint(message.header.request, ==, request);
    g_assert_cmphex(message.header.flags, ==, HVN_VHOST_USER_FLAG_VERSION);
    g_assert_cmpuint(message.header.size, ==, sizeof message.state);
    g_assert_cmpuint(message.state.index, ==, index);
}

/* User-mode Linux: owner first, configuration space, no eventfds at all */
static void
test_inband(Fixture *f, gconstpointer data)
{
    HvnVhostClient    *c = &f->client;
    HvnVhostUserConfig config = {.size = 6};
    const HvnVhostUserVringAddr addr = hvn_vhost_client_ring_addr(1);
    guint8             payload[sizeof config + 6] = {0};
    HvnVhostUserHeader header;
    int                back[2];
    gboolean           heard;

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, back), ==, 0);
    hvn_vhost_client_set(c, HVN_VHOST_USER_SET_OWNER, NULL, 0, NULL, 0);
    hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_PROTOCOL_FEATURES,
                             F(REPLY_ACK) | F(BACKEND_REQ) | F(CONFIG) | F(INBAND_NOTIFICATIONS));
    c->need_reply = TRUE;
    g_assert_cmpuint(hvn_vhost_client_set(c, HVN_VHOST_USER_SET_BACKEND_REQ_FD, NULL, 0, &back[1], 1), ==, 0);
    memcpy(payload, &config, sizeof config);
    hvn_vhost_client_get(c, HVN_VHOST_USER_GET_CONFIG, payload, sizeof payload);
    g_assert_cmpmem(c->answer->data + sizeof config, c->answer->len - sizeof config, "\x52\x54\0\1\2\3", 6);
    g_assert_cmpuint(hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_FEATURES, FEATURES), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_share_memory(c), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set_state(c, HVN_VHOST_USER_VRING_KICK, 1, 0), ==, 1); /* neither size nor place */
    g_assert_cmpuint(hvn_vhost_client_set_state(c, HVN_VHOST_USER_SET_VRING_NUM, 1, HVN_VHOST_CLIENT_NUM), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set_state(c, HVN_VHOST_USER_SET_VRING_BASE, 1, 0), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set(c, HVN_VHOST_USER_SET_VRING_ADDR, &addr, sizeof addr, NULL, 0), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set_state(c, HVN_VHOST_USER_SET_VRING_ENABLE, 1, 1), ==, 0);
    hvn_vhost_client_offer(c, 1, "inband");
    g_assert_cmpuint(hvn_vhost_client_set_state(c, HVN_VHOST_USER_VRING_KICK, 1, 0), ==, 0);
    hvn_vhost_client_settle(c);
    g_assert_cmpstr(f->device->sent->str, ==, "inband,");
    read_backend_message(back[0], HVN_VHOST_USER_BACKEND_VRING_CALL, 1);
    hvn_vhost_device_change_config(f->device);
    g_assert_cmpint(recv(back[0], &header, sizeof header, MSG_DONTWAIT), ==, sizeof header);
    g_assert_cmpuint(header.request, ==, HVN_VHOST_USER_BACKEND_CONFIG_CHANGE);
    /* a reader that is gone does no harm */
    close(back[0]);
    close(back[1]);
    hvn_vhost_client_offer(c, 1, "nobody");
    g_assert_cmpuint(hvn_vhost_client_set_state(c, HVN_VHOST_USER_VRING_KICK, 1, 0), ==, 0);
    hvn_vhost_client_settle(c);
    hvn_vhost_device_change_config(f->device);
    g_assert_true(hvn_vhost_user_get_attached(f->server));
    g_object_get(f->server, "heard", &heard, NULL);
    g_assert_true(heard);
}

/* User-mode Linux takes interrupts from pipes; one without a reader must not end the process */
static void
test_call_by_pipe(Fixture *f, gconstpointer data)
{
    HvnVhostClient *c = &f->client;
    guint64         one = 0;
    int             pipe_fds[2];

    g_assert_cmpint(pipe2(pipe_fds, O_CLOEXEC), ==, 0);
    fixture_start(f);
    g_assert_cmpuint(hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_CALL, 1, pipe_fds[1]), ==, 0);
    close(pipe_fds[1]);
    hvn_vhost_client_offer(c, 1, "pipe");
    hvn_vhost_client_kick(c, 1);
    g_assert_cmpint(read(pipe_fds[0], &one, sizeof one), ==, sizeof one);
    g_assert_cmpuint(one, ==, 1);
    close(pipe_fds[0]);
    hvn_vhost_client_offer(c, 1, "broken");
    hvn_vhost_client_kick(c, 1);
    g_assert_cmpstr(f->device->sent->str, ==, "pipe,broken,");
}

/* a client that does not read its back channel costs nothing, and hears of each ring once it does */
static void
test_full(Fixture *f, gconstpointer data)
{
    HvnVhostClient *c = &f->client;
    guint8          bytes[4096];
    int             back[2];
    guint           n = 0;

    fixture_start(f);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, back), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_PROTOCOL_FEATURES,
                                              F(REPLY_ACK) | F(BACKEND_REQ) | F(INBAND_NOTIFICATIONS)), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set(c, HVN_VHOST_USER_SET_BACKEND_REQ_FD, NULL, 0, &back[1], 1), ==, 0);
    close(back[1]);
    g_assert_cmpuint(hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_CALL, 1 | HVN_VHOST_USER_VRING_NO_FD, -1), ==, 0);
    for (guint i = 0; i < 5000; i++) {
        hvn_vhost_client_offer(c, 1, "");
        g_assert_cmpint(write(c->kick[1], &(guint64){1}, 8), ==, 8);
        while (hvn_vhost_client_take(c, 1) < 0)
            g_assert_true(hvn_dispatcher_iterate(f->dispatcher, FALSE));
    }
    for (gssize got = 1; got > 0;) {
        hvn_vhost_client_settle(c);
        got = recv(back[0], bytes, sizeof bytes, MSG_DONTWAIT);
        n += MAX(got, 0);
    }
    g_assert_cmpuint(n % 20, ==, 0);
    g_assert_cmpuint(n / 20, >, 1);
    g_assert_cmpuint(n / 20, <, 5000);
    close(back[0]);
}

#define ADD(path, func) g_test_add("/server/vhost-user-backend/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("inband", test_inband);
    ADD("call-by-pipe", test_call_by_pipe);
    ADD("full", test_full);
    return g_test_run();
}
