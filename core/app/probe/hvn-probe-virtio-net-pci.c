/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the probe's driver for virtio-net gets at the device over PCI (VIRTIO 1.2, 4.1): the capabilities that say where registers
 * are, reset, negotiation, and the device's configuration space. */
#include "hvn-bytes.h"
#include "hvn-error.h"
#include "hvn-probe-virtio-net.h"

#define POLLS            1000 /* reads of a register that has to change */
#define GENERATIONS      100  /* tries to read configuration space in one piece */
#define CAPABILITIES_MAX 48   /* of at least 4 bytes, behind the header of 64 */

/* configuration space (PCI Local Bus Specification 3.0, 6.1, 6.7) */
#define PCI_STATUS              0x06
#define PCI_STATUS_CAPABILITIES 0x10
#define PCI_CAPABILITIES        0x34
#define PCI_CAP_VENDOR          0x09
#define PCI_HEADER_LEN          0x40

/* 4.1.4: a capability of virtio */
#define CAP_LEN        2
#define CAP_TYPE       3
#define CAP_BAR        4
#define CAP_OFFSET     8
#define CAP_LENGTH     12
#define CAP_MULTIPLIER 16
#define CAP_SIZE       16

#define MTU_MIN       68 /* 5.1.4.1 */
#define SPEED_UNKNOWN G_MAXUINT32

#define FEATURES_WANTED \
    (VIRTIO_F_VERSION_1 | HVN_VIRTIO_NET_F_MAC | HVN_VIRTIO_NET_F_STATUS | HVN_VIRTIO_NET_F_MRG_RXBUF | HVN_VIRTIO_NET_F_CSUM | \
     HVN_VIRTIO_NET_F_MTU | HVN_VIRTIO_NET_F_SPEED_DUPLEX)

guint32
hvn_probe_virtio_net_read(HvnProbeVirtioNet *self, HvnProbeVirtioPart part, guint offset, guint size)
{
    const HvnProbeVirtioWindow *window = &self->parts[part];

    return hvn_probe_guest_read_part(self->parent.guest, window->bar, (guint64)window->offset + offset, size);
}

void
hvn_probe_virtio_net_write(HvnProbeVirtioNet *self, HvnProbeVirtioPart part, guint offset, guint32 value, guint size)
{
    const HvnProbeVirtioWindow *window = &self->parts[part];

    hvn_probe_guest_write_part(self->parent.guest, window->bar, (guint64)window->offset + offset, value, size);
}

/* ---- capabilities ---- */

/* 4.1.4.1: of each type the first that can be used; those with values that are not for us are passed over */
static void
hvn_probe_virtio_net_take_part(HvnProbeVirtioNet *self, guint at)
{
    static const guint32 needed[VIRTIO_N_PARTS] = {
        [VIRTIO_PART_COMMON] = VIRTIO_PCI_COMMON_LEN,
        [VIRTIO_PART_NOTIFY] = 2,
        [VIRTIO_PART_ISR] = 1,
        [VIRTIO_PART_DEVICE] = HVN_VIRTIO_NET_CONFIG_STATUS + 2,
    };
    HvnProbeGuest *guest = self->parent.guest;
    guint type = hvn_probe_guest_read_config(guest, at + CAP_TYPE, 1);
    guint size = hvn_probe_guest_read_config(guest, at + CAP_LEN, 1);
    guint wanted = type == VIRTIO_PART_NOTIFY ? CAP_MULTIPLIER + 4 : CAP_SIZE;
    HvnProbeVirtioWindow window = {.found = TRUE};

    if (type < VIRTIO_PART_COMMON || type >= VIRTIO_N_PARTS || self->parts[type].found || size < wanted ||
        at + wanted > HVN_PCI_CONFIG_SIZE)
        return;
    window.bar = hvn_probe_guest_read_config(guest, at + CAP_BAR, 1);
    window.offset = hvn_probe_guest_read_config(guest, at + CAP_OFFSET, 4);
    window.len = hvn_probe_guest_read_config(guest, at + CAP_LENGTH, 4);
    if (type == VIRTIO_PART_NOTIFY)
        window.multiplier = hvn_probe_guest_read_config(guest, at + CAP_MULTIPLIER, 4);
    if (window.bar < HVN_PCI_N_BARS && window.len >= needed[type] &&
        (guint64)window.offset + window.len <= hvn_probe_guest_get_pci(guest)->bars[window.bar].size)
        self->parts[type] = window;
}

