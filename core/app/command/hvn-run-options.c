/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the command line of `hvnet run`: options of its own, the configuration, and behind "--" the emulator. */
#include "hvn-run-options.h"

#include <string.h>

#include "hvn-error.h"
#include "hvn-run-daemon.h"
#include "hvn-text.h"

#define MAX_POLL_US 1000

static gboolean
hvn_run_options_set_poll(HvnRunOptions *options, const char *text, GError **error)
{
    guint64 value;

    if (!g_ascii_string_to_unsigned(text, 10, 0, MAX_POLL_US, &value, NULL)) {
        g_autofree char *printable = hvn_text_printable(text);

        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "invalid value '%s' for --poll-us: expected microseconds from 0 to %d",
                    printable, MAX_POLL_US);
        return FALSE;
    }
    options->poll_us = value;
    return TRUE;
}

/* TRUE when argv[*at] is the option, as "--name VALUE" or "--name=VALUE"; the value is NULL when it is missing */
static gboolean
hvn_run_options_take_value(char **argv, int *at, const char *name, const char **value)
{
    if (!g_str_has_prefix(argv[*at], name))
        return FALSE;
    if (argv[*at][strlen(name)] == '=') {
        *value = argv[*at] + strlen(name) + 1;
        return TRUE;
    }
    if (argv[*at][strlen(name)] != '\0')
        return FALSE;
    *value = argv[*at + 1];
    *at += *value != NULL ? 1 : 0;
    return TRUE;
}

static gboolean
hvn_run_options_set_attach(HvnRunOptions *options, const char *text, GError **error)
{
    g_autofree char *printable = NULL;

    if (strcmp(text, "vfio-user") == 0 || strcmp(text, "vhost-user") == 0) {
        options->attach = strcmp(text, "vfio-user") == 0 ? HVN_RUN_ATTACH_VFIO_USER : HVN_RUN_ATTACH_VHOST_USER;
        return TRUE;
    }
    printable = hvn_text_printable(text);
    g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "invalid value '%s' for --attach: expected vfio-user or vhost-user", printable);
    return FALSE;
}

/* takes an option of ours; *taken is FALSE when argv[*at] is none */
static gboolean
hvn_run_options_take_option(HvnRunOptions *options, char **argv, int *at, gboolean *taken, GError **error)
{
    const char *name = argv[*at];
    const char *value = NULL;

    *taken = TRUE;
    if (hvn_run_options_take_value(argv, at, "--socket-dir", &value)) {
        g_free(options->socket_dir);
        options->socket_dir = value != NULL ? g_canonicalize_filename(value, NULL) : NULL;
    } else if (hvn_run_options_take_value(argv, at, "--poll-us", &value)) {
        if (value != NULL && !hvn_run_options_set_poll(options, value, error))
            return FALSE;
    } else if (hvn_run_options_take_value(argv, at, "--attach", &value)) {
        if (value != NULL && !hvn_run_options_set_attach(options, value, error))
            return FALSE;
    } else if (hvn_run_options_take_value(argv, at, "--name", &value)) {
        options->name = value;
    } else if (hvn_run_options_take_value(argv, at, "--socket-path", &value)) {
        g_free(options->socket_path);
        options->socket_path = value != NULL ? g_canonicalize_filename(value, NULL) : NULL;
    } else if (hvn_run_options_take_value(argv, at, "--fd", &value)) {
        if (value != NULL && (options->fd = hvn_run_daemon_take_fd(value, &options->fd_connected, error)) < 0)
            return FALSE;
    } else {
        *taken = FALSE;
        return TRUE;
    }
    if (value == NULL)
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "option %s lacks its value", name);
    return value != NULL;
}

/* exactly one of them says who gets the NICs */
static gboolean
hvn_run_options_check(const HvnRunOptions *options, GError **error)
{
    guint n = (options->emulator != NULL || options->socket_dir != NULL ? 1 : 0) + (options->socket_path != NULL ? 1 : 0) +
              (options->fd >= 0 ? 1 : 0);

    if (options->emulator != NULL && options->emulator[0] == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "'--' is not followed by an emulator to run");
        return FALSE;
    }
    if (n > 1) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
                    "--socket-path and --fd exclude each other, --socket-dir and '-- EMULATOR': expected one of them");
        return FALSE;
    }
    if (n == 0) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
                    "neither '-- EMULATOR ARGUMENT...' nor --socket-dir DIR is given: one of them says who gets the NICs");
        return FALSE;
    }
    return TRUE;
}

/* Nothing at all is a network and a NIC; with vhost-user it has to be a NIC that can be served so. */
static void
hvn_run_options_finish(HvnRunOptions *options)
{
    if (options->config->len == 0 && options->attach == HVN_RUN_ATTACH_VHOST_USER) {
        g_ptr_array_add(options->config, (gpointer) "-nic");
        g_ptr_array_add(options->config, (gpointer) "user,model=virtio-net-pci");
    }
    g_ptr_array_add(options->config, NULL);
}

gboolean
hvn_run_options_parse(HvnRunOptions *options, int argc, char **argv, GError **error)
{
    *options = (HvnRunOptions){.config = g_ptr_array_new(), .fd = -1};
    for (int i = 0; i < argc; i++) {
        gboolean taken;

        if (strcmp(argv[i], "--") == 0) {
            options->emulator = argv + i + 1;
            break;
        }
        if (!hvn_run_options_take_option(options, argv, &i, &taken, error))
            return FALSE;
        if (!taken)
            g_ptr_array_add(options->config, argv[i]);
    }
    hvn_run_options_finish(options);
    return hvn_run_options_check(options, error);
}

void
hvn_run_options_clear(HvnRunOptions *self)
{
    g_free(self->socket_dir);
    g_free(self->socket_path);
    g_clear_pointer(&self->config, g_ptr_array_unref);
}
