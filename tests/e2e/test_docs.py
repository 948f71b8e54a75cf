#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs every `hvnet ...` line of the fenced sh blocks in README.md, doc/ and the plugins' READMEs: what the documentation shows works.

test_docs.py HVNET SOURCE_ROOT

A block whose fence says "sh norun" is left out (it needs root, another emulator, or would never end). Commands run in a scratch
directory in which doc/ is the project's.
"""
import os
import pathlib
import re
import subprocess
import sys

from tap import Place, TIMEOUT, run_cases

HVNET, ROOT = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])


def commands_of(path):
    """line number and command of each that is to be run; a backslash at the end of a line continues it"""
    lines = path.read_text(encoding='utf-8').splitlines()
    fence = None
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if line.startswith('```'):
            fence = line[3:].strip() if fence is None else None
            continue
        start = number
        while line.endswith('\\') and number < len(lines):
            line = line[:-1] + lines[number].strip()
            number += 1
        if fence == 'sh' and re.match(r'(\w+=\S+ )*hvnet ', line):
            yield start, line


def run_command(command):
    with Place() as place:
        (place.files / 'doc').symlink_to(ROOT / 'doc')
        environment = place.environment()
        environment['PATH'] = f'{os.path.dirname(HVNET)}:{environment["PATH"]}'
        result = subprocess.run(['bash', '-o', 'pipefail', '-c', command], cwd=place.files, env=environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT, check=False)
        assert result.returncode == 0, f'exit status {result.returncode} of: {command}\n{result.stdout[-3000:]}'
        assert place.left_behind() == [], place.left_behind()


def main():
    files = [ROOT / 'README.md', *sorted((ROOT / 'doc').rglob('*.md')), *sorted((ROOT / 'plugins').rglob('README.md'))]
    cases = []
    for path in files:
        for line, command in commands_of(path):
            name = f'{path.relative_to(ROOT)}:{line}'
            cases.append((name, lambda command=command: run_command(command)))
    return run_cases('/e2e/docs', cases)


if __name__ == '__main__':
    sys.exit(main())
