"""Registers the undoing of changes: a line above each, the fixture ``request``, an import. The
lines go into the text directly; this module imports LibCST for the parameter.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from itertools import count

import libcst as cst

from codemods.clean_ups.hosting import has_request, needs_partial, registered
from codemods.clean_ups.model import Site, Undoing
from codemods.context import Context
from codemods.edit.add_imports import add_imports
from codemods.edit.layout import laid_out
from codemods.edit.parameters import add_parameter
from codemods.edit.statements import edited, find_function, rewrite_statements
from codemods.python.names import Function, every_node, parameters
from codemods.python.source import DEFINITIONS, Source
from codemods.suite.hosts import Host, Kind

_Path = tuple[str, ...]


def register(source: Source, context: Context, sites: Sequence[Site]) -> str:
    """The text with the changes of all sites undone in the end.

    Raises NotLosslessError where LibCST could not print a statement as it was.
    """
    hosts = {site.host.function: site.host for site in sites if site.host is not None}
    asking = [h for h in hosts.values() if h.kind is not Kind.TESTCASE and not has_request(h)]
    text = laid_out(_with_lines(source, sites), source.text, context.line_length, source.indent)
    if asking:
        text = _with_request(Source(text, source.path), context, asking)
    wanted: list[tuple[str, str | None]] = []
    if any(_needs_partial(site) for site in sites):
        wanted.append(("functools", "partial"))
    if any(host.annotated for host in asking):
        wanted.append(("pytest", None))
    return add_imports(text, wanted, context.first_party)


def _needs_partial(site: Site) -> bool:
    host, undoing = site.host, site.change.undoing
    return host is not None and undoing is not None and needs_partial(host, undoing)


def _with_lines(source: Source, sites: Sequence[Site]) -> str:
    """The text with the lines that register, each above the statement whose change it undoes."""
    done: set[tuple[Function, str]] = set()
    edits: list[tuple[int, int, str]] = []
    named: dict[Function, set[str]] = {}
    for site in sites:
        host, undoing = site.host, site.change.undoing
        assert host is not None, "what is undone stands in a function"
        assert undoing is not None, "what is refused is not accepted"
        added = []
        if undoing.patcher is not None:
            name = _free_name(undoing.patcher, host, named.setdefault(host.function, set()))
            added.append(f"{name} = {source.segment(undoing.patcher)}")
            edits.append((*source.place(undoing.patcher), name))
            undoing = Undoing(f"{name}.stop")
        # Registered once, it puts back the first value.
        for each in filter(None, (undoing, undoing.also)):
            line = registered(host, each)
            if (host.function, line) not in done:
                added.append(line)
            if site.statement in host.function.body:
                done.add((host.function, line))
        above = _above(site.statement, source)
        start, _ = source.extent(above, above)
        edits.append((start, start, _lines(added, site.statement, source)))
    return edited(source.text, edits)


def _above(statement: ast.stmt, source: Source) -> int:
    """The line above which new ones go: that of a comment on the statement, if any."""
    number = statement.lineno
    indent = source.lines[number - 1][: statement.col_offset]
    while number > 1 and source.lines[number - 2].startswith(f"{indent}#"):
        number -= 1
    return number


def _lines(added: list[str], statement: ast.stmt, source: Source) -> str:
    line = source.lines[statement.lineno - 1]
    indent = line[: len(line) - len(line.lstrip())]
    end = "\r\n" if line.endswith("\r\n") else "\n"
    return "".join(f"{indent}{each}{end}" for each in added)


def _free_name(patcher: ast.Call, host: Host, taken: set[str]) -> str:
    """A name for a patcher, after what it patches: ``client_patcher`` of ``patch("a.client")``."""
    of_object = isinstance(patcher.func, ast.Attribute) and patcher.func.attr == "object"
    named = patcher.args[1:2] if of_object else patcher.args[:1]
    target = str(named[0].value) if named and isinstance(named[0], ast.Constant) else ""
    last = target.rpartition(".")[2].strip("_").lower()
    stem = f"{last}_patcher" if last.isidentifier() else "patcher"
    used = {node.id for node in every_node(host.function) if isinstance(node, ast.Name)}
    used |= {*parameters(host.function), *host.source.names.table, *taken}
    names = (stem if number == 1 else f"{stem}_{number}" for number in count(1))
    name = next(name for name in names if name not in used)
    taken.add(name)
    return name


def _with_request(source: Source, context: Context, hosts: Sequence[Host]) -> str:
    """The text with the parameter ``request`` for some functions, by their names."""
    asked: dict[str, list[tuple[_Path, bool]]] = {}
    for host in hosts:
        path = (*(cls.name for cls in host.classes), host.function.name)
        asked.setdefault(path[0], []).append((path, host.annotated))
    last = {s.name: s for s in source.tree.body if isinstance(s, DEFINITIONS)}
    changes: dict[ast.stmt, Callable[[cst.Module], cst.Module]] = {
        last[name]: _asking(paths) for name, paths in asked.items()
    }
    return rewrite_statements(source, changes, context.line_length)


def _asking(paths: Sequence[tuple[_Path, bool]]) -> Callable[[cst.Module], cst.Module]:
    def rewrite(module: cst.Module) -> cst.Module:
        for path, annotated in paths:
            function = find_function(module, path)
            annotation = "pytest.FixtureRequest" if annotated else None
            with_request = add_parameter(function, "request", annotation)
            changed = module.deep_replace(function, with_request)
            assert isinstance(changed, cst.Module)
            module = changed
        return module

    return rewrite
