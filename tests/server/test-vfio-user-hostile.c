/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a client may do to the vfio-user server (hvn-vfio-user.c, hvn-vfio-user-commands.c) with a real NIC behind it: each row has one
 * outcome for that client, the process keeps no descriptor and no memory of it, and the client of a second NIC on the same dispatcher
 * goes on as if nothing were. */

#include "hvn-vfio-machine.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
    HvnClock      *clock;
    HvnDispatcher *dispatcher;
    HvnVfioMachine hostile;
    HvnVfioMachine other;
} Fixture;

static guint
count_fds(void)
{
    DIR  *dir = opendir("/proc/self/fd");
    guint n = 0;

    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n;
}

static void
fixture_set_up(Fixture *f, gconstpointer model)
{
    f->clock = hvn_clock_new_manual();
    f->dispatcher = hvn_dispatcher_new(NULL, f->clock);
    hvn_vfio_machine_init(&f->hostile, f->dispatcher, model);
    hvn_vfio_machine_init(&f->other, f->dispatcher, strcmp(model, "e1000") == 0 ? "virtio-net" : "e1000");
    for (guint i = 0; i < 2; i++) {
        HvnVfioMachine *machine = i == 0 ? &f->hostile : &f->other;

        hvn_vfio_machine_connect(machine);
        hvn_vfio_machine_enable(machine);
        hvn_vfio_machine_start(machine);
        hvn_vfio_machine_expect_traffic(machine);
    }
}

/* whatever happened: the other client is served, and so is the next one of this NIC */
static void
fixture_tear_down(Fixture *f, gconstpointer model)
{
    hvn_vfio_machine_expect_traffic(&f->other);
    if (hvn_vfio_user_get_attached(f->hostile.server))
        hvn_vfio_machine_hang_up(&f->hostile);
    g_assert_cmpint(ftruncate(f->hostile.memory, HVN_VFIO_MACHINE_RAM), ==, 0);
    hvn_vfio_machine_connect(&f->hostile);
    hvn_vfio_machine_enable(&f->hostile);
    hvn_vfio_machine_start(&f->hostile);
    hvn_vfio_machine_expect_traffic(&f->hostile);
    hvn_vfio_machine_expect_traffic(&f->other);
    hvn_vfio_machine_clear(&f->hostile);
    hvn_vfio_machine_clear(&f->other);
    g_clear_object(&f->dispatcher);
    hvn_clock_unref(f->clock);
}

static void
send_header(Fixture *f, guint16 command, guint32 size, const int *fds, guint n_fds)
{
    const HvnVfioUserHeader header = {.command = command, .size = size};

    hvn_vfio_client_send_raw(&f->hostile.client, &header, sizeof header, fds, n_fds);
}

/* half a message is waited for; the rest makes it whole, and its sender going away instead is the end of it */
static void
test_truncated(Fixture *f, gconstpointer data)
{
    HvnVfioUserDeviceInfo info = {.argsz = sizeof info};

    send_header(f, HVN_VFIO_USER_DEVICE_GET_INFO, sizeof(HvnVfioUserHeader) + sizeof info, NULL, 0);
    hvn_vfio_client_settle(&f->hostile.client);
    g_assert_cmpuint(f->hostile.client.answers.length, ==, 0);
    hvn_vfio_machine_expect_traffic(&f->other);
    hvn_vfio_client_send_raw(&f->hostile.client, &info, sizeof info, NULL, 0);
    g_assert_true(hvn_vfio_client_wait(&f->hostile.client));
    g_assert_cmpuint(f->hostile.client.answer->len, ==, sizeof info);
    hvn_vfio_machine_expect_traffic(&f->hostile);
    send_header(f, HVN_VFIO_USER_DEVICE_GET_INFO, sizeof(HvnVfioUserHeader) + sizeof info, NULL, 0);
    hvn_vfio_machine_hang_up(&f->hostile);
}

/* a size that no message can have: nothing behind it can be followed, so the client is dropped */
static void
test_sizes(Fixture *f, gconstpointer data)
{
    const guint32 sizes[] = {0, 15, HVN_VFIO_USER_MAX_MESSAGE + 1, G_MAXUINT32};

    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        send_header(f, HVN_VFIO_USER_REGION_WRITE, sizes[i], NULL, 0);
        hvn_vfio_machine_expect_dropped(&f->hostile);
        hvn_vfio_machine_connect(&f->hostile);
    }
}

