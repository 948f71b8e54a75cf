/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine for tests: plain driver steps of an e1000 and of a virtio-net, over a vfio-user client. */

#include "hvn-vfio-machine.h"

#include "hvn-bytes.h"
#include "hvn-e1000-desc.h"
#include "hvn-registry.h"
#include "hvn-virtio-net.h"
#include "hvn-virtio-pci.h"

#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define N_DESCS   16u
#define TX_RING   0x10000u
#define RX_RING   0x20000u
#define TX_DATA   0x100000u
#define RX_DATA   0x200000u
#define DATA_SIZE 2048u
#define FRAME_LEN 64u
#define NOTIFY    HVN_VIRTIO_PCI_NOTIFY

/* by the registry: two models cannot be linked into one program */
static GType
hvn_vfio_machine_load(const char *model)
{
    g_autoptr(HvnRegistry) registry = NULL;
    g_autoptr(GError)      error = NULL;
    HvnDescriptor         *descriptor;
    GType                  type = g_type_from_name(strcmp(model, "virtio-net") == 0 ? "HvnVirtioNetNic" : "HvnE1000Nic");

    if (type != 0)
        return type; /* loaded before: a fuzzer makes thousands */
    registry = hvn_registry_new(NULL);
    descriptor = hvn_registry_find(registry, "nic", model, &error);
    g_assert_no_error(error);
    type = hvn_registry_load(registry, descriptor, &error);
    g_assert_no_error(error);
    return type;
}

void
hvn_vfio_machine_init(HvnVfioMachine *self, HvnDispatcher *dispatcher, const char *model)
{
    memset(self, 0, sizeof *self);
    self->dispatcher = dispatcher;
    self->virtio = strcmp(model, "virtio-net") == 0;
    self->nic = g_object_new(hvn_vfio_machine_load(model), "dispatcher", dispatcher, "name", model,
                             self->virtio ? "packed" : NULL, TRUE, NULL);
    self->port = hvn_fake_port_new(dispatcher, "backend");
    self->link = hvn_link_new(HVN_PORT(self->nic), HVN_PORT(self->port));
    self->server = hvn_vfio_user_new(self->nic);
    self->memory = memfd_create("ram", MFD_CLOEXEC);
    g_assert_cmpint(ftruncate(self->memory, HVN_VFIO_MACHINE_RAM), ==, 0);
    self->ram = mmap(NULL, HVN_VFIO_MACHINE_RAM, PROT_READ | PROT_WRITE, MAP_SHARED, self->memory, 0);
    self->irq = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    self->client.fd = -1;
}

void
hvn_vfio_machine_clear(HvnVfioMachine *self)
{
    hvn_vfio_client_clear(&self->client);
    g_clear_object(&self->server);
    hvn_link_disconnect(self->link);
    g_clear_object(&self->link);
    g_clear_object(&self->port);
    g_clear_object(&self->nic);
    munmap(self->ram, HVN_VFIO_MACHINE_RAM);
    close(self->memory);
    close(self->irq);
}

void
hvn_vfio_machine_connect(HvnVfioMachine *self)
{
    gboolean strict = self->client.strict;
    int      fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    hvn_vfio_client_clear(&self->client);
    hvn_vfio_client_init(&self->client, fds[1], self->dispatcher);
    self->client.strict = strict;
    hvn_vfio_user_attach_fd(self->server, fds[0]);
    if (strict)
        return; /* has its own way */
    hvn_vfio_client_hello(&self->client);
    g_assert_cmpuint(hvn_vfio_client_map(&self->client, 0, HVN_VFIO_MACHINE_RAM, self->private ? -1 : self->memory, 0), ==, 0);
    if (self->private) {
        self->client.ram = self->ram;
        self->client.ram_size = HVN_VFIO_MACHINE_RAM;
    }
}

void
hvn_vfio_machine_expect_dropped(HvnVfioMachine *self)
{
    for (guint i = 0; i < 50 && hvn_vfio_user_get_attached(self->server); i++)
        hvn_dispatcher_iterate(self->dispatcher, FALSE);
    g_assert_false(hvn_vfio_user_get_attached(self->server));
}

void
hvn_vfio_machine_hang_up(HvnVfioMachine *self)
{
    close(self->client.fd);
    self->client.fd = -1;
    hvn_vfio_machine_expect_dropped(self);
}

