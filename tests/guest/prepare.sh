#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Gets what the tests with real guests and real peers need, from Debian's packages, and keeps it between runs.
#
#   tests/guest/prepare.sh [PART...]      all parts, or those named
#
# A part is a file in parts/: its `version`, and a function `make` that fills $work. It is kept as PART-VERSION in
# ${HVNET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hvnet}; to have it made again, raise its version. Needs no root: apt downloads into
# a directory of its own and the packages are only unpacked. What they hold runs through the loader of its own tree, outside of any
# chroot. A part that is complete costs a later run nothing; an interrupted run leaves nothing that the next one would take for
# complete; of two runs at once the second waits. Other versions of a part, which another checkout may use, go a week after their last use.
set -euo pipefail

top=$(cd "$(dirname "$0")" && pwd)
cache=${HVNET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hvnet}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
scratch=$cache/making # apts and trees on the way, in the hands of who has the lock

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
    local codename
    # shellcheck disable=SC1091
    codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        awk -v codename="$codename" '$1 == codename && $2 == "main" { print $3; exit }'
}

# check_system: says what is missing to get Debian's packages
check_system()
{
    local program
    for program in apt-get apt-config apt-cache dpkg-deb flock; do
        command -v "$program" >/dev/null || fail "the guests come from Debian packages, and there is no $program here"
    done
    [ -e "$keyring" ] || fail "the guests come from Debian packages, and there is no $keyring here (package debian-archive-keyring)"
    uri=$(mirror)
    [ -n "$uri" ] || fail "apt has no 'main' of this system among its sources, to take the guests' packages from"
}

# use_suites SUITE...: `packages` and `names` work with these from here on. An apt of its own, that knows nothing to be installed; only
# the way to the network is the system's
use_suites()
{
    local root suite
    root=$scratch/apt-$(printf '%s-' "$@")
    export APT_CONFIG=$root/apt.conf
    if [ -e "$root/ready" ]; then
        return 0
    fi
    mkdir -p "$root"/{state/lists/partial,cache/archives/partial,none}
    : >"$root/status"
    for suite in "$@"; do
        printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$uri" "$suite"
    done >"$root/sources.list"
    {
        env -u APT_CONFIG apt-config dump Acquire
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
    } >"$APT_CONFIG"
    apt-get -q update >&2
    touch "$root/ready"
}

# unpack_files TREE FILE...
unpack_files()
{
    local tree=$1 file
    shift
    mkdir -p "$tree"/usr/{bin,sbin,lib,lib64}
    for file in bin sbin lib lib64; do
        ln -sfn "usr/$file" "$tree/$file"
    done
    for file in "$@"; do
        dpkg-deb --fsys-tarfile "$file" | tar -C "$tree" -xf - --keep-directory-symlink --no-same-owner
    done
}

