"""Hosts: the functions that hold an operation, and how each may get a ``MonkeyPatch``.

The facts after the table are rows S7 to S14 of the measured semantics: a parameter
``monkeypatch`` fails a Hypothesis health check, is a ScopeMismatch in a wider fixture and a
TypeError in a ``unittest.TestCase`` method; in a pytest function it must come after the
parameters that ``@patch`` fills.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from codemods.context import Context
from codemods.python.names import Function, Names
from codemods.python.source import DEFINITIONS, Source, fact, top_classes
from codemods.suite.classes import is_pytest_class, is_testcase, matches
from codemods.suite.known_calls import TRANSPARENT_DECORATORS


class Kind(Enum):
    """What a function is to pytest."""

    TEST = "test"
    FIXTURE = "function-scoped fixture"
    WIDE_FIXTURE = "fixture of a wider scope"
    GIVEN = "Hypothesis test"
    TESTCASE = "unittest.TestCase method"
    SETUP = "set-up or tear-down method"
    HELPER = "helper"


@dataclass(frozen=True)
class Host:
    """A function, and what it is to pytest. ``node_id`` is set for tests, ``outer`` for a
    function in a function.
    """

    function: Function
    classes: tuple[ast.ClassDef, ...]
    kind: Kind
    node_id: str | None
    source: Source
    context: Context
    outer: Host | None = None

    @cached_property
    def names(self) -> Names:
        """The names as the body sees them."""
        return (self.outer.names if self.outer else self.source.names).inside(self.function)

    @property
    def functions(self) -> tuple[Function, ...]:
        """The function, and those that it stands in."""
        return (self.function, *(self.outer.functions if self.outer else ()))

    def nested(self, function: Function) -> Host:
        """A function that stands in this one: nobody but its own code calls it."""
        return Host(function, (), Kind.HELPER, self.node_id, self.source, self.context, outer=self)

    @cached_property
    def injectable(self) -> bool:
        """Whether a parameter ``monkeypatch`` can be added: a wider fixture gets none."""
        return self.kind is not Kind.WIDE_FIXTURE and self.takes_fixtures

    @cached_property
    def takes_fixtures(self) -> bool:
        """Whether pytest itself calls it with fixtures by keyword, so that a parameter can be
        added.
        """
        return (
            self.kind in (Kind.TEST, Kind.FIXTURE, Kind.WIDE_FIXTURE)
            and _transparent(self.function, self.source.names)
            and (self.kind is not Kind.TEST or not _called(self.function.name, self.source))
        )

    @property
    def converts(self) -> bool:
        """Whether ``patch.dict`` is rewritten even in a TestCase."""
        return self.context.unittest == "convert"

    @property
    def annotated(self) -> bool:
        """Whether the signature carries annotations, so that a new parameter should too."""
        arguments = self.function.args
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        return self.function.returns is not None or any(a.annotation for a in every)


SETUP_NAMES = frozenset(
    {
        *("setUp", "tearDown", "setUpClass", "tearDownClass", "asyncSetUp", "asyncTearDown"),
        *("setup", "teardown", "setup_method", "teardown_method", "setup_class", "teardown_class"),
        *(
            "setup_function",
            "teardown_function",
            "setup_module",
            "teardown_module",
            "setUpModule",
            "tearDownModule",
        ),
    }
)

# Methods of a TestCase that do not run between its set-up and its clean-ups.
_AROUND_CLEAN_UPS = frozenset({"__init__", "__call__", "run", "debug", "doCleanups"})

FIXTURES = {"pytest.fixture", "pytest.yield_fixture", "pytest_asyncio.fixture"}


def hosts(
    source: Source, context: Context, statements: list[ast.stmt] | None = None
) -> Iterator[Host]:
    """The functions and methods among the given top-level statements (default: all), in the
    order of the file.
    """
    chosen = source.tree.body if statements is None else statements
    yield from _hosts(chosen, (), source, context)


def _hosts(
    body: list[ast.stmt],
    outer: tuple[ast.ClassDef, ...],
    source: Source,
    context: Context,
) -> Iterator[Host]:
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield from _hosts(statement.body, (*outer, statement), source, context)
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield _host(statement, outer, source, context)
        elif isinstance(statement, (ast.If, ast.Try, ast.With)):
            for field in ("body", "orelse", "finalbody"):
                yield from _hosts(getattr(statement, field, []), outer, source, context)
            for handler in getattr(statement, "handlers", ()):
                yield from _hosts(handler.body, outer, source, context)


def _host(
    function: Function,
    outer: tuple[ast.ClassDef, ...],
    source: Source,
    context: Context,
) -> Host:
    kind = _kind(function, outer, source, context)
    node_id = None
    if _is_test_name(function.name, kind, context):
        node_id = "::".join([source.path, *(c.name for c in outer), function.name])
    return Host(function, outer, kind, node_id, source, context)


def _kind(
    function: Function,
    outer: tuple[ast.ClassDef, ...],
    source: Source,
    context: Context,
) -> Kind:
    decorators = [
        (d, source.names.dotted(d.func if isinstance(d, ast.Call) else d))
        for d in function.decorator_list
    ]
    for decorator, name in decorators:
        if name in FIXTURES:
            return Kind.FIXTURE if _function_scoped(decorator) else Kind.WIDE_FIXTURE
    if outer and _is_testcase(source, outer[-1]):
        return Kind.HELPER if function.name in _AROUND_CLEAN_UPS else Kind.TESTCASE
    if function.name in SETUP_NAMES:
        return Kind.SETUP
    if not matches(function.name, context.python_functions):
        return Kind.HELPER
    if any(name == "hypothesis.given" for _, name in decorators):
        return Kind.GIVEN
    if not all(_is_collected(source, c, context.python_classes) for c in outer):
        return Kind.HELPER
    return Kind.TEST


@fact
def _is_testcase(source: Source, cls: ast.ClassDef) -> bool:
    return is_testcase(cls, source.names, top_classes(source))


@fact
def _is_collected(source: Source, cls: ast.ClassDef, patterns: tuple[str, ...]) -> bool:
    return is_pytest_class(cls, source.names, top_classes(source), patterns)


def _is_test_name(name: str, kind: Kind, context: Context) -> bool:
    if kind is Kind.TESTCASE:
        return name.startswith("test")
    return kind in (Kind.TEST, Kind.GIVEN, Kind.HELPER) and matches(name, context.python_functions)


def _function_scoped(decorator: ast.expr) -> bool:
    if not isinstance(decorator, ast.Call):
        return True
    scope: ast.expr | None = decorator.args[0] if decorator.args else None
    for keyword in decorator.keywords:
        if keyword.arg == "scope" or keyword.arg is None:
            scope = keyword.value
    return scope is None or (isinstance(scope, ast.Constant) and scope.value == "function")


def mock_arguments(function: Function, names: Names) -> int:
    """How many parameters the ``@patch`` and ``@patch.object`` decorators of a function fill."""
    count = 0
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call):
            continue
        name = names.dotted(decorator.func)
        plain = {"unittest.mock.patch": 1, "unittest.mock.patch.object": 2}.get(name or "")
        if plain is not None:
            given = len(decorator.args) > plain or any(k.arg == "new" for k in decorator.keywords)
            count += not given
    return count


def _transparent(function: Function, names: Names) -> bool:
    for decorator in function.decorator_list:
        name = names.dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
        plain = isinstance(decorator, ast.Name) and decorator.id in ("staticmethod", "classmethod")
        if not plain and not (name and TRANSPARENT_DECORATORS.match(name)):
            return False
    # pytest counts the mocks off the front of the names, where *args hides them.
    return function.args.vararg is None or not mock_arguments(function, names)


def _called(name: str, source: Source) -> bool:
    """Whether the file itself refers to the test function, so that a new parameter would break a
    call.
    """
    return source.text.count(name) > 1 and name in _words(source) and name in _references(source)


@fact
def _words(source: Source) -> frozenset[str]:
    """The words that stand in a file elsewhere than after ``def``: a quick no for most tests."""
    return frozenset(re.findall(r"(?:\bdef +)?\w+", source.text))


@fact
def _references(source: Source) -> frozenset[str]:
    """Every name and attribute that a file reads."""
    found = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
    return frozenset(found)


def is_found_by_name(host: Host) -> bool:
    """Whether the path of a function in its file leads to it, and to no other one."""
    body: list[ast.stmt] = host.source.tree.body
    for definition in (*host.classes, host.function):
        named = [s for s in body if isinstance(s, DEFINITIONS) and s.name == definition.name]
        if named != [definition]:
            return False
        body = definition.body
    return True
