#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Passes all tests: installs what they need (Debian), builds with gcc and with clang under AddressSanitizer and
# UndefinedBehaviorSanitizer, runs every suite with both (real guests with gcc's alone), fuzzes for a short while, and tries an installation. Progress goes to standard
# error; the last line counts test cases: "N passed, N failed, N skipped". Exit status 1 when one failed.
#
#   tests/run.sh
#
# Builds into build-check/, so that a second run compiles only what changed. FUZZ_SECONDS sets the time of each fuzz target (10).
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/packages.sh
. tests/packages.sh

top=build-check
log=$top/log
passed=0 failed=0 skipped=0
trap 'exit 130' INT TERM

# count PASSED FAILED SKIPPED
count()
{
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

# one NAME COMMAND...: a single test case; what it prints is shown when it fails
one()
{
    local name=$1
    shift
    if "$@" >"$log" 2>&1; then
        say "ok: $name"
        count 1 0 0
        return 0
    fi
    tail -n 60 "$log" >&2
    say "FAILED: $name"
    count 0 1 0
    return 1
}

# suites DIRECTORY "TEST ARGUMENTS" ARGUMENT...: builds all, runs the suites, and adds up the cases
suites()
{
    local directory=$1 arguments=$2 numbers
    shift 2
    one "$directory: configure" configure "$directory" -Dwerror=true "$@" || return 1
    say "building $directory"
    one "$directory: build without a warning" ninja -C "$directory" || return 1
    say "testing $directory"
    rm -f "$directory/meson-logs/testlog.json"
    # shellcheck disable=SC2086
    meson test -C "$directory" --no-rebuild --print-errorlogs $arguments >&2
    if numbers=$(python3 tests/count-results.py "$directory/meson-logs/testlog.json"); then
        say "$directory: passed, failed, skipped: $numbers"
        # shellcheck disable=SC2086
        count $numbers
    else
        say "FAILED: $directory: the suites left no results"
        count 0 1 0
    fi
}

# targets_of DIRECTORY TYPE PREFIX: files of the targets of that type whose names begin so
targets_of()
{
    meson introspect --targets "$1" | python3 -c '
import json, os, sys
directory, kind, prefix = sys.argv[1:]
for target in json.load(sys.stdin):
    if target["type"] == kind and target["name"].startswith(prefix):
        print(os.path.relpath(target["filename"][0], directory))' "$@"
}

# fuzz: each libFuzzer target for a short while
fuzz()
{
    local directory=$top/fuzz targets=() modules=() seeds=() target name
    one "$directory: configure" env CC=clang bash -c '. tests/packages.sh; configure "$@"' - "$directory" -Dwerror=true -Dfuzz=true \
        -Dc_args=-fsanitize=fuzzer-no-link -Db_sanitize=address,undefined -Db_lundef=false || return 1
    mapfile -t targets < <(targets_of "$directory" executable fuzz-)
    # what the targets load at run time: the plugins' modules, descriptors and grammars
    mapfile -t modules < <(targets_of "$directory" 'shared module' hvn- && targets_of "$directory" custom '')
    say "building $directory"
    one "$directory: build" ninja -C "$directory" "${targets[@]}" "${modules[@]}" || return 1
    for target in "${targets[@]}"; do
        name=$(basename "$target")
        mkdir -p "$top/corpus/$name"
        # where to start from: what is already there in the tree, where there is anything of that kind
        mapfile -t seeds < <(ls -d "tests/fuzz/corpus/$name" 2>/dev/null)
        if [ "$name" = fuzz-config ]; then
            seeds+=(doc/examples tests/data/xml/good tests/data/xml/bad)
        fi
        say "fuzzing: $name, ${FUZZ_SECONDS:-10} seconds"
        one "$name" "$directory/$target" -max_total_time="${FUZZ_SECONDS:-10}" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
            -verbosity=1 -artifact_prefix="$top/$name-" "$top/corpus/$name" "${seeds[@]}"
    done
}

# daemons ROOT PREFIX: the files that tell management software of our daemons name programs that take the conventions' options
daemons()
{
    local root=$1 prefix=$2 file
    for file in "$root$prefix"/share/qemu/vhost-user/50-hvnet-net.json "$root$prefix"/share/vfio-user/50-hvnet-net.json; do
        one "installed: ${file#"$root"}" python3 -c '
import json, os, signal, subprocess, sys, tempfile
file, root = sys.argv[1:]
description = json.load(open(file))
assert description["type"] == "net" and description["description"], description
binary = root + description["binary"]
capabilities = json.loads(subprocess.run([binary, "--print-capabilities"], stdout=subprocess.PIPE, check=True).stdout)
assert capabilities["type"] == "net", capabilities
with tempfile.TemporaryDirectory() as directory:
    daemon = subprocess.Popen([binary, "--socket-path=" + directory + "/nic.sock"], stdout=subprocess.PIPE)
    assert daemon.stdout.readline().split()[2].decode() == directory + "/nic.sock"
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(60) == 0 and os.listdir(directory) == []
' "$file" "$root"
    done
}

# installation: an installed tree works from where it is put, and others can build against it
installation()
{
    local directory=$top/gcc root=$PWD/$top/root prefix libdir pc program name
    prefix=$(meson introspect --buildoptions "$directory" | python3 -c '
import json, sys
options = {option["name"]: option["value"] for option in json.load(sys.stdin)}
print(options["prefix"], options["libdir"])') || return 1
    read -r prefix libdir <<<"$prefix"
    rm -rf "$root"
    one "install" env DESTDIR="$root" meson install -C "$directory" --no-rebuild --quiet || return 1
    one "installed: hvnet plugins" "$root$prefix/bin/hvnet" plugins
    one "installed: hvnet plugin e1000" "$root$prefix/bin/hvnet" plugin e1000
    one "installed: hvnet probe" "$root$prefix/bin/hvnet" probe

    daemons "$root" "$prefix"

    # the .pc file names the prefix without DESTDIR, as it must; this consumer looks below DESTDIR
    pc=$top/pkgconfig
    mkdir -p "$pc"
    sed "s|^prefix=.*|prefix=$root$prefix|" "$root$prefix/$libdir/pkgconfig/hvnet-1.pc" >"$pc/hvnet-1.pc" || return 1
    for program in tests/e2e/consumer.c doc/examples/embed.c doc/examples/threads.c; do
        name=$(basename "$program" .c)
        one "$name, outside the tree: builds with pkg-config hvnet-1" bash -c "
            gcc -Wall -Werror -o $top/$name $program \$(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs hvnet-1)" || return 1
        one "$name, outside the tree: runs" env LD_LIBRARY_PATH="$root$prefix/$libdir" "$top/$name"
    done
}

need_packages "${TEST_PACKAGES[@]}" || exit 1
mkdir -p "$top"
started=$(date +%s)
say "preparing the guests"
one "guests: prepare" tests/guest/prepare.sh

CC=gcc suites "$top/gcc" '' -Dintrospection=enabled
if command -v clang >/dev/null; then
    CC=clang UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
        suites "$top/clang" '--no-suite lint --no-suite guest' -Db_sanitize=address,undefined -Db_lundef=false
    fuzz
else
    say "skipped: clang, sanitizers and fuzzing: there is no clang"
    count 0 0 1
fi
installation

say "$(($(date +%s) - started)) seconds"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
