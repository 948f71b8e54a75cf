/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine of the probe guest. Guest memory is a memfd, so that it can be shared and pages a driver never touches cost nothing.
 * The interrupt line only marks work: the handler runs from the dispatcher, as a processor takes an interrupt between instructions.
 *
 *   line rises -> work marked .. dispatcher: handler() -> driver reads the cause, the level falls
 *   hvn_probe_guest_wait(): condition? -> tick (flush, protocol timers) -> sleep in the dispatcher -> again */
#include "hvn-probe-guest.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hvn-error.h"
#include "hvn-guest-memory.h"

#define MMIO_BASE 0xe0000000u
#define IO_BASE   0xc000u

#define REGION_STRIDE 0x10000u /* of the regions of a NIC without PCI */

/* configuration space (PCI Local Bus Specification 3.0, 6.1) */
#define PCI_VENDOR  0x00
#define PCI_COMMAND 0x04
#define PCI_STATUS  0x06
#define PCI_CLASS   0x08
#define PCI_BAR0    0x10

#define PCI_STATUS_CAPABILITIES 0x10
#define PCI_CAPABILITIES        0x34
#define PCI_HEADER_LEN          0x40
#define CAPABILITIES_MAX        48 /* of at least 4 bytes, behind the header of 64 */

#define WORK_ROUNDS 16 /* rounds of deferred work before the file descriptors are looked at again */

struct _HvnProbeGuest {
    GObject               parent_instance;
    HvnProbeAttachment   *attachment; /* owned; the way to the NIC, NULL once powered off */
    HvnDispatcher        *dispatcher; /* owned */
    HvnGuestMemory       *memory;     /* owned */
    int                   ram_fd;     /* owned memfd of HVN_PROBE_GUEST_RAM_SIZE bytes */
    guint8               *ram;        /* owned mapping of it */
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
    guint32               messages; /* vectors that came, as bits */
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
    hvn_probe_guest_set_line(HVN_PROBE_GUEST(bus), level);
}

static void
hvn_probe_guest_send_msi(HvnBus *bus, guint vector)
{
    hvn_probe_guest_send_message(HVN_PROBE_GUEST(bus), vector);
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
    if (!more && self->level && self->interrupt != NULL && self->attachment->model->interrupt_done != NULL)
        self->attachment->model->interrupt_done(self->attachment);
    return more || (self->level && self->interrupt != NULL);
}

void
hvn_probe_guest_send_message(HvnProbeGuest *self, guint vector)
{
    self->interrupts++;
    if (vector < 32)
        self->messages |= 1u << vector;
    if (self->interrupt != NULL)
        hvn_work_schedule(&self->interrupt_work);
}

guint32
hvn_probe_guest_take_messages(HvnProbeGuest *self)
{
    guint32 messages = self->messages;

    self->messages = 0;
    return messages;
}

void
hvn_probe_guest_set_line(HvnProbeGuest *self, gboolean level)
{
    if (level && !self->level)
        self->interrupts++;
    self->level = level;
    if (level && self->interrupt != NULL)
        hvn_work_schedule(&self->interrupt_work);
}

void
hvn_probe_guest_set_interrupt(HvnProbeGuest *self, HvnProbeInterruptFunc func, gpointer data)
{
    self->interrupt = func;
    self->interrupt_data = data;
    if (func == NULL)
        hvn_work_cancel(&self->interrupt_work);
    else if (self->level || self->messages != 0)
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
    if (self->attachment == NULL)
        return G_MAXUINT32 >> (32 - 8 * size);
    return (guint32)self->attachment->model->region_read(self->attachment, bar, offset, size);
}

void
hvn_probe_guest_write_part(HvnProbeGuest *self, guint bar, guint64 offset, guint32 value, guint size)
{
    if (self->attachment != NULL)
        self->attachment->model->region_write(self->attachment, bar, offset, value, size);
}

