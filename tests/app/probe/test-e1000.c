/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's e1000 driver: what it does with a device as the manual describes it, and with devices that are broken. */
#include "hvn-bytes.h"
#include "hvn-checksum.h"
#include "hvn-fake-device.h"
#include "hvn-probe-driver.h"
#include "hvn-probe-e1000.h"

#define N_DESCS 256

typedef struct {
    HvnDispatcher  *dispatcher;
    FakeDevice     *device;
    HvnProbeGuest  *guest;
    HvnProbeDriver *driver;
    GPtrArray      *received;
} Fixture;

static void
received(const guint8 *frame, gsize len, gpointer data)
{
    g_ptr_array_add(((Fixture *)data)->received, g_bytes_new(frame, len));
}

static void
set_up(Fixture *fixture, FakeFault fault, guint16 device_id)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(GError) error = NULL;

    fixture->dispatcher = hvn_dispatcher_new(NULL, clock);
    fixture->device = fake_device_new(fixture->dispatcher, fault, device_id);
    fixture->guest = hvn_probe_guest_new(HVN_NIC(fixture->device), fixture->dispatcher, &error);
    g_assert_no_error(error);
    g_assert_true(hvn_probe_guest_enumerate(fixture->guest, &error));
    g_assert_no_error(error);
    fixture->received = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
}

static void
tear_down(Fixture *fixture)
{
    g_clear_pointer(&fixture->driver, hvn_probe_driver_free);
    hvn_probe_guest_power_off(fixture->guest);
    g_clear_object(&fixture->guest);
    g_clear_object(&fixture->device);
    g_clear_object(&fixture->dispatcher);
    g_clear_pointer(&fixture->received, g_ptr_array_unref);
}

static void
start(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;

    fixture->driver = hvn_probe_driver_new(fixture->guest, &error);
    g_assert_no_error(error);
    g_assert_true(hvn_probe_driver_start(fixture->driver, received, fixture, &error));
    g_assert_no_error(error);
}

static void
transmit(Fixture *fixture, gconstpointer bytes, gsize len)
{
    gsize room = 0;
    guint8 *buffer = fixture->driver->model->transmit_buffer(fixture->driver, &room);

    g_assert_nonnull(buffer);
    g_assert_cmpuint(room, >=, len);
    memcpy(buffer, bytes, len);
    fixture->driver->model->transmit(fixture->driver, len);
}

static void
test_start(void)
{
    static const guint8 mac[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    Fixture fixture = {0};

    set_up(&fixture, FAKE_FAULT_NONE, 0x100e);
    start(&fixture);
    g_assert_cmpstr(fixture.driver->facts.chip, ==, "82540EM");
    g_assert_cmpmem(fixture.driver->facts.mac.addr, 6, mac, 6);
    g_assert_cmphex(fixture.driver->facts.eeprom_sum, ==, 0xbaba);
    g_assert_cmphex(fixture.driver->facts.phy_id, ==, 0x01410141);
    g_assert_true(fixture.driver->facts.link_up);
    g_assert_true(fixture.driver->facts.full_duplex);
    g_assert_cmpuint(fixture.driver->facts.speed, ==, 1000);
    g_assert_cmpuint(fake_device_peek(fixture.device, E1000_RDLEN), ==, N_DESCS * 16);
    g_assert_cmpuint(fake_device_peek(fixture.device, E1000_RDT), ==, N_DESCS - 1);
    g_assert_cmphex(fake_device_peek(fixture.device, E1000_RCTL) & E1000_RCTL_EN, !=, 0);
    g_assert_cmphex(fake_device_peek(fixture.device, E1000_IMS) & E1000_ICR_RXT0, !=, 0);
    g_clear_pointer(&fixture.driver, hvn_probe_driver_free);
    g_assert_cmphex(fake_device_peek(fixture.device, E1000_IMS), ==, 0);
    g_assert_cmphex(fake_device_peek(fixture.device, E1000_RCTL), ==, 0);
    tear_down(&fixture);
}

/* each broken device is refused in bounded time, with the register that it stayed silent on */
static void
test_faults(void)
{
    static const char *const messages[FAKE_N_FAULTS] = {
        [FAKE_FAULT_DEAD] = "0x00000",        [FAKE_FAULT_RESET_STUCK] = "0x00000", [FAKE_FAULT_EERD_SILENT] = "0x00014",
        [FAKE_FAULT_EEPROM_SUM] = "0xbab9",   [FAKE_FAULT_MICROWIRE] = "by EECD",   [FAKE_FAULT_NOT_GRANTED] = "0x00010",
        [FAKE_FAULT_ADDRESS] = "not the address in the EEPROM", [FAKE_FAULT_PHY] = "MDIC",
    };

    for (FakeFault fault = FAKE_FAULT_DEAD; fault <= FAKE_FAULT_PHY; fault++) {
        g_autoptr(GError) error = NULL;
        Fixture fixture = {0};

        set_up(&fixture, fault, 0x100e);
        fixture.driver = hvn_probe_driver_new(fixture.guest, NULL);
        g_assert_nonnull(fixture.driver);
        g_assert_false(hvn_probe_driver_start(fixture.driver, received, &fixture, &error));
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, messages[fault]));
        tear_down(&fixture);
    }
}

