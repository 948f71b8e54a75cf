/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A running configuration: the NIC, link and backend of each interface on one dispatcher. */
#pragma once

#include "hvn-backend.h"
#include "hvn-config.h"
#include "hvn-link.h"
#include "hvn-nic.h"

G_BEGIN_DECLS

#define HVN_TYPE_SESSION (hvn_session_get_type())
G_DECLARE_FINAL_TYPE(HvnSession, hvn_session, HVN, SESSION, GObject)

/**
 * HvnInterface:
 * @name: "net0", or the file's alias
 * @nic_name: (nullable): model
 * @backend_name: (nullable): backend
 * @backend_id: (nullable): QEMU's id of the backend
 * @nic: (nullable): the NIC
 * @backend: (nullable): the backend
 * @port_name: (nullable): backend in the NIC's place
 * @port: (nullable): that backend, of an interface without a NIC: the port of a network at which @backend is the way out
 * @link: (nullable): what joins them
 */
typedef struct {
    char       *name;
    char       *nic_name;
    char       *backend_name;
    char       *backend_id;
    HvnNic     *nic;
    HvnBackend *backend;
    char       *port_name;
    HvnBackend *port;
    HvnLink    *link;
} HvnInterface;

/**
 * hvn_session_new:
 * @config: (transfer none): a finished configuration
 * @registry: the plugins
 * @dispatcher: (transfer none): where it runs
 * @error: return location
 *
 * Creates every object. Nothing is opened on the host yet.
 *
 * Returns: (transfer full) (nullable): the session, or %NULL with %HVN_ERROR set
 */
HvnSession *
hvn_session_new(const HvnConfig *config, HvnRegistry *registry, HvnDispatcher *dispatcher, GError **error);

/**
 * hvn_session_start:
 * @self: a session
 * @error: return location
 *
 * Starts the backends, in order. When one fails, those before it are stopped again.
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_session_start(HvnSession *self, GError **error);

/**
 * hvn_session_stop:
 * @self: a session
 *
 * Stops the backends; nothing is left on the host. Idempotent.
 */
void
hvn_session_stop(HvnSession *self);

/**
 * hvn_session_get_interfaces:
 * @self: a session
 *
 * Returns: (transfer none) (element-type HvnInterface): the interfaces, in order
 */
GPtrArray *
hvn_session_get_interfaces(HvnSession *self);

/**
 * hvn_session_find_interface:
 * @self: a session
 * @name: of an interface: "net0", or the file's alias
 *
 * Returns: (transfer none) (nullable): the interface, which lives as long as the session
 */
const HvnInterface *
hvn_session_find_interface(HvnSession *self, const char *name);

/**
 * hvn_session_get_dispatcher:
 * @self: a session
 *
 * Returns: (transfer none): where it runs
 */
HvnDispatcher *
hvn_session_get_dispatcher(HvnSession *self);

G_END_DECLS
