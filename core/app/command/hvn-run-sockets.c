/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints the sockets of `hvnet run`: a line each on standard output, and on standard error how to attach them. */
#include "hvn-run-sockets.h"

#include <stdio.h>

#include "hvn-cli.h"
#include "hvn-run-emulator.h"

static const char *
hvn_run_sockets_protocol(const HvnRunSocket *served)
{
    return served->mac != NULL ? "vhost-user" : "vfio-user";
}

static void
hvn_run_sockets_print_json(const GArray *self)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "interfaces");
    json_builder_begin_array(builder);
    for (guint i = 0; i < self->len; i++) {
        const HvnRunSocket *served = &g_array_index(self, HvnRunSocket, i);

        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "name");
        json_builder_add_string_value(builder, served->name);
        json_builder_set_member_name(builder, "protocol");
        json_builder_add_string_value(builder, hvn_run_sockets_protocol(served));
        json_builder_set_member_name(builder, "path");
        json_builder_add_string_value(builder, served->path);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    hvn_cli_print_json(builder);
}

/* Flushed at once: whoever starts us waits for these lines to know that the sockets are there. */
void
hvn_run_sockets_print(const GArray *self, gboolean json)
{
    g_autofree char *lines = hvn_run_emulator_attach_lines((const HvnRunSocket *)(gpointer)self->data, self->len);

    if (json)
        hvn_run_sockets_print_json(self);
    for (guint i = 0; !json && i < self->len; i++) {
        const HvnRunSocket *served = &g_array_index(self, HvnRunSocket, i);

        printf("%s %s %s\n", served->name, hvn_run_sockets_protocol(served), served->path);
    }
    fflush(stdout);
    /* who gave us a socket knows how to attach */
    if (self->len != 1 || !g_str_has_prefix(g_array_index(self, HvnRunSocket, 0).path, "fd:"))
        fputs(lines, stderr);
}
