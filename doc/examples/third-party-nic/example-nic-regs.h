/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The registers and descriptors of the card, in the order and spelling of its data sheet, which is in README.md. Offsets in BAR 0, bits, the
 * layout of a descriptor; nothing else. */
#pragma once

#include <hvn-regs.h>

G_BEGIN_DECLS

#define EXAMPLE_NIC_BAR_SIZE 0x1000

/* 1 Control */
#define EXAMPLE_NIC_CTRL   0x00 /* 1.1 */
#define EXAMPLE_NIC_STATUS 0x04 /* 1.2 */
#define EXAMPLE_NIC_ISR    0x08 /* 1.3 */
#define EXAMPLE_NIC_IMR    0x0c /* 1.4 */
#define EXAMPLE_NIC_MACL   0x10 /* 1.5: octets 0 to 3 of the address, octet 0 lowest */
#define EXAMPLE_NIC_MACH   0x14 /* 1.5: octets 4 and 5 */

#define EXAMPLE_NIC_CTRL_RESET   (1u << 0)
#define EXAMPLE_NIC_CTRL_TXEN    (1u << 1)
#define EXAMPLE_NIC_CTRL_RXEN    (1u << 2)
#define EXAMPLE_NIC_CTRL_PROMISC (1u << 3)

#define EXAMPLE_NIC_STATUS_LINK (1u << 0)

#define EXAMPLE_NIC_INT_TX   (1u << 0) /* frames were sent */
#define EXAMPLE_NIC_INT_RX   (1u << 1) /* frames were received */
#define EXAMPLE_NIC_INT_LINK (1u << 2) /* the link went up or down */
#define EXAMPLE_NIC_INT_ALL  (EXAMPLE_NIC_INT_TX | EXAMPLE_NIC_INT_RX | EXAMPLE_NIC_INT_LINK)

/* 2 Transmit ring, 3 Receive ring: the same registers */
#define EXAMPLE_NIC_TX 0x20
#define EXAMPLE_NIC_RX 0x40

#define EXAMPLE_NIC_RING_BASEL 0x00 /* 2.1, 3.1: bus address of the first descriptor, a multiple of 16 */
#define EXAMPLE_NIC_RING_BASEH 0x04
#define EXAMPLE_NIC_RING_SIZE  0x08 /* 2.2, 3.2: descriptors, 2 to 1023 */
#define EXAMPLE_NIC_RING_HEAD  0x0c /* 2.3, 3.3: the card's next one */
#define EXAMPLE_NIC_RING_TAIL  0x10 /* 2.4, 3.4: the doorbell: the driver's first one */

/* 4 Descriptors, little-endian */
#define EXAMPLE_NIC_DESC_SIZE    16
#define EXAMPLE_NIC_DESC_ADDRESS 0  /* 8 bytes: of the buffer */
#define EXAMPLE_NIC_DESC_LENGTH  8  /* 4 bytes: of the frame, or of the room for one */
#define EXAMPLE_NIC_DESC_STATUS  12 /* 4 bytes, written last */

#define EXAMPLE_NIC_DESC_DONE  (1u << 0)
#define EXAMPLE_NIC_DESC_ERROR (1u << 1) /* the frame was lost */

/* (transfer full): the table of BAR 0 */
HvnRegTable *
example_nic_regs_new(void);

G_END_DECLS
