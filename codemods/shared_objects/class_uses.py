"""How a class uses its attributes: each test through ``self``, or through what they share."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from codemods.context import Context
from codemods.python.names import Function, bound_in, parameters, walk
from codemods.python.source import Source, top_classes
from codemods.shared_objects.model import (
    SUBCLASS,
    THROUGH_CLASS,
    WIDE_USE,
    LeftError,
)
from codemods.suite.classes import is_pytest_class, is_testcase, with_bases
from codemods.suite.hosts import Host, Kind, hosts

# What does not run between the set-up of a test and its end.
_APART = frozenset({"run", "debug", "id", "shortDescription", "defaultTestResult", "setup_class"})
_OF_CLASS = frozenset({"__class__", "cls", "instance"})
_BY_NAME = frozenset({"getattr", "setattr", "delattr", "hasattr", "object"})


def is_case(cls: ast.ClassDef, source: Source) -> bool:
    """Whether a class is a ``unittest.TestCase``."""
    return is_testcase(cls, source.names, top_classes(source))


def is_tests(cls: ast.ClassDef, source: Source, context: Context) -> bool:
    """Whether pytest collects a class."""
    patterns = context.python_classes
    own = is_pytest_class(cls, source.names, top_classes(source), patterns)
    return is_case(cls, source) or own


def check_uses(
    name: str,
    cls: ast.ClassDef,
    source: Source,
    context: Context,
    apart: Collection[Function] = (),
) -> None:
    """Raises LeftError where an attribute of a class is used otherwise than through ``self``, by
    what runs after the set-up of a test. What functions ``apart`` do is known.
    """
    classes = top_classes(source)
    family = [*with_bases(cls, classes), *_subclasses(cls, source)]
    skipped = {id(node) for function in apart for node in ast.walk(function)}
    names = frozenset(each.name for each in family) | {"cls", "klass"}
    for node in walk(source.tree):
        if id(node) not in skipped and _is_through_class(node, name, cls.name, names):
            raise LeftError(THROUGH_CLASS, f"line {getattr(node, 'lineno', 1)}")
    for host in hosts(source, context):
        if host.classes and host.classes[-1] in family and host.function not in apart:
            _check_host(host, name)


def check_subclasses(cls: ast.ClassDef, names: Collection[str], source: Source) -> None:
    """Raises LeftError if a subclass in the file has one of some names for something of its own."""
    for each in _subclasses(cls, source):
        if not bound_in(each.body).isdisjoint(names):
            raise LeftError(SUBCLASS, each.name)


def _subclasses(cls: ast.ClassDef, source: Source) -> list[ast.ClassDef]:
    classes = top_classes(source)
    return [c for c in classes.values() if c is not cls and cls in with_bases(c, classes)]


def _check_host(host: Host, name: str) -> None:
    """Raises LeftError if a method uses the attribute, and does not run within a test."""
    function = host.function
    case = host.kind is Kind.FIXTURE and is_case(host.classes[-1], host.source)
    early = function.name in _APART or function.name.startswith("__")
    if not (early or case or host.kind is Kind.WIDE_FIXTURE):
        return
    first = parameters(function)[:1]
    for node in walk(function):
        match node:
            case ast.Attribute(ast.Name(owner), attribute) if attribute == name:
                if [owner] == first:
                    raise LeftError(WIDE_USE, f"{function.name}, line {node.lineno}")


def at_import(statement: ast.stmt) -> Iterator[ast.AST]:
    """What of a statement of a class body runs while the class is made."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        arguments = statement.args
        annotations = (a.annotation for a in ast.walk(arguments) if isinstance(a, ast.arg))
        defaults = (*arguments.defaults, *arguments.kw_defaults, *annotations, statement.returns)
        for part in (*statement.decorator_list, *filter(None, defaults)):
            yield from walk(part)
        return
    for node in walk(statement):
        if not (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)):
            yield node


def _is_through_class(node: ast.AST, name: str, cls: str, names: Collection[str]) -> bool:
    match node:
        case ast.Attribute(owner, attribute) if attribute == name:
            return _is_class(owner, names)
        case ast.Call(function, [owner, ast.Constant(given), *_]) if given == name:
            called = ast.unparse(function).rpartition(".")[2]
            return called in _BY_NAME and _is_class(owner, names)
        case ast.Constant(str(text)):
            return text.endswith(f"{cls}.{name}")
    return False


def _is_class(owner: ast.expr, names: Collection[str]) -> bool:
    match owner:
        case ast.Name(name):
            return name in names
        case ast.Call(ast.Name("type" | "super")):
            return True
        case ast.Attribute(_, attribute):
            return attribute in _OF_CLASS
    return False
