# SPDX-License-Identifier: LGPL-2.1-or-later
# iPXE: the ROMs for QEMU's NICs, and itself as a file to be booted.
# shellcheck shell=bash disable=SC2034,SC2154
version=1

make()
{
    local tree=$scratch/ipxe-tree
    use_suites bookworm
    unpack_only "$tree" ipxe ipxe-qemu
    cp "$tree"/usr/lib/ipxe/qemu/*.rom "$tree/boot/ipxe.lkrn" "$tree/usr/lib/ipxe/undionly.kpxe" "$work/"
}
