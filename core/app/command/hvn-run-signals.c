/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A terminal sends its signals to the emulator too; one that it gets twice does it no harm. */
#include "hvn-run-signals.h"

#include <glib-unix.h>
#include <signal.h>

static const int hvn_run_signal_numbers[] = {SIGINT, SIGTERM, SIGHUP};

typedef struct {
    HvnRunSignals *owner;
    GSource       *source;
    int            number;
} HvnRunSignal;

struct _HvnRunSignals {
    HvnRunSignal     caught[G_N_ELEMENTS(hvn_run_signal_numbers)];
    HvnRunSignalFunc func;
    gpointer         data;
};

static gboolean
hvn_run_signals_arrived(gpointer data)
{
    HvnRunSignal *self = data;

    self->owner->func(self->number, self->owner->data);
    return G_SOURCE_CONTINUE;
}

HvnRunSignals *
hvn_run_signals_new(HvnDispatcher *dispatcher, HvnRunSignalFunc func, gpointer data)
{
    HvnRunSignals *self = g_new0(HvnRunSignals, 1);

    self->func = func;
    self->data = data;
    for (guint i = 0; i < G_N_ELEMENTS(self->caught); i++) {
        HvnRunSignal *caught = &self->caught[i];

        *caught = (HvnRunSignal){self, g_unix_signal_source_new(hvn_run_signal_numbers[i]), hvn_run_signal_numbers[i]};
        g_source_set_callback(caught->source, hvn_run_signals_arrived, caught, NULL);
        g_source_attach(caught->source, hvn_dispatcher_get_context(dispatcher));
    }
    return self;
}

void
hvn_run_signals_free(HvnRunSignals *self)
{
    for (guint i = 0; i < G_N_ELEMENTS(self->caught); i++) {
        g_source_destroy(self->caught[i].source);
        g_source_unref(self->caught[i].source);
    }
    g_free(self);
}
