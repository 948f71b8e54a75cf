/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words for messages. Whatever a user, a file or a library said is made printable before a message repeats it, and a name that is
 * unknown is answered with the names that there are and the one that was probably meant. */
#include "hvn-text.h"

#include <string.h>

#define HVN_TEXT_WORD_MAX 64 /* bytes; longer words are not compared */

char *
hvn_text_printable(const char *text)
{
    return hvn_text_printable_within(text, HVN_TEXT_PRINTABLE_MAX);
}

char *
hvn_text_printable_within(const char *text, gsize max_len)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *out = g_string_new(NULL);

    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);

        if (out->len >= max_len) {
            g_string_append(out, "...");
            break;
        }
        if (c == '\n')
            g_string_append(out, "\\n");
        else if (c == '\t')
            g_string_append(out, "\\t");
        else if (!g_unichar_isprint(c))
            g_string_append_printf(out, "\\x%02x", c);
        else
            g_string_append_unichar(out, c);
    }
    return g_string_free(out, FALSE);
}

/* Damerau-Levenshtein distance (restricted: no character is moved twice), without regard to case */
static guint
hvn_text_distance(const char *a, const char *b)
{
    guint rows[3][HVN_TEXT_WORD_MAX + 1];
    gsize a_len = strlen(a), b_len = strlen(b);

    if (a_len > HVN_TEXT_WORD_MAX || b_len > HVN_TEXT_WORD_MAX)
        return G_MAXUINT;
    for (gsize j = 0; j <= b_len; j++)
        rows[0][j] = (guint)j;
    for (gsize i = 1; i <= a_len; i++) {
        guint *row = rows[i % 3], *before = rows[(i + 2) % 3], *before_that = rows[(i + 1) % 3];

        row[0] = (guint)i;
        for (gsize j = 1; j <= b_len; j++) {
            gboolean same = g_ascii_tolower(a[i - 1]) == g_ascii_tolower(b[j - 1]);

            row[j] = MIN(MIN(before[j] + 1, row[j - 1] + 1), before[j - 1] + (same ? 0 : 1));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = MIN(row[j], before_that[j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

const char *
hvn_text_suggest(const char *word, GPtrArray *candidates)
{
    const char *nearest = NULL;
    guint nearest_distance = G_MAXUINT;
    guint limit;

    g_return_val_if_fail(word != NULL && candidates != NULL, NULL);

    /* one slip in a short word, two in a longer one: more would suggest what nobody meant */
    limit = strlen(word) <= 3 ? 1 : 2;
    for (guint i = 0; i < candidates->len; i++) {
        const char *candidate = candidates->pdata[i];
        guint distance = hvn_text_distance(word, candidate);

        /* a word of two letters has nothing left after two slips */
        if (distance <= limit && distance < strlen(candidate) && distance < nearest_distance) {
            nearest = candidate;
            nearest_distance = distance;
        }
    }
    return nearest;
}

char *
hvn_text_accepted(const char *word, GPtrArray *candidates)
{
    GString *text = g_string_new(NULL);
    const char *suggestion;

    g_return_val_if_fail(word != NULL && candidates != NULL, g_string_free(text, FALSE));

    if (candidates->len == 0) {
        g_string_append(text, " (there are none)");
        return g_string_free(text, FALSE);
    }
    g_string_append(text, " (accepted: ");
    for (guint i = 0; i < candidates->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", (const char *)candidates->pdata[i]);
    suggestion = hvn_text_suggest(word, candidates);
    if (suggestion != NULL)
        g_string_append_printf(text, "; did you mean '%s'?", suggestion);
    g_string_append_c(text, ')');
    return g_string_free(text, FALSE);
}
