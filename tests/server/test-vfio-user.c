/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vfio-user server with a client over a socket pair: what QEMU sends at start, interrupts, posted writes, clients that go, and
 * clients that send nonsense. The NIC is a small one of our own: a scratch register, a doorbell that copies memory, an interrupt.
 * Messages go through hvn-vfio-user-commands.c, memory and interrupts through hvn-vfio-user-bus.c and hvn-vfio-user-irq.c; the last test
 * listens through hvn-socket-listener.c. */

#include "hvn-error.h"
#include "hvn-vfio-client.h"
#include "hvn-vfio-test-nic.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    HvnClock      *clock;
    HvnDispatcher *dispatcher;
    TestNic       *nic;
    HvnVfioUser   *server;
    HvnVfioClient  client;
    int            memory; /* memfd of 64 KiB */
    guint8        *ram;    /* the same, as the guest sees it at 0 */
} Fixture;

static void
connect_client(Fixture *f)
{
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    hvn_vfio_client_init(&f->client, fds[1], f->dispatcher);
    hvn_vfio_user_attach_fd(f->server, fds[0]);
}

static void
fixture_set_up(Fixture *f, gconstpointer data)
{
    f->clock = hvn_clock_new_manual();
    f->dispatcher = hvn_dispatcher_new(NULL, f->clock);
    f->nic = g_object_new(TEST_TYPE_NIC, "dispatcher", f->dispatcher, "name", "net0", NULL);
    f->server = hvn_vfio_user_new(HVN_NIC(f->nic));
    f->memory = memfd_create("ram", MFD_CLOEXEC);
    g_assert_cmpint(ftruncate(f->memory, 65536), ==, 0);
    f->ram = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, f->memory, 0);
    connect_client(f);
    if (data == NULL)
        hvn_vfio_client_hello(&f->client);
}

static void
fixture_tear_down(Fixture *f, gconstpointer data)
{
    hvn_vfio_client_clear(&f->client);
    g_clear_object(&f->server);
    g_clear_object(&f->nic);
    g_clear_object(&f->dispatcher);
    hvn_clock_unref(f->clock);
    munmap(f->ram, 65536);
    close(f->memory);
}

/* what firmware does: the BAR at 0xfe000000, memory and bus mastering on */
static void
enable_device(Fixture *f)
{
    hvn_vfio_client_write(&f->client, 7, 0x10, 0xfe000000, 4, FALSE);
    hvn_vfio_client_write(&f->client, 7, 0x04, 0x6, 2, FALSE);
}

static void
run_until_closed(Fixture *f)
{
    for (guint i = 0; i < 20 && hvn_vfio_user_get_attached(f->server); i++)
        hvn_dispatcher_iterate(f->dispatcher, FALSE);
    g_assert_false(hvn_vfio_user_get_attached(f->server));
}

static gboolean
signalled(int fd)
{
    guint64 count = 0;

    return read(fd, &count, sizeof count) == sizeof count;
}

static void
test_version(Fixture *f, gconstpointer data)
{
    const char text[] = "\0\0\1\0{\"capabilities\":{\"max_msg_fds\":16}}";

    g_assert_cmpuint(hvn_vfio_client_call(&f->client, HVN_VFIO_USER_VERSION, text, sizeof text, NULL, 0), ==, 0);
    g_assert_cmpuint(f->client.answer->len + sizeof(HvnVfioUserHeader), <=, 214); /* QEMU's request is no longer */
    g_assert_cmpuint(f->client.answer->data[2], ==, 0);                           /* minor */
    g_assert_cmpuint(f->client.answer->data[f->client.answer->len - 1], ==, 0);   /* the text ends */
}

static void
test_first_message_must_be_version(Fixture *f, gconstpointer data)
{
    hvn_vfio_client_post(&f->client, HVN_VFIO_USER_DEVICE_RESET, 0, NULL, 0, NULL, 0);
    run_until_closed(f);
}

