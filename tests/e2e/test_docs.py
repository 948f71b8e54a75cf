#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs every `hvnet ...` line of the fenced sh blocks in README.md, doc/ and the plugins' READMEs: what the documentation shows works.

test_docs.py HVNET SOURCE_ROOT EXAMPLE...

A block whose fence says "sh norun" is left out (it needs root, another emulator, or would never end). Commands run in a scratch
directory in which doc/ is the project's. The EXAMPLEs are the built programs of doc/examples; each is run, and each block of C in
doc/embedding.md has to be a piece of their sources, line by line.
"""
import os
import pathlib
import re
import subprocess
import sys

from tap import Place, TIMEOUT, run_cases

HVNET, ROOT = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])


def blocks_of(path, language):
    """line number and lines of each fenced block in a language"""
    lines = path.read_text(encoding='utf-8').splitlines()
    starts = [number for number, line in enumerate(lines) if line == f'```{language}']
    for start in starts:
        end = lines.index('```', start)
        yield start + 1, lines[start + 1:end]


def is_piece(block, source):
    """whether the lines stand one after the other in the source, at whatever indentation"""
    wanted = [line.strip() for line in block]
    have = [line.strip() for line in source.read_text(encoding='utf-8').splitlines()]
    return any(have[start:start + len(wanted)] == wanted for start in range(len(have) - len(wanted) + 1))


def check_block(block):
    sources = sorted((ROOT / 'doc/examples').glob('*.c'))
    assert any(is_piece(block, source) for source in sources), 'in none of ' + ' '.join(map(str, sources)) + ':\n' + '\n'.join(block)


def run_example(program):
    with Place() as place:
        result = place.run(program)
        assert result.returncode == 0, f'exit status {result.returncode}\n{result.stdout}{result.stderr}'
        assert result.stderr == '', result.stderr
        assert place.left_behind() == [], place.left_behind()
        return result.stdout


def run_embed(program):
    """the default configuration, QEMU's options, a file, and a NIC that its driver is not for"""
    said = 'PCI 8086:100e, 128 KiB of registers at 0xfe000000\n10.0.2.2 is at 52:55:0a:00:02:02\n'
    assert run_example(program) == said + '1 interrupts, 0 failed DMA accesses\n'
    with Place() as place:
        (place.files / 'doc').symlink_to(ROOT / 'doc')
        for arguments in (('-nic', 'user,model=e1000'), ('doc/examples/user.xml',)):
            result = place.run(program, *arguments)
            assert result.returncode == 0 and result.stdout.startswith(said), result.stdout + result.stderr
        result = place.run(program, '-nic', 'user,model=e1000-82545em')
        assert result.returncode == 1 and 'nobody answered' in result.stderr, result.stdout + result.stderr


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
    blocks = list(blocks_of(ROOT / 'doc/embedding.md', 'c'))
    assert blocks, 'doc/embedding.md shows no code'
    for line, block in blocks:
        cases.append((f'doc/embedding.md:{line}', lambda block=block: check_block(block)))
    for program in sys.argv[3:]:
        name = os.path.basename(program)
        run = run_embed if name.endswith('embed') else run_example
        cases.append((name, lambda run=run, program=os.path.abspath(program): run(program)))
    return run_cases('/e2e/docs', cases)


if __name__ == '__main__':
    sys.exit(main())
