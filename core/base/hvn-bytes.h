/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Integers in bytes of a given order, at any alignment. Guest and wire bytes are loaded once through these,
 * then checked, then used. */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

static inline guint16
hvn_load_le16(gconstpointer bytes)
{
    guint16 value;
    memcpy(&value, bytes, sizeof value);
    return GUINT16_FROM_LE(value);
}

static inline guint32
hvn_load_le32(gconstpointer bytes)
{
    guint32 value;
    memcpy(&value, bytes, sizeof value);
    return GUINT32_FROM_LE(value);
}

static inline guint64
hvn_load_le64(gconstpointer bytes)
{
    guint64 value;
    memcpy(&value, bytes, sizeof value);
    return GUINT64_FROM_LE(value);
}

static inline guint16
hvn_load_be16(gconstpointer bytes)
{
    guint16 value;
    memcpy(&value, bytes, sizeof value);
    return GUINT16_FROM_BE(value);
}

static inline guint32
hvn_load_be32(gconstpointer bytes)
{
    guint32 value;
    memcpy(&value, bytes, sizeof value);
    return GUINT32_FROM_BE(value);
}

static inline void
hvn_store_le16(gpointer bytes, guint16 value)
{
    value = GUINT16_TO_LE(value);
    memcpy(bytes, &value, sizeof value);
}

static inline void
hvn_store_le32(gpointer bytes, guint32 value)
{
    value = GUINT32_TO_LE(value);
    memcpy(bytes, &value, sizeof value);
}

static inline void
hvn_store_le64(gpointer bytes, guint64 value)
{
    value = GUINT64_TO_LE(value);
    memcpy(bytes, &value, sizeof value);
}

static inline void
hvn_store_be16(gpointer bytes, guint16 value)
{
    value = GUINT16_TO_BE(value);
    memcpy(bytes, &value, sizeof value);
}

static inline void
hvn_store_be32(gpointer bytes, guint32 value)
{
    value = GUINT32_TO_BE(value);
    memcpy(bytes, &value, sizeof value);
}

G_END_DECLS
