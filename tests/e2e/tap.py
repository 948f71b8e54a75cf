# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the end-to-end tests share: cases that print TAP, and running the command in a place of its own."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import traceback

TIMEOUT = 120


class Skip(Exception):
    """a case that cannot run here; the text says why"""


def run_cases(prefix, cases):
    """runs (name, function) pairs as TAP; returns the exit status"""
    failed = 0
    print(f'1..{len(cases)}')
    for number, (name, function) in enumerate(cases, 1):
        try:
            function()
            print(f'ok {number} {prefix}/{name}')
        except Skip as skip:
            print(f'ok {number} {prefix}/{name} # SKIP {skip}')
        except Exception:  # pylint: disable=broad-except
            failed += 1
            for line in traceback.format_exc().splitlines():
                print(f'# {line}')
            print(f'not ok {number} {prefix}/{name}')
        sys.stdout.flush()
    return 1 if failed else 0


class Place:
    """an empty directory to run in, with its own places for temporary and run-time files; knows what was left behind"""

    def __init__(self):
        self.holder = tempfile.TemporaryDirectory(prefix='hvnet-test-')
        self.path = pathlib.Path(self.holder.name)
        self.files = self.path / 'files'
        for name in ('files', 'tmp', 'run', 'home'):
            (self.path / name).mkdir()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.holder.cleanup()

    def write(self, name, text):
        (self.files / name).write_text(text, encoding='utf-8')
        return name

    def environment(self):
        environment = dict(os.environ, TMPDIR=str(self.path / 'tmp'), XDG_RUNTIME_DIR=str(self.path / 'run'), HOME=str(self.path / 'home'),
                           LC_ALL='C.UTF-8')
        for name in ('HVNET_PLUGIN_PATH', 'HVNET_SCHEMA_DIR', 'G_MESSAGES_DEBUG'):
            environment.pop(name, None)
        return environment

    def run(self, *command, **options):
        return subprocess.run(command, cwd=self.files, env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=TIMEOUT, check=False, **options)

    def left_behind(self):
        """files in the places for temporary files, and processes that still run in here"""
        left = [str(path) for name in ('tmp', 'run') for path in (self.path / name).rglob('*')]
        for process in pathlib.Path('/proc').glob('[0-9]*'):
            try:
                if os.readlink(process / 'cwd').startswith(str(self.path)):
                    left.append((process / 'cmdline').read_text(errors='replace').replace('\0', ' '))
            except OSError:
                pass
        return left


class Running:
    """a command that is left running in a place, and killed at the end of a `with` if it still is"""

    def __init__(self, place, *command, **options):
        self.process = subprocess.Popen(command, cwd=place.files, env=place.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        text=True, **{'stderr': subprocess.PIPE, **options})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def wait(self):
        """its exit status, and what it said on standard error where that is no file"""
        errors = self.process.communicate(timeout=TIMEOUT)[1]
        return self.process.returncode, errors

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.wait()
