/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/app/hvn-json-scan.c: where objects end, in one piece and byte by byte, and what is refused before a parser sees it. */
#include "hvn-json-scan.h"

#include <string.h>

typedef struct {
    const char *stream;
    const char *found; /* objects and problems, each in <> or [] */
} Case;

static const Case cases[] = {
    {"", ""},
    {" \r\n\t", ""},
    {"{}", "<{}>"},
    {"{}\r\n{}\n", "<{}><{}>"},
    {"{}{\"a\":[1,2]}", "<{}><{\"a\":[1,2]}>"},
    {"{\n  \"a\": {\n  \"b\": -1.5e+3}\n}\n", "<{\n  \"a\": {\n  \"b\": -1.5e+3}\n}>"},
    {"{\"}\\\"}\":\"\\\\\"}", "<{\"}\\\"}\":\"\\\\\"}>"},
    {"{\"a\":true", ""},
    /* what cannot be JSON, and that the next line counts again */
    {"[]\n{}", "[what is not a JSON object]<{}>"},
    {"GET / HTTP/1.1\r\n{}", "[what is not a JSON object]<{}>"},
    {"}{}\n{}", "[what is not a JSON object]<{}>"},
    {"{]}{}\n{}", "[a closing bracket that is not of the kind that was opened]<{}>"},
    {"{[}\n", "[a closing bracket that is not of the kind that was opened]"},
    {"{\"a\n{}", "[a control character or a line break within a string]<{}>"},
    {"{\"a\tb\":1}\n{}", "[a control character or a line break within a string]<{}>"},
    {"{'a':1}\n{}", "[a character that is not of JSON]<{}>"},
    /* a comment of json-glib's could hide brackets from the count */
    {"{/*\"*/\"a\":[[[[\n{}", "[a character that is not of JSON]<{}>"},
    {"{#\n{}", "[a character that is not of JSON]<{}>"},
    {"{a=1}\n{}", "[a character that is not of JSON]<{}>"},
    {"{\"\\", ""},
    /* escapes, RFC 8259, 7 */
    {"{\"\\b\\/\\u00e9\\uD83D\\ude00\":1}", "<{\"\\b\\/\\u00e9\\uD83D\\ude00\":1}>"},
    {"{\"\\x\"}\n{}", "[an escape that JSON does not have]<{}>"},
    {"{\"\\u00e\"}\n{}", "[an escape that JSON does not have]<{}>"},
    {"{\"\\u00eUTF\"}\n{}", "[an escape that JSON does not have]<{}>"},
    {"{\"\\ude00\"}\n{}", "[half a surrogate pair]<{}>"},
    {"{\"\\ud83d\"}\n{}", "[half a surrogate pair]<{}>"},
    {"{\"\\ud83da\"}\n{}", "[half a surrogate pair]<{}>"},
    {"{\"\\ud83d\\n\"}\n{}", "[half a surrogate pair]<{}>"},
    {"{\"\\ud83d\\ud83d\"}\n{}", "[half a surrogate pair]<{}>"},
    {"{\"net0\\u0000x\"}\n{}", "[a character of value 0 within a string]<{}>"},
};

static char *
scan(const char *stream, gsize step)
{
    HvnJsonScan self = {.max_len = 200};
    GString *found = g_string_new(NULL);
    gsize n_bytes = strlen(stream);

    for (gsize at = 0; at < n_bytes;) {
        gsize used = 0;
        HvnJsonScanResult result = hvn_json_scan(&self, stream + at, MIN(step, n_bytes - at), &used);

        g_assert_cmpuint(used, >, 0);
        at += used;
        if (result == HVN_JSON_SCAN_OBJECT)
            g_string_append_printf(found, "<%.*s>", (int)self.len, stream + at - self.len);
        else if (result == HVN_JSON_SCAN_MALFORMED)
            g_string_append_printf(found, "[%s]", self.problem);
    }
    return g_string_free(found, FALSE);
}

static void
test_cases(void)
{
    static const gsize steps[] = {1, 2, 3, 1000};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (guint j = 0; j < G_N_ELEMENTS(steps); j++) {
            g_autofree char *found = scan(cases[i].stream, steps[j]);

            g_assert_cmpstr(found, ==, cases[i].found);
        }
    }
}

static void
test_length(void)
{
    g_autofree char *inside = g_strnfill(200 - strlen("{\"\":1}"), 'a');
    g_autofree char *fits = g_strdup_printf("{\"%s\":1}", inside);
    g_autofree char *longer = g_strdup_printf("{\"%sa\":1}\n{}", inside);
    g_autofree char *wanted = g_strdup_printf("<%s>", fits);
    g_autofree char *found = scan(fits, 7);
    g_autofree char *refused = scan(longer, 7);

    g_assert_cmpstr(found, ==, wanted);
    g_assert_cmpstr(refused, ==, "[a message that is too long]<{}>");
}

static void
test_depth(void)
{
    g_autofree char *open = g_strnfill(HVN_JSON_SCAN_DEPTH_MAX - 1, '[');
    g_autofree char *close = g_strnfill(HVN_JSON_SCAN_DEPTH_MAX - 1, ']');
    g_autofree char *fits = g_strdup_printf("{%s%s}", open, close);
    g_autofree char *deeper = g_strdup_printf("{%s[%s\n{}", open, close);
    g_autofree char *wanted = g_strdup_printf("<%s>", fits);
    g_autofree char *found = scan(fits, 1000);
    g_autofree char *refused = scan(deeper, 1000);

    g_assert_cmpstr(found, ==, wanted);
    g_assert_cmpstr(refused, ==, "[objects and arrays nested more than 64 deep]<{}>");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/json-scan/cases", test_cases);
    g_test_add_func("/app/json-scan/length", test_length);
    g_test_add_func("/app/json-scan/depth", test_depth);
    return g_test_run();
}
