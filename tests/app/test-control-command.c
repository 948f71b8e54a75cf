/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/app/hvn-control-command.c: what a row makes of what a client sent. */
#include "hvn-control-command.h"

#include <string.h>

#include "hvn-error.h"

static const char *const colours[] = {"red", "green", NULL};

static const HvnControlArgument arguments[] = {
    {"name", HVN_CONTROL_STRING, FALSE, "whom it concerns"},
    {"up", HVN_CONTROL_BOOLEAN, TRUE, "whether"},
    {"count", HVN_CONTROL_INTEGER, TRUE, "how many", NULL, 1, 10},
    {"colour", HVN_CONTROL_STRING, TRUE, "which", colours},
    {0},
};

static const HvnControlCommand command = {"paint", HVN_CONTROL_ONE, "paints it", arguments, NULL};
static const HvnControlCommand bare = {"look", HVN_CONTROL_SELF, "looks", NULL, NULL};

typedef struct {
    const HvnControlCommand *command;
    const char              *arguments;
    const char              *error; /* NULL when they are right */
} Case;

static const Case cases[] = {
    {&command, "{\"name\":\"a\"}", NULL},
    {&command, "{\"name\":\"\",\"up\":false,\"count\":10,\"colour\":\"green\"}", NULL},
    {&command, "{}", "argument 'name' of paint is missing: expected a string, whom it concerns"},
    {&command, "{\"name\":3}", "argument 'name' of paint is 3: expected a string"},
    {&command, "{\"name\":null}", "argument 'name' of paint is null: expected a string"},
    {&command, "{\"name\":{\"a\":[]}}", "argument 'name' of paint is {\"a\":[]}: expected a string"},
    {&command, "{\"name\":\"a\",\"up\":\"on\"}", "argument 'up' of paint is \"on\": expected true or false"},
    {&command, "{\"name\":\"a\",\"up\":1}", "argument 'up' of paint is 1: expected true or false"},
    {&command, "{\"name\":\"a\",\"count\":0}", "argument 'count' of paint is 0: expected a whole number from 1 to 10"},
    {&command, "{\"name\":\"a\",\"count\":11}", "argument 'count' of paint is 11: expected a whole number from 1 to 10"},
    {&command, "{\"name\":\"a\",\"count\":1.5}", "argument 'count' of paint is 1.5: expected a whole number from 1 to 10"},
    {&command, "{\"name\":\"a\",\"colour\":\"blue\"}", "argument 'colour' of paint is \"blue\": expected one of \"red\", \"green\""},
    {&command, "{\"nam\":\"a\"}", "unknown argument 'nam' of paint (accepted: name, up, count, colour; did you mean 'name'?)"},
    {&command, "{\"name\":\"a\",\"x\":1,\"up\":true}", "unknown argument 'x' of paint (accepted: name, up, count, colour)"},
    {&bare, "{}", NULL},
    {&bare, "{\"name\":\"a\"}", "unknown argument 'name' of look: it takes none"},
};

static void
test_check(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(JsonNode) node = json_from_string(cases[i].arguments, NULL);
        g_autoptr(GError) error = NULL;
        gboolean right = hvn_control_command_check(cases[i].command, json_node_get_object(node), &error);

        g_assert_cmpstr(error != NULL ? error->message : NULL, ==, cases[i].error);
        g_assert_true(right == (error == NULL));
        g_assert_true(right || g_error_matches(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG));
    }
}

/* a client's value is repeated in one short line, whatever it is */
static void
test_hostile_values(void)
{
    g_autofree char *many = g_strnfill(5000, 'x');
    g_autofree char *text = g_strdup_printf("{\"name\":{\"%s\\n\\u0007\":1}}", many);
    g_autofree char *name = g_strdup_printf("{\"%s\\n\":1}", many);
    const char *texts[] = {text, name};

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(JsonNode) node = json_from_string(texts[i], NULL);
        g_autoptr(GError) error = NULL;

        g_assert_false(hvn_control_command_check(&command, json_node_get_object(node), &error));
        g_assert_cmpuint(strlen(error->message), <, 400);
        g_assert_null(strpbrk(error->message, "\n\a"));
    }
}

static void
test_describe(void)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *text = NULL;

    json_builder_begin_array(builder);
    hvn_control_command_describe(&command, builder);
    hvn_control_command_describe(&bare, builder);
    json_builder_end_array(builder);
    root = json_builder_get_root(builder);
    text = json_to_string(root, FALSE);
    g_assert_cmpstr(text, ==,
                    "[{\"name\":\"paint\",\"summary\":\"paints it\",\"arguments\":["
                    "{\"name\":\"name\",\"type\":\"string\",\"optional\":false,\"summary\":\"whom it concerns\"},"
                    "{\"name\":\"up\",\"type\":\"boolean\",\"optional\":true,\"summary\":\"whether\"},"
                    "{\"name\":\"count\",\"type\":\"integer\",\"optional\":true,\"minimum\":1,\"maximum\":10,\"summary\":\"how many\"},"
                    "{\"name\":\"colour\",\"type\":\"string\",\"optional\":true,\"choices\":[\"red\",\"green\"],\"summary\":\"which\"}]},"
                    "{\"name\":\"look\",\"summary\":\"looks\",\"arguments\":[]}]");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/control-command/check", test_check);
    g_test_add_func("/app/control-command/hostile-values", test_hostile_values);
    g_test_add_func("/app/control-command/describe", test_describe);
    return g_test_run();
}
