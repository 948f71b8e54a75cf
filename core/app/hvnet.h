/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that a program needs that owns guests and wants networks for them: `pkg-config hvnet-1`, then this header. The page to read
 * is doc/embedding.md. Authors of plugins include the headers of their layers instead. */
#pragma once

#include "hvn-bytes.h"
#include "hvn-config.h"
#include "hvn-error.h"
#include "hvn-guest-memory.h"
#include "hvn-session.h"
#include "hvn-vfio-user.h"
#include "hvn-vhost-user.h"
