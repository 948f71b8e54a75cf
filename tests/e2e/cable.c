/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two backends joined by a link, as a cable between them: cable BACKEND[,OPTION=VALUE...] BACKEND[,OPTION=VALUE...]
 *
 * Says "ready" when both are started, "state NAME STATE REASON" for each change, and at the end of its standard input a line of JSON with
 * what went to each side. */
#include <gio/gio.h>
#include <stdio.h>
#include <unistd.h>

#include "hvn-backend.h"
#include "hvn-link.h"
#include "hvn-options.h"
#include "hvn-registry.h"
#include "hvn-watch.h"

static HvnBackend *
cable_create(HvnRegistry *registry, HvnDispatcher *dispatcher, const char *text, const char *name, GError **error)
{
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    g_autoptr(HvnOptions) options = hvn_options_new();
    HvnDescriptor *descriptor = hvn_registry_find(registry, "backend", words[0], error);
    GType type = descriptor != NULL ? hvn_registry_load(registry, descriptor, error) : G_TYPE_INVALID;

    if (type == G_TYPE_INVALID)
        return NULL;
    for (guint i = 1; words[i] != NULL; i++) {
        g_auto(GStrv) pair = g_strsplit(words[i], "=", 2);

        hvn_options_add(options, pair[0], pair[1], "cable");
    }
    return (HvnBackend *)hvn_options_create_object(options, descriptor, type, error, "dispatcher", dispatcher, "name", name, NULL);
}

static void
cable_state_changed(HvnBackend *backend, gpointer data)
{
    const char *reason = hvn_backend_get_reason(backend);

    g_print("state %s %d %s\n", hvn_port_get_name(HVN_PORT(backend)), hvn_backend_get_state(backend), reason != NULL ? reason : "");
}

static void
cable_end(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    char byte;

    if (read(STDIN_FILENO, &byte, 1) == 0)
        *(gboolean *)data = TRUE;
}

static void
cable_report(HvnLink *link, HvnBackend *towards, const char *end)
{
    HvnLinkCounters counters;

    hvn_link_get_counters(link, HVN_PORT(towards), &counters);
    g_print("\"%s\": {\"frames\": %" G_GUINT64_FORMAT ", \"bytes\": %" G_GUINT64_FORMAT ", \"segmented\": %" G_GUINT64_FORMAT
            ", \"checksummed\": %" G_GUINT64_FORMAT ", \"stalls\": %" G_GUINT64_FORMAT "}%s",
            hvn_port_get_name(HVN_PORT(towards)), counters.frames, counters.bytes, counters.segmented, counters.checksummed, counters.stalls, end);
}

static gboolean
cable_run(HvnDispatcher *dispatcher, HvnBackend *left, HvnBackend *right, GError **error)
{
    g_autoptr(HvnLink) link = hvn_link_new(HVN_PORT(left), HVN_PORT(right));
    gboolean ended = FALSE;
    HvnWatch *watch;

    if (!hvn_backend_start(left, error) || !hvn_backend_start(right, error))
        return FALSE;
    watch = hvn_watch_new(dispatcher, STDIN_FILENO, cable_end, &ended);
    hvn_watch_want(watch, G_IO_IN, TRUE);
    g_print("ready\n");
    while (!ended)
        hvn_dispatcher_iterate(dispatcher, TRUE);
    hvn_watch_free(watch);
    g_print("{");
    cable_report(link, left, ", ");
    cable_report(link, right, "}\n");
    hvn_link_disconnect(link);
    return TRUE;
}

int
main(int argc, char **argv)
{
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_autoptr(HvnRegistry) registry = hvn_registry_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(HvnBackend) left = NULL, right = NULL;

    if (argc != 3)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    left = cable_create(registry, dispatcher, argv[1], "left", &error);
    right = left != NULL ? cable_create(registry, dispatcher, argv[2], "right", &error) : NULL;
    if (right != NULL) {
        g_signal_connect(left, "state-changed", G_CALLBACK(cable_state_changed), NULL);
        g_signal_connect(right, "state-changed", G_CALLBACK(cable_state_changed), NULL);
    }
    if (right == NULL || !cable_run(dispatcher, left, right, &error)) {
        g_printerr("cable: %s\n", error->message);
        return 1;
    }
    return 0;
}
