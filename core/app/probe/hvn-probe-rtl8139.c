/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's driver for the Realtek RTL8139: resets the device, reads its EEPROM and its version as a kernel does at boot, and drives an
 * 8139C+ in C+ mode (-cplus) and any other in C mode (-c). Every wait is bounded; a device that does not answer makes start() fail with
 * the register that it stayed silent on. */
#include "hvn-probe-rtl8139.h"

#include "hvn-bytes.h"
#include "hvn-error.h"

#define POLLS        1000 /* reads of a register that has to change */
#define SPURIOUS_MAX 1000 /* interrupts in a row without a cause */
#define EEPROM_WORDS 64

static const HvnProbeDriverId hvn_probe_rtl8139_ids[] = {
    {0x10ec, 0x8139, "RTL8139"},
    {0},
};

guint32
hvn_probe_rtl8139_read(HvnProbeRtl8139 *self, guint offset, guint size)
{
    return hvn_probe_guest_read_part(self->parent.guest, HVN_PROBE_RTL8139_BAR, offset, size);
}

void
hvn_probe_rtl8139_write(HvnProbeRtl8139 *self, guint offset, guint32 value, guint size)
{
    hvn_probe_guest_write_part(self->parent.guest, HVN_PROBE_RTL8139_BAR, offset, value, size);
}

gboolean
hvn_probe_rtl8139_alloc(HvnProbeRtl8139 *self, gsize len, gsize align, guint8 **memory, guint64 *address, GError **error)
{
    *memory = hvn_probe_guest_alloc(self->parent.guest, len, align, address);
    if (*memory != NULL)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "guest memory is used up by the rings");
    return FALSE;
}

static void
hvn_probe_rtl8139_link_refresh(HvnProbeDriver *driver)
{
    HvnProbeRtl8139 *self = (HvnProbeRtl8139 *)driver;
    guint32 msr = hvn_probe_rtl8139_read(self, RTL8139_MSR, 1);

    driver->facts.link_up = (msr & RTL8139_MSR_LINKB) == 0;
    driver->facts.speed = (msr & RTL8139_MSR_SPEED_10) != 0 ? 10 : 100;
    driver->facts.full_duplex = (hvn_probe_rtl8139_read(self, RTL8139_BMCR, 2) & RTL8139_BMCR_FULL) != 0;
}

/* ---- start ---- */

static gboolean
hvn_probe_rtl8139_reset(HvnProbeRtl8139 *self, GError **error)
{
    guint32 cr = 0;

    hvn_probe_rtl8139_write(self, RTL8139_CR, RTL8139_CR_RST, 1);
    for (guint i = 0; i < POLLS; i++) {
        cr = hvn_probe_rtl8139_read(self, RTL8139_CR, 1);
        if ((cr & RTL8139_CR_RST) == 0)
            return TRUE;
        if (i >= POLLS / 2 && i % 100 == 0)
            hvn_probe_guest_wait(self->parent.guest, NULL, NULL, 1);
    }
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "CR stays 0x%02x: the reset does not end", cr);
    return FALSE;
}

/* start bit, opcode 10 (read), six address bits, then sixteen data bits */
static guint16
hvn_probe_rtl8139_eeprom_read(HvnProbeRtl8139 *self, guint word)
{
    guint32 command = 6u << 6 | word;
    guint16 value = 0;

    hvn_probe_rtl8139_write(self, RTL8139_9346CR, RTL8139_9346CR_PINS, 1);
    for (gint bit = 8; bit >= 0; bit--) {
        guint32 level = RTL8139_9346CR_PINS | ((command >> bit & 1) != 0 ? RTL8139_9346CR_EEDI : 0);

        hvn_probe_rtl8139_write(self, RTL8139_9346CR, level, 1);
        hvn_probe_rtl8139_write(self, RTL8139_9346CR, level | RTL8139_9346CR_EESK, 1);
    }
    for (guint bit = 0; bit < 16; bit++) {
        hvn_probe_rtl8139_write(self, RTL8139_9346CR, RTL8139_9346CR_PINS, 1);
        hvn_probe_rtl8139_write(self, RTL8139_9346CR, RTL8139_9346CR_PINS | RTL8139_9346CR_EESK, 1);
        value = (guint16)(value << 1 | (hvn_probe_rtl8139_read(self, RTL8139_9346CR, 1) & RTL8139_9346CR_EEDO));
    }
    hvn_probe_rtl8139_write(self, RTL8139_9346CR, 0, 1);
    return value;
}

