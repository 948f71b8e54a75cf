/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The smallest NIC that is one, for the tests of this folder: BAR 0 is memory with three registers, BAR 1 is I/O, BAR 2 is 64-bit
 * memory with the MSI-X table at 0x800 and the pending bits at 0xc00. */
#pragma once

#include "hvn-fake-bus.h"

G_BEGIN_DECLS

#define HVN_TYPE_TEST_NIC (hvn_test_nic_get_type())
G_DECLARE_FINAL_TYPE(HvnTestNic, hvn_test_nic, HVN, TEST_NIC, HvnNic)

struct _HvnTestNic {
    HvnNic          parent_instance;
    HvnRegs         regs;
    guint           n_resets;
    HvnNicResetKind last_reset;
    guint           n_io;   /* accesses to BAR 1 */
    guint           n_bar2; /* accesses to BAR 2 beside MSI-X */
};

/* (transfer full): a dispatcher on a manual clock; its clock is its own */
HvnDispatcher *
hvn_test_nic_dispatcher(void);

/* (transfer full): a NIC that is attached to @bus and enabled */
HvnTestNic *
hvn_test_nic_new(HvnDispatcher *dispatcher, HvnFakeBus *bus);

/* detaches and drops it */
void
hvn_test_nic_free(HvnTestNic *self);

G_END_DECLS
