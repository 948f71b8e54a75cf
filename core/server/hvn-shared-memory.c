/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guest memory that a client shares by file descriptors: one mmap() a region, and a table of guest addresses over them. */

#include "hvn-shared-memory.h"

#include "hvn-memory-guard.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MAX_REGIONS     65535
#define PRIVATE_RAM_MIN (1024 * 1024) /* firmware ROMs without a descriptor are smaller */

typedef struct {
    guint64         addr;
    guint64         size;
    void           *mapping; /* NULL when there is no descriptor */
    gsize           mapping_size;
    HvnMemoryGuard *guard; /* NULL when the file cannot shrink */
    gboolean        readable;
    gboolean        writable;
} HvnSharedRegion;

struct _HvnSharedMemory {
    HvnGuestMemory *guest;
    GArray         *regions; /* HvnSharedRegion, unordered */
    guint           n_private; /* regions of memory without a descriptor */
    gint            broken;  /* atomic: a file was truncated under its mapping */
};

HvnSharedMemory *
hvn_shared_memory_new(void)
{
    HvnSharedMemory *self = g_new0(HvnSharedMemory, 1);

    self->guest = hvn_guest_memory_new();
    self->regions = g_array_new(FALSE, FALSE, sizeof(HvnSharedRegion));
    return self;
}

void
hvn_shared_memory_free(HvnSharedMemory *self)
{
    if (self == NULL)
        return;
    hvn_shared_memory_clear(self);
    hvn_guest_memory_free(self->guest);
    g_array_unref(self->regions);
    g_free(self);
}

HvnGuestMemory *
hvn_shared_memory_get_guest(HvnSharedMemory *self)
{
    return self->guest;
}

/* without a descriptor: memory, or firmware that is mapped for processors alone */
static gboolean
hvn_shared_region_is_private(const HvnSharedRegion *region)
{
    return region->mapping == NULL && (region->writable || (region->readable && region->size >= PRIVATE_RAM_MIN));
}

gboolean
hvn_shared_memory_has_private(const HvnSharedMemory *self)
{
    return self->n_private > 0;
}

HvnSharedMemoryKind
hvn_shared_memory_find(const HvnSharedMemory *self, guint64 addr, gboolean write, gsize *len)
{
    for (guint i = 0; i < self->regions->len; i++) {
        const HvnSharedRegion *region = &g_array_index(self->regions, HvnSharedRegion, i);
        guint64                offset = addr - region->addr;

        if (offset >= region->size)
            continue;
        *len = MIN(*len, region->size - offset);
        if (write ? !region->writable : !region->readable && region->mapping == NULL)
            return HVN_SHARED_MEMORY_NONE;
        if (region->mapping != NULL)
            return HVN_SHARED_MEMORY_MAPPED;
        return hvn_shared_region_is_private(region) ? HVN_SHARED_MEMORY_PRIVATE : HVN_SHARED_MEMORY_NONE;
    }
    return HVN_SHARED_MEMORY_NONE;
}

gboolean
hvn_shared_memory_get_broken(const HvnSharedMemory *self)
{
    return __atomic_load_n(&self->broken, __ATOMIC_ACQUIRE) != 0;
}

static gboolean
hvn_shared_memory_overlaps(const HvnSharedMemory *self, guint64 addr, guint64 size)
{
    for (guint i = 0; i < self->regions->len; i++) {
        const HvnSharedRegion *region = &g_array_index(self->regions, HvnSharedRegion, i);
        if (addr < region->addr + region->size && region->addr < addr + size)
            return TRUE;
    }
    return FALSE;
}

/* what can be mapped by itself: huge pages are mapped whole */
static gsize
hvn_shared_memory_get_granule(int fd)
{
    struct statfs fs;

    if (fstatfs(fd, &fs) == 0 && fs.f_type == HUGETLBFS_MAGIC)
        return fs.f_bsize;
    return sysconf(_SC_PAGESIZE);
}

static gboolean
hvn_shared_memory_can_shrink(int fd)
{
    int seals = fcntl(fd, F_GET_SEALS);

    return seals < 0 || (seals & F_SEAL_SHRINK) == 0;
}

/* The file must hold the whole region: a page beyond its end would be a SIGBUS at the first access. */
static int
hvn_shared_memory_map_fd(HvnSharedMemory *self, HvnSharedRegion *region, int fd, guint64 fd_offset, gboolean writable, guint8 **host)
{
    gsize       granule = hvn_shared_memory_get_granule(fd);
    guint64     start = fd_offset & ~((guint64)granule - 1);
    guint64     lead = fd_offset - start;
    struct stat st;

    if (fstat(fd, &st) != 0)
        return errno;
    if (st.st_size < 0 || fd_offset > (guint64)st.st_size || region->size > (guint64)st.st_size - fd_offset)
        return EINVAL;
    region->mapping_size = (region->size + lead + granule - 1) & ~(granule - 1);
    region->mapping = mmap(NULL, region->mapping_size, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED | MAP_NORESERVE, fd, start);
    if (region->mapping == MAP_FAILED) {
        region->mapping = NULL;
        return errno;
    }
    if (hvn_shared_memory_can_shrink(fd))
        region->guard = hvn_memory_guard_add(region->mapping, region->mapping_size, granule, &self->broken);
    *host = (guint8 *)region->mapping + lead;
    return 0;
}

static void
hvn_shared_memory_unmap(HvnSharedRegion *region)
{
    hvn_memory_guard_remove(region->guard);
    munmap(region->mapping, region->mapping_size);
}

int
hvn_shared_memory_add(HvnSharedMemory *self, guint64 addr, guint64 size, int fd, guint64 fd_offset, gboolean readable, gboolean writable)
{
    HvnSharedRegion region = {.addr = addr, .size = size, .readable = readable, .writable = writable};
    guint8         *host = NULL;
    int             result;

    if (size == 0 || addr + size < addr || size > G_MAXSSIZE || fd_offset + size < fd_offset)
        return EINVAL;
    if (hvn_shared_memory_overlaps(self, addr, size))
        return EEXIST;
    if (self->regions->len >= MAX_REGIONS)
        return ENOSPC;
    if (fd >= 0 && (readable || writable)) {
        result = hvn_shared_memory_map_fd(self, &region, fd, fd_offset, writable, &host);
        if (result != 0)
            return result;
        if (!hvn_guest_memory_add(self->guest, addr, size, host, writable, NULL)) {
            hvn_shared_memory_unmap(&region);
            return EINVAL;
        }
    }
    self->n_private += hvn_shared_region_is_private(&region);
    g_array_append_val(self->regions, region);
    return 0;
}

static void
hvn_shared_memory_drop(HvnSharedMemory *self, guint index)
{
    HvnSharedRegion *region = &g_array_index(self->regions, HvnSharedRegion, index);

    self->n_private -= hvn_shared_region_is_private(region);
    if (region->mapping != NULL) {
        hvn_guest_memory_remove(self->guest, region->addr, region->size);
        hvn_shared_memory_unmap(region);
    }
    g_array_remove_index_fast(self->regions, index);
}

int
hvn_shared_memory_remove(HvnSharedMemory *self, guint64 addr, guint64 size)
{
    for (guint i = 0; i < self->regions->len; i++) {
        const HvnSharedRegion *region = &g_array_index(self->regions, HvnSharedRegion, i);
        if (region->addr == addr && region->size == size) {
            hvn_shared_memory_drop(self, i);
            return 0;
        }
    }
    return ENOENT;
}

void
hvn_shared_memory_clear(HvnSharedMemory *self)
{
    while (self->regions->len > 0)
        hvn_shared_memory_drop(self, self->regions->len - 1);
}
