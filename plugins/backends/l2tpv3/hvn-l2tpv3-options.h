/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the l2tpv3 backend as they were written, and the header and the addresses that they mean. */
#pragma once

#include <glib-object.h>

#include "hvn-l2tpv3-wire.h"
#include "hvn-socket-address.h"

G_BEGIN_DECLS

/* the numbers are text, because people write them in hexadecimal; strings are owned, and NULL where nothing was said */
typedef struct {
    char    *src;
    char    *dst;
    char    *srcport;
    char    *dstport;
    gboolean udp;
    gboolean ipv6;
    char    *txsession;
    char    *rxsession;
    gboolean cookie64;
    char    *txcookie;
    char    *rxcookie;
    gboolean counter;
    gboolean pincounter;
    guint    offset;
} HvnL2tpv3Options;

/* installs the properties, with ids from 1 on */
void
hvn_l2tpv3_options_install(GObjectClass *klass);

/* FALSE when there is no property of that id */
gboolean
hvn_l2tpv3_options_set(HvnL2tpv3Options *self, guint prop, const GValue *value);

void
hvn_l2tpv3_options_clear(HvnL2tpv3Options *self);

/* the header that they mean */
gboolean
hvn_l2tpv3_options_get_wire(const HvnL2tpv3Options *self, HvnL2tpv3Wire *wire, GError **error);

/* the addresses that they mean, which may have to be looked up */
gboolean
hvn_l2tpv3_options_get_addresses(const HvnL2tpv3Options *self, HvnSocketAddress *local, HvnSocketAddress *remote, GError **error);

G_END_DECLS
