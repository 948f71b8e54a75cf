/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Regions that a client shares: offsets that are not pages, overlaps, files that are too short, memory without a descriptor,
 * files that are truncated under us (hvn-memory-guard.c). */

#include "hvn-shared-memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096u

static int
make_memory(gsize size)
{
    int fd = memfd_create("test", MFD_CLOEXEC);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(ftruncate(fd, size), ==, 0);
    for (gsize i = 0; i < size; i += 256) {
        guint8 page[256];
        memset(page, i / 256, sizeof page);
        g_assert_cmpint(pwrite(fd, page, sizeof page, i), ==, sizeof page);
    }
    return fd;
}

static void
test_read_and_write(void)
{
    g_autoptr(HvnSharedMemory) memory = hvn_shared_memory_new();
    HvnGuestMemory            *guest = hvn_shared_memory_get_guest(memory);
    int                        fd = make_memory(8 * PAGE);
    guint8                     byte = 0;

    g_assert_cmpint(hvn_shared_memory_add(memory, 0x100000, 4 * PAGE, fd, PAGE + 256, TRUE, TRUE), ==, 0);
    g_assert_true(hvn_guest_memory_read(guest, 0x100000, &byte, 1));
    g_assert_cmpuint(byte, ==, 17);
    g_assert_true(hvn_guest_memory_read(guest, 0x100000 + 4 * PAGE - 1, &byte, 1));
    g_assert_cmpuint(byte, ==, 80);
    g_assert_false(hvn_guest_memory_read(guest, 0x100000 + 4 * PAGE, &byte, 1));
    byte = 0xaa;
    g_assert_true(hvn_guest_memory_write(guest, 0x100001, &byte, 1));
    byte = 0;
    g_assert_cmpint(pread(fd, &byte, 1, PAGE + 257), ==, 1);
    g_assert_cmpuint(byte, ==, 0xaa);
    close(fd);
    g_assert_true(hvn_guest_memory_read(guest, 0x100001, &byte, 1)); /* the mapping needs no descriptor */
    g_assert_cmpint(hvn_shared_memory_remove(memory, 0x100000, PAGE), ==, ENOENT);
    g_assert_cmpint(hvn_shared_memory_remove(memory, 0x100000, 4 * PAGE), ==, 0);
    g_assert_false(hvn_guest_memory_read(guest, 0x100001, &byte, 1));
}

/* a client takes the file away under us: reads find nothing, and nothing else happens */
static void
test_truncated(void)
{
    g_autoptr(HvnSharedMemory) memory = hvn_shared_memory_new();
    g_autoptr(HvnSharedMemory) other = hvn_shared_memory_new();
    HvnGuestMemory            *guest = hvn_shared_memory_get_guest(memory);
    int                        fd = make_memory(8 * PAGE);
    guint8                     bytes[2 * PAGE];

    g_assert_cmpint(hvn_shared_memory_add(memory, 0, 8 * PAGE, fd, 0, TRUE, TRUE), ==, 0);
    g_assert_cmpint(hvn_shared_memory_add(other, 0, PAGE, fd, 0, TRUE, TRUE), ==, 0);
    g_assert_cmpint(ftruncate(fd, PAGE), ==, 0);
    g_assert_false(hvn_shared_memory_get_broken(memory));
    g_assert_true(hvn_guest_memory_read(guest, PAGE / 2, bytes, 2 * PAGE));
    g_assert_cmpuint(bytes[0], ==, 8);
    g_assert_cmpuint(bytes[PAGE], ==, 0);
    g_assert_true(hvn_guest_memory_write(guest, 6 * PAGE, bytes, 2 * PAGE));
    g_assert_true(hvn_shared_memory_get_broken(memory));
    g_assert_false(hvn_shared_memory_get_broken(other));
    close(fd);
}

