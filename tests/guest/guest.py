# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real guests for the tests: QEMU boots a Debian kernel whose own drivers drive our NICs, and a test sends it commands.

What a guest is made of comes from prepare.sh. A guest's first serial port is a file, its second one a socket that init answers on.
"""
import contextlib
import gzip
import hashlib
import http.server
import json
import os
import pathlib
import re
import select
import signal
import socket
import stat
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / 'e2e'))
from tap import Skip  # pylint: disable=wrong-import-position
BOOT_TIMEOUT = 240
COMMAND_TIMEOUT = 90
# no_timer_check: an emulator that a busy host leaves no time for does not tick in the hundredth of a second that the kernel gives its timer, and a kernel
# that sees that panics, boots again, and shows a panic in its log for the rest of the test
LINE = 'console=ttyS0 loglevel=5 panic=-1 tsc=unstable mitigations=off random.trust_cpu=on no_timer_check'
# what no driver of a NIC that works makes a kernel say; the bug of its BIOS is how a kernel calls a timer that a slow host kept from ticking
TROUBLE = re.compile(r'\bOops|(?<!MP-BIOS )BUG:|WARNING:|Call Trace|NETDEV WATCHDOG|Unit Hang|nobody cared|Kernel panic|soft lockup|'
                     r'Invalid MAC|EEPROM Checksum|hardware error', re.IGNORECASE)


def prepared(part='guest'):
    """the directory that prepare.sh made of a part (parts/PART.sh); skips the test with how to make it"""
    version = re.search(r'^version=(\d+)', (HERE / 'parts' / f'{part}.sh').read_text(encoding='utf-8'), re.MULTILINE).group(1)
    cache = os.environ.get('HVNET_CACHE') or os.path.join(os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'hvnet')
    path = pathlib.Path(cache) / f'{part}-{version}'
    if not (path / 'complete').exists():
        raise Skip(f'{part} is not there yet: run tests/guest/prepare.sh once')
    return path


def emulator(part='qemu'):
    """the QEMU of a part: qemu, or qemu-7.2"""
    return str(prepared(part) / 'bin' / 'qemu-system-x86_64')


def cpio(entries):
    """a "newc" archive of (name, mode, bytes)"""
    archive = bytearray()
    for number, (name, mode, data) in enumerate([*entries, ('TRAILER!!!', 0, b'')], 1):
        fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        archive += b'070701' + b''.join(b'%08x' % field for field in fields) + name.encode() + b'\0'
        archive += b'\0' * (-len(archive) % 4) + data
        archive += b'\0' * (-len(archive) % 4)
    return bytes(archive)


def initrd(directory):
    """the prepared initrd with our init behind it; the kernel unpacks one after the other"""
    path = directory / 'initrd'
    if not path.exists():
        init = cpio([('init', stat.S_IFREG | 0o755, (HERE / 'init').read_bytes())])
        path.write_bytes((prepared() / 'initrd.gz').read_bytes() + gzip.compress(init))
    return path


def boot_arguments(directory, kernel=True):
    """the arguments of an emulator that boots a guest, but its machine, its memory and its devices; without a kernel it has to find one"""
    what = ['-kernel', str(prepared() / 'vmlinuz'), '-initrd', str(initrd(directory)), '-append', LINE] if kernel else []
    return ['-nodefaults', '-no-user-config', '-display', 'none', '-accel', 'tcg', *what,
            '-serial', f'file:{directory}/console', '-chardev', f'socket,id=commands,path={directory}/commands', '-serial', 'chardev:commands']


def vfio_user(path, number=0, **options):
    device = {'driver': 'vfio-user-pci', 'id': f'vfu{number}', 'socket': {'type': 'unix', 'path': path}, **options}
    return ['-device', json.dumps(device)]


def vhost_user(path, number=0, part='qemu', queues=1, options=''):
    """a virtio-net of QEMU's own whose rings are served at the path, tried again when the server goes; `options` of the device"""
    if part == 'qemu':
        again, vectors = 'reconnect-ms=200', 2 * queues + 2
    else:
        again, vectors = 'reconnect=1', 0  # that QEMU crashes in MSI-X when it has neither KVM nor its irqfds
    return ['-chardev', f'socket,id=vhost{number},path={path},{again}',
            '-netdev', f'vhost-user,id=net{number},chardev=vhost{number},queues={queues}',
            '-device', f'virtio-net-pci,netdev=net{number},vectors={vectors}{",mq=on" if queues > 1 else ""}{options}']


