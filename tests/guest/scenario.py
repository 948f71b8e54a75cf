# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks that share a boot: a boot takes seconds, a check often less. Each check is a case of its own in the results."""
import pathlib
import tempfile
import time

from guest import Guest, Hvnet, Process, boot_arguments, emulator, vfio_user
from tap import Skip


class Scenario:
    """an hvnet that serves NICs, and a guest with all of them; a subclass has the checks as methods, in order in `checks`"""

    name = ''
    options = ()           # of hvnet: QEMU's
    machine = 'pc'
    memory = '256M'
    module = 'e1000'
    checks = ()

    def __init__(self, hvnet_program, server):
        self.hvnet_program = hvnet_program
        self.server = server
        self.holder = None
        self.directory = None
        self.hvnet = None
        self.guest = None

    def cases(self):
        """(name, function) of every check, between those that start and end the scenario"""
        return [(f'{self.name}/{name.replace("_", "-")}', lambda name=name: self.check(name)) for name in ('boots', *self.checks, 'ends')]

    def check(self, name):
        started = time.monotonic()
        getattr(self, name)()
        print(f'# {time.monotonic() - started:.1f} s')

    def start_emulator(self):
        memory = ['-m', self.memory, '-object', f'memory-backend-memfd,id=memory,size={self.memory},share=on',
                  '-machine', f'{self.machine},memory-backend=memory']
        devices = [word for number, path in enumerate(self.hvnet.sockets.values()) for word in vfio_user(path, number)]
        return Process('emulator', [emulator(), *boot_arguments(self.directory), *memory, *devices], self.directory)

    def boot(self):
        self.guest = Guest(self.directory, self.start_emulator)
        print(f'# {self.name}: booted in {self.guest.boot_seconds:.1f} s')
        self.guest.load(self.module)

    def boots(self):
        emulator()
        self.holder = tempfile.TemporaryDirectory(prefix='hvnet-guest-')
        self.directory = pathlib.Path(self.holder.name)
        self.hvnet = Hvnet(self.hvnet_program, self.directory, self.options)
        self.boot()

    def up(self):
        """the guest, for a check; skips what cannot be checked without one"""
        if self.guest is None:
            raise Skip('there is no guest')
        return self.guest

    def ends(self):
        """the kernel has nothing to complain about, the emulator and hvnet end with status 0, and the NICs were content too"""
        guest = self.up()
        guest.check_log()
        guest.power_off()
        self.hvnet.stop()
        log = self.hvnet.text()
        assert 'WARNING' not in log and 'CRITICAL' not in log, log

    def clean(self):
        """ends what still runs; shows what it said if that was not expected"""
        for process in (self.guest, self.hvnet):
            if process is not None:
                process.kill()
        if self.holder is not None:
            self.holder.cleanup()

    def after(self, command):
        """the command, and traffic still goes"""
        guest = self.up()
        guest.run(command)
        self.carrier()
        guest.run('ping -c 1 -W 3 10.0.2.2')

    def carrier(self):
        self.up().run('for i in $(seq 100); do [ "$(cat /sys/class/net/eth0/carrier)" = 1 ] && exit 0; sleep 0.1; done; exit 1')

    # ---- checks that suit every NIC ----

    def lease(self):
        assert self.up().lease() == ('10.0.2.15', '24', '10.0.2.2', '10.0.2.3')

    def ping(self):
        for size in (56, 1472):
            output = self.up().run(f'ping -c 5 -i 0.2 -W 2 -s {size} 10.0.2.2')
            assert '5 packets received' in output and 'DUP' not in output, output

    def timed(self, what, function):
        started = time.monotonic()
        result = function()
        seconds = time.monotonic() - started
        print(f'# {self.name}: {what}: {len(self.server.data) * 8 / seconds / 1e6:.0f} Mbit/s')
        return result

    def download(self):
        output = self.timed('download', lambda: self.up().run(f'wget -q -O - http://10.0.2.2:{self.server.http_port}/ | sha256sum'))
        assert output.split()[0] == self.server.digest(), output

    def upload(self):
        guest = self.up()
        guest.run(f'wget -q -O /tmp/file http://10.0.2.2:{self.server.http_port}/')
        output = self.timed('upload', lambda: guest.run(f'nc 10.0.2.2 {self.server.sink_port} </tmp/file'))
        assert output.strip() == self.server.digest(), output
        assert self.server.received[-1] == (len(self.server.data), self.server.digest())
        guest.run('rm /tmp/file')
