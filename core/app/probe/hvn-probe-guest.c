/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine of the probe guest. Guest memory is one anonymous mapping, so that pages a driver never touches cost nothing. The
 * interrupt line only marks work: the handler runs from the dispatcher, as a processor takes an interrupt between instructions.
 *
 *   NIC set_irq(TRUE) -> work marked .. dispatcher: handler() -> driver reads the cause, the level falls
 *   hvn_probe_guest_wait(): condition? -> tick (flush, protocol timers) -> sleep in the dispatcher -> again */
#include "hvn-probe-guest.h"

#include <errno.h>
#include <sys/mman.h>

#include "hvn-error.h"
#include "hvn-guest-memory.h"

#define MMIO_BASE 0xe0000000u
#define IO_BASE   0xc000u

/* configuration space (PCI Local Bus Specification 3.0, 6.1) */
#define PCI_VENDOR  0x00
#define PCI_COMMAND 0x04
#define PCI_CLASS   0x08
#define PCI_BAR0    0x10

#define WORK_ROUNDS 16 /* rounds of deferred work before the file descriptors are looked at again */

struct _HvnProbeGuest {
    GObject               parent_instance;
    HvnNic               *nic;        /* owned; NULL once powered off */
    HvnDispatcher        *dispatcher; /* owned */
    HvnGuestMemory       *memory;     /* owned */
    guint8               *ram;        /* owned mapping of HVN_PROBE_GUEST_RAM_SIZE bytes */
    gsize                 ram_used;
    HvnProbePci           pci;
    HvnWork               interrupt_work;
    HvnTimer              wake; /* ends the sleep of hvn_probe_guest_wait() */
    HvnProbeInterruptFunc interrupt;
    gpointer              interrupt_data;
    HvnProbeTickFunc      tick;
    gpointer              tick_data;
    HvnProbeCondition     observer;
    gpointer              observer_data;
    gboolean              level; /* of the interrupt line */
    guint64               interrupts;
};

