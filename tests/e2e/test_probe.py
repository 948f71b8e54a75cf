#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`hvnet probe` as a whole, over every option that a row shows. test_probe.py HVNET"""
import contextlib
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile

from tap import Place, TIMEOUT, run_cases

HVNET = os.path.abspath(sys.argv[1])
# for builds with AddressSanitizer; whole stacks, because libraries without frame pointers stand between
os.environ.setdefault('ASAN_OPTIONS', 'fast_unwind_on_malloc=0')
os.environ.setdefault('LSAN_OPTIONS', 'print_suppressions=0:suppressions=' + str(pathlib.Path(__file__).resolve().parent / 'lsan.supp'))


def probe(place, *arguments, status=0):
    """runs the probe; returns its JSON and, for each interface, rows by check"""
    result = place.run(HVNET, 'probe', '--json', *arguments)
    assert result.returncode == status, (result.returncode, result.stdout, result.stderr)
    assert result.stderr == '', result.stderr
    report = json.loads(result.stdout)
    assert place.left_behind() == [], place.left_behind()
    for interface in report['interfaces']:
        rows = {}
        for row in interface['rows']:
            assert row['result'] in ('passed', 'failed', 'skipped', 'not configured'), row
            rows.setdefault(row['check'], []).append(row)
        interface['by_check'] = rows
    return report


def only(report, check):
    assert len(report['interfaces']) == 1
    rows = report['interfaces'][0]['by_check'][check]
    assert len(rows) == 1, rows
    return rows[0]


def passed(report, *checks):
    for check in checks:
        assert only(report, check)['result'] == 'passed', only(report, check)


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(('127.0.0.1', 0))
        return taken.getsockname()[1]


def default():
    with Place() as place:
        report = probe(place)
        assert report['failed'] == 0 and report['passed'] > 0
        assert report['interfaces'][0]['nic'] == 'e1000' and report['interfaces'][0]['backend'] == 'user'
        passed(report, 'device', 'dhcp', 'arp', 'ping', 'tcp', 'udp', 'ipv6', 'forward-in', 'latency', 'throughput-up', 'throughput-down')
        lease = only(report, 'dhcp')
        assert (lease['address'], lease['server'], lease['router'], lease['dns']) == ('10.0.2.15', '10.0.2.2', '10.0.2.2', '10.0.2.3')
        assert only(report, 'device')['eeprom_sum'] == 0xbaba
        assert 'added by the probe' in only(report, 'forward-in')['detail']
        assert only(report, 'arp')['mac'] == '52:55:0a:00:02:02'


def variants():
    for model, chip in (('e1000-82540em', '82540EM'), ('e1000-82544gc', '82544GC'), ('e1000-82545em', '82545EM')):
        with Place() as place:
            report = probe(place, '-nic', f'user,model={model}')
            passed(report, 'device', 'dhcp', 'tcp')
            assert only(report, 'device')['chip'] == chip


def virtio_net():
    """both faces of the device, with what was negotiated: VERSION_1, MAC, STATUS, MRG_RXBUF and CSUM, and MTU where it is set"""
    for model, pci_id, more, features in (('virtio-net-pci', '1af4:1000', '', 0x100018021),
                                          ('virtio-net-pci-non-transitional', '1af4:1041', ',host_mtu=1400', 0x100018029)):
        with Place() as place:
            report = probe(place, '-netdev', 'user,id=n0', '-device', f'{model},netdev=n0,mac=52:54:00:12:34:57{more}')
            assert report['failed'] == 0, report
            passed(report, 'device', 'dhcp', 'arp', 'ping', 'tcp', 'udp', 'ipv6', 'forward-in', 'latency', 'throughput-up',
                   'throughput-down')
            device = only(report, 'device')
            assert (device['chip'], device['pci_id']) == ('virtio-net', pci_id), device
            assert int(device['features'], 16) == features, device
            assert 'eeprom_sum' not in device and device.get('mtu') == (1400 if more else None), device
            assert 'link up' in device['detail'], device
            assert report['interfaces'][0]['mac'] == '52:54:00:12:34:57'


