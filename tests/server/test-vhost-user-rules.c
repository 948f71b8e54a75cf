/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules of a ring's state and of the requests around it, one by one (QEMU, docs/interop/vhost-user.rst): what may change while a ring
 * runs, what a stop leaves as it was, and what a client does that has several pairs of rings. Whole sequences of real clients are in
 * test-vhost-user.c. */
#include "hvn-vhost-fixture.h"

#include "hvn-shared-memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static guint64
set_enable(Fixture *f, guint ring, guint on)
{
    return hvn_vhost_client_set_state(&f->client, HVN_VHOST_USER_SET_VRING_ENABLE, ring, on);
}

/* GET_VRING_BASE stops a ring; whether it is enabled is another matter and stays */
static void
test_stop_keeps_enabled(Fixture *f, gconstpointer data)
{
    HvnVhostClient *c = &f->client;

    fixture_start(f);
    for (guint i = 0; i < 3; i++) {
        guint32 rx = hvn_vhost_client_stop_ring(c, 0), tx = hvn_vhost_client_stop_ring(c, 1);

        hvn_vhost_client_offer(c, 1, "stopped");
        hvn_vhost_client_kick(c, 1); /* nobody listens to it any more */
        g_assert_cmpint(hvn_vhost_client_take(c, 1), ==, -1);
        g_assert_cmpuint(hvn_vhost_client_start_ring(c, 0, rx), ==, 0);
        g_assert_cmpuint(hvn_vhost_client_start_ring(c, 1, tx), ==, 0);
        hvn_vhost_client_settle(c);
        g_assert_cmpint(hvn_vhost_client_take(c, 1), ==, 0); /* and now it is seen, without another kick */
        hvn_vhost_client_called(c, 0);
        hvn_vhost_client_called(c, 1);
        fixture_expect_traffic(f, "on");
    }
    g_assert_cmpuint(set_enable(f, 1, 0), ==, 0);
    hvn_vhost_client_stop_ring(c, 1);
    g_assert_cmpuint(hvn_vhost_client_start_ring(c, 1, c->avail[1]), ==, 0);
    g_string_truncate(f->device->sent, 0);
    hvn_vhost_client_offer(c, 1, "off");
    hvn_vhost_client_kick(c, 1);
    g_assert_cmpstr(f->device->sent->str, ==, ""); /* still disabled: taken and dropped */
    g_assert_cmpint(hvn_vhost_client_take(c, 1), ==, 0);
}

/* a ring that is started and disabled gets nothing, and has its buffers when it is enabled */
static void
test_disabled_receive(Fixture *f, gconstpointer data)
{
    HvnVhostClient *c = &f->client;

    fixture_start(f);
    g_assert_cmpuint(set_enable(f, 0, 0), ==, 0);
    hvn_vhost_client_offer(c, 0, NULL);
    g_assert_false(hvn_vhost_device_receive(f->device, 0, "dropped"));
    g_assert_cmpint(hvn_vhost_client_take(c, 0), ==, -1);
    g_assert_cmpuint(set_enable(f, 0, 1), ==, 0);
    g_assert_true(hvn_vhost_device_receive(f->device, 0, "taken"));
    g_assert_cmpint(hvn_vhost_client_take(c, 0), ==, 6);
    g_assert_cmpuint(set_enable(f, 0, 2), ==, 1); /* no such state */
    g_assert_cmpuint(set_enable(f, 99, 1), ==, 1);
}

/* the index of a ring that never ran is what the client said */
static void
test_base_of_a_ring_that_never_ran(Fixture *f, gconstpointer data)
{
    fixture_negotiate(f);
    g_assert_cmpuint(hvn_vhost_client_stop_ring(&f->client, 0), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set_state(&f->client, HVN_VHOST_USER_SET_VRING_BASE, 0, 77), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_stop_ring(&f->client, 0), ==, 77);
}

/* size and base are those of a ring that stands; the status says nothing about rings; an owner is whoever has the socket */
static void
test_while_it_runs(Fixture *f, gconstpointer data)
{
    HvnVhostClient *c = &f->client;

    fixture_start(f);
    fixture_expect_traffic(f, "one");
    g_assert_cmpuint(hvn_vhost_client_set_state(c, HVN_VHOST_USER_SET_VRING_NUM, 1, 8), ==, 1);
    g_assert_cmpuint(hvn_vhost_client_set_state(c, HVN_VHOST_USER_SET_VRING_BASE, 1, 0), ==, 1);
    g_assert_cmpuint(hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_FEATURES, FEATURES | HVN_VIRTIO_F_RING_PACKED), ==, 1);
    g_assert_cmpuint(hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_FEATURES, FEATURES & ~HVN_VIRTIO_F_VERSION_1), ==, 1);
    g_assert_cmpuint(hvn_vhost_client_set(c, HVN_VHOST_USER_SET_OWNER, NULL, 0, NULL, 0), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set(c, HVN_VHOST_USER_RESET_OWNER, NULL, 0, NULL, 0), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_STATUS, 0), ==, 0);
    fixture_expect_traffic(f, "two");
    g_assert_cmpuint(hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_STATUS, 0x100), ==, 1);
    g_assert_cmpuint(hvn_vhost_client_stop_ring(c, 1), ==, 2);
}

