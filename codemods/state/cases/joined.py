"""Set-up and tear-down of a ``unittest.TestCase`` as one function with a ``yield`` between: that is
how they run.

So they can be read like a fixture. The tests run at the ``yield``; the functions that
``addCleanup`` registered run after the tear-down, the last one first. The statements are copies;
``origin`` leads back to those in the file.
"""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass, field, replace
from typing import TypeVar, cast

from codemods.python.names import Function, bound_names, forget_facts, function_nodes, parameters
from codemods.state.expressions.scope import Scope
from codemods.state.model.edits import Gone, Wrap
from codemods.state.model.kind import spelling_in
from codemods.state.model.plan import Plan
from codemods.suite.hosts import Host
from codemods.suite.known_calls import REGISTERS_CLEAN_UP, TESTCASES

# The methods that may be registered, each with the one it is read as.
_METHODS = {"__delitem__": "pop", "pop": "pop", "update": "update", "clear": "clear"}


@dataclass
class Joined:
    """One function made of two. ``gone`` are statements of the file that go with the others."""

    set_up: Host
    tear_down: Host | None
    host: Host
    origin: dict[ast.stmt, ast.stmt] = field(default_factory=dict)
    gone: set[ast.stmt] = field(default_factory=set)
    # For each function that is registered to run in the end: the registration, and the body.
    nested: dict[ast.stmt, tuple[ast.stmt, list[ast.stmt]]] = field(default_factory=dict)

    def plan_of(self, plan: Plan, host: Host) -> Plan:
        """The part of a plan of the whole that is about one of the two functions, on the
        statements of the file.
        """
        inside = {n for n in ast.walk(host.function) if isinstance(n, ast.stmt)}
        back = {
            copied: statement for copied, statement in self.origin.items() if statement in inside
        }
        edits = {back[s]: edit for s, edit in plan.edits.items() if s in back}
        edits.update({s: Gone() for s in self.gone & inside})
        wraps = {back[s]: self._wrap(wrap) for s, wrap in plan.wraps.items() if s in back}
        return replace(plan, host=host, edits=edits, wraps=wraps)

    def name_attributes(self) -> None:
        """Turn ``self.saved`` into a name, since restorations are read by names."""
        functions = [
            self.set_up.function,
            *([self.tear_down.function] if self.tear_down is not None else []),
        ]
        _Attributes({name for function in functions for name in parameters(function)[:1]}).visit(
            self.host.function
        )
        forget_facts(self.host.function)

    def _wrap(self, wrap: Wrap) -> Wrap:
        return Wrap(
            cast(ast.Try, self.origin[wrap.last]), tuple(self.origin[s] for s in wrap.after)
        )


def join(set_up: Host, tear_down: Host | None, read_elsewhere: set[str]) -> Joined:
    """Both as one host; ``read_elsewhere`` are the attributes of the instance that other methods
    read.
    """
    memo: dict[int, ast.AST] = {}
    first: Function = copy.deepcopy(set_up.function, memo)
    body = list(first.body)
    tests = ast.Tuple([ast.Name(name, ast.Load()) for name in sorted(read_elsewhere)], ast.Load())
    body.append(ast.fix_missing_locations(at(ast.Expr(ast.Yield(tests)), first.body[-1])))
    body += copy.deepcopy(tear_down.function.body, memo) if tear_down is not None else []
    first.body = body
    host = replace(set_up, function=first)
    result = Joined(set_up, tear_down, host)
    functions = [set_up.function, *([tear_down.function] if tear_down is not None else [])]
    for statement in (
        n for f in functions for n in ast.walk(f) if isinstance(n, ast.stmt) and id(n) in memo
    ):
        copied = memo[id(statement)]
        assert isinstance(copied, ast.stmt)
        result.origin[copied] = statement
    _Plain(result).visit(first)
    _run_at_the_end(result, len(set_up.function.body))
    _leave_out_base(result)
    forget_facts(first)
    return result


def registers(statement: ast.stmt, scope: Scope) -> ast.Call | None:
    """The call of ``addCleanup`` with a function that changes the environment, if the statement
    is one.
    """
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or not call.args:
        return None
    call = _without_lambda(call)
    assert isinstance(call.func, ast.Attribute)
    late = call.func.attr in REGISTERS_CLEAN_UP and spelling_in(scope).changes_late(
        call.args[0], call.args[1:]
    )
    return call if late else None


