/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C mode of the probe's driver for the RTL8139: four transmit descriptors in registers, and a ring of 32 KiB of bytes that packets may run
 * over by WRAP. */
#include "hvn-bytes.h"
#include "hvn-probe-rtl8139.h"

#define FRAME_MIN 60
#define SPARE     2048 /* behind the ring, for the packet that runs on */

static gboolean
hvn_probe_rtl8139_c_start(HvnProbeRtl8139 *self, GError **error)
{
    if (!hvn_probe_rtl8139_alloc(self, HVN_PROBE_RTL8139_N_SLOTS * HVN_PROBE_RTL8139_BUFFER, 16, &self->tx_buffers, &self->tx_address,
                                 error) ||
        !hvn_probe_rtl8139_alloc(self, HVN_PROBE_RTL8139_BYTES + SPARE, 16, &self->rx_buffers, &self->rx_address, error))
        return FALSE;
    self->rcr |= RTL8139_RCR_32K | RTL8139_RCR_WRAP;
    hvn_probe_rtl8139_write(self, RTL8139_CR, RTL8139_CR_RE | RTL8139_CR_TE, 1);
    hvn_probe_rtl8139_write(self, RTL8139_RBSTART, (guint32)self->rx_address, 4);
    for (guint i = 0; i < HVN_PROBE_RTL8139_N_SLOTS; i++)
        hvn_probe_rtl8139_write(self, RTL8139_TSAD + 4 * i, (guint32)self->tx_address + i * HVN_PROBE_RTL8139_BUFFER, 4);
    return TRUE;
}

/* the chip does not pad */
static void
hvn_probe_rtl8139_c_transmit(HvnProbeRtl8139 *self, guint n, gsize len)
{
    if (len < FRAME_MIN)
        memset(self->tx_buffers + n * HVN_PROBE_RTL8139_BUFFER + len, 0, FRAME_MIN - len);
    self->lens[n] = MAX(len, FRAME_MIN);
}

static gboolean
hvn_probe_rtl8139_c_is_done(HvnProbeRtl8139 *self, guint n)
{
    return (hvn_probe_rtl8139_read(self, RTL8139_TSD + 4 * n, 4) & RTL8139_TSD_OWN) != 0;
}

static void
hvn_probe_rtl8139_c_flush(HvnProbeRtl8139 *self)
{
    for (guint n = self->tx_rung; n != self->tx_next; n++) {
        guint slot = n % HVN_PROBE_RTL8139_N_SLOTS;

        hvn_probe_rtl8139_write(self, RTL8139_TSD + 4 * slot, (guint32)self->lens[slot], 4);
    }
}

static gboolean
hvn_probe_rtl8139_c_receive(HvnProbeRtl8139 *self)
{
    guint n = 0;

    for (; n < HVN_PROBE_RTL8139_BATCH && !(hvn_probe_rtl8139_read(self, RTL8139_CR, 1) & RTL8139_CR_BUFE); n++) {
        const guint8 *packet = self->rx_buffers + self->rx_next;
        guint32 header = hvn_load_le32(packet);
        gsize len = header >> 16;

        if (len < 4 || len > SPARE - 4) {
            hvn_probe_driver_report(&self->parent, "a packet in the ring has %zu bytes", len);
            hvn_probe_rtl8139_write(self, RTL8139_IMR, 0, 2);
            return FALSE;
        }
        hvn_probe_rtl8139_take(self, packet + 4, len - 4, (header & RTL8139_RSR_ROK) != 0);
        self->rx_next = (guint)((self->rx_next + 4 + len + 3) & ~3u) % HVN_PROBE_RTL8139_BYTES;
        hvn_probe_rtl8139_write(self, RTL8139_CAPR, (self->rx_next - 16) & 0xffff, 2);
    }
    return n == HVN_PROBE_RTL8139_BATCH;
}

const HvnProbeRtl8139Mode hvn_probe_rtl8139_c = {
    .n_buffers = HVN_PROBE_RTL8139_N_SLOTS,
    .start = hvn_probe_rtl8139_c_start,
    .transmit = hvn_probe_rtl8139_c_transmit,
    .is_done = hvn_probe_rtl8139_c_is_done,
    .flush = hvn_probe_rtl8139_c_flush,
    .receive = hvn_probe_rtl8139_c_receive,
};
