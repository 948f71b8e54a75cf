/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way to a NIC that a vfio-user server has: what QEMU's vfio-user-pci is between a guest and a device. Guest memory goes over as
 * a descriptor, each register access as a message, and INTx and MSI-X come back on eventfds.
 *
 *   eventfd -> line up (the server has masked it) -> driver's handler -> line down, UNMASK -> eventfd again if it is still wanted
 *
 * The guest's processor stands still while a read is on its way, as a real one does. */
#include "hvn-probe-vfio-user.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "hvn-error.h"
#include "hvn-fd-client.h"
#include "hvn-probe-msix.h"
#include "hvn-vfio-user-client.h"
#include "hvn-watch.h"

#define PCI_BAR0 0x10

#define MAX_VECTORS HVN_FD_CHANNEL_MAX_FDS /* one message brings all eventfds */

#define DISABLE (HVN_VFIO_USER_IRQ_SET_DATA_NONE | HVN_VFIO_USER_IRQ_SET_ACTION_TRIGGER)
#define UNMASK (HVN_VFIO_USER_IRQ_SET_DATA_NONE | HVN_VFIO_USER_IRQ_SET_ACTION_UNMASK)
#define TRIGGER_BY_EVENTFD (HVN_VFIO_USER_IRQ_SET_DATA_EVENTFD | HVN_VFIO_USER_IRQ_SET_ACTION_TRIGGER)

/* an MSI-X vector that the guest has switched on */
typedef struct {
    HvnProbeGuest *guest;   /* not owned */
    guint          number;
    int            eventfd; /* owned */
    HvnWatch      *watch;   /* owned; of @eventfd */
} HvnProbeVector;

typedef struct {
    HvnProbeAttachment parent;
    HvnVfioUserClient *client;  /* owned */
    HvnProbeGuest     *guest;   /* not owned: its owner; NULL until attached */
    HvnWatch          *watch;   /* owned; of @eventfd */
    int                eventfd; /* owned; signalled for INTx, -1 until attached */
    guint              msix_at; /* the capability in configuration space, 0 when there is none */
    guint              n_vectors; /* of MSI-X that have an eventfd, 0 while MSI-X is off */
    HvnProbeVector     vectors[MAX_VECTORS];
    gboolean           io[HVN_PCI_N_BARS]; /* a write to I/O ports is never posted */
    char              *problem; /* owned; the first failure */
} HvnProbeVfioUser;

static void
hvn_probe_vfio_user_failed(HvnProbeVfioUser *self, GError *error)
{
    if (error != NULL && self->problem == NULL)
        self->problem = g_strdup(error->message);
}

/* ---- accesses ---- */

static guint64
hvn_probe_vfio_user_read(HvnProbeVfioUser *self, guint region, guint64 offset, guint size)
{
    g_autoptr(GError) error = NULL;
    guint64 value;

    if (hvn_vfio_user_client_read(self->client, region, offset, size, &value, &error))
        return value;
    hvn_probe_vfio_user_failed(self, error);
    return G_MAXUINT64 >> (64 - 8 * size);
}

static void
hvn_probe_vfio_user_write(HvnProbeVfioUser *self, guint region, guint64 offset, guint64 value, guint size, gboolean posted)
{
    g_autoptr(GError) error = NULL;

    hvn_vfio_user_client_write(self->client, region, offset, size, value, posted, &error);
    hvn_probe_vfio_user_failed(self, error);
}

static guint64
hvn_probe_vfio_user_region_read(HvnProbeAttachment *attachment, guint bar, guint64 offset, guint size)
{
    return hvn_probe_vfio_user_read((HvnProbeVfioUser *)attachment, bar, offset, size);
}

static void
hvn_probe_vfio_user_region_write(HvnProbeAttachment *attachment, guint bar, guint64 offset, guint64 value, guint size)
{
    HvnProbeVfioUser *self = (HvnProbeVfioUser *)attachment;

    hvn_probe_vfio_user_write(self, bar, offset, value, size, bar < HVN_PCI_N_BARS && !self->io[bar]);
}

static guint32
hvn_probe_vfio_user_config_read(HvnProbeAttachment *attachment, guint offset, guint size)
{
    return (guint32)hvn_probe_vfio_user_read((HvnProbeVfioUser *)attachment, HVN_VFIO_USER_REGION_CONFIG, offset, size);
}

/* ---- interrupts ---- */

