"""An object of a class body that each test is to have of its own: it goes into the set-up."""

from __future__ import annotations

import ast

from codemods.context import Context
from codemods.python.names import Function, bound_in, parameters, walk
from codemods.python.source import Source, top_classes
from codemods.shared_objects.class_uses import at_import, check_subclasses, check_uses, is_case
from codemods.shared_objects.elsewhere import check_elsewhere
from codemods.shared_objects.model import (
    AT_IMPORT,
    NAME_TAKEN,
    NOT_PLAIN,
    SET_UP,
    Attributes,
    Binding,
    LeftError,
    target_of,
)
from codemods.shared_objects.sequences import check_steps
from codemods.shared_objects.values import (
    binding_of,
    check_made,
    check_names,
    mentions,
    names_of_class,
    value_of,
)
from codemods.suite.classes import with_bases
from codemods.suite.known_calls import KNOWN_BASES, TESTCASES

_PLAIN_BASES = frozenset({"object", "Generic", "Protocol", "ABC"})
_DECORATORS = ("pytest.mark.", "unittest.mock.patch")


def moved(statement: Binding, cls: ast.ClassDef, source: Source, context: Context) -> Attributes:
    """What becomes of the attribute that a statement of a class gives a value. Raises LeftError."""
    check_steps(methods(cls), cls, source)
    check_decorators(cls, source)
    check_made(value_of(statement))
    statements = _with_dependents(statement, cls, source)
    names = {target_of(each).id for each in statements}
    inside: list[ast.Name] = []
    for each in statements:
        if isinstance(each, ast.AnnAssign) and "ClassVar" in ast.unparse(each.annotation):
            raise LeftError(NOT_PLAIN, f"line {each.lineno}")
        own = names_of_class(value_of(each), cls, each, names)
        check_names(value_of(each), each.lineno, source, {node.id for node in own})
        check_uses(target_of(each).id, cls, source, context)
        inside += own
    set_up = "setUp" if is_case(cls, source) else "setup_method"
    check_subclasses(cls, {set_up, *names, *(node.id for node in inside)}, source)
    into = _set_up(set_up, cls, statements)
    base = _base(set_up, cls, source) if into is None else None
    check_elsewhere(cls.name, source, context)
    return Attributes(cls, statements, tuple(inside), set_up, into, base)


def _with_dependents(statement: Binding, cls: ast.ClassDef, source: Source) -> tuple[Binding, ...]:
    """The statement, and those that make other attributes of the class from its value.

    Raises LeftError where anything else of the class uses it while that is made.
    """
    found = [statement]
    while True:
        names = {target_of(each).id for each in found}
        uses = ((s, mentions(at_import(s), names)) for s in cls.body if s not in found)
        used = next(((s, node) for s, node in uses if node is not None), None)
        if used is None:
            return tuple(sorted(found, key=lambda each: each.lineno))
        other, node = used
        match other:
            case ast.Assign([ast.Name(name)]) | ast.AnnAssign(ast.Name(name)):
                if binding_of(name, cls.body, source) is other:
                    found.append(other)
                    continue
        raise LeftError(AT_IMPORT, f"line {node.lineno}")


def methods(cls: ast.ClassDef) -> list[Function]:
    """The methods of a class."""
    return [s for s in cls.body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))]


def check_decorators(cls: ast.ClassDef, source: Source) -> None:
    """Raises LeftError if a decorator of a class may do something around its set-up."""
    for decorator in cls.decorator_list:
        name = source.names.dotted(decorator) or ""
        if not name.startswith(_DECORATORS):
            raise LeftError(SET_UP, f"line {decorator.lineno}")


def _set_up(name: str, cls: ast.ClassDef, statements: tuple[Binding, ...]) -> Function | None:
    """The set-up of a class; None if it may get one. Raises LeftError if it is not a plain one,
    or if the statements cannot stand in it.
    """
    named = [s for s in ast.walk(cls) if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))]
    found = [function for function in named if function.name == name]
    every = (node for each in statements for node in walk(value_of(each)))
    names = {node.id for node in every if isinstance(node, ast.Name)}
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
