/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way of frames through hubs and switches (hvn-switch-path.c). */
#include "hvn-switch-fixture.h"

#include <string.h>

#include "hvn-bytes.h"
#include "hvn-test-frames.h"

#define FEW_NS (HVN_SWITCH_PATIENCE_NS / 2)

/* ---- hub ---- */

static void
test_hub_repeats(SwitchFixture *self, gconstpointer data)
{
    switch_add_plain(self, 4, TRUE);
    switch_introduce(self);
    g_assert_cmpuint(switch_send(self, 2, 1, 0, 64, 0), ==, 64);
    for (guint i = 0; i < 4; i++)
        g_assert_cmpuint(switch_got(self, i, 0), ==, i == 2 ? 0 : 64);
    /* tags are nothing to a hub */
    g_assert_cmpuint(switch_send(self, 2, 1, 4095, 1, 0), ==, 1);
    g_assert_cmpuint(switch_got(self, 0, 0), ==, 1);
}

/* the slowest sets the pace: after a first surprise nobody loses anything */
static void
test_hub_pace(SwitchFixture *self, gconstpointer data)
{
    guint sent = 0;

    switch_add_plain(self, 3, TRUE);
    hvn_fake_port_set_capacity(self->stations[2].nic, 10);
    g_assert_cmpuint(switch_send(self, 0, 1, 0, 64, 0), ==, 64);
    g_assert_cmpuint(switch_got(self, 1, 0), ==, 64);
    g_assert_cmpuint(switch_got(self, 2, 0), ==, 10);
    g_assert_cmpuint(switch_drops(self, 2, HVN_BACKEND_DROP_FULL), ==, 54);
    for (guint i = 0; sent < 64; i++) {
        g_assert_cmpuint(i, <, 100);
        g_assert_cmpuint(switch_send(self, 0, 1, 0, 64 - sent, sent), ==, 0);
        hvn_fake_port_set_capacity(self->stations[2].nic, 10);
        hvn_port_ready(HVN_PORT(self->stations[2].nic));
        g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->stations[0].nic), ==, i + 1);
        sent += switch_send(self, 0, 1, 0, 64 - sent, sent);
    }
    g_assert_cmpuint(switch_got(self, 1, 0), ==, 64);
    g_assert_cmpuint(switch_got(self, 2, 0), ==, 64);
    g_assert_cmpuint(switch_drops(self, 2, HVN_BACKEND_DROP_FULL), ==, 54);
}

static void
test_hub_hangs(SwitchFixture *self, gconstpointer data)
{
    switch_add_plain(self, 3, TRUE);
    hvn_fake_port_set_capacity(self->stations[1].nic, 0);
    g_assert_cmpuint(switch_send(self, 0, 1, 0, 8, 0), ==, 0);
    hvn_dispatcher_advance(self->dispatcher, HVN_SWITCH_PATIENCE_NS);
    g_assert_cmpuint(switch_send(self, 0, 1, 0, 8, 0), ==, 8);
    g_assert_cmpuint(switch_got(self, 2, 0), ==, 8);
    g_assert_cmpuint(switch_drops(self, 1, HVN_BACKEND_DROP_FULL), ==, 8);
    /* all others hang */
    hvn_fake_port_set_capacity(self->stations[2].nic, 0);
    g_assert_cmpuint(switch_send(self, 0, 1, 0, 8, 0), ==, 0);
    hvn_dispatcher_advance(self->dispatcher, HVN_SWITCH_PATIENCE_NS);
    g_assert_cmpuint(switch_send(self, 0, 1, 0, 8, 0), ==, 8);
    g_assert_cmpuint(switch_drops(self, 1, HVN_BACKEND_DROP_FULL), ==, 16);
    g_assert_cmpuint(switch_drops(self, 2, HVN_BACKEND_DROP_FULL), ==, 8);
}

/* ---- switch ---- */

