/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The TFTP client as a state machine: datagrams in, requests and acknowledgements out. */
#include "hvn-bytes.h"
#include "hvn-probe-tftp.h"

static const guint8 oack[] = "\0\6blksize\0" "16\0tsize\0" "20";

static void
assert_ack(HvnProbeTftp *tftp, guint16 block)
{
    gsize len;
    const guint8 *bytes = hvn_probe_tftp_output(tftp, &len);

    g_assert_cmpuint(len, ==, 4);
    g_assert_cmpuint(hvn_load_be16(bytes), ==, 4);
    g_assert_cmpuint(hvn_load_be16(bytes + 2), ==, block);
}

static gboolean
give_data(HvnProbeTftp *tftp, guint16 block, gsize len)
{
    g_autofree guint8 *bytes = g_malloc0(4 + len);

    hvn_store_be16(bytes, 3);
    hvn_store_be16(bytes + 2, block);
    memset(bytes + 4, 'x', len);
    return hvn_probe_tftp_input(tftp, bytes, 4 + len);
}

static void
test_request(void)
{
    static const guint8 want[] = "\0\1file\0octet\0tsize\0" "0\0blksize\0" "1428";
    g_autoptr(HvnProbeTftp) tftp = hvn_probe_tftp_new("file");
    gsize len;
    const guint8 *bytes = hvn_probe_tftp_output(tftp, &len);

    g_assert_cmpmem(bytes, len, want, sizeof want);
}

static void
test_options(void)
{
    g_autoptr(HvnProbeTftp) tftp = hvn_probe_tftp_new("file");
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "xxxxxxxxxxxxxxxxxxxx", 20);
    HvnProbeTftpResult result;

    g_assert_true(hvn_probe_tftp_input(tftp, oack, sizeof oack));
    assert_ack(tftp, 0);
    g_assert_true(give_data(tftp, 1, 16));
    assert_ack(tftp, 1);
    g_assert_false(hvn_probe_tftp_is_done(tftp, &result));
    g_assert_true(give_data(tftp, 2, 4));
    assert_ack(tftp, 2);
    g_assert_true(hvn_probe_tftp_is_done(tftp, &result));
    g_assert_cmpuint(result.size, ==, 20);
    g_assert_cmpuint(result.announced, ==, 20);
    g_assert_cmpuint(result.block_size, ==, 16);
    g_assert_cmpint(result.error_code, ==, -1);
    g_assert_cmpstr(result.sha256, ==, sum);
    g_free(result.sha256);
}

static void
test_without_options(void)
{
    g_autoptr(HvnProbeTftp) tftp = hvn_probe_tftp_new("file");
    HvnProbeTftpResult result;

    g_assert_true(give_data(tftp, 1, 512));
    g_assert_true(give_data(tftp, 2, 0));
    g_assert_true(hvn_probe_tftp_is_done(tftp, &result));
    g_assert_cmpuint(result.size, ==, 512);
    g_free(result.sha256);
}

/* doubled, skipped and oversized blocks, options in the middle: none of it counts */
static void
test_disorder(void)
{
    g_autoptr(HvnProbeTftp) tftp = hvn_probe_tftp_new("file");

    g_assert_false(give_data(tftp, 2, 512));
    g_assert_false(give_data(tftp, 1, 513));
    g_assert_true(give_data(tftp, 1, 512));
    g_assert_false(give_data(tftp, 1, 512));
    g_assert_false(hvn_probe_tftp_input(tftp, oack, sizeof oack));
    g_assert_false(give_data(tftp, 3, 512));
    g_assert_true(give_data(tftp, 2, 1));
    g_assert_true(hvn_probe_tftp_is_done(tftp, NULL));
    g_assert_false(give_data(tftp, 3, 1));
}

static void
test_error(void)
{
    static const guint8 error[] = "\0\5\0\1File not \x1b found";
    g_autoptr(HvnProbeTftp) tftp = hvn_probe_tftp_new("file");
    HvnProbeTftpResult result;

    g_assert_false(hvn_probe_tftp_input(tftp, error, sizeof error));
    g_assert_true(hvn_probe_tftp_is_done(tftp, &result));
    g_assert_cmpint(result.error_code, ==, 1);
    g_assert_cmpstr(result.error_text, ==, "File not ? found");
    g_assert_null(result.sha256);
}

/* nothing behind the end is read (the copies end where the datagram does) */
static void
test_cut(void)
{
    for (gsize len = 0; len < sizeof oack; len++) {
        g_autofree guint8 *bytes = g_memdup2(oack, len);
        g_autoptr(HvnProbeTftp) tftp = hvn_probe_tftp_new("file");

        hvn_probe_tftp_input(tftp, bytes, len);
        g_assert_false(hvn_probe_tftp_is_done(tftp, NULL));
    }
    for (gsize len = 0; len < 4; len++) {
        static const guint8 data[] = {0, 3, 0, 1};
        g_autofree guint8 *bytes = g_memdup2(data, len);
        g_autoptr(HvnProbeTftp) tftp = hvn_probe_tftp_new("file");

        g_assert_false(hvn_probe_tftp_input(tftp, bytes, len));
        g_assert_false(hvn_probe_tftp_is_done(tftp, NULL));
    }
}

static void
test_long_name(void)
{
    g_autofree char *name = g_strnfill(5000, 'n');
    g_autoptr(HvnProbeTftp) tftp = hvn_probe_tftp_new(name);
    gsize len;

    hvn_probe_tftp_output(tftp, &len);
    g_assert_cmpuint(len, <=, 512);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/probe/tftp/request", test_request);
    g_test_add_func("/app/probe/tftp/options", test_options);
    g_test_add_func("/app/probe/tftp/without-options", test_without_options);
    g_test_add_func("/app/probe/tftp/disorder", test_disorder);
    g_test_add_func("/app/probe/tftp/error", test_error);
    g_test_add_func("/app/probe/tftp/cut", test_cut);
    g_test_add_func("/app/probe/tftp/long-name", test_long_name);
    return g_test_run();
}
