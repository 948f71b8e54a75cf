/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interrupts of one vfio-user client: keeps the eventfds that DEVICE_SET_IRQS brings and signals them. */

#include "hvn-vfio-user-irq.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

void
hvn_vfio_user_irqs_init(HvnVfioUserIrqs *self, HvnDispatcher *dispatcher)
{
    memset(self, 0, sizeof *self);
    self->dispatcher = dispatcher;
    self->resample_fd = -1;
    for (guint i = 0; i < HVN_VFIO_USER_NUM_IRQS; i++)
        self->triggers[i] = g_array_new(FALSE, FALSE, sizeof(int));
}

static void
hvn_vfio_user_irqs_set_resample(HvnVfioUserIrqs *self, int fd);

static void
hvn_vfio_user_irqs_disable(HvnVfioUserIrqs *self, guint index)
{
    GArray *triggers = self->triggers[index];

    for (guint i = 0; i < triggers->len; i++) {
        int fd = g_array_index(triggers, int, i);
        if (fd >= 0)
            close(fd);
    }
    g_array_set_size(triggers, 0);
    if (index == HVN_VFIO_USER_IRQ_INTX) {
        hvn_vfio_user_irqs_set_resample(self, -1);
        self->masked = FALSE;
    }
}

void
hvn_vfio_user_irqs_clear(HvnVfioUserIrqs *self)
{
    for (guint i = 0; i < HVN_VFIO_USER_NUM_IRQS; i++) {
        hvn_vfio_user_irqs_disable(self, i);
        g_clear_pointer(&self->triggers[i], g_array_unref);
    }
}

/* An eventfd that is full has a count that its reader has not seen: that is a signal too, so EAGAIN is no failure. */
static gboolean
hvn_vfio_user_irqs_signal(HvnVfioUserIrqs *self, guint index, guint vector)
{
    const guint64 one = 1;
    int           fd;

    if (vector >= self->triggers[index]->len)
        return FALSE;
    fd = g_array_index(self->triggers[index], int, vector);
    if (fd < 0)
        return FALSE;
    return write(fd, &one, sizeof one) == (gssize)sizeof one || errno == EAGAIN;
}

static void
hvn_vfio_user_irqs_evaluate(HvnVfioUserIrqs *self)
{
    if (self->level && !self->masked && hvn_vfio_user_irqs_signal(self, HVN_VFIO_USER_IRQ_INTX, 0))
        self->masked = TRUE;
}

void
hvn_vfio_user_irqs_set_level(HvnVfioUserIrqs *self, gboolean level)
{
    self->level = level;
    hvn_vfio_user_irqs_evaluate(self);
}

gboolean
hvn_vfio_user_irqs_send(HvnVfioUserIrqs *self, HvnVfioUserIrqIndex index, guint vector)
{
    return hvn_vfio_user_irqs_signal(self, index, vector);
}

static void
hvn_vfio_user_irqs_resampled(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnVfioUserIrqs *self = data;
    guint64          count;

    if (read(self->resample_fd, &count, sizeof count) < 0 && errno != EAGAIN) {
        hvn_vfio_user_irqs_set_resample(self, -1);
        return;
    }
    self->masked = FALSE;
    hvn_vfio_user_irqs_evaluate(self);
}

static void
hvn_vfio_user_irqs_set_resample(HvnVfioUserIrqs *self, int fd)
{
    g_clear_pointer(&self->resample, hvn_watch_free);
    if (self->resample_fd >= 0)
        close(self->resample_fd);
    self->resample_fd = fd;
    if (fd < 0)
        return;
    g_unix_set_fd_nonblocking(fd, TRUE, NULL);
    self->resample = hvn_watch_new(self->dispatcher, fd, hvn_vfio_user_irqs_resampled, self);
    hvn_watch_want(self->resample, G_IO_IN, TRUE);
}

/* TRIGGER with eventfds: one for each vector from start, or none at all to take them away. */
static int
hvn_vfio_user_irqs_assign(HvnVfioUserIrqs *self, const HvnVfioUserIrqSet *set, int *fds, guint n_fds)
{
    GArray    *triggers = self->triggers[set->index];
    const int  none = -1;

    if (n_fds != 0 && n_fds != set->count)
        return EINVAL;
    while (triggers->len < set->start + set->count)
        g_array_append_val(triggers, none);
    for (guint i = 0; i < set->count; i++) {
        int *slot = &g_array_index(triggers, int, set->start + i);
        if (*slot >= 0)
            close(*slot);
        *slot = none;
        if (n_fds == 0)
            continue;
        *slot = fds[i];
        fds[i] = none;
        g_unix_set_fd_nonblocking(*slot, TRUE, NULL);
    }
    if (set->index == HVN_VFIO_USER_IRQ_INTX) {
        self->masked = FALSE;
        hvn_vfio_user_irqs_evaluate(self);
    }
    return 0;
}

