#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Frames a second between two DPDK virtio_user guests across a switch, with idle ports and without, and across a hub.

bench_switch.py HVNET [--quick] [--json] [--seconds N]

One guest makes frames of 64 bytes, the other sends each back. "M frames/s" are those that left a guest for the other, both ways together, and "per
CPU s" is the same for each second of processor time that hvnet used: guests that poll may leave it little of a small machine. Fails on no figure.
"""
import argparse
import json
import pathlib
import sys
import tempfile
import time

from bench_vhost import CANNOT_RUN, QUEUE_SIZE, cpu_seconds, wait_for_traffic
from dpdk import Testpmd, one_core, virtio_user
from guest import Hvnet, prepared
from tap import Skip

CASES = (('switch,network=lan', 0), ('switch,network=lan', 200), ('switch,network=lan,vlan=10', 0), ('hubport,hubid=0', 0))
MACS = ('52:54:00:00:00:01', '52:54:00:00:00:02')
NAMES = ('net0', 'net1')


def sent(server):
    """frames that went out of both guests so far"""
    return sum(server.interface(name)['from-guest']['frames'] for name in NAMES)


def measure(hvnet_program, place, idle, seconds):
    words = []
    for number, mac in enumerate(MACS):
        words += ['-netdev', f'{place},id=p{number}', '-device',
                  f'virtio-net-pci,netdev=p{number},mac={mac},rx_queue_size={QUEUE_SIZE},tx_queue_size={QUEUE_SIZE}']
    for number in range(idle):
        words += ['-netdev', f'{place},id=idle{number},netdev=null{number}', '-netdev', f'null,id=null{number}']
    with tempfile.TemporaryDirectory(prefix='hvnet-bench-') as holder:
        directory = pathlib.Path(holder)
        server = Hvnet(hvnet_program, directory, words, interfaces=2, attach='vhost-user', prefix=one_core(0))
        guests = []
        try:
            for number, (mode, options) in enumerate((('flowgen', (f'--eth-peer=0,{MACS[1]}', '--txpkts=64')), ('macswap', ()))):
                device = virtio_user(server.sockets[NAMES[number]], queue_size=QUEUE_SIZE, mac=MACS[number])
                guests.append(Testpmd(directory, device, mode, options, name=mode))
            wait_for_traffic(guests[1], 'to')
            before = sent(server), cpu_seconds(server), time.monotonic()
            time.sleep(seconds)
            after = sent(server), cpu_seconds(server), time.monotonic()
        finally:
            for guest in guests:
                guest.stop()
            server.kill()
    frames, used, lasted = (later - earlier for later, earlier in zip(after, before))
    return {'bench': 'switch-guests', 'network': place, 'idle': idle, 'frame_size': 64, 'frames_s': round(frames / lasted),
            'frames_cpu_s': round(frames / max(1e-9, used))}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('hvnet')
    parser.add_argument('--quick', action='store_true', help='one short run, to see that it works')
    parser.add_argument('--json', action='store_true')
    parser.add_argument('--seconds', type=int, default=6)
    options = parser.parse_args()
    try:
        prepared('dpdk')
    except Skip as skip:
        print(skip, file=sys.stderr)
        return CANNOT_RUN
    cases = CASES[:1] if options.quick else CASES
    results = [measure(options.hvnet, place, idle, 1 if options.quick else options.seconds) for place, idle in cases]
    if options.json:
        print(json.dumps({'results': results}, indent=2))
        return 0
    print(f'{"":28}{"idle":>6}{"M frames/s":>12}{"per CPU s":>12}')
    for result in results:
        print(f'{result["network"]:28}{result["idle"]:6}{result["frames_s"] / 1e6:12.2f}{result["frames_cpu_s"] / 1e6:12.2f}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
