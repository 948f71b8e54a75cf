/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/net/hvn-pcap.c: the bytes of the file. */
#include "hvn-error.h"
#include "hvn-pcap.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    char *directory;
    char *path;
} Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    self->directory = g_dir_make_tmp("hvn-test-pcap-XXXXXX", NULL);
    g_assert_nonnull(self->directory);
    self->path = g_build_filename(self->directory, "net0.pcap", NULL);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    g_unlink(self->path);
    g_assert_cmpint(g_rmdir(self->directory), ==, 0);
    g_free(self->directory);
    g_free(self->path);
}

static guint32
word(const char *content, gsize at)
{
    guint32 value;

    memcpy(&value, content + at, sizeof value);
    return value;
}

static void
test_names(void)
{
    static const char *const names[][2] = {{"a.pcap", "a-net0.pcap"}, {"a", "a-net0"}, {"b.c/a", "b.c/a-net0"}, {"b.c/a.b.pcap", "b.c/a.b-net0.pcap"}};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *named = hvn_pcap_make_path(names[i][0], "net0");

        g_assert_cmpstr(named, ==, names[i][1]);
    }
}

static void
test_bytes_of_the_file(Fixture *self, gconstpointer data)
{
    static const guint16 version[2] = {2, 4};
    g_autoptr(GError) error = NULL;
    g_autofree char *content = NULL;
    gint64 before_us = g_get_real_time(), time_us;
    struct iovec pieces[] = {{(gpointer) "0123456", 7}, {(gpointer) "89abcdefgh", 10}};
    HvnPcap *pcap;
    HvnFrame frames[2];
    gsize len;

    pcap = hvn_pcap_new(self->path, 16, &error);
    g_assert_no_error(error);
    hvn_frame_init(&frames[0], pieces, 2);
    hvn_frame_init(&frames[1], pieces, 1);
    hvn_pcap_write(pcap, frames, 2);
    hvn_pcap_free(pcap);

    g_assert_true(g_file_get_contents(self->path, &content, &len, &error));
    g_assert_cmpuint(len, ==, 24 + 16 + 16 + 16 + 7);
    g_assert_cmphex(word(content, 0), ==, 0xa1b2c3d4);
    g_assert_cmpmem(content + 4, 4, version, 4);
    g_assert_cmpmem(content + 8, 8, "\0\0\0\0\0\0\0\0", 8);
    g_assert_cmpuint(word(content, 16), ==, 16);
    g_assert_cmpuint(word(content, 20), ==, 1);
    time_us = (gint64)word(content, 24) * G_USEC_PER_SEC + word(content, 28);
    g_assert_cmpint(time_us, >=, before_us);
    g_assert_cmpint(time_us, <=, g_get_real_time());
    g_assert_cmpuint(word(content, 28), <, G_USEC_PER_SEC);
    g_assert_cmpuint(word(content, 32), ==, 16);
    g_assert_cmpuint(word(content, 36), ==, 17);
    g_assert_cmpmem(content + 40, 16, "012345689abcdefg", 16);
    g_assert_cmpuint(word(content, 56 + 8), ==, 7);
    g_assert_cmpuint(word(content, 56 + 12), ==, 7);
    g_assert_cmpmem(content + 72, 7, "0123456", 7);
}

