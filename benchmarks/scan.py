"""What looking costs: ``isolator check`` beside ``ruff check``, Python's own parser and LibCST on the same files.

    python benchmarks/scan.py [TREE]

Each kind of state has files that are read for it, which costs; a file in which no rule can have anything to find is
only searched for words. So ruff is asked twice: on the whole tree, and on the files of it that no rule has to read.

TREE is CPython's own ``Lib/test`` unless another is given. All figures are CPU seconds of the commands as a user runs
them, start-up and worker processes included: of each command the best of several runs, of the ratios the middle one
of runs by turns.
"""

from __future__ import annotations

import random
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path
from statistics import median

from benchmarks import cpu
from codemods.context import Context
from codemods.registry import codemods_for

PYTHON = sys.executable
SAMPLE = 60
# What cannot be parsed is not what is measured.
PARSE = """
import ast, sys, warnings
warnings.simplefilter("ignore")
for path in sys.argv[1:]:
    try:
        ast.parse(open(path, "rb").read())
    except (SyntaxError, ValueError):
        pass
"""
ROUNDS = 9


def main(tree: Path) -> None:
    """Print the figures and the ratios."""
    files = [p for pattern in ("test_*.py", "*_test.py") for p in tree.rglob(pattern)]
    size = sum(p.stat().st_size for p in files)
    print(f"{tree}: {len(files)} test files, {size / 1e6:.1f} MB")
    whole, ruff, ratio = _beside_ruff(tree)
    with tempfile.TemporaryDirectory() as folder:
        unread = _unread(files, Path(folder))
        least, other, unread_ratio = _beside_ruff(Path(folder))
    parsed = cpu.of_command([PYTHON, "-c", PARSE, *map(str, files)])
    sample, noop = _noop(files)

    print(f"isolator check               {whole:7.2f} s, ruff check {ruff:7.2f} s")
    print(f"the {unread} files that need no reading: {least:7.2f} s, ruff check {other:7.2f} s")
    print(f"ast.parse                    {parsed:7.2f} s")
    print(f"libcst no-op                 {noop:7.2f} s for {sample} of the files")
    cpu.report("isolator / ruff", ratio, "at most 2.0", ratio <= 2.0)
    cpu.report("isolator / ruff, nothing to read", unread_ratio, "at most 1.0", unread_ratio <= 1.0)
    cpu.report("isolator / ast.parse", whole / parsed, "at most 0.5", whole / parsed <= 0.5)
    times = (noop / sample) / (whole / len(files))
    cpu.report("libcst / isolator, per file", times, "at least 50", times >= 50)


def _beside_ruff(tree: Path) -> tuple[float, float, float]:
    """The seconds of ``isolator check`` and of ``ruff check`` on a tree, and the middle one of their ratios.

    They run by turns, for a machine is not as fast at all times.
    """
    ours = [PYTHON, "-m", "isolator", "check", str(tree)]
    binary = str(Path(sysconfig.get_path("scripts")) / "ruff")
    theirs = [binary, "check", "--select", "PT", "--statistics", "--no-cache", str(tree)]
    turns = [(cpu.of_command(ours, (0, 1, 2), runs=1), cpu.of_command(theirs, runs=1)) for _ in range(ROUNDS)]
    isolator, ruff = (min(figures) for figures in zip(*turns, strict=True))
    return isolator, ruff, median(us / them for us, them in turns)


def _unread(files: list[Path], folder: Path) -> int:
    """Copy the files in which no rule can have anything to find, by their bytes; how many they are."""
    context, copied = Context(), 0
    for path in files:
        data = path.read_bytes()
        if not any(codemod.may_apply(data, str(path), context) for codemod in codemods_for(context)):
            shutil.copy(path, folder / f"{path.stem}_{copied}_test.py")
            copied += 1
    return copied


def _noop(files: list[Path]) -> tuple[int, float]:
    """How many files LibCST's no-op command was given, and what it cost; it works on copies, for it writes."""
    chosen = random.Random(0).sample(sorted(files), min(SAMPLE, len(files)))
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(chosen):
            shutil.copy(path, Path(folder) / f"{number}_{path.name}")
        command = [PYTHON, "-m", "libcst.tool", "codemod", "noop.NOOPCommand", "--jobs", "1", folder]
        return len(chosen), cpu.of_command(command, runs=2)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(sysconfig.get_paths()["stdlib"]) / "test")
