/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The other end of a link for tests: takes as many frames as it is told to, keeps copies, and counts what it is told. */
#pragma once

#include "hvn-port.h"

G_BEGIN_DECLS

#define HVN_TYPE_FAKE_PORT (hvn_fake_port_get_type())
G_DECLARE_FINAL_TYPE(HvnFakePort, hvn_fake_port, HVN, FAKE_PORT, HvnPort)

/* a port with all features and no limit that keeps copies */
HvnFakePort *
hvn_fake_port_new(HvnDispatcher *dispatcher, const char *name);

/* frames that it will still take; G_MAXUINT for no limit (then it never stops). Does not say ready */
void
hvn_fake_port_set_capacity(HvnFakePort *self, guint n_frames);

/* whether copies are kept; FALSE for measurements: frames are counted only */
void
hvn_fake_port_set_recording(HvnFakePort *self, gboolean on);

/* (nullable) called instead of recording, for each push: returns how many are taken */
void
hvn_fake_port_set_push_func(HvnFakePort *self, guint (*func)(HvnFakePort *, const HvnFrame *, guint, gpointer), gpointer data);

/* frames taken since the start or since hvn_fake_port_clear() */
guint
hvn_fake_port_get_n_frames(HvnFakePort *self);

/* (transfer none): the bytes of a frame that was taken, 0 is the first */
GBytes *
hvn_fake_port_get_frame(HvnFakePort *self, guint n);

/* offload of a frame that was taken, and the pieces it came in */
HvnOffload
hvn_fake_port_get_offload(HvnFakePort *self, guint n);
guint
hvn_fake_port_get_n_iov(HvnFakePort *self, guint n);

/* times that resume() came */
guint
hvn_fake_port_get_n_resumed(HvnFakePort *self);

/* forgets the frames and counts */
void
hvn_fake_port_clear(HvnFakePort *self);

/* sends one frame of bytes to the peer; TRUE when it was taken */
gboolean
hvn_fake_port_send_bytes(HvnFakePort *self, gconstpointer data, gsize len);

G_END_DECLS
