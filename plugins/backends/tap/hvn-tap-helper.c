/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The helper's command line is QEMU's: --use-vnet --fd=N --br=BRIDGE. It sends one byte with the descriptor on socket N and ends, so the
 * message lies in the socket when it has ended. */
#include "hvn-tap-helper.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hvn-error.h"
#include "hvn-command.h"

#define HELPER_NAME "qemu-bridge-helper"
#define TIMEOUT_MS  10000

/* where distributions put it: Debian, Fedora and openSUSE, a build of one's own */
static const char *const hvn_tap_helper_paths[] = {"/usr/lib/qemu/" HELPER_NAME, "/usr/libexec/" HELPER_NAME, "/usr/libexec/qemu/" HELPER_NAME,
                                                   "/usr/local/libexec/" HELPER_NAME};

static const char *
hvn_tap_helper_find(GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(hvn_tap_helper_paths); i++) {
        if (access(hvn_tap_helper_paths[i], X_OK) == 0)
            return hvn_tap_helper_paths[i];
    }
    g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND,
                "no " HELPER_NAME " in /usr/lib/qemu, /usr/libexec or /usr/local/libexec: expected it to be installed (it comes with QEMU), or helper=");
    return NULL;
}

/* the descriptor out of the one message on the socket, -1 when there is none */
static int
hvn_tap_helper_receive(int socket_fd)
{
    union {
        struct cmsghdr header; /* for its alignment */
        char           room[CMSG_SPACE(sizeof(int))];
    } control;
    char byte;
    struct iovec piece = {&byte, 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *header;
    int fd = -1;

    if (recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) <= 0)
        return -1;
    header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return fd;
}

static HvnCommand *
hvn_tap_helper_start(HvnPort *port, const char *helper, const char *bridge, int socket_fd, GError **error)
{
    gboolean shell = strpbrk(helper, " \t") != NULL;
    g_autofree char *what = g_strdup_printf("helper '%s' for bridge '%s'", helper, bridge);
    g_autofree char *fd_option = g_strdup_printf("--fd=%d", socket_fd);
    g_autofree char *bridge_option = g_strdup_printf("--br=%s", bridge);
    g_autofree char *quoted = g_shell_quote(bridge_option);
    g_autofree char *line = g_strdup_printf("%s --use-vnet %s %s", helper, fd_option, strstr(helper, "--br=") == NULL ? quoted : "");
    const char *const direct[] = {helper, "--use-vnet", fd_option, bridge_option, NULL};
    const char *const by_shell[] = {"/bin/sh", "-c", line, NULL};

    return hvn_command_new(port, what, shell ? by_shell : direct, socket_fd, TRUE, NULL, NULL, error);
}

int
hvn_tap_helper_run(HvnPort *port, const char *helper, const char *bridge, GError **error)
{
    g_autoptr(HvnCommand) command = NULL;
    int ends[2];
    int fd = -1;

    if (helper == NULL)
        helper = hvn_tap_helper_find(error);
    if (helper == NULL)
        return -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        hvn_set_error_errno(error, errno, "cannot make a socket for helper '%s'", helper);
        return -1;
    }
    command = hvn_tap_helper_start(port, helper, bridge, ends[1], error);
    close(ends[1]);
    if (command != NULL && !hvn_command_wait(command, TIMEOUT_MS)) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "helper '%s' for bridge '%s' has not ended after %d seconds", helper, bridge,
                    TIMEOUT_MS / 1000);
    } else if (command != NULL && hvn_command_check(command, error)) {
        fd = hvn_tap_helper_receive(ends[0]);
        if (fd < 0)
            g_set_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL, "helper '%s' for bridge '%s' has sent no descriptor", helper, bridge);
    }
    close(ends[0]);
    return fd;
}
