/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way of a frame through a link.
 *
 *   hvn_link_path_send()
 *     every frame as the receiver can take it?  one look at each, one push() for all
 *     otherwise, in order:
 *       run of frames that stay one frame   padded and checksummed in copies of their headers, one push() for the run
 *       frame that is no frame              dropped and counted
 *       frame to be cut                     push() of up to 64 segments at a time; when the receiver stops in the middle,
 *                                           the rest of this one frame is copied (the tail) and goes first after ready
 *
 * The lent bytes are never written to: a frame that changes has its first bytes copied to scratch memory and the rest lent on. */
#include "hvn-port-private.h"

#include "hvn-bytes.h"
#include "hvn-checksum.h"
#include "hvn-iov.h"
#include "hvn-segment.h"

#define HVN_LINK_PIECES_MAX 64 /* of a frame that is changed; one of more pieces is made one piece first */
#define HVN_LINK_POOL       1024

struct _HvnLinkScratch {
    HvnFrame     frames[HVN_BATCH_MAX];                         /* what is pushed */
    guint8       headers[HVN_BATCH_MAX][HVN_SEGMENT_HEADER_MAX]; /* their first bytes, where these are ours */
    struct iovec pool[HVN_LINK_POOL];                           /* their pieces, where these are ours */
    guint        n_pool;
    guint        n_padded; /* of frames[], how many were made longer */
    guint        n_checksummed;
    HvnSegmenter segmenter;  /* of the frame that is being cut */
    guint8      *flat;       /* owned; room for a whole frame, NULL until needed */
    struct iovec flat_piece; /* what flat holds */
};

/* what can become of one frame of a batch */
typedef enum {
    HVN_LINK_PLAIN, /* pushed as it is */
    HVN_LINK_EDIT,  /* padded, checksummed or both */
    HVN_LINK_CUT,   /* segmented */
    HVN_LINK_DROP_RUNT,
    HVN_LINK_DROP_OVERSIZE,
    HVN_LINK_DROP_OFFLOAD,
} HvnLinkFate;

static inline gboolean
hvn_link_path_offload_fits(const HvnFrame *frame)
{
    const HvnOffload *offload = &frame->offload;

    if (offload->flags & HVN_OFFLOAD_NEEDS_CSUM && (gsize)offload->csum_start + offload->csum_offset + 2 > frame->len)
        return FALSE;
    if (offload->gso_type == HVN_GSO_NONE)
        return TRUE;
    return offload->flags & HVN_OFFLOAD_NEEDS_CSUM && offload->gso_size > 0 && hvn_offload_needs(offload) != G_MAXUINT;
}

static inline gboolean
hvn_link_path_is_plain(const HvnFrame *frame, gsize len_min, guint features)
{
    if (G_UNLIKELY(frame->len < len_min || frame->len > HVN_FRAME_LEN_MAX || frame->n_iov - 1 >= HVN_FRAME_IOV_MAX))
        return FALSE;
    if ((frame->offload.flags | frame->offload.gso_type) == 0)
        return TRUE;
    return (hvn_offload_needs(&frame->offload) & ~features) == 0 && hvn_link_path_offload_fits(frame);
}

static HvnLinkFate
hvn_link_path_fate(const HvnLinkDirection *direction, const HvnFrame *frame)
{
    const HvnPortPrivate *receiver = direction->receiver_private;

    if (hvn_link_path_is_plain(frame, receiver->len_min, receiver->features))
        return HVN_LINK_PLAIN;
    if (frame->len < HVN_ETHER_HEADER_LEN || frame->n_iov == 0)
        return HVN_LINK_DROP_RUNT;
    if (frame->len > HVN_FRAME_LEN_MAX || frame->n_iov > HVN_FRAME_IOV_MAX)
        return HVN_LINK_DROP_OVERSIZE;
    if (!hvn_link_path_offload_fits(frame))
        return HVN_LINK_DROP_OFFLOAD;
    if (hvn_offload_needs(&frame->offload) & ~receiver->features & ~HVN_PORT_CSUM)
        return HVN_LINK_CUT;
    if (frame->offload.gso_type != HVN_GSO_NONE && !(receiver->features & HVN_PORT_CSUM))
        return HVN_LINK_CUT; /* it could cut, and could not make the checksums of what it cuts */
    return HVN_LINK_EDIT;
}

/* the one place that calls push(); what it returns may be fewer only while the link is up or went down meanwhile */
static guint
hvn_link_path_push(HvnLinkDirection *direction, const HvnFrame *frames, guint n_frames)
{
    HvnPortPrivate *receiver = direction->receiver_private;
    guint taken;

    receiver->in_push = TRUE;
    taken = direction->push(direction->receiver, frames, n_frames);
    receiver->in_push = FALSE;

    if (G_LIKELY(taken == n_frames))
        return taken;
    if (taken > n_frames) {
        g_critical("%s: took %u frames of %u", receiver->name, taken, n_frames);
        return n_frames;
    }
    if (direction->up) {
        receiver->owes_ready = TRUE;
        direction->counters.stalls++;
    }
    return taken;
}

