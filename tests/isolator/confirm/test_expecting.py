"""What must hold of files and runs: one sentence each, and where it does not."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

import pytest

from isolator.project.tables.confirm import ExpectedFile
from isolator.pytest_runs.expectations.expecting import check_files, check_runs
from isolator.pytest_runs.model import Attempt, Expectation, Run

CONFTEST = '''\
"""Fixtures."""
import os.path
import json as parser
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from a import b as imported
try:
    import fast
except ImportError:
    fast = None
else:
    def of_try(): local = 1
first, (second, *third) = 1, (2, 3)
annotated: int = 1
declared: int
table = [inner for inner in ()]
key = lambda argument: argument
with open(os.devnull) as handle:
    token = "hunter2"
class Case:
    attribute = 1
async def isolate_environment(): ...
'''


def one(tmp_path: Path, expected: ExpectedFile) -> Expectation:
    [expectation] = check_files([expected], tmp_path)
    return expectation


def test_nothing_asked_is_nothing_expected(tmp_path: Path) -> None:
    assert check_files([], tmp_path) == []
    assert check_runs([], None, [Run("given", 0, 1.0, 0)]) == []


def test_each_thing_asked_is_an_expectation(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "conftest.py").write_text(CONFTEST)
    asked = ExpectedFile(
        "tests/conftest.py",
        matches=("^import os", r"patch\.dict"),
        absent=("^token$", "hunter2|[bB]oth|def |= 1$"),
        defines=("isolate_environment", "nobody"),
        min_lines=22,
    )
    assert check_files([asked, ExpectedFile("tests/conftest.py", min_lines=23)], tmp_path) == [
        Expectation("tests/conftest.py matches '^import os'", True),
        Expectation(r"tests/conftest.py matches 'patch\.dict'", False, ("tests/conftest.py: no match",)),
        Expectation("tests/conftest.py does not match '^token$'", True),
        Expectation(
            "tests/conftest.py does not match 'hunter2|[bB]oth|def |= 1$'",
            False,
            tuple(f"tests/conftest.py:{line}" for line in (12, 14, 19, 21, 22)),
        ),
        Expectation("tests/conftest.py defines isolate_environment", True),
        Expectation("tests/conftest.py defines nobody", False, ("tests/conftest.py: no such name at module level",)),
        Expectation("tests/conftest.py has at least 22 lines", True),
        Expectation("tests/conftest.py has at least 23 lines", False, ("tests/conftest.py: 22",)),
    ]


@pytest.mark.parametrize(
    ("names", "met"),
    [
        ("os parser TYPE_CHECKING imported fast of_try first second third annotated table key handle token", True),
        ("Case isolate_environment", True),
        ("json path b local declared inner argument attribute", False),
    ],
)
def test_what_a_module_defines(tmp_path: Path, names: str, met: bool) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    asked = ExpectedFile("conftest.py", defines=tuple(names.split()))
    assert {e.what: e.met for e in check_files([asked], tmp_path)} == {
        f"conftest.py defines {name}": met for name in asked.defines
    }


def test_a_file_that_is_not_there_meets_nothing(tmp_path: Path) -> None:
    asked = ExpectedFile("gone.py", ("a",), ("b",), ("c",), 0)
    assert [e.where for e in check_files([asked], tmp_path)] == 4 * [
        ("gone.py: cannot be read: No such file or directory",)
    ]
    assert not any(e.met for e in check_files([asked], tmp_path))


def test_a_path_alone_asks_for_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch()
    assert one(tmp_path, ExpectedFile("a.py")) == Expectation("a.py is there", True)
    assert not one(tmp_path, ExpectedFile("b.py")).met


@pytest.mark.skipif(sys.platform == "win32", reason="directories cannot be opened there for another reason")
def test_a_directory_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    assert one(tmp_path, ExpectedFile("tests", min_lines=0)).where == ("tests: cannot be read: Is a directory",)


@pytest.mark.parametrize("data", [b"a = '\xff'\n", b"# coding: nonsense\n", b"# coding: hex\n"])
def test_a_file_in_no_known_encoding(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.py").write_bytes(data)
    assert one(tmp_path, ExpectedFile("a.py", absent=("x",))).where == (
        "a.py: cannot be read: is not in UTF-8, nor in an encoding that it declares",
    )


@pytest.mark.parametrize("data", [b"# coding: latin-1\r\na = '\xe9'\r\n", "\ufeffb\na = 'é'".encode()])
def test_encodings_and_ends_of_lines_are_pythons(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.py").write_bytes(data)
    assert one(tmp_path, ExpectedFile("a.py", matches=("^a = 'é'$",))).met
    assert one(tmp_path, ExpectedFile("a.py", min_lines=2)).met
    assert not one(tmp_path, ExpectedFile("a.py", min_lines=3)).met


def test_an_empty_file_has_no_lines(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch()
    assert one(tmp_path, ExpectedFile("a.py", min_lines=1)).where == ("a.py: 0",)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a = 1\nb = (\n", "a.py:2: '(' was never closed"),
        ("a" + "." * 2 + "b", "a.py:1: invalid syntax"),
        ("(" * 100_000, "a.py"),
        ("a = '\0'", "a.py"),
    ],
)
def test_a_file_that_is_not_python_defines_nothing(tmp_path: Path, text: str, where: str) -> None:
    (tmp_path / "a.py").write_text(text)
    expectation = one(tmp_path, ExpectedFile("a.py", defines=("a",)))
    assert not expectation.met
    assert expectation.where[0].startswith(where)
    assert "\n" not in expectation.where[0]


def test_what_is_odd_in_a_file_is_not_ours_to_warn_about(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    (tmp_path / "a.py").write_text("a = '\\d'\n1 is 1\n")
    assert one(tmp_path, ExpectedFile("a.py", defines=("a",))).met
    assert not recwarn.list


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is closed to the superuser")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch(mode=0)
    assert one(tmp_path, ExpectedFile("a.py")).where == ("a.py: cannot be read: Permission denied",)


def test_runs_are_judged_by_what_was_printed_and_by_time() -> None:
    quiet, loud = Attempt("passed"), Attempt("passed", forbidden=(0, 1))
    runs = [
        Run("given", 1, 29.5, 0, {"a.py::test_a": quiet, "a.py::test_b": quiet}),
        Run("reversed", 2, 30.25, 0, {"a.py::test_b": loud, "a.py::test_a": Attempt("failed", forbidden=(1,))}),
        Run("random", 3, 30, 0, {"a.py::test_b": loud}),
    ]
    assert check_runs(["Initialized .* client", "b", "c"], 30.0, runs) == [
        Expectation(
            "no test prints 'Initialized .* client'",
            False,
            ("run 2 (reversed): a.py::test_b", "run 3 (random): a.py::test_b"),
        ),
        Expectation(
            "no test prints 'b'",
            False,
            ("run 2 (reversed): a.py::test_b", "run 2 (reversed): a.py::test_a", "run 3 (random): a.py::test_b"),
        ),
        Expectation("no test prints 'c'", True),
        Expectation("each run takes at most 30 s", False, ("run 2 (reversed): 30.25 s",)),
    ]
    assert check_runs([], 30.5, runs) == [Expectation("each run takes at most 30.5 s", True)]


@pytest.mark.parametrize("result", ["hung", "crashed"])
def test_what_a_test_printed_that_never_ended_is_not_known(result: Literal["hung", "crashed"]) -> None:
    attempts = {"a.py::test_a": Attempt("passed"), "a.py::test_b": Attempt(result), "a.py::test_c": Attempt("not run")}
    (expectation,) = check_runs(["Initialized"], None, [Run("given", 1, 60, None, attempts)])
    why = f"run 1 (given): a.py::test_b {result}, so that what it printed is not known"
    assert expectation == Expectation("no test prints 'Initialized'", False, (why,))
