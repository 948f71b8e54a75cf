# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the checks of every virtio-net have in common, whatever it is attached by."""
import re

from scenario import LESS, Scenario

# bits of the features that driver and device agreed on, after VIRTIO 1.2
MAC, MRG_RXBUF, INDIRECT_DESC, EVENT_IDX, VERSION_1, RING_PACKED, RING_RESET, HASH_REPORT = 5, 15, 28, 29, 32, 34, 40, 57


class Virtio(Scenario):
    modules = 'virtio_pci virtio_net'
    driver = 'virtio_net'
    tells_link = False
    function = '/sys/class/net/eth0/device/..'
    ids = '0x1af4\n0x1000'

    def features(self):
        """the numbers of the features that are in use"""
        bits = self.up().run('cat /sys/class/net/eth0/device/features').strip()
        return {number for number, bit in enumerate(bits) if bit == '1'}

    def offloads(self):
        """what the stack of the guest has the NIC do"""
        return set(re.findall(r'^\s*(\S+): on', self.up().run('ethtool -k eth0'), re.MULTILINE))

    def interrupts(self):
        """how many interrupts came, by the name of their vector"""
        lines = [line.split() for line in self.up().run('grep virtio /proc/interrupts').splitlines()]
        return {line[-1]: sum(int(word) for word in line[1:1 + self.processors]) for line in lines}

    def mtu(self):
        return int(self.up().run('cat /sys/class/net/eth0/mtu'))

    # ---- checks ----

    def offload_toggles(self):
        for feature in ('tso', 'sg', 'tx', 'gro', 'rx-gro-hw'):
            for state in ('off', 'on'):
                self.after(f'ethtool -K eth0 {feature} {state}')
        self.up().run('ethtool -K eth0 tx off tso off rx-gro-hw off')
        self.traffic()
        self.up().run('ethtool -K eth0 tx on sg on tso on rx-gro-hw on')

    def rebind_from_virtio(self):
        self.up().run('d=$(basename $(readlink -f /sys/class/net/eth0/device)); cd /sys/bus/virtio/drivers/virtio_net; '
                      'for i in 1 2 3; do echo $d >unbind; echo $d >bind; done')
        self.lease()

    def pairs(self):
        return [int(number) for number in re.findall(r'Combined:\s+(\d+)', self.up().run('ethtool -l eth0'))]

    def spread(self):
        """flows of two processors come in on both pairs"""
        guest = self.up()
        command = f'wget -q -O - http://10.0.2.2:{self.server.http_port}/{LESS}'
        guest.run(''.join(f'taskset {1 << number % 2:x} sh -c "{command} | sha256sum >/tmp/{number}" & ' for number in range(4)) + 'wait')
        output = guest.run('cat /tmp/[0-3]')
        assert output.count(self.server.digest(LESS)) == 4, output
        counts = self.interrupts()
        assert counts['virtio0-input.0'] > 50 and counts['virtio0-input.1'] > 50, counts

    def channels(self):
        for number in (1, 2):
            self.after(f'ethtool -L eth0 combined {number}')
            assert self.pairs() == [2, number]
            self.traffic()
