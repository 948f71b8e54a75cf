/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's driver for the Intel 8255x: resets the device, reads its EEPROM and its PHY, sets address and configuration, and moves frames in
 * simplified mode through a ring of 64 command blocks and one of 64 receive frame descriptors. The guest's view: it shares nothing with the
 * model of the device. Every wait is bounded; a device that does not answer makes start() fail with what it stayed silent on.
 *
 *   transmit: bytes behind the next block .. flush: S in the last one, no more S in the one that the device stopped at, resume
 *   interrupt: STAT/ACK, acknowledge -> complete descriptors -> stack -> the end of the list moves on -> RU start, if it ran dry */
#include "hvn-bytes.h"
#include "hvn-error.h"
#include "hvn-probe-driver.h"

#define BAR 0

/* registers, chapter 6.3 of the developer manual */
#define SCB_STATUS   0x00
#define SCB_STAT_ACK 0x01
#define SCB_COMMAND  0x02
#define SCB_MASK     0x03
#define SCB_POINTER  0x04
#define PORT         0x08
#define EEPROM       0x0e
#define MDI          0x10

#define RU_READY    4u /* in SCB_STATUS, shifted by 2 */
#define CAUSE_RNR   0x10u
#define MASK_ALL    0x01u
#define CU_START    0x10u
#define CU_RESUME   0x20u
#define CU_BASE     0x60u
#define RU_START    0x01u
#define RU_BASE     0x06u
#define PORT_RESET  0u
#define EEPROM_SK   0x01u
#define EEPROM_CS   0x02u
#define EEPROM_DI   0x04u
#define EEPROM_DO   0x08u
#define MDI_READ    0x08000000u
#define MDI_READY   0x10000000u

/* in memory, 6.4: status, command, link, and what the command wants */
#define BLOCK_COMMAND 2
#define BLOCK_LINK    4
#define BLOCK_DATA    8
#define TX_ARRAY      8
#define TX_COUNT      12
#define TX_EOF        0x8000u
#define TX_THRESHOLD  0x20u /* in units of 8 bytes, behind the count */
#define RFD_COUNT     12
#define RFD_SIZE      14
#define FRAME         16 /* behind the descriptor, both ways */
#define FLAG_EL       0x8000u
#define FLAG_S        0x4000u
#define DONE          0x8000u
#define OK            0x2000u
#define COUNT_WHOLE   0xc000u
#define COUNT_MASK    0x3fffu

enum { ADDRESS = 1, CONFIGURE, GROUPS, TRANSMIT };

#define EEPROM_SUM    0xbaba
#define EEPROM_PHY    6 /* the word that says where it is */
#define MII_BMSR      1
#define MII_ID        2
#define MII_LPA       5
#define BMSR_LINK     0x0004
#define LPA_100_FULL  0x0100
#define LPA_100       0x0180
#define LPA_FULL      0x0140

#define N_BLOCKS      64 /* in each ring */
#define SLOT          2048
#define RX_SIZE       1536
#define N_GROUPS      16
#define POLLS         1000 /* reads of what has to change */
#define SPURIOUS_MAX  1000 /* interrupts in a row without a cause */

/* places in the rings are free running */
typedef struct {
    HvnProbeDriver parent;
    guint8  *blocks;
    guint64  blocks_address;
    guint8  *rfds;
    guint64  rfds_address;
    guint8   groups[N_GROUPS * HVN_MAC_LEN];
    guint    n_groups;
    guint    phy;
    guint    next;     /* block to be filled */
    guint    clean;    /* oldest that the device still has */
    guint    rung;     /* the device was told of those before */
    guint    rx_next;  /* to be looked at */
    guint    spurious; /* interrupts in a row without a cause */
    gboolean dry;      /* the receive unit has left the ready state */
    gboolean up;
} HvnProbeI8255x;

static const HvnProbeDriverId hvn_probe_i8255x_ids[] = {
    {0x8086, 0x1209, "82559ER, 82550, 82551 or 82562"},
    {0x8086, 0x1229, "82557, 82558 or 82559"},
    {0x8086, 0x2449, "82801BA"},
    {0},
};

/* as the manual recommends, 6.4.2.3: all of it, MII, no source address insertion, padding */
static const guint8 i8255x_config[] = {
    22, 0x08, 0x00, 0x00, 0x00, 0x00, 0x32, 0x03, 0x01, 0x00, 0x2e, 0x00, 0x60, 0x00, 0xf2, 0x48, 0x00, 0x40, 0xf2, 0x80, 0x3f, 0x05,
};