static void
test_info(Fixture *f, gconstpointer data)
{
    HvnVfioUserDeviceInfo device = {.argsz = sizeof device};
    HvnVfioUserRegionInfo region = {.argsz = sizeof region};
    HvnVfioUserIrqInfo    irq = {.argsz = sizeof irq};

    g_assert_cmpuint(hvn_vfio_client_call(&f->client, HVN_VFIO_USER_DEVICE_GET_INFO, &device, sizeof device, NULL, 0), ==, 0);
    memcpy(&device, f->client.answer->data, sizeof device);
    g_assert_cmpuint(device.flags, ==, 3);
    g_assert_cmpuint(device.num_regions, ==, 9);
    g_assert_cmpuint(device.num_irqs, ==, 5);
    for (region.index = 0; region.index < 9; region.index++) {
        HvnVfioUserRegionInfo answer;

        g_assert_cmpuint(hvn_vfio_client_call(&f->client, HVN_VFIO_USER_DEVICE_GET_REGION_INFO, &region, sizeof region, NULL, 0), ==, 0);
        g_assert_cmpuint(f->client.answer->len, ==, sizeof answer);
        memcpy(&answer, f->client.answer->data, sizeof answer);
        g_assert_cmpuint(answer.size, ==, region.index == 0 ? 4096 : region.index == 7 ? 256 : 0);
        g_assert_cmphex(answer.flags, ==, answer.size != 0 ? 3 : 0); /* nothing to be mapped */
    }
    g_assert_cmpuint(hvn_vfio_client_call(&f->client, HVN_VFIO_USER_DEVICE_GET_REGION_INFO, &region, sizeof region, NULL, 0), ==, EINVAL);
    g_assert_cmpuint(hvn_vfio_client_call(&f->client, HVN_VFIO_USER_DEVICE_GET_IRQ_INFO, &irq, sizeof irq, NULL, 0), ==, 0);
    memcpy(&irq, f->client.answer->data, sizeof irq);
    g_assert_cmpuint(irq.count, ==, 1);
    g_assert_cmphex(irq.flags, ==, 7);
    irq.index = 9;
    g_assert_cmpuint(hvn_vfio_client_call(&f->client, HVN_VFIO_USER_DEVICE_GET_IRQ_INFO, &irq, sizeof irq, NULL, 0), ==, EINVAL);
}

static void
test_config_space(Fixture *f, gconstpointer data)
{
    hvn_vfio_client_read(&f->client, 7, 0, 256);
    g_assert_cmphex(hvn_vfio_client_read(&f->client, 7, 0, 4), ==, 0x11001af4);
    hvn_vfio_client_write(&f->client, 7, 0x10, 0xffffffff, 4, FALSE);
    g_assert_cmphex(hvn_vfio_client_read(&f->client, 7, 0x10, 4), ==, 0xfffff000);
    g_assert_cmphex(hvn_vfio_client_read(&f->client, 7, 254, 4), ==, 0xffffffff); /* over the end */
    g_assert_cmphex(hvn_vfio_client_read(&f->client, 7, 1, 3), ==, 0x11001a);
}

static void
test_registers_and_doorbell(Fixture *f, gconstpointer data)
{
    enable_device(f);
    g_assert_cmpuint(hvn_vfio_client_map(&f->client, 0, 65536, f->memory, 0), ==, 0);
    memcpy(f->ram + 0x100, "doorbell", 8);
    hvn_vfio_client_write(&f->client, 0, TEST_SCRATCH, 0x12345678, 4, TRUE);
    hvn_vfio_client_write(&f->client, 0, TEST_DOORBELL, 0x100, 8, TRUE);
    /* the answer to a read is there before the work of the doorbell in front of it has run */
    g_assert_cmphex(hvn_vfio_client_read(&f->client, 0, TEST_SCRATCH, 4), ==, 0x12345678);
    g_assert_cmpuint(f->nic->copies, ==, 0);
    hvn_dispatcher_iterate(f->dispatcher, FALSE);
    g_assert_cmpuint(f->nic->copies, ==, 1);
    g_assert_cmpmem(f->ram + 0x108, 8, "doorbell", 8);
}

