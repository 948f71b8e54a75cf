/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loads a configuration, and keeps the text of a file in memory that other processes can read. */
#include "hvn-run-config.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hvn-error.h"

#define MAX_TEXT (64 * 1024 * 1024) /* bytes of a file */

static gboolean
hvn_run_config_is_file(char **words)
{
    return words[0] != NULL && words[0][0] != '-' && words[1] == NULL;
}

static int
hvn_run_config_keep(const char *text, gsize len, GError **error)
{
    int fd = memfd_create("hvnet-config", MFD_CLOEXEC);

    for (gsize at = 0; fd >= 0 && at < len;) {
        gssize written = write(fd, text + at, len - at);

        if (written > 0) {
            at += written;
        } else if (errno != EINTR) {
            close(fd);
            fd = -1;
        }
    }
    if (fd < 0)
        hvn_set_error_errno(error, errno, "cannot keep the configuration for the NICs' processes");
    return fd;
}

HvnConfig *
hvn_run_config_load(HvnCli *cli, char **words, int *text_fd, GError **error)
{
    g_autoptr(HvnConfig) config = NULL;
    g_autofree char     *text = NULL;
    gsize                len;

    *text_fd = -1;
    /* a file that cannot be read is told as everywhere else */
    if (!hvn_run_config_is_file(words) || !g_file_get_contents(words[0], &text, &len, NULL))
        return hvn_cli_load_config(cli, g_strv_length(words), words, error);
    config = hvn_config_load_xml_memory(text, len, words[0], hvn_cli_get_registry(cli), error);
    if (config == NULL)
        return NULL;
    *text_fd = hvn_run_config_keep(text, len, error);
    return *text_fd >= 0 ? g_steal_pointer(&config) : NULL;
}

HvnConfig *
hvn_run_config_load_again(HvnCli *cli, char **words, int text_fd, GError **error)
{
    g_autoptr(HvnConfig) config = NULL;
    g_autofree char     *text = NULL;
    struct stat          st;

    if (text_fd >= 0 && (fstat(text_fd, &st) != 0 || st.st_size > MAX_TEXT)) {
        hvn_set_error_errno(error, errno, "cannot read the configuration");
        return NULL;
    }
    hvn_cli_log_set_quiet(cli, TRUE);
    if (text_fd < 0) {
        config = hvn_cli_load_config(cli, g_strv_length(words), words, error);
    } else {
        text = g_malloc0(st.st_size + 1);
        if (pread(text_fd, text, st.st_size, 0) == st.st_size)
            config = hvn_config_load_xml_memory(text, st.st_size, words[0], hvn_cli_get_registry(cli), error);
        else
            hvn_set_error_errno(error, errno, "cannot read the configuration");
    }
    hvn_cli_log_set_quiet(cli, FALSE);
    return g_steal_pointer(&config);
}
