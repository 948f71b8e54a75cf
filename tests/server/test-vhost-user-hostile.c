/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vhost-user server and clients that mean harm: each is refused or dropped, nothing leaks, and the next client is served.
 * Covers the checks of hvn-vhost-user-commands.c and hvn-vhost-user-vring.c. */

#include "hvn-vhost-fixture.h"

#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define REFUSED(expression) g_assert_cmpuint(expression, ==, 1)

/* the server is as good as new: a client in the place of the one that was dropped has its frame sent */
static void
expect_next_client_served(Fixture *f)
{
    if (hvn_vhost_user_get_attached(f->server)) {
        close(f->client.fd);
        f->client.fd = -1;
    }
    fixture_expect_closed(f);
    hvn_vhost_client_clear(&f->client);
    fixture_connect(f);
    g_string_truncate(f->device->sent, 0);
    fixture_start(f);
    hvn_vhost_client_offer(&f->client, 1, "served");
    hvn_vhost_client_kick(&f->client, 1);
    g_assert_cmpstr(f->device->sent->str, ==, "served,");
}

static void
test_truncated(Fixture *f, gconstpointer data)
{
    const HvnVhostUserHeader header = {.request = HVN_VHOST_USER_SET_FEATURES, .flags = 1, .size = 8};

    gboolean                 heard;

    for (gsize len = 1; len <= sizeof header; len++) {
        hvn_vhost_client_send_raw(&f->client, &header, len, NULL, 0);
        hvn_vhost_client_settle(&f->client);
        g_assert_true(hvn_vhost_user_get_attached(f->server)); /* the rest may come */
        g_object_get(f->server, "heard", &heard, NULL);
        g_assert_true(len > 1 || !heard);
        expect_next_client_served(f);
    }
}

static void
test_oversized(Fixture *f, gconstpointer data)
{
    const guint32 sizes[] = {HVN_VHOST_USER_MAX_MESSAGE + 1, 0x7fffffff, 0xffffffff, 0xfffffff4};

    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        const HvnVhostUserHeader header = {.request = HVN_VHOST_USER_SET_FEATURES, .flags = 1, .size = sizes[i]};

        hvn_vhost_client_send_raw(&f->client, &header, sizeof header, NULL, 0);
        fixture_expect_closed(f);
        expect_next_client_served(f);
    }
}

static void
test_flags(Fixture *f, gconstpointer data)
{
    const guint32 flags[] = {0, 2, 3, 5};

    for (guint i = 0; i < G_N_ELEMENTS(flags); i++) {
        const HvnVhostUserHeader header = {.request = HVN_VHOST_USER_GET_FEATURES, .flags = flags[i]};

        hvn_vhost_client_send_raw(&f->client, &header, sizeof header, NULL, 0);
        fixture_expect_closed(f);
        expect_next_client_served(f);
    }
}

/* every request with every length up to what is plausible, with and without descriptors */
static void
test_wrong_sizes(Fixture *f, gconstpointer data)
{
    const guint8 zeros[300] = {0};
    guint        fds;
    int          some[16];

    fixture_negotiate(f);
    for (guint i = 0; i < G_N_ELEMENTS(some); i++)
        some[i] = f->client.memory;
    fds = fixture_count_fds();
    for (guint32 request = 0; request < 60; request++) {
        for (gsize len = 0; len <= sizeof zeros; len += len < 45 ? 1 : 15) {
            hvn_vhost_client_post(&f->client, request, HVN_VHOST_USER_FLAG_NEED_REPLY, zeros, len, some, (len * 7 + request) % 17);
            g_assert_true(hvn_vhost_client_wait(&f->client, request));
            if (f->client.answer_fd >= 0)
                close(f->client.answer_fd);
            f->client.answer_fd = -1;
        }
    }
    hvn_vhost_client_settle(&f->client);
    g_assert_cmpuint(fixture_count_fds(), <=, fds + 1); /* a back channel */
    expect_next_client_served(f);
    g_assert_cmpuint(fixture_count_fds(), ==, fds + 4); /* KICK and CALL of two rings */
}

static void
test_without_ack_is_dropped(Fixture *f, gconstpointer data)
{
    hvn_vhost_client_set_u64(&f->client, HVN_VHOST_USER_SET_FEATURES, BIT64(33));
    fixture_expect_closed(f);
    expect_next_client_served(f);
}

