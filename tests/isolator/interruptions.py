"""Signals at random moments of commands that write files and run pytest: what is torn, and what stays behind.

    python -m tests.isolator.interruptions --signals 200 --seed 1

Each signal has a project and a folder for temporary files of its own. After it, every file must be the old one or the
whole new one (a run that says that it was interrupted before it was done: the old ones), no process may go on, and
nothing temporary may be left. After SIGKILL the same holds once the next command has run; ``all`` is SIGKILL for all
processes at once, the one that puts things in order among them. It needs ``/proc``, which tells whose a process is.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

_MARK = "ISOLATOR_INTERRUPTION"  # a variable by which the processes of one signal are known
_FILES = 5
_PATIENCE = 120.0  # seconds for a command to end when it is told to
_GRACE = 20.0  # seconds for what outlives a killed command: its guardian
_LOOKS = 10  # that find no process, one after the other, until there is none
_MOMENT = 1.0  # seconds that an ended process may take to disappear

# What runs in the background of a shell ignores SIGINT, and so would whatever it starts.
_PROGRAM = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
sys.argv[0] = "isolator"
from isolator.cli import main
main()
"""
_SETTINGS = """\
[tool.pytest.ini_options]
addopts = "-p no:cacheprovider"

[tool.isolator.confirm]
runs = 1
"""
_TEST = """\
import os
from unittest.mock import patch


def test_{0}():
    with patch.dict(os.environ, {{"A": "1", "B": "{0}"}}):
        assert os.environ["B"] == "{0}"


def test_{0}_decorated():
    check()


@patch.dict(os.environ, {{"C": "{0}"}})
def check():
    assert os.environ["C"] == "{0}"
"""
_POLLUTED = """\
import os
import subprocess
import sys


def test_pollutes():
    os.environ["LEFT"] = "1"
    assert os.environ["LEFT"] == "1"


def test_suffers():
    assert "LEFT" not in os.environ


def test_starts():
    sleep = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(300)"]
    with subprocess.Popen(sleep) as one, subprocess.Popen(sleep, start_new_session=True) as other:
        one.kill()
        other.kill()
"""
COMMANDS: dict[str, tuple[str, ...]] = {
    "fix --write": ("fix", "--write", "tests"),
    "fix --write --confirm": ("fix", "--write", "--confirm", "tests", "--", "-q", "tests"),
    "deflake": ("deflake", "--yes", "--", "-q", "tests"),
    "confirm": ("confirm", "--runs", "3", "--jobs", "2", "--no-bisect", "--", "-q", "tests"),
}
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGKILL", "all")
_OWN = {".gitignore", "lock", "baseline.json", "changes.json", "confirm.json", "evidence.json", "fixes.json"}

Files = dict[str, bytes]


@dataclass(frozen=True)
class Finished:
    """What a command does that nobody disturbs, and how long it takes."""

    files: Files
    seconds: float


@dataclass(frozen=True)
class Interruption:
    """A signal for a command: after ``fraction`` of the time it takes, or so long after it has begun to write."""

    number: int
    command: str
    signal: str
    fraction: float
    writing: bool


@dataclass
class Found:
    """What was wrong after some signals, a line each; ``late`` is how many commands had ended before."""

    signals: int = 0
    late: int = 0
    torn: list[str] = field(default_factory=list)
    processes: list[str] = field(default_factory=list)
    temporary: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.signals} signals ({self.late} after the end): files torn {len(self.torn)}, "
            f"processes left {len(self.processes)}, temporary files left {len(self.temporary)}"
        )