guint32
hvn_probe_guest_read_config(HvnProbeGuest *self, guint offset, guint size)
{
    if (self->attachment == NULL)
        return G_MAXUINT32 >> (32 - 8 * size);
    return self->attachment->model->config_read(self->attachment, offset, size);
}

void
hvn_probe_guest_write_config(HvnProbeGuest *self, guint offset, guint32 value, guint size)
{
    if (self->attachment != NULL)
        self->attachment->model->config_write(self->attachment, offset, value, size);
}

/* ---- enumeration ---- */

/* 6.7: a list that runs in a circle ends too */
guint
hvn_probe_guest_find_capability(HvnProbeGuest *self, guint id, guint after)
{
    guint at = after + 1;

    if (after == 0)
        at = (hvn_probe_guest_read_config(self, PCI_STATUS, 2) & PCI_STATUS_CAPABILITIES) != 0 ? PCI_CAPABILITIES : 0;
    for (guint i = 0; at != 0 && i < CAPABILITIES_MAX; i++) {
        guint next = hvn_probe_guest_read_config(self, at, 1) & ~3u;

        if (next < PCI_HEADER_LEN)
            return 0;
        if (hvn_probe_guest_read_config(self, next, 1) == id)
            return next;
        at = next + 1;
    }
    return 0;
}

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
    guint32 flags = hvn_probe_guest_read_config(self, offset, 4);
    guint64 mask;

    found->io = (flags & HVN_PCI_BAR_IO) != 0;
    found->wide = (flags & 7) == HVN_PCI_BAR_MEMORY64 && bar + 1 < HVN_PCI_N_BARS;
    hvn_probe_guest_write_config(self, offset, G_MAXUINT32, 4);
    mask = hvn_probe_guest_read_config(self, offset, 4) & (found->io ? ~3u : ~15u);
    if (found->wide) {
        hvn_probe_guest_write_config(self, offset + 4, G_MAXUINT32, 4);
        mask |= (guint64)hvn_probe_guest_read_config(self, offset + 4, 4) << 32;
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
    hvn_probe_guest_write_config(self, offset, (guint32)found->address, 4);
    if (found->wide)
        hvn_probe_guest_write_config(self, offset + 4, (guint32)(found->address >> 32), 4);
    if ((hvn_probe_guest_read_config(self, offset, 4) & mask) == (guint32)found->address)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "bar %u does not take address 0x%08" G_GINT64_MODIFIER "x", bar,
                found->address);
    return FALSE;
}

/* what a device tree would say of a device that is no PCI function; FALSE when it is one */
static gboolean
hvn_probe_guest_describe(HvnProbeGuest *self)
{
    HvnProbeAttachment *attachment = self->attachment;

    for (guint i = 0; attachment->model->get_region != NULL && i < HVN_PCI_N_BARS; i++) {
        HvnNicRegion region;

        if (!attachment->model->get_region(attachment, i, MMIO_BASE + i * REGION_STRIDE, &region))
            continue;
        self->pci.absent = TRUE;
        self->pci.bars[i] = (HvnProbeBar){.size = region.size, .address = region.address, .io = region.io};
    }
    return self->pci.absent;
}

