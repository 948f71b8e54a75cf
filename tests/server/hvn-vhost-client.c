/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A vhost-user client for tests. Memory: 64 KiB for each ring: descriptors, available ring, used ring, then its buffers. */

#include "hvn-vhost-client.h"

#include "hvn-bytes.h"
#include "hvn-fd-channel.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_ROUNDS   1000
#define SETTLE_ROUNDS 20

#define RING_SPACE  65536
#define AVAIL_AT    4096
#define USED_AT     8192
#define BUFFERS_AT  16384
#define DESC_LEN    16
#define DESC_WRITE  2

void
hvn_vhost_client_init(HvnVhostClient *self, int fd, HvnDispatcher *dispatcher)
{
    *self = (HvnVhostClient){.fd = fd, .dispatcher = dispatcher, .answer = g_byte_array_new(), .answer_fd = -1};
    self->memory = memfd_create("ram", MFD_CLOEXEC);
    g_assert_cmpint(ftruncate(self->memory, HVN_VHOST_CLIENT_RAM), ==, 0);
    self->ram = mmap(NULL, HVN_VHOST_CLIENT_RAM, PROT_READ | PROT_WRITE, MAP_SHARED, self->memory, 0);
    for (guint i = 0; i < HVN_VHOST_CLIENT_RINGS; i++) {
        self->kick[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        self->call[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    }
}

void
hvn_vhost_client_clear(HvnVhostClient *self)
{
    if (self->fd >= 0)
        close(self->fd);
    self->fd = -1;
    if (self->answer_fd >= 0)
        close(self->answer_fd);
    for (guint i = 0; i < HVN_VHOST_CLIENT_RINGS; i++) {
        close(self->kick[i]);
        close(self->call[i]);
    }
    munmap(self->ram, HVN_VHOST_CLIENT_RAM);
    close(self->memory);
    g_clear_pointer(&self->answer, g_byte_array_unref);
}

/* ---- messages ---- */

void
hvn_vhost_client_send_raw(HvnVhostClient *self, gconstpointer data, gsize len, const int *fds, guint n_fds)
{
    if (hvn_fd_send(self->fd, data, len, fds, n_fds) != (gssize)len)
        self->closed = TRUE;
}

void
hvn_vhost_client_post(HvnVhostClient *self, guint32 request, guint32 flags, gconstpointer payload, gsize len, const int *fds, guint n_fds)
{
    const HvnVhostUserHeader header = {.request = request, .flags = HVN_VHOST_USER_FLAG_VERSION | flags, .size = len};
    g_autoptr(GByteArray)    bytes = g_byte_array_new();

    g_byte_array_append(bytes, (const guint8 *)&header, sizeof header);
    if (len > 0)
        g_byte_array_append(bytes, payload, len);
    hvn_vhost_client_send_raw(self, bytes->data, bytes->len, fds, n_fds);
}

static gssize
hvn_vhost_client_recv(HvnVhostClient *self, gpointer data, gsize len)
{
    union {
        struct cmsghdr align;
        char           bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec    iov = {data, len};
    struct msghdr   header = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    gssize          n = recvmsg(self->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&header) : NULL;

    if (c != NULL) {
        if (self->answer_fd >= 0)
            close(self->answer_fd);
        memcpy(&self->answer_fd, CMSG_DATA(c), sizeof(int));
    }
    return n;
}

/* reads exactly so many bytes, running the server meanwhile; bounded, so that a server that does not answer fails the test */
static gboolean
hvn_vhost_client_receive(HvnVhostClient *self, gpointer data, gsize len)
{
    gsize got = 0;

    for (guint round = 0; got < len && round < WAIT_ROUNDS; round++) {
        gssize n = hvn_vhost_client_recv(self, (guint8 *)data + got, len - got);

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
hvn_vhost_client_wait(HvnVhostClient *self, guint32 request)
{
    HvnVhostUserHeader header;

    if (!hvn_vhost_client_receive(self, &header, sizeof header))
        return FALSE;
    g_assert_cmpuint(header.request, ==, request);
    g_assert_cmphex(header.flags, ==, HVN_VHOST_USER_FLAG_VERSION | HVN_VHOST_USER_FLAG_REPLY);
    g_byte_array_set_size(self->answer, header.size);
    return hvn_vhost_client_receive(self, self->answer->data, self->answer->len);
}

void
hvn_vhost_client_get(HvnVhostClient *self, guint32 request, gconstpointer payload, gsize len)
{
    hvn_vhost_client_post(self, request, 0, payload, len, NULL, 0);
    g_assert_true(hvn_vhost_client_wait(self, request));
}

static guint64
hvn_vhost_client_get_answer(HvnVhostClient *self)
{
    guint64 value;

    g_assert_cmpuint(self->answer->len, ==, sizeof value);
    memcpy(&value, self->answer->data, sizeof value);
    return value;
}

guint64
hvn_vhost_client_get_u64(HvnVhostClient *self, guint32 request)
{
    hvn_vhost_client_get(self, request, NULL, 0);
    return hvn_vhost_client_get_answer(self);
}

guint64
hvn_vhost_client_set(HvnVhostClient *self, guint32 request, gconstpointer payload, gsize len, const int *fds, guint n_fds)
{
    hvn_vhost_client_post(self, request, self->need_reply ? HVN_VHOST_USER_FLAG_NEED_REPLY : 0, payload, len, fds, n_fds);
    if (!self->need_reply) {
        hvn_vhost_client_settle(self);
        return 0;
    }
    g_assert_true(hvn_vhost_client_wait(self, request));
    return hvn_vhost_client_get_answer(self);
}

guint64
hvn_vhost_client_set_u64(HvnVhostClient *self, guint32 request, guint64 value)
{
    return hvn_vhost_client_set(self, request, &value, sizeof value, NULL, 0);
}

guint64
hvn_vhost_client_set_state(HvnVhostClient *self, guint32 request, guint32 index, guint32 num)
{
    const HvnVhostUserVringState state = {index, num};

    return hvn_vhost_client_set(self, request, &state, sizeof state, NULL, 0);
}

guint64
hvn_vhost_client_set_fd(HvnVhostClient *self, guint32 request, guint64 value, int fd)
{
    return hvn_vhost_client_set(self, request, &value, sizeof value, &fd, fd >= 0 ? 1 : 0);
}

/* ---- memory ---- */

HvnVhostUserRegion
hvn_vhost_client_region(void)
{
    return (HvnVhostUserRegion){HVN_VHOST_CLIENT_GPA_BASE, HVN_VHOST_CLIENT_RAM, HVN_VHOST_CLIENT_USER_BASE, 0};
}

guint64
hvn_vhost_client_share_memory(HvnVhostClient *self)
{
    const HvnVhostUserMemTable table = {.n_regions = 1, .regions[0] = hvn_vhost_client_region()};

    return hvn_vhost_client_set(self, HVN_VHOST_USER_SET_MEM_TABLE, &table, 8 + sizeof table.regions[0], &self->memory, 1);
}

guint64
hvn_vhost_client_change_slot(HvnVhostClient *self, guint32 request, const HvnVhostUserRegion *region, gboolean with_fd)
{
    const HvnVhostUserMemSlot slot = {.region = *region};

    return hvn_vhost_client_set(self, request, &slot, sizeof slot, &self->memory, with_fd ? 1 : 0);
}

/* ---- rings ---- */

static gsize
hvn_vhost_client_ring_offset(guint ring)
{
    return (gsize)ring * RING_SPACE;
}

HvnVhostUserVringAddr
hvn_vhost_client_ring_addr(guint ring)
{
    guint64 base = HVN_VHOST_CLIENT_USER_BASE + hvn_vhost_client_ring_offset(ring);

    return (HvnVhostUserVringAddr){.index = ring, .descriptors = base, .available = base + AVAIL_AT, .used = base + USED_AT};
}

guint64
hvn_vhost_client_start_ring(HvnVhostClient *self, guint ring, guint32 base)
{
    const HvnVhostUserVringAddr addr = hvn_vhost_client_ring_addr(ring);
    guint64                     result;

    result = hvn_vhost_client_set_state(self, HVN_VHOST_USER_SET_VRING_NUM, ring, HVN_VHOST_CLIENT_NUM);
    if (result == 0)
        result = hvn_vhost_client_set_state(self, HVN_VHOST_USER_SET_VRING_BASE, ring, base);
    if (result == 0)
        result = hvn_vhost_client_set(self, HVN_VHOST_USER_SET_VRING_ADDR, &addr, sizeof addr, NULL, 0);
    if (result == 0)
        result = hvn_vhost_client_set_fd(self, HVN_VHOST_USER_SET_VRING_KICK, ring, self->kick[ring]);
    if (result == 0)
        result = hvn_vhost_client_set_fd(self, HVN_VHOST_USER_SET_VRING_CALL, ring, self->call[ring]);
    return result;
}

guint32
hvn_vhost_client_stop_ring(HvnVhostClient *self, guint ring)
{
    HvnVhostUserVringState state = {.index = ring};

    hvn_vhost_client_get(self, HVN_VHOST_USER_GET_VRING_BASE, &state, sizeof state);
    g_assert_cmpuint(self->answer->len, ==, sizeof state);
    memcpy(&state, self->answer->data, sizeof state);
    g_assert_cmpuint(state.index, ==, ring);
    return state.num;
}

guint8 *
hvn_vhost_client_buffer(HvnVhostClient *self, guint ring, guint16 n)
{
    return self->ram + hvn_vhost_client_ring_offset(ring) + BUFFERS_AT + (n % HVN_VHOST_CLIENT_NUM) * HVN_VHOST_CLIENT_BUFFER;
}

void
hvn_vhost_client_offer(HvnVhostClient *self, guint ring, const char *text)
{
    guint8 *memory = self->ram + hvn_vhost_client_ring_offset(ring);
    guint   id = self->avail[ring] % HVN_VHOST_CLIENT_NUM;
    guint8 *buffer = hvn_vhost_client_buffer(self, ring, id);
    guint8 *descriptor = memory + id * DESC_LEN;

    if (text != NULL)
        g_strlcpy((char *)buffer, text, HVN_VHOST_CLIENT_BUFFER);
    hvn_store_le64(descriptor, HVN_VHOST_CLIENT_GPA_BASE + (buffer - self->ram));
    hvn_store_le32(descriptor + 8, text != NULL ? strlen(text) + 1 : HVN_VHOST_CLIENT_BUFFER);
    hvn_store_le16(descriptor + 12, text != NULL ? 0 : DESC_WRITE);
    hvn_store_le16(memory + AVAIL_AT + 4 + id * 2, id);
    hvn_store_le16(memory + AVAIL_AT + 2, ++self->avail[ring]);
}

void
hvn_vhost_client_kick(HvnVhostClient *self, guint ring)
{
    const guint64 one = 1;

    g_assert_cmpint(write(self->kick[ring], &one, sizeof one), ==, sizeof one);
    hvn_vhost_client_settle(self);
}

gint
hvn_vhost_client_take(HvnVhostClient *self, guint ring)
{
    const guint8 *used = self->ram + hvn_vhost_client_ring_offset(ring) + USED_AT;
    guint         slot = self->used[ring] % HVN_VHOST_CLIENT_NUM;

    if (hvn_load_le16(used + 2) == self->used[ring])
        return -1;
    g_assert_cmpuint(hvn_load_le32(used + 4 + slot * 8), ==, slot); /* given back in order */
    self->used[ring]++;
    return hvn_load_le32(used + 4 + slot * 8 + 4);
}

gboolean
hvn_vhost_client_called(HvnVhostClient *self, guint ring)
{
    guint64 count;

    return read(self->call[ring], &count, sizeof count) == sizeof count;
}

void
hvn_vhost_client_settle(HvnVhostClient *self)
{
    for (guint i = 0; i < SETTLE_ROUNDS; i++)
        hvn_dispatcher_iterate(self->dispatcher, FALSE);
}
