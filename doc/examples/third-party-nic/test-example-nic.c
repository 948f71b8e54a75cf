/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The card as a guest sees it: a machine of 64 KiB of memory and an interrupt line, a peer at the other end of the cable, and time that
 * stands still. The guest writes registers and lays out descriptors, and looks at memory, interrupts and frames. */
#include <hvn-bytes.h>
#include <hvn-guest-memory.h>
#include <hvn-link.h>

#include "example-nic.h"

#define RAM_SIZE   0x10000
#define BAR        0xfe000000u
#define TX_RING    0x1000
#define RX_RING    0x2000
#define BUFFERS    0x4000 /* of 2 KiB each */
#define RING_SIZE  8
#define FRAME_LEN  100
#define TX(name)   (EXAMPLE_NIC_TX + EXAMPLE_NIC_RING_##name)
#define RX(name)   (EXAMPLE_NIC_RX + EXAMPLE_NIC_RING_##name)
#define SWITCHED_ON (EXAMPLE_NIC_CTRL_TXEN | EXAMPLE_NIC_CTRL_RXEN)

/* ---- the machine: all that a hypervisor has to offer ---- */

typedef struct {
    GObject         parent;
    HvnGuestMemory *memory;
    gboolean        irq;
    guint8         *ram; /* owned */
} TestBus;

typedef GObjectClass TestBusClass;

static void
test_bus_iface_init(HvnBusInterface *iface);

G_GNUC_INTERNAL GType
test_bus_get_type(void);
G_DEFINE_FINAL_TYPE_WITH_CODE(TestBus, test_bus, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE(HVN_TYPE_BUS, test_bus_iface_init))

static gboolean
test_bus_read(HvnBus *bus, guint64 addr, gpointer buf, gsize len)
{
    return hvn_guest_memory_read(((TestBus *)bus)->memory, addr, buf, len);
}

static gboolean
test_bus_write(HvnBus *bus, guint64 addr, gconstpointer buf, gsize len)
{
    return hvn_guest_memory_write(((TestBus *)bus)->memory, addr, buf, len);
}

static guint
test_bus_map(HvnBus *bus, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    return hvn_guest_memory_map(((TestBus *)bus)->memory, addr, len, write, iov, n_iov);
}

static void
test_bus_set_irq(HvnBus *bus, gboolean level)
{
    ((TestBus *)bus)->irq = level;
}

static void
test_bus_send_msi(HvnBus *bus, guint vector)
{
    g_assert_not_reached(); /* the card has none */
}

static void
test_bus_iface_init(HvnBusInterface *iface)
{
    iface->read = test_bus_read;
    iface->write = test_bus_write;
    iface->map = test_bus_map;
    iface->set_irq = test_bus_set_irq;
    iface->send_msi = test_bus_send_msi;
}

static void
test_bus_finalize(GObject *object)
{
    hvn_guest_memory_free(((TestBus *)object)->memory);
    g_free(((TestBus *)object)->ram);
    G_OBJECT_CLASS(test_bus_parent_class)->finalize(object);
}

static void
test_bus_class_init(TestBusClass *klass)
{
    klass->finalize = test_bus_finalize;
}

static void
test_bus_init(TestBus *self)
{
    self->memory = hvn_guest_memory_new();
    self->ram = g_malloc0(RAM_SIZE);
    hvn_guest_memory_add(self->memory, 0, RAM_SIZE, self->ram, TRUE, NULL);
}

/* ---- the other end of the cable ---- */

typedef struct {
    HvnPort    parent;
    GPtrArray *frames;   /* owned; GBytes that it took */
    guint      capacity; /* frames that it will still take */
    guint      resumed;
} TestPeer;

typedef HvnPortClass TestPeerClass;

G_GNUC_INTERNAL GType
test_peer_get_type(void);
G_DEFINE_FINAL_TYPE(TestPeer, test_peer, HVN_TYPE_PORT)

static guint
test_peer_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    TestPeer *self = (TestPeer *)port;
    guint taken = MIN(n_frames, self->capacity);

    for (guint i = 0; i < taken; i++) {
        guint8 *copy = g_malloc(frames[i].len);

        hvn_frame_copy(&frames[i], 0, copy, frames[i].len);
        g_ptr_array_add(self->frames, g_bytes_new_take(copy, frames[i].len));
    }
    self->capacity -= taken;
    return taken;
}

static void
test_peer_resume(HvnPort *port)
{
    ((TestPeer *)port)->resumed++;
}

static void
test_peer_finalize(GObject *object)
{
    g_ptr_array_unref(((TestPeer *)object)->frames);
    G_OBJECT_CLASS(test_peer_parent_class)->finalize(object);
}

