/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses of sockets, from options to what the kernel takes. The properties are a table, because a backend has up to two addresses. */
#include "hvn-socket-address.h"

#include "hvn-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define ADDRESSES_MAX 16 /* of one host name */

typedef struct {
    const char *name;
    GType       type;
    gsize       offset;
    const char *text;   /* the default of a string */
    guint       number; /* the default of a boolean, the maximum of a number */
} HvnSocketProperty;

/* the first HVN_SOCKET_SPEC_DATAGRAM_PROPERTIES are those of datagrams too */
static const HvnSocketProperty hvn_socket_properties[] = {
    {"type", G_TYPE_STRING, G_STRUCT_OFFSET(HvnSocketSpec, type), NULL, 0},
    {"host", G_TYPE_STRING, G_STRUCT_OFFSET(HvnSocketSpec, host), NULL, 0},
    {"port", G_TYPE_STRING, G_STRUCT_OFFSET(HvnSocketSpec, port), NULL, 0},
    {"path", G_TYPE_STRING, G_STRUCT_OFFSET(HvnSocketSpec, path), NULL, 0},
    {"str", G_TYPE_STRING, G_STRUCT_OFFSET(HvnSocketSpec, str), NULL, 0},
    {"ipv4", G_TYPE_STRING, G_STRUCT_OFFSET(HvnSocketSpec, ipv4), "auto", 0},
    {"ipv6", G_TYPE_STRING, G_STRUCT_OFFSET(HvnSocketSpec, ipv6), "auto", 0},
    {"numeric", G_TYPE_BOOLEAN, G_STRUCT_OFFSET(HvnSocketSpec, numeric), NULL, FALSE},
    {"abstract", G_TYPE_BOOLEAN, G_STRUCT_OFFSET(HvnSocketSpec, abstract), NULL, FALSE},
    {"tight", G_TYPE_BOOLEAN, G_STRUCT_OFFSET(HvnSocketSpec, tight), NULL, TRUE},
    {"to", G_TYPE_UINT, G_STRUCT_OFFSET(HvnSocketSpec, to), NULL, 65535},
    {"keep-alive", G_TYPE_BOOLEAN, G_STRUCT_OFFSET(HvnSocketSpec, keep_alive), NULL, FALSE},
    {"keep-alive-count", G_TYPE_UINT, G_STRUCT_OFFSET(HvnSocketSpec, keep_alive_count), NULL, 127},
    {"keep-alive-idle", G_TYPE_UINT, G_STRUCT_OFFSET(HvnSocketSpec, keep_alive_idle), NULL, 32767},
    {"keep-alive-interval", G_TYPE_UINT, G_STRUCT_OFFSET(HvnSocketSpec, keep_alive_interval), NULL, 32767},
};

G_STATIC_ASSERT(G_N_ELEMENTS(hvn_socket_properties) == HVN_SOCKET_SPEC_STREAM_PROPERTIES);

/* ---- properties ---- */

void
hvn_socket_spec_install(GObjectClass *klass, guint first, const char *prefix, guint n_properties)
{
    const GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_NICK | G_PARAM_STATIC_BLURB;

    for (guint i = 0; i < n_properties; i++) {
        const HvnSocketProperty *row = &hvn_socket_properties[i];
        g_autofree char *name = g_strdup_printf("%s-%s", prefix, row->name);
        GParamSpec *spec;

        if (row->type == G_TYPE_STRING)
            spec = g_param_spec_string(name, NULL, NULL, row->text, flags);
        else if (row->type == G_TYPE_BOOLEAN)
            spec = g_param_spec_boolean(name, NULL, NULL, row->number != 0, flags);
        else
            spec = g_param_spec_uint(name, NULL, NULL, 0, row->number, 0, flags);
        g_object_class_install_property(klass, first + i, spec);
    }
}