static void
test_unknown_and_not_negotiated(Fixture *f, gconstpointer data)
{
    fixture_negotiate(f);
    REFUSED(hvn_vhost_client_set(&f->client, 22, NULL, 0, NULL, 0));
    REFUSED(hvn_vhost_client_set(&f->client, 0, NULL, 0, NULL, 0));
    REFUSED(hvn_vhost_client_set(&f->client, 0xffffffff, NULL, 0, NULL, 0));
    REFUSED(hvn_vhost_client_set_state(&f->client, HVN_VHOST_USER_VRING_KICK, 0, 0)); /* not negotiated */
    REFUSED(hvn_vhost_client_set_u64(&f->client, HVN_VHOST_USER_SET_PROTOCOL_FEATURES, BIT64(10) | F(REPLY_ACK)));
    REFUSED(hvn_vhost_client_set_u64(&f->client, HVN_VHOST_USER_SET_PROTOCOL_FEATURES, F(INBAND_NOTIFICATIONS) | F(REPLY_ACK)));
    REFUSED(hvn_vhost_client_set_u64(&f->client, HVN_VHOST_USER_NET_SET_MTU, 67));
    REFUSED(hvn_vhost_client_set_u64(&f->client, HVN_VHOST_USER_NET_SET_MTU, 65536));
    REFUSED(hvn_vhost_client_set_u64(&f->client, HVN_VHOST_USER_SET_STATUS, 256));
    expect_next_client_served(f);
}

static void
test_regions(Fixture *f, gconstpointer data)
{
    const HvnVhostUserRegion good = hvn_vhost_client_region();
    const HvnVhostUserRegion bad[] = {
        {0, 0, 0, 0},                                                            /* empty */
        {G_MAXUINT64 - 4095, 8192, 0x10000, 0},                                  /* wraps for the guest */
        {0x10000, 8192, G_MAXUINT64 - 4095, 0},                                  /* wraps for the front-end */
        {0x10000, HVN_VHOST_CLIENT_RAM + 1, 0x10000, 0},                         /* beyond the file */
        {0x10000, HVN_VHOST_CLIENT_RAM, 0x10000, 1},                             /* beyond the file */
        {0x10000, 4096, 0x10000, G_MAXUINT64 - 4095},                            /* offset wraps */
        {0x10000, G_MAXUINT64 - 0x10000, 0x10000, 0},                            /* larger than any memory */
        {good.guest_addr + 4096, 4096, 0x10000, 0},                              /* overlaps for the guest */
        {0x10000, 4096, good.user_addr + good.size - 1, 0},                      /* overlaps for the front-end */
    };
    HvnVhostUserMemTable table = {.n_regions = 9};
    guint                fds;

    fixture_negotiate(f);
    fds = fixture_count_fds();
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
        REFUSED(hvn_vhost_client_change_slot(&f->client, HVN_VHOST_USER_ADD_MEM_REG, &bad[i], TRUE));
    REFUSED(hvn_vhost_client_change_slot(&f->client, HVN_VHOST_USER_ADD_MEM_REG, &good, FALSE)); /* no descriptor */
    REFUSED(hvn_vhost_client_set(&f->client, HVN_VHOST_USER_SET_MEM_TABLE, &table, sizeof table, NULL, 0));
    table.n_regions = G_MAXUINT32;
    REFUSED(hvn_vhost_client_set(&f->client, HVN_VHOST_USER_SET_MEM_TABLE, &table, sizeof table, &f->client.memory, 1));
    table.n_regions = 2; /* and one descriptor */
    REFUSED(hvn_vhost_client_set(&f->client, HVN_VHOST_USER_SET_MEM_TABLE, &table, sizeof table, &f->client.memory, 1));
    table.n_regions = 1; /* and no room for it */
    REFUSED(hvn_vhost_client_set(&f->client, HVN_VHOST_USER_SET_MEM_TABLE, &table, 8, &f->client.memory, 1));
    g_assert_cmpuint(fixture_count_fds(), ==, fds);
    expect_next_client_served(f);
}

static void
test_too_many_slots(Fixture *f, gconstpointer data)
{
    HvnVhostUserRegion region = {.size = 4096, .user_addr = 0x10000};
    guint              fds;

    fixture_negotiate(f);
    fds = fixture_count_fds();
    for (guint i = 1; i < HVN_VHOST_USER_MAX_SLOTS; i++) {
        g_assert_cmpuint(hvn_vhost_client_change_slot(&f->client, HVN_VHOST_USER_ADD_MEM_REG, &region, TRUE), ==, 0);
        region.guest_addr += 4096;
        region.user_addr += 4096;
    }
    REFUSED(hvn_vhost_client_change_slot(&f->client, HVN_VHOST_USER_ADD_MEM_REG, &region, TRUE));
    g_assert_cmpuint(fixture_count_fds(), ==, fds);
    expect_next_client_served(f);
}

