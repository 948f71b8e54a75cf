/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer target for the rtl8139: a program for hvn-fuzz-nic.h. The first byte of the input chooses the chip and the mode that is set
 * up. */
#include "hvn-bytes.h"
#include "hvn-fuzz-nic.h"
#include "hvn-rtl8139-nic.h"

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

#define TX_RING 0x1000
#define RX_RING 0x2000

static void
lay_out(guint8 *ram)
{
    for (guint i = 0; i < RTL8139_RING_MAX; i++) {
        guint32 eor = i == RTL8139_RING_MAX - 1 ? RTL8139_DESC_EOR : 0;

        hvn_store_le64(ram + TX_RING + 16 * i + 8, 0x30000 + 64 * i);
        hvn_store_le32(ram + TX_RING + 16 * i, eor | RTL8139_DESC_OWN | RTL8139_DESC_FS | RTL8139_DESC_LS | 60);
        hvn_store_le64(ram + RX_RING + 16 * i + 8, 0x10000 + 2048 * i);
        hvn_store_le32(ram + RX_RING + 16 * i, eor | RTL8139_DESC_OWN | 2048);
    }
}

static const HvnFuzzWrite cplus_writes[] = {
    {RTL8139_CPCR, RTL8139_CPCR_TX | RTL8139_CPCR_RX | RTL8139_CPCR_CHKSUM | RTL8139_CPCR_VLAN, 2},
    {RTL8139_TNPDS, TX_RING, 4},
    {RTL8139_THPDS, 0x4000, 4},
    {RTL8139_RDSAR, RX_RING, 4},
    {RTL8139_CR, RTL8139_CR_RE | RTL8139_CR_TE, 1},
    {RTL8139_RCR, RTL8139_RCR_AAP | RTL8139_RCR_AM | RTL8139_RCR_AB, 4},
};

static const HvnFuzzWrite c_writes[] = {
    {RTL8139_RBSTART, 0x40000, 4},
    {RTL8139_TSAD, 0x30000, 4},
    {RTL8139_TSAD + 4, 0x31000, 4},
    {RTL8139_CR, RTL8139_CR_RE | RTL8139_CR_TE, 1},
    {RTL8139_RCR, RTL8139_RCR_AAP | RTL8139_RCR_AM | RTL8139_RCR_AB, 4},
};

static const HvnFuzzNicModel cplus = {RTL8139_BAR_MEMORY, RTL8139_BAR_IO, lay_out, cplus_writes, G_N_ELEMENTS(cplus_writes)};
static const HvnFuzzNicModel c = {RTL8139_BAR_MEMORY, RTL8139_BAR_IO, lay_out, c_writes, G_N_ELEMENTS(c_writes)};

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, clock);
    g_autoptr(HvnNic) nic = NULL;
    guint8 how = size > 0 ? data[0] : 0;

    nic = g_object_new(HVN_TYPE_RTL8139_NIC, "dispatcher", dispatcher, "revision", how & 2 ? "0x10" : "0x20", NULL);
    hvn_fuzz_nic_run(how & 1 ? &c : &cplus, dispatcher, nic, data + MIN(size, 1), size - MIN(size, 1));
    return 0;
}
