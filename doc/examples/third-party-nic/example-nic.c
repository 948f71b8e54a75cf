/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The card as an object: identity, BAR, reset, and the registers that concern all of it.
 *
 *   region write -> register row -> handler: stores, and marks a work
 *   dispatcher   -> transmit work: descriptors, frames -> peer (-tx)
 *   peer         -> push -> filter -> descriptors in guest memory (-rx)
 *   either       -> ISR & IMR -> interrupt line
 */
#include "example-nic.h"

#include <hvn-bytes.h>
#include <hvn-plugin-abi.h>

G_DEFINE_FINAL_TYPE(ExampleNic, example_nic, HVN_TYPE_NIC)

/* ---- registers ---- */

gboolean
example_nic_load_ring(ExampleNic *self, HvnRing *ring, guint32 registers)
{
    const HvnRegs *regs = &self->regs;
    guint64 base = hvn_regs_get(regs, registers + EXAMPLE_NIC_RING_BASEL);

    base |= (guint64)hvn_regs_get(regs, registers + EXAMPLE_NIC_RING_BASEH) << 32;
    return hvn_ring_set(ring, base, hvn_regs_get(regs, registers + EXAMPLE_NIC_RING_SIZE),
                        hvn_regs_get(regs, registers + EXAMPLE_NIC_RING_HEAD), hvn_regs_get(regs, registers + EXAMPLE_NIC_RING_TAIL),
                        EXAMPLE_NIC_DESC_SIZE);
}

void
example_nic_advance_ring(ExampleNic *self, HvnRing *ring, guint32 registers, guint n)
{
    hvn_ring_advance(ring, n);
    hvn_regs_set(&self->regs, registers + EXAMPLE_NIC_RING_HEAD, ring->head);
}

void
example_nic_ctrl_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    ExampleNic *self = owner;

    if (value & EXAMPLE_NIC_CTRL_RESET) {
        hvn_nic_reset(&self->parent, HVN_NIC_RESET_SOFTWARE);
        return;
    }
    hvn_work_schedule(&self->tx.work);
    hvn_work_schedule(&self->rx.ready); /* a receiver that was switched off owes nothing */
}

guint32
example_nic_status_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return hvn_port_get_link_up((HvnPort *)owner) ? EXAMPLE_NIC_STATUS_LINK : 0;
}

guint32
example_nic_isr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return hvn_irq_cause_read(&((ExampleNic *)owner)->irq);
}

void
example_nic_isr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    ExampleNic *self = owner;

    hvn_regs_set(&self->regs, EXAMPLE_NIC_ISR, 0); /* the causes are kept in self->irq */
    hvn_irq_cause_acknowledge(&self->irq, value);
}

void
example_nic_imr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    hvn_irq_cause_set_mask(&((ExampleNic *)owner)->irq, value);
}

/* ---- HvnNic ---- */

static void
example_nic_reset(HvnNic *nic, HvnNicResetKind kind)
{
    ExampleNic *self = (ExampleNic *)nic;

    hvn_work_cancel(&self->tx.work);
    hvn_work_cancel(&self->rx.ready);
    self->tx.held = FALSE;
    self->rx.dropped = 0;
    hvn_irq_cause_reset(&self->irq);
    hvn_regs_reset(&self->regs, TRUE);
    hvn_regs_set(&self->regs, EXAMPLE_NIC_MACL, hvn_load_le32(self->mac.addr));
    hvn_regs_set(&self->regs, EXAMPLE_NIC_MACH, hvn_load_le16(self->mac.addr + 4));
}

static guint64
example_nic_region_read(HvnNic *nic, guint bar, guint64 offset, guint size)
{
    return hvn_regs_read(&((ExampleNic *)nic)->regs, offset, size);
}

static void
example_nic_region_write(HvnNic *nic, guint bar, guint64 offset, guint64 value, guint size)
{
    hvn_regs_write(&((ExampleNic *)nic)->regs, offset, value, size);
}

static HvnRegs *
example_nic_get_regs(HvnNic *nic, guint bar)
{
    return bar == 0 ? &((ExampleNic *)nic)->regs : NULL;
}

/* ---- HvnPort ---- */

static void
example_nic_resume(HvnPort *port)
{
    ExampleNic *self = (ExampleNic *)port;

    self->tx.held = FALSE;
    hvn_work_schedule(&self->tx.work);
}

static void
example_nic_link_changed(HvnPort *port, gboolean up)
{
    hvn_irq_cause_raise(&((ExampleNic *)port)->irq, EXAMPLE_NIC_INT_LINK);
}

/* ---- GObject ---- */

/* 1af4:10f0 to 10ff are for experiments; a card that leaves the laboratory has IDs of its own */
static void
example_nic_init_pci(HvnPciConfig *pci)
{
    static const HvnPciIdentity identity = {
        .vendor = 0x1af4,
        .device = 0x10f0,
        .subsystem_vendor = 0x1af4,
        .subsystem = 0x1100,
        .class_code = 0x020000,
        .interrupt_pin = 1,
    };

    hvn_pci_config_init(pci, &identity, NULL, NULL);
    hvn_pci_config_add_bar(pci, 0, EXAMPLE_NIC_BAR_SIZE, HVN_PCI_BAR_MEMORY);
}

static void
example_nic_constructed(GObject *object)
{
    ExampleNic *self = (ExampleNic *)object;
    HvnDispatcher *dispatcher;

    G_OBJECT_CLASS(example_nic_parent_class)->constructed(object);
    dispatcher = hvn_port_get_dispatcher((HvnPort *)self);
    hvn_nic_get_mac(&self->parent, &self->mac);
    example_nic_init_pci(hvn_nic_get_pci(&self->parent));
    hvn_regs_init(&self->regs, ((ExampleNicClass *)G_OBJECT_GET_CLASS(self))->table, self);
    hvn_irq_cause_init(&self->irq, &self->parent);
    hvn_work_init(&self->tx.work, dispatcher, example_nic_tx_run, self);
    hvn_work_init(&self->rx.ready, dispatcher, example_nic_rx_say_ready, self);
}

static void
example_nic_dispose(GObject *object)
{
    ExampleNic *self = (ExampleNic *)object;

    hvn_nic_detach(&self->parent);
    hvn_work_cancel(&self->tx.work);
    hvn_work_cancel(&self->rx.ready);
    hvn_irq_cause_reset(&self->irq);
    G_OBJECT_CLASS(example_nic_parent_class)->dispose(object);
}

static void
example_nic_finalize(GObject *object)
{
    hvn_regs_clear(&((ExampleNic *)object)->regs);
    G_OBJECT_CLASS(example_nic_parent_class)->finalize(object);
}

static void
example_nic_class_init(ExampleNicClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);
    HvnNicClass *nic_class = HVN_NIC_CLASS(klass);

    klass->table = example_nic_regs_new();
    object_class->constructed = example_nic_constructed;
    object_class->dispose = example_nic_dispose;
    object_class->finalize = example_nic_finalize;
    port_class->push = example_nic_rx_push;
    port_class->resume = example_nic_resume;
    port_class->link_changed = example_nic_link_changed;
    nic_class->reset = example_nic_reset;
    nic_class->region_read = example_nic_region_read;
    nic_class->region_write = example_nic_region_write;
    nic_class->get_regs = example_nic_get_regs;
}

static void
example_nic_init(ExampleNic *self)
{
}

HVN_PLUGIN_DEFINE("nic", "example-nic", example_nic_get_type);
