/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's driver for the DEC 21143 with an MII PHY: resets the device, reads its serial ROM, looks for the PHY, and drives a receive and a
 * transmit ring of 64 descriptors. The guest's view: it shares nothing with the model of the device. Every wait is bounded; a device that does not
 * answer makes start() fail with what it stayed silent on. */
#include "hvn-bytes.h"
#include "hvn-error.h"
#include "hvn-probe-driver.h"

/* registers, 21143 reference manual, chapter 3 */
#define CSR0     0x00
#define CSR0_SWR 0x00000001u
#define CSR0_BUS 0x01a08000u /* bursts and cache alignment as kernels choose them */
#define CSR1     0x08
#define CSR3     0x18
#define CSR4     0x20
#define CSR5     0x28
#define CSR6     0x30
#define CSR6_MII 0x020c0000u /* the MII port, which has a heartbeat of its own */
#define CSR6_FD  0x00000200u
#define CSR6_ON  0x00002002u /* both processes */
#define CSR7     0x38
#define CSR9     0x48
#define CSR9_ROM 0x00004801u /* the serial ROM, chip select, read */
#define CSR9_SK  0x00000002u
#define CSR9_DI  0x00000004u
#define CSR9_DO  0x00000008u
#define CSR9_MDC 0x00010000u
#define CSR9_MDO 0x00020000u
#define CSR9_MII 0x00040000u
#define CSR9_MDI 0x00080000u

/* causes: transmit buffer unavailable is of no use here */
#define CAUSE_RX   0x000000c0u
#define CAUSE_FBE  0x00002000u
#define CAUSE_MASK (CAUSE_RX | CAUSE_FBE | 0x00018000u)
#define CAUSE_ALL  0x0c01ffffu

/* descriptors */
#define OWN       0x80000000u
#define END       0x02000000u
#define TX_WHOLE  0x60000000u
#define TX_SETUP  0x08000000u
#define RX_WHOLE  0x00000300u
#define RX_ERRORS 0x00008000u

#define ROM_BYTES    128
#define ROM_MAC      20
#define ROM_CRC      126
#define MII_BMSR     1
#define MII_ID       2
#define MII_LPA      5
#define BMSR_LINK    0x0004
#define LPA_100_FULL 0x0100
#define LPA_100      0x0180
#define LPA_FULL     0x0140

#define BAR          1
#define N_DESCS      64
#define DESC_SIZE    16
#define BUFFER       2048
#define RX_SIZE      1536
#define SETUP_LEN    192
#define N_ADDRESSES  16
#define POLLS        1000 /* reads of a register that has to change */
#define SPURIOUS_MAX 1000 /* interrupts in a row without a cause */

typedef struct {
    HvnProbeDriver parent;
    guint8        *descs[2]; /* receive, transmit; in guest memory */
    guint8        *buffers[2];
    guint64        addresses[2]; /* of the buffers */
    guint8        *setup;
    guint64        setup_address;
    HvnMac         accepted[N_ADDRESSES];
    guint          n_accepted;
    guint          phy;
    guint          rx_next;
    guint          tx_next; /* free running, as the other two */
    guint          tx_clean;
    guint          tx_rung;
    guint          spurious;
    gboolean       up;
} HvnProbeTulip;

enum { RX, TX };

static const HvnProbeDriverId hvn_probe_tulip_ids[] = {
    {0x1011, 0x0019, "DEC 21143"},
    {0},
};

static guint32
hvn_probe_tulip_read(HvnProbeTulip *self, guint offset)
{
    return hvn_probe_guest_read(self->parent.guest, BAR, offset);
}

static void
hvn_probe_tulip_write(HvnProbeTulip *self, guint offset, guint32 value)
{
    hvn_probe_guest_write(self->parent.guest, BAR, offset, value);
}

/* ---- pins ---- */

/* start bit, opcode 10 (read), six address bits, then sixteen data bits */
static guint16
hvn_probe_tulip_rom_read(HvnProbeTulip *self, guint word)
{
    guint32 command = 6u << 6 | word;
    guint16 value = 0;

    for (gint bit = 8; bit >= 0; bit--) {
        guint32 pins = CSR9_ROM | ((command >> bit & 1) != 0 ? CSR9_DI : 0);

        hvn_probe_tulip_write(self, CSR9, pins);
        hvn_probe_tulip_write(self, CSR9, pins | CSR9_SK);
    }
    for (guint bit = 0; bit < 16; bit++) {
        hvn_probe_tulip_write(self, CSR9, CSR9_ROM);
        hvn_probe_tulip_write(self, CSR9, CSR9_ROM | CSR9_SK);
        value = (guint16)(value << 1 | ((hvn_probe_tulip_read(self, CSR9) & CSR9_DO) != 0));
    }
    hvn_probe_tulip_write(self, CSR9, CSR9_ROM & ~1u);
    return value;
}

