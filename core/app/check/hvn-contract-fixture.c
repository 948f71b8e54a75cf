/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin on a link, and frames that are taken away after the call; see hvn-contract-fixture.h. */
#include "hvn-contract-fixture.h"

#include <string.h>
#include <sys/mman.h>

#include "hvn-bytes.h"
#include "hvn-options.h"

/* rule 5 as the sender's peer sees it, and the record of what was sent */
static guint
fixture_push(HvnFakePort *peer, const HvnFrame *frames, guint n_frames, gpointer data)
{
    HvnContractFixture *self = data;
    guint taken = MIN(n_frames, self->capacity);

    g_assert_false(hvn_port_get_in_push(self->port));
    g_assert_cmpuint(n_frames, >=, 1);
    g_assert_cmpuint(n_frames, <=, HVN_BATCH_MAX);
    self->pushes++;
    for (guint i = 0; i < taken; i++) {
        guint8 *copy = g_malloc(frames[i].len);

        g_assert_cmpuint(frames[i].len, >=, HVN_ETHER_HEADER_LEN);
        g_assert_cmpuint(hvn_frame_copy(&frames[i], 0, copy, frames[i].len), ==, frames[i].len);
        g_ptr_array_add(self->taken, g_bytes_new_take(copy, frames[i].len));
    }
    if (self->capacity != G_MAXUINT)
        self->capacity -= taken;
    return taken;
}

static HvnPort *
fixture_create_port(HvnContractFixture *self, const char *name)
{
    g_autoptr(HvnOptions) options = hvn_options_new();
    g_autoptr(GError) error = NULL;
    GType type = hvn_registry_load(self->registry, self->descriptor, &error);
    GObject *port;

    g_assert_no_error(error);
    if (self->model != NULL && self->model->configure != NULL)
        self->model->configure(options);
    if (self->descriptor->variants->len > 0)
        port = hvn_options_create_object(options, self->descriptor, type, &error, "dispatcher", self->dispatcher, "name", "contract",
                                         "variant", name, NULL);
    else
        port = hvn_options_create_object(options, self->descriptor, type, &error, "dispatcher", self->dispatcher, "name", "contract",
                                         NULL);
    g_assert_no_error(error);
    return HVN_PORT(port);
}

HvnContractFixture *
hvn_contract_fixture_new_for(gconstpointer data)
{
    const HvnContractCase *test_case = data;
    const char *name = test_case->name;
    HvnContractFixture *self = g_new0(HvnContractFixture, 1);

    self->registry = g_object_ref(test_case->registry);
    self->descriptor = test_case->descriptor;
    self->model = test_case->model;
    self->clock = hvn_clock_new_manual();
    self->dispatcher = hvn_dispatcher_new(NULL, self->clock);
    self->taken = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    self->capacity = G_MAXUINT;
    self->port = fixture_create_port(self, name);
    self->peer = hvn_fake_port_new(self->dispatcher, "peer");
    hvn_fake_port_set_push_func(self->peer, fixture_push, self);
    if (HVN_IS_NIC(self->port)) {
        self->link = hvn_link_new(self->port, HVN_PORT(self->peer));
        self->bus = hvn_fake_bus_new(HVN_CONTRACT_RAM_SIZE);
        hvn_nic_attach(HVN_NIC(self->port), HVN_BUS(self->bus));
        hvn_fake_bus_enable_nic(self->bus, HVN_NIC(self->port));
        self->started = TRUE;
    } else {
        g_autoptr(GError) error = NULL;

        self->link = hvn_link_new(HVN_PORT(self->peer), self->port);
        self->started = hvn_backend_start(HVN_BACKEND(self->port), &error);
        if (!self->started)
            g_test_message("%s does not start here (%s): exercised closed", name, error->message);
    }
    return self;
}

void
hvn_contract_fixture_free(HvnContractFixture *self)
{
    if (HVN_IS_NIC(self->port))
        hvn_nic_detach(HVN_NIC(self->port));
    else
        hvn_backend_stop(HVN_BACKEND(self->port));
    hvn_link_disconnect(self->link);
    g_clear_object(&self->link);
    g_assert_finalize_object(g_steal_pointer(&self->port));
    g_clear_object(&self->peer);
    g_clear_object(&self->bus);
    g_clear_object(&self->dispatcher);
    g_clear_pointer(&self->clock, hvn_clock_unref);
    g_clear_pointer(&self->taken, g_ptr_array_unref);
    g_clear_object(&self->registry);
    g_free(self);
}

HvnNic *
hvn_contract_fixture_get_nic(HvnContractFixture *self)
{
    return HVN_NIC(self->port);
}

void
hvn_contract_fixture_settle(HvnContractFixture *self)
{
    for (guint i = 0; i < 100 && hvn_dispatcher_iterate(self->dispatcher, FALSE); i++)
        ;
    hvn_dispatcher_advance(self->dispatcher, HVN_NS_PER_MS);
}