/* ---- registers ---- */

static guint32
hvn_probe_i8255x_read(HvnProbeI8255x *self, guint offset, guint size)
{
    return hvn_probe_guest_read_part(self->parent.guest, BAR, offset, size);
}

static void
hvn_probe_i8255x_write(HvnProbeI8255x *self, guint offset, guint32 value, guint size)
{
    hvn_probe_guest_write_part(self->parent.guest, BAR, offset, value, size);
}

/* a command of either unit, as soon as the one before was accepted */
static void
hvn_probe_i8255x_order(HvnProbeI8255x *self, guint64 pointer, guint command)
{
    guint i = 0;

    while (i < POLLS && hvn_probe_i8255x_read(self, SCB_COMMAND, 1) != 0)
        i++;
    if (i == POLLS)
        hvn_probe_driver_report(&self->parent, "the device does not accept commands: the SCB command stays 0x%02x",
                                hvn_probe_i8255x_read(self, SCB_COMMAND, 1));
    hvn_probe_i8255x_write(self, SCB_POINTER, (guint32)pointer, 4);
    hvn_probe_i8255x_write(self, SCB_COMMAND, command, 1);
}

static gboolean
hvn_probe_i8255x_eeprom_bit(HvnProbeI8255x *self, gboolean bit)
{
    guint32 pins = EEPROM_CS | (bit ? EEPROM_DI : 0);

    hvn_probe_i8255x_write(self, EEPROM, pins, 2);
    hvn_probe_i8255x_write(self, EEPROM, pins | EEPROM_SK, 2);
    return (hvn_probe_i8255x_read(self, EEPROM, 2) & EEPROM_DO) != 0;
}

/* start bit, opcode 10 (read), the address, then sixteen data bits. With @bits 0 they are found: a zero follows the last one */
static guint16
hvn_probe_i8255x_eeprom_read(HvnProbeI8255x *self, guint word, guint *bits)
{
    gboolean find = *bits == 0;
    guint16 value = 0;

    for (guint i = 0; i < 3; i++)
        hvn_probe_i8255x_eeprom_bit(self, i < 2);
    for (guint i = 0; find ? i < 8 : i < *bits; i++) {
        gboolean more = hvn_probe_i8255x_eeprom_bit(self, !find && (word >> (*bits - 1 - i) & 1));

        if (!find)
            continue;
        *bits = i + 1;
        if (!more)
            break;
    }
    for (guint i = 0; i < 16; i++)
        value = (guint16)(value << 1 | hvn_probe_i8255x_eeprom_bit(self, FALSE));
    hvn_probe_i8255x_write(self, EEPROM, 0, 2);
    return value;
}

static guint16
hvn_probe_i8255x_mii_read(HvnProbeI8255x *self, guint reg)
{
    guint32 value = 0;

    hvn_probe_i8255x_write(self, MDI, MDI_READ | self->phy << 21 | reg << 16, 4);
    for (guint i = 0; i < POLLS && !(value & MDI_READY); i++)
        value = hvn_probe_i8255x_read(self, MDI, 4);
    return value & MDI_READY ? (guint16)value : 0xffff;
}

static void
hvn_probe_i8255x_link_refresh(HvnProbeDriver *driver)
{
    HvnProbeI8255x *self = (HvnProbeI8255x *)driver;
    guint16 partner = hvn_probe_i8255x_mii_read(self, MII_LPA);

    hvn_probe_i8255x_mii_read(self, MII_BMSR); /* a loss is latched until it is read */
    driver->facts.link_up = (hvn_probe_i8255x_mii_read(self, MII_BMSR) & BMSR_LINK) != 0;
    driver->facts.speed = (partner & LPA_100) != 0 ? 100 : 10;
    driver->facts.full_duplex = (partner & (partner & LPA_100 ? LPA_100_FULL : LPA_FULL)) != 0;
}

/* ---- command blocks ---- */

static guint8 *
hvn_probe_i8255x_block(HvnProbeI8255x *self, guint n)
{
    return self->blocks + n % N_BLOCKS * SLOT;
}

