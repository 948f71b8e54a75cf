/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libslirp finds a forward by the address that its socket is bound to, so each keeps that address: the one that the kernel chose
 * for port 0, which is read from the fd that appears in libslirp's poll set. */
#include "hvn-user-hostfwd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hvn-error.h"

/* a socket that listens */
typedef struct {
    char *rule; /* text of the rule that it belongs to */
    char *real; /* the same with the real port */
    struct sockaddr_storage address;
    socklen_t address_len;
    int flags;   /* SLIRP_HOSTFWD_* */
    int fd;      /* libslirp's; -1 when unknown */
    ino_t inode; /* of a unix socket, so that another's is not unlinked */
} Listener;

struct _HvnUserHostfwd {
    Slirp *slirp;          /* not owned */
    HvnUserSource *source; /* not owned */
    const HvnUserNet *net; /* not owned */
    GPtrArray *listeners;  /* of Listener */
};

static void
hvn_user_hostfwd_listener_free(gpointer data)
{
    Listener *listener = data;

    g_free(listener->rule);
    g_free(listener->real);
    g_free(listener);
}

HvnUserHostfwd *
hvn_user_hostfwd_new(Slirp *slirp, HvnUserSource *source, const HvnUserNet *net)
{
    HvnUserHostfwd *self = g_new0(HvnUserHostfwd, 1);

    self->slirp = slirp;
    self->source = source;
    self->net = net;
    self->listeners = g_ptr_array_new_with_free_func(hvn_user_hostfwd_listener_free);
    return self;
}

static socklen_t
hvn_user_hostfwd_sockaddr(const HvnUserAddress *address, guint port, struct sockaddr_storage *out)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

    memset(out, 0, sizeof *out);
    if (address->family == AF_INET6) {
        v6->sin6_family = AF_INET6;
        v6->sin6_addr = address->v6;
        v6->sin6_port = htons((guint16)port);
        return sizeof *v6;
    }
    v4->sin_family = AF_INET;
    v4->sin_addr = address->v4;
    v4->sin_port = htons((guint16)port);
    return sizeof *v4;
}

/* a socket that nobody serves is taken away, anything else is left alone */
static gboolean
hvn_user_hostfwd_clear_path(const char *path, GError **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat info;
    int fd;
    gboolean served;

    if (lstat(path, &info) != 0)
        return TRUE;
    if (!S_ISSOCK(info.st_mode)) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_IN_USE,
                    "cannot listen on unix socket %s: the path is taken by a file that is no socket", path);
        return FALSE;
    }
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    served = fd >= 0 && (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 || errno != ECONNREFUSED);
    if (fd >= 0)
        close(fd);
    if (served) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_IN_USE, "cannot listen on unix socket %s: another process serves it", path);
        return FALSE;
    }
    unlink(path);
    return TRUE;
}

/* the fd that is in libslirp's poll set now and was not before */
static int
hvn_user_hostfwd_new_fd(GArray *before, GArray *after)
{
    for (guint i = 0; i < after->len; i++) {
        int fd = g_array_index(after, int, i);
        gboolean known = FALSE;

        for (guint j = 0; j < before->len && !known; j++)
            known = g_array_index(before, int, j) == fd;
        if (!known)
            return fd;
    }
    return -1;
}

static char *
hvn_user_hostfwd_print(const HvnUserHostForward *rule, const Listener *listener, guint nth)
{
    HvnUserAddress guest_address = rule->guest;
    g_autofree char *guest = NULL, *host = NULL;
    guint port = 0;

    if (rule->protocol == HVN_USER_UNIX) {
        host = g_strdup_printf("unix:%s", rule->path);
    } else {
        g_autofree char *address = hvn_user_address_print(&rule->host);

        port = ntohs(rule->host.family == AF_INET6 ? ((const struct sockaddr_in6 *)&listener->address)->sin6_port
                                                   : ((const struct sockaddr_in *)&listener->address)->sin_port);
        host = g_strdup_printf("%s:%s:%u", rule->protocol == HVN_USER_UDP ? "udp" : "tcp", address, port);
    }
    guest = hvn_user_address_is_any(&guest_address) && guest_address.family == AF_INET6 ? g_strdup("")
                                                                                        : hvn_user_address_print(&guest_address);
    return g_strdup_printf("%s-%s:%u", host, guest, rule->guest_port + nth);
}

