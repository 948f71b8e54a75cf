/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way from the probe's machine to the NIC in its slot: what a hypervisor has between its guest and a device. The guest's
 * drivers are the same whatever the way is. */
#pragma once

#include "hvn-nic.h"

G_BEGIN_DECLS

typedef struct _HvnProbeAttachment HvnProbeAttachment;
typedef struct _HvnProbeGuest HvnProbeGuest;

/**
 * HvnProbeAttachmentModel:
 * @name: "in-process", "vfio-user" or "vhost-user"
 * @attach: gives the device the machine's memory and its interrupt line; the device is as after power on then
 * @region_read: reads a BAR; all ones when the device is gone
 * @region_write: writes a BAR
 * @config_read: reads configuration space; all ones when the device is gone
 * @config_write: writes configuration space
 * @get_region: (nullable): a region of a device that is no PCI function, which is placed at the address; %FALSE when there is none.
 *   %NULL where there are PCI functions only
 * @interrupt_done: (nullable): the handler is through: a device that still wants an interrupt raises the line again
 * @get_problem: (nullable): what went wrong on the way since, or %NULL; no guest can see that
 * @free: detaches the device, and frees the way to it
 */
typedef struct {
    const char *name;
    gboolean (*attach)(HvnProbeAttachment *self, HvnProbeGuest *guest, GError **error);
    guint64 (*region_read)(HvnProbeAttachment *self, guint bar, guint64 offset, guint size);
    void (*region_write)(HvnProbeAttachment *self, guint bar, guint64 offset, guint64 value, guint size);
    guint32 (*config_read)(HvnProbeAttachment *self, guint offset, guint size);
    void (*config_write)(HvnProbeAttachment *self, guint offset, guint32 value, guint size);
    gboolean (*get_region)(HvnProbeAttachment *self, guint index, guint64 address, HvnNicRegion *region);
    void (*interrupt_done)(HvnProbeAttachment *self);
    const char *(*get_problem)(HvnProbeAttachment *self);
    void (*free)(HvnProbeAttachment *self);
} HvnProbeAttachmentModel;

/**
 * HvnProbeAttachment:
 * @model: its functions
 *
 * The part that all ways share; the struct of each begins with it.
 */
struct _HvnProbeAttachment {
    const HvnProbeAttachmentModel *model;
};

/**
 * HvnProbeInProcess:
 * @parent: what all ways share
 * @nic: the NIC, owned
 * @own: functions of a way that differs in some of them
 *
 * The way of plain calls. A way whose PCI function is in this process begins with it.
 */
typedef struct {
    HvnProbeAttachment      parent;
    HvnNic                 *nic;
    HvnProbeAttachmentModel own;
} HvnProbeInProcess;

/**
 * hvn_probe_attachment_in_process:
 *
 * The functions of plain calls.
 */
extern const HvnProbeAttachmentModel hvn_probe_attachment_in_process;

/**
 * hvn_probe_attachment_new_in_process:
 * @nic: (transfer none): without a bus
 *
 * Returns: (transfer full): plain calls, on the machine's own dispatcher
 */
HvnProbeAttachment *
hvn_probe_attachment_new_in_process(HvnNic *nic);

/**
 * hvn_probe_attachment_get_problem:
 * @self: a way
 *
 * Returns: (transfer none) (nullable): what went wrong on it, the first thing
 */
const char *
hvn_probe_attachment_get_problem(HvnProbeAttachment *self);

/**
 * hvn_probe_attachment_free:
 * @self: (transfer full) (nullable): a way
 */
void
hvn_probe_attachment_free(HvnProbeAttachment *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnProbeAttachment, hvn_probe_attachment_free)

G_END_DECLS
