/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A backend between a NIC and sockets of a test; see hvn-test-backend.h. */
#include "hvn-test-backend.h"

#include <dirent.h>
#include <glib/gstdio.h>
#include <string.h>

void
hvn_test_backend_init(HvnTestBackend *self, GType type)
{
    self->directory = g_dir_make_tmp("hvn-test-XXXXXX", NULL);
    self->path = g_build_filename(self->directory, "ours", NULL);
    self->peer_path = g_build_filename(self->directory, "theirs", NULL);
    self->clock = hvn_clock_new_manual();
    self->dispatcher = hvn_dispatcher_new(NULL, self->clock);
    self->nic = hvn_fake_port_new(self->dispatcher, "nic");
    self->backend = g_object_new(type, "dispatcher", self->dispatcher, "name", "net0", NULL);
    self->link = hvn_link_new(HVN_PORT(self->nic), HVN_PORT(self->backend));
}

void
hvn_test_backend_clear(HvnTestBackend *self)
{
    hvn_link_disconnect(self->link);
    g_object_unref(self->link);
    g_assert_finalize_object(self->backend);
    g_object_unref(self->nic);
    g_object_unref(self->dispatcher);
    hvn_clock_unref(self->clock);
    g_unlink(self->peer_path);
    g_assert_cmpint(g_rmdir(self->directory), ==, 0);
    g_free(self->peer_path);
    g_free(self->path);
    g_free(self->directory);
}

void
hvn_test_backend_settle(HvnTestBackend *self)
{
    for (guint i = 0; i < 200 && hvn_dispatcher_iterate(self->dispatcher, FALSE); i++)
        ;
}

void
hvn_test_backend_start(HvnTestBackend *self)
{
    g_autoptr(GError) error = NULL;

    hvn_backend_start(self->backend, &error);
    g_assert_no_error(error);
}

void
hvn_test_backend_assert_refused(HvnTestBackend *self, const char *pattern)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(hvn_backend_start(self->backend, &error));
    g_assert_nonnull(error);
    if (!g_pattern_match_simple(pattern, error->message))
        g_assert_cmpstr(error->message, ==, pattern);
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_STOPPED);
}

void
hvn_test_backend_set_text(HvnTestBackend *self, const char *property, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    g_object_set(self->backend, property, text, NULL);
}

gboolean
hvn_test_backend_send(HvnTestBackend *self, gsize len, guint8 fill)
{
    g_autofree guint8 *bytes = g_malloc(len);

    memset(bytes, fill, len);
    return hvn_fake_port_send_bytes(self->nic, bytes, len);
}

void
hvn_test_backend_assert_got(HvnTestBackend *self, guint n, gsize len, guint8 fill)
{
    gsize got;
    const guint8 *bytes = g_bytes_get_data(hvn_fake_port_get_frame(self->nic, n), &got);

    g_assert_cmpuint(got, ==, len);
    g_assert_cmpuint(bytes[0], ==, fill);
    g_assert_cmpuint(bytes[len - 1], ==, fill);
}

guint64
hvn_test_backend_drops(HvnTestBackend *self, HvnBackendDrop reason)
{
    return hvn_backend_get_drops(self->backend, reason);
}

guint
hvn_test_count_fds(void)
{
    DIR *directory = opendir("/proc/self/fd");
    guint n = 0;

    while (readdir(directory) != NULL)
        n++;
    closedir(directory);
    return n;
}