class Place:
    """A project, and a folder for temporary files, for one command after the other."""

    def __init__(self, folder: Path) -> None:
        self.project, self.temporary = folder / "project", folder / "temporary"
        self.mark = f"{_MARK}={os.urandom(8).hex()}"
        self.temporary.mkdir(parents=True)
        (self.project / "tests").mkdir(parents=True)
        (self.project / "pyproject.toml").write_text(_SETTINGS)
        for number in range(_FILES):
            (self.project / "tests" / f"test_{number}.py").write_text(_TEST.format(number))
        (self.project / "tests" / "test_polluted.py").write_text(_POLLUTED)

    def start(self, command: str) -> subprocess.Popen[bytes]:
        """Start a command of isolator."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
            **dict([self.mark.split("=")]),
            "TMPDIR": str(self.temporary),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        with (self.project.parent / "told").open("ab") as told:
            words = [sys.executable, "-c", _PROGRAM, *COMMANDS[command]]
            return subprocess.Popen(words, cwd=self.project, env=environment, stdout=told, stderr=told)

    def files(self) -> Files:
        """The tests as they are."""
        return {path.name: path.read_bytes() for path in (self.project / "tests").glob("*.py")}

    def told(self) -> str:
        """What the commands have said."""
        return (self.project.parent / "told").read_text(encoding="utf-8", errors="replace")

    def processes(self) -> list[int]:
        """Those that a command has started, directly or not."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if self.mark.encode() in path.read_bytes().split(b"\0"):
                    found.append(int(path.parent.name))
            except OSError:  # it has ended, or is somebody else's
                continue
        return found

    def is_calm(self) -> bool:
        """Whether no process is left once the guardian has ended; one that was ended may take a moment to disappear."""
        guarded = started = time.monotonic()
        while pids := self.processes():
            now = time.monotonic()
            guarded = now if any(map(_is_guardian, pids)) else guarded
            if now - guarded > _MOMENT or now - started > _GRACE:
                return False
            time.sleep(0.02)
        return True

    def end_all(self) -> None:
        """SIGKILL for each process; one that a program is just being loaded into has no variables to be known by."""
        calm = 0
        while calm < _LOOKS:
            pids = self.processes()
            calm = 0 if pids else calm + 1
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            time.sleep(0.01 if calm else 0.0)

    def left(self) -> list[str]:
        """Temporary files, here and in the folder for them."""
        here = [path for path in self.project.rglob("*") if path.is_file()]
        known = {self.project / "pyproject.toml", *(self.project / ".isolator" / name for name in _OWN)}
        tests = {path for path in here if path.parent.name == "tests" and path.suffix == ".py"}
        strange = [path for path in here if path not in known | tests]
        return [str(path.relative_to(self.project.parent)) for path in (*strange, *self.temporary.rglob("*"))]


def _is_guardian(pid: int) -> bool:
    try:
        return b"isolator.system.guardian" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def interrupt(planned: Interruption, undisturbed: dict[str, Finished], old: Files, folder: Path) -> Found:
    """Send one signal, and look at what there is afterwards."""
    place, found = Place(folder / str(planned.number)), Found(1)
    process = place.start(planned.command)
    _wait_for(planned, place, process, undisturbed[planned.command].seconds, old)
    found.late = int(process.poll() is not None)
    if planned.signal == "all":
        place.end_all()
    else:
        process.send_signal(getattr(signal, planned.signal))
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        found.processes.append(f"{planned}: did not end; {place.told()}")
    if not place.is_calm():
        found.processes.append(f"{planned}: {place.processes()}")
        place.end_all()
    new, now = undisturbed[planned.command].files, place.files()
    if not _whole(planned, now, old, new, place.told()):
        found.torn.append(f"{planned}: {_difference(now, old, new)}; {place.told()}")
    if planned.signal in ("SIGKILL", "all"):
        _run_next(planned, place, undisturbed, found)
    if left := place.left():
        found.temporary.append(f"{planned}: {left}; {place.told()}")
    shutil.rmtree(place.project.parent, ignore_errors=True)
    return found