static void
hvn_probe_tulip_mii_bit(HvnProbeTulip *self, guint32 pins)
{
    hvn_probe_tulip_write(self, CSR9, pins);
    hvn_probe_tulip_write(self, CSR9, pins | CSR9_MDC);
}

/* IEEE 802.3, 22.2.4.5: preamble, start 01, read 10, PHY, register; then turnaround and data */
static guint16
hvn_probe_tulip_mii_read(HvnProbeTulip *self, guint phy, guint reg)
{
    guint32 command = 6u << 10 | phy << 5 | reg, value = 0;

    for (guint bit = 0; bit < 32; bit++)
        hvn_probe_tulip_mii_bit(self, CSR9_MDO);
    for (gint bit = 13; bit >= 0; bit--)
        hvn_probe_tulip_mii_bit(self, (command >> bit & 1) != 0 ? CSR9_MDO : 0);
    for (guint bit = 0; bit < 18; bit++) {
        hvn_probe_tulip_write(self, CSR9, CSR9_MII);
        value = value << 1 | ((hvn_probe_tulip_read(self, CSR9) & CSR9_MDI) != 0);
        hvn_probe_tulip_write(self, CSR9, CSR9_MII | CSR9_MDC);
    }
    return value & 0xffff;
}

static void
hvn_probe_tulip_link_refresh(HvnProbeDriver *driver)
{
    HvnProbeTulip *self = (HvnProbeTulip *)driver;
    guint16 partner = hvn_probe_tulip_mii_read(self, self->phy, MII_LPA);

    hvn_probe_tulip_mii_read(self, self->phy, MII_BMSR); /* a link that was lost meanwhile */
    driver->facts.link_up = (hvn_probe_tulip_mii_read(self, self->phy, MII_BMSR) & BMSR_LINK) != 0;
    driver->facts.speed = (partner & LPA_100) != 0 ? 100 : 10;
    driver->facts.full_duplex = (partner & ((partner & LPA_100) != 0 ? LPA_100_FULL : LPA_FULL)) != 0;
}

/* ---- start ---- */

static gboolean
hvn_probe_tulip_reset(HvnProbeTulip *self, GError **error)
{
    hvn_probe_tulip_write(self, CSR0, CSR0_SWR);
    for (guint i = 0; i < POLLS; i++) {
        if ((hvn_probe_tulip_read(self, CSR5) & 0x007e0000) == 0 && (hvn_probe_tulip_read(self, CSR0) & CSR0_SWR) == 0) {
            hvn_probe_tulip_write(self, CSR0, CSR0_BUS);
            return TRUE;
        }
    }
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "CSR0 stays 0x%08x, CSR5 0x%08x: the reset does not end", hvn_probe_tulip_read(self, CSR0),
                hvn_probe_tulip_read(self, CSR5));
    return FALSE;
}

static gboolean
hvn_probe_tulip_identify(HvnProbeTulip *self, GError **error)
{
    HvnProbeDriverFacts *facts = &self->parent.facts;
    guint8 bytes[ROM_BYTES];
    guint16 crc;

    for (guint i = 0; i < ROM_BYTES; i += 2) {
        hvn_store_le16(bytes + i, hvn_probe_tulip_rom_read(self, i / 2));
        facts->eeprom_sum += hvn_load_le16(bytes + i);
    }
    crc = hvn_ether_crc32(bytes, ROM_CRC) & 0xffff;
    if (crc != hvn_load_le16(bytes + ROM_CRC)) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "the serial ROM ends with 0x%04x, its CRC is 0x%04x",
                    hvn_load_le16(bytes + ROM_CRC), crc);
        return FALSE;
    }
    memcpy(facts->mac.addr, bytes + ROM_MAC, HVN_MAC_LEN);
    for (guint i = 1; i <= 32; i++) {
        self->phy = i % 32;
        facts->phy_id = (guint32)hvn_probe_tulip_mii_read(self, self->phy, MII_ID) << 16;
        facts->phy_id |= hvn_probe_tulip_mii_read(self, self->phy, MII_ID + 1);
        if (facts->phy_id != G_MAXUINT32)
            return TRUE;
    }
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "there is no PHY on the MII");
    return FALSE;
}

