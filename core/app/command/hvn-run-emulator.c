/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an emulator's command line must say so that it can use our NICs. vfio-user reaches a guest's memory by mapping a file that the
 * emulator shares; QEMU's memory is private unless a memory backend says otherwise, and QEMU 11 does not tell a server which it is. */
#include "hvn-run-emulator.h"

#include <string.h>

#include "hvn-error.h"
#include "hvn-qemu-opts.h"
#include "hvn-run-device.h"

#define MEMORY_ID      "hvnet-ram"
#define MEMORY_DEFAULT "128M" /* QEMU's, of its PC machines */
#define QEMU_MAJOR     10     /* the first with vfio-user-pci */
#define QEMU_MINOR     1
#define VHOST_MAJOR    6 /* the first whose -device takes JSON; vhost-user is older */
#define VHOST_MINOR    2
#define RECONNECT_MAJOR 9 /* the first with reconnect-ms */
#define RECONNECT_MINOR 2
#define MSIX_MAJOR     8 /* the first whose vhost-user devices bear MSI-X without KVM */

/* what the emulator's own arguments say about memory */
typedef struct {
    GPtrArray *objects; /* (element-type GPtrArray): options of each -object, in order */
    GPtrArray *used;    /* (element-type utf8): ids of the backends that are the machine's memory */
    char      *size;    /* (nullable): of -m */
} HvnRunMemory;

static void
hvn_run_memory_clear(HvnRunMemory *self)
{
    g_clear_pointer(&self->objects, g_ptr_array_unref);
    g_clear_pointer(&self->used, g_ptr_array_unref);
    g_free(self->size);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HvnRunMemory, hvn_run_memory_clear)

static const char *
hvn_run_opts_get(const GPtrArray *opts, const char *key)
{
    for (guint i = opts->len; i > 0; i--) {
        const HvnQemuOpt *opt = g_ptr_array_index(opts, i - 1);

        if (strcmp(opt->key, key) == 0)
            return opt->value;
    }
    return NULL;
}

/* ---- the user's memory ---- */

static void
hvn_run_memory_use(HvnRunMemory *self, const char *id)
{
    if (id != NULL)
        g_ptr_array_add(self->used, g_strdup(id));
}

/* what cannot be parsed is for the emulator to refuse, in its own words */
static void
hvn_run_memory_take_option(HvnRunMemory *self, const char *name, const char *value)
{
    static const struct {
        const char *name;
        const char *first_key;
    } known[] = {{"m", "size"}, {"machine", "type"}, {"M", "type"}, {"object", "qom-type"}, {"numa", "type"}};
    g_autoptr(GPtrArray) opts = NULL;
    const char          *first_key = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(known); i++) {
        if (strcmp(name, known[i].name) == 0)
            first_key = known[i].first_key;
    }
    if (first_key == NULL)
        return;
    opts = hvn_qemu_opts_parse(value, first_key, name, NULL);
    if (opts == NULL)
        return;
    if (strcmp(name, "object") == 0) {
        g_ptr_array_add(self->objects, g_steal_pointer(&opts));
    } else if (strcmp(name, "numa") == 0) {
        hvn_run_memory_use(self, hvn_run_opts_get(opts, "memdev"));
    } else if (strcmp(name, "m") == 0) {
        if (hvn_run_opts_get(opts, "size") != NULL) {
            g_free(self->size);
            self->size = g_strdup(hvn_run_opts_get(opts, "size"));
        }
    } else {
        hvn_run_memory_use(self, hvn_run_opts_get(opts, "memory-backend"));
    }
}

