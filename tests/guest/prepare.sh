#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Gets what the tests with real guests need and keeps it between runs: QEMU of Debian 13's backports (vfio-user came with QEMU 10.1),
# a Debian kernel, and an initrd with busybox, iproute2, iperf3, ethtool and the network drivers as modules.
#
#   tests/guest/prepare.sh
#
# Needs no root: apt downloads into a directory of its own and the packages are only unpacked. QEMU then runs through the loader of
# its own tree, outside of any chroot. Everything goes to ${HVNET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hvnet}; a second run finds
# it there and ends at once. A run that is interrupted leaves nothing that the next one would take for complete.
set -euo pipefail

version=1 # of what is made here: raise it when that changes
cache=${HVNET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hvnet}
final=$cache/guest-$version
work=$cache/guest-work # a name of its own length: the trees know no paths, so it can be renamed when it is complete

# the drivers that a guest may load, and what tests want besides; what these need comes along
modules=(e1000 e1000e igb 8139too 8139cp e100 pcnet32 ne2k-pci tulip vmxnet3 virtio_net virtio_pci virtio_mmio 8021q af_packet pktgen)

say()
{
    printf '==> %s\n' "$*" >&2
}

fail()
{
    say "$*"
    exit 1
}

# mirror: the address that this system gets its own packages from, whatever the format of its sources is
mirror()
{
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        awk -v codename="$1" '$1 == codename && $2 == "main" { print $3; exit }'
}

# apt_setup DIRECTORY SUITE...: an apt of its own, that knows nothing to be installed; only the way to the network is the system's
apt_setup()
{
    local root=$1 suite
    shift
    mkdir -p "$root"/{state/lists/partial,cache/archives/partial,none}
    : >"$root/status"
    for suite in "$@"; do
        printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$uri" "$suite"
    done >"$root/sources.list"
    {
        apt-config dump Acquire
        cat <<CONFIG
Dir::State "$root/state";
Dir::State::status "$root/status";
Dir::Cache "$root/cache";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Etc::main "$root/none/main";
Dir::Etc::parts "$root/none";
Dir::Etc::sourcelist "$root/sources.list";
Dir::Etc::sourceparts "$root/none";
Dir::Etc::preferences "$root/none/preferences";
Dir::Etc::preferencesparts "$root/none";
APT::Sandbox::User "$(id -un)";
APT::Install-Recommends "false";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
Acquire::Languages "none";
Acquire::Retries "3";
CONFIG
    } >"$root/apt.conf"
    APT_CONFIG=$root/apt.conf apt-get -q update >&2
}

# unpack DIRECTORY PACKAGE-FILE...
unpack()
{
    local directory=$1 package
    shift
    mkdir -p "$directory"/usr/{bin,sbin,lib,lib64}
    for package in bin sbin lib lib64; do
        ln -sfn "usr/$package" "$directory/$package"
    done
    for package in "$@"; do
        dpkg-deb --fsys-tarfile "$package" | tar -C "$directory" -xf - --keep-directory-symlink --no-same-owner
    done
}

