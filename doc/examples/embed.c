/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A virtual machine monitor in miniature: it owns guest memory and an interrupt line, puts the NIC of a configuration into its one
 * PCI slot, and plays the guest itself: a driver for the Intel e1000 that asks by ARP who has 10.0.2.2 and prints the answer.
 *
 *   cc embed.c $(pkg-config --cflags --libs hvnet-1) && ./a.out -nic user,model=e1000 */
#include <hvnet.h>

#define RAM_SIZE  (1u << 20)
#define MMIO_BASE 0xfe000000u /* where our firmware puts BARs */

/* where the guest's driver has what it shares with the device */
#define TX_RING   0x1000u
#define RX_RING   0x2000u
#define TX_BUFFER 0x3000u
#define RX_BUFFER 0x4000u
#define N_DESCS   8u

/* ---- the machine: what a VMM has ---- */

G_DECLARE_FINAL_TYPE(Machine, machine, EMBED, MACHINE, GObject)

struct _Machine {
    GObject    parent_instance;
    guint8    *ram;  /* RAM_SIZE bytes at guest physical address 0 */
    HvnNic    *nic;  /* in the slot */
    gboolean   line; /* level of its interrupt pin */
    guint      interrupts;
    guint      next; /* receive descriptor that the driver looks at next */
    GMainLoop *loop;
    gboolean   answered;
};

