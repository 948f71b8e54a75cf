#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Linux's virtio drivers on our virtio-net, in QEMU over vfio-user: split and packed rings, legacy drivers, INTx, pairs of queues.

test_virtio_net.py HVNET
"""
import re
import sys

from scenario import LESS, main
from virtio import EVENT_IDX, HASH_REPORT, INDIRECT_DESC, MAC, MRG_RXBUF, RING_PACKED, RING_RESET, VERSION_1, Virtio


class OnPc(Virtio):
    """a transitional device: all that a guest's administrator may do to it, then all that may happen to the emulator and to hvnet"""

    name = 'pc-transitional'
    options = ('-nic', 'user,model=virtio-net-pci,mac=52:54:00:12:34:56')
    checks = ('identity', 'negotiated', 'lease', 'ping', 'download', 'upload', 'vectors', 'offload_toggles', 'link_down_and_up', 'vlan',
              'promiscuous_and_multicast', 'other_address', 'large_mtu', 'rebind', 'rebind_from_virtio', 'legacy_driver', 'module_reload',
              'reboot', 'killed')

    def negotiated(self):
        features = self.features()
        assert {MRG_RXBUF, INDIRECT_DESC, EVENT_IDX, VERSION_1} <= features and RING_PACKED not in features, features
        on = self.offloads()
        assert {'tx-checksumming', 'scatter-gather', 'tcp-segmentation-offload', 'tx-tcp-segmentation', 'tx-tcp6-segmentation',
                'rx-checksumming', 'rx-vlan-filter'} <= on, on
        assert self.mtu() == 1500

    def vectors(self):
        counts = self.interrupts()
        assert counts['virtio0-input.0'] > 100 and counts['virtio0-output.0'] > 0, counts
        assert 'PCI-MSI' in self.up().run('grep virtio0-input /proc/interrupts')

    def other_address(self):
        """an address that the guest chooses is the one that it receives at"""
        guest = self.up()
        for address, leased in (('52:54:00:ab:cd:ef', '10.0.2.16'), ('52:54:00:12:34:56', '10.0.2.15')):
            guest.run(f'ip link set eth0 down; ip link set eth0 address {address} && ip link set eth0 up')
            self.carrier()
            assert guest.lease()[0] == leased
            guest.run('ping -c 1 -W 3 10.0.2.2')

    def legacy_driver(self):
        """the same device, driven as before VIRTIO 1.0"""
        guest = self.up()
        guest.run(f'rmmod {self.modules}; modprobe virtio_pci force_legacy=1')
        guest.load(self.modules)
        features = self.features()
        assert VERSION_1 not in features and {MRG_RXBUF, EVENT_IDX} <= features, features
        assert 'tcp-segmentation-offload' in self.offloads()
        self.lease()
        self.ping()
        self.traffic()


class OnQ35(Virtio):
    """drivers after VIRTIO 1.0 only, packed rings, and a hash that says where a flow comes in"""

    name = 'q35-packed'
    machine = 'q35'
    processors = 2
    ids = '0x1af4\n0x1041'
    options = ('-netdev', 'user,id=net0', '-device',
               'virtio-net-pci-non-transitional,netdev=net0,mac=52:54:00:12:34:56,packed=on,queues=2,rss=on,hash=on,host_mtu=9000,'
               'rx_queue_size=1024')
    checks = ('identity', 'negotiated', 'lease', 'ping', 'download', 'upload', 'hash_table', 'hash_report', 'ring_sizes', 'rebind', 'module_reload')

    def negotiated(self):
        features = self.features()
        assert {MRG_RXBUF, INDIRECT_DESC, EVENT_IDX, VERSION_1, RING_PACKED, RING_RESET, HASH_REPORT} <= features, features
        assert 'tcp-segmentation-offload' in self.offloads()
        assert self.mtu() == 9000
        assert self.up().attempt('ip link set eth0 mtu 9001')[0] != 0
        sizes = re.findall(r'^([RT]X):\s+(\d+)', self.up().run('ethtool -g eth0'), re.MULTILINE)
        assert sizes[-2:] == [('RX', '1024'), ('TX', '256')], sizes

    def hash_table(self):
        """the guest's table sends each flow where it says, whichever processor sent the other way"""
        guest = self.up()
        for weights, busy, idle in (('1 0', 0, 1), ('0 1', 1, 0)):
            guest.run(f'ethtool -X eth0 weight {weights}')
            before = self.interrupts()
            self.download()
            came = {name: count - before[name] for name, count in self.interrupts().items()}
            assert came[f'virtio0-input.{busy}'] > 10 and came[f'virtio0-input.{idle}'] <= 2, came
        guest.run('ethtool -X eth0 equal 2')

    def hash_report(self):
        """the guest is told the hash with each frame, and may choose what goes into it, or do without"""
        guest = self.up()
        assert 'receive-hashing' not in self.offloads() # the kernel leaves it to its administrator
        guest.run('ethtool -K eth0 rxhash on')
        assert 'receive-hashing' in self.offloads()
        assert 'L4 bytes 0 & 1' in guest.run('ethtool -n eth0 rx-flow-hash tcp4')
        guest.run('ethtool -N eth0 rx-flow-hash tcp4 sd')
        assert 'L4 bytes' not in guest.run('ethtool -n eth0 rx-flow-hash tcp4')
        self.traffic()
        for state in ('off', 'on'):
            self.after(f'ethtool -K eth0 rxhash {state}')
            self.traffic()

    def ring_sizes(self):
        """each queue is reset on its own, and comes back with another size"""
        for rx, tx in ((256, 64), (1024, 256)):
            self.after(f'ethtool -G eth0 rx {rx} tx {tx}')
            sizes = re.findall(r'^([RT]X):\s+(\d+)', self.up().run('ethtool -g eth0'), re.MULTILINE)
            assert sizes[-2:] == [('RX', str(rx)), ('TX', str(tx))], sizes
            self.traffic()


