#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Linux's ne2k-pci on our ne2k_pci, in QEMU over vfio-user.

The card has no DMA: every four bytes of a frame are an access to an I/O port, which the emulator sends as a message and waits for. A frame of 1514 bytes
is 379 of them, and a few dozen more for its header, its interrupt and its acknowledgement. So the transfers are small.

test_ne2k.py HVNET
"""
import json
import sys

from scenario import Scenario, main


class Ne2kPci(Scenario):
    name = 'pc'
    modules = 'ne2k-pci'
    driver = 'ne2k-pci'
    ids = '0x10ec\n0x8029'
    options = ('-nic', 'user,model=ne2k_pci,mac=52:54:00:12:34:56')
    size = 128 << 10
    pings = 2
    losses = (*Scenario.losses, 'rx_over_errors')
    checks = ('identity', 'lease', 'ping_sizes', 'download', 'upload', 'interrupts', 'vlan', 'promiscuous_and_multicast', 'cable', 'no_losses', 'rebind',
              'module_reload', 'reboot')

    def traffic(self):
        """as the others' for a look after each change, but small"""
        self.up().run('ping -c 2 -i 0.1 -W 5 -s 1400 10.0.2.2')

    def cable(self):
        """this driver looks at no link, so its carrier stays; but frames stop, and go on"""
        interface = next(iter(self.hvnet.sockets))
        self.command('set-link', interface, 'off')
        assert self.up().attempt('ping -c 1 -W 1 10.0.2.2')[0] != 0
        assert json.loads(self.command('stat', '--json'))['interfaces'][0]['up'] is False
        self.command('set-link', interface, 'on')
        self.traffic()


if __name__ == '__main__':
    sys.exit(main('/guest/ne2k', (Ne2kPci,)))
