#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The house rules that a program can check (doc/house-rules.md), over a whole tree.

    check-source.py [TREE]              prints "file:line: rule: what is wrong"; exit status 1 when there is anything
    check-source.py --tap TREE          the same as TAP, a test for each rule, then one for each fixture beside this script

A fixture is a small tree in fixtures/RULE/ in which RULE must find something; fixtures/clean/ must pass every rule.
"""
import pathlib
import re
import sys

MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 80
LAYERS = ['base', 'net', 'device', 'plugin', 'server', 'app']
TOP_FOLDERS = ['core', 'plugins', 'schemas', 'tests', 'doc', '.ci']
PLUGIN_LAYERS = {'backends': ['base', 'net'], 'nics': ['base', 'net', 'device'], 'filters': ['base', 'net']}
FIXTURES = pathlib.Path(__file__).resolve().parent / 'fixtures'

# folders of core whose headers are no API: internal to the command
INTERNAL_FOLDERS = ['core/app/check', 'core/app/command', 'core/app/probe']
# libraries and where alone their headers may be included
LIBRARIES = [
    (re.compile(r'<libxml/'), ['core/plugin/', 'core/app/', 'tests/']),
    (re.compile(r'<(slirp/)?libslirp\.h>'), ['plugins/backends/user/', 'tests/plugins/backends/user/', 'tests/bench/']),
    (re.compile(r'<libvdeplug'), ['plugins/backends/vde/', 'tests/plugins/backends/vde/']),
    (re.compile(r'<pcap'), ['plugins/backends/pcap/', 'tests/plugins/backends/pcap/']),
    (re.compile(r'<lwip/'), ['core/app/probe/', 'tests/']),
]
# assembled here so that this file passes its own rule
UNFINISHED = re.compile(r'\b(' + '|'.join(['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK']) + r')\b')
PRIVATE_PATH = re.compile(r'(?<![\w.$}-])/(' + '|'.join(['ho' + 'me', 'wo' + 'rk', 'Us' + 'ers']) + r')/[A-Za-z]')


class Source:
    """a file of the tree: path relative to the tree, text, lines"""

    def __init__(self, tree, path):
        self.path = path.relative_to(tree).as_posix()
        self.text = path.read_text(encoding='utf-8', errors='replace')
        self.lines = self.text.splitlines()
        self.suffix = path.suffix
        self.name = path.name

    @property
    def is_c(self):
        return self.suffix in ('.c', '.h')

    @property
    def is_script(self):
        return self.suffix in ('.py', '.sh') or self.text.startswith('#!')

    def code_lines(self):
        """number and text of lines, with comments and strings blanked"""
        blank = lambda match: re.sub(r'[^\n]', ' ', match.group(0))
        code = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, self.text, flags=re.DOTALL)
        return enumerate(code.splitlines(), 1)


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        paths = [path for path in self.root.glob('*') if path.is_file()]
        for folder in TOP_FOLDERS:
            paths += [path for path in (self.root / folder).rglob('*') if path.is_file()]
        self.sources = [Source(self.root, path) for path in sorted(paths) if self.wanted(path)]
        self.layer_of = {}
        for source in self.sources:
            parts = source.path.split('/')
            if parts[0] == 'core' and source.suffix == '.h':
                self.layer_of[source.name] = parts[1]

    def wanted(self, path):
        relative = path.relative_to(self.root).as_posix()
        if relative.startswith('tests/lint/fixtures/') or '__pycache__' in relative or '/corpus/' in relative:
            return False
        return path.suffix in ('.c', '.h', '.py', '.sh', '.md', '.build', '.rng', '.xml', '.txt') or path.name == 'run'

    def has(self, path):
        return (self.root / path).exists()

    def c_sources(self):
        return [source for source in self.sources if source.is_c]


def rule_license(tree):
    """the first line of a source says its licence"""
    for source in tree.sources:
        if source.is_c or source.is_script:
            head = source.lines[:2] if source.text.startswith('#!') else source.lines[:1]
            if not any('SPDX-License-Identifier: LGPL-2.1-or-later' in line for line in head):
                yield source, 1, 'the first line is to be "SPDX-License-Identifier: LGPL-2.1-or-later" in a comment'


def rule_opening(tree):
    """a file opens with a paragraph that says what it is"""
    for source in tree.c_sources():
        if len(source.lines) < 2 or not source.lines[1].startswith('/* '):
            yield source, 2, 'the second line is to open a comment that says what the file is'
        elif len(re.sub(r'\W', '', re.search(r'/\*.*?\*/', '\n'.join(source.lines[1:]) + '*/', re.DOTALL).group(0))) < 20:
            yield source, 2, 'the opening comment says too little'


def rule_file_length(tree):
    """files stay short enough to be read"""
    for source in tree.sources:
        if (source.is_c or source.is_script) and len(source.lines) > MAX_FILE_LINES:
            yield source, len(source.lines), f'{len(source.lines)} lines, at most {MAX_FILE_LINES} are allowed'


def rule_function_length(tree):
    """functions stay short enough to be read"""
    for source in tree.c_sources():
        start = None
        for number, line in enumerate(source.lines, 1):
            if line == '{':
                start = number
            elif line == '}' and start is not None:
                if number - start - 1 > MAX_FUNCTION_LINES:
                    name = re.match(r'\w*', ''.join(source.lines[max(0, start - 4):start - 1])).group(0)
                    yield source, start, f'function {name} has {number - start - 1} lines, at most {MAX_FUNCTION_LINES} are allowed'
                start = None


def rule_includes(tree):
    """includes point down: base, net, device, plugin, server, app; a plugin sees its API and its own headers"""
    for source in tree.c_sources():
        parts = source.path.split('/')
        if parts[0] == 'core':
            allowed = LAYERS[:LAYERS.index(parts[1]) + 1] if parts[1] in LAYERS else []
        elif parts[0] == 'plugins' and parts[1] in PLUGIN_LAYERS:
            allowed = PLUGIN_LAYERS[parts[1]]
        else:
            continue
        for number, line in enumerate(source.lines, 1):
            match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not match:
                continue
            name = match.group(1)
            layer = tree.layer_of.get(name)
            if '/' in name:
                yield source, number, f'"{name}": headers are included by name, without a path'
            elif layer is not None and layer not in allowed:
                yield source, number, f'"{name}" is of layer {layer}; this file sees {", ".join(allowed)}'
            elif layer is None and parts[0] == 'plugins' and not tree.has('/'.join(parts[:3]) + '/' + name):
                yield source, number, f'"{name}" is neither of the plugin nor of its API'


def rule_libraries(tree):
    """an external library is included where it belongs"""
    for source in tree.c_sources():
        for number, line in enumerate(source.lines, 1):
            for pattern, places in LIBRARIES:
                if line.startswith('#include') and pattern.search(line) and not any(source.path.startswith(place) for place in places):
                    yield source, number, f'{line.split()[1]} may be included in {", ".join(places)} only'


def rule_goto(tree):
    """no goto: clean-up is automatic"""
    for source in tree.c_sources():
        for number, line in source.code_lines():
            if re.search(r'\bgoto\b', line):
                yield source, number, 'goto; use g_autoptr, g_autofree or a function'


def rule_mirror(tree):
    """each source has its test file, or is named by the opening comment of another test in that folder"""
    tests = {source.path for source in tree.sources if source.path.startswith('tests/')}
    named = {}  # folder of tests: names of sources that opening comments there name
    for path in (path for path in tests if path.endswith('.c')):
        head = ' '.join((tree.root / path).read_text(encoding='utf-8', errors='replace').splitlines()[:12])
        named.setdefault(path.rsplit('/', 1)[0], set()).update(re.findall(r'\bhvn-[\w-]+\.c\b', head))
    for source in tree.sources:
        parts = source.path.split('/')
        if source.suffix != '.c' or not source.name.startswith('hvn-'):
            continue
        base = source.name[len('hvn-'):]
        if parts[0] == 'core' and len(parts) == 3:
            folder = f'tests/{parts[1]}'
            wanted = [f'{folder}/test-{base}']
        elif parts[0] == 'core' and source.path.startswith(tuple(INTERNAL_FOLDERS)):
            continue  # tested whole, from outside, in tests/e2e
        elif parts[0] == 'plugins' and len(parts) >= 4:
            folder = f'tests/plugins/{parts[1]}/{parts[2]}'
            wanted = [f'{folder}/test-{base}', f'{folder}/test-{base.removeprefix(parts[2] + "-")}']
        else:
            continue
        if not tests.intersection(wanted) and source.name not in named.get(folder, ()):
            yield source, 1, f'has no test file {wanted[0]}, and the opening comment of no test in {folder}/ names it'


def split_row(text):
    """the fields of a register row"""
    return [field.strip() for field in re.findall(r'"[^"]*"|[^,]+', text)]


def number_of(text, defines):
    """a number or the value of a plain #define; None when it is neither"""
    text = defines.get(text, text).strip('()')
    match = re.fullmatch(r'(0[xX][0-9a-fA-F]+|\d+)[uUlL]*', text)
    return int(match.group(1), 0) if match else None


