# SPDX-License-Identifier: LGPL-2.1-or-later
"""DPDK's virtio_user, a driver that we did not write and that never sleeps, against `hvnet run --attach vhost-user`.

    test_dpdk.py HVNET
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from dpdk import Testpmd, frame, read_capture, virtio_user, write_capture
from guest import HERE, Hvnet, prepared
from tap import Skip, run_cases

DEVICE = 'virtio-net-pci,netdev=net0,packed=on'


class Setting:
    """a server and a client in a directory of their own"""

    def __init__(self, program, backend, device=DEVICE):
        self.holder = tempfile.TemporaryDirectory(prefix='hvnet-dpdk-')
        self.directory = pathlib.Path(self.holder.name)
        self.program = program
        self.words = ('-netdev', backend.format(directory=self.directory), '-device', device)
        self.server = None
        self.clients = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in (*self.clients, self.server):
            if process is not None:
                process.kill()
        self.holder.cleanup()

    def serve(self):
        self.server = Hvnet(self.program, self.directory, self.words, attach='vhost-user')

    def attach(self, mode, options=(), interactive=True, **device):
        client = Testpmd(self.directory, virtio_user(self.server.sockets['net0'], **device), mode, options, interactive,
                         name=f'client{len(self.clients)}')
        self.clients.append(client)
        return client

    def end(self):
        """the client stops, and the server ends with status 0 and without a complaint"""
        for client in self.clients:
            if client.running():
                client.stop()
        self.server.stop()
        complaints = [line for line in self.server.text().splitlines() if re.search('WARNING|CRITICAL|refused|broken|descriptor', line)]
        assert complaints == [], complaints


def wait_for(get, good=bool, timeout=30):
    """what get() returns once it is good; the last value when it is never"""
    end = time.monotonic() + timeout
    while not good(value := get()) and time.monotonic() < end:
        time.sleep(0.05)
    return value


def carried(interface, way):
    """frames and bytes of a direction, of which nothing was dropped"""
    counters = interface[f'{way}-guest']
    assert not any(number for name, number in counters.items() if name.startswith('dropped')), counters
    return counters['frames'], counters['bytes']


def both_ways(program, queues=1, size=(64,), **device):
    """the client sends and the capture comes: every frame of both, once, whole and in order, and all counters agree"""
    lengths = [60 + 97 * number % 1455 for number in range(3000)]
    with Setting(program, 'pcap,id=net0,file={directory}/in.pcap,output={directory}/out.pcap,pace=full,wait=on',
                 f'{DEVICE},queues={queues}') as setting:
        write_capture(setting.directory / 'in.pcap', [frame(number, length) for number, length in enumerate(lengths)])
        setting.serve()
        client = setting.attach('rxonly', (f'--txpkts={",".join(map(str, size))}', f'--rxq={queues}', f'--txq={queues}'), queues=queues,
                                **device)
        client.command('start tx_first 100')
        counted = wait_for(client.counters, lambda now: now['RX', 'packets'] >= len(lengths))
        client.command('stop')
        assert counted['RX', 'packets'] == len(lengths) and counted['RX', 'bytes'] == sum(lengths), counted
        assert counted['RX', 'missed'] == counted['RX', 'errors'] == 0, counted
        sent = counted['TX', 'packets']
        assert sent >= 32, counted
        ours = wait_for(setting.server.interface, lambda now: now['from-guest']['frames'] >= sent)
        assert carried(ours, 'from') == (sent, sent * sum(size)), (ours, counted)
        assert carried(ours, 'to') == (len(lengths), sum(lengths)), ours
        setting.end()
        kept = read_capture(setting.directory / 'out.pcap')
        assert len(kept) == sent and {len(data) for data in kept} == {sum(size)}, (len(kept), sent)
        assert all(data[12:14] == b'\x08\x00' for data in kept)
        print(f'# {sent} sent, {len(lengths)} received')


def flood(program, **device):
    """as fast as it can for a second, both ways: what one has sent the other has got"""
    ring = 256
    with Setting(program, 'null,id=net0') as setting:
        setting.serve()
        client = setting.attach('txonly', ('--txpkts=64',), **device)
        client.command('start')
        time.sleep(1)
        client.command('stop')
        sent = client.counters()['TX', 'packets']
        ours = wait_for(setting.server.interface, lambda now: now['from-guest']['frames'] >= sent)
        assert sent > 1000 and carried(ours, 'from') == (sent, 64 * sent), (ours, sent)
        setting.end()
    with Setting(program, 'pcap,id=net0,file={directory}/in.pcap,pace=full,loop=0,wait=on') as setting:
        write_capture(setting.directory / 'in.pcap', [frame(number, 64) for number in range(64)])
        setting.serve()
        client = setting.attach('rxonly', **device)
        client.command('start tx_first 1')
        time.sleep(1)
        client.command('stop')
        ours = wait_for(lambda: [setting.server.interface(), setting.server.interface()], lambda now: now[0] == now[1])[1]
        counted = client.counters()
        # what is in the ring has not been looked at
        frames, size = carried(ours, 'to')
        assert 1000 < counted['RX', 'packets'] <= frames <= counted['RX', 'packets'] + ring, (ours, counted)
        assert size == 64 * frames and ours['to-guest']['stalls'] > 0, ours
        setting.end()
        print(f'# {sent} sent, {counted["RX", "packets"]} received')


def answered(program):
    """the user network answers a driver that answers itself: DHCP's gateway is asked for its address and says it"""
    with Setting(program, 'user,id=net0') as setting:
        setting.serve()
        client = setting.attach('rxonly', ('--txpkts=64', '--eth-peer=0,52:55:0a:00:02:02', '--tx-ip=10.0.2.15,10.0.2.2'))
        client.command('start tx_first 1')
        # datagrams to a closed port of the gateway: libslirp wants to know who is asking, and asks by ARP
        counted = wait_for(client.counters, lambda now: now['RX', 'packets'] > 0, timeout=10)
        assert counted['RX', 'packets'] > 0, counted
        setting.end()


