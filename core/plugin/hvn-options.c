/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The values of a plugin's options as a user wrote them. Both configuration languages fill this list; validation against the descriptor
 * and the way into GObject properties are the same for both. Each value keeps the place where it stands, for messages. */
#include "hvn-options.h"

#include <gobject/gvaluecollector.h>
#include <string.h>

#include "hvn-error.h"
#include "hvn-option-value.h"
#include "hvn-text.h"

struct _HvnOptions {
    GPtrArray *values; /* (element-type HvnOptionValue) */
};

G_DEFINE_BOXED_TYPE(HvnOptions, hvn_options, hvn_options_copy, hvn_options_free)

static void
hvn_option_value_free(HvnOptionValue *self)
{
    g_free(self->name);
    g_free(self->text);
    g_free(self->origin);
    g_free(self);
}

HvnOptions *
hvn_options_new(void)
{
    HvnOptions *self = g_new0(HvnOptions, 1);

    self->values = g_ptr_array_new_with_free_func((GDestroyNotify)hvn_option_value_free);
    return self;
}

HvnOptions *
hvn_options_copy(const HvnOptions *self)
{
    HvnOptions *copy = hvn_options_new();

    for (guint i = 0; i < hvn_options_get_length(self); i++) {
        const HvnOptionValue *value = hvn_options_get_nth(self, i);

        hvn_options_add(copy, value->name, value->text, value->origin);
    }
    return copy;
}

void
hvn_options_free(HvnOptions *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->values);
    g_free(self);
}

void
hvn_options_add(HvnOptions *self, const char *name, const char *text, const char *origin)
{
    HvnOptionValue *value;

    g_return_if_fail(self != NULL && name != NULL && text != NULL && origin != NULL);

    value = g_new0(HvnOptionValue, 1);
    value->name = g_strdup(name);
    value->text = g_strdup(text);
    value->origin = g_strdup(origin);
    g_ptr_array_add(self->values, value);
}

guint
hvn_options_get_length(const HvnOptions *self)
{
    g_return_val_if_fail(self != NULL, 0);

    return self->values->len;
}

const HvnOptionValue *
hvn_options_get_nth(const HvnOptions *self, guint n)
{
    g_return_val_if_fail(self != NULL && n < self->values->len, NULL);

    return self->values->pdata[n];
}

const HvnOptionValue *
hvn_options_find(const HvnOptions *self, const char *name)
{
    g_return_val_if_fail(self != NULL && name != NULL, NULL);

    for (guint i = 0; i < self->values->len; i++) {
        const HvnOptionValue *value = self->values->pdata[i];

        if (strcmp(value->name, name) == 0)
            return value;
    }
    return NULL;
}

/* ---- validation ---- */

static gboolean
hvn_options_fail_unknown(const HvnOptionValue *given, const HvnDescriptor *descriptor, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autofree char *name = hvn_text_printable(given->name);
    g_autofree char *accepted = NULL;

    for (guint i = 0; i < descriptor->options->len; i++)
        g_ptr_array_add(names, ((const HvnOption *)descriptor->options->pdata[i])->name);
    accepted = hvn_text_accepted(given->name, names);
    g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "%s: unknown option '%s' of %s '%s'%s", given->origin, name,
                descriptor->kind, descriptor->name, accepted);
    return FALSE;
}

static gboolean
hvn_options_validate_value(const HvnOptions *self, guint n, const HvnDescriptor *descriptor, GError **error)
{
    const HvnOptionValue *given = self->values->pdata[n];
    const HvnOptionValue *first = hvn_options_find(self, given->name);
    const HvnOption *option = hvn_descriptor_find_option(descriptor, given->name);
    g_auto(GValue) value = G_VALUE_INIT;
    g_autofree char *expected = NULL;
    g_autofree char *printable = NULL;

    if (option == NULL)
        return hvn_options_fail_unknown(given, descriptor, error);
    if (first != given && !option->list) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "%s: option '%s' of %s '%s' is given twice, first at %s",
                    given->origin, given->name, descriptor->kind, descriptor->name, first->origin);
        return FALSE;
    }
    expected = hvn_option_convert(option, given->text, &value);
    if (expected == NULL)
        return TRUE;
    printable = hvn_text_printable(given->text);
    g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "%s: invalid value '%s' for option '%s' of %s '%s': %s",
                given->origin, printable, given->name, descriptor->kind, descriptor->name, expected);
    return FALSE;
}

