/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the passt backend, and the command line that they mean. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define HVN_PASST_N_OPTIONS 34

/* a value for each option, in the order of the table; those that nothing was said about hold their defaults */
typedef struct {
    GValue values[HVN_PASST_N_OPTIONS];
} HvnPasstOptions;

/* installs the properties, with ids from 1 on */
void
hvn_passt_options_install(GObjectClass *klass);

/* FALSE when there is no property of that id */
gboolean
hvn_passt_options_set(HvnPasstOptions *self, guint prop, const GValue *value);

void
hvn_passt_options_clear(HvnPasstOptions *self);

/* FALSE with HVN_ERROR set for what is not served */
gboolean
hvn_passt_options_check(const HvnPasstOptions *self, GError **error);

/* (transfer none): the program */
const char *
hvn_passt_options_get_path(const HvnPasstOptions *self);

/* (transfer full): the command line, for a connected socket that passt finds under that number */
GStrv
hvn_passt_options_get_argv(const HvnPasstOptions *self, int fd);

G_END_DECLS
