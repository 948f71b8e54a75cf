/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The states of the emulator's devices, and the words to its monitor that change them. While a device is dead a reset of the guest stops
 * the machine instead (QMP's set-action): a reset lets go of devices that are to be unplugged, but only after the firmware has begun to
 * change the memory map, at which QEMU 11 aborts. With the processors stopped the device is gone before they run.
 *
 * A guest may reset at any moment, and what it asked for while it was guarded is told later. So the guard is released in two steps: resets
 * are resets again, and when that is answered, and the emulator's loop has turned, a stop is the end again. Until that is answered too, a
 * reset that stopped the machine is ours to finish. */
#include "hvn-run-replug.h"

#include <string.h>

#include "hvn-error.h"

#define PATIENCE_NS     (10 * HVN_NS_PER_S) /* for a guest to let go of a device, before the user is told */
#define DETACHED_NS     (1 * HVN_NS_PER_S)  /* between the end of a connection and that of its device, when both are meant */
#define ADD_AGAIN_NS    (1 * HVN_NS_PER_S)
#define MAX_ADDS        5                   /* that fail in a row */
#define RESET_WAIT_NS   (5 * HVN_NS_PER_S)  /* for QEMU to let go of a device with the machine stopped */

typedef enum {
    HVN_RUN_DEVICE_PRESENT,  /* QEMU has it, and a connection to its NIC as far as we know */
    HVN_RUN_DEVICE_LEAVING,  /* device_del was sent */
    HVN_RUN_DEVICE_ABSENT,   /* it is to be put in again */
    HVN_RUN_DEVICE_ENTERING, /* device_add was sent */
    HVN_RUN_DEVICE_LEFT,     /* not ours any more: the user took it out, or it cannot be replaced */
} HvnRunDeviceState;

typedef struct {
    HvnRunReplug     *replug; /* not owned */
    guint             number;
    char             *name;
    JsonObject       *arguments; /* of device_add; owned reference */
    HvnRunDeviceState state;
    gboolean          lost;    /* while it is entering, or before the monitor is there: dead again */
    gboolean          told;    /* that it took long */
    guint             n_adds;  /* that failed in a row */
    HvnTimer          timer;   /* of patience, of the next device_add, or of a connection that ended */
} HvnRunDevice;

struct _HvnRunReplug {
    HvnDispatcher           *dispatcher;
    HvnQmpClient            *monitor;
    const HvnRunReplugFuncs *funcs;
    gpointer                 data;
    GPtrArray               *devices;      /* HvnRunDevice */
    gboolean                 ready;        /* the monitor takes commands */
    gboolean                 guards_reset; /* a reset is to be guarded against while a device is dead */
    gboolean                 guard_wanted; /* what the emulator was told last */
    gboolean                 guarded;      /* a reset may still stop the machine */
    guint                    n_releases;   /* first steps without an answer */
    gboolean                 running;      /* the machine, when it is not us who stopped it */
    gboolean                 resetting;    /* stopped by a reset that waits for devices to go */
    gboolean                 has_reset;    /* and the emulator has carried it out: only then it goes on */
    HvnTimer                 reset_timer;
};

static void
hvn_run_replug_tell(HvnRunReplug *self, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
hvn_run_replug_tell(HvnRunReplug *self, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list          args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    self->funcs->message(text, self->data);
}

static const char *
hvn_run_device_get_id(const HvnRunDevice *self)
{
    return json_object_get_string_member(self->arguments, "id");
}

static gboolean
hvn_run_replug_has(const HvnRunReplug *self, HvnRunDeviceState state)
{
    for (guint i = 0; i < self->devices->len; i++) {
        if (((const HvnRunDevice *)g_ptr_array_index(self->devices, i))->state == state)
            return TRUE;
    }
    return FALSE;
}

/* ---- the guard ---- */

static void
hvn_run_replug_set_action(HvnRunReplug *self, const char *reboot, const char *shutdown, HvnQmpReply reply)
{
    JsonObject *arguments = json_object_new();

    if (reboot != NULL)
        json_object_set_string_member(arguments, "reboot", reboot);
    if (shutdown != NULL)
        json_object_set_string_member(arguments, "shutdown", shutdown);
    hvn_qmp_client_execute(self->monitor, "set-action", arguments, reply, self);
}

static void
hvn_run_replug_released(HvnQmpClient *client, JsonNode *result, const GError *error, gpointer data)
{
    HvnRunReplug *self = data;

    if (!self->guard_wanted)
        self->guarded = FALSE;
}

static void
hvn_run_replug_half_released(HvnQmpClient *client, JsonNode *result, const GError *error, gpointer data)
{
    HvnRunReplug *self = data;

    self->n_releases--;
    if (error == NULL && self->n_releases == 0 && !self->guard_wanted)
        hvn_run_replug_set_action(self, NULL, "poweroff", hvn_run_replug_released);
}

static void
hvn_run_replug_guard(HvnRunReplug *self, gboolean guard)
{
    if (!self->guards_reset || self->guard_wanted == guard)
        return;
    self->guard_wanted = guard;
    if (guard) {
        self->guarded = TRUE;
        hvn_run_replug_set_action(self, "shutdown", "pause", NULL);
    } else {
        self->n_releases++;
        hvn_run_replug_set_action(self, "reset", NULL, hvn_run_replug_half_released);
    }
}

/* The devices are gone, or will not go: the guest's own reset goes on. */
static void
hvn_run_replug_go_on(HvnRunReplug *self)
{
    if (!self->resetting)
        return;
    self->resetting = FALSE;
    hvn_timer_cancel(&self->reset_timer);
    if (self->running)
        hvn_qmp_client_execute(self->monitor, "cont", NULL, NULL, NULL);
}

static void
hvn_run_replug_reset_took_long(gpointer data)
{
    hvn_run_replug_go_on(data);
}

/* The guest wanted to reset, or to end, while a device was dead. A reset lets go of devices that wait for it. */
static void
hvn_run_replug_stopped(HvnRunReplug *self, JsonObject *event)
{
    const char *reason = event != NULL ? json_object_get_string_member_with_default(event, "reason", "") : "";

    if (!self->guarded)
        return;
    hvn_run_replug_guard(self, FALSE);
    if (!g_str_has_suffix(reason, "-reset")) {
        hvn_qmp_client_execute(self->monitor, "quit", NULL, NULL, NULL);
        return;
    }
    self->resetting = TRUE;
    self->has_reset = FALSE;
    hvn_qmp_client_execute(self->monitor, "system_reset", NULL, NULL, NULL);
    hvn_timer_arm_after(&self->reset_timer, RESET_WAIT_NS);
}

/* ---- a device ---- */

static void
hvn_run_device_del(HvnRunDevice *self);
static void
hvn_run_device_add(HvnRunDevice *self);

static void
hvn_run_device_set_state(HvnRunDevice *self, HvnRunDeviceState state)
{
    self->state = state;
    self->told = FALSE;
    hvn_timer_cancel(&self->timer);
}

/* A device has taken its step. A machine that was stopped boots with those that it can have. */
static void
hvn_run_replug_settle(HvnRunReplug *self)
{
    if (hvn_run_replug_has(self, HVN_RUN_DEVICE_LEAVING))
        return;
    hvn_run_replug_guard(self, FALSE);
    if (self->has_reset && !hvn_run_replug_has(self, HVN_RUN_DEVICE_ENTERING))
        hvn_run_replug_go_on(self);
}

static void
hvn_run_device_gone(HvnRunDevice *self)
{
    self->n_adds = 0;
    hvn_run_device_set_state(self, HVN_RUN_DEVICE_ABSENT);
    hvn_run_device_add(self);
    hvn_run_replug_settle(self->replug);
}

static void
hvn_run_device_del_replied(HvnQmpClient *client, JsonNode *result, const GError *error, gpointer data)
{
    HvnRunDevice *self = data;

    if (error == NULL || self->state != HVN_RUN_DEVICE_LEAVING || strstr(error->message, "process of unplug") != NULL)
        return;
    if (g_error_matches(error, HVN_ERROR, HVN_ERROR_NOT_FOUND)) {
        hvn_run_device_gone(self);
    } else if (!g_error_matches(error, HVN_ERROR, HVN_ERROR_IO)) {
        hvn_run_replug_tell(self->replug, "%s: the emulator cannot unplug the device (%s): it stays dead, and a reset of the guest ends the emulator",
                            self->name, error->message);
        hvn_run_device_set_state(self, HVN_RUN_DEVICE_LEFT);
        hvn_run_replug_settle(self->replug);
    }
}

static void
hvn_run_device_del(HvnRunDevice *self)
{
    JsonObject *arguments = json_object_new();

    self->lost = FALSE;
    hvn_run_device_set_state(self, HVN_RUN_DEVICE_LEAVING);
    hvn_run_replug_guard(self->replug, TRUE);
    json_object_set_string_member(arguments, "id", hvn_run_device_get_id(self));
    hvn_qmp_client_execute(self->replug->monitor, "device_del", arguments, hvn_run_device_del_replied, self);
    hvn_timer_arm_after(&self->timer, PATIENCE_NS);
}

static void
hvn_run_device_add_failed(HvnRunDevice *self, const GError *error)
{
    hvn_run_device_set_state(self, HVN_RUN_DEVICE_ABSENT);
    if (g_error_matches(error, HVN_ERROR, HVN_ERROR_IO))
        return;
    if (++self->n_adds < MAX_ADDS) {
        hvn_timer_arm_after(&self->timer, ADD_AGAIN_NS);
        return;
    }
    hvn_run_replug_tell(self->replug, "%s: the emulator cannot plug the device in again: %s", self->name, error->message);
}

static void
hvn_run_device_add_replied(HvnQmpClient *client, JsonNode *result, const GError *error, gpointer data)
{
    HvnRunDevice *self = data;
    gboolean      lost = self->lost;

    self->lost = FALSE;
    if (error != NULL) {
        hvn_run_device_add_failed(self, error);
    } else if (lost) {
        hvn_run_device_del(self);
    } else {
        self->n_adds = 0;
        hvn_run_device_set_state(self, HVN_RUN_DEVICE_PRESENT);
        hvn_run_replug_tell(self->replug, "%s: the device is plugged in again", self->name);
    }
    hvn_run_replug_settle(self->replug);
}

/* QEMU waits for its NIC, and holds everything up meanwhile: only one that is served is put in. */
static void
hvn_run_device_add(HvnRunDevice *self)
{
    HvnRunReplug *replug = self->replug;

    if (self->state != HVN_RUN_DEVICE_ABSENT || !replug->funcs->is_served(self->number, replug->data))
        return;
    self->lost = FALSE;
    hvn_run_device_set_state(self, HVN_RUN_DEVICE_ENTERING);
    hvn_qmp_client_execute(replug->monitor, "device_add", json_object_ref(self->arguments), hvn_run_device_add_replied, self);
}

static void
hvn_run_device_timed_out(gpointer data)
{
    HvnRunDevice *self = data;

    if (self->state == HVN_RUN_DEVICE_ABSENT) {
        hvn_run_device_add(self);
    } else if (self->state == HVN_RUN_DEVICE_PRESENT) {
        hvn_run_device_del(self);
    } else if (self->state == HVN_RUN_DEVICE_LEAVING && !self->told) {
        self->told = TRUE;
        hvn_run_replug_tell(self->replug, "%s: the guest does not let go of the dead device, it may have no hot-plug: the NIC comes back when it resets",
                            self->name);
    }
}

/* ---- the monitor ---- */

static HvnRunDevice *
hvn_run_replug_find(HvnRunReplug *self, JsonObject *event)
{
    const char *id = event != NULL ? json_object_get_string_member_with_default(event, "device", NULL) : NULL;

    for (guint i = 0; i < self->devices->len; i++) {
        HvnRunDevice *device = g_ptr_array_index(self->devices, i);

        if (g_strcmp0(hvn_run_device_get_id(device), id) == 0)
            return device;
    }
    return NULL;
}

static void
hvn_run_replug_status_replied(HvnQmpClient *client, JsonNode *result, const GError *error, gpointer data)
{
    HvnRunReplug *self = data;

    if (result != NULL && JSON_NODE_HOLDS_OBJECT(result))
        self->running = json_object_get_boolean_member_with_default(json_node_get_object(result), "running", TRUE);
}

static void
hvn_run_replug_ready(HvnQmpClient *client, gpointer data)
{
    HvnRunReplug *self = data;

    self->ready = TRUE;
    hvn_qmp_client_execute(client, "query-status", NULL, hvn_run_replug_status_replied, self);
    for (guint i = 0; i < self->devices->len; i++) {
        HvnRunDevice *device = g_ptr_array_index(self->devices, i);

        if (device->lost)
            hvn_run_device_del(device);
    }
}

static void
hvn_run_replug_event(HvnQmpClient *client, const char *name, JsonObject *event, gpointer data)
{
    HvnRunReplug *self = data;
    HvnRunDevice *device;

    if (g_strcmp0(name, "DEVICE_DELETED") == 0) {
        device = hvn_run_replug_find(self, event);
        if (device != NULL && device->state == HVN_RUN_DEVICE_LEAVING)
            hvn_run_device_gone(device);
        else if (device != NULL && device->state == HVN_RUN_DEVICE_PRESENT)
            hvn_run_device_set_state(device, HVN_RUN_DEVICE_LEFT);
    } else if (g_strcmp0(name, "SHUTDOWN") == 0) {
        hvn_run_replug_stopped(self, event);
    } else if (g_strcmp0(name, "RESET") == 0 && self->resetting) {
        self->has_reset = TRUE;
        hvn_run_replug_settle(self);
    } else if (g_strcmp0(name, "STOP") == 0 && !self->resetting) {
        self->running = FALSE;
    } else if (g_strcmp0(name, "RESUME") == 0) {
        self->running = TRUE;
    }
}

static const HvnQmpClientHandlers hvn_run_replug_handlers = {
    .ready = hvn_run_replug_ready,
    .event = hvn_run_replug_event,
};

/* ---- what the owner says ---- */

void
hvn_run_replug_lost(HvnRunReplug *self, guint number)
{
    HvnRunDevice *device = g_ptr_array_index(self->devices, number);

    if (device->state == HVN_RUN_DEVICE_PRESENT && self->ready)
        hvn_run_device_del(device);
    else
        device->lost = TRUE;
}

void
hvn_run_replug_detached(HvnRunReplug *self, guint number)
{
    HvnRunDevice *device = g_ptr_array_index(self->devices, number);

    if (device->state == HVN_RUN_DEVICE_PRESENT && self->ready)
        hvn_timer_arm_after(&device->timer, DETACHED_NS);
}

void
hvn_run_replug_served(HvnRunReplug *self, guint number)
{
    HvnRunDevice *device = g_ptr_array_index(self->devices, number);

    device->n_adds = 0;
    hvn_run_device_add(device);
}

guint
hvn_run_replug_add(HvnRunReplug *self, const char *name, JsonObject *arguments)
{
    HvnRunDevice *device = g_new0(HvnRunDevice, 1);

    device->replug = self;
    device->number = self->devices->len;
    device->name = g_strdup(name);
    device->arguments = json_object_ref(arguments);
    hvn_timer_init(&device->timer, self->dispatcher, hvn_run_device_timed_out, device);
    g_ptr_array_add(self->devices, device);
    return device->number;
}

HvnQmpClient *
hvn_run_replug_get_monitor(HvnRunReplug *self)
{
    return self->monitor;
}

static void
hvn_run_device_free(gpointer data)
{
    HvnRunDevice *self = data;

    hvn_timer_cancel(&self->timer);
    json_object_unref(self->arguments);
    g_free(self->name);
    g_free(self);
}

HvnRunReplug *
hvn_run_replug_new(HvnDispatcher *dispatcher, int monitor_fd, gboolean guards_reset, const HvnRunReplugFuncs *funcs, gpointer data)
{
    HvnRunReplug *self = g_new0(HvnRunReplug, 1);

    self->dispatcher = dispatcher;
    self->funcs = funcs;
    self->data = data;
    self->guards_reset = guards_reset;
    self->running = TRUE;
    self->devices = g_ptr_array_new_with_free_func(hvn_run_device_free);
    hvn_timer_init(&self->reset_timer, dispatcher, hvn_run_replug_reset_took_long, self);
    self->monitor = hvn_qmp_client_new(dispatcher, monitor_fd, &hvn_run_replug_handlers, self);
    return self;
}

void
hvn_run_replug_free(HvnRunReplug *self)
{
    if (self == NULL)
        return;
    hvn_qmp_client_free(self->monitor);
    hvn_timer_cancel(&self->reset_timer);
    g_ptr_array_unref(self->devices);
    g_free(self);
}
