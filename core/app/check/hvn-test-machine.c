/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The surroundings of a NIC in a test; see hvn-test-machine.h. */
#include "hvn-test-machine.h"

#include <string.h>

void
hvn_test_machine_set_up(HvnTestMachine *self, gsize ram_size, GType type, const char *property, const char *value)
{
    *self = (HvnTestMachine){.clock = hvn_clock_new_manual()};
    self->dispatcher = hvn_dispatcher_new(NULL, self->clock);
    self->bus = hvn_fake_bus_new(ram_size);
    self->ram = hvn_fake_bus_get_ram(self->bus);
    self->nic = g_object_new(type, "dispatcher", self->dispatcher, "name", "net0", "mac", "52:54:00:12:34:56", property, value, NULL);
    self->port = hvn_fake_port_new(self->dispatcher, "peer");
    self->link = hvn_link_new(HVN_PORT(self->nic), HVN_PORT(self->port));
    hvn_nic_attach(self->nic, HVN_BUS(self->bus));
    hvn_fake_bus_enable_nic(self->bus, self->nic);
}

void
hvn_test_machine_tear_down(HvnTestMachine *self)
{
    g_clear_object(&self->link);
    hvn_nic_detach(self->nic);
    g_object_add_weak_pointer(G_OBJECT(self->nic), (gpointer *)&self->nic);
    g_object_unref(self->nic);
    g_assert_null(self->nic);
    g_clear_object(&self->port);
    g_clear_object(&self->bus);
    g_clear_object(&self->dispatcher);
    g_clear_pointer(&self->clock, hvn_clock_unref);
}

guint32
hvn_test_machine_put(HvnTestMachine *self, guint32 *next, guint32 end, gconstpointer data, gsize len)
{
    guint32 address = *next;

    *next += (len + 63) & ~63u;
    g_assert_cmpuint(*next, <, end);
    memcpy(self->ram + address, data, len);
    return address;
}

void
hvn_test_machine_assert_frame(const HvnTestMachine *self, guint n, gconstpointer data, gsize len)
{
    gsize got;
    gconstpointer bytes = g_bytes_get_data(hvn_fake_port_get_frame(self->port, n), &got);

    g_assert_cmpmem(bytes, got, data, len);
}
