/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bridge helpers (hvn-tap-helper.c), by small programs that behave like one, well or badly. The real one is in tests/e2e/test_tap.py. */
#include "hvn-tap-helper.h"

#include <string.h>
#include <unistd.h>

#include "hvn-error.h"
#include "hvn-fake-port.h"

/* what the helper does, as its command line is QEMU's; a descriptor of /dev/null stands for the tap's */
#define GOOD                                                                                                                                       \
    "python3 -c 'import os,socket,sys; assert sys.argv[1] == \"--use-vnet\" and sys.argv[3] == \"--\" + \"br=virbr7\", sys.argv; "                            \
    "socket.send_fds(socket.socket(fileno=int(sys.argv[2][5:])), [b\"x\"], [os.open(\"/dev/null\", 0)])'"

static int
run(const char *helper, GError **error)
{
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_autoptr(HvnFakePort) port = hvn_fake_port_new(dispatcher, "net0");

    return hvn_tap_helper_run(HVN_PORT(port), helper, "virbr7", error);
}

static void
test_good(void)
{
    g_autoptr(GError) error = NULL;
    int fd = run(GOOD, &error);

    g_assert_no_error(error);
    g_assert_cmpint(fd, >=, 0);
    close(fd);
}

static void
test_bad(void)
{
    const struct {
        const char *helper;
        int         code;
        const char *said;
    } rows[] = {
        {"echo access denied by acl file >&2; exit 1 #", HVN_ERROR_FAILED, "ended with status 1: access denied by acl file"},
        {"true ", HVN_ERROR_PROTOCOL, "helper 'true ' for bridge 'virbr7' has sent no descriptor"},
        {"/nonexistent/helper", HVN_ERROR_NOT_FOUND, "cannot run '/nonexistent/helper'"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_cmpint(run(rows[i].helper, &error), ==, -1);
        g_test_message("%s", error->message);
        g_assert_error(error, HVN_ERROR, rows[i].code);
        g_assert_nonnull(strstr(error->message, rows[i].said));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tap/helper/good", test_good);
    g_test_add_func("/tap/helper/bad", test_bad);
    return g_test_run();
}
