"""Diffs side by side, in parts, compared exactly."""

from __future__ import annotations

from difflib import SequenceMatcher
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolator.repair.history import Changed
from isolator.report.html.colours import classes, coloured
from isolator.report.html.diff import Diff
from isolator.report.html.page import Block, Line

OLD = """import os
import sys


def test_first():
    os.environ["A"] = "1"
    assert True


class TestMore:
    def test_second(self):
        one = 1
        two = 2
        three = 3
        four = 4
        five = 5
        six = 6
        seven = 7
        os.environ["B"] = "2"
"""
NEW = """import sys


def test_first(monkeypatch):
    monkeypatch.setenv("A", "1")
    assert True


class TestMore:
    def test_second(self, monkeypatch):
        one = 1
        two = 2
        three = 3
        four = 4
        five = 5
        six = 6
        seven = 7
        monkeypatch.setenv("B", "2")
"""


UNITS = {"t.py::test_first", "t.py::TestMore::test_second"}


def shown(blocks: tuple[Block, ...]) -> list[str]:
    """The blocks as a plain diff with numbers of lines."""
    lines = []
    for block in blocks:
        lines += [f"… {block.skipped}"] if block.skipped else []
        if block.equal:
            assert [text(line) for line in block.old] == [text(line) for line in block.new]
            lines += [f"  {old.number} {new.number} {text(old)}" for old, new in zip(block.old, block.new, strict=True)]
        else:
            lines += [f"- {line.number} {text(line)}" for line in block.old]
            lines += [f"+ {line.number} {text(line)}" for line in block.new]
    return lines


def text(line: Line) -> str:
    return "".join(piece for _, piece in line.pieces)


def of(old: str | bytes | None, new: str | bytes) -> dict[str, list[str]]:
    before = old.encode() if isinstance(old, str) else old
    after = new.encode() if isinstance(new, str) else new
    diff = Diff(Changed("x/t.py", "t.py", before, after))
    return {unit: shown(blocks) for unit, blocks in diff.parts(UNITS).items()}


def test_a_part_for_each_test_and_one_for_the_rest() -> None:
    assert of(OLD, NEW) == {
        "t.py": ["- 1 import os", "  2 1 import sys", "  3 2 ", "  4 3 "],
        "t.py::test_first": [
            "  2 1 import sys",
            "  3 2 ",
            "  4 3 ",
            "- 5 def test_first():",
            '- 6     os.environ["A"] = "1"',
            "+ 4 def test_first(monkeypatch):",
            '+ 5     monkeypatch.setenv("A", "1")',
            "  7 6     assert True",
            "  8 7 ",
            "  9 8 ",
        ],
        "t.py::TestMore::test_second": [
            "  8 7 ",
            "  9 8 ",
            "  10 9 class TestMore:",
            "- 11     def test_second(self):",
            "+ 10     def test_second(self, monkeypatch):",
            "  12 11         one = 1",
            "  13 12         two = 2",
            "  14 13         three = 3",
            "… 1",
            "  16 15         five = 5",
            "  17 16         six = 6",
            "  18 17         seven = 7",
            '- 19         os.environ["B"] = "2"',
            '+ 18         monkeypatch.setenv("B", "2")',
            "  20 19 ",
        ],
    }


def test_what_no_finding_names_stays_together() -> None:
    old = "def a():\n    return 1\n\n\ndef b():\n    return 1\n"
    diff = Diff(Changed("t.py", "t.py", old.encode(), old.replace("return 1", "return 2").encode()))
    assert diff.unit_at(2) == "t.py::a"
    assert diff.unit_at(3) == "t.py"
    assert {unit: shown(blocks) for unit, blocks in diff.parts(()).items()} == {
        "t.py": [
            "  1 1 def a():",
            "- 2     return 1",
            "+ 2     return 2",
            "  3 3 ",
            "  4 4 ",
            "  5 5 def b():",
            "- 6     return 1",
            "+ 6     return 2",
            "  7 7 ",
        ]
    }


def test_a_new_file() -> None:
    assert of(None, "import os\n") == {"t.py": ["+ 1 import os", "  1 2 "]}


def test_other_files_than_python_have_one_part() -> None:
    assert of("def f(:\n    a\n", "def f(:\n    b\n") == {
        "t.py": ["  1 1 def f(:", "- 2     a", "+ 2     b", "  3 3 "],
    }


def test_the_ends_of_lines_of_windows_are_not_shown() -> None:
    assert of("a = 1\r\nb = 2\r\n", "a = 1\r\nb = 3\r\n")["t.py"][:3] == ["  1 1 a = 1", "- 2 b = 2", "+ 2 b = 3"]


def test_bytes_that_are_not_utf8_stay_what_they_are() -> None:
    assert of(b"a = '\xff'\n", b"a = '\xfe'\n")["t.py"][:2] == ["- 1 a = '\udcff'", "+ 1 a = '\udcfe'"]


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[3] / "isolator").glob("report/**/*.py")), ids=str)
def test_colours_lose_nothing(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert ["".join(piece for _, piece in line) for line in coloured(source)] == source.split("\n")


def test_colours() -> None:
    (line, *_) = coloured('def f(): return "a", 1  # c\n')
    assert [(name, piece) for name, piece in line if name] == [
        ("k", "def"),
        ("f", "f"),
        ("k", "return"),
        ("s", '"a"'),
        ("n", "1"),
        ("c", "# c"),
    ]
    assert {"k", "f", "s", "n", "c"} <= set(classes())


LINES = ["def f():", "    a = 1", "    b = 2", "", "def g():", "class C:", "    def m(self):", "        pass", "x = 1"]
SOURCES = st.lists(st.sampled_from(LINES), max_size=14).map(lambda lines: "".join(f"{line}\n" for line in lines))


@given(SOURCES, SOURCES)
def test_each_changed_line_is_in_one_part(old: str, new: str) -> None:
    diff = Diff(Changed("t.py", "t.py", old.encode(), new.encode()))
    blocks = [each for part in diff.parts({"t.py::f", "t.py::C::m"}).values() for each in part]
    changed = [block for block in blocks if not block.equal]
    befores, afters = old.split("\n"), new.split("\n")
    removed, added = set(), set()
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, befores, afters, autojunk=False).get_opcodes():
        if tag != "equal":
            removed |= set(range(i1 + 1, i2 + 1))
            added |= set(range(j1 + 1, j2 + 1))
    assert sorted(line.number for block in changed for line in block.old) == sorted(removed)
    assert sorted(line.number for block in changed for line in block.new) == sorted(added)
    for block in blocks:
        assert all(text(line) == befores[line.number - 1] for line in block.old)
        assert all(text(line) == afters[line.number - 1] for line in block.new)
        if block.equal:
            assert [text(line) for line in block.old] == [text(line) for line in block.new]
