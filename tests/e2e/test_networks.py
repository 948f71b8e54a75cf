#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Networks inside a session, from outside: NICs on a hub and on a switch, with a user network as their way out. test_networks.py HVNET"""
import json
import os
import signal
import sys

from tap import Place, Running, run_cases

HVNET = os.path.abspath(sys.argv[1])


def hub(*models):
    """a user network and NICs on one hub"""
    words = ['-netdev', 'user,id=u0', '-netdev', 'hubport,id=way-out,hubid=0,netdev=u0']
    for number, model in enumerate(models):
        words += ['-netdev', f'hubport,id=p{number},hubid=0', '-device', f'{model},netdev=p{number}']
    return words


def lan(*models, options=''):
    """a user network and NICs on one switch"""
    words = ['-netdev', 'user,id=u0', '-netdev', 'switch,id=way-out,network=lan,netdev=u0']
    for number, model in enumerate(models):
        words += ['-netdev', f'switch,id=p{number},network=lan{options}', '-device', f'{model},netdev=p{number}']
    return words


def probe(place, *words, status=0):
    """for each interface what the probe found, by check"""
    result = place.run(HVNET, '--json', 'probe', *words)
    assert result.returncode == status, f'{words}: {result.returncode} {result.stdout} {result.stderr}'
    report = json.loads(result.stdout)
    return [{row['check']: row for row in interface['rows']} for interface in report['interfaces']]


def assert_reaches(found, leases):
    """every NIC gets a lease of its own, and TCP both ways"""
    got = []
    for checks in found[:leases]:
        for check in ('device', 'dhcp', 'ping', 'tcp', 'udp', 'ipv6', 'throughput-up', 'throughput-down'):
            assert checks[check]['result'] == 'passed', checks[check]
        got.append(checks['dhcp']['address'])
    assert len(set(got)) == leases, got


def probe_hub():
    with Place() as place:
        assert_reaches(probe(place, *hub('e1000', 'rtl8139')), 2)
        assert not place.left_behind()


def probe_switch():
    with Place() as place:
        assert_reaches(probe(place, *lan('virtio-net-pci', 'e1000')), 2)
        assert not place.left_behind()


def probe_qemus_hub():
    """-net with more than a pair, as QEMU has it"""
    with Place() as place:
        assert_reaches(probe(place, '-net', 'nic,model=e1000', '-net', 'nic,model=virtio-net-pci', '-net', 'user'), 2)


def other_vlan():
    """a NIC in a VLAN that the way out does not carry gets nowhere"""
    with Place() as place:
        found = probe(place, '-netdev', 'user,id=u0', '-netdev', 'switch,id=out,network=lan,vlan=10,netdev=u0', '-netdev', 'switch,id=p0,network=lan,vlan=20',
                      '-device', 'e1000,netdev=p0', '-netdev', 'switch,id=p1,network=lan,vlan=10', '-device', 'e1000,netdev=p1', status=1)
        assert found[0]['dhcp']['result'] == 'failed', found[0]['dhcp']
        assert found[1]['dhcp']['result'] == 'passed', found[1]['dhcp']


def served_together():
    """`hvnet run` serves NICs of one network in one process, and others in processes of their own"""
    with Place() as place:
        words = [*lan('e1000', 'rtl8139'), '-nic', 'user,model=e1000']
        with Running(place, HVNET, 'run', '--socket-dir', 'sockets', *words) as running:
            names = {running.process.stdout.readline().split()[0] for _ in range(3)}
            assert names == {'net0', 'net1', 'net2'}, names
            servers = [line for line in place_processes(place) if 'run-server' in line]
            assert len(servers) == 2, servers
            assert_reaches(probe(place, '--connect', 'sockets', '--attach', 'vfio-user', *words)[1:], 2)
            rows = {row['name']: row for row in json.loads(place.run(HVNET, '--json', 'stat').stdout)['interfaces']}
            assert rows['way-out']['port'] == 'switch' and rows['way-out']['backend'] == 'user', rows
            assert rows['way-out']['port-info'].startswith('network=lan,ports=3'), rows
            assert rows['net1']['backend-info'] == 'network=lan,ports=3,stations=1', rows
            assert rows['way-out']['from-guest']['frames'] > 10 and rows['way-out']['to-guest']['frames'] > 10, rows
            assert 'dropped-storm' in rows['way-out']['to-guest'] and 'dropped-full' in rows['net1']['to-guest'], rows
            table = place.run(HVNET, 'stat').stdout
            assert any(line.split()[:3] == ['way-out', 'switch', 'user'] for line in table.splitlines()), table
            assert running.end()[0] == 0
        assert not place.left_behind()


