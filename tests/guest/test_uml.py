# SPDX-License-Identifier: LGPL-2.1-or-later
"""User-mode Linux on our vhost-user server: a kernel as a process, whose virtio_uml needs neither KVM, nor QEMU, nor root.

    test_uml.py HVNET
"""
import json
import os
import pathlib
import signal
import socket
import sys
import tempfile
import time

from guest import Hvnet, Iperf3, Process, initrd, prepared
from scenario import Scenario, main


class Kernel(Process):
    """linux.uml and the processes that it makes of itself, with its second serial line on a socket that somebody listens on"""

    def __init__(self, directory, device, words=()):
        image = directory / 'uml-initrd'
        image.write_bytes(initrd(directory).read_bytes() + (prepared('uml') / 'modules.gz').read_bytes())
        with socket.socket(socket.AF_UNIX) as line, open(directory / 'console', 'ab') as console:
            line.connect(str(directory / 'commands'))
            command = [str(prepared('uml') / 'bin' / 'linux.uml'), 'mem=256M', f'initrd={image}', 'root=/dev/ram0', 'rdinit=/init', 'panic=-1',
                       'loglevel=5', 'con=null', 'con0=null,fd:1', f'ssl1=fd:{line.fileno()},fd:{line.fileno()}', f'uml_dir={directory}/',
                       f'umid=hvnet-{os.getpid()}', f'virtio_uml.device={device}:1', *words]
            super().__init__('emulator', command, directory, stdout=console, pass_fds=(line.fileno(),), start_new_session=True,
                             env=dict(os.environ, TMPDIR=str(directory)))

    def kill(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


class Uml(Scenario):
    name = 'uml'
    modules = 'virtio_net'
    driver = 'virtio_net'
    options = ('-netdev', 'user,id=net0', '-device', 'virtio-net-pci,netdev=net0,mac=52:54:00:12:34:56')
    checks = ('identity', 'lease', 'ping', 'download', 'upload', 'iperf3', 'vlan', 'rebind', 'module_reload', 'stopped_for_three_seconds')

    def start_emulator(self):
        return Kernel(self.directory, self.hvnet.sockets['net0'])

    def serve(self):
        self.hvnet = Hvnet(self.hvnet_program, self.directory, self.options, attach='vhost-user')

    def boots(self):
        prepared('uml')
        self.holder = tempfile.TemporaryDirectory(prefix='hvnet-uml-')
        self.directory = pathlib.Path(self.holder.name)
        self.serve()
        self.boot()

    def identity(self):
        output = self.up().run('uname -a; ethtool -i eth0; ip link show eth0; ls /sys/bus/virtio/devices; readlink -f /sys/class/net/eth0/device')
        assert 'driver: virtio_net\n' in output and '52:54:00:12:34:56' in output and 'virtio-uml.0' in output, output
        assert self.hvnet.interface()['attached']

    def iperf3(self):
        """the host's side gets what the guest says that it has sent, and the other way round"""
        server = Iperf3(self.directory)
        try:
            for way in ('', ' -R'):
                end = json.loads(self.up().run(f'iperf3 -J -c 10.0.2.2 -p {server.port} -t 2{way}', timeout=90))['end']
                assert end['sum_received']['bytes'] > 1 << 20, end
                print(f'# uml: iperf3{way}: {end["sum_received"]["bits_per_second"] / 1e6:.0f} Mbit/s')
        finally:
            server.process.kill()

    def ends(self):
        # a driver that goes takes back what it has not seen used, by turning the index back, and tells nobody before it disables the ring
        complaints = [line for line in self.hvnet.text().splitlines() if line.startswith('hvn-') and 'index that ran away' not in line]
        assert complaints == [], complaints
        super().ends()


class Killed(Uml):
    """virtio_uml has no way back to a server that was killed: what is asked of it is that the guest lives, and the server serves the next one"""

    name = 'uml-killed'
    checks = ('lease', 'server_killed', 'next_guest')

    def server_killed(self):
        guest = self.up()
        guest.commands.connection.sendall(b'ping -c 3 -W 1 10.0.2.2\n')
        time.sleep(0.5)
        self.hvnet.kill()
        guest.commands.read_until(rb'^(.*?)\nend (\d+)\n', 60)
        # as if the device had been unplugged
        guest.run('for i in $(seq 50); do [ -e /sys/class/net/eth0 ] || exit 0; sleep 0.1; done; exit 1')
        assert guest.run('ls /sys/bus/virtio/devices; echo still here').strip() == 'still here'

    def next_guest(self):
        self.up().kill()
        self.guest = None
        self.serve()
        self.boot()
        self.lease()
        self.ping()


if __name__ == '__main__':
    sys.exit(main('/guest/uml', (Uml, Killed)))
