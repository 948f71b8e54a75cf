/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's virtio-net driver: what it does with a device as the specification describes it, and with devices that are broken. */
#include "hvn-bytes.h"
#include "hvn-checksum.h"
#include "hvn-fake-virtio.h"
#include "hvn-probe-virtio-net.h"

#define N_DESCS VIRTIO_NET_N_DESCS
#define HEADER  HVN_VIRTIO_NET_HDR_LEN
#define OFFERED (G_MAXUINT64 & ~HVN_VIRTIO_NET_BIT(63)) /* all but the speed */

typedef struct {
    HvnDispatcher *dispatcher;
    FakeVirtio *device;
    HvnProbeGuest *guest;
    HvnProbeDriver *driver;
    GPtrArray *received;
} Fixture;

static void
received(const guint8 *frame, gsize len, gpointer data)
{
    g_ptr_array_add(((Fixture *)data)->received, g_bytes_new(frame, len));
}

static void
set_up(Fixture *fixture, FakeVirtioFault fault, guint64 offered)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(GError) error = NULL;

    fixture->dispatcher = hvn_dispatcher_new(NULL, clock);
    fixture->device = fake_virtio_new(fixture->dispatcher, fault, offered);
    fixture->guest = hvn_probe_guest_new(HVN_NIC(fixture->device), fixture->dispatcher, &error);
    g_assert_no_error(error);
    g_assert_true(hvn_probe_guest_enumerate(fixture->guest, &error));
    g_assert_no_error(error);
    fixture->received = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    fixture->driver = hvn_probe_driver_new(fixture->guest, &error);
    g_assert_no_error(error);
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
start(Fixture *fixture, FakeVirtioFault fault, guint64 offered)
{
    g_autoptr(GError) error = NULL;

    set_up(fixture, fault, offered);
    g_assert_true(hvn_probe_driver_start(fixture->driver, received, fixture, &error));
    g_assert_no_error(error);
}

