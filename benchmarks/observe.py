"""What watching a run costs, and what finding polluters costs beside ``detect-test-pollution``.

    python -m benchmarks.observe

First, CPU seconds of whole processes, watched and unwatched, the best of several runs taken in turns, and the median of
the ratios of each two: on trivial tests, on tests that each write and undo four variables, or empty the environment for
a while, and on trivial tests beside many modules of a project, whose contents are watched or, with ``--no-heap``, are
not. Then the runs of pytest and the seconds that it takes to name the polluters in a suite that has eight of them;
``detect-test-pollution``, which looks for the polluter of one victim at a time, is installed in an environment of its
own, and left out if it cannot be.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from statistics import median

from benchmarks import cpu
from isolator.evidence.observe import ORDERS, observe
from isolator.pytest_runs import plugin
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.plugin.start import BEGIN

TESTS = 2000
MODULES = 300
ROUNDS = 20
CLOSER = 40  # where the ratio is near its bound: one of 20 pairs moves by 0.04 on a machine that others use too
POLLUTERS = 8
SUITE = 500
REFERENCE = "detect-test-pollution"

TRIVIAL = "def test_{0}():\n    assert {0} >= 0\n\n\n"
WRITING = (
    "def test_{0}(monkeypatch):\n"
    + "".join(f"    monkeypatch.setenv('VARIABLE_{letter}', '{{0}}')\n" for letter in "ABCD")
    + "\n\n"
)
CLEARING = (
    "@patch.dict(os.environ, {{'VARIABLE': '{0}'}}, clear=True)\ndef test_{0}():\n    assert len(os.environ) >= 1\n\n\n"
)
IMPORTS = "import os\nfrom unittest.mock import patch\n\n\n"
# Ten constants, ten functions, five classes and a table of fifty entries.
MODULE = "".join(
    [f"CONSTANT_{n} = {n}\n\n\ndef function_{n}():\n    return {n}\n\n\n" for n in range(10)]
    + [f"class Class{n}:\n    table = {{'a': 1}}\n\n    def method(self):\n        pass\n\n\n" for n in range(5)]
    + ["TABLE = {str(n): n for n in range(50)}\n"]
)


def main() -> None:
    """Print the figures and the ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        costs(folder / "trivial", "trivial tests", TRIVIAL, 1.10)
        costs(folder / "trivial", "the same with --no-heap", TRIVIAL, 1.10, "--isolator-no-heap")
        costs(folder / "writing", "tests that write and undo four variables", WRITING, 1.25)
        costs(folder / "clearing", "tests that empty the environment for a while", CLEARING, 1.25)
        heap(folder / "heap")
        polluters(folder / "polluters")


def heap(folder: Path) -> None:
    """Print what watching costs on so many trivial tests beside many modules, with the heap and without it."""
    modules(folder)
    costs(folder, f"trivial tests beside {MODULES} modules", TRIVIAL, 1.25)
    costs(folder, "the same with --no-heap", TRIVIAL, 1.10, "--isolator-no-heap")
    heap_of_gate(folder)


def heap_of_gate(folder: Path) -> None:
    """Print what the gate costs there."""
    modules(folder)
    suite = suite_of(folder, TRIVIAL)
    gate(suite, f"trivial tests beside {MODULES} modules, gate", 1.25)
    gate(suite, "the same without the heap", 1.10, "--isolator-gate-watch=environment,process,loggers,files")


def modules(folder: Path) -> None:
    """A package of many modules, which the suite imports."""
    package = folder / "suite" / "app"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").touch()
    for number in range(MODULES):
        (package / f"module_{number}.py").write_text(MODULE)
    imports = "".join(f"import app.module_{number}\n" for number in range(MODULES))
    (folder / "suite" / "conftest.py").write_text(imports)


def gate(suite: Path, what: str, bound: float, *options: str) -> None:
    """Print what the gate costs, in the user's own pytest."""
    bare = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(suite)]
    compare(what, bare, [*bare, "-p", "isolator.gate", *options], bound, CLOSER)