gboolean
hvn_options_validate(const HvnOptions *self, const HvnDescriptor *descriptor, GError **error)
{
    g_return_val_if_fail(self != NULL && descriptor != NULL, FALSE);

    for (guint i = 0; i < self->values->len; i++) {
        if (!hvn_options_validate_value(self, i, descriptor, error))
            return FALSE;
    }
    for (guint i = 0; i < descriptor->options->len; i++) {
        const HvnOption *option = descriptor->options->pdata[i];
        g_autofree char *accepted = NULL;

        if (!option->required || hvn_options_find(self, option->name) != NULL)
            continue;
        accepted = hvn_option_describe_values(option);
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "%s%s%s '%s' lacks its option '%s': expected %s",
                    self->values->len > 0 ? hvn_options_get_nth(self, 0)->origin : "", self->values->len > 0 ? ": " : "",
                    descriptor->kind, descriptor->name, option->name, accepted);
        return FALSE;
    }
    return TRUE;
}

/* ---- into an object ---- */

/* the properties that g_object_new_with_properties() takes: names in one array, values beside them */
typedef struct {
    GPtrArray *names; /* not owned */
    GArray *values;   /* GValue */
} HvnProperties;

static GValue *
hvn_properties_append(HvnProperties *self, const char *name)
{
    GValue none = G_VALUE_INIT;

    g_ptr_array_add(self->names, (gpointer)name);
    g_array_append_val(self->values, none);
    return &g_array_index(self->values, GValue, self->values->len - 1);
}

/* every value of a list option, in order */
static GStrv
hvn_options_collect_list(const HvnOptions *self, const char *name)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    for (guint i = 0; i < self->values->len; i++) {
        const HvnOptionValue *given = self->values->pdata[i];

        if (strcmp(given->name, name) == 0)
            g_strv_builder_add(builder, given->text);
    }
    return g_strv_builder_end(builder);
}

static void
hvn_options_append_properties(const HvnOptions *self, const HvnDescriptor *descriptor, HvnProperties *properties)
{
    for (guint i = 0; i < descriptor->options->len; i++) {
        const HvnOption *option = descriptor->options->pdata[i];
        const HvnOptionValue *given = hvn_options_find(self, option->name);
        GValue *value;

        if (given == NULL)
            continue;
        value = hvn_properties_append(properties, option->property);
        if (option->list) {
            g_value_init(value, G_TYPE_STRV);
            g_value_take_boxed(value, hvn_options_collect_list(self, option->name));
        } else {
            g_autofree char *expected = hvn_option_convert(option, given->text, value);

            g_assert(expected == NULL); /* validated before */
        }
    }
}

/* further properties, as g_object_new() takes them */
static gboolean
hvn_options_append_extra(HvnProperties *properties, GObjectClass *object_class, const char *name, va_list args, GError **error)
{
    for (; name != NULL; name = va_arg(args, const char *)) {
        GParamSpec *pspec = g_object_class_find_property(object_class, name);
        g_autofree char *problem = NULL;
        GValue *value;

        if (pspec == NULL) {
            g_set_error(error, HVN_ERROR, HVN_ERROR_ABI, "type %s has no property '%s'", G_OBJECT_CLASS_NAME(object_class), name);
            return FALSE;
        }
        value = hvn_properties_append(properties, name);
        G_VALUE_COLLECT_INIT(value, pspec->value_type, args, 0, &problem);
        if (problem != NULL) {
            g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "property '%s': %s", name, problem);
            return FALSE;
        }
    }
    return TRUE;
}

GObject *
hvn_options_create_object(const HvnOptions *self, const HvnDescriptor *descriptor, GType type, GError **error,
                          const char *extra_name, ...)
{
    g_autoptr(GTypeClass) type_class = NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GArray) values = g_array_new(FALSE, TRUE, sizeof(GValue));
    HvnProperties properties = {.names = names, .values = values};
    gboolean complete;
    va_list args;

    g_return_val_if_fail(self != NULL && descriptor != NULL, NULL);
    g_return_val_if_fail(g_type_is_a(type, G_TYPE_OBJECT) && !G_TYPE_IS_ABSTRACT(type), NULL);

    if (!hvn_options_validate(self, descriptor, error))
        return NULL;
    g_array_set_clear_func(values, (GDestroyNotify)g_value_unset);
    type_class = g_type_class_ref(type);
    hvn_options_append_properties(self, descriptor, &properties);
    va_start(args, extra_name);
    complete = hvn_options_append_extra(&properties, G_OBJECT_CLASS(type_class), extra_name, args, error);
    va_end(args);
    if (!complete)
        return NULL;
    return g_object_new_with_properties(type, names->len, (const char **)names->pdata, (const GValue *)(void *)values->data);
}
