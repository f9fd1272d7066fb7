"""Whether a set-up may keep a MonkeyPatch for its tear-down, and in which attribute."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain, count

from codemods.python.names import function_nodes, generator, own_nodes, parameters
from codemods.python.source import top_classes
from codemods.state.around.case_classes import family, with_bases_of
from codemods.suite.classes import matches, with_bases
from codemods.suite.hosts import Host

_BASES = ("object", "Generic", "Protocol", "ABC")


def fits(set_up: Host, tear_down: Host) -> bool:
    """Whether pytest, and nothing else, calls the two, both of them, and both run through."""
    names = {set_up.function.name, tear_down.function.name}
    plain = all(map(_is_plain, (set_up, tear_down))) and not _called(names, set_up, tear_down)
    if not set_up.classes:
        return plain
    related = _related(set_up)
    if len(set_up.classes) > 1 or set_up.classes[0] not in set_up.source.tree.body:
        return False
    both = all(names & methods in (names, set()) for methods in map(_methods, related))
    collected = any(matches(c.name, set_up.context.python_classes) for c in related)
    return both and collected and plain


def attribute_for(set_up: Host) -> str:
    """An attribute that neither the class nor a relative of it in the file uses.

    Where the class has bases in other files, two underscores make the name its own. Of a module
    it is a global name.
    """
    used = {n.attr for n in ast.walk(set_up.source.tree) if isinstance(n, ast.Attribute)}
    used |= {name for cls in _related(set_up) for name in _bound(cls)}
    if not set_up.classes:
        used |= {"monkeypatch", *set_up.source.names.table, *set_up.source.names.values}
    if _has_bases_elsewhere(set_up):
        used |= {"monkeypatch", "_monkeypatch"}
    wanted = chain(
        ("monkeypatch", "_monkeypatch", "__monkeypatch"), (f"__monkeypatch_{n}" for n in count(2))
    )
    return next(name for name in wanted if name not in used)


def _related(host: Host) -> set[ast.ClassDef]:
    """The class of a method with its bases, all that derive from it, and the other bases of
    these.
    """
    classes = top_classes(host.source)
    return {base for cls in family(host) for base in with_bases(cls, classes)}


def _methods(cls: ast.ClassDef) -> set[str]:
    return {s.name for s in cls.body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))}


def _is_plain(host: Host) -> bool:
    """Whether a function is called as it is written, with what the MonkeyPatch can be kept in,
    and ends at its end.
    """
    function = host.function
    decorators = [ast.unparse(d) for d in function.decorator_list]
    plain = decorators == [] or (decorators == ["classmethod"] and function.name.endswith("_class"))
    named = function.args.posonlyargs or function.args.args
    returns = any(isinstance(n, ast.Return) for n in function_nodes(function))
    body = host.classes[-1].body if host.classes else host.source.tree.body
    once = sum(isinstance(s, ast.FunctionDef) and s.name == function.name for s in body) == 1
    return (
        isinstance(function, ast.FunctionDef)
        and plain
        and bool(named)
        and once
        and not (returns or generator(function) or parameters(function)[0] in _stored(function))
    )


def _stored(function: ast.AST) -> set[str]:
    return {
        n.id
        for n in ast.walk(function)
        if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
    }


def _called(names: set[str], set_up: Host, tear_down: Host) -> bool:
    """Whether the file itself refers to one of the methods, other than each of the two to that
    of its base.
    """
    related = {id(n) for cls in _related(set_up) for n in ast.walk(cls)}
    own = {id(n) for host in (set_up, tear_down) for n in ast.walk(host.function)}
    for node in ast.walk(set_up.source.tree):
        if isinstance(node, ast.Name) and node.id in names:
            return True
        if isinstance(node, ast.Attribute) and node.attr in names:
            on_base = isinstance(node.value, ast.Call)
            on_itself = on_base or (
                isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            )
            elsewhere = on_itself and id(node) not in related
            if not elsewhere and not (on_base and id(node) in own):
                return True
    return False


def _has_bases_elsewhere(host: Host) -> bool:
    related = with_bases_of(host)
    known = {*_BASES, *(cls.name for cls in related)}
    return any(_last_name(base) not in known for cls in related for base in cls.bases)


def _last_name(base: ast.expr) -> str:
    while isinstance(base, ast.Subscript):
        base = base.value
    return base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")


def _bound(cls: ast.ClassDef) -> Iterator[str]:
    """The names that the body of a class binds."""
    for node in own_nodes(cls.body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
