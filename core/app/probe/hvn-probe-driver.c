/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of guest drivers, and what all drivers share. */
#include "hvn-probe-driver.h"

#include "hvn-error.h"

static const HvnProbeDriverModel *const hvn_probe_driver_models[] = {
    &hvn_probe_e1000_model,
    &hvn_probe_i8255x_model,
    &hvn_probe_ne2k_model,
    &hvn_probe_pcnet_model,
    &hvn_probe_rtl8139_model,
    &hvn_probe_tulip_model,
    &hvn_probe_virtio_net_model,
};

/* what the model calls the device, NULL when it is not for it */
static const char *
hvn_probe_driver_match(const HvnProbeDriverModel *model, HvnProbeGuest *guest)
{
    const HvnProbePci *pci = hvn_probe_guest_get_pci(guest);

    if (pci->absent)
        return model->detect != NULL ? model->detect(guest) : NULL;
    for (const HvnProbeDriverId *id = model->ids; id->vendor != 0; id++) {
        if (id->vendor == pci->vendor && id->device == pci->device)
            return id->chip;
    }
    return NULL;
}

HvnProbeDriver *
hvn_probe_driver_new(HvnProbeGuest *guest, GError **error)
{
    const HvnProbePci *pci = hvn_probe_guest_get_pci(guest);

    for (guint i = 0; i < G_N_ELEMENTS(hvn_probe_driver_models); i++) {
        const HvnProbeDriverModel *model = hvn_probe_driver_models[i];
        const char *chip = hvn_probe_driver_match(model, guest);
        HvnProbeDriver *self;

        if (chip == NULL)
            continue;
        self = g_malloc0(model->size);
        self->model = model;
        self->guest = guest;
        self->facts.chip = chip;
        return self;
    }
    if (pci->absent)
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED, "the probe has no driver for this device, which is no PCI function");
    else
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED, "the probe has no driver for PCI id %04x:%04x", pci->vendor,
                    pci->device);
    return NULL;
}

static gboolean
hvn_probe_driver_interrupt(gpointer data)
{
    HvnProbeDriver *self = data;

    return self->model->interrupt(self);
}

gboolean
hvn_probe_driver_start(HvnProbeDriver *self, HvnProbeReceiveFunc receive, gpointer data, GError **error)
{
    self->receive = receive;
    self->receive_data = data;
    hvn_probe_guest_set_interrupt(self->guest, hvn_probe_driver_interrupt, self);
    if (self->model->start(self, error))
        return TRUE;
    hvn_probe_guest_set_interrupt(self->guest, NULL, NULL);
    return FALSE;
}

void
hvn_probe_driver_free(HvnProbeDriver *self)
{
    if (self == NULL)
        return;
    hvn_probe_guest_set_interrupt(self->guest, NULL, NULL);
    self->model->stop(self);
    g_free(self->problem);
    if (self->model->clear != NULL)
        self->model->clear(self);
    g_free(self);
}

void
hvn_probe_driver_report(HvnProbeDriver *self, const char *format, ...)
{
    va_list args;

    if (self->problem != NULL)
        return;
    va_start(args, format);
    self->problem = g_strdup_vprintf(format, args);
    va_end(args);
}

guint
hvn_probe_driver_hash_crc6(const guint8 *mac)
{
    guint32 crc = G_MAXUINT32;

    for (guint i = 0; i < 8 * HVN_MAC_LEN; i++) {
        gboolean carry = (crc >> 31 ^ (mac[i / 8] >> i % 8 & 1)) != 0;

        crc = crc << 1 ^ (carry ? 0x04c11db7 : 0);
    }
    return crc >> 26;
}
