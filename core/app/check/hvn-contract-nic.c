/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a hypervisor may rely on with every NIC, as tests of a plugin: reset is a reset, nothing outside a BAR is
 * touched, no DMA before the guest allows it, and a guest that writes anything anywhere harms nobody. What only PCI has is not asked of
 * a NIC that is no PCI function; its configuration space has to be an empty slot's. */
#include "hvn-contract-fixture.h"
#include "hvn-counting-bus.h"

static const guint access_sizes[] = {1, 2, 4, 8};

static guint64
nic_bar_size(HvnNic *nic, guint bar)
{
    HvnNicRegion region;

    hvn_nic_get_region(nic, bar, &region);
    return region.size;
}

/* ---- registers ---- */

/* the stored values of every register of every BAR, in order */
static GArray *
nic_snapshot(HvnNic *nic)
{
    GArray *values = g_array_new(FALSE, FALSE, sizeof(guint32));

    for (guint bar = 0; bar < HVN_PCI_N_BARS; bar++) {
        HvnRegs *regs = nic_bar_size(nic, bar) > 0 ? hvn_nic_get_regs(nic, bar) : NULL;
        guint n_rows = 0;
        const HvnReg *rows = regs != NULL ? hvn_reg_table_get_rows(regs->table, &n_rows) : NULL;

        for (guint i = 0; i < n_rows; i++) {
            guint stride = rows[i].stride != 0 ? rows[i].stride : rows[i].width;

            for (guint j = 0; j < rows[i].count; j++) {
                guint32 value = hvn_regs_get(regs, rows[i].offset + j * stride);

                g_array_append_val(values, value);
            }
        }
    }
    return values;
}

/* where to strike: a register that there is, more often than anywhere in the BAR or just beyond it */
static guint64
nic_random_offset(HvnNic *nic, guint bar)
{
    guint64 bar_size = nic_bar_size(nic, bar);
    HvnRegs *regs = bar_size > 0 ? hvn_nic_get_regs(nic, bar) : NULL;
    guint n_rows;
    const HvnReg *row;

    if (regs == NULL || g_test_rand_int_range(0, 4) == 0)
        return (guint32)g_test_rand_int() % (bar_size > 0 ? bar_size + 16 : 64);
    row = hvn_reg_table_get_rows(regs->table, &n_rows);
    row += g_test_rand_int_range(0, (gint32)n_rows);
    return row->offset + (guint)g_test_rand_int_range(0, row->count) * (row->stride != 0 ? row->stride : row->width);
}

/* a guest that has lost its mind, for a number of steps: any register, any size, any value */
static void
nic_fuzz(HvnContractFixture *fixture, HvnNic *nic, guint n_steps)
{
    for (guint i = 0; i < n_steps; i++) {
        guint bar = (guint)g_test_rand_int_range(0, HVN_PCI_N_BARS);
        guint size = access_sizes[g_test_rand_int_range(0, G_N_ELEMENTS(access_sizes))];
        guint64 value = (guint32)g_test_rand_int();
        guint64 offset;

        if (nic_bar_size(nic, bar) == 0 && g_test_rand_int_range(0, 10) > 0)
            bar = 0;
        offset = nic_random_offset(nic, bar);
        if (g_test_rand_int_range(0, 8) == 0)
            offset += (guint)g_test_rand_int_range(0, 8);
        if (g_test_rand_int_range(0, 2) == 0)
            value &= 0x3ff; /* small numbers find rings, lengths and enable bits */
        if (g_test_rand_int_range(0, 3) == 0)
            hvn_nic_region_read(nic, bar, offset, size);
        else
            hvn_nic_region_write(nic, bar, offset, value | (value << 32), size);
        if (g_test_rand_int_range(0, 200) == 0) {
            g_autoptr(HvnLentFrames) frames = hvn_lent_frames_new(8, 0, 1514);

            hvn_lent_frames_send(frames, 0, 8, fixture->peer);
            hvn_contract_fixture_settle(fixture);
            g_ptr_array_set_size(fixture->taken, 0);
        }
    }
}

/* a slot without a function: all ones, whatever is written */
static void
nic_assert_no_config(HvnNic *nic)
{
    for (guint offset = 0; offset < HVN_PCI_CONFIG_SIZE; offset += 4) {
        hvn_nic_config_write(nic, offset, 0, 4);
        g_assert_cmphex(hvn_nic_config_read(nic, offset, 4), ==, G_MAXUINT32);
        g_assert_cmphex(hvn_nic_config_read(nic, offset, 1), ==, 0xff);
    }
}

