/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One port of a VDE switch, by hand: it accepts when the test says so, and then sends whatever the test likes. */
#pragma once

#include <glib.h>
#include <sys/stat.h>

G_BEGIN_DECLS

typedef struct {
    char       *directory; /* owned: not made and not removed here */
    int         listener;  /* owned; -1 while the switch is not there */
    int         control;   /* owned: of the client; -1 for none */
    int         data;      /* owned: connected to the client's socket for frames; -1 for none */
    guint       port;      /* that the client asked for; 0 for any */
    char       *client;    /* owned: what the client says of itself */
    struct stat about;     /* the client's socket */
} HvnFakeSwitch;

/* a switch that is not there yet, in a directory that is */
void
hvn_fake_switch_init(HvnFakeSwitch *self, const char *directory);

/* listens */
void
hvn_fake_switch_listen(HvnFakeSwitch *self);

/* waits for a client and lets it in */
void
hvn_fake_switch_accept(HvnFakeSwitch *self);

/* dies: closes everything and removes its files; may listen again */
void
hvn_fake_switch_die(HvnFakeSwitch *self);

/* dies, and frees what it holds */
void
hvn_fake_switch_clear(HvnFakeSwitch *self);

G_END_DECLS
