/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interfaces of the kernel (hvn-tap-device.c), in a namespace of the test's own. */
#include "hvn-tap-device.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hvn-error.h"
#include "hvn-test-namespace.h"

static void
open_device(HvnTapDevice *device, const char *name, HvnTapVnetHdr vnet_hdr)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(hvn_tap_device_open(device, name, vnet_hdr, &error));
    g_assert_no_error(error);
}

static char *
read_sys(const char *name, const char *file)
{
    g_autofree char *path = g_strdup_printf("/proc/sys/net/ipv4/conf/%s/%s", name, file);
    char *text = NULL;

    g_file_get_contents(path, &text, NULL, NULL);
    return text;
}

static void
test_open_and_close(void)
{
    HvnTapDevice device, second;
    g_autoptr(GError) error = NULL;
    g_autofree char *there = NULL, *gone = NULL;

    open_device(&device, NULL, HVN_TAP_VNET_HDR_AUTO);
    g_assert_cmpstr(device.name, ==, "tap0");
    g_assert_true(device.vnet_hdr);
    g_assert_cmphex(hvn_tap_device_get_features(&device) & ~HVN_PORT_USO, ==,
                    HVN_PORT_CSUM | HVN_PORT_TSO4 | HVN_PORT_TSO6 | HVN_PORT_SHORT_FRAMES);
    g_assert_cmpint(fcntl(device.fd, F_GETFL) & O_NONBLOCK, !=, 0);
    there = read_sys("tap0", "forwarding");
    g_assert_nonnull(there);
    g_assert_false(hvn_tap_device_open(&second, "tap0", HVN_TAP_VNET_HDR_AUTO, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_IN_USE);
    g_assert_cmpint(second.fd, ==, -1);
    hvn_tap_device_close(&device);
    gone = read_sys("tap0", "forwarding");
    g_assert_null(gone);
    hvn_tap_device_close(&device);
}

static void
test_header_off(void)
{
    HvnTapDevice device;

    open_device(&device, "plain%d", HVN_TAP_VNET_HDR_OFF);
    g_assert_cmpstr(device.name, ==, "plain0");
    g_assert_false(device.vnet_hdr);
    g_assert_cmphex(hvn_tap_device_get_features(&device), ==, HVN_PORT_SHORT_FRAMES);
    hvn_tap_device_offer(&device, HVN_PORT_CSUM);
    g_assert_cmphex(device.offload, ==, 0);
    hvn_tap_device_close(&device);
}

/* a persistent interface stays, with one queue or several */
static void
test_persistent(void)
{
    for (guint several = 0; several < 2; several++) {
        HvnTapDevice device;
        struct ifreq ifr = {.ifr_name = "keep0", .ifr_flags = (short)(IFF_TAP | IFF_NO_PI | (several ? IFF_MULTI_QUEUE : 0))};
        int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

        g_assert_cmpint(ioctl(fd, TUNSETIFF, &ifr), ==, 0);
        g_assert_cmpint(ioctl(fd, TUNSETPERSIST, 1), ==, 0);
        close(fd);
        for (guint i = 0; i < 3; i++) {
            open_device(&device, "keep0", HVN_TAP_VNET_HDR_ON);
            hvn_tap_device_close(&device);
        }
        g_assert_cmpuint(if_nametoindex("keep0"), !=, 0);
        hvn_test_namespace_delete("keep0");
    }
}

static void
test_adopt(void)
{
    HvnTapDevice device;
    struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

    g_assert_cmpint(ioctl(fd, TUNSETIFF, &ifr), ==, 0);
    for (guint i = 0; i < 2; i++) {
        g_assert_true(hvn_tap_device_adopt(&device, fd, NULL));
        g_assert_cmpint(device.fd, !=, fd);
        g_assert_cmpstr(device.name, ==, ifr.ifr_name);
        g_assert_true(device.vnet_hdr);
        hvn_tap_device_close(&device);
    }
    g_assert_cmpuint(if_nametoindex(ifr.ifr_name), !=, 0);
    close(fd);
    g_assert_cmpuint(if_nametoindex(ifr.ifr_name), ==, 0);
}

static void
test_adopt_refuses(void)
{
    const struct {
        int         flags; /* of TUNSETIFF; 0 for /dev/null, -1 for a number that is not open */
        const char *said;
    } rows[] = {
        {IFF_TUN | IFF_NO_PI, "which has no Ethernet frames: expected a tap (IFF_TAP)"},
        {0, "is no tap interface: expected a descriptor of /dev/net/tun or of a macvtap"},
        {-1, "fd 12345 cannot be used: Bad file descriptor"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        HvnTapDevice device;
        struct ifreq ifr = {.ifr_flags = (short)rows[i].flags};
        g_autoptr(GError) error = NULL;
        int fd = rows[i].flags < 0 ? 12345 : open(rows[i].flags > 0 ? "/dev/net/tun" : "/dev/null", O_RDWR | O_CLOEXEC);

        if (rows[i].flags > 0)
            g_assert_cmpint(ioctl(fd, TUNSETIFF, &ifr), ==, 0);
        g_assert_false(hvn_tap_device_adopt(&device, fd, &error));
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, rows[i].said));
        if (rows[i].flags >= 0)
            close(fd);
    }
}

