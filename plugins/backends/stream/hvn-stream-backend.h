/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stream backend: QEMU's -netdev stream. The options of stream.xml are its properties. */
#pragma once

#include "hvn-backend.h"

G_BEGIN_DECLS

#define HVN_TYPE_STREAM_BACKEND (hvn_stream_backend_get_type())
G_DECLARE_FINAL_TYPE(HvnStreamBackend, hvn_stream_backend, HVN, STREAM_BACKEND, HvnBackend)

G_END_DECLS
