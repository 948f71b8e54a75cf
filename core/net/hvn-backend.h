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
 * HvnBackendDrop:
 * @HVN_BACKEND_DROP_NO_PEER: from the guest, while there was nobody to send to
 * @HVN_BACKEND_DROP_PEER_FULL: from the guest or a peer, to one of several peers that had no room
 * @HVN_BACKEND_DROP_UNSENDABLE: from the guest, larger than the medium takes
 * @HVN_BACKEND_DROP_REFUSED: from the guest, refused by the host for another reason
 * @HVN_BACKEND_DROP_STORM: from the guest, to several ports at once, more often than its port may
 * @HVN_BACKEND_DROP_VLAN: from the guest, in a VLAN that its port does not carry
 * @HVN_BACKEND_DROP_FILTERED: from the guest, to nobody whom its port may reach, or from an address that no station has
 * @HVN_BACKEND_DROP_FULL: to the guest, from another port, while it had no room for longer than anybody waits
 * @HVN_BACKEND_DROP_STRANGER: to the guest, from somebody who is not the peer
 * @HVN_BACKEND_DROP_EMPTY: to the guest, without a byte
 * @HVN_BACKEND_DROP_TOO_LONG: to the guest, longer than any frame
 * @HVN_BACKEND_DROP_MALFORMED: to the guest, not of the form that the wire has
 * @HVN_BACKEND_DROP_SESSION: to the guest, of a session that is not this one
 * @HVN_BACKEND_DROP_COOKIE: to the guest, of this session and with another secret
 * @HVN_BACKEND_N_DROPS: how many reasons there are
 *
 * Why a backend dropped a frame. What concerns both ends of a link (runts, giants, a link that is down) the link counts.
 */
typedef enum {
    HVN_BACKEND_DROP_NO_PEER,
    HVN_BACKEND_DROP_PEER_FULL,
    HVN_BACKEND_DROP_UNSENDABLE,
    HVN_BACKEND_DROP_REFUSED,
    HVN_BACKEND_DROP_STORM,
    HVN_BACKEND_DROP_VLAN,
    HVN_BACKEND_DROP_FILTERED,
    HVN_BACKEND_DROP_FULL,
    HVN_BACKEND_DROP_STRANGER,
    HVN_BACKEND_DROP_EMPTY,
    HVN_BACKEND_DROP_TOO_LONG,
    HVN_BACKEND_DROP_MALFORMED,
    HVN_BACKEND_DROP_SESSION,
    HVN_BACKEND_DROP_COOKIE,
    HVN_BACKEND_N_DROPS,
} HvnBackendDrop;

/**
 * HvnBackendClass:
 * @start: opens what the properties name and begins to carry frames; on failure nothing is left open
 * @stop: closes everything: no fd, process, listener or file is left
 * @describe: (nullable): a line for people, as `info network` prints it ("net=10.0.2.0,restrict=off"); (transfer full)
 * @carrier_follows: the guest sees a cable that is unplugged while the backend is started and not %HVN_BACKEND_UP
 */
struct _HvnBackendClass {
    HvnPortClass parent_class;

    gboolean (*start)(HvnBackend *self, GError **error);
    void (*stop)(HvnBackend *self);
    char *(*describe)(HvnBackend *self);
    gboolean carrier_follows;

    gpointer padding[7];
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
 * For plugins: reports a change; emits #HvnBackend::state-changed. Not from within push(): mark an #HvnWork.
 */
void
hvn_backend_set_state(HvnBackend *self, HvnBackendState state, const char *reason);

/**
 * hvn_backend_count_drops:
 * @self: a backend
 * @reason: why
 * @n_frames: how many
 *
 * For plugins: counts frames that were dropped.
 */
void
hvn_backend_count_drops(HvnBackend *self, HvnBackendDrop reason, guint n_frames);

/**
 * hvn_backend_get_drops:
 * @self: a backend
 * @reason: why
 *
 * Returns: how many frames were dropped for that reason since the backend was made
 */
guint64
hvn_backend_get_drops(HvnBackend *self, HvnBackendDrop reason);

/**
 * hvn_backend_drop_to_string:
 * @reason: why
 *
 * Returns: (transfer none): for people and programs, such as "no-peer"
 */
const char *
hvn_backend_drop_to_string(HvnBackendDrop reason);

/**
 * hvn_backend_drop_is_from_guest:
 * @reason: why
 *
 * Returns: whether the frame was on its way from the guest
 */
gboolean
hvn_backend_drop_is_from_guest(HvnBackendDrop reason);

/**
 * hvn_backend_describe:
 * @self: a backend
 *
 * Returns: (transfer full): a line for people, as `info network` prints it
 */
char *
hvn_backend_describe(HvnBackend *self);

G_END_DECLS