static void
wait_ms(Fixture *fixture, guint ms)
{
    hvn_probe_guest_wait(fixture->guest, NULL, NULL, ms);
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

/* a receive buffer with a header, or with the rest of a frame */
static void
receive(Fixture *fixture, guint flags, guint buffers, gsize len)
{
    guint8 bytes[HEADER + 1514] = {0};

    bytes[HVN_VIRTIO_NET_HDR_FLAGS] = (guint8)flags;
    hvn_store_le16(bytes + HVN_VIRTIO_NET_HDR_NUM_BUFFERS, (guint16)buffers);
    memset(bytes + HEADER, 0xa5, sizeof bytes - HEADER);
    g_assert_true(fake_virtio_fill(fixture->device, bytes, HEADER + len, (guint32)(HEADER + len)));
}

static void
test_start(void)
{
    static const guint8 mac[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    const guint64 wanted = VIRTIO_F_VERSION_1 | HVN_VIRTIO_NET_F_MAC | HVN_VIRTIO_NET_F_STATUS | HVN_VIRTIO_NET_F_MRG_RXBUF |
                           HVN_VIRTIO_NET_F_CSUM | HVN_VIRTIO_NET_F_MTU;
    Fixture fixture = {0};

    start(&fixture, FAKE_VIRTIO_FAULT_NONE, OFFERED);
    g_assert_cmpstr(fixture.driver->facts.chip, ==, "virtio-net");
    g_assert_cmpmem(fixture.driver->facts.mac.addr, 6, mac, 6);
    g_assert_cmphex(fixture.driver->facts.features, ==, wanted);
    g_assert_cmphex(fake_virtio_get_features(fixture.device), ==, wanted);
    g_assert_cmpuint(fixture.driver->facts.mtu, ==, 1400);
    g_assert_cmpuint(fixture.driver->facts.speed, ==, 0);
    g_assert_true(fixture.driver->facts.link_up);
    g_assert_cmphex(fake_virtio_get_status(fixture.device), ==, 0x0f);
    g_assert_cmpuint(fake_virtio_get_available(fixture.device), ==, N_DESCS);
    g_assert_cmpuint(fake_virtio_get_kicks(fixture.device, 0), ==, 1);
    g_clear_pointer(&fixture.driver, hvn_probe_driver_free);
    g_assert_cmphex(fake_virtio_get_status(fixture.device), ==, 0);
    tear_down(&fixture);
}

/* the least that a device can offer, and all of it */
static void
test_features(void)
{
    Fixture least = {0}, most = {0};

    start(&least, FAKE_VIRTIO_FAULT_NONE, VIRTIO_F_VERSION_1);
    g_assert_cmphex(fake_virtio_get_features(least.device), ==, VIRTIO_F_VERSION_1);
    fake_virtio_set_link(least.device, FALSE);
    least.driver->model->link_refresh(least.driver);
    g_assert_true(least.driver->facts.link_up);
    g_assert_cmphex(least.driver->facts.mac.addr[0], ==, 0x02);
    g_assert_cmpuint(least.driver->facts.mtu, ==, 0);
    tear_down(&least);

    start(&most, FAKE_VIRTIO_FAULT_NONE, G_MAXUINT64);
    g_assert_cmpuint(most.driver->facts.speed, ==, 10000);
    g_assert_true(most.driver->facts.full_duplex);
    tear_down(&most);
}

/* each broken device is refused in bounded time, with what is wrong, and is told so where it can be */
static void
test_faults(void)
{
    static const char *const messages[FAKE_VIRTIO_N_START_FAULTS] = {
        [FAKE_VIRTIO_FAULT_DEAD] = "stays 0xff",
        [FAKE_VIRTIO_FAULT_LEGACY] = "the common configuration",
        [FAKE_VIRTIO_FAULT_BEYOND] = "the common configuration",
        [FAKE_VIRTIO_FAULT_LOOP] = "the common configuration",
        [FAKE_VIRTIO_FAULT_NO_VERSION_1] = "without version 1",
        [FAKE_VIRTIO_FAULT_FEATURES] = "are refused: the device status reads 0x03, expected 0x0b",
        [FAKE_VIRTIO_FAULT_GENERATION] = "changed during",
        [FAKE_VIRTIO_FAULT_GROUP] = "begins with 0x53",
        [FAKE_VIRTIO_FAULT_MTU] = "MTU is 67",
        [FAKE_VIRTIO_FAULT_ONE_QUEUE] = "has 1 queues",
        [FAKE_VIRTIO_FAULT_SIZE] = "queue 0 has a size of 100",
        [FAKE_VIRTIO_FAULT_DOORBELL] = "doorbell of queue 0 is at 4194240",
        [FAKE_VIRTIO_FAULT_NOT_ENABLED] = "queue 0 cannot be enabled",
        [FAKE_VIRTIO_FAULT_NOT_OK] = "reads 0x0b, expected 0x0f",
    };

    for (FakeVirtioFault fault = FAKE_VIRTIO_FAULT_DEAD; fault < FAKE_VIRTIO_N_START_FAULTS; fault++) {
        g_autoptr(GError) error = NULL;
        Fixture fixture = {0};

        set_up(&fixture, fault, OFFERED);
        g_assert_false(hvn_probe_driver_start(fixture.driver, received, &fixture, &error));
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, messages[fault]));
        if (fault >= FAKE_VIRTIO_FAULT_NO_VERSION_1)
            g_assert_cmphex(fake_virtio_get_status(fixture.device) & VIRTIO_STATUS_FAILED, !=, 0);
        tear_down(&fixture);
    }
}

/* one doorbell for a batch, none where none is wanted, the ring around several times, and a full ring refuses */
static void
test_transmit(void)
{
    guint8 frame[60] = {0};
    Fixture fixture = {0};
    gsize room;

    start(&fixture, FAKE_VIRTIO_FAULT_NONE, OFFERED);
    for (guint i = 0; i < 600; i++) {
        hvn_store_be16(frame + 20, (guint16)i);
        transmit(&fixture, frame, sizeof frame);
        if (i % 50 == 49) {
            g_assert_cmpuint(fake_virtio_get_sent(fixture.device)->len, ==, i - 49);
            fixture.driver->model->flush(fixture.driver);
            g_assert_cmpuint(fake_virtio_get_sent(fixture.device)->len, ==, i + 1);
        }
    }
    g_assert_cmpuint(fake_virtio_get_kicks(fixture.device, 1), ==, 12);
    for (guint i = 0; i < 600; i++) {
        GBytes *bytes = fake_virtio_get_sent(fixture.device)->pdata[i];

        g_assert_cmpuint(g_bytes_get_size(bytes), ==, HEADER + sizeof frame);
        g_assert_cmpuint(hvn_load_be16((const guint8 *)g_bytes_get_data(bytes, NULL) + HEADER + 20), ==, i);
    }
    fake_virtio_set_paused(fixture.device, TRUE);
    for (guint i = 0; i < N_DESCS; i++)
        transmit(&fixture, frame, sizeof frame);
    g_assert_null(fixture.driver->model->transmit_buffer(fixture.driver, &room));
    fake_virtio_set_notify(fixture.device, FALSE);
    fixture.driver->model->flush(fixture.driver);
    g_assert_cmpuint(fake_virtio_get_kicks(fixture.device, 1), ==, 12);
    g_assert_null(fixture.driver->model->transmit_buffer(fixture.driver, &room));
    fake_virtio_set_paused(fixture.device, FALSE);
    g_assert_nonnull(fixture.driver->model->transmit_buffer(fixture.driver, &room));
    g_assert_null(fixture.driver->problem);
    tear_down(&fixture);
}