/* a payload shorter than its command needs is EINVAL, for every command; the connection stays */
static void
test_short_payloads(Fixture *f, gconstpointer data)
{
    const guint8 zeros[64] = {0};

    for (guint command = 1; command < 20; command++) {
        gboolean known = command == HVN_VFIO_USER_REGION_WRITE_MULTI ||
                         (command <= HVN_VFIO_USER_REGION_WRITE && command != HVN_VFIO_USER_DEVICE_GET_REGION_IO_FDS);

        if (command == HVN_VFIO_USER_DEVICE_RESET || command == HVN_VFIO_USER_VERSION)
            continue;
        g_assert_cmpuint(hvn_vfio_client_call(&f->hostile.client, command, zeros, 3, NULL, 0), ==, known ? EINVAL : ENOTSUP);
    }
    hvn_vfio_machine_expect_traffic(&f->hostile);
}

/* descriptors that a command has no use for are closed; more than a message may have end the connection */
static void
test_descriptors(Fixture *f, gconstpointer data)
{
    HvnVfioUserDmaMap map = {.argsz = sizeof map, .flags = 3, .address = 1 << 30, .size = 4096};
    guint             before = count_fds();
    int               fds[20];

    for (guint i = 0; i < G_N_ELEMENTS(fds); i++)
        fds[i] = f->hostile.memory;
    g_assert_cmpuint(hvn_vfio_client_call(&f->hostile.client, HVN_VFIO_USER_DMA_MAP, &map, sizeof map, fds, 2), ==, EINVAL);
    g_assert_cmpuint(hvn_vfio_client_call(&f->hostile.client, HVN_VFIO_USER_DEVICE_RESET, NULL, 0, fds, 16), ==, 0);
    g_assert_cmpuint(hvn_vfio_client_call(&f->hostile.client, 99, NULL, 0, fds, 16), ==, ENOTSUP);
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->hostile.client, 0x24, 0, 0, 1, fds, 2), ==, EINVAL);
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&f->hostile.client, 0x14, 0, 0, 1, fds, 2), ==, EINVAL);
    hvn_vfio_client_settle(&f->hostile.client);
    send_header(f, 99, sizeof(HvnVfioUserHeader), NULL, 0);
    g_assert_true(hvn_vfio_client_wait(&f->hostile.client)); /* the next message: what came with the last one is closed now */
    g_assert_cmpuint(count_fds(), ==, before);
    send_header(f, HVN_VFIO_USER_DEVICE_RESET, sizeof(HvnVfioUserHeader), fds, G_N_ELEMENTS(fds));
    hvn_vfio_machine_expect_dropped(&f->hostile);
}

/* descriptors that are no memory, or not writable, are the error that mmap() has; the NIC goes on with the memory it has */
static void
test_wrong_descriptors(Fixture *f, gconstpointer data)
{
    HvnVfioClient *c = &f->hostile.client;
    int            pipes[2], event = eventfd(0, EFD_CLOEXEC), sealed = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    g_assert_cmpint(pipe(pipes), ==, 0);
    g_assert_cmpuint(hvn_vfio_client_map(c, 1 << 30, 4096, pipes[0], 0), !=, 0);
    g_assert_cmpuint(hvn_vfio_client_map(c, 1 << 30, 4096, event, 0), !=, 0);
    g_assert_cmpuint(hvn_vfio_client_map(c, 1 << 30, 4096, sealed, 0), ==, EINVAL); /* of no bytes */
    /* an interrupt that is no eventfd is taken, and what is written to it is its owner's affair */
    g_assert_cmpuint(hvn_vfio_client_set_irqs(c, 0x24, f->hostile.virtio ? 2 : 0, 0, 1, &pipes[0], 1), ==, 0);
    hvn_vfio_machine_send(&f->hostile, "to a pipe");
    hvn_vfio_client_settle(c);
    g_assert_true(hvn_vfio_machine_was_sent(&f->hostile, "to a pipe"));
    close(pipes[0]);
    close(pipes[1]);
    close(event);
    close(sealed);
}

/* ranges that wrap, overlap or do not exist are refused, and the map stays as it was */
static void
test_ranges(Fixture *f, gconstpointer data)
{
    HvnVfioClient *c = &f->hostile.client;

    g_assert_cmpuint(hvn_vfio_client_map(c, G_MAXUINT64 - 4095, 8192, -1, 0), ==, EINVAL);
    g_assert_cmpuint(hvn_vfio_client_map(c, 1 << 30, 0, -1, 0), ==, EINVAL);
    g_assert_cmpuint(hvn_vfio_client_map(c, 1 << 30, G_MAXUINT64, f->hostile.memory, 0), ==, EINVAL);
    g_assert_cmpuint(hvn_vfio_client_map(c, 1 << 30, 4096, f->hostile.memory, G_MAXUINT64 - 100), ==, EINVAL);
    g_assert_cmpuint(hvn_vfio_client_map(c, 1 << 30, 4096, f->hostile.memory, HVN_VFIO_MACHINE_RAM), ==, EINVAL);
    g_assert_cmpuint(hvn_vfio_client_map(c, HVN_VFIO_MACHINE_RAM - 1, 4096, f->hostile.memory, 0), ==, EEXIST);
    g_assert_cmpuint(hvn_vfio_client_unmap(c, 0, HVN_VFIO_MACHINE_RAM - 1), ==, ENOENT);
    g_assert_cmpuint(c->answer->len, ==, sizeof(HvnVfioUserDmaUnmap)); /* a client that waits for the size of success gets it */
    g_assert_cmpuint(hvn_vfio_client_unmap(c, G_MAXUINT64, 2), ==, ENOENT);
    hvn_vfio_machine_expect_traffic(&f->hostile);
}

