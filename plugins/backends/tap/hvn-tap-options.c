/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's rules: there is one way to the interface (by name, descriptor or helper), and what belongs to one way is refused on another.
 * The text options are rows of a table: property and place. */
#include "hvn-tap-options.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "hvn-error.h"

#define SCRIPT_UP   "/etc/qemu-ifup"
#define SCRIPT_DOWN "/etc/qemu-ifdown"

enum {
    PROP_0,
    PROP_VHOST,
    PROP_VHOSTFORCE,
    PROP_POLL_US,
    PROP_QUEUES,
    PROP_MTU,
    PROP_SNDBUF,
    PROP_TEXT, /* the first of the table */
};

static const struct {
    const char *name;
    gsize       offset;
} hvn_tap_options_texts[] = {
    {"ifname", offsetof(HvnTapOptions, ifname)},         {"fd", offsetof(HvnTapOptions, fd)},
    {"fds", offsetof(HvnTapOptions, fds)},               {"helper", offsetof(HvnTapOptions, helper)},
    {"br", offsetof(HvnTapOptions, br)},                 {"script", offsetof(HvnTapOptions, script)},
    {"downscript", offsetof(HvnTapOptions, downscript)}, {"vnet-hdr", offsetof(HvnTapOptions, vnet_hdr)},
    {"vhostfd", offsetof(HvnTapOptions, vhostfd)},       {"vhostfds", offsetof(HvnTapOptions, vhostfds)},
};

static char **
hvn_tap_options_slot(const HvnTapOptions *self, guint row)
{
    return (char **)(gpointer)((guint8 *)self + hvn_tap_options_texts[row].offset);
}

guint
hvn_tap_options_install(GObjectClass *klass)
{
    const GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

    g_object_class_install_property(klass, PROP_VHOST, g_param_spec_boolean("vhost", NULL, NULL, FALSE, flags));
    g_object_class_install_property(klass, PROP_VHOSTFORCE, g_param_spec_boolean("vhostforce", NULL, NULL, FALSE, flags));
    g_object_class_install_property(klass, PROP_POLL_US, g_param_spec_uint("poll-us", NULL, NULL, 0, G_MAXUINT, 0, flags));
    g_object_class_install_property(klass, PROP_QUEUES, g_param_spec_uint("queues", NULL, NULL, 1, 1024, 1, flags));
    g_object_class_install_property(klass, PROP_MTU, g_param_spec_uint("mtu", NULL, NULL, 0, 65521, 0, flags));
    g_object_class_install_property(klass, PROP_SNDBUF, g_param_spec_uint64("sndbuf", NULL, NULL, 0, G_MAXINT32, 0, flags));
    for (guint i = 0; i < G_N_ELEMENTS(hvn_tap_options_texts); i++)
        g_object_class_install_property(klass, PROP_TEXT + i, g_param_spec_string(hvn_tap_options_texts[i].name, NULL, NULL, NULL, flags));
    return PROP_TEXT + G_N_ELEMENTS(hvn_tap_options_texts);
}

gboolean
hvn_tap_options_set(HvnTapOptions *self, guint prop, const GValue *value)
{
    switch (prop) {
    case PROP_VHOST:
        self->vhost = g_value_get_boolean(value);
        return TRUE;
    case PROP_VHOSTFORCE:
        self->vhostforce = g_value_get_boolean(value);
        return TRUE;
    case PROP_POLL_US:
        self->poll_us = g_value_get_uint(value);
        return TRUE;
    case PROP_QUEUES:
        self->queues = g_value_get_uint(value);
        return TRUE;
    case PROP_MTU:
        self->mtu = g_value_get_uint(value);
        return TRUE;
    case PROP_SNDBUF:
        self->sndbuf = g_value_get_uint64(value);
        return TRUE;
    default:
        if (prop < PROP_TEXT || prop - PROP_TEXT >= G_N_ELEMENTS(hvn_tap_options_texts))
            return FALSE;
        g_free(*hvn_tap_options_slot(self, prop - PROP_TEXT));
        *hvn_tap_options_slot(self, prop - PROP_TEXT) = g_value_dup_string(value);
        return TRUE;
    }
}

void
hvn_tap_options_clear(HvnTapOptions *self)
{
    for (guint i = 0; i < G_N_ELEMENTS(hvn_tap_options_texts); i++)
        g_clear_pointer(hvn_tap_options_slot(self, i), g_free);
}

