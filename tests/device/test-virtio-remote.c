/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies of guest memory for virtqueues: what is written to a copy goes out where it says so and nowhere else, what the device alone writes
 * stays, and the rest is bounded. Queues on top of it are tested with the vfio-user server. */
#include "hvn-test-nic.h"
#include "hvn-virtio-remote.h"

#include <string.h>

static void
test_copies(void)
{
    g_autoptr(HvnDispatcher) dispatcher = hvn_test_nic_dispatcher();
    g_autoptr(HvnFakeBus) bus = hvn_fake_bus_new(4 << 20);
    HvnTestNic *nic = hvn_test_nic_new(dispatcher, bus);
    HvnVirtioRemote *remote = hvn_virtio_remote_new(HVN_NIC(nic));
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    struct iovec iov, again;
    guint n = 0;

    memset(ram, 'r', 64 * 1024);
    /* ours: zeros at first, whatever is there, and then what was written last */
    hvn_virtio_remote_add_area(remote, 0x1000, 64, HVN_VIRTIO_REMOTE_OURS);
    g_assert_cmpuint(hvn_virtio_remote_map(remote, 0x1000, 64, TRUE, &iov, 1), ==, 1);
    g_assert_cmpuint(((guint8 *)iov.iov_base)[5], ==, 0);
    memset(iov.iov_base, 'w', 64);
    hvn_virtio_remote_dirty(remote, (guint8 *)iov.iov_base + 4, 3);
    g_assert_cmpmem(ram + 0x1000, 9, "rrrrwwwrr", 9);
    hvn_virtio_remote_done(remote);
    g_assert_cmpuint(hvn_virtio_remote_map(remote, 0x1000, 64, TRUE, &again, 1), ==, 1);
    g_assert_true(again.iov_base == iov.iov_base);
    hvn_virtio_remote_remove_area(remote, 0x1000, 64, HVN_VIRTIO_REMOTE_OURS);
    /* both sides': what is there each time */
    hvn_virtio_remote_add_area(remote, 0x2000, 16, HVN_VIRTIO_REMOTE_BOTH);
    g_assert_cmpuint(hvn_virtio_remote_map(remote, 0x2000, 16, TRUE, &iov, 1), ==, 1);
    g_assert_cmpmem(iov.iov_base, 4, "rrrr", 4);
    g_assert_true(iov.iov_base != ram + 0x2000);
    memset(iov.iov_base, 'b', 16);
    g_assert_cmpint(ram[0x2000], ==, 'r');
    hvn_virtio_remote_dirty(remote, iov.iov_base, 1);
    g_assert_cmpmem(ram + 0x2000, 2, "br", 2);
    /* a buffer, and memory to be read */
    g_assert_cmpuint(hvn_virtio_remote_map(remote, 0x3000, 16, TRUE, &iov, 1), ==, 1);
    g_assert_cmpuint(((guint8 *)iov.iov_base)[0], ==, 0);
    hvn_virtio_remote_dirty(remote, ram, 4); /* not one of ours: nothing */
    g_assert_cmpuint(hvn_virtio_remote_map(remote, 0x3000, 16, FALSE, &iov, 1), ==, 1);
    g_assert_cmpmem(iov.iov_base, 4, "rrrr", 4);
    g_assert_cmpuint(hvn_virtio_remote_map(remote, 5 << 20, 16, FALSE, &iov, 1), ==, 0);
    g_assert_cmpuint(hvn_virtio_remote_map(remote, 0x3000, 16, FALSE, &iov, 0), ==, 0);
    /* bounded, until all is done */
    g_assert_cmpuint(hvn_virtio_remote_map(remote, 0, 2 << 20, TRUE, &iov, 1), ==, 0);
    while (hvn_virtio_remote_map(remote, 0, 1 << 20, TRUE, &iov, 1) == 1)
        n++;
    g_assert_cmpuint(n, <=, 16);
    hvn_virtio_remote_done(remote);
    g_assert_cmpuint(hvn_virtio_remote_map(remote, 0, 1 << 20, TRUE, &iov, 1), ==, 1);
    hvn_virtio_remote_free(remote);
    hvn_test_nic_free(nic);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/device/virtio-remote/copies", test_copies);
    return g_test_run();
}
