/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The few operations on a lent frame: filling one in, copying out of it, and asking what a port needs to take it. */
#include "hvn-frame.h"

#include "hvn-iov.h"

void
hvn_frame_init(HvnFrame *self, const struct iovec *iov, guint n_iov)
{
    *self = (HvnFrame){.iov = iov, .n_iov = n_iov, .len = hvn_iov_size(iov, n_iov)};
}

gsize
hvn_frame_copy(const HvnFrame *self, gsize offset, gpointer buf, gsize len)
{
    return hvn_iov_to_buf(self->iov, self->n_iov, offset, buf, len);
}

guint
hvn_offload_needs(const HvnOffload *self)
{
    guint needs = self->flags & HVN_OFFLOAD_NEEDS_CSUM ? HVN_PORT_CSUM : 0;

    switch (self->gso_type) {
    case HVN_GSO_NONE:
        return needs;
    case HVN_GSO_TCPV4:
        return needs | HVN_PORT_TSO4;
    case HVN_GSO_TCPV6:
        return needs | HVN_PORT_TSO6;
    case HVN_GSO_UDP_L4:
        return needs | HVN_PORT_USO;
    default:
        return G_MAXUINT; /* a type that nobody knows: no port takes it */
    }
}

void
hvn_offload_shift(HvnOffload *self, guint n)
{
    if (self->flags & HVN_OFFLOAD_NEEDS_CSUM)
        self->csum_start += n;
    if (self->gso_type != HVN_GSO_NONE)
        self->hdr_len += n;
}
