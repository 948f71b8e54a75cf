/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A network backend: the port that reaches the host. Abstract; a plugin implements start and stop, push and resume. */
#pragma once

#include "hvn-port.h"

G_BEGIN_DECLS

#define HVN_TYPE_BACKEND (hvn_backend_get_type())
G_DECLARE_DERIVABLE_TYPE(HvnBackend, hvn_backend, HVN, BACKEND, HvnPort)

/**
 * HvnBackendState:
 * @HVN_BACKEND_STOPPED: not started
 * @HVN_BACKEND_LISTENING: waits for a peer
 * @HVN_BACKEND_CONNECTING: looks for its peer
 * @HVN_BACKEND_UP: carries frames
 * @HVN_BACKEND_DOWN: does not, see the reason
 */
typedef enum {
    HVN_BACKEND_STOPPED,
    HVN_BACKEND_LISTENING,
    HVN_BACKEND_CONNECTING,
    HVN_BACKEND_UP,
    HVN_BACKEND_DOWN,
} HvnBackendState;

/**
 * HvnBackendClass:
 * @start: opens what the properties name and begins to carry frames; on failure nothing is left open
 * @stop: closes everything: no fd, process, listener or file is left
 * @describe: (nullable): a line for people, as `info network` prints it ("net=10.0.2.0,restrict=off"); (transfer full)
 */
struct _HvnBackendClass {
    HvnPortClass parent_class;

    gboolean (*start)(HvnBackend *self, GError **error);
    void (*stop)(HvnBackend *self);
    char *(*describe)(HvnBackend *self);

    gpointer padding[8];
};

/**
 * hvn_backend_start:
 * @self: a backend that is stopped
 * @error: return location
 *
 * Starts the backend. Its state is %HVN_BACKEND_UP afterwards unless the plugin set another.
 *
 * Returns: %FALSE with %HVN_ERROR set; the backend is stopped then
 */
gboolean
hvn_backend_start(HvnBackend *self, GError **error);

/**
 * hvn_backend_stop:
 * @self: a backend
 *
 * Stops the backend; nothing when it is stopped. A plugin's dispose() calls this.
 */
void
hvn_backend_stop(HvnBackend *self);

/**
 * hvn_backend_get_state:
 * @self: a backend
 *
 * Returns: the state
 */
HvnBackendState
hvn_backend_get_state(HvnBackend *self);

/**
 * hvn_backend_get_reason:
 * @self: a backend
 *
 * Returns: (transfer none) (nullable): why the backend is down
 */
const char *
hvn_backend_get_reason(HvnBackend *self);

/**
 * hvn_backend_set_state:
 * @self: a backend
 * @state: the new state
 * @reason: (nullable): why, for people
 *
 * For plugins: reports a change; emits #HvnBackend::state-changed.
 */
void
hvn_backend_set_state(HvnBackend *self, HvnBackendState state, const char *reason);

/**
 * hvn_backend_describe:
 * @self: a backend
 *
 * Returns: (transfer full): a line for people, as `info network` prints it
 */
char *
hvn_backend_describe(HvnBackend *self);

G_END_DECLS
