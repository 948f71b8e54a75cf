/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's side by hand: frames are built byte by byte, received ones are looked at and forgotten. */
#include "hvn-user-guest.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hvn-bytes.h"
#include "hvn-test-frames.h"

#define WAIT_MS 3000

static const guint8 guest_mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
static const guint8 host_mac[6] = {0x52, 0x55, 0x0a, 0x00, 0x02, 0x02};

static Guest *
guest_wrap(HvnDispatcher *dispatcher, HvnUserBackend *backend)
{
    Guest *guest = g_new0(Guest, 1);

    guest->dispatcher = dispatcher;
    guest->backend = backend;
    guest->port = hvn_fake_port_new(dispatcher, "guest");
    guest->link = hvn_link_new(HVN_PORT(guest->port), HVN_PORT(backend));
    memcpy(guest->address, (const guint8[]){10, 0, 2, 15}, 4);
    memcpy(guest->host, (const guint8[]){10, 0, 2, 2}, 4);
    return guest;
}

static HvnUserBackend *
guest_backend(HvnDispatcher *dispatcher, const char *first_property, va_list args)
{
    HvnUserBackend *backend = g_object_new(HVN_TYPE_USER_BACKEND, "dispatcher", dispatcher, "name", "net0", NULL);

    if (first_property != NULL)
        g_object_set_valist(G_OBJECT(backend), first_property, args);
    return backend;
}

Guest *
guest_new(const char *first_property, ...)
{
    HvnDispatcher *dispatcher = hvn_dispatcher_new(NULL, NULL);
    HvnUserBackend *backend;
    va_list args;

    va_start(args, first_property);
    backend = guest_backend(dispatcher, first_property, args);
    va_end(args);
    return guest_wrap(dispatcher, backend);
}

Guest *
guest_new_started(const char *first_property, ...)
{
    HvnDispatcher *dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_autoptr(GError) error = NULL;
    HvnUserBackend *backend;
    va_list args;

    va_start(args, first_property);
    backend = guest_backend(dispatcher, first_property, args);
    va_end(args);
    hvn_backend_start(HVN_BACKEND(backend), &error);
    g_assert_no_error(error);
    return guest_wrap(dispatcher, backend);
}

void
guest_free(Guest *guest)
{
    hvn_backend_stop(HVN_BACKEND(guest->backend));
    hvn_link_disconnect(guest->link);
    g_object_unref(guest->link);
    g_object_unref(guest->backend);
    g_object_unref(guest->port);
    g_object_unref(guest->dispatcher);
    g_free(guest);
}

static gboolean
guest_wake(gpointer data)
{
    return G_SOURCE_CONTINUE;
}

gboolean
guest_run(Guest *guest, guint ms, gboolean (*done)(gpointer), gpointer data)
{
    gint64 end = g_get_monotonic_time() + (gint64)ms * 1000;
    GSource *tick = g_timeout_source_new(5);
    gboolean is_done = done != NULL && done(data);

    g_source_set_callback(tick, guest_wake, NULL, NULL);
    g_source_attach(tick, hvn_dispatcher_get_context(guest->dispatcher));
    while (!is_done && g_get_monotonic_time() < end) {
        hvn_dispatcher_iterate(guest->dispatcher, TRUE);
        is_done = done != NULL && done(data);
    }
    g_source_destroy(tick);
    g_source_unref(tick);
    return is_done;
}

static gboolean
guest_has_frame(gpointer data)
{
    return hvn_fake_port_get_n_frames(((Guest *)data)->port) > 0;
}

