"""The fixtures around a function: those of its file and of the conftest.py files above, found as
pytest does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from codemods.context import Conftest, Context
from codemods.python.names import Function, function_nodes, parameters
from codemods.python.source import Source, fact, top_classes
from codemods.state.model.kind import StateKind, kind_of
from codemods.suite.classes import with_bases
from codemods.suite.hosts import Host, mock_arguments

# A conftest without any of these has no fixture that matters to what a test does to the
# environment.


# Stands for a fixture whose name is not known.
UNKNOWN = "*"


@dataclass(frozen=True, eq=False)
class Fixture:
    """One fixture. ``layer`` says how near it is: conftests from the root down, then the file,
    then its classes.
    """

    name: str
    function: Function
    source: Source
    layer: int

    @cached_property
    def autouse(self) -> bool:
        """Whether every test around has it."""
        if isinstance(self, SetUp):
            return True
        keywords = [
            k for d in self.function.decorator_list if isinstance(d, ast.Call) for k in d.keywords
        ]
        return any(k.arg == "autouse" and not _is_constant(k.value, False) for k in keywords)

    @property
    def asks(self) -> list[str]:
        """The names of the fixtures that it has set up before, and torn down after it."""
        if self.wide or isinstance(self, SetUp):
            return []
        own = parameters(self.function)
        return [*own, *requested(function_nodes(self.function), own)]

    @cached_property
    def requests_later(self) -> list[str]:
        """The names of those that a function which it gives to its test may have set up."""
        own = {id(node) for node in function_nodes(self.function)}
        nested = (node for node in ast.walk(self.function) if id(node) not in own)
        return requested(nested, parameters(self.function))

    @cached_property
    def wide(self) -> bool:
        """Whether it is torn down later than whatever belongs to one test."""
        decorators = [self.source.segment(d) for d in self.function.decorator_list]
        return any("scope" in d and "function" not in d for d in decorators)


@dataclass(frozen=True, eq=False)
class SetUp(Fixture):
    """What pytest makes of ``setup_method`` and ``teardown_method``: it comes before the fixtures
    of the class.

    ``function`` is the tear-down.
    """

    cls: ast.ClassDef


Layer = dict[str, Fixture]
# A fixture by its name, and None where neither the file nor a conftest above has one of that name.
Named = tuple[str, Fixture | None]
_Found = dict[tuple[str, int | None], Named]


def requested(nodes: Iterable[ast.AST], own: Iterable[str]) -> list[str]:
    """The fixtures that ``request.getfixturevalue("client")`` sets up; ``UNKNOWN`` where the name
    is computed.

    What is handed the request, as in ``make(request)``, may set up any. ``own`` are the fixtures
    of the function.
    """
    nodes = list(nodes)
    calls = [n for n in nodes if isinstance(n, ast.Call)]
    names = {id(call.func): call.args[:1] for call in calls}
    found = [
        names.get(id(n), [])
        for n in nodes
        if isinstance(n, ast.Attribute) and n.attr == "getfixturevalue"
    ]
    values = [value for call in calls for value in (*call.args, *(k.value for k in call.keywords))]
    handed = any(isinstance(value, ast.Name) and value.id == "request" for value in values)
    return [*map(_text, found), *([UNKNOWN] if handed and "request" in own else [])]


def _text(arguments: list[ast.expr]) -> str:
    match arguments:
        case [ast.Constant(str(name))]:
            return name
    return UNKNOWN


class Fixtures:
    """The fixtures that a function can ask for, in layers, the nearest last."""

    def __init__(self, layers: Iterable[Layer]) -> None:
        self.layers = list(layers)
        self._set_up: dict[Function, list[Named]] = {}

    def all(self) -> Iterator[Fixture]:
        """Every fixture, those too that are overridden."""
        return (fixture for layer in self.layers for fixture in layer.values())

    def set_up_for(self, host: Host) -> list[Named]:
        """What pytest sets up for a test or a fixture, in that order; what wider fixtures ask
        for is left out.
        """
        if host.function not in self._set_up:
            self._set_up[host.function] = self._asked_for(host)
        return self._set_up[host.function]

    def _asked_for(self, host: Host) -> list[Named]:
        own = next((f for f in self.all() if f.function is host.function), None)
        filled = _given(host)
        asked = [
            name
            for name in parameters(host.function)
            if name not in filled or self._find(name, own)
        ]
        found = self._in_order([*self._autouse(), *_used_by_mark(host), *asked], own)
        late = requested(ast.walk(host.function), asked) if _speaks_of(host, "request") else []
        late += [
            name for _, fixture in found if fixture is not None for name in fixture.requests_later
        ]
        # By then the function has its monkeypatch.
        return (
            self._in_order([*(name for name, _ in found), "monkeypatch", *late], own)
            if late
            else found
        )

    def set_up(self) -> list[Named]:
        """Whatever may be set up for a test that is not known."""
        return self._in_order(fixture.name for fixture in self.all())

    def _autouse(self) -> list[str]:
        """pytest finds them by ``dir()``: in each layer by the alphabet."""
        layers = [sorted(layer.values(), key=lambda f: f.function.name) for layer in self.layers]
        return [fixture.name for layer in layers for fixture in layer if fixture.autouse]

    def _in_order(self, names: Iterable[str], own: Fixture | None = None) -> list[Named]:
        """The names with what they ask for in front of them, each once; ``own`` is the fixture
        that asks.
        """
        found: _Found = {}
        for name in names:
            self._add(name, own, own, found)
        return list(found.values())

    def _add(self, name: str, asker: Fixture | None, own: Fixture | None, found: _Found) -> None:
        """Add a name after what it asks for. No function in another: one that calls itself
        would keep the trees.
        """
        fixture = self._find(name, asker)
        key = (name, fixture.layer if fixture else None)
        if key in found or name in ("self", "cls") or (fixture is not None and fixture is own):
            return
        found[key] = (name, fixture)  # so that two that ask for each other come to an end
        for asked in fixture.asks if fixture else ():
            self._add(asked, fixture, own, found)
        found[key] = found.pop(key)

    def _find(self, name: str, asker: Fixture | None) -> Fixture | None:
        """The nearest fixture of a name; one that asks for its own name gets what it overrides."""
        below = asker.layer if asker is not None and asker.name == name else len(self.layers)
        return next((layer[name] for layer in reversed(self.layers[:below]) if name in layer), None)


def _speaks_of(host: Host, word: str) -> bool:
    """Whether a function has a word anywhere; most files have it nowhere, which is quickly told."""
    return word in host.source.text and word in host.source.segment(host.function)


def fixtures_around(host: Host) -> Fixtures:
    """The fixtures of the conftests above, of the file's top level and of the classes that the
    function stands in.
    """
    return _around(host.source, host.context, host.classes)


@fact
def _around(source: Source, context: Context, classes: tuple[ast.ClassDef, ...]) -> Fixtures:
    layers = list(_layers(source, context))
    for cls in classes:
        layers += [{s.name: s} for s in set_ups(source) if s.cls is cls]
        layers.append(_layer(cls.body, source, len(layers)))
    return Fixtures(layers)


def conftests_above(source: Source, context: Context) -> tuple[Conftest, ...]:
    """The conftests whose fixtures a file can use, from the root down; none if no fixture there
    can matter here.
    """
    if not context.conftests:
        return ()
    path = (context.root / source.path).as_posix()
    found = [
        c
        for c in context.conftests
        if path.startswith(c.folder) and path != f"{c.folder}conftest.py"
    ]
    words = ("monkeypatch", "MonkeyPatch", *kind_of(source).mentioned)
    matter = any(word in conftest.text for conftest in found for word in words)
    return tuple(sorted(found, key=lambda c: len(c.folder))) if matter else ()


@fact
def set_ups(source: Source) -> tuple[SetUp, ...]:
    """What is torn down after the methods of each class at the top level of a file."""
    return tuple(_set_ups(source)) if "teardown_method" in source.text else ()


def _set_ups(source: Source) -> Iterator[SetUp]:
    classes = top_classes(source)
    for cls in classes.values():
        for statement in (s for c in with_bases(cls, classes) for s in c.body):
            if (
                isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))
                and statement.name == "teardown_method"
            ):
                yield SetUp(statement.name, statement, source, -1, cls)
                break


@lru_cache(maxsize=64)  # of a tree with many conftests, those that are near
def source_of(conftest: Conftest, kind: StateKind) -> Source | None:
    """A conftest read for a kind of state, or None if it does not parse."""
    source = Source(conftest.text, f"{conftest.folder}conftest.py")
    try:
        _ = source.tree
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return source.focused(kind)


def _given(host: Host) -> set[str]:
    """The parameters that are not fixtures: ``@patch`` fills the first, and ``parametrize`` those
    that it names.
    """
    function = host.function
    strings = [
        n.value for d in function.decorator_list for n in ast.walk(d) if isinstance(n, ast.Constant)
    ]
    names = {name.strip() for text in strings if isinstance(text, str) for name in text.split(",")}
    positional = [name for name in parameters(function) if name not in ("self", "cls")]
    return names | set(positional[: mock_arguments(function, host.source.names)])


@fact
def _layers(source: Source, context: Context) -> tuple[Layer, ...]:
    kind = kind_of(source)
    sources = [s for c in conftests_above(source, context) if (s := source_of(c, kind)) is not None]
    return tuple(_layer(s.tree.body, s, number) for number, s in enumerate([*sources, source]))


def layer_of(source: Source) -> Layer:
    """The fixtures at the top level of a file."""
    return _layer(source.tree.body, source, 0)


def _layer(body: list[ast.stmt], source: Source, number: int) -> Layer:
    """The fixtures among some statements, by the names that tests ask for them by."""
    found = {}
    for function in body:
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            decorators = [d for d in function.decorator_list if "fixture" in source.segment(d)]
            if any(not _names_fixtures(d) for d in decorators):
                name = next((n for d in decorators if (n := _given_name(d))), function.name)
                found[name] = Fixture(name, function, source, number)
    return found


def _given_name(decorator: ast.expr) -> str | None:
    for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
        if (
            keyword.arg == "name"
            and isinstance(keyword.value, ast.Constant)
            and isinstance(keyword.value.value, str)
        ):
            return keyword.value.value
    return None


def _is_constant(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _names_fixtures(node: ast.AST) -> bool:
    """Whether this is ``pytest.mark.usefixtures(…)``."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "usefixtures"
    )


def _used_by_mark(host: Host) -> list[str]:
    """The fixtures that ``usefixtures`` names, on the function, its classes or in a
    ``pytestmark``.
    """
    if "usefixtures" not in host.source.text:
        return []
    marked: list[ast.AST] = list(host.function.decorator_list)
    for body in (*(cls.body for cls in reversed(host.classes)), host.source.tree.body):
        marked += [
            s
            for s in body
            if isinstance(s, (ast.Assign, ast.AnnAssign)) and "pytestmark" in ast.unparse(s)
        ]
    for cls in host.classes:
        marked += cls.decorator_list
    calls = [
        n
        for mark in marked
        for n in ast.walk(mark)
        if isinstance(n, ast.Call) and _names_fixtures(n)
    ]
    return [
        a.value
        for c in calls
        for a in c.args
        if isinstance(a, ast.Constant) and isinstance(a.value, str)
    ]
