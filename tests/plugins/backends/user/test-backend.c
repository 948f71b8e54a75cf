/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user backend as a guest sees it: ARP, ping, DHCP, TFTP, TCP both ways with large frames, restrict; and as its owner sees
 * it: errors, what it says of itself, and that nothing is left when it stops.
 * Frames go through hvn-user-input.c and hvn-user-output.c, options through hvn-user-props.c. */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hvn-bytes.h"
#include "hvn-error.h"
#include "hvn-test-frames.h"
#include "hvn-user-guest.h"

#define LARGE 60000

static const guint8 broadcast[4] = {255, 255, 255, 255};

static gboolean
has_frame(gpointer data)
{
    return hvn_fake_port_get_n_frames(((Guest *)data)->port) > 0;
}

static void
test_arp(void)
{
    g_autoptr(Guest) guest = guest_new_started(NULL, NULL);
    guint8 arp[42] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 8, 6, 0, 1, 8, 0,  6, 4, 0,
                      1,    0x52, 0x54, 0,    0x12, 0x34, 0x56, 10,   0, 2,    15,   0,    0, 0, 0, 0, 0, 10, 0, 2, 3};
    const guint8 *reply;

    hvn_fake_port_send_bytes(guest->port, arp, sizeof arp);
    g_assert_true(guest_run(guest, 1000, has_frame, guest));
    reply = g_bytes_get_data(hvn_fake_port_get_frame(guest->port, 0), NULL);
    g_assert_cmpmem(reply + 6, 6, ((const guint8[]){0x52, 0x55, 10, 0, 2, 3}), 6);
    g_assert_cmpuint(hvn_load_be16(reply + 20), ==, 2);
    /* nobody is at .9 */
    hvn_fake_port_clear(guest->port);
    arp[41] = 9;
    hvn_fake_port_send_bytes(guest->port, arp, sizeof arp);
    g_assert_false(guest_run(guest, 30, has_frame, guest));
}

static void
test_ping(void)
{
    g_autoptr(Guest) guest = guest_new_started(NULL, NULL);
    guint8 echo[2008] = {8, 0};
    const guint8 *reply;
    gsize total = 0;

    guest_announce(guest);
    hvn_store_be16(echo + 2, hvn_test_checksum(echo, 64, 0));
    guest_send_ip(guest, guest->host, 1, echo, 64, NULL);
    g_assert_true(guest_run(guest, 1000, has_frame, guest));
    reply = g_bytes_get_data(hvn_fake_port_get_frame(guest->port, 0), NULL);
    g_assert_cmpuint(reply[34], ==, 0);

    /* the answer to a large one comes in fragments of the guest's MTU */
    hvn_fake_port_clear(guest->port);
    memset(echo, 0, 4);
    echo[0] = 8;
    hvn_store_be16(echo + 2, hvn_test_checksum(echo, sizeof echo, 0));
    guest_send_ip(guest, guest->host, 1, echo, sizeof echo, NULL);
    g_assert_true(guest_run(guest, 1000, has_frame, guest));
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest->port), ==, 2);
    for (guint i = 0; i < 2; i++) {
        gsize len;

        reply = g_bytes_get_data(hvn_fake_port_get_frame(guest->port, i), &len);
        g_assert_cmpuint(len, <=, 1514);
        g_assert_cmpuint(hvn_test_checksum(reply + 14, 20, 0), ==, 0);
        g_assert_cmpuint((hvn_load_be16(reply + 20) & 0x1fff) * 8u, ==, total);
        total += hvn_load_be16(reply + 16) - 20u;
    }
    g_assert_cmpuint(total, ==, sizeof echo);
}

/* value of an option of a DHCP message */
static const guint8 *
dhcp_option(const guint8 *message, gsize len, guint8 code, guint8 *option_len)
{
    for (gsize at = 240; at + 2 <= len && message[at] != 255; at += message[at] == 0 ? 1 : 2u + message[at + 1]) {
        if (message[at] == code) {
            *option_len = message[at + 1];
            return message + at + 2;
        }
    }
    return NULL;
}

static GBytes *
dhcp_exchange(Guest *guest, guint8 type, const guint8 *wanted)
{
    guint8 message[300] = {1, 1, 6, 0, 0xde, 0xad, 0xbe, 0xef};
    const guint8 unset[4] = {0};

    memcpy(message + 28, (const guint8[]){0x52, 0x54, 0, 0x12, 0x34, 0x56}, 6);
    memcpy(message + 236, (const guint8[]){0x63, 0x82, 0x53, 0x63, 53, 1, type}, 7);
    if (wanted != NULL) {
        memcpy(message + 243, (const guint8[]){50, 4}, 2);
        memcpy(message + 245, wanted, 4);
        message[249] = 255;
    } else {
        message[243] = 255;
    }
    memcpy(guest->address, unset, 4);
    guest_send_udp(guest, broadcast, 68, 67, message, sizeof message);
    return guest_receive_udp(guest, 68);
}

