"""What a test file imports, by absolute names."""

from __future__ import annotations

import ast

from codemods.context import Context
from codemods.initializers.source_tree.import_statements import (
    Import,
    absolute,
    imports_at_once,
    imports_of,
)
from codemods.python.source import Source, fact


def package_of(source: Source, context: Context) -> str:
    """The package that a file is in, which its relative imports start from; empty at the top of
    a source root.
    """
    file = context.root / source.path
    roots = (context.root / root for root in context.source_roots)
    for root in sorted(roots, key=lambda r: len(r.parts), reverse=True):
        if file.is_relative_to(root):
            return ".".join(file.relative_to(root).parent.parts)
    return ".".join(source.path.split("/")[:-1])


@fact
def imported_names(source: Source, context: Context) -> frozenset[str]:
    """Everything that an import anywhere in the file names: modules, and what is taken from
    them.
    """
    imports = imports_of(source.tree.body, package_of(source, context))
    return frozenset(
        {*(i.module for i in imports), *(f"{i.module}.{i.name}" for i in imports if i.name)}
    )


def imported_at_once(source: Source, context: Context) -> list[Import]:
    """The imports that run when the file is imported itself."""
    return list(imports_at_once(source.tree.body, package_of(source, context)))


def relative_names(source: Source, context: Context) -> dict[str, str]:
    """The names that relative imports define anywhere in the file, and what they stand for."""
    package = package_of(source, context)
    relative = (n for n in ast.walk(source.tree) if isinstance(n, ast.ImportFrom) and n.level)
    return {
        a.asname or a.name: f"{absolute(n, package)}.{a.name}" for n in relative for a in n.names
    }
