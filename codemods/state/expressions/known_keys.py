"""Which variable a key stands for: two spellings of one variable are known to be the same.

A key that is known has one form, wherever keys are compared: the ``repr`` of its value. So
``"K"``, ``'K'``, ``KEY`` after ``KEY = "K"`` and ``self.KEY`` of a class with that constant are
all ``'K'``. Any other key is its code.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from codemods.python.names import (
    Function,
    bound_names,
    every_node,
    function_fact,
    function_nodes,
    own_nodes,
    own_statements,
    parameters,
)
from codemods.python.source import Source, fact, nodes_on, top_classes
from codemods.state.model.operations import WHOLE
from codemods.state.model.plan import Plan
from codemods.suite.classes import with_bases

# ``monkeypatch.setattr(TestIt, "KEY", …)``, ``patch.object(module, "KEY", …)``,
# ``patch("module.KEY", …)``.
_SET_BY_NAME = re.compile(r"(?:setattr|patch(?:\.object)?)\([^\"']*[\"'](?:\w+\.)*(\w+)[\"']")


def known_keys(codes: Iterable[str], source: Source, *functions: Function) -> frozenset[str]:
    """The variables that some keys may be, each spelled in one way; ``*`` for one that may be any.

    A name is known if the module gives it nothing but plain strings, and none of ``functions``,
    those that the key stands in, assigns it: then it is one of these.
    """
    return frozenset(key for code in codes for key in _known(code, source, functions))


def known_in(plan: Plan) -> frozenset[str]:
    """The keys of all operations of a plan; ``*`` for one that is not known and may be any."""
    return known_keys(plan.written(), plan.host.source, *plan.host.functions)


def key_of(node: ast.expr, source: Source, functions: Sequence[Function] | None) -> str | None:
    """The one form of a key that is known, None for any other.

    ``functions`` are those around it, the inner first; where it is not said which, names are not
    known.
    """
    if functions is None and any(isinstance(n, ast.Name) for n in ast.walk(node)):
        return None
    value = _text(node, source, functions or ())
    return None if value is None else repr(value)


def variables(keys: Iterable[str]) -> tuple[str, ...]:
    """The names of those variables among some keys that are known."""
    return tuple(sorted({str(ast.literal_eval(key)) for key in keys if is_literal(key)}))


def is_literal(key: str) -> bool:
    """Whether a key is known: ``'K'`` is, ``'K L'.split()[0]`` is code that begins alike."""
    if key[:1] not in ("'", '"'):
        return False
    try:
        return isinstance(ast.literal_eval(key), str)
    except ValueError:
        return False


def _known(code: str, source: Source, functions: Sequence[Function]) -> frozenset[str]:
    node = _parsed(code)
    if node is None:
        return frozenset({WHOLE})
    key = key_of(node, source, functions)
    if key is None and isinstance(node, ast.Name) and not _is_local(node.id, functions):
        return _constants(source).get(node.id) or frozenset({WHOLE})
    return frozenset({key or WHOLE})


@lru_cache(
    maxsize=1024
)  # the same few keys are asked for again and again; what is given is only read
def _parsed(code: str) -> ast.expr | None:
    """A key as an expression; None where it is none."""
    try:
        return ast.parse(f"({code})", mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _text(node: ast.expr, source: Source, functions: Sequence[Function]) -> str | None:
    """The string that an expression is, wherever it is computed."""
    match node:
        case ast.Constant(str(value)):
            return value
        case ast.JoinedStr(parts):
            values = [part.value for part in parts if isinstance(part, ast.Constant)]
            return "".join(map(str, values)) if len(values) == len(parts) else None
        case ast.BinOp(left, ast.Add(), right):
            first, second = (_text(side, source, functions) for side in (left, right))
            return None if first is None or second is None else first + second
        case ast.Name(name) if "." not in name:
            return _named(name, source, functions)
        case ast.Name(name):  # ``self.KEY`` in a set-up that is read with its tear-down
            owner, _, attribute = name.partition(".")
            return _attribute(owner, attribute, source, functions)
        case ast.Attribute(ast.Name(owner), attribute):
            return _attribute(owner, attribute, source, functions)
    return None


def _named(name: str, source: Source, functions: Sequence[Function]) -> str | None:
    """The value of a name that gets one, and that a plain string."""
    for function in functions:
        if name in bound_names(function):
            return _local_constants(function).get(name)
    found = _constants(source).get(name, frozenset())
    return str(ast.literal_eval(next(iter(found)))) if len(found) == 1 else None


def _attribute(
    owner: str, attribute: str, source: Source, functions: Sequence[Function]
) -> str | None:
    """The value of a constant of a class, on its own name or on an instance; None if it may be
    overruled.
    """
    classes = top_classes(source)
    on_class = owner in classes and not _is_local(owner, functions)
    cls = classes.get(owner) if on_class else _class_around(owner, source, functions)
    if cls is None or _is_stored(source, attribute):
        return None
    derived = [other for other in classes.values() if cls in with_bases(other, classes)]
    related = {*with_bases(cls, classes), *([] if on_class else derived)}
    values = [value for each in related for value in _class_values(each, attribute)]
    value = values[0] if len(values) == 1 else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def _class_around(owner: str, source: Source, functions: Sequence[Function]) -> ast.ClassDef | None:
    """The class of a method, if the name is its instance or the class itself."""
    method = functions[-1] if functions else None
    if method is None or parameters(method)[:1] != [owner]:
        return None
    if any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in method.decorator_list):
        return None
    return next(
        (c for c in top_classes(source).values() if any(s.lineno == method.lineno for s in c.body)),
        None,
    )


def _class_values(cls: ast.ClassDef, attribute: str) -> Iterator[ast.expr | None]:
    """What the body of a class assigns to a name, None if that is not a plain value."""
    plain: set[int] = set()
    for node in own_nodes(cls.body):
        match node:
            case ast.Assign([ast.Name(name) as target], value) | ast.AnnAssign(
                ast.Name(name) as target, _, value
            ):
                if name == attribute and value is not None:
                    plain.add(id(target))
                    yield value
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name) if (
                name == attribute
            ):
                yield None
    stores = (n for n in own_nodes(cls.body) if isinstance(n, ast.Name) and n.id == attribute)
    if any(not isinstance(n.ctx, ast.Load) and id(n) not in plain for n in stores):
        yield None


@fact
def _is_stored(source: Source, attribute: str) -> bool:
    """Whether a file sets this attribute somewhere, on whatever object."""
    lines = source.lines_with(attribute)
    nodes = (
        n
        for n in nodes_on(source.tree.body, lines)
        if isinstance(n, ast.Attribute) and n.attr == attribute
    )
    return attribute in _set_by_name(source) or any(not isinstance(n.ctx, ast.Load) for n in nodes)


@fact
def _set_by_name(source: Source) -> frozenset[str]:
    """The names that get another value by a call which is given them as a string."""
    return frozenset(_SET_BY_NAME.findall(source.text))


def _is_local(name: str, functions: Sequence[Function]) -> bool:
    return any(name in bound_names(function) for function in functions)


@function_fact
def _local_constants(function: Function) -> dict[str, str]:
    """The names that a function, with those inside it, binds once, and that to a plain string."""
    nodes = every_node(function)
    bound = Counter(
        n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
    )
    bound.update(n.arg for n in nodes if isinstance(n, ast.arg))
    bound.update(
        getattr(n, "name", None) or ""
        for n in nodes
        if isinstance(n, (ast.stmt, ast.ExceptHandler))
    )
    bound.update((n.asname or n.name).partition(".")[0] for n in nodes if isinstance(n, ast.alias))
    found = {}
    for node in function_nodes(function):
        match node:
            case ast.Assign([ast.Name(name)], ast.Constant(str(value))) if bound[name] == 1:
                found[name] = value
    return found


@fact
def _constants(source: Source) -> dict[str, frozenset[str]]:
    """The names of a module that are only ever given plain strings, and which."""
    found: dict[str, list[str]] = {}
    for statement in own_statements(source.tree.body):
        match statement:
            case ast.Assign([ast.Name(name)], ast.Constant(str(value))):
                found.setdefault(name, []).append(repr(value))
            case ast.AnnAssign(ast.Name(name), _, ast.Constant(str(value))):
                found.setdefault(name, []).append(repr(value))
    nodes = list(own_nodes(source.tree.body))
    stored = Counter(
        n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
    )
    stored.update((n.asname or n.name).partition(".")[0] for n in nodes if isinstance(n, ast.alias))
    stored.update(getattr(n, "name", None) or "" for n in nodes if isinstance(n, ast.stmt))
    changed = {
        name
        for line in re.findall(r"\bglobal\b(.*)", source.text)
        for name in re.findall(r"\w+", line)
    }
    changed |= _set_by_name(source)
    return {
        n: frozenset(values)
        for n, values in found.items()
        if len(values) == stored[n] and n not in changed
    }
