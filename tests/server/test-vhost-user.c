/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vhost-user server with a client over a socket pair: the sequences that QEMU 7.2 and 11.1, DPDK's virtio_user and User-mode Linux
 * send, the rules of ring states, and clients that go and come back. Covers hvn-vhost-user.c, hvn-vhost-user-peer.c,
 * hvn-vhost-user-ring.c and hvn-vhost-user-inflight.c. */

#include "hvn-vhost-fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static guint64
set_enable(Fixture *f, guint ring, guint on)
{
    return hvn_vhost_client_set_state(&f->client, HVN_VHOST_USER_SET_VRING_ENABLE, ring, on);
}

static void
test_features(Fixture *f, gconstpointer data)
{
    guint64 features = hvn_vhost_client_get_u64(&f->client, HVN_VHOST_USER_GET_FEATURES);
    guint64 protocol = hvn_vhost_client_get_u64(&f->client, HVN_VHOST_USER_GET_PROTOCOL_FEATURES);

    g_assert_cmphex(features, ==, (f->device->offered & ~HVN_VIRTIO_NET_CTRL_FEATURES) | HVN_VIRTIO_NET_F_MTU | BIT64(26) | BIT64(30));
    g_assert_cmphex(protocol, ==, F(MQ) | F(LOG_SHMFD) | F(RARP) | F(REPLY_ACK) | F(NET_MTU) | F(BACKEND_REQ) | F(INFLIGHT_SHMFD) |
                                      F(RESET_DEVICE) | F(INBAND_NOTIFICATIONS) | F(CONFIGURE_MEM_SLOTS) | F(STATUS));
    hvn_vhost_client_set_u64(&f->client, HVN_VHOST_USER_SET_PROTOCOL_FEATURES, protocol);
    g_assert_cmpuint(hvn_vhost_client_get_u64(&f->client, HVN_VHOST_USER_GET_QUEUE_NUM), ==, 2);
    g_assert_cmpuint(hvn_vhost_client_get_u64(&f->client, HVN_VHOST_USER_GET_MAX_MEM_SLOTS), ==, 509);
    f->client.need_reply = TRUE;
    g_assert_cmpuint(hvn_vhost_client_set_u64(&f->client, HVN_VHOST_USER_SET_FEATURES, BIT64(33)), ==, 1);
    g_assert_cmpuint(hvn_vhost_client_set_u64(&f->client, HVN_VHOST_USER_SET_FEATURES, features | HVN_VIRTIO_NET_F_CTRL_VQ), ==, 0);
    g_assert_cmphex(f->device->features, ==, f->device->offered & ~HVN_VIRTIO_NET_CTRL_FEATURES);
}

/* what QEMU 11.1 sends: rings enabled before anything else, stop by GET_VRING_BASE, status afterwards, then all of it again */
static void
test_qemu_11(Fixture *f, gconstpointer data)
{
    HvnVhostClient *c = &f->client;

    hvn_vhost_client_get_u64(c, HVN_VHOST_USER_GET_FEATURES);
    hvn_vhost_client_get_u64(c, HVN_VHOST_USER_GET_PROTOCOL_FEATURES);
    hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_PROTOCOL_FEATURES, F(MQ) | F(REPLY_ACK) | F(STATUS) | F(RESET_DEVICE) | F(NET_MTU));
    c->need_reply = TRUE;
    hvn_vhost_client_set(c, HVN_VHOST_USER_SET_OWNER, NULL, 0, NULL, 0);
    for (guint i = 0; i < 2; i++) {
        g_assert_cmpuint(hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_CALL, i, c->call[i]), ==, 0);
        g_assert_cmpuint(hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_ERR, i, c->call[i]), ==, 0);
    }
    for (guint round = 0; round < 5; round++) {
        guint32 base = c->avail[1];

        g_assert_cmpuint(hvn_vhost_client_set(c, HVN_VHOST_USER_RESET_DEVICE, NULL, 0, NULL, 0), ==, 0);
        g_assert_cmpuint(set_enable(f, 0, 1), ==, 0);
        g_assert_cmpuint(set_enable(f, 1, 1), ==, 0);
        g_assert_cmpuint(hvn_vhost_client_set_u64(c, HVN_VHOST_USER_NET_SET_MTU, 1400), ==, 0);
        g_assert_cmpuint(hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_FEATURES, FEATURES), ==, 0);
        g_assert_cmpuint(hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_STATUS, 8), ==, 0);
        g_assert_cmpuint(hvn_vhost_client_share_memory(c), ==, 0);
        g_assert_cmpuint(hvn_vhost_client_start_ring(c, 0, c->used[0]), ==, 0);
        g_assert_cmpuint(hvn_vhost_client_start_ring(c, 1, base), ==, 0);
        g_assert_cmpuint(hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_STATUS, 0xf), ==, 0);
        g_assert_cmpuint(hvn_vhost_client_get_u64(c, HVN_VHOST_USER_GET_STATUS), ==, 0xf);
        fixture_expect_traffic(f, "eleven");
        g_assert_cmpuint(hvn_vhost_client_stop_ring(c, 0), ==, c->used[0]);
        g_assert_cmpuint(hvn_vhost_client_stop_ring(c, 1), ==, c->used[1]);
        g_assert_null(f->device->queues[1]);
        g_assert_cmpuint(hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_STATUS, 0), ==, 0);
    }
}

