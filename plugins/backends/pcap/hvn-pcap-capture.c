/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A capture file through libpcap, which knows pcap and pcapng, either byte order, microseconds and nanoseconds. libpcap gives a record
 * that is gone with the next one; a chunk keeps copies, so that many frames can be lent at once and a small file is read once. */
#include "hvn-pcap-capture.h"

#include "hvn-clock.h"
#include "hvn-error.h"
#include "hvn-frame.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES   (1024 * 1024) /* a chunk takes no further record when it holds so many */
#define CHUNK_RECORDS 4096
#define READ_AHEAD    (64 * 1024) /* bytes of one read() */
#define SECONDS_MAX   (G_MAXINT64 / HVN_NS_PER_S / 4) /* so that sums of two do not overflow */

struct _HvnPcapCapture {
    char          *path;      /* owned */
    int            fd;        /* owned; each pass reads through a duplicate */
    pcap_t        *pcap;      /* owned; NULL when the present pass has reached the end */
    gboolean       first;     /* the present pass is the first one */
    gboolean       resident;  /* the chunk is the whole file */
    guint64        n_frames;  /* of the first pass, so far */
    gint64         origin_ns; /* of the first frame of the pass, as the file has it; -1 before that */
    gint64         last_ns;   /* time_ns of the last frame that was read */
    HvnPcapSkipped skipped;
    guint          n_records;
    gsize          used; /* bytes in data */
    HvnPcapRecord  records[CHUNK_RECORDS];
    guint8         data[CHUNK_BYTES + HVN_FRAME_LEN_MAX];
};

G_GNUC_PRINTF(4, 5)
static gboolean
hvn_pcap_capture_fail(HvnPcapCapture *self, GError **error, int code, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, HVN_ERROR, code, "cannot replay '%s': %s", self->path, text);
    return FALSE;
}

/* a duplicate at the start of the file, for libpcap to close */
static FILE *
hvn_pcap_capture_open_stream(HvnPcapCapture *self, GError **error)
{
    int fd = fcntl(self->fd, F_DUPFD_CLOEXEC, 0);
    FILE *stream = fd >= 0 && lseek(fd, 0, SEEK_SET) == 0 ? fdopen(fd, "rb") : NULL;

    if (stream == NULL) {
        hvn_set_error_errno(error, errno, "cannot read '%s'", self->path);
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    setvbuf(stream, NULL, _IOFBF, READ_AHEAD);
    return stream;
}

static gboolean
hvn_pcap_capture_begin(HvnPcapCapture *self, GError **error)
{
    FILE *stream = hvn_pcap_capture_open_stream(self, error);
    char message[PCAP_ERRBUF_SIZE] = "";
    const char *name;
    int link_type;

    if (stream == NULL)
        return FALSE;
    self->pcap = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, message);
    if (self->pcap == NULL) {
        fclose(stream);
        return hvn_pcap_capture_fail(self, error, HVN_ERROR_INVALID_CONFIG, "%s: expected a pcap or pcapng file", message);
    }
    self->origin_ns = -1;
    self->last_ns = 0;
    link_type = pcap_datalink(self->pcap);
    if (link_type == DLT_EN10MB)
        return TRUE;
    name = pcap_datalink_val_to_name(link_type);
    return hvn_pcap_capture_fail(self, error, HVN_ERROR_NOT_SUPPORTED,
                                 "its frames are of link type %d (%s): expected Ethernet, a capture on one Ethernet interface and not on 'any'",
                                 link_type, name != NULL ? name : "unknown");
}

/* time stamps are the file's and may be anything; a replay can only go on */
static gint64
hvn_pcap_capture_time(HvnPcapCapture *self, const struct timeval *stamp)
{
    gint64 seconds = CLAMP((gint64)stamp->tv_sec, 0, SECONDS_MAX);
    gint64 time_ns = seconds * HVN_NS_PER_S + CLAMP((gint64)stamp->tv_usec, 0, HVN_NS_PER_S - 1);

    if (self->origin_ns < 0)
        self->origin_ns = time_ns;
    self->last_ns = MAX(self->last_ns, time_ns - self->origin_ns);
    return self->last_ns;
}

static void
hvn_pcap_capture_add(HvnPcapCapture *self, const struct pcap_pkthdr *header, const guint8 *data)
{
    gboolean cut = header->caplen < header->len;
    gboolean runt = header->caplen < HVN_ETHER_HEADER_LEN;
    gboolean oversize = header->caplen > HVN_FRAME_LEN_MAX;

    if (cut || runt || oversize) {
        self->skipped.cut += self->first && cut;
        self->skipped.runt += self->first && !cut && runt;
        self->skipped.oversize += self->first && !cut && oversize;
        return;
    }
    self->records[self->n_records++] = (HvnPcapRecord){hvn_pcap_capture_time(self, &header->ts), self->data + self->used, header->caplen};
    memcpy(self->data + self->used, data, header->caplen);
    self->used += header->caplen;
    self->n_frames += self->first;
}

