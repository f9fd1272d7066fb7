"""An object at module level of a test file: a fixture that every test uses creates it again."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from codemods.context import Context
from codemods.python.names import bound_in, own_nodes, walk
from codemods.python.source import DEFINITIONS, Source
from codemods.shared_objects.elsewhere import check_elsewhere
from codemods.shared_objects.model import (
    AT_IMPORT,
    NAME_TAKEN,
    WIDE_USE,
    Binding,
    LeftError,
    ModuleObject,
    target_of,
)
from codemods.shared_objects.sequences import check_steps
from codemods.shared_objects.values import (
    binding_of,
    check_made,
    check_names,
    is_alone,
    mentions,
    value_of,
)
from codemods.suite.endings import is_autouse, is_main
from codemods.suite.hooks import is_hook
from codemods.suite.hosts import Host, Kind, hosts

_FIXTURE = "pytest.fixture"
# Names of a module that pytest reads itself.
_READ = frozenset({"pytestmark", "pytest_plugins", "__all__", "collect_ignore"})
# What is set up before the autouse fixtures of a file, or torn down when they are gone.
_AROUND = frozenset(
    {"setUpClass", "tearDownClass", "setup_class", "teardown_class", "setUpModule"}
    | {"tearDownModule", "setup_module", "teardown_module", "setup_function", "teardown_function"}
)


def is_recreated(name: str, source: Source, context: Context) -> bool:
    """Whether an autouse fixture of the file gives a name of the module a value for each test."""
    fixtures = (h for h in hosts(source, context) if h.kind is Kind.FIXTURE and not h.classes)
    for host in fixtures:
        if is_autouse(host.function, source.names):
            nodes = [*walk(host.function)]
            declared = {n for node in nodes if isinstance(node, ast.Global) for n in node.names}
            given = [node.targets for node in nodes if isinstance(node, ast.Assign)]
            if name in declared and any(_is(targets, name) for targets in given):
                return True
    return False


def remade(statement: Binding, source: Source, context: Context) -> ModuleObject:
    """What becomes of the object that a statement of the module makes. Raises LeftError."""
    statements = _with_dependents(statement, source)
    names = {target_of(each).id for each in statements}
    fixture = f"_new_{target_of(statement).id.strip('_').lower()}"
    rebound = {n for node in walk(source.tree) if isinstance(node, ast.Global) for n in node.names}
    for each in statements:
        if is_recreated(target_of(each).id, source, context):
            raise LeftError(NAME_TAKEN, target_of(each).id)
        if target_of(each).id not in rebound:
            check_made(value_of(each))
        check_names(value_of(each), each.lineno, source, names)
    touching = _touching(names, source)
    every = [*hosts(source, context)]
    tests = [h.function for h in every if h.node_id and mentions(walk(h.function), touching)]
    check_steps(tests, None, source)
    for host in every:
        _check_host(host, touching, fixture)
    decorator = _decorator(fixture, statements[-1], source)
    for name in names:
        check_elsewhere(name, source, context)
    return ModuleObject(statements, fixture, decorator)


def insertion(statements: tuple[Binding, ...], source: Source) -> ast.stmt | None:
    """The definition that the fixture goes in front of; None if it goes to the end of the file."""
    last = statements[-1].lineno
    return next(
        (s for s in source.tree.body if isinstance(s, DEFINITIONS) and s.lineno > last), None
    )


def _with_dependents(statement: Binding, source: Source) -> tuple[Binding, ...]:
    """The statement, and those that make other objects of the module from its object.

    Raises LeftError where anything else uses it while the file is imported.
    """
    found = [statement]
    while True:
        names = _touching({target_of(each).id for each in found}, source)
        used = next(_uses(names, found, source), None)
        if used is None:
            return tuple(sorted(found, key=lambda each: each.lineno))
        outer, node = used
        match outer:
            case ast.Assign([ast.Name(name)]) | ast.AnnAssign(ast.Name(name)):
                plain = binding_of(name, source.tree.body, source)
                if plain is outer and is_alone(outer, source) and name not in _READ:
                    found.append(outer)
                    continue
        raise LeftError(AT_IMPORT, f"line {node.lineno}")


def _uses(
    names: Collection[str], known: list[Binding], source: Source
) -> Iterator[tuple[ast.stmt, ast.Name]]:
    """Where names are used while the file is imported, each with the statement of the module."""
    for outer in source.tree.body:
        if outer in known or is_main(outer):
            continue
        used = mentions(_at_import(outer), names)
        if used is not None:
            yield outer, used


def _at_import(statement: ast.stmt) -> Iterator[ast.AST]:
    """What of a statement runs while the file is imported; of a class not what it is made of."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        arguments = statement.args
        defaults = [*arguments.defaults, *arguments.kw_defaults]
        yield from own_nodes([*statement.decorator_list, *filter(None, defaults)])
    elif isinstance(statement, ast.ClassDef):
        yield from own_nodes([*statement.decorator_list, *(k.value for k in statement.keywords)])
        for inner in statement.body:
            yield from _at_import(inner)
    else:
        for node in own_nodes([statement]):
            if isinstance(node, DEFINITIONS):
                yield from _at_import(node)
            else:
                yield node


def _touching(names: Collection[str], source: Source) -> frozenset[str]:
    """Some names of a module, and those of its functions and classes that use them, directly or
    through each other.
    """
    definitions = {s.name: s for s in source.tree.body if isinstance(s, DEFINITIONS)}
    used = {
        name: {n.id for n in walk(s) if isinstance(n, ast.Name)} for name, s in definitions.items()
    }
    found = {*names}
    while True:
        more = {name for name, inside in used.items() if inside & found} - found
        if not more:
            return frozenset(found)
        found |= more


def _check_host(host: Host, touching: Collection[str], fixture: str) -> None:
    """Raises LeftError if a function that uses the object runs before the fixture, or not for each
    test.
    """
    function = host.function
    used = mentions(walk(function), touching)
    if used is None:
        return
    early = not host.classes and is_autouse(function, host.source.names) and function.name < fixture
    around = function.name in _AROUND or is_hook(function)
    if early or around or host.kind is Kind.WIDE_FIXTURE:
        raise LeftError(WIDE_USE, f"{function.name}, line {used.lineno}")


def _decorator(fixture: str, last: Binding, source: Source) -> str:
    """How ``pytest.fixture`` is written below a statement. Raises LeftError if a name is taken."""
    spelled = source.names.spelling(_FIXTURE)
    first = "pytest" if spelled is None else spelled.partition(".")[0]
    names = [node.id for node in walk(source.tree) if isinstance(node, ast.Name)]
    defined = [s.name for s in walk(source.tree) if isinstance(s, DEFINITIONS)]
    if fixture in (*names, *defined) or (spelled is None and first in source.names.table):
        raise LeftError(NAME_TAKEN, fixture if fixture in (*names, *defined) else first)
    for statement in (s for s in source.tree.body if s.lineno > last.lineno):
        if first in bound_in([statement]):
            raise LeftError(NAME_TAKEN, f"{first}, line {statement.lineno}")
    return spelled or _FIXTURE


def _is(targets: list[ast.expr], name: str) -> bool:
    return len(targets) == 1 and isinstance(targets[0], ast.Name) and targets[0].id == name
