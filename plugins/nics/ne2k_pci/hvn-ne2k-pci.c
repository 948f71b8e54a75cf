/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ne2k_pci as an object: identity and BAR of the RTL8029 around hvn-ne2k-core.h. */
#include "hvn-ne2k-pci.h"

#include "hvn-plugin-abi.h"

typedef struct {
    HvnNe2kNic core;
} HvnNe2kPci;

typedef HvnNe2kNicClass HvnNe2kPciClass;

G_DEFINE_FINAL_TYPE(HvnNe2kPci, hvn_ne2k_pci, HVN_TYPE_NIC)

static void
hvn_ne2k_pci_constructed(GObject *object)
{
    const HvnPciIdentity identity = {
        .vendor = 0x10ec,
        .device = 0x8029,
        .subsystem_vendor = 0x1af4,
        .subsystem = 0x1100,
        .class_code = 0x020000,
        .interrupt_pin = 1,
    };
    HvnPciConfig *pci = hvn_nic_get_pci((HvnNic *)object);

    G_OBJECT_CLASS(hvn_ne2k_pci_parent_class)->constructed(object);
    hvn_pci_config_init(pci, &identity, NULL, NULL);
    hvn_pci_config_add_bar(pci, NE2K_REGION, NE2K_PCI_SIZE, HVN_PCI_BAR_IO);
    hvn_ne2k_init((HvnNe2kNic *)object, TRUE);
}

static void
hvn_ne2k_pci_dispose(GObject *object)
{
    hvn_ne2k_dispose((HvnNe2kNic *)object);
    G_OBJECT_CLASS(hvn_ne2k_pci_parent_class)->dispose(object);
}

static void
hvn_ne2k_pci_finalize(GObject *object)
{
    hvn_ne2k_finalize((HvnNe2kNic *)object);
    G_OBJECT_CLASS(hvn_ne2k_pci_parent_class)->finalize(object);
}

static void
hvn_ne2k_pci_class_init(HvnNe2kPciClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);

    object_class->constructed = hvn_ne2k_pci_constructed;
    object_class->dispose = hvn_ne2k_pci_dispose;
    object_class->finalize = hvn_ne2k_pci_finalize;
    hvn_ne2k_class_init(klass, TRUE);
}

static void
hvn_ne2k_pci_init(HvnNe2kPci *self)
{
}

HVN_PLUGIN_DEFINE("nic", "ne2k_pci", hvn_ne2k_pci_get_type);
