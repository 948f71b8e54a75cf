/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words for messages: foreign text made safe to print in one line, lists of names, and the name that was probably meant. Internal to
 * the library and its command. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define HVN_TEXT_PRINTABLE_MAX 100 /* bytes of foreign text that a message repeats */

/**
 * hvn_text_printable:
 * @text: text from a file, a command line or a library
 *
 * Returns: (transfer full): the text in valid UTF-8 on one line, without control characters, cut with "..." where it is long
 */
char *
hvn_text_printable(const char *text);

/**
 * hvn_text_printable_within:
 * @text: text from somebody else
 * @max_len: bytes of it that are of use
 *
 * As hvn_text_printable(), for what is more than a word.
 *
 * Returns: (transfer full): the text, printable, cut with "..." where it is longer
 */
char *
hvn_text_printable_within(const char *text, gsize max_len);

/**
 * hvn_text_suggest:
 * @word: what was written
 * @candidates: (element-type utf8): the names that there are
 *
 * Returns: (transfer none) (nullable): the candidate that differs from @word by a slip or two, %NULL when none is near
 */
const char *
hvn_text_suggest(const char *word, GPtrArray *candidates);

/**
 * hvn_text_accepted:
 * @word: what was written
 * @candidates: (element-type utf8): the names that there are
 *
 * Returns: (transfer full): the end of a message: " (accepted: a, b, c; did you mean 'b'?)"
 */
char *
hvn_text_accepted(const char *word, GPtrArray *candidates);

G_END_DECLS