void
hvn_socket_spec_set(HvnSocketSpec *self, guint n, const GValue *value)
{
    const HvnSocketProperty *row;

    g_return_if_fail(n < G_N_ELEMENTS(hvn_socket_properties));

    row = &hvn_socket_properties[n];
    if (row->type == G_TYPE_STRING) {
        char **text = &G_STRUCT_MEMBER(char *, self, row->offset);

        g_free(*text);
        *text = g_value_dup_string(value);
    } else if (row->type == G_TYPE_BOOLEAN) {
        G_STRUCT_MEMBER(gboolean, self, row->offset) = g_value_get_boolean(value);
    } else {
        G_STRUCT_MEMBER(guint, self, row->offset) = g_value_get_uint(value);
    }
}

void
hvn_socket_spec_clear(HvnSocketSpec *self)
{
    for (guint i = 0; i < G_N_ELEMENTS(hvn_socket_properties); i++) {
        if (hvn_socket_properties[i].type == G_TYPE_STRING)
            g_clear_pointer(&G_STRUCT_MEMBER(char *, self, hvn_socket_properties[i].offset), g_free);
    }
}

/* ---- from text ---- */

static gboolean
hvn_socket_is(const char *text, const char *const *spellings)
{
    return text != NULL && g_strv_contains(spellings, text);
}

/* as QEMU's inet_ai_family_from_address(): one that is on alone, or the other being off, decides */
static int
hvn_socket_spec_family(const HvnSocketSpec *self)
{
    static const char *const on[] = {"on", "yes", "true", "y", NULL};
    static const char *const off[] = {"off", "no", "false", "n", NULL};
    gboolean on4 = hvn_socket_is(self->ipv4, on), off4 = hvn_socket_is(self->ipv4, off);
    gboolean on6 = hvn_socket_is(self->ipv6, on), off6 = hvn_socket_is(self->ipv6, off);

    if (off4 && off6)
        return -1;
    if (off6 || (on4 && !on6))
        return AF_INET;
    if (off4 || (on6 && !on4))
        return AF_INET6;
    return AF_UNSPEC;
}

static HvnSocketAddress *
hvn_socket_spec_resolve_unix(const HvnSocketSpec *self, const char *name, GError **error)
{
    g_autofree HvnSocketAddress *address = g_new0(HvnSocketAddress, 1);
    struct sockaddr_un *un = (struct sockaddr_un *)&address->storage;
    gsize len = self->path != NULL ? strlen(self->path) : 0;
    gsize room = sizeof un->sun_path - 1; /* the byte that ends a path, or begins an abstract name */

    if (len == 0) {
        hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG, "parameter '%s.path' is missing: expected the path of a socket", name);
        return NULL;
    }
    if (len > room) {
        hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG,
                         "UNIX socket path '%s' is too long: expected at most %zu bytes in %s.path", self->path, room, name);
        return NULL;
    }
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path + (self->abstract ? 1 : 0), self->path, len);
    address->len = self->abstract && !self->tight ? sizeof *un : offsetof(struct sockaddr_un, sun_path) + len + 1;
    return g_steal_pointer(&address);
}

static gboolean
hvn_socket_spec_check_inet(const HvnSocketSpec *self, const char *name, GError **error)
{
    guint64 port;

    if (self->host == NULL)
        return hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG,
                                "parameter '%s.host' is missing: expected a host name or an address", name);
    if (self->port == NULL || *self->port == '\0')
        return hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG,
                                "parameter '%s.port' is missing: expected a number from 0 to 65535", name);
    if (g_ascii_isdigit(*self->port) && !g_ascii_string_to_unsigned(self->port, 10, 0, 65535, &port, NULL))
        return hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG,
                                "port number '%s' is invalid: expected a number from 0 to 65535 in %s.port", self->port, name);
    if (hvn_socket_spec_family(self) < 0)
        return hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG, "%s.ipv4 and %s.ipv6 are both off: expected one of them on",
                                name, name);
    return TRUE;
}

