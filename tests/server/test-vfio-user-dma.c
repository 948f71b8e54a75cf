/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DMA to memory that the client does not share (hvn-vfio-user-dma.c, hvn-vfio-user-bus.c), with an e1000 behind the server and a client that
 * answers when and how a script says: late, in pieces, out of order with register traffic, with errors, not at all. Registers are answered
 * at once all the time. */

#include "hvn-bytes.h"
#include "hvn-e1000-desc.h"
#include "hvn-vfio-machine.h"
#include "hvn-vfio-user-dma.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define TX_RING 0x10000u
#define RX_RING 0x20000u
#define TX_DATA 0x100000u
#define RX_DATA 0x200000u

typedef struct {
    HvnClock      *clock;
    HvnDispatcher *dispatcher;
    HvnVfioMachine machine;
} Fixture;

static GString *log_text; /* all that was said */

static void
keep_message(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
    g_assert_cmphex(level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING), ==, 0);
    if (!(level & G_LOG_LEVEL_INFO))
        g_string_append_printf(log_text, "%s\n", message);
}

static void
fixture_set_up(Fixture *f, gconstpointer model)
{
    log_text = g_string_new(NULL);
    g_log_set_default_handler(keep_message, NULL);
    f->clock = hvn_clock_new_manual();
    f->dispatcher = hvn_dispatcher_new(NULL, f->clock);
    hvn_vfio_machine_init(&f->machine, f->dispatcher, model != NULL ? model : "e1000");
    f->machine.private = TRUE;
    hvn_vfio_machine_connect(&f->machine);
    hvn_vfio_machine_enable(&f->machine);
    if (model == NULL)
        hvn_vfio_machine_start(&f->machine);
}

static void
fixture_tear_down(Fixture *f, gconstpointer model)
{
    hvn_vfio_machine_clear(&f->machine);
    g_clear_object(&f->dispatcher);
    hvn_clock_unref(f->clock);
    g_string_free(log_text, TRUE);
}

/* from now on the script answers */
static void
take_over(Fixture *f)
{
    f->machine.client.ram = NULL;
}

static void
hand_back(Fixture *f)
{
    f->machine.client.ram = f->machine.ram;
    hvn_vfio_client_settle(&f->machine.client);
}

typedef struct {
    guint16 command;
    guint64 addr;
    guint64 count;
} Asked;

/* the next request, which must be there; @asked says what it is */
static GByteArray *
take(Fixture *f, Asked *asked)
{
    GByteArray       *request = hvn_vfio_client_take_request(&f->machine.client);
    HvnVfioUserHeader header;

    g_assert_nonnull(request);
    memcpy(&header, request->data, sizeof header);
    g_assert_cmphex(header.flags, ==, 0);
    asked->command = header.command;
    memcpy(&asked->addr, request->data + sizeof header, 16);
    return request;
}

static GByteArray *
take_exact(Fixture *f, guint16 command, guint64 addr, guint64 count)
{
    Asked       asked;
    GByteArray *request = take(f, &asked);

    g_assert_cmpuint(asked.command, ==, command);
    g_assert_cmphex(asked.addr, ==, addr);
    g_assert_cmpuint(asked.count, ==, count);
    return request;
}

static void
serve(Fixture *f, GByteArray *request)
{
    hvn_vfio_client_serve(&f->machine.client, request, f->machine.ram, HVN_VFIO_MACHINE_RAM);
    g_byte_array_unref(request);
}

static void
expect_no_request(Fixture *f)
{
    g_assert_null(hvn_vfio_client_take_request(&f->machine.client));
}

/* what stands for the rest of the guest's accesses: it is answered at once, whatever the device waits for */
static void
expect_registers_answer(Fixture *f)
{
    for (guint i = 0; i < 3; i++)
        g_assert_cmphex(hvn_vfio_machine_read(&f->machine, E1000_TDBAL, 4), ==, TX_RING);
}

