/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a hypervisor implements to own a NIC: guest memory and interrupts, as the NIC sees them. */
#pragma once

#include <glib-object.h>
#include <sys/uio.h>

G_BEGIN_DECLS

#define HVN_TYPE_BUS (hvn_bus_get_type())
G_DECLARE_INTERFACE(HvnBus, hvn_bus, HVN, BUS, GObject)

/**
 * HvnBusInterface:
 * @read: copies @len bytes of guest memory at @addr; %FALSE when any of it is not memory, @buf is undefined then
 * @write: copies @len bytes to guest memory; %FALSE when any of it is not memory that may be written, nothing is promised then
 * @map: lends guest memory as pieces until @release: @n_iov is the room in @iov; @write says that it will be written.
 *   Returns the pieces used, 0 when any of it is not memory or the room is too small
 * @release: (nullable): ends all that was lent by @map; a bus without shared memory writes back here
 * @set_irq: the level of the INTx pin
 * @send_msi: an MSI or MSI-X message; vector 0 is the first
 * @keeps_msix: (nullable): whether the hypervisor keeps the MSI-X table itself, as vfio-user clients do: the guest's writes to
 *   it never come here, so every vector is sent whatever our own table says, and the hypervisor applies the masks. %NULL means
 *   that it does not
 * @lends_copies: (nullable): whether what @map lends are copies now, which @release writes back; %NULL means always, for a bus that has
 *   @release. With copies, all of what is lent for writing is written back, and before what @write writes after it
 * @is_pending: (nullable): whether a read or a map failed since @release only because the bytes are not here yet (or the hypervisor has
 *   too much to do): they were asked for, and hvn_nic_dma_arrived() tells when to try again. What was read stays for that next try;
 *   a run that ends without a new miss gives all of it back. %NULL for a bus whose memory is always there
 * @forget: (nullable): nothing that was read ahead is to be used any more: the device was reset, or its rings moved
 * @get_writes: (nullable): how many writes there were since the start; with @seen, how many of them, in order, the guest sees by now.
 *   Asked for the first, the bus calls hvn_nic_dma_arrived() when the second reaches it. %NULL where writes are seen at once
 *
 * All addresses are guest physical (bus) addresses. All calls come from the NIC's thread. @len is never 0.
 */
struct _HvnBusInterface {
    GTypeInterface parent_iface;

    gboolean (*read)(HvnBus *self, guint64 addr, gpointer buf, gsize len);
    gboolean (*write)(HvnBus *self, guint64 addr, gconstpointer buf, gsize len);
    guint (*map)(HvnBus *self, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov);
    void (*release)(HvnBus *self);
    void (*set_irq)(HvnBus *self, gboolean level);
    void (*send_msi)(HvnBus *self, guint vector);
    gboolean (*keeps_msix)(HvnBus *self);
    gboolean (*lends_copies)(HvnBus *self);
    gboolean (*is_pending)(HvnBus *self);
    void (*forget)(HvnBus *self);
    guint64 (*get_writes)(HvnBus *self, gboolean seen);

    gpointer padding[7];
};

G_END_DECLS
