# SPDX-License-Identifier: LGPL-2.1-or-later
"""DPDK's testpmd as a client of a vhost-user server (virtio_user: a guest's driver without a guest), or as such a server (net_vhost).

Needs no huge pages, no root and no hardware. The part "dpdk" of prepare.sh has it.
"""
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import time
import tty

from guest import Process, prepared

START_TIMEOUT = 90
COUNTERS = re.compile(r'(RX|TX)-(packets|missed|dropped|errors|bytes): +(\d+)')
RATE = re.compile(r'([RT]x)-pps: +(\d+)')
MAC = '52:54:00:00:00:01'


def one_core(number):
    """words that put a command on a processor of its own where there are enough of them"""
    allowed = sorted(os.sched_getaffinity(0))
    return ['taskset', '-c', str(allowed[number % len(allowed)])]


class Testpmd(Process):
    """testpmd on one processor. Without `interactive` it forwards at once and prints its rates each second; with it, commands say what to do"""

    def __init__(self, directory, device, mode, options=(), interactive=False, core=1, name='testpmd'):
        self.directory = pathlib.Path(directory)
        self.terminal, self.buffer = None, ''
        program = str(prepared('dpdk') / 'bin' / 'dpdk-testpmd')
        # two threads, one of them for the commands, on one processor
        lcores = ['--lcores', '0@%s,1@%s' % ((one_core(core)[-1],) * 2)]
        prefix = f'hvnet-{os.getpid()}-{name}-{time.monotonic_ns()}'  # of its files
        command = [program, *lcores, '--no-huge', '-m', '512', '--no-pci', '--no-telemetry', '--file-prefix', prefix, '--vdev', device, '--',
                   f'--forward-mode={mode}', '--nb-cores=1', '--total-num-mbufs=16384', *options]
        command += ['-i'] if interactive else ['--stats-period', '1']
        streams, end = {}, None
        if interactive:
            # on a terminal it prints each line at once
            self.terminal, end = pty.openpty()
            tty.setraw(end)
            streams = {'stdin': end, 'stdout': end}
        super().__init__(name, command, self.directory, env=dict(os.environ, XDG_RUNTIME_DIR=str(directory), TERM='dumb'), **streams)
        if interactive:
            os.close(end)
            self.read_until('testpmd> ', START_TIMEOUT)

    def read_until(self, mark, timeout=30):
        """what is printed before the mark"""
        end = time.monotonic() + timeout
        while mark not in self.buffer:
            left = end - time.monotonic()
            ready = left > 0 and select.select([self.terminal], [], [], left)[0]
            try:
                data = os.read(self.terminal, 65536) if ready else b''
            except OSError:
                data = b''  # the other end is closed
            if not data:
                raise AssertionError(f'testpmd does not answer; it said: {self.buffer[-2000:]} {self.text()[-2000:]}')
            self.buffer += data.decode(errors='replace')
        output, self.buffer = self.buffer.split(mark, 1)
        return output

    def command(self, line):
        """what it prints; the line itself comes first, as it was typed"""
        os.write(self.terminal, line.encode() + b'\n')
        self.read_until(line)
        return self.read_until('testpmd> ')

    def counters(self):
        """of its port: {('TX', 'packets'): 3200, ...}"""
        return {(way, what): int(number) for way, what, number in COUNTERS.findall(self.command('show port stats 0'))}

    def rates(self, way):
        """frames a second of each second so far in which some went; way is Rx or Tx. The first and the last are not whole"""
        found = [int(number) for name, number in RATE.findall(self.text()) if name == way and int(number) > 0]
        return found[1:-1] or found[-1:]

    def stop(self):
        """ends it as a user would"""
        self.signal(signal.SIGINT)
        try:
            self.wait(20)
        except subprocess.TimeoutExpired:
            pass
        self.kill()

    def kill(self):
        super().kill()
        if self.terminal is not None:
            os.close(self.terminal)
            self.terminal = None


def virtio_user(path, **options):
    """the --vdev of a client"""
    options = {'path': path, 'queues': 1, 'queue_size': 256, 'mac': MAC, **options}
    return 'net_virtio_user0,' + ','.join(f'{name}={value}' for name, value in options.items())


def write_capture(path, frames):
    """a pcap file that holds frames"""
    data = bytearray(struct.pack('<IHHIIII', 0xa1b2c3d4, 2, 4, 0, 0, 65536, 1))
    for number, frame in enumerate(frames):
        data += struct.pack('<IIII', 0, number, len(frame), len(frame)) + frame
    pathlib.Path(path).write_bytes(data)


def read_capture(path):
    """the frames of a pcap file of this host's byte order"""
    data = pathlib.Path(path).read_bytes()
    frames, at = [], 24
    while at < len(data):
        length = struct.unpack_from('=I', data, at + 8)[0]
        frames.append(data[at + 16:at + 16 + length])
        at += 16 + length
    return frames


def frame(number, length):
    """a numbered frame for the client"""
    head = bytes.fromhex(MAC.replace(':', '')) + bytes.fromhex('525400000002') + b'\x88\xb5' + struct.pack('>I', number)
    return head + bytes((number + i) & 0xff for i in range(length - len(head)))
