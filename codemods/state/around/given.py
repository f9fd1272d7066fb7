"""Which variables a test is given a value for: by its own statements, its decorators, its
fixtures and its set-up.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.python.names import Function, walk
from codemods.python.source import Source
from codemods.state.around.fixtures import fixtures_around
from codemods.state.expressions.scope import Scope
from codemods.state.model.kind import Spelling, spelling_in
from codemods.state.model.operations import Operation, Set, SetAll, SetDefault, Unset, keys
from codemods.state.model.refusals import RefusedError
from codemods.suite.hosts import SETUP_NAMES, Host


def set_by(node: ast.AST, spelling: Spelling) -> set[str]:
    """The keys that something in a node gives a value: a write, a patcher, ``setenv`` of a
    MonkeyPatch.
    """
    found: set[str] = set()
    for inner in walk(node):
        operations = _operations(inner, spelling)
        if operations:
            found |= keys([o for o in operations if isinstance(o, (Set, SetDefault, SetAll))])
        found |= _patched(inner, spelling.scope, only_given=True)
    return found


def unset_by(statement: ast.stmt, spelling: Spelling) -> set[str]:
    """The keys that a statement unsets, if it is one that writes: from then on it is the code
    that gives a value.
    """
    return keys([o for o in spelling.quiet_write(statement) or () if isinstance(o, Unset)])


def changed_by(function: Function, source: Source) -> set[str]:
    """The keys that a function changes, by itself or through a MonkeyPatch."""
    spelling = spelling_in(Scope(source, source.names.inside(function), functions=(function,)))
    found: set[str] = set()
    for inner in walk(function):
        found |= keys(_operations(inner, spelling))
        found |= _patched(inner, spelling.scope)
    return found


def _patched(node: ast.AST, scope: Scope, *, only_given: bool = False) -> frozenset[str]:
    """The cell that a method of a MonkeyPatch changes."""
    cell = (
        scope.kind.patched(node, scope, only_given=only_given)
        if isinstance(node, ast.Call)
        else None
    )
    return frozenset() if cell is None else cell.keys


def _operations(node: ast.AST, spelling: Spelling) -> list[Operation]:
    if isinstance(node, ast.stmt):
        return spelling.quiet_write(node) or []
    call = spelling.patch_call(node) if isinstance(node, (ast.Call, ast.Name)) else None
    try:
        return spelling.patch_dict(call) if call is not None else []
    except RefusedError:
        return []


def given_around(host: Host) -> set[str]:
    """The keys to which the code around a function has given a value when its body begins."""
    outside = spelling_in(Scope(host.source, host.source.names, functions=()))
    decorators = [
        d for definition in (host.function, *host.classes) for d in definition.decorator_list
    ]
    found = set().union(*(set_by(decorator, outside) for decorator in decorators))
    for function, source in _set_up_before(host):
        names = source.names.inside(function)
        found |= set_by(function, spelling_in(Scope(source, names, functions=(function,))))
    return found


def _set_up_before(host: Host) -> Iterator[tuple[Function, Source]]:
    for _, fixture in fixtures_around(host).set_up_for(host):
        if fixture is not None:
            yield fixture.function, fixture.source
    for body in (*(cls.body for cls in host.classes), host.source.tree.body):
        for statement in body:
            if (
                isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))
                and statement.name in SETUP_NAMES
            ):
                yield statement, host.source
