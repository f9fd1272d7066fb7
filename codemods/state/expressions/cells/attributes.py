"""Attributes of objects that outlive a test: which a file writes, which an expression is.

``settings.DEBUG``: an attribute of an object that an import or a name of the module stands for,
or reaches through attributes. A mock, an argument or what a call returned in the same test is a
new object each time, so that its attributes are not shared state.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from codemods.context import Context
from codemods.initializers.source_tree.target import Class, SourceTree, defined
from codemods.python.attributes import set_attribute
from codemods.python.names import Names, own_statements
from codemods.python.source import Source, fact, nodes_on
from codemods.state.expressions.cells.candidates import Write, attribute_writes

# Attributes that say what a mock does: nothing but a mock has them.
_OF_MOCKS = frozenset({"return_value", "side_effect", "wraps", "mock_calls", "call_count"})
_OF_LOGGERS = frozenset({"propagate", "disabled", "handlers", "filters", "level"})
# Proxies for the current object: what is set on them ends with the context that pushed it.
_CONTEXT_BOUND = (
    *(f"flask.{name}" for name in ("g", "request", "session", "current_app")),
    *(f"cherrypy.{name}" for name in ("request", "response", "session", "serving")),
    *(f"bottle.{name}" for name in ("request", "response", "local")),
)
_FIXTURES = ("monkeypatch.", "mocker.")
# Each begins with plain text, which makes the search many times faster.
_PATCHES = [
    re.compile(rf"{method}\(\s*(?:[^\"'()]*,\s*)?[\"']([\w.]+)[\"']")
    for method in (r"patch(?<!\wpatch)(?:\.object)?", r"setattr(?<!\wsetattr)")
]


def attribute_cell(owner: ast.expr, name: str, names: Names, source: Source) -> str | None:
    """The attribute of an object that outlives the test, by its full name; None for any other."""
    return _full_name(owner, [name], names, source)


def object_name(node: ast.expr, names: Names, source: Source) -> str | None:
    """The full name of an object that outlives the test, None for any other."""
    return _full_name(node, [], names, source)


def _full_name(node: ast.expr, parts: list[str], names: Names, source: Source) -> str | None:
    """The full name of what is reached from an expression by ``parts``, the last one first."""
    given = len(parts)
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id in ("self", "cls"):
        return None
    inner = parts[given:]
    target = names.table.get(node.id)
    if target is not None and "()" not in target and not target.startswith(_FIXTURES):
        root = target
        if node.id in names.values:  # another name for an object that is reached from there
            inner = [*inner, *target.split(".")[1:]]
    elif node.id in names.local or node.id not in module_level(source):
        return None
    elif names is source.names:
        return None  # a module that sets up its own state while it is imported
    else:
        root = node.id
    cell = ".".join((root, *reversed(parts)))
    if f"{cell}.".startswith(tuple(f"{bound}." for bound in _CONTEXT_BOUND)):
        return None
    if _OF_MOCKS.intersection(cell.split(".")) or "__test__" in parts:
        return None
    # ``client.get.return_value``: what is set on a mock that stands in the place of another object.
    return None if inner and _replaced(source).intersection(inner) else cell


@fact
def written_lines(source: Source) -> list[int]:
    """The numbers of the lines, in order, on which a statement may write an attribute."""
    return lines_of(source, attribute_writes(f"\n{source.text}"))


def lines_of(source: Source, writes: Iterable[Write]) -> list[int]:
    """The numbers of the lines, in order, on which something is written; the places count from a
    newline before the text.
    """
    return sorted({source.line_at(at - 1) for at, _ in writes})


@fact
def module_level(source: Source) -> frozenset[str]:
    """The names that a module defines at its top level, including those of relative imports."""
    found = set(source.names.table)
    for statement in own_statements(source.tree.body):
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            found.update(a.asname or a.name.partition(".")[0] for a in statement.names)
    return frozenset(found)


@fact
def made_here(source: Source) -> frozenset[str]:
    """The names of objects that a module creates at its top level: classes, assignments."""
    found = set()
    for statement in own_statements(source.tree.body):
        if isinstance(statement, ast.ClassDef):
            found.add(statement.name)
        elif isinstance(statement, ast.Assign):
            found.update(t.id for t in statement.targets if isinstance(t, ast.Name))
    return frozenset(found)


@fact
def written_names(source: Source) -> tuple[str, ...]:
    """The names of the attributes that functions of a file set on names known throughout it."""
    known = known_names(source)
    return tuple(sorted({n for owner, n in written_attributes(source) if root_of(owner) in known}))


@fact
def known_names(source: Source) -> frozenset[str]:
    """The names that a module defines at its top level, and those that it imports anywhere."""
    imported = {
        alias.asname or alias.name.partition(".")[0]
        for node in nodes_on(source.tree.body, source.lines_with("import"))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    return module_level(source) | imported


@fact
def written_attributes(source: Source) -> list[tuple[ast.expr, str]]:
    """The attributes that a file sets or deletes: the owner and the name of each."""
    nodes = nodes_on(source.tree.body, written_lines(source))
    return [target for target in map(_target, nodes) if target is not None]


def _target(node: ast.AST) -> tuple[ast.expr, str] | None:
    """The attribute that a node sets or deletes: its owner and its name.

    By a MonkeyPatch, too, so that the result is the same before and after a rewrite.
    """
    match node:
        case ast.Call(
            ast.Attribute(_, "setattr" | "delattr"), [owner, ast.Constant(str(name)), *_]
        ):
            return owner, name
    return set_attribute(node)


@fact
def logger_cells(source: Source) -> frozenset[str]:
    """The attributes of loggers that a file sets, by their full names: of the root logger, and of
    those that the module gives a name.
    """
    found = set()
    for owner, name in written_attributes(source):
        dotted = source.names.dotted(owner) if name in _OF_LOGGERS else None
        if dotted == "logging.root":
            found.add(f"{dotted}.{name}")
        elif dotted == "logging.getLogger()" and isinstance(owner, ast.Name):
            found.add(f"{owner.id}.{name}")
    return frozenset(found)


def root_of(owner: ast.expr) -> str:
    """The name that an object is reached from."""
    while isinstance(owner, ast.Attribute):
        owner = owner.value
    return owner.id if isinstance(owner, ast.Name) else ""


@fact
def in_tree(source: Source, context: Context) -> dict[str, frozenset[str]]:
    """The attributes that functions of a file set, by their full names: those that the source tree
    defines are ``there``, those of classes whose metaclass may handle them ``guarded``.
    """
    tree = SourceTree.for_file(source, context)
    there, guarded = set(), set()
    for owner, name in written_attributes(source):
        dotted = source.names.dotted(owner)
        if dotted is None or "()" in dotted:
            continue
        if _defines(tree, f"{dotted}.{name}"):
            there.add(f"{dotted}.{name}")
        if _has_metaclass(tree, dotted):
            guarded.add(f"{dotted}.{name}")
    return {"there": frozenset(there), "guarded": frozenset(guarded)}


def _defines(tree: SourceTree, target: str) -> bool:
    things = tree.resolve(target)
    return isinstance(things, list) and bool(things) and all(map(defined, things))


def _has_metaclass(tree: SourceTree, target: str) -> bool:
    """Whether a class of the tree, or one that it derives from directly, has a metaclass of its
    own: a property of that is set like an attribute, and cannot be deleted.
    """
    things = tree.resolve(target)
    for thing in things if isinstance(things, list) else ():
        if isinstance(thing, Class):
            bases = [b.id for b in thing.node.bases if isinstance(b, ast.Name)]
            found = [tree.resolve(f"{thing.module.name}.{base}") for base in bases]
            above = [c for each in found if isinstance(each, list) for c in each]
            if any(_names_metaclass(c) for c in (thing, *above) if isinstance(c, Class)):
                return True
    return False


def _names_metaclass(cls: Class) -> bool:
    named = (ast.unparse(k.value) for k in cls.node.keywords if k.arg == "metaclass")
    return any(name.rpartition(".")[2] not in ("ABCMeta", "type") for name in named)


@fact
def _replaced(source: Source) -> frozenset[str]:
    """The names of attributes that a file replaces by a patcher, or sets to what a call made."""
    patched = (target for pattern in _PATCHES for target in pattern.findall(source.text))
    found = {target.rpartition(".")[2] for target in patched}
    for node in nodes_on(source.tree.body, written_lines(source)):
        match node:
            case ast.Assign(targets, ast.Call()):
                found.update(t.attr for t in targets if isinstance(t, ast.Attribute))
    return frozenset(found)


@fact
def class_names(source: Source) -> dict[str, frozenset[str]]:
    """The attributes that each class of a file defines in its body."""
    return {
        cls.name: frozenset(_defined(cls))
        for cls in source.tree.body
        if isinstance(cls, ast.ClassDef)
    }


def _defined(cls: ast.ClassDef) -> Iterator[str]:
    for statement in cls.body:
        match statement:
            case ast.Assign(targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(ast.Name(name), _, ast.expr()):
                yield name
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                yield name
