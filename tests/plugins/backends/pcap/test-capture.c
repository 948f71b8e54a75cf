/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Capture files: every kind that libpcap knows, times, chunks, passes; and files that are broken, of something else, or not files. */
#include "hvn-capture-file.h"

#include "hvn-clock.h"
#include "hvn-error.h"
#include "hvn-frame.h"
#include "hvn-pcap-capture.h"

#include <sys/stat.h>
#include <unistd.h>

static void
set_up(CaptureFile *file, gconstpointer data)
{
    capture_init(file);
}

static void
tear_down(CaptureFile *file, gconstpointer data)
{
    capture_clear(file);
}

static HvnPcapCapture *
open_good(CaptureFile *file)
{
    g_autoptr(GError) error = NULL;
    HvnPcapCapture *capture = hvn_pcap_capture_open(capture_save(file), &error);

    g_assert_no_error(error);
    g_assert_nonnull(capture);
    return capture;
}

static void
assert_refused(CaptureFile *file, HvnError code, const char *pattern)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(hvn_pcap_capture_open(capture_save(file), &error));
    g_assert_error(error, HVN_ERROR, (gint)code);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, file->path));
    if (!g_pattern_match_simple(pattern, error->message))
        g_assert_cmpstr(error->message, ==, pattern);
}

static void
assert_record(const HvnPcapCapture *capture, guint n, gint64 time_ns, guint number, gsize len)
{
    guint n_records;
    const HvnPcapRecord *record = hvn_pcap_capture_get_records(capture, &n_records) + n;

    g_assert_cmpuint(n, <, n_records);
    g_assert_cmpint(record->time_ns, ==, time_ns);
    g_assert_cmpuint(record->len, ==, len);
    for (gsize i = 0; i < len; i++)
        g_assert_cmpuint(record->data[i], ==, (number + i) & 0xff);
}

/* both byte orders, both resolutions */
static void
test_kinds(CaptureFile *file, gconstpointer data)
{
    const guint32 magics[] = {MAGIC_MICROSECONDS, MAGIC_NANOSECONDS};

    for (guint i = 0; i < 4; i++) {
        gint64 unit_ns = i % 2 == 0 ? 1000 : 1;
        g_autoptr(HvnPcapCapture) capture = NULL;
        guint n_records;

        file->big = i >= 2;
        capture_begin(file, magics[i % 2], 1);
        capture_record(file, 1000000000, 999999, 1, 60);
        capture_record(file, 1000000001, 5, 2, 1514);
        capture_record(file, 1000000003, 0, 3, 14);
        capture = open_good(file);
        hvn_pcap_capture_get_records(capture, &n_records);
        g_assert_cmpuint(n_records, ==, 3);
        assert_record(capture, 0, 0, 1, 60);
        assert_record(capture, 1, HVN_NS_PER_S + (5 - 999999) * unit_ns, 2, 1514);
        assert_record(capture, 2, 3 * HVN_NS_PER_S - 999999 * unit_ns, 3, 14);
    }
}

/* a section header block, an interface description block and an enhanced packet block (draft-ietf-opsawg-pcapng) */
static void
put_pcapng(CaptureFile *file, guint32 link_type)
{
    /* version 1.0 and the link type are pairs of 16 bits each */
    const guint32 version = file->big ? 1 << 16 : 1;
    const guint32 words[] = {0x0a0d0d0a, 28, 0x1a2b3c4d, version, 0xffffffff, 0xffffffff, 28, 1, 20,
                             file->big ? link_type << 16 : link_type, 0, 20, 6, 92, 0, 1, 500, 60, 60};

    g_byte_array_set_size(file->bytes, 0);
    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        capture_put(file, 4, words[i]);
    for (guint i = 0; i < 60; i++)
        capture_put(file, 1, 7 + i);
    capture_put(file, 4, 92);
}

static void
test_pcapng(CaptureFile *file, gconstpointer data)
{
    for (guint big = 0; big < 2; big++) {
        g_autoptr(HvnPcapCapture) capture = NULL;

        file->big = big == 1;
        put_pcapng(file, 1);
        capture = open_good(file);
        assert_record(capture, 0, 0, 7, 60);
    }
}

