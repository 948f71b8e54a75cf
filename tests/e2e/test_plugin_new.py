#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`hvnet plugin new`: what it writes is the example, under any name, and builds, passes and is found out of the tree, against an installed hvnet.

test_plugin_new.py HVNET SOURCE_ROOT BUILD_ROOT SANITIZERS COMPILER...
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

from tap import Place, run_cases

HVNET = os.path.abspath(sys.argv[1])
EXAMPLE, BUILD = pathlib.Path(sys.argv[2]) / 'doc/examples/third-party-nic', sys.argv[3]
SANITIZERS, COMPILER = sys.argv[4], ' '.join(sys.argv[5:])
TIMEOUT = 600  # a compiler beside many others is slow


def new(place, *arguments):
    result = place.run(HVNET, 'plugin', 'new', *arguments)
    assert result.returncode == 0 and result.stderr == '', result
    assert place.left_behind() == [], place.left_behind()
    return result.stdout


def refused(place, *arguments, says):
    before = sorted(place.files.rglob('*'))
    result = place.run(HVNET, 'plugin', 'new', *arguments)
    assert result.returncode == 1 and result.stdout == '', result
    assert len(result.stderr.splitlines()) == 1, result.stderr
    print('#', result.stderr.strip())
    for word in says:
        assert word in result.stderr, result.stderr
    assert sorted(place.files.rglob('*')) == before, 'something was written'


def tree(directory):
    return {path.name: path.read_text(encoding='utf-8') for path in pathlib.Path(directory).iterdir()}


def is_the_example():
    with Place() as place:
        assert '10 files' in new(place, 'example-nic')
        assert tree(place.files / 'example-nic') == tree(EXAMPLE)
        assert [path.name for path in place.files.iterdir()] == ['example-nic']
        assert (place.files / 'example-nic').stat().st_mode & 0o777 == 0o777 & ~umask()
        assert (place.files / 'example-nic/meson.build').stat().st_mode & 0o777 == 0o666 & ~umask()


def umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def other_names():
    with Place() as place:
        said = json.loads(new(place, 'x-100', 'some where', '--json'))
        files = tree(place.files / 'some where')
        assert said['name'] == 'x-100' and said['directory'] == 'some where' and sorted(said['files']) == sorted(files), said
        for name, text in files.items():
            for spelling in ('example-nic', 'example_nic', 'EXAMPLE_NIC', 'ExampleNic'):
                assert spelling not in name + text, f'{spelling} in {name}'
        assert 'X_100_CTRL' in files['x-100-regs.h'] and 'typedef struct {\n' in files['x-100.h'] and '} X100;' in files['x-100.h']


def refuses():
    with Place() as place:
        for name in ('My-Nic', 'my_nic', '1nic', 'a--b', 'a-', 'a' * 33, '', 'naïve'):
            refused(place, name, says=['lower-case letters', "'my-nic'"])
        for name in ('g-object', 'hvnet', 'check'):
            refused(place, name, says=[f"'my-{name}'"])
        refused(place, 'e1000', says=['taken', 'e1000.xml', 'hvnet plugins'])
        refused(place, 'user', says=['taken', 'backend'])
        (place.files / 'there').mkdir()
        refused(place, 'fine', 'there', says=["'there' exists", 'still to be made'])
        refused(place, 'fine', 'nowhere/there', says=['nowhere/there', 'No such file'])
        for arguments in ([], ['a', 'b', 'c'], ['--force', 'a']):
            assert place.run(HVNET, 'plugin', 'new', *arguments).returncode == 2, arguments


def schema():
    with Place() as place:
        result = place.run(HVNET, 'plugin', 'schema', str(EXAMPLE / 'example-nic.xml'))
        assert result.returncode == 0 and '<grammar' in result.stdout and 'example-nic' in result.stdout, result
        result = place.run(HVNET, 'plugin', 'schema', 'nosuch.xml')
        assert result.returncode == 1 and 'nosuch.xml' in result.stderr, result


def installed(directory, kind):
    """what the build says of its installation, below the place where it is"""
    shown = subprocess.run(['meson', 'introspect', '--buildoptions', BUILD], stdout=subprocess.PIPE, text=True, check=True).stdout
    options = {option['name']: option['value'] for option in json.loads(shown)}
    return pathlib.Path(str(directory) + options['prefix']) / options.get(kind, kind)


def run(place, directory, *command):
    environment = place.environment()
    environment.update(CC=COMPILER, PKG_CONFIG_PATH=str(place.path / 'pkgconfig'))
    environment['LD_LIBRARY_PATH'] = str(installed(place.path / 'root', 'libdir'))
    result = subprocess.run(command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT, check=False)
    assert result.returncode == 0, f'{command}: {result.stdout[-6000:]}'
    return result.stdout


def install(place):
    """installs hvnet below the place, and a hvnet-1.pc that says so"""
    root = place.path / 'root'
    (place.path / 'pkgconfig').mkdir()
    subprocess.run(['meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet', '--destdir', root], stdout=subprocess.DEVNULL, check=True,
                   timeout=TIMEOUT)
    text = (installed(root, 'libdir') / 'pkgconfig/hvnet-1.pc').read_text(encoding='utf-8')
    lines = [f'prefix={installed(root, "")}' if line.startswith('prefix=') else line for line in text.splitlines()]
    (place.path / 'pkgconfig/hvnet-1.pc').write_text('\n'.join(lines) + '\n', encoding='utf-8')
    return installed(root, 'bindir') / 'hvnet'


def build(place, directory, name):
    """builds a plugin, and has it test and check itself"""
    run(place, directory, 'meson', 'setup', 'build', f'-Db_sanitize={SANITIZERS}', '-Db_lundef=false')
    run(place, directory, 'meson', 'compile', '-C', 'build')
    run(place, directory, 'meson', 'test', '-C', 'build', '--print-errorlogs')
    results = [json.loads(line) for line in (directory / 'build/meson-logs/testlog.json').read_text(encoding='utf-8').splitlines()]
    passed = {result['name'].split(' / ')[-1]: result['result'] for result in results}
    assert passed.get(name) == passed.get('check') == passed.get('regs') == passed.get('descriptor') == 'OK', passed
    assert (directory / f'build/nic-{name}.rng').read_text(encoding='utf-8').count(name) > 0


def out_of_tree():
    """the example as it is, and a plugin of another name: built with pkg-config alone against what is installed, and used"""
    with Place() as place:
        hvnet = install(place)
        shutil.copytree(EXAMPLE, place.files / 'example')
        build(place, place.files / 'example', 'example-nic')
        run(place, place.files, hvnet, 'plugin', 'new', 'x-100')
        build(place, place.files / 'x-100', 'x-100')
        said = json.loads(run(place, place.files, hvnet, 'plugin', 'check', '--json', 'example/build'))
        assert said['failed'] == 0 and {'test': 'hostile/million-steps', 'result': 'passed'}.items() <= said['checks'][-1].items(), said
        listed = run(place, place.files, hvnet, '--plugin-path', 'example/build:x-100/build', 'plugins', 'nic')
        assert 'example-nic' in listed and 'x-100' in listed and 'e1000' in listed, listed
        assert 'RXTAIL' in run(place, place.files, hvnet, '--plugin-path', 'x-100/build', 'regs', 'x-100')


if __name__ == '__main__':
    sys.exit(run_cases('/e2e/plugin-new', [('is-the-example', is_the_example), ('other-names', other_names), ('refuses', refuses),
                                           ('schema', schema), ('out-of-tree', out_of_tree)]))
