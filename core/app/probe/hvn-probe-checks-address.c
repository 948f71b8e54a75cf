/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses and neighbours: DHCP and whether it says what was configured, ARP and echo of the gateway, IPv6 by router
 * advertisement. */
#include <lwip/etharp.h>
#include <lwip/ip6_addr.h>

#include "hvn-probe-checks.h"
#include "hvn-probe-udp.h"

#define DHCP_MS    2000
#define ARP_MS     1000
#define PING_MS    1000
#define IPV6_MS    3000
#define HURRY_MS   50
#define PING_SIZE  56
#define ICMP_EXTRA 28 /* IPv4 and echo header */

static void
hvn_probe_check_append(GString *text, const char *what, const char *value)
{
    if (value != NULL && value[0] != '\0')
        g_string_append_printf(text, ", %s %s", what, value);
}

static char *
hvn_probe_check_describe_lease(const HvnProbeLease *lease)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *address = hvn_probe_ip4_to_text(lease->address), *server = hvn_probe_ip4_to_text(lease->server);
    g_autofree char *router = lease->router != 0 ? hvn_probe_ip4_to_text(lease->router) : NULL;
    g_autofree char *dns = lease->dns != 0 ? hvn_probe_ip4_to_text(lease->dns) : NULL;

    g_string_append_printf(text, "%s/%d from %s", address, __builtin_popcount(lease->mask), server);
    hvn_probe_check_append(text, "router", router);
    hvn_probe_check_append(text, "dns", dns);
    g_string_append_printf(text, ", lease %u s", lease->lease_s);
    if (lease->mtu != 0)
        g_string_append_printf(text, ", mtu %u", lease->mtu);
    hvn_probe_check_append(text, "hostname", lease->hostname);
    hvn_probe_check_append(text, "domain", lease->domain);
    hvn_probe_check_append(text, "search", lease->search);
    hvn_probe_check_append(text, "bootfile", lease->bootfile);
    hvn_probe_check_append(text, "tftp server name", lease->tftp_name);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* the first thing that differs between what was configured and what the server said, NULL when nothing does */
static char *
hvn_probe_check_compare_lease(HvnProbe *self)
{
    g_autofree char *address = hvn_probe_ip4_to_text(self->lease.address), *mtu = g_strdup_printf("%u", self->lease.mtu);
    const struct {
        const char *option;
        const char *said;
    } pairs[] = {
        {"dhcpstart", address},
        {"hostname", self->lease.hostname},
        {"domainname", self->lease.domain},
        {"bootfile", self->lease.bootfile},
        {"tftp-server-name", self->lease.tftp_name},
        {"mtu", mtu},
    };

    for (guint i = 0; i < G_N_ELEMENTS(pairs); i++) {
        const char *configured = hvn_probe_get_text(self, pairs[i].option);

        if (configured != NULL && g_strcmp0(configured, pairs[i].said) != 0)
            return g_strdup_printf("the server says '%s' for %s '%s'", pairs[i].said, pairs[i].option, configured);
    }
    return NULL;
}

static void
hvn_probe_check_lease_values(HvnProbeRow *row, const HvnProbeLease *lease)
{
    const struct {
        const char *name;
        guint32     address;
    } addresses[] = {{"address", lease->address}, {"mask", lease->mask}, {"server", lease->server}, {"router", lease->router},
                     {"dns", lease->dns}};
    const struct {
        const char *name;
        const char *text;
    } texts[] = {{"hostname", lease->hostname},
                 {"domain", lease->domain},
                 {"search", lease->search},
                 {"bootfile", lease->bootfile},
                 {"tftp_server_name", lease->tftp_name}};

    for (guint i = 0; i < G_N_ELEMENTS(addresses); i++) {
        g_autofree char *text = hvn_probe_ip4_to_text(addresses[i].address);

        if (addresses[i].address != 0)
            hvn_probe_row_set_text(row, addresses[i].name, text);
    }
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (texts[i].text[0] != '\0')
            hvn_probe_row_set_text(row, texts[i].name, texts[i].text);
    }
    hvn_probe_row_set_number(row, "lease_s", lease->lease_s);
    if (lease->mtu != 0)
        hvn_probe_row_set_number(row, "mtu", lease->mtu);
}

void
hvn_probe_check_dhcp(HvnProbe *self)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *detail = NULL, *difference = NULL;
    HvnProbeRow *row;

    if (!self->ipv4) {
        hvn_probe_report_add_row(self->section, "dhcp", HVN_PROBE_NOT_CONFIGURED, "IPv4 is off");
        return;
    }
    if (!hvn_probe_dhcp_run(self->stack, &self->driver->facts.mac, DHCP_MS, &self->lease, &error)) {
        g_autofree char *why = hvn_probe_why(self);

        hvn_probe_report_add_row(self->section, "dhcp", HVN_PROBE_FAILED, "%s%s", error->message, why);
        return;
    }
    self->has_lease = TRUE;
    hvn_probe_stack_set_mtu(self->stack, self->lease.mtu);
    hvn_probe_stack_set_address(self->stack, self->lease.address, self->lease.mask, self->lease.router);
    ip_addr_set_ip4_u32_val(self->gateway, g_htonl(self->lease.router != 0 ? self->lease.router : self->lease.server));
    detail = hvn_probe_check_describe_lease(&self->lease);
    difference = hvn_probe_check_compare_lease(self);
    row = hvn_probe_report_add_row(self->section, "dhcp", difference == NULL ? HVN_PROBE_PASSED : HVN_PROBE_FAILED, "%s%s%s",
                                   detail, difference != NULL ? "; " : "", difference != NULL ? difference : "");
    hvn_probe_check_lease_values(row, &self->lease);
}

