/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vde backend (hvn-vde-backend.c) between a NIC and a switch of this test: frames both ways, what is counted, who is full, a switch that
 * comes and goes, what the options do, and what is left behind. Real switches are met in tests/e2e. */
#include "hvn-vde-backend.h"

#include "hvn-fake-switch.h"
#include "hvn-test-backend.h"

#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    HvnTestBackend base;
    HvnFakeSwitch  fake; /* in the directory of the base */
} Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    hvn_test_backend_init(&self->base, HVN_TYPE_VDE_BACKEND);
    hvn_fake_switch_init(&self->fake, self->base.directory);
    g_object_set(self->base.backend, "sock", self->base.directory, NULL);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_backend_stop(self->base.backend);
    hvn_fake_switch_clear(&self->fake);
    hvn_test_backend_clear(&self->base);
}

static void
wait_state(Fixture *self, HvnBackendState state)
{
    while (hvn_backend_get_state(self->base.backend) != state)
        hvn_dispatcher_iterate(self->base.dispatcher, TRUE);
}

static void
wait_reason(Fixture *self, const char *pattern)
{
    while (hvn_backend_get_reason(self->base.backend) == NULL ||
           !g_pattern_match_simple(pattern, hvn_backend_get_reason(self->base.backend)))
        hvn_dispatcher_iterate(self->base.dispatcher, TRUE);
}

static void
start(Fixture *self)
{
    hvn_fake_switch_listen(&self->fake);
    hvn_test_backend_start(&self->base);
    g_assert_cmpint(hvn_backend_get_state(self->base.backend), ==, HVN_BACKEND_CONNECTING);
    hvn_fake_switch_accept(&self->fake);
    wait_state(self, HVN_BACKEND_UP);
}

static void
switch_sends(Fixture *self, gsize len, guint8 fill)
{
    g_autofree guint8 *bytes = g_malloc(len + 1);

    memset(bytes, fill, len);
    g_assert_cmpint(send(self->fake.data, bytes, len, 0), ==, len);
}

static void
assert_switch_gets(Fixture *self, gsize len, guint8 fill)
{
    guint8 bytes[2000];

    g_assert_cmpint(recv(self->fake.data, bytes, sizeof bytes, 0), ==, len);
    g_assert_cmpuint(bytes[0], ==, fill);
    g_assert_cmpuint(bytes[len - 1], ==, fill);
}

/* ---- what goes through ---- */

static void
test_both_ways(Fixture *self, gconstpointer data)
{
    g_autofree char *info = NULL;

    start(self);
    for (guint i = 0; i < 200; i++) {
        switch_sends(self, 60 + i, i);
        g_assert_true(hvn_test_backend_send(&self->base, 60 + i, i));
        hvn_test_backend_settle(&self->base);
        hvn_test_backend_assert_got(&self->base, i, 60 + i, i);
        assert_switch_gets(self, 60 + i, i);
    }
    info = hvn_backend_describe(self->base.backend);
    g_assert_true(g_pattern_match_simple("sock=*hvn-test-*", info));
}

/* lengths of the fault table: each is counted, and the next one comes */
static void
test_lengths(Fixture *self, gconstpointer data)
{
    static const gsize lengths[] = {0, 1, 13, 14, 65553, 65554, 69632, 69633};
    HvnLinkCounters counters;

    start(self);
    for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
        switch_sends(self, lengths[i], 7);
        switch_sends(self, 60, i);
        hvn_test_backend_settle(&self->base);
    }
    hvn_link_get_counters(self->base.link, HVN_PORT(self->base.nic), &counters);
    g_assert_cmpuint(hvn_test_backend_drops(&self->base, HVN_BACKEND_DROP_EMPTY), ==, 1);
    g_assert_cmpuint(hvn_test_backend_drops(&self->base, HVN_BACKEND_DROP_TOO_LONG), ==, 3);
    g_assert_cmpuint(counters.dropped_runt, ==, 2);
    g_assert_cmpuint(counters.frames, ==, G_N_ELEMENTS(lengths) + 2);
}

static void
test_full_guest(Fixture *self, gconstpointer data)
{
    guint n = 0;

    start(self);
    hvn_fake_port_set_capacity(self->base.nic, 2);
    while (n < 30) {
        guint8 bytes[60] = {n};

        if (send(self->fake.data, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
            n++;
        } else {
            hvn_fake_port_set_capacity(self->base.nic, 2);
            hvn_port_ready(HVN_PORT(self->base.nic));
        }
        hvn_test_backend_settle(&self->base);
    }
    hvn_fake_port_set_capacity(self->base.nic, 100);
    hvn_port_ready(HVN_PORT(self->base.nic));
    hvn_test_backend_settle(&self->base);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->base.nic), ==, 30);
    for (guint i = 0; i < 30; i++) {
        const guint8 *bytes = g_bytes_get_data(hvn_fake_port_get_frame(self->base.nic, i), NULL);

        g_assert_cmpuint(bytes[0], ==, i);
    }
}

