/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A module that says it was built for ABI 99, to be refused. */
#include "hvn-plugin-abi.h"

static GType
wrong_abi_get_type(void)
{
    g_assert_not_reached();
}

extern const HvnPluginInfo hvn_plugin_info;
const HvnPluginInfo hvn_plugin_info = {.abi = 99, .kind = "nic", .name = "wrong-abi", .get_type = wrong_abi_get_type};
