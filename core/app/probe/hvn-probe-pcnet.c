/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's driver for the AMD PCnet-PCI II: resets the device, reads its address PROM and its chip ID as a kernel does at boot, and moves
 * frames through two rings of 64 descriptors, in double word mode and software style 3. Every wait is bounded; a device that does not answer
 * makes start() fail with the register that it stayed silent on.
 *
 *   start: RESET, RDP (double word mode), PROM, chip ID, software style, initialization block, INIT .. IDON, STRT
 *   transmit: bytes into the buffer of the next descriptor .. flush: one TDMD for all of them
 *   interrupt: CSR0, acknowledge -> received descriptors without OWN -> stack -> OWN -> flush */
#include "hvn-bytes.h"
#include "hvn-error.h"
#include "hvn-probe-driver.h"

#define PCNET_BAR       1
#define PCNET_RDP       0x10
#define PCNET_RAP       0x14
#define PCNET_RESET     0x18
#define PCNET_BDP       0x1c
#define PCNET_WIO_RESET 0x14

#define CSR0_INIT   0x0001u
#define CSR0_STRT   0x0002u
#define CSR0_STOP   0x0004u
#define CSR0_TDMD   0x0008u
#define CSR0_IENA   0x0040u
#define CSR0_IDON   0x0100u
#define CSR0_MERR   0x0800u
#define CSR0_EVENTS 0x7f00u
#define CSR4_APAD   0x0915u /* pads short frames, counters ask for no interrupt */
#define CSR5_SPND   0x0001u
#define CHIP_PART   0x2621u
#define BCR4_LEDOUT 0x8000u
#define STYLE       3u

#define N_DESCS      64
#define LENGTHS      0x60600000u /* log 2 of it, in both places */
#define DESC_SIZE    16
#define DESC_STATUS  4 /* behind RMD2 or TMD2, in front of the address */
#define DESC_ADDRESS 8
#define DESC_OWN     (1u << 31)
#define DESC_ERR     (1u << 30)
#define DESC_WHOLE   0x03000000u /* start and end of packet */
#define DESC_ONES    0xf000u
#define MCNT         0x0fffu

#define BUFFER       1536
#define BATCH        64
#define POLLS        1000
#define SPURIOUS_MAX 1000

/* places in the rings are free running */
typedef struct {
    HvnProbeDriver parent;
    guint8  *block;      /* the initialization block */
    guint64  block_address;
    guint8  *tx_descs;
    guint64  tx_ring;
    guint8  *tx_buffers;
    guint64  tx_address;
    guint    tx_next;    /* to be filled */
    guint    tx_clean;   /* oldest that the device still has */
    guint    tx_rung;    /* the device was told of those before */
    guint8  *rx_descs;
    guint64  rx_ring;
    guint8  *rx_buffers;
    guint64  rx_address;
    guint    rx_next;    /* to be looked at */
    guint    spurious;   /* interrupts in a row without a cause */
    gboolean up;
} HvnProbePcnet;

static const HvnProbeDriverId hvn_probe_pcnet_ids[] = {
    {0x1022, 0x2000, "Am79C970A"},
    {0},
};

/* ---- registers ---- */

static guint32
hvn_probe_pcnet_read(HvnProbePcnet *self, guint port, guint n)
{
    hvn_probe_guest_write(self->parent.guest, PCNET_BAR, PCNET_RAP, n);
    return hvn_probe_guest_read(self->parent.guest, PCNET_BAR, port) & 0xffff;
}

static void
hvn_probe_pcnet_write(HvnProbePcnet *self, guint port, guint n, guint32 value)
{
    hvn_probe_guest_write(self->parent.guest, PCNET_BAR, PCNET_RAP, n);
    hvn_probe_guest_write(self->parent.guest, PCNET_BAR, port, value);
}

/* until all of @bits are set in a CSR */
static gboolean
hvn_probe_pcnet_poll(HvnProbePcnet *self, guint n, guint32 bits, GError **error)
{
    guint32 value = 0;

    for (guint i = 0; i < POLLS; i++) {
        value = hvn_probe_pcnet_read(self, PCNET_RDP, n);
        if ((value & bits) == bits)
            return TRUE;
        if (i % 100 == 0)
            hvn_probe_guest_wait(self->parent.guest, NULL, NULL, 1);
    }
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "CSR%u stays 0x%04x: bits 0x%04x do not come", n, value, bits);
    return FALSE;
}