/* the switch is full: what it has no room for stays with the guest, in order, until it reads again */
static void
test_stalled_switch(Fixture *self, gconstpointer data)
{
    guint sent = 0;

    start(self);
    while (hvn_test_backend_send(&self->base, 60, sent))
        g_assert_cmpuint(++sent, <, 10000);
    g_assert_true(hvn_port_owes_ready(HVN_PORT(self->base.backend)));
    hvn_test_backend_settle(&self->base);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->base.nic), ==, 0);
    for (guint i = 0; i < sent; i++)
        assert_switch_gets(self, 60, i);
    hvn_test_backend_settle(&self->base);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->base.nic), ==, 1);
    g_assert_true(hvn_test_backend_send(&self->base, 60, 77));
    assert_switch_gets(self, 60, 77);
    g_assert_cmpuint(hvn_test_backend_drops(&self->base, HVN_BACKEND_DROP_NO_PEER), ==, 0);
}

/* ---- a switch that comes and goes ---- */

/* not there at start, dies, is not there, comes back, and dies while the guest waits for it */
static void
test_restarts(Fixture *self, gconstpointer data)
{
    hvn_test_backend_start(&self->base);
    wait_reason(self, "cannot open '*': No such file or directory");
    g_assert_false(hvn_link_get_up(self->base.link));
    g_assert_true(hvn_test_backend_send(&self->base, 60, 0));
    for (guint i = 0; i < 3; i++) {
        hvn_fake_switch_listen(&self->fake);
        hvn_dispatcher_advance(self->base.dispatcher, 5 * HVN_NS_PER_S);
        hvn_fake_switch_accept(&self->fake);
        wait_state(self, HVN_BACKEND_UP);
        g_assert_true(hvn_link_get_up(self->base.link));
        g_assert_true(hvn_test_backend_send(&self->base, 60, i));
        assert_switch_gets(self, 60, i);
        switch_sends(self, 60, i);
        hvn_test_backend_settle(&self->base);
        hvn_test_backend_assert_got(&self->base, i, 60, i);
        if (i == 1)
            while (hvn_test_backend_send(&self->base, 60, 1))
                ;
        hvn_fake_switch_die(&self->fake);
        wait_reason(self, "the other end of '*' has closed the connection");
        g_assert_cmpint(hvn_backend_get_state(self->base.backend), ==, HVN_BACKEND_CONNECTING);
        g_assert_false(hvn_port_owes_ready(HVN_PORT(self->base.backend)));
    }
}

/* the pauses between attempts double, up to five seconds */
static void
test_pauses(Fixture *self, gconstpointer data)
{
    static const guint pauses_ms[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000};

    hvn_test_backend_start(&self->base);
    for (guint i = 0; i < G_N_ELEMENTS(pauses_ms); i++) {
        wait_reason(self, "cannot open *");
        hvn_backend_set_state(self->base.backend, HVN_BACKEND_CONNECTING, "waits");
        hvn_dispatcher_advance(self->base.dispatcher, pauses_ms[i] * HVN_NS_PER_MS - 1);
        hvn_test_backend_settle(&self->base);
        g_assert_cmpstr(hvn_backend_get_reason(self->base.backend), ==, "waits");
        hvn_dispatcher_advance(self->base.dispatcher, 1);
    }
    wait_reason(self, "cannot open *");
}

/* it listens, and says nothing; then it does */
static void
test_no_answer(Fixture *self, gconstpointer data)
{
    hvn_fake_switch_listen(&self->fake);
    hvn_test_backend_start(&self->base);
    hvn_dispatcher_advance(self->base.dispatcher, 2 * HVN_NS_PER_S - 1);
    g_assert_null(hvn_backend_get_reason(self->base.backend));
    hvn_dispatcher_advance(self->base.dispatcher, 1);
    wait_reason(self, "'*' does not answer");
    g_assert_cmpint(hvn_backend_get_state(self->base.backend), ==, HVN_BACKEND_CONNECTING);
    hvn_fake_switch_accept(&self->fake);
    wait_state(self, HVN_BACKEND_UP);
}

static void
test_unknown_module(Fixture *self, gconstpointer data)
{
    g_object_set(self->base.backend, "sock", "nonsense://here", NULL);
    g_test_expect_message("hvn-vde", G_LOG_LEVEL_WARNING, "net0: cannot open 'nonsense://here'*");
    hvn_test_backend_start(&self->base);
    wait_state(self, HVN_BACKEND_DOWN);
    g_test_assert_expected_messages();
    g_assert_cmpstr(hvn_backend_get_reason(self->base.backend), ==, "cannot open 'nonsense://here': libvdeplug has no such module");
}

