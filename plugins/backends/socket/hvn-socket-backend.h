/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The socket backend: QEMU's -netdev socket. The options of socket.xml are its properties. */
#pragma once

#include "hvn-backend.h"

G_BEGIN_DECLS

#define HVN_TYPE_SOCKET_BACKEND (hvn_socket_backend_get_type())
G_DECLARE_FINAL_TYPE(HvnSocketBackend, hvn_socket_backend, HVN, SOCKET_BACKEND, HvnBackend)

G_END_DECLS