static void
test_peer_class_init(TestPeerClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = test_peer_finalize;
    klass->push = test_peer_push;
    klass->resume = test_peer_resume;
}

static void
test_peer_init(TestPeer *self)
{
    self->frames = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    self->capacity = 1000;
}

/* ---- the guest ---- */

typedef struct {
    HvnClock      *clock;
    HvnDispatcher *dispatcher;
    TestBus       *bus;
    TestPeer      *peer;
    HvnNic        *nic;
    HvnLink       *link;
} Guest;

static void
guest_write(Guest *self, guint32 offset, guint32 value)
{
    hvn_nic_region_write(self->nic, 0, offset, value, 4);
}

static guint32
guest_read(Guest *self, guint32 offset)
{
    return (guint32)hvn_nic_region_read(self->nic, 0, offset, 4);
}

static void
guest_run(Guest *self)
{
    hvn_dispatcher_advance(self->dispatcher, HVN_NS_PER_MS);
}

static guint8 *
guest_desc(Guest *self, guint32 ring, guint i)
{
    return self->bus->ram + ring + i * EXAMPLE_NIC_DESC_SIZE;
}

static void
guest_set_desc(Guest *self, guint32 ring, guint i, guint64 address, guint32 length)
{
    guint8 *desc = guest_desc(self, ring, i);

    hvn_store_le64(desc + EXAMPLE_NIC_DESC_ADDRESS, address);
    hvn_store_le32(desc + EXAMPLE_NIC_DESC_LENGTH, length);
    hvn_store_le32(desc + EXAMPLE_NIC_DESC_STATUS, 0);
}

static guint32
guest_status(Guest *self, guint32 ring, guint i)
{
    return hvn_load_le32(guest_desc(self, ring, i) + EXAMPLE_NIC_DESC_STATUS);
}

/* what a driver does first: both rings, both directions, all interrupts */
static void
guest_open(Guest *self)
{
    guest_write(self, TX(BASEL), TX_RING);
    guest_write(self, TX(SIZE), RING_SIZE);
    guest_write(self, RX(BASEL), RX_RING);
    guest_write(self, RX(SIZE), RING_SIZE);
    guest_write(self, EXAMPLE_NIC_ISR, EXAMPLE_NIC_INT_ALL);
    guest_write(self, EXAMPLE_NIC_IMR, EXAMPLE_NIC_INT_ALL);
    guest_write(self, EXAMPLE_NIC_CTRL, SWITCHED_ON);
}

/* a frame for 52:54:00:12:34:56, the address that a card has when nobody gives it another */
static void
guest_make_frame(guint8 *bytes, guint8 mark)
{
    memset(bytes, mark, FRAME_LEN);
    memcpy(bytes, "\x52\x54\x00\x12\x34\x56\x52\x54\x00\x00\x00\x01\x88\xb5", HVN_ETHER_HEADER_LEN);
}

/* queues frames from descriptor @first on and rings the doorbell */
static void
guest_send(Guest *self, guint first, guint n)
{
    for (guint i = first; i < first + n; i++) {
        guest_make_frame(self->bus->ram + BUFFERS + i * 2048, (guint8)i);
        guest_set_desc(self, TX_RING, i, BUFFERS + i * 2048, FRAME_LEN);
    }
    guest_write(self, TX(TAIL), first + n);
}

/* one frame from the other end; whether the card took it */
static gboolean
guest_offer(Guest *self, guint8 mark, guint8 first_octet)
{
    guint8 bytes[FRAME_LEN];
    struct iovec piece = {bytes, sizeof bytes};
    HvnFrame frame;

    guest_make_frame(bytes, mark);
    bytes[0] = first_octet;
    hvn_frame_init(&frame, &piece, 1);
    return hvn_port_send((HvnPort *)self->peer, &frame, 1) == 1;
}

static void
guest_set_up(Guest *self, gconstpointer data)
{
    self->clock = hvn_clock_new_manual();
    self->dispatcher = hvn_dispatcher_new(NULL, self->clock);
    self->bus = g_object_new(test_bus_get_type(), NULL);
    self->peer = g_object_new(test_peer_get_type(), "dispatcher", self->dispatcher, "name", "peer", NULL);
    self->nic = g_object_new(EXAMPLE_NIC_TYPE, "dispatcher", self->dispatcher, "name", "net0", NULL);
    self->link = hvn_link_new((HvnPort *)self->nic, (HvnPort *)self->peer);
    hvn_nic_attach(self->nic, (HvnBus *)self->bus);
    hvn_nic_config_write(self->nic, 0x10, BAR, 4);
    hvn_nic_config_write(self->nic, 0x04, HVN_PCI_COMMAND_MEMORY | HVN_PCI_COMMAND_MASTER, 2);
}