def server_killed(program):
    """a client whose server is killed under traffic lives on, and the next server serves the next client on the same path"""
    with Setting(program, 'null,id=net0') as setting:
        setting.serve()
        client = setting.attach('txonly')
        client.command('start')
        time.sleep(0.5)
        setting.server.kill()
        time.sleep(0.5)
        assert client.running(), client.text()
        client.command('stop')
        client.kill()
        setting.serve()
        client = setting.attach('txonly')
        client.command('start')
        time.sleep(0.3)
        client.command('stop')
        assert carried(wait_for(setting.server.interface, lambda now: carried(now, 'from') > (0, 0)), 'from') > (0, 0)
        setting.end()


def client_killed(program):
    """a client that is killed under traffic leaves the socket to the next, three times"""
    with Setting(program, 'null,id=net0') as setting:
        setting.serve()
        total = 0
        for number in range(3):
            client = setting.attach('txonly', packed_vq=number % 2)
            client.command('start')
            assert wait_for(setting.server.interface, lambda now: now['from-guest']['frames'] > total)['from-guest']['frames'] > total
            client.kill()
            total = wait_for(setting.server.interface, lambda now: not now['attached'])['from-guest']['frames']
        assert setting.server.running()
        setting.end()


def wake_ups(server):
    """how often its processes gave up a processor, how often one was taken away, and for how long they had one"""
    total = [0, 0, 0]
    for pid in server.pids():
        status = pathlib.Path(f'/proc/{pid}/status').read_text(encoding='ascii')
        ran = pathlib.Path(f'/proc/{pid}/schedstat').read_text(encoding='ascii').split()[0]
        total = [sum(pair) for pair in zip(total, map(int, re.findall(r'ctxt_switches:\s*(\d+)', status) + [ran]))]
    return total


def idle(program):
    """a server whose client does nothing waits in one system call and is given no processor"""
    for backend, mode in (('null,id=net0', 'txonly'), ('user,id=net0', 'rxonly')):
        with Setting(program, backend) as setting:
            setting.serve()
            client = setting.attach(mode)
            client.command('start')
            time.sleep(0.2)
            client.command('stop')
            # what was under way comes to rest
            before = wait_for(lambda: [wake_ups(setting.server), time.sleep(0.3), wake_ups(setting.server)], lambda now: now[0] == now[2],
                              timeout=10)[2]
            time.sleep(2)
            after = wake_ups(setting.server)
            # libslirp asks to be called once a second, whatever there is to do
            assert after == before or (backend.startswith('user') and after[0] - before[0] <= 4), (backend, after, before)
            setting.end()


def benchmark(program):
    """the benchmark runs and prints what it promises"""
    output = subprocess.run([sys.executable, str(HERE / 'bench_vhost.py'), program, '--quick', '--json'], stdout=subprocess.PIPE, check=True,
                            timeout=300).stdout
    results = json.loads(output)['results']
    assert results and all(result['bench'] == 'vhost' and result['frames_s'] > 0 and result['frames_s_dpdk'] > 0 for result in results), results


def main():
    program = os.path.abspath(sys.argv[1])
    try:
        prepared('dpdk')
    except Skip as skip:
        print(f'1..0 # SKIP {skip}')
        return 0
    cases = {
        'split': lambda: both_ways(program),
        'split-without-mergeable': lambda: both_ways(program, mrg_rxbuf=0),
        'split-indirect': lambda: both_ways(program, size=(200, 300, 64)),
        'split-in-order-off': lambda: both_ways(program, in_order=0, queue_size=64),
        'packed': lambda: both_ways(program, packed_vq=1),
        'packed-without-mergeable': lambda: both_ways(program, packed_vq=1, mrg_rxbuf=0),
        'packed-indirect': lambda: both_ways(program, packed_vq=1, size=(200, 300, 64)),
        'two-queues': lambda: both_ways(program, queues=2),
        'two-queues-packed': lambda: both_ways(program, queues=2, packed_vq=1),
        'flood-split': lambda: flood(program),
        'flood-packed': lambda: flood(program, packed_vq=1),
        'answered': lambda: answered(program),
        'server-killed': lambda: server_killed(program),
        'client-killed': lambda: client_killed(program),
        'idle': lambda: idle(program),
        'benchmark': lambda: benchmark(program),
    }
    only = sys.argv[2:]
    return run_cases('/guest/dpdk', [(name, case) for name, case in cases.items() if not only or name in only])


if __name__ == '__main__':
    sys.exit(main())
