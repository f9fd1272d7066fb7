"""Mutations that provably change nothing, each with the reason. All others the guard must catch."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from tests.isolator.rewrites.mutations import Mutation


def _asserts_locals(mutation: Mutation) -> bool:
    """Whether one of two lines is an assertion that reads neither the environment nor anything that could."""
    lines = mutation.shown.split("\n")
    return any(line.startswith("assert ") and not re.search(r"environ|\(", line) for line in lines)


class Harmless(NamedTuple):
    """The kinds of mutation, what they are done to, and why that changes nothing.

    Every line of what it is done to must match, or one of them if ``one`` says so.
    """

    kinds: frozenset[str]
    shown: re.Pattern[str]
    reason: str
    also: Callable[[Mutation], bool] = lambda _: True
    one: bool = False


def _of(
    kinds: str, shown: str, reason: str, also: Callable[[Mutation], bool] = lambda _: True, one: bool = False
) -> Harmless:
    return Harmless(frozenset(kinds.split(", ")), re.compile(shown), reason, also, one)


def _apart(mutation: Mutation) -> bool:
    """Whether only one of the lines speaks of the name that one of them binds."""
    names = re.findall(r"^([\w.]+) = ", mutation.shown, re.MULTILINE)
    return all(len(re.findall(rf"\b{re.escape(name)}\b", mutation.shown)) == 1 for name in names)


def _different_keys(mutation: Mutation) -> bool:
    """Whether two lines set or delete other variables, both of which are written out, and compute nothing."""
    keys = re.findall(r"env\('(\w+)'", mutation.shown)
    return len(set(keys)) == 2 and not re.search(r"env\('\w+', (?!str\().*\(", mutation.shown)


_CHANGE = r"\w+(\.\w+)?\.(setenv|delenv)\('\w+'"
_IMPORT = r"(import|from) "
_DEFINITION = r"(@|def |class |async def |\w+ = \[)"
_ALIAS = r"env = os\.environ$|alias = system\.environ$"
_MADE = r"\w+(\.\w+)? = pytest\.MonkeyPatch\(\)$"
_EMPTIED = r"for name in list\(os\.environ\):$|[\w.]+\.delenv\(name\)$"
_CONTEXT = r"with (pytest\.MonkeyPatch|monkeypatch|m)\.context\(\)"
HARMLESS = (
    _of(
        "statements swapped, statement twice, statement dropped",
        rf"{_IMPORT}|\w+ = object\(\)$|pass$|{_DEFINITION}",
        "imports and definitions stand in any order; what nothing reads may go",
    ),
    _of("statements swapped", _CHANGE, "two variables are set one after the other, in either order", _different_keys),
    _of(
        "statements swapped, statement twice, statement dropped, made conditional, moved into the head of a block",
        _ALIAS,
        "a name for os.environ is the same object wherever it is bound",
        _apart,
        one=True,
    ),
    _of("statements swapped", _MADE, "a MonkeyPatch that is made changes nothing yet", _apart, one=True),
    _of("statements swapped", r"[\w.]+ = ['\"\[]", "binding a constant sees no change", _apart, one=True),
    _of("moved into the head of a block", _CONTEXT, "to enter a context of a MonkeyPatch changes nothing", one=True),
    _of(
        "statement twice, unset again",
        rf"{_EMPTIED}|.*raising=False\)$",
        "what is unset is unset again, without an error",
    ),
    _of("statement twice", r"(self|cls)\.\w+\.undo\(\)$", "there is nothing left to undo"),
    _of("raising= added", r"[\w.]+\.delenv\(", "it is set for certain, or True, which is the default, is added"),
    _of("statements swapped", r"assert ", "an assertion over local names sees no change", _asserts_locals, one=True),
    _of("parameter lost, parameters swapped", r"mocker\b", "nothing reads it, and what it gives is made all the same"),
    _of("renamed", r"(patched_)?environment$", "an autouse fixture that is new may have any name"),
    _of("parameter added", r"(setup|teardown)_method$", "pytest hands over the method"),
    _of(
        "moved into the head of a block, moved out in front of a block",
        rf"try:$|with pytest\.raises|{_CHANGE}",
        "setting a constant cannot fail",
    ),
    _of(
        "moved into a block, moved out in front of a block", _CONTEXT, "a context of its own changes nothing", one=True
    ),
    _of("moved out of a block", r"assert ", "an assertion over local names sees no change", _asserts_locals, one=True),
    _of("constant", r"None$", "what pop returns is not read"),
    _of("statement twice", r"\w+ = '", "binding a constant again"),
    _of(
        "statements swapped",
        r"missing = object\(\)$|\w+ = \{'",
        "binding a new object sees no change",
        _apart,
        one=True,
    ),
)
# What the guard does not notice yet: kinds of mutation, and what they are done to.
GAPS = (
    _of(
        "made conditional, statement dropped, argument lost, constant",
        r".*os\.environ|'\w'$",
        "how a value is saved that a kept restoration reads",
    ),
    _of("statement dropped", r"\w+\.delenv\(", "one of the ways of a kept restoration"),
    _of(
        "statements swapped, moved into the head of a block",
        r"environment = ",
        "a copy that is made behind a clear",
        one=True,
    ),
    _of(
        "statement dropped, unset again",
        r"\w+\.setenv\('\w+', ''\)$",
        "that an unset is undone, whatever the code sets",
    ),
    _of("made conditional", r"[\w.]+ = ", "a value that is computed under a condition, and set further down"),
    _of("statement dropped", r"\w+ = \{\}$", "the dict that a kept restoration saves in"),
    _of("environment cleared", r"", "a clear beside one that is put back"),
    _of("moved out of a block, statement dropped", r"yield$", "the yield of a fixture that a class gets", one=True),
)


def reason(mutation: Mutation, among: tuple[Harmless, ...] = HARMLESS) -> str | None:
    """Why a mutation changes nothing, None if it changes something; or the gap that it falls into."""
    lines = mutation.shown.split("\n")
    for each in among:
        matched = [each.shown.match(line) is not None for line in lines]
        if mutation.kind in each.kinds and (any if each.one else all)(matched) and each.also(mutation):
            return each.reason
    return None
