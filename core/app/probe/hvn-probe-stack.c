/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lwIP on a driver. One thread: lwip_init() and the raw API, no lwIP thread; its timers run before each sleep of the guest.
 *
 *   driver receive -> claim? -> pbuf -> ethernet_input -> raw, UDP, TCP callbacks
 *   lwIP linkoutput -> room in the driver's ring .. one doorbell at the end of the batch */
#include "hvn-probe-stack.h"

#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/init.h>
#include <lwip/nd6.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>

#include "hvn-bytes.h"

#define SLEEP_MAX_MS 1000
#define MTU_MIN      576  /* RFC 2132, 5.1 asks for 68, lwIP for more */
#define MTU_MAX      1500 /* of the drivers */

#define IP6_HEADER_LEN 40
#define IP6_ICMP       58
#define ICMP6_ROUTER_ADVERTISEMENT 134 /* RFC 4861, 4.2 */

struct _HvnProbeStack {
    struct netif      netif;
    HvnProbeDriver   *driver; /* not owned */
    gboolean          trace;
    gboolean          added; /* the interface is lwIP's */
    HvnProbeClaimFunc claim;
    gpointer          claim_data;
    gboolean          has_router6;
    ip_addr_t         router6;
};

static void
hvn_probe_stack_trace(HvnProbeStack *self, const char *way, const guint8 *frame, gsize len)
{
    char to[HVN_MAC_TEXT_LEN], from[HVN_MAC_TEXT_LEN];
    HvnMac mac;

    if (!self->trace || len < HVN_ETHER_HEADER_LEN)
        return;
    memcpy(mac.addr, frame, HVN_MAC_LEN);
    hvn_mac_print(&mac, to);
    memcpy(mac.addr, frame + HVN_MAC_LEN, HVN_MAC_LEN);
    hvn_mac_print(&mac, from);
    g_info("guest %s %s > %s type 0x%04x, %" G_GSIZE_FORMAT " bytes", way, from, to, hvn_load_be16(frame + 12), len);
}

/* remembers who advertises, which lwIP keeps to itself */
static void
hvn_probe_stack_learn_router(HvnProbeStack *self, const guint8 *frame, gsize len)
{
    const guint8 *ip = frame + HVN_ETHER_HEADER_LEN;
    ip6_addr_t address;

    if (self->has_router6 || len < HVN_ETHER_HEADER_LEN + IP6_HEADER_LEN + 16 || hvn_load_be16(frame + 12) != ETHTYPE_IPV6 ||
        ip[6] != IP6_ICMP || ip[IP6_HEADER_LEN] != ICMP6_ROUTER_ADVERTISEMENT)
        return;
    memset(&address, 0, sizeof address);
    memcpy(address.addr, ip + 8, sizeof address.addr);
    ip6_addr_assign_zone(&address, IP6_UNICAST, &self->netif);
    ip_addr_copy_from_ip6(self->router6, address);
    self->has_router6 = TRUE;
}

static void
hvn_probe_stack_input(const guint8 *frame, gsize len, gpointer data)
{
    HvnProbeStack *self = data;
    struct pbuf *p;

    hvn_probe_stack_trace(self, "rx", frame, len);
    if (!self->added || (self->claim != NULL && self->claim(frame, len, self->claim_data)))
        return;
    hvn_probe_stack_learn_router(self, frame, len);
    p = pbuf_alloc(PBUF_RAW, (u16_t)len, PBUF_RAM);
    if (p == NULL)
        return;
    pbuf_take(p, frame, (u16_t)len);
    if (self->netif.input(p, &self->netif) != ERR_OK)
        pbuf_free(p);
}

static err_t
hvn_probe_stack_linkoutput(struct netif *netif, struct pbuf *p)
{
    HvnProbeStack *self = netif->state;
    HvnProbeDriver *driver = self->driver;
    gsize room = 0;
    guint8 *buffer = driver->model->transmit_buffer(driver, &room);

    if (buffer == NULL)
        return ERR_MEM;
    if (p->tot_len > room)
        return ERR_BUF;
    pbuf_copy_partial(p, buffer, p->tot_len, 0);
    hvn_probe_stack_trace(self, "tx", buffer, p->tot_len);
    driver->model->transmit(driver, p->tot_len);
    return ERR_OK;
}

static err_t
hvn_probe_stack_group6(struct netif *netif, const ip6_addr_t *group, enum netif_mac_filter_action action)
{
    HvnProbeStack *self = netif->state;
    guint8 mac[HVN_MAC_LEN] = {0x33, 0x33};

    memcpy(mac + 2, &group->addr[3], 4); /* RFC 2464, 7 */
    if (action == NETIF_ADD_MAC_FILTER)
        self->driver->model->accept_group(self->driver, mac);
    return ERR_OK;
}

/* what the device says, as far as the drivers' buffers and lwIP go along */
static guint
hvn_probe_stack_get_mtu_max(HvnProbeStack *self)
{
    guint mtu = self->driver->facts.mtu;

    return mtu != 0 ? CLAMP(mtu, MTU_MIN, MTU_MAX) : MTU_MAX;
}

