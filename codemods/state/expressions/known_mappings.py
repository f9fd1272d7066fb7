"""The names in a function that can only stand for a mapping, so that ``.items()`` may be called on
them.

``patch.dict`` takes pairs as well: ``dict(values)`` is needed only if a name may stand for pairs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemods.python.names import function_nodes
from codemods.suite.hosts import Host

_TYPES = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "OrderedDict"})
_METHODS = frozenset({"items", "keys", "values", "get", "update", "setdefault"})


def known_mappings(host: Host) -> frozenset[str]:
    """Names that are annotated or used as mappings in the function, or always given a dict by
    ``parametrize``.
    """
    arguments = host.function.args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    annotated = {
        a.arg for a in every if a.annotation is not None and _is_mapping_type(a.annotation)
    }
    return frozenset({*annotated, *_used(host), *_parametrized(host)})


def _is_mapping_type(annotation: ast.expr) -> bool:
    """``dict``, ``dict[str, str]``, ``typing.Mapping[str, str]``."""
    if isinstance(annotation, ast.Subscript):
        annotation = annotation.value
    name = (
        annotation.attr
        if isinstance(annotation, ast.Attribute)
        else getattr(annotation, "id", None)
    )
    return name in _TYPES


def _used(host: Host) -> Iterator[str]:
    """``values["A"]``, ``values.items()``."""
    for node in function_nodes(host.function):
        match node:
            case ast.Subscript(ast.Name(name), ast.Constant(str())):
                yield name
            case ast.Attribute(ast.Name(name), method) if method in _METHODS:
                yield name


def _parametrized(host: Host) -> Iterator[str]:
    for decorator in host.function.decorator_list:
        match decorator:
            case ast.Call(
                function, [ast.Constant(str(names)), ast.List(rows) | ast.Tuple(rows), *_]
            ):
                if host.source.names.dotted(function) == "pytest.mark.parametrize":
                    yield from _columns(names, rows, host)


def _columns(names: str, rows: Sequence[ast.expr], host: Host) -> Iterator[str]:
    """The names of the columns that hold only dict displays."""
    columns = [name.strip() for name in names.split(",")]
    table = [_values(row, host, len(columns)) for row in rows]
    for index, name in enumerate(columns):
        if table and all(len(row) > index and isinstance(row[index], ast.Dict) for row in table):
            yield name


def _values(row: ast.expr, host: Host, count: int) -> Sequence[ast.expr]:
    if isinstance(row, ast.Call) and host.source.names.dotted(row.func) == "pytest.param":
        return row.args
    if count == 1:
        return [row]
    return row.elts if isinstance(row, (ast.Tuple, ast.List)) else []
