/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `hvnet set-link`: plugs the cable of a running session's interface in or out, as QEMU's set_link and virsh's domif-setlink. */
#include "hvn-cli.h"

#include <string.h>

#include "hvn-cli-session.h"
#include "hvn-text.h"

/* QEMU's words and libvirt's */
static const struct {
    const char *word;
    gboolean    up;
} hvn_cli_link_states[] = {{"on", TRUE}, {"off", FALSE}, {"up", TRUE}, {"down", FALSE}};

int
hvn_cli_set_link(HvnCli *self, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HvnCliSession) session = NULL;
    g_autoptr(JsonNode) answer = NULL;
    JsonObject *arguments;
    guint state = 0;

    if (argc < 2 || argc > 3)
        return hvn_cli_usage("'set-link' takes [SESSION] INTERFACE on|off");
    while (state < G_N_ELEMENTS(hvn_cli_link_states) && strcmp(hvn_cli_link_states[state].word, argv[argc - 1]) != 0)
        state++;
    if (state == G_N_ELEMENTS(hvn_cli_link_states)) {
        g_autofree char *printable = hvn_text_printable(argv[argc - 1]);

        return hvn_cli_usage("invalid state '%s' of a link: expected on, off, up or down", printable);
    }
    session = hvn_cli_session_open(argc == 3 ? argv[0] : NULL, &error);
    if (session != NULL) {
        arguments = json_object_new();
        json_object_set_string_member(arguments, "name", argv[argc - 2]);
        json_object_set_boolean_member(arguments, "up", hvn_cli_link_states[state].up);
        answer = hvn_cli_session_execute(session, "set_link", arguments, &error);
    }
    if (error != NULL)
        hvn_cli_print_error(error);
    return error != NULL ? HVN_EXIT_FAILED : HVN_EXIT_DONE;
}
