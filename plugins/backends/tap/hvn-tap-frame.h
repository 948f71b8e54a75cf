/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One frame in or out of a tap's descriptor, and the virtio_net_hdr in front of it (Linux, include/uapi/linux/virtio_net.h): the kernel
 * and we tell each other with it what is left to do on the frame. */
#pragma once

#include <linux/virtio_net.h>

#include "hvn-frame.h"

G_BEGIN_DECLS

/**
 * hvn_tap_frame_store_header:
 * @frame: a frame
 * @header: (out caller-allocates): the header for it, in the byte order of this machine
 */
void
hvn_tap_frame_store_header(const HvnFrame *frame, struct virtio_net_hdr *header);

/**
 * hvn_tap_frame_load_header:
 * @header: a header of the kernel, in the byte order of this machine
 * @offload: (out caller-allocates): what it says; the link drops a frame that it does not fit, and one of a kind that we do not know
 *   comes out as such a frame
 */
void
hvn_tap_frame_load_header(const struct virtio_net_hdr *header, HvnOffload *offload);

/**
 * hvn_tap_frame_read:
 * @fd: a tap whose frames have headers
 * @buf: room for the frame
 * @size: bytes of it
 * @offload: (out): what is left to do
 *
 * A #HvnBatchReadFunc; on failure errno says why.
 *
 * Returns: bytes of the frame, 0 when there is none now, -1 on failure
 */
gssize
hvn_tap_frame_read(int fd, gpointer buf, gsize size, HvnOffload *offload);

/**
 * hvn_tap_frame_read_plain:
 * @fd: a tap whose frames have no headers
 * @buf: room for the frame
 * @size: bytes of it
 * @offload: (out): left as it is
 *
 * A #HvnBatchReadFunc; on failure errno says why.
 *
 * Returns: bytes of the frame, 0 when there is none now, -1 on failure
 */
gssize
hvn_tap_frame_read_plain(int fd, gpointer buf, gsize size, HvnOffload *offload);

/**
 * hvn_tap_frame_write:
 * @fd: a tap
 * @frame: the frame
 * @with_header: whether its frames have headers
 *
 * Writes the frame in one call, from where it lies.
 *
 * Returns: 0, or errno
 */
int
hvn_tap_frame_write(int fd, const HvnFrame *frame, gboolean with_header);

G_END_DECLS
