/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guest physical memory: an array of regions by address. Devices touch the same region many times in a row, so the region of the
 * last access is tried before the search. */
#include "hvn-guest-memory.h"

#include "hvn-error.h"

#include <string.h>

typedef struct {
    guint64  addr;
    gsize    len;
    guint8  *host; /* not owned */
    gboolean writable;
} HvnGuestRegion;

struct _HvnGuestMemory {
    const HvnGuestRegion *hit;     /* region of the last access: into regions, or &nothing */
    GArray               *regions; /* of HvnGuestRegion, addresses ascending, no overlap */
    HvnGuestRegion        nothing; /* has no bytes */
};

HvnGuestMemory *
hvn_guest_memory_new(void)
{
    HvnGuestMemory *self = g_new0(HvnGuestMemory, 1);

    self->regions = g_array_new(FALSE, FALSE, sizeof(HvnGuestRegion));
    self->hit = &self->nothing;
    return self;
}

void
hvn_guest_memory_free(HvnGuestMemory *self)
{
    if (self == NULL)
        return;
    g_array_unref(self->regions);
    g_free(self);
}

/* the first region that ends at or beyond @addr; the number of regions when there is none */
static guint
hvn_guest_memory_search(const HvnGuestMemory *self, guint64 addr)
{
    guint low = 0;
    guint high = self->regions->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        const HvnGuestRegion *region = &g_array_index(self->regions, HvnGuestRegion, middle);

        if (region->addr + (region->len - 1) < addr)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

gboolean
hvn_guest_memory_add(HvnGuestMemory *self, guint64 addr, gsize len, gpointer host, gboolean writable, GError **error)
{
    HvnGuestRegion region = {.addr = addr, .len = len, .host = host, .writable = writable};
    guint64 last = addr + (len - 1);
    guint at;

    g_return_val_if_fail(self != NULL, FALSE);

    if (len == 0 || last < addr) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
            "memory region at 0x%" G_GINT64_MODIFIER "x of 0x%" G_GSIZE_MODIFIER "x bytes is empty or goes beyond 64 bits", addr, len);
        return FALSE;
    }
    at = hvn_guest_memory_search(self, addr);
    if (at < self->regions->len && g_array_index(self->regions, HvnGuestRegion, at).addr <= last) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
            "memory region at 0x%" G_GINT64_MODIFIER "x of 0x%" G_GSIZE_MODIFIER "x bytes overlaps the one at 0x%" G_GINT64_MODIFIER "x",
            addr, len, g_array_index(self->regions, HvnGuestRegion, at).addr);
        return FALSE;
    }
    g_array_insert_val(self->regions, at, region);
    self->hit = &self->nothing;
    return TRUE;
}

gboolean
hvn_guest_memory_remove(HvnGuestMemory *self, guint64 addr, gsize len)
{
    const HvnGuestRegion *region;
    guint at;

    g_return_val_if_fail(self != NULL, FALSE);

    at = hvn_guest_memory_search(self, addr);
    if (at >= self->regions->len)
        return FALSE;
    region = &g_array_index(self->regions, HvnGuestRegion, at);
    if (region->addr != addr || region->len != len)
        return FALSE;
    g_array_remove_index(self->regions, at);
    self->hit = &self->nothing;
    return TRUE;
}

static guint
hvn_guest_memory_map_regions(HvnGuestMemory *self, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    guint at = hvn_guest_memory_search(self, addr);
    guint used = 0;

    for (; len > 0 && used < n_iov && at < self->regions->len; at++) {
        const HvnGuestRegion *region = &g_array_index(self->regions, HvnGuestRegion, at);
        guint64 offset = addr - region->addr;
        gsize piece;

        if (offset >= region->len || (write && !region->writable))
            return 0;
        piece = MIN(len, region->len - offset);
        iov[used++] = (struct iovec){region->host + offset, piece};
        self->hit = region;
        len -= piece;
        addr += piece;
        if (addr == 0)
            break;
    }
    return len == 0 ? used : 0;
}

guint
hvn_guest_memory_map(HvnGuestMemory *self, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    const HvnGuestRegion *hit = self->hit;
    guint64 offset = addr - hit->addr;

    /* a length of 0 becomes the largest one here */
    if (G_LIKELY(offset < hit->len && len - 1 < hit->len - offset && n_iov > 0 && (hit->writable || !write))) {
        iov[0] = (struct iovec){hit->host + offset, len};
        return 1;
    }
    return hvn_guest_memory_map_regions(self, addr, len, write, iov, n_iov);
}

/* whether all of it is memory; @at is its first region then */
static gboolean
hvn_guest_memory_find(HvnGuestMemory *self, guint64 addr, gsize len, gboolean write, guint *at)
{
    *at = hvn_guest_memory_search(self, addr);
    for (guint i = *at; len > 0 && i < self->regions->len; i++) {
        const HvnGuestRegion *region = &g_array_index(self->regions, HvnGuestRegion, i);
        guint64 offset = addr - region->addr;
        gsize piece;

        if (offset >= region->len || (write && !region->writable))
            return FALSE;
        piece = MIN(len, region->len - offset);
        len -= piece;
        addr += piece;
        if (addr == 0)
            break;
    }
    return len == 0;
}

static gboolean
hvn_guest_memory_copy(HvnGuestMemory *self, guint64 addr, guint8 *buf, gsize len, gboolean write)
{
    guint at;

    if (len == 0 || !hvn_guest_memory_find(self, addr, len, write, &at))
        return FALSE;
    for (; len > 0; at++) {
        const HvnGuestRegion *region = &g_array_index(self->regions, HvnGuestRegion, at);
        guint64 offset = addr - region->addr;
        gsize piece = MIN(len, region->len - offset);

        if (write)
            memcpy(region->host + offset, buf, piece);
        else
            memcpy(buf, region->host + offset, piece);
        self->hit = region;
        buf += piece;
        len -= piece;
        addr += piece;
    }
    return TRUE;
}

gboolean
hvn_guest_memory_read(HvnGuestMemory *self, guint64 addr, gpointer buf, gsize len)
{
    struct iovec piece;

    if (G_UNLIKELY(hvn_guest_memory_map(self, addr, len, FALSE, &piece, 1) == 0))
        return hvn_guest_memory_copy(self, addr, buf, len, FALSE);
    memcpy(buf, piece.iov_base, len);
    return TRUE;
}

gboolean
hvn_guest_memory_write(HvnGuestMemory *self, guint64 addr, gconstpointer buf, gsize len)
{
    struct iovec piece;

    if (G_UNLIKELY(hvn_guest_memory_map(self, addr, len, TRUE, &piece, 1) == 0))
        return hvn_guest_memory_copy(self, addr, (guint8 *)buf, len, TRUE);
    memcpy(piece.iov_base, buf, len);
    return TRUE;
}