static inline void
hvn_link_path_count(HvnLinkDirection *direction, const HvnFrame *frames, guint n_frames, gsize bytes)
{
    direction->counters.frames += n_frames;
    direction->counters.bytes += bytes;
    if (G_UNLIKELY(direction->pcap != NULL) && n_frames > 0)
        hvn_pcap_write(direction->pcap, frames, n_frames);
}

static gsize
hvn_link_path_bytes(const HvnFrame *frames, guint n_frames)
{
    gsize bytes = 0;

    for (guint i = 0; i < n_frames; i++)
        bytes += frames[i].len;
    return bytes;
}

static HvnLinkScratch *
hvn_link_path_scratch(HvnLinkDirection *direction)
{
    if (direction->scratch == NULL)
        direction->scratch = g_new(HvnLinkScratch, 1);
    else
        return direction->scratch;
    direction->scratch->flat = NULL;
    return direction->scratch;
}

/* makes the frame one piece of our own memory, from @offset on; what stands before @offset is not looked at again */
static void
hvn_link_path_flatten(HvnLinkScratch *scratch, HvnFrame *frame, gsize offset)
{
    if (scratch->flat == NULL)
        scratch->flat = g_malloc(HVN_FRAME_LEN_MAX);
    if (frame->iov == &scratch->flat_piece)
        return;
    hvn_frame_copy(frame, offset, scratch->flat + offset, frame->len - offset);
    scratch->flat_piece = (struct iovec){scratch->flat, frame->len};
    frame->iov = &scratch->flat_piece;
    frame->n_iov = 1;
}

/* copies a short frame to @header and fills it up with zeros, which leave a sum as it is */
static void
hvn_link_path_pad(HvnLinkScratch *scratch, HvnFrame *frame, guint8 *header)
{
    struct iovec *piece = &scratch->pool[scratch->n_pool++];
    gsize len = hvn_frame_copy(frame, 0, header, frame->len);

    memset(header + len, 0, HVN_FRAME_MIN - len);
    *piece = (struct iovec){header, HVN_FRAME_MIN};
    frame->iov = piece;
    frame->n_iov = 1;
    frame->len = HVN_FRAME_MIN;
    scratch->n_padded++;
}

/* copies the bytes up to the end of the checksum to @header, lends the rest on, and stores the checksum */
static void
hvn_link_path_finish_csum(HvnLinkScratch *scratch, HvnFrame *frame, guint8 *header)
{
    gsize at = (gsize)frame->offload.csum_start + frame->offload.csum_offset;
    guint16 value;

    if (frame->n_iov > HVN_LINK_PIECES_MAX || at + 2 > HVN_SEGMENT_HEADER_MAX) {
        hvn_link_path_flatten(scratch, frame, 0);
        header = scratch->flat;
    } else if (frame->n_iov != 1 || frame->iov[0].iov_base != header) {
        struct iovec *pieces = &scratch->pool[scratch->n_pool];
        guint n_pieces = 1;

        hvn_frame_copy(frame, 0, header, at + 2);
        pieces[0] = (struct iovec){header, at + 2};
        if (frame->len > at + 2)
            n_pieces += hvn_iov_slice(frame->iov, frame->n_iov, at + 2, frame->len - at - 2, pieces + 1, HVN_LINK_PIECES_MAX);
        scratch->n_pool += n_pieces;
        frame->iov = pieces;
        frame->n_iov = n_pieces;
    }
    /* the offsets were checked against the length by hvn_link_path_offload_fits() */
    if (hvn_checksum_finish(frame, &value))
        hvn_store_be16(header + at, value);
    frame->offload = (HvnOffload){.flags = HVN_OFFLOAD_DATA_VALID};
    scratch->n_checksummed++;
}

/* puts frames into scratch->frames up to the first that cannot go with them; returns how many */
static guint
hvn_link_path_prepare(HvnLinkDirection *direction, const HvnFrame *frames, guint n_frames)
{
    HvnLinkScratch *scratch = hvn_link_path_scratch(direction);
    guint features = direction->receiver_private->features;

    scratch->n_pool = 0;
    scratch->n_padded = 0;
    scratch->n_checksummed = 0;
    for (guint i = 0; i < n_frames; i++) {
        HvnFrame *frame = &scratch->frames[i];
        HvnLinkFate fate = hvn_link_path_fate(direction, &frames[i]);

        if (fate > HVN_LINK_EDIT)
            return i;
        *frame = frames[i];
        if (fate == HVN_LINK_PLAIN)
            continue;
        if (scratch->n_pool + HVN_LINK_PIECES_MAX + 1 > HVN_LINK_POOL)
            return i;
        if (frame->len < direction->receiver_private->len_min)
            hvn_link_path_pad(scratch, frame, scratch->headers[i]);
        if (frame->offload.flags & HVN_OFFLOAD_NEEDS_CSUM && !(features & HVN_PORT_CSUM))
            hvn_link_path_finish_csum(scratch, frame, scratch->headers[i]);
        if (frame->iov == &scratch->flat_piece)
            return i + 1; /* there is one flat frame at a time */
    }
    return n_frames;
}

