"""``isolator confirm --executor``: the runs on the workers of a real cluster, two processes on this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path

import pytest

from isolator.pytest_runs.options import Options
from isolator.pytest_runs.planning import plan
from isolator.pytest_runs.run.running import Runner
from isolator.pytest_runs.run.spreading import spread, workers
from isolator.system.errors import Failure
from tests.isolator.confirm.suites import write
from tests.isolator.confirm.test_merge import without_durations
from tests.isolator.confirm.test_shards import POLLUTED, isolator

pytest.importorskip("distributed")

from tests.isolator.dask_cluster import QUIET

_CLUSTER = """
import sys
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, worker_dashboard_address=None) as it:
        print(it.scheduler_address.replace("tcp://", "dask://"), flush=True)
        sys.stdin.read()
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two workers, each a process, in a folder that is not the project's."""
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "cluster.py").write_text(_CLUSTER, encoding="utf-8")
    environment = {**os.environ, **QUIET, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OF_THE_WORKERS": "1"}
    # Each worker that has died is started again, which takes a while: a run may not kill as many as by default.
    environment["DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"] = "1"
    with subprocess.Popen(
        [sys.executable, "cluster.py"],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def until(reached: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.05)
    return reached()


def pids(folder: Path) -> list[int]:
    """The processes that left a mark of this kind."""
    return [int(path.name.partition("-")[2]) for path in folder.glob("pid-*")]


def gone(pid: int) -> bool:
    """Whether a process has ended; one whose parent was killed may be left as a zombie where nobody looks after it."""
    try:
        os.kill(pid, 0)
        return ") Z " in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except ProcessLookupError:
        return True
    except OSError:
        return False


def test_the_same_as_here(tmp_path: Path, cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_WORKERS", "1")
    write(tmp_path, {**POLLUTED, "test_z.py": "import os\ndef test_a(): assert 'OF_THE_WORKERS' in os.environ\n"})
    words = ("--runs", "4", "--seed", "1", "--output-format", "json")
    here = isolator(tmp_path, *words, "--", "-q", ".")
    there = isolator(tmp_path, *words, "--executor", cluster, "--", "-q", ".")
    assert without_durations(there.stdout) == without_durations(here.stdout)
    assert json.loads(there.stdout)["tests"]["test_it.py::test_victim"]["partner"] == "test_it.py::test_leaves"
    assert not list((tmp_path / ".isolator").glob("wanted-*"))


def test_the_runs_are_made_on_the_workers_side_by_side(tmp_path: Path, cluster: str) -> None:
    text = """
        import os, pathlib, time

        def test_a():
            pathlib.Path(f"began-{os.getppid()}-{time.time_ns()}").touch()
            time.sleep(0.5)
            pathlib.Path(f"ended-{os.getppid()}-{time.time_ns()}").touch()
    """
    write(tmp_path, {"test_it.py": text})

    def most(runs: int, *words: str) -> tuple[int, int]:
        """How many ran at once at most, and how many processes started them."""
        for path in tmp_path.glob("*-*"):
            path.unlink()
        assert isolator(tmp_path, "--runs", str(runs), "--executor", cluster, *words).returncode == 0
        events = sorted((p.name.split("-") for p in tmp_path.glob("*-*")), key=lambda event: int(event[2]))
        counts = accumulate(1 if kind == "began" else -1 for kind, _, _ in events)
        assert len(events) == 2 * runs
        return max(counts), len({parent for _, parent, _ in events})

    assert most(4) == (2, 2)
    assert most(2, "--jobs", "1")[0] == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL there")
def test_a_worker_that_dies_in_the_middle_of_a_run(tmp_path: Path, cluster: str) -> None:
    text = """
        import os, pathlib, signal, time

        def killed():
            try:  # of two that ask at the same moment one is told that it has not happened yet
                pathlib.Path("killed").touch(exist_ok=False)
            except FileExistsError:
                return True

        def test_a(): pass

        def test_kills():
            marks = len(list(pathlib.Path().glob("mark-*")))
            pathlib.Path(f"mark-{os.getpid()}").touch()
            if marks and not killed():
                pathlib.Path(f"pid-{os.getpid()}").touch()
                os.kill(os.getppid(), signal.SIGKILL)
                time.sleep(60)
    """
    done = isolator(write(tmp_path, {"test_it.py": text}), "--runs", "3", "--seed", "1", "--executor", cluster)
    assert len(list(tmp_path.glob("mark-*"))) == 4
    assert until(lambda: all(gone(pid) for pid in pids(tmp_path)))
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        0,
        "Confirmed: 2 stable in 3 runs; 0 reruns (pytest was started 3 times).",
    )
    assert done.stderr.count("\n") == 4


@pytest.mark.skipif(sys.platform == "win32", reason="there Ctrl-C cannot be sent to one process only")
def test_interrupted(tmp_path: Path, cluster: str) -> None:
    text = """
        import os, pathlib, time

        def test_a():
            if list(pathlib.Path().glob("first")):
                pathlib.Path(f"pid-{os.getpid()}").touch()
                time.sleep(60)
            pathlib.Path("first").touch()
    """
    write(tmp_path, {"test_it.py": text})
    # SIGINT is ignored in what a shell, or a test run, has in the background.
    heed = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{heed}; from isolator.cli import main; main()", "confirm", "--executor", cluster]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert until(lambda: len(pids(tmp_path)) == 2)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
    assert (process.returncode, told.splitlines()[-1]) == (2, "interrupted")
    assert "Traceback" not in told
    assert until(lambda: all(gone(pid) for pid in pids(tmp_path)))
    # The workers have not ended with it, and the runs that had not begun are not made.
    assert len(pids(tmp_path)) == 2
    (tmp_path / "first").unlink()
    assert isolator(tmp_path, "--runs", "1", "--executor", cluster).returncode == 0


def test_a_worker_that_does_not_see_the_folder(tmp_path: Path, cluster: str) -> None:
    runner = Runner(Options(), tmp_path / "nowhere")
    expected = pytest.raises(Failure, match=r"has no .*nowhere: it needs the project at the same path")
    with expected, workers(cluster, tmp_path, None) as machines:
        list(spread(runner, plan(2, ("given",), 0), machines))
    assert not list((tmp_path / ".isolator").glob("wanted-*"))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL there")
def test_a_run_that_kills_every_worker(tmp_path: Path, cluster: str) -> None:
    text = "import os, signal\ndef test_kills(): os.kill(os.getppid(), signal.SIGKILL)\n"
    done = isolator(write(tmp_path, {"test_it.py": text}), "--runs", "3", "--executor", cluster)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Error: {cluster}: 2 workers died, one after the other, of the same run\n"


def test_what_cannot_run(tmp_path: Path, cluster: str) -> None:
    write(tmp_path, {"test_it.py": "def test_a(): pass\n"})
    for words, message in (
        (("--executor", "127.0.0.1"), "is not the address of a cluster"),
        (("--executor", cluster, "--python", "/no/python"), "pytest cannot be run: "),
        (("--executor", cluster, "--", "nothing.py"), "nothing.py"),
    ):
        done = isolator(tmp_path, *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert message in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stderr.count("\n") == 1
