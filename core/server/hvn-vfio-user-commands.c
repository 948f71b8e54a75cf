/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of a vfio-user client. Each takes the payload as it came, loads the structure once, checks it, and answers with the size
 * that strict clients wait for: QEMU refuses an answer longer than its request, cloud-hypervisor one that is shorter. */

#include "hvn-vfio-user-commands.h"

#include <errno.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define VERSION_TEXT "{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":1048576,\"write_multiple\":true}}"

typedef struct {
    HvnNic                  *nic;
    HvnVfioUserBus          *bus;
    const HvnVfioUserHeader *header;
    const guint8            *payload;
    gsize                    len;
    int                     *fds;
    guint                    n_fds;
    HvnVfioUserReply        *reply;
} HvnVfioUserCall;

typedef struct {
    guint32 minimum; /* bytes of payload */
    void (*run)(const HvnVfioUserCall *call);
} HvnVfioUserEntry;

static void
hvn_vfio_user_answer(const HvnVfioUserCall *call, gconstpointer data, gsize len)
{
    g_byte_array_append(call->reply->data, data, len);
}

/* {"capabilities": {"max_data_xfer_size": BYTES, ...}}; all of it may be missing. Of the rest nothing binds us: max_msg_fds is about
 * descriptors that we would send, and there are none. The text is short, so the parser cannot be led into a deep recursion. */
static gboolean
hvn_vfio_user_parse_capabilities(HvnVfioUserBus *bus, const char *text, gsize len)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonNode             *node;
    gint64                max_transfer = HVN_VFIO_USER_MAX_DATA;

    if (len == 0)
        return TRUE;
    if (len > HVN_VFIO_USER_MAX_TEXT || text[len - 1] != '\0' || !json_parser_load_from_data(parser, text, -1, NULL))
        return FALSE;
    node = json_parser_get_root(parser);
    if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node))
        return FALSE;
    node = json_object_get_member(json_node_get_object(node), "capabilities");
    if (node != NULL && JSON_NODE_HOLDS_OBJECT(node))
        node = json_object_get_member(json_node_get_object(node), "max_data_xfer_size");
    else
        node = NULL;
    if (node != NULL && JSON_NODE_HOLDS_VALUE(node))
        max_transfer = json_node_get_int(node);
    bus->max_transfer = CLAMP(max_transfer, 0, HVN_VFIO_USER_MAX_DATA);
    return TRUE;
}

static void
hvn_vfio_user_version(const HvnVfioUserCall *call)
{
    HvnVfioUserVersion version;

    memcpy(&version, call->payload, sizeof version);
    if (version.major != 0 ||
        !hvn_vfio_user_parse_capabilities(call->bus, (const char *)call->payload + sizeof version, call->len - sizeof version)) {
        call->reply->error = EINVAL;
        return;
    }
    version.minor = 0;
    hvn_vfio_user_answer(call, &version, sizeof version);
    hvn_vfio_user_answer(call, VERSION_TEXT, sizeof VERSION_TEXT);
}

static void
hvn_vfio_user_map_memory(const HvnVfioUserCall *call)
{
    HvnVfioUserDmaMap map;

    memcpy(&map, call->payload, sizeof map);
    if (call->n_fds > 1) {
        call->reply->error = EINVAL;
        return;
    }
    call->reply->error = hvn_shared_memory_add(call->bus->memory, map.address, map.size, call->n_fds == 1 ? call->fds[0] : -1,
                                               map.fd_offset, (map.flags & HVN_VFIO_USER_DMA_FLAG_READ) != 0,
                                               (map.flags & HVN_VFIO_USER_DMA_FLAG_WRITE) != 0);
}

