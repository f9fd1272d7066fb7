"""Where the code under test looks an initializer up: it is patched there, or the patch has no effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from codemods.context import Context, Initializer
from codemods.initializers.imported import imported_at_once
from codemods.initializers.source_tree.references import References
from codemods.initializers.source_tree.target import SourceTree
from codemods.python.regular import read_text
from codemods.python.source import Source


def looked_up(initializers: Iterable[Initializer], context: Context) -> tuple[Initializer, ...]:
    """The initializers with the targets that each test file needs: that given, or what modules took from it by name.

    Reads the test files, which are relative to the context's root; one that cannot be read needs the target given.
    """
    found: dict[str, Initializer] = {}
    for initializer in initializers:
        for target, tests in _needed(initializer, context):
            known = found.setdefault(target, replace(initializer, target=target, tests=()))
            found[target] = replace(known, tests=(*known.tests, *tests))
    return tuple(found.values())


def _needed(initializer: Initializer, context: Context) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The targets to patch, each with the tests of one file."""
    for path, tests in groupby(sorted(initializer.tests), key=lambda test: test.partition("::")[0]):
        of_file = tuple(tests)
        for target in _bypassing(initializer.target, path, context) or [initializer.target]:
            yield target, of_file


def _bypassing(target: str, path: str, context: Context) -> list[str]:
    try:
        source = Source(read_text(context.root / path), path)
        return References(SourceTree.of(context), imported_at_once(source, context)).bypassing(target)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return []
