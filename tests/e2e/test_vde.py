#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The vde backend against real ends: vde_switch, vde_plug and libvdeplug's modules.

test_vde.py CABLE HVNET [CASE]

A cable is two backends on one link: one with a user network on its left side and VDE on its right side is what a probe then finds through VDE.
Cases that need a network of their own are run again in namespaces that the test makes, with CASE.
"""
import contextlib
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
CONNECTING, UP, DOWN = '2', '3', '4'  # HvnBackendState
os.environ.setdefault('LSAN_OPTIONS', 'print_suppressions=0:suppressions=' + str(pathlib.Path(HERE).parent / 'lsan.supp'))
os.environ.setdefault('ASAN_OPTIONS', 'fast_unwind_on_malloc=0')


class Switch:
    """a vde_switch, which ends with its standard input"""

    def __init__(self, place, *options):
        self.process = subprocess.Popen(['vde_switch', '-s', 'switch', *options], cwd=place.files, env=place.environment(),
                                        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.place = place
        wait(lambda: (place.files / 'switch/ctl').exists())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def kill(self):
        """dies without a word; what it leaves in the file system is what a new one finds"""
        self.process.kill()
        self.process.wait()


class Cable:
    """a cable, and what it has said of the states of its ends"""

    def __init__(self, place, left, right):
        self.process = subprocess.Popen([CABLE, left, right], cwd=place.files, env=place.environment(), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.last = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def wait(self, state, reason=''):
        """until the right end says that it is in a state, with a reason that has a text in it"""
        while True:
            line = self.process.stdout.readline()
            assert line, self.process.stderr.read()
            match = re.fullmatch(r'state right (\d) (.*)\n', line)
            if match and match[1] == state and reason in match[2]:
                return match[2]

    def end(self):
        output, errors = self.process.communicate('', timeout=TIMEOUT)
        assert self.process.returncode == 0 and 'CRITICAL' not in errors and 'ERROR' not in errors, errors
        return json.loads(next(line for line in output.splitlines() if line.startswith('{')))


def wait(condition):
    end = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < end, condition
        time.sleep(0.02)


def probe(place, sock):
    """a guest finds what a user network has to offer, there"""
    result = place.run(HVNET, 'probe', '--json', '-nic', f'vde,model=e1000,sock={sock}')
    assert result.returncode == 0, result.stdout + result.stderr
    rows = {row['check']: row['result'] for row in json.loads(result.stdout)['interfaces'][0]['rows']}
    for check in ('dhcp', 'arp', 'ping', 'tcp', 'udp', 'throughput-up', 'throughput-down'):
        assert rows[check] == 'passed', result.stdout


@contextlib.contextmanager
def a_place():
    with Place() as place:
        yield place
        wait(lambda: place.left_behind() == [])


# ---- a switch ----

def through_a_switch():
    with a_place() as place, Switch(place), Cable(place, 'user', 'vde,sock=switch') as cable:
        cable.wait(UP)
        probe(place, 'switch')
        counters = cable.end()
        assert counters['left']['frames'] > 100 and counters['right']['frames'] > 100, counters
        wait(lambda: os.listdir(place.files / 'switch') == ['ctl'])


def beside_vde_plug():
    """libvdeplug's own program brings the network to the switch"""
    with a_place() as place, Switch(place):
        with subprocess.Popen(['vde_plug', 'slirp://', 'switch'], cwd=place.files, env=place.environment(), stdin=subprocess.PIPE) as plug:
            try:
                wait(lambda: len(os.listdir(place.files / 'switch')) > 1)
                probe(place, 'vde://switch')
            finally:
                plug.kill()


def switch_comes_and_goes():
    """not there at the start, dies, comes back on what it left behind, and stalls"""
    with a_place() as place, Cable(place, 'user', 'vde,sock=switch') as cable:
        cable.wait(CONNECTING, "cannot open 'switch': No such file or directory")
        with Switch(place) as switch:
            cable.wait(UP)
            switch.kill()
            cable.wait(CONNECTING, "the other end of 'switch' has closed the connection")
            cable.wait(CONNECTING, "cannot open 'switch': Connection refused")
        with Switch(place) as switch:
            cable.wait(UP)
            switch.process.send_signal(signal.SIGSTOP)
            # a cable to a switch that does not answer: nothing waits for it, neither the start nor the end
            with Cable(place, 'null', 'vde,sock=switch') as second:
                second.wait(CONNECTING)
                assert second.process.stdout.readline() == 'ready\n'
                second.wait(CONNECTING, "'switch' does not answer")
                second.end()
            switch.process.send_signal(signal.SIGCONT)
            probe(place, 'switch')
        cable.end()


