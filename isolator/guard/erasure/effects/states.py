"""What the environment holds at each mark of a function: its changes are followed, statement by statement.

A variable is as at the start of the function, unset, or has a value, which is an expression as text.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from itertools import takewhile

from isolator.guard.erasure.effects.changes import Change, Erased, asks_saved, one_by_one, source_of, unsets
from isolator.guard.erasure.effects.put_back import held
from isolator.guard.erasure.effects.tidying import root
from isolator.guard.erasure.syntax.nodes import (
    FUNCTIONS,
    HEAD,
    Environment,
    Undo,
    blocks,
    is_compound,
    is_try,
    names_in,
    text,
)
from isolator.guard.erasure.syntax.operations import Operation
from isolator.guard.erasure.syntax.scope import ENVIRON

Value = frozenset[str]
START: Value = frozenset({"as at the start"})
UNSET: Value = frozenset({"unset"})
# Among what a variable may be: the code before deletes it to put it back, so either will do.
EITHER = "either"
# Stands for the variables that a set-up changed, as long as its tear-down has not put them back.
_SET_UP = "**set-up"
_ENDS = (ast.Return, ast.Raise, ast.Break, ast.Continue)


@dataclass(frozen=True, slots=True)
class State:
    """The ``values`` of variables by the text of their key, in the order of the changes.

    ``cleared``: all others are unset. A mapping that is not written out has a key that begins with ``**``. ``head`` are
    those that are unset at the head of the function, where a rewrite may unset what a test needs unset.
    """

    values: tuple[tuple[str, Value], ...] = ()
    cleared: bool = False
    head: frozenset[str] = frozenset()

    def value(self, key: str) -> Value:
        """What a variable is."""
        return dict(self.values).get(key, UNSET if self.cleared else START)

    def having(self, key: str, value: Value, head: bool = False) -> State:
        """The state after a change of one variable."""
        values = [pair for pair in self.values if pair[0] != key]
        told = value == UNSET and bool(values) and not _is_written_out(key)  # it may be one of those
        if told or value != (UNSET if self.cleared else START):
            values.append((key, value))
        return replace(self, values=tuple(values), head=self.head | {key} if head else self.head - {key})

    def back_to(self, then: State, key: str) -> State:
        """The state with one variable as in another, in its place among the others."""
        value = then.value(key)
        values = [pair for pair in self.values if pair[0] != key]
        if value != (UNSET if self.cleared else START):
            ahead = {other for other, _ in takewhile(lambda pair: pair[0] != key, then.values)}
            index = max((n for n, pair in enumerate(values, 1) if pair[0] in ahead), default=0)
            values.insert(index if key in dict(then.values) else len(values), (key, value))
        return replace(self, values=tuple(values), head=self.head - {key})

    def runs(self) -> list[dict[str, Value]]:
        """The values, cut where the order counts: before and after what may be any key."""
        found: list[dict[str, Value]] = [{}]
        for key, value in self.values:
            alone = not _is_written_out(key)
            found += [{}, {}] if alone else []
            found[-2 if alone else -1][key] = value
        return found

    def looks_like(self, after: State) -> bool:
        """Whether code that ran in this state before a rewrite may run in another after it."""
        was, now = self.runs(), after.runs()
        if self.cleared != after.cleared or len(was) != len(now):
            return False
        pairs = zip(was, now, strict=True)
        return all(
            _allows(self._told(old, key), self._told(new, key), key in after.head)
            for old, new in pairs
            for key in {**old, **new}
        )

    def _told(self, run: dict[str, Value], key: str) -> Value:
        """What a variable is in a run; of one whose name is computed, only what is told."""
        return run.get(key, (UNSET if self.cleared else START) if _is_written_out(key) else frozenset())


def _is_written_out(key: str) -> bool:
    return key.startswith(("'", '"'))


def follow(function: ast.stmt, erased: Erased) -> None:
    """Write into each mark of a function what the environment is there."""
    if not erased.tear_down:
        Follower(erased).follow([function], State())
        return
    left = State(((_SET_UP, frozenset({_SET_UP})),))
    body: list[ast.stmt] = getattr(function, "body")  # noqa: B009 - of either kind of function
    first = Follower(erased)
    first.follow(body, left)
    Follower(erased, last_end=first.ends).follow(body, left)


def _allows(old: Value, new: Value, head: bool) -> bool:
    if old == new or (EITHER in old and new <= old):
        return True
    return head and (new, old) == (UNSET, START)


def joined(first: State, second: State) -> State:
    """The state where two ways through a function meet."""
    if first == second:
        return first
    values = {key: first.value(key) | second.value(key) for key, _ in (*first.values, *second.values)}
    return State(tuple(values.items()), first.cleared and second.cleared, first.head & second.head)


@dataclass(slots=True)
class Follower:
    """Follows the changes of one function, and writes into each mark in it what the environment is there.

    ``ends`` counts what undoes changes of a set-up, up to ``last_end``, after which they are undone for certain.
    """

    erased: Erased
    before: dict[int, State] = field(default_factory=dict)
    undone: set[int] = field(default_factory=set)
    turns: set[int] = field(default_factory=set)

    ends: int = 0
    last_end: int = 0
    held: dict[str, set[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.held = held(self.erased)

    def follow(self, body: Iterable[ast.stmt], state: State) -> tuple[State, bool]:
        """The state after some statements that begin in this one, and whether they can get there."""
        goes_on = True
        for statement in body:
            if isinstance(statement, Environment):
                state = statement.state = self._changed(statement, state)
            elif isinstance(statement, FUNCTIONS):
                self.follow(statement.body, State())
            elif isinstance(statement, ast.ClassDef):
                state, _ = self.follow(statement.body, state)
            elif is_compound(statement):
                state = self._within(statement, state)
            elif isinstance(statement, _ENDS):
                goes_on = False
        return state, goes_on

    def _within(self, statement: ast.stmt, state: State) -> State:
        if is_try(statement):
            return self._within_try(statement, state)
        if isinstance(statement, (ast.With, ast.AsyncWith)):
            return self.follow(statement.body, state)[0]
        ends = [state] if not isinstance(statement, ast.If) or not statement.orelse else []
        for owner, part in blocks(statement):
            end, goes_on = self.follow(getattr(owner, part), state)
            ends += [end] if goes_on else []
        return _met(ends or [state])

    def _within_try(self, statement: ast.Try, state: State) -> State:
        end, goes_on = self.follow(statement.body, state)
        failed = joined(state, end)
        ends: list[State] = []
        for handler in statement.handlers:
            handled, handles = self.follow(handler.body, failed)
            ends += [handled] if handles else []
        end, also = self.follow(statement.orelse, end)
        ends += [end] if goes_on and also else []
        return self.follow(statement.finalbody, _met(ends or [end]))[0]

    def _changed(self, mark: Environment, state: State) -> State:
        head = HEAD in mark.steps
        for step in mark.steps:
            if isinstance(step, Undo):
                state = self._undone(step.changes, state)
                state = state if step.changes else self._ended(state)
            elif isinstance(step, Change):
                self.before.setdefault(id(step), state)
                for operation in one_by_one(step):
                    state = self._after(operation, step, state, head)
        return state

    def _ended(self, state: State) -> State:
        """The state after something that restores, in a tear-down, what the set-up changed: all, or part of it."""
        if _SET_UP not in dict(state.values):
            return state
        self.ends += 1
        if self.ends == self.last_end:
            return state.having(_SET_UP, START)
        return state.having(_SET_UP, START | {_SET_UP, EITHER})

    def _undone(self, changes: Iterable[object], state: State) -> State:
        """The state with what some changes did taken back."""
        for change in reversed(list(changes)):
            then = self.before.get(id(change))
            if isinstance(change, Change) and then is not None and id(change) not in self.undone:
                self.undone.add(id(change))
                state = _taken_back(change, then, state)
        return state

    def _after(self, operation: Operation, change: Change, state: State, head: bool) -> State:
        """The state after one operation."""
        if operation.kind == "turn":
            return state
        if operation.kind == "clear":
            self._emptied(change)
            return State(tuple(pair for pair in state.values if pair[0] == _SET_UP), cleared=True)
        key, source = text(operation.key), source_of(operation)
        saved = self.erased.saved
        if unsets(operation, change) and asks_saved(operation, change, saved):
            return self._restored(change, key, _names_in(operation, change) & saved, state)
        if source in saved:
            return self._restored(change, key, {source or ""}, state)
        if operation.kind == "mapping":
            return self._mapped(operation, source, state)
        if operation.kind == "unset":
            if operation.required and _is_written_out(key):
                self._deleted(key, state.value(key))
            at_head = head and change.by != "" and not self._is_unset_elsewhere(key)
            state = state.having(key, self._unset(key, change, state), at_head)
            # In a tear-down that takes away what the set-up gave.
            return self._ended(state) if change.cleanup and not change.by else state
        return state.having(key, frozenset({text(operation.value)}))

    def _deleted(self, key: str, value: Value) -> None:
        """Note if a deletion fails where a variable is not set, unless code that has run since has set it."""
        if value == UNSET:
            self.erased.fails.add(key)
        elif UNSET < value <= UNSET | START | {EITHER}:
            self.erased.may_fail.add(key)

    def _is_unset_elsewhere(self, key: str) -> bool:
        """Whether the code before changes a variable that no test is known to need unset."""
        if self.erased.may_unset is None or self.erased.was is None or key in map(repr, self.erased.may_unset):
            return False
        return any(text(o.key) == key for change in self.erased.was.changes for o in one_by_one(change))

    def _emptied(self, change: Change) -> None:
        """Note if a variable is deleted twice in one turn of the loop that deletes all."""
        turn = id(change.around[-1][1]) if change.around else 0
        if turn and turn in self.turns and change.operation.required:
            self.erased.fails.add("what the loop deletes")
        self.turns.add(turn)

    def _mapped(self, operation: Operation, source: str | None, state: State) -> State:
        given = text(operation.value)
        if source == ENVIRON and given in _WHOLE:  # what it held before it was cleared, or what it holds
            return self._before_clear(state) if state.cleared else state
        return state.having(f"**{given}", frozenset({given}))

    def _before_clear(self, state: State) -> State:
        cleared = [then for index, then in self.before.items() if not then.cleared and index in self._clears()]
        return cleared[-1] if cleared and not state.values else state.having("**", frozenset({"all that was set"}))

    def _clears(self) -> set[int]:
        return {id(c) for c in self.erased.changes for o in one_by_one(c) if o.kind == "clear"}

    def _unset(self, key: str, change: Change, state: State) -> Value:
        """What a variable is after its deletion: by a MonkeyPatch unset, by hand perhaps meant to be put back."""
        if change.by or state.cleared:
            return UNSET
        set_before = [then for other, then in self._earlier(change) if _sets(other, key)]
        if set_before:
            return UNSET | set_before[0].value(key) | {EITHER}
        copied = any(
            source_of(o) == ENVIRON and text(o.key) == key for c, _ in self._earlier(change) for o in one_by_one(c)
        )
        return UNSET | state.value(key) | {EITHER} if change.cleanup or copied else UNSET

    def _earlier(self, change: Change) -> list[tuple[Change, State]]:
        """The changes before one, in the order of the file, each with the state it met."""
        earlier = self.erased.changes[: self._index(change)]
        return [(c, self.before[id(c)]) for c in earlier if id(c) in self.before]

    def _index(self, change: Change) -> int:
        """How many changes come before one in the file."""
        return next((i for i, c in enumerate(self.erased.changes) if c is change), len(self.erased.changes))

    def _restored(self, change: Change, key: str, names: Collection[str], state: State) -> State:
        """The state with one variable, several, or all of them, as when they were saved under one of these names."""
        index = self._index(change)
        since = max((at for name, at in self.erased.saves if name in names and at <= index), default=0)
        later = {id(other) for other in self.erased.changes[since:]}
        known = [pair for pair in self._earlier(change) if id(pair[0]) in later]
        keys = {key} if change.operation.kind != "mapping" and _is_written_out(key) else self._held(names)
        whole = state.cleared or not keys
        for other, then in reversed(known):
            if whole:
                state = _taken_back(other, then, state)
            for each in sorted(keys) if not whole else ():
                if any(text(o.key) == each or o.kind in ("clear", "mapping") for o in one_by_one(other)):
                    state = state.back_to(then, each)
        return self._ended(state)

    def _held(self, names: Collection[str]) -> set[str]:
        """The variables that one of these names holds, none if it is not known which."""
        keys = {key for name in names for key in self.held.get(name, ())}
        return keys if all(map(_is_written_out, keys)) else set()


_WHOLE = {ENVIRON, f"{ENVIRON}.copy()", f"dict({ENVIRON})", f"{{**{ENVIRON}}}"}


def _taken_back(change: Change, then: State, state: State) -> State:
    for operation in one_by_one(change):
        if operation.kind == "clear":
            return then
        key = text(operation.key) or f"**{text(operation.value)}"
        state = state.back_to(then, key)
    return state


def _sets(change: Change, key: str) -> bool:
    return any(o.kind != "unset" and text(o.key) == key for o in one_by_one(change))


def _names_in(operation: Operation, change: Change) -> set[str]:
    tests = [test for target, test in change.around if target is None]
    names = {n.id for n in names_in(tests)}
    return names | ({root(operation.key) or ""} if operation.key is not None else set())


def _met(states: list[State]) -> State:
    state = states[0]
    for other in states[1:]:
        state = joined(state, other)
    return state