def rule_registers(tree):
    """register tables follow the datasheet: offsets ascend, every row names its section, values fit the width"""
    for source in tree.sources:
        if not source.path.startswith('plugins/nics/') or source.suffix != '.c':
            continue
        folder = source.path.rsplit('/', 1)[0]
        defines = {}
        for other in tree.c_sources():
            if other.path.startswith(folder + '/'):
                defines.update(re.findall(r'^#define\s+(\w+)\s+(\(?0?[xX]?[0-9a-fA-F]+[uUlL]*\)?)\s*(?:/\*.*)?$', other.text, re.MULTILINE))
        for table in re.finditer(r'\bHvnReg\s+\w+\[\]\s*=\s*\{(.*?)^\};', source.text, re.DOTALL | re.MULTILINE):
            first_line = source.text.count('\n', 0, table.start(1)) + 1
            body = re.sub(r'/\*.*?\*/', lambda match: re.sub(r'[^\n]', ' ', match.group(0)), table.group(1), flags=re.DOTALL)
            yield from check_rows(source, body, first_line, defines)


def check_rows(source, body, first_line, defines):
    last = -1
    for row in re.finditer(r'\{([^{}]*)\}', body):
        line = first_line + body.count('\n', 0, row.start())
        fields = split_row(row.group(1))
        if len(fields) < 8:
            yield source, line, 'a row has offset, width, count, flags, reset, write mask, name, section'
            continue
        offset, width = number_of(fields[0], defines), number_of(fields[1], defines)
        if offset is not None:
            if offset <= last:
                yield source, line, f'offset 0x{offset:05x} of {fields[6]} does not ascend'
            last = offset
        if not re.match(r'"[A-Z]?\d+(\.\d+)*', fields[7]):
            yield source, line, f'{fields[6]} names no section of the datasheet'
        for what, field in (('reset', fields[4]), ('write mask', fields[5])):
            value = number_of(field, defines)
            if value is not None and width is not None and value >> (8 * width):
                yield source, line, f'{what} of {fields[6]} does not fit {width} bytes'