void
hvn_vfio_machine_enable(HvnVfioMachine *self)
{
    HvnVfioClient *c = &self->client;

    for (guint bar = 0; bar < 6; bar++) {
        guint32 type = hvn_vfio_client_read(c, 7, 0x10 + 4 * bar, 4);

        hvn_vfio_client_write(c, 7, 0x10 + 4 * bar, G_MAXUINT32, 4, FALSE);
        if (hvn_vfio_client_read(c, 7, 0x10 + 4 * bar, 4) == 0)
            continue;
        hvn_vfio_client_write(c, 7, 0x10 + 4 * bar, type & 1 ? 0xc000 + bar * 0x100 : 0xfe000000 + bar * 0x100000, 4, FALSE);
        if ((type & 7) == 4)
            hvn_vfio_client_write(c, 7, 0x14 + 4 * bar++, 0, 4, FALSE);
    }
    hvn_vfio_client_write(c, 7, 0x04, 0x7, 2, FALSE);
}

guint64
hvn_vfio_machine_read(HvnVfioMachine *self, guint32 offset, guint size)
{
    return hvn_vfio_client_read(&self->client, self->virtio ? 4 : 0, offset, size);
}

void
hvn_vfio_machine_write(HvnVfioMachine *self, guint32 offset, guint64 value, guint size)
{
    hvn_vfio_client_write(&self->client, self->virtio ? 4 : 0, offset, value, size, TRUE);
}

/* ---- e1000 ---- */

static void
hvn_vfio_machine_start_e1000(HvnVfioMachine *self)
{
    const struct {
        guint32 offset;
        guint32 value;
    } writes[] = {
        {E1000_CTRL, E1000_CTRL_SLU | E1000_CTRL_FD},
        {E1000_TDBAL, TX_RING},
        {E1000_TDLEN, N_DESCS * E1000_DESC_SIZE},
        {E1000_TDH, 0},
        {E1000_TDT, 0},
        {E1000_RDBAL, RX_RING},
        {E1000_RDLEN, N_DESCS * E1000_DESC_SIZE},
        {E1000_RDH, 0},
        {E1000_RDT, N_DESCS - 1},
        {E1000_IMS, E1000_ICR_RXT0 | E1000_ICR_TXDW},
        {E1000_TCTL, E1000_TCTL_EN},
        {E1000_RCTL, E1000_RCTL_EN | E1000_RCTL_UPE | E1000_RCTL_MPE | E1000_RCTL_BAM | E1000_RCTL_SECRC},
    };

    g_assert_cmpuint(hvn_vfio_client_set_irqs(&self->client, 0x24, 0, 0, 1, &self->irq, 1), ==, 0);
    self->client.intx = TRUE;
    self->tdt = 0;
    self->rdt = N_DESCS - 1;
    memset(self->ram + TX_RING, 0, N_DESCS * E1000_DESC_SIZE);
    for (guint i = 0; i < N_DESCS; i++) {
        memset(self->ram + RX_RING + i * E1000_DESC_SIZE, 0, E1000_DESC_SIZE);
        hvn_store_le64(self->ram + RX_RING + i * E1000_DESC_SIZE, RX_DATA + i * DATA_SIZE);
    }
    for (guint i = 0; i < G_N_ELEMENTS(writes); i++)
        hvn_vfio_machine_write(self, writes[i].offset, writes[i].value, 4);
}

static void
hvn_vfio_machine_send_e1000(HvnVfioMachine *self, guint32 data)
{
    guint8 *desc = self->ram + TX_RING + self->tdt * E1000_DESC_SIZE;

    hvn_store_le64(desc, data);
    hvn_store_le32(desc + 8, FRAME_LEN | (guint32)(E1000_TXD_CMD_EOP | E1000_TXD_CMD_IFCS | E1000_TXD_CMD_RS) << 24);
    hvn_store_le32(desc + 12, 0);
    self->tdt = (self->tdt + 1) % N_DESCS;
    hvn_vfio_machine_write(self, E1000_TDT, self->tdt, 4);
}

static gboolean
hvn_vfio_machine_receive_e1000(HvnVfioMachine *self, guint8 **data)
{
    guint   n = self->received % N_DESCS;
    guint8 *desc = self->ram + RX_RING + n * E1000_DESC_SIZE;

    if ((desc[E1000_DESC_STATUS] & E1000_DESC_DD) == 0)
        return FALSE;
    *data = self->ram + RX_DATA + n * DATA_SIZE;
    hvn_store_le64(desc + 8, 0);
    self->rdt = n;
    hvn_vfio_machine_write(self, E1000_RDT, self->rdt, 4);
    return TRUE;
}

/* ---- virtio-net: modern registers (VIRTIO 1.2, 4.1.4.3), MSI-X ---- */

