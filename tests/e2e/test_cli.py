#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command from outside: lists, help, and what it says to wrong input. test_cli.py HVNET WRONG_ABI_MODULE"""
import json
import os
import pathlib
import re
import shutil
import socket
import sys

from tap import Place, run_cases

HVNET, WRONG_ABI = map(os.path.abspath, sys.argv[1:3])

DOMAIN = '''<domain type='kvm' xmlns:hvnet='urn:hvnet:domain:1'>
  <name>test</name>
  <devices>
%s
  </devices>
</domain>
'''


def interface(inside, kind='user'):
    return DOMAIN % f"    <interface type='{kind}'>\n{inside}\n    </interface>"


def refused(place, arguments, *patterns, status=1):
    """the command ends with the status and one line on standard error that all patterns match; nothing is left behind"""
    result = place.run(HVNET, *arguments)
    lines = result.stderr.splitlines()
    assert result.returncode == status, f'exit status {result.returncode}: {result.stderr}'
    assert len(lines) == 1, f'{len(lines)} lines of error: {result.stderr}'
    assert lines[0].startswith('hvnet: '), lines[0]
    assert not lines[0].endswith('.'), lines[0]
    for pattern in patterns:
        assert re.search(pattern, lines[0]), f'no /{pattern}/ in: {lines[0]}'
    assert place.left_behind() == [], place.left_behind()
    return lines[0]


def refused_file(text, *patterns):
    with Place() as place:
        place.write('domain.xml', text)
        print('#', refused(place, ['probe', 'domain.xml'], *patterns))


def refused_options(options, *patterns, status=1):
    with Place() as place:
        print('#', refused(place, ['probe', *options], *patterns, status=status))


# ---- domain files ----

def malformed():
    refused_file("<domain>\n  <devices>\n    <interface type='user'>\n  </devices>\n</domain>\n", r'domain\.xml:\d+: ')


def no_such_file():
    refused_options(['nowhere.xml'], r'nowhere\.xml')


def empty_file():
    refused_file('', r'domain\.xml')


def wrong_root():
    refused_file('<network/>\n', r'domain\.xml:1: ', 'network', 'domain')


def unknown_element():
    refused_file(interface('      <frobnicate/>'), r'domain\.xml:5: ', 'frobnicate')


def unknown_attribute():
    refused_file(interface("      <link state='up' speed='fast'/>"), r'domain\.xml:5: ', 'speed')


def unknown_option():
    refused_file(interface("      <hvnet:options nett='10.0.3.0/24'/>"), r'domain\.xml:5: ', 'nett')


def wrong_mac():
    refused_file(interface("      <mac address='52:54:00:12:34'/>"), r'domain\.xml:5: ', '52:54:00:12:34')


def multicast_mac():
    refused_file(interface("      <mac address='01:00:5e:00:00:01'/>"), r'domain\.xml:5: ', '01:00:5e:00:00:01')


def wrong_network():
    refused_file(interface("      <hvnet:options net='10.0.2.0/99'/>"), r'domain\.xml:5: ', r'10\.0\.2\.0/99')


def wrong_address():
    refused_file(interface("      <ip family='ipv4' address='10.0.2.300' prefix='24'/>"), r'domain\.xml:5: ', r'10\.0\.2\.300')


def unknown_model():
    refused_file(interface("      <model type='ne1000'/>"), r'domain\.xml:5: ', 'ne1000', 'e1000')


def unknown_type():
    refused_file(interface('', kind='carrier-pigeon'), r'domain\.xml:4: ', 'carrier-pigeon')


def long_bootfile():
    refused_file(interface(f"      <hvnet:options bootfile='{'b' * 128}'/>"), r'domain\.xml:5: ', 'bootfile')


# ---- options ----

def option_unknown_backend():
    refused_options(['-netdev', 'nosuch,id=n0'], '-netdev', 'nosuch', 'user')


def option_unknown_model():
    refused_options(['-netdev', 'user,id=n0', '-device', 'nosuch,netdev=n0'], '-device', 'nosuch')


def option_unknown():
    refused_options(['-netdev', 'user,id=n0,frobnicate=on', '-device', 'e1000,netdev=n0'], '-netdev', 'frobnicate')


