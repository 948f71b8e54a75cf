/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's driver for the Intel 8254x: resets and reads the device as a kernel does at boot, then moves frames through a
 * receive and a transmit ring of 256 legacy descriptors. Every wait is bounded; a device that does not answer makes start()
 * fail with the register that it stayed silent on.
 *
 *   start: IMC, CTRL.RST, EEPROM sum (EERD, microwire), RAL/RAH, MDIC, rings, IMS     (14.3, 14.4, 14.5)
 *   transmit: bytes into the buffer of the next descriptor .. flush: one TDT for all of them
 *   interrupt: ICR -> received descriptors with DD -> stack -> RDT follows -> flush */
#include "hvn-probe-e1000.h"

#include "hvn-bytes.h"
#include "hvn-checksum.h"
#include "hvn-error.h"

#define N_DESCS       256
#define BUFFER_SIZE   2048
#define RECEIVE_BATCH 64
#define POLLS         1000 /* reads of a register that has to change */
#define SPURIOUS_MAX  1000 /* interrupts in a row without a cause */

#define IPV4_PROTOCOL_TCP 6
#define IPV4_PROTOCOL_UDP 17

static const HvnProbeDriverId hvn_probe_e1000_ids[] = {
    {0x8086, 0x100e, "82540EM"},
    {0x8086, 0x100c, "82544GC"},
    {0x8086, 0x100f, "82545EM"},
    {0},
};

guint32
hvn_probe_e1000_read(HvnProbeE1000 *self, guint offset)
{
    return hvn_probe_guest_read(self->parent.guest, HVN_PROBE_E1000_BAR, offset);
}

void
hvn_probe_e1000_write(HvnProbeE1000 *self, guint offset, guint32 value)
{
    hvn_probe_guest_write(self->parent.guest, HVN_PROBE_E1000_BAR, offset, value);
}

gboolean
hvn_probe_e1000_poll(HvnProbeE1000 *self, guint offset, guint32 bits, guint32 want, guint32 *value, GError **error)
{
    for (guint i = 0; i < POLLS; i++) {
        *value = hvn_probe_e1000_read(self, offset);
        if ((*value & bits) == want)
            return TRUE;
        if (i >= POLLS / 2 && i % 100 == 0)
            hvn_probe_guest_wait(self->parent.guest, NULL, NULL, 1);
    }
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "register 0x%05x stays 0x%08x: bits 0x%08x do not become 0x%08x", offset,
                *value, bits, want);
    return FALSE;
}

static void
hvn_probe_e1000_link_refresh(HvnProbeDriver *driver)
{
    static const guint speeds[] = {10, 100, 1000, 1000};
    guint32 status = hvn_probe_e1000_read((HvnProbeE1000 *)driver, E1000_STATUS);

    driver->facts.link_up = (status & E1000_STATUS_LU) != 0;
    driver->facts.full_duplex = (status & E1000_STATUS_FD) != 0;
    driver->facts.speed = speeds[(status >> E1000_STATUS_SPEED_SHIFT) & E1000_STATUS_SPEED_MASK];
}

/* ---- rings ---- */

static gboolean
hvn_probe_e1000_ring_init(HvnProbeE1000 *self, HvnProbeE1000Ring *ring, GError **error)
{
    ring->descs = hvn_probe_guest_alloc(self->parent.guest, N_DESCS * E1000_DESC_SIZE, 128, &ring->addr);
    ring->buffers = hvn_probe_guest_alloc(self->parent.guest, N_DESCS * BUFFER_SIZE, BUFFER_SIZE, &ring->buffers_addr);
    if (ring->descs == NULL || ring->buffers == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "guest memory is used up by the rings");
        return FALSE;
    }
    for (guint i = 0; i < N_DESCS; i++)
        hvn_store_le64(ring->descs + i * E1000_DESC_SIZE, ring->buffers_addr + i * BUFFER_SIZE);
    return TRUE;
}