static gboolean
hvn_tap_options_check_vhost(const HvnTapOptions *self, GError **error)
{
    if (!self->vhost && !self->vhostforce && self->vhostfd == NULL && self->vhostfds == NULL && self->poll_us == 0)
        return TRUE;
    return hvn_error_refuse(
        error, HVN_ERROR_NOT_SUPPORTED,
        "%s is not supported: with vhost-net the kernel reads the guest's rings and passes by the NIC models, links and "
        "captures of this program: expected vhost=off",
        self->vhost        ? "vhost=on"
        : self->vhostforce ? "vhostforce=on"
        : self->poll_us    ? "poll-us="
        : self->vhostfd    ? "vhostfd="
                           : "vhostfds=");
}

static gboolean
hvn_tap_options_check_queues(const HvnTapOptions *self, GError **error)
{
    const char *ways[] = {self->fd != NULL ? "fd=" : NULL, self->fds != NULL ? "fds=" : NULL, self->helper != NULL ? "helper=" : NULL};
    const char *first = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(ways); i++) {
        if (ways[i] != NULL && first != NULL)
            return hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG,
                                    "%s and %s exclude each other: expected one of fd=, fds= and helper=", first, ways[i]);
        first = ways[i] != NULL ? ways[i] : first;
    }
    if (self->queues > 1)
        return hvn_error_refuse(
            error, HVN_ERROR_NOT_SUPPORTED,
            "queues=%u is not supported: one thread carries all queues of a NIC, so that more of the tap would not be faster: "
            "expected queues=1",
            self->queues);
    if (self->fds != NULL && strchr(self->fds, ':') != NULL)
        return hvn_error_refuse(error, HVN_ERROR_NOT_SUPPORTED, "fds=%s names several queues: expected one descriptor",
                                self->fds);
    return TRUE;
}

gboolean
hvn_tap_options_check(const HvnTapOptions *self, GError **error)
{
    const char *way = self->fd != NULL ? "fd=" : self->fds != NULL ? "fds=" : self->helper != NULL ? "helper=" : NULL;
    const char *by_name = self->ifname != NULL       ? "ifname="
                          : self->script != NULL     ? "script="
                          : self->downscript != NULL ? "downscript="
                          : self->vnet_hdr != NULL   ? "vnet_hdr="
                                                     : NULL;

    if (!hvn_tap_options_check_vhost(self, error) || !hvn_tap_options_check_queues(self, error))
        return FALSE;
    if (way != NULL && by_name != NULL)
        return hvn_error_refuse(
            error, HVN_ERROR_INVALID_CONFIG,
            "%s and %s exclude each other: ifname, script, downscript and vnet_hdr are for an interface that is opened here", way,
            by_name);
    if (self->br != NULL && self->helper == NULL)
        return hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG,
                                "br=%s without helper=: expected helper= as well, or the backend 'bridge'", self->br);
    if (self->ifname != NULL && (self->ifname[0] == '\0' || strpbrk(self->ifname, "/: \t") != NULL))
        return hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG,
                                "invalid ifname '%s': expected 1 to %d bytes without '/', ':' and spaces", self->ifname,
                                IFNAMSIZ - 1);
    if (self->mtu != 0 && self->mtu < 68)
        return hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG,
                                "invalid mtu %u: expected 68 to 65521, or 0 to leave it as it is", self->mtu);
    return TRUE;
}

int
hvn_tap_options_get_fd(const HvnTapOptions *self, GError **error)
{
    const char *text = self->fd != NULL ? self->fd : self->fds;
    guint64 number;

    if (text == NULL)
        return -1;
    if (g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT, &number, NULL))
        return (int)number;
    hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG, "invalid %s '%s': expected the number of an open descriptor",
                     self->fd != NULL ? "fd" : "fds", text);
    return -2;
}

HvnTapVnetHdr
hvn_tap_options_get_vnet_hdr(const HvnTapOptions *self)
{
    static const char *const yes[] = {"on", "yes", "true", "y", NULL};

    if (self->vnet_hdr == NULL || strcmp(self->vnet_hdr, "auto") == 0)
        return HVN_TAP_VNET_HDR_AUTO;
    return g_strv_contains(yes, self->vnet_hdr) ? HVN_TAP_VNET_HDR_ON : HVN_TAP_VNET_HDR_OFF;
}

const char *
hvn_tap_options_get_script(const HvnTapOptions *self, gboolean down)
{
    const char *given = down ? self->downscript : self->script;
    const char *standard = down ? SCRIPT_DOWN : SCRIPT_UP;

    if (given == NULL)
        return access(standard, X_OK) == 0 ? standard : NULL;
    return given[0] == '\0' || strcmp(given, "no") == 0 ? NULL : given;
}
