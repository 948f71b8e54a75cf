/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What hvn-datagram.c, which carries frames, and hvn-datagram-open.c, which makes the sockets, know of each other. */
#pragma once

#include "hvn-datagram.h"
#include "hvn-watch.h"

G_BEGIN_DECLS

/* what was received and not taken yet; the frames point into the pieces, and these into the memory */
typedef struct {
    guint            first;    /* frames before this one are sent */
    guint            n_frames; /* frames in all */
    HvnFrame         frames[HVN_BATCH_MAX];
    struct iovec     pieces[HVN_BATCH_MAX];
    struct mmsghdr   headers[HVN_BATCH_MAX];
    HvnSocketAddress from[HVN_BATCH_MAX];
    guint8          *memory; /* owned; touched as it is used */
} HvnDatagramBatch;

/* frames that are sent with a header each */
typedef struct {
    HvnDatagramHeader header;
    struct iovec     *pieces;   /* owned: the header and the pieces of each frame */
    gsize             n_pieces; /* room for so many */
    guint8            bytes[HVN_BATCH_MAX][HVN_DATAGRAM_HEADER_MAX];
} HvnDatagramHeaders;

struct _HvnDatagram {
    HvnBackend       *backend;   /* not owned */
    int               fd;        /* owned */
    int               send_fd;   /* owned; the same as fd but for multicast */
    int               family;    /* AF_INET, AF_INET6 or AF_UNIX */
    gboolean          is_unix;
    gboolean          connected; /* the kernel knows the peer */
    gboolean          trusted;   /* and nothing from before it did is left in the queue */
    gboolean          failed;    /* the socket does not work any more */
    HvnSocketAddress  peer;      /* no length when nobody was named */
    HvnSocketAddress  own;       /* of send_fd, for multicast */
    char             *file;      /* owned; (nullable): of a unix socket that was bound */
    HvnWatch         *watch;     /* owned: of fd */
    HvnWatch         *out_watch; /* owned where it is not watch: of send_fd */
    HvnWork           work;      /* a unix peer has gone */
    HvnTimer          check;     /* is a unix peer there, and is it the same one? */
    HvnDatagramBatch *batch;     /* owned */
    HvnDatagramHeaders *headers; /* owned; NULL where the frame is all there is */
};

/* takes the sockets, which are not to be used any more by the caller, and the file; @peer is NULL when nobody is named */
G_GNUC_INTERNAL HvnDatagram *
hvn_datagram_start(HvnBackend *backend, int fd, int send_fd, const HvnSocketAddress *peer, char *file);

G_END_DECLS
