/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cause and mask, the line they drive, and the throttle on a clock that is stepped by hand. */
#include "hvn-irq-cause.h"
#include "hvn-test-nic.h"

typedef struct {
    HvnDispatcher *dispatcher;
    HvnFakeBus    *bus;
    HvnTestNic    *nic;
    HvnIrqCause    irq;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
    fixture->dispatcher = hvn_test_nic_dispatcher();
    fixture->bus = hvn_fake_bus_new(4096);
    fixture->nic = hvn_test_nic_new(fixture->dispatcher, fixture->bus);
    hvn_irq_cause_init(&fixture->irq, HVN_NIC(fixture->nic));
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
    hvn_irq_cause_reset(&fixture->irq);
    g_assert_false(hvn_fake_bus_get_irq(fixture->bus));
    hvn_test_nic_free(fixture->nic);
    g_object_unref(fixture->bus);
    g_object_unref(fixture->dispatcher);
}

static void
test_line(Fixture *fixture, gconstpointer data)
{
    HvnIrqCause *irq = &fixture->irq;

    hvn_irq_cause_raise(irq, 1);
    g_assert_false(hvn_fake_bus_get_irq(fixture->bus));
    hvn_irq_cause_set_mask(irq, 3);
    g_assert_true(hvn_fake_bus_get_irq(fixture->bus));
    hvn_irq_cause_raise(irq, 6);
    hvn_irq_cause_clear(irq, 1);
    g_assert_true(hvn_fake_bus_get_irq(fixture->bus));
    hvn_irq_cause_clear(irq, 2);
    g_assert_false(hvn_fake_bus_get_irq(fixture->bus));
    g_assert_cmphex(irq->cause, ==, 4);
    hvn_irq_cause_set_mask(irq, 4);
    g_assert_true(hvn_fake_bus_get_irq(fixture->bus));
    hvn_irq_cause_set_mask(irq, 0);
    g_assert_false(hvn_fake_bus_get_irq(fixture->bus));
    g_assert_cmpuint(hvn_fake_bus_get_irq_rises(fixture->bus), ==, 2);
}

static void
test_throttle(Fixture *fixture, gconstpointer data)
{
    HvnIrqCause *irq = &fixture->irq;

    hvn_irq_cause_set_mask(irq, G_MAXUINT32);
    hvn_irq_cause_set_interval(irq, 1000);
    hvn_irq_cause_raise(irq, 1); /* the first is at once */
    g_assert_true(hvn_fake_bus_get_irq(fixture->bus));
    hvn_dispatcher_advance(fixture->dispatcher, 400);
    hvn_irq_cause_clear(irq, 1);
    g_assert_false(hvn_fake_bus_get_irq(fixture->bus));
    hvn_irq_cause_raise(irq, 1);
    hvn_dispatcher_advance(fixture->dispatcher, 599);
    g_assert_false(hvn_fake_bus_get_irq(fixture->bus));
    hvn_irq_cause_raise(irq, 2); /* does not move the deadline */
    hvn_dispatcher_advance(fixture->dispatcher, 1);
    g_assert_true(hvn_fake_bus_get_irq(fixture->bus));
    /* what was served before its time makes no interrupt */
    hvn_irq_cause_clear(irq, 3);
    hvn_irq_cause_raise(irq, 1);
    hvn_irq_cause_clear(irq, 1);
    hvn_dispatcher_advance(fixture->dispatcher, 5000);
    g_assert_cmpuint(hvn_fake_bus_get_irq_rises(fixture->bus), ==, 2);
    hvn_irq_cause_raise(irq, 1); /* long after: at once */
    g_assert_true(hvn_fake_bus_get_irq(fixture->bus));
    /* a shorter interval counts from the same rise */
    hvn_irq_cause_clear(irq, 1);
    hvn_irq_cause_raise(irq, 1);
    hvn_irq_cause_set_interval(irq, 100);
    g_assert_false(hvn_fake_bus_get_irq(fixture->bus));
    hvn_dispatcher_advance(fixture->dispatcher, 100);
    g_assert_true(hvn_fake_bus_get_irq(fixture->bus));
    hvn_irq_cause_clear(irq, 1);
    hvn_irq_cause_raise(irq, 1);
    hvn_irq_cause_set_interval(irq, -5);
    g_assert_true(hvn_fake_bus_get_irq(fixture->bus));
}

static void
test_reset(Fixture *fixture, gconstpointer data)
{
    HvnIrqCause *irq = &fixture->irq;

    hvn_irq_cause_set_mask(irq, 1);
    hvn_irq_cause_set_interval(irq, 1000);
    hvn_irq_cause_raise(irq, 1);
    hvn_irq_cause_clear(irq, 1);
    hvn_irq_cause_raise(irq, 1);
    hvn_irq_cause_reset(irq);
    g_assert_false(hvn_timer_is_armed(&irq->throttle));
    hvn_dispatcher_advance(fixture->dispatcher, 5000);
    g_assert_cmpuint(hvn_fake_bus_get_irq_rises(fixture->bus), ==, 1);
    g_assert_cmphex(irq->mask | irq->cause, ==, 0);
}

/* what comes between the guest's read and its acknowledgement is told of once more, and what came before the read is not */
static void
test_late_acknowledgement(Fixture *fixture, gconstpointer data)
{
    HvnIrqCause *irq = &fixture->irq;

    hvn_irq_cause_set_mask(irq, 3);
    hvn_irq_cause_raise(irq, 1);
    hvn_irq_cause_raise(irq, 3);
    g_assert_cmphex(hvn_irq_cause_read(irq), ==, 3);
    hvn_irq_cause_acknowledge(irq, 3);
    g_assert_false(hvn_fake_bus_get_irq(fixture->bus));
    hvn_irq_cause_raise(irq, 3);
    g_assert_cmphex(hvn_irq_cause_read(irq), ==, 3);
    hvn_irq_cause_raise(irq, 2);
    hvn_irq_cause_acknowledge(irq, 1);
    g_assert_cmphex(irq->cause, ==, 2);
    hvn_irq_cause_acknowledge(irq, 2);
    g_assert_cmphex(irq->cause, ==, 2);
    g_assert_true(hvn_fake_bus_get_irq(fixture->bus));
    g_assert_cmpuint(hvn_fake_bus_get_irq_rises(fixture->bus), ==, 3); /* an edge for what is told again */
    hvn_irq_cause_acknowledge(irq, 2);
    g_assert_cmphex(irq->cause, ==, 0);
    /* a device that clears by itself forgets both */
    hvn_irq_cause_raise(irq, 1);
    hvn_irq_cause_raise(irq, 1);
    hvn_irq_cause_clear(irq, 1);
    hvn_irq_cause_raise(irq, 1);
    hvn_irq_cause_acknowledge(irq, 1);
    g_assert_cmphex(irq->cause, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/device/irq-cause/line", Fixture, NULL, set_up, test_line, tear_down);
    g_test_add("/device/irq-cause/throttle", Fixture, NULL, set_up, test_throttle, tear_down);
    g_test_add("/device/irq-cause/reset", Fixture, NULL, set_up, test_reset, tear_down);
    g_test_add("/device/irq-cause/late-acknowledgement", Fixture, NULL, set_up, test_late_acknowledgement, tear_down);
    return g_test_run();
}