/* QEMU starts pairs one after the other, and says features and memory again for each, under the pairs before */
static void
test_second_pair(Fixture *f, gconstpointer data)
{
    HvnVhostClient *c = &f->client;

    fixture_start(f);
    fixture_expect_traffic(f, "first");
    g_assert_cmpuint(hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_FEATURES, FEATURES), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_share_memory(c), ==, 0);
    for (guint i = 2; i < 4; i++) {
        g_assert_cmpuint(hvn_vhost_client_start_ring(c, i, 0), ==, 0);
        g_assert_cmpuint(set_enable(f, i, 1), ==, 0);
    }
    hvn_vhost_client_called(c, 0);
    hvn_vhost_client_called(c, 1);
    fixture_expect_traffic(f, "still");
    g_string_truncate(f->device->sent, 0);
    hvn_vhost_client_offer(c, 3, "second");
    hvn_vhost_client_kick(c, 3);
    g_assert_cmpstr(f->device->sent->str, ==, "second,");
    /* one pair goes, the other stays */
    hvn_vhost_client_stop_ring(c, 2);
    hvn_vhost_client_stop_ring(c, 3);
    fixture_expect_traffic(f, "last");
}

/* a packed ring may have any size, a split one a power of two; which it is, the features say before */
static void
test_sizes(Fixture *f, gconstpointer data)
{
    HvnVhostClient *c = &f->client;

    fixture_negotiate(f);
    g_assert_cmpuint(hvn_vhost_client_set_state(c, HVN_VHOST_USER_SET_VRING_NUM, 0, 100), ==, 1);
    g_assert_cmpuint(hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_FEATURES, FEATURES | HVN_VIRTIO_F_RING_PACKED), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set_state(c, HVN_VHOST_USER_SET_VRING_NUM, 0, 100), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set_state(c, HVN_VHOST_USER_SET_VRING_NUM, 0, 257), ==, 1); /* larger than the device has */
    g_assert_cmpuint(hvn_vhost_client_set_state(c, HVN_VHOST_USER_SET_VRING_NUM, 0, 0), ==, 1);
}

/* what QEMU would only warn about, or serves itself, it is not offered and cannot ask for */
static void
test_not_for_qemu(Fixture *f, gconstpointer data)
{
    const HvnVhostUserConfig config = {.size = 6};
    guint8                   payload[sizeof config + 6] = {0};

    fixture_negotiate(f);
    memcpy(payload, &config, sizeof config);
    g_assert_cmphex(hvn_vhost_client_get_u64(&f->client, HVN_VHOST_USER_GET_PROTOCOL_FEATURES) & F(CONFIG), ==, 0);
    g_assert_cmphex(hvn_vhost_client_get_u64(&f->client, HVN_VHOST_USER_GET_FEATURES) & HVN_VIRTIO_F_RING_RESET, ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set(&f->client, HVN_VHOST_USER_GET_CONFIG, payload, sizeof payload, NULL, 0), ==, 1);
    g_assert_cmpuint(hvn_vhost_client_set_u64(&f->client, HVN_VHOST_USER_SET_PROTOCOL_FEATURES, F(REPLY_ACK) | F(CONFIG)), ==, 1);
    g_assert_cmpuint(hvn_vhost_client_set(&f->client, 41, NULL, 0, NULL, 0), ==, 1); /* not a request that we know */
}

/* a region anywhere within a file of huge pages: these are mapped whole. Nothing is touched, so no page need be there */
static void
test_huge_pages(void)
{
    g_autoptr(HvnSharedMemory) memory = hvn_shared_memory_new();
    int                        fd = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB);

    if (fd < 0) {
        g_test_message("this kernel has no huge pages: %s", g_strerror(errno));
        return;
    }
    g_assert_cmpint(ftruncate(fd, 4 << 20), ==, 0);
    g_assert_cmpint(hvn_shared_memory_add(memory, 0, 1 << 20, fd, 0x1000, TRUE, TRUE), ==, 0);
    g_assert_cmpint(hvn_shared_memory_add(memory, 1 << 20, 1 << 20, fd, 3 << 20, TRUE, TRUE), ==, 0);
    g_assert_cmpint(hvn_shared_memory_add(memory, 2 << 20, 1 << 20, fd, (3 << 20) + 1, TRUE, TRUE), ==, EINVAL); /* beyond its end */
    g_assert_cmpint(hvn_shared_memory_remove(memory, 0, 1 << 20), ==, 0);
    close(fd);
}

static void
add(const char *name, void (*func)(Fixture *, gconstpointer))
{
    g_autofree char *path = g_strconcat("/server/vhost-user-rules/", name, NULL);

    g_test_add(path, Fixture, NULL, fixture_set_up, func, fixture_tear_down);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("stop-keeps-enabled", test_stop_keeps_enabled);
    add("disabled-receive", test_disabled_receive);
    add("base-of-a-ring-that-never-ran", test_base_of_a_ring_that_never_ran);
    add("while-it-runs", test_while_it_runs);
    add("second-pair", test_second_pair);
    add("sizes", test_sizes);
    add("not-for-qemu", test_not_for_qemu);
    g_test_add_func("/server/vhost-user-rules/huge-pages", test_huge_pages);
    return g_test_run();
}
