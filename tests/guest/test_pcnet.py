#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Linux's pcnet32 on our pcnet, in QEMU over vfio-user: all that a guest's administrator may do to it, and what goes wrong. test_pcnet.py HVNET"""
import re
import sys

from scenario import LESS, Scenario, main


class Pcnet(Scenario):
    name = 'pc'
    modules = 'pcnet32'
    driver = 'pcnet32'
    ids = '0x1022\n0x2000'
    size = LESS
    sizes = (0, 1, 18, 56, 255, 512, 1000, 1471, 1472)  # of the payload: frames from 42 bytes to the MTU
    options = ('-nic', 'user,model=pcnet,mac=52:54:00:12:34:56')
    checks = ('identity', 'lease', 'ping_sizes', 'download', 'upload', 'interrupts', 'no_errors', 'self_test', 'registers', 'link_settings', 'link_down_and_up',
              'vlan', 'promiscuous_and_multicast', 'rebind', 'module_reload', 'reboot', 'killed')

    def ping_sizes(self):
        for size in self.sizes:
            output = self.up().run(f'ping -c 3 -i 0.1 -W 3 -s {size} 10.0.2.2')
            assert '3 packets received' in output and 'DUP' not in output, output

    def interrupts(self):
        output = self.up().run('grep eth0 /proc/interrupts')
        assert int(output.split()[1]) > 100, output

    def no_errors(self):
        """nothing was lost between the guest and the NIC"""
        output = self.up().run('for i in rx_errors tx_errors rx_dropped tx_dropped rx_missed_errors rx_crc_errors rx_fifo_errors tx_carrier_errors; do '
                               'echo $i $(cat /sys/class/net/eth0/statistics/$i); done')
        wrong = [line for line in output.splitlines() if line and not line.endswith(' 0')]
        assert wrong == [], output

    def self_test(self):
        """the driver's loopback test: four frames through both rings and the FCS, several times"""
        for _ in range(3):
            output = self.up().run('ethtool -t eth0 offline')
            assert 'result is PASS' in output, output
        self.after('true')

    def registers(self):
        output = self.up().run('ethtool -d eth0')
        assert 'PCnet/PCI II 79C970A' in output and 'Missed Frame Count         0x0000' in output, output
        self.after('true')

    def link_settings(self):
        output = self.up().run('ethtool eth0')
        assert 'Speed: 10Mb/s' in output and 'Link detected: yes' in output, output
        self.after('ethtool -s eth0 autoneg on')
        self.after('ethtool -s eth0 autoneg off port tp duplex full')
        assert 'Duplex: Full' in self.up().run('ethtool eth0')

    def link_lines(self, state):
        return len(re.findall(f'eth0: link {state.lower()}', self.up().run('dmesg')))


if __name__ == '__main__':
    sys.exit(main('/guest/pcnet', (Pcnet,)))