/* ---- the gateway ---- */

static gboolean
hvn_probe_check_arp_known(gpointer data)
{
    HvnProbe *self = data;
    struct eth_addr *mac;
    const ip4_addr_t *ip;

    return etharp_find_addr(hvn_probe_stack_get_netif(self->stack), ip_2_ip4(&self->gateway), &mac, &ip) >= 0;
}

void
hvn_probe_check_arp(HvnProbe *self)
{
    struct netif *netif = hvn_probe_stack_get_netif(self->stack);
    char text[HVN_MAC_TEXT_LEN];
    struct eth_addr *mac;
    const ip4_addr_t *ip;
    HvnProbeRow *row;
    HvnMac address;

    etharp_request(netif, ip_2_ip4(&self->gateway));
    if (!hvn_probe_stack_wait(self->stack, hvn_probe_check_arp_known, self, ARP_MS) ||
        etharp_find_addr(netif, ip_2_ip4(&self->gateway), &mac, &ip) < 0) {
        g_autofree char *why = hvn_probe_why(self);

        hvn_probe_report_add_row(self->section, "arp", HVN_PROBE_FAILED, "%s does not answer%s", ipaddr_ntoa(&self->gateway),
                                 why);
        return;
    }
    memcpy(address.addr, mac->addr, HVN_MAC_LEN);
    hvn_mac_print(&address, text);
    row = hvn_probe_report_add_row(self->section, "arp", HVN_PROBE_PASSED, "gateway %s is at %s", ipaddr_ntoa(&self->gateway),
                                   text);
    hvn_probe_row_set_text(row, "mac", text);
}

void
hvn_probe_check_ping(HvnProbe *self)
{
    const gsize sizes[] = {PING_SIZE, hvn_probe_stack_get_netif(self->stack)->mtu - ICMP_EXTRA};
    double rtt[G_N_ELEMENTS(sizes)];
    HvnProbeRow *row;

    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        if (!hvn_probe_ping(self->stack, &self->gateway, sizes[i], PING_MS, &rtt[i])) {
            g_autofree char *why = hvn_probe_why(self);

            hvn_probe_report_add_row(self->section, "ping", HVN_PROBE_FAILED,
                                     "gateway %s does not answer an echo of %" G_GSIZE_FORMAT " bytes%s",
                                     ipaddr_ntoa(&self->gateway), sizes[i], why);
            return;
        }
    }
    row = hvn_probe_report_add_row(self->section, "ping", HVN_PROBE_PASSED,
                                   "gateway %s: %" G_GSIZE_FORMAT " bytes %.0f us, %" G_GSIZE_FORMAT " bytes %.0f us",
                                   ipaddr_ntoa(&self->gateway), sizes[0], rtt[0], sizes[1], rtt[1]);
    hvn_probe_row_set_number(row, "rtt_us", rtt[0]);
    hvn_probe_row_set_number(row, "rtt_mtu_us", rtt[1]);
}

/* ---- IPv6 ---- */

static gboolean
hvn_probe_check_has_ipv6(gpointer data)
{
    HvnProbe *self = data;

    return hvn_probe_stack_get_ipv6(self->stack) != NULL;
}

void
hvn_probe_check_ipv6(HvnProbe *self)
{
    g_autofree char *address = NULL, *router_text = NULL;
    ip_addr_t router;
    HvnProbeRow *row;
    double rtt;

    if (!self->ipv6) {
        hvn_probe_report_add_row(self->section, "ipv6", HVN_PROBE_NOT_CONFIGURED, "IPv6 is off");
        return;
    }
    for (guint waited = 0; waited < IPV6_MS && !hvn_probe_check_has_ipv6(self); waited += HURRY_MS) {
        hvn_probe_stack_hurry_ipv6(self->stack);
        hvn_probe_stack_wait(self->stack, hvn_probe_check_has_ipv6, self, HURRY_MS);
    }
    if (!hvn_probe_check_has_ipv6(self) || !hvn_probe_stack_get_router6(self->stack, &router)) {
        hvn_probe_report_add_row(self->section, "ipv6", HVN_PROBE_FAILED, "no router has advertised a prefix in %u ms", IPV6_MS);
        return;
    }
    address = g_ascii_strdown(ip6addr_ntoa(hvn_probe_stack_get_ipv6(self->stack)), -1);
    router_text = g_ascii_strdown(ipaddr_ntoa(&router), -1);
    if (!hvn_probe_ping(self->stack, &router, PING_SIZE, PING_MS, &rtt)) {
        hvn_probe_report_add_row(self->section, "ipv6", HVN_PROBE_FAILED, "address %s, but router %s does not answer an echo",
                                 address, router_text);
        return;
    }
    row = hvn_probe_report_add_row(self->section, "ipv6", HVN_PROBE_PASSED, "address %s by advertisement, router %s: %.0f us",
                                   address, router_text, rtt);
    hvn_probe_row_set_text(row, "address", address);
    hvn_probe_row_set_text(row, "router", router_text);
    hvn_probe_row_set_number(row, "rtt_us", rtt);
}