static void
hvn_probe_pcnet_link_refresh(HvnProbeDriver *driver)
{
    HvnProbePcnet *self = (HvnProbePcnet *)driver;

    driver->facts.link_up = (hvn_probe_pcnet_read(self, PCNET_BDP, 4) & BCR4_LEDOUT) != 0;
    driver->facts.speed = 10;
    driver->facts.full_duplex = (hvn_probe_pcnet_read(self, PCNET_BDP, 9) & 1) != 0;
}

/* ---- start ---- */

/* whatever mode it is in: RESET of word mode is RAP of the other */
static gboolean
hvn_probe_pcnet_reset(HvnProbePcnet *self, GError **error)
{
    guint32 csr0;

    hvn_probe_guest_read_part(self->parent.guest, PCNET_BAR, PCNET_WIO_RESET, 2);
    hvn_probe_guest_write(self->parent.guest, PCNET_BAR, PCNET_RDP, 0);
    hvn_probe_guest_read(self->parent.guest, PCNET_BAR, PCNET_RESET);
    csr0 = hvn_probe_pcnet_read(self, PCNET_RDP, 0);
    if (csr0 == CSR0_STOP)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "CSR0 is 0x%04x after a reset, expected 0x%04x", csr0, CSR0_STOP);
    return FALSE;
}

/* the chip, and the address, which the CSRs must have as well; the PROM ends with its sum and a signature */
static gboolean
hvn_probe_pcnet_identify(HvnProbePcnet *self, GError **error)
{
    guint32 id = hvn_probe_pcnet_read(self, PCNET_RDP, 88) | hvn_probe_pcnet_read(self, PCNET_RDP, 89) << 16;
    guint8 prom[16];
    guint sum = 0;

    if ((id & 0xfff) != 3 || (id >> 12 & 0xffff) != CHIP_PART) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "the chip ID is 0x%08x, expected part 0x%04x", id, CHIP_PART);
        return FALSE;
    }
    for (guint i = 0; i < sizeof prom; i++) {
        prom[i] = (guint8)hvn_probe_guest_read_part(self->parent.guest, PCNET_BAR, i, 1);
        sum += i == 12 || i == 13 ? 0 : prom[i];
    }
    self->parent.facts.eeprom_sum = hvn_load_le16(prom + 12);
    if (hvn_load_le16(prom + 14) != ('W' | 'W' << 8) || hvn_load_le16(prom + 12) != sum) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "the address PROM ends with sum 0x%04x and signature 0x%04x, expected 0x%04x and 0x5757",
                    hvn_load_le16(prom + 12), hvn_load_le16(prom + 14), sum);
        return FALSE;
    }
    for (guint i = 0; i < 3; i++) {
        guint32 csr = hvn_probe_pcnet_read(self, PCNET_RDP, 12 + i);

        if (csr != hvn_load_le16(prom + 2 * i)) {
            g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "CSR%u is 0x%04x, and 0x%04x in the address PROM", 12 + i, csr,
                        hvn_load_le16(prom + 2 * i));
            return FALSE;
        }
    }
    memcpy(self->parent.facts.mac.addr, prom, HVN_MAC_LEN);
    return TRUE;
}

static void
hvn_probe_pcnet_hand_over(guint8 *desc, guint64 address, guint32 status, gsize len)
{
    hvn_store_le32(desc, 0);
    hvn_store_le32(desc + DESC_ADDRESS, (guint32)address);
    hvn_store_le32(desc + DESC_STATUS, DESC_OWN | status | DESC_ONES | ((4096 - (guint32)len) & MCNT));
}

static void
hvn_probe_pcnet_give(HvnProbePcnet *self, guint n)
{
    n %= N_DESCS;
    hvn_probe_pcnet_hand_over(self->rx_descs + n * DESC_SIZE, self->rx_address + n * BUFFER, 0, BUFFER);
}

