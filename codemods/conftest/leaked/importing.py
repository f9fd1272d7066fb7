"""Whether a module is imported before the first test runs, even without the fixture.

It is if a test file below the conftest, or a conftest, imports it at its top, directly or through
other modules. Then a fixture that imports it does so no earlier than pytest does when all tests are
collected.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from codemods.conftest.leaked.places import source_of
from codemods.context import Context
from codemods.initializers.imported import package_of
from codemods.initializers.source_tree.import_statements import absolute
from codemods.initializers.source_tree.target import SourceTree
from codemods.python.regular import read_python
from codemods.python.source import Source
from codemods.reach.files import files_of

_SKIPS = frozenset({"importorskip", "skip", "exit"})


def is_imported(module: str, conftest: str, tree: SourceTree, context: Context) -> bool:
    """Whether the tests that a conftest is for import a module when they are collected."""
    seen: set[str] = set()
    todo = [*_by_tests(conftest, context)]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        if name == module:
            return True
        known = tree.module(name)
        if known is not None and known.file is not None:
            todo += _imported_by(source_of(known), known.package)
    return False


def _by_tests(conftest: str, context: Context) -> Iterator[str]:
    folder = (context.root / conftest).parent
    for path in files_of((folder,), context.run).by_path:
        name = PurePosixPath(path).name
        if name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py":
            try:
                source = Source(read_python(path), Path(path).relative_to(context.root).as_posix())
                yield from _imported_by(source, package_of(source, context))
            except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
                continue


def _imported_by(source: Source, package: str) -> Iterator[str]:
    """The modules that a file imports; a name imported from a package may be a module, too."""
    for statement in source.tree.body:
        if _may_end(statement):
            return
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                yield from _with_parents(alias.name)
        elif isinstance(statement, ast.ImportFrom):
            module = absolute(statement, package)
            yield from _with_parents(module)
            yield from (f"{module}.{alias.name}" for alias in statement.names)


def _with_parents(module: str) -> Iterator[str]:
    """A module and the packages that it is in, which are imported first."""
    names = module.split(".")
    yield from (".".join(names[:length]) for length in range(1, len(names) + 1))


def _may_end(statement: ast.stmt) -> bool:
    """Whether the import of a file may end here: pytest.importorskip("numpy")."""
    value = getattr(statement, "value", None)
    called = value.func if isinstance(value, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr in _SKIPS
