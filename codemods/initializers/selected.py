"""Which tests an initializer of the settings is for."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from codemods.context import Context, Initializer
from codemods.initializers.imported import imported_names
from codemods.python.source import Source, Span
from codemods.suite.classes import matches
from codemods.suite.hosts import Host, Kind, hosts

_DEF = re.compile(r"(async[ \t]+)?def[ \t]+")


def may_mean(initializer: Initializer, data: bytes, path: str) -> bool:
    """Whether the initializer may be for a test of this file, judged by its path and its bytes."""
    if any(_names_file(pattern.partition("::")[0], path) for pattern in initializer.tests):
        return True
    # A relative import need not spell out the package.
    relative = bool(initializer.imports) and b"from ." in data
    return relative or any(
        module.rpartition(".")[2].encode() in data for module in initializer.imports
    )


def selected_tests(source: Source, context: Context) -> list[tuple[Host, tuple[Initializer, ...]]]:
    """The tests of a file that the user asked for, in its order, each with the initializers
    for it.

    Where two initializers have the same target the first one counts.
    """
    imported = imported_names(source, context) if context.initializers else frozenset()
    found: list[tuple[Host, tuple[Initializer, ...]]] = []
    for host in hosts(source, context) if context.initializers else ():
        if host.node_id is None or not source.wants(host.node_id) or not _collected(host, context):
            continue
        by_target: dict[str, Initializer] = {}
        for initializer in context.initializers:
            if _means(initializer, host.node_id, imported):
                by_target.setdefault(initializer.target, initializer)
        if by_target:
            found.append((host, tuple(by_target.values())))
    return found


def name_span(host: Host) -> Span:
    """Where the function's name stands."""
    function, source = host.function, host.source
    start = source.column(function.lineno, function.col_offset)
    keyword = _DEF.match(source.lines[function.lineno - 1], start)
    column = (keyword.end() if keyword else start) + 1
    return Span(function.lineno, column, function.lineno, column + len(function.name))


def _collected(host: Host, context: Context) -> bool:
    """Whether this is a test; in a class with bases from elsewhere it is if the class is named
    like one.
    """
    if host.kind is not Kind.HELPER:
        return True
    return bool(host.classes) and all(matches(c.name, context.python_classes) for c in host.classes)


def _means(initializer: Initializer, node_id: str, imported: frozenset[str]) -> bool:
    if any(_names_test(pattern, node_id) for pattern in initializer.tests):
        return True
    return any(
        name == module or name.startswith(f"{module}.")
        for module in initializer.imports
        for name in imported
    )


def _names_test(pattern: str, node_id: str) -> bool:
    file, _, inner = pattern.partition("::")
    path, _, test = node_id.partition("::")
    inner = re.sub(r"\[.*\]$", "", inner)
    return _names_file(file, path) and (not inner or test == inner or test.startswith(f"{inner}::"))


def _names_file(pattern: str, path: str) -> bool:
    return path == pattern or fnmatchcase(path, pattern.replace("**/", "*"))


def first_selected(source: Source, context: Context) -> list[tuple[Initializer, Host]]:
    """The initializers for tests of a file, each with the first of these tests."""
    first: dict[str, tuple[Initializer, Host]] = {}
    for host, initializers in selected_tests(source, context):
        for initializer in initializers:
            first.setdefault(initializer.target, (initializer, host))
    return list(first.values())
