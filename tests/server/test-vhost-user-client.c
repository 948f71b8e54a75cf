/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vhost-user front-end against answers that were put into the socket in advance, with REPLY_ACK and without. With the real server
 * it is tested in app/probe. */

#include "hvn-vhost-user-client.h"

#include "hvn-error.h"
#include "hvn-fd-channel.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BIT64(n) (G_GUINT64_CONSTANT(1) << (n))
#define OFFERED  (BIT64(15) | BIT64(HVN_VHOST_F_LOG_ALL) | BIT64(HVN_VHOST_USER_F_PROTOCOL_FEATURES))
#define CONFIG   BIT64(HVN_VHOST_USER_PROTOCOL_F_CONFIG)
#define ACK      BIT64(HVN_VHOST_USER_PROTOCOL_F_REPLY_ACK)

typedef struct {
    HvnVhostUserClient *client;
    HvnFdChannel       *peer;
    int                 fd; /* of the client, until it has it */
} Fixture;

static void
answer(Fixture *f, guint32 request, gconstpointer payload, guint32 len)
{
    const HvnVhostUserHeader header = {request, HVN_VHOST_USER_FLAG_VERSION | HVN_VHOST_USER_FLAG_REPLY, len};

    hvn_fd_channel_queue(f->peer, &header, sizeof header);
    hvn_fd_channel_queue(f->peer, payload, len);
    g_assert_true(hvn_fd_channel_flush(f->peer));
}

static void
answer_u64(Fixture *f, guint32 request, guint64 value)
{
    answer(f, request, &value, sizeof value);
}

/* the next request of the front-end; its header is checked */
static HvnFdMessage
request(Fixture *f, guint32 number, guint32 flags, gsize len)
{
    HvnVhostUserHeader header;
    HvnFdMessage       message;

    if (!hvn_fd_channel_next(f->peer, &message)) {
        g_assert_cmpint(hvn_fd_channel_receive(f->peer), ==, HVN_FD_CHANNEL_OK);
        g_assert_true(hvn_fd_channel_next(f->peer, &message));
    }
    memcpy(&header, message.data, sizeof header);
    g_assert_cmpuint(header.request, ==, number);
    g_assert_cmphex(header.flags, ==, HVN_VHOST_USER_FLAG_VERSION | flags);
    g_assert_cmpuint(header.size, ==, len);
    message.data += sizeof header;
    return message;
}

static void
open_sockets(Fixture *f)
{
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    f->fd = fds[0];
    f->peer = hvn_fd_channel_new(fds[1], sizeof(HvnVhostUserHeader) + HVN_VHOST_USER_MAX_MESSAGE, hvn_vhost_user_size_of);
}

/* what the server can do of the protocol is the test's data */
static void
set_up(Fixture *f, gconstpointer data)
{
    guint64           protocol = GPOINTER_TO_UINT(data), accepted;
    g_autoptr(GError) error = NULL;

    open_sockets(f);
    answer_u64(f, HVN_VHOST_USER_GET_FEATURES, OFFERED);
    answer_u64(f, HVN_VHOST_USER_GET_PROTOCOL_FEATURES, protocol | BIT64(HVN_VHOST_USER_PROTOCOL_F_MQ));
    f->client = hvn_vhost_user_client_new(f->fd, 20, CONFIG, &error);
    g_assert_no_error(error);
    request(f, HVN_VHOST_USER_SET_OWNER, 0, 0); /* before all others */
    request(f, HVN_VHOST_USER_GET_FEATURES, 0, 0);
    request(f, HVN_VHOST_USER_GET_PROTOCOL_FEATURES, 0, 0);
    memcpy(&accepted, request(f, HVN_VHOST_USER_SET_PROTOCOL_FEATURES, 0, 8).data, sizeof accepted);
    g_assert_cmphex(accepted, ==, protocol);
    g_assert_cmphex(hvn_vhost_user_client_get_features(f->client), ==, BIT64(15));
    g_assert_true(hvn_vhost_user_client_has_protocol(f->client, HVN_VHOST_USER_PROTOCOL_F_CONFIG) == ((protocol & CONFIG) != 0));
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    g_clear_pointer(&f->client, hvn_vhost_user_client_free);
    hvn_fd_channel_free(f->peer);
}