/* the sum of the pseudo header stands in the field and the header says where the rest goes; not without the feature */
static void
test_offload(void)
{
    guint8 frame[14 + 20 + 8 + 18] = {0};
    guint8 *ip = frame + 14, *udp = ip + 20;

    hvn_store_be16(frame + 12, 0x0800);
    ip[0] = 0x45;
    hvn_store_be16(ip + 2, sizeof frame - 14);
    ip[8] = 64;
    ip[9] = 17;
    hvn_store_be32(ip + 12, 0x0a00020f);
    hvn_store_be32(ip + 16, 0x0a000202);
    hvn_store_be16(udp + 4, 26);
    hvn_store_be16(udp + 6, 0x1234);
    for (guint with = 0; with < 2; with++) {
        guint8 header[HEADER] = {0};
        Fixture fixture = {0};
        const guint8 *sent;

        if (with) {
            header[HVN_VIRTIO_NET_HDR_FLAGS] = HVN_VIRTIO_NET_HDR_F_NEEDS_CSUM;
            hvn_store_le16(header + HVN_VIRTIO_NET_HDR_CSUM_START, 34);
            hvn_store_le16(header + HVN_VIRTIO_NET_HDR_CSUM_OFFSET, 6);
        }
        start(&fixture, FAKE_VIRTIO_FAULT_NONE, with ? OFFERED : OFFERED & ~HVN_VIRTIO_NET_F_CSUM);
        transmit(&fixture, frame, sizeof frame);
        fixture.driver->model->flush(fixture.driver);
        sent = g_bytes_get_data(fake_virtio_get_sent(fixture.device)->pdata[0], NULL);
        g_assert_cmpmem(sent, HEADER, header, HEADER);
        g_assert_cmphex(hvn_load_be16(sent + HEADER + 40), ==,
                        with ? hvn_checksum_fold(hvn_checksum_pseudo(ip, 4, 17, 26)) : 0x1234);
        tear_down(&fixture);
    }
}

static void
test_receive(void)
{
    Fixture fixture = {0};

    start(&fixture, FAKE_VIRTIO_FAULT_NONE, OFFERED);
    for (guint i = 0; i < N_DESCS; i++)
        receive(&fixture, 0, 1, 60);
    g_assert_cmpuint(fake_virtio_get_available(fixture.device), ==, 0);
    fake_virtio_interrupt(fixture.device, VIRTIO_ISR_QUEUE);
    g_assert_cmpuint(fixture.received->len, ==, 0); /* not from within the device's call */
    wait_ms(&fixture, 5);
    g_assert_cmpuint(fixture.received->len, ==, N_DESCS);
    g_assert_cmpuint(fake_virtio_get_available(fixture.device), ==, N_DESCS);
    g_assert_cmpuint(fake_virtio_get_kicks(fixture.device, 0), ==, 1 + N_DESCS / 64);
    for (guint i = 0; i < 2 * N_DESCS; i++) {
        receive(&fixture, 0, 1, 14 + i);
        fake_virtio_interrupt(fixture.device, VIRTIO_ISR_QUEUE);
        wait_ms(&fixture, 1);
        g_assert_cmpuint(fixture.received->len, ==, N_DESCS + i + 1);
        g_assert_cmpuint(g_bytes_get_size(fixture.received->pdata[N_DESCS + i]), ==, 14 + i);
    }
    g_assert_null(fixture.driver->problem);
    tear_down(&fixture);
}