static void
guest_tear_down(Guest *self, gconstpointer data)
{
    g_object_unref(self->link);
    hvn_nic_detach(self->nic);
    g_assert_finalize_object(self->nic);
    g_object_unref(self->peer);
    g_object_unref(self->bus);
    g_object_unref(self->dispatcher);
    hvn_clock_unref(self->clock);
}

/* ---- the tests ---- */

/* 1 */
static void
test_identity(Guest *self, gconstpointer data)
{
    g_assert_cmphex(hvn_nic_config_read(self->nic, 0, 4), ==, 0x10f01af4);
    g_assert_cmphex(guest_read(self, EXAMPLE_NIC_MACL), ==, 0x12005452);
    g_assert_cmphex(guest_read(self, EXAMPLE_NIC_MACH), ==, 0x5634);
    g_assert_cmphex(guest_read(self, EXAMPLE_NIC_STATUS), ==, EXAMPLE_NIC_STATUS_LINK);
    guest_open(self);
    hvn_link_set_up(self->link, FALSE);
    g_assert_cmphex(guest_read(self, EXAMPLE_NIC_STATUS), ==, 0);
    g_assert_cmphex(guest_read(self, EXAMPLE_NIC_ISR), ==, EXAMPLE_NIC_INT_LINK);
    g_assert_true(self->bus->irq);
}

/* 2: the doorbell only marks; then the frames go, DONE, TXHEAD and one interrupt */
static void
test_transmit(Guest *self, gconstpointer data)
{
    guest_open(self);
    guest_send(self, 0, 2);
    g_assert_cmpuint(self->peer->frames->len, ==, 0);
    guest_run(self);
    g_assert_cmpuint(self->peer->frames->len, ==, 2);
    g_assert_cmpmem(g_bytes_get_data(self->peer->frames->pdata[1], NULL), g_bytes_get_size(self->peer->frames->pdata[1]),
                    self->bus->ram + BUFFERS + 2048, FRAME_LEN);
    g_assert_cmphex(guest_status(self, TX_RING, 0), ==, EXAMPLE_NIC_DESC_DONE);
    g_assert_cmphex(guest_status(self, TX_RING, 1), ==, EXAMPLE_NIC_DESC_DONE);
    g_assert_cmpuint(guest_read(self, TX(HEAD)), ==, 2);
    g_assert_true(self->bus->irq);
    g_assert_cmphex(guest_read(self, EXAMPLE_NIC_ISR), ==, EXAMPLE_NIC_INT_TX);
    guest_write(self, EXAMPLE_NIC_ISR, EXAMPLE_NIC_INT_TX);
    g_assert_false(self->bus->irq);
}

/* what the peer does not take stays in the ring, and goes when it is ready */
static void
test_transmit_held(Guest *self, gconstpointer data)
{
    guest_open(self);
    self->peer->capacity = 1;
    guest_send(self, 0, 3);
    guest_run(self);
    g_assert_cmpuint(guest_read(self, TX(HEAD)), ==, 1);
    g_assert_cmphex(guest_status(self, TX_RING, 1), ==, 0);
    self->peer->capacity = 10;
    hvn_port_ready((HvnPort *)self->peer);
    guest_run(self);
    g_assert_cmpuint(guest_read(self, TX(HEAD)), ==, 3);
    g_assert_cmpuint(self->peer->frames->len, ==, 3);
}

/* 3: a frame of ours is in its buffer; another's is taken and gone */
static void
test_receive(Guest *self, gconstpointer data)
{
    guint8 expected[FRAME_LEN];

    guest_open(self);
    guest_set_desc(self, RX_RING, 0, BUFFERS, 2048);
    guest_write(self, RX(TAIL), 1);
    g_assert_true(guest_offer(self, 1, 0x56)); /* not ours */
    g_assert_cmpuint(guest_read(self, RX(HEAD)), ==, 0);
    g_assert_true(guest_offer(self, 2, 0x52));
    guest_make_frame(expected, 2);
    g_assert_cmpmem(self->bus->ram + BUFFERS, FRAME_LEN, expected, FRAME_LEN);
    g_assert_cmpuint(hvn_load_le32(guest_desc(self, RX_RING, 0) + EXAMPLE_NIC_DESC_LENGTH), ==, FRAME_LEN);
    g_assert_cmphex(guest_status(self, RX_RING, 0), ==, EXAMPLE_NIC_DESC_DONE);
    g_assert_cmpuint(guest_read(self, RX(HEAD)), ==, 1);
    g_assert_cmphex(guest_read(self, EXAMPLE_NIC_ISR), ==, EXAMPLE_NIC_INT_RX);
    g_assert_true(self->bus->irq);
}

