/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes RELAX NG from descriptors. domain.rng describes a domain file; what may stand in <hvnet:options> comes from here, a
 * grammar for each plugin and an index over them, made when hvnet is built. The grammars are for editors, xmllint and other
 * tools: the reader itself goes by the descriptors that it finds when it runs, which may be others. */
#include "hvn-config-schema.h"

#include <string.h>

#include "hvn-config-private.h"
#include "hvn-config-type.h"

#define HVN_RELAXNG_HEAD \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" \
    "<grammar xmlns=\"http://relaxng.org/ns/structure/1.0\" datatypeLibrary=\"http://www.w3.org/2001/XMLSchema-datatypes\">\n"

/* attributes that mean something else where the options stand, so that an option of this name is an element */
static const char *const hvn_schema_backend_reserved[] = {"backend", "alias", "mac", "index", NULL};
static const char *const hvn_schema_nic_reserved[] = {"model", NULL};

G_GNUC_PRINTF(2, 3)
static void
hvn_schema_append(GString *text, const char *format, ...)
{
    g_autofree char *escaped = NULL;
    va_list args;

    va_start(args, format);
    escaped = g_markup_vprintf_escaped(format, args);
    va_end(args);
    g_string_append(text, escaped);
}

static void
hvn_schema_append_number(GString *text, const HvnOption *option)
{
    if (option->hex)
        g_string_append(text, "<choice><data type=\"string\"><param name=\"pattern\">0x[0-9a-fA-F]{1,8}</param></data>");
    hvn_schema_append(text,
                      "<data type=\"integer\"><param name=\"minInclusive\">%" G_GINT64_FORMAT
                      "</param><param name=\"maxInclusive\">%" G_GINT64_FORMAT "</param></data>",
                      option->minimum, option->maximum);
    if (option->hex)
        g_string_append(text, "</choice>");
}

/* what an option's value may be */
static void
hvn_schema_append_value(GString *text, const HvnOption *option)
{
    switch (option->type) {
    case HVN_OPTION_UINT:
    case HVN_OPTION_INT:
        hvn_schema_append_number(text, option);
        break;
    case HVN_OPTION_CHOICE:
        g_string_append(text, "<choice>");
        for (guint i = 0; option->choices != NULL && option->choices[i] != NULL; i++)
            hvn_schema_append(text, "<value>%s</value>", option->choices[i]);
        g_string_append(text, "</choice>");
        break;
    case HVN_OPTION_STRING:
    case HVN_OPTION_PATH:
        if (option->max_length > 0)
            hvn_schema_append(text, "<data type=\"string\"><param name=\"maxLength\">%u</param></data>", option->max_length);
        else
            g_string_append(text, "<text/>");
        break;
    default:
        hvn_schema_append(text, "<ref name=\"value-%s\"/>", hvn_option_type_to_string(option->type));
        break;
    }
}

static void
hvn_schema_append_attribute(GString *text, const HvnOption *option)
{
    hvn_schema_append(text, "<attribute name=\"%s\">", option->name);
    hvn_schema_append_value(text, option);
    g_string_append(text, "</attribute>");
}

/* in our namespace or in none; one element with a choice of names would be shorter, and libxml2 cannot tell such elements apart
 * */
static void
hvn_schema_append_element(GString *text, const HvnOption *option)
{
    static const char *const namespaces[] = {"", HVN_DOMAIN_NAMESPACE};

    for (guint i = 0; i < G_N_ELEMENTS(namespaces); i++) {
        hvn_schema_append(text, "<element name=\"%s\" ns=\"%s\">", option->name, namespaces[i]);
        hvn_schema_append_value(text, option);
        g_string_append(text, "</element>");
    }
}

/* an option as an attribute or as an element; a list as elements, of which the first may be an attribute */
static void
hvn_schema_append_option(GString *text, const HvnOption *option, gboolean as_attribute)
{
    g_string_append(text, "        ");
    if (option->list) {
        if (as_attribute) {
            g_string_append(text, "<optional>");
            hvn_schema_append_attribute(text, option);
            g_string_append(text, "</optional>");
        }
        g_string_append(text, "<zeroOrMore><choice>");
        hvn_schema_append_element(text, option);
        g_string_append(text, "</choice></zeroOrMore>\n");
        return;
    }
    g_string_append(text, "<optional><choice>");
    if (as_attribute)
        hvn_schema_append_attribute(text, option);
    hvn_schema_append_element(text, option);
    g_string_append(text, "</choice></optional>\n");
}

