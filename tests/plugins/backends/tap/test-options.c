/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the tap backend (hvn-tap-options.c): what goes together, and what is said where it does not. */
#include "hvn-tap-options.h"

#include <string.h>

#include "hvn-error.h"

static char text[] = "x", bridge[] = "br7", five[] = "5", two[] = "5:6", slash[] = "a/b", empty[] = "", on[] = "on", off[] = "no";

static void
test_refused(void)
{
    const struct {
        HvnTapOptions options;
        const char   *said; /* NULL where they go together */
    } rows[] = {
        {{.queues = 1}, NULL},
        {{.queues = 1, .ifname = text, .script = text, .downscript = text, .vnet_hdr = on, .sndbuf = 1, .mtu = 9000}, NULL},
        {{.queues = 1, .fd = five, .sndbuf = 1}, NULL},
        {{.queues = 1, .fds = five}, NULL},
        {{.queues = 1, .helper = text, .br = bridge}, NULL},
        {{.queues = 1, .fd = five, .ifname = text}, "fd= and ifname= exclude each other"},
        {{.queues = 1, .fd = five, .script = text}, "fd= and script= exclude each other"},
        {{.queues = 1, .fds = five, .downscript = text}, "fds= and downscript= exclude each other"},
        {{.queues = 1, .helper = text, .vnet_hdr = on}, "helper= and vnet_hdr= exclude each other"},
        {{.queues = 1, .fd = five, .helper = text}, "fd= and helper= exclude each other"},
        {{.queues = 1, .fd = five, .fds = text}, "fd= and fds= exclude each other"},
        {{.queues = 2}, "queues=2 is not supported"},
        {{.queues = 1, .fds = two}, "fds=5:6 names several queues"},
        {{.queues = 1, .br = bridge}, "br=br7 without helper="},
        {{.queues = 1, .ifname = slash}, "invalid ifname 'a/b'"},
        {{.queues = 1, .ifname = empty}, "invalid ifname ''"},
        {{.queues = 1, .mtu = 67}, "invalid mtu 67"},
        {{.queues = 1, .vhost = TRUE}, "vhost=on is not supported: with vhost-net the kernel reads the guest's rings"},
        {{.queues = 1, .vhostforce = TRUE}, "vhostforce=on is not supported"},
        {{.queues = 1, .vhostfd = five}, "vhostfd= is not supported"},
        {{.queues = 1, .vhostfds = five}, "vhostfds= is not supported"},
        {{.queues = 1, .poll_us = 1}, "poll-us= is not supported"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        gboolean accepted = hvn_tap_options_check(&rows[i].options, &error);

        g_test_message("row %u: %s", i, error != NULL ? error->message : "accepted");
        g_assert_cmpint(accepted, ==, rows[i].said == NULL);
        if (rows[i].said != NULL) {
            g_assert_true(error->domain == HVN_ERROR);
            g_assert_nonnull(strstr(error->message, rows[i].said));
        }
    }
}

static void
test_fd(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(hvn_tap_options_get_fd(&(HvnTapOptions){.queues = 1}, NULL), ==, -1);
    g_assert_cmpint(hvn_tap_options_get_fd(&(HvnTapOptions){.fd = five}, NULL), ==, 5);
    g_assert_cmpint(hvn_tap_options_get_fd(&(HvnTapOptions){.fds = five}, NULL), ==, 5);
    g_assert_cmpint(hvn_tap_options_get_fd(&(HvnTapOptions){.fd = text}, &error), ==, -2);
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_cmpstr(error->message, ==, "invalid fd 'x': expected the number of an open descriptor");
}

static void
test_values(void)
{
    g_assert_cmpint(hvn_tap_options_get_vnet_hdr(&(HvnTapOptions){0}), ==, HVN_TAP_VNET_HDR_AUTO);
    g_assert_cmpint(hvn_tap_options_get_vnet_hdr(&(HvnTapOptions){.vnet_hdr = on}), ==, HVN_TAP_VNET_HDR_ON);
    g_assert_cmpint(hvn_tap_options_get_vnet_hdr(&(HvnTapOptions){.vnet_hdr = off}), ==, HVN_TAP_VNET_HDR_OFF);
    g_assert_null(hvn_tap_options_get_script(&(HvnTapOptions){.script = off}, FALSE));
    g_assert_null(hvn_tap_options_get_script(&(HvnTapOptions){.downscript = empty}, TRUE));
    g_assert_cmpstr(hvn_tap_options_get_script(&(HvnTapOptions){.script = text}, FALSE), ==, "x");
    /* without the option: QEMU's, where this host has it */
    g_assert_cmpstr(hvn_tap_options_get_script(&(HvnTapOptions){0}, FALSE), ==,
                    g_file_test("/etc/qemu-ifup", G_FILE_TEST_IS_EXECUTABLE) ? "/etc/qemu-ifup" : NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tap/options/refused", test_refused);
    g_test_add_func("/tap/options/fd", test_fd);
    g_test_add_func("/tap/options/values", test_values);
    return g_test_run();
}
