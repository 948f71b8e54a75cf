/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small NIC for tests of the vfio-user server: everything that its registers do is here. */

#include "hvn-vfio-test-nic.h"

G_DEFINE_FINAL_TYPE(TestNic, test_nic, HVN_TYPE_NIC)

static gboolean
test_nic_work(gpointer data)
{
    TestNic *self = data;
    guint8   bytes[8];

    if (hvn_nic_dma_read(HVN_NIC(self), self->doorbell, bytes, sizeof bytes))
        hvn_nic_dma_write(HVN_NIC(self), self->doorbell + 8, bytes, sizeof bytes);
    self->copies++;
    return FALSE;
}

static guint64
test_nic_read(HvnNic *nic, guint bar, guint64 offset, guint size)
{
    TestNic *self = TEST_NIC(nic);

    return offset == TEST_COPIES ? self->copies : offset == TEST_SCRATCH ? self->scratch : 0;
}

static void
test_nic_write(HvnNic *nic, guint bar, guint64 offset, guint64 value, guint size)
{
    TestNic *self = TEST_NIC(nic);

    if (offset == TEST_SCRATCH) {
        self->scratch = value;
    } else if (offset == TEST_IRQ) {
        hvn_nic_set_irq(nic, value != 0);
    } else if (offset == TEST_DOORBELL) {
        self->doorbell = value;
        hvn_work_schedule(&self->work);
    }
}

static void
test_nic_reset(HvnNic *nic, HvnNicResetKind kind)
{
    TestNic *self = TEST_NIC(nic);

    hvn_work_cancel(&self->work);
    self->scratch = 0;
    self->resets++;
    hvn_nic_set_irq(nic, FALSE);
}

static guint
test_nic_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    return n_frames;
}

static void
test_nic_resume(HvnPort *port)
{
}

static void
test_nic_constructed(GObject *object)
{
    const HvnPciIdentity identity = {.vendor = 0x1af4, .device = 0x1100, .class_code = 0x020000, .interrupt_pin = 1};
    TestNic             *self = TEST_NIC(object);

    G_OBJECT_CLASS(test_nic_parent_class)->constructed(object);
    hvn_pci_config_init(hvn_nic_get_pci(HVN_NIC(self)), &identity, NULL, NULL);
    hvn_pci_config_add_bar(hvn_nic_get_pci(HVN_NIC(self)), 0, 4096, HVN_PCI_BAR_MEMORY);
    hvn_work_init(&self->work, hvn_port_get_dispatcher(HVN_PORT(self)), test_nic_work, self);
}

static void
test_nic_dispose(GObject *object)
{
    hvn_work_cancel(&TEST_NIC(object)->work);
    G_OBJECT_CLASS(test_nic_parent_class)->dispose(object);
}

static void
test_nic_class_init(TestNicClass *klass)
{
    G_OBJECT_CLASS(klass)->constructed = test_nic_constructed;
    G_OBJECT_CLASS(klass)->dispose = test_nic_dispose;
    HVN_NIC_CLASS(klass)->region_read = test_nic_read;
    HVN_NIC_CLASS(klass)->region_write = test_nic_write;
    HVN_NIC_CLASS(klass)->reset = test_nic_reset;
    HVN_PORT_CLASS(klass)->push = test_nic_push;
    HVN_PORT_CLASS(klass)->resume = test_nic_resume;
}

static void
test_nic_init(TestNic *self)
{
}