# unpack_only TREE PACKAGE...: these packages alone
unpack_only()
{
    local tree=$1 archives=$scratch/archives
    shift
    mkdir -p "$archives"
    (cd "$archives" && apt-get -q download "$@" >&2)
    unpack_files "$tree" "$archives"/*.deb
    rm -rf "$archives"
}

# unpack TREE [-t SUITE] PACKAGE...: the packages and all that they depend on, but what is only there to compile with
unpack()
{
    local tree=$1 archives
    archives=$(dirname "$APT_CONFIG")/cache/archives
    shift
    apt-get -q -y -o Dpkg::Use-Pty=0 install --download-only "$@" >&2
    rm -f "$archives"/lib*-dev_*.deb
    unpack_files "$tree" "$archives"/*.deb
    rm -f "$archives"/*.deb
}

# libraries TREE FILE: those of the tree that a program or library of it needs, a path a line
libraries()
{
    "$1/lib64/ld-linux-x86-64.so.2" --library-path "$1/usr/lib/x86_64-linux-gnu" --list "$2" | awk '$2 == "=>" { print $3 }'
}

# take TREE FILE...: programs of an unpacked tree into $work/programs, and plugins and all libraries into $work/lib
take()
{
    local tree=$1 file library
    shift
    mkdir -p "$work/programs" "$work/lib"
    cp "$tree/lib64/ld-linux-x86-64.so.2" "$work/lib/"
    for file in "$@"; do
        case $file in
            *.so*) cp "$tree$file" "$work/lib/" ;;
            *) cp "$tree$file" "$work/programs/" ;;
        esac
        libraries "$tree" "$tree$file" | while read -r library; do
            cp -n "$library" "$work/lib/"
        done
    done
}

# wrap NAME [LOADER-OPTIONS [ARGUMENTS [COMMAND]]]: bin/NAME runs the program that `take` took, through its own loader; the arguments come
# before those that it is called with, the command is run first. $top is the part in all of them
wrap()
{
    mkdir -p "$work/bin"
    cat >"$work/bin/$1" <<WRAPPER
#!/bin/sh
top=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")
${4:-:}
exec "\$top/lib/ld-linux-x86-64.so.2" --library-path "\$top/lib" ${2:-} "\$top/programs/$1" ${3:-} "\$@"
WRAPPER
    chmod +x "$work/bin/$1"
}

# qemu_files TREE: the emulator of the tree, with the firmware and the ROMs that it asks for, and its translator where that is a module
qemu_files()
{
    local file
    take "$1" /usr/bin/qemu-system-x86_64
    mkdir -p "$work/share"
    cp -r "$1/usr/share/qemu/keymaps" "$work/share/"
    for file in "$1"/usr/share/{qemu,seabios}/{*bios*,*boot*_dma,linuxboot,multiboot,kvmvapic,pvh}.bin "$1"/usr/{lib/ipxe/qemu,share/qemu}/*.rom; do
        if [ -f "$file" ]; then # many are links to where the other package has them, or the pattern itself
            cp -L "$file" "$work/share/"
        fi
    done
    mkdir -p "$work/modules"
    file=$1/usr/lib/x86_64-linux-gnu/qemu/accel-tcg-x86_64.so
    if [ -f "$file" ]; then
        cp "$file" "$work/modules/"
    fi
    # shellcheck disable=SC2016
    wrap qemu-system-x86_64 '' '-L "$top/share"' 'export QEMU_MODULE_DIR="$top/modules"'
    "$work/bin/qemu-system-x86_64" --version | head -n 1 >"$work/qemu-version"
    say "$(cat "$work/qemu-version")"
}

# archive FROM TO: a directory as a compressed "newc" archive, as a kernel unpacks it
archive()
{
    (cd "$1" && find . -mindepth 1 -printf '%P\n' | LC_ALL=C sort | cpio_program -o -H newc -R 0:0 2>/dev/null) | gzip -9 >"$2"
}

# cpio_program: busybox has one, and needs nothing else
cpio_program()
{
    "$scratch/tools/bin/busybox" cpio "$@"
}

# module_file MODULES NAME: where in a tree of modules it is; nothing when the kernel has it built in
module_file()
{
    find "$1" -name "${2//[-_]/[-_]}.ko" -print -quit
}

# copy_module MODULES TO NAME: with the modules that it depends on, and its line in modules.dep
copy_module()
{
    local from=$1 to=$2 file name needs='' module
    file=$(module_file "$from" "$3")
    name=$(basename "$file")
    if [ -z "$file" ] || [ -e "$to/$name" ]; then
        return 0
    fi
    install -D -m 644 "$file" "$to/$name"
    for module in $(tr '\0' '\n' <"$file" | sed -n 's/^depends=//p' | tr ',' ' '); do
        copy_module "$from" "$to" "$module"
        needs+=" $(sed -n "s/^\(${module//[-_]/[-_]}\.ko\):/\1/p" "$to/modules.dep")" # what that one needs, too
    done
    printf '%s:%s\n' "$name" "$needs" >>"$to/modules.dep"
}

# tools: what goes into initrds, unpacked in $scratch/tools
tools()
{
    if [ ! -e "$scratch/tools" ]; then
        use_suites bookworm
        unpack "$scratch/tools" busybox-static iperf3 ethtool iproute2
    fi
}

# version_of PART
version_of()
{
    sed -n 's/^version=\([0-9]*\).*/\1/p' "$top/parts/$1.sh"
}

# complete PART: whether it is there; says to other runs that it is in use
complete()
{
    local mark
    mark=$cache/$1-$(version_of "$1")/complete
    [ -e "$mark" ] && touch "$mark"
}

# make_part PART
make_part()
(
    started=$(date +%s)
    final=$cache/$1-$(version_of "$1")
    work=$scratch/$1
    mkdir -p "$work"
    say "making $1"
    # shellcheck disable=SC1090
    . "$top/parts/$1.sh"
    make
    touch "$work/complete"
    rm -rf "$final"
    mv -T "$work" "$final"
    say "$1 is ready in $final: $(du -sh "$final" | cut -f1), $(($(date +%s) - started)) seconds"
)

# remove_old: versions that nobody has asked for in a week
remove_old()
{
    find "$cache" -mindepth 2 -maxdepth 2 -name complete -mtime +7 -printf '%h\n' | while read -r old; do
        rm -rf "$old"
    done
}

case $cache in
    *[[:space:]\"]*) fail "apt cannot work in '$cache': set HVNET_CACHE to a directory without spaces or quotes in its name" ;;
esac
cd "$top/parts"
parts=("$@")
[ $# -gt 0 ] || parts=(*.sh)
missing=()
for part in "${parts[@]%.sh}"; do
    [ -e "$part.sh" ] || fail "there is no part '$part'; there are: $(printf '%s ' * | sed 's/\.sh//g')"
    complete "$part" || missing+=("$part")
done
[ ${#missing[@]} -gt 0 ] || exit 0

check_system
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
rm -rf "$scratch"
for part in "${missing[@]}"; do
    if ! complete "$part"; then # somebody else may have made it meanwhile
        make_part "$part"
    fi
done
remove_old
