"""Hoisting: what a decorator computed while the file was imported goes into a name of its own,
right above.

A decorator's arguments are computed once, at import (row X9 of the measured semantics). What may
be another value when the test runs stays where it was computed: a private name, assigned in the
same block as the function and in front of it. In a class the name begins with two underscores,
so that no subclass can put another value in its place.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from itertools import count

from codemods.python.names import bound_in, own_nodes, parameters
from codemods.state.expressions.mapping import fresh_dict
from codemods.state.expressions.scope import Scope
from codemods.state.model import refusals
from codemods.state.model.operations import Operation, Set, SetAll, Text
from codemods.state.model.plan import Hoist
from codemods.state.model.refusals import RefusedError
from codemods.suite.hosts import Host
from codemods.suite.known_calls import QUIET_MAKERS


def movable(call: ast.Call, host: Host, body: Scope) -> bool:
    """Whether a patcher above a function holds only what is the same in its ``body``, at each
    call, as at import.
    """
    outside = Scope(host.source, host.source.names)
    shadowed = bound_in(host.classes[-1].body) if host.classes else set()
    values = [
        value for value in (_values(call), *(k.value for k in _keywords(call))) if value is not None
    ]
    used = {n.id for value in values for n in ast.walk(value) if isinstance(n, ast.Name)}
    parts = [part for value in values for part in _parts(value)]
    return not used & shadowed and all(
        (outside.constant(part) and body.constant(part)) or _is_imported(part, outside, body)
        for part in parts
    )


def _parts(value: ast.expr) -> list[ast.expr]:
    """The keys and values of a dict that is written out; anything else as it is."""
    if not isinstance(value, ast.Dict) or None in value.keys:
        return [value]
    return [*(key for key in value.keys if key is not None), *value.values]


def _is_imported(part: ast.expr, outside: Scope, body: Scope) -> bool:
    """Whether a key or a value is a name that only an import binds: it is a string, and the same
    one at each call.
    """
    if not isinstance(part, ast.Name):
        return False
    dotted = outside.names.dotted(part)
    bound_once = outside.names.values.get(part.id) is None and body.names.dotted(part) == dotted
    return dotted is not None and bound_once and not outside.is_rebound(part.id)


def hoist(call: ast.Call, host: Host, taken: Sequence[Hoist]) -> Hoist:
    """What to put above a function for one of its decorators, others being there already; raises
    RefusedError.
    """
    outside = Scope(host.source, host.source.names)
    values, keywords = _values(call), _keywords(call)
    parts = [part for part in (values, *(k.value for k in keywords)) if part is not None]
    if not (
        _stands_free(host) and _may_come_first(call, host, outside) and not any(map(_binds, parts))
    ):
        raise RefusedError(refusals.IMPORT_TIME_VALUE)
    return Hoist(
        _free_name(host, {other.name for other in taken}), fresh_dict(outside, values, keywords)
    )


def from_hoist(operations: Sequence[Operation], host: Host, hoisted: Hoist) -> list[Operation]:
    """The operations of the decorator with the values taken from the name."""
    instance = f"{parameters(host.function)[0]}." if host.classes else ""
    mapping = Text(instance + hoisted.name, hoisted.value.line, hoisted.value.end_line)
    return [*(o for o in operations if not isinstance(o, (Set, SetAll))), SetAll(mapping)]


def _values(call: ast.Call) -> ast.expr | None:
    given = [k.value for k in call.keywords if k.arg == "values"]
    return call.args[1] if len(call.args) > 1 else next(iter(given), None)


def _keywords(call: ast.Call) -> list[ast.keyword]:
    return [k for k in call.keywords if k.arg not in ("in_dict", "values", "clear")]


def _stands_free(host: Host) -> bool:
    """Whether a statement may be put above the function, at module level or in its class, and be
    read inside.
    """
    body = host.source.tree.body
    for cls in host.classes:
        if cls not in body:
            return False
        body = cls.body
    alike = [s for s in body if getattr(s, "name", None) == host.function.name]
    if alike != [host.function]:
        return False
    arguments = host.function.args
    static = any(
        isinstance(d, ast.Name) and d.id == "staticmethod" for d in host.function.decorator_list
    )
    return not host.classes or (bool(arguments.posonlyargs or arguments.args) and not static)


def _may_come_first(call: ast.Call, host: Host, outside: Scope) -> bool:
    """Whether no other decorator above, which is computed earlier, could change what the values
    are.
    """
    decorators = host.function.decorator_list
    others = [
        d for d in decorators[: decorators.index(call)] if not _patches_environment(d, outside)
    ]
    return all(_quiet(inner, outside) for other in others for inner in ast.walk(other))


def _patches_environment(decorator: ast.expr, scope: Scope) -> bool:
    """Whether this is a ``patch.dict`` of the environment, which goes too: what it computes
    comes first still.
    """
    if (
        not isinstance(decorator, ast.Call)
        or scope.names.dotted(decorator.func) != "unittest.mock.patch.dict"
    ):
        return False
    target = decorator.args[0] if decorator.args else None
    return target is not None and (
        scope.is_container(target)
        or (isinstance(target, ast.Constant) and target.value == scope.kind.container)
    )


def _quiet(node: ast.AST, scope: Scope) -> bool:
    if isinstance(node, ast.Call):
        return bool(QUIET_MAKERS.match(scope.names.dotted(node.func) or "")) or scope.blind(node)
    return not isinstance(node, ast.NamedExpr)


def _binds(value: ast.expr) -> bool:
    return any(isinstance(node, ast.NamedExpr) for node in own_nodes([value]))


def _free_name(host: Host, taken: set[str]) -> str:
    """A private name that says what it is for, and that the file does not use."""
    name = f"{'__' if host.classes else '_'}environment_of_{host.function.name}"
    names = (name if number == 1 else f"{name}_{number}" for number in count(1))
    return next(n for n in names if n not in taken and not re.search(rf"\b{n}\b", host.source.text))
