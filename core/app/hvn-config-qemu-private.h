/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two halves of the reader of QEMU's options share: hvn-config-qemu.c reads each option and makes interfaces at the end,
 * hvn-config-qemu-join.c finds who belongs to whom in between. Not installed. */
#pragma once

#include "hvn-config-private.h"
#include "hvn-qemu-opts.h"

G_BEGIN_DECLS

/* a backend as an option gave it */
typedef struct _HvnQemuBackend HvnQemuBackend;

struct _HvnQemuBackend {
    char *origin;
    char *id;
    HvnDescriptor *descriptor; /* not owned */
    char *type;
    GPtrArray *opts; /* HvnQemuOpt, what is left for the plugin */
    const char *taken; /* (nullable): who has it, its origin; not owned */
    HvnQemuBackend *behind; /* (nullable), not owned: what this one has in the place of a NIC */
};

/* a NIC as an option gave it */
typedef struct {
    char *origin;
    char *id;                  /* (nullable) */
    HvnDescriptor *descriptor; /* not owned */
    char *model;
    GPtrArray *opts;         /* HvnQemuOpt, what is left for the plugin */
    HvnOptions *hypervisor;  /* what is for the hypervisor */
    char *netdev;            /* (nullable): the id it asked for */
    HvnQemuBackend *backend; /* (nullable), not owned */
} HvnQemuNic;

typedef struct {
    HvnRegistry *registry;
    GPtrArray *backends;         /* HvnQemuBackend, all of them */
    GPtrArray *nics;             /* HvnQemuNic of -nic and -net */
    GPtrArray *devices;          /* HvnQemuNic of -device */
    GPtrArray *hub_backends;     /* HvnQemuBackend, not owned: of -net TYPE */
    GPtrArray *hub_nics;         /* HvnQemuNic, not owned: of -net nic */
    gboolean no_default;         /* something suppresses the default network */
} HvnQemuReader;

/* a backend by its id; NULL when there is none */
HvnQemuBackend *
hvn_qemu_find_backend(HvnQemuReader *self, const char *id);

/* adds a backend, with an id of its own when @id is NULL; NULL with the error set */
HvnQemuBackend *
hvn_qemu_add_backend(HvnQemuReader *self, const char *type, const char *id, GPtrArray *opts, const char *origin, GError **error);

/* when all options are read: gives every NIC, and every port of a network, the backend that it asks for */
gboolean
hvn_qemu_join_all(HvnQemuReader *self, GError **error);

G_END_DECLS
