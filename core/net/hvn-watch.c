/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One fd in a main context. The watch is the GSource itself, so freeing it from its own function is safe: GLib holds a
 * reference while it dispatches. */
#include "hvn-watch.h"

struct _HvnWatch {
    GSource      source;
    int          fd;     /* not owned */
    GIOCondition wanted; /* G_IO_IN, G_IO_OUT, both or none */
    gpointer     tag;    /* of the fd in the source; NULL while nothing is wanted */
    gboolean     kicked;
    HvnWatchFunc func;
    gpointer     data;
};

static GIOCondition
hvn_watch_happened(HvnWatch *self)
{
    return self->tag != NULL ? g_source_query_unix_fd(&self->source, self->tag) : 0;
}

static gboolean
hvn_watch_prepare(GSource *source, int *timeout_ms)
{
    *timeout_ms = -1;
    return ((HvnWatch *)source)->kicked;
}

static gboolean
hvn_watch_check(GSource *source)
{
    HvnWatch *self = (HvnWatch *)source;

    return self->kicked || hvn_watch_happened(self) != 0;
}

static gboolean
hvn_watch_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    HvnWatch *self = (HvnWatch *)source;
    GIOCondition condition = hvn_watch_happened(self);
    gboolean kicked = self->kicked;

    /* what was wanted when poll() ran may not be wanted any more; errors always count */
    condition &= self->wanted | G_IO_HUP | G_IO_ERR | G_IO_NVAL;
    self->kicked = FALSE;
    if (condition != 0 || kicked)
        self->func(self, condition, self->data);
    return G_SOURCE_CONTINUE;
}

static const GSourceFuncs hvn_watch_funcs = {
    .prepare = hvn_watch_prepare,
    .check = hvn_watch_check,
    .dispatch = hvn_watch_dispatch,
};

HvnWatch *
hvn_watch_new(HvnDispatcher *dispatcher, int fd, HvnWatchFunc func, gpointer data)
{
    HvnWatch *self;

    g_return_val_if_fail(HVN_IS_DISPATCHER(dispatcher), NULL);
    g_return_val_if_fail(fd >= 0, NULL);
    g_return_val_if_fail(func != NULL, NULL);

    self = (HvnWatch *)g_source_new((GSourceFuncs *)&hvn_watch_funcs, sizeof(HvnWatch));
    self->fd = fd;
    self->wanted = 0;
    self->tag = NULL;
    self->kicked = FALSE;
    self->func = func;
    self->data = data;
    g_source_set_static_name(&self->source, "hvn-watch");
    /* for a source that may not recurse, GLib takes its fd out of the poll set around each dispatch and wakes itself twice */
    g_source_set_can_recurse(&self->source, TRUE);
    g_source_attach(&self->source, hvn_dispatcher_get_context(dispatcher));
    return self;
}

void
hvn_watch_want(HvnWatch *self, GIOCondition condition, gboolean want)
{
    GIOCondition wanted;

    g_return_if_fail(self != NULL);
    g_return_if_fail((condition & ~(G_IO_IN | G_IO_OUT)) == 0);

    wanted = want ? self->wanted | condition : self->wanted & ~condition;
    if (wanted == self->wanted)
        return;
    self->wanted = wanted;
    if (wanted == 0)
        g_source_remove_unix_fd(&self->source, g_steal_pointer(&self->tag));
    else if (self->tag == NULL)
        self->tag = g_source_add_unix_fd(&self->source, self->fd, wanted);
    else
        g_source_modify_unix_fd(&self->source, self->tag, wanted);
}

void
hvn_watch_kick(HvnWatch *self)
{
    g_return_if_fail(self != NULL);

    if (self->kicked)
        return;
    self->kicked = TRUE;
    /* wakes the loop where a kick comes between its look at this source and its sleep; from within a dispatch it looks again anyway */
    if (g_main_current_source() == NULL)
        g_main_context_wakeup(g_source_get_context(&self->source));
}

void
hvn_watch_free(HvnWatch *self)
{
    if (self == NULL)
        return;
    g_source_destroy(&self->source);
    g_source_unref(&self->source);
}
