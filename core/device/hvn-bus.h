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

    gpointer padding[7];
};

G_END_DECLS
