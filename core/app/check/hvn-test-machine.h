/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every test of a NIC model needs around it: memory, a NIC with a fake port at the other end of its link, a clock that stands
 * still. */
#pragma once

#include "hvn-fake-bus.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"

G_BEGIN_DECLS

typedef struct {
    HvnClock      *clock;
    HvnDispatcher *dispatcher;
    HvnFakeBus    *bus;
    HvnNic        *nic;
    HvnFakePort   *port;
    HvnLink       *link;
    guint8        *ram; /* of @bus */
} HvnTestMachine;

/* a NIC of @type with the address 52:54:00:12:34:56 and one property more, if @property is not NULL; attached, enabled and idle, its link up */
void
hvn_test_machine_set_up(HvnTestMachine *self, gsize ram_size, GType type, const char *property, const char *value);

/* and nothing holds on to the NIC */
void
hvn_test_machine_tear_down(HvnTestMachine *self);

/* stores bytes for the device at *@next, which moves on to the next multiple of 64 and stays below @end; returns where they are */
guint32
hvn_test_machine_put(HvnTestMachine *self, guint32 *next, guint32 end, gconstpointer data, gsize len);

/* frame @n that arrived at the other side is these bytes */
void
hvn_test_machine_assert_frame(const HvnTestMachine *self, guint n, gconstpointer data, gsize len);

G_END_DECLS
