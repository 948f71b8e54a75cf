/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies of guest memory for virtqueues: some that stay (areas that only the device writes), others that go when the queue is let go of. */
#include "hvn-virtio-remote.h"

#include "hvn-iov.h"

#define REMOTE_LEN_MAX   (1024 * 1024)      /* of one copy */
#define REMOTE_BYTES_MAX (16 * 1024 * 1024) /* of all that were made since the queue was let go of */
#define REMOTE_PIECES    64

typedef struct {
    guint64             addr;
    gsize               len;
    HvnVirtioRemoteArea area;
    guint8             *bytes; /* owned; NULL for an area that is fetched */
} RemoteCopy;

struct _HvnVirtioRemote {
    HvnNic *nic;    /* not owned */
    GArray *areas;  /* RemoteCopy: what stays */
    GArray *copies; /* RemoteCopy: what goes with done */
    gsize   n_bytes;
};

static void
hvn_virtio_remote_clear_copy(gpointer data)
{
    g_free(((RemoteCopy *)data)->bytes);
}

HvnVirtioRemote *
hvn_virtio_remote_new(HvnNic *nic)
{
    HvnVirtioRemote *self = g_new0(HvnVirtioRemote, 1);

    self->nic = nic;
    self->areas = g_array_new(FALSE, FALSE, sizeof(RemoteCopy));
    self->copies = g_array_new(FALSE, FALSE, sizeof(RemoteCopy));
    g_array_set_clear_func(self->areas, hvn_virtio_remote_clear_copy);
    g_array_set_clear_func(self->copies, hvn_virtio_remote_clear_copy);
    return self;
}

void
hvn_virtio_remote_free(HvnVirtioRemote *self)
{
    if (self == NULL)
        return;
    g_array_unref(self->areas);
    g_array_unref(self->copies);
    g_free(self);
}

static RemoteCopy *
hvn_virtio_remote_find_area(HvnVirtioRemote *self, guint64 addr, gsize len)
{
    for (guint i = 0; i < self->areas->len; i++) {
        RemoteCopy *area = &g_array_index(self->areas, RemoteCopy, i);

        if (area->addr == addr && area->len == len)
            return area;
    }
    return NULL;
}

void
hvn_virtio_remote_add_area(HvnVirtioRemote *self, guint64 addr, gsize len, HvnVirtioRemoteArea area)
{
    RemoteCopy copy = {.addr = addr, .len = len, .area = area};

    if (hvn_virtio_remote_find_area(self, addr, len) != NULL)
        return;
    copy.bytes = area == HVN_VIRTIO_REMOTE_OURS ? g_malloc0(len) : NULL;
    g_array_append_val(self->areas, copy);
}

void
hvn_virtio_remote_remove_area(HvnVirtioRemote *self, guint64 addr, gsize len, HvnVirtioRemoteArea area)
{
    RemoteCopy *copy = hvn_virtio_remote_find_area(self, addr, len);

    if (copy != NULL)
        g_array_remove_index_fast(self->areas, copy - (RemoteCopy *)(gpointer)self->areas->data);
}

/* a copy that goes with done; NULL when there are too many */
static guint8 *
hvn_virtio_remote_add_copy(HvnVirtioRemote *self, guint64 addr, gsize len)
{
    RemoteCopy copy = {.addr = addr, .len = len};

    if (len > REMOTE_LEN_MAX || self->n_bytes + len > REMOTE_BYTES_MAX)
        return NULL;
    copy.bytes = g_malloc0(len);
    self->n_bytes += len;
    g_array_append_val(self->copies, copy);
    return copy.bytes;
}

/* in one piece, as the queue wants its parts */
static guint8 *
hvn_virtio_remote_fetch(HvnVirtioRemote *self, guint64 addr, gsize len, gboolean own)
{
    struct iovec pieces[REMOTE_PIECES];
    guint n = hvn_nic_dma_map(self->nic, addr, len, FALSE, pieces, G_N_ELEMENTS(pieces));
    guint8 *bytes;

    if (n == 0 || (n == 1 && !own))
        return n == 0 ? NULL : pieces[0].iov_base;
    bytes = hvn_virtio_remote_add_copy(self, addr, len);
    if (bytes != NULL)
        hvn_iov_to_buf(pieces, n, 0, bytes, len);
    return bytes;
}

guint
hvn_virtio_remote_map(HvnVirtioRemote *self, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    RemoteCopy *area = write ? hvn_virtio_remote_find_area(self, addr, len) : NULL;
    guint8 *bytes;

    if (n_iov == 0)
        return 0;
    if (area != NULL && area->area == HVN_VIRTIO_REMOTE_OURS)
        bytes = area->bytes;
    else if (!write || area != NULL)
        bytes = hvn_virtio_remote_fetch(self, addr, len, write);
    else
        bytes = hvn_virtio_remote_add_copy(self, addr, len);
    if (bytes == NULL)
        return 0;
    iov[0] = (struct iovec){bytes, len};
    return 1;
}

static gboolean
hvn_virtio_remote_write(HvnVirtioRemote *self, GArray *copies, const guint8 *host, gsize len)
{
    for (guint i = copies->len; i-- > 0;) {
        const RemoteCopy *copy = &g_array_index(copies, RemoteCopy, i);

        if (copy->bytes == NULL || host < copy->bytes || host >= copy->bytes + copy->len)
            continue;
        hvn_nic_dma_write(self->nic, copy->addr + (host - copy->bytes), host, MIN(len, copy->len - (host - copy->bytes)));
        return TRUE;
    }
    return FALSE;
}

void
hvn_virtio_remote_dirty(HvnVirtioRemote *self, gconstpointer host, gsize len)
{
    if (!hvn_virtio_remote_write(self, self->areas, host, len))
        hvn_virtio_remote_write(self, self->copies, host, len);
}

void
hvn_virtio_remote_done(HvnVirtioRemote *self)
{
    g_array_set_size(self->copies, 0);
    self->n_bytes = 0;
    hvn_nic_dma_release(self->nic);
}
