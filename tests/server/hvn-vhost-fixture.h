/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the vhost-user server share: a device, a server, a client over a socket pair, and the feature words. */
#pragma once

#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-vhost-client.h"
#include "hvn-vhost-device.h"
#include "hvn-virtio-net.h"

G_BEGIN_DECLS

#define BIT64(n) (G_GUINT64_CONSTANT(1) << (n))
#define F(name)  BIT64(HVN_VHOST_USER_PROTOCOL_F_##name)

#define FEATURES (HVN_VIRTIO_F_VERSION_1 | HVN_VIRTIO_NET_F_MRG_RXBUF | BIT64(HVN_VHOST_USER_F_PROTOCOL_FEATURES))
#define LOGGED   (FEATURES | BIT64(HVN_VHOST_F_LOG_ALL))

typedef struct {
    HvnClock       *clock;
    HvnDispatcher  *dispatcher;
    HvnVhostDevice *device;
    HvnFakePort    *backend;
    HvnLink        *link;
    HvnVhostUser   *server;
    HvnVhostClient  client;
} Fixture;

/* another client takes the place of the one before */
void
fixture_connect(Fixture *f);

void
fixture_set_up(Fixture *f, gconstpointer data);
void
fixture_tear_down(Fixture *f, gconstpointer data);

/* features and protocol features as QEMU 11 accepts them, REPLY_ACK and memory: the state in front of the first ring */
void
fixture_negotiate(Fixture *f);

/* rings 0 and 1 run, enabled */
void
fixture_start(Fixture *f);

/* a text goes each way through rings 0 and 1, with an interrupt each */
void
fixture_expect_traffic(Fixture *f, const char *text);

/* lets the server run until it has dropped the client, which must happen */
void
fixture_expect_closed(Fixture *f);

/* descriptors that this process has open */
guint
fixture_count_fds(void);

G_END_DECLS