class Plain(Virtio):
    """INTx, and nothing that a device need not offer"""

    name = 'pc-plain'
    size = LESS
    without = ('mrg_rxbuf', 'indirect_desc', 'event_idx', 'csum', 'guest_csum', 'host_tso4', 'host_tso6', 'host_uso', 'guest_tso4',
               'guest_tso6', 'guest_uso4', 'guest_uso6', 'status', 'ctrl_vq', 'queue_reset')
    options = ('-netdev', 'user,id=net0', '-device',
               f'virtio-net-pci,netdev=net0,mac=52:54:00:12:34:56,vectors=0,{",".join(name + "=off" for name in without)}')
    checks = ('identity', 'negotiated', 'lease', 'ping', 'download', 'upload', 'line', 'rebind')

    def negotiated(self):
        features = self.features()
        assert features == {MAC, VERSION_1}, features
        on = self.offloads()
        assert on.isdisjoint({'tx-checksumming', 'scatter-gather', 'tcp-segmentation-offload', 'rx-gro-hw', 'rx-vlan-filter'}), on

    def line(self):
        output = self.up().run('grep virtio /proc/interrupts')
        assert 'IO-APIC' in output and int(output.split()[1]) > 100, output


class Queues(Virtio):
    """a libvirt domain file: a NIC with two pairs of queues for two processors, and one whose link is down"""

    name = 'q35-two-queues'
    machine = 'q35'
    processors = 2
    domain = ("<interface type='user'><mac address='52:54:00:12:34:56'/><model type='virtio'/><driver queues='2'/>"
              "<mtu size='1400'/></interface>"
              "<interface type='user'><model type='virtio-non-transitional'/><link state='down'/></interface>")
    checks = ('identity', 'link_down', 'negotiated', 'lease', 'ping', 'spread', 'upload', 'channels')

    def link_down(self):
        guest = self.up()
        guest.run('for i in $(seq 50); do [ -e /sys/class/net/eth1 ] && break; sleep 0.1; done; ip link set eth0 up; ip link set eth1 up')
        self.carrier()
        assert guest.run('cat /sys/class/net/eth1/carrier').strip() == '0'
        assert 'Link detected: no' in guest.run('ethtool eth1')

    def negotiated(self):
        assert self.pairs() == [2, 2]
        assert self.mtu() == 1400


class PrivateMemory(Virtio):
    """memory that QEMU keeps to itself: rings and buffers are reached by messages, and hvnet says what to do about it"""

    name = 'pc-private-memory'
    shared = False
    options = ('-nic', 'user,model=virtio-net-pci')
    checks = ('lease', 'ping', 'traffic', 'rebind', 'warning')


if __name__ == '__main__':
    sys.exit(main('/guest/virtio-net', (OnPc, OnQ35, Plain, Queues, PrivateMemory)))
