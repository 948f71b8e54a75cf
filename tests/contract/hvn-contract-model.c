/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of plugins that the contract tests can bring to life; see hvn-contract-model.h. */
#include "hvn-contract-model.h"

static const HvnContractModel *const hvn_contract_models[] = {
    &hvn_contract_bridge,
    &hvn_contract_dgram,
    &hvn_contract_e1000,
    &hvn_contract_ne2k,
    &hvn_contract_i82559c,
    &hvn_contract_hubport,
    &hvn_contract_rtl8139,
    &hvn_contract_null,
    &hvn_contract_pcap,
    &hvn_contract_pcnet,
    &hvn_contract_socket,
    &hvn_contract_stream,
    &hvn_contract_switch,
    &hvn_contract_tap,
    &hvn_contract_tulip,
    &hvn_contract_user,
    &hvn_contract_l2tpv3,
    &hvn_contract_passt,
    &hvn_contract_vde,
    &hvn_contract_virtio_net,
};

const HvnContractModel *
hvn_contract_model_find(const char *kind, const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(hvn_contract_models); i++) {
        const HvnContractModel *model = hvn_contract_models[i];

        if (g_str_equal(model->kind, kind) && (g_str_equal(model->name, name) || g_strcmp0(model->other_name, name) == 0))
            return model;
    }
    return NULL;
}
