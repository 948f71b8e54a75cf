# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks that share a boot: a boot takes seconds, a check often less. Each check is a case of its own in the results."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

from guest import Guest, Hvnet, Process, Server, boot_arguments, emulator, prepared, vfio_user, vhost_user
from tap import Skip, run_cases


SIZE = 64 << 20   # of a transfer
LESS = 16 << 20   # of one with a card, or in a machine, that differs little from another one's
PART = 4 << 20    # of one that only looks whether anything goes


class Scenario:
    """an hvnet that serves NICs, and a guest with all of them; a subclass has the checks as methods, in order in `checks`"""

    name = ''
    options = ()           # of hvnet: QEMU's
    domain = ''            # or what is in the <devices> of a libvirt domain file
    attach = 'vfio-user'   # how the emulator reaches hvnet
    qemu = 'qemu'          # the part that it is of
    emulator_options = ()
    device = ''            # options of the device behind vhost-user, which is the emulator's
    kernel = True          # handed over by the emulator
    machine = 'pc'
    memory = '256M'
    shared = True          # whether hvnet may map that memory
    processors = 1
    size = SIZE            # of a transfer
    queues = 1             # pairs of them, behind vhost-user
    modules = 'e1000'
    driver = 'e1000'
    function = '/sys/class/net/eth0/device'  # the NIC on its PCI bus
    ids = '0x8086\n0x100e'
    sizes = (0, 1, 18, 56, 255, 512, 1000, 1471, 1472)  # of a ping's payload: frames from 42 bytes to the MTU
    pings = 3              # of each size
    losses = ('rx_errors', 'tx_errors', 'rx_dropped', 'tx_dropped', 'rx_missed_errors', 'rx_crc_errors', 'rx_length_errors')  # that stay 0
    tolerated = None       # what the guest's kernel may say about a NIC that works
    tells_link = True      # the driver says in the kernel's log when the cable is plugged in or out
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
        memory = ['-smp', str(self.processors), '-m', self.memory]
        if self.shared:
            memory += ['-object', f'memory-backend-memfd,id=memory,size={self.memory},share=on', '-machine',
                       f'{self.machine},memory-backend=memory']
        else:
            memory += ['-machine', self.machine]
        devices = [word for number, path in enumerate(self.hvnet.sockets.values()) for word in self.attach_nic(path, number)]
        return Process('emulator', [emulator(self.qemu), *boot_arguments(self.directory, self.kernel), *memory, *devices,
                                    *self.emulator_options], self.directory)

    def attach_nic(self, path, number):
        if self.attach == 'vfio-user':
            return vfio_user(path, number)
        return vhost_user(path, number, self.qemu, self.queues, self.device)

    def serve(self):
        options = self.options
        if self.domain:
            file = self.directory / 'domain.xml'
            file.write_text(f"<domain type='qemu'><name>guest</name><devices>{self.domain}</devices></domain>", encoding='utf-8')
            options = (str(file),)
        self.hvnet = Hvnet(self.hvnet_program, self.directory, options, interfaces=self.domain.count('<interface '), attach=self.attach)

    def boot(self):
        self.guest = Guest(self.directory, self.start_emulator)
        self.guest.tolerated = self.tolerated
        print(f'# {self.name}: booted in {self.guest.boot_seconds:.1f} s')
        self.guest.load(self.modules)

    def boots(self):
        emulator(self.qemu)
        self.holder = tempfile.TemporaryDirectory(prefix='hvnet-guest-')
        self.directory = pathlib.Path(self.holder.name)
        self.serve()
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

    def carrier(self, value=1):
        """waits until the guest's kernel sees a cable that is plugged in, or with 0 one that is not"""
        self.up().run(f'for i in $(seq 100); do [ "$(cat /sys/class/net/eth0/carrier)" = {value} ] && exit 0; sleep 0.1; done; exit 1')

    def command(self, *words):
        """runs a subcommand of hvnet that concerns the running session; returns its output"""
        name, *rest = words
        return subprocess.run([self.hvnet_program, name, str(self.directory / 'sockets'), *rest], stdout=subprocess.PIPE, text=True,
                              timeout=60, check=True).stdout

    # ---- checks that suit every NIC ----

    def lease(self):
        assert self.up().lease() == ('10.0.2.15', '24', '10.0.2.2', '10.0.2.3')

    def ping(self):
        for size in (56, 1472):
            output = self.up().run(f'ping -c 5 -i 0.2 -W 2 -s {size} 10.0.2.2')
            assert '5 packets received' in output and 'DUP' not in output, output

    def ping_sizes(self):
        for size in self.sizes:
            output = self.up().run(f'ping -c {self.pings} -i 0.1 -W 5 -s {size} 10.0.2.2')
            assert f'{self.pings} packets received' in output and 'DUP' not in output, output

    def interrupts(self):
        output = self.up().run('grep eth0 /proc/interrupts')
        assert int(output.split()[1]) > 100, output

    def no_losses(self):
        """nothing was lost between the guest and the NIC"""
        output = self.up().run(f"for i in {' '.join(self.losses)}; do echo $i $(cat /sys/class/net/eth0/statistics/$i); done")
        wrong = [line for line in output.splitlines() if line and not line.endswith(' 0')]
        assert wrong == [], output

    def timed(self, what, function):
        started = time.monotonic()
        result = function()
        seconds = time.monotonic() - started
        print(f'# {self.name}: {what}: {self.size * 8 / seconds / 1e6:.0f} Mbit/s')
        return result

    def download(self):
        output = self.timed('download', lambda: self.up().run(f'wget -q -O - http://10.0.2.2:{self.server.http_port}/{self.size} | sha256sum'))
        assert output.split()[0] == self.server.digest(self.size), output

    def upload(self):
        guest = self.up()
        guest.run(f'wget -q -O /tmp/file http://10.0.2.2:{self.server.http_port}/{self.size}')
        output = self.timed('upload', lambda: guest.run(f'nc 10.0.2.2 {self.server.sink_port} </tmp/file'))
        assert output.strip() == self.server.digest(self.size), output
        assert (self.size, self.server.digest(self.size)) in self.server.received
        guest.run('rm /tmp/file')

    def traffic(self):
        """much less than a transfer, for a look after each change"""
        output = self.up().run(f'wget -q -O - http://10.0.2.2:{self.server.http_port}/{PART} | tee /tmp/part | sha256sum')
        assert output.split()[0] == self.server.digest(PART), output
        output = self.up().run(f'nc 10.0.2.2 {self.server.sink_port} </tmp/part; rm /tmp/part')
        assert output.strip() == self.server.digest(PART), output

    def identity(self):
        output = self.up().run(f'ethtool -i eth0; ip link show eth0; ethtool eth0; cat {self.function}/vendor {self.function}/device')
        assert f'driver: {self.driver}\n' in output and '52:54:00:12:34:56' in output, output
        assert self.ids in output, output

    def vlan(self):
        guest = self.up()
        guest.run('modprobe 8021q && ip link add link eth0 name eth0.7 type vlan id 7 && ip link set eth0.7 up && '
                  'ip addr add 192.0.2.1/24 dev eth0.7')
        assert guest.attempt('ping -c 2 -W 1 192.0.2.2')[0] != 0, 'there is nobody in that VLAN'
        assert int(guest.run('cat /sys/class/net/eth0.7/statistics/tx_packets')) > 0
        self.after('ip link del eth0.7')

    def promiscuous_and_multicast(self):
        for flag in ('promisc', 'allmulticast'):
            for state in ('on', 'off'):
                self.after(f'ip link set eth0 {flag} {state}')
        for action in ('add', 'del'):
            self.after(f'for i in $(seq 10 60); do ip maddr {action} 01:00:5e:00:00:$i dev eth0 || exit 1; done')

    def link_lines(self, state):
        """how often the driver has said that the cable was plugged out, or in"""
        return len(re.findall(f'NIC Link is {state}', self.up().run('dmesg')))

    def link_down_and_up(self):
        """the host plugs the cable out and in: the driver sees it, frames stop and go on"""
        guest = self.up()
        interface = next(iter(self.hvnet.sockets))
        changes = int(guest.run('cat /sys/class/net/eth0/carrier_changes'))
        downs, ups = self.link_lines('Down'), self.link_lines('Up')
        self.command('set-link', interface, 'off')
        self.carrier(0)
        # the kernel tells of it a little later
        guest.run('for i in $(seq 100); do [ "$(cat /sys/class/net/eth0/operstate)" = down ] && exit 0; sleep 0.1; done; exit 1')
        assert guest.attempt('ping -c 1 -W 1 10.0.2.2')[0] != 0
        before = json.loads(self.command('stat', '--json'))['interfaces'][0]
        assert before['up'] is False and before['attached'] is True, before
        self.command('set-link', interface, 'on')
        self.after('true')
        after = json.loads(self.command('stat', '--json'))['interfaces'][0]
        assert after['up'] is True and after['from-guest']['frames'] > before['from-guest']['frames'], after
        assert int(guest.run('cat /sys/class/net/eth0/carrier_changes')) == changes + 2
        if self.tells_link:
            assert (self.link_lines('Down'), self.link_lines('Up')) == (downs + 1, ups + 1), guest.run('dmesg | tail -n 20')
        # however fast it goes, the last word counts
        for state in ('down', 'up') * 5:
            self.command('set-link', interface, state)
        self.after('true')
        self.traffic()

    def warning(self):
        """of an hvnet that cannot map the guest's memory"""
        log = self.hvnet.text()
        assert log.count('the client does not share its memory, so that every access of the device is a message to it, which is slow') == 1, log
        assert 'memory-backend-memfd,id=mem,size=SIZE,share=on' in log, log

    def large_mtu(self):
        self.after('ip link set eth0 mtu 9000')
        self.traffic()
        self.after('ip link set eth0 mtu 1500')

    def rebind(self):
        self.up().run(f'd=$(basename $(readlink -f {self.function})); cd $(readlink -f {self.function}/driver); '
                      'for i in 1 2 3; do echo $d >unbind; echo $d >bind; done')
        self.lease()

    def module_reload(self):
        self.up().run(f'rmmod {self.modules}')
        self.up().load(self.modules)
        self.lease()
        self.traffic()

    def stopped_for_three_seconds(self):
        guest = self.up()
        self.hvnet.signal_nics(signal.SIGSTOP)
        guest.commands.send('ping -c 8 -i 1 -W 5 10.0.2.2')
        time.sleep(3)
        self.hvnet.signal_nics(signal.SIGCONT)
        status, output = guest.answer()
        assert status == 0, output
        self.traffic()

    def reboot(self):
        """the guest resets its machine; the firmware moves its memory about, the NIC is reset"""
        guest = self.up()
        guest.check_log()
        guest.commands.send('reboot -f')
        guest.wait_ready()
        guest.load(self.modules)
        self.lease()
        self.traffic()

    def killed(self):
        """an emulator that is killed under traffic leaves the NIC to the next one, on the same socket"""
        guest = self.up()
        guest.check_log()
        guest.commands.send(f'nc 10.0.2.2 {self.server.sink_port} </dev/zero')
        time.sleep(1)
        guest.kill()
        self.guest = None
        assert self.hvnet.running(), self.hvnet.text()
        self.boot()
        self.identity()
        self.lease()
        self.ping()


def main(prefix, classes):
    """what a test of scenarios does: TEST HVNET [SCENARIO...]"""
    try:
        prepared()
    except Skip as skip:
        print(f'1..0 # SKIP {skip}')
        return 0
    server = Server(os.urandom(SIZE))
    scenarios = [scenario(os.path.abspath(sys.argv[1]), server) for scenario in classes]
    only = sys.argv[2:]
    try:
        return run_cases(prefix, [case for scenario in scenarios if not only or scenario.name in only for case in scenario.cases()])
    finally:
        for scenario in scenarios:
            scenario.clean()