/* The answer has the request's 24 bytes, also for a failure: a client that waits for the size of success would wait for ever. */
static void
hvn_vfio_user_unmap_memory(const HvnVfioUserCall *call)
{
    HvnVfioUserDmaUnmap unmap;

    memcpy(&unmap, call->payload, sizeof unmap);
    if ((unmap.flags & HVN_VFIO_USER_UNMAP_FLAG_ALL) != 0) {
        hvn_shared_memory_clear(call->bus->memory);
        hvn_vfio_user_bus_unmapped(call->bus, 0, 0);
    } else {
        call->reply->error = hvn_shared_memory_remove(call->bus->memory, unmap.address, unmap.size);
        if (call->reply->error == 0)
            hvn_vfio_user_bus_unmapped(call->bus, unmap.address, unmap.size);
    }
    hvn_vfio_user_answer(call, &unmap, sizeof unmap);
}

static void
hvn_vfio_user_get_info(const HvnVfioUserCall *call)
{
    const HvnVfioUserDeviceInfo info = {
        .argsz = sizeof info,
        .flags = HVN_VFIO_USER_DEVICE_FLAG_RESET | HVN_VFIO_USER_DEVICE_FLAG_PCI,
        .num_regions = HVN_VFIO_USER_NUM_REGIONS,
        .num_irqs = HVN_VFIO_USER_NUM_IRQS,
    };

    hvn_vfio_user_answer(call, &info, sizeof info);
}

static guint64
hvn_vfio_user_region_size(HvnNic *nic, guint index)
{
    if (index < HVN_PCI_N_BARS)
        return hvn_nic_get_pci(nic)->bars[index].size;
    return index == HVN_VFIO_USER_REGION_CONFIG ? HVN_PCI_CONFIG_SIZE : 0;
}

/* No region may be mapped: a client that may map one stops posting its writes to all of them. */
static void
hvn_vfio_user_get_region_info(const HvnVfioUserCall *call)
{
    HvnVfioUserRegionInfo info;

    memcpy(&info, call->payload, sizeof info);
    if (info.index >= HVN_VFIO_USER_NUM_REGIONS) {
        call->reply->error = EINVAL;
        return;
    }
    info.argsz = sizeof info;
    info.size = hvn_vfio_user_region_size(call->nic, info.index);
    info.flags = info.size != 0 ? HVN_VFIO_USER_REGION_FLAG_READ | HVN_VFIO_USER_REGION_FLAG_WRITE : 0;
    info.cap_offset = 0;
    info.offset = 0;
    hvn_vfio_user_answer(call, &info, sizeof info);
}

static void
hvn_vfio_user_get_irq_info(const HvnVfioUserCall *call)
{
    HvnVfioUserIrqInfo info;

    memcpy(&info, call->payload, sizeof info);
    if (info.index >= HVN_VFIO_USER_NUM_IRQS) {
        call->reply->error = EINVAL;
        return;
    }
    info.argsz = sizeof info;
    info.count = call->bus->irqs.counts[info.index];
    info.flags = HVN_VFIO_USER_IRQ_FLAG_EVENTFD;
    if (info.index == HVN_VFIO_USER_IRQ_INTX)
        info.flags |= HVN_VFIO_USER_IRQ_FLAG_MASKABLE | HVN_VFIO_USER_IRQ_FLAG_AUTOMASKED;
    else if (info.index != HVN_VFIO_USER_IRQ_MSIX)
        info.flags |= HVN_VFIO_USER_IRQ_FLAG_NORESIZE;
    hvn_vfio_user_answer(call, &info, sizeof info);
}

static void
hvn_vfio_user_set_irqs(const HvnVfioUserCall *call)
{
    HvnVfioUserIrqSet set;

    memcpy(&set, call->payload, sizeof set);
    call->reply->error = hvn_vfio_user_irqs_set(&call->bus->irqs, &set, call->payload + sizeof set, call->len - sizeof set, call->fds,
                                                call->n_fds);
    if (call->reply->error == 0 && (set.index == HVN_VFIO_USER_IRQ_MSI || set.index == HVN_VFIO_USER_IRQ_MSIX))
        call->bus->msix = set.index == HVN_VFIO_USER_IRQ_MSIX;
}

