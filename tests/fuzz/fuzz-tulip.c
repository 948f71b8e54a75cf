/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer target for the tulip: a program for hvn-fuzz-nic.h. The first byte of the input chooses rings or chains, and loopback. */
#include "hvn-bytes.h"
#include "hvn-fuzz-nic.h"
#include "hvn-tulip-nic.h"

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

#define TX_RING 0x1000
#define RX_RING 0x2000
#define SETUP   0x3000
#define N_DESCS 32

static void
lay_out_desc(guint8 *ram, guint32 ring, guint i, guint32 control, guint32 buffer, gboolean chained)
{
    guint8 *desc = ram + ring + 16 * i;

    hvn_store_le32(desc, TULIP_DES0_OWN);
    hvn_store_le32(desc + 4, control | (chained ? TULIP_DES1_CHAINED : i == N_DESCS - 1 ? TULIP_DES1_END : 0));
    hvn_store_le32(desc + 8, buffer);
    hvn_store_le32(desc + 12, chained ? ring + 16 * ((i + 1) % N_DESCS) : buffer + 1024);
}

static void
lay_out_all(guint8 *ram, gboolean chained)
{
    const guint32 second = chained ? 0 : 40u << TULIP_DES1_SIZE_SHIFT;

    lay_out_desc(ram, TX_RING, 0, TULIP_TDES1_SET | TULIP_SETUP_LEN, SETUP, chained);
    for (guint i = 1; i < N_DESCS; i++)
        lay_out_desc(ram, TX_RING, i, TULIP_TDES1_FS | TULIP_TDES1_LS | TULIP_TDES1_IC | second | 60, 0x30000 + 2048 * i, chained);
    for (guint i = 0; i < N_DESCS; i++)
        lay_out_desc(ram, RX_RING, i, second | 1024, 0x10000 + 2048 * i, chained);
}

static void
lay_out_rings(guint8 *ram)
{
    lay_out_all(ram, FALSE);
}

static void
lay_out_chains(guint8 *ram)
{
    lay_out_all(ram, TRUE);
}

#define ON (TULIP_CSR6_PS | TULIP_CSR6_PR | TULIP_CSR6_ST | TULIP_CSR6_SR)

static const HvnFuzzWrite writes[] = {
    {TULIP_CSR3, RX_RING, 4},
    {TULIP_CSR4, TX_RING, 4},
    {TULIP_CSR7, TULIP_CSR5_CAUSES | TULIP_CSR7_AIM | TULIP_CSR7_NIM, 4},
    {TULIP_CSR6, ON, 4},
};

static const HvnFuzzWrite loop_writes[] = {
    {TULIP_CSR3, RX_RING, 4},
    {TULIP_CSR4, TX_RING, 4},
    {TULIP_CSR6, ON | TULIP_CSR6_OM_INT | TULIP_CSR6_PB, 4},
};

static const HvnFuzzNicModel models[] = {
    {TULIP_BAR_MEMORY, TULIP_BAR_IO, lay_out_rings, writes, G_N_ELEMENTS(writes)},
    {TULIP_BAR_MEMORY, TULIP_BAR_IO, lay_out_chains, writes, G_N_ELEMENTS(writes)},
    {TULIP_BAR_MEMORY, TULIP_BAR_IO, lay_out_rings, loop_writes, G_N_ELEMENTS(loop_writes)},
    {TULIP_BAR_MEMORY, TULIP_BAR_IO, lay_out_chains, loop_writes, G_N_ELEMENTS(loop_writes)},
};

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, clock);
    g_autoptr(HvnNic) nic = NULL;
    gsize used = MIN(size, 1);

    nic = g_object_new(HVN_TYPE_TULIP_NIC, "dispatcher", dispatcher, NULL);
    hvn_fuzz_nic_run(&models[size > 0 ? data[0] % G_N_ELEMENTS(models) : 0], dispatcher, nic, data + used, size - used);
    return 0;
}
