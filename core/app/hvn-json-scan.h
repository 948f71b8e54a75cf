/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds where the JSON objects of a stream end, before any of them is parsed, so that a parser never sees what is too long or too
 * deep. Knows brackets, strings with their escapes and the characters of JSON, no more; the parser judges the
 * rest. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define HVN_JSON_SCAN_DEPTH_MAX 64 /* objects and arrays within each other */

/**
 * HvnJsonScanResult:
 * @HVN_JSON_SCAN_MORE: the bytes are used up and no object has ended
 * @HVN_JSON_SCAN_OBJECT: the bytes that were used end an object
 * @HVN_JSON_SCAN_MALFORMED: they cannot be JSON, see the problem; what is left of that line is passed over
 */
typedef enum {
    HVN_JSON_SCAN_MORE,
    HVN_JSON_SCAN_OBJECT,
    HVN_JSON_SCAN_MALFORMED,
} HvnJsonScanResult;

/**
 * HvnJsonScan:
 * @max_len: the longest object, in bytes
 * @len: bytes of the object so far; 0 between objects
 * @depth: brackets that are open
 * @open: which, the outermost first
 * @in_string: within quotes
 * @escaped: behind a backslash there
 * @digits: of an escape \u that are still to come
 * @code: what its digits say so far
 * @high: the first half of a surrogate pair waits for the second
 * @passing: the rest of a line is passed over
 * @problem: (nullable): static; what was malformed last
 *
 * Where in the stream we are. Starts with zeros and @max_len.
 */
typedef struct {
    gsize       max_len;
    gsize       len;
    guint       depth;
    char        open[HVN_JSON_SCAN_DEPTH_MAX];
    gboolean    in_string;
    gboolean    escaped;
    guint       digits;
    guint       code;
    gboolean    high;
    gboolean    passing;
    const char *problem;
} HvnJsonScan;

/**
 * hvn_json_scan:
 * @self: the state
 * @bytes: (array length=n_bytes): what comes next in the stream
 * @n_bytes: how many
 * @used: (out): how many of them were looked at; the rest is for the next call
 *
 * Returns: what they are. With %HVN_JSON_SCAN_OBJECT the object is the last bytes that were used in this and earlier calls, as many as
 *   @len was; white space and lines that are passed over between objects belong to none
 */
HvnJsonScanResult
hvn_json_scan(HvnJsonScan *self, const char *bytes, gsize n_bytes, gsize *used);

G_END_DECLS
