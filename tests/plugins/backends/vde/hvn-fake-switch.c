/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The switch's side of the handshake, as vde_switch does it: a request with the client's socket comes over the stream, the name of ours
 * goes back, and from then on frames are datagrams between the two. See hvn-fake-switch.h. */
#include "hvn-fake-switch.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAGIC   0xfeedface
#define VERSION 3

typedef struct {
    guint32            magic;
    guint32            version;
    guint32            type; /* and the port, from bit 8 on */
    struct sockaddr_un sock;
    char               description[128];
} HvnFakeRequest;

void
hvn_fake_switch_init(HvnFakeSwitch *self, const char *directory)
{
    *self = (HvnFakeSwitch){.directory = g_strdup(directory), .listener = -1, .control = -1, .data = -1};
}

static int
hvn_fake_switch_bind(HvnFakeSwitch *self, int type, const char *name, struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    g_snprintf(address->sun_path, sizeof address->sun_path, "%s/%s", self->directory, name);
    g_assert_cmpint(bind(fd, (struct sockaddr *)address, sizeof *address), ==, 0);
    return fd;
}

void
hvn_fake_switch_listen(HvnFakeSwitch *self)
{
    struct sockaddr_un address;

    self->listener = hvn_fake_switch_bind(self, SOCK_STREAM, "ctl", &address);
    g_assert_cmpint(listen(self->listener, 5), ==, 0);
}

void
hvn_fake_switch_accept(HvnFakeSwitch *self)
{
    HvnFakeRequest request = {0};
    struct sockaddr_un address;
    struct timeval second = {.tv_sec = 1}; /* so that a test which waits in vain fails and does not hang */

    self->control = accept(self->listener, NULL, NULL);
    g_assert_cmpint(self->control, >=, 0);
    g_assert_cmpint(recv(self->control, &request, sizeof request - 1, 0), >, G_STRUCT_OFFSET(HvnFakeRequest, description));
    g_assert_cmpuint(request.magic, ==, MAGIC);
    g_assert_cmpuint(request.version, ==, VERSION);
    self->port = request.type >> 8;
    g_free(self->client);
    self->client = g_strdup(request.description);
    g_assert_cmpint(stat(request.sock.sun_path, &self->about), ==, 0);
    self->data = hvn_fake_switch_bind(self, SOCK_DGRAM, "port", &address);
    g_assert_cmpint(connect(self->data, (struct sockaddr *)&request.sock, sizeof request.sock), ==, 0);
    setsockopt(self->data, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    g_assert_cmpint(send(self->control, &address, sizeof address, 0), ==, sizeof address);
}

void
hvn_fake_switch_die(HvnFakeSwitch *self)
{
    static const char *const names[] = {"ctl", "port"};
    int *const fds[] = {&self->listener, &self->control, &self->data};

    for (guint i = 0; i < G_N_ELEMENTS(fds); i++) {
        if (*fds[i] >= 0)
            close(*fds[i]);
        *fds[i] = -1;
    }
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(self->directory, names[i], NULL);

        g_unlink(path);
    }
}

void
hvn_fake_switch_clear(HvnFakeSwitch *self)
{
    hvn_fake_switch_die(self);
    g_free(self->directory);
    g_free(self->client);
}
