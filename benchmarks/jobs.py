"""What a second process is worth: ``check`` and ``fix --write`` with ``--jobs 1`` and with ``--jobs 2``.

    python -m benchmarks.jobs [FILES]

The tree is made up: 5,000 files, each with a finding or several. All figures are seconds on the clock, the best of
several runs taken in turns, of a machine that has nothing else to do; ``fix --write`` has a new copy for each run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import trees
from benchmarks.cpu import report

FILES = 5_000
ROUNDS = 3


def main(files: int) -> None:
    """Print the figures and the ratios."""
    print(f"{files} files with findings, {os.cpu_count()} CPUs")
    with tempfile.TemporaryDirectory() as name:
        original = Path(name, "original")
        original.mkdir()
        trees.generate(original, files, trees.FINDINGS)
        for words in (["check"], ["fix"], ["fix", "--write"]):
            seconds = [(_seconds(original, words, 1), _seconds(original, words, 2)) for _ in range(ROUNDS)]
            one, two = (min(each) for each in zip(*seconds, strict=True))
            command = " ".join(words)
            print(f"{command:12} --jobs 1   {one:7.2f} s")
            print(f"{command:12} --jobs 2   {two:7.2f} s")
            report("  --jobs 1 / --jobs 2", one / two, "at least 1.7", one / two >= 1.7)


def _seconds(original: Path, words: list[str], jobs: int) -> float:
    folder = original.with_name("copy") if "--write" in words else original
    if folder != original:
        shutil.copytree(original, folder)
    command = [sys.executable, "-m", "isolator", *words, "--jobs", str(jobs), "."]
    started = time.monotonic()
    done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    seconds = time.monotonic() - started
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr.decode()[-2000:])
    if folder != original:
        shutil.rmtree(folder)
    return seconds


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else FILES)
