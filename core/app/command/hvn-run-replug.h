/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a crash of a NIC's process asks of the emulator, over its monitor. QEMU never connects to a vfio-user server again, and aborts when
 * the guest resets while a device is dead; so the device is taken out at once and put in again when its NIC is served again.
 *
 *   crash -> a reset is to stop the machine -> device_del -> DEVICE_DELETED -> device_add -> a reset is a reset
 *
 * A guest that has no hot-plug does not let go of a device. When it resets, QEMU lets go of it, and the machine goes on when it is gone. */
#pragma once

#include "hvn-qmp-client.h"

G_BEGIN_DECLS

typedef struct _HvnRunReplug HvnRunReplug;

/**
 * HvnRunReplugFuncs:
 * @message: something that the user should know, a line without its end
 * @is_served: whether the device's NIC is served now
 *
 * What it asks its owner for.
 */
typedef struct {
    void (*message)(const char *text, gpointer data);
    gboolean (*is_served)(guint device, gpointer data);
} HvnRunReplugFuncs;

/**
 * hvn_run_replug_new:
 * @dispatcher: (transfer none): where it runs; must outlive it
 * @monitor_fd: (transfer full): the emulator's monitor, a connected stream socket
 * @guards_reset: whether a reset of the guest is one, and not what the user has it be: an end or a pause
 * @funcs: static; what it asks its owner for
 * @data: (nullable): for @funcs
 *
 * Returns: (transfer full): waits for the emulator's greeting
 */
HvnRunReplug *
hvn_run_replug_new(HvnDispatcher *dispatcher, int monitor_fd, gboolean guards_reset, const HvnRunReplugFuncs *funcs, gpointer data);

/**
 * hvn_run_replug_free:
 * @self: (transfer full) (nullable): closes the monitor
 */
void
hvn_run_replug_free(HvnRunReplug *self);

/**
 * hvn_run_replug_add:
 * @self: a replug
 * @name: of the interface, for messages
 * @arguments: (transfer none): the device's arguments of device_add, "id" among them
 *
 * Returns: the number of a device that the emulator has from its start on
 */
guint
hvn_run_replug_add(HvnRunReplug *self, const char *name, JsonObject *arguments);

/**
 * hvn_run_replug_lost:
 * @self: a replug
 * @device: its number
 *
 * The emulator's connection to the device's NIC is gone.
 */
void
hvn_run_replug_lost(HvnRunReplug *self, guint device);

/**
 * hvn_run_replug_detached:
 * @self: a replug
 * @device: its number
 *
 * The emulator has closed the connection to a NIC that is still served: because somebody has unplugged the device, or because it has given
 * the NIC up, as after an answer that came too late.
 */
void
hvn_run_replug_detached(HvnRunReplug *self, guint device);

/**
 * hvn_run_replug_served:
 * @self: a replug
 * @device: its number
 *
 * The device's NIC is served again.
 */
void
hvn_run_replug_served(HvnRunReplug *self, guint device);

/**
 * hvn_run_replug_get_monitor:
 * @self: a replug
 *
 * Returns: (transfer none): the emulator's monitor, for what else is to be said to it
 */
HvnQmpClient *
hvn_run_replug_get_monitor(HvnRunReplug *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnRunReplug, hvn_run_replug_free)

G_END_DECLS
