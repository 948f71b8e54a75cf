/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the vfio-user server with a real NIC behind it: the input is a client that sends requests with descriptors, answers the server's
 * own requests or does not, writes its memory, truncates it, and hangs up. The first byte chooses the model, whether memory is shared, and
 * how much has been set up before. Every input ends with a client that must be served, and another NIC's that was there all along.
 *
 *   'M' command flags descriptors length payload | 'B' length bytes as they are | 'A' region offset(2) size value(4) | 'W' offset(3) length
 *   bytes | 'S' length: a frame is sent | 'O' a frame is offered | 'P' pieces of memory are mapped or unmapped | 'D' what becomes of the
 *   server's next request | 'T' time | 'Z' memory is cut | 'X' the client hangs up | else: run */

#include "hvn-vfio-machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

typedef struct {
    const guint8 *data;
    gsize         left;
    gboolean      cut; /* the file is shorter than its mapping here */
} FuzzInput;

static guint32
fuzz_take(FuzzInput *input, guint n)
{
    guint32 value = 0;

    for (guint i = 0; i < n && input->left > 0; i++, input->data++, input->left--)
        value |= (guint32)*input->data << 8 * i;
    return value;
}

static gsize
fuzz_bytes(FuzzInput *input, guint8 *bytes, gsize len)
{
    gsize n = MIN(len, input->left);

    memcpy(bytes, input->data, n);
    input->data += n;
    input->left -= n;
    return n;
}

static void
fuzz_message(HvnVfioMachine *m, FuzzInput *input)
{
    guint8  payload[255] = {0};
    guint16 command = fuzz_take(input, 1);
    guint32 flags = fuzz_take(input, 1);
    guint   what = fuzz_take(input, 1), n_fds = what % 4 == 3 ? what % 17 : what % 4;
    gsize   len = fuzz_take(input, 1);
    int     fds[16];

    for (guint i = 0; i < G_N_ELEMENTS(fds); i++)
        fds[i] = what & 0x80 ? m->irq : m->memory;
    fuzz_bytes(input, payload, len);
    hvn_vfio_client_post(&m->client, command, flags, payload, len, fds, n_fds);
}

static void
fuzz_access(HvnVfioMachine *m, FuzzInput *input)
{
    guint8                  payload[sizeof(HvnVfioUserRegionAccess) + 8] = {0};
    HvnVfioUserRegionAccess access = {.region = fuzz_take(input, 1), .offset = fuzz_take(input, 2), .count = 1u << fuzz_take(input, 1) % 4};
    guint32                 value = fuzz_take(input, 4);

    memcpy(payload, &access, sizeof access);
    memcpy(payload + sizeof access, &value, sizeof value);
    hvn_vfio_client_post(&m->client, HVN_VFIO_USER_REGION_WRITE, HVN_VFIO_USER_FLAG_NO_REPLY, payload, sizeof access + access.count, NULL, 0);
}

/* pieces of 1 MiB, with and without a descriptor, over and beside each other; sometimes all of it goes */
static void
fuzz_map(HvnVfioMachine *m, FuzzInput *input)
{
    guint             what = fuzz_take(input, 1);
    guint64           piece = (guint64)(what & 7) << 20;
    HvnVfioUserDmaMap map = {.argsz = sizeof map, .flags = what & 0x20 ? 3 : 1, .fd_offset = piece, .address = piece, .size = 1 << 20};
    HvnVfioUserDmaUnmap unmap = {.argsz = sizeof unmap, .address = piece, .size = 1 << 20};

    if ((what & 0xc0) == 0xc0)
        unmap = (HvnVfioUserDmaUnmap){.argsz = sizeof unmap, .flags = HVN_VFIO_USER_UNMAP_FLAG_ALL};
    else if ((what & 0x18) == 0x18)
        unmap = (HvnVfioUserDmaUnmap){.argsz = sizeof unmap, .size = HVN_VFIO_MACHINE_RAM};
    if (what & 0x40)
        hvn_vfio_client_post(&m->client, HVN_VFIO_USER_DMA_UNMAP, 0, &unmap, sizeof unmap, NULL, 0);
    else
        hvn_vfio_client_post(&m->client, HVN_VFIO_USER_DMA_MAP, 0, &map, sizeof map, &m->memory, what & 0x10 ? 1 : 0);
}

