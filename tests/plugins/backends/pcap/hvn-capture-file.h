/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Captures by hand for tests: bytes of a pcap or pcapng file, in either byte order, and a file of them in a directory of its own. */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#define MAGIC_MICROSECONDS 0xa1b2c3d4u
#define MAGIC_NANOSECONDS  0xa1b23c4du

typedef struct {
    GByteArray *bytes; /* owned */
    gboolean    big;   /* endian */
    char       *directory;
    char       *path;
} CaptureFile;

static inline void
capture_put(CaptureFile *self, guint size, guint32 value)
{
    for (guint i = 0; i < size; i++) {
        guint8 byte = value >> (8 * (self->big ? size - 1 - i : i));

        g_byte_array_append(self->bytes, &byte, 1);
    }
}

/* a pcap file's header: draft-ietf-opsawg-pcap, 4 */
static inline void
capture_begin(CaptureFile *self, guint32 magic, guint32 link_type)
{
    g_byte_array_set_size(self->bytes, 0);
    capture_put(self, 4, magic);
    capture_put(self, 2, 2);
    capture_put(self, 2, 4);
    capture_put(self, 4, 0);
    capture_put(self, 4, 0);
    capture_put(self, 4, 262144);
    capture_put(self, 4, link_type);
}

/* a record whose bytes count up from its number */
static inline void
capture_record_cut(CaptureFile *self, guint32 seconds, guint32 fraction, guint number, gsize len, gsize original_len)
{
    capture_put(self, 4, seconds);
    capture_put(self, 4, fraction);
    capture_put(self, 4, len);
    capture_put(self, 4, original_len);
    for (gsize i = 0; i < len; i++)
        capture_put(self, 1, (number + i) & 0xff);
}

static inline void
capture_record(CaptureFile *self, guint32 seconds, guint32 fraction, guint number, gsize len)
{
    capture_record_cut(self, seconds, fraction, number, len, len);
}

/* writes the file and returns its path */
static inline const char *
capture_save(CaptureFile *self)
{
    g_assert_true(g_file_set_contents(self->path, (const char *)self->bytes->data, self->bytes->len, NULL));
    return self->path;
}

static inline void
capture_init(CaptureFile *self)
{
    *self = (CaptureFile){.bytes = g_byte_array_new(), .directory = g_dir_make_tmp("hvn-test-pcap-XXXXXX", NULL)};
    g_assert_nonnull(self->directory);
    self->path = g_build_filename(self->directory, "in.pcap", NULL);
    capture_begin(self, MAGIC_MICROSECONDS, 1);
}

static inline void
capture_clear(CaptureFile *self)
{
    g_unlink(self->path);
    g_assert_cmpint(g_rmdir(self->directory), ==, 0);
    g_free(self->path);
    g_free(self->directory);
    g_byte_array_unref(self->bytes);
}