/* QEMU 7.2 takes the status away first and asks for the indices afterwards; few of its requests wait for an answer */
static void
test_qemu_7(Fixture *f, gconstpointer data)
{
    HvnVhostClient *c = &f->client;

    fixture_negotiate(f);
    c->need_reply = FALSE;
    set_enable(f, 0, 1);
    set_enable(f, 1, 1);
    hvn_vhost_client_start_ring(c, 0, 0);
    hvn_vhost_client_start_ring(c, 1, 0);
    hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_STATUS, 0xf);
    fixture_expect_traffic(f, "seven");
    hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_STATUS, 0);
    g_assert_cmpuint(hvn_vhost_client_stop_ring(c, 0), ==, 1);
    g_assert_cmpuint(hvn_vhost_client_stop_ring(c, 1), ==, 1);
}

/* DPDK: owner first, no acknowledgements, enabled at the end, disabled in front of the stop */
static void
test_virtio_user(Fixture *f, gconstpointer data)
{
    HvnVhostClient *c = &f->client;

    hvn_vhost_client_set(c, HVN_VHOST_USER_SET_OWNER, NULL, 0, NULL, 0);
    g_assert_cmphex(hvn_vhost_client_get_u64(c, HVN_VHOST_USER_GET_FEATURES) & HVN_VIRTIO_NET_F_GUEST_ANNOUNCE, ==, 0);
    g_assert_cmphex(hvn_vhost_client_get_u64(c, HVN_VHOST_USER_GET_PROTOCOL_FEATURES) & F(CONFIG), ==, F(CONFIG));
    hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_PROTOCOL_FEATURES, F(MQ) | F(REPLY_ACK) | F(STATUS));
    hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_CALL, 0, c->call[0]);
    hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_CALL, 1, c->call[1]);
    hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_FEATURES, FEATURES);
    hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_STATUS, 0xb);
    g_assert_cmpuint(hvn_vhost_client_get_u64(c, HVN_VHOST_USER_GET_STATUS), ==, 0xb);
    c->need_reply = TRUE;
    g_assert_cmpuint(hvn_vhost_client_share_memory(c), ==, 0);
    c->need_reply = FALSE;
    hvn_vhost_client_start_ring(c, 0, 0);
    hvn_vhost_client_start_ring(c, 1, 0);
    hvn_vhost_client_offer(c, 1, "early");
    hvn_vhost_client_kick(c, 1);
    g_assert_cmpstr(f->device->sent->str, ==, ""); /* not enabled: taken and dropped */
    g_assert_cmpint(hvn_vhost_client_take(c, 1), ==, 0);
    set_enable(f, 0, 1);
    set_enable(f, 1, 1);
    hvn_vhost_client_called(c, 0);
    fixture_expect_traffic(f, "dpdk");
    set_enable(f, 0, 0);
    set_enable(f, 1, 0);
    g_assert_cmpuint(hvn_vhost_client_stop_ring(c, 0), ==, 1);
    g_assert_cmpuint(hvn_vhost_client_stop_ring(c, 1), ==, 2);
}

