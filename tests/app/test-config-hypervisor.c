/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/app/hvn-config-hypervisor.c: the table of options, and what of them a domain file says. */
#include <string.h>

#include "hvn-config-hypervisor.h"
#include "hvn-config-test.h"

#include "hvn-config.h"
#include "hvn-error.h"

static void
test_table(void)
{
    guint n = 0;

    for (const HvnOption *option; (option = hvn_config_hypervisor_get_nth(n)) != NULL; n++)
        g_assert_true(hvn_config_hypervisor_find(option->name) == option);
    g_assert_cmpuint(n, >=, 4);
    g_assert_null(hvn_config_hypervisor_find("mac"));
}

static void
test_domain_file(void)
{
    static const char text[] = "<domain type='qemu'><name>x</name><devices>"
                               "<interface type='user'><model type='e1000'/><boot order='2'/><rom file='/a.rom' bar='off'/>"
                               "<address type='pci' slot='0x03'/></interface>"
                               "<interface type='user'><model type='e1000'/><boot/><rom enabled='no'/></interface>"
                               "</devices></domain>";
    static const char wrong[] = "<domain type='qemu'><name>x</name><devices>\n"
                                "<interface type='user'><boot order='first'/></interface></devices></domain>";
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    g_autoptr(GError) error = NULL;
    g_autoptr(HvnConfig) config = hvn_config_load_xml_memory(text, strlen(text), "x.xml", registry, &error);
    const HvnOptions *options;

    g_assert_no_error(error);
    options = ((HvnInterfaceConfig *)g_ptr_array_index(config->interfaces, 0))->hypervisor_options;
    g_assert_cmpuint(hvn_options_get_length(options), ==, 3);
    g_assert_cmpstr(hvn_options_find(options, "bootindex")->text, ==, "2");
    g_assert_cmpstr(hvn_options_find(options, "romfile")->text, ==, "/a.rom");
    g_assert_cmpstr(hvn_options_find(options, "rombar")->text, ==, "0");
    options = ((HvnInterfaceConfig *)g_ptr_array_index(config->interfaces, 1))->hypervisor_options;
    g_assert_cmpuint(hvn_options_get_length(options), ==, 1);
    g_assert_cmpstr(hvn_options_find(options, "romfile")->text, ==, "");
    g_assert_null(hvn_config_load_xml_memory(wrong, strlen(wrong), "x.xml", registry, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_nonnull(strstr(error->message, "x.xml:2: option 'bootindex': invalid value 'first'"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/config-hypervisor/table", test_table);
    g_test_add_func("/app/config-hypervisor/domain-file", test_domain_file);
    return g_test_run();
}
