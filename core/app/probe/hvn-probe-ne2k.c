/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's driver for the 8390 of an NE2000, the RTL8029 on PCI or a DP8390 on ISA: resets it, reads its address PROM as a kernel does at boot, and moves
 * frames through the data port, 32 bits at a time. Every wait is bounded; a device that does not answer makes start() fail with the register that it
 * stayed silent on. */
#include "hvn-bytes.h"
#include "hvn-error.h"
#include "hvn-probe-driver.h"

#define BAR 0

/* ports of every page, and of page 0 */
#define CR         0x00
#define CR_STP     0x01
#define CR_STA     0x02
#define CR_TXP     0x04
#define CR_READ    0x08
#define CR_WRITE   0x10
#define CR_NO_DMA  0x20
#define CR_PAGE_1  0x40
#define CR_PAGE_3  0xc0
#define PSTART     0x01
#define PSTOP      0x02
#define BNRY       0x03
#define TPSR       0x04
#define TBCR       0x05
#define ISR        0x07
#define RSAR       0x08
#define RBCR       0x0a
#define RCR        0x0c
#define TCR        0x0d
#define DCR        0x0e
#define IMR        0x0f
#define DATA       0x10
#define RESET      0x1f
#define PORTS      0x20
#define PAR        0x01 /* page 1 */
#define CURR       0x07
#define MAR        0x08
#define CONFIG0    0x03 /* page 3 of the RTL8029 */
#define CONFIG3    0x06
#define ISR_PRX    0x01
#define ISR_PTX    0x02
#define ISR_TXE    0x08
#define ISR_OVW    0x10
#define ISR_RDC    0x40
#define ISR_RST    0x80
#define RCR_AB     0x04
#define RCR_AM     0x08
#define DCR_WORDS  0x49 /* words, no loopback, FIFO half full */
#define TCR_LOOP   0x02
#define RSR_PRX    0x01
#define CONFIG0_BNC   0x04
#define CONFIG3_FUDUP 0x40

/* packet memory */
#define TX_PAGE   0x40u
#define TX_PAGES  6u /* of a frame */
#define N_BUFFERS 2u
#define RX_FIRST  (TX_PAGE + N_BUFFERS * TX_PAGES)
#define RX_END    0x80u

#define FRAME_MIN    60
#define BUFFER       1536
#define PROM_LEN     32
#define POLLS        1000 /* reads of a register that has to change */
#define BATCH        64
#define IN_A_ROW_MAX 16
#define SPURIOUS_MAX 1000 /* interrupts in a row without a cause */

/* what the card and the driver know: places are free running */
typedef struct {
    HvnProbeDriver parent;
    guint8         tx_buffer[BUFFER];
    guint8         rx_buffer[BUFFER];
    gsize          lens[N_BUFFERS];
    guint          placed;  /* frames put into packet memory */
    guint          sent;    /* frames that the card has sent */
    gboolean       sending; /* the card was told of frame @sent */
    guint          next;    /* page of the packet that is taken next */
    guint8         rcr;
    guint          spurious;
    guint          in_a_row; /* times that a full card was asked for room, since the last look at what has come */
    gboolean       up; /* between start and stop */
} HvnProbeNe2k;

static const HvnProbeDriverId hvn_probe_ne2k_ids[] = {
    {0x10ec, 0x8029, "RTL8029"},
    {0},
};

static const char *
hvn_probe_ne2k_detect(HvnProbeGuest *guest)
{
    const HvnProbeBar *ports = &hvn_probe_guest_get_pci(guest)->bars[BAR];

    return ports->io && ports->size == PORTS ? "NE2000" : NULL;
}

static guint
hvn_probe_ne2k_read(HvnProbeNe2k *self, guint port)
{
    return hvn_probe_guest_read_part(self->parent.guest, BAR, port, 1);
}

static void
hvn_probe_ne2k_write(HvnProbeNe2k *self, guint port, guint value)
{
    hvn_probe_guest_write_part(self->parent.guest, BAR, port, value & 0xff, 1);
}

/* remote DMA: the counters first, then the direction */
static void
hvn_probe_ne2k_begin(HvnProbeNe2k *self, guint address, gsize len, guint command)
{
    hvn_probe_ne2k_write(self, RBCR, len & 0xff);
    hvn_probe_ne2k_write(self, RBCR + 1, (guint)(len >> 8));
    hvn_probe_ne2k_write(self, RSAR, address);
    hvn_probe_ne2k_write(self, RSAR + 1, address >> 8);
    hvn_probe_ne2k_write(self, CR, CR_STA | command);
}

