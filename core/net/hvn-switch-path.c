/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way of a frame through a network.
 *
 *   hub      to all other ports, first to the one that had the least room: what it has no room for is taken from the sender later
 *   switch   each frame is judged by its first bytes, loaded once; then each run of frames that go the same way is sent in one call
 *              to one port      held when that has no room
 *              to several       to each that may have it, as far as the rate of the port allows
 *              to none          dropped and counted
 *
 * Frames are lent on as they are between ports that carry every VLAN. Between others they get a head of our own with the right tag, made of
 * the bytes that were judged. */
#include "hvn-switch-private.h"

#include <string.h>

#include "hvn-bytes.h"

#define GROUP_BIT 0x01 /* of the first octet of an address: not of one station */

/* ---- one port ---- */

/* sends with the tags that the port wants; returns how many were taken */
static guint
hvn_switch_path_send_edited(HvnSwitchPort *to, const HvnFrame *frames, const HvnSwitchFate *fates, guint n_frames)
{
    HvnSwitch *network = to->network;
    guint      done = 0;

    if (network->editor == NULL)
        network->editor = hvn_vlan_editor_new();
    while (done < n_frames) {
        guint           at = done, n_edited, taken;
        const HvnFrame *edited;

        hvn_vlan_editor_begin(network->editor);
        for (; at < n_frames; at++) {
            guint vlan = fates[at].vlan == to->setup.vlan ? 0 : fates[at].vlan;

            if (!hvn_vlan_editor_add(network->editor, &frames[at], fates[at].head, fates[at].tagged, vlan))
                break;
        }
        edited = hvn_vlan_editor_get_frames(network->editor, &n_edited);
        if (n_edited == 0) {
            /* in more pieces than any frame has */
            hvn_backend_count_drops(to->backend, HVN_BACKEND_DROP_TOO_LONG, 1);
            done++;
            continue;
        }
        taken = hvn_port_send(HVN_PORT(to->backend), edited, n_edited);
        done += taken;
        if (taken < n_edited)
            break;
    }
    return done;
}

/* offers frames to a port; returns how many it took */
static guint
hvn_switch_path_offer(HvnSwitchPort *from, HvnSwitchPort *to, const HvnFrame *frames, const HvnSwitchFate *fates, guint n_frames)
{
    guint taken;

    if (to->full)
        return 0;
    taken = from->plain && to->plain ? hvn_port_send(HVN_PORT(to->backend), frames, n_frames)
                                     : hvn_switch_path_send_edited(to, frames, fates, n_frames);
    if (G_UNLIKELY(taken < n_frames))
        hvn_switch_port_set_full(to);
    return taken;
}

/* sends frames to one port alone; returns how many are done with, fewer when the sender is to wait */
static guint
hvn_switch_path_send(HvnSwitchPort *from, HvnSwitchPort *to, const HvnFrame *frames, const HvnSwitchFate *fates, guint n_frames)
{
    guint taken = hvn_switch_path_offer(from, to, frames, fates, n_frames);

    if (G_LIKELY(taken == n_frames))
        return n_frames;
    if (!to->hangs) {
        hvn_switch_port_hold(from);
        return taken;
    }
    hvn_backend_count_drops(to->backend, HVN_BACKEND_DROP_FULL, n_frames - taken);
    return n_frames;
}

/* sends frames to one port of several; what it has no room for is its loss */
static void
hvn_switch_path_copy(HvnSwitchPort *from, HvnSwitchPort *to, const HvnFrame *frames, const HvnSwitchFate *fates, guint n_frames)
{
    guint taken = hvn_switch_path_offer(from, to, frames, fates, n_frames);

    if (taken < n_frames)
        hvn_backend_count_drops(to->backend, HVN_BACKEND_DROP_FULL, n_frames - taken);
}

/* ---- hub ---- */

guint
hvn_switch_path_repeat(HvnSwitchPort *from, const HvnFrame *frames, guint n_frames)
{
    HvnSwitch     *network = from->network;
    HvnSwitchPort *first = network->tight;
    guint          taken;

    for (guint i = 0; i < network->ports->len; i++) {
        HvnSwitchPort *port = g_ptr_array_index(network->ports, i);

        if (port == from || port->hangs)
            continue;
        if (port->full) {
            hvn_switch_port_hold(from);
            return 0;
        }
        if (first == NULL || first == from || first->hangs)
            first = port;
    }
    /* all others hang: any of them will do to count that */
    if (first == NULL || first == from)
        first = g_ptr_array_index(network->ports, network->ports->pdata[0] == from ? 1 : 0);
    taken = hvn_switch_path_send(from, first, frames, NULL, n_frames);
    for (guint i = 0; taken > 0 && i < network->ports->len; i++) {
        HvnSwitchPort *port = g_ptr_array_index(network->ports, i);

        if (port == from || port == first)
            continue;
        hvn_switch_path_copy(from, port, frames, NULL, taken);
        if (port->full)
            network->tight = port;
    }
    return taken;
}

