#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Linux's tulip driver on our 21143, in QEMU over vfio-user.

test_tulip.py HVNET
"""
import sys

from scenario import LESS, Scenario, main


class Tulip(Scenario):
    name = 'pc'
    ids = '0x1011\n0x0019'
    modules = 'tulip'
    driver = 'tulip'
    options = ('-nic', 'user,model=tulip,mac=52:54:00:12:34:56')
    size = LESS
    sizes = (0, 1, 18, 56, 255, 512, 1000, 1471, 1472)  # of the payload: frames from 42 bytes to the MTU
    checks = ('identity', 'lease', 'found', 'ping_sizes', 'download', 'upload', 'interrupts', 'vlan', 'promiscuous_and_multicast', 'no_errors',
              'link_down_and_up', 'rebind', 'module_reload', 'reboot')

    def found(self):
        """the driver reads the leaf in the serial ROM, and finds the PHY"""
        output = self.up().run('dmesg')
        for words in ('EEPROM default media type Autosense', 'Media MII (#11) described by a 21142 MII PHY (3) block',
                      'MII transceiver #1 config 3100 status 782d advertising 01e1'):
            assert words in output, output

    def ping_sizes(self):
        for size in self.sizes:
            output = self.up().run(f'ping -c 3 -i 0.1 -W 3 -s {size} 10.0.2.2')
            assert '3 packets received' in output and 'DUP' not in output, output

    def interrupts(self):
        output = self.up().run('grep eth0 /proc/interrupts')
        assert int(output.split()[1]) > 100, output

    def no_errors(self):
        """nothing was lost between the guest and the NIC"""
        output = self.up().run('for i in tx_errors rx_dropped tx_dropped rx_missed_errors rx_crc_errors rx_length_errors rx_frame_errors; do '
                               'echo $i $(cat /sys/class/net/eth0/statistics/$i); done')
        wrong = [line for line in output.splitlines() if line and not line.endswith(' 0')]
        assert wrong == [], output

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
        self.traffic()


if __name__ == '__main__':
    sys.exit(main('/guest/tulip', (Tulip,)))
