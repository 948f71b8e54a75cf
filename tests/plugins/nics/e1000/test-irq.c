/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interrupts: the registers as `ethtool -t` tests them, throttling, and the delays of the two directions. */
#include "hvn-e1000-guest.h"

static void
send_one(Guest *guest, guint cmd)
{
    static const guint8 bytes[60] = {0x52, 0x55};

    guest_queue(guest, guest_put(guest, bytes, sizeof bytes), LEGACY(cmd) | sizeof bytes, 0);
    guest_ring(guest);
}

static void
receive_one(Guest *guest)
{
    guint8 bytes[60];

    memset(bytes, 0xff, sizeof bytes);
    g_assert_true(hvn_fake_port_send_bytes(guest->machine.port, bytes, sizeof bytes));
}

/* for each cause: masked, it is recorded and silent; unmasked, the line rises; a read of ICR clears and lowers */
static void
test_registers(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_write(&guest, E1000_IMC, 0xffffffff);
    for (guint i = 0; i < 10; i++) {
        guint32 bit = 1u << i;

        guest_write(&guest, E1000_IMC, bit);
        guest_write(&guest, E1000_ICS, bit);
        g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
        g_assert_cmphex(guest_read(&guest, E1000_ICS), ==, bit);
        guest_write(&guest, E1000_IMS, bit);
        g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
        g_assert_cmphex(guest_read(&guest, E1000_IMS), ==, bit);
        g_assert_cmphex(guest_read(&guest, E1000_IMC), ==, 0);
        g_assert_cmphex(guest_read(&guest, E1000_ICR), ==, bit);
        g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
        g_assert_cmphex(guest_read(&guest, E1000_ICR), ==, 0);
        guest_write(&guest, E1000_IMC, ~bit & 0x7fff);
        guest_write(&guest, E1000_ICS, ~bit & 0x7fff);
        g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
        guest_write(&guest, E1000_ICR, 0xffffffff); /* write 1 to clear */
        g_assert_cmphex(guest_read(&guest, E1000_ICS), ==, 0);
        guest_write(&guest, E1000_IMC, bit);
    }
    guest_write(&guest, E1000_IMS, 0x81);
    guest_write(&guest, E1000_ICS, 0x85);
    guest_write(&guest, E1000_ICR, 0x80);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    hvn_nic_region_write(guest.machine.nic, 0, E1000_IMC, 0x01, 1); /* a byte changes its lane only */
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    g_assert_cmphex(guest_read(&guest, E1000_IMS), ==, 0x80);
    guest_teardown(&guest);
}

/* ITR in units of 256 ns */
static void
test_throttle(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    guest_write(&guest, E1000_ITR, 1000);
    guest_write(&guest, E1000_IMS, E1000_ICR_RXT0);
    receive_one(&guest);
    g_assert_cmpuint(hvn_fake_bus_get_irq_rises(guest.machine.bus), ==, 1);
    g_assert_cmphex(guest_read(&guest, E1000_ICR) & E1000_ICR_RXT0, !=, 0);
    receive_one(&guest);
    g_assert_cmpuint(hvn_fake_bus_get_irq_rises(guest.machine.bus), ==, 1);
    hvn_dispatcher_advance(guest.machine.dispatcher, 255999);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    hvn_dispatcher_advance(guest.machine.dispatcher, 1);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_teardown(&guest);
}

/* RDTR starts anew with each frame; RADV does not */
static void
test_receive_delay(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    guest_write(&guest, E1000_IMS, E1000_ICR_RXT0);
    guest_write(&guest, E1000_RDTR, 100);
    receive_one(&guest);
    hvn_dispatcher_advance(guest.machine.dispatcher, 102399);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    hvn_dispatcher_advance(guest.machine.dispatcher, 1);
    g_assert_cmphex(guest_read(&guest, E1000_ICR), ==, E1000_ICR_RXT0);
    guest_write(&guest, E1000_RADV, 150);
    receive_one(&guest);
    hvn_dispatcher_advance(guest.machine.dispatcher, 90000);
    receive_one(&guest);
    hvn_dispatcher_advance(guest.machine.dispatcher, 63599);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    hvn_dispatcher_advance(guest.machine.dispatcher, 1);
    g_assert_cmphex(guest_read(&guest, E1000_ICR), ==, E1000_ICR_RXT0);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus)); /* the first timer went with the second */
    receive_one(&guest);
    guest_write(&guest, E1000_RDTR, 100 | E1000_RDTR_FPD);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    g_assert_cmphex(guest_read(&guest, E1000_RDTR), ==, 100);
    guest_teardown(&guest);
}

static void
test_transmit_delay(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    guest_write(&guest, E1000_IMS, E1000_ICR_TXDW);
    guest_write(&guest, E1000_TIDV, 100);
    guest_write(&guest, E1000_TADV, 150);
    send_one(&guest, SEND | E1000_TXD_CMD_IDE);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    g_assert_cmphex(guest_tx_desc(&guest, 0)[12], ==, 1);
    hvn_dispatcher_advance(guest.machine.dispatcher, 90000);
    send_one(&guest, SEND | E1000_TXD_CMD_IDE);
    hvn_dispatcher_advance(guest.machine.dispatcher, 63600);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_read(&guest, E1000_ICR);
    send_one(&guest, SEND | E1000_TXD_CMD_IDE);
    send_one(&guest, SEND); /* without IDE nothing waits */
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_read(&guest, E1000_ICR);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    send_one(&guest, E1000_TXD_CMD_EOP | E1000_TXD_CMD_IFCS); /* no RS, no TXDW */
    g_assert_cmphex(guest_read(&guest, E1000_ICR), ==, E1000_ICR_TXQE | E1000_ICR_TXD_LOW);
    guest_teardown(&guest);
}

/* one decision for a batch */
static void
test_one_interrupt_a_batch(void)
{
    Guest guest;
    static const guint8 bytes[60] = {0x52, 0x55};

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    guest_write(&guest, E1000_IMS, E1000_ICR_TXDW | E1000_ICR_RXT0);
    for (guint i = 0; i < 20; i++)
        guest_queue(&guest, guest_put(&guest, bytes, sizeof bytes), LEGACY(SEND) | sizeof bytes, 0);
    guest_ring(&guest);
    g_assert_cmpuint(hvn_fake_bus_get_irq_rises(guest.machine.bus), ==, 1);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 20);
    guest_teardown(&guest);
}

static void
test_small_packet(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    guest_write(&guest, E1000_RDTR, 1000);
    guest_write(&guest, E1000_RSRPD, 63);
    receive_one(&guest);
    g_assert_cmphex(guest_read(&guest, E1000_ICR), ==, 0);
    guest_write(&guest, E1000_RSRPD, 64);
    receive_one(&guest);
    g_assert_cmphex(guest_read(&guest, E1000_ICR), ==, E1000_ICR_SRPD);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/e1000/irq/registers", test_registers);
    g_test_add_func("/e1000/irq/throttle", test_throttle);
    g_test_add_func("/e1000/irq/receive-delay", test_receive_delay);
    g_test_add_func("/e1000/irq/transmit-delay", test_transmit_delay);
    g_test_add_func("/e1000/irq/one-interrupt-a-batch", test_one_interrupt_a_batch);
    g_test_add_func("/e1000/irq/small-packet", test_small_packet);
    return g_test_run();
}
