"""Files worked on by a Dask cluster: a scheduler and two workers, which are real processes and are killed."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib.metadata import entry_points
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="Dask cannot be installed here")

from benchmarks import trees
from isolator.system import cluster as clusters
from isolator.system.cluster import connect
from isolator.system.errors import Failure
from tests.isolator.dask_cluster import Cluster, scheduler, workers
from tests.isolator.inside import inside

FILES = 40  # many more are worked on in the slow test

# What a worker loads first: the engine takes its time.
SLOW = """
import time
from isolator.engine import engine

def slow(data, *words, rewrite=engine.rewrite, **named):
    time.sleep(0.1)
    return rewrite(data, *words, **named)

engine.rewrite = slow
"""
# The same: the engine ends the process over a file that says so.
POISONED = """
import os
from isolator.engine import engine

def poisoned(data, *words, rewrite=engine.rewrite, **named):
    if b"POISON" in data:
        os._exit(1)
    return rewrite(data, *words, **named)

engine.rewrite = poisoned
"""
OTHER_DISK = """
import genericpath

def isdir(path, isdir=genericpath.isdir):
    return not str(path).endswith("project") and isdir(path)

genericpath.isdir = isdir
"""
OTHER_PYTHON = "import platform\nplatform.python_version_tuple = lambda: ('3', '1', '4')\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of many files with findings, the current directory."""
    folder = tmp_path / "project"
    folder.mkdir()
    trees.generate(folder, FILES, trees.FINDINGS)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler without workers, for all tests that do not kill it; each brings its own workers, and ends them."""
    # How many workers may die over a task is for the scheduler to say: by default, three.
    with scheduler(tmp_path_factory.mktemp("shared"), {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}) as found:
        yield found


@pytest.fixture
def two_workers(tmp_path: Path, shared: Cluster) -> Iterator[Cluster]:
    """A scheduler and two workers."""
    with workers(shared, tmp_path) as found:
        yield found


def slow(found: Cluster, folder: Path) -> AbstractContextManager[Cluster]:
    """The same with two workers that are not done before something happens to them."""
    (folder / "slow.py").write_text(SLOW)
    return workers(found, folder, words=["--no-nanny", "--preload", str(folder / "slow.py")])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def fixed(tree: Path) -> dict[str, bytes]:
    """What the run in one process makes of a copy of the tree."""
    copy = tree.with_name("copy")
    shutil.copytree(tree, copy)
    assert inside("fix", "--write", "--no-cache", "-j", "1", folder=copy).returncode == 0
    return contents(copy)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the run in one process makes of a tree: made once, for every tree is the same."""
    folder = tmp_path_factory.mktemp("expected") / "project"
    folder.mkdir()
    trees.generate(folder, FILES, trees.FINDINGS)
    return fixed(folder)


def wait_for(happened: Callable[[], bool], seconds: int = 600) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def cut_off(
    tree: Path, address: str, strike: Callable[[subprocess.Popen[str]], None], written: str = "test_0.py"
) -> tuple[int, str]:
    """The exit code and stderr of ``fix --write`` on a cluster; ``strike`` comes when the named file is written."""
    file = next(tree.rglob(written))
    before = file.read_bytes()
    # SIGINT is ignored in what a shell, or a test run, has in the background.
    heed = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    program = f"{heed}; from isolator.cli import main; main()"
    command = [sys.executable, "-c", program, "fix", "--write", "--executor", address, str(tree)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: file.read_bytes() != before or process.poll() is not None)
        strike(process)
        _, err = process.communicate()
    return process.returncode, err


def test_a_worker_that_is_killed_costs_no_file(tree: Path, expected: dict[str, bytes], two_workers: Cluster) -> None:
    code, err = cut_off(tree, two_workers.address, lambda _: two_workers.workers[0].kill())
    assert (code, err.partition(" in ")[2]) == (0, f"{FILES} files.\n")
    assert two_workers.workers[0].wait() != 0
    assert contents(tree) == expected


@pytest.mark.slow
def test_a_worker_that_is_killed_in_the_middle_of_many_files(tmp_path: Path, two_workers: Cluster) -> None:
    tree = tmp_path / "project"
    tree.mkdir()
    trees.generate(tree, 5_000, trees.FINDINGS)
    expected = fixed(tree)
    code, err = cut_off(tree, two_workers.address, lambda _: two_workers.workers[0].kill(), written="test_2500.py")
    assert (code, err.partition(" in ")[2]) == (0, "5000 files.\n")
    assert contents(tree) == expected


