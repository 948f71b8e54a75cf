#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""virtio-net of two emulators whose rings hvnet serves over vhost-user: QEMU 7.2 and 11, split and packed, and hvnet that comes and goes.

test_vhost_user.py HVNET
"""
import re
import signal
import sys
import time

from scenario import main
from virtio import EVENT_IDX, INDIRECT_DESC, MRG_RXBUF, RING_PACKED, VERSION_1, Virtio


class VhostUser(Virtio):
    attach = 'vhost-user'
    options = ('-nic', 'user,model=virtio-net-pci,mac=52:54:00:12:34:56')
    device = ',mac=52:54:00:12:34:56'

    def negotiated(self):
        features = self.features()
        assert {MRG_RXBUF, INDIRECT_DESC, EVENT_IDX, VERSION_1} <= features, features
        assert (RING_PACKED in features) == ('packed=on' in self.device), features
        on = self.offloads()
        assert {'tx-checksumming', 'scatter-gather', 'tcp-segmentation-offload', 'tx-tcp-segmentation', 'tx-tcp6-segmentation',
                'rx-checksumming'} <= on, on
        mtu = re.search(r'host_mtu=(\d+)', self.device)
        if mtu:
            assert self.mtu() == int(mtu.group(1))
            assert self.up().attempt(f'ip link set eth0 mtu {int(mtu.group(1)) + 1}')[0] != 0

    def replies(self):
        return self.up().run('cat /tmp/ping').count('bytes from')

    def wait(self, what, function, seconds=30):
        """until the function returns true; says how long that took"""
        started = time.monotonic()
        while not function():
            assert time.monotonic() - started < seconds, f'{what}: not within {seconds} s\n{self.up().console()[-1000:]}\n{self.hvnet.text()}'
            time.sleep(0.1)
        print(f'# {self.name}: {what}: {time.monotonic() - started:.1f} s')

    def serve_again(self):
        """the process of the NIC is killed; hvnet starts the next one on the same socket"""
        self.hvnet.signal_nics(signal.SIGKILL)

    def killed_under_ping(self):
        """three times; each time the next one answers, without a word from the guest's administrator"""
        guest = self.up()
        guest.background('exec ping -i 0.1 10.0.2.2', 'ping')
        for _ in range(3):
            before = self.replies()
            self.wait('ping goes', lambda: self.replies() >= before + 5)
            self.serve_again()
            before = self.replies()
            self.wait('ping goes on', lambda: self.replies() >= before + 5)
        guest.run('killall ping')

    def killed_under_transfer(self):
        """connections that the next hvnet does not know: what is sent on one is refused and does not hang, and a new one comes through"""
        guest = self.up()
        guest.background(f'until wget -q -O - http://10.0.2.2:{self.server.http_port}/ | sha256sum | grep {self.server.digest()}; '
                         'do echo again; done', 'down')
        guest.background(f'nc 10.0.2.2 {self.server.sink_port} </dev/zero; echo ended', 'up')
        time.sleep(0.7)
        output = guest.run('cat /tmp/down /tmp/up')
        assert output == '', f'the transfers ended before hvnet was killed: {output}'
        self.serve_again()
        self.wait('the upload ends', lambda: 'ended' in guest.run('cat /tmp/up'), 60)
        guest.run('killall wget')  # it only waits for more, and nobody has more for it
        self.wait('a new download ends', lambda: self.server.digest() in guest.run('cat /tmp/down'), 60)
        assert 'again' in guest.run('cat /tmp/down')
        self.traffic()


class OnOldQemu(VhostUser):
    """QEMU 7.2 without KVM: INTx"""

    name = 'qemu-7.2'
    qemu = 'qemu-7.2'
    checks = ('identity', 'negotiated', 'lease', 'ping', 'download', 'upload', 'line', 'offload_toggles', 'rebind', 'module_reload',
              'stopped_for_three_seconds', 'killed_under_ping', 'killed_under_transfer', 'reboot', 'killed')

    def line(self):
        output = self.up().run('grep virtio /proc/interrupts')
        assert 'IO-APIC' in output and int(output.split()[1]) > 100, output


class OnQemu(VhostUser):
    """QEMU 11: MSI-X, two pairs of queues, an MTU, and more memory than fits below 4 GiB"""

    name = 'qemu-two-queues-5g'
    machine = 'q35'
    processors = 2
    memory = '5G'
    queues = 2
    options = ('-netdev', 'user,id=net0', '-device', 'virtio-net-pci,netdev=net0,queues=2')
    device = ',mac=52:54:00:12:34:56,host_mtu=9000'
    checks = ('identity', 'negotiated', 'lease', 'ping', 'download', 'upload', 'spread', 'channels', 'offload_toggles', 'large_mtu',
              'vlan', 'promiscuous_and_multicast', 'rebind', 'rebind_from_virtio', 'stopped_for_three_seconds', 'killed_under_ping',
              'killed_under_transfer', 'reboot', 'killed')


class Packed(VhostUser):
    """packed rings: where one stands is nowhere in memory, and QEMU does not know it either when hvnet was killed"""

    name = 'qemu-packed'
    options = ('-netdev', 'user,id=net0', '-device', 'virtio-net-pci,netdev=net0,packed=on')
    device = ',mac=52:54:00:12:34:56,packed=on'
    checks = ('negotiated', 'lease', 'ping', 'download', 'upload', 'module_reload', 'killed_under_ping', 'killed_under_transfer', 'reboot')


if __name__ == '__main__':
    sys.exit(main('/guest/vhost-user', (OnOldQemu, OnQemu, Packed)))
