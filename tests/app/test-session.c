/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A configuration made into objects: names, variants and link states arrive, starting is all or nothing, nothing is left
 * behind. The plugins are toys (toy-backend.c, toy-nic.c). */
#include "hvn-session.h"

#include <string.h>

#include "hvn-error.h"

typedef struct {
    HvnRegistry *registry;
    HvnDispatcher *dispatcher;
    HvnConfig *config;
} Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    self->registry = hvn_registry_new(NULL);
    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    self->config = hvn_config_new();
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_config_free(self->config);
    g_assert_finalize_object(self->dispatcher);
    g_assert_finalize_object(self->registry);
}

static HvnInterfaceConfig *
add(Fixture *self, const char *nic, const char *backend)
{
    g_autofree char *origin = g_strdup_printf("domain.xml:%u", self->config->interfaces->len + 1);
    HvnInterfaceConfig *interface = hvn_config_add_interface(self->config, origin);

    interface->nic = g_strdup(nic);
    interface->backend = g_strdup(backend);
    return interface;
}

static HvnSession *
make(Fixture *self, GError **error)
{
    g_autoptr(GError) finish_error = NULL;

    hvn_config_finish(self->config, self->registry, &finish_error);
    g_assert_no_error(finish_error);
    return hvn_session_new(self->config, self->registry, self->dispatcher, error);
}

static HvnInterface *
get(HvnSession *session, guint n)
{
    return g_ptr_array_index(hvn_session_get_interfaces(session), n);
}

static void
test_objects(Fixture *self, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    HvnSession *session;
    char mac_text[HVN_MAC_TEXT_LEN];
    HvnMac mac;

    add(self, "toy-b", "toy")->link_up = FALSE;
    add(self, "toy", "toy")->name = g_strdup("ua-lan");
    session = make(self, &error);
    g_assert_no_error(error);
    g_assert_true(hvn_session_get_dispatcher(session) == self->dispatcher);
    g_assert_cmpuint(hvn_session_get_interfaces(session)->len, ==, 2);
    g_assert_cmpstr(get(session, 0)->name, ==, "net0");
    g_assert_true(hvn_session_find_interface(session, "ua-lan") == get(session, 1));
    g_assert_null(hvn_session_find_interface(session, "net1"));
    g_assert_cmpstr(get(session, 0)->nic_name, ==, "toy-b");
    g_assert_cmpstr(get(session, 0)->backend_name, ==, "toy");
    g_assert_cmpstr(hvn_nic_get_variant(get(session, 0)->nic), ==, "toy-b");
    g_assert_cmpstr(hvn_nic_get_variant(get(session, 1)->nic), ==, "toy");
    g_assert_cmpstr(hvn_port_get_name(HVN_PORT(get(session, 1)->nic)), ==, "ua-lan");
    g_assert_cmpstr(hvn_port_get_name(HVN_PORT(get(session, 1)->backend)), ==, "ua-lan");
    g_assert_true(hvn_port_get_dispatcher(HVN_PORT(get(session, 1)->nic)) == self->dispatcher);
    g_assert_false(hvn_link_get_up(get(session, 0)->link));
    g_assert_true(hvn_link_get_up(get(session, 1)->link));
    g_assert_true(hvn_link_get_nic(get(session, 0)->link) == HVN_PORT(get(session, 0)->nic));
    g_assert_true(hvn_link_get_backend(get(session, 0)->link) == HVN_PORT(get(session, 0)->backend));
    hvn_nic_get_mac(get(session, 1)->nic, &mac);
    g_assert_cmpstr(hvn_mac_print(&mac, mac_text), ==, "52:54:00:12:34:57");
    g_assert_finalize_object(session);
}

static void
test_halves(Fixture *self, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    HvnSession *session;

    add(self, "toy", NULL);
    add(self, NULL, "toy");
    session = make(self, &error);
    g_assert_no_error(error);
    g_assert_nonnull(get(session, 0)->nic);
    g_assert_null(get(session, 0)->backend);
    g_assert_null(get(session, 0)->link);
    g_assert_null(get(session, 1)->nic);
    g_assert_true(hvn_session_start(session, &error));
    g_assert_cmpint(hvn_backend_get_state(get(session, 1)->backend), ==, HVN_BACKEND_UP);
    g_assert_finalize_object(session);
}

