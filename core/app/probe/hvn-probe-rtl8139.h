/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Registers and layouts of the RTL8139C+ and RTL8139C as their driver in the probe uses them, in the order of the data sheets. The
 * guest's view: it shares nothing with the model of the device. */
#pragma once

#include "hvn-probe-driver.h"

#define RTL8139_IDR     0x00 /* 6 bytes */
#define RTL8139_MAR     0x08 /* 8 bytes */
#define RTL8139_TSD     0x10 /* C mode: 4 of 32 bits */
#define RTL8139_TSAD    0x20
#define RTL8139_TNPDS   0x20 /* C+ mode: 64 bits */
#define RTL8139_RBSTART 0x30
#define RTL8139_CR      0x37
#define RTL8139_CAPR    0x38
#define RTL8139_IMR     0x3c
#define RTL8139_ISR     0x3e
#define RTL8139_TCR     0x40
#define RTL8139_RCR     0x44
#define RTL8139_9346CR  0x50
#define RTL8139_MSR     0x58
#define RTL8139_BMCR    0x62
#define RTL8139_TPPOLL  0xd9
#define RTL8139_CPCR    0xe0
#define RTL8139_RDSAR   0xe4

#define RTL8139_TSD_SIZE 0x1fffu
#define RTL8139_TSD_OWN  (1u << 13)

#define RTL8139_CR_BUFE (1u << 0)
#define RTL8139_CR_TE   (1u << 2)
#define RTL8139_CR_RE   (1u << 3)
#define RTL8139_CR_RST  (1u << 4)

#define RTL8139_ISR_ROK   (1u << 0)
#define RTL8139_ISR_RER   (1u << 1)
#define RTL8139_ISR_RXOVW (1u << 4)
#define RTL8139_ISR_PUN   (1u << 5)
#define RTL8139_ISR_FOVW  (1u << 6)

#define RTL8139_TCR_HWVER       0x7cc00000u
#define RTL8139_TCR_HWVER_CPLUS 0x74800000u
#define RTL8139_TCR_IFG         0x03000000u
#define RTL8139_TCR_MXDMA       0x00000600u

#define RTL8139_RCR_APM   (1u << 1)
#define RTL8139_RCR_AM    (1u << 2)
#define RTL8139_RCR_AB    (1u << 3)
#define RTL8139_RCR_WRAP  (1u << 7)
#define RTL8139_RCR_MXDMA 0x00000600u
#define RTL8139_RCR_32K   (2u << 11)
#define RTL8139_RCR_RXFTH 0x0000e000u /* whole packets only */

#define RTL8139_9346CR_EEDO (1u << 0)
#define RTL8139_9346CR_EEDI (1u << 1)
#define RTL8139_9346CR_EESK (1u << 2)
#define RTL8139_9346CR_PINS 0x88u /* mode 10, chip select */
#define RTL8139_EEPROM_ID   0x8129
#define RTL8139_EEPROM_MAC  7

#define RTL8139_MSR_LINKB    (1u << 2)
#define RTL8139_MSR_SPEED_10 (1u << 3)
#define RTL8139_BMCR_FULL    (1u << 8)
#define RTL8139_TPPOLL_NPQ   (1u << 6)
#define RTL8139_CPCR_TX      (1u << 0)
#define RTL8139_CPCR_RX      (1u << 1)
#define RTL8139_CPCR_CHKSUM  (1u << 5)

/* the header before each packet in C mode */
#define RTL8139_RSR_ROK (1u << 0)

/* C+ descriptors: command or status, tag, address in two halves */
#define RTL8139_DESC_SIZE 16
#define RTL8139_DESC_OWN  (1u << 31)
#define RTL8139_DESC_EOR  (1u << 30)
#define RTL8139_DESC_FS   (1u << 29)
#define RTL8139_DESC_LS   (1u << 28)
#define RTL8139_TXD_IPCS  (1u << 18)
#define RTL8139_TXD_UDPCS (1u << 17)
#define RTL8139_TXD_TCPCS (1u << 16)
#define RTL8139_RXD_LEN   0x1fffu
#define RTL8139_RXD_RES   (1u << 20)

#define HVN_PROBE_RTL8139_BAR     1
#define HVN_PROBE_RTL8139_N_DESCS 64
#define HVN_PROBE_RTL8139_N_SLOTS 4
#define HVN_PROBE_RTL8139_BUFFER  2048
#define HVN_PROBE_RTL8139_BYTES   32768u /* of the ring in C mode */
#define HVN_PROBE_RTL8139_BATCH   64

typedef struct _HvnProbeRtl8139 HvnProbeRtl8139;

/**
 * HvnProbeRtl8139Mode:
 * @n_buffers: transmit buffers
 * @start: memory and registers of both directions
 * @transmit: the buffer of place @n holds a frame
 * @is_done: whether the device has sent what is in place @n
 * @flush: the doorbell
 * @receive: a batch; returns whether more is left
 *
 * What differs between C mode and C+ mode.
 */
typedef struct {
    guint n_buffers;
    gboolean (*start)(HvnProbeRtl8139 *self, GError **error);
    void (*transmit)(HvnProbeRtl8139 *self, guint n, gsize len);
    gboolean (*is_done)(HvnProbeRtl8139 *self, guint n);
    void (*flush)(HvnProbeRtl8139 *self);
    gboolean (*receive)(HvnProbeRtl8139 *self);
} HvnProbeRtl8139Mode;

/**
 * HvnProbeRtl8139:
 * @parent: what all drivers share
 * @mode: C or C+
 * @tx_descs: C+ mode: descriptors, in guest memory
 * @tx_buffers: a buffer for each place
 * @tx_address: guest physical address of these
 * @tx_next: next place to fill; free running
 * @tx_clean: oldest that the device still has; free running
 * @tx_rung: the device was told of those before; free running
 * @rx_descs: C+ mode: descriptors
 * @rx_buffers: C+ mode: a buffer for each; C mode: the ring of bytes
 * @rx_address: guest physical address of these
 * @rx_next: C+ mode: next descriptor to look at; C mode: where in the ring
 * @lens: C mode: bytes in each buffer
 * @rcr: receive configuration
 * @spurious: interrupts in a row without a cause
 * @up: between start and stop
 */
struct _HvnProbeRtl8139 {
    HvnProbeDriver             parent;
    const HvnProbeRtl8139Mode *mode;
    guint8                    *tx_descs;
    guint8                    *tx_buffers;
    guint64                    tx_address;
    guint                      tx_next;
    guint                      tx_clean;
    guint                      tx_rung;
    guint8                    *rx_descs;
    guint8                    *rx_buffers;
    guint64                    rx_address;
    guint                      rx_next;
    gsize                      lens[HVN_PROBE_RTL8139_N_SLOTS];
    guint32                    rcr;
    guint                      spurious;
    gboolean                   up;
};

extern const HvnProbeRtl8139Mode hvn_probe_rtl8139_c;
extern const HvnProbeRtl8139Mode hvn_probe_rtl8139_cplus;

guint32
hvn_probe_rtl8139_read(HvnProbeRtl8139 *self, guint offset, guint size);
void
hvn_probe_rtl8139_write(HvnProbeRtl8139 *self, guint offset, guint32 value, guint size);

/* memory of the guest; FALSE when it is used up */
gboolean
hvn_probe_rtl8139_alloc(HvnProbeRtl8139 *self, gsize len, gsize align, guint8 **memory, guint64 *address, GError **error);

/* hands a received frame to the stack, or reports what is wrong with it */
void
hvn_probe_rtl8139_take(HvnProbeRtl8139 *self, const guint8 *frame, gsize len, gboolean good);
