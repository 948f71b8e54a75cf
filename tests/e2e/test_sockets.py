#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The socket backends in the built command: a TCP peer that is gone without a word, seen in a network of this test's own.

test_sockets.py HVNET
"""
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time

from tap import Place, run_cases

HVNET = os.path.abspath(sys.argv[1])


def wait_state(directory, *wanted):
    """the interface, once its backend is in one of these states"""
    end = time.monotonic() + 60
    while True:
        output = subprocess.run([HVNET, 'stat', '--json', directory], stdout=subprocess.PIPE, check=True, timeout=60).stdout
        interface = json.loads(output)['interfaces'][0]
        if interface['backend-state'] in wanted:
            return interface
        assert time.monotonic() < end, interface
        time.sleep(0.1)


def half_open(keep_alive):
    """the network ends under a connection: with keep-alive that is noticed, and the guest's cable is unplugged"""
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    listener = socket.create_server(('127.0.0.1', 0))
    port = listener.getsockname()[1]
    command = [HVNET, 'run', '--socket-dir', 'sockets', '-nic',
               f'stream,model=e1000,addr.type=inet,addr.host=127.0.0.1,addr.port={port},reconnect-ms=500{keep_alive}']
    listener.settimeout(60)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process, contextlib.ExitStack() as stack:
        stack.callback(process.terminate)
        assert process.stdout.readline().startswith('net0 ')
        peer = listener.accept()[0]
        assert wait_state('./sockets', 'up')['up'] is True
        subprocess.run(['ip', 'link', 'set', 'lo', 'down'], check=True)
        interface = wait_state('./sockets', 'connecting')
        assert interface['up'] is False and interface['backend-reason'], interface
        subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
        back = listener.accept()[0]
        assert wait_state('./sockets', 'up')['up'] is True
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    back.close()
    peer.close()


def in_a_network_of_its_own(case):
    with Place() as place:
        result = place.run('unshare', '-Urn', sys.executable, os.path.abspath(__file__), HVNET, case)
        assert result.returncode == 0, f'exit status {result.returncode}\n{result.stdout}{result.stderr}'
        assert place.left_behind() == [], place.left_behind()


KEEP_ALIVE = ',addr.keep-alive=on,addr.keep-alive-idle=1,addr.keep-alive-interval=1,addr.keep-alive-count=1'

if __name__ == '__main__':
    if len(sys.argv) > 2:
        half_open(KEEP_ALIVE)
        sys.exit(0)
    sys.exit(run_cases('/e2e/sockets', [('half-open', lambda: in_a_network_of_its_own('half-open'))]))
