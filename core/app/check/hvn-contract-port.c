/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contract of hvn-port.h as tests of a plugin: rules 1 to 6 with random batches and random room. Frames are lent
 * from memory that is read only during the call and out of reach after it. */
#include "hvn-contract-fixture.h"

#include "hvn-bytes.h"

#define FRAME_MAX 1514

/* ---- towards the plugin ---- */

typedef struct {
    guint next;     /* number of the frame that comes next */
    guint received; /* frames that the guest got */
} ContractReceived;

/* rule 2: in order, once, unchanged */
static void
contract_received(const guint8 *data, gsize len, gpointer user_data)
{
    ContractReceived *self = user_data;

    g_assert_cmpuint(len, >=, HVN_LENT_MIN);
    g_assert_cmpuint(hvn_load_be32(data + 14), ==, self->next);
    self->next++;
    self->received++;
}

static guint
contract_collect(HvnContractFixture *fixture, ContractReceived *received)
{
    if (fixture->bus == NULL || fixture->model == NULL)
        return 0;
    return fixture->model->collect(hvn_contract_fixture_get_nic(fixture), fixture->bus, contract_received, received);
}

static void
contract_give(HvnContractFixture *fixture, guint n_descriptors)
{
    if (fixture->bus != NULL && fixture->model != NULL)
        fixture->model->give(hvn_contract_fixture_get_nic(fixture), fixture->bus, n_descriptors);
}

static void
contract_open(HvnContractFixture *fixture)
{
    if (fixture->bus != NULL && fixture->model != NULL)
        fixture->model->open(hvn_contract_fixture_get_nic(fixture), fixture->bus);
}

/* lends frames once and holds the plugin to rules 2, 3 and 5; returns how many it took */
static guint
contract_lend(HvnContractFixture *fixture, HvnLentFrames *frames, guint first)
{
    guint n_offered = frames->n_frames - first;
    guint pushes = fixture->pushes;
    guint taken = hvn_lent_frames_send(frames, first, n_offered, fixture->peer);

    g_assert_cmpuint(fixture->pushes, ==, pushes);
    g_assert_cmpint(taken < n_offered, ==, hvn_port_owes_ready(fixture->port));
    return taken;
}

/* rules 1, 2, 3: a long run of random batches into random room loses, repeats and reorders nothing */
static void
test_random_batches(gconstpointer data)
{
    g_autoptr(HvnContractFixture) fixture = hvn_contract_fixture_new_for(data);
    ContractReceived received = {0, 0};
    guint sent = 0;

    contract_open(fixture);
    for (guint i = 0; i < 150; i++) {
        g_autoptr(HvnLentFrames) frames = hvn_lent_frames_new((guint)g_test_rand_int_range(1, HVN_BATCH_MAX + 1), sent, FRAME_MAX);
        guint done = contract_lend(fixture, frames, 0);

        for (guint waits = 0; done < frames->n_frames; waits++) {
            guint resumed = hvn_fake_port_get_n_resumed(fixture->peer);

            g_assert_cmpuint(waits, <, 1000);
            hvn_contract_fixture_settle(fixture);
            contract_collect(fixture, &received);
            contract_give(fixture, (guint)g_test_rand_int_range(1, 20));
            hvn_contract_fixture_settle(fixture);
            if (hvn_fake_port_get_n_resumed(fixture->peer) > resumed)
                done += contract_lend(fixture, frames, done);
        }
        sent += frames->n_frames;
        hvn_contract_fixture_settle(fixture);
    }
    contract_collect(fixture, &received);
    g_assert_false(hvn_port_owes_ready(fixture->port));
    if (fixture->bus != NULL && fixture->model != NULL)
        g_assert_cmpuint(received.received, ==, sent);
}

/* rule 4: closed takes everything, and owes nothing */
static void
test_closed(gconstpointer data)
{
    g_autoptr(HvnContractFixture) fixture = hvn_contract_fixture_new_for(data);

    if (HVN_IS_BACKEND(fixture->port))
        hvn_backend_stop(HVN_BACKEND(fixture->port));
    for (guint i = 0; i < 20; i++) {
        g_autoptr(HvnLentFrames) frames = hvn_lent_frames_new(HVN_BATCH_MAX, 0, FRAME_MAX);

        g_assert_cmpuint(contract_lend(fixture, frames, 0), ==, HVN_BATCH_MAX);
        hvn_contract_fixture_settle(fixture);
    }
    g_assert_cmpuint(fixture->taken->len, ==, 0);
}