/* gives back what the device has done; what it could not do is a finding */
static void
hvn_probe_i8255x_clean(HvnProbeI8255x *self)
{
    for (; self->clean != self->rung; self->clean++) {
        const guint8 *block = hvn_probe_i8255x_block(self, self->clean);
        guint16 status = hvn_load_le16(block);

        if (!(status & DONE))
            return;
        if (!(status & OK))
            hvn_probe_driver_report(&self->parent, "a command failed: command 0x%04x, status 0x%04x", hvn_load_le16(block + BLOCK_COMMAND), status);
    }
}

/* one is left out: the device reads the one that it stopped at again */
static gboolean
hvn_probe_i8255x_has_room(HvnProbeI8255x *self)
{
    hvn_probe_i8255x_clean(self);
    return self->next - self->clean < N_BLOCKS - 1;
}

/* the next block, whose data is there */
static void
hvn_probe_i8255x_put(HvnProbeI8255x *self, guint command)
{
    guint8 *block = hvn_probe_i8255x_block(self, self->next++);

    hvn_store_le16(block, 0);
    hvn_store_le16(block + BLOCK_COMMAND, (guint16)command);
}

static void
hvn_probe_i8255x_flush(HvnProbeDriver *driver)
{
    HvnProbeI8255x *self = (HvnProbeI8255x *)driver;
    guint8 *last = hvn_probe_i8255x_block(self, self->next - 1);
    guint8 *stopped = hvn_probe_i8255x_block(self, self->rung - 1);

    if (!self->up || self->rung == self->next)
        return;
    hvn_store_le16(last + BLOCK_COMMAND, hvn_load_le16(last + BLOCK_COMMAND) | FLAG_S);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    if (self->rung == 0) {
        hvn_probe_i8255x_order(self, self->blocks_address, CU_START);
    } else {
        hvn_store_le16(stopped + BLOCK_COMMAND, hvn_load_le16(stopped + BLOCK_COMMAND) & (guint16)~FLAG_S);
        hvn_probe_i8255x_order(self, 0, CU_RESUME);
    }
    self->rung = self->next;
}

/* waits for all of them */
static gboolean
hvn_probe_i8255x_finish(HvnProbeI8255x *self, GError **error)
{
    hvn_probe_i8255x_flush(&self->parent);
    for (guint i = 0; i < POLLS; i++) {
        hvn_probe_i8255x_clean(self);
        if (self->clean == self->rung)
            return TRUE;
        hvn_probe_guest_wait(self->parent.guest, NULL, NULL, 1);
    }
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "command 0x%04x is not executed: the SCB status is 0x%02x",
                hvn_load_le16(hvn_probe_i8255x_block(self, self->clean) + BLOCK_COMMAND), hvn_probe_i8255x_read(self, SCB_STATUS, 1));
    return FALSE;
}

/* ---- start ---- */

static gboolean
hvn_probe_i8255x_identify(HvnProbeI8255x *self, GError **error)
{
    HvnProbeDriverFacts *facts = &self->parent.facts;
    guint bits = 0;

    hvn_probe_i8255x_eeprom_read(self, 0, &bits);
    facts->eeprom_sum = 0;
    for (guint i = 0; i < 1u << bits; i++) {
        guint16 word = hvn_probe_i8255x_eeprom_read(self, i, &bits);

        facts->eeprom_sum = (guint16)(facts->eeprom_sum + word);
        if (i < HVN_MAC_LEN / 2)
            hvn_store_le16(facts->mac.addr + 2 * i, word);
        if (i == EEPROM_PHY)
            self->phy = word & 0x1f;
    }
    if (facts->eeprom_sum != EEPROM_SUM) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "the sum of the EEPROM's %u words is 0x%04x, expected 0x%04x", 1u << bits,
                    facts->eeprom_sum, EEPROM_SUM);
        return FALSE;
    }
    facts->phy_id = (guint32)hvn_probe_i8255x_mii_read(self, MII_ID) << 16 | hvn_probe_i8255x_mii_read(self, MII_ID + 1);
    if (facts->phy_id != 0 && facts->phy_id != G_MAXUINT32)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "no PHY answers at address %u, which the EEPROM says", self->phy);
    return FALSE;
}

static guint8 *
hvn_probe_i8255x_rfd(HvnProbeI8255x *self, guint n)
{
    return self->rfds + n % N_BLOCKS * SLOT;
}

