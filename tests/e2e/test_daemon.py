#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The conventions of device daemons, as the specifications of vhost-user and vfio-user have them: --socket-path, --fd,
--print-capabilities, no daemon, SIGTERM, and the names in libexecdir. test_daemon.py HVNET"""
import json
import os
import re
import socket
import stat
import sys

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


def probe(place, kind, path):
    """our own guest goes through the socket: it is served"""
    result = place.run(HVNET, 'probe', '--json', '--attach', kind, '--connect', path, '-nic', f'user,model={MODELS[kind]}')
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


CASES = [('capabilities', capabilities), ('refused', refused)]
for case in (socket_path, listening_fd, connected_fd):
    CASES += [(f'{case.__name__.replace("_", "-")}-{kind}', lambda case=case, kind=kind: case(kind)) for kind in MODELS]

if __name__ == '__main__':
    sys.exit(run_cases('/e2e/daemon', CASES))
