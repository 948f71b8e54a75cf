/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The result table of the probe. Text in details may come from the wire: what is not UTF-8 is replaced before it is stored. */
#include "hvn-probe-report.h"

#include <math.h>

typedef struct {
    char    *name;
    char    *text; /* NULL for a number */
    double   number;
} HvnProbeValue;

struct _HvnProbeRow {
    char          *check;
    HvnProbeResult result;
    char          *detail;
    GArray        *values; /* HvnProbeValue */
};

struct _HvnProbeSection {
    char      *name;
    char      *nic;
    char      *backend;
    char      *mac;
    char      *attachment;
    GPtrArray *rows; /* HvnProbeRow */
};

struct _HvnProbeReport {
    GPtrArray *sections; /* HvnProbeSection */
    double     first_frame_ms; /* negative until it is known */
};

static const char *const hvn_probe_result_names[HVN_PROBE_N_RESULTS] = {"passed", "failed", "skipped", "not configured"};
static const char *const hvn_probe_result_colors[HVN_PROBE_N_RESULTS] = {"\033[32m", "\033[31m", "\033[33m", "\033[2m"};

static void
hvn_probe_value_clear(gpointer data)
{
    HvnProbeValue *self = data;

    g_free(self->name);
    g_free(self->text);
}

static void
hvn_probe_row_free(gpointer data)
{
    HvnProbeRow *self = data;

    g_free(self->check);
    g_free(self->detail);
    g_array_unref(self->values);
    g_free(self);
}

static void
hvn_probe_section_free(gpointer data)
{
    HvnProbeSection *self = data;

    g_free(self->name);
    g_free(self->nic);
    g_free(self->backend);
    g_free(self->mac);
    g_free(self->attachment);
    g_ptr_array_unref(self->rows);
    g_free(self);
}

HvnProbeReport *
hvn_probe_report_new(void)
{
    HvnProbeReport *self = g_new0(HvnProbeReport, 1);

    self->sections = g_ptr_array_new_with_free_func(hvn_probe_section_free);
    self->first_frame_ms = -1;
    return self;
}

void
hvn_probe_report_free(HvnProbeReport *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->sections);
    g_free(self);
}

HvnProbeSection *
hvn_probe_report_add_interface(HvnProbeReport *self, const char *name, const char *nic, const char *backend, const char *mac,
                               const char *attachment)
{
    HvnProbeSection *section = g_new0(HvnProbeSection, 1);

    section->name = g_strdup(name);
    section->nic = g_strdup(nic);
    section->backend = g_strdup(backend);
    section->mac = g_strdup(mac);
    section->attachment = g_strdup(attachment);
    section->rows = g_ptr_array_new_with_free_func(hvn_probe_row_free);
    g_ptr_array_add(self->sections, section);
    return section;
}

HvnProbeRow *
hvn_probe_report_add_row(HvnProbeSection *self, const char *check, HvnProbeResult result, const char *format, ...)
{
    HvnProbeRow *row = g_new0(HvnProbeRow, 1);
    g_autofree char *detail = NULL;
    va_list args;

    va_start(args, format);
    detail = g_strdup_vprintf(format, args);
    va_end(args);
    row->check = g_strdup(check);
    row->result = result;
    row->detail = g_utf8_make_valid(detail, -1);
    g_strdelimit(row->detail, "\n\r\t", ' ');
    row->values = g_array_new(FALSE, FALSE, sizeof(HvnProbeValue));
    g_array_set_clear_func(row->values, hvn_probe_value_clear);
    g_ptr_array_add(self->rows, row);
    return row;
}

void
hvn_probe_row_set_number(HvnProbeRow *self, const char *name, double value)
{
    HvnProbeValue entry = {.name = g_strdup(name), .number = value};

    g_array_append_val(self->values, entry);
}

void
hvn_probe_row_set_text(HvnProbeRow *self, const char *name, const char *value)
{
    HvnProbeValue entry = {.name = g_strdup(name), .text = g_utf8_make_valid(value, -1)};

    g_array_append_val(self->values, entry);
}

void
hvn_probe_report_set_first_frame(HvnProbeReport *self, double ms)
{
    self->first_frame_ms = ms;
}

guint
hvn_probe_report_count(HvnProbeReport *self, HvnProbeResult result)
{
    guint count = 0;

    for (guint i = 0; i < self->sections->len; i++) {
        HvnProbeSection *section = self->sections->pdata[i];

        for (guint j = 0; j < section->rows->len; j++)
            count += ((HvnProbeRow *)section->rows->pdata[j])->result == result;
    }
    return count;
}

