#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Linux's ne2k-pci on our ne2k_pci, in QEMU over vfio-user.

The card has no DMA: every four bytes of a frame are an access to an I/O port, which the emulator sends as a message and waits for. A frame of 1514 bytes
is 379 of them, and a few dozen more for its header, its interrupt and its acknowledgement. So the transfers are small.

Linux gives this card 200 ms to send a frame, others five seconds, and takes up to ten received ones before it looks. Ten of 1514 bytes take about as long, and on a
busy host longer; the driver says so, resets the card, and what was on its way is lost. So whatever must arrive is sent more than once.

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
    tolerated = 'NETDEV WATCHDOG'
    losses = tuple({*Scenario.losses, 'rx_over_errors'} - {'tx_errors'})
    checks = ('identity', 'lease', 'ping_sizes', 'download', 'upload', 'interrupts', 'vlan', 'promiscuous_and_multicast', 'cable', 'no_losses', 'rebind',
              'module_reload', 'reboot')

    def reach(self, size):
        """a ping that comes back, of a few"""
        return self.up().run(f'for i in 1 2 3 4 5; do ping -c 1 -W 5 -s {size} 10.0.2.2 && exit 0; done; exit 1')

    def ping_sizes(self):
        for size in self.sizes:
            output = self.reach(size)
            assert 'DUP' not in output, output

    def after(self, command):
        self.up().run(command)
        self.reach(56)

    def traffic(self):
        """as the others' for a look after each change, but small"""
        self.reach(1400)

    def no_losses(self):
        """nothing was lost but what the driver gave up itself"""
        super().no_losses()
        guest = self.up()
        timeouts = guest.run(f"dmesg | grep -c '{self.tolerated}'; true")
        assert guest.run('cat /sys/class/net/eth0/statistics/tx_errors') == timeouts, timeouts

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