/* everything works without a byte of shared memory, and one message says what to do about it */
static void
test_traffic(Fixture *f, gconstpointer data)
{
    for (guint i = 0; i < 50; i++)
        hvn_vfio_machine_expect_traffic(&f->machine);
    g_assert_cmpuint(f->machine.client.n_served, >=, 50 * 6);
    g_assert_cmpuint(hvn_nic_get_dma_errors(f->machine.nic), ==, 0);
    g_assert_nonnull(strstr(log_text->str, "the client does not share its memory, so that every access of the device is a message to it, which "
                                           "is slow; for QEMU add -object memory-backend-memfd,id=mem,size=SIZE,share=on"));
    g_assert_cmpstr(strchr(log_text->str, '\n'), ==, "\n"); /* once */
}

/* each step of a transmission waits for the one before, and consumes nothing meanwhile */
static void
test_transmit_step_by_step(Fixture *f, gconstpointer data)
{
    GByteArray *descriptor, *frame, *status;

    take_over(f);
    hvn_vfio_machine_send(&f->machine, "step by step");
    descriptor = take_exact(f, HVN_VFIO_USER_DMA_READ, TX_RING, E1000_DESC_SIZE);
    expect_registers_answer(f);
    g_assert_cmpuint(hvn_vfio_machine_read(&f->machine, E1000_TDH, 4), ==, 0);
    expect_no_request(f);
    serve(f, descriptor);
    frame = take_exact(f, HVN_VFIO_USER_DMA_READ, TX_DATA, 64);
    expect_registers_answer(f);
    g_assert_cmpuint(hvn_vfio_machine_read(&f->machine, E1000_TDH, 4), ==, 0);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(f->machine.port), ==, 0);
    serve(f, frame);
    status = take_exact(f, HVN_VFIO_USER_DMA_WRITE, TX_RING + E1000_DESC_STATUS, 1);
    g_assert_true(hvn_vfio_machine_was_sent(&f->machine, "step by step"));
    g_assert_cmpuint(hvn_vfio_machine_read(&f->machine, E1000_TDH, 4), ==, 1);
    /* the status is not seen yet: neither is the interrupt, nor its cause */
    g_assert_cmphex(hvn_vfio_machine_read(&f->machine, E1000_ICR, 4), ==, 0);
    g_assert_false(hvn_vfio_machine_interrupted(&f->machine));
    serve(f, status);
    hvn_vfio_client_settle(&f->machine.client);
    g_assert_true(hvn_vfio_machine_is_done(&f->machine, 0));
    g_assert_true(hvn_vfio_machine_interrupted(&f->machine));
    expect_no_request(f);
}

/* a frame from the backend: one request for descriptors, then data, and behind them the descriptor */
static void
test_receive_step_by_step(Fixture *f, gconstpointer data)
{
    GByteArray *requests[4];

    take_over(f);
    g_assert_false(hvn_vfio_machine_offer(&f->machine, "in"));
    requests[0] = take_exact(f, HVN_VFIO_USER_DMA_READ, RX_RING, 15 * E1000_DESC_SIZE);
    expect_registers_answer(f);
    serve(f, requests[0]);
    hvn_vfio_client_settle(&f->machine.client);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(f->machine.port), ==, 1);
    g_assert_true(hvn_vfio_machine_offer(&f->machine, "in"));
    requests[1] = take_exact(f, HVN_VFIO_USER_DMA_WRITE, RX_DATA, 64);
    requests[2] = take_exact(f, HVN_VFIO_USER_DMA_WRITE, RX_RING + 8, 4);
    requests[3] = take_exact(f, HVN_VFIO_USER_DMA_WRITE, RX_RING + 12, 4);
    expect_no_request(f);
    g_assert_cmphex(hvn_vfio_machine_read(&f->machine, E1000_ICR, 4), ==, 0);
    /* answered out of order: the interrupt waits for the last of them all the same */
    serve(f, requests[3]);
    serve(f, requests[1]);
    hvn_vfio_client_settle(&f->machine.client);
    g_assert_false(hvn_vfio_machine_interrupted(&f->machine));
    serve(f, requests[2]);
    hvn_vfio_client_settle(&f->machine.client);
    g_assert_true(hvn_vfio_machine_interrupted(&f->machine));
    hand_back(f);
    g_assert_true(hvn_vfio_machine_has_received(&f->machine, "in"));
    hvn_vfio_client_settle(&f->machine.client);
    hvn_vfio_machine_expect_traffic(&f->machine);
}