static void
hvn_probe_tulip_hand_over(HvnProbeTulip *self, guint ring, guint n, guint64 address, guint32 control)
{
    guint8 *desc = self->descs[ring] + n * DESC_SIZE;

    hvn_store_le32(desc + 4, control | (n == N_DESCS - 1 ? END : 0));
    hvn_store_le32(desc + 8, (guint32)address);
    hvn_store_le32(desc + 12, 0);
    hvn_store_le32(desc, OWN);
}

static gboolean
hvn_probe_tulip_start_rings(HvnProbeTulip *self, GError **error)
{
    HvnProbeGuest *guest = self->parent.guest;
    guint64 ring;

    for (guint i = RX; i <= TX; i++) {
        self->descs[i] = hvn_probe_guest_alloc(guest, N_DESCS * DESC_SIZE, 16, &ring);
        self->buffers[i] = hvn_probe_guest_alloc(guest, N_DESCS * BUFFER, 16, &self->addresses[i]);
        if (self->descs[i] == NULL || self->buffers[i] == NULL)
            break;
        memset(self->descs[i], 0, N_DESCS * DESC_SIZE);
        hvn_probe_tulip_write(self, i == RX ? CSR3 : CSR4, (guint32)ring);
    }
    self->setup = hvn_probe_guest_alloc(guest, SETUP_LEN, 16, &self->setup_address);
    if (self->setup == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "guest memory does not hold the rings of the 21143");
        return FALSE;
    }
    for (guint i = 0; i < N_DESCS; i++)
        hvn_probe_tulip_hand_over(self, RX, i, self->addresses[RX] + i * BUFFER, RX_SIZE);
    return TRUE;
}

static gboolean
hvn_probe_tulip_is_full(HvnProbeTulip *self)
{
    while (self->tx_clean != self->tx_rung && (hvn_load_le32(self->descs[TX] + self->tx_clean % N_DESCS * DESC_SIZE) & OWN) == 0)
        self->tx_clean++;
    return self->tx_next - self->tx_clean == N_DESCS;
}

static void
hvn_probe_tulip_flush(HvnProbeDriver *driver)
{
    HvnProbeTulip *self = (HvnProbeTulip *)driver;

    if (!self->up || self->tx_rung == self->tx_next)
        return;
    hvn_probe_tulip_write(self, CSR1, 0);
    self->tx_rung = self->tx_next;
}

/* 4.2.3: sixteen addresses, 16 bits in each longword; what is left over is broadcast */
static void
hvn_probe_tulip_send_setup(HvnProbeTulip *self)
{
    for (guint i = 0; i < N_ADDRESSES; i++) {
        for (guint j = 0; j < 3; j++)
            hvn_store_le32(self->setup + 12 * i + 4 * j, i < self->n_accepted ? hvn_load_le16(self->accepted[i].addr + 2 * j) : 0xffff);
    }
    hvn_probe_tulip_hand_over(self, TX, self->tx_next++ % N_DESCS, self->setup_address, TX_SETUP | SETUP_LEN);
    hvn_probe_tulip_flush(&self->parent);
}

static gboolean
hvn_probe_tulip_start(HvnProbeDriver *driver, GError **error)
{
    HvnProbeTulip *self = (HvnProbeTulip *)driver;
    guint64 size = hvn_probe_guest_get_pci(driver->guest)->bars[BAR].size;

    if (size < 128) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "bar 1 has %" G_GUINT64_FORMAT " bytes, expected 128", size);
        return FALSE;
    }
    if (!hvn_probe_tulip_reset(self, error) || !hvn_probe_tulip_identify(self, error) || !hvn_probe_tulip_start_rings(self, error))
        return FALSE;
    self->up = TRUE;
    hvn_probe_tulip_link_refresh(driver);
    hvn_probe_tulip_write(self, CSR6, CSR6_MII | CSR6_ON | (driver->facts.full_duplex ? CSR6_FD : 0));
    hvn_probe_tulip_write(self, CSR5, CAUSE_ALL);
    hvn_probe_tulip_write(self, CSR7, CAUSE_MASK);
    self->accepted[self->n_accepted++] = driver->facts.mac;
    hvn_probe_tulip_send_setup(self);
    return TRUE;
}

static void
hvn_probe_tulip_stop(HvnProbeDriver *driver)
{
    HvnProbeTulip *self = (HvnProbeTulip *)driver;

    if (!self->up)
        return;
    self->up = FALSE;
    hvn_probe_tulip_write(self, CSR7, 0);
    hvn_probe_tulip_write(self, CSR6, CSR6_MII);
}