static gboolean
hvn_probe_pcnet_make_rings(HvnProbePcnet *self, GError **error)
{
    HvnProbeGuest *guest = self->parent.guest;

    self->block = hvn_probe_guest_alloc(guest, 28, 4, &self->block_address);
    self->rx_descs = hvn_probe_guest_alloc(guest, N_DESCS * DESC_SIZE, DESC_SIZE, &self->rx_ring);
    self->tx_descs = hvn_probe_guest_alloc(guest, N_DESCS * DESC_SIZE, DESC_SIZE, &self->tx_ring);
    self->rx_buffers = hvn_probe_guest_alloc(guest, N_DESCS * BUFFER, DESC_SIZE, &self->rx_address);
    self->tx_buffers = hvn_probe_guest_alloc(guest, N_DESCS * BUFFER, DESC_SIZE, &self->tx_address);
    if (self->block == NULL || self->rx_descs == NULL || self->tx_descs == NULL || self->rx_buffers == NULL || self->tx_buffers == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "guest memory is used up by the rings");
        return FALSE;
    }
    for (guint i = 0; i < N_DESCS; i++)
        hvn_probe_pcnet_give(self, i);
    hvn_store_le32(self->block, LENGTHS);
    memcpy(self->block + 4, self->parent.facts.mac.addr, HVN_MAC_LEN);
    hvn_store_le32(self->block + 20, (guint32)self->rx_ring);
    hvn_store_le32(self->block + 24, (guint32)self->tx_ring);
    return TRUE;
}

static gboolean
hvn_probe_pcnet_start(HvnProbeDriver *driver, GError **error)
{
    HvnProbePcnet *self = (HvnProbePcnet *)driver;
    guint64 size = hvn_probe_guest_get_pci(driver->guest)->bars[PCNET_BAR].size;

    if (size < 32) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "bar 1 has %" G_GUINT64_FORMAT " bytes, expected 32", size);
        return FALSE;
    }
    if (!hvn_probe_pcnet_reset(self, error) || !hvn_probe_pcnet_identify(self, error) || !hvn_probe_pcnet_make_rings(self, error))
        return FALSE;
    hvn_probe_pcnet_write(self, PCNET_BDP, 20, STYLE);
    hvn_probe_pcnet_write(self, PCNET_BDP, 9, 1);
    hvn_probe_pcnet_write(self, PCNET_RDP, 1, self->block_address & 0xffff);
    hvn_probe_pcnet_write(self, PCNET_RDP, 2, (guint32)(self->block_address >> 16));
    hvn_probe_pcnet_write(self, PCNET_RDP, 4, CSR4_APAD);
    hvn_probe_pcnet_write(self, PCNET_RDP, 0, CSR0_INIT);
    if (!hvn_probe_pcnet_poll(self, 0, CSR0_IDON, error))
        return FALSE;
    self->up = TRUE;
    hvn_probe_pcnet_write(self, PCNET_RDP, 0, CSR0_EVENTS | CSR0_STRT | CSR0_IENA);
    hvn_probe_pcnet_link_refresh(driver);
    return TRUE;
}

static void
hvn_probe_pcnet_stop(HvnProbeDriver *driver)
{
    HvnProbePcnet *self = (HvnProbePcnet *)driver;

    if (self->up)
        hvn_probe_pcnet_write(self, PCNET_RDP, 0, CSR0_STOP);
    self->up = FALSE;
}

/* ---- frames ---- */

/* gives back what the device has sent; one that it could not send is a finding */
static void
hvn_probe_pcnet_clean(HvnProbePcnet *self)
{
    for (; self->tx_clean != self->tx_rung; self->tx_clean++) {
        guint8 *desc = self->tx_descs + self->tx_clean % N_DESCS * DESC_SIZE;
        guint32 status = hvn_load_le32(desc + DESC_STATUS);

        if ((status & DESC_OWN) != 0)
            return;
        if ((status & DESC_ERR) != 0 && self->parent.facts.link_up)
            hvn_probe_driver_report(&self->parent, "a frame was not sent: TMD2 is 0x%08x", hvn_load_le32(desc));
    }
}

static guint8 *
hvn_probe_pcnet_transmit_buffer(HvnProbeDriver *driver, gsize *room)
{
    HvnProbePcnet *self = (HvnProbePcnet *)driver;

    if (!self->up)
        return NULL;
    hvn_probe_pcnet_clean(self);
    if (self->tx_next - self->tx_clean == N_DESCS)
        return NULL;
    *room = BUFFER;
    return self->tx_buffers + self->tx_next % N_DESCS * BUFFER;
}

static void
hvn_probe_pcnet_transmit(HvnProbeDriver *driver, gsize len)
{
    HvnProbePcnet *self = (HvnProbePcnet *)driver;
    guint n = self->tx_next++ % N_DESCS;

    hvn_probe_pcnet_hand_over(self->tx_descs + n * DESC_SIZE, self->tx_address + n * BUFFER, DESC_WHOLE, len);
    driver->transmitted++;
}