/* frames that a driver adds while the first is on its way do not hold it up, and buffers are asked for together */
static void
test_pipelined(Fixture *f, gconstpointer data)
{
    GByteArray *requests[4];

    take_over(f);
    hvn_fake_port_set_recording(f->machine.port, FALSE);
    hvn_vfio_machine_send(&f->machine, "0");
    requests[0] = take_exact(f, HVN_VFIO_USER_DMA_READ, TX_RING, E1000_DESC_SIZE);
    for (guint i = 1; i < 4; i++)
        hvn_vfio_machine_send(&f->machine, "more");
    requests[1] = take_exact(f, HVN_VFIO_USER_DMA_READ, TX_RING + E1000_DESC_SIZE, 3 * E1000_DESC_SIZE);
    serve(f, requests[1]); /* the second first */
    hvn_vfio_client_settle(&f->machine.client);
    serve(f, requests[0]);
    for (guint i = 0; i < 4; i++) {
        Asked asked;

        requests[i] = take(f, &asked);
        g_assert_cmpuint(asked.command, ==, HVN_VFIO_USER_DMA_READ);
    }
    hvn_vfio_client_settle(&f->machine.client);
    for (guint i = 4; i-- > 0;)
        serve(f, requests[i]);
    hand_back(f);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(f->machine.port), ==, 4);
    for (guint i = 0; i < 4; i++)
        g_assert_true(hvn_vfio_machine_is_done(&f->machine, i));
}

/* bytes that were read for one run are not used by a later one: a descriptor that the driver uses anew is read anew */
static void
test_nothing_stale(Fixture *f, gconstpointer data)
{
    for (guint i = 0; i < 40; i++) {
        g_autofree char *text = g_strdup_printf("frame %u", i);

        hvn_vfio_machine_send(&f->machine, text);
        hvn_vfio_client_settle(&f->machine.client);
        g_assert_true(hvn_vfio_machine_was_sent(&f->machine, text));
    }
    /* and what nobody came for goes after a while */
    take_over(f);
    g_assert_false(hvn_vfio_machine_offer(&f->machine, "gone"));
    serve(f, take_exact(f, HVN_VFIO_USER_DMA_READ, RX_RING, 15 * E1000_DESC_SIZE));
    hvn_vfio_client_settle(&f->machine.client);
    hvn_store_le64(f->machine.ram + RX_RING, RX_DATA + 0x1000);
    hvn_dispatcher_advance(f->dispatcher, 200 * HVN_NS_PER_MS);
    g_assert_false(hvn_vfio_machine_offer(&f->machine, "new"));
    serve(f, take_exact(f, HVN_VFIO_USER_DMA_READ, RX_RING, 15 * E1000_DESC_SIZE));
    hvn_vfio_client_settle(&f->machine.client);
    g_assert_true(hvn_vfio_machine_offer(&f->machine, "new"));
    serve(f, take_exact(f, HVN_VFIO_USER_DMA_WRITE, RX_DATA + 0x1000, 64));
}

