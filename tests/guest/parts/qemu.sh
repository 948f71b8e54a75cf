# SPDX-License-Identifier: LGPL-2.1-or-later
# QEMU 11 of Debian 13's backports: vfio-user came with QEMU 10.1.
# shellcheck shell=bash disable=SC2034,SC2154
version=2

make()
{
    local tree=$scratch/qemu-tree
    use_suites trixie trixie-backports
    unpack "$tree" -t trixie-backports qemu-system-x86
    qemu_files "$tree"
}