static void
test_unmapped_memory_is_not_reached(Fixture *f, gconstpointer data)
{
    HvnVfioUserDmaUnmap unmap = {.argsz = sizeof unmap, .address = 0, .size = 65536};

    enable_device(f);
    g_assert_cmpuint(hvn_vfio_client_map(&f->client, 0, 65536, f->memory, 0), ==, 0);
    hvn_vfio_client_write(&f->client, 0, TEST_DOORBELL, 0x100, 8, TRUE);
    g_assert_cmpuint(hvn_vfio_client_call(&f->client, HVN_VFIO_USER_DMA_UNMAP, &unmap, sizeof unmap, NULL, 0), ==, 0);
    g_assert_cmpuint(f->client.answer->len, ==, sizeof unmap);
    memset(f->ram + 0x100, 7, 8);
    hvn_dispatcher_iterate(f->dispatcher, FALSE);
    g_assert_cmpuint(f->ram[0x108], ==, 0);
    g_assert_cmpuint(hvn_nic_get_dma_errors(HVN_NIC(f->nic)), ==, 1);
    g_assert_cmpuint(hvn_vfio_client_call(&f->client, HVN_VFIO_USER_DMA_UNMAP, &unmap, sizeof unmap, NULL, 0), ==, ENOENT);
    unmap = (HvnVfioUserDmaUnmap){.argsz = sizeof unmap, .flags = HVN_VFIO_USER_UNMAP_FLAG_ALL};
    g_assert_cmpuint(hvn_vfio_client_call(&f->client, HVN_VFIO_USER_DMA_UNMAP, &unmap, sizeof unmap, NULL, 0), ==, 0);
}

static void
test_intx_masks_itself(Fixture *f, gconstpointer data)
{
    int trigger = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    enable_device(f);
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x24, 0, 0, 1, &trigger, 1), ==, 0);
    hvn_vfio_client_write(&f->client, 0, TEST_IRQ, 1, 4, FALSE);
    g_assert_true(signalled(trigger));
    hvn_vfio_client_write(&f->client, 0, TEST_IRQ, 0, 4, FALSE);
    hvn_vfio_client_write(&f->client, 0, TEST_IRQ, 1, 4, FALSE);
    g_assert_false(signalled(trigger)); /* masked until the client says otherwise */
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x11, 0, 0, 1, NULL, 0), ==, 0);
    g_assert_true(signalled(trigger)); /* still high */
    hvn_vfio_client_write(&f->client, 0, TEST_IRQ, 0, 4, FALSE);
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x11, 0, 0, 1, NULL, 0), ==, 0);
    g_assert_false(signalled(trigger));
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x09, 0, 0, 1, NULL, 0), ==, 0); /* MASK */
    hvn_vfio_client_write(&f->client, 0, TEST_IRQ, 1, 4, FALSE);
    g_assert_false(signalled(trigger));
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x21, 0, 0, 0, NULL, 0), ==, 0); /* disabled */
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x11, 0, 0, 1, NULL, 0), ==, 0);
    g_assert_false(signalled(trigger));
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x24, 0, 0, 1, &trigger, 1), ==, 0);
    g_assert_true(signalled(trigger)); /* a new eventfd hears of a level that is high */
    close(trigger);
}

static void
test_intx_resample(Fixture *f, gconstpointer data)
{
    const guint64 one = 1;
    int           trigger = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int           resample = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    enable_device(f);
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x24, 0, 0, 1, &trigger, 1), ==, 0);
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x14, 0, 0, 1, &resample, 1), ==, 0);
    hvn_vfio_client_write(&f->client, 0, TEST_IRQ, 1, 4, FALSE);
    g_assert_true(signalled(trigger));
    g_assert_cmpint(write(resample, &one, sizeof one), ==, sizeof one);
    for (guint i = 0; i < 5; i++)
        hvn_dispatcher_iterate(f->dispatcher, FALSE);
    g_assert_true(signalled(trigger));
    close(trigger);
    close(resample);
}

