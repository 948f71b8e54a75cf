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
    losses = (*Scenario.losses, 'rx_fifo_errors', 'tx_carrier_errors')
    options = ('-nic', 'user,model=pcnet,mac=52:54:00:12:34:56')
    checks = ('identity', 'lease', 'ping_sizes', 'download', 'upload', 'interrupts', 'no_losses', 'self_test', 'registers', 'link_settings', 'link_down_and_up',
              'vlan', 'promiscuous_and_multicast', 'rebind', 'module_reload', 'reboot', 'killed')

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