/* ---- frames ---- */

static guint8 *
hvn_probe_tulip_transmit_buffer(HvnProbeDriver *driver, gsize *room)
{
    HvnProbeTulip *self = (HvnProbeTulip *)driver;

    if (!self->up || hvn_probe_tulip_is_full(self))
        return NULL;
    *room = BUFFER - 1; /* what the descriptor can say */
    return self->buffers[TX] + self->tx_next % N_DESCS * BUFFER;
}

static void
hvn_probe_tulip_transmit(HvnProbeDriver *driver, gsize len)
{
    HvnProbeTulip *self = (HvnProbeTulip *)driver;
    guint n = self->tx_next++ % N_DESCS;

    hvn_probe_tulip_hand_over(self, TX, n, self->addresses[TX] + n * BUFFER, TX_WHOLE | (guint32)len);
    driver->transmitted++;
}

/* a batch; whether more is left */
static gboolean
hvn_probe_tulip_receive(HvnProbeTulip *self)
{
    HvnProbeDriver *driver = &self->parent;
    guint n = 0;

    for (; n < N_DESCS; n++) {
        guint i = self->rx_next % N_DESCS;
        guint32 status = hvn_load_le32(self->descs[RX] + i * DESC_SIZE);
        gsize len = status >> 16 & 0x3fff;

        if ((status & OWN) != 0)
            break;
        if ((status & (RX_WHOLE | RX_ERRORS)) != RX_WHOLE || len < 18 || len > RX_SIZE) {
            hvn_probe_driver_report(driver, "a received frame has status 0x%08x", status);
        } else {
            driver->received++;
            driver->receive(self->buffers[RX] + i * BUFFER, len - 4, driver->receive_data);
        }
        hvn_probe_tulip_hand_over(self, RX, i, self->addresses[RX] + i * BUFFER, RX_SIZE);
        self->rx_next++;
    }
    return n == N_DESCS;
}

/* the causes are cleared first: what arrives while frames are taken sets them again */
static gboolean
hvn_probe_tulip_interrupt(HvnProbeDriver *driver)
{
    HvnProbeTulip *self = (HvnProbeTulip *)driver;
    guint32 causes;
    gboolean more;

    if (!self->up)
        return FALSE;
    causes = hvn_probe_tulip_read(self, CSR5) & (CAUSE_RX | CAUSE_FBE);
    hvn_probe_tulip_write(self, CSR5, causes);
    if ((causes & CAUSE_FBE) != 0)
        hvn_probe_driver_report(driver, "CSR5 tells of a fatal bus error");
    more = hvn_probe_tulip_receive(self);
    hvn_probe_tulip_flush(driver);
    self->spurious = causes == 0 && !more ? self->spurious + 1 : 0;
    if (self->spurious > SPURIOUS_MAX) {
        hvn_probe_driver_report(driver, "the interrupt line stays high while CSR5 has no cause");
        hvn_probe_tulip_write(self, CSR7, 0);
        hvn_probe_guest_set_interrupt(driver->guest, NULL, NULL);
    }
    return more;
}

/* broadcast keeps the last of the sixteen places */
static void
hvn_probe_tulip_accept_group(HvnProbeDriver *driver, const guint8 *mac)
{
    HvnProbeTulip *self = (HvnProbeTulip *)driver;

    if (!self->up)
        return;
    if (self->n_accepted == N_ADDRESSES - 1 || hvn_probe_tulip_is_full(self)) {
        hvn_probe_driver_report(driver, "there is no room for one address more in the filter");
        return;
    }
    memcpy(self->accepted[self->n_accepted++].addr, mac, HVN_MAC_LEN);
    hvn_probe_tulip_send_setup(self);
}

const HvnProbeDriverModel hvn_probe_tulip_model = {
    .name = "tulip",
    .ids = hvn_probe_tulip_ids,
    .size = sizeof(HvnProbeTulip),
    .start = hvn_probe_tulip_start,
    .stop = hvn_probe_tulip_stop,
    .link_refresh = hvn_probe_tulip_link_refresh,
    .transmit_buffer = hvn_probe_tulip_transmit_buffer,
    .transmit = hvn_probe_tulip_transmit,
    .flush = hvn_probe_tulip_flush,
    .interrupt = hvn_probe_tulip_interrupt,
    .accept_group = hvn_probe_tulip_accept_group,
};