gboolean
hvn_probe_guest_enumerate(HvnProbeGuest *self, GError **error)
{
    guint64 next_memory = MMIO_BASE, next_io = IO_BASE;
    guint32 id = hvn_probe_guest_read_config(self, PCI_VENDOR, 4), class_revision, command;

    if (hvn_probe_guest_describe(self))
        return TRUE;
    self->pci.vendor = (guint16)id;
    self->pci.device = (guint16)(id >> 16);
    if (self->pci.vendor == 0xffff || self->pci.vendor == 0) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "no PCI function in the slot: vendor id reads 0x%04x", self->pci.vendor);
        return FALSE;
    }
    class_revision = hvn_probe_guest_read_config(self, PCI_CLASS, 4);
    self->pci.revision = (guint8)class_revision;
    self->pci.class_code = class_revision >> 8;
    hvn_probe_guest_write_config(self, PCI_COMMAND, 0, 2);
    for (guint bar = 0; bar < HVN_PCI_N_BARS; bar += hvn_probe_guest_size_bar(self, bar))
        ;
    for (guint bar = 0; bar < HVN_PCI_N_BARS; bar++) {
        HvnProbeBar *found = &self->pci.bars[bar];

        if (found->size != 0 && !hvn_probe_guest_place_bar(self, bar, found->io ? &next_io : &next_memory, error))
            return FALSE;
    }
    command = HVN_PCI_COMMAND_IO | HVN_PCI_COMMAND_MEMORY | HVN_PCI_COMMAND_MASTER;
    hvn_probe_guest_write_config(self, PCI_COMMAND, command, 2);
    if ((hvn_probe_guest_read_config(self, PCI_COMMAND, 2) & HVN_PCI_COMMAND_MASTER) != 0)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "the command register does not enable bus mastering");
    return FALSE;
}

/* ---- life ---- */

/* sealed as QEMU's is, so that whoever shares it knows that it stays */
static gboolean
hvn_probe_guest_make_memory(HvnProbeGuest *self, GError **error)
{
    void *ram = MAP_FAILED;

    self->ram_fd = memfd_create("hvnet-guest", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (self->ram_fd >= 0 && ftruncate(self->ram_fd, HVN_PROBE_GUEST_RAM_SIZE) == 0 &&
        fcntl(self->ram_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        ram = mmap(NULL, HVN_PROBE_GUEST_RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, self->ram_fd, 0);
    if (ram == MAP_FAILED) {
        hvn_set_error_errno(error, errno, "cannot make %u bytes of guest memory", HVN_PROBE_GUEST_RAM_SIZE);
        return FALSE;
    }
    self->ram = ram;
    return hvn_guest_memory_add(self->memory, HVN_PROBE_GUEST_RAM_BASE, HVN_PROBE_GUEST_RAM_SIZE, ram, TRUE, error);
}

int
hvn_probe_guest_get_memory_fd(HvnProbeGuest *self)
{
    return self->ram_fd;
}

HvnProbeGuest *
hvn_probe_guest_new_attached(HvnProbeAttachment *attachment, HvnDispatcher *dispatcher, GError **error)
{
    g_autoptr(HvnProbeGuest) self = g_object_new(HVN_TYPE_PROBE_GUEST, NULL);

    self->attachment = attachment;
    self->dispatcher = g_object_ref(dispatcher);
    hvn_work_init(&self->interrupt_work, dispatcher, hvn_probe_guest_take_interrupt, self);
    hvn_timer_init(&self->wake, dispatcher, hvn_probe_guest_woken, self);
    if (!hvn_probe_guest_make_memory(self, error) || !attachment->model->attach(attachment, self, error))
        return NULL;
    return g_steal_pointer(&self);
}

HvnProbeGuest *
hvn_probe_guest_new(HvnNic *nic, HvnDispatcher *dispatcher, GError **error)
{
    return hvn_probe_guest_new_attached(hvn_probe_attachment_new_in_process(nic), dispatcher, error);
}

const char *
hvn_probe_guest_get_problem(HvnProbeGuest *self)
{
    return self->attachment != NULL ? hvn_probe_attachment_get_problem(self->attachment) : NULL;
}

void
hvn_probe_guest_power_off(HvnProbeGuest *self)
{
    g_autoptr(HvnProbeAttachment) attachment = g_steal_pointer(&self->attachment);

    if (attachment == NULL)
        return;
    hvn_probe_guest_set_interrupt(self, NULL, NULL);
    hvn_probe_guest_set_tick(self, NULL, NULL);
    hvn_probe_guest_set_observer(self, NULL, NULL);
    hvn_timer_cancel(&self->wake);
    g_clear_pointer(&attachment, hvn_probe_attachment_free);
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
    if (self->ram_fd >= 0)
        close(self->ram_fd);
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
    self->ram_fd = -1;
}