/* what cannot go together with a server beside the emulator */
static gboolean
hvn_run_check_option(const char *name, GError **error)
{
    static const struct {
        const char *name;
        const char *reason;
    } refused[] = {
        {"mem-path", "its memory is not shared; use -object memory-backend-file,id=ram,size=SIZE,mem-path=PATH,share=on "
                     "-machine memory-backend=ram"},
        {"daemonize", "the network ends with the emulator; run hvnet itself in the background"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
        if (strcmp(name, refused[i].name) == 0) {
            g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED, "the emulator's option -%s cannot be used here: %s", name,
                        refused[i].reason);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
hvn_run_memory_parse(HvnRunMemory *self, const char *const *argv, GError **error)
{
    self->objects = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    self->used = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 1; argv[i] != NULL; i++) {
        const char *name = argv[i] + (g_str_has_prefix(argv[i], "--") ? 2 : 1);

        if (argv[i][0] != '-' || argv[i][1] == '\0')
            continue;
        if (!hvn_run_check_option(name, error))
            return FALSE;
        if (argv[i + 1] != NULL)
            hvn_run_memory_take_option(self, name, argv[i + 1]);
    }
    return TRUE;
}

/* Of QEMU's memory backends, memfd and shm are shared unless told otherwise, ram and file are private. */
static gboolean
hvn_run_object_is_shared(const GPtrArray *object)
{
    const char *type = hvn_run_opts_get(object, "qom-type");
    const char *share = hvn_run_opts_get(object, "share");

    if (share != NULL)
        return strcmp(share, "on") == 0 || strcmp(share, "yes") == 0 || strcmp(share, "true") == 0 || strcmp(share, "y") == 0;
    return g_strcmp0(type, "memory-backend-memfd") == 0 || g_strcmp0(type, "memory-backend-shm") == 0;
}

static gboolean
hvn_run_memory_check_used(const HvnRunMemory *self, GError **error)
{
    for (guint i = 0; i < self->used->len; i++) {
        const char *id = g_ptr_array_index(self->used, i);

        for (guint j = 0; j < self->objects->len; j++) {
            const GPtrArray *object = g_ptr_array_index(self->objects, j);

            if (g_strcmp0(hvn_run_opts_get(object, "id"), id) != 0 || hvn_run_object_is_shared(object))
                continue;
            g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
                        "-object %s,id=%s is the guest's memory and is not shared, so no NIC could reach it: expected share=on",
                        hvn_run_opts_get(object, "qom-type"), id);
            return FALSE;
        }
    }
    return TRUE;
}

/* ---- what is added ---- */

/* -m takes a number without a unit as mebibytes, a memory backend as bytes */
static char *
hvn_run_backend_size(const char *size)
{
    gsize len = strlen(size);

    if (len > 0 && (g_ascii_isdigit(size[len - 1]) || size[len - 1] == '.'))
        return g_strconcat(size, "M", NULL);
    return g_strdup(size);
}

static void
hvn_run_add(GPtrArray *words, const char *option, char *value)
{
    g_ptr_array_add(words, g_strdup(option));
    g_ptr_array_add(words, value);
}

static void
hvn_run_add_memory(GPtrArray *words, const char *size)
{
    g_autofree char *backend_size = hvn_run_backend_size(size);

    hvn_run_add(words, "-object", g_strdup_printf("memory-backend-memfd,id=" MEMORY_ID ",size=%s,share=on", backend_size));
    hvn_run_add(words, "-machine", g_strdup("memory-backend=" MEMORY_ID));
}

static void
hvn_run_add_devices(GPtrArray *words, const HvnRunSocket *sockets, guint n_sockets)
{
    hvn_run_add(words, "-nic", g_strdup("none"));
    for (guint i = 0; i < n_sockets; i++)
        hvn_run_device_add_words(words, &sockets[i]);
}

char **
hvn_run_emulator_arguments(const char *const *argv, const HvnRunSocket *sockets, guint n_sockets, const char *config, GError **error)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    g_auto(HvnRunMemory) memory = {0};

    g_return_val_if_fail(argv != NULL && argv[0] != NULL, NULL);

    if (!hvn_run_memory_parse(&memory, argv, error) || !hvn_run_memory_check_used(&memory, error))
        return NULL;
    for (guint i = 0; argv[i] != NULL; i++)
        g_ptr_array_add(words, g_strdup(argv[i]));
    if (memory.used->len == 0)
        hvn_run_add_memory(words, memory.size != NULL ? memory.size : MEMORY_DEFAULT);
    if (config != NULL)
        hvn_run_add(words, "-readconfig", g_strdup(config));
    hvn_run_add_devices(words, sockets, n_sockets);
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&words), FALSE);
}

/* ---- the version ---- */

static gboolean
hvn_run_version_is_least(const HvnRunEmulatorVersion *version, guint major, guint minor)
{
    return version->major > major || (version->major == major && version->minor >= minor);
}

