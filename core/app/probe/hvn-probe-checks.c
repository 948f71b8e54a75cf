/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of checks, and what they share. Those that can only wait stand at the end, so that routers have advertised
 * themselves by then. */
#include "hvn-probe-checks.h"

const HvnProbeCheck hvn_probe_checks[] = {
    {"dhcp", FALSE, hvn_probe_check_dhcp},
    {"arp", TRUE, hvn_probe_check_arp},
    {"ping", TRUE, hvn_probe_check_ping},
    {"dns", TRUE, hvn_probe_check_dns},
    {"tftp", TRUE, hvn_probe_check_tftp},
    {"tcp", TRUE, hvn_probe_check_tcp},
    {"udp", TRUE, hvn_probe_check_udp},
    {"restrict", TRUE, hvn_probe_check_restrict},
    {"ipv6", FALSE, hvn_probe_check_ipv6},
    {"forward-in", FALSE, hvn_probe_check_forward_in},
    {"forward-out", TRUE, hvn_probe_check_forward_out},
    {"smb", TRUE, hvn_probe_check_smb},
    {"latency", TRUE, hvn_probe_check_latency},
    {"throughput", TRUE, hvn_probe_check_throughput},
    {NULL},
};

const char *
hvn_probe_get_text(HvnProbe *self, const char *option)
{
    const HvnOptionValue *value = hvn_options_find(self->options, option);

    return value != NULL ? value->text : NULL;
}

gboolean
hvn_probe_get_flag(HvnProbe *self, const char *option, gboolean fallback)
{
    static const char *const on[] = {"on", "yes", "true", "y", NULL};
    const char *text = hvn_probe_get_text(self, option);

    return text != NULL ? g_strv_contains(on, text) : fallback;
}

char *
hvn_probe_ip4_to_text(guint32 address)
{
    return g_strdup_printf("%u.%u.%u.%u", address >> 24, (address >> 16) & 0xff, (address >> 8) & 0xff, address & 0xff);
}

char *
hvn_probe_why(HvnProbe *self)
{
    if (self->driver->problem == NULL)
        return g_strdup("");
    return g_strdup_printf("; the device: %s", self->driver->problem);
}
