/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DNS messages. Names follow at most POINTERS compression pointers and never leave the message. */
#include "hvn-probe-dns.h"

#include "hvn-bytes.h"

#define HEADER_LEN  12
#define LABEL_MAX   63
#define POINTERS    16
#define RECORDS_MAX 32
#define TYPE_A      1
#define CLASS_IN    1

#define FLAG_RESPONSE (1u << 15)
#define FLAG_RECURSE  (1u << 8)

gsize
hvn_probe_dns_build_query(guint16 id, const char *name, guint8 *bytes, gsize room)
{
    g_auto(GStrv) labels = g_strsplit(name, ".", -1);
    gsize at = HEADER_LEN;

    if (room < HEADER_LEN || strlen(name) > 253)
        return 0;
    memset(bytes, 0, HEADER_LEN);
    hvn_store_be16(bytes, id);
    hvn_store_be16(bytes + 2, FLAG_RECURSE);
    hvn_store_be16(bytes + 4, 1);
    for (guint i = 0; labels[i] != NULL; i++) {
        gsize len = strlen(labels[i]);

        if (len == 0 || len > LABEL_MAX || at + 1 + len + 5 > room)
            return 0;
        bytes[at] = (guint8)len;
        memcpy(bytes + at + 1, labels[i], len);
        at += 1 + len;
    }
    if (at == HEADER_LEN)
        return 0;
    bytes[at] = 0;
    hvn_store_be16(bytes + at + 1, TYPE_A);
    hvn_store_be16(bytes + at + 3, CLASS_IN);
    return at + 5;
}

/* 4.1.4: labels, ended by a zero or continued at a pointer */
gboolean
hvn_probe_dns_read_name(const guint8 *bytes, gsize len, gsize *at, char *name)
{
    gsize from = *at, end = 0, out = 0;
    guint pointers = 0;

    for (;;) {
        guint label;

        if (from >= len)
            return FALSE;
        label = bytes[from];
        if (label == 0)
            break;
        if ((label & 0xc0) == 0xc0) {
            if (from + 2 > len || ++pointers > POINTERS)
                return FALSE;
            end = end == 0 ? from + 2 : end;
            from = hvn_load_be16(bytes + from) & 0x3fff;
            continue;
        }
        if (label > LABEL_MAX || from + 1 + label > len || out + label + 2 > HVN_PROBE_DNS_NAME_MAX)
            return FALSE;
        if (out > 0)
            name[out++] = '.';
        for (guint i = 0; i < label; i++) {
            char c = (char)bytes[from + 1 + i];

            name[out++] = g_ascii_isalnum(c) || c == '-' || c == '_' ? c : '?';
        }
        from += 1 + label;
    }
    name[out] = '\0';
    *at = end == 0 ? from + 1 : end;
    return TRUE;
}

gboolean
hvn_probe_dns_parse(const guint8 *bytes, gsize len, guint16 id, HvnProbeDnsAnswer *answer)
{
    char name[HVN_PROBE_DNS_NAME_MAX];
    gsize at = HEADER_LEN;
    guint flags, n_questions, n_answers;

    memset(answer, 0, sizeof *answer);
    if (len < HEADER_LEN || hvn_load_be16(bytes) != id)
        return FALSE;
    flags = hvn_load_be16(bytes + 2);
    n_questions = hvn_load_be16(bytes + 4);
    n_answers = hvn_load_be16(bytes + 6);
    if ((flags & FLAG_RESPONSE) == 0 || n_questions > 1)
        return FALSE;
    if (n_questions == 1 && (!hvn_probe_dns_read_name(bytes, len, &at, name) || at + 4 > len))
        return FALSE;
    at += n_questions * 4;
    answer->rcode = flags & 0xf;
    answer->n_answers = n_answers;
    for (guint i = 0; i < MIN(n_answers, RECORDS_MAX) && answer->address == 0; i++) {
        gsize data_len;

        if (!hvn_probe_dns_read_name(bytes, len, &at, name) || at + 10 > len)
            return FALSE;
        data_len = hvn_load_be16(bytes + at + 8);
        if (at + 10 + data_len > len)
            return FALSE;
        if (hvn_load_be16(bytes + at) == TYPE_A && hvn_load_be16(bytes + at + 2) == CLASS_IN && data_len == 4)
            answer->address = hvn_load_be32(bytes + at + 10);
        at += 10 + data_len;
    }
    return TRUE;
}

const char *
hvn_probe_dns_rcode_to_string(guint rcode)
{
    static const char *const names[] = {"no error",     "format error",    "server failure",
                                        "no such name", "not implemented", "refused"};

    return rcode < G_N_ELEMENTS(names) ? names[rcode] : "another error";
}
