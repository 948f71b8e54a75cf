/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The three addresses of a region, and what is no region. */

#include "hvn-vhost-user-memory.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096u

static void
test_addresses(void)
{
    g_autoptr(HvnVhostUserMemory) memory = hvn_vhost_user_memory_new();
    const HvnVhostUserRegion      low = {0x10000, 2 * PAGE, 0x7000000, 0}, high = {0x90000, PAGE, 0x7000000 + 2 * PAGE, 2 * PAGE};
    int                           fd = memfd_create("ram", MFD_CLOEXEC);
    guint8                       *host;
    guint64                       guest_addr = 0;

    g_assert_cmpint(ftruncate(fd, 3 * PAGE), ==, 0);
    g_assert_cmpuint(hvn_vhost_user_memory_get_last(memory), ==, 0);
    g_assert_cmpint(hvn_vhost_user_memory_add(memory, &low, fd), ==, 0);
    g_assert_cmpint(hvn_vhost_user_memory_add(memory, &high, fd), ==, 0);
    g_assert_cmphex(hvn_vhost_user_memory_get_last(memory), ==, 0x90000 + PAGE - 1);
    host = hvn_vhost_user_memory_translate(memory, 0x7000000 + PAGE, PAGE);
    g_assert_nonnull(host);
    host[5] = 7;
    g_assert_true(hvn_guest_memory_read(hvn_vhost_user_memory_get_guest(memory), 0x10000 + PAGE + 5, &guest_addr, 1));
    g_assert_cmpuint(guest_addr, ==, 7);
    g_assert_true(hvn_vhost_user_memory_guest_addr(memory, host + 5, &guest_addr));
    g_assert_cmphex(guest_addr, ==, 0x10000 + PAGE + 5);
    g_assert_false(hvn_vhost_user_memory_guest_addr(memory, &guest_addr, &guest_addr));
    g_assert_null(hvn_vhost_user_memory_translate(memory, 0x7000000 + PAGE, PAGE + 1)); /* over two regions */
    g_assert_null(hvn_vhost_user_memory_translate(memory, 0x7000000 + PAGE, G_MAXUINT64));
    g_assert_null(hvn_vhost_user_memory_translate(memory, 0x6ffffff, 1));
    g_assert_null(hvn_vhost_user_memory_translate(memory, 0x7000000 + 3 * PAGE, 1));
    g_assert_cmpint(hvn_vhost_user_memory_remove(memory, &low), ==, 0);
    g_assert_cmpint(hvn_vhost_user_memory_remove(memory, &low), ==, ENOENT);
    g_assert_null(hvn_vhost_user_memory_translate(memory, 0x7000000 + PAGE, PAGE));
    g_assert_nonnull(hvn_vhost_user_memory_translate(memory, high.user_addr, PAGE));
    close(fd);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/server/vhost-user-memory/addresses", test_addresses);
    return g_test_run();
}
