/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The control socket of `hvnet run` and its name. A name that the user gave is taken or refused; one that was only there in the file is
 * changed when it has to be, so that the same file can run twice. */
#include "hvn-run-control.h"

#include <unistd.h>

#include "hvn-control-dir.h"
#include "hvn-error.h"

struct _HvnRunControl {
    HvnControl *control;
    char       *name; /* NULL until there is a link */
};

/* the name of a domain file, or as much of it as a name may have */
static char *
hvn_run_control_usable(const char *domain)
{
    GString *usable = g_string_new(NULL);

    for (const char *at = domain; at != NULL && *at != '\0' && usable->len < HVN_CONTROL_NAME_MAX / 2; at = g_utf8_next_char(at))
        g_string_append_unichar(usable, *at == '/' || g_ascii_iscntrl(*at) ? '_' : g_utf8_get_char(at));
    if (usable->len > 0 && usable->str[0] == '.')
        usable->str[0] = '_';
    return g_string_free(usable, FALSE);
}

static gboolean
hvn_run_control_link(HvnRunControl *self, const char *path, const char *name, const char *domain, GError **error)
{
    g_autofree char *usable = hvn_run_control_usable(domain);
    g_autofree char *own = g_strdup_printf("%s-%d", usable[0] != '\0' ? usable : "hvnet", (int)getpid());
    g_autoptr(GError) local = NULL;

    if (name != NULL || usable[0] != '\0') {
        const char *wanted = name != NULL ? name : usable;

        if (hvn_control_dir_add(wanted, path, &local)) {
            self->name = g_strdup(wanted);
            return TRUE;
        }
        if (name != NULL || !g_error_matches(local, HVN_ERROR, HVN_ERROR_IN_USE)) {
            g_propagate_error(error, g_steal_pointer(&local));
            return FALSE;
        }
        g_message("a session '%s' runs already: this one is '%s'", usable, own);
    }
    if (!hvn_control_dir_add(own, path, error))
        return FALSE;
    self->name = g_steal_pointer(&own);
    return TRUE;
}

HvnRunControl *
hvn_run_control_new(HvnDispatcher *dispatcher, const char *dir, const char *name, const char *domain, GError **error)
{
    g_autoptr(HvnRunControl) self = g_new0(HvnRunControl, 1);
    g_autofree char *path = g_build_filename(dir, HVN_RUN_CONTROL_FILE, NULL);

    self->control = hvn_control_new(dispatcher);
    if (!hvn_control_listen(self->control, path, error) || !hvn_run_control_link(self, path, name, domain, error))
        return NULL;
    return g_steal_pointer(&self);
}

void
hvn_run_control_free(HvnRunControl *self)
{
    if (self == NULL)
        return;
    if (self->name != NULL)
        hvn_control_dir_remove(self->name);
    hvn_control_stop(self->control);
    g_object_unref(self->control);
    g_free(self->name);
    g_free(self);
}

HvnControl *
hvn_run_control_get_control(HvnRunControl *self)
{
    return self->control;
}

const char *
hvn_run_control_get_name(HvnRunControl *self)
{
    return self->name;
}
