"""Whether the tests of a file do the same: what the recorder noted of them, before and after.

The environment is the same at every statement up to the point where it used to be restored; after
that it is restored, even where it was not before. So a test does the same though, after its body
only (in tear-downs, in finalizers and in the clean-ups of a TestCase), a variable

- is already what it was when the call began, where the test had written it for good, and something
  wider put it back later, if anything; and what it was before a fixture, once that is over;
- is what it was while the fixtures were set up, and was unset: ``os.environ[k] = v; yield;
  os.environ.pop(k)`` forgets what was there before. So a second ``del`` of it failed, and does not;
- is still what the user's ``monkeypatch.setenv`` made it, though a block of a fixture that is
  rewritten rolled it back a little sooner.

What a test leaves may be what a wider fixture has set, which lasts; or what something that stays
had made of a variable before the test wrote it for good. And ``saved = os.environ[k]`` failed where
k was unset: that test never passed, and does since nothing has to be saved.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.codemods.state.kit import Record

Look = dict[str, str]
_OWN = re.compile(r"^\s+monkeypatch\.setenv\((NAME|\"\w\"), \"(\w*)\"\)", re.MULTILINE)
_FORGETS = re.compile(r"(?:environ\.pop[(,] ?|del os\.environ\[)(NAME|\"\w\")")
_SAVES = re.compile(r"saved_\d+ = os\.environ\[")
_DELETES = re.compile(r"del os\.environ\[")
_NAMES = re.compile(r"(?:\w+\.)?environ$|alias$|env\w*$")
_METHODS = ("update", "setdefault", "pop")


@dataclass(frozen=True)
class Texts:
    """A file before and after."""

    before: str
    after: str

    @property
    def raw(self) -> bool:
        """Whether something was written by hand that monkeypatch writes now."""
        return _raw_writes(self.after) < _raw_writes(self.before)

    def still_written(self) -> set[str]:
        """The variables that something still writes by hand."""
        return _written(ast.parse(self.after))

    def written_by(self, fixtures: set[str]) -> set[str]:
        """The variables that some fixtures wrote by hand."""
        functions = [n for n in ast.walk(ast.parse(self.before)) if isinstance(n, ast.FunctionDef)]
        return set().union(*(_written(f) for f in functions if f.name in fixtures))

    def forgotten(self) -> set[str]:
        """The variables that something unsets which are, perhaps, to be restored."""
        return {_key(key) for key in _FORGETS.findall(self.before)}

    def own(self) -> set[tuple[str, str]]:
        """What the tests set by their own ``monkeypatch``: the variable, and the value."""
        return {(_key(key), value) for key, value in _OWN.findall(self.before)}


def difference(before: Record, after: Record, prefix: str, texts: Texts) -> Iterator[str]:
    """What the tests of one file do in another way."""
    for test in (test for test in {**before, **after} if test.startswith(prefix)):
        if test not in before or test not in after:
            yield f"{test}: it is not in both"
            continue
        yield from (f"{test}: {told}" for told in _of_test(before[test], after[test], texts))


def _of_test(was: Any, now: Any, texts: Texts) -> Iterator[str]:  # noqa: ANN401 - what JSON gives
    left, stays = changes(was["left"]), changes(now["left"])
    new = {key: value for key, value in stays.items() if key not in left or value != left[key]}
    if not all(_may_stay(key, value, was, now, texts) for key, value in new.items()):
        yield f"it leaves {stays}, and left {left}"
    failed = was.get("failed", {})
    if "call" in failed and _SAVES.search(failed["call"]):
        return
    body = was.get("looks in body", len(was["seen"]))
    forgot = _DELETES.search(failed.get("teardown", "")) is not None
    for number, (one, other) in enumerate(zip(was["seen"], now["seen"], strict=False)):
        differing = [key for key in sorted({*one, *other}) if one.get(key) != other.get(key)]
        if differing and number >= body and forgot:
            break
        over = {name for name, looks in was["over"].items() if looks <= number}
        undone = {k for k in differing if _is_undone(k, other, over, was, texts)}
        more = [k for k in differing if k not in undone]
        may = number >= body and all(_may_differ(k, one, other, was, texts) for k in more)
        if differing and not may:
            yield f"look {number} saw {one}, and sees {other}"
            break
    if was["outcomes"] != now["outcomes"]:
        if not (forgot and was["outcomes"][:2] == now["outcomes"][:2]):
            yield f"{was['outcomes']} became {now['outcomes']}"
    elif len(was["seen"]) != len(now["seen"]):
        yield f"looks {len(was['seen'])} times, and {len(now['seen'])} times"


def _may_stay(key: str, value: object, was: Any, now: Any, texts: Texts) -> bool:  # noqa: ANN401
    """Whether a test may leave a variable with a value that it did not leave it with before."""
    wide = any(changed.get(key) == value for changed in now["wide"])
    return wide or _uncovers(key, value, was, texts)


def _is_undone(
    key: str,
    other: Look,
    over: set[str],
    was: Any,  # noqa: ANN401
    texts: Texts,
) -> bool:
    """Whether a fixture that is over wrote the variable for good, and it is what it was before."""
    wrote = key in texts.written_by(over)
    return wrote and any(state.get(key) == other.get(key) for state in was["set up"])


def _uncovers(key: str, value: object, was: Any, texts: Texts) -> bool:  # noqa: ANN401
    """Whether this is what something that stays had made of a variable before a test wrote it."""
    if not texts.raw or key not in texts.still_written():
        return False
    return key in changes(was["left"]) and any(look.get(key) == value for look in was["seen"])


def _may_differ(key: str, one: Look, other: Look, was: Any, texts: Texts) -> bool:  # noqa: ANN401
    """Whether a look after the body of a test may find another value of a variable."""
    value = other.get(key)
    if (texts.raw and value == was["at call"].get(key)) or _uncovers(key, value, was, texts):
        return True
    if key not in one and key in texts.forgotten():
        return (key, value) in texts.own() or any(s.get(key) == value for s in was["set up"])
    return (key, value) in texts.own()


def changes(left: list[object]) -> dict[str, object]:
    """What the environment differs in from what a test began with, as the recorder tells it."""
    start = {"B": "outer", "PATH": "set"}
    found = {pair[0]: pair[1] for pair in left if isinstance(pair, (list, tuple))} or start
    differing = [k for k in sorted({*start, *found}) if found.get(k) != start.get(k)]
    return {name: found.get(name) for name in differing}


def _key(text: str) -> str:
    return "C" if text == "NAME" else text.strip("\"'")


def _written(tree: ast.AST) -> set[str]:
    found = (n for n in ast.walk(tree) if isinstance(n, ast.Subscript) and _is_raw(n))
    return {_key(ast.unparse(node.slice)) for node in found}


def _raw_writes(text: str) -> int:
    return sum(map(_is_raw, ast.walk(ast.parse(text))))


def _is_raw(node: ast.AST) -> bool:
    match node:
        case ast.Subscript(value, ctx=ast.Store() | ast.Del()) | ast.AugAssign(value, ast.BitOr()):
            return _NAMES.match(ast.unparse(value)) is not None
        case ast.Call(ast.Attribute(value, method)) if method in _METHODS:
            return _NAMES.match(ast.unparse(value)) is not None
    return False