static void
test_read_only(void)
{
    g_autoptr(HvnSharedMemory) memory = hvn_shared_memory_new();
    HvnGuestMemory            *guest = hvn_shared_memory_get_guest(memory);
    int                        fd = make_memory(PAGE);
    guint8                     byte = 1;

    g_assert_cmpint(hvn_shared_memory_add(memory, 0, PAGE, fd, 0, TRUE, FALSE), ==, 0);
    g_assert_true(hvn_guest_memory_read(guest, 0, &byte, 1));
    g_assert_false(hvn_guest_memory_write(guest, 0, &byte, 1));
    close(fd);
}

static void
test_without_descriptor(void)
{
    g_autoptr(HvnSharedMemory) memory = hvn_shared_memory_new();
    guint8                     byte;

    g_assert_cmpint(hvn_shared_memory_add(memory, 0xc0000, 0x20000, -1, 0, TRUE, FALSE), ==, 0);
    g_assert_false(hvn_shared_memory_has_private(memory)); /* a ROM */
    g_assert_cmpint(hvn_shared_memory_add(memory, 0x100000, 64 << 20, -1, 0, TRUE, TRUE), ==, 0);
    g_assert_true(hvn_shared_memory_has_private(memory));
    g_assert_false(hvn_guest_memory_read(hvn_shared_memory_get_guest(memory), 0x100000, &byte, 1));
    g_assert_cmpint(hvn_shared_memory_remove(memory, 0x100000, 64 << 20), ==, 0);
    g_assert_false(hvn_shared_memory_has_private(memory));
}

static void
test_refused(void)
{
    g_autoptr(HvnSharedMemory) memory = hvn_shared_memory_new();
    int                        fd = make_memory(2 * PAGE);

    g_assert_cmpint(hvn_shared_memory_add(memory, 0, 0, fd, 0, TRUE, TRUE), ==, EINVAL);
    g_assert_cmpint(hvn_shared_memory_add(memory, 0, 3 * PAGE, fd, 0, TRUE, TRUE), ==, EINVAL);
    g_assert_cmpint(hvn_shared_memory_add(memory, 0, PAGE, fd, 2 * PAGE, TRUE, TRUE), ==, EINVAL);
    g_assert_cmpint(hvn_shared_memory_add(memory, 0, PAGE, fd, G_MAXUINT64 - PAGE + 2, TRUE, TRUE), ==, EINVAL);
    g_assert_cmpint(hvn_shared_memory_add(memory, G_MAXUINT64 - PAGE + 2, PAGE, fd, 0, TRUE, TRUE), ==, EINVAL);
    g_assert_cmpint(hvn_shared_memory_add(memory, 0, G_MAXUINT64, -1, 0, TRUE, TRUE), ==, EINVAL);
    g_assert_cmpint(hvn_shared_memory_add(memory, PAGE, 2 * PAGE, fd, 0, TRUE, TRUE), ==, 0);
    g_assert_cmpint(hvn_shared_memory_add(memory, 2 * PAGE, PAGE, fd, 0, TRUE, TRUE), ==, EEXIST);
    g_assert_cmpint(hvn_shared_memory_add(memory, 0, 2 * PAGE, -1, 0, TRUE, TRUE), ==, EEXIST);
    g_assert_cmpint(hvn_shared_memory_add(memory, 0, PAGE, fd, 0, TRUE, TRUE), ==, 0);
    hvn_shared_memory_clear(memory);
    g_assert_cmpint(hvn_shared_memory_add(memory, 0, 2 * PAGE, fd, 0, TRUE, TRUE), ==, 0);
    close(fd);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/server/shared-memory/read-and-write", test_read_and_write);
    g_test_add_func("/server/shared-memory/read-only", test_read_only);
    g_test_add_func("/server/shared-memory/without-descriptor", test_without_descriptor);
    g_test_add_func("/server/shared-memory/refused", test_refused);
    g_test_add_func("/server/shared-memory/truncated", test_truncated);
    return g_test_run();
}
