/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame of the command: common options, the table of subcommands, help, errors and exit status. Common options may stand before or
 * after the subcommand. They are spelled with two dashes; everything with one dash is QEMU's and goes through untouched. */
#include "hvn-cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hvn-cli-check.h"
#include "hvn-error.h"
#include "hvn-run-daemon.h"
#include "hvn-run-server.h"
#include "hvn-text.h"

static const HvnCliCommand hvn_cli_commands[] = {
#ifdef HVN_HAVE_PROBE
    {"probe", "[FILE | QEMU OPTIONS]",
     "boots a small guest inside this process and shows what works; --attach KIND, --connect PATH", TRUE,
     "  --attach KIND   how the guest reaches its NIC: in-process (unless said otherwise), or through a server of the\n"
     "                  probe's own: vfio-user, or vhost-user for virtio-net\n"
     "  --connect PATH  attach to a server that runs already, vfio-user unless --attach says otherwise: its socket, or\n"
     "                  the directory of 'hvnet run --socket-dir'; the configuration says what is to be found there\n",
     hvn_cli_probe},
#endif
    {"run", "[FILE | QEMU OPTIONS] [-- EMULATOR ARG...]",
     "runs an emulator with our NICs; --socket-dir DIR only serves them", TRUE,
     "  --socket-dir DIR    serve DIR/NAME.sock for each interface, beside DIR/control.sock, until interrupted\n"
     "  --socket-path=PATH  serve the one interface there; --fd=N on a unix socket that listens or is connected\n"
     "  --print-capabilities  say what a vhost-user daemon for a network can do, as JSON, and end\n"
     "  --attach KIND       vfio-user or vhost-user\n"
     "  --name NAME         of the session, for 'hvnet list' and its like; the domain's unless said otherwise\n"
     "  --poll-us N         keep awake for so many microseconds after each access (up to 1000)\n",
     hvn_cli_run},
    {"list", "", "lists the sessions that run", FALSE, NULL, hvn_cli_list},
    {"stat", "[SESSION]", "shows the interfaces of a session and what went through them", FALSE, NULL, hvn_cli_stat},
    {"set-link", "[SESSION] INTERFACE on|off", "plugs the cable of an interface in or out; the guest sees it", FALSE, NULL, hvn_cli_set_link},
    {HVN_RUN_SERVER_COMMAND, "", NULL, FALSE, NULL, hvn_cli_run_server},
    {"plugins", "[backend|nic|filter]", "lists the plugins that can be found", FALSE, NULL, hvn_cli_plugins},
    {"plugin", "NAME | new NAME | check DIR", "describes a plugin and every option of it; writes and checks plugins of yours", FALSE,
     "\n"
     "  new NAME [DIR]  write a small NIC plugin into a new directory, DIR or ./NAME, with its test: a beginning\n"
     "  check DIR       hold the plugins of a directory to the contract, in processes of their own, with a guest that does\n"
     "                  anything: a table, exit status 1 if one failed. --seed N for other random numbers\n"
     "  schema FILE     print the RELAX NG grammar of a plugin's options, from its descriptor\n",
     hvn_cli_plugin},
    {HVN_CLI_CHECK_COMMAND, "", NULL, FALSE, NULL, hvn_cli_check_plugin},
    {"regs", "[--markdown] NIC", "prints the register table of a NIC model, and what of it is implemented", FALSE, NULL, hvn_cli_regs},
};

/* what the command line says besides the common options that HvnCli keeps */
typedef struct {
    GPtrArray *rest;     /* (element-type utf8): arguments of the subcommand, not owned; NULL at the end once parsed */
    const char *command; /* (nullable): the subcommand, not owned */
    gboolean help;       /* --help */
    gboolean version;    /* --version */
} HvnCliLine;

/* ---- output ---- */

static void
hvn_cli_print_message(const char *message)
{
    gboolean color = isatty(STDERR_FILENO) != 0;

    fprintf(stderr, "%shvnet: %s%s\n", color ? "\033[31m" : "", message, color ? "\033[0m" : "");
}

void
hvn_cli_print_error(const GError *error)
{
    g_return_if_fail(error != NULL);

    hvn_cli_print_message(error->message);
}

G_GNUC_PRINTF(1, 0)
static void
hvn_cli_print_format(const char *format, va_list args)
{
    g_autofree char *message = g_strdup_vprintf(format, args);

    hvn_cli_print_message(message);
}

void
hvn_cli_message(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    hvn_cli_print_format(format, args);
    va_end(args);
}

int
hvn_cli_usage(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    hvn_cli_print_format(format, args);
    va_end(args);
    fputs("see 'hvnet --help'\n", stderr);
    return HVN_EXIT_USAGE;
}

void
hvn_cli_print_json(JsonBuilder *builder)
{
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    g_autofree char *text = json_to_string(root, TRUE);

    puts(text);
}

