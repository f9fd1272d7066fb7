"""Writing what is hoisted: assignments above a function, each with the blank lines that ruff would put there."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from codemods.align import Line, leading_of
from codemods.edit import statements_of
from codemods.environ.plan import Plan


def with_hoists(plan: Plan, function: cst.FunctionDef, module: cst.Module) -> list[Line]:
    """The function and, in front of it, the names that it reads; the comments right above it stay with it."""
    if not plan.hoists:
        return [function]
    newline = module.default_newline
    lines = statements_of("".join(f"{h.name} = {h.value.code}{newline}" for h in plan.hoists), module)
    leading = list(function.leading_lines)
    attached = len(leading)
    while attached and leading[attached - 1].comment is not None:
        attached -= 1
    first = lines[0].with_changes(leading_lines=[*leading[:attached], *leading_of(lines[0])])
    blank = [cst.EmptyLine(indent=False)] if plan.host.classes else []
    return [first, *lines[1:], function.with_changes(leading_lines=[*blank, *leading[attached:]])]


def above_statement(lines: Sequence[Line], module: cst.Module) -> str:
    """The text of such assignments at the top level of a module, above the comments of the function as well."""
    if not lines:
        return ""
    return "".join(module.code_for_node(line) for line in lines) + module.default_newline * 2
