/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The HvnBus of a vfio-user client: DMA goes to the regions that it shares, or by messages to those that it does not, interrupts to its
 * eventfds.
 *
 * Writes are seen in order (PCI 3.0, 3.2.5). Those by message take a while, so what is written behind one that the client has not carried
 * out goes by message too, even to memory that is shared, and an interrupt waits for the writes before it. */

#include "hvn-vfio-user-bus.h"

/* a message that waits; one that comes again meanwhile may tell of more, and goes out again then */
typedef struct {
    guint   vector;
    guint64 first;
    guint64 last;
} HeldMessage;

static void
hvn_vfio_user_bus_iface_init(HvnBusInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(HvnVfioUserBus, hvn_vfio_user_bus, G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(HVN_TYPE_BUS, hvn_vfio_user_bus_iface_init))

/* ---- memory that is not shared ---- */

static void
hvn_vfio_user_bus_dma_send(gpointer data, gconstpointer bytes, gsize len)
{
    HvnVfioUserBus *self = data;

    if (self->send != NULL)
        self->send(self->send_data, bytes, len);
}

static void
hvn_vfio_user_bus_dma_arrived(gpointer data)
{
    hvn_nic_dma_arrived(((HvnVfioUserBus *)data)->nic);
}

static void
hvn_vfio_user_bus_dma_trouble(gpointer data, const char *text)
{
    hvn_guest_error(hvn_nic_get_guest_errors(((HvnVfioUserBus *)data)->nic), "%s", text);
}

static void
hvn_vfio_user_bus_dma_seen(gpointer data);

static const HvnVfioUserDmaOps hvn_vfio_user_bus_dma_ops = {
    .send = hvn_vfio_user_bus_dma_send,
    .arrived = hvn_vfio_user_bus_dma_arrived,
    .seen = hvn_vfio_user_bus_dma_seen,
    .trouble = hvn_vfio_user_bus_dma_trouble,
};

/* a model that cannot wait, a client that takes next to nothing, and one that is gone have no engine */
static gboolean
hvn_vfio_user_bus_may_send(HvnVfioUserBus *self)
{
    gboolean able = hvn_nic_can_wait_for_dma(self->nic) && self->max_transfer >= HVN_VFIO_USER_MIN_TRANSFER;

    if (!self->warned)
        hvn_guest_error(hvn_nic_get_guest_errors(self->nic),
                        "the client does not share its memory, %s; for QEMU add "
                        "-object memory-backend-memfd,id=mem,size=SIZE,share=on -machine memory-backend=mem",
                        able ? "so that every access of the device is a message to it, which is slow"
                             : "and this device cannot be used without");
    self->warned = TRUE;
    if (!able || self->send == NULL)
        return FALSE;
    if (self->dma == NULL)
        self->dma = hvn_vfio_user_dma_new(self->dispatcher, &hvn_vfio_user_bus_dma_ops, self, self->max_transfer);
    return TRUE;
}

/* whether something that was written before is not seen yet */
static inline gboolean
hvn_vfio_user_bus_is_behind(HvnVfioUserBus *self)
{
    return G_UNLIKELY(self->dma != NULL) && hvn_vfio_user_dma_is_behind(self->dma);
}

/* one piece that lies in one region; the pieces of @iov from @used on are for it */
static HvnVfioUserDmaResult
hvn_vfio_user_bus_map_piece(HvnVfioUserBus *self, guint64 addr, gsize *len, gboolean write, struct iovec *iov, guint n_iov, guint *used)
{
    HvnSharedMemoryKind  kind = hvn_shared_memory_find(self->memory, addr, write, len);
    HvnVfioUserDmaResult result;
    guint8              *bytes;

    *used = 0;
    if (kind == HVN_SHARED_MEMORY_NONE || n_iov == 0)
        return HVN_VFIO_USER_DMA_FAILED;
    if (kind == HVN_SHARED_MEMORY_MAPPED && !(write && hvn_vfio_user_bus_is_behind(self))) {
        *used = hvn_guest_memory_map(hvn_shared_memory_get_guest(self->memory), addr, *len, write, iov, n_iov);
        return *used > 0 ? HVN_VFIO_USER_DMA_DONE : HVN_VFIO_USER_DMA_FAILED;
    }
    if (!hvn_vfio_user_bus_may_send(self))
        return HVN_VFIO_USER_DMA_FAILED;
    if (!write)
        return hvn_vfio_user_dma_map(self->dma, addr, *len, iov, n_iov, used);
    result = hvn_vfio_user_dma_lend(self->dma, addr, *len, &bytes);
    if (result != HVN_VFIO_USER_DMA_DONE)
        return result;
    iov[0] = (struct iovec){bytes, *len};
    *used = 1;
    return result;
}

/* pieces of any memory; those behind one that is not here are asked for too */
static guint G_GNUC_NO_INLINE
hvn_vfio_user_bus_map_any(HvnVfioUserBus *self, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    gboolean all = TRUE;
    guint    n = 0;

    while (len > 0) {
        gsize piece = len;
        guint used;

        switch (hvn_vfio_user_bus_map_piece(self, addr, &piece, write, iov + n, n_iov - n, &used)) {
        case HVN_VFIO_USER_DMA_FAILED:
            return 0;
        case HVN_VFIO_USER_DMA_PENDING:
            all = FALSE;
            break;
        case HVN_VFIO_USER_DMA_DONE:
            n += used;
            break;
        }
        addr += piece;
        len -= piece;
    }
    return all ? n : 0;
}

static gboolean G_GNUC_NO_INLINE
hvn_vfio_user_bus_read_any(HvnVfioUserBus *self, guint64 addr, guint8 *buf, gsize len)
{
    struct iovec iov[64];
    guint        n = hvn_vfio_user_bus_map_any(self, addr, len, FALSE, iov, G_N_ELEMENTS(iov));

    for (guint i = 0; i < n; i++) {
        memcpy(buf, iov[i].iov_base, iov[i].iov_len);
        buf += iov[i].iov_len;
    }
    return n > 0;
}

/* nothing is written unless all of it can be */
static gboolean G_GNUC_NO_INLINE
hvn_vfio_user_bus_write_any(HvnVfioUserBus *self, guint64 addr, gconstpointer buf, gsize len)
{
    for (gsize done = 0, piece; done < len; done += piece) {
        piece = len - done;
        if (hvn_shared_memory_find(self->memory, addr + done, TRUE, &piece) == HVN_SHARED_MEMORY_NONE)
            return FALSE;
    }
    if (len > HVN_VFIO_USER_DMA_MAX_LEN || !hvn_vfio_user_bus_may_send(self))
        return FALSE;
    hvn_vfio_user_dma_write(self->dma, addr, buf, len);
    return TRUE;
}

/* ---- HvnBus: memory ---- */

static gboolean
hvn_vfio_user_bus_read(HvnBus *bus, guint64 addr, gpointer buf, gsize len)
{
    HvnVfioUserBus *self = (HvnVfioUserBus *)bus;

    return G_LIKELY(hvn_guest_memory_read(hvn_shared_memory_get_guest(self->memory), addr, buf, len)) ||
           hvn_vfio_user_bus_read_any(self, addr, buf, len);
}

static gboolean
hvn_vfio_user_bus_write(HvnBus *bus, guint64 addr, gconstpointer buf, gsize len)
{
    HvnVfioUserBus *self = (HvnVfioUserBus *)bus;

    if (!hvn_vfio_user_bus_is_behind(self) && G_LIKELY(hvn_guest_memory_write(hvn_shared_memory_get_guest(self->memory), addr, buf, len)))
        return TRUE;
    return hvn_vfio_user_bus_write_any(self, addr, buf, len);
}

static guint
hvn_vfio_user_bus_map(HvnBus *bus, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    HvnVfioUserBus *self = (HvnVfioUserBus *)bus;
    guint           n = 0;

    if (!write || !hvn_vfio_user_bus_is_behind(self))
        n = hvn_guest_memory_map(hvn_shared_memory_get_guest(self->memory), addr, len, write, iov, n_iov);
    return G_LIKELY(n > 0) ? n : hvn_vfio_user_bus_map_any(self, addr, len, write, iov, n_iov);
}

static void
hvn_vfio_user_bus_release(HvnBus *bus)
{
    HvnVfioUserBus *self = (HvnVfioUserBus *)bus;

    if (G_UNLIKELY(self->dma != NULL))
        hvn_vfio_user_dma_release(self->dma);
}

static gboolean
hvn_vfio_user_bus_lends_copies(HvnBus *bus)
{
    return ((HvnVfioUserBus *)bus)->dma != NULL;
}

static gboolean
hvn_vfio_user_bus_is_pending(HvnBus *bus)
{
    HvnVfioUserBus *self = (HvnVfioUserBus *)bus;

    return self->dma != NULL && hvn_vfio_user_dma_is_pending(self->dma);
}

static void
hvn_vfio_user_bus_forget(HvnBus *bus)
{
    hvn_vfio_user_bus_unmapped((HvnVfioUserBus *)bus, 0, 0);
}

/* who asks for the seen ones while there are others waits for these */
static guint64
hvn_vfio_user_bus_get_writes(HvnBus *bus, gboolean seen)
{
    HvnVfioUserBus *self = (HvnVfioUserBus *)bus;

    if (G_LIKELY(self->dma == NULL))
        return 0;
    if (seen)
        hvn_vfio_user_dma_wake_when_seen(self->dma);
    return hvn_vfio_user_dma_get_writes(self->dma, seen);
}

/* ---- HvnBus: interrupts ---- */

static void
hvn_vfio_user_bus_set_irq(HvnBus *bus, gboolean level)
{
    HvnVfioUserBus *self = (HvnVfioUserBus *)bus;

    self->level_held = level && hvn_vfio_user_bus_is_behind(self);
    if (self->level_held)
        self->level_fence = hvn_vfio_user_dma_get_writes(self->dma, FALSE);
    else
        hvn_vfio_user_irqs_set_level(&self->irqs, level);
}

static void
hvn_vfio_user_bus_hold(HvnVfioUserBus *self, guint vector)
{
    guint64     now = hvn_vfio_user_dma_get_writes(self->dma, FALSE);
    HeldMessage message = {vector, now, now};

    for (guint i = 0; i < self->held->len; i++) {
        HeldMessage *other = &g_array_index(self->held, HeldMessage, i);

        if (other->vector == vector) {
            other->last = now;
            return;
        }
    }
    g_array_append_val(self->held, message);
}

static void
hvn_vfio_user_bus_send_msi(HvnBus *bus, guint vector)
{
    HvnVfioUserBus *self = (HvnVfioUserBus *)bus;

    if (hvn_vfio_user_bus_is_behind(self))
        hvn_vfio_user_bus_hold(self, vector);
    else
        hvn_vfio_user_irqs_send(&self->irqs, self->msix ? HVN_VFIO_USER_IRQ_MSIX : HVN_VFIO_USER_IRQ_MSI, vector);
}

static void
hvn_vfio_user_bus_dma_seen(gpointer data)
{
    HvnVfioUserBus *self = data;
    guint64         seen = hvn_vfio_user_dma_get_writes(self->dma, TRUE);

    if (self->level_held && self->level_fence <= seen) {
        self->level_held = FALSE;
        hvn_vfio_user_irqs_set_level(&self->irqs, TRUE);
    }
    for (guint i = self->held->len; i-- > 0;) {
        HeldMessage *message = &g_array_index(self->held, HeldMessage, i);

        if (message->first > seen)
            continue;
        hvn_vfio_user_irqs_send(&self->irqs, self->msix ? HVN_VFIO_USER_IRQ_MSIX : HVN_VFIO_USER_IRQ_MSI, message->vector);
        message->first = message->last;
        if (message->last <= seen)
            g_array_remove_index_fast(self->held, i);
    }
}

/* clients emulate the table and never forward it: they mask by pointing the eventfd elsewhere */
static gboolean
hvn_vfio_user_bus_keeps_msix(HvnBus *bus)
{
    return TRUE;
}

/* ---- the object ---- */

static void
hvn_vfio_user_bus_iface_init(HvnBusInterface *iface)
{
    iface->read = hvn_vfio_user_bus_read;
    iface->write = hvn_vfio_user_bus_write;
    iface->map = hvn_vfio_user_bus_map;
    iface->release = hvn_vfio_user_bus_release;
    iface->set_irq = hvn_vfio_user_bus_set_irq;
    iface->send_msi = hvn_vfio_user_bus_send_msi;
    iface->keeps_msix = hvn_vfio_user_bus_keeps_msix;
    iface->lends_copies = hvn_vfio_user_bus_lends_copies;
    iface->is_pending = hvn_vfio_user_bus_is_pending;
    iface->forget = hvn_vfio_user_bus_forget;
    iface->get_writes = hvn_vfio_user_bus_get_writes;
}

static void
hvn_vfio_user_bus_finalize(GObject *object)
{
    HvnVfioUserBus *self = (HvnVfioUserBus *)object;

    hvn_vfio_user_dma_free(self->dma);
    hvn_vfio_user_irqs_clear(&self->irqs);
    hvn_shared_memory_free(self->memory);
    g_array_unref(self->held);
    G_OBJECT_CLASS(hvn_vfio_user_bus_parent_class)->finalize(object);
}

static void
hvn_vfio_user_bus_class_init(HvnVfioUserBusClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = hvn_vfio_user_bus_finalize;
}

static void
hvn_vfio_user_bus_init(HvnVfioUserBus *self)
{
    self->memory = hvn_shared_memory_new();
    self->max_transfer = HVN_VFIO_USER_MAX_DATA;
    self->held = g_array_new(FALSE, FALSE, sizeof(HeldMessage));
}

HvnVfioUserBus *
hvn_vfio_user_bus_new(HvnNic *nic, HvnVfioUserSend send, gpointer data)
{
    HvnVfioUserBus *self = g_object_new(HVN_TYPE_VFIO_USER_BUS, NULL);

    self->nic = nic;
    self->send = send;
    self->send_data = data;
    self->dispatcher = hvn_port_get_dispatcher(HVN_PORT(nic));
    hvn_vfio_user_irqs_init(&self->irqs, self->dispatcher);
    return self;
}

void
hvn_vfio_user_bus_hang_up(HvnVfioUserBus *self)
{
    self->send = NULL;
    self->level_held = FALSE;
    g_array_set_size(self->held, 0);
    g_clear_pointer(&self->dma, hvn_vfio_user_dma_free);
}

void
hvn_vfio_user_bus_unmapped(HvnVfioUserBus *self, guint64 addr, guint64 size)
{
    if (self->dma != NULL)
        hvn_vfio_user_dma_forget(self->dma, addr, size);
}