def option_wrong_value():
    refused_options(['-netdev', 'user,id=n0,net=10.0.2.0/64', '-device', 'e1000,netdev=n0'], '-netdev', r'10\.0\.2\.0/64')


def option_wrong_mac():
    refused_options(['-nic', 'user,model=e1000,mac=zz:54:00:12:34:56'], '-nic', 'zz:54:00:12:34:56')


def option_no_such_netdev():
    refused_options(['-device', 'e1000,netdev=n7'], '-device', 'n7')


def option_twice():
    refused_options(['-netdev', 'user,id=n0', '-netdev', 'user,id=n0'], '-netdev', 'n0')


def option_bad_forward():
    refused_options(['-netdev', 'user,id=n0,hostfwd=tcp:127.0.0.1:99999-:22', '-device', 'e1000,netdev=n0'], 'hostfwd', '99999')


# ---- the host ----

def port_in_use():
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused_options(['-netdev', f'user,id=n0,hostfwd=tcp:127.0.0.1:{port}-:22', '-device', 'e1000,netdev=n0'], str(port))


def port_in_use_by_second():
    """the first interface is stopped again: its port is free afterwards"""
    with socket.socket() as taken, socket.socket() as probe, Place() as place:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        probe.bind(('127.0.0.1', 0))
        free, port = probe.getsockname()[1], taken.getsockname()[1]
        probe.close()
        refused(place, ['probe', '-nic', f'user,model=e1000,hostfwd=tcp:127.0.0.1:{free}-:22',
                        '-nic', f'user,model=e1000,hostfwd=tcp:127.0.0.1:{port}-:22'], str(port))
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind(('127.0.0.1', free))


# ---- plugins ----

DESCRIPTOR = '''<?xml version="1.0" encoding="UTF-8"?>
<plugin xmlns="urn:hvnet:plugin:1" kind="nic" name="wrong-abi" abi="%d">
  <module>%s</module>
  <summary>a module that was built for another library</summary>
  <option name="mac" type="mac" xml="mac/@address"><summary>Ethernet address</summary></option>
</plugin>
'''


def with_plugin(abi, *patterns):
    with Place() as place:
        module = pathlib.Path(WRONG_ABI)
        (place.files / 'plugins').mkdir()
        shutil.copy(module, place.files / 'plugins')
        place.write('plugins/wrong-abi.xml', DESCRIPTOR % (abi, module.name))
        print('#', refused(place, ['--plugin-path', 'plugins', 'probe', '-nic', 'user,model=wrong-abi'], 'wrong-abi', *patterns))


def plugin_wrong_abi_module():
    with_plugin(1, '99')


def plugin_wrong_abi_descriptor():
    with_plugin(98, 'abi')


def plugin_missing_module():
    with Place() as place:
        (place.files / 'plugins').mkdir()
        place.write('plugins/wrong-abi.xml', DESCRIPTOR % (1, 'nowhere.so'))
        refused(place, ['--plugin-path', 'plugins', 'probe', '-nic', 'user,model=wrong-abi'], r'nowhere\.so')


def plugin_unknown():
    with Place() as place:
        refused(place, ['plugin', 'nosuch'], 'nosuch', 'e1000', 'user')


def plugin_broken_descriptor_hides_nothing():
    with Place() as place:
        (place.files / 'plugins').mkdir()
        place.write('plugins/broken.xml', '<plugin xmlns="urn:hvnet:plugin:1" kind="nic" name="broken">\n')
        result = place.run(HVNET, '--plugin-path', 'plugins', 'plugins')
        assert result.returncode == 0 and 'e1000' in result.stdout and 'user' in result.stdout, result.stdout


# ---- what works ----

def succeeds(*arguments):
    with Place() as place:
        result = place.run(HVNET, *arguments)
        assert result.returncode == 0, f'exit status {result.returncode}: {result.stderr}'
        assert place.left_behind() == [], place.left_behind()
        return result.stdout


def plugins():
    text = succeeds('plugins')
    assert re.search(r'^nic\s+e1000\b', text, re.MULTILINE) and re.search(r'^backend\s+user\b', text, re.MULTILINE), text
    assert 'user' not in succeeds('plugins', 'nic').split()
    assert 'e1000' not in succeeds('plugins', 'backend').split()


