/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of the plugins that are here; hvn-contract-row.h says what a row is. */
#pragma once

#include "hvn-contract-row.h"

G_BEGIN_DECLS

/* (transfer none) (nullable): the row of a plugin */
const HvnContractModel *
hvn_contract_model_find(const char *kind, const char *name);

extern const HvnContractModel hvn_contract_bridge;
extern const HvnContractModel hvn_contract_dgram;
extern const HvnContractModel hvn_contract_e1000;
extern const HvnContractModel hvn_contract_ne2k;
extern const HvnContractModel hvn_contract_i82559c;
extern const HvnContractModel hvn_contract_hubport;
extern const HvnContractModel hvn_contract_rtl8139;
extern const HvnContractModel hvn_contract_null;
extern const HvnContractModel hvn_contract_pcap;
extern const HvnContractModel hvn_contract_pcnet;
extern const HvnContractModel hvn_contract_socket;
extern const HvnContractModel hvn_contract_stream;
extern const HvnContractModel hvn_contract_switch;
extern const HvnContractModel hvn_contract_tap;
extern const HvnContractModel hvn_contract_tulip;
extern const HvnContractModel hvn_contract_user;
extern const HvnContractModel hvn_contract_l2tpv3;
extern const HvnContractModel hvn_contract_passt;
extern const HvnContractModel hvn_contract_vde;
extern const HvnContractModel hvn_contract_virtio_net;

G_END_DECLS
