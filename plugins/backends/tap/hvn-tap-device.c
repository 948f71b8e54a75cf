/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening and telling. An interface by name is looked at first: one that macvlan drives has a device file of its own, /dev/tapN with its
 * index, and everything else is asked of /dev/net/tun, which also makes what is not there. */
#include "hvn-tap-device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hvn-error.h"

/* of Linux 6.2; headers may be older */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif
#ifndef TUNSETCARRIER
#define TUNSETCARRIER _IOW('T', 226, int)
#endif

#define TUN_PATH       "/dev/net/tun"
#define NAME_DEFAULT   "tap%d"
#define DRIVER_MACVTAP "macvlan"

/* a request about the interface by its name; FALSE with errno set */
static gboolean
hvn_tap_device_request(const char *name, unsigned long request, struct ifreq *ifr)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int saved_errno;
    gboolean done;

    if (fd < 0)
        return FALSE;
    g_strlcpy(ifr->ifr_name, name, sizeof ifr->ifr_name);
    done = ioctl(fd, request, ifr) == 0;
    saved_errno = errno;
    close(fd);
    errno = saved_errno;
    return done;
}

/* whether there is such an interface, and it is a macvtap */
static gboolean
hvn_tap_device_is_macvtap(const char *name)
{
    struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
    struct ifreq ifr = {.ifr_data = (char *)&info};

    return hvn_tap_device_request(name, SIOCETHTOOL, &ifr) && strcmp(info.driver, DRIVER_MACVTAP) == 0;
}

/* what the kernel says when an interface cannot be attached to, and what to do about it */
static void
hvn_tap_device_set_attach_error(GError **error, int saved_errno, const char *name)
{
    if (saved_errno == EBUSY)
        g_set_error(error, HVN_ERROR, HVN_ERROR_IN_USE, "interface '%s' is in use by another program: expected one that is free", name);
    else if (saved_errno == EPERM || saved_errno == EACCES)
        g_set_error(error, HVN_ERROR, HVN_ERROR_IO,
                    "no privilege to open interface '%s': expected one made for this user ('ip tuntap add dev NAME mode tap user USER'), fd=, "
                    "helper=, the backend 'bridge', or CAP_NET_ADMIN",
                    name);
    else if (saved_errno == EINVAL)
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "interface '%s' is no tap or macvtap interface, or its name is not valid", name);
    else
        hvn_set_error_errno(error, saved_errno, "cannot open interface '%s'", name);
}

static gboolean
hvn_tap_device_open_file(HvnTapDevice *self, const char *name, GError **error)
{
    gboolean macvtap = hvn_tap_device_is_macvtap(name);
    g_autofree char *path = macvtap ? g_strdup_printf("/dev/tap%u", if_nametoindex(name)) : g_strdup(TUN_PATH);

    self->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (self->fd >= 0)
        return TRUE;
    if (errno == ENOENT && macvtap)
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND, "the device file %s of macvtap '%s' is not there: expected udev to make it, or fd=",
                    path, name);
    else if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED, "this kernel has no %s: expected its module 'tun' to be loaded", path);
    else
        hvn_set_error_errno(error, errno, "cannot open %s for interface '%s'", path, name);
    return FALSE;
}

static gboolean
hvn_tap_device_choose_header(HvnTapDevice *self, HvnTapVnetHdr vnet_hdr, GError **error)
{
    unsigned int features = 0;

    self->vnet_hdr = vnet_hdr != HVN_TAP_VNET_HDR_OFF && ioctl(self->fd, TUNGETFEATURES, &features) == 0 && (features & IFF_VNET_HDR) != 0;
    if (vnet_hdr == HVN_TAP_VNET_HDR_ON && !self->vnet_hdr) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED, "vnet_hdr=on, but this kernel does not support IFF_VNET_HDR");
        return FALSE;
    }
    return TRUE;
}

static gboolean
hvn_tap_device_attach(HvnTapDevice *self, const char *name, GError **error)
{
    struct ifreq ifr = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | (self->vnet_hdr ? IFF_VNET_HDR : 0))};

    g_strlcpy(ifr.ifr_name, name, sizeof ifr.ifr_name);
    if (ioctl(self->fd, TUNSETIFF, &ifr) == 0)
        return TRUE;
    /* one that was made for several queues refuses who does not say the same */
    ifr.ifr_flags |= IFF_MULTI_QUEUE;
    if (errno == EINVAL && if_nametoindex(name) != 0 && ioctl(self->fd, TUNSETIFF, &ifr) == 0)
        return TRUE;
    hvn_tap_device_set_attach_error(error, errno, name);
    return FALSE;
}

/* the name, and what can be done with headers */
static gboolean
hvn_tap_device_settle(HvnTapDevice *self, GError **error)
{
    struct ifreq ifr = {0};
    int header_len = (int)sizeof(struct virtio_net_hdr);

    if (ioctl(self->fd, TUNGETIFF, &ifr) != 0) {
        hvn_set_error_errno(error, errno, "cannot ask for the name of the interface");
        return FALSE;
    }
    g_strlcpy(self->name, ifr.ifr_name, sizeof self->name);
    if (!self->vnet_hdr)
        return TRUE;
    if (ioctl(self->fd, TUNSETVNETHDRSZ, &header_len) != 0) {
        hvn_set_error_errno(error, errno, "cannot set the length of the frames' headers of interface '%s' to %d", self->name, header_len);
        return FALSE;
    }
    self->uso = ioctl(self->fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_USO4 | TUN_F_USO6) == 0;
    if (ioctl(self->fd, TUNSETOFFLOAD, 0) != 0) {
        hvn_set_error_errno(error, errno, "cannot set the offload of interface '%s'", self->name);
        return FALSE;
    }
    return TRUE;
}

