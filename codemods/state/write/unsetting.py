"""Unsetting variables at the head of tests. This module imports LibCST."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

import libcst as cst

from codemods.context import Context
from codemods.edit.add_imports import add_imports
from codemods.edit.align import Line, lines_of, replace_function, split, with_lines
from codemods.edit.parameters import add_parameter
from codemods.edit.statements import rewrite_statements, statements_of
from codemods.python.names import parameters
from codemods.python.source import Source
from codemods.state.around.victims import Victim


def unset(source: Source, context: Context, victims: list[Victim]) -> str:
    """The text in which each of the tests unsets the variables that it lacks.

    Raises NotLosslessError where LibCST could not print a statement as it was.
    """
    by_statement: dict[ast.stmt, list[Victim]] = {}
    for victim in victims:
        line = victim.host.function.lineno
        top = next(s for s in source.tree.body if s.lineno <= line <= (s.end_lineno or line))
        by_statement.setdefault(top, []).append(victim)
    text = rewrite_statements(
        source,
        {top: _rewrite(top, inside) for top, inside in by_statement.items()},
        context.line_length,
    )
    needed = any(
        (_annotation(v) or v.cleans_up) and v.spelled == "pytest.MonkeyPatch" for v in victims
    )
    return add_imports(text, [("pytest", None)] if needed else [], context.first_party)


def _rewrite(top: ast.stmt, victims: list[Victim]) -> Callable[[cst.Module], cst.Module]:
    def rewrite(module: cst.Module) -> cst.Module:
        wanted: Mapping[ast.stmt, Callable[[Line], list[Line]]] = {
            victim.host.function: _change(victim, module) for victim in victims
        }
        return module.with_changes(body=replace_function([top], list(module.body), wanted))

    return rewrite


def _change(victim: Victim, module: cst.Module) -> Callable[[Line], list[Line]]:
    def change(function: Line) -> list[Line]:
        assert isinstance(function, cst.FunctionDef)
        before, after = _halves(lines_of(function.body), victim.ahead)
        new = statements_of("".join(f"{line}\n" for line in victim.statements()), module)
        function = function.with_changes(body=with_lines(function.body, [*before, *new, *after]))
        if victim.cleans_up or "monkeypatch" in parameters(victim.host.function):
            return [function]
        return [add_parameter(function, "monkeypatch", _annotation(victim))]

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


def _annotation(victim: Victim) -> str | None:
    return victim.spelled if victim.host.annotated else None
