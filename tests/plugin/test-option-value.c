/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every type of option: what is accepted, what it becomes, and that everything else is refused with words for what was expected. */
#include "hvn-option-value.h"

#include <string.h>

#include "hvn-error.h"

/* an option of a type with the type's own range */
static HvnOption
make_option(HvnOptionType type)
{
    HvnOption option = {.name = (char *)"option", .type = type};

    hvn_option_type_is_number(type, &option.minimum, &option.maximum);
    return option;
}

static void
assert_refused(const HvnOption *option, const char *text, const char *expected)
{
    g_autofree char *message = g_strdup_printf("invalid value '%s': expected %s", text, expected);
    g_auto(GValue) value = G_VALUE_INIT;
    g_autoptr(GError) error = NULL;

    g_assert_false(hvn_option_parse(option, text, &value, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_cmpstr(error->message, ==, message);
    g_assert_false(G_IS_VALUE(&value));
}

static void
assert_string(const HvnOption *option, const char *text)
{
    g_auto(GValue) value = G_VALUE_INIT;
    g_autoptr(GError) error = NULL;

    g_assert_true(hvn_option_parse(option, text, &value, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(g_value_get_string(&value), ==, text);
}

static void
test_type_names(void)
{
    for (HvnOptionType type = HVN_OPTION_BOOLEAN; type <= HVN_OPTION_PATH; type++) {
        HvnOptionType back = HVN_OPTION_BOOLEAN;

        g_assert_true(hvn_option_type_from_string(hvn_option_type_to_string(type), &back));
        g_assert_cmpint(back, ==, type);
    }
    g_assert_cmpstr(hvn_option_type_to_string(HVN_OPTION_IPV4_NET), ==, "ipv4-net");
    g_assert_cmpstr(hvn_option_type_to_string(HVN_OPTION_PATH), ==, "path");
}

static void
test_boolean(void)
{
    static const char *const on[] = {"on", "yes", "true", "y"};
    static const char *const off[] = {"off", "no", "false", "n"};
    static const char *const wrong[] = {"", "1", "0", "On", "YES", "on ", "of"};
    HvnOption option = make_option(HVN_OPTION_BOOLEAN);

    for (gsize i = 0; i < G_N_ELEMENTS(on); i++) {
        g_auto(GValue) first = G_VALUE_INIT, second = G_VALUE_INIT;

        g_assert_true(hvn_option_parse(&option, on[i], &first, NULL));
        g_assert_true(g_value_get_boolean(&first));
        g_assert_true(hvn_option_parse(&option, off[i], &second, NULL));
        g_assert_false(g_value_get_boolean(&second));
    }
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_refused(&option, wrong[i], "on or off");
}

static void
test_uint(void)
{
    static const char *const wrong[] = {"",   "-1", "+1", " 1", "1 ", "1k", "0x10", "4294967296", "99999999999999999999999999",
                                        "1.0"};
    HvnOption option = make_option(HVN_OPTION_UINT);
    g_auto(GValue) value = G_VALUE_INIT, zero = G_VALUE_INIT;

    g_assert_true(hvn_option_parse(&option, "4294967295", &value, NULL));
    g_assert_cmpuint(g_value_get_uint(&value), ==, G_MAXUINT32);
    g_assert_true(hvn_option_parse(&option, "0", &zero, NULL));
    g_assert_cmpuint(g_value_get_uint(&zero), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_refused(&option, wrong[i], "a number from 0 to 4294967295");
    option.maximum = 255;
    option.minimum = 1;
    assert_refused(&option, "300", "a number from 1 to 255");
    assert_refused(&option, "0", "a number from 1 to 255");
}

/* an address is written as 0x300 */
static void
test_hex(void)
{
    static const char *const wrong[] = {"", "0x", "300h", "x300", "0x30g", " 0x300", "0x300 ", "0X300", "0xfff1", "0x100000300", "65521"};
    HvnOption option = make_option(HVN_OPTION_UINT);

    option.hex = TRUE;
    option.maximum = 0xfff0;
    for (guint i = 0; i < 4; i++) {
        static const char *const good[] = {"0x300", "768", "0x0300", "0x00000300"};
        g_auto(GValue) value = G_VALUE_INIT;

        g_assert_true(hvn_option_parse(&option, good[i], &value, NULL));
        g_assert_cmpuint(g_value_get_uint(&value), ==, 0x300);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_refused(&option, wrong[i], "a number from 0x0 to 0xfff0");
}

static void
test_octal_look_alikes(void)
{
    static const char *const wrong[] = {"010", "00", "0255"};
    HvnOption option = make_option(HVN_OPTION_UINT);

    option.maximum = 255;
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_refused(&option, wrong[i], "a number from 0 to 255 in decimal, without leading zeros, which elsewhere mean octal");
}

static void
test_int(void)
{
    static const char *const wrong[] = {"", "-", "+", "--1", "-2147483649", "2147483648", "1e3", "-99999999999999999999"};
    HvnOption option = make_option(HVN_OPTION_INT);
    static const struct {
        const char *text;
        int number;
    } good[] = {{"-2147483648", G_MININT32}, {"2147483647", G_MAXINT32}, {"+7", 7}, {"-0", 0}, {"12", 12}};

    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_auto(GValue) value = G_VALUE_INIT;

        g_assert_true(hvn_option_parse(&option, good[i].text, &value, NULL));
        g_assert_cmpint(g_value_get_int(&value), ==, good[i].number);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_refused(&option, wrong[i], "a number from -2147483648 to 2147483647");
}

static void
test_size(void)
{
    static const char *const wrong[] = {"", "k", "-1", "1.5G", "1KB", "1P", "1kk", "9223372036854775808", "8388608T", "1 k"};
    HvnOption option = make_option(HVN_OPTION_SIZE);
    static const struct {
        const char *text;
        guint64 number;
    } good[] = {{"0", 0},           {"1500", 1500},        {"1500b", 1500},
                {"64k", 65536},     {"64K", 65536},        {"1M", 1048576},
                {"2G", 2147483648}, {"3T", 3298534883328}, {"9223372036854775807", G_MAXINT64}};

    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_auto(GValue) value = G_VALUE_INIT;

        g_assert_true(hvn_option_parse(&option, good[i].text, &value, NULL));
        g_assert_cmpuint(g_value_get_uint64(&value), ==, good[i].number);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_refused(&option, wrong[i], "a size of 0 or more, such as 1500, 64k or 1M");
    option.minimum = 1000;
    option.maximum = 1073741824;
    assert_refused(&option, "999", "a size from 1000 to 1G");
    assert_refused(&option, "2G", "a size from 1000 to 1G");
}

static void
test_string(void)
{
    HvnOption option = make_option(HVN_OPTION_STRING);

    assert_string(&option, "");
    assert_string(&option, "gr\303\274\303\237e");
    option.max_length = 4;
    assert_string(&option, "abcd");
    assert_refused(&option, "abcde", "text of at most 4 bytes");
}

static void
test_string_not_utf8(void)
{
    HvnOption option = make_option(HVN_OPTION_STRING);
    g_auto(GValue) value = G_VALUE_INIT;
    g_autoptr(GError) error = NULL;

    g_assert_false(hvn_option_parse(&option, "a\377", &value, &error));
    g_assert_cmpstr(error->message, ==, "invalid value 'a\357\277\275': expected text in UTF-8");
}

static void
test_choice(void)
{
    char *choices[] = {(char *)"off", (char *)"on", (char *)"auto", NULL};
    HvnOption option = make_option(HVN_OPTION_CHOICE);

    option.choices = choices;
    assert_string(&option, "auto");
    assert_refused(&option, "Auto", "one of off, on, auto");
    assert_refused(&option, "", "one of off, on, auto");
}

static void
test_mac(void)
{
    static const char *const wrong[] = {
        "", "52:54:00:12:34", "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "52:54:00:12:34:5g"};
    HvnOption option = make_option(HVN_OPTION_MAC);

    assert_string(&option, "52:54:00:12:34:56");
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_refused(&option, wrong[i], "the MAC address of one station, such as 52:54:00:12:34:56");
}

static void
test_ipv4(void)
{
    static const char *const wrong[] = {"",           "10.0.2",    "10.0.2.256",  "10.0.2.2.2", "010.0.2.2",
                                        "0x0a.0.2.2", "10.0.2.2 ", "10.0.2.2/24", "host"};
    HvnOption option = make_option(HVN_OPTION_IPV4);

    assert_string(&option, "10.0.2.2");
    assert_string(&option, "255.255.255.255");
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_refused(&option, wrong[i], "an IPv4 address, such as 10.0.2.2");
}

static void
test_ipv4_net(void)
{
    static const char *const good[] = {"10.0.2.0",
                                       "10.0.2.0/24",
                                       "10.0.2.0/0",
                                       "10.0.2.0/32",
                                       "10.0.2.0/255.255.255.0",
                                       "10.0.2.0/0.0.0.0",
                                       "10.0.2.0/255.255.255.255"};
    static const char *const wrong[] = {"",          "/24",         "10.0.2.0/",  "10.0.2.0/24/24",
                                        "10.0.2/24", "10.0.2.0/-1", "10.0.2.0/x", "10.0.2.0/255.255.255"};
    HvnOption option = make_option(HVN_OPTION_IPV4_NET);
    const char *expected = "an IPv4 network, such as 10.0.2.0/24 or 10.0.2.0/255.255.255.0";
    g_autofree char *length = g_strconcat(expected, ", whose length is 0 to 32", NULL);
    g_autofree char *zeros = g_strconcat(expected, ", whose length is without leading zeros", NULL);
    g_autofree char *netmask = g_strconcat(expected, ", whose netmask is ones and then zeros", NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
        assert_string(&option, good[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_refused(&option, wrong[i], expected);
    assert_refused(&option, "10.0.2.0/33", length);
    assert_refused(&option, "10.0.2.0/024", zeros);
    assert_refused(&option, "10.0.2.0/255.0.255.0", netmask);
    assert_refused(&option, "10.0.2.0/0.0.0.255", netmask);
}

static void
test_ipv6(void)
{
    HvnOption address = make_option(HVN_OPTION_IPV6);
    HvnOption net = make_option(HVN_OPTION_IPV6_NET);

    assert_string(&address, "fec0::2");
    assert_string(&address, "::ffff:10.0.2.2");
    assert_refused(&address, "fec0::2/64", "an IPv6 address, such as fec0::2");
    assert_refused(&address, "fec0::2%eth0", "an IPv6 address, such as fec0::2");
    assert_refused(&address, "10.0.2.2", "an IPv6 address, such as fec0::2");
    assert_string(&net, "fec0::");
    assert_string(&net, "fec0::/64");
    assert_string(&net, "fec0::/128");
    assert_refused(&net, "fec0::/129", "an IPv6 network, such as fec0::/64, whose length is 0 to 128");
    assert_refused(&net, "fec0::/255.255.0.0", "an IPv6 network, such as fec0::/64");
}

static void
test_path(void)
{
    HvnOption option = make_option(HVN_OPTION_PATH);

    assert_string(&option, "/srv/tftp");
    /* a file name is bytes */
    assert_string(&option, "/srv/\377");
    assert_refused(&option, "", "the name of a file or directory, not nothing");
    option.max_length = 4;
    assert_refused(&option, "/srv/", "the name of a file or directory of at most 4 bytes");
}

static void
test_list_item(void)
{
    HvnOption option = make_option(HVN_OPTION_UINT);

    option.list = TRUE;
    option.minimum = 1;
    option.maximum = 65535;
    /* one item is checked as a number and kept as text */
    assert_string(&option, "80");
    assert_refused(&option, "65536", "a number from 1 to 65535");
}

static void
test_message_is_one_line(void)
{
    HvnOption option = make_option(HVN_OPTION_UINT);
    g_auto(GValue) value = G_VALUE_INIT;
    g_autoptr(GError) error = NULL;

    g_assert_false(hvn_option_parse(&option, "1\n\033[2J", &value, &error));
    g_assert_cmpstr(error->message, ==, "invalid value '1\\n\\x1b[2J': expected a number from 0 to 4294967295");
}

static void
test_value_types(void)
{
    HvnOption option = make_option(HVN_OPTION_UINT);

    g_assert_cmpuint(hvn_option_get_value_type(&option), ==, G_TYPE_UINT);
    option.list = TRUE;
    g_assert_cmpuint(hvn_option_get_value_type(&option), ==, G_TYPE_STRV);
    option = make_option(HVN_OPTION_SIZE);
    g_assert_cmpuint(hvn_option_get_value_type(&option), ==, G_TYPE_UINT64);
    option = make_option(HVN_OPTION_IPV6_NET);
    g_assert_cmpuint(hvn_option_get_value_type(&option), ==, G_TYPE_STRING);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plugin/option-value/type-names", test_type_names);
    g_test_add_func("/plugin/option-value/boolean", test_boolean);
    g_test_add_func("/plugin/option-value/uint", test_uint);
    g_test_add_func("/plugin/option-value/hex", test_hex);
    g_test_add_func("/plugin/option-value/octal-look-alikes", test_octal_look_alikes);
    g_test_add_func("/plugin/option-value/int", test_int);
    g_test_add_func("/plugin/option-value/size", test_size);
    g_test_add_func("/plugin/option-value/string", test_string);
    g_test_add_func("/plugin/option-value/string-not-utf8", test_string_not_utf8);
    g_test_add_func("/plugin/option-value/choice", test_choice);
    g_test_add_func("/plugin/option-value/mac", test_mac);
    g_test_add_func("/plugin/option-value/ipv4", test_ipv4);
    g_test_add_func("/plugin/option-value/ipv4-net", test_ipv4_net);
    g_test_add_func("/plugin/option-value/ipv6", test_ipv6);
    g_test_add_func("/plugin/option-value/path", test_path);
    g_test_add_func("/plugin/option-value/list-item", test_list_item);
    g_test_add_func("/plugin/option-value/message-is-one-line", test_message_is_one_line);
    g_test_add_func("/plugin/option-value/value-types", test_value_types);
    return g_test_run();
}