def virtio_mmio():
    """the same driver through registers in memory; one of version 1 is left alone, which the probe says"""
    device = '-device', 'virtio-net-device,netdev=n0'
    with Place() as place:
        report = probe(place, '-netdev', 'user,id=n0', *device)
        assert report['failed'] == 0
        passed(report, 'device', 'dhcp', 'arp', 'ping', 'tcp', 'udp', 'ipv6', 'forward-in', 'latency', 'throughput-up', 'throughput-down')
        row = only(report, 'device')
        assert row['chip'] == 'virtio-net' and 'pci_id' not in row and int(row['features'], 16) == 0x100018021, row
        report = probe(place, '-netdev', 'user,id=n0', device[0], device[1] + ',force-legacy=on', status=1)
        assert 'version 1' in json.dumps(only(report, 'device')), only(report, 'device')
        with tempfile.TemporaryDirectory() as sockets:
            result = place.run(HVNET, 'run', '--attach', 'vfio-user', '--socket-dir', sockets, '-netdev', 'user,id=n0', *device)
        assert result.returncode == 1 and 'virtio-net-device, which is no PCI device' in result.stderr, result.stderr


def ne2k():
    """through ports: the card on PCI, and the one that is none, which hvnet run cannot serve and says what can"""
    with Place() as place:
        for device, chip in (('ne2k_pci', 'RTL8029'), ('ne2k_isa', 'NE2000')):
            report = probe(place, '-netdev', 'user,id=n0', '-device', f'{device},netdev=n0')
            assert report['failed'] == 0
            passed(report, 'device', 'dhcp', 'arp', 'ping', 'tcp', 'udp', 'ipv6', 'forward-in', 'latency', 'throughput-up', 'throughput-down')
            assert only(report, 'device')['chip'] == chip, report
        with tempfile.TemporaryDirectory() as sockets:
            result = place.run(HVNET, 'run', '--socket-dir', sockets, '-nic', 'user,model=ne2k_isa')
        assert result.returncode == 1 and 'ne2k_isa, which is no PCI device: choose a model on PCI, such as ne2k_pci' in result.stderr, result.stderr


def options():
    with Place() as place:
        (place.files / 'tftp').mkdir()
        content = bytes(range(256)) * 113
        (place.files / 'tftp' / 'boot.bin').write_bytes(content)
        tcp, udp = free_port(), free_port(socket.SOCK_DGRAM)
        report = probe(place, '-netdev', 'user,id=n0,net=192.168.76.0/24,dhcpstart=192.168.76.9,hostname=guest,domainname=example.org,'
                       'dnssearch=a.example.org,dnssearch=b.example.org,tftp=tftp,bootfile=boot.bin,tftp-server-name=booter,mtu=1400,'
                       f'hostfwd=tcp:127.0.0.1:{tcp}-:22,hostfwd=udp:127.0.0.1:{udp}-:53,guestfwd=tcp:192.168.76.100:80-cmd:echo hello',
                       '-device', 'e1000,netdev=n0,mac=52:54:00:12:34:57')
        lease = only(report, 'dhcp')
        assert lease['result'] == 'passed', lease
        assert lease['address'] == '192.168.76.9' and lease['hostname'] == 'guest' and lease['domain'] == 'example.org'
        assert lease['search'] == 'a.example.org,b.example.org' and lease['bootfile'] == 'boot.bin' and lease['mtu'] == 1400
        assert lease['tftp_server_name'] == 'booter'
        assert report['interfaces'][0]['mac'] == '52:54:00:12:34:57'
        assert only(report, 'tftp')['result'] == 'passed' and only(report, 'tftp')['bytes'] == len(content)
        forwards = report['interfaces'][0]['by_check']['forward-in']
        assert [row['result'] for row in forwards] == ['passed', 'passed'], forwards
        passed(report, 'forward-out', 'tcp', 'udp')


