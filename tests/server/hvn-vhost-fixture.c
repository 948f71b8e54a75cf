/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the vhost-user server share. */

#include "hvn-vhost-fixture.h"

#include <dirent.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void
fixture_connect(Fixture *f)
{
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    hvn_vhost_client_init(&f->client, fds[1], f->dispatcher);
    hvn_vhost_user_attach_fd(f->server, fds[0]);
}

void
fixture_set_up(Fixture *f, gconstpointer data)
{
    f->clock = hvn_clock_new_manual();
    f->dispatcher = hvn_dispatcher_new(NULL, f->clock);
    f->device = hvn_vhost_device_new(f->dispatcher);
    f->backend = hvn_fake_port_new(f->dispatcher, "backend");
    f->link = hvn_link_new(HVN_PORT(f->device), HVN_PORT(f->backend));
    f->server = hvn_vhost_user_new(HVN_VIRTIO_DEVICE(f->device), f->dispatcher, "net0");
    fixture_connect(f);
}

void
fixture_tear_down(Fixture *f, gconstpointer data)
{
    hvn_vhost_client_clear(&f->client);
    g_clear_object(&f->server);
    hvn_link_disconnect(f->link);
    g_clear_object(&f->link);
    g_clear_object(&f->backend);
    g_clear_object(&f->device);
    g_clear_object(&f->dispatcher);
    hvn_clock_unref(f->clock);
}

void
fixture_negotiate(Fixture *f)
{
    HvnVhostClient *c = &f->client;
    guint64         protocol;

    g_assert_cmphex(hvn_vhost_client_get_u64(c, HVN_VHOST_USER_GET_FEATURES) & LOGGED, ==, LOGGED);
    protocol = hvn_vhost_client_get_u64(c, HVN_VHOST_USER_GET_PROTOCOL_FEATURES);
    hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_PROTOCOL_FEATURES, protocol & ~F(INBAND_NOTIFICATIONS));
    c->need_reply = TRUE;
    g_assert_cmpuint(hvn_vhost_client_set(c, HVN_VHOST_USER_SET_OWNER, NULL, 0, NULL, 0), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_FEATURES, FEATURES), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_share_memory(c), ==, 0);
}

void
fixture_start(Fixture *f)
{
    fixture_negotiate(f);
    for (guint i = 0; i < 2; i++) {
        g_assert_cmpuint(hvn_vhost_client_start_ring(&f->client, i, 0), ==, 0);
        g_assert_cmpuint(hvn_vhost_client_set_state(&f->client, HVN_VHOST_USER_SET_VRING_ENABLE, i, 1), ==, 0);
    }
    hvn_vhost_client_settle(&f->client);
    hvn_vhost_client_called(&f->client, 0);
    hvn_vhost_client_called(&f->client, 1);
}

void
fixture_expect_traffic(Fixture *f, const char *text)
{
    HvnVhostClient  *c = &f->client;
    g_autofree char *comma = g_strdup_printf("%s,", text);

    g_string_truncate(f->device->sent, 0);
    hvn_vhost_client_offer(c, 1, text);
    hvn_vhost_client_kick(c, 1);
    g_assert_cmpstr(f->device->sent->str, ==, comma);
    g_assert_cmpint(hvn_vhost_client_take(c, 1), ==, 0);
    g_assert_true(hvn_vhost_client_called(c, 1));
    hvn_vhost_client_offer(c, 0, NULL);
    g_assert_true(hvn_vhost_device_receive(f->device, 0, text));
    g_assert_cmpint(hvn_vhost_client_take(c, 0), ==, strlen(text) + 1);
    g_assert_cmpstr((char *)hvn_vhost_client_buffer(c, 0, c->used[0] - 1), ==, text);
    g_assert_true(hvn_vhost_client_called(c, 0));
}

void
fixture_expect_closed(Fixture *f)
{
    for (guint i = 0; i < 50 && hvn_vhost_user_get_attached(f->server); i++)
        hvn_dispatcher_iterate(f->dispatcher, FALSE);
    g_assert_false(hvn_vhost_user_get_attached(f->server));
}

guint
fixture_count_fds(void)
{
    DIR  *dir = opendir("/proc/self/fd");
    guint n = 0;

    g_assert_nonnull(dir);
    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n;
}