static void
hvn_probe_vfio_user_message(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnProbeVector *vector = data;
    guint64 count;

    if (read(vector->eventfd, &count, sizeof count) == sizeof count)
        hvn_probe_guest_send_message(vector->guest, vector->number);
}

static void
hvn_probe_vfio_user_drop_vectors(HvnProbeVfioUser *self)
{
    for (guint i = 0; i < self->n_vectors; i++) {
        g_clear_pointer(&self->vectors[i].watch, hvn_watch_free);
        close(self->vectors[i].eventfd);
    }
    self->n_vectors = 0;
}

/* as hypervisors do: the guest's enable bit is what gives the device its eventfds */
static gboolean
hvn_probe_vfio_user_enable_msix(HvnProbeVfioUser *self, GError **error)
{
    int fds[MAX_VECTORS];
    guint count;

    if (!hvn_vfio_user_client_get_irq_count(self->client, HVN_VFIO_USER_IRQ_MSIX, &count, error))
        return FALSE;
    for (count = MIN(count, MAX_VECTORS); self->n_vectors < count; self->n_vectors++) {
        HvnProbeVector *vector = &self->vectors[self->n_vectors];

        *vector = (HvnProbeVector){self->guest, self->n_vectors, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), NULL};
        if (vector->eventfd < 0) {
            hvn_set_error_errno(error, errno, "cannot make an eventfd");
            return FALSE;
        }
        vector->watch =
            hvn_watch_new(hvn_probe_guest_get_dispatcher(self->guest), vector->eventfd, hvn_probe_vfio_user_message, vector);
        hvn_watch_want(vector->watch, G_IO_IN, TRUE);
        fds[self->n_vectors] = vector->eventfd;
    }
    return hvn_vfio_user_client_set_irqs(self->client, TRIGGER_BY_EVENTFD, HVN_VFIO_USER_IRQ_MSIX, 0, count, fds, count, error);
}

static void
hvn_probe_vfio_user_update_msix(HvnProbeVfioUser *self)
{
    guint control = (guint)hvn_probe_vfio_user_read(self, HVN_VFIO_USER_REGION_CONFIG, self->msix_at + HVN_PROBE_MSIX_CONTROL, 2);
    gboolean on = (control & HVN_PROBE_MSIX_ENABLE) != 0 && self->problem == NULL;
    g_autoptr(GError) error = NULL;

    if (on == (self->n_vectors > 0))
        return;
    if (on) {
        hvn_probe_vfio_user_enable_msix(self, &error);
    } else {
        hvn_vfio_user_client_set_irqs(self->client, DISABLE, HVN_VFIO_USER_IRQ_MSIX, 0, 0, NULL, 0, &error);
        hvn_probe_vfio_user_drop_vectors(self);
    }
    hvn_probe_vfio_user_failed(self, error);
}

static void
hvn_probe_vfio_user_config_write(HvnProbeAttachment *attachment, guint offset, guint32 value, guint size)
{
    HvnProbeVfioUser *self = (HvnProbeVfioUser *)attachment;

    hvn_probe_vfio_user_write(self, HVN_VFIO_USER_REGION_CONFIG, offset, value, size, FALSE);
    if (self->msix_at != 0 && offset < self->msix_at + HVN_PROBE_MSIX_CONTROL + 2 &&
        offset + size > self->msix_at + HVN_PROBE_MSIX_CONTROL)
        hvn_probe_vfio_user_update_msix(self);
}

static void
hvn_probe_vfio_user_signalled(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnProbeVfioUser *self = data;
    guint64 count;

    if (read(self->eventfd, &count, sizeof count) == sizeof count)
        hvn_probe_guest_set_line(self->guest, TRUE);
}

/* the server masks INTx when it signals: what the handler has not lowered is signalled again */
static void
hvn_probe_vfio_user_interrupt_done(HvnProbeAttachment *attachment)
{
    HvnProbeVfioUser *self = (HvnProbeVfioUser *)attachment;
    g_autoptr(GError) error = NULL;

    hvn_probe_guest_set_line(self->guest, FALSE);
    hvn_vfio_user_client_set_irqs(self->client, UNMASK, HVN_VFIO_USER_IRQ_INTX, 0, 1, NULL, 0, &error);
    hvn_probe_vfio_user_failed(self, error);
}

