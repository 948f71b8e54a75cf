/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The emulator's device for an interface: what QEMU's -device and device_add say of it. */
#pragma once

#include <json-glib/json-glib.h>

#include "hvn-run-emulator.h"

G_BEGIN_DECLS

#define HVN_RUN_DEVICE_FIRST_CHASSIS 128 /* of our root ports; who numbers his own begins with 1 */

/**
 * hvn_run_device_get_id:
 * @name: of an interface
 *
 * Returns: (transfer full): the emulator's id of its device
 */
char *
hvn_run_device_get_id(const char *name);

/**
 * hvn_run_device_make:
 * @socket: the interface
 *
 * Returns: (transfer full): the arguments of device_add, the same as of -device
 */
JsonObject *
hvn_run_device_make(const HvnRunSocket *socket);

/**
 * hvn_run_device_add_words:
 * @words: (element-type utf8): gets the options that make QEMU have the device, a pair of words each
 * @socket: the interface
 */
void
hvn_run_device_add_words(GPtrArray *words, const HvnRunSocket *socket);

G_END_DECLS