static void
test_learns(SwitchFixture *self, gconstpointer data)
{
    switch_add_plain(self, 4, FALSE);
    g_assert_cmpuint(switch_send(self, 0, 1, 0, 2, 0), ==, 2);
    for (guint i = 1; i < 4; i++)
        g_assert_cmpuint(switch_got(self, i, 0), ==, 2);
    g_assert_cmpuint(switch_send(self, 1, 0, 0, 2, 0), ==, 2);
    g_assert_cmpuint(switch_send(self, 0, 1, 0, 64, 0), ==, 64);
    g_assert_cmpuint(switch_got(self, 0, 0), ==, 2);
    g_assert_cmpuint(switch_got(self, 1, 0), ==, 64);
    g_assert_cmpuint(switch_got(self, 2, 0) + switch_got(self, 3, 0), ==, 0);
    /* a frame to the sender's own port goes nowhere */
    g_assert_cmpuint(switch_send(self, 0, 0, 0, 1, 0), ==, 1);
    g_assert_cmpuint(switch_drops(self, 0, HVN_BACKEND_DROP_FILTERED), ==, 1);
    /* and after a while nothing is known */
    hvn_dispatcher_advance(self->dispatcher, HVN_SWITCH_MAX_AGE_NS);
    g_assert_cmpuint(switch_send(self, 0, 1, 0, 1, 0), ==, 1);
    g_assert_cmpuint(switch_got(self, 2, 0), ==, 1);
}

/* frames of one batch for several stations arrive in order, each where it belongs */
static void
test_mixed_batch(SwitchFixture *self, gconstpointer data)
{
    guint8       bytes[60][60];
    struct iovec pieces[60];
    HvnFrame     frames[60];

    switch_add_plain(self, 4, FALSE);
    switch_introduce(self);
    memset(bytes, 0, sizeof bytes);
    for (guint i = 0; i < 60; i++) {
        memcpy(bytes[i], (guint8[]){0x52, 0x54, 0, 0, 0, i < 30 ? 1 + i % 3 : 1 + i / 20}, 6);
        memcpy(bytes[i] + 6, (guint8[]){0x52, 0x54, 0, 0, 0, 0}, 6);
        pieces[i] = (struct iovec){bytes[i], 60};
        hvn_frame_init(&frames[i], &pieces[i], 1);
    }
    g_assert_cmpuint(hvn_port_send(HVN_PORT(self->stations[0].nic), frames, 60), ==, 60);
    g_assert_cmpuint(switch_got(self, 1, G_MAXUINT), ==, 10);
    g_assert_cmpuint(switch_got(self, 2, G_MAXUINT), ==, 20);
    g_assert_cmpuint(switch_got(self, 3, G_MAXUINT), ==, 30);
    /* a port without room in the middle: what stands before is done, and nothing that stands behind */
    hvn_fake_port_set_capacity(self->stations[2].nic, 3);
    g_assert_cmpuint(hvn_port_send(HVN_PORT(self->stations[0].nic), frames, 60), ==, 10);
    g_assert_cmpuint(switch_got(self, 1, G_MAXUINT), ==, 4);
    g_assert_cmpuint(switch_got(self, 2, G_MAXUINT), ==, 3);
    g_assert_cmpuint(switch_got(self, 3, G_MAXUINT), ==, 3);
}

/* a frame for several ports waits for none of them */
static void
test_flood_does_not_wait(SwitchFixture *self, gconstpointer data)
{
    switch_add_plain(self, 3, FALSE);
    hvn_fake_port_set_capacity(self->stations[1].nic, 5);
    g_assert_cmpuint(switch_send(self, 0, G_MAXUINT, 0, 8, 0), ==, 8);
    g_assert_cmpuint(switch_got(self, 1, 0), ==, 5);
    g_assert_cmpuint(switch_got(self, 2, 0), ==, 8);
    g_assert_cmpuint(switch_drops(self, 1, HVN_BACKEND_DROP_FULL), ==, 3);
}

/* the rate of a port bounds what goes to several, and nothing else */
static void
test_storm(SwitchFixture *self, gconstpointer data)
{
    const HvnSwitchPortSetup setup = {.network = "lan", .storm_rate = 1000};
    guint got = 0;

    for (guint i = 0; i < 3; i++)
        switch_add(self, &setup);
    switch_introduce(self);
    hvn_dispatcher_advance(self->dispatcher, HVN_NS_PER_S);
    for (guint i = 0; i < 10; i++) {
        g_assert_cmpuint(switch_send(self, 0, G_MAXUINT, 0, 64, 0), ==, 64);
        got += switch_got(self, 1, G_MAXUINT);
    }
    g_assert_cmpuint(got, ==, 100); /* a tenth of a second's */
    g_assert_cmpuint(switch_drops(self, 0, HVN_BACKEND_DROP_STORM), ==, 540);
    g_assert_cmpuint(switch_send(self, 1, G_MAXUINT, 0, 64, 0), ==, 64);
    g_assert_cmpuint(switch_got(self, 2, G_MAXUINT), ==, 164);
    for (guint i = 0; i < 100; i++)
        g_assert_cmpuint(switch_send(self, 0, 1, 0, 64, 0), ==, 64);
    g_assert_cmpuint(switch_got(self, 1, G_MAXUINT), ==, 6400);
    hvn_dispatcher_advance(self->dispatcher, 50 * HVN_NS_PER_MS);
    switch_send(self, 0, G_MAXUINT, 0, 64, 0);
    g_assert_cmpuint(switch_got(self, 1, 0), ==, 50);
}

