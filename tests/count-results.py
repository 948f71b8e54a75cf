#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts test cases in meson's testlog.json: prints "PASSED FAILED SKIPPED".

A test that speaks TAP counts one for each of its lines, any other counts one. A test that ended badly without a failed line (a crash, a
time-out, a plan that was not kept) counts one failed on top.
"""
import json
import re
import sys

SHOWN_LINES = 60  # of a test that failed
TAP_LINE = re.compile(r'^(ok|not ok)\b[^#]*(#\s*(SKIP)\b)?', re.IGNORECASE)


def count_tap(text):
    """passed, failed, skipped of a test's output"""
    passed = failed = skipped = 0
    for line in text.splitlines():
        match = TAP_LINE.match(line)
        if not match:
            continue
        directive = (match.group(3) or '').upper()
        if directive == 'SKIP':
            skipped += 1
        elif match.group(1).lower() == 'ok':
            passed += 1
        else:
            failed += 1
    return passed, failed, skipped


def count_test(entry):
    """passed, failed, skipped of one line of the log"""
    result = entry['result']
    passed, failed, skipped = count_tap(entry.get('stdout', ''))
    good = result in ('OK', 'EXPECTEDFAIL', 'SKIP')
    if passed + failed + skipped == 0:
        return (1, 0, 0) if result in ('OK', 'EXPECTEDFAIL') else (0, 0, 1) if result == 'SKIP' else (0, 1, 0)
    if not good and failed == 0:
        failed = 1
    return passed, failed, skipped


def show_failed(entry):
    """what a test that failed printed, on standard error: meson itself keeps the output of TAP tests to itself"""
    print(f'--- {entry["name"]}: {entry["result"]}', file=sys.stderr)
    for line in entry.get('stdout', '').splitlines()[-SHOWN_LINES:]:
        if not TAP_LINE.match(line) or line.startswith('not ok'):
            print(f'    {line if len(line) <= 1200 else line[:500] + " ... " + line[-700:]}', file=sys.stderr)


def show_skipped(entry):
    """a test that was skipped has shown nothing: say which, and why"""
    lines = [line for line in entry.get('stdout', '').splitlines() if (match := TAP_LINE.match(line)) and match.group(3)]
    for line in lines or ['the whole of it']:
        print(f'--- skipped: {entry["name"]}: {line}', file=sys.stderr)


def main():
    total = [0, 0, 0]
    n_tests = 0
    try:
        with open(sys.argv[1], encoding='utf-8', errors='replace') as log:
            for line in log:
                n_tests += 1
                entry = json.loads(line)
                counts = count_test(entry)
                total = [sum(pair) for pair in zip(total, counts)]
                if counts[1] > 0:
                    show_failed(entry)
                if counts[2] > 0:
                    show_skipped(entry)
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f'{sys.argv[1]}: {error}')
    if n_tests == 0:
        sys.exit(f'{sys.argv[1]}: no test has run')
    print(*total)


if __name__ == '__main__':
    main()
