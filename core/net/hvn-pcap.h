/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes frames to a classic pcap file (magic a1b2c3d4, version 2.4, Ethernet), as filter-dump does, but buffered. */
#pragma once

#include "hvn-frame.h"

G_BEGIN_DECLS

typedef struct _HvnPcap HvnPcap;

/**
 * hvn_pcap_new:
 * @path: (type filename): file to write, truncated, mode 0600
 * @snap_len: bytes kept of each frame, 1 or more
 * @error: return location
 *
 * Returns: (transfer full) (nullable): a writer, or %NULL with %HVN_ERROR set
 */
HvnPcap *
hvn_pcap_new(const char *path, guint snap_len, GError **error);

/**
 * hvn_pcap_continue:
 * @path: (type filename): a file that hvn_pcap_new() began
 * @snap_len: bytes kept of each frame, 1 or more
 * @error: return location
 *
 * Adds to what is there, for a process that follows another one. Nobody else may write to the file meanwhile.
 *
 * Returns: (transfer full) (nullable): a writer, or %NULL with %HVN_ERROR set
 */
HvnPcap *
hvn_pcap_continue(const char *path, guint snap_len, GError **error);

/**
 * hvn_pcap_make_path:
 * @path: (type filename): "frames.pcap"
 * @name: of one of several interfaces: "net0"
 *
 * Returns: (transfer full) (type filename): where that interface is captured to: "frames-net0.pcap"
 */
char *
hvn_pcap_make_path(const char *path, const char *name);

/**
 * hvn_pcap_write:
 * @self: a writer
 * @frames: (array length=n_frames): frames
 * @n_frames: how many
 *
 * Appends frames with the wall-clock time of the call. A write that fails is reported once; the writer goes on and counts what
 * was lost.
 */
void
hvn_pcap_write(HvnPcap *self, const HvnFrame *frames, guint n_frames);

/**
 * hvn_pcap_flush:
 * @self: a writer
 *
 * Hands what is buffered to the kernel.
 */
void
hvn_pcap_flush(HvnPcap *self);

/**
 * hvn_pcap_free:
 * @self: (transfer full) (nullable): a writer; what is buffered is written first
 */
void
hvn_pcap_free(HvnPcap *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnPcap, hvn_pcap_free)

G_END_DECLS
