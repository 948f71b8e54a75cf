/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the probe's driver for virtio-net brings the device to where queues can be set up (VIRTIO 1.2, 3.1.1 and 5.1.4): reset,
 * negotiation, and the device's configuration space. What the registers look like is HvnProbeVirtioRegisters's. */
#include "hvn-bytes.h"
#include "hvn-error.h"
#include "hvn-probe-virtio-net.h"

#define POLLS       1000 /* reads of a register that has to change */
#define GENERATIONS 100  /* tries to read configuration space in one piece */
#define MTU_MIN       68 /* 5.1.4.1 */
#define SPEED_UNKNOWN G_MAXUINT32

#define FEATURES_WANTED \
    (VIRTIO_F_VERSION_1 | HVN_VIRTIO_NET_F_MAC | HVN_VIRTIO_NET_F_STATUS | HVN_VIRTIO_NET_F_MRG_RXBUF | HVN_VIRTIO_NET_F_CSUM | \
     HVN_VIRTIO_NET_F_MTU | HVN_VIRTIO_NET_F_SPEED_DUPLEX)

/* ---- negotiation ---- */

static guint
hvn_probe_virtio_net_get_status(HvnProbeVirtioNet *self)
{
    return self->registers->get_status(self);
}

gboolean
hvn_probe_virtio_net_reset(HvnProbeVirtioNet *self, GError **error)
{
    guint status = 0;

    self->registers->set_status(self, 0);
    for (guint i = 0; i < POLLS; i++) {
        status = hvn_probe_virtio_net_get_status(self);
        if (status == 0)
            return TRUE;
        if (i >= POLLS / 2 && i % 100 == 0)
            hvn_probe_guest_wait(self->parent.guest, NULL, NULL, 1);
    }
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "the device status stays 0x%02x after a reset, expected 0x00", status);
    return FALSE;
}

/* 2.1.1: each step keeps the bits of those before it */
static gboolean
hvn_probe_virtio_net_add_status(HvnProbeVirtioNet *self, guint bit, guint want, GError **error)
{
    guint status = hvn_probe_virtio_net_get_status(self) | bit;

    self->registers->set_status(self, status);
    status = hvn_probe_virtio_net_get_status(self);
    if (status == want)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "the device status reads 0x%02x, expected 0x%02x", status, want);
    return FALSE;
}

static guint64
hvn_probe_virtio_net_get_offered(HvnProbeVirtioNet *self)
{
    guint64 features = 0;

    for (guint i = 0; i < 2; i++)
        features |= (guint64)self->registers->get_features(self, i) << (32 * i);
    return features;
}

gboolean
hvn_probe_virtio_net_negotiate(HvnProbeVirtioNet *self, GError **error)
{
    guint want = VIRTIO_STATUS_ACKNOWLEDGE;
    guint64 offered;

    if (!hvn_probe_virtio_net_reset(self, error) ||
        !hvn_probe_virtio_net_add_status(self, VIRTIO_STATUS_ACKNOWLEDGE, want, error) ||
        !hvn_probe_virtio_net_add_status(self, VIRTIO_STATUS_DRIVER, want |= VIRTIO_STATUS_DRIVER, error))
        return FALSE;
    offered = hvn_probe_virtio_net_get_offered(self);
    if ((offered & VIRTIO_F_VERSION_1) == 0) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED,
                    "the device offers features 0x%" G_GINT64_MODIFIER "x, without version 1 (bit 32)", offered);
        return FALSE;
    }
    self->parent.facts.features = offered & FEATURES_WANTED;
    for (guint i = 0; i < 2; i++)
        self->registers->set_features(self, i, (guint32)(self->parent.facts.features >> (32 * i)));
    if (hvn_probe_virtio_net_add_status(self, VIRTIO_STATUS_FEATURES_OK, want | VIRTIO_STATUS_FEATURES_OK, error))
        return TRUE;
    g_prefix_error(error,
                   "features 0x%" G_GINT64_MODIFIER "x of 0x%" G_GINT64_MODIFIER "x are refused: ", self->parent.facts.features,
                   offered);
    return FALSE;
}

/* ---- configuration space ---- */

/* 2.5.1: fields belong together when the generation was the same before and after */
static gboolean
hvn_probe_virtio_net_read_fields(HvnProbeVirtioNet *self, guint8 *bytes, gsize len, GError **error)
{
    for (guint i = 0; i < GENERATIONS; i++) {
        guint before = self->registers->get_generation(self);

        for (guint at = 0; at < len; at++)
            bytes[at] = (guint8)self->registers->read_config(self, at, 1);
        if (self->registers->get_generation(self) == before)
            return TRUE;
    }
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "the device configuration changed during each of %u tries to read it",
                GENERATIONS);
    return FALSE;
}

gboolean
hvn_probe_virtio_net_read_config(HvnProbeVirtioNet *self, GError **error)
{
    static const HvnMac ours = {{0x02, 0, 0, 0, 0, 0x01}}; /* 5.1.5: the driver chooses where the device has none */
    HvnProbeDriverFacts *facts = &self->parent.facts;
    guint8 bytes[HVN_VIRTIO_NET_CONFIG_LEN];
    guint32 speed;

    if (!hvn_probe_virtio_net_read_fields(self, bytes, sizeof bytes, error))
        return FALSE;
    facts->mac = ours;
    if ((facts->features & HVN_VIRTIO_NET_F_MAC) != 0)
        memcpy(facts->mac.addr, bytes + HVN_VIRTIO_NET_CONFIG_MAC, HVN_MAC_LEN);
    if ((facts->mac.addr[0] & 1) != 0) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "the device's address begins with 0x%02x, which is a group's",
                    facts->mac.addr[0]);
        return FALSE;
    }
    if ((facts->features & HVN_VIRTIO_NET_F_SPEED_DUPLEX) != 0) {
        speed = hvn_load_le32(bytes + HVN_VIRTIO_NET_CONFIG_SPEED);
        facts->speed = speed != SPEED_UNKNOWN ? speed : 0;
        facts->full_duplex = bytes[HVN_VIRTIO_NET_CONFIG_DUPLEX] == 1;
    }
    if ((facts->features & HVN_VIRTIO_NET_F_MTU) == 0)
        return TRUE;
    facts->mtu = hvn_load_le16(bytes + HVN_VIRTIO_NET_CONFIG_MTU);
    if (facts->mtu >= MTU_MIN)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "the device's MTU is %u, expected %u or more", facts->mtu, MTU_MIN);
    return FALSE;
}
