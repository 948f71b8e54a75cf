/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer target for the i8255x: a program for hvn-fuzz-nic.h. The first byte of the input chooses the chip and whether its lists are in
 * flexible mode. */
#include "hvn-fuzz-nic.h"
#include "hvn-i8255x-nic.h"

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

#define CBS  0x1000
#define RFDS 0x8000
#define SLOT 0x100
#define N    64

static void
lay_out_simplified(guint8 *ram)
{
    for (guint i = 0; i < N; i++) {
        guint8 *cb = ram + CBS + SLOT * i, *rfd = ram + RFDS + SLOT * i;

        hvn_store_le32(cb, (guint32)I8255X_OPCODE_TRANSMIT << 16);
        hvn_store_le32(cb + 4, CBS + SLOT * ((i + 1) % N));
        hvn_store_le32(cb + 8, I8255X_TCB_NO_ARRAY);
        hvn_store_le32(cb + 12, 60);
        hvn_store_le32(rfd + 4, RFDS + SLOT * ((i + 1) % N));
        hvn_store_le32(rfd + 12, 200u << 16);
    }
    hvn_store_le32(ram + CBS + SLOT * 7, (guint32)(I8255X_CB_S | I8255X_OPCODE_TRANSMIT) << 16);
}

static void
lay_out_flexible(guint8 *ram)
{
    lay_out_simplified(ram);
    for (guint i = 0; i < N; i++) {
        guint8 *cb = ram + CBS + SLOT * i, *rfd = ram + RFDS + SLOT * i;

        hvn_store_le16(cb + 2, I8255X_OPCODE_TRANSMIT | I8255X_CB_SF | (i == 7 ? I8255X_CB_S : 0));
        hvn_store_le32(cb + 8, CBS + SLOT * i + 16);
        hvn_store_le32(cb + 12, 2u << 24);
        hvn_store_le64(cb + 16, 0x30000 | (guint64)30 << 32);
        hvn_store_le64(cb + 24, 0x31000 | (guint64)30 << 32);
        hvn_store_le16(rfd + 2, I8255X_RFD_SF);
        hvn_store_le32(rfd + 8, RFDS + 0x80);
        hvn_store_le32(rfd + 12, 14u << 16);
        hvn_store_le32(rfd + 0x84, RFDS + SLOT * ((i + 1) % N) + 0x80);
        hvn_store_le32(rfd + 0x88, 0x40000 + 0x800 * i);
        hvn_store_le32(rfd + 0x8c, 0x800);
    }
}

static const HvnFuzzWrite writes[] = {
    {I8255X_SCB_POINTER, CBS, 4},
    {I8255X_SCB_COMMAND, I8255X_CUC_START, 1},
    {I8255X_SCB_POINTER, RFDS, 4},
    {I8255X_SCB_COMMAND, I8255X_RUC_START, 1},
};

static const HvnFuzzNicModel simplified = {I8255X_BAR_MEMORY, I8255X_BAR_IO, lay_out_simplified, writes, G_N_ELEMENTS(writes)};
static const HvnFuzzNicModel flexible = {I8255X_BAR_MEMORY, I8255X_BAR_IO, lay_out_flexible, writes, G_N_ELEMENTS(writes)};

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, clock);
    g_autoptr(HvnNic) nic = NULL;
    guint8 how = size > 0 ? data[0] : 0;

    nic = g_object_new(HVN_TYPE_I8255X_NIC, "dispatcher", dispatcher, "variant", how & 2 ? "i82557b" : "i82559c", NULL);
    hvn_fuzz_nic_run(how & 1 ? &flexible : &simplified, dispatcher, nic, data + MIN(size, 1), size - MIN(size, 1));
    return 0;
}