/* the same without a clock: what the driver does to the ring's registers makes what was read useless at once */
static void
test_ring_moves(Fixture *f, gconstpointer data)
{
    HvnVfioMachine *m = &f->machine;

    take_over(f);
    hvn_vfio_machine_send(m, "moved");
    g_byte_array_unref(take_exact(f, HVN_VFIO_USER_DMA_READ, TX_RING, E1000_DESC_SIZE)); /* never answered */
    hvn_vfio_machine_write(m, E1000_TCTL, 0, 4);
    memcpy(m->ram + 0x30000, m->ram + TX_RING, E1000_DESC_SIZE);
    hvn_vfio_machine_write(m, E1000_TDBAL, 0x30000, 4);
    hvn_vfio_machine_write(m, E1000_TCTL, E1000_TCTL_EN, 4);
    serve(f, take_exact(f, HVN_VFIO_USER_DMA_READ, 0x30000, E1000_DESC_SIZE));
    serve(f, take_exact(f, HVN_VFIO_USER_DMA_READ, TX_DATA, 64));
    serve(f, take_exact(f, HVN_VFIO_USER_DMA_WRITE, 0x30000 + E1000_DESC_STATUS, 1));
    hvn_vfio_client_settle(&m->client);
    g_assert_true(hvn_vfio_machine_was_sent(m, "moved"));
}

/* a client that says no: the device's error, as for memory that is not there, and it goes on with the next frame */
static void
test_refused(Fixture *f, gconstpointer data)
{
    guint64     before = hvn_nic_get_dma_errors(f->machine.nic);
    GByteArray *request;

    take_over(f);
    hvn_vfio_machine_send(&f->machine, "refused");
    serve(f, take_exact(f, HVN_VFIO_USER_DMA_READ, TX_RING, E1000_DESC_SIZE));
    request = take_exact(f, HVN_VFIO_USER_DMA_READ, TX_DATA, 64);
    hvn_vfio_client_refuse(&f->machine.client, request, EFAULT);
    g_byte_array_unref(request);
    request = take_exact(f, HVN_VFIO_USER_DMA_WRITE, TX_RING + E1000_DESC_STATUS, 1);
    hvn_vfio_client_refuse(&f->machine.client, request, EIO);
    g_byte_array_unref(request);
    hand_back(f);
    g_assert_cmpuint(hvn_nic_get_dma_errors(f->machine.nic), ==, before + 1);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(f->machine.port), ==, 0);
    g_assert_nonnull(strstr(log_text->str, "the client did not read 64 bytes at 0x100000 as it was asked to: Bad address"));
    g_assert_nonnull(strstr(log_text->str, "the client did not write 1 bytes"));
    hvn_vfio_machine_interrupted(&f->machine);
    hvn_vfio_machine_expect_traffic(&f->machine);
}

/* answers of the wrong size, for another address, or to another command are refusals */
static void
test_wrong_answers(Fixture *f, gconstpointer data)
{
    for (guint kind = 0; kind < 5; kind++) {
        guint8        bytes[16 + 64 + 1] = {0};
        const guint64 range[2] = {TX_DATA + f->machine.sent * 2048 + (kind == 3 ? 64 : 0), kind == 4 ? 63 : 64};
        const gsize   sizes[5] = {0, 16 + 63, 16 + 65, 16 + 64, 16 + 64};
        GByteArray   *request;
        Asked         asked;

        take_over(f);
        hvn_vfio_machine_send(&f->machine, "wrong");
        serve(f, take(f, &asked));
        request = take(f, &asked);
        g_assert_cmphex(asked.addr, ==, TX_DATA + (f->machine.sent - 1) * 2048);
        memcpy(bytes, range, sizeof range);
        hvn_vfio_client_answer(&f->machine.client, request, bytes, sizes[kind]);
        g_byte_array_unref(request);
        hand_back(f);
        g_assert_cmpuint(hvn_fake_port_get_n_frames(f->machine.port), ==, 0);
        g_assert_true(hvn_vfio_machine_is_done(&f->machine, f->machine.sent - 1));
        hvn_vfio_machine_interrupted(&f->machine);
    }
    hvn_vfio_machine_expect_traffic(&f->machine);
}