gboolean
hvn_pcap_capture_next(HvnPcapCapture *self, GError **error)
{
    self->n_records = 0;
    self->used = 0;
    while (self->pcap != NULL && self->n_records < CHUNK_RECORDS && self->used < CHUNK_BYTES) {
        struct pcap_pkthdr *header;
        const guint8 *data;
        int result = pcap_next_ex(self->pcap, &header, &data);

        if (result == 1) {
            hvn_pcap_capture_add(self, header, data);
        } else if (result == PCAP_ERROR_BREAK) {
            g_clear_pointer(&self->pcap, pcap_close);
        } else {
            return hvn_pcap_capture_fail(self, error, HVN_ERROR_INVALID_CONFIG, "behind %" G_GUINT64_FORMAT " frames: %s", self->n_frames,
                                         pcap_geterr(self->pcap));
        }
    }
    return TRUE;
}

gboolean
hvn_pcap_capture_rewind(HvnPcapCapture *self, GError **error)
{
    g_return_val_if_fail(self->pcap == NULL, FALSE);

    self->first = FALSE;
    if (self->resident) {
        /* the call before this one found the end and left no record of the chunk but the count */
        self->n_records = self->n_frames;
        return TRUE;
    }
    return hvn_pcap_capture_begin(self, error) && hvn_pcap_capture_next(self, error);
}

static gboolean
hvn_pcap_capture_open_file(HvnPcapCapture *self, GError **error)
{
    struct stat status;

    /* a FIFO without a writer must not stop us; what is no regular file cannot be read twice, and may not end */
    self->fd = open(self->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (self->fd < 0 || fstat(self->fd, &status) != 0) {
        hvn_set_error_errno(error, errno, "cannot open capture file '%s'", self->path);
        return FALSE;
    }
    if (!S_ISREG(status.st_mode))
        return hvn_pcap_capture_fail(self, error, HVN_ERROR_INVALID_CONFIG, "it is no regular file: expected a pcap or pcapng file");
    return TRUE;
}

HvnPcapCapture *
hvn_pcap_capture_open(const char *path, GError **error)
{
    /* the memory of the chunk is touched as it is used */
    g_autoptr(HvnPcapCapture) self = g_new0(HvnPcapCapture, 1);

    g_return_val_if_fail(path != NULL, NULL);

    self->path = g_strdup(path);
    self->fd = -1;
    self->first = TRUE;
    if (!hvn_pcap_capture_open_file(self, error) || !hvn_pcap_capture_begin(self, error) || !hvn_pcap_capture_next(self, error))
        return NULL;
    if (self->n_records == 0) {
        hvn_pcap_capture_fail(self, error, HVN_ERROR_INVALID_CONFIG,
                              "it has no whole frame (%" G_GUINT64_FORMAT " cut short, %" G_GUINT64_FORMAT " too short, %" G_GUINT64_FORMAT
                              " too long)%s",
                              self->skipped.cut, self->skipped.runt, self->skipped.oversize,
                              self->skipped.cut > 0 ? ": capture whole frames (tcpdump -s 0)" : "");
        return NULL;
    }
    self->resident = self->pcap == NULL;
    return g_steal_pointer(&self);
}

void
hvn_pcap_capture_free(HvnPcapCapture *self)
{
    if (self == NULL)
        return;
    g_clear_pointer(&self->pcap, pcap_close);
    if (self->fd >= 0)
        close(self->fd);
    g_free(self->path);
    g_free(self);
}

const HvnPcapRecord *
hvn_pcap_capture_get_records(const HvnPcapCapture *self, guint *n_records)
{
    *n_records = self->n_records;
    return self->records;
}

gint64
hvn_pcap_capture_get_period_ns(const HvnPcapCapture *self)
{
    gint64 mean_ns = self->n_frames > 1 ? self->last_ns / (gint64)(self->n_frames - 1) : 0;

    return self->last_ns + MAX(mean_ns, HVN_NS_PER_MS);
}

const HvnPcapSkipped *
hvn_pcap_capture_get_skipped(const HvnPcapCapture *self)
{
    return &self->skipped;
}

gboolean
hvn_pcap_capture_is_file(const HvnPcapCapture *self, const char *path)
{
    struct stat ours, other;

    return fstat(self->fd, &ours) == 0 && stat(path, &other) == 0 && ours.st_dev == other.st_dev && ours.st_ino == other.st_ino;
}