/* it is through when the last of the data is; a card that says something else is not trusted further */
static void
hvn_probe_ne2k_end(HvnProbeNe2k *self)
{
    if ((hvn_probe_ne2k_read(self, ISR) & ISR_RDC) == 0)
        hvn_probe_driver_report(&self->parent, "RDC stays clear at the end of a remote DMA");
    hvn_probe_ne2k_write(self, ISR, ISR_RDC);
}

/* @len a multiple of 4 */
static void
hvn_probe_ne2k_fetch(HvnProbeNe2k *self, guint address, guint8 *bytes, gsize len)
{
    hvn_probe_ne2k_begin(self, address, len, CR_READ);
    for (gsize i = 0; i < len; i += 4)
        hvn_store_le32(bytes + i, hvn_probe_guest_read_part(self->parent.guest, BAR, DATA, 4));
    hvn_probe_ne2k_end(self);
}

static void
hvn_probe_ne2k_put(HvnProbeNe2k *self, guint address, const guint8 *bytes, gsize len)
{
    hvn_probe_ne2k_begin(self, address, len, CR_WRITE);
    for (gsize i = 0; i < len; i += 4)
        hvn_probe_guest_write_part(self->parent.guest, BAR, DATA, hvn_load_le32(bytes + i), 4);
    hvn_probe_ne2k_end(self);
}

static gboolean
hvn_probe_ne2k_is_8029(const HvnProbeNe2k *self)
{
    return !hvn_probe_guest_get_pci(self->parent.guest)->absent;
}

/* an NE2000 does not say; the RTL8029 uses the thin cable when there is no link */
static void
hvn_probe_ne2k_link_refresh(HvnProbeDriver *driver)
{
    HvnProbeNe2k *self = (HvnProbeNe2k *)driver;

    driver->facts.link_up = TRUE;
    driver->facts.speed = 10;
    if (!hvn_probe_ne2k_is_8029(self))
        return;
    hvn_probe_ne2k_write(self, CR, CR_PAGE_3 | CR_NO_DMA | (self->up ? CR_STA : CR_STP));
    driver->facts.link_up = (hvn_probe_ne2k_read(self, CONFIG0) & CONFIG0_BNC) == 0;
    driver->facts.full_duplex = (hvn_probe_ne2k_read(self, CONFIG3) & CONFIG3_FUDUP) != 0;
    hvn_probe_ne2k_write(self, CR, CR_NO_DMA | (self->up ? CR_STA : CR_STP));
}

/* ---- start ---- */

static gboolean
hvn_probe_ne2k_reset(HvnProbeNe2k *self, GError **error)
{
    guint isr = 0;

    hvn_probe_ne2k_write(self, RESET, hvn_probe_ne2k_read(self, RESET));
    for (guint i = 0; i < POLLS; i++) {
        isr = hvn_probe_ne2k_read(self, ISR);
        if ((isr & ISR_RST) != 0)
            return TRUE;
        if (i >= POLLS / 2 && i % 100 == 0)
            hvn_probe_guest_wait(self->parent.guest, NULL, NULL, 1);
    }
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "ISR stays 0x%02x: the reset does not end", isr);
    return FALSE;
}

/* every byte of the PROM twice, and a W for a card with a bus of 16 bits */
static gboolean
hvn_probe_ne2k_identify(HvnProbeNe2k *self, GError **error)
{
    guint8 prom[PROM_LEN];

    hvn_probe_ne2k_write(self, DCR, DCR_WORDS);
    hvn_probe_ne2k_fetch(self, 0, prom, sizeof prom);
    for (guint i = 0; i < PROM_LEN; i += 2) {
        self->parent.facts.eeprom_sum = (guint16)(self->parent.facts.eeprom_sum + hvn_load_le16(prom + i));
        if (prom[i] == prom[i + 1])
            continue;
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "the PROM has 0x%02x and 0x%02x at %u, expected the same twice", prom[i], prom[i + 1], i);
        return FALSE;
    }
    if (prom[28] != 'W' || prom[30] != 'W') {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "the PROM ends with 0x%02x 0x%02x, expected 0x57 0x57", prom[28], prom[30]);
        return FALSE;
    }
    for (guint i = 0; i < HVN_MAC_LEN; i++)
        self->parent.facts.mac.addr[i] = prom[2 * i];
    return TRUE;
}

