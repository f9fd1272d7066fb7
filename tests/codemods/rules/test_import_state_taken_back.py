"""ISO404: what is taken from the path again restores it only if that is all that was added."""

from __future__ import annotations

import itertools
import sys
from typing import Any

import pytest

from codemods.context import Context
from isolator.engine.engine import Selection, rewrite
from isolator.guard.compare import differences

ADDED = ("sys.path.insert(0, 'a')", "sys.path.append('a')", "sys.path.insert(0, folder)")
TAKEN = (
    *("sys.path.remove('a')", "sys.path.remove('b')", "sys.path.remove(folder)"),
    *("sys.path.pop(0)", "sys.path.pop()", "del sys.path[0]"),
)
ENDS = ("", "look()", "sys.modules.pop('x', None)", "folder = 'c'")
FORMS = (
    "{added}    look()\n    {taken}\n    {end}\n",
    "{added}    try:\n        look()\n    finally:\n        {taken}\n    {end}\n",
    "{added}    try:\n        look()\n    finally:\n        {taken}\n        {end}\n",
    "{added}    {end}\n    if 'a' in sys.path:\n        {taken}\n    look()\n",
    "    for folder in ('a', 'c'):\n        sys.path.insert(0, folder)\n{added}    look()\n    {taken}\n    {end}\n",
)
HEAD = "import sys\n\n\ndef test_it(monkeypatch, folder='b'):\n"


def texts() -> list[str]:
    """Each form with one thing added or two, each way to take one back, and something after that or nothing."""
    additions = [*((one,) for one in ADDED), *itertools.permutations(ADDED, 2)]
    return [
        HEAD + form.format(added="".join(f"    {each}\n" for each in added), taken=taken, end=end or "pass")
        for form, added, taken, end in itertools.product(FORMS, additions, TAKEN, ENDS)
    ]


def seen(text: str) -> list[list[str]]:
    """What the path is wherever the test looks, and when its MonkeyPatch undoes what that has set."""
    found: list[list[str]] = []
    names: dict[str, Any] = {"look": lambda: found.append([*sys.path])}
    exec(compile(text, "test_it.py", "exec"), names)
    with pytest.MonkeyPatch.context() as around, pytest.MonkeyPatch.context() as monkeypatch:
        around.setattr(sys, "path", ["b", "here", "z"])  # with "a" there, remove takes that one: it is restored
        try:
            names["test_it"](monkeypatch)
        except (ValueError, AttributeError) as error:
            found.append([type(error).__name__])
    return found


@pytest.mark.parametrize("first", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 5))])
def test_the_path_is_the_same_wherever_the_test_looks(first: int) -> None:
    """One text in five: all of them take a quarter of a minute."""
    selection, fixed = Selection(select=("ISO404",), unsafe_fixes=True), 0
    for text in texts()[first::5]:
        result = rewrite(text.encode(), "test_it.py", Context(), selection)
        assert result.error is None
        after = result.source.decode()
        assert seen(after) == seen(text), f"{text}\n{after}"
        fixed += after != text
        again = rewrite(after.encode(), "test_it.py", Context(), selection)
        assert again.source == result.source

    assert fixed >= 10  # and more than 50 in all


def test_a_restoration_that_others_see_is_unchanged() -> None:
    text = HEAD + "    sys.path.insert(0, folder)\n    try:\n        look()\n    finally:\n        {}\n        look()\n"
    for taken in ("sys.path.remove(folder)", "sys.path.pop(0)"):
        source = text.format(taken).encode()
        result = rewrite(source, "test_it.py", Context(), Selection(select=("ISO404",)))
        assert (result.source, result.left) == (source, ())


@pytest.mark.parametrize(
    ("taken", "after"),
    [
        ("sys.path.remove('a')", "        monkeypatch.delattr(sys, 'path')\n"),
        ("sys.path.remove('b')", "        pass\n"),
        ("sys.path.pop()", "        pass\n"),
    ],
)
def test_the_guard_knows_by_itself_what_is_taken_back(taken: str, after: str) -> None:
    before = f"{HEAD}    sys.path.insert(0, 'a')\n    try:\n        look()\n    finally:\n        {taken}\n    look()\n"
    now = f"{HEAD}    monkeypatch.syspath_prepend('a')\n    try:\n        look()\n    finally:\n{after}    look()\n"

    assert differences(before, now) is not None


def test_the_guard_lets_go_what_takes_all_back() -> None:
    tried = "    try:\n        look()\n    finally:\n        sys.path.remove(folder)\n"
    before = f"{HEAD}    sys.path.insert(0, folder)\n{tried}"
    now = f"{HEAD}    with monkeypatch.context() as m:\n        m.syspath_prepend(folder)\n        look()\n"

    assert differences(before, now) is None
