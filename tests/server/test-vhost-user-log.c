/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The dirty log: which bits a write sets, what bitmaps are refused, and the log of a running device while its client migrates. */

#include "hvn-vhost-fixture.h"

#include "hvn-vhost-user-log.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096u

static void
test_mark(void)
{
    HvnVhostUserDirtyLog log = {0};
    int                  fd = memfd_create("log", MFD_CLOEXEC);
    guint8               bits[4];

    hvn_vhost_user_dirty_log_mark(&log, 0, 1); /* without a log */
    g_assert_cmpint(ftruncate(fd, 100), ==, 0);
    g_assert_cmpint(hvn_vhost_user_dirty_log_set(&log, fd, 4, 7, 32 * PAGE - 1), ==, 0);
    hvn_vhost_user_dirty_log_mark(&log, 0, 0);
    hvn_vhost_user_dirty_log_mark(&log, PAGE - 1, 2);           /* pages 0 and 1 */
    hvn_vhost_user_dirty_log_mark(&log, 9 * PAGE, PAGE);        /* page 9 */
    hvn_vhost_user_dirty_log_mark(&log, 31 * PAGE, 100 * PAGE); /* page 31, and what the log does not have */
    hvn_vhost_user_dirty_log_mark(&log, G_MAXUINT64, 5);        /* wraps */
    g_assert_cmpint(pread(fd, bits, sizeof bits, 7), ==, sizeof bits);
    g_assert_cmpmem(bits, 4, "\x03\x02\x00\x80", 4);
    /* one that is refused leaves the one before */
    g_assert_cmpint(hvn_vhost_user_dirty_log_set(&log, fd, 4, 7, 32 * PAGE), ==, EINVAL);
    g_assert_cmpint(hvn_vhost_user_dirty_log_set(&log, fd, 94, 7, 0), ==, EINVAL);
    hvn_vhost_user_dirty_log_mark(&log, 16 * PAGE, 1);
    g_assert_cmpint(pread(fd, bits, sizeof bits, 7), ==, sizeof bits);
    g_assert_cmphex(bits[2], ==, 1);
    hvn_vhost_user_dirty_log_clear(&log);
    close(fd);
}

static void
test_migration(Fixture *f, gconstpointer data)
{
    HvnVhostClient *c = &f->client;
    const guint64   last = (HVN_VHOST_CLIENT_GPA_BASE + HVN_VHOST_CLIENT_RAM - 1) / 4096;
    HvnVhostUserLog log = {.mmap_size = last / 8 + 1, .mmap_offset = 4096};
    guint64         buffer = HVN_VHOST_CLIENT_GPA_BASE + (hvn_vhost_client_buffer(c, 0, 0) - c->ram);
    int             fd = memfd_create("log", MFD_CLOEXEC);
    guint8         *bits;
    guint           n_dirty = 0;

    g_assert_cmpint(ftruncate(fd, 4096 + log.mmap_size), ==, 0);
    bits = (guint8 *)mmap(NULL, 4096 + log.mmap_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) + 4096;
    fixture_start(f);
    fixture_expect_traffic(f, "quiet");
    g_assert_cmpuint(hvn_vhost_client_set(c, HVN_VHOST_USER_SET_LOG_BASE, &log, sizeof log, &fd, 1), ==, 0);
    fixture_expect_traffic(f, "not yet");
    g_assert_cmpuint(hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_FEATURES, LOGGED), ==, 0);
    for (guint i = 0; i < 2; i++) {
        HvnVhostUserVringAddr addr = hvn_vhost_client_ring_addr(i);

        addr.flags = 1;
        addr.log = HVN_VHOST_CLIENT_GPA_BASE + (addr.used - HVN_VHOST_CLIENT_USER_BASE);
        g_assert_cmpuint(hvn_vhost_client_set(c, HVN_VHOST_USER_SET_VRING_ADDR, &addr, sizeof addr, NULL, 0), ==, 0);
    }
    for (gsize i = 0; i < log.mmap_size; i++)
        g_assert_cmphex(bits[i], ==, 0);
    fixture_expect_traffic(f, "logged");
    for (gsize i = 0; i < log.mmap_size; i++)
        n_dirty += (bits[i] & 1) + (bits[i] >> 1 & 1) + (bits[i] >> 2 & 1) + (bits[i] >> 3 & 1) + (bits[i] >> 4 & 1) +
                   (bits[i] >> 5 & 1) + (bits[i] >> 6 & 1) + (bits[i] >> 7 & 1);
    g_assert_cmpuint(n_dirty, ==, 3); /* a buffer and two used rings */
    buffer += 2 * HVN_VHOST_CLIENT_BUFFER; /* the third chain */
    g_assert_cmphex(bits[buffer / 4096 / 8] & 1 << (buffer / 4096 % 8), !=, 0);
    buffer = (HVN_VHOST_CLIENT_GPA_BASE + hvn_vhost_client_ring_addr(1).used - HVN_VHOST_CLIENT_USER_BASE) / 4096;
    g_assert_cmphex(bits[buffer / 8] & 1 << (buffer % 8), !=, 0);
    /* and off again */
    memset(bits, 0, log.mmap_size);
    g_assert_cmpuint(hvn_vhost_client_set_u64(c, HVN_VHOST_USER_SET_FEATURES, FEATURES), ==, 0);
    fixture_expect_traffic(f, "quiet");
    for (gsize i = 0; i < log.mmap_size; i++)
        g_assert_cmphex(bits[i], ==, 0);
    munmap(bits - 4096, 4096 + log.mmap_size);
    close(fd);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/server/vhost-user-log/mark", test_mark);
    g_test_add("/server/vhost-user-log/migration", Fixture, NULL, fixture_set_up, test_migration, fixture_tear_down);
    return g_test_run();
}
