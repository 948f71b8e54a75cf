#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The backends that are sockets against QEMU's own: a guest on our NICs and a guest on QEMU's NICs, joined by six wires at once, with QEMU 11
and then QEMU 7.2 at the other end.

test_sockets.py HVNET
"""
import socket
import sys
import time

from guest import Guest, Process, boot_arguments, emulator
from scenario import Scenario, main
from tap import Skip


def free_ports(kind, count):
    """ports of loopback that nobody has now"""
    sockets = [socket.socket(socket.AF_INET, kind) for _ in range(count)]
    for one in sockets:
        one.bind(('127.0.0.1', 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Wires(Scenario):
    """stream, dgram over unix and UDP, socket listen and mcast, l2tpv3: net0 to net5, 10.1.0.0/24 to 10.1.5.0/24; we are .1, the peer is .2"""

    name = 'wires'
    checks = ('qemu_11_joins', 'pings', 'transfers', 'qemu_11_dies', 'qemu_7_2_joins', 'pings', 'transfers', 'counters')

    def serve(self):
        udp = free_ports(socket.SOCK_DGRAM, 5)
        tunnel = 'l2tpv3,udp=on,src=127.0.0.1,dst=127.0.0.1,cookie64=on,counter=on'
        tcp = free_ports(socket.SOCK_STREAM, 1)[0]
        unix = [self.directory / name for name in ('stream', 'ours', 'theirs')]
        ours = (
            f'stream,server=on,addr.type=unix,addr.path={unix[0]}',
            f'dgram,local.type=unix,local.path={unix[1]},remote.type=unix,remote.path={unix[2]}',
            f'dgram,local.type=inet,local.host=127.0.0.1,local.port={udp[0]},remote.type=inet,remote.host=127.0.0.1,remote.port={udp[1]}',
            f'socket,listen=127.0.0.1:{tcp}',
            f'socket,mcast=239.192.168.1:{udp[2]},localaddr=127.0.0.1',
            f'{tunnel},srcport={udp[3]},dstport={udp[4]},txsession=0xfffffffe,rxsession=7,txcookie=1,rxcookie=0x0102030405060708',
        )
        self.theirs = (
            f'stream,server=off,addr.type=unix,addr.path={unix[0]}',
            f'dgram,local.type=unix,local.path={unix[2]},remote.type=unix,remote.path={unix[1]}',
            f'socket,udp=127.0.0.1:{udp[0]},localaddr=127.0.0.1:{udp[1]}',
            f'socket,connect=127.0.0.1:{tcp}',
            f'socket,mcast=239.192.168.1:{udp[2]},localaddr=127.0.0.1',
            f'{tunnel},srcport={udp[4]},dstport={udp[3]},txsession=7,rxsession=0xfffffffe,txcookie=0x0102030405060708,rxcookie=1',
        )
        self.options = [word for number, option in enumerate(ours)
                        for word in ('-nic', f'{option},model=e1000,mac=52:54:00:00:01:0{number}')]
        self.peer = None
        super().serve()

    def other(self):
        """the guest at the other end, for a check; skips what cannot be checked without one"""
        self.up()
        if self.peer is None:
            raise Skip('there is no peer')
        return self.peer

    def states(self):
        return [self.hvnet.interface(f'net{number}')['backend-state'] for number in range(len(self.theirs))]

    def wait_states(self, *wanted):
        end = time.monotonic() + 30
        while self.states() != list(wanted):
            assert time.monotonic() < end, f'{self.states()}, not {wanted}'
            time.sleep(0.2)

    @staticmethod
    def configure(guest, side, host):
        for number in range(6):
            guest.run(f'for d in /sys/class/net/*; do [ "$(cat $d/address)" = 52:54:00:00:0{side}:0{number} ] || continue; i=${{d##*/}}; '
                      f'ip addr flush dev $i; ip addr add 10.1.{number}.{host}/24 dev $i && ip link set $i up && exit 0; done; exit 1')

    def join(self, part):
        directory = self.directory / part
        directory.mkdir()
        wires = [word for number, option in enumerate(self.theirs)
                 for word in ('-netdev', f'{option},id=n{number}', '-device', f'e1000,netdev=n{number},mac=52:54:00:00:02:0{number}')]
        self.up()
        self.peer = Guest(directory, lambda: Process('peer', [emulator(part), *boot_arguments(directory), '-machine', 'pc', '-m', '256M', *wires],
                                                     directory))
        self.peer.load(self.modules)
        self.configure(self.guest, 1, 1)
        self.configure(self.peer, 2, 2)
        self.wait_states('up', 'up', 'up', 'up', 'up', 'up')

    def qemu_11_joins(self):
        self.configure(self.up(), 1, 1)
        self.wait_states('listening', 'connecting', 'up', 'listening', 'up', 'up')
        self.join('qemu')

    def qemu_7_2_joins(self):
        self.join('qemu-7.2')

    def pings(self):
        """each way over each wire, and nothing comes twice: nobody hears itself"""
        for number in range(6):
            for guest, host in ((self.up(), 2), (self.other(), 1)):
                output = guest.run(f'ping -c 1 -W 10 10.1.{number}.{host} >/dev/null; ping -c 3 -i 0.2 -W 10 -s 1400 10.1.{number}.{host}')
                assert '3 packets received' in output and 'DUP' not in output, output

    def transfers(self):
        """a few megabytes of TCP each way over each wire"""
        self.other()
        self.up().run('pidof iperf3 || iperf3 -s -D; for i in $(seq 50); do netstat -ltn | grep -q :5201 && exit 0; sleep 0.1; done; exit 1')
        for number in range(6):
            for options in ('', '-R'):
                self.other().run(f'iperf3 -c 10.1.{number}.1 -n 3M {options}')

    def qemu_11_dies(self):
        """connections end, our guest sees the cables unplugged; a unix peer that has gone is missed within a second"""
        self.other().kill()
        self.wait_states('listening', 'connecting', 'up', 'listening', 'up', 'up')
        self.up().run('for i in $(seq 100); do [ $(cat /sys/class/net/eth?/carrier | grep -c 0) = 2 ] && exit 0; sleep 0.1; done; exit 1')
        (self.directory / 'theirs').unlink(missing_ok=True)

    def counters(self):
        self.other()
        for number in range(6):
            interface = self.hvnet.interface(f'net{number}')
            assert interface['to-guest']['frames'] > 1000 and interface['from-guest']['frames'] > 100, interface
            assert interface['to-guest']['dropped-stranger'] == 0 and interface['to-guest']['dropped-empty'] == 0, interface
        self.peer.check_log()
        self.peer.power_off()
        self.peer = None

    def ends(self):
        super().ends()
        for name in ('stream', 'ours'):
            assert not (self.directory / name).exists(), f'{name} is left behind'

    def clean(self):
        if getattr(self, 'peer', None) is not None:
            self.peer.kill()
        super().clean()


if __name__ == '__main__':
    sys.exit(main('/guest/sockets', (Wires,)))