static void
machine_bus_init(HvnBusInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(Machine, machine, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE(HVN_TYPE_BUS, machine_bus_init))

static guint8 *
machine_ram(HvnBus *bus, guint64 addr, gsize len)
{
    return addr < RAM_SIZE && len <= RAM_SIZE - addr ? EMBED_MACHINE(bus)->ram + addr : NULL;
}

static gboolean
machine_read(HvnBus *bus, guint64 addr, gpointer buf, gsize len)
{
    const guint8 *ram = machine_ram(bus, addr, len);

    if (ram != NULL)
        memcpy(buf, ram, len);
    return ram != NULL;
}

static gboolean
machine_write(HvnBus *bus, guint64 addr, gconstpointer buf, gsize len)
{
    guint8 *ram = machine_ram(bus, addr, len);

    if (ram != NULL)
        memcpy(ram, buf, len);
    return ram != NULL;
}

/* one piece of memory, so one iovec; RAM of several pieces fills one for each that is touched */
static guint
machine_map(HvnBus *bus, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    guint8 *ram = machine_ram(bus, addr, len);

    if (ram == NULL || n_iov == 0)
        return 0;
    iov[0] = (struct iovec){ram, len};
    return 1;
}

static gboolean
guest_interrupt(gpointer data);

/* called from within the NIC: the level is noted, and the guest's processor takes the interrupt later */
static void
machine_set_irq(HvnBus *bus, gboolean level)
{
    Machine *self = EMBED_MACHINE(bus);

    if (level && !self->line) {
        self->interrupts++;
        g_idle_add(guest_interrupt, self);
    }
    self->line = level;
}

/* a VMM sends what the guest wrote to the MSI capability or the MSI-X table; this NIC has neither */
static void
machine_send_msi(HvnBus *bus, guint vector)
{
}

static void
machine_bus_init(HvnBusInterface *iface)
{
    iface->read = machine_read;
    iface->write = machine_write;
    iface->map = machine_map;
    iface->set_irq = machine_set_irq;
    iface->send_msi = machine_send_msi;
}

static void
machine_class_init(MachineClass *klass)
{
}

static void
machine_init(Machine *self)
{
}

/* an access of the guest to an address that is no RAM: which BAR decodes it? An offset out of reach where none does: such reads
 * give all ones, and such writes go nowhere */
static guint64
machine_decode(Machine *self, guint64 address, guint *bar)
{
    HvnNicRegion region;

    for (*bar = 0; *bar < HVN_PCI_N_BARS; (*bar)++) {
        if (hvn_nic_get_region(self->nic, *bar, &region) && !region.io && address - region.address < region.size)
            return address - region.address;
    }
    return G_MAXUINT64;
}

static guint32
machine_mmio_read(Machine *self, guint64 address)
{
    guint bar;
    guint64 offset = machine_decode(self, address, &bar);

    return (guint32)hvn_nic_region_read(self->nic, bar, offset, 4);
}

static void
machine_mmio_write(Machine *self, guint64 address, guint32 value)
{
    guint bar;
    guint64 offset = machine_decode(self, address, &bar);

    hvn_nic_region_write(self->nic, bar, offset, value, 4);
}

/* ---- the guest: firmware and a driver (Intel 8254x Software Developer's Manual, chapters 3, 13 and 14) ---- */

/* finds the card, sizes and places its registers, enables memory and bus mastering */
static gboolean
guest_find_card(Machine *self)
{
    guint32 id = hvn_nic_config_read(self->nic, 0x00, 4), size;

    hvn_nic_config_write(self->nic, 0x10, G_MAXUINT32, 4);
    size = ~(hvn_nic_config_read(self->nic, 0x10, 4) & ~15u) + 1;
    hvn_nic_config_write(self->nic, 0x10, MMIO_BASE, 4);
    hvn_nic_config_write(self->nic, 0x04, HVN_PCI_COMMAND_MEMORY | HVN_PCI_COMMAND_MASTER, 2);
    g_print("PCI %04x:%04x, %u KiB of registers at 0x%x\n", id & 0xffff, id >> 16, size / 1024, MMIO_BASE);
    return id == 0x100e8086; /* an 82540EM */
}

static void
guest_start_card(Machine *self)
{
    static const struct {
        guint32 reg, value;
    } writes[] = {
        {0x00000, 1u << 6},          /* CTRL: set link up */
        {0x02800, RX_RING},          /* RDBAL */
        {0x02808, N_DESCS * 16},     /* RDLEN */
        {0x02818, N_DESCS - 1},      /* RDT: the device has all but one */
        {0x00100, 1u << 1 | 1u << 15}, /* RCTL: enable, accept broadcasts */
        {0x03800, TX_RING},          /* TDBAL */
        {0x03808, N_DESCS * 16},     /* TDLEN */
        {0x00400, 1u << 1 | 1u << 3}, /* TCTL: enable, pad short frames */
        {0x000d0, 1u << 7},          /* IMS: interrupt when a frame has arrived */
    };

    for (guint i = 0; i < N_DESCS; i++)
        hvn_store_le64(self->ram + RX_RING + i * 16, RX_BUFFER + i * 2048);
    for (guint i = 0; i < G_N_ELEMENTS(writes); i++)
        machine_mmio_write(self, MMIO_BASE + writes[i].reg, writes[i].value);
}

/* one frame, one descriptor, one doorbell: who has 10.0.2.2? 10.0.2.15 wants to know */
static void
guest_send_arp(Machine *self)
{
    static const guint8 question[42] = {255, 255, 255, 255, 255, 255, [12] = 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1,
                                        [28] = 10, 0, 2, 15, [38] = 10, 0, 2, 2};
    guint8 *frame = self->ram + TX_BUFFER, *desc = self->ram + TX_RING;

    memcpy(frame, question, sizeof question);
    hvn_store_le32(frame + 6, machine_mmio_read(self, MMIO_BASE + 0x5400)); /* RAL and RAH: the card's address */
    hvn_store_le16(frame + 10, (guint16)machine_mmio_read(self, MMIO_BASE + 0x5404));
    memcpy(frame + 22, frame + 6, 6);
    hvn_store_le64(desc, TX_BUFFER);
    hvn_store_le16(desc + 8, sizeof question);
    desc[11] = 1 | 1 << 1;                           /* end of packet, insert FCS */
    machine_mmio_write(self, MMIO_BASE + 0x3818, 1); /* TDT */
}

static void
guest_receive(Machine *self, const guint8 *frame)
{
    if (hvn_load_be16(frame + 12) != 0x0806 || hvn_load_be16(frame + 20) != 2 || hvn_load_be32(frame + 28) != 0x0a000202)
        return;
    g_print("10.0.2.2 is at %02x:%02x:%02x:%02x:%02x:%02x\n", frame[22], frame[23], frame[24], frame[25], frame[26], frame[27]);
    self->answered = TRUE;
    g_main_loop_quit(self->loop);
}

/* what the guest's interrupt handler does: reading ICR lowers the line, then every descriptor that is done */
static gboolean
guest_interrupt(gpointer data)
{
    Machine *self = data;
    guint8 *desc;

    machine_mmio_read(self, MMIO_BASE + 0xc0); /* ICR */
    for (desc = self->ram + RX_RING + self->next * 16; (desc[12] & 1) != 0; desc = self->ram + RX_RING + self->next * 16) {
        guest_receive(self, self->ram + RX_BUFFER + self->next * 2048);
        desc[12] = 0;
        machine_mmio_write(self, MMIO_BASE + 0x2818, self->next); /* RDT: the device may have it again */
        self->next = (self->next + 1) % N_DESCS;
    }
    return G_SOURCE_REMOVE;
}

/* ---- the program ---- */

static gboolean
give_up(gpointer data)
{
    g_main_loop_quit(((Machine *)data)->loop);
    return G_SOURCE_REMOVE;
}

/* FILE, or QEMU's options, or nothing, as `hvnet probe` takes them */
static HvnConfig *
load_config(const char *const *arguments, HvnRegistry *registry, GError **error)
{
    if (arguments[0] != NULL && arguments[0][0] != '-')
        return hvn_config_load_xml(arguments[0], registry, error);
    return hvn_config_load_qemu(arguments, registry, error);
}

/* from power on to power off */
static void
machine_run(Machine *self, HvnNic *nic)
{
    self->nic = nic;
    hvn_nic_attach(nic, HVN_BUS(self));
    if (guest_find_card(self)) {
        guest_start_card(self);
        guest_send_arp(self);
        g_timeout_add_seconds(10, give_up, self);
        g_main_loop_run(self->loop);
    }
    hvn_nic_detach(nic);
    while (g_source_remove_by_user_data(self))
        ;
    g_print("%u interrupts, %" G_GUINT64_FORMAT " failed DMA accesses\n", self->interrupts, hvn_nic_get_dma_errors(nic));
}

static gboolean
run(const char *const *arguments, GError **error)
{
    g_autoptr(HvnRegistry) registry = hvn_registry_new(NULL);
    g_autoptr(HvnConfig) config = load_config(arguments, registry, error);
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(g_main_context_default(), NULL);
    g_autoptr(HvnSession) session = config != NULL ? hvn_session_new(config, registry, dispatcher, error) : NULL;
    g_autoptr(Machine) machine = g_object_new(machine_get_type(), NULL);
    g_autofree guint8 *ram = g_malloc0(RAM_SIZE);
    const HvnInterface *interface;

    if (session == NULL || !hvn_session_start(session, error))
        return FALSE;
    machine->ram = ram;
    machine->loop = loop;
    interface = hvn_session_find_interface(session, "net0");
    if (interface != NULL && interface->nic != NULL)
        machine_run(machine, interface->nic);
    hvn_session_stop(session);
    if (!machine->answered)
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "nobody answered for 10.0.2.2 to an e1000");
    return machine->answered;
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;

    if (run((const char *const *)argv + 1, &error))
        return 0;
    g_printerr("%s: %s\n", argv[0], error->message);
    return 1;
}