static void
test_isolated(SwitchFixture *self, gconstpointer data)
{
    const HvnSwitchPortSetup isolated = {.network = "lan", .isolated = TRUE};

    switch_add_plain(self, 1, FALSE);
    switch_add(self, &isolated);
    switch_add(self, &isolated);
    switch_introduce(self);
    g_assert_cmpuint(switch_send(self, 1, G_MAXUINT, 0, 1, 0), ==, 1);
    g_assert_cmpuint(switch_got(self, 0, 0), ==, 1);
    g_assert_cmpuint(switch_got(self, 2, 0), ==, 0);
    g_assert_cmpuint(switch_send(self, 1, 2, 0, 5, 0), ==, 5);
    g_assert_cmpuint(switch_got(self, 2, 0), ==, 0);
    g_assert_cmpuint(switch_drops(self, 1, HVN_BACKEND_DROP_FILTERED), ==, 5);
    g_assert_cmpuint(switch_send(self, 0, 2, 0, 5, 0), ==, 5);
    g_assert_cmpuint(switch_got(self, 2, 0), ==, 5);
}

/* addresses for the next bridge only, a sender that is a group */
static void
test_filtered(SwitchFixture *self, gconstpointer data)
{
    guint8 frame[60] = {0x01, 0x80, 0xc2, 0, 0, 0, 0x52, 0x54, 0, 0, 0, 0, 0x88, 0x08};

    switch_add_plain(self, 2, FALSE);
    for (guint i = 0; i < 18; i++) {
        frame[5] = i;
        g_assert_true(hvn_fake_port_send_bytes(self->stations[0].nic, frame, sizeof frame));
        g_assert_cmpuint(switch_got(self, 1, G_MAXUINT), ==, i == 0 || i > 15);
    }
    g_assert_cmpuint(switch_drops(self, 0, HVN_BACKEND_DROP_FILTERED), ==, 15);
    frame[6] = 0x53;
    g_assert_true(hvn_fake_port_send_bytes(self->stations[0].nic, frame, sizeof frame));
    g_assert_cmpuint(switch_drops(self, 0, HVN_BACKEND_DROP_FILTERED), ==, 16);
}

/* one guest that makes up addresses loses its own and nobody else's */
static void
test_flooding_guest(SwitchFixture *self, gconstpointer data)
{
    guint8 frame[60] = {0x52, 0x54, 0, 0, 0, 1, 0x52, 0x54, 0xff, 0, 0, 0, 0x88, 0xb5};

    switch_add_plain(self, 3, FALSE);
    switch_introduce(self);
    for (guint i = 0; i < 5000; i++) {
        hvn_store_be16(frame + 10, i);
        g_assert_true(hvn_fake_port_send_bytes(self->stations[2].nic, frame, sizeof frame));
    }
    g_assert_cmpuint(hvn_switch_port_get_n_stations(switch_port(self, 2)), ==, HVN_SWITCH_MAX_STATIONS);
    g_assert_cmpuint(switch_got(self, 1, G_MAXUINT), ==, 5000);
    g_assert_cmpuint(switch_send(self, 0, 1, 0, 1, 0), ==, 1);
    g_assert_cmpuint(switch_got(self, 1, 0), ==, 1);
    g_assert_cmpuint(switch_got(self, 2, G_MAXUINT), ==, 0);
}

/* ---- VLANs ---- */

static void
add_vlan_ports(SwitchFixture *self)
{
    HvnSwitchPortSetup trunk = {.network = "lan", .trunk = TRUE, .vlan = 30};

    switch_add(self, &(HvnSwitchPortSetup){.network = "lan", .vlan = 10});
    switch_add(self, &(HvnSwitchPortSetup){.network = "lan", .vlan = 10});
    switch_add(self, &(HvnSwitchPortSetup){.network = "lan", .vlan = 20});
    g_assert_true(hvn_vlan_set_add(&trunk.trunks, "10", NULL));
    switch_add(self, &trunk);
    switch_add(self, &(HvnSwitchPortSetup){.network = "lan"}); /* all of them */
}