static void
test_unknown(void)
{
    g_autoptr(GError) error = NULL;
    Fixture fixture = {0};

    set_up(&fixture, FAKE_FAULT_NONE, 0x4242);
    g_assert_null(hvn_probe_driver_new(fixture.guest, &error));
    g_assert_nonnull(strstr(error->message, "8086:4242"));
    tear_down(&fixture);
}

/* one doorbell for a batch, the ring around several times, and a full ring refuses */
static void
test_transmit(void)
{
    Fixture fixture = {0};
    guint8 frame[60] = {0};
    gsize room;

    set_up(&fixture, FAKE_FAULT_NONE, 0x100e);
    start(&fixture);
    for (guint i = 0; i < 3 * N_DESCS; i++) {
        hvn_store_be16(frame + 20, (guint16)i);
        transmit(&fixture, frame, sizeof frame);
        if (i % 50 == 49) {
            g_assert_cmpuint(fake_device_get_sent(fixture.device)->len, ==, i - 49);
            fixture.driver->model->flush(fixture.driver);
            g_assert_cmpuint(fake_device_get_sent(fixture.device)->len, ==, i + 1);
        }
    }
    fixture.driver->model->flush(fixture.driver);
    for (guint i = 0; i < 3 * N_DESCS; i++) {
        GBytes *bytes = fake_device_get_sent(fixture.device)->pdata[i];

        g_assert_cmpuint(g_bytes_get_size(bytes), ==, sizeof frame);
        g_assert_cmpuint(hvn_load_be16((const guint8 *)g_bytes_get_data(bytes, NULL) + 20), ==, i);
    }
    for (guint i = 0; i < N_DESCS - 1; i++)
        transmit(&fixture, frame, sizeof frame);
    g_assert_null(fixture.driver->model->transmit_buffer(fixture.driver, &room));
    fixture.driver->model->flush(fixture.driver);
    g_assert_nonnull(fixture.driver->model->transmit_buffer(fixture.driver, &room));
    tear_down(&fixture);
}

/* the sum of the pseudo header stands in the field, IC, CSO and CSS say where the rest goes */
static void
test_offload(void)
{
    guint8 frame[14 + 20 + 8 + 18] = {0};
    guint8 *ip = frame + 14, *udp = ip + 20;
    Fixture fixture = {0};
    const guint8 *sent;

    hvn_store_be16(frame + 12, 0x0800);
    ip[0] = 0x45;
    hvn_store_be16(ip + 2, sizeof frame - 14);
    ip[8] = 64;
    ip[9] = 17;
    hvn_store_be32(ip + 12, 0x0a00020f);
    hvn_store_be32(ip + 16, 0x0a000202);
    hvn_store_be16(udp, 1000);
    hvn_store_be16(udp + 2, 2000);
    hvn_store_be16(udp + 4, 26);
    set_up(&fixture, FAKE_FAULT_NONE, 0x100e);
    start(&fixture);
    transmit(&fixture, frame, sizeof frame);
    fixture.driver->model->flush(fixture.driver);
    sent = g_bytes_get_data(fake_device_get_sent(fixture.device)->pdata[0], NULL);
    g_assert_cmphex(fake_device_get_offload(fixture.device), ==, (guint32)E1000_TXD_CMD_IC << 16 | 40 << 8 | 34);
    g_assert_cmphex(hvn_load_be16(sent + 40), ==, hvn_checksum_fold(hvn_checksum_pseudo(ip, 4, 17, 26)));
    hvn_store_be16(frame + 12, 0x0806);
    transmit(&fixture, frame, sizeof frame);
    fixture.driver->model->flush(fixture.driver);
    g_assert_cmphex(fake_device_get_offload(fixture.device), ==, 0);
    tear_down(&fixture);
}

