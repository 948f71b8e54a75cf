#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The l2tpv3 backend against QEMU's own, over UDP and over IP with every field, in namespaces that the test makes for itself. Nobody boots: at
each end frames come out of the tunnel as datagrams on a unix socket of this test, by a hub in QEMU and by a cable on our side.

test_l2tpv3.py CABLE [PART]
"""
import contextlib
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

from guest import Process, emulator
from tap import TIMEOUT, run_cases

CABLE = os.path.abspath(sys.argv[1])
HERE = os.path.abspath(__file__)
IP_PROTOCOL = 115
PAIRS = (('src', 'dst'), ('srcport', 'dstport'), ('txsession', 'rxsession'), ('txcookie', 'rxcookie'))
UDP4 = {'src': '127.0.0.1', 'dst': '127.0.0.2', 'udp': 'on'}
IP4 = {'src': '127.0.0.1', 'dst': '127.0.0.2'}
UDP6 = {'src': 'fd00::1', 'dst': 'fd00::2', 'udp': 'on', 'ipv6': 'on'}
IP6 = {'src': 'fd00::1', 'dst': 'fd00::2', 'ipv6': 'on'}
# the raw sockets of all tunnels over IP hear all that comes, and the session tells whose it is
TUNNELS = (
    {**UDP4, 'srcport': '1701', 'dstport': '1702', 'txsession': '7', 'rxsession': '7'},
    {**UDP4, 'srcport': '1703', 'dstport': '1704', 'txsession': '0xffffffff', 'rxsession': '4294967294', 'counter': 'on'},
    {**UDP4, 'srcport': '1705', 'dstport': '1706', 'txsession': '1', 'rxsession': '2', 'txcookie': '0x01020304', 'rxcookie': '3'},
    {**UDP6, 'srcport': '1701', 'dstport': '1702', 'txsession': '1', 'rxsession': '2', 'cookie64': 'on', 'txcookie': '0x0102030405060708',
     'rxcookie': '18446744073709551615', 'counter': 'on', 'pincounter': 'on', 'offset': '16'},
    {**IP4, 'txsession': '11', 'rxsession': '12'},
    {**IP4, 'txsession': '13', 'rxsession': '14', 'cookie64': 'on', 'txcookie': '1', 'rxcookie': '2', 'counter': 'on', 'offset': '3'},
    {**IP6, 'txsession': '15', 'rxsession': '16', 'txcookie': '1', 'rxcookie': '2'},
)


def print_options(options):
    return 'l2tpv3,' + ','.join(f'{name}={value}' for name, value in options.items())


def mirrored(options):
    """the same tunnel from its other end"""
    other = dict(options)
    for here, there in PAIRS:
        if here in options:
            other[here], other[there] = options[there], options[here]
    return other


def unix_socket(path):
    one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.bind(path)
    one.settimeout(TIMEOUT)
    return one


def bind(one, address):
    """an emulator that was killed holds its sockets a little longer"""
    end = time.monotonic() + TIMEOUT
    while True:
        try:
            return one.bind(address)
        except OSError:
            assert time.monotonic() < end, address
            time.sleep(0.02)


class Tunnel:
    """our end, and the sockets of this test at both ends; QEMU is the other end of all of them"""

    def __init__(self, number, options, stack):
        self.number, self.options = number, options
        self.near, self.far = (stack.enter_context(unix_socket(f'{name}{number}')) for name in ('near', 'far'))
        self.cable = subprocess.Popen([CABLE, f'dgram,local.type=unix,local.path=ours{number},remote.type=unix,remote.path=near{number}',
                                       print_options(options)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        stack.callback(self.kill)
        for expected in ('state left 3 ', 'state right 3 ', 'ready'):
            line = self.cable.stdout.readline().rstrip('\n')
            assert line == expected, line + self.cable.stdout.read()
        self.near.connect(f'ours{number}')

    def kill(self):
        if self.cable.poll() is None:
            self.cable.kill()
        self.cable.communicate()

    def qemu_options(self):
        hub = [word for kind in 'ab' for word in ('-netdev', f'hubport,id=h{kind}{self.number},hubid={self.number},netdev={kind}{self.number}')]
        return ['-netdev', f'{print_options(mirrored(self.options))},id=a{self.number}',
                '-netdev', f'dgram,id=b{self.number},local.type=unix,local.path=theirs{self.number},remote.type=unix,remote.path=far{self.number}', *hub]

    @staticmethod
    def frame(number, size):
        return b'\2' * 12 + b'\x88\xb5' + bytes([number]) * (size - 14)

    def exchange(self):
        self.far.connect(f'theirs{self.number}')
        for size in (60, 1400):
            for sender, receiver in ((self.near, self.far), (self.far, self.near)):
                for number in range(8):
                    sender.send(self.frame(number, size))
                for number in range(8):
                    assert receiver.recv(9999) == self.frame(number, size), (self.options, number)

    def into_the_void(self):
        """nobody is at the other end: what the host says about that changes nothing"""
        for number in range(8):
            self.near.send(self.frame(number, 60))

    def rubbish(self):
        """from the right address: nothing of it comes through"""
        family = socket.AF_INET6 if 'ipv6' in self.options else socket.AF_INET
        kind = (socket.SOCK_DGRAM, 0) if 'udp' in self.options else (socket.SOCK_RAW, IP_PROTOCOL)
        here, there = ((self.options[name], int(self.options.get(f'{name}port', 0))) for name in ('dst', 'src'))
        with socket.socket(family, *kind) as sender:
            bind(sender, here)
            for size in (0, 1, 3, 4, 7, 8, 12, 13, 60, 1400, 65000):
                for byte in (b'\0', b'\xff'):
                    with contextlib.suppress(ConnectionRefusedError):
                        sender.sendto(byte * size, there)

    def end(self):
        output = self.cable.communicate('', timeout=TIMEOUT)[0]
        states = re.findall(r'^state .*', output, re.MULTILINE)
        assert self.cable.returncode == 0 and states == ['state right 0 ', 'state left 0 '], output
        assert 'WARNING' not in output and 'CRITICAL' not in output, output


def start_qemu(part, tunnels):
    qemu = Process('qemu', [emulator(part), '-nodefaults', '-machine', 'none', '-display', 'none', '-qmp', 'stdio',
                            *(word for tunnel in tunnels for word in tunnel.qemu_options())], pathlib.Path('.').absolute(),
                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert b'QMP' in qemu.process.stdout.readline(), qemu.text()
    return qemu


def inside(part):
    for command in ('link set lo up', 'addr add fd00::1/128 dev lo', 'addr add fd00::2/128 dev lo'):
        subprocess.run(['ip', *command.split()], check=True)
    with tempfile.TemporaryDirectory(prefix='hvnet-l2tpv3-') as directory, contextlib.ExitStack() as stack:
        os.chdir(directory)
        tunnels = [Tunnel(number, options, stack) for number, options in enumerate(TUNNELS)]
        for tunnel in tunnels:
            tunnel.into_the_void()
        for _ in range(2):
            qemu = start_qemu(part, tunnels)
            stack.callback(qemu.kill)
            for tunnel in tunnels:
                tunnel.exchange()
            qemu.kill()
            for tunnel in tunnels:
                tunnel.into_the_void()
                tunnel.rubbish()
                pathlib.Path(f'theirs{tunnel.number}').unlink()
        for tunnel in tunnels:
            tunnel.end()
        os.chdir('/')


def in_a_network_of_its_own(part):
    emulator(part)
    result = subprocess.run(['unshare', '-Urn', sys.executable, HERE, CABLE, part], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            timeout=4 * TIMEOUT, check=False)
    assert result.returncode == 0, f'exit status {result.returncode}\n{result.stdout}'


if __name__ == '__main__':
    if len(sys.argv) > 2:
        inside(sys.argv[2])
        sys.exit(0)
    sys.exit(run_cases('/guest/l2tpv3', [(part.replace('.', '-'), lambda part=part: in_a_network_of_its_own(part)) for part in ('qemu', 'qemu-7.2')]))
