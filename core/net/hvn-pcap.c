/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A classic pcap file (draft-ietf-opsawg-pcap): 24 bytes at the start, then 16 bytes and the frame for each frame, all in the
 * byte order of the host. Records are collected and written many at a time, always whole ones: when the disk is full the file
 * is cut back to the last whole record, so that what it holds can be read. */
#include "hvn-pcap.h"

#include "hvn-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define HVN_PCAP_BUFFER (64 * 1024) /* written out when this many bytes are collected */

#define HVN_PCAP_MAGIC         0xa1b2c3d4 /* timestamps in microseconds */
#define HVN_PCAP_LINK_ETHERNET 1

typedef struct {
    guint32 magic;
    guint16 version_major;
    guint16 version_minor;
    guint32 reserved1;
    guint32 reserved2;
    guint32 snap_len;
    guint32 link_type;
} HvnPcapFileHeader;

typedef struct {
    guint32 seconds;
    guint32 microseconds;
    guint32 captured_len;
    guint32 original_len;
} HvnPcapRecordHeader;

G_STATIC_ASSERT(sizeof(HvnPcapFileHeader) == 24);
G_STATIC_ASSERT(sizeof(HvnPcapRecordHeader) == 16);

struct _HvnPcap {
    char    *path; /* owned */
    int      fd;   /* owned */
    guint    snap_len;
    gboolean failed;      /* a failure was reported */
    guint64  lost;        /* records that could not be written */
    gint64   written;     /* bytes of the file, whole records only */
    guint    n_collected; /* records in buffer */
    gsize    used;        /* bytes in buffer */
    guint8   buffer[HVN_PCAP_BUFFER + sizeof(HvnPcapRecordHeader) + HVN_FRAME_LEN_MAX];
};

static int
hvn_pcap_write_all(int fd, const guint8 *data, gsize len)
{
    while (len > 0) {
        gssize n = write(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : ENOSPC;
        data += n;
        len -= n;
    }
    return 0;
}

/* takes the descriptor */
static HvnPcap *
hvn_pcap_make(const char *path, int fd, guint snap_len, gint64 written)
{
    /* the buffer is not cleared: its pages are touched as they are used */
    HvnPcap *self = g_malloc(sizeof *self);

    self->path = g_strdup(path);
    self->fd = fd;
    self->snap_len = MIN(snap_len, HVN_FRAME_LEN_MAX);
    self->failed = FALSE;
    self->lost = 0;
    self->written = written;
    self->n_collected = 0;
    self->used = 0;
    return self;
}

HvnPcap *
hvn_pcap_new(const char *path, guint snap_len, GError **error)
{
    HvnPcapFileHeader header = {
        .magic = HVN_PCAP_MAGIC,
        .version_major = 2,
        .version_minor = 4,
        .snap_len = snap_len,
        .link_type = HVN_PCAP_LINK_ETHERNET,
    };
    int fd, saved_errno;

    g_return_val_if_fail(path != NULL, NULL);
    g_return_val_if_fail(snap_len > 0, NULL);

    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0) {
        hvn_set_error_errno(error, errno, "cannot open capture file '%s'", path);
        return NULL;
    }
    saved_errno = hvn_pcap_write_all(fd, (const guint8 *)&header, sizeof header);
    if (saved_errno != 0) {
        hvn_set_error_errno(error, saved_errno, "cannot write capture file '%s'", path);
        close(fd);
        return NULL;
    }
    return hvn_pcap_make(path, fd, snap_len, sizeof header);
}

HvnPcap *
hvn_pcap_continue(const char *path, guint snap_len, GError **error)
{
    int   fd;
    off_t end;

    g_return_val_if_fail(path != NULL, NULL);
    g_return_val_if_fail(snap_len > 0, NULL);

    fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        hvn_set_error_errno(error, errno, "cannot open capture file '%s'", path);
        return NULL;
    }
    /* a pipe has no end to go to */
    end = lseek(fd, 0, SEEK_END);
    return hvn_pcap_make(path, fd, snap_len, MAX(end, 0));
}

char *
hvn_pcap_make_path(const char *path, const char *name)
{
    const char *dot = strrchr(path, '.');

    if (dot == NULL || strchr(dot, '/') != NULL)
        dot = path + strlen(path);
    return g_strdup_printf("%.*s-%s%s", (int)(dot - path), path, name, dot);
}

void
hvn_pcap_write(HvnPcap *self, const HvnFrame *frames, guint n_frames)
{
    gint64 now_us;

    g_return_if_fail(self != NULL);

    now_us = g_get_real_time();
    for (guint i = 0; i < n_frames; i++) {
        gsize captured_len = MIN(frames[i].len, self->snap_len);
        HvnPcapRecordHeader header = {
            .seconds = now_us / G_USEC_PER_SEC,
            .microseconds = now_us % G_USEC_PER_SEC,
            .captured_len = captured_len,
            .original_len = frames[i].len,
        };

        memcpy(self->buffer + self->used, &header, sizeof header);
        self->used += sizeof header;
        hvn_frame_copy(&frames[i], 0, self->buffer + self->used, captured_len);
        self->used += captured_len;
        self->n_collected++;
        if (self->used >= HVN_PCAP_BUFFER)
            hvn_pcap_flush(self);
    }
}

void
hvn_pcap_flush(HvnPcap *self)
{
    int saved_errno;

    g_return_if_fail(self != NULL);

    if (self->used == 0)
        return;
    saved_errno = hvn_pcap_write_all(self->fd, self->buffer, self->used);
    if (saved_errno == 0) {
        self->written += self->used;
    } else {
        self->lost += self->n_collected;
        if (!self->failed)
            g_warning("cannot write capture file '%s': %s", self->path, g_strerror(saved_errno));
        self->failed = TRUE;
        /* neither works on a pipe, and then there is nothing to put right */
        if (ftruncate(self->fd, self->written) == 0)
            lseek(self->fd, self->written, SEEK_SET);
    }
    self->used = 0;
    self->n_collected = 0;
}

void
hvn_pcap_free(HvnPcap *self)
{
    if (self == NULL)
        return;
    hvn_pcap_flush(self);
    if (self->lost > 0)
        g_warning("capture file '%s' lacks %" G_GUINT64_FORMAT " frames", self->path, self->lost);
    close(self->fd);
    g_free(self->path);
    g_free(self);
}