static void
hvn_vfio_machine_start_vectors(HvnVfioMachine *self)
{
    int     irqs[3] = {self->irq, self->irq, self->irq};
    guint32 cap = hvn_vfio_client_read(&self->client, 7, 0x34, 1);

    if (self->intx) {
        g_assert_cmpuint(hvn_vfio_client_set_irqs(&self->client, 0x24, 0, 0, 1, &self->irq, 1), ==, 0);
        return;
    }
    while (cap != 0 && hvn_vfio_client_read(&self->client, 7, cap, 1) != 0x11)
        cap = hvn_vfio_client_read(&self->client, 7, cap + 1, 1);
    g_assert_cmpuint(cap, !=, 0);
    hvn_vfio_client_write(&self->client, 7, cap + 2, 0x8000, 2, FALSE);
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&self->client, 0x24, 2, 0, 3, irqs, 3), ==, 0);
}

static void
hvn_vfio_machine_start_virtio(HvnVfioMachine *self)
{
    guint64 features = HVN_VIRTIO_F_VERSION_1 | self->features;

    hvn_vfio_machine_start_vectors(self);
    self->done = 0;
    hvn_vfio_machine_write(self, 0x14, 0, 1);
    hvn_vfio_machine_write(self, 0x14, 3, 1);
    for (guint i = 0; i < 2; i++) {
        hvn_vfio_machine_write(self, 0x08, i, 4);
        hvn_vfio_machine_write(self, 0x0c, features >> i * 32 & G_MAXUINT32, 4);
    }
    hvn_vfio_machine_write(self, 0x14, 0xb, 1);
    g_assert_cmphex(hvn_vfio_machine_read(self, 0x14, 1), ==, 0xb);
    for (guint i = 0; i < 2; i++) {
        HvnTestVirtqueue *queue = &self->queues[i];

        hvn_test_virtqueue_init(queue, self->ram, 0x10000 * (i + 1), N_DESCS, features);
        hvn_vfio_machine_write(self, 0x16, i, 2);
        hvn_vfio_machine_write(self, 0x18, N_DESCS, 2);
        hvn_vfio_machine_write(self, 0x1a, i + 1, 2);
        hvn_vfio_machine_write(self, 0x20, queue->desc, 8);
        hvn_vfio_machine_write(self, 0x28, queue->driver, 8);
        hvn_vfio_machine_write(self, 0x30, queue->device, 8);
        hvn_vfio_machine_write(self, 0x1c, 1, 2);
    }
    for (guint i = 0; i < N_DESCS - 1; i++)
        hvn_test_virtqueue_add(&self->queues[0], &(HvnTestPiece){RX_DATA + i * DATA_SIZE, DATA_SIZE}, 0, 1, FALSE, i);
    hvn_vfio_machine_write(self, 0x14, 0xf, 1);
}

static void
hvn_vfio_machine_send_virtio(HvnVfioMachine *self, guint32 data)
{
    const HvnTestPiece pieces[2] = {{data + DATA_SIZE / 2, HVN_VIRTIO_NET_HDR_LEN}, {data, FRAME_LEN}};

    memset(self->ram + data + DATA_SIZE / 2, 0, HVN_VIRTIO_NET_HDR_LEN);
    hvn_vfio_machine_is_done(self, 0);
    g_assert_true(hvn_test_virtqueue_add(&self->queues[1], pieces, 2, 0, (self->features & HVN_VIRTIO_F_INDIRECT_DESC) && self->sent % 2,
                                         self->sent));
    if (hvn_test_virtqueue_needs_kick(&self->queues[1]))
        hvn_vfio_machine_write(self, NOTIFY + HVN_VIRTIO_PCI_NOTIFY_MULTIPLIER, 1, 2);
}

static gboolean
hvn_vfio_machine_receive_virtio(HvnVfioMachine *self, guint8 **data)
{
    guint32 len;
    guint   cookie;

    if (!hvn_test_virtqueue_get(&self->queues[0], &cookie, &len))
        return FALSE;
    *data = self->ram + RX_DATA + cookie * DATA_SIZE + HVN_VIRTIO_NET_HDR_LEN;
    hvn_test_virtqueue_add(&self->queues[0], &(HvnTestPiece){RX_DATA + cookie * DATA_SIZE, DATA_SIZE}, 0, 1, FALSE, cookie);
    if (hvn_test_virtqueue_needs_kick(&self->queues[0]))
        hvn_vfio_machine_write(self, NOTIFY, 0, 2);
    return TRUE;
}

/* ---- either ---- */

