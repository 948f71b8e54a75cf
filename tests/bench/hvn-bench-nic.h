/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A NIC model on a fake bus and a null port, for nic-tx and nic-rx; and what a benchmark must know of a model's rings. */
#pragma once

#include "hvn-bench.h"
#include "hvn-fake-bus.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-nic.h"

G_BEGIN_DECLS

#define HVN_BENCH_RAM_SIZE (64 * 1024 * 1024)

typedef struct _HvnBenchModel HvnBenchModel;

/* what is measured on a ring */
typedef struct {
    const char *mode;        /* "legacy" or "tso" */
    gsize       frame_size;  /* bytes of a frame */
    guint       descriptors; /* that a transmit frame is spread over, context descriptors included */
    guint       batch;       /* frames for each doorbell */
} HvnBenchCase;

typedef struct {
    const HvnBenchModel *model;
    HvnDispatcher       *dispatcher; /* owned */
    HvnFakeBus          *bus;        /* owned */
    HvnNic              *nic;        /* owned */
    HvnFakePort         *peer;       /* owned */
    HvnLink             *link;       /* owned */
    const HvnBenchCase  *test_case;
    guint                tail; /* the driver's own copies of its registers */
    guint                ring; /* descriptors in it */
    gboolean             whole_loop; /* go through the main context, not hvn_dispatcher_run_work() */
    HvnFrame             frames[HVN_BATCH_MAX]; /* what nic-rx sends */
    struct iovec         iovs[HVN_BATCH_MAX];
    guint8              *bytes; /* owned */
} HvnBenchNic;

/* set-up and doorbells of a model */
struct _HvnBenchModel {
    const char         *name;
    const char         *plugin; /* (nullable) where it is not the name */
    const HvnBenchCase *tx_cases;
    guint               n_tx_cases;
    guint               max_rx; /* frames that the receiver has room for at once, 0 for 256 and more */
    void (*open_tx)(HvnBenchNic *self);                   /* fills the ring with frames of the case */
    void (*ring_tx)(HvnBenchNic *self);                   /* doorbell for one batch; no waiting */
    void (*done_tx)(HvnBenchNic *self);                   /* acknowledges the interrupt */
    void (*open_rx)(HvnBenchNic *self);                   /* gives every descriptor but one */
    void (*give_rx)(HvnBenchNic *self); /* gives back what was used, and acknowledges the interrupt */
};

extern const HvnBenchModel hvn_bench_e1000;
extern const HvnBenchModel hvn_bench_i82559c;
extern const HvnBenchModel hvn_bench_ne2k_pci;
extern const HvnBenchModel hvn_bench_pcnet;
extern const HvnBenchModel hvn_bench_rtl8139;
extern const HvnBenchModel hvn_bench_rtl8139_c;
extern const HvnBenchModel hvn_bench_tulip;

/* (transfer none): the model that the command line names; ends the program when there is none */
const HvnBenchModel *
hvn_bench_find_model(HvnBench *bench);

/* a NIC of the model, attached, enabled, linked to a port that takes everything */
void
hvn_bench_nic_init(HvnBenchNic *self, const HvnBenchModel *model, const HvnBenchCase *test_case);

void
hvn_bench_nic_clear(HvnBenchNic *self);

/* runs the marked work to its end */
void
hvn_bench_nic_run(HvnBenchNic *self);

G_END_DECLS