/* User-mode Linux, whose driver is bound again: a ring that is disabled is never asked for its base, and is set up anew */
static void
test_ring_set_up_anew(Fixture *f, gconstpointer data)
{
    HvnVhostClient *c = &f->client;

    fixture_start(f);
    fixture_expect_traffic(f, "first");
    for (guint round = 0; round < 3; round++) {
        for (guint ring = 0; ring < 2; ring++) {
            set_enable(f, ring, 0);
            g_assert_nonnull(f->device->queues[ring]);
            if (round == 2)
                hvn_vhost_client_share_memory(c);
            g_assert_cmpuint(hvn_vhost_client_set_state(c, HVN_VHOST_USER_SET_VRING_NUM, ring, HVN_VHOST_CLIENT_NUM), ==, 0);
            g_assert_null(f->device->queues[ring]);
        }
        g_assert_cmpuint(hvn_vhost_client_start_ring(c, 0, round + 1), ==, 0);
        g_assert_cmpuint(hvn_vhost_client_start_ring(c, 1, round + 1), ==, 0);
        set_enable(f, 0, 1);
        set_enable(f, 1, 1);
        hvn_vhost_client_called(c, 0);
        fixture_expect_traffic(f, "again");
    }
}

/* a memory table leaves rings that are disabled alone, whatever is in their memory by then, and they go on when they are enabled */
static void
test_disabled_ring_waits_for_its_memory(Fixture *f, gconstpointer data)
{
    HvnVhostClient *c = &f->client;

    fixture_start(f);
    fixture_expect_traffic(f, "before");
    for (guint ring = 0; ring < 2; ring++)
        set_enable(f, ring, 0);
    g_assert_cmpuint(hvn_vhost_client_share_memory(c), ==, 0);
    for (guint ring = 0; ring < 2; ring++) {
        g_assert_null(f->device->queues[ring]);
        g_assert_cmpuint(set_enable(f, ring, 1), ==, 0);
        g_assert_nonnull(f->device->queues[ring]);
        hvn_vhost_client_called(c, ring);
    }
    fixture_expect_traffic(f, "after");
}

/* SET_VRING_KICK itself starts a ring: what lies in it is seen without a kick */
static void
test_started_ring_is_looked_at(Fixture *f, gconstpointer data)
{
    fixture_negotiate(f);
    set_enable(f, 1, 1);
    hvn_vhost_client_offer(&f->client, 1, "waiting");
    g_assert_cmpuint(hvn_vhost_client_start_ring(&f->client, 1, 0), ==, 0);
    hvn_vhost_client_settle(&f->client);
    g_assert_cmpstr(f->device->sent->str, ==, "waiting,");
    g_assert_true(hvn_vhost_client_called(&f->client, 1));
}

static void
test_without_protocol_features_rings_are_enabled(Fixture *f, gconstpointer data)
{
    hvn_vhost_client_set_u64(&f->client, HVN_VHOST_USER_SET_FEATURES, HVN_VIRTIO_F_VERSION_1);
    hvn_vhost_client_share_memory(&f->client);
    hvn_vhost_client_start_ring(&f->client, 0, 0);
    hvn_vhost_client_start_ring(&f->client, 1, 0);
    fixture_expect_traffic(f, "plain");
}

static void
test_eventfds_are_replaced(Fixture *f, gconstpointer data)
{
    HvnVhostClient *c = &f->client;
    int             kick = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int             call = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    fixture_start(f);
    fixture_expect_traffic(f, "before");
    g_assert_cmpuint(hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_KICK, 1, kick), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_CALL, 1, call), ==, 0);
    close(c->kick[1]);
    close(c->call[1]);
    c->kick[1] = kick;
    c->call[1] = call;
    g_assert_true(hvn_vhost_client_called(c, 1)); /* something may have been lost between the two */
    fixture_expect_traffic(f, "after");
}

/* a client that does not kick, and one that wants no interrupts */
static void
test_polled_ring(Fixture *f, gconstpointer data)
{
    HvnVhostClient *c = &f->client;

    fixture_start(f);
    g_assert_cmpuint(hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_KICK, 1 | HVN_VHOST_USER_VRING_NO_FD, -1), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_CALL, 1 | HVN_VHOST_USER_VRING_NO_FD, -1), ==, 0);
    hvn_vhost_client_settle(c);
    hvn_vhost_client_offer(c, 1, "polled");
    hvn_dispatcher_advance(f->dispatcher, 2 * HVN_NS_PER_MS);
    hvn_vhost_client_settle(c);
    g_assert_cmpstr(f->device->sent->str, ==, "polled,");
    g_assert_false(hvn_vhost_client_called(c, 1));
}

/* ---- memory ---- */