def crash():
    """the process of a network is killed: its NICs are served again, on the same sockets and joined as before"""
    with Place() as place:
        words = lan('e1000', 'rtl8139')
        with Running(place, HVNET, 'run', '--socket-dir', 'sockets', *words) as running:
            for _ in range(2):
                running.process.stdout.readline()
            children = f'/proc/{running.process.pid}/task/{running.process.pid}/children'
            with open(children, encoding='ascii') as file:
                servers = [int(pid) for pid in file.read().split()]
            assert len(servers) == 1, servers
            os.kill(servers[0], signal.SIGKILL)
            assert_reaches(probe(place, '--connect', 'sockets', '--attach', 'vfio-user', *words), 2)
            status, errors = running.end()
            assert status == 0 and 'killed by signal 9' in errors, errors
        assert not place.left_behind()


def place_processes(place):
    found = []
    for process in os.listdir('/proc'):
        try:
            if process.isdigit() and os.readlink(f'/proc/{process}/cwd').startswith(str(place.path)):
                with open(f'/proc/{process}/cmdline', encoding='utf-8') as file:
                    found.append(file.read().replace('\0', ' '))
        except OSError:
            pass
    return found


def refused():
    """what makes QEMU abort or go round for ever is an error here, that says what to do"""
    with Place() as place:
        for words, text in (
                (('-netdev', 'hubport,id=a,hubid=0', '-netdev', 'hubport,id=b,hubid=0,netdev=a'), 'joins a network to itself'),
                (('-netdev', 'user,id=u', '-netdev', 'hubport,id=a,hubid=0,netdev=u', '-netdev', 'hubport,id=b,hubid=1,netdev=u'), "'u' is in use by"),
                (('-netdev', 'hubport,id=a,hubid=0,netdev=nobody',), "netdev 'nobody' not found"),
                (('-netdev', 'switch,id=a,network=lan,trunk=5000', '-device', 'e1000,netdev=a'), "invalid VLAN '5000': expected"),
        ):
            for command in (('probe',), ('run', '--socket-dir', 'sockets')):
                result = place.run(HVNET, *command, *words)
                assert result.returncode == 1 and text in result.stderr, f'{words}: {result.returncode} {result.stderr}'
        assert not place.left_behind()


def bandwidth():
    """no more than <bandwidth> says, each way by itself, and nothing lost; a burst comes on top"""
    with Place() as place:
        place.write('domain.xml', "<domain type='qemu'><name>limited</name><devices><interface type='user'><model type='e1000'/>"
                                  "<bandwidth><inbound average='20000'/><outbound average='40000' burst='64'/></bandwidth></interface></devices></domain>")
        found = probe(place, 'domain.xml')
        assert_reaches(found, 1)
        for check, most in (('throughput-up', 40e6), ('throughput-down', 20e6)):
            rate = float(found[0][check]['detail'].split()[0]) * 1e6 / 8
            assert rate < most * 1.1, found[0][check]
        assert not place.left_behind()


CASES = [
    ('bandwidth', bandwidth),
    ('probe-hub', probe_hub),
    ('probe-switch', probe_switch),
    ('probe-qemus-hub', probe_qemus_hub),
    ('other-vlan', other_vlan),
    ('served-together', served_together),
    ('crash', crash),
    ('refused', refused),
]

if __name__ == '__main__':
    sys.exit(run_cases('networks', CASES))
