"""Writes mocks into a file: decorators, parameters and the lines that set them up. This module
imports LibCST.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence

import libcst as cst

from codemods.context import Context
from codemods.edit.add_imports import add_imports
from codemods.edit.parameters import add_parameter
from codemods.edit.statements import (
    after_docstring,
    find_function,
    rewrite_statements,
    statements_of,
)
from codemods.initializers.mocks import Mock
from codemods.initializers.signature import mock_index
from codemods.python.source import Source

_Path = tuple[str, ...]


def add_mocks(source: Source, context: Context, mocks: Sequence[Mock]) -> str:
    """The text with the mocks; those of one test are decorators from top to bottom, in the order
    given.

    Raises NotLosslessError where LibCST could not print a statement as it was.
    """
    by_test: dict[ast.stmt, dict[_Path, list[Mock]]] = {}
    for mock in mocks:
        host = mock.host
        top = host.classes[0] if host.classes else host.function
        path = (*(c.name for c in host.classes), host.function.name)
        by_test.setdefault(top, {}).setdefault(path, []).append(mock)
    text = rewrite_statements(
        source, {top: _rewrite(tests) for top, tests in by_test.items()}, context.line_length
    )
    return add_imports(
        text,
        {("unittest.mock", name) for mock in mocks for name in mock.wanted},
        context.first_party,
    )


def _rewrite(tests: dict[_Path, list[Mock]]) -> Callable[[cst.Module], cst.Module]:
    def rewrite(module: cst.Module) -> cst.Module:
        functions = {find_function(module, path): mocks for path, mocks in tests.items()}
        return module.visit(_Decorating(functions, module))

    return rewrite


class _Decorating(cst.CSTTransformer):
    """Gives functions their mocks, in a single visit of the statement."""

    def __init__(self, functions: dict[cst.FunctionDef, list[Mock]], module: cst.Module) -> None:
        super().__init__()
        self._functions = functions
        self._module = module

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:  # noqa: ARG002, N802
        return False

    def leave_FunctionDef(  # noqa: N802
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        mocks = self._functions.get(original_node)
        return _with_mocks(updated_node, mocks, self._module) if mocks else updated_node


def _with_mocks(
    function: cst.FunctionDef, mocks: list[Mock], module: cst.Module
) -> cst.FunctionDef:
    index = mock_index(mocks[0].host)
    # Decorators apply from the bottom up: the lowest of the new ones fills the first of the new
    # parameters.
    for mock in mocks:
        function = add_parameter(function, mock.argument, mock.annotation, at=index)
    decorated = _statements([*(f"@{m.decorator}" for m in mocks), "def f(): pass"], module)[0]
    assert isinstance(decorated, cst.FunctionDef)
    lines = _statements([line for m in mocks for line in m.lines], module)
    return function.with_changes(
        decorators=[*decorated.decorators, *function.decorators],
        body=_with_lines(function.body, lines),
    )


def _statements(lines: list[str], module: cst.Module) -> list[cst.BaseStatement]:
    """Statements from text, which may have line breaks inside brackets."""
    text = "".join(f"{line}\n" for line in lines)
    return statements_of(re.sub(r"\r?\n", lambda _: module.default_newline, text), module)


def _with_lines(body: cst.BaseSuite, lines: list[cst.BaseStatement]) -> cst.BaseSuite:
    if not lines:
        return body
    if isinstance(body, cst.SimpleStatementSuite):
        line = cst.SimpleStatementLine(body.body, trailing_whitespace=body.trailing_whitespace)
        body = cst.IndentedBlock([line])
    statements = [s for s in body.body if isinstance(s, cst.BaseStatement)]
    at = after_docstring(statements)
    return body.with_changes(body=[*statements[:at], *lines, *statements[at:]])
