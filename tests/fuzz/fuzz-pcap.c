/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the captures that the pcap backend replays: whatever the bytes are, there is one error or records that hold what is promised of
 * them, the same in the second pass as in the first. */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hvn-error.h"
#include "hvn-frame.h"
#include "hvn-pcap-capture.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* reads a pass; returns how many frames it has, and FALSE in @whole when the file is broken */
static guint64
fuzz_pcap_pass(HvnPcapCapture *capture, gboolean *whole)
{
    g_autoptr(GError) error = NULL;
    guint64 total = 0;
    gint64 last_ns = 0;
    guint n_records;
    volatile guint8 first_and_last[2];
    const HvnPcapRecord *records;

    do {
        records = hvn_pcap_capture_get_records(capture, &n_records);
        for (guint i = 0; i < n_records; i++) {
            g_assert_true(records[i].len >= HVN_ETHER_HEADER_LEN && records[i].len <= HVN_FRAME_LEN_MAX);
            g_assert_true(records[i].time_ns >= last_ns);
            first_and_last[0] = records[i].data[0]; /* the sanitizer sees bytes that are not there */
            first_and_last[1] = records[i].data[records[i].len - 1];
            last_ns = records[i].time_ns;
        }
        total += n_records;
        *whole = hvn_pcap_capture_next(capture, &error);
        g_assert_true(*whole == (error == NULL));
    } while (*whole && n_records > 0);
    return total;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    g_autoptr(HvnPcapCapture) capture = NULL;
    g_autoptr(GError) error = NULL;
    gboolean whole;

    g_assert_true(fd >= 0 && write(fd, data, size) == (gssize)size);
    capture = hvn_pcap_capture_open(path, &error);
    close(fd);
    g_assert_true((capture == NULL) == (error != NULL));
    if (capture != NULL) {
        guint64 total = fuzz_pcap_pass(capture, &whole);

        g_assert_true(total > 0);
        if (whole) {
            g_assert_true(hvn_pcap_capture_get_period_ns(capture) > 0);
            g_assert_true(hvn_pcap_capture_rewind(capture, NULL));
            g_assert_true(fuzz_pcap_pass(capture, &whole) == total && whole);
        }
    } else {
        g_assert_true(error->domain == HVN_ERROR && strchr(error->message, '\n') == NULL);
    }
    return 0;
}