static guint64
set_addr(Fixture *f, const HvnVhostUserVringAddr *addr)
{
    return hvn_vhost_client_set(&f->client, HVN_VHOST_USER_SET_VRING_ADDR, addr, sizeof *addr, NULL, 0);
}

static void
test_rings(Fixture *f, gconstpointer data)
{
    HvnVhostClient             *c = &f->client;
    const guint32               nums[] = {0, 3, 512, 65536, 0xffffffff}; /* the device takes 256 */
    const HvnVhostUserVringAddr good = hvn_vhost_client_ring_addr(1);
    HvnVhostUserVringAddr       addr = good;

    fixture_negotiate(f);
    for (guint i = 0; i < G_N_ELEMENTS(nums); i++)
        REFUSED(hvn_vhost_client_set_state(c, HVN_VHOST_USER_SET_VRING_NUM, 1, nums[i]));
    REFUSED(hvn_vhost_client_set_state(c, HVN_VHOST_USER_SET_VRING_NUM, 4, 16)); /* the control queue stays away */
    REFUSED(hvn_vhost_client_set_state(c, HVN_VHOST_USER_SET_VRING_NUM, 0xffffffff, 16));
    REFUSED(hvn_vhost_client_set_state(c, HVN_VHOST_USER_SET_VRING_BASE, 4, 0));
    REFUSED(hvn_vhost_client_set_state(c, HVN_VHOST_USER_SET_VRING_ENABLE, 4, 1));
    REFUSED(hvn_vhost_client_set_state(c, HVN_VHOST_USER_SET_VRING_ENABLE, 1, 2));
    REFUSED(hvn_vhost_client_set_state(c, HVN_VHOST_USER_GET_VRING_BASE, 4, 0));
    REFUSED(hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_KICK, 1, c->kick[1])); /* neither size nor place */
    g_assert_cmpuint(hvn_vhost_client_set_state(c, HVN_VHOST_USER_SET_VRING_NUM, 1, 16), ==, 0);
    REFUSED(hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_KICK, 1, c->kick[1])); /* no place */
    addr.descriptors += 8;
    REFUSED(set_addr(f, &addr));
    addr = good;
    addr.available += 1;
    REFUSED(set_addr(f, &addr));
    addr = good;
    addr.used += 2;
    REFUSED(set_addr(f, &addr));
    addr = good;
    addr.index = 4;
    REFUSED(set_addr(f, &addr));
    /* outside memory, and over its end */
    for (guint i = 0; i < 3; i++) {
        addr = good;
        if (i == 0)
            addr.descriptors = 0x1000;
        else if (i == 1)
            addr.used = HVN_VHOST_CLIENT_USER_BASE + HVN_VHOST_CLIENT_RAM - 16;
        else
            addr.available = G_MAXUINT64 - 15;
        g_assert_cmpuint(set_addr(f, &addr), ==, 0); /* memory may come later */
        REFUSED(hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_KICK, 1, c->kick[1]));
        g_assert_null(f->device->queues[1]);
    }
    expect_next_client_served(f);
}

static void
test_running_ring_is_not_resized(Fixture *f, gconstpointer data)
{
    HvnVhostUserVringAddr addr = hvn_vhost_client_ring_addr(1);

    fixture_start(f);
    REFUSED(hvn_vhost_client_set_state(&f->client, HVN_VHOST_USER_SET_VRING_NUM, 1, 32));
    REFUSED(hvn_vhost_client_set_state(&f->client, HVN_VHOST_USER_SET_VRING_BASE, 1, 5));
    REFUSED(hvn_vhost_client_set_u64(&f->client, HVN_VHOST_USER_SET_FEATURES, FEATURES | HVN_VIRTIO_F_RING_PACKED));
    addr.used = 0x1000;
    REFUSED(set_addr(f, &addr));
    expect_next_client_served(f);
}

/* a base that would mean more chains in flight than there are */
static void
test_base_out_of_range(Fixture *f, gconstpointer data)
{
    fixture_negotiate(f);
    REFUSED(hvn_vhost_client_start_ring(&f->client, 1, 100));
    expect_next_client_served(f);
}

