#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`hvnet run`: what it makes of an emulator's life and death, tried on a script in its place, and on a real QEMU. test_run.py HVNET"""
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time

from guest import Guest, Hvnet, Process, Server, boot_arguments, emulator
from tap import Place, TIMEOUT, run_cases

HVNET = os.path.abspath(sys.argv[1])

FAKE = '''#!/bin/sh
if [ "$1" = --version ]; then
    echo "QEMU emulator version %s (Debian 1:1)"
    exit 0
fi
printf '%%s\\n' "$@" >arguments
%s
'''


def fake(place, body, version='11.1.3'):
    """a script in the place of QEMU"""
    path = place.files / 'qemu'
    path.write_text(FAKE % (version, body), encoding='utf-8')
    path.chmod(0o755)


def run_fake(body, status, *options, emulator_arguments=(), version='11.1.3'):
    """what `hvnet run OPTIONS -- ./qemu ...` printed, and the arguments that the script got"""
    with Place() as place:
        fake(place, body, version)
        result = place.run(HVNET, 'run', *options, '--', './qemu', *emulator_arguments)
        assert result.returncode == status, f'exit status {result.returncode}: {result.stderr}'
        assert place.left_behind() == [], place.left_behind()
        arguments = place.files / 'arguments'
        return result, arguments.read_text().splitlines() if arguments.exists() else None


def wait_for(function, pattern):
    """what the function returns, once the pattern is in it"""
    end = time.monotonic() + 30
    while not re.search(pattern, text := function()):
        assert time.monotonic() < end, f'no /{pattern}/ in: {text}'
        time.sleep(0.05)
    return text


