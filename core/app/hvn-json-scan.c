/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the ends of JSON objects in a stream. What a parser might read otherwise than we do is malformed here: a comment, an assignment
 * and other quotes, which json-glib takes, could hide brackets from the count. */
#include "hvn-json-scan.h"

#include <string.h>

#define HALF_A_PAIR "half a surrogate pair"

/* An escape \u has its four digits (RFC 8259, 7). json-glib takes a half of a pair for a character, which is no UTF-8 then, and ends a
 * string at 0. */
static const char *
hvn_json_scan_unit(HvnJsonScan *self)
{
    gboolean low = (self->code & 0xfc00) == 0xdc00;

    if (self->code == 0)
        return "a character of value 0 within a string";
    if (low != self->high)
        return HALF_A_PAIR;
    self->high = (self->code & 0xfc00) == 0xd800;
    return NULL;
}

static const char *
hvn_json_scan_escape(HvnJsonScan *self, char c)
{
    if (self->digits > 0) {
        if (!g_ascii_isxdigit(c))
            return "an escape that JSON does not have";
        self->code = self->code << 4 | (guint)g_ascii_xdigit_value(c);
        return --self->digits == 0 ? hvn_json_scan_unit(self) : NULL;
    }
    self->escaped = FALSE;
    if (c == 'u') {
        self->digits = 4;
        self->code = 0;
        return NULL;
    }
    if (self->high)
        return HALF_A_PAIR;
    return strchr("\"\\/bfnrt", c) != NULL ? NULL : "an escape that JSON does not have";
}

static const char *
hvn_json_scan_in_string(HvnJsonScan *self, char c)
{
    if ((guchar)c < 0x20)
        return "a control character or a line break within a string";
    if (self->escaped || self->digits > 0)
        return hvn_json_scan_escape(self, c);
    self->escaped = c == '\\';
    if (self->high && !self->escaped)
        return HALF_A_PAIR;
    if (c == '"')
        self->in_string = FALSE;
    return NULL;
}

static const char *
hvn_json_scan_open(HvnJsonScan *self, char c)
{
    if (self->depth == HVN_JSON_SCAN_DEPTH_MAX)
        return "objects and arrays nested more than 64 deep";
    self->open[self->depth++] = c;
    return NULL;
}

static const char *
hvn_json_scan_close(HvnJsonScan *self, char c)
{
    if (self->open[self->depth - 1] != (c == '}' ? '{' : '['))
        return "a closing bracket that is not of the kind that was opened";
    self->depth--;
    return NULL;
}

/* Returns the problem with a character of an object. */
static const char *
hvn_json_scan_character(HvnJsonScan *self, char c)
{
    if (self->len > self->max_len)
        return "a message that is too long";
    if (self->in_string)
        return hvn_json_scan_in_string(self, c);
    switch (c) {
    case '"':
        self->in_string = TRUE;
        return NULL;
    case '{':
    case '[':
        return hvn_json_scan_open(self, c);
    case '}':
    case ']':
        return hvn_json_scan_close(self, c);
    default:
        return g_ascii_isalnum(c) || (c != '\0' && strchr(" \t\r\n:,+-.", c) != NULL) ? NULL : "a character that is not of JSON";
    }
}

/* Begins an object, or passes over what stands between two. */
static const char *
hvn_json_scan_between(HvnJsonScan *self, char c)
{
    if (self->passing) {
        self->passing = c != '\n';
        return NULL;
    }
    if (c == '{') {
        self->len = 1;
        return hvn_json_scan_open(self, c);
    }
    return c != '\0' && strchr(" \t\r\n", c) != NULL ? NULL : "what is not a JSON object";
}

static HvnJsonScanResult
hvn_json_scan_fail(HvnJsonScan *self, char c, const char *problem)
{
    *self = (HvnJsonScan){.max_len = self->max_len, .passing = c != '\n', .problem = problem};
    return HVN_JSON_SCAN_MALFORMED;
}

HvnJsonScanResult
hvn_json_scan(HvnJsonScan *self, const char *bytes, gsize n_bytes, gsize *used)
{
    /* the length of an object stays to be seen after its end */
    if (self->depth == 0)
        self->len = 0;
    for (gsize i = 0; i < n_bytes; i++) {
        gboolean within = self->depth > 0;
        const char *problem;

        self->len += within ? 1 : 0;
        problem = within ? hvn_json_scan_character(self, bytes[i]) : hvn_json_scan_between(self, bytes[i]);
        *used = i + 1;
        if (problem != NULL)
            return hvn_json_scan_fail(self, bytes[i], problem);
        if (within && self->depth == 0)
            return HVN_JSON_SCAN_OBJECT;
    }
    *used = n_bytes;
    return HVN_JSON_SCAN_MORE;
}