# apt_unpack DIRECTORY APT TREE PACKAGE...: the packages and all that they depend on
apt_unpack()
{
    local root=$1 tree=$2
    shift 2
    APT_CONFIG=$root/apt.conf apt-get -q -y -o Dpkg::Use-Pty=0 install --download-only "$@" >&2
    unpack "$tree" "$root"/cache/archives/*.deb
    rm -f "$root"/cache/archives/*.deb
}

# wrap NAME PROGRAM: bin/NAME runs the program with the libraries of its own tree, which may be newer or older than the system's
wrap()
{
    mkdir -p "$work/bin"
    cat >"$work/bin/$1" <<WRAPPER
#!/bin/sh
top=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")
$2
WRAPPER
    chmod +x "$work/bin/$1"
}

get_qemu()
{
    local tree=$work/qemu
    say "downloading QEMU of trixie-backports"
    apt_setup "$work/apt-qemu" trixie trixie-backports
    apt_unpack "$work/apt-qemu" "$tree" -t trixie-backports qemu-system-x86
    rm -rf "$tree/usr/share/doc" "$tree/usr/share/man" "$tree/usr/share/locale"
    # shellcheck disable=SC2016
    wrap qemu-system-x86_64 'tree=$top/qemu
libraries=$tree/usr/lib/x86_64-linux-gnu
export QEMU_MODULE_DIR="$libraries/qemu"
exec "$tree/usr/lib64/ld-linux-x86-64.so.2" --library-path "$libraries" "$tree/usr/bin/qemu-system-x86_64" \
    -L "$tree/usr/share/qemu" -L "$tree/usr/share/seabios" "$@"'
    "$work/bin/qemu-system-x86_64" --version >"$work/qemu-version" || fail "QEMU cannot be run"
    say "$(head -n 1 "$work/qemu-version")"
}

get_kernel()
{
    local package
    say "downloading the kernel of $codename"
    package=$(APT_CONFIG=$work/apt-guest/apt.conf apt-cache depends linux-image-amd64 | awk '$1 == "Depends:" { print $2; exit }')
    [ -n "$package" ] || fail "linux-image-amd64 of $codename names no kernel"
    (cd "$work" && APT_CONFIG=$work/apt-guest/apt.conf apt-get -q download "$package" >&2)
    unpack "$work/kernel" "$work/$package"_*.deb
    release=$(basename "$work"/kernel/usr/lib/modules/*)
    cp "$work/kernel/boot/vmlinuz-$release" "$work/vmlinuz"
    printf '%s\n' "$release" >"$work/kernel-release"
}

# copy_program FILE: with the libraries that it needs, into the initrd
copy_program()
{
    local tools=$work/tools library
    install -D "$tools$1" "$work/initrd$1"
    "$tools/lib64/ld-linux-x86-64.so.2" --library-path "$tools/usr/lib/x86_64-linux-gnu" --list "$tools$1" |
        awk '$2 == "=>" { print $3 }' |
        while read -r library; do
            install -D -m 644 "$library" "$work/initrd/lib/x86_64-linux-gnu/$(basename "$library")"
        done
    install -D "$tools/lib64/ld-linux-x86-64.so.2" "$work/initrd/lib64/ld-linux-x86-64.so.2"
}

# copy_module NAME: with the modules that it depends on, and its line in modules.dep; one that the kernel has built in is no file
copy_module()
{
    local to=$work/initrd/lib/modules/$release file name needs module
    file=$(find "$work/kernel/usr/lib/modules/$release" -name "${1//[-_]/[-_]}.ko" -print -quit)
    if [ -z "$file" ]; then
        return 0
    fi
    name=$(basename "$file")
    if [ -e "$to/$name" ]; then
        return 0
    fi
    install -D -m 644 "$file" "$to/$name"
    needs=
    for module in $(tr '\0' '\n' <"$file" | sed -n 's/^depends=//p' | tr ',' ' '); do
        copy_module "$module"
        needs+=" $(sed -n "s/^\(${module//[-_]/[-_]}\.ko\):/\1/p" "$to/modules.dep")"
    done
    printf '%s:%s\n' "$name" "$needs" >>"$to/modules.dep"
}

make_initrd()
{
    local wanted
    say "making the initrd"
    mkdir -p "$work"/initrd/{bin,dev,etc,proc,root,sys,tmp,lib/modules}
    apt_unpack "$work/apt-guest" "$work/tools" busybox-static iperf3 ethtool iproute2
    install "$work/tools/bin/busybox" "$work/initrd/bin/busybox"
    copy_program /usr/bin/iperf3
    copy_program /usr/sbin/ethtool
    copy_program /bin/ip
    for wanted in "${modules[@]}"; do
        copy_module "$wanted"
    done
    # the other end of a measurement is the same program on the host
    mkdir -p "$work/iperf3"
    cp -r "$work/initrd/lib/x86_64-linux-gnu" "$work/iperf3/lib"
    cp "$work/initrd/usr/bin/iperf3" "$work/iperf3/iperf3"
    cp "$work/initrd/lib64/ld-linux-x86-64.so.2" "$work/iperf3/lib/"
    # shellcheck disable=SC2016
    wrap iperf3 'exec "$top/iperf3/lib/ld-linux-x86-64.so.2" --library-path "$top/iperf3/lib" "$top/iperf3/iperf3" "$@"'

    # the init itself is the tests' own, and goes with each boot
    (cd "$work/initrd" && find . -mindepth 1 -printf '%P\n' | LC_ALL=C sort | "$work/initrd/bin/busybox" cpio -o -H newc -R 0:0 2>/dev/null |
        gzip -9) >"$work/initrd.gz"
}

clean()
{
    rm -rf "$work"
}

if [ -e "$final/complete" ]; then
    exit 0
fi
for program in apt-get apt-config apt-cache dpkg-deb; do
    command -v "$program" >/dev/null || fail "the guests come from Debian packages, and there is no $program here"
done
# shellcheck disable=SC1091
codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e "$keyring" ] || fail "the guests come from Debian packages, and there is no $keyring here (package debian-archive-keyring)"
uri=$(mirror "$codename")
[ -n "$uri" ] || fail "apt has no 'main' of $codename among its sources, to take the guests' packages from"

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
if [ -e "$final/complete" ]; then
    exit 0 # somebody else made it meanwhile
fi
started=$(date +%s)
clean
trap clean EXIT
trap 'exit 130' INT TERM
mkdir -p "$work"
get_qemu
apt_setup "$work/apt-guest" "$codename"
get_kernel
make_initrd
rm -rf "$work"/apt-* "$work/kernel" "$work/tools" "$work/initrd" "$work"/*.deb
touch "$work/complete"
rm -rf "$cache"/guest-[0-9]*
mv -T "$work" "$final"
say "the guests are ready in $final: $(du -sh "$final" | cut -f1), $(($(date +%s) - started)) seconds"