/* ---- switch: what is to become of a frame ---- */

/* whether a frame may come in, and the VLAN that it is in from now on */
static gboolean
hvn_switch_path_admits(const HvnSwitchPort *from, HvnSwitchFate *fate)
{
    if (from->plain)
        return fate->vlan <= HVN_VLAN_ID_MAX;
    if (fate->vlan != 0)
        return hvn_vlan_set_has(&from->setup.trunks, fate->vlan) || (from->setup.trunk && fate->vlan == from->setup.vlan);
    fate->vlan = from->setup.vlan;
    return fate->vlan != 0;
}

/* whether a frame from that port, in that VLAN, may go out here */
static gboolean
hvn_switch_path_reaches(const HvnSwitchPort *from, const HvnSwitchPort *to, guint vlan)
{
    if (to == from || (from->setup.isolated && to->setup.isolated))
        return FALSE;
    return to->plain || (vlan != 0 && (vlan == to->setup.vlan || hvn_vlan_set_has(&to->setup.trunks, vlan)));
}

/* IEEE 802.1Q, table 8-1: for the next bridge and not beyond. The first of them, of the spanning tree, goes on as Linux's bridge lets it go
 * while it takes no part in that, so that loops through us are seen by others. */
static gboolean
hvn_switch_path_is_reserved(const guint8 *address)
{
    static const guint8 prefix[] = {0x01, 0x80, 0xc2, 0x00, 0x00};

    return memcmp(address, prefix, sizeof prefix) == 0 && address[5] >= 1 && address[5] <= 15;
}

static void
hvn_switch_path_learn(HvnSwitchPort *from, const HvnSwitchFate *fate, gint64 now_ns)
{
    guint64 key = hvn_switch_table_key(fate->head + 6, fate->vlan);

    if (from->last_key == key && from->last_ns == now_ns)
        return;
    hvn_switch_table_learn(from->network->table, &from->side, key, now_ns);
    from->last_key = key;
    from->last_ns = now_ns;
}

/* copies the first bytes of a frame; returns how many there are */
static gsize
hvn_switch_path_load(const HvnFrame *frame, guint8 *head)
{
    if (G_UNLIKELY(frame->iov[0].iov_len < HVN_VLAN_HEAD_LEN))
        return hvn_frame_copy(frame, 0, head, HVN_VLAN_HEAD_LEN);
    memcpy(head, frame->iov[0].iov_base, HVN_VLAN_HEAD_LEN);
    return HVN_VLAN_HEAD_LEN;
}

/* whether a frame says the same of its way as the one before, which has a whole head and is judged */
static gboolean
hvn_switch_path_is_like(const HvnSwitchFate *before, const guint8 *head, gsize len)
{
    return len == HVN_VLAN_HEAD_LEN && memcmp(before->head, head, HVN_ETHER_HEADER_LEN) == 0 &&
           (!before->tagged || memcmp(before->head + HVN_ETHER_HEADER_LEN, head + HVN_ETHER_HEADER_LEN, 2) == 0);
}

/* judges a frame, and learns from it */
static void
hvn_switch_path_judge(HvnSwitchPort *from, const HvnFrame *frame, HvnSwitchFate *fate, const HvnSwitchFate *before, gint64 now_ns)
{
    gsize          len = hvn_switch_path_load(frame, fate->head);
    guint16        type = hvn_load_be16(fate->head + HVN_ETHER_HEADER_LEN - 2);
    HvnSwitchSide *side;

    if (before != NULL && before->whole && hvn_switch_path_is_like(before, fate->head, len)) {
        memcpy(fate, before, G_STRUCT_OFFSET(HvnSwitchFate, head));
        return;
    }
    fate->whole = len == HVN_VLAN_HEAD_LEN;
    fate->tagged = type == HVN_VLAN_TYPE && fate->whole;
    fate->vlan = fate->tagged ? hvn_load_be16(fate->head + HVN_ETHER_HEADER_LEN) & HVN_VLAN_ID_MASK : 0;
    fate->to = NULL;
    if ((type == HVN_VLAN_TYPE && !fate->tagged) || !hvn_switch_path_admits(from, fate)) {
        fate->way = HVN_SWITCH_NOT_IN_VLAN;
        return;
    }
    fate->way = HVN_SWITCH_FILTERED;
    if (fate->head[6] & GROUP_BIT || hvn_switch_path_is_reserved(fate->head))
        return;
    hvn_switch_path_learn(from, fate, now_ns);
    side = fate->head[0] & GROUP_BIT ? NULL : hvn_switch_table_find(from->network->table, hvn_switch_table_key(fate->head, fate->vlan), now_ns);
    if (side == NULL) {
        fate->way = HVN_SWITCH_FLOOD;
        return;
    }
    fate->to = (HvnSwitchPort *)((char *)side - G_STRUCT_OFFSET(HvnSwitchPort, side));
    if (hvn_switch_path_reaches(from, fate->to, fate->vlan))
        fate->way = HVN_SWITCH_TO_ONE;
}

