/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `hvnet regs NIC`: the register table of a NIC model, as it drives the model: what is implemented, what is stored only, what is
 * ignored. As a table, as markdown, or for programs. */
#include "hvn-cli.h"

#include <stdio.h>
#include <string.h>

#include "hvn-cli-table.h"
#include "hvn-error.h"
#include "hvn-nic.h"
#include "hvn-options.h"

#define N_REGIONS 6 /* HVN_PCI_N_BARS */

/* a register table, and the regions that show it */
typedef struct {
    HvnRegs *regs;
    guint    regions; /* a bit for each */
    gboolean indexed; /* no region shows it: an index register of another one selects these */
} HvnCliRegsView;

static HvnNic *
hvn_cli_regs_create(HvnCli *self, const char *name, GError **error)
{
    HvnRegistry *registry = hvn_cli_get_registry(self);
    HvnDescriptor *descriptor = hvn_registry_find(registry, "nic", name, error);
    g_autoptr(HvnOptions) options = hvn_options_new();
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, NULL);
    const char *variant = NULL;
    GType type;

    if (descriptor == NULL)
        return NULL;
    type = hvn_registry_load(registry, descriptor, error);
    if (type == G_TYPE_INVALID)
        return NULL;
    if (descriptor->variants->len > 0)
        variant = name;
    return (HvnNic *)hvn_options_create_object(options, descriptor, type, error, "dispatcher", dispatcher, "name", name,
                                               variant != NULL ? "variant" : NULL, variant, NULL);
}

static gboolean
hvn_cli_regs_has_region(HvnNic *nic, guint region)
{
    HvnNicRegion there;

    hvn_nic_get_region(nic, region, &there);
    return there.size > 0;
}

/* the tables of a NIC, each once; returns how many */
static guint
hvn_cli_regs_find(HvnNic *nic, HvnCliRegsView *views)
{
    guint n = 0, at;

    for (guint region = 0; region < N_REGIONS; region++) {
        HvnRegs *regs = hvn_nic_get_regs(nic, region);

        if (regs == NULL)
            continue;
        for (at = 0; at < n && views[at].regs != regs; at++)
            ;
        if (at == n)
            views[n++] = (HvnCliRegsView){.regs = regs, .indexed = !hvn_cli_regs_has_region(nic, region)};
        views[at].regions |= 1u << region;
    }
    return n;
}

static char *
hvn_cli_regs_describe_regions(guint regions)
{
    GString *text = g_string_new(NULL);

    for (guint region = 0; region < N_REGIONS; region++) {
        if (regions >> region & 1)
            g_string_append_printf(text, "%s%u", text->len > 0 ? " and " : "", region);
    }
    return g_string_free(text, FALSE);
}

static const char *
hvn_cli_regs_access(const HvnReg *row)
{
    if (row->flags & HVN_REG_RC)
        return "RC";
    if (row->flags & HVN_REG_RO)
        return "RO";
    if (row->flags & HVN_REG_WO)
        return "WO";
    return row->flags & HVN_REG_W1C ? "W1C" : "RW";
}

static const char *
hvn_cli_regs_state(const HvnReg *row)
{
    if (row->flags & HVN_REG_STORED)
        return "stored only";
    return row->flags & HVN_REG_IGNORED ? "ignored" : "implemented";
}

static char *
hvn_cli_regs_name(const HvnReg *row)
{
    return row->count > 1 ? g_strdup_printf("%s[%u]", row->name, row->count) : g_strdup(row->name);
}

static void
hvn_cli_regs_print_table(const HvnReg *rows, guint n_rows)
{
    static const char *const headings[] = {"OFFSET", ">BYTES", "NAME", "SECTION", "ACCESS", "RESET", "STATE", NULL};
    g_autoptr(HvnCliTable) table = hvn_cli_table_new(headings);

    for (guint i = 0; i < n_rows; i++) {
        const HvnReg *row = &rows[i];

        hvn_cli_table_add(table, g_strdup_printf("0x%05x", row->offset), g_strdup_printf("%u", row->width), hvn_cli_regs_name(row),
                          g_strdup(row->section != NULL ? row->section : ""), g_strdup(hvn_cli_regs_access(row)),
                          g_strdup_printf("0x%0*x", 2 * row->width, row->reset), g_strdup(hvn_cli_regs_state(row)));
    }
    hvn_cli_table_print(table);
}