static void
hvn_probe_guest_bus_init(HvnBusInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(HvnProbeGuest, hvn_probe_guest, G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(HVN_TYPE_BUS, hvn_probe_guest_bus_init))

/* ---- HvnBus ---- */

static gboolean
hvn_probe_guest_dma_read(HvnBus *bus, guint64 addr, gpointer buf, gsize len)
{
    return hvn_guest_memory_read(HVN_PROBE_GUEST(bus)->memory, addr, buf, len);
}

static gboolean
hvn_probe_guest_dma_write(HvnBus *bus, guint64 addr, gconstpointer buf, gsize len)
{
    return hvn_guest_memory_write(HVN_PROBE_GUEST(bus)->memory, addr, buf, len);
}

static guint
hvn_probe_guest_dma_map(HvnBus *bus, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    return hvn_guest_memory_map(HVN_PROBE_GUEST(bus)->memory, addr, len, write, iov, n_iov);
}

static void
hvn_probe_guest_set_irq(HvnBus *bus, gboolean level)
{
    HvnProbeGuest *self = HVN_PROBE_GUEST(bus);

    if (level && !self->level)
        self->interrupts++;
    self->level = level;
    if (level && self->interrupt != NULL)
        hvn_work_schedule(&self->interrupt_work);
}

/* the drivers use the interrupt line; a message that nobody enabled has nowhere to go */
static void
hvn_probe_guest_send_msi(HvnBus *bus, guint vector)
{
}

static void
hvn_probe_guest_bus_init(HvnBusInterface *iface)
{
    iface->read = hvn_probe_guest_dma_read;
    iface->write = hvn_probe_guest_dma_write;
    iface->map = hvn_probe_guest_dma_map;
    iface->set_irq = hvn_probe_guest_set_irq;
    iface->send_msi = hvn_probe_guest_send_msi;
}

/* ---- the processor ---- */

static gboolean
hvn_probe_guest_take_interrupt(gpointer data)
{
    HvnProbeGuest *self = data;
    gboolean more;

    if (self->interrupt == NULL)
        return FALSE;
    more = self->interrupt(self->interrupt_data);
    return more || (self->level && self->interrupt != NULL);
}

void
hvn_probe_guest_set_interrupt(HvnProbeGuest *self, HvnProbeInterruptFunc func, gpointer data)
{
    self->interrupt = func;
    self->interrupt_data = data;
    if (func == NULL)
        hvn_work_cancel(&self->interrupt_work);
    else if (self->level)
        hvn_work_schedule(&self->interrupt_work);
}

void
hvn_probe_guest_set_tick(HvnProbeGuest *self, HvnProbeTickFunc func, gpointer data)
{
    self->tick = func;
    self->tick_data = data;
}

void
hvn_probe_guest_set_observer(HvnProbeGuest *self, HvnProbeCondition func, gpointer data)
{
    self->observer = func;
    self->observer_data = data;
}

guint64
hvn_probe_guest_get_interrupts(HvnProbeGuest *self)
{
    return self->interrupts;
}

HvnDispatcher *
hvn_probe_guest_get_dispatcher(HvnProbeGuest *self)
{
    return self->dispatcher;
}

/* a manual clock stands still while the main context runs, so tests step it here */
static void
hvn_probe_guest_sleep(HvnProbeGuest *self, gint64 until_ns)
{
    if (hvn_clock_is_manual(hvn_dispatcher_get_clock(self->dispatcher))) {
        hvn_dispatcher_iterate(self->dispatcher, FALSE);
        hvn_dispatcher_advance(self->dispatcher, HVN_NS_PER_MS);
        return;
    }
    hvn_timer_arm(&self->wake, until_ns);
    hvn_dispatcher_iterate(self->dispatcher, TRUE);
}

gboolean
hvn_probe_guest_wait(HvnProbeGuest *self, HvnProbeCondition condition, gpointer data, guint timeout_ms)
{
    gint64 deadline = hvn_dispatcher_now_ns(self->dispatcher) + timeout_ms * HVN_NS_PER_MS;

    for (;;) {
        gint64 now;
        guint sleep_ms;

        if (condition != NULL && condition(data))
            return TRUE;
        sleep_ms = self->tick != NULL ? self->tick(self->tick_data) : timeout_ms;
        now = hvn_dispatcher_now_ns(self->dispatcher);
        if (now >= deadline)
            return FALSE;
        hvn_probe_guest_sleep(self, MIN(deadline, now + sleep_ms * HVN_NS_PER_MS));
        for (guint i = 0; i < WORK_ROUNDS && hvn_dispatcher_run_work(self->dispatcher); i++)
            ;
        if (self->observer != NULL && self->observer(self->observer_data))
            self->observer = NULL;
    }
}

/* only there to end the sleep */
static void
hvn_probe_guest_woken(gpointer data)
{
}

/* ---- memory and registers ---- */

gpointer
hvn_probe_guest_alloc(HvnProbeGuest *self, gsize len, gsize align, guint64 *addr)
{
    gsize offset = (self->ram_used + align - 1) & ~(align - 1);

    if (offset > HVN_PROBE_GUEST_RAM_SIZE || len > HVN_PROBE_GUEST_RAM_SIZE - offset)
        return NULL;
    self->ram_used = offset + len;
    *addr = HVN_PROBE_GUEST_RAM_BASE + offset;
    return self->ram + offset;
}

guint32
hvn_probe_guest_read(HvnProbeGuest *self, guint bar, guint64 offset)
{
    return hvn_probe_guest_read_part(self, bar, offset, 4);
}

void
hvn_probe_guest_write(HvnProbeGuest *self, guint bar, guint64 offset, guint32 value)
{
    hvn_probe_guest_write_part(self, bar, offset, value, 4);
}

guint32
hvn_probe_guest_read_part(HvnProbeGuest *self, guint bar, guint64 offset, guint size)
{
    return self->nic != NULL ? (guint32)hvn_nic_region_read(self->nic, bar, offset, size) : G_MAXUINT32 >> (32 - 8 * size);
}

void
hvn_probe_guest_write_part(HvnProbeGuest *self, guint bar, guint64 offset, guint32 value, guint size)
{
    if (self->nic != NULL)
        hvn_nic_region_write(self->nic, bar, offset, value, size);
}

guint32
hvn_probe_guest_read_config(HvnProbeGuest *self, guint offset, guint size)
{
    return self->nic != NULL ? hvn_nic_config_read(self->nic, offset, size) : G_MAXUINT32 >> (32 - 8 * size);
}

/* ---- enumeration ---- */

const HvnProbePci *
hvn_probe_guest_get_pci(HvnProbeGuest *self)
{
    return &self->pci;
}

/* 6.2.5.1: write ones, read the mask back; the lowest bit that sticks is the size. Returns the BARs that it took. */
static guint
hvn_probe_guest_size_bar(HvnProbeGuest *self, guint bar)
{
    HvnProbeBar *found = &self->pci.bars[bar];
    guint offset = PCI_BAR0 + 4 * bar;
    guint32 flags = hvn_nic_config_read(self->nic, offset, 4);
    guint64 mask;

    found->io = (flags & HVN_PCI_BAR_IO) != 0;
    found->wide = (flags & 7) == HVN_PCI_BAR_MEMORY64 && bar + 1 < HVN_PCI_N_BARS;
    hvn_nic_config_write(self->nic, offset, G_MAXUINT32, 4);
    mask = hvn_nic_config_read(self->nic, offset, 4) & (found->io ? ~3u : ~15u);
    if (found->wide) {
        hvn_nic_config_write(self->nic, offset + 4, G_MAXUINT32, 4);
        mask |= (guint64)hvn_nic_config_read(self->nic, offset + 4, 4) << 32;
    }
    found->size = mask & (~mask + 1);
    return found->wide ? 2 : 1;
}

static gboolean
hvn_probe_guest_place_bar(HvnProbeGuest *self, guint bar, guint64 *next, GError **error)
{
    HvnProbeBar *found = &self->pci.bars[bar];
    guint offset = PCI_BAR0 + 4 * bar;
    guint32 mask = found->io ? ~3u : ~15u;

    *next = (*next + found->size - 1) & ~(found->size - 1);
    found->address = *next;
    *next += found->size;
    hvn_nic_config_write(self->nic, offset, (guint32)found->address, 4);
    if (found->wide)
        hvn_nic_config_write(self->nic, offset + 4, (guint32)(found->address >> 32), 4);
    if ((hvn_nic_config_read(self->nic, offset, 4) & mask) == (guint32)found->address)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "bar %u does not take address 0x%08" G_GINT64_MODIFIER "x", bar,
                found->address);
    return FALSE;
}

