/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The registers, a row each, offsets ascending: offset, width, count, flags, value after reset, bits that a write changes, name, section of
 * README.md, handlers. Nothing else. `hvnet regs example-nic` prints it. */
#include "example-nic-regs.h"

#include "example-nic.h"

#define TX(name) (EXAMPLE_NIC_TX + EXAMPLE_NIC_RING_##name)
#define RX(name) (EXAMPLE_NIC_RX + EXAMPLE_NIC_RING_##name)
#define CTRL     (EXAMPLE_NIC_CTRL_RESET | EXAMPLE_NIC_CTRL_TXEN | EXAMPLE_NIC_CTRL_RXEN | EXAMPLE_NIC_CTRL_PROMISC)

/* clang-format off */
static const HvnReg example_nic_rows[] = {
    /* offset, width, count, flags, reset, write mask, name, section, on read, on write, stride */
    {EXAMPLE_NIC_CTRL,   4, 1, 0,                0, CTRL,                "CTRL",    "1.1", NULL, example_nic_ctrl_write, 0},
    {EXAMPLE_NIC_STATUS, 4, 1, HVN_REG_RO,       0, 0,                   "STATUS",  "1.2", example_nic_status_read, NULL, 0},
    {EXAMPLE_NIC_ISR,    4, 1, HVN_REG_NO_MERGE, 0, EXAMPLE_NIC_INT_ALL, "ISR",     "1.3", example_nic_isr_read, example_nic_isr_write, 0},
    {EXAMPLE_NIC_IMR,    4, 1, 0,                0, EXAMPLE_NIC_INT_ALL, "IMR",     "1.4", NULL, example_nic_imr_write, 0},
    {EXAMPLE_NIC_MACL,   4, 1, HVN_REG_RO,       0, 0,                   "MACL",    "1.5", NULL, NULL, 0},
    {EXAMPLE_NIC_MACH,   4, 1, HVN_REG_RO,       0, 0,                   "MACH",    "1.5", NULL, NULL, 0},
    {TX(BASEL),          4, 1, 0,                0, 0xfffffff0,          "TXBASEL", "2.1", NULL, example_nic_tx_ring_write, 0},
    {TX(BASEH),          4, 1, 0,                0, 0xffffffff,          "TXBASEH", "2.1", NULL, example_nic_tx_ring_write, 0},
    {TX(SIZE),           4, 1, 0,                0, 0x000003ff,          "TXSIZE",  "2.2", NULL, example_nic_tx_ring_write, 0},
    {TX(HEAD),           4, 1, HVN_REG_RO,       0, 0,                   "TXHEAD",  "2.3", NULL, NULL, 0},
    {TX(TAIL),           4, 1, 0,                0, 0x000003ff,          "TXTAIL",  "2.4", NULL, example_nic_tx_doorbell, 0},
    {RX(BASEL),          4, 1, 0,                0, 0xfffffff0,          "RXBASEL", "3.1", NULL, example_nic_rx_ring_write, 0},
    {RX(BASEH),          4, 1, 0,                0, 0xffffffff,          "RXBASEH", "3.1", NULL, example_nic_rx_ring_write, 0},
    {RX(SIZE),           4, 1, 0,                0, 0x000003ff,          "RXSIZE",  "3.2", NULL, example_nic_rx_ring_write, 0},
    {RX(HEAD),           4, 1, HVN_REG_RO,       0, 0,                   "RXHEAD",  "3.3", NULL, NULL, 0},
    {RX(TAIL),           4, 1, 0,                0, 0x000003ff,          "RXTAIL",  "3.4", NULL, example_nic_rx_doorbell, 0},
};
/* clang-format on */

HvnRegTable *
example_nic_regs_new(void)
{
    return hvn_reg_table_new(example_nic_rows, G_N_ELEMENTS(example_nic_rows), EXAMPLE_NIC_BAR_SIZE);
}
