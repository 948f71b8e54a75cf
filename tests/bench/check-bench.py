#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sees that a benchmark runs and prints valid results; looks at no figure: check-bench.py NAME EXECUTABLE"""
import json
import subprocess
import sys

CANNOT_RUN = 77


def run(*arguments):
    return subprocess.run(arguments, stdout=subprocess.PIPE, text=True, check=False)


def check_json(name, text):
    """what is wrong with the results, as a list of lines"""
    try:
        results = json.loads(text)['results']
    except (ValueError, KeyError, TypeError) as error:
        return [f'no JSON object with "results": {error!r}']
    problems = [] if results else ['there are no results']
    for result in results:
        if result.get('bench') != name:
            problems.append(f'"bench" is {result.get("bench")!r}, not {name!r}')
        numbers = [value for value in result.values() if isinstance(value, (int, float))]
        if not any(number > 0 for number in numbers):
            problems.append(f'nothing was measured: {result}')
        if any(isinstance(value, (dict, list)) for value in result.values()):
            problems.append(f'a result is a flat object: {result}')
    return problems


def main():
    name, executable = sys.argv[1:3]
    as_json = run(executable, '--quick', '--json')
    if as_json.returncode == CANNOT_RUN:
        print(f'1..1\nok 1 /bench/{name} # SKIP the host does not let it run')
        return 0
    table = run(executable, '--quick')
    wrong = run(executable, '--no-such-option')
    cases = [
        ('json', [f'exit status {as_json.returncode}'] if as_json.returncode else check_json(name, as_json.stdout)),
        ('table', [] if table.returncode == 0 and len(table.stdout.splitlines()) >= 2 else [f'exit status {table.returncode}']),
        ('usage', [] if wrong.returncode == 2 else [f'exit status {wrong.returncode}, expected 2']),
    ]
    print(f'1..{len(cases)}')
    for number, (case, problems) in enumerate(cases, 1):
        for problem in problems:
            print(f'# {problem}')
        print(f'{"not ok" if problems else "ok"} {number} /bench/{name}/{case}')
    return 1 if any(problems for _, problems in cases) else 0


if __name__ == '__main__':
    sys.exit(main())