static void
hvn_user_hostfwd_error(GError **error, int saved_errno, const HvnUserHostForward *rule, guint port)
{
    g_autofree char *address = rule->protocol == HVN_USER_UNIX ? NULL : hvn_user_address_print(&rule->host);

    if (rule->protocol == HVN_USER_UNIX)
        hvn_set_error_errno(error, saved_errno, "cannot listen on unix socket %s", rule->path);
    else
        hvn_set_error_errno(error, saved_errno, "cannot listen on %s %s:%u", rule->protocol == HVN_USER_UDP ? "udp" : "tcp",
                            address, port);
}

static gboolean
hvn_user_hostfwd_listen(HvnUserHostfwd *self, const char *text, const HvnUserHostForward *rule, guint nth, GError **error)
{
    g_autoptr(GArray) before = hvn_user_list_fds(self->slirp), after = NULL;
    guint port = rule->host_port + nth;
    struct sockaddr_storage guest;
    socklen_t guest_len = hvn_user_hostfwd_sockaddr(&rule->guest, rule->guest_port + nth, &guest);
    Listener *listener = g_new0(Listener, 1);
    struct stat info;

    listener->flags = (rule->protocol == HVN_USER_UDP ? SLIRP_HOSTFWD_UDP : 0) | SLIRP_HOSTFWD_V6ONLY;
    if (rule->protocol == HVN_USER_UNIX) {
        struct sockaddr_un *name = (struct sockaddr_un *)&listener->address;

        name->sun_family = AF_UNIX;
        g_strlcpy(name->sun_path, rule->path, sizeof name->sun_path);
        listener->address_len = sizeof *name;
    } else {
        listener->address_len = hvn_user_hostfwd_sockaddr(&rule->host, port, &listener->address);
    }
    if (slirp_add_hostxfwd(self->slirp, (const struct sockaddr *)&listener->address, listener->address_len,
                           (const struct sockaddr *)&guest, guest_len, listener->flags) != 0) {
        hvn_user_hostfwd_error(error, errno, rule, port);
        hvn_user_hostfwd_listener_free(listener);
        return FALSE;
    }
    after = hvn_user_list_fds(self->slirp);
    listener->fd = hvn_user_hostfwd_new_fd(before, after);
    /* a connection that is gone before it is accepted must not make libslirp wait for the next */
    if (listener->fd >= 0)
        g_unix_set_fd_nonblocking(listener->fd, TRUE, NULL);
    if (rule->protocol == HVN_USER_UNIX) {
        listener->inode = lstat(rule->path, &info) == 0 ? info.st_ino : 0;
        hvn_user_source_guard_unix(self->source, listener->fd);
    } else if (listener->fd >= 0) {
        socklen_t len = sizeof listener->address;

        getsockname(listener->fd, (struct sockaddr *)&listener->address, &len);
    }
    listener->rule = g_strdup(text);
    listener->real = hvn_user_hostfwd_print(rule, listener, nth);
    g_ptr_array_add(self->listeners, listener);
    hvn_user_source_changed(self->source);
    return TRUE;
}

static void
hvn_user_hostfwd_remove_nth(HvnUserHostfwd *self, guint n)
{
    Listener *listener = g_ptr_array_index(self->listeners, n);
    const struct sockaddr_un *name = (const struct sockaddr_un *)&listener->address;
    struct stat info;

    if (slirp_remove_hostxfwd(self->slirp, (const struct sockaddr *)&listener->address, listener->address_len, listener->flags) !=
        0)
        g_warning("cannot remove forward %s", listener->real);
    if (listener->address.ss_family == AF_UNIX) {
        hvn_user_source_unguard_unix(self->source, listener->fd);
        if (lstat(name->sun_path, &info) == 0 && S_ISSOCK(info.st_mode) && info.st_ino == listener->inode)
            unlink(name->sun_path);
    }
    g_ptr_array_remove_index(self->listeners, n);
    hvn_user_source_changed(self->source);
}

