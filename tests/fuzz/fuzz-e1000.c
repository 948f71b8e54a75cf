/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer target for the e1000: the input is a program of register accesses, writes to guest memory, frames from the
 * other side and time.
 *
 *   op (1 byte), operands -> 0 write, 1 read, 2 memory, 3 frame, 4 time, 5 peer's capacity, 6 link, 7 run */
#include "hvn-bytes.h"
#include "hvn-e1000-nic.h"
#include "hvn-fake-bus.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"

#define RAM (1u << 20)

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

typedef struct {
    const guint8 *data;
    gsize len;
} Input;

static guint32
take(Input *input, guint n)
{
    guint32 value = 0;

    for (guint i = 0; i < n && input->len > 0; i++, input->data++, input->len--)
        value |= (guint32)*input->data << 8 * i;
    return value;
}

/* the length that the next byte says, as far as the input goes */
static gsize
take_len(Input *input)
{
    gsize len = take(input, 1);

    return MIN(len, input->len);
}

static void
access_register(HvnNic *nic, Input *input, gboolean write)
{
    guint8 how = take(input, 1);
    guint bar = how & 4 ? 1 : 0;
    guint size = 1u << (how & 3);
    guint32 offset = take(input, how & 8 ? 3 : 2);

    offset &= bar == 1 ? E1000_BAR_IO_SIZE - 1 : E1000_BAR_MEMORY_SIZE - 1;
    if (write)
        hvn_nic_region_write(nic, bar, offset, take(input, MIN(size, 4)), size);
    else
        hvn_nic_region_read(nic, bar, offset, size);
}

static void
write_memory(HvnFakeBus *bus, Input *input)
{
    guint32 address = take(input, 3) % (RAM - 256);
    gsize len = take_len(input);

    memcpy(hvn_fake_bus_get_ram(bus) + address, input->data, len);
    input->data += len;
    input->len -= len;
}

static void
send_frame(HvnFakePort *port, Input *input)
{
    gsize pad = take(input, 1) * 16u, len = take_len(input);
    g_autofree guint8 *bytes = g_malloc0(len + pad + 14);

    memcpy(bytes, input->data, len);
    hvn_fake_port_send_bytes(port, bytes, len + pad + 14);
    input->data += len;
    input->len -= len;
}

static void
run(HvnDispatcher *dispatcher, HvnFakeBus *bus, HvnNic *nic, HvnFakePort *port, HvnLink *link, Input *input)
{
    guint capacity;

    while (input->len > 0) {
        switch (take(input, 1) & 7) {
        case 0:
            access_register(nic, input, TRUE);
            break;
        case 1:
            access_register(nic, input, FALSE);
            break;
        case 2:
            write_memory(bus, input);
            break;
        case 3:
            send_frame(port, input);
            break;
        case 4:
            hvn_dispatcher_advance(dispatcher, (gint64)take(input, 2) * 10000);
            break;
        case 5:
            capacity = take(input, 1);
            hvn_fake_port_set_capacity(port, capacity < 128 ? capacity : G_MAXUINT);
            hvn_port_ready(HVN_PORT(port));
            break;
        case 6:
            hvn_link_set_up(link, take(input, 1) & 1);
            break;
        default:
            hvn_dispatcher_run_work(dispatcher);
            break;
        }
    }
    hvn_dispatcher_advance(dispatcher, HVN_NS_PER_S);
}

/* rings that work, so that the input need not find them */
static void
prepare(HvnNic *nic, HvnFakeBus *bus)
{
    static const struct {
        guint32 offset;
        guint32 value;
    } writes[] = {
        {E1000_TDBAL, 0x1000},
        {E1000_TDLEN, 0x400},
        {E1000_RDBAL, 0x2000},
        {E1000_RDLEN, 0x400},
        {E1000_RDT, 40},
        {E1000_TCTL, E1000_TCTL_EN},
        {E1000_RCTL, E1000_RCTL_EN | E1000_RCTL_UPE | E1000_RCTL_MPE},
    };

    for (guint i = 0; i < 64; i++)
        hvn_store_le64(hvn_fake_bus_get_ram(bus) + 0x2000 + 16 * i, 0x10000 + 2048 * i);
    for (guint i = 0; i < G_N_ELEMENTS(writes); i++)
        hvn_nic_region_write(nic, E1000_BAR_MEMORY, writes[i].offset, writes[i].value, 4);
}

static void
ignore_message(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
}

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, clock);
    g_autoptr(HvnFakeBus) bus = hvn_fake_bus_new(RAM);
    g_autoptr(HvnNic) nic = g_object_new(HVN_TYPE_E1000_NIC, "dispatcher", dispatcher, NULL);
    g_autoptr(HvnFakePort) port = hvn_fake_port_new(dispatcher, "peer");
    g_autoptr(HvnLink) link = hvn_link_new(HVN_PORT(nic), HVN_PORT(port));
    Input input = {data, size};

    g_log_set_default_handler(ignore_message, NULL);
    hvn_nic_attach(nic, HVN_BUS(bus));
    hvn_fake_bus_enable_nic(bus, nic);
    hvn_fake_port_set_recording(port, FALSE);
    prepare(nic, bus);
    run(dispatcher, bus, nic, port, link, &input);
    hvn_link_disconnect(link);
    hvn_nic_detach(nic);
    return 0;
}
