#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`hvnet plugin check`: passes what is good, and finds each fault of a NIC that has them. test_plugin_check.py HVNET FAULTY_MODULE BUILD_ROOT"""
import json
import os
import pathlib
import shutil
import sys

from tap import Place, run_cases

HVNET, FAULTY, BUILD = map(os.path.abspath, sys.argv[1:4])

DESCRIPTOR = '''<?xml version="1.0" encoding="UTF-8"?>
<plugin xmlns="urn:hvnet:plugin:1" kind="nic" name="faulty" abi="1">
  <module>%s</module>
  <summary>a NIC with faults</summary>
%s  <option name="%s" type="mac"><summary>address</summary></option>
</plugin>
'''

# what has to find each fault, and perhaps other tests with it
FAULTS = {
    'faulty-crash': 'nic/fuzz',
    'faulty-log': 'nic/fuzz',
    'faulty-dma': 'nic/no-dma-before-mastering',
    'faulty-reset': 'nic/reset-is-a-reset',
    'faulty-refuse': 'port/closed-takes-all',
    'faulty-edit': 'port/random-batches',
    'faulty-keep': 'port/random-batches',
    'faulty-send': 'port/random-batches',
    'faulty-class': 'nic/config-space',
}


def check(place, directory, *arguments):
    """exit status, and what the tests said by name of plugin and of test"""
    result = place.run(HVNET, 'plugin', 'check', '--json', str(directory), *arguments)
    assert result.stdout, result.stderr
    said = json.loads(result.stdout)
    counted = [sum(row['result'] == word for row in said['checks']) for word in ('passed', 'failed', 'skipped')]
    assert counted == [said['passed'], said['failed'], said['skipped']], said
    assert result.returncode == (1 if said['failed'] else 0), result.returncode
    assert place.left_behind() == [], place.left_behind()
    return {(row['name'], row['test']): row for row in said['checks']}


def refused(place, *patterns, directory='plugins'):
    result = place.run(HVNET, 'plugin', 'check', directory)
    assert result.returncode == 1 and result.stdout == '', result
    assert len(result.stderr.splitlines()) == 1, result.stderr
    for pattern in patterns:
        assert pattern in result.stderr, result.stderr
    print('#', result.stderr.strip())


def faulty(place, variants=(), option='mac'):
    (place.files / 'plugins').mkdir()
    shutil.copy(FAULTY, place.files / 'plugins')
    lines = ''.join(f'  <variant name="{name}">one fault</variant>\n' for name in variants)
    place.write('plugins/faulty.xml', DESCRIPTOR % (pathlib.Path(FAULTY).name, lines, option))
    return place.files / 'plugins'


def faults():
    with Place() as place:
        rows = check(place, faulty(place, FAULTS))
    failed = {key for key, row in rows.items() if row['result'] == 'failed'}
    assert not any(name == 'faulty' for name, _ in failed), failed
    for name, test in FAULTS.items():
        found = [key[1] for key in failed if key[0] == name]
        print('#', name, *sorted(found))
        assert test in found, f'{name} is found by {found} only'
        assert rows[name, test]['detail'], rows[name, test]
        print('#    ', rows[name, test]['detail'])
        assert rows[name, 'load/agrees']['result'] == 'passed'


def table():
    """for people: a row each, the reason behind the table, and the count at the end"""
    with Place() as place:
        faulty(place, ['faulty-reset'])
        result = place.run(HVNET, 'plugin', 'check', 'plugins', '--seed', '7')
    assert result.returncode == 1 and result.stderr == '', result
    lines = result.stdout.splitlines()
    assert lines[0].split() == ['NAME', 'TEST', 'RESULT', 'WHAT'], lines[0]
    assert any(line.startswith('faulty-reset, nic/reset-is-a-reset: ') for line in lines), result.stdout
    assert lines[-1].endswith('; seed 7') and ' 0 failed' not in lines[-1], lines[-1]


def module_disagrees():
    """a module that is not what its descriptor says is asked nothing else"""
    with Place() as place:
        rows = check(place, faulty(place, option='address'))
    assert list(rows) == [('faulty', 'load/agrees')], rows
    assert 'address' in rows['faulty', 'load/agrees']['detail'], rows


def own_nic():
    with Place() as place:
        rows = check(place, pathlib.Path(BUILD) / 'plugins/nics/e1000')
    assert {row['result'] for row in rows.values()} == {'passed', 'skipped'}, rows
    assert 'mistakes counted' in rows['e1000-82545em', 'hostile/million-steps']['detail'], rows


def own_backends():
    with Place() as place:
        for name in ('null', 'user'):
            rows = check(place, pathlib.Path(BUILD) / 'plugins/backends' / name)
            assert rows[name, 'port/start-stop']['result'] == 'passed', rows
            assert 'failed' not in {row['result'] for row in rows.values()}, rows


def nothing_there():
    with Place() as place:
        refused(place, 'plugins', 'no directory')
        (place.files / 'plugins').mkdir()
        refused(place, 'no plugin', 'NAME.xml')
        place.write('plugins/broken.xml', '<plugin xmlns="urn:hvnet:plugin:1" kind="nic" name="broken">\n')
        refused(place, 'broken.xml:')
        (place.files / 'a:b').mkdir()
        refused(place, 'colon', directory='a:b')
        for arguments in ([], ['a', 'b'], ['--seed', 'x', 'plugins'], ['--sed', 'plugins']):
            assert place.run(HVNET, 'plugin', 'check', *arguments).returncode == 2, arguments


if __name__ == '__main__':
    sys.exit(run_cases('/e2e/plugin-check', [('faults', faults), ('table', table), ('module-disagrees', module_disagrees), ('own-nic', own_nic),
                                             ('own-backends', own_backends), ('nothing-there', nothing_there)]))
