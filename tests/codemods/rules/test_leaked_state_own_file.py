"""ISO303: state of a file of tests, which a fixture in that file puts back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from codemods.context import Fixture
from codemods.python.source import Source
from codemods.rules.leaked_state import CODEMOD
from isolator.engine import engine
from isolator.engine.choosing.ignoring import add_ignores
from isolator.engine.engine import Selection
from isolator.guard.compare import differences
from tests.codemods.rules.shared_object_cases import CASES
from tests.codemods.rules.test_leaked_state import CONTEXT, failures, fix, write

FILE = "tests/test_it.py"
BOTH = (FILE, "conftest.py")
BEFORE = '''\
"""Tests."""

TOTAL = 0
CASES = ["a"]


class Made:
    count = 0
    __last = None

    def __init__(self):
        Made.count += 1
        Made.__last = self

    def is_first():
        return Made.__last is None


# What is counted.
def test_count():
    global TOTAL
    TOTAL += 1
    assert TOTAL == 1


def test_cases():
    CASES.append("b")
    assert CASES == ["a", "b"]


def test_made():
    assert Made.is_first()
    Made()
    assert Made.count == 1


test_count_again, test_cases_again, test_made_again = test_count, test_cases, test_made
'''
FIXTURES = '''\
@pytest.fixture(autouse=True)
def _restore_total():
    """Restore TOTAL after each test."""
    global TOTAL
    saved = TOTAL
    yield
    TOTAL = saved


@pytest.fixture(autouse=True)
def _restore_cases():
    """Restore CASES after each test."""
    saved = list(CASES)
    yield
    CASES[:] = saved


@pytest.fixture(autouse=True)
def _restore_count():
    """Restore Made.count after each test."""
    saved = Made.count
    yield
    Made.count = saved


@pytest.fixture(autouse=True)
def _restore_last():
    """Restore Made._Made__last after each test."""
    saved = Made._Made__last
    yield
    Made._Made__last = saved


'''
CELLS = tuple(f"{FILE}::{name}" for name in ("TOTAL", "CASES", "Made.count", "Made.__last"))


def fix_file(text: str, root: Path, *leaked: str) -> str:
    """The file of tests after the rule, which adds to the conftest only what it does not add there."""
    context = replace(CONTEXT, leaked=leaked, root=root, source_roots=(root,), fixture=Fixture("tests/conftest.py"))
    result = engine.rewrite(text.encode(), FILE, context, Selection(select=("ISO303",)))
    assert result.error is None and not result.problems
    after = result.source.decode()
    assert engine.rewrite(after.encode(), FILE, context, Selection(select=("ISO303",))).source == result.source
    return after


def test_a_fixture_of_the_file(tmp_path: Path) -> None:
    write(tmp_path, {FILE: BEFORE})
    assert failures(tmp_path) == {"test_count_again", "test_cases_again", "test_made_again"}
    after = fix_file(BEFORE, tmp_path, *CELLS)
    expected = BEFORE.replace('"""Tests."""\n', '"""Tests."""\n\nimport pytest\n')
    assert after == expected.replace("# What is counted.\n", f"{FIXTURES}# What is counted.\n")
    assert fix("", *CELLS, root=tmp_path) == ""
    write(tmp_path, {FILE: after})
    assert failures(tmp_path) == set()
    assert fix("", *CELLS, root=tmp_path) == ""


def test_after_the_last_fixture_of_the_file(tmp_path: Path) -> None:
    own = "import pytest\n\nCASES = []\n\n\ndef test_a():\n    pass\n\n\n@pytest.fixture\ndef own():\n    return 1\n"
    write(tmp_path, {FILE: own})
    after = fix_file(own, tmp_path, f"{FILE}::CASES")
    assert after.startswith(f"{own}\n\n@pytest.fixture(autouse=True)\ndef _restore_cases():\n")


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("CASES = []\n", {"tests/test_other.py": "from .test_it import CASES\n"}),  # tests there may change it
        ("CASES = make()\n", {}),  # what that is nobody knows
        ("CASES = []\n", {"tests/conftest.py": f'_LEAKED_STATE = ["{FILE}::CASES"]\n'}),  # it is put back already
    ],
)
def test_what_is_left_to_the_conftest(tmp_path: Path, text: str, more: dict[str, str]) -> None:
    write(tmp_path, {FILE: text, **more})
    assert fix_file(text, tmp_path, f"{FILE}::CASES") == text
    if "tests/conftest.py" not in more:
        assert f'_LEAKED_STATE = ["{FILE}::CASES"]\n' in fix("", f"{FILE}::CASES", root=tmp_path)


def test_a_fixture_that_the_file_has(tmp_path: Path) -> None:
    text = (
        "import pytest\n\nCASES = []\n\n\n@pytest.fixture(autouse=True)\ndef clean():\n    yield\n    CASES.clear()\n"
    )
    write(tmp_path, {FILE: text})
    assert fix_file(text, tmp_path, f"{FILE}::CASES") == text
    assert fix("", f"{FILE}::CASES", root=tmp_path) == ""


# What a fixture gives to tests no path leads to, and so no other fixture restores it.
REACHED = [n for n, case in CASES.items() if case.cells and n != "fixtures whose value other code changes"]


@pytest.mark.parametrize("name", REACHED)
def test_what_each_test_has_of_its_own_is_not_put_back(name: str, tmp_path: Path) -> None:
    """Neither in the run that makes the objects for each test, nor in a later one."""
    case = CASES[name]
    leaked = tuple(f"{FILE}::{cell}" for cell in case.cells)
    context = replace(CONTEXT, leaked=leaked, root=tmp_path, source_roots=(tmp_path,))
    for text, told in [(case.before, replace(context, own_objects=("safe",))), (case.after, context)]:
        write(tmp_path, {FILE: text})
        for path in (FILE, "conftest.py"):
            assert CODEMOD.find(Source(text if path == FILE else "", path), told) == []
    write(tmp_path, {FILE: case.before})
    assert any(
        CODEMOD.find(Source(case.before if path == FILE else "", path), context) for path in (FILE, "conftest.py")
    )


@pytest.mark.parametrize("name", REACHED)
def test_what_a_comment_keeps_shared_is_put_back(name: str, tmp_path: Path) -> None:
    """In one run, which neither shares it less nor leaves it to another run to restore it."""
    case = CASES[name]
    leaked = tuple(f"{FILE}::{cell}" for cell in case.cells)
    context = replace(CONTEXT, leaked=leaked, root=tmp_path, source_roots=(tmp_path,), own_objects=("safe",))
    ignored = add_ignores(case.before.encode(), FILE, context, Selection(("ISO408",))).source.decode()
    assert "# isolator: ignore[ISO408]" in ignored
    write(tmp_path, {FILE: ignored})
    selection = Selection(("ISO303", "ISO408"))

    made = [engine.rewrite(ignored.encode() if path == FILE else b"", path, context, selection) for path in BOTH]

    assert sorted(cell for each in made for finding in each.fixed for cell in finding.cells) == sorted(leaked)
    assert all(line in made[0].source.decode().splitlines() for line in ignored.splitlines())
    write(tmp_path, {each.path: each.source.decode() for each in made})
    again = [engine.rewrite(each.source, each.path, context, selection) for each in made]
    assert [(each.source, each.fixed) for each in again] == [(each.source, ()) for each in made]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CASES", "@pytest.fixture(autouse=True, scope='module')\ndef new():\n    global CASES\n    CASES = []\n"),
        ("TestX.cases", "class TestX:\n    cases = []\n\n    def setup_method(self):\n        self.cases = []\n"),
        ("TestX.cases", "class TestX:\n    def setup(self):\n        self.cases = []\n"),
    ],
)
def test_what_tests_share_even_so(name: str, text: str, tmp_path: Path) -> None:
    text = f"import pytest\n\nCASES = []\n\n\n{text}\n\ndef test_a():\n    pass\n"
    write(tmp_path, {FILE: text})
    context = replace(CONTEXT, leaked=(f"{FILE}::{name}",), root=tmp_path, source_roots=(tmp_path,))
    assert any(CODEMOD.find(Source(text if path == FILE else "", path), context) for path in (FILE, "conftest.py"))


def test_the_guard_welcomes_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, {FILE: BEFORE})
    context = replace(CONTEXT, leaked=CELLS, root=tmp_path, source_roots=(tmp_path,))
    set_ups = CODEMOD.adds(Source(BEFORE, FILE), context).set_ups
    after = fix_file(BEFORE, tmp_path, *CELLS)
    assert differences(BEFORE, after, set_ups=set_ups) is None
    for old, new in [("list(CASES)", "[]"), ("global TOTAL\n    saved", "saved"), ("(autouse=True)", "")]:
        assert old in after
        assert differences(BEFORE, after.replace(old, new), set_ups=set_ups) is not None
