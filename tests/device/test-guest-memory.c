/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Regions of guest memory: adding, removing, pieces across neighbours, holes, read-only parts, the ends of the address space. */
#include "hvn-error.h"
#include "hvn-guest-memory.h"

#include <string.h>

static guint8 a[0x100];
static guint8 b[0x100];
static guint8 top[0x100];

/* a at 0x1000, b right behind it and read only, a hole, top at the end of 64 bits */
static HvnGuestMemory *
make(void)
{
    HvnGuestMemory *self = hvn_guest_memory_new();

    memset(a, 'a', sizeof a);
    memset(b, 'b', sizeof b);
    memset(top, 't', sizeof top);
    g_assert_true(hvn_guest_memory_add(self, G_MAXUINT64 - 0xff, 0x100, top, TRUE, NULL));
    g_assert_true(hvn_guest_memory_add(self, 0x1100, 0x100, b, FALSE, NULL));
    g_assert_true(hvn_guest_memory_add(self, 0x1000, 0x100, a, TRUE, NULL));
    return self;
}

static void
test_pieces(void)
{
    g_autoptr(HvnGuestMemory) self = make();
    struct iovec iov[2];
    guint8 buf[0x200];

    g_assert_cmpuint(hvn_guest_memory_map(self, 0x1000, 0x100, TRUE, iov, 1), ==, 1);
    g_assert_true(iov[0].iov_base == a && iov[0].iov_len == 0x100);
    g_assert_cmpuint(hvn_guest_memory_map(self, 0x10f0, 0x20, FALSE, iov, 2), ==, 2);
    g_assert_true(iov[0].iov_base == a + 0xf0 && iov[0].iov_len == 0x10);
    g_assert_true(iov[1].iov_base == b && iov[1].iov_len == 0x10);
    g_assert_cmpuint(hvn_guest_memory_map(self, 0x10f0, 0x20, FALSE, iov, 1), ==, 0);
    g_assert_cmpuint(hvn_guest_memory_map(self, 0x10f0, 0x20, TRUE, iov, 2), ==, 0);
    g_assert_cmpuint(hvn_guest_memory_map(self, 0x1000, 1, FALSE, iov, 0), ==, 0);
    g_assert_true(hvn_guest_memory_read(self, 0x1000, buf, 0x200));
    g_assert_true(buf[0xff] == 'a' && buf[0x100] == 'b');
}

static void
test_holes(void)
{
    g_autoptr(HvnGuestMemory) self = make();
    struct iovec iov[4];
    guint8 buf[0x300] = {0};
    const struct {
        guint64 addr;
        gsize   len;
    } bad[] = {
        {0xfff, 1}, {0xfff, 2}, {0x1200, 1}, {0x11ff, 2}, {0x1000, 0}, {0x1000, 0x201}, {0, G_MAXSIZE}, {0x1000, G_MAXSIZE},
        {G_MAXUINT64, 2}, {G_MAXUINT64 - 0xff, 0x101}, {G_MAXUINT64, G_MAXSIZE}, {0, 1}, {G_MAXUINT64 - 0x100, 1},
    };

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        /* once with the cache somewhere else, once in the region */
        g_assert_cmpuint(hvn_guest_memory_map(self, bad[i].addr, bad[i].len, FALSE, iov, 4), ==, 0);
        g_assert_true(hvn_guest_memory_read(self, 0x1000, buf, 1));
        g_assert_cmpuint(hvn_guest_memory_map(self, bad[i].addr, bad[i].len, FALSE, iov, 4), ==, 0);
        g_assert_false(hvn_guest_memory_read(self, bad[i].addr, buf, bad[i].len));
        g_assert_false(hvn_guest_memory_write(self, bad[i].addr, buf, bad[i].len));
    }
    g_assert_true(hvn_guest_memory_read(self, G_MAXUINT64, buf, 1));
    g_assert_cmpuint(hvn_guest_memory_map(self, G_MAXUINT64 - 0xff, 0x100, TRUE, iov, 1), ==, 1);
}

static void
test_write(void)
{
    g_autoptr(HvnGuestMemory) self = make();

    g_assert_false(hvn_guest_memory_write(self, 0x10fe, "wxyz", 4));
    g_assert_cmpint(a[0xfe], ==, 'a'); /* nothing was written */
    g_assert_true(hvn_guest_memory_write(self, 0x10fe, "wx", 2));
    g_assert_cmpmem(a + 0xfe, 2, "wx", 2);
    g_assert_false(hvn_guest_memory_write(self, 0x1100, "w", 1));
    g_assert_cmpint(b[0], ==, 'b');
}

static void
test_errors(void)
{
    g_autoptr(HvnGuestMemory) self = make();
    const struct {
        guint64 addr;
        gsize   len;
    } bad[] = {{0x1000, 1}, {0xfff, 2}, {0x11ff, 2}, {0, 0x2000}, {0x2000, 0}, {G_MAXUINT64, 2}, {0, G_MAXSIZE}};
    guint8 byte;

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_false(hvn_guest_memory_add(self, bad[i].addr, bad[i].len, &byte, TRUE, &error));
        g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    }
    g_assert_false(hvn_guest_memory_remove(self, 0x1000, 0x80));
    g_assert_false(hvn_guest_memory_remove(self, 0x1001, 0x100));
    g_assert_true(hvn_guest_memory_read(self, 0x1000, &byte, 1));
    g_assert_true(hvn_guest_memory_remove(self, 0x1000, 0x100));
    g_assert_false(hvn_guest_memory_read(self, 0x1000, &byte, 1));
    g_assert_false(hvn_guest_memory_remove(self, 0x1000, 0x100));
    g_assert_true(hvn_guest_memory_add(self, 0x1000, 0x100, a, TRUE, NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/device/guest-memory/pieces", test_pieces);
    g_test_add_func("/device/guest-memory/holes", test_holes);
    g_test_add_func("/device/guest-memory/write", test_write);
    g_test_add_func("/device/guest-memory/errors", test_errors);
    return g_test_run();
}
