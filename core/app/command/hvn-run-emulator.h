/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of an emulator that gets our NICs: QEMU's own words with shared memory and a device per interface added, a check of
 * its version, and the lines for people who attach by hand. Pure text: starts nothing, opens nothing. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * HvnRunSocket:
 * @name: of the interface
 * @path: absolute, of the socket that its NIC is served on
 * @mac: (nullable): the NIC's address where it is served over vhost-user and the emulator has the device; %NULL for vfio-user
 * @no_msix: with @mac: the device is to use INTx, because the emulator crashes with MSI-X
 *
 * An interface that waits for an emulator.
 */
typedef struct {
    const char *name;
    const char *path;
    const char *mac;
    gboolean    no_msix;
} HvnRunSocket;

/**
 * HvnRunEmulatorVersion:
 * @major: of QEMU
 * @minor: of QEMU
 *
 * What an emulator is.
 */
typedef struct {
    guint64 major;
    guint64 minor;
} HvnRunEmulatorVersion;

/**
 * hvn_run_emulator_arguments:
 * @argv: (array zero-terminated=1): the emulator and its arguments, at least one word
 * @sockets: (array length=n_sockets): the interfaces
 * @n_sockets: how many
 * @error: return location
 *
 * Adds to QEMU's arguments what lets it use the NICs: its memory as a shared memory-backend-memfd of the size that -m says, a
 * vfio-user-pci device, or a virtio-net-pci on a vhost-user backend, for each interface, and no NIC of its own by default. Memory backends of the user's are left as they are.
 *
 * Returns: (transfer full) (nullable) (array zero-terminated=1): the words to run, or %NULL with %HVN_ERROR set when a backend of the
 *   user's is not shared, or when an argument cannot work with a server beside the emulator
 */
char **
hvn_run_emulator_arguments(const char *const *argv, const HvnRunSocket *sockets, guint n_sockets, GError **error);

/**
 * hvn_run_emulator_check_version:
 * @emulator: its name, for messages
 * @text: (nullable): what it printed for --version
 * @vhost_user: whether vhost-user is what it has to speak, and not vfio-user
 * @version: (out): which QEMU it is
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR_NOT_SUPPORTED set when it is no QEMU that speaks the protocol
 */
gboolean
hvn_run_emulator_check_version(const char *emulator, const char *text, gboolean vhost_user, HvnRunEmulatorVersion *version,
                               GError **error);

/**
 * hvn_run_emulator_needs_intx:
 * @version: which QEMU it is
 * @argv: (array zero-terminated=1): the emulator and its arguments
 *
 * QEMU 7 crashes when a driver starts a vhost-user device with MSI-X and there is no KVM to route the interrupts.
 *
 * Returns: whether a vhost-user device has to do without MSI-X
 */
gboolean
hvn_run_emulator_needs_intx(const HvnRunEmulatorVersion *version, const char *const *argv);

/**
 * hvn_run_emulator_attach_lines:
 * @sockets: (array length=n_sockets): the interfaces
 * @n_sockets: how many
 *
 * Returns: (transfer full): lines for people, with arguments that a shell takes as they are, for QEMU and for cloud-hypervisor
 */
char *
hvn_run_emulator_attach_lines(const HvnRunSocket *sockets, guint n_sockets);

G_END_DECLS
