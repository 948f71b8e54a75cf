/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command `hvnet`: a table of subcommands, the options that all of them share, and output for people or programs.
 * Exit status: 0 done, 1 what was asked for failed, 2 the command line is wrong. */
#pragma once

#include <json-glib/json-glib.h>

#include "hvn-config.h"
#include "hvn-registry.h"

G_BEGIN_DECLS

#define HVN_EXIT_DONE   0
#define HVN_EXIT_FAILED 1
#define HVN_EXIT_USAGE  2

typedef struct _HvnCliLog HvnCliLog;

/**
 * HvnCli:
 * @registry: the plugins, once hvn_cli_get_registry() was called
 * @plugin_path: (nullable): --plugin-path
 * @pcap: (nullable): --pcap
 * @trace_regs: --trace=regs
 * @trace_frames: --trace=frames
 * @json: --json
 * @verbose: --verbose
 * @log: what of the log is shown, from hvn_cli_log_init() on
 *
 * What the common options said.
 */
typedef struct {
    HvnRegistry *registry;
    char        *plugin_path;
    char        *pcap;
    gboolean     trace_regs;
    gboolean     trace_frames;
    gboolean     json;
    gboolean     verbose;
    HvnCliLog   *log;
} HvnCli;

/**
 * HvnCliCommand:
 * @name: the subcommand
 * @arguments: what follows it, for help
 * @summary: (nullable): what it does, a phrase; %NULL for one that is not for people
 * @takes_config: whether the arguments are a FILE or QEMU's options, among which "-device help" and its like are answered
 * @options: (nullable): lines about options of its own, for its help
 * @run: runs it with the arguments that are not common options (without program and subcommand, %NULL-terminated); returns the
 *   exit status
 */
typedef struct {
    const char *name;
    const char *arguments;
    const char *summary;
    gboolean    takes_config;
    const char *options;
    int (*run)(HvnCli *self, int argc, char **argv);
} HvnCliCommand;

/**
 * hvn_cli_main:
 * @argc: as main()
 * @argv: as main()
 *
 * Returns: the exit status
 */
int
hvn_cli_main(int argc, char **argv);

/**
 * hvn_cli_get_registry:
 * @self: the command
 *
 * Returns: (transfer none): the plugins; problems with descriptors are printed once when --verbose
 */
HvnRegistry *
hvn_cli_get_registry(HvnCli *self);

/**
 * hvn_cli_load_config:
 * @self: the command
 * @argc: arguments
 * @argv: a FILE, or QEMU's options, or nothing
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the configuration that the arguments give, or %NULL with %HVN_ERROR set
 */
HvnConfig *
hvn_cli_load_config(HvnCli *self, int argc, char **argv, GError **error);

/**
 * hvn_cli_print_error:
 * @error: what went wrong
 *
 * Prints "hvnet: MESSAGE" on standard error, red on a terminal.
 */
void
hvn_cli_print_error(const GError *error);

/**
 * hvn_cli_message:
 * @format: printf format of what happened
 *
 * Prints "hvnet: MESSAGE" as hvn_cli_print_error(), whatever the log shows.
 */
void
hvn_cli_message(const char *format, ...) G_GNUC_PRINTF(1, 2);

/**
 * hvn_cli_usage:
 * @format: printf format of what is wrong with the command line
 *
 * Prints "hvnet: MESSAGE" as hvn_cli_print_error(), and where to find help.
 *
 * Returns: %HVN_EXIT_USAGE
 */
int
hvn_cli_usage(const char *format, ...) G_GNUC_PRINTF(1, 2);

/**
 * hvn_cli_take_value:
 * @argc: arguments
 * @argv: these
 * @at: (inout): which of them; moves on to the value
 * @name: of an option that has a value
 * @value: (out) (nullable): the value, %NULL when it is missing
 *
 * Returns: whether the argument is the option, as "--name VALUE" or "--name=VALUE"
 */
gboolean
hvn_cli_take_value(int argc, char **argv, int *at, const char *name, const char **value);

/**
 * hvn_cli_print_json:
 * @builder: (transfer none): one complete value
 *
 * Prints a value on standard output, indented, with a line feed at the end.
 */
void
hvn_cli_print_json(JsonBuilder *builder);

/**
 * hvn_cli_log_init:
 * @self: the command, with its options parsed
 *
 * Sends the log to standard error: warnings and messages always; with --trace the register and frame traces, which are at info level; with
 * --verbose everything of hvnet's own domains. G_MESSAGES_DEBUG adds domains as it does everywhere.
 */
void
hvn_cli_log_init(HvnCli *self);

/**
 * hvn_cli_log_set_quiet:
 * @self: the command
 * @quiet: whether to show nothing of the log from now on
 */
void
hvn_cli_log_set_quiet(HvnCli *self, gboolean quiet);

/* the subcommands, a file each: hvn-cli-NAME.c */
int
hvn_cli_list(HvnCli *self, int argc, char **argv);
int
hvn_cli_set_link(HvnCli *self, int argc, char **argv);
int
hvn_cli_stat(HvnCli *self, int argc, char **argv);
int
hvn_cli_plugins(HvnCli *self, int argc, char **argv);
int
hvn_cli_plugin(HvnCli *self, int argc, char **argv);
int
hvn_cli_probe(HvnCli *self, int argc, char **argv);
int
hvn_cli_regs(HvnCli *self, int argc, char **argv);
int
hvn_cli_run(HvnCli *self, int argc, char **argv);
int
hvn_cli_run_server(HvnCli *self, int argc, char **argv);

G_END_DECLS