/* a client that never answers: registers go on, nothing grows, one message says so; and it may come back */
static void
test_never_answered(Fixture *f, gconstpointer data)
{
    GByteArray *request;
    guint       n = 0;

    take_over(f);
    for (guint round = 0; round < 3000; round++) {
        if (round < 10)
            hvn_vfio_machine_send(&f->machine, "unanswered");
        hvn_vfio_machine_offer(&f->machine, "unanswered");
        if (round % 3 == 0)
            hvn_vfio_machine_write(&f->machine, E1000_RCTL, E1000_RCTL_EN | E1000_RCTL_UPE | (round & 1 ? E1000_RCTL_MPE : 0), 4);
        hvn_dispatcher_iterate(f->dispatcher, FALSE);
    }
    expect_registers_answer(f);
    hvn_dispatcher_advance(f->dispatcher, 11 * HVN_NS_PER_S);
    g_assert_nonnull(strstr(log_text->str, "has not answered a request for its memory for 10 seconds"));
    expect_registers_answer(f);
    hvn_fake_port_set_recording(f->machine.port, FALSE);
    while ((request = hvn_vfio_client_take_request(&f->machine.client)) != NULL) {
        n++;
        serve(f, request);
        hvn_dispatcher_iterate(f->dispatcher, FALSE); /* or the answers would fill the socket */
    }
    g_assert_cmpuint(n, >, HVN_VFIO_USER_DMA_MAX_REQUESTS / 2);
    g_assert_cmpuint(n, <, HVN_VFIO_USER_DMA_MAX_REQUESTS + 200);
    hand_back(f);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(f->machine.port), ==, 10);
}

/* reset, bus mastering off, unmap, and the client gone, each while something is on its way */
static void
test_interrupted(Fixture *f, gconstpointer data)
{
    HvnVfioMachine *m = &f->machine;
    GByteArray     *late;

    for (guint kind = 0; kind < 4; kind++) {
        Asked asked;

        take_over(f);
        hvn_vfio_machine_send(m, "interrupted");
        hvn_vfio_machine_offer(m, "interrupted");
        late = take(f, &asked);
        if (kind == 0)
            g_assert_cmpuint(hvn_vfio_client_call(&m->client, HVN_VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0), ==, 0);
        else if (kind == 1)
            hvn_vfio_client_write(&m->client, 7, 4, 3, 2, FALSE);
        else if (kind == 2)
            g_assert_cmpuint(hvn_vfio_client_unmap(&m->client, 0, HVN_VFIO_MACHINE_RAM), ==, 0);
        else
            hvn_vfio_machine_hang_up(m);
        if (kind < 3) {
            hvn_vfio_client_settle(&m->client);
            serve(f, late); /* too late: nobody wants it */
            hvn_vfio_client_settle(&m->client);
            g_assert_cmpuint(hvn_fake_port_get_n_frames(m->port), ==, 0);
        } else {
            g_byte_array_unref(late);
            hvn_vfio_machine_connect(m);
        }
        if (kind == 2)
            g_assert_cmpuint(hvn_vfio_client_map(&m->client, 0, HVN_VFIO_MACHINE_RAM, -1, 0), ==, 0);
        hand_back(f);
        g_assert_cmpuint(hvn_vfio_client_call(&m->client, HVN_VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0), ==, 0);
        hvn_vfio_machine_enable(m);
        hvn_vfio_machine_start(m);
        hvn_vfio_machine_expect_traffic(m);
    }
}

/* what was written and is not seen yet is not read back too early: requests leave in order, and older answers are of no use */
static void
test_read_behind_write(Fixture *f, gconstpointer data)
{
    HvnVfioMachine *m = &f->machine;

    for (guint i = 0; i < 100; i++) { /* rings of 16 go round, with both directions under way at once */
        hvn_vfio_machine_send(m, "round");
        hvn_vfio_machine_offer(m, "round");
        hvn_vfio_client_settle(&m->client);
        while (hvn_vfio_machine_has_received(m, "round"))
            hvn_vfio_client_settle(&m->client);
        g_assert_true(hvn_vfio_machine_was_sent(m, "round"));
        hvn_vfio_machine_interrupted(m);
    }
    g_assert_cmpuint(m->received, >=, 50);
    g_assert_cmpuint(hvn_nic_get_dma_errors(m->nic), ==, 0);
}