/* a resample eventfd that is taken back, replaced, or gone: UNMASK works all the same */
static void
test_intx_resample_goes(Fixture *f, gconstpointer data)
{
    const guint64 one = 1;
    int           trigger = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int           resample[2] = {eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};

    enable_device(f);
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x24, 0, 0, 1, &trigger, 1), ==, 0);
    for (guint i = 0; i < 2; i++)
        g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x14, 0, 0, 1, &resample[i], 1), ==, 0);
    hvn_vfio_client_write(&f->client, 0, TEST_IRQ, 1, 4, FALSE);
    g_assert_true(signalled(trigger));
    for (guint i = 0; i < 2; i++) {
        g_assert_cmpint(write(resample[i], &one, sizeof one), ==, sizeof one);
        hvn_vfio_client_settle(&f->client);
        g_assert_true(signalled(trigger) == (i == 1)); /* the first was replaced */
    }
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x14, 0, 0, 1, NULL, 0), ==, 0);
    g_assert_cmpint(write(resample[1], &one, sizeof one), ==, sizeof one);
    hvn_vfio_client_settle(&f->client);
    g_assert_false(signalled(trigger));
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x11, 0, 0, 1, NULL, 0), ==, 0);
    g_assert_true(signalled(trigger));
    for (guint i = 0; i < 2; i++)
        close(resample[i]);
    close(trigger);
}

static guint32
set_intx_bool(Fixture *f, guint32 action, guint8 value)
{
    const HvnVfioUserIrqSet set = {.argsz = sizeof set + 1, .flags = action | 2, .count = 1};
    guint8                  payload[sizeof set + 1];

    memcpy(payload, &set, sizeof set);
    payload[sizeof set] = value;
    return hvn_vfio_client_call(&f->client, HVN_VFIO_USER_DEVICE_SET_IRQS, payload, sizeof payload, NULL, 0);
}

/* MASK, UNMASK and TRIGGER with the other kinds of data, and the disable bit of the command register */
static void
test_intx_by_hand(Fixture *f, gconstpointer data)
{
    int trigger = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    enable_device(f);
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x24, 0, 0, 1, &trigger, 1), ==, 0);
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x21, 0, 0, 1, NULL, 0), ==, 0);
    g_assert_true(signalled(trigger)); /* by the client's own hand */
    g_assert_cmpuint(set_intx_bool(f, 0x20, 0), ==, 0);
    g_assert_false(signalled(trigger));
    g_assert_cmpuint(set_intx_bool(f, 0x20, 1), ==, 0);
    g_assert_true(signalled(trigger));
    g_assert_cmpuint(set_intx_bool(f, 0x08, 1), ==, 0);
    hvn_vfio_client_write(&f->client, 0, TEST_IRQ, 1, 4, FALSE);
    g_assert_false(signalled(trigger));
    g_assert_cmpuint(set_intx_bool(f, 0x10, 0), ==, 0);
    g_assert_false(signalled(trigger));
    g_assert_cmpuint(set_intx_bool(f, 0x10, 1), ==, 0);
    g_assert_true(signalled(trigger));
    hvn_vfio_client_write(&f->client, 7, 4, 0x406, 2, FALSE); /* INTx off: the status bit is there, the line is not */
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x11, 0, 0, 1, NULL, 0), ==, 0);
    g_assert_false(signalled(trigger));
    g_assert_cmphex(hvn_vfio_client_read(&f->client, 7, 6, 2) & 8, ==, 8);
    hvn_vfio_client_write(&f->client, 7, 4, 0x6, 2, FALSE);
    g_assert_true(signalled(trigger));
    g_assert_cmpuint(hvn_vfio_client_call(&f->client, HVN_VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0), ==, 0);
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x11, 0, 0, 1, NULL, 0), ==, 0);
    g_assert_false(signalled(trigger)); /* low after reset */
    close(trigger);
}