static void
hvn_cli_print_common_options(FILE *out)
{
    fputs("\n"
          "options of every command:\n"
          "  --plugin-path DIR     look for plugins here first; several are joined by colons\n"
          "  --json                print for programs\n"
          "  --verbose             tell more on standard error\n"
          "  --trace=regs,frames   log each register access, each frame of the probe, or both\n"
          "  --pcap FILE           capture the frames\n"
          "  --help, --version     print this, or the version\n"
          "\n"
          "exit status: 0 done, 1 what was asked for failed, 2 the command line is wrong\n",
          out);
}

static void
hvn_cli_print_help(FILE *out)
{
    fputs("usage: hvnet COMMAND [ARGUMENT...]\n"
          "\n"
          "virtual network devices and network backends, from libvirt-style XML or QEMU's options\n"
          "\n"
          "commands:\n",
          out);
    for (guint i = 0; i < G_N_ELEMENTS(hvn_cli_commands); i++) {
        g_autofree char *usage = g_strdup_printf("%s %s", hvn_cli_commands[i].name, hvn_cli_commands[i].arguments);

        if (hvn_cli_commands[i].summary != NULL)
            fprintf(out, "  %-45s  %s\n", usage, hvn_cli_commands[i].summary);
    }
    hvn_cli_print_common_options(out);
}

static void
hvn_cli_print_command_help(const HvnCliCommand *command)
{
    printf("usage: hvnet %s %s\n\n%s\n", command->name, command->arguments, command->summary);
    if (command->takes_config)
        fputs("\n"
              "  FILE            a libvirt domain file, or one with the same <interface> elements\n"
              "  QEMU OPTIONS    -netdev, -device, -nic, -net, -nodefaults as QEMU takes them; '-device help' lists devices,\n"
              "                  '-device NAME,help' their options, '-netdev help' and '-netdev NAME,help' the same of backends\n"
              "  neither         a user network and an e1000\n",
              stdout);
    if (command->options != NULL)
        fputs(command->options, stdout);
    hvn_cli_print_common_options(stdout);
}

/* ---- the command line ---- */

gboolean
hvn_cli_take_value(int argc, char **argv, int *at, const char *name, const char **value)
{
    gsize len = strlen(name);

    if (strncmp(argv[*at], name, len) != 0)
        return FALSE;
    if (argv[*at][len] == '=') {
        *value = argv[*at] + len + 1;
        return TRUE;
    }
    if (argv[*at][len] != '\0')
        return FALSE;
    *value = *at + 1 < argc ? argv[++*at] : NULL;
    return TRUE;
}

static int
hvn_cli_set_trace(HvnCli *self, const char *value)
{
    g_auto(GStrv) words = g_strsplit(value, ",", -1);

    for (guint i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], "regs") == 0)
            self->trace_regs = TRUE;
        else if (strcmp(words[i], "frames") == 0)
            self->trace_frames = TRUE;
        else
            return hvn_cli_usage("unknown trace '%s' (accepted: regs, frames)", words[i]);
    }
    return HVN_EXIT_DONE;
}

/* takes one common option; *taken is FALSE when argv[*at] is none */
static int
hvn_cli_take_option(HvnCli *self, HvnCliLine *line, int argc, char **argv, int *at, gboolean *taken)
{
    const char *option = argv[*at];
    const char *value = NULL;
    gboolean has_value = TRUE;
    int status = HVN_EXIT_DONE;

    *taken = TRUE;
    if (strcmp(option, "--help") == 0)
        line->help = TRUE;
    else if (strcmp(option, "--version") == 0)
        line->version = TRUE;
    else if (strcmp(option, "--json") == 0)
        self->json = TRUE;
    else if (strcmp(option, "--verbose") == 0)
        self->verbose = TRUE;
    else if (hvn_cli_take_value(argc, argv, at, "--plugin-path", &value)) {
        has_value = value != NULL;
        g_free(self->plugin_path);
        self->plugin_path = g_strdup(value);
    } else if (hvn_cli_take_value(argc, argv, at, "--pcap", &value)) {
        has_value = value != NULL;
        g_free(self->pcap);
        self->pcap = g_strdup(value);
    } else if (hvn_cli_take_value(argc, argv, at, "--trace", &value)) {
        has_value = value != NULL;
        status = has_value ? hvn_cli_set_trace(self, value) : HVN_EXIT_DONE;
    } else {
        *taken = FALSE;
    }
    return has_value ? status : hvn_cli_usage("option %s lacks its value", option);
}

static int
hvn_cli_parse(HvnCli *self, HvnCliLine *line, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        gboolean taken = FALSE;
        int status;

        if (strcmp(argv[i], "--") == 0) {
            /* from here on the words are somebody else's */
            for (; i < argc; i++)
                g_ptr_array_add(line->rest, argv[i]);
            break;
        }
        status = hvn_cli_take_option(self, line, argc, argv, &i, &taken);
        if (status != HVN_EXIT_DONE)
            return status;
        if (taken)
            continue;
        if (line->command != NULL)
            g_ptr_array_add(line->rest, argv[i]);
        else if (argv[i][0] == '-')
            return hvn_cli_usage("unknown option '%s': a command comes first", argv[i]);
        else
            line->command = argv[i];
    }
    g_ptr_array_add(line->rest, NULL);
    return HVN_EXIT_DONE;
}