/* the guest's memory moves under running rings, as when a hypervisor adds memory */
static void
test_memory_changes_under_running_rings(Fixture *f, gconstpointer data)
{
    HvnVhostClient      *c = &f->client;
    HvnVhostUserMemTable table = {.n_regions = 2, .regions[0] = hvn_vhost_client_region()};
    int                  fds[2] = {c->memory, c->memory};

    fixture_start(f);
    fixture_expect_traffic(f, "one region");
    table.regions[0].size /= 2;
    table.regions[1] = table.regions[0];
    table.regions[1].guest_addr += table.regions[0].size;
    table.regions[1].user_addr += table.regions[0].size;
    table.regions[1].mmap_offset += table.regions[0].size;
    g_assert_cmpuint(hvn_vhost_client_set(c, HVN_VHOST_USER_SET_MEM_TABLE, &table, 8 + 2 * sizeof table.regions[0], fds, 2), ==, 0);
    hvn_vhost_client_called(c, 0);
    hvn_vhost_client_called(c, 1);
    fixture_expect_traffic(f, "two regions");
    /* a table that is no good changes nothing */
    table.regions[1].guest_addr = table.regions[0].guest_addr;
    g_assert_cmpuint(hvn_vhost_client_set(c, HVN_VHOST_USER_SET_MEM_TABLE, &table, 8 + 2 * sizeof table.regions[0], fds, 2), ==, 1);
    fixture_expect_traffic(f, "still two");
}

static void
test_slots(Fixture *f, gconstpointer data)
{
    HvnVhostClient    *c = &f->client;
    HvnVhostUserRegion whole = hvn_vhost_client_region(), other = whole;

    fixture_start(f);
    fixture_expect_traffic(f, "table");
    other.guest_addr += HVN_VHOST_CLIENT_RAM;
    other.user_addr += HVN_VHOST_CLIENT_RAM;
    g_assert_cmpuint(hvn_vhost_client_change_slot(c, HVN_VHOST_USER_ADD_MEM_REG, &other, TRUE), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_change_slot(c, HVN_VHOST_USER_ADD_MEM_REG, &other, TRUE), ==, 1); /* there already */
    g_assert_cmpuint(hvn_vhost_client_change_slot(c, HVN_VHOST_USER_REM_MEM_REG, &other, TRUE), ==, 0); /* its descriptor is closed */
    g_assert_cmpuint(hvn_vhost_client_change_slot(c, HVN_VHOST_USER_REM_MEM_REG, &other, FALSE), ==, 1);
    /* without its memory a ring waits, and goes on where it was */
    g_assert_cmpuint(hvn_vhost_client_change_slot(c, HVN_VHOST_USER_REM_MEM_REG, &whole, FALSE), ==, 0);
    g_assert_null(f->device->queues[1]);
    hvn_vhost_client_offer(c, 1, "gone");
    hvn_vhost_client_kick(c, 1);
    g_assert_cmpint(hvn_vhost_client_take(c, 1), ==, -1);
    g_assert_cmpuint(hvn_vhost_client_change_slot(c, HVN_VHOST_USER_ADD_MEM_REG, &whole, TRUE), ==, 0);
    hvn_vhost_client_settle(c);
    g_assert_cmpint(hvn_vhost_client_take(c, 1), ==, 0);
    fixture_expect_traffic(f, "slot");
}

/* ---- requests of the network device, and of a restart ---- */

static void
test_rarp(Fixture *f, gconstpointer data)
{
    const guint8  mac[8] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
    gsize         len;
    const guint8 *bytes;

    fixture_negotiate(f);
    g_assert_cmpuint(hvn_vhost_client_set(&f->client, HVN_VHOST_USER_SEND_RARP, mac, sizeof mac, NULL, 0), ==, 0);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(f->backend), ==, 1);
    bytes = g_bytes_get_data(hvn_fake_port_get_frame(f->backend, 0), &len);
    g_assert_cmpuint(len, ==, 60);
    g_assert_cmpmem(bytes, 6, "\xff\xff\xff\xff\xff\xff", 6);
    g_assert_cmpmem(bytes + 6, 6, mac, 6);
    g_assert_cmpmem(bytes + 12, 10, "\x80\x35\0\1\x08\0\6\4\0\3", 10); /* reverse request, RFC 903 */
    g_assert_cmpmem(bytes + 22, 6, mac, 6);
    g_assert_cmpmem(bytes + 32, 6, mac, 6);
}

