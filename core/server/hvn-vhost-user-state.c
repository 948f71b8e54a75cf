/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records of packed rings in a file. Each change is one store that makes it valid, so that a process may be killed anywhere. */
#include "hvn-vhost-user-state.h"

#include "hvn-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSION 1

struct _HvnVhostUserState {
    HvnVhostUserRecord *records; /* a mapping */
    guint               n_rings;
};

/* a file that somebody makes shorter would end the process, so a memfd is sealed against that */
static gboolean
hvn_vhost_user_state_prepare(int fd, gsize size, GError **error)
{
    struct stat st;

    if (fstat(fd, &st) != 0 || (st.st_size < (off_t)size && ftruncate(fd, (off_t)size) != 0)) {
        hvn_set_error_errno(error, errno, "cannot make the state file %zu bytes long", size);
        return FALSE;
    }
    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK);
    return TRUE;
}

HvnVhostUserState *
hvn_vhost_user_state_new(int fd, guint n_rings, GError **error)
{
    gsize size = n_rings * sizeof(HvnVhostUserRecord);
    HvnVhostUserState *self;
    void *mapping;

    if (fd >= 0 && !hvn_vhost_user_state_prepare(fd, size, error))
        return NULL;
    mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, fd, 0);
    if (mapping == MAP_FAILED) {
        hvn_set_error_errno(error, errno, "cannot map %zu bytes of state", size);
        return NULL;
    }
    self = g_new0(HvnVhostUserState, 1);
    self->records = mapping;
    self->n_rings = n_rings;
    return self;
}

void
hvn_vhost_user_state_free(HvnVhostUserState *self)
{
    if (self == NULL)
        return;
    munmap(self->records, self->n_rings * sizeof *self->records);
    g_free(self);
}

HvnVhostUserRecord *
hvn_vhost_user_state_get_record(HvnVhostUserState *self, guint ring)
{
    g_return_val_if_fail(ring < self->n_rings, NULL);

    return &self->records[ring];
}

/* ---- a record ---- */

static void
hvn_vhost_user_record_store(HvnVhostUserRecord *self, guint32 current)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(&self->current, current, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

gboolean
hvn_vhost_user_record_matches(const HvnVhostUserRecord *self, const HvnVhostUserIdentity *identity)
{
    guint32 current = __atomic_load_n(&self->current, __ATOMIC_ACQUIRE);
    HvnVhostUserIdentity wanted = *identity;

    wanted.version = VERSION;
    return current >= 1 && current <= G_N_ELEMENTS(self->identities) &&
           memcmp(&self->identities[current - 1], &wanted, sizeof wanted) == 0;
}

void
hvn_vhost_user_record_set(HvnVhostUserRecord *self, const HvnVhostUserIdentity *identity)
{
    guint32 other = self->current == 1 ? 1 : 0;

    self->identities[other] = *identity;
    self->identities[other].version = VERSION;
    hvn_vhost_user_record_store(self, other + 1);
}

void
hvn_vhost_user_record_clear(HvnVhostUserRecord *self)
{
    hvn_vhost_user_record_store(self, 0);
}
