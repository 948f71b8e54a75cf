/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A NIC for the tests of `hvnet plugin check`: under its own name a small one without a fault, and under each name of a variant one that
 * has the fault which the name says. */
#include <stdlib.h>

#include "hvn-nic.h"
#include "hvn-plugin-abi.h"

#define REGION_SIZE 0x100
#define DOORBELL    0x08

typedef struct {
    HvnNic   parent;
    HvnRegs  regs;
    HvnWork  work;
    HvnFrame kept; /* of the variant that keeps what it was lent */
} FaultyNic;

typedef struct {
    HvnNicClass  parent_class;
    HvnRegTable *table;
} FaultyNicClass;

GType
faulty_nic_get_type(void);

G_DEFINE_FINAL_TYPE(FaultyNic, faulty_nic, HVN_TYPE_NIC)

static gboolean
faulty_nic_is(FaultyNic *self, const char *fault)
{
    return g_strcmp0(hvn_nic_get_variant(&self->parent), fault) == 0;
}

static void
faulty_nic_doorbell(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    FaultyNic *self = owner;
    guint8 byte;

    if (faulty_nic_is(self, "faulty-crash"))
        abort();
    if (faulty_nic_is(self, "faulty-log"))
        g_message("the guest has written %u", value);
    if (faulty_nic_is(self, "faulty-dma"))
        HVN_BUS_GET_IFACE(hvn_nic_get_bus(&self->parent))->read(hvn_nic_get_bus(&self->parent), 0, &byte, 1);
    hvn_work_schedule(&self->work);
}

static const HvnReg rows[] = {
    {0x00, 4, 1, 0, 0, 0xffffffff, "CTRL", "1", NULL, NULL, 0},
    {DOORBELL, 4, 1, 0, 0, 0xffffffff, "DOORBELL", "2", NULL, faulty_nic_doorbell, 0},
};

static gboolean
faulty_nic_run(gpointer data)
{
    FaultyNic *self = data;
    guint8 byte;

    if (self->kept.iov != NULL)
        hvn_frame_copy(&self->kept, 0, &byte, 1);
    self->kept.iov = NULL;
    return FALSE;
}

static guint
faulty_nic_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    FaultyNic *self = (FaultyNic *)port;

    if (faulty_nic_is(self, "faulty-refuse"))
        return 0;
    if (faulty_nic_is(self, "faulty-edit"))
        *(guint8 *)frames[0].iov[0].iov_base ^= 1;
    if (faulty_nic_is(self, "faulty-send"))
        hvn_port_send(port, frames, 1);
    if (faulty_nic_is(self, "faulty-keep")) {
        self->kept = frames[0];
        hvn_work_schedule(&self->work);
    }
    return n_frames;
}

static void
faulty_nic_resume(HvnPort *port)
{
}

static void
faulty_nic_reset(HvnNic *nic, HvnNicResetKind kind)
{
    FaultyNic *self = (FaultyNic *)nic;

    hvn_work_cancel(&self->work);
    hvn_nic_set_irq(nic, FALSE);
    if (!faulty_nic_is(self, "faulty-reset"))
        hvn_regs_reset(&self->regs, TRUE);
}

static guint64
faulty_nic_region_read(HvnNic *nic, guint bar, guint64 offset, guint size)
{
    return hvn_regs_read(&((FaultyNic *)nic)->regs, offset, size);
}

static void
faulty_nic_region_write(HvnNic *nic, guint bar, guint64 offset, guint64 value, guint size)
{
    hvn_regs_write(&((FaultyNic *)nic)->regs, offset, value, size);
}

static HvnRegs *
faulty_nic_get_regs(HvnNic *nic, guint bar)
{
    return bar == 0 ? &((FaultyNic *)nic)->regs : NULL;
}

static void
faulty_nic_constructed(GObject *object)
{
    FaultyNic *self = (FaultyNic *)object;
    HvnPciConfig *pci = hvn_nic_get_pci(&self->parent);
    const HvnPciIdentity identity = {
        .vendor = 0x1af4,
        .device = 0x10f1,
        .class_code = faulty_nic_is(self, "faulty-class") ? 0x030000 : 0x020000,
        .interrupt_pin = 1,
    };

    G_OBJECT_CLASS(faulty_nic_parent_class)->constructed(object);
    hvn_pci_config_init(pci, &identity, NULL, NULL);
    hvn_pci_config_add_bar(pci, 0, REGION_SIZE, HVN_PCI_BAR_MEMORY);
    hvn_regs_init(&self->regs, ((FaultyNicClass *)G_OBJECT_GET_CLASS(self))->table, self);
    hvn_work_init(&self->work, hvn_port_get_dispatcher((HvnPort *)self), faulty_nic_run, self);
}

static void
faulty_nic_finalize(GObject *object)
{
    FaultyNic *self = (FaultyNic *)object;

    hvn_work_cancel(&self->work);
    hvn_regs_clear(&self->regs);
    G_OBJECT_CLASS(faulty_nic_parent_class)->finalize(object);
}

static void
faulty_nic_class_init(FaultyNicClass *klass)
{
    HvnNicClass *nic_class = HVN_NIC_CLASS(klass);

    klass->table = hvn_reg_table_new(rows, G_N_ELEMENTS(rows), REGION_SIZE);
    G_OBJECT_CLASS(klass)->constructed = faulty_nic_constructed;
    G_OBJECT_CLASS(klass)->finalize = faulty_nic_finalize;
    HVN_PORT_CLASS(klass)->push = faulty_nic_push;
    HVN_PORT_CLASS(klass)->resume = faulty_nic_resume;
    nic_class->reset = faulty_nic_reset;
    nic_class->region_read = faulty_nic_region_read;
    nic_class->region_write = faulty_nic_region_write;
    nic_class->get_regs = faulty_nic_get_regs;
}

static void
faulty_nic_init(FaultyNic *self)
{
}

HVN_PLUGIN_DEFINE("nic", "faulty", faulty_nic_get_type);