class Process:
    """a child whose output goes to a file"""

    def __init__(self, name, command, directory, **options):
        self.name = name
        self.log = directory / f'{name}.log'
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen(command, stderr=log, **{'stdin': subprocess.DEVNULL, 'stdout': log, **options})

    def text(self):
        return self.log.read_text(errors='replace')

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=30):
        return self.process.wait(timeout)

    def running(self):
        return self.process.poll() is None

    def kill(self):
        if self.running():
            self.process.kill()
        self.process.wait()


class Hvnet(Process):
    """`hvnet run` without an emulator; .sockets has the path of each interface by its name, in order"""

    def __init__(self, hvnet, directory, options=(), extra=(), interfaces=None, prefix=(), attach='vfio-user'):
        self.program, self.directory = hvnet, directory / 'sockets'
        command = [*prefix, hvnet, 'run', '--attach', attach, *options, '--socket-dir', str(self.directory), *extra]
        interfaces = interfaces or max(1, options.count('-nic'))
        super().__init__('hvnet', command, directory, stdout=subprocess.PIPE)
        self.sockets = {}
        for _ in range(interfaces):
            line = self.process.stdout.readline().decode()
            assert line, f'hvnet ended: {self.text()}'
            name, protocol, path = line.split()
            assert protocol == attach, line
            self.sockets[name] = path

    def pids(self):
        """its own process, and those of the NICs"""
        pid = self.process.pid
        return [pid, *map(int, pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text(encoding='ascii').split())]

    def signal_nics(self, number):
        """to the processes that serve the NICs"""
        pids = self.pids()[1:]
        assert len(pids) == len(self.sockets), pids
        for pid in pids:
            os.kill(pid, number)

    def interface(self, name='net0'):
        """what `hvnet stat` says of an interface"""
        output = subprocess.run([self.program, 'stat', '--json', str(self.directory)], stdout=subprocess.PIPE, check=True, timeout=60).stdout
        return next(interface for interface in json.loads(output)['interfaces'] if interface['name'] == name)

    def stop(self):
        """ends it as a user would; its exit status is 0 and its sockets are gone"""
        self.signal(signal.SIGTERM)
        status = self.wait()
        assert status == 0, f'hvnet ended with {status}: {self.text()}'
        left = [path for path in self.sockets.values() if os.path.exists(path)]
        assert left == [], f'left behind: {left}'


class Commands:
    """the socket that the second serial port of a guest is connected to"""

    def __init__(self, directory):
        self.path = directory / 'commands'
        self.path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen(1)
        self.connection = None
        self.buffer = b''

    def send(self, line):
        """a command whose answer is read later"""
        self.connection.sendall(line.encode() + b'\n')

    def accept(self, timeout):
        if not select.select([self.listener], [], [], timeout)[0]:
            raise AssertionError('the emulator does not start')
        self.connection = self.listener.accept()[0]

    def read_until(self, pattern, timeout):
        """the match object of the pattern in what arrives; what follows the match is kept"""
        end = time.monotonic() + timeout
        while True:
            match = re.search(pattern, self.buffer, re.DOTALL)
            if match:
                self.buffer = self.buffer[match.end():]
                return match
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.connection], [], [], left)[0]:
                raise AssertionError(f'the guest does not answer; it said: {self.buffer[-2000:]!r}')
            data = self.connection.recv(65536)
            if not data:
                raise AssertionError(f'the emulator has ended; the guest said: {self.buffer[-2000:]!r}')
            self.buffer += data

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.listener.close()


