/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TCP through the user backend, up and down, with and without large frames. The guest is the kernel's own TCP: a child in a user
 * and network namespace of its own makes a tap with a vnet header and hands its fd over; a port of a few lines joins it to the
 * backend through a link. The server is a thread on loopback. No privileges are needed, and nothing of the host is changed.
 *
 *   child: TCP -> tap (MTU 1500) -> TapPort -> link -> user backend -> 127.0.0.1: server thread
 *
 * To be linked with hvn-bench and the library; the backend comes from its module, by the registry. Ends with status 77 on a host
 * that gives no tap in a user namespace. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hvn-backend.h"
#include "hvn-bench.h"
#include "hvn-link.h"
#include "hvn-registry.h"
#include "hvn-watch.h"

#define CHUNK       (256 * 1024)
#define READ_FRAMES 16

/* what the guest is told to do; the answer is a double: Gbit/s */
typedef struct {
    guint16 port;
    gboolean up;
    guint ms;
} Order;

/* --- the port that joins a tap --- */

typedef struct {
    HvnPort parent_instance;
    int fd;
    HvnWatch *watch;
    guint8 *buf; /* READ_FRAMES frames */
    HvnFrame frames[READ_FRAMES];
    struct iovec iovs[READ_FRAMES];
    guint held, sent; /* frames read, and of these taken */
} TapPort;

typedef struct {
    HvnPortClass parent_class;
} TapPortClass;

GType
tap_port_get_type(void);
G_DEFINE_TYPE(TapPort, tap_port, HVN_TYPE_PORT)

static gboolean
tap_port_flush(TapPort *self)
{
    if (self->sent < self->held)
        self->sent += hvn_port_send((HvnPort *)self, self->frames + self->sent, self->held - self->sent);
    return self->sent == self->held;
}

static void
tap_port_read(TapPort *self)
{
    self->held = self->sent = 0;
    while (self->held < READ_FRAMES) {
        struct virtio_net_hdr header;
        guint8 *buf = self->buf + (gsize)self->held * HVN_FRAME_LEN_MAX;
        struct iovec pieces[2] = {{&header, sizeof header}, {buf, HVN_FRAME_LEN_MAX}};
        gssize got = readv(self->fd, pieces, 2);
        HvnFrame *frame = &self->frames[self->held];

        if (got < (gssize)sizeof header + HVN_ETHER_HEADER_LEN)
            return;
        self->iovs[self->held] = (struct iovec){buf, (gsize)got - sizeof header};
        hvn_frame_init(frame, &self->iovs[self->held], 1);
        frame->offload.flags = header.flags & (HVN_OFFLOAD_NEEDS_CSUM | HVN_OFFLOAD_DATA_VALID);
        frame->offload.gso_type = header.gso_type & 0x7f;
        frame->offload.hdr_len = header.hdr_len;
        frame->offload.gso_size = header.gso_size;
        frame->offload.csum_start = header.csum_start;
        frame->offload.csum_offset = header.csum_offset;
        self->held++;
    }
}

static void
tap_port_event(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    TapPort *self = data;

    if ((condition & G_IO_OUT) != 0) {
        hvn_watch_want(watch, G_IO_OUT, FALSE);
        hvn_port_ready((HvnPort *)self);
    }
    if (tap_port_flush(self))
        tap_port_read(self);
    hvn_watch_want(watch, G_IO_IN, tap_port_flush(self));
}

static guint
tap_port_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    TapPort *self = (TapPort *)port;

    for (guint i = 0; i < n_frames; i++) {
        const HvnOffload *offload = &frames[i].offload;
        struct virtio_net_hdr header = {offload->flags,    offload->gso_type,   offload->hdr_len,
                                        offload->gso_size, offload->csum_start, offload->csum_offset};
        struct iovec pieces[HVN_FRAME_IOV_MAX + 1];

        pieces[0] = (struct iovec){&header, sizeof header};
        memcpy(pieces + 1, frames[i].iov, frames[i].n_iov * sizeof *pieces);
        if (writev(self->fd, pieces, (int)frames[i].n_iov + 1) < 0 && errno == EAGAIN) {
            hvn_watch_want(self->watch, G_IO_OUT, TRUE);
            return i;
        }
    }
    return n_frames;
}

static void
tap_port_resume(HvnPort *port)
{
    hvn_watch_kick(((TapPort *)port)->watch);
}

