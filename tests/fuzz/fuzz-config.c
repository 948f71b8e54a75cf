/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the reader of domain files: whatever the bytes are, it gives a configuration or one error of one line, and leaks
 * nothing. The plugins are those of HVNET_PLUGIN_PATH, of which only the descriptors are read. Good seeds: tests/data/xml. */
#include <stdint.h>
#include <string.h>

#include "hvn-config.h"
#include "hvn-error.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* a warning about a MAC address is fine, and millions of them are not read */
static void
fuzz_config_discard_log(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static HvnRegistry *registry; /* read once: it does not change */
    g_autoptr(HvnConfig) config = NULL;
    g_autoptr(GError) error = NULL;

    if (registry == NULL) {
        registry = hvn_registry_new(NULL);
        g_log_set_default_handler(fuzz_config_discard_log, NULL);
    }
    config = hvn_config_load_xml_memory((const char *)data, size, "fuzz.xml", registry, &error);
    g_assert_true((config == NULL) == (error != NULL));
    if (error != NULL)
        g_assert_true(error->domain == HVN_ERROR && strchr(error->message, '\n') == NULL &&
                      g_utf8_validate(error->message, -1, NULL));
    return 0;
}
