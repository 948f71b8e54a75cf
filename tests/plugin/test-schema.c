/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* XML and grammars: messages carry name and line, nothing is fetched or expanded, nothing is printed. */
#include "hvn-schema.h"

#include <glib/gstdio.h>
#include <string.h>

#include "hvn-error.h"

#define GRAMMAR_HEAD \
    "<grammar xmlns='http://relaxng.org/ns/structure/1.0' datatypeLibrary='http://www.w3.org/2001/XMLSchema-datatypes'>\n"

static void
assert_refused(const char *text, const char *message)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(hvn_schema_parse_memory(text, strlen(text), "a.xml", &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_cmpstr(error->message, ==, message);
}

static xmlDoc *
parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    xmlDoc *doc = hvn_schema_parse_memory(text, strlen(text), "a.xml", &error);

    g_assert_no_error(error);
    g_assert_nonnull(doc);
    return doc;
}

static void
test_parse(void)
{
    g_autoptr(xmlDoc) doc = parse("<?xml version='1.0'?>\n<domain>\n\n  <name>&lt;a&gt;</name>\n</domain>\n");
    xmlNode *name = xmlFirstElementChild(xmlDocGetRootElement(doc));
    xmlChar *content = xmlNodeGetContent(name);

    g_assert_cmpstr((const char *)content, ==, "<a>");
    g_assert_cmpint(xmlGetLineNo(name), ==, 4);
    xmlFree(content);
}

static void
test_malformed(void)
{
    assert_refused("", "a.xml:1: not an XML file: expected an element first");
    assert_refused("port=5555\n", "a.xml:1: not an XML file: expected an element first");
    assert_refused("<domain>\n<a></b>\n</domain>", "a.xml:2: element <a> of line 2 ends with </b>");
    assert_refused("<domain>\n<a>\n", "a.xml:3: the file ends within element <a>");
    assert_refused("<domain/>\n<domain/>", "a.xml:2: text after the end of the root element");
    assert_refused("<domain a='1' a='2'/>", "a.xml:1: attribute 'a' is given twice");
    assert_refused("<domain><hvnet:options/></domain>",
                   "a.xml:1: namespace prefix 'hvnet' is not declared: expected xmlns:hvnet='...'");
    assert_refused("<domain>&nbsp;</domain>", "a.xml:1: unknown entity '&nbsp;' (accepted: &amp; &lt; &gt; &quot; &apos;)");
}

static void
test_document_type(void)
{
    assert_refused("<!DOCTYPE d SYSTEM 'file:///etc/passwd'>\n<d/>", "a.xml:1: a document type (<!DOCTYPE>) is not accepted");
    assert_refused("<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>\n<d>&x;</d>",
                   "a.xml:1: a document type (<!DOCTYPE>) is not accepted");
    assert_refused("<!DOCTYPE d [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>\n<d x='&b;'/>",
                   "a.xml:1: a document type (<!DOCTYPE>) is not accepted");
}

