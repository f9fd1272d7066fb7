"""An object of a class body that each test is to have of its own: it goes into the set-up."""

from __future__ import annotations

import ast

from codemods.context import Context
from codemods.python.names import Function, bound_in, parameters, walk
from codemods.python.source import Source, top_classes
from codemods.shared_objects.class_uses import check_subclasses, check_uses, is_case
from codemods.shared_objects.elsewhere import check_elsewhere
from codemods.shared_objects.model import (
    NAME_TAKEN,
    NOT_PLAIN,
    SET_UP,
    Attribute,
    Binding,
    LeftError,
)
from codemods.shared_objects.sequences import check_steps
from codemods.shared_objects.values import check_made, check_names, names_of_class, value_of
from codemods.suite.classes import with_bases
from codemods.suite.known_calls import KNOWN_BASES, TESTCASES

_PLAIN_BASES = frozenset({"object", "Generic", "Protocol", "ABC"})
_DECORATORS = ("pytest.mark.", "unittest.mock.patch")


def moved(
    name: str, statement: Binding, cls: ast.ClassDef, source: Source, context: Context
) -> Attribute:
    """What becomes of the attribute that a statement of a class gives a value. Raises LeftError."""
    value = value_of(statement)
    check_steps(methods(cls), cls, source)
    check_decorators(cls, source)
    check_made(value)
    if isinstance(statement, ast.AnnAssign) and "ClassVar" in ast.unparse(statement.annotation):
        raise LeftError(NOT_PLAIN, f"line {statement.lineno}")
    inside = names_of_class(value, cls, statement)
    check_names(value, statement.lineno, source, {node.id for node in inside})
    check_uses(name, cls, source, context)
    set_up = "setUp" if is_case(cls, source) else "setup_method"
    check_subclasses(cls, {name, set_up, *(node.id for node in inside)}, source)
    into = _set_up(set_up, cls, value)
    base = _base(set_up, cls, source) if into is None else None
    check_elsewhere(cls.name, source, context)
    return Attribute(cls, statement, tuple(inside), set_up, into, base)


def methods(cls: ast.ClassDef) -> list[Function]:
    """The methods of a class."""
    return [s for s in cls.body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))]


def check_decorators(cls: ast.ClassDef, source: Source) -> None:
    """Raises LeftError if a decorator of a class may do something around its set-up."""
    for decorator in cls.decorator_list:
        name = source.names.dotted(decorator) or ""
        if not name.startswith(_DECORATORS):
            raise LeftError(SET_UP, f"line {decorator.lineno}")


def _set_up(name: str, cls: ast.ClassDef, value: ast.expr) -> Function | None:
    """The set-up that a class has; None if it may get one. Raises LeftError if it is no plain one,
    or if the value cannot stand in it.
    """
    named = [s for s in ast.walk(cls) if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))]
    found = [function for function in named if function.name == name]
    names = {node.id for node in walk(value) if isinstance(node, ast.Name)}
    if not found:
        # Where there is a ``setup_method``, pytest 7 calls no ``setup``, as nose names it.
        if not methods(cls) or bound_in(cls.body) & {name, "setup"}:
            raise LeftError(SET_UP, cls.name)
        if "self" in names:
            raise LeftError(NAME_TAKEN, "self")
        return None
    function = found[0]
    plain = len(found) == 1 and function in cls.body and isinstance(function, ast.FunctionDef)
    on_own_lines = function.body[0].lineno > function.lineno
    if not plain or not on_own_lines or function.decorator_list or not parameters(function):
        raise LeftError(SET_UP, f"line {function.lineno}")
    if names & {*parameters(function)}:
        raise LeftError(NAME_TAKEN, min(names & {*parameters(function)}))
    return function


def _base(set_up: str, cls: ast.ClassDef, source: Source) -> Function | str | None:
    """What a new set-up calls: that of a base, or one that is called ``setUp`` there; None where
    no base has one. Raises LeftError if that is not known.
    """
    classes = top_classes(source)
    family = with_bases(cls, classes)
    bases = [base for c in family for base in c.bases]
    dotted = [source.names.dotted(base) or "" for base in bases]
    unknown = [
        ast.unparse(base)
        for base, name in zip(bases, dotted, strict=True)
        if name not in KNOWN_BASES and not _is_in(base, family)
    ]
    if unknown:
        raise LeftError(SET_UP, unknown[0])
    if set_up == "setUp":
        plain = len(family) == 1 and {*dotted} <= {*TESTCASES}
        return None if plain else set_up
    found = [f for c in family[1:] for f in methods(c) if f.name in (set_up, "setup")]
    if not found:
        return None
    arguments = parameters(found[0])
    if len(found) > 1 or found[0].name != set_up or len(arguments) not in (1, 2):
        raise LeftError(SET_UP, f"line {found[0].lineno}")
    return found[0]


def _is_in(base: ast.expr, family: list[ast.ClassDef]) -> bool:
    """Whether a base is a class of the file, or one that has no set-up."""
    of = base.value if isinstance(base, ast.Subscript) else base
    name = ast.unparse(of).rpartition(".")[2]
    return name in _PLAIN_BASES or any(name == c.name for c in family)