static const HvnCliCommand *
hvn_cli_find_command(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(hvn_cli_commands); i++) {
        if (strcmp(hvn_cli_commands[i].name, name) == 0)
            return &hvn_cli_commands[i];
    }
    return NULL;
}

static int
hvn_cli_fail_unknown_command(const char *name)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autofree char *printable = hvn_text_printable(name);
    g_autofree char *accepted = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(hvn_cli_commands); i++) {
        if (hvn_cli_commands[i].summary != NULL)
            g_ptr_array_add(names, (gpointer)hvn_cli_commands[i].name);
    }
    accepted = hvn_text_accepted(name, names);
    return hvn_cli_usage("unknown command '%s'%s", printable, accepted);
}

/* TRUE when QEMU's options ask what there is, and were answered */
static gboolean
hvn_cli_answer_help(HvnCli *self, char **argv, int *status)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;

    if (argv[0] == NULL || argv[0][0] != '-')
        return FALSE;
    if (!hvn_config_qemu_help((const char *const *)argv, hvn_cli_get_registry(self), &text, &error)) {
        hvn_cli_print_error(error);
        *status = HVN_EXIT_FAILED;
        return TRUE;
    }
    if (text == NULL)
        return FALSE;
    fputs(text, stdout);
    *status = HVN_EXIT_DONE;
    return TRUE;
}

static int
hvn_cli_dispatch(HvnCli *self, const HvnCliLine *line)
{
    int argc = (int)line->rest->len - 1;
    char **argv = (char **)line->rest->pdata;
    const HvnCliCommand *command = NULL;
    int status = HVN_EXIT_DONE;

    if (line->version) {
        puts("hvnet " HVN_VERSION);
        return HVN_EXIT_DONE;
    }
    if (line->command == NULL) {
        hvn_cli_print_help(line->help ? stdout : stderr);
        return line->help ? HVN_EXIT_DONE : HVN_EXIT_USAGE;
    }
    command = hvn_cli_find_command(line->command);
    if (command == NULL)
        return hvn_cli_fail_unknown_command(line->command);
    if (line->help && command->summary != NULL) {
        hvn_cli_print_command_help(command);
        return HVN_EXIT_DONE;
    }
    if (command->takes_config && hvn_cli_answer_help(self, argv, &status))
        return status;
    return command->run(self, argc, argv);
}

/* what was to be printed and could not be, such as on a full disk, was not done; a reader that has seen enough needs no message */
static int
hvn_cli_finish_output(int status)
{
    g_autoptr(GError) error = NULL;

    if (fflush(stdout) == 0)
        return status;
    if (errno != EPIPE) {
        hvn_set_error_errno(&error, errno, "cannot write to standard output");
        hvn_cli_print_error(error);
    }
    return status != HVN_EXIT_DONE ? status : HVN_EXIT_FAILED;
}

int
hvn_cli_main(int argc, char **argv)
{
    g_autoptr(GPtrArray) rest = g_ptr_array_new();
    HvnCli self = {0};
    HvnCliLine line = {.rest = rest};
    g_autofree char **words = hvn_run_daemon_words(&argc, argv);
    int status = hvn_cli_parse(&self, &line, argc, words);

    if (status == HVN_EXIT_DONE) {
        hvn_cli_log_init(&self);
        status = hvn_cli_dispatch(&self, &line);
    }
    g_clear_object(&self.registry);
    g_free(self.plugin_path);
    g_free(self.pcap);
    return hvn_cli_finish_output(status);
}

/* ---- what subcommands share ---- */

HvnRegistry *
hvn_cli_get_registry(HvnCli *self)
{
    const char *const *problems;

    g_return_val_if_fail(self != NULL, NULL);

    if (self->registry != NULL)
        return self->registry;
    self->registry = hvn_registry_new(self->plugin_path);
    problems = hvn_registry_get_problems(self->registry);
    for (guint i = 0; self->verbose && problems[i] != NULL; i++)
        hvn_cli_print_message(problems[i]);
    return self->registry;
}

HvnConfig *
hvn_cli_load_config(HvnCli *self, int argc, char **argv, GError **error)
{
    HvnRegistry *registry = hvn_cli_get_registry(self);
    g_autoptr(HvnConfig) config = NULL;

    if (argc == 0) {
        config = hvn_config_new_default();
        return hvn_config_finish(config, registry, error) ? g_steal_pointer(&config) : NULL;
    }
    if (argv[0][0] == '-')
        return hvn_config_load_qemu((const char *const *)argv, registry, error);
    if (argc > 1) {
        g_autofree char *printable = hvn_text_printable(argv[1]);

        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
                    "unexpected argument '%s' after the file '%s': expected a file or QEMU's options", printable, argv[0]);
        return NULL;
    }
    return hvn_config_load_xml(argv[0], registry, error);
}