/* the signature, and the address, which the ID registers must have as well */
static gboolean
hvn_probe_rtl8139_identify(HvnProbeRtl8139 *self, GError **error)
{
    guint8 *mac = self->parent.facts.mac.addr;
    guint16 words[EEPROM_WORDS], sum = 0;

    for (guint i = 0; i < EEPROM_WORDS; i++) {
        words[i] = hvn_probe_rtl8139_eeprom_read(self, i);
        sum = (guint16)(sum + words[i]);
    }
    self->parent.facts.eeprom_sum = sum;
    if (words[0] != RTL8139_EEPROM_ID) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "the EEPROM begins with 0x%04x, expected 0x%04x", words[0], RTL8139_EEPROM_ID);
        return FALSE;
    }
    for (guint i = 0; i < HVN_MAC_LEN; i++) {
        guint32 id = hvn_probe_rtl8139_read(self, RTL8139_IDR + i, 1);

        mac[i] = (guint8)(words[RTL8139_EEPROM_MAC + i / 2] >> 8 * (i % 2));
        if (id != mac[i]) {
            g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "IDR%u is 0x%02x, and 0x%02x in the EEPROM", i, id, mac[i]);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
hvn_probe_rtl8139_start(HvnProbeDriver *driver, GError **error)
{
    HvnProbeRtl8139 *self = (HvnProbeRtl8139 *)driver;
    guint64 size = hvn_probe_guest_get_pci(driver->guest)->bars[HVN_PROBE_RTL8139_BAR].size;
    gboolean cplus;

    if (size < 256) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "bar 1 has %" G_GUINT64_FORMAT " bytes, expected 256", size);
        return FALSE;
    }
    if (!hvn_probe_rtl8139_reset(self, error) || !hvn_probe_rtl8139_identify(self, error))
        return FALSE;
    cplus = (hvn_probe_rtl8139_read(self, RTL8139_TCR, 4) & RTL8139_TCR_HWVER) == RTL8139_TCR_HWVER_CPLUS;
    driver->facts.chip = cplus ? "RTL8139C+" : "RTL8139C";
    self->mode = cplus ? &hvn_probe_rtl8139_cplus : &hvn_probe_rtl8139_c;
    self->rcr = RTL8139_RCR_APM | RTL8139_RCR_AB | RTL8139_RCR_MXDMA | RTL8139_RCR_RXFTH;
    if (!self->mode->start(self, error))
        return FALSE;
    for (guint i = 0; i < 8; i++)
        hvn_probe_rtl8139_write(self, RTL8139_MAR + i, 0, 1);
    hvn_probe_rtl8139_write(self, RTL8139_TCR, RTL8139_TCR_IFG | RTL8139_TCR_MXDMA, 4);
    hvn_probe_rtl8139_write(self, RTL8139_RCR, self->rcr, 4);
    self->up = TRUE;
    hvn_probe_rtl8139_write(self, RTL8139_ISR, 0xffff, 2);
    hvn_probe_rtl8139_write(self, RTL8139_IMR,
                            RTL8139_ISR_ROK | RTL8139_ISR_RER | RTL8139_ISR_RXOVW | RTL8139_ISR_FOVW | RTL8139_ISR_PUN, 2);
    hvn_probe_rtl8139_link_refresh(driver);
    return TRUE;
}

static void
hvn_probe_rtl8139_stop(HvnProbeDriver *driver)
{
    HvnProbeRtl8139 *self = (HvnProbeRtl8139 *)driver;

    if (!self->up)
        return;
    self->up = FALSE;
    hvn_probe_rtl8139_write(self, RTL8139_IMR, 0, 2);
    hvn_probe_rtl8139_write(self, RTL8139_CR, 0, 1);
}

/* ---- frames ---- */

