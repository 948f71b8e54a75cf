/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of a vfio-user client, once the message is whole: each checks its payload, acts on the NIC and its bus, and appends
 * the answer. Knows no sockets. */
#pragma once

#include "hvn-nic.h"
#include "hvn-vfio-user-bus.h"
#include "hvn-vfio-user-proto.h"

G_BEGIN_DECLS

/**
 * HvnVfioUserReply:
 * @data: bytes of the answer behind its header; few commands have any with an error
 * @error: 0, or a positive errno
 *
 * What a command answers. Reused from command to command.
 */
typedef struct {
    GByteArray *data;
    int         error;
} HvnVfioUserReply;

/**
 * hvn_vfio_user_command:
 * @nic: the NIC
 * @bus: its bus
 * @header: the message's header, checked against its length
 * @payload: (array length=len): what follows it
 * @len: bytes
 * @fds: (array length=n_fds): descriptors that came with it; those that are kept are set to -1
 * @n_fds: how many
 * @reply: the answer, emptied first
 */
void
hvn_vfio_user_command(HvnNic *nic, HvnVfioUserBus *bus, const HvnVfioUserHeader *header, const guint8 *payload, gsize len, int *fds,
                      guint n_fds, HvnVfioUserReply *reply);

G_END_DECLS
