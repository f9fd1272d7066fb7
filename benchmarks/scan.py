"""What looking costs: ``isolator check`` beside ``ruff check``, Python's own parser and LibCST on the same files.

    python benchmarks/scan.py [TREE]

Beside ruff stand all rules, and by turns those on the environment and on patch targets: each further kind of state has
files that are read for it alone. So all rules stand beside what it costs to parse every file, too.

TREE is CPython's own ``Lib/test`` unless another is given. All figures are CPU seconds of the commands as a user runs
them, start-up and worker processes included: of each command the best of several runs, of the ratios the middle one.
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
    """Print the figures and the two ratios."""
    files = [p for pattern in ("test_*.py", "*_test.py") for p in tree.rglob(pattern)]
    size = sum(p.stat().st_size for p in files)
    print(f"{tree}: {len(files)} test files, {size / 1e6:.1f} MB")

    every = [PYTHON, "-m", "isolator", "check", str(tree)]
    ours = [*every, "--ignore", "ISO4"]
    parser = [PYTHON, "-c", PARSE, *map(str, files)]
    binary = str(Path(sysconfig.get_path("scripts")) / "ruff")
    theirs = [binary, "check", "--select", "PT", "--statistics", "--no-cache", str(tree)]
    # By turns, for a machine is not as fast at all times: what counts is the middle one of the ratios.
    turns = [(cpu.of_command(ours, (0, 1, 2), runs=1), cpu.of_command(theirs, runs=1)) for _ in range(ROUNDS)]
    isolator, ruff = (min(figures) for figures in zip(*turns, strict=True))
    ratios = sorted(us / them for us, them in turns)
    middle = median(ratios)
    whole, parsed = cpu.of_command(every, (0, 1, 2)), cpu.of_command(parser)
    sample, noop = _noop(files)

    print(f"isolator check --ignore ISO4 {isolator:7.2f} s")
    print(f"isolator check               {whole:7.2f} s")
    print(f"ruff check                   {ruff:7.2f} s")
    print(f"ast.parse                    {parsed:7.2f} s")
    print(f"libcst no-op                 {noop:7.2f} s for {sample} of the files")
    print(f"ratios of the turns: {' '.join(f'{ratio:.2f}' for ratio in ratios)}")
    cpu.report("isolator --ignore ISO4 / ruff", middle, "at most 1.0", middle <= 1.0)
    cpu.report("isolator / ruff", whole / ruff, "at most 1.0", whole / ruff <= 1.0)
    cpu.report("isolator / ast.parse", whole / parsed, "at most 0.5", whole / parsed <= 0.5)
    times = (noop / sample) / (whole / len(files))
    cpu.report("libcst / isolator, per file", times, "at least 50", times >= 50)


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
