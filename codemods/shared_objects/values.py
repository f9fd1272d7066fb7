"""The value that a name is given: whether making it again makes another object, and whether it is
the same in another place.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator

from codemods.python.names import bound_in, children, own_nodes, walk
from codemods.python.source import Source
from codemods.shared_objects.model import NAMES, NOT_MADE, NOT_PLAIN, Binding, LeftError

_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
# What gives another value in a function, or once more.
_OF_PLACE = frozenset(
    {"locals", "vars", "dir", "super", "eval", "exec", "__class__", "__qualname__", "__module__"}
)
_OUTSIDE = (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)
# What these make does something else as an attribute of an object than as one of its class.
_DESCRIPTORS = frozenset(
    {"property", "classmethod", "staticmethod", "partialmethod", "cached_property", "PropertyMock"}
)


def binding_of(name: str, body: list[ast.stmt], source: Source) -> Binding | None:
    """The assignment that alone gives a name its value in a scope; None if the scope has no such
    name. Raises LeftError where it gets it in another way.
    """
    found = [node for node in own_nodes(body) if _binds(node, name)]
    if not found:
        return None
    line = min(getattr(node, "lineno", 1) for node in found)
    for statement in body:
        match statement:
            case ast.Assign([ast.Name(bound) as target]) | ast.AnnAssign(
                ast.Name(bound) as target, value=ast.expr()
            ):
                if bound == name and found == [target] and is_alone(statement, source):
                    return statement
    raise LeftError(NOT_PLAIN, f"line {line}")


def value_of(statement: Binding) -> ast.expr:
    """The value that an assignment gives."""
    assert statement.value is not None, "one that only annotates gives no value"
    return statement.value


def is_alone(statement: ast.stmt, source: Source) -> bool:
    """Whether nothing but a comment shares the lines of a statement."""
    end_line, end = statement.end_lineno or statement.lineno, statement.end_col_offset or 0
    before = source.lines[statement.lineno - 1].encode()[: statement.col_offset].strip()
    after = source.lines[end_line - 1].encode()[end:].strip()
    return not before and (not after or after.startswith(b"#"))


def check_made(value: ast.expr) -> None:
    """Raises LeftError unless making the value again makes another object, by all that is known."""
    called = (node.func for node in own_nodes([value]) if isinstance(node, ast.Call))
    if not any(isinstance(node, (ast.Call, *_DISPLAYS)) for node in own_nodes([value])):
        raise LeftError(NOT_MADE, ast.unparse(value)[:40])
    if any(ast.unparse(function).rpartition(".")[2] in _DESCRIPTORS for function in called):
        raise LeftError(NOT_PLAIN, f"line {value.lineno}")


def check_names(value: ast.expr, line: int, source: Source, own: Collection[str] = ()) -> None:
    """Raises LeftError if a name in a value may stand for something else when a test begins than
    on the line. ``own`` are names of a class, about which nothing is said.
    """
    if any(isinstance(node, _OUTSIDE) for node in walk(value)):
        raise LeftError(NOT_PLAIN, f"line {value.lineno}")
    names = {node.id for node in walk(value) if isinstance(node, ast.Name)} - {*own}
    of_place = names & _OF_PLACE
    later = of_place or names & _bound_later(source, line)
    if later:
        raise LeftError(NAMES, min(later))


def names_of_class(
    value: ast.expr, cls: ast.ClassDef, statement: Binding, moving: Collection[str]
) -> list[ast.Name]:
    """The names in a value that are those of its class, which ``self`` has, too. Some are
    ``moving`` into the set-up as well.

    Raises LeftError where ``self`` may have another.
    """
    bound = bound_in(cls.body)
    inside = [node for node in _direct(value) if node.id in bound]
    for node in inside:
        if node.id not in moving and not _is_plain_above(node.id, cls, statement):
            raise LeftError(NAMES, node.id)
    parts = [part for part in walk(value) if isinstance(part, ast.JoinedStr)]
    if inside and any(node in walk(part) for part in parts for node in inside):
        raise LeftError(
            NAMES, inside[0].id
        )  # where it stands in a string is not told by all Pythons
    return inside


def _is_plain_above(name: str, cls: ast.ClassDef, statement: Binding) -> bool:
    """Whether a class has a name once, above the statement, for something that is not a method."""
    if sum(_binds(node, name) for node in own_nodes(cls.body)) != 1:
        return False
    for each in cls.body[: cls.body.index(statement)]:
        match each:
            case ast.Assign([ast.Name(bound)], value) | ast.AnnAssign(
                ast.Name(bound), value=ast.expr() as value
            ) if bound == name:
                return _is_plain(value)
    return False


def _is_plain(value: ast.expr) -> bool:
    """Whether a value is the same object as an attribute of a class and of an object."""
    if isinstance(value, ast.Call):
        name = ast.unparse(value.func).rpartition(".")[2]
        return name[:1].isupper() and name not in _DESCRIPTORS
    return isinstance(value, (ast.Constant, ast.JoinedStr, ast.Tuple, *_DISPLAYS))


def _binds(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Name(bound, ast.Store() | ast.Del()):
            return bound == name
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.ExceptHandler():
            return node.name == name
        case ast.MatchAs(name=bound) | ast.MatchStar(name=bound):
            return bound == name
        case ast.Import(aliases) | ast.ImportFrom(names=aliases):
            return any((a.asname or a.name.partition(".")[0]) == name for a in aliases)
    return False


def _bound_later(source: Source, line: int) -> set[str]:
    """The names that the module assigns after a line, or that one of its functions may assign."""
    after = [node for node in source.tree.body if node.lineno > line]
    declared = _declared(source) if "global " in source.text else ()
    return bound_in(after) | {*declared}


def _declared(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Global):
            yield from node.names


def _direct(*values: ast.AST | None) -> Iterator[ast.Name]:
    """The names of expressions that a class body looks up itself: not those in a lambda, or in a
    comprehension except what it goes through first.
    """
    for value in values:
        if isinstance(value, ast.Name):
            yield value
        elif isinstance(value, ast.Lambda):
            yield from _direct(*value.args.defaults, *value.args.kw_defaults)
        elif isinstance(value, _COMPREHENSIONS):
            yield from _direct(value.generators[0].iter)
        elif value is not None:
            yield from _direct(*children(value))


def mentions(nodes: Iterable[ast.AST], names: Collection[str]) -> ast.Name | None:
    """A name among some nodes that is one of these."""
    every = (node for node in nodes if isinstance(node, ast.Name))
    return next((node for node in every if node.id in names), None)
