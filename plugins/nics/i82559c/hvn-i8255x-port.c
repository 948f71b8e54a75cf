/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PORT interface (6.3.3): both resets at once, self test and dump, which write to memory, from a work. Commands of the list that ask for a
 * dump get the same bytes. */
#include "hvn-i8255x-nic.h"

#define SELF_TEST_SIGNATURE 0xffffffffu

/* where the parts of a dump stand; the manual leaves them open */
#define DUMP_ADDRESS  0x20
#define DUMP_HASH     0x28
#define DUMP_UNITS    0x30
#define DUMP_COUNTERS 0x40

/* all that the device knows; FALSE when the memory cannot be written */
gboolean
hvn_i8255x_port_dump(HvnI8255xNic *self, guint32 address)
{
    guint8 bytes[I8255X_DUMP_LEN] = {0};

    memcpy(bytes, self->config, sizeof self->config);
    memcpy(bytes + DUMP_ADDRESS, self->address.addr, HVN_MAC_LEN);
    memcpy(bytes + DUMP_HASH, self->hash, sizeof self->hash);
    hvn_store_le32(bytes + DUMP_UNITS, self->cu.base);
    hvn_store_le32(bytes + DUMP_UNITS + 4, self->cu.next);
    hvn_store_le32(bytes + DUMP_UNITS + 8, self->rx.base);
    hvn_store_le32(bytes + DUMP_UNITS + 12, self->rx.next);
    for (guint i = 0; i < I8255X_N_COUNTERS; i++)
        hvn_store_le32(bytes + DUMP_COUNTERS + 4 * i, self->stats.counters[i]);
    return hvn_nic_dma_write(&self->parent, address, bytes, sizeof bytes);
}

/* the result, which is 0 for a device that works, and then the signature, which is not 0 */
static void
hvn_i8255x_port_self_test(HvnI8255xNic *self, guint32 address)
{
    guint8 result[4] = {0}, signature[4];

    hvn_store_le32(signature, SELF_TEST_SIGNATURE);
    if (hvn_nic_dma_write(&self->parent, address + 4, result, sizeof result)) {
        __atomic_thread_fence(__ATOMIC_RELEASE);
        hvn_nic_dma_write(&self->parent, address, signature, sizeof signature);
    }
}

gboolean
hvn_i8255x_port_run(gpointer data)
{
    HvnI8255xNic *self = data;
    guint32 address = self->port.command & ~I8255X_PORT_FUNCTION;
    guint32 function = self->port.command & I8255X_PORT_FUNCTION;

    self->port.command = 0;
    if (function == I8255X_PORT_SELF_TEST)
        hvn_i8255x_port_self_test(self, address);
    else if (function == I8255X_PORT_DUMP)
        hvn_i8255x_port_dump(self, address);
    hvn_nic_dma_release(&self->parent);
    return FALSE;
}

void
hvn_i8255x_port_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnI8255xNic *self = owner;

    hvn_i8255x_set(self, I8255X_PORT, 0);
    switch (value & I8255X_PORT_FUNCTION) {
    case I8255X_PORT_SOFTWARE_RESET:
        hvn_nic_reset(&self->parent, HVN_NIC_RESET_SOFTWARE);
        break;
    case I8255X_PORT_SELECTIVE_RESET:
        hvn_i8255x_nic_selective_reset(self);
        break;
    case I8255X_PORT_SELF_TEST:
    case I8255X_PORT_DUMP:
        self->port.command = value;
        hvn_work_schedule(&self->port.work);
        break;
    default:
        hvn_guest_error(hvn_nic_get_guest_errors(&self->parent), "no function of PORT: %u", value & I8255X_PORT_FUNCTION);
    }
}