void
hvn_user_hostfwd_free(HvnUserHostfwd *self)
{
    if (self == NULL)
        return;
    while (self->listeners->len > 0)
        hvn_user_hostfwd_remove_nth(self, self->listeners->len - 1);
    g_ptr_array_unref(self->listeners);
    g_free(self);
}

static gboolean
hvn_user_hostfwd_check(HvnUserHostfwd *self, HvnUserHostForward *rule, const char *text, GError **error)
{
    if (rule->guest.family == AF_INET ? !self->net->ipv4 : !self->net->ipv6) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
                    "invalid value '%s' for option 'hostfwd': %s is off; expected %s=on with it", text,
                    rule->guest.family == AF_INET ? "IPv4" : "IPv6", rule->guest.family == AF_INET ? "ipv4" : "ipv6");
        return FALSE;
    }
    if (rule->guest.family == AF_INET && hvn_user_address_is_any(&rule->guest))
        rule->guest.v4 = self->net->dhcpstart;
    return rule->protocol != HVN_USER_UNIX || hvn_user_hostfwd_clear_path(rule->path, error);
}

gboolean
hvn_user_hostfwd_add(HvnUserHostfwd *self, const char *text, GError **error)
{
    g_auto(HvnUserHostForward) rule = {0};
    guint before = self->listeners->len;

    if (!hvn_user_host_forward_parse(&rule, text, error) || !hvn_user_hostfwd_check(self, &rule, text, error))
        return FALSE;
    for (guint i = 0; i < rule.n_ports; i++) {
        if (!hvn_user_hostfwd_listen(self, text, &rule, i, error)) {
            while (self->listeners->len > before)
                hvn_user_hostfwd_remove_nth(self, self->listeners->len - 1);
            return FALSE;
        }
    }
    return TRUE;
}

/* whether a listener stands at the n-th port of a host side */
static gboolean
hvn_user_hostfwd_matches(const Listener *listener, const HvnUserHostForward *host)
{
    gboolean udp = (listener->flags & SLIRP_HOSTFWD_UDP) != 0;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&listener->address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&listener->address;
    guint port;

    if (listener->address.ss_family != host->host.family || udp != (host->protocol == HVN_USER_UDP))
        return FALSE;
    if (host->protocol == HVN_USER_UNIX)
        return g_str_equal(((const struct sockaddr_un *)&listener->address)->sun_path, host->path);
    port = ntohs(host->host.family == AF_INET6 ? v6->sin6_port : v4->sin_port);
    if (port - host->host_port >= host->n_ports)
        return FALSE;
    return host->host.family == AF_INET6 ? memcmp(&v6->sin6_addr, &host->host.v6, sizeof host->host.v6) == 0
                                         : v4->sin_addr.s_addr == host->host.v4.s_addr;
}

gboolean
hvn_user_hostfwd_remove_rule(HvnUserHostfwd *self, const char *text)
{
    guint before = self->listeners->len;

    for (guint i = before; i > 0; i--) {
        if (g_str_equal(((const Listener *)g_ptr_array_index(self->listeners, i - 1))->rule, text))
            hvn_user_hostfwd_remove_nth(self, i - 1);
    }
    return self->listeners->len < before;
}

gboolean
hvn_user_hostfwd_remove(HvnUserHostfwd *self, const char *text, GError **error)
{
    g_auto(HvnUserHostForward) host = {0};
    guint before = self->listeners->len;

    if (hvn_user_hostfwd_remove_rule(self, text))
        return TRUE;
    if (!hvn_user_host_forward_parse_host(&host, text, error))
        return FALSE;
    for (guint i = before; i > 0; i--) {
        if (hvn_user_hostfwd_matches(g_ptr_array_index(self->listeners, i - 1), &host))
            hvn_user_hostfwd_remove_nth(self, i - 1);
    }
    if (self->listeners->len < before)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND, "no forward listens on '%s'", text);
    return FALSE;
}

GStrv
hvn_user_hostfwd_list(const HvnUserHostfwd *self)
{
    GStrvBuilder *builder = g_strv_builder_new();
    GStrv list;

    for (guint i = 0; i < self->listeners->len; i++)
        g_strv_builder_add(builder, ((const Listener *)g_ptr_array_index(self->listeners, i))->real);
    list = g_strv_builder_end(builder);
    g_strv_builder_unref(builder);
    return list;
}