static void
test_irqs_refused(Fixture *f, gconstpointer data)
{
    int fds[2] = {f->memory, f->memory};

    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x24, 5, 0, 1, fds, 1), ==, EINVAL);          /* no such index */
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x24, 0, 1, 1, fds, 1), ==, EINVAL);          /* no such vector */
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x24, 0, G_MAXUINT32, 2, fds, 2), ==, EINVAL); /* wraps */
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x24, 0, 0, 1, fds, 2), ==, EINVAL);          /* too many descriptors */
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x27, 0, 0, 1, fds, 1), ==, EINVAL);          /* three kinds of data */
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x39, 0, 0, 1, NULL, 0), ==, EINVAL);         /* three actions */
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x22, 0, 0, 1, NULL, 0), ==, EINVAL);         /* BOOL without data */
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->client, 0x24, 1, 0, 1, fds, 1), ==, EINVAL);          /* no MSI in this device */
}

static void
test_write_multi(Fixture *f, gconstpointer data)
{
    guint8                payload[8 + 3 * sizeof(HvnVfioUserMultiWrite)] = {0};
    HvnVfioUserMultiWrite writes[3] = {{TEST_SCRATCH, 0, 4, {1, 2, 3, 4}}, {TEST_SCRATCH, 0, 200, {9}}, {TEST_SCRATCH, 77, 4, {9}}};
    guint64               n = 3;

    enable_device(f);
    memcpy(payload, &n, sizeof n);
    memcpy(payload + 8, writes, sizeof writes);
    hvn_vfio_client_post(&f->client, HVN_VFIO_USER_REGION_WRITE_MULTI, HVN_VFIO_USER_FLAG_NO_REPLY, payload, sizeof payload, NULL, 0);
    g_assert_cmphex(hvn_vfio_client_read(&f->client, 0, TEST_SCRATCH, 4), ==, 0x04030201);
    n = 4; /* more than came */
    memcpy(payload, &n, sizeof n);
    g_assert_cmpuint(hvn_vfio_client_call(&f->client, HVN_VFIO_USER_REGION_WRITE_MULTI, payload, sizeof payload, NULL, 0), ==, EINVAL);
    n = G_MAXUINT64;
    memcpy(payload, &n, sizeof n);
    g_assert_cmpuint(hvn_vfio_client_call(&f->client, HVN_VFIO_USER_REGION_WRITE_MULTI, payload, sizeof payload, NULL, 0), ==, EINVAL);
}

static void
test_region_access_refused(Fixture *f, gconstpointer data)
{
    const HvnVfioUserRegionAccess too_long = {.offset = 0, .region = 0, .count = G_MAXUINT32};
    const HvnVfioUserRegionAccess more_than_came = {.offset = 0, .region = 0, .count = 64};

    enable_device(f);
    g_assert_cmpuint(hvn_vfio_client_call(&f->client, HVN_VFIO_USER_REGION_READ, &too_long, sizeof too_long, NULL, 0), ==, EINVAL);
    g_assert_cmpuint(hvn_vfio_client_call(&f->client, HVN_VFIO_USER_REGION_WRITE, &more_than_came, sizeof more_than_came, NULL, 0), ==,
                     EINVAL);
    g_assert_cmphex(hvn_vfio_client_read(&f->client, 0, 4094, 4), ==, 0xffffffff);
    g_assert_cmphex(hvn_vfio_client_read(&f->client, 0, G_MAXUINT64 - 1, 4), ==, 0xffffffff);
    g_assert_cmphex(hvn_vfio_client_read(&f->client, 1, 0, 4), ==, 0xffffffff);
    g_assert_cmphex(hvn_vfio_client_read(&f->client, 1000, 0, 4), ==, 0xffffffff);
    hvn_vfio_client_write(&f->client, 0, G_MAXUINT64 - 1, 1, 4, FALSE);
    g_assert_cmpuint(hvn_vfio_client_call(&f->client, 99, NULL, 0, NULL, 0), ==, ENOTSUP);
    g_assert_cmpuint(hvn_vfio_client_call(&f->client, HVN_VFIO_USER_DMA_MAP, "x", 1, NULL, 0), ==, EINVAL);
    g_assert_cmpuint(hvn_vfio_client_map(&f->client, 0, 65536 + 4096, f->memory, 0), ==, EINVAL); /* beyond the file */
}