static void
check_option(GBytes *reply, guint8 code, gconstpointer expected, gsize expected_len)
{
    gsize len;
    const guint8 *message = g_bytes_get_data(reply, &len), *value;
    guint8 option_len = 0;

    value = dhcp_option(message, len, code, &option_len);
    g_assert_nonnull(value);
    g_assert_cmpmem(value, option_len, expected, expected_len);
}

/* libslirp 4.7 does not free the TFTP server's name; that is not ours to find */
extern void
__lsan_disable(void) __attribute__((weak));
extern void
__lsan_enable(void) __attribute__((weak));

static Guest *
guest_with_names(void)
{
    const char *const search[] = {"example.org", NULL};
    Guest *guest = guest_new("hostname", "box", "domainname", "lan.test", "bootfile", "pxe/boot.img", "tftp-server-name", "10.0.2.2",
                             "dnssearch", search, "mtu", 1400, NULL);
    g_autoptr(GError) error = NULL;

    if (__lsan_disable != NULL)
        __lsan_disable();
    hvn_backend_start(HVN_BACKEND(guest->backend), &error);
    if (__lsan_enable != NULL)
        __lsan_enable();
    g_assert_no_error(error);
    return guest;
}

static void
test_dhcp(void)
{
    g_autoptr(Guest) guest = guest_with_names();
    g_autoptr(GBytes) offer = dhcp_exchange(guest, 1, NULL), ack = NULL, nak = NULL;
    const guint8 lease[4] = {10, 0, 2, 15}, foreign[4] = {192, 168, 1, 1};
    const guint8 *message;

    g_assert_nonnull(offer);
    message = g_bytes_get_data(offer, NULL);
    g_assert_cmpmem(message + 16, 4, lease, 4);
    g_assert_cmpmem(message + 20, 4, ((const guint8[]){10, 0, 2, 2}), 4);
    g_assert_cmpstr((const char *)message + 108, ==, "pxe/boot.img");
    check_option(offer, 53, "\2", 1);
    ack = dhcp_exchange(guest, 3, lease);
    check_option(ack, 53, "\5", 1);
    check_option(ack, 1, "\377\377\377\0", 4);
    check_option(ack, 3, "\12\0\2\2", 4);
    check_option(ack, 6, "\12\0\2\3", 4);
    check_option(ack, 12, "box", 3);
    check_option(ack, 15, "lan.test", 8);
    check_option(ack, 66, "10.0.2.2", 8);
    check_option(ack, 119, "\7example\3org\0", 13);
    check_option(ack, 26, "\5\170", 2);
    nak = dhcp_exchange(guest, 3, foreign);
    check_option(nak, 53, "\6", 1);
}

static void
test_dhcp_other_network(void)
{
    g_autoptr(Guest) guest = guest_new_started("net", "192.168.76.0/24", "dhcpstart", "192.168.76.9", "restrict", TRUE, NULL);
    g_autoptr(GBytes) offer = dhcp_exchange(guest, 1, NULL);
    const guint8 *message = g_bytes_get_data(offer, NULL);
    guint8 len;

    g_assert_cmpmem(message + 16, 4, ((const guint8[]){192, 168, 76, 9}), 4);
    g_assert_null(dhcp_option(message, g_bytes_get_size(offer), 3, &len));
    g_assert_null(dhcp_option(message, g_bytes_get_size(offer), 26, &len));
}

