"""Generators that take a copy of the whole environment, and put it back after their ``yield``, and
do nothing else.

Whatever is changed while one of them waits is undone by it. It stays as it is: monkeypatch
cannot do that.
"""

from __future__ import annotations

import ast

from codemods.python.names import Function, function_nodes, generator, own_nodes, own_statements
from codemods.python.source import Source, fact
from codemods.state.around.fixtures import fixtures_around
from codemods.state.expressions.scope import Scope
from codemods.state.model.kind import Spelling, spelling_in
from codemods.state.model.refusals import RefusedError
from codemods.suite.hosts import Host, Kind


def undone_by_fixture(host: Host) -> bool:
    """Whether a fixture around a test undoes whatever the test changes."""
    if host.kind is not Kind.TEST:
        return False
    around = (fixture for _, fixture in fixtures_around(host).set_up_for(host))
    return any(f is not None and not f.wide and is_snapshot(f.source, f.function) for f in around)


@fact
def is_snapshot(source: Source, function: Function) -> bool:
    """Whether a generator function does nothing to the environment but to put all of it back."""
    if not generator(function):
        return False
    spelling = spelling_in(Scope(source, source.names.inside(function)))
    changes = [
        n for n in function_nodes(function) if isinstance(n, ast.expr) and spelling.changes(n)
    ]
    if changes:
        return _puts_back(function, spelling, changes)
    return any(
        _patches_nothing(s, spelling)
        for s in own_statements(function.body)
        if isinstance(s, ast.With)
    )


def _patches_nothing(block: ast.With, spelling: Spelling) -> bool:
    """``with patch.dict(os.environ): … yield …``."""
    yields = any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in own_nodes(block.body))
    for item in block.items:
        call = spelling.patch_call(item.context_expr)
        try:
            if (
                yields
                and call is not None
                and call is item.context_expr
                and spelling.patch_dict(call) == []
            ):
                return True
        except RefusedError:
            continue
    return False


def _puts_back(function: Function, spelling: Spelling, changes: list[ast.expr]) -> bool:
    """``saved = dict(os.environ)`` and, after the ``yield``, ``os.environ.clear();
    os.environ.update(saved)``.
    """
    copies = {
        s.targets[0].id
        for s in function.body
        if isinstance(s, ast.Assign)
        and isinstance(s.targets[0], ast.Name)
        and _copies(s.value, spelling)
    }
    last = max(
        n.lineno for n in function_nodes(function) if isinstance(n, (ast.Yield, ast.YieldFrom))
    )
    methods = []
    for statement in (
        *function.body,
        *(s for t in function.body if isinstance(t, ast.Try) for s in t.finalbody),
    ):
        match statement:
            case ast.Expr(ast.Call(ast.Attribute(_, "clear"), [], []) as call) if call in changes:
                methods.append("clear")
            case ast.Expr(ast.Call(ast.Attribute(_, "update"), [ast.Name(name)], []) as call) if (
                call in changes
            ):
                methods.append("update" if name in copies else "")
    after_copy = all(change.lineno > last for change in changes)
    return methods == ["clear", "update"] and len(changes) == len(methods) and after_copy


def _copies(value: ast.expr, spelling: Spelling) -> bool:
    match value:
        case ast.Call(ast.Attribute(environ, "copy"), [], []) | ast.Call(
            ast.Name("dict"), [environ], []
        ):
            return spelling.scope.is_container(environ)
        case ast.Call(function, [environ], []):
            copies = spelling.scope.names.dotted(function) in ("copy.copy", "copy.deepcopy")
            return copies and spelling.scope.is_container(environ)
        case ast.Dict([None], [environ]):
            return spelling.scope.is_container(environ)
    return False
