/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* XML documents and RELAX NG schemas through libxml2. Both the descriptors of plugins and domain files come in here. A document is read
 * whole into bounded memory, parsed without network, entities or document types, and checked against a grammar. What libxml2 has to say
 * is collected instead of printed, and the most telling message is put into plain words. */
#include "hvn-schema.h"

#include <errno.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <libxml/xmlerror.h>
#include <string.h>
#include <unistd.h>

#include "hvn-error.h"
#include "hvn-text.h"

#define HVN_SCHEMA_SIZE_MAX   (16 * 1024 * 1024) /* bytes of a document */
#define HVN_SCHEMA_READ_BYTES 65536
#define HVN_SCHEMA_RANK_NONE  G_MAXUINT /* of no message */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlParserCtxt, xmlFreeParserCtxt)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlRelaxNG, xmlRelaxNGFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlRelaxNGParserCtxt, xmlRelaxNGFreeParserCtxt)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlRelaxNGValidCtxt, xmlRelaxNGFreeValidCtxt)

/* the most telling of the messages so far, and the file it is about */
typedef struct {
    const char *name; /* what messages call the document, not owned */
    char *text;       /* owned; "name:line: text", NULL while nothing is wrong */
    guint rank;       /* of text; lower tells more */
} HvnSchemaReport;

static void
hvn_schema_report(HvnSchemaReport *self, guint rank, const char *name, long line, const char *text)
{
    if (self->text != NULL && rank >= self->rank)
        return;
    g_free(self->text);
    self->text = line > 0 ? g_strdup_printf("%s:%ld: %s", name, line, text) : g_strdup_printf("%s: %s", name, text);
    self->rank = rank;
}

/* FALSE with the error set when anything was reported */
static gboolean
hvn_schema_report_finish(HvnSchemaReport *self, GError **error)
{
    g_autofree char *text = g_steal_pointer(&self->text);

    if (text == NULL)
        return TRUE;
    g_set_error_literal(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, text);
    return FALSE;
}

static long
hvn_schema_error_line(const xmlError *xml_error)
{
    if (xml_error->node != NULL && xml_error->domain == XML_FROM_RELAXNGV)
        return xmlGetLineNo(xml_error->node);
    return xml_error->line;
}

/* libxml2's own words, as our messages begin and end: lower case unless a name, no line break, no full stop */
static char *
hvn_schema_plain_text(const char *message)
{
    g_autofree char *chomped = g_strchomp(g_strdup(message != NULL ? message : "unknown error"));
    g_autofree char *quoted = hvn_text_printable(chomped);
    gsize len = strlen(quoted);

    if (len > 0 && quoted[len - 1] == '.')
        quoted[len - 1] = '\0';
    if (g_ascii_isupper(quoted[0]) && g_ascii_islower(quoted[1]))
        quoted[0] = g_ascii_tolower(quoted[0]);
    return g_steal_pointer(&quoted);
}

/* ---- documents ---- */

static char *
hvn_schema_parse_error_text(const xmlError *xml_error)
{
    switch (xml_error->code) {
    case XML_ERR_TAG_NAME_MISMATCH:
        if (xml_error->str1 != NULL && xml_error->str2 != NULL)
            return g_strdup_printf("element <%s> of line %d ends with </%s>", xml_error->str1, xml_error->int1, xml_error->str2);
        break;
    case XML_ERR_DOCUMENT_EMPTY:
        return g_strdup("not an XML file: expected an element first");
    case XML_ERR_DOCUMENT_END:
        return g_strdup("text after the end of the root element");
    case XML_ERR_TAG_NOT_FINISHED:
        if (xml_error->str1 != NULL)
            return g_strdup_printf("the file ends within element <%s>", xml_error->str1);
        break;
    case XML_ERR_ATTRIBUTE_REDEFINED:
        if (xml_error->str1 != NULL)
            return g_strdup_printf("attribute '%s' is given twice", xml_error->str1);
        break;
    case XML_ERR_UNDECLARED_ENTITY:
    case XML_WAR_UNDECLARED_ENTITY:
        if (xml_error->str1 != NULL)
            return g_strdup_printf("unknown entity '&%s;' (accepted: &amp; &lt; &gt; &quot; &apos;)", xml_error->str1);
        break;
    case XML_NS_ERR_UNDEFINED_NAMESPACE:
        if (xml_error->str1 != NULL)
            return g_strdup_printf("namespace prefix '%s' is not declared: expected xmlns:%s='...'", xml_error->str1,
                                   xml_error->str1);
        break;
    default:
        break;
    }
    return hvn_schema_plain_text(xml_error->message);
}

