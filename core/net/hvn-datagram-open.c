/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sockets of datagrams: bound, connected, members of a group. */
#include "hvn-datagram-private.h"

#include "hvn-error.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

/* takes the socket, which is bound */
static HvnDatagram *
hvn_datagram_connect(HvnBackend *backend, int fd, const HvnSocketAddress *remote, char *file, GError **error)
{
    if (fd < 0)
        return NULL;
    if (remote->storage.ss_family != AF_UNIX && connect(fd, (const struct sockaddr *)&remote->storage, remote->len) != 0) {
        int saved = errno;
        g_autofree char *text = hvn_socket_address_print(remote);

        close(fd);
        hvn_set_error_errno(error, saved, "can't send to %s", text);
        return NULL;
    }
    return hvn_datagram_start(backend, fd, -1, remote, file);
}

HvnDatagram *
hvn_datagram_new_unicast(HvnBackend *backend, const HvnSocketAddress *local, const HvnSocketAddress *remote, GError **error)
{
    char *file = NULL;
    int fd;

    g_return_val_if_fail(HVN_IS_BACKEND(backend), NULL);
    g_return_val_if_fail(local->storage.ss_family == remote->storage.ss_family, NULL);

    fd = hvn_socket_bind(local, SOCK_DGRAM, &file, error);
    return hvn_datagram_connect(backend, fd, remote, file, error);
}

HvnDatagram *
hvn_datagram_new_raw(HvnBackend *backend, int protocol, const HvnSocketAddress *local, const HvnSocketAddress *remote, GError **error)
{
    int fd;

    g_return_val_if_fail(HVN_IS_BACKEND(backend), NULL);
    g_return_val_if_fail(local->storage.ss_family == remote->storage.ss_family, NULL);

    fd = socket(local->storage.ss_family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (fd < 0) {
        hvn_set_error_errno(error, errno, "no raw socket, which needs CAP_NET_RAW");
        return NULL;
    }
    if (bind(fd, (const struct sockaddr *)&local->storage, local->len) != 0) {
        int saved = errno;
        g_autofree char *text = hvn_socket_address_print(local);

        close(fd);
        hvn_set_error_errno(error, saved, "can't bind to %s", text);
        return NULL;
    }
    return hvn_datagram_connect(backend, fd, remote, NULL, error);
}

/* ---- multicast ---- */

/* the interface by its address; an IPv6 group says it by the scope of either address */
static gboolean
hvn_datagram_set_interface(int fd, const HvnSocketAddress *group, const HvnSocketAddress *interface, gboolean join)
{
    const struct sockaddr_in6 *group6 = (const struct sockaddr_in6 *)&group->storage;

    if (group->storage.ss_family == AF_INET) {
        struct in_addr any = {.s_addr = htonl(INADDR_ANY)};
        struct ip_mreq request = {
            .imr_multiaddr = ((const struct sockaddr_in *)&group->storage)->sin_addr,
            .imr_interface = interface != NULL ? ((const struct sockaddr_in *)&interface->storage)->sin_addr : any,
        };

        if (join)
            return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request) == 0;
        return interface == NULL || setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request.imr_interface, sizeof request.imr_interface) == 0;
    } else {
        const struct sockaddr_in6 *own = (const struct sockaddr_in6 *)(interface != NULL ? &interface->storage : &group->storage);
        struct ipv6_mreq request = {.ipv6mr_multiaddr = group6->sin6_addr, .ipv6mr_interface = own->sin6_scope_id};

        if (join)
            return setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &request, sizeof request) == 0;
        return own->sin6_scope_id == 0 ||
               setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &request.ipv6mr_interface, sizeof request.ipv6mr_interface) == 0;
    }
}

/* Bound to the group's own address, so that what is sent to other groups or to this host on the same port is not received. */
static int
hvn_datagram_join(const HvnSocketAddress *group, const HvnSocketAddress *interface, GError **error)
{
    g_autofree char *text = hvn_socket_address_print(group);
    int fd = hvn_socket_open(group->storage.ss_family, SOCK_DGRAM, error), on = 1;

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, (const struct sockaddr *)&group->storage, group->len) == 0 && hvn_datagram_set_interface(fd, group, interface, TRUE))
        return fd;
    hvn_set_error_errno(error, errno, "can't add socket to multicast group %s", text);
    close(fd);
    return -1;
}

/* A socket of its own for sending: it has a port of its own, by which what comes back from the group is known. Others on this host
 * receive it, as in QEMU, because looping back is what a socket does when nobody says otherwise. */
static int
hvn_datagram_open_sender(const HvnSocketAddress *group, const HvnSocketAddress *interface, GError **error)
{
    g_autofree char *text = hvn_socket_address_print(group);
    int fd = hvn_socket_open(group->storage.ss_family, SOCK_DGRAM, error);

    if (fd < 0)
        return -1;
    if (hvn_datagram_set_interface(fd, group, interface, FALSE) && connect(fd, (const struct sockaddr *)&group->storage, group->len) == 0)
        return fd;
    hvn_set_error_errno(error, errno, "can't send to multicast group %s", text);
    close(fd);
    return -1;
}

HvnDatagram *
hvn_datagram_new_multicast(HvnBackend *backend, const HvnSocketAddress *group, const HvnSocketAddress *interface, int fd, GError **error)
{
    int send_fd;

    g_return_val_if_fail(HVN_IS_BACKEND(backend), NULL);

    send_fd = hvn_datagram_open_sender(group, interface, error);
    if (send_fd >= 0 && fd < 0)
        fd = hvn_datagram_join(group, interface, error);
    if (send_fd < 0 || fd < 0) {
        if (fd >= 0)
            close(fd);
        if (send_fd >= 0)
            close(send_fd);
        return NULL;
    }
    return hvn_datagram_start(backend, fd, send_fd, NULL, NULL);
}
