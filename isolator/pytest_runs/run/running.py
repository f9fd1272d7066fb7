"""One run of pytest, in a process of its own: started, watched, ended if it hangs, and read."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from isolator.project.tables.confirm import Order
from isolator.pytest_runs import plugin
from isolator.pytest_runs.model import COLLECT, Attempt, Result, Run
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.plugin import start
from isolator.pytest_runs.run.arguments import argument, going_on, switches
from isolator.pytest_runs.run.leftovers import Leftovers
from isolator.pytest_runs.run.records import Record, Session, read_records, read_watched
from isolator.pytest_runs.run.stacks import stacks
from isolator.system.errors import Failure
from isolator.system.guardian import guarded
from isolator.system.processes import end_group, start_group
from isolator.system.run_folder import run_folder
from isolator.system.signals import undisturbed

EVERYTHING = ("*",)
_GLANCE = 0.05  # seconds between two looks at a running pytest
_PATIENCE = 2.0  # seconds that a hanging one has to write its stacks down
_WORKERS = ("-n", "--numprocesses", "--dist", "--tx")


@dataclass(frozen=True)
class Planned:
    """A run to come. ``tests`` are the node ids to run, in this order, where it is not the whole suite.

    ``put_back`` are the paths of what is put back after each test, with * at the end for all that begin so, and
    ``EVERYTHING`` for all that is watched; the run is watched. None for nothing. ``libraries``: what the modules of
    other packages hold is watched, too. ``lines`` are paths of which the line is looked for that changes them last, by
    the test that does. ``unset`` are variables of this process's environment that pytest is started without.
    ``collect``: the tests are collected and not run, in the order that plugins which shuffle make with these arguments.
    """

    order: Order
    seed: int
    tests: tuple[str, ...] | None = None
    put_back: tuple[str, ...] | None = None
    libraries: bool = False
    lines: Mapping[str, Sequence[str]] | None = None
    unset: tuple[str, ...] = ()
    collect: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Job:
    """All that one run of pytest needs, so that any process can do it where the folder is.

    ``session`` is needed where single tests are planned. ``watching`` adds the plugin that watches.
    """

    options: Options
    folder: Path
    planned: Planned
    session: Session = field(default_factory=Session)
    watching: bool = False


@dataclass(frozen=True)
class Finished:
    """What came of it. ``session`` is None if the run never began; ``watched`` is what the watching plugin wrote."""

    run: Run
    session: Session | None
    watched: list[list[Any]]


class StoppedError(Exception):
    """A run was ended because nobody wants it any more."""


@dataclass
class Runner:
    """Runs pytest in a folder. ``count`` is how often it did.

    ``session`` is what the latest run of the whole suite said of itself. ``watching`` adds the plugin that watches;
    ``watched`` is what it wrote of the latest run. ``leftovers`` puts files back whenever no run is ``going``.
    """

    options: Options
    folder: Path
    count: int = 0
    session: Session = field(default_factory=Session)
    watching: bool = False
    watched: list[list[Any]] = field(default_factory=list)
    leftovers: Leftovers | None = None
    going: int = 0

    def run(self, planned: Planned) -> Run:
        """Run pytest once. Raises OSError if the interpreter cannot be started, or a file not be written."""
        return self.take(run_once(self.job(planned)))

    def job(self, planned: Planned) -> Job:
        """A run that is about to be made, here or elsewhere; it counts."""
        self.count += 1
        self.going += 1
        watching = self.watching or planned.put_back is not None or planned.lines is not None
        return Job(self.options, self.folder, planned, self.session, watching)

    def take(self, finished: Finished) -> Run:
        """What came of a run."""
        self.session, self.watched = finished.session or self.session, finished.watched
        self.ended(1)
        return finished.run

    def ended(self, runs: int) -> None:
        """So many runs are over; once none is left the files are put back for the next."""
        self.going -= runs
        if self.going == 0 and self.leftovers is not None:
            self.leftovers.put_back()

    def ending(self, name: str, before: Sequence[str] = (), seed: int | None = None) -> Result:
        """How a test ends in a process in which only these run before it; without a seed it is that of the options."""
        run = self.run(Planned("given", self.options.seed if seed is None else seed, (*before, name)))
        return run.attempts.get(name, Attempt("not run")).result

    def argument(self, node_id: str) -> str:
        """A node id, which begins at pytest's root, as it is written in the folder that pytest runs in."""
        return argument(node_id, self.session, self.folder)

    def switches(self) -> list[str]:
        """The arguments of pytest without the paths and node ids among them."""
        return switches(self.options, self.session)

    def uncollected(self, runs: Iterable[Run]) -> tuple[str, ...]:
        """A line for each file that could not be collected in some of these runs, each once."""
        return tuple(dict.fromkeys(line for run in runs for line in going_on(run, self.session, self.folder)))