char *
hvn_probe_report_get_last_row(HvnProbeReport *self)
{
    HvnProbeSection *section = self->sections->len > 0 ? self->sections->pdata[self->sections->len - 1] : NULL;
    HvnProbeRow *row = section != NULL && section->rows->len > 0 ? section->rows->pdata[section->rows->len - 1] : NULL;

    if (row == NULL)
        return NULL;
    return g_strdup_printf("%s: %s: %s: %s", section->name, row->check, hvn_probe_result_names[row->result], row->detail);
}

/* ---- for people ---- */

static void
hvn_probe_report_print_section(HvnProbeSection *self, GString *text, gboolean color)
{
    g_string_append_printf(text, "%s: %s", self->name, self->nic != NULL ? self->nic : "no NIC");
    if (self->mac != NULL)
        g_string_append_printf(text, " %s", self->mac);
    g_string_append_printf(text, ", %s", self->backend != NULL ? self->backend : "no backend");
    /* the plain way is what everybody expects */
    if (strcmp(self->attachment, "in-process") != 0)
        g_string_append_printf(text, ", over %s", self->attachment);
    g_string_append_c(text, '\n');
    for (guint i = 0; i < self->rows->len; i++) {
        HvnProbeRow *row = self->rows->pdata[i];

        g_string_append_printf(text, "  %-16s%s%-16s%s%s\n", row->check, color ? hvn_probe_result_colors[row->result] : "",
                               hvn_probe_result_names[row->result], color ? "\033[0m" : "", row->detail);
    }
}

char *
hvn_probe_report_to_text(HvnProbeReport *self, gboolean color)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < self->sections->len; i++)
        hvn_probe_report_print_section(self->sections->pdata[i], text, color);
    for (guint i = 0; i < HVN_PROBE_N_RESULTS; i++)
        g_string_append_printf(text, "%s%u %s", i > 0 ? ", " : "", hvn_probe_report_count(self, i), hvn_probe_result_names[i]);
    g_string_append_c(text, '\n');
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* ---- for programs ---- */

static void
hvn_probe_report_set_string(JsonBuilder *builder, const char *name, const char *value)
{
    json_builder_set_member_name(builder, name);
    if (value != NULL)
        json_builder_add_string_value(builder, value);
    else
        json_builder_add_null_value(builder);
}

static void
hvn_probe_report_set_value(JsonBuilder *builder, const HvnProbeValue *value)
{
    if (value->text != NULL) {
        hvn_probe_report_set_string(builder, value->name, value->text);
        return;
    }
    json_builder_set_member_name(builder, value->name);
    if (value->number == floor(value->number) && fabs(value->number) < 9e15)
        json_builder_add_int_value(builder, (gint64)value->number);
    else
        json_builder_add_double_value(builder, value->number);
}

static void
hvn_probe_report_add_section(HvnProbeSection *self, JsonBuilder *builder)
{
    json_builder_begin_object(builder);
    hvn_probe_report_set_string(builder, "name", self->name);
    hvn_probe_report_set_string(builder, "nic", self->nic);
    hvn_probe_report_set_string(builder, "backend", self->backend);
    hvn_probe_report_set_string(builder, "mac", self->mac);
    hvn_probe_report_set_string(builder, "attachment", self->attachment);
    json_builder_set_member_name(builder, "rows");
    json_builder_begin_array(builder);
    for (guint i = 0; i < self->rows->len; i++) {
        HvnProbeRow *row = self->rows->pdata[i];

        json_builder_begin_object(builder);
        hvn_probe_report_set_string(builder, "check", row->check);
        hvn_probe_report_set_string(builder, "result", hvn_probe_result_names[row->result]);
        hvn_probe_report_set_string(builder, "detail", row->detail);
        for (guint j = 0; j < row->values->len; j++)
            hvn_probe_report_set_value(builder, &g_array_index(row->values, HvnProbeValue, j));
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
}

void
hvn_probe_report_to_json(HvnProbeReport *self, JsonBuilder *builder)
{
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "interfaces");
    json_builder_begin_array(builder);
    for (guint i = 0; i < self->sections->len; i++)
        hvn_probe_report_add_section(self->sections->pdata[i], builder);
    json_builder_end_array(builder);
    json_builder_set_member_name(builder, "first_frame_ms");
    if (self->first_frame_ms >= 0)
        json_builder_add_double_value(builder, self->first_frame_ms);
    else
        json_builder_add_null_value(builder);
    for (guint i = 0; i < HVN_PROBE_N_RESULTS; i++) {
        g_autofree char *name = g_strdelimit(g_strdup(hvn_probe_result_names[i]), " ", '_');

        json_builder_set_member_name(builder, name);
        json_builder_add_int_value(builder, hvn_probe_report_count(self, i));
    }
    json_builder_end_object(builder);
}
