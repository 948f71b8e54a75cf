/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vfio-user client against answers that were put into the socket in advance: right ones and wrong ones. With the real server it
 * is tested in app/probe. */

#include "hvn-vfio-user-client.h"

#include "hvn-error.h"
#include "hvn-fd-channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    HvnVfioUserClient *client;
    HvnFdChannel      *peer;
    int                fd; /* of the client, until it has it */
    guint16            next_id;
} Fixture;

static void
answer(Fixture *f, guint16 command, guint32 flags, guint32 error, gconstpointer payload, gsize len)
{
    const HvnVfioUserHeader header = {f->next_id++, command, sizeof header + len, HVN_VFIO_USER_FLAG_REPLY | flags, error};

    hvn_fd_channel_queue(f->peer, &header, sizeof header);
    hvn_fd_channel_queue(f->peer, payload, len);
    g_assert_true(hvn_fd_channel_flush(f->peer));
}

/* the next request that the client has sent; its header is checked */
static HvnFdMessage
request(Fixture *f, guint16 command, gsize len)
{
    HvnVfioUserHeader header;
    HvnFdMessage      message;

    if (!hvn_fd_channel_next(f->peer, &message)) {
        g_assert_cmpint(hvn_fd_channel_receive(f->peer), ==, HVN_FD_CHANNEL_OK);
        g_assert_true(hvn_fd_channel_next(f->peer, &message));
    }
    memcpy(&header, message.data, sizeof header);
    g_assert_cmpuint(header.command, ==, command);
    g_assert_cmpuint(header.size, ==, message.len);
    g_assert_cmpuint(message.len, ==, sizeof header + len);
    message.data += sizeof header;
    return message;
}

static void
open_sockets(Fixture *f, gconstpointer data)
{
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    f->fd = fds[0];
    f->peer = hvn_fd_channel_new(fds[1], HVN_VFIO_USER_MAX_MESSAGE, hvn_vfio_user_size_of);
}

static void
set_up(Fixture *f, gconstpointer data)
{
    const HvnVfioUserVersion version = {0, 1};
    g_autoptr(GError)        error = NULL;
    HvnFdMessage             message;

    open_sockets(f, data);
    answer(f, HVN_VFIO_USER_VERSION, 0, 0, &version, sizeof version);
    f->client = hvn_vfio_user_client_new(f->fd, 20, &error);
    g_assert_no_error(error);
    g_assert_cmpint(hvn_fd_channel_receive(f->peer), ==, HVN_FD_CHANNEL_OK);
    g_assert_true(hvn_fd_channel_next(f->peer, &message));
    g_assert_nonnull(strstr((const char *)message.data + sizeof(HvnVfioUserHeader) + sizeof version, "max_msg_fds"));
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    g_clear_pointer(&f->client, hvn_vfio_user_client_free);
    hvn_fd_channel_free(f->peer);
}