/* the type field and the tag of the only frame that a NIC got, and then it has got none */
static guint
got_tag(SwitchFixture *self, guint number)
{
    HvnFakePort  *nic = self->stations[number].nic;
    const guint8 *bytes;
    guint         tag;

    g_assert_cmpuint(hvn_fake_port_get_n_frames(nic), ==, 1);
    bytes = g_bytes_get_data(hvn_fake_port_get_frame(nic, 0), NULL);
    tag = hvn_load_be16(bytes + 12) == HVN_VLAN_TYPE ? hvn_load_be16(bytes + 14) : 0;
    g_assert_cmpuint(hvn_load_be16(bytes + (tag != 0 ? 16 : 12)), ==, 0x88b5);
    hvn_fake_port_clear(nic);
    return tag;
}

static void
test_access(SwitchFixture *self, gconstpointer data)
{
    add_vlan_ports(self);
    g_assert_cmpuint(switch_send(self, 0, G_MAXUINT, 0, 1, 0), ==, 1);
    g_assert_cmpuint(got_tag(self, 1), ==, 0);
    g_assert_cmpuint(switch_got(self, 2, 0), ==, 0);
    g_assert_cmpuint(got_tag(self, 3), ==, 10);
    g_assert_cmpuint(got_tag(self, 4), ==, 10);
    /* tagged frames do not come in, whatever they name */
    g_assert_cmpuint(switch_send(self, 0, G_MAXUINT, 10, 1, 0), ==, 1);
    g_assert_cmpuint(switch_send(self, 0, G_MAXUINT, 20, 1, 0), ==, 1);
    g_assert_cmpuint(switch_drops(self, 0, HVN_BACKEND_DROP_VLAN), ==, 2);
    g_assert_cmpuint(switch_got(self, 2, 0) + switch_got(self, 3, 0), ==, 0);
}

static void
test_trunk(SwitchFixture *self, gconstpointer data)
{
    add_vlan_ports(self);
    g_assert_cmpuint(switch_send(self, 3, G_MAXUINT, 10, 1, 0), ==, 1);
    g_assert_cmpuint(got_tag(self, 0), ==, 0);
    g_assert_cmpuint(got_tag(self, 1), ==, 0);
    g_assert_cmpuint(got_tag(self, 4), ==, 0xa00a); /* with its priority */
    g_assert_cmpuint(switch_send(self, 3, G_MAXUINT, 20, 1, 0), ==, 1);
    g_assert_cmpuint(switch_drops(self, 3, HVN_BACKEND_DROP_VLAN), ==, 1);
    g_assert_cmpuint(switch_got(self, 2, 0) + switch_got(self, 4, 0), ==, 0);
    /* without a tag it is in the trunk's own VLAN, and out of it comes without one */
    g_assert_cmpuint(switch_send(self, 3, G_MAXUINT, 0, 1, 0), ==, 1);
    g_assert_cmpuint(got_tag(self, 4), ==, 30);
    g_assert_cmpuint(switch_send(self, 4, G_MAXUINT, 30, 1, 0), ==, 1);
    g_assert_cmpuint(got_tag(self, 3), ==, 0);
    /* without a tag, from the port that carries all, it is in none of them */
    g_assert_cmpuint(switch_send(self, 4, G_MAXUINT, 0, 1, 0), ==, 1);
    for (guint i = 0; i < 4; i++)
        g_assert_cmpuint(switch_got(self, i, 0), ==, 0);
}

/* a station is known in its VLAN alone */
static void
test_vlan_stations(SwitchFixture *self, gconstpointer data)
{
    add_vlan_ports(self);
    switch_introduce(self);
    g_assert_cmpuint(switch_send(self, 4, 0, 10, 1, 0), ==, 1);
    g_assert_cmpuint(got_tag(self, 0), ==, 0);
    g_assert_cmpuint(switch_got(self, 1, 0), ==, 0);
    g_assert_cmpuint(switch_send(self, 4, 0, 20, 1, 0), ==, 1);
    g_assert_cmpuint(got_tag(self, 2), ==, 0); /* flooded there */
    g_assert_cmpuint(switch_got(self, 0, 0), ==, 0);
    /* cut short in the middle of the tag */
    g_assert_true(hvn_fake_port_send_bytes(self->stations[4].nic, (guint8[16]){0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0, 0, 0, 0, 9, 0x81, 0}, 16));
    g_assert_cmpuint(switch_drops(self, 4, HVN_BACKEND_DROP_VLAN), ==, 1);
}