static void
test_next_client_gets_the_device_reset(Fixture *f, gconstpointer data)
{
    enable_device(f);
    hvn_vfio_client_write(&f->client, 0, TEST_SCRATCH, 77, 4, FALSE);
    /* killed in the middle of a message */
    hvn_vfio_client_send_raw(&f->client, "\1\0\12\0\100\0\0\0\0\0", 10, NULL, 0);
    hvn_vfio_client_clear(&f->client);
    run_until_closed(f);
    connect_client(f);
    hvn_vfio_client_hello(&f->client);
    g_assert_cmphex(hvn_vfio_client_read(&f->client, 7, 4, 2), ==, 0);
    enable_device(f);
    g_assert_cmphex(hvn_vfio_client_read(&f->client, 0, TEST_SCRATCH, 4), ==, 0);
}

static void
test_nonsense(Fixture *f, gconstpointer data)
{
    for (guint round = 0; round < 300; round++) {
        guint8 bytes[512];
        guint  len = g_test_rand_int_range(1, sizeof bytes);

        for (guint i = 0; i < len; i++)
            bytes[i] = g_test_rand_int();
        if (g_test_rand_bit()) { /* a header that is whole, with a payload that is not */
            HvnVfioUserHeader header = {.command = g_test_rand_int_range(0, 20), .size = MAX(len, sizeof header)};

            memcpy(bytes, &header, sizeof header);
            len = header.size;
        }
        hvn_vfio_client_send_raw(&f->client, bytes, len, &f->memory, g_test_rand_int_range(0, 2));
        for (guint i = 0; i < 4; i++)
            hvn_dispatcher_iterate(f->dispatcher, FALSE);
        if (!hvn_vfio_user_get_attached(f->server) || f->client.closed || g_test_rand_int_range(0, 10) == 0) {
            hvn_vfio_client_clear(&f->client);
            run_until_closed(f);
            connect_client(f);
            hvn_vfio_client_hello(&f->client);
        }
    }
}

/* after a message the loop does not sleep for as long as was asked for, and then it does */
static void
test_spin(gconstpointer data)
{
    g_autoptr(HvnDispatcher)   dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_autoptr(HvnNic)          nic = g_object_new(TEST_TYPE_NIC, "dispatcher", dispatcher, "name", "net0", NULL);
    g_autoptr(HvnVfioUser)     server = hvn_vfio_user_new(nic);
    HvnVfioClient              client;
    guint                      awake = 0;
    int                        fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    hvn_vfio_client_init(&client, fds[1], dispatcher);
    hvn_vfio_user_set_spin(server, GPOINTER_TO_UINT(data));
    hvn_vfio_user_attach_fd(server, fds[0]);
    hvn_vfio_client_hello(&client);
    for (guint i = 0; i < 3; i++)
        hvn_vfio_client_read(&client, 7, 0, 4);
    while (hvn_dispatcher_iterate(dispatcher, FALSE))
        awake++;
    g_assert_true((awake > 0) == (data != NULL));
    /* a client that goes while the loop spins takes the spin along */
    hvn_vfio_client_read(&client, 7, 0, 4);
    hvn_vfio_client_clear(&client);
    while (hvn_vfio_user_get_attached(server))
        hvn_dispatcher_iterate(dispatcher, TRUE);
    g_assert_false(hvn_dispatcher_iterate(dispatcher, FALSE));
}

