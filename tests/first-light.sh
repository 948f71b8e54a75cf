#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# From a fresh clone to real traffic: installs what the build needs (Debian), builds into build/, and runs the probe guest on an
# example, or on what is given:
#
#   tests/first-light.sh [FILE | QEMU options]
#
# A second run installs nothing and builds nothing that is built.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/packages.sh
. tests/packages.sh

need_packages "${BUILD_PACKAGES[@]}"
configure build
say "building (build/)"
ninja -C build >&2

if [ $# -eq 0 ]; then
    set -- doc/examples/user.xml
fi
ln -sfn core/app/command/hvnet build/hvnet
say "build/hvnet probe $*"
exec build/hvnet probe "$@"