class Guest:
    """a guest that boots, or one that waits to be migrated to; `process` is the emulator, or what runs it"""

    def __init__(self, directory, start, boots=True):
        self.directory = directory
        self.tolerated = None  # what the kernel may say all the same
        (directory / 'console').unlink(missing_ok=True)
        self.commands = Commands(directory)
        started = time.monotonic()
        self.process = start()
        try:
            self.commands.accept(30)
            if boots:
                self.wait_ready()
        except AssertionError as error:
            self.kill()
            raise AssertionError(f'{error}\n{self.process.text()[-2000:]}\n{self.console()[-3000:]}') from error
        self.boot_seconds = time.monotonic() - started

    def wait_ready(self):
        self.commands.read_until(rb'ready\n', BOOT_TIMEOUT)

    def console(self):
        try:
            return (self.directory / 'console').read_text(errors='replace')
        except OSError:
            return ''

    def attempt(self, command, timeout=COMMAND_TIMEOUT):
        """runs a shell command in the guest; returns its exit status and its output"""
        assert '\n' not in command
        self.commands.send(command)
        return self.answer(timeout)

    def answer(self, timeout=COMMAND_TIMEOUT):
        """exit status and output of the command that was sent"""
        match = self.commands.read_until(rb'^(.*?)\nend (\d+)\n', timeout)
        return int(match.group(2)), match.group(1).decode(errors='replace')

    def background(self, command, name):
        """starts a shell command whose output goes to /tmp/NAME in the guest"""
        self.run(f'({command}) >/tmp/{name} 2>&1 &')

    def run(self, command, timeout=COMMAND_TIMEOUT):
        """runs a shell command that must succeed; returns its output"""
        status, output = self.attempt(command, timeout)
        assert status == 0, f'exit status {status} of {command!r} in the guest:\n{output[-2000:]}\n{self.console()[-1000:]}'
        return output

    def load(self, modules='e1000'):
        self.run(f'modprobe -a {modules} && for i in $(seq 100); do [ -e /sys/class/net/eth0 ] && exit 0; sleep 0.1; done; exit 1')

    def lease(self, interface='eth0'):
        """DHCP; returns what the server gave"""
        output = self.run(f'ip link set {interface} up && udhcpc -i {interface} -s /bin/lease -n -q -f -t 8 -T 1')
        match = re.search(r'^lease (\S+)/(\S+) router (\S+) dns (\S+)', output, re.MULTILINE)
        assert match, output
        return match.groups()

    def check_log(self):
        lines = (self.console() + self.run('dmesg')).splitlines()
        trouble = [line for line in lines if TROUBLE.search(line) and not (self.tolerated and self.tolerated in line)]
        assert trouble == [], '\n'.join(trouble)

    def power_off(self):
        """the emulator ends with status 0"""
        self.commands.send('poweroff -f')
        status = self.process.wait()
        assert status == 0, f'the emulator ended with {status}: {self.process.text()[-2000:]}'
        self.commands.close()

    def kill(self):
        self.process.kill()
        self.commands.close()


class Server:
    """what a guest talks to on the host: HTTP that gives a file, or its first N bytes as /N, and a port that takes one"""

    def __init__(self, data, address='127.0.0.1'):
        self.data = data
        self.received = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.0'

            def do_GET(self):  # pylint: disable=invalid-name
                data = outer.data[:int(self.path[1:] or len(outer.data))]
                self.send_response(200)
                self.send_header('Content-Length', str(len(data)))
                self.end_headers()
                with contextlib.suppress(OSError):  # whose network went away
                    self.wfile.write(data)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        self.http = http.server.ThreadingHTTPServer((address, 0), Handler)
        self.sink = socket.create_server((address, 0))
        for function in (self.http.serve_forever, self.take):
            threading.Thread(target=function, daemon=True).start()

    @property
    def http_port(self):
        return self.http.server_address[1]

    @property
    def sink_port(self):
        return self.sink.getsockname()[1]

    def digest(self, size=None):
        return hashlib.sha256(self.data[:size]).hexdigest()

    def take(self):
        while True:
            threading.Thread(target=self.take_one, args=self.sink.accept()[:1], daemon=True).start()

    def take_one(self, connection):
        """takes whatever a client sends, until it has no more, and answers with its SHA-256"""
        total, digest = 0, hashlib.sha256()
        with connection, contextlib.suppress(OSError):  # who does not wait for the answer need not
            while data := connection.recv(1 << 20):
                total += len(data)
                digest.update(data)
            self.received.append((total, digest.hexdigest()))
            connection.sendall(digest.hexdigest().encode() + b'\n')


class Iperf3:
    """a server of measurements on loopback"""

    def __init__(self, directory):
        with socket.create_server(('127.0.0.1', 0)) as taken:
            self.port = taken.getsockname()[1]
        self.process = Process('iperf3', [str(prepared() / 'bin' / 'iperf3'), '-s', '-B', '127.0.0.1', '-p', str(self.port)], directory)
        end = time.monotonic() + 30
        while not self.listens():
            assert self.process.running() and time.monotonic() < end, f'iperf3 does not listen: {self.process.text()}'
            time.sleep(0.02)

    def listens(self):
        """asked of the kernel: a connection would be the one client that it takes"""
        lines = pathlib.Path('/proc/net/tcp').read_text(encoding='ascii').splitlines()[1:]
        return any(line.split()[1].endswith(f':{self.port:04X}') and line.split()[3] == '0A' for line in lines)

    def measure(self, guest, seconds, *options):
        output = guest.run(f'iperf3 -J -c 10.0.2.2 -p {self.port} -t {seconds} {" ".join(options)}', timeout=seconds + 60)
        return json.loads(output)['end']['sum_received']['bits_per_second'] / 1e6