static void
tap_port_dispose(GObject *object)
{
    TapPort *self = (TapPort *)object;

    g_clear_pointer(&self->watch, hvn_watch_free);
    g_clear_pointer(&self->buf, g_free);
    G_OBJECT_CLASS(tap_port_parent_class)->dispose(object);
}

static void
tap_port_class_init(TapPortClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = tap_port_dispose;
    klass->parent_class.push = tap_port_push;
    klass->parent_class.resume = tap_port_resume;
}

static void
tap_port_init(TapPort *self)
{
    self->buf = g_malloc((gsize)READ_FRAMES * HVN_FRAME_LEN_MAX);
}

static TapPort *
tap_port_new(HvnDispatcher *dispatcher, int fd)
{
    TapPort *self = g_object_new(tap_port_get_type(), "dispatcher", dispatcher, "name", "tap", NULL);

    self->fd = fd;
    self->watch = hvn_watch_new(dispatcher, fd, tap_port_event, self);
    hvn_port_set_features((HvnPort *)self, HVN_PORT_CSUM | HVN_PORT_TSO4 | HVN_PORT_TSO6 | HVN_PORT_SHORT_FRAMES);
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
    return self;
}

/* --- the guest: a child in namespaces of its own --- */

static gboolean
guest_set_up(const char *name, const char *address)
{
    struct ifreq request = {0};
    struct sockaddr_in in = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    gboolean good;

    g_strlcpy(request.ifr_name, name, sizeof request.ifr_name);
    inet_pton(AF_INET, address, &in.sin_addr);
    memcpy(&request.ifr_addr, &in, sizeof in);
    good = ioctl(fd, SIOCSIFADDR, &request) == 0;
    inet_pton(AF_INET, "255.255.255.0", &in.sin_addr);
    memcpy(&request.ifr_netmask, &in, sizeof in);
    good = good && ioctl(fd, SIOCSIFNETMASK, &request) == 0;
    good = good && ioctl(fd, SIOCGIFFLAGS, &request) == 0;
    request.ifr_flags |= IFF_UP;
    good = good && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    close(fd);
    return good;
}

static int
guest_open_tap(void)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
    int fd;

    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return -1;
    fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    g_strlcpy(request.ifr_name, "guest0", sizeof request.ifr_name);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &request) != 0 || ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) != 0 ||
        !guest_set_up("guest0", "10.0.2.15"))
        return -1;
    return fd;
}

static double
guest_transfer(const Order *order)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(order->port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_autofree char *data = g_malloc0(CHUNK);
    gint64 start, end;
    guint64 bytes = 0;
    gssize n = 1;

    inet_pton(AF_INET, "10.0.2.2", &address.sin_addr);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        return 0;
    start = g_get_monotonic_time();
    end = start + (gint64)order->ms * 1000;
    while (n > 0 && (!order->up || g_get_monotonic_time() < end)) {
        n = order->up ? send(fd, data, CHUNK, MSG_NOSIGNAL) : recv(fd, data, CHUNK, 0);
        bytes += n > 0 ? (guint64)n : 0;
    }
    /* what is on its way counts only once it has arrived: the server closes after it */
    shutdown(fd, SHUT_WR);
    while (order->up && recv(fd, data, CHUNK, 0) > 0)
        ;
    end = g_get_monotonic_time();
    close(fd);
    return (double)bytes * 8 / ((double)(end - start) * 1000);
}

static void
guest_main(int control)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } buffer = {0};
    char byte = 0;
    struct iovec piece = {&byte, 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &buffer, .msg_controllen = sizeof buffer};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    int tap = guest_open_tap();
    Order order;

    if (tap < 0)
        return;
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof tap);
    memcpy(CMSG_DATA(header), &tap, sizeof tap);
    if (sendmsg(control, &message, MSG_NOSIGNAL) != 1)
        return;
    close(tap);
    while (recv(control, &order, sizeof order, 0) == sizeof order) {
        double result = guest_transfer(&order);

        if (send(control, &result, sizeof result, MSG_NOSIGNAL) != sizeof result)
            return;
    }
}

static int
guest_receive_tap(int control)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } buffer;
    char byte;
    struct iovec piece = {&byte, 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &buffer, .msg_controllen = sizeof buffer};
    int tap = -1;

    if (recvmsg(control, &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message) != NULL)
        memcpy(&tap, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof tap);
    return tap;
}

/* --- the server: a thread on loopback --- */

