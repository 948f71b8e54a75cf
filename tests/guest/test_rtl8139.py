#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Linux's 8139cp and 8139too on our rtl8139, in QEMU over vfio-user: C+ mode and C mode, alone and together, and what goes wrong.

test_rtl8139.py HVNET
"""
import re
import sys

from scenario import LESS, Scenario, main


class Rtl8139(Scenario):
    """what both chips have in common"""

    ids = '0x10ec\n0x8139'
    size = LESS

    def link_lines(self, state):
        return len(re.findall(f'eth0: link {state.lower()}', self.up().run('dmesg')))

    def link_settings(self):
        output = self.up().run('ethtool eth0')
        assert 'Speed: 100Mb/s' in output and 'Duplex: Full' in output and 'Link detected: yes' in output, output
        self.after('ethtool -r eth0')
        self.after('ethtool -s eth0 autoneg off speed 10 duplex half')
        assert 'Speed: 10Mb/s' in self.up().run('ethtool eth0')
        self.after('ethtool -s eth0 autoneg on')


class CPlus(Rtl8139):
    """the 8139C+ and all that a guest's administrator may do to it, then all that may happen to the emulator and to hvnet"""

    name = 'pc-cplus'
    modules = '8139cp'
    driver = '8139cp'
    options = ('-nic', 'user,model=rtl8139,mac=52:54:00:12:34:56')
    checks = ('identity', 'lease', 'ping_sizes', 'download', 'upload', 'interrupts', 'statistics', 'features', 'offload_toggles',
              'link_settings', 'eeprom_and_registers', 'link_down_and_up', 'vlan', 'promiscuous_and_multicast', 'no_losses', 'large_mtu', 'rebind',
              'module_reload', 'stopped_for_three_seconds', 'reboot', 'killed')

    def statistics(self):
        """the tally counters, dumped by the NIC"""
        output = self.up().run('ethtool -S eth0')
        counters = {name: int(value) for name, value in re.findall(r'(\w+): (\d+)', output)}
        assert counters['rx_ok'] > 1000 and counters['tx_ok'] > 500 and counters['rx_ok_phys'] > 1000, output
        wrong = [name for name in ('tx_err', 'rx_err', 'rx_fifo', 'frame_align', 'tx_abort', 'tx_underrun', 'rx_frags') if counters[name]]
        assert wrong == [], output

    def features(self):
        output = self.up().run('ethtool -k eth0')
        for feature in ('rx-checksumming', 'tx-checksumming', 'scatter-gather', 'tcp-segmentation-offload', 'rx-vlan-offload', 'tx-vlan-offload'):
            assert f'{feature}: on' in output, output

    def offload_toggles(self):
        for feature in ('tso', 'sg', 'tx', 'rx', 'rxvlan', 'gro'):
            for state in ('off', 'on'):
                self.up().attempt(f'ethtool -K eth0 {feature} {state}')
        self.up().run('ethtool -K eth0 rx on tx on sg on tso on')
        self.download()
        self.upload()
        self.up().run('ethtool -K eth0 tx off rx off')
        self.upload()
        self.up().run('ethtool -K eth0 rx on tx on sg on tso on')

    def eeprom_and_registers(self):
        output = self.up().run('ethtool -e eth0 offset 0 length 16; ethtool -e eth0 offset 14 length 6')
        assert '29 81 ec 10 39 81' in output and '52 54 00 12 34 56' in output, output
        output = self.up().run('ethtool -d eth0')
        assert 'RealTek RTL8139C+ registers' in output and 'Rx on, Tx on' in output, output

    def large_mtu(self):
        """8139cp takes 4096: buffers of more than one page"""
        self.after('ip link set eth0 mtu 4000')
        self.download()
        self.after('ip link set eth0 mtu 1500')


class CMode(Rtl8139):
    """the 8139C under 8139too"""

    name = 'pc-cmode'
    modules = '8139too'
    driver = '8139too'
    options = ('-netdev', 'user,id=n0', '-device', 'rtl8139,netdev=n0,revision=0x10,mac=52:54:00:12:34:56')
    losses = tuple(counter for counter in Rtl8139.losses if counter != 'rx_errors')  # the driver counts the interrupt of a full ring as one
    checks = ('identity', 'lease', 'ping_sizes', 'download', 'upload', 'interrupts', 'link_settings', 'registers', 'link_down_and_up', 'vlan',
              'promiscuous_and_multicast', 'no_losses', 'rebind', 'module_reload', 'stopped_for_three_seconds', 'reboot', 'killed')

    def registers(self):
        self.after('ethtool -d eth0 | head -n 40; ethtool -S eth0')


class Both(Rtl8139):
    """one of each at once on q35, each with the driver that knows it, each in its own network"""

    name = 'q35-both'
    machine = 'q35'
    modules = '8139cp 8139too'
    domain = ''.join(f'''<interface type='user'><model type='rtl8139'/>
        <hvnet:options xmlns:hvnet='urn:hvnet:domain:1' net='{net}'><hvnet:nic revision='{revision}'/></hvnet:options></interface>'''
                     for net, revision in (('10.0.3.0/24', '0x20'), ('10.0.4.0/24', '0x10')))
    checks = ('drivers', 'leases', 'both_at_once')

    def drivers(self):
        output = self.up().run('for i in eth0 eth1; do ethtool -i $i | head -n 1; done')
        assert 'driver: 8139cp' in output and 'driver: 8139too' in output, output

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


if __name__ == '__main__':
    sys.exit(main('/guest/rtl8139', (CPlus, CMode, Both)))
