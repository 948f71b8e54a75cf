/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every file that smbd would keep in the system's directories is moved into the private one, which the backend removes when it
 * stops. */
#include "hvn-user-smb.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hvn-error.h"

static char *
hvn_user_smb_find(void)
{
    static const char *const places[] = {"/usr/sbin/smbd", "/usr/local/sbin/smbd", "/usr/local/samba/sbin/smbd"};

    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        if (g_file_test(places[i], G_FILE_TEST_IS_EXECUTABLE))
            return g_strdup(places[i]);
    }
    return g_find_program_in_path("smbd");
}

char *
hvn_user_smb_format(const char *dir, const char *share, const char *user)
{
    GString *text = g_string_new("[global]\n");
    static const char *const kept[] = {"private dir",     "pid directory", "lock directory", "state directory",
                                       "cache directory", "ncalrpc dir",   "binddns dir"};

    for (guint i = 0; i < G_N_ELEMENTS(kept); i++)
        g_string_append_printf(text, "%s = %s\n", kept[i], dir);
    g_string_append_printf(text, "log file = %s/log.smbd\nsmb passwd file = %s/smbpasswd\n", dir, dir);
    g_string_append(text,
                    "interfaces = 127.0.0.1\nbind interfaces only = yes\nsecurity = user\nmap to guest = Bad User\n"
                    "load printers = no\nprinting = bsd\ndisable spoolss = yes\nusershare max shares = 0\nmax log size = 1000\n");
    g_string_append_printf(text, "[qemu]\npath = %s\nread only = no\nguest ok = yes\nforce user = %s\n", share, user);
    return g_string_free(text, FALSE);
}

static gboolean
hvn_user_smb_check_share(const char *share, GError **error)
{
    struct stat info;

    /* a value of smb.conf ends with the line, and % begins a substitution */
    for (const char *at = share; *at != '\0'; at++) {
        if (g_ascii_iscntrl(*at) || *at == '%') {
            g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
                        "invalid value '%s' for option 'smb': expected a path without '%%' and control characters", share);
            return FALSE;
        }
    }
    if (stat(share, &info) != 0) {
        hvn_set_error_errno(error, errno, "cannot share '%s' of option 'smb'", share);
        return FALSE;
    }
    if (!S_ISDIR(info.st_mode)) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "invalid value '%s' for option 'smb': expected a directory",
                    share);
        return FALSE;
    }
    if (access(share, R_OK | X_OK) != 0) {
        hvn_set_error_errno(error, errno, "cannot share '%s' of option 'smb'", share);
        return FALSE;
    }
    return TRUE;
}

GStrv
hvn_user_smb_prepare(const char *dir, const char *share, GError **error)
{
    g_autofree char *smbd = hvn_user_smb_find(), *conf = g_build_filename(dir, "smb.conf", NULL), *text = NULL;
    g_autofree char *full = g_canonicalize_filename(share, NULL);
    g_autoptr(GError) problem = NULL;

    if (!hvn_user_smb_check_share(full, error))
        return NULL;
    if (smbd == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND,
                    "option 'smb' needs smbd, which is not in /usr/sbin or PATH: install the package samba");
        return NULL;
    }
    text = hvn_user_smb_format(dir, full, g_get_user_name());
    if (!g_file_set_contents_full(conf, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, &problem)) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_IO, "cannot write %s: %s", conf, problem->message);
        return NULL;
    }
    return g_strdupv((char *[]){smbd, (char *)"-l", (char *)dir, (char *)"-s", conf, NULL});
}