/* a file that shrinks under its mapping: no SIGBUS, and the client is dropped as soon as an access has found it */
static void
test_truncated_memory(Fixture *f, gconstpointer data)
{
    g_assert_cmpint(ftruncate(f->hostile.memory, 4096), ==, 0);
    /* registers, without the test's own mapping, which is as broken */
    hvn_vfio_machine_write(&f->hostile, f->hostile.virtio ? 0x3000 + 4 : 0x3818, f->hostile.virtio ? 1 : 7, f->hostile.virtio ? 2 : 4);
    hvn_vfio_client_settle(&f->hostile.client);
    hvn_vfio_client_post(&f->hostile.client, 99, 0, NULL, 0, NULL, 0);
    hvn_vfio_machine_expect_dropped(&f->hostile);
}

/* memory that goes while the driver has frames under way: errors of the NIC, counted; with the memory back and a reset it goes on */
static void
test_unmap_during_traffic(Fixture *f, gconstpointer data)
{
    HvnVfioClient *c = &f->hostile.client;
    guint64        before = hvn_nic_get_dma_errors(f->hostile.nic);

    for (guint i = 0; i < 5; i++)
        hvn_vfio_machine_send(&f->hostile, "lost");
    g_assert_cmpuint(hvn_vfio_client_unmap(c, 0, HVN_VFIO_MACHINE_RAM), ==, 0);
    g_assert_cmpuint(c->answer->len, ==, sizeof(HvnVfioUserDmaUnmap));
    hvn_fake_port_clear(f->hostile.port);
    hvn_vfio_machine_send(&f->hostile, "lost");
    hvn_vfio_machine_offer(&f->hostile, "lost");
    hvn_vfio_client_settle(c);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(f->hostile.port), ==, 0);
    g_assert_cmpuint(hvn_nic_get_dma_errors(f->hostile.nic), >, before);
    g_assert_cmpuint(hvn_vfio_client_map(c, 0, HVN_VFIO_MACHINE_RAM, f->hostile.memory, 0), ==, 0);
    g_assert_cmpuint(hvn_vfio_client_call(c, HVN_VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0), ==, 0);
    hvn_vfio_machine_enable(&f->hostile);
    hvn_vfio_machine_start(&f->hostile);
    hvn_vfio_machine_expect_traffic(&f->hostile);
}

/* a reset between the doorbell and its work: the frame is not sent, and nothing is written behind the reset */
static void
test_reset_before_work(Fixture *f, gconstpointer data)
{
    guint n = f->hostile.sent;

    hvn_vfio_machine_send(&f->hostile, "never");
    hvn_vfio_client_post(&f->hostile.client, HVN_VFIO_USER_DEVICE_RESET, 0, NULL, 0, NULL, 0);
    g_assert_true(hvn_vfio_client_wait(&f->hostile.client));
    hvn_vfio_client_settle(&f->hostile.client);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(f->hostile.port), ==, 0);
    g_assert_false(hvn_vfio_machine_is_done(&f->hostile, n));
    hvn_vfio_machine_enable(&f->hostile);
    hvn_vfio_machine_start(&f->hostile);
    hvn_vfio_machine_expect_traffic(&f->hostile);
}

/* a client that only writes: its answers are kept up to a bound, then it is not read from until it takes some */
static void
test_never_reads(Fixture *f, gconstpointer data)
{
    const HvnVfioUserRegionAccess access = {.region = 7, .count = 1024 * 1024};
    guint                         n = 0;

    for (; n < 12; n++) {
        hvn_vfio_client_post(&f->hostile.client, HVN_VFIO_USER_REGION_READ, 0, &access, sizeof access, NULL, 0);
        for (guint i = 0; i < 3; i++)
            hvn_dispatcher_iterate(f->dispatcher, FALSE);
    }
    hvn_vfio_machine_expect_traffic(&f->other);
    for (guint i = 0; i < n; i++)
        g_assert_true(hvn_vfio_client_wait(&f->hostile.client));
    hvn_vfio_machine_expect_traffic(&f->hostile);
}