def run_once(job: Job, stopped: Callable[[], bool] = lambda: False) -> Finished:
    """Run pytest once, in a process of its own, which ends with this one, however that ends.

    ``stopped`` is asked every now and then: once it is true the run is ended and StoppedError raised. Raises OSError if
    the interpreter cannot be started, or a file not be written, and Failure if its pytest is too old.
    """
    with guarded() as guardian, run_folder(guardian) as work:
        script = plugin.copy_to(work)
        started = time.monotonic()
        with (work / "output").open("wb") as output:
            environment = _environment(job.planned)
            command = _command(job, script, work)
            process = None
            try:
                with undisturbed():  # or nobody would know of a process that has just been started
                    process = start_group(command, job.folder, environment, output.fileno())
                    guardian.take("end", process.pid)
                (work / start.BEGIN).touch()
                hung = _watch(process, work, job.options, stopped)
            except BaseException:
                if process is not None:
                    _end(process, work, [])
                raise
            finally:
                if process is not None and process.returncode is not None:
                    guardian.call_off("end", process.pid)
        seconds = time.monotonic() - started
        return _finished(job, work, seconds, None if hung else process.returncode)


def _environment(planned: Planned) -> dict[str, str]:
    """What pytest is started in: what isolator itself was, except a few variables."""
    unset = {name.upper() if os.name == "nt" else name for name in planned.unset}
    inherited = {name: value for name, value in os.environ.items() if name not in unset}
    return {**inherited, "PYTHONHASHSEED": str(planned.seed)}


def _finished(job: Job, work: Path, seconds: float, exit_code: int | None) -> Finished:
    """What came of a run, by what is in its folder; ``exit_code`` is None if it hung.

    Raises Failure as ``run_once`` does.
    """
    records = read_records(work)
    main = records.get("main", Record())
    text = (work / "output").read_text(encoding="utf-8", errors="replace")
    if main.pid is None:
        _check_version(text)
    running = [record.running for record in records.values() if record.running is not None]
    stack = stacks(work, Path(main.session.rootdir or job.folder), running)
    run = _read(job.planned, seconds, exit_code, records, text, stack)
    if not run.usable and exit_code in (1, 4, 5) and (lost := list(going_on(run, main.session, job.folder))):
        run = replace(run, problem=f"pytest collected no tests: {'; '.join(lost)}")
    printed = {number for record in records.values() for number in record.printed}
    if not main.captures:
        patterns = enumerate(job.options.forbid_output)
        printed |= {number for number, pattern in patterns if re.search(pattern, text)}
    # One that never began says nothing of itself, and one of single tests nothing of the suite.
    began = job.planned.tests is None and main.pid is not None
    run = replace(run, forbidden=tuple(sorted(printed)))
    return Finished(run, main.session if began else None, read_watched(work))


def _command(job: Job, script: Path, work: Path) -> list[str]:
    options, planned, session = job.options, job.planned, job.session
    arguments: Sequence[str] = options.arguments
    order = {"random": f"random:{planned.seed}", "twice": "given"}.get(planned.order, planned.order)
    if planned.tests is not None:
        (work / "tests.json").write_text(json.dumps(planned.tests), encoding="utf-8")
        order = f"file:{work / 'tests.json'}"
        # With fewer paths pytest might find another root, and other settings.
        root = [f"--rootdir={session.rootdir}"] if session.rootdir else []
        ini = ["-c", session.inifile] if session.inifile else []
        files = dict.fromkeys(argument(test.partition("::")[0], session, job.folder) for test in planned.tests)
        arguments = [*root, *ini, *switches(options, session), *files]
    own = ["-p", plugin.RECORDER]
    own += [] if planned.collect else ["-p", "no:randomly", "-p", "no:random_order"]
    own += [] if planned.collect is None else ["--collect-only", *planned.collect]
    # With a blank in place of the sign, pytest would take the folder for a path that helps to find its root.
    own += [f"--isolator-log={work}", f"--isolator-order={order}"]
    own += ["--isolator-twice"] if _is_twice(job) else []
    own += [f"--isolator-forbid={pattern}" for pattern in options.forbid_output]
    own += ["-p", plugin.WATCHER, "--isolator-watch"] if job.watching else []
    own += ["--isolator-no-heap"] if job.watching and not options.heap else []
    own += ["--isolator-sparing"] if job.watching and options.sparing else []
    for name, asked in (("put-back", planned.put_back), ("lines", planned.lines)):
        if asked is not None:
            (work / f"{name}.json").write_text(json.dumps(asked), encoding="utf-8")
            own.append(f"--isolator-{name}={work / name}.json")
    own += ["--isolator-libraries"] if planned.libraries else []
    if any(a.startswith(_WORKERS) for a in arguments):
        own.append("--isolator-workers")
    if plugin.STACKS_SIGNAL is None:
        own.append(f"--isolator-stacks={options.test_timeout}")
    return [options.python or sys.executable, str(script), *own, *arguments]


