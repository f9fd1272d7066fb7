"""The gate and its baseline on a suite with a leak of each kind, and what the gate costs: all as pytest prints it.

python -m benchmarks.gate
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.observe import heap_of_gate
from tests.isolator.gate.suites import run, write
from tests.isolator.gate.test_gate import LEAKS

NEW = "\n\ndef test_new():\n    registry.NAMES.append(2)\n"


def main() -> None:
    """Print what fails, with which words; the baseline written, one new leak, one gone; and the ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = write(Path(name) / "suite", LEAKS)
        title("a leak of each kind")
        for test, error in sorted(run(folder, "--isolator-gate-exact").errors.items()):
            print(f"--- {test}\n{error}\n")
        ratchet(folder)
        title("what it costs")
        heap_of_gate(Path(name) / "costs")


def ratchet(folder: Path) -> None:
    """Print the baseline, and what is said with one more leak and one less."""
    failing = re.compile(r"@pytest.mark.xfail.*?(?=\n\n\n@pytest.mark.skipif)", re.DOTALL)
    tests = failing.sub("", LEAKS)
    (folder / "test_it.py").write_text(tests)
    (folder / "left.txt").unlink(missing_ok=True)
    title("the baseline, written")
    print(*run(folder, "--isolator-update-baseline").section, sep="\n")
    print((folder / "isolator-baseline.toml").read_text())
    (folder / "test_it.py").write_text("# lines have moved\n\n" + tests.replace("sys.path.append", "str") + NEW)
    title("one new leak, one gone, all lines moved")
    done = run(folder)
    print(*(f"{test} fails" for test in done.errors), *done.section, sep="\n")
    title("the source: isolator check --write-baseline, --statistics")
    for words in (["--write-baseline"], ["--statistics"], []):
        command = [sys.executable, "-m", "isolator", "check", *words]
        done_check = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        print(f"$ isolator check {' '.join(words)}\n{done_check.stdout}{done_check.stderr}", end="")


def title(text: str) -> None:
    """Print a heading."""
    print(f"\n=== {text}\n")


if __name__ == "__main__":
    main()
