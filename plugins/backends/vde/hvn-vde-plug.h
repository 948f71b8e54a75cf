/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One connection of libvdeplug, on a thread of its own, because nearly everything in that library may block: a switch that has stopped
 * answers no request, several modules wait in vde_recv() for as long as nothing comes, and vde_close() waits for the command of cmd://.
 *
 *   a vde_switch    the thread opens; the frames go between the backend and the socket of the connection, past the library and the thread
 *   all the rest    frames <-> datagrams on a socketpair <-> thread <-> vde_send(), vde_recv()
 *
 * Both look alike from outside: a socket with a datagram for each frame, for HvnDatagram. */
#pragma once

#include "hvn-dispatcher.h"

G_BEGIN_DECLS

typedef struct _HvnVdePlug HvnVdePlug;

/* what libvdeplug is told; copied by whoever keeps it */
typedef struct {
    const char *url;   /* directory of a switch or a VDE URL; "" for the standard ones */
    guint       port;  /* of the switch; 0 for any */
    const char *group; /* (nullable): of the socket that the other end sends to */
    guint       mode;  /* of that socket, 0 to 0777 */
} HvnVdeAddress;

/* what a plug tells */
typedef enum {
    HVN_VDE_PLUG_OPENED,  /* the value is a socket with a datagram for each frame, which the plug keeps */
    HVN_VDE_PLUG_REFUSED, /* it cannot be opened, and another time may be better */
    HVN_VDE_PLUG_FAILED,  /* it cannot be opened at all */
    HVN_VDE_PLUG_ENDED,   /* it was open, and is no more */
    HVN_VDE_PLUG_NO_PEER, /* the value is how many frames were dropped because there was nobody */
    HVN_VDE_PLUG_DROPPED, /* the value is how many frames were dropped because they were refused */
} HvnVdePlugEvent;

/* the text says why, and is there for REFUSED, FAILED and ENDED; may free the plug */
typedef void (*HvnVdePlugFunc)(HvnVdePlugEvent event, int value, const char *text, gpointer data);

/**
 * hvn_vde_plug_new: (skip)
 * @dispatcher: (transfer none): runs @func
 * @address: where to; needed during the call only
 * @name: of the interface, for the list of ports of a switch
 * @func: told what happens, from the dispatcher
 * @data: for @func
 *
 * Begins to open a connection.
 *
 * Returns: (transfer full): the plug
 */
HvnVdePlug *
hvn_vde_plug_new(HvnDispatcher *dispatcher, const HvnVdeAddress *address, const char *name, HvnVdePlugFunc func, gpointer data);

/**
 * hvn_vde_plug_free: (skip)
 * @self: (transfer full) (nullable): the plug
 * @wait: whether nothing of it is to be left when this returns
 *
 * Ends the connection. What libvdeplug itself waits for longer than two seconds ends later, by itself, even with @wait.
 */
void
hvn_vde_plug_free(HvnVdePlug *self, gboolean wait);

G_END_DECLS
