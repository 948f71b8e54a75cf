#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`hvnet run`: what it makes of an emulator's life and death, tried on a script in its place, and on a real QEMU. test_run.py HVNET [CASE...]"""
import json
import os
import pathlib
import re
import shlex
import signal
import socket
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
    assert device['bus'] == 'hvnet-net0-port', device
    _, words = run_fake('exit 0', 0, '-netdev', 'user,id=n', '-device', 'e1000,netdev=n,addr=0x5,bootindex=2,romfile=a.rom,multifunction=on',
                        emulator_arguments=('-machine', 'q35'))
    device = json.loads(words[-1])
    del device['socket']
    assert device == {'driver': 'vfio-user-pci', 'id': 'hvnet-net0', 'addr': '0x5', 'bootindex': 2, 'romfile': 'a.rom', 'multifunction': True}, device
    assert not [word for word in words if 'root-port' in word], words


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
        assert {0, 1, 2, write} <= have and len(have) == 6, result  # and those of a monitor


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
    with Place() as place:
        fake(place, 'exit 0', '7.2.22')
        result = place.run(HVNET, 'run', '-nic', 'user,model=virtio', '-nic', 'user', '--', './qemu')
        assert result.returncode == 1 and "interface 'net1' (e1000)" in result.stderr and '10.1' in result.stderr, result
    run_fake('exit 0', 0, version='10.1.0')


def virtio_options():
    """what the configuration says of a virtio NIC goes to the emulator's device, where that knows it"""
    _, words = run_fake('exit 0', 0, '-netdev', 'user,id=n', '-device', 'virtio-net-pci,netdev=n,queues=2,packed=on,csum=off,host_mtu=1400,rx_queue_size=512')
    assert 'vhost-user,id=hvnet-net0-net,chardev=hvnet-net0-socket,queues=2' in words, words
    assert words[words.index('-chardev') + 1].endswith(',reconnect-ms=200'), words
    device = json.loads(words[-1])
    assert device == {'driver': 'virtio-net-pci', 'id': 'hvnet-net0', 'netdev': 'hvnet-net0-net', 'mac': '52:54:00:12:34:56', 'mq': True,
                      'packed': True, 'csum': False, 'host_mtu': 1400, 'rx_queue_size': 512, 'vectors': 6}, device
    _, words = run_fake('exit 0', 0, '-nic', 'user,model=virtio,bootindex=1,romfile=', version='7.2.22')
    assert json.loads(words[-1])['bootindex'] == 1 and json.loads(words[-1])['romfile'] == '', words
    assert words[words.index('-chardev') + 1].endswith(',reconnect=1') and json.loads(words[-1])['vectors'] == 0, words


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


# ---- the NICs' processes ----

def children(process):
    """the processes of the NICs by interface, as {name: pid}"""
    found = {}
    for path in pathlib.Path('/proc').glob('[0-9]*/stat'):
        try:
            parent = int(path.read_text().rsplit(')', 1)[1].split()[1])
            words = (path.parent / 'cmdline').read_bytes().decode().split('\0')
        except (OSError, IndexError):
            continue
        if parent == process.pid and words[1:2] == ['run-server']:
            found[words[9]] = int(path.parent.name)
    return found


class Serving(Process):
    """`hvnet run --socket-dir` that is left running"""

    def __init__(self, place, *options, **keywords):
        super().__init__('hvnet', [HVNET, 'run', '--socket-dir', 'sockets', *options], place.path, cwd=place.files, env=place.environment(),
                         **keywords)
        wait_for(self.text, 'to attach')

    def wait_restarted(self, name, old):
        """the process of an interface, once it is another one"""
        end = time.monotonic() + 30
        while (pid := children(self.process).get(name, old)) == old:
            assert time.monotonic() < end, f'{name} is not started again: {self.text()}'
            time.sleep(0.02)
        return pid


def restarted():
    """a NIC's process that is killed is started again on the same socket; the other one is not touched, and what the link was is so again"""
    with Place() as place:
        hvnet = Serving(place, '-nic', 'user', '-nic', 'user,model=virtio,net=10.0.3.0/24')
        try:
            before = children(hvnet.process)
            inode = (place.files / 'sockets' / 'net0.sock').stat().st_ino
            assert set(before) == {'net0', 'net1'}, before
            assert place.run(HVNET, 'set-link', 'net0', 'off').returncode == 0
            os.kill(before['net0'], signal.SIGKILL)
            hvnet.wait_restarted('net0', before['net0'])
            assert children(hvnet.process)['net1'] == before['net1']
            assert (place.files / 'sockets' / 'net0.sock').stat().st_ino == inode
            assert 'net0: the process of the NIC was killed by signal 9 (Killed), starting it again\n' in hvnet.text(), hvnet.text()
            wait_for(lambda: place.run(HVNET, 'stat', '--json').stdout, r'"up" : false')
            hvnet.signal(signal.SIGTERM)
            assert hvnet.wait() == 0
            assert place.left_behind() == [], place.left_behind()
        finally:
            hvnet.kill()


