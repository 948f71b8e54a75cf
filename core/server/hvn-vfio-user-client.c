/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A vfio-user client (vfio-user specification 0.9.2). A request is put together in one buffer; its answer is held against what was
 * asked, and its payload is valid until the next request. */

#include "hvn-vfio-user-client.h"

#include "hvn-error.h"
#include "hvn-fd-client.h"

#include <errno.h>
#include <unistd.h>

#define VERSION_TEXT "{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":1048576}}"

struct _HvnVfioUserClient {
    HvnFdClient *wire;
    GByteArray  *request;
    guint16      next_id;
};

/* ---- requests and answers ---- */

static void
hvn_vfio_user_client_begin(HvnVfioUserClient *self, HvnVfioUserCommand command, guint32 flags)
{
    const HvnVfioUserHeader header = {.id = self->next_id++, .command = command, .flags = flags};

    g_byte_array_set_size(self->request, 0);
    g_byte_array_append(self->request, (const guint8 *)&header, sizeof header);
}

static void
hvn_vfio_user_client_add(HvnVfioUserClient *self, gconstpointer data, gsize len)
{
    g_byte_array_append(self->request, data, len);
}

static gboolean
hvn_vfio_user_client_send(HvnVfioUserClient *self, const int *fds, guint n_fds, GError **error)
{
    ((HvnVfioUserHeader *)(gpointer)self->request->data)->size = self->request->len;
    return hvn_fd_client_send(self->wire, self->request->data, self->request->len, fds, n_fds, error);
}

/* what the server asks of us: guest memory by message, which it does not need, because all of it is shared */
static gboolean
hvn_vfio_user_client_refuse(HvnVfioUserClient *self, const HvnVfioUserHeader *asked, GError **error)
{
    const HvnVfioUserHeader answer = {
        .id = asked->id,
        .command = asked->command,
        .size = sizeof answer,
        .flags = HVN_VFIO_USER_FLAG_REPLY | HVN_VFIO_USER_FLAG_ERROR,
        .error = EINVAL,
    };

    return (asked->flags & HVN_VFIO_USER_FLAG_NO_REPLY) != 0 || hvn_fd_client_send(self->wire, &answer, sizeof answer, NULL, 0, error);
}

/* sends the request and copies the first @len bytes of the answer's payload */
static gboolean
hvn_vfio_user_client_call(HvnVfioUserClient *self, const int *fds, guint n_fds, gpointer payload, gsize len, GError **error)
{
    HvnVfioUserHeader asked, header;
    HvnFdMessage      message;

    if (!hvn_vfio_user_client_send(self, fds, n_fds, error))
        return FALSE;
    memcpy(&asked, self->request->data, sizeof asked);
    for (;;) {
        if (!hvn_fd_client_receive(self->wire, &message, error))
            return FALSE;
        memcpy(&header, message.data, sizeof header);
        if ((header.flags & HVN_VFIO_USER_FLAG_TYPE) == HVN_VFIO_USER_FLAG_REPLY)
            break;
        if (!hvn_vfio_user_client_refuse(self, &header, error))
            return FALSE;
    }
    if (header.id != asked.id || header.command != asked.command) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL, "the server answers command %u of id %u to command %u of id %u", header.command,
                    header.id, asked.command, asked.id);
        return FALSE;
    }
    if ((header.flags & HVN_VFIO_USER_FLAG_ERROR) != 0) {
        hvn_set_error_errno(error, (int)header.error, "the server refuses command %u", header.command);
        return FALSE;
    }
    if (message.len - sizeof header < len) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL, "the server's answer to command %u has %" G_GSIZE_FORMAT
                    " bytes, expected %" G_GSIZE_FORMAT, header.command, message.len - sizeof header, len);
        return FALSE;
    }
    if (len > 0)
        memcpy(payload, message.data + sizeof header, len);
    return TRUE;
}

/* ---- life ---- */

static gboolean
hvn_vfio_user_client_negotiate(HvnVfioUserClient *self, GError **error)
{
    HvnVfioUserVersion version = {.major = 0, .minor = 1};

    hvn_vfio_user_client_begin(self, HVN_VFIO_USER_VERSION, 0);
    hvn_vfio_user_client_add(self, &version, sizeof version);
    hvn_vfio_user_client_add(self, VERSION_TEXT, sizeof VERSION_TEXT);
    if (!hvn_vfio_user_client_call(self, NULL, 0, &version, sizeof version, error))
        return FALSE;
    if (version.major == 0)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL, "the server speaks version %u.%u, expected 0.x", version.major, version.minor);
    return FALSE;
}

HvnVfioUserClient *
hvn_vfio_user_client_new(int fd, guint timeout_ms, GError **error)
{
    g_autoptr(HvnVfioUserClient) self = g_new0(HvnVfioUserClient, 1);

    self->wire = hvn_fd_client_new(fd, HVN_VFIO_USER_MAX_MESSAGE, hvn_vfio_user_size_of, timeout_ms);
    self->request = g_byte_array_new();
    return hvn_vfio_user_client_negotiate(self, error) ? g_steal_pointer(&self) : NULL;
}

void
hvn_vfio_user_client_free(HvnVfioUserClient *self)
{
    if (self == NULL)
        return;
    hvn_fd_client_free(self->wire);
    g_byte_array_unref(self->request);
    g_free(self);
}

