/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the tap backend, and which of them go together. */
#pragma once

#include <glib-object.h>

#include "hvn-tap-device.h"

G_BEGIN_DECLS

/**
 * HvnTapOptions:
 *
 * Text as the user gave it, owned; %NULL where nothing was given.
 */
typedef struct {
    char    *ifname;
    char    *fd;
    char    *fds;
    char    *helper;
    char    *br;
    char    *script;
    char    *downscript;
    char    *vnet_hdr;
    char    *vhostfd;
    char    *vhostfds;
    gboolean vhost;
    gboolean vhostforce;
    guint    poll_us;
    guint    queues;
    guint    mtu;    /* 0 leaves it as it is */
    guint64  sndbuf; /* bytes, 0 for no limit */
} HvnTapOptions;

/**
 * hvn_tap_options_install:
 * @klass: the class of the backend
 *
 * Installs a property for each option, under numbers from 1 on.
 *
 * Returns: the first number that is free
 */
guint
hvn_tap_options_install(GObjectClass *klass);

/**
 * hvn_tap_options_set:
 * @self: the options
 * @prop: number of a property
 * @value: its value
 *
 * Returns: %FALSE when there is no such option
 */
gboolean
hvn_tap_options_set(HvnTapOptions *self, guint prop, const GValue *value);

/**
 * hvn_tap_options_clear:
 * @self: the options
 */
void
hvn_tap_options_clear(HvnTapOptions *self);

/**
 * hvn_tap_options_check:
 * @self: the options
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set for options that exclude each other, and for those that are not served
 */
gboolean
hvn_tap_options_check(const HvnTapOptions *self, GError **error);

/**
 * hvn_tap_options_get_fd:
 * @self: options that were checked
 * @error: return location
 *
 * Returns: the descriptor that fd or fds names, -1 for none, -2 with %HVN_ERROR set for one that is not a number
 */
int
hvn_tap_options_get_fd(const HvnTapOptions *self, GError **error);

/**
 * hvn_tap_options_get_vnet_hdr:
 * @self: the options
 *
 * Returns: what vnet_hdr says
 */
HvnTapVnetHdr
hvn_tap_options_get_vnet_hdr(const HvnTapOptions *self);

/**
 * hvn_tap_options_get_script:
 * @self: the options
 * @down: whether the script for the end is meant
 *
 * Returns: (transfer none) (nullable): the script; without the option QEMU's own, where there is one on this host
 */
const char *
hvn_tap_options_get_script(const HvnTapOptions *self, gboolean down);

G_END_DECLS
