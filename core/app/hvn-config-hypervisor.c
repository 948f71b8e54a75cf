/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The values are the hypervisor's to judge as far as they depend on its machine. */
#include "hvn-config-hypervisor.h"

#include <string.h>

#define NAMED(text) .name = (char *)(guintptr)text, .property = (char *)(guintptr)text

static const HvnOption hvn_config_hypervisor_options[] = {
    {NAMED("bus"), .type = HVN_OPTION_STRING},
    {NAMED("addr"), .type = HVN_OPTION_STRING},
    {NAMED("multifunction"), .type = HVN_OPTION_BOOLEAN},
    {NAMED("acpi-index"), .type = HVN_OPTION_UINT, .maximum = G_MAXUINT32},
    {NAMED("bootindex"), .type = HVN_OPTION_INT, .minimum = -1, .maximum = G_MAXINT32},
    {NAMED("romfile"), .type = HVN_OPTION_STRING},
    {NAMED("rombar"), .type = HVN_OPTION_UINT, .maximum = 1},
};

const HvnOption *
hvn_config_hypervisor_get_nth(guint n)
{
    return n < G_N_ELEMENTS(hvn_config_hypervisor_options) ? &hvn_config_hypervisor_options[n] : NULL;
}

const HvnOption *
hvn_config_hypervisor_find(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(hvn_config_hypervisor_options); i++) {
        if (strcmp(hvn_config_hypervisor_options[i].name, name) == 0)
            return &hvn_config_hypervisor_options[i];
    }
    return NULL;
}
