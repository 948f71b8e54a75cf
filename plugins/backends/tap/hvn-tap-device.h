/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The descriptor of a kernel interface: a tap that is made or found by its name, a macvtap, or one that somebody else has opened; and
 * what the kernel can be told through it (Linux, Documentation/networking/tuntap.rst and include/uapi/linux/if_tun.h). */
#pragma once

#include <net/if.h>

#include "hvn-frame.h"

G_BEGIN_DECLS

/**
 * HvnTapVnetHdr:
 * @HVN_TAP_VNET_HDR_AUTO: headers where the kernel has them
 * @HVN_TAP_VNET_HDR_ON: headers, or an error
 * @HVN_TAP_VNET_HDR_OFF: no headers
 *
 * Whether frames have a virtio_net_hdr in front of them.
 */
typedef enum {
    HVN_TAP_VNET_HDR_AUTO,
    HVN_TAP_VNET_HDR_ON,
    HVN_TAP_VNET_HDR_OFF,
} HvnTapVnetHdr;

typedef struct {
    int      fd;             /* owned, non-blocking; -1 while closed */
    char     name[IFNAMSIZ]; /* of the interface, in the network namespace that the descriptor was opened in */
    gboolean vnet_hdr;       /* frames have headers */
    gboolean uso;            /* the kernel knows UDP segmentation */
    guint    offload;        /* TUN_F_ flags as the kernel was told last */
} HvnTapDevice;

/**
 * hvn_tap_device_open:
 * @self: (out caller-allocates): the device
 * @name: (nullable): the interface, made if it is not there; one "%d" is replaced by the first number that is free. %NULL for "tap%d"
 * @vnet_hdr: whether frames have headers
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set; the device is closed then
 */
gboolean
hvn_tap_device_open(HvnTapDevice *self, const char *name, HvnTapVnetHdr vnet_hdr, GError **error);

/**
 * hvn_tap_device_adopt:
 * @self: (out caller-allocates): the device
 * @fd: (transfer none): a descriptor of a tap or a macvtap; the device works on a duplicate
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set; the device is closed then
 */
gboolean
hvn_tap_device_adopt(HvnTapDevice *self, int fd, GError **error);

/**
 * hvn_tap_device_close:
 * @self: a device; an interface that it made, and that nobody made persistent, goes away
 */
void
hvn_tap_device_close(HvnTapDevice *self);

/**
 * hvn_tap_device_set_sndbuf:
 * @self: an open device
 * @bytes: frames on their way through the kernel in bytes, 1 to 2147483647
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_tap_device_set_sndbuf(HvnTapDevice *self, guint bytes, GError **error);

/**
 * hvn_tap_device_set_mtu:
 * @self: an open device whose interface is in the network namespace of this process
 * @mtu: bytes behind the Ethernet header
 * @error: return location
 *
 * Needs CAP_NET_ADMIN, unless the interface has that MTU already.
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_tap_device_set_mtu(HvnTapDevice *self, guint mtu, GError **error);

/**
 * hvn_tap_device_set_carrier:
 * @self: an open device
 * @up: whether its cable is plugged in; a macvtap, and a kernel before 5.0, do not care
 */
void
hvn_tap_device_set_carrier(HvnTapDevice *self, gboolean up);

/**
 * hvn_tap_device_get_features:
 * @self: an open device
 *
 * Returns: #HvnPortFeatures of frames that the kernel takes
 */
guint
hvn_tap_device_get_features(const HvnTapDevice *self);

/**
 * hvn_tap_device_offer:
 * @self: an open device
 * @features: #HvnPortFeatures of frames that the kernel may give
 *
 * Tells the kernel, if that is news.
 */
void
hvn_tap_device_offer(HvnTapDevice *self, guint features);

G_END_DECLS
