/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vfio-user server with a client as strict as cloud-hypervisor's (the crate vfio_user 0.1.5): one request at a time, and for each as
 * many bytes read as success has, so that an answer of another size would leave it waiting for ever; version 0.1 with one descriptor a
 * message; every region asked for twice; BARs sized through configuration space; UNMASK behind every access to a BAR. A whole life of a
 * device, over hvn-vfio-user-commands.c and hvn-vfio-user-irq.c, with the e1000 and with virtio-net. */

#include "hvn-vfio-machine.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

typedef struct {
    HvnClock      *clock;
    HvnDispatcher *dispatcher;
    HvnVfioMachine machine;
} Fixture;

static void
fixture_set_up(Fixture *f, gconstpointer model)
{
    f->clock = hvn_clock_new_manual();
    f->dispatcher = hvn_dispatcher_new(NULL, f->clock);
    hvn_vfio_machine_init(&f->machine, f->dispatcher, model);
    f->machine.client.strict = TRUE;
    hvn_vfio_machine_connect(&f->machine);
}

static void
fixture_tear_down(Fixture *f, gconstpointer model)
{
    hvn_vfio_machine_clear(&f->machine);
    g_clear_object(&f->dispatcher);
    hvn_clock_unref(f->clock);
}

static void
negotiate(HvnVfioClient *c)
{
    const char         text[] = "\0\0\1\0{\"capabilities\":{\"max_msg_fds\":1,\"max_data_xfer_size\":1048576,\"migration\":{\"pgsize\":4096}}}";
    HvnVfioUserVersion version;

    g_assert_cmpuint(hvn_vfio_client_call(c, HVN_VFIO_USER_VERSION, text, sizeof text, NULL, 0), ==, 0);
    memcpy(&version, c->answer->data, sizeof version);
    g_assert_cmpuint(version.major, ==, 0);
    g_assert_cmpuint(version.minor, <=, 1);
    g_assert_nonnull(strstr((const char *)c->answer->data + sizeof version, "\"capabilities\""));
}

/* argsz says how many bytes the whole has; a second question with that size gets them all, capabilities behind the structure */
static void
ask_regions(HvnVfioClient *c, guint n_regions)
{
    for (guint index = 0; index < n_regions; index++) {
        HvnVfioUserRegionInfo info = {.argsz = sizeof info, .index = index};

        for (guint time = 0; time < 2; time++) {
            g_assert_cmpuint(
                hvn_vfio_client_call_exact(c, HVN_VFIO_USER_DEVICE_GET_REGION_INFO, &info, sizeof info, NULL, 0, 16 + info.argsz), ==, 0);
            memcpy(&info, c->answer->data, sizeof info);
            g_assert_cmpuint(info.index, ==, index);
        }
        g_assert_cmpuint(c->answer->len - sizeof info, ==, info.argsz - sizeof info);
        g_assert_true(info.size == 0 || (info.size & (info.size - 1)) == 0);
    }
}

static void
ask_device(HvnVfioClient *c)
{
    HvnVfioUserDeviceInfo device = {.argsz = 32};

    g_assert_cmpuint(hvn_vfio_client_call_exact(c, HVN_VFIO_USER_DEVICE_GET_INFO, &device, sizeof device, NULL, 0, 32), ==, 0);
    memcpy(&device, c->answer->data, sizeof device);
    g_assert_cmphex(device.flags & 2, ==, 2);
    ask_regions(c, device.num_regions);
    for (guint index = 0; index < device.num_irqs; index++) {
        HvnVfioUserIrqInfo irq = {.argsz = sizeof irq, .index = index};

        g_assert_cmpuint(hvn_vfio_client_call_exact(c, HVN_VFIO_USER_DEVICE_GET_IRQ_INFO, &irq, sizeof irq, NULL, 0, 32), ==, 0);
    }
}

