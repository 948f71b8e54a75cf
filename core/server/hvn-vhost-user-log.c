/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The dirty log of a front-end that migrates. */

#include "hvn-vhost-user-log.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int
hvn_vhost_user_dirty_log_set(HvnVhostUserDirtyLog *self, int fd, guint64 size, guint64 offset, guint64 last_addr)
{
    guint64     page = offset & ~((guint64)sysconf(_SC_PAGESIZE) - 1);
    guint64     lead = offset - page;
    struct stat st;
    void       *mapping;

    if (size == 0 || size > G_MAXSSIZE - lead || last_addr / HVN_VHOST_USER_LOG_PAGE / 8 >= size)
        return EINVAL;
    if (fstat(fd, &st) != 0)
        return errno;
    if (st.st_size < 0 || offset > (guint64)st.st_size || size > (guint64)st.st_size - offset)
        return EINVAL;
    mapping = mmap(NULL, size + lead, PROT_READ | PROT_WRITE, MAP_SHARED, fd, page);
    if (mapping == MAP_FAILED)
        return errno;
    hvn_vhost_user_dirty_log_clear(self);
    self->mapping = mapping;
    self->mapping_size = size + lead;
    self->bits = (guint8 *)mapping + lead;
    self->size = size;
    self->guard = hvn_memory_guard_add(mapping, size + lead, sysconf(_SC_PAGESIZE), &self->broken);
    return 0;
}

void
hvn_vhost_user_dirty_log_clear(HvnVhostUserDirtyLog *self)
{
    hvn_memory_guard_remove(self->guard);
    if (self->mapping != NULL)
        munmap(self->mapping, self->mapping_size);
    *self = (HvnVhostUserDirtyLog){0};
}

/* The bit is set even where it is set already: a front-end that clears it meanwhile must find it again, and the atomic operation is
 * what orders it behind the write of the page. */
void
hvn_vhost_user_dirty_log_mark(HvnVhostUserDirtyLog *self, guint64 addr, guint64 len)
{
    guint64 page = addr / HVN_VHOST_USER_LOG_PAGE;
    guint64 last;

    if (self->bits == NULL || len == 0)
        return;
    last = (addr + len < addr ? G_MAXUINT64 : addr + (len - 1)) / HVN_VHOST_USER_LOG_PAGE;
    for (; page <= last && page / 8 < self->size; page++)
        __atomic_fetch_or(&self->bits[page / 8], (guint8)(1u << (page % 8)), __ATOMIC_SEQ_CST);
}