gboolean
hvn_run_emulator_check_version(const char *emulator, const char *text, gboolean vhost_user, HvnRunEmulatorVersion *version, GError **error)
{
    const char *at = text != NULL ? strstr(text, "QEMU emulator version ") : NULL;
    guint       major = vhost_user ? VHOST_MAJOR : QEMU_MAJOR, minor = vhost_user ? VHOST_MINOR : QEMU_MINOR;
    char       *end;

    *version = (HvnRunEmulatorVersion){0};
    if (at == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED,
                    "'%s --version' does not say that it is QEMU: expected QEMU %u.%u or newer; attach other hypervisors by hand with "
                    "--socket-dir DIR",
                    emulator, major, minor);
        return FALSE;
    }
    version->major = g_ascii_strtoull(at + strlen("QEMU emulator version "), &end, 10);
    if (*end == '.')
        version->minor = g_ascii_strtoull(end + 1, NULL, 10);
    if (hvn_run_version_is_least(version, major, minor))
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED,
                "'%s' is QEMU %" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT ", which has no %s that works here: expected QEMU %u.%u or newer; %s",
                emulator, version->major, version->minor, vhost_user ? "vhost-user" : "vfio-user", major, minor,
                !vhost_user && hvn_run_version_is_least(version, VHOST_MAJOR, VHOST_MINOR)
                    ? "this one can use model virtio-net-pci"
                    : "this one can use its own NICs only, such as '-nic user,model=e1000' without hvnet");
    return FALSE;
}

const char *
hvn_run_emulator_get_reconnect(const HvnRunEmulatorVersion *version)
{
    return hvn_run_version_is_least(version, RECONNECT_MAJOR, RECONNECT_MINOR) ? "reconnect-ms=200" : "reconnect=1";
}

static gboolean
hvn_run_machine_is_pcie(const char *value)
{
    g_autoptr(GPtrArray) opts = hvn_qemu_opts_parse(value, "type", "machine", NULL);
    const char          *type = opts != NULL ? hvn_run_opts_get(opts, "type") : NULL;

    return type != NULL && (g_str_has_prefix(type, "q35") || g_str_has_prefix(type, "pc-q35") || g_str_has_prefix(type, "virt"));
}

gboolean
hvn_run_emulator_is_pcie(const char *const *argv)
{
    gboolean pcie = FALSE;

    for (guint i = 1; argv[i] != NULL && argv[i + 1] != NULL; i++) {
        const char *name = argv[i] + (g_str_has_prefix(argv[i], "--") ? 2 : 1);

        if (argv[i][0] == '-' && (strcmp(name, "M") == 0 || strcmp(name, "machine") == 0))
            pcie = pcie || hvn_run_machine_is_pcie(argv[i + 1]);
    }
    return pcie;
}

gboolean
hvn_run_emulator_resets(const char *const *argv)
{
    for (guint i = 1; argv[i] != NULL; i++) {
        const char *name = argv[i] + (g_str_has_prefix(argv[i], "--") ? 2 : 1);

        if (argv[i][0] == '-' && (strcmp(name, "no-reboot") == 0 || strcmp(name, "no-shutdown") == 0 || strcmp(name, "action") == 0))
            return FALSE;
    }
    return TRUE;
}

/* a line each: "  mac=<str>             - Ethernet 6-byte MAC Address, ..." */
GHashTable *
hvn_run_emulator_read_properties(const char *text)
{
    GHashTable   *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "", "\n", -1);

    for (guint i = 0; lines[i] != NULL; i++) {
        const char *end = strstr(lines[i], "=<");

        if (g_str_has_prefix(lines[i], "  ") && end != NULL)
            g_hash_table_add(names, g_strndup(lines[i] + 2, end - lines[i] - 2));
    }
    if (g_hash_table_size(names) == 0)
        g_clear_pointer(&names, g_hash_table_unref);
    return names;
}

gboolean
hvn_run_emulator_needs_intx(const HvnRunEmulatorVersion *version, const char *const *argv)
{
    if (hvn_run_version_is_least(version, MSIX_MAJOR, 0))
        return FALSE;
    for (guint i = 1; argv[i] != NULL; i++) {
        if (strcmp(argv[i], "-enable-kvm") == 0 || strcmp(argv[i], "--enable-kvm") == 0)
            return FALSE;
        if (strstr(argv[i], "accel=kvm") != NULL || (g_str_has_suffix(argv[i - 1], "-accel") && g_str_has_prefix(argv[i], "kvm")))
            return FALSE;
    }
    return TRUE;
}