/* through the library's own socket and thread: a command that repeats what it hears */
static void
test_other_module(Fixture *self, gconstpointer data)
{
    g_object_set(self->base.backend, "sock", "cmd://cat", NULL);
    hvn_test_backend_start(&self->base);
    wait_state(self, HVN_BACKEND_UP);
    for (guint i = 0; i < 20; i++)
        while (!hvn_test_backend_send(&self->base, 60 + i, i))
            hvn_dispatcher_iterate(self->base.dispatcher, TRUE);
    while (hvn_fake_port_get_n_frames(self->base.nic) < 20)
        hvn_dispatcher_iterate(self->base.dispatcher, TRUE);
    for (guint i = 0; i < 20; i++)
        hvn_test_backend_assert_got(&self->base, i, 60 + i, i);
    /* more than cmd:// can say the length of */
    g_assert_true(hvn_test_backend_send(&self->base, 20000, 0));
    while (hvn_test_backend_drops(&self->base, HVN_BACKEND_DROP_REFUSED) == 0)
        hvn_dispatcher_iterate(self->base.dispatcher, TRUE);
}

/* ---- options ---- */

static void
test_options(Fixture *self, gconstpointer data)
{
    const struct group *group = getgrgid(getegid());
    g_autofree char *info = NULL;

    /* only root may give a file to a group that he is not in */
    if (geteuid() == 0)
        group = getgrnam("daemon");
    g_object_set(self->base.backend, "port", 7u, "mode", "0764", "group", group != NULL ? group->gr_name : NULL, NULL);
    start(self);
    g_assert_cmpuint(self->fake.port, ==, 7);
    g_assert_cmpuint(self->fake.about.st_mode & 07777, ==, 0764);
    if (group != NULL)
        g_assert_cmpuint(self->fake.about.st_gid, ==, group->gr_gid);
    info = hvn_backend_describe(self->base.backend);
    g_assert_true(g_str_has_suffix(info, ",port=7"));
}

static void
test_default_mode(Fixture *self, gconstpointer data)
{
    start(self);
    g_assert_cmpuint(self->fake.port, ==, 0);
    g_assert_cmpuint(self->fake.about.st_mode & 07777, ==, 0700);
}

/* 770 is no octal number to QEMU, and no decimal one to anybody else */
static void
test_modes(Fixture *self, gconstpointer data)
{
    static const char *const wrong[] = {"770", "", "01000", "0778", "0x1ff", "rwx", "0770 ", "-0770"};

    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *pattern = g_strdup_printf("invalid value '%s' for mode: expected permissions in octal*", wrong[i]);

        g_object_set(self->base.backend, "mode", wrong[i], NULL);
        hvn_test_backend_assert_refused(&self->base, pattern);
    }
}

/* ---- what is left ---- */

static void
test_thousand_cycles(Fixture *self, gconstpointer data)
{
    guint fds = 0;

    hvn_fake_switch_listen(&self->fake);
    for (guint i = 0; i < 1000; i++) {
        gboolean to_switch = i % 2 == 0;

        g_object_set(self->base.backend, "sock", to_switch ? self->base.directory : "null://", NULL);
        hvn_test_backend_start(&self->base);
        if (to_switch)
            hvn_fake_switch_accept(&self->fake);
        wait_state(self, HVN_BACKEND_UP);
        g_assert_true(hvn_test_backend_send(&self->base, 60, i));
        hvn_backend_stop(self->base.backend);
        if (to_switch) {
            hvn_fake_switch_die(&self->fake);
            hvn_fake_switch_listen(&self->fake);
        }
        /* what the libraries open once and keep is there after the first two */
        if (i == 1)
            fds = hvn_test_count_fds();
    }
    g_assert_cmpuint(hvn_test_count_fds(), ==, fds);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) g_test_add("/vde/backend/" name, Fixture, NULL, set_up, func, tear_down)
    /* first, because what is left while a backend runs on ends later */
    ADD("thousand-cycles", test_thousand_cycles);
    ADD("both-ways", test_both_ways);
    ADD("lengths", test_lengths);
    ADD("full-guest", test_full_guest);
    ADD("stalled-switch", test_stalled_switch);
    ADD("restarts", test_restarts);
    ADD("pauses", test_pauses);
    ADD("no-answer", test_no_answer);
    ADD("unknown-module", test_unknown_module);
    ADD("other-module", test_other_module);
    ADD("options", test_options);
    ADD("default-mode", test_default_mode);
    ADD("modes", test_modes);
#undef ADD
    return g_test_run();
}
