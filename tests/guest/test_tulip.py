#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Linux's tulip driver on our 21143, in QEMU over vfio-user: one card on a user network, one whose other side is the test.

test_tulip.py HVNET
"""
import socket
import sys
import time

from scenario import LESS, Scenario, main


PEER = bytes.fromhex('020000000001')
# who has 10.9.0.1, asked by 10.9.0.2
ARP = b'\xff' * 6 + PEER + bytes.fromhex('0806000108000604 0001') + PEER + bytes((10, 9, 0, 2)) + bytes(6) + bytes((10, 9, 0, 1))


class Tulip(Scenario):
    name = 'pc'
    ids = '0x1011\n0x0019'
    modules = 'tulip'
    driver = 'tulip'
    size = LESS
    # the driver counts that it has switched the receiver off, for another duplex, as an error
    losses = ('tx_errors', 'rx_dropped', 'tx_dropped', 'rx_missed_errors', 'rx_crc_errors', 'rx_length_errors', 'rx_frame_errors')
    checks = ('identity', 'lease', 'found', 'ping_sizes', 'download', 'upload', 'interrupts', 'vlan', 'promiscuous_and_multicast', 'no_losses',
              'odd_frames', 'link_down_and_up', 'rebind', 'reboot')

    def serve(self):
        self.near, self.far = (str(self.directory / name) for name in ('near', 'far'))
        self.options = ('-nic', 'user,model=tulip,mac=52:54:00:12:34:56', '-nic',
                        f'dgram,model=tulip,local.type=unix,local.path={self.near},remote.type=unix,remote.path={self.far}')
        super().serve()

    def found(self):
        """the driver reads the leaf in the serial ROM, and finds the PHY"""
        output = self.up().run('dmesg')
        for words in ('EEPROM default media type Autosense', 'Media MII (#11) described by a 21142 MII PHY (3) block',
                      'MII transceiver #1 config 3100 status 782d advertising 01e1'):
            assert words in output, output

    def odd_frames(self):
        """frames of no length, of 10, 2041, 2045 and 9000 bytes, each of which would be the last for a receiver that queues what it cannot take"""
        self.up().run('ip addr add 10.9.0.1/24 dev eth1 && ip link set eth1 up')
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as peer:
            peer.bind(self.far)
            for length in (0, 10, 2041, 2045, 9000):
                peer.settimeout(60)
                peer.sendto((ARP[:14] + b'\x5a' * 9000)[:length], self.near)
                self.ask(peer)
        output = self.up().run('cat /sys/class/net/eth1/statistics/rx_length_errors')
        assert int(output) >= 1, output  # the watchdog cut one off, at least

    def ask(self, peer):
        """an ARP request, until it is answered"""
        deadline = time.monotonic() + 60
        peer.settimeout(1)
        while time.monotonic() < deadline:
            try:
                peer.sendto(ARP, self.near)
                while (frame := peer.recv(65536))[12:14] != b'\x08\x06' or frame[20:22] != b'\x00\x02':
                    pass
                return
            except socket.timeout:
                pass
        raise AssertionError('the guest does not answer any more')

    def wait_carrier(self, value):
        self.up().run(f'for i in $(seq 600); do [ "$(cat /sys/class/net/eth0/carrier)" = {value} ] && exit 0; sleep 0.1; done; exit 1')

    def link_down_and_up(self):
        """the driver asks the PHY three seconds after its interface went up, then once a minute while there is a link, and every three seconds
        while there is none: so the cable is plugged out early"""
        guest = self.up()
        interface = next(iter(self.hvnet.sockets))
        guest.run('ip link set eth0 down')
        self.command('set-link', interface, 'off')
        guest.run('ip link set eth0 up')
        self.wait_carrier(0)
        assert guest.attempt('ping -c 1 -W 1 10.0.2.2')[0] != 0
        self.command('set-link', interface, 'on')
        self.wait_carrier(1)
        self.lease()


if __name__ == '__main__':
    sys.exit(main('/guest/tulip', (Tulip,)))