/* counts for the prepared frames that were taken only: the others come again */
static void
hvn_link_path_count_edits(HvnLinkDirection *direction, const HvnFrame *frames, guint n_frames)
{
    const HvnFrame *prepared = direction->scratch->frames;

    for (guint i = 0; i < n_frames; i++) {
        direction->counters.padded += prepared[i].len != frames[i].len;
        direction->counters.checksummed += (frames[i].offload.flags & ~prepared[i].offload.flags & HVN_OFFLOAD_NEEDS_CSUM) != 0;
    }
}

/* a segment shorter than the medium allows: the payload moves behind the header, and zeros behind that */
static void
hvn_link_path_pad_segment(HvnLinkDirection *direction, HvnFrame *segment, guint8 *header, struct iovec *piece)
{
    gsize header_len = segment->iov[0].iov_len;

    hvn_frame_copy(segment, header_len, header + header_len, segment->len - header_len);
    memset(header + segment->len, 0, HVN_FRAME_MIN - segment->len);
    *piece = (struct iovec){header, HVN_FRAME_MIN};
    segment->iov = piece;
    segment->n_iov = 1;
    segment->len = HVN_FRAME_MIN;
    direction->counters.padded++;
}

/* makes the next segments of the frame in scratch->segmenter; returns how many, 0 at the end */
static guint
hvn_link_path_cut(HvnLinkDirection *direction)
{
    HvnLinkScratch *scratch = direction->scratch;
    gboolean finish = !(direction->receiver_private->features & HVN_PORT_CSUM);
    guint n = 0;

    scratch->n_pool = 0;
    while (n < HVN_BATCH_MAX && scratch->n_pool + HVN_LINK_PIECES_MAX + 1 <= HVN_LINK_POOL) {
        HvnFrame *segment = &scratch->frames[n];
        struct iovec *pieces = &scratch->pool[scratch->n_pool];

        if (!hvn_segmenter_next(&scratch->segmenter, scratch->headers[n], pieces, HVN_LINK_PIECES_MAX + 1, finish, segment))
            break;
        if (segment->len < direction->receiver_private->len_min)
            hvn_link_path_pad_segment(direction, segment, scratch->headers[n], pieces);
        scratch->n_pool += segment->n_iov;
        n++;
    }
    return n;
}

/* pushes segments until the frame is through or the receiver stops; TRUE when it is through */
static gboolean
hvn_link_path_push_segments(HvnLinkDirection *direction)
{
    HvnLinkScratch *scratch = direction->scratch;
    guint n_segments, taken;

    while ((n_segments = hvn_link_path_cut(direction)) > 0) {
        taken = hvn_link_path_push(direction, scratch->frames, n_segments);
        direction->counters.segments += taken;
        if (taken < n_segments) {
            hvn_segmenter_rewind(&scratch->segmenter, n_segments - taken);
            return FALSE;
        }
        if (!direction->up)
            return FALSE;
    }
    return TRUE;
}

/* sends a frame in segments; FALSE when none of it was taken */
static gboolean
hvn_link_path_send_cut(HvnLinkDirection *direction, const HvnFrame *frame)
{
    HvnLinkScratch *scratch = hvn_link_path_scratch(direction);
    HvnFrame whole = *frame;
    gsize rest;

    if (whole.n_iov > HVN_LINK_PIECES_MAX)
        hvn_link_path_flatten(scratch, &whole, 0);
    if (!hvn_segmenter_init(&scratch->segmenter, &whole)) {
        direction->counters.dropped_offload++;
        return TRUE;
    }
    if (!hvn_link_path_push_segments(direction)) {
        if (scratch->segmenter.index == 0)
            return FALSE;
        if (direction->up) {
            rest = scratch->segmenter.header_len + scratch->segmenter.done;
            hvn_link_path_flatten(scratch, &scratch->segmenter.frame, rest);
            direction->has_tail = TRUE;
        }
    }
    direction->counters.segmented++;
    hvn_link_path_count(direction, frame, 1, frame->len);
    return TRUE;
}

