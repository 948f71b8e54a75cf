/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin on a link: the port of any plugin that the registry lists, a fake port at the other end, for NICs a fake bus, time by hand; and
 * frames in memory that can be taken away, so that whoever edits or keeps a lent frame is caught in the act. */
#pragma once

#include "hvn-contract-row.h"
#include "hvn-link.h"
#include "hvn-registry.h"

G_BEGIN_DECLS

typedef struct {
    HvnRegistry            *registry;   /* owned */
    HvnDescriptor          *descriptor; /* not owned */
    const HvnContractModel *model;      /* (nullable) */
    HvnClock               *clock;      /* owned */
    HvnDispatcher          *dispatcher; /* owned */
    HvnFakeBus             *bus;        /* owned; (nullable) for backends */
    HvnPort                *port;       /* owned: the plugin */
    HvnFakePort            *peer;       /* owned */
    HvnLink                *link;       /* owned */
    gboolean                started;    /* the backend started, or the NIC is attached and enabled */
    guint                   pushes;     /* pushes into the peer since it was set to 0 */
    guint                   capacity;   /* frames that the peer will still take */
    GPtrArray              *taken;      /* owned; GBytes that the peer took */
} HvnContractFixture;

/* what the data of a test is */
typedef struct {
    HvnRegistry            *registry;   /* owned */
    HvnDescriptor          *descriptor; /* owned */
    const HvnContractModel *model;      /* (nullable): its row */
    char                   *name;       /* owned: plugin or variant */
} HvnContractCase;

/* creates the plugin of a test under its name; a NIC is attached and enabled, a backend started where it can be */
HvnContractFixture *
hvn_contract_fixture_new_for(gconstpointer data);

void
hvn_contract_fixture_free(HvnContractFixture *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnContractFixture, hvn_contract_fixture_free)

/* (transfer none) (nullable): the NIC, of a NIC plugin */
HvnNic *
hvn_contract_fixture_get_nic(HvnContractFixture *self);

/* runs what is pending: fds, work, timers that are due */
void
hvn_contract_fixture_settle(HvnContractFixture *self);

/* a test of every plugin of a kind */
typedef struct {
    const char *kind;    /* "nic" or "backend"; NULL for both */
    const char *path;    /* of GLib's tests, before kind and name of the plugin */
    const char *summary; /* what it holds the plugin to, for people */
    void (*func)(gconstpointer data);
} HvnContractTest;

extern const HvnContractTest hvn_contract_load_tests[];    /* the module opens; the last one has no path, as in all of these */
extern const HvnContractTest hvn_contract_port_tests[];    /* what hvn-port.h says */
extern const HvnContractTest hvn_contract_nic_tests[];     /* what a hypervisor relies on */
extern const HvnContractTest hvn_contract_hostile_tests[]; /* a guest that has lost its mind, for long */

/* adds a test for a plugin, as itself or as a variant; @model (nullable) is its row */
void
hvn_contract_add_test(HvnRegistry *registry, HvnDescriptor *descriptor, const char *name, const HvnContractTest *test,
                      const HvnContractModel *model);

/* adds each of the tests for each plugin and variant of its kind that the registry lists; @find knows the rows */
void
hvn_contract_add_tests(HvnRegistry *registry, const HvnContractTest *tests, HvnContractModelFunc find);

/* ---- frames that are lent and then taken away ---- */

typedef struct {
    guint8   *memory; /* pages of their own, with frames and iovecs in them */
    gsize     size;
    HvnFrame *frames; /* in memory */
    guint     n_frames;
} HvnLentFrames;

#define HVN_LENT_MIN 18 /* bytes of the shortest frame that carries its number */

/* frames of random lengths, at most max_len, in random pieces; each carries its number, from first on, behind the Ethernet header */
HvnLentFrames *
hvn_lent_frames_new(guint n_frames, guint first, gsize max_len);

void
hvn_lent_frames_free(HvnLentFrames *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnLentFrames, hvn_lent_frames_free)

/* lends frames from the fake port, read only during the call and out of reach after it; returns how many were taken */
guint
hvn_lent_frames_send(HvnLentFrames *self, guint first, guint n_frames, HvnFakePort *sender);

G_END_DECLS
