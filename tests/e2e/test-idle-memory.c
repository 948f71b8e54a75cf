/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory of an idle interface: what the resident set grows by for each further user network with an e1000, started and linked. Less than
 * 2 MiB is allowed. Run as one process, so that what is shared by all interfaces counts once,
 * before, and not with a sanitizer, whose own memory would count. */
#include <stdio.h>
#include <unistd.h>

#include "hvn-session.h"

#define N_INTERFACES 10
#define MAX_BYTES    (2 * 1024 * 1024)

static gsize
resident_bytes(void)
{
    g_autofree char *text = NULL;
    guint64 size, resident;

    g_assert_true(g_file_get_contents("/proc/self/statm", &text, NULL, NULL));
    g_assert_cmpint(sscanf(text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &size, &resident), ==, 2);
    return resident * (gsize)sysconf(_SC_PAGESIZE);
}

static HvnSession *
start_session(HvnRegistry *registry, HvnDispatcher *dispatcher)
{
    g_autoptr(HvnConfig) config = hvn_config_new_default();
    g_autoptr(GError) error = NULL;
    HvnSession *session;

    g_assert_true(hvn_config_finish(config, registry, &error));
    session = hvn_session_new(config, registry, dispatcher, &error);
    g_assert_no_error(error);
    g_assert_true(hvn_session_start(session, &error));
    while (hvn_dispatcher_iterate(dispatcher, FALSE))
        ;
    return session;
}

static void
test_idle_memory(void)
{
    g_autoptr(HvnRegistry) registry = hvn_registry_new(NULL);
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, NULL);
    HvnSession *first = start_session(registry, dispatcher);
    HvnSession *more[N_INTERFACES];
    gsize before = resident_bytes(), growth;

    for (guint i = 0; i < N_INTERFACES; i++)
        more[i] = start_session(registry, dispatcher);
    growth = resident_bytes() - before;
    g_test_message("%" G_GSIZE_FORMAT " KiB for each further interface", growth / N_INTERFACES / 1024);
    for (guint i = 0; i < N_INTERFACES; i++)
        g_clear_object(&more[i]);
    g_clear_object(&first);
    g_assert_cmpuint(growth / N_INTERFACES, <, MAX_BYTES);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/e2e/idle-memory", test_idle_memory);
    return g_test_run();
}
