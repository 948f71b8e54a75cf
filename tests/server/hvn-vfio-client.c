/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A vfio-user client for tests. */

#include "hvn-vfio-client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_ROUNDS 1000

void
hvn_vfio_client_init(HvnVfioClient *self, int fd, HvnDispatcher *dispatcher)
{
    *self = (HvnVfioClient){.fd = fd, .dispatcher = dispatcher, .answer = g_byte_array_new()};
}

void
hvn_vfio_client_clear(HvnVfioClient *self)
{
    if (self->fd >= 0)
        close(self->fd);
    self->fd = -1;
    g_clear_pointer(&self->answer, g_byte_array_unref);
}

void
hvn_vfio_client_send_raw(HvnVfioClient *self, gconstpointer data, gsize len, const int *fds, guint n_fds)
{
    union {
        struct cmsghdr align;
        char           bytes[CMSG_SPACE(16 * sizeof(int))];
    } control = {0};
    struct iovec  iov = {(void *)data, len};
    struct msghdr header = {.msg_iov = &iov, .msg_iovlen = 1};

    if (n_fds > 0) {
        struct cmsghdr *c;

        header.msg_control = &control;
        header.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        c = CMSG_FIRSTHDR(&header);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
    }
    if (sendmsg(self->fd, &header, MSG_NOSIGNAL) != (gssize)len)
        self->closed = TRUE;
}

void
hvn_vfio_client_post(HvnVfioClient *self, guint16 command, guint32 flags, gconstpointer payload, gsize len, const int *fds, guint n_fds)
{
    HvnVfioUserHeader     header = {.id = self->next_id++, .command = command, .size = sizeof header + len, .flags = flags};
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    g_byte_array_append(bytes, (const guint8 *)&header, sizeof header);
    if (len > 0)
        g_byte_array_append(bytes, payload, len);
    hvn_vfio_client_send_raw(self, bytes->data, bytes->len, fds, n_fds);
}

/* reads exactly so many bytes, running the server meanwhile; bounded, so that a server that does not answer fails the test */
static gboolean
hvn_vfio_client_receive(HvnVfioClient *self, gpointer data, gsize len)
{
    gsize got = 0;

    for (guint round = 0; got < len && round < WAIT_ROUNDS; round++) {
        gssize n = recv(self->fd, (guint8 *)data + got, len - got, MSG_DONTWAIT);

        if (n == 0 || (n < 0 && errno != EAGAIN)) {
            self->closed = TRUE;
            return FALSE;
        }
        if (n > 0)
            got += n;
        else
            hvn_dispatcher_iterate(self->dispatcher, FALSE);
    }
    return got == len;
}

gboolean
hvn_vfio_client_wait(HvnVfioClient *self)
{
    HvnVfioUserHeader header;

    if (!hvn_vfio_client_receive(self, &header, sizeof header))
        return FALSE;
    g_assert_cmphex(header.flags & HVN_VFIO_USER_FLAG_TYPE, ==, HVN_VFIO_USER_FLAG_REPLY);
    g_assert_cmpuint(header.size, >=, sizeof header);
    self->error = (header.flags & HVN_VFIO_USER_FLAG_ERROR) != 0 ? header.error : 0;
    g_byte_array_set_size(self->answer, header.size - sizeof header);
    return hvn_vfio_client_receive(self, self->answer->data, self->answer->len);
}

guint32
hvn_vfio_client_call(HvnVfioClient *self, guint16 command, gconstpointer payload, gsize len, const int *fds, guint n_fds)
{
    hvn_vfio_client_post(self, command, 0, payload, len, fds, n_fds);
    g_assert_true(hvn_vfio_client_wait(self));
    return self->error;
}

void
hvn_vfio_client_hello(HvnVfioClient *self)
{
    const char text[] = "\0\0\0\0{\"capabilities\":{\"max_msg_fds\":16}}";

    g_assert_cmpuint(hvn_vfio_client_call(self, HVN_VFIO_USER_VERSION, text, sizeof text, NULL, 0), ==, 0);
}

guint32
hvn_vfio_client_map(HvnVfioClient *self, guint64 addr, guint64 size, int fd, guint64 offset)
{
    const HvnVfioUserDmaMap map = {.argsz = sizeof map, .flags = 3, .fd_offset = offset, .address = addr, .size = size};

    return hvn_vfio_client_call(self, HVN_VFIO_USER_DMA_MAP, &map, sizeof map, &fd, fd >= 0 ? 1 : 0);
}

guint64
hvn_vfio_client_read(HvnVfioClient *self, guint32 region, guint64 offset, guint32 count)
{
    const HvnVfioUserRegionAccess access = {.offset = offset, .region = region, .count = count};
    guint64                       value = 0;

    g_assert_cmpuint(hvn_vfio_client_call(self, HVN_VFIO_USER_REGION_READ, &access, sizeof access, NULL, 0), ==, 0);
    g_assert_cmpuint(self->answer->len, ==, sizeof access + count);
    memcpy(&value, self->answer->data + sizeof access, MIN(count, sizeof value));
    return GUINT64_FROM_LE(value);
}

void
hvn_vfio_client_write(HvnVfioClient *self, guint32 region, guint64 offset, guint64 value, guint32 count, gboolean posted)
{
    guint8                        payload[sizeof(HvnVfioUserRegionAccess) + 8];
    const HvnVfioUserRegionAccess access = {.offset = offset, .region = region, .count = count};

    value = GUINT64_TO_LE(value);
    memcpy(payload, &access, sizeof access);
    memcpy(payload + sizeof access, &value, sizeof value);
    hvn_vfio_client_post(self, HVN_VFIO_USER_REGION_WRITE, posted ? HVN_VFIO_USER_FLAG_NO_REPLY : 0, payload, sizeof access + count, NULL, 0);
    if (!posted) {
        g_assert_true(hvn_vfio_client_wait(self));
        g_assert_cmpuint(self->error, ==, 0);
        g_assert_cmpuint(self->answer->len, ==, sizeof access);
    }
}

guint32
hvn_vfio_client_set_irqs(HvnVfioClient *self, guint32 flags, guint32 index, guint32 start, guint32 count, const int *fds, guint n_fds)
{
    const HvnVfioUserIrqSet set = {.argsz = sizeof set, .flags = flags, .index = index, .start = start, .count = count};

    return hvn_vfio_client_call(self, HVN_VFIO_USER_DEVICE_SET_IRQS, &set, sizeof set, fds, n_fds);
}
