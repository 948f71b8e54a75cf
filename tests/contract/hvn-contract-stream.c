/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the contract tests know of the stream backend: a server to which two peers have connected. One says 200 numbered frames by itself,
 * and neither reads, so that they lose what they have no room for. One peer that stalls is one of the backend's own tests. */
#include "hvn-contract-model.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "hvn-bytes.h"

#define FRAMES    200
#define FRAME_LEN 60

static void
stream_say(int fd)
{
    for (guint i = 0; i < FRAMES; i++) {
        guint8 bytes[4 + FRAME_LEN] = {0};

        hvn_store_be32(bytes, FRAME_LEN);
        hvn_store_be16(bytes + 4 + 12, 0x88b5);
        hvn_store_be16(bytes + 4 + 14, i);
        g_assert_cmpint(send(fd, bytes, sizeof bytes, 0), ==, sizeof bytes);
    }
}

static void
stream_configure(HvnOptions *options)
{
    static int fds[3] = {-1, -1, -1}; /* the listener and the peers of the test before */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t len = sizeof address;
    g_autofree char *text = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(fds); i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (i == 0) {
            /* without a name the kernel makes an abstract one */
            g_assert_cmpint(bind(fds[0], (struct sockaddr *)&address, sizeof(sa_family_t)), ==, 0);
            g_assert_cmpint(listen(fds[0], 2), ==, 0);
            g_assert_cmpint(getsockname(fds[0], (struct sockaddr *)&address, &len), ==, 0);
        } else {
            g_assert_cmpint(connect(fds[i], (struct sockaddr *)&address, len), ==, 0);
        }
    }
    stream_say(fds[1]);
    text = g_strdup_printf("%d", fds[0]);
    hvn_options_add(options, "addr.type", "fd", "contract");
    hvn_options_add(options, "addr.str", text, "contract");
    hvn_options_add(options, "server", "on", "contract");
}

static gboolean
stream_answer(const guint8 *data, gsize len, guint16 *number)
{
    *number = hvn_load_be16(data + 14);
    return len == FRAME_LEN;
}

const HvnContractModel hvn_contract_stream = {
    .kind = "backend",
    .name = "stream",
    .configure = stream_configure,
    .answer = stream_answer,
};
