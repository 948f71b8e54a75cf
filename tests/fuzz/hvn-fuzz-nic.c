/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine around a NIC that is fuzzed; see hvn-fuzz-nic.h. */
#include "hvn-fuzz-nic.h"

#include "hvn-fake-port.h"
#include "hvn-link.h"

#include <string.h>

typedef struct {
    const HvnFuzzNicModel *model;
    HvnDispatcher *dispatcher;
    HvnFakeBus *bus;
    HvnNic *nic;
    HvnFakePort *port;
    HvnLink *link;
    const guint8 *data; /* what is left of the input */
    gsize len;
} Machine;

static guint32
take(Machine *self, guint n)
{
    guint32 value = 0;

    for (guint i = 0; i < n && self->len > 0; i++, self->data++, self->len--)
        value |= (guint32)*self->data << 8 * i;
    return value;
}

/* the length that the next byte says, as far as the input goes */
static gsize
take_len(Machine *self)
{
    gsize len = take(self, 1);

    return MIN(len, self->len);
}

static void
access_register(Machine *self, gboolean write)
{
    guint8 how = take(self, 1);
    guint bar = how & 4 ? self->model->other_bar : self->model->bar;
    guint size = 1u << (how & 3);
    guint32 offset = take(self, how & 8 ? 3 : 2);

    offset &= hvn_nic_get_pci(self->nic)->bars[bar].size - 1;
    if (write)
        hvn_nic_region_write(self->nic, bar, offset, take(self, MIN(size, 4)), size);
    else
        hvn_nic_region_read(self->nic, bar, offset, size);
}

static void
write_memory(Machine *self)
{
    guint32 address = take(self, 3) % (HVN_FUZZ_NIC_RAM - 256);
    gsize len = take_len(self);

    memcpy(hvn_fake_bus_get_ram(self->bus) + address, self->data, len);
    self->data += len;
    self->len -= len;
}

static void
send_frame(Machine *self)
{
    gsize pad = take(self, 1) * 16u, len = take_len(self);
    g_autofree guint8 *bytes = g_malloc0(len + pad + 14);

    memcpy(bytes, self->data, len);
    hvn_fake_port_send_bytes(self->port, bytes, len + pad + 14);
    self->data += len;
    self->len -= len;
}

static void
step(Machine *self)
{
    guint capacity;

    switch (take(self, 1) & 7) {
    case 0:
        access_register(self, TRUE);
        break;
    case 1:
        access_register(self, FALSE);
        break;
    case 2:
        write_memory(self);
        break;
    case 3:
        send_frame(self);
        break;
    case 4:
        hvn_dispatcher_advance(self->dispatcher, (gint64)take(self, 2) * 10000);
        break;
    case 5:
        capacity = take(self, 1);
        hvn_fake_port_set_capacity(self->port, capacity < 128 ? capacity : G_MAXUINT);
        hvn_port_ready(HVN_PORT(self->port));
        break;
    case 6:
        hvn_link_set_up(self->link, take(self, 1) & 1);
        break;
    default:
        hvn_dispatcher_run_work(self->dispatcher);
        break;
    }
}

static void
ignore_message(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
}

void
hvn_fuzz_nic_run(const HvnFuzzNicModel *model, HvnDispatcher *dispatcher, HvnNic *nic, const guint8 *data, gsize size)
{
    g_autoptr(HvnFakeBus) bus = hvn_fake_bus_new(HVN_FUZZ_NIC_RAM);
    g_autoptr(HvnFakePort) port = hvn_fake_port_new(dispatcher, "peer");
    g_autoptr(HvnLink) link = hvn_link_new(HVN_PORT(nic), HVN_PORT(port));
    Machine self = {model, dispatcher, bus, nic, port, link, data, size};

    g_log_set_default_handler(ignore_message, NULL);
    hvn_nic_attach(nic, HVN_BUS(bus));
    hvn_fake_bus_enable_nic(bus, nic);
    hvn_fake_port_set_recording(port, FALSE);
    model->lay_out(hvn_fake_bus_get_ram(bus));
    for (guint i = 0; i < model->n_writes; i++)
        hvn_nic_region_write(nic, model->bar, model->writes[i].offset, model->writes[i].value, model->writes[i].size);
    while (self.len > 0)
        step(&self);
    hvn_dispatcher_advance(dispatcher, HVN_NS_PER_S);
    hvn_link_disconnect(link);
    hvn_nic_detach(nic);
}
