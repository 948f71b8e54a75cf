/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interrupts of a NIC: what the model requests becomes the level of a pin, or MSI and MSI-X messages with their masks. */
#include "hvn-nic-private.h"

void
hvn_nic_update_irq(HvnNicPrivate *priv)
{
    gboolean awake = hvn_pci_config_get_power_state(&priv->pci) == 0;
    gboolean msi = hvn_pci_config_get_msi_enabled(&priv->pci);
    gboolean msix = hvn_pci_config_get_msix_enabled(&priv->pci);
    gboolean disabled = (hvn_pci_config_get_command(&priv->pci) & HVN_PCI_COMMAND_INTX_DISABLE) != 0;
    gboolean pin = priv->irq && awake && !msi && !msix && !disabled;
    gboolean message = priv->irq && msi && !msix && priv->can_master;
    gboolean send = message && !priv->message_sent;

    hvn_pci_config_set_interrupt_status(&priv->pci, priv->irq);
    priv->message_sent = message;
    if (priv->bus == NULL) {
        priv->pin = FALSE;
        return;
    }
    if (priv->pin != pin) {
        priv->pin = pin;
        priv->bus_iface->set_irq(priv->bus, pin);
    }
    if (send)
        priv->bus_iface->send_msi(priv->bus, 0);
}

void
hvn_nic_update_pending(HvnNicPrivate *priv)
{
    gint vector;

    if (!priv->can_master)
        return;
    while ((vector = hvn_pci_config_take_pending_msix(&priv->pci)) >= 0)
        priv->bus_iface->send_msi(priv->bus, vector);
}

/* ---- for plugins ---- */

void
hvn_nic_set_irq(HvnNic *self, gboolean level)
{
    HvnNicPrivate *priv = hvn_nic_get_private(self);

    level = level != FALSE;
    if (priv->irq == level)
        return;
    priv->irq = level;
    hvn_nic_update_irq(priv);
}

/* the masks of such a bus are not ours to apply */
static gboolean
hvn_nic_bus_keeps_msix(HvnNicPrivate *priv, guint vector)
{
    return priv->bus != NULL && priv->bus_iface->keeps_msix != NULL && vector < priv->pci.msix_n_vectors &&
           priv->bus_iface->keeps_msix(priv->bus);
}

void
hvn_nic_notify(HvnNic *self, guint vector)
{
    HvnNicPrivate *priv = hvn_nic_get_private(self);
    guint n_msi;

    g_return_if_fail(HVN_IS_NIC(self));

    if (hvn_pci_config_get_msix_enabled(&priv->pci)) {
        if (hvn_nic_bus_keeps_msix(priv, vector)) {
            if (priv->can_master)
                priv->bus_iface->send_msi(priv->bus, vector);
            return;
        }
        if (!hvn_pci_config_raise_msix(&priv->pci, vector))
            return;
        if (priv->can_master)
            priv->bus_iface->send_msi(priv->bus, vector);
        else
            priv->pci.msix_pba[vector / 8] |= 1u << vector % 8; /* goes out with bus mastering */
        return;
    }
    /* a guest that allows fewer messages gets them folded together */
    n_msi = hvn_pci_config_get_msi_vectors(&priv->pci);
    if (n_msi != 0 && priv->can_master)
        priv->bus_iface->send_msi(priv->bus, vector & (n_msi - 1));
}