static guint8 *
hvn_probe_rtl8139_transmit_buffer(HvnProbeDriver *driver, gsize *room)
{
    HvnProbeRtl8139 *self = (HvnProbeRtl8139 *)driver;

    if (!self->up)
        return NULL;
    while (self->tx_clean != self->tx_rung && self->mode->is_done(self, self->tx_clean % self->mode->n_buffers))
        self->tx_clean++;
    if (self->tx_next - self->tx_clean == self->mode->n_buffers)
        return NULL;
    *room = HVN_PROBE_RTL8139_BUFFER;
    return self->tx_buffers + self->tx_next % self->mode->n_buffers * HVN_PROBE_RTL8139_BUFFER;
}

static void
hvn_probe_rtl8139_transmit(HvnProbeDriver *driver, gsize len)
{
    HvnProbeRtl8139 *self = (HvnProbeRtl8139 *)driver;

    self->mode->transmit(self, self->tx_next % self->mode->n_buffers, len);
    self->tx_next++;
    driver->transmitted++;
}

static void
hvn_probe_rtl8139_flush(HvnProbeDriver *driver)
{
    HvnProbeRtl8139 *self = (HvnProbeRtl8139 *)driver;

    if (!self->up || self->tx_rung == self->tx_next)
        return;
    self->mode->flush(self);
    self->tx_rung = self->tx_next;
}

void
hvn_probe_rtl8139_take(HvnProbeRtl8139 *self, const guint8 *frame, gsize len, gboolean good)
{
    if (!good) {
        hvn_probe_driver_report(&self->parent, "a received frame has errors");
    } else if (len < 14 || len > HVN_PROBE_RTL8139_BUFFER) {
        hvn_probe_driver_report(&self->parent, "a received frame has %zu bytes", len);
    } else {
        self->parent.received++;
        self->parent.receive(frame, len, self->parent.receive_data);
    }
}

/* ISR is cleared first: what arrives while frames are taken sets it again */
static gboolean
hvn_probe_rtl8139_interrupt(HvnProbeDriver *driver)
{
    HvnProbeRtl8139 *self = (HvnProbeRtl8139 *)driver;
    guint32 cause;
    gboolean more;

    if (!self->up)
        return FALSE;
    cause = hvn_probe_rtl8139_read(self, RTL8139_ISR, 2);
    hvn_probe_rtl8139_write(self, RTL8139_ISR, cause, 2);
    if ((cause & RTL8139_ISR_PUN) != 0)
        hvn_probe_rtl8139_link_refresh(driver);
    more = self->mode->receive(self);
    hvn_probe_rtl8139_flush(driver);
    self->spurious = cause == 0 && !more ? self->spurious + 1 : 0;
    if (self->spurious > SPURIOUS_MAX) {
        hvn_probe_driver_report(driver, "the interrupt line stays high while ISR reads 0");
        hvn_probe_rtl8139_write(self, RTL8139_IMR, 0, 2);
        hvn_probe_guest_set_interrupt(driver->guest, NULL, NULL);
    }
    return more;
}

static void
hvn_probe_rtl8139_accept_group(HvnProbeDriver *driver, const guint8 *mac)
{
    HvnProbeRtl8139 *self = (HvnProbeRtl8139 *)driver;
    guint bit = hvn_probe_driver_hash_crc6(mac), offset = RTL8139_MAR + bit / 8;

    if (!self->up)
        return;
    hvn_probe_rtl8139_write(self, offset, hvn_probe_rtl8139_read(self, offset, 1) | 1u << bit % 8, 1);
    self->rcr |= RTL8139_RCR_AM;
    hvn_probe_rtl8139_write(self, RTL8139_RCR, self->rcr, 4);
}

const HvnProbeDriverModel hvn_probe_rtl8139_model = {
    .name = "rtl8139",
    .ids = hvn_probe_rtl8139_ids,
    .size = sizeof(HvnProbeRtl8139),
    .start = hvn_probe_rtl8139_start,
    .stop = hvn_probe_rtl8139_stop,
    .link_refresh = hvn_probe_rtl8139_link_refresh,
    .transmit_buffer = hvn_probe_rtl8139_transmit_buffer,
    .transmit = hvn_probe_rtl8139_transmit,
    .flush = hvn_probe_rtl8139_flush,
    .interrupt = hvn_probe_rtl8139_interrupt,
    .accept_group = hvn_probe_rtl8139_accept_group,
};