void
guest_announce(Guest *guest)
{
    guint8 arp[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    memcpy(arp + 6, guest_mac, 6);
    memcpy(arp + 12, (const guint8[]){0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1}, 10);
    memcpy(arp + 22, guest_mac, 6);
    memcpy(arp + 28, guest->address, 4);
    memcpy(arp + 38, guest->host, 4);
    hvn_fake_port_send_bytes(guest->port, arp, sizeof arp);
    guest_run(guest, WAIT_MS, guest_has_frame, guest);
    hvn_fake_port_clear(guest->port);
}

void
guest_send_ip(Guest *guest, const guint8 *dst, guint8 protocol, const guint8 *payload, gsize len, const HvnOffload *offload)
{
    guest_send_fragment(guest, dst, protocol, 0, payload, len, offload);
}

void
guest_send_fragment(Guest *guest, const guint8 *dst, guint8 protocol, guint16 fragment, const guint8 *payload, gsize len,
                    const HvnOffload *offload)
{
    g_autofree guint8 *bytes = g_malloc0(MAX(34 + len, 60));
    struct iovec pieces[2];
    HvnFrame frame;

    memcpy(bytes, host_mac, 6);
    memcpy(bytes + 6, guest_mac, 6);
    hvn_store_be16(bytes + 12, 0x0800);
    bytes[14] = 0x45;
    hvn_store_be16(bytes + 16, (guint16)(20 + len));
    hvn_store_be16(bytes + 20, fragment);
    bytes[22] = 64;
    bytes[23] = protocol;
    memcpy(bytes + 26, guest->address, 4);
    memcpy(bytes + 30, dst, 4);
    hvn_store_be16(bytes + 24, hvn_test_checksum(bytes + 14, 20, 0));
    memcpy(bytes + 34, payload, len);
    /* two pieces, so that the backend has something to join */
    pieces[0] = (struct iovec){bytes, 34};
    pieces[1] = (struct iovec){bytes + 34, MAX(34 + len, 60) - 34};
    hvn_frame_init(&frame, pieces, 2);
    if (offload != NULL)
        frame.offload = *offload;
    g_assert_cmpuint(hvn_port_send(HVN_PORT(guest->port), &frame, 1), ==, 1);
}

static guint32
pseudo_sum(const Guest *guest, const guint8 *dst, guint8 protocol, gsize len)
{
    return (guint32)(hvn_load_be16(guest->address) + hvn_load_be16(guest->address + 2) + hvn_load_be16(dst) +
                     hvn_load_be16(dst + 2) + protocol + len);
}

void
guest_send_udp(Guest *guest, const guint8 *dst, guint16 src_port, guint16 dst_port, gconstpointer payload, gsize len)
{
    g_autofree guint8 *udp = g_malloc0(8 + len);

    hvn_store_be16(udp, src_port);
    hvn_store_be16(udp + 2, dst_port);
    hvn_store_be16(udp + 4, (guint16)(8 + len));
    memcpy(udp + 8, payload, len);
    hvn_store_be16(udp + 6, hvn_test_checksum(udp, 8 + len, pseudo_sum(guest, dst, 17, 8 + len)));
    guest_send_ip(guest, dst, 17, udp, 8 + len, NULL);
}

typedef struct {
    Guest *guest;
    guint16 port;
    GBytes *found;
} UdpWait;

static gboolean
guest_find_udp(gpointer data)
{
    UdpWait *wait = data;

    for (guint i = 0; i < hvn_fake_port_get_n_frames(wait->guest->port) && wait->found == NULL; i++) {
        gsize len;
        const guint8 *bytes = g_bytes_get_data(hvn_fake_port_get_frame(wait->guest->port, i), &len);

        if (len >= 42 && hvn_load_be16(bytes + 12) == 0x0800 && bytes[23] == 17 && hvn_load_be16(bytes + 36) == wait->port)
            wait->found = g_bytes_new(bytes + 42, (gsize)hvn_load_be16(bytes + 38) - 8);
    }
    hvn_fake_port_clear(wait->guest->port);
    return wait->found != NULL;
}

GBytes *
guest_receive_udp(Guest *guest, guint16 dst_port)
{
    UdpWait wait = {guest, dst_port, NULL};

    guest_run(guest, WAIT_MS, guest_find_udp, &wait);
    return wait.found;
}

static void
tcp_output(Tcp *tcp, guint8 flags, gconstpointer data, gsize len)
{
    gsize options = (flags & 2) != 0 && tcp->mss != 0 ? 4 : 0, header = 20 + options;
    g_autofree guint8 *bytes = g_malloc0(header + len);
    HvnOffload offload = {.flags = HVN_OFFLOAD_NEEDS_CSUM, .csum_start = 34, .csum_offset = 16, .hdr_len = 54};
    guint32 sum = pseudo_sum(tcp->guest, tcp->peer, 6, header + len);

    hvn_store_be16(bytes, tcp->port);
    hvn_store_be16(bytes + 2, tcp->peer_port);
    hvn_store_be32(bytes + 4, tcp->seq);
    hvn_store_be32(bytes + 8, tcp->ack);
    bytes[12] = (guint8)(header / 4 << 4);
    bytes[13] = flags;
    hvn_store_be16(bytes + 14, 65535);
    if (options != 0) {
        bytes[20] = 2;
        bytes[21] = 4;
        hvn_store_be16(bytes + 22, tcp->mss);
    }
    if (len > 0)
        memcpy(bytes + header, data, len);
    if (len > tcp->mss) {
        /* as a driver does: the pseudo header's sum, and the rest is left to do */
        hvn_store_be16(bytes + 16, (guint16)~hvn_test_checksum(bytes, 0, sum));
        offload.gso_type = HVN_GSO_TCPV4;
        offload.gso_size = tcp->mss;
        guest_send_ip(tcp->guest, tcp->peer, 6, bytes, header + len, &offload);
    } else {
        hvn_store_be16(bytes + 16, hvn_test_checksum(bytes, header + len, sum));
        guest_send_ip(tcp->guest, tcp->peer, 6, bytes, header + len, NULL);
    }
    tcp->seq += (guint32)len + ((flags & 3) != 0 ? 1 : 0);
}

/* one received segment of this connection */
static void
tcp_input(Tcp *tcp, const guint8 *bytes, const HvnLayers *layers, const HvnOffload *offload)
{
    const guint8 *header = bytes + layers->l4_offset;
    gsize len = layers->l4_offset + layers->l4_len - layers->payload_offset;
    guint8 flags = header[13];

    if ((flags & 4) != 0) {
        tcp->reset = TRUE;
        return;
    }
    if ((flags & 2) != 0) {
        tcp->ack = hvn_load_be32(header + 4) + 1;
        tcp->open = TRUE;
        if (header[12] >> 4 > 5 && header[20] == 2)
            tcp->peer_mss = hvn_load_be16(header + 22);
        return;
    }
    if (hvn_load_be32(header + 4) != tcp->ack) {
        tcp_output(tcp, 0x10, NULL, 0);
        return;
    }
    g_byte_array_append(tcp->in, bytes + layers->payload_offset, (guint)len);
    if (len > tcp->largest) {
        tcp->largest = len;
        tcp->largest_offload = *offload;
    }
    tcp->ack += (guint32)len + ((flags & 1) != 0 ? 1 : 0);
    tcp->ended |= (flags & 1) != 0;
    if (len > 0 || (flags & 1) != 0)
        tcp_output(tcp, 0x10, NULL, 0);
}

void
tcp_poll(Tcp *tcp)
{
    g_autoptr(GPtrArray) frames = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_autoptr(GArray) offloads = g_array_new(FALSE, FALSE, sizeof(HvnOffload));

    for (guint i = 0; i < hvn_fake_port_get_n_frames(tcp->guest->port); i++) {
        HvnOffload offload = hvn_fake_port_get_offload(tcp->guest->port, i);

        g_ptr_array_add(frames, g_bytes_ref(hvn_fake_port_get_frame(tcp->guest->port, i)));
        g_array_append_val(offloads, offload);
    }
    hvn_fake_port_clear(tcp->guest->port);
    for (guint i = 0; i < frames->len; i++) {
        gsize len;
        const guint8 *bytes = g_bytes_get_data(frames->pdata[i], &len);
        HvnLayers layers;

        if (!hvn_layers_parse(bytes, len, len, &layers) || layers.protocol != 6 || layers.ip_version != 4 ||
            hvn_load_be16(bytes + layers.l4_offset + 2) != tcp->port)
            continue;
        if (tcp->peer_port == 0) {
            tcp->peer_port = hvn_load_be16(bytes + layers.l4_offset);
            memcpy(tcp->peer, bytes + 26, 4);
        }
        if (hvn_load_be16(bytes + layers.l4_offset) != tcp->peer_port)
            continue;
        tcp->window = hvn_load_be16(bytes + layers.l4_offset + 14);
        tcp_input(tcp, bytes, &layers, &g_array_index(offloads, HvnOffload, i));
    }
}

static gboolean
tcp_is_settled(gpointer data)
{
    Tcp *tcp = data;

    tcp_poll(tcp);
    return tcp->open || tcp->reset;
}

static Tcp *
tcp_new(Guest *guest, guint16 port, guint16 mss)
{
    Tcp *tcp = g_new0(Tcp, 1);

    tcp->guest = guest;
    tcp->port = port;
    tcp->mss = mss;
    tcp->seq = 1000;
    tcp->in = g_byte_array_new();
    return tcp;
}

static Tcp *
tcp_settle(Tcp *tcp, guint8 answer, guint ms)
{
    if (!guest_run(tcp->guest, ms, tcp_is_settled, tcp) || tcp->reset) {
        tcp_free(tcp);
        return NULL;
    }
    tcp_output(tcp, answer, NULL, 0);
    return tcp;
}

Tcp *
tcp_connect(Guest *guest, const guint8 *peer, guint16 peer_port, guint16 mss)
{
    Tcp *tcp = tcp_new(guest, (guint16)g_random_int_range(20000, 60000), mss);

    memcpy(tcp->peer, peer, 4);
    tcp->peer_port = peer_port;
    tcp_output(tcp, 0x02, NULL, 0);
    return tcp_settle(tcp, 0x10, 1000);
}

Tcp *
tcp_accept(Guest *guest, guint16 port, guint16 mss)
{
    return tcp_settle(tcp_new(guest, port, mss), 0x12, WAIT_MS);
}

void
tcp_send(Tcp *tcp, gconstpointer data, gsize len)
{
    tcp_output(tcp, 0x18, data, len);
}

void
tcp_finish(Tcp *tcp)
{
    tcp_output(tcp, 0x11, NULL, 0);
}

typedef struct {
    Tcp *tcp;
    gsize len;
} TcpWait;

static gboolean
tcp_has(gpointer data)
{
    TcpWait *wait = data;

    tcp_poll(wait->tcp);
    return wait->tcp->in->len >= wait->len || wait->tcp->ended || wait->tcp->reset;
}

gboolean
tcp_receive(Tcp *tcp, gsize len)
{
    TcpWait wait = {tcp, len};

    guest_run(tcp->guest, WAIT_MS, tcp_has, &wait);
    return tcp->in->len >= len;
}

void
tcp_free(Tcp *tcp)
{
    g_byte_array_unref(tcp->in);
    g_free(tcp);
}

int
host_listen(guint16 *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(bind(fd, (const struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint(listen(fd, 8), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&address, &len), ==, 0);
    *port = ntohs(address.sin_port);
    return fd;
}

int
host_connect(guint16 port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

guint
count_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    guint n = 0;

    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n;
}
