/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DNS questions and answers (RFC 1035) as far as the probe needs them: one question of type A, the first address in the
 * answer. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define HVN_PROBE_DNS_PORT     53
#define HVN_PROBE_DNS_NAME_MAX 256

/**
 * HvnProbeDnsAnswer:
 * @rcode: response code (4.1.1)
 * @n_answers: records in the answer
 * @address: the first A record, host order, 0 when there is none
 */
typedef struct {
    guint   rcode;
    guint   n_answers;
    guint32 address;
} HvnProbeDnsAnswer;

/**
 * hvn_probe_dns_build_query:
 * @id: transaction
 * @name: host name
 * @bytes: (out caller-allocates): room
 * @room: bytes of it
 *
 * Returns: bytes of the question, 0 when the name is not one or the room too small
 */
gsize
hvn_probe_dns_build_query(guint16 id, const char *name, guint8 *bytes, gsize room);

/**
 * hvn_probe_dns_parse:
 * @bytes: a message
 * @len: its bytes
 * @id: transaction of the question
 * @answer: (out caller-allocates): what it says
 *
 * Returns: whether it is a whole response to that question
 */
gboolean
hvn_probe_dns_parse(const guint8 *bytes, gsize len, guint16 id, HvnProbeDnsAnswer *answer);

/**
 * hvn_probe_dns_read_name:
 * @bytes: what compression pointers count in
 * @len: its bytes
 * @at: (inout): where the name starts; where it ends, when it is valid
 * @name: (out caller-allocates): room for %HVN_PROBE_DNS_NAME_MAX bytes; dots between labels, other bytes than letters, digits
 *   and
 *   dashes become '?'
 *
 * Returns: whether the name is valid
 */
gboolean
hvn_probe_dns_read_name(const guint8 *bytes, gsize len, gsize *at, char *name);

/**
 * hvn_probe_dns_rcode_to_string:
 * @rcode: response code
 *
 * Returns: (transfer none): what it means
 */
const char *
hvn_probe_dns_rcode_to_string(guint rcode);

G_END_DECLS
