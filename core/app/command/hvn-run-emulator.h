/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of an emulator that gets our NICs: QEMU's own words with shared memory and a device per interface added, a check of
 * its version, and the lines for people who attach by hand. Pure text: starts nothing, opens nothing. */
#pragma once

#include "hvn-options.h"

G_BEGIN_DECLS

/**
 * HvnRunSocket:
 * @name: of the interface
 * @path: absolute, of the socket that its NIC is served on
 * @mac: (nullable): the NIC's address where it is served over vhost-user and the emulator has the device; %NULL for vfio-user
 * @no_msix: with @mac: the device is to use INTx, because the emulator crashes with MSI-X
 * @model: (nullable): with @mac: the NIC's model
 * @options: (nullable): with @mac: what the configuration says of the NIC
 * @descriptor: (nullable): with @options: what they mean
 * @known: (nullable) (element-type utf8): with @options: the properties that the emulator's device has, %NULL when that is not known
 * @reconnect: (nullable): with @mac: the emulator's option to connect again
 * @port: without @mac: chassis number of a root port of its own for the device, 0 for none
 * @hypervisor: (nullable): what the configuration says to the emulator of its device
 *
 * An interface that waits for an emulator.
 */
typedef struct {
    const char          *name;
    const char          *path;
    const char          *mac;
    gboolean             no_msix;
    const char          *model;
    const HvnOptions    *options;
    const HvnDescriptor *descriptor;
    GHashTable          *known;
    const char          *reconnect;
    guint                port;
    const HvnOptions    *hypervisor;
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
 * @config: (nullable): a file for QEMU's -readconfig
 * @error: return location
 *
 * Adds to QEMU's arguments what lets it use the NICs: its memory as a shared memory-backend-memfd of the size that -m says, a
 * vfio-user-pci device, or a virtio-net-pci on a vhost-user backend, for each interface, and no NIC of its own by default. Memory backends of the user's are left as they are.
 *
 * Returns: (transfer full) (nullable) (array zero-terminated=1): the words to run, or %NULL with %HVN_ERROR set when a backend of the
 *   user's is not shared, or when an argument cannot work with a server beside the emulator
 */
char **
hvn_run_emulator_arguments(const char *const *argv, const HvnRunSocket *sockets, guint n_sockets, const char *config,
                           GError **error);

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
 * hvn_run_emulator_is_pcie:
 * @argv: (array zero-terminated=1): the emulator and its arguments
 *
 * Returns: whether the machine has PCI Express, where a device on the root bus cannot be unplugged
 */
gboolean
hvn_run_emulator_is_pcie(const char *const *argv);

/**
 * hvn_run_emulator_resets:
 * @argv: (array zero-terminated=1): the emulator and its arguments
 *
 * Returns: whether a reset of the guest is one, and its end the emulator's, as when nothing is said of them
 */
gboolean
hvn_run_emulator_resets(const char *const *argv);

/**
 * hvn_run_emulator_get_reconnect:
 * @version: which QEMU it is
 *
 * Returns: the option of -chardev that lets it connect again soon
 */
const char *
hvn_run_emulator_get_reconnect(const HvnRunEmulatorVersion *version);

/**
 * hvn_run_emulator_read_properties:
 * @text: (nullable): what it printed for -device DRIVER,help
 *
 * Returns: (transfer full) (nullable): the names of the device's properties, %NULL when there are none in it
 */
GHashTable *
hvn_run_emulator_read_properties(const char *text);

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
 * Returns: (transfer full): lines for people, with arguments that a shell takes as they are, for QEMU, cloud-hypervisor and, with
 *   vhost-user, crosvm and User-mode Linux
 */
char *
hvn_run_emulator_attach_lines(const HvnRunSocket *sockets, guint n_sockets);

G_END_DECLS