/* implements xmlStructuredErrorFunc for a parser, which passes itself as user data */
static void
hvn_schema_on_parse_error(void *user_data, xmlErrorPtr xml_error)
{
    xmlParserCtxt *ctxt = user_data;
    HvnSchemaReport *report = ctxt->_private;
    g_autofree char *text = NULL;

    /* the first error is the cause, what follows are its consequences; a warning is none */
    if (xml_error->level < XML_ERR_ERROR || report->text != NULL)
        return;
    text = hvn_schema_parse_error_text(xml_error);
    hvn_schema_report(report, 0, report->name, xml_error->line, text);
}

/* implements internalSubsetSAXFunc: entities are declared in a document type alone, so without one nothing can expand or be fetched */
static void
hvn_schema_on_document_type(void *user_data, const xmlChar *name, const xmlChar *external_id, const xmlChar *system_id)
{
    xmlParserCtxt *ctxt = user_data;
    HvnSchemaReport *report = ctxt->_private;

    hvn_schema_report(report, 0, report->name, xmlSAX2GetLineNumber(ctxt), "a document type (<!DOCTYPE>) is not accepted");
    xmlStopParser(ctxt);
}

static xmlDoc *
hvn_schema_parse(const char *text, gsize len, const char *name, const char *url, GError **error)
{
    g_autoptr(xmlParserCtxt) ctxt = NULL;
    g_autoptr(xmlDoc) doc = NULL;
    HvnSchemaReport report = {.name = name, .rank = HVN_SCHEMA_RANK_NONE};

    if (len > HVN_SCHEMA_SIZE_MAX) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "%s: larger than %d MiB", name,
                    HVN_SCHEMA_SIZE_MAX / (1024 * 1024));
        return NULL;
    }
    xmlInitParser();
    ctxt = xmlNewParserCtxt();
    if (ctxt == NULL)
        g_error("out of memory");
    ctxt->_private = &report;
    ctxt->sax->serror = hvn_schema_on_parse_error;
    ctxt->sax->internalSubset = hvn_schema_on_document_type;
    doc = xmlCtxtReadMemory(ctxt, text != NULL ? text : "", (int)len, url, NULL, XML_PARSE_NONET | XML_PARSE_BIG_LINES);
    if (!hvn_schema_report_finish(&report, error))
        return NULL;
    if (doc == NULL || !ctxt->wellFormed || xmlDocGetRootElement(doc) == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "%s: not an XML file", name);
        return NULL;
    }
    return g_steal_pointer(&doc);
}

/* a regular file, a pipe or a terminal, up to one byte more than is accepted */
static GByteArray *
hvn_schema_read(const char *path, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autofree guint8 *buf = g_malloc(HVN_SCHEMA_READ_BYTES);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    gssize n_read = 1;
    int saved_errno;

    if (fd < 0) {
        saved_errno = errno;
        hvn_set_error_errno(error, saved_errno, "cannot open '%s'", path);
        return NULL;
    }
    while (n_read != 0 && bytes->len <= HVN_SCHEMA_SIZE_MAX) {
        n_read = read(fd, buf, HVN_SCHEMA_READ_BYTES);
        if (n_read > 0) {
            g_byte_array_append(bytes, buf, (guint)n_read);
        } else if (n_read < 0 && errno != EINTR) {
            saved_errno = errno;
            close(fd);
            hvn_set_error_errno(error, saved_errno, "cannot read '%s'", path);
            return NULL;
        }
    }
    close(fd);
    return g_steal_pointer(&bytes);
}

xmlDoc *
hvn_schema_parse_file(const char *path, GError **error)
{
    g_autoptr(GByteArray) bytes = NULL;

    g_return_val_if_fail(path != NULL, NULL);

    bytes = hvn_schema_read(path, error);
    if (bytes == NULL)
        return NULL;
    return hvn_schema_parse((const char *)bytes->data, bytes->len, path, path, error);
}

xmlDoc *
hvn_schema_parse_memory(const char *text, gsize len, const char *name, GError **error)
{
    g_return_val_if_fail(text != NULL || len == 0, NULL);
    g_return_val_if_fail(name != NULL, NULL);

    return hvn_schema_parse(text, len, name, NULL, error);
}

/* ---- grammars ---- */

/* what an element says about itself, for messages of libxml2 that do not say what is wrong: "kind='bakend', name='x'" */
static char *
hvn_schema_describe_attributes(const xmlNode *node)
{
    GString *text = g_string_new(NULL);
    guint n_attributes = 0;

    for (xmlAttr *attr = node->properties; attr != NULL && n_attributes < 8; attr = attr->next, n_attributes++) {
        xmlChar *value = xmlNodeListGetString(node->doc, attr->children, 1);
        g_autofree char *printable = hvn_text_printable(value != NULL ? (const char *)value : "");

        g_string_append_printf(text, "%s%s='%s'", text->len > 0 ? ", " : "", attr->name, printable);
        xmlFree(value);
    }
    if (text->len == 0)
        g_string_append(text, "no attributes");
    return g_string_free(text, FALSE);
}

