/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The poll set is a table by fd. An fd keeps its tag in the GSource while libslirp asks for it; only a change of its events costs
 * a call. libslirp is asked once after it was called, not in each iteration. */
#include "hvn-user-source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SPARE_FDS  4      /* libslirp opens up to two descriptors for one connection on a unix socket */
#define RETRY_US   250000 /* how long connections are held back without spare descriptors */
#define LONGEST_MS 1000

/* one fd that libslirp wants */
typedef struct {
    gpointer tag; /* in the GSource; NULL while it is not polled */
    int events;   /* SLIRP_POLL_* that were asked for */
    guint round;  /* the fill that asked last */
} Slot;

struct _HvnUserSource {
    GSource source; /* first, so that the two are one */
    Slirp *slirp;
    const HvnUserSourceFuncs *funcs;
    gpointer data;
    GArray *slots;   /* of Slot, by fd */
    GArray *active;  /* of int: fds with a tag */
    GArray *guarded; /* of int: listening unix sockets */
    guint round;
    gboolean changed;     /* libslirp was called since the last fill */
    gboolean hurry;       /* the next fill is due at once */
    gboolean needs_guard; /* SIGPIPE is not ignored */
    gint64 deadline_us;   /* when libslirp wants to be called whatever happens */
    gint64 starved_us;    /* until when guarded sockets are held back */
};

static GIOCondition
hvn_user_source_condition(int events)
{
    return (GIOCondition)(((events & SLIRP_POLL_IN) != 0 ? G_IO_IN : 0) | ((events & SLIRP_POLL_OUT) != 0 ? G_IO_OUT : 0) |
                          ((events & SLIRP_POLL_PRI) != 0 ? G_IO_PRI : 0) | ((events & SLIRP_POLL_ERR) != 0 ? G_IO_ERR : 0) |
                          ((events & SLIRP_POLL_HUP) != 0 ? G_IO_HUP : 0));
}

static int
hvn_user_source_events(GIOCondition condition)
{
    return ((condition & G_IO_IN) != 0 ? SLIRP_POLL_IN : 0) | ((condition & G_IO_OUT) != 0 ? SLIRP_POLL_OUT : 0) |
           ((condition & G_IO_PRI) != 0 ? SLIRP_POLL_PRI : 0) | ((condition & G_IO_ERR) != 0 ? SLIRP_POLL_ERR : 0) |
           ((condition & G_IO_HUP) != 0 ? SLIRP_POLL_HUP : 0);
}

static gboolean
hvn_user_source_is_guarded(HvnUserSource *self, int fd)
{
    for (guint i = 0; i < self->guarded->len; i++) {
        if (g_array_index(self->guarded, int, i) == fd)
            return TRUE;
    }
    return FALSE;
}

static void
hvn_user_source_drop(HvnUserSource *self, int fd)
{
    Slot *slot = &g_array_index(self->slots, Slot, fd);

    if (slot->tag != NULL)
        g_source_remove_unix_fd(&self->source, slot->tag);
    slot->tag = NULL;
}

/* libslirp's question answered: the index of an fd is the fd */
static int
hvn_user_source_add_poll(int fd, int events, void *opaque)
{
    HvnUserSource *self = opaque;
    Slot *slot;

    if (fd < 0)
        return fd;
    if ((guint)fd >= self->slots->len)
        g_array_set_size(self->slots, (guint)fd + 1);
    slot = &g_array_index(self->slots, Slot, fd);
    slot->round = self->round;
    if (self->starved_us != 0 && hvn_user_source_is_guarded(self, fd)) {
        slot->round--;
        return fd;
    }
    if (slot->tag == NULL) {
        slot->tag = g_source_add_unix_fd(&self->source, fd, hvn_user_source_condition(events));
        g_array_append_val(self->active, fd);
    } else if (slot->events != events) {
        g_source_modify_unix_fd(&self->source, slot->tag, hvn_user_source_condition(events));
    }
    slot->events = events;
    return fd;
}

static int
hvn_user_source_ignore_poll(int fd, int events, void *opaque)
{
    return fd;
}

