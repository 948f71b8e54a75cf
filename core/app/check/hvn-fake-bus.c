/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A hypervisor for tests. Guest memory is one anonymous mapping, so a page costs nothing until it is touched; interrupts are
 * counted and go nowhere. */
#include "hvn-fake-bus.h"

#include "hvn-guest-memory.h"

#include <sys/mman.h>

#define HVN_FAKE_BUS_N_VECTORS 32

struct _HvnFakeBus {
    GObject         parent_instance;
    HvnGuestMemory *memory;
    guint8         *ram; /* owned mapping of ram_size bytes */
    gsize           ram_size;
    gsize           split;
    guint64         read_only[2]; /* from the first up to the second */
    gboolean        irq;
    guint           irq_rises;
    guint           msi_count[HVN_FAKE_BUS_N_VECTORS];
};

static void
hvn_fake_bus_iface_init(HvnBusInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(HvnFakeBus, hvn_fake_bus, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE(HVN_TYPE_BUS, hvn_fake_bus_iface_init))

/* bytes of an access at @addr up to the next split */
static gsize
hvn_fake_bus_piece(HvnFakeBus *self, guint64 addr, gsize len)
{
    return self->split == 0 ? len : MIN(len, self->split - addr % self->split);
}

static gboolean
hvn_fake_bus_is_read_only(HvnFakeBus *self, guint64 addr, gsize len)
{
    return addr < self->read_only[1] && addr + len > self->read_only[0];
}

static guint
hvn_fake_bus_map(HvnBus *bus, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    HvnFakeBus *self = HVN_FAKE_BUS(bus);
    guint used = 0;

    if (write && hvn_fake_bus_is_read_only(self, addr, len))
        return 0;
    while (len > 0) {
        gsize piece = hvn_fake_bus_piece(self, addr, len);
        guint n = hvn_guest_memory_map(self->memory, addr, piece, write, iov + used, n_iov - used);

        if (n == 0)
            return 0;
        used += n;
        addr += piece;
        len -= piece;
    }
    return used;
}

static gboolean
hvn_fake_bus_read(HvnBus *bus, guint64 addr, gpointer buf, gsize len)
{
    HvnFakeBus *self = HVN_FAKE_BUS(bus);
    guint8 *to = buf;

    while (len > 0) {
        gsize piece = hvn_fake_bus_piece(self, addr, len);

        if (!hvn_guest_memory_read(self->memory, addr, to, piece))
            return FALSE;
        to += piece;
        addr += piece;
        len -= piece;
    }
    return TRUE;
}

static gboolean
hvn_fake_bus_write(HvnBus *bus, guint64 addr, gconstpointer buf, gsize len)
{
    HvnFakeBus *self = HVN_FAKE_BUS(bus);

    return !hvn_fake_bus_is_read_only(self, addr, len) && hvn_guest_memory_write(self->memory, addr, buf, len);
}

static void
hvn_fake_bus_set_irq(HvnBus *bus, gboolean level)
{
    HvnFakeBus *self = HVN_FAKE_BUS(bus);

    if (level && !self->irq)
        self->irq_rises++;
    self->irq = level;
}

static void
hvn_fake_bus_send_msi(HvnBus *bus, guint vector)
{
    g_assert_cmpuint(vector, <, HVN_FAKE_BUS_N_VECTORS);
    HVN_FAKE_BUS(bus)->msi_count[vector]++;
}

HvnFakeBus *
hvn_fake_bus_new(gsize ram_size)
{
    HvnFakeBus *self = g_object_new(HVN_TYPE_FAKE_BUS, NULL);
    g_autoptr(GError) error = NULL;

    self->ram_size = ram_size;
    self->ram = mmap(NULL, ram_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    g_assert_true(self->ram != MAP_FAILED);
    hvn_guest_memory_add(self->memory, 0, ram_size, self->ram, TRUE, &error);
    g_assert_no_error(error);
    return self;
}

void
hvn_fake_bus_enable_nic(HvnFakeBus *self, HvnNic *nic)
{
    const HvnPciBar *bars = hvn_nic_get_pci(nic)->bars;
    HvnNicRegion region;

    for (guint bar = 0; !hvn_nic_is_pci(nic) && bar < HVN_PCI_N_BARS; bar++) {
        if (hvn_nic_get_region(nic, bar, &region) && !region.io)
            hvn_nic_place_region(nic, bar, HVN_FAKE_BUS_BAR0 + bar * 0x100000);
    }
    for (guint bar = 0; bar < HVN_PCI_N_BARS; bar++) {
        guint offset = 0x10 + bar * 4;

        if (bars[bar].size == 0)
            continue;
        if ((bars[bar].flags & HVN_PCI_BAR_IO) != 0)
            hvn_nic_config_write(nic, offset, 0xc000 + bar * 0x100, 4);
        else
            hvn_nic_config_write(nic, offset, HVN_FAKE_BUS_BAR0 + bar * 0x100000, 4);
        if ((bars[bar].flags & HVN_PCI_BAR_MEMORY64) != 0)
            hvn_nic_config_write(nic, offset + 4, 0, 4);
    }
    hvn_nic_config_write(nic, 4, HVN_PCI_COMMAND_IO | HVN_PCI_COMMAND_MEMORY | HVN_PCI_COMMAND_MASTER, 2);
}

guint8 *
hvn_fake_bus_get_ram(HvnFakeBus *self)
{
    return self->ram;
}

gboolean
hvn_fake_bus_get_irq(HvnFakeBus *self)
{
    return self->irq;
}

guint
hvn_fake_bus_get_irq_rises(HvnFakeBus *self)
{
    return self->irq_rises;
}

guint
hvn_fake_bus_get_msi_count(HvnFakeBus *self, guint vector)
{
    g_assert_cmpuint(vector, <, HVN_FAKE_BUS_N_VECTORS);
    return self->msi_count[vector];
}

void
hvn_fake_bus_set_split(HvnFakeBus *self, gsize bytes)
{
    self->split = bytes;
}

void
hvn_fake_bus_set_read_only(HvnFakeBus *self, guint64 from, guint64 to)
{
    self->read_only[0] = from;
    self->read_only[1] = to;
}

static void
hvn_fake_bus_finalize(GObject *object)
{
    HvnFakeBus *self = HVN_FAKE_BUS(object);

    hvn_guest_memory_free(self->memory);
    if (self->ram != NULL)
        munmap(self->ram, self->ram_size);

    G_OBJECT_CLASS(hvn_fake_bus_parent_class)->finalize(object);
}

static void
hvn_fake_bus_iface_init(HvnBusInterface *iface)
{
    iface->read = hvn_fake_bus_read;
    iface->write = hvn_fake_bus_write;
    iface->map = hvn_fake_bus_map;
    iface->set_irq = hvn_fake_bus_set_irq;
    iface->send_msi = hvn_fake_bus_send_msi;
}

static void
hvn_fake_bus_class_init(HvnFakeBusClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = hvn_fake_bus_finalize;
}

static void
hvn_fake_bus_init(HvnFakeBus *self)
{
    self->memory = hvn_guest_memory_new();
}
