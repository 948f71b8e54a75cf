#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real guest on our NIC, whose traffic leaves by a tap to the kernel of a namespace that is made for it: no privileges are needed.

test_tap.py HVNET
"""
import hashlib
import json
import pathlib
import random
import subprocess
import sys

from guest import Hvnet, Server
from scenario import SIZE, main
from virtio import Virtio

HERE = pathlib.Path(__file__).resolve()


def make_data():
    """the same in both namespaces"""
    return random.Random(1).randbytes(SIZE)


class Inside:
    """what a guest talks to, as guest.Server is it, in the namespace of a process"""

    def __init__(self, pid):
        self.enter = ['nsenter', '-t', str(pid), '-U', '-n', '--preserve-credentials']
        self.process = subprocess.Popen([*self.enter, sys.executable, str(HERE), 'serve'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.data = make_data()
        self.http_port, self.sink_port = json.loads(self.process.stdout.readline())

    def digest(self, size=None):
        return hashlib.sha256(self.data[:size]).hexdigest()

    @property
    def received(self):
        self.process.stdin.write('received\n')
        self.process.stdin.flush()
        return [tuple(one) for one in json.loads(self.process.stdout.readline())]

    def run(self, *command):
        return subprocess.run([*self.enter, *command], stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout

    def end(self):
        self.process.communicate()


def serve():
    server = Server(make_data(), '0.0.0.0')
    print(json.dumps((server.http_port, server.sink_port)), flush=True)
    for _ in sys.stdin:
        print(json.dumps(server.received), flush=True)


class OverTap(Virtio):
    """virtio-net, since it takes large frames as well as it gives them"""

    name = 'tap'
    options = ('-netdev', f'tap,id=host0,ifname=guest0,script={HERE.parent}/tap-up,downscript=no',
               '-device', 'virtio-net-pci,netdev=host0,mac=52:54:00:12:34:56')
    checks = ('address', 'ping', 'download', 'upload', 'whole_frames', 'link_down_and_up', 'host_carrier', 'deleted')

    def serve(self):
        self.hvnet = Hvnet(self.hvnet_program, self.directory, self.options, prefix=('unshare', '-Urn'))
        self.server = Inside(self.hvnet.process.pid)

    def clean(self):
        super().clean()
        if isinstance(self.server, Inside):
            self.server.end()

    def address(self):
        guest = self.up()
        guest.run('ip addr add 10.0.2.15/24 dev eth0 && ip link set eth0 up')
        self.carrier()

    def whole_frames(self):
        """the files went as large frames, both ways: counted on the link, and cut by nobody there"""
        interface = json.loads(self.command('stat', '--json'))['interfaces'][0]
        print(f'# {interface}')
        for way in ('to-guest', 'from-guest'):
            counters = interface[way]
            assert counters['bytes'] > len(self.server.data) and counters['bytes'] / counters['frames'] > 2000, interface
            assert counters['segmented'] == 0, interface

    def host_carrier(self):
        """the host's kernel sees that the guest's cable is unplugged"""
        interface = next(iter(self.hvnet.sockets))
        self.command('set-link', interface, 'off')
        assert 'NO-CARRIER' in self.server.run('ip', 'link', 'show', 'guest0')
        self.command('set-link', interface, 'on')
        assert 'NO-CARRIER' not in self.server.run('ip', 'link', 'show', 'guest0')
        self.after('true')

    def deleted(self):
        """the interface is deleted: hvnet says so, and the guest sees a cable that is unplugged"""
        self.server.run('ip', 'link', 'del', 'guest0')
        self.carrier(0)
        interface = json.loads(self.command('stat', '--json'))['interfaces'][0]
        assert "interface 'guest0' was deleted" in json.dumps(interface), interface

    def ends(self):
        guest = self.up()
        guest.check_log()
        guest.power_off()
        self.hvnet.stop()
        log = self.hvnet.text()
        assert 'CRITICAL' not in log and log.count('warning:') == log.count("interface 'guest0' was deleted") == 1, log


if __name__ == '__main__':
    if sys.argv[1] == 'serve':
        serve()
        sys.exit(0)
    sys.exit(main('/guest/tap', (OverTap,)))
