/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The control/status registers, which two BARs show, a row each, offsets ascending: offset, width, count, flags, value after reset, bits
 * that a write changes, name, section of the manual, handlers. Nothing else. */
#include "hvn-i8255x-regs.h"

#include "hvn-i8255x-nic.h"

#define RO      HVN_REG_RO
#define WO      HVN_REG_WO
#define STORED  HVN_REG_STORED
#define IGNORED HVN_REG_IGNORED
#define LANES   HVN_REG_NO_MERGE
#define ALL     0xffffffffu

/* clang-format off */
static const HvnReg i8255x_rows[] = {
    /* offset, width, count, flags, reset, write mask, name, section, on read, on write, stride */
    {I8255X_SCB_STATUS,   1, 1, RO,    0, 0,    "SCBStatus",  "6.3.2", hvn_i8255x_scb_status_read, NULL, 0},
    {I8255X_SCB_STAT_ACK, 1, 1, LANES, 0, I8255X_ACK_ALL, "STAT/ACK", "6.3.2", hvn_i8255x_stat_ack_read, hvn_i8255x_stat_ack_write, 0},
    {I8255X_SCB_COMMAND,  1, 1, LANES, 0, 0xf7, "SCBCommand", "6.3.2", NULL, hvn_i8255x_scb_command_write, 0},
    {I8255X_SCB_MASK,     1, 1, 0,     0, 0xff, "SCBMask",    "6.3.2", NULL, hvn_i8255x_scb_mask_write, 0},
    {I8255X_SCB_POINTER,  4, 1, 0,     0, ALL,  "SCBPointer", "6.3.2", NULL, NULL, 0},
    {I8255X_PORT,         4, 1, WO | LANES, 0, ALL, "PORT",   "6.3.3", NULL, hvn_i8255x_port_write, 0},
    {I8255X_FLASH,        2, 1, IGNORED, 0, 0,  "FlashControl", "6.3", NULL, NULL, 0},
    {I8255X_EEPROM,       2, 1, 0,     0, 0x07, "EEPROMControl", "6.3.4", hvn_i8255x_eeprom_read, hvn_i8255x_eeprom_write, 0},
    {I8255X_MDI,          4, 1, 0,     I8255X_MDI_READY, 0x2fffffff, "MDIControl", "6.3.5", NULL, hvn_i8255x_mdi_write, 0},
    {I8255X_RX_BYTE_COUNT, 4, 1, RO | STORED, 0, 0, "RxDMAByteCount", "6.3", NULL, NULL, 0},
    {I8255X_EARLY_RX,     1, 1, STORED, 0, 0xff, "EarlyRxInt", "6.3", NULL, NULL, 0},
    {I8255X_FLOW_CONTROL, 1, 2, STORED, 0, 0x1f, "FlowControl", "6.3", NULL, NULL, 0},
    {I8255X_PMDR,         1, 1, HVN_REG_W1C | HVN_REG_KEEP, 0, 0xe1, "PMDR", "6.3", NULL, NULL, 0},
    {I8255X_GENERAL_CONTROL, 1, 1, STORED, 0, 0x03, "GeneralControl", "6.3", NULL, NULL, 0},
    {I8255X_GENERAL_STATUS, 1, 1, RO,  0, 0,    "GeneralStatus", "6.3", hvn_i8255x_general_status_read, NULL, 0},
    {I8255X_FUNCTION_EVENT, 4, 4, STORED, 0, 0x8010, "FunctionEvent", "6.3", NULL, NULL, 0},
};
/* clang-format on */

const HvnReg *
hvn_i8255x_reg_rows(guint *n_rows)
{
    *n_rows = G_N_ELEMENTS(i8255x_rows);
    return i8255x_rows;
}