static gboolean
hvn_probe_ne2k_start(HvnProbeDriver *driver, GError **error)
{
    HvnProbeNe2k *self = (HvnProbeNe2k *)driver;
    guint64 size = hvn_probe_guest_get_pci(driver->guest)->bars[BAR].size;

    if (size < PORTS) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "bar 0 has %" G_GUINT64_FORMAT " bytes, expected 32 or more", size);
        return FALSE;
    }
    if (!hvn_probe_ne2k_reset(self, error) || !hvn_probe_ne2k_identify(self, error))
        return FALSE;
    self->rcr = RCR_AB;
    self->next = RX_FIRST;
    hvn_probe_ne2k_write(self, CR, CR_NO_DMA | CR_STP);
    hvn_probe_ne2k_write(self, TCR, TCR_LOOP);
    hvn_probe_ne2k_write(self, RCR, self->rcr);
    hvn_probe_ne2k_write(self, PSTART, RX_FIRST);
    hvn_probe_ne2k_write(self, PSTOP, RX_END);
    hvn_probe_ne2k_write(self, BNRY, RX_END - 1);
    hvn_probe_ne2k_write(self, ISR, 0xff);
    hvn_probe_ne2k_write(self, CR, CR_PAGE_1 | CR_NO_DMA | CR_STP);
    for (guint i = 0; i < HVN_MAC_LEN; i++)
        hvn_probe_ne2k_write(self, PAR + i, driver->facts.mac.addr[i]);
    for (guint i = 0; i < 8; i++)
        hvn_probe_ne2k_write(self, MAR + i, 0);
    hvn_probe_ne2k_write(self, CURR, RX_FIRST);
    self->up = TRUE;
    hvn_probe_ne2k_write(self, CR, CR_NO_DMA | CR_STA);
    hvn_probe_ne2k_write(self, TCR, 0);
    hvn_probe_ne2k_write(self, IMR, ISR_PRX | ISR_PTX | ISR_TXE | ISR_OVW);
    hvn_probe_ne2k_link_refresh(driver);
    return TRUE;
}

static void
hvn_probe_ne2k_stop(HvnProbeDriver *driver)
{
    HvnProbeNe2k *self = (HvnProbeNe2k *)driver;

    if (!self->up)
        return;
    self->up = FALSE;
    hvn_probe_ne2k_write(self, IMR, 0);
    hvn_probe_ne2k_write(self, CR, CR_NO_DMA | CR_STP);
}

/* ---- frames ---- */

/* the card sends one frame; when it is through, the next */
static void
hvn_probe_ne2k_send(HvnProbeNe2k *self)
{
    guint slot;

    if (self->sending && (hvn_probe_ne2k_read(self, CR) & CR_TXP) == 0) {
        self->sending = FALSE;
        self->sent++;
    }
    if (self->sending || self->sent == self->placed)
        return;
    slot = self->sent % N_BUFFERS;
    hvn_probe_ne2k_write(self, TPSR, TX_PAGE + slot * TX_PAGES);
    hvn_probe_ne2k_write(self, TBCR, self->lens[slot] & 0xff);
    hvn_probe_ne2k_write(self, TBCR + 1, (guint)(self->lens[slot] >> 8));
    hvn_probe_ne2k_write(self, CR, CR_NO_DMA | CR_STA | CR_TXP);
    self->sending = TRUE;
}

/* A card in another process is through before the next frame is in its memory: the stack would fill a whole window without a look at what has come,
 * so there is an end to the frames between two looks */
static guint8 *
hvn_probe_ne2k_transmit_buffer(HvnProbeDriver *driver, gsize *room)
{
    HvnProbeNe2k *self = (HvnProbeNe2k *)driver;

    if (!self->up)
        return NULL;
    if (self->placed - self->sent == N_BUFFERS && self->in_a_row < IN_A_ROW_MAX) {
        hvn_probe_ne2k_send(self);
        self->in_a_row++;
    }
    if (self->placed - self->sent == N_BUFFERS)
        return NULL;
    *room = BUFFER;
    return self->tx_buffer;
}

/* the card does not pad */
static void
hvn_probe_ne2k_transmit(HvnProbeDriver *driver, gsize len)
{
    HvnProbeNe2k *self = (HvnProbeNe2k *)driver;
    guint slot = self->placed % N_BUFFERS;

    if (len < FRAME_MIN)
        memset(self->tx_buffer + len, 0, FRAME_MIN - len);
    self->lens[slot] = MAX(len, FRAME_MIN);
    hvn_probe_ne2k_put(self, (TX_PAGE + slot * TX_PAGES) << 8, self->tx_buffer, (self->lens[slot] + 3) & ~(gsize)3);
    self->placed++;
    driver->transmitted++;
}

static void
hvn_probe_ne2k_flush(HvnProbeDriver *driver)
{
    HvnProbeNe2k *self = (HvnProbeNe2k *)driver;

    self->in_a_row = 0;
    if (self->up)
        hvn_probe_ne2k_send(self);
}