/* the element of that name at the node or around it: libxml2 names the last child where it means the parent */
static const xmlNode *
hvn_schema_find_element(const xmlNode *node, const char *name)
{
    while (node != NULL && !(node->type == XML_ELEMENT_NODE && g_strcmp0((const char *)node->name, name) == 0))
        node = node->parent;
    return node;
}

static char *
hvn_schema_attributes_text(const xmlNode *node, const char *name)
{
    g_autofree char *attributes = NULL;

    if (node == NULL)
        return g_strdup_printf("element <%s> has a wrong or missing attribute", name);
    attributes = hvn_schema_describe_attributes(node);
    return g_strdup_printf("element <%s> has a wrong or missing attribute (it has %s)", name, attributes);
}

static char *
hvn_schema_content_text(const xmlNode *node, const char *name)
{
    xmlChar *content = NULL;
    g_autofree char *stripped = NULL;
    g_autofree char *printable = NULL;

    if (node == NULL || xmlFirstElementChild((xmlNode *)node) != NULL)
        return g_strdup_printf("element <%s> has wrong content", name);
    content = xmlNodeGetContent(node);
    stripped = g_strstrip(g_strdup(content != NULL ? (const char *)content : ""));
    printable = hvn_text_printable(stripped);
    xmlFree(content);
    return g_strdup_printf("element <%s> has a wrong value '%s'", name, printable);
}

/* our words and a rank for a message of libxml2: 0 names the thing and its place, 3 says only that something is wrong */
static char *
hvn_schema_validity_text(const xmlError *xml_error, const xmlNode **where, guint *rank)
{
    const char *first = xml_error->str1 != NULL ? xml_error->str1 : "";
    const char *second = xml_error->str2 != NULL ? xml_error->str2 : "";
    const char *parent = *where != NULL ? (const char *)(*where)->name : "";
    g_autofree char *value = hvn_text_printable(second);
    const xmlNode *named = NULL;

    *rank = 0;
    switch (xml_error->code) {
    case XML_RELAXNG_ERR_INVALIDATTR:
    case XML_RELAXNG_ERR_EXTRADATA:
        return g_strdup_printf("unknown attribute '%s' of element <%s>", first, second);
    case XML_RELAXNG_ERR_ELEMWRONG:
    case XML_RELAXNG_ERR_INTEREXTRA:
        return g_strdup_printf("element <%s> is not accepted here", first);
    case XML_RELAXNG_ERR_ELEMNAME:
        return g_strdup_printf("expected element <%s>, not <%s>", first, second);
    case XML_RELAXNG_ERR_NOELEM:
        return *first != '\0' ? g_strdup_printf("element <%s> lacks an element <%s>", parent, first)
                              : g_strdup_printf("element <%s> lacks an element", parent);
    case XML_RELAXNG_ERR_ELEMNONS:
    case XML_RELAXNG_ERR_ELEMEXTRANS:
    case XML_RELAXNG_ERR_ELEMWRONGNS:
        return g_strdup_printf("element <%s> is in the wrong namespace", first);
    case XML_RELAXNG_ERR_TEXTWRONG:
        return g_strdup_printf("text is not accepted in element <%s>", first);
    case XML_RELAXNG_ERR_ATTREXTRANS:
    case XML_RELAXNG_ERR_ATTRWRONGNS:
        return g_strdup_printf("attribute '%s' is in the wrong namespace", first);
    case XML_RELAXNG_ERR_TYPEVAL:
        *rank = 1;
        return g_strdup_printf("element <%s> has a wrong value '%s', which is no %s", parent, value, first);
    case XML_RELAXNG_ERR_ATTRVALID:
        *rank = 2;
        named = hvn_schema_find_element(*where, first);
        *where = named != NULL ? named : *where;
        return hvn_schema_attributes_text(named, first);
    case XML_RELAXNG_ERR_CONTENTVALID:
        *rank = 2;
        named = hvn_schema_find_element(*where, first);
        *where = named != NULL ? named : *where;
        return hvn_schema_content_text(named, first);
    default:
        *rank = 3;
        return hvn_schema_plain_text(xml_error->message);
    }
}

/* implements xmlStructuredErrorFunc for a validation */
static void
hvn_schema_on_validity_error(void *user_data, xmlErrorPtr xml_error)
{
    HvnSchemaReport *report = user_data;
    const xmlNode *where = xml_error->node;
    g_autofree char *text = NULL;
    guint rank;

    if (xml_error->level < XML_ERR_ERROR)
        return;
    text = hvn_schema_validity_text(xml_error, &where, &rank);
    hvn_schema_report(report, rank, report->name, where != NULL ? xmlGetLineNo(where) : xml_error->line, text);
}