def plugins_json():
    listed = json.loads(succeeds('plugins', '--json'))
    assert {'e1000', 'user'} <= {plugin['name'] for plugin in listed['plugins']}, listed
    assert listed['problems'] == [], listed


def plugin():
    text = succeeds('plugin', 'user')
    for option in ('hostfwd', 'guestfwd', 'dhcpstart', 'restrict', 'tftp', 'bootfile', 'smb', 'ipv6-prefix', 'mtu'):
        assert re.search(rf'^\s*{option}\b', text, re.MULTILINE), f'{option} is not described'
    assert 'mac' in succeeds('plugin', 'e1000')


def plugin_json():
    described = succeeds('plugin', 'user', '--json')
    assert '"hostfwd"' in described
    json.loads(described)


def regs():
    text = succeeds('regs', 'rtl8139')
    assert re.search(r'^0x00037 +1 +CR +6\.4 +RW +0x00 +implemented$', text, re.MULTILINE), text
    assert re.search(r'^0x0005c +2 +MULINT .* stored only$', text, re.MULTILINE), text
    assert text.count('\nOFFSET') == 1, 'both BARs show one table'
    text = succeeds('regs', 'pcnet')
    assert re.findall(r'^pcnet, .*:$', text, re.MULTILINE) == ['pcnet, region 0 and 1:', 'pcnet, table 2:', 'pcnet, table 3:', 'pcnet, table 4:'], text
    assert '| 0x000c0 | 4 | ICR | 13.4.17 |' in succeeds('regs', 'e1000-82545em', '--markdown')


def regs_json():
    tables = json.loads(succeeds('regs', 'rtl8139', '--json'))['tables']
    assert [table['regions'] for table in tables] == [[0, 1]], tables
    registers = {register['name']: register for register in tables[0]['registers']}
    assert registers['HLTCLK']['state'] == 'ignored' and registers['CAPR']['reset'] == 0xfff0, registers
    offsets = [register['offset'] for register in tables[0]['registers']]
    assert offsets == sorted(offsets)


def regs_refuses():
    with Place() as place:
        refused(place, ['regs', 'nosuch'], 'nosuch', 'rtl8139')


def helps():
    for arguments in (['--help'], ['probe', '--help'], ['plugins', '--help'], ['plugin', '--help']):
        assert 'usage:' in succeeds(*arguments)
    assert re.match(r'hvnet \d+\.\d+', succeeds('--version'))


def qemu_helps():
    assert 'e1000' in succeeds('probe', '-device', 'help')
    assert 'mac' in succeeds('probe', '-device', 'e1000,help')


def usage():
    with Place() as place:
        for arguments in ([], ['frobnicate'], ['--frobnicate'], ['plugins', 'pigeons'], ['--trace=everything', 'plugins'], ['plugins', '--pcap'], ['regs'],
                          ['regs', 'e1000', 'rtl8139']):
            result = place.run(HVNET, *arguments)
            assert result.returncode == 2, f'{arguments}: exit status {result.returncode}'
            assert result.stdout == '' and result.stderr != '', arguments


def run_refused():
    with Place() as place:
        place.write('file', '')
        refused(place, ['run', '--socket-dir', 'file/sockets'], 'file/sockets')
        refused(place, ['run', '--socket-dir', 'sockets', '-nic', 'nosuch'], 'nosuch')


def odd_bytes():
    """what is not text in an argument or a file comes out as text, on one line"""
    refused_options(['-netdev', 'us\x1b[31mer,id=n0\n'], '-netdev')
    refused_file(interface("      <hvnet:options net='&#x1F600;&#10;second line'/>"), r'domain\.xml:5: ')


def main():
    names = [name for name, value in list(globals().items())
             if callable(value) and getattr(value, '__module__', '') == '__main__' and value.__code__.co_argcount == 0
             and name not in ('main', 'refused_file', 'succeeds')]
    return run_cases('/e2e/cli', [(name.replace('_', '-'), globals()[name]) for name in names])


if __name__ == '__main__':
    sys.exit(main())
