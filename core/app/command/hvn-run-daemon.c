/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The conventions of device daemons (vhost-user and vfio-user specifications, "Backend program conventions"). */
#include "hvn-run-daemon.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "hvn-error.h"
#include "hvn-text.h"

/* the names in libexecdir: core/app/command/meson.build makes them */
static const struct {
    const char *program;
    const char *attach;
} hvn_run_daemon_names[] = {{"hvnet-vhost-user-net", "vhost-user"}, {"hvnet-vfio-user-net", "vfio-user"}};

char **
hvn_run_daemon_words(int *argc, char **argv)
{
    g_autofree char *program = g_path_get_basename(*argc > 0 ? argv[0] : "");
    GPtrArray *words = g_ptr_array_new();

    for (int i = 0; i < *argc; i++)
        g_ptr_array_add(words, argv[i]);
    for (guint i = 0; i < G_N_ELEMENTS(hvn_run_daemon_names); i++) {
        if (strcmp(program, hvn_run_daemon_names[i].program) != 0)
            continue;
        g_ptr_array_insert(words, 1, (gpointer) "run");
        g_ptr_array_insert(words, 2, (gpointer) "--attach");
        g_ptr_array_insert(words, 3, (gpointer)hvn_run_daemon_names[i].attach);
    }
    *argc = (int)words->len;
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

gboolean
hvn_run_daemon_asks_capabilities(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--print-capabilities") == 0)
            return TRUE;
    }
    return FALSE;
}

void
hvn_run_daemon_print_capabilities(void)
{
    /* libvirt reads the list of features of every type, also where it is empty */
    puts("{\n  \"type\": \"net\",\n  \"features\": []\n}");
}

static int
hvn_run_daemon_get_option(int fd, int option)
{
    int value = -1;
    socklen_t len = sizeof value;

    return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 ? value : -1;
}

int
hvn_run_daemon_take_fd(const char *text, gboolean *connected, GError **error)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    g_autofree char *printable = NULL;
    guint64 fd;

    if (g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT, &fd, NULL) && hvn_run_daemon_get_option((int)fd, SO_DOMAIN) == AF_UNIX &&
        hvn_run_daemon_get_option((int)fd, SO_TYPE) == SOCK_STREAM) {
        *connected = getpeername((int)fd, (struct sockaddr *)&address, &len) == 0;
        if (*connected || hvn_run_daemon_get_option((int)fd, SO_ACCEPTCONN) == 1) {
            fcntl((int)fd, F_SETFD, FD_CLOEXEC);
            return (int)fd;
        }
    }
    printable = hvn_text_printable(text);
    g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
                "invalid value '%s' for --fd: expected the number of a unix stream socket that listens or is connected", printable);
    return -1;
}
