/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tests of a probe driver on the project's own model share: the model with a fake port at the other end of its link, a machine around it,
 * and the driver. Time stands still. */
#pragma once

#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-probe-driver.h"

typedef struct {
    HvnDispatcher  *dispatcher;
    HvnNic         *nic;
    HvnFakePort    *port;
    HvnLink        *link;
    HvnProbeGuest  *guest;
    HvnProbeDriver *driver;
    GPtrArray      *received; /* of GBytes */
} HvnDriverFixture;

/* a NIC of @type with one property more, if @property is not NULL; the driver is found and not started */
void
hvn_driver_fixture_set_up(HvnDriverFixture *self, GType type, const char *property, const char *value);
void
hvn_driver_fixture_tear_down(HvnDriverFixture *self);

/* starts the driver, and lets the dispatcher do what is marked */
void
hvn_driver_fixture_start(HvnDriverFixture *self);
/* what it says when it cannot start */
char *
hvn_driver_fixture_refuse(HvnDriverFixture *self);

/* gives a frame to the driver, without a doorbell; FALSE while its ring is full */
gboolean
hvn_driver_fixture_transmit(HvnDriverFixture *self, gconstpointer bytes, gsize len);

/* batches around the ring many times; a full ring, of @n_places, refuses, and takes again */
void
hvn_driver_fixture_check_transmit(HvnDriverFixture *self, guint n_places);

/* the other side sends frames of many lengths until it is held, the driver takes them, and so on; all arrive whole and in order */
void
hvn_driver_fixture_check_receive(HvnDriverFixture *self);

/* a frame to a group comes in after the driver was told to accept it, and not before */
void
hvn_driver_fixture_check_group(HvnDriverFixture *self);