/* writes all ones to each BAR and reads its size back, as it does for want of another way */
static void
size_bars(HvnVfioMachine *m)
{
    for (guint bar = 0; bar < 6; bar++) {
        HvnVfioUserRegionInfo info = {.argsz = sizeof info, .index = bar};
        guint64               mask;
        guint32               type;

        hvn_vfio_client_call(&m->client, HVN_VFIO_USER_DEVICE_GET_REGION_INFO, &info, sizeof info, NULL, 0);
        memcpy(&info, m->client.answer->data, sizeof info);
        hvn_vfio_client_write(&m->client, 7, 0x10 + 4 * bar, G_MAXUINT32, 4, FALSE);
        mask = hvn_vfio_client_read(&m->client, 7, 0x10 + 4 * bar, 4);
        type = mask & (mask & 1 ? 3 : 15);
        mask |= G_GUINT64_CONSTANT(0xffffffff) << 32;
        if ((type & 7) == 4) {
            hvn_vfio_client_write(&m->client, 7, 0x14 + 4 * bar, G_MAXUINT32, 4, FALSE);
            mask = (mask & G_MAXUINT32) | hvn_vfio_client_read(&m->client, 7, 0x14 + 4 * bar, 4) << 32;
        }
        if ((mask & G_MAXUINT32) == 0) {
            g_assert_cmpuint(info.size, ==, 0);
            continue;
        }
        g_assert_cmphex(~(mask & ~(guint64)type) + 1, ==, info.size);
        bar += (type & 7) == 4;
    }
}

static void
map_memory(HvnVfioMachine *m)
{
    const HvnVfioUserDmaMap map = {.argsz = sizeof map, .flags = 3, .size = HVN_VFIO_MACHINE_RAM};

    g_assert_cmpuint(hvn_vfio_client_call_exact(&m->client, HVN_VFIO_USER_DMA_MAP, &map, sizeof map, &m->memory, 1, 16), ==, 0);
}

static void
unmap_memory(HvnVfioMachine *m)
{
    const HvnVfioUserDmaUnmap unmap = {.argsz = sizeof unmap, .size = HVN_VFIO_MACHINE_RAM};

    g_assert_cmpuint(hvn_vfio_client_call_exact(&m->client, HVN_VFIO_USER_DMA_UNMAP, &unmap, sizeof unmap, NULL, 0, 40), ==, 0);
    /* there is none any more, and still it must not be left waiting */
    g_assert_cmpuint(hvn_vfio_client_call_exact(&m->client, HVN_VFIO_USER_DMA_UNMAP, &unmap, sizeof unmap, NULL, 0, 40), !=, 0);
}

static void
test_life(Fixture *f, gconstpointer data)
{
    HvnVfioMachine         *m = &f->machine;
    const HvnVfioUserIrqSet off = {.argsz = sizeof off, .flags = 0x21, .index = m->virtio ? 2 : 0};

    negotiate(&m->client);
    ask_device(&m->client);
    g_assert_cmpuint(hvn_vfio_client_call_exact(&m->client, HVN_VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0, 16), ==, 0);
    size_bars(m);
    map_memory(m);
    hvn_vfio_machine_enable(m);
    hvn_vfio_machine_start(m);
    for (guint i = 0; i < 40; i++)
        hvn_vfio_machine_expect_traffic(m);
    g_assert_cmpuint(hvn_vfio_client_call_exact(&m->client, HVN_VFIO_USER_DEVICE_SET_IRQS, &off, sizeof off, NULL, 0, 16), ==, 0);
    unmap_memory(m);
    g_assert_cmpuint(hvn_nic_get_dma_errors(m->nic), ==, 0);
    hvn_vfio_machine_hang_up(m);
}

/* there is nothing in a region that makes the server answer other than a success has */
static void
test_holes(Fixture *f, gconstpointer data)
{
    HvnVfioMachine *m = &f->machine;

    negotiate(&m->client);
    for (guint region = 0; region < 12; region++) {
        for (guint64 offset = 1; offset != 0; offset <<= 1) {
            hvn_vfio_client_read(&m->client, region, offset, 4);
            hvn_vfio_client_write(&m->client, region, region == 7 ? 0x100 : offset, 0, 4, FALSE);
        }
    }
    hvn_vfio_machine_hang_up(m);
}

