/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Namespaces by unshare(), interfaces by ioctl and rtnetlink; see hvn-test-namespace.h. */
#include "hvn-test-namespace.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hvn-fd-channel.h"

static gboolean
namespace_write(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    gboolean done = fd >= 0 && write(fd, text, strlen(text)) == (gssize)strlen(text);

    if (fd >= 0)
        close(fd);
    return done;
}

gboolean
hvn_test_namespace_enter(void)
{
    char map[32];

    snprintf(map, sizeof map, "0 %u 1", (guint)geteuid());
    return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && namespace_write("/proc/self/setgroups", "deny") &&
           namespace_write("/proc/self/uid_map", map);
}

static void
namespace_request(unsigned long request, struct ifreq *ifr, const char *ifname)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(fd, >=, 0);
    g_strlcpy(ifr->ifr_name, ifname, sizeof ifr->ifr_name);
    g_assert_cmpint(ioctl(fd, request, ifr), ==, 0);
    close(fd);
}

void
hvn_test_namespace_set_up(const char *ifname, gboolean up)
{
    struct ifreq ifr = {0};

    namespace_request(SIOCGIFFLAGS, &ifr, ifname);
    ifr.ifr_flags = (short)(up ? ifr.ifr_flags | IFF_UP : ifr.ifr_flags & ~IFF_UP);
    namespace_request(SIOCSIFFLAGS, &ifr, ifname);
}

gboolean
hvn_test_namespace_has_carrier(const char *ifname)
{
    struct ethtool_value link = {.cmd = ETHTOOL_GLINK};
    struct ifreq ifr = {.ifr_data = (char *)&link};

    namespace_request(SIOCETHTOOL, &ifr, ifname);
    return link.data != 0;
}

void
hvn_test_namespace_silence(const char *ifname)
{
    g_autofree char *path = g_strdup_printf("/proc/sys/net/ipv6/conf/%s/disable_ipv6", ifname);

    /* where there is no IPv6 there is nothing to silence */
    if (access(path, F_OK) == 0)
        g_assert_true(namespace_write(path, "1"));
}

int
hvn_test_namespace_open_packet(const char *ifname, gboolean with_headers)
{
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(ifname)};
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = with_headers;

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on), ==, 0);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    return fd;
}

void
hvn_test_namespace_delete(const char *ifname)
{
    struct {
        struct nlmsghdr  header;
        struct ifinfomsg info;
    } request = {
        .header = {.nlmsg_len = sizeof request, .nlmsg_type = RTM_DELLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
        .info = {.ifi_index = (int)if_nametoindex(ifname)},
    };
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        char            more[256];
    } answer;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(send(fd, &request, sizeof request, 0), ==, sizeof request);
    g_assert_cmpint(recv(fd, &answer, sizeof answer, 0), >=, (gssize)(sizeof answer.header + sizeof answer.error.error));
    g_assert_cmpint(answer.error.error, ==, 0);
    close(fd);
}

static int
namespace_make_tap(void)
{
    struct ifreq ifr = {.ifr_name = "tap0", .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
    int fd;

    if (!hvn_test_namespace_enter())
        return -1;
    fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) != 0)
        return -1;
    hvn_test_namespace_silence("tap0");
    hvn_test_namespace_set_up("tap0", TRUE);
    return fd;
}

int
hvn_test_namespace_new_tap(void)
{
    union {
        struct cmsghdr header; /* for its alignment */
        char           room[CMSG_SPACE(sizeof(int))];
    } control;
    char byte = 0;
    struct iovec piece = {&byte, 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    int ends[2], status, fd = -1;
    pid_t child;

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
    child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        fd = namespace_make_tap();
        _exit(fd >= 0 && hvn_fd_send(ends[1], "", 1, &fd, 1) == 1 ? 0 : 1);
    }
    close(ends[1]);
    if (recvmsg(ends[0], &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message) != NULL)
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    close(ends[0]);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return fd;
}

guint
hvn_test_namespace_count_fds(void)
{
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    guint n = 0;

    while (g_dir_read_name(dir) != NULL)
        n++;
    return n;
}
