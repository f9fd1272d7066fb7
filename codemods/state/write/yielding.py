"""Writing a fixture that yields where it returned, so that what is around the ``yield`` lasts
until its tear-down.
"""

from __future__ import annotations

import ast

import libcst as cst

from codemods.edit.align import Line
from codemods.state.model.plan import Plan
from codemods.suite.hosts import Host

Needs = set[tuple[str, str | None]]
_MODULES = ("collections.abc", "typing")


def yielded(line: Line) -> Line:
    """``yield value`` for ``return value``."""
    assert isinstance(line, cst.SimpleStatementLine)
    returned = line.body[-1]
    assert isinstance(returned, cst.Return)
    value = cst.Yield(returned.value) if returned.value is not None else cst.Yield()
    return line.with_changes(body=[*line.body[:-1], cst.Expr(value)])


def with_iterator(
    function: cst.FunctionDef, plan: Plan, module: cst.Module, needs: Needs
) -> cst.FunctionDef:
    """The function with ``-> Iterator[Client]`` where it said ``-> Client``."""
    if function.returns is None:
        return function
    spelled = iterator(plan.host, needs)
    annotation = cst.parse_expression(
        f"{spelled}[{module.code_for_node(function.returns.annotation)}]"
    )
    return function.with_changes(returns=function.returns.with_changes(annotation=annotation))


def iterator(host: Host, needs: Needs) -> str:
    """``Iterator`` as it can be written in the file."""
    names = host.source.names
    name = "AsyncIterator" if isinstance(host.function, ast.AsyncFunctionDef) else "Iterator"
    for module in _MODULES:
        if spelled := names.spelling(f"{module}.{name}"):
            return spelled
    needs.add(("collections.abc", name))
    return name
