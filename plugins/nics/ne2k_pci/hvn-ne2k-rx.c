/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receiver (10.6): a ring of pages of 256 bytes in packet memory, from PSTART up to PSTOP.
 *
 *   push -> closed? take and count -> filter -> monitor? count
 *        -> header, frame, FCS from page CURR on -> CURR behind it -> PRX once a batch
 *
 * The driver says by BNRY how far it has read; the chip never writes that page. A frame that finds no room stays with the sender until BNRY moves:
 * silicon would lose it, set OVW, and have the driver stop and start it. OVW is set for a frame that no room would ever be enough for. */
#include "hvn-ne2k-core.h"

#include "hvn-bytes.h"

#define REMIND_NS  (100 * HVN_NS_PER_US)
#define HEADER_LEN 4

/* ---- the ring ---- */

typedef struct {
    guint first, end; /* pages: PSTART, PSTOP */
    guint current;    /* CURR */
    guint boundary;   /* BNRY */
} Ring;

/* FALSE when there is none: not in packet memory, or CURR not in it. Drivers write BNRY as the page before the one that they read next, so that it
 * is the one before PSTART at times; that, and any other place outside, is the last page */
static gboolean
hvn_ne2k_rx_ring(const HvnNe2kNic *self, Ring *ring)
{
    ring->first = hvn_ne2k_get(self, NE2K_PSTART);
    ring->end = hvn_ne2k_get(self, NE2K_PSTOP);
    ring->current = hvn_ne2k_get(self, NE2K_CURR);
    ring->boundary = hvn_ne2k_get(self, NE2K_BNRY);
    if (ring->first < NE2K_RAM_FIRST || ring->end > NE2K_RAM_END || ring->current < ring->first || ring->current >= ring->end)
        return FALSE;
    if (ring->boundary < ring->first || ring->boundary >= ring->end)
        ring->boundary = ring->end - 1;
    return TRUE;
}

static guint
hvn_ne2k_rx_page_after(const Ring *ring, guint page)
{
    return page + 1 >= ring->end ? ring->first : page + 1;
}

/* pages from CURR up to BNRY; a ring with both at one place is empty */
static guint
hvn_ne2k_rx_room(const Ring *ring)
{
    guint size = ring->end - ring->first;
    guint room = (ring->boundary + size - ring->current) % size;

    return room == 0 ? size : room;
}

/* by either habit of drivers: BNRY at the page before the one that is read next, or at that one */
static gboolean
hvn_ne2k_rx_has_unread(const HvnNe2kNic *self)
{
    Ring ring;

    return self->started && hvn_ne2k_rx_ring(self, &ring) && ring.current != ring.boundary &&
           ring.current != hvn_ne2k_rx_page_after(&ring, ring.boundary);
}

/* to @at bytes from the start of the ring, round its end; returns where the next byte goes */
static gsize
hvn_ne2k_rx_put(HvnNe2kNic *self, const Ring *ring, gsize at, const guint8 *bytes, gsize len)
{
    guint8 *memory = self->memory.ram + (ring->first - NE2K_RAM_FIRST) * NE2K_PAGE_SIZE;
    gsize size = (gsize)(ring->end - ring->first) * NE2K_PAGE_SIZE;
    gsize first = MIN(len, size - at);

    memcpy(memory + at, bytes, first);
    memcpy(memory, bytes + first, len - first);
    return (at + len) % size;
}

/* what the caller has found room for */
static void
hvn_ne2k_rx_store(HvnNe2kNic *self, Ring *ring, const HvnFrame *frame, guint pages)
{
    guint size = ring->end - ring->first;
    guint next = ring->first + (ring->current - ring->first + pages) % size;
    gsize at = (gsize)(ring->current - ring->first) * NE2K_PAGE_SIZE;
    guint8 header[HEADER_LEN] = {self->rx.status, next}, fcs[HVN_FCS_LEN];
    guint32 crc = 0;

    hvn_store_le16(header + 2, (guint16)(frame->len + HVN_FCS_LEN));
    at = hvn_ne2k_rx_put(self, ring, at, header, sizeof header);
    for (guint i = 0; i < frame->n_iov; i++) {
        crc = hvn_fcs_add(&self->fcs, crc, frame->iov[i].iov_base, frame->iov[i].iov_len);
        at = hvn_ne2k_rx_put(self, ring, at, frame->iov[i].iov_base, frame->iov[i].iov_len);
    }
    hvn_store_le32(fcs, crc);
    at = hvn_ne2k_rx_put(self, ring, at, fcs, sizeof fcs);
    hvn_ne2k_set(self, NE2K_CURR, next);
    self->local = (guint16)(ring->first * NE2K_PAGE_SIZE + at);
}

/* ---- the way in ---- */

typedef enum {
    RX_STORED,
    RX_TAKEN, /* not ours, or lost and counted */
    RX_HELD,  /* no room until the driver has read on */
} RxResult;

