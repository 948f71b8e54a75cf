/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer target for the e1000: a program for hvn-fuzz-nic.h, on rings that work. */
#include "hvn-bytes.h"
#include "hvn-e1000-nic.h"
#include "hvn-fuzz-nic.h"

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

static void
lay_out(guint8 *ram)
{
    for (guint i = 0; i < 64; i++)
        hvn_store_le64(ram + 0x2000 + 16 * i, 0x10000 + 2048 * i);
}

static const HvnFuzzWrite writes[] = {
    {E1000_TDBAL, 0x1000, 4},
    {E1000_TDLEN, 0x400, 4},
    {E1000_RDBAL, 0x2000, 4},
    {E1000_RDLEN, 0x400, 4},
    {E1000_RDT, 40, 4},
    {E1000_TCTL, E1000_TCTL_EN, 4},
    {E1000_RCTL, E1000_RCTL_EN | E1000_RCTL_UPE | E1000_RCTL_MPE, 4},
};

static const HvnFuzzNicModel model = {E1000_BAR_MEMORY, E1000_BAR_IO, lay_out, writes, G_N_ELEMENTS(writes)};

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, clock);
    g_autoptr(HvnNic) nic = g_object_new(HVN_TYPE_E1000_NIC, "dispatcher", dispatcher, NULL);

    hvn_fuzz_nic_run(&model, dispatcher, nic, data, size);
    return 0;
}
