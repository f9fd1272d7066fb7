"""What a function changes in the environment, and whether two functions change the same, however either writes it."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from isolator.guard.erasure.effects.tidying import root
from isolator.guard.erasure.syntax.nodes import names_in, text
from isolator.guard.erasure.syntax.operations import Operation, of_mapping, with_values
from isolator.guard.erasure.syntax.scope import ENVIRON


@dataclass(frozen=True, slots=True)
class Change:
    """An operation and its place.

    ``around``: the loops it stands in (target and iterable) and the conditions (None and the test), outermost first.
    ``cleanup``: in a ``finally`` or after a ``yield``. ``scoped``: by ``patch.dict``, which always means it. ``by``:
    the name of the MonkeyPatch or patcher that makes the change and takes it back, none for one that is made by hand.
    ``placeholder``: only makes sure that the deletion right after it is taken back.
    ``choice`` tells the ``if … elif … else`` apart that it stands in, 0 if there is none.
    ``apart``: in the tear-down of a class, and so not in the function of what it takes back.
    ``ran``: how many statements of the function that run other code stand in front of it.
    """

    operation: Operation
    around: tuple[tuple[ast.expr | None, ast.expr], ...] = ()
    cleanup: bool = False
    scoped: bool = False
    by: str = ""
    placeholder: bool = False
    choice: int = 0
    apart: bool = False
    ran: int = 0


@dataclass(slots=True)
class Erased:
    """What went from one function: its changes, and the ``forgotten`` names, which only these used.

    ``saved`` are the names that hold what the environment was; ``imports`` those it imports, ``read`` those it reads.
    ``saves`` are the names under which it was saved, each with the number of changes before that, and ``held`` what
    each of these names holds, as if that were unset.
    ``tear_down``: it undoes a MonkeyPatch that the set-up of its class made. ``unbound`` are names that it may read
    before it assigns them. ``mentioned`` are names that it reads or deletes, ``bindings`` the assignments to a name, or
    to an item of it, each with its conditions. ``fails`` are variables that it deletes where they are not set, and
    ``may_fail`` where it has deleted them by hand; ``ran`` counts its statements that run other code. ``may_unset`` are
    those that may be unset in addition, None for any.
    ``was`` is what went from the function before the rewrite. ``of_inner`` are the ids of the changes that functions
    in it make. ``late_reads`` are names that are first given what the environment holds when it has been cleared.
    ``unset_to_be_set`` are the keys that are unset right in front of being set, which does not count. ``constants``
    are what names of the module stand for.
    """

    line: int = 0
    changes: list[Change] = field(default_factory=list)
    forgotten: set[str] = field(default_factory=set)
    saved: set[str] = field(default_factory=set)
    saves: list[tuple[str, int]] = field(default_factory=list)
    held: list[tuple[str, Change]] = field(default_factory=list)
    tear_down: bool = False
    imports: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    unbound: set[str] = field(default_factory=set)
    mentioned: set[str] = field(default_factory=set)
    bindings: dict[str, list[str]] = field(default_factory=dict)
    fails: set[str] = field(default_factory=set)
    may_fail: set[str] = field(default_factory=set)
    ran: int = 0
    may_unset: Collection[str] | None = ()
    was: Erased | None = None
    late_reads: set[str] = field(default_factory=set)
    of_inner: set[int] = field(default_factory=set)
    unset_to_be_set: set[str] = field(default_factory=set)
    constants: Mapping[str, ast.expr] = field(default_factory=dict)


def difference(before: Erased, after: Erased, unset: Collection[str] | None, raising: bool = False) -> str | None:
    """What the function after changes or imports otherwise than the one before, None if nothing; values are not told.

    ``unset`` are variables that it may unset in addition, None for any. ``raising``: a ``monkeypatch.delenv`` that
    was there may get or lose its ``raising=``.
    """
    found = _names_differ(before, after)
    if before.changes or after.changes:
        loose = _deleted_alike(before, after) if raising else set()
        old, new = _Changes(before, loose), _Changes(after, loose)
        may_be_unset = None if unset is None else {*map(repr, unset)}
        found = chain(found, _values_differ(old, new, may_be_unset), _deletions_differ(old, new, may_be_unset))
    return next(found, None)


def _names_differ(before: Erased, after: Erased) -> Iterator[str]:
    """What is imported, bound, saved or read otherwise."""
    for name in sorted((before.imports - after.imports) & after.read):
        yield f"{name} is no longer imported"
    for name in sorted(after.unbound - before.unbound):
        yield f"{name} may be read before it is assigned"
    for name in sorted(before.saved & after.mentioned):
        if before.bindings.get(name) != after.bindings.get(name):
            yield f"{name} is not saved as it was"
    for name in sorted(before.bindings.keys() & after.bindings.keys()):
        was, now = before.bindings[name], after.bindings[name]
        if was != now and Counter(now) - Counter(was):
            yield f"{name} is not assigned as it was"
    for name in sorted(after.late_reads - before.bindings.keys()):
        yield f"{name} is read from an environment that has been cleared"
    for key in sorted(after.fails - before.fails - before.may_fail):
        yield f"{key} is deleted where it is not set"


def _values_differ(old: _Changes, new: _Changes, may_be_unset: Collection[str] | None) -> Iterator[str]:
    """What is set to another value, no longer unset, or changed in addition."""
    for key in [*old.sets, *(k for k in new.sets if k not in old.sets)]:
        if old.sets.get(key, []) != new.sets.get(key, []):
            yield f"{old.shown.get(key) or new.shown[key]} is not set as it was"
    for key in sorted(old.unsets - new.unsets):
        yield f"{old.shown[key]} is no longer unset"
    for key in sorted(old.steps.keys() & new.steps.keys()):
        unset_first = may_be_unset is None or key in may_be_unset or bool(new.clears)
        if not _follows(old.steps[key], [what for what, _ in new.steps[key]], unset_first):
            yield f"{old.shown[key]} is also set or unset"


def _deletions_differ(old: _Changes, new: _Changes, may_be_unset: Collection[str] | None) -> Iterator[str]:
    """What is deleted, put back or cleared otherwise, or by hand somewhere else."""
    required = [k for k in old.required.keys() & new.required.keys() if old.required[k] != new.required[k]]
    for key in [*sorted(required), *sorted((new.must & old.may) - old.must)]:
        yield f"{old.shown[key]} is deleted whether it is set or not, or no longer is"
    if new.put_back - old.put_back:
        yield "something is restored that was not, or in another way"
    for shown, _ in new.by_hand - old.by_hand:
        yield f"{shown} is changed by hand"
    for place in new.kept:
        if new.in_place[place] > old.in_place[place]:
            yield f"{place[0]} is changed by hand somewhere else"
    for key in sorted(new.unset_anywhere - old.shown.keys()):
        allowed = may_be_unset is None or key in may_be_unset
        if not allowed and not (new.clears and new.only_kept(key)):
            yield f"{new.shown[key]} is unset"
    if old.meant_clears > new.clears or (new.clears and not old.clears):
        yield "the environment is not cleared as it was"


def _deleted_alike(before: Erased, after: Erased) -> set[str]:
    """The keys that the same MonkeyPatches delete in both functions, as often, and nothing else does."""
    old, new = _deleters(before), _deleters(after)
    return {key for key, names in old.items() if all(names) and names == new.get(key)}


def _deleters(erased: Erased) -> dict[str, list[str]]:
    """By what each key is deleted, one by one: the name of a MonkeyPatch, or none for a deletion by hand."""
    found: dict[str, list[str]] = {}
    for change in erased.changes:
        for operation in one_by_one(change):
            if operation.kind == "unset":
                found.setdefault(text(operation.key), []).append(change.by)
    return found


def _follows(before: list[tuple[str, bool]], after: list[str], unset_first: bool) -> bool:
    """Whether what becomes of one key is the same, where what only puts it back may go.

    ``unset_first``: it may be unset first, as a test needs it, or so that what code sets after a clear is undone.
    """
    places = {0}
    if unset_first:
        places |= {n for n in range(1, len(after) + 1) if not any(what.startswith("=") for what in after[:n])}
    for what, optional in before:
        next_places = {n + 1 for n in places if after[n : n + 1] == [what]}
        places = next_places | (places if optional else set())
    return len(after) in places


class _Changes:
    """The changes of one function, one by one: the values that each key is set to, in order, as text.

    Of the ``loose`` keys it does not count whether their deletion fails if they are not set.
    """

    def __init__(self, erased: Erased, loose: Collection[str] = ()) -> None:
        self.sets: dict[str, list[str]] = {}
        self.copied: set[str] = set()
        self.unsets: set[str] = set()
        self.unset_anywhere: set[str] = set()
        self.clears = 0
        self.meant_clears = 0
        self.emptied = 0
        self.shown: dict[str, str] = {}
        self.required: dict[str, set[bool]] = {}
        # The keys whose deletion fails if they are not set, and those whose does not.
        self.must: set[str] = set()
        self.may: set[str] = set()
        # What becomes of each key, one by one, an empty text if it is deleted; and whether that only puts it back.
        self.steps: dict[str, list[tuple[str, bool]]] = {}
        # Where all has just been unset: by what, after how much code, and under which conditions.
        self.emptying: tuple[str, int, str] | None = None
        self.in_place: Counter[tuple[str, str, int]] = Counter()
        self.kept: set[tuple[str, str, int]] = set()
        self.by_hand: Counter[tuple[str, str]] = Counter()
        # By the choice that it stands in: of ``if saved is None: … else: …``, which put one key back, neither branch
        # goes alone. What puts it back twice in one branch belongs to two of these.
        choices: dict[tuple[int, str, int], list[str]] = {}
        branches: Counter[tuple[int, str, str]] = Counter()
        self.saved = erased.saved
        steps = [(o, c) for c in erased.changes if c.operation.kind != "turn" for o in one_by_one(c)]
        steps = [(replace(o, required=False) if text(o.key) in loose else o, c) for o, c in steps] if loose else steps
        for index, (operation, change) in enumerate(steps):
            following = steps[index + 1] if index + 1 < len(steps) else None
            source = source_of(operation)
            puts_back = following and following[0].kind == "mapping" and source_of(following[0]) in erased.saved
            shown = _shown(operation)
            counted = shown, operation.kind, change.ran
            self.in_place[counted] += not change.placeholder
            if not change.by:
                self.kept.add(counted)
                place = f"{' to put it back' if puts_back else ''}{_conditions(change)}, {change.ran} {change.cleanup}"
                self.by_hand[shown, f"{operation.kind}{place}"] += 1
            if operation.kind == "clear":
                self.emptying = change.by, change.ran, _conditions(change)
                half = puts_back and not change.scoped  # of a restoration
                self.clears += 1
                self.emptied += not half
                self.meant_clears += change.scoped or not (half or change.cleanup or self.shown)
            elif puts_back_saved(operation, change, self.saved):
                if not change.placeholder:
                    branch = change.choice, text(operation.key), _conditions(change)
                    branches[branch] += 1
                    choice = (*branch[:2], branches[branch] if change.choice else index)
                    choices.setdefault(choice, []).append(_put_back(operation, change))
            elif source == ENVIRON:
                self.copied |= {text(operation.key)} if source == ENVIRON else set()
            elif not change.placeholder:
                self._add(operation, change, known=index > 0 and steps[index - 1][1].placeholder)

        self.put_back = Counter(map(tuple, choices.values()))

    def _add(self, operation: Operation, change: Change, known: bool) -> None:
        """Note one operation; ``known``: on a variable that is set for certain."""
        key, value = text(operation.key), text(operation.value)
        self.shown[key] = key or "a mapping"
        elsewhere = change.apart or not key.startswith(("'", '"'))  # may have been set
        restores = (change.cleanup and elsewhere) or key in self.copied or key in self.sets
        unset = operation.kind == "unset"
        what = _unset_if(change, self.saved) if unset else f"= {value}, cleared {self.emptied} times"
        # After a clear this unsets nothing: it makes sure that what code sets is undone.
        where = change.by, change.ran, _conditions(change)
        if not (unset and known and change.by and where == self.emptying):
            self.steps.setdefault(key, []).append((what, unset and restores and not change.by))
        if not unset:
            self.emptying = None
            self.sets.setdefault(key, []).append(value)
            return
        self.unset_anywhere.add(key)
        if not restores:
            self.unsets.add(key)
        asked = any(n.id == ENVIRON for n in names_in(e for _, e in change.around))
        required = operation.required and not asked and not known
        if not restores:
            self.required.setdefault(key, set()).add(required)
        (self.must if required else self.may).add(key)

    def only_kept(self, key: str) -> bool:
        """Whether all that happens to a key is that its undoing is made sure of."""
        return key in self.unset_anywhere and key not in self.sets


def _put_back(operation: Operation, change: Change) -> str:
    """An operation that puts back what was saved, as text, with its conditions."""
    around = [text(test) for target, test in change.around if target is None]
    kind = f"{operation.kind} (required)" if operation.required else operation.kind
    return " ".join([kind, text(operation.key), text(operation.value), *around])


def _conditions(change: Change) -> str:
    return "".join(f" if {text(test)}" for target, test in change.around if target is None)


def _shown(operation: Operation) -> str:
    """An operation in a word or two; never a value."""
    return text(operation.key) or "the environment"


def _unset_if(change: Change, saved: set[str]) -> str:
    """That a variable is unset, with the conditions that do not ask for what the environment is or was."""
    tests = [test for target, test in change.around if target is None]
    names = [{n.id for n in names_in([test])} for test in tests]
    shown = [text(test) for test, known in zip(tests, names, strict=True) if not known & {ENVIRON, *saved}]
    return " if ".join(["unset in the end" if change.cleanup else "unset", *shown])


def asks_saved(operation: Operation, change: Change, saved: set[str]) -> bool:
    """Whether it depends on what was saved that a variable is unset: which one it is, or whether at all."""
    tests = [test for target, test in change.around if target is None]
    names = {n.id for n in names_in(tests)}
    for target, iterable in change.around:
        bound = {n.id for n in names_in([target])} if target else set()
        if names & bound:  # a turn's value: of ``(("A", saved_a), ("B", saved_b))``
            names |= {n.id for n in names_in([iterable])}
    return bool(names & saved) or (operation.key is not None and root(operation.key) in saved)


def puts_back_saved(operation: Operation, change: Change, saved: set[str]) -> bool:
    """Whether an operation gives a variable what was saved, or unsets it for what was saved."""
    source = source_of(operation)
    given = source in saved and source != ENVIRON
    return given or (unsets(operation, change) and asks_saved(operation, change, saved))


def unsets(operation: Operation, change: Change) -> bool:
    """Whether this unsets a variable, or makes sure that its being unset is undone."""
    return operation.kind == "unset" or change.placeholder


def source_of(operation: Operation) -> str | None:
    """The name that the value is read from, under whatever conditions: a saved one, the environment itself, another."""
    value = operation.value
    while isinstance(value, ast.Tuple) and value.elts:
        value = value.elts[0]
    return root(value) if value is not None else None


def one_by_one(change: Change) -> Iterator[Operation]:
    """The operations with mappings and loops written out."""
    found = [change.operation]
    around = list(change.around)
    while around and around[-1][0] is None and _is_chosen(change.operation, around[-1][1]):
        chosen = ast.Tuple([part for part in (change.operation.key, around.pop()[1]) if part is not None])
        found = [replace(operation, key=chosen) for operation in found]
    for target, expression in reversed(around):
        found = [step for operation in found for step in _unrolled(operation, target, expression, change.placeholder)]
    for operation in found:
        if operation.kind == "mapping" and operation.value is not None:
            yield from of_mapping(operation.value)
        else:
            yield operation


def _unrolled(operation: Operation, target: ast.expr | None, iterable: ast.expr, placeholder: bool) -> list[Operation]:
    """What an operation in ``for target in iterable`` does over all turns, if the iterable is written out.

    Without a target it is a condition. Where the operation is the same at every turn, the loop becomes one as well.
    """
    names = [n.id for n in names_in([target])] if target else []
    parts = [n.id for p in (operation.key, operation.value) if p for n in names_in([p])]
    if not set(names) & set(parts):
        if operation.kind == "clear" and target is not None:  # at each turn
            return [Operation("unset", iterable)]
        if operation.value is None or placeholder:
            return [operation]
        return [replace(operation, value=ast.Tuple([operation.value, iterable]))]
    if operation.kind == "unset" and _is_whole(iterable):
        return [Operation("clear")]
    if isinstance(target, ast.Name) and isinstance(iterable, (ast.Tuple, ast.List, ast.Set)):
        return [with_values(operation, {names[0]: turn}) for turn in iterable.elts]
    if isinstance(target, ast.Name) and isinstance(iterable, ast.Dict) and None not in iterable.keys:
        return [with_values(operation, {names[0]: turn}) for turn in iterable.keys if turn is not None]
    if len(names) == 2 and isinstance(target, ast.Tuple):
        mapping = _mapping_of(iterable)
        pairs = of_mapping(iterable if mapping is None else mapping)
        as_they_are = isinstance(operation.key, ast.Name) and isinstance(operation.value, ast.Name)
        if parts == names and as_they_are and operation.kind == "set":
            return pairs
        if all(p.kind == "set" and p.key and p.value for p in pairs):
            return [with_values(operation, {names[0]: p.key, names[1]: p.value}) for p in pairs if p.key and p.value]
    unknown: list[ast.expr] = [ast.Subscript(iterable, ast.Constant(i)) for i in range(len(names))]
    return [with_values(operation, dict(zip(names, unknown, strict=True)))]


def _is_chosen(operation: Operation, test: ast.expr) -> bool:
    """Whether a condition says which variables are unset: ``if name.startswith("APP_"): del os.environ[name]``."""
    if operation.kind != "unset" or not isinstance(operation.key, ast.Name):
        return False
    names = {n.id for n in names_in([test])}
    return operation.key.id in names and ENVIRON not in names


def _is_whole(iterable: ast.expr) -> bool:
    """Whether these are all variables: ``os.environ``, ``list(os.environ)``, ``os.environ.copy().keys()``."""
    match iterable:
        case ast.Name(name):
            return name == ENVIRON
        case ast.Call(ast.Name("list" | "tuple" | "set" | "frozenset" | "sorted" | "dict"), [inner], []):
            return _is_whole(inner)
        case ast.Call(ast.Attribute(inner, "copy" | "keys"), [], []):
            return _is_whole(inner)
        case ast.List([ast.Starred(inner)]) | ast.Tuple([ast.Starred(inner)]):
            return _is_whole(inner)
    return False


def _mapping_of(iterable: ast.expr) -> ast.expr | None:
    """``m`` for ``m.items()``."""
    match iterable:
        case ast.Call(ast.Attribute(mapping, "items"), [], []):
            return mapping
    return None