gboolean
hvn_probe_guest_enumerate(HvnProbeGuest *self, GError **error)
{
    guint64 next_memory = MMIO_BASE, next_io = IO_BASE;
    guint32 id = hvn_nic_config_read(self->nic, PCI_VENDOR, 4), class_revision, command;

    self->pci.vendor = (guint16)id;
    self->pci.device = (guint16)(id >> 16);
    if (self->pci.vendor == 0xffff || self->pci.vendor == 0) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "no PCI function in the slot: vendor id reads 0x%04x", self->pci.vendor);
        return FALSE;
    }
    class_revision = hvn_nic_config_read(self->nic, PCI_CLASS, 4);
    self->pci.revision = (guint8)class_revision;
    self->pci.class_code = class_revision >> 8;
    hvn_nic_config_write(self->nic, PCI_COMMAND, 0, 2);
    for (guint bar = 0; bar < HVN_PCI_N_BARS; bar += hvn_probe_guest_size_bar(self, bar))
        ;
    for (guint bar = 0; bar < HVN_PCI_N_BARS; bar++) {
        HvnProbeBar *found = &self->pci.bars[bar];

        if (found->size != 0 && !hvn_probe_guest_place_bar(self, bar, found->io ? &next_io : &next_memory, error))
            return FALSE;
    }
    command = HVN_PCI_COMMAND_IO | HVN_PCI_COMMAND_MEMORY | HVN_PCI_COMMAND_MASTER;
    hvn_nic_config_write(self->nic, PCI_COMMAND, command, 2);
    if ((hvn_nic_config_read(self->nic, PCI_COMMAND, 2) & HVN_PCI_COMMAND_MASTER) != 0)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "the command register does not enable bus mastering");
    return FALSE;
}

/* ---- life ---- */

HvnProbeGuest *
hvn_probe_guest_new(HvnNic *nic, HvnDispatcher *dispatcher, GError **error)
{
    g_autoptr(HvnProbeGuest) self = g_object_new(HVN_TYPE_PROBE_GUEST, NULL);
    void *ram = mmap(NULL, HVN_PROBE_GUEST_RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (ram == MAP_FAILED) {
        hvn_set_error_errno(error, errno, "cannot map %u bytes of guest memory", HVN_PROBE_GUEST_RAM_SIZE);
        return NULL;
    }
    self->ram = ram;
    if (!hvn_guest_memory_add(self->memory, HVN_PROBE_GUEST_RAM_BASE, HVN_PROBE_GUEST_RAM_SIZE, ram, TRUE, error))
        return NULL;
    self->dispatcher = g_object_ref(dispatcher);
    hvn_work_init(&self->interrupt_work, dispatcher, hvn_probe_guest_take_interrupt, self);
    hvn_timer_init(&self->wake, dispatcher, hvn_probe_guest_woken, self);
    self->nic = g_object_ref(nic);
    hvn_nic_attach(nic, HVN_BUS(self));
    return g_steal_pointer(&self);
}

void
hvn_probe_guest_power_off(HvnProbeGuest *self)
{
    g_autoptr(HvnNic) nic = g_steal_pointer(&self->nic);

    if (nic == NULL)
        return;
    hvn_probe_guest_set_interrupt(self, NULL, NULL);
    hvn_probe_guest_set_tick(self, NULL, NULL);
    hvn_probe_guest_set_observer(self, NULL, NULL);
    hvn_timer_cancel(&self->wake);
    hvn_nic_detach(nic);
    hvn_work_cancel(&self->interrupt_work);
}

static void
hvn_probe_guest_dispose(GObject *object)
{
    HvnProbeGuest *self = HVN_PROBE_GUEST(object);

    hvn_probe_guest_power_off(self);
    g_clear_object(&self->dispatcher);
    G_OBJECT_CLASS(hvn_probe_guest_parent_class)->dispose(object);
}

static void
hvn_probe_guest_finalize(GObject *object)
{
    HvnProbeGuest *self = HVN_PROBE_GUEST(object);

    g_clear_pointer(&self->memory, hvn_guest_memory_free);
    if (self->ram != NULL)
        munmap(self->ram, HVN_PROBE_GUEST_RAM_SIZE);
    G_OBJECT_CLASS(hvn_probe_guest_parent_class)->finalize(object);
}

static void
hvn_probe_guest_class_init(HvnProbeGuestClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);

    object_class->dispose = hvn_probe_guest_dispose;
    object_class->finalize = hvn_probe_guest_finalize;
}

static void
hvn_probe_guest_init(HvnProbeGuest *self)
{
    self->memory = hvn_guest_memory_new();
}