static void
nic_silence(const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
    guint *n_messages = user_data;

    (*n_messages)++;
}

static void
test_fuzz(gconstpointer data)
{
    g_autoptr(HvnContractFixture) fixture = hvn_contract_fixture_new_for(data);
    HvnNic *nic = hvn_contract_fixture_get_nic(fixture);
    guint n_messages = 0;

    /* rule of hvn-log.h: a guest cannot fill the log, whatever it does; the clock stands at most a few seconds on */
    g_log_set_default_handler(nic_silence, &n_messages);
    nic_fuzz(fixture, nic, 30000);
    g_log_set_default_handler(g_log_default_handler, NULL);
    g_test_message("%u messages, %" G_GUINT64_FORMAT " mistakes counted", n_messages, hvn_nic_get_guest_errors(nic)->total);
    g_assert_cmpuint(n_messages, <=, 4 * HVN_GUEST_ERRORS_PER_WINDOW);
}

static void
test_reset(gconstpointer data)
{
    g_autoptr(HvnContractFixture) fixture = hvn_contract_fixture_new_for(data);
    HvnNic *nic = hvn_contract_fixture_get_nic(fixture);
    g_autoptr(GArray) fresh = NULL;
    guint n_messages = 0;

    hvn_nic_reset(nic, HVN_NIC_RESET_HARDWARE);
    fresh = nic_snapshot(nic);
    g_log_set_default_handler(nic_silence, &n_messages);
    for (guint round = 0; round < 5; round++) {
        g_autoptr(GArray) values = NULL;

        hvn_fake_bus_enable_nic(fixture->bus, nic);
        nic_fuzz(fixture, nic, 2000);
        hvn_nic_reset(nic, HVN_NIC_RESET_HARDWARE);
        values = nic_snapshot(nic);
        g_assert_cmpmem(values->data, values->len * sizeof(guint32), fresh->data, fresh->len * sizeof(guint32));
        g_assert_false(hvn_fake_bus_get_irq(fixture->bus));
    }
    g_log_set_default_handler(g_log_default_handler, NULL);
}

/* ---- outside the BARs ---- */

static void
test_beyond(gconstpointer data)
{
    g_autoptr(HvnContractFixture) fixture = hvn_contract_fixture_new_for(data);
    HvnNic *nic = hvn_contract_fixture_get_nic(fixture);

    for (guint bar = 0; bar < HVN_PCI_N_BARS + 2; bar++) {
        guint64 size = bar < HVN_PCI_N_BARS ? nic_bar_size(nic, bar) : 0;

        for (guint i = 0; i < G_N_ELEMENTS(access_sizes); i++) {
            guint64 ones = access_sizes[i] == 8 ? G_MAXUINT64 : (G_GUINT64_CONSTANT(1) << (8 * access_sizes[i])) - 1;
            guint64 offsets[] = {size, size + 1, size - access_sizes[i] + 1, G_MAXUINT64 - 8, G_MAXUINT64, G_GUINT64_CONSTANT(1) << 32};

            for (guint j = 0; j < G_N_ELEMENTS(offsets); j++) {
                if (size >= access_sizes[i] && offsets[j] <= size - access_sizes[i])
                    continue;
                g_assert_cmphex(hvn_nic_region_read(nic, bar, offsets[j], access_sizes[i]) & ones, ==, ones);
                hvn_nic_region_write(nic, bar, offsets[j], G_MAXUINT64, access_sizes[i]);
            }
        }
    }
    hvn_contract_fixture_settle(fixture);
    g_assert_cmpuint(fixture->taken->len, ==, 0);
}

/* a BAR that the command register does not enable is not there */
static void
test_disabled(gconstpointer data)
{
    g_autoptr(HvnContractFixture) fixture = hvn_contract_fixture_new_for(data);
    HvnNic *nic = hvn_contract_fixture_get_nic(fixture);
    g_autoptr(GArray) before = NULL;
    g_autoptr(GArray) after = NULL;

    if (!hvn_nic_is_pci(nic))
        return;
    hvn_nic_config_write(nic, 0x04, 0, 2);
    before = nic_snapshot(nic);
    for (guint bar = 0; bar < HVN_PCI_N_BARS; bar++) {
        for (guint64 offset = 0; offset < MIN(nic_bar_size(nic, bar), 0x10000); offset += 4) {
            hvn_nic_region_write(nic, bar, offset, G_MAXUINT32, 4);
            g_assert_cmphex(hvn_nic_region_read(nic, bar, offset, 4) & G_MAXUINT32, ==, G_MAXUINT32);
        }
    }
    after = nic_snapshot(nic);
    g_assert_cmpmem(before->data, before->len * sizeof(guint32), after->data, after->len * sizeof(guint32));
}

