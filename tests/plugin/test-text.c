/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words for messages: foreign text cannot break a line or a terminal, and suggestions are near or absent. */
#include "hvn-text.h"

#include <string.h>

static void
assert_printable(const char *text, const char *expected)
{
    g_autofree char *printable = hvn_text_printable(text);

    g_assert_cmpstr(printable, ==, expected);
}

static void
test_printable(void)
{
    assert_printable("", "");
    assert_printable("10.0.2.0/24", "10.0.2.0/24");
    assert_printable("gr\303\274\303\237e", "gr\303\274\303\237e");
    assert_printable("a\nb\tc", "a\\nb\\tc");
    assert_printable("\033[31mred", "\\x1b[31mred");
    assert_printable("a\177b", "a\\x7fb");
    /* a byte that is no UTF-8 becomes U+FFFD */
    assert_printable("a\377b", "a\357\277\275b");
    {
        g_autofree char *longer = hvn_text_printable_within("one\ntwo three", 6);

        g_assert_cmpstr(longer, ==, "one\\nt...");
    }
}

static void
test_printable_is_cut(void)
{
    g_autofree char *text = g_strnfill(5000, 'x');
    g_autofree char *printable = hvn_text_printable(text);

    g_assert_cmpuint(strlen(printable), ==, HVN_TEXT_PRINTABLE_MAX + 3);
    g_assert_true(g_str_has_suffix(printable, "x..."));
}

static GPtrArray *
make_names(void)
{
    static const char *const names[] = {"net", "host", "dns", "hostname", "dhcpstart", "v"};
    GPtrArray *array = g_ptr_array_new();

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        g_ptr_array_add(array, (gpointer)names[i]);
    return array;
}

static void
test_suggest(void)
{
    g_autoptr(GPtrArray) names = make_names();

    g_assert_cmpstr(hvn_text_suggest("dhcpstrat", names), ==, "dhcpstart");
    g_assert_cmpstr(hvn_text_suggest("dhcp-start", names), ==, "dhcpstart");
    g_assert_cmpstr(hvn_text_suggest("DNS", names), ==, "dns");
    g_assert_cmpstr(hvn_text_suggest("hots", names), ==, "host");
    g_assert_cmpstr(hvn_text_suggest("nett", names), ==, "net");
    g_assert_null(hvn_text_suggest("bogus", names));
    g_assert_null(hvn_text_suggest("x", names));
    g_assert_null(hvn_text_suggest("", names));
}

static void
test_suggest_long_word(void)
{
    g_autoptr(GPtrArray) names = make_names();
    g_autofree char *word = g_strnfill(100000, 'n');

    g_assert_null(hvn_text_suggest(word, names));
}

static void
test_accepted(void)
{
    g_autoptr(GPtrArray) names = make_names();
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autofree char *near = hvn_text_accepted("dsn", names);
    g_autofree char *far = hvn_text_accepted("bogus", names);
    g_autofree char *empty = hvn_text_accepted("bogus", none);

    g_assert_cmpstr(near, ==, " (accepted: net, host, dns, hostname, dhcpstart, v; did you mean 'dns'?)");
    g_assert_cmpstr(far, ==, " (accepted: net, host, dns, hostname, dhcpstart, v)");
    g_assert_cmpstr(empty, ==, " (there are none)");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plugin/text/printable", test_printable);
    g_test_add_func("/plugin/text/printable-is-cut", test_printable_is_cut);
    g_test_add_func("/plugin/text/suggest", test_suggest);
    g_test_add_func("/plugin/text/suggest-long-word", test_suggest_long_word);
    g_test_add_func("/plugin/text/accepted", test_accepted);
    return g_test_run();
}