/* a frame in two buffers, whole or with an interrupt in between; one that is too long is passed over */
static void
test_receive_merged(void)
{
    guint8 rest[1024];
    Fixture fixture = {0};

    memset(rest, 0xa5, sizeof rest);
    start(&fixture, FAKE_VIRTIO_FAULT_NONE, OFFERED);
    receive(&fixture, 0, 2, 1012);
    g_assert_true(fake_virtio_fill(fixture.device, rest, 502, 502));
    receive(&fixture, 0, 2, 100);
    fake_virtio_interrupt(fixture.device, VIRTIO_ISR_QUEUE);
    wait_ms(&fixture, 2);
    g_assert_cmpuint(fixture.received->len, ==, 1);
    g_assert_true(fake_virtio_fill(fixture.device, rest, 200, 200));
    receive(&fixture, 0, 3, 1012);
    g_assert_true(fake_virtio_fill(fixture.device, rest, 1024, 1024));
    g_assert_true(fake_virtio_fill(fixture.device, rest, 13, 13));
    receive(&fixture, 0, 1, 60);
    fake_virtio_interrupt(fixture.device, VIRTIO_ISR_QUEUE);
    wait_ms(&fixture, 2);
    g_assert_cmpuint(fixture.received->len, ==, 3);
    g_assert_cmpuint(g_bytes_get_size(fixture.received->pdata[0]), ==, 1514);
    g_assert_cmpuint(g_bytes_get_size(fixture.received->pdata[1]), ==, 300);
    g_assert_cmpuint(g_bytes_get_size(fixture.received->pdata[2]), ==, 60);
    for (guint i = 0; i < 1514; i++)
        g_assert_cmphex(((const guint8 *)g_bytes_get_data(fixture.received->pdata[0], NULL))[i], ==, 0xa5);
    g_assert_null(fixture.driver->problem);
    tear_down(&fixture);
}

/* what cannot be a frame becomes a problem, not a frame, and the next one arrives */
static void
test_receive_hostile(void)
{
    static const struct {
        const char *problem;
        guint flags;
        guint buffers;
        guint32 claimed; /* 0 is what it is */
    } cases[] = {
        {"a received buffer has 11 bytes", 0, 1, HEADER - 1},
        {"a received frame has 13 bytes", 0, 1, HEADER + 13},
        {"4294967295 bytes were written to a buffer of 1024", 0, 1, G_MAXUINT32},
        {"a received frame has 0 buffers", 0, 0, 0},
        {"a received frame has 65535 buffers", 0, 65535, 0},
        {"a received frame has flags 0x01", HVN_VIRTIO_NET_HDR_F_NEEDS_CSUM, 1, 0},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint8 header[HEADER + 60] = {(guint8)cases[i].flags};
        Fixture fixture = {0};

        hvn_store_le16(header + HVN_VIRTIO_NET_HDR_NUM_BUFFERS, (guint16)cases[i].buffers);
        start(&fixture, FAKE_VIRTIO_FAULT_NONE, OFFERED);
        fake_virtio_fill(fixture.device, header, sizeof header, cases[i].claimed != 0 ? cases[i].claimed : sizeof header);
        receive(&fixture, 0, 1, 60);
        fake_virtio_interrupt(fixture.device, VIRTIO_ISR_QUEUE);
        wait_ms(&fixture, 2);
        g_assert_cmpuint(fixture.received->len, ==, 1);
        g_assert_nonnull(fixture.driver->problem);
        g_assert_true(g_str_has_prefix(fixture.driver->problem, cases[i].problem));
        tear_down(&fixture);
    }
}