def ports():
    """a port that is asked for is got, with the mode that it is to have, and one that the switch has not is told"""
    with a_place() as place, Switch(place, '-n', '8'), contextlib.ExitStack() as stack:
        cable = stack.enter_context(Cable(place, 'null', 'vde,sock=switch,port=5,mode=0770'))
        cable.wait(UP)
        names = [name for name in os.listdir(place.files / 'switch') if name.startswith('005.')]
        assert len(names) == 1, os.listdir(place.files / 'switch')
        assert (place.files / 'switch' / names[0]).stat().st_mode & 0o777 == 0o770
        other = stack.enter_context(Cable(place, 'null', 'vde,sock=switch,port=99'))
        other.wait(CONNECTING, "'switch' does not answer")
        cable.end()
        other.end()


# ---- URLs ----

def switch_url():
    """a switch of our own, which others join by its directory, and which nothing is left of"""
    with a_place() as place:
        with Cable(place, 'user', 'vde,sock=switch://own') as cable:
            cable.wait(UP)
            probe(place, 'own')
            cable.end()
        assert os.listdir(place.files) == []


def ptp_url():
    with a_place() as place:
        with Cable(place, 'user', 'vde,sock=ptp://wire') as cable:
            cable.wait(UP)
            probe(place, 'ptp://wire')
            cable.end()
        assert os.listdir(place.files) == []


def cmd_url():
    """another command leads to the switch; when that ends it is started again"""
    with a_place() as place, Switch(place), Cable(place, 'user', 'vde,sock=switch') as cable:
        cable.wait(UP)
        probe(place, 'cmd://vde_plug switch')
        cable.end()
        with Cable(place, 'null', 'vde,sock=cmd://sh -c "read x; read x"') as command:
            command.wait(UP)
            child = pathlib.Path(f'/proc/{command.process.pid}/task')
            children = [pid for task in child.iterdir() for pid in (task / 'children').read_text().split()]
            os.kill(int(children[0]), signal.SIGKILL)
            command.wait(CONNECTING, 'has closed the connection')
            command.wait(UP)
            command.end()


def slirp_url():
    with a_place() as place:
        probe(place, 'slirp://')


def vxvde_url():
    """a multicast group of this network, as a switch"""
    subprocess.run(['ip', 'link', 'set', 'lo', 'up', 'multicast', 'on'], check=True)
    subprocess.run(['ip', 'route', 'add', '239.0.0.0/8', 'dev', 'lo'], check=True)
    with a_place() as place, Cable(place, 'user', 'vde,sock=vxvde://239.1.2.3') as cable:
        cable.wait(UP)
        probe(place, 'vxvde://239.1.2.3')
        cable.end()


def tap_url():
    """an interface of the kernel; when it is deleted, another one is made"""
    with a_place() as place, Cable(place, 'null', 'vde,sock=tap://vde7') as cable:
        cable.wait(UP)
        subprocess.run(['ip', 'addr', 'add', '192.0.2.1/24', 'dev', 'vde7'], check=True)
        subprocess.run(['ip', 'link', 'set', 'vde7', 'up'], check=True)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b'', ('192.0.2.2', 9))
        # the kernel counts what was read from the interface: somebody is asked for his address
        wait(lambda: int(pathlib.Path('/proc/net/dev').read_text().split('vde7:')[1].split()[9]) > 0)
        subprocess.run(['ip', 'link', 'del', 'vde7'], check=True)
        cable.wait(CONNECTING, 'has closed the connection')
        cable.wait(UP)
        cable.end()


def no_such_url():
    with a_place() as place, Cable(place, 'null', 'vde,sock=nonsense://here') as cable:
        cable.wait(DOWN, "cannot open 'nonsense://here': libvdeplug has no such module")
        cable.end()


def in_a_network_of_its_own(case):
    result = subprocess.run(['unshare', '-Urn', sys.executable, HERE, CABLE, HVNET, case.__name__], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, timeout=TIMEOUT, check=False)
    assert result.returncode == 0, f'exit status {result.returncode}\n{result.stdout}'


CASES = (through_a_switch, beside_vde_plug, switch_comes_and_goes, ports, switch_url, ptp_url, cmd_url, slirp_url, no_such_url)
INSIDE = (vxvde_url, tap_url)

if __name__ == '__main__':
    if len(sys.argv) > 3:
        next(case for case in INSIDE if case.__name__ == sys.argv[3])()
        sys.exit(0)
    NAMED = [(case.__name__.replace('_', '-'), case) for case in CASES]
    NAMED += [(case.__name__.replace('_', '-'), lambda case=case: in_a_network_of_its_own(case)) for case in INSIDE]
    sys.exit(run_cases('/e2e/vde', NAMED))
