"""What isolator and other tools find and fix, on the same projects, judged by neither.

    python -m benchmarks.peers [FOLDER=PYTHON[=TESTS] …] [--tools NAME,NAME]
        [--seconds S] [--told N] [--environments DIR]

FOLDER is a project, PYTHON the interpreter of a virtual environment that has what its tests import, TESTS a folder or
file below it. Without any it is the project that ``isolator demo`` fixes. Neither the folder nor the environment is
changed: each tool gets an environment of its own, from the package index, that sees the packages of PYTHON, and a copy
of the project.

First pytest runs in five orders, without any tool: a test that passes in one and fails in another is *unstable*. Then
each tool, as its documentation says. A line is printed for each:

    found     unstable tests that it calls flaky, or dependent on the order
    partner   those of which it names a test that makes the difference
    fixed     those that pass in all five orders with what it changed; patches are tried one by one
    broken    tests that passed in the order given, and do not with its change
    runs      how many times pytest was started, tests how many tests ran in these
    CPU, s    seconds of processor, and on the clock

A tool that needs the name of the failing test gets each unstable test (or, with ``--told``, the first N)
and an order in which it fails.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from benchmarks.orders import Judged, Project, copied, judge
from benchmarks.peer_tools import TOLD, TOOLS, OvertimeError, Report, Tool

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "isolator" / "example"
SECONDS = 1800  # for one tool and project
# What a tool needs to be installed with, as it does not declare that.
NEEDED = {"isolator": [str(ROOT)]} | {name: [name, "pytest"] for name in ("detect-test-pollution", "flake-doctor")}
# A plugin that writes down each run of pytest, and each test in it.
_COUNTER = """
def _write(line):
    with open({log!r}, "a") as file:
        file.write(line)


def pytest_sessionstart():
    _write("run\\n")


def pytest_runtest_logstart():
    _write("test\\n")
"""
_HEAD = ("tool", "found", "partner", "fixed", "broken", "runs", "tests", "CPU", "s", "")
_ROW = "{:28} {:>6} {:>8} {:>6} {:>7} {:>5} {:>6} {:>6} {:>6}  {}"


def main(arguments: list[str]) -> None:
    """Print a table for each project."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("projects", nargs="*", metavar="FOLDER=PYTHON[=TESTS]")
    parser.add_argument("--tools", default=",".join(TOOLS))
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for one tool and project")
    parser.add_argument("--told", type=int, metavar="N", help="of the unstable tests, for tools that must be told")
    parser.add_argument("--environments", type=Path, help="where they are kept, to be used again")
    options = parser.parse_args(arguments)
    projects = [_project(word) for word in options.projects] or [Project(EXAMPLE, Path(sys.executable))]
    with tempfile.TemporaryDirectory() as name:
        for project in projects:
            folder = (options.environments or Path(name)).resolve() / project.name
            print(f"\n{project.name}: ", end="", flush=True)
            judged = judge(project)
            print(f"{len(judged.orders[0])} tests, {len(judged.unstable)} unstable")
            print(
                _ROW.format("tool", "found", "partner", "fixed", "broken", "runs", "tests", "CPU", "s", ""), flush=True
            )
            for tool in options.tools.split(","):
                python = _environment(folder / tool, NEEDED.get(tool, [tool]), project)
                print(_measured(tool, python, project, judged, options), flush=True)


def _project(word: str) -> Project:
    folder, python, *tests = word.split("=")
    return Project(Path(folder).resolve(), Path(python).absolute(), tuple(tests))


