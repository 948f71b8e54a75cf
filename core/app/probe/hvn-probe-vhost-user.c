/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way to a virtio-net device behind vhost-user: the function that the guest sees is here (HvnProbeFrontEnd), so accesses are plain
 * calls; guest memory is shared with the server before anything else. */
#include "hvn-probe-vhost-user.h"

#include "hvn-probe-front-end.h"
#include "hvn-probe-guest.h"

static gboolean
hvn_probe_vhost_user_attach(HvnProbeAttachment *attachment, HvnProbeGuest *guest, GError **error)
{
    HvnProbeFrontEnd *front_end = HVN_PROBE_FRONT_END(((HvnProbeInProcess *)attachment)->nic);

    return hvn_probe_front_end_share(front_end, HVN_PROBE_GUEST_RAM_BASE, HVN_PROBE_GUEST_RAM_SIZE,
                                     hvn_probe_guest_get_memory_fd(guest), error) &&
           hvn_probe_attachment_in_process.attach(attachment, guest, error);
}

static const char *
hvn_probe_vhost_user_get_problem(HvnProbeAttachment *attachment)
{
    return hvn_probe_front_end_get_problem(HVN_PROBE_FRONT_END(((HvnProbeInProcess *)attachment)->nic));
}

HvnProbeAttachment *
hvn_probe_vhost_user_new(const char *path, HvnDispatcher *dispatcher, const char *mac, GError **error)
{
    g_autoptr(HvnProbeFrontEnd) front_end = hvn_probe_front_end_new(path, dispatcher, mac, error);
    HvnProbeInProcess *self;

    if (front_end == NULL)
        return NULL;
    self = (HvnProbeInProcess *)hvn_probe_attachment_new_in_process(HVN_NIC(front_end));
    self->own = hvn_probe_attachment_in_process;
    self->own.name = "vhost-user";
    self->own.attach = hvn_probe_vhost_user_attach;
    self->own.get_problem = hvn_probe_vhost_user_get_problem;
    self->parent.model = &self->own;
    return &self->parent;
}
