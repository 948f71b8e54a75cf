/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A NIC for the tests of the session: it has a name, an address and a variant, and no registers. */
#include "hvn-nic.h"
#include "hvn-plugin-abi.h"

typedef struct {
    HvnNic parent_instance;
} ToyNic;

typedef HvnNicClass ToyNicClass;

GType
toy_nic_get_type(void);

G_DEFINE_FINAL_TYPE(ToyNic, toy_nic, HVN_TYPE_NIC)

static guint
toy_nic_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    return n_frames;
}

static void
toy_nic_resume(HvnPort *port)
{
}

static void
toy_nic_reset(HvnNic *nic, HvnNicResetKind kind)
{
}

static guint64
toy_nic_region_read(HvnNic *nic, guint bar, guint64 offset, guint size)
{
    return 0;
}

static void
toy_nic_region_write(HvnNic *nic, guint bar, guint64 offset, guint64 value, guint size)
{
}

static void
toy_nic_class_init(ToyNicClass *klass)
{
    HVN_PORT_CLASS(klass)->push = toy_nic_push;
    HVN_PORT_CLASS(klass)->resume = toy_nic_resume;
    klass->reset = toy_nic_reset;
    klass->region_read = toy_nic_region_read;
    klass->region_write = toy_nic_region_write;
}

static void
toy_nic_init(ToyNic *self)
{
}

HVN_PLUGIN_DEFINE("nic", "toy", toy_nic_get_type);