gboolean
hvn_probe_virtio_net_find_parts(HvnProbeVirtioNet *self, GError **error)
{
    static const char *const names[VIRTIO_N_PARTS] = {NULL, "common", "notify", "ISR", "device"};
    HvnProbeGuest *guest = self->parent.guest;
    guint at = 0;

    if ((hvn_probe_guest_read_config(guest, PCI_STATUS, 2) & PCI_STATUS_CAPABILITIES) != 0)
        at = hvn_probe_guest_read_config(guest, PCI_CAPABILITIES, 1) & ~3u;
    for (guint i = 0; at >= PCI_HEADER_LEN && i < CAPABILITIES_MAX; i++) {
        if (hvn_probe_guest_read_config(guest, at, 1) == PCI_CAP_VENDOR)
            hvn_probe_virtio_net_take_part(self, at);
        at = hvn_probe_guest_read_config(guest, at + 1, 1) & ~3u;
    }
    for (guint part = VIRTIO_PART_COMMON; part < VIRTIO_N_PARTS; part++) {
        if (self->parts[part].found)
            continue;
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED,
                    "no PCI capability says where the %s configuration is, or one that fits its bar", names[part]);
        return FALSE;
    }
    return TRUE;
}

/* ---- negotiation ---- */

static guint
hvn_probe_virtio_net_get_status(HvnProbeVirtioNet *self)
{
    return hvn_probe_virtio_net_read(self, VIRTIO_PART_COMMON, VIRTIO_PCI_STATUS, 1);
}

gboolean
hvn_probe_virtio_net_reset(HvnProbeVirtioNet *self, GError **error)
{
    guint status = 0;

    hvn_probe_virtio_net_write(self, VIRTIO_PART_COMMON, VIRTIO_PCI_STATUS, 0, 1);
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

    hvn_probe_virtio_net_write(self, VIRTIO_PART_COMMON, VIRTIO_PCI_STATUS, status, 1);
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

    for (guint i = 0; i < 2; i++) {
        hvn_probe_virtio_net_write(self, VIRTIO_PART_COMMON, VIRTIO_PCI_DEVICE_FEATURE_SELECT, i, 4);
        features |= (guint64)hvn_probe_virtio_net_read(self, VIRTIO_PART_COMMON, VIRTIO_PCI_DEVICE_FEATURE, 4) << (32 * i);
    }
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
    for (guint i = 0; i < 2; i++) {
        hvn_probe_virtio_net_write(self, VIRTIO_PART_COMMON, VIRTIO_PCI_DRIVER_FEATURE_SELECT, i, 4);
        hvn_probe_virtio_net_write(self, VIRTIO_PART_COMMON, VIRTIO_PCI_DRIVER_FEATURE,
                                   (guint32)(self->parent.facts.features >> (32 * i)), 4);
    }
    if (hvn_probe_virtio_net_add_status(self, VIRTIO_STATUS_FEATURES_OK, want | VIRTIO_STATUS_FEATURES_OK, error))
        return TRUE;
    g_prefix_error(error,
                   "features 0x%" G_GINT64_MODIFIER "x of 0x%" G_GINT64_MODIFIER "x are refused: ", self->parent.facts.features,
                   offered);
    return FALSE;
}

/* ---- configuration space ---- */

static guint32
hvn_probe_virtio_net_config(HvnProbeVirtioNet *self, guint offset, guint size)
{
    return offset + size <= self->parts[VIRTIO_PART_DEVICE].len
               ? hvn_probe_virtio_net_read(self, VIRTIO_PART_DEVICE, offset, size)
               : 0;
}

/* 2.5.1: fields belong together when the generation was the same before and after */
static gboolean
hvn_probe_virtio_net_read_fields(HvnProbeVirtioNet *self, guint8 *bytes, gsize len, GError **error)
{
    for (guint i = 0; i < GENERATIONS; i++) {
        guint before = hvn_probe_virtio_net_read(self, VIRTIO_PART_COMMON, VIRTIO_PCI_CONFIG_GENERATION, 1);

        for (guint at = 0; at < len; at++)
            bytes[at] = (guint8)hvn_probe_virtio_net_config(self, at, 1);
        if (hvn_probe_virtio_net_read(self, VIRTIO_PART_COMMON, VIRTIO_PCI_CONFIG_GENERATION, 1) == before)
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