def _without_lambda(call: ast.Call) -> ast.Call:
    """``addCleanup(os.environ.pop, key, None)`` for ``addCleanup(lambda: os.environ.pop(key,
    None))``.
    """
    match call.args:
        case [ast.Lambda(ast.arguments(args=[], kwonlyargs=[]), ast.Call(function, arguments, []))]:
            if all(isinstance(a, (ast.Name, ast.Attribute, ast.Constant)) for a in arguments):
                return at(ast.Call(call.func, [function, *arguments], call.keywords), call)
    return call


def _run_at_the_end(joined: Joined, count: int) -> None:
    """Move what the first ``count`` statements register to where it runs."""
    host, body = joined.host, joined.host.function.body
    scope = Scope(host.source, host.names)
    for index, statement in enumerate(body[:count]):
        call = registers(statement, scope)
        if call is None:
            _run_nested(joined, index, count)
            continue
        here, there = _taken_apart(call, scope)
        original = joined.origin[statement]
        body[index] = here
        joined.origin[here] = original
        if there is not None:
            # Registered later runs sooner, but after the tear-down, where all of them are.
            body.insert(_end_of_tear_down(joined, count), there)
            joined.origin[there] = original


def _run_nested(joined: Joined, index: int, count: int) -> None:
    """The same for ``def restore(): …`` and ``self.addCleanup(restore)``, if nothing else calls
    the function.
    """
    body, statement = joined.host.function.body, joined.host.function.body[index]
    match statement:
        case ast.Expr(ast.Call(ast.Attribute(_, method), [ast.Name(name)], [])) if (
            method in REGISTERS_CLEAN_UP
        ):
            made = next(
                (s for s in body[:index] if isinstance(s, ast.FunctionDef) and s.name == name), None
            )
        case _:
            return
    uses = [n for n in ast.walk(joined.host.function) if isinstance(n, ast.Name) and n.id == name]
    if made is None or len(uses) != 1 or not _is_plain(made):
        return
    origin, registration = joined.origin[made], joined.origin[statement]
    joined.nested[origin] = (registration, made.body)
    for inner in made.body:
        joined.origin[inner] = origin
    for gone, where in ((made, origin), (statement, registration)):
        nothing = at(ast.Pass(), gone)
        body[body.index(gone)] = nothing
        joined.origin[nothing] = where
    body[_end_of_tear_down(joined, count) : _end_of_tear_down(joined, count)] = made.body


def _is_plain(function: ast.FunctionDef) -> bool:
    """Whether a nested function has no parameters, no result, and no local names."""
    nodes = function_nodes(function)
    other = (ast.Return, ast.Yield, ast.YieldFrom, ast.Nonlocal, ast.Global)
    free = not parameters(function) and not function.decorator_list
    return free and not bound_names(function) and not any(isinstance(n, other) for n in nodes)


def _end_of_tear_down(joined: Joined, count: int) -> int:
    return count + 1 + (len(joined.tear_down.function.body) if joined.tear_down is not None else 0)


def _taken_apart(call: ast.Call, scope: Scope) -> tuple[ast.stmt, ast.stmt | None]:
    """What a registration does at once (it may read a value to put back), and what it runs in
    the end, if known.
    """
    function, arguments = call.args[0], list(call.args[1:])
    assert isinstance(function, (ast.Attribute, ast.Name))
    nothing = at(ast.Pass(), call)
    if call.keywords or any(isinstance(a, ast.Starred) for a in arguments):
        return nothing, None
    name = function.attr if isinstance(function, ast.Attribute) else function.id
    operator = {"setitem": "__setitem__", "delitem": "__delitem__"}.get(name)
    environ = arguments.pop(0) if operator else getattr(function, "value", None)
    name = operator or name
    if scope.kind.container is None and arguments:  # ``setattr, owner, "name", value``
        here, value = _kept_until_then(arguments[-1], call, scope)
        given = [*arguments[:-1], value]
        return here, at(ast.Expr(at(ast.Call(function, given, []), call)), call)
    if not isinstance(environ, ast.expr) or not scope.is_container(environ):
        return nothing, None
    if name == "__setitem__" and len(arguments) == 2:
        target = at(ast.Subscript(environ, arguments[0], ast.Store()), call)
        here, value = _kept_until_then(arguments[1], call, scope)
        return here, at(ast.Assign([target], value), call)
    if name not in _METHODS:
        return nothing, None
    method = at(ast.Attribute(environ, _METHODS[name], ast.Load()), call)
    return nothing, at(ast.Expr(at(ast.Call(method, arguments, []), call)), call)


