"""Saving and restoring by hand: which names hold what the environment was, and which statements put it back."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from codemods.environ.kept_patchers import method_of
from codemods.environ.operations import Bind, Operation, Set, Unset
from codemods.environ.plan import Plan
from codemods.environ.syntax import Spelling
from codemods.names import own_statements

WHOLE = "*"


@dataclass(frozen=True)
class Restoration:
    """A statement that puts variables back.

    ``removes``: it unsets those that were not set before. ``forgets_unset``: it leaves them as they are. ``mistaken``:
    it gives one the value that another had.
    """

    keys: frozenset[str]
    removes: bool = False
    forgets_unset: bool = False
    mistaken: bool = False


@dataclass
class Saved:
    """The names that hold saved values, and the key each was saved from (``*`` for the whole environment).

    ``sentinels`` are the names of what stands for unset variables. ``started`` are the patchers that a function keeps,
    each with the line on which it starts: ``stop`` restores.
    """

    spelling: Spelling
    names: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    sentinels: set[str] = field(default_factory=set)
    started: dict[str, int] = field(default_factory=dict)

    def save(self, statement: ast.stmt) -> None:
        """Remember the names if the statement saves a variable, all of them, or whether one is set."""
        for name, value in _assigned(statement):
            key = self._read(value)
            if key is not None:
                self.names[name] = key
                self.lines[name] = statement.lineno
                default = value.args[1] if isinstance(value, ast.Call) and len(value.args) > 1 else None
                if isinstance(default, ast.Name):
                    self.sentinels.add(default.id)

    def since(self, statement: ast.stmt) -> int:
        """The line on which what a statement restores was saved: what was written before stays; 0 if nowhere."""
        if (stopped := self.stops(statement)) is not None:
            return self.started[stopped]
        loaded = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)} & self.names.keys()
        if not loaded and isinstance(statement, ast.Expr) and self._puts_all_back(statement.value):
            loaded = {name for name, key in self.names.items() if key == WHOLE}
        return max((self.lines[name] for name in loaded), default=0)

    def restoration(self, statement: ast.stmt, written: set[str]) -> Restoration | None:
        """What a statement restores of the variables written so far, None if it is no restoration."""
        if isinstance(statement, ast.If):
            return self._conditional(statement, written)
        if self.stops(statement) is not None:
            return Restoration(frozenset({WHOLE}), removes=True)
        if written and isinstance(statement, ast.Expr) and self._puts_all_back(statement.value):
            return Restoration(frozenset({WHOLE}), removes=True)
        operations = self.spelling.quiet_write(statement)
        if not operations or len(operations) != 1:
            return None
        operation = operations[0]
        if isinstance(operation, Unset) and operation.key.code in written:
            return Restoration(frozenset({operation.key.code}), removes=True)
        if isinstance(operation, Set) and operation.value.code in self.names and operation.key.code in written:
            mistaken = self.names[operation.value.code] != operation.key.code
            return Restoration(frozenset({operation.key.code}), mistaken=mistaken)
        return None

    def stops(self, statement: ast.stmt) -> str | None:
        """The patcher that a statement stops."""
        name, method = method_of(statement) or ("", "")
        return name if method == "stop" and name in self.started else None

    def puts_back(self, operations: list[Operation]) -> bool:
        """Whether every operation gives a variable the value that was saved."""
        return all(isinstance(o, Set) and o.value.code in self.names for o in operations)

    def sweep(self, plan: Plan) -> None:
        """Let what was saved go with its restoration, unless something else reads it; then what stood for nothing."""
        statements = list(own_statements(plan.host.function.body))
        gone = {id(n) for s in plan.gone for n in ast.walk(s)}
        for name in (*self.names, *self.sentinels):
            loads = [id(n) for n in ast.walk(plan.host.function) if isinstance(n, ast.Name) and _loads(n, name)]
            if not loads or not gone.issuperset(loads):
                continue
            for statement in statements:
                value = dict(_assigned(statement)).get(name)
                if value is None or (name in self.sentinels and ast.unparse(value) != "object()"):
                    continue
                gone |= {id(n) for n in ast.walk(value)}
                if plan.operations.get(statement):
                    kept = [o for o in plan.operations[statement] if not isinstance(o, Bind) or o.name != name]
                    plan.operations[statement] = kept
                else:
                    plan.gone.add(statement)

    def _conditional(self, statement: ast.If, written: set[str]) -> Restoration | None:
        """``if saved is not None: os.environ[key] = saved`` and its relatives, with or without an else."""
        inner = [self.restoration(s, written) for s in (*statement.body, *statement.orelse)]
        if not inner or not self._tests_saved(statement.test):
            return None
        known = [restoration for restoration in inner if restoration is not None]
        if len(known) < len(inner):
            return None
        return Restoration(
            frozenset().union(*(restoration.keys for restoration in known)),
            removes=any(restoration.removes for restoration in known),
            forgets_unset=isinstance(statement.body[0], ast.Assign) and not statement.orelse,
            mistaken=any(restoration.mistaken for restoration in known),
        )

    def _tests_saved(self, test: ast.expr) -> bool:
        """A condition on nothing but a saved name, a constant, or whether a key is in the environment."""
        names = [n for n in ast.walk(test) if isinstance(n, (ast.Name, ast.Attribute))]
        if not any(
            self.spelling.scope.is_environ(n) or (isinstance(n, ast.Name) and n.id in self.names) for n in names
        ):
            return False
        environ = {name for name, what in self.spelling.scope.names.table.items() if what in ("os", "os.environ")}
        known = {*self.names, *self.names.values(), *self.sentinels, *environ}
        for node in ast.walk(test):
            if isinstance(node, ast.Call):
                return False
            if isinstance(node, ast.Name) and not (node.id in known or node.id.isupper()):
                return False
        return True

    def _puts_all_back(self, call: ast.expr) -> bool:
        """``os.environ.clear()`` or ``os.environ.update(saved)``, where everything has been saved."""
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            return False
        if not self.spelling.scope.is_environ(call.func.value):
            return False
        if call.func.attr == "clear":
            return WHOLE in self.names.values()
        saved = call.args[0] if call.func.attr == "update" and len(call.args) == 1 else None
        return isinstance(saved, ast.Name) and self.names.get(saved.id) == WHOLE

    def _read(self, value: ast.expr) -> str | None:
        """The key that an expression reads, ``*`` for a copy of everything, None for anything else."""
        scope = self.spelling.scope
        if isinstance(value, ast.Subscript) and scope.is_environ(value.value):
            return scope.text(value.slice).code
        if isinstance(value, ast.Compare) and len(value.ops) == 1 and isinstance(value.ops[0], (ast.In, ast.NotIn)):
            return scope.text(value.left).code if scope.is_environ(value.comparators[0]) else None
        if isinstance(value, ast.Dict) and len(value.values) == 1 and value.keys[0] is None:
            return WHOLE if scope.is_environ(value.values[0]) else None
        if not isinstance(value, ast.Call):
            return None
        name = scope.names.dotted(value.func)
        if name in ("os.environ.get", "os.getenv", "os.environ.pop") and value.args:
            return scope.text(value.args[0]).code
        plain = isinstance(value.func, ast.Name) and value.func.id == "dict"
        copies = plain or name in ("copy.copy", "copy.deepcopy")
        if name == "os.environ.copy" or (copies and len(value.args) == 1 and scope.is_environ(value.args[0])):
            return WHOLE
        return None


def _loads(node: ast.Name, name: str) -> bool:
    return node.id == name and isinstance(node.ctx, ast.Load)


def _assigned(statement: ast.stmt) -> list[tuple[str, ast.expr]]:
    """The names that an assignment binds, one or several together, each with its value."""
    match statement:
        case ast.Assign([ast.Name(name)], value) | ast.AnnAssign(ast.Name(name), _, ast.expr() as value):
            return [(name, value)]
        case ast.Assign([ast.Tuple(targets)], ast.Tuple(values)) if len(targets) == len(values):
            return [(t.id, v) for t, v in zip(targets, values, strict=True) if isinstance(t, ast.Name)]
    return []
