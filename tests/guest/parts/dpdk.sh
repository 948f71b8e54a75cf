# SPDX-License-Identifier: LGPL-2.1-or-later
# DPDK's testpmd, with the drivers that need no hardware.
# shellcheck shell=bash disable=SC2034,SC2154
version=1

drivers=(bus_vdev mempool_ring net_virtio net_vhost net_null net_ring net_pcap net_af_packet net_tap net_memif)

make()
{
    local tree=$scratch/dpdk-tree directory=/usr/lib/x86_64-linux-gnu driver name preload=
    use_suites bookworm
    unpack "$tree" dpdk-dev
    take "$tree" /usr/bin/dpdk-testpmd
    for driver in "${drivers[@]}"; do
        name=$(basename "$tree$directory/librte_$driver".so.*)
        take "$tree" "$directory/$name"
        preload+=:\$top/lib/$name
    done
    # loaded by the loader: DPDK itself takes drivers only from folders that it trusts
    wrap dpdk-testpmd "--preload \"${preload#:}\""
}