/* rings shared and buffers not, and the other way round: order is kept between them */
static void
test_mixed(Fixture *f, gconstpointer which)
{
    HvnVfioMachine *m = &f->machine;
    gboolean        rings = strcmp(which, "e1000") == 0;

    g_assert_cmpuint(hvn_vfio_client_unmap(&m->client, 0, HVN_VFIO_MACHINE_RAM), ==, 0);
    for (guint i = 0; i < 2; i++) {
        guint64 from = i == 0 ? 0 : TX_DATA, to = i == 0 ? TX_DATA : HVN_VFIO_MACHINE_RAM;
        gboolean shared = rings == (i == 0);

        g_assert_cmpuint(hvn_vfio_client_map(&m->client, from, to - from, shared ? m->memory : -1, from), ==, 0);
    }
    hvn_vfio_machine_start(m);
    for (guint i = 0; i < 20; i++)
        hvn_vfio_machine_expect_traffic(m);
    take_over(f);
    if (!rings)
        return;
    /* data is not shared, the descriptor is: it must not be done before the data is there */
    g_assert_true(hvn_vfio_machine_offer(m, "order"));
    hvn_vfio_client_settle(&m->client);
    g_assert_cmphex(m->ram[RX_RING + (m->received % 16) * E1000_DESC_SIZE + E1000_DESC_STATUS], ==, 0);
    hand_back(f);
    g_assert_true(hvn_vfio_machine_has_received(m, "order"));
}

/* a message is no longer than the client's VERSION says, and there is none where that is too short to be of use */
static void
test_max_transfer(Fixture *f, gconstpointer data)
{
    static const char *const texts[] = {"{\"capabilities\":{\"max_msg_fds\":1,\"max_data_xfer_size\":512}}",
                                        "{\"capabilities\":{\"max_data_xfer_size\":16}}", "{\"capabilities\":{\"max_data_xfer_size\":-1}}"};

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GByteArray) payload = g_byte_array_new();
        HvnVfioMachine       *m = &f->machine;

        g_byte_array_append(payload, (const guint8 *)"\0\0\0\0", 4);
        g_byte_array_append(payload, (const guint8 *)texts[i], strlen(texts[i]) + 1);
        hvn_vfio_machine_hang_up(m);
        hvn_vfio_machine_connect(m);
        g_assert_cmpuint(hvn_vfio_client_call(&m->client, HVN_VFIO_USER_VERSION, payload->data, payload->len, NULL, 0), ==, 0);
        hvn_vfio_machine_enable(m);
        hvn_vfio_machine_start(m);
        take_over(f);
        hvn_vfio_machine_send(m, "short");
        hvn_store_le16(m->ram + TX_RING + 8, 1400);
        if (i > 0) {
            expect_no_request(f);
            g_assert_nonnull(strstr(log_text->str, "and this device cannot be used without"));
            continue;
        }
        serve(f, take_exact(f, HVN_VFIO_USER_DMA_READ, TX_RING, E1000_DESC_SIZE));
        for (guint at = 0; at < 1400; at += 512)
            serve(f, take_exact(f, HVN_VFIO_USER_DMA_READ, TX_DATA + at, MIN(512, 1400 - at)));
        serve(f, take_exact(f, HVN_VFIO_USER_DMA_WRITE, TX_RING + E1000_DESC_STATUS, 1));
        hvn_vfio_client_settle(&m->client);
        g_assert_cmpuint(hvn_fake_port_get_n_frames(m->port), ==, 1);
    }
}

