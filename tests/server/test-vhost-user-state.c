/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hvn-vhost-user-state.c: packed rings over the death of a server. The server object is dropped and another one is made with the same state
 * file; the client keeps its memory and says again what it said first, as QEMU does. Being killed in the middle of a batch is tested in
 * tests/device/test-virtqueue-journal.c. */
#include "hvn-vhost-fixture.h"

#include "hvn-bytes.h"
#include "hvn-error.h"
#include "hvn-test-virtqueue.h"
#include "hvn-vhost-user-state.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define RING      1 /* a ring that sends */
#define SIZE      16
#define RING_AT   0x10000
#define TEXT_AT   0x80000
#define INITIAL   0x80008000u
#define PACKED    (FEATURES | HVN_VIRTIO_F_RING_PACKED)

typedef struct {
    Fixture          f;
    HvnTestVirtqueue driver;
    int              state;  /* memfd */
    guint64          user;   /* where the client has its memory */
    guint64          features;
    guint            size;
} Case;

static guint64
share(Case *c)
{
    const HvnVhostUserMemTable table = {.n_regions = 1, .regions[0] = {0, HVN_VHOST_CLIENT_RAM, c->user, 0}};

    return hvn_vhost_client_set(&c->f.client, HVN_VHOST_USER_SET_MEM_TABLE, &table, 8 + sizeof table.regions[0], &c->f.client.memory, 1);
}

static void
negotiate(Case *c)
{
    HvnVhostClient *client = &c->f.client;
    guint64         protocol;

    client->need_reply = FALSE;
    hvn_vhost_client_get_u64(client, HVN_VHOST_USER_GET_FEATURES);
    protocol = hvn_vhost_client_get_u64(client, HVN_VHOST_USER_GET_PROTOCOL_FEATURES);
    hvn_vhost_client_set_u64(client, HVN_VHOST_USER_SET_PROTOCOL_FEATURES, protocol & ~F(INBAND_NOTIFICATIONS));
    client->need_reply = TRUE;
    g_assert_cmpuint(hvn_vhost_client_set_u64(client, HVN_VHOST_USER_SET_FEATURES, c->features), ==, 0);
    g_assert_cmpuint(share(c), ==, 0);
}

static void
start(Case *c, guint32 base)
{
    HvnVhostClient             *client = &c->f.client;
    const HvnVhostUserVringAddr addr = {
        .index = RING,
        .descriptors = c->user + c->driver.desc,
        .available = c->user + c->driver.driver,
        .used = c->user + c->driver.device,
    };

    g_assert_cmpuint(hvn_vhost_client_set_state(client, HVN_VHOST_USER_SET_VRING_ENABLE, RING, 1), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set_state(client, HVN_VHOST_USER_SET_VRING_NUM, RING, c->size), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set_state(client, HVN_VHOST_USER_SET_VRING_BASE, RING, base), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set(client, HVN_VHOST_USER_SET_VRING_ADDR, &addr, sizeof addr, NULL, 0), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set_fd(client, HVN_VHOST_USER_SET_VRING_KICK, RING, client->kick[RING]), ==, 0);
    g_assert_cmpuint(hvn_vhost_client_set_fd(client, HVN_VHOST_USER_SET_VRING_CALL, RING, client->call[RING]), ==, 0);
    hvn_vhost_client_settle(client);
}

/* a ring that never was, in the same place */
static void
clear_ring(Case *c)
{
    hvn_test_virtqueue_init(&c->driver, c->f.client.ram, RING_AT, c->size, c->features);
}