static void
hvn_cli_regs_print_markdown(const HvnReg *rows, guint n_rows)
{
    puts("| offset | bytes | name | section | access | reset | state |\n|---|---|---|---|---|---|---|");
    for (guint i = 0; i < n_rows; i++) {
        const HvnReg *row = &rows[i];
        g_autofree char *name = hvn_cli_regs_name(row);

        printf("| 0x%05x | %u | %s | %s | %s | 0x%0*x | %s |\n", row->offset, row->width, name, row->section != NULL ? row->section : "",
               hvn_cli_regs_access(row), 2 * row->width, row->reset, hvn_cli_regs_state(row));
    }
}

static void
hvn_cli_regs_add_string(JsonBuilder *builder, const char *name, const char *value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, value);
}

static void
hvn_cli_regs_add_number(JsonBuilder *builder, const char *name, gint64 value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, value);
}

static void
hvn_cli_regs_add_row(JsonBuilder *builder, const HvnReg *row)
{
    json_builder_begin_object(builder);
    hvn_cli_regs_add_number(builder, "offset", row->offset);
    hvn_cli_regs_add_number(builder, "width", row->width);
    hvn_cli_regs_add_number(builder, "count", row->count);
    hvn_cli_regs_add_number(builder, "stride", row->stride != 0 ? row->stride : row->width);
    hvn_cli_regs_add_string(builder, "name", row->name);
    hvn_cli_regs_add_string(builder, "section", row->section != NULL ? row->section : "");
    hvn_cli_regs_add_string(builder, "access", hvn_cli_regs_access(row));
    hvn_cli_regs_add_number(builder, "reset", row->reset);
    hvn_cli_regs_add_number(builder, "write-mask", row->write_mask);
    hvn_cli_regs_add_string(builder, "state", hvn_cli_regs_state(row));
    json_builder_end_object(builder);
}

static void
hvn_cli_regs_print_json(const char *name, const HvnCliRegsView *views, guint n_views)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    hvn_cli_regs_add_string(builder, "nic", name);
    json_builder_set_member_name(builder, "tables");
    json_builder_begin_array(builder);
    for (guint i = 0; i < n_views; i++) {
        guint n_rows;
        const HvnReg *rows = hvn_reg_table_get_rows(views[i].regs->table, &n_rows);

        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "regions");
        json_builder_begin_array(builder);
        for (guint region = 0; region < N_REGIONS; region++) {
            if (views[i].regions >> region & 1)
                json_builder_add_int_value(builder, region);
        }
        json_builder_end_array(builder);
        json_builder_set_member_name(builder, "registers");
        json_builder_begin_array(builder);
        for (guint j = 0; j < n_rows; j++)
            hvn_cli_regs_add_row(builder, &rows[j]);
        json_builder_end_array(builder);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    hvn_cli_print_json(builder);
}

static void
hvn_cli_regs_print(const char *name, const HvnCliRegsView *views, guint n_views, gboolean markdown)
{
    for (guint i = 0; i < n_views; i++) {
        g_autofree char *regions = hvn_cli_regs_describe_regions(views[i].regions);
        guint n_rows;
        const HvnReg *rows = hvn_reg_table_get_rows(views[i].regs->table, &n_rows);

        if (i > 0)
            puts("");
        printf(markdown ? "## %s, %s %s\n\n" : "%s, %s %s:\n", name, views[i].indexed ? "table" : "region", regions);
        if (markdown)
            hvn_cli_regs_print_markdown(rows, n_rows);
        else
            hvn_cli_regs_print_table(rows, n_rows);
    }
}

int
hvn_cli_regs(HvnCli *self, int argc, char **argv)
{
    HvnCliRegsView views[N_REGIONS] = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(HvnNic) nic = NULL;
    gboolean markdown = FALSE;
    const char *name = NULL;
    guint n_views;

    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--markdown") == 0)
            markdown = TRUE;
        else if (name == NULL && *argv[i] != '-')
            name = argv[i];
        else
            return hvn_cli_usage("unexpected argument '%s' of 'regs': expected [--markdown] NIC", argv[i]);
    }
    if (name == NULL)
        return hvn_cli_usage("'regs' takes the name of a NIC, such as 'hvnet regs e1000'");
    nic = hvn_cli_regs_create(self, name, &error);
    if (nic == NULL) {
        hvn_cli_print_error(error);
        return HVN_EXIT_FAILED;
    }
    n_views = hvn_cli_regs_find(nic, views);
    if (self->json) {
        hvn_cli_regs_print_json(name, views, n_views);
        return HVN_EXIT_DONE;
    }
    if (n_views == 0) {
        g_set_error(&error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED, "NIC '%s' has no register table", name);
        hvn_cli_print_error(error);
        return HVN_EXIT_FAILED;
    }
    hvn_cli_regs_print(name, views, n_views, markdown);
    return HVN_EXIT_DONE;
}
