/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin for the tests of the loader. Built as it is, it agrees with tests/data/plugins/odd/odd.xml; each ODD_ definition that
 * meson.build gives makes a module that differs in one thing. */
#include "hvn-backend.h"
#include "hvn-plugin-abi.h"

/* two modules of one process may not register the same type name */
#ifndef ODD_TYPE
#define ODD_TYPE "OddBackend"
#endif
#ifndef ODD_KIND
#define ODD_KIND "backend"
#endif
#ifndef ODD_NAME
#define ODD_NAME "odd"
#endif
#ifndef ODD_ABI
#define ODD_ABI HVN_PLUGIN_ABI
#endif
#ifndef ODD_PARENT
#define ODD_PARENT HVN_TYPE_BACKEND
#endif
#ifndef ODD_FLAGS
#define ODD_FLAGS G_TYPE_FLAG_NONE
#endif
#ifndef ODD_MTU
#define ODD_MTU g_param_spec_uint("mtu", NULL, NULL, 68, 65521, 1500, G_PARAM_READWRITE)
#endif
#ifndef ODD_LABEL
#define ODD_LABEL g_param_spec_string("label", NULL, NULL, NULL, G_PARAM_READWRITE)
#endif
#ifndef ODD_HOST
#define ODD_HOST g_param_spec_string("host", NULL, NULL, "10.0.2.2", G_PARAM_READWRITE)
#endif
#ifndef ODD_RULES
#define ODD_RULES g_param_spec_boxed("rules", NULL, NULL, G_TYPE_STRV, G_PARAM_READWRITE)
#endif

enum { PROP_FAST = 1, PROP_MTU, PROP_SHIFT, PROP_BUDGET, PROP_LABEL, PROP_HOST, PROP_RULES, PROP_FRAMES, PROP_EXTRA };

/* tells the test that code of the module ran */
__attribute__((constructor)) static void
odd_plugin_constructor(void)
{
    g_setenv("HVN_TEST_ODD_LOADED", "1", TRUE);
}

static void
odd_plugin_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
}

static void
odd_plugin_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
}

static void
odd_plugin_class_init(gpointer klass, gpointer data)
{
    GObjectClass *object_class = klass;

    object_class->set_property = odd_plugin_set_property;
    object_class->get_property = odd_plugin_get_property;
    g_object_class_install_property(object_class, PROP_FAST, g_param_spec_boolean("fast", NULL, NULL, TRUE, G_PARAM_READWRITE));
#ifndef ODD_WITHOUT_MTU
    g_object_class_install_property(object_class, PROP_MTU, ODD_MTU);
#endif
    g_object_class_install_property(object_class, PROP_SHIFT, g_param_spec_int("shift", NULL, NULL, -5, 5, 3, G_PARAM_READWRITE));
    g_object_class_install_property(object_class, PROP_BUDGET,
                                    g_param_spec_uint64("budget", NULL, NULL, 0, G_MAXUINT64, 1024 * 1024, G_PARAM_READWRITE));
    g_object_class_install_property(object_class, PROP_LABEL, ODD_LABEL);
    g_object_class_install_property(object_class, PROP_HOST, ODD_HOST);
    g_object_class_install_property(object_class, PROP_RULES, ODD_RULES);
    g_object_class_install_property(object_class, PROP_FRAMES,
                                    g_param_spec_uint64("frames", NULL, NULL, 0, G_MAXUINT64, 0, G_PARAM_READABLE));
#ifdef ODD_EXTRA
    g_object_class_install_property(object_class, PROP_EXTRA, g_param_spec_string("extra", NULL, NULL, NULL, G_PARAM_READWRITE));
#endif
}

G_GNUC_UNUSED static GType
odd_plugin_get_type(void)
{
    GType type = g_type_from_name(ODD_TYPE);
    GTypeQuery parent;

    if (type != G_TYPE_INVALID)
        return type;
    g_type_query(ODD_PARENT, &parent);
    return g_type_register_static_simple(ODD_PARENT, ODD_TYPE, (guint)parent.class_size, odd_plugin_class_init,
                                         (guint)parent.instance_size, NULL, ODD_FLAGS);
}

#ifndef ODD_WITHOUT_SYMBOL
#ifdef ODD_WITHOUT_TYPE
#define odd_plugin_get_type_or_none NULL
#else
#define odd_plugin_get_type_or_none odd_plugin_get_type
#endif
extern const HvnPluginInfo hvn_plugin_info;
const HvnPluginInfo hvn_plugin_info = {
    .abi = ODD_ABI,
    .kind = ODD_KIND,
    .name = ODD_NAME,
    .get_type = odd_plugin_get_type_or_none,
};
#endif