static void
set_up(Case *c, gconstpointer data)
{
    fixture_set_up(&c->f, NULL);
    c->state = data != NULL ? -1 : memfd_create("state", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    c->user = HVN_VHOST_CLIENT_USER_BASE;
    c->features = PACKED;
    c->size = SIZE;
    if (c->state >= 0) {
        hvn_vhost_client_clear(&c->f.client);
        hvn_vhost_user_stop(c->f.server);
        g_assert_true(hvn_vhost_user_set_state_fd(c->f.server, c->state, NULL));
        fixture_connect(&c->f);
    }
    clear_ring(c);
    negotiate(c);
    start(c, INITIAL);
}

static void
tear_down(Case *c, gconstpointer data)
{
    if (c->state >= 0)
        close(c->state);
    fixture_tear_down(&c->f, NULL);
}

/* the connection breaks; the client has all that it had, and another connection */
static void
reconnect(Case *c)
{
    int fds[2];

    close(c->f.client.fd);
    fixture_expect_closed(&c->f);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    g_assert_cmpint(fcntl(fds[1], F_SETFL, O_NONBLOCK), ==, 0);
    c->f.client.fd = fds[1];
    c->f.client.closed = FALSE;
    hvn_vhost_user_attach_fd(c->f.server, fds[0]);
}

/* the server dies, and another one takes its place; without a file the client is dropped only */
static void
kill_server(Case *c)
{
    if (c->state >= 0) {
        close(c->f.client.fd);
        fixture_expect_closed(&c->f);
        c->f.client.fd = dup(c->state); /* something to close */
        g_clear_object(&c->f.server);
        c->f.server = hvn_vhost_user_new(HVN_VIRTIO_DEVICE(c->f.device), c->f.dispatcher, "net0");
        g_assert_true(hvn_vhost_user_set_state_fd(c->f.server, c->state, NULL));
    }
    reconnect(c);
    negotiate(c);
}

static void
send_text(Case *c, const char *text)
{
    HvnTestPiece piece = {TEXT_AT, strlen(text) + 1};

    memcpy(c->f.client.ram + TEXT_AT, text, piece.len);
    g_assert_true(hvn_test_virtqueue_add(&c->driver, &piece, 1, 0, FALSE, 0));
}

static void
expect_traffic(Case *c, guint n)
{
    for (guint i = 0; i < n; i++) {
        guint   cookie;
        guint32 len;

        g_string_truncate(c->f.device->sent, 0);
        send_text(c, "text");
        hvn_vhost_client_kick(&c->f.client, RING);
        g_assert_cmpstr(c->f.device->sent->str, ==, "text,");
        g_assert_true(hvn_test_virtqueue_get(&c->driver, &cookie, &len));
    }
}

/* a ring that goes on where it was, whatever the client says; three deaths in a row, what is offered meanwhile is served at once */
static void
test_goes_on(Case *c, gconstpointer data)
{
    expect_traffic(c, 21);
    for (guint i = 0; i < 3; i++) {
        guint   cookie;
        guint32 len;

        g_string_truncate(c->f.device->sent, 0);
        send_text(c, "late");
        kill_server(c);
        start(c, INITIAL);
        g_assert_cmpstr(c->f.device->sent->str, ==, "late,");
        g_assert_true(hvn_test_virtqueue_get(&c->driver, &cookie, &len));
        g_assert_true(hvn_vhost_client_called(&c->f.client, RING));
        expect_traffic(c, 7 + i);
    }
}

/* the client knows where the ring is: what it says counts, whatever that is */
static void
test_stopped(Case *c, gconstpointer data)
{
    guint32 base;

    expect_traffic(c, 5);
    base = hvn_vhost_client_stop_ring(&c->f.client, RING);
    g_assert_cmphex(base, ==, 0x80058005u);
    start(c, base);
    expect_traffic(c, 3);
    kill_server(c);
    start(c, base); /* and this is what it says after the next death */
    expect_traffic(c, 3);
    hvn_vhost_client_stop_ring(&c->f.client, RING);
    start(c, base);
    g_assert_cmphex(hvn_vhost_client_stop_ring(&c->f.client, RING), ==, base);
}

static void
test_reset_device(Case *c, gconstpointer data)
{
    expect_traffic(c, 5);
    g_assert_cmpuint(hvn_vhost_client_set(&c->f.client, HVN_VHOST_USER_RESET_DEVICE, NULL, 0, NULL, 0), ==, 0);
    negotiate(c);
    start(c, INITIAL);
    g_assert_cmphex(hvn_vhost_client_stop_ring(&c->f.client, RING), ==, INITIAL);
}

/* the guest was rebooted, or its driver bound anew, while there was no server */
static void
test_begun_anew(Case *c, gconstpointer data)
{
    expect_traffic(c, 5);
    kill_server(c);
    clear_ring(c);
    start(c, INITIAL);
    expect_traffic(c, 40);
    kill_server(c);
    start(c, INITIAL);
    expect_traffic(c, 1);
}

/* another hypervisor, with a guest that looks the same to the byte */
static void
test_other_memory(Case *c, gconstpointer data)
{
    HvnVhostClient *client = &c->f.client;
    int             other = memfd_create("other", MFD_CLOEXEC);

    expect_traffic(c, 5);
    g_assert_cmpint(ftruncate(other, HVN_VHOST_CLIENT_RAM), ==, 0);
    g_assert_cmpint(pwrite(other, client->ram, HVN_VHOST_CLIENT_RAM, 0), ==, HVN_VHOST_CLIENT_RAM);
    close(client->memory);
    client->memory = other;
    kill_server(c);
    start(c, INITIAL);
    g_assert_cmphex(hvn_vhost_client_stop_ring(client, RING), ==, INITIAL);
}

/* the same bytes at another address are the same ring: a hypervisor that maps its memory anew */
static void
test_other_address(Case *c, gconstpointer data)
{
    expect_traffic(c, 5);
    c->user += 0x100000000;
    kill_server(c);
    start(c, INITIAL);
    expect_traffic(c, 1);
}

static void
test_other_base(Case *c, gconstpointer data)
{
    expect_traffic(c, 5);
    kill_server(c);
    start(c, 0x80038003u);
    g_assert_cmphex(hvn_vhost_client_stop_ring(&c->f.client, RING), ==, 0x80038003u);
}

static void
test_other_size(Case *c, gconstpointer data)
{
    expect_traffic(c, 5);
    kill_server(c);
    c->size = SIZE / 2;
    start(c, INITIAL);
    g_assert_cmphex(hvn_vhost_client_stop_ring(&c->f.client, RING), ==, INITIAL);
}

static void
test_other_features(Case *c, gconstpointer data)
{
    expect_traffic(c, 5);
    c->features = PACKED | HVN_VIRTIO_F_EVENT_IDX;
    kill_server(c);
    start(c, INITIAL);
    g_assert_cmphex(hvn_vhost_client_stop_ring(&c->f.client, RING), ==, INITIAL);
}

/* memory that is moved under a ring that runs changes nothing of that */
static void
test_moved(Case *c, gconstpointer data)
{
    expect_traffic(c, 5);
    g_assert_cmpuint(share(c), ==, 0);
    expect_traffic(c, 3);
    kill_server(c);
    start(c, INITIAL);
    expect_traffic(c, 3);
}

/* a split ring goes on where the client says, as ever */
static void
test_split(Case *c, gconstpointer data)
{
    expect_traffic(c, 5);
    c->features = FEATURES;
    kill_server(c);
    clear_ring(c);
    start(c, 0);
    expect_traffic(c, 20);
    kill_server(c);
    start(c, hvn_load_le16(c->f.client.ram + c->driver.device + 2));
    expect_traffic(c, 20);
}

/* a file full of nonsense: no record of ours, so the client's word counts */
static void
test_nonsense(Case *c, gconstpointer data)
{
    g_autofree guint8 *bytes = g_malloc(4 * sizeof(HvnVhostUserRecord));

    expect_traffic(c, 5);
    for (guint i = 0; i < 256; i += 51) {
        memset(bytes, i, 4 * sizeof(HvnVhostUserRecord));
        g_assert_cmpint(pwrite(c->state, bytes, 4 * sizeof(HvnVhostUserRecord), 0), >, 0);
        kill_server(c);
        start(c, 0x80058005u);
        expect_traffic(c, 16);
        hvn_vhost_client_stop_ring(&c->f.client, RING);
        start(c, 0x00050005u); /* one turn on */
        expect_traffic(c, 16);
    }
}

static void
test_file(void)
{
    g_autoptr(GError)            error = NULL;
    g_autoptr(HvnVhostUserState) state = NULL;
    HvnVhostUserIdentity         identity = {.size = 4, .base = 7};
    HvnVhostUserRecord          *record;
    int                          file = memfd_create("state", MFD_CLOEXEC | MFD_ALLOW_SEALING), pipes[2];

    g_assert_cmpint(pipe2(pipes, O_CLOEXEC), ==, 0);
    g_assert_null(hvn_vhost_user_state_new(pipes[0], 2, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_IO);
    g_clear_error(&error);
    state = hvn_vhost_user_state_new(file, 2, &error);
    g_assert_no_error(error);
    g_assert_cmpint(lseek(file, 0, SEEK_END), ==, 2 * sizeof(HvnVhostUserRecord));
    g_assert_cmpint(ftruncate(file, 1), ==, -1); /* sealed */
    record = hvn_vhost_user_state_get_record(state, 1);
    g_assert_false(hvn_vhost_user_record_matches(record, &identity));
    hvn_vhost_user_record_set(record, &identity);
    g_assert_true(hvn_vhost_user_record_matches(record, &identity));
    identity.places[2].inode = 1;
    g_assert_false(hvn_vhost_user_record_matches(record, &identity));
    hvn_vhost_user_record_set(record, &identity);
    g_assert_true(hvn_vhost_user_record_matches(record, &identity));
    g_clear_pointer(&state, hvn_vhost_user_state_free);
    state = hvn_vhost_user_state_new(file, 2, NULL);
    record = hvn_vhost_user_state_get_record(state, 1);
    g_assert_true(hvn_vhost_user_record_matches(record, &identity));
    hvn_vhost_user_record_clear(record);
    g_assert_false(hvn_vhost_user_record_matches(record, &identity));
    close(file);
    close(pipes[0]);
    close(pipes[1]);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*func)(Case *, gconstpointer);
    } tests[] = {
        {"goes-on", test_goes_on},           {"stopped", test_stopped},
        {"reset-device", test_reset_device}, {"begun-anew", test_begun_anew},
        {"other-memory", test_other_memory}, {"other-address", test_other_address},
        {"other-base", test_other_base},     {"other-size", test_other_size},
        {"other-features", test_other_features}, {"moved", test_moved},
        {"split", test_split},
    };

    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *killed = g_strdup_printf("/server/vhost-user-state/killed/%s", tests[i].name);
        g_autofree char *dropped = g_strdup_printf("/server/vhost-user-state/dropped/%s", tests[i].name);

        g_test_add(killed, Case, NULL, set_up, tests[i].func, tear_down);
        g_test_add(dropped, Case, "no file", set_up, tests[i].func, tear_down);
    }
    g_test_add("/server/vhost-user-state/nonsense", Case, NULL, set_up, test_nonsense, tear_down);
    g_test_add_func("/server/vhost-user-state/file", test_file);
    return g_test_run();
}