static int
hvn_vfio_user_irqs_trigger(HvnVfioUserIrqs *self, const HvnVfioUserIrqSet *set, const guint8 *payload, gsize payload_len, int *fds,
                           guint n_fds)
{
    if ((set->flags & HVN_VFIO_USER_IRQ_SET_DATA_EVENTFD) != 0)
        return hvn_vfio_user_irqs_assign(self, set, fds, n_fds);
    if ((set->flags & HVN_VFIO_USER_IRQ_SET_DATA_NONE) != 0 && set->count == 0) {
        hvn_vfio_user_irqs_disable(self, set->index);
        return 0;
    }
    if ((set->flags & HVN_VFIO_USER_IRQ_SET_DATA_BOOL) != 0 && payload_len < set->count)
        return EINVAL;
    for (guint i = 0; i < set->count; i++) {
        if ((set->flags & HVN_VFIO_USER_IRQ_SET_DATA_NONE) != 0 || payload[i] != 0)
            hvn_vfio_user_irqs_signal(self, set->index, set->start + i);
    }
    return 0;
}

/* Only INTx has a mask; MSI and MSI-X are masked by taking their eventfds away. */
static int
hvn_vfio_user_irqs_mask(HvnVfioUserIrqs *self, const HvnVfioUserIrqSet *set, const guint8 *payload, gsize payload_len, int *fds,
                        guint n_fds)
{
    gboolean unmask = (set->flags & HVN_VFIO_USER_IRQ_SET_ACTION_UNMASK) != 0;

    if (set->index != HVN_VFIO_USER_IRQ_INTX || set->count != 1)
        return EINVAL;
    if ((set->flags & HVN_VFIO_USER_IRQ_SET_DATA_EVENTFD) != 0) {
        if (!unmask || n_fds > 1)
            return EINVAL;
        hvn_vfio_user_irqs_set_resample(self, n_fds == 1 ? fds[0] : -1);
        if (n_fds == 1)
            fds[0] = -1;
        return 0;
    }
    if ((set->flags & HVN_VFIO_USER_IRQ_SET_DATA_BOOL) != 0) {
        if (payload_len < 1)
            return EINVAL;
        if (payload[0] == 0)
            return 0;
    }
    self->masked = !unmask;
    hvn_vfio_user_irqs_evaluate(self);
    return 0;
}

int
hvn_vfio_user_irqs_set(HvnVfioUserIrqs *self, const HvnVfioUserIrqSet *set, const guint8 *payload, gsize payload_len, int *fds,
                       guint n_fds)
{
    guint actions = set->flags & (HVN_VFIO_USER_IRQ_SET_ACTION_MASK | HVN_VFIO_USER_IRQ_SET_ACTION_UNMASK |
                                  HVN_VFIO_USER_IRQ_SET_ACTION_TRIGGER);
    guint data = set->flags & (HVN_VFIO_USER_IRQ_SET_DATA_NONE | HVN_VFIO_USER_IRQ_SET_DATA_BOOL | HVN_VFIO_USER_IRQ_SET_DATA_EVENTFD);

    if (set->index >= HVN_VFIO_USER_NUM_IRQS || set->start > HVN_VFIO_USER_MAX_VECTORS || set->count > HVN_VFIO_USER_MAX_VECTORS ||
        set->start + set->count > self->counts[set->index])
        return EINVAL;
    if (!(data == HVN_VFIO_USER_IRQ_SET_DATA_NONE || data == HVN_VFIO_USER_IRQ_SET_DATA_BOOL ||
          data == HVN_VFIO_USER_IRQ_SET_DATA_EVENTFD))
        return EINVAL;
    switch (actions) {
    case HVN_VFIO_USER_IRQ_SET_ACTION_TRIGGER:
        return hvn_vfio_user_irqs_trigger(self, set, payload, payload_len, fds, n_fds);
    case HVN_VFIO_USER_IRQ_SET_ACTION_MASK:
    case HVN_VFIO_USER_IRQ_SET_ACTION_UNMASK:
        return hvn_vfio_user_irqs_mask(self, set, payload, payload_len, fds, n_fds);
    default:
        return EINVAL;
    }
}
