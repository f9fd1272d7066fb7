"""Many files: in order, in one process or several, and none of them takes another down."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from codemods.python.source import Span
from codemods.rule import Finding
from isolator.engine.batch import Outcome, Work, WorkFor, do, do_bytes, run
from isolator.engine.engine import Rewrite
from isolator.project.discovery import File

FINDING = Finding("ISO101", "a-rule", "a message", Span(1, 1, 1, 2))


def shout(data: bytes, path: str, *, tests: tuple[str, ...] | None) -> Rewrite:
    """Stands in for the engine: upper case, and one finding, which names the process."""
    finding = Finding("ISO101", "a-rule", str(os.getpid()), Span(1, 1, 1, 2), test=str(tests))
    return Rewrite(path, data.upper(), fixed=(finding,))


def fail_on_b(data: bytes, path: str, *, tests: tuple[str, ...] | None) -> Rewrite:
    if path == "b.py":
        raise ValueError("two\nlines")
    return shout(data, path, tests=tests)


def die_on_some(data: bytes, path: str, *, tests: tuple[str, ...] | None) -> Rewrite:
    if path in ("f03.py", "f29.py"):
        os._exit(1)
    return shout(data, path, tests=tests)


def die_once(data: bytes, path: str, *, tests: tuple[str, ...] | None) -> Rewrite:
    mark = Path("died")
    if path == "f05.py" and not mark.exists():
        mark.touch()
        os._exit(1)
    return shout(data, path, tests=tests)


def refuse(data: bytes, path: str, *, tests: tuple[str, ...] | None) -> Rewrite:
    assert tests is None
    return Rewrite(path, data, left=(FINDING,), error="line 1 does not parse: invalid syntax")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[File]:
    """Forty files in the current directory."""
    monkeypatch.chdir(tmp_path)
    names = [f"f{number:02}.py" for number in range(40)]
    for name in names:
        Path(name).write_text(f"it is {name}")
    return [File(name, name) for name in names]


def always(work: Work) -> WorkFor:
    return lambda _: work


def paths(outcomes: Sequence[Outcome]) -> list[str]:
    return [outcome.file.path for outcome in outcomes]


def test_few_files_are_worked_on_in_this_process(files: list[File]) -> None:
    outcomes = list(run(files, always(shout), jobs=4))
    assert paths(outcomes) == [file.path for file in files]
    assert outcomes[7].before == b"it is f07.py"
    assert outcomes[7].after == b"IT IS F07.PY"
    assert {outcome.fixed[0].message for outcome in outcomes} == {str(os.getpid())}


def test_long_work_is_spread_over_processes_and_stays_in_order(files: list[File]) -> None:
    outcomes = list(run(files, always(shout), jobs=2, patience=0))
    assert paths(outcomes) == [file.path for file in files]
    assert [outcome.after for outcome in outcomes] == [Path(file.path).read_bytes().upper() for file in files]
    assert str(os.getpid()) not in {outcome.fixed[0].message for outcome in outcomes}


def test_one_job_is_this_process_however_long_it_takes(files: list[File]) -> None:
    outcomes = list(run(files, always(shout), jobs=1, patience=0))
    assert {outcome.fixed[0].message for outcome in outcomes} == {str(os.getpid())}


def test_a_process_that_dies_costs_the_file_that_killed_it_and_no_other(files: list[File]) -> None:
    outcomes = list(run(files, always(die_on_some), jobs=2, patience=0))
    assert paths(outcomes) == [file.path for file in files]
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    assert paths(failed) == ["f03.py", "f29.py"]
    assert {outcome.error for outcome in failed} == {
        "killed the process that worked on it: out of memory, or nested too deep"
    }
    assert sum(outcome.after is not None for outcome in outcomes) == 38


def test_a_process_that_dies_once_costs_nothing(files: list[File]) -> None:
    outcomes = list(run(files, always(die_once), jobs=2, patience=0))
    assert Path("died").exists()
    assert [outcome.after for outcome in outcomes] == [Path(file.path).read_bytes().upper() for file in files]


def test_work_that_is_not_waited_for_is_not_done(files: list[File]) -> None:
    outcomes = run(files, always(shout), jobs=2, patience=0)
    next(outcomes)
    started = time.monotonic()
    outcomes.close()  # type: ignore[attr-defined]
    assert time.monotonic() - started < 5
    assert list(outcomes) == []


def test_a_bug_costs_one_file_and_says_where(tmp_path: Path) -> None:
    for name in ("a.py", "b.py", "c.py"):
        (tmp_path / name).write_text(name)
    files = [File(str(tmp_path / name), name) for name in ("a.py", "b.py", "c.py")]
    outcomes = list(run(files, always(fail_on_b), jobs=1))
    assert [outcome.after for outcome in outcomes] == [b"A.PY", None, b"C.PY"]
    error = outcomes[1].error
    assert error is not None
    assert error.startswith("isolator failed on it, which is a bug: ValueError: two lines (test_batch.py:")


def test_nothing_is_to_be_written_if_nothing_changes_or_something_failed() -> None:
    file = File("a.py", "a.py")
    assert do_bytes(file, b"LOUD", shout).after is None
    failed = do_bytes(file, b"quiet", refuse)
    assert failed == Outcome(file, None, None, (), (FINDING,), "line 1 does not parse: invalid syntax")


def test_a_file_that_may_be_new_counts_as_empty(tmp_path: Path) -> None:
    def conftest(data: bytes, path: str, *, tests: tuple[str, ...] | None) -> Rewrite:
        assert (data, path, tests) == (b"", "conftest.py", None)
        return Rewrite(path, b"import os\n")

    path = str(tmp_path / "conftest.py")
    assert do(File(path, "conftest.py", may_be_new=True), conftest).after == b"import os\n"
    assert do(File(path, "conftest.py", may_be_new=True), conftest).before is None
    assert do(File(path, "conftest.py"), conftest).error == "no such file or directory"


def test_what_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    assert do(File("a.py", "a.py", problem="is not a regular file"), shout).error == "is not a regular file"
    assert do(File(str(tmp_path), "."), shout).error is not None


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_that_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "dangling.py").symlink_to("gone.py")
    (tmp_path / "loop.py").symlink_to("loop.py")
    assert do(File(str(tmp_path / "dangling.py"), ""), shout).error == "is a link to 'gone.py', which does not exist"
    assert do(File(str(tmp_path / "loop.py"), ""), shout).error == "too many levels of symbolic links"


def test_tests_that_are_not_in_the_file() -> None:
    def asked(*tests: str) -> str | None:
        source = "class TestA:\n    pass\ndef test_été(): pass\n".encode()
        return do_bytes(File("a.py", "a.py", tests), source, shout).error

    assert asked("TestA::test_inherited") is None
    assert asked("test_été") is None
    assert asked("TestA", "Test::test_b") == "has no test 'Test::test_b'"