def _is_twice(job: Job) -> bool:
    """Whether a run makes each test two times in a row."""
    whole, order = job.planned.tests is None, job.planned.order
    return order == "twice" or (whole and order == "reversed" and job.options.twice)


def _watch(process: subprocess.Popen[bytes], work: Path, options: Options, stopped: Callable[[], bool]) -> bool:
    """Wait for the process; true if it hung and was ended."""
    started = heard = time.monotonic()
    size = -1
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GLANCE)
            return False
        now, written = time.monotonic(), sum(p.stat().st_size for p in work.glob("*.log"))
        heard, size = (now, written) if written != size else (heard, size)
        limit = options.run_timeout
        if now - heard > options.test_timeout or (limit is not None and now - started > limit):
            _end(process, work, [r.pid for r in read_records(work).values() if r.pid is not None])
            return True
        if stopped():
            raise StoppedError


def _end(process: subprocess.Popen[bytes], work: Path, writing: Sequence[int]) -> None:
    """End a process with its group, after those of ``writing`` had time to write down where they are."""
    if sys.platform != "win32" and writing:
        for pid in writing:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGXCPU)
        _wait_for_stacks(process, work, len(writing))
    with undisturbed():  # or what has been stopped might not be ended
        end_group(process.pid)
        process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE)


def _wait_for_stacks(process: subprocess.Popen[bytes], work: Path, writing: int) -> None:
    """Wait until so many processes have written their stacks down; one that is stuck in C never comes to its end."""
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        if sum(path.read_bytes().count(plugin.STACKS_END.encode()) for path in work.glob("*.stacks")) >= writing:
            return
        time.sleep(_PATIENCE / 100)


def _read(
    planned: Planned, seconds: float, exit_code: int | None, records: dict[str, Record], output: str, stack: str | None
) -> Run:
    """What the records of a run say."""
    main = records.get("main", Record())
    workers = [record for name, record in records.items() if name != "main"]
    collected = main.collected or next((w.collected for w in workers if w.collected is not None), None)
    attempts = {name: Attempt("not run") for name in collected or ()}
    for record in (main, *workers):
        attempts |= record.attempts
    broken = {
        name: Attempt("error", f"{COLLECT}: {error}" if error else COLLECT)
        for record in (main, *workers)
        for name, error in record.uncollected.items()
    }
    running = [r.running for r in (main, *workers) if r.running is not None]
    dead = exit_code is not None and main.finished is None
    for name in running:
        way = f"the interpreter ended with {_ending(exit_code)}" if dead else ""
        attempts[name] = Attempt("hung" if exit_code is None else "crashed", way)
    where = " and ".join(running) or ("collection" if collected is None else "the end of pytest")
    unreached = sum(attempt.result == "not run" for attempt in attempts.values())
    unrecorded = [problem for record in (main, *workers) for problem in record.problems]
    problem = None
    if exit_code is None:
        problem = f"hung in {where}"
    elif dead and main.pid is not None:
        problem = f"the interpreter died in {where}, with {_ending(exit_code)}"
    elif main.pid is None or exit_code not in (0, 1):
        problem = _message(exit_code, output)
    elif unrecorded:
        problem = f"the recording failed in {unrecorded[0]}, which is a bug of isolator; please report it"
    elif unreached:
        problem = f"{unreached} of {len(attempts)} tests were not run"
    usable = any(a.result != "not run" for a in attempts.values())
    show = exit_code is None or dead
    return Run(
        planned.order, planned.seed, seconds, exit_code, attempts | broken, problem, usable, stack if show else None
    )


def _check_version(output: str) -> None:
    """Raises Failure for a pytest that has not even begun, since it is too old."""
    found = re.search(rf"^{start.TOO_OLD} (\S+) of (.+)$", output, re.MULTILINE)
    if found is not None:
        version, python = found.groups()
        remedy = f"upgrade it ({python} -m pip install -U pytest), or name another interpreter with --python"
        needed = f"isolator needs pytest {start.OLDEST} or later"
        raise Failure(f"pytest {version} of {python} is too old: {needed}; {remedy}")


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"


def _message(code: int, output: str) -> str:
    """Why pytest could not run, in its own last words, except what may be the value of a variable."""
    if code == 5:
        return "pytest collected no tests"
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    told = [line for line in lines if re.match("ERROR|E  |INTERNALERROR>|.*(No module named|: error: )", line)]
    last = [line.rstrip(".") for line in lines if re.match(r"\w+ while loading conftest ", line)][:1]
    last += (told or lines or ["it printed nothing"])[-3:]
    # What was compared is none of our business.
    words = "; ".join(re.sub(r"(\bAssertionError\b|^E +assert\b).*", r"\1", line) for line in last)
    return f"pytest ended with exit code {code}: {_without_values(words)}"


def _without_values(text: str) -> str:
    """A text with the values of environment variables struck out, except paths and what is too short for a secret."""
    for name, value in os.environ.items():
        if len(value) >= 6 and not Path(value).is_absolute():
            text = text.replace(value, f"${name}")
    return text