/* 14.4 */
static void
hvn_probe_e1000_start_receiver(HvnProbeE1000 *self)
{
    for (guint i = 0; i < 128; i++)
        hvn_probe_e1000_write(self, E1000_MTA + 4 * i, 0);
    hvn_probe_e1000_write(self, E1000_RDTR, 0);
    hvn_probe_e1000_write(self, E1000_RADV, 0);
    hvn_probe_e1000_write(self, E1000_ITR, 0);
    hvn_probe_e1000_write(self, E1000_RDBAL, (guint32)self->rx.addr);
    hvn_probe_e1000_write(self, E1000_RDBAH, (guint32)(self->rx.addr >> 32));
    hvn_probe_e1000_write(self, E1000_RDLEN, N_DESCS * E1000_DESC_SIZE);
    hvn_probe_e1000_write(self, E1000_RDH, 0);
    hvn_probe_e1000_write(self, E1000_RDT, 0);
    hvn_probe_e1000_write(self, E1000_RXCSUM, E1000_RXCSUM_IPOFL | E1000_RXCSUM_TUOFL);
    hvn_probe_e1000_write(self, E1000_RCTL, E1000_RCTL_EN | E1000_RCTL_BAM | E1000_RCTL_SECRC);
    self->rx.tail = N_DESCS - 1;
    hvn_probe_e1000_write(self, E1000_RDT, self->rx.tail);
}

/* 14.5 */
static void
hvn_probe_e1000_start_transmitter(HvnProbeE1000 *self)
{
    hvn_probe_e1000_write(self, E1000_TDBAL, (guint32)self->tx.addr);
    hvn_probe_e1000_write(self, E1000_TDBAH, (guint32)(self->tx.addr >> 32));
    hvn_probe_e1000_write(self, E1000_TDLEN, N_DESCS * E1000_DESC_SIZE);
    hvn_probe_e1000_write(self, E1000_TDH, 0);
    hvn_probe_e1000_write(self, E1000_TDT, 0);
    hvn_probe_e1000_write(self, E1000_TIDV, 0);
    hvn_probe_e1000_write(self, E1000_TIPG, E1000_TIPG_COPPER);
    hvn_probe_e1000_write(self, E1000_TCTL,
                          E1000_TCTL_EN | E1000_TCTL_PSP | 0x0fu << E1000_TCTL_CT_SHIFT | 0x40u << E1000_TCTL_COLD_SHIFT);
}

/* 14.3 */
static gboolean
hvn_probe_e1000_start(HvnProbeDriver *driver, GError **error)
{
    HvnProbeE1000 *self = (HvnProbeE1000 *)driver;
    guint32 ctrl;

    if (hvn_probe_guest_get_pci(driver->guest)->bars[HVN_PROBE_E1000_BAR].size < 0x20000) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "bar 0 has %" G_GUINT64_FORMAT " bytes, expected 131072",
                    hvn_probe_guest_get_pci(driver->guest)->bars[HVN_PROBE_E1000_BAR].size);
        return FALSE;
    }
    hvn_probe_e1000_write(self, E1000_IMC, G_MAXUINT32);
    hvn_probe_e1000_write(self, E1000_RCTL, 0);
    hvn_probe_e1000_write(self, E1000_TCTL, E1000_TCTL_PSP);
    hvn_probe_e1000_write(self, E1000_CTRL, hvn_probe_e1000_read(self, E1000_CTRL) | E1000_CTRL_RST);
    if (!hvn_probe_e1000_poll(self, E1000_CTRL, E1000_CTRL_RST, 0, &ctrl, error))
        return FALSE;
    hvn_probe_e1000_write(self, E1000_IMC, G_MAXUINT32);
    hvn_probe_e1000_read(self, E1000_ICR);
    if (!hvn_probe_e1000_identify(self, error))
        return FALSE;
    hvn_probe_e1000_write(self, E1000_CTRL, (ctrl & ~E1000_CTRL_VME) | E1000_CTRL_SLU | E1000_CTRL_ASDE);
    if (!hvn_probe_e1000_ring_init(self, &self->rx, error) || !hvn_probe_e1000_ring_init(self, &self->tx, error))
        return FALSE;
    hvn_probe_e1000_start_receiver(self);
    hvn_probe_e1000_start_transmitter(self);
    self->up = TRUE;
    hvn_probe_e1000_write(self, E1000_IMS,
                          E1000_ICR_RXT0 | E1000_ICR_RXO | E1000_ICR_RXDMT0 | E1000_ICR_RXSEQ | E1000_ICR_LSC);
    hvn_probe_e1000_link_refresh(driver);
    return TRUE;
}

