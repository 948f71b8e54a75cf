# SPDX-License-Identifier: LGPL-2.1-or-later
# QEMU 7.2, as Debian 12 has it: vhost-user only.
# shellcheck shell=bash disable=SC2034,SC2154
version=2

make()
{
    local tree=$scratch/qemu-7.2-tree
    use_suites bookworm
    unpack "$tree" qemu-system-x86
    qemu_files "$tree"
}