gboolean
hvn_tap_device_open(HvnTapDevice *self, const char *name, HvnTapVnetHdr vnet_hdr, GError **error)
{
    *self = (HvnTapDevice){.fd = -1};
    if (name == NULL)
        name = NAME_DEFAULT;
    if (hvn_tap_device_open_file(self, name, error) && hvn_tap_device_choose_header(self, vnet_hdr, error) &&
        hvn_tap_device_attach(self, name, error) && hvn_tap_device_settle(self, error))
        return TRUE;
    hvn_tap_device_close(self);
    return FALSE;
}

static gboolean
hvn_tap_device_check_adopted(HvnTapDevice *self, int fd, GError **error)
{
    struct ifreq ifr = {0};
    int flags;

    if (ioctl(self->fd, TUNGETIFF, &ifr) != 0) {
        hvn_set_error_errno(error, errno, "fd %d is no tap interface: expected a descriptor of %s or of a macvtap", fd, TUN_PATH);
        return FALSE;
    }
    /* whether it has IFF_NO_PI cannot be seen: that bit also says that there is no filter (IFF_NOFILTER) */
    if ((ifr.ifr_flags & IFF_TAP) == 0) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "fd %d is interface '%s', which has no Ethernet frames: expected a tap (IFF_TAP)", fd,
                    ifr.ifr_name);
        return FALSE;
    }
    self->vnet_hdr = (ifr.ifr_flags & IFF_VNET_HDR) != 0;
    flags = fcntl(self->fd, F_GETFL);
    if (flags < 0 || fcntl(self->fd, F_SETFL, flags | O_NONBLOCK) < 0) {
        hvn_set_error_errno(error, errno, "cannot set fd %d non-blocking", fd);
        return FALSE;
    }
    return TRUE;
}

gboolean
hvn_tap_device_adopt(HvnTapDevice *self, int fd, GError **error)
{
    *self = (HvnTapDevice){.fd = fcntl(fd, F_DUPFD_CLOEXEC, 3)};
    if (self->fd < 0) {
        hvn_set_error_errno(error, errno, "fd %d cannot be used", fd);
        return FALSE;
    }
    if (hvn_tap_device_check_adopted(self, fd, error) && hvn_tap_device_settle(self, error))
        return TRUE;
    hvn_tap_device_close(self);
    return FALSE;
}

void
hvn_tap_device_close(HvnTapDevice *self)
{
    if (self->fd >= 0)
        close(self->fd);
    *self = (HvnTapDevice){.fd = -1};
}

gboolean
hvn_tap_device_set_sndbuf(HvnTapDevice *self, guint bytes, GError **error)
{
    int value = (int)MIN(bytes, G_MAXINT);

    if (ioctl(self->fd, TUNSETSNDBUF, &value) == 0)
        return TRUE;
    hvn_set_error_errno(error, errno, "cannot set sndbuf of interface '%s' to %d", self->name, value);
    return FALSE;
}

gboolean
hvn_tap_device_set_mtu(HvnTapDevice *self, guint mtu, GError **error)
{
    struct ifreq ifr = {0};

    if (hvn_tap_device_request(self->name, SIOCGIFMTU, &ifr) && (guint)ifr.ifr_mtu == mtu)
        return TRUE;
    ifr.ifr_mtu = (int)mtu;
    if (hvn_tap_device_request(self->name, SIOCSIFMTU, &ifr))
        return TRUE;
    hvn_set_error_errno(error, errno, "cannot set the MTU of interface '%s' to %u", self->name, mtu);
    return FALSE;
}

void
hvn_tap_device_set_carrier(HvnTapDevice *self, gboolean up)
{
    int value = up ? 1 : 0;

    if (ioctl(self->fd, TUNSETCARRIER, &value) != 0)
        g_debug("%s: the carrier cannot be set: %s", self->name, g_strerror(errno));
}

guint
hvn_tap_device_get_features(const HvnTapDevice *self)
{
    guint features = HVN_PORT_SHORT_FRAMES;

    if (self->vnet_hdr)
        features |= HVN_PORT_CSUM | HVN_PORT_TSO4 | HVN_PORT_TSO6 | (self->uso ? HVN_PORT_USO : 0);
    return features;
}

void
hvn_tap_device_offer(HvnTapDevice *self, guint features)
{
    guint offload = 0;

    if (!self->vnet_hdr)
        return;
    if (features & HVN_PORT_CSUM) {
        offload = TUN_F_CSUM;
        if (features & HVN_PORT_TSO4)
            offload |= TUN_F_TSO4;
        if (features & HVN_PORT_TSO6)
            offload |= TUN_F_TSO6;
        if ((features & HVN_PORT_USO) && self->uso)
            offload |= TUN_F_USO4 | TUN_F_USO6;
    }
    /* one that cannot be told is remembered all the same: the link does the rest, and asking again would not help */
    if (offload != self->offload && ioctl(self->fd, TUNSETOFFLOAD, (unsigned long)offload) != 0)
        g_debug("%s: the offload cannot be set to 0x%x: %s", self->name, offload, g_strerror(errno));
    self->offload = offload;
}