typedef struct {
    int listener;
    Order order;
} Server;

static gpointer
server_run(gpointer data)
{
    Server *self = data;
    int fd = accept(self->listener, NULL, NULL);
    gint64 end = g_get_monotonic_time() + (gint64)self->order.ms * 1000;
    g_autofree char *chunk = g_malloc0(CHUNK);

    while (self->order.up && recv(fd, chunk, CHUNK, 0) > 0)
        ;
    while (!self->order.up && g_get_monotonic_time() < end && send(fd, chunk, CHUNK, MSG_NOSIGNAL) > 0)
        ;
    close(fd);
    return NULL;
}

static int
server_listen(guint16 *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 1) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        g_error("cannot listen on loopback: %s", g_strerror(errno));
    *port = ntohs(address.sin_port);
    return fd;
}

/* --- the measurement --- */

static double
measure_one(HvnDispatcher *dispatcher, int control, gboolean up, guint ms)
{
    Server server = {.order = {.up = up, .ms = ms}};
    gint64 limit = g_get_monotonic_time() + ((gint64)ms + 5000) * 1000;
    double result = 0;
    GThread *thread;

    server.listener = server_listen(&server.order.port);
    thread = g_thread_new("server", server_run, &server);
    if (send(control, &server.order, sizeof server.order, MSG_NOSIGNAL) != sizeof server.order)
        g_error("the guest is gone");
    while (recv(control, &result, sizeof result, MSG_DONTWAIT) != sizeof result && g_get_monotonic_time() < limit)
        hvn_dispatcher_iterate(dispatcher, TRUE);
    /* a connection that never came must not hold the thread */
    shutdown(server.listener, SHUT_RDWR);
    g_thread_join(thread);
    close(server.listener);
    return result;
}

static void
measure(HvnBench *bench, GType type, int tap, int control, gboolean large, double *small)
{
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_autoptr(HvnBackend) backend = g_object_new(type, "dispatcher", dispatcher, "name", "net0", "large-frames", large, NULL);
    TapPort *port = tap_port_new(dispatcher, tap);
    HvnLink *link = hvn_link_new((HvnPort *)port, HVN_PORT(backend));
    g_autoptr(GError) error = NULL;

    if (!hvn_backend_start(backend, &error))
        g_error("%s", error->message);
    for (guint up = 0; up < 2; up++) {
        double speed = measure_one(dispatcher, control, up != 0, bench->quick ? 200 : 1500);

        small[up] = large ? small[up] : speed;
        hvn_bench_string(bench, "direction", up != 0 ? "up" : "down");
        hvn_bench_uint(bench, "large_frames", large);
        hvn_bench_double(bench, "gbit_per_s", speed);
        hvn_bench_double(bench, "ratio_to_small", small[up] > 0 ? speed / small[up] : 0);
        hvn_bench_end_row(bench);
    }
    hvn_backend_stop(backend);
    hvn_link_disconnect(link);
    g_object_unref(link);
    g_object_unref(port);
}

static GType
load_backend(void)
{
    g_autoptr(HvnRegistry) registry = hvn_registry_new(NULL);
    g_autoptr(GError) error = NULL;
    HvnDescriptor *descriptor = hvn_registry_find(registry, "backend", "user", &error);
    GType type = descriptor != NULL ? hvn_registry_load(registry, descriptor, &error) : G_TYPE_INVALID;

    if (type == G_TYPE_INVALID)
        g_error("%s", error->message);
    return type;
}

int
main(int argc, char **argv)
{
    int control[2], tap;
    double small[2] = {0, 0};
    HvnBench bench;
    GType type;
    pid_t guest;

    hvn_bench_init(&bench, "user", NULL, argc, argv);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) != 0)
        return 1;
    guest = fork();
    if (guest == 0) {
        close(control[0]);
        guest_main(control[1]);
        _exit(0);
    }
    close(control[1]);
    tap = guest_receive_tap(control[0]);
    if (tap < 0) {
        fprintf(stderr, "user: this host gives no tap in a user namespace (/dev/net/tun, unprivileged user namespaces)\n");
        return 77;
    }
    type = load_backend();
    measure(&bench, type, tap, control[0], FALSE, small);
    measure(&bench, type, tap, control[0], TRUE, small);
    hvn_bench_finish(&bench);
    close(tap);
    close(control[0]);
    waitpid(guest, NULL, 0);
    return 0;
}