def _measured(name: str, python: Path, project: Project, judged: Judged, options: argparse.Namespace) -> str:
    """The line of one tool."""
    log = python.parents[1] / "count.txt"
    log.write_text("")
    with tempfile.TemporaryDirectory() as temporary:
        here = copied(project, Path(temporary))
        before, start = os.times(), time.monotonic()
        try:
            report = TOOLS[name](Tool(python, here, judged, start + options.seconds, options.told))
        except OvertimeError:
            report = Report(note="stopped")
        except (OSError, ValueError, KeyError):  # no report, or another one than its documentation says
            report = Report(note="failed: no report")
        after, end = os.times(), time.monotonic()
        counted = log.read_text().split()
        fixed, broken = _judge_again(project, here, judged, report)
    spent = after.children_user - before.children_user + after.children_system - before.children_system
    found = [each for each in judged.unstable if each in report.partners]
    partner = [each for each in found if report.partners[each]]
    other = len(report.partners) - len(found)
    asked = len(judged.unstable[: options.told])
    notes = [report.note, f"{other} more found" if other else "", f"told {asked}" if name in TOLD else ""]
    note = ", ".join(filter(None, notes))
    figures = [len(found), len(partner), len(fixed), len(broken), counted.count("run"), counted.count("test")]
    return _ROW.format(_named(name, python), *figures, f"{spent:.0f}", f"{end - start:.0f}", note).rstrip()


def _judge_again(project: Project, changed: Project, judged: Judged, report: Report) -> tuple[set[str], set[str]]:
    """The tests that are fixed, and those that are broken, by what a tool wrote or proposed."""
    fixed: set[str] = set()
    broken: set[str] = set()
    for tests, files in _changes(project, changed, judged, report):
        with tempfile.TemporaryDirectory() as name:
            here = copied(project, Path(name))
            if not files:
                continue
            for path, text in files.items():
                (here.folder / path).parent.mkdir(parents=True, exist_ok=True)
                (here.folder / path).write_bytes(text)
            again = judge(here, judged.orders)
        fixed |= {each for each in tests if again.passing(each)}
        given, now = judged.outcomes[0], again.outcomes[0]
        broken |= {each for each, ended in given.items() if ended == "passed" and now.get(each) != "passed"}
    return fixed, broken


def _changes(
    project: Project, changed: Project, judged: Judged, report: Report
) -> Iterator[tuple[list[str], dict[Path, bytes]]]:
    """Each change to try: the tests that it is for, and the Python files that it writes."""
    yield judged.unstable, _written(project, changed)
    for name, diff in report.patches.items():
        if name in judged.unstable:
            with tempfile.TemporaryDirectory() as temporary:
                here = copied(project, Path(temporary))
                command = ["git", "apply", "--unsafe-paths", "--directory", str(here.folder), "-"]
                subprocess.run(command, input=diff, text=True, cwd=temporary, capture_output=True, check=False)
                yield [name], _written(project, here)


def _written(project: Project, changed: Project) -> dict[Path, bytes]:
    """The Python files that differ: files that tests leave behind are not counted as changes of a tool."""
    files = {path.relative_to(changed.folder): path.read_bytes() for path in changed.folder.rglob("*.py")}
    return {path: text for path, text in files.items() if _text(project.folder / path) != text}


def _text(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _environment(folder: Path, packages: list[str], project: Project) -> Path:
    """The interpreter of a virtual environment with these packages, that sees those of the project's."""
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        subprocess.run([str(project.python), "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True)
    where = "import json, sysconfig; print(json.dumps(sysconfig.get_path('purelib')))"
    ours, theirs = (
        Path(json.loads(subprocess.run([str(each), "-c", where], capture_output=True, check=True).stdout))
        for each in (python, project.python)
    )
    if project.folder != EXAMPLE:
        (ours / "project.pth").write_text(f"{theirs}\n")
    (ours / "peers_count.py").write_text(_COUNTER.format(log=str(folder / "count.txt")))
    about = ours / "peers_count-1.dist-info"
    about.mkdir(exist_ok=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: peers-count\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[pytest11]\npeers_count = peers_count\n")
    return python


def _named(name: str, python: Path) -> str:
    """A tool with its version."""
    wanted = "pytest-isolator" if name == "isolator" else name
    folders = [str(path) for path in python.parents[1].rglob("site-packages")]
    versions = [each.version for each in distributions(path=folders) if each.metadata["Name"] == wanted]
    return f"{name} {versions[0]}" if versions else name


if __name__ == "__main__":
    main(sys.argv[1:])
