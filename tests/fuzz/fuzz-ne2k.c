/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer target for the 8390: a program for hvn-fuzz-nic.h on the RTL8029, whose ring is set up. */
#include "hvn-fuzz-nic.h"
#include "hvn-ne2k-pci.h"

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

static void
lay_out(guint8 *ram)
{
}

static const HvnFuzzWrite writes[] = {
    {NE2K_DCR, 0x49, 1},      {NE2K_RCR, NE2K_RCR_AB | NE2K_RCR_AM | NE2K_RCR_PRO, 1},
    {NE2K_PSTART, 0x46, 1},   {NE2K_PSTOP, NE2K_RAM_END, 1},
    {NE2K_BNRY, NE2K_RAM_END - 1, 1}, {NE2K_TPSR, NE2K_RAM_FIRST, 1},
    {NE2K_TBCR0, 60, 2},      {NE2K_CR, 1 << NE2K_CR_PS_SHIFT | NE2K_CR_STP, 1},
    {NE2K_ISR, 0x46, 1}, /* CURR */
    {NE2K_CR, NE2K_CR_RD_ABORT | NE2K_CR_STA, 1},
};

static const HvnFuzzNicModel model = {NE2K_REGION, NE2K_REGION, lay_out, writes, G_N_ELEMENTS(writes)};

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, clock);
    g_autoptr(HvnNic) nic = g_object_new(HVN_TYPE_NE2K_PCI, "dispatcher", dispatcher, NULL);

    hvn_fuzz_nic_run(&model, dispatcher, nic, data, size);
    return 0;
}