def test_check_and_diff_are_those_of_one_process(tree: Path, two_workers: Cluster) -> None:
    for path in sorted(tree.rglob("test_*.py"))[FILES // 4 :]:
        path.unlink()
    (tree / "test_broken.py").write_text("import os\nos.environ[\n")
    (tree / "test_link.py").symlink_to("gone.py")
    for words in (["check", "."], ["fix", "."], ["check", "--output-format", "json", "-v", "."]):
        here, there = (inside(*words, *more) for more in (["-j", "1"], ["--executor", two_workers.address]))
        assert there.returncode == here.returncode == 2
        assert there.stdout == here.stdout
        assert there.stderr.splitlines()[-3:] == here.stderr.splitlines()[-3:]


@pytest.mark.slow
def test_a_file_that_kills_every_worker_is_an_error_of_that_file(
    tree: Path, expected: dict[str, bytes], shared: Cluster, tmp_path: Path
) -> None:
    assert contents(tree).keys() == expected.keys()
    poison = next(tree.rglob("test_25.py"))
    poison.write_text(poison.read_text() + "\n# POISON\n")
    name = poison.relative_to(tree)
    (tmp_path / "poisoned.py").write_text(POISONED)
    words = ["--nanny", "--preload", str(tmp_path / "poisoned.py")]
    with workers(shared, tmp_path, 1, words=words) as found:  # and its nanny starts another, as often as it dies
        done = inside("fix", "--write", "--executor", found.address)
    assert done.returncode == 2
    error, *talk, summary = done.stderr.splitlines()
    assert talk == []
    assert error == f"{name}: error: killed the process that worked on it: out of memory, or nested too deep"
    assert f"in {FILES - 1} files" in summary
    others = {path: data for path, data in expected.items() if path != name.as_posix()}
    assert {path: data for path, data in contents(tree).items() if path in others} == others


@pytest.mark.slow
def test_a_scheduler_that_is_killed_is_one_line_and_no_half_written_file(
    tree: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    before = contents(tree)
    with scheduler(tmp_path) as own, slow(own, tmp_path):
        code, err = cut_off(tree, own.address, lambda _: own.scheduler.kill())
    assert code == 2
    (line,) = err.splitlines()
    assert line.startswith(f"Error: {own.address}: the connection to the scheduler is lost: ")
    after = contents(tree)
    written = [name for name in before if after[name] != before[name]]
    assert 0 < len(written) < FILES
    assert f"{len(written)} files written" in line
    assert after == {**before, **{name: expected[name] for name in written}}


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent Ctrl-C there")
@pytest.mark.slow
def test_ctrl_c_takes_the_work_off_the_cluster(tree: Path, shared: Cluster, tmp_path: Path) -> None:
    with slow(shared, tmp_path):
        code, err = cut_off(tree, shared.address, lambda process: process.send_signal(signal.SIGINT))
        assert code == 2, err
        (line,) = err.splitlines()
        assert line.startswith("Error: interrupted: ")
        assert line.endswith("; all other files are unchanged")
        with shared.client() as client:
            wait_for(lambda: not any(client.processing().values()))


def test_work_is_given_up_when_every_worker_has_gone(
    shared: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "_DESERTED", 1)

    def work(found: Cluster) -> None:
        with connect(found.address) as executor:
            future = executor.submit(time.sleep, 100)
            found.workers[0].kill()
            future.result()

    with workers(shared, tmp_path, 1) as found, pytest.raises(Failure) as failure:
        work(found)
    assert failure.value.message == f"{found.address}: there has been no worker for 1 seconds"


def refusal(address: str) -> str:
    with pytest.raises(Failure) as failure, connect(address):
        pass
    return failure.value.message.removeprefix(address)


@pytest.mark.parametrize("address", ["localhost:8786", "dask://localhost", "tcp://h:1", "dask://h:x", "dask://a@h:1"])
def test_what_is_not_an_address(address: str) -> None:
    assert refusal(address) == f"{address!r} is not the address of a cluster, which is dask://HOST:PORT"


def test_nobody_answers_and_dask_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "_PATIENCE", 0.2)
    assert refusal("dask://127.0.0.1:9").startswith(": no Dask scheduler answers there: ")
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert refusal("dask://127.0.0.1:9") == " needs Dask: pip install 'pytest-isolator[dask]'"


def test_workers_of_another_kind_are_refused(shared: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "_PATIENCE", 1)
    assert refusal(shared.address) == ": the scheduler has no workers"
    (tmp_path / "other.py").write_text(OTHER_PYTHON)
    with workers(shared, tmp_path, 1, words=["--no-nanny", "--preload", str(tmp_path / "other.py")]) as found:
        assert f" runs Python 3.1.4, and this is {sys.version_info[0]}." in refusal(found.address)
    metadata = tmp_path / "pytest_isolator-0.0.1.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: pytest-isolator\nVersion: 0.0.1\n")
    with workers(shared, tmp_path, 1, environment={"PYTHONPATH": str(tmp_path)}) as found:
        assert " has isolator 0.0.1, and this is " in refusal(found.address)


def test_rules_that_look_things_up_need_the_tree_where_the_workers_are(
    tree: Path, shared: Cluster, tmp_path: Path
) -> None:
    (tmp_path / "other.py").write_text(OTHER_DISK)
    with workers(shared, tmp_path, 1, words=["--no-nanny", "--preload", str(tmp_path / "other.py")]) as found:
        check = ["check", "--executor", found.address, str(next(tree.rglob("test_0.py")))]
        every, some = inside(*check), inside(*check, "--ignore", "ISO2,ISO3,ISO402,ISO403,ISO408,ISO409")
    assert (every.returncode, every.stdout) == (2, "")
    assert re.fullmatch(
        rf"Error: {found.address}: the worker \S+ does not see {tree}; "
        r".* --ignore ISO2,ISO3,ISO402,ISO403,ISO408,ISO409\n",
        every.stderr,
    )
    assert some.returncode == 1


def test_a_worker_without_isolator_is_refused(shared: Cluster, tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    for folder in {Path(path) for path in sys.path if path.endswith("site-packages")}:
        for entry in folder.iterdir():
            if (
                not entry.name.endswith(".pth")
                and "isolator" not in entry.name
                and not (packages / entry.name).exists()
            ):
                (packages / entry.name).symlink_to(entry)
    start = f"import sys; sys.path.insert(0, {str(packages)!r}); from distributed.cli.dask_worker import main; main()"
    with workers(shared, tmp_path, 1, command=[sys.executable, "-S", "-c", start]) as found:
        message = refusal(found.address)
    assert message.startswith(": isolator is not installed for the worker tcp://127.0.0.1:")


def test_dask_is_not_part_of_a_users_run() -> None:
    assert [e for e in entry_points(group="pytest11") if e.value.startswith(("dask", "distributed"))] == []