static void
hvn_probe_e1000_stop(HvnProbeDriver *driver)
{
    HvnProbeE1000 *self = (HvnProbeE1000 *)driver;

    if (!self->up)
        return;
    self->up = FALSE;
    hvn_probe_e1000_write(self, E1000_IMC, G_MAXUINT32);
    hvn_probe_e1000_write(self, E1000_RCTL, 0);
    hvn_probe_e1000_write(self, E1000_TCTL, E1000_TCTL_PSP);
}

/* ---- transmit ---- */

/* takes back what the device has written DD into */
static void
hvn_probe_e1000_reclaim(HvnProbeE1000 *self)
{
    HvnProbeE1000Ring *ring = &self->tx;

    for (guint i = 0; i < N_DESCS && ring->clean != ring->tail; i++) {
        if ((ring->descs[ring->clean * E1000_DESC_SIZE + E1000_TXD_STATUS] & E1000_TXD_STAT_DD) == 0)
            return;
        ring->clean = (ring->clean + 1) % N_DESCS;
    }
}

static guint8 *
hvn_probe_e1000_transmit_buffer(HvnProbeDriver *driver, gsize *room)
{
    HvnProbeE1000 *self = (HvnProbeE1000 *)driver;
    HvnProbeE1000Ring *ring = &self->tx;
    guint used;

    used = (ring->next + N_DESCS - ring->clean) % N_DESCS;
    if (used > N_DESCS / 2)
        hvn_probe_e1000_reclaim(self);
    if (!self->up || (ring->next + 1) % N_DESCS == ring->clean)
        return NULL;
    *room = BUFFER_SIZE;
    return ring->buffers + ring->next * BUFFER_SIZE;
}

/* 3.5: leaves TCP and UDP checksums of IPv4 to the device: the pseudo header's sum goes into the field, IC, CSS and CSO say
 * the rest */
static guint
hvn_probe_e1000_offload(guint8 *frame, gsize len, guint8 *desc)
{
    HvnLayers layers;
    gsize offset;
    const guint8 *ip;
    guint16 sum;

    if (!hvn_layers_parse(frame, MIN(len, 256), len, &layers) || layers.ip_version != 4 || layers.fragment ||
        layers.payload_offset == 0)
        return 0;
    if (layers.protocol == IPV4_PROTOCOL_TCP)
        offset = layers.l4_offset + 16;
    else if (layers.protocol == IPV4_PROTOCOL_UDP)
        offset = layers.l4_offset + 6;
    else
        return 0;
    /* the device sums to the end of the frame, so nothing may follow the datagram */
    if (layers.l4_offset + layers.l4_len != len || offset + 2 > len || offset > 0xff)
        return 0;
    ip = frame + layers.ip_offset;
    sum = hvn_checksum_fold(hvn_checksum_pseudo(ip, 4, layers.protocol, (guint32)layers.l4_len));
    hvn_store_be16(frame + offset, sum);
    desc[E1000_TXD_CSO] = (guint8)offset;
    desc[E1000_TXD_CSS] = (guint8)layers.l4_offset;
    return E1000_TXD_CMD_IC;
}

static void
hvn_probe_e1000_transmit(HvnProbeDriver *driver, gsize len)
{
    HvnProbeE1000 *self = (HvnProbeE1000 *)driver;
    HvnProbeE1000Ring *ring = &self->tx;
    guint8 *desc = ring->descs + ring->next * E1000_DESC_SIZE;
    guint command = E1000_TXD_CMD_EOP | E1000_TXD_CMD_IFCS | E1000_TXD_CMD_RS;

    memset(desc + 8, 0, 8);
    command |= hvn_probe_e1000_offload(ring->buffers + ring->next * BUFFER_SIZE, len, desc);
    hvn_store_le16(desc + E1000_TXD_LENGTH, (guint16)len);
    desc[E1000_TXD_CMD] = (guint8)command;
    ring->next = (ring->next + 1) % N_DESCS;
    driver->transmitted++;
}

static void
hvn_probe_e1000_flush(HvnProbeDriver *driver)
{
    HvnProbeE1000 *self = (HvnProbeE1000 *)driver;

    if (self->tx.tail == self->tx.next || !self->up)
        return;
    self->tx.tail = self->tx.next;
    hvn_probe_e1000_write(self, E1000_TDT, self->tx.tail);
}