/* QEMU 10.1 and 10.2: 32 bits of count, and the data right behind, in an answer as long as the right one */
static void
serve_old(Fixture *f, GByteArray *request)
{
    HvnVfioClient        *c = &f->machine.client;
    guint16               command = request->data[2];
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    guint64               addr;
    guint32               count, zero = 0;

    memcpy(&addr, request->data + 16, sizeof addr);
    memcpy(&count, request->data + 24, sizeof count);
    if (command == HVN_VFIO_USER_DMA_WRITE) {
        memcpy(f->machine.ram + addr, request->data + 28, count);
    } else {
        g_byte_array_append(bytes, request->data + 16, 12);
        g_byte_array_append(bytes, f->machine.ram + addr, count);
        g_byte_array_append(bytes, (const guint8 *)&zero, sizeof zero);
    }
    hvn_vfio_client_answer(c, request, bytes->data, bytes->len);
    g_byte_array_unref(request);
}

static void
test_old_layout(Fixture *f, gconstpointer data)
{
    HvnVfioMachine *m = &f->machine;
    GByteArray     *request;

    hvn_vfio_machine_hang_up(m);
    hvn_vfio_machine_connect(m);
    hvn_vfio_machine_enable(m);
    hvn_vfio_machine_start(m);
    take_over(f);
    for (guint i = 0; i < 5; i++) {
        hvn_vfio_machine_send(m, "old");
        while ((request = hvn_vfio_client_take_request(&m->client)) != NULL)
            serve_old(f, request);
        g_assert_true(hvn_vfio_machine_was_sent(m, "old"));
        g_assert_true(hvn_vfio_machine_is_done(m, i));
        hvn_vfio_machine_interrupted(m);
    }
    for (guint i = 0; i < 2; i++) {
        g_assert_true(hvn_vfio_machine_offer(m, "old") == (i == 1));
        while ((request = hvn_vfio_client_take_request(&m->client)) != NULL)
            serve_old(f, request);
    }
    g_assert_true(hvn_vfio_machine_has_received(m, "old"));
}

/* firmware is no memory: small, without a descriptor, not to be written */
static void
test_firmware(Fixture *f, gconstpointer data)
{
    HvnVfioMachine   *m = &f->machine;
    HvnVfioUserDmaMap map = {.argsz = sizeof map, .flags = 1, .address = 0xfffc0000, .size = 0x40000};

    g_assert_cmpuint(hvn_vfio_client_call(&m->client, HVN_VFIO_USER_DMA_MAP, &map, sizeof map, NULL, 0), ==, 0);
    take_over(f);
    hvn_vfio_machine_send(m, "firmware");
    hvn_store_le64(m->ram + TX_RING, 0xfffc0000);
    serve(f, take_exact(f, HVN_VFIO_USER_DMA_READ, TX_RING, E1000_DESC_SIZE));
    serve(f, take_exact(f, HVN_VFIO_USER_DMA_WRITE, TX_RING + E1000_DESC_STATUS, 1));
    hvn_vfio_client_settle(&m->client);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(m->port), ==, 0);
    g_assert_cmpuint(hvn_nic_get_dma_errors(m->nic), ==, 1);
}

static void
add(const char *path, gconstpointer model, void (*func)(Fixture *, gconstpointer))
{
    g_autofree char *full = g_strdup_printf("/server/vfio-user-dma/%s", path);

    g_test_add(full, Fixture, model, fixture_set_up, func, fixture_tear_down);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("traffic", NULL, test_traffic);
    add("transmit-step-by-step", NULL, test_transmit_step_by_step);
    add("receive-step-by-step", NULL, test_receive_step_by_step);
    add("pipelined", NULL, test_pipelined);
    add("nothing-stale", NULL, test_nothing_stale);
    add("ring-moves", NULL, test_ring_moves);
    add("refused", NULL, test_refused);
    add("wrong-answers", NULL, test_wrong_answers);
    add("never-answered", NULL, test_never_answered);
    add("interrupted", NULL, test_interrupted);
    add("read-behind-write", NULL, test_read_behind_write);
    add("shared-rings", "e1000", test_mixed);
    add("shared-buffers", "e1000-82545em", test_mixed);
    add("max-transfer", NULL, test_max_transfer);
    add("old-layout", NULL, test_old_layout);
    add("firmware", NULL, test_firmware);
    return g_test_run();
}