/* it hands over MSI-X vectors in blocks of 16, for all that there are */
static void
test_many_vectors(Fixture *f, gconstpointer data)
{
    HvnVfioMachine    *m = &f->machine;
    HvnVfioUserIrqInfo info = {.argsz = sizeof info, .index = 2};
    int                fds[16];

    for (guint i = 0; i < G_N_ELEMENTS(fds); i++)
        fds[i] = m->irq;
    negotiate(&m->client);
    hvn_vfio_client_call(&m->client, HVN_VFIO_USER_DEVICE_GET_IRQ_INFO, &info, sizeof info, NULL, 0);
    memcpy(&info, m->client.answer->data, sizeof info);
    g_assert_true((info.count > 0) == m->virtio);
    for (guint start = 0; start < info.count; start += 16) {
        guint             n = MIN(16, info.count - start);
        HvnVfioUserIrqSet set = {.argsz = sizeof set, .flags = 0x24, .index = 2, .start = start, .count = n};

        g_assert_cmpuint(hvn_vfio_client_call_exact(&m->client, HVN_VFIO_USER_DEVICE_SET_IRQS, &set, sizeof set, fds, n, 16), ==, 0);
    }
    hvn_vfio_machine_hang_up(m);
}

/* MSI-X as QEMU enables it: on without vectors, then one after the other, and masked by pointing a vector elsewhere */
static void
test_vectors_move(Fixture *f, gconstpointer data)
{
    HvnVfioMachine *m = &f->machine;
    int             elsewhere = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    guint64         count;

    if (!m->virtio)
        return; /* has none */
    negotiate(&m->client);
    map_memory(m);
    hvn_vfio_machine_enable(m);
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&m->client, 0x21, 0, 0, 0, NULL, 0), ==, 0);
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&m->client, 0x24, 2, 0, 1, NULL, 0), ==, 0);
    hvn_vfio_machine_start(m);
    hvn_vfio_machine_expect_traffic(m);
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&m->client, 0x24, 2, 2, 1, &elsewhere, 1), ==, 0);
    hvn_vfio_machine_send(m, "moved");
    hvn_vfio_client_settle(&m->client);
    g_assert_false(hvn_vfio_machine_interrupted(m));
    g_assert_cmpint(read(elsewhere, &count, sizeof count), ==, sizeof count);
    hvn_fake_port_clear(m->port);
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&m->client, 0x24, 2, 2, 1, NULL, 0), ==, 0);
    hvn_vfio_machine_send(m, "nowhere");
    hvn_vfio_client_settle(&m->client);
    g_assert_cmpint(read(elsewhere, &count, sizeof count), ==, -1);
    hvn_fake_port_clear(m->port);
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&m->client, 0x24, 2, 2, 1, &m->irq, 1), ==, 0);
    hvn_vfio_machine_expect_traffic(m);
    g_assert_cmpuint(hvn_vfio_client_set_irqs(&m->client, 0x21, 2, 0, 0, NULL, 0), ==, 0);
    hvn_vfio_machine_send(m, "off");
    hvn_vfio_client_settle(&m->client);
    g_assert_false(hvn_vfio_machine_interrupted(m));
    close(elsewhere);
}

static void
add(const char *name, void (*func)(Fixture *, gconstpointer))
{
    const char *const models[] = {"e1000", "virtio-net"};

    for (guint i = 0; i < G_N_ELEMENTS(models); i++) {
        g_autofree char *path = g_strdup_printf("/server/vfio-user-strict/%s/%s", models[i], name);

        g_test_add(path, Fixture, models[i], fixture_set_up, func, fixture_tear_down);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("life", test_life);
    add("holes", test_holes);
    add("many-vectors", test_many_vectors);
    add("vectors-move", test_vectors_move);
    return g_test_run();
}