def rule_unfinished(tree):
    """nothing is left open in a source"""
    for source in tree.sources:
        for number, line in enumerate(source.lines, 1):
            match = UNFINISHED.search(line)
            if match:
                yield source, number, f'"{match.group(1)}": finish it, or open an issue'


def rule_private_path(tree):
    """no path of somebody's machine"""
    for source in tree.sources:
        for number, line in enumerate(source.lines, 1):
            match = PRIVATE_PATH.search(line)
            if match:
                yield source, number, f'a path of one machine: {line[match.start():match.start() + 30]}'


def rule_documented(tree):
    """every public function of core has a gi-docgen block with all its parameters"""
    for source in tree.sources:
        if not source.path.startswith('core/') or source.suffix != '.h' or source.path.startswith(tuple(INTERNAL_FOLDERS)):
            continue
        if source.name.endswith('-private.h'):
            continue
        blocks = dict(re.findall(r'/\*\*\n \* (\w+):(?: \(skip\))?\n(.*?)\*/', source.text, re.DOTALL))
        for match in re.finditer(r'^(hvn_\w+)\(([^;{]*?)\)[^;{()]*(?:\([^)]*\))?\s*[;{]', source.text, re.MULTILINE | re.DOTALL):
            name, parameters = match.groups()
            line = source.text.count('\n', 0, match.start()) + 1
            if name.endswith('_get_type') or source.name == 'hvn-bytes.h':
                continue
            if name not in blocks:
                yield source, line, f'{name}() has no gi-docgen block'
                continue
            for parameter in parameters.split(','):
                word = re.search(r'(\w+)\s*(?:\[[^\]]*\])?$', parameter.strip())
                if word and word.group(1) != 'void' and f' * @{word.group(1)}:' not in blocks[name]:
                    yield source, line, f'{name}() does not document @{word.group(1)}'


