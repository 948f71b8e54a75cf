#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same guest with QEMU's own NIC and user network, and with ours, in one run: Mbit/s up and down, and the time of a ping.

bench_guest.py HVNET [--quick] [--json] [--seconds N] [--repeat N] [--connections N]

Of one connection a user network has at most 64 KiB under way, so that its speed is how long those take there and back; with several the
NIC always has something to do. Rows of one run can be compared; between runs the machine may have had other things to do. Fails on no figure.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import sys
import tempfile

from guest import Guest, Hvnet, Iperf3, Process, boot_arguments, emulator, prepared, vfio_user, vhost_user
from tap import Skip

CANNOT_RUN = 77
MEMORY = ['-m', '256M', '-object', 'memory-backend-memfd,id=memory,size=256M,share=on', '-machine', 'pc,memory-backend=memory']

# name, model, drivers, how it is attached (None: QEMU's own), options of hvnet
VIRTIO = 'virtio_pci virtio_net'
WAYS = (
    ('qemu e1000', 'e1000', 'e1000', None, ()),
    ('hvnet e1000', 'e1000', 'e1000', 'vfio-user', ()),
    ('hvnet e1000, poll 50 us', 'e1000', 'e1000', 'vfio-user', ('--poll-us', '50')),
    ('qemu virtio-net', 'virtio-net-pci', VIRTIO, None, ()),
    ('hvnet virtio-net', 'virtio-net-pci', VIRTIO, 'vfio-user', ()),
    ('hvnet virtio-net, poll 50', 'virtio-net-pci', VIRTIO, 'vfio-user', ('--poll-us', '50')),
    ('hvnet virtio, vhost-user', 'virtio-net-pci', VIRTIO, 'vhost-user', ()),
)


def cpu_seconds(process):
    """what the processes of a hvnet's NICs have used so far"""
    total = 0
    for pid in process.pids()[1:]:
        fields = pathlib.Path(f'/proc/{pid}/stat').read_text(encoding='ascii').rsplit(') ', 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf('SC_CLK_TCK')


def measure(hvnet_program, way, seconds, connections):
    name, model, drivers, attach, options = way
    with tempfile.TemporaryDirectory(prefix='hvnet-bench-') as holder:
        directory = pathlib.Path(holder)
        hvnet = guest = None
        iperf3 = Iperf3(directory)
        try:
            devices = ['-nic', f'user,model={model}']
            if attach is not None:
                hvnet = Hvnet(hvnet_program, directory, devices, options, attach=attach)
                devices = (vfio_user if attach == 'vfio-user' else vhost_user)(hvnet.sockets['net0'])
            command = [emulator(), *boot_arguments(directory), *MEMORY, *devices]
            guest = Guest(directory, lambda: Process('emulator', command, directory))
            guest.load(drivers)
            guest.lease()
            result = {'bench': 'guest', 'way': name}
            used = cpu_seconds(hvnet) if hvnet else 0
            result['up_mbit_s'] = round(iperf3.measure(guest, seconds, f'-P {connections}'), 1)
            result['down_mbit_s'] = round(iperf3.measure(guest, seconds, f'-P {connections}', '-R'), 1)
            result['server_cpu_percent'] = round((cpu_seconds(hvnet) - used) / (2 * seconds) * 100, 1) if hvnet else 0
            output = guest.run('ping -q -c 50 -i 0.05 10.0.2.2')
            result['ping_ms'] = float(re.search(r'= [\d.]+/([\d.]+)/', output).group(1))
            return result
        finally:
            for process in (guest, hvnet, iperf3.process):
                if process is not None:
                    process.kill()


def median(results):
    """of each figure on its own"""
    return {key: statistics.median(result[key] for result in results) if isinstance(value, (int, float)) else value
            for key, value in results[0].items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('hvnet')
    parser.add_argument('--quick', action='store_true', help='short runs, to see that it works')
    parser.add_argument('--json', action='store_true')
    parser.add_argument('--seconds', type=int, default=8)
    parser.add_argument('--repeat', type=int, default=1, help='measure all ways so often, one after the other, and take the medians')
    parser.add_argument('--connections', type=int, default=1, help='of iperf3 at once')
    options = parser.parse_args()
    try:
        prepared()
    except Skip as skip:
        print(skip, file=sys.stderr)
        return CANNOT_RUN
    seconds = 1 if options.quick else options.seconds
    rounds = [[measure(options.hvnet, way, seconds, options.connections) for way in WAYS] for _ in range(options.repeat)]
    results = [median(of_one_way) for of_one_way in zip(*rounds)]
    if options.json:
        print(json.dumps({'connections': options.connections, 'results': results}, indent=2))
        return 0
    print(f'{"":26}{"up Mbit/s":>12}{"down Mbit/s":>12}{"ping ms":>10}{"up":>8}{"down":>8}   server CPU %')
    for result in results:
        if result['way'].startswith('qemu'):
            base = result  # of the rows that follow, with the same NIC
        up, down = (result[key] / base[key] for key in ('up_mbit_s', 'down_mbit_s'))
        print(f'{result["way"]:26}{result["up_mbit_s"]:12.0f}{result["down_mbit_s"]:12.0f}{result["ping_ms"]:10.3f}{up:7.2f}x{down:7.2f}x'
              f'{result["server_cpu_percent"]:12.0f}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