/* ---- by hand ---- */

static char *
hvn_run_quote(const char *value)
{
    return strpbrk(value, "{\"' $\\") != NULL ? g_shell_quote(value) : g_strdup(value);
}

static guint
hvn_run_count_vhost_user(const HvnRunSocket *sockets, guint n_sockets)
{
    guint count = 0;

    for (guint i = 0; i < n_sockets; i++)
        count += sockets[i].mac != NULL ? 1 : 0;
    return count;
}

/* an option of cloud-hypervisor's and its values, one for each interface of a kind */
static void
hvn_run_append_sockets(GString *text, const HvnRunSocket *sockets, guint n_sockets, gboolean vhost_user)
{
    const char *option = vhost_user ? " --net" : " --user-device";

    for (guint i = 0; i < n_sockets; i++) {
        g_autofree char *value = vhost_user ? g_strdup_printf("mac=%s,vhost_user=true,socket=%s", sockets[i].mac, sockets[i].path)
                                            : g_strconcat("socket=", sockets[i].path, NULL);
        g_autofree char *quoted = hvn_run_quote(value);

        if ((sockets[i].mac != NULL) != vhost_user)
            continue;
        g_string_append_printf(text, "%s %s", option, quoted);
        option = "";
    }
}

static void
hvn_run_append_vhost_user(GString *text, const HvnRunSocket *sockets, guint n_sockets)
{
    for (guint i = 0; i < n_sockets; i++) {
        g_autofree char *value = g_strconcat("type=net,socket=", sockets[i].path, NULL);
        g_autofree char *quoted = hvn_run_quote(value);

        if (sockets[i].mac != NULL)
            g_string_append_printf(text, " --vhost-user %s", quoted);
    }
    g_string_append(text, "\nto attach with User-mode Linux:\n ");
    for (guint i = 0; i < n_sockets; i++) {
        g_autofree char *value = g_strconcat("virtio_uml.device=", sockets[i].path, ":1", NULL);
        g_autofree char *quoted = hvn_run_quote(value);

        if (sockets[i].mac != NULL)
            g_string_append_printf(text, " %s", quoted);
    }
}

static void
hvn_run_append_qemu(GString *text, const HvnRunSocket *sockets, guint n_sockets)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    gboolean             vhost_user = n_sockets > 0 && hvn_run_count_vhost_user(sockets, n_sockets) == n_sockets;
    gboolean             reconnect = vhost_user && sockets[0].reconnect != NULL;

    g_string_append_printf(text, "to attach with QEMU %d.%d or newer, here a guest with 1 GiB of memory:\n  -m 1G",
                           reconnect ? RECONNECT_MAJOR : vhost_user ? VHOST_MAJOR : QEMU_MAJOR,
                           reconnect ? RECONNECT_MINOR : vhost_user ? VHOST_MINOR : QEMU_MINOR);
    hvn_run_add_memory(words, "1G");
    hvn_run_add_devices(words, sockets, n_sockets);
    for (guint i = 0; i + 1 < words->len; i += 2) {
        g_autofree char *quoted = hvn_run_quote(g_ptr_array_index(words, i + 1));

        g_string_append_printf(text, "%s%s %s", strcmp(g_ptr_array_index(words, i), "-device") == 0 ? " \\\n  " : " ",
                               (const char *)g_ptr_array_index(words, i), quoted);
    }
}

char *
hvn_run_emulator_attach_lines(const HvnRunSocket *sockets, guint n_sockets)
{
    GString *text = g_string_new(NULL);

    hvn_run_append_qemu(text, sockets, n_sockets);
    g_string_append(text, "\nto attach with cloud-hypervisor:\n  --memory size=1G,shared=on");
    hvn_run_append_sockets(text, sockets, n_sockets, FALSE);
    hvn_run_append_sockets(text, sockets, n_sockets, TRUE);
    if (hvn_run_count_vhost_user(sockets, n_sockets) > 0) {
        g_string_append(text, "\nto attach with crosvm:\n ");
        hvn_run_append_vhost_user(text, sockets, n_sockets);
    }
    g_string_append_c(text, '\n');
    return g_string_free(text, FALSE);
}