def crashes_on():
    """one that always crashes is started again more and more slowly"""
    with Place() as place:
        hvnet = Serving(place)
        try:
            pid, times = children(hvnet.process)['net0'], []
            for _ in range(5):
                os.kill(pid, signal.SIGSEGV)
                pid = hvnet.wait_restarted('net0', pid)
                times.append(time.monotonic())
            assert times[4] - times[3] > 0.3 and hvnet.running(), times
        finally:
            hvnet.kill()


def killed_while_the_emulator_starts():
    """a NIC's process that is killed before the emulator has connected is started again, and nobody is asked to replug anything"""
    with Place() as place:
        started = Started(place, 'echo up; exec sleep 60')
        before = children(started.process)['net0']
        os.kill(before, signal.SIGKILL)
        wait_for(lambda: str(children(started.process).get('net0', before) != before), 'True')
        wait_for(lambda: place.run(HVNET, 'stat', '--json').stdout, '"net0"')
        started.process.terminate()
        status, _, errors = started.finish()
        assert status == 128 + signal.SIGTERM and errors.count('\n') == 1 and 'starting it again' in errors, (status, errors)
        assert place.left_behind() == [], place.left_behind()


def supervisor_killed():
    """what kills the supervisor ends the NICs' processes, and one that hangs too"""
    with Place() as place:
        hvnet = Serving(place, '-nic', 'user', '-nic', 'user,net=10.0.3.0/24')
        try:
            before = children(hvnet.process)
            hvnet.kill()
            wait_for(lambda: str([pid for pid in before.values() if os.path.exists(f'/proc/{pid}')]), r'^\[\]$')
        finally:
            hvnet.kill()


def stopped():
    """a process that is stopped holds nothing up but its own NIC"""
    with Place() as place:
        hvnet = Serving(place, '-nic', 'user', '-nic', 'user,net=10.0.3.0/24')
        try:
            os.kill(children(hvnet.process)['net0'], signal.SIGSTOP)
            assert place.run(HVNET, 'set-link', 'net1', 'off').returncode == 0
            hvnet.signal(signal.SIGTERM)
            assert hvnet.wait() == 0
            assert place.left_behind() == [], place.left_behind()
        finally:
            hvnet.kill()


def cannot_start():
    """what a NIC's process cannot do is said once, and nothing runs"""
    with Place() as place, socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
        result = place.run(HVNET, 'run', '--socket-dir', 'sockets', '-nic', 'user', '-nic', f'user,net=10.0.3.0/24,hostfwd=tcp:127.0.0.1:{port}-:22')
        assert result.returncode == 1 and result.stderr.count('\n') == 1 and str(port) in result.stderr, result
        assert place.left_behind() == [] and list((place.files / 'sockets').iterdir()) == [], place.left_behind()


def file_that_changes():
    """a NIC's process that is started again has the configuration that the first one had, also when that came through a pipe"""
    with Place() as place:
        read, write = os.pipe()
        os.write(write, b"<domain type='qemu'><name>x</name><devices><interface type='user'><alias name='ua-lan'/></interface></devices></domain>")
        os.close(write)
        hvnet = Serving(place, f'/dev/fd/{read}', pass_fds=(read,))
        os.close(read)
        try:
            pid = children(hvnet.process)['ua-lan']
            os.kill(pid, signal.SIGKILL)
            pid = hvnet.wait_restarted('ua-lan', pid)
            wait_for(lambda: place.run(HVNET, 'stat', '--json').stdout, r'"up" : true')
            assert children(hvnet.process)['ua-lan'] == pid
        finally:
            hvnet.kill()


# ---- with QEMU ----

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


def carrier(guest, value):
    """waits until the guest sees a cable that is in, or with 0 one that is out, and looks again a little later: the last word counts"""
    wait = f'for i in $(seq 200); do [ "$(cat /sys/class/net/eth0/carrier)" = {value} ] && break; sleep 0.1; done'
    assert guest.run(f'{wait}; sleep 1; cat /sys/class/net/eth0/carrier').strip() == str(value)


def link_of_the_emulator(place, guest):
    """a link that is set reaches a device of the emulator's own, and stays what it is when the NIC's process is another one"""
    def set_link(state):
        result = place.run(HVNET, 'set-link', 'net0', state)
        assert result.returncode == 0, result.stderr

    set_link('off')
    carrier(guest, 0)
    for _ in range(3):
        pid = children(guest.process.process)['net0']
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: str(children(guest.process.process).get('net0', pid) != pid), 'True')
        wait_for(lambda: place.run(HVNET, 'stat', '--json').stdout, r'"attached" : true')
        carrier(guest, 0)
    assert guest.attempt('ping -c 1 -W 1 10.0.2.2')[0] != 0
    set_link('on')
    carrier(guest, 1)
    guest.run('ping -c 1 -W 5 10.0.2.2')
    changes = guest.run('cat /sys/class/net/eth0/carrier_changes')
    print(f'# carrier changes: {changes.strip()}')