/* a batch of tagged frames is held where it stops, and goes on there */
static void
test_vlan_held(SwitchFixture *self, gconstpointer data)
{
    add_vlan_ports(self);
    switch_introduce(self);
    hvn_fake_port_set_capacity(self->stations[1].nic, 10);
    g_assert_cmpuint(switch_send(self, 0, 1, 0, 64, 0), ==, 10);
    hvn_fake_port_set_capacity(self->stations[1].nic, G_MAXUINT);
    hvn_port_ready(HVN_PORT(self->stations[1].nic));
    g_assert_cmpuint(switch_send(self, 0, 1, 0, 54, 10), ==, 54);
    g_assert_cmpuint(switch_got(self, 1, 0), ==, 64);
}

/* ---- offload ---- */

/* a large frame goes whole to who can take it and in pieces to who cannot, with and without a tag on its way */
static void
test_large_frame(SwitchFixture *self, gconstpointer data)
{
    const gboolean vlan = GPOINTER_TO_INT(data);
    const HvnSwitchPortSetup setup = {.network = "lan", .vlan = vlan ? 10 : 0};
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .payload_len = 8000, .partial_csum = TRUE};
    g_autoptr(GByteArray) bytes = hvn_test_frame_build(&spec);
    struct iovec piece = {bytes->data, bytes->len};
    HvnLinkCounters counters;
    HvnFrame frame;

    switch_add(self, &setup);
    switch_add(self, &setup);
    switch_add_plain(self, 2, FALSE);
    hvn_port_set_features(HVN_PORT(self->stations[1].nic), 0);
    hvn_port_set_features(HVN_PORT(self->stations[3].nic), 0);
    hvn_frame_init(&frame, &piece, 1);
    frame.offload = (HvnOffload){.flags = HVN_OFFLOAD_NEEDS_CSUM, .gso_type = HVN_GSO_TCPV4, .gso_size = 1000, .hdr_len = 54, .csum_start = 34, .csum_offset = 16};
    g_assert_cmpuint(hvn_port_send(HVN_PORT(self->stations[0].nic), &frame, 1), ==, 1);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->stations[1].nic), ==, 8);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->stations[2].nic), ==, 1);
    g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(self->stations[2].nic, 0)), ==, bytes->len + (vlan ? 4 : 0));
    g_assert_cmpuint(hvn_fake_port_get_offload(self->stations[2].nic, 0).csum_start, ==, vlan ? 38 : 34);
    g_assert_cmpuint(hvn_fake_port_get_offload(self->stations[2].nic, 0).gso_size, ==, 1000);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->stations[3].nic), ==, 8);
    g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(self->stations[3].nic, 0)), ==, 1054 + (vlan ? 4 : 0));
    hvn_link_get_counters(self->stations[3].link, HVN_PORT(self->stations[3].nic), &counters);
    g_assert_cmpuint(counters.segmented, ==, 1);
    g_assert_cmpuint(counters.dropped_offload, ==, 0);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*func)(SwitchFixture *, gconstpointer);
        gboolean vlan;
    } tests[] = {
        {"hub/repeats", test_hub_repeats, FALSE},
        {"hub/pace", test_hub_pace, FALSE},
        {"hub/hangs", test_hub_hangs, FALSE},
        {"learns", test_learns, FALSE},
        {"mixed-batch", test_mixed_batch, FALSE},
        {"flood-does-not-wait", test_flood_does_not_wait, FALSE},
        {"storm", test_storm, FALSE},
        {"isolated", test_isolated, FALSE},
        {"filtered", test_filtered, FALSE},
        {"flooding-guest", test_flooding_guest, FALSE},
        {"vlan/access", test_access, FALSE},
        {"vlan/trunk", test_trunk, FALSE},
        {"vlan/stations", test_vlan_stations, FALSE},
        {"vlan/held", test_vlan_held, FALSE},
        {"large-frame", test_large_frame, FALSE},
        {"vlan/large-frame", test_large_frame, TRUE},
    };

    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/switch-path/", tests[i].name, NULL);

        g_test_add(path, SwitchFixture, GINT_TO_POINTER(tests[i].vlan), switch_set_up, tests[i].func, switch_tear_down);
    }
    return g_test_run();
}