def restricted():
    with Place() as place:
        report = probe(place, '-nic', f'user,restrict=on,hostfwd=tcp:127.0.0.1:{free_port()}-:22')
        passed(report, 'dhcp', 'arp', 'ping', 'tcp', 'udp', 'restrict', 'forward-in')
        assert 'not reachable' in only(report, 'restrict')['detail']


def families():
    with Place() as place:
        report = probe(place, '-nic', 'user,ipv6=off')
        assert only(report, 'ipv6')['result'] == 'not configured'
        report = probe(place, '-nic', 'user,ipv4=off')
        assert only(report, 'dhcp')['result'] == 'not configured'
        passed(report, 'device', 'ipv6')


def several():
    with Place() as place:
        report = probe(place, '-nic', 'user', '-nic', 'user,model=e1000-82545em,net=10.9.0.0/24')
        assert [interface['name'] for interface in report['interfaces']] == ['net0', 'net1']
        for interface, address in zip(report['interfaces'], ('10.0.2.15', '10.9.0.15')):
            assert interface['by_check']['dhcp'][0]['address'] == address


def failing():
    """a boot file that is not there and a guest forward to nobody are failures, and the exit status says so"""
    with Place() as place:
        (place.files / 'tftp').mkdir()
        report = probe(place, '-nic', f'user,tftp=tftp,bootfile=none,guestfwd=tcp:10.0.2.9:80-tcp:127.0.0.1:{free_port()}', status=1)
        assert only(report, 'tftp')['result'] == 'failed' and only(report, 'forward-out')['result'] == 'failed'
        assert report['failed'] == 2, report


ALL = ('device', 'dhcp', 'arp', 'ping', 'tcp', 'udp', 'ipv6', 'forward-in', 'latency', 'throughput-up', 'throughput-down')


def attached(attachment, *models):
    """every row passes with a socket between the guest and its NIC, and nothing of the socket is left"""
    for model in models:
        with Place() as place:
            report = probe(place, '--attach', attachment, '-nic', f'user,model={model},mac=52:54:00:12:34:57')
            assert report['failed'] == 0 and report['skipped'] == 0, report
            passed(report, *ALL)
            assert only(report, 'device')['interrupts'] == ('line' if model == 'e1000' else 'MSI-X'), report
            interface = report['interfaces'][0]
            assert (interface['attachment'], interface['mac']) == (attachment, '52:54:00:12:34:57'), interface
            assert report['first_frame_ms'] > 0, report


def attach_vfio_user():
    attached('vfio-user', 'e1000', 'virtio-net-pci')
    with Place() as place:
        report = probe(place, '--attach=vfio-user', '--pcap', 'frames.pcap', '-nic', 'user', '-nic', 'user,model=e1000-82545em,net=10.9.0.0/24')
        assert [interface['by_check']['dhcp'][0]['address'] for interface in report['interfaces']] == ['10.0.2.15', '10.9.0.15']
        assert b'\x63\x82\x53\x63\x35\x01\x01' in (place.files / 'frames-net0.pcap').read_bytes(), 'no DHCPDISCOVER in the capture'


def attach_without_msix():
    for attachment in ('in-process', 'vfio-user'):
        with Place() as place:
            report = probe(place, '--attach', attachment, '-netdev', 'user,id=n0', '-device', 'virtio-net-pci,netdev=n0,vectors=0')
            assert report['failed'] == 0 and only(report, 'device')['interrupts'] == 'line', report


def attach_vhost_user():
    attached('vhost-user', 'virtio-net-pci')
    with Place() as place:
        report = probe(place, '--attach', 'vhost-user', '-nic', 'user', status=1)
        assert only(report, 'device')['detail'] == 'a e1000 cannot be attached so: expected model virtio-net-pci', report


