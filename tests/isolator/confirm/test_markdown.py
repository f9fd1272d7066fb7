"""What comes out of Markdown is what went in."""

from __future__ import annotations

import pytest

from isolator.report.markdown import code, prose, table


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("tests/a.py defines isolate_environment", "tests/a.py defines isolate_environment"),
        ("call Handler.__init__ of _private or trailing_", r"call Handler.\_\_init\_\_ of \_private or trailing\_"),
        ("keep `__init__` and `a*b`, not c*d", r"keep `__init__` and `a*b`, not c\*d"),
        (r"matches 'patch\.dict|<b>'", r"matches 'patch\\.dict|\<b>'"),
        ("test_a[x] and [Bb](oth)", r"test_a[x] and \[Bb](oth)"),
        ("two\nlines", "two lines"),
    ],
)
def test_prose(text: str, written: str) -> None:
    assert prose(text) == written


@pytest.mark.parametrize(
    ("text", "written"), [("a__b*", "`a__b*`"), ("a`b", "`` a`b ``"), ("``", "``` `` ```"), ("a\nb", "`a b`")]
)
def test_code(text: str, written: str) -> None:
    assert code(text) == written


def test_a_table_keeps_its_cells() -> None:
    assert list(table(("a|b", ""), [("`x|y`", "z"), ("", r"\|")])) == [
        r"| a\|b |  |",
        "| --- | --- |",
        r"| `x\|y` | z |",
        r"|  | \\| |",
    ]
    assert list(table(("a",), [])) == []