/* ---- commands ---- */

gboolean
hvn_vfio_user_client_map(HvnVfioUserClient *self, guint64 addr, guint64 size, int fd, guint64 offset, GError **error)
{
    const HvnVfioUserDmaMap map = {
        .argsz = sizeof map,
        .flags = HVN_VFIO_USER_DMA_FLAG_READ | HVN_VFIO_USER_DMA_FLAG_WRITE,
        .fd_offset = offset,
        .address = addr,
        .size = size,
    };

    hvn_vfio_user_client_begin(self, HVN_VFIO_USER_DMA_MAP, 0);
    hvn_vfio_user_client_add(self, &map, sizeof map);
    return hvn_vfio_user_client_call(self, &fd, 1, NULL, 0, error);
}

gboolean
hvn_vfio_user_client_unmap(HvnVfioUserClient *self, guint64 addr, guint64 size, GError **error)
{
    HvnVfioUserDmaUnmap unmap = {.argsz = sizeof unmap, .address = addr, .size = size};

    hvn_vfio_user_client_begin(self, HVN_VFIO_USER_DMA_UNMAP, 0);
    hvn_vfio_user_client_add(self, &unmap, sizeof unmap);
    return hvn_vfio_user_client_call(self, NULL, 0, &unmap, sizeof unmap, error);
}

gboolean
hvn_vfio_user_client_get_region_size(HvnVfioUserClient *self, guint region, guint64 *size, GError **error)
{
    HvnVfioUserRegionInfo info = {.argsz = sizeof info, .index = region};

    hvn_vfio_user_client_begin(self, HVN_VFIO_USER_DEVICE_GET_REGION_INFO, 0);
    hvn_vfio_user_client_add(self, &info, sizeof info);
    if (!hvn_vfio_user_client_call(self, NULL, 0, &info, sizeof info, error))
        return FALSE;
    *size = info.size;
    return TRUE;
}

gboolean
hvn_vfio_user_client_get_irq_count(HvnVfioUserClient *self, HvnVfioUserIrqIndex index, guint *count, GError **error)
{
    HvnVfioUserIrqInfo info = {.argsz = sizeof info, .index = index};

    hvn_vfio_user_client_begin(self, HVN_VFIO_USER_DEVICE_GET_IRQ_INFO, 0);
    hvn_vfio_user_client_add(self, &info, sizeof info);
    if (!hvn_vfio_user_client_call(self, NULL, 0, &info, sizeof info, error))
        return FALSE;
    *count = info.count;
    return TRUE;
}

gboolean
hvn_vfio_user_client_set_irqs(HvnVfioUserClient *self, guint32 flags, HvnVfioUserIrqIndex index, guint start, guint count, const int *fds,
                              guint n_fds, GError **error)
{
    const HvnVfioUserIrqSet set = {.argsz = sizeof set, .flags = flags, .index = index, .start = start, .count = count};

    hvn_vfio_user_client_begin(self, HVN_VFIO_USER_DEVICE_SET_IRQS, 0);
    hvn_vfio_user_client_add(self, &set, sizeof set);
    return hvn_vfio_user_client_call(self, fds, n_fds, NULL, 0, error);
}

gboolean
hvn_vfio_user_client_read(HvnVfioUserClient *self, guint region, guint64 offset, guint size, guint64 *value, GError **error)
{
    const HvnVfioUserRegionAccess access = {.offset = offset, .region = region, .count = size};
    guint8                        answer[sizeof access + sizeof *value] = {0};

    g_return_val_if_fail(size <= sizeof *value, FALSE);

    hvn_vfio_user_client_begin(self, HVN_VFIO_USER_REGION_READ, 0);
    hvn_vfio_user_client_add(self, &access, sizeof access);
    if (!hvn_vfio_user_client_call(self, NULL, 0, answer, sizeof access + size, error))
        return FALSE;
    memcpy(value, answer + sizeof access, sizeof *value);
    *value = GUINT64_FROM_LE(*value);
    return TRUE;
}

gboolean
hvn_vfio_user_client_write(HvnVfioUserClient *self, guint region, guint64 offset, guint size, guint64 value, gboolean posted,
                           GError **error)
{
    HvnVfioUserRegionAccess access = {.offset = offset, .region = region, .count = size};

    g_return_val_if_fail(size <= sizeof value, FALSE);

    value = GUINT64_TO_LE(value);
    hvn_vfio_user_client_begin(self, HVN_VFIO_USER_REGION_WRITE, posted ? HVN_VFIO_USER_FLAG_NO_REPLY : 0);
    hvn_vfio_user_client_add(self, &access, sizeof access);
    hvn_vfio_user_client_add(self, &value, size);
    return posted ? hvn_vfio_user_client_send(self, NULL, 0, error)
                  : hvn_vfio_user_client_call(self, NULL, 0, &access, sizeof access, error);
}

gboolean
hvn_vfio_user_client_reset(HvnVfioUserClient *self, GError **error)
{
    hvn_vfio_user_client_begin(self, HVN_VFIO_USER_DEVICE_RESET, 0);
    return hvn_vfio_user_client_call(self, NULL, 0, NULL, 0, error);
}
