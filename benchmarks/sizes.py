"""What trees of a hundred files and of many more take: seconds and memory, as a table in Markdown.

    python -m benchmarks.sizes [FILES …]

The trees are made up (``benchmarks/trees.py``): of a thousand files 855 do not mention the environment, 100 do and have
nothing to fix, 40 have one finding or several, and 5 are of some 3,000 lines, with a few findings. Each command is run
once, on as many processes as there are CPUs, its output thrown away; memory is the most that the main process, and the
largest of its workers, had resident. It is measured on POSIX only, and in kB as Linux counts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import trees

SIZES = (100, 1_000, 10_000, 100_000)
COMMANDS = ("check", "fix")

# Runs the command in its own process, so that the memory of its workers and its own are measured separately.
_PROGRAM = """
import resource, sys
from isolator import cli
try:
    cli.main()
finally:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds = sum(each.ru_utime + each.ru_stime for each in used)
    print("used", seconds, *(each.ru_maxrss for each in used), file=sys.stderr)
"""


def main(sizes: tuple[int, ...]) -> None:
    """Print a row for each size and command."""
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} CPUs\n")
    print("| files | lines | command | seconds | seconds of CPU | main process, MB | a worker, MB |")
    print("| ---: | ---: | --- | ---: | ---: | ---: | ---: |")
    for files in sizes:
        with tempfile.TemporaryDirectory() as name:
            lines = trees.generate(Path(name), files)
            for command in COMMANDS:
                seconds, used, own, worker = measure(Path(name), command)
                memory = f"{own / 1024:.0f} | {worker / 1024:.0f}" if worker else f"{own / 1024:.0f} | none"
                print(f"| {files:,} | {lines:,} | {command} | {seconds:.1f} | {used:.1f} | {memory} |", flush=True)


def measure(folder: Path, command: str) -> tuple[float, float, int, int]:
    """Seconds on the clock and of CPU, and the most memory, in kB, of the main process and of a worker (0: none)."""
    words = [sys.executable, "-c", _PROGRAM, command, "."]
    started = time.monotonic()
    done = subprocess.run(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, text=True)
    seconds = time.monotonic() - started
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr[-2000:])
    _, used, own, workers = done.stderr.splitlines()[-1].split()
    return seconds, float(used), int(own), int(workers)


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or SIZES)
