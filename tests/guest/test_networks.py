#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Networks inside a session under a real guest: eight NICs, each in a network namespace of its own, on a switch with VLANs and on a hub, and traffic
from one to another; a user network is the way out of the hub.

test_networks.py HVNET
"""
import sys

from scenario import Scenario, main

PLACES = (
    'switch,network=lan',                # 0 and 1 reach each other
    'switch,network=lan',
    'switch,network=lan,vlan=10',        # 2 is in VLAN 10, which 3 has with a tag
    'switch,network=lan,trunk=10',
    'switch,network=lan,isolated=on',    # 4 and 5 reach 0 and not each other
    'switch,network=lan,isolated=on',
    'hubport,hubid=0',                   # 6 and 7 share a user network
    'hubport,hubid=0',
)


class Networks(Scenario):
    """the NIC of number N is the only one of namespace nN, and has 10.1.0.(N+1); tagged, 10.10.0.(N+1)"""

    name = 'networks'
    modules = 'e1000 8021q'
    checks = ('in_namespaces', 'switch', 'transfers', 'vlan', 'isolated', 'hub', 'counters')

    def serve(self):
        self.options = [word for number, place in enumerate(PLACES)
                        for word in ('-nic', f'{place},model=e1000,mac=52:54:00:00:01:0{number}')]
        self.options += ['-netdev', 'user,id=u0', '-netdev', 'hubport,id=way-out,hubid=0,netdev=u0']
        super().serve()

    def within(self, number, command):
        return self.up().run(f'ip netns exec n{number} sh -c "{command}"')

    def reaches(self, number, address, size=1400):
        output = self.within(number, f'ping -c 1 -W 10 {address} >/dev/null; ping -c 3 -i 0.2 -W 10 -s {size} {address}')
        assert '3 packets received' in output and 'DUP' not in output, output

    def in_namespaces(self):
        self.up().run('mkdir -p /run /var/run')
        for number in range(len(PLACES)):
            self.up().run(f'ip netns add n{number} && for d in /sys/class/net/eth*; do [ "$(cat $d/address)" = 52:54:00:00:01:0{number} ] || continue; '
                          f'ip link set ${{d##*/}} netns n{number} name nic && exit 0; done; exit 1')
            self.within(number, f'ip link set lo up; ip addr add 10.1.0.{number + 1}/24 dev nic; ip link set nic up')
        for number in range(len(PLACES)):
            self.within(number, 'for i in $(seq 100); do ip link show nic | grep -q LOWER_UP && exit 0; sleep 0.1; done; exit 1'.replace('$', '\\$'))

    def switch(self):
        self.reaches(0, '10.1.0.2')
        self.reaches(1, '10.1.0.1', size=56)

    def transfers(self):
        """a few megabytes of TCP each way through the switch, with segmentation left to who receives it"""
        self.within(0, 'iperf3 -s -D; for i in $(seq 100); do netstat -ltn | grep -q :5201 && exit 0; sleep 0.1; done; exit 1'.replace('$', '\\$'))
        for options in ('', '-R'):
            self.within(1, f'iperf3 -c 10.1.0.1 -n 3M {options}')

    def vlan(self):
        """without a tag on one side and with it on the other; who is in no VLAN is not reached"""
        self.within(2, 'ip addr add 10.10.0.3/24 dev nic')
        self.within(3, 'ip link add link nic name nic.10 type vlan id 10 && ip addr add 10.10.0.4/24 dev nic.10 && ip link set nic.10 up')
        self.reaches(2, '10.10.0.4')
        self.reaches(3, '10.10.0.3', size=1472)
        assert '0 packets received' in self.within(2, 'ping -c 2 -W 1 10.1.0.1 || true')

    def isolated(self):
        self.reaches(4, '10.1.0.1')
        self.reaches(5, '10.1.0.1')
        assert '0 packets received' in self.within(4, 'ping -c 2 -W 1 10.1.0.6 || true')

    def hub(self):
        """two NICs behind one user network, and each other"""
        self.reaches(6, '10.1.0.8')
        for number in (6, 7):
            self.within(number, f'ip addr add 10.0.2.{40 + number}/24 dev nic')
            self.reaches(number, '10.0.2.2')
        self.reaches(7, '10.0.2.46')

    def counters(self):
        rows = [self.hvnet.interface(f'net{number}') for number in range(len(PLACES))]
        assert rows[0]['backend-info'].startswith('network=lan,ports=6,stations=1'), rows[0]
        assert rows[2]['from-guest']['dropped-vlan'] == 0 and rows[3]['from-guest']['dropped-vlan'] > 0, rows[3]
        for row in rows:
            assert row['from-guest']['frames'] > 3 and row['to-guest']['frames'] > 3, row
        assert self.hvnet.interface('way-out')['from-guest']['frames'] > 3


if __name__ == '__main__':
    sys.exit(main('/guest/networks', (Networks,)))
