#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest moves from one QEMU to another while it sends and receives, with a hvnet at each end. test_migration.py HVNET

The two user networks know nothing of each other: a connection through one ends with it. What must come through is the guest with all
of its memory, and that its NIC goes on at once: that hvnet logs each page that it writes is what the memory checks are for.
"""
import contextlib
import pathlib
import socket
import sys
import threading
import time

from guest import Guest, Iperf3
from qmp import Qmp
from scenario import PART, main
from virtio import Virtio

UNREAD = 600000     # bytes of a download: less than 200 KB of them with wget and in a pipe, the others where the NIC put them
N_UNREAD = 6
SENT_BEFORE = 64 << 20  # of the memory, about a hundred


class Relay(threading.Thread):
    """takes a migration from a socket to that of an emulator; waits after so many bytes until `go` is set, and then the source waits too"""

    def __init__(self, path, target, first):
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.target, self.left = target, first
        self.waits, self.go = threading.Event(), threading.Event()

    def connect(self, target):
        """an emulator that has just been started does not listen yet"""
        end = time.monotonic() + 60
        while target.connect_ex(self.target) != 0 and time.monotonic() < end:
            time.sleep(0.05)

    def run(self):
        source, target = self.listener.accept()[0], socket.socket(socket.AF_UNIX)
        with source, target, contextlib.suppress(OSError):  # an emulator that ends is for others to complain of
            self.connect(target)
            while data := source.recv(1 << 18):
                target.sendall(data)
                self.left -= len(data)
                if self.left <= 0:
                    self.waits.set()
                    self.go.wait()


class Migration(Virtio):
    name = 'migration'
    attach = 'vhost-user'
    options = ('-nic', 'user,model=virtio-net-pci,mac=52:54:00:12:34:56')
    device = ',mac=52:54:00:12:34:56'
    checks = ('lease', 'there', 'and_back')
    incoming = ()   # words of an emulator that waits for a guest
    iperf3 = None

    def start_emulator(self):
        self.emulator_options = ('-qmp', f'unix:{self.directory}/qmp,server=on,wait=off', '-trace', 'virtio_net_handle_announce',
                                 *self.incoming)
        return super().start_emulator()

    def boots(self):
        super().boots()
        self.iperf3 = Iperf3(self.directory)
        # so that a window is open though nobody reads
        self.up().run('echo "4096 4194304 8388608" >/proc/sys/net/ipv4/tcp_rmem')

    def clean(self):
        if self.iperf3 is not None:
            self.iperf3.process.kill()
        super().clean()

    def work(self, guest):
        """while the guest moves: a download into memory, and many that arrive and are not read until it is there"""
        url = f'http://10.0.2.2:{self.server.http_port}'
        guest.run('rm -f /tmp/go /tmp/unread.*; mkfifo /tmp/go')
        for number in range(N_UNREAD):
            guest.background(f'wget -q -O - {url}/{UNREAD} | (cat /tmp/go; sha256sum)', f'unread.{number}')
        guest.run(f'wget -q -O /tmp/file {url}/{PART}')
        sockets = f"grep ':{self.server.http_port:04X} 08 ' /proc/net/tcp"  # in that state, CLOSE_WAIT, all has come that was sent
        output = guest.run(f'for i in $(seq 300); do [ $({sockets} | wc -l) = {N_UNREAD} ] && break; sleep 0.1; done; {sockets}')
        unread = [int(line.split()[4].split(':')[1], 16) for line in output.splitlines()]
        print(f'# {self.name}: {len(unread)} connections with {sum(unread)} bytes that nobody has read')
        assert len(unread) == N_UNREAD and sum(unread) > N_UNREAD * 400000, unread

    def move(self, name, iperf3_options):
        old, hvnet, directory = self.up(), self.hvnet, self.directory
        self.directory = pathlib.Path(self.holder.name) / name
        self.directory.mkdir()
        self.serve()
        self.incoming = ('-incoming', f'unix:{self.directory}/incoming')
        self.guest = Guest(self.directory, self.start_emulator, boots=False)
        relay = Relay(f'{self.directory}/migration', f'{self.directory}/incoming', SENT_BEFORE)
        relay.start()
        qmp = Qmp(directory / 'qmp')
        try:
            old.background('exec ping -i 0.1 10.0.2.2', 'ping')
            # as much as a guest can take would leave its one processor no time for the rest on a busy machine
            old.background(f'iperf3 -c 10.0.2.2 -p {self.iperf3.port} -t 600 -b 100M {iperf3_options}', 'iperf3')
            # no time at all: QEMU would stop the guest for the rest as soon as that could go over in the time it is given
            qmp.execute('migrate-set-parameters', **{'max-bandwidth': 1 << 30, 'downtime-limit': 0})
            qmp.execute('migrate', uri=f'unix:{self.directory}/migration')
            assert relay.waits.wait(60), qmp.execute('query-migrate')
            self.work(old)
            qmp.execute('migrate-set-parameters', **{'downtime-limit': 500})
            relay.go.set()
            result = qmp.wait_migration(lambda result: result['status'] == 'completed')
        finally:
            relay.go.set()
            qmp.close()
            old.kill()
            hvnet.stop()
        print(f'# {self.name}: {result["total-time"]} ms, of which down {result["downtime"]} ms; {result["ram"]["transferred"] >> 20} MiB in '
              f'{result["ram"]["dirty-sync-count"]} rounds, with iperf3 {iperf3_options}')

    def check_arrival(self):
        guest = self.up()
        before = guest.run('cat /tmp/ping').count('bytes from')
        guest.run(f'for i in $(seq 50); do [ $(grep -c "bytes from" /tmp/ping) -gt {before + 5} ] && exit 0; sleep 0.1; done; exit 1')
        assert guest.run('sha256sum /tmp/file').split()[0] == self.server.digest(PART)
        output = guest.run(f': >/tmp/go; for i in $(seq 100); do [ $(cat /tmp/unread.* | wc -l) = {N_UNREAD} ] && break; sleep 0.1; done; '
                           'cat /tmp/unread.*')
        assert output.count(self.server.digest(UNREAD)) == N_UNREAD, output
        assert 'virtio_net_handle_announce' in guest.process.text(), 'the guest was not asked to announce itself, or did not'
        guest.run('killall ping iperf3 wget; true')
        self.iperf3.measure(guest, 1)
        self.traffic()

    def there(self):
        self.move('there', '-R')
        self.check_arrival()

    def and_back(self):
        self.move('back', '--bidir')
        self.check_arrival()
        self.after('ethtool -K eth0 tso off')
        self.rebind()


if __name__ == '__main__':
    sys.exit(main('/guest/migration', (Migration,)))
