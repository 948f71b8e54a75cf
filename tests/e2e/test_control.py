#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A running session from outside: its control socket, and the commands that ask it. test_control.py HVNET"""
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time

from tap import Place, Running, run_cases

HVNET = os.path.abspath(sys.argv[1])
NIC = ('-nic', 'user,model=e1000')


class Session(Running):
    """`hvnet run --socket-dir`, or with other words, that is left running; its interfaces are served once it is made"""

    def __init__(self, place, *words, options=NIC, interfaces=1):
        super().__init__(place, HVNET, 'run', *(words or ('--socket-dir', 'sockets')), *options)
        self.lines = [self.process.stdout.readline().split() for _ in range(interfaces)]


def connect(path):
    """a socket that is connected to a path, which may be longer than a socket's may be"""
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(30)
    here = os.open(os.path.dirname(path), os.O_PATH)
    client.connect(f'/proc/self/fd/{here}/{os.path.basename(path)}')
    os.close(here)
    return client


class Client:
    """a client of a control socket, that says and hears lines"""

    def __init__(self, path, negotiate=True):
        self.socket = connect(path)
        self.file = self.socket.makefile('r', encoding='utf-8')
        if negotiate:
            assert 'QMP' in self.hear()
            assert self.execute('qmp_capabilities') == {'return': {}}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def say(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def hear(self):
        line = self.file.readline()
        return json.loads(line) if line else None

    def execute(self, command, **arguments):
        """the answer; events before it are kept in .events"""
        self.events = []
        self.say(json.dumps({'execute': command, 'arguments': arguments}) + '\r\n')
        while 'event' in (answer := self.hear()):
            self.events.append((answer['event'], answer.get('data')))
        return answer


def done(place, *words):
    result = place.run(HVNET, *words)
    assert result.returncode == 0 and result.stderr == '', f'{words}: {result.returncode} {result.stderr}'
    return result.stdout


def refused(place, words, pattern, status=1):
    result = place.run(HVNET, *words)
    assert result.returncode == status, f'{words}: {result.returncode} {result.stderr}'
    assert re.search(pattern, result.stderr), f'no /{pattern}/ in {result.stderr}'
    assert result.stdout == '', result.stdout


def interfaces(place, *session):
    return json.loads(done(place, 'stat', *session, '--json'))['interfaces']


# ---- the socket ----

def protocol():
    with Place() as place, Session(place):
        path = place.files / 'sockets' / 'control.sock'
        assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        with Client(path, negotiate=False) as client:
            greeting = client.hear()['QMP']
            version = subprocess.run([HVNET, '--version'], stdout=subprocess.PIPE, text=True, check=True).stdout.split()[1]
            assert '.'.join(str(greeting['version']['hvnet'][part]) for part in ('major', 'minor', 'micro')) == version, greeting
            assert client.execute('query-version')['error']['class'] == 'CommandNotFound'
            assert client.execute('qmp_capabilities') == {'return': {}}
            assert client.execute('query-version') == {'return': greeting['version']}
            names = [command['name'] for command in client.execute('query-commands')['return']]
            assert {'set_link', 'query-interfaces', 'quit'} <= set(names), names
            assert client.execute('set_link', name='net0', up=False) == {'return': {}}
            assert client.events == [('LINK_CHANGED', {'name': 'net0', 'up': False})], client.events
            error = client.execute('set_link', name='net0', up='off')['error']
            assert error == {'class': 'GenericError', 'desc': 'argument \'up\' of set_link is "off": expected true or false'}, error
            assert client.execute('set_link', name='net7', up=True)['error']['class'] == 'DeviceNotFound'


def quits():
    with Place() as place, Session(place) as session:
        with Client(place.files / 'sockets' / 'control.sock') as client:
            assert client.execute('quit') == {'return': {}}
            assert client.hear()['event'] == 'SHUTDOWN'
            assert client.hear() is None
        assert session.wait()[0] == 0
        assert place.left_behind() == [] and os.listdir(place.files / 'sockets') == []


def hostile_clients():
    with Place() as place, Session(place) as session:
        path = place.files / 'sockets' / 'control.sock'
        texts = (b'\0' * 100000, b'[' * 1000000, b'{"execute":' * 50000, b'{"execute":"' + b'x' * 1000000 + b'"}', b'GET / HTTP/1.1\r\n\r\n',
                 b'{"execute":"set_link","arguments":{"name":"net0","up":tr', os.urandom(100000))
        for text in texts:
            with Client(path) as client:
                try:
                    client.say(text)
                except OSError:
                    pass
        with Client(path) as client:
            client.say(b'{"a":' + texts[1] + b'\n')
            assert 'nested' in client.hear()['error']['desc']
            assert client.execute('query-version').keys() == {'return'}
        # one that asks and never reads does not hold up others
        with Client(path) as greedy, Client(path) as other:
            greedy.socket.setblocking(False)
            try:
                while True:
                    greedy.socket.send(b'{"execute":"query-interfaces"}\n' * 100)
            except BlockingIOError:
                pass
            assert other.execute('query-interfaces')['return'][0]['name'] == 'net0'
        status, errors = session.end()
        assert status == 0 and 'CRITICAL' not in errors and 'WARNING' not in errors, errors


# ---- the commands ----

def nothing_runs():
    with Place() as place:
        assert done(place, 'list').split() == ['NAME', 'PID', 'INTERFACES', 'SOCKET']
        assert json.loads(done(place, 'list', '--json')) == {'sessions': []}
        refused(place, ['stat'], 'no session is running')
        refused(place, ['stat', 'web'], "no session 'web' is running")
        refused(place, ['set-link', 'net0', 'on'], 'no session is running')
        assert place.left_behind() == []


def one_session():
    with Place() as place, Session(place, '--socket-dir', 'sockets', '--name', 'web') as session:
        listed = json.loads(done(place, 'list', '--json'))['sessions']
        assert listed == [{'name': 'web', 'pid': session.process.pid, 'socket': str(place.files / 'sockets/control.sock'),
                           'interfaces': ['net0']}], listed
        assert done(place, 'list').splitlines()[1].split()[:3] == ['web', str(session.process.pid), 'net0']
        for words in ((), ('web',), ('./sockets',), ('./sockets/control.sock',)):
            (net0,) = interfaces(place, *words)
            assert net0['model'] == 'e1000' and net0['backend'] == 'user' and net0['mac'] == '52:54:00:12:34:56', net0
            assert net0['up'] is True and net0['protocol'] == 'vfio-user' and net0['attached'] is False, net0
            assert net0['socket'] == str(place.files / 'sockets/net0.sock'), net0
            assert net0['to-guest']['frames'] == 0 and net0['from-guest']['dropped-link-down'] == 0, net0
        row = done(place, 'stat').splitlines()[1].split()
        assert row == ['net0', 'e1000', 'user', 'up', 'vfio-user', '(no', 'client)', 'from', 'guest', '0', '0', '0'], row
        for words, up in ((('net0', 'off'), False), (('web', 'net0', 'on'), True), (('52:54:00:12:34:56', 'down'), False), (('net0', 'up'), True)):
            assert done(place, 'set-link', *words) == ''
            assert interfaces(place)[0]['up'] is up, words
        refused(place, ['set-link', 'net1', 'on'], r"no interface 'net1' \(accepted: net0")
        refused(place, ['set-link', 'net0', 'sideways'], 'expected on, off, up or down', status=2)
        refused(place, ['set-link', 'net0'], r'\[SESSION\] INTERFACE on\|off', status=2)
        refused(place, ['stat', 'nginx'], r"no session 'nginx' is running \(running: web\)")
        with connect(place.files / 'sockets/net0.sock'):
            end = time.monotonic() + 30
            while not interfaces(place)[0]['attached']:
                assert time.monotonic() < end
                time.sleep(0.05)
        assert session.end()[0] == 0
        assert place.left_behind() == []


def several_sessions():
    domain = '''<domain type='kvm'><name>%s</name><devices><interface type='user'><model type='e1000'/></interface></devices></domain>'''
    with Place() as place:
        place.write('domain.xml', domain % 'vm/1')
        with Session(place, '--socket-dir', 'a', options=['domain.xml']), Session(place, '--socket-dir', 'b', options=['domain.xml']) as second:
            other = f'vm_1-{second.process.pid}'
            names = [session['name'] for session in json.loads(done(place, 'list', '--json'))['sessions']]
            assert names == ['vm_1', other], names
            refused(place, ['stat'], f'several sessions are running: name one of vm_1, {other}')
            done(place, 'set-link', other, 'net0', 'off')
            assert interfaces(place, 'vm_1')[0]['up'] and not interfaces(place, other)[0]['up']
            # a name that was asked for is not another one
            refused(place, ['run', '--socket-dir', 'c', '--name', 'vm_1', 'domain.xml'], "a session 'vm_1' runs already")
            refused(place, ['run', '--socket-dir', 'c', '--name', 'a/b', 'domain.xml'], "invalid name of a session 'a/b'")
            assert os.listdir(place.files / 'c') == []


def killed():
    with Place() as place, Session(place, '--socket-dir', 'sockets', '--name', 'web') as session:
        session.end(signal.SIGKILL)
        assert (place.path / 'run' / 'hvnet').exists()
        assert json.loads(done(place, 'list', '--json')) == {'sessions': []}
        assert not (place.path / 'run' / 'hvnet').exists()
        with Session(place, '--socket-dir', 'sockets', '--name', 'web'):
            assert interfaces(place, 'web')[0]['name'] == 'net0'


def process_killed():
    """the process of a NIC is killed, and the one in its place knows that its cable is out"""
    with Place() as place, Session(place, '--socket-dir', 'sockets', '--name', 'web') as session:
        done(place, 'set-link', 'net0', 'off')
        pid = session.process.pid
        with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as children:
            (child,) = map(int, children.read().split())
        os.kill(child, signal.SIGKILL)
        end = time.monotonic() + 60
        while True:
            assert time.monotonic() < end
            with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as children:
                if str(child) not in children.read().split() and (found := interfaces(place)):
                    break
            time.sleep(0.05)
        assert found[0]['name'] == 'net0' and found[0]['up'] is False, found
        assert done(place, 'set-link', 'net0', 'on') == '' and interfaces(place)[0]['up'] is True
        assert session.end()[0] == 0


def hangs():
    with Place() as place, Session(place, '--socket-dir', 'sockets', '--name', 'web') as session:
        session.process.send_signal(signal.SIGSTOP)
        refused(place, ['set-link', 'net0', 'off'], "session 'web' does not answer within 5 seconds")
        session.process.send_signal(signal.SIGCONT)
        assert done(place, 'set-link', 'net0', 'off') == ''


CASES = [(name.replace('_', '-'), globals()[name]) for name in (
    'protocol', 'quits', 'hostile_clients', 'nothing_runs', 'one_session', 'several_sessions', 'killed', 'process_killed', 'hangs')]

if __name__ == '__main__':
    sys.exit(run_cases('/e2e/control', CASES))
