# SPDX-License-Identifier: LGPL-2.1-or-later
# User-mode Linux of Debian 12: programs/linux.uml needs nothing but a C library, and starts itself anew by its own name, so it is run
# as it is. modules.gz goes behind the initrd of the part "guest".
# shellcheck shell=bash disable=SC2034,SC2154
version=1

make()
{
    local tree=$scratch/uml-tree initrd=$scratch/uml-initrd from release module
    use_suites bookworm
    unpack_only "$tree" user-mode-linux
    mkdir -p "$work/bin"
    cp "$tree/usr/bin/linux.uml" "$work/bin/"
    tools
    release=$(basename "$tree"/usr/lib/uml/modules/*)
    from=$tree/usr/lib/uml/modules/$release
    for module in virtio_net 8021q af_packet; do
        copy_module "$from" "$initrd/lib/modules/$release" "$module"
    done
    archive "$initrd" "$work/modules.gz"
    printf '%s\n' "$release" >"$work/kernel-release"
}
