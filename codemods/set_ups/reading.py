"""What a test does, statement by statement, so that some of it can be done elsewhere."""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from codemods.context import Context
from codemods.python.names import Function, generator, parameters
from codemods.python.source import Source
from codemods.rule import Refusal
from codemods.set_ups import refusals
from codemods.set_ups.assertions import Asserting
from codemods.set_ups.indenting import moved
from codemods.suite.hosts import Host, Kind, hosts, mock_arguments

SET_UPS = ("setUp", "setup_method", "setup")


@dataclass(frozen=True)
class Setter:
    """A test that sets something up. ``steps`` are its statements, without indentation, each with
    the newline at its end: those of its class's ``setUp``, the parameters that pytest gives it,
    then its own.

    ``parameters`` are those of the function as they are written, by their names, without that of
    the method; ``mocks`` says how many of them decorators fill. ``decorators`` are those that do
    something when it runs. ``first`` is what a method calls its object.
    """

    node_id: str
    source: Source
    classes: tuple[str, ...]
    steps: tuple[str, ...]
    parameters: dict[str, str]
    mocks: int
    decorators: tuple[str, ...]
    first: str | None

    @cached_property
    def locals(self) -> frozenset[str]:
        """The names that its statements bind, and its parameters."""
        return used("".join(self.steps), [*self.parameters, *([self.first] if self.first else [])])[
            1
        ]


def setter(source: Source, node_id: str, context: Context) -> Setter | Refusal:
    """The test of this node id, which may have parameters, as it stands in its file."""
    plain, bracket, identifier = node_id.partition("[")
    host = next((h for h in hosts(source, context) if h.node_id == plain), None)
    if host is None or host.kind not in (Kind.TEST, Kind.TESTCASE):
        return refusals.SETTER_UNKNOWN
    function = host.function
    if isinstance(function, ast.AsyncFunctionDef) or generator(function):
        return refusals.SETTER_ASYNC
    given = _given(function, source, identifier.removesuffix("]")) if bracket else {}
    if given is None:
        return refusals.SETTER_PARAMETRIZED
    first = _first(host)
    written = {a.arg: ast.unparse(a) for a in _arguments(function)}
    taken = {name: text for name, text in written.items() if name not in given and name != first}
    values = (f"{name} = {value}\n" for name, value in given.items())
    steps = (*_set_up(host), *values, *_steps(host, function))
    decorators = tuple(_acting(host))
    classes = tuple(cls.name for cls in host.classes)
    mocks = mock_arguments(function, source.names)
    return Setter(node_id, source, classes, steps, taken, mocks, decorators, first)


def used(code: str, arguments: list[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The names that statements of a function with these parameters look up outside of it, and
    those that are its own.
    """
    lines = "".join(f" {line}\n" for line in code.splitlines()) or " pass\n"
    # Lines that begin inside a string get one more blank, which changes no name.
    table = symtable.symtable(f"def f({', '.join(arguments)}):\n{lines}", "", "exec")
    function = table.get_children()[0]
    own = frozenset(s.get_name() for s in function.get_symbols() if s.is_local())
    return frozenset(_looked_up(function)), own


def _looked_up(table: symtable.SymbolTable) -> Iterator[str]:
    yield from (s.get_name() for s in table.get_symbols() if s.is_global())
    for child in table.get_children():
        yield from _looked_up(child)


def _set_up(host: Host) -> Iterator[str]:
    """What the class of a method does before each of its tests."""
    for statement in host.classes[-1].body if host.classes else ():
        match statement:
            case ast.FunctionDef(name, ast.arguments(args=[ast.arg(first)]), decorator_list=[]):
                if name in SET_UPS and first == _first(host) and not generator(statement):
                    yield from _steps(host, statement)


def _steps(host: Host, function: Function) -> Iterator[str]:
    """The statements of a function; of assertions their side effects."""
    source, body = host.source, function.body
    asserting = Asserting(source, host.names, _first(host))
    documented = ast.get_docstring(function, clean=False) is not None
    for statement in body[documented:]:
        if isinstance(statement, (ast.Pass, ast.Return)):
            continue
        if asserting.is_assertion(statement):
            yield from (_moved(call, statement, source) for call in asserting.calls(statement))
        else:
            yield _moved(asserting.without(statement), statement, source)


def _moved(text: str, statement: ast.stmt, source: Source) -> str:
    line = source.lines[statement.lineno - 1]
    indentation = re.match(r"[ \t\f]*", line)[0]  # type: ignore[index]
    return moved(f"{indentation}{text}\n", indentation, "")


def _first(host: Host) -> str | None:
    """What a method calls its object; None for any other function."""
    decorators = (d for d in host.function.decorator_list if isinstance(d, ast.Name))
    static = any(d.id == "staticmethod" for d in decorators)
    names = parameters(host.function)
    return names[0] if host.classes and names and not static else None


def _arguments(function: Function) -> list[ast.arg]:
    arguments = function.args
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def _acting(host: Host) -> Iterator[str]:
    """The decorators that are not marks, as written."""
    for decorator in host.function.decorator_list:
        name = host.source.names.dotted(
            decorator.func if isinstance(decorator, ast.Call) else decorator
        )
        if not (name or "").startswith("pytest.mark."):
            yield f"@{host.source.segment(decorator)}"


def _given(function: Function, source: Source, identifier: str) -> dict[str, str] | None:
    """The values, as code, that the parameters of a parametrized test have which pytest calls so;
    None if that cannot be told.
    """
    marks = [d for d in function.decorator_list if isinstance(d, ast.Call)]
    marks = [d for d in marks if source.names.dotted(d.func) == "pytest.mark.parametrize"]
    match marks:
        case [ast.Call(_, [ast.Constant(str(names)), ast.List(rows) | ast.Tuple(rows)], [])]:
            words = [name.strip() for name in names.split(",") if name.strip()]
        case [
            ast.Call(_, [ast.List(named) | ast.Tuple(named), ast.List(rows) | ast.Tuple(rows)], [])
        ]:
            words = [str(each.value) for each in named if isinstance(each, ast.Constant)]
        case _:
            return None
    found = [_row(row, len(words), "," in ast.unparse(marks[0].args[0])) for row in rows]
    alike = [values for values in found if values and _identifier(values) == identifier]
    if len(alike) != 1 or len(alike[0]) != len(words):
        return None
    return {name: source.segment(value) for name, value in zip(words, alike[0], strict=True)}


def _row(row: ast.expr, number: int, several: bool) -> list[ast.expr]:
    if number == 1 and not several:
        return [row]
    return list(row.elts) if isinstance(row, (ast.Tuple, ast.List)) else []


def _identifier(values: list[ast.expr]) -> str | None:
    """What pytest makes of constants."""
    if not all(
        isinstance(v, ast.Constant) and isinstance(v.value, (str, int, float, bool)) for v in values
    ):
        return None
    return "-".join(str(v.value) for v in values if isinstance(v, ast.Constant))
