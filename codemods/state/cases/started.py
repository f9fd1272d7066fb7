"""Patchers of a TestCase that are started by hand or entered by ``enterContext``, read as the
calls they amount to.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from codemods.python.names import function_nodes
from codemods.state.around.case_classes import family
from codemods.state.cases.joined import Joined, at
from codemods.state.expressions.blind import blind_statement
from codemods.state.expressions.scope import Scope
from codemods.state.model.kind import spelling_in
from codemods.suite.hosts import Host

# In a copy of the function, what patches until the test ends reads like pytest-mock's call.
_UNTIL_THE_END = "mocker.patch.dict"


def by_hand(host: Host) -> list[ast.Call]:
    """The patchers of the environment in a function that are neither a ``with`` item nor a
    decorator.
    """
    spelling = spelling_in(Scope(host.source, host.names))
    nodes = function_nodes(host.function)
    items = {
        id(i.context_expr)
        for n in nodes
        if isinstance(n, (ast.With, ast.AsyncWith))
        for i in n.items
    }
    return [
        n
        for n in nodes
        if isinstance(n, ast.Call) and id(n) not in items and spelling.is_patch_dict(n)
    ]


@dataclass
class Started:
    """The patchers of one joined function. ``registered`` are the statements of the file that
    register an end.
    """

    joined: Joined
    registered: list[ast.stmt] = field(default_factory=list)

    def read(self) -> None:
        """Let each patcher that is started once and stopped once stand as a call, in the copy."""
        host = self.joined.host
        spelling = spelling_in(Scope(host.source, host.names))
        for statement in list(self._set_up()):
            value = getattr(statement, "value", None)
            if (
                isinstance(statement, ast.Expr)
                and isinstance(value, ast.Call)
                and len(value.args) == 1
            ):
                patch = value.args[0]
                if (
                    _method(value) in self._words("enter{}Context")
                    and isinstance(patch, ast.Call)
                    and spelling.is_patch_dict(patch)
                ):
                    self.registered.append(self.joined.origin[statement])
                    self._replace(statement, _call(patch))
            elif (
                isinstance(statement, ast.Assign)
                and isinstance(value, ast.Call)
                and spelling.is_patch_dict(value)
            ):
                self._started(statement, value)

    def _started(self, made: ast.Assign, patch: ast.Call) -> None:
        """``patcher = patch.dict(...)``, if it is started right after that, and stopped when
        all is over.
        """
        name = ast.dump(made.targets[0]).replace("Store()", "Load()")
        uses = [s for s in self.joined.host.function.body if _receiver(s) == name]
        starts = [s for s in uses if _does(s) == "start"]
        stops = [s for s in uses if s not in starts]
        body = self.joined.host.function.body
        if len(made.targets) != 1 or len(starts) != 1 or len(stops) != 1 or self._uses(name) != 3:
            return
        ahead = body[body.index(made) + 1 : body.index(starts[0])]
        scope = Scope(self.joined.host.source, self.joined.host.names)
        if starts[0] not in self._set_up() or not all(
            s in stops or blind_statement(s, scope) for s in ahead
        ):
            return
        if stops[0] in self._set_up():
            if _does(stops[0]) not in (*self._words("add{}Cleanup"), "addfinalizer"):
                return
            self.registered.append(self.joined.origin[stops[0]])
        elif _does(stops[0]) != "stop" or not all(
            blind_statement(s, scope) for s in body[body.index(stops[0]) + 1 :]
        ):
            return
        self.joined.gone |= {self.joined.origin[made], self.joined.origin[stops[0]]}
        self._replace(starts[0], _call(patch))
        for statement in (made, stops[0]):
            self._replace(statement, at(ast.Pass(), statement))

    def _words(self, pattern: str) -> tuple[str]:
        """The method of the instance, or of the class in its set-up."""
        return (
            pattern.format("Class" if self.joined.set_up.function.name == "setUpClass" else ""),
        )

    def _set_up(self) -> list[ast.stmt]:
        own = set(self.joined.set_up.function.body)
        return [s for s in self.joined.host.function.body if self.joined.origin.get(s) in own]

    def _uses(self, name: str) -> int:
        """How often a name or attribute stands in the function or, of an attribute, in the
        classes of the file.
        """
        host = self.joined.set_up
        trees = [host.function] if name.startswith("Name(") else family(host)
        nodes = (
            n for tree in trees for n in ast.walk(tree) if isinstance(n, (ast.Name, ast.Attribute))
        )
        return sum(ast.dump(n).replace("Store()", "Load()") == name for n in nodes)

    def _replace(self, statement: ast.stmt, new: ast.stmt) -> None:
        body = self.joined.host.function.body
        body[body.index(statement)] = new
        self.joined.origin[new] = self.joined.origin[statement]


def _call(patch: ast.Call) -> ast.stmt:
    """The patcher as a statement that patches until the test ends."""
    function = at(ast.Name(_UNTIL_THE_END, ast.Load()), patch.func)
    return at(ast.Expr(at(ast.Call(function, patch.args, patch.keywords), patch)), patch)


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _does(statement: ast.stmt) -> str:
    return (
        _method(statement.value)
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
        else ""
    )


def _receiver(statement: ast.stmt) -> str:
    """What ``start``, ``stop`` or ``addCleanup(… .stop)`` of a statement is about, as text."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return ""
    if call.func.attr in ("start", "stop") and not call.args:
        return ast.dump(call.func.value)
    registers = call.func.attr in ("addCleanup", "addClassCleanup", "addfinalizer")
    stop = call.args[0] if registers and len(call.args) == 1 else None
    return ast.dump(stop.value) if isinstance(stop, ast.Attribute) and stop.attr == "stop" else ""