/* implements xmlStructuredErrorFunc while a grammar is read: included files are named by libxml2 */
static void
hvn_schema_on_grammar_error(void *user_data, xmlErrorPtr xml_error)
{
    HvnSchemaReport *report = user_data;
    g_autofree char *text = NULL;

    if (xml_error->level < XML_ERR_ERROR)
        return;
    text = hvn_schema_plain_text(xml_error->message);
    hvn_schema_report(report, 0, xml_error->file != NULL ? xml_error->file : report->name, hvn_schema_error_line(xml_error),
                      text);
}

/* ---- this thread's handlers of libxml2, ours while a grammar is read or applied ---- */

/* Files that a grammar includes are parsed out of our hands, and a few remarks of the RELAX NG code take no other way than these. */
typedef struct {
    xmlStructuredErrorFunc structured;
    void *structured_data;
    xmlGenericErrorFunc generic;
    void *generic_data;
} HvnSchemaHandlers;

/* implements xmlGenericErrorFunc: remarks of libxml2 about itself, which mean nothing to a user */
static void
hvn_schema_on_remark(void *user_data, const char *format, ...)
{
}

static void
hvn_schema_handlers_take(HvnSchemaHandlers *self, HvnSchemaReport *report)
{
    self->structured = xmlStructuredError;
    self->structured_data = xmlStructuredErrorContext;
    self->generic = xmlGenericError;
    self->generic_data = xmlGenericErrorContext;
    xmlSetStructuredErrorFunc(report, hvn_schema_on_grammar_error);
    xmlSetGenericErrorFunc(NULL, hvn_schema_on_remark);
}

static void
hvn_schema_handlers_give_back(const HvnSchemaHandlers *self)
{
    xmlSetStructuredErrorFunc(self->structured_data, self->structured);
    xmlSetGenericErrorFunc(self->generic_data, self->generic);
}

static xmlRelaxNG *
hvn_schema_parse_grammar(const char *schema, GError **error)
{
    g_autoptr(xmlDoc) doc = hvn_schema_parse_file(schema, error);
    g_autoptr(xmlRelaxNGParserCtxt) ctxt = NULL;
    g_autoptr(xmlRelaxNG) grammar = NULL;
    HvnSchemaReport report = {.name = schema, .rank = HVN_SCHEMA_RANK_NONE};
    HvnSchemaHandlers handlers;

    if (doc == NULL)
        return NULL;
    ctxt = xmlRelaxNGNewDocParserCtxt(doc);
    if (ctxt == NULL)
        g_error("out of memory");
    xmlRelaxNGSetParserStructuredErrors(ctxt, hvn_schema_on_grammar_error, &report);
    hvn_schema_handlers_take(&handlers, &report);
    grammar = xmlRelaxNGParse(ctxt);
    hvn_schema_handlers_give_back(&handlers);
    if (grammar == NULL && report.text == NULL)
        hvn_schema_report(&report, 0, schema, 0, "not a RELAX NG grammar");
    if (!hvn_schema_report_finish(&report, error))
        return NULL;
    return g_steal_pointer(&grammar);
}

gboolean
hvn_schema_validate(xmlDoc *doc, const char *name, const char *schema, GError **error)
{
    g_autoptr(xmlRelaxNG) grammar = NULL;
    g_autoptr(xmlRelaxNGValidCtxt) ctxt = NULL;
    HvnSchemaReport report = {.name = name, .rank = HVN_SCHEMA_RANK_NONE};
    HvnSchemaHandlers handlers;
    int result;

    g_return_val_if_fail(doc != NULL && name != NULL && schema != NULL, FALSE);

    grammar = hvn_schema_parse_grammar(schema, error);
    if (grammar == NULL)
        return FALSE;
    ctxt = xmlRelaxNGNewValidCtxt(grammar);
    if (ctxt == NULL)
        g_error("out of memory");
    xmlRelaxNGSetValidStructuredErrors(ctxt, hvn_schema_on_validity_error, &report);
    hvn_schema_handlers_take(&handlers, &report);
    result = xmlRelaxNGValidateDoc(ctxt, doc);
    hvn_schema_handlers_give_back(&handlers);
    if (result != 0 && report.text == NULL)
        hvn_schema_report(&report, HVN_SCHEMA_RANK_NONE - 1, name, 0, "does not follow the grammar");
    if (result == 0)
        g_clear_pointer(&report.text, g_free);
    return hvn_schema_report_finish(&report, error);
}