/* frames from the first on that go the same way */
static guint
hvn_switch_path_run(const HvnSwitchFate *fates, guint n_frames)
{
    guint n = 1;

    while (n < n_frames && fates[n].way == fates[0].way && fates[n].to == fates[0].to && fates[n].vlan == fates[0].vlan)
        n++;
    return n;
}

/* ---- switch: to several ---- */

/* how many of the frames the rate of the port allows: a second's worth of it adds up to a tenth, and a batch at the least */
static guint
hvn_switch_path_allow(HvnSwitchPort *from, guint n_frames, gint64 now_ns)
{
    const guint64 rate = from->setup.storm_rate;
    const guint64 most = MAX(rate / 10, HVN_BATCH_MAX) * HVN_NS_PER_S;
    guint64       earned = MIN((guint64)(now_ns - from->storm_ns), HVN_NS_PER_S) * rate;

    if (rate == 0)
        return n_frames;
    from->storm_tokens = MIN(from->storm_tokens + earned, most);
    from->storm_ns = now_ns;
    return MIN(n_frames, from->storm_tokens / HVN_NS_PER_S);
}

/* returns how many are done with, fewer when the sender is to wait: only where one port alone is reached */
static guint
hvn_switch_path_flood(HvnSwitchPort *from, const HvnFrame *frames, const HvnSwitchFate *fates, guint n_frames, gint64 now_ns)
{
    HvnSwitch     *network = from->network;
    HvnSwitchPort *only = NULL;
    guint          n_ports = 0, n_allowed, done;

    for (guint i = 0; i < network->ports->len; i++) {
        HvnSwitchPort *port = g_ptr_array_index(network->ports, i);

        if (hvn_switch_path_reaches(from, port, fates[0].vlan)) {
            only = port;
            n_ports++;
        }
    }
    if (n_ports == 0) {
        hvn_backend_count_drops(from->backend, HVN_BACKEND_DROP_FILTERED, n_frames);
        return n_frames;
    }
    n_allowed = hvn_switch_path_allow(from, n_frames, now_ns);
    done = n_allowed;
    if (n_allowed > 0 && n_ports == 1)
        done = hvn_switch_path_send(from, only, frames, fates, n_allowed);
    for (guint i = 0; n_allowed > 0 && n_ports > 1 && i < network->ports->len; i++) {
        HvnSwitchPort *port = g_ptr_array_index(network->ports, i);

        if (hvn_switch_path_reaches(from, port, fates[0].vlan))
            hvn_switch_path_copy(from, port, frames, fates, n_allowed);
    }
    if (from->setup.storm_rate > 0)
        from->storm_tokens -= done * (guint64)HVN_NS_PER_S;
    if (done < n_allowed)
        return done;
    hvn_backend_count_drops(from->backend, HVN_BACKEND_DROP_STORM, n_frames - n_allowed);
    return n_frames;
}

/* ---- switch ---- */

static guint
hvn_switch_path_send_run(HvnSwitchPort *from, const HvnFrame *frames, const HvnSwitchFate *fates, guint n_frames, gint64 now_ns)
{
    switch (fates[0].way) {
    case HVN_SWITCH_TO_ONE:
        return hvn_switch_path_send(from, fates[0].to, frames, fates, n_frames);
    case HVN_SWITCH_FLOOD:
        return hvn_switch_path_flood(from, frames, fates, n_frames, now_ns);
    case HVN_SWITCH_NOT_IN_VLAN:
        hvn_backend_count_drops(from->backend, HVN_BACKEND_DROP_VLAN, n_frames);
        return n_frames;
    default:
        hvn_backend_count_drops(from->backend, HVN_BACKEND_DROP_FILTERED, n_frames);
        return n_frames;
    }
}

guint
hvn_switch_path_forward(HvnSwitchPort *from, const HvnFrame *frames, guint n_frames)
{
    HvnSwitchFate *fates = from->network->fates;
    gint64         now_ns = hvn_dispatcher_now_ns(from->network->dispatcher);
    guint          done = 0;

    for (guint i = 0; i < n_frames; i++)
        hvn_switch_path_judge(from, &frames[i], &fates[i], i > 0 ? &fates[i - 1] : NULL, now_ns);
    while (done < n_frames) {
        guint run = hvn_switch_path_run(&fates[done], n_frames - done);
        guint taken = hvn_switch_path_send_run(from, frames + done, &fates[done], run, now_ns);

        done += taken;
        if (taken < run)
            break;
    }
    return done;
}
