#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tap and bridge backends between kernels, in namespaces that the test makes for itself: no privileges, nothing outside is touched.

test_tap.py CABLE [CASE]

A cable is two backends on one link. Its right end is a tap that is moved into a second namespace, so that the kernels' own TCP, with its
large frames, talks through both backends. With CASE the test is inside already.
"""
import hashlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading

from tap import TIMEOUT, run_cases

CABLE = os.path.abspath(sys.argv[1])
HERE = os.path.abspath(__file__)
SIZE = 32 << 20
CHUNK = bytes(range(256)) * 1024
HELPER = '/usr/lib/qemu/qemu-bridge-helper'
DOWN = '4'  # HVN_BACKEND_DOWN


def run(*command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT, check=False, **options)
    assert result.returncode == 0, (command, result.returncode, result.stdout)
    return result.stdout


class Other:
    """a second network namespace"""

    def __init__(self):
        self.process = subprocess.Popen(['unshare', '-n', 'sh', '-c', 'echo up; exec sleep 1000'], stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b'up\n'

    def run(self, *command):
        return run('nsenter', '-t', str(self.process.pid), '-n', *command)

    def take(self, interface, address):
        """moves an interface here and gives it an address"""
        run('ip', 'link', 'set', interface, 'netns', str(self.process.pid))
        self.run('ip', 'addr', 'add', address, 'dev', interface)
        self.run('ip', 'link', 'set', interface, 'up')

    def end(self):
        self.process.kill()
        self.process.wait()


class Cable:
    def __init__(self, left, right, prefix=()):
        self.process = subprocess.Popen([*prefix, CABLE, left, right], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True)
        self.states = []
        while (line := self.process.stdout.readline()) != 'ready\n':
            if not line:
                raise AssertionError(self.process.stderr.read())
            self.states.append(line.split(' ', 3))

    def state(self):
        """the next change of a state"""
        return self.process.stdout.readline().rstrip('\n').split(' ', 3)

    def end(self):
        """its counters"""
        output, errors = self.process.communicate('', timeout=TIMEOUT)
        assert self.process.returncode == 0 and 'CRITICAL' not in errors, errors
        return json.loads(next(line for line in output.splitlines() if line.startswith('{')))


CLIENT = '''
import hashlib, socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as s:
    chunk = bytes(range(256)) * 1024
    digest = hashlib.sha256()
    for _ in range(int(sys.argv[3]) // len(chunk)):
        s.sendall(chunk)
    s.shutdown(socket.SHUT_WR)
    while data := s.recv(1 << 20):
        digest.update(data)
    print(digest.hexdigest())
'''


def transfer(other, address):
    """a client in the other namespace sends a file, and then gets it back; both sides compare the SHA-256"""
    digest = hashlib.sha256()
    for _ in range(SIZE // len(CHUNK)):
        digest.update(CHUNK)
    digest = digest.hexdigest()
    got = []

    def serve():
        connection = listener.accept()[0]
        with connection:
            total = hashlib.sha256()
            while data := connection.recv(1 << 20):
                total.update(data)
            got.append(total.hexdigest())
            for _ in range(SIZE // len(CHUNK)):
                connection.sendall(CHUNK)

    with socket.create_server((address, 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        output = other.run(sys.executable, '-c', CLIENT, address, str(listener.getsockname()[1]), str(SIZE))
        thread.join(TIMEOUT)
    assert got == [digest] and output.strip() == digest, (got, output, digest)


def up(interface, address=None):
    if address:
        run('ip', 'addr', 'add', address, 'dev', interface)
    run('ip', 'link', 'set', interface, 'up')


def whole(counters):
    """large frames went as they were, both ways: nothing was cut or summed up on the way, and a frame carried many segments"""
    for side in counters.values():
        assert side['segmented'] == 0 and side['checksummed'] == 0, counters
        assert side['bytes'] > SIZE and side['bytes'] / side['frames'] > 4000, counters
    print('# bytes a frame:', {name: side['bytes'] // side['frames'] for name, side in counters.items()})


# ---- the cases, each in namespaces of its own ----

def two_kernels():
    other = Other()
    cable = Cable('tap,ifname=left0,script=no,downscript=no', 'tap,ifname=right0,script=no,downscript=no,mtu=1500')
    up('left0', '192.0.2.1/24')
    other.take('right0', '192.0.2.2/24')
    transfer(other, '192.0.2.1')
    whole(cable.end())
    assert 'left0' not in run('ip', 'link')
    other.end()


def no_headers():
    """without headers on one side the link finishes what the other one leaves to it: no large frame comes through"""
    other = Other()
    cable = Cable('tap,ifname=left0,script=no,downscript=no,vnet_hdr=off', 'tap,ifname=right0,script=no,downscript=no,vnet_hdr=on')
    up('left0', '192.0.2.1/24')
    other.take('right0', '192.0.2.2/24')
    transfer(other, '192.0.2.1')
    counters = cable.end()
    assert all(side['bytes'] / side['frames'] < 1515 for side in counters.values()), counters
    other.end()


def carrier_and_deletion():
    """deleted under it: down with a reason, the other side sees a cable that is unplugged"""
    cable = Cable('tap,ifname=left0,script=no,downscript=no', 'tap,ifname=right0,script=no,downscript=no')
    up('left0')
    up('right0')
    assert 'LOWER_UP' in run('ip', 'link', 'show', 'left0')
    run('ip', 'link', 'del', 'right0')
    assert cable.state()[1:] == ['right', DOWN, "interface 'right0' was deleted"]
    assert 'NO-CARRIER' in run('ip', 'link', 'show', 'left0')
    cable.end()


def persistent_without_privilege():
    drop = ('setpriv', '--bounding-set', '-net_admin', '--inh-caps', '-net_admin')
    for name in ('keep0', 'keep1'):
        run('ip', 'tuntap', 'add', 'dev', name, 'mode', 'tap', 'user', '0')
        up(name)
    for _ in range(3):
        Cable('tap,ifname=keep0,script=no,downscript=no', 'tap,ifname=keep1,script=no,downscript=no', drop).end()
    try:
        Cable('tap,ifname=keep0,script=no,downscript=no', 'tap,ifname=new0,script=no,downscript=no', drop)
    except AssertionError as error:
        assert "no privilege to open interface 'new0': expected one made for this user" in str(error), error
    else:
        raise AssertionError('made an interface without privilege')
    assert 'keep0' in run('ip', 'link') and 'new0' not in run('ip', 'link')


def macvtap():
    """a macvtap on one end of a veth, whose other end is in the second namespace"""
    other, third = Other(), Other()
    run('ip', 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'veth1')
    other.take('veth1', '192.0.2.2/24')
    up('veth0')
    run('ip', 'link', 'add', 'link', 'veth0', 'name', 'mac0', 'type', 'macvtap', 'mode', 'passthru')
    up('mac0')
    cable = Cable('tap,ifname=mac0,script=no,downscript=no', 'tap,ifname=right0,script=no,downscript=no')
    # the frames of a macvtap carry its own address
    address = json.loads(run('ip', '-j', 'link', 'show', 'mac0'))[0]['address']
    run('ip', 'link', 'set', 'right0', 'address', address)
    third.take('right0', '192.0.2.1/24')
    server = subprocess.Popen(['nsenter', '-t', str(third.process.pid), '-n', sys.executable, HERE, CABLE, 'serve'], stdout=subprocess.PIPE)
    port = server.stdout.readline().decode().strip()
    output = other.run(sys.executable, '-c', CLIENT, '192.0.2.1', port, str(SIZE))
    assert output.strip() == server.communicate(timeout=TIMEOUT)[0].decode().strip()
    cable.end()
    other.end()
    third.end()


def serve():
    """echoes the SHA-256 of what it got, by sending the same bytes back"""
    with socket.create_server(('192.0.2.1', 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        connection = listener.accept()[0]
        total = hashlib.sha256()
        with connection:
            while data := connection.recv(1 << 20):
                total.update(data)
            for _ in range(SIZE // len(CHUNK)):
                connection.sendall(CHUNK)
        print(total.hexdigest())


def bridge():
    """qemu-bridge-helper puts two taps into a bridge that its rules allow, and says why it does not with another"""
    run('mount', '-t', 'tmpfs', 'none', '/etc')
    os.mkdir('/etc/qemu')
    pathlib.Path('/etc/qemu/bridge.conf').write_text('allow virbr7\n', encoding='ascii')
    for name in ('virbr7', 'virbr8'):
        run('ip', 'link', 'add', name, 'type', 'bridge')
    up('virbr7', '192.0.2.1/24')
    others = [Other(), Other()]
    cables = []
    for number, other in enumerate(others):
        cables.append(Cable('bridge,br=virbr7', f'tap,ifname=right{number},script=no,downscript=no'))
        other.take(f'right{number}', f'192.0.2.{number + 2}/24')
    members = [link['ifname'] for link in json.loads(run('ip', '-j', 'link', 'show', 'master', 'virbr7'))]
    assert len(members) == 2, members
    for other in others:
        transfer(other, '192.0.2.1')
    for other, cable in zip(others, cables):
        whole(cable.end())
        other.end()
    assert json.loads(run('ip', '-j', 'link', 'show', 'master', 'virbr7')) == []
    for arguments, said in (('bridge,br=virbr8', 'access denied by acl file'), (f'tap,helper={HELPER},br=virbr8', 'access denied by acl file')):
        try:
            Cable(arguments, 'null')
        except AssertionError as error:
            assert said in str(error) and "for bridge 'virbr8' ended with status 1" in str(error), error
        else:
            raise AssertionError('a bridge that is not allowed')


CASES = (two_kernels, no_headers, carrier_and_deletion, persistent_without_privilege, macvtap, bridge)


def inside(case):
    result = subprocess.run(['unshare', '-Urnmpf', '--mount-proc', '--kill-child', sys.executable, HERE, CABLE, case.__name__], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, timeout=TIMEOUT, check=False)
    print(''.join(f'# {line}\n' if not line.startswith('#') else f'{line}\n' for line in result.stdout.splitlines()), end='')
    assert result.returncode == 0, f'exit status {result.returncode}'


if __name__ == '__main__':
    if len(sys.argv) > 2:
        next(case for case in (*CASES, serve) if case.__name__ == sys.argv[2])()
        sys.exit(0)
    sys.exit(run_cases('/e2e/tap', [(case.__name__.replace('_', '-'), lambda case=case: inside(case)) for case in CASES]))