/* the list ends at @n from now on, and no longer before it */
static void
hvn_probe_i8255x_give(HvnProbeI8255x *self, guint n)
{
    guint8 *rfd = hvn_probe_i8255x_rfd(self, n);

    hvn_store_le16(rfd, 0);
    hvn_store_le16(rfd + BLOCK_COMMAND, FLAG_EL);
    hvn_store_le16(rfd + RFD_COUNT, 0);
    hvn_store_le16(rfd + RFD_SIZE, RX_SIZE);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    hvn_store_le16(hvn_probe_i8255x_rfd(self, n - 1) + BLOCK_COMMAND, 0);
}

static gboolean
hvn_probe_i8255x_make_rings(HvnProbeI8255x *self, GError **error)
{
    self->blocks = hvn_probe_guest_alloc(self->parent.guest, N_BLOCKS * SLOT, 16, &self->blocks_address);
    self->rfds = hvn_probe_guest_alloc(self->parent.guest, N_BLOCKS * SLOT, 16, &self->rfds_address);
    if (self->blocks == NULL || self->rfds == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "guest memory is used up by the rings");
        return FALSE;
    }
    for (guint i = 0; i < N_BLOCKS; i++) {
        guint32 offset = (i + 1) % N_BLOCKS * SLOT;

        hvn_store_le32(hvn_probe_i8255x_block(self, i) + BLOCK_LINK, (guint32)self->blocks_address + offset);
        hvn_store_le32(hvn_probe_i8255x_rfd(self, i) + BLOCK_LINK, (guint32)self->rfds_address + offset);
        hvn_probe_i8255x_give(self, i);
    }
    return TRUE;
}

static gboolean
hvn_probe_i8255x_start(HvnProbeDriver *driver, GError **error)
{
    HvnProbeI8255x *self = (HvnProbeI8255x *)driver;
    guint64 size = hvn_probe_guest_get_pci(driver->guest)->bars[BAR].size;

    if (size < 64) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "bar 0 has %" G_GUINT64_FORMAT " bytes, expected 64 or more", size);
        return FALSE;
    }
    hvn_probe_i8255x_write(self, PORT, PORT_RESET, 4);
    hvn_probe_guest_wait(driver->guest, NULL, NULL, 1);
    hvn_probe_i8255x_write(self, SCB_MASK, MASK_ALL, 1);
    if (!hvn_probe_i8255x_identify(self, error) || !hvn_probe_i8255x_make_rings(self, error))
        return FALSE;
    self->up = TRUE;
    hvn_probe_i8255x_order(self, 0, CU_BASE);
    hvn_probe_i8255x_order(self, 0, RU_BASE);
    memcpy(hvn_probe_i8255x_block(self, self->next) + BLOCK_DATA, driver->facts.mac.addr, HVN_MAC_LEN);
    hvn_probe_i8255x_put(self, ADDRESS);
    memcpy(hvn_probe_i8255x_block(self, self->next) + BLOCK_DATA, i8255x_config, sizeof i8255x_config);
    hvn_probe_i8255x_put(self, CONFIGURE);
    if (!hvn_probe_i8255x_finish(self, error))
        return FALSE;
    hvn_probe_i8255x_order(self, self->rfds_address, RU_START);
    hvn_probe_i8255x_write(self, SCB_MASK, 0, 1);
    hvn_probe_i8255x_link_refresh(driver);
    return TRUE;
}

static void
hvn_probe_i8255x_stop(HvnProbeDriver *driver)
{
    HvnProbeI8255x *self = (HvnProbeI8255x *)driver;

    if (!self->up)
        return;
    hvn_probe_i8255x_write(self, PORT, PORT_RESET, 4);
    hvn_probe_i8255x_write(self, SCB_MASK, MASK_ALL, 1);
    self->up = FALSE;
}

/* ---- frames ---- */

static guint8 *
hvn_probe_i8255x_transmit_buffer(HvnProbeDriver *driver, gsize *room)
{
    HvnProbeI8255x *self = (HvnProbeI8255x *)driver;

    if (!self->up || !hvn_probe_i8255x_has_room(self))
        return NULL;
    *room = RX_SIZE;
    return hvn_probe_i8255x_block(self, self->next) + FRAME;
}

static void
hvn_probe_i8255x_transmit(HvnProbeDriver *driver, gsize len)
{
    HvnProbeI8255x *self = (HvnProbeI8255x *)driver;
    guint8 *block = hvn_probe_i8255x_block(self, self->next);

    hvn_store_le32(block + TX_ARRAY, G_MAXUINT32);
    hvn_store_le32(block + TX_COUNT, TX_EOF | (guint32)len | TX_THRESHOLD << 16);
    hvn_probe_i8255x_put(self, TRANSMIT);
    driver->transmitted++;
}

