/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest driver as the probe's IP stack sees it, and the table of drivers: one for each NIC model, matched by PCI ID, or without PCI by what the registers say. A
 * driver talks to registers and rings as a kernel does, is bounded everywhere, and says what is wrong with a device that does
 * not behave. */
#pragma once

#include "hvn-mac.h"
#include "hvn-probe-guest.h"

G_BEGIN_DECLS

typedef struct _HvnProbeDriver HvnProbeDriver;

/**
 * HvnProbeReceiveFunc:
 * @frame: a frame in guest memory, lent for the call
 * @len: its bytes, without FCS
 * @data: what was given with it
 *
 * A frame has arrived.
 */
typedef void (*HvnProbeReceiveFunc)(const guint8 *frame, gsize len, gpointer data);

/**
 * HvnProbeDriverId:
 * @vendor: PCI vendor ID
 * @device: PCI device ID
 * @chip: what the chip is called
 */
typedef struct {
    guint16     vendor;
    guint16     device;
    const char *chip;
} HvnProbeDriverId;

/**
 * HvnProbeDriverModel:
 * @name: the driver's name
 * @ids: what it drives, ended by a vendor of 0
 * @detect: (nullable): what is behind the registers of a device that is no PCI function, %NULL when it is not for this driver; changes
 *   nothing
 * @size: bytes of its structure, which begins with a #HvnProbeDriver and is all zeros when the driver is started
 * @start: brings the device up; what it found is in the driver's facts
 * @stop: silences the device
 * @clear: (nullable): frees what the driver has besides its structure
 * @link_refresh: reads the state of the link from the device into the facts
 * @transmit_buffer: (nullable result): room for the next frame, or %NULL while the ring is full
 * @transmit: the room of transmit_buffer() holds a frame of that length
 * @flush: rings the doorbell for what was given to transmit() since
 * @interrupt: the interrupt line is high: a bounded batch; returns whether more is left
 * @accept_group: lets frames to a multicast address in
 */
typedef struct {
    const char             *name;
    const HvnProbeDriverId *ids;
    const char *(*detect)(HvnProbeGuest *guest);
    gsize size;
    gboolean (*start)(HvnProbeDriver *self, GError **error);
    void (*stop)(HvnProbeDriver *self);
    void (*clear)(HvnProbeDriver *self);
    void (*link_refresh)(HvnProbeDriver *self);
    guint8 *(*transmit_buffer)(HvnProbeDriver *self, gsize *room);
    void (*transmit)(HvnProbeDriver *self, gsize len);
    void (*flush)(HvnProbeDriver *self);
    gboolean (*interrupt)(HvnProbeDriver *self);
    void (*accept_group)(HvnProbeDriver *self, const guint8 *mac);
} HvnProbeDriverModel;

/**
 * HvnProbeDriverFacts:
 * @chip: what the chip is called
 * @mac: the address that the device has
 * @eeprom_sum: sum of the EEPROM's words
 * @phy_id: identifier of the PHY, registers 2 and 3; 0 when the device does not show them
 * @features: what was negotiated with a virtio device, 0 for other devices
 * @mtu: what the device says, 0 when it does not
 * @link_up: whether the device says that the link is up
 * @speed: Mbit/s, 0 when the device does not say
 * @full_duplex: as said
 * @messages: whether interrupts come as MSI-X messages
 *
 * What a driver has found.
 */
typedef struct {
    const char *chip;
    HvnMac      mac;
    guint16     eeprom_sum;
    guint32     phy_id;
    guint64     features;
    guint16     mtu;
    gboolean    link_up;
    guint       speed;
    gboolean    full_duplex;
    gboolean    messages;
} HvnProbeDriverFacts;

/**
 * HvnProbeDriver:
 * @model: its functions
 * @guest: the machine, not owned
 * @facts: what it has found
 * @receive: takes arriving frames
 * @receive_data: for @receive
 * @problem: (nullable): what is wrong with the device, the first thing that was noticed while running
 * @transmitted: frames given to the device
 * @received: frames taken from the device
 *
 * The part that all drivers share; a driver's own struct begins with it.
 */
struct _HvnProbeDriver {
    const HvnProbeDriverModel *model;
    HvnProbeGuest             *guest;
    HvnProbeDriverFacts        facts;
    HvnProbeReceiveFunc        receive;
    gpointer                   receive_data;
    char                      *problem;
    guint64                    transmitted;
    guint64                    received;
};

/**
 * hvn_probe_driver_new:
 * @guest: (transfer none): an enumerated machine; must outlive the driver
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the driver for what is in the slot, not started, or %NULL with %HVN_ERROR_NOT_SUPPORTED
 *   set
 */
HvnProbeDriver *
hvn_probe_driver_new(HvnProbeGuest *guest, GError **error);

/**
 * hvn_probe_driver_start:
 * @self: a driver
 * @receive: takes arriving frames
 * @data: (nullable): for @receive
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set: what the device did not do
 */
gboolean
hvn_probe_driver_start(HvnProbeDriver *self, HvnProbeReceiveFunc receive, gpointer data, GError **error);

/**
 * hvn_probe_driver_free:
 * @self: (transfer full) (nullable): a driver; it is stopped first
 */
void
hvn_probe_driver_free(HvnProbeDriver *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnProbeDriver, hvn_probe_driver_free)

/**
 * hvn_probe_driver_report:
 * @self: a driver
 * @format: printf format, lower case, one line
 *
 * For drivers: notes what is wrong with the device. The first is kept.
 */
void
hvn_probe_driver_report(HvnProbeDriver *self, const char *format, ...) G_GNUC_PRINTF(2, 3);

/**
 * hvn_probe_driver_hash_crc6:
 * @mac: (array fixed-size=6): a multicast address
 *
 * For drivers of the 8390 and its family: the six most significant bits of the CRC of the address.
 *
 * Returns: the bit of the table of 64 that lets frames to the address in
 */
guint
hvn_probe_driver_hash_crc6(const guint8 *mac);

/* the drivers, a file each */
extern const HvnProbeDriverModel hvn_probe_e1000_model;
extern const HvnProbeDriverModel hvn_probe_i8255x_model;
extern const HvnProbeDriverModel hvn_probe_ne2k_model;
extern const HvnProbeDriverModel hvn_probe_pcnet_model;
extern const HvnProbeDriverModel hvn_probe_rtl8139_model;
extern const HvnProbeDriverModel hvn_probe_tulip_model;
extern const HvnProbeDriverModel hvn_probe_virtio_net_model;

G_END_DECLS