/* a time stamp that goes back or is out of all reason does not go back here */
static void
test_times_never_go_back(CaptureFile *file, gconstpointer data)
{
    g_autoptr(HvnPcapCapture) capture = NULL;

    capture_record(file, 100, 0, 1, 60);
    capture_record(file, 50, 0, 2, 60);
    capture_record(file, 100, 10, 3, 60);
    capture_record(file, 100, 0xffffffff, 4, 60);
    capture_record(file, 0xffffffff, 0, 5, 60);
    capture = open_good(file);
    assert_record(capture, 1, 0, 2, 60);
    assert_record(capture, 2, 10 * HVN_NS_PER_US, 3, 60);
    for (guint i = 1; i < 5; i++) {
        guint n_records;
        const HvnPcapRecord *records = hvn_pcap_capture_get_records(capture, &n_records);

        g_assert_cmpint(records[i].time_ns, >=, records[i - 1].time_ns);
    }
}

static void
test_what_is_no_frame(CaptureFile *file, gconstpointer data)
{
    g_autoptr(HvnPcapCapture) capture = NULL;
    const HvnPcapSkipped *skipped;
    guint n_records;

    capture_record_cut(file, 0, 0, 0, 96, 1514);
    capture_record_cut(file, 0, 0, 0, 10, 1514);
    capture_record(file, 0, 0, 0, 13);
    capture_record(file, 0, 0, 0, 0);
    capture_record(file, 0, 0, 0, HVN_FRAME_LEN_MAX + 1);
    capture_record(file, 0, 0, 9, HVN_FRAME_LEN_MAX);
    capture = open_good(file);
    hvn_pcap_capture_get_records(capture, &n_records);
    g_assert_cmpuint(n_records, ==, 1);
    assert_record(capture, 0, 0, 9, HVN_FRAME_LEN_MAX);
    skipped = hvn_pcap_capture_get_skipped(capture);
    g_assert_cmpuint(skipped->cut, ==, 2);
    g_assert_cmpuint(skipped->runt, ==, 2);
    g_assert_cmpuint(skipped->oversize, ==, 1);
    g_assert_true(hvn_pcap_capture_next(capture, NULL) && hvn_pcap_capture_rewind(capture, NULL));
    g_assert_cmpuint(skipped->cut, ==, 2);
}

static guint
count_to_the_end(HvnPcapCapture *capture)
{
    guint total = 0, n_records;

    for (hvn_pcap_capture_get_records(capture, &n_records); n_records > 0; hvn_pcap_capture_get_records(capture, &n_records)) {
        total += n_records;
        g_assert_true(hvn_pcap_capture_next(capture, NULL));
    }
    return total;
}

/* small files stay in memory, large ones are read again; both give the same each time */
static void
test_passes(CaptureFile *file, gconstpointer data)
{
    const struct {
        guint n_records;
        gsize len;
    } sizes[] = {{1, 60}, {4096, 14}, {4097, 14}, {20000, 60}, {40, 65000}, {1000, 1514}};

    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(HvnPcapCapture) capture = NULL;

        capture_begin(file, MAGIC_MICROSECONDS, 1);
        for (guint j = 0; j < sizes[i].n_records; j++)
            capture_record(file, j, 0, j, sizes[i].len);
        capture = open_good(file);
        for (guint pass = 0; pass < 3; pass++) {
            assert_record(capture, 0, 0, 0, sizes[i].len);
            g_assert_cmpuint(count_to_the_end(capture), ==, sizes[i].n_records);
            g_assert_true(hvn_pcap_capture_rewind(capture, NULL));
        }
    }
}

static void
test_period(CaptureFile *file, gconstpointer data)
{
    g_autoptr(HvnPcapCapture) spread = NULL;
    g_autoptr(HvnPcapCapture) burst = NULL;

    for (guint i = 0; i < 5; i++)
        capture_record(file, 2 * i, 0, i, 60);
    spread = open_good(file);
    g_assert_cmpint(hvn_pcap_capture_get_period_ns(spread), ==, 10 * HVN_NS_PER_S);
    capture_begin(file, MAGIC_MICROSECONDS, 1);
    capture_record(file, 7, 0, 0, 60);
    burst = open_good(file);
    g_assert_cmpint(hvn_pcap_capture_get_period_ns(burst), ==, HVN_NS_PER_MS);
}

