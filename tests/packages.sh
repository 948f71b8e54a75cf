# SPDX-License-Identifier: LGPL-2.1-or-later
# What this project needs from Debian, and how to get it. Sourced by first-light.sh and run.sh; does nothing by itself.
# Asks dpkg first, so that a second run installs nothing and does not touch the network.
# shellcheck shell=bash

# to build, and to run the probe
BUILD_PACKAGES=(
    gcc libc6-dev meson ninja-build pkg-config python3
    libglib2.0-dev libxml2-dev libxml2-utils libslirp-dev liblwip-dev libjson-glib-dev libpcap-dev libvdeplug-dev
)

# to pass the tests: a second compiler with its sanitizers and libFuzzer, the servers and helpers that backends start, and introspection
TEST_PACKAGES=(
    "${BUILD_PACKAGES[@]}"
    clang llvm libclang-rt-14-dev samba iproute2 qemu-system-common vde-switch vdeplug libvdeplug-slirp passt
    gobject-introspection libgirepository1.0-dev python3-gi
)

# say TEXT...: a progress line, on standard error as all progress
say()
{
    printf '==> %s\n' "$*" >&2
}

# missing_packages PACKAGE...: prints those that are not installed
missing_packages()
{
    local package
    for package in "$@"; do
        if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
            printf '%s\n' "$package"
        fi
    done
}

# need_packages PACKAGE...: installs what is missing
need_packages()
{
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "this is no Debian system; please see to it that these, or what they are called here, are installed: $*"
        return 0
    fi

    local missing=() as_root=()
    mapfile -t missing < <(missing_packages "$@")
    if [ "${#missing[@]}" -eq 0 ]; then
        return 0
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            say "these packages are missing, and neither root nor sudo is at hand to install them: ${missing[*]}"
            return 1
        fi
        as_root=(sudo)
    fi

    say "installing ${#missing[@]} packages: ${missing[*]}"
    # the lists of a fresh system are empty, those of an old one name versions that are gone
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 update >&2 ||
        say "the package lists could not be brought up to date; trying with those at hand"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 \
        install --no-install-recommends "${missing[@]}" >&2
}

# configure DIRECTORY ARGUMENT...: meson setup, once; a directory that is set up already is left as it is
configure()
{
    local directory=$1
    shift
    if [ ! -f "$directory/build.ninja" ]; then
        say "configuring $directory"
        meson setup "$directory" "$@" >&2
    fi
}
