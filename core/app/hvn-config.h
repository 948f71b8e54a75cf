/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration: interfaces, each a NIC and a backend joined by a link. Filled from a domain XML file or from QEMU's options; one
 * model for both. */
#pragma once

#include "hvn-options.h"
#include "hvn-rate.h"
#include "hvn-registry.h"

G_BEGIN_DECLS

/**
 * HvnInterfaceConfig:
 * @name: the alias of the file ("ua-lan0"), the id of a -device, or "net0", "net1" ... in order
 * @origin: where it stands: "domain.xml:12" or "-device e1000,netdev=n0"
 * @nic: (nullable): model, such as "e1000"; %NULL for a backend without a NIC
 * @backend: (nullable): backend, such as "user"; %NULL for a NIC without a backend
 * @backend_id: (nullable): QEMU's id of the backend, "hostnet0" for a file
 * @backend_origin: (nullable): where the backend stands, when that is another place than @origin: "-netdev user,id=n0"
 * @port: (nullable): backend that stands where the NIC would, such as "hubport": @backend is the way out of a network
 * @port_id: (nullable): QEMU's id of it
 * @port_origin: (nullable): where it stands
 * @nic_options: options of the NIC, "mac" among them
 * @backend_options: options of the backend
 * @port_options: options of what stands in the NIC's place
 * @link_up: state of the link at the start
 * @inbound: limit on what goes to the NIC, all zero for none
 * @outbound: limit on what comes from it
 * @hypervisor_options: what is said of the NIC that is the hypervisor's, such as "bootindex"; of no plugin's
 */
typedef struct {
    char       *name;
    char       *origin;
    char       *nic;
    char       *backend;
    char       *backend_id;
    char       *backend_origin;
    char       *port;
    char       *port_id;
    char       *port_origin;
    HvnOptions *nic_options;
    HvnOptions *backend_options;
    HvnOptions *port_options;
    gboolean    link_up;
    HvnRateLimit inbound;
    HvnRateLimit outbound;
    HvnOptions *hypervisor_options;
} HvnInterfaceConfig;

/**
 * HvnConfig:
 * @name: (nullable): name of the domain
 * @interfaces: (element-type HvnInterfaceConfig): in order
 */
typedef struct {
    char      *name;
    GPtrArray *interfaces;
} HvnConfig;

#define HVN_TYPE_CONFIG (hvn_config_get_type())
GType
hvn_config_get_type(void);

/**
 * hvn_config_new:
 *
 * Returns: (transfer full): a configuration without interfaces
 */
HvnConfig *
hvn_config_new(void);

/**
 * hvn_config_new_default:
 *
 * Returns: (transfer full): what nothing at all means: a user network and an e1000
 */
HvnConfig *
hvn_config_new_default(void);

/**
 * hvn_config_copy:
 * @self: a configuration
 *
 * Returns: (transfer full): another one that says the same
 */
HvnConfig *
hvn_config_copy(const HvnConfig *self);

/**
 * hvn_config_free:
 * @self: (transfer full) (nullable): a configuration
 */
void
hvn_config_free(HvnConfig *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnConfig, hvn_config_free)

/**
 * hvn_config_add_interface:
 * @self: a configuration
 * @origin: where it stands
 *
 * Returns: (transfer none): a new interface at the end, up, with empty options
 */
HvnInterfaceConfig *
hvn_config_add_interface(HvnConfig *self, const char *origin);

/**
 * hvn_config_finish:
 * @self: a configuration that has been read whole
 * @registry: the plugins
 * @error: return location
 *
 * Gives names and MAC addresses to interfaces without, counting from 52:54:00:12:34:56 and passing over those in use, and validates every
 * option against its plugin's descriptor. Nothing is opened.
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_config_finish(HvnConfig *self, HvnRegistry *registry, GError **error);

/**
 * hvn_config_group:
 * @self: a finished configuration
 * @registry: the plugins
 *
 * Which interfaces share something within a session, such as a network, and so have to be in one process.
 *
 * Returns: (transfer full) (element-type guint): for each interface the position of the first one that it belongs with, its own when there
 *   is none before it
 */
GArray *
hvn_config_group(const HvnConfig *self, HvnRegistry *registry);

/**
 * hvn_config_load_xml:
 * @path: (type filename): a domain file
 * @registry: the plugins
 * @error: return location
 *
 * Reads a libvirt domain file with our namespace, inline or in <metadata>; what is not networking is left alone.
 *
 * Returns: (transfer full) (nullable): the configuration, finished, or %NULL with %HVN_ERROR set: "file:line: ..."
 */
HvnConfig *
hvn_config_load_xml(const char *path, HvnRegistry *registry, GError **error);

/**
 * hvn_config_load_xml_memory:
 * @text: the file's text
 * @len: bytes of it
 * @name: what messages call it, and where relative paths in it start when it has a directory
 * @registry: the plugins
 * @error: return location
 *
 * As hvn_config_load_xml().
 *
 * Returns: (transfer full) (nullable): the configuration, finished, or %NULL with %HVN_ERROR set
 */
HvnConfig *
hvn_config_load_xml_memory(const char *text, gsize len, const char *name, HvnRegistry *registry, GError **error);

/**
 * hvn_config_load_qemu:
 * @argv: (array zero-terminated=1): QEMU's options: -netdev, -device, -nic, -net, -nodefaults and their values
 * @registry: the plugins
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the configuration, finished, or %NULL with %HVN_ERROR set
 */
HvnConfig *
hvn_config_load_qemu(const char *const *argv, HvnRegistry *registry, GError **error);

/**
 * hvn_config_qemu_help:
 * @argv: (array zero-terminated=1): as hvn_config_load_qemu()
 * @registry: the plugins
 * @text: (out) (nullable): what to print, with its newlines, when an option asks for help: "-device help", "-device e1000,help",
 *   "-netdev help", "-nic model=help" and so on, "?" being "help" too; %NULL when none does
 * @error: return location
 *
 * To be asked before hvn_config_load_qemu(): who asks for help wants no network.
 *
 * Returns: %FALSE with %HVN_ERROR_NOT_FOUND set when help is asked for a plugin that does not exist
 */
gboolean
hvn_config_qemu_help(const char *const *argv, HvnRegistry *registry, char **text, GError **error);

G_END_DECLS