def _kept_until_then(argument: ast.expr, call: ast.Call, scope: Scope) -> tuple[ast.stmt, ast.expr]:
    """What keeps an argument of a registration that is computed at once, and how it is spelled
    in the end.
    """
    read = isinstance(argument, ast.Attribute) and scope.kind.is_read(argument, scope)
    if isinstance(argument, (ast.Name, ast.Attribute, ast.Constant)) and not read:
        return at(ast.Pass(), call), argument
    saved = at(ast.Name(scope.text(argument).code, ast.Load()), argument)
    return at(ast.Assign([at(ast.Name(saved.id, ast.Store()), saved)], argument), call), saved


def _leave_out_base(joined: Joined) -> None:
    """``super().tearDown()`` does nothing where the base is TestCase itself."""
    host = joined.set_up
    bases = host.classes[-1].bases if host.classes else []
    if not bases or any(host.source.names.dotted(base) not in TESTCASES for base in bases):
        return
    body = joined.host.function.body
    for index, statement in enumerate(body):
        call = statement.value if isinstance(statement, ast.Expr) else None
        call = call.value if isinstance(call, ast.Await) else call
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        receiver = call.func.value
        of_super = (
            isinstance(receiver, ast.Call)
            and isinstance(receiver.func, ast.Name)
            and receiver.func.id == "super"
        )
        if of_super and call.func.attr.lower().endswith(("teardown", "teardownclass")):
            body[index] = at(ast.Pass(), statement)


class _Plain(ast.NodeTransformer):
    """Rewrites ``try: del os.environ[key]`` that may fail, and ``if os.environ.get(key):``, into
    forms that are read.
    """

    def __init__(self, joined: Joined) -> None:
        self.joined = joined
        self.scope = Scope(joined.host.source, joined.host.names)

    def visit_Try(self, node: ast.Try) -> ast.stmt:
        self.generic_visit(node)
        quiet = len(node.handlers) == 1 and isinstance(node.handlers[0].body[0], ast.Pass)
        if (
            not quiet
            or node.orelse
            or node.finalbody
            or len(node.body) != 1
            or not _catches_key_error(node)
        ):
            return node
        deletion = node.body[0]
        target = (
            deletion.targets[0]
            if isinstance(deletion, ast.Delete) and len(deletion.targets) == 1
            else None
        )
        if not isinstance(target, ast.Subscript) or not self.scope.is_container(target.value):
            return node
        pop = at(ast.Attribute(target.value, "pop", ast.Load()), target)
        call = at(ast.Call(pop, [target.slice, at(ast.Constant(None), target)], []), target)
        plain = at(ast.Expr(call), node)
        self.joined.origin[plain] = self.joined.origin[node]
        return plain

    def visit_If(self, node: ast.If) -> ast.stmt:
        self.generic_visit(node)
        test = node.test
        if isinstance(test, ast.Call) and self.scope.names.dotted(test.func) in (
            "os.environ.get",
            "os.getenv",
        ):
            environ = test.func.value if isinstance(test.func, ast.Attribute) else None
            if environ is not None and self.scope.is_container(environ) and len(test.args) == 1:
                node.test = at(ast.Compare(test.args[0], [ast.In()], [environ]), test)
        return node


def _catches_key_error(node: ast.Try) -> bool:
    caught = node.handlers[0].type
    return isinstance(caught, ast.Name) and caught.id == "KeyError"


class _Attributes(ast.NodeTransformer):
    """Turns ``self.saved`` into a name, since restorations are read by names."""

    def __init__(self, own: set[str]) -> None:
        self.own = own

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id in self.own:
            return at(ast.Name(f"{node.value.id}.{node.attr}", node.ctx), node)
        self.generic_visit(node)
        return node


Node = TypeVar("Node", bound=ast.AST)


def at(node: Node, place: ast.stmt | ast.expr) -> Node:
    """The new node, at the position of another one."""
    return ast.copy_location(node, place)
