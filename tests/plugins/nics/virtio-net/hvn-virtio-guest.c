/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest for tests of virtio-net: plain driver steps, written out. */
#include "hvn-virtio-guest.h"

void
guest_setup(Guest *self, const char *variant, guint pairs)
{
    memset(self, 0, sizeof *self);
    self->clock = hvn_clock_new_manual();
    self->dispatcher = hvn_dispatcher_new(NULL, self->clock);
    self->bus = hvn_fake_bus_new(GUEST_RAM);
    self->ram = hvn_fake_bus_get_ram(self->bus);
    self->nic = g_object_new(HVN_TYPE_VIRTIO_NET_NIC, "dispatcher", self->dispatcher, "name", "net0", "mac", "52:54:00:12:34:56",
                             "variant", variant, "queues", pairs, "packed", TRUE, "rss", TRUE, "hash", TRUE, "host-mtu", 1400, NULL);
    self->net = (HvnVirtioNetNic *)self->nic;
    self->port = hvn_fake_port_new(self->dispatcher, "peer");
    self->link = hvn_link_new(HVN_PORT(self->nic), HVN_PORT(self->port));
    hvn_nic_attach(self->nic, HVN_BUS(self->bus));
    hvn_fake_bus_enable_nic(self->bus, self->nic);
}

void
guest_teardown(Guest *self)
{
    g_clear_object(&self->link);
    hvn_nic_detach(self->nic);
    g_object_add_weak_pointer(G_OBJECT(self->nic), (gpointer *)&self->net);
    g_object_unref(self->nic);
    g_assert_null(self->net);
    g_clear_object(&self->port);
    g_clear_object(&self->bus);
    g_clear_object(&self->dispatcher);
    g_clear_pointer(&self->clock, hvn_clock_unref);
}

guint64
guest_read(Guest *self, guint32 offset, guint size)
{
    return hvn_nic_region_read(self->nic, HVN_VIRTIO_PCI_BAR_MODERN, offset, size);
}

void
guest_write(Guest *self, guint32 offset, guint64 value, guint size)
{
    hvn_nic_region_write(self->nic, HVN_VIRTIO_PCI_BAR_MODERN, offset, value, size);
}

void
guest_run(Guest *self)
{
    hvn_dispatcher_advance(self->dispatcher, 0);
}

guint64
guest_get_offered(Guest *self)
{
    guint64 low;

    guest_write(self, 0x00, 0, 4);
    low = guest_read(self, 0x04, 4);
    guest_write(self, 0x00, 1, 4);
    return low | guest_read(self, 0x04, 4) << 32;
}

gboolean
guest_negotiate(Guest *self, guint64 features)
{
    guest_write(self, 0x14, 0, 1);
    guest_write(self, 0x14, HVN_VIRTIO_STATUS_ACKNOWLEDGE, 1);
    guest_write(self, 0x14, HVN_VIRTIO_STATUS_ACKNOWLEDGE | HVN_VIRTIO_STATUS_DRIVER, 1);
    for (guint i = 0; i < 2; i++) {
        guest_write(self, 0x08, i, 4);
        guest_write(self, 0x0c, features >> i * 32 & G_MAXUINT32, 4);
    }
    self->features = features;
    self->header_len = features & HVN_VIRTIO_NET_F_HASH_REPORT ? 20 : 12;
    guest_write(self, 0x14, GUEST_NEGOTIATED, 1);
    return (guest_read(self, 0x14, 1) & HVN_VIRTIO_STATUS_FEATURES_OK) != 0;
}

void
guest_enable_queue(Guest *self, guint index)
{
    HvnTestVirtqueue *queue = &self->queues[index];

    hvn_test_virtqueue_init(queue, self->ram, GUEST_QUEUES * (index + 1), GUEST_SIZE, self->features);
    guest_write(self, 0x16, index, 2);
    guest_write(self, 0x18, GUEST_SIZE, 2);
    guest_write(self, 0x20, queue->desc & G_MAXUINT32, 4); /* in halves, as drivers do */
    guest_write(self, 0x24, queue->desc >> 32, 4);
    guest_write(self, 0x28, queue->driver, 8);
    guest_write(self, 0x30, queue->device, 8);
    guest_write(self, 0x1c, 1, 2);
}

void
guest_up(Guest *self, guint64 features, guint n_queues)
{
    g_assert_true(guest_negotiate(self, features));
    for (guint i = 0; i < n_queues; i++)
        guest_enable_queue(self, i);
    guest_write(self, 0x14, GUEST_NEGOTIATED | HVN_VIRTIO_STATUS_DRIVER_OK, 1);
    guest_run(self);
}

void
guest_kick(Guest *self, guint index)
{
    guest_write(self, HVN_VIRTIO_PCI_NOTIFY + index * HVN_VIRTIO_PCI_NOTIFY_MULTIPLIER, index, 2);
    guest_run(self);
}

guint8 *
guest_buffer(Guest *self, guint cookie)
{
    return self->ram + GUEST_BUFFERS + (cookie % 128) * 0x10000u;
}

void
guest_give(Guest *self, guint index, guint n, guint32 len, guint first)
{
    for (guint i = 0; i < n; i++) {
        HvnTestPiece piece = {guest_buffer(self, first + i) - self->ram, len};

        g_assert_true(hvn_test_virtqueue_add(&self->queues[index], &piece, 0, 1, FALSE, first + i));
    }
}

void
guest_send(Guest *self, guint index, gconstpointer header, gconstpointer data, gsize len, guint cookie)
{
    guint8 *at = guest_buffer(self, cookie);
    HvnTestPiece pieces[2] = {{at - self->ram, self->header_len}, {at - self->ram + 64, len}};

    g_assert_cmpuint(len, <=, 0x10000 - 64);
    memset(at, 0, self->header_len);
    if (header != NULL)
        memcpy(at, header, 10);
    if (len > 0)
        memcpy(at + 64, data, len);
    g_assert_true(hvn_test_virtqueue_add(&self->queues[index], pieces, len > 0 ? 2 : 1, 0, FALSE, cookie));
}

gint
guest_command(Guest *self, guint index, guint8 class, guint8 command, gconstpointer data, gsize len)
{
    HvnTestPiece pieces[3] = {{GUEST_COMMAND, 2}, {GUEST_COMMAND + 64, len}, {GUEST_COMMAND + 16, 1}};
    guint8 *at = self->ram + GUEST_COMMAND;
    guint cookie;
    guint32 written;

    if (len == 0)
        pieces[1] = pieces[2];
    at[0] = class;
    at[1] = command;
    at[16] = 0xaa;
    if (len > 0)
        memcpy(at + 64, data, len);
    g_assert_true(hvn_test_virtqueue_add(&self->queues[index], pieces, len > 0 ? 2 : 1, 1, FALSE, 0));
    guest_kick(self, index);
    if (!hvn_test_virtqueue_get(&self->queues[index], &cookie, &written))
        return -1;
    g_assert_cmpuint(written, ==, 1);
    return at[16];
}