static void
test_inflight(Fixture *f, gconstpointer data)
{
    HvnVhostClient      *c = &f->client;
    HvnVhostUserInflight inflight = {.n_queues = 2, .queue_size = HVN_VHOST_CLIENT_NUM};

    fixture_start(f);
    hvn_vhost_client_get(c, HVN_VHOST_USER_GET_INFLIGHT_FD, &inflight, HVN_VHOST_USER_INFLIGHT_WIRE_SIZE);
    g_assert_cmpuint(c->answer->len, ==, HVN_VHOST_USER_INFLIGHT_WIRE_SIZE);
    memcpy(&inflight, c->answer->data, c->answer->len);
    g_assert_cmpint(c->answer_fd, >=, 0);
    g_assert_cmpuint(inflight.mmap_size, >=, 2 * (16 + 16 * HVN_VHOST_CLIENT_NUM));
    g_assert_cmpuint(hvn_vhost_client_set(c, HVN_VHOST_USER_SET_INFLIGHT_FD, &inflight, sizeof inflight, &c->answer_fd, 1), ==, 0);
    /* a server died with two of three chains in flight; the client knows only what it has offered */
    hvn_vhost_client_stop_ring(c, 1);
    hvn_vhost_client_offer(c, 1, "one");
    hvn_vhost_client_offer(c, 1, "two");
    g_assert_cmpuint(hvn_vhost_client_start_ring(c, 1, c->avail[1]), ==, 0);
    hvn_vhost_client_settle(c);
    g_assert_cmpstr(f->device->sent->str, ==, "one,two,");
    inflight.mmap_size = 64;
    g_assert_cmpuint(hvn_vhost_client_set(c, HVN_VHOST_USER_SET_INFLIGHT_FD, &inflight, sizeof inflight, &c->answer_fd, 1), ==, 1);
}

/* ---- clients that go ---- */

static void
test_next_client(Fixture *f, gconstpointer data)
{
    guint fds = fixture_count_fds();

    for (guint i = 0; i < 3; i++) {
        fixture_start(f);
        fixture_expect_traffic(f, "hello");
        hvn_vhost_client_offer(&f->client, 1, "left behind");
        hvn_vhost_client_clear(&f->client);
        fixture_expect_closed(f);
        g_assert_null(f->device->queues[0]);
        g_assert_null(f->device->queues[1]);
        g_assert_cmphex(f->device->features, ==, 0);
        fixture_connect(f);
        g_assert_cmpuint(fixture_count_fds(), ==, fds);
    }
}

static int
connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int                fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    return fd;
}

static void
test_listen(Fixture *f, gconstpointer data)
{
    g_autofree char *dir = g_dir_make_tmp("vhost-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "net0.sock", NULL);

    hvn_vhost_client_clear(&f->client);
    fixture_expect_closed(f);
    g_assert_true(hvn_vhost_user_listen(f->server, path, NULL));
    for (guint i = 0; i < 2; i++) {
        hvn_vhost_client_init(&f->client, connect_to(path), f->dispatcher);
        fixture_start(f);
        fixture_expect_traffic(f, "listening");
        if (i == 0)
            hvn_vhost_client_clear(&f->client);
    }
    hvn_vhost_user_stop(f->server);
    g_assert_cmpint(g_access(path, F_OK), !=, 0);
    g_rmdir(dir);
}

static void
test_one_server_a_device(Fixture *f, gconstpointer data)
{
    g_assert_null(hvn_vhost_user_new(HVN_VIRTIO_DEVICE(f->device), f->dispatcher, "net0"));
    g_clear_object(&f->server);
    f->server = hvn_vhost_user_new(HVN_VIRTIO_DEVICE(f->device), f->dispatcher, "net0");
    g_assert_nonnull(f->server);
}

#define ADD(path, func) g_test_add("/server/vhost-user/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("features", test_features);
    ADD("qemu-11", test_qemu_11);
    ADD("qemu-7", test_qemu_7);
    ADD("virtio-user", test_virtio_user);
    ADD("started-ring-is-looked-at", test_started_ring_is_looked_at);
    ADD("ring-set-up-anew", test_ring_set_up_anew);
    ADD("disabled-ring-waits-for-its-memory", test_disabled_ring_waits_for_its_memory);
    ADD("without-protocol-features-rings-are-enabled", test_without_protocol_features_rings_are_enabled);
    ADD("eventfds-are-replaced", test_eventfds_are_replaced);
    ADD("polled-ring", test_polled_ring);
    ADD("memory-changes-under-running-rings", test_memory_changes_under_running_rings);
    ADD("slots", test_slots);
    ADD("rarp", test_rarp);
    ADD("inflight", test_inflight);
    ADD("next-client", test_next_client);
    ADD("listen", test_listen);
    ADD("one-server-a-device", test_one_server_a_device);
    return g_test_run();
}
