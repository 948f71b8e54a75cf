/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A capture file, read in order and a chunk of frames at a time, any number of times. The file is not trusted. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _HvnPcapCapture HvnPcapCapture;

/**
 * HvnPcapRecord:
 * @time_ns: when the frame came, in nanoseconds since the first one of the file; never less than that of the record before
 * @data: the frame, without its FCS
 * @len: bytes of it, 14 to %HVN_FRAME_LEN_MAX
 */
typedef struct {
    gint64        time_ns;
    const guint8 *data;
    gsize         len;
} HvnPcapRecord;

/**
 * HvnPcapSkipped:
 * @cut: records that hold the beginning of a frame only (tcpdump -s)
 * @runt: shorter than an Ethernet header
 * @oversize: longer than %HVN_FRAME_LEN_MAX
 *
 * Records of the file that are no frames to send.
 */
typedef struct {
    guint64 cut;
    guint64 runt;
    guint64 oversize;
} HvnPcapSkipped;

/**
 * hvn_pcap_capture_open:
 * @path: (type filename): a regular file
 * @error: return location
 *
 * Opens the file and reads its first chunk, so that what is wrong with a small file is found here.
 *
 * Returns: (transfer full) (nullable): the capture, or %NULL with %HVN_ERROR set: no regular file, no capture, not of Ethernet, broken,
 *   or without a frame to send
 */
HvnPcapCapture *
hvn_pcap_capture_open(const char *path, GError **error);

/**
 * hvn_pcap_capture_free:
 * @self: (transfer full) (nullable): a capture
 */
void
hvn_pcap_capture_free(HvnPcapCapture *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnPcapCapture, hvn_pcap_capture_free)

/**
 * hvn_pcap_capture_get_records:
 * @self: a capture
 * @n_records: (out): how many
 *
 * Returns: (transfer none) (array length=n_records): the present chunk; valid until the next one is read
 */
const HvnPcapRecord *
hvn_pcap_capture_get_records(const HvnPcapCapture *self, guint *n_records);

/**
 * hvn_pcap_capture_next:
 * @self: a capture
 * @error: return location
 *
 * Reads the chunk behind the present one; it has no records when the file ends there.
 *
 * Returns: %FALSE with %HVN_ERROR set when the file is broken there
 */
gboolean
hvn_pcap_capture_next(HvnPcapCapture *self, GError **error);

/**
 * hvn_pcap_capture_rewind:
 * @self: a capture that was read to its end
 * @error: return location
 *
 * Goes back to the first chunk. A file that is one chunk is not read again.
 *
 * Returns: %FALSE with %HVN_ERROR set when the file cannot be read any more
 */
gboolean
hvn_pcap_capture_rewind(HvnPcapCapture *self, GError **error);

/**
 * hvn_pcap_capture_get_period_ns:
 * @self: a capture that was read to its end
 *
 * Returns: how long after its first frame the capture starts again when it is looped: its whole time and, as the gap behind the
 *   last frame is not in the file, the mean gap between frames, at least a millisecond
 */
gint64
hvn_pcap_capture_get_period_ns(const HvnPcapCapture *self);

/**
 * hvn_pcap_capture_get_skipped:
 * @self: a capture
 *
 * Returns: (transfer none): what was passed over so far, each record counted once however often the file is read
 */
const HvnPcapSkipped *
hvn_pcap_capture_get_skipped(const HvnPcapCapture *self);

/**
 * hvn_pcap_capture_is_file:
 * @self: a capture
 * @path: (type filename): a path
 *
 * Returns: whether @path is the same file
 */
gboolean
hvn_pcap_capture_is_file(const HvnPcapCapture *self, const char *path);

G_END_DECLS
