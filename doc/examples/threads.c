/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A session on a thread of its own, in a poll loop of the program's own, and a virtual processor on another thread that reads the
 * NIC's registers. One lock covers everything of the session; nobody holds it while asleep. */
#include <hvnet.h>
#include <poll.h>

typedef struct {
    GMutex         lock; /* of the session and all that is in it */
    GMainContext  *context;
    gboolean       quit; /* under the lock */
} Vmm;

/* ---- the I/O thread: what g_main_context_iteration() does, with the lock released around poll() ---- */

static void
io_iteration(Vmm *self)
{
    GPollFD fds[64]; /* laid out as struct pollfd */
    int priority, timeout_ms, n;

    g_mutex_lock(&self->lock);
    g_main_context_prepare(self->context, &priority);
    n = g_main_context_query(self->context, priority, &timeout_ms, fds, G_N_ELEMENTS(fds));
    g_assert(n <= (int)G_N_ELEMENTS(fds)); /* a real loop makes room and asks again */
    g_mutex_unlock(&self->lock);

    poll((struct pollfd *)fds, n, timeout_ms);

    g_mutex_lock(&self->lock);
    if (g_main_context_check(self->context, priority, fds, n))
        g_main_context_dispatch(self->context);
    g_mutex_unlock(&self->lock);
}

static gboolean
io_ended(Vmm *self)
{
    gboolean quit;

    g_mutex_lock(&self->lock);
    quit = self->quit;
    g_mutex_unlock(&self->lock);
    return quit;
}

static gpointer
io_thread(gpointer data)
{
    Vmm *self = data;

    g_main_context_acquire(self->context);
    while (!io_ended(self))
        io_iteration(self);
    g_main_context_release(self->context);
    return NULL;
}

/* ---- a virtual processor: takes the lock for an access, and wakes the I/O thread for what the access has started ---- */

static void
cpu_config_write(Vmm *self, HvnNic *nic, guint offset, guint32 value, guint size)
{
    g_mutex_lock(&self->lock);
    hvn_nic_config_write(nic, offset, value, size);
    g_mutex_unlock(&self->lock);
    g_main_context_wakeup(self->context);
}

static guint64
cpu_region_read(Vmm *self, HvnNic *nic, guint bar, guint64 offset, guint size)
{
    guint64 value;

    g_mutex_lock(&self->lock);
    value = hvn_nic_region_read(nic, bar, offset, size);
    g_mutex_unlock(&self->lock);
    g_main_context_wakeup(self->context);
    return value;
}

/* ---- the program ---- */

int
main(void)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(context, NULL);
    g_autoptr(HvnRegistry) registry = hvn_registry_new(NULL);
    g_autoptr(HvnConfig) config = hvn_config_new_default();
    g_autoptr(HvnSession) session = NULL;
    g_autoptr(GError) error = NULL;
    Vmm vmm = {.context = context};
    GThread *thread;
    HvnNic *nic;

    if (!hvn_config_finish(config, registry, &error) || !(session = hvn_session_new(config, registry, dispatcher, &error)) ||
        !hvn_session_start(session, &error)) {
        g_printerr("threads: %s\n", error->message);
        return 1;
    }
    nic = hvn_session_find_interface(session, "net0")->nic;
    g_mutex_init(&vmm.lock);
    thread = g_thread_new("vmm-io", io_thread, &vmm);

    cpu_config_write(&vmm, nic, 0x04, HVN_PCI_COMMAND_MEMORY, 2);
    g_print("STATUS of the e1000 reads 0x%08x\n", (guint32)cpu_region_read(&vmm, nic, 0, 0x8, 4));

    g_mutex_lock(&vmm.lock);
    vmm.quit = TRUE;
    g_mutex_unlock(&vmm.lock);
    g_main_context_wakeup(context);
    g_thread_join(thread);
    g_mutex_clear(&vmm.lock);
    hvn_session_stop(session);
    return 0;
}
