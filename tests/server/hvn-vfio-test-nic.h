/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small NIC for tests of the vfio-user server: a scratch register, a doorbell that copies memory, an interrupt. */
#pragma once

#include "hvn-nic.h"

G_BEGIN_DECLS

#define TEST_SCRATCH  0x00 /* what was written */
#define TEST_DOORBELL 0x08 /* copies 8 bytes from this address to the one 8 behind it, later */
#define TEST_IRQ      0x10 /* level of INTx */
#define TEST_COPIES   0x18 /* how often the work ran */

#define TEST_TYPE_NIC (test_nic_get_type())
G_DECLARE_FINAL_TYPE(TestNic, test_nic, TEST, NIC, HvnNic)

struct _TestNic {
    HvnNic  parent_instance;
    HvnWork work;
    guint64 scratch;
    guint64 doorbell;
    guint   copies;
    guint   resets;
};

G_END_DECLS
