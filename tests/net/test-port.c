/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/net/hvn-port.c: identity, features, and a port that is not plugged in. */
#include "hvn-fake-port.h"
#include "hvn-link.h"

#define ALL (HVN_PORT_CSUM | HVN_PORT_TSO4 | HVN_PORT_TSO6 | HVN_PORT_USO | HVN_PORT_SHORT_FRAMES)

static void
test_identity(void)
{
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_autoptr(HvnFakePort) port = hvn_fake_port_new(dispatcher, "net0");
    g_autoptr(HvnFakePort) nameless = hvn_fake_port_new(dispatcher, NULL);
    g_autoptr(HvnDispatcher) got = NULL;
    g_autofree char *name = NULL;

    g_assert_true(hvn_port_get_dispatcher(HVN_PORT(port)) == dispatcher);
    g_assert_cmpstr(hvn_port_get_name(HVN_PORT(port)), ==, "net0");
    g_assert_cmpstr(hvn_port_get_name(HVN_PORT(nameless)), ==, "HvnFakePort");
    g_object_get(port, "dispatcher", &got, "name", &name, NULL);
    g_assert_true(got == dispatcher);
    g_assert_cmpstr(name, ==, "net0");
}

static void
test_without_a_link(void)
{
    g_autoptr(HvnFakePort) port = hvn_fake_port_new(NULL, "net0");

    g_assert_null(hvn_port_get_link(HVN_PORT(port)));
    g_assert_false(hvn_port_get_link_up(HVN_PORT(port)));
    g_assert_false(hvn_port_owes_ready(HVN_PORT(port)));
    g_assert_cmphex(hvn_port_get_peer_features(HVN_PORT(port)), ==, ALL);
    g_assert_true(hvn_fake_port_send_bytes(port, "0123456789abcdef", 16));
    hvn_port_ready(HVN_PORT(port));
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(port), ==, 0);
}

static void
test_features_of_the_peer(void)
{
    g_autoptr(HvnFakePort) nic = hvn_fake_port_new(NULL, "net0");
    g_autoptr(HvnFakePort) backend = hvn_fake_port_new(NULL, "user0");
    g_autoptr(HvnLink) link = hvn_link_new(HVN_PORT(nic), HVN_PORT(backend));

    g_assert_true(hvn_port_get_link(HVN_PORT(nic)) == link);
    hvn_port_set_features(HVN_PORT(backend), HVN_PORT_TSO4);
    g_assert_cmphex(hvn_port_get_features(HVN_PORT(backend)), ==, HVN_PORT_TSO4);
    g_assert_cmphex(hvn_port_get_peer_features(HVN_PORT(nic)), ==, HVN_PORT_TSO4);
    g_assert_cmphex(hvn_port_get_peer_features(HVN_PORT(backend)), ==, ALL);
}

static void
test_in_push_is_over_after_it(void)
{
    g_autoptr(HvnFakePort) nic = hvn_fake_port_new(NULL, "net0");
    g_autoptr(HvnFakePort) backend = hvn_fake_port_new(NULL, "user0");
    g_autoptr(HvnLink) link = hvn_link_new(HVN_PORT(nic), HVN_PORT(backend));

    g_assert_true(hvn_port_get_link_up(HVN_PORT(nic)) && hvn_link_get_up(link));
    hvn_fake_port_set_capacity(backend, 0);
    g_assert_false(hvn_fake_port_send_bytes(nic, "0123456789abcdef", 16));
    g_assert_false(hvn_port_get_in_push(HVN_PORT(backend)));
    hvn_port_ready(HVN_PORT(backend));
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(nic), ==, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/net/port/identity", test_identity);
    g_test_add_func("/net/port/without-a-link", test_without_a_link);
    g_test_add_func("/net/port/features-of-the-peer", test_features_of_the_peer);
    g_test_add_func("/net/port/in-push-is-over-after-it", test_in_push_is_over_after_it);
    return g_test_run();
}