/* every name of a plugin */
static void
hvn_schema_append_names(GString *text, const HvnDescriptor *descriptor)
{
    hvn_schema_append(text, "<value>%s</value>", descriptor->name);
    for (guint i = 0; descriptor->aliases != NULL && descriptor->aliases[i] != NULL; i++)
        hvn_schema_append(text, "<value>%s</value>", descriptor->aliases[i]);
    for (guint i = 0; i < descriptor->variants->len; i++)
        hvn_schema_append(text, "<value>%s</value>", ((const HvnVariant *)g_ptr_array_index(descriptor->variants, i))->name);
}

char *
hvn_config_schema_options(const HvnDescriptor *descriptor)
{
    gboolean nic = strcmp(descriptor->kind, "nic") == 0;
    /* whoever names no backend means that of the interface's type, and whoever names no model means that of <model> */
    gboolean nameless = nic || hvn_config_type_names_backend(descriptor->name);
    GString *text = g_string_new(HVN_RELAXNG_HEAD);

    hvn_schema_append(text, "  <!-- Made from the descriptor of %s '%s'. -->\n", descriptor->kind, descriptor->name);
    hvn_schema_append(text, "  <define name=\"%s-options\" combine=\"choice\">\n    <group>\n      ", descriptor->kind);
    if (nameless)
        g_string_append(text, "<optional>");
    hvn_schema_append(text, "<attribute name=\"%s\"><choice>", nic ? "model" : "backend");
    hvn_schema_append_names(text, descriptor);
    g_string_append(text, "</choice></attribute>");
    if (nameless)
        g_string_append(text, "</optional>");
    g_string_append(text, "\n      <ref name=\"foreign-attributes\"/>\n      <interleave>\n");
    if (!nic)
        g_string_append(text, "        <optional><ref name=\"nic\"/></optional>\n");
    for (guint i = 0; i < descriptor->options->len; i++) {
        const HvnOption *option = g_ptr_array_index(descriptor->options, i);

        hvn_schema_append_option(text, option,
                                 !g_strv_contains(nic ? hvn_schema_nic_reserved : hvn_schema_backend_reserved, option->name));
    }
    g_string_append(text, "      </interleave>\n    </group>\n  </define>\n</grammar>\n");
    return g_string_free(text, FALSE);
}

/* the choice that a plugin without a grammar takes: any options, under a name that no other has */
static void
hvn_schema_append_unknown(GString *text, GPtrArray *descriptors, const char *kind)
{
    gboolean nic = strcmp(kind, "nic") == 0;
    const char *const *reserved = nic ? hvn_schema_nic_reserved : hvn_schema_backend_reserved;
    g_autoptr(GString) known = g_string_new(NULL);

    for (guint i = 0; i < descriptors->len; i++) {
        const HvnDescriptor *descriptor = g_ptr_array_index(descriptors, i);

        if (strcmp(descriptor->kind, kind) == 0)
            hvn_schema_append_names(known, descriptor);
    }
    hvn_schema_append(text, "  <define name=\"%s-options\" combine=\"choice\">\n    <group>\n      <attribute name=\"%s\">", kind,
                      nic ? "model" : "backend");
    g_string_append(text, "<data type=\"string\">");
    if (known->len > 0)
        g_string_append_printf(text, "<except><choice>%s</choice></except>", known->str);
    g_string_append(text, "</data></attribute>\n      <zeroOrMore><attribute><anyName><except>");
    for (guint i = 0; reserved[i] != NULL; i++)
        hvn_schema_append(text, "<name ns=\"\">%s</name>", reserved[i]);
    g_string_append(text, "</except></anyName></attribute></zeroOrMore>\n      <interleave>\n");
    if (nic)
        g_string_append(text, "        <zeroOrMore><element><anyName/><ref name=\"anything\"/></element></zeroOrMore>\n");
    else
        g_string_append(text,
                        "        <optional><ref name=\"nic\"/></optional>\n"
                        "        <zeroOrMore><element><anyName><except><name ns=\"\">nic</name><name ns=\"" HVN_DOMAIN_NAMESPACE
                        "\">nic</name></except></anyName><ref name=\"anything\"/></element></zeroOrMore>\n");
    g_string_append(text, "      </interleave>\n    </group>\n  </define>\n");
}

char *
hvn_config_schema_index(GPtrArray *descriptors, const char *const *files)
{
    GString *text = g_string_new(HVN_RELAXNG_HEAD);

    g_string_append(text, "  <!-- The options of every plugin that hvnet was built with, and of those that it was not. -->\n");
    for (guint i = 0; files[i] != NULL; i++)
        hvn_schema_append(text, "  <include href=\"%s\"/>\n", files[i]);
    hvn_schema_append_unknown(text, descriptors, "backend");
    hvn_schema_append_unknown(text, descriptors, "nic");
    g_string_append(text, "</grammar>\n");
    return g_string_free(text, FALSE);
}