static void
test_start_stop(Fixture *self, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HvnBackend) backend = NULL;
    HvnSession *session;

    add(self, "toy", "toy");
    session = make(self, &error);
    backend = g_object_ref(get(session, 0)->backend);
    g_assert_cmpint(hvn_backend_get_state(backend), ==, HVN_BACKEND_STOPPED);
    for (guint i = 0; i < 2; i++) {
        g_assert_true(hvn_session_start(session, &error));
        g_assert_no_error(error);
        g_assert_cmpint(hvn_backend_get_state(backend), ==, HVN_BACKEND_UP);
        hvn_session_stop(session);
        hvn_session_stop(session);
        g_assert_cmpint(hvn_backend_get_state(backend), ==, HVN_BACKEND_STOPPED);
    }
    g_assert_true(hvn_session_start(session, &error));
    g_assert_finalize_object(session); /* a session that goes away stops what runs */
    g_assert_cmpint(hvn_backend_get_state(backend), ==, HVN_BACKEND_STOPPED);
    g_assert_null(hvn_port_get_link(HVN_PORT(backend)));
}

static void
test_rollback(Fixture *self, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    HvnSession *session;

    add(self, "toy", "toy");
    hvn_options_add(add(self, "toy", "toy")->backend_options, "fail", "on", "domain.xml:2");
    add(self, "toy", "toy");
    session = make(self, &error);
    g_assert_no_error(error);
    g_assert_false(hvn_session_start(session, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_IN_USE);
    g_assert_cmpstr(error->message, ==, "domain.xml:2: cannot start: told not to");
    for (guint i = 0; i < 3; i++)
        g_assert_cmpint(hvn_backend_get_state(get(session, i)->backend), ==, HVN_BACKEND_STOPPED);
    g_assert_false(hvn_session_start(session, NULL));
    g_assert_finalize_object(session);
}

/* QEMU's options give the backend a place of its own */
static void
test_backend_origin(Fixture *self, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    HvnInterfaceConfig *interface = add(self, "toy", "toy");
    HvnSession *session;

    interface->backend_origin = g_strdup("-netdev toy,id=n0,fail=on");
    hvn_options_add(interface->backend_options, "fail", "on", interface->backend_origin);
    session = make(self, &error);
    g_assert_no_error(error);
    g_assert_false(hvn_session_start(session, &error));
    g_assert_cmpstr(error->message, ==, "-netdev toy,id=n0,fail=on: cannot start: told not to");
    g_assert_finalize_object(session);
}

/* a backend in the place of a NIC: both start, or neither */
static void
test_port(Fixture *self, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    HvnInterfaceConfig *interface = add(self, NULL, "toy");
    HvnSession *session;

    interface->port = g_strdup("toy");
    interface->port_origin = g_strdup("-netdev toy,id=port");
    session = make(self, &error);
    g_assert_no_error(error);
    g_assert_true(hvn_link_get_nic(get(session, 0)->link) == HVN_PORT(get(session, 0)->port));
    g_assert_true(hvn_link_get_backend(get(session, 0)->link) == HVN_PORT(get(session, 0)->backend));
    g_assert_true(hvn_session_start(session, &error));
    g_assert_cmpint(hvn_backend_get_state(get(session, 0)->port), ==, HVN_BACKEND_UP);
    hvn_session_stop(session);
    g_assert_cmpint(hvn_backend_get_state(get(session, 0)->port), ==, HVN_BACKEND_STOPPED);
    g_assert_finalize_object(session);

    hvn_options_add(interface->port_options, "fail", "on", interface->port_origin);
    session = make(self, &error);
    g_assert_false(hvn_session_start(session, &error));
    g_assert_cmpstr(error->message, ==, "-netdev toy,id=port: cannot start: told not to");
    g_assert_cmpint(hvn_backend_get_state(get(session, 0)->backend), ==, HVN_BACKEND_STOPPED);
    g_assert_finalize_object(session);
}

static void
test_missing_module(Fixture *self, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    add(self, "toy", "toy");
    add(self, "toy", "missing");
    g_assert_null(make(self, &error));
    g_assert_nonnull(error);
    g_assert_true(g_str_has_prefix(error->message, "domain.xml:2: "));
    g_assert_nonnull(strstr(error->message, "toy-that-was-never-built"));
}

static void
test_empty(Fixture *self, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    HvnSession *session = make(self, &error);

    g_assert_no_error(error);
    g_assert_true(hvn_session_start(session, &error));
    g_assert_finalize_object(session);
}

#define ADD(name, func) g_test_add("/app/session/" name, Fixture, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("objects", test_objects);
    ADD("halves", test_halves);
    ADD("start-stop", test_start_stop);
    ADD("rollback", test_rollback);
    ADD("backend-origin", test_backend_origin);
    ADD("port", test_port);
    ADD("missing-module", test_missing_module);
    ADD("empty", test_empty);
    return g_test_run();
}