def transfer(_, guest):
    """a guest with the default network, and an hvnet that has nothing to say"""
    server = Server(os.urandom(4 << 20))
    output = guest.run(f'wget -q -O - http://10.0.2.2:{server.http_port}/ | sha256sum')
    assert output.split()[0] == server.digest(), output
    guest.check_log()
    assert guest.process.text() == '', guest.process.text()


def both_at_once(place, guest):
    """the processes of two NICs, one over each protocol, are killed at the same moment: both come back"""
    before = children(guest.process.process)
    assert set(before) == {'net0', 'net1'}, before
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    wait_for(guest.process.text, 'net0: the device is plugged in again')
    guest.run('for i in $(seq 200); do [ -e /sys/class/net/eth0 ] && break; sleep 0.1; done; ip link set eth0 up; ip link set eth1 up')
    assert {guest.lease(name)[2] for name in ('eth0', 'eth1')} == {'10.0.2.2', '10.0.3.2'}
    after = children(guest.process.process)
    assert set(after) == set(before) and not set(after.values()) & set(before.values()), (before, after)
    assert place.run(HVNET, 'stat', '--json').stdout.count('"attached" : true') == 2


def crash(machine, options, modules, killed='net0', undisturbed=None, also=None):
    """a NIC's process is killed under a guest: it gets the NIC back, lives on, and also when it resets at the moment of the next crash"""
    emulator()
    with Place() as place:
        command = [HVNET, 'run', *options, '--', emulator(), *boot_arguments(place.path), '-m', '256', '-M', machine,
                   '-global', 'virtio-net-pci.romfile=']
        guest = Guest(place.path, lambda: Process('run', command, place.path, env=place.environment()))
        try:
            guest.load(modules)
            assert guest.lease()[0] == '10.0.2.15'
            if also is not None:
                also(place, guest)
            before, said = children(guest.process.process), len(guest.process.text())
            os.kill(before[killed], signal.SIGKILL)
            wait_for(guest.process.text, 'starting it again')
            if 'vfio' in place_of(options):
                wait_for(lambda: guest.process.text()[said:], f'{killed}: the device is plugged in again')
            wait_for(lambda: guest.attempt('ip link set eth0 up; cat /sys/class/net/eth0/carrier')[1], '^1$')
            assert guest.run('cat /sys/class/net/eth0/address').strip() == '52:54:00:12:34:56'
            assert guest.lease()[0] == '10.0.2.15'
            guest.run('ping -c 1 -W 5 10.0.2.2')
            after = children(guest.process.process)
            assert after[killed] != before[killed] and (undisturbed is None or after[undisturbed] == before[undisturbed]), after
            os.kill(after[killed], signal.SIGKILL)
            guest.commands.connection.sendall(b'reboot -f\n')
            guest.wait_ready()
            guest.load(modules)
            assert guest.lease()[0] == '10.0.2.15'
            guest.power_off()
        finally:
            guest.kill()
        assert place.left_behind() == [], place.left_behind()


def place_of(options):
    """how the first NIC of the options is attached"""
    return 'vhost-user' if 'virtio' in ' '.join(options[:2]) else 'vfio-user'


def crash_on_pc():
    crash('pc', (), 'e1000', also=transfer)


def crash_on_q35_of_two():
    """an e1000 beside a virtio-net, which goes on"""
    crash('q35', ('-nic', 'user,model=e1000', '-nic', 'user,model=virtio,net=10.0.3.0/24'), 'e1000 virtio_pci virtio_net', undisturbed='net1',
          also=both_at_once)


def crash_of_vhost_user():
    crash('pc', ('-nic', 'user,model=virtio'), 'virtio_pci virtio_net', also=link_of_the_emulator)


CASES = (arguments, sockets_are_there, exit_status, killed_by_signal, streams, signals, signal_that_ends_it, signals_as_found, descriptors,
         old_emulator, virtio_options, private_memory, usage, help_of_the_emulator, json_output, restarted, crashes_on,
         killed_while_the_emulator_starts, supervisor_killed, stopped, cannot_start, file_that_changes, real_emulator_terminated, lines_to_attach_by_hand,
         crash_on_pc, crash_on_q35_of_two, crash_of_vhost_user)

if __name__ == '__main__':
    chosen = [case for case in CASES if not sys.argv[2:] or case.__name__ in sys.argv[2:]]
    sys.exit(run_cases('/guest/run', [(case.__name__.replace('_', '-'), case) for case in chosen]))
