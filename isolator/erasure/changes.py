"""What a function changes in the environment, and whether two functions change the same, however either writes it."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from isolator.erasure.nodes import HEAD, Environment, statements
from isolator.erasure.operations import Operation, of_mapping, with_values
from isolator.erasure.scope import ENVIRON
from isolator.erasure.tidying import root


@dataclass(frozen=True)
class Change:
    """An operation and its place.

    ``around``: the loops it stands in (target and iterable) and the conditions (None and the test), outermost first.
    ``cleanup``: in a ``finally`` or behind a ``yield``. ``scoped``: by ``patch.dict``, which always means it.
    """

    operation: Operation
    around: tuple[tuple[ast.expr | None, ast.expr], ...] = ()
    cleanup: bool = False
    scoped: bool = False


@dataclass
class Erased:
    """What went from one function: its changes, and the ``forgotten`` names, which only these used.

    ``saved`` are the names that hold what the environment was; ``imports`` those it imports, ``read`` those it reads.
    """

    line: int = 0
    changes: list[Change] = field(default_factory=list)
    forgotten: set[str] = field(default_factory=set)
    saved: set[str] = field(default_factory=set)
    imports: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)


def label(function: ast.stmt, erased: Erased) -> None:
    """Write into each change that is left in a function which variables get which values, or go, there.

    What goes at the head is not written: a rewrite may unset there what a test needs unset.
    """
    effects = _Changes(erased).effects if erased.changes else {}
    for node in statements([function], nested=True) if effects else ():
        if isinstance(node, Environment):
            lines: dict[str, str] = {}
            for key, line in (effect for change in node.changes for effect in effects.get(id(change), [])):
                node.certain = node.certain and bool(line or not lines.get(key, key == "" and lines))
                if key:
                    lines[key] = line
                else:
                    lines.clear()
            node.sets = sorted(line for line in lines.values() if "=" in line or (line and HEAD not in node.changes))


def difference(before: Erased, after: Erased, unset: Collection[str] | None) -> str | None:
    """What the function after changes or imports otherwise than the one before, None if nothing; values are not told.

    ``unset`` are variables that it may unset besides, None for any.
    """
    for name in (before.imports - after.imports) & after.read:
        return f"{name} is no longer imported"
    old, new = _Changes(before), _Changes(after)
    for key in [*old.sets, *(k for k in new.sets if k not in old.sets)]:
        given = old.sets.get(key, [])
        if given != new.sets.get(key, []) and given != new.without_placeholders(key):
            return f"{old.shown.get(key) or new.shown[key]} is not set as it was"
    for key in old.unsets - new.unsets:
        return f"{old.shown[key]} is no longer unset"
    for key in new.unset_anywhere - old.shown.keys():
        if unset is not None and key not in map(repr, unset) and not (new.clears and new.only_kept(key)):
            return f"{new.shown[key]} is unset"
    if old.meant_clears > new.clears or (new.clears and not old.clears):
        return "the environment is not cleared as it was"
    return None


class _Changes:
    """The changes of one function, one by one: the values that each key is set to, in order, as text."""

    def __init__(self, erased: Erased) -> None:
        self.sets: dict[str, list[str]] = {}
        self.copied: set[str] = set()
        self.unsets: set[str] = set()
        self.unset_anywhere: set[str] = set()
        self.clears = 0
        self.meant_clears = 0
        self.cleared = False
        self.shown: dict[str, str] = {}
        # For each change, by its id: a key and what becomes of it, nothing if that is as before; no key: all of them.
        self.effects: dict[int, list[tuple[str, str]]] = {}
        steps = [(o, c) for c in erased.changes if c.operation.kind != "turn" for o in _one_by_one(c)]
        for index, (operation, change) in enumerate(steps):
            source, effects = _source(operation), self.effects.setdefault(id(change), [])
            if operation.kind == "clear":
                following = steps[index + 1][0] if index + 1 < len(steps) else operation
                effects.append(("", ""))
                puts_back = following.kind == "mapping" and _source(following) in erased.saved
                half = puts_back and not change.scoped  # of a restoration
                self.clears += 1
                self.cleared = self.cleared or not half
                self.meant_clears += change.scoped or not (half or change.cleanup or self.shown)
            elif _unsets(operation) and _asks_saved(operation, change, erased.saved):
                effects.append((_text(operation.key), ""))
            elif source == ENVIRON or source in erased.saved:
                self.copied |= {_text(operation.key)} if source == ENVIRON else set()
                effects.append((_text(operation.key), ""))
            else:
                effects.append(self._add(operation, change))

    def _add(self, operation: Operation, change: Change) -> tuple[str, str]:
        key, value = _text(operation.key), _text(operation.value)
        self.shown[key] = key or "a mapping"
        if operation.kind != "unset":
            self.sets.setdefault(key, []).append(value)
            return key or value, "" if _is_empty(operation.value) else f"{key} = {value}"
        self.unset_anywhere.add(key)
        if change.cleanup or key in self.copied or any(given != "''" for given in self.sets.get(key, ())):
            return key, ""
        self.unsets.add(key)
        # Behind a clear it may be there only so that what the code under test sets is undone.
        return key, "" if self.cleared else f"del {key}"

    def only_kept(self, key: str) -> bool:
        """Whether all that happens to a key is that its undoing is made sure of."""
        return set(self.sets.get(key, ())) == {"''"} and key in self.unset_anywhere

    def without_placeholders(self, key: str) -> list[str]:
        """The values without ``setenv(key, "")`` in front of ``delenv(key)``, which only makes sure of the undoing."""
        return [v for v in self.sets.get(key, []) if v != "''" or key not in self.unset_anywhere]


def _text(node: ast.expr | None) -> str:
    return ast.unparse(node) if node else ""


def _asks_saved(operation: Operation, change: Change, saved: set[str]) -> bool:
    """Whether it depends on what was saved that a variable is unset: which one it is, or whether at all."""
    tests = [test for target, test in change.around if target is None]
    names = {n.id for test in tests for n in ast.walk(test) if isinstance(n, ast.Name)}
    return bool(names & saved) or (operation.key is not None and root(operation.key) in saved)


def _unsets(operation: Operation) -> bool:
    """Whether this unsets a variable, or makes sure that its being unset is undone."""
    return operation.kind == "unset" or (operation.kind == "set" and _is_empty(operation.value))


def _is_empty(node: ast.expr | None) -> bool:
    """Whether this is the value that only makes sure that a ``delenv`` behind it is undone."""
    return isinstance(node, ast.Constant) and node.value == ""


def _source(operation: Operation) -> str | None:
    """The name that the value is read from, under whatever conditions: a saved one, the environment itself, another."""
    value = operation.value
    while isinstance(value, ast.Tuple) and value.elts:
        value = value.elts[0]
    return root(value) if value is not None else None


def _one_by_one(change: Change) -> Iterator[Operation]:
    """The operations with mappings and loops written out."""
    found = [change.operation]
    for target, expression in reversed(change.around):
        found = [step for operation in found for step in _unrolled(operation, target, expression)]
    for operation in found:
        if operation.kind == "mapping" and operation.value is not None:
            yield from of_mapping(operation.value)
        else:
            yield operation


def _unrolled(operation: Operation, target: ast.expr | None, iterable: ast.expr) -> list[Operation]:
    """What an operation in ``for target in iterable`` does over all turns, as far as the iterable is written out.

    Without a target it is a condition. Where the operation is the same at every turn, the loop becomes one as well.
    """
    names = [n.id for n in ast.walk(target) if isinstance(n, ast.Name)] if target else []
    parts = [n.id for p in (operation.key, operation.value) if p for n in ast.walk(p) if isinstance(n, ast.Name)]
    if not set(names) & set(parts):
        if operation.value is None or _is_empty(operation.value):
            return [operation]
        return [replace(operation, value=ast.Tuple([operation.value, iterable]))]
    if operation.kind == "unset" and any(isinstance(n, ast.Name) and n.id == ENVIRON for n in ast.walk(iterable)):
        return [Operation("clear")]
    if isinstance(target, ast.Name) and isinstance(iterable, (ast.Tuple, ast.List, ast.Set)):
        return [with_values(operation, {names[0]: turn}) for turn in iterable.elts]
    if len(names) == 2 and isinstance(target, ast.Tuple):
        mapping = _mapping_of(iterable)
        pairs = of_mapping(iterable if mapping is None else mapping)
        if parts == names and operation.kind == "set":
            return pairs
        if all(p.kind == "set" and p.key and p.value for p in pairs):
            return [with_values(operation, {names[0]: p.key, names[1]: p.value}) for p in pairs if p.key and p.value]
    unknown: list[ast.expr] = [ast.Subscript(iterable, ast.Constant(i)) for i in range(len(names))]
    return [with_values(operation, dict(zip(names, unknown, strict=True)))]


def _mapping_of(iterable: ast.expr) -> ast.expr | None:
    """``m`` for ``m.items()``."""
    if isinstance(iterable, ast.Call) and isinstance(iterable.func, ast.Attribute) and iterable.func.attr == "items":
        return iterable.func.value
    return None