/* ---- receive ---- */

static void
hvn_probe_e1000_receive_one(HvnProbeE1000 *self, const guint8 *desc, const guint8 *buffer)
{
    guint len = hvn_load_le16(desc + E1000_RXD_LENGTH);
    gboolean last = (desc[E1000_RXD_STATUS] & E1000_RXD_STAT_EOP) != 0;
    gboolean skip = self->skip;

    self->skip = !last;
    if (skip || !last)
        return;
    if ((desc[E1000_RXD_ERRORS] & E1000_RXD_ERR_FRAME) != 0) {
        hvn_probe_driver_report(&self->parent, "a received frame has the errors 0x%02x", desc[E1000_RXD_ERRORS]);
        return;
    }
    if (len < HVN_ETHER_HEADER_LEN || len > BUFFER_SIZE) {
        hvn_probe_driver_report(&self->parent, "a received frame has %u bytes", len);
        return;
    }
    self->parent.received++;
    self->parent.receive(buffer, len, self->parent.receive_data);
}

/* a batch; each descriptor goes back to the device as soon as its frame was taken, by one RDT for all */
static gboolean
hvn_probe_e1000_receive(HvnProbeE1000 *self)
{
    HvnProbeE1000Ring *ring = &self->rx;
    guint n;

    for (n = 0; n < RECEIVE_BATCH; n++) {
        guint8 *desc = ring->descs + ring->next * E1000_DESC_SIZE;

        if ((desc[E1000_RXD_STATUS] & E1000_RXD_STAT_DD) == 0)
            break;
        hvn_probe_e1000_receive_one(self, desc, ring->buffers + ring->next * BUFFER_SIZE);
        memset(desc + 8, 0, 8);
        ring->tail = ring->next;
        ring->next = (ring->next + 1) % N_DESCS;
    }
    if (n > 0)
        hvn_probe_e1000_write(self, E1000_RDT, ring->tail);
    return n == RECEIVE_BATCH;
}

/* 13.4.17: reading ICR clears it, which lowers the line */
static gboolean
hvn_probe_e1000_interrupt(HvnProbeDriver *driver)
{
    HvnProbeE1000 *self = (HvnProbeE1000 *)driver;
    guint32 cause;
    gboolean more;

    if (!self->up)
        return FALSE;
    cause = hvn_probe_e1000_read(self, E1000_ICR);
    if ((cause & E1000_ICR_LSC) != 0)
        hvn_probe_e1000_link_refresh(driver);
    more = hvn_probe_e1000_receive(self);
    hvn_probe_e1000_flush(driver);
    self->spurious = cause == 0 && !more ? self->spurious + 1 : 0;
    if (self->spurious > SPURIOUS_MAX) {
        hvn_probe_driver_report(driver, "the interrupt line stays high while ICR reads 0");
        hvn_probe_e1000_write(self, E1000_IMC, G_MAXUINT32);
        hvn_probe_guest_set_interrupt(driver->guest, NULL, NULL);
    }
    return more;
}

/* 13.5.1: bits 47:36 of the address choose the bit (RCTL.MO is 0) */
static void
hvn_probe_e1000_accept_group(HvnProbeDriver *driver, const guint8 *mac)
{
    HvnProbeE1000 *self = (HvnProbeE1000 *)driver;
    guint hash = (mac[4] >> 4 | (guint)mac[5] << 4) & 0xfff;
    guint offset = E1000_MTA + 4 * (hash >> 5);

    if (self->up)
        hvn_probe_e1000_write(self, offset, hvn_probe_e1000_read(self, offset) | 1u << (hash & 31));
}

const HvnProbeDriverModel hvn_probe_e1000_model = {
    .name = "e1000",
    .ids = hvn_probe_e1000_ids,
    .size = sizeof(HvnProbeE1000),
    .start = hvn_probe_e1000_start,
    .stop = hvn_probe_e1000_stop,
    .link_refresh = hvn_probe_e1000_link_refresh,
    .transmit_buffer = hvn_probe_e1000_transmit_buffer,
    .transmit = hvn_probe_e1000_transmit,
    .flush = hvn_probe_e1000_flush,
    .interrupt = hvn_probe_e1000_interrupt,
    .accept_group = hvn_probe_e1000_accept_group,
};
