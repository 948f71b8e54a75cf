/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Joins two ports: the only place for work that every pair needs. Towards each port it counts, captures, drops what is not
 * a frame, pads to 60 bytes, and finishes checksums and segmentation where the port lacks the feature. */
#pragma once

#include "hvn-port.h"
#include "hvn-rate.h"

G_BEGIN_DECLS

#define HVN_TYPE_LINK (hvn_link_get_type())
G_DECLARE_FINAL_TYPE(HvnLink, hvn_link, HVN, LINK, GObject)

/**
 * HvnLinkCounters:
 * @frames: frames taken by the receiver (a frame with a GSO type counts once)
 * @bytes: bytes in these
 * @dropped_link_down: frames taken while the link was down
 * @dropped_runt: frames below 14 bytes
 * @dropped_oversize: frames above %HVN_FRAME_LEN_MAX, or of more than %HVN_FRAME_IOV_MAX pieces
 * @dropped_misuse: frames sent from within a push(), or too many at once: a programming error, which was logged
 * @dropped_offload: frames whose offload does not fit their bytes (offsets beyond the end, gso_size 0)
 * @padded: frames padded to 60 bytes
 * @checksummed: frames whose checksum the link finished
 * @segmented: frames that the link cut
 * @segments: pieces that they became
 * @stalls: times that the receiver took fewer than offered
 * @limited: times that the sender was held for hvn_link_set_rate()
 *
 * What went one way. All count from the start and never go back.
 */
typedef struct {
    guint64 frames;
    guint64 bytes;
    guint64 dropped_link_down;
    guint64 dropped_runt;
    guint64 dropped_oversize;
    guint64 dropped_offload;
    guint64 dropped_misuse;
    guint64 padded;
    guint64 checksummed;
    guint64 segmented;
    guint64 segments;
    guint64 stalls;
    guint64 limited;
} HvnLinkCounters;

/**
 * hvn_link_new:
 * @nic: (transfer none): one end; the link takes a reference
 * @backend: (transfer none): the other end; the link takes a reference
 *
 * Joins two ports; the link is up, and both are told by link_changed(). Both must be free and differ (a programming error
 * otherwise). When the link goes away the ports are free again and whoever waits is resumed.
 *
 * Returns: (transfer full): a new link
 */
HvnLink *
hvn_link_new(HvnPort *nic, HvnPort *backend);

/**
 * hvn_link_disconnect:
 * @self: a link
 *
 * Frees both ports now, before the last reference goes. Idempotent. From within a push() of one of its ports the link goes
 * down now and frees the ports when that push() has returned.
 */
void
hvn_link_disconnect(HvnLink *self);

/**
 * hvn_link_get_nic:
 * @self: a link
 *
 * Returns: (transfer none) (nullable): the first end
 */
HvnPort *
hvn_link_get_nic(HvnLink *self);

/**
 * hvn_link_get_backend:
 * @self: a link
 *
 * Returns: (transfer none) (nullable): the second end
 */
HvnPort *
hvn_link_get_backend(HvnLink *self);

/**
 * hvn_link_set_up:
 * @self: a link
 * @up: whether frames pass
 *
 * Sets the state, as `set_link` does. A link with an end that has no carrier (hvn_port_set_carrier()) is down all the same. Both ports are told by link_changed(); going down pays all debts.
 */
void
hvn_link_set_up(HvnLink *self, gboolean up);

/**
 * hvn_link_get_up:
 * @self: a link
 *
 * Returns: whether frames pass
 */
gboolean
hvn_link_get_up(HvnLink *self);

/**
 * hvn_link_set_rate:
 * @self: a link
 * @towards: one of its ends
 * @limit: (nullable): bytes a second that may go towards that end; %NULL, or an average of 0, for any number
 *
 * Holds the sender while it has sent more: nothing is queued for it, and nothing dropped.
 */
void
hvn_link_set_rate(HvnLink *self, HvnPort *towards, const HvnRateLimit *limit);

/**
 * hvn_link_get_counters:
 * @self: a link
 * @towards: one of its ends
 * @counters: (out caller-allocates): what went towards that end
 */
void
hvn_link_get_counters(HvnLink *self, HvnPort *towards, HvnLinkCounters *counters);

/**
 * hvn_link_start_capture:
 * @self: a link
 * @path: (type filename): file to write, truncated
 * @snap_len: bytes kept of each frame, 1 or more (65536 as `filter-dump`)
 * @error: return location
 *
 * Writes every frame that is taken in either direction to a pcap file, as it stood before the link cut or padded it.
 *
 * Returns: %FALSE with %HVN_ERROR set when the file cannot be opened
 */
gboolean
hvn_link_start_capture(HvnLink *self, const char *path, guint snap_len, GError **error);

/**
 * hvn_link_continue_capture:
 * @self: a link
 * @path: (type filename): a file that a capture began, perhaps one of another process that has ended
 * @snap_len: bytes kept of each frame, 1 or more
 * @error: return location
 *
 * As hvn_link_start_capture(), and keeps what is there.
 *
 * Returns: %FALSE with %HVN_ERROR set when the file cannot be opened
 */
gboolean
hvn_link_continue_capture(HvnLink *self, const char *path, guint snap_len, GError **error);

/**
 * hvn_link_flush_capture:
 * @self: a link
 *
 * Writes out what is buffered. Nothing when no capture runs.
 */
void
hvn_link_flush_capture(HvnLink *self);

/**
 * hvn_link_stop_capture:
 * @self: a link
 *
 * Writes out what is buffered and closes the file. Nothing when no capture runs.
 */
void
hvn_link_stop_capture(HvnLink *self);

G_END_DECLS
