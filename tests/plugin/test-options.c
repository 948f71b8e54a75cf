/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values as a user wrote them: unknown, wrong, doubled and missing ones are named with their place, and good ones become properties of the
 * right type. */
#include "hvn-options.h"

#include "hvn-error.h"

/* ---- an object with one property of each kind ---- */

#define TEST_TYPE_THING (test_thing_get_type())
G_DECLARE_FINAL_TYPE(TestThing, test_thing, TEST, THING, GObject)

struct _TestThing {
    GObject parent_instance;

    gboolean enabled;
    guint mtu;
    gint shift;
    guint64 budget;
    char *label;
    GStrv rules;
    GObject *owner;
};

G_DEFINE_FINAL_TYPE(TestThing, test_thing, G_TYPE_OBJECT)

enum { PROP_ENABLED = 1, PROP_MTU, PROP_SHIFT, PROP_BUDGET, PROP_LABEL, PROP_RULES, PROP_OWNER, N_PROPS };

static void
test_thing_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    TestThing *self = TEST_THING(object);

    switch (id) {
    case PROP_ENABLED:
        self->enabled = g_value_get_boolean(value);
        break;
    case PROP_MTU:
        self->mtu = g_value_get_uint(value);
        break;
    case PROP_SHIFT:
        self->shift = g_value_get_int(value);
        break;
    case PROP_BUDGET:
        self->budget = g_value_get_uint64(value);
        break;
    case PROP_LABEL:
        self->label = g_value_dup_string(value);
        break;
    case PROP_RULES:
        self->rules = g_value_dup_boxed(value);
        break;
    case PROP_OWNER:
        self->owner = g_value_dup_object(value);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
test_thing_finalize(GObject *object)
{
    TestThing *self = TEST_THING(object);

    g_free(self->label);
    g_strfreev(self->rules);
    g_clear_object(&self->owner);
    G_OBJECT_CLASS(test_thing_parent_class)->finalize(object);
}

static void
test_thing_class_init(TestThingClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY;

    object_class->set_property = test_thing_set_property;
    object_class->finalize = test_thing_finalize;
    g_object_class_install_property(object_class, PROP_ENABLED, g_param_spec_boolean("enabled", NULL, NULL, TRUE, flags));
    g_object_class_install_property(object_class, PROP_MTU, g_param_spec_uint("mtu", NULL, NULL, 68, 65521, 1500, flags));
    g_object_class_install_property(object_class, PROP_SHIFT, g_param_spec_int("shift", NULL, NULL, -5, 5, -1, flags));
    g_object_class_install_property(object_class, PROP_BUDGET,
                                    g_param_spec_uint64("budget", NULL, NULL, 65536, 1073741824, 1048576, flags));
    g_object_class_install_property(object_class, PROP_LABEL, g_param_spec_string("label", NULL, NULL, NULL, flags));
    g_object_class_install_property(object_class, PROP_RULES, g_param_spec_boxed("rules", NULL, NULL, G_TYPE_STRV, flags));
    g_object_class_install_property(object_class, PROP_OWNER, g_param_spec_object("owner", NULL, NULL, G_TYPE_OBJECT, flags));
}

static void
test_thing_init(TestThing *self)
{
}

/* ---- fixture: the descriptor of everything ---- */

typedef struct {
    HvnDescriptor *descriptor;
    HvnOptions *options;
} Fixture;

static void
fixture_set_up(Fixture *self, gconstpointer data)
{
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "data", "plugins", "good", "whole.xml", NULL);

    self->descriptor = hvn_descriptor_load(path, NULL, NULL);
    g_assert_nonnull(self->descriptor);
    self->options = hvn_options_new();
    hvn_options_add(self->options, "socket", "/run/x", "a.xml:1");
}

static void
fixture_tear_down(Fixture *self, gconstpointer data)
{
    hvn_descriptor_unref(self->descriptor);
    hvn_options_free(self->options);
}

