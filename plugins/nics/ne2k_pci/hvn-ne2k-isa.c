/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ne2k_isa as an object: the jumpers of the card around hvn-ne2k-core.h. Its region says where the ports are; "irq" is for its owner to ask, which
 * wires the line. */
#include "hvn-ne2k-isa.h"

#include "hvn-plugin-abi.h"

typedef struct {
    HvnNe2kNic core;
    guint      iobase;
    guint      irq;
} HvnNe2kIsa;

typedef HvnNe2kNicClass HvnNe2kIsaClass;

G_DEFINE_FINAL_TYPE(HvnNe2kIsa, hvn_ne2k_isa, HVN_TYPE_NIC)

enum {
    PROP_0,
    PROP_IOBASE,
    PROP_IRQ,
};

static void
hvn_ne2k_isa_constructed(GObject *object)
{
    HvnNe2kIsa *self = (HvnNe2kIsa *)object;

    G_OBJECT_CLASS(hvn_ne2k_isa_parent_class)->constructed(object);
    hvn_nic_add_region((HvnNic *)object, NE2K_REGION, NE2K_ISA_SIZE, TRUE, self->iobase);
    hvn_ne2k_init(&self->core, FALSE);
}

static void
hvn_ne2k_isa_dispose(GObject *object)
{
    hvn_ne2k_dispose((HvnNe2kNic *)object);
    G_OBJECT_CLASS(hvn_ne2k_isa_parent_class)->dispose(object);
}

static void
hvn_ne2k_isa_finalize(GObject *object)
{
    hvn_ne2k_finalize((HvnNe2kNic *)object);
    G_OBJECT_CLASS(hvn_ne2k_isa_parent_class)->finalize(object);
}

static void
hvn_ne2k_isa_set_property(GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
    HvnNe2kIsa *self = (HvnNe2kIsa *)object;

    switch (prop_id) {
    case PROP_IOBASE:
        self->iobase = g_value_get_uint(value);
        break;
    case PROP_IRQ:
        self->irq = g_value_get_uint(value);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop_id, pspec);
    }
}

static void
hvn_ne2k_isa_get_property(GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
    HvnNe2kIsa *self = (HvnNe2kIsa *)object;

    switch (prop_id) {
    case PROP_IOBASE:
        g_value_set_uint(value, self->iobase);
        break;
    case PROP_IRQ:
        g_value_set_uint(value, self->irq);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop_id, pspec);
    }
}

static void
hvn_ne2k_isa_class_init(HvnNe2kIsaClass *klass)
{
    const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
    GObjectClass *object_class = G_OBJECT_CLASS(klass);

    object_class->constructed = hvn_ne2k_isa_constructed;
    object_class->dispose = hvn_ne2k_isa_dispose;
    object_class->finalize = hvn_ne2k_isa_finalize;
    object_class->set_property = hvn_ne2k_isa_set_property;
    object_class->get_property = hvn_ne2k_isa_get_property;
    hvn_ne2k_class_init(klass, FALSE);
    g_object_class_install_property(object_class, PROP_IOBASE, g_param_spec_uint("iobase", NULL, NULL, 0, 0xffe0, 0x300, flags));
    g_object_class_install_property(object_class, PROP_IRQ, g_param_spec_uint("irq", NULL, NULL, 0, 15, 9, flags));
}

static void
hvn_ne2k_isa_init(HvnNe2kIsa *self)
{
}

HVN_PLUGIN_DEFINE("nic", "ne2k_isa", hvn_ne2k_isa_get_type);