static guint
hvn_probe_ne2k_current(HvnProbeNe2k *self)
{
    guint current;

    hvn_probe_ne2k_write(self, CR, CR_PAGE_1 | CR_NO_DMA | CR_STA);
    current = hvn_probe_ne2k_read(self, CURR);
    hvn_probe_ne2k_write(self, CR, CR_NO_DMA | CR_STA);
    return current;
}

/* the packet at @next; FALSE when it makes no sense */
static gboolean
hvn_probe_ne2k_take(HvnProbeNe2k *self)
{
    guint8 header[4];
    gsize len;

    hvn_probe_ne2k_fetch(self, self->next << 8, header, sizeof header);
    len = hvn_load_le16(header + 2);
    if ((header[0] & RSR_PRX) == 0 || len < FRAME_MIN + 4 || len > BUFFER || header[1] < RX_FIRST || header[1] >= RX_END) {
        hvn_probe_driver_report(&self->parent, "the packet at page 0x%02x has status 0x%02x, %zu bytes, and the next one at page 0x%02x", self->next,
                                header[0], len, header[1]);
        return FALSE;
    }
    hvn_probe_ne2k_fetch(self, (self->next << 8) + 4, self->rx_buffer, (len - 4 + 3) & ~(gsize)3);
    self->next = header[1];
    hvn_probe_ne2k_write(self, BNRY, self->next == RX_FIRST ? RX_END - 1 : self->next - 1);
    self->parent.received++;
    self->parent.receive(self->rx_buffer, len - 4, self->parent.receive_data);
    return TRUE;
}

/* ISR is cleared first: what arrives while frames are taken sets it again */
static gboolean
hvn_probe_ne2k_interrupt(HvnProbeDriver *driver)
{
    HvnProbeNe2k *self = (HvnProbeNe2k *)driver;
    gboolean sound = TRUE;
    guint cause, n = 0;

    if (!self->up)
        return FALSE;
    cause = hvn_probe_ne2k_read(self, ISR) & (ISR_PRX | ISR_PTX | ISR_TXE | ISR_OVW);
    hvn_probe_ne2k_write(self, ISR, cause);
    if ((cause & ISR_OVW) != 0)
        hvn_probe_driver_report(driver, "the receiver lost a packet");
    hvn_probe_ne2k_send(self);
    while (n < BATCH && sound && hvn_probe_ne2k_current(self) != self->next) {
        sound = hvn_probe_ne2k_take(self);
        n++;
    }
    self->spurious = cause == 0 && n == 0 ? self->spurious + 1 : 0;
    if (self->spurious > SPURIOUS_MAX)
        hvn_probe_driver_report(driver, "the interrupt line stays high while ISR reads 0");
    if (!sound || self->spurious > SPURIOUS_MAX) {
        hvn_probe_ne2k_write(self, IMR, 0);
        hvn_probe_guest_set_interrupt(driver->guest, NULL, NULL);
        return FALSE;
    }
    return n == BATCH;
}

static void
hvn_probe_ne2k_accept_group(HvnProbeDriver *driver, const guint8 *mac)
{
    HvnProbeNe2k *self = (HvnProbeNe2k *)driver;
    guint bit = hvn_probe_driver_hash_crc6(mac), port = MAR + bit / 8;

    if (!self->up)
        return;
    hvn_probe_ne2k_write(self, CR, CR_PAGE_1 | CR_NO_DMA | CR_STA);
    hvn_probe_ne2k_write(self, port, hvn_probe_ne2k_read(self, port) | 1u << bit % 8);
    hvn_probe_ne2k_write(self, CR, CR_NO_DMA | CR_STA);
    self->rcr |= RCR_AM;
    hvn_probe_ne2k_write(self, RCR, self->rcr);
}

const HvnProbeDriverModel hvn_probe_ne2k_model = {
    .name = "ne2k",
    .ids = hvn_probe_ne2k_ids,
    .detect = hvn_probe_ne2k_detect,
    .size = sizeof(HvnProbeNe2k),
    .start = hvn_probe_ne2k_start,
    .stop = hvn_probe_ne2k_stop,
    .link_refresh = hvn_probe_ne2k_link_refresh,
    .transmit_buffer = hvn_probe_ne2k_transmit_buffer,
    .transmit = hvn_probe_ne2k_transmit,
    .flush = hvn_probe_ne2k_flush,
    .interrupt = hvn_probe_ne2k_interrupt,
    .accept_group = hvn_probe_ne2k_accept_group,
};
