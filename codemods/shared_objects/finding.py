"""The objects that the tests of a file share: those that were found to make tests fail, and the
fixtures whose value tests are seen to change.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from codemods.context import Context
from codemods.python.source import Source
from codemods.restorable import restorable_path
from codemods.rule import is_ignored
from codemods.shared_objects.class_bodies import moved
from codemods.shared_objects.class_set_ups import is_made_by_set_up, narrowed, set_up_of
from codemods.shared_objects.class_uses import is_tests
from codemods.shared_objects.model import (
    WIDE_SET_UP,
    Attributes,
    Binding,
    Change,
    ClassSetUp,
    Found,
    LeftError,
    ModuleObject,
)
from codemods.shared_objects.module_level import is_recreated, remade
from codemods.shared_objects.values import binding_of
from codemods.shared_objects.wide_fixtures import fixture_named, is_fixture


def found_by_cells(source: Source, context: Context) -> list[tuple[Found, tuple[str, ...]]]:
    """What makes the objects that hold some cells, each with these."""
    cells: dict[tuple[str, ...], list[str]] = {}
    for cell in context.leaked:
        names = _names(cell, source.path)
        if names:
            classes, name = _resolved(names, source)
            cells.setdefault((*(cls.name for cls in classes), name), []).append(cell)
    every: list[tuple[Found, tuple[str, ...]]] = []
    for path, of_path in cells.items():
        classes, name = _resolved(path, source)
        found = _found(classes, name, ".".join(path), source, context)
        if found is not None:
            _add(found, tuple(of_path), every)
    changes = [found.change for found, _ in every]
    moving = [s for c in changes if isinstance(c, Attributes) for s in c.cls.body]
    return [(_unless_moving(found, moving), of_path) for found, of_path in every]


def is_own_of_tests(path: str, source: Source, context: Context) -> bool:
    """Whether each test of a file has its own object at a path, or gets it in the same run."""
    names = _names(path, source.path)
    if names and is_fixture(*_resolved(names, source), source, context):
        return True
    if names and _is_made_by_tests(*_resolved(names, source), source, context):
        return True
    if not context.own_objects:
        return False
    return any(
        path in map(restorable_path, cells) and _is_changed(found, source)
        for found, cells in found_by_cells(source, context)
    )


def _is_changed(found: Found, source: Source) -> bool:
    """Whether what is found is rewritten; what a comment asks to ignore stays shared."""
    if isinstance(found.change, LeftError):
        return False
    return not is_ignored("ISO408", source.span(found.node), source)


def _is_made_by_tests(
    classes: tuple[ast.ClassDef, ...], name: str, source: Source, context: Context
) -> bool:
    if not classes:
        return is_recreated(name, source, context)
    return is_made_by_set_up(name, classes[-1], source)


def _unless_moving(found: Found, moving: list[ast.stmt]) -> Found:
    """A set-up of a class stays if the class gets one of each test from what moves out of it."""
    if isinstance(found.change, ClassSetUp) and found.node in moving:
        return replace(found, change=LeftError(WIDE_SET_UP, f"line {found.node.lineno}"))
    return found


def _add(found: Found, cells: tuple[str, ...], every: list[tuple[Found, tuple[str, ...]]]) -> None:
    """Add what makes an object, with its cells, to what was found; what goes with another one is
    joined with it.
    """
    for other, known in every:
        both = _joined(found, other)
        if both is not None:
            every.remove((other, known))
            _add(both, (*known, *cells), every)
            return
    every.append((found, cells))


def _joined(one: Found, other: Found) -> Found | None:
    """Two that make the same, or objects of which both make others, as one; None if they do not."""
    first, last = sorted((one, other), key=lambda found: found.node.lineno)
    change = _both(first.change, last.change)
    if change is not None:
        return replace(first, change=change)
    return first if one.node is other.node else None


def _both(one: Change | LeftError, other: Change | LeftError) -> Change | None:
    """Two changes of the same statements as one; None if they are not."""
    match one, other:
        case (ModuleObject(), ModuleObject()) if _overlap(one.statements, other.statements):
            return replace(one, statements=_together(one.statements, other.statements))
        case (Attributes(), Attributes()) if _overlap(one.statements, other.statements):
            statements = _together(one.statements, other.statements)
            return replace(one, statements=statements, inside=(*one.inside, *other.inside))
    return None


def _overlap(one: tuple[Binding, ...], other: tuple[Binding, ...]) -> bool:
    return not {*one}.isdisjoint(other)


def _together(one: tuple[Binding, ...], other: tuple[Binding, ...]) -> tuple[Binding, ...]:
    return tuple(sorted({*one, *other}, key=lambda each: each.lineno))


def _names(cell: str, path: str) -> tuple[str, ...]:
    """The names in a cell of a file; nothing if it is one of another file, or a default of a
    function.
    """
    file, _, inside = cell.partition("::")
    names = inside.partition("[")[0]
    return tuple(names.split(".")) if file == path and names and "(" not in names else ()


def _resolved(names: tuple[str, ...], source: Source) -> tuple[tuple[ast.ClassDef, ...], str]:
    """The classes that some names lead through, and the name that follows: a further one is that
    of an attribute of the object.
    """
    classes: list[ast.ClassDef] = []
    body = source.tree.body
    for name in names[:-1]:
        named = [s for s in body if isinstance(s, ast.ClassDef) and s.name == name]
        if len(named) != 1:
            return tuple(classes), name
        classes += named
        body = named[0].body
    return tuple(classes), names[-1]


def _found(
    classes: tuple[ast.ClassDef, ...], name: str, path: str, source: Source, context: Context
) -> Found | None:
    """What makes an object, and what becomes of it; None if it is not made here, or no longer
    shared.
    """
    if is_fixture(classes, name, source, context):
        return fixture_named(classes, name, source, context)
    cls = classes[-1] if classes else None
    body = source.tree.body if cls is None else cls.body
    if cls is not None and not is_tests(cls, source, context):
        return None
    try:
        statement = binding_of(name, body, source)
    except LeftError as left:
        return _unless_defined(name, body, path, left)
    set_up = None if cls is None or statement is not None else set_up_of(name, cls, source)
    node = statement or set_up
    if node is None or (cls is None and is_recreated(name, source, context)):
        return None
    try:
        if cls is None:
            assert statement is not None, "a module has no set-up"
            return Found(node, path, remade(statement, source, context))
        if set_up is not None:
            return Found(node, path, narrowed(set_up, cls, source, context))
        assert statement is not None, "it is the binding if it is not the set-up"
        return Found(node, path, moved(statement, cls, source, context))
    except LeftError as left:
        return Found(node, path, left)


def _unless_defined(name: str, body: list[ast.stmt], path: str, left: LeftError) -> Found | None:
    """An object that is made in another way; None for a function or class, and what is imported."""
    for node in body:
        for inner in ast.walk(node):
            match inner:
                case ast.Name(bound, ast.Store() | ast.Del()) if bound == name:
                    return Found(node, path, left)
    return None
