"""What looking costs: ``isolator check`` beside ``ruff check``, Python's own parser and LibCST on the same files.

    python benchmarks/scan.py [TREE]

All rules are on, and ruff is asked as a user would ask it, so that it shows its findings with their lines. Each is
asked with no cache, and for a second run with its own cache. A file in which no rule can have anything to find is only
searched for words; so both are asked, too, about the files of the tree that no rule has to read.

The rules that were there first, on the environment and the working directory (``FIRST``), find their files by a word.
They are held to what they kept to before the others came, beside a ruff that only counts (``--statistics``, the least
that it can do), Python's parser and LibCST. What all rules cost beside these is printed, too, with no bound.

TREE is CPython's own ``Lib/test`` unless another is given; a copy of it is looked at. All figures are CPU seconds of
the commands as a user runs them, start-up and worker processes included: of each command the best of several runs, of
the ratios the middle one of runs by turns.
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
RUFF = str(Path(sysconfig.get_path("scripts")) / "ruff")
FIRST = ("--select", "ISO1,ISO2,ISO3,ISO401")
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
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(tree, copy, ignore=shutil.ignore_patterns("__pycache__"), symlinks=True)
        _of_tree(tree, copy, Path(folder))


def _of_tree(tree: Path, copy: Path, folder: Path) -> None:
    files = [p for pattern in ("test_*.py", "*_test.py") for p in copy.rglob(pattern)]
    size = sum(p.stat().st_size for p in files)
    print(f"{tree}: {len(files)} test files, {size / 1e6:.1f} MB")
    ours = [PYTHON, "-m", "isolator", "check", str(copy)]
    theirs = [RUFF, "check", "--isolated", "--select", "PT", "--cache-dir", str(folder / "ruff"), str(copy)]
    counting = [*theirs, "--statistics"]
    shown = _by_turns([*ours, "--no-cache"], [*theirs, "--no-cache"])
    first = _by_turns([*ours, *FIRST, "--no-cache"], [*counting, "--no-cache"])
    again = _by_turns(ours, counting)
    unread = _unread(files, folder / "unread")
    nothing = _by_turns(
        [*ours[:-1], "--no-cache", str(folder / "unread")], [*theirs[:-1], "--no-cache", str(folder / "unread")]
    )
    parsed = cpu.of_command([PYTHON, "-c", PARSE, *map(str, files)])
    sample, noop = _noop(files)

    print(f"isolator check --no-cache        {shown[0]:7.2f} s, ruff check --no-cache {shown[1]:7.2f} s")
    print(f"with the first rules alone       {first[0]:7.2f} s, ruff check --no-cache --statistics {first[1]:7.2f} s")
    print(f"a second run                     {again[0]:7.2f} s, ruff check --statistics {again[1]:7.2f} s")
    print(f"the {unread} files that need no reading {nothing[0]:7.2f} s, ruff check --no-cache {nothing[1]:7.2f} s")
    print(f"ast.parse                        {parsed:7.2f} s")
    print(f"libcst no-op                     {noop:7.2f} s for {sample} of the files")
    cpu.report("isolator / ruff", shown[2], "at most 2.0", shown[2] <= 2.0)
    cpu.report("isolator / ruff, a second run", again[2], "at most 1.0", again[2] <= 1.0)
    cpu.report("isolator / ruff, nothing to read", nothing[2], "at most 1.0", nothing[2] <= 1.0)
    cpu.report("first rules / ruff that only counts", first[2], "at most 2.0", first[2] <= 2.0)
    cpu.report("first rules / ast.parse", first[0] / parsed, "at most 0.5", first[0] / parsed <= 0.5)
    times = [(noop / sample) / (seconds / len(files)) for seconds in (first[0], shown[0])]
    cpu.report("libcst / first rules, per file", times[0], "at least 50", times[0] >= 50)
    print(
        f"all rules, no bound: {shown[0] / first[1]:.2f} of ruff that only counts, {shown[0] / parsed:.2f} of "
        f"ast.parse; libcst per file {times[1]:.1f}"
    )


def _by_turns(ours: list[str], theirs: list[str]) -> tuple[float, float, float]:
    """The seconds of two commands, and the middle one of their ratios.

    They run by turns, for a machine is not as fast at all times; each runs once before, which fills its cache.
    """
    cpu.of_command(ours, (0, 1, 2), runs=1)
    cpu.of_command(theirs, (0, 1, 2), runs=1)
    turns = [(cpu.of_command(ours, (0, 1, 2), runs=1), cpu.of_command(theirs, runs=1)) for _ in range(ROUNDS)]
    isolator, ruff = (min(figures) for figures in zip(*turns, strict=True))
    return isolator, ruff, median(us / them for us, them in turns)


def _unread(files: list[Path], folder: Path) -> int:
    """Copy the files in which no rule can have anything to find, by their bytes; how many they are."""
    context, copied = Context(), 0
    folder.mkdir()
    for path in files:
        data = path.read_bytes()
        if not any(codemod.may_apply(data, str(path), context) for codemod in codemods_for(context)):
            shutil.copy(path, folder / f"{path.stem}_{copied}_test.py")
            copied += 1
    return copied


def _noop(files: list[Path]) -> tuple[int, float]:
    """How many files LibCST's no-op command was given, and what it cost; it works on copies, because it writes."""
    chosen = random.Random(0).sample(sorted(files), min(SAMPLE, len(files)))
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(chosen):
            shutil.copy(path, Path(folder) / f"{number}_{path.name}")
        command = [PYTHON, "-m", "libcst.tool", "codemod", "noop.NOOPCommand", "--jobs", "1", folder]
        return len(chosen), cpu.of_command(command, runs=2)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(sysconfig.get_paths()["stdlib"]) / "test")
