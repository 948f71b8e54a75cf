#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The passt backend with the real passt, in a network that the test makes for itself.

test_passt.py CABLE HVNET [CASE]
"""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

from tap import Place, TIMEOUT, run_cases

CABLE, HVNET = (os.path.abspath(path) for path in sys.argv[1:3])
HERE = os.path.abspath(__file__)
os.environ.setdefault('LSAN_OPTIONS', 'print_suppressions=0:suppressions=' + str(pathlib.Path(HERE).parent / 'lsan.supp'))


def network():
    """an interface with a default route, and loopback"""
    for command in ('link set lo up', 'link add ve0 type veth peer name ve1', 'addr add 192.0.2.2/24 dev ve0', 'link set ve0 up', 'link set ve1 up',
                    'route add default via 192.0.2.1'):
        subprocess.run(['ip', *command.split()], check=True)


def probe(options):
    """rows of the probe by their check"""
    with Place() as place:
        result = place.run(HVNET, 'probe', '--json', '-nic', f'passt,model=e1000{options}')
        rows = {row['check']: row for row in json.loads(result.stdout)['interfaces'][0]['rows']}
        assert place.left_behind() == [], place.left_behind()
        return rows


def transfers():
    """a guest gets the host's address and reaches the host, with all that it sends and gets"""
    rows = probe('')
    for check in ('device', 'dhcp', 'arp', 'tcp', 'udp', 'throughput-up', 'throughput-down'):
        assert rows[check]['result'] == 'passed', rows
    assert '192.0.2.2/24' in json.dumps(rows['dhcp']), rows['dhcp']


def options():
    """what passt is told has an effect"""
    rows = probe(',mtu=1400,address=192.0.2.55,netmask=25,gateway=192.0.2.7,dns=192.0.2.9,ipv6=off,tcp=off')
    lease = json.dumps(rows['dhcp'])
    for text in ('192.0.2.55/25', '192.0.2.7', '192.0.2.9', '1400'):
        assert text in lease, lease
    assert rows['tcp']['result'] == 'failed' and rows['udp']['result'] == 'passed', rows


class Cable:
    """to a passt that somebody watches"""

    def __init__(self, right):
        self.process = subprocess.Popen([CABLE, 'null', right], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def wait(self, state, reason=''):
        while True:
            line = self.process.stdout.readline()
            assert line, 'the cable has ended'
            match = re.fullmatch(r'state right (\d) (.*)\n', line)
            if match and match[1] == state and reason in match[2]:
                return

    def children(self):
        return [int(pid) for task in pathlib.Path(f'/proc/{self.process.pid}/task').iterdir() for pid in (task / 'children').read_text().split()]

    def end(self):
        self.process.communicate('', timeout=TIMEOUT)
        assert self.process.returncode == 0


def connect(port):
    end = time.monotonic() + TIMEOUT
    while True:
        try:
            return socket.create_connection(('127.0.0.1', port), timeout=TIMEOUT).close()
        except ConnectionRefusedError:
            assert time.monotonic() < end
            time.sleep(0.05)


def forwards_and_restarts():
    """it listens on the ports that are forwarded, is started again when it dies, and ends with us"""
    with Cable('passt,tcp-ports=127.0.0.1/2022:22') as cable:
        connect(2022)
        for _ in range(2):
            children = cable.children()
            assert len(children) == 1, children
            os.kill(children[0], signal.SIGKILL)
            cable.wait('2', 'passt was ended by signal 9')
            cable.wait('3')
            connect(2022)
        children = cable.children()
        cable.end()
        assert not pathlib.Path(f'/proc/{children[0]}').exists()


def complains():
    """what passt says is the reason"""
    with Cable('passt,interface=none7') as cable:
        cable.wait('2', 'passt ended with status 1: ')
        cable.end()


CASES = (transfers, options, forwards_and_restarts, complains)


def in_a_network_of_its_own(case):
    result = subprocess.run(['unshare', '-Urn', sys.executable, HERE, CABLE, HVNET, case.__name__], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, timeout=TIMEOUT, check=False)
    assert result.returncode == 0, f'exit status {result.returncode}\n{result.stdout}'


if __name__ == '__main__':
    if len(sys.argv) > 3:
        network()
        next(case for case in CASES if case.__name__ == sys.argv[3])()
        sys.exit(0)
    sys.exit(run_cases('/e2e/passt', [(case.__name__.replace('_', '-'), lambda case=case: in_a_network_of_its_own(case)) for case in CASES]))
