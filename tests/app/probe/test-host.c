/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The servers of the probe and its client, with each other over loopback. */
#include "hvn-probe-host.h"

#include <errno.h>

#define LIMIT  100000
#define ROUNDS 20000

typedef struct {
    HvnDispatcher *dispatcher;
    HvnProbeHost  *host;
} Fixture;

static void
set_up(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;

    fixture->dispatcher = hvn_dispatcher_new(NULL, NULL);
    fixture->host = hvn_probe_host_new(fixture->dispatcher, LIMIT, &error);
    g_assert_no_error(error);
}

static void
tear_down(Fixture *fixture)
{
    hvn_probe_host_free(fixture->host);
    g_object_unref(fixture->dispatcher);
}

static void
run_until(Fixture *fixture, const guint64 *counter, guint64 want)
{
    for (guint i = 0; i < ROUNDS && *counter < want; i++)
        hvn_dispatcher_iterate(fixture->dispatcher, TRUE);
    g_assert_cmpuint(*counter, ==, want);
}

static HvnProbeClient *
connect_to(Fixture *fixture, HvnProbeService service, gconstpointer bytes, gsize len)
{
    g_autoptr(GError) error = NULL;
    HvnProbeClient *client = hvn_probe_client_new(fixture->dispatcher, service == HVN_PROBE_UDP_ECHO, "127.0.0.1",
                                                  hvn_probe_host_get_port(fixture->host, service), bytes, len, &error);

    g_assert_no_error(error);
    return client;
}

static void
check_echo(HvnProbeService service, gsize len)
{
    g_autofree guint8 *bytes = g_malloc(len);
    Fixture fixture;
    HvnProbeClient *client;

    for (gsize i = 0; i < len; i++)
        bytes[i] = (guint8)(i * 7);
    set_up(&fixture);
    client = connect_to(&fixture, service, bytes, len);
    for (guint i = 0; i < ROUNDS && client->received->len < len; i++)
        hvn_dispatcher_iterate(fixture.dispatcher, TRUE);
    g_assert_cmpmem(client->received->data, client->received->len, bytes, len);
    g_assert_cmpuint(hvn_probe_host_get_counters(fixture.host, service)->accepted, ==, 1);
    g_assert_cmpuint(hvn_probe_host_get_counters(fixture.host, service)->received, ==, len);
    g_assert_cmpuint(hvn_probe_host_get_counters(fixture.host, service)->sent, ==, len);
    hvn_probe_client_free(client);
    tear_down(&fixture);
}

static void
test_echo(void)
{
    check_echo(HVN_PROBE_ECHO, 60000);
}

static void
test_udp_echo(void)
{
    check_echo(HVN_PROBE_UDP_ECHO, 512);
}

static void
test_sink(void)
{
    g_autofree guint8 *bytes = g_malloc0(50000);
    Fixture fixture;
    HvnProbeClient *client;

    set_up(&fixture);
    client = connect_to(&fixture, HVN_PROBE_SINK, bytes, 50000);
    run_until(&fixture, &hvn_probe_host_get_counters(fixture.host, HVN_PROBE_SINK)->received, 50000);
    g_assert_cmpuint(client->received->len, ==, 0);
    hvn_probe_client_free(client);
    tear_down(&fixture);
}

/* the source sends its limit, then closes */
static void
test_source(void)
{
    Fixture fixture;
    HvnProbeClient *client;

    set_up(&fixture);
    client = connect_to(&fixture, HVN_PROBE_SOURCE, "", 0);
    for (guint i = 0; i < ROUNDS && !client->closed; i++)
        hvn_dispatcher_iterate(fixture.dispatcher, TRUE);
    g_assert_true(client->closed);
    g_assert_cmpuint(hvn_probe_host_get_counters(fixture.host, HVN_PROBE_SOURCE)->sent, ==, LIMIT);
    hvn_probe_client_free(client);
    tear_down(&fixture);
}

/* more connections than a probe needs are turned away, and none outlives the servers */
static void
test_many(void)
{
    HvnProbeClient *clients[24];
    Fixture fixture;
    guint closed = 0;

    set_up(&fixture);
    for (guint i = 0; i < G_N_ELEMENTS(clients); i++)
        clients[i] = connect_to(&fixture, HVN_PROBE_ECHO, "x", 1);
    for (guint round = 0; round < ROUNDS && closed < 8; round++) {
        hvn_dispatcher_iterate(fixture.dispatcher, TRUE);
        closed = 0;
        for (guint i = 0; i < G_N_ELEMENTS(clients); i++)
            closed += clients[i]->closed || clients[i]->problem != 0;
    }
    g_assert_cmpuint(closed, ==, 8);
    g_assert_cmpuint(hvn_probe_host_get_counters(fixture.host, HVN_PROBE_ECHO)->accepted, ==, 16);
    for (guint i = 0; i < G_N_ELEMENTS(clients); i++)
        hvn_probe_client_free(clients[i]);
    tear_down(&fixture);
}

static void
test_refused(void)
{
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_autoptr(GError) error = NULL;
    guint16 port = hvn_probe_host_find_free_port("127.0.0.1", NULL);
    HvnProbeClient *client;

    g_assert_cmpuint(port, !=, 0);
    client = hvn_probe_client_new(dispatcher, FALSE, "127.0.0.1", port, "x", 1, &error);
    for (guint i = 0; i < ROUNDS && client != NULL && client->problem == 0; i++)
        hvn_dispatcher_iterate(dispatcher, TRUE);
    if (client != NULL)
        g_assert_cmpint(client->problem, ==, ECONNREFUSED);
    else
        g_assert_nonnull(error);
    hvn_probe_client_free(client);
    g_clear_error(&error);
    g_assert_null(hvn_probe_client_new(dispatcher, FALSE, "nobody", 1, "x", 1, &error));
    g_assert_nonnull(error);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/probe/host/echo", test_echo);
    g_test_add_func("/app/probe/host/udp-echo", test_udp_echo);
    g_test_add_func("/app/probe/host/sink", test_sink);
    g_test_add_func("/app/probe/host/source", test_source);
    g_test_add_func("/app/probe/host/many", test_many);
    g_test_add_func("/app/probe/host/refused", test_refused);
    return g_test_run();
}
