# SPDX-License-Identifier: LGPL-2.1-or-later
# What a guest boots: the kernel of Debian 12, and an initrd with busybox, iproute2, iperf3, ethtool and the network drivers as modules.
# The other end of a measurement, iperf3 on the host, is the same program.
# shellcheck shell=bash disable=SC2034,SC2154
version=2

# the drivers that a guest may load, and what tests want besides; what these need comes along
modules=(e1000 e1000e igb 8139too 8139cp e100 pcnet32 ne2k-pci tulip vmxnet3 virtio_net virtio_pci virtio_mmio 8021q af_packet pktgen)

# add_program FILE: with the libraries that it needs, into the initrd
add_program()
{
    local tree=$scratch/tools library
    install -D "$tree$1" "$initrd$1"
    libraries "$tree" "$tree$1" | while read -r library; do
        install -D -m 644 "$library" "$initrd/lib/x86_64-linux-gnu/$(basename "$library")"
    done
}

make()
{
    local initrd=$scratch/initrd tree=$scratch/kernel package release module
    use_suites bookworm
    package=$(apt-cache depends linux-image-amd64 | awk '$1 == "Depends:" { print $2; exit }')
    [ -n "$package" ] || fail "linux-image-amd64 names no kernel"
    unpack_only "$tree" "$package"
    release=$(basename "$tree"/usr/lib/modules/*)
    cp "$tree/boot/vmlinuz-$release" "$work/vmlinuz"
    printf '%s\n' "$release" >"$work/kernel-release"

    tools
    mkdir -p "$initrd"/{bin,dev,etc,proc,root,sys,tmp}
    install "$scratch/tools/bin/busybox" "$initrd/bin/busybox"
    install -D "$scratch/tools/lib64/ld-linux-x86-64.so.2" "$initrd/lib64/ld-linux-x86-64.so.2"
    add_program /usr/bin/iperf3
    add_program /usr/sbin/ethtool
    add_program /bin/ip
    for module in "${modules[@]}"; do
        copy_module "$tree/usr/lib/modules/$release" "$initrd/lib/modules/$release" "$module"
    done
    archive "$initrd" "$work/initrd.gz" # the init itself is the tests' own, and goes with each boot

    take "$scratch/tools" /usr/bin/iperf3
    wrap iperf3
}