static void
assert_invalid(Fixture *self, const char *message)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(hvn_options_validate(self->options, self->descriptor, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_cmpstr(error->message, ==, message);
}

static void
test_list(Fixture *self, gconstpointer data)
{
    hvn_options_add(self->options, "rules", "a", "a.xml:2");
    hvn_options_add(self->options, "rules", "b", "a.xml:3");
    g_assert_cmpuint(hvn_options_get_length(self->options), ==, 3);
    g_assert_cmpstr(hvn_options_get_nth(self->options, 0)->name, ==, "socket");
    g_assert_cmpstr(hvn_options_get_nth(self->options, 2)->text, ==, "b");
    g_assert_cmpstr(hvn_options_get_nth(self->options, 2)->origin, ==, "a.xml:3");
    g_assert_cmpstr(hvn_options_find(self->options, "rules")->text, ==, "a");
    g_assert_null(hvn_options_find(self->options, "label"));
    hvn_options_free(NULL);
}

static void
test_valid(Fixture *self, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    hvn_options_add(self->options, "net", "192.168.76.0/24", "a.xml:2");
    hvn_options_add(self->options, "rules", "a", "a.xml:3");
    hvn_options_add(self->options, "rules", "a", "a.xml:4");
    g_assert_true(hvn_options_validate(self->options, self->descriptor, &error));
    g_assert_no_error(error);
}

static void
test_unknown(Fixture *self, gconstpointer data)
{
    hvn_options_add(self->options, "lable", "x", "-netdev whole,id=n0");
    assert_invalid(
        self, "-netdev whole,id=n0: unknown option 'lable' of nic 'whole' (accepted: enabled, mtu, shift, budget, label, mode, "
              "peer, host, net, host6, net6, root, rules, ports, socket; did you mean 'label'?)");
}

static void
test_wrong_value(Fixture *self, gconstpointer data)
{
    hvn_options_add(self->options, "mtu", "67", "a.xml:7");
    assert_invalid(self, "a.xml:7: invalid value '67' for option 'mtu' of nic 'whole': expected a number from 68 to 65521");
}

static void
test_wrong_list_item(Fixture *self, gconstpointer data)
{
    hvn_options_add(self->options, "ports", "80", "a.xml:7");
    hvn_options_add(self->options, "ports", "0", "a.xml:8");
    assert_invalid(self, "a.xml:8: invalid value '0' for option 'ports' of nic 'whole': expected a number from 1 to 65535");
}

static void
test_twice(Fixture *self, gconstpointer data)
{
    hvn_options_add(self->options, "mtu", "1500", "a.xml:7");
    hvn_options_add(self->options, "mtu", "1500", "a.xml:9");
    assert_invalid(self, "a.xml:9: option 'mtu' of nic 'whole' is given twice, first at a.xml:7");
}

static void
test_required(Fixture *self, gconstpointer data)
{
    hvn_options_free(self->options);
    self->options = hvn_options_new();
    assert_invalid(self, "nic 'whole' lacks its option 'socket': expected the name of a file or directory");
    hvn_options_add(self->options, "mtu", "1500", "a.xml:7");
    assert_invalid(self, "a.xml:7: nic 'whole' lacks its option 'socket': expected the name of a file or directory");
}

/* ---- objects; the descriptor's other options are no properties of the thing, so they are taken out ---- */

static void
keep_options(HvnDescriptor *descriptor)
{
    static const char *const kept[] = {"enabled", "mtu", "shift", "budget", "label", "rules", NULL};

    for (guint i = descriptor->options->len; i > 0; i--) {
        if (!g_strv_contains(kept, ((const HvnOption *)descriptor->options->pdata[i - 1])->name))
            g_ptr_array_remove_index(descriptor->options, i - 1);
    }
}

static void
test_create(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnOptions) options = hvn_options_new();
    g_autoptr(GObject) owner = g_object_new(G_TYPE_OBJECT, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(TestThing) thing = NULL;

    keep_options(self->descriptor);
    hvn_options_add(options, "rules", "a", "");
    hvn_options_add(options, "enabled", "off", "");
    hvn_options_add(options, "mtu", "9000", "");
    hvn_options_add(options, "rules", "b", "");
    hvn_options_add(options, "shift", "-5", "");
    hvn_options_add(options, "budget", "1G", "");
    hvn_options_add(options, "label", "net0", "");
    thing = TEST_THING(hvn_options_create_object(options, self->descriptor, TEST_TYPE_THING, &error, "owner", owner, NULL));
    g_assert_no_error(error);
    g_assert_false(thing->enabled);
    g_assert_cmpuint(thing->mtu, ==, 9000);
    g_assert_cmpint(thing->shift, ==, -5);
    g_assert_cmpuint(thing->budget, ==, 1073741824);
    g_assert_cmpstr(thing->label, ==, "net0");
    g_assert_true(thing->owner == owner);
    g_assert_cmpuint(g_strv_length(thing->rules), ==, 2);
    g_assert_cmpstr(thing->rules[0], ==, "a");
    g_assert_cmpstr(thing->rules[1], ==, "b");
}

static void
test_create_defaults(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnOptions) options = hvn_options_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(TestThing) thing = NULL;

    keep_options(self->descriptor);
    thing = TEST_THING(hvn_options_create_object(options, self->descriptor, TEST_TYPE_THING, &error, NULL));
    g_assert_no_error(error);
    g_assert_true(thing->enabled);
    g_assert_cmpuint(thing->mtu, ==, 1500);
    g_assert_null(thing->label);
    g_assert_null(thing->rules);
}

static void
test_create_refuses(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnOptions) options = hvn_options_new();
    g_autoptr(GError) error = NULL;

    keep_options(self->descriptor);
    g_assert_null(hvn_options_create_object(options, self->descriptor, TEST_TYPE_THING, &error, "bogus", 1, NULL));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_ABI);
    g_assert_cmpstr(error->message, ==, "type TestThing has no property 'bogus'");
    g_clear_error(&error);
    hvn_options_add(options, "mtu", "0x5dc", "a.xml:3");
    g_assert_null(hvn_options_create_object(options, self->descriptor, TEST_TYPE_THING, &error, NULL));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add("/plugin/options/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
    ADD("list", test_list);
    ADD("valid", test_valid);
    ADD("unknown", test_unknown);
    ADD("wrong-value", test_wrong_value);
    ADD("wrong-list-item", test_wrong_list_item);
    ADD("twice", test_twice);
    ADD("required", test_required);
    ADD("create", test_create);
    ADD("create-defaults", test_create_defaults);
    ADD("create-refuses", test_create_refuses);
    return g_test_run();
}