static gboolean
hvn_probe_vfio_user_set_interrupt(HvnProbeVfioUser *self, GError **error)
{
    guint count;

    if (!hvn_vfio_user_client_get_irq_count(self->client, HVN_VFIO_USER_IRQ_INTX, &count, error))
        return FALSE;
    if (count != 1) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED, "the device has %u INTx interrupts, expected 1", count);
        return FALSE;
    }
    self->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (self->eventfd < 0) {
        hvn_set_error_errno(error, errno, "cannot make an eventfd");
        return FALSE;
    }
    self->watch = hvn_watch_new(hvn_probe_guest_get_dispatcher(self->guest), self->eventfd, hvn_probe_vfio_user_signalled, self);
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
    return hvn_vfio_user_client_set_irqs(self->client, TRIGGER_BY_EVENTFD, HVN_VFIO_USER_IRQ_INTX, 0, 1, &self->eventfd, 1, error);
}

/* ---- life ---- */

static gboolean
hvn_probe_vfio_user_attach(HvnProbeAttachment *attachment, HvnProbeGuest *guest, GError **error)
{
    HvnProbeVfioUser *self = (HvnProbeVfioUser *)attachment;
    guint64 config_size;

    self->guest = guest;
    if (!hvn_vfio_user_client_get_region_size(self->client, HVN_VFIO_USER_REGION_CONFIG, &config_size, error))
        return FALSE;
    if (config_size < HVN_PCI_CONFIG_SIZE) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED,
                    "the device has %" G_GUINT64_FORMAT " bytes of configuration space, expected %u: it is no PCI device", config_size,
                    HVN_PCI_CONFIG_SIZE);
        return FALSE;
    }
    if (!hvn_vfio_user_client_reset(self->client, error))
        return FALSE;
    for (guint bar = 0; bar < HVN_PCI_N_BARS; bar++)
        self->io[bar] = (hvn_probe_vfio_user_config_read(attachment, PCI_BAR0 + 4 * bar, 4) & HVN_PCI_BAR_IO) != 0;
    self->msix_at = hvn_probe_msix_find(guest);
    return hvn_vfio_user_client_map(self->client, HVN_PROBE_GUEST_RAM_BASE, HVN_PROBE_GUEST_RAM_SIZE,
                                    hvn_probe_guest_get_memory_fd(guest), 0, error) &&
           hvn_probe_vfio_user_set_interrupt(self, error);
}

static const char *
hvn_probe_vfio_user_get_problem(HvnProbeAttachment *attachment)
{
    return ((HvnProbeVfioUser *)attachment)->problem;
}

static void
hvn_probe_vfio_user_free(HvnProbeAttachment *attachment)
{
    HvnProbeVfioUser *self = (HvnProbeVfioUser *)attachment;

    g_clear_pointer(&self->watch, hvn_watch_free);
    hvn_probe_vfio_user_drop_vectors(self);
    hvn_vfio_user_client_free(self->client);
    if (self->eventfd >= 0)
        close(self->eventfd);
    g_free(self->problem);
    g_free(self);
}

static const HvnProbeAttachmentModel hvn_probe_vfio_user_model = {
    .name = "vfio-user",
    .attach = hvn_probe_vfio_user_attach,
    .region_read = hvn_probe_vfio_user_region_read,
    .region_write = hvn_probe_vfio_user_region_write,
    .config_read = hvn_probe_vfio_user_config_read,
    .config_write = hvn_probe_vfio_user_config_write,
    .interrupt_done = hvn_probe_vfio_user_interrupt_done,
    .get_problem = hvn_probe_vfio_user_get_problem,
    .free = hvn_probe_vfio_user_free,
};

HvnProbeAttachment *
hvn_probe_vfio_user_new(const char *path, GError **error)
{
    int fd = hvn_fd_client_connect(path, error);
    HvnVfioUserClient *client = fd >= 0 ? hvn_vfio_user_client_new(fd, HVN_PROBE_VFIO_USER_MS, error) : NULL;
    HvnProbeVfioUser *self;

    if (client == NULL) {
        if (fd >= 0)
            g_prefix_error(error, "'%s' cannot be attached over vfio-user (is it vhost-user, or does another client have it?): ", path);
        return NULL;
    }
    self = g_new0(HvnProbeVfioUser, 1);
    self->parent.model = &hvn_probe_vfio_user_model;
    self->client = client;
    self->eventfd = -1;
    return &self->parent;
}
