"""Lines at the head of tests, and the fixtures that they need. This module imports LibCST."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

import libcst as cst

from codemods.context import Context
from codemods.edit.add_imports import add_imports
from codemods.edit.align import Line, lines_of, replace_function, split, with_lines
from codemods.edit.parameters import add_parameter
from codemods.edit.statements import rewrite_statements, statements_of
from codemods.python.names import parameters
from codemods.python.source import Source
from codemods.state.around.openings import Opening


def opened(source: Source, context: Context, openings: Sequence[Opening]) -> str:
    """The text in which each of the tests begins with what is wanted of it.

    Raises NotLosslessError where LibCST could not print a statement as it was.
    """
    by_statement: dict[ast.stmt, list[Opening]] = {}
    for opening in openings:
        line = opening.host.function.lineno
        top = next(s for s in source.tree.body if s.lineno <= line <= (s.end_lineno or line))
        by_statement.setdefault(top, []).append(opening)
    text = rewrite_statements(
        source,
        {top: _rewrite(top, inside) for top, inside in by_statement.items()},
        context.line_length,
    )
    needed = [each for opening in openings for each in opening.imports]
    return add_imports(text, needed, context.first_party)


def _rewrite(top: ast.stmt, openings: Sequence[Opening]) -> Callable[[cst.Module], cst.Module]:
    def rewrite(module: cst.Module) -> cst.Module:
        wanted: Mapping[ast.stmt, Callable[[Line], list[Line]]] = {
            opening.host.function: _change(opening, module) for opening in openings
        }
        return module.with_changes(body=replace_function([top], list(module.body), wanted))

    return rewrite


def _change(opening: Opening, module: cst.Module) -> Callable[[Line], list[Line]]:
    def change(function: Line) -> list[Line]:
        assert isinstance(function, cst.FunctionDef)
        before, after = _halves(lines_of(function.body), opening.ahead)
        new = statements_of("".join(f"{line}\n" for line in opening.statements), module)
        function = function.with_changes(body=with_lines(function.body, [*before, *new, *after]))
        own = parameters(opening.host.function)
        for name, annotation in opening.fixtures:
            if name not in own:
                shown = annotation if opening.host.annotated else None
                function = add_parameter(function, name, shown)
        return [function]

    return change


def _halves(lines: list[Line], count: int) -> tuple[list[Line], list[Line]]:
    """The lines of the first ``count`` statements, and the others; a line that holds some of
    both is split.
    """
    before: list[Line] = []
    while count:
        line, *lines = lines
        size = len(line.body) if isinstance(line, cst.SimpleStatementLine) else 1
        if size > count and isinstance(line, cst.SimpleStatementLine):
            lines = [*split(line), *lines]
            continue
        before.append(line)
        count -= size
    return before, lines