static void
test_tftp(void)
{
    g_autofree char *dir = g_dir_make_tmp("hvnet-test-XXXXXX", NULL), *path = g_build_filename(dir, "file", NULL);
    g_autoptr(Guest) guest = NULL;
    g_autoptr(GBytes) data = NULL, refused = NULL, missing = NULL;
    const guint8 *bytes;

    g_assert_true(g_file_set_contents(path, "boot me", -1, NULL));
    guest = guest_new_started("tftp", dir, NULL);
    guest_announce(guest);
    guest_send_udp(guest, guest->host, 3000, 69, "\0\1file\0octet\0", 13);
    data = guest_receive_udp(guest, 3000);
    g_assert_nonnull(data);
    g_assert_cmpmem(g_bytes_get_data(data, NULL), g_bytes_get_size(data), "\0\3\0\1boot me", 11);
    guest_send_udp(guest, guest->host, 3001, 69, "\0\1../etc/passwd\0octet\0", 22);
    refused = guest_receive_udp(guest, 3001);
    g_assert_nonnull(refused);
    bytes = g_bytes_get_data(refused, NULL);
    g_assert_cmpuint(hvn_load_be16(bytes), ==, 5);
    g_assert_cmpuint(hvn_load_be16(bytes + 2), ==, 2);
    guest_send_udp(guest, guest->host, 3002, 69, "\0\1none\0octet\0", 13);
    missing = guest_receive_udp(guest, 3002);
    g_assert_cmpuint(hvn_load_be16((const guint8 *)g_bytes_get_data(missing, NULL) + 2), ==, 1);
    g_unlink(path);
    g_rmdir(dir);
}

/* the guest connects out; a large segment goes in whole, large ones come back whole when both ends can */
static void
check_tcp_out(gboolean large_frames, guint16 mss)
{
    g_autoptr(Guest) guest = guest_new_started("large-frames", large_frames, NULL);
    g_autofree guint8 *data = g_malloc(LARGE), *back = g_malloc(LARGE);
    g_autoptr(Tcp) tcp = NULL;
    guint16 port;
    int listener = host_listen(&port), fd;
    gsize got = 0;
    HvnLinkCounters counters;

    for (guint i = 0; i < LARGE; i++)
        data[i] = (guint8)(i * 7 + i / 251);
    guest_announce(guest);
    tcp = tcp_connect(guest, guest->host, port, mss);
    g_assert_nonnull(tcp);
    g_assert_cmpuint(tcp->peer_mss, ==, large_frames ? MAX(mss, 1460) : 1460);
    fd = accept(listener, NULL, NULL);
    tcp_send(tcp, data, LARGE);
    for (guint i = 0; i < 200 && got < LARGE; i++) {
        gssize n;

        guest_run(guest, 5, NULL, NULL);
        n = recv(fd, back + got, LARGE - got, MSG_DONTWAIT);
        got += n > 0 ? (gsize)n : 0;
    }
    g_assert_cmpmem(back, got, data, LARGE);
    hvn_link_get_counters(guest->link, HVN_PORT(guest->backend), &counters);
    g_assert_cmpuint(counters.segmented, ==, large_frames ? 0 : 1);

    g_assert_cmpint(send(fd, data, LARGE, 0), ==, LARGE);
    g_assert_true(tcp_receive(tcp, LARGE));
    g_assert_cmpmem(tcp->in->data, tcp->in->len, data, LARGE);
    if (large_frames) {
        g_assert_cmpuint(tcp->largest, >, mss);
        g_assert_cmpuint(tcp->largest_offload.gso_size, ==, mss);
        g_assert_cmpuint(tcp->largest_offload.gso_type, ==, HVN_GSO_TCPV4);
        g_assert_cmpuint(tcp->largest_offload.flags & HVN_OFFLOAD_NEEDS_CSUM, !=, 0);
    } else {
        g_assert_cmpuint(tcp->largest, <=, mss);
    }
    close(fd);
    g_assert_false(tcp_receive(tcp, LARGE + 1));
    g_assert_true(tcp->ended);
    close(listener);
}

static void
test_tcp_large(void)
{
    check_tcp_out(TRUE, 1460);
    check_tcp_out(TRUE, 536);
    check_tcp_out(TRUE, 8960);
}

static void
test_tcp_small(void)
{
    check_tcp_out(FALSE, 1460);
}

static gboolean
window_is_open(gpointer data)
{
    tcp_poll(data);
    return ((Tcp *)data)->window > 30000;
}

/* a guest that filled libslirp's buffer hears of new room once the host's server has read, before any probe of its own */
static void
test_tcp_window(void)
{
    g_autoptr(Guest) guest = guest_new_started(NULL, NULL);
    g_autoptr(Tcp) tcp = NULL;
    guint8 data[1460] = {0}, sink[65536];
    guint16 port;
    int listener = host_listen(&port), fd;

    guest_announce(guest);
    tcp = tcp_connect(guest, guest->host, port, 1460);
    fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    for (guint i = 0; i < 100000 && tcp->window >= sizeof data; i++) {
        tcp_send(tcp, data, sizeof data);
        hvn_dispatcher_iterate(guest->dispatcher, FALSE);
        tcp_poll(tcp);
    }
    g_assert_cmpuint(tcp->window, <, sizeof data);
    for (guint i = 0; i < 2000 && !window_is_open(tcp); i++) {
        while (read(fd, sink, sizeof sink) > 0)
            continue;
        guest_run(guest, 1, window_is_open, tcp);
    }
    g_assert_true(window_is_open(tcp));
    close(fd);
    close(listener);
}

