"""Mutations that provably change nothing, each with the reason. All others the guard must catch."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from tests.isolator.rewrites.mutations import Mutation


class Harmless(NamedTuple):
    """The kinds of mutation, what they are done to (every line of it must match), and why that changes nothing."""

    kinds: frozenset[str]
    shown: re.Pattern[str]
    reason: str
    also: Callable[[Mutation], bool] = lambda _: True


def _of(kinds: str, shown: str, reason: str, also: Callable[[Mutation], bool] = lambda _: True) -> Harmless:
    return Harmless(frozenset(kinds.split(", ")), re.compile(shown), reason, also)


def _different_keys(mutation: Mutation) -> bool:
    """Whether two lines set or delete other variables, both of which are written out, and compute nothing."""
    keys = re.findall(r"env\('(\w+)'", mutation.shown)
    return len(set(keys)) == 2 and not re.search(r"env\('\w+', .*\(", mutation.shown)


_CHANGE = r"\w+\.(setenv|delenv)\(.*\)$"
_IMPORT = r"(import|from) "
HARMLESS = (
    _of("statements swapped, statement twice, moved into the head of a block", _IMPORT, "an import binds a name, in any order and again"),
    _of("statements swapped", _CHANGE, "two variables that are set one after the other, in either order", _different_keys),
    _of("statement twice, unset again", r"\w+\.delenv\(.*raising=False\)$|\w+\.delenv\(name\)$", "what is unset is unset again, without an error"),
    _of("raising= added", r"\w+\.delenv\(", "what is certainly set can be deleted without an error, and True is the default"),
    _of("statement twice", r"(self|cls)\.\w+\.undo\(\)$|for name in list\(os\.environ\):$", "there is nothing left to undo or to unset"),
)


def reason(mutation: Mutation) -> str | None:
    """Why a mutation changes nothing, None if it changes something."""
    lines = mutation.shown.split("\n")
    for each in HARMLESS:
        if mutation.kind in each.kinds and all(map(each.shown.match, lines)) and each.also(mutation):
            return each.reason
    return None