/* rule 4: link down takes everything, in both directions */
static void
test_link_down(gconstpointer data)
{
    g_autoptr(HvnContractFixture) fixture = hvn_contract_fixture_new_for(data);
    HvnLinkCounters counters;

    contract_open(fixture);
    hvn_link_set_up(fixture->link, FALSE);
    for (guint i = 0; i < 20; i++) {
        g_autoptr(HvnLentFrames) frames = hvn_lent_frames_new(HVN_BATCH_MAX, 0, FRAME_MAX);

        g_assert_cmpuint(contract_lend(fixture, frames, 0), ==, HVN_BATCH_MAX);
    }
    hvn_link_get_counters(fixture->link, fixture->port, &counters);
    g_assert_cmpuint(counters.frames, ==, 0);
    g_assert_cmpuint(counters.dropped_link_down, ==, 20 * HVN_BATCH_MAX);
}

/* fills the plugin until it takes fewer than offered; FALSE when it never does */
static gboolean
contract_fill(HvnContractFixture *fixture)
{
    for (guint i = 0; i < 200; i++) {
        g_autoptr(HvnLentFrames) frames = hvn_lent_frames_new(HVN_BATCH_MAX, 0, FRAME_MAX);

        if (contract_lend(fixture, frames, 0) < HVN_BATCH_MAX)
            return TRUE;
    }
    return FALSE;
}

static void
contract_pay_by_room(HvnContractFixture *fixture)
{
    contract_give(fixture, HVN_CONTRACT_RING);
}

static void
contract_pay_by_link_down(HvnContractFixture *fixture)
{
    hvn_link_set_up(fixture->link, FALSE);
}

static void
contract_pay_by_reset(HvnContractFixture *fixture)
{
    if (HVN_IS_NIC(fixture->port))
        hvn_nic_reset(HVN_NIC(fixture->port), HVN_NIC_RESET_HARDWARE);
    else
        hvn_backend_stop(HVN_BACKEND(fixture->port));
}

static void
contract_pay_by_detach(HvnContractFixture *fixture)
{
    if (HVN_IS_NIC(fixture->port))
        hvn_nic_detach(HVN_NIC(fixture->port));
    else
        hvn_backend_stop(HVN_BACKEND(fixture->port));
}

static void
contract_pay_by_disconnect(HvnContractFixture *fixture)
{
    hvn_link_disconnect(fixture->link);
}

/* rule 3: whatever ends the fullness pays the debt, once */
static void
test_debts(gconstpointer data)
{
    static void (*const pay[])(HvnContractFixture *) = {
        contract_pay_by_room, contract_pay_by_link_down, contract_pay_by_reset, contract_pay_by_detach, contract_pay_by_disconnect,
    };

    for (guint i = 0; i < G_N_ELEMENTS(pay); i++) {
        g_autoptr(HvnContractFixture) fixture = hvn_contract_fixture_new_for(data);

        contract_open(fixture);
        contract_give(fixture, 10);
        hvn_contract_fixture_settle(fixture);
        if (!contract_fill(fixture)) {
            g_test_message("is never full: there is no debt to pay");
            return;
        }
        g_assert_cmpuint(hvn_fake_port_get_n_resumed(fixture->peer), ==, 0);
        pay[i](fixture);
        hvn_contract_fixture_settle(fixture);
        g_assert_false(hvn_port_owes_ready(fixture->port));
        g_assert_cmpuint(hvn_fake_port_get_n_resumed(fixture->peer), ==, 1);
        hvn_port_ready(fixture->port); /* nothing is owed: nothing happens */
        g_assert_cmpuint(hvn_fake_port_get_n_resumed(fixture->peer), ==, 1);
    }
}

/* ---- from the plugin ---- */

/* sets the peer's room at random and says ready, as a real one does */
static void
contract_random_room(HvnContractFixture *fixture)
{
    fixture->capacity = (guint)g_test_rand_int_range(0, 12);
    hvn_port_ready(HVN_PORT(fixture->peer));
}