static void
test_signals(Fixture *f, gconstpointer data)
{
    HvnVhostClient *c = &f->client;
    int             file = open("/dev/zero", O_RDWR | O_CLOEXEC);
    guint64         index = 1;
    int             two[2] = {c->call[1], c->call[1]};
    guint           fds;

    fixture_start(f);
    fds = fixture_count_fds();
    REFUSED(hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_KICK, 1, file)); /* would be ready for ever */
    REFUSED(hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_CALL, 1, c->memory));
    REFUSED(hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_CALL, 1, -1));
    REFUSED(hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_CALL, 1 | HVN_VHOST_USER_VRING_NO_FD, c->call[1]));
    REFUSED(hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_CALL, 4, c->call[1]));
    REFUSED(hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_CALL, 0x200 | 1, c->call[1]));
    REFUSED(hvn_vhost_client_set(c, HVN_VHOST_USER_SET_VRING_ERR, &index, sizeof index, two, 2));
    REFUSED(hvn_vhost_client_set(c, HVN_VHOST_USER_SET_BACKEND_REQ_FD, NULL, 0, two, 2));
    g_assert_cmpuint(fixture_count_fds(), <=, fds);
    close(file);
    expect_next_client_served(f);
}

/* a kick whose other end is gone is ready for ever: it is let go of */
static void
test_kick_hangs_up(Fixture *f, gconstpointer data)
{
    int pair[2];

    fixture_start(f);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set_fd(&f->client, HVN_VHOST_USER_SET_VRING_KICK, 1, pair[0]), ==, 0);
    close(pair[0]);
    close(pair[1]);
    hvn_vhost_client_settle(&f->client);
    g_assert_false(hvn_dispatcher_iterate(f->dispatcher, FALSE)); /* nothing is left to do */
    expect_next_client_served(f);
}

static void
test_log(Fixture *f, gconstpointer data)
{
    const guint64         last = (HVN_VHOST_CLIENT_GPA_BASE + HVN_VHOST_CLIENT_RAM - 1) / 4096 / 8;
    const HvnVhostUserLog logs[] = {{0, 0}, {last, 0}, {HVN_VHOST_CLIENT_RAM + 1, 0}, {HVN_VHOST_CLIENT_RAM, 1}, {G_MAXUINT64, 0},
                                    {4096, G_MAXUINT64}};

    fixture_start(f);
    for (guint i = 0; i < G_N_ELEMENTS(logs); i++)
        REFUSED(hvn_vhost_client_set(&f->client, HVN_VHOST_USER_SET_LOG_BASE, &logs[i], sizeof logs[i], &f->client.memory, 1));
    REFUSED(hvn_vhost_client_set(&f->client, HVN_VHOST_USER_SET_LOG_BASE, &logs[0], sizeof logs[0], NULL, 0));
    expect_next_client_served(f);
}

static void
test_inflight(Fixture *f, gconstpointer data)
{
    const HvnVhostUserInflight bad[] = {{0, 0, 0, 16, 0}, {0, 0, 2, 0, 0}, {0, 0, 65535, 16, 0}, {0, 0, 2, 65535, 0}};
    HvnVhostUserInflight       beyond = {G_MAXUINT64, 4096, 2, 16, 0};

    fixture_negotiate(f);
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        REFUSED(hvn_vhost_client_set(&f->client, HVN_VHOST_USER_GET_INFLIGHT_FD, &bad[i], sizeof bad[i], NULL, 0));
        REFUSED(hvn_vhost_client_set(&f->client, HVN_VHOST_USER_SET_INFLIGHT_FD, &bad[i], sizeof bad[i], &f->client.memory, 1));
    }
    REFUSED(hvn_vhost_client_set(&f->client, HVN_VHOST_USER_SET_INFLIGHT_FD, &beyond, sizeof beyond, &f->client.memory, 1));
    beyond.mmap_size = 4096;
    beyond.mmap_offset = HVN_VHOST_CLIENT_RAM;
    REFUSED(hvn_vhost_client_set(&f->client, HVN_VHOST_USER_SET_INFLIGHT_FD, &beyond, sizeof beyond, &f->client.memory, 1));
    expect_next_client_served(f);
}

/* a descriptor that points at itself breaks its ring, and only that */
static void
test_descriptor_loop(Fixture *f, gconstpointer data)
{
    HvnVhostClient *c = &f->client;
    int             err = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    guint64         count;

    fixture_start(f);
    g_assert_cmpuint(hvn_vhost_client_set_fd(c, HVN_VHOST_USER_SET_VRING_ERR, 1, err), ==, 0);
    hvn_vhost_client_offer(c, 1, "loop");
    c->ram[65536 + 12] = 1; /* NEXT, and next is itself */
    hvn_vhost_client_kick(c, 1);
    g_assert_cmpstr(f->device->sent->str, ==, "");
    g_assert_cmpint(read(err, &count, sizeof count), ==, sizeof count);
    hvn_vhost_client_offer(c, 0, NULL);
    g_assert_true(hvn_vhost_device_receive(f->device, 0, "other ring"));
    close(err);
    expect_next_client_served(f);
}