/* every command may come without wanting an answer, and then has none, whatever comes of it */
static void
test_no_reply(Fixture *f, gconstpointer data)
{
    guint8 zeros[64] = {0};

    for (guint command = 2; command < 20; command++) {
        hvn_vfio_client_post(&f->hostile.client, command, HVN_VFIO_USER_FLAG_NO_REPLY, zeros, sizeof zeros, NULL, 0);
        hvn_vfio_client_post(&f->hostile.client, command, HVN_VFIO_USER_FLAG_NO_REPLY, zeros, 1, NULL, 0);
    }
    hvn_vfio_client_settle(&f->hostile.client);
    g_assert_cmpuint(f->hostile.client.answers.length, ==, 0);
    g_assert_cmphex(hvn_vfio_client_read(&f->hostile.client, 7, 0, 2), ==, f->hostile.virtio ? 0x1af4 : 0x8086);
}

/* what this server does not do is ENOTSUP, with a header alone, so that a client may ask */
static void
test_not_supported(Fixture *f, gconstpointer data)
{
    const guint8  zeros[64] = {0};
    const guint16 commands[] = {0, HVN_VFIO_USER_DEVICE_GET_REGION_IO_FDS, HVN_VFIO_USER_DMA_READ, HVN_VFIO_USER_DMA_WRITE, 14, 16, 17, 18,
                                19, 99, G_MAXUINT16};

    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_assert_cmpuint(hvn_vfio_client_call(&f->hostile.client, commands[i], zeros, sizeof zeros, NULL, 0), ==, ENOTSUP);
        g_assert_cmpuint(f->hostile.client.answer->len, ==, 0);
    }
    hvn_vfio_machine_expect_traffic(&f->hostile);
}

/* answers to nothing that was asked are passed over */
static void
test_unasked_answers(Fixture *f, gconstpointer data)
{
    guint8 bytes[64] = {0};

    for (guint command = 0; command < 20; command++)
        hvn_vfio_client_post(&f->hostile.client, command, HVN_VFIO_USER_FLAG_REPLY | (command % 3 == 0 ? HVN_VFIO_USER_FLAG_ERROR : 0), bytes,
                             command * 3, NULL, 0);
    hvn_vfio_machine_expect_traffic(&f->hostile);
    g_assert_cmpuint(f->hostile.client.answers.length, ==, 0);
}

/* a version that is not ours drops the client, and so does a second one that is not */
static void
test_versions(Fixture *f, gconstpointer data)
{
    const char text[] = "\1\0\0\0{}";

    g_assert_cmpuint(hvn_vfio_client_call(&f->hostile.client, HVN_VFIO_USER_VERSION, "\0\0\0\0{}", 7, NULL, 0), ==, 0);
    hvn_vfio_client_post(&f->hostile.client, HVN_VFIO_USER_VERSION, 0, text, sizeof text, NULL, 0);
    hvn_vfio_machine_expect_dropped(&f->hostile);
}

/* a text that is none is refused, and a very long one is not even looked at */
static void
test_version_text(Fixture *f, gconstpointer data)
{
    static const char *const texts[] = {"{", "[]", "7", "{\"capabilities\":"};
    g_autofree char         *deep = g_strnfill(100000, '[');

    for (guint i = 0; i <= G_N_ELEMENTS(texts); i++) {
        const char           *text = i < G_N_ELEMENTS(texts) ? texts[i] : deep;
        g_autoptr(GByteArray) payload = g_byte_array_new();

        g_byte_array_append(payload, (const guint8 *)"\0\0\0\0", 4);
        g_byte_array_append(payload, (const guint8 *)text, strlen(text) + 1);
        hvn_vfio_client_post(&f->hostile.client, HVN_VFIO_USER_VERSION, 0, payload->data, payload->len, NULL, 0);
        hvn_vfio_machine_expect_dropped(&f->hostile);
        hvn_vfio_machine_connect(&f->hostile);
    }
}

static void
add(const char *name, void (*func)(Fixture *, gconstpointer))
{
    const char *const models[] = {"e1000", "virtio-net"};

    for (guint i = 0; i < G_N_ELEMENTS(models); i++) {
        g_autofree char *path = g_strdup_printf("/server/vfio-user-hostile/%s/%s", models[i], name);

        g_test_add(path, Fixture, models[i], fixture_set_up, func, fixture_tear_down);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("truncated", test_truncated);
    add("sizes", test_sizes);
    add("short-payloads", test_short_payloads);
    add("descriptors", test_descriptors);
    add("wrong-descriptors", test_wrong_descriptors);
    add("ranges", test_ranges);
    add("truncated-memory", test_truncated_memory);
    add("unmap-during-traffic", test_unmap_during_traffic);
    add("reset-before-work", test_reset_before_work);
    add("never-reads", test_never_reads);
    add("no-reply", test_no_reply);
    add("not-supported", test_not_supported);
    add("unasked-answers", test_unasked_answers);
    add("versions", test_versions);
    add("version-text", test_version_text);
    return g_test_run();
}