static void
test_memory(Fixture *f, gconstpointer data)
{
    const HvnVhostUserRegion region = {0x1000, 0x2000, 0x7000, 0};
    g_autoptr(GError)        error = NULL;
    guint64                  features;
    HvnFdMessage             message;

    answer_u64(f, HVN_VHOST_USER_SET_FEATURES, 0);
    g_assert_true(hvn_vhost_user_client_set_features(f->client, BIT64(15), &error));
    memcpy(&features, request(f, HVN_VHOST_USER_SET_FEATURES, HVN_VHOST_USER_FLAG_NEED_REPLY, 8).data, sizeof features);
    g_assert_cmphex(features, ==, BIT64(15) | BIT64(HVN_VHOST_USER_F_PROTOCOL_FEATURES));
    answer_u64(f, HVN_VHOST_USER_SET_MEM_TABLE, 0);
    g_assert_true(hvn_vhost_user_client_share(f->client, &region, STDIN_FILENO, &error));
    message = request(f, HVN_VHOST_USER_SET_MEM_TABLE, HVN_VHOST_USER_FLAG_NEED_REPLY, 8 + sizeof region);
    g_assert_cmpuint(message.n_fds, ==, 1);
    g_assert_cmpmem(message.data + 8, sizeof region, &region, sizeof region);
}

static void
test_config(Fixture *f, gconstpointer data)
{
    const struct {
        HvnVhostUserConfig header;
        guint8             bytes[4];
    } config = {{.size = 4}, {1, 2, 3, 4}};
    g_autoptr(GError) error = NULL;
    guint8            bytes[4];

    answer(f, HVN_VHOST_USER_GET_CONFIG, &config, sizeof config);
    g_assert_true(hvn_vhost_user_client_read_config(f->client, bytes, sizeof bytes, &error));
    g_assert_cmpmem(bytes, 4, config.bytes, 4);
    request(f, HVN_VHOST_USER_GET_CONFIG, 0, sizeof config);
}

/* without REPLY_ACK nothing is waited for but where the ring stopped */
static void
test_ring(Fixture *f, gconstpointer data)
{
    static const guint32 requests[] = {HVN_VHOST_USER_SET_VRING_NUM,  HVN_VHOST_USER_SET_VRING_BASE, HVN_VHOST_USER_SET_VRING_ADDR,
                                       HVN_VHOST_USER_SET_VRING_CALL, HVN_VHOST_USER_SET_VRING_KICK, HVN_VHOST_USER_SET_VRING_ENABLE};
    const HvnVhostUserRingSetup  ring = {.index = 1, .size = 256, .kick = STDIN_FILENO, .call = STDOUT_FILENO};
    const HvnVhostUserVringState state = {1, 77};
    g_autoptr(GError)            error = NULL;
    guint32                      base;

    g_assert_true(hvn_vhost_user_client_start_ring(f->client, &ring, &error));
    for (guint i = 0; i < G_N_ELEMENTS(requests); i++) {
        HvnFdMessage message = request(f, requests[i], 0, i == 2 ? sizeof(HvnVhostUserVringAddr) : 8);

        g_assert_cmpuint(message.data[0], ==, 1);
        g_assert_cmpuint(message.n_fds, ==, i == 3 || i == 4 ? 1 : 0);
    }
    answer(f, HVN_VHOST_USER_GET_VRING_BASE, &state, sizeof state);
    g_assert_true(hvn_vhost_user_client_stop_ring(f->client, 1, &base, &error));
    g_assert_cmpuint(base, ==, 77);
}

static void
test_refused(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) refused = NULL, other = NULL;
    guint32           base;

    answer_u64(f, HVN_VHOST_USER_SET_FEATURES, 1);
    g_assert_false(hvn_vhost_user_client_set_features(f->client, 0, &refused));
    g_assert_cmpstr(refused->message, ==, "the server refuses request 2");
    answer_u64(f, HVN_VHOST_USER_SET_FEATURES, 0);
    g_assert_false(hvn_vhost_user_client_stop_ring(f->client, 0, &base, &other));
    g_assert_error(other, HVN_ERROR, HVN_ERROR_PROTOCOL);
}

/* an old server that knows no protocol features */
static void
test_plain(void)
{
    g_autoptr(GError) error = NULL;
    Fixture           f;

    open_sockets(&f);
    answer_u64(&f, HVN_VHOST_USER_GET_FEATURES, BIT64(15));
    f.client = hvn_vhost_user_client_new(f.fd, 20, CONFIG, &error);
    g_assert_no_error(error);
    g_assert_false(hvn_vhost_user_client_has_protocol(f.client, HVN_VHOST_USER_PROTOCOL_F_REPLY_ACK));
    tear_down(&f, NULL);
}

static void
test_silent(void)
{
    g_autoptr(GError) error = NULL;
    Fixture           f = {0};

    open_sockets(&f);
    g_assert_null(hvn_vhost_user_client_new(f.fd, 20, CONFIG, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_IO);
    tear_down(&f, NULL);
}

#define ADD(name, protocol, func) \
    g_test_add("/server/vhost-user-client/" name, Fixture, GUINT_TO_POINTER(protocol), set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("memory", ACK | CONFIG, test_memory);
    ADD("config", ACK | CONFIG, test_config);
    ADD("ring", 0, test_ring);
    ADD("refused", ACK, test_refused);
    g_test_add_func("/server/vhost-user-client/plain", test_plain);
    g_test_add_func("/server/vhost-user-client/silent", test_silent);
    return g_test_run();
}
