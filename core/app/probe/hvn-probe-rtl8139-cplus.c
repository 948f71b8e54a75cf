/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C+ mode of the probe's driver for the RTL8139: a receive and a transmit ring of 64 descriptors, checksums left to the device. */
#include "hvn-bytes.h"
#include "hvn-checksum.h"
#include "hvn-probe-rtl8139.h"

#define N_DESCS HVN_PROBE_RTL8139_N_DESCS
#define BUFFER  HVN_PROBE_RTL8139_BUFFER

#define IPV4_PROTOCOL_TCP 6
#define IPV4_PROTOCOL_UDP 17

static void
hvn_probe_rtl8139_cplus_hand_over(guint8 *descs, guint n, guint64 address, guint32 command)
{
    guint8 *desc = descs + n * RTL8139_DESC_SIZE;

    hvn_store_le32(desc + 4, 0);
    hvn_store_le64(desc + 8, address);
    hvn_store_le32(desc, RTL8139_DESC_OWN | (n == N_DESCS - 1 ? RTL8139_DESC_EOR : 0) | command);
}

static void
hvn_probe_rtl8139_cplus_give(HvnProbeRtl8139 *self, guint n)
{
    hvn_probe_rtl8139_cplus_hand_over(self->rx_descs, n, self->rx_address + n * BUFFER, BUFFER);
}

/* 6.33: the mode first, then the rings */
static gboolean
hvn_probe_rtl8139_cplus_start(HvnProbeRtl8139 *self, GError **error)
{
    guint64 rx_ring, tx_ring;

    if (!hvn_probe_rtl8139_alloc(self, N_DESCS * RTL8139_DESC_SIZE, 256, &self->rx_descs, &rx_ring, error) ||
        !hvn_probe_rtl8139_alloc(self, N_DESCS * RTL8139_DESC_SIZE, 256, &self->tx_descs, &tx_ring, error) ||
        !hvn_probe_rtl8139_alloc(self, N_DESCS * BUFFER, 16, &self->rx_buffers, &self->rx_address, error) ||
        !hvn_probe_rtl8139_alloc(self, N_DESCS * BUFFER, 16, &self->tx_buffers, &self->tx_address, error))
        return FALSE;
    memset(self->tx_descs, 0, N_DESCS * RTL8139_DESC_SIZE);
    for (guint i = 0; i < N_DESCS; i++)
        hvn_probe_rtl8139_cplus_give(self, i);
    hvn_probe_rtl8139_write(self, RTL8139_CPCR, RTL8139_CPCR_TX | RTL8139_CPCR_RX | RTL8139_CPCR_CHKSUM, 2);
    hvn_probe_rtl8139_write(self, RTL8139_RDSAR, (guint32)rx_ring, 4);
    hvn_probe_rtl8139_write(self, RTL8139_RDSAR + 4, (guint32)(rx_ring >> 32), 4);
    hvn_probe_rtl8139_write(self, RTL8139_TNPDS, (guint32)tx_ring, 4);
    hvn_probe_rtl8139_write(self, RTL8139_TNPDS + 4, (guint32)(tx_ring >> 32), 4);
    hvn_probe_rtl8139_write(self, RTL8139_CR, RTL8139_CR_RE | RTL8139_CR_TE, 1);
    return TRUE;
}

/* what the device is to sum up: it finds the headers of IPv4 by itself */
static guint32
hvn_probe_rtl8139_cplus_offload(guint8 *frame, gsize len)
{
    HvnLayers layers;

    if (!hvn_layers_parse(frame, MIN(len, 256), len, &layers) || layers.ip_version != 4 || layers.fragment ||
        layers.payload_offset == 0)
        return 0;
    if (layers.protocol == IPV4_PROTOCOL_TCP)
        return RTL8139_TXD_IPCS | RTL8139_TXD_TCPCS;
    return layers.protocol == IPV4_PROTOCOL_UDP ? RTL8139_TXD_IPCS | RTL8139_TXD_UDPCS : 0;
}

static void
hvn_probe_rtl8139_cplus_transmit(HvnProbeRtl8139 *self, guint n, gsize len)
{
    guint32 command = hvn_probe_rtl8139_cplus_offload(self->tx_buffers + n * BUFFER, len);

    hvn_probe_rtl8139_cplus_hand_over(self->tx_descs, n, self->tx_address + n * BUFFER,
                                      command | RTL8139_DESC_FS | RTL8139_DESC_LS | (guint32)len);
}

static gboolean
hvn_probe_rtl8139_cplus_is_done(HvnProbeRtl8139 *self, guint n)
{
    return (hvn_load_le32(self->tx_descs + n * RTL8139_DESC_SIZE) & RTL8139_DESC_OWN) == 0;
}

static void
hvn_probe_rtl8139_cplus_flush(HvnProbeRtl8139 *self)
{
    hvn_probe_rtl8139_write(self, RTL8139_TPPOLL, RTL8139_TPPOLL_NPQ, 1);
}

static gboolean
hvn_probe_rtl8139_cplus_receive(HvnProbeRtl8139 *self)
{
    const guint32 whole = RTL8139_DESC_FS | RTL8139_DESC_LS;
    guint n = 0;

    for (; n < HVN_PROBE_RTL8139_BATCH; n++) {
        guint32 status = hvn_load_le32(self->rx_descs + self->rx_next * RTL8139_DESC_SIZE);
        gsize len = status & RTL8139_RXD_LEN;

        if ((status & RTL8139_DESC_OWN) != 0)
            break;
        hvn_probe_rtl8139_take(self, self->rx_buffers + self->rx_next * BUFFER, len < 4 ? 0 : len - 4,
                               (status & (whole | RTL8139_RXD_RES)) == whole);
        hvn_probe_rtl8139_cplus_give(self, self->rx_next);
        self->rx_next = (self->rx_next + 1) % N_DESCS;
    }
    return n == HVN_PROBE_RTL8139_BATCH;
}

const HvnProbeRtl8139Mode hvn_probe_rtl8139_cplus = {
    .n_buffers = N_DESCS,
    .start = hvn_probe_rtl8139_cplus_start,
    .transmit = hvn_probe_rtl8139_cplus_transmit,
    .is_done = hvn_probe_rtl8139_cplus_is_done,
    .flush = hvn_probe_rtl8139_cplus_flush,
    .receive = hvn_probe_rtl8139_cplus_receive,
};