/* the server's next request is served, refused, answered with too much, too little or for another address, or kept back */
static void
fuzz_request(HvnVfioMachine *m, FuzzInput *input)
{
    guint                 what = fuzz_take(input, 1) % 6;
    guint8                bytes[64] = {0};
    g_autoptr(GByteArray) request = NULL;

    if (what == 5)
        return;
    request = hvn_vfio_client_take_request(&m->client);
    if (request == NULL)
        return;
    if (what < 2 && !input->cut) {
        hvn_vfio_client_serve(&m->client, request, m->ram, HVN_VFIO_MACHINE_RAM);
    } else if (what == 3) {
        hvn_vfio_client_refuse(&m->client, request, EFAULT);
    } else {
        fuzz_bytes(input, bytes, sizeof bytes);
        hvn_vfio_client_answer(&m->client, request, bytes, what * 8);
    }
}

static void
fuzz_write_memory(HvnVfioMachine *m, FuzzInput *input)
{
    guint32 offset = fuzz_take(input, 3) % (HVN_VFIO_MACHINE_RAM - 256);
    guint8  bytes[255];
    gsize   len = fuzz_take(input, 1);

    len = fuzz_bytes(input, bytes, len);
    if (!input->cut)
        memcpy(m->ram + offset, bytes, len);
}

static void
fuzz_step(HvnVfioMachine *m, FuzzInput *input, HvnDispatcher *dispatcher)
{
    guint8 bytes[255];
    gsize  len;

    switch (fuzz_take(input, 1)) {
    case 'M':
        fuzz_message(m, input);
        break;
    case 'B':
        len = fuzz_take(input, 1);
        len = fuzz_bytes(input, bytes, len);
        if (len > 0)
            hvn_vfio_client_send_raw(&m->client, bytes, len, NULL, 0);
        break;
    case 'A':
        fuzz_access(m, input);
        break;
    case 'W':
        fuzz_write_memory(m, input);
        break;
    case 'S':
        if (!input->cut && !m->virtio)
            hvn_vfio_machine_send(m, "fuzz");
        break;
    case 'O':
        hvn_vfio_machine_offer(m, "fuzz");
        break;
    case 'P':
        fuzz_map(m, input);
        break;
    case 'D':
        fuzz_request(m, input);
        break;
    case 'T':
        hvn_dispatcher_advance(dispatcher, (gint64)fuzz_take(input, 1) * 100 * HVN_NS_PER_MS);
        break;
    case 'Z':
        input->cut = TRUE;
        g_assert_cmpint(ftruncate(m->memory, fuzz_take(input, 1) * 4096), ==, 0);
        break;
    case 'X':
        hvn_vfio_machine_hang_up(m);
        break;
    default:
        for (guint i = 0; i < 4; i++)
            hvn_dispatcher_iterate(dispatcher, FALSE);
        hvn_vfio_client_pump(&m->client);
    }
}

static void
fuzz_silent(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
    if ((level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR)) != 0)
        abort();
}

/* a machine that is served, whatever was before */
static void
fuzz_serve(HvnVfioMachine *m)
{
    hvn_vfio_machine_connect(m);
    hvn_vfio_machine_enable(m);
    hvn_vfio_machine_start(m);
    hvn_vfio_machine_expect_traffic(m);
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    FuzzInput                input = {data, size, FALSE};
    guint                    start = fuzz_take(&input, 1);
    g_autoptr(HvnClock)      clock = hvn_clock_new_manual();
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, clock);
    HvnVfioMachine           m, other;

    g_log_set_default_handler(fuzz_silent, NULL);
    hvn_vfio_machine_init(&m, dispatcher, start & 1 ? "virtio-net" : "e1000");
    hvn_vfio_machine_init(&other, dispatcher, start & 1 ? "e1000" : "virtio-net");
    fuzz_serve(&other);
    m.private = (start & 2) != 0;
    hvn_vfio_machine_connect(&m);
    if (start & 4) {
        hvn_vfio_machine_enable(&m);
        hvn_vfio_machine_start(&m);
    }
    m.client.ram = NULL;
    while (input.left > 0 && hvn_vfio_user_get_attached(m.server) && !m.client.closed)
        fuzz_step(&m, &input, dispatcher);
    for (guint i = 0; i < 8; i++)
        hvn_dispatcher_iterate(dispatcher, FALSE);
    hvn_vfio_machine_expect_traffic(&other);
    if (hvn_vfio_user_get_attached(m.server))
        hvn_vfio_machine_hang_up(&m);
    g_assert_cmpint(ftruncate(m.memory, HVN_VFIO_MACHINE_RAM), ==, 0);
    m.private = FALSE;
    fuzz_serve(&m);
    hvn_vfio_machine_clear(&m);
    hvn_vfio_machine_clear(&other);
    return 0;
}