class Started:
    """`hvnet run -- ./qemu` that is left running; the script says "up" once it is"""

    def __init__(self, place, body):
        fake(place, f'{body}')
        self.process = subprocess.Popen([HVNET, 'run', '--', './qemu'], cwd=place.files, env=place.environment(), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line == 'up\n', line + self.process.stderr.read()

    def finish(self):
        out, err = self.process.communicate(timeout=TIMEOUT)
        return self.process.returncode, out, err


# ---- with a script in QEMU's place ----

def arguments():
    _, words = run_fake('exit 0', 0, emulator_arguments=('-m', '2G', '-machine', 'q35'))
    assert words[:4] == ['-m', '2G', '-machine', 'q35'], words
    assert 'memory-backend-memfd,id=hvnet-ram,size=2G,share=on' in words and 'memory-backend=hvnet-ram' in words, words
    device = json.loads(words[-1])
    assert device['driver'] == 'vfio-user-pci' and device['id'] == 'hvnet-net0' and device['socket']['type'] == 'unix', device


def sockets_are_there():
    result, _ = run_fake('for a in "$@"; do case $a in {*) test -S "$(echo "$a" | sed "s/.*path\\":\\"//; s/\\".*//")" && echo found;; esac; done',
                         0, '-nic', 'user', '-nic', 'user,net=10.0.3.0/24')
    assert result.stdout == 'found\nfound\n', result


def exit_status():
    for status in (0, 1, 7, 255):
        run_fake(f'exit {status}', status)


def killed_by_signal():
    run_fake('kill -KILL $$', 128 + signal.SIGKILL)
    run_fake('kill -SEGV $$', 128 + signal.SIGSEGV)


def streams():
    with Place() as place:
        fake(place, 'cat; echo error >&2')
        result = subprocess.run([HVNET, 'run', '--', './qemu'], cwd=place.files, env=place.environment(), input='through\n',
                                capture_output=True, text=True, timeout=TIMEOUT, check=False)
        assert (result.returncode, result.stdout, result.stderr) == (0, 'through\n', 'error\n'), result


def signals():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        with Place() as place:
            name = number.name[3:]
            started = Started(place, f'trap "echo {name}; exit 5" {name}; echo up; while :; do sleep 0.05; done')
            started.process.send_signal(number)
            status, out, err = started.finish()
            assert (status, out, err) == (5, f'{name}\n', ''), (status, out, err)
            assert place.left_behind() == [], place.left_behind()


def signal_that_ends_it():
    with Place() as place:
        started = Started(place, 'echo up; exec sleep 60')
        started.process.terminate()
        status, _, _ = started.finish()
        assert status == 128 + signal.SIGTERM, status
        assert place.left_behind() == [], place.left_behind()


def signals_as_found():
    """the emulator has the signals as they are by default, SIGPIPE too"""
    result, _ = run_fake('grep -E "Sig(Ign|Blk)" /proc/self/status', 0)
    for line in result.stdout.splitlines():
        assert int(line.split()[1], 16) & (1 << signal.SIGPIPE - 1 | 1 << signal.SIGTERM - 1 | 1 << signal.SIGINT - 1) == 0, line


def descriptors():
    """the emulator has those that hvnet was started with, and none of hvnet's own"""
    with Place() as place:
        fake(place, 'exec python3 -c "import os; print(*[fd for fd in range(256) if os.path.exists(f\'/proc/self/fd/{fd}\')])"')
        read, write = os.pipe()
        result = subprocess.run([HVNET, 'run', '--', './qemu'], cwd=place.files, env=place.environment(), stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, timeout=TIMEOUT, check=False, pass_fds=(write,))
        os.close(read)
        os.close(write)
        have = {int(word) for word in result.stdout.split()}
        assert have == {0, 1, 2, write}, result


def refused(*patterns, **options):
    result, words = run_fake('exit 0', 1, **options)
    lines = result.stderr.splitlines()
    assert words is None and len(lines) == 1 and lines[0].startswith('hvnet: '), result
    for pattern in patterns:
        assert re.search(pattern, lines[0]), f'no /{pattern}/ in: {lines[0]}'
    print(f'# {lines[0]}')


def old_emulator():
    refused(r'7\.2', r'10\.1', version='7.2.22')
    refused(r'10\.0', r'10\.1', version='10.0.8')
    run_fake('exit 0', 0, version='10.1.0')


def private_memory():
    refused('share=on', 'memory-backend-ram', emulator_arguments=('-object', 'memory-backend-ram,id=x,size=1G', '-M', 'q35,memory-backend=x'))


def usage():
    with Place() as place:
        for words in (['run'], ['run', '--'], ['run', '--socket-dir'], ['run', '--poll-us', 'x', '--socket-dir', 'y']):
            result = place.run(HVNET, *words)
            assert result.returncode == 2 and result.stdout == '' and result.stderr.startswith('hvnet: '), (words, result)
        result = place.run(HVNET, 'run', '--', 'no-such-emulator')
        assert result.returncode == 1 and 'no-such-emulator' in result.stderr, result
        assert place.left_behind() == [], place.left_behind()


def help_of_the_emulator():
    result, words = run_fake('echo help; exit 3', 3, emulator_arguments=('-device', 'help', '--help'))
    assert result.stdout == 'help\n' and words[:3] == ['-device', 'help', '--help'], result


def json_output():
    with Place() as place:
        hvnet = Process('hvnet', [HVNET, 'run', '--json', '--socket-dir', 'sockets'], place.path, cwd=place.path)
        try:
            wait_for(hvnet.text, 'to attach')
            listed, _ = json.JSONDecoder().raw_decode(hvnet.text())
            assert listed == {'interfaces': [{'name': 'net0', 'protocol': 'vfio-user', 'path': f'{place.path}/sockets/net0.sock'}]}, listed
            hvnet.signal(signal.SIGINT)
            assert hvnet.wait() == 0
        finally:
            hvnet.kill()


# ---- with QEMU ----

def real_emulator():
    """a guest with the default network, as its own child: lease, transfer, and the status that it ends with"""
    emulator()
    server = Server(4 << 20)
    with Place() as place:
        command = [HVNET, 'run', '--', emulator(), *boot_arguments(place.path), '-m', '256']
        guest = Guest(place.path, lambda: Process('run', command, place.path, env=place.environment()))
        try:
            guest.load()
            assert guest.lease()[0] == '10.0.2.15'
            output = guest.run(f'wget -q -O - http://10.0.2.2:{server.http_port}/ | sha256sum')
            assert output.split()[0] == server.digest(), output
            guest.check_log()
            guest.power_off()
            assert guest.process.text() == '', guest.process.text()
        finally:
            guest.kill()
        assert place.left_behind() == [], place.left_behind()


def real_emulator_terminated():
    """SIGTERM to hvnet ends QEMU in its own way"""
    emulator()
    with Place() as place:
        command = [HVNET, 'run', '--', emulator(), *boot_arguments(place.path), '-m', '256']
        guest = Guest(place.path, lambda: Process('run', command, place.path, env=place.environment()))
        try:
            guest.process.signal(signal.SIGTERM)
            assert guest.process.wait() == 0, guest.process.text()
        finally:
            guest.kill()
        assert place.left_behind() == [], place.left_behind()


def lines_to_attach_by_hand():
    """the lines that `hvnet run --socket-dir` prints, given to a shell as they are"""
    emulator()
    with Place() as place:
        hvnet = Hvnet(HVNET, place.path, ('-nic', 'user', '-nic', 'user,net=10.0.3.0/24'))
        guest = None
        try:
            text = wait_for(hvnet.text, 'cloud-hypervisor:\n  .*\n')
            lines = re.search(r'QEMU 10\.1.*?:\n(.*?)\nto attach', text, re.DOTALL).group(1)
            assert f"--user-device socket={hvnet.sockets['net0']} socket={hvnet.sockets['net1']}" in text, text
            command = f'exec {emulator()} {shlex.join(boot_arguments(place.path))} {lines}'
            guest = Guest(place.path, lambda: Process('emulator', ['sh', '-c', command], place.path))
            guest.load()
            assert {guest.lease(name)[2] for name in ('eth0', 'eth1')} == {'10.0.2.2', '10.0.3.2'}
            guest.power_off()
            hvnet.stop()
        finally:
            if guest is not None:
                guest.kill()
            hvnet.kill()


CASES = (arguments, sockets_are_there, exit_status, killed_by_signal, streams, signals, signal_that_ends_it, signals_as_found, descriptors,
         old_emulator, private_memory, usage, help_of_the_emulator, json_output, real_emulator, real_emulator_terminated,
         lines_to_attach_by_hand)

if __name__ == '__main__':
    sys.exit(run_cases('/guest/run', [(case.__name__.replace('_', '-'), case) for case in CASES]))