static void
test_refused_names(void)
{
    HvnTapDevice device;
    g_autoptr(GError) error = NULL;

    g_assert_false(hvn_tap_device_open(&device, "lo", HVN_TAP_VNET_HDR_AUTO, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_cmpstr(error->message, ==, "interface 'lo' is no tap or macvtap interface, or its name is not valid");
}

static void
test_tuning(void)
{
    HvnTapDevice device;
    g_autoptr(GError) error = NULL;
    struct ifreq ifr = {.ifr_name = "tap0"};
    int sndbuf = 0;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    open_device(&device, "tap0", HVN_TAP_VNET_HDR_AUTO);
    hvn_test_namespace_silence("tap0");
    hvn_test_namespace_set_up("tap0", TRUE);
    g_assert_true(hvn_tap_device_set_sndbuf(&device, 4096, &error));
    g_assert_cmpint(ioctl(device.fd, TUNGETSNDBUF, &sndbuf), ==, 0);
    g_assert_cmpint(sndbuf, ==, 4096);
    g_assert_true(hvn_tap_device_set_mtu(&device, 9000, &error));
    g_assert_cmpint(ioctl(fd, SIOCGIFMTU, &ifr), ==, 0);
    g_assert_cmpint(ifr.ifr_mtu, ==, 9000);
    for (guint up = 0; up < 2; up++) {
        hvn_tap_device_set_carrier(&device, up);
        g_assert_cmpint(hvn_test_namespace_has_carrier("tap0"), ==, up);
    }
    hvn_tap_device_offer(&device, HVN_PORT_CSUM | HVN_PORT_TSO4);
    g_assert_cmphex(device.offload, ==, TUN_F_CSUM | TUN_F_TSO4);
    hvn_tap_device_offer(&device, HVN_PORT_TSO4); /* none without checksums */
    g_assert_cmphex(device.offload, ==, 0);
    g_assert_false(hvn_tap_device_set_mtu(&device, 67, &error));
    g_assert_nonnull(strstr(error->message, "cannot set the MTU of interface 'tap0' to 67"));
    close(fd);
    hvn_tap_device_close(&device);
}

int
main(int argc, char **argv)
{
    gboolean entered = hvn_test_namespace_enter();

    g_test_init(&argc, &argv, NULL);
    if (!entered)
        g_error("this kernel does not let users make namespaces (user.max_user_namespaces, kernel.unprivileged_userns_clone)");
    g_test_add_func("/tap/device/open-and-close", test_open_and_close);
    g_test_add_func("/tap/device/header-off", test_header_off);
    g_test_add_func("/tap/device/persistent", test_persistent);
    g_test_add_func("/tap/device/adopt", test_adopt);
    g_test_add_func("/tap/device/adopt-refuses", test_adopt_refuses);
    g_test_add_func("/tap/device/refused-names", test_refused_names);
    g_test_add_func("/tap/device/tuning", test_tuning);
    return g_test_run();
}