/* an ICMPv6 message of the guest at fec0::15 to fec0::2, with a right checksum */
static void
send_icmp6(Guest *guest, const guint8 *message, gsize len)
{
    guint8 frame[128] = {0x33, 0x33, 0, 0, 0, 1, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 0x86, 0xdd, 0x60};
    guint8 *ip = frame + 14, *icmp = ip + 40;

    hvn_store_be16(ip + 4, (guint16)len);
    ip[6] = 58;
    ip[7] = 255;
    ip[8] = ip[24] = 0xfe;
    ip[9] = ip[25] = 0xc0;
    ip[23] = 0x15;
    ip[39] = 2;
    memcpy(icmp, message, len);
    hvn_store_be16(icmp + 2, (guint16)~hvn_checksum_fold(hvn_checksum_add(hvn_checksum_pseudo(ip, 6, 58, (guint32)len), icmp, len)));
    hvn_fake_port_send_bytes(guest->port, frame, 54 + len);
}

/* whether an ICMPv6 message of this type came within a few iterations, without a timer; forgets what came */
static gboolean
receive_icmp6(Guest *guest, guint8 type)
{
    gboolean found = FALSE;

    for (guint round = 0; round < 10 && !found; round++) {
        hvn_dispatcher_iterate(guest->dispatcher, FALSE);
        for (guint i = 0; i < hvn_fake_port_get_n_frames(guest->port); i++) {
            gsize len;
            const guint8 *frame = g_bytes_get_data(hvn_fake_port_get_frame(guest->port, i), &len);

            found = found || (len >= 58 && frame[12] == 0x86 && frame[20] == 58 && frame[54] == type);
        }
    }
    hvn_fake_port_clear(guest->port);
    return found;
}

/* the reply to a guest that libslirp has to look for first waits for the neighbour's answer, and not for a timer */
static void
test_ipv6_first_reply(void)
{
    static const guint8 echo[16] = {128};
    static const guint8 advertisement[32] = {136, 0, 0, 0, 0x60, 0, 0, 0, 0xfe, 0xc0, 0, 0, 0, 0, 0, 0,
                                             0, 0, 0, 0, 0, 0, 0, 0x15, 2, 1, 0x52, 0x54, 0, 0x12, 0x34, 0x56};
    g_autoptr(Guest) guest = guest_new_started(NULL, NULL);

    send_icmp6(guest, echo, sizeof echo);
    g_assert_true(receive_icmp6(guest, 135));
    send_icmp6(guest, advertisement, sizeof advertisement);
    g_assert_true(receive_icmp6(guest, 129));
}

/* a server that closes with a reset while the guest writes: no SIGPIPE, which would end this program */
static void
test_tcp_reset(void)
{
    g_autoptr(Guest) guest = guest_new_started(NULL, NULL);
    g_autoptr(Tcp) tcp = NULL;
    g_autofree guint8 *data = g_malloc0(LARGE);
    const struct linger now = {1, 0};
    guint16 port;
    int listener = host_listen(&port), fd;

    guest_announce(guest);
    tcp = tcp_connect(guest, guest->host, port, 1460);
    fd = accept(listener, NULL, NULL);
    g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), ==, 0);
    close(fd);
    for (guint i = 0; i < 8; i++)
        tcp_send(tcp, data, LARGE);
    guest_run(guest, 100, NULL, NULL);
    close(listener);
}

static void
test_restrict(void)
{
    g_autoptr(Guest) guest = guest_new_started("restrict", TRUE, NULL);
    guint16 port;
    int listener = host_listen(&port);

    guest_announce(guest);
    g_assert_null(tcp_connect(guest, guest->host, port, 1460));
    close(listener);
}