static err_t
hvn_probe_stack_netif_init(struct netif *netif)
{
    HvnProbeStack *self = netif->state;

    netif->name[0] = 'p';
    netif->name[1] = 'r';
    netif->mtu = (u16_t)hvn_probe_stack_get_mtu_max(self);
    netif->hwaddr_len = HVN_MAC_LEN;
    memcpy(netif->hwaddr, self->driver->facts.mac.addr, HVN_MAC_LEN);
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_MLD6;
    netif->output = etharp_output;
    netif->output_ip6 = ethip6_output;
    netif->linkoutput = hvn_probe_stack_linkoutput;
    netif->mld_mac_filter = hvn_probe_stack_group6;
    return ERR_OK;
}

/* lwIP's timers, then the doorbell for what they sent */
static guint
hvn_probe_stack_tick(gpointer data)
{
    HvnProbeStack *self = data;

    sys_check_timeouts();
    self->driver->model->flush(self->driver);
    return MIN(sys_timeouts_sleeptime(), SLEEP_MAX_MS);
}

static void
hvn_probe_stack_init_once(void)
{
    static gsize done;

    if (g_once_init_enter(&done)) {
        lwip_init();
        g_once_init_leave(&done, 1);
    }
}

HvnProbeStack *
hvn_probe_stack_new(HvnProbeDriver *driver, gboolean trace, GError **error)
{
    g_autoptr(HvnProbeStack) self = g_new0(HvnProbeStack, 1);

    hvn_probe_stack_init_once();
    self->driver = driver;
    self->trace = trace;
    if (!hvn_probe_driver_start(driver, hvn_probe_stack_input, self, error))
        return NULL;
    self->added = TRUE;
    netif_add(&self->netif, IP4_ADDR_ANY4, IP4_ADDR_ANY4, IP4_ADDR_ANY4, self, hvn_probe_stack_netif_init, ethernet_input);
    netif_set_default(&self->netif);
    netif_set_link_up(&self->netif);
    netif_set_up(&self->netif);
    hvn_probe_guest_set_tick(driver->guest, hvn_probe_stack_tick, self);
    return g_steal_pointer(&self);
}

void
hvn_probe_stack_free(HvnProbeStack *self)
{
    if (self == NULL)
        return;
    hvn_probe_guest_set_tick(self->driver->guest, NULL, NULL);
    if (self->added) {
        netif_remove(&self->netif);
        self->driver->model->flush(self->driver);
    }
    self->driver->receive_data = NULL;
    hvn_probe_guest_set_interrupt(self->driver->guest, NULL, NULL);
    g_free(self);
}

struct netif *
hvn_probe_stack_get_netif(HvnProbeStack *self)
{
    return &self->netif;
}

gboolean
hvn_probe_stack_wait(HvnProbeStack *self, HvnProbeCondition condition, gpointer data, guint timeout_ms)
{
    return hvn_probe_guest_wait(self->driver->guest, condition, data, timeout_ms);
}

void
hvn_probe_stack_set_claim(HvnProbeStack *self, HvnProbeClaimFunc func, gpointer data)
{
    self->claim = func;
    self->claim_data = data;
}

void
hvn_probe_stack_set_address(HvnProbeStack *self, guint32 address, guint32 mask, guint32 router)
{
    ip4_addr_t ip, net, gateway;

    ip4_addr_set_u32(&ip, g_htonl(address));
    ip4_addr_set_u32(&net, g_htonl(mask));
    ip4_addr_set_u32(&gateway, g_htonl(router));
    netif_set_addr(&self->netif, &ip, &net, &gateway);
}

void
hvn_probe_stack_set_mtu(HvnProbeStack *self, guint mtu)
{
    if (mtu >= MTU_MIN && mtu <= hvn_probe_stack_get_mtu_max(self))
        self->netif.mtu = (u16_t)mtu;
}

/* ---- IPv6 ---- */

void
hvn_probe_stack_start_ipv6(HvnProbeStack *self)
{
    struct netif *netif = &self->netif;
    ip6_addr_t all_nodes;

    /* lwIP joins all-nodes without a report, so nobody else opens the filter for it */
    ip6_addr_set_allnodes_linklocal(&all_nodes);
    hvn_probe_stack_group6(netif, &all_nodes, NETIF_ADD_MAC_FILTER);
    netif_create_ip6_linklocal_address(netif, 1);
    netif->ip6_autoconfig_enabled = 1;
    nd6_restart_netif(netif);
    hvn_probe_stack_hurry_ipv6(self);
}

void
hvn_probe_stack_hurry_ipv6(HvnProbeStack *self)
{
    nd6_tmr();
    self->driver->model->flush(self->driver);
}

const ip6_addr_t *
hvn_probe_stack_get_ipv6(HvnProbeStack *self)
{
    for (gint8 i = 1; i < LWIP_IPV6_NUM_ADDRESSES; i++) {
        if (ip6_addr_ispreferred(netif_ip6_addr_state(&self->netif, i)))
            return netif_ip6_addr(&self->netif, i);
    }
    return NULL;
}

gboolean
hvn_probe_stack_get_router6(HvnProbeStack *self, ip_addr_t *router)
{
    if (self->has_router6)
        *router = self->router6;
    return self->has_router6;
}