/* rule 2 for what a NIC sends: done in the guest's eyes only when taken, in order, once */
static void
test_transmit(gconstpointer data)
{
    g_autoptr(HvnContractFixture) fixture = hvn_contract_fixture_new_for(data);
    HvnNic *nic = HVN_NIC(fixture->port);
    guint queued = 0;

    if (fixture->model == NULL) {
        g_test_skip("nothing is known about this model's transmitter");
        return;
    }
    contract_open(fixture);
    fixture->capacity = 0;
    for (guint i = 0; i < 2000; i++) {
        queued += fixture->model->queue(nic, fixture->bus, (guint)g_test_rand_int_range(0, HVN_CONTRACT_RING), queued);
        g_assert_cmpuint(fixture->model->completed(nic, fixture->bus), <=, fixture->taken->len);
        hvn_contract_fixture_settle(fixture);
        contract_random_room(fixture);
    }
    fixture->capacity = G_MAXUINT;
    hvn_port_ready(HVN_PORT(fixture->peer));
    hvn_contract_fixture_settle(fixture);

    g_assert_cmpuint(queued, >, 1000);
    g_assert_cmpuint(fixture->taken->len, ==, queued);
    for (guint i = 0; i < queued; i++) {
        gsize len;
        const guint8 *bytes = g_bytes_get_data(g_ptr_array_index(fixture->taken, i), &len);

        g_assert_cmpuint(len, ==, 60 + i % 1000);
        g_assert_cmpuint(hvn_load_be32(bytes + 14), ==, i);
    }
    hvn_contract_fixture_settle(fixture);
    g_assert_cmpuint(fixture->model->completed(nic, fixture->bus), ==, queued);
}

/* a doorbell does no packet work (rule 5 and 6), and one run of the work ends by itself */
static void
test_doorbell(gconstpointer data)
{
    g_autoptr(HvnContractFixture) fixture = hvn_contract_fixture_new_for(data);
    guint places = HVN_CONTRACT_RING - 1, queued;

    if (fixture->model == NULL) {
        g_test_skip("nothing is known about this model's doorbell");
        return;
    }
    contract_open(fixture);
    hvn_contract_fixture_settle(fixture);
    places = fixture->model->places != 0 ? fixture->model->places : places;
    queued = fixture->model->queue(HVN_NIC(fixture->port), fixture->bus, places, 0);
    g_assert_cmpuint(queued, ==, places);
    g_assert_cmpuint(fixture->pushes, ==, 0);
    hvn_dispatcher_run_work(fixture->dispatcher);
    g_assert_cmpuint(fixture->taken->len, <=, queued);
    hvn_contract_fixture_settle(fixture);
    g_assert_cmpuint(fixture->taken->len, ==, queued);
}

static guint
contract_answers(HvnContractFixture *fixture, guint seen)
{
    for (; seen < fixture->taken->len; seen++) {
        gsize len;
        const guint8 *bytes = g_bytes_get_data(g_ptr_array_index(fixture->taken, seen), &len);
        guint16 number;

        g_assert_true(fixture->model->answer(bytes, len, &number));
        g_assert_cmpuint(number, ==, seen);
    }
    return seen;
}

/* a backend that answers nothing stays silent, for whatever frames */
static void
contract_silence(HvnContractFixture *fixture)
{
    for (guint i = 0; i < 20; i++) {
        g_autoptr(HvnLentFrames) frames = hvn_lent_frames_new(HVN_BATCH_MAX, i * HVN_BATCH_MAX, FRAME_MAX);

        contract_lend(fixture, frames, 0);
        hvn_contract_fixture_settle(fixture);
    }
    g_assert_cmpuint(fixture->taken->len, ==, 0);
}

/* rule 5: nothing comes back from within the call */
static void
contract_ask(HvnContractFixture *fixture, guint16 number)
{
    g_autoptr(GByteArray) question = NULL;
    guint pushes = fixture->pushes;

    if (fixture->model->question == NULL)
        return;
    question = fixture->model->question(number);
    g_assert_true(hvn_fake_port_send_bytes(fixture->peer, question->data, question->len));
    g_assert_cmpuint(fixture->pushes, ==, pushes);
}

