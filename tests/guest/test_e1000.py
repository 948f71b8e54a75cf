#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Linux's e1000 driver on our e1000, in QEMU over vfio-user: pc and q35, the three models, much memory, two NICs, and what goes wrong.

test_e1000.py HVNET
"""
import re
import sys

from scenario import LESS, Scenario, main


class OnPc(Scenario):
    """82540EM: all that a guest's administrator may do to it, then all that may happen to the emulator and to hvnet"""

    name = 'pc-82540em'
    options = ('-nic', 'user,model=e1000,mac=52:54:00:12:34:56')
    checks = ('identity', 'lease', 'ping', 'download', 'upload', 'interrupts', 'statistics', 'features', 'offload_toggles', 'ring_sizes',
              'flow_control', 'self_test', 'eeprom_and_registers', 'link_down_and_up', 'vlan', 'promiscuous_and_multicast', 'large_mtu', 'rebind',
              'module_reload', 'stopped_for_three_seconds', 'reboot', 'killed')

    def interrupts(self):
        output = self.up().run('grep eth0 /proc/interrupts')
        assert int(output.split()[1]) > 100, output

    def statistics(self):
        output = self.up().run('ethtool -S eth0')
        counters = {name: int(value) for name, value in re.findall(r'(\w+): (\d+)', output)}
        assert counters['rx_packets'] > 1000 and counters['tx_packets'] > 500 and counters['rx_bytes'] > 64 << 20, output
        assert counters['tx_tcp_seg_good'] > 0, output
        wrong = [name for name in counters if counters[name] and re.search('errors|dropped|no_buffer|missed|timeout|restart', name)]
        assert wrong == [], [(name, counters[name]) for name in wrong]

    def features(self):
        output = self.up().run('ethtool -k eth0')
        for feature in ('tx-checksumming', 'scatter-gather', 'tcp-segmentation-offload', 'rx-vlan-offload', 'tx-vlan-offload'):
            assert f'{feature}: on' in output, output

    def offload_toggles(self):
        for feature in ('tso', 'sg', 'tx', 'rx', 'rxvlan', 'gro'):
            for state in ('off', 'on'):
                self.after(f'ethtool -K eth0 {feature} {state}')
        self.up().run('ethtool -K eth0 rx on tx on sg on tso on')
        self.traffic()
        self.up().run('ethtool -K eth0 tx off tso off')
        self.traffic()
        self.up().run('ethtool -K eth0 tx on sg on tso on')

    def ring_sizes(self):
        self.after('ethtool -G eth0 rx 80 tx 80')
        self.traffic()
        self.after('ethtool -G eth0 rx 4096 tx 4096')
        self.traffic()
        self.after('ethtool -G eth0 rx 256 tx 256')

    def flow_control(self):
        self.after('ethtool -A eth0 autoneg off rx off tx off; ethtool -A eth0 autoneg on rx on tx on; ethtool -a eth0')
        self.after('ethtool -r eth0')

    def self_test(self):
        status, output = self.up().attempt('ethtool -t eth0 offline')
        print('\n'.join(f'# {line}' for line in output.splitlines()))
        assert status == 0 and 'The test result is PASS' in output, output

    def eeprom_and_registers(self):
        self.after('ethtool -e eth0 length 16 && ethtool -d eth0 | head -n 20')
        assert '52 54 00 12 34 56' in self.up().run('ethtool -e eth0 length 16')


class OnQ35(Scenario):
    name = 'q35-82544gc'
    size = LESS
    machine = 'q35'
    options = ('-nic', 'user,model=e1000-82544gc')
    checks = ('lease', 'ping', 'download', 'upload', 'self_test')

    def self_test(self):
        output = self.up().run('ethtool -t eth0 offline')
        assert 'The test result is PASS' in output, output


class TwoNics(Scenario):
    """two NICs at once, each its own network"""

    name = 'pc-two-nics'
    options = ('-nic', 'user,model=e1000-82545em,net=10.0.3.0/24', '-nic', 'user,model=e1000,net=10.0.4.0/24')
    checks = ('leases', 'both_at_once')

    def leases(self):
        # the order of the names is the guest's affair
        networks = {self.up().lease(name)[2] for name in ('eth0', 'eth1')}
        assert networks == {'10.0.3.2', '10.0.4.2'}, networks

    def both_at_once(self):
        url = f'/{LESS} | sha256sum >/tmp/'
        guest = self.up()
        guest.run(f'wget -q -O - http://10.0.3.2:{self.server.http_port}{url}a & '
                  f'wget -q -O - http://10.0.4.2:{self.server.http_port}{url}b & wait')
        output = guest.run('cat /tmp/a /tmp/b; ip -s link')
        assert output.count(self.server.digest(LESS)) == 2, output


class MuchMemory(Scenario):
    """memory above 4 GiB: two regions of one file for hvnet"""

    name = 'q35-82545em-5g'
    size = LESS
    machine = 'q35'
    memory = '5G'
    options = ('-nic', 'user,model=e1000-82545em')
    checks = ('lease', 'ping', 'download', 'upload', 'coalescing')

    def coalescing(self):
        for value in (0, 1, 3):
            self.after(f'ethtool -C eth0 rx-usecs {value}')


class PrivateMemory(Scenario):
    """memory that QEMU keeps to itself: every access of the NIC is a message, and hvnet says what to do about it"""

    name = 'pc-private-memory'
    shared = False
    options = ('-nic', 'user,model=e1000')
    checks = ('lease', 'ping', 'traffic', 'reboot', 'warning')


if __name__ == '__main__':
    sys.exit(main('/guest/e1000', (OnPc, OnQ35, TwoNics, MuchMemory, PrivateMemory)))