def rule_plugin(tree):
    """a plugin is finished when it has a README, a descriptor, and a row in doc/README.md"""
    rows = (tree.root / 'doc/README.md').read_text(encoding='utf-8') if tree.has('doc/README.md') else ''
    for kind in PLUGIN_LAYERS:
        for folder in sorted((tree.root / 'plugins' / kind).glob('*/')):
            sources = [source for source in tree.sources if source.path.startswith(f'plugins/{kind}/{folder.name}/')]
            if not any(source.suffix == '.c' for source in sources):
                continue
            for name in ('README.md', f'{folder.name}.xml', 'meson.build'):
                if not (folder / name).exists():
                    yield sources[0], 1, f'plugin {folder.name} has no {name}'
            if f'plugins/{kind}/{folder.name}' not in rows:
                yield sources[0], 1, f'plugin {folder.name} has no row in doc/README.md'


RULES = {name.removeprefix('rule_').replace('_', '-'): function for name, function in list(globals().items()) if name.startswith('rule_')}


def problems_of(tree, rule):
    return [f'{source.path}:{line}: {rule}: {text}' for source, line, text in RULES[rule](tree)]


def run_tap(root):
    """a test for each rule over the tree, one for each fixture, one for rules without a fixture"""
    tree = Tree(root)
    results = [(f'/lint/{rule}', problems_of(tree, rule)) for rule in RULES]
    for fixture in sorted(FIXTURES.iterdir()):
        found = {rule: problems_of(Tree(fixture), rule) for rule in RULES}
        if fixture.name == 'clean':
            problems = sum(found.values(), [])
        else:
            problems = [] if found.get(fixture.name) else [f'{fixture.name}: the rule found nothing in its fixture']
        results.append((f'/lint/fixtures/{fixture.name}', problems))
    without = [rule for rule in RULES if not (FIXTURES / rule).is_dir()]
    results.append(('/lint/every-rule-has-a-fixture', [f'{rule} has none' for rule in without]))

    print(f'1..{len(results)}')
    for number, (name, problems) in enumerate(results, 1):
        for problem in problems:
            print(f'# {problem}')
        print(f'{"not ok" if problems else "ok"} {number} {name}')
    return 1 if any(problems for _, problems in results) else 0


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ['--tap']:
        return run_tap(arguments[1])
    tree = Tree(arguments[0] if arguments else FIXTURES.parents[2])
    problems = sum((problems_of(tree, rule) for rule in RULES), [])
    print('\n'.join(problems), end='\n' if problems else '')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