/* rules 2, 3, 5 for what a backend answers: nothing inside the question's call, then everything, in order, through random room */
static void
test_answers(gconstpointer data)
{
    g_autoptr(HvnContractFixture) fixture = hvn_contract_fixture_new_for(data);
    guint seen = 0;

    if (fixture->model != NULL && fixture->model->silent) {
        contract_silence(fixture);
        return;
    }
    if (fixture->model == NULL || !fixture->started) {
        g_test_skip("nothing is known about what this backend answers, or it does not start here");
        return;
    }
    fixture->capacity = fixture->model->question != NULL ? G_MAXUINT : 0;
    for (guint16 number = 0; number < 200; number++) {
        contract_ask(fixture, number);
        if (g_test_rand_int_range(0, 4) == 0) {
            hvn_contract_fixture_settle(fixture);
            contract_random_room(fixture);
        }
        seen = contract_answers(fixture, seen);
    }
    fixture->capacity = G_MAXUINT;
    hvn_port_ready(HVN_PORT(fixture->peer));
    hvn_contract_fixture_settle(fixture);
    g_assert_cmpuint(contract_answers(fixture, seen), ==, 200);
}

/* a backend that cannot start here says why each time it is asked, and stays a port that takes every frame */
static void
contract_refuse(HvnContractFixture *fixture)
{
    HvnBackend *backend = HVN_BACKEND(fixture->port);

    for (guint i = 0; i < 20; i++) {
        g_autoptr(HvnLentFrames) frames = hvn_lent_frames_new(HVN_BATCH_MAX, 0, FRAME_MAX);
        g_autoptr(GError) error = NULL;

        g_assert_false(hvn_backend_start(backend, &error));
        g_assert_nonnull(error);
        g_assert_cmpint(hvn_backend_get_state(backend), ==, HVN_BACKEND_STOPPED);
        g_assert_cmpuint(contract_lend(fixture, frames, 0), ==, HVN_BATCH_MAX);
        hvn_contract_fixture_settle(fixture);
    }
}

/* a backend starts and stops any number of times, with a peer that sends all the while */
static void
test_start_stop(gconstpointer data)
{
    g_autoptr(HvnContractFixture) fixture = hvn_contract_fixture_new_for(data);
    HvnBackend *backend = HVN_BACKEND(fixture->port);

    if (!fixture->started) {
        contract_refuse(fixture);
        return;
    }
    for (guint i = 0; i < 20; i++) {
        g_autoptr(HvnLentFrames) frames = hvn_lent_frames_new(HVN_BATCH_MAX, 0, FRAME_MAX);
        g_autoptr(GError) error = NULL;

        g_assert_cmpint(hvn_backend_get_state(backend), !=, HVN_BACKEND_STOPPED);
        contract_lend(fixture, frames, 0);
        hvn_backend_stop(backend);
        g_assert_cmpint(hvn_backend_get_state(backend), ==, HVN_BACKEND_STOPPED);
        g_assert_cmpuint(contract_lend(fixture, frames, 0), ==, HVN_BATCH_MAX);
        hvn_contract_fixture_settle(fixture);
        g_assert_true(hvn_backend_start(backend, &error));
        g_assert_no_error(error);
    }
}

const HvnContractTest hvn_contract_port_tests[] = {
    {NULL, "/contract/port/random-batches", "batches of any size into room of any size: nothing lost, repeated or out of order", test_random_batches},
    {NULL, "/contract/port/closed-takes-all", "a port that is closed takes every frame and owes nothing", test_closed},
    {NULL, "/contract/port/link-down-takes-all", "with the link down, frames are taken and counted", test_link_down},
    {NULL, "/contract/port/debts-are-paid", "whatever ends the fullness says ready, once", test_debts},
    {"nic", "/contract/port/transmit", "a frame is sent in the guest's eyes only when the peer took it", test_transmit},
    {"nic", "/contract/port/doorbell-only-marks", "a register access does no packet work", test_doorbell},
    {"backend", "/contract/port/answers", "answers come after the call, in order", test_answers},
    {"backend", "/contract/port/start-stop", "starts and stops any number of times, or says each time why not", test_start_stop},
    {NULL, NULL, NULL, NULL},
};
