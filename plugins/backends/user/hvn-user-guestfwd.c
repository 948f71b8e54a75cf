/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules of guestfwd and the share of smb behind a running libslirp: a service each, with a socket in a private directory that
 * libslirp connects to. */
#include "hvn-user-guestfwd.h"

#include <arpa/inet.h>

#include "hvn-error.h"
#include "hvn-user-dir.h"
#include "hvn-user-forward.h"
#include "hvn-user-service.h"
#include "hvn-user-smb.h"

/* where a server stands */
typedef struct {
    struct in_addr address;
    guint port;
} Place;

struct _HvnUserGuestfwd {
    HvnDispatcher *dispatcher; /* not owned */
    Slirp *slirp;              /* not owned */
    const HvnUserNet *net;     /* not owned */
    GPtrArray *services;       /* of HvnUserService */
    GArray *places;            /* of Place; libslirp's own check for duplicates compares ports in two byte orders */
    char *dir;                 /* private directory, NULL until it is needed */
};

HvnUserGuestfwd *
hvn_user_guestfwd_new(HvnDispatcher *dispatcher, Slirp *slirp, const HvnUserNet *net)
{
    HvnUserGuestfwd *self = g_new0(HvnUserGuestfwd, 1);

    self->dispatcher = dispatcher;
    self->slirp = slirp;
    self->net = net;
    self->services = g_ptr_array_new_with_free_func((GDestroyNotify)hvn_user_service_free);
    self->places = g_array_new(FALSE, FALSE, sizeof(Place));
    return self;
}

void
hvn_user_guestfwd_free(HvnUserGuestfwd *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->services);
    g_array_unref(self->places);
    hvn_user_dir_free(self->dir);
    g_free(self);
}

void
hvn_user_guestfwd_accept(HvnUserGuestfwd *self)
{
    for (guint i = 0; i < self->services->len; i++)
        hvn_user_service_accept(g_ptr_array_index(self->services, i));
}

/* path of a socket in the private directory, which is made for the first */
static char *
hvn_user_guestfwd_path(HvnUserGuestfwd *self, GError **error)
{
    if (self->dir == NULL)
        self->dir = hvn_user_dir_new(error);
    return self->dir != NULL ? g_strdup_printf("%s/%u", self->dir, self->services->len) : NULL;
}

static gboolean
hvn_user_guestfwd_is_taken(const HvnUserGuestfwd *self, const Place *place)
{
    for (guint i = 0; i < self->places->len; i++) {
        const Place *other = &g_array_index(self->places, Place, i);

        if (other->address.s_addr == place->address.s_addr && other->port == place->port)
            return TRUE;
    }
    return FALSE;
}

/* tells libslirp to lead the guest's connections to @address:@port to the socket at @path */
static gboolean
hvn_user_guestfwd_serve(HvnUserGuestfwd *self, const char *option, const char *text, struct in_addr address, guint port,
                        const char *path, GError **error)
{
    const Place place = {address, port};
    gboolean taken = hvn_user_guestfwd_is_taken(self, &place);
    char printed[INET_ADDRSTRLEN];

    if (!self->net->ipv4) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
                    "invalid value '%s' for option '%s': IPv4 is off; expected ipv4=on with it", text, option);
        return FALSE;
    }
    if (!taken && hvn_user_net_serves(self->net, address) && slirp_add_unix(self->slirp, path, &address, (int)port) == 0) {
        g_array_append_val(self->places, place);
        return TRUE;
    }
    inet_ntop(AF_INET, &address, printed, sizeof printed);
    g_set_error(error, HVN_ERROR, taken ? HVN_ERROR_IN_USE : HVN_ERROR_INVALID_CONFIG,
                "invalid value '%s' for option '%s': %s:%u is %s; expected an address in the network that differs from host and "
                "dns, and a port that no other rule serves",
                text, option, printed, port, taken ? "served already" : "no place for a server");
    return FALSE;
}

gboolean
hvn_user_guestfwd_add(HvnUserGuestfwd *self, const char *text, GError **error)
{
    g_auto(HvnUserGuestForward) rule = {0};
    g_autofree char *path = NULL;
    HvnUserService *service;

    if (!hvn_user_guest_forward_parse(&rule, text, error))
        return FALSE;
    if (rule.server.s_addr == 0)
        rule.server.s_addr = self->net->network.s_addr | (htonl(0x0204) & ~self->net->mask.s_addr);
    path = hvn_user_guestfwd_path(self, error);
    if (path == NULL || !hvn_user_guestfwd_serve(self, "guestfwd", text, rule.server, rule.port, path, error))
        return FALSE;
    service = hvn_user_service_new(self->dispatcher, path, &rule, error);
    if (service == NULL)
        return FALSE;
    g_ptr_array_add(self->services, service);
    return TRUE;
}

gboolean
hvn_user_guestfwd_add_smb(HvnUserGuestfwd *self, const char *share, GError **error)
{
    g_autofree char *path = NULL;
    g_auto(GStrv) argv = NULL;
    HvnUserService *service;

    path = hvn_user_guestfwd_path(self, error);
    argv = path != NULL ? hvn_user_smb_prepare(self->dir, share, error) : NULL;
    /* 139 is NetBIOS sessions, 445 is SMB over TCP: both of one smbd */
    if (argv == NULL || !hvn_user_guestfwd_serve(self, "smb", share, self->net->smbserver, 139, path, error) ||
        !hvn_user_guestfwd_serve(self, "smb", share, self->net->smbserver, 445, path, error))
        return FALSE;
    service = hvn_user_service_new_command(self->dispatcher, path, (const char *const *)argv, TRUE, error);
    if (service == NULL)
        return FALSE;
    g_ptr_array_add(self->services, service);
    return TRUE;
}
