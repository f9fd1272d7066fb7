"""Writing what stands above a definition: assignments of what is hoisted, and the decorators that
remain.

The assignments get the blank lines that ruff would put there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import libcst as cst

from codemods.edit.align import Line, leading_of
from codemods.edit.statements import statements_of
from codemods.state.model.plan import Plan

Definition = TypeVar("Definition", cst.FunctionDef, cst.ClassDef)


def with_hoists(plan: Plan, function: cst.FunctionDef, module: cst.Module) -> list[Line]:
    """The function and, in front of it, the names that it reads; the comments right above it
    stay with it.
    """
    if not plan.hoists:
        return [function]
    newline = module.default_newline
    lines = statements_of(
        "".join(f"{h.name} = {h.value.code}{newline}" for h in plan.hoists), module
    )
    leading = list(function.leading_lines)
    attached = len(leading)
    while attached and leading[attached - 1].comment is not None:
        attached -= 1
    first = lines[0].with_changes(leading_lines=[*leading[:attached], *leading_of(lines[0])])
    blank = [cst.EmptyLine(indent=False)] if plan.host.classes else []
    return [first, *lines[1:], function.with_changes(leading_lines=[*blank, *leading[attached:]])]


def above_statement(lines: Sequence[Line], module: cst.Module) -> str:
    """The text of such assignments at the top level of a module, above the comments of the
    function as well.
    """
    if not lines:
        return ""
    return "".join(module.code_for_node(line) for line in lines) + module.default_newline * 2


def without_decorators(node: Definition, gone: dict[int, list[cst.EmptyLine]]) -> Definition:
    """The definition without some decorators; their comments, and those given for each, go to
    what follows them.
    """
    return node.with_changes(**_changed_head(node, gone))


def _changed_head(
    node: cst.FunctionDef | cst.ClassDef, gone: dict[int, list[cst.EmptyLine]]
) -> dict[str, Sequence[cst.CSTNode]]:
    """The fields of the definition that hold its decorators and comments, as they are without
    those decorators.
    """
    kept: list[cst.Decorator] = []
    left: list[cst.EmptyLine] = []
    for index, decorator in enumerate(node.decorators):
        if index in gone:
            left += [*decorator.leading_lines, *gone[index]]
        else:
            kept.append(decorator.with_changes(leading_lines=[*left, *decorator.leading_lines]))
            left = []
    lines_after = [*left, *node.lines_after_decorators]
    if kept:
        return {"decorators": kept, "lines_after_decorators": lines_after}
    return {
        "decorators": [],
        "leading_lines": [*node.leading_lines, *lines_after],
        "lines_after_decorators": [],
    }
