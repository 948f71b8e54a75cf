#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table of doc/real-guests.md: which NIC is checked for what, with which driver, taken from the scenarios themselves.

matrix.py [--write] PAGE      compares the page's table with that of the scenarios, or writes it anew; exit status 1 when they differ
"""
import argparse
import importlib
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'e2e')]
sys.dont_write_bytecode = True

from scenario import Scenario  # noqa: E402 pylint: disable=wrong-import-position

TESTS = ('e1000', 'i8255x', 'ne2k', 'pcnet', 'rtl8139', 'tulip', 'virtio_net', 'vhost_user')
BEGIN, END = '<!-- written by tests/guest/matrix.py -->\n', '<!-- end -->\n'

# a heading, and the checks that stand for it
COLUMNS = (
    ('DHCP', ('lease', 'leases')),
    ('ping', ('ping', 'ping_sizes', 'pings')),
    ('TCP down and up', ('download', 'traffic', 'transfers', 'both_at_once')),
    ('VLAN', ('vlan',)),
    ('multicast, promiscuous', ('promiscuous_and_multicast',)),
    ('link down and up', ('link_down_and_up',)),
    ('`ethtool -t`', ('self_test',)),
    ('rebind', ('rebind',)),
    ('reboot', ('reboot',)),
    ('emulator killed', ('killed',)),
)


def models(scenario):
    """the NICs of a scenario, as QEMU's option or a domain file names them"""
    words = ' '.join(scenario.options) + scenario.domain
    found = re.findall(r"model=([\w-]+)|model type='([\w-]+)'|-device ([\w-]+)", words)
    return list(dict.fromkeys(next(filter(None, names)) for names in found)) or [scenario.driver]


def scenarios():
    """the classes that a test runs, in its order"""
    for name in TESTS:
        module = importlib.import_module(f'test_{name}')
        yield from (value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Scenario) and
                    value.__module__ == module.__name__ and value.name and value.checks)


def booted_by_ipxe():
    module = importlib.import_module('test_ipxe')
    return {value.model for value in vars(module).values() if isinstance(value, type) and getattr(value, 'model', '')}


def table():
    lines = ['| NIC | driver | machine, by | ' + ' | '.join(heading for heading, _ in COLUMNS) + ' |', '|---' * (3 + len(COLUMNS)) + '|']
    for scenario in scenarios():
        by = scenario.attach + (f', {scenario.qemu}' if scenario.qemu != 'qemu' else '') + ('' if scenario.shared else ', memory not shared')
        cells = ['x' if set(checks) & set(scenario.checks) else '' for _, checks in COLUMNS]
        lines.append(f'| {", ".join(models(scenario))} | {scenario.modules.split()[-1]} | {scenario.machine}, {by} | ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines) + f'\n\niPXE boots from: {", ".join(sorted(booted_by_ipxe()))}.\n'


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--write', action='store_true', help='write the table instead of comparing it')
    parser.add_argument('page', type=pathlib.Path)
    options = parser.parse_args()
    text = options.page.read_text(encoding='utf-8')
    head, rest = text.split(BEGIN)
    wanted = head + BEGIN + table() + END + rest.split(END)[1]
    if options.write:
        options.page.write_text(wanted, encoding='utf-8')
    elif text != wanted:
        print(f'{options.page}: the table is not that of the scenarios; tests/guest/matrix.py --write {options.page.name} writes it', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
