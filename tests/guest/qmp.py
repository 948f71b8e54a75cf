# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client of an emulator's QMP socket, and what tests do with it."""
import json
import socket
import time


class Qmp:
    def __init__(self, path, timeout=30):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(str(path))
        self.file = self.socket.makefile('r', encoding='utf-8')
        assert 'QMP' in json.loads(self.file.readline())
        self.execute('qmp_capabilities')

    def execute(self, command, **arguments):
        """runs a command that must succeed; returns what it returns"""
        self.socket.sendall(json.dumps({'execute': command, 'arguments': arguments}).encode())
        while True:
            answer = json.loads(self.file.readline())
            if 'event' not in answer:
                assert 'return' in answer, answer
                return answer['return']

    def wait_migration(self, reached, timeout=120):
        """until `reached`, which gets the statistics of a migration, returns true; returns those"""
        end = time.monotonic() + timeout
        while not reached(result := self.execute('query-migrate')):
            assert result['status'] in ('setup', 'active', 'device', 'pre-switchover'), result
            assert time.monotonic() < end, f'does not come to that: {result}'
            time.sleep(0.02)
        return result

    def close(self):
        self.file.close()
        self.socket.close()