/* 10.3, MPA: it was for us and is not in memory */
static RxResult
hvn_ne2k_rx_miss(HvnNe2kNic *self, guint8 status, gboolean overflow)
{
    self->rx.status = status;
    hvn_ne2k_stats_missed(self);
    if (overflow) {
        self->rx.dropped++;
        self->rx.overflowed = TRUE;
        hvn_irq_cause_raise(&self->irq, NE2K_ISR_OVW);
    }
    return RX_TAKEN;
}

static RxResult
hvn_ne2k_rx_one(HvnNe2kNic *self, const HvnFrame *frame)
{
    gsize pages = (HEADER_LEN + frame->len + HVN_FCS_LEN + NE2K_PAGE_SIZE - 1) / NE2K_PAGE_SIZE;
    guint8 head[HVN_ETHER_HEADER_LEN], group;
    Ring ring;

    if (hvn_frame_copy(frame, 0, head, sizeof head) < sizeof head || hvn_ne2k_filter_match(self, head) == HVN_MAC_MATCH_NONE)
        return RX_TAKEN;
    group = hvn_mac_is_group(head) ? NE2K_RSR_PHY : 0;
    if (hvn_ne2k_get(self, NE2K_RCR) & NE2K_RCR_MON)
        return hvn_ne2k_rx_miss(self, NE2K_RSR_MPA | NE2K_RSR_DIS | group, FALSE);
    /* one page less than all but BNRY, so that CURR never comes to be where BNRY is */
    if (!hvn_ne2k_rx_ring(self, &ring) || pages + 1 >= ring.end - ring.first)
        return hvn_ne2k_rx_miss(self, NE2K_RSR_MPA | group, TRUE);
    if (pages >= hvn_ne2k_rx_room(&ring))
        return RX_HELD;
    self->rx.status = NE2K_RSR_PRX | group;
    hvn_ne2k_rx_store(self, &ring, frame, (guint)pages);
    return RX_STORED;
}

static gboolean
hvn_ne2k_rx_is_open(HvnNe2kNic *self)
{
    return self->started && !hvn_ne2k_in_loopback(self) && hvn_port_get_link_up((HvnPort *)self);
}

guint
hvn_ne2k_rx_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    HvnNe2kNic *self = (HvnNe2kNic *)port;
    gboolean stored = FALSE;
    guint taken = 0;

    if (!hvn_ne2k_rx_is_open(self)) {
        self->rx.closed += n_frames;
        return n_frames;
    }
    for (; taken < n_frames; taken++) {
        RxResult result = hvn_ne2k_rx_one(self, &frames[taken]);

        if (result == RX_HELD)
            break;
        stored |= result == RX_STORED;
    }
    if (stored)
        hvn_irq_cause_raise(&self->irq, NE2K_ISR_PRX);
    else if (taken < n_frames)
        hvn_ne2k_rx_remind(self);
    return taken;
}

/* the work that asks whoever waits */
gboolean
hvn_ne2k_rx_tell_ready(gpointer data)
{
    hvn_port_ready((HvnPort *)data);
    return FALSE;
}

void
hvn_ne2k_rx_reminded(gpointer data)
{
    HvnNe2kNic *self = data;

    if (hvn_ne2k_rx_has_unread(self) && !(self->irq.cause & NE2K_ISR_PRX))
        hvn_irq_cause_raise(&self->irq, NE2K_ISR_PRX);
}

/* ISR was written, or frames wait. A batch here takes the place of packets that come one after the other on a wire, each with its PRX. Linux reads ten
 * of them, clears PRX, and goes on with the next PRX, so those that are left must set it again */
void
hvn_ne2k_rx_remind(HvnNe2kNic *self)
{
    if (hvn_ne2k_rx_has_unread(self) && !(self->irq.cause & NE2K_ISR_PRX) && !hvn_timer_is_armed(&self->rx.remind))
        hvn_timer_arm_after(&self->rx.remind, REMIND_NS);
}

/* something changed that may let frames in, or close the receiver: whoever waits asks again, soon */
void
hvn_ne2k_rx_update(HvnNe2kNic *self)
{
    if (hvn_port_owes_ready((HvnPort *)self))
        hvn_work_schedule(&self->rx.ready);
}

/* ---- registers ---- */

/* PSTART, PSTOP: a frame that waited for room may fit, or never will */
void
hvn_ne2k_ring_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    hvn_ne2k_rx_update(owner);
}

/* BNRY: the driver has read on; CURR: it has made the ring anew */
void
hvn_ne2k_bnry_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnNe2kNic *self = owner;

    self->rx.overflowed = FALSE;
    hvn_ne2k_rx_update(self);
}

guint32
hvn_ne2k_rsr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return ((HvnNe2kNic *)owner)->rx.status;
}
