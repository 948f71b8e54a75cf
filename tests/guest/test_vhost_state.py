#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Packed rings over vhost-user with QEMU 11 when the server is killed: with a state file the next one goes on where the rings are, and does
not where the guest has begun anew meanwhile.

test_vhost_state.py VHOST-SERVER
"""
import os
import pathlib
import sys
import tempfile
import time

from guest import Guest, Process, boot_arguments, emulator, prepared
from tap import Skip, run_cases

RING_PACKED = 34
MODULES = 'virtio_pci virtio_net'


class Packed:
    """a guest whose NIC is QEMU's virtio-net with its rings served by vhost-server, and the servers that come and go"""

    def __init__(self, program):
        self.program = program
        self.holder = tempfile.TemporaryDirectory(prefix='hvnet-guest-')
        self.directory = pathlib.Path(self.holder.name)
        self.socket = self.directory / 'socket'
        self.server = None
        self.guest = None

    def cases(self):
        return [(name.replace('_', '-'), getattr(self, name))
                for name in ('boots', 'killed_under_ping', 'rebooted_without_server', 'bound_anew_without_server', 'ends')]

    def serve(self):
        environment = {**os.environ, 'VHOST_SERVER_STATE': str(self.directory / 'state')}
        self.server = Process('server', [self.program, str(self.socket), 'user', 'packed=on'], self.directory, env=environment)

    def start_emulator(self):
        return Process('emulator', [
            emulator(), *boot_arguments(self.directory), '-m', '256M', '-object', 'memory-backend-memfd,id=memory,size=256M,share=on',
            '-machine', 'pc,memory-backend=memory', '-chardev', f'socket,id=c0,path={self.socket},reconnect-ms=500',
            '-netdev', 'vhost-user,id=n0,chardev=c0',
            '-device', 'virtio-net-pci,netdev=n0,mac=52:54:00:12:34:56,packed=on,romfile='], self.directory)

    def works(self):
        assert self.guest.lease() == ('10.0.2.15', '24', '10.0.2.2', '10.0.2.3')
        output = self.guest.run('ping -c 5 -i 0.2 -W 3 10.0.2.2')
        assert '5 packets received' in output, output

    def boots(self):
        emulator()
        self.serve()
        self.guest = Guest(self.directory, self.start_emulator)
        self.guest.load(MODULES)
        assert self.guest.run('cat /sys/class/net/eth0/device/features')[RING_PACKED] == '1'
        self.works()

    def up(self):
        if self.guest is None:
            raise Skip('there is no guest')
        return self.guest

    def killed_under_ping(self):
        """nothing is lost but time; the driver notices nothing"""
        guest = self.up()
        for _ in range(2):
            guest.commands.connection.sendall(b'ping -c 8 -i 0.4 -W 9 10.0.2.2\n')
            time.sleep(1.5)
            self.server.kill()
            time.sleep(0.5)
            self.serve()
            match = guest.commands.read_until(rb'^(.*?)\nend (\d+)\n', 60)
            assert b'8 packets received' in match.group(1), match.group(1).decode()

    def rebooted_without_server(self):
        guest = self.up()
        guest.check_log()
        self.server.kill()
        guest.commands.connection.sendall(b'reboot -f\n')
        time.sleep(1)
        self.serve()
        guest.wait_ready()
        guest.load(MODULES)
        self.works()

    def bound_anew_without_server(self):
        guest = self.up()
        self.server.kill()
        guest.run('rmmod virtio_net')
        self.serve()
        time.sleep(1)
        guest.load('virtio_net')
        self.works()

    def ends(self):
        self.up().check_log()
        self.guest.power_off()
        assert self.server.running(), self.server.text()

    def clean(self):
        for process in (self.guest, self.server):
            if process is not None:
                process.kill()
        self.holder.cleanup()


def main():
    try:
        prepared()
    except Skip as skip:
        print(f'1..0 # SKIP {skip}')
        return 0
    packed = Packed(os.path.abspath(sys.argv[1]))
    try:
        return run_cases('/guest/vhost-state', packed.cases())
    finally:
        packed.clean()


if __name__ == '__main__':
    sys.exit(main())
