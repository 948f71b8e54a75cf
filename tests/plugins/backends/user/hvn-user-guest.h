/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest for tests of the user backend: a backend with a fake port as its NIC, and the few lines of ARP, UDP and TCP that a test
 * needs. The clock and the host's side are real, everything stays on loopback; every wait is bounded. */
#pragma once

#include "hvn-checksum.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-user-backend.h"

G_BEGIN_DECLS

typedef struct {
    HvnDispatcher *dispatcher;
    HvnFakePort *port;
    HvnUserBackend *backend;
    HvnLink *link;
    guint8 address[4]; /* 10.0.2.15 */
    guint8 host[4];    /* 10.0.2.2 */
} Guest;

/* a TCP connection of the guest */
typedef struct {
    Guest *guest;
    guint8 peer[4];
    guint16 port, peer_port;
    guint32 seq, ack;
    guint16 mss;      /* offered by us */
    guint16 peer_mss; /* offered to us */
    gboolean open, ended, reset;
    GByteArray *in; /* what arrived, in order */
    guint16 window; /* bytes that the peer had room for when it spoke last */
    gsize largest;  /* payload bytes of the largest frame */
    HvnOffload largest_offload;
} Tcp;

/* a backend with these properties, not started */
Guest *
guest_new(const char *first_property, ...) G_GNUC_NULL_TERMINATED;

/* the same, started */
Guest *
guest_new_started(const char *first_property, ...) G_GNUC_NULL_TERMINATED;
void
guest_free(Guest *guest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Guest, guest_free)

/* runs the main context until done() or for @ms at most; what done() said last */
gboolean
guest_run(Guest *guest, guint ms, gboolean (*done)(gpointer), gpointer data);

/* tells libslirp where the guest is, and forgets what was received */
void
guest_announce(Guest *guest);

/* an IPv4 packet with a right header around this payload */
void
guest_send_ip(Guest *guest, const guint8 *dst, guint8 protocol, const guint8 *payload, gsize len, const HvnOffload *offload);

/* the same with these flags and this offset, in units of 8 bytes */
void
guest_send_fragment(Guest *guest, const guint8 *dst, guint8 protocol, guint16 fragment, const guint8 *payload, gsize len,
                    const HvnOffload *offload);
void
guest_send_udp(Guest *guest, const guint8 *dst, guint16 src_port, guint16 dst_port, gconstpointer payload, gsize len);

/* runs until a UDP datagram for this port came: its payload, or NULL */
GBytes *
guest_receive_udp(Guest *guest, guint16 dst_port);

/* handles what has arrived since, without waiting */
void
tcp_poll(Tcp *tcp);

/* opens a connection; NULL when it was refused or nothing came */
Tcp *
tcp_connect(Guest *guest, const guint8 *peer, guint16 peer_port, guint16 mss);

/* waits for a connection to this port of the guest; NULL when nothing came */
Tcp *
tcp_accept(Guest *guest, guint16 port, guint16 mss);

/* one segment; more than an MSS goes out with segmentation left to do */
void
tcp_send(Tcp *tcp, gconstpointer data, gsize len);
void
tcp_finish(Tcp *tcp);

/* runs until this many bytes arrived, or the end; whether they did */
gboolean
tcp_receive(Tcp *tcp, gsize len);
void
tcp_free(Tcp *tcp);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tcp, tcp_free)

/* sockets on 127.0.0.1 */
int
host_listen(guint16 *port);
int
host_connect(guint16 port);
guint
count_fds(void);

G_END_DECLS
