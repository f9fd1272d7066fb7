"""``@patch.dict(os.environ, …)`` on a class: read into the operations of an autouse fixture in that
class.

The decorator covers each method whose name begins with ``test``, inherited ones too, and nothing
else (rows S9 and X1 of the measured semantics). The fixture is wider: set-up methods and other
fixtures run inside it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from codemods.context import Context
from codemods.python.names import Function
from codemods.python.source import Source, fact, top_classes
from codemods.rule import Refusal
from codemods.state.around.given import changed_by
from codemods.state.expressions.scope import Scope
from codemods.state.model import refusals
from codemods.state.model.kind import spelling_in
from codemods.state.model.operations import Clear, Operation, keys, unknown
from codemods.state.model.plan import Site
from codemods.state.model.refusals import RefusedError
from codemods.state.patchers.hoisting import movable
from codemods.state.patchers.patchers import Patchers
from codemods.suite.classes import is_testcase, with_bases
from codemods.suite.hosts import SETUP_NAMES, Host, Kind, hosts

MESSAGE = "patch.dict on a class empties and refills the whole environment around each of its tests"
CAUTION = (
    "a fixture covers the set-up methods and the other fixtures of the tests too, "
    "which the decorator did not"
)


@dataclass(frozen=True)
class Covered:
    """A class with such decorators: the findings, the operations of each decorator by its index,
    and the new fixture.
    """

    cls: ast.ClassDef
    sites: tuple[Site, ...]
    decorators: dict[int, list[Operation]]
    host: Host

    @property
    def annotated(self) -> bool:
        """Whether the methods of the class have annotations, so that the fixture should too."""
        return any(replace(self.host, function=m).annotated for m in _methods(self.cls))


@fact
def covered_classes(
    source: Source, context: Context, rewritten: frozenset[ast.stmt]
) -> tuple[Covered, ...]:
    """The classes of a file with such decorators; those of a ``unittest.TestCase`` are scoped
    already, and stay.

    ``rewritten`` are the functions of the file that will change the environment through a
    MonkeyPatch only.
    """
    found = (
        _covered(cls, outer, source, context, rewritten)
        for cls, outer in _classes(source.tree.body, ())
    )
    return tuple(covered for covered in found if covered is not None)


def _classes(
    body: list[ast.stmt], outer: tuple[ast.ClassDef, ...]
) -> Iterator[tuple[ast.ClassDef, tuple[ast.ClassDef, ...]]]:
    """The decorated classes outside of functions, each with the classes around it."""
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            if statement.decorator_list:
                yield statement, outer
            yield from _classes(statement.body, (*outer, statement))
        elif isinstance(statement, (ast.If, ast.Try, ast.With)):
            for field in ("body", "orelse", "finalbody"):
                yield from _classes(getattr(statement, field, []), outer)


def _covered(
    cls: ast.ClassDef,
    outer: tuple[ast.ClassDef, ...],
    source: Source,
    context: Context,
    rewritten: frozenset[ast.stmt],
) -> Covered | None:
    """The operations of the decorators of one class, None if they do not change the environment."""
    spelling = spelling_in(Scope(source, source.names))
    found = [(i, d) for i, d in enumerate(cls.decorator_list) if spelling.is_patch_dict(d)]
    classes = top_classes(source)
    if not found or is_testcase(cls, source.names, classes):
        return None
    host = Host(_fixture(cls, source), outer, Kind.FIXTURE, None, source, context)
    refusal = _objection(cls, source, context, classes, rewritten)
    body = [
        s
        for c in with_bases(cls, classes)
        for m in _methods(c)
        if m.name.startswith("test")
        for s in m.body
    ]
    sites = []
    decorators = {}
    for index, decorator in found:
        try:
            decorators[index] = _operations(decorator, host, body)
            sites.append(Site("patch-dict", decorator, MESSAGE, refusal, unsafe=True))
        except RefusedError as error:
            sites.append(Site("patch-dict", decorator, MESSAGE, refusal or error.refusal))
    written = set().union(*map(keys, decorators.values()))
    if refusal is None and _overruled(cls, source, context, written):
        sites = [replace(site, refusal=refusals.CLASS_DECORATOR) for site in sites]
    if not any(site.refusal for site in sites):
        from codemods.state.units.code_writes import refusal_for_class

        operations = [o for found in decorators.values() for o in found]
        writes = refusal_for_class(_tests_of(cls, source, context), operations)
        sites = [replace(site, refusal=writes) for site in sites]
    if any(site.refusal for site in sites):
        sites = [replace(site, refusal=site.refusal or refusals.UNDO_ORDER) for site in sites]
    return Covered(cls, tuple(sites), decorators, host)


def _operations(decorator: ast.expr, host: Host, body: list[ast.stmt]) -> list[Operation]:
    """The operations of one decorator around the statements of the tests; raises RefusedError."""
    if not isinstance(decorator, ast.Call):
        raise RefusedError(refusals.CLASS_DECORATOR)
    scope = Scope(host.source, host.source.names)
    if not movable(decorator, host, scope):
        raise RefusedError(refusals.IMPORT_TIME_VALUE)
    operations = Patchers(host, spelling_in(scope)).operations(decorator, body, set())
    if any(isinstance(operation, Clear) for operation in operations):
        raise RefusedError(refusals.CLASS_CLEARS)
    return operations


def _objection(
    cls: ast.ClassDef,
    source: Source,
    context: Context,
    classes: dict[str, ast.ClassDef],
    rewritten: frozenset[ast.stmt],
) -> Refusal | None:
    """Why a fixture cannot replace the decorators: the whole class must be known, and must not
    change the environment.
    """
    tests = _tests_of(cls, source, context)
    related = with_bases(cls, classes)
    known = {"object", *(c.name for c in related)}
    foreign = any(
        not isinstance(b, ast.Name) or b.id not in known for c in related for b in c.bases
    )
    decorated = any(
        spelling_in(Scope(source, source.names)).change_inside(d)
        for c in related[1:]
        for d in c.decorator_list
    )
    inner = any(isinstance(s, ast.ClassDef) for c in related for s in c.body)
    used = [*(m for c in related for m in _methods(c)), *_fixtures_of(cls, source, context)]
    changes = any(_changes_environment(f, source) for f in used if f not in rewritten)
    # A set-up runs outside of the fixture, and outside of the decorator, which overrode its
    # changes.
    sets_up = any(changed_by(f, source) for f in used if f.name in SETUP_NAMES)
    unfit = not tests or foreign or decorated or inner or changes or sets_up
    return refusals.CLASS_DECORATOR if unfit else None


def _tests_of(cls: ast.ClassDef, source: Source, context: Context) -> list[Host]:
    return [
        h
        for h in hosts(source, context)
        if h.classes[-1:] == (cls,) and h.kind in (Kind.TEST, Kind.GIVEN)
    ]


def _fixtures_of(cls: ast.ClassDef, source: Source, context: Context) -> list[Function]:
    """The fixtures of the file that the class may use."""
    text = ast.unparse(cls)
    related = with_bases(cls, top_classes(source))
    around = [h for h in hosts(source, context) if not h.classes or h.classes[-1] in related]
    fixtures = [h.function for h in around if h.kind in (Kind.FIXTURE, Kind.WIDE_FIXTURE)]
    return [
        f
        for f in fixtures
        if re.search(rf"\b{f.name}\b", text)
        or any("autouse" in ast.unparse(d) for d in f.decorator_list)
    ]


def _overruled(cls: ast.ClassDef, source: Source, context: Context, written: set[str]) -> bool:
    """Whether a fixture that the class may use changes the same variable: the decorator overrode
    it, and would now come first.
    """
    for fixture in _fixtures_of(cls, source, context):
        changed = changed_by(fixture, source)
        if changed & written or (changed and any(map(unknown, changed | written))):
            return True
    return False


def _changes_environment(method: Function, source: Source) -> bool:
    """Whether a method, or a decorator of it, changes the environment: the class's decorator
    rolled that back.
    """
    inside = spelling_in(Scope(source, source.names.inside(method)))
    return inside.change_inside(method) is not None


def _methods(cls: ast.ClassDef) -> Iterator[Function]:
    return (s for s in cls.body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef)))


def _fixture(cls: ast.ClassDef, source: Source) -> Function:
    """The new fixture, without a body; its name is one that the file does not use."""
    names = [
        "environment",
        "patched_environment",
        *(f"environment_{number}" for number in range(2, 1000)),
    ]
    name = next(n for n in names if not re.search(rf"\b{n}\b", source.text))
    function = ast.parse(f"def {name}(self): pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    return ast.copy_location(function, cls)
