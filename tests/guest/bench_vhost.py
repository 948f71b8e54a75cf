#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Frames a second between DPDK's virtio_user and a vhost-user server on one processor: ours, and DPDK's own (net_vhost) beside it.

bench_vhost.py HVNET [--quick] [--json] [--seconds N]

"from" is from the client into a port that takes everything, "to" is from a source that is always ready. The client has a processor of
its own and never sleeps, and neither does DPDK's server; ours sleeps when there is nothing to do. The best second of each way counts, as the
machine may have other things to do; "per CPU s" is frames for each second of processor time that our server used. Fails on no figure.
"""
import argparse
import json
import pathlib
import statistics
import sys
import tempfile
import time

from dpdk import Testpmd, frame, one_core, virtio_user, write_capture
from guest import Hvnet, prepared
from tap import Skip

CANNOT_RUN = 77
QUEUE_SIZE = 1024
CASES = [(way, ring, size) for way in ('from', 'to') for ring in ('split', 'packed') for size in (64, 1514)]


def cpu_seconds(server):
    """what its processes have used so far, exactly"""
    return sum(int(pathlib.Path(f'/proc/{pid}/schedstat').read_text(encoding='ascii').split()[0]) for pid in server.pids()) / 1e9


def client(directory, path, case, name):
    way, ring, size = case
    mode = ['txonly', (f'--txpkts={size}',)] if way == 'from' else ['rxonly', ()]
    packed = {'packed_vq': 1} if ring == 'packed' else {}
    return Testpmd(directory, virtio_user(path, queue_size=QUEUE_SIZE, **packed), *mode, name=name)


def measure_hvnet(hvnet_program, directory, case, seconds):
    way, _, size = case
    backend = 'null,id=net0'
    if way == 'to':
        write_capture(directory / 'frames.pcap', [frame(number, size) for number in range(64)])
        backend = f'pcap,id=net0,file={directory}/frames.pcap,pace=full,loop=0,wait=off'
    device = f'virtio-net-pci,netdev=net0,packed=on,rx_queue_size={QUEUE_SIZE},tx_queue_size={QUEUE_SIZE}'
    server = Hvnet(hvnet_program, directory, ('-netdev', backend, '-device', device), attach='vhost-user', prefix=one_core(0))
    testpmd = client(directory, server.sockets['net0'], case, 'client-hvnet')
    counters = f'{way}-guest'
    try:
        wait_for_traffic(testpmd, way)
        before = server.interface()[counters]['frames'], cpu_seconds(server)
        time.sleep(seconds)
        after = server.interface()[counters]['frames'], cpu_seconds(server)
        return rates(testpmd, way), (after[0] - before[0]) / max(1e-9, after[1] - before[1])
    finally:
        testpmd.stop()
        server.kill()


def measure_dpdk(directory, case, seconds):
    way, _, size = case
    path = directory / 'vhost'
    mode = ['rxonly', ()] if way == 'from' else ['txonly', (f'--txpkts={size}',)]
    server = Testpmd(directory, f'net_vhost0,iface={path},queues=1', *mode, core=0, name='server')
    try:
        for _ in range(300):
            if path.exists():
                break
            time.sleep(0.1)
        testpmd = client(directory, path, case, 'client-dpdk')
        try:
            wait_for_traffic(testpmd, way)
            time.sleep(seconds)
            return rates(testpmd, way)
        finally:
            testpmd.stop()
    finally:
        server.stop()


def rates(testpmd, way):
    """what the client says of each second"""
    return testpmd.rates('Tx' if way == 'from' else 'Rx')


def wait_for_traffic(testpmd, way):
    end = time.monotonic() + 60
    while not rates(testpmd, way):
        if time.monotonic() > end or not testpmd.running():
            raise AssertionError(f'nothing goes: {testpmd.text()[-2000:]}')
        time.sleep(0.1)


def measure(hvnet_program, case, seconds):
    with tempfile.TemporaryDirectory(prefix='hvnet-bench-') as holder:
        directory = pathlib.Path(holder)
        ours, per_cpu = measure_hvnet(hvnet_program, directory, case, seconds)
        theirs = measure_dpdk(directory, case, seconds)
    way, ring, size = case
    return {'bench': 'vhost', 'way': way, 'ring': ring, 'frame_size': size, 'frames_s': max(ours),
            'frames_s_median': round(statistics.median(ours)), 'frames_cpu_s': round(per_cpu), 'frames_s_dpdk': max(theirs),
            'frames_s_dpdk_median': round(statistics.median(theirs)), 'ratio_to_dpdk': round(max(ours) / max(1, max(theirs)), 3)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('hvnet')
    parser.add_argument('--quick', action='store_true', help='two short runs, to see that it works')
    parser.add_argument('--json', action='store_true')
    parser.add_argument('--seconds', type=int, default=6)
    options = parser.parse_args()
    try:
        prepared('dpdk')
    except Skip as skip:
        print(skip, file=sys.stderr)
        return CANNOT_RUN
    cases = [CASES[0], CASES[-1]] if options.quick else CASES
    results = [measure(options.hvnet, case, 1 if options.quick else options.seconds) for case in cases]
    if options.json:
        print(json.dumps({'results': results}, indent=2))
        return 0
    print(f'{"":6}{"ring":8}{"bytes":>6}{"M frames/s":>12}{"per CPU s":>12}{"net_vhost":>12}{"ratio":>8}')
    for result in results:
        print(f'{result["way"]:6}{result["ring"]:8}{result["frame_size"]:6}{result["frames_s"] / 1e6:12.2f}{result["frames_cpu_s"] / 1e6:12.2f}'
              f'{result["frames_s_dpdk"] / 1e6:12.2f}{result["ratio_to_dpdk"]:8.2f}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
