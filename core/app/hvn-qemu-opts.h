/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The grammar of one QEMU option's value: "user,id=n0,restrict=on" or the same as JSON. It knows no option: what comes out is a
 * list of keys and values. Not installed. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * HvnQemuOpt:
 * @key: the key
 * @value: its value as text
 */
typedef struct {
    char *key;
    char *value;
} HvnQemuOpt;

/**
 * hvn_qemu_opts_new:
 *
 * Returns: (transfer full) (element-type HvnQemuOpt): an empty list
 */
GPtrArray *
hvn_qemu_opts_new(void);

/**
 * hvn_qemu_opts_add:
 * @opts: (element-type HvnQemuOpt): a list
 * @key: the key
 * @value: its value
 */
void
hvn_qemu_opts_add(GPtrArray *opts, const char *key, const char *value);

/**
 * hvn_qemu_opts_parse:
 * @text: what follows the option, such as "user,id=n0"
 * @first_key: (nullable): key of a first word without "=", such as "type"
 * @origin: how messages begin, such as "-netdev user,id=n0"
 * @error: return location
 *
 * "key=value" joined by commas; "," in a value is written ",,"; a key alone is on. A text that begins with "{" is JSON: strings, numbers
 * and true or false; a list is the key again for each item, an item may be {"str": "..."} as QEMU writes string lists, and any
 * other object is its keys joined by dots.
 *
 * Returns: (transfer full) (element-type HvnQemuOpt) (nullable): in order, or %NULL with %HVN_ERROR_INVALID_CONFIG set
 */
GPtrArray *
hvn_qemu_opts_parse(const char *text, const char *first_key, const char *origin, GError **error);

/**
 * hvn_qemu_opts_take:
 * @opts: (element-type HvnQemuOpt): what was parsed
 * @key: a key
 *
 * Takes a key out of the list; of a key that is given several times the last counts, as in QEMU.
 *
 * Returns: (transfer full) (nullable): the value
 */
char *
hvn_qemu_opts_take(GPtrArray *opts, const char *key);

/**
 * hvn_qemu_opts_has:
 * @opts: (element-type HvnQemuOpt): what was parsed
 * @key: a key
 *
 * Returns: whether the key is there
 */
gboolean
hvn_qemu_opts_has(GPtrArray *opts, const char *key);

G_END_DECLS