def _wait_for(
    planned: Interruption, place: Place, process: subprocess.Popen[bytes], seconds: float, old: Files
) -> None:
    """Wait for the moment of the signal."""
    if planned.writing:
        while process.poll() is None and place.files() == old and not (place.project / ".isolator" / "undo").exists():
            time.sleep(0.001)
        time.sleep(planned.fraction * min(seconds, 1.0) / 5)
    else:
        time.sleep(planned.fraction * seconds)


def _whole(planned: Interruption, now: Files, old: Files, new: Files, told: str) -> bool:
    """Whether each file is as it must be."""
    if planned.command == "fix --write" or planned.signal == "all":  # files on trial are put back by the next command
        return all(now.get(name) in (old[name], new[name]) for name in old) and now.keys() == old.keys()
    return now == old if "every file is unchanged" in told and planned.signal != "SIGKILL" else now in (old, new)


def _run_next(planned: Interruption, place: Place, undisturbed: dict[str, Finished], found: Found) -> None:
    """The next command puts in order what is left, and does its own work."""
    command = "fix --write --confirm" if planned.signal == "all" else "fix --write"
    place.start(command).wait(_PATIENCE)
    if place.files() not in [finished.files for name, finished in undisturbed.items() if name != "confirm"]:
        found.torn.append(f"{planned}, and then {command}: {place.told()}")
    if not place.is_calm():
        found.processes.append(f"{planned}, and then {command}: {place.processes()}")


def _difference(now: Files, old: Files, new: Files) -> dict[str, str]:
    states = {name: ("old", old[name]) for name in old}
    return {
        name: "old" if now.get(name) == states[name][1] else "new" if now.get(name) == new[name] else "torn"
        for name in old
    }


def plan(signals: int, seed: int) -> list[Interruption]:
    """The signals: each command and each signal in turn, and with the first few each once; the moments at random."""
    chance, commands = random.Random(seed), list(COMMANDS)
    planned = []
    for number in range(signals):
        # Their numbers have no factor in common: all pairs come before the first comes again.
        command, name = commands[number % len(commands)], SIGNALS[number % len(SIGNALS)]
        writing = command != "confirm" and chance.random() < 0.4
        planned.append(Interruption(number, command, name, chance.random(), writing))
    return planned


def run(signals: int, seed: int, side_by_side: int = 2, tell: Callable[[str], None] = lambda _: None) -> Found:
    """Send so many signals, and say what was wrong."""
    total = Found()
    with tempfile.TemporaryDirectory(prefix="interruptions-") as name:
        folder = Path(name)
        old = Place(folder / "old").files()
        undisturbed = {command: _finished(command, folder / f"finished-{n}") for n, command in enumerate(COMMANDS)}
        work = partial(interrupt, undisturbed=undisturbed, old=old, folder=folder)
        with ThreadPoolExecutor(side_by_side) as executor:
            for found in executor.map(work, plan(signals, seed)):
                total.signals, total.late = total.signals + found.signals, total.late + found.late
                for kind in ("torn", "processes", "temporary"):
                    lines = getattr(found, kind)
                    getattr(total, kind).extend(lines)
                    for line in lines:
                        tell(f"{kind}: {line}")
                if total.signals % 5 == 0:
                    tell(f"so far: {total}")
    return total


def _finished(command: str, folder: Path) -> Finished:
    place, started = Place(folder), time.monotonic()
    code = place.start(command).wait()
    seconds = time.monotonic() - started
    if code not in (0, 1) or not place.is_calm() or place.left():
        raise AssertionError(f"{command} ended with {code}: {place.left()} {place.told()}")
    return Finished(place.files(), seconds)


def main(words: Sequence[str] | None = None) -> int:
    """Print what was wrong and the number of times; 0 if nothing was."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--signals", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2, help="how many commands at once")
    asked = parser.parse_args(words)
    found = run(asked.signals, asked.seed, asked.jobs, partial(print, flush=True))
    print(found)  # noqa: T201 - a program of its own
    return 1 if found.torn or found.processes or found.temporary else 0


if __name__ == "__main__":
    sys.exit(main())
