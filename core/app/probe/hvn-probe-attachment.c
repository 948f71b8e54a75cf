/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all ways to a NIC share, and the shortest: the machine is the NIC's HvnBus and forwards accesses by plain calls. */
#include "hvn-probe-attachment.h"

#include "hvn-probe-guest.h"

const char *
hvn_probe_attachment_get_problem(HvnProbeAttachment *self)
{
    return self->model->get_problem != NULL ? self->model->get_problem(self) : NULL;
}

void
hvn_probe_attachment_free(HvnProbeAttachment *self)
{
    if (self != NULL)
        self->model->free(self);
}

/* ---- in the same process ---- */

static gboolean
hvn_probe_attachment_attach(HvnProbeAttachment *self, HvnProbeGuest *guest, GError **error)
{
    hvn_nic_attach(((HvnProbeInProcess *)self)->nic, HVN_BUS(guest));
    return TRUE;
}

static guint64
hvn_probe_attachment_region_read(HvnProbeAttachment *self, guint bar, guint64 offset, guint size)
{
    return hvn_nic_region_read(((HvnProbeInProcess *)self)->nic, bar, offset, size);
}

static void
hvn_probe_attachment_region_write(HvnProbeAttachment *self, guint bar, guint64 offset, guint64 value, guint size)
{
    hvn_nic_region_write(((HvnProbeInProcess *)self)->nic, bar, offset, value, size);
}

static guint32
hvn_probe_attachment_config_read(HvnProbeAttachment *self, guint offset, guint size)
{
    return hvn_nic_config_read(((HvnProbeInProcess *)self)->nic, offset, size);
}

static void
hvn_probe_attachment_config_write(HvnProbeAttachment *self, guint offset, guint32 value, guint size)
{
    hvn_nic_config_write(((HvnProbeInProcess *)self)->nic, offset, value, size);
}

static gboolean
hvn_probe_attachment_get_region(HvnProbeAttachment *self, guint index, guint64 address, HvnNicRegion *region)
{
    HvnNic *nic = ((HvnProbeInProcess *)self)->nic;

    if (hvn_nic_is_pci(nic) || !hvn_nic_get_region(nic, index, region))
        return FALSE;
    if (region->address == 0)
        hvn_nic_place_region(nic, index, address);
    return hvn_nic_get_region(nic, index, region);
}

static void
hvn_probe_attachment_free_in_process(HvnProbeAttachment *self)
{
    HvnProbeInProcess *in_process = (HvnProbeInProcess *)self;

    hvn_nic_detach(in_process->nic);
    g_object_unref(in_process->nic);
    g_free(in_process);
}

const HvnProbeAttachmentModel hvn_probe_attachment_in_process = {
    .name = "in-process",
    .attach = hvn_probe_attachment_attach,
    .region_read = hvn_probe_attachment_region_read,
    .region_write = hvn_probe_attachment_region_write,
    .config_read = hvn_probe_attachment_config_read,
    .config_write = hvn_probe_attachment_config_write,
    .get_region = hvn_probe_attachment_get_region,
    .free = hvn_probe_attachment_free_in_process,
};

HvnProbeAttachment *
hvn_probe_attachment_new_in_process(HvnNic *nic)
{
    HvnProbeInProcess *self = g_new0(HvnProbeInProcess, 1);

    self->parent.model = &hvn_probe_attachment_in_process;
    self->nic = g_object_ref(nic);
    return &self->parent;
}
