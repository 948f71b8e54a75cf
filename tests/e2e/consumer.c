/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program outside the tree, built against the installed library with pkg-config: lists the plugins and loads one. */
#include <hvn-clock.h>
#include <hvn-registry.h>
#include <hvn-session.h>

int
main(void)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, clock);
    g_autoptr(HvnRegistry) registry = hvn_registry_new(NULL);
    g_autoptr(HvnConfig) config = hvn_config_new_default();
    g_autoptr(HvnSession) session = NULL;
    g_autoptr(GError) error = NULL;

    if (!hvn_config_finish(config, registry, &error) || !(session = hvn_session_new(config, registry, dispatcher, &error))) {
        g_printerr("%s\n", error->message);
        return 1;
    }
    g_print("%u interface, schemas in %s\n", hvn_session_get_interfaces(session)->len, hvn_registry_get_schema_dir(registry));
    return 0;
}
