/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scatter lists. Every function walks the pieces once; pieces of no bytes are allowed and passed over. */
#include "hvn-iov.h"

#include <string.h>

gsize
hvn_iov_size(const struct iovec *iov, guint n_iov)
{
    gsize size = 0;

    for (guint i = 0; i < n_iov; i++)
        size += iov[i].iov_len;
    return size;
}

/* passes over the pieces before @offset and leaves in it what is still to be skipped in the piece that is returned */
static guint
hvn_iov_seek(const struct iovec *iov, guint n_iov, gsize *offset)
{
    guint i = 0;

    while (i < n_iov && *offset >= iov[i].iov_len) {
        *offset -= iov[i].iov_len;
        i++;
    }
    return i;
}

gsize
hvn_iov_to_buf(const struct iovec *iov, guint n_iov, gsize offset, gpointer buf, gsize len)
{
    gsize done = 0;

    for (guint i = hvn_iov_seek(iov, n_iov, &offset); i < n_iov && done < len; i++) {
        gsize part = MIN(iov[i].iov_len - offset, len - done);

        if (part > 0)
            memcpy((guint8 *)buf + done, (const guint8 *)iov[i].iov_base + offset, part);
        done += part;
        offset = 0;
    }
    return done;
}

gsize
hvn_iov_from_buf(const struct iovec *iov, guint n_iov, gsize offset, gconstpointer buf, gsize len)
{
    gsize done = 0;

    for (guint i = hvn_iov_seek(iov, n_iov, &offset); i < n_iov && done < len; i++) {
        gsize part = MIN(iov[i].iov_len - offset, len - done);

        if (part > 0)
            memcpy((guint8 *)iov[i].iov_base + offset, (const guint8 *)buf + done, part);
        done += part;
        offset = 0;
    }
    return done;
}

guint
hvn_iov_slice(const struct iovec *iov, guint n_iov, gsize offset, gsize len, struct iovec *out, guint n_out)
{
    guint n = 0;

    for (guint i = hvn_iov_seek(iov, n_iov, &offset); i < n_iov && len > 0; i++) {
        gsize part = MIN(iov[i].iov_len - offset, len);

        if (part > 0) {
            if (n == n_out)
                return 0;
            out[n].iov_base = (guint8 *)iov[i].iov_base + offset;
            out[n].iov_len = part;
            n++;
        }
        len -= part;
        offset = 0;
    }
    return len == 0 ? n : 0;
}

void
hvn_iov_pull(struct iovec **iov, guint *n_iov, gpointer buf, gsize len)
{
    hvn_iov_to_buf(*iov, *n_iov, 0, buf, len);
    while (len > 0 && *n_iov > 0) {
        gsize n = MIN(len, (*iov)->iov_len);

        (*iov)->iov_base = (guint8 *)(*iov)->iov_base + n;
        (*iov)->iov_len -= n;
        len -= n;
        if ((*iov)->iov_len == 0) {
            (*iov)++;
            (*n_iov)--;
        }
    }
}