static void
test_listen(void)
{
    g_autofree char           *dir = g_dir_make_tmp("hvnet-test-XXXXXX", NULL);
    g_autofree char           *path = g_build_filename(dir, "net0.sock", NULL);
    g_autoptr(HvnDispatcher)   dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_autoptr(HvnNic)          nic = g_object_new(TEST_TYPE_NIC, "dispatcher", dispatcher, "name", "net0", NULL);
    g_autoptr(HvnVfioUser)     first = hvn_vfio_user_new(nic);
    g_autoptr(HvnVfioUser)     second = hvn_vfio_user_new(nic);
    g_autoptr(GError)          error = NULL;
    g_autofree char           *deep = g_strnfill(200, 'x');

    g_assert_true(hvn_vfio_user_listen(first, path, NULL));
    g_assert_false(hvn_vfio_user_listen(second, path, &error));
    g_assert_nonnull(strstr(error->message, path));
    g_clear_error(&error);
    g_assert_false(hvn_vfio_user_listen(second, deep, &error));
    g_clear_error(&error);
    hvn_vfio_user_stop(first);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_set_contents(path, "mine", -1, NULL));
    g_assert_false(hvn_vfio_user_listen(second, path, &error));
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS)); /* not ours to remove */
    unlink(path);
    rmdir(dir);
}

/* a NIC without PCI has nothing that a vfio-user client could show its guest */
static void
test_no_pci(void)
{
    g_autoptr(HvnDispatcher)   dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_autoptr(HvnNic)          nic = g_object_new(TEST_TYPE_NIC, "dispatcher", dispatcher, "name", "net0", "variant", "some-device", NULL);
    g_autoptr(HvnVfioUser)     server = hvn_vfio_user_new(nic);
    g_autoptr(GError)          error = NULL;

    hvn_nic_add_region(nic, 0, 0x200, FALSE, 0);
    g_assert_false(hvn_vfio_user_listen(server, "/nowhere/net0.sock", &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED);
    g_assert_cmpstr(error->message, ==,
                    "interface 'net0' is a some-device, which is no PCI device: vfio-user serves PCI devices only");
}

static void
add(const char *path, gconstpointer data, void (*func)(Fixture *, gconstpointer))
{
    g_test_add(path, Fixture, data, fixture_set_up, func, fixture_tear_down);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/server/vfio-user/version", "no hello", test_version);
    add("/server/vfio-user/first-message-must-be-version", "no hello", test_first_message_must_be_version);
    add("/server/vfio-user/info", NULL, test_info);
    add("/server/vfio-user/config-space", NULL, test_config_space);
    add("/server/vfio-user/registers-and-doorbell", NULL, test_registers_and_doorbell);
    add("/server/vfio-user/unmapped-memory-is-not-reached", NULL, test_unmapped_memory_is_not_reached);
    add("/server/vfio-user/intx-masks-itself", NULL, test_intx_masks_itself);
    add("/server/vfio-user/intx-resample", NULL, test_intx_resample);
    add("/server/vfio-user/intx-resample-goes", NULL, test_intx_resample_goes);
    add("/server/vfio-user/intx-by-hand", NULL, test_intx_by_hand);
    add("/server/vfio-user/irqs-refused", NULL, test_irqs_refused);
    add("/server/vfio-user/write-multi", NULL, test_write_multi);
    add("/server/vfio-user/region-access-refused", NULL, test_region_access_refused);
    add("/server/vfio-user/next-client-gets-the-device-reset", NULL, test_next_client_gets_the_device_reset);
    add("/server/vfio-user/nonsense", NULL, test_nonsense);
    g_test_add_data_func("/server/vfio-user/spin", GUINT_TO_POINTER(1000), test_spin);
    g_test_add_data_func("/server/vfio-user/no-spin", GUINT_TO_POINTER(0), test_spin);
    g_test_add_func("/server/vfio-user/listen", test_listen);
    g_test_add_func("/server/vfio-user/no-pci", test_no_pci);
    return g_test_run();
}
