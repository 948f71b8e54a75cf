/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way from the probe's machine to a NIC: in-process with a device of the tests' own, and a way that only notes what it is
 * asked. */
#include <sys/stat.h>

#include "hvn-fake-device.h"
#include "hvn-probe-guest.h"

typedef struct {
    HvnProbeAttachment parent;
    guint              done; /* interrupts that were through */
    gboolean           again; /* the device wants one more */
    HvnProbeGuest     *guest;
    gboolean          *freed;
} NotingAttachment;

static gboolean
noting_attach(HvnProbeAttachment *attachment, HvnProbeGuest *guest, GError **error)
{
    ((NotingAttachment *)attachment)->guest = guest;
    return TRUE;
}

static guint64
noting_region_read(HvnProbeAttachment *attachment, guint bar, guint64 offset, guint size)
{
    return 0x11223344;
}

static void
noting_interrupt_done(HvnProbeAttachment *attachment)
{
    NotingAttachment *self = (NotingAttachment *)attachment;

    self->done++;
    hvn_probe_guest_set_line(self->guest, FALSE);
    if (self->again)
        hvn_probe_guest_set_line(self->guest, TRUE);
    self->again = FALSE;
}

static const char *
noting_get_problem(HvnProbeAttachment *attachment)
{
    return "the cable is bent";
}

static void
noting_free(HvnProbeAttachment *attachment)
{
    *((NotingAttachment *)attachment)->freed = TRUE;
    g_free(attachment);
}

static const HvnProbeAttachmentModel noting_model = {
    .name = "noting",
    .attach = noting_attach,
    .region_read = noting_region_read,
    .interrupt_done = noting_interrupt_done,
    .get_problem = noting_get_problem,
    .free = noting_free,
};

static gboolean
count_interrupt(gpointer data)
{
    (*(guint *)data)++;
    return FALSE;
}

/* a line that is still wanted when the handler is through rises again, and is served again */
static void
test_interrupt(void)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, clock);
    NotingAttachment *noting = g_new0(NotingAttachment, 1);
    g_autoptr(HvnProbeGuest) guest = NULL;
    g_autoptr(GError) error = NULL;
    gboolean freed = FALSE;
    guint served = 0;

    noting->parent.model = &noting_model;
    noting->freed = &freed;
    guest = hvn_probe_guest_new_attached(&noting->parent, dispatcher, &error);
    g_assert_no_error(error);
    g_assert_cmphex(hvn_probe_guest_read(guest, 0, 0), ==, 0x11223344);
    g_assert_cmpstr(hvn_probe_guest_get_problem(guest), ==, "the cable is bent");
    noting->again = TRUE;
    hvn_probe_guest_set_line(guest, TRUE); /* nobody serves it yet: it waits */
    hvn_probe_guest_wait(guest, NULL, NULL, 2);
    g_assert_cmpuint(noting->done, ==, 0);
    hvn_probe_guest_set_interrupt(guest, count_interrupt, &served);
    hvn_probe_guest_wait(guest, NULL, NULL, 5);
    g_assert_cmpuint(served, ==, 2);
    g_assert_cmpuint(noting->done, ==, 2);
    g_assert_cmpuint(hvn_probe_guest_get_interrupts(guest), ==, 2);
    hvn_probe_guest_power_off(guest);
    g_assert_true(freed);
    g_assert_null(hvn_probe_guest_get_problem(guest));
}

static void
test_in_process(void)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, clock);
    g_autoptr(FakeDevice) device = fake_device_new(dispatcher, FAKE_FAULT_NONE, 0x100e);
    g_autoptr(HvnProbeGuest) guest = hvn_probe_guest_new(HVN_NIC(device), dispatcher, NULL);
    struct stat memory;

    g_assert_nonnull(guest);
    g_assert_cmphex(hvn_probe_guest_read_config(guest, 0, 4), ==, 0x100e8086);
    g_assert_null(hvn_probe_guest_get_problem(guest));
    g_assert_cmpint(fstat(hvn_probe_guest_get_memory_fd(guest), &memory), ==, 0);
    g_assert_cmpint(memory.st_size, ==, HVN_PROBE_GUEST_RAM_SIZE);
    hvn_probe_guest_power_off(guest);
    hvn_nic_detach(HVN_NIC(device)); /* is detached already */
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/probe/attachment/interrupt", test_interrupt);
    g_test_add_func("/app/probe/attachment/in-process", test_in_process);
    return g_test_run();
}
