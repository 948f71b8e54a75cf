/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration of `hvnet run` in several processes: the first reads a file once and keeps its text, so that each NIC's process, also
 * one that starts much later, has the same configuration, whatever became of the file or if it was a pipe. */
#pragma once

#include "hvn-cli.h"

G_BEGIN_DECLS

/**
 * hvn_run_config_load:
 * @cli: the command
 * @words: (array zero-terminated=1): a FILE, or QEMU's options, or nothing
 * @text_fd: (out): a descriptor with the file's text for other processes, -1 when there is no file
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the configuration, or %NULL with %HVN_ERROR set
 */
HvnConfig *
hvn_run_config_load(HvnCli *cli, char **words, int *text_fd, GError **error);

/**
 * hvn_run_config_load_again:
 * @cli: the command
 * @words: (array zero-terminated=1): as hvn_run_config_load() had them
 * @text_fd: what it gave
 * @error: return location
 *
 * Says nothing of what was worth a warning: the first to load it did.
 *
 * Returns: (transfer full) (nullable): the same configuration, or %NULL with %HVN_ERROR set
 */
HvnConfig *
hvn_run_config_load_again(HvnCli *cli, char **words, int text_fd, GError **error);

G_END_DECLS
