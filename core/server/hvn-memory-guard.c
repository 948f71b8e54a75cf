/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Survives files that are truncated under their mapping: a list of guarded ranges that the handler of SIGBUS can walk at any moment. Nodes
 * are reused and never freed, and the fields that the handler reads are atomic; there are as many as were ever guarded at once. */

#include "hvn-memory-guard.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>

struct _HvnMemoryGuard {
    HvnMemoryGuard *next;
    guintptr        start; /* 0 while not in use; written last when it is set, first when it is cleared */
    gsize           len;
    gsize           granule;
    gint           *hit;
};

static HvnMemoryGuard *hvn_memory_guards; /* atomic; only ever grows at its head */
static GMutex          hvn_memory_guard_lock;
static struct sigaction hvn_memory_guard_before; /* who had the signal */

/* Only async-signal-safe things from here: loads, stores and mmap(), a plain system call. */
static gboolean
hvn_memory_guard_patch(guintptr addr)
{
    for (HvnMemoryGuard *guard = __atomic_load_n(&hvn_memory_guards, __ATOMIC_ACQUIRE); guard != NULL; guard = guard->next) {
        guintptr start = __atomic_load_n(&guard->start, __ATOMIC_ACQUIRE);
        guintptr page;

        if (start == 0 || addr < start || addr - start >= guard->len)
            continue;
        page = addr & ~(guintptr)(guard->granule - 1);
        if (mmap((void *)page, guard->granule, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) ==
            MAP_FAILED)
            return FALSE;
        __atomic_store_n(guard->hit, 1, __ATOMIC_RELEASE);
        return TRUE;
    }
    return FALSE;
}

/* Not ours: the one before gets the signal when the access is tried again. */
static void
hvn_memory_guard_signalled(int number, siginfo_t *info, void *context)
{
    int saved = errno;

    if (info->si_code <= 0 || !hvn_memory_guard_patch((guintptr)info->si_addr))
        sigaction(SIGBUS, &hvn_memory_guard_before, NULL);
    errno = saved;
}

static void
hvn_memory_guard_install(void)
{
    static gsize     installed;
    struct sigaction action = {.sa_sigaction = hvn_memory_guard_signalled, .sa_flags = SA_SIGINFO};

    if (!g_once_init_enter(&installed))
        return;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &hvn_memory_guard_before);
    g_once_init_leave(&installed, 1);
}

static HvnMemoryGuard *
hvn_memory_guard_get_free(void)
{
    HvnMemoryGuard *guard = hvn_memory_guards;

    while (guard != NULL && guard->start != 0)
        guard = guard->next;
    if (guard != NULL)
        return guard;
    guard = g_new0(HvnMemoryGuard, 1);
    guard->next = hvn_memory_guards;
    __atomic_store_n(&hvn_memory_guards, guard, __ATOMIC_RELEASE);
    return guard;
}

HvnMemoryGuard *
hvn_memory_guard_add(void *start, gsize len, gsize granule, gint *hit)
{
    HvnMemoryGuard *self;

    hvn_memory_guard_install();
    g_mutex_lock(&hvn_memory_guard_lock);
    self = hvn_memory_guard_get_free();
    self->len = len;
    self->granule = granule;
    self->hit = hit;
    __atomic_store_n(&self->start, (guintptr)start, __ATOMIC_RELEASE);
    g_mutex_unlock(&hvn_memory_guard_lock);
    return self;
}

void
hvn_memory_guard_remove(HvnMemoryGuard *self)
{
    if (self == NULL)
        return;
    g_mutex_lock(&hvn_memory_guard_lock);
    __atomic_store_n(&self->start, 0, __ATOMIC_RELEASE);
    g_mutex_unlock(&hvn_memory_guard_lock);
}
