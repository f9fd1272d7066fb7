"""An object that ``setUpClass`` makes for all tests of a class: ``setUp`` makes it for each."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.context import Context
from codemods.python.names import Function, bound_in, parameters, walk
from codemods.python.source import Source, top_classes
from codemods.shared_objects.class_bodies import check_decorators, methods
from codemods.shared_objects.class_uses import check_subclasses, check_uses, is_case
from codemods.shared_objects.elsewhere import check_elsewhere
from codemods.shared_objects.model import NAME_TAKEN, WIDE_SET_UP, ClassSetUp, LeftError
from codemods.shared_objects.sequences import check_steps
from codemods.shared_objects.values import is_alone
from codemods.suite.classes import with_bases
from codemods.suite.known_calls import TESTCASES

OF_CASE = {"setUpClass": "setUp", "tearDownClass": "tearDown"}
OF_CLASS = {"setup_class": "setup_method", "teardown_class": "teardown_method"}
# What a class registers, and a test registers alike.
ALIKE = {"addClassCleanup": "addCleanup", "enterClassContext": "enterContext"}


def set_up_of(name: str, cls: ast.ClassDef, source: Source) -> Function | None:
    """The set-up of a class that gives one of its attributes a value."""
    wide = OF_CASE if is_case(cls, source) else OF_CLASS
    for function in methods(cls):
        is_set_up = function.name in wide and function.name.startswith("set")
        if is_set_up and name in _given(function):
            return function
    return None


def is_made_by_set_up(name: str, cls: ast.ClassDef, source: Source) -> bool:
    """Whether the set-up of each test makes an attribute, which the class itself does not have."""
    family = with_bases(cls, top_classes(source))
    if any(name in bound_in(c.body) or set_up_of(name, c, source) for c in family):
        return False
    set_up = "setUp" if is_case(cls, source) else "setup_method"
    return any(f.name == set_up and name in _made_by(f) for c in family for f in methods(c))


def narrowed(set_up: Function, cls: ast.ClassDef, source: Source, context: Context) -> ClassSetUp:
    """What becomes of a set-up of a class, and of the tear-down. Raises LeftError."""
    wide = OF_CASE if is_case(cls, source) else OF_CLASS
    functions = [function for function in methods(cls) if function.name in wide]
    check_steps(methods(cls), cls, source)
    check_decorators(cls, source)
    new = {wide[function.name] for function in functions}
    taken = [function for function in methods(cls) if function.name in (*new, "setup", "teardown")]
    if taken or len({f.name for f in functions}) < len(functions):
        raise LeftError(WIDE_SET_UP, f"line {(taken or functions)[0].lineno}")
    plain = {source.names.dotted(base) or ast.unparse(base) for base in cls.bases} <= {
        *TESTCASES,
        "object",
    }
    for function in functions:
        _check(function, cls, source, plain)
    for name in _given(set_up):
        check_uses(name, cls, source, context, functions)
    check_subclasses(cls, {*_given(set_up), *wide, *wide.values()}, source)
    check_elsewhere(cls.name, source, context)
    return ClassSetUp(tuple((function, wide[function.name]) for function in functions))


def class_parameter(function: Function) -> str:
    """What a class method calls its class; empty if that is not plain."""
    arguments = function.args
    others = (arguments.vararg, arguments.kwarg, *arguments.kwonlyargs, *arguments.posonlyargs)
    return arguments.args[0].arg if len(arguments.args) == 1 and not any(others) else ""


def _check(function: Function, cls: ast.ClassDef, source: Source, plain: bool) -> None:
    """Raises LeftError unless all that a function does can be done for each test."""
    name = class_parameter(function)
    decorators = [ast.unparse(decorator) for decorator in function.decorator_list]
    own_lines = all(
        source.lines[d.lineno - 1].strip() == "@classmethod" for d in function.decorator_list
    )
    ok = isinstance(function, ast.FunctionDef) and name and own_lines and is_alone(function, source)
    case = function.name in OF_CASE
    if not ok or decorators != (["classmethod"] if case or decorators else []):
        raise LeftError(WIDE_SET_UP, f"line {function.lineno}")
    if name != "self" and "self" in _names(function):
        raise LeftError(NAME_TAKEN, "self")
    attributes = {id(n.value): n for n in walk(function) if isinstance(n, ast.Attribute)}
    called = {id(n.func) for n in walk(function) if isinstance(n, ast.Call)}
    for node in walk(function):
        match node:
            case ast.Name(used) if used == name and not _is_of_super(node, function):
                attribute = attributes.get(id(node))
                if attribute is None or not _is_alike(attribute, cls, id(attribute) in called):
                    raise LeftError(WIDE_SET_UP, f"line {node.lineno}")
            case ast.Yield() | ast.YieldFrom() | ast.Global() | ast.Nonlocal():
                raise LeftError(WIDE_SET_UP, f"line {node.lineno}")
    if not plain and not (case and [*super_calls(function)]):
        raise LeftError(WIDE_SET_UP, f"line {function.lineno}")


def super_calls(function: Function) -> Iterator[ast.Attribute]:
    """Where a function calls what its base has under its name: ``super().setUpClass``."""
    for node in walk(function):
        match node:
            case ast.Call(ast.Attribute(ast.Call(ast.Name("super")), name) as called, [], []):
                if name == function.name:
                    yield called


def _is_of_super(node: ast.Name, function: Function) -> bool:
    """Whether the class is named in ``super(TestIt, cls).setUpClass()``."""
    return any(node in walk(call) for call in super_calls(function))


def _is_alike(node: ast.Attribute, cls: ast.ClassDef, called: bool) -> bool:
    """Whether an attribute of the class is the same as one of its object, or one of those that have
    another name there.
    """
    if node.attr.startswith("__") or "Class" in node.attr:
        return node.attr in ALIKE and called
    for function in methods(cls):
        if function.name == node.attr:
            return {ast.unparse(d) for d in function.decorator_list} <= {
                "staticmethod",
                "classmethod",
            } and bool(function.decorator_list)
    return True


def _given(function: Function) -> list[str]:
    """The attributes that a set-up gives its class, each once."""
    return _made_by(function) if class_parameter(function) else []


def _made_by(function: Function) -> list[str]:
    """The attributes that a function gives its class or object, each once."""
    first = parameters(function)[:1]
    found = []
    for node in walk(function):
        match node:
            case ast.Attribute(ast.Name(owner), attribute, ast.Store()) if [owner] == first:
                found.append(attribute)
    return list(dict.fromkeys(found))


def _names(function: Function) -> set[str]:
    every = {node.id for node in walk(function) if isinstance(node, ast.Name)}
    return every | {*parameters(function)}