static void
test_version_refused(Fixture *f, gconstpointer data)
{
    const HvnVfioUserVersion version = {1, 0};
    g_autoptr(GError)        error = NULL;

    answer(f, HVN_VFIO_USER_VERSION, 0, 0, &version, sizeof version);
    g_assert_null(hvn_vfio_user_client_new(f->fd, 20, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL);
    g_assert_cmpstr(error->message, ==, "the server speaks version 1.0, expected 0.x");
}

static void
test_memory(Fixture *f, gconstpointer data)
{
    g_autoptr(GError)   error = NULL;
    HvnVfioUserDmaUnmap unmap = {.argsz = sizeof unmap, .address = 0x1000, .size = 0x2000};
    HvnVfioUserDmaMap   map;
    HvnFdMessage        message;

    answer(f, HVN_VFIO_USER_DMA_MAP, 0, 0, NULL, 0);
    g_assert_true(hvn_vfio_user_client_map(f->client, 0x1000, 0x2000, STDIN_FILENO, 0x3000, &error));
    message = request(f, HVN_VFIO_USER_DMA_MAP, sizeof map);
    memcpy(&map, message.data, sizeof map);
    g_assert_cmpuint(message.n_fds, ==, 1);
    g_assert_cmphex(map.address, ==, 0x1000);
    g_assert_cmphex(map.size, ==, 0x2000);
    g_assert_cmphex(map.fd_offset, ==, 0x3000);
    g_assert_cmphex(map.flags, ==, 3);
    answer(f, HVN_VFIO_USER_DMA_UNMAP, 0, 0, &unmap, sizeof unmap);
    g_assert_true(hvn_vfio_user_client_unmap(f->client, 0x1000, 0x2000, &error));
    request(f, HVN_VFIO_USER_DMA_UNMAP, sizeof unmap);
}

static void
test_access(Fixture *f, gconstpointer data)
{
    g_autoptr(GError)       error = NULL;
    HvnVfioUserRegionAccess access = {.offset = 8, .region = 2, .count = 2};
    guint8                  bytes[sizeof access + 2] = {0};
    guint64                 value;

    memcpy(bytes, &access, sizeof access);
    bytes[sizeof access] = 0x34;
    bytes[sizeof access + 1] = 0x12;
    answer(f, HVN_VFIO_USER_REGION_READ, 0, 0, bytes, sizeof bytes);
    g_assert_true(hvn_vfio_user_client_read(f->client, 2, 8, 2, &value, &error));
    g_assert_cmphex(value, ==, 0x1234);
    request(f, HVN_VFIO_USER_REGION_READ, sizeof access);

    /* a posted write waits for nothing */
    g_assert_true(hvn_vfio_user_client_write(f->client, 2, 8, 2, 0xabcd, TRUE, &error));
    g_assert_cmpmem(request(f, HVN_VFIO_USER_REGION_WRITE, sizeof bytes).data + sizeof access, 2, "\xcd\xab", 2);
    f->next_id++;
    answer(f, HVN_VFIO_USER_REGION_WRITE, 0, 0, &access, sizeof access);
    g_assert_true(hvn_vfio_user_client_write(f->client, 2, 8, 2, 0xabcd, FALSE, &error));
    answer(f, HVN_VFIO_USER_DEVICE_RESET, 0, 0, NULL, 0);
    g_assert_true(hvn_vfio_user_client_reset(f->client, &error));
}

static void
test_interrupts(Fixture *f, gconstpointer data)
{
    g_autoptr(GError)           error = NULL;
    const HvnVfioUserIrqInfo    info = {.argsz = sizeof info, .index = HVN_VFIO_USER_IRQ_MSIX, .count = 3};
    const HvnVfioUserRegionInfo region = {.argsz = sizeof region, .size = 256};
    const int                   fds[] = {STDIN_FILENO, STDOUT_FILENO};
    guint64                     size;
    guint                       count;

    answer(f, HVN_VFIO_USER_DEVICE_GET_REGION_INFO, 0, 0, &region, sizeof region);
    g_assert_true(hvn_vfio_user_client_get_region_size(f->client, 7, &size, &error));
    g_assert_cmpuint(size, ==, 256);
    request(f, HVN_VFIO_USER_DEVICE_GET_REGION_INFO, sizeof region);
    answer(f, HVN_VFIO_USER_DEVICE_GET_IRQ_INFO, 0, 0, &info, sizeof info);
    g_assert_true(hvn_vfio_user_client_get_irq_count(f->client, HVN_VFIO_USER_IRQ_MSIX, &count, &error));
    g_assert_cmpuint(count, ==, 3);
    request(f, HVN_VFIO_USER_DEVICE_GET_IRQ_INFO, sizeof info);
    answer(f, HVN_VFIO_USER_DEVICE_SET_IRQS, 0, 0, NULL, 0);
    g_assert_true(hvn_vfio_user_client_set_irqs(f->client, HVN_VFIO_USER_IRQ_SET_DATA_EVENTFD | HVN_VFIO_USER_IRQ_SET_ACTION_TRIGGER,
                                                HVN_VFIO_USER_IRQ_MSIX, 1, 2, fds, 2, &error));
    g_assert_cmpuint(request(f, HVN_VFIO_USER_DEVICE_SET_IRQS, sizeof(HvnVfioUserIrqSet)).n_fds, ==, 2);
}

/* memory that is asked for by message is refused, and the answer to ours still found */
static void
test_server_asks(Fixture *f, gconstpointer data)
{
    const HvnVfioUserHeader asked = {77, HVN_VFIO_USER_DMA_READ, sizeof asked, 0, 0};
    g_autoptr(GError)       error = NULL;
    HvnVfioUserHeader       refusal;
    HvnFdMessage            message;

    hvn_fd_channel_queue(f->peer, &asked, sizeof asked);
    answer(f, HVN_VFIO_USER_DEVICE_RESET, 0, 0, NULL, 0);
    g_assert_true(hvn_vfio_user_client_reset(f->client, &error));
    request(f, HVN_VFIO_USER_DEVICE_RESET, 0);
    message = request(f, HVN_VFIO_USER_DMA_READ, 0);
    memcpy(&refusal, message.data - sizeof refusal, sizeof refusal);
    g_assert_cmpuint(refusal.id, ==, 77);
    g_assert_cmphex(refusal.flags, ==, HVN_VFIO_USER_FLAG_REPLY | HVN_VFIO_USER_FLAG_ERROR);
    g_assert_cmpuint(refusal.error, ==, EINVAL);
}

static void
test_bad_answers(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) refused = NULL, shorter = NULL, other = NULL;
    guint64           value;

    answer(f, HVN_VFIO_USER_DEVICE_RESET, HVN_VFIO_USER_FLAG_ERROR, EBUSY, NULL, 0);
    g_assert_false(hvn_vfio_user_client_reset(f->client, &refused));
    g_assert_nonnull(strstr(refused->message, "the server refuses command 13: "));
    answer(f, HVN_VFIO_USER_REGION_READ, 0, 0, "1234", 4);
    g_assert_false(hvn_vfio_user_client_read(f->client, 0, 0, 4, &value, &shorter));
    g_assert_cmpstr(shorter->message, ==, "the server's answer to command 9 has 4 bytes, expected 20");
    f->next_id++;
    answer(f, HVN_VFIO_USER_DEVICE_RESET, 0, 0, NULL, 0);
    g_assert_false(hvn_vfio_user_client_reset(f->client, &other));
    g_assert_error(other, HVN_ERROR, HVN_ERROR_PROTOCOL);
}

#define ADD(name, before, func) g_test_add("/server/vfio-user-client/" name, Fixture, NULL, before, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("version-refused", open_sockets, test_version_refused);
    ADD("memory", set_up, test_memory);
    ADD("access", set_up, test_access);
    ADD("interrupts", set_up, test_interrupts);
    ADD("server-asks", set_up, test_server_asks);
    ADD("bad-answers", set_up, test_bad_answers);
    return g_test_run();
}
