/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A network out of a file: sends the frames of a capture to the guest, and writes what the guest sends to another. */
#pragma once

#include "hvn-backend.h"

G_BEGIN_DECLS

#define HVN_TYPE_PCAP_BACKEND (hvn_pcap_backend_get_type())
G_DECLARE_FINAL_TYPE(HvnPcapBackend, hvn_pcap_backend, HVN, PCAP_BACKEND, HvnBackend)

/* Read-only properties (uint64), of the time since the backend was started the last time: "sent", frames that the guest's side took,
 * "received", frames that the guest sent, and "skipped", records of the file that are no frames to send. */

G_END_DECLS