/* configuration space says the same in every size, and its identity cannot be written */
static void
test_config_space(gconstpointer data)
{
    g_autoptr(HvnContractFixture) fixture = hvn_contract_fixture_new_for(data);
    HvnNic *nic = hvn_contract_fixture_get_nic(fixture);
    guint32 identity = hvn_nic_config_read(nic, 0x00, 4);

    if (!hvn_nic_is_pci(nic)) {
        nic_assert_no_config(nic);
        return;
    }
    g_assert_cmphex(identity, !=, 0);
    g_assert_cmphex(identity, !=, G_MAXUINT32);
    g_assert_cmphex(hvn_nic_config_read(nic, 0x0a, 2), ==, 0x0200); /* Ethernet controller */
    for (guint offset = 0; offset < HVN_PCI_CONFIG_SIZE; offset += 4) {
        guint32 value = hvn_nic_config_read(nic, offset, 4);

        for (guint byte = 0; byte < 4; byte++)
            g_assert_cmphex(hvn_nic_config_read(nic, offset + byte, 1), ==, (value >> (8 * byte)) & 0xff);
        hvn_nic_config_write(nic, offset, G_MAXUINT32, 4);
        hvn_nic_config_write(nic, offset, (guint32)g_test_rand_int(), 4);
    }
    g_assert_cmphex(hvn_nic_config_read(nic, 0x00, 4), ==, identity);
    hvn_nic_reset(nic, HVN_NIC_RESET_HARDWARE);
    g_assert_cmphex(hvn_nic_config_read(nic, 0x04, 2), ==, 0);
}

/* ---- the bus ---- */

static void
test_attach_cycles(gconstpointer data)
{
    g_autoptr(HvnContractFixture) fixture = hvn_contract_fixture_new_for(data);
    HvnNic *nic = hvn_contract_fixture_get_nic(fixture);

    for (guint i = 0; i < 20; i++) {
        g_autoptr(HvnLentFrames) frames = hvn_lent_frames_new(HVN_BATCH_MAX, 0, 1514);
        g_autoptr(HvnFakeBus) bus = hvn_fake_bus_new(HVN_CONTRACT_RAM_SIZE);

        hvn_nic_detach(nic);
        hvn_nic_detach(nic);
        g_assert_cmpuint(hvn_lent_frames_send(frames, 0, HVN_BATCH_MAX, fixture->peer), ==, HVN_BATCH_MAX);
        hvn_contract_fixture_settle(fixture);

        hvn_nic_attach(nic, HVN_BUS(bus));
        hvn_fake_bus_enable_nic(bus, nic);
        if (fixture->model != NULL) {
            fixture->model->open(nic, bus);
            fixture->model->give(nic, bus, 20);
            fixture->model->queue(nic, bus, 20, 0);
        }
        hvn_lent_frames_send(frames, 0, 20, fixture->peer);
        if (i % 2 == 0)
            hvn_contract_fixture_settle(fixture); /* otherwise the NIC goes with its work still marked */
        hvn_nic_detach(nic);
        g_assert_false(hvn_fake_bus_get_irq(bus));
        g_assert_finalize_object(g_steal_pointer(&bus));
    }
    hvn_contract_fixture_settle(fixture);
}