static HvnSocketAddress *
hvn_socket_spec_resolve_inet(const HvnSocketSpec *self, const char *name, gboolean passive, guint *n_addresses, GError **error)
{
    struct addrinfo hints = {.ai_family = hvn_socket_spec_family(self), .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    g_autofree HvnSocketAddress *addresses = NULL;
    guint n = 0;
    int result;

    if (!hvn_socket_spec_check_inet(self, name, error))
        return NULL;
    hints.ai_flags = (passive ? AI_PASSIVE : 0) | (self->numeric ? AI_NUMERICHOST : 0);
    result = getaddrinfo(*self->host != '\0' ? self->host : NULL, self->port, &hints, &list);
    if (result != 0) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND, "can't resolve host address '%s:%s' of %s: %s", self->host, self->port, name,
                    gai_strerror(result));
        return NULL;
    }
    addresses = g_new0(HvnSocketAddress, ADDRESSES_MAX);
    for (const struct addrinfo *info = list; info != NULL && n < ADDRESSES_MAX; info = info->ai_next) {
        if (info->ai_addrlen > sizeof addresses[n].storage)
            continue;
        memcpy(&addresses[n].storage, info->ai_addr, info->ai_addrlen);
        addresses[n++].len = info->ai_addrlen;
    }
    freeaddrinfo(list);
    *n_addresses = n;
    return g_steal_pointer(&addresses);
}

HvnSocketAddress *
hvn_socket_spec_resolve(const HvnSocketSpec *self, const char *name, gboolean passive, guint *n_addresses, GError **error)
{
    g_return_val_if_fail(self->type != NULL, NULL);

    *n_addresses = 1;
    if (strcmp(self->type, "unix") == 0)
        return hvn_socket_spec_resolve_unix(self, name, error);
    return hvn_socket_spec_resolve_inet(self, name, passive, n_addresses, error);
}