/* a frame that cannot go in a run; FALSE when it was not taken */
static gboolean
hvn_link_path_send_alone(HvnLinkDirection *direction, const HvnFrame *frame)
{
    switch (hvn_link_path_fate(direction, frame)) {
    case HVN_LINK_DROP_RUNT:
        direction->counters.dropped_runt++;
        return TRUE;
    case HVN_LINK_DROP_OVERSIZE:
        direction->counters.dropped_oversize++;
        return TRUE;
    case HVN_LINK_DROP_OFFLOAD:
        direction->counters.dropped_offload++;
        return TRUE;
    default:
        return hvn_link_path_send_cut(direction, frame);
    }
}

/* the slow way: at least one frame needs work */
static guint
hvn_link_path_send_edited(HvnLinkDirection *direction, const HvnFrame *frames, guint n_frames)
{
    guint done = 0;

    while (done < n_frames && direction->up && !direction->has_tail) {
        guint run = hvn_link_path_prepare(direction, frames + done, n_frames - done);
        guint taken;

        if (run == 0) {
            if (!hvn_link_path_send_alone(direction, &frames[done]))
                break;
            done++;
            continue;
        }
        taken = hvn_link_path_push(direction, direction->scratch->frames, run);
        hvn_link_path_count_edits(direction, frames + done, taken);
        hvn_link_path_count(direction, frames + done, taken, hvn_link_path_bytes(frames + done, taken));
        done += taken;
        if (taken < run)
            break;
    }
    return done;
}

/* the rest of a batch on a link that is down or went down during the push */
static guint
hvn_link_path_lose(HvnLinkDirection *direction, guint done, guint n_frames)
{
    direction->counters.dropped_link_down += n_frames - done;
    hvn_link_leave_push(direction->link);
    return n_frames;
}

static gboolean
hvn_link_path_may_send(HvnLinkDirection *direction, guint n_frames)
{
    if (n_frames > HVN_BATCH_MAX)
        g_critical("%s: sent %u frames at once, at most %u", direction->sender_private->name, n_frames, HVN_BATCH_MAX);
    else if (direction->sender_private->in_push)
        g_critical("%s: sent from within push", direction->sender_private->name);
    else if (direction->receiver_private->in_push)
        g_critical("%s: sent while its last frames are being pushed", direction->sender_private->name);
    else
        return TRUE;
    return FALSE;
}

guint
hvn_link_path_pass(HvnLinkDirection *direction, const HvnFrame *frames, guint n_frames)
{
    HvnPortPrivate *receiver = direction->receiver_private;
    guint features = receiver->features;
    gsize len_min = receiver->len_min;
    gsize bytes = 0;
    guint i, taken;

    for (i = 0; i < n_frames && hvn_link_path_is_plain(&frames[i], len_min, features); i++)
        bytes += frames[i].len;
    if (G_LIKELY(i == n_frames)) {
        taken = hvn_link_path_push(direction, frames, n_frames);
        if (G_UNLIKELY(taken < n_frames))
            bytes = hvn_link_path_bytes(frames, taken);
        hvn_link_path_count(direction, frames, taken, bytes);
    } else {
        taken = hvn_link_path_send_edited(direction, frames, n_frames);
    }
    if (G_UNLIKELY(!direction->up))
        return hvn_link_path_lose(direction, taken, n_frames);
    return taken;
}

guint
hvn_link_path_send(HvnLinkDirection *direction, const HvnFrame *frames, guint n_frames)
{
    if (G_UNLIKELY(direction->sender_private->in_push || direction->receiver_private->in_push || n_frames > HVN_BATCH_MAX)) {
        if (!hvn_link_path_may_send(direction, n_frames)) {
            direction->counters.dropped_misuse += n_frames;
            return n_frames;
        }
    }
    if (G_UNLIKELY(!direction->up))
        return hvn_link_path_lose(direction, 0, n_frames);
    if (G_UNLIKELY(direction->has_tail || n_frames == 0))
        return 0;
    if (G_UNLIKELY(direction->limit != NULL))
        return hvn_link_limit_send(direction, frames, n_frames);
    return hvn_link_path_pass(direction, frames, n_frames);
}

gboolean
hvn_link_path_flush_tail(HvnLinkDirection *direction)
{
    gboolean through;

    direction->has_tail = FALSE;
    through = hvn_link_path_push_segments(direction);
    if (!direction->up) {
        hvn_link_path_lose(direction, 0, through ? 0 : 1);
        return TRUE;
    }
    direction->has_tail = !through;
    return through;
}

void
hvn_link_path_drop_tail(HvnLinkDirection *direction)
{
    if (direction->has_tail)
        direction->counters.dropped_link_down++;
    direction->has_tail = FALSE;
}

void
hvn_link_path_clear(HvnLinkDirection *direction)
{
    if (direction->scratch != NULL)
        g_free(direction->scratch->flat);
    g_clear_pointer(&direction->scratch, g_free);
}
