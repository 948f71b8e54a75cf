/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bridge backend (hvn-bridge-backend.c), with a helper that makes a tap in the namespace of the test. The real helper and real bridges
 * are in tests/e2e/test_tap.py. */
#include "hvn-bridge-backend.h"

#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "hvn-error.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-test-namespace.h"

#define CYCLES 20 /* a helper is a process, which takes its time; those of tap are counted in test-backend.c */

/* TUNSETIFF with IFF_TAP, IFF_NO_PI and IFF_VNET_HDR */
#define HELPER                                                                                                                                     \
    "python3 -c 'import fcntl,os,socket,struct,sys; t = os.open(\"/dev/net/tun\", os.O_RDWR); "                                                     \
    "fcntl.ioctl(t, 0x400454ca, struct.pack(\"16sH22x\", sys.argv[3][5:].encode(), 0x5002)); "                                                      \
    "socket.send_fds(socket.socket(fileno=int(sys.argv[2][5:])), [b\"x\"], [t])'"

static void
test_carries(void)
{
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_autoptr(HvnFakePort) nic = hvn_fake_port_new(dispatcher, "nic");
    g_autoptr(HvnBackend) backend =
        g_object_new(HVN_TYPE_BRIDGE_BACKEND, "dispatcher", dispatcher, "name", "net0", "br", "made0", "helper", HELPER, NULL);
    g_autoptr(HvnLink) link = hvn_link_new(HVN_PORT(nic), HVN_PORT(backend));
    guint fds = hvn_test_namespace_count_fds();

    for (guint i = 0; i < CYCLES; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL, *name = NULL;
        guint8 bytes[60] = {0x52}, got[100];
        int host;

        g_assert_true(hvn_backend_start(backend, &error));
        g_assert_no_error(error);
        g_object_get(backend, "interface", &name, NULL);
        g_assert_cmpstr(name, ==, "made0");
        text = hvn_backend_describe(backend);
        g_assert_true(g_str_has_prefix(text, "ifname=made0,br=made0,helper=python3 "));
        hvn_test_namespace_silence("made0");
        hvn_test_namespace_set_up("made0", TRUE);
        host = hvn_test_namespace_open_packet("made0", FALSE);
        g_assert_true(hvn_fake_port_send_bytes(nic, bytes, sizeof bytes));
        g_assert_cmpint(read(host, got, sizeof got), ==, sizeof bytes);
        g_assert_cmpint(write(host, bytes, sizeof bytes), ==, sizeof bytes);
        for (guint j = 0; j < 100 && hvn_dispatcher_iterate(dispatcher, FALSE); j++)
            ;
        g_assert_cmpuint(hvn_fake_port_get_n_frames(nic), ==, i + 1);
        close(host);
        hvn_backend_stop(backend);
        g_assert_cmpuint(if_nametoindex("made0"), ==, 0);
        g_assert_cmpuint(hvn_test_namespace_count_fds(), ==, fds);
    }
    hvn_link_disconnect(link);
}

static void
test_helper_fails(void)
{
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_autoptr(HvnBackend) backend = g_object_new(HVN_TYPE_BRIDGE_BACKEND, "dispatcher", dispatcher, "name", "net0", "br", "br9", "helper",
                                                 "echo access denied by acl file; exit 1 #", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_false(hvn_backend_start(backend, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_FAILED);
    g_assert_nonnull(strstr(error->message, "for bridge 'br9' ended with status 1: access denied by acl file"));
    g_assert_cmpint(hvn_backend_get_state(backend), ==, HVN_BACKEND_STOPPED);
}

int
main(int argc, char **argv)
{
    gboolean entered = hvn_test_namespace_enter();

    g_test_init(&argc, &argv, NULL);
    if (!entered)
        g_error("this kernel does not let users make namespaces (user.max_user_namespaces, kernel.unprivileged_userns_clone)");
    g_test_add_func("/bridge/carries", test_carries);
    g_test_add_func("/bridge/helper-fails", test_helper_fails);
    return g_test_run();
}
