/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory table of a vhost-user front-end: the mappings by guest address, and a list that turns the front-end's addresses into
 * those. */

#include "hvn-vhost-user-memory.h"

#include <errno.h>
#include <sys/stat.h>

typedef struct {
    HvnVhostUserRegion region;
    guint8            *host;  /* its first byte; the mapping is that of the shared memory */
    HvnVhostUserPlace  place; /* of the same byte */
} HvnVhostUserMapping;

struct _HvnVhostUserMemory {
    HvnSharedMemory *shared;
    GArray          *mappings; /* HvnVhostUserMapping, unordered */
};

static const HvnVhostUserMapping *
hvn_vhost_user_memory_get(const HvnVhostUserMemory *self, guint index)
{
    return &g_array_index(self->mappings, HvnVhostUserMapping, index);
}

HvnVhostUserMemory *
hvn_vhost_user_memory_new(void)
{
    HvnVhostUserMemory *self = g_new0(HvnVhostUserMemory, 1);

    self->shared = hvn_shared_memory_new();
    self->mappings = g_array_new(FALSE, FALSE, sizeof(HvnVhostUserMapping));
    return self;
}

void
hvn_vhost_user_memory_free(HvnVhostUserMemory *self)
{
    if (self == NULL)
        return;
    hvn_shared_memory_free(self->shared);
    g_array_unref(self->mappings);
    g_free(self);
}

HvnGuestMemory *
hvn_vhost_user_memory_get_guest(HvnVhostUserMemory *self)
{
    return hvn_shared_memory_get_guest(self->shared);
}

gboolean
hvn_vhost_user_memory_get_broken(const HvnVhostUserMemory *self)
{
    return hvn_shared_memory_get_broken(self->shared);
}

static gboolean
hvn_vhost_user_memory_overlaps(const HvnVhostUserMemory *self, guint64 user_addr, guint64 size)
{
    for (guint i = 0; i < self->mappings->len; i++) {
        const HvnVhostUserRegion *region = &hvn_vhost_user_memory_get(self, i)->region;

        if (user_addr < region->user_addr + region->size && region->user_addr < user_addr + size)
            return TRUE;
    }
    return FALSE;
}

int
hvn_vhost_user_memory_add(HvnVhostUserMemory *self, const HvnVhostUserRegion *region, int fd)
{
    HvnVhostUserMapping mapping = {.region = *region};
    struct iovec        piece;
    struct stat         st;
    int                 result;

    if (fd < 0 || region->size == 0 || region->user_addr + region->size < region->user_addr)
        return EINVAL;
    if (hvn_vhost_user_memory_overlaps(self, region->user_addr, region->size))
        return EEXIST;
    if (self->mappings->len >= HVN_VHOST_USER_MAX_SLOTS)
        return ENOSPC;
    result = hvn_shared_memory_add(self->shared, region->guest_addr, region->size, fd, region->mmap_offset, TRUE, TRUE);
    if (result != 0)
        return result;
    hvn_guest_memory_map(hvn_shared_memory_get_guest(self->shared), region->guest_addr, region->size, TRUE, &piece, 1);
    mapping.host = piece.iov_base;
    if (fstat(fd, &st) != 0)
        st.st_dev = st.st_ino = 0;
    mapping.place = (HvnVhostUserPlace){st.st_dev, st.st_ino, region->mmap_offset};
    g_array_append_val(self->mappings, mapping);
    return 0;
}

int
hvn_vhost_user_memory_remove(HvnVhostUserMemory *self, const HvnVhostUserRegion *region)
{
    for (guint i = 0; i < self->mappings->len; i++) {
        const HvnVhostUserRegion *known = &hvn_vhost_user_memory_get(self, i)->region;

        if (known->guest_addr != region->guest_addr || known->user_addr != region->user_addr || known->size != region->size)
            continue;
        g_array_remove_index_fast(self->mappings, i);
        return hvn_shared_memory_remove(self->shared, region->guest_addr, region->size);
    }
    return ENOENT;
}

gpointer
hvn_vhost_user_memory_translate(const HvnVhostUserMemory *self, guint64 user_addr, guint64 len)
{
    for (guint i = 0; i < self->mappings->len; i++) {
        const HvnVhostUserMapping *mapping = hvn_vhost_user_memory_get(self, i);
        guint64                    offset = user_addr - mapping->region.user_addr;

        if (user_addr >= mapping->region.user_addr && offset < mapping->region.size && len <= mapping->region.size - offset)
            return mapping->host + offset;
    }
    return NULL;
}

gboolean
hvn_vhost_user_memory_locate(const HvnVhostUserMemory *self, guint64 user_addr, HvnVhostUserPlace *place)
{
    for (guint i = 0; i < self->mappings->len; i++) {
        const HvnVhostUserMapping *mapping = hvn_vhost_user_memory_get(self, i);
        guint64                    offset = user_addr - mapping->region.user_addr;

        if (user_addr < mapping->region.user_addr || offset >= mapping->region.size)
            continue;
        *place = mapping->place;
        place->offset += offset;
        return TRUE;
    }
    return FALSE;
}

gboolean
hvn_vhost_user_memory_guest_addr(const HvnVhostUserMemory *self, gconstpointer host, guint64 *guest_addr)
{
    for (guint i = 0; i < self->mappings->len; i++) {
        const HvnVhostUserMapping *mapping = hvn_vhost_user_memory_get(self, i);
        gsize                      offset = (gsize)((guintptr)host - (guintptr)mapping->host);

        if (offset >= mapping->region.size)
            continue;
        *guest_addr = mapping->region.guest_addr + offset;
        return TRUE;
    }
    return FALSE;
}

guint64
hvn_vhost_user_memory_get_last(const HvnVhostUserMemory *self)
{
    guint64 last = 0;

    for (guint i = 0; i < self->mappings->len; i++) {
        const HvnVhostUserRegion *region = &hvn_vhost_user_memory_get(self, i)->region;

        last = MAX(last, region->guest_addr + (region->size - 1));
    }
    return last;
}
