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
    *self = (HvnVfioClient){.fd = fd, .dispatcher = dispatcher, .answer = g_byte_array_new(), .in = g_byte_array_new()};
}

void
hvn_vfio_client_clear(HvnVfioClient *self)
{
    if (self->fd >= 0)
        close(self->fd);
    self->fd = -1;
    g_clear_pointer(&self->answer, g_byte_array_unref);
    g_clear_pointer(&self->in, g_byte_array_unref);
    g_queue_clear_full(&self->answers, (GDestroyNotify)g_byte_array_unref);
    g_queue_clear_full(&self->requests, (GDestroyNotify)g_byte_array_unref);
}

void
hvn_vfio_client_send_raw(HvnVfioClient *self, gconstpointer data, gsize len, const int *fds, guint n_fds)
{
    union {
        struct cmsghdr align;
        char           bytes[CMSG_SPACE(32 * sizeof(int))];
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

static HvnVfioUserHeader
hvn_vfio_client_header_of(const guint8 *data)
{
    HvnVfioUserHeader header;

    memcpy(&header, data, sizeof header);
    return header;
}

/* whole messages go to one of the two queues */
static void
hvn_vfio_client_parse(HvnVfioClient *self)
{
    while (self->in->len >= sizeof(HvnVfioUserHeader)) {
        HvnVfioUserHeader header = hvn_vfio_client_header_of(self->in->data);
        GByteArray       *message;

        g_assert_cmpuint(header.size, >=, sizeof header);
        if (self->in->len < header.size)
            return;
        message = g_byte_array_append(g_byte_array_new(), self->in->data, header.size);
        g_byte_array_remove_range(self->in, 0, header.size);
        if ((header.flags & HVN_VFIO_USER_FLAG_TYPE) == HVN_VFIO_USER_FLAG_REPLY)
            g_queue_push_tail(&self->answers, message);
        else
            g_queue_push_tail(&self->requests, message);
    }
}

gboolean
hvn_vfio_client_pump(HvnVfioClient *self)
{
    guint8 bytes[65536];
    gssize n;

    while ((n = recv(self->fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        g_byte_array_append(self->in, bytes, n);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        self->closed = TRUE;
    hvn_vfio_client_parse(self);
    return !self->closed;
}

static gboolean
hvn_vfio_client_serve_all(HvnVfioClient *self)
{
    gboolean any = FALSE;

    while (self->ram != NULL && self->requests.length > 0) {
        g_autoptr(GByteArray) request = g_queue_pop_head(&self->requests);

        hvn_vfio_client_serve(self, request, self->ram, self->ram_size);
        self->n_served++;
        any = TRUE;
    }
    return any;
}

void
hvn_vfio_client_settle(HvnVfioClient *self)
{
    for (guint round = 0, idle = 0; round < WAIT_ROUNDS && idle < 3; round++) {
        gboolean busy = hvn_dispatcher_iterate(self->dispatcher, FALSE);

        hvn_vfio_client_pump(self);
        busy |= hvn_vfio_client_serve_all(self);
        idle = busy ? 0 : idle + 1;
    }
}

/* bounded, so that a server that does not answer fails the test */
static GByteArray *
hvn_vfio_client_next(HvnVfioClient *self, GQueue *queue)
{
    for (guint round = 0; round < WAIT_ROUNDS; round++) {
        gboolean open = hvn_vfio_client_pump(self);

        if (queue == &self->answers)
            hvn_vfio_client_serve_all(self);
        if (queue->length > 0)
            return g_queue_pop_head(queue);
        if (!open || (!hvn_dispatcher_iterate(self->dispatcher, FALSE) && queue == &self->requests && round > 3))
            return NULL;
    }
    return NULL;
}

gboolean
hvn_vfio_client_wait(HvnVfioClient *self)
{
    g_autoptr(GByteArray) message = hvn_vfio_client_next(self, &self->answers);
    HvnVfioUserHeader     header;

    if (message == NULL)
        return FALSE;
    header = hvn_vfio_client_header_of(message->data);
    self->error = (header.flags & HVN_VFIO_USER_FLAG_ERROR) != 0 ? header.error : 0;
    g_byte_array_set_size(self->answer, 0);
    g_byte_array_append(self->answer, message->data + sizeof header, message->len - sizeof header);
    return TRUE;
}

guint32
hvn_vfio_client_call(HvnVfioClient *self, guint16 command, gconstpointer payload, gsize len, const int *fds, guint n_fds)
{
    hvn_vfio_client_post(self, command, 0, payload, len, fds, n_fds);
    g_assert_true(hvn_vfio_client_wait(self));
    return self->error;
}

guint32
hvn_vfio_client_call_exact(HvnVfioClient *self, guint16 command, gconstpointer payload, gsize len, const int *fds, guint n_fds, gsize size)
{
    hvn_vfio_client_call(self, command, payload, len, fds, n_fds);
    g_assert_cmpuint(self->answer->len + sizeof(HvnVfioUserHeader), ==, size);
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

guint32
hvn_vfio_client_unmap(HvnVfioClient *self, guint64 addr, guint64 size)
{
    const HvnVfioUserDmaUnmap unmap = {.argsz = sizeof unmap, .address = addr, .size = size};

    return hvn_vfio_client_call(self, HVN_VFIO_USER_DMA_UNMAP, &unmap, sizeof unmap, NULL, 0);
}

static void
hvn_vfio_client_unmask(HvnVfioClient *self, guint32 region)
{
    const HvnVfioUserIrqSet set = {.argsz = sizeof set, .flags = 0x11, .count = 1};

    if (self->strict && self->intx && region < 6)
        g_assert_cmpuint(hvn_vfio_client_call_exact(self, HVN_VFIO_USER_DEVICE_SET_IRQS, &set, sizeof set, NULL, 0, 16), ==, 0);
}

guint64
hvn_vfio_client_read(HvnVfioClient *self, guint32 region, guint64 offset, guint32 count)
{
    const HvnVfioUserRegionAccess access = {.offset = offset, .region = region, .count = count};
    guint64                       value = 0;

    g_assert_cmpuint(hvn_vfio_client_call(self, HVN_VFIO_USER_REGION_READ, &access, sizeof access, NULL, 0), ==, 0);
    g_assert_cmpuint(self->answer->len, ==, sizeof access + count);
    memcpy(&value, self->answer->data + sizeof access, MIN(count, sizeof value));
    hvn_vfio_client_unmask(self, region);
    return GUINT64_FROM_LE(value);
}

void
hvn_vfio_client_write(HvnVfioClient *self, guint32 region, guint64 offset, guint64 value, guint32 count, gboolean posted)
{
    guint8                        payload[sizeof(HvnVfioUserRegionAccess) + 8];
    const HvnVfioUserRegionAccess access = {.offset = offset, .region = region, .count = count};

    posted &= !self->strict;
    value = GUINT64_TO_LE(value);
    memcpy(payload, &access, sizeof access);
    memcpy(payload + sizeof access, &value, sizeof value);
    hvn_vfio_client_post(self, HVN_VFIO_USER_REGION_WRITE, posted ? HVN_VFIO_USER_FLAG_NO_REPLY : 0, payload, sizeof access + count, NULL, 0);
    if (!posted) {
        g_assert_true(hvn_vfio_client_wait(self));
        g_assert_cmpuint(self->error, ==, 0);
        g_assert_cmpuint(self->answer->len, ==, sizeof access);
        hvn_vfio_client_unmask(self, region);
    }
}

guint32
hvn_vfio_client_set_irqs(HvnVfioClient *self, guint32 flags, guint32 index, guint32 start, guint32 count, const int *fds, guint n_fds)
{
    const HvnVfioUserIrqSet set = {.argsz = sizeof set, .flags = flags, .index = index, .start = start, .count = count};

    return hvn_vfio_client_call(self, HVN_VFIO_USER_DEVICE_SET_IRQS, &set, sizeof set, fds, n_fds);
}

/* ---- the server's requests ---- */

GByteArray *
hvn_vfio_client_take_request(HvnVfioClient *self)
{
    return hvn_vfio_client_next(self, &self->requests);
}

static void
hvn_vfio_client_reply(HvnVfioClient *self, const GByteArray *request, guint32 error, gconstpointer payload, gsize len)
{
    HvnVfioUserHeader     header = hvn_vfio_client_header_of(request->data);
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    header.size = sizeof header + len;
    header.flags = HVN_VFIO_USER_FLAG_REPLY | (error != 0 ? HVN_VFIO_USER_FLAG_ERROR : 0);
    header.error = error;
    g_byte_array_append(bytes, (const guint8 *)&header, sizeof header);
    if (len > 0)
        g_byte_array_append(bytes, payload, len);
    hvn_vfio_client_send_raw(self, bytes->data, bytes->len, NULL, 0);
}

void
hvn_vfio_client_refuse(HvnVfioClient *self, const GByteArray *request, guint32 error)
{
    hvn_vfio_client_reply(self, request, error, NULL, 0);
}

void
hvn_vfio_client_answer(HvnVfioClient *self, const GByteArray *request, gconstpointer payload, gsize len)
{
    hvn_vfio_client_reply(self, request, 0, payload, len);
}

void
hvn_vfio_client_serve(HvnVfioClient *self, const GByteArray *request, guint8 *ram, gsize ram_size)
{
    HvnVfioUserHeader     header = hvn_vfio_client_header_of(request->data);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    guint64               range[2]; /* address, count */

    g_assert_cmpuint(request->len, >=, sizeof header + sizeof range);
    memcpy(range, request->data + sizeof header, sizeof range);
    if (range[0] > ram_size || range[1] > ram_size - range[0]) {
        hvn_vfio_client_refuse(self, request, EFAULT);
        return;
    }
    g_byte_array_append(bytes, (const guint8 *)range, sizeof range);
    if (header.command == HVN_VFIO_USER_DMA_READ) {
        g_assert_cmpuint(request->len, ==, sizeof header + sizeof range);
        g_byte_array_append(bytes, ram + range[0], range[1]);
    } else {
        g_assert_cmpuint(header.command, ==, HVN_VFIO_USER_DMA_WRITE);
        g_assert_cmpuint(request->len, ==, sizeof header + sizeof range + range[1]);
        memcpy(ram + range[0], request->data + sizeof header + sizeof range, range[1]);
        g_byte_array_set_size(bytes, 0); /* QEMU answers the header alone */
    }
    hvn_vfio_client_answer(self, request, bytes->data, bytes->len);
}
