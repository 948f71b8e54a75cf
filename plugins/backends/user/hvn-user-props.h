/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the user backend as GObject properties: one table that user.xml mirrors. */
#pragma once

#include <glib-object.h>

#include "hvn-user-net.h"

G_BEGIN_DECLS

/**
 * HvnUserProp:
 *
 * Property numbers, in the order of user.xml.
 */
typedef enum {
    HVN_USER_PROP_0,
    HVN_USER_PROP_IPV4,
    HVN_USER_PROP_IPV6,
    HVN_USER_PROP_NET,
    HVN_USER_PROP_HOST,
    HVN_USER_PROP_RESTRICT,
    HVN_USER_PROP_HOSTNAME,
    HVN_USER_PROP_DHCPSTART,
    HVN_USER_PROP_DNS,
    HVN_USER_PROP_DNSSEARCH,
    HVN_USER_PROP_DOMAINNAME,
    HVN_USER_PROP_TFTP,
    HVN_USER_PROP_BOOTFILE,
    HVN_USER_PROP_TFTP_SERVER_NAME,
    HVN_USER_PROP_SMB,
    HVN_USER_PROP_SMBSERVER,
    HVN_USER_PROP_IPV6_NET,
    HVN_USER_PROP_IPV6_PREFIX,
    HVN_USER_PROP_IPV6_PREFIXLEN,
    HVN_USER_PROP_IPV6_HOST,
    HVN_USER_PROP_IPV6_DNS,
    HVN_USER_PROP_MTU,
    HVN_USER_PROP_HOSTFWD,
    HVN_USER_PROP_GUESTFWD,
    HVN_USER_PROP_LARGE_FRAMES, /* no option: for measurements and tests */
    HVN_USER_PROP_N_STORED,
    HVN_USER_PROP_FORWARDS = HVN_USER_PROP_N_STORED, /* read only, made when asked for */
    HVN_USER_PROP_LAST,
} HvnUserProp;

/**
 * HvnUserProps:
 *
 * The values, by number. Embedded by value in the backend.
 */
typedef struct {
    GValue values[HVN_USER_PROP_N_STORED];
} HvnUserProps;

/**
 * hvn_user_props_install:
 * @klass: the backend's class
 *
 * Installs every property.
 */
void
hvn_user_props_install(GObjectClass *klass);

/**
 * hvn_user_props_init:
 * @self: (out caller-allocates): the values
 * @klass: the class that the properties are installed on
 *
 * Sets every value to its default.
 */
void
hvn_user_props_init(HvnUserProps *self, GObjectClass *klass);

/**
 * hvn_user_props_clear:
 * @self: the values
 */
void
hvn_user_props_clear(HvnUserProps *self);

/**
 * hvn_user_props_string:
 * @self: the values
 * @prop: a string property
 *
 * Returns: (transfer none) (nullable): its value
 */
const char *
hvn_user_props_string(const HvnUserProps *self, HvnUserProp prop);

/**
 * hvn_user_props_strv:
 * @self: the values
 * @prop: a list property
 *
 * Returns: (transfer none) (nullable): its value
 */
const char *const *
hvn_user_props_strv(const HvnUserProps *self, HvnUserProp prop);

/**
 * hvn_user_props_boolean:
 * @self: the values
 * @prop: a boolean property
 *
 * Returns: its value
 */
gboolean
hvn_user_props_boolean(const HvnUserProps *self, HvnUserProp prop);

/**
 * hvn_user_props_net_options:
 * @self: the values
 * @options: (out caller-allocates): what hvn_user_net_derive() takes; points into @self
 */
void
hvn_user_props_net_options(const HvnUserProps *self, HvnUserNetOptions *options);

G_END_DECLS