def costs(folder: Path, what: str, test: str, bound: float, *options: str) -> None:
    """Print what watching costs on so many tests of one form."""
    suite = suite_of(folder, test)
    log = Path(tempfile.mkdtemp(dir=folder))
    script = plugin.copy_to(log)
    (log / BEGIN).touch()
    common = ["-q", "-p", "no:cacheprovider", str(suite)]
    own = ["-p", plugin.RECORDER, "-p", plugin.WATCHER, f"--isolator-log={log}"]
    own += ["--isolator-watch", "--isolator-sparing", *options]  # as `isolator observe` has it
    bare = [sys.executable, "-m", "pytest", *common]
    watched = [sys.executable, str(script), *own, *common]
    compare(what, bare, watched, bound)


def suite_of(folder: Path, test: str) -> Path:
    """A folder with so many tests of one form."""
    suite = folder / "suite"
    suite.mkdir(parents=True, exist_ok=True)
    (suite / "test_it.py").write_text(IMPORTS + "".join(test.format(number) for number in range(TESTS)))
    (suite / "pytest.ini").write_text("[pytest]\n")
    return suite


def compare(what: str, bare: list[str], watched: list[str], bound: float, rounds: int = ROUNDS) -> None:
    """Print what the second command costs beside the first one."""
    commands = bare, watched
    for command in commands:  # what is compiled once is compiled here
        cpu.of_command(command, runs=1)
    times = []
    for number in range(rounds):  # each of them is the first one in every other round
        order = commands if number % 2 else commands[::-1]
        took = {id(command): cpu.of_command(command, runs=1, seed=number) for command in order}
        times.append((took[id(bare)], took[id(watched)]))
    without, with_watch = (min(each) for each in zip(*times, strict=True))
    ratio = median(watched / bare for bare, watched in times)
    print(f"{TESTS} {what}")
    print(f"pytest                {without:6.2f} s")
    print(f"watched               {with_watch:6.2f} s")
    cpu.report("watched / pytest", ratio, f"at most {bound:.2f}", ratio <= bound)
    print()


def polluters(folder: Path) -> None:
    """Print what it takes to name every polluter of a suite."""
    folder.mkdir()
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_it.py").write_text(_polluted())
    print(f"{SUITE} tests, {POLLUTERS} of them polluters, with a victim each")
    started = time.monotonic()
    evidence = observe(Options(orders=ORDERS), folder, lambda _: None)
    seconds = time.monotonic() - started
    found = len({(edge.polluter, edge.reader) for edge in evidence.edges})
    print(f"isolator observe       {len(evidence.runs):4} runs of pytest {seconds:7.1f} s, {found} found")
    program = _reference(folder / "venv")
    if program is None:
        print(f"{REFERENCE} cannot be installed here")
        return
    started = time.monotonic()
    counts = [_detect(program, folder, number) for number in range(POLLUTERS)]
    seconds = time.monotonic() - started
    runs, named = sum(count for count, _ in counts), sum(found for _, found in counts)
    print(f"{REFERENCE}  {runs:4} runs of pytest {seconds:7.1f} s, {named} found")


def _polluted() -> str:
    """A suite in which each polluter stands before its victim, far apart."""
    texts = ["import os\n\n"]
    step = SUITE // POLLUTERS // 2
    for number in range(SUITE):
        which, kind = number // step // 2, number % (2 * step)
        if which < POLLUTERS and kind == step // 2:
            texts.append(f"def test_polluter_{which}():\n    os.environ['VARIABLE_{which}'] = '1'\n\n")
        elif which < POLLUTERS and kind == step + step // 2:
            texts.append(f"def test_victim_{which}():\n    assert 'VARIABLE_{which}' not in os.environ\n\n")
        else:
            texts.append(f"def test_{number}():\n    pass\n\n")
    return "\n".join(texts)


def _reference(folder: Path) -> Path | None:
    """The program to compare with, installed in an environment of its own."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", REFERENCE, "pytest"]
    if subprocess.run(pip, capture_output=True, check=False).returncode != 0:
        return None
    return python.with_name(REFERENCE)


def _detect(program: Path, folder: Path, number: int) -> tuple[int, bool]:
    """How often it runs pytest until it names the polluter of a victim, and whether it names the right one."""
    victim = f"test_it.py::test_victim_{number}"
    command = [str(program), "--failing-test", victim, "--tests", "test_it.py"]
    # Each run of pytest says that it is one, in a file.
    (folder / "conftest.py").write_text("open('runs', 'a').write('.')\n")
    environment = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    runs = (folder / "runs").stat().st_size
    (folder / "runs").unlink()
    return runs, f"test_polluter_{number}" in done.stdout


if __name__ == "__main__":
    main()
