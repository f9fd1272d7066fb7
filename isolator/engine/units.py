"""What of a file is rewritten together, and can be left out: a name for it that outlives the rewriting."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemods.python.source import Source, first_line
from codemods.rule import Finding


def unit_of(finding: Finding, source: Source) -> str:
    """The node id of the finding's test; without one, the path and the name of its function, of the fixture that is
    added, or of its rule.

    Lines would not do: what is rewritten first moves what is rewritten next.
    """
    if finding.test is not None:
        return finding.test
    if finding.fixture:
        return f"{source.path}::{finding.fixture}"
    names = names_at(finding.group or finding.span.line, source.tree.body)
    return "::".join([source.path, *(names or [finding.code])])


def names_at(line: int, statements: Sequence[ast.stmt]) -> list[str]:
    """The classes around a line and the outermost function, from the outside; a class alone on its own line."""
    for statement in statements:
        if first_line(statement) <= line <= (statement.end_lineno or 0):
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                return [statement.name]
            if not isinstance(statement, ast.ClassDef):
                return names_at(line, list(_inside(statement)))
            return [statement.name, *(names_at(line, statement.body) if line != statement.lineno else [])]
    return []


def _inside(node: ast.AST) -> Iterator[ast.stmt]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        else:
            yield from _inside(child)
