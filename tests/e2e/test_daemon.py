#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The conventions of device daemons, as the specifications of vhost-user and vfio-user have them: --socket-path, --fd,
--print-capabilities, no daemon, SIGTERM, and the names in libexecdir. test_daemon.py HVNET"""
import json
import os
import pathlib
import re
import signal
import socket
import stat
import sys
import time

from tap import Place, Running, run_cases

HVNET = os.path.abspath(sys.argv[1])
MODELS = {'vfio-user': 'e1000', 'vhost-user': 'virtio-net-pci'}


class Daemon(Running):
    """a daemon under its own name, that serves once it is made"""

    def __init__(self, place, kind, *words, fds=()):
        program = place.files / f'hvnet-{kind}-net'
        program.symlink_to(HVNET)
        super().__init__(place, program, *words, pass_fds=fds)
        self.line = self.process.stdout.readline().split()

    def wait(self):
        status, errors = super().wait()
        assert 'WARNING' not in errors and 'CRITICAL' not in errors, errors
        return status


def probe(place, kind, path, options=''):
    """our own guest goes through the socket: it is served"""
    result = place.run(HVNET, 'probe', '--json', '--attach', kind, '--connect', path, '-nic', f'user,model={MODELS[kind]}{options}')
    assert result.returncode == 0, result.stdout + result.stderr


def capabilities():
    with Place() as place:
        for words in (('run', '--print-capabilities'), ('run', '--attach', 'vhost-user', '--print-capabilities', '--frobnicate=1', 'nowhere.xml')):
            result = place.run(HVNET, *words)
            assert (result.returncode, result.stderr) == (0, ''), result.stderr
            assert json.loads(result.stdout) == {'type': 'net', 'features': []}, result.stdout
        assert place.left_behind() == []


def socket_path(kind):
    with Place() as place:
        path = place.files / 'nic.sock'
        with Daemon(place, kind, '--socket-path=nic.sock') as daemon:
            assert daemon.line == ['net0', kind, str(path)], daemon.line
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            probe(place, kind, 'nic.sock')
            assert daemon.process.poll() is None
            assert daemon.end() == 0
        assert not path.exists()
        assert place.left_behind() == [], place.left_behind()


def listening_fd(kind):
    with Place() as place, socket.socket(socket.AF_UNIX) as listener:
        directory = os.open(place.files, os.O_PATH)
        listener.bind(f'/proc/self/fd/{directory}/nic.sock')
        os.close(directory)
        listener.listen()
        with Daemon(place, kind, f'--fd={listener.fileno()}', fds=(listener.fileno(),)) as daemon:
            assert daemon.line == ['net0', kind, f'fd:{listener.fileno()}'], daemon.line
            probe(place, kind, 'nic.sock')
            assert daemon.end() == 0
        # the socket is whose who made it
        assert (place.files / 'nic.sock').exists()
        assert place.left_behind() == [], place.left_behind()


def connected_fd(kind):
    """there is one client, and when it goes there is nobody to serve"""
    with Place() as place:
        ours, theirs = socket.socketpair()
        with Daemon(place, kind, f'--fd={theirs.fileno()}', fds=(theirs.fileno(),)) as daemon:
            theirs.close()
            assert daemon.line[:2] == ['net0', kind], daemon.line
            listed = json.loads(place.run(HVNET, 'stat', '--json').stdout)
            assert listed['interfaces'][0]['attached'] is True, listed
            ours.close()
            assert daemon.wait() == 0
        assert place.left_behind() == [], place.left_behind()


def refused():
    cases = (
        (('--socket-path=a', '-nic', 'user', '-nic', 'user'), 1, '--socket-path serves one interface, and the configuration has 2'),
        (('--socket-path=a', '--fd=0'), 2, "invalid value '0' for --fd: expected the number of a unix stream socket"),
        (('--fd=x',), 2, "invalid value 'x' for --fd"),
        (('--fd=1000',), 2, "invalid value '1000' for --fd"),
        (('--socket-path=a', '--socket-dir=b'), 2, 'expected one of them'),
        (('--socket-path=a', '--', 'true'), 2, 'expected one of them'),
        (('--socket-path',), 2, 'option --socket-path lacks its value'),
        (('--socket-path=nowhere/a',), 1, "cannot listen on .*nowhere/a"),
    )
    for words, status, pattern in cases:
        with Place() as place:
            result = place.run(HVNET, 'run', *words)
            assert result.returncode == status, (words, result.returncode, result.stderr)
            assert re.search(pattern, result.stderr), (words, result.stderr)
            assert place.left_behind() == [], place.left_behind()


def captured(path):
    """the frames of a capture file, which has to be whole"""
    data, frames = path.read_bytes(), []
    assert data[:4] == bytes.fromhex('d4c3b2a1') and stat.S_IMODE(path.stat().st_mode) == 0o600, data[:24]
    at = 24
    while at < len(data):
        kept = int.from_bytes(data[at + 8:at + 12], sys.byteorder)
        frames.append(data[at + 16:at + 16 + kept])
        at += 16 + kept
        assert len(frames[-1]) == kept, 'the last frame is not whole'
    return frames


def capture():
    """--pcap has the frames of each NIC, also of one that crashed in between, and --trace=regs its registers"""
    words = ('-nic', 'user', '-nic', 'user,model=virtio-net-pci,net=10.9.0.0/24')
    discover = b'\x63\x82\x53\x63\x35\x01\x01'
    with Place() as place:
        files = [place.files / f'frames-net{number}.pcap' for number in (0, 1)]
        log = place.files / 'log'
        with open(log, 'wb') as errors, \
             Running(place, HVNET, 'run', '--pcap', 'frames.pcap', '--trace=regs', '--socket-dir', 'sockets', *words, stderr=errors) as run:
            sockets = [run.process.stdout.readline().split()[2] for _ in files]
            parent = run.process.pid
            for _ in range(2):
                probe(place, 'vfio-user', sockets[0])
                probe(place, 'vhost-user', sockets[1], ',mac=52:54:00:12:34:57,net=10.9.0.0/24')
                before = [len(captured(file)) for file in files]
                time.sleep(0.5)  # for what waits to be written
                nics = pathlib.Path(f'/proc/{parent}/task/{parent}/children').read_text(encoding='ascii').split()
                assert len(nics) == 2, nics
                for nic in nics:
                    os.kill(int(nic), signal.SIGKILL)
            status, errors = run.end()[0], log.read_text(encoding='utf-8')
        assert status == 0 and 'WARNING' not in errors, errors
        assert re.search(r'^hvn\S*: net0: write CTRL: 0x', errors, re.MULTILINE), errors[:2000]
        for file, count in zip(files, before):
            frames = captured(file)
            assert len([frame for frame in frames if discover in frame]) >= 2 and len(frames) >= count, (file, len(frames))
        result = place.run(HVNET, 'run', '--pcap', 'nowhere/frames.pcap', '--socket-dir', 'sockets')
        assert result.returncode == 1 and "'nowhere/frames.pcap'" in result.stderr and result.stderr.count('\n') == 1, result
        result = place.run(HVNET, 'run', '--trace=frames', '--socket-dir', 'sockets')
        assert result.returncode == 2 and '--pcap FILE' in result.stderr, result
        assert place.left_behind() == [], place.left_behind()


CASES = [('capabilities', capabilities), ('refused', refused), ('capture', capture)]
for case in (socket_path, listening_fd, connected_fd):
    CASES += [(f'{case.__name__.replace("_", "-")}-{kind}', lambda case=case, kind=kind: case(kind)) for kind in MODELS]

if __name__ == '__main__':
    sys.exit(run_cases('/e2e/daemon', CASES))