static void
hvn_probe_pcnet_flush(HvnProbeDriver *driver)
{
    HvnProbePcnet *self = (HvnProbePcnet *)driver;

    if (!self->up || self->tx_rung == self->tx_next)
        return;
    hvn_probe_pcnet_write(self, PCNET_RDP, 0, CSR0_TDMD | CSR0_IENA);
    self->tx_rung = self->tx_next;
}

/* a batch; whether more is left */
static gboolean
hvn_probe_pcnet_receive(HvnProbePcnet *self)
{
    guint n = 0;

    for (; n < BATCH; n++) {
        guint place = self->rx_next % N_DESCS;
        guint8 *desc = self->rx_descs + place * DESC_SIZE;
        guint32 status = hvn_load_le32(desc + DESC_STATUS);
        gsize len = hvn_load_le32(desc) & MCNT;

        if ((status & DESC_OWN) != 0)
            break;
        if ((status & (DESC_WHOLE | DESC_ERR)) != DESC_WHOLE || len < 14 + 4 || len > BUFFER) {
            hvn_probe_driver_report(&self->parent, "a received frame has %zu bytes, and RMD1 is 0x%08x", len, status);
        } else {
            self->parent.received++;
            self->parent.receive(self->rx_buffers + place * BUFFER, len - 4, self->parent.receive_data);
        }
        hvn_probe_pcnet_give(self, self->rx_next++);
    }
    return n == BATCH;
}

/* what arrives while frames are taken sets RINT again */
static gboolean
hvn_probe_pcnet_interrupt(HvnProbeDriver *driver)
{
    HvnProbePcnet *self = (HvnProbePcnet *)driver;
    guint32 cause;
    gboolean more;

    if (!self->up)
        return FALSE;
    cause = hvn_probe_pcnet_read(self, PCNET_RDP, 0) & CSR0_EVENTS;
    hvn_probe_pcnet_write(self, PCNET_RDP, 0, cause | CSR0_IENA);
    if ((cause & CSR0_MERR) != 0)
        hvn_probe_driver_report(driver, "the device could not reach memory: CSR0 has MERR");
    more = hvn_probe_pcnet_receive(self);
    hvn_probe_pcnet_flush(driver);
    self->spurious = cause == 0 && !more ? self->spurious + 1 : 0;
    if (self->spurious > SPURIOUS_MAX) {
        hvn_probe_driver_report(driver, "the interrupt line stays high while CSR0 has no event");
        hvn_probe_pcnet_write(self, PCNET_RDP, 0, 0);
        hvn_probe_guest_set_interrupt(driver->guest, NULL, NULL);
    }
    return more;
}

/* LADRF is open while the device is suspended; the upper six bits of the CRC choose the bit */
static void
hvn_probe_pcnet_accept_group(HvnProbeDriver *driver, const guint8 *mac)
{
    HvnProbePcnet *self = (HvnProbePcnet *)driver;
    guint bit = ~hvn_ether_crc32(mac, HVN_MAC_LEN) >> 26;
    guint csr = 8 + bit / 16;
    guint32 csr5;

    if (!self->up)
        return;
    csr5 = hvn_probe_pcnet_read(self, PCNET_RDP, 5);
    hvn_probe_pcnet_write(self, PCNET_RDP, 5, csr5 | CSR5_SPND);
    if (!hvn_probe_pcnet_poll(self, 5, CSR5_SPND, NULL))
        hvn_probe_driver_report(driver, "the device cannot be suspended");
    hvn_probe_pcnet_write(self, PCNET_RDP, csr, hvn_probe_pcnet_read(self, PCNET_RDP, csr) | 1u << bit % 16);
    hvn_probe_pcnet_write(self, PCNET_RDP, 5, csr5);
}

const HvnProbeDriverModel hvn_probe_pcnet_model = {
    .name = "pcnet",
    .ids = hvn_probe_pcnet_ids,
    .size = sizeof(HvnProbePcnet),
    .start = hvn_probe_pcnet_start,
    .stop = hvn_probe_pcnet_stop,
    .link_refresh = hvn_probe_pcnet_link_refresh,
    .transmit_buffer = hvn_probe_pcnet_transmit_buffer,
    .transmit = hvn_probe_pcnet_transmit,
    .flush = hvn_probe_pcnet_flush,
    .interrupt = hvn_probe_pcnet_interrupt,
    .accept_group = hvn_probe_pcnet_accept_group,
};
