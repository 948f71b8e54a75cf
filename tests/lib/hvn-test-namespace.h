/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Network namespaces that a test makes for itself, without privileges: kernel interfaces that nobody else sees. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* moves the process into a user and a network namespace of its own, as root there; before there are threads. FALSE where the kernel does
 * not let it */
gboolean
hvn_test_namespace_enter(void);

/* sets flags of an interface (IFF_UP) */
void
hvn_test_namespace_set_up(const char *ifname, gboolean up);

/* whether its cable is plugged in */
gboolean
hvn_test_namespace_has_carrier(const char *ifname);

/* no addresses of its own accord, hence no frames: a network that is silent until a test speaks */
void
hvn_test_namespace_silence(const char *ifname);

/* a raw socket on an interface that is up: what the kernel gives to and takes from it, each frame with a virtio_net_hdr if wanted */
int
hvn_test_namespace_open_packet(const char *ifname, gboolean with_headers);

/* deletes an interface */
void
hvn_test_namespace_delete(const char *ifname);

/* a tap that is up and silent, made in a namespace that ends with it; the process stays where it is. -1 where the kernel does not let it */
int
hvn_test_namespace_new_tap(void);

/* descriptors of this process that are open */
guint
hvn_test_namespace_count_fds(void);

G_END_DECLS
