#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library from Python, by GObject introspection: plugins, configurations, errors, a session, and what doc/embedding.md shows.
Needs the build with -Dintrospection=enabled on GI_TYPELIB_PATH.

test_introspection.py SOURCE_ROOT
"""
import pathlib
import re
import sys

import gi

from tap import run_cases

gi.require_version('Hvn', '1')
from gi.repository import GLib, Hvn  # pylint: disable=wrong-import-position


def plugins():
    registry = Hvn.Registry.new(None)
    names = [(plugin.kind, plugin.name) for plugin in registry.list(None)]
    assert ('nic', 'e1000') in names and ('backend', 'user') in names, names
    assert registry.find('nic', 'e1000-82545em').name == 'e1000'
    assert registry.get_problems() == [], registry.get_problems()


def errors():
    registry = Hvn.Registry.new(None)
    try:
        Hvn.Config.load_qemu(['-nic', 'usr'], registry)
        raise AssertionError('a backend that does not exist')
    except GLib.Error as error:
        assert "unknown backend 'usr'" in error.message, error.message


def configuration():
    registry = Hvn.Registry.new(None)
    config = Hvn.Config.load_qemu(['-nic', 'user,model=e1000,mac=52:54:00:12:34:57'], registry)
    again = config.copy()
    del config
    interfaces = again.interfaces
    assert len(interfaces) == 1
    assert (interfaces[0].name, interfaces[0].nic, interfaces[0].backend) == ('net0', 'e1000', 'user')
    text = "<interface type='user'><model type='virtio'/></interface>"
    text = f"<domain type='kvm'><name>demo</name><devices>{text}</devices></domain>"
    assert Hvn.Config.load_xml_memory(text, len(text), 'demo.xml', registry).name == 'demo'


def session():
    registry = Hvn.Registry.new(None)
    dispatcher = Hvn.Dispatcher.new(None, None)
    running = Hvn.Session.new(Hvn.Config.load_qemu(['-nic', 'user,model=e1000'], registry), registry, dispatcher)
    assert running.start()
    interface = running.find_interface('net0')
    assert interface.nic.config_read(0, 4) == 0x100e8086
    assert interface.backend.get_state() == Hvn.BackendState.UP
    dispatcher.iterate(False)
    running.stop()
    assert interface.backend.get_state() == Hvn.BackendState.STOPPED


def documentation():
    text = (pathlib.Path(sys.argv[1]) / 'doc/embedding.md').read_text(encoding='utf-8')
    blocks = re.findall(r'^```python\n(.*?)^```', text, re.DOTALL | re.MULTILINE)
    assert blocks
    for block in blocks:
        names = {}
        exec(block, names)  # pylint: disable=exec-used
        assert names['session'].find_interface('net0').backend.get_state() == Hvn.BackendState.UP


if __name__ == '__main__':
    sys.exit(run_cases('/e2e/introspection', [
        ('plugins', plugins),
        ('errors', errors),
        ('configuration', configuration),
        ('session', session),
        ('documentation', documentation),
    ]))
