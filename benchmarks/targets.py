"""What patch targets cost: ``isolator check`` with the rules on patch targets (ISO2), beside the same without them.

    python -m benchmarks.targets [FILES]

The tree is made up: 576 files of tests unless another number is given, beside a source tree of deep packages whose
modules import one another; every third file patches something, and one, of thousands of lines, has 200 targets.
Figures are CPU seconds of the commands as a user runs them, in one process; both are measured in the same run, and
their difference is what the rules cost.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from benchmarks import cpu

FILES = 576
TARGETS = 200
AREAS, PARTS, MODULES = 8, 6, 8  # packages in the source tree, packages in each, modules in each of these
ROUNDS = 5
FOLDER = 24  # files of tests in one directory

_MODULE = '''"""What part {part} of area {area} does, step {number}."""

import os

from shop.area_{other}.part_{part}.deep.module_{number} import Client as Peer
from shop.shared.base import Base, connect


class Client(Base):
    """A client of the service."""

    def start(self):
        return connect(self.address)

    def stop(self):
        return Peer
'''
_BASE = '''"""What all areas share."""


class Base:
    address = "localhost"


def connect(address):
    return address
'''
_HEAD = """from unittest.mock import patch

from shop.area_{area}.part_{part} import deep
{imports}

"""
_TEST = """@patch("{target}.connect")
@patch("{target}.Client.start")
def test_{number}(start, connect):
    assert deep is not None
    values = [1, 2, 3]
    assert sum(values) == 6
    for value in values:
        assert value > 0

"""
_PLAIN = """def test_{number}():
    values = [1, 2, 3]
    assert sum(values) == 6
    for value in values:
        assert value > 0

"""
_FILLER = "    assert values == [1, 2, 3]\n" * 10


def generate(folder: Path, files: int = FILES) -> None:
    """Write the tree below a folder."""
    for area in range(AREAS):
        for part in range(PARTS):
            package = folder / "shop" / f"area_{area}" / f"part_{part}" / "deep"
            package.mkdir(parents=True)
            (package / "__init__.py").write_text("from shop.shared.base import *\n")
            (package.parent / "__init__.py").write_text("from .deep import *\n")
            for number in range(MODULES):
                text = _MODULE.format(area=area, other=(area + 1) % AREAS, part=part, number=number)
                (package / f"module_{number}.py").write_text(text)
        (folder / "shop" / f"area_{area}" / "__init__.py").write_text("")
    (folder / "shop" / "__init__.py").write_text("")
    (folder / "shop" / "shared").mkdir()
    (folder / "shop" / "shared" / "__init__.py").write_text("")
    (folder / "shop" / "shared" / "base.py").write_text(_BASE)
    for index in range(files):
        path = folder / "tests" / f"group_{index // FOLDER}" / f"test_{index}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_file(index, TARGETS // 2 if index == 0 else 2 * (index % 3 == 0)))


def _file(index: int, patched: int) -> str:
    """A file with that many tests that patch, each two targets, among as many that do not."""
    modules = [_module(index + number) for number in range(max(patched, 1))]
    imports = "\n".join(sorted({f"import {module}" for module in modules}))
    text = _HEAD.format(area=index % AREAS, part=index % PARTS, imports=imports)
    filler = _FILLER if patched > 2 else ""
    for number in range(max(patched, 4)):
        if number < patched:
            text += _TEST.format(target=modules[number], number=number) + filler.rstrip("\n") + "\n\n"
        text += _PLAIN.format(number=f"plain_{number}") + filler.rstrip("\n") + "\n\n"
    return text


def _module(number: int) -> str:
    area, part = number % AREAS, number // AREAS % PARTS
    return f"shop.area_{area}.part_{part}.deep.module_{number // AREAS // PARTS % MODULES}"


def main(files: int) -> None:
    """Print the figures, and what the rules on patch targets cost."""
    with tempfile.TemporaryDirectory() as name:
        generate(Path(name), files)
        os.chdir(name)
        words = [sys.executable, "-m", "isolator", "check", "--jobs", "1", "tests"]
        commands = (words, [*words, "--ignore", "ISO2"])
        # By turns, for a machine is not as fast at all times.
        times = [[cpu.of_command(command, runs=1) for command in commands] for _ in range(ROUNDS)]
        with_targets, without = (min(figures) for figures in zip(*times, strict=True))
        os.chdir("/")
    print(f"{files} test files, one of them with {TARGETS} patch targets")
    print(f"isolator check                 {with_targets:7.2f} s")
    print(f"isolator check --ignore ISO2   {without:7.2f} s")
    cost = with_targets - without
    cpu.report("what ISO2 costs, in seconds", cost, "at most 1.0", cost <= 1.0)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else FILES)
