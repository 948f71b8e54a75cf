/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Grammars made from descriptors: what they accept and refuse, with descriptors of every type of option, and for plugins that
 * they do not know. */
#include "hvn-config-schema.h"

#include <glib/gstdio.h>
#include <string.h>

#include "hvn-config-test.h"
#include "hvn-error.h"
#include "hvn-schema.h"

#define DESCRIPTOR(kind, name, options) \
    "<plugin xmlns='urn:hvnet:plugin:1' kind='" kind "' name='" name \
    "' abi='1'><module>m.so</module><summary>s</summary>" options "</plugin>"
#define OPTION(name, type, more) "<option name='" name "' type='" type "'" more "><summary>s</summary></option>"

static const char toy_backend[] = DESCRIPTOR(
    "backend", "toy",
    OPTION("flag", "boolean", "") OPTION("count", "uint", " minimum='1' maximum='9'") OPTION("port", "uint", " hex='yes' maximum='768'")
        OPTION("shift", "int", " minimum='-3' maximum='3'") OPTION("size", "size", "") OPTION("text", "string", " max-length='4'")
            OPTION("place", "path", "") OPTION("rule", "string", " list='yes'") OPTION("addr", "ipv4", "")
                OPTION("net", "ipv4-net", "") OPTION("addr6", "ipv6", "") OPTION("net6", "ipv6-net", "") OPTION(
                    "mac", "mac",
                    "") "<option name='mode' type='choice'><choice>a</choice><choice>b</choice><summary>s</summary></option>");
static const char toy_nic[] =
    DESCRIPTOR("nic", "toy", "<alias>toy-alias</alias><variant name='toy-b'>b</variant>" OPTION("mac", "mac", ""));

typedef struct {
    char *directory;
} Fixture;

static HvnDescriptor *
write_descriptor(Fixture *self, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(self->directory, name, NULL);
    g_autoptr(GError) error = NULL;
    HvnDescriptor *descriptor;

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    descriptor = hvn_descriptor_load(path, NULL, &error);
    g_assert_no_error(error);
    return descriptor;
}

static void
write_grammar(Fixture *self, const char *name, char *text)
{
    g_autofree char *path = g_build_filename(self->directory, name, NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_free(text);
}

/* domain.rng and common.rng of the build, over the grammars of the toys */
static void
set_up(Fixture *self, gconstpointer data)
{
    static const char *const files[] = {"backend-toy.rng", "nic-toy.rng", NULL};
    static const char *const copies[] = {"common.rng", "domain.rng"};
    g_autoptr(GPtrArray) descriptors = g_ptr_array_new_with_free_func((GDestroyNotify)hvn_descriptor_unref);

    self->directory = g_dir_make_tmp("hvnet-test-XXXXXX", NULL);
    g_ptr_array_add(descriptors, write_descriptor(self, "backend.xml", toy_backend));
    g_ptr_array_add(descriptors, write_descriptor(self, "nic.xml", toy_nic));
    write_grammar(self, files[0], hvn_config_schema_options(g_ptr_array_index(descriptors, 0)));
    write_grammar(self, files[1], hvn_config_schema_options(g_ptr_array_index(descriptors, 1)));
    write_grammar(self, "plugins.rng", hvn_config_schema_index(descriptors, files));
    for (guint i = 0; i < G_N_ELEMENTS(copies); i++) {
        g_autofree char *from = g_build_filename(g_getenv("HVNET_SCHEMA_DIR"), copies[i], NULL);
        char *text = NULL;

        g_assert_true(g_file_get_contents(from, &text, NULL, NULL));
        write_grammar(self, copies[i], text);
    }
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    g_autoptr(GDir) dir = g_dir_open(self->directory, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(self->directory, name, NULL);

        g_remove(path);
    }
    g_rmdir(self->directory);
    g_free(self->directory);
}

static gboolean
accepts(Fixture *self, const char *options)
{
    g_autofree char *schema = g_build_filename(self->directory, "domain.rng", NULL);
    g_autofree char *text = g_strdup_printf(
        "<domain xmlns:h='urn:hvnet:domain:1'><devices><interface><h:options %s</h:options></interface></devices></domain>",
        options);
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) doc = hvn_schema_parse_memory(text, strlen(text), "domain.xml", &error);

    g_assert_no_error(error);
    if (hvn_schema_validate(doc, "domain.xml", schema, &error))
        return TRUE;
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    return FALSE;
}

static const char *const good[] = {
    "backend='toy'>",
    "backend='toy' flag='yes' count='9' shift='-3' size='64k' text='abcd' place='/x y' mode='b'>",
    "backend='toy' addr='10.0.2.2' net='10.0.2.0/24' addr6='fec0::2' net6='fec0::/64'>",
    "backend='toy' net='10.0.2.0/255.255.255.0'>",
    "backend='toy'><h:flag>on</h:flag><count>1</count>",
    "backend='toy'><h:rule>a</h:rule><rule>b</rule><h:rule/>",
    "backend='toy' rule='a'><h:rule>b</h:rule>",
    "backend='toy'><h:mac>52:54:00:00:00:01</h:mac>",
    "backend='toy'><h:count> 3 </h:count>",
    "backend='toy' port='0x300'>",
    "backend='toy' port='768'>",
    "backend='toy'><h:nic model='toy' mac='52:54:00:00:00:01'/>",
    "backend='toy'><h:nic model='toy-alias'/>",
    "backend='toy'><h:nic model='toy-b'/>",
    "backend='toy'><h:nic><h:mac>52:54:00:00:00:01</h:mac></h:nic>",
    "backend='toy' xmlns:x='urn:x' x:y='z'>",
    /* a plugin of somebody else: its options are its own */
    "backend='other' frob='1'><h:whatever a='b'/><h:nic model='else' frob='1'><h:x/></h:nic>",
};

static const char *const bad[] = {
    "frob='1'>",
    "backend='toy' frob='1'>",
    "backend='toy' port='0x'>",
    "backend='toy' port='769'>",
    "backend='toy' port='300h'>",
    "backend='toy' count='0'>",
    "backend='toy' count='10'>",
    "backend='toy' count='x'>",
    "backend='toy' shift='-4'>",
    "backend='toy' flag='perhaps'>",
    "backend='toy' size='64q'>",
    "backend='toy' text='abcde'>",
    "backend='toy' mode='c'>",
    "backend='toy' addr='10.0.2.256'>",
    "backend='toy' net='10.0.2'>",
    "backend='toy' mac='52:54:00:00:00:01'>", /* the name of a key is an option as an element only */
    "backend='toy'><h:mac>01:00:5e:00:00:01</h:mac>",
    "backend='toy'><h:flag>on</h:flag><h:flag>on</h:flag>",
    "backend='toy' flag='on'><h:flag>on</h:flag>",
    "backend='toy'><h:rule a='b'/>",
    "backend='toy'>text",
    "backend='toy'><h:nic/><h:nic/>",
    "backend='toy'><h:nic model='toy' frob='1'/>",
    "backend='toy'><h:nic frob='1'/>",
};

static void
test_good(Fixture *self, gconstpointer data)
{
    for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
        g_test_message("%s", good[i]);
        g_assert_true(accepts(self, good[i]));
    }
}

static void
test_bad(Fixture *self, gconstpointer data)
{
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_test_message("%s", bad[i]);
        g_assert_false(accepts(self, bad[i]));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/app/config-schema/good", Fixture, NULL, set_up, test_good, tear_down);
    g_test_add("/app/config-schema/bad", Fixture, NULL, set_up, test_bad, tear_down);
    return g_test_run();
}
