/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a NIC's DMA has beyond plain access: bytes that are not here yet, writes that are not seen yet, and writes out of pieces. The access
 * itself, with its gates, is in hvn-nic.c. */
#include "hvn-iov.h"
#include "hvn-nic.h"

gboolean
hvn_nic_can_wait_for_dma(HvnNic *self)
{
    g_return_val_if_fail(HVN_IS_NIC(self), FALSE);

    return HVN_NIC_GET_CLASS(self)->dma_arrived != NULL;
}

void
hvn_nic_dma_arrived(HvnNic *self)
{
    HvnNicClass *klass;

    g_return_if_fail(HVN_IS_NIC(self));

    klass = HVN_NIC_GET_CLASS(self);
    if (klass->dma_arrived != NULL)
        klass->dma_arrived(self);
}

gboolean
hvn_nic_dma_is_pending(HvnNic *self)
{
    HvnBus *bus = hvn_nic_get_bus(self);

    return bus != NULL && HVN_BUS_GET_IFACE(bus)->is_pending != NULL && HVN_BUS_GET_IFACE(bus)->is_pending(bus);
}

void
hvn_nic_dma_forget(HvnNic *self)
{
    HvnBus *bus = hvn_nic_get_bus(self);

    if (bus != NULL && HVN_BUS_GET_IFACE(bus)->forget != NULL)
        HVN_BUS_GET_IFACE(bus)->forget(bus);
}

/* without a bus there is nobody to see anything */
gboolean
hvn_nic_dma_has_passed(HvnNic *self, guint64 fence)
{
    HvnBus *bus = hvn_nic_get_bus(self);

    return fence == 0 || bus == NULL || HVN_BUS_GET_IFACE(bus)->get_writes == NULL ||
           HVN_BUS_GET_IFACE(bus)->get_writes(bus, TRUE) >= fence;
}

gboolean
hvn_nic_dma_write_iov(HvnNic *self, guint64 addr, const struct iovec *iov, guint n_iov, gsize offset, gsize len)
{
    struct iovec to[16];
    guint n_to = hvn_nic_dma_map(self, addr, len, TRUE, to, G_N_ELEMENTS(to));

    for (guint i = 0; i < n_to; i++) {
        hvn_iov_to_buf(iov, n_iov, offset, to[i].iov_base, to[i].iov_len);
        offset += to[i].iov_len;
    }
    return n_to > 0;
}