/* a used ring that cannot be true: the device is told that it has failed, and nothing of it is used any more */
static void
test_ring_hostile(void)
{
    static const struct {
        const char *problem;
        guint32 id;
        guint16 move;
    } cases[] = {
        {"queue 0 gives 257 buffers back and has 256", 0, N_DESCS + 1},
        {"queue 0 gives buffer 256 back, which it does not have", N_DESCS, 1},
        {"queue 0 gives buffer 4294967295 back, which it does not have", G_MAXUINT32, 1},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture fixture = {0};
        gsize room;

        start(&fixture, FAKE_VIRTIO_FAULT_NONE, OFFERED & ~HVN_VIRTIO_NET_F_MRG_RXBUF);
        fake_virtio_use(fixture.device, 0, cases[i].id, HEADER + 60, cases[i].move);
        fake_virtio_interrupt(fixture.device, VIRTIO_ISR_QUEUE);
        wait_ms(&fixture, 2);
        g_assert_cmpuint(fixture.received->len, ==, 0);
        g_assert_cmpstr(fixture.driver->problem, ==, cases[i].problem);
        g_assert_cmphex(fake_virtio_get_status(fixture.device) & VIRTIO_STATUS_FAILED, !=, 0);
        g_assert_null(fixture.driver->model->transmit_buffer(fixture.driver, &room));
        tear_down(&fixture);
    }
}

/* a sent buffer comes back once; a device that gives it back twice would have two frames written to one buffer */
static void
test_ring_twice(void)
{
    guint8 frame[60] = {0};
    Fixture fixture = {0};
    gsize room;

    start(&fixture, FAKE_VIRTIO_FAULT_NONE, OFFERED);
    fake_virtio_set_paused(fixture.device, TRUE);
    for (guint i = 0; i < N_DESCS / 2; i++)
        transmit(&fixture, frame, sizeof frame);
    fixture.driver->model->flush(fixture.driver);
    fake_virtio_use(fixture.device, 1, 3, 0, 1);
    g_assert_nonnull(fixture.driver->model->transmit_buffer(fixture.driver, &room));
    g_assert_null(fixture.driver->problem);
    transmit(&fixture, frame, sizeof frame); /* takes buffer 3 again, which the device may give back again */
    fake_virtio_use(fixture.device, 1, 3, 0, 1);
    fake_virtio_use(fixture.device, 1, 3, 0, 1);
    g_assert_null(fixture.driver->model->transmit_buffer(fixture.driver, &room));
    g_assert_cmpstr(fixture.driver->problem, ==, "queue 1 gives buffer 3 back, which it does not have");
    tear_down(&fixture);
}

static void
test_config_interrupt(void)
{
    Fixture fixture = {0};

    start(&fixture, FAKE_VIRTIO_FAULT_NONE, OFFERED);
    fake_virtio_set_link(fixture.device, FALSE);
    g_assert_true(fixture.driver->facts.link_up);
    fake_virtio_interrupt(fixture.device, VIRTIO_ISR_CONFIG);
    wait_ms(&fixture, 1);
    g_assert_false(fixture.driver->facts.link_up);
    fake_virtio_set_needs_reset(fixture.device);
    fake_virtio_interrupt(fixture.device, VIRTIO_ISR_CONFIG);
    wait_ms(&fixture, 1);
    g_assert_cmpstr(fixture.driver->problem, ==, "the device asks for a reset");
    tear_down(&fixture);
}

static void
test_stuck_line(void)
{
    Fixture fixture = {0};

    start(&fixture, FAKE_VIRTIO_FAULT_STUCK_LINE, OFFERED);
    wait_ms(&fixture, 2000);
    g_assert_cmpstr(fixture.driver->problem, ==, "the interrupt line stays high while ISR reads 0");
    g_assert_cmphex(fake_virtio_get_status(fixture.device) & VIRTIO_STATUS_FAILED, !=, 0);
    tear_down(&fixture);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/probe/virtio-net/start", test_start);
    g_test_add_func("/app/probe/virtio-net/features", test_features);
    g_test_add_func("/app/probe/virtio-net/faults", test_faults);
    g_test_add_func("/app/probe/virtio-net/transmit", test_transmit);
    g_test_add_func("/app/probe/virtio-net/offload", test_offload);
    g_test_add_func("/app/probe/virtio-net/receive", test_receive);
    g_test_add_func("/app/probe/virtio-net/receive-merged", test_receive_merged);
    g_test_add_func("/app/probe/virtio-net/receive-hostile", test_receive_hostile);
    g_test_add_func("/app/probe/virtio-net/ring-hostile", test_ring_hostile);
    g_test_add_func("/app/probe/virtio-net/ring-twice", test_ring_twice);
    g_test_add_func("/app/probe/virtio-net/config-interrupt", test_config_interrupt);
    g_test_add_func("/app/probe/virtio-net/stuck-line", test_stuck_line);
    return g_test_run();
}