/* full receiver: libslirp's answers wait, in order, and come when there is room */
static void
test_stalled_guest(void)
{
    g_autoptr(Guest) guest = guest_new_started(NULL, NULL);
    guint8 echo[64] = {8, 0};

    guest_announce(guest);
    hvn_fake_port_set_capacity(guest->port, 3);
    for (guint16 i = 0; i < 10; i++) {
        hvn_store_be16(echo + 2, 0);
        hvn_store_be16(echo + 6, i);
        hvn_store_be16(echo + 2, hvn_test_checksum(echo, sizeof echo, 0));
        guest_send_ip(guest, guest->host, 1, echo, sizeof echo, NULL);
    }
    guest_run(guest, 30, NULL, NULL);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest->port), ==, 3);
    hvn_fake_port_set_capacity(guest->port, G_MAXUINT);
    hvn_port_ready(HVN_PORT(guest->port));
    guest_run(guest, 30, NULL, NULL);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest->port), ==, 10);
    for (guint16 i = 0; i < 10; i++)
        g_assert_cmpuint(hvn_load_be16((const guint8 *)g_bytes_get_data(hvn_fake_port_get_frame(guest->port, i), NULL) + 40), ==,
                         i);
}

static void
test_start_errors(void)
{
    static const struct {
        const char *property, *value, *message;
    } cases[] = {
        {"host", "10.0.3.2", "*'10.0.3.2' for option 'host'*network 10.0.2.0/24*"},
        {"tftp", "/nonexistent", "*'/nonexistent' for option 'tftp'*existing directory*"},
        {"ipv4", "maybe", "*'maybe' for option 'ipv4'*on, off*"},
        {"smb", "/nonexistent", "*'/nonexistent' of option 'smb'*"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint before = count_fds();
        g_autoptr(Guest) guest = guest_new(cases[i].property, cases[i].value, NULL);
        guint with_objects = count_fds();
        g_autoptr(GError) error = NULL;

        g_assert_cmpuint(with_objects, >=, before);
        g_assert_false(hvn_backend_start(HVN_BACKEND(guest->backend), &error));
        g_assert_true(g_pattern_match_simple(cases[i].message, error->message));
        g_assert_cmpint(hvn_backend_get_state(HVN_BACKEND(guest->backend)), ==, HVN_BACKEND_STOPPED);
        g_assert_cmpuint(count_fds(), ==, with_objects);
    }
}

static void
test_bootfile(void)
{
    g_autofree char *fits = g_strnfill(127, 'b'), *too_long = g_strnfill(128, 'b');
    g_autoptr(Guest) good = guest_new_started("bootfile", fits, NULL);
    g_autoptr(Guest) bad = guest_new("bootfile", too_long, NULL);
    g_autoptr(GBytes) offer = dhcp_exchange(good, 1, NULL);
    g_autoptr(GError) error = NULL;

    g_assert_cmpstr((const char *)g_bytes_get_data(offer, NULL) + 108, ==, fits);
    g_assert_false(hvn_backend_start(HVN_BACKEND(bad->backend), &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_nonnull(strstr(error->message, "at most 127 bytes, it has 128"));
}

static void
test_describe(void)
{
    g_autoptr(Guest) guest = guest_new("net", "192.168.76.0/24", "restrict", TRUE, NULL);
    g_autofree char *text = hvn_backend_describe(HVN_BACKEND(guest->backend));

    g_assert_cmpstr(text, ==, "net=192.168.76.0,restrict=on");
}

static void
test_restart(void)
{
    g_autoptr(Guest) guest = guest_new(NULL, NULL);
    guint before = 0;

    for (guint i = 0; i < 5; i++) {
        g_autoptr(GError) error = NULL;

        before = before != 0 ? before : count_fds();
        g_assert_true(hvn_backend_start(HVN_BACKEND(guest->backend), &error));
        guest_announce(guest);
        hvn_backend_stop(HVN_BACKEND(guest->backend));
        g_assert_cmpuint(count_fds(), ==, before);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/user/backend/arp", test_arp);
    g_test_add_func("/user/backend/ping", test_ping);
    g_test_add_func("/user/backend/dhcp", test_dhcp);
    g_test_add_func("/user/backend/dhcp-other-network", test_dhcp_other_network);
    g_test_add_func("/user/backend/tftp", test_tftp);
    g_test_add_func("/user/backend/tcp-large", test_tcp_large);
    g_test_add_func("/user/backend/tcp-small", test_tcp_small);
    g_test_add_func("/user/backend/tcp-window", test_tcp_window);
    g_test_add_func("/user/backend/ipv6-first-reply", test_ipv6_first_reply);
    g_test_add_func("/user/backend/tcp-reset", test_tcp_reset);
    g_test_add_func("/user/backend/restrict", test_restrict);
    g_test_add_func("/user/backend/stalled-guest", test_stalled_guest);
    g_test_add_func("/user/backend/start-errors", test_start_errors);
    g_test_add_func("/user/backend/bootfile", test_bootfile);
    g_test_add_func("/user/backend/describe", test_describe);
    g_test_add_func("/user/backend/restart", test_restart);
    return g_test_run();
}
