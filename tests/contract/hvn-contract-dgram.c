/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the contract tests know of the dgram backend, of socket on the same wire, and of l2tpv3, which puts a header in front: the peer is a UDP port of loopback that answers nothing and that nobody reads, so that
 * the kernel drops what it has no room for. A peer that stalls is one of the backend's own tests. */
#include "hvn-contract-model.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* a port that is free, and a socket on it */
static int
dgram_bind(guint *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&address, &len), ==, 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void
dgram_configure(HvnOptions *options)
{
    static const char *const sides[] = {"local", "remote"};
    static int peer = -1; /* one for all tests: it ends with the process */
    static guint ports[2];

    if (peer < 0) {
        peer = dgram_bind(&ports[1]);
        close(dgram_bind(&ports[0]));
    }
    for (guint i = 0; i < G_N_ELEMENTS(sides); i++) {
        g_autofree char *type = g_strdup_printf("%s.type", sides[i]);
        g_autofree char *host = g_strdup_printf("%s.host", sides[i]);
        g_autofree char *port = g_strdup_printf("%s.port", sides[i]);
        g_autofree char *number = g_strdup_printf("%u", ports[i]);

        hvn_options_add(options, type, "inet", "contract");
        hvn_options_add(options, host, "127.0.0.1", "contract");
        hvn_options_add(options, port, number, "contract");
    }
}

static void
socket_configure(HvnOptions *options)
{
    g_autoptr(HvnOptions) dgram = hvn_options_new();
    g_autofree char *udp = NULL;
    g_autofree char *localaddr = NULL;

    dgram_configure(dgram);
    udp = g_strdup_printf("127.0.0.1:%s", hvn_options_find(dgram, "remote.port")->text);
    localaddr = g_strdup_printf("127.0.0.1:%s", hvn_options_find(dgram, "local.port")->text);
    hvn_options_add(options, "udp", udp, "contract");
    hvn_options_add(options, "localaddr", localaddr, "contract");
}

static void
l2tpv3_configure(HvnOptions *options)
{
    g_autoptr(HvnOptions) dgram = hvn_options_new();

    dgram_configure(dgram);
    hvn_options_add(options, "udp", "on", "contract");
    hvn_options_add(options, "src", "127.0.0.1", "contract");
    hvn_options_add(options, "dst", "127.0.0.1", "contract");
    hvn_options_add(options, "srcport", hvn_options_find(dgram, "local.port")->text, "contract");
    hvn_options_add(options, "dstport", hvn_options_find(dgram, "remote.port")->text, "contract");
    hvn_options_add(options, "txsession", "1", "contract");
}

const HvnContractModel hvn_contract_l2tpv3 = {
    .kind = "backend",
    .name = "l2tpv3",
    .configure = l2tpv3_configure,
    .silent = TRUE,
};

const HvnContractModel hvn_contract_socket = {
    .kind = "backend",
    .name = "socket",
    .configure = socket_configure,
    .silent = TRUE,
};

const HvnContractModel hvn_contract_dgram = {
    .kind = "backend",
    .name = "dgram",
    .configure = dgram_configure,
    .silent = TRUE,
};
