/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thread of a plug: opens a connection, carries its frames where the backend cannot do it alone, tells when it ends, and closes it. */
#pragma once

#include "hvn-vde-plug.h"

G_BEGIN_DECLS

/* from the thread to the dispatcher, one packet each */
typedef struct {
    HvnVdePlugEvent event;
    int             value;
    char            text[256];
} HvnVdeMessage;

/* starts a thread that ends when the other end of the socket is closed or shut down; takes the socket */
void
hvn_vde_pump_start(const HvnVdeAddress *address, const char *name, int fd);

G_END_DECLS