/* a batch; whether more may be left */
static gboolean
hvn_probe_i8255x_receive(HvnProbeI8255x *self)
{
    guint n = 0;

    for (; n < N_BLOCKS; n++) {
        guint8 *rfd = hvn_probe_i8255x_rfd(self, self->rx_next);
        guint16 status = hvn_load_le16(rfd);
        guint16 count;

        if (!(status & DONE))
            break;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        count = hvn_load_le16(rfd + RFD_COUNT);
        if (!(status & OK) || (count & COUNT_WHOLE) != COUNT_WHOLE || (count & COUNT_MASK) < 14 || (count & COUNT_MASK) > RX_SIZE) {
            hvn_probe_driver_report(&self->parent, "a received frame has status 0x%04x and count 0x%04x", status, count);
        } else {
            self->parent.received++;
            self->parent.receive(rfd + FRAME, count & COUNT_MASK, self->parent.receive_data);
        }
        hvn_probe_i8255x_give(self, self->rx_next++);
    }
    return n == N_BLOCKS;
}

static gboolean
hvn_probe_i8255x_interrupt(HvnProbeDriver *driver)
{
    HvnProbeI8255x *self = (HvnProbeI8255x *)driver;
    guint32 cause;
    gboolean more;

    if (!self->up)
        return FALSE;
    cause = hvn_probe_i8255x_read(self, SCB_STAT_ACK, 1);
    hvn_probe_i8255x_write(self, SCB_STAT_ACK, cause, 1);
    more = hvn_probe_i8255x_receive(self);
    self->dry |= (cause & CAUSE_RNR) != 0;
    if (self->dry && !more) {
        self->dry = FALSE;
        if ((hvn_probe_i8255x_read(self, SCB_STATUS, 1) >> 2 & 0xf) != RU_READY)
            hvn_probe_i8255x_order(self, self->rfds_address + self->rx_next % N_BLOCKS * SLOT, RU_START);
    }
    hvn_probe_i8255x_flush(driver);
    self->spurious = cause == 0 && !more ? self->spurious + 1 : 0;
    if (self->spurious > SPURIOUS_MAX) {
        hvn_probe_driver_report(driver, "the interrupt line stays high while STAT/ACK is 0");
        hvn_probe_i8255x_write(self, SCB_MASK, MASK_ALL, 1);
        hvn_probe_guest_set_interrupt(driver->guest, NULL, NULL);
    }
    return more;
}

/* the list of all of them takes the place of the one before */
static void
hvn_probe_i8255x_accept_group(HvnProbeDriver *driver, const guint8 *mac)
{
    HvnProbeI8255x *self = (HvnProbeI8255x *)driver;
    guint8 *data;

    if (!self->up)
        return;
    if (self->n_groups == N_GROUPS || !hvn_probe_i8255x_has_room(self)) {
        hvn_probe_driver_report(driver, "no room for one more multicast address");
        return;
    }
    memcpy(self->groups + self->n_groups++ * HVN_MAC_LEN, mac, HVN_MAC_LEN);
    data = hvn_probe_i8255x_block(self, self->next) + BLOCK_DATA;
    hvn_store_le16(data, (guint16)(self->n_groups * HVN_MAC_LEN));
    memcpy(data + 2, self->groups, self->n_groups * HVN_MAC_LEN);
    hvn_probe_i8255x_put(self, GROUPS);
    hvn_probe_i8255x_flush(driver);
}

const HvnProbeDriverModel hvn_probe_i8255x_model = {
    .name = "i8255x",
    .ids = hvn_probe_i8255x_ids,
    .size = sizeof(HvnProbeI8255x),
    .start = hvn_probe_i8255x_start,
    .stop = hvn_probe_i8255x_stop,
    .link_refresh = hvn_probe_i8255x_link_refresh,
    .transmit_buffer = hvn_probe_i8255x_transmit_buffer,
    .transmit = hvn_probe_i8255x_transmit,
    .flush = hvn_probe_i8255x_flush,
    .interrupt = hvn_probe_i8255x_interrupt,
    .accept_group = hvn_probe_i8255x_accept_group,
};