/* without descriptors the sender keeps its frame, and hears of the first that come back */
static void
test_receive_full(Guest *self, gconstpointer data)
{
    guest_open(self);
    g_assert_false(guest_offer(self, 1, 0x52));
    guest_set_desc(self, RX_RING, 0, BUFFERS, 2048);
    guest_write(self, RX(TAIL), 1);
    g_assert_cmpuint(self->peer->resumed, ==, 0);
    guest_run(self);
    g_assert_cmpuint(self->peer->resumed, ==, 1);
    g_assert_true(guest_offer(self, 1, 0x52));
    /* and switched off it takes everything */
    g_assert_false(guest_offer(self, 1, 0x52));
    guest_write(self, EXAMPLE_NIC_CTRL, 0);
    guest_run(self);
    g_assert_cmpuint(self->peer->resumed, ==, 2);
    g_assert_true(guest_offer(self, 1, 0x52));
}

/* buffers and rings where there is no memory, in the card itself, of no size: ERROR, and the card goes on */
static void
test_hostile(Guest *self, gconstpointer data)
{
    const guint64 nowhere[] = {RAM_SIZE - 10, BAR, G_MAXUINT64 - 20, G_MAXUINT64};

    guest_open(self);
    for (guint i = 0; i < G_N_ELEMENTS(nowhere); i++) {
        guest_set_desc(self, TX_RING, i, nowhere[i], FRAME_LEN);
        guest_set_desc(self, RX_RING, i, nowhere[i], 2048);
    }
    guest_set_desc(self, TX_RING, 4, BUFFERS, 0);
    guest_set_desc(self, TX_RING, 5, BUFFERS, G_MAXUINT32);
    guest_set_desc(self, RX_RING, 4, BUFFERS, FRAME_LEN - 1);
    guest_write(self, TX(TAIL), 6);
    guest_write(self, RX(TAIL), 5);
    guest_run(self);
    g_assert_cmpuint(self->peer->frames->len, ==, 0);
    for (guint i = 0; i < 6; i++)
        g_assert_cmphex(guest_status(self, TX_RING, i), ==, EXAMPLE_NIC_DESC_DONE | EXAMPLE_NIC_DESC_ERROR);
    for (guint i = 0; i < 5; i++) {
        g_assert_true(guest_offer(self, 1, 0x52));
        g_assert_cmphex(guest_status(self, RX_RING, i), ==, EXAMPLE_NIC_DESC_DONE | EXAMPLE_NIC_DESC_ERROR);
    }
    guest_write(self, TX(TAIL), RING_SIZE); /* beyond the ring: none, until it says otherwise */
    guest_write(self, RX(BASEH), G_MAXUINT32);
    guest_run(self);
    g_assert_true(guest_offer(self, 1, 0x52));
    guest_send(self, 6, 1);
    guest_run(self);
    g_assert_cmpuint(self->peer->frames->len, ==, 1);
}

/* 1.1: the card's own reset is everything but configuration space */
static void
test_reset(Guest *self, gconstpointer data)
{
    guest_open(self);
    guest_send(self, 0, 1);
    guest_run(self);
    g_assert_true(self->bus->irq);
    guest_send(self, 1, 1);
    guest_write(self, EXAMPLE_NIC_CTRL, EXAMPLE_NIC_CTRL_RESET);
    guest_run(self);
    g_assert_false(self->bus->irq);
    g_assert_cmpuint(self->peer->frames->len, ==, 1);
    g_assert_cmphex(guest_read(self, EXAMPLE_NIC_CTRL), ==, 0);
    g_assert_cmpuint(guest_read(self, TX(HEAD)), ==, 0);
    g_assert_cmphex(guest_read(self, EXAMPLE_NIC_MACL), ==, 0x12005452);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/example-nic/identity", Guest, NULL, guest_set_up, test_identity, guest_tear_down);
    g_test_add("/example-nic/transmit", Guest, NULL, guest_set_up, test_transmit, guest_tear_down);
    g_test_add("/example-nic/transmit-held", Guest, NULL, guest_set_up, test_transmit_held, guest_tear_down);
    g_test_add("/example-nic/receive", Guest, NULL, guest_set_up, test_receive, guest_tear_down);
    g_test_add("/example-nic/receive-full", Guest, NULL, guest_set_up, test_receive_full, guest_tear_down);
    g_test_add("/example-nic/hostile", Guest, NULL, guest_set_up, test_hostile, guest_tear_down);
    g_test_add("/example-nic/reset", Guest, NULL, guest_set_up, test_reset, guest_tear_down);
    return g_test_run();
}
