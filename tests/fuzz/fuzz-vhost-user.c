/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the vhost-user server: the input is a client that sends requests with descriptors, writes its memory and kicks. The first byte
 * chooses how much has been set up before. Every input ends with a client that must be served, if the one before was dropped.
 *
 *   'M' request flags descriptors length payload | 'W' offset(3) length bytes | 'K' ring | 'R' | 'B' length bytes as they are */

#include "hvn-vhost-fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

typedef struct {
    const guint8 *data;
    gsize         left;
} FuzzInput;

static guint
fuzz_byte(FuzzInput *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->data++;
}

static gsize
fuzz_bytes(FuzzInput *input, guint8 *bytes, gsize len)
{
    gsize n = MIN(len, input->left);

    memcpy(bytes, input->data, n);
    input->data += n;
    input->left -= n;
    return n;
}

static void
fuzz_message(Fixture *f, FuzzInput *input)
{
    HvnVhostUserHeader header = {.request = fuzz_byte(input)};
    guint8             bytes[sizeof header + 255] = {0};
    guint              what = fuzz_byte(input) % 12;
    guint              n_fds = what < 9 ? what / 3 : what;
    int                fds[16];

    header.flags = 1 | (fuzz_byte(input) & 8);
    header.size = fuzz_byte(input);
    memcpy(bytes, &header, sizeof header);
    fuzz_bytes(input, bytes + sizeof header, header.size);
    for (guint i = 0; i < G_N_ELEMENTS(fds); i++)
        fds[i] = what % 3 == 0 ? f->client.memory : what % 3 == 1 ? f->client.kick[i % 4] : f->client.call[i % 4];
    hvn_vhost_client_send_raw(&f->client, bytes, sizeof header + header.size, fds, n_fds);
}

static void
fuzz_run(Fixture *f)
{
    for (guint i = 0; i < 4; i++)
        hvn_dispatcher_iterate(f->dispatcher, FALSE);
    hvn_vhost_device_receive(f->device, 0, "received");
    hvn_vhost_device_receive(f->device, 2, "received");
}

static void
fuzz_step(Fixture *f, FuzzInput *input)
{
    const guint64 one = 1;
    guint8        bytes[256];
    gsize         len, offset;

    switch (fuzz_byte(input)) {
    case 'M':
        fuzz_message(f, input);
        break;
    case 'W':
        offset = fuzz_byte(input);
        offset = offset << 8 | fuzz_byte(input);
        offset = (offset << 4) % (HVN_VHOST_CLIENT_RAM - sizeof bytes) + fuzz_byte(input) % 16;
        len = fuzz_byte(input);
        len = fuzz_bytes(input, bytes, len);
        memcpy(f->client.ram + offset, bytes, len);
        break;
    case 'K':
        if (write(f->client.kick[fuzz_byte(input) % HVN_VHOST_CLIENT_RINGS], &one, sizeof one) < 0)
            return;
        break;
    case 'B':
        len = fuzz_byte(input);
        len = fuzz_bytes(input, bytes, len);
        if (len > 0)
            hvn_vhost_client_send_raw(&f->client, bytes, len, NULL, 0);
        break;
    default:
        fuzz_run(f);
        break;
    }
}

static void
fuzz_silent(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
    if ((level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR)) != 0)
        abort();
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    FuzzInput input = {data, size};
    Fixture   f = {0};
    guint     start;

    g_log_set_default_handler(fuzz_silent, NULL);
    fixture_set_up(&f, NULL);
    start = fuzz_byte(&input) % 3;
    if (start == 1)
        fixture_negotiate(&f);
    else if (start == 2)
        fixture_start(&f);
    while (input.left > 0 && hvn_vhost_user_get_attached(f.server))
        fuzz_step(&f, &input);
    for (guint i = 0; i < 4; i++)
        fuzz_run(&f);
    if (!hvn_vhost_user_get_attached(f.server)) {
        hvn_vhost_client_clear(&f.client);
        fixture_connect(&f);
        fixture_start(&f);
        g_string_truncate(f.device->sent, 0);
        hvn_vhost_client_offer(&f.client, 1, "served");
        hvn_vhost_client_kick(&f.client, 1);
        g_assert_cmpstr(f.device->sent->str, ==, "served,");
    }
    fixture_tear_down(&f, NULL);
    return 0;
}