static void
test_other_link_types(CaptureFile *file, gconstpointer data)
{
    capture_begin(file, MAGIC_MICROSECONDS, 113);
    capture_record(file, 0, 0, 0, 60);
    assert_refused(file, HVN_ERROR_NOT_SUPPORTED, "cannot replay '*': *link type 113 (LINUX_SLL): expected Ethernet,*not on 'any'");
    capture_begin(file, MAGIC_MICROSECONDS, 101);
    assert_refused(file, HVN_ERROR_NOT_SUPPORTED, "*link type 12 (RAW)*");
    put_pcapng(file, 113);
    assert_refused(file, HVN_ERROR_NOT_SUPPORTED, "*link type 113 (LINUX_SLL)*");
}

static void
test_broken(CaptureFile *file, gconstpointer data)
{
    capture_record(file, 0, 0, 0, 60);
    g_byte_array_set_size(file->bytes, file->bytes->len - 1);
    assert_refused(file, HVN_ERROR_INVALID_CONFIG, "cannot replay '*': behind 0 frames: *truncated*");
    capture_begin(file, MAGIC_MICROSECONDS, 1);
    capture_record(file, 0, 0, 0, 60);
    capture_put(file, 4, 0);
    assert_refused(file, HVN_ERROR_INVALID_CONFIG, "*behind 1 frames: *truncated*");
    capture_begin(file, MAGIC_MICROSECONDS, 1);
    capture_record_cut(file, 0, 0, 0, 0, 0);
    memset(file->bytes->data + 32, 0x7f, 8);
    assert_refused(file, HVN_ERROR_INVALID_CONFIG, "cannot replay '*': *");
}

static void
test_no_capture(CaptureFile *file, gconstpointer data)
{
    g_byte_array_set_size(file->bytes, 0);
    assert_refused(file, HVN_ERROR_INVALID_CONFIG, "cannot replay '*': *: expected a pcap or pcapng file");
    g_byte_array_append(file->bytes, (const guint8 *)"GIF89a, which is no capture at all", 34);
    assert_refused(file, HVN_ERROR_INVALID_CONFIG, "cannot replay '*': unknown file format: expected a pcap or pcapng file");
    capture_begin(file, MAGIC_MICROSECONDS, 1);
    assert_refused(file, HVN_ERROR_INVALID_CONFIG, "cannot replay '*': it has no whole frame (0 cut short, 0 too short, 0 too long)");
    capture_record_cut(file, 0, 0, 0, 96, 1514);
    assert_refused(file, HVN_ERROR_INVALID_CONFIG, "*no whole frame (1 cut short, *): capture whole frames (tcpdump -s 0)");
}

static void
test_no_file(CaptureFile *file, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(hvn_pcap_capture_open(file->path, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND);
    g_clear_error(&error);
    g_assert_null(hvn_pcap_capture_open(file->directory, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_nonnull(strstr(error->message, "no regular file"));
    g_clear_error(&error);
    /* nobody writes into it, and that is not waited for */
    g_assert_cmpint(mkfifo(file->path, 0600), ==, 0);
    g_assert_null(hvn_pcap_capture_open(file->path, &error));
    g_assert_nonnull(strstr(error->message, "no regular file"));
}

/* a file that is cut while it is replayed is found where it ends */
static void
test_cut_meanwhile(CaptureFile *file, gconstpointer data)
{
    g_autoptr(HvnPcapCapture) capture = NULL;
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < 9000; i++)
        capture_record(file, 0, 0, 0, 14);
    capture = open_good(file);
    /* what libpcap has read already is there; behind that there is half a record */
    g_assert_cmpint(truncate(file->path, 24 + 8500 * 30 + 5), ==, 0);
    g_assert_true(hvn_pcap_capture_next(capture, &error));
    g_assert_false(hvn_pcap_capture_next(capture, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_nonnull(strstr(error->message, "behind 8500 frames"));
    g_assert_true(hvn_pcap_capture_is_file(capture, file->path));
    g_assert_false(hvn_pcap_capture_is_file(capture, file->directory));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) g_test_add("/pcap/capture/" name, CaptureFile, NULL, set_up, func, tear_down)
    ADD("kinds", test_kinds);
    ADD("pcapng", test_pcapng);
    ADD("times-never-go-back", test_times_never_go_back);
    ADD("what-is-no-frame", test_what_is_no_frame);
    ADD("passes", test_passes);
    ADD("period", test_period);
    ADD("other-link-types", test_other_link_types);
    ADD("broken", test_broken);
    ADD("no-capture", test_no_capture);
    ADD("no-file", test_no_file);
    ADD("cut-meanwhile", test_cut_meanwhile);
#undef ADD
    return g_test_run();
}
