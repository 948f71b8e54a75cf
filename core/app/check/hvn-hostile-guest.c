/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of a guest that has lost its mind; see hvn-hostile-guest.h. */
#include "hvn-hostile-guest.h"

#include "hvn-bytes.h"

#define CHECK_STEPS      1000000
#define CHECK_FRAMES_MIN 1000

static void
hostile_count_message(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
    guint *n_messages = data;

    (*n_messages)++;
}

static void
hostile_peer_sends(HvnHostileGuest *self)
{
    guint8 bytes[2000];
    gsize len = g_rand_int_range(self->rand, 14, g_rand_boolean(self->rand) ? 100 : sizeof bytes);

    for (gsize i = 0; i < MIN(len, 64); i++)
        bytes[i] = g_rand_int(self->rand);
    memset(bytes + MIN(len, 64), 0x5a, len - MIN(len, 64));
    if (g_rand_boolean(self->rand))
        memset(bytes, 0xff, 6);
    if (len > 40 && g_rand_boolean(self->rand))
        hvn_store_be32(bytes + 12, g_rand_boolean(self->rand) ? 0x08004500 : 0x81000001);
    if (!hvn_fake_port_send_bytes(self->machine->port, bytes, len))
        g_assert_true(hvn_port_owes_ready(HVN_PORT(self->machine->nic)));
}

static void
hostile_any_access(HvnHostileGuest *self)
{
    static const guint sizes[] = {1, 2, 4, 8};
    guint bar = g_rand_int_range(self->rand, 0, 16) == 0 ? self->model->other_bar : self->model->bar;
    guint size = sizes[g_rand_int_range(self->rand, 0, 4)];
    HvnNicRegion region;
    guint64 offset;

    hvn_nic_get_region(self->machine->nic, bar, &region);
    offset = g_rand_int_range(self->rand, 0, (gint32)MIN(region.size, G_MAXINT32));

    if (g_rand_boolean(self->rand))
        offset &= self->model->crowded & (region.size - 1);
    if (g_rand_int_range(self->rand, 0, 3) == 0)
        hvn_nic_region_read(self->machine->nic, bar, offset, size);
    else
        hvn_nic_region_write(self->machine->nic, bar, offset, (guint64)g_rand_int(self->rand) << 32 | g_rand_int(self->rand), size);
}

static void
hostile_steer(HvnHostileGuest *self)
{
    const HvnHostileRegister *reg = &self->model->steering[g_rand_int_range(self->rand, 0, self->model->n_steering)];

    hvn_nic_region_write(self->machine->nic, self->model->bar, reg->offset, self->model->steer(self->rand, reg->offset), reg->size);
}

/* what seldom happens */
static void
hostile_surroundings(HvnHostileGuest *self)
{
    if (g_rand_int_range(self->rand, 0, 40) == 0) {
        hvn_link_set_up(self->machine->link, g_rand_int_range(self->rand, 0, 4) != 0);
    } else if (g_rand_int_range(self->rand, 0, 100) == 0) {
        hvn_nic_config_write(self->machine->nic, 4, g_rand_int(self->rand), 2);
    } else if (g_rand_int_range(self->rand, 0, 20) == 0) {
        hvn_fake_bus_enable_nic(self->machine->bus, self->machine->nic);
        hvn_link_set_up(self->machine->link, TRUE);
    } else if (g_rand_int_range(self->rand, 0, 4) == 0) {
        hvn_fake_port_set_capacity(self->machine->port, g_rand_boolean(self->rand) ? G_MAXUINT : (guint)g_rand_int_range(self->rand, 0, 10));
        hvn_port_ready(HVN_PORT(self->machine->port));
    }
}

static void
hostile_step(HvnHostileGuest *self)
{
    guint what = g_rand_int_range(self->rand, 0, 64);

    if (what < 32 || (what < 58 && self->model->n_steering == 0))
        hostile_any_access(self);
    else if (what < 58)
        hostile_steer(self);
    else if (what < 60)
        hostile_peer_sends(self);
    else if (what == 60)
        self->model->scribble(self);
    else if (what == 61)
        hvn_dispatcher_run_work(self->machine->dispatcher);
    else if (what == 62)
        hvn_dispatcher_advance(self->machine->dispatcher, g_rand_int_range(self->rand, 0, 100000));
    else
        hostile_surroundings(self);
    if (self->model->check != NULL)
        self->model->check(self);
}

guint64
hvn_hostile_guest_run(HvnHostileGuest *self, guint32 seed, guint n_steps)
{
    guint64 sent = 0;
    guint n_messages = 0;

    self->rand = g_rand_new_with_seed(seed);
    hvn_fake_port_set_recording(self->machine->port, FALSE);
    g_log_set_default_handler(hostile_count_message, &n_messages);
    for (guint i = 0; i < n_steps; i++) {
        hostile_step(self);
        if (i % 1024 == 0 || i == n_steps - 1) {
            sent += hvn_fake_port_get_n_frames(self->machine->port);
            hvn_fake_port_clear(self->machine->port);
        }
    }
    g_log_set_default_handler(g_log_default_handler, NULL);
    /* at most ten messages in ten seconds, and one more for a new window */
    g_assert_cmpint(n_messages, <=, 22 + 11 * (hvn_clock_now_ns(self->machine->clock) / HVN_GUEST_ERRORS_WINDOW_NS));
    hvn_nic_reset(self->machine->nic, HVN_NIC_RESET_HARDWARE);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(self->machine->nic)));
    g_assert_false(hvn_fake_bus_get_irq(self->machine->bus));
    g_clear_pointer(&self->rand, g_rand_free);
    g_test_message("%" G_GUINT64_FORMAT " frames sent, %u messages", sent, n_messages);
    return sent;
}

void
hvn_hostile_guest_check(const HvnHostileModel *model, HvnTestMachine *machine, gpointer data, guint32 seed)
{
    HvnHostileGuest self = {.model = model, .machine = machine, .data = data};

    g_assert_cmpuint(hvn_hostile_guest_run(&self, seed, CHECK_STEPS), >, CHECK_FRAMES_MIN);
}