/* libslirp 4.9 gave it a new name, for hosts whose sockets are no ints */
static void
hvn_user_pollfds_fill(Slirp *slirp, guint32 *timeout_ms, SlirpAddPollCb add_poll, gpointer opaque)
{
#if SLIRP_CHECK_VERSION(4, 9, 0)
    slirp_pollfds_fill_socket(slirp, timeout_ms, add_poll, opaque);
#else
    slirp_pollfds_fill(slirp, timeout_ms, add_poll, opaque);
#endif
}

/* fds that the last fill did not ask for leave the source */
static void
hvn_user_source_sweep(HvnUserSource *self)
{
    for (guint i = 0; i < self->active->len;) {
        int fd = g_array_index(self->active, int, i);

        if (g_array_index(self->slots, Slot, fd).round == self->round) {
            i++;
            continue;
        }
        hvn_user_source_drop(self, fd);
        g_array_remove_index_fast(self->active, i);
    }
}

static void
hvn_user_source_fill(HvnUserSource *self, gint64 now_us)
{
    guint32 timeout_ms = LONGEST_MS;
    gboolean congested = self->funcs->congested(self->data);

    if (self->starved_us != 0 && now_us >= self->starved_us)
        self->starved_us = 0;
    self->round++;
    /* a source that is congested polls nothing, but its timers go on */
    hvn_user_pollfds_fill(self->slirp, &timeout_ms, congested ? hvn_user_source_ignore_poll : hvn_user_source_add_poll, self);
    hvn_user_source_sweep(self);
    self->deadline_us = now_us + (gint64)timeout_ms * 1000;
    if (self->starved_us != 0)
        self->deadline_us = MIN(self->deadline_us, self->starved_us);
    if (self->hurry)
        self->deadline_us = now_us;
    self->hurry = FALSE;
    /* libslirp's set is read again once there is room, which the owner reports by hvn_user_source_changed() */
    self->changed = FALSE;
}

static gboolean
hvn_user_source_prepare(GSource *source, gint *timeout_ms)
{
    HvnUserSource *self = (HvnUserSource *)source;
    gint64 now_us = g_get_monotonic_time();

    if (self->changed)
        hvn_user_source_fill(self, now_us);
    *timeout_ms = (gint)CLAMP((self->deadline_us - now_us + 999) / 1000, 0, LONGEST_MS);
    return *timeout_ms == 0;
}

static gboolean
hvn_user_source_check(GSource *source)
{
    HvnUserSource *self = (HvnUserSource *)source;

    for (guint i = 0; i < self->active->len; i++) {
        int fd = g_array_index(self->active, int, i);

        if (g_source_query_unix_fd(source, g_array_index(self->slots, Slot, fd).tag) != 0)
            return TRUE;
    }
    return g_get_monotonic_time() >= self->deadline_us;
}

static gboolean
hvn_user_source_has_spare_fds(void)
{
    int spare[SPARE_FDS];
    gboolean enough = TRUE;

    for (guint i = 0; i < SPARE_FDS; i++) {
        spare[i] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
        enough = enough && (spare[i] >= 0 || errno != EMFILE);
    }
    for (guint i = 0; i < SPARE_FDS; i++) {
        if (spare[i] >= 0)
            close(spare[i]);
    }
    return enough;
}

static int
hvn_user_source_get_revents(int fd, void *opaque)
{
    HvnUserSource *self = opaque;
    const Slot *slot = fd >= 0 && (guint)fd < self->slots->len ? &g_array_index(self->slots, Slot, fd) : NULL;
    int events;

    if (slot == NULL || slot->tag == NULL)
        return 0;
    events = hvn_user_source_events(g_source_query_unix_fd(&self->source, slot->tag));
    /* a burst from many sockets fills the queue within one call: the rest stays in the kernel */
    if (events != 0 && self->funcs->congested(self->data))
        events &= SLIRP_POLL_OUT;
    if ((events & SLIRP_POLL_IN) != 0 && self->guarded->len > 0 && hvn_user_source_is_guarded(self, fd) &&
        !hvn_user_source_has_spare_fds()) {
        self->starved_us = g_get_monotonic_time() + RETRY_US;
        return 0;
    }
    return events;
}