static void
contract_case_free(gpointer data)
{
    HvnContractCase *self = data;

    hvn_descriptor_unref(self->descriptor);
    g_object_unref(self->registry);
    g_free(self->name);
    g_free(self);
}

void
hvn_contract_add_test(HvnRegistry *registry, HvnDescriptor *descriptor, const char *name, const HvnContractTest *test,
                      const HvnContractModel *model)
{
    g_autofree char *path = g_strdup_printf("%s/%s/%s", test->path, descriptor->kind, name);
    HvnContractCase *test_case = g_new0(HvnContractCase, 1);

    test_case->registry = g_object_ref(registry);
    test_case->descriptor = hvn_descriptor_ref(descriptor);
    test_case->model = model;
    test_case->name = g_strdup(name);
    g_test_add_data_func_full(path, test_case, (GTestDataFunc)test->func, contract_case_free);
}

static void
contract_add_test_of_all(HvnRegistry *registry, const HvnContractTest *test, HvnContractModelFunc find)
{
    g_autoptr(GPtrArray) descriptors = hvn_registry_list(registry, test->kind);

    if (descriptors->len == 0)
        g_error("the registry lists no plugin%s%s: there is nothing to hold to the contract", test->kind != NULL ? " of kind " : "",
                test->kind != NULL ? test->kind : "");
    for (guint i = 0; i < descriptors->len; i++) {
        HvnDescriptor *descriptor = g_ptr_array_index(descriptors, i);
        const HvnContractModel *model = find(descriptor->kind, descriptor->name);

        hvn_contract_add_test(registry, descriptor, descriptor->name, test, model);
        for (guint j = 0; j < descriptor->variants->len; j++) {
            const HvnVariant *variant = g_ptr_array_index(descriptor->variants, j);

            hvn_contract_add_test(registry, descriptor, variant->name, test, model);
        }
    }
}

void
hvn_contract_add_tests(HvnRegistry *registry, const HvnContractTest *tests, HvnContractModelFunc find)
{
    for (; tests->path != NULL; tests++)
        contract_add_test_of_all(registry, tests, find);
}

static void
contract_load(gconstpointer data)
{
    const HvnContractCase *test_case = data;
    g_autoptr(GError) error = NULL;

    if (hvn_registry_load(test_case->registry, test_case->descriptor, &error) == G_TYPE_INVALID)
        g_test_fail_printf("%s", error->message);
}

const HvnContractTest hvn_contract_load_tests[] = {
    {NULL, "/contract/load/agrees", "the module opens, and is what its descriptor says", contract_load},
    {NULL, NULL, NULL, NULL},
};

/* ---- frames that are lent and then taken away ---- */

#define LENT_PIECES 8 /* most pieces of a frame here */

HvnLentFrames *
hvn_lent_frames_new(guint n_frames, guint first, gsize max_len)
{
    HvnLentFrames *self = g_new0(HvnLentFrames, 1);
    gsize tables = n_frames * (sizeof(HvnFrame) + LENT_PIECES * sizeof(struct iovec));
    struct iovec *iov;
    guint8 *data;

    self->n_frames = n_frames;
    self->size = tables + n_frames * max_len;
    self->memory = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    g_assert_true(self->memory != MAP_FAILED);
    self->frames = (HvnFrame *)(gpointer)self->memory;
    iov = (struct iovec *)(gpointer)(self->frames + n_frames);
    data = self->memory + tables;
    for (guint i = 0; i < n_frames; i++, iov += LENT_PIECES, data += max_len) {
        gsize len = (gsize)g_test_rand_int_range(HVN_LENT_MIN, (gint32)max_len + 1);
        guint n_iov = 0;
        gsize done = 0;

        memset(data, 0xff, 6);
        memcpy(data + 6, "\x52\x54\x00\x00\x00\x99\x88\xb5", 8);
        hvn_store_be32(data + 14, first + i);
        while (done < len) {
            gsize piece = n_iov == LENT_PIECES - 1 ? len - done : (gsize)g_test_rand_int_range(1, (gint32)(len - done) + 1);

            iov[n_iov++] = (struct iovec){data + done, piece};
            done += piece;
        }
        hvn_frame_init(&self->frames[i], iov, n_iov);
    }
    g_assert_cmpint(mprotect(self->memory, self->size, PROT_NONE), ==, 0);
    return self;
}

void
hvn_lent_frames_free(HvnLentFrames *self)
{
    munmap(self->memory, self->size);
    g_free(self);
}

guint
hvn_lent_frames_send(HvnLentFrames *self, guint first, guint n_frames, HvnFakePort *sender)
{
    guint taken;

    g_assert_cmpint(mprotect(self->memory, self->size, PROT_READ), ==, 0);
    taken = hvn_port_send(HVN_PORT(sender), self->frames + first, n_frames);
    g_assert_cmpint(mprotect(self->memory, self->size, PROT_NONE), ==, 0);
    g_assert_cmpuint(taken, <=, n_frames);
    return taken;
}
