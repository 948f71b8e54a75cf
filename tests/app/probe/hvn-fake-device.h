/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A device that answers like an Intel 8254x as far as the probe's driver looks, and can be told to misbehave. It is not the
 * project's model: the driver is tested against the manual's words, not against the same author's other half. */
#pragma once

#include "hvn-nic.h"

G_BEGIN_DECLS

typedef enum {
    FAKE_FAULT_NONE,
    FAKE_FAULT_DEAD,          /* every register reads all ones */
    FAKE_FAULT_RESET_STUCK,   /* CTRL.RST stays */
    FAKE_FAULT_EERD_SILENT,   /* EERD never says DONE */
    FAKE_FAULT_EEPROM_SUM,    /* a wrong word in the EEPROM */
    FAKE_FAULT_MICROWIRE,     /* EECD reads other words than EERD */
    FAKE_FAULT_NOT_GRANTED,   /* EECD.GNT never comes */
    FAKE_FAULT_ADDRESS,       /* RAL is not what the EEPROM says */
    FAKE_FAULT_PHY,           /* MDIC reports an error */
    FAKE_FAULT_STUCK_LINE,    /* the interrupt line stays high, ICR reads 0 */
    FAKE_N_FAULTS,
} FakeFault;

#define FAKE_TYPE_DEVICE (fake_device_get_type())
G_DECLARE_FINAL_TYPE(FakeDevice, fake_device, FAKE, DEVICE, HvnNic)

FakeDevice *
fake_device_new(HvnDispatcher *dispatcher, FakeFault fault, guint16 device_id);

/* what was transmitted since: (transfer none) (element-type GBytes) */
GPtrArray *
fake_device_get_sent(FakeDevice *self);

/* writes a frame into the next receive descriptor; FALSE when there is none */
gboolean
fake_device_receive(FakeDevice *self, gconstpointer bytes, gsize len, guint8 status, guint8 errors);

guint32
fake_device_peek(FakeDevice *self, guint offset);

/* CSS, CSO and IC of the last transmit descriptor, as 0xCMD_CSO_CSS */
guint32
fake_device_get_offload(FakeDevice *self);

G_END_DECLS