/* The largest access of 1, 2, 4 or 8 bytes that starts at offset, is aligned, and fits; a guest's own unaligned access stays whole. */
static guint
hvn_vfio_user_access_size(guint64 offset, guint64 left, guint max)
{
    guint size = max;

    while (size > left || (offset & (size - 1)) != 0)
        size /= 2;
    return size;
}

static gboolean
hvn_vfio_user_access_fits(HvnNic *nic, const HvnVfioUserRegionAccess *access)
{
    guint64 size = hvn_vfio_user_region_size(nic, access->region);

    return access->count <= HVN_VFIO_USER_MAX_DATA && access->offset <= size && access->count <= size - access->offset;
}

static guint64
hvn_vfio_user_read_one(HvnNic *nic, guint region, guint64 offset, guint size)
{
    if (region == HVN_VFIO_USER_REGION_CONFIG)
        return hvn_nic_config_read(nic, offset, size);
    return hvn_nic_region_read(nic, region, offset, size);
}

static void
hvn_vfio_user_write_one(HvnNic *nic, guint region, guint64 offset, guint64 value, guint size)
{
    if (region == HVN_VFIO_USER_REGION_CONFIG)
        hvn_nic_config_write(nic, offset, value, size);
    else
        hvn_nic_region_write(nic, region, offset, value, size);
}

static gboolean
hvn_vfio_user_is_one_access(const HvnVfioUserRegionAccess *access)
{
    guint32 max = access->region == HVN_VFIO_USER_REGION_CONFIG ? 4 : 8;

    return access->count != 0 && access->count <= max && (access->count & (access->count - 1)) == 0;
}

/* Reads outside a region give all ones, never an error: one client reads all ones then anyway, the other would wait for ever. */
static void
hvn_vfio_user_region_read(const HvnVfioUserCall *call)
{
    HvnVfioUserRegionAccess access;
    guint8                 *data;
    guint                   max;

    memcpy(&access, call->payload, sizeof access);
    if (access.count > HVN_VFIO_USER_MAX_DATA) {
        call->reply->error = EINVAL;
        return;
    }
    hvn_vfio_user_answer(call, &access, sizeof access);
    g_byte_array_set_size(call->reply->data, sizeof access + access.count);
    data = call->reply->data->data + sizeof access;
    memset(data, 0xff, access.count);
    if (!hvn_vfio_user_access_fits(call->nic, &access))
        return;
    max = access.region == HVN_VFIO_USER_REGION_CONFIG ? 4 : 8;
    for (guint32 done = 0, size; done < access.count; done += size) {
        guint64 value;

        size = hvn_vfio_user_is_one_access(&access) ? access.count
                                                    : hvn_vfio_user_access_size(access.offset + done, access.count - done, max);
        value = GUINT64_TO_LE(hvn_vfio_user_read_one(call->nic, access.region, access.offset + done, size));
        memcpy(data + done, &value, size);
    }
}

static void
hvn_vfio_user_write_data(HvnNic *nic, const HvnVfioUserRegionAccess *access, const guint8 *data)
{
    guint max = access->region == HVN_VFIO_USER_REGION_CONFIG ? 4 : 8;

    if (!hvn_vfio_user_access_fits(nic, access))
        return;
    for (guint32 done = 0, size; done < access->count; done += size) {
        guint64 value = 0;

        size = hvn_vfio_user_is_one_access(access) ? access->count
                                                   : hvn_vfio_user_access_size(access->offset + done, access->count - done, max);
        memcpy(&value, data + done, size);
        hvn_vfio_user_write_one(nic, access->region, access->offset + done, GUINT64_FROM_LE(value), size);
    }
}

