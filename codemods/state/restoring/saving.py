"""Manual saving: which names hold saved values of the environment."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from codemods.python.names import Function, children, every_node, own_nodes, walk
from codemods.state.expressions.foreign import head_of
from codemods.state.model.edits import Calls, Gone
from codemods.state.model.kind import Spelling
from codemods.state.model.operations import WHOLE, Bind, Operation, Set, Text
from codemods.state.model.plan import Plan
from codemods.state.patchers.kept_patchers import method_of

_IN_DICT = re.compile(r"(\w+)(?:\[(.+)\]|\.(?:get|pop)\((.+)\))", re.DOTALL)


@dataclass
class Saved:
    """The names that hold saved values, with the keys that these were saved from (``*`` for the
    whole environment).

    ``dicts`` are those that hold the values of several keys, ``lines`` where each was first
    saved, ``sentinels`` the names of objects that stand for unset variables. ``started`` are the
    patchers that a function keeps, each with the line on which it starts: ``stop`` restores.
    """

    spelling: Spelling
    names: dict[str, frozenset[str]] = field(default_factory=dict)
    dicts: set[str] = field(default_factory=set)
    lines: dict[str, int] = field(default_factory=dict)
    sentinels: set[str] = field(default_factory=set)
    started: dict[str, int] = field(default_factory=dict)

    def save(self, statement: ast.stmt) -> None:
        """Remember the names if the statement saves a variable, several, all of them, or whether
        one is set.
        """
        for name, index, value in [*_assigned(statement), *_named(statement)]:
            keys = self._read(value)
            if keys is None or (index is not None and keys != self.spelling.scope.text(index).keys):
                continue
            several = (
                index is not None or isinstance(value, (ast.Dict, ast.DictComp)) or WHOLE in keys
            )
            self.names[name] = keys | (
                self.names.get(name, frozenset()) if index is not None else frozenset()
            )
            if index is None or name not in self.lines:  # saved again, it holds the current value
                self.lines[name] = statement.lineno
            if several:
                self.dicts.add(name)
            match value:
                case ast.Call(_, [_, ast.Name(default)]):
                    self.sentinels.add(default)

    @contextmanager
    def given(self, value: str, keys: frozenset[str], line: int) -> Iterator[None]:
        """Inside a loop over saved values, whose name hides another one of the function; without a
        name, nothing changes.
        """
        names, lines = dict(self.names), dict(self.lines)
        if value:
            self.names[value], self.lines[value] = keys, line
        try:
            yield
        finally:
            self.names, self.lines = names, lines

    def held(self, value: Text, key: Text) -> frozenset[str] | None:
        """The keys whose saved value an expression gives, for assignment to ``key``."""
        name = self.spelling.held_name(value.code)
        if name in self.names and name not in self.dicts:
            return self.names[name]
        found = _IN_DICT.fullmatch(value.code)
        if found is None or found[1] not in self.dicts:
            return None
        index = found[2] or found[3]
        same = index == key.code or self._known(index) == key.keys
        return self.names[found[1]] if same else None

    def _known(self, code: str) -> frozenset[str]:
        """The keys that the code of an index is known to stand for."""
        try:
            return self.spelling.scope.known(ast.parse(f"({code})", mode="eval").body)
        except SyntaxError:  # ``saved.get(*args)``
            return frozenset()

    def comes_back(self, unset: set[str], function: Function) -> bool:
        """Whether the value of one of these keys is saved, and the function uses that to change the
        environment.
        """
        names = {
            name for name, keys in self.names.items() if not unset.isdisjoint(keys) or WHOLE in keys
        }
        statements = [n for n in every_node(function) if isinstance(n, ast.stmt)] if names else []
        changing = [s for s in statements if names & _loaded(s)]
        return any(self.spelling.change_inside(s) is not None for s in changing)

    def since(self, statement: ast.stmt) -> int:
        """The line on which the values that a statement restores were saved: earlier writes stay; 0
        if there is none.
        """
        if (stopped := self.stops(statement)) is not None:
            return self.started[stopped]
        loaded = {n.id for n in walk(statement) if isinstance(n, ast.Name)} & self.names.keys()
        if not loaded and self.clears(statement):
            loaded = {name for name, keys in self.names.items() if WHOLE in keys}
        return max((self.lines[name] for name in loaded), default=0)

    def stops(self, statement: ast.stmt) -> str | None:
        """The patcher that a statement stops."""
        name, method = method_of(statement) or ("", "")
        return name if method == "stop" and name in self.started else None

    def clears(self, statement: ast.stmt) -> bool:
        """Whether a statement clears the environment, all of which has been saved."""
        match statement:
            case ast.Expr(ast.Call(ast.Attribute(environ, "clear"))) if (
                self.spelling.scope.is_container(environ)
            ):
                return any(WHOLE in keys for keys in self.names.values())
        return False

    def updates(self, statement: ast.stmt) -> frozenset[str]:
        """The keys that ``os.environ.update(saved)`` puts back, none for anything else."""
        match statement:
            case ast.Expr(ast.Call(ast.Attribute(environ, "update"), [ast.Name(name)], [])) if (
                name in self.dicts
            ):
                return (
                    self.names[name] if self.spelling.scope.is_container(environ) else frozenset()
                )
        return frozenset()

    def leaves_new(self, statements: Iterable[ast.stmt]) -> bool:
        """Whether statements put back all that was saved, but nothing removes what was set since:
        ``os.environ.update(saved)`` without a ``clear``.
        """
        updates = clears = False
        for statement in statements:
            updates = updates or WHOLE in self.updates(statement)
            clears = clears or self.clears(statement)
        return updates and not clears

    def puts_back(self, operations: list[Operation]) -> bool:
        """Whether every operation gives a variable the value that was saved."""
        return all(isinstance(o, Set) and self.held(o.value, o.key) for o in operations)

    def sweep(self, plan: Plan) -> None:
        """Remove saved values with their restorations, unless something else reads them; then the
        sentinels.
        """
        if not self.names and not self.sentinels:
            return
        nodes = every_node(plan.host.function)
        statements = [n for n in nodes if isinstance(n, ast.stmt)]
        gone = {id(n) for s in plan.gone for n in ast.walk(s)}
        unneeded: dict[ast.stmt, set[str]] = {}
        for name in (*self.names, *self.sentinels):
            bound = [
                (s, index, value)
                for s in statements
                for n, index, value in _assigned(s)
                if n == name
            ]
            known = gone | {id(n) for s, index, _ in bound if index is not None for n in _target(s)}
            uses = [n for n in nodes if isinstance(n, ast.Name) and n.id == name]
            loads = {id(n) for n in uses if not isinstance(n.ctx, ast.Store)}
            if not loads or not loads <= known:
                continue
            for statement, index, value in bound:
                if name in self.sentinels and ("." in name or ast.unparse(value) != "object()"):
                    continue
                together = set() if plan.calls(statement) else _together(statement)
                unneeded.setdefault(statement, set()).add(name)
                if together <= unneeded[statement]:
                    gone |= {id(n) for n in ast.walk(statement if together else value)}
                    self._forget(statement, self._bound(name, index), plan)
        for statement in reversed(statements):
            if isinstance(statement, ast.For) and all(
                map(plan.goes, (*statement.body, *statement.orelse))
            ):
                plan.edits[statement] = Gone()

    def _bound(self, name: str, index: ast.expr | None) -> str:
        return name if index is None else f"{name}[{self.spelling.scope.text(index).code}]"

    def _forget(self, statement: ast.stmt, target: str, plan: Plan) -> None:
        """Stop a statement from assigning a name."""
        if operations := plan.calls(statement):
            kept = [o for o in operations if not isinstance(o, Bind) or o.name != target]
            plan.edits[statement] = Calls(kept)
        else:
            plan.edits[statement] = Gone()

    def _read(self, value: ast.expr) -> frozenset[str] | None:
        """The cells that an expression reads, ``*`` for a copy of everything, None for anything
        else.
        """
        match value:
            case ast.Dict(keys, values) if keys and not self.spelling.copies_all(value):
                return self._read_each(keys, values)
            case ast.DictComp(
                ast.Name(key), inner, [ast.comprehension(ast.Name(target), names)]
            ) if key == target:
                each = self.spelling.scope.each(names)
                return each if self._read(inner) == frozenset({key}) else self.spelling.reads(value)
        return self.spelling.reads(value)

    def _read_each(
        self, keys: list[ast.expr | None], values: list[ast.expr]
    ) -> frozenset[str] | None:
        """The keys of a dict display, if the value of each is that of the environment."""
        found: frozenset[str] = frozenset()
        for key, value in zip(keys, values, strict=True):
            if key is None or self._read(value) != self.spelling.scope.text(key).keys:
                return None
            found |= self.spelling.scope.text(key).keys
        return found


def _loaded(statement: ast.stmt) -> set[str]:
    """The names that a statement reads; of a block those in its head, ``if saved is not None:``."""
    nodes = head_of(statement) if hasattr(statement, "body") else [statement]
    return {
        n.id
        for node in nodes
        for n in ast.walk(node)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
    }


def _target(statement: ast.stmt) -> list[ast.AST]:
    return list(ast.walk(statement.targets[0])) if isinstance(statement, ast.Assign) else []


def _together(statement: ast.stmt) -> set[str]:
    """All that ``level, name = app.level, app.name`` assigns: it stays as long as one is needed."""
    match statement:
        case ast.Assign([ast.Tuple(targets)], _):
            return {ast.unparse(target) for target in targets}
    return set()


def _assigned(statement: ast.stmt) -> list[tuple[str, ast.expr | None, ast.expr]]:
    """The targets of an assignment, one or several together, each with its value.

    For ``name[index] = value`` the index stands between the two.
    """
    match statement:
        case ast.Assign([ast.Name(name)], value) | ast.AnnAssign(
            ast.Name(name), _, ast.expr() as value
        ):
            return [(name, None, value)]
        case ast.Assign([ast.Subscript(ast.Name(name), index)], value):
            return [(name, index, value)]
        case ast.Assign([ast.Tuple(targets)], ast.Tuple(values)) if len(targets) == len(values):
            return [
                (t.id, None, v)
                for t, v in zip(targets, values, strict=True)
                if isinstance(t, ast.Name)
            ]
    return []


def _named(statement: ast.stmt) -> list[tuple[str, ast.expr | None, ast.expr]]:
    """The names that a condition, or an expression of a simple statement, binds by ``:=``, each
    with its value.
    """
    head = [part for part in children(statement) if isinstance(part, ast.expr)]
    nodes = own_nodes(head)
    return [(n.target.id, None, n.value) for n in nodes if isinstance(n, ast.NamedExpr)]