static void
test_nul_and_bad_bytes(void)
{
    static const char with_nul[] = "<d>\0</d>";
    g_autoptr(GError) error = NULL;

    g_assert_null(hvn_schema_parse_memory(with_nul, sizeof with_nul - 1, "a.xml", &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_clear_error(&error);
    g_assert_null(hvn_schema_parse_memory("<d>\377\376</d>", 9, "a.xml", &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_null(strchr(error->message, '\n'));
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
}

static void
test_depth(void)
{
    GString *text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < 100000; i++)
        g_string_append(text, "<a>");
    g_assert_null(hvn_schema_parse_memory(text->str, text->len, "a.xml", &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_true(g_str_has_prefix(error->message, "a.xml:1: "));
    g_string_free(text, TRUE);
}

static void
test_size(void)
{
    gsize len = 17 * 1024 * 1024;
    g_autofree char *text = g_strnfill(len, ' ');
    g_autoptr(GError) error = NULL;

    memcpy(text, "<domain>", 8);
    memcpy(text + len - 9, "</domain>", 9);
    g_assert_null(hvn_schema_parse_memory(text, len, "a.xml", &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_cmpstr(error->message, ==, "a.xml: larger than 16 MiB");
}

static void
test_file(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(hvn_schema_parse_file("/nonexistent/a.xml", &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND);
    g_assert_true(g_str_has_prefix(error->message, "cannot open '/nonexistent/a.xml': "));
    g_clear_error(&error);
    g_assert_null(hvn_schema_parse_file("/", &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_IO);
    g_clear_error(&error);
    /* a file without an end is not read to its end */
    g_assert_null(hvn_schema_parse_file("/dev/zero", &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_cmpstr(error->message, ==, "/dev/zero: larger than 16 MiB");
}

/* ---- grammars: in a directory of the test's own ---- */

typedef struct {
    char *dir;
    char *grammar;
    char *included;
} Fixture;

static void
fixture_set_up(Fixture *self, gconstpointer data)
{
    self->dir = g_dir_make_tmp("hvn-test-XXXXXX", NULL);
    self->grammar = g_build_filename(self->dir, "grammar.rng", NULL);
    self->included = g_build_filename(self->dir, "included.rng", NULL);
}

static void
fixture_tear_down(Fixture *self, gconstpointer data)
{
    g_unlink(self->grammar);
    g_unlink(self->included);
    g_rmdir(self->dir);
    g_free(self->dir);
    g_free(self->grammar);
    g_free(self->included);
}

static void
write_grammar(const char *path, const char *body)
{
    g_autofree char *text = g_strconcat(GRAMMAR_HEAD, body, "</grammar>\n", NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void
assert_valid(Fixture *self, const char *text)
{
    g_autoptr(xmlDoc) doc = parse(text);
    g_autoptr(GError) error = NULL;

    hvn_schema_validate(doc, "a.xml", self->grammar, &error);
    g_assert_no_error(error);
}

static void
assert_invalid(Fixture *self, const char *text, const char *message)
{
    g_autoptr(xmlDoc) doc = parse(text);
    g_autoptr(GError) error = NULL;

    g_assert_false(hvn_schema_validate(doc, "a.xml", self->grammar, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_cmpstr(error->message, ==, message);
}

static void
test_validate(Fixture *self, gconstpointer data)
{
    write_grammar(
        self->grammar,
        "<start><element name='top'><optional><attribute name='size'><data type='positiveInteger'/></attribute></optional>"
        "<zeroOrMore><element name='item'><data type='positiveInteger'/></element></zeroOrMore></element></start>");
    assert_valid(self, "<top/>");
    assert_valid(self, "<top size='3'><item>1</item>\n<item>2</item></top>");
    assert_invalid(self, "<other/>", "a.xml:1: expected element <top>, not <other>");
    assert_invalid(self, "<top>\n<bogus/></top>", "a.xml:2: element <bogus> is not accepted here");
    assert_invalid(self, "<top\n bogus='1'/>", "a.xml:2: unknown attribute 'bogus' of element <top>");
    assert_invalid(self, "<top>\n<item>1</item>\n<item>few</item></top>",
                   "a.xml:3: element <item> has a wrong value 'few', which is no positiveInteger");
}

static void
test_include(Fixture *self, gconstpointer data)
{
    write_grammar(self->included, "<define name='item'><element name='item'><empty/></element></define>");
    write_grammar(self->grammar, "<include href='included.rng'/><start><element name='top'><ref name='item'/></element></start>");
    assert_valid(self, "<top><item/></top>");
    assert_invalid(self, "<top>\n</top>", "a.xml:1: element <top> lacks an element");
}

static void
test_broken_grammar(Fixture *self, gconstpointer data)
{
    g_autoptr(xmlDoc) doc = parse("<top/>");
    g_autoptr(GError) error = NULL;

    g_assert_false(hvn_schema_validate(doc, "a.xml", self->grammar, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND);
    g_clear_error(&error);
    write_grammar(self->grammar, "<start><ref name='nothing'/></start>");
    g_assert_false(hvn_schema_validate(doc, "a.xml", self->grammar, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_nonnull(strstr(error->message, "grammar.rng"));
    g_clear_error(&error);
    g_assert_true(g_file_set_contents(self->included, "<grammar", -1, NULL));
    write_grammar(self->grammar, "<include href='included.rng'/><start><ref name='item'/></start>");
    g_assert_false(hvn_schema_validate(doc, "a.xml", self->grammar, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_nonnull(strstr(error->message, "included.rng:1: "));
}

/* libxml2 prints errors that nobody takes */
static void
test_silent(Fixture *self, gconstpointer data)
{
    if (g_test_subprocess()) {
        test_malformed();
        test_nul_and_bad_bytes();
        test_validate(self, data);
        g_unlink(self->grammar);
        test_broken_grammar(self, data);
        return;
    }
    g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr("");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plugin/schema/parse", test_parse);
    g_test_add_func("/plugin/schema/malformed", test_malformed);
    g_test_add_func("/plugin/schema/document-type", test_document_type);
    g_test_add_func("/plugin/schema/nul-and-bad-bytes", test_nul_and_bad_bytes);
    g_test_add_func("/plugin/schema/depth", test_depth);
    g_test_add_func("/plugin/schema/size", test_size);
    g_test_add_func("/plugin/schema/file", test_file);
    g_test_add("/plugin/schema/validate", Fixture, NULL, fixture_set_up, test_validate, fixture_tear_down);
    g_test_add("/plugin/schema/include", Fixture, NULL, fixture_set_up, test_include, fixture_tear_down);
    g_test_add("/plugin/schema/broken-grammar", Fixture, NULL, fixture_set_up, test_broken_grammar, fixture_tear_down);
    g_test_add("/plugin/schema/silent", Fixture, NULL, fixture_set_up, test_silent, fixture_tear_down);
    return g_test_run();
}