/* the file of guest memory, rings and all, shrinks to nothing under a running device */
static void
test_memory_truncated(Fixture *f, gconstpointer data)
{
    HvnVhostClient *c = &f->client;

    fixture_start(f);
    hvn_vhost_client_offer(c, 0, NULL);
    hvn_vhost_client_offer(c, 1, "nothing");
    g_assert_cmpint(ftruncate(c->memory, data == NULL ? 0 : 65536), ==, 0);
    hvn_vhost_client_kick(c, 1);
    hvn_vhost_device_receive(f->device, 0, "nothing");
    g_assert_cmpint(ftruncate(c->memory, HVN_VHOST_CLIENT_RAM), ==, 0);
    g_assert_cmpstr(f->device->sent->str, !=, "nothing,");
    hvn_vhost_client_post(c, HVN_VHOST_USER_GET_FEATURES, 0, NULL, 0, NULL, 0);
    fixture_expect_closed(f);
    expect_next_client_served(f);
}

static void
test_log_truncated(Fixture *f, gconstpointer data)
{
    const HvnVhostUserLog log = {.mmap_size = HVN_VHOST_CLIENT_RAM};
    int                   fd = memfd_create("log", MFD_CLOEXEC);

    g_assert_cmpint(ftruncate(fd, HVN_VHOST_CLIENT_RAM), ==, 0);
    fixture_start(f);
    g_assert_cmpuint(hvn_vhost_client_set(&f->client, HVN_VHOST_USER_SET_LOG_BASE, &log, sizeof log, &fd, 1), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set_u64(&f->client, HVN_VHOST_USER_SET_FEATURES, LOGGED), ==, 0);
    g_assert_cmpint(ftruncate(fd, 0), ==, 0);
    close(fd);
    hvn_vhost_client_offer(&f->client, 1, "served");
    hvn_vhost_client_kick(&f->client, 1);
    g_assert_cmpstr(f->device->sent->str, ==, "served,");
    expect_next_client_served(f);
}

/* answers pile up for a client that does not read them: it is not read from, and does not fill our memory */
static void
test_client_that_does_not_read(Fixture *f, gconstpointer data)
{
    const HvnVhostUserHeader header = {.request = HVN_VHOST_USER_GET_FEATURES, .flags = 1};

    g_assert_cmpint(fcntl(f->client.fd, F_SETFL, O_NONBLOCK), ==, 0);
    for (guint i = 0; i < 200000 && !f->client.closed; i++) {
        hvn_vhost_client_send_raw(&f->client, &header, sizeof header, NULL, 0);
        if (i % 16 == 0)
            hvn_dispatcher_iterate(f->dispatcher, FALSE);
    }
    g_assert_true(f->client.closed); /* the socket is full */
    expect_next_client_served(f);
}

#define ADD(path, func) g_test_add("/server/vhost-user/hostile/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("truncated", test_truncated);
    ADD("oversized", test_oversized);
    ADD("flags", test_flags);
    ADD("wrong-sizes", test_wrong_sizes);
    ADD("without-ack-is-dropped", test_without_ack_is_dropped);
    ADD("unknown-and-not-negotiated", test_unknown_and_not_negotiated);
    ADD("regions", test_regions);
    ADD("too-many-slots", test_too_many_slots);
    ADD("rings", test_rings);
    ADD("running-ring-is-not-resized", test_running_ring_is_not_resized);
    ADD("base-out-of-range", test_base_out_of_range);
    ADD("signals", test_signals);
    ADD("kick-hangs-up", test_kick_hangs_up);
    ADD("log", test_log);
    ADD("inflight", test_inflight);
    ADD("descriptor-loop", test_descriptor_loop);
    ADD("memory-truncated", test_memory_truncated);
    g_test_add("/server/vhost-user/hostile/buffers-truncated", Fixture, "buffers", fixture_set_up, test_memory_truncated,
               fixture_tear_down);
    ADD("log-truncated", test_log_truncated);
    ADD("client-that-does-not-read", test_client_that_does_not_read);
    return g_test_run();
}