static void
test_receive(void)
{
    guint8 frame[1514] = {0};
    Fixture fixture = {0};
    guint n = 0;

    set_up(&fixture, FAKE_FAULT_NONE, 0x100e);
    start(&fixture);
    while (n < N_DESCS && fake_device_receive(fixture.device, frame, sizeof frame, E1000_RXD_STAT_DD | E1000_RXD_STAT_EOP, 0))
        n++;
    g_assert_cmpuint(n, ==, N_DESCS - 1);
    g_assert_cmpuint(fixture.received->len, ==, 0); /* not from within the device's call */
    hvn_probe_guest_wait(fixture.guest, NULL, NULL, 10);
    g_assert_cmpuint(fixture.received->len, ==, N_DESCS - 1);
    for (guint i = 0; i < 2 * N_DESCS; i++) {
        hvn_store_be16(frame, (guint16)i);
        g_assert_true(fake_device_receive(fixture.device, frame, 100, E1000_RXD_STAT_DD | E1000_RXD_STAT_EOP, 0));
        hvn_probe_guest_wait(fixture.guest, NULL, NULL, 1);
        g_assert_cmpuint(fixture.received->len, ==, N_DESCS + i);
    }
    g_assert_cmpuint(g_bytes_get_size(fixture.received->pdata[fixture.received->len - 1]), ==, 100);
    g_assert_null(fixture.driver->problem);
    tear_down(&fixture);
}

/* pieces of a frame that is too long are passed over; errors and absurd lengths become a problem, not a frame */
static void
test_receive_hostile(void)
{
    guint8 frame[2048] = {0};
    Fixture fixture = {0};

    set_up(&fixture, FAKE_FAULT_NONE, 0x100e);
    start(&fixture);
    fake_device_receive(fixture.device, frame, 2048, E1000_RXD_STAT_DD, 0);
    fake_device_receive(fixture.device, frame, 500, E1000_RXD_STAT_DD | E1000_RXD_STAT_EOP, 0);
    hvn_probe_guest_wait(fixture.guest, NULL, NULL, 1);
    g_assert_cmpuint(fixture.received->len, ==, 0);
    g_assert_null(fixture.driver->problem);
    fake_device_receive(fixture.device, frame, 60, E1000_RXD_STAT_DD | E1000_RXD_STAT_EOP, 0x01);
    fake_device_receive(fixture.device, frame, 13, E1000_RXD_STAT_DD | E1000_RXD_STAT_EOP, 0);
    hvn_probe_guest_wait(fixture.guest, NULL, NULL, 1);
    g_assert_cmpuint(fixture.received->len, ==, 0);
    g_assert_nonnull(fixture.driver->problem);
    fake_device_receive(fixture.device, frame, 60, E1000_RXD_STAT_DD | E1000_RXD_STAT_EOP, 0);
    hvn_probe_guest_wait(fixture.guest, NULL, NULL, 1);
    g_assert_cmpuint(fixture.received->len, ==, 1);
    tear_down(&fixture);
}

static void
test_stuck_line(void)
{
    Fixture fixture = {0};

    set_up(&fixture, FAKE_FAULT_STUCK_LINE, 0x100e);
    start(&fixture);
    hvn_probe_guest_wait(fixture.guest, NULL, NULL, 2000);
    g_assert_cmpstr(fixture.driver->problem, ==, "the interrupt line stays high while ICR reads 0");
    g_assert_cmphex(fake_device_peek(fixture.device, E1000_IMS), ==, 0);
    tear_down(&fixture);
}

static void
test_group(void)
{
    static const guint8 mac[] = {0x33, 0x33, 0, 0, 0, 1};
    Fixture fixture = {0};

    set_up(&fixture, FAKE_FAULT_NONE, 0x100e);
    start(&fixture);
    fixture.driver->model->accept_group(fixture.driver, mac);
    g_assert_cmphex(fake_device_peek(fixture.device, E1000_MTA), ==, 1u << 16); /* bits 47:36 are 0x010 */
    tear_down(&fixture);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/probe/e1000/start", test_start);
    g_test_add_func("/app/probe/e1000/faults", test_faults);
    g_test_add_func("/app/probe/e1000/unknown", test_unknown);
    g_test_add_func("/app/probe/e1000/transmit", test_transmit);
    g_test_add_func("/app/probe/e1000/offload", test_offload);
    g_test_add_func("/app/probe/e1000/receive", test_receive);
    g_test_add_func("/app/probe/e1000/receive-hostile", test_receive_hostile);
    g_test_add_func("/app/probe/e1000/stuck-line", test_stuck_line);
    g_test_add_func("/app/probe/e1000/group", test_group);
    return g_test_run();
}