static gboolean
hvn_user_source_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    HvnUserSource *self = (HvnUserSource *)source;
    HvnUserSigpipe guard;

    hvn_user_sigpipe_enter(&guard, self->needs_guard);
    slirp_pollfds_poll(self->slirp, 0, hvn_user_source_get_revents, self);
    hvn_user_sigpipe_leave(&guard);
    self->changed = TRUE;
    self->funcs->dispatched(self->data);
    return G_SOURCE_CONTINUE;
}

static void
hvn_user_source_finalize(GSource *source)
{
    HvnUserSource *self = (HvnUserSource *)source;

    g_clear_pointer(&self->slots, g_array_unref);
    g_clear_pointer(&self->active, g_array_unref);
    g_clear_pointer(&self->guarded, g_array_unref);
}

static const GSourceFuncs hvn_user_source_funcs = {
    .prepare = hvn_user_source_prepare,
    .check = hvn_user_source_check,
    .dispatch = hvn_user_source_dispatch,
    .finalize = hvn_user_source_finalize,
};

HvnUserSource *
hvn_user_source_new(HvnDispatcher *dispatcher, Slirp *slirp, const HvnUserSourceFuncs *funcs, gpointer data)
{
    HvnUserSource *self = (HvnUserSource *)g_source_new((GSourceFuncs *)&hvn_user_source_funcs, sizeof *self);

    g_source_set_static_name(&self->source, "hvn-user");
    /* GLib would take every fd out of the poll set around each dispatch otherwise, and wake itself for each */
    g_source_set_can_recurse(&self->source, TRUE);
    self->slirp = slirp;
    self->funcs = funcs;
    self->data = data;
    self->slots = g_array_new(FALSE, TRUE, sizeof(Slot));
    self->active = g_array_new(FALSE, FALSE, sizeof(int));
    self->guarded = g_array_new(FALSE, FALSE, sizeof(int));
    self->changed = TRUE;
    self->needs_guard = hvn_user_sigpipe_needed();
    g_source_attach(&self->source, hvn_dispatcher_get_context(dispatcher));
    return self;
}

void
hvn_user_source_free(HvnUserSource *self)
{
    if (self == NULL)
        return;
    g_source_destroy(&self->source);
    g_source_unref(&self->source);
}

void
hvn_user_source_changed(HvnUserSource *self)
{
    self->changed = TRUE;
}

void
hvn_user_source_hurry(HvnUserSource *self)
{
    self->changed = TRUE;
    self->hurry = TRUE;
}

void
hvn_user_source_guard_unix(HvnUserSource *self, int fd)
{
    if (!hvn_user_source_is_guarded(self, fd))
        g_array_append_val(self->guarded, fd);
}

void
hvn_user_source_unguard_unix(HvnUserSource *self, int fd)
{
    for (guint i = self->guarded->len; i > 0; i--) {
        if (g_array_index(self->guarded, int, i - 1) == fd)
            g_array_remove_index_fast(self->guarded, i - 1);
    }
}

static int
hvn_user_list_add(int fd, int events, void *opaque)
{
    GArray *fds = opaque;

    g_array_append_val(fds, fd);
    return fd;
}

GArray *
hvn_user_list_fds(Slirp *slirp)
{
    GArray *fds = g_array_new(FALSE, FALSE, sizeof(int));
    guint32 timeout_ms = LONGEST_MS;

    hvn_user_pollfds_fill(slirp, &timeout_ms, hvn_user_list_add, fds);
    return fds;
}

gboolean
hvn_user_sigpipe_needed(void)
{
    struct sigaction action;

    return sigaction(SIGPIPE, NULL, &action) != 0 || action.sa_handler != SIG_IGN;
}

void
hvn_user_sigpipe_enter(HvnUserSigpipe *self, gboolean needed)
{
    sigset_t block;

    sigemptyset(&block);
    sigaddset(&block, SIGPIPE);
    self->active = needed && pthread_sigmask(SIG_BLOCK, &block, &self->old) == 0 && sigismember(&self->old, SIGPIPE) == 0;
}

void
hvn_user_sigpipe_leave(HvnUserSigpipe *self)
{
    const struct timespec none = {0, 0};
    sigset_t block;

    if (!self->active)
        return;
    sigemptyset(&block);
    sigaddset(&block, SIGPIPE);
    while (sigtimedwait(&block, NULL, &none) < 0 && errno == EINTR)
        ;
    pthread_sigmask(SIG_SETMASK, &self->old, NULL);
}
