#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Linux's e100 on our i8255x family, in QEMU over vfio-user: an 82559C and what may happen to it, and all thirteen names at once.

test_i8255x.py HVNET
"""
import re
import sys

from scenario import LESS, PART, Scenario, main

# (name, device, revision), as people ask for them
FAMILY = (('i82550', 0x1209, 0x0e), ('i82551', 0x1209, 0x0f), ('i82557a', 0x1229, 0x01), ('i82557b', 0x1229, 0x02), ('i82557c', 0x1229, 0x03),
          ('i82558a', 0x1229, 0x04), ('i82558b', 0x1229, 0x05), ('i82559a', 0x1229, 0x06), ('i82559b', 0x1229, 0x07), ('i82559c', 0x1229, 0x0c),
          ('i82559er', 0x1209, 0x09), ('i82562', 0x1209, 0x0e), ('i82801', 0x2449, 0x03))
# e100 does not open an 82551 without microcode; what is in it is the chip's affair, and ours has no machine that runs it
MICROCODE = 'mkdir -p /lib/firmware/e100 && head -c 539 /dev/zero >/lib/firmware/e100/d102e_ucode.bin'


class I82559c(Scenario):
    """one card, and all that a guest's administrator may do to it"""

    name = 'pc-i82559c'
    modules = 'e100'
    driver = 'e100'
    ids = '0x8086\n0x1229'
    size = LESS
    losses = (*Scenario.losses, 'rx_frame_errors', 'rx_fifo_errors', 'tx_carrier_errors')
    options = ('-nic', 'user,model=i82559c,mac=52:54:00:12:34:56')
    checks = ('identity', 'lease', 'ping_sizes', 'download', 'upload', 'interrupts', 'statistics', 'no_losses', 'link_settings', 'eeprom_and_registers', 'self_test',
              'link_down_and_up', 'vlan', 'promiscuous_and_multicast', 'rebind', 'reboot')

    def after(self, command):
        """e100 looks at the link every two seconds, and sends into a cable that is not there until then"""
        guest = self.up()
        guest.run(command)
        self.carrier()
        guest.run('for i in $(seq 20); do ping -c 1 -W 3 10.0.2.2 && exit 0; done; exit 1')

    def statistics(self):
        """the block of 80 bytes, which e100 asks for every two seconds: without the word behind it its counters stand still"""
        counters = {name: int(value) for name, value in re.findall(r'(\w+): (\d+)', self.up().run('ethtool -S eth0'))}
        assert counters['rx_packets'] > 1000 and counters['tx_packets'] > 500, counters
        wrong = [name for name, value in counters.items() if value and ('error' in name or 'collision' in name or 'dropped' in name)]
        assert wrong == [], counters

    def link_settings(self):
        output = self.up().run('ethtool eth0')
        assert 'Speed: 100Mb/s' in output and 'Duplex: Full' in output and 'Link detected: yes' in output, output
        self.after('ethtool -r eth0')

    def eeprom_and_registers(self):
        output = self.up().run('ethtool -e eth0')
        assert '52 54 00 12 34 56' in output, output
        self.up().run('ethtool -d eth0')  # the dump command among others

    def self_test(self):
        """link, EEPROM, self test, loopback in the controller and in the PHY"""
        status, output = self.up().attempt('ethtool -t eth0 offline')
        assert status == 0 and 'The test result is PASS' in output, output
        self.after('true')


class Family(Scenario):
    """all of them at once, each in a network of its own"""

    name = 'q35-family'
    machine = 'q35'
    modules = 'e100'
    domain = ''.join(f'''<interface type='user'><mac address='52:54:00:00:00:{number:02x}'/><model type='{name}'/>
        <hvnet:options xmlns:hvnet='urn:hvnet:domain:1' net='10.0.{10 + number}.0/24'/></interface>'''
                     for number, (name, _, _) in enumerate(FAMILY))
    checks = ('bind', 'leases', 'pings', 'transfers')

    def names(self):
        """which interface of the guest each is: by its address, as the order of the names is the guest's affair"""
        output = self.up().run('for i in /sys/class/net/eth*; do echo $(basename $i) $(cat $i/address); done')
        by_address = {address: name for name, address in (line.split() for line in output.splitlines() if line)}
        return [by_address[f'52:54:00:00:00:{number:02x}'] for number in range(len(FAMILY))]

    def bind(self):
        self.up().run(MICROCODE)
        self.up().run(f'for i in $(seq 300); do [ $(ls -d /sys/class/net/eth* | wc -l) = {len(FAMILY)} ] && exit 0; sleep 0.1; done; exit 1')
        for interface, (name, device, revision) in zip(self.names(), FAMILY):
            output = self.up().run(f'cd /sys/class/net/{interface}/device; cat device revision; basename $(readlink driver)')
            assert output.split() == [f'0x{device:04x}', f'0x{revision:02x}', 'e100'], (name, output)

    def leases(self):
        for number, interface in enumerate(self.names()):
            assert self.up().lease(interface)[2] == f'10.0.{10 + number}.2', FAMILY[number]

    def pings(self):
        for number, (name, _, _) in enumerate(FAMILY):
            output = self.up().run(f'for s in 0 18 1472; do ping -c 2 -i 0.1 -W 3 -s $s 10.0.{10 + number}.2; done')
            assert output.count('2 packets received') == 3, (name, output)

    def transfers(self):
        """both ways, all at the same time"""
        guest = self.up()
        networks = ' '.join(f'10.0.{10 + number}.2' for number in range(len(FAMILY)))
        output = guest.run(f'for n in {networks}; do (wget -q -O /tmp/$n http://$n:{self.server.http_port}/{PART}; sha256sum </tmp/$n) & done; wait')
        assert output.count(self.server.digest(PART)) == len(FAMILY), output
        output = guest.run(f'for n in {networks}; do nc $n {self.server.sink_port} </tmp/$n & done; wait; rm /tmp/10.*')
        assert output.count(self.server.digest(PART)) == len(FAMILY), output


if __name__ == '__main__':
    sys.exit(main('/guest/i8255x', (I82559c, Family)))