static void
test_no_dma_before_mastering(gconstpointer data)
{
    g_autoptr(HvnContractFixture) fixture = hvn_contract_fixture_new_for(data);
    HvnNic *nic = hvn_contract_fixture_get_nic(fixture);
    g_autoptr(HvnCountingBus) bus = hvn_counting_bus_new(fixture->bus);
    g_autoptr(HvnLentFrames) frames = hvn_lent_frames_new(HVN_BATCH_MAX, 0, 1514);
    guint n_messages = 0;

    hvn_nic_detach(nic);
    hvn_nic_attach(nic, HVN_BUS(bus));
    hvn_fake_bus_enable_nic(fixture->bus, nic);
    hvn_nic_config_write(nic, 0x04, HVN_PCI_COMMAND_IO | HVN_PCI_COMMAND_MEMORY, 2);
    g_log_set_default_handler(nic_silence, &n_messages);
    /* without PCI the driver's set-up is what allows it, so there is none */
    if (fixture->model != NULL && hvn_nic_is_pci(nic)) {
        fixture->model->open(nic, fixture->bus);
        fixture->model->give(nic, fixture->bus, 20);
        fixture->model->queue(nic, fixture->bus, 20, 0);
    }
    hvn_lent_frames_send(frames, 0, HVN_BATCH_MAX, fixture->peer);
    hvn_contract_fixture_settle(fixture);
    if (hvn_nic_is_pci(nic))
        nic_fuzz(fixture, nic, 5000);
    hvn_contract_fixture_settle(fixture);
    g_log_set_default_handler(g_log_default_handler, NULL);
    g_assert_cmpuint(hvn_counting_bus_get_n_accesses(bus), ==, 0);
    if (fixture->model == NULL || !fixture->model->is_slave)
        g_assert_cmpuint(fixture->taken->len, ==, 0);
    hvn_nic_detach(nic);
}

/* with INTx disabled in the command register, the pin stays low whatever happens */
static void
test_intx_disabled(gconstpointer data)
{
    g_autoptr(HvnContractFixture) fixture = hvn_contract_fixture_new_for(data);
    HvnNic *nic = hvn_contract_fixture_get_nic(fixture);
    guint16 command = HVN_PCI_COMMAND_IO | HVN_PCI_COMMAND_MEMORY | HVN_PCI_COMMAND_MASTER | HVN_PCI_COMMAND_INTX_DISABLE;
    guint rises = hvn_fake_bus_get_irq_rises(fixture->bus);
    guint n_messages = 0;

    if (!hvn_nic_is_pci(nic))
        return;
    hvn_nic_config_write(nic, 0x04, command, 2);
    g_log_set_default_handler(nic_silence, &n_messages);
    nic_fuzz(fixture, nic, 5000);
    g_log_set_default_handler(g_log_default_handler, NULL);
    g_assert_false(hvn_fake_bus_get_irq(fixture->bus));
    g_assert_cmpuint(hvn_fake_bus_get_irq_rises(fixture->bus), ==, rises);
}

/* ---- properties ---- */

static void
test_identity(gconstpointer data)
{
    g_autoptr(HvnContractFixture) fixture = hvn_contract_fixture_new_for(data);
    const HvnContractCase *test_case = data;
    HvnNic *nic = hvn_contract_fixture_get_nic(fixture);
    HvnMac mac;
    char text[HVN_MAC_TEXT_LEN];

    hvn_nic_get_mac(nic, &mac);
    g_assert_cmpstr(hvn_mac_print(&mac, text), ==, "52:54:00:12:34:56");
    g_assert_cmpstr(hvn_port_get_name(fixture->port), ==, "contract");
    if (fixture->descriptor->variants->len > 0)
        g_assert_cmpstr(hvn_nic_get_variant(nic), ==, test_case->name);
}

const HvnContractTest hvn_contract_nic_tests[] = {
    {"nic", "/contract/nic/fuzz", "thirty thousand random accesses harm nobody and do not fill the log", test_fuzz},
    {"nic", "/contract/nic/reset-is-a-reset", "after a reset every register is as it was at first", test_reset},
    {"nic", "/contract/nic/beyond-the-bars", "accesses outside the BARs touch nothing", test_beyond},
    {"nic", "/contract/nic/disabled-bars", "a BAR that is not enabled is not there", test_disabled},
    {"nic", "/contract/nic/config-space", "configuration space is an Ethernet controller's, and its identity stays", test_config_space},
    {"nic", "/contract/nic/attach-cycles", "attached and detached any number of times, with work under way", test_attach_cycles},
    {"nic", "/contract/nic/no-dma-before-mastering", "guest memory is left alone until the guest allows it", test_no_dma_before_mastering},
    {"nic", "/contract/nic/intx-disabled", "the interrupt pin stays low while it is disabled", test_intx_disabled},
    {"nic", "/contract/nic/identity", "address, name and variant are what was asked for", test_identity},
    {NULL, NULL, NULL, NULL},
};