int
hvn_socket_spec_take_fd(const HvnSocketSpec *self, const char *name, int *sock_type, GError **error)
{
    socklen_t len = sizeof *sock_type;
    guint64 number;
    int fd;

    if (self->str == NULL || !g_ascii_string_to_unsigned(self->str, 10, 0, G_MAXINT, &number, NULL)) {
        hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG,
                         "invalid file descriptor number '%s': expected the number of an open socket in %s.str",
                         self->str != NULL ? self->str : "", name);
        return -1;
    }
    if (getsockopt((int)number, SOL_SOCKET, SO_TYPE, sock_type, &len) != 0) {
        hvn_set_error_errno(error, errno, "cannot use file descriptor %s of %s", self->str, name);
        return -1;
    }
    if (*sock_type != SOCK_STREAM && *sock_type != SOCK_DGRAM) {
        hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG, "socket type=%d for fd=%s must be either SOCK_DGRAM or SOCK_STREAM",
                         *sock_type, self->str);
        return -1;
    }
    fd = fcntl((int)number, F_DUPFD_CLOEXEC, 3);
    if (fd < 0 || !g_unix_set_fd_nonblocking(fd, TRUE, NULL)) {
        hvn_set_error_errno(error, errno, "cannot use file descriptor %s of %s", self->str, name);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

/* ---- addresses ---- */

char *
hvn_socket_address_print(const HvnSocketAddress *self)
{
    const struct sockaddr_un *un = (const struct sockaddr_un *)&self->storage;
    char host[NI_MAXHOST], port[NI_MAXSERV];

    if (self->storage.ss_family == AF_UNIX) {
        gsize len = self->len > offsetof(struct sockaddr_un, sun_path) ? self->len - offsetof(struct sockaddr_un, sun_path) : 0;

        if (len > 0 && un->sun_path[0] == '\0')
            return g_strdup_printf("@%.*s", (int)len - 1, un->sun_path + 1);
        return g_strndup(un->sun_path, len);
    }
    if (getnameinfo((const struct sockaddr *)&self->storage, self->len, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return g_strdup("");
    return g_strdup_printf(self->storage.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

gboolean
hvn_socket_address_equal(const HvnSocketAddress *self, const HvnSocketAddress *other)
{
    if (self->storage.ss_family != other->storage.ss_family)
        return FALSE;
    if (self->storage.ss_family == AF_INET) {
        const struct sockaddr_in *a = (const struct sockaddr_in *)&self->storage, *b = (const struct sockaddr_in *)&other->storage;

        return a->sin_port == b->sin_port && a->sin_addr.s_addr == b->sin_addr.s_addr;
    }
    if (self->storage.ss_family == AF_INET6) {
        const struct sockaddr_in6 *a = (const struct sockaddr_in6 *)&self->storage, *b = (const struct sockaddr_in6 *)&other->storage;

        return a->sin6_port == b->sin6_port && memcmp(&a->sin6_addr, &b->sin6_addr, sizeof a->sin6_addr) == 0;
    }
    return self->len == other->len && memcmp(&self->storage, &other->storage, self->len) == 0;
}

const HvnSocketAddress *
hvn_socket_address_match(const HvnSocketAddress *list, guint n, const HvnSocketAddress *other)
{
    for (guint i = 0; i < n; i++) {
        if (list[i].storage.ss_family == other->storage.ss_family)
            return &list[i];
    }
    return NULL;
}

gboolean
hvn_socket_address_is_multicast(const HvnSocketAddress *self)
{
    if (self->storage.ss_family == AF_INET)
        return IN_MULTICAST(ntohl(((const struct sockaddr_in *)&self->storage)->sin_addr.s_addr));
    return self->storage.ss_family == AF_INET6 && IN6_IS_ADDR_MULTICAST(&((const struct sockaddr_in6 *)&self->storage)->sin6_addr);
}

/* ---- sockets ---- */

int
hvn_socket_open(int family, int type, GError **error)
{
    int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        hvn_set_error_errno(error, errno, "cannot create a socket");
    return fd;
}

/* a socket's file outlives a process that was killed; only one that nobody is behind is ours to replace */
static gboolean
hvn_socket_is_stale(const HvnSocketAddress *self, int type)
{
    const struct sockaddr_un *un = (const struct sockaddr_un *)&self->storage;
    struct stat st;
    gboolean stale;
    int fd;

    if (self->storage.ss_family != AF_UNIX || un->sun_path[0] == '\0' || lstat(un->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return FALSE;
    fd = hvn_socket_open(AF_UNIX, type, NULL);
    if (fd < 0)
        return FALSE;
    stale = connect(fd, (const struct sockaddr *)&self->storage, self->len) != 0 && errno == ECONNREFUSED;
    close(fd);
    return stale;
}

int
hvn_socket_bind(const HvnSocketAddress *self, int type, char **file, GError **error)
{
    const struct sockaddr_un *un = (const struct sockaddr_un *)&self->storage;
    const struct sockaddr *address = (const struct sockaddr *)&self->storage;
    int fd = hvn_socket_open(self->storage.ss_family, type, error), on = 1, result;

    *file = NULL;
    if (fd < 0)
        return -1;
    if (self->storage.ss_family != AF_UNIX && type == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    result = bind(fd, address, self->len) == 0 ? 0 : errno;
    if (result == EADDRINUSE && hvn_socket_is_stale(self, type)) {
        unlink(un->sun_path);
        result = bind(fd, address, self->len) == 0 ? 0 : errno;
    }
    if (result != 0) {
        g_autofree char *text = hvn_socket_address_print(self);

        close(fd);
        hvn_set_error_errno(error, result, "can't bind to %s", text);
        return -1;
    }
    if (self->storage.ss_family == AF_UNIX && un->sun_path[0] != '\0')
        *file = g_strdup(un->sun_path);
    return fd;
}

void
hvn_socket_remove_file(char *file)
{
    struct stat st;

    if (file != NULL && lstat(file, &st) == 0 && S_ISSOCK(st.st_mode))
        unlink(file);
    g_free(file);
}
