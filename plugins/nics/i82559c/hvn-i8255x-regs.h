/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Offsets and bits of the control/status registers of the 8255x, in the order and spelling of Intel's "8255x 10/100 Mbps Ethernet
 * Controller Family Open Source Software Developer Manual", rev. 1.3, chapter 6.3. The rows that tie each register to its handlers
 * are in hvn-i8255x-regs.c; what lies in memory is in hvn-i8255x-desc.h. */
#pragma once

#include "hvn-regs.h"

G_BEGIN_DECLS

#ifndef BIT
#define BIT(n) (1u << (n))
#endif

#define I8255X_BAR_MEMORY      0
#define I8255X_BAR_IO          1
#define I8255X_BAR_FLASH       2
#define I8255X_BAR_MEMORY_SIZE 4096
#define I8255X_BAR_FLASH_SIZE  (128 * 1024)
#define I8255X_CSR_SIZE        64 /* the registers, and all of the I/O BAR */

/* 6.3.2 SCB status: what both units do */
#define I8255X_SCB_STATUS        0x00
#define I8255X_SCB_CUS_SHIFT     6
#define I8255X_SCB_CUS_IDLE      0
#define I8255X_SCB_CUS_SUSPENDED 1
#define I8255X_SCB_CUS_ACTIVE    2 /* on the queue of low priority, the only one here */
#define I8255X_SCB_RUS_SHIFT     2
#define I8255X_SCB_RUS_IDLE      0
#define I8255X_SCB_RUS_SUSPENDED 1
#define I8255X_SCB_RUS_NO_RFDS   2
#define I8255X_SCB_RUS_READY     4
#define I8255X_SCB_RUS_NO_RBDS   10

/* the high byte: causes, a write of 1 acknowledges */
#define I8255X_SCB_STAT_ACK 0x01
#define I8255X_ACK_FCP      BIT(0) /* flow control pause: never, there is no wire to pause */
#define I8255X_ACK_SWI      BIT(2)
#define I8255X_ACK_MDI      BIT(3)
#define I8255X_ACK_RNR      BIT(4) /* the receive unit has left the ready state */
#define I8255X_ACK_CNA      BIT(5) /* the command unit has left the active state */
#define I8255X_ACK_FR       BIT(6)
#define I8255X_ACK_CX       BIT(7) /* a command with I has been executed */
#define I8255X_ACK_ALL      0xfdu

/* SCB command: what either unit is to do; 0 as soon as the device has accepted it, which is at once */
#define I8255X_SCB_COMMAND       0x02
#define I8255X_CUC_MASK          0xf0u
#define I8255X_CUC_NOP           0x00
#define I8255X_CUC_START         0x10
#define I8255X_CUC_RESUME        0x20
#define I8255X_CUC_DUMP_ADDRESS  0x40
#define I8255X_CUC_DUMP          0x50
#define I8255X_CUC_BASE          0x60
#define I8255X_CUC_DUMP_RESET    0x70
#define I8255X_CUC_STATIC_RESUME 0xa0
#define I8255X_RUC_MASK          0x07u
#define I8255X_RUC_NOP           0
#define I8255X_RUC_START         1
#define I8255X_RUC_RESUME        2
#define I8255X_RUC_DMA_REDIRECT  3
#define I8255X_RUC_ABORT         4
#define I8255X_RUC_HEADER_SIZE   5
#define I8255X_RUC_BASE          6
#define I8255X_RUC_RBD_RESUME    7

/* the high byte: interrupts that are masked */
#define I8255X_SCB_MASK     0x03
#define I8255X_MASK_M       BIT(0) /* all of them */
#define I8255X_MASK_SI      BIT(1) /* asks for a software interrupt, reads 0 */
#define I8255X_MASK_FCP     BIT(2)
#define I8255X_MASK_ER      BIT(3)
#define I8255X_MASK_CAUSES  0xf0u /* RNR, CNA, FR and CX, where they are in STAT/ACK */

#define I8255X_SCB_POINTER 0x04

/* 6.3.3 PORT: a function, and for two of them an address */
#define I8255X_PORT                 0x08
#define I8255X_PORT_FUNCTION        0xfu
#define I8255X_PORT_SOFTWARE_RESET  0
#define I8255X_PORT_SELF_TEST       1
#define I8255X_PORT_SELECTIVE_RESET 2
#define I8255X_PORT_DUMP            3

#define I8255X_FLASH 0x0c

/* 6.3.4 EEPROM control */
#define I8255X_EEPROM      0x0e
#define I8255X_EEPROM_EESK BIT(0)
#define I8255X_EEPROM_EECS BIT(1)
#define I8255X_EEPROM_EEDI BIT(2)
#define I8255X_EEPROM_EEDO BIT(3)

/* 6.3.5 MDI control */
#define I8255X_MDI           0x10
#define I8255X_MDI_DATA      0xffffu
#define I8255X_MDI_REG_SHIFT 16
#define I8255X_MDI_PHY_SHIFT 21
#define I8255X_MDI_WRITE     BIT(26)
#define I8255X_MDI_READ      BIT(27)
#define I8255X_MDI_READY     BIT(28)
#define I8255X_MDI_INTERRUPT BIT(29)

#define I8255X_RX_BYTE_COUNT   0x14
#define I8255X_EARLY_RX        0x18
#define I8255X_FLOW_CONTROL    0x19
#define I8255X_PMDR            0x1b /* power management driver register */
#define I8255X_PMDR_LINK       BIT(7)
#define I8255X_GENERAL_CONTROL 0x1c
#define I8255X_GENERAL_STATUS  0x1d
#define I8255X_STATUS_LINK     BIT(0)
#define I8255X_STATUS_100      BIT(1)
#define I8255X_STATUS_FULL     BIT(2)

/* the CardBus function registers: event, mask, state, force */
#define I8255X_FUNCTION_EVENT 0x30

/**
 * hvn_i8255x_reg_rows:
 * @n_rows: (out): how many
 *
 * Returns: (transfer none) (array length=n_rows): the rows
 */
const HvnReg *
hvn_i8255x_reg_rows(guint *n_rows);

G_END_DECLS
