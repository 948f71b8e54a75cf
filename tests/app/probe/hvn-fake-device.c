/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A device for tests of the probe's driver: registers, EEPROM, PHY and rings as far as the driver uses them, and faults on demand. */
#include "hvn-fake-device.h"

#include "hvn-bytes.h"
#include "hvn-probe-e1000.h"

#define BAR_SIZE 0x20000
#define WORDS    64

struct _FakeDevice {
    HvnNic     parent_instance;
    FakeFault  fault;
    guint16    device_id;
    guint32   *regs; /* BAR_SIZE bytes */
    guint16    words[WORDS];
    guint      microwire_bits; /* clocked since chip select */
    guint32    microwire_in;
    GPtrArray *sent;
    guint32    offload;
};

G_DEFINE_FINAL_TYPE(FakeDevice, fake_device, HVN_TYPE_NIC)

static void
fake_device_update(FakeDevice *self)
{
    gboolean stuck = self->fault == FAKE_FAULT_STUCK_LINE && self->regs[E1000_IMS / 4] != 0;

    hvn_nic_set_irq(&self->parent_instance, stuck || (self->regs[E1000_ICR / 4] & self->regs[E1000_IMS / 4]) != 0);
}

static void
fake_device_eecd(FakeDevice *self, guint32 value)
{
    guint32 old = self->regs[E1000_EECD / 4], output = old & E1000_EECD_DO;
    gboolean rises = (value & ~old & E1000_EECD_SK) != 0;

    if ((value & E1000_EECD_CS) == 0) {
        self->microwire_bits = 0;
        self->microwire_in = 0;
    } else if (rises) {
        self->microwire_in = self->microwire_in << 1 | ((value & E1000_EECD_DI) != 0);
        self->microwire_bits++;
        if (self->microwire_bits > 9 && self->microwire_bits <= 25) {
            guint word = (self->microwire_in >> (self->microwire_bits - 9)) & (WORDS - 1);
            guint16 bits = self->words[word] ^ (self->fault == FAKE_FAULT_MICROWIRE ? 1 : 0);

            output = (bits >> (25 - self->microwire_bits)) & 1 ? E1000_EECD_DO : 0;
        }
    }
    value = (value & ~(E1000_EECD_DO | E1000_EECD_GNT)) | output;
    if ((value & E1000_EECD_REQ) != 0 && self->fault != FAKE_FAULT_NOT_GRANTED)
        value |= E1000_EECD_GNT;
    self->regs[E1000_EECD / 4] = value;
}

static void
fake_device_transmit(FakeDevice *self)
{
    guint64 base = self->regs[E1000_TDBAL / 4] | (guint64)self->regs[E1000_TDBAH / 4] << 32;
    guint n = self->regs[E1000_TDLEN / 4] / E1000_DESC_SIZE;

    for (guint i = 0; i < n && self->regs[E1000_TDH / 4] != self->regs[E1000_TDT / 4]; i++) {
        guint64 addr = base + self->regs[E1000_TDH / 4] * E1000_DESC_SIZE;
        guint8 desc[E1000_DESC_SIZE];
        guint len;
        guint8 *bytes;

        g_assert_true(hvn_nic_dma_read(&self->parent_instance, addr, desc, sizeof desc));
        len = hvn_load_le16(desc + E1000_TXD_LENGTH);
        bytes = g_malloc(len);
        g_assert_true(hvn_nic_dma_read(&self->parent_instance, hvn_load_le64(desc), bytes, len));
        g_ptr_array_add(self->sent, g_bytes_new_take(bytes, len));
        self->offload =
            desc[E1000_TXD_CSS] | (guint32)desc[E1000_TXD_CSO] << 8 | (guint32)(desc[E1000_TXD_CMD] & E1000_TXD_CMD_IC) << 16;
        desc[E1000_TXD_STATUS] |= E1000_TXD_STAT_DD;
        g_assert_true(hvn_nic_dma_write(&self->parent_instance, addr, desc, sizeof desc));
        self->regs[E1000_TDH / 4] = (self->regs[E1000_TDH / 4] + 1) % n;
    }
}

gboolean
fake_device_receive(FakeDevice *self, gconstpointer bytes, gsize len, guint8 status, guint8 errors)
{
    guint64 base = self->regs[E1000_RDBAL / 4] | (guint64)self->regs[E1000_RDBAH / 4] << 32;
    guint n = self->regs[E1000_RDLEN / 4] / E1000_DESC_SIZE;
    guint64 addr = base + self->regs[E1000_RDH / 4] * E1000_DESC_SIZE;
    guint8 desc[E1000_DESC_SIZE];

    if (n == 0 || self->regs[E1000_RDH / 4] == self->regs[E1000_RDT / 4])
        return FALSE;
    g_assert_true(hvn_nic_dma_read(&self->parent_instance, addr, desc, sizeof desc));
    g_assert_true(hvn_nic_dma_write(&self->parent_instance, hvn_load_le64(desc), bytes, len));
    hvn_store_le16(desc + E1000_RXD_LENGTH, (guint16)len);
    desc[E1000_RXD_STATUS] = status;
    desc[E1000_RXD_ERRORS] = errors;
    g_assert_true(hvn_nic_dma_write(&self->parent_instance, addr, desc, sizeof desc));
    self->regs[E1000_RDH / 4] = (self->regs[E1000_RDH / 4] + 1) % n;
    self->regs[E1000_ICR / 4] |= E1000_ICR_RXT0;
    fake_device_update(self);
    return TRUE;
}