static void
hvn_vfio_user_region_write(const HvnVfioUserCall *call)
{
    HvnVfioUserRegionAccess access;

    memcpy(&access, call->payload, sizeof access);
    if (access.count > call->len - sizeof access) {
        call->reply->error = EINVAL;
        return;
    }
    hvn_vfio_user_answer(call, &access, sizeof access);
    hvn_vfio_user_write_data(call->nic, &access, call->payload + sizeof access);
}

static void
hvn_vfio_user_region_write_multi(const HvnVfioUserCall *call)
{
    guint64 n;

    memcpy(&n, call->payload, sizeof n);
    if (n > (call->len - sizeof n) / sizeof(HvnVfioUserMultiWrite)) {
        call->reply->error = EINVAL;
        return;
    }
    for (guint64 i = 0; i < n; i++) {
        HvnVfioUserMultiWrite   write;
        HvnVfioUserRegionAccess access;

        memcpy(&write, call->payload + sizeof n + i * sizeof write, sizeof write);
        access = (HvnVfioUserRegionAccess){.offset = write.offset, .region = write.region, .count = write.count};
        if (write.count <= sizeof write.data)
            hvn_vfio_user_write_data(call->nic, &access, write.data);
    }
    hvn_vfio_user_answer(call, &n, sizeof n);
}

static void
hvn_vfio_user_device_reset(const HvnVfioUserCall *call)
{
    hvn_nic_reset(call->nic, HVN_NIC_RESET_HARDWARE);
}

static const HvnVfioUserEntry hvn_vfio_user_entries[] = {
    [HVN_VFIO_USER_VERSION] = {sizeof(HvnVfioUserVersion), hvn_vfio_user_version},
    [HVN_VFIO_USER_DMA_MAP] = {sizeof(HvnVfioUserDmaMap), hvn_vfio_user_map_memory},
    [HVN_VFIO_USER_DMA_UNMAP] = {sizeof(HvnVfioUserDmaUnmap), hvn_vfio_user_unmap_memory},
    [HVN_VFIO_USER_DEVICE_GET_INFO] = {sizeof(HvnVfioUserDeviceInfo), hvn_vfio_user_get_info},
    [HVN_VFIO_USER_DEVICE_GET_REGION_INFO] = {sizeof(HvnVfioUserRegionInfo), hvn_vfio_user_get_region_info},
    [HVN_VFIO_USER_DEVICE_GET_IRQ_INFO] = {sizeof(HvnVfioUserIrqInfo), hvn_vfio_user_get_irq_info},
    [HVN_VFIO_USER_DEVICE_SET_IRQS] = {sizeof(HvnVfioUserIrqSet), hvn_vfio_user_set_irqs},
    [HVN_VFIO_USER_REGION_READ] = {sizeof(HvnVfioUserRegionAccess), hvn_vfio_user_region_read},
    [HVN_VFIO_USER_REGION_WRITE] = {sizeof(HvnVfioUserRegionAccess), hvn_vfio_user_region_write},
    [HVN_VFIO_USER_DEVICE_RESET] = {0, hvn_vfio_user_device_reset},
    [HVN_VFIO_USER_REGION_WRITE_MULTI] = {sizeof(guint64), hvn_vfio_user_region_write_multi},
};

void
hvn_vfio_user_command(HvnNic *nic, HvnVfioUserBus *bus, const HvnVfioUserHeader *header, const guint8 *payload, gsize len, int *fds,
                      guint n_fds, HvnVfioUserReply *reply)
{
    const HvnVfioUserCall   call = {nic, bus, header, payload, len, fds, n_fds, reply};
    const HvnVfioUserEntry *entry = NULL;

    g_byte_array_set_size(reply->data, 0);
    reply->error = 0;
    if (header->command < G_N_ELEMENTS(hvn_vfio_user_entries))
        entry = &hvn_vfio_user_entries[header->command];
    if (entry == NULL || entry->run == NULL)
        reply->error = ENOTSUP;
    else if (len < entry->minimum)
        reply->error = EINVAL;
    else
        entry->run(&call);
}