static void
test_file_is_private_and_truncated(Fixture *self, gconstpointer data)
{
    struct stat status;
    HvnPcap *pcap;

    g_assert_true(g_file_set_contents(self->path, "something longer than the header of the file", -1, NULL));
    g_assert_cmpint(g_unlink(self->path), ==, 0);
    pcap = hvn_pcap_new(self->path, 1, NULL);
    hvn_pcap_free(pcap);
    g_assert_cmpint(stat(self->path, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777 & ~0600, ==, 0);
    g_assert_cmpint(status.st_size, ==, 24);
    g_assert_true(g_file_set_contents(self->path, "something longer than the header of the file", -1, NULL));
    hvn_pcap_free(hvn_pcap_new(self->path, 1, NULL));
    g_assert_cmpint(stat(self->path, &status), ==, 0);
    g_assert_cmpint(status.st_size, ==, 24);
}

static void
test_many_frames_beyond_the_buffer(Fixture *self, gconstpointer data)
{
    g_autofree guint8 *bytes = g_malloc(HVN_FRAME_LEN_MAX);
    g_autofree char *content = NULL;
    gsize len, at = 24;
    guint n_records = 0;
    struct iovec piece = {bytes, 0};
    HvnPcap *pcap = hvn_pcap_new(self->path, G_MAXUINT, NULL);
    HvnFrame frame;

    for (gsize i = 0; i < HVN_FRAME_LEN_MAX; i++)
        bytes[i] = i % 251;
    for (guint i = 0; i < 200; i++) {
        piece.iov_len = i % 10 == 0 ? HVN_FRAME_LEN_MAX : 14 + i * 7;
        hvn_frame_init(&frame, &piece, 1);
        hvn_pcap_write(pcap, &frame, 1);
    }
    hvn_pcap_flush(pcap);
    g_assert_true(g_file_get_contents(self->path, &content, &len, NULL));
    for (; at < len; n_records++) {
        gsize expected = n_records % 10 == 0 ? HVN_FRAME_LEN_MAX : 14 + n_records * 7;

        g_assert_cmpuint(word(content, at + 8), ==, expected);
        g_assert_cmpuint(word(content, at + 12), ==, expected);
        g_assert_cmpmem(content + at + 16, expected, bytes, expected);
        at += 16 + expected;
    }
    g_assert_cmpuint(at, ==, len);
    g_assert_cmpuint(n_records, ==, 200);
    hvn_pcap_free(pcap);
}

static void
test_cannot_open(Fixture *self, gconstpointer data)
{
    g_autofree char *path = g_build_filename(self->path, "x", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_null(hvn_pcap_new(path, 100, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND);
    g_assert_nonnull(strstr(error->message, path));
    g_clear_error(&error);
    g_assert_null(hvn_pcap_new(self->directory, 100, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_IO);
}

/* a limit on the size of files stands in for a full disk */
static void
test_full_disk_is_told_once(Fixture *self, gconstpointer data)
{
    guint8 bytes[1000] = {0};
    struct iovec piece = {bytes, sizeof bytes};
    HvnPcap *pcap = hvn_pcap_new(self->path, 65536, NULL);
    struct rlimit before, limit;
    struct stat status;
    HvnFrame frame;

    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &before), ==, 0);
    limit = before;
    limit.rlim_cur = 100000;
    signal(SIGXFSZ, SIG_IGN);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    g_test_expect_message("hvn-net", G_LOG_LEVEL_WARNING, "*cannot write capture file*");
    hvn_frame_init(&frame, &piece, 1);
    for (guint i = 0; i < 400; i++)
        hvn_pcap_write(pcap, &frame, 1);
    g_test_assert_expected_messages();
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &before), ==, 0);

    /* whole records only, and the writer goes on when there is room again */
    hvn_pcap_write(pcap, &frame, 1);
    g_test_expect_message("hvn-net", G_LOG_LEVEL_WARNING, "*lacks * frames*");
    hvn_pcap_free(pcap);
    g_test_assert_expected_messages();
    g_assert_cmpint(stat(self->path, &status), ==, 0);
    g_assert_cmpint((status.st_size - 24) % 1016, ==, 0);
    g_assert_cmpint(status.st_size, >, 60000);
}

static void
test_full_disk_at_the_start(Fixture *self, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    if (access("/dev/full", W_OK) != 0) {
        g_test_skip("no /dev/full here");
        return;
    }
    g_assert_null(hvn_pcap_new("/dev/full", 100, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_IO);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/net/pcap/bytes-of-the-file", Fixture, NULL, set_up, test_bytes_of_the_file, tear_down);
    g_test_add_func("/net/pcap/names", test_names);
    g_test_add("/net/pcap/file-is-private-and-truncated", Fixture, NULL, set_up, test_file_is_private_and_truncated, tear_down);
    g_test_add("/net/pcap/many-frames-beyond-the-buffer", Fixture, NULL, set_up, test_many_frames_beyond_the_buffer, tear_down);
    g_test_add("/net/pcap/cannot-open", Fixture, NULL, set_up, test_cannot_open, tear_down);
    g_test_add("/net/pcap/full-disk-is-told-once", Fixture, NULL, set_up, test_full_disk_is_told_once, tear_down);
    g_test_add("/net/pcap/full-disk-at-the-start", Fixture, NULL, set_up, test_full_disk_at_the_start, tear_down);
    return g_test_run();
}
