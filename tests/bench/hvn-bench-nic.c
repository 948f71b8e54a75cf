/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A NIC model on a fake bus and a null port; see hvn-bench-nic.h. */
#include "hvn-bench-nic.h"

#include <stdlib.h>

#include "hvn-options.h"
#include "hvn-registry.h"

static const HvnBenchModel *const bench_models[] = {
    &hvn_bench_e1000,
    &hvn_bench_i82559c,
    &hvn_bench_ne2k_pci,
    &hvn_bench_pcnet,
    &hvn_bench_rtl8139,
    &hvn_bench_rtl8139_c,
    &hvn_bench_tulip,
};

const HvnBenchModel *
hvn_bench_find_model(HvnBench *bench)
{
    const char *name = bench->argument != NULL ? bench->argument : bench_models[0]->name;

    for (guint i = 0; i < G_N_ELEMENTS(bench_models); i++) {
        if (g_str_equal(bench_models[i]->name, name))
            return bench_models[i];
    }
    g_printerr("%s: no rings are known for NIC model '%s'; there are:", bench->name, name);
    for (guint i = 0; i < G_N_ELEMENTS(bench_models); i++)
        g_printerr(" %s", bench_models[i]->name);
    g_printerr("\n");
    exit(1);
}

static HvnNic *
bench_create_nic(const char *name, HvnDispatcher *dispatcher)
{
    g_autoptr(HvnRegistry) registry = hvn_registry_new(NULL);
    g_autoptr(HvnOptions) options = hvn_options_new();
    g_autoptr(GError) error = NULL;
    HvnDescriptor *descriptor = hvn_registry_find(registry, "nic", name, &error);
    GType type = descriptor != NULL ? hvn_registry_load(registry, descriptor, &error) : G_TYPE_INVALID;
    GObject *nic = NULL;

    if (type != G_TYPE_INVALID)
        nic = hvn_options_create_object(options, descriptor, type, &error, "dispatcher", dispatcher, "name", "bench", NULL);
    if (nic == NULL)
        g_error("%s", error->message);
    return HVN_NIC(nic);
}

void
hvn_bench_nic_init(HvnBenchNic *self, const HvnBenchModel *model, const HvnBenchCase *test_case)
{
    *self = (HvnBenchNic){.model = model, .test_case = test_case};
    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    self->bus = hvn_fake_bus_new(HVN_BENCH_RAM_SIZE);
    self->nic = bench_create_nic(model->plugin != NULL ? model->plugin : model->name, self->dispatcher);
    self->peer = hvn_fake_port_new(self->dispatcher, "null");
    hvn_fake_port_set_recording(self->peer, FALSE);
    self->link = hvn_link_new(HVN_PORT(self->nic), HVN_PORT(self->peer));
    hvn_nic_attach(self->nic, HVN_BUS(self->bus));
    hvn_fake_bus_enable_nic(self->bus, self->nic);
}

void
hvn_bench_nic_clear(HvnBenchNic *self)
{
    hvn_nic_detach(self->nic);
    hvn_link_disconnect(self->link);
    g_clear_object(&self->link);
    g_clear_object(&self->nic);
    g_clear_object(&self->peer);
    g_clear_object(&self->bus);
    g_clear_object(&self->dispatcher);
    g_clear_pointer(&self->bytes, g_free);
}

void
hvn_bench_nic_run(HvnBenchNic *self)
{
    if (self->whole_loop) {
        while (hvn_dispatcher_iterate(self->dispatcher, FALSE))
            ;
    } else {
        while (hvn_dispatcher_run_work(self->dispatcher))
            ;
    }
}