void
hvn_vfio_machine_start(HvnVfioMachine *self)
{
    self->sent = self->received = 0;
    hvn_fake_port_clear(self->port);
    if (self->virtio)
        hvn_vfio_machine_start_virtio(self);
    else
        hvn_vfio_machine_start_e1000(self);
    hvn_vfio_client_settle(&self->client);
    hvn_vfio_machine_interrupted(self);
}

static void
hvn_vfio_machine_frame(guint8 *bytes, const char *text)
{
    memset(bytes, 0, FRAME_LEN);
    memset(bytes, 0xff, 6);
    memcpy(bytes + 6, "\x52\x54\0\1\2\3\x88\xb5", 8);
    g_strlcpy((char *)bytes + 14, text, FRAME_LEN - 14);
}

void
hvn_vfio_machine_send(HvnVfioMachine *self, const char *text)
{
    guint32 data = TX_DATA + self->sent % N_DESCS * DATA_SIZE;

    hvn_vfio_machine_frame(self->ram + data, text);
    if (self->virtio)
        hvn_vfio_machine_send_virtio(self, data);
    else
        hvn_vfio_machine_send_e1000(self, data);
    self->sent++;
}

gboolean
hvn_vfio_machine_was_sent(HvnVfioMachine *self, const char *text)
{
    guint8 expected[FRAME_LEN];
    gsize  len;
    guint  n = hvn_fake_port_get_n_frames(self->port);

    if (n == 0)
        return FALSE;
    hvn_vfio_machine_frame(expected, text);
    g_assert_cmpmem(g_bytes_get_data(hvn_fake_port_get_frame(self->port, 0), &len), FRAME_LEN, expected, FRAME_LEN);
    g_assert_cmpuint(n, ==, 1);
    hvn_fake_port_clear(self->port);
    return TRUE;
}

gboolean
hvn_vfio_machine_is_done(HvnVfioMachine *self, guint n)
{
    guint32 len;
    guint   cookie;

    if (self->virtio) {
        while (hvn_test_virtqueue_get(&self->queues[1], &cookie, &len))
            self->done++;
        return self->done > n;
    }
    return (self->ram[TX_RING + n % N_DESCS * E1000_DESC_SIZE + E1000_DESC_STATUS] & E1000_DESC_DD) != 0;
}

gboolean
hvn_vfio_machine_offer(HvnVfioMachine *self, const char *text)
{
    guint8 bytes[FRAME_LEN];

    hvn_vfio_machine_frame(bytes, text);
    return hvn_fake_port_send_bytes(self->port, bytes, sizeof bytes);
}

gboolean
hvn_vfio_machine_has_received(HvnVfioMachine *self, const char *text)
{
    guint8  expected[FRAME_LEN];
    guint8 *data;

    if (!(self->virtio ? hvn_vfio_machine_receive_virtio(self, &data) : hvn_vfio_machine_receive_e1000(self, &data)))
        return FALSE;
    hvn_vfio_machine_frame(expected, text);
    g_assert_cmpmem(data, FRAME_LEN, expected, FRAME_LEN);
    memset(data, 0, FRAME_LEN);
    self->received++;
    return TRUE;
}

gboolean
hvn_vfio_machine_interrupted(HvnVfioMachine *self)
{
    guint64 count;

    if (read(self->irq, &count, sizeof count) != sizeof count)
        return FALSE;
    if (!self->virtio || self->intx) {
        hvn_vfio_machine_read(self, self->virtio ? HVN_VIRTIO_PCI_ISR : E1000_ICR, self->virtio ? 1 : 4);
        if (!self->client.strict)
            hvn_vfio_client_set_irqs(&self->client, 0x11, 0, 0, 1, NULL, 0);
    }
    return TRUE;
}

void
hvn_vfio_machine_expect_traffic(HvnVfioMachine *self)
{
    g_autofree char *out = g_strdup_printf("out %u", self->sent);
    g_autofree char *in = g_strdup_printf("in %u", self->received);
    guint            n = self->sent;

    hvn_vfio_machine_send(self, out);
    hvn_vfio_client_settle(&self->client);
    g_assert_true(hvn_vfio_machine_was_sent(self, out));
    g_assert_true(hvn_vfio_machine_is_done(self, n));
    g_assert_true(hvn_vfio_machine_interrupted(self));
    if (!hvn_vfio_machine_offer(self, in)) {
        hvn_vfio_client_settle(&self->client); /* it asks for memory first, and says ready then */
        g_assert_true(hvn_vfio_machine_offer(self, in));
    }
    hvn_vfio_client_settle(&self->client);
    g_assert_true(hvn_vfio_machine_has_received(self, in));
    g_assert_true(hvn_vfio_machine_interrupted(self));
}