static guint64
fake_device_read(HvnNic *nic, guint bar, guint64 offset, guint size)
{
    FakeDevice *self = FAKE_DEVICE(nic);
    guint32 value = self->regs[offset / 4];

    if (self->fault == FAKE_FAULT_DEAD)
        return G_MAXUINT32;
    if (offset == E1000_ICR) {
        self->regs[E1000_ICR / 4] = 0;
        fake_device_update(self);
    }
    return value;
}

static void
fake_device_write(HvnNic *nic, guint bar, guint64 offset, guint64 value, guint size)
{
    FakeDevice *self = FAKE_DEVICE(nic);
    guint32 *reg = &self->regs[offset / 4];
    guint16 word = self->words[((value >> E1000_EERD_ADDR_SHIFT) & 0xff) % WORDS];

    if (offset == E1000_CTRL) {
        *reg = (guint32)value & (self->fault == FAKE_FAULT_RESET_STUCK ? ~0u : ~E1000_CTRL_RST);
    } else if (offset == E1000_EECD) {
        fake_device_eecd(self, (guint32)value);
    } else if (offset == E1000_EERD) {
        *reg = self->fault == FAKE_FAULT_EERD_SILENT ? 0 : E1000_EERD_DONE | (guint32)word << E1000_EERD_DATA_SHIFT;
    } else if (offset == E1000_MDIC) {
        *reg = E1000_MDIC_READY | 0x0141 | (self->fault == FAKE_FAULT_PHY ? E1000_MDIC_ERROR : 0);
    } else if (offset == E1000_IMS || offset == E1000_IMC) {
        self->regs[E1000_IMS / 4] = offset == E1000_IMS ? self->regs[E1000_IMS / 4] | (guint32)value
                                                        : self->regs[E1000_IMS / 4] & ~(guint32)value;
        fake_device_update(self);
    } else {
        *reg = (guint32)value;
        if (offset == E1000_TDT)
            fake_device_transmit(self);
    }
}

static guint
fake_device_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    return n_frames;
}

static void
fake_device_resume(HvnPort *port)
{
}

static void
fake_device_reset(HvnNic *nic, HvnNicResetKind kind)
{
}

static void
fake_device_finalize(GObject *object)
{
    g_ptr_array_unref(FAKE_DEVICE(object)->sent);
    g_free(FAKE_DEVICE(object)->regs);
    G_OBJECT_CLASS(fake_device_parent_class)->finalize(object);
}

static void
fake_device_class_init(FakeDeviceClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = fake_device_finalize;
    HVN_PORT_CLASS(klass)->push = fake_device_push;
    HVN_PORT_CLASS(klass)->resume = fake_device_resume;
    HVN_NIC_CLASS(klass)->reset = fake_device_reset;
    HVN_NIC_CLASS(klass)->region_read = fake_device_read;
    HVN_NIC_CLASS(klass)->region_write = fake_device_write;
}

static void
fake_device_init(FakeDevice *self)
{
    self->regs = g_malloc0(BAR_SIZE);
    self->sent = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
}

FakeDevice *
fake_device_new(HvnDispatcher *dispatcher, FakeFault fault, guint16 device_id)
{
    const HvnPciIdentity identity = {
        .vendor = 0x8086, .device = device_id, .class_code = 0x020000, .revision = 3, .interrupt_pin = 1};
    FakeDevice *self = g_object_new(FAKE_TYPE_DEVICE, "dispatcher", dispatcher, "name", "net0", NULL);
    guint16 sum = 0;
    HvnMac mac;

    self->fault = fault;
    hvn_pci_config_init(hvn_nic_get_pci(&self->parent_instance), &identity, NULL, NULL);
    hvn_pci_config_add_bar(hvn_nic_get_pci(&self->parent_instance), 0, BAR_SIZE, HVN_PCI_BAR_MEMORY);
    hvn_nic_get_mac(&self->parent_instance, &mac);
    for (guint i = 0; i < 3; i++)
        self->words[i] = hvn_load_le16(mac.addr + 2 * i);
    self->words[7] = 0x1234;
    for (guint i = 0; i < WORDS - 1; i++)
        sum = (guint16)(sum + self->words[i]);
    self->words[WORDS - 1] = (guint16)(E1000_EEPROM_SUM - sum - (fault == FAKE_FAULT_EEPROM_SUM ? 1 : 0));
    self->regs[E1000_RAL0 / 4] = hvn_load_le32(mac.addr) ^ (fault == FAKE_FAULT_ADDRESS ? 1 : 0);
    self->regs[E1000_RAH0 / 4] = hvn_load_le16(mac.addr + 4) | E1000_RAH_AV;
    self->regs[E1000_STATUS / 4] = E1000_STATUS_LU | E1000_STATUS_FD | 2u << E1000_STATUS_SPEED_SHIFT;
    return self;
}

GPtrArray *
fake_device_get_sent(FakeDevice *self)
{
    return self->sent;
}

guint32
fake_device_peek(FakeDevice *self, guint offset)
{
    return self->regs[offset / 4];
}

guint32
fake_device_get_offload(FakeDevice *self)
{
    return self->offload;
}
