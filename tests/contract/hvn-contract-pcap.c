/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the contract tests know of the pcap backend: it replays a capture of 200 numbered frames without being asked, and keeps what it is
 * sent. The capture is a file in memory. */
#include "hvn-contract-model.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hvn-bytes.h"

#define FRAMES    200
#define FRAME_LEN 60

/* draft-ietf-opsawg-pcap: the header of the file, and one of each record */
static void
pcap_write_capture(int fd)
{
    const guint32 header[6] = {0xa1b2c3d4, GUINT32_FROM_LE(0x00040002), 0, 0, 65536, 1};

    g_assert_cmpint(write(fd, header, sizeof header), ==, sizeof header);
    for (guint i = 0; i < FRAMES; i++) {
        const guint32 record[4] = {0, i, FRAME_LEN, FRAME_LEN};
        guint8 frame[FRAME_LEN] = {0};

        hvn_store_be16(frame + 12, 0x88b5);
        hvn_store_be16(frame + 14, i);
        g_assert_cmpint(write(fd, record, sizeof record), ==, sizeof record);
        g_assert_cmpint(write(fd, frame, sizeof frame), ==, sizeof frame);
    }
}

static void
pcap_configure(HvnOptions *options)
{
    static int fd = -1; /* one for all tests: it ends with the process */
    g_autofree char *path = NULL;

    if (fd < 0) {
        fd = memfd_create("contract", MFD_CLOEXEC);
        g_assert_cmpint(fd, >=, 0);
        pcap_write_capture(fd);
    }
    path = g_strdup_printf("/proc/self/fd/%d", fd);
    hvn_options_add(options, "file", path, "contract");
    hvn_options_add(options, "pace", "full", "contract");
    hvn_options_add(options, "output", "/dev/null", "contract");
}

static gboolean
pcap_answer(const guint8 *data, gsize len, guint16 *number)
{
    *number = hvn_load_be16(data + 14);
    return len == FRAME_LEN;
}

const HvnContractModel hvn_contract_pcap = {
    .kind = "backend",
    .name = "pcap",
    .configure = pcap_configure,
    .answer = pcap_answer,
};
