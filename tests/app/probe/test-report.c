/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The report: counts, the table, and JSON that a parser takes, whatever bytes a detail holds. */
#include "hvn-probe-report.h"

#include <string.h>

static HvnProbeReport *
make_report(void)
{
    HvnProbeReport *report = hvn_probe_report_new();
    HvnProbeSection *section = hvn_probe_report_add_interface(report, "net0", "e1000", "user", "52:54:00:12:34:56", "in-process");
    HvnProbeRow *row = hvn_probe_report_add_row(section, "ping", HVN_PROBE_PASSED, "%u us", 7);

    hvn_probe_row_set_number(row, "rtt_us", 7);
    hvn_probe_row_set_number(row, "ratio", 0.5);
    hvn_probe_row_set_text(row, "mac", "52:55:0a:00:02:02");
    hvn_probe_report_add_row(section, "dns", HVN_PROBE_SKIPPED, "no resolver");
    hvn_probe_report_add_row(section, "tftp", HVN_PROBE_FAILED, "a \"quote\", a \\ and\na line \xff end");
    section = hvn_probe_report_add_interface(report, "net1", NULL, NULL, NULL, "vfio-user");
    hvn_probe_report_add_row(section, "device", HVN_PROBE_NOT_CONFIGURED, "no NIC");
    return report;
}

static void
test_count(void)
{
    g_autoptr(HvnProbeReport) report = make_report();
    g_autoptr(HvnProbeReport) empty = hvn_probe_report_new();
    g_autofree char *last = hvn_probe_report_get_last_row(report);

    for (guint i = 0; i < HVN_PROBE_N_RESULTS; i++) {
        g_assert_cmpuint(hvn_probe_report_count(report, i), ==, 1);
        g_assert_cmpuint(hvn_probe_report_count(empty, i), ==, 0);
    }
    g_assert_cmpstr(last, ==, "net1: device: not configured: no NIC");
    g_assert_null(hvn_probe_report_get_last_row(empty));
}

static void
test_text(void)
{
    g_autoptr(HvnProbeReport) report = make_report();
    g_autofree char *plain = hvn_probe_report_to_text(report, FALSE), *color = hvn_probe_report_to_text(report, TRUE);
    g_auto(GStrv) lines = g_strsplit(plain, "\n", -1);

    g_assert_cmpuint(g_strv_length(lines), ==, 8); /* one a row, in spite of the line break in a detail */
    g_assert_cmpstr(lines[0], ==, "net0: e1000 52:54:00:12:34:56, user");
    g_assert_cmpstr(lines[1], ==, "  ping            passed          7 us");
    g_assert_cmpstr(lines[4], ==, "net1: no NIC, no backend, over vfio-user");
    g_assert_cmpstr(lines[6], ==, "1 passed, 1 failed, 1 skipped, 1 not configured");
    g_assert_null(strchr(plain, '\033'));
    g_assert_nonnull(strstr(color, "\033[31mfailed"));
    g_assert_true(g_utf8_validate(plain, -1, NULL));
}

static void
test_json(void)
{
    g_autoptr(HvnProbeReport) report = make_report();
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(JsonNode) root = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    JsonObject *object, *row;
    JsonArray *interfaces;

    hvn_probe_report_set_first_frame(report, 4.25);
    hvn_probe_report_to_json(report, builder);
    root = json_builder_get_root(builder);
    text = json_to_string(root, FALSE);
    json_parser_load_from_data(parser, text, -1, &error);
    g_assert_no_error(error);
    object = json_node_get_object(json_parser_get_root(parser));
    g_assert_cmpfloat(json_object_get_double_member(object, "first_frame_ms"), ==, 4.25);
    g_assert_cmpint(json_object_get_int_member(object, "failed"), ==, 1);
    g_assert_cmpint(json_object_get_int_member(object, "not_configured"), ==, 1);
    interfaces = json_object_get_array_member(object, "interfaces");
    g_assert_cmpuint(json_array_get_length(interfaces), ==, 2);
    g_assert_true(json_object_get_null_member(json_array_get_object_element(interfaces, 1), "mac"));
    object = json_array_get_object_element(interfaces, 0);
    g_assert_cmpstr(json_object_get_string_member(object, "backend"), ==, "user");
    g_assert_cmpstr(json_object_get_string_member(object, "attachment"), ==, "in-process");
    row = json_array_get_object_element(json_object_get_array_member(object, "rows"), 0);
    g_assert_cmpstr(json_object_get_string_member(row, "result"), ==, "passed");
    g_assert_cmpint(json_object_get_int_member(row, "rtt_us"), ==, 7);
    g_assert_cmpfloat(json_object_get_double_member(row, "ratio"), ==, 0.5);
    row = json_array_get_object_element(json_object_get_array_member(object, "rows"), 2);
    g_assert_true(g_str_has_prefix(json_object_get_string_member(row, "detail"), "a \"quote\", a \\ and a line "));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/probe/report/count", test_count);
    g_test_add_func("/app/probe/report/text", test_text);
    g_test_add_func("/app/probe/report/json", test_json);
    return g_test_run();
}