def attach_usage():
    with Place() as place:
        result = place.run(HVNET, 'probe', '--help')
        assert '\n  --attach KIND ' in result.stdout and '\n  --connect PATH ' in result.stdout, result.stdout
        for arguments, status, text in (
                (('--attach', 'usb'), 2, "invalid value 'usb' for --attach: expected in-process, vfio-user or vhost-user"),
                (('--attach',), 2, 'option --attach lacks its value'),
                (('--connect', 'none', '--attach', 'in-process'), 2, '--connect goes to a NIC of another process'),
                (('--connect', 'none', '--pcap', 'x'), 2, 'which is where --pcap belongs'),
                (('--connect', 'none', '-nic', 'user', '-nic', 'user'), 1, "'none' is one socket and the configuration has 2 interfaces"),
        ):
            result = place.run(HVNET, 'probe', *arguments)
            assert result.returncode == status and text in result.stderr, (arguments, result)
        report = probe(place, '--connect', 'none', status=1)
        assert "cannot connect to 'none'" in only(report, 'device')['detail'], report
        assert place.left_behind() == [], place.left_behind()


@contextlib.contextmanager
def serving(place, *arguments):
    """`hvnet run` serves NICs in the directory "sockets" meanwhile"""
    server = subprocess.Popen([HVNET, 'run', '--socket-dir', 'sockets', *arguments], cwd=place.files, env=place.environment(),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout.readline().startswith('net0 ')
        yield
    finally:
        server.terminate()
        assert server.wait(TIMEOUT) == 0
        server.stdout.close()


def connected(attachment, model):
    """a server that runs already: with the right configuration, twice, then with another address"""
    with Place() as place, serving(place, '--attach', attachment, '-nic', f'user,model={model},hostfwd=tcp:127.0.0.1:{free_port()}-:22'):
        for path in ('sockets', 'sockets/net0.sock'):
            result = place.run(HVNET, 'probe', '--json', '--attach', attachment, '--connect', path, '-nic', f'user,model={model}')
            report = json.loads(result.stdout)
            rows = {row['check']: row['result'] for row in report['interfaces'][0]['rows']}
            assert result.returncode == 0 and report['failed'] == 0, result
            assert all(rows[check] == 'passed' for check in ALL if check != 'forward-in'), rows
            assert rows['forward-in'] == 'not configured', rows
        result = place.run(HVNET, 'probe', '--attach', attachment, '--connect', 'sockets', '-nic', f'user,model={model},mac=52:54:00:00:00:01')
        assert result.returncode == 1 and 'address 52:54:00:12:34:56, expected 52:54:00:00:00:01' in result.stdout, result


def connect_vfio_user():
    connected('vfio-user', 'e1000')


def connect_vhost_user():
    connected('vhost-user', 'virtio-net-pci')


def capture():
    with Place() as place:
        probe(place, '--pcap', 'frames.pcap', '-nic', 'user')
        data = (place.files / 'frames.pcap').read_bytes()
        assert struct.unpack('<IHH', data[:8]) == (0xa1b2c3d4, 2, 4)
        assert b'\x63\x82\x53\x63\x35\x01\x01' in data, 'no DHCPDISCOVER in the capture'


def people():
    with Place() as place:
        result = place.run(HVNET, 'probe', '--verbose')
        assert result.returncode == 0, result.stderr
        assert result.stdout.startswith('net0: e1000 52:54:00:12:34:56, user\n'), result.stdout
        assert 'net0: dhcp: passed: 10.0.2.15/24 from 10.0.2.2' in result.stderr, result.stderr
        assert '\033' not in result.stdout + result.stderr


if __name__ == '__main__':
    sys.exit(run_cases('/e2e/probe', [
        ('default', default),
        ('variants', variants),
        ('virtio-net', virtio_net),
        ('virtio-mmio', virtio_mmio),
        ('ne2k', ne2k),
        ('options', options),
        ('restricted', restricted),
        ('families', families),
        ('several', several),
        ('failing', failing),
        ('attach-vfio-user', attach_vfio_user),
        ('attach-without-msix', attach_without_msix),
        ('attach-vhost-user', attach_vhost_user),
        ('attach-usage', attach_usage),
        ('connect-vfio-user', connect_vfio_user),
        ('connect-vhost-user', connect_vhost_user),
        ('capture', capture),
        ('people', people),
    ]))
